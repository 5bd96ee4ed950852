//! Infrastructure code, policies, secrets, alert rules, dashboards, rollout objects enter; facts about the running system leave.

mod audit;
mod braces;
mod code;
mod infrastructure;
pub(in crate::evidence) mod paths;
mod policies;
mod regions;
mod resources;
mod retention;
mod secrets;
mod survey;
mod tools;
mod wording;
pub(in crate::evidence) mod yaml;

use super::{Family, Found, View};

/// This family.
pub(super) const FAMILY: Family = Family { name: "configuration", provides: &[], collect };

fn collect(_: &View<'_>) -> Found {
    Found::default()
}
