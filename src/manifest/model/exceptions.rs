//! What is accepted for a time, and what does not apply.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::is_absent;
use crate::manifest::value::Day;

/// A time-limited acceptance of one unmet check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The check.
    pub check: String,
    /// Why.
    pub reason: String,
    /// What can go wrong meanwhile.
    pub residual_risk: String,
    /// What limits it meanwhile.
    pub control: String,
    /// Who accepted it; not the owner.
    pub approver: String,
    /// When.
    pub created: Day,
    /// Until when, inclusive; within 90 days.
    pub expires: Day,
    /// The `created` date of the waiver that this one renews; once.
    #[serde(default, skip_serializing_if = "is_absent")]
    pub renews: Option<Day>,
}

/// A check that does not apply to this project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotApplicable {
    /// The check.
    pub check: String,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub by: String,
    /// When.
    pub date: Day,
}
