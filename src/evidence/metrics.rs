//! The manifest's metric table and the files it names enter; facts about baselines, samples and benefits leave.

use super::{Family, Found, View};

/// This family.
pub(super) const FAMILY: Family = Family { name: "metrics", provides: &[], collect };

fn collect(_: &View<'_>) -> Found {
    Found::default()
}
