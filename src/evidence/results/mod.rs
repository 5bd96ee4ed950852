//! Machine results (test reports, load tests, evaluations, scans, audit samples, bills of materials, exports of rules) enter; dated
//! events and items of evidence leave.
//!
//! A file is known by its content. Its name alone decides only what a torn, empty or too large file was meant to be. One file of
//! this folder a format, one row of [`formats::JSON`] each when it is JSON.

mod attacks;
mod audit;
mod batch;
mod branches;
mod chain;
mod comparison;
mod dataset;
mod deepeval;
mod drift;
mod evaluation;
mod fields;
mod formats;
mod garak;
mod jmeter;
mod junit;
mod k6;
mod lm_eval;
mod load;
mod locust;
mod mlflow;
mod moment;
mod names;
mod outcome;
mod outline;
mod overlap;
mod personal;
mod promptfoo;
mod pyrit;
mod ragas;
mod reader;
mod record;
mod sarif;
mod sbom;
mod scores;
mod secrets;
mod slices;
mod versions;
mod xml;

#[cfg(test)]
mod probe;

use rayon::prelude::*;

use crate::fact::{Node, Record};

use super::tree::File;
use super::{Family, Found, View};

use names::{Form, Name};
use outcome::{Event, Outcome};
use reader::Reader;

/// This family.
pub(super) const FAMILY: Family = Family {
    name: "results",
    provides: &["tests", "scans", "load", "eval", "audit.samples", "sbom", "branch_protection"],
    collect,
};

/// Every list of events that this family provides.
const LISTS: &[&str] = &[
    "tests.cases",
    "scans.secrets",
    "scans.redteam",
    "scans.pii",
    "load.results",
    "eval.results",
    "eval.slices",
    "eval.comparisons",
    "eval.datasets",
    "eval.drift_reports",
    "audit.samples",
    "sbom",
    "branch_protection",
];

/// More items of one kind than these are not listed; a build can leave a report a class.
const MAX_ITEMS: usize = 50;

fn collect(view: &View<'_>) -> Found {
    let reader = Reader::of(view);
    let files = view.tree.files();
    let mut outcomes: Vec<Outcome> = files
        .par_iter()
        .filter_map(|file| {
            let form = Form::of(&file.path)?;
            let name = Name::of(&file.path);
            let wanted = reader.is_named(&file.path) || !(name.is_foreign() || name.is_settings());
            wanted.then(|| reader.file(file, &name, form))
        })
        .collect();
    let runs: Vec<&File> =
        files.iter().filter(|file| mlflow::is(&file.path) && !Name::of(&file.path).is_foreign()).collect();
    outcomes.push(mlflow::runs(&runs, &|file| view.tree.read(file), &|path| reader.input(path, "")));
    outcomes.push(dataset::check(view));
    found(outcomes)
}

/// Joins what the files proved.
fn found(outcomes: Vec<Outcome>) -> Found {
    let mut found = Found::default();
    let (mut events, mut cases): (Vec<Event>, Vec<junit::Case>) = (Vec::new(), Vec::new());
    for outcome in outcomes {
        events.extend(outcome.events);
        cases.extend(outcome.cases);
        found.items.extend(outcome.items);
        found.malformed.extend(outcome.malformed);
        found.diagnostics.extend(outcome.diagnostics);
    }
    let (cases, failed) = junit::cases(cases);
    events.extend(cases);
    // Newest first; of two at one time, the later name. The order inside a file stays.
    events.sort_by(|a, b| {
        let path = |event: &Event| event.record.origin.as_ref().map(|o| o.path.clone());
        b.at.cmp(&a.at).then_with(|| path(b).cmp(&path(a)))
    });
    let mut lists: Vec<(&str, Vec<Record>)> = LISTS.iter().map(|path| (*path, Vec::new())).collect();
    for event in events {
        if let Some((_, list)) = lists.iter_mut().find(|(path, _)| *path == event.facts) {
            list.push(event.record);
        }
    }
    for (path, list) in lists {
        found.facts.put(path, Node::events(list));
    }
    let torn = found.malformed.iter().find(|(path, _)| path == "tests.cases");
    let failed = match torn.and_then(|(_, diagnostic)| diagnostic.file()) {
        Some(file) => Node::unknown(format!("{file} cannot be read")),
        None => Node::from(failed),
    };
    found.facts.put("tests.failed", failed);
    limit(&mut found);
    found
}

/// Keeps the best items of each kind.
fn limit(found: &mut Found) {
    found.items.sort_by_key(|item| std::cmp::Reverse((item.origin.declared, item.level, item.rank)));
    let mut counts: Vec<(&str, usize)> = Vec::new();
    found.items.retain(|item| {
        let at = counts.iter().position(|(kind, _)| *kind == item.kind).unwrap_or_else(|| {
            counts.push((item.kind, 0));
            counts.len() - 1
        });
        counts.get_mut(at).is_some_and(|(_, count)| {
            *count += 1;
            *count <= MAX_ITEMS
        })
    });
}
