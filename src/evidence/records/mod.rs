//! Dated records that teams write (decisions, drills, attestations, training, approvals, stages, adoption) enter; facts leave.

mod drills;
mod edge_cases;
mod exports;
mod feedback_cases;
pub mod model;
mod on_call;
mod postmortems;
pub(in crate::evidence) mod read;
mod reuse;
mod rows;
pub(in crate::evidence) mod table;

use std::collections::{BTreeMap, HashMap};

use crate::diagnostic::{Code, Diagnostic};
use crate::fact::{Node, Record};
use crate::manifest::is_group;

use super::git::Dated;
use super::people::who::{People, is_placeholder};
use super::{Family, Found, View};
use model::{Acceptance, Attestation, Decision, DecisionKind, Delegation};
use read::{Kind, Records};

pub(in crate::evidence) use drills::files as drill_files;

/// This family.
pub(super) const FAMILY: Family = Family {
    name: "records",
    provides: &[
        "decisions",
        "attestations",
        "acceptance",
        "drills",
        "training",
        "approvals",
        "approval_log",
        "stages",
        "adoption",
        "comms",
        "surveys",
        "feedback",
        "feedback_log",
        "on_call",
        "postmortems",
        "delivery_metrics",
        "platform",
        "components",
        "series_exports",
        "edge_cases",
        "edge_case_entries",
    ],
    collect,
};

fn collect(view: &View<'_>) -> Found {
    let mut found = Found::default();
    let people = People::of(view.manifest);
    collect_decisions(view, &people, &mut found);
    collect_attestations(view, &people, &mut found);
    collect_acceptance(view, &people, &mut found);
    drills::collect(view, &people, &mut found);
    rows::collect(view, &people, &mut found);
    on_call::collect(view, &people, &mut found);
    postmortems::collect(view, &mut found);
    exports::collect(view, &mut found);
    reuse::collect(view, &mut found);
    edge_cases::collect(view, &mut found);
    found
}

/// The decision records in files.
pub(in crate::evidence) fn decisions(view: &View<'_>) -> Records<Decision> {
    const KIND: Kind = Kind {
        name: "decision record",
        folders: &["records/decisions"],
        signature: &["kind", "by", "what", "declined"],
        example: "{ kind: go, date: 2026-07-24, by: M. Okafor, what: Enter harden }",
    };
    read::records(view, KIND, "kind")
}

/// The attestations.
pub(in crate::evidence) fn attestations(view: &View<'_>) -> Records<Attestation> {
    const KIND: Kind = Kind {
        name: "attestation",
        folders: &["records/attestations"],
        signature: &["check", "by", "statement"],
        example: "{ check: human-job-depends, by: M. Okafor, role: manager of the owner, date: 2026-09-01, statement: ... }",
    };
    read::records(view, KIND, "check")
}

/// The acceptances by operations.
pub(in crate::evidence) fn acceptances(view: &View<'_>) -> Records<Acceptance> {
    const KIND: Kind = Kind {
        name: "acceptance",
        folders: &["records/acceptance", "records/acceptances"],
        signature: &["by", "date"],
        example: "{ date: 2026-11-12, by: H. Novak, role: operations lead }",
    };
    read::records(view, KIND, "by")
}

/// The delegations by the owner.
pub(in crate::evidence) fn delegations(view: &View<'_>) -> Records<Delegation> {
    const KIND: Kind = Kind {
        name: "delegation",
        folders: &["records/delegations"],
        signature: &["by", "to"],
        example: "{ date: 2026-10-01, by: Priya Raman, to: A. Silva, until: 2026-10-31 }",
    };
    read::records(view, KIND, "by")
}

/// Takes over what is wrong with the files of a kind. Facts of one key only rest on a file whose key is known.
fn report<T>(records: &mut Records<T>, found: &mut Found, facts: &str, by_key: bool) {
    found.malformed.extend(records.malformed.drain(..).map(|(key, diagnostic)| {
        let key = key.filter(|k| by_key && !k.is_empty() && !k.contains(['.', '[', ']']));
        (key.map_or_else(|| facts.to_owned(), |key| format!("{facts}.{key}")), diagnostic)
    }));
}

fn collect_decisions(view: &View<'_>, people: &People, found: &mut Found) {
    let mut records = decisions(view);
    report(&mut records, found, "decisions", false);
    let paths: Vec<String> = records.kept.iter().map(|kept| kept.origin.path.clone()).collect();
    // Git is asked only when there is something to ask about.
    let brought = if paths.is_empty() { HashMap::new() } else { view.git.first_changes(&paths) };
    let mut by_kind: BTreeMap<&str, Vec<Record>> = BTreeMap::from([("any", Vec::new())]);
    let mut add = |decision: &Decision, record: Record| {
        by_kind.entry(kind_name(decision.kind)).or_default().push(record.clone());
        by_kind.entry("any").or_default().push(record);
    };
    for kept in &records.kept {
        let mut record = decision_fact(&kept.value, people).from(&kept.origin);
        let days = match brought.get(&kept.origin.path) {
            Some(Dated::By(commit)) => days_between(kept.value.date, commit.day).into(),
            Some(Dated::Unknown(why)) => Node::unknown(why.clone()),
            Some(Dated::Undated) | None => Node::absent(),
        };
        record.set("committed_within_days", days);
        add(&kept.value, record);
    }
    for decision in &view.manifest.decisions {
        add(decision, decision_fact(decision, people));
    }
    let group = found.facts.group("decisions");
    for (kind, records) in by_kind {
        group.set(kind, Node::events(records));
    }
}

/// Days from one day to another; negative when the other is earlier.
fn days_between(from: crate::manifest::value::Day, to: crate::manifest::value::Day) -> Option<i64> {
    from.0.until(to.0).ok().map(|span| i64::from(span.get_days()))
}

fn kind_name(kind: DecisionKind) -> &'static str {
    match kind {
        DecisionKind::Go => "go",
        DecisionKind::Stop => "stop",
        DecisionKind::Pivot => "pivot",
        DecisionKind::Selection => "selection",
    }
}

fn decision_fact(decision: &Decision, people: &People) -> Record {
    Record::new([
        ("date", decision.date.into()),
        ("kind", kind_name(decision.kind).into()),
        ("by", people.name_of(&decision.by).into()),
        ("by_sponsor", people.is_sponsor(&decision.by).into()),
        ("what", decision.what.clone().into()),
        ("declined", decision.declined.clone().into()),
        ("committed_within_days", Node::absent()),
    ])
}

fn collect_attestations(view: &View<'_>, people: &People, found: &mut Found) {
    let mut records = attestations(view);
    report(&mut records, found, "attestations", true);
    let paths: Vec<String> = records.kept.iter().map(|kept| kept.origin.path.clone()).collect();
    let brought = if paths.is_empty() { HashMap::new() } else { view.git.first_changes(&paths) };
    let mut by_check: BTreeMap<String, Vec<Record>> = BTreeMap::new();
    for kept in &records.kept {
        let attestation = &kept.value;
        let committed = brought.get(&kept.origin.path);
        found
            .diagnostics
            .extend(uncounted(view, people, &attestation.by, committed).map(|d| d.path(&kept.origin.path)));
        let record = Record::new([
            ("date", attestation.date.into()),
            ("by", people.name_of(&attestation.by).into()),
            ("role", attestation.role.clone().into()),
            ("statement", attestation.statement.clone().into()),
            ("second_person", second_person(view, people, &attestation.by, committed)),
        ])
        .from(&kept.origin);
        by_check.entry(attestation.check.trim().to_owned()).or_default().push(record);
    }
    let group = found.facts.group("attestations");
    for (check, records) in by_check {
        group.set(check, Node::events(records));
    }
}

/// Whether an attestation is somebody else's than the owner's: by what it says, and by the commit that brought it.
fn second_person(view: &View<'_>, people: &People, by: &str, brought: Option<&Dated>) -> Node {
    // Where nobody is the owner, nobody is told apart from the owner.
    if is_placeholder(by) || is_group(by) || !people.has_owner() || people.is_owner(by) {
        return false.into();
    }
    if !view.git.is_checkout() {
        return true.into();
    }
    match brought {
        Some(Dated::By(commit)) => (!people.owner_wrote(commit)).into(),
        Some(Dated::Unknown(why)) => Node::unknown(why.clone()),
        Some(Dated::Undated) | None => false.into(),
    }
}

/// Why an attestation by another person does not count yet: nobody has committed it, or the owner has.
fn uncounted(view: &View<'_>, people: &People, by: &str, brought: Option<&Dated>) -> Option<Diagnostic> {
    let by_another = !is_placeholder(by) && !is_group(by) && people.has_owner() && !people.is_owner(by);
    if !by_another || !view.git.is_checkout() {
        return None;
    }
    let say = |message: &str| {
        let help = format!("let {by}, or somebody else who is not the project's owner, commit it");
        Diagnostic::warning(Code::Uncommitted, message).help(help)
    };
    match brought {
        None | Some(Dated::Undated) => Some(say("the attestation is not committed, so it does not count yet")),
        Some(Dated::By(commit)) if people.owner_wrote(commit) => {
            Some(say("the attestation was committed by the project's owner, so it does not count as a second person's"))
        }
        Some(Dated::By(_) | Dated::Unknown(_)) => None,
    }
}

fn collect_acceptance(view: &View<'_>, people: &People, found: &mut Found) {
    let mut records = acceptances(view);
    report(&mut records, found, "acceptance", false);
    let mut all: Vec<Record> = records
        .kept
        .iter()
        .map(|kept| {
            Record::new([
                ("date", kept.value.date.into()),
                ("by", people.name_of(&kept.value.by).into()),
                ("by_builder", (is_placeholder(&kept.value.by) || people.is_builder(&kept.value.by)).into()),
            ])
            .from(&kept.origin)
        })
        .collect();
    let operations = view.manifest.people.as_ref().and_then(|people| people.operations.as_ref());
    if let Some((operations, date)) = operations.and_then(|o| Some((o, o.accepted_on?))) {
        let lead = operations.lead.as_deref().filter(|lead| !is_placeholder(lead));
        all.push(Record::new([
            ("date", date.into()),
            ("by", lead.map(|lead| people.name_of(lead)).into()),
            // Without a name nobody can say whether the person builds it.
            ("by_builder", lead.map(|lead| Node::from(people.is_builder(lead))).unwrap_or(Node::absent())),
        ]));
    }
    found.facts.put("acceptance", Node::events(all));
}

/// The middle of some numbers.
pub(in crate::evidence) fn median(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    let upper = *numbers.get(middle)?;
    if numbers.len() % 2 == 1 {
        return Some(upper);
    }
    Some(f64::midpoint(*numbers.get(middle.checked_sub(1)?)?, upper))
}

/// Takes over a malformed file that the facts at a path rest on; other facts that rest on it too become unknown.
fn refuse(found: &mut Found, facts: &str, also: &[&str], diagnostic: Diagnostic) {
    let why = format!("{} cannot be read: {}", diagnostic.file().unwrap_or("a file"), diagnostic.message);
    for path in also {
        found.facts.put(path, Node::unknown(why.clone()));
    }
    found.malformed.push((facts.to_owned(), diagnostic));
}

#[cfg(test)]
mod tests;
