//! The JSON of an assessment enters; what two of them are compared by leaves.

use serde::Deserialize;
use serde_json::Value;

use crate::assess::Assessment;
use crate::checklist::Level;
use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::model::{Phase, Tier};
use crate::manifest::value::Day;

/// The largest assessment that is read, in bytes: the built-in catalogue makes 100 KB.
pub const MAX_BYTES: usize = 16 << 20;

/// What is kept of an assessment to compare it with another. Keys that a later version adds are passed over.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Snapshot {
    /// The day of the assessment.
    pub today: Day,
    /// The checks that were asked.
    pub catalogue: Catalogue,
    /// The project.
    pub project: Project,
    /// The next gate; none without a manifest.
    pub gate: Option<Gate>,
    /// The scores of the whole, by name.
    pub readiness: Readiness,
    /// The areas.
    pub areas: Vec<Area>,
    /// The signs.
    pub signs: Vec<Sign>,
    /// The checks.
    pub checks: Vec<Check>,
    /// The metric table.
    #[serde(default)]
    pub metrics: Vec<Metric>,
    /// What an earlier comparison already knew.
    #[serde(default)]
    pub baseline: Option<Known>,
}

/// The checks that were asked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Catalogue {
    /// Digest over the text of every checklist.
    pub sha256: String,
}

/// The project.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Project {
    /// Its name.
    pub name: String,
    /// Its tier.
    pub tier: Tier,
    /// Its phase.
    pub phase: Phase,
    /// Its manifest.
    pub manifest: Option<String>,
}

/// A gate.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Gate {
    /// The phase to be entered.
    pub to: String,
    /// open or closed.
    pub verdict: String,
    /// Why it is closed.
    pub reasons: Vec<Reason>,
}

/// Why a gate is closed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Reason {
    /// Its code.
    pub code: String,
    /// The check.
    pub check: Option<String>,
    /// What is wrong.
    pub message: String,
}

/// The scores of the whole, in points from 0 to 100.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Readiness {
    /// The lowest area that is heavy enough.
    pub headline: Option<f64>,
    /// The weighted mean.
    pub mean: Option<f64>,
    /// The mean with full credit for every claim.
    pub stated: Option<f64>,
    /// Stated minus mean.
    pub claim_gap: Option<f64>,
    /// Without a manifest: what the repository alone shows.
    #[serde(default)]
    pub evidence_score: Option<f64>,
}

/// One area.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Area {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// 0 to 100; none when nothing is due.
    pub score: Option<f64>,
}

/// One sign.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Sign {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Whether all its checks are met.
    pub ready: bool,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Check {
    /// Its id.
    pub id: String,
    /// What holds when it is met.
    pub title: String,
    /// Its area.
    pub area: String,
    /// Whether it was due.
    pub is_due: bool,
    /// The level it reached.
    pub level: Level,
    /// The level it required.
    pub required: Option<Level>,
    /// met, unmet, waived, not-applicable, unknown or not-due.
    pub status: String,
    /// The files it rested on.
    pub evidence: Vec<Evidence>,
    /// What was missing.
    pub unmet: Vec<Unmet>,
}

/// A file that a check rests on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Evidence {
    /// Path from the root.
    pub path: String,
    /// When, for a dated record.
    pub date: Option<Day>,
}

/// What is missing for a rung.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Unmet {
    /// The rung.
    pub level: Level,
    /// What is missing.
    pub because: String,
}

/// One metric.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Metric {
    /// Its id.
    pub id: String,
    /// The unit of the numbers.
    #[serde(default)]
    pub unit: String,
    /// Before the pilot.
    pub baseline: Option<f64>,
    /// To be reached.
    pub target: Option<f64>,
    /// The newest measurement.
    pub now: Option<f64>,
    /// Where it stands.
    pub state: String,
}

/// The gaps that an earlier comparison knew, with their ages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Known {
    /// The gaps.
    pub known: Vec<Gap>,
}

/// A gap that is known.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Gap {
    /// What makes it the same gap in every run.
    pub fingerprint: String,
    /// The check.
    pub check: Option<String>,
    /// Since when it is known.
    pub since: Day,
}

impl Snapshot {
    /// From an assessment of this run.
    ///
    /// # Panics
    /// Never: every field is one that an assessment writes; a test reads them back.
    #[must_use]
    pub fn of(assessment: &Assessment) -> Self {
        let value = serde_json::to_value(assessment).unwrap_or(Value::Null);
        #[expect(clippy::expect_used, reason = "the fields are those that an assessment writes")]
        serde_json::from_value(value).expect("an assessment is read back")
    }

    /// From the text of a file that `aipp assess -f json=FILE` or `aipp gate -f json=FILE` wrote.
    ///
    /// # Errors
    /// The file holds something else, is torn, or is larger than [`MAX_BYTES`].
    pub fn read(name: &str, bytes: &[u8]) -> Result<Self, Box<Diagnostic>> {
        const MEND: &str = "write it again: `aipp assess -f json=FILE`";
        let error = |what: String| {
            let diagnostic = Diagnostic::error(Code::BadValue, format!("`{name}` {what}"));
            Box::new(diagnostic.path(name.to_owned()).help(MEND))
        };
        if bytes.len() > MAX_BYTES {
            return Err(error(format!("is larger than {} MiB, which no assessment is", MAX_BYTES >> 20)));
        }
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(error("is empty".to_owned()));
        }
        let value: Value = serde_json::from_slice(bytes).map_err(|e| error(format!("is no JSON: {e}")))?;
        let (kind, version) = (value.get("kind").and_then(Value::as_str), value.get("format_version"));
        if kind != Some("assessment") {
            let is = kind.map_or_else(|| "has no `kind`".to_owned(), |kind| format!("is of kind `{kind}`"));
            return Err(error(format!("is no assessment: it {is}")));
        }
        if version.and_then(Value::as_u64) != Some(1) {
            let is = version.map_or_else(|| "none".to_owned(), ToString::to_string);
            return Err(error(format!("has format version {is}; this version of aipp reads version 1")));
        }
        serde_path_to_error::deserialize(&value)
            .map_err(|e| error(format!("cannot be read at `{}`: {}", e.path(), e.inner())))
    }

    /// The check of an id.
    #[must_use]
    pub fn check(&self, id: &str) -> Option<&Check> {
        self.checks.iter().find(|check| check.id == id)
    }
}

impl Check {
    /// Whether it counted: it was due and applied.
    #[must_use]
    pub fn counted(&self) -> bool {
        self.is_due && self.status != "not-applicable"
    }

    /// Whether the gate was closed for it, but for a waiver.
    #[must_use]
    pub fn is_gap(&self) -> bool {
        self.is_due && self.required.is_some() && matches!(self.status.as_str(), "unmet" | "unknown" | "waived")
    }
}
