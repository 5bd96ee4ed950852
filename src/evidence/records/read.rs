//! Files of one kind of record enter; typed records leave, and for each file that is no such record a message with its place.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::diagnostic::{At, Code, Diagnostic};
use crate::evidence::View;
use crate::evidence::documents::has_ending;
use crate::evidence::tree::{File, Tree};
use crate::fact::Origin;
use crate::manifest;
use crate::source::{Document, Format, Source};

/// What was read, or a message with file and line that says why it cannot be.
pub(in crate::evidence) type Read<T> = Result<T, Box<Diagnostic>>;

/// A record with its file.
#[derive(Debug)]
pub(in crate::evidence) struct Kept<T> {
    /// The record.
    pub(in crate::evidence) value: T,
    /// Its file.
    pub(in crate::evidence) origin: Arc<Origin>,
}

/// The records of one kind.
#[derive(Debug)]
pub(in crate::evidence) struct Records<T> {
    /// Those that could be read.
    pub(in crate::evidence) kept: Vec<Kept<T>>,
    /// What is wrong with the others: the value of the key that tells records apart, when it could be read, and the message.
    pub(in crate::evidence) malformed: Vec<(Option<String>, Diagnostic)>,
}

/// How records of one kind are found.
#[derive(Debug, Clone, Copy)]
pub(in crate::evidence) struct Kind {
    /// What messages call one.
    pub(in crate::evidence) name: &'static str,
    /// The folders they are in.
    pub(in crate::evidence) folders: &'static [&'static str],
    /// A document with none of these keys is something else.
    pub(in crate::evidence) signature: &'static [&'static str],
    /// A record as an example.
    pub(in crate::evidence) example: &'static str,
}

/// More records of one kind than these are not read.
const MAX_RECORDS: usize = 10_000;

/// More messages about one file than these are not given.
const MAX_MESSAGES: usize = 5;

/// The files of a kind of record.
pub(in crate::evidence) fn files<'t>(tree: &'t Tree, folders: &[&str]) -> impl Iterator<Item = &'t File> {
    let found: Vec<&File> = folders
        .iter()
        .flat_map(|folder| tree.under(folder))
        .filter(|file| has_ending(&file.path, &["yaml", "yml", "json", "toml"]))
        .take(MAX_RECORDS)
        .collect();
    found.into_iter()
}

/// The ending of a path, in lower case.
pub(in crate::evidence) fn ending(path: &str) -> String {
    path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, e)| e.to_lowercase()).unwrap_or_default()
}

/// Reads the records of a kind. `key` tells records of the kind apart.
pub(in crate::evidence) fn records<T: DeserializeOwned>(view: &View<'_>, kind: Kind, key: &str) -> Records<T> {
    let mut records = Records { kept: Vec::new(), malformed: Vec::new() };
    for file in files(view.tree, kind.folders).filter(|file| !view.tree.is_unfinished(file)) {
        let Some(text) = view.tree.text(file) else {
            let message = format!("the {} is not a text that can be read", kind.name);
            let error = Diagnostic::error(Code::Malformed, message).path(&file.path).help(help(kind));
            records.malformed.push((None, error));
            continue;
        };
        let document = match manifest::read_document(&file.path, text.as_bytes().to_vec()) {
            Ok(document) => document,
            Err(errors) => {
                let errors = errors.into_iter().take(MAX_MESSAGES).map(|mut error| {
                    // What the reader says to whoever writes a manifest helps nobody here.
                    if !matches!(error.code, Code::Syntax | Code::TooLarge | Code::NotUtf8) {
                        error.help = None;
                    }
                    (None, malformed(error, kind))
                });
                records.malformed.extend(errors);
                continue;
            }
        };
        if !kind.signature.iter().any(|key| document.value.get(key).is_some()) {
            continue;
        }
        let which = document.value.get(key).and_then(Value::as_str).map(str::to_owned);
        let (value, mut errors) = manifest::decode::<T>(&document);
        errors.splice(0..0, manifest::duplicate_keys(&document));
        match value {
            Some(value) if errors.is_empty() => {
                records.kept.push(Kept { value, origin: Origin::detected(&file.path, Some(1)) });
            }
            _ => {
                records
                    .malformed
                    .extend(errors.into_iter().take(MAX_MESSAGES).map(|e| (which.clone(), malformed(e, kind))));
            }
        }
    }
    records
}

fn help(kind: Kind) -> String {
    format!("write a {} as {}", kind.name, kind.example)
}

/// A message about a document as a message about evidence.
fn malformed(mut diagnostic: Diagnostic, kind: Kind) -> Diagnostic {
    diagnostic.code = Code::Malformed;
    diagnostic.help.get_or_insert_with(|| help(kind));
    diagnostic
}

/// Reads a document whose top level may be a list as well as a map.
pub(in crate::evidence) fn document(file: &File, text: &str) -> Read<Document> {
    let source = Arc::new(Source::new(&file.path, text));
    if text.trim().is_empty() {
        return Err(Box::new(
            Diagnostic::error(Code::Malformed, "the file is empty").path(&file.path).help("fill it, or delete it"),
        ));
    }
    if text.len() > crate::source::MAX_BYTES {
        let message = format!("the file has {} bytes; at most {} are read", text.len(), crate::source::MAX_BYTES);
        return Err(Box::new(Diagnostic::error(Code::Malformed, message).path(&file.path).help("split it")));
    }
    Document::parse(Arc::clone(&source), Format::of(&file.path)).map_err(|errors| {
        let first = errors.into_iter().next();
        let (message, range) = first.map_or(("it cannot be read".to_owned(), 0..0), |e| (e.message, e.range));
        Box::new(
            Diagnostic::error(Code::Malformed, message)
                .at(At { source, range })
                .help("correct the syntax at this place"),
        )
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::super::model::Drill;
    use super::*;
    use crate::evidence::git::Git;
    use crate::manifest::Manifest;
    use crate::manifest::value::Day;

    const DRILL: Kind =
        Kind { name: "drill record", folders: &["drills"], signature: &["scenario", "passed", "date"], example: "x" };

    fn read(files: &[(&'static str, &str)]) -> Records<Drill> {
        let tree = Tree::of(files.iter().map(|(path, text)| (*path, (*text).to_owned())));
        let git = Git::of(std::path::Path::new("/nowhere"));
        let manifest = Manifest::default();
        let today = Day::parse("2026-11-22").unwrap();
        records(&View { tree: &tree, git: &git, manifest: &manifest, today }, DRILL, "scenario")
    }

    #[test]
    fn each_format_is_read_and_other_files_are_left_alone() {
        let read = read(&[
            ("drills/a.yaml", "date: 2026-07-24\nscenario: rollback\npassed: true\n"),
            ("drills/b.json", r#"{"date": "2026-07-25", "scenario": "x", "passed": false}"#),
            ("drills/c.toml", "date = 2026-07-26\nscenario = 'x'\npassed = true\n"),
            ("drills/README.md", "how we drill"),
            ("drills/tool.yaml", "image: alpine\nsteps: []\n"),
            ("other/d.yaml", "date: 2026-07-24\nscenario: rollback\npassed: true\n"),
        ]);
        assert_eq!(read.malformed, []);
        let dates: Vec<String> = read.kept.iter().map(|k| k.value.date.to_string()).collect();
        assert_eq!(dates, ["2026-07-24", "2026-07-25", "2026-07-26"]);
    }

    #[test]
    fn what_is_no_record_is_said_with_file_and_line() {
        let read = read(&[
            ("drills/a.yaml", "date: 2026-07-24\nscenario: rollback\npased: true\n"),
            ("drills/b.yaml", "date: 24.07.2026\nscenario: rollback\npassed: true\n"),
            ("drills/c.yaml", ""),
            ("drills/d.yaml", "date: [\n"),
            ("drills/e.yaml", "date: 2026-07-24\nscenario: a\nscenario: b\npassed: true\n"),
            ("drills/f.yaml", "- 1\n- 2\n"),
        ]);
        assert!(read.kept.is_empty());
        let said: Vec<(String, String, Option<usize>)> = read
            .malformed
            .iter()
            .map(|(_, d)| (d.file().unwrap().to_owned(), d.message.clone(), d.at.as_ref().map(|a| a.position().line)))
            .collect();
        let of = |file: &str| {
            said.iter().filter(|(f, _, _)| f == file).map(|(_, m, l)| (m.as_str(), *l)).collect::<Vec<_>>()
        };
        assert_eq!(of("drills/a.yaml")[0], ("unknown key `pased`", Some(3)));
        assert!(of("drills/b.yaml")[0].0.contains("is not a date"), "{said:?}");
        assert!(of("drills/c.yaml")[0].0.contains("empty"), "{said:?}");
        assert_eq!(of("drills/d.yaml").len(), 1);
        assert!(of("drills/e.yaml")[0].0.contains("stands twice"), "{said:?}");
        assert!(of("drills/f.yaml")[0].0.contains("map"), "{said:?}");
        assert!(read.malformed.iter().all(|(_, d)| d.code == Code::Malformed));
        assert!(read.malformed.iter().any(|(which, _)| which.as_deref() == Some("rollback")));
    }

    #[test]
    fn a_scaffolded_record_does_not_count_and_is_no_error() {
        let read =
            read(&[("drills/a.yaml", "# aipp:unfinished\ndate: <day>\nscenario: rollback\npassed: <true or false>\n")]);
        assert!(read.kept.is_empty() && read.malformed.is_empty());
    }
}
