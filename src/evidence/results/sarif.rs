//! A SARIF file enters; secret scans and scans for personal data leave, one for each run of a tool that makes them.

use serde_json::Value;

use crate::fact::Node;

use super::fields::list_at;
use super::moment::Moment;
use super::outcome::{Input, Outcome, Read, short};
use super::outline::Outline;

/// Words in the name of a tool that looks for secrets.
const SECRETS: &[&str] = &[
    "betterleaks",
    "detect-secrets",
    "detect secrets",
    "ggshield",
    "git-secrets",
    "gitguardian",
    "gitleaks",
    "kingfisher",
    "nosey parker",
    "noseyparker",
    "ripsecrets",
    "secret",
    "talisman",
    "trufflehog",
    "whispers",
];

/// Words in the name of a tool that looks for personal data.
const PERSONAL: &[&str] = &["presidio", "personal data", "pii", "privacy"];

/// Whether a JSON file is SARIF.
pub(super) fn is(outline: &Outline) -> bool {
    outline.has("runs") && (outline.any(&["runs.tool", "runs.results"]) || outline.all(&["version", "$schema"]))
}

/// The facts that a SARIF text rests under, by the tools that it names; also for a torn text.
pub(super) fn facts(text: &str) -> Option<&'static str> {
    let names = text.match_indices("\"driver\"").take(20).filter_map(|(at, _)| {
        let rest = text.get(at..)?;
        let name = rest.get(rest.find("\"name\"")? + 6..)?;
        name.split('"').nth(1)
    });
    names.filter_map(facts_of).next()
}

fn facts_of(tool: &str) -> Option<&'static str> {
    let tool = tool.to_lowercase();
    if SECRETS.iter().any(|word| tool.contains(word)) {
        Some("scans.secrets")
    } else if PERSONAL.iter().any(|word| tool.contains(word)) {
        Some("scans.pii")
    } else {
        None
    }
}

/// Reads the runs.
pub(super) fn read(input: &Input<'_>, value: &Value) -> Read {
    let mut outcome = Outcome::default();
    for run in list_at(value, &["runs"]) {
        let driver = &run["tool"]["driver"];
        let tool = driver["name"].as_str().unwrap_or_default();
        let results = list_at(run, &["results"]);
        // A scanner for many things (Trivy, Semgrep) marks its rules for secrets.
        let marked: Vec<&str> = list_at(driver, &["rules"])
            .iter()
            .filter(|rule| {
                let tags = list_at(&rule["properties"], &["tags"]);
                tags.iter().any(|tag| tag.as_str().is_some_and(|t| t.eq_ignore_ascii_case("secret") || t == "secrets"))
            })
            .filter_map(|rule| rule["id"].as_str())
            .collect();
        let (facts, found) = match facts_of(tool) {
            Some(facts) => (facts, results.iter().filter(|result| is_open(result)).count()),
            None if !marked.is_empty() => {
                let secret = |result: &&Value| result["ruleId"].as_str().is_some_and(|id| marked.contains(&id));
                ("scans.secrets", results.iter().filter(secret).filter(|result| is_open(result)).count())
            }
            None => continue,
        };
        let invocations = list_at(run, &["invocations"]);
        if found == 0 && invocations.iter().any(|i| i["executionSuccessful"] == false) {
            outcome.skipped(
                input.path,
                format!("the scan by {} did not end well, so that it found nothing proves nothing", short(tool)),
                "mend the scan and run it again",
            );
            continue;
        }
        let at = invocations
            .iter()
            .filter_map(|i| ["endTimeUtc", "startTimeUtc"].iter().find_map(|key| i.get(key).and_then(Moment::of)))
            .max();
        let mut fields = vec![("open", Node::from(found))];
        if facts == "scans.secrets" {
            fields.push(("tool", Node::from(short(&tool.to_lowercase()))));
        }
        outcome.event(input, facts, at, fields);
    }
    Ok(outcome)
}

/// Whether a result is a finding that nobody has closed.
fn is_open(result: &Value) -> bool {
    let closed = list_at(result, &["suppressions"]).iter().any(|suppression| {
        // A suppression without a status is accepted.
        !matches!(suppression["status"].as_str(), Some("underReview" | "rejected"))
    });
    let gone = result["baselineState"] == "absent";
    let finding = !matches!(result["kind"].as_str(), Some("pass" | "notApplicable" | "informational"));
    finding && !closed && !gone
}

#[cfg(test)]
mod tests {
    use crate::evidence::results::probe::{found, list, malformed};

    const GITLEAKS: &str = include_str!("../../../tests/samples/sarif/gitleaks.sarif");

    #[test]
    fn suppressed_results_are_closed() {
        let found = found(&[("reports/any.sarif", GITLEAKS)], "");
        assert_eq!(list(&found, "scans.secrets"), ["open=1 tool=gitleaks"]);
        assert!(list(&found, "scans.pii").is_empty());
    }

    #[test]
    fn the_invocation_says_when_and_the_driver_says_what() {
        let run = |tool: &str, extra: &str| {
            format!(
                r#"{{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [{{
                "tool": {{"driver": {{"name": "{tool}"}}}},
                "invocations": [{{"executionSuccessful": true, "endTimeUtc": "2026-11-19T23:59:58Z"}}], "results": [{extra}]}}]}}"#
            )
        };
        let lists = |text: &str| {
            let found = found(&[("a.sarif.json", text)], "");
            (list(&found, "scans.secrets"), list(&found, "scans.pii"), found.diagnostics.len())
        };
        assert_eq!(lists(&run("TruffleHog", "")).0, ["date=2026-11-19 open=0 tool=trufflehog"]);
        assert_eq!(lists(&run("Presidio", r#"{"ruleId": "EMAIL_ADDRESS"}"#)).1, ["date=2026-11-19 open=1"]);
        let other = lists(&run("CodeQL", r#"{"ruleId": "py/sql-injection"}"#));
        assert!(other.0.is_empty() && other.1.is_empty());
        let torn_off = run("gitleaks", "").replace("\"executionSuccessful\": true", "\"executionSuccessful\": false");
        assert_eq!(lists(&torn_off), (vec![], vec![], 1));
        for closed in
            [r#"{"kind": "pass"}"#, r#"{"baselineState": "absent"}"#, r#"{"suppressions": [{"kind": "external"}]}"#]
        {
            assert_eq!(lists(&run("gitleaks", closed)).0, ["date=2026-11-19 open=0 tool=gitleaks"], "{closed}");
        }
        let pending = r#"{"suppressions": [{"kind": "external", "status": "underReview"}]}"#;
        assert_eq!(lists(&run("gitleaks", pending)).0, ["date=2026-11-19 open=1 tool=gitleaks"]);
    }

    #[test]
    fn a_scanner_for_many_things_counts_its_secrets() {
        let text = r#"{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Trivy", "rules": [
            {"id": "aws-access-key-id", "properties": {"tags": ["secret", "security", "CRITICAL"]}},
            {"id": "CVE-2026-1", "properties": {"tags": ["vulnerability"]}}]}},
            "results": [{"ruleId": "CVE-2026-1"}, {"ruleId": "aws-access-key-id"}]}]}"#;
        assert_eq!(list(&found(&[("trivy.sarif", text)], ""), "scans.secrets"), ["open=1 tool=trivy"]);
    }

    #[test]
    fn a_torn_file_is_malformed_when_its_tool_is_ours() {
        let torn = GITLEAKS.get(..GITLEAKS.len() - 30).unwrap_or_default();
        assert_eq!(malformed(&found(&[("x.sarif", torn)], "")), ["scans.secrets x.sarif"]);
        let other = torn.replace("gitleaks", "CodeQL");
        assert!(malformed(&found(&[("x.sarif", &other)], "")).is_empty());
        assert_eq!(malformed(&found(&[("gitleaks.sarif", "")], "")), ["scans.secrets gitleaks.sarif"]);
        assert!(malformed(&found(&[("codeql.sarif", "")], "")).is_empty());
    }
}
