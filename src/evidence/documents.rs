//! Documents enter (README, runbooks, cards, plans, CODEOWNERS); their headings, words, dates and links leave.

use super::{Family, Found, View};

/// This family.
pub(super) const FAMILY: Family = Family { name: "documents", provides: &[], collect };

fn collect(_: &View<'_>) -> Found {
    Found::default()
}
