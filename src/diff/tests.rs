//! Tests of the comparison.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use serde_json::{Value, json};

use super::snapshot::Snapshot;
use super::{Change, diff};

/// A check: id, area, level, required level and status.
fn check(id: &str, area: &str, level: &str, required: Option<&str>, status: &str) -> Value {
    json!({"id": id, "title": id, "area": area, "is_due": status != "not-due", "level": level, "required": required,
        "status": status, "evidence": [], "unmet": []})
}

fn assessment(headline: f64, checks: Vec<Value>) -> Value {
    json!({"format_version": 1, "kind": "assessment", "today": "2026-11-22", "catalogue": {"version": "1", "sha256": "00"},
        "project": {"name": "x", "tier": "standard", "phase": "harden", "manifest": "aipp.yaml"},
        "gate": {"from": "harden", "to": "scale", "verdict": "closed", "reasons": []},
        "readiness": {"headline": headline, "weakest": "skills", "mean": 60.0, "stated": 90.0, "claim_gap": 30.0},
        "areas": [{"id": "skills", "title": "Skills", "score": headline}], "signs": [], "checks": checks})
}

fn snapshot(value: &Value) -> Snapshot {
    Snapshot::read("x.json", value.to_string().as_bytes()).unwrap()
}

fn changes(before: Value, after: Value) -> Vec<(String, Change)> {
    let (before, after) = (snapshot(&before), snapshot(&after));
    diff(("a", &before), ("b", &after)).checks.into_iter().map(|c| (c.id, c.change)).collect()
}

#[test]
fn an_assessment_does_not_differ_from_itself() {
    let one = snapshot(&assessment(25.0, vec![check("a", "skills", "documented", None, "met")]));
    assert!(diff(("a", &one), ("b", &one)).is_empty());
}

#[test]
fn checks_become_worse_better_asked_added_and_removed() {
    let before = vec![
        check("fell", "skills", "verified", Some("documented"), "met"),
        check("rose", "skills", "none", Some("documented"), "unmet"),
        check("waived", "skills", "claimed", Some("documented"), "unmet"),
        check("lapsed", "skills", "claimed", Some("documented"), "waived"),
        check("due", "skills", "documented", None, "not-due"),
        check("raised", "skills", "documented", Some("documented"), "met"),
        check("gone", "skills", "documented", None, "met"),
        check("blind", "skills", "none", Some("documented"), "met"),
        check("same", "skills", "documented", None, "met"),
    ];
    let after = vec![
        check("fell", "skills", "documented", Some("documented"), "met"),
        check("rose", "skills", "documented", Some("documented"), "met"),
        check("waived", "skills", "claimed", Some("documented"), "waived"),
        check("lapsed", "skills", "claimed", Some("documented"), "unmet"),
        check("due", "skills", "documented", None, "met"),
        check("raised", "skills", "documented", Some("verified"), "unmet"),
        check("new", "skills", "none", None, "unmet"),
        check("blind", "skills", "none", Some("documented"), "unknown"),
        check("same", "skills", "documented", None, "met"),
    ];
    let moves = changes(assessment(25.0, before), assessment(20.0, after));
    let named: Vec<(&str, Change)> = moves.iter().map(|(id, change)| (id.as_str(), *change)).collect();
    assert_eq!(
        named,
        [
            ("fell", Change::Worse),
            ("lapsed", Change::Worse),
            ("blind", Change::Worse),
            ("rose", Change::Better),
            ("waived", Change::Better),
            ("due", Change::Asked),
            ("raised", Change::Asked),
            ("new", Change::Added),
            ("gone", Change::Removed),
        ]
    );
}

#[test]
fn why_a_check_fell_is_said_once_and_only_what_is_new() {
    let mut was = check("a", "skills", "verified", Some("verified"), "met");
    was["evidence"] = json!([{"path": "drills/1.yaml", "line": 1, "origin": "detected", "date": "2026-06-01"}]);
    let mut now = check("a", "skills", "documented", Some("verified"), "unmet");
    now["unmet"] = json!([{"level": "verified", "because": "the newest drill is 121 days old; at most 90"}]);
    let (before, after) = (snapshot(&assessment(30.0, vec![was])), snapshot(&assessment(25.0, vec![now])));
    let there = diff(("a", &before), ("b", &after));
    assert_eq!(there.checks[0].because, ["the newest drill is 121 days old; at most 90"]);
    assert_eq!(there.areas[0].change, Some(-5.0));
    let back = diff(("b", &after), ("a", &before));
    assert_eq!(back.checks[0].because, ["it rests on drills/1.yaml of 2026-06-01"]);
}

#[test]
fn reasons_are_the_same_by_code_and_check_whatever_their_wording() {
    let reason = |code: &str, check: &str, message: &str| json!({"code": code, "check": check, "message": message});
    let mut before = assessment(25.0, Vec::new());
    before["gate"]["reasons"] = json!([reason("required-unmet", "a", "121 days"), reason("required-unmet", "b", "x")]);
    let mut after = assessment(25.0, Vec::new());
    after["gate"]["reasons"] = json!([reason("required-unmet", "a", "122 days"), reason("below-floor", "c", "x")]);
    let moved = diff(("a", &snapshot(&before)), ("b", &snapshot(&after))).reasons;
    let names = |list: &[super::ReasonSeen]| list.iter().filter_map(|r| r.check.clone()).collect::<Vec<_>>();
    assert_eq!((names(&moved.came), names(&moved.went), moved.stayed), (vec!["c".to_owned()], vec!["b".to_owned()], 1));
}

#[test]
fn what_is_no_assessment_is_refused_with_a_reason() {
    let mut version = assessment(25.0, Vec::new());
    version["format_version"] = json!(2);
    let mut torn = assessment(25.0, Vec::new());
    torn["project"]["tier"] = json!("huge");
    for (text, reason) in [
        (String::new(), "is empty"),
        ("{".to_owned(), "is no JSON"),
        ("{}".to_owned(), "has no `kind`"),
        (r#"{"kind": "evidence", "format_version": 1}"#.to_owned(), "is of kind `evidence`"),
        (version.to_string(), "version 2"),
        (torn.to_string(), "`project.tier`"),
    ] {
        let error = Snapshot::read("x.json", text.as_bytes()).unwrap_err();
        assert!(error.message.contains(reason), "{}", error.message);
        assert!(error.help.is_some());
    }
}
