//! Results by slice enter, in the result of an evaluation or as CSV; one event a slice leaves, held against its floor.

use serde_json::Value;

use crate::fact::Node;
use crate::manifest::Manifest;
use crate::manifest::model::Slice;

use super::evaluation::HAIR;
use super::fields::{count_at, number, pick, plain, text};
use super::moment::Moment;
use super::names::Name;
use super::outcome::{Input, Outcome, Read, Wrong, short};

/// Keys that hold how many cases a slice has.
const SIZES: &[&str] = &["n", "count", "cases", "size", "total", "support", "rows"];

/// Keys that hold what is wanted, not what was reached.
const WANTED: &[&str] = &["floor", "min", "minimum", "target", "threshold", "weight"];

/// More slices than these are not read from one file.
const MAX_SLICES: usize = 2_000;

/// The result of one slice: its possible names, its cases and its scores.
struct Found {
    names: Vec<String>,
    n: Option<u64>,
    scores: Vec<(String, f64)>,
}

/// Whether the top keys of a JSON file hold slices.
pub(super) fn is(value: &Value) -> bool {
    holder(value).is_some()
}

fn holder(value: &Value) -> Option<&Value> {
    let at = |value: &'_ Value| -> bool { value.get("slices").is_some_and(|s| s.is_object() || s.is_array()) };
    if at(value) {
        return value.get("slices");
    }
    ["results", "metrics", "summary"]
        .iter()
        .filter_map(|key| value.get(key))
        .find(|v| at(v))
        .and_then(|v| v.get("slices"))
}

/// Adds the slices of a JSON result.
pub(super) fn add(input: &Input<'_>, value: &Value, at: Option<Moment>, outcome: &mut Outcome) {
    let mut found = Vec::new();
    match holder(value) {
        Some(Value::Array(list)) => {
            for entry in list.iter().take(MAX_SLICES) {
                let Some(name) = text(entry, &["name", "slice", "id", "segment", "group"]) else { continue };
                found.push(Found { names: vec![name.to_owned()], n: count_at(entry, SIZES), scores: scores(entry) });
            }
        }
        Some(Value::Object(map)) => {
            for (name, entry) in map.iter().take(MAX_SLICES) {
                named(name, entry, None, &mut found);
            }
        }
        _ => {}
    }
    for slice in found {
        event(input, slice, at, outcome);
    }
}

/// A slice by its name, or a dimension with a slice for each of its values.
fn named(name: &str, entry: &Value, dimension: Option<&str>, found: &mut Vec<Found>) {
    let inner = entry.as_object().filter(|map| !map.is_empty() && map.values().all(Value::is_object));
    match inner {
        Some(map) if dimension.is_none() && entry.get("metrics").is_none() => {
            for (value, entry) in map.iter().take(MAX_SLICES) {
                named(value, entry, Some(name), found);
            }
        }
        _ => {
            let mut names = vec![name.to_owned()];
            names.extend(dimension.map(|d| format!("{d}={name}")));
            found.push(Found { names, n: count_at(entry, SIZES), scores: scores(entry) });
        }
    }
}

/// The scores of a slice: a number by itself, `metric` and `value`, a map of metrics, or the numbers of the entry.
fn scores(entry: &Value) -> Vec<(String, f64)> {
    if let Some(n) = number(entry) {
        return vec![(String::new(), n)];
    }
    if let Some(value) = pick(entry, &["value", "score"]).and_then(number) {
        return vec![(text(entry, &["metric"]).unwrap_or_default().to_owned(), value)];
    }
    let map = pick(entry, &["metrics", "scores"]).filter(|m| m.is_object()).unwrap_or(entry);
    let map = map.as_object().into_iter().flatten();
    map.filter(|(key, _)| !SIZES.contains(&key.as_str()) && !WANTED.contains(&key.as_str()))
        .filter_map(|(key, n)| Some((key.clone(), number(n)?)))
        .collect()
}

/// Reads a CSV file with the columns slice, n, metric and value, or with one column a metric.
pub(super) fn csv(input: &Input<'_>) -> Read {
    let mend = "write the columns slice, n, metric and value";
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(input.text.as_bytes());
    let wrong = |e: &csv::Error| Wrong::new(format!("it is not valid CSV: {e}"), mend);
    let header = reader.headers().map_err(|e| wrong(&e))?.clone();
    let column = |names: &[&str]| header.iter().position(|h| names.contains(&h.to_lowercase().as_str()));
    let (Some(name), Some(n)) = (column(&["slice", "segment", "group"]), column(SIZES)) else {
        return Err(Wrong::new("it has no column `slice` or no column `n`", mend));
    };
    let (metric, value, date) =
        (column(&["metric"]), column(&["value", "score"]), column(&["date", "timestamp", "at"]));
    let mut outcome = Outcome::default();
    for row in reader.records().take(MAX_SLICES) {
        let row = row.map_err(|e| wrong(&e))?;
        let line = row.position().map_or(0, |p| usize::try_from(p.line()).unwrap_or_default());
        let bad = |what: String| Wrong::new(what, mend).at(line, 1);
        let cell = |at: usize| row.get(at).unwrap_or_default();
        let count = cell(n).parse::<u64>().map_err(|_| bad(format!("`{}` is no number of cases", cell(n))))?;
        let parse =
            |at: usize| number(&Value::from(cell(at))).ok_or_else(|| bad(format!("`{}` is not a number", cell(at))));
        let scores = match value {
            Some(value) => vec![(metric.map(cell).unwrap_or_default().to_owned(), parse(value)?)],
            None => {
                let taken = [Some(name), Some(n), metric, date];
                let others = (0..header.len()).filter(|at| !taken.contains(&Some(*at)));
                others
                    .map(|at| Ok((header.get(at).unwrap_or_default().to_owned(), parse(at)?)))
                    .collect::<Result<_, _>>()?
            }
        };
        let at = date.and_then(|at| Moment::parse(cell(at)));
        event(input, Found { names: vec![cell(name).to_owned()], n: Some(count), scores }, at, &mut outcome);
    }
    merge(&mut outcome);
    Ok(outcome)
}

/// Of several rows for one slice (one a metric), those that were held against a floor count.
fn merge(outcome: &mut Outcome) {
    let name = |event: &super::outcome::Event| event.record.fields.get("name").and_then(Node::text).map(str::to_owned);
    let judged: Vec<_> = outcome
        .events
        .iter()
        .filter(|e| e.record.fields.contains_key("meets_floor"))
        .map(|e| (name(e), e.at))
        .collect();
    outcome.events.retain(|e| e.record.fields.contains_key("meets_floor") || !judged.contains(&(name(e), e.at)));
}

/// The header of a CSV file with results by slice.
pub(super) fn is_csv(header: &str, name: &Name) -> bool {
    let columns: Vec<String> = header.split(',').map(|c| c.trim().trim_matches('"').to_lowercase()).collect();
    let has = |name: &str| columns.iter().any(|c| c == name);
    let sliced = has("slice") && (has("n") || has("count")) && columns.len() > 2;
    sliced && ((has("metric") && has("value")) || name.below_evals() || name.says(&["slice"]))
}

fn event(input: &Input<'_>, slice: Found, at: Option<Moment>, outcome: &mut Outcome) {
    let declared = declared(input.manifest, &slice.names);
    let name = declared.and_then(|d| d.name.clone()).or_else(|| slice.names.last().cloned()).unwrap_or_default();
    let mut fields = vec![("name", Node::from(short(&name)))];
    fields.extend(slice.n.and_then(|n| i64::try_from(n).ok()).map(|n| ("n", Node::from(n))));
    if let Some(floor) = declared.and_then(|d| d.floor)
        && let Some(value) = value(input.manifest, declared, &slice.scores)
    {
        fields.push(("meets_floor", Node::from(value + HAIR >= floor)));
    }
    outcome.event(input, "eval.slices", at, fields);
}

/// The slice of the manifest that one of these names means.
fn declared<'m>(manifest: &'m Manifest, names: &[String]) -> Option<&'m Slice> {
    let slices = &manifest.evals.as_ref()?.slices;
    slices
        .iter()
        .map(|s| &s.0)
        .find(|s| s.name.as_ref().is_some_and(|n| names.iter().any(|name| plain(name) == plain(n))))
}

/// The score that the floor is for: the slice's metric, else the gate's, else the only one there is.
fn value(manifest: &Manifest, declared: Option<&Slice>, scores: &[(String, f64)]) -> Option<f64> {
    let gate = manifest.evals.as_ref().and_then(|e| e.gate.as_ref()).and_then(|g| g.metric.as_ref());
    let metric = declared.and_then(|d| d.metric.as_ref()).or(gate);
    match (metric, scores) {
        (_, [(name, only)]) if name.is_empty() => Some(*only),
        (Some(metric), _) => scores.iter().find(|(name, _)| plain(name) == plain(metric)).map(|(_, n)| *n),
        (None, [(_, only)]) => Some(*only),
        (None, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::evidence::results::probe::{found, list, malformed};

    const MANIFEST: &str = "evals:\n  gate: { metric: accuracy, min: 0.9 }\n  slices:\n  - { name: German, floor: 0.85, rationale: a third of all invoices }\n  - { name: handwritten, floor: 0.7, metric: recall, rationale: small suppliers }\n";

    fn slices(path: &'static str, text: &str) -> Vec<String> {
        list(&found(&[(path, text)], MANIFEST), "eval.slices")
    }

    #[test]
    fn slices_of_a_result_are_held_against_their_floors() {
        let expected = [
            "date=2026-11-19 meets_floor=true n=61 name=German",
            "date=2026-11-19 meets_floor=false n=34 name=handwritten",
            "date=2026-11-19 n=12 name=scans",
        ];
        let map = r#"{"date": "2026-11-19", "metrics": {"accuracy": 0.93}, "slices": {
            "german": {"n": 61, "accuracy": 0.85}, "handwritten": {"n": 34, "accuracy": 0.9, "recall": 0.66}, "scans": {"n": 12, "accuracy": 0.5}}}"#;
        assert_eq!(slices("evals/results/a.json", map), expected);
        let array = r#"{"date": "2026-11-19", "metrics": {"accuracy": 0.93}, "slices": [
            {"name": "German", "n": 61, "metric": "accuracy", "value": 0.85}, {"slice": "handwritten", "n": 34, "metrics": {"recall": 0.66}},
            {"name": "scans", "count": 12, "accuracy": 0.5}]}"#;
        assert_eq!(slices("evals/results/a.json", array), expected);
        let nested = r#"{"date": "2026-11-19", "metrics": {"accuracy": 0.93}, "slices": {"language": {"German": {"n": 61, "accuracy": 0.85}, "Polish": {"n": 9, "accuracy": 1}}}}"#;
        assert_eq!(
            slices("evals/results/a.json", nested),
            ["date=2026-11-19 meets_floor=true n=61 name=German", "date=2026-11-19 n=9 name=language=Polish"]
        );
    }

    #[test]
    fn a_slice_file_without_an_overall_score_is_read() {
        assert_eq!(
            slices("evals/any.json", r#"{"date": "2026-11-19", "slices": {"German": 0.8}}"#),
            ["date=2026-11-19 meets_floor=false name=German"]
        );
        assert!(slices("any.json", r#"{"slices": 3, "x": 1}"#).is_empty());
    }

    #[test]
    fn rows_of_csv_are_read() {
        let text = "slice,n,metric,value,date\nGerman,61,accuracy,0.91,2026-11-19\nGerman,61,latency_ms,812,2026-11-19\nhandwritten,34,recall,71%,2026-11-19\n";
        assert_eq!(
            slices("evals/slices.csv", text),
            [
                "date=2026-11-19 meets_floor=true n=61 name=German",
                "date=2026-11-19 meets_floor=true n=34 name=handwritten",
            ]
        );
        assert_eq!(
            slices("evals/slices.csv", "slice,n,accuracy,recall\nGerman,61,0.8,0.9\n"),
            ["meets_floor=false n=61 name=German"]
        );
        for text in [
            "slice,n,metric,value\nGerman,many,accuracy,0.9\n",
            "slice,n,metric,value\nGerman,6,accuracy\n",
            "slice,n,metric,value\nGerman,6,accuracy,high\n",
            "",
        ] {
            assert_eq!(
                malformed(&found(&[("evals/slices.csv", text)], MANIFEST)),
                ["eval.slices evals/slices.csv"],
                "{text}"
            );
        }
    }
}
