//! A k6 summary in any of its three shapes enters; a load-test run leaves.
//!
//! Thresholds are not asked: `true` means failed in `--summary-export` and passed in `handleSummary`. The rules compare the
//! values with the limits of the manifest.

use serde_json::Value;

use super::fields::{number, number_at};
use super::load::Run;
use super::moment::Moment;
use super::outcome::{Input, Outcome, Read, Wrong};
use super::outline::Outline;
use super::versions::Named;

/// Whether a JSON file is a k6 summary.
pub(super) fn is(outline: &Outline) -> bool {
    outline.any(&["metrics.http_reqs", "metrics.http_req_duration", "metrics.grpc_req_duration"])
        || outline.all(&["metrics.iterations", "metrics.iteration_duration"])
        || outline.has("metadata.k6Version")
}

/// Whether a file holds the single points of a k6 run (`--out json`).
pub(super) fn is_points(outline: &Outline) -> bool {
    outline.more && outline.all(&["type", "data", "metric"])
}

/// Says that single points are not read.
pub(super) fn points(input: &Input<'_>) -> Read {
    let mut outcome = Outcome::default();
    outcome.skipped(
        input.path,
        "single points of a k6 run are not read",
        "run k6 with `--summary-export=FILE` and keep that file",
    );
    Ok(outcome)
}

/// Reads a summary.
pub(super) fn read(input: &Input<'_>, value: &Value) -> Read {
    let metrics = Metrics::of(value);
    let seconds = value["config"]["duration"]
        .as_f64()
        .or_else(|| value["state"]["testRunDurationMs"].as_f64().map(|ms| ms / 1000.0))
        .filter(|s| *s > 0.0);
    // gRPC and browser tests make no HTTP requests; an iteration is the unit of work that they repeat.
    let requests = metrics.get("http_reqs").or_else(|| metrics.get("iterations"));
    let count = requests.and_then(|m| number_at(m, &["count"]));
    let rps = requests.and_then(|m| number_at(m, &["rate"])).or_else(|| Some(count? / seconds?));
    let p95_ms = ["http_req_duration", "grpc_req_duration", "iteration_duration"]
        .iter()
        .find_map(|name| metrics.get(name))
        .and_then(|m| number_at(m, &["p(95)"]));
    if rps.is_none() && p95_ms.is_none() {
        return Err(Wrong::new(
            "it has neither a request rate nor a p95 latency",
            "run k6 again with `--summary-export=FILE`, and with `p(95)` among the summary trend stats",
        ));
    }
    // Of a rate metric, passes are the samples that were true: for `http_req_failed`, the requests that failed.
    let failed = metrics.get("http_req_failed");
    let error_rate = failed.and_then(|m| {
        let (passes, fails) = (number_at(m, &["passes", "matches"]), number_at(m, &["fails"]));
        let total = number_at(m, &["total"]).or_else(|| Some(passes? + fails?)).filter(|n| *n > 0.0);
        total.and_then(|total| Some(passes? / total)).or_else(|| number_at(m, &["rate", "value"]))
    });
    let seconds = seconds.or_else(|| Some(count? / rps.filter(|r| *r > 0.0)?));
    let mut described = value.clone();
    if let Some(map) = described.as_object_mut() {
        // The schema's own version, and k6's, are no version of ours.
        ["version", "metrics", "results", "state", "options", "root_group"].iter().for_each(|key| {
            map.shift_remove(*key);
        });
        if let Some(Value::Object(metadata)) = map.get_mut("metadata") {
            metadata.shift_remove("k6Version");
        }
    }
    Run {
        tool: "k6".to_owned(),
        at: value.pointer("/metadata/generatedAt").and_then(Moment::of),
        rps,
        p95_ms,
        error_rate,
        minutes: seconds.map(|s| s / 60.0),
        current: Named::of(&described).current(input.deployed, &described),
        ..Run::default()
    }
    .outcome(input)
}

/// The metrics of a summary by their names, whatever the shape.
struct Metrics<'v>(&'v Value);

impl<'v> Metrics<'v> {
    fn of(value: &'v Value) -> Self {
        Self(match &value["results"]["metrics"] {
            Value::Null => &value["metrics"],
            list => list,
        })
    }

    /// The values of a metric: in the metric itself, or below `values`.
    fn get(&self, name: &str) -> Option<&'v Value> {
        let metric = match self.0 {
            Value::Array(items) => items.iter().find(|m| m["name"] == name)?,
            metrics => metrics.get(name)?,
        };
        let values = metric.get("values").unwrap_or(metric);
        values.as_object().filter(|map| map.values().any(|v| number(v).is_some())).map(|_| values)
    }
}

#[cfg(test)]
mod tests {
    use crate::evidence::Proof;
    use crate::evidence::results::probe::{found, list, malformed};

    const EXPORT: &str = include_str!("../../../tests/samples/k6/summary-export.json");
    const HANDLE: &str = include_str!("../../../tests/samples/k6/handle-summary.json");
    const MACHINE: &str = include_str!("../../../tests/samples/k6/machine-readable.json");
    const PINNED: &str = "models: [{ name: extractor, version: claude-sonnet-4-20250514 }]\n";

    fn results(text: &str) -> Vec<String> {
        list(&found(&[("load/any-name.json", text)], PINNED), "load.results")
    }

    #[test]
    fn the_three_shapes_give_the_same_figures() {
        // 76,320 requests in 30 minutes, 76 of them failed. Only the third shape says when.
        assert_eq!(
            results(EXPORT),
            ["current=false error_rate=0.0009958 full_size=false minutes=30 p95_ms=310.4 rps=42.4 tool=k6"]
        );
        assert_eq!(
            results(HANDLE),
            ["current=false error_rate=0.0009958 full_size=false minutes=30 p95_ms=310.4 rps=42.4 tool=k6"]
        );
        assert_eq!(
            results(MACHINE),
            [
                "date=2026-11-15 current=false error_rate=0.0009958 full_size=false minutes=30 p95_ms=310.4 rps=42.4 tool=k6"
            ]
        );
    }

    #[test]
    fn thresholds_are_not_asked_because_true_means_two_things() {
        assert!(EXPORT.contains("\"p(95)<500\": false") && HANDLE.contains("\"ok\": true"));
        let failed = EXPORT.replace("\"p(95)<500\": false", "\"p(95)<500\": true");
        assert_eq!(results(&failed), results(EXPORT));
    }

    #[test]
    fn the_item_says_the_numbers() {
        let found = found(&[("load/summary.json", EXPORT)], "");
        let item = &found.items[0];
        assert_eq!((item.kind, item.level), ("load-test", Proof::Verified));
        assert_eq!(item.because, "k6: 42.4 requests a second, p95 310 ms, 0.1 % failed");
    }

    #[test]
    fn a_run_is_current_when_it_names_the_deployed_version_and_not_when_k6_has_the_same_number() {
        let named = MACHINE.replacen('{', "{\"tags\": {\"model\": \"claude-sonnet-4-20250514\"},", 1);
        assert!(results(&named)[0].contains("current=true"));
        let other = MACHINE.replacen('{', "{\"tags\": {\"model\": \"claude-sonnet-4-20241022\"},", 1);
        assert!(results(&other)[0].contains("current=false"));
        let schema = found(&[("load/summary.json", MACHINE)], "models: [{ name: x, version: 1.0.0 }]\n");
        assert!(list(&schema, "load.results")[0].contains("current=false"));
    }

    #[test]
    fn percentiles_that_were_not_asked_for_stay_out() {
        let without = EXPORT.replace("p(95)", "p(99)");
        assert!(!results(&without)[0].contains("p95_ms"));
        let grpc =
            r#"{"metrics": {"grpc_req_duration": {"avg": 10, "p(95)": 12.5}, "iterations": {"count": 60, "rate": 2}}}"#;
        assert_eq!(results(grpc), ["current=false full_size=false minutes=0.5 p95_ms=12.5 rps=2 tool=k6"]);
    }

    #[test]
    fn torn_wrong_and_raw_files() {
        let bad = |path, text: &str| malformed(&found(&[(path, text)], ""));
        let torn = EXPORT.get(..EXPORT.len() - 40).unwrap_or_default();
        assert_eq!(bad("a.json", torn), ["load.results a.json"]);
        assert_eq!(bad("load/k6.json", ""), ["load.results load/k6.json"]);
        assert_eq!(bad("a.json", r#"{"metrics": {"http_reqs": {"count": "many"}}}"#), ["load.results a.json"]);
        assert_eq!(bad("a.json", r#"{"metrics": {"http_reqs": {"count": 1, "rate": -2}}}"#), ["load.results a.json"]);
        let raw = "{\"type\":\"Metric\",\"data\":{\"name\":\"http_reqs\"},\"metric\":\"http_reqs\"}\n{\"type\":\"Point\",\"data\":{},\"metric\":\"http_reqs\"}\n";
        let raw = found(&[("load/k6.json", raw)], "");
        assert!(raw.malformed.is_empty() && raw.diagnostics.len() == 1 && raw.items.is_empty());
    }
}
