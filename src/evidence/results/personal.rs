//! JSON reports of scans for personal data (Presidio and the like) enter; scans with their open findings leave.

use serde_json::Value;

use crate::fact::Node;

use super::fields::{count_at, list_at, moment, pick};
use super::names::Name;
use super::outcome::{Input, Outcome, Read, Wrong};
use super::outline::Outline;

/// Where the findings of a report stand.
const LISTS: &[&str] = &["findings", "results", "entities", "detections", "analyzer_results"];

/// Keys of which a finding has one; a line about a record that is clean has none.
const NAMING: &[&str] =
    &["category", "detector", "entity", "entity_type", "label", "match", "pattern", "rule", "rule_id", "type"];

/// Whether a JSON file is such a report: Presidio's list of findings, or a map that holds one.
pub(super) fn is(outline: &Outline, name: &Name) -> bool {
    let by_name = name.says(&["presidio"]) || name.has_word("pii");
    // Annotated texts for training look alike; Presidio explains, and a scan says where it was made.
    let explained = outline.any(&["analysis_explanation", "recognition_metadata"]) || by_name;
    let listed = outline.list && outline.all(&["entity_type", "score"]) && explained;
    let scan = by_name || name.below(&["audit", "privacy", "scans"]) || outline.any(&["tool", "scanner", "scanned_at"]);
    let inside = scan && LISTS.iter().any(|list| outline.has(&format!("{list}.entity_type")));
    let clean = by_name && (outline.empty || (!outline.list && outline.any(LISTS)));
    let counted = by_name && outline.any(&["open", "open_findings", "findings_count"]);
    listed || inside || clean || counted
}

/// Reads a report. Findings that a person has closed (`status: closed`, `suppressed: true`) do not count.
pub(super) fn read(input: &Input<'_>, value: &Value) -> Read {
    let open = match value {
        Value::Array(findings) => findings.iter().filter(|f| is_open(f)).count(),
        report => match pick(report, LISTS) {
            Some(Value::Array(_)) => list_at(report, LISTS).iter().map(findings).sum(),
            // Findings by file or by record.
            Some(Value::Object(map)) => map.values().map(findings).sum(),
            _ => count_at(report, &["open", "open_findings", "findings_count"])
                .and_then(|n| usize::try_from(n).ok())
                .ok_or_else(|| {
                Wrong::new(
                    "there is no list of findings in it",
                    "write a map with `date` and `findings`, a list that may be empty",
                )
            })?,
        },
    };
    let mut outcome = Outcome::default();
    outcome.event(input, "scans.pii", moment(value), [("open", Node::from(open))]);
    Ok(outcome)
}

/// One finding, or the list of findings of one record.
fn findings(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(findings).sum(),
        Value::Object(_) => match pick(value, LISTS) {
            Some(inner @ Value::Array(_)) => findings(inner),
            _ => match count_at(value, &["findings", "open", "count", "matches"]) {
                Some(count) => usize::try_from(count).unwrap_or(usize::MAX),
                None => usize::from(is_open(value) && pick(value, NAMING).is_some()),
            },
        },
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(_) => 1,
    }
}

fn is_open(finding: &Value) -> bool {
    let closed = ["closed", "suppressed", "false_positive", "dismissed"];
    !closed.iter().any(|key| finding[*key] == true)
        && !finding["status"].as_str().is_some_and(|status| closed.contains(&status.replace([' ', '-'], "_").as_str()))
}

#[cfg(test)]
mod tests {
    use crate::evidence::results::probe::{found, list, malformed};

    fn scans(path: &'static str, text: &str) -> Vec<String> {
        list(&found(&[(path, text)], ""), "scans.pii")
    }

    const PRESIDIO: &str = r#"[
      {"entity_type": "EMAIL_ADDRESS", "start": 41, "end": 62, "score": 1.0, "analysis_explanation": null,
       "recognition_metadata": {"recognizer_name": "EmailRecognizer"}},
      {"entity_type": "PERSON", "start": 3, "end": 14, "score": 0.85, "analysis_explanation": null}
    ]"#;

    #[test]
    fn findings_of_presidio_are_counted() {
        assert_eq!(scans("audit/anything.json", PRESIDIO), ["open=2"]);
        let report = format!(
            r#"{{"tool": "presidio-analyzer", "scanned_at": "2026-11-12T07:00:00Z", "records": 412, "findings": {PRESIDIO}}}"#
        );
        assert_eq!(scans("audit/scan.json", &report), ["date=2026-11-12 open=2"]);
        let by_record = r#"{"date": "2026-11-12", "results": [{"record": 1, "entities": []}, {"record": 2, "entities": [{"entity_type": "PERSON", "score": 0.9}]}]}"#;
        assert_eq!(scans("pii-scan.json", by_record), ["date=2026-11-12 open=1"]);
    }

    #[test]
    fn a_clean_report_is_known_by_its_name() {
        assert_eq!(scans("audit/pii-scan.json", "[]"), ["open=0"]);
        assert_eq!(
            scans("audit/pii-scan.json", r#"{"date": "2026-11-12", "findings": []}"#),
            ["date=2026-11-12 open=0"]
        );
        let annotated = r#"[{"text": "Ann", "entity_type": "PERSON", "start": 0, "end": 3}]"#;
        let by_file =
            r#"{"date": "2026-11-12", "results": [{"file": "a", "status": "clean"}, {"file": "b", "findings": 3}]}"#;
        assert_eq!(scans("pii-scan.json", by_file), ["date=2026-11-12 open=3"]);
        assert!(scans("data/ner.json", annotated).is_empty());
        assert!(scans("audit/list.json", "[]").is_empty());
        assert!(scans("audit/list.json", r#"{"findings": []}"#).is_empty());
    }

    #[test]
    fn closed_findings_do_not_count() {
        let text = r#"{"date": "2026-11-12", "findings": [
            {"entity_type": "PERSON", "score": 0.4, "status": "false positive"}, {"entity_type": "IBAN_CODE", "score": 1, "suppressed": true},
            {"entity_type": "IBAN_CODE", "score": 1, "status": "open"}]}"#;
        assert_eq!(scans("pii.json", text), ["date=2026-11-12 open=1"]);
    }

    #[test]
    fn a_torn_report_is_malformed() {
        assert_eq!(
            malformed(&found(&[("audit/pii-scan.json", "{\"findings\": [")], "")),
            ["scans.pii audit/pii-scan.json"]
        );
        assert_eq!(malformed(&found(&[("presidio.json", "{\"findings\": 3}")], "")), ["scans.pii presidio.json"]);
    }
}
