//! The components of the manifest and the lock files of the repository enter; whether two projects use each one leaves.

use std::collections::BTreeSet;

use crate::evidence::documents::{is_foreign, is_lock_file};
use crate::evidence::tree::{File, Tree};
use crate::evidence::{Found, View};

/// Lines after a package's name in which its version stands.
const NEAR: usize = 3;

pub(super) fn collect(view: &View<'_>, found: &mut Found) {
    let components = &view.manifest.components;
    let named: Vec<(&str, &str)> =
        components.iter().filter_map(|c| Some((c.name.as_deref()?.trim(), c.version.as_deref()?.trim()))).collect();
    let whole = !components.is_empty() && named.len() == components.len();
    let reused = whole && named.iter().all(|(name, version)| projects(view.tree, name, version) >= 2);
    found.facts.put("components.reused", reused);
}

/// How many folders lock a component at a version.
fn projects(tree: &Tree, name: &str, version: &str) -> usize {
    if name.is_empty() || version.is_empty() {
        return 0;
    }
    let folder = |file: &File| file.path.rsplit_once('/').map(|(folder, _)| folder.to_owned()).unwrap_or_default();
    let locks = tree.files().iter().filter(|file| is_lock_file(tree, file) && !is_foreign(&file.path));
    let users: BTreeSet<String> = locks
        .filter(|file| tree.text(file).is_some_and(|text| locks_version(&text, name, version)))
        .map(folder)
        .filter(|folder| !is_itself(tree, folder, name))
        .collect();
    users.len()
}

/// Whether a lock file has the name and, on the same or one of the next lines, the version.
fn locks_version(text: &str, name: &str, version: &str) -> bool {
    let version = version.strip_prefix('v').unwrap_or(version);
    let lines: Vec<&str> = text.lines().collect();
    lines.iter().enumerate().any(|(i, line)| {
        has_word(line, name)
            && lines
                .get(i..lines.len().min(i + 1 + NEAR))
                .unwrap_or_default()
                .iter()
                .any(|near| has_word(near, version))
    })
}

/// Whether a line has a word that does not go on on either side.
fn has_word(line: &str, word: &str) -> bool {
    let joins = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|s| s.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|s| s.chars().next());
        // `v1.4.0` is the version 1.4.0.
        before.is_none_or(|c| !joins(c) || (c == 'v' && word.starts_with(|w: char| w.is_ascii_digit())))
            && after.is_none_or(|c| !joins(c))
    })
}

/// Whether the package in a folder is the component: its own lock file is no use of it.
fn is_itself(tree: &Tree, folder: &str, name: &str) -> bool {
    ["package.json", "pyproject.toml", "Cargo.toml", "go.mod", "setup.cfg", "composer.json"].iter().any(|file| {
        let path = if folder.is_empty() { (*file).to_owned() } else { format!("{folder}/{file}") };
        let text = tree.get(&path).and_then(|file| tree.text(file));
        text.is_some_and(|text| {
            text.lines().take(200).any(|line| {
                let key = line.trim_start().trim_start_matches('"');
                (key.starts_with("name") || key.starts_with("module")) && has_word(line, name)
            })
        })
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    const POETRY: &str = "[[package]]\nname = \"llm-wrapper\"\nversion = \"1.4.0\"\noptional = false\n";
    const NPM: &str =
        "{\n  \"packages\": {\n    \"node_modules/llm-wrapper\": {\n      \"version\": \"1.4.0\"\n    }\n  }\n}\n";

    fn count(files: &[(&'static str, &str)]) -> usize {
        projects(&Tree::of(files.iter().map(|(p, t)| (*p, (*t).to_owned()))), "llm-wrapper", "1.4.0")
    }

    #[test]
    fn projects_that_lock_the_version_are_counted_once_each() {
        assert_eq!(count(&[("a/poetry.lock", POETRY), ("b/package-lock.json", NPM), ("b/yarn.lock", NPM)]), 2);
        assert_eq!(count(&[("a/poetry.lock", POETRY), ("b/poetry.lock", &POETRY.replace("1.4.0", "1.4.01"))]), 1);
        assert_eq!(count(&[("a/poetry.lock", &POETRY.replace("llm-", "my-llm-"))]), 0);
        let own = "[project]\nname = \"llm-wrapper\"\nversion = \"1.4.0\"\n";
        assert_eq!(count(&[("lib/poetry.lock", POETRY), ("lib/pyproject.toml", own), ("a/poetry.lock", POETRY)]), 1);
        assert_eq!(count(&[("go/go.sum", "llm-wrapper v1.4.0 h1:abc=\n")]), 1);
        assert_eq!(count(&[("node_modules/x/package-lock.json", NPM)]), 0);
    }

    #[test]
    fn no_component_is_reused_when_none_is_declared() {
        let facts = super::super::tests::collected(&[("a/poetry.lock", POETRY)]);
        assert!(!facts.at("components.reused").unwrap().is_true());
    }
}
