//! YAML enters, checks with rules leave. The built-in ones are embedded; a team's own are read and verified the same way.

pub mod ladder;
mod load;
mod verify;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diagnostic::Diagnostic;
use crate::digest::sha256_of;
use crate::manifest::model::Phase;
use crate::rule::{Rule, RuleError};

pub use load::load;
pub use verify::verify;

/// The version of the built-in catalogue: it changes when a check is added, or when one asks for something else.
pub const VERSION: &str = "1";

/// SHA-256 over the text of the built-in checklists, in hexadecimal.
#[must_use]
pub const fn builtin_sha256() -> &'static str {
    include_str!(concat!(env!("OUT_DIR"), "/catalogue.sha256"))
}

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

/// An expression that becomes a rule when it is first asked: read back when it was embedded, compiled when it was not.
#[derive(Debug, Default)]
struct Expression {
    embedded: Option<&'static str>,
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
    rule: Expression,
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
    rule: Expression,
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
    applies_rule: Expression,
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

/// The checks of a run: the built-in ones and a team's own, and optional packs with a score of their own.
#[derive(Debug)]
pub struct Catalogue {
    /// The checks, in order of areas.
    pub checks: Vec<Check>,
    /// Packs.
    pub packs: Vec<Checklist>,
    /// Digest over the text of every checklist.
    pub sha256: String,
}

impl Catalogue {
    /// The built-in checks.
    ///
    /// # Errors
    /// Never for a binary that was built from verified checklists; the message says what is broken.
    pub fn builtin() -> Result<Self, serde_json::Error> {
        let mut checks: Vec<Check> = serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/checks.json")))?;
        let mut lines = include_str!(concat!(env!("OUT_DIR"), "/checks.rules")).lines();
        for check in &mut checks {
            if check.applies.is_some() {
                check.applies_rule.embedded = lines.next();
            }
            for rung in [&mut check.claimed, &mut check.documented, &mut check.verified] {
                rung.iter_mut().for_each(|condition| condition.rule.embedded = lines.next());
            }
            check.contradicted.iter_mut().for_each(|disproof| disproof.rule.embedded = lines.next());
        }
        Ok(Self { checks, packs: Vec::new(), sha256: builtin_sha256().to_owned() })
    }

    /// The optional packs that the binary brings, by name.
    ///
    /// # Errors
    /// As [`builtin`](Self::builtin).
    pub fn builtin_packs() -> Result<Vec<Checklist>, serde_json::Error> {
        serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/packs.json")))
    }

    /// Adds a checklist that was loaded; `digest` is over its text.
    ///
    /// # Errors
    /// An id that is there already.
    pub fn add(&mut self, list: Checklist, name: &str, digest: &str) -> Result<(), Vec<Diagnostic>> {
        let clashes: Vec<Diagnostic> = list
            .checks
            .iter()
            .filter(|check| self.get(&check.id).is_some())
            .map(|check| {
                Diagnostic::error(crate::diagnostic::Code::DuplicateId, format!("the check id `{}` is taken", check.id))
                    .path(name)
                    .help("give the check an id of its own, for instance with your organization's name in front")
            })
            .collect();
        if !clashes.is_empty() {
            return Err(clashes);
        }
        self.sha256 = sha256_of(&[self.sha256.as_bytes(), digest.as_bytes()]);
        if list.scoring.is_some() {
            self.packs.push(list);
        } else {
            self.checks.extend(list.checks);
            self.checks.sort_by_key(Check::area);
        }
        Ok(())
    }

    /// The check with an id, in the catalogue or in a pack.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Check> {
        self.all().find(|check| check.id == id)
    }

    /// Every check, those of packs last.
    pub fn all(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().chain(self.packs.iter().flat_map(|pack| &pack.checks))
    }

    /// The id that a misspelled one probably means.
    #[must_use]
    pub fn nearest(&self, id: &str) -> Option<String> {
        let ids: Vec<String> = self.all().map(|check| check.id.clone()).collect();
        crate::manifest::nearest(id, &ids)
    }
}
