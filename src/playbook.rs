//! The playbook's YAML enters as data; its phases and tasks leave, in the order in which they are worked on.

use serde::Deserialize;

use crate::checklist::Required;
use crate::manifest::model::Phase;

/// The tasks of four phases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Playbook {
    /// Version of the format.
    pub aipp_playbook: u32,
    /// The phases, in order.
    pub phases: Vec<PlaybookPhase>,
}

/// One phase.
#[derive(Debug, Deserialize)]
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
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weeks {
    /// First week.
    pub from: u32,
    /// Last week.
    #[serde(default)]
    pub to: Option<u32>,
}

/// One task.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Its id.
    pub id: String,
    /// What to do.
    pub title: String,
    /// When, in weeks of the plan.
    #[serde(default)]
    pub weeks: Option<Weeks>,
    /// How often, for a task that recurs.
    #[serde(default)]
    pub recurs: Option<String>,
    /// What it leaves behind.
    pub deliverable: String,
    /// When it is done.
    pub exit: String,
    /// Who does it.
    pub owner: String,
    /// How long it spans, in working days.
    pub days: u32,
    /// Tasks that come before it.
    #[serde(default)]
    pub needs: Vec<String>,
    /// The checks that it brings about.
    #[serde(default)]
    pub checks: Vec<Brings>,
    /// The gate that it is.
    #[serde(default)]
    pub gate: Option<String>,
}

/// A check and the level that a task brings it to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Brings {
    /// The check.
    pub id: String,
    /// The level.
    pub brings: Required,
}

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
