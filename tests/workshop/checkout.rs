//! An example in a git checkout of its own, and the program that is run in it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::{TODAY, aipp, example, git_as, said, write};

/// A project in a folder of its own.
pub(crate) struct Project {
    pub(crate) root: PathBuf,
    _folder: tempfile::TempDir,
}

/// What a run said.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// Runs a command to its end.
    pub(crate) fn of(command: &mut Command) -> Self {
        let (code, out, err) = said(command.output().unwrap());
        Self { code, out, err }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}\n{}\n{}", self.out, self.err))
    }
}

impl Project {
    /// An example without a git checkout.
    pub(crate) fn bare(name: &str) -> Self {
        let (folder, root) = example(name);
        Self { root, _folder: folder }
    }

    /// An example, committed on a day.
    pub(crate) fn example(name: &str) -> Self {
        let project = Self::bare(name);
        project.git(&["init", "-q", "-b", "main"], "2026-10-01");
        project.commit("Begin", "2026-10-01");
        project
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        write(&self.root, path, text);
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap()
    }

    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} has no {from:?}");
        self.write(path, &text.replacen(from, to, 1));
    }

    pub(crate) fn commit(&self, message: &str, date: &str) {
        self.git(&["add", "-A"], date);
        self.git(&["commit", "-q", "--allow-empty", "-m", message], date);
    }

    pub(crate) fn git(&self, arguments: &[&str], date: &str) -> String {
        git_as(&self.root, arguments, "Builder <builder@example.com>", date)
    }

    /// Runs the program in the project, on the day of the examples.
    pub(crate) fn aipp(&self, arguments: &[&str]) -> Said {
        self.aipp_on(TODAY, arguments)
    }

    pub(crate) fn aipp_on(&self, day: &str, arguments: &[&str]) -> Said {
        Said::of(aipp(&self.root, arguments).env("AIPP_TODAY", day).env("COLUMNS", "80"))
    }
}
