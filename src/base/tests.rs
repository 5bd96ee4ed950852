//! Rows before and after a change enter; what is told of them is compared.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use super::rows::{is_kept, rebaselined, taken};

fn said(path: &str, before: &str, after: Option<&str>) -> Option<String> {
    taken(path, before.as_bytes(), after.map(str::as_bytes)).map(|t| {
        assert!(t.closes);
        t.diagnostic.message
    })
}

#[test]
fn rows_are_added_to_and_never_edited() {
    let log = ".aipp/history.jsonl";
    let rows = "{\"id\": 1}\n{\"id\": 2}\n";
    assert_eq!(
        said(log, rows, Some("{\"id\": 0}\n{\"id\": 2}\n{\"id\": 1}\n{\"id\": 3}\n")),
        None,
        "a union merge mixes rows"
    );
    assert_eq!(said(log, rows, Some("{\"id\": 1}\r\n{\"id\": 2}\r\n")), None, "line ends are no rows");
    assert!(said(log, rows, Some("{\"id\": 1}\n{\"id\": 7}\n")).unwrap().contains("row 2"));
    assert!(said(log, rows, Some("")).unwrap().contains("row 1 of `.aipp/history.jsonl`, and 1 more"));
    assert!(said(log, "{\"id\": 1}\n{\"id\": 1}\n", Some("{\"id\": 1}\n")).is_some(), "of two equal rows one is gone");
    assert!(said(log, rows, None).unwrap().contains("deletes"));

    let stages = "percent,from,to,metric,value,aborted\n10,2026-10-01,,,,\n";
    let ended = "percent,from,to,metric,value,aborted\n10,2026-10-01,2026-10-20,errors,0.4,false\n";
    assert_eq!(said("rollout/stages.csv", stages, Some(ended)), None, "an open stage is ended");
    assert!(said("rollout/stages.csv", ended, Some(&ended.replace("0.4", "0.1"))).unwrap().contains("row 2"));
    assert!(said("rollout/stages.csv", ended, Some(stages)).is_some(), "a value is taken out");

    let drill = "drills/2026-07-24-rollback.yaml";
    assert_eq!(said(drill, "passed: true\n", Some("\u{feff}passed: true")), None);
    assert!(said(drill, "passed: false\n", Some("passed: true\n")).unwrap().contains("edits"));
}

#[test]
fn what_is_only_ever_added_to() {
    for kept in [
        ".aipp/history.jsonl",
        "rollout/stages.csv",
        "rollout/stages-eu.csv",
        "training/records.csv",
        "records/approvals.csv",
        "records/decisions/2026-07-24-go.yaml",
        "drills/a.yaml",
        "metrics/adoption.csv",
    ] {
        assert!(is_kept(kept), "{kept}");
    }
    for other in ["aipp.yaml", "docs/records.md", "src/records/a.yaml", "metrics/baseline.csv", "training/plan.csv"] {
        assert!(!is_kept(other), "{other}");
    }
}

#[test]
fn a_baseline_that_is_recorded_anew_is_known_by_its_row() {
    let row = "{\"type\": \"rebaseline\", \"metric\": \"unit-cost\"}\n";
    assert_eq!(rebaselined(b"", row.as_bytes()), ["unit-cost"]);
    assert!(rebaselined(row.as_bytes(), row.as_bytes()).is_empty(), "one of long ago excuses nothing today");
    assert!(rebaselined(b"", b"{\"type\": \"sample\", \"metric\": \"unit-cost\"}\n").is_empty());
}
