//! An example in a git checkout of its own, and the program that is run in it.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]
#![allow(dead_code, reason = "not every test uses all of it")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The day on which the examples are judged.
pub(crate) const TODAY: &str = "2026-11-22";

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

impl Project {
    /// An example, committed on a day.
    pub(crate) fn example(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join(name);
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name), &root);
        let project = Self { root, _folder: folder };
        project.git(&["init", "-q", "-b", "main"], "2026-10-01");
        project.commit("Begin", "2026-10-01");
        project
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let file = self.root.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap()
    }

    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} has no `{from}`");
        self.write(path, &text.replacen(from, to, 1));
    }

    pub(crate) fn commit(&self, message: &str, date: &str) {
        self.git(&["add", "-A"], date);
        self.git(&["commit", "-q", "--allow-empty", "-m", message], date);
    }

    pub(crate) fn git(&self, arguments: &[&str], date: &str) -> String {
        let done = Command::new("git")
            .arg("-C")
            .arg(&self.root)
            .args(["-c", "commit.gpgSign=false", "-c", "user.name=Builder", "-c", "user.email=builder@example.com"])
            .args(arguments)
            .env("GIT_AUTHOR_DATE", format!("{date}T10:00:00+0000"))
            .env("GIT_COMMITTER_DATE", format!("{date}T10:00:00+0000"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(done.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    }

    /// Runs the program in the project, on the day of the examples.
    pub(crate) fn aipp(&self, arguments: &[&str]) -> Said {
        self.aipp_on(TODAY, arguments)
    }

    pub(crate) fn aipp_on(&self, day: &str, arguments: &[&str]) -> Said {
        let done = Command::new(env!("CARGO_BIN_EXE_aipp"))
            .current_dir(&self.root)
            .args(arguments)
            .env("AIPP_TODAY", day)
            .env("COLUMNS", "80")
            .env("LC_ALL", "C.UTF-8")
            .env("NO_COLOR", "1")
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Said { code: done.status.code().unwrap(), out: text(done.stdout), err: text(done.stderr) }
    }
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
