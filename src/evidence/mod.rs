//! A read-only view of the repository enters; what was found leaves, with path, line, date and level.
//!
//! One file a family of artefacts, one row of [`FAMILIES`] each. A family reads, and says what it found as facts and as items
//! of evidence; dating by git, refusing the future and marking what is malformed are done here, once, for all of them.

mod configuration;
pub mod declared;
mod documents;
mod expression;
pub mod git;
mod literals;
pub mod metrics;
mod people;
mod pipelines;
mod promises;
pub mod records;
mod results;
pub mod revision;
pub mod signals;
pub mod tree;

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;

use crate::diagnostic::{Code, Diagnostic};
use crate::fact::{Leaf, Node, Origin, Record, When};
use crate::manifest::Manifest;
use crate::manifest::value::Day;
use crate::series::{Measured, Standing};

use git::{Dated, Git};
pub use results::rates;
use tree::Tree;

/// Whether a text stands where a name should have been written: `TBD`, `<name>`, `?`.
#[must_use]
pub fn names_nobody(text: &str) -> bool {
    people::who::is_placeholder(text)
}

/// Whether a text names the owner of a project.
#[must_use]
pub fn names_the_owner(manifest: &Manifest, text: &str) -> bool {
    people::who::People::of(manifest).is_owner(text)
}

/// What a family may look at.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The files.
    pub tree: &'a Tree,
    /// Their history.
    pub git: &'a Git,
    /// The manifest; an empty one when there is none.
    pub manifest: &'a Manifest,
    /// The day of the assessment.
    pub today: Day,
    /// What was measured.
    pub measured: &'a Measured,
}

impl<'a> View<'a> {
    /// Over these files and their history, when nothing was measured.
    #[must_use]
    pub fn of(tree: &'a Tree, git: &'a Git, manifest: &'a Manifest, today: Day) -> Self {
        Self { tree, git, manifest, today, measured: Measured::none() }
    }
}

/// How much an item of evidence proves by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Proof {
    /// A file or a pattern in it: somebody wrote it down.
    Documented,
    /// A parsed machine result, or agreement between files.
    Verified,
}

/// One item of evidence for a kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The kind, by its id.
    pub kind: &'static str,
    /// Where.
    pub origin: Arc<Origin>,
    /// How much it proves.
    pub level: Proof,
    /// How good it is among items of one level and kind; higher is listed first.
    pub rank: u32,
    /// When, from inside the artefact.
    pub date: Option<Day>,
    /// Why it counts.
    pub because: String,
}

/// What a family found.
#[derive(Debug, Default)]
pub struct Found {
    /// Facts, by the paths of the facts reference. A dated record without a `date` field is dated by git afterwards.
    pub facts: Record,
    /// Items of evidence.
    pub items: Vec<Item>,
    /// Files that cannot be read as what they are: the path of the facts that rest on them, and what is wrong.
    pub malformed: Vec<(String, Diagnostic)>,
    /// Anything else worth saying.
    pub diagnostics: Vec<Diagnostic>,
    /// Where the metrics stand.
    pub standings: Vec<Standing>,
}

/// A family of artefacts.
#[derive(Debug)]
pub struct Family {
    /// Its name.
    pub name: &'static str,
    /// The facts it provides, as prefixes of paths in the facts reference.
    pub provides: &'static [&'static str],
    /// Reads.
    pub collect: fn(&View<'_>) -> Found,
}

/// Every family.
pub const FAMILIES: &[Family] = &[
    signals::FAMILY,
    documents::FAMILY,
    people::FAMILY,
    records::FAMILY,
    results::FAMILY,
    metrics::FAMILY,
    pipelines::FAMILY,
    configuration::FAMILY,
];

/// Everything that was found in a repository.
#[derive(Debug)]
pub struct Evidence {
    /// Facts by their paths.
    pub facts: Record,
    /// Items, best proof first within a kind.
    pub items: Vec<Item>,
    /// Files that cannot be read as what they are, with the facts that rest on them.
    pub malformed: Vec<(String, Diagnostic)>,
    /// Anything else worth saying.
    pub diagnostics: Vec<Diagnostic>,
    /// Where the metrics stand, in the order of the manifest.
    pub standings: Vec<Standing>,
    /// How many files there are.
    pub files: usize,
}

/// Looks at a repository: every family reads, then dates are filled in from git and the future is refused.
#[must_use]
pub fn collect(view: &View<'_>) -> Evidence {
    let found: Vec<Found> = FAMILIES.par_iter().map(|family| (family.collect)(view)).collect();
    let mut evidence = Evidence {
        facts: Record::default(),
        items: Vec::new(),
        malformed: Vec::new(),
        diagnostics: Vec::new(),
        standings: Vec::new(),
        files: view.tree.files().len(),
    };
    for family in found {
        evidence.facts.merge(family.facts);
        evidence.items.extend(family.items);
        evidence.malformed.extend(family.malformed);
        evidence.diagnostics.extend(family.diagnostics);
        evidence.standings.extend(family.standings);
    }
    declare(&mut evidence, view);
    take_back(&mut evidence);
    promises::check(&mut evidence, view.tree);
    date_by_git(&mut evidence.facts, view.git);
    refuse_future(&mut evidence.facts, view.today, &mut evidence.diagnostics);
    sort_events(&mut evidence.facts);
    // What lies inside a list was marked by its family, which knows the element.
    evidence.diagnostics.extend(view.git.trouble());
    evidence.items.retain(|item| view.tree.get(&item.origin.path).is_none_or(|file| !view.tree.is_unfinished(file)));
    evidence.diagnostics.extend(view.tree.unfinished());
    for (path, diagnostic) in evidence.malformed.iter().filter(|(path, _)| !path.contains("[]")) {
        let file = diagnostic.file().unwrap_or("a file").to_owned();
        evidence.facts.put(path, Node::unknown(format!("{file} cannot be read: {}", diagnostic.message)));
    }
    evidence.items.sort_by(|a, b| {
        (a.kind, !a.origin.declared, std::cmp::Reverse((a.level, a.rank)), &a.origin.path, a.origin.line).cmp(&(
            b.kind,
            !b.origin.declared,
            std::cmp::Reverse((b.level, b.rank)),
            &b.origin.path,
            b.origin.line,
        ))
    });
    evidence.items.dedup_by(|later, first| later.kind == first.kind && later.origin.path == first.origin.path);
    evidence
}

/// Takes back what one family saw in a file that another cannot read as what it is. A kind of which nothing is left then is not
/// absent: nobody knows.
fn take_back(evidence: &mut Evidence) {
    let torn: HashMap<String, Diagnostic> = evidence
        .malformed
        .iter()
        .filter_map(|(_, diagnostic)| Some((diagnostic.file()?.to_owned(), diagnostic.clone())))
        .collect();
    let (kept, gone): (Vec<Item>, Vec<Item>) =
        std::mem::take(&mut evidence.items).into_iter().partition(|item| !torn.contains_key(&item.origin.path));
    evidence.items = kept;
    for item in gone {
        let facts = format!("evidence.{}", crate::kinds::fact_name(item.kind));
        let left = evidence.items.iter().any(|other| other.kind == item.kind);
        let known = evidence.malformed.iter().any(|(path, _)| *path == facts);
        if let Some(diagnostic) = torn.get(&item.origin.path).filter(|_| !left && !known) {
            evidence.malformed.push((facts, diagnostic.clone()));
        }
    }
}

/// Adds what the manifest names as evidence: it is listed first, and it never removes anything. An empty file proves nothing.
fn declare(evidence: &mut Evidence, view: &View<'_>) {
    for (kind, paths) in &view.manifest.evidence {
        let Some(kind) = crate::kinds::KINDS.iter().map(|k| k.id).find(|id| id == kind) else { continue };
        for path in paths.iter().map(|p| p.trim_start_matches("./").trim_end_matches('/')) {
            let files: Vec<&tree::File> =
                view.tree.get(path).into_iter().chain(view.tree.under(path).iter().take(16)).collect();
            for file in files {
                if file.size == 0 {
                    let empty = Diagnostic::error(Code::Malformed, format!("the evidence `{}` is empty", file.path))
                        .path(file.path.clone())
                        .help("write it, or delete the entry in the manifest's `evidence:`");
                    evidence.malformed.push((format!("evidence.{}", crate::kinds::fact_name(kind)), empty));
                    continue;
                }
                let known = evidence.items.iter_mut().find(|i| i.kind == kind && i.origin.path == file.path);
                if known.is_none() && is_bare_prose(view.tree, file) {
                    evidence.diagnostics.push(
                        Diagnostic::warning(Code::Skipped, format!("the file says too little to count as {kind}"))
                            .path(&file.path)
                            .help("write what it promises, or delete the entry in the manifest's `evidence:`"),
                    );
                    continue;
                }
                let origin = |line| Arc::new(Origin { path: file.path.clone(), line, declared: true });
                match known {
                    Some(item) => item.origin = origin(item.origin.line),
                    None => evidence.items.push(Item {
                        kind,
                        origin: origin(None),
                        level: Proof::Documented,
                        rank: 0,
                        date: None,
                        because: "named in the manifest".to_owned(),
                    }),
                }
            }
        }
    }
}

/// Fewer words than these in a page are a title: naming it in the manifest makes it no document.
const MIN_DECLARED_WORDS: usize = 8;

/// Whether a file is a page (and not code, data or a configuration) with next to nothing on it, or one that nobody has filled in.
fn is_bare_prose(tree: &Tree, file: &tree::File) -> bool {
    let ending = file.path.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    matches!(ending.as_str(), "md" | "markdown" | "rst" | "adoc" | "txt")
        && tree.text(file).is_some_and(|text| !signals::has_substance(&text, MIN_DECLARED_WORDS))
}

/// Calls a function with every record of every list of dated records.
fn each_event(record: &mut Record, visit: &mut dyn FnMut(&mut Vec<Node>)) {
    for node in record.fields.values_mut() {
        match node {
            Node::Map(inner) => each_event(inner, visit),
            Node::List { items, events } => {
                for item in items.iter_mut() {
                    if let Node::Map(inner) = item {
                        each_event(inner, visit);
                    }
                }
                if *events {
                    visit(items);
                }
            }
            Node::Leaf(_) => {}
        }
    }
}

/// Gives records without a date the author date of the last commit of their file.
fn date_by_git(facts: &mut Record, git: &Git) {
    let undated = |record: &Record| !record.fields.contains_key("date");
    let mut paths: Vec<String> = Vec::new();
    each_event(facts, &mut |items| {
        for item in items.iter() {
            if let Node::Map(record) = item
                && undated(record)
                && let Some(origin) = &record.origin
            {
                paths.push(origin.path.clone());
            }
        }
    });
    paths.sort_unstable();
    paths.dedup();
    let dates: HashMap<String, Dated> = git.last_changes(&paths);
    each_event(facts, &mut |items| {
        for item in items.iter_mut() {
            if let Node::Map(record) = item
                && undated(record)
                && let Some(dated) = record.origin.as_ref().and_then(|origin| dates.get(&origin.path))
            {
                record.set(
                    "date",
                    match dated {
                        Dated::By(commit) => Node::from(commit.day),
                        Dated::Undated => Node::absent(),
                        Dated::Unknown(why) => Node::unknown(why.clone()),
                    },
                );
            }
        }
    });
}

/// Takes out records that are dated after the day of the assessment, and says so.
fn refuse_future(facts: &mut Record, today: Day, diagnostics: &mut Vec<Diagnostic>) {
    let mut refused: Vec<(String, Day)> = Vec::new();
    each_event(facts, &mut |items| {
        items.retain(|item| {
            let Node::Map(record) = item else { return true };
            let When::Dated(day) = record.when() else { return true };
            if day > today {
                refused.push((record.origin.as_ref().map(|o| o.path.clone()).unwrap_or_default(), day));
            }
            day <= today
        });
    });
    refused.sort_unstable();
    refused.dedup();
    diagnostics.extend(refused.into_iter().map(|(path, day)| {
        Diagnostic::warning(Code::Future, format!("a record is dated {day}, after {today}; it does not count"))
            .path(path)
            .help("correct the date, or assess with a later `--today`")
    }));
}

/// Puts dated records newest first again, once git has dated the undated ones.
fn sort_events(facts: &mut Record) {
    each_event(facts, &mut |items| {
        items.sort_by_key(|item| {
            let day = match item {
                Node::Map(record) => match record.when() {
                    When::Dated(day) => Some(day),
                    When::Undated | When::Unknown(_) => None,
                },
                Node::Leaf(Leaf::Known(_) | Leaf::Absent | Leaf::Unknown(_)) | Node::List { .. } => None,
            };
            std::cmp::Reverse(day)
        });
    });
}
