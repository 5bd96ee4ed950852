//! Policy files enter, one effective policy leaves: floors, required levels, tiers, waiver rules, with the origin of each.

pub mod file;
mod load;
mod merge;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::checklist::{Catalogue, Check, Level, Required};
use crate::diagnostic::{At, Code, Diagnostic};
use crate::manifest::model::{Phase, Tier};
use crate::manifest::value::Day;

pub use load::{Files, Opened, beside, load, pinned};

/// The file names of a policy, in the order they are looked for.
pub const NAMES: [&str; 4] = ["aipp.policy.yaml", "aipp.policy.yml", "aipp.policy.toml", "aipp.policy.json"];

/// What a gate asks beyond the checks themselves.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The lowest headline at the exit of each phase, in the order of phases; raised only, never lowered.
    pub floors: [u32; 4],
    /// Levels that checks require beyond what they require by themselves, by id.
    pub required: BTreeMap<String, Required>,
    /// What holds in one tier only, in the order of tiers.
    pub tiers: [TierPolicy; 3],
    /// The lowest tier a project is judged by.
    pub least_tier: Option<Tier>,
    /// Rules for waivers.
    pub waivers: WaiverRules,
    /// Checklists to add to the built-in one.
    pub checklists: Vec<Listed>,
    /// Where measurements are kept, when the policy says so: a path from where the policy was named, or an address.
    pub store: Option<String>,
    /// Days on which nobody works.
    pub holidays: BTreeSet<Day>,
    /// Days a week that each role works.
    pub capacity: BTreeMap<String, f64>,
    /// The files it was read from, those that others build on first.
    pub files: Vec<PolicySource>,
    /// Every value in effect with where it comes from, for people.
    pub settings: Vec<Setting>,
    /// Where each key of `settings` stands.
    places: Vec<(String, At)>,
    /// Check ids and levels as they stand in the files, until a catalogue says whether they can be.
    asked: Vec<Asked>,
}

/// Floors and required levels of one tier.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TierPolicy {
    /// As of the whole policy; 0 where nothing is said.
    pub floors: [u32; 4],
    /// As of the whole policy.
    pub required: BTreeMap<String, Required>,
}

/// Rules for waivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverRules {
    /// The longest time from `created` to `expires`, in days.
    pub max_days: i64,
    /// Who may approve; anyone but the owner when empty.
    pub approvers: Vec<String>,
}

/// A checklist that a policy names.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its path, as the policy's own was named.
    pub path: String,
    /// The digest that it must have.
    pub sha256: Option<String>,
    /// Where the policy names it.
    pub at: At,
}

/// A file that a policy was read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct PolicySource {
    /// Its path.
    pub path: String,
    /// The sha256 of its bytes.
    pub sha256: String,
}

/// One value in effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// The key, for instance `floors.harden`.
    pub key: String,
    /// The value.
    pub value: String,
    /// Where it comes from; none when it is built in.
    pub origin: Option<SettingOrigin>,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SettingOrigin {
    /// The file.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
}

/// A level that a file asks of a check.
#[derive(Debug, Clone)]
struct Asked {
    check: String,
    level: Required,
    at: At,
}

impl Default for Policy {
    fn default() -> Self {
        merge::Effective::default().policy(Vec::new())
    }
}

impl Policy {
    /// The floor at the exit of a phase, in a tier.
    #[must_use]
    pub fn floor(&self, exit: Phase, tier: Tier) -> u32 {
        self.floors[exit as usize].max(self.tiers[tier as usize].floors[exit as usize])
    }

    /// The tier that a project is judged by: the manifest's, or the policy's lowest when that is higher.
    #[must_use]
    pub fn tier(&self, stated: Tier) -> Tier {
        self.least_tier.filter(|least| *least as usize > stated as usize).unwrap_or(stated)
    }

    /// The level that a check requires in a tier; none when it is scored only.
    #[must_use]
    pub fn required(&self, check: &Check, tier: Tier) -> Option<Level> {
        let own = check.required.max(self.required.get(&check.id).copied());
        let in_tier = self.tiers[tier as usize].required.get(&check.id).copied();
        let required = match tier {
            Tier::Experimental => own.filter(|_| kept_in_experimental(check)).max(in_tier),
            Tier::Standard => own.max(in_tier),
            Tier::Critical => own.max(in_tier).map(|_| Required::Verified),
        };
        required.map(Required::level)
    }

    /// Whether a check that is due counts in a tier: an experimental project is asked only for the requirements of the first
    /// phase, for those that cannot be waived, and for what a policy asks of this tier.
    #[must_use]
    pub fn counts(&self, check: &Check, tier: Tier) -> bool {
        tier != Tier::Experimental || self.required(check, tier).is_some()
    }

    /// Where the value of a key, as in `settings`, stands; none when it is built in.
    #[must_use]
    pub fn place(&self, key: &str) -> Option<At> {
        self.places.iter().find(|(known, _)| known == key).map(|(_, at)| at.clone())
    }

    /// Holds the levels that the files ask for against the checks that there are.
    ///
    /// # Errors
    /// An unknown check, or a level below what the check requires by itself.
    pub fn verify(&self, catalogue: &Catalogue) -> Result<(), Vec<Diagnostic>> {
        let wrong: Vec<Diagnostic> = self.asked.iter().filter_map(|asked| wrong(asked, catalogue)).collect();
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }
}

fn wrong(asked: &Asked, catalogue: &Catalogue) -> Option<Diagnostic> {
    let at = || asked.at.clone();
    let Some(check) = catalogue.checks.iter().find(|check| check.id == asked.check) else {
        let error = Diagnostic::error(Code::UnknownCheck, format!("there is no check `{}`", asked.check)).at(at());
        return Some(match catalogue.nearest(&asked.check) {
            Some(near) => error.label(format!("did you mean `{near}`?")).help(format!("rename it to `{near}`")),
            None => error.help("`aipp checks` lists the checks; delete the line if its check is gone"),
        });
    };
    (check.required > Some(asked.level)).then(|| {
        let (asks, own) = (asked.level.level(), check.required.map_or(Level::None, Required::level));
        Diagnostic::error(
            Code::Loosened,
            format!("`{}` would require {asks}, and it requires {own} by itself", check.id),
        )
        .at(at())
        .help(format!("a policy can only raise a level: write {own}, or delete the line"))
    })
}

fn kept_in_experimental(check: &Check) -> bool {
    check.due() == Phase::ProveValue || !check.waivable
}
