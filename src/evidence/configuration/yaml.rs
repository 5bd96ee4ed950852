//! The text of a YAML or JSON file enters; its documents leave, each with the line on which its values stand.

use std::ops::Range;
use std::sync::Arc;

use serde_json::Value;

use crate::diagnostic::{At, Code, Diagnostic};
use crate::source::{Document, Format, MAX_BYTES, Source, segment};

/// More documents than these are not read from one file.
const MAX_DOCUMENTS: usize = 2_000;

/// One document of a file.
#[derive(Debug)]
pub(in crate::evidence) struct Doc {
    /// The file.
    pub(in crate::evidence) path: Arc<str>,
    /// What it says.
    pub(in crate::evidence) value: Value,
    /// The document with its places; none for JSON, which is read without them.
    document: Option<Document>,
    /// Lines of the file before the document.
    before: usize,
}

impl Doc {
    /// The line of the value at a JSON pointer, or of its nearest parent.
    pub(in crate::evidence) fn line(&self, pointer: &str) -> Option<usize> {
        let Some(document) = &self.document else { return (self.before > 0).then_some(self.before) };
        let place = document.nearest(pointer);
        Some(self.before + document.source.position(place.entry().start).line)
    }

    /// A message about the value at a pointer, with its place.
    pub(in crate::evidence) fn about(&self, pointer: &str, diagnostic: Diagnostic) -> Diagnostic {
        match &self.document {
            Some(document) if self.before == 0 => {
                diagnostic.at(At::entry(&document.source, &document.nearest(pointer)))
            }
            _ => diagnostic.path(&*self.path),
        }
    }

    /// The text at a dotted path.
    pub(in crate::evidence) fn text(&self, path: &str) -> Option<&str> {
        at(&self.value, path)?.as_str()
    }

    /// The objects of a list of Kubernetes (`kind: List`) as documents of their own.
    pub(in crate::evidence) fn listed(&mut self) -> Vec<Self> {
        let is_list =
            self.text("kind").is_some_and(|kind| kind.ends_with("List")) && self.value.get("apiVersion").is_some();
        if !is_list {
            return Vec::new();
        }
        let Some(Value::Array(items)) = self.value.get_mut("items").map(Value::take) else { return Vec::new() };
        let lines: Vec<usize> =
            (0..items.len()).map(|index| self.line(&format!("/items/{index}")).unwrap_or(1)).collect();
        items
            .into_iter()
            .zip(lines)
            .map(|(value, before)| Self { path: Arc::clone(&self.path), value, document: None, before })
            .collect()
    }

    /// A document made from a text that stands inside another file (for instance in a ConfigMap); it keeps that file's line.
    pub(in crate::evidence) fn inside(&self, pointer: &str, text: &str) -> Vec<Self> {
        let line = self.line(pointer).unwrap_or(1);
        let mut docs = documents(&self.path, text).unwrap_or_default();
        for doc in &mut docs {
            doc.document = None;
            doc.before = line;
        }
        docs
    }
}

/// The value at a dotted path of keys.
pub(in crate::evidence) fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(value, |value, key| value.get(key))
}

/// The elements of a list; one element when it is no list; none when it is not there.
pub(in crate::evidence) fn list(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(items)) => items,
        Some(Value::Null) | None => &[],
        Some(other) => std::slice::from_ref(other),
    }
}

/// The texts of a list, or of a single value; lists inside are opened.
pub(in crate::evidence) fn texts(value: Option<&Value>) -> Vec<String> {
    fn add(value: &Value, into: &mut Vec<String>, depth: usize) {
        match value {
            Value::String(text) => into.push(text.clone()),
            Value::Number(number) => into.push(number.to_string()),
            Value::Array(items) if depth < 4 => items.iter().for_each(|item| add(item, into, depth + 1)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    if let Some(value) = value {
        add(value, &mut found, 0);
    }
    found
}

/// A whole number, also when it is written as a text.
pub(in crate::evidence) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|n| n.round() as i64)),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The pointer of a child.
pub(in crate::evidence) fn child(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", segment(key))
}

/// The documents of a YAML file, in order; empty ones are left out.
///
/// # Errors
/// What is wrong with the first document that does not parse, or holds a key twice.
pub(in crate::evidence) fn documents(path: &str, text: &str) -> Result<Vec<Doc>, Box<Diagnostic>> {
    let name: Arc<str> = Arc::from(path);
    if text.len() > MAX_BYTES {
        return Err(Box::new(
            Diagnostic::error(
                Code::Malformed,
                format!("the file has {} bytes; aipp reads at most {MAX_BYTES}", text.len()),
            )
            .path(path)
            .help("split it"),
        ));
    }
    let mut docs = Vec::new();
    for (range, before) in parts(text).into_iter().take(MAX_DOCUMENTS) {
        let Some(part) = text.get(range.clone()) else { continue };
        if part
            .lines()
            .all(|line| matches!(line.trim_start().chars().next(), None | Some('#' | '%')) || line.trim() == "---")
        {
            continue;
        }
        let fault = |message: String, inner: Range<usize>| {
            let source = Arc::new(Source::new(path, text));
            let range = range.start + inner.start..range.start + inner.end;
            Box::new(Diagnostic::error(Code::Malformed, message).at(At { source, range }))
        };
        let mut document = Document::parse(Arc::new(Source::new(path, part)), Format::Yaml).map_err(|errors| {
            let first = errors.into_iter().next();
            let (message, range) = first.map_or((String::new(), 0..0), |e| (e.message, e.range));
            fault(format!("this is not valid YAML: {message}"), range)
        })?;
        if let Some(twice) = document.duplicates.first() {
            let key = part.get(twice.again.clone()).unwrap_or_default().to_owned();
            return Err(fault(
                format!("the key `{key}` stands twice, so one of the values is lost"),
                twice.again.clone(),
            ));
        }
        let value = std::mem::take(&mut document.value);
        if !value.is_null() {
            docs.push(Doc { path: Arc::clone(&name), value, document: Some(document), before });
        }
    }
    Ok(docs)
}

/// The document of a JSON file.
///
/// # Errors
/// Why it is no JSON.
pub(in crate::evidence) fn json(path: &str, text: &str) -> Result<Doc, Box<Diagnostic>> {
    match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
        Ok(value) => Ok(Doc { path: Arc::from(path), value, document: None, before: 0 }),
        Err(error) => {
            let source = Arc::new(Source::new(path, text));
            let start = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default();
            Err(Box::new(
                Diagnostic::error(Code::Malformed, format!("this is not valid JSON: {message}"))
                    .at(At { source, range: start..start }),
            ))
        }
    }
}

/// Where the documents of a YAML file are: they are parted by lines that are `---`.
fn parts(text: &str) -> Vec<(Range<usize>, usize)> {
    let mut parts = Vec::new();
    let (mut start, mut first, mut offset) = (0, 0, 0);
    for (line, content) in text.split_inclusive('\n').enumerate() {
        let marker = content.strip_prefix("---").is_some_and(|rest| {
            let rest = rest.trim();
            rest.is_empty() || rest.starts_with('#')
        });
        if marker {
            parts.push((start..offset, first));
            (start, first) = (offset + content.len(), line + 1);
        }
        offset += content.len();
    }
    parts.push((start..text.len(), first));
    parts
}

/// Whether a text holds template actions of Helm or Jinja, so that it is no YAML before it is rendered. What Prometheus
/// itself writes in annotations (`{{ $labels.job }}`, `{{ humanize $value }}`) is no such action.
pub(in crate::evidence) fn is_template(text: &str) -> bool {
    const ALERTING: [&str; 12] = [
        "$",
        "humanize",
        "printf",
        "with",
        "end",
        "query",
        "first",
        "value",
        "label",
        ".Labels",
        ".Value",
        "reReplaceAll",
    ];
    if text.contains("{%") || text.contains("<%") {
        return true;
    }
    text.match_indices("{{").take(2_000).any(|(at, _)| {
        let action = text.get(at + 2..).unwrap_or_default();
        let action = action.split("}}").next().unwrap_or_default();
        if ["Values", ".Release", ".Chart", "include "].iter().any(|word| action.contains(word)) {
            return true;
        }
        let action = action.trim_start();
        !ALERTING.iter().any(|word| action.starts_with(word))
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    #[test]
    fn documents_are_parted_at_markers_and_keep_their_lines() {
        let text = "# head\n---\na: 1\n--- # second\nb:\n  c: |\n    ---\n    x\n---\n# nothing\n";
        let docs = documents("k.yaml", text).unwrap();
        assert_eq!(docs.len(), 2);
        assert_eq!(docs[0].line("/a"), Some(3));
        assert_eq!(docs[1].line("/b/c"), Some(6));
        assert_eq!(docs[1].text("b.c"), Some("---\nx\n"));
    }

    #[test]
    fn the_objects_of_a_list_are_documents() {
        let mut doc =
            documents("k.yaml", "apiVersion: v1\nkind: List\nitems:\n- kind: A\n- kind: B\n").unwrap().remove(0);
        let listed = doc.listed();
        assert_eq!(
            listed.iter().map(|doc| (doc.text("kind"), doc.line(""))).collect::<Vec<_>>(),
            [(Some("A"), Some(4)), (Some("B"), Some(5))]
        );
    }

    #[test]
    fn what_does_not_parse_is_named_with_its_line() {
        let wrong = documents("k.yaml", "a: 1\n---\nb: [1\nc: }\n").unwrap_err();
        assert_eq!(wrong.file(), Some("k.yaml"));
        assert!(wrong.at.as_ref().unwrap().position().line >= 3, "{wrong:?}");
        let twice = documents("k.yaml", "a: 1\n---\nb: 1\nb: 2\n").unwrap_err();
        assert_eq!(twice.at.as_ref().unwrap().position().line, 4);
        assert!(json("x.json", "{\n\"a\": }").unwrap_err().at.unwrap().position().line == 2);
        assert!(documents("k.yaml", &"[".repeat(5_000)).is_err());
    }

    #[test]
    fn template_actions_are_told_from_alert_templates() {
        assert!(is_template("name: {{ .Values.name }}"));
        assert!(is_template("{{- if .Values.x }}\na: 1\n{{- end }}"));
        assert!(is_template("summary: {{ `{{ $labels.job }}` }}"));
        assert!(is_template("name: {{ cookiecutter.name }}"));
        assert!(!is_template("summary: '{{ $labels.job }} is {{ humanize $value }}'"));
    }
}
