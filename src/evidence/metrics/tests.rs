//! Metric tables with the files they name enter; the facts that rules ask leave.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use std::path::Path;

use super::*;
use crate::evidence::git::Git;
use crate::evidence::tree::Tree;
use crate::fact::{Leaf, Scalar};
use crate::manifest;

const MANIFEST: &str = "
pilot: { start: 2026-06-01, end: 2026-07-24 }
people: { owner: Priya Raman, builders: [ A. Silva ] }
cost: { unit_budget: $1.00 }
metrics:
  - id: handling-time
    baseline: { value: 12 min, window: 2026-04-01/2026-05-15, n: 3, source: metrics/base.csv }
    target: 2 min
    deadline: 2026-10-31
    guardrail: { limit: error rate at most 5%, action: Pause the rollout }
    history: metrics/time.csv
    comparison: One team keeps the old process
  - { id: unit-cost, name: Cost per transaction, baseline: $3.40, target: $0.80, timeline: 120 days, history: metrics/cost.csv }
  - { id: hours-saved, baseline: { value: 0 h, by_definition: nothing is saved before the pilot }, target: 200 h, owner: TBD }
";

const BASE: &str = "at,value\n2026-03-31,90\n2026-04-01,11\n2026-04-20,12\n2026-05-15,13.2\n";
const TIME: &str = "at,value\n2026-05-01,700 s\n2026-10-05,5 min\n2026-10-12,4\n2026-10-19,3\n2026-11-01,2.5\n";

fn found(files: &[(&'static str, &str)], text: &str) -> Found {
    let tree = Tree::of(files.iter().map(|(path, text)| (*path, (*text).to_owned())));
    let manifest = manifest::load("aipp.yaml", text.into()).map_err(|e| format!("{e:?}")).unwrap().manifest;
    let git = Git::of(Path::new("/"));
    collect(&View::of(&tree, &git, &manifest, Day::parse("2026-11-22").unwrap()))
}

fn facts(files: &[(&'static str, &str)], text: &str) -> Node {
    let found = found(files, text);
    assert_eq!(found.malformed, []);
    Node::Map(found.facts)
}

fn metric(facts: &Node, id: &str) -> Node {
    let all = facts.at("metrics").unwrap().items();
    all.iter().find(|m| m.get("id").and_then(Node::text) == Some(id)).unwrap().clone()
}

fn fields(node: &Node, names: &[&str]) -> Vec<String> {
    let text = |name: &&str| match node.get(name) {
        Some(Node::Leaf(Leaf::Known(Scalar::Text(text)))) => text.clone(),
        Some(Node::Leaf(Leaf::Known(Scalar::Bool(flag)))) => flag.to_string(),
        Some(Node::Leaf(Leaf::Known(Scalar::Int(number)))) => number.to_string(),
        Some(Node::Leaf(Leaf::Known(Scalar::Number(number)))) => number.to_string(),
        Some(Node::Leaf(Leaf::Absent)) => "absent".to_owned(),
        Some(Node::Leaf(Leaf::Unknown(_))) => "unknown".to_owned(),
        other => format!("{other:?}"),
    };
    names.iter().map(text).collect()
}

#[test]
fn every_metric_has_every_fact_of_the_reference() {
    let facts = facts(&[], MANIFEST);
    let one = metric(&facts, "hours-saved");
    for (path, _, _) in crate::facts::REFERENCE {
        if let Some(field) = path.strip_prefix("metrics[].")
            && !field.contains('.')
        {
            assert!(one.get(field.trim_end_matches("[]")).is_some(), "{path}");
        }
    }
    assert_eq!(facts.at("benefits").unwrap().items(), []);
    assert_eq!(facts.at("expansion.lessons"), Some(&0_i64.into()));
}

#[test]
fn the_table_says_what_is_complete_and_which_way_it_goes() {
    let facts = facts(&[], MANIFEST);
    let names = [
        "complete",
        "direction",
        "direction_agrees",
        "baseline",
        "target",
        "deadline",
        "unit_cost",
        "guardrail",
        "comparison",
        "by_definition",
    ];
    assert_eq!(
        fields(&metric(&facts, "handling-time"), &names),
        ["true", "decrease", "true", "12", "2", "2026-10-31", "false", "true", "true", "false"]
    );
    assert_eq!(
        fields(&metric(&facts, "unit-cost"), &names),
        ["true", "decrease", "true", "3.4", "0.8", "2026-09-29", "true", "false", "false", "false"]
    );
    assert_eq!(
        fields(&metric(&facts, "hours-saved"), &names),
        ["false", "increase", "true", "0", "200", "absent", "false", "false", "false", "true"]
    );
}

#[test]
fn direction_units_and_deadlines_are_derived_with_care() {
    let one = |text: &str, names: &[&str]| {
        fields(&metric(&facts(&[], &format!("metrics:\n  - {{ id: m, {text} }}\n")), "m"), names)
    };
    assert_eq!(
        one("baseline: 90 s, target: 1 min, direction: up", &["direction", "direction_agrees", "target"]),
        ["increase", "false", "60"]
    );
    assert_eq!(one("baseline: 1 h, target: 60 min", &["direction", "direction_agrees"]), ["absent", "false"]);
    assert_eq!(
        one("target: 2 min, timeline: 60 days", &["deadline", "baseline", "complete"]),
        ["absent", "absent", "false"]
    );
    assert_eq!(one("baseline: $3/document, target: $1/document", &["unit_cost"]), ["true"]);
    assert_eq!(one("baseline: $3/month, target: $1/month", &["unit_cost"]), ["false"]);
    assert_eq!(one("name: Cost per case, baseline: $3, unit_cost: false", &["unit_cost"]), ["false"]);
    assert_eq!(one("name: Total cost, baseline: $3", &["unit_cost"]), ["false"]);
}

#[test]
fn a_baseline_recomputes_from_the_rows_of_its_window() {
    let names = [
        "baseline_documented",
        "baseline_recomputes",
        "baseline_n",
        "baseline_enough",
        "baseline_before_pilot",
        "baseline_reconstructed",
    ];
    let read = facts(&[("metrics/base.csv", BASE)], MANIFEST);
    let one = metric(&read, "handling-time");
    assert_eq!(fields(&one, &names), ["true", "true", "3", "false", "true", "false"]);
    let samples = one.get("baseline_samples").unwrap().items();
    assert_eq!(fields(&samples[0], &["date", "recomputes"]), ["2026-05-15", "true"]);
    let Node::Map(sample) = &samples[0] else { panic!() };
    assert_eq!(
        (sample.origin.as_ref().unwrap().path.as_str(), sample.origin.as_ref().unwrap().line),
        ("metrics/base.csv", Some(5))
    );

    let other = facts(&[("metrics/base.csv", "at,value\n2026-04-02,8\n")], MANIFEST);
    assert_eq!(fields(&metric(&other, "handling-time"), &names[..2]), ["true", "false"]);
    let outside = facts(&[("metrics/base.csv", "at,value\n2026-08-02,12\n")], MANIFEST);
    assert_eq!(fields(&metric(&outside, "handling-time"), &names[..4]), ["true", "false", "0", "false"]);
    let empty = facts(&[("metrics/base.csv", "at,value\n")], MANIFEST);
    assert_eq!(metric(&empty, "handling-time").get("baseline_samples").unwrap().items(), []);
    let missing = facts(&[], MANIFEST);
    assert_eq!(fields(&metric(&missing, "handling-time"), &names[..3]), ["false", "false", "0"]);
    assert_eq!(fields(&metric(&missing, "hours-saved"), &names[..2]), ["true", "false"], "zero by definition");
    let whole = MANIFEST
        .replace("n: 3,", "n: 3, whole_population: true, reconstructed: from the old ledger,")
        .replace("2026-05-15", "2026-06-01");
    let whole = metric(&facts(&[("metrics/base.csv", BASE)], &whole), "handling-time");
    assert_eq!(fields(&whole, &names[3..]), ["true", "false", "true"]);
}

#[test]
fn measurements_since_the_pilots_start_are_read_from_the_history() {
    let facts = facts(
        &[("metrics/time.csv", TIME), ("metrics/cost.csv", "at,value\n2026-09-01,$1.20\n2026-09-08,$0.95\n")],
        MANIFEST,
    );
    let time = metric(&facts, "handling-time");
    assert_eq!(
        fields(&time, &["points", "gap_free", "overdue", "on_track", "within_budget"]),
        ["4", "true", "false", "false", "false"]
    );
    let samples: Vec<_> = time.get("samples").unwrap().items().iter().map(|s| fields(s, &["date", "value"])).collect();
    assert_eq!(samples, [["2026-11-01", "2.5"], ["2026-10-19", "3"], ["2026-10-12", "4"], ["2026-10-05", "5"]]);
    let cost = metric(&facts, "unit-cost");
    assert_eq!(fields(&cost, &["points", "overdue", "within_budget"]), ["2", "true", "true"]);
}

#[test]
fn files_that_cannot_be_read_make_only_their_metric_unknown() {
    let bad = found(&[("metrics/base.csv", "at,value\n2026-04-01,much\n"), ("metrics/time.csv", "")], MANIFEST);
    let said: Vec<_> = bad
        .malformed
        .iter()
        .map(|(path, d)| (path.as_str(), d.file().unwrap(), d.at.as_ref().map(|a| a.position().line)))
        .collect();
    assert_eq!(
        said,
        [("metrics[].baseline_samples", "metrics/base.csv", Some(2)), ("metrics[].samples", "metrics/time.csv", None)]
    );
    let facts = Node::Map(bad.facts);
    let unknown = [
        "baseline_recomputes",
        "baseline_n",
        "baseline_enough",
        "baseline_samples",
        "samples",
        "points",
        "gap_free",
        "within_budget",
        "overdue",
    ];
    assert!(fields(&metric(&facts, "handling-time"), &unknown).iter().all(|f| f == "unknown"));
    assert_eq!(fields(&metric(&facts, "unit-cost"), &["points", "baseline_n"]), ["0", "0"]);
}

#[test]
fn benefits_recompute_from_the_history_and_are_confirmed_outside() {
    let text = |metric: &str, value: &str, by: &str| {
        format!(
            "{MANIFEST}benefits: [ {{ metric: {metric}, value: \"{value}\", period: 2026-09-01/2026-09-30, confirmed_by: {by} }} ]\n"
        )
    };
    let read = |text: &str| {
        let files = [
            ("metrics/cost.csv", "at,value,weight\n2026-08-01,3,9\n2026-09-01,1.40,1000\n2026-09-08,0.90,2000\n"),
            ("metrics/time.csv", "at,value\n2026-09-01,4\n2026-09-08,6\n"),
        ];
        fields(&facts(&files, text).at("benefits").unwrap().items()[0], &["recomputes", "confirmed_outside"])
    };
    assert_eq!(read(&text("unit-cost", "$7,000", "T. Berg")), ["true", "true"], "2.00 x 1000 + 2.50 x 2000");
    assert_eq!(read(&text("unit-cost", "$9,000", "Priya Raman")), ["false", "false"]);
    assert_eq!(read(&text("handling-time", "7 min", "A. Silva")), ["true", "false"], "twelve minus the mean of five");
    assert_eq!(read(&text("handling-time", "10 min", "TBD")), ["true", "false"], "the sum");
    assert_eq!(read(&text("handling-time", "$5", "T. Berg")), ["false", "true"]);
    assert_eq!(read(&text("nothing", "$5", "T. Berg")), ["false", "true"]);
}

#[test]
fn lessons_are_linked_by_commits_that_exist() {
    let lessons = |text: &str| {
        let facts = facts(&[], &format!("expansion: [ {{ process: Credit notes, lessons: [{text}] }} ]\n"));
        fields(facts.get("expansion").unwrap(), &["lessons", "lessons_linked"])
    };
    assert_eq!(lessons("{ text: Pin the model, commit: 0123abc }, Ask earlier"), ["2", "false"]);
    assert_eq!(lessons(""), ["0", "false"]);
    let dir = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str]| {
        let base = ["-c", "user.name=P", "-c", "user.email=p@x.example", "-c", "commit.gpgSign=false"];
        let out =
            std::process::Command::new("git").arg("-C").arg(dir.path()).args(base).args(arguments).output().unwrap();
        String::from_utf8_lossy(&out.stdout).trim().to_owned()
    };
    git(&["init", "-q"]);
    git(&["commit", "-q", "--allow-empty", "-m", "x"]);
    let id = git(&["rev-parse", "HEAD"]);
    let linked = |commit: &str| {
        let text = format!("expansion: [ {{ process: C, lessons: [ {{ text: Pin it, commit: \"{commit}\" }} ] }} ]\n");
        let manifest = manifest::load("aipp.yaml", text.into()).unwrap().manifest;
        let (tree, git) = (Tree::of([]), Git::of(dir.path()));
        let today = Day::parse("2026-11-22").unwrap();
        let facts = Node::Map(collect(&View::of(&tree, &git, &manifest, today)).facts);
        fields(facts.get("expansion").unwrap(), &["lessons_linked"])[0].clone()
    };
    assert_eq!(linked(&id), "true");
    assert_eq!(linked(id.get(..7).unwrap()), "true");
    assert_eq!(linked("0123456789abcdef"), "false");
    assert_eq!(linked("HEAD"), "false");
}
