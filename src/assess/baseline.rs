//! The shape of a comparison with a baseline, as an assessment carries it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::gate::{ReasonCode, Verdict};
use crate::manifest::value::Day;

/// The gate judged by what became worse: `aipp gate --baseline`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct BaselineInfo {
    /// Where the baseline comes from: a file or a revision.
    pub source: String,
    /// The day of the baseline.
    pub today: Day,
    /// By how many points an area may fall.
    pub tolerance: f64,
    /// The verdict without the baseline: open or closed.
    #[schemars(with = "String")]
    pub verdict_without: Verdict,
    /// Every reason for which the gate would be closed without the baseline, with its age.
    pub known: Vec<KnownGap>,
    /// What the baseline knew and is mended.
    pub mended: Vec<MendedGap>,
}

/// A gap that is known, and since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct KnownGap {
    /// What makes it the same gap in every run: 16 hexadecimal digits over the check, or over the reason where there is none.
    pub fingerprint: String,
    /// The reason's code.
    #[schemars(with = "String")]
    pub code: ReasonCode,
    /// The check.
    pub check: Option<String>,
    /// What is wrong.
    pub message: String,
    /// The first day on which a baseline knew it; today when none did.
    pub since: Day,
    /// Its age in days.
    pub age_days: i64,
}

/// A gap that is mended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MendedGap {
    /// What made it the same gap in every run.
    pub fingerprint: String,
    /// The check.
    pub check: Option<String>,
    /// Since when it was known.
    pub since: Day,
}
