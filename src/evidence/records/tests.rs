//! Records as teams write them enter; the facts that rules ask leave.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use std::path::Path;
use std::process::Command;

use super::*;
use crate::evidence::git::Git;
use crate::evidence::tree::Tree;
use crate::fact::{Leaf, Scalar};
use crate::manifest::value::Day;
use crate::manifest::{self, Manifest};

const MANIFEST: &str = "
people:
  sponsor: { name: Miriam Okafor, deputy: T. Berg }
  owner: { name: Priya Raman, handle: '@praman', email: priya@acme.example }
  builders: [ { name: Ana Silva, handle: '@asilva', person_ref: E-1007 } ]
  on_call: [ Rosa Diaz ]
  operations: { lead: H. Novak, accepted_on: 2026-11-12 }
decisions:
  - { kind: go, date: 2026-07-24, by: P. Raman, what: Enter harden }
";

fn manifest(text: &str) -> Manifest {
    manifest::load("aipp.yaml", text.into()).unwrap().manifest
}

fn found_in(tree: &Tree, git: &Git, manifest: &Manifest) -> Found {
    collect(&View { tree, git, manifest, today: Day::parse("2026-11-22").unwrap() })
}

fn found(files: &[(&'static str, &str)], manifest_text: &str) -> Found {
    let tree = Tree::of(files.iter().map(|(path, text)| (*path, (*text).to_owned())));
    found_in(&tree, &Git::of(Path::new("/")), &manifest(manifest_text))
}

/// The facts of some files.
pub(super) fn collected(files: &[(&'static str, &str)]) -> Node {
    let found = found(files, MANIFEST);
    assert_eq!(found.malformed, []);
    Node::Map(found.facts)
}

/// What is wrong with some files.
pub(super) fn collected_malformed(files: &[(&'static str, &str)]) -> Vec<(String, Diagnostic)> {
    found(files, MANIFEST).malformed
}

fn list<'f>(facts: &'f Node, path: &str) -> &'f [Node] {
    facts.at(path).unwrap_or_else(|| panic!("{path} is not there")).items()
}

fn field(node: &Node, name: &str) -> String {
    match node.get(name) {
        Some(Node::Leaf(Leaf::Known(Scalar::Text(text)))) => text.clone(),
        Some(Node::Leaf(Leaf::Known(Scalar::Bool(flag)))) => flag.to_string(),
        Some(Node::Leaf(Leaf::Known(Scalar::Int(number)))) => number.to_string(),
        Some(Node::Leaf(Leaf::Known(Scalar::Number(number)))) => number.to_string(),
        Some(Node::Leaf(Leaf::Known(Scalar::Texts(texts)))) => texts.join("|"),
        Some(Node::Leaf(Leaf::Absent)) => "absent".to_owned(),
        Some(Node::Leaf(Leaf::Unknown(why))) => format!("unknown: {why}"),
        other => format!("{other:?}"),
    }
}

fn fields(node: &Node, names: &[&str]) -> Vec<String> {
    names.iter().map(|name| field(node, name)).collect()
}

fn git(root: &Path, author: (&str, &str), date: &str, arguments: &[&str]) {
    let (name, email) = author;
    let done = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["-c", &format!("user.name={name}"), "-c", &format!("user.email={email}"), "-c", "commit.gpgSign=false"])
        .args(arguments)
        .env("GIT_AUTHOR_DATE", format!("{date}T12:00:00+0200"))
        .env("GIT_COMMITTER_DATE", format!("{date}T12:00:00+0200"))
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn every_fact_of_this_family_is_there_when_nothing_was_found() {
    let facts = found(&[], "aipp: 1").facts;
    let tree = Node::Map(facts);
    for (path, _, _) in crate::facts::REFERENCE {
        let mine = FAMILY.provides.iter().any(|prefix| path.split(['.', '[']).next() == Some(*prefix));
        let top = path.split("[]").next().unwrap_or_default();
        if !mine || top.contains('*') {
            continue;
        }
        assert!(tree.at(top).is_some(), "{path}");
    }
    assert_eq!(list(&tree, "drills.any"), []);
    assert_eq!(list(&tree, "decisions.any"), []);
}

#[test]
fn decisions_say_who_decided_and_how_soon_they_were_committed() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let priya = ("Priya Raman", "priya@acme.example");
    git(root, priya, "2026-06-01", &["init", "-q", "-b", "main"]);
    std::fs::create_dir_all(root.join("records/decisions")).unwrap();
    let selection = "kind: selection\ndate: 2026-06-02\nby: M. Okafor\nwhat: Build invoice intake\ndeclined: [Contract review bot]\n";
    std::fs::write(root.join("records/decisions/2026-06-02-selection.yaml"), selection).unwrap();
    git(root, priya, "2026-06-05", &["add", "."]);
    git(root, priya, "2026-06-05", &["commit", "-qm", "Pick"]);
    std::fs::write(root.join("records/decisions/new.json"), r#"{"kind": "go", "date": "2026-11-20", "by": "@praman"}"#)
        .unwrap();
    let tree = Tree::walk(root, &[]).unwrap();
    let facts = Node::Map(found_in(&tree, &Git::of(root), &manifest(MANIFEST)).facts);
    let names = ["date", "kind", "by", "by_sponsor", "declined", "committed_within_days"];
    let selection = &list(&facts, "decisions.selection")[0];
    assert_eq!(
        fields(selection, &names),
        ["2026-06-02", "selection", "Miriam Okafor", "true", "Contract review bot", "3"]
    );
    let go: Vec<_> = list(&facts, "decisions.go")
        .iter()
        .map(|d| fields(d, &["date", "by", "by_sponsor", "committed_within_days"]))
        .collect();
    assert_eq!(go[0], ["2026-11-20", "Priya Raman", "false", "absent"], "not committed yet");
    assert_eq!(go[1], ["2026-07-24", "Priya Raman", "false", "absent"], "inline");
    assert_eq!(list(&facts, "decisions.any").len(), 3);
    let Node::Map(inline) = &list(&facts, "decisions.go")[1] else { panic!() };
    assert_eq!(inline.origin, None);
}

#[test]
fn attestations_are_a_second_persons_only_when_the_commit_is_too() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let priya = ("priya", "12+praman@users.noreply.github.com");
    let miriam = ("Miriam Okafor", "m@acme.example");
    git(root, priya, "2026-06-01", &["init", "-q", "-b", "main"]);
    let folder = root.join("records/attestations");
    std::fs::create_dir_all(&folder).unwrap();
    let write = |name: &str, by: &str| {
        let text = format!(
            "check: human-job-depends\nby: {by}\nrole: manager of the owner\ndate: 2026-09-01\nstatement: {name}\n"
        );
        std::fs::write(folder.join(name), text).unwrap();
    };
    let commit = |author, name: &str| {
        git(root, author, "2026-09-02", &["add", &format!("records/attestations/{name}")]);
        git(root, author, "2026-09-02", &["commit", "-qm", name]);
    };
    for (name, by, author) in [
        ("a.yaml", "M. Okafor", miriam),
        ("b.yaml", "M. Okafor", priya),
        ("c.yaml", "P. Raman", miriam),
        ("d.yaml", "AI team", miriam),
        ("e.yaml", "M. Okafor", miriam),
    ] {
        write(name, by);
        commit(author, name);
    }
    write("e.yaml", "Miriam Okafor");
    write("f.yaml", "M. Okafor");
    let read = |root: &Path| {
        let tree = Tree::walk(root, &[]).unwrap();
        let facts = Node::Map(found_in(&tree, &Git::of(root), &manifest(MANIFEST)).facts);
        let all = list(&facts, "attestations.human-job-depends");
        let mut said: Vec<_> = all.iter().map(|a| (field(a, "statement"), field(a, "second_person"))).collect();
        said.sort();
        said.into_iter().map(|(_, second)| second).collect::<Vec<_>>()
    };
    assert_eq!(
        read(root),
        ["true", "false", "false", "false", "false", "false"],
        "a by Okafor; b brought by the owner; c by the owner; d by a group; e edited; f untracked"
    );

    let clone = dir.path().join("clone");
    git(
        root,
        priya,
        "2026-09-02",
        &["clone", "-q", "--depth", "1", &format!("file://{}", root.display()), clone.to_str().unwrap()],
    );
    assert!(read(&clone)[0].contains("shallow"), "{:?}", read(&clone));
}

#[test]
fn outside_a_checkout_an_attestation_is_judged_by_its_name() {
    let text = |by: &str| format!("{{ check: x-y, by: {by}, date: 2026-09-01 }}");
    let second = |by: &str, manifest: &str| {
        let facts = Node::Map(found(&[("records/attestations/a.yaml", &text(by))], manifest).facts);
        field(&list(&facts, "attestations.x-y")[0], "second_person")
    };
    assert_eq!(second("M. Okafor", MANIFEST), "true");
    assert_eq!(second("'@praman'", MANIFEST), "false");
    assert_eq!(second("TBD", MANIFEST), "false");
    assert_eq!(second("M. Okafor", "aipp: 1"), "false", "nobody is told apart from nobody");
}

#[test]
fn malformed_records_name_the_facts_that_rest_on_them() {
    let files = [
        ("records/decisions/a.yaml", "kind: maybe\ndate: 2026-07-24\nby: X\n"),
        ("records/attestations/b.yaml", "check: human-job-depends\nby: X\ndatum: 2026-07-24\n"),
        ("records/attestations/c.yaml", "check: [\n"),
        ("records/acceptance/d.toml", "by = 'X'\n"),
        ("drills/e.yaml", "scenario: rollback\ndate: 2026-07-24\npassed: perhaps\n"),
        ("training/records.csv", "person,course\nA,prompting\n"),
        (
            "records/approvals.csv",
            "approval_id,action,requested_by,approved_by,decision,requested_at,decided_at\n1,pay,agent,X,approved,today,today\n",
        ),
        ("rollout/stages.csv", "percent,from,to,metric,value,aborted\nten,2026-10-01,,x,1,no\n"),
        ("metrics/adoption.csv", ""),
        ("records/comms.csv", "date,audience\nsoon,all\n"),
        ("records/survey-q3.csv", "date,group\n2026-10-01,clerks\n"),
        ("records/feedback.csv", "opened_on,triaged_on\n2026-10-02,2026-10-01\n"),
        ("ops/on-call.csv", "from,to\n2026-10-01,2026-10-02\n"),
        ("edge-cases.csv", "case_no,what\n1,x\n"),
    ];
    let mut paths: Vec<String> = collected_malformed(&files)
        .into_iter()
        .map(|(path, d)| {
            assert_eq!(d.code, crate::diagnostic::Code::Malformed);
            assert!(d.file().is_some() && d.help.is_some(), "{d:?}");
            path
        })
        .collect();
    paths.sort();
    paths.dedup();
    assert_eq!(
        paths,
        [
            "acceptance",
            "adoption",
            "approvals",
            "attestations",
            "attestations.human-job-depends",
            "comms",
            "decisions",
            "drills",
            "edge_cases",
            "feedback",
            "on_call.people",
            "stages",
            "surveys",
            "training.records"
        ]
    );
    let facts = Node::Map(found(&files, MANIFEST).facts);
    for path in
        ["approval_log.rows", "approval_log.rubber_stamp", "feedback_log.median_triage_days", "edge_case_entries"]
    {
        assert!(matches!(facts.at(path), Some(Node::Leaf(Leaf::Unknown(_)))), "{path}");
    }
}

#[test]
fn acceptance_comes_from_files_and_from_the_manifest() {
    let facts =
        collected(&[("records/acceptance/2026-11-01.yaml", "date: 2026-11-01\nby: '@asilva'\nrole: operations\n")]);
    let all: Vec<_> = list(&facts, "acceptance").iter().map(|a| fields(a, &["date", "by", "by_builder"])).collect();
    assert_eq!(all, [["2026-11-12", "H. Novak", "false"], ["2026-11-01", "Ana Silva", "true"]]);
    let nobody = Node::Map(found(&[], "people: { operations: { accepted_on: 2026-11-12 } }").facts);
    assert_eq!(fields(&list(&nobody, "acceptance")[0], &["by", "by_builder"]), ["absent", "absent"]);
}

#[test]
fn drills_are_listed_by_scenario_with_the_manifests_names() {
    let kill = "date: 2026-10-20\nscenario: Kill switch\nparticipants: ['@asilva', R. Diaz, TBD]\nminutes_to_recover: 4\npassed: true\nactions:\n  - { what: shorter, due: 2026-11-01 }\n  - { what: faster, due: 2026-11-01, done: true }\n  - { what: later, due: 2026-12-01 }\n";
    let rollback = "date: 2026-07-24\nscenario: rollback\nparticipants: [A. Silva]\nminutes_to_detect: 3\nminutes_to_recover: 11.5\ncovers: [Code, model]\npassed: false\nforward_again: false\n";
    let facts = collected(&[("drills/a.yaml", kill), ("records/drills/b.yml", rollback)]);
    let names = [
        "date",
        "scenario",
        "participants",
        "outsiders",
        "minutes_to_detect",
        "minutes_to_recover",
        "covers",
        "passed",
        "forward_again",
        "open_actions_overdue",
    ];
    assert_eq!(
        fields(&list(&facts, "drills.kill-switch")[0], &names),
        ["2026-10-20", "kill-switch", "Ana Silva|Rosa Diaz", "Rosa Diaz", "absent", "4", "", "true", "absent", "1"]
    );
    assert_eq!(
        fields(&list(&facts, "drills.rollback")[0], &names),
        ["2026-07-24", "rollback", "Ana Silva", "", "3", "11.5", "code|model", "false", "false", "0"]
    );
    assert_eq!(list(&facts, "drills.any").len(), 2);
    let nobody = Node::Map(found(&[("drills/a.yaml", kill)], "aipp: 1").facts);
    assert_eq!(field(&list(&nobody, "drills.any")[0], "outsiders"), "", "no builders, no outsiders");
}

#[test]
fn training_rows_are_passes_of_people() {
    let csv = "person_ref,role,course,completed_on,result\nE-1007,builder,Orchestration,2026-08-01,pass\nR. Diaz,on-call,data literacy,2026-08-02,fail\nX,user,prompting,,pass\n";
    let facts = collected(&[("training/records-2026.csv", csv), ("training/catalog.csv", "a,b\n")]);
    let rows: Vec<_> = list(&facts, "training.records")
        .iter()
        .map(|r| fields(r, &["date", "person", "role", "course", "passed"]))
        .collect();
    assert_eq!(
        rows,
        [
            ["2026-08-02", "Rosa Diaz", "on-call", "data-literacy", "false"],
            ["2026-08-01", "Ana Silva", "builder", "orchestration", "true"],
            ["absent", "X", "user", "prompting", "false"],
        ]
    );
    let Node::Map(row) = &list(&facts, "training.records")[1] else { panic!() };
    assert_eq!(row.origin.as_ref().unwrap().line, Some(2));
}

fn approvals(rows: impl Iterator<Item = String>) -> String {
    let header = "approval_id,action,requested_by,approved_by,decision,requested_at,decided_at\n".to_owned();
    rows.fold(header, |text, row| format!("{text}{row}\n"))
}

#[test]
fn approvals_tell_a_second_person_from_the_same_one() {
    let rows = [
        "A-1,pay,intake-agent,R. Diaz,Approved,2026-11-01T08:00:00Z,2026-11-01T08:05:00Z",
        "A-2,pay,@asilva,Ana Silva,approved,2026-11-02 08:00,2026-11-02 08:05",
        ",pay,intake-agent,auto,approved,2026-11-03,2026-11-03",
        "A-4,pay,intake-agent,R. Diaz,denied,2026-11-04T08:00:00+02:00,2026-11-04T09:00:00+02:00",
        "A-5,pay,intake-agent,,pending,2026-11-05T08:00:00Z,",
    ];
    let facts = collected(&[("records/approvals.csv", &approvals(rows.iter().map(|r| (*r).to_owned())))]);
    let read: Vec<_> =
        list(&facts, "approvals").iter().map(|a| fields(a, &["date", "id", "decision", "second_person"])).collect();
    assert_eq!(
        read,
        [
            ["2026-11-04", "A-4", "rejected", "true"],
            ["2026-11-03", "absent", "approved", "false"],
            ["2026-11-02", "A-2", "approved", "false"],
            ["2026-11-01", "A-1", "approved", "true"],
            ["absent", "A-5", "pending", "false"],
        ]
    );
    assert_eq!(
        fields(facts.at("approval_log").unwrap(), &["rows", "self_approved", "without_id", "rubber_stamp"]),
        ["5", "1", "1", "false"]
    );
}

#[test]
fn a_rubber_stamp_is_many_quick_yeses() {
    let stamp = |n: usize, seconds: usize, last: &str| {
        let rows = (0..n).map(|i| {
            let decision = if i + 1 == n { last } else { "approved" };
            format!("A-{i},pay,agent,R. Diaz,{decision},2026-11-01T08:00:00Z,2026-11-01T08:00:{seconds:02}Z")
        });
        let facts = collected(&[("records/approvals.csv", &approvals(rows))]);
        field(facts.at("approval_log").unwrap(), "rubber_stamp")
    };
    assert_eq!(stamp(20, 9, "approved"), "true");
    assert_eq!(stamp(19, 9, "approved"), "false");
    assert_eq!(stamp(20, 10, "approved"), "false");
    assert_eq!(stamp(20, 9, "rejected"), "false");
}

#[test]
fn stages_adoption_messages_and_surveys_are_dated_rows() {
    let facts = collected(&[
        (
            "rollout/stages.csv",
            "percent,from,to,metric,value,aborted\n10%,2026-10-01T08:00:00Z,2026-10-08,error-rate,2.1%,false\n50,2026-10-09,,error-rate,,\n",
        ),
        ("metrics/adoption.csv", "at;eligible;active;overridden;bypassed\n2026-11-09;40;30;3;6\n2026-11-16;40;0;0;\n"),
        ("records/comms.csv", "date,audience,what\n2026-11-02,accounts payable clerks,\"Dates, places\"\n"),
        ("records/surveys.csv", "date,group,stage\n2026-11-09,clerks,Desire\n"),
    ]);
    let rows = |path: &str, names: &[&str]| list(&facts, path).iter().map(|r| fields(r, names)).collect::<Vec<_>>();
    assert_eq!(
        rows("stages", &["date", "percent", "metric", "value", "aborted"]),
        [["2026-10-09", "50", "error-rate", "absent", "false"], ["2026-10-01", "10", "error-rate", "2.1", "false"]]
    );
    assert_eq!(
        rows("adoption", &["date", "share", "override_rate", "bypass_rate"]),
        [["2026-11-16", "0", "absent", "absent"], ["2026-11-09", "0.75", "0.1", "0.2"]]
    );
    assert_eq!(rows("comms", &["date", "audience"]), [["2026-11-02", "accounts payable clerks"]]);
    assert_eq!(rows("surveys", &["date", "group", "stage"]), [["2026-11-09", "clerks", "desire"]]);
    assert_eq!(collected_malformed(&[("metrics/adoption.csv", "at,eligible,active\n2026-11-09,10,11\n")]).len(), 1);
    assert_eq!(
        collected_malformed(&[("rollout/stages.csv", "percent,from,metric,value\n110,2026-10-01,x,1\n")]).len(),
        1
    );
}

#[test]
fn feedback_that_still_waits_counts_once_it_waits_long() {
    let median = |rows: &str| {
        let facts = collected(&[("records/feedback.csv", &format!("opened_on,triaged_on,channel,text\n{rows}"))]);
        (field(facts.at("feedback_log").unwrap(), "median_triage_days"), list(&facts, "feedback").len())
    };
    assert_eq!(median("2026-11-01,2026-11-03,ui,a\n2026-11-01,2026-11-05,ui,b\n"), ("3".to_owned(), 2));
    assert_eq!(median("2026-11-01,2026-11-03,ui,a\n2026-11-22,,ui,b\n"), ("2".to_owned(), 2), "of this morning");
    assert_eq!(median("2026-11-01,2026-11-03,ui,a\n2026-10-23,,ui,b\n"), ("16".to_owned(), 2));
    assert_eq!(median(""), ("absent".to_owned(), 0));
}

#[test]
fn evaluation_cases_tagged_feedback_are_feedback() {
    let facts = collected(&[
        (
            "evals/cases.yaml",
            "tests:\n  - vars: { q: a }\n    metadata: { tags: [feedback, dates], added_on: 2026-11-14 }\n  - vars: { q: feedback }\n",
        ),
        (
            "evals/more.jsonl",
            "{\"id\": 1, \"tags\": [\"smoke\"]}\n{\"id\": 2, \"tags\": \"feedback\", \"added\": \"2026-11-10\"}\nnot json feedback\n",
        ),
        ("evals/sheet.csv", "id,source,added_on\n1,user feedback,\n2,made up,2026-11-01\n"),
        ("src/feedback.yaml", "tags: [feedback]\n"),
    ]);
    let all = list(&facts, "feedback");
    let dates: Vec<_> = all.iter().map(|f| f.get("date").and_then(Node::text)).collect();
    assert_eq!(dates, [Some("2026-11-14"), Some("2026-11-10"), None]);
}

#[test]
fn on_call_people_are_counted_once() {
    let pagerduty = r#"{"oncalls": [{"escalation_policy": {"summary": "Intake"}, "escalation_level": 1, "user": {"id": "P1", "type": "user_reference", "summary": "Rosa Diaz"}, "start": "2026-11-01T00:00:00Z"}, {"user": {"summary": "H. Novak"}}, {"user": {"summary": "Rosa Diaz"}}]}"#;
    let opsgenie = r#"{"data": {"_parent": {"id": "x", "name": "Intake"}, "onCallParticipants": [{"id": "1", "name": "rosa@acme.example", "type": "user"}, {"id": "2", "name": "novak@acme.example", "type": "user"}]}}"#;
    let count = |path: &'static str, text: &str| field(collected(&[(path, text)]).at("on_call").unwrap(), "people");
    assert_eq!(count("ops/on-call.json", pagerduty), "2");
    assert_eq!(count("ops/oncall-opsgenie.json", opsgenie), "2");
    assert_eq!(
        count(
            "ops/on-call.yaml",
            "schedule:\n  - { person: Rosa Diaz, from: 2026-11-01 }\n  - { person: '@hnovak' }\n  - { person: R. Diaz }\n"
        ),
        "2"
    );
    assert_eq!(count("on-call/primary.yml", "people: [A, B B, C C]\n"), "3");
    assert_eq!(
        count(
            "ops/on-call.csv",
            "from,to,primary,secondary\n2026-11-01,2026-11-08,Rosa Diaz,H. Novak\n2026-11-08,2026-11-15,H. Novak,TBD\n"
        ),
        "2"
    );
    assert_eq!(count("ops/on-call.csv", "name,email\nRosa Diaz,r@x.example\n"), "1");
    assert_eq!(count("src/on-call.yaml", "people: [A, B]\n"), "0");
    assert_eq!(collected_malformed(&[("ops/on-call.json", "{\"oncalls\": [")]).len(), 1);
    let declared = "people: { operations: { lead: X, schedule: infra/rota.csv } }";
    let facts = Node::Map(found(&[("infra/rota.csv", "person\nA\nB\n")], declared).facts);
    assert_eq!(field(facts.at("on_call").unwrap(), "people"), "2");
}

#[test]
fn edge_case_registers_are_read_in_each_format() {
    let csv = "id,source,expected_behaviour,severity,added_on\nEC-1,pilot log,ask a person,High,2026-11-01\nEC-2,,reject,low,\n";
    let yaml = "edge_cases:\n  - { id: EC-1, source: pilot log, expected: ask a person, severity: High, added_on: 2026-11-01 }\n  - { id: EC-2, expected: reject, severity: low }\n";
    let json = r#"[{"id": "EC-1", "source": "pilot log", "expected behavior": "ask a person", "severity": "High", "added": "2026-11-01T09:00:00Z"}, {"id": "EC-2", "severity": "low"}]"#;
    let markdown = "# Edge cases\n\n| ID | Source | Expected | Severity | Added |\n|---|---|---|---|---|\n| EC-1 | pilot log | ask a person | High | 2026-11-01 |\n| EC-2 | | reject | low | |\n";
    for (path, text) in [
        ("evals/edge-cases.csv", csv),
        ("edge_cases.yaml", yaml),
        ("docs/edge-cases.json", json),
        ("docs/edge-cases.md", markdown),
    ] {
        let facts = collected(&[(path, text)]);
        let rows: Vec<_> =
            list(&facts, "edge_cases").iter().map(|r| fields(r, &["id", "severity", "complete", "tested"])).collect();
        assert_eq!(rows, [["EC-1", "high", "true", "false"], ["EC-2", "low", "false", "false"]], "{path}");
        let days: Vec<_> = list(&facts, "edge_case_entries").iter().map(|r| field(r, "date")).collect();
        assert_eq!(days, ["2026-11-01", "absent"], "{path}");
    }
    let undated = collected(&[("edge-cases.csv", "id,source,expected,severity\nEC-1,a,b,low\n")]);
    assert!(list(&undated, "edge_case_entries")[0].get("date").is_none(), "git dates it");
    let declared = "edge_cases: { file: qa/register.yaml }";
    let facts = Node::Map(found(&[("qa/register.yaml", yaml), ("edge-cases.csv", "id\nX\n")], declared).facts);
    assert_eq!(list(&facts, "edge_cases").len(), 2);
    assert_eq!(collected_malformed(&[("edge-cases.yaml", "edge_cases: none\n")]).len(), 1);
    assert_eq!(collected_malformed(&[("edge-cases.csv", "id,added_on\n1,soon\n")]).len(), 1);
    assert_eq!(list(&collected(&[("node_modules/x/edge-cases.csv", "id\n1\n")]), "edge_cases").len(), 0);
}

#[test]
fn a_scaffold_does_not_count_and_is_no_error() {
    let found = found(
        &[
            ("records/decisions/a.yaml", "# aipp:unfinished\nkind: go\ndate: <day>\n"),
            (
                "training/records.csv",
                "# aipp:unfinished\nperson_ref,role,course,completed_on,result\nX,y,z,2026-01-01,pass\n",
            ),
            ("edge-cases.csv", "# aipp:unfinished\nid,source,expected,severity\nEC-1,a,b,low\n"),
        ],
        "aipp: 1",
    );
    assert_eq!(found.malformed, []);
    assert_eq!(found.diagnostics, []);
    let facts = Node::Map(found.facts);
    assert!(["decisions.any", "training.records", "edge_cases"].iter().all(|path| list(&facts, path).is_empty()));
}

#[test]
fn the_median_is_the_middle() {
    assert_eq!(median(vec![]), None);
    assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
    assert_eq!(median(vec![4.0, 1.0]), Some(2.5));
}

#[test]
fn a_malformed_file_makes_what_rests_on_it_unknown_and_nothing_else() {
    let files = [
        ("training/records.csv", "person,course\nA,prompting\n".to_owned()),
        ("records/approvals.csv", String::new()),
        ("rollout/stages.csv", "percent,from,metric,value\n10,2027-01-01,x,1\n20,2026-10-01,x,1\n".to_owned()),
    ];
    let tree = Tree::of(files);
    let (manifest, git) = (manifest(MANIFEST), Git::of(Path::new("/")));
    let view = View { tree: &tree, git: &git, manifest: &manifest, today: Day::parse("2026-11-22").unwrap() };
    let evidence = crate::evidence::collect(&view);
    let facts = Node::Map(evidence.facts);
    for path in ["training.records", "approvals", "approval_log.self_approved"] {
        assert!(matches!(facts.at(path), Some(Node::Leaf(Leaf::Unknown(_)))), "{path}");
    }
    assert_eq!(list(&facts, "stages").len(), 1, "the future does not count");
    assert_eq!(list(&facts, "drills.any"), []);
}
