//! Evaluation cases enter; those that are tagged `feedback` leave as dated records.

use serde_json::Value;

use crate::evidence::View;
use crate::evidence::documents::is_foreign;
use crate::evidence::tree::File;
use crate::fact::{Node, Origin, Record};
use crate::manifest::value::Day;

use super::read::{document, ending};
use super::table::{Table, day_of};

const FOLDERS: &[&str] = &["evals", "eval", "evaluation", "tests/evals"];
const TAGS: &[&str] = &["tags", "tag", "labels", "label", "source", "origin"];
const ADDED: &[&str] = &["added_on", "added", "added_at", "created_on", "created_at", "created", "opened_on", "date"];

/// Larger files are data sets, not cases that somebody wrote.
const MAX_FILE: u64 = 1024 * 1024;

/// No more than this is read in all.
const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// More cases than these are not listed.
const MAX_CASES: usize = 1000;

pub(super) fn collect(view: &View<'_>) -> Vec<Record> {
    let mut records = Vec::new();
    let mut bytes = 0_u64;
    for file in FOLDERS.iter().flat_map(|folder| view.tree.under(folder)) {
        let end = ending(&file.path);
        let wanted = ["yaml", "yml", "json", "jsonl", "ndjson", "csv"].contains(&end.as_str());
        // Results of runs repeat the cases; the cases themselves are what was added.
        if !wanted || file.size > MAX_FILE || is_foreign(&file.path) || file.path.contains("/results/") {
            continue;
        }
        bytes += file.size;
        if bytes > MAX_BYTES {
            break;
        }
        let Some(text) = view.tree.text(file).filter(|text| text.to_ascii_lowercase().contains("feedback")) else {
            continue;
        };
        match end.as_str() {
            "csv" => rows(file, &text, &mut records),
            "jsonl" | "ndjson" => {
                for (i, line) in text.lines().enumerate().filter(|(_, l)| l.to_ascii_lowercase().contains("feedback")) {
                    if let Ok(value) = serde_json::from_str::<Value>(line) {
                        cases(&value, &file.path, Some(i + 1), 0, &mut records);
                    }
                }
            }
            // A file that is no document at all is the business of whoever runs it.
            _ => {
                if let Ok(document) = document(file, &text) {
                    cases(&document.value, &file.path, None, 0, &mut records);
                }
            }
        }
        if records.len() >= MAX_CASES {
            records.truncate(MAX_CASES);
            break;
        }
    }
    records
}

fn is_feedback(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).any(|word| word.eq_ignore_ascii_case("feedback"))
}

fn tagged(value: &Value) -> bool {
    match value {
        Value::String(text) => is_feedback(text),
        Value::Array(items) => items.iter().any(|item| item.as_str().is_some_and(is_feedback)),
        _ => false,
    }
}

/// Walks a document for maps that carry the tag, themselves or under `metadata`.
fn cases(value: &Value, path: &str, line: Option<usize>, depth: usize, records: &mut Vec<Record>) {
    if depth > 8 || records.len() >= MAX_CASES {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| cases(item, path, line, depth + 1, records)),
        Value::Object(map) => {
            let metadata = map.get("metadata").and_then(Value::as_object);
            let both = || [Some(map), metadata].into_iter().flatten();
            if both().any(|m| TAGS.iter().any(|key| m.get(*key).is_some_and(tagged))) {
                let day = both().find_map(|m| ADDED.iter().find_map(|key| day_of(m.get(*key)?.as_str()?)));
                records.push(record(day, path, line));
            } else {
                map.values().for_each(|item| cases(item, path, line, depth + 1, records));
            }
        }
        _ => {}
    }
}

fn rows(file: &File, text: &str, records: &mut Vec<Record>) {
    let Ok(table) = Table::parse(&file.path, text) else { return };
    let Some(tags) = table.column(TAGS) else { return };
    for row in table.rows.iter().filter(|row| table.text(row, Some(tags)).is_some_and(is_feedback)) {
        let day = table.text(row, table.column(ADDED)).and_then(day_of);
        records.push(record(day, &file.path, Some(row.line)));
    }
}

/// Without a date of its own a case is as old as its file in git.
fn record(day: Option<Day>, path: &str, line: Option<usize>) -> Record {
    let mut record = Record::new([("triage_days", Node::absent())]).from(&Origin::detected(path, line));
    if let Some(day) = day {
        record.set("date", day);
    }
    record
}
