//! The words by which checks are sorted and judged: areas, signs and levels, with their titles and names.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The eight areas, in the order in which they are listed and ties are broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Area {
    /// Barrier 1.
    Infrastructure,
    /// Barrier 2.
    Skills,
    /// Barrier 3.
    Governance,
    /// Barrier 4.
    Metrics,
    /// Barrier 5.
    Focus,
    /// Sponsor, owner, incentives, adoption.
    Human,
    /// Documents, alerts, runbooks, rollback, rollout.
    Operations,
    /// Data, evaluation, red-teaming, drift.
    Quality,
}

impl Area {
    /// Every area, in order.
    pub const ALL: [Self; 8] = [
        Self::Infrastructure,
        Self::Skills,
        Self::Governance,
        Self::Metrics,
        Self::Focus,
        Self::Human,
        Self::Operations,
        Self::Quality,
    ];

    /// Its id.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Infrastructure => "infrastructure",
            Self::Skills => "skills",
            Self::Governance => "governance",
            Self::Metrics => "metrics",
            Self::Focus => "focus",
            Self::Human => "human",
            Self::Operations => "operations",
            Self::Quality => "quality",
        }
    }

    /// Its title.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Infrastructure => "Infrastructure that was built for AI",
            Self::Skills => "The AI skills gap",
            Self::Governance => "Governance as code, not as slides",
            Self::Metrics => "Success metrics with a baseline",
            Self::Focus => "One use case at a time",
            Self::Human => "Somebody whose job depends on it",
            Self::Operations => "Ready to be operated",
            Self::Quality => "Tested on what really comes in",
        }
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// The six signs that a project is ready for production.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sign {
    /// S1.
    BusinessCase,
    /// S2.
    BaselinesAndTargets,
    /// S3.
    SomeoneAccountable,
    /// S4.
    RealData,
    /// S5.
    PlanForFailure,
    /// S6.
    OperationsReady,
}

impl Sign {
    /// Every sign, in order.
    pub const ALL: [Self; 6] = [
        Self::BusinessCase,
        Self::BaselinesAndTargets,
        Self::SomeoneAccountable,
        Self::RealData,
        Self::PlanForFailure,
        Self::OperationsReady,
    ];

    /// Its title.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::BusinessCase => "Business case in one sentence",
            Self::BaselinesAndTargets => "Baselines and targets",
            Self::SomeoneAccountable => "Someone's job depends on it",
            Self::RealData => "Tested on real data",
            Self::PlanForFailure => "A plan for failure",
            Self::OperationsReady => "Operations is ready for it",
        }
    }
}

/// How much stands behind a check. `None < Claimed < Documented < Verified`; contradicted is apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Evidence disproves a claim: worse than nothing.
    Contradicted,
    /// Nothing.
    #[default]
    None,
    /// Somebody says so.
    Claimed,
    /// It is written down, or a file shows it.
    Documented,
    /// A machine result, agreement between files, or a second person's dated word.
    Verified,
}

impl Level {
    /// Credit in half points (0, 1 or 2), after Breck et al. 2017.
    #[must_use]
    pub const fn half_points(self) -> u32 {
        match self {
            Self::Contradicted | Self::None | Self::Claimed => 0,
            Self::Documented => 1,
            Self::Verified => 2,
        }
    }

    /// The name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Contradicted => "contradicted",
            Self::None => "none",
            Self::Claimed => "claimed",
            Self::Documented => "documented",
            Self::Verified => "verified",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a check may require.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Required {
    /// Documented or better.
    Documented,
    /// Verified.
    Verified,
}

impl Required {
    /// As a level.
    #[must_use]
    pub const fn level(self) -> Level {
        match self {
            Self::Documented => Level::Documented,
            Self::Verified => Level::Verified,
        }
    }
}
