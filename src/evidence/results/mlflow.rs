//! The folders of MLflow runs enter (`mlruns/<experiment>/<run>/metrics/<name>`, a line `time value step` a measurement); an
//! evaluation a run leaves.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::evidence::tree::File;

use super::evaluation::Evaluation;
use super::moment::Moment;
use super::outcome::{Input, Outcome, Wrong};
use super::versions::Named;

/// More files of runs than these are not read.
const MAX_FILES: usize = 5_000;

/// The parts of a run: its folder, the kind (metrics, params or tags), and the name.
fn parts(path: &str) -> Option<(&str, &str, &str)> {
    if !(path.starts_with("mlruns/") || path.contains("/mlruns/")) {
        return None;
    }
    if let Some(run) = path.strip_suffix("/meta.yaml") {
        return Some((run, "meta", "meta.yaml"));
    }
    ["metrics", "params", "tags"].into_iter().find_map(|kind| {
        let (run, rest) = path.split_once(&format!("/{kind}/"))?;
        (!rest.is_empty()).then(|| path.get(run.len() + kind.len() + 2..).map(|name| (run, kind, name)))?
    })
}

/// Whether a file belongs to a run.
pub(super) fn is(path: &str) -> bool {
    parts(path).is_some()
}

/// Reads runs from their files. `read` gives the text of a file, `input` what a reader may look at.
pub(super) fn runs<'a>(
    files: &[&'a File],
    read: &dyn Fn(&File) -> Option<std::sync::Arc<str>>,
    input: &dyn Fn(&'a str) -> Input<'a>,
) -> Outcome {
    let mut by_run: BTreeMap<&str, Vec<(&str, &str, &'a File)>> = BTreeMap::new();
    for file in files.iter().take(MAX_FILES) {
        if let Some((run, kind, name)) = parts(&file.path) {
            by_run.entry(run).or_default().push((kind, name, file));
        }
    }
    let mut all = Outcome::default();
    for files in by_run.into_values() {
        let Some((_, _, first)) = files.iter().find(|(kind, _, _)| *kind == "metrics") else { continue };
        let mut evaluation = Evaluation { tool: "mlflow".to_owned(), ..Evaluation::default() };
        let mut described = Map::new();
        let meta = files.iter().find(|(kind, _, _)| *kind == "meta").and_then(|(_, _, file)| read(file));
        if meta.is_some_and(|meta| !ended_well(&meta)) {
            continue;
        }
        for (kind, name, file) in files.iter().filter(|(kind, _, _)| *kind != "meta") {
            let Some(text) = read(file) else { continue };
            if *kind != "metrics" {
                let name = name.rsplit('.').next().unwrap_or(name);
                described.insert(name.to_owned(), Value::String(text.trim().to_owned()));
                continue;
            }
            match last(&text) {
                Ok((at, value)) => {
                    evaluation.at = evaluation.at.max(at);
                    evaluation.scores.extend(value.map(|value| ((*name).to_owned(), value)));
                }
                Err(wrong) => all
                    .malformed
                    .push(("eval.results".to_owned(), wrong.diagnostic(&file.path, &text, "metric of an MLflow run"))),
            }
        }
        if evaluation.scores.is_empty() {
            continue;
        }
        let described = Value::Object(described);
        evaluation.named = Named::of(&described);
        let outcome = evaluation.outcome(&input(&first.path), &described);
        all.events.extend(outcome.events);
        all.items.extend(outcome.items);
    }
    all
}

/// Whether a run has finished and was not deleted. `status` is a number (3 is FINISHED) or, in exports, the word.
fn ended_well(meta: &str) -> bool {
    let value = |key: &str| {
        meta.lines()
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))
            .map(|v| v.trim().trim_matches(['"', '\'']))
    };
    value("status").is_none_or(|status| matches!(status, "3" | "FINISHED"))
        && value("lifecycle_stage").is_none_or(|stage| stage == "active")
}

/// The last measurement of a metric; one that is no number (`nan`) is none.
fn last(text: &str) -> Result<(Option<Moment>, Option<f64>), Wrong> {
    let mend = "let MLflow write it again, or delete the run";
    let line = text.lines().rev().find(|line| !line.trim().is_empty());
    let line = line.ok_or_else(|| Wrong::new("there is no measurement in it", mend))?;
    let number = text.lines().count();
    let mut parts = line.split_whitespace();
    let bad = || Wrong::new("a line is not `time value step`", mend).at(number, 1);
    let at = parts.next().and_then(|t| t.parse::<f64>().ok()).ok_or_else(bad)?;
    let value: f64 = parts.next().and_then(|t| t.parse().ok()).ok_or_else(bad)?;
    Ok((Moment::epoch(at), value.is_finite().then_some(value)))
}

#[cfg(test)]
mod tests {
    use crate::evidence::results::probe::{found, list, malformed};

    #[test]
    fn a_run_is_its_last_values_with_its_parameters() {
        let files = [
            ("mlruns/1/9f1c/metrics/f1", "1794729600000 0.71 0\n1795132800000 0.93 1\n"),
            ("mlruns/1/9f1c/metrics/latency/p95", "1795132800000 812 1\n"),
            ("mlruns/1/9f1c/params/model_version", "2026-08-r3"),
            ("mlruns/1/9f1c/tags/mlflow.source.git.commit", "c0ffee"),
            ("mlruns/1/9f1c/meta.yaml", "run_id: 9f1c\n"),
            ("mlruns/1/aa00/metrics/f1", "1794729600000 0.5 0\n"),
        ];
        let manifest = "models: [{ name: scorer, version: 2026-08-r3 }]\nevals: { gate: { metric: f1, min: 0.9 } }\n";
        let found = found(&files, manifest);
        assert_eq!(
            list(&found, "eval.results"),
            [
                "date=2026-11-20 current=true passed=true tool=mlflow versions_match=true",
                "date=2026-11-15 current=false passed=false tool=mlflow versions_match=false",
            ]
        );
        assert!(found.malformed.is_empty());
    }

    #[test]
    fn a_run_that_failed_or_was_deleted_proves_nothing() {
        let meta = |status: &str, stage: &str| {
            format!("artifact_uri: file:///x\nlifecycle_stage: {stage}\nrun_id: 9f1c\nstatus: {status}\nuser_id: ci\n")
        };
        for (meta, runs) in
            [(meta("3", "active"), 1), (meta("4", "active"), 0), (meta("1", "active"), 0), (meta("3", "deleted"), 0)]
        {
            let files = [("mlruns/1/9f1c/metrics/f1", "1795132800000 0.93 1\n"), ("mlruns/1/9f1c/meta.yaml", &*meta)];
            assert_eq!(list(&found(&files, ""), "eval.results").len(), runs, "{meta}");
        }
    }

    #[test]
    fn a_broken_measurement_is_malformed() {
        let broken = found(&[("mlruns/1/9f1c/metrics/f1", "high\n"), ("mlruns/1/9f1c/metrics/auc", "")], "");
        assert_eq!(
            malformed(&broken),
            ["eval.results mlruns/1/9f1c/metrics/auc", "eval.results mlruns/1/9f1c/metrics/f1"]
        );
        assert!(list(&broken, "eval.results").is_empty());
    }
}
