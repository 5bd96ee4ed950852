//! Scores of ragas enter, as a map of means or as rows; an evaluation leaves.

use std::collections::BTreeMap;

use serde_json::Value;

use super::evaluation::Evaluation;
use super::fields::{moment, number};
use super::names::Name;
use super::outcome::{Input, Read, Wrong};
use super::outline::Outline;
use super::versions::Named;

/// Metrics that tell a file of ragas.
const METRICS: &[&str] = &[
    "answer_correctness",
    "answer_relevancy",
    "answer_similarity",
    "context_entity_recall",
    "context_precision",
    "context_recall",
    "context_relevancy",
    "context_utilization",
    "factual_correctness",
    "faithfulness",
    "llm_context_precision_with_reference",
    "llm_context_precision_without_reference",
    "noise_sensitivity_relevant",
    "response_relevancy",
    "semantic_similarity",
];

/// Columns of a row that tell a file of ragas.
const COLUMNS: &[&str] = &["user_input", "question", "retrieved_contexts", "contexts"];

/// Whether a JSON file holds scores of ragas.
pub(super) fn is(outline: &Outline, name: &Name) -> bool {
    if name.is_set_up() {
        return false;
    }
    let metrics = METRICS.iter().filter(|m| outline.has(m)).count();
    if outline.list { metrics > 0 && outline.any(COLUMNS) } else { metrics > 1 }
}

/// Reads scores. A row without a score is one that could not be judged.
pub(super) fn read(input: &Input<'_>, value: &Value) -> Read {
    let mut evaluation = Evaluation { tool: "ragas".to_owned(), at: moment(value), ..Evaluation::default() };
    match value {
        Value::Array(rows) => {
            let mut sums: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
            for row in rows {
                for metric in METRICS.iter().filter(|m| row.get(**m).is_some()) {
                    match row.get(*metric).and_then(number) {
                        Some(n) => {
                            let sum = sums.entry(metric).or_default();
                            *sum = (sum.0 + n, sum.1 + 1.0);
                        }
                        None => evaluation.errors += 1,
                    }
                }
            }
            evaluation.scores = sums.into_iter().map(|(name, (sum, n))| (name.to_owned(), sum / n)).collect();
        }
        map => {
            evaluation.add_scores(map, "", 0);
            evaluation.errors = METRICS.iter().filter(|m| map.get(**m).is_some_and(Value::is_null)).count() as u64;
            evaluation.named = Named::of(map);
        }
    }
    if evaluation.scores.is_empty() {
        return Err(Wrong::new("there is no score in it", "write the scores of `evaluate()` again"));
    }
    Ok(evaluation.outcome(input, if value.is_object() { value } else { &Value::Null }))
}

#[cfg(test)]
mod tests {
    use crate::evidence::results::probe::{found, list, malformed};

    const GATE: &str = "evals: { gate: { metric: faithfulness, min: 0.85 } }\n";

    fn results(text: &str) -> Vec<String> {
        list(&found(&[("any.json", text)], GATE), "eval.results")
    }

    #[test]
    fn means_and_rows_are_read() {
        let means = r#"{"faithfulness": 0.91, "answer_relevancy": 0.87, "context_recall": 0.8}"#;
        assert_eq!(results(means), ["current=false passed=true tool=ragas versions_match=false"]);
        let rows = r#"[{"user_input": "q", "retrieved_contexts": [], "response": "r", "faithfulness": 1.0, "context_recall": 0.5},
                       {"user_input": "q", "retrieved_contexts": [], "response": "r", "faithfulness": 0.6, "context_recall": 0.5}]"#;
        assert_eq!(results(rows), ["current=false passed=false tool=ragas versions_match=false"]);
        assert!(results(&rows.replace("0.6", "0.8"))[0].contains("passed=true"));
    }

    #[test]
    fn thresholds_are_no_scores() {
        let wanted = r#"{"faithfulness": 0.9, "answer_relevancy": 0.8}"#;
        assert!(list(&found(&[("evals/thresholds.json", wanted)], GATE), "eval.results").is_empty());
    }

    #[test]
    fn a_row_that_could_not_be_judged_never_passes() {
        let rows = r#"[{"user_input": "q", "faithfulness": 1.0}, {"user_input": "q", "faithfulness": NaN}]"#;
        assert!(results(rows)[0].contains("passed=false"));
        let none = r#"[{"user_input": "q", "faithfulness": NaN}]"#;
        assert_eq!(malformed(&found(&[("any.json", none)], "")), ["eval.results any.json"]);
    }
}
