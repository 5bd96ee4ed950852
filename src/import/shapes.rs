//! What other tools write enters: DVC metrics, MLflow metric files, promptfoo outputs, JUnit reports; readings leave.

use jiff::Timestamp;
use serde_json::Value;

use super::{Form, Reader, Reading, epoch};
use crate::evidence::rates::{self, Rates};
use crate::quantity::Quantity;

/// The form of a JSON text.
pub(super) fn json_form(text: &str) -> Form {
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        // One object a line is no JSON as a whole.
        let first = text.lines().next().unwrap_or_default();
        return if serde_json::from_str::<Value>(first).is_ok() { Form::JsonLines } else { Form::Json };
    };
    let is_numbers = |value: &Value| value.as_object().is_some_and(|map| map.values().all(is_nested_number));
    match &value {
        value if rates::is_promptfoo(value) => Form::Promptfoo,
        Value::Object(map) if map.contains_key("value") => Form::Json,
        value if is_numbers(value) => Form::Dvc,
        _ => Form::Json,
    }
}

fn is_nested_number(value: &Value) -> bool {
    match value {
        Value::Number(_) => true,
        Value::Object(map) => map.values().all(is_nested_number),
        _ => false,
    }
}

/// Whether the first line is `time value step`.
pub(super) fn is_mlflow(text: &str) -> bool {
    let parts: Vec<&str> = text.lines().next().unwrap_or_default().split_whitespace().collect();
    (2..=3).contains(&parts.len()) && parts.iter().all(|part| part.parse::<f64>().is_ok())
}

fn reading(line: usize, metric: &str, value: Quantity, at: Timestamp) -> Reading {
    Reading { line, metric: metric.to_owned(), value, at, note: None, by: None, id: None }
}

/// The one metric that the user named.
fn named(reader: &mut Reader<'_>) -> Option<String> {
    if reader.mapping.metric.is_none() {
        reader.error(0, "the file does not say of which metric its values are", "add `--metric ID`");
    }
    reader.mapping.metric.clone()
}

/// Numbers in nested maps, without a time: `--map ID=path.to.number`, or keys that are ids of metrics.
pub(super) fn dvc(reader: &mut Reader<'_>) {
    let document = crate::manifest::read_document(reader.path, reader.text.as_bytes().to_vec());
    let value = match document {
        Ok(document) => document.value.clone(),
        Err(errors) => {
            reader.errors.extend(errors);
            return;
        }
    };
    let mut numbers = Vec::new();
    flatten("", &value, &mut numbers);
    let mapping = reader.mapping;
    let find = |path: &str| numbers.iter().find(|(name, _)| name == path).map(|(_, number)| number.clone());
    let mut pairs: Vec<(String, String)> =
        mapping.metrics().map(|(id, path)| (id.to_owned(), path.to_owned())).collect();
    if let (Some(id), Some(path)) = (&mapping.metric, mapping.column("value")) {
        pairs.push((id.clone(), path.to_owned()));
    }
    if pairs.is_empty() {
        pairs.extend(mapping.known.iter().filter(|id| find(id).is_some()).map(|id| (id.clone(), id.clone())));
    }
    let listed = numbers.iter().take(20).map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if pairs.is_empty() {
        reader.error(
            0,
            "no number of the file is called as a metric",
            format!("name it: `--map ID=NAME`; there are {listed}"),
        );
    }
    for (id, path) in pairs {
        let Some(number) = find(&path) else {
            reader.error(0, format!("there is no number at `{path}`"), format!("there are {listed}"));
            continue;
        };
        let (at, value) = (reader.at(0, None), reader.value(0, &number, None));
        if let (Some(at), Some(value)) = (at, value) {
            reader.readings.push(reading(0, &id, value, at));
        }
    }
}

fn flatten(prefix: &str, value: &Value, into: &mut Vec<(String, String)>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                flatten(&path, inner, into);
            }
        }
        Value::Number(number) => into.push((prefix.to_owned(), number.to_string())),
        Value::String(text) if Quantity::parse(text).is_ok() => into.push((prefix.to_owned(), text.clone())),
        _ => {}
    }
}

/// `time value step` a line, the time in milliseconds. What is no number (`nan`) was no measurement.
pub(super) fn mlflow(reader: &mut Reader<'_>) {
    let Some(metric) = named(reader) else { return };
    for (index, text) in reader.text.lines().enumerate() {
        if text.trim().is_empty() {
            continue;
        }
        let mut parts = text.split_whitespace();
        let at = parts.next().and_then(|t| t.parse::<f64>().ok()).and_then(epoch);
        let written = parts.next();
        let number: Option<f64> = written.and_then(|t| t.parse().ok());
        let (Some(at), Some(number), Some(written)) = (at, number, written) else {
            reader.error(index + 1, "the line is not `time value step`", "let MLflow write it again");
            continue;
        };
        if number.is_finite()
            && let Some(value) = reader.value(index + 1, written, None)
        {
            reader.readings.push(reading(index + 1, &metric, value, at));
        }
    }
}

/// The pass rate, or the named score that the mapping asks for.
pub(super) fn promptfoo(reader: &mut Reader<'_>) {
    let value: Value = match serde_json::from_str(reader.text) {
        Ok(value) => value,
        Err(error) => {
            return reader.error(error.line(), format!("the file is not JSON: {error}"), "run the evaluation again");
        }
    };
    match rates::promptfoo(reader.path, reader.text, &value) {
        Ok(rates) => take(reader, &rates),
        Err(error) => reader.errors.push(*error),
    }
}

/// The share of the test cases that ran and passed.
pub(super) fn junit(reader: &mut Reader<'_>) {
    match rates::junit(reader.path, reader.text) {
        Ok(rates) => take(reader, &rates),
        Err(error) => reader.errors.push(*error),
    }
}

fn take(reader: &mut Reader<'_>, rates: &Rates) {
    let mapping = reader.mapping;
    let mut pairs: Vec<(String, String)> =
        mapping.metrics().map(|(id, name)| (id.to_owned(), name.to_owned())).collect();
    if pairs.is_empty() {
        let Some(metric) = named(reader) else { return };
        pairs.push((metric, mapping.column("value").unwrap_or("pass-rate").to_owned()));
    }
    let at = rates.at.map(|at| at.to_string());
    for (id, name) in pairs {
        let written = if name == "pass-rate" {
            rates.pass_rate.map(|rate| format!("{rate} %"))
        } else {
            rates.scores.iter().find(|(score, _)| *score == name).map(|(_, score)| score.to_string())
        };
        let Some(written) = written else {
            let known: Vec<String> = rates.scores.iter().map(|(name, _)| format!("`{name}`")).collect();
            let help = format!("there are `pass-rate` {}", known.join(", "));
            reader.error(0, format!("the file has no score `{name}`"), help.trim_end().to_owned());
            continue;
        };
        let given = mapping.at.map(|at| at.to_string());
        let (at, value) = (reader.at(0, given.as_deref().or(at.as_deref())), reader.value(0, &written, None));
        if let (Some(at), Some(value)) = (at, value) {
            reader.readings.push(reading(0, &id, value, at));
        }
    }
}
