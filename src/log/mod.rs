//! The fields of a dated record enter; the file to be written leaves, proofread by the reader of the evidence, or every reason against.
//!
//! Nothing here knows what a valid drill or approval is: the text is made, and the families of `evidence` read it as they will
//! read it in the repository. What they cannot read is not written.

mod append;
mod kinds;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::path::Path;

use serde_json::{Map, Value};

use crate::diagnostic::{Code, Diagnostic};
use crate::evidence::git::Git;
use crate::evidence::tree::Tree;
use crate::evidence::{self, Evidence, View};
use crate::fact::Node;
use crate::manifest::value::Day;
use crate::manifest::{Manifest, is_group, nearest};
use crate::yaml;

pub use kinds::{Ask, Kind, Shape};

/// The fields of a record by their names in the file; texts, numbers, truth values and lists.
pub type Fields = Map<String, Value>;

/// What a record is proofread against.
#[derive(Debug, Clone, Copy)]
pub struct Desk<'a> {
    /// The manifest; an empty one when there is none.
    pub manifest: &'a Manifest,
    /// The day.
    pub today: Day,
    /// The ids of the checks.
    pub checks: &'a [&'a str],
}

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its path from the evidence root, with `/`.
    pub path: String,
    /// Its whole text.
    pub text: String,
    /// Whether rows were there before.
    pub appended: bool,
}

/// Drafts a record in a file of its own. `taken` says whether a path from the root exists.
///
/// # Errors
/// Every reason why the evidence would not be read as what it is meant to be.
pub fn file(
    kind: Kind,
    fields: &Fields,
    desk: &Desk<'_>,
    taken: &dyn Fn(&str) -> bool,
) -> Result<Draft, Vec<Diagnostic>> {
    refuse(check(kind, fields, desk))?;
    let stem = kind.stem(fields);
    let mut path = format!("{stem}.yaml");
    // An attestation is named after its check; the next one after its day too.
    if taken(&path) && kind == Kind::Attestation {
        path = format!("{stem}-{}.yaml", text(fields, "date"));
    }
    let base = path.trim_end_matches(".yaml").to_owned();
    let mut number = 1_u32;
    while taken(&path) {
        number += 1;
        path = format!("{base}-{number}.yaml");
    }
    let text = yaml::block(&kinds::ordered(kind, fields));
    refuse(proofread(kind, &path, &text, desk, 1))?;
    Ok(Draft { path, text, appended: false })
}

/// Drafts a row at the end of a table. `existing` is the text of the file as it is; none when there is no file.
///
/// # Errors
/// Every reason why the file cannot take the row, or the row would not be read as what it is meant to be.
pub fn row(kind: Kind, fields: &Fields, desk: &Desk<'_>, existing: Option<&str>) -> Result<Draft, Vec<Diagnostic>> {
    refuse(check(kind, fields, desk))?;
    let path = kind.table().to_owned();
    let existing = existing.filter(|text| !text.trim_start_matches('\u{feff}').trim().is_empty());
    let before = match existing {
        None => 0,
        Some(text) => {
            let (evidence, wrong) = read(&path, text, desk);
            if !wrong.is_empty() {
                return Err(wrong.into_iter().map(|d| d.path(path.clone())).collect());
            }
            kind.count(&evidence.facts)
        }
    };
    let text = append::row(&path, existing, kind.columns(), fields).map_err(|d| vec![*d])?;
    refuse(proofread(kind, &path, &text, desk, before + 1))?;
    Ok(Draft { path, text, appended: existing.is_some() })
}

/// What is wrong with the fields of a record, whatever is missing.
#[must_use]
pub fn check(kind: Kind, fields: &Fields, desk: &Desk<'_>) -> Vec<Diagnostic> {
    let mut wrong = Vec::new();
    let mut say = |message: String, help: String| wrong.push(Diagnostic::error(Code::BadValue, message).help(help));
    for ask in kind.asks() {
        let Some(text) = fields.get(ask.key).and_then(Value::as_str) else { continue };
        if text.trim().is_empty() {
            say(format!("`{}` is empty", ask.flag), format!("write {}", ask.wants));
        } else if ask.person && (evidence::names_nobody(text) || is_group(text)) {
            say(format!("`{}` is `{text}`, which is no person", ask.flag), "name one person".to_owned());
        } else if !ask.choices.is_empty() && !ask.choices.contains(&text) {
            let known: Vec<String> = ask.choices.iter().map(|c| (*c).to_owned()).collect();
            let near = nearest(text, &known).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            say(
                format!("`{}` cannot be `{text}`", ask.flag),
                format!("{near}It is one of: {}", ask.choices.join(", ")),
            );
        }
    }
    if let (Kind::Attestation, Some(id)) = (kind, fields.get("check").and_then(Value::as_str))
        && !desk.checks.contains(&id)
    {
        let known: Vec<String> = desk.checks.iter().map(|id| (*id).to_owned()).collect();
        let near = nearest(id, &known).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        wrong.push(
            Diagnostic::error(Code::UnknownCheck, format!("there is no check `{id}`"))
                .help(format!("{near}`aipp checks` lists them")),
        );
    }
    wrong
}

/// The fields that a record must have and these have not.
#[must_use]
pub fn missing(kind: Kind, fields: &Fields) -> Vec<&'static Ask> {
    kind.asks().iter().filter(|ask| !fields.contains_key(ask.key)).collect()
}

fn refuse(wrong: Vec<Diagnostic>) -> Result<(), Vec<Diagnostic>> {
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// Reads a text as the evidence that it will be; so many records must be found in it.
fn proofread(kind: Kind, path: &str, text: &str, desk: &Desk<'_>, records: usize) -> Vec<Diagnostic> {
    let (evidence, mut wrong) = read(path, text, desk);
    let found = kind.count(&evidence.facts);
    if wrong.is_empty() && found != records {
        let message = format!("`{path}` would hold {found} records that can be read, and not {records}");
        wrong.push(
            Diagnostic::error(Code::Malformed, message).help("mend the file first; `aipp evidence` says what is wrong"),
        );
    }
    wrong
}

/// What the families of evidence make of one file, and what they have against it.
fn read(path: &str, text: &str, desk: &Desk<'_>) -> (Evidence, Vec<Diagnostic>) {
    let tree = Tree::of([(path, text.to_owned())]);
    // The history has nothing to say about a file that is not written yet.
    let git = Git::of(Path::new("/"));
    let mut evidence = evidence::collect(&View::of(&tree, &git, desk.manifest, desk.today));
    let malformed = std::mem::take(&mut evidence.malformed).into_iter().map(|(_, diagnostic)| diagnostic);
    let counts = |d: &Diagnostic| matches!(d.code, Code::Future | Code::Skipped);
    let noted = std::mem::take(&mut evidence.diagnostics).into_iter().filter(counts);
    let mut seen = HashSet::new();
    let all = malformed.chain(noted).filter(|d| seen.insert(d.message.clone()));
    let wrong = all.map(|d| Diagnostic::error(d.code, d.message).help(d.help.unwrap_or_default())).collect();
    (evidence, wrong)
}

fn text<'f>(fields: &'f Fields, key: &str) -> &'f str {
    fields.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Lower case, words joined by hyphens, for the name of a file.
fn slug(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    let slug: String = words.map(str::to_lowercase).collect::<Vec<_>>().join("-").chars().take(60).collect();
    if slug.is_empty() { "record".to_owned() } else { slug }
}

/// How many records there are at a fact's path.
fn records_at(facts: &crate::fact::Record, path: &str) -> usize {
    let (first, rest) = path.split_once('.').unwrap_or((path, ""));
    let node = facts.fields.get(first);
    let node = if rest.is_empty() { node } else { node.and_then(|node| node.at(rest)) };
    node.map_or(0, |node| Node::items(node).len())
}
