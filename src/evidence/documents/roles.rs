//! The files of a repository enter; the document of each role leaves, the declared one first.

use crate::diagnostic::{Code, Diagnostic};
use crate::evidence::tree::{File, Tree};
use crate::evidence::{Found, View};
use crate::fact::Node;

use super::markup::{MAX_TEXT, PROSE, prefix};
use super::names::{ADR, Name, ROLES, Role};
use super::{Doc, has_ending, is_elsewhere, is_foreign, role_facts};

/// Files that are called like a document of a role and are read to see whether they are it.
const MAX_CANDIDATES: usize = 8;

/// Decision records that are read.
const MAX_DECISIONS: usize = 300;

/// Documents that other facts rest on.
#[derive(Debug, Default)]
pub(super) struct Documents {
    /// The README.
    pub(super) readme: Option<Doc>,
    /// The architecture page.
    pub(super) architecture: Option<Doc>,
}

/// Finds the document of each role.
pub(super) fn collect(view: &View<'_>, found: &mut Found) -> Documents {
    let tree = view.tree;
    let mut documents = Documents::default();
    let names: Vec<Name<'_>> = tree.files().iter().filter_map(Name::of).collect();
    for role in ROLES {
        let doc = declared(view, (role.declared)(view.manifest), role.name, found)
            .or_else(|| by_name(tree, &names, role, found));
        found.facts.group("documents").set(role.name, role_facts(tree, doc.as_ref()));
        if role.name == "architecture" {
            documents.architecture = doc;
        }
    }
    let docs = view.manifest.docs.as_ref();
    let path = docs.and_then(|d| d.readme.as_deref()).into_iter().collect();
    documents.readme = declared(view, path, "readme", found).or_else(|| readme(tree));
    found.facts.group("documents").set("readme", role_facts(tree, documents.readme.as_ref()));

    let folder = docs.and_then(|d| d.decisions.as_deref());
    missing(view, folder, "decisions", found);
    found.facts.group("documents").set("decisions", decisions(tree, folder));
    documents
}

/// Whether a text of the manifest is a path and not a sentence.
fn is_path(tree: &Tree, text: &str) -> bool {
    let text = text.trim();
    !text.is_empty()
        && (tree.has(text) || (!text.contains(char::is_whitespace) && !text.contains("://") && looks_like_a_file(text)))
}

fn looks_like_a_file(text: &str) -> bool {
    text.ends_with('/') || has_ending(text, PROSE) || has_ending(text, super::markup::DATA)
}

/// Says that a declared document is not there.
fn missing(view: &View<'_>, path: Option<&str>, role: &str, found: &mut Found) {
    if let Some(path) = path.filter(|path| is_path(view.tree, path) && !view.tree.has(path)) {
        let named = format!("the manifest names `{path}` as the {}", role.replace('_', " "));
        let (message, help) = match view.tree.why_not(path) {
            None => (format!("{named}, and there is no such file"), "correct the path, or write the document"),
            Some(why) => (
                format!("{named}, and it is not looked at: {why}"),
                "name the file itself; list it under `evidence:` too when an ignore file hides it",
            ),
        };
        found.diagnostics.push(Diagnostic::warning(Code::EvidenceMissing, message).help(help));
    }
}

/// The first declared document that is there.
fn declared(view: &View<'_>, paths: Vec<&str>, role: &str, found: &mut Found) -> Option<Doc> {
    let tree = view.tree;
    let mut first = None;
    for path in paths {
        let path = path.split('#').next().unwrap_or_default().trim();
        missing(view, Some(path), role, found);
        let file = tree.get(path).or_else(|| {
            // Of a folder, its page; else its first document.
            let inside = || tree.under(path).iter().filter(|file| has_ending(&file.path, PROSE));
            let page =
                inside().find(|file| Name::of(file).is_some_and(|name| name.is(&["readme", "index", "overview"])));
            (!path.is_empty() && path != ".").then(|| page.or_else(|| inside().next())).flatten()
        });
        if let Some(empty) = file.filter(|file| file.size == 0) {
            let error =
                Diagnostic::error(Code::Malformed, format!("`{}` is empty", empty.path)).path(empty.path.clone());
            let error = error.help("write the document, or take its path out of the manifest");
            found.malformed.push((format!("documents.{role}"), error));
        }
        let doc = file.and_then(|file| Doc::read(tree, file, true));
        if doc.as_ref().is_some_and(Doc::is_present) {
            return doc;
        }
        first = first.or(doc);
    }
    first
}

/// The best file that is called like a document of the role and talks about it.
fn by_name(tree: &Tree, names: &[Name<'_>], role: &Role, found: &mut Found) -> Option<Doc> {
    let mut called: Vec<&File> = names.iter().filter(|name| (role.called)(name)).map(|name| name.file).collect();
    called.sort_by_key(|file| (file.path.matches('/').count(), file.path.as_str()));
    let candidates = || called.iter().copied().take(MAX_CANDIDATES);
    let docs: Vec<Doc> = candidates().filter_map(|file| Doc::read(tree, file, false)).collect();
    let fits = docs.iter().find(|doc| doc.is_present() && (role.says)(&doc.markup)).cloned();
    // A file without a word is no document, and it does not say that there is none.
    if fits.is_none()
        && let Some((file, why)) = candidates().find_map(|file| Some((file, nothing(tree, file)?)))
    {
        let message = format!("this file is called like the {}, and {why}", role.name.replace('_', " "));
        let error = Diagnostic::error(Code::Malformed, message).path(file.path.clone());
        found
            .malformed
            .push((format!("documents.{}", role.name), error.help("write the document, or delete the file")));
    }
    // A template is shown as one, so that somebody fills it in.
    fits.or_else(|| docs.into_iter().find(|doc| !doc.is_present()))
}

/// Why there is no word in a file; nothing when there is one, or when it is named elsewhere.
fn nothing(tree: &Tree, file: &File) -> Option<&'static str> {
    if file.size == 0 {
        return Some("it is empty");
    }
    if file.size > crate::evidence::tree::MAX_FILE || tree.is_unfinished(file) {
        return None;
    }
    tree.text(file).map_or(Some("it is no UTF-8 text"), |text| text.trim().is_empty().then_some("it is empty"))
}

/// The README of the project.
fn readme(tree: &Tree) -> Option<Doc> {
    let is_readme = |file: &&File| {
        let name = file.name().to_lowercase();
        let stem = name.split('.').next().unwrap_or_default();
        stem == "readme" && (name == "readme" || has_ending(&name, PROSE))
    };
    let root = tree.files().iter().filter(|file| !file.path.contains('/')).filter(is_readme);
    let docs = tree.under("docs").iter().filter(|file| file.path.matches('/').count() == 1).filter(is_readme);
    let github = tree.under(".github").iter().filter(is_readme);
    // A translation (`README.zh.md`) stands behind the original.
    let mut root: Vec<&File> = root.collect();
    root.sort_by_key(|file| file.name().matches('.').count());
    root.into_iter().chain(docs).chain(github).find_map(|file| Doc::read(tree, file, false))
}

/// The decision records: the newest one stands for all, with the headings and words of all.
fn decisions(tree: &Tree, declared: Option<&str>) -> crate::fact::Record {
    let is_record = |file: &&File| {
        let name = file.name().to_lowercase();
        let page = ["readme", "index", "template", "adr-template", "0000-template"];
        (has_ending(&name, PROSE) || has_ending(&name, super::markup::DATA))
            && !page.contains(&name.split('.').next().unwrap_or_default())
            && !name.contains("template")
    };
    let named = declared.map(|path| path.trim_start_matches("./").trim_end_matches('/')).filter(|path| tree.has(path));
    let files: Vec<&File> = match named {
        Some(path) => {
            tree.get(path).map_or_else(|| tree.under(path).iter().filter(is_record).collect(), |file| vec![file])
        }
        None => {
            let under_adr = |file: &&File| {
                let lower = file.path.to_lowercase();
                let folders: Vec<&str> = lower.split('/').collect();
                folders
                    .split_last()
                    .is_some_and(|(_, f)| f.iter().any(|part| ADR.contains(part)) && f.first() != Some(&"records"))
            };
            tree.files()
                .iter()
                .filter(|file| has_ending(&file.path, PROSE) && !is_elsewhere(&file.path))
                .filter(under_adr)
                .filter(is_record)
                .collect()
        }
    };
    let skip = files.len().saturating_sub(MAX_DECISIONS);
    let files = files.into_iter().skip(skip).filter(|file| named.is_some() || !is_foreign(&file.path));
    let docs: Vec<Doc> = files.filter_map(|file| Doc::read(tree, file, named.is_some())).collect();
    let present: Vec<&Doc> = docs.iter().filter(|doc| doc.is_present()).collect();
    // Numbers and dates in names grow: the last name is the newest where no day says otherwise.
    let newest = present.iter().max_by_key(|doc| (doc.markup.day, doc.origin.path.as_str())).copied();
    let mut facts = role_facts(tree, newest.or(docs.first()));
    if newest.is_some() {
        let mut text = String::new();
        for doc in present.iter().rev() {
            text.push_str(&doc.markup.text);
            if text.len() >= MAX_TEXT {
                break;
            }
        }
        let headings: Vec<String> = present.iter().flat_map(|doc| doc.markup.headings.iter().cloned()).collect();
        facts.set("text", prefix(&text, MAX_TEXT));
        facts.set("headings", headings);
        facts.set("words", present.iter().map(|doc| doc.markup.words).sum::<usize>());
        facts.set("filled", present.iter().all(|doc| doc.is_filled()));
        facts.set("links_resolve", Node::from(present.iter().all(|doc| doc.links_resolve(tree))));
    }
    facts
}
