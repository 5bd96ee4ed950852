//! Scripts, make targets and package scripts that commands name are opened here; what they do leaves.

use super::super::{scripts, shell};
use super::programs::{by_program_text, exits_on_failure, has_threshold, is_deploy_name, is_eval_name, is_test_name};
use super::{Deed, Place, What, deed};
use crate::evidence::configuration::paths;

impl Place<'_> {
    /// What a script of a package.json does.
    pub(super) fn package_script(&self, program: &str, rest: &[&str]) -> Vec<Deed> {
        let mut words = Vec::new();
        let mut base = self.base.clone();
        let mut at = 0;
        while let Some(word) = rest.get(at) {
            match *word {
                "--" => break,
                "--prefix" | "-C" | "--dir" | "--cwd" => {
                    if let Some(folder) = rest.get(at + 1).and_then(|folder| paths::join(&self.base, folder)) {
                        base = folder;
                    }
                    at += 2;
                    continue;
                }
                "-w" | "--workspace" | "--filter" | "-F" | "workspace" => {
                    at += 2;
                    continue;
                }
                word if word.starts_with('-') => {}
                word => words.push(word),
            }
            at += 1;
        }
        let is_run = matches!(words.first().copied(), Some("run" | "run-script" | "rum"));
        let name = match words.as_slice() {
            [] => return Vec::new(),
            ["test" | "t" | "tst", ..] if !is_run => "test",
            ["run" | "run-script" | "rum", name, ..] => name,
            [name, ..] if program != "npm" => name,
            _ => return Vec::new(),
        };
        let by = if name == "test" { format!("{program} test") } else { format!("{program} run {name}") };
        if program == "bun" && name == "test" && !is_run {
            return vec![deed(What::Tests, &by)];
        }
        let place = self.at(base, self.depth);
        if !self.tree.may_open() {
            return Vec::new();
        }
        match scripts::package(self.tree, &place.base, name) {
            Some(script) => {
                let deeds = place.nested(&script, &by);
                let trivial = shell::commands(&script)
                    .iter()
                    .all(|c| matches!(c.words.first().map(String::as_str), Some("echo" | "exit" | "true" | ":")));
                match deeds.is_empty() && !trivial {
                    true if is_test_name(name) => vec![deed(What::Tests, &by)],
                    true => place.by_name(name, &by),
                    false => deeds,
                }
            }
            // The package of a workspace is not looked for.
            None if is_test_name(name) => vec![deed(What::Tests, &by)],
            None if program != "npm" && !is_run => place.command(words.as_slice()),
            None => place.by_name(name, &by),
        }
    }

    /// What a make target or a recipe does.
    pub(super) fn target(&self, program: &str, rest: &[&str]) -> Vec<Deed> {
        let mut base = self.base.clone();
        let mut names = Vec::new();
        let mut at = 0;
        while let Some(word) = rest.get(at) {
            if *word == "-C" || *word == "--directory" {
                if let Some(folder) = rest.get(at + 1).and_then(|folder| paths::join(&self.base, folder)) {
                    base = folder;
                }
                at += 2;
                continue;
            }
            if !word.starts_with('-') && !word.contains('=') && !word.chars().all(|c| c.is_ascii_digit()) {
                names.push(*word);
            }
            at += 1;
        }
        let place = self.at(base, self.depth);
        // A recipe takes the words behind its name; make takes each word as a target.
        let count = if program == "just" { 1 } else { names.len() };
        names
            .into_iter()
            .take(count)
            .flat_map(|name| place.one_target(program, name, &format!("{program} {name}")))
            .collect()
    }

    fn one_target(&self, program: &str, name: &str, by: &str) -> Vec<Deed> {
        if !self.tree.may_open() {
            return Vec::new();
        }
        let is_just = program == "just";
        let found = if is_just {
            scripts::just(self.tree, &self.base, name)
        } else {
            scripts::make(self.tree, &self.base, name)
        };
        let Some(target) = found else {
            let generated =
                !is_just && matches!(name, "test" | "check") && scripts::makefile_is_generated(self.tree, &self.base);
            return if generated { vec![deed(What::Tests, by)] } else { Vec::new() };
        };
        if self.depth >= 5 {
            return Vec::new();
        }
        let mut deeds = Vec::new();
        let deeper = self.at(self.base.clone(), self.depth + 1);
        for need in target.needs.iter().take(50) {
            if let Some(left) = self.left.get().checked_sub(1) {
                self.left.set(left);
                deeds.extend(deeper.one_target(program, need, by));
            }
        }
        deeds.extend(self.nested(&target.script, by));
        let exits = exits_on_failure(&target.script);
        if deeds.is_empty() { self.by_name_and_text(name, by, exits) } else { deeds }
    }

    /// What a script file of the repository does.
    pub(super) fn by_script(&self, path: &str, arguments: &[&str]) -> Vec<Deed> {
        let Some(file) = scripts::file(self.tree, &self.base, path).filter(|_| self.tree.may_open()) else {
            return Vec::new();
        };
        let Some(text) = self.tree.text(file) else { return Vec::new() };
        let name = file.name().split('.').next().unwrap_or_default();
        let by = file.path.as_str();
        let extension = paths::extension(&file.path);
        let is_shell = matches!(extension, "sh" | "bash" | "zsh" | "ps1" | "bat" | "cmd")
            || (extension.is_empty()
                && text.lines().next().is_some_and(|line| line.starts_with("#!") && line.ends_with("sh")));
        let deeds = if is_shell { self.nested(&text, by) } else { by_program_text(&text, by) };
        if !deeds.is_empty() {
            return deeds;
        }
        let in_evals = paths::folder(&file.path).rsplit('/').next().is_some_and(is_eval_name);
        let threshold = has_threshold(arguments) || exits_on_failure(&text);
        if is_eval_name(name) || in_evals {
            return vec![deed(What::Evals { threshold }, by)];
        }
        self.by_name_and_text(name, by, threshold)
    }

    /// What something does by its name alone.
    pub(super) fn by_name(&self, name: &str, by: &str) -> Vec<Deed> {
        self.by_name_and_text(name, by, false)
    }

    fn by_name_and_text(&self, name: &str, by: &str, threshold: bool) -> Vec<Deed> {
        if is_eval_name(name) {
            vec![deed(What::Evals { threshold }, by)]
        } else if is_deploy_name(name) {
            vec![deed(What::Deploys, by)]
        } else {
            Vec::new()
        }
    }
}
