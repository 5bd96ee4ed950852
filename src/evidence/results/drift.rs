//! Drift reports enter (Evidently JSON, or records of one's own in `drift/`); events of `eval.drift_reports` leave.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::fact::Node;
use crate::manifest::value::Day;

use super::fields::{list_at, moment};
use super::moment::Moment;
use super::names::Name;
use super::outcome::{Input, Outcome, Read};
use super::outline::Outline;
use super::record;
use super::versions::{Named, Relation};

/// A record that people write.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    date: Day,
    #[serde(alias = "model")]
    observed_model: String,
    #[serde(rename = "signals")]
    _signals: Option<IgnoredAny>,
    #[serde(rename = "pinned_model")]
    _pinned: Option<IgnoredAny>,
    #[serde(rename = "drift")]
    _drift: Option<IgnoredAny>,
    #[serde(rename = "drifted")]
    _drifted: Option<IgnoredAny>,
    #[serde(rename = "window")]
    _window: Option<IgnoredAny>,
    #[serde(rename = "n")]
    _n: Option<IgnoredAny>,
    #[serde(rename = "tool")]
    _tool: Option<IgnoredAny>,
    #[serde(rename = "by")]
    _by: Option<IgnoredAny>,
    #[serde(rename = "note")]
    _note: Option<IgnoredAny>,
    #[serde(rename = "prompt_version")]
    _prompt_version: Option<IgnoredAny>,
    #[serde(rename = "thresholds")]
    _thresholds: Option<IgnoredAny>,
    #[serde(rename = "passed")]
    _passed: Option<IgnoredAny>,
}

/// Whether a JSON file is a drift report.
pub(super) fn is(outline: &Outline, name: &Name) -> bool {
    if outline.list || outline.more {
        return false;
    }
    let drift = name.below(&["drift"]) || name.says(&["drift", "evidently"]);
    // Before 0.6 Evidently wrote `metric` and `result`, since then `metric_name` (or `metric_id`) and `value`.
    let evidently = outline.all(&["metrics.metric", "metrics.result"])
        || (outline.any(&["metrics.metric_name", "metrics.metric_id"]) && outline.all(&["metrics.value", "tests"]));
    let suite = outline.all(&["tests.name", "tests.status", "tests.group"]);
    let own = outline.has("observed_model") && (drift || outline.any(&["signals", "drift", "drifted"]));
    own || evidently || suite || (drift && outline.all(&["date", "signals"]))
}

/// Reads a JSON report.
pub(super) fn read(input: &Input<'_>, value: &Value) -> Read {
    if value.get("observed_model").is_none() && value.get("signals").is_none() && !is_about_drift(value) {
        return Ok(Outcome::default());
    }
    // Evidently knows no model; the team puts it into the metadata or the tags.
    let named = Named::of(value);
    let matches = match value["observed_model"].as_str() {
        Some(id) => input.deployed.has_model(id),
        None => named.relation(input.deployed) == Relation::Same,
    };
    let mut outcome = Outcome::default();
    outcome.event(input, "eval.drift_reports", moment(value), [("model_matches", Node::from(matches))]);
    Ok(outcome)
}

/// Whether a report of Evidently has a metric or a test for drift; it makes other reports too.
fn is_about_drift(value: &Value) -> bool {
    let names = ["metric", "metric_name", "metric_id", "group", "name"];
    let entries = list_at(value, &["metrics"]).iter().chain(list_at(value, &["tests"]));
    entries
        .flat_map(|entry| names.iter().filter_map(|key| entry[*key].as_str()))
        .any(|name| name.to_lowercase().contains("drift"))
}

/// Whether the top keys of a YAML document are those of a drift report.
pub(super) fn is_keys<'k>(mut keys: impl Iterator<Item = &'k str>) -> bool {
    keys.any(|key| matches!(key, "observed_model" | "signals"))
}

/// Reads a YAML record.
pub(super) fn record(input: &Input<'_>) -> Read {
    let report = match record::read::<Report>(input, "drift report") {
        Ok((_, report)) => report,
        Err(errors) => return Ok(errors.under("eval.drift_reports")),
    };
    let mut outcome = Outcome::default();
    let matches = input.deployed.has_model(&report.observed_model);
    outcome.event(
        input,
        "eval.drift_reports",
        Moment::parse(&report.date.to_string()),
        [("model_matches", Node::from(matches))],
    );
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use crate::evidence::results::probe::{found, list, malformed};

    const MANIFEST: &str = "models: [{ name: extractor, version: claude-sonnet-4-20250514 }]\n";

    fn reports(path: &'static str, text: &str) -> Vec<String> {
        list(&found(&[(path, text)], MANIFEST), "eval.drift_reports")
    }

    #[test]
    fn records_of_the_team_name_the_observed_model() {
        let yaml =
            "date: 2026-11-10\nobserved_model: claude-sonnet-4-20250514\nsignals: { input: 0.04, output: 0.02 }\n";
        assert_eq!(reports("drift/2026-11-10.yaml", yaml), ["date=2026-11-10 model_matches=true"]);
        assert_eq!(
            reports("monitoring/drift/a.yml", &yaml.replace("20250514", "20241022")),
            ["date=2026-11-10 model_matches=false"]
        );
        let json = r#"{"date": "2026-11-10", "observed_model": "anthropic:claude-sonnet-4-20250514", "signals": ["input"], "psi": 0.04}"#;
        assert_eq!(reports("drift/2026-11-10.json", json), ["date=2026-11-10 model_matches=true"]);
    }

    #[test]
    fn evidently_is_read_in_both_shapes_and_knows_no_model_by_itself() {
        let old = r#"{"version": "0.4.40", "timestamp": "2026-11-09 06:00:01.123456", "metrics": [{"metric": "DatasetDriftMetric",
            "result": {"drift_share": 0.5, "number_of_columns": 4, "number_of_drifted_columns": 0, "dataset_drift": false}}]}"#;
        assert_eq!(reports("monitoring/report.json", old), ["date=2026-11-09 model_matches=false"]);
        let new = r#"{"metrics": [{"id": "ab", "metric_name": "DriftedColumnsCount(drift_share=0.5)", "config": {}, "value": {"count": 0.0, "share": 0.0}}], "tests": []}"#;
        assert_eq!(reports("monitoring/report.json", new), ["model_matches=false"]);
        let suite = r#"{"tests": [{"name": "Share of Drifted Columns", "description": "x", "status": "SUCCESS", "group": "data_drift", "parameters": {}}], "summary": {"all_passed": true}}"#;
        assert_eq!(reports("monitoring/suite.json", suite), ["model_matches=false"]);
        let quality = old.replace("DatasetDriftMetric", "ClassificationQualityMetric");
        assert!(reports("monitoring/report.json", &quality).is_empty());
        let tagged = old.replacen('{', "{\"metadata\": {\"model_version\": \"claude-sonnet-4-20250514\"},", 1);
        assert_eq!(reports("monitoring/report.json", &tagged), ["date=2026-11-09 model_matches=true"]);
    }

    #[test]
    fn a_record_that_is_wrong_is_malformed() {
        for text in [
            "date: 2026-11-10\nsignals: [input]\n",
            "date: x\nobserved_model: m\n",
            "observed_model: m\ndate: 2026-11-10\nsignal: [a]\n",
            "",
            "signals: [",
        ] {
            let found = found(&[("drift/a.yaml", text)], MANIFEST);
            assert_eq!(
                malformed(&found).first().map(String::as_str),
                Some("eval.drift_reports drift/a.yaml"),
                "{text:?}"
            );
        }
        let other = found(&[("drift/config.yaml", "reference: data/ref.csv\n")], MANIFEST);
        assert!(malformed(&other).is_empty() && list(&other, "eval.drift_reports").is_empty());
    }
}
