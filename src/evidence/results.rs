//! Machine results (test reports, load tests, evaluations, scans, audit samples) enter; events leave.

use super::{Family, Found, View};

/// This family.
pub(super) const FAMILY: Family = Family { name: "results", provides: &[], collect };

fn collect(_: &View<'_>) -> Found {
    Found::default()
}
