//! Dated records that teams write (drills, decisions, attestations, training, approvals, stages) enter; events leave.

use super::{Family, Found, View};

/// This family.
pub(super) const FAMILY: Family = Family { name: "records", provides: &[], collect };

fn collect(_: &View<'_>) -> Found {
    Found::default()
}
