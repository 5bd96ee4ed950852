//! Documents enter (README, runbooks, cards, plans) with what else the repository says about itself; their headings, words, dates
//! and links leave.

mod floating;
mod images;
mod inline;
mod labels;
mod markers;
mod markup;
mod names;
mod repository;
mod roles;
mod runbooks;
mod scope;

use std::sync::Arc;

use crate::fact::{Node, Origin, Record};

use super::tree::{File, Tree};
use super::{Family, Found, View};
use markup::{Markup, Syntax};

pub(in crate::evidence) use repository::is_lock_file;
pub(in crate::evidence) use runbooks::files as runbook_files;

/// This family.
pub(super) const FAMILY: Family =
    Family { name: "documents", provides: &["documents", "runbooks", "repository"], collect };

fn collect(view: &View<'_>) -> Found {
    let mut found = Found::default();
    let documents = roles::collect(view, &mut found);
    runbooks::collect(view, &mut found);
    repository::collect(view, &documents, &mut found);
    found
}

/// Folders of other people's files, of generated files, and of made-up ones.
const FOREIGN: &[&str] = &[
    "node_modules",
    "bower_components",
    "vendor",
    "third_party",
    "third-party",
    "site-packages",
    ".venv",
    "venv",
    ".tox",
    "__pycache__",
    "dist",
    "build",
    "_build",
    "target",
    "coverage",
    ".next",
    ".nuxt",
    ".terraform",
    "testdata",
    "test-data",
    "test_data",
    "fixtures",
    "fixture",
    "__fixtures__",
    "__snapshots__",
    "snapshots",
];

/// Folders whose documents are about something else than this project.
const ELSEWHERE: &[&str] =
    &["examples", "example", "samples", "sample", "templates", "template", "tests", "test", "demo", "demos"];

fn in_one_of(path: &str, folders: &[&str]) -> bool {
    path.rsplit_once('/').is_some_and(|(parents, _)| {
        parents.split('/').any(|part| folders.iter().any(|folder| part.eq_ignore_ascii_case(folder)))
    })
}

/// Whether a file is vendored, generated or a fixture: nothing in it says anything about this project.
pub(in crate::evidence) fn is_foreign(path: &str) -> bool {
    in_one_of(path, FOREIGN)
}

/// Whether a document is about an example, a template or a test.
pub(super) fn is_elsewhere(path: &str) -> bool {
    is_foreign(path) || in_one_of(path, ELSEWHERE)
}

/// Whether a path ends in one of these endings, whatever their case.
pub(in crate::evidence) fn has_ending(path: &str, endings: &[&str]) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.')
        .is_some_and(|(stem, end)| !stem.is_empty() && endings.iter().any(|ending| end.eq_ignore_ascii_case(ending)))
}

/// A document with what it says.
#[derive(Debug, Clone)]
struct Doc {
    origin: Arc<Origin>,
    syntax: Syntax,
    markup: Markup,
}

/// Fewer words than these are a note.
const MIN_WORDS: usize = 40;

/// A document with a marker for fewer words than these is a template that somebody began to fill in.
const WORDS_PER_MARKER: usize = 40;

impl Doc {
    fn read(tree: &Tree, file: &File, declared: bool) -> Option<Self> {
        let text = tree.draft(file)?;
        let syntax = Syntax::of(&file.path);
        let origin = Arc::new(Origin { path: file.path.clone(), line: Some(1), declared });
        Some(Self { origin, syntax, markup: Markup::read(&text, syntax) })
    }

    /// No template marker is left.
    fn is_filled(&self) -> bool {
        !self.markup.unfinished && self.markup.markers == 0
    }

    /// It is more than a template: one forgotten marker in a long text is no template.
    fn is_present(&self) -> bool {
        let enough = if self.syntax == Syntax::Data { self.markup.words > 0 } else { self.markup.words >= MIN_WORDS };
        enough && !self.markup.unfinished && self.markup.markers * WORDS_PER_MARKER <= self.markup.words
    }

    /// Every relative link leads to a file.
    fn links_resolve(&self, tree: &Tree) -> bool {
        self.markup.links.iter().all(|link| resolves(tree, &self.origin.path, link))
    }

    /// The day inside, as one dated record.
    fn review(&self) -> Record {
        let mut review = Record::default().from(&self.origin);
        if let Some(day) = self.markup.day {
            review.set("date", day);
        }
        review
    }
}

/// Whether a link in a file leads to a file or folder.
fn resolves(tree: &Tree, from: &str, link: &str) -> bool {
    let mut parts: Vec<&str> = if link.starts_with('/') {
        Vec::new()
    } else {
        from.split('/').collect::<Vec<_>>().split_last().map(|(_, folders)| folders.to_vec()).unwrap_or_default()
    };
    for part in link.split('/') {
        match part {
            "" | "." => {}
            // Out of the folder nobody can look: `../../issues` is a page of the forge.
            ".." if parts.pop().is_none() => return true,
            ".." => {}
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    // Generators of sites leave the ending out, or turn `.md` into `.html`.
    path.is_empty()
        || tree.has(&path)
        || ["md", "mdx", "rst", "adoc"].iter().any(|end| tree.has(&format!("{path}.{end}")))
        || path.strip_suffix(".html").is_some_and(|page| tree.has(&format!("{page}.md")))
        || (!tree.root().as_os_str().is_empty() && tree.root().join(&path).symlink_metadata().is_ok())
}

/// The facts about a role: of a document that is there, of one that is no more than a template, or of none.
fn role_facts(tree: &Tree, doc: Option<&Doc>) -> Record {
    let present = doc.filter(|doc| doc.is_present());
    // The words of a template are not the team's.
    let said = present.map(|doc| doc.markup.clone()).unwrap_or_default();
    let facts = Record::new([
        ("present", present.is_some().into()),
        ("path", doc.map(|doc| doc.origin.path.clone()).into()),
        ("words", doc.map_or(0, |doc| doc.markup.words).into()),
        ("headings", said.headings.into()),
        ("text", said.text.into()),
        ("filled", doc.is_some_and(Doc::is_filled).into()),
        ("links_resolve", present.is_some_and(|doc| doc.links_resolve(tree)).into()),
        ("reviews", Node::events(present.map(Doc::review).into_iter().collect())),
    ]);
    match doc {
        Some(doc) => facts.from(&doc.origin),
        None => facts,
    }
}

#[cfg(test)]
mod tests;
