//! The playbook's YAML enters as data; its phases and tasks leave, in the order in which they are worked on.

mod verify;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::checklist::{Catalogue, Required};
use crate::diagnostic::Diagnostic;
use crate::manifest::model::Phase;
use crate::manifest::{decode, duplicate_keys, read_document};

/// The tasks of four phases.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Playbook {
    /// Version of the format; this version reads 1.
    pub aipp_playbook: u32,
    /// The phases, in order.
    pub phases: Vec<PlaybookPhase>,
}

/// One phase.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaybookPhase {
    /// Its id.
    pub id: Phase,
    /// Its title.
    pub title: String,
    /// Its weeks, from 1.
    pub weeks: Weeks,
    /// Its tasks, in order.
    pub tasks: Vec<Task>,
}

/// From one week to another, both included; open-ended without the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Weeks {
    /// First week.
    pub from: u32,
    /// Last week.
    #[serde(default)]
    pub to: Option<u32>,
}

/// How often a task comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Recurs {
    /// Every month.
    Monthly,
    /// Every three months.
    Quarterly,
    /// Every six months.
    HalfYearly,
}

impl Recurs {
    /// Months between two rounds.
    #[must_use]
    pub const fn months(self) -> i32 {
        match self {
            Self::Monthly => 1,
            Self::Quarterly => 3,
            Self::HalfYearly => 6,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Monthly => "monthly",
            Self::Quarterly => "quarterly",
            Self::HalfYearly => "half-yearly",
        }
    }
}

/// One task.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Its id.
    pub id: String,
    /// What to do.
    pub title: String,
    /// When, in weeks of the plan; those of its phase when left out.
    #[serde(default)]
    pub weeks: Option<Weeks>,
    /// How often, for a task that recurs: monthly, quarterly or half-yearly.
    #[serde(default)]
    pub recurs: Option<Recurs>,
    /// What it leaves behind.
    pub deliverable: String,
    /// When it is done.
    pub exit: String,
    /// Who does it: a role.
    pub owner: String,
    /// How long it spans, in working days of its owner.
    pub days: u32,
    /// Tasks that come before it.
    #[serde(default)]
    pub needs: Vec<String>,
    /// The checks that it brings about.
    #[serde(default)]
    pub checks: Vec<Brings>,
    /// The gate that it is: the phase that is entered (harden, scale, expand, sustain) or the traffic step (scale-50, scale-100).
    #[serde(default)]
    pub gate: Option<String>,
    /// The checks that a traffic step rests on, beyond those of the gate before.
    #[serde(default)]
    pub requires: Vec<String>,
    /// The share of users, in percent, that it begins with.
    #[serde(default)]
    pub traffic: Option<u32>,
    /// It waits and watches: time passes and nobody is kept busy by it.
    #[serde(default)]
    pub holds: bool,
    /// Shares of traffic: the task is done in as many parts, each before the traffic of that share begins.
    #[serde(default)]
    pub cohorts: Vec<u32>,
}

/// A check and the level that a task brings it to.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Brings {
    /// The check.
    pub id: String,
    /// The level.
    pub brings: Required,
}

/// The gates that a playbook may name.
pub const GATES: [&str; 6] = ["harden", "scale", "scale-50", "scale-100", "expand", "sustain"];

impl Playbook {
    /// The built-in playbook.
    ///
    /// # Errors
    /// Never for a binary that was built from a good file; the message says what is broken.
    pub fn builtin() -> Result<Self, serde_json::Error> {
        serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/playbook.json")))
    }

    /// Every task with its phase, in order.
    pub fn tasks(&self) -> impl Iterator<Item = (Phase, &Task)> {
        self.phases.iter().flat_map(|phase| phase.tasks.iter().map(move |task| (phase.id, task)))
    }
}

/// Reads and verifies a team's own playbook (YAML, TOML or JSON by the name's ending).
///
/// # Errors
/// Everything that is wrong, each with its line: syntax, unknown keys, an unknown task or check, an id that stands twice, tasks
/// that need each other in a circle.
pub fn load(name: &str, bytes: Vec<u8>, catalogue: &Catalogue) -> Result<Playbook, Vec<Diagnostic>> {
    let document = read_document(name, bytes)?;
    let (playbook, mut errors) = decode::<Playbook>(&document);
    errors.splice(0..0, duplicate_keys(&document));
    let Some(playbook) = playbook.filter(|_| errors.is_empty()) else { return Err(errors) };
    let errors = verify::verify(&playbook, catalogue, &document);
    if errors.is_empty() { Ok(playbook) } else { Err(errors) }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::checklist::Catalogue;

    #[test]
    fn the_playbook_is_whole() {
        let playbook = Playbook::builtin().unwrap();
        let catalogue = Catalogue::builtin().unwrap();
        let tasks: Vec<(Phase, &Task)> = playbook.tasks().collect();
        assert_eq!(tasks.len(), 49);
        let mut before: HashSet<&str> = HashSet::new();
        for (_, task) in &tasks {
            for need in &task.needs {
                assert!(before.contains(need.as_str()), "{} needs {need}, which does not come before it", task.id);
            }
            assert!(before.insert(&task.id), "{} stands twice", task.id);
            assert!(
                task.days > 0 && !task.owner.is_empty() && (task.weeks.is_some() || task.recurs.is_some()),
                "{}",
                task.id
            );
            for check in &task.checks {
                let found = catalogue.get(&check.id).unwrap_or_else(|| panic!("{} names {}", task.id, check.id));
                assert!(found.playbook.contains(&task.id), "{} does not name {}", check.id, task.id);
            }
        }
        for check in &catalogue.checks {
            for id in &check.playbook {
                let names = tasks.iter().any(|(_, t)| t.id == *id && t.checks.iter().any(|c| c.id == check.id));
                assert!(names, "{} names {id}, which does not bring it about", check.id);
            }
        }
    }
}
