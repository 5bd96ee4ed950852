//! Results of lm-evaluation-harness enter; an evaluation leaves.

use serde_json::Value;

use super::evaluation::Evaluation;
use super::fields::text;
use super::moment::Moment;
use super::outcome::{Input, Read, Wrong};
use super::outline::Outline;
use super::versions::Named;

/// Whether a JSON file holds such results.
pub(super) fn is(outline: &Outline) -> bool {
    outline.has("results")
        && (outline.has("n-shot")
            || outline.all(&["configs", "versions"])
            || outline.all(&["config.model", "config.model_args"]))
}

/// Reads results.
pub(super) fn read(input: &Input<'_>, value: &Value) -> Read {
    let mut evaluation = Evaluation {
        tool: "lm-evaluation-harness".to_owned(),
        at: value.get("date").and_then(Moment::of),
        named: named(value),
        ..Evaluation::default()
    };
    evaluation.add_scores(&value["results"], "", 0);
    evaluation.add_scores(&value["groups"], "", 0);
    evaluation.scores.retain(|(name, _)| !name.ends_with("/alias") && !name.ends_with("/sample_len"));
    if evaluation.scores.is_empty() {
        return Err(Wrong::new("there is no score in its `results`", "run lm_eval again with `--output_path`"));
    }
    Ok(evaluation.outcome(input, &value["config"]))
}

/// The model is in `model_args` (`pretrained=…,revision=…`); `config.model` is only the way it is called.
fn named(value: &Value) -> Named {
    let mut named = Named::default();
    let config = &value["config"];
    let argument = |key: &str| match &config["model_args"] {
        Value::String(all) => all
            .split(',')
            .filter_map(|pair| pair.split_once('='))
            .find(|(name, _)| name.trim() == key)
            .map(|(_, text)| text.trim().to_owned()),
        map => map.get(key).and_then(Value::as_str).map(str::to_owned),
    };
    let model = ["pretrained", "model", "engine", "path"]
        .iter()
        .find_map(|key| argument(key))
        .or_else(|| text(value, &["model_name"]).map(str::to_owned));
    // The branch `main` moves; the commit that it stood for does not.
    let revision = argument("revision")
        .filter(|revision| revision != "main")
        .or_else(|| text(config, &["model_sha", "model_revision"]).filter(|r| *r != "main").map(str::to_owned));
    match (model, revision) {
        (Some(model), Some(revision)) => named.model_version(&model, &revision),
        (Some(model), None) => named.model(&model),
        (None, _) => {}
    }
    named.and(value.get("metadata"))
}

#[cfg(test)]
mod tests {
    use crate::evidence::results::probe::{found, list, malformed};

    const RESULTS: &str = include_str!("../../../tests/samples/lm_eval/results.json");

    fn results(text: &str, manifest: &str) -> Vec<String> {
        list(&found(&[("any.json", text)], manifest), "eval.results")
    }

    #[test]
    fn tasks_are_scores_and_the_worst_counts() {
        let manifest = |min: &str, version: &str| {
            format!(
                "models: [{{ name: base, version: {version} }}]\nevals: {{ gate: {{ metric: acc, min: {min} }} }}\n"
            )
        };
        assert_eq!(
            results(RESULTS, &manifest("0.7", "acme/intake-7b")),
            ["date=2026-11-20 current=true passed=true tool=lm-evaluation-harness versions_match=true"]
        );
        assert!(results(RESULTS, &manifest("0.75", "acme/intake-7b"))[0].contains("passed=false"));
        assert!(results(RESULTS, &manifest("0.7", "acme/intake-8b"))[0].contains("versions_match=false"));
        let pinned = RESULTS.replace("pretrained=acme/intake-7b", "pretrained=acme/intake-7b,revision=9f1c2d3");
        assert!(results(&pinned, &manifest("0.7", "9f1c2d3"))[0].contains("versions_match=true"));
        assert!(results(&pinned, &manifest("0.7", "acme/intake-7b"))[0].contains("versions_match=false"));
    }

    #[test]
    fn what_python_writes_for_no_number_is_no_score() {
        assert!(RESULTS.contains("NaN"));
        let none = ["0.812", "0.79", "0.741"].iter().fold(RESULTS.to_owned(), |text, n| text.replace(n, "NaN"));
        assert_eq!(malformed(&found(&[("any.json", &none)], "")), ["eval.results any.json"]);
    }
}
