//! Bytes enter, text with spans leaves: every value of a YAML, TOML or JSON document can be traced to its place.
//!
//! The reader is bounded on hostile input: size, nesting, aliases and node count are capped before anything is built.

mod reading;

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use reading::{Reading, json_syntax};

/// The largest document that is read, in bytes.
pub const MAX_BYTES: usize = 1024 * 1024;

/// The deepest nesting that is read.
const MAX_DEPTH: usize = 64;

/// The syntax of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// YAML 1.2.
    Yaml,
    /// TOML 1.0.
    Toml,
    /// JSON.
    Json,
}

impl Format {
    /// The format that a file name stands for; YAML when the ending says nothing.
    #[must_use]
    pub fn of(name: &str) -> Self {
        match name.rsplit('.').next() {
            Some("toml") => Self::Toml,
            Some("json") => Self::Json,
            _ => Self::Yaml,
        }
    }

    /// The format of a text whose name may say nothing, such as one from standard input: a first line `key = value` or `[table]` is
    /// TOML, because in YAML it would be no map.
    #[must_use]
    pub fn of_text(name: &str, text: &str) -> Self {
        let first =
            text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or_default();
        let is_key = |key: &str| {
            key.starts_with(|c: char| c.is_ascii_alphanumeric())
                && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
        };
        let is_toml = match first.strip_prefix('[') {
            Some(table) => table.ends_with(']') && !table.contains(','),
            None => first.split_once('=').is_some_and(|(key, _)| is_key(key.trim_end())),
        };
        match Self::of(name) {
            Self::Yaml if is_toml && !name.ends_with(".yaml") && !name.ends_with(".yml") => Self::Toml,
            format => format,
        }
    }
}

/// A named text whose byte offsets can be turned into lines and columns.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    name: String,
    text: String,
    line_starts: Vec<usize>,
    /// The number of the first line, when the text is a part of a larger one; else 1.
    first_line: usize,
}

/// A place in a text: line and column, both from 1, columns counted in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// Why bytes are no text that can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// Larger than [`MAX_BYTES`].
    TooLarge(usize),
    /// Not UTF-8; the offset of the first bad byte.
    NotUtf8(usize),
    /// UTF-16 or UTF-32 by its byte order mark.
    WrongEncoding(&'static str),
    /// Nothing in it but blanks and comments.
    Empty,
}

impl Source {
    /// Checks bytes (size, encoding) and takes them as text; `name` is what messages call it.
    ///
    /// # Errors
    /// [`ReadError`] when the bytes are too many or no UTF-8.
    pub fn from_bytes(name: impl Into<String>, bytes: Vec<u8>) -> Result<Self, ReadError> {
        if bytes.len() > MAX_BYTES {
            return Err(ReadError::TooLarge(bytes.len()));
        }
        match bytes.as_slice() {
            [0xFF, 0xFE, ..] => return Err(ReadError::WrongEncoding("UTF-16 (little endian)")),
            [0xFE, 0xFF, ..] => return Err(ReadError::WrongEncoding("UTF-16 (big endian)")),
            _ => {}
        }
        let text = String::from_utf8(bytes).map_err(|e| ReadError::NotUtf8(e.utf8_error().valid_up_to()))?;
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        Ok(Self::new(name, text))
    }

    /// Takes text as it is.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let line_starts = std::iter::once(0).chain(text.match_indices('\n').map(|(i, _)| i + 1)).collect();
        Self { name: name.into(), text, line_starts, first_line: 1 }
    }

    /// Takes a part of a text that is too large to be kept, for messages; its first line has this number.
    #[must_use]
    pub fn excerpt(name: impl Into<String>, text: impl Into<String>, first_line: usize) -> Self {
        Self { first_line: first_line.max(1), ..Self::new(name, text) }
    }

    /// The same text under another name.
    #[must_use]
    pub fn renamed(&self, name: impl Into<String>) -> Self {
        Self { first_line: self.first_line, ..Self::new(name, self.text.as_str()) }
    }

    /// What messages call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = self.line_starts[line - 1];
        let column = self.text.get(start..offset).map_or(1, |s| s.chars().count() + 1);
        Position { line: line + self.first_line - 1, column }
    }

    /// The text of a line (from 1), without its end.
    #[must_use]
    pub fn line(&self, line: usize) -> &str {
        let line = (line + 1).saturating_sub(self.first_line).max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or(self.text.len());
        let end = self.line_starts.get(line).map_or(self.text.len(), |e| e - 1);
        self.text.get(start..end).unwrap_or_default().trim_end_matches('\r')
    }

    /// Clips a range to the text and to character boundaries.
    fn clip(&self, range: Range<usize>) -> Range<usize> {
        let floor = |mut at: usize| {
            at = at.min(self.text.len());
            while !self.text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = floor(range.start);
        start..floor(range.end).max(start)
    }
}

/// Where a value stands: its key (in a map) and itself, as byte ranges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The key, when the value is an entry of a map.
    pub key: Option<Range<usize>>,
    /// The value.
    pub value: Range<usize>,
}

impl Place {
    /// The range to point at for the entry as a whole: the key when there is one.
    #[must_use]
    pub fn entry(&self) -> Range<usize> {
        self.key.clone().unwrap_or_else(|| self.value.clone())
    }
}

/// A key that stands twice in one map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// JSON pointer of the entry.
    pub pointer: String,
    /// The first key.
    pub first: Range<usize>,
    /// The key again.
    pub again: Range<usize>,
}

/// A document: its value, and the place of every part of it by JSON pointer.
#[derive(Debug, Clone)]
pub struct Document {
    /// The text it was read from.
    pub source: Arc<Source>,
    /// The value. Of a key that stands twice, the first value.
    pub value: Value,
    /// Keys that stand twice.
    pub duplicates: Vec<Duplicate>,
    places: HashMap<String, Place>,
}

/// Why a text is no document of its format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong.
    pub message: String,
    /// Where.
    pub range: Range<usize>,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// Every syntax error that the format's reader can name (YAML and JSON stop at the first).
    pub fn parse(source: Arc<Source>, format: Format) -> Result<Self, Vec<SyntaxError>> {
        if let Some(at) = source.text.find(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            let c = source.text[at..].chars().next().unwrap_or_default();
            return Err(vec![SyntaxError {
                message: format!("the control character U+{:04X} is not allowed here", c as u32),
                range: at..at + c.len_utf8(),
            }]);
        }
        let mut reading = Reading::default();
        let value = match format {
            Format::Toml => reading.toml(&source)?,
            Format::Json => {
                json_syntax(&source).map_err(|e| vec![e])?;
                reading.yaml(&source).map_err(|e| vec![e])?
            }
            Format::Yaml => reading.yaml(&source).map_err(|e| vec![e])?,
        };
        for place in reading.places.values_mut() {
            place.value = source.clip(place.value.clone());
            place.key = place.key.take().map(|key| source.clip(key));
        }
        Ok(Self { source, value, duplicates: reading.duplicates, places: reading.places })
    }

    /// The place of the value at a JSON pointer (`/metrics/0/baseline`).
    #[must_use]
    pub fn place(&self, pointer: &str) -> Option<&Place> {
        self.places.get(pointer)
    }

    /// The place of the value at a pointer, or of its nearest parent that exists; the whole document at last.
    #[must_use]
    pub fn nearest(&self, pointer: &str) -> Place {
        let mut at = pointer;
        loop {
            if let Some(place) = self.places.get(at) {
                return place.clone();
            }
            match at.rfind('/') {
                Some(cut) => at = &at[..cut],
                None => return Place { key: None, value: 0..0 },
            }
        }
    }
}

/// One segment of a JSON pointer, escaped.
#[must_use]
pub fn segment(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    fn document(text: &str, format: Format) -> Document {
        Document::parse(Arc::new(Source::new("test", text)), format).unwrap()
    }

    fn text_at<'a>(document: &'a Document, pointer: &str) -> &'a str {
        &document.source.text()[document.place(pointer).unwrap().value.clone()]
    }

    #[test]
    fn every_value_is_found_again_in_each_format() {
        let yaml = document("a:\n  - x: 12 min\n    ü: [1, 'two']\nb: no\n", Format::Yaml);
        assert_eq!(text_at(&yaml, "/a/0/x"), "12 min");
        assert_eq!(text_at(&yaml, "/a/0/ü/1"), "'two'");
        assert_eq!(yaml.value["b"], "no");
        assert_eq!(yaml.source.position(yaml.place("/b").unwrap().value.start), Position { line: 4, column: 4 });
        let key = yaml.place("/a/0/ü").unwrap().key.clone().unwrap();
        assert_eq!(yaml.source.position(key.start), Position { line: 3, column: 5 });

        let toml = document("b = 2026-06-01\n[[a]]\nx = '12 min'\n", Format::Toml);
        assert_eq!(toml.value["b"], "2026-06-01");
        assert_eq!(text_at(&toml, "/a/0/x"), "'12 min'");

        assert_eq!(Format::of_text("<stdin>", "\n# one\naipp = 1\n"), Format::Toml);
        assert_eq!(Format::of_text("<stdin>", "[project]\nname = 'A'\n"), Format::Toml);
        for yaml in ["aipp: 1\nname: a = b\n", "{\"a\": \"=\"}", "- a = b\n", "[a, b]\n"] {
            assert_eq!(Format::of_text("<stdin>", yaml), Format::Yaml, "{yaml}");
        }
        assert_eq!(Format::of_text("aipp.yaml", "aipp = 1\n"), Format::Yaml);

        let json = document("{\n\t\"a\": [{\"x\": \"12 min\"}],\n\t\"b\": 1.5}", Format::Json);
        assert_eq!(text_at(&json, "/a/0/x"), "\"12 min\"");
        assert_eq!(json.value["b"], 1.5);
    }

    #[test]
    fn all_duplicate_keys_are_kept_with_both_places() {
        let yaml = document("a: 1\nb: 2\na: 3\nc: {x: 1, x: 2}\n", Format::Yaml);
        let pointers: Vec<_> = yaml.duplicates.iter().map(|d| d.pointer.as_str()).collect();
        assert_eq!(pointers, ["/a", "/c/x"]);
        assert_eq!(yaml.value["a"], 1);
        assert_eq!(yaml.duplicates[0].first.start, 0);
        assert_eq!(yaml.source.position(yaml.duplicates[0].again.start).line, 3);
        let json = document("{\"a\": 1, \"a\": 2}", Format::Json);
        assert_eq!(json.duplicates.len(), 1);
    }

    #[test]
    fn hostile_documents_end_in_an_error() {
        let parse = |text: String, format| Document::parse(Arc::new(Source::new("test", text)), format);
        assert!(parse("[".repeat(100_000), Format::Yaml).is_err());
        assert!(parse("{a: ".repeat(100_000), Format::Yaml).is_err());
        assert!(parse("[".repeat(100_000), Format::Json).is_err());
        assert!(parse(format!("a = {}", "[".repeat(100_000)), Format::Toml).is_err());
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for i in 1..9 {
            let refs = vec![format!("*a{}", i - 1); 9].join(", ");
            bomb.push_str(&format!("a{i}: &a{i} [{refs}]\n"));
        }
        assert!(parse(bomb, Format::Yaml).is_err());
        assert!(parse("a: \u{1b}[31mred\n".into(), Format::Yaml).is_err());
        assert!(parse("a: 1\n---\nb: 2\n".into(), Format::Yaml).is_err());
        assert!(parse("a: .nan\n".into(), Format::Yaml).is_err());
        assert!(parse("a = nan\n".into(), Format::Toml).is_err());
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        assert_eq!(Source::from_bytes("x", vec![b'a', 0xFF]), Err(ReadError::NotUtf8(1)));
        assert_eq!(Source::from_bytes("x", vec![b' '; MAX_BYTES + 1]), Err(ReadError::TooLarge(MAX_BYTES + 1)));
        assert!(matches!(Source::from_bytes("x", vec![0xFF, 0xFE, b'a', 0]), Err(ReadError::WrongEncoding(_))));
        assert_eq!(Source::from_bytes("x", "\u{feff}a: 1".as_bytes().to_vec()).unwrap().text(), "a: 1");
    }
}
