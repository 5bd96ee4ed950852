//! Secret-scan reports of gitleaks, TruffleHog and GitLab enter; secret scans with their open findings leave.

use serde_json::Value;

use crate::fact::Node;

use super::fields::list_at;
use super::moment::Moment;
use super::names::{Name, is_secret_scan};
use super::outcome::{Input, Outcome, Read, Wrong, short};
use super::outline::Outline;

/// Whether a JSON file is a gitleaks report. A report without a finding is an empty list, which only its name tells from any other.
pub(super) fn is_gitleaks(outline: &Outline, name: &Name) -> bool {
    let findings = outline.list && outline.has("RuleID") && outline.any(&["Secret", "Match", "Fingerprint"]);
    findings || (outline.empty && is_clean_by_name(name))
}

/// Whether an empty list in a file of this name is a report without a finding.
pub(super) fn is_clean_by_name(name: &Name) -> bool {
    // SARIF and GitLab's report are maps, also when they found nothing.
    let is_map = name.file().ends_with(".sarif") || name.file().starts_with("gl-");
    !is_map && (is_secret_scan(name) || name.says(&["gitleaks", "secret"]))
}

/// Reads a gitleaks report; there is no date in it.
pub(super) fn gitleaks(input: &Input<'_>, value: &Value) -> Read {
    let open = value.as_array().map_or(0, Vec::len);
    let mut outcome = Outcome::default();
    outcome.event(input, "scans.secrets", None, [("tool", Node::from("gitleaks")), ("open", Node::from(open))]);
    Ok(outcome)
}

/// Whether a JSON file is output of TruffleHog: one finding a line.
pub(super) fn is_trufflehog(outline: &Outline) -> bool {
    outline.all(&["SourceMetadata", "DetectorName"])
}

/// Reads output of TruffleHog, one finding a line or as a list.
pub(super) fn trufflehog(input: &Input<'_>) -> Read {
    let open = match serde_json::from_str::<Value>(input.text) {
        Ok(Value::Array(items)) => items.len(),
        _ => {
            let mut lines = 0;
            for (number, line) in input.text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
                let finding: Value = serde_json::from_str(line).map_err(|e| {
                    Wrong::new(format!("a line is not valid JSON: {e}"), "run TruffleHog again with `--json`")
                        .at(number + 1, 1)
                })?;
                lines += usize::from(finding.get("DetectorName").is_some());
            }
            lines
        }
    };
    let mut outcome = Outcome::default();
    outcome.event(input, "scans.secrets", None, [("tool", Node::from("trufflehog")), ("open", Node::from(open))]);
    Ok(outcome)
}

/// Whether a JSON file is a GitLab security report.
pub(super) fn is_gitlab(outline: &Outline) -> bool {
    outline.all(&["vulnerabilities", "scan"]) && outline.any(&["scan.type", "scan.scanner"])
}

/// Reads a GitLab report; those of other scans than for secrets prove nothing here.
pub(super) fn gitlab(input: &Input<'_>, value: &Value) -> Read {
    let mut outcome = Outcome::default();
    let scan = &value["scan"];
    if scan["type"] != "secret_detection" {
        return Ok(outcome);
    }
    if scan["status"].as_str().is_some_and(|status| status != "success") {
        outcome.skipped(
            input.path,
            "the secret scan did not end well, so that it found nothing proves nothing",
            "mend the job and run it again",
        );
        return Ok(outcome);
    }
    let tool = scan["scanner"]["id"].as_str().or_else(|| scan["scanner"]["name"].as_str()).unwrap_or("gitlab");
    let at = ["end_time", "start_time"].iter().find_map(|key| scan.get(key).and_then(Moment::of));
    let open = list_at(value, &["vulnerabilities"]).len();
    outcome.event(
        input,
        "scans.secrets",
        at,
        [("tool", Node::from(short(&tool.to_lowercase()))), ("open", Node::from(open))],
    );
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use crate::evidence::results::probe::{found, list, malformed};

    const GITLEAKS: &str = include_str!("../../../tests/samples/gitleaks/report.json");
    const GITLAB: &str = include_str!("../../../tests/samples/gitlab/gl-secret-detection-report.json");

    fn scans(path: &'static str, text: &str) -> Vec<String> {
        list(&found(&[(path, text)], ""), "scans.secrets")
    }

    #[test]
    fn gitleaks_findings_are_counted_and_its_empty_list_is_known_by_name() {
        assert_eq!(scans("any.json", GITLEAKS), ["open=2 tool=gitleaks"]);
        assert_eq!(scans("reports/gitleaks.json", "[]\n"), ["open=0 tool=gitleaks"]);
        assert_eq!(scans("reports/secret-scan.json", "[]"), ["open=0 tool=gitleaks"]);
        assert!(scans("data/items.json", "[]").is_empty());
        assert!(scans("data/items.json", r#"[{"RuleID": 3, "name": "x"}]"#).is_empty());
    }

    #[test]
    fn gitlab_says_when_and_other_scans_of_it_do_not_count() {
        assert_eq!(scans("gl-secret-detection-report.json", GITLAB), ["date=2026-11-18 open=1 tool=gitleaks"]);
        assert!(
            scans("gl-sast-report.json", &GITLAB.replace("\"type\": \"secret_detection\"", "\"type\": \"sast\""))
                .is_empty()
        );
        let failed = GITLAB.replace("\"status\": \"success\"", "\"status\": \"failure\"");
        let failed = found(&[("gl-secret-detection-report.json", &failed)], "");
        assert!(list(&failed, "scans.secrets").is_empty());
        assert_eq!(failed.diagnostics.len(), 1);
    }

    #[test]
    fn trufflehog_has_a_finding_a_line() {
        let line = r#"{"SourceMetadata":{"Data":{"Git":{"commit":"c0ffee","file":"a.py"}}},"DetectorType":2,"DetectorName":"AWS","Verified":true,"Raw":"AKIA"}"#;
        assert_eq!(scans("trufflehog.json", &format!("{line}\n{line}\n")), ["open=2 tool=trufflehog"]);
        assert_eq!(scans("trufflehog.jsonl", line), ["open=1 tool=trufflehog"]);
        assert_eq!(malformed(&found(&[("t.json", &format!("{line}\n{{\"So"))], "")), ["scans.secrets t.json"]);
    }

    #[test]
    fn torn_and_empty_reports_are_malformed() {
        for text in ["", "  \n", "[{\"RuleID\": \"aws", "no leaks found"] {
            let found = found(&[("reports/gitleaks.json", text)], "");
            assert_eq!(malformed(&found), ["scans.secrets reports/gitleaks.json"], "{text}");
        }
        let torn = GITLAB.get(..GITLAB.len() / 2).unwrap_or_default();
        assert_eq!(malformed(&found(&[("gl-secret-detection-report.json", torn)], "")).len(), 1);
    }
}
