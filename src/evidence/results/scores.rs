//! Files of plain scores enter (DVC `metrics.json`, dvclive, MLflow's `metrics.json`, and results that teams write themselves); an
//! evaluation leaves.

use serde_json::Value;

use super::evaluation::Evaluation;
use super::fields::{count_at, moment, pick, plain, text};
use super::names::Name;
use super::outcome::{Input, Read, Wrong};
use super::outline::Outline;
use super::versions::Named;

/// Words of which one must be in the name of a score.
const SCORING: &[&str] = &[
    "acc",
    "accuracy",
    "auc",
    "bleu",
    "cer",
    "coherence",
    "correctness",
    "defect_rate",
    "exact",
    "f1",
    "faithfulness",
    "fluency",
    "groundedness",
    "hit_rate",
    "loss",
    "mae",
    "map",
    "mrr",
    "mse",
    "ndcg",
    "pass_rate",
    "passrate",
    "perplexity",
    "precision",
    "r2",
    "rating",
    "recall",
    "relevance",
    "relevancy",
    "rmse",
    "rouge",
    "score",
    "similarity",
    "wer",
];

/// Where the scores stand when not at the top.
const HOLDERS: &[&str] =
    &["metrics", "scores", "aggregate_metrics", "aggregates", "results", "summary", "aggregate", "eval", "evaluation"];

/// What tells that a result belongs to a run.
const RUN: &[&str] = &[
    "date",
    "timestamp",
    "model",
    "model_version",
    "modelVersion",
    "models",
    "versions",
    "prompt_version",
    "promptVersion",
    "dataset",
    "dataset_hash",
    "dataset_sha256",
    "n",
    "cases",
    "passed",
    "errors",
    "failures",
    "tool",
    "run",
];

/// Whether a key names a score. Short words must be words of their own: `acc` is none of `account`.
fn is_score(key: &str) -> bool {
    let words: Vec<String> = key.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_lowercase).collect();
    let whole = plain(key);
    SCORING.iter().any(|score| words.iter().any(|word| word == score) || (score.len() >= 5 && whole.contains(score)))
}

/// Whether a JSON file holds plain scores: by name and content, or by content alone when it describes a run.
pub(super) fn is(outline: &Outline, name: &Name) -> bool {
    if outline.list || outline.more || name.is_set_up() || name.says(&["dataset", "ground_truth"]) {
        return false;
    }
    let held = HOLDERS.iter().any(|holder| outline.has(holder));
    // The scores of slices are those of the slices, not of the whole.
    let own = |key: &&str| !key.split('.').any(|part| part.trim_end_matches("[]") == "slices");
    let scored = outline.keys().filter(own).any(|key| is_score(key.rsplit('.').next().unwrap_or(key)));
    let described = held && RUN.iter().filter(|key| outline.has(key)).count() >= 2;
    let called = matches!(
        name.file(),
        "metrics.json" | "scores.json" | "eval_results.json" | "all_results.json" | "evaluation.json"
    ) || name.says(&["eval_metrics", "eval-metrics", "eval_results", "eval-results", "test_metrics"]);
    let placed = name.below_evals()
        && (name.below(&["results", "reports", "runs"]) || name.says(&["result", "summary", "metric", "score"]));
    // Scores may stand deeper than the outline goes.
    (called && scored) || (placed && (scored || held)) || (name.below_evals() && described)
}

/// Reads scores.
pub(super) fn read(input: &Input<'_>, value: &Value) -> Read {
    let holder = HOLDERS.iter().filter_map(|key| value.get(key)).find(|v| v.is_object() || v.is_array());
    let name = Name::of(input.path);
    let tool = text(value, &["tool", "framework"]).map(str::to_lowercase).unwrap_or_else(|| {
        let dvc = name.below(&["dvclive"]) || input.tree.get("dvc.yaml").is_some();
        if dvc { "dvc".to_owned() } else { "scores".to_owned() }
    });
    let mut evaluation = Evaluation { tool, at: moment(value), named: Named::of(value), ..Evaluation::default() };
    match holder {
        Some(Value::Array(list)) => evaluation.scores.extend(list.iter().filter_map(|entry| {
            let name = text(entry, &["name", "metric", "metric_name", "id"])?;
            let value = entry.get("score_statistics").or_else(|| entry.get("statistics")).unwrap_or(entry);
            Some((name.to_owned(), super::fields::number(pick(value, &["value", "score", "mean", "average"])?)?))
        })),
        Some(holder) => evaluation.add_scores(holder, "", 0),
        None => {}
    }
    if evaluation.scores.is_empty() {
        evaluation.add_scores(value, "", 0);
    }
    let counts = [value, holder.unwrap_or(value)];
    let count = |keys: &[&str]| counts.iter().find_map(|v| count_at(v, keys));
    evaluation.passes = count(&["passed", "passes", "successes", "n_passed", "num_passed"]);
    evaluation.failures = count(&["failed", "failures", "fails", "n_failed", "num_failed"]);
    evaluation.errors = count(&["errors", "error_count", "n_errors", "num_errors"]).unwrap_or_default();
    evaluation.verdict = ["passed", "success", "pass"].iter().find_map(|key| value.get(key)?.as_bool());
    if evaluation.scores.is_empty() && evaluation.passes.is_none() && evaluation.verdict.is_none() {
        return Err(Wrong::new("there is no score in it", "write each metric as a name and a number"));
    }
    let mut described = value.clone();
    if let Some(map) = described.as_object_mut() {
        HOLDERS.iter().chain(&["slices", "cases"]).for_each(|key| {
            map.shift_remove(*key);
        });
    }
    Ok(evaluation.outcome(input, &described))
}

#[cfg(test)]
mod tests {
    use crate::evidence::results::probe::{found, list, malformed};

    const MANIFEST: &str = "models: [{ name: scorer, version: 2026-08-r3 }]\nprompts: { version: v12 }\nevals: { gate: { metric: F1, min: 0.9 } }\n";

    fn results(path: &'static str, text: &str) -> Vec<String> {
        list(&found(&[(path, text)], MANIFEST), "eval.results")
    }

    #[test]
    fn metrics_of_dvc_and_dvclive_are_read() {
        assert_eq!(
            results("metrics.json", r#"{"accuracy": 0.95, "f1": 0.91}"#),
            ["current=false passed=true tool=scores versions_match=false"]
        );
        let live = r#"{"step": 12, "train": {"loss": 0.12, "f1": 0.97}, "eval": {"loss": 0.2, "f1": 0.88}}"#;
        assert_eq!(results("dvclive/metrics.json", live), ["current=false passed=false tool=dvc versions_match=false"]);
        let hugging_face = r#"{"epoch": 3.0, "eval_f1": 0.93, "eval_loss": 0.21, "eval_runtime": 12.1}"#;
        assert!(!results("out/eval_results.json", hugging_face).is_empty());
    }

    #[test]
    fn a_result_that_a_team_writes_names_its_versions() {
        let own = r#"{"date": "2026-11-19", "tool": "Own harness", "model_version": "2026-08-r3", "prompt_version": "v12",
                      "dataset_hash": "sha256:00", "n": 240, "errors": 0, "metrics": {"f1": 0.94, "latency_ms": 812}}"#;
        assert_eq!(
            results("evals/results/2026-11-19.json", own),
            ["date=2026-11-19 current=true passed=true tool=own harness versions_match=true"]
        );
        assert!(
            results("evals/nightly.json", &own.replace("\"errors\": 0", "\"errors\": 2"))[0].contains("passed=false")
        );
        assert!(
            results("evals/nightly.json", &own.replace("\"n\": 240", "\"passed\": false"))[0].contains("passed=false")
        );
        let listed = own.replace("{\"f1\": 0.94, \"latency_ms\": 812}", "[{\"name\": \"f1\", \"value\": 0.94}]");
        assert!(results("evals/nightly.json", &listed)[0].contains("passed=true"));
    }

    #[test]
    fn settings_and_unrelated_files_are_no_results() {
        for (path, text) in [
            ("evals/results/baseline/config.json", r#"{"metrics": ["f1"], "score": 1}"#),
            ("src/data.json", r#"{"accuracy": 0.9}"#),
            ("metrics.json", r#"{"width": 100, "height": 3}"#),
            ("web/metrics.json", "[1, 2]"),
            ("metrics.json", r#"{"account": 3, "sitemap": 1}"#),
            ("test_results.json", r#"{"numFailedTests": 0, "success": true, "testResults": []}"#),
            ("evals/thresholds.json", r#"{"date": "2026-11-01", "model": "m", "metrics": {"f1": 0.9}}"#),
        ] {
            let found = found(&[(path, text)], MANIFEST);
            assert!(list(&found, "eval.results").is_empty() && found.malformed.is_empty(), "{path}");
        }
        assert_eq!(
            malformed(&found(&[("metrics.json", r#"{"accuracy": "high"}"#)], "")),
            ["eval.results metrics.json"]
        );
    }

    #[test]
    fn what_dvc_calls_metrics_is_read_whatever_its_name() {
        let dvc = "stages:\n  train:\n    cmd: python train.py\n    metrics:\n      - reports/perf.json: { cache: false }\nmetrics:\n  - out/test.json\n";
        let files = [("dvc.yaml", dvc), ("reports/perf.json", r#"{"f1": 0.93}"#), ("out/test.json", r#"{"auc": 0.9}"#)];
        let found = found(&files, "evals: { gate: { metric: f1, min: 0.9 } }\n");
        let results = list(&found, "eval.results");
        assert_eq!(results.len(), 2, "{results:?}");
        assert!(results.iter().any(|r| r.contains("passed=true") && r.contains("tool=dvc")));
        let torn = super::super::probe::found(&[("dvc.yaml", dvc), ("reports/perf.json", "{")], "");
        assert_eq!(malformed(&torn), ["eval.results reports/perf.json"]);
    }
}
