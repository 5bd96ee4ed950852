//! Files that are only ever added to enter, before and after a change; what the change edited or deleted in them leaves.

use super::Taken;
use crate::diagnostic::{At, Code, Diagnostic};
use crate::source::Source;

use std::sync::Arc;

/// Whether a file, by its path from the evidence root, is only ever added to: measurements, records, logs of what happened.
#[must_use]
pub fn is_kept(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let table = |wanted: &str, stem: &str| folder == wanted && name.starts_with(stem) && name.ends_with(".csv");
    path == ".aipp/history.jsonl"
        || table("rollout", "stages")
        || table("training", "records")
        || table("metrics", "adoption")
        || path.starts_with("records/")
        || path.starts_with("drills/")
}

/// What a change did to the rows of one file; `after` is none when the file is gone.
#[must_use]
pub fn taken(path: &str, before: &[u8], after: Option<&[u8]>) -> Option<Taken> {
    let before = String::from_utf8_lossy(before);
    let Some(after) = after else {
        return Some(finding(
            Diagnostic::warning(
                Code::HistoryRewritten,
                format!("the change deletes `{path}`, which is only ever added to"),
            )
            .path(path),
        ));
    };
    let after = String::from_utf8_lossy(after);
    let by_line = path.ends_with(".jsonl") || path.ends_with(".csv");
    if !by_line {
        let plain = |text: &str| {
            text.trim_start_matches('\u{feff}')
                .lines()
                .map(str::trim_end)
                .collect::<Vec<_>>()
                .join("\n")
                .trim_end()
                .to_owned()
        };
        return (plain(&before) != plain(&after)).then(|| {
            let source = Arc::new(Source::new(path, after.as_ref()));
            let at = At { source, range: first_difference(&before, &after) };
            let message = format!("the change edits `{path}`, a record of what happened");
            finding(Diagnostic::warning(Code::HistoryRewritten, message).at(at))
        });
    }
    let lost = lost_rows(&before, &after, path.ends_with(".csv"));
    let (number, row) = lost.first()?;
    let count = match lost.len() {
        1 => String::new(),
        many => format!(", and {} more", many - 1),
    };
    let source = Arc::new(Source::new(path, before.as_ref()));
    let start: usize = before.split_inclusive('\n').take(number - 1).map(str::len).sum();
    let at = At { source, range: start..start + row.len() };
    let message = format!("the change edits or deletes row {number} of `{path}`{count}");
    Some(finding(
        Diagnostic::warning(Code::HistoryRewritten, message)
            .at(at)
            .label("this row is in the base and not in the change"),
    ))
}

/// The metrics whose baseline the change records anew: rows of type `rebaseline` that are not in the base.
#[must_use]
pub fn rebaselined(before: &[u8], after: &[u8]) -> Vec<String> {
    let (before, after) = (String::from_utf8_lossy(before), String::from_utf8_lossy(after));
    let new = after.lines().filter(|row| !before.lines().any(|old| old.trim() == row.trim()));
    new.filter_map(|row| {
        let row: serde_json::Value = serde_json::from_str(row).ok()?;
        let is = row.get("type")?.as_str()? == "rebaseline";
        is.then(|| row.get("metric")?.as_str().map(str::to_owned)).flatten()
    })
    .collect()
}

fn finding(diagnostic: Diagnostic) -> Taken {
    let help = "put back what was there, and add a new row or a new file that corrects it";
    Taken { diagnostic: diagnostic.help(help), check: None, metric: None, closes: true }
}

/// Rows that are gone, with their numbers from 1. Order does not matter (a union merge mixes rows), and in a table an empty cell
/// may be filled later.
fn lost_rows<'t>(before: &'t str, after: &str, table: bool) -> Vec<(usize, &'t str)> {
    let plain = |line: &'t str| line.trim_start_matches('\u{feff}').trim();
    let mut left: Vec<Option<&str>> =
        after.lines().map(|line| Some(line.trim_start_matches('\u{feff}').trim())).collect();
    let mut open = Vec::new();
    for (i, line) in before.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match left.iter_mut().find(|other| **other == Some(plain(line))) {
            Some(found) => *found = None,
            None => open.push((i + 1, line)),
        }
    }
    open.retain(|(_, line)| {
        let filled = |other: &Option<&str>| other.is_some_and(|other| table && fills(plain(line), other));
        match left.iter_mut().find(|other| filled(other)) {
            Some(found) => {
                *found = None;
                false
            }
            None => true,
        }
    });
    open
}

/// Whether a row is an earlier one with empty cells filled, or with columns added at the end.
fn fills(before: &str, after: &str) -> bool {
    let cells = |row: &str| -> Option<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(row.as_bytes());
        let record = reader.records().next()?.ok()?;
        Some(record.iter().map(|cell| cell.trim().to_owned()).collect())
    };
    let (Some(before), Some(after)) = (cells(before), cells(after)) else { return false };
    before.len() <= after.len() && before.iter().zip(&after).all(|(old, new)| old.is_empty() || old == new)
}

fn first_difference(before: &str, after: &str) -> std::ops::Range<usize> {
    let mut start = 0;
    let mut old = before.lines();
    for line in after.split_inclusive('\n') {
        let text = line.trim_end();
        if old.next().map(str::trim_end) != Some(text) {
            return start..start + text.len();
        }
        start += line.len();
    }
    start.min(after.len())..after.len().max(start)
}
