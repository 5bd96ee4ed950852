//! Exports of the on-call schedule (PagerDuty, Opsgenie, a list of one's own) enter; how many people are on call leaves.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::evidence::documents::{has_ending, is_foreign};
use crate::evidence::people::who::{People, is_placeholder};
use crate::evidence::tree::File;
use crate::evidence::{Found, View};
use crate::fact::Node;

use super::read::{Read, document, ending};
use super::table::Table;

/// Keys whose value is a person, or a list of them.
const PERSON: &[&str] = &[
    "person",
    "people",
    "user",
    "users",
    "member",
    "members",
    "participant",
    "participants",
    "responder",
    "responders",
    "engineer",
    "engineers",
    "who",
    "on_call",
    "oncall",
    "oncalls",
    "primary",
    "secondary",
    "tertiary",
    "backup",
    "oncallparticipants",
    "oncallrecipients",
    "rotation_members",
    "assignee",
];

/// Keys by which a person's map says who it is.
const NAME: &[&str] =
    &["name", "summary", "full_name", "display_name", "person", "user", "username", "email", "handle", "login"];

pub(super) fn collect(view: &View<'_>, people: &People, found: &mut Found) {
    let mut names: BTreeSet<String> = BTreeSet::new();
    for file in view.tree.files().iter().filter(|file| is_schedule(view, file) && !view.tree.is_unfinished(file)) {
        match read(view, file) {
            Ok(read) => {
                names.extend(read.iter().filter(|n| !is_placeholder(n)).map(|n| people.name_of(n).to_lowercase()))
            }
            Err(error) => found.malformed.push(("on_call.people".to_owned(), *error)),
        }
    }
    found.facts.put("on_call.people", Node::from(names.len()));
}

/// Whether a file is a schedule by its name and place: `ops/on-call*.csv`, `on-call/primary.yaml`, or the declared one.
fn is_schedule(view: &View<'_>, file: &File) -> bool {
    if !has_ending(&file.path, &["csv", "yaml", "yml", "json"]) {
        return false;
    }
    let operations = view.manifest.people.as_ref().and_then(|people| people.operations.as_ref());
    if operations.and_then(|o| o.schedule.as_deref()).is_some_and(|s| s.trim_start_matches("./") == file.path) {
        return true;
    }
    let on_call = |name: &str| {
        let name = name.to_lowercase().replace(['_', ' '], "-");
        name.starts_with("on-call") || name.starts_with("oncall")
    };
    let mut folders: Vec<&str> = file.path.split('/').collect();
    let name = folders.pop().unwrap_or_default();
    let place = ["ops", "operations", "docs", "records", "on-call", "oncall", "sre", "support"];
    (on_call(name) || folders.last().is_some_and(|folder| on_call(folder)))
        && folders.iter().all(|folder| place.contains(folder))
        && !is_foreign(&file.path)
}

fn read(view: &View<'_>, file: &File) -> Read<Vec<String>> {
    if ending(&file.path) == "csv" {
        let table = Table::read(view.tree, file)?;
        let columns: Vec<&str> =
            PERSON.iter().chain(NAME).copied().filter(|name| table.column(&[name]).is_some()).collect();
        if columns.is_empty() {
            table.needs(&["person"], &["person", "from", "to"])?;
        }
        // Name and e-mail address in one row are one person: the kinds of column are not mixed.
        let shifts: Vec<&str> = columns.iter().copied().filter(|name| PERSON.contains(name)).collect();
        let columns = if shifts.is_empty() { columns.into_iter().take(1).collect() } else { shifts };
        let cells = table.rows.iter().flat_map(|row| {
            columns
                .iter()
                .filter_map(|name| table.text(row, table.column(&[name])).map(str::to_owned))
                .collect::<Vec<_>>()
        });
        return Ok(cells.collect());
    }
    let text = view.tree.text(file).unwrap_or_default();
    let document = document(file, &text)?;
    let mut names = Vec::new();
    match &document.value {
        Value::Array(items) => items.iter().for_each(|item| person(item, &mut names, 0)),
        value => walk(value, &mut names, 0),
    }
    Ok(names)
}

/// Looks for keys that hold people.
fn walk(value: &Value, names: &mut Vec<String>, depth: usize) {
    if depth > 12 {
        return;
    }
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let key = key.to_lowercase().replace(['-', ' '], "_");
                if PERSON.contains(&key.as_str()) {
                    person(value, names, depth + 1);
                } else {
                    walk(value, names, depth + 1);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, names, depth + 1)),
        _ => {}
    }
}

/// A person: a name, a map that names one, a list of these, or a shift that holds one.
fn person(value: &Value, names: &mut Vec<String>, depth: usize) {
    match value {
        Value::String(name) => names.push(name.clone()),
        Value::Array(items) if depth <= 12 => items.iter().for_each(|item| person(item, names, depth + 1)),
        Value::Object(map) => {
            let holds = map.keys().any(|key| PERSON.contains(&key.to_lowercase().as_str()));
            match NAME.iter().find_map(|key| map.get(*key)?.as_str()) {
                Some(name) if !holds || map.contains_key("name") => names.push(name.to_owned()),
                _ => walk(value, names, depth + 1),
            }
        }
        _ => {}
    }
}
