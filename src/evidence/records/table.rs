//! The text of a CSV file (or of a table in Markdown) enters; rows with named columns and their lines leave.

use std::sync::Arc;

use crate::diagnostic::{At, Code, Diagnostic};
use crate::evidence::tree::{File, Tree};
use crate::fact::Origin;
use crate::manifest::value::Day;
use crate::quantity::Quantity;
use crate::source::Source;

use super::read::Read;

/// More rows than these are not read.
const MAX_ROWS: usize = 200_000;

/// A table.
#[derive(Debug)]
pub(in crate::evidence) struct Table {
    source: Arc<Source>,
    columns: Vec<String>,
    /// Its rows, without empty ones.
    pub(in crate::evidence) rows: Vec<Row>,
}

/// A row.
#[derive(Debug)]
pub(in crate::evidence) struct Row {
    /// Its line in the file.
    pub(in crate::evidence) line: usize,
    cells: Vec<String>,
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub(in crate::evidence) struct Column(usize);

/// The name of a column as it is compared: lower case, words joined by an underscore.
fn plain(name: &str) -> String {
    let mut out = String::new();
    for c in name.trim().trim_start_matches('\u{feff}').chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            out.push(c);
        } else if !out.ends_with('_') && !out.is_empty() {
            out.push('_');
        }
    }
    out.trim_end_matches('_').to_owned()
}

impl Table {
    /// Reads a CSV file; comma, semicolon or tab, whichever the header has most of.
    ///
    /// # Errors
    /// A message with file and line when it is no CSV file.
    pub(in crate::evidence) fn read(tree: &Tree, file: &File) -> Read<Self> {
        let Some(text) = tree.text(file) else {
            return Err(Box::new(
                Diagnostic::error(Code::Malformed, "the file is not a text that can be read")
                    .path(&file.path)
                    .help("save it as CSV, in UTF-8, at most 4 MiB"),
            ));
        };
        Self::parse(&file.path, &text)
    }

    /// Reads the text of a CSV file.
    pub(in crate::evidence) fn parse(path: &str, text: &str) -> Read<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let source = Arc::new(Source::new(path, text));
        let header = text.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#')).unwrap_or_default();
        if header.is_empty() {
            return Err(Box::new(
                Diagnostic::error(Code::Malformed, "the file is empty")
                    .path(path)
                    .help("write a first line with the names of the columns, or delete the file"),
            ));
        }
        let delimiter = [b',', b';', b'\t']
            .into_iter()
            .max_by_key(|d| header.bytes().filter(|b| b == d).count() * 2 + usize::from(*d == b','))
            .unwrap_or(b',');
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .has_headers(false)
            .comment(Some(b'#'))
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let mut table = Self { source: Arc::clone(&source), columns: Vec::new(), rows: Vec::new() };
        let mut lines = Lines { text, at: 0, line: 1 };
        let mut wrong = Vec::new();
        for record in reader.records().take(MAX_ROWS) {
            let record = record.map_err(|error| {
                let line = error.position().map_or(1, |p| usize::try_from(p.line()).unwrap_or(1));
                table.error(line, format!("the row cannot be read as CSV: {error}"), "put texts with commas in quotes")
            })?;
            let line = lines.of(record.position().map_or(0, |p| usize::try_from(p.byte()).unwrap_or_default()));
            let mut cells: Vec<String> = record.iter().map(|cell| unescaped(cell).to_owned()).collect();
            if table.columns.is_empty() {
                table.columns = cells.iter().map(|name| plain(name)).collect();
                continue;
            }
            while cells.len() > table.columns.len() && cells.last().is_some_and(String::is_empty) {
                cells.pop();
            }
            if cells.iter().all(String::is_empty) {
                continue;
            }
            if cells.len() > table.columns.len() {
                let message = format!("the row has {} cells, the header {}", cells.len(), table.columns.len());
                wrong.push(table.error(line, message, "put texts with commas in quotes, or name the missing columns"));
                continue;
            }
            table.rows.push(Row { line, cells });
        }
        all_in_one(wrong).map_or(Ok(table), Err)
    }

    /// Reads the tables of a Markdown text that have a column of one of these names.
    pub(in crate::evidence) fn of_markdown(path: &str, text: &str, with: &[&str]) -> Vec<Self> {
        let source = Arc::new(Source::new(path, text));
        let mut tables: Vec<Self> = Vec::new();
        let mut open: Option<Self> = None;
        for (number, line) in text.lines().enumerate() {
            let Some(cells) = pipes(line) else {
                tables.extend(open.take());
                continue;
            };
            match &mut open {
                None => {
                    let columns = cells.iter().map(|name| plain(name)).collect();
                    open = Some(Self { source: Arc::clone(&source), columns, rows: Vec::new() });
                }
                Some(_) if cells.iter().all(|c| !c.is_empty() && c.chars().all(|c| matches!(c, '-' | ':' | ' '))) => {}
                Some(table) => table.rows.push(Row { line: number + 1, cells }),
            }
        }
        tables.extend(open);
        tables.retain(|table| table.column(with).is_some());
        tables
    }

    /// The first column of one of these names.
    pub(in crate::evidence) fn column(&self, names: &[&str]) -> Option<Column> {
        names.iter().find_map(|name| self.columns.iter().position(|c| c == name)).map(Column)
    }

    /// The names of the columns, in lower case with underscores.
    pub(in crate::evidence) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// A column that must be there.
    ///
    /// # Errors
    /// A message that lists the columns that are wanted.
    pub(in crate::evidence) fn needs(&self, names: &[&str], all: &[&str]) -> Read<Column> {
        self.column(names).ok_or_else(|| {
            let name = names.first().copied().unwrap_or_default();
            self.error(
                1,
                format!("the column `{name}` is missing"),
                format!("the first line must name the columns {}", all.join(",")),
            )
        })
    }

    /// A message about a line.
    pub(in crate::evidence) fn error(
        &self,
        line: usize,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Box<Diagnostic> {
        let starts = self.source.text().match_indices('\n').map(|(at, _)| at + 1);
        let start = std::iter::once(0).chain(starts).nth(line.saturating_sub(1)).unwrap_or_default();
        let end = (start + self.source.line(line.max(1)).len()).min(self.source.text().len());
        let at = At { source: Arc::clone(&self.source), range: start..end.max(start) };
        Box::new(Diagnostic::error(Code::Malformed, message).at(at).help(help))
    }

    /// The file and the line of a row.
    pub(in crate::evidence) fn origin(&self, row: &Row) -> Arc<Origin> {
        Origin::detected(self.source.name(), Some(row.line))
    }

    /// The text of a cell; none when it is empty.
    pub(in crate::evidence) fn text<'r>(&self, row: &'r Row, column: Option<Column>) -> Option<&'r str> {
        row.cells.get(column?.0).map(String::as_str).filter(|cell| !cell.is_empty())
    }

    /// The text of a cell that must have one.
    ///
    /// # Errors
    /// A message about the row.
    pub(in crate::evidence) fn given<'r>(&self, row: &'r Row, column: Column) -> Read<&'r str> {
        self.text(row, Some(column)).ok_or_else(|| {
            self.error(
                row.line,
                format!("`{}` is empty in this row", self.name(column)),
                "fill it in, or delete the row",
            )
        })
    }

    /// The day in a cell, also when a time of day follows; none when it is empty.
    ///
    /// # Errors
    /// A message about the row when it is no day.
    pub(in crate::evidence) fn day(&self, row: &Row, column: Option<Column>) -> Read<Option<Day>> {
        let (Some(at), Some(text)) = (column, self.text(row, column)) else { return Ok(None) };
        day_of(text).map(Some).ok_or_else(|| {
            let message = format!("`{}` is `{text}`, which is not a date", self.name(at));
            self.error(row.line, message, "write year, month and day: 2026-12-31")
        })
    }

    /// The day in a cell that must have one.
    ///
    /// # Errors
    /// A message about the row.
    pub(in crate::evidence) fn given_day(&self, row: &Row, column: Column) -> Read<Day> {
        self.given(row, column)?;
        self.day(row, Some(column))?.ok_or_else(|| self.error(row.line, "the date is missing", "fill it in"))
    }

    /// The number in a cell (`12`, `4.2%`, `$3.40`: the number as written); none when it is empty.
    ///
    /// # Errors
    /// A message about the row when it is no number.
    pub(in crate::evidence) fn number(&self, row: &Row, column: Option<Column>) -> Read<Option<f64>> {
        Ok(self.quantity(row, column)?.map(|quantity| quantity.number()))
    }

    /// The number with its unit in a cell; none when it is empty.
    ///
    /// # Errors
    /// A message about the row when it is none.
    pub(in crate::evidence) fn quantity(&self, row: &Row, column: Option<Column>) -> Read<Option<Quantity>> {
        let (Some(at), Some(text)) = (column, self.text(row, column)) else { return Ok(None) };
        Quantity::parse(text)
            .map(Some)
            .map_err(|error| self.error(row.line, format!("`{}`: {error}", self.name(at)), "write a number"))
    }

    fn name(&self, column: Column) -> &str {
        self.columns.get(column.0).map_or("the cell", String::as_str)
    }
}

/// A cell without the apostrophe that keeps spreadsheets from taking it for a formula: `'@praman` is a handle.
fn unescaped(cell: &str) -> &str {
    let text = cell.strip_prefix('\'').filter(|rest| rest.trim_start_matches('\'').starts_with(['=', '+', '-', '@']));
    text.unwrap_or(cell)
}

/// The first of the errors in a file, which also names the lines of the others.
pub(in crate::evidence) fn all_in_one(wrong: Vec<Box<Diagnostic>>) -> Option<Box<Diagnostic>> {
    /// More lines are counted and not named.
    const MAX_LINES: usize = 8;
    let mut wrong = wrong.into_iter();
    let mut first = wrong.next()?;
    let others: Vec<String> = wrong.filter_map(|d| Some(d.at?.position().line.to_string())).collect();
    if let Some((last, before)) = others.split_last() {
        let lines = match (before, others.len() - others.len().min(MAX_LINES)) {
            ([], _) => format!("line {last} is"),
            (_, 0) => format!("lines {} and {last} are", before.join(", ")),
            (_, more) => format!("lines {} and {more} more are", others[..MAX_LINES].join(", ")),
        };
        first.message = format!("{}; {lines} wrong too", first.message);
    }
    Some(first)
}

/// Counts lines as the rows go by: the reader places a row before the empty lines and comments in front of it.
struct Lines<'t> {
    text: &'t str,
    at: usize,
    line: usize,
}

impl Lines<'_> {
    fn of(&mut self, byte: usize) -> usize {
        let passed = self.text.get(self.at..byte).unwrap_or_default();
        self.line += passed.matches('\n').count();
        self.at = self.at.max(byte);
        while let Some(rest) = self.text.get(self.at..)
            && rest.starts_with(['\n', '\r', '#'])
            && let Some(end) = rest.find('\n')
        {
            self.at += end + 1;
            self.line += 1;
        }
        self.line
    }
}

/// The day that a text begins with: a date, or a date with a time.
#[must_use]
pub(in crate::evidence) fn day_of(text: &str) -> Option<Day> {
    let text = text.trim();
    let day = Day::parse(text.get(..10)?)?;
    let rest = text.get(10..)?;
    (rest.is_empty() || rest.starts_with(['T', 't', ' '])).then_some(day)
}

/// The cells of a line of a Markdown table.
fn pipes(line: &str) -> Option<Vec<String>> {
    let line = line.trim();
    let inner = line.strip_prefix('|')?;
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    let escaped = inner.replace("\\|", "\u{1}");
    Some(escaped.split('|').map(|cell| cell.trim().trim_matches('`').replace('\u{1}', "|")).collect())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_whatever_their_case_order_or_delimiter() {
        for text in [
            "\u{feff}At,VALUE,note\r\n2026-04-01,12.5,\"a, b\"\r\n",
            "value;note;at\n12.5;a, b;2026-04-01T08:00:00Z\n",
            "# exported by hand\nat\tvalue\tnote\n2026-04-01 08:00\t12.5\ta, b\n\n",
        ] {
            let table = Table::parse("x.csv", text).unwrap();
            let row = &table.rows[0];
            let at = table.needs(&["at"], &["at"]).unwrap();
            assert_eq!(table.given_day(row, at).unwrap().to_string(), "2026-04-01", "{text:?}");
            assert_eq!(table.number(row, table.column(&["value"])).unwrap(), Some(12.5));
            assert_eq!(table.text(row, table.column(&["note"])), Some("a, b"));
            assert_eq!(table.text(row, table.column(&["weight"])), None);
            assert_eq!(table.rows.len(), 1);
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let message = |d: Box<Diagnostic>| (d.message.clone(), d.at.map(|a| a.position().line));
        assert_eq!(message(Table::parse("x.csv", "").unwrap_err()), ("the file is empty".to_owned(), None));
        let table = Table::parse("x.csv", "at,value\n2026-04-01,12\n01.04.2026,abc\n,\n").unwrap();
        assert_eq!(table.rows.len(), 2);
        let (text, line) = message(table.needs(&["weight"], &["at", "weight"]).unwrap_err());
        assert!(text.contains("`weight`") && line == Some(1));
        let (text, line) = message(table.day(&table.rows[1], table.column(&["at"])).unwrap_err());
        assert!(text.contains("01.04.2026") && line == Some(3), "{text} {line:?}");
        let (text, line) = message(table.number(&table.rows[1], table.column(&["value"])).unwrap_err());
        assert!(text.contains("abc") && line == Some(3), "{text}");
        let (text, line) = message(Table::parse("x.csv", "# x\na,b\n\r\n# y\n\"1\n1\",2\n\n1,2,3\n").unwrap_err());
        assert!(text.contains("3 cells") && line == Some(8), "{text} {line:?}");
        let (text, line) = message(Table::parse("x.csv", "a,b\n1,2\n1,2,3\n").unwrap_err());
        assert!(text.contains("3 cells") && line == Some(3), "{text}");
        let (text, line) = message(Table::parse("x.csv", "a,b\n1,2,3\n1,2\n1,2,3,4\n5,6,7\n").unwrap_err());
        assert_eq!((text.as_str(), line), ("the row has 3 cells, the header 2; lines 4 and 5 are wrong too", Some(2)));
        let (text, _) = message(Table::parse("x.csv", &format!("a,b\n{}", "1,2,3\n".repeat(12))).unwrap_err());
        assert!(text.ends_with("; lines 3, 4, 5, 6, 7, 8, 9, 10 and 3 more are wrong too"), "{text}");
        assert_eq!(unescaped("'@praman"), "@praman");
        assert_eq!(unescaped("''=1"), "'=1");
        assert_eq!(unescaped("'s Hertogenbosch"), "'s Hertogenbosch");
    }

    #[test]
    fn a_time_of_day_belongs_to_its_day() {
        assert!(day_of("2026-04-01T08:00:00Z").is_some() && day_of(" 2026-04-01 ").is_some());
        assert!(day_of("2026-04-0").is_none() && day_of("2026-04-01x").is_none() && day_of("2026-13-01").is_none());
        assert!(day_of("äöüäöüäöü").is_none());
    }

    proptest::proptest! {
        #[test]
        fn noise_is_read_without_a_panic(text in "[-a-c,;\"#|\\\\0-9\r\n\té]{0,80}") {
            if let Ok(table) = Table::parse("x.csv", &text) {
                for row in &table.rows {
                    let _ = table.day(row, table.column(&["a"]));
                    let _ = table.error(row.line, "x", "y").render(crate::diagnostic::Look::PLAIN);
                }
            }
            let _ = Table::of_markdown("x.md", &text, &["a"]);
        }
    }

    #[test]
    fn tables_of_a_markdown_text_are_tables() {
        let text = "# Register\n\n| ID | Severity | Expected |\n|:---|---|---|\n| `EC-1` | high | reject \\| ask |\n\n| x |\n|---|\n| 1 |\n";
        let tables = Table::of_markdown("e.md", text, &["id"]);
        assert_eq!(tables.len(), 1);
        let row = &tables[0].rows[0];
        assert_eq!(tables[0].text(row, tables[0].column(&["id"])), Some("EC-1"));
        assert_eq!(tables[0].text(row, tables[0].column(&["expected"])), Some("reject | ask"));
        assert_eq!(row.line, 5);
    }
}
