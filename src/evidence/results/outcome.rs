//! What one file proved enters piece by piece; events, items and messages leave, ready to be joined with those of other files.

use std::sync::Arc;

use crate::diagnostic::{At, Code, Diagnostic};
use crate::evidence::tree::Tree;
use crate::evidence::{Item, Proof};
use crate::fact::{Node, Origin, Record};
use crate::manifest::Manifest;
use crate::source::Source;

use super::junit::Case;
use super::moment::Moment;
use super::versions::Deployed;

/// A longer line is not shown in a message.
const MAX_LINE: usize = 400;

/// A longer text of a file (the name of a tool, of a slice) is cut.
const MAX_TEXT: usize = 120;

/// A file that is read, with what a reader may look at.
#[derive(Debug)]
pub(super) struct Input<'a> {
    /// Its path from the root.
    pub(super) path: &'a str,
    /// Its text.
    pub(super) text: &'a str,
    /// The files of the repository.
    pub(super) tree: &'a Tree,
    /// Where what it proves comes from.
    pub(super) origin: Arc<Origin>,
    /// The manifest; an empty one when there is none.
    pub(super) manifest: &'a Manifest,
    /// The versions that are deployed.
    pub(super) deployed: &'a Deployed,
}

/// What is wrong with a file, how it is mended, and where it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    what: String,
    help: String,
    /// Line and column, from 1.
    place: Option<(usize, usize)>,
}

impl Wrong {
    pub(super) fn new(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self { what: what.into(), help: help.into(), place: None }
    }

    /// Says at which line and column, both from 1.
    pub(super) fn at(mut self, line: usize, column: usize) -> Self {
        self.place = Some((line, column));
        self
    }

    /// Says at which byte of a text.
    pub(super) fn at_byte(self, text: &str, byte: u64) -> Self {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX).min(text.len());
        let line = text.as_bytes().get(..byte).unwrap_or_default().iter().filter(|b| **b == b'\n').count() + 1;
        self.at(line, 1)
    }

    /// The message about a file of a named format.
    pub(super) fn diagnostic(self, path: &str, text: &str, format: &str) -> Diagnostic {
        let error = |message: String| Diagnostic::error(Code::Malformed, message).help(self.help.clone());
        let message = format!("the {format} cannot be used: {}", self.what);
        let Some((line, column)) = self.place.filter(|(line, _)| *line > 0) else { return error(message).path(path) };
        // A snippet of a file on one line would be the whole file.
        let width = text.split('\n').nth(line - 1).map_or(0, str::len);
        if width == 0 || width > MAX_LINE {
            return error(format!("{message} (line {line}, column {column})")).path(path);
        }
        let start = text.split_inclusive('\n').take(line - 1).map(str::len).sum::<usize>();
        let mut from = start + column.saturating_sub(1).min(width - 1);
        while !text.is_char_boundary(from) {
            from -= 1;
        }
        let to = from + text.get(from..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        error(message).at(At { source: Arc::new(Source::new(path, text)), range: from..to })
    }
}

/// One dated record for one list of the facts.
#[derive(Debug)]
pub(super) struct Event {
    /// The list, by its path in the facts reference.
    pub(super) facts: &'static str,
    /// When, from inside the artefact.
    pub(super) at: Option<Moment>,
    /// The record.
    pub(super) record: Record,
}

impl Event {
    /// The file that it comes from.
    pub(super) fn path(&self) -> Option<&str> {
        self.record.origin.as_ref().map(|origin| origin.path.as_str())
    }
}

/// What a file proved.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Dated records.
    pub(super) events: Vec<Event>,
    /// Test cases.
    pub(super) cases: Vec<Case>,
    /// Items of evidence.
    pub(super) items: Vec<Item>,
    /// Files that cannot be read as what they are.
    pub(super) malformed: Vec<(String, Diagnostic)>,
    /// Anything else worth saying.
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Outcome {
    /// One event of a file, dated when the artefact says when.
    pub(super) fn event(
        &mut self,
        input: &Input<'_>,
        facts: &'static str,
        at: Option<Moment>,
        fields: impl IntoIterator<Item = (&'static str, Node)>,
    ) {
        let mut record = Record::new(fields).from(&input.origin);
        if let Some(at) = at {
            record.set("date", at.day);
        }
        self.events.push(Event { facts, at, record });
    }

    /// One item of evidence of a file.
    pub(super) fn item(
        &mut self,
        input: &Input<'_>,
        kind: &'static str,
        level: Proof,
        at: Option<Moment>,
        because: String,
    ) {
        let (origin, date) = (Arc::clone(&input.origin), at.map(|m| m.day));
        self.items.push(Item { kind, origin, level, rank: Moment::rank(at), date, because });
    }

    /// A file that is what it says and cannot be used as proof; why.
    pub(super) fn skipped(&mut self, path: &str, why: impl Into<String>, help: &str) {
        self.diagnostics.push(Diagnostic::warning(Code::Skipped, why).path(path).help(help));
    }
}

/// What a reader of a format gives back.
pub(super) type Read = Result<Outcome, Wrong>;

/// A text from a file, cut to a length that can be shown.
pub(super) fn short(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

/// A number for people: at most one decimal below 100, none above.
pub(super) fn figure(number: f64) -> String {
    let text = if number.abs() < 100.0 { format!("{number:.1}") } else { format!("{number:.0}") };
    text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
}

/// A score for people: at most three decimals.
pub(super) fn score(number: f64) -> String {
    let text = format!("{number:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_shown_unless_the_line_is_huge() {
        let text = "{\n  \"ü\": tru\n}";
        let shown = Wrong::new("no", "mend").at(2, 9).diagnostic("a.json", text, "report");
        assert_eq!(shown.at.as_ref().map(|at| (at.position().line, at.range.len())), Some((2, 1)));
        assert_eq!(shown.message, "the report cannot be used: no");
        let long = "x".repeat(5000);
        let hidden = Wrong::new("no", "mend").at(1, 4000).diagnostic("a.json", &long, "report");
        assert_eq!((hidden.at.is_none(), hidden.file()), (true, Some("a.json")));
        assert!(hidden.message.contains("line 1, column 4000"), "{}", hidden.message);
        for place in [(0, 0), (9, 1), (2, 999), (3, 0)] {
            let error = Wrong::new("no", "mend").at(place.0, place.1).diagnostic("a.json", text, "report");
            assert_eq!(error.file(), Some("a.json"), "{place:?}");
        }
    }

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!([figure(42.0), figure(41.26), figure(1640.4), figure(0.1)].join(" "), "42 41.3 1640 0.1");
        assert_eq!([score(0.95), score(1.0), score(0.12345)].join(" "), "0.95 1 0.123");
    }
}
