//! What the project is and how much is at stake.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{is_absent, section};
use crate::manifest::value::leading;

/// How much is at stake.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Internal users, at most 10 % of traffic.
    Experimental,
    /// The rules as written.
    #[default]
    Standard,
    /// Every documented requirement becomes verified and evidence ages twice as fast.
    Critical,
}

impl Tier {
    /// The name, as a manifest writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Experimental => "experimental",
            Self::Standard => "standard",
            Self::Critical => "critical",
        }
    }
}

/// The four phases of the playbook; a gate stands at the exit of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Weeks 1-6.
    #[default]
    ProveValue,
    /// Weeks 7-12.
    Harden,
    /// Weeks 13-24.
    Scale,
    /// Weeks 25 and later.
    Expand,
}

impl Phase {
    /// The name, as a manifest writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ProveValue => "prove-value",
            Self::Harden => "harden",
            Self::Scale => "scale",
            Self::Expand => "expand",
        }
    }
}

/// What kind of AI system it is; some checks apply to one kind only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum System {
    /// Calls tools and acts.
    Agent,
    /// Uses a language model but takes no action by itself.
    #[default]
    LlmApp,
    /// A trained model that scores or predicts.
    MlModel,
}

/// Whether it answers requests or runs over batches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Serving {
    /// Answers requests.
    #[default]
    Online,
    /// Runs over batches.
    Batch,
}

section! {
    /// What the project is.
    Project => name {
        /// The project's name, as the team says it.
        name: Option<String>,
        /// One line about it.
        description: Option<String>,
        /// How much is at stake: experimental, standard (default) or critical.
        tier: Option<Tier>,
        /// The phase the project is in: prove-value (default), harden, scale or expand.
        phase: Option<Phase>,
        /// The kind of system: agent, llm-app (default) or ml-model.
        system: Option<System>,
        /// Online (default) or batch.
        serving: Option<Serving>,
    }
}
