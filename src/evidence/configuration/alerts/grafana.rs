//! Alert rules of Grafana, as they are provisioned or exported, enter; rules of one shape leave.

use serde_json::Value;

use super::super::yaml::{Doc, at, list};
use super::prometheus::{duration, runbook_links};
use super::{Gathered, Rule};

/// Takes a rule of a group when it is one of Grafana.
pub(super) fn one(doc: &Doc, rule: &Value, pointer: &str, gathered: &mut Gathered) {
    // The interface of Grafana wraps what it exports.
    let inner = rule.get("grafana_alert").unwrap_or(rule);
    let Some(title) = inner.get("title").and_then(Value::as_str) else { return };
    let Some(data) = inner.get("data").filter(|data| data.is_array()) else { return };
    let label = |key: &str| at(rule, "labels").and_then(|labels| labels.get(key)).and_then(Value::as_str);
    let annotation =
        |key: &str| at(rule, "annotations").and_then(|annotations| annotations.get(key)).and_then(Value::as_str);
    let held = rule.get("for").and_then(Value::as_str).and_then(duration);
    gathered.rules.push(Rule {
        name: title.to_owned(),
        expr: queries(data).join(" "),
        severity: ["severity", "priority", "level"]
            .iter()
            .any(|key| label(key).is_some_and(|text| !text.trim().is_empty())),
        window: held.is_some_and(|seconds| seconds > 0.0),
        links: runbook_links(&annotation, &label),
        slo: label("slo").map(str::to_owned),
        path: doc.path.to_string(),
        line: doc.line(pointer),
    });
}

/// The queries of a rule.
pub(super) fn queries(data: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for query in list(Some(data)) {
        let Some(model) = query.get("model") else { continue };
        let model: Value = match model {
            // Terraform holds the model as JSON in a text.
            Value::String(text) => serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone())),
            other => other.clone(),
        };
        for key in ["expr", "query", "rawSql", "expression", "queryText", "target"] {
            if let Some(text) = model.get(key).and_then(Value::as_str) {
                found.push(text.to_owned());
            }
        }
        if let Some(text) = model.as_str() {
            found.push(text.to_owned());
        }
    }
    found
}
