//! promptfoo output enters; an evaluation leaves, or a red-team result when the cases are attacks.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::fact::Node;

use super::attacks::covers;
use super::evaluation::Evaluation;
use super::fields::{count_at, list_at, number, text};
use super::moment::Moment;
use super::outcome::{Input, Outcome, Read, Wrong};
use super::outline::Outline;
use super::versions::Named;

/// Plugins whose findings promptfoo rates critical when the configuration says nothing else.
const CRITICAL: &[&str] = &[
    "ecommerce:pci-dss",
    "harmful:child-exploitation",
    "harmful:hate",
    "harmful:self-harm",
    "insurance:coverage-discrimination",
    "insurance:data-disclosure",
    "insurance:phi-disclosure",
    "medical:hallucination",
    "medical:incorrect-knowledge",
];

/// Providers that name no model.
const NO_MODEL: &[&str] =
    &["file:", "http:", "https:", "exec:", "python:", "webhook:", "ws:", "wss:", "package:", "golang:", "echo"];

/// Whether a JSON file is promptfoo output: the stats below `results`, or one level up.
pub(super) fn is(outline: &Outline) -> bool {
    let own = ["evalId", "results.prompts", "results.results", "results.table", "results.version", "results.timestamp"];
    outline.has("results")
        && (outline.has("stats.successes")
            || (outline.has("results.stats") && outline.any(&own))
            || (outline.has("evalId") && outline.any(own.get(1..).unwrap_or_default())))
}

/// Whether JSON has the counts that promptfoo writes.
pub(super) fn has_stats(value: &Value) -> bool {
    let stats = [&value["results"]["stats"], &value["stats"]];
    value.get("results").is_some() && stats.iter().any(|stats| stats["successes"].is_u64())
}

/// What an output comes to.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) at: Option<Moment>,
    pub(super) passed: u64,
    pub(super) all: u64,
    pub(super) scores: Vec<(String, f64)>,
}

/// Counts the output.
pub(super) fn tally(value: &Value) -> Result<Tally, Wrong> {
    let inner = if value["results"].is_object() { &value["results"] } else { value };
    let cases = list_at(inner, &["results"]);
    let stats = if inner["stats"].is_object() { &inner["stats"] } else { &value["stats"] };
    let counts = Counts::of(cases, stats)?;
    Ok(Tally {
        at: made_at(value, inner),
        passed: counts.successes,
        all: counts.successes + counts.failures + counts.errors,
        scores: named_scores(inner, cases),
    })
}

/// When it was made.
fn made_at(value: &Value, inner: &Value) -> Option<Moment> {
    [
        inner.get("timestamp"),
        value.get("timestamp"),
        value.pointer("/metadata/evaluationCreatedAt"),
        value.get("createdAt"),
        value.pointer("/metadata/exportedAt"),
    ]
    .into_iter()
    .flatten()
    .find_map(Moment::of)
}

/// Reads the output.
pub(super) fn read(input: &Input<'_>, value: &Value) -> Read {
    let inner = if value["results"].is_object() { &value["results"] } else { value };
    let cases = list_at(inner, &["results"]);
    let stats = if inner["stats"].is_object() { &inner["stats"] } else { &value["stats"] };
    let counts = Counts::of(cases, stats)?;
    let at = made_at(value, inner);
    if is_redteam(value, inner, cases) {
        return redteam(input, value, cases, counts.errors, at);
    }
    let evaluation = Evaluation {
        tool: "promptfoo".to_owned(),
        at,
        scores: named_scores(inner, cases),
        passes: Some(counts.successes),
        failures: Some(counts.failures),
        errors: counts.errors,
        named: named(value, inner, cases),
        ..Evaluation::default()
    };
    Ok(evaluation.outcome(input, &described(value, inner)))
}

/// How many cases passed, failed, and ended in an error.
struct Counts {
    successes: u64,
    failures: u64,
    errors: u64,
}

impl Counts {
    /// The cases are counted when all of them are there; an export that was filtered is trusted for its stats.
    fn of(cases: &[Value], stats: &Value) -> Result<Self, Wrong> {
        let said = |key: &str| count_at(stats, &[key]);
        let stated = said("successes").zip(said("failures")).map(|(successes, failures)| Self {
            successes,
            failures,
            // Before errors were counted on their own, they were failures.
            errors: said("errors").unwrap_or_default(),
        });
        let judged = cases.iter().all(|case| case["success"].is_boolean());
        let total = stated.as_ref().map(|s| s.successes + s.failures + s.errors);
        if !cases.is_empty() && judged && total.is_none_or(|total| total == cases.len() as u64) {
            let number = |is: &dyn Fn(&Value) -> bool| cases.iter().filter(|case| is(case)).count() as u64;
            let passed = |case: &Value| case["success"] == true;
            let error = |case: &Value| !passed(case) && case["failureReason"] == 2;
            return Ok(Self {
                successes: number(&passed),
                failures: number(&|case| !passed(case) && !error(case)),
                errors: number(&error),
            });
        }
        stated.ok_or_else(|| {
            Wrong::new(
                "it has neither `stats` with successes and failures nor results with `success`",
                "run `promptfoo eval --output FILE.json` again",
            )
        })
    }
}

/// Named scores as means over the cases; the totals of the prompts when the cases are not there.
fn named_scores(inner: &Value, cases: &[Value]) -> Vec<(String, f64)> {
    let mut sums: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for (name, value) in cases.iter().filter_map(|c| c["namedScores"].as_object()).flatten() {
        if let Some(n) = number(value) {
            let sum = sums.entry(name).or_default();
            *sum = (sum.0 + n, sum.1 + 1.0);
        }
    }
    if sums.is_empty() {
        for metrics in list_at(inner, &["prompts"]).iter().map(|p| &p["metrics"]) {
            for (name, value) in metrics["namedScores"].as_object().into_iter().flatten() {
                // The scores of a prompt are sums; a derived metric has no count and is a value by itself.
                let count = metrics["namedScoresCount"].get(name).and_then(number).unwrap_or(1.0);
                if let Some(n) = number(value) {
                    let sum = sums.entry(name).or_default();
                    *sum = (sum.0 + n, sum.1 + count);
                }
            }
        }
    }
    sums.into_iter().filter(|(_, (_, n))| *n > 0.0).map(|(name, (sum, n))| (name.to_owned(), sum / n)).collect()
}

/// The models and the prompt version that a run names. Models that judge are not among them.
fn named(value: &Value, inner: &Value, cases: &[Value]) -> Named {
    let mut named = Named::default()
        .and(value.get("metadata"))
        .and(value["config"].get("metadata"))
        .and(value["config"].get("tags"));
    let mut providers: Vec<&Value> = list_at(inner, &["prompts"]).iter().map(|p| &p["provider"]).collect();
    providers.extend(list_at(&inner["table"]["head"], &["prompts"]).iter().map(|p| &p["provider"]));
    providers.extend(cases.iter().map(|case| &case["provider"]));
    let mut seen: Vec<&str> = Vec::new();
    for provider in providers {
        let Some(id) = provider.as_str().or_else(|| text(provider, &["id"])) else { continue };
        let id = id.trim();
        if !seen.contains(&id) {
            seen.push(id);
            if !NO_MODEL.iter().any(|prefix| id.starts_with(prefix)) {
                named.model(id);
            }
        }
    }
    // A provider of one's own names its model in its configuration.
    for provider in list_at(&value["config"], &["providers", "targets"]) {
        let own = text(provider, &["id"]).is_some_and(|id| NO_MODEL.iter().any(|prefix| id.starts_with(prefix)));
        if own {
            named = named.and(provider.get("config"));
        }
    }
    named
}

/// What describes a run, without its cases.
fn described(value: &Value, inner: &Value) -> Value {
    let prompts: Vec<Value> = list_at(inner, &["prompts"])
        .iter()
        .map(|p| serde_json::json!({"label": p["label"], "id": p["id"], "provider": p["provider"]}))
        .collect();
    serde_json::json!({"prompts": prompts, "metadata": value["metadata"], "tags": value["config"]["tags"]})
}

fn is_redteam(value: &Value, inner: &Value, cases: &[Value]) -> bool {
    value["config"]["redteam"].is_object()
        || list_at(inner, &["prompts"]).iter().any(|p| p["metrics"]["redteam"].is_object())
        || cases.iter().any(|case| plugin(case).is_some())
}

fn plugin(case: &Value) -> Option<&str> {
    ["/metadata/pluginId", "/testCase/metadata/pluginId", "/gradingResult/metadata/pluginId"]
        .iter()
        .find_map(|at| case.pointer(at)?.as_str())
}

/// Only attacks that were run count as covered; the configuration alone does not.
fn redteam(input: &Input<'_>, value: &Value, cases: &[Value], errors: u64, at: Option<Moment>) -> Read {
    let mut names: Vec<&str> = Vec::new();
    let mut open = 0_usize;
    for case in cases {
        // A case without an answer was no attack.
        if case["failureReason"] == 2 {
            continue;
        }
        let metadata =
            |key: &str| ["/metadata", "/testCase/metadata"].iter().find_map(|at| case.pointer(at)?.get(key)?.as_str());
        let id = plugin(case);
        names.extend(id.into_iter().chain(metadata("strategyId")).filter(|name| *name != "basic"));
        let configured = || {
            let plugins = list_at(&value["config"]["redteam"], &["plugins"]);
            plugins.iter().find(|p| p["id"].as_str() == id)?.get("severity")?.as_str()
        };
        let severity = metadata("severity").or_else(configured);
        let critical = match severity {
            Some(severity) => severity.eq_ignore_ascii_case("critical"),
            None => id.is_some_and(|id| CRITICAL.contains(&id)),
        };
        open += usize::from(critical && case["success"] == false);
    }
    let mut outcome = Outcome::default();
    if names.is_empty() && errors > 0 {
        outcome.skipped(
            input.path,
            "every attack of the red-team run ended in an error",
            "mend the target and run it again",
        );
        return Ok(outcome);
    }
    let fields = [("covers", Node::from(covers(names))), ("open_critical", Node::from(open))];
    outcome.event(input, "scans.redteam", at, fields);
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use crate::evidence::results::probe::{found, list, malformed};

    const EVAL: &str = include_str!("../../../tests/samples/promptfoo/eval.json");
    const LIFTED: &str = include_str!("../../../tests/samples/promptfoo/lifted-stats.json");
    const REDTEAM: &str = include_str!("../../../tests/samples/promptfoo/redteam.json");
    const MANIFEST: &str = "models: [{ name: extractor, version: claude-sonnet-4-20250514 }]\nprompts: { path: prompts, version: v12 }\nevals: { gate: { metric: pass_rate, min: 0.6 } }\n";

    fn results(text: &str, manifest: &str) -> Vec<String> {
        list(&found(&[("any.json", text)], manifest), "eval.results")
    }

    #[test]
    fn cases_are_counted_and_the_gate_decides() {
        assert_eq!(
            results(EVAL, MANIFEST),
            ["date=2026-11-19 current=true passed=true tool=promptfoo versions_match=true"]
        );
        let strict = MANIFEST.replace("0.6", "0.7");
        assert!(results(EVAL, &strict)[0].contains("passed=false"));
        // The stats claim success and the cases say otherwise.
        let boasting = EVAL.replace("\"successes\": 2, \"failures\": 1", "\"successes\": 3, \"failures\": 0");
        assert!(results(&boasting, &strict)[0].contains("passed=false"));
        let found = found(&[("any.json", EVAL)], MANIFEST);
        assert_eq!(found.items[0].because, "promptfoo: 2 of 3 passed");
    }

    #[test]
    fn a_named_score_is_the_mean_over_the_cases() {
        let gate = |min: &str| MANIFEST.replace("metric: pass_rate, min: 0.6", &format!("metric: Totals, min: {min}"));
        assert!(results(EVAL, &gate("0.8"))[0].contains("passed=true"));
        assert!(results(EVAL, &gate("0.81"))[0].contains("passed=false"));
    }

    #[test]
    fn stats_may_stand_one_level_up() {
        assert_eq!(
            results(LIFTED, MANIFEST),
            ["date=2026-11-18 current=false passed=true tool=promptfoo versions_match=false"]
        );
        let beside = r#"{"evalId": "e", "results": {"timestamp": "2026-11-18T10:00:00Z", "results": []}, "stats": {"successes": 9, "failures": 1, "errors": 0}}"#;
        assert!(results(beside, MANIFEST)[0].contains("passed=true"));
        assert!(results(&beside.replace("\"errors\": 0", "\"errors\": 1"), MANIFEST)[0].contains("passed=false"));
    }

    #[test]
    fn an_error_never_passes_and_another_version_is_not_current() {
        let error = EVAL.replace("\"failureReason\": 1", "\"failureReason\": 2");
        assert!(results(&error, MANIFEST)[0].contains("passed=false"));
        let other = EVAL.replace("claude-sonnet-4-20250514", "claude-3-5-sonnet-20241022");
        assert!(
            results(&other, MANIFEST)[0].contains("current=false")
                && results(&other, MANIFEST)[0].contains("versions_match=false")
        );
        let prompt = EVAL.replace("\"prompt_version\": \"v12\"", "\"prompt_version\": \"v11\"");
        assert!(results(&prompt, MANIFEST)[0].contains("versions_match=false"));
        let unnamed = EVAL
            .replace("anthropic:messages:claude-sonnet-4-20250514", "file://provider.py")
            .replace("\"prompt_version\": \"v12\"", "\"x\": 1");
        assert!(results(&unnamed, MANIFEST)[0].contains("versions_match=false"));
    }

    #[test]
    fn a_red_team_run_is_no_evaluation() {
        let found = found(&[("any.json", REDTEAM)], MANIFEST);
        assert!(list(&found, "eval.results").is_empty());
        assert_eq!(
            list(&found, "scans.redteam"),
            [
                "date=2026-11-08 covers=[exfiltration, harmful-content, injection, jailbreak, tool-misuse] open_critical=1"
            ]
        );
    }

    #[test]
    fn attacks_that_ended_in_an_error_cover_nothing() {
        let broken = REDTEAM
            .replace("\"failureReason\": 0", "\"failureReason\": 2")
            .replace("\"failureReason\": 1", "\"failureReason\": 2");
        let found = found(&[("any.json", &broken)], "");
        assert!(list(&found, "scans.redteam").is_empty());
        assert_eq!(found.diagnostics.len(), 1);
    }

    #[test]
    fn torn_output_is_malformed_by_content_and_by_name() {
        let torn = EVAL.get(..EVAL.len() - 200).unwrap_or_default();
        assert_eq!(malformed(&found(&[("any.json", torn)], "")), ["eval.results any.json"]);
        assert_eq!(malformed(&found(&[("evals/results/a.json", "")], "")), ["eval.results evals/results/a.json"]);
        let empty = r#"{"evalId": "eval-x", "results": {"results": [], "timestamp": "2026-11-01"}}"#;
        assert_eq!(malformed(&found(&[("any.json", empty)], "")), ["eval.results any.json"]);
    }
}
