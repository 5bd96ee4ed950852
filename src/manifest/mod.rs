//! A source enters, a typed manifest leaves, with every value findable in the source and every error reported at once.

pub mod model;
mod people;
mod rules;
pub mod value;

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::diagnostic::{At, Code, Diagnostic};
use crate::digest::sha256;
use crate::source::{Document, Format, ReadError, Source, segment};

pub use model::Manifest;
pub use people::{disguise, is_group, looks_like, same_name};

/// The file names of a manifest, in the order they are looked for.
pub const NAMES: [&str; 4] = ["aipp.yaml", "aipp.yml", "aipp.toml", "aipp.json"];

/// More errors than these are not reported in one run.
const MAX_ERRORS: usize = 50;

/// A manifest with the document it was read from.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The typed manifest.
    pub manifest: Manifest,
    /// The document: values by pointer, and where they stand.
    pub document: Document,
    /// SHA-256 of the file's bytes, in hexadecimal.
    pub sha256: String,
}

impl Loaded {
    /// Calls the file by another name in everything that is said of it from now on.
    pub fn rename(&mut self, name: impl Into<String>) {
        self.document.source = Arc::new(Source::new(name, self.document.source.text()));
    }

    /// Where the value at a pointer (or its nearest parent) stands.
    #[must_use]
    pub fn at(&self, pointer: &str) -> At {
        At::entry(&self.document.source, &self.document.nearest(pointer))
    }
}

/// Reads a manifest. `name` is what messages call the file; its ending says the format.
///
/// # Errors
/// Every error that was found, each with its place: unreadable text, syntax, unknown and duplicate keys, wrong types, bad
/// values, and contradictions between values.
pub fn load(name: &str, bytes: Vec<u8>) -> Result<Loaded, Vec<Diagnostic>> {
    match read(name, bytes) {
        (Some(loaded), errors) if errors.is_empty() => Ok(loaded),
        (_, errors) => Err(errors),
    }
}

/// Reads a manifest as far as it can be read: what could be, and every error. A caller that has more to check can report
/// everything in one run.
#[must_use]
pub fn read(name: &str, bytes: Vec<u8>) -> (Option<Loaded>, Vec<Diagnostic>) {
    let sha256 = sha256(&bytes);
    let document = match read_document(name, bytes) {
        Ok(document) => document,
        Err(errors) => return (None, errors),
    };
    let (manifest, mut errors) = decode::<Manifest>(&document);
    errors.splice(0..0, duplicate_keys(&document));
    // Values that contradict each other are looked for only among values that could be read.
    if let Some(manifest) = &manifest {
        let unread: Vec<_> = errors.iter().filter_map(|e| e.at.as_ref().map(|at| at.range.clone())).collect();
        let found = rules::check(manifest, &document);
        errors.extend(found.into_iter().filter(|d| d.at.as_ref().is_none_or(|at| !unread.contains(&at.range))));
    }
    let manifest = manifest.unwrap_or_default();
    errors.truncate(MAX_ERRORS);
    errors.sort_by_key(|e| e.at.as_ref().map(|at| at.range.start));
    (Some(Loaded { manifest, document, sha256 }), errors)
}

/// Reads a document of any of the three formats; its top level must be a map.
///
/// # Errors
/// What is wrong with the bytes or the syntax, with its place.
pub fn read_document(name: &str, bytes: Vec<u8>) -> Result<Document, Vec<Diagnostic>> {
    let source = Arc::new(Source::from_bytes(name, bytes).map_err(|e| vec![unreadable(name, &e)])?);
    if source.text().trim().is_empty() {
        return Err(vec![unreadable(name, &ReadError::Empty)]);
    }
    let document = Document::parse(Arc::clone(&source), Format::of_text(name, source.text())).map_err(|errors| {
        errors
            .into_iter()
            .map(|e| {
                let help = syntax_help(&e.message, source.text(), &e.range);
                let diagnostic =
                    Diagnostic::error(Code::Syntax, e.message).at(At { source: Arc::clone(&source), range: e.range });
                match help {
                    Some(help) => diagnostic.help(help),
                    None => diagnostic,
                }
            })
            .collect::<Vec<_>>()
    })?;
    match document.value {
        Value::Object(_) => Ok(document),
        Value::Null => Err(vec![unreadable(name, &ReadError::Empty)]),
        _ => Err(vec![
            Diagnostic::error(Code::WrongType, "the file must be a map of keys and values")
                .at(At { source: Arc::clone(&document.source), range: 0..1 })
                .help("begin with a line such as `aipp: 1`"),
        ]),
    }
}

/// The message for bytes that are no text.
#[must_use]
pub fn unreadable(name: &str, error: &ReadError) -> Diagnostic {
    let (code, message, help) = match error {
        ReadError::TooLarge(bytes) => (
            Code::TooLarge,
            format!("the file has {bytes} bytes; aipp reads at most {}", crate::source::MAX_BYTES),
            "split it, or keep data in files of its own",
        ),
        ReadError::NotUtf8(at) => (
            Code::NotUtf8,
            format!("the file is not UTF-8 text: byte {at} is not part of a character"),
            "save it as UTF-8",
        ),
        ReadError::WrongEncoding(encoding) => {
            (Code::NotUtf8, format!("the file is {encoding}, not UTF-8"), "save it as UTF-8")
        }
        ReadError::Empty => {
            (Code::EmptyFile, "the file is empty".to_owned(), "write at least `aipp: 1` and `project: { name: … }`")
        }
    };
    Diagnostic::error(code, message).path(name).help(help)
}

fn syntax_help(message: &str, text: &str, range: &Range<usize>) -> Option<String> {
    let here = text.get(range.start..).unwrap_or_default();
    if message.contains("control character") {
        Some("delete it; a manifest is plain text".to_owned())
    } else if here.starts_with('\t') {
        Some("indent with blanks, not with tabs".to_owned())
    } else if message.contains("budget") || message.contains("limit") {
        Some("aipp reads at most 64 levels of nesting and 20,000 values from aliases".to_owned())
    } else if message.contains("more than one YAML document") {
        Some("write one document a file; delete what follows the second `---`".to_owned())
    } else {
        None
    }
}

/// One error for every key that stands twice.
#[must_use]
pub fn duplicate_keys(document: &Document) -> Vec<Diagnostic> {
    let at = |range: &Range<usize>| At { source: Arc::clone(&document.source), range: range.clone() };
    document
        .duplicates
        .iter()
        .map(|duplicate| {
            let key = document.source.text().get(duplicate.again.clone()).unwrap_or_default();
            let error = Diagnostic::error(Code::DuplicateKey, format!("the key `{key}` stands twice"))
                .at(at(&duplicate.again))
                .label("again here")
                .help("keep one of the two; a later value never replaces an earlier one in silence");
            if duplicate.first == duplicate.again { error } else { error.context(at(&duplicate.first), "first here") }
        })
        .collect()
}

/// Turns a document into a typed value and reports everything that does not fit, not only the first: what is wrong is taken
/// out (or, when it is missing, filled with a stand-in) and the rest is read again.
pub fn decode<T: DeserializeOwned>(document: &Document) -> (Option<T>, Vec<Diagnostic>) {
    let mut pruned =
        Pruned { value: document.value.clone(), kept: HashMap::new(), filled: HashSet::new(), removed: HashSet::new() };
    let mut errors: Vec<Diagnostic> = Vec::new();
    loop {
        let error = match serde_path_to_error::deserialize::<_, T>(&pruned.value) {
            Ok(typed) => return (Some(typed), errors),
            Err(error) => error,
        };
        let here = pointer(error.path());
        let original = pruned.original(&here);
        let message = error.inner().to_string();
        let missing = message.strip_prefix("missing field `").map(|m| m.trim_end_matches('`'));
        let wrong = missing.is_some_and(|field| pruned.removed.contains(&format!("{original}/{}", segment(field))));
        if !pruned.filled.contains(&original) && !wrong {
            errors.push(explain(document, &original, &message));
        }
        let mended = match missing {
            Some(field) => pruned.fill(&here, &original, field),
            None if pruned.filled.contains(&original) => {
                pruned.remove(here.rsplit_once('/').map_or("", |(parent, _)| parent))
            }
            None => pruned.remove(&here),
        };
        if errors.len() >= MAX_ERRORS || !mended {
            return (None, errors);
        }
    }
}

/// A value from which what is wrong has been taken out.
struct Pruned {
    value: Value,
    /// For lists that lost elements: the original index of each one that is left, by the list's original pointer.
    kept: HashMap<String, Vec<usize>>,
    /// Original pointers of missing fields that were filled with a stand-in.
    filled: HashSet<String>,
    /// Original pointers of values that were there and were taken out: they are wrong, not missing.
    removed: HashSet<String>,
}

impl Pruned {
    /// A text that most required fields accept: it is a day, and it is a word.
    const STAND_IN: &str = "2000-01-01";

    /// The pointer in the document of what stands at a pointer in the pruned value.
    fn original(&self, pointer: &str) -> String {
        let mut original = String::new();
        for part in pointer.split('/').skip(1) {
            let index = self.kept.get(&original).and_then(|kept| kept.get(part.parse::<usize>().ok()?));
            original = match index {
                Some(index) => format!("{original}/{index}"),
                None => format!("{original}/{part}"),
            };
        }
        original
    }

    fn fill(&mut self, pointer: &str, original: &str, field: &str) -> bool {
        self.filled.insert(format!("{original}/{}", segment(field)));
        match self.value.pointer_mut(pointer) {
            Some(Value::Object(map)) => map.insert(field.to_owned(), Self::STAND_IN.into()).is_none(),
            _ => false,
        }
    }

    fn remove(&mut self, pointer: &str) -> bool {
        let Some((parent, last)) = pointer.rsplit_once('/') else { return false };
        let original = self.original(parent);
        match self.value.pointer_mut(parent) {
            Some(Value::Array(items)) => {
                let Ok(index) = last.parse::<usize>() else { return false };
                let kept = self.kept.entry(original).or_insert_with(|| (0..items.len()).collect());
                kept.remove(index);
                items.remove(index);
                true
            }
            Some(Value::Object(map)) => {
                self.removed.insert(format!("{original}/{last}"));
                map.shift_remove(&last.replace("~1", "/").replace("~0", "~")).is_some()
            }
            _ => false,
        }
    }
}

/// The JSON pointer of a path in a value.
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .map(|s| match s {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", segment(key)),
            Segment::Enum { variant } => format!("/{}", segment(variant)),
            Segment::Unknown => String::new(),
        })
        .collect()
}

/// Says what is wrong with the value at a pointer, in words for people.
fn explain(document: &Document, pointer: &str, message: &str) -> Diagnostic {
    let place = document.nearest(pointer);
    let key = |at: &str| at.rsplit('/').next().unwrap_or_default().replace("~1", "/").replace("~0", "~");
    if let Some(rest) = message.strip_prefix("unknown field `") {
        let (name, expected) = rest.split_once('`').unwrap_or((rest, ""));
        return unknown_key(document, pointer, name, &backticked(expected));
    }
    if let Some(rest) = message.strip_prefix("missing field `") {
        let name = rest.trim_end_matches('`');
        return Diagnostic::error(Code::MissingKey, format!("`{name}` is missing here"))
            .at(At::entry(&document.source, &place))
            .help(format!("add `{name}:`"));
    }
    if let Some(rest) = message.strip_prefix("unknown variant `") {
        let (found, expected) = rest.split_once('`').unwrap_or((rest, ""));
        let names = backticked(expected);
        let error = Diagnostic::error(Code::BadValue, format!("`{}` cannot be `{found}`", key(pointer)))
            .at(At::value(&document.source, &place));
        let choice = names.join(", ");
        return match nearest(found, &names) {
            Some(near) => error.help(format!("did you mean `{near}`? It is one of: {choice}")),
            None => error.help(format!("it is one of: {choice}")),
        };
    }
    if let Some(rest) = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: ")) {
        let (found, expected) = rest.split_once(", expected ").unwrap_or((rest, "another value"));
        let found = found
            .replace("unit value", "nothing")
            .replace("null", "nothing")
            .replace("map", "a map")
            .replace("sequence", "a list")
            .replace("integer `", "the number `")
            .replace("floating point `", "the number `")
            .replace("string \"", "the text \"")
            .replace("boolean `", "`");
        let name = key(pointer);
        let what = if name.is_empty() { "the file".to_owned() } else { format!("`{name}`") };
        return Diagnostic::error(Code::WrongType, format!("{what} is {found}; expected {}", plain_type(expected)))
            .at(At::value(&document.source, &place))
            .help(if found == "nothing" {
                "write a value, or leave the key out".to_owned()
            } else {
                format!("write {}", plain_type(expected))
            });
    }
    Diagnostic::error(Code::BadValue, message.to_owned()).at(At::value(&document.source, &place))
}

fn plain_type(expected: &str) -> String {
    match expected {
        "a string" => "a text".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "a map of keys and values".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "f64" => "a number".to_owned(),
        "u64" | "u32" | "usize" | "i64" => "a whole number, not negative".to_owned(),
        other if other.starts_with("struct ") => "a map of keys and values".to_owned(),
        other => other.to_owned(),
    }
}

fn unknown_key(document: &Document, pointer: &str, name: &str, known: &[String]) -> Diagnostic {
    let place = document.nearest(pointer);
    let error =
        Diagnostic::error(Code::UnknownKey, format!("unknown key `{name}`")).at(At::entry(&document.source, &place));
    // `baseline: €1,200` inside braces splits at the comma: the second half looks like a key of its own.
    let digits = name.chars().next().is_some_and(|c| c.is_ascii_digit());
    if digits && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '%' | ' ' | '/')) {
        return error
            .label("a comma inside braces ends the value before it")
            .help(format!("put the value in quotes, for instance \"1,{name}\", or write it without the comma"));
    }
    match nearest(name, known) {
        Some(near) => error.label(format!("did you mean `{near}`?")).help(format!("rename it to `{near}`")),
        None => {
            let mut known: Vec<_> = known.iter().map(String::as_str).filter(|k| *k != "$schema").collect();
            known.sort_unstable();
            error.help(format!("known keys here: {}", known.join(", ")))
        }
    }
}

/// The known word that a misspelled one probably means.
#[must_use]
pub fn nearest(word: &str, known: &[String]) -> Option<String> {
    let score = |candidate: &str| {
        let (a, b) = (word.to_lowercase().replace('-', "_"), candidate.to_lowercase().replace('-', "_"));
        match a == b {
            true => 1.0,
            // `tier` for `risk_tier`: the word is there, the first half is not.
            false if b.strip_suffix(&a).is_some_and(|head| head.ends_with('_')) => 0.9,
            false => strsim::jaro_winkler(&a, &b).max(strsim::normalized_damerau_levenshtein(&a, &b)),
        }
    };
    known
        .iter()
        .map(|k| (score(k), k))
        .filter(|(s, _)| *s >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, k)| k.clone())
}

/// The words between backticks.
fn backticked(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
