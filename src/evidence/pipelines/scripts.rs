//! The name of a script, a make target or a package script enters; its text leaves, from the files of the repository.

use std::cell::Cell;
use std::ops::Deref;
use std::sync::Arc;

use serde_json::Value;

use super::super::configuration::paths;
use crate::evidence::tree::{File, Tree};

/// The files of the repository, and how much work CI files may still ask for: they come from strangers, and a few lines of
/// YAML can ask for the same script a billion times.
#[derive(Debug)]
pub(super) struct Files<'a> {
    tree: &'a Tree,
    commands: Cell<u32>,
    expansions: Cell<u32>,
}

impl<'a> Files<'a> {
    /// All files, with the work of a whole run.
    pub(super) fn of(tree: &'a Tree) -> Self {
        Self { tree, commands: Cell::new(100_000), expansions: Cell::new(50_000) }
    }

    /// Whether one more command may be read.
    pub(super) fn may_read_command(&self) -> bool {
        spend(&self.commands, 1)
    }

    /// Whether one more script or target may be looked for; that costs as much as some commands.
    pub(super) fn may_open(&self) -> bool {
        spend(&self.commands, 20)
    }

    /// Whether one more template, reference or called job may be put in its place.
    pub(super) fn may_expand(&self) -> bool {
        spend(&self.expansions, 1)
    }
}

impl Deref for Files<'_> {
    type Target = Tree;
    fn deref(&self) -> &Tree {
        self.tree
    }
}

fn spend(left: &Cell<u32>, cost: u32) -> bool {
    let before = left.get();
    left.set(before.saturating_sub(cost));
    before >= cost
}

/// The file that a path in a script means: from the working folder, else from the root.
pub(super) fn file<'t>(tree: &'t Tree, base: &str, path: &str) -> Option<&'t File> {
    let path = path.trim_start_matches("$GITHUB_WORKSPACE/").trim_start_matches("$CI_PROJECT_DIR/");
    if path.is_empty() || path.contains(['$', '*', '<', '>', '\n']) {
        return None;
    }
    [base, ""].into_iter().filter_map(|base| paths::join(base, path)).find_map(|path| tree.get(&path))
}

/// What a target does: the targets it needs first, and its own lines.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Target {
    /// Targets that run before it.
    pub(super) needs: Vec<String>,
    /// Its lines as a shell script.
    pub(super) script: String,
}

/// A target of a Makefile in the working folder or at the root.
pub(super) fn make(tree: &Tree, base: &str, name: &str) -> Option<Target> {
    each(tree, base, &["Makefile", "makefile", "GNUmakefile"], |text, folder| {
        target(text, name, true).or_else(|| {
            let included = text
                .lines()
                .filter_map(|line| line.strip_prefix("include ").or_else(|| line.strip_prefix("-include ")));
            included
                .flat_map(str::split_whitespace)
                .take(20)
                .filter_map(|path| file(tree, folder, path))
                .find_map(|file| target(&tree.text(file)?, name, true))
        })
    })
}

/// Whether a Makefile is made by a tool before it is used, so that its targets cannot be looked at.
pub(super) fn makefile_is_generated(tree: &Tree, base: &str) -> bool {
    let made_from = ["CMakeLists.txt", "configure", "configure.ac", "Makefile.am", "Makefile.in"];
    !["Makefile", "makefile", "GNUmakefile"].iter().any(|name| file(tree, base, name).is_some())
        && (made_from.iter().any(|name| file(tree, base, name).is_some()) || base.ends_with("build"))
}

/// A recipe of a justfile.
pub(super) fn just(tree: &Tree, base: &str, name: &str) -> Option<Target> {
    each(tree, base, &["justfile", "Justfile", ".justfile"], |text, _| target(text, name, false))
}

/// A script of a package.json in the working folder or at the root.
pub(super) fn package(tree: &Tree, base: &str, name: &str) -> Option<String> {
    each(tree, base, &["package.json"], |text, _| {
        let package: Value = serde_json::from_str(text).ok()?;
        package.get("scripts")?.get(name)?.as_str().map(str::to_owned)
    })
}

fn each<T>(tree: &Tree, base: &str, names: &[&str], read: impl Fn(&Arc<str>, &str) -> Option<T>) -> Option<T> {
    let folders = if base.is_empty() { vec![""] } else { vec![base, ""] };
    folders
        .into_iter()
        .flat_map(|folder| names.iter().map(move |name| (folder, name)))
        .find_map(|(folder, name)| read(&tree.text(tree.get(&paths::join(folder, name)?)?)?, folder))
}

/// Finds a target: `name other: needs` with indented lines below. In a Makefile variables of the file are filled in.
fn target(text: &str, name: &str, is_make: bool) -> Option<Target> {
    let mut lines = text.lines().peekable();
    let mut found: Option<Target> = None;
    while let Some(line) = lines.next() {
        let Some(needs) = heads(line, name, is_make) else { continue };
        let target = found.get_or_insert_default();
        target.needs.extend(needs);
        while let Some(line) = lines.next_if(|line| line.starts_with(['\t', ' ']) || line.trim().is_empty()) {
            let line = line.trim().trim_start_matches(['@', '+']);
            // A leading dash means that a failure is ignored.
            if let Some(line) = line.strip_prefix('-') {
                target.script.push_str(line.trim_start_matches('@'));
                target.script.push_str(" || true\n");
            } else {
                target.script.push_str(line);
                target.script.push('\n');
            }
        }
    }
    let mut found = found?;
    if is_make {
        found.script = filled_in(&found.script, text);
    }
    Some(found)
}

/// What the head of a target needs first; none when the line is no head of this target.
fn heads(line: &str, name: &str, is_make: bool) -> Option<Vec<String>> {
    if line.starts_with(['\t', ' ', '#', '.']) {
        return None;
    }
    let (names, needs) = line.split_once(':')?;
    if needs.starts_with('=') || names.contains('=') {
        return None;
    }
    let mut names = names.split_whitespace();
    let is_named =
        if is_make { names.any(|n| n == name) } else { names.next().map(|n| n.trim_start_matches('@')) == Some(name) };
    let needs = needs.trim_start_matches(':').split(['#', ';', '|']).next().unwrap_or_default();
    is_named.then(|| needs.split_whitespace().filter(|n| !n.contains(['$', '='])).map(str::to_owned).collect())
}

/// Fills in `$(NAME)` from lines `NAME = value`; names that are not set there vanish.
fn filled_in(script: &str, makefile: &str) -> String {
    let set = |name: &str| {
        makefile.lines().find_map(|line| {
            let (left, right) = line.split_once('=')?;
            (left.trim_end_matches([':', '?', '+', ' ', '\t']).trim_start_matches("export ").trim() == name)
                .then(|| right.trim())
        })
    };
    let mut out = String::with_capacity(script.len());
    let mut rest = script;
    for _ in 0..200 {
        let Some((before, after)) = rest.split_once("$(") else { break };
        let Some((name, after)) = after.split_once(')') else { break };
        out.push_str(before);
        if name == "MAKE" {
            out.push_str("make");
        } else if let Some(value) = set(name).filter(|value| !value.contains("$(")) {
            out.push_str(value);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    const MAKEFILE: &str = "PYTHON ?= python3\nDIR := src\n.PHONY: test lint\n\ntest unit: lint ## run tests\n\t@$(PYTHON) -m pytest $(ARGS)\n\n\t-coverage report\nlint:\n\truff check\n";

    #[test]
    fn targets_are_found_with_their_needs_and_variables() {
        let tree = Tree::of([("backend/Makefile", MAKEFILE.to_owned())]);
        let found = make(&tree, "backend", "unit").unwrap();
        assert_eq!(found.needs, ["lint"]);
        assert_eq!(found.script, "python3 -m pytest \n\ncoverage report || true\n");
        assert_eq!(make(&tree, "backend", "DIR"), None);
        assert_eq!(make(&tree, "", "test"), None);
    }

    #[test]
    fn recipes_and_package_scripts_are_found() {
        let tree = Tree::of([
            ("justfile", "test *ARGS: build\n    cargo test {{ARGS}}\n".to_owned()),
            ("web/package.json", r#"{"scripts": {"test": "vitest run"}}"#.to_owned()),
        ]);
        assert_eq!(just(&tree, "", "test").unwrap().script, "cargo test {{ARGS}}\n");
        assert_eq!(package(&tree, "web", "test").as_deref(), Some("vitest run"));
        assert_eq!(package(&tree, "", "test"), None);
    }
}
