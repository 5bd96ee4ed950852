//! A file of measurements and a mapping enter; readings with their lines leave: CSV, JSON, JSON lines, DVC metrics, MLflow metric
//! files, promptfoo outputs, JUnit reports. Nothing is guessed: what a file does not say, the mapping must.

mod rows;
mod shapes;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::diagnostic::{At, Code, Diagnostic};
use crate::manifest::value::Day;
use crate::quantity::Quantity;
use crate::source::Source;

/// More messages than these are not given.
const MAX_MESSAGES: usize = 20;

/// The largest file that is read, in bytes.
pub const MAX_FILE: u64 = 1 << 30;

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A table with a header.
    Csv,
    /// A list of objects.
    Json,
    /// One object a line.
    JsonLines,
    /// Numbers in nested maps, YAML or JSON, without a time.
    Dvc,
    /// `time value step` a line.
    Mlflow,
    /// The output of `promptfoo eval`.
    Promptfoo,
    /// Test cases.
    Junit,
}

/// The names of the forms.
pub const FORMS: &[(&str, Form)] = &[
    ("csv", Form::Csv),
    ("json", Form::Json),
    ("jsonl", Form::JsonLines),
    ("dvc", Form::Dvc),
    ("mlflow", Form::Mlflow),
    ("promptfoo", Form::Promptfoo),
    ("junit", Form::Junit),
];

impl Form {
    /// The form that a file has by its name and its first bytes.
    #[must_use]
    pub fn of(path: &str, text: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
        let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        let start = text.trim_start_matches('\u{feff}').trim_start();
        if ends(&[".jsonl", ".ndjson"]) {
            Self::JsonLines
        } else if ends(&[".xml"]) || start.starts_with("<?xml") || start.starts_with("<testsuite") {
            Self::Junit
        } else if ends(&[".yaml", ".yml"]) {
            Self::Dvc
        } else if ends(&[".json"]) || start.starts_with(['{', '[']) {
            shapes::json_form(start)
        } else if path.contains("/metrics/") && shapes::is_mlflow(start) {
            Self::Mlflow
        } else {
            Self::Csv
        }
    }
}

/// What the user says about a file.
#[derive(Debug, Clone, Default)]
pub struct Mapping {
    /// Columns (or keys, or dotted paths) by what they hold: `at`, `value`, `unit`, `metric`, `note`, `by`, `id`, or a metric's id.
    pub columns: Vec<(String, String)>,
    /// The metric that everything is of, when no column says it.
    pub metric: Option<String>,
    /// The unit of numbers without one; the metric's when none.
    pub unit: Option<String>,
    /// The time of what has none.
    pub at: Option<Timestamp>,
    /// The ids that the manifest has: columns of these names are values of that metric.
    pub known: Vec<String>,
}

impl Mapping {
    /// The column for something.
    fn column(&self, what: &str) -> Option<&str> {
        self.columns.iter().find(|(key, _)| key == what).map(|(_, column)| column.as_str())
    }

    /// The columns that are mapped to metrics.
    fn metrics(&self) -> impl Iterator<Item = (&str, &str)> {
        let fields = ["at", "value", "unit", "metric", "note", "by", "id"];
        self.columns
            .iter()
            .filter(move |(key, _)| !fields.contains(&key.as_str()))
            .map(|(k, c)| (k.as_str(), c.as_str()))
    }
}

/// One value of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Its line, from 1; 0 where the form has no lines.
    pub line: usize,
    /// The metric.
    pub metric: String,
    /// The value, with the unit that it is written with, if any.
    pub value: Quantity,
    /// When it was measured.
    pub at: Timestamp,
    /// A note.
    pub note: Option<String>,
    /// Who measured it.
    pub by: Option<String>,
    /// The id that the file gives it.
    pub id: Option<uuid::Uuid>,
}

/// A file that is being read: collects readings, and everything that is wrong.
pub struct Reader<'a> {
    path: &'a str,
    text: &'a str,
    mapping: &'a Mapping,
    readings: Vec<Reading>,
    errors: Vec<Diagnostic>,
    more: usize,
    progress: &'a mut dyn FnMut(usize),
}

/// Reads a file: what it holds, and an error for every line that cannot be used. With an error nothing of the file may be used.
/// `progress` is told how many bytes are done.
pub fn read(
    path: &str,
    text: &str,
    form: Form,
    mapping: &Mapping,
    progress: &mut dyn FnMut(usize),
) -> (Vec<Reading>, Vec<Diagnostic>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { path, text, mapping, readings: Vec::new(), errors: Vec::new(), more: 0, progress };
    if text.trim().is_empty() {
        let empty = Diagnostic::error(Code::EmptyFile, "there is nothing in the file");
        return (Vec::new(), vec![empty.path(path).help("name another file")]);
    }
    match form {
        Form::Csv => rows::csv(&mut reader),
        Form::JsonLines => rows::json_lines(&mut reader),
        Form::Json => rows::json(&mut reader),
        Form::Dvc => shapes::dvc(&mut reader),
        Form::Mlflow => shapes::mlflow(&mut reader),
        Form::Promptfoo => shapes::promptfoo(&mut reader),
        Form::Junit => shapes::junit(&mut reader),
    }
    reader.done()
}

impl Reader<'_> {
    /// Notes an error in a line (from 1; 0 for the file as a whole).
    fn error(&mut self, line: usize, message: impl Into<String>, help: impl Into<String>) {
        if self.errors.len() >= MAX_MESSAGES {
            self.more += 1;
            return;
        }
        self.errors.push(wrong(self.path, self.text, line, message.into(), help.into()));
    }

    fn done(mut self) -> (Vec<Reading>, Vec<Diagnostic>) {
        if self.errors.is_empty() && self.readings.is_empty() {
            self.error(0, "there is no value in the file", "name a file with at least one row");
        }
        if self.more > 0
            && let Some(last) = self.errors.last_mut()
        {
            last.message.push_str(&format!(" (and {} more)", self.more));
        }
        (self.readings, self.errors)
    }

    /// The time of a reading, from a text or from the mapping.
    fn at(&mut self, line: usize, text: Option<&str>) -> Option<Timestamp> {
        match text.map(str::trim).filter(|text| !text.is_empty()) {
            Some(text) => {
                let at = moment(text, &TimeZone::UTC);
                if at.is_none() {
                    self.error(line, format!("`{text}` is no time"), TIME);
                }
                at
            }
            None => {
                if self.mapping.at.is_none() {
                    self.error(
                        line,
                        "nothing says when this was measured",
                        "name the column with `--map at=COLUMN`, or give the time with `--at`",
                    );
                }
                self.mapping.at
            }
        }
    }

    /// A value as it is written.
    fn value(&mut self, line: usize, text: &str, unit: Option<&str>) -> Option<Quantity> {
        let unit = unit.map(str::trim).filter(|unit| !unit.is_empty()).or(self.mapping.unit.as_deref());
        let read = Quantity::parse(text).and_then(|read| match unit {
            Some(unit) if read.unit().is_empty() => Quantity::parse(&format!("{text} {unit}")),
            _ => Ok(read),
        });
        match read {
            Ok(value) => Some(value),
            Err(error) => {
                self.error(line, error.to_string(), "write a number, with its unit if it is not the metric's");
                None
            }
        }
    }
}

/// What a time looks like.
pub const TIME: &str = "write a day (2026-09-01) or a time with its zone (2026-09-01T08:00:00Z)";

/// Reads a day, a time with its zone, or a time in `zone`; or seconds or milliseconds since 1970.
#[must_use]
pub fn moment(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    if let Some(day) = Day::parse(text) {
        return Some(day.0.to_zoned(TimeZone::UTC).ok()?.timestamp());
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    // A date alone in another spelling would be read as its midnight.
    if text.len() > 10
        && let Ok(local) = text.parse::<DateTime>()
    {
        return Some(local.to_zoned(zone.clone()).ok()?.timestamp());
    }
    let number: f64 = text.parse().ok().filter(|_| text.len() >= 9)?;
    epoch(number)
}

/// Seconds or milliseconds since 1970, by their size; 2000 to 2100.
fn epoch(number: f64) -> Option<Timestamp> {
    let seconds = if number >= 1e11 { number / 1e3 } else { number };
    if !(946_684_800.0..4_102_444_800.0).contains(&seconds) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked above")]
    Timestamp::from_millisecond((seconds * 1e3).round() as i64).ok()
}

/// A message about a line of a file.
#[must_use]
pub fn wrong(path: &str, text: &str, line: usize, message: String, help: String) -> Diagnostic {
    let diagnostic = Diagnostic::error(Code::BadValue, message).help(help);
    let found = line.checked_sub(1).and_then(|before| text.split('\n').nth(before));
    match found.filter(|line| !line.trim().is_empty()) {
        Some(shown) => {
            let shown: String = shown.trim_end_matches('\r').chars().take(400).collect();
            let end = shown.len();
            diagnostic.at(At { source: std::sync::Arc::new(Source::excerpt(path, shown, line)), range: 0..end })
        }
        None => diagnostic.path(path),
    }
}

#[cfg(test)]
mod tests;
