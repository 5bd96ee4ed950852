//! Tables enter, as CSV, as a list of JSON objects or one object a line; readings leave.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{Reader, Reading};

/// The names under which a column is known without a mapping.
const AT: &[&str] = &["at", "date", "timestamp", "time", "day", "datetime"];
const VALUE: &[&str] = &["value"];
const UNIT: &[&str] = &["unit"];
const METRIC: &[&str] = &["metric", "metric_id"];
const NOTE: &[&str] = &["note", "comment"];
const BY: &[&str] = &["by", "recorder"];
const ID: &[&str] = &["id", "uuid"];

/// Progress is told after so many rows.
const STEP: usize = 4096;

/// Where the parts of a row are.
struct Columns<K> {
    at: Option<K>,
    unit: Option<K>,
    note: Option<K>,
    by: Option<K>,
    id: Option<K>,
    /// One value a row with its metric, or one value a row and metric.
    values: Vec<(Option<String>, K)>,
    metric: Option<K>,
}

/// Finds the columns. `find` knows where a name is.
fn columns<K: Clone>(
    reader: &mut Reader<'_>,
    names: &[String],
    find: &dyn Fn(&str) -> Option<K>,
) -> Option<Columns<K>> {
    let mapping = reader.mapping;
    let mut missing = Vec::new();
    let mut of = |what: &str, usual: &[&str]| match mapping.column(what) {
        Some(named) => {
            let found = find(named);
            if found.is_none() {
                missing.push(named.to_owned());
            }
            found
        }
        None => usual.iter().find_map(|name| find(name)),
    };
    let (at, unit, note, by) = (of("at", AT), of("unit", UNIT), of("note", NOTE), of("by", BY));
    let (value, metric, id) = (of("value", VALUE), of("metric", METRIC), of("id", ID));
    let mut values: Vec<(Option<String>, K)> = Vec::new();
    for (id, column) in mapping.metrics() {
        match find(column) {
            Some(found) => values.push((Some(id.to_owned()), found)),
            None => missing.push(column.to_owned()),
        }
    }
    let shown = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if !missing.is_empty() {
        let missing = missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        reader.error(1, format!("there is no column {missing}"), format!("the columns are {shown}"));
        return None;
    }
    if values.is_empty() {
        match (value, &metric, &mapping.metric) {
            (Some(value), _, Some(id)) => values.push((Some(id.clone()), value)),
            (Some(value), Some(_), None) => values.push((None, value)),
            (Some(_), None, None) => {
                reader.error(1, "nothing says of which metric the values are", "add `--metric ID`");
                return None;
            }
            (None, ..) => {
                values.extend(mapping.known.iter().filter_map(|id| Some((Some(id.clone()), find(id)?))));
            }
        }
    }
    if values.is_empty() {
        let help = format!("name it: `--map value=COLUMN --metric ID`, or `--map ID=COLUMN`; the columns are {shown}");
        reader.error(1, "no column is called `value` or as a metric of the manifest", help);
        return None;
    }
    Some(Columns { at, unit, note, by, id, values, metric })
}

/// Takes the readings of a row. `cell` gives the text at a place; empty cells are none.
fn row<'c, K>(reader: &mut Reader<'_>, line: usize, columns: &Columns<K>, cell: &dyn Fn(&K) -> Option<Cow<'c, str>>) {
    let text = |key: &Option<K>| key.as_ref().and_then(cell).filter(|t| !t.trim().is_empty());
    let (unit, note, by) = (text(&columns.unit), text(&columns.note), text(&columns.by));
    let wide = columns.values.len() > 1;
    let id = text(&columns.id).filter(|_| !wide).and_then(|id| uuid::Uuid::try_parse(id.trim()).ok());
    for (fixed, key) in &columns.values {
        let written = cell(key).filter(|t| !t.trim().is_empty());
        let Some(written) = written else {
            // In a wide table a metric that was not measured on a day has an empty cell; in a long one a row is a value.
            if !wide {
                reader.error(line, "the value is empty", "write the value, or delete the row");
            }
            continue;
        };
        let Some(metric) = fixed.clone().or_else(|| text(&columns.metric).map(trimmed)) else {
            reader.error(line, "the row does not say of which metric the value is", "fill in its metric");
            continue;
        };
        let at = reader.at(line, text(&columns.at).as_deref());
        let value = reader.value(line, &written, unit.as_deref());
        if let (Some(at), Some(value)) = (at, value) {
            let (note, by) = (note.clone().map(trimmed), by.clone().map(trimmed));
            reader.readings.push(Reading { line, metric, value, at, note, by, id });
        }
    }
}

fn trimmed(text: Cow<'_, str>) -> String {
    text.trim().to_owned()
}

/// A name as it is compared: lower case, words joined by an underscore.
fn plain(name: &str) -> String {
    name.trim().to_lowercase().replace([' ', '-'], "_")
}

/// Reads a table with a header; comma, semicolon or tab, whichever the header has most of.
pub(super) fn csv(reader: &mut Reader<'_>) {
    let text = reader.text;
    let header = text.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#')).unwrap_or_default();
    let delimiter = [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|d| header.bytes().filter(|b| b == d).count() * 2 + usize::from(*d == b','))
        .unwrap_or(b',');
    let mut table = ::csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let mut found: Option<Columns<usize>> = None;
    let mut names: Vec<String> = Vec::new();
    let mut record = ::csv::StringRecord::new();
    let mut count = 0;
    loop {
        let line = usize::try_from(table.position().line()).unwrap_or(0);
        match table.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => {
                reader.error(
                    line,
                    format!("the row cannot be read as CSV: {error}"),
                    "put texts with commas in quotes",
                );
                break;
            }
        }
        let line = record.position().map_or(line, |p| usize::try_from(p.line()).unwrap_or(line));
        let Some(columns) = &found else {
            names = record.iter().map(|name| name.trim().to_owned()).collect();
            let plain_names: Vec<String> = names.iter().map(|name| plain(name)).collect();
            let find = |name: &str| {
                let exact = names.iter().position(|n| n == name);
                exact.or_else(|| plain_names.iter().position(|n| *n == plain(name)))
            };
            match columns(reader, &names, &find) {
                Some(columns) => found = Some(columns),
                None => return,
            }
            continue;
        };
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if record.len() > names.len() {
            let message = format!("the row has {} cells, the header {}", record.len(), names.len());
            reader.error(line, message, "put texts with commas in quotes");
            continue;
        }
        let record = &record;
        row(reader, line, columns, &|key: &usize| record.get(*key).map(|cell| Cow::Borrowed(cell.trim())));
        count += 1;
        if count % STEP == 0 {
            (reader.progress)(usize::try_from(table.position().byte()).unwrap_or_default());
        }
    }
}

/// Reads one object a line.
pub(super) fn json_lines(reader: &mut Reader<'_>) {
    let mut done = 0;
    for (index, text) in reader.text.lines().enumerate() {
        done += text.len() + 1;
        if text.trim().is_empty() {
            continue;
        }
        match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(map)) => object(reader, index + 1, &map),
            Ok(_) => reader.error(index + 1, "the line is no JSON object", "write one object a line"),
            Err(error) => {
                let why = error.to_string();
                let why = why.split(" at line ").next().unwrap_or(&why);
                reader.error(index + 1, format!("the line is not JSON: {why}"), "write one object a line");
            }
        }
        if index % STEP == STEP - 1 {
            (reader.progress)(done);
        }
    }
}

/// Reads a list of objects, or the list in an object that has one.
pub(super) fn json(reader: &mut Reader<'_>) {
    let value: Value = match serde_json::from_str(reader.text) {
        Ok(value) => value,
        Err(error) => {
            reader.error(
                error.line(),
                format!("the file is not JSON: {error}"),
                "write it again with the tool that made it",
            );
            return;
        }
    };
    let list = match &value {
        Value::Array(list) => Some(list),
        Value::Object(map) => {
            map.values().find_map(|inner| inner.as_array().filter(|l| l.iter().all(Value::is_object)))
        }
        _ => None,
    };
    match (list, &value) {
        (Some(list), _) => {
            for (index, item) in list.iter().enumerate() {
                match item {
                    Value::Object(map) => object(reader, 0, map),
                    _ => reader.error(0, format!("element {} is no object", index + 1), "write a list of objects"),
                }
            }
        }
        (None, Value::Object(map)) => object(reader, 0, map),
        (None, _) => {
            reader.error(0, "the file is neither a list of objects nor an object", "see `aipp metrics import --help`")
        }
    }
}

fn object(reader: &mut Reader<'_>, line: usize, map: &Map<String, Value>) {
    // A row of another history: only its samples are values.
    if map.get("v").is_some_and(Value::is_u64) && map.get("type").and_then(Value::as_str).is_some_and(|t| t != "sample")
    {
        return;
    }
    let names: Vec<String> = map.keys().cloned().collect();
    let find = |name: &str| at_path(map, name).map(|_| name.to_owned());
    let Some(columns) = columns(reader, &names, &find) else { return };
    row(reader, line, &columns, &|key: &String| match at_path(map, key)? {
        Value::String(text) => Some(Cow::Borrowed(text.as_str())),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        _ => None,
    });
}

/// The value of a key, or of a dotted path.
fn at_path<'v>(map: &'v Map<String, Value>, path: &str) -> Option<&'v Value> {
    if let Some(value) = map.get(path) {
        return Some(value);
    }
    let (first, rest) = path.split_once('.')?;
    at_path(map.get(first)?.as_object()?, rest)
}
