//! Policy files enter, one effective policy leaves: floors, required levels, waiver rules.

use crate::checklist::{Check, Level};
use crate::manifest::model::{Phase, Tier};

/// What a gate asks beyond the checks themselves.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// The lowest headline at the exit of each phase, in the order of phases; raised only, never lowered.
    pub floors: [u32; 4],
    /// Rules for waivers.
    pub waivers: WaiverRules,
}

/// Rules for waivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverRules {
    /// The longest time from `created` to `expires`, in days.
    pub max_days: i64,
    /// Who may approve; anyone but the owner when empty.
    pub approvers: Vec<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Self { floors: [40, 50, 60, 65], waivers: WaiverRules { max_days: 90, approvers: Vec::new() } }
    }
}

impl Policy {
    /// The floor at the exit of a phase.
    #[must_use]
    pub fn floor(&self, exit: Phase) -> u32 {
        self.floors[exit as usize]
    }

    /// The level that a check requires in a tier; none when it is scored only.
    #[must_use]
    pub fn required(&self, check: &Check, tier: Tier) -> Option<Level> {
        let required = check.required.map(crate::checklist::Required::level)?;
        match tier {
            Tier::Experimental => kept_in_experimental(check).then_some(required),
            Tier::Standard => Some(required),
            Tier::Critical => Some(Level::Verified),
        }
    }

    /// Whether a check that is due counts in a tier: an experimental project is asked only for the requirements of the first
    /// phase and for those that cannot be waived.
    #[must_use]
    pub fn counts(&self, check: &Check, tier: Tier) -> bool {
        tier != Tier::Experimental || (check.required.is_some() && kept_in_experimental(check))
    }
}

fn kept_in_experimental(check: &Check) -> bool {
    check.due() == Phase::ProveValue || !check.waivable
}
