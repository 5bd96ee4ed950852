//! The text of a table and the fields of a row enter; the text with the row at its end leaves, in the table's own columns,
//! delimiter and line ends.

use serde_json::Value;

use crate::diagnostic::{Code, Diagnostic};

use super::Fields;

/// Other names under which the reader of the evidence knows a column.
const ALIASES: &[(&str, &[&str])] =
    &[("person_ref", &["person", "name"]), ("completed_on", &["date"]), ("approval_id", &["id"])];

/// Adds a row; a table that is not there yet begins with its header.
pub(super) fn row(
    path: &str,
    existing: Option<&str>,
    columns: &[&str],
    fields: &Fields,
) -> Result<String, Box<Diagnostic>> {
    let Some(text) = existing else {
        let cells: Vec<String> = columns.iter().map(|column| cell(fields.get(*column))).collect();
        return Ok(format!("{}\n{}\n", columns.join(","), line(&cells, b',')));
    };
    let plain = text.strip_prefix('\u{feff}').unwrap_or(text);
    let header = plain.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#')).unwrap_or_default();
    let delimiter = delimiter(header);
    let names: Vec<String> =
        split(header, delimiter).iter().map(|name| name.trim().to_lowercase().replace([' ', '-'], "_")).collect();
    let place = |column: &str| {
        let other = ALIASES.iter().find(|(name, _)| *name == column).map_or(&[][..], |(_, other)| *other);
        std::iter::once(&column).chain(other).find_map(|name| names.iter().position(|n| n == name))
    };
    let mut cells = vec![String::new(); names.len()];
    for column in columns {
        let value = cell(fields.get(*column));
        match place(column).and_then(|at| cells.get_mut(at)) {
            Some(cell) => *cell = value,
            None if value.is_empty() => {}
            None => {
                return Err(Box::new(
                    Diagnostic::error(
                        Code::Malformed,
                        format!("the table has no column `{column}`, so `{value}` has no place"),
                    )
                    .path(path)
                    .help(format!("add the column to its first line: {header}{}{column}", char::from(delimiter))),
                ));
            }
        }
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let joined = if text.ends_with('\n') { "" } else { end };
    Ok(format!("{text}{joined}{}{end}", line(&cells, delimiter)))
}

/// The delimiter that the header has most of, as the reader of the evidence sees it.
fn delimiter(header: &str) -> u8 {
    let most = |d: &u8| header.bytes().filter(|b| b == d).count() * 2 + usize::from(*d == b',');
    [b',', b';', b'\t'].into_iter().max_by_key(most).unwrap_or(b',')
}

fn split(header: &str, delimiter: u8) -> Vec<String> {
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(header.as_bytes());
    let first = reader.records().next().and_then(Result::ok);
    first.map(|record| record.iter().map(str::to_owned).collect()).unwrap_or_default()
}

/// One line without its end, quoted where it must be.
fn line(cells: &[String], delimiter: u8) -> String {
    let quoted = |cell: &String| {
        // A line that begins with `#` would be a comment.
        if cell.contains([char::from(delimiter), '"', '#']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.clone()
        }
    };
    cells.iter().map(quoted).collect::<Vec<_>>().join(&char::from(delimiter).to_string())
}

/// A value as a cell. A text that a spreadsheet would take for a formula gets an apostrophe, which the reader takes off again.
fn cell(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => {
            let text = text.replace(|c: char| c.is_control(), " ");
            let text = text.trim();
            let formula = text.trim_start_matches('\'').starts_with(['=', '+', '-', '@']);
            if formula { format!("'{text}") } else { text.to_owned() }
        }
        Some(Value::Bool(flag)) => flag.to_string(),
        Some(Value::Number(number)) => match number.as_f64() {
            Some(n) if n.fract() == 0.0 && n.abs() < 1e15 => format!("{n:.0}"),
            _ => number.to_string(),
        },
        _ => String::new(),
    }
}
