//! The people of the manifest, CODEOWNERS and the history enter; who owns what, and when the owner was last active, leaves.

mod codeowners;
pub(in crate::evidence) mod who;

use std::collections::BTreeMap;
use std::sync::Arc;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::diagnostic::{Code, Diagnostic};
use crate::fact::{Node, Origin, Record};
use crate::manifest::is_group;
use crate::manifest::value::Day;

use super::records::{acceptances, attestations, decisions, delegations};
use super::tree::File;
use super::{Family, Found, View, documents};
use codeowners::CodeOwners;
use who::{People, is_placeholder};

/// This family.
pub(super) const FAMILY: Family = Family { name: "people", provides: &["owner", "codeowners"], collect };

/// How far back the owner's commits are looked for, in days.
const ACTIVITY_DAYS: i32 = 180;

/// More signs of life than these are not listed.
const MAX_ACTIVITY: usize = 20;

fn collect(view: &View<'_>) -> Found {
    let mut found = Found::default();
    let people = People::of(view.manifest);
    let owners = CodeOwners::find(view.tree);
    collect_codeowners(view, &people, owners.as_ref(), &mut found);
    if let Some(file) = CodeOwners::unreadable(view.tree).filter(|_| owners.is_none()) {
        let why = if file.size == 0 { "this file is empty" } else { "this file is empty, or no UTF-8 text" };
        let diagnostic = Diagnostic::error(Code::Malformed, why).path(&*file.path);
        let help = "write lines such as `* @name`, or delete it";
        found.malformed.push(("codeowners".to_owned(), diagnostic.help(help)));
        found.facts.group("codeowners").set("present", Node::unknown(format!("{} cannot be read", file.path)));
    }
    collect_owner(view, &people, owners.as_ref(), &mut found);
    found
}

// ---- CODEOWNERS

/// A part of the repository that has owners: its folders, and paths that stand for it when it has no file yet.
struct Part {
    name: &'static str,
    globs: &'static [&'static str],
    stands_for: &'static [&'static str],
}

const PARTS: &[Part] = &[
    Part {
        name: "governance",
        globs: &["governance/**", "docs/governance/**"],
        stands_for: &["governance/risk-classification.md"],
    },
    Part {
        name: "prompts",
        globs: &["prompts/**", "src/**/prompts/**", "**/*.prompt", "**/*.prompt.*"],
        stands_for: &["prompts/system.md"],
    },
    Part {
        name: "policies",
        globs: &["policy/**", "policies/**", "**/*.rego", "**/*.cedar"],
        stands_for: &["policy/tools.rego", "policies/tools.rego"],
    },
    Part {
        name: "models",
        globs: &["models/**", "model/**", "config/model*", "config/models/**", "**/litellm*.y*ml", "**/MLmodel"],
        stands_for: &["models/model.yaml", "config/models.yaml"],
    },
    Part {
        name: "evals",
        globs: &["evals/**", "eval/**", "**/promptfooconfig.*"],
        stands_for: &["evals/cases.yaml", "promptfooconfig.yaml"],
    },
    Part {
        name: "runbooks",
        globs: &["runbooks/**", "docs/runbooks/**", "docs/ops/**", "ops/runbooks/**"],
        stands_for: &["runbooks/alert.md", "docs/runbooks/alert.md", "docs/ops/runbook.md"],
    },
];

/// More files of a part than these are not looked up.
const MAX_FILES: usize = 2000;

fn collect_codeowners(view: &View<'_>, people: &People, owners: Option<&CodeOwners>, found: &mut Found) {
    let group = found.facts.group("codeowners");
    group.set("present", owners.is_some());
    for part in PARTS {
        let facts = owners.map_or_else(Record::default, |owners| part_facts(view, people, owners, part));
        let empty = Record::new([
            ("owned", false.into()),
            ("owners", Vec::<String>::new().into()),
            ("independent", false.into()),
        ]);
        group.set(part.name, if facts.fields.is_empty() { empty } else { facts });
    }
}

fn part_facts(view: &View<'_>, people: &People, owners: &CodeOwners, part: &Part) -> Record {
    let mut paths = files_of(view, part);
    if paths.is_empty() {
        // No file yet: the line counts that would own one.
        let owned = |path: &&&str| !owners.owner_of(path).owners.is_empty();
        paths.extend(part.stands_for.iter().find(owned).map(|path| (*path).to_owned()));
    }
    let (mut names, mut line) = (Vec::<String>::new(), None);
    let (mut owned, mut independent) = (!paths.is_empty(), !paths.is_empty());
    for path in &paths {
        let of_path = owners.owner_of(path);
        owned &= !of_path.owners.is_empty();
        independent &= of_path.owners.iter().any(|owner| is_independent(people, owner));
        line = line.or(of_path.line);
        for owner in of_path.owners {
            if !names.contains(&owner) {
                names.push(owner);
            }
        }
    }
    Record::new([("owned", owned.into()), ("owners", names.into()), ("independent", independent.into())])
        .from(&Origin::detected(&owners.path, line))
}

/// A team is independent: somebody in it is neither the owner nor a builder.
fn is_independent(people: &People, owner: &str) -> bool {
    !people.is_owner(owner) && !people.is_builder(owner)
}

/// The files of a part: by its usual folders, and by the paths that the manifest declares for it.
fn files_of(view: &View<'_>, part: &Part) -> Vec<String> {
    let manifest = view.manifest;
    let mut declared: Vec<&str> = Vec::new();
    match part.name {
        "governance" => declared.extend(manifest.governance.iter().filter_map(|g| g.document.as_deref())),
        "prompts" => declared.extend(manifest.prompts.iter().filter_map(|p| p.path.as_deref())),
        "models" => declared.extend(manifest.models.iter().filter_map(|m| m.path.as_deref())),
        "evals" => declared.extend(manifest.evals.iter().flat_map(|e| &e.datasets).filter_map(|d| d.path.as_deref())),
        "runbooks" => declared.extend(manifest.runbooks.iter().filter_map(|r| r.dir.as_deref())),
        _ => {}
    }
    let control = manifest.governance.iter().filter_map(|g| g.change_control.as_ref()).flat_map(|c| &c.paths);
    // Of the paths under review, those that name the part.
    let stem = part.name.trim_end_matches('s').trim_end_matches("ie");
    declared.extend(control.map(String::as_str).filter(|path| path.to_lowercase().contains(stem)));
    let set = globs(part.globs.iter().copied().chain(declared));
    let files = view.tree.files().iter().filter(|file| set.is_match(&file.path) && !documents::is_foreign(&file.path));
    let mut paths: Vec<String> = files.take(MAX_FILES).map(|file| file.path.clone()).collect();
    if part.name == "runbooks" {
        for file in documents::runbook_files(view) {
            if !paths.contains(&file.path) {
                paths.push(file.path.clone());
            }
        }
    }
    paths
}

/// Patterns as one set; a folder stands for all that is in it.
fn globs<'p>(patterns: impl Iterator<Item = &'p str>) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let pattern = pattern.trim().trim_start_matches("./").trim_matches('/');
        if pattern.is_empty() {
            continue;
        }
        for pattern in [pattern.to_owned(), format!("{pattern}/**")] {
            if let Ok(glob) = GlobBuilder::new(&pattern).literal_separator(true).build() {
                set.add(glob);
            }
        }
    }
    set.build().unwrap_or_else(|_| GlobSet::empty())
}

// ---- the owner

fn collect_owner(view: &View<'_>, people: &People, owners: Option<&CodeOwners>, found: &mut Found) {
    let declared = view.manifest.people.as_ref().and_then(|people| people.owner.as_ref());
    let persons = declared.map(|owner| owner.0.as_slice()).unwrap_or_default();
    let grouped = persons.len() > 1
        || persons.iter().any(|p| [&p.name, &p.handle].iter().any(|text| text.as_deref().is_some_and(is_group)));
    let named = match persons {
        [one] => !grouped && one.name.as_deref().is_some_and(|name| !is_placeholder(name)),
        _ => false,
    };
    let place = if named { place_naming(view, people, owners) } else { None };
    let activity = if people.has_owner() { activity(view, people) } else { Vec::new() };
    let mut facts = Record::new([
        ("named", named.into()),
        ("is_group", grouped.into()),
        ("in_codeowners", place.is_some().into()),
        ("activity", Node::events(activity)),
    ]);
    facts.origin = place;
    found.facts.set("owner", facts);
}

/// Where CODEOWNERS or an escalation path names the owner.
fn place_naming(view: &View<'_>, people: &People, owners: Option<&CodeOwners>) -> Option<Arc<Origin>> {
    let marks = people.owner_marks();
    if let Some(owners) = owners
        && let Some(line) = marks.iter().find_map(|mark| owners.line_naming(mark))
    {
        return Some(Origin::detected(&owners.path, Some(line)));
    }
    let names: Vec<String> =
        people.owner_name().into_iter().map(str::to_owned).chain(marks).map(|mark| mark.to_lowercase()).collect();
    let mut files: Vec<&File> = view.tree.files().iter().filter(|file| may_escalate(&file.path)).collect();
    files.extend(documents::runbook_files(view));
    files.iter().take(500).find_map(|file| {
        let text = view.tree.text(file)?;
        let whole = file.name().to_lowercase().contains("escalat");
        let line = escalation_line(&text.to_lowercase(), &names, whole)?;
        Some(Origin::detected(&file.path, Some(line)))
    })
}

/// Files that may hold an escalation path.
fn may_escalate(path: &str) -> bool {
    let lower = path.to_lowercase();
    let name = lower.rsplit('/').next().unwrap_or_default();
    ["escalat", "incident", "on-call", "oncall", "on_call", "contacts", "support"]
        .iter()
        .any(|word| name.contains(word))
        && ["md", "markdown", "rst", "adoc", "txt", "yaml", "yml", "html"]
            .iter()
            .any(|end| name.ends_with(&format!(".{end}")))
        && !documents::is_foreign(path)
}

/// The line on which an escalation path names one of these: near a line that speaks of escalation, or anywhere in its own file.
fn escalation_line(text: &str, names: &[String], whole: bool) -> Option<usize> {
    /// Lines below such a line that belong to it.
    const NEAR: usize = 25;
    let mut since = usize::MAX;
    for (number, line) in text.lines().enumerate() {
        since = if line.contains("escalat") { 0 } else { since.saturating_add(1) };
        let near = whole || since <= NEAR;
        if near && names.iter().any(|name| line.contains(name.as_str())) {
            return Some(number + 1);
        }
    }
    None
}

/// What the owner (or who acts for the owner) did: commits, decisions, sign-offs and delegations.
fn activity(view: &View<'_>, people: &People) -> Vec<Record> {
    let delegations = delegations(view).kept;
    let delegations: Vec<_> = delegations.iter().filter(|kept| people.is_owner(&kept.value.by)).collect();
    let acts = |who: &str, day: Day| {
        people.is_owner(who)
            || delegations.iter().any(|d| {
                let in_time = d.value.date <= day && d.value.until.is_none_or(|until| day <= until);
                in_time && people.same(&d.value.to, who)
            })
    };
    let mut records = Vec::new();
    let mut add = |day: Day, what: &'static str, origin: Option<&Arc<Origin>>| {
        let record = Record::new([("date", day.into()), ("what", what.into())]);
        records.push(match origin {
            Some(origin) => record.from(origin),
            None => record,
        });
    };
    for kept in &delegations {
        add(kept.value.date, "delegation", Some(&kept.origin));
    }
    for kept in decisions(view).kept.iter().filter(|kept| acts(&kept.value.by, kept.value.date)) {
        add(kept.value.date, "decision", Some(&kept.origin));
    }
    for decision in view.manifest.decisions.iter().filter(|decision| acts(&decision.by, decision.date)) {
        add(decision.date, "decision", None);
    }
    for kept in attestations(view).kept.iter().filter(|kept| acts(&kept.value.by, kept.value.date)) {
        add(kept.value.date, "sign-off", Some(&kept.origin));
    }
    for kept in acceptances(view).kept.iter().filter(|kept| acts(&kept.value.by, kept.value.date)) {
        add(kept.value.date, "sign-off", Some(&kept.origin));
    }
    match commit_days(view, people, &acts) {
        Ok(days) => days.into_iter().for_each(|day| add(day, "commit", None)),
        // What the history would say is not known; what the records say stays.
        Err(why) => records.push(Record::new([("date", Node::unknown(why)), ("what", "commit".into())])),
    }
    // A day with the same kind of act twice is one sign of life; the newest are kept, and one whose day is unknown.
    records
        .sort_by_key(|record| std::cmp::Reverse(record.fields.get("date").and_then(|d| d.text().map(str::to_owned))));
    records.truncate(MAX_ACTIVITY);
    records
}

/// The days on which the owner committed, newest first.
fn commit_days(view: &View<'_>, people: &People, acts: &dyn Fn(&str, Day) -> bool) -> Result<Vec<Day>, String> {
    if !view.git.is_checkout() {
        return Ok(Vec::new());
    }
    let since = Day(view.today.0.saturating_sub(jiff::Span::new().days(ACTIVITY_DAYS)));
    let commits = view.git.commits_since(since)?;
    let mut days: BTreeMap<Day, ()> = BTreeMap::new();
    for commit in &commits {
        if people.owner_wrote(commit) || acts(&commit.name, commit.day) || acts(&commit.email, commit.day) {
            days.insert(commit.day, ());
        }
    }
    // A clone that is cut off shows the last commits only: that the owner is not among them says nothing.
    if days.is_empty() && view.git.is_shallow()? {
        return Err("the git history is cut off (a shallow clone); fetch the full history".to_owned());
    }
    Ok(days.into_keys().rev().collect())
}

#[cfg(test)]
mod tests;
