//! The register of edge cases (CSV, YAML, JSON or a table in Markdown) enters; its rows leave.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::diagnostic::{At, Code, Diagnostic};
use crate::evidence::documents::is_foreign;
use crate::evidence::tree::File;
use crate::evidence::{Found, View};
use crate::fact::{Node, Origin, Record};
use crate::source::Document;

use super::read::{Read, document, ending};
use super::refuse;
use super::table::{Table, day_of};

const ID: &[&str] = &["id", "case_id", "edge_case", "case"];
const SOURCE: &[&str] = &["source", "origin", "found_in", "found_by"];
const EXPECTED: &[&str] = &["expected_behaviour", "expected_behavior", "expected", "expectation", "handling"];
const SEVERITY: &[&str] = &["severity", "priority", "impact", "risk"];
const ADDED: &[&str] = &["added_on", "added", "added_at", "date", "created_on", "created", "opened_on", "found_on"];

/// More rows than these are not read.
const MAX_ROWS: usize = 20_000;

/// One row of the register.
struct Entry {
    fields: BTreeMap<String, String>,
    origin: Arc<Origin>,
}

impl Entry {
    fn get(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.fields.get(*name)).map(|text| text.trim()).filter(|text| {
            !text.is_empty() && !matches!(text.to_lowercase().as_str(), "tbd" | "todo" | "?" | "-" | "n/a")
        })
    }
}

pub(super) fn collect(view: &View<'_>, found: &mut Found) {
    let mut entries = Vec::new();
    let mut refused = false;
    if let Some(file) = register(view) {
        match read(view, file) {
            Ok(read) => entries = read,
            Err(error) => {
                refuse(found, "edge_cases", &["edge_case_entries"], *error);
                refused = true;
            }
        }
    }
    let dated = entries.iter().any(|entry| entry.get(ADDED).is_some());
    let mut rows = Vec::new();
    let mut events = Vec::new();
    for entry in &entries {
        let complete = [ID, SOURCE, EXPECTED, SEVERITY].iter().all(|names| entry.get(names).is_some());
        rows.push(
            Record::new([
                ("id", entry.get(ID).unwrap_or_default().into()),
                ("severity", entry.get(SEVERITY).map(str::to_lowercase).unwrap_or_default().into()),
                ("complete", complete.into()),
                // Whether a passing test carries the id is known only when the test reports have been read.
                ("tested", false.into()),
            ])
            .from(&entry.origin),
        );
        let mut event = Record::default().from(&entry.origin);
        if dated {
            event.set("date", entry.get(ADDED).and_then(day_of));
        }
        events.push(event);
    }
    found.facts.put("edge_cases", Node::records(rows));
    if !refused {
        found.facts.put("edge_case_entries", Node::events(events));
    }
}

/// Near the top, in a folder that speaks about the project; elsewhere such a file is data of a test.
fn is_place(path: &str) -> bool {
    let folders: Vec<&str> = path.split('/').collect();
    let top = ["docs", "evals", "eval", "evaluation", "qa", "quality", "governance", "records", "register"];
    match folders.as_slice() {
        [_] => true,
        [first, _] | [first, _, _] => top.contains(first) && !is_foreign(path),
        _ => false,
    }
}

/// The register: the declared file, else the one that is called so and lies highest.
fn register<'v>(view: &View<'v>) -> Option<&'v File> {
    if let Some(declared) = view.manifest.edge_cases.as_ref().and_then(|e| e.file.as_deref()) {
        return view.tree.get(declared).filter(|file| !view.tree.is_unfinished(file));
    }
    let called_so = |file: &&File| {
        let (stem, end) = file.name().rsplit_once('.').unwrap_or_default();
        let stem = stem.to_lowercase().replace(['_', ' '], "-");
        matches!(stem.as_str(), "edge-cases" | "edgecases" | "edge-case-register")
            && ["csv", "yaml", "yml", "json", "md"].contains(&end.to_lowercase().as_str())
            && is_place(&file.path)
    };
    view.tree
        .files()
        .iter()
        .filter(called_so)
        .filter(|file| !view.tree.is_unfinished(file))
        .min_by_key(|file| (file.path.matches('/').count(), file.path.as_str()))
}

fn read(view: &View<'_>, file: &File) -> Read<Vec<Entry>> {
    let columns = "id,source,expected_behaviour,severity,added_on";
    let wrong = |message: &str| {
        let help = format!("write one row a case: {columns}");
        Box::new(Diagnostic::error(Code::Malformed, message).path(&file.path).help(help))
    };
    let Some(text) = view.tree.text(file) else { return Err(wrong("the register is not a text that can be read")) };
    let tables = match ending(&file.path).as_str() {
        "csv" => {
            let table = Table::parse(&file.path, &text)?;
            table.needs(ID, &columns.split(',').collect::<Vec<_>>())?;
            vec![table]
        }
        "md" | "markdown" => Table::of_markdown(&file.path, &text, ID),
        _ => return of_document(&document(file, &text)?),
    };
    let mut entries = Vec::new();
    for table in &tables {
        for row in table.rows.iter().take(MAX_ROWS) {
            table.day(row, table.column(ADDED))?;
            let fields = table
                .columns()
                .iter()
                .filter_map(|name| Some((name.clone(), table.text(row, table.column(&[name]))?.to_owned())));
            entries.push(Entry { fields: fields.collect(), origin: table.origin(row) });
        }
    }
    Ok(entries)
}

/// The rows of a YAML, JSON or TOML register: a list, or a list under a key.
fn of_document(document: &Document) -> Read<Vec<Entry>> {
    let under = ["edge_cases", "cases", "entries", "items"]
        .iter()
        .find_map(|key| Some((format!("/{key}"), document.value.get(key)?.as_array()?)));
    let Some((pointer, rows)) = document.value.as_array().map(|rows| (String::new(), rows)).or(under) else {
        return Err(Box::new(
            Diagnostic::error(Code::Malformed, "the register has no list of cases")
                .path(document.source.name())
                .help("write a list, or a list under `edge_cases:`"),
        ));
    };
    let mut entries = Vec::new();
    for (i, row) in rows.iter().take(MAX_ROWS).enumerate() {
        let at = At::value(&document.source, &document.nearest(&format!("{pointer}/{i}")));
        let line = at.position().line;
        let Some(row) = row.as_object() else {
            return Err(Box::new(
                Diagnostic::error(Code::Malformed, "a case is a map with id, source, expected and severity")
                    .at(at)
                    .help("write for instance { id: EC-1, source: pilot log, expected: ask a person, severity: high }"),
            ));
        };
        let fields: BTreeMap<String, String> = row
            .iter()
            .filter_map(|(key, value)| {
                let text = match value {
                    Value::String(text) => text.clone(),
                    Value::Number(number) => number.to_string(),
                    _ => return None,
                };
                Some((key.to_lowercase().replace(['-', ' '], "_"), text))
            })
            .collect();
        let entry = Entry { fields, origin: Origin::detected(document.source.name(), Some(line)) };
        if let Some(added) = entry.get(ADDED)
            && day_of(added).is_none()
        {
            return Err(Box::new(
                Diagnostic::error(Code::Malformed, format!("`{added}` is not a date"))
                    .at(at)
                    .help("write year, month and day: 2026-12-31"),
            ));
        }
        entries.push(entry);
    }
    Ok(entries)
}
