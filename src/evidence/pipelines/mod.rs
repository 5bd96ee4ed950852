//! CI files enter; facts about what runs when, and what blocks what, leave.

mod commands;
mod scripts;
mod shell;

use super::{Family, Found, View};

/// This family.
pub(super) const FAMILY: Family = Family { name: "pipelines", provides: &[], collect };

fn collect(_: &View<'_>) -> Found {
    Found::default()
}
