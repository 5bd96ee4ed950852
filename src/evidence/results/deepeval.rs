//! A DeepEval test run enters; an evaluation leaves.

use serde_json::Value;

use super::evaluation::Evaluation;
use super::fields::{list_at, number, text};
use super::moment::Moment;
use super::outcome::{Input, Read, Wrong};
use super::outline::Outline;
use super::versions::Named;

/// Whether a JSON file is a DeepEval test run.
pub(super) fn is(outline: &Outline) -> bool {
    outline.any(&["testCases.metricsData", "conversationalTestCases.metricsData"])
        || (outline.any(&["testCases", "testPassed"]) && outline.has("metricsScores"))
        || outline.has("testRunData.testCases")
}

/// Reads a test run. A case passed when its own verdict says so; a metric without a score is an error.
pub(super) fn read(input: &Input<'_>, value: &Value) -> Read {
    let run = value.get("testRunData").unwrap_or(value);
    let cases: Vec<&Value> =
        list_at(run, &["testCases"]).iter().chain(list_at(run, &["conversationalTestCases"])).collect();
    if cases.is_empty() {
        return Err(Wrong::new(
            "there is no test case in it",
            "run `deepeval test run` again and keep its result file",
        ));
    }
    let passed = |case: &&&Value| case["success"] == true;
    let error = |case: &&&Value| {
        list_at(case, &["metricsData"]).iter().any(|m| m["error"].is_string() || m["success"].is_null())
            || !case["success"].is_boolean()
    };
    let errors = cases.iter().filter(error).count() as u64;
    let passes = cases.iter().filter(|c| passed(c) && !error(c)).count() as u64;
    let mut evaluation = Evaluation {
        tool: "deepeval".to_owned(),
        at: super::fields::moment(run).or_else(|| {
            let ends = cases.iter().filter_map(|case| case["trace"].get("endTime").and_then(Moment::of));
            ends.max()
        }),
        passes: Some(passes),
        failures: Some(cases.len() as u64 - passes - errors),
        errors,
        ..Evaluation::default()
    };
    for metric in list_at(run, &["metricsScores"]) {
        let scores: Vec<f64> = list_at(metric, &["scores"]).iter().filter_map(number).collect();
        if let Some(name) = text(metric, &["metric", "name"])
            && !scores.is_empty()
        {
            #[expect(clippy::cast_precision_loss, reason = "numbers of cases are small")]
            let mean = scores.iter().sum::<f64>() / scores.len() as f64;
            evaluation.scores.push((name.to_owned(), mean));
        }
    }
    evaluation.named = Named::default().and(run.get("hyperparameters"));
    for version in list_at(run, &["prompts"]).iter().filter_map(|p| text(p, &["version"])) {
        evaluation.named.prompt(version);
    }
    Ok(evaluation.outcome(input, &run["hyperparameters"]))
}

#[cfg(test)]
mod tests {
    use crate::evidence::results::probe::{found, list, malformed};

    const RUN: &str = include_str!("../../../tests/samples/deepeval/test_run_20261119_074002.json");
    const MANIFEST: &str =
        "models: [{ name: extractor, version: claude-sonnet-4-20250514 }]\nprompts: { version: v12 }\n";

    fn results(text: &str, manifest: &str) -> Vec<String> {
        list(&found(&[("evals/results/run.json", text)], manifest), "eval.results")
    }

    #[test]
    fn cases_are_judged_by_their_own_verdict() {
        // The date is in the name of the file only, which git dates; the judge is another model.
        assert_eq!(results(RUN, MANIFEST), ["current=true passed=false tool=deepeval versions_match=true"]);
        let gate = |min: &str| format!("{MANIFEST}evals: {{ gate: {{ metric: answer relevancy, min: {min} }} }}\n");
        assert!(results(RUN, &gate("0.85"))[0].contains("passed=true"));
        assert!(results(RUN, &gate("0.95"))[0].contains("passed=false"));
        let wrapped = format!("{{\"testRunData\": {RUN}, \"testRunLink\": null}}");
        assert_eq!(results(&wrapped, MANIFEST), results(RUN, MANIFEST));
        let dated =
            RUN.replacen("\"success\"", "\"trace\": {\"endTime\": \"2026-11-19T07:40:02.000Z\"}, \"success\"", 1);
        assert!(results(&dated, MANIFEST)[0].starts_with("date=2026-11-19"));
    }

    #[test]
    fn a_metric_without_a_score_is_an_error() {
        let gate = format!("{MANIFEST}evals: {{ gate: {{ metric: answer relevancy, min: 0.1 }} }}\n");
        let error = RUN.replacen("\"success\": true, \"score\": 0.92", "\"error\": \"rate limit\", \"score\": null", 1);
        assert!(results(&error, &gate)[0].contains("passed=false"));
    }

    #[test]
    fn a_run_without_cases_is_malformed() {
        let none = r#"{"testCases": [], "metricsScores": [], "testPassed": 0, "testFailed": 0}"#;
        assert_eq!(malformed(&found(&[("any.json", none)], "")), ["eval.results any.json"]);
    }
}
