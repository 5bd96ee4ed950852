//! The assembled tree enters; facts that follow from two families at once are filled in: tested edge cases, guardrails in rules.

use std::collections::HashSet;

use crate::fact::{Node, Record};
use crate::manifest::model::Manifest;
use crate::manifest::value::Quantity;

use super::nodes_at;

/// Fills them in.
pub(super) fn put(root: &mut Record, manifest: &Manifest) {
    edge_cases(root);
    guardrails(root, manifest);
}

/// An edge case is tested when a passing test case carries its id as a word of its own.
fn edge_cases(root: &mut Record) {
    let words = |text: &str| -> Vec<String> {
        let plain = text.to_lowercase().replace(['-', '_'], "");
        plain.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect()
    };
    let passed: HashSet<String> = nodes_at(root, "tests.cases[]")
        .into_iter()
        .filter(|case| case.get("passed").is_some_and(Node::is_true))
        .filter_map(|case| case.get("name").and_then(Node::text))
        .flat_map(|name| {
            // `test_EC_007_missing_total` carries `EC-007`: neighboring words are joined too.
            let parts: Vec<String> = name
                .to_lowercase()
                .split(|c: char| !c.is_alphanumeric())
                .filter(|w| !w.is_empty())
                .map(str::to_owned)
                .collect();
            let pairs: Vec<String> = parts.windows(2).map(|w| w.concat()).collect();
            words(name).into_iter().chain(parts).chain(pairs).collect::<Vec<_>>()
        })
        .collect();
    if let Some(Node::List { items, .. }) = root.fields.get_mut("edge_cases") {
        for item in items {
            if let Node::Map(record) = item {
                let id = record.fields.get("id").and_then(Node::text).unwrap_or_default();
                let id: String = id.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
                record.set("tested", !id.is_empty() && passed.contains(&id));
            }
        }
    }
}

/// A guardrail is enforced when its limit, as a number, stands in an alert rule or is the evaluation gate's threshold.
fn guardrails(root: &mut Record, manifest: &Manifest) {
    let expressions: Vec<f64> =
        nodes_at(root, "alerts.rules[].expr").into_iter().filter_map(Node::text).flat_map(numbers).collect();
    let gate = manifest.evals.as_ref().and_then(|e| e.gate.as_ref()).and_then(|g| g.min);
    let enforced = |limit: &str| {
        let first = limit.find(|c: char| c.is_ascii_digit()).map_or("", |at| &limit[at..]);
        let words: Vec<&str> = first.split_whitespace().collect();
        let quantity = words.get(..2).and_then(|w| Quantity::parse(&w.join(" ")).ok());
        let quantity =
            quantity.or_else(|| words.first().and_then(|w| Quantity::parse(w.trim_end_matches(['.', ',', ';'])).ok()));
        quantity.is_some_and(|q| {
            [q.number(), q.base()]
                .iter()
                .any(|n| expressions.iter().copied().chain(gate).any(|e| (e - n).abs() <= 1e-9 * n.abs().max(1e-9)))
        })
    };
    let limits: Vec<(String, bool)> = manifest
        .metrics
        .iter()
        .filter_map(|m| Some((m.id.clone(), enforced(m.guardrail.as_ref()?.limit.as_deref()?))))
        .collect();
    if let Some(Node::List { items, .. }) = root.fields.get_mut("metrics") {
        for item in items {
            if let Node::Map(record) = item
                && let Some(id) = record.fields.get("id").and_then(Node::text)
                && let Some((_, enforced)) = limits.iter().find(|(metric, _)| metric == id)
            {
                record.set("guardrail_in_rule", *enforced);
            }
        }
    }
}

/// The numbers in an expression.
fn numbers(expression: &str) -> Vec<f64> {
    expression
        .split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .filter(|w| w.starts_with(|c: char| c.is_ascii_digit()))
        .filter_map(|w| w.trim_end_matches('.').parse().ok())
        .collect()
}
