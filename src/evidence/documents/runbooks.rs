//! Operating documents enter; runbooks with their alert, their headings and whether a drill used them leave.

use std::sync::Arc;

use crate::evidence::records::drill_files;
use crate::evidence::tree::{File, Tree};
use crate::evidence::{Found, View};
use crate::fact::{Node, Record};

use super::markup::PROSE;
use super::{Doc, has_ending, is_elsewhere};

/// Folders that runbooks may lie in by themselves.
const RUNBOOKS: &[&str] = &["runbooks", "runbook", "playbooks", "run-books"];

/// Folders of operations, where a runbook is told from other pages by its headings.
const OPERATIONS: &[&str] = &["ops", "operations", "oncall", "on-call", "sre", "alerts", "alerting"];

/// Folders above these two that belong to a project and not to a product.
const ABOVE: &[&str] = &[
    "docs",
    "doc",
    "documentation",
    "ops",
    "operations",
    "sre",
    "infra",
    "infrastructure",
    "deploy",
    "deployment",
    "monitoring",
    "observability",
    "alerts",
    "alerting",
    "oncall",
    "on-call",
    "handbook",
    "engineering",
    "guides",
    "support",
    "wiki",
];

/// What the headings of an operating document are about.
const OPERATING: &[&str] = &[
    "symptom",
    "impact",
    "diagnos",
    "investigat",
    "mitigat",
    "escalat",
    "roll back",
    "rollback",
    "resolution",
    "remediat",
    "recover",
    "troubleshoot",
    "on call",
    "on-call",
    "alert",
    "trigger",
    "severity",
    "incident",
    "restart",
    "fix",
    "verify",
];

/// More files than these are not looked at to see whether they are runbooks.
const MAX_LOOKED_AT: usize = 3000;

/// More runbooks than these are not read.
const MAX_RUNBOOKS: usize = 500;

pub(super) fn collect(view: &View<'_>, found: &mut Found) {
    let drills: Vec<Arc<str>> = drill_files(view.tree).filter_map(|file| view.tree.text(file)).collect();
    let records = runbooks(view).into_iter().map(|doc| {
        let path = &doc.origin.path;
        let headings = &doc.markup.headings;
        let name = path.rsplit('/').next().unwrap_or(path);
        let drilled = drills.iter().any(|drill| cites(drill, path) || cites(drill, name));
        Record::new([
            ("path", path.as_str().into()),
            ("alert", doc.markup.alert.clone().or_else(|| alert_by_name(name)).into()),
            ("headings", headings.clone().into()),
            ("complete", is_complete(headings).into()),
            ("drilled", drilled.into()),
        ])
        .from(&doc.origin)
    });
    let records = records.collect();
    found.facts.put("runbooks", Node::records(records));
}

/// The files of the runbooks.
pub(in crate::evidence) fn files<'v>(view: &View<'v>) -> Vec<&'v File> {
    runbooks(view).iter().filter_map(|doc| view.tree.get(&doc.origin.path)).collect()
}

fn runbooks(view: &View<'_>) -> Vec<Doc> {
    let tree = view.tree;
    let manifest = view.manifest;
    let dir = manifest.runbooks.as_ref().and_then(|r| r.dir.as_deref());
    let also = manifest.evidence.get("runbook").map(|paths| paths.0.as_slice()).unwrap_or_default();
    let mut docs: Vec<Doc> = Vec::new();
    // A scaffold is no runbook yet: it neither proves anything nor spoils what the finished ones prove.
    let is_page = |file: &File| is_page(file) && !tree.is_unfinished(file);
    let declared = dir.into_iter().chain(also.iter().map(String::as_str)).flat_map(|path| inside(tree, path));
    for file in declared {
        if is_page(file) && !docs.iter().any(|doc| doc.origin.path == file.path) {
            docs.extend(Doc::read(tree, file, true));
        }
    }
    let mut looked_at = 0_usize;
    for file in tree.files().iter().filter(|file| has_ending(&file.path, PROSE) && is_page(file)) {
        if docs.len() >= MAX_RUNBOOKS || looked_at >= MAX_LOOKED_AT {
            break;
        }
        let Some(needed) = headings_needed(&file.path) else { continue };
        looked_at += 1;
        if docs.iter().any(|doc| doc.origin.path == file.path) {
            continue;
        }
        if let Some(doc) = Doc::read(tree, file, false)
            && (operating(&doc.markup.headings) >= needed || doc.markup.alert.is_some())
        {
            docs.push(doc);
        }
    }
    docs
}

/// A declared file, or the documents of a declared folder.
fn inside<'t>(tree: &'t Tree, path: &str) -> Vec<&'t File> {
    match tree.get(path) {
        Some(file) => vec![file],
        None => tree.under(path).iter().filter(|file| has_ending(&file.path, PROSE)).collect(),
    }
}

/// No index page and no template.
fn is_page(file: &File) -> bool {
    let name = file.name().to_lowercase();
    let stem = name.split('.').next().unwrap_or_default();
    !["readme", "index", "_index", "changelog", "contributing"].contains(&stem)
        && !name.contains("template")
        && !name.starts_with('_')
}

/// How many headings of an operating document a file needs at its place to be a runbook; none when it cannot be one.
fn headings_needed(path: &str) -> Option<usize> {
    let lower = path.to_lowercase();
    let mut parts: Vec<&str> = lower.split('/').collect();
    let name = parts.pop()?;
    if is_elsewhere(path) {
        return None;
    }
    let above = |folders: &[&str]| folders.iter().all(|folder| ABOVE.contains(folder));
    let at = parts.iter().position(|part| RUNBOOKS.contains(part));
    if let Some(at) = at {
        // `src/data/runbooks` holds what the product reads, not what its operators do.
        return above(parts.get(..at)?).then_some(1);
    }
    if above(&parts) && (name.contains("runbook") || name.contains("playbook")) {
        return Some(1);
    }
    let at = parts.iter().position(|part| OPERATIONS.contains(part))?;
    above(parts.get(..at)?).then_some(2)
}

/// How many of the subjects of an operating document the headings name.
fn operating(headings: &[String]) -> usize {
    OPERATING.iter().filter(|subject| heads(headings, &[subject])).count()
}

fn heads(headings: &[String], words: &[&str]) -> bool {
    headings.iter().any(|heading| words.iter().any(|word| heading.contains(word)))
}

/// Symptom, impact, diagnosis, mitigation and escalation.
fn is_complete(headings: &[String]) -> bool {
    heads(headings, &["symptom"])
        && heads(headings, &["impact"])
        && heads(headings, &["diagnos"])
        && heads(headings, &["mitigat", "fix", "roll back", "rollback", "resolution", "resolve", "remediat"])
        && heads(headings, &["escalat"])
}

/// The alert that a runbook is named after; `runbook.md` is for all of them.
fn alert_by_name(name: &str) -> Option<String> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let general = [
        "runbook",
        "runbooks",
        "playbook",
        "operations",
        "ops",
        "general",
        "on-call",
        "oncall",
        "overview",
        "incident",
        "incidents",
    ];
    let lower = stem.to_lowercase();
    let stem = ["runbook-", "runbook_"]
        .iter()
        .find_map(|p| lower.starts_with(p).then(|| stem.get(p.len()..)).flatten())
        .unwrap_or(stem);
    (!general.contains(&lower.as_str()) && !stem.is_empty()).then(|| stem.to_owned())
}

/// Whether a drill record names a file: the whole name, not the end of another.
fn cites(drill: &str, name: &str) -> bool {
    let joins = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    drill.match_indices(name).any(|(at, _)| {
        let before = drill.get(..at).and_then(|s| s.chars().next_back());
        let after = drill.get(at + name.len()..).and_then(|s| s.chars().next());
        before.is_none_or(|c| !joins(c)) && after.is_none_or(|c| !joins(c) || c == '.')
    })
}
