//! A JSON value whose keys are spelled in one of several ways enters; texts, numbers and dates leave.

use serde_json::Value;

use super::moment::Moment;
use super::outcome::Wrong;

/// Where tools write when a run ended, best first.
const DATE_KEYS: &[&str] = &[
    "date",
    "timestamp",
    "end_time",
    "endTime",
    "finished_at",
    "completed_at",
    "generated_at",
    "generatedAt",
    "exported_at",
    "exportedAt",
    "evaluated_at",
    "scanned_at",
    "run_at",
    "created_at",
    "createdAt",
    "start_time",
    "startTime",
    "at",
];

/// A name in lower case without anything but letters and digits: `pass-rate`, `Pass rate` and `passRate` are one name.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The first of these keys that is there and not null.
pub(super) fn pick<'v>(value: &'v Value, keys: &[&str]) -> Option<&'v Value> {
    keys.iter().find_map(|key| value.get(key).filter(|v| !v.is_null()))
}

/// The first of these keys that holds a text which is not blank.
pub(super) fn text<'v>(value: &'v Value, keys: &[&str]) -> Option<&'v str> {
    keys.iter().find_map(|key| value.get(key).and_then(Value::as_str).filter(|t| !t.trim().is_empty()))
}

/// A finite number; also one that is written as a text, with or without `%`.
pub(super) fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => match text.trim().strip_suffix('%') {
            Some(share) => share.trim().parse::<f64>().ok().map(|n| n / 100.0),
            None => text.trim().parse().ok(),
        },
        _ => None,
    };
    number.filter(|n| n.is_finite())
}

/// The number at the first of these keys that is there.
pub(super) fn number_at(value: &Value, keys: &[&str]) -> Option<f64> {
    pick(value, keys).and_then(number)
}

/// The count at the first of these keys that is there.
pub(super) fn count_at(value: &Value, keys: &[&str]) -> Option<u64> {
    pick(value, keys).and_then(Value::as_u64)
}

/// The elements of the list at the first of these keys that is there; none are an empty list.
pub(super) fn list_at<'v>(value: &'v Value, keys: &[&str]) -> &'v [Value] {
    pick(value, keys).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// When a result was made, by the keys that tools use, at its top or in its metadata.
pub(super) fn moment(value: &Value) -> Option<Moment> {
    let here = |value: &Value| DATE_KEYS.iter().find_map(|key| value.get(key).and_then(Moment::of));
    here(value).or_else(|| ["metadata", "meta", "run", "info", "run_info"].iter().find_map(|key| here(value.get(key)?)))
}

/// Reads JSON. `NaN` and `Infinity`, which Python writes and JSON does not have, are read as null.
pub(super) fn parse(text: &str) -> Result<Value, Wrong> {
    let text = text.trim_start_matches('\u{feff}');
    serde_json::from_str(text).or_else(|error| {
        let not_json = || {
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default();
            Wrong::new(
                format!("it is not valid JSON: {message}"),
                "write the whole file again with the tool that made it",
            )
            .at(error.line(), error.column())
        };
        if !text.contains("NaN") && !text.contains("Infinity") {
            return Err(not_json());
        }
        serde_json::from_str(&without_nan(text)).map_err(|_| not_json())
    })
}

/// The text with the bare words `NaN`, `Infinity` and `-Infinity` replaced by null.
fn without_nan(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut in_text, mut escaped) = (false, false);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if in_text {
            in_text = escaped || c != '"';
            escaped = !escaped && c == '\\';
        } else if let Some(word) = ["NaN", "-Infinity", "Infinity"].iter().find(|word| rest.starts_with(**word)) {
            out.push_str("null");
            rest = rest.get(word.len()..).unwrap_or_default();
            continue;
        } else {
            in_text = c == '"';
        }
        out.push(c);
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    out
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_that_python_writes_are_read() {
        let value = parse(r#"{"a": NaN, "b": [Infinity, -Infinity], "c": "NaN \" NaN", "é": 1}"#).unwrap();
        assert_eq!(value, json!({"a": null, "b": [null, null], "c": "NaN \" NaN", "é": 1}));
        assert!(parse("{\"a\": NaN").is_err());
        assert!(parse("{\"a\": Na}").is_err());
        assert!(number(&json!("94.2%")).is_some_and(|n| (n - 0.942).abs() < 1e-12));
        assert_eq!(number(&json!("inf")), None);
    }

    #[test]
    fn dates_are_found_at_the_top_and_in_metadata() {
        assert_eq!(moment(&json!({"date": 1_795_132_800.5})).unwrap().day.to_string(), "2026-11-20");
        assert_eq!(
            moment(&json!({"metadata": {"timestamp": "2026-11-19T01:02:03Z"}})).unwrap().day.to_string(),
            "2026-11-19"
        );
        assert_eq!(moment(&json!({"date": "soon"})), None);
    }
}
