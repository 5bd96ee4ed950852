//! The shape of a checklist: its checks with their conditions, examples and rules, and how a pack is scored.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::scale::{Area, Level, Required, Sign};
use crate::manifest::model::Phase;
use crate::rule::{Rule, RuleError};

/// An expression that becomes a rule when it is first asked: read back when it was embedded, compiled when it was not.
#[derive(Debug, Default)]
pub(super) struct Expression {
    pub(super) embedded: Option<&'static str>,
    rule: OnceLock<Result<Rule, RuleError>>,
}

impl Expression {
    fn get(&self, text: &str) -> Result<&Rule, &RuleError> {
        let make = || self.embedded.and_then(Rule::embedded).map_or_else(|| Rule::compile(text), Ok);
        self.rule.get_or_init(make).as_ref()
    }
}

/// One condition of a rung, with the sentence that is shown when it does not hold.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The expression (CEL over the facts).
    pub that: String,
    /// What is missing when it does not hold.
    #[serde(rename = "else")]
    pub otherwise: String,
    #[serde(skip)]
    pub(super) rule: Expression,
}

/// A condition that disproves the claim when it holds.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Disproof {
    /// The expression (CEL over the facts).
    pub that: String,
    /// What it disproves.
    pub because: String,
    #[serde(skip)]
    pub(super) rule: Expression,
}

impl Condition {
    /// The compiled rule; compiled when it is first asked for.
    ///
    /// # Errors
    /// When the expression is no rule.
    pub fn rule(&self) -> Result<&Rule, &RuleError> {
        self.rule.get(&self.that)
    }
}

impl Disproof {
    /// The compiled rule; compiled when it is first asked for.
    ///
    /// # Errors
    /// When the expression is no rule.
    pub fn rule(&self) -> Result<&Rule, &RuleError> {
        self.rule.get(&self.that)
    }
}

/// What each rung asks for, in words.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Wants {
    /// For a claim.
    pub claimed: String,
    /// For documented.
    pub documented: String,
    /// For verified.
    pub verified: String,
}

/// A small facts tree and the level that a check has over it.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What it shows.
    pub name: String,
    /// none, claimed, documented, verified, contradicted or not-applicable.
    pub level: String,
    /// The facts; the day is 2026-11-22.
    #[serde(default)]
    pub facts: serde_json::Value,
}

/// An age in days, written `90 days`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(with = "String")]
pub struct Days(pub u32);

impl Serialize for Days {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{} days", self.0))
    }
}

impl<'de> Deserialize<'de> for Days {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let days = text.strip_suffix(" days").or_else(|| text.strip_suffix(" day")).and_then(|n| n.trim().parse().ok());
        match days {
            Some(days) if days > 0 => Ok(Self(days)),
            _ => Err(serde::de::Error::custom(format!("`{text}` is no age; write for instance `90 days`"))),
        }
    }
}

/// One question with its ladder of evidence.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Unique and stable.
    pub id: String,
    /// A statement of what holds when it is met; the question when left out.
    #[serde(default)]
    pub title: String,
    /// What to do, as an order of at most 40 characters; the fix when left out.
    #[serde(default)]
    pub action: String,
    /// What to do first, while nothing is documented, as an order of at most 40 characters; the action when left out.
    #[serde(default)]
    pub begin: String,
    /// The question.
    pub question: String,
    /// Why it matters.
    #[serde(default)]
    pub why: String,
    /// The area; the file's when left out.
    #[serde(default)]
    pub area: Option<Area>,
    /// The section, in a checklist with sections of its own.
    #[serde(default)]
    pub section: Option<String>,
    /// The phase by whose exit it is due.
    #[serde(default)]
    pub due: Option<Phase>,
    /// Weight within its area.
    #[serde(default)]
    pub weight: u32,
    /// The level without which the gate is closed; scored only when left out.
    #[serde(default)]
    pub required: Option<Required>,
    /// Whether it can be waived.
    #[serde(default = "yes")]
    pub waivable: bool,
    /// How old dated records may be.
    #[serde(default)]
    pub max_age: Option<Days>,
    /// Its documented rung may rest on the manifest alone.
    #[serde(default)]
    pub declaration: bool,
    /// A repository alone can answer it.
    #[serde(default)]
    pub repository: bool,
    /// Records older than the newest serving change count one level less.
    #[serde(default)]
    pub stale_after_change: bool,
    /// When it applies (CEL over the facts).
    #[serde(default)]
    pub applies: Option<String>,
    /// The same in words.
    #[serde(default)]
    pub applies_when: Option<String>,
    /// The manifest keys that it reads; it is claimed when any of them is there.
    #[serde(default)]
    pub manifest: Vec<String>,
    /// What each rung asks for, in words.
    #[serde(default)]
    pub wants: Wants,
    /// Conditions for claimed, when the manifest keys do not say it.
    #[serde(default)]
    pub claimed: Vec<Condition>,
    /// Conditions for documented.
    #[serde(default)]
    pub documented: Vec<Condition>,
    /// Conditions for verified.
    #[serde(default)]
    pub verified: Vec<Condition>,
    /// Conditions that disprove the claim.
    #[serde(default)]
    pub contradicted: Vec<Disproof>,
    /// What to do.
    pub fix: String,
    /// Cross-references by source.
    #[serde(default)]
    pub references: BTreeMap<String, Vec<String>>,
    /// The sign it belongs to.
    #[serde(default)]
    pub sign: Option<Sign>,
    /// The playbook tasks that bring it about.
    #[serde(default)]
    pub playbook: Vec<String>,
    /// Free tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Facts and the level it has over them.
    #[serde(default)]
    pub examples: Vec<Example>,
    #[serde(skip)]
    pub(super) applies_rule: Expression,
}

const fn yes() -> bool {
    true
}

impl Check {
    /// The area; infrastructure for a check that belongs to a section instead.
    #[must_use]
    pub fn area(&self) -> Area {
        self.area.unwrap_or(Area::Infrastructure)
    }

    /// The phase by whose exit it is due.
    #[must_use]
    pub fn due(&self) -> Phase {
        self.due.unwrap_or_default()
    }

    /// The title, or the question.
    #[must_use]
    pub fn title(&self) -> &str {
        if self.title.is_empty() { &self.question } else { &self.title }
    }

    /// What to do to reach a level, in a few words: the first step or the action, or the first sentence of the fix.
    #[must_use]
    pub fn action(&self, toward: Level) -> &str {
        if toward == Level::Documented && !self.begin.is_empty() {
            return &self.begin;
        }
        let fix = self.fix.trim();
        let sentence = fix.find(". ").map_or(fix, |at| &fix[..at]);
        if self.action.is_empty() { sentence.trim_end_matches('.') } else { &self.action }
    }

    /// The rule for when it applies.
    #[must_use]
    pub fn applies_rule(&self) -> Option<Result<&Rule, &RuleError>> {
        let text = self.applies.as_ref()?;
        Some(self.applies_rule.get(text))
    }
}

/// A file of checks.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Checklist {
    /// Version of the format; this version reads 1.
    pub aipp_checklist: u32,
    /// The name of an optional pack.
    #[serde(default)]
    pub name: Option<String>,
    /// Its title.
    #[serde(default)]
    pub title: Option<String>,
    /// Where it comes from.
    #[serde(default)]
    pub source: Option<String>,
    /// The area of its checks, when they do not name one.
    #[serde(default)]
    pub area: Option<Area>,
    /// A scoring rule of its own.
    #[serde(default)]
    pub scoring: Option<Scoring>,
    /// The checks.
    pub checks: Vec<Check>,
}

/// A scoring rule of a pack.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scoring {
    /// The rule.
    pub rule: ScoringRule,
    /// Points for documented.
    pub documented: f64,
    /// Points for verified.
    pub verified: f64,
    /// The sections.
    pub sections: Vec<Section>,
    /// What a score means.
    pub bands: Vec<Band>,
}

/// How a pack's score follows from its sections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScoringRule {
    /// The least of the sections' sums.
    MinimumOfSections,
}

/// A section of a pack.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
}

/// What a pack's score up to a number means.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Up to and including this score; the last band has none.
    #[serde(default)]
    pub at_most: Option<f64>,
    /// What it means.
    pub text: String,
}
