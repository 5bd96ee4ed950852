//! A garak report (JSON lines) enters; a red-team result leaves.

use serde_json::Value;

use crate::fact::Node;

use super::attacks::covers;
use super::fields::count_at;
use super::moment::Moment;
use super::outcome::{Input, Outcome, Read, Wrong};
use super::outline::Outline;

/// Below this share of attacks that were withstood, garak's own scale (`ABSOLUTE_DEFCON_BOUNDS` in garak/analyze) says critical.
const CRITICAL_BELOW: f64 = 0.4;

/// Whether the first line of a file is that of a garak report.
pub(super) fn is(outline: &Outline) -> bool {
    outline.has("entry_type")
        && outline.any(&["_config.version", "garak_version", "plugins.probe_spec", "probe", "run"])
        || outline.has("entry_type") && outline.top().any(|key| key.starts_with("_config."))
}

/// Reads the evaluations of a report: one a probe and detector.
pub(super) fn read(input: &Input<'_>) -> Read {
    let (mut at, mut complete) = (None, false);
    let mut probes: Vec<String> = Vec::new();
    let mut open = 0_usize;
    for (number, line) in input.text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        // Attempts are most of a report, and an evaluation follows that sums them up.
        if line.contains("\"entry_type\": \"attempt\"") {
            continue;
        }
        let entry: Value = serde_json::from_str(line).map_err(|e| {
            Wrong::new(format!("a line is not valid JSON: {e}"), "run garak again until its report is closed")
                .at(number + 1, 1)
        })?;
        match entry["entry_type"].as_str() {
            Some("init") => at = at.or(entry.get("start_time").and_then(Moment::of)),
            Some("completion") => {
                complete = true;
                at = entry.get("end_time").and_then(Moment::of).or(at);
            }
            Some("eval") => {
                let Some(total) = count_at(&entry, &["total_evaluated", "total"]).filter(|total| *total > 0) else {
                    continue;
                };
                let passed = count_at(&entry, &["passed"]).unwrap_or_default();
                #[expect(clippy::cast_precision_loss, reason = "numbers of attempts are small")]
                let withstood = passed as f64 / total as f64;
                open += usize::from(withstood < CRITICAL_BELOW);
                probes.extend(entry["probe"].as_str().map(str::to_owned));
            }
            _ => {}
        }
    }
    let mut outcome = Outcome::default();
    if probes.is_empty() {
        let why = if complete { "the garak run evaluated nothing" } else { "the garak run did not end" };
        outcome.skipped(input.path, why, "run garak again until it says that the report is closed");
        return Ok(outcome);
    }
    let fields =
        [("covers", Node::from(covers(probes.iter().map(String::as_str)))), ("open_critical", Node::from(open))];
    outcome.event(input, "scans.redteam", at, fields);
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use crate::evidence::results::probe::{found, list, malformed};

    const REPORT: &str = include_str!("../../../tests/samples/garak/garak.report.jsonl");

    #[test]
    fn evaluations_are_covered_probes_and_low_scores_are_critical() {
        let whole = found(&[("redteam/garak.report.jsonl", REPORT)], "");
        assert_eq!(
            list(&whole, "scans.redteam"),
            ["date=2026-11-07 covers=[exfiltration, injection, jailbreak] open_critical=1"]
        );
        assert!(list(&whole, "audit.samples").is_empty());
        let older = REPORT.replace("\"total_evaluated\"", "\"total\"");
        assert_eq!(list(&found(&[("x.jsonl", &older)], ""), "scans.redteam").len(), 1);
    }

    #[test]
    fn a_run_that_did_not_end_proves_nothing() {
        let begun: String = REPORT.lines().take(3).map(|line| format!("{line}\n")).collect();
        let begun = found(&[("redteam/garak.report.jsonl", &begun)], "");
        assert!(list(&begun, "scans.redteam").is_empty());
        assert_eq!(begun.diagnostics.len(), 1);
        let torn = REPORT.get(..REPORT.len() - 20).unwrap_or_default();
        assert_eq!(
            malformed(&found(&[("redteam/garak.report.jsonl", torn)], "")),
            ["scans.redteam redteam/garak.report.jsonl"]
        );
        assert_eq!(malformed(&found(&[("redteam/garak.report.jsonl", "")], "")).len(), 1);
    }
}
