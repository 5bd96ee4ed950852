//! Recorded assessments enter; what moved from one to the next, and why, leaves.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::row::{Recorded, RecordedGate};
use crate::checklist::{Area, Level};
use crate::manifest::value::Day;

/// Assessments over time: what `aipp history --format json` prints.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Trail {
    /// Version of this format.
    pub format_version: u32,
    /// Always `history`.
    pub kind: &'static str,
    /// The project, as the newest assessment calls it.
    pub project: Option<String>,
    /// Oldest first.
    pub assessments: Vec<Entry>,
}

/// One assessment and what moved since the one before.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Entry {
    /// Its day.
    pub today: Day,
    /// The phase of the project.
    pub phase: String,
    /// The lowest area.
    pub headline: Option<f64>,
    /// Which area that is.
    pub weakest: Option<String>,
    /// What is proven.
    pub proven: Option<f64>,
    /// What is stated.
    pub stated: Option<f64>,
    /// Stated minus proven.
    pub claim_gap: Option<f64>,
    /// The score of each area.
    pub areas: BTreeMap<String, Option<f64>>,
    /// The gate.
    pub gate: Option<RecordedGate>,
    /// The commit.
    pub commit: Option<String>,
    /// Checks whose level moved, those that fell first.
    pub changes: Vec<Change>,
    /// What else makes the two hard to compare: other checks, another phase, another version.
    pub notes: Vec<String>,
}

/// A check whose level moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Change {
    /// The check.
    pub check: String,
    /// Its level before.
    pub from: Level,
    /// Its level now.
    pub to: Level,
    /// What is missing now, or what is not missing any more.
    pub because: Option<String>,
}

/// How high a level is; what is contradicted is below nothing.
fn height(level: Level) -> i8 {
    match level {
        Level::Contradicted => -1,
        Level::None => 0,
        Level::Claimed => 1,
        Level::Documented => 2,
        Level::Verified => 3,
    }
}

impl Trail {
    /// The assessments in the order of their days, with what moved between them.
    #[must_use]
    pub fn of(mut recorded: Vec<Recorded>) -> Self {
        recorded.sort_by_key(|row| (row.today, row.recorded, row.id));
        let entries: Vec<Entry> = recorded
            .iter()
            .enumerate()
            .map(|(i, row)| entry(i.checked_sub(1).and_then(|before| recorded.get(before)), row))
            .collect();
        Self {
            format_version: 1,
            kind: "history",
            project: recorded.last().map(|row| row.project.clone()),
            assessments: entries,
        }
    }

    /// The areas in their usual order.
    #[must_use]
    pub fn areas(&self) -> Vec<String> {
        let named = |area: &Area| match serde_json::to_value(area) {
            Ok(serde_json::Value::String(text)) => Some(text),
            _ => None,
        };
        let known = Area::ALL.iter().filter_map(named);
        known.filter(|area| self.assessments.iter().any(|entry| entry.areas.contains_key(area))).collect()
    }
}

fn entry(before: Option<&Recorded>, row: &Recorded) -> Entry {
    Entry {
        today: row.today,
        phase: row.phase.clone(),
        headline: row.headline,
        weakest: row.weakest.clone(),
        proven: row.proven,
        stated: row.stated,
        claim_gap: row.claim_gap,
        areas: row.areas.clone(),
        gate: row.gate.clone(),
        commit: row.commit.clone(),
        changes: before.map(|before| changes(before, row)).unwrap_or_default(),
        notes: before.map(|before| notes(before, row)).unwrap_or_default(),
    }
}

fn changes(before: &Recorded, row: &Recorded) -> Vec<Change> {
    let mut changes: Vec<Change> = row
        .levels
        .iter()
        .filter_map(|(check, to)| {
            let from = *before.levels.get(check)?;
            let fell = height(*to) < height(from);
            let because = if fell { row.unmet.get(check) } else { before.unmet.get(check) };
            (from != *to).then(|| Change { check: check.clone(), from, to: *to, because: because.cloned() })
        })
        .collect();
    changes.sort_by_key(|change| (height(change.to) - height(change.from), change.check.clone()));
    changes
}

fn notes(before: &Recorded, row: &Recorded) -> Vec<String> {
    let mut notes = Vec::new();
    if before.phase != row.phase {
        notes.push(format!("the phase went from {} to {}, so other checks are due", before.phase, row.phase));
    }
    if before.catalogue != row.catalogue {
        notes.push("other checks were asked: the catalogue differs".to_owned());
    }
    if before.version != row.version {
        notes.push(format!("aipp went from {} to {}", before.version, row.version));
    }
    let gone = before.levels.keys().filter(|check| !row.levels.contains_key(*check)).count();
    let new = row.levels.keys().filter(|check| !before.levels.contains_key(*check)).count();
    if gone + new > 0 {
        notes.push(format!("{new} checks are new, {gone} are gone"));
    }
    notes
}
