//! What several tests need: a project in a folder of its own, git, the built program, and the real consumers of its output.
#![allow(dead_code, unused_imports, reason = "each test file takes what it needs")]

mod checkout;
mod hostile;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub(crate) use checkout::{Project, Said};
pub(crate) use hostile::hostile;

/// The day of every run.
pub(crate) const TODAY: &str = "2026-11-22";

/// The project's own root.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A consumer that `.ci/install` installs. In CI a missing one is a failure; elsewhere the test says that it was not run.
#[expect(clippy::print_stderr, reason = "a test that is not run says so")]
pub(crate) fn tool(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("AIPP_TOOLS").map(|folder| Path::new(&folder).join(name)).filter(|path| path.exists());
    if path.is_none() {
        assert!(std::env::var_os("CI").is_none(), "`{name}` is missing; `.ci/install` installs it");
        eprintln!("not run: `{name}` is not installed; `.ci/install` installs it");
    }
    path
}

/// Copies a folder.
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

/// A folder of this project, copied to a place without a git checkout.
pub(crate) fn project(path: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    copy(&root().join(path), dir.path());
    dir
}

/// An example in a folder of its own that has its name, without a git checkout.
pub(crate) fn example(name: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join(name);
    copy(&root().join("examples").join(name), &folder);
    (dir, folder)
}

/// Writes a file below a folder, with the folders that it needs.
pub(crate) fn write(folder: &Path, path: &str, text: &str) {
    let file = folder.join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

/// The built program, with nothing from the environment but what it is given.
pub(crate) fn aipp(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aipp"));
    command.current_dir(folder).args(arguments).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    command.env("LC_ALL", "C.UTF-8").env("COLUMNS", "100").env("AIPP_TODAY", TODAY).stdin(Stdio::null());
    command
}

/// Runs it: exit code, standard output, standard error.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    said(aipp(folder, arguments).output().unwrap())
}

/// What a program said.
pub(crate) fn said(done: Output) -> (i32, String, String) {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (done.status.code().unwrap_or(-1), text(done.stdout), text(done.stderr))
}

/// Runs a consumer and wants it to be content.
pub(crate) fn content(command: &mut Command) -> String {
    let (code, out, err) = said(command.output().unwrap());
    assert_eq!(code, 0, "{command:?}\n{out}\n{err}");
    out
}

/// Git in a folder, with nothing from the machine's configuration.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    git_as(folder, arguments, "Dana Whitfield <dana@example.com>", "2026-11-02")
}

/// The same, by somebody (`Name <address>`) on a day.
pub(crate) fn git_as(folder: &Path, arguments: &[&str], who: &str, date: &str) -> String {
    let (name, address) = who.trim_end_matches('>').split_once(" <").unwrap();
    content(
        Command::new("git")
            .current_dir(folder)
            .args(["-c", &format!("user.name={name}"), "-c", &format!("user.email={address}")])
            .args(["-c", "commit.gpgSign=false", "-c", "init.defaultBranch=main", "-c", "advice.detachedHead=false"])
            .args(["-c", "protocol.file.allow=always"])
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_AUTHOR_DATE", format!("{date}T10:00:00+0000"))
            .env("GIT_COMMITTER_DATE", format!("{date}T10:00:00+0000")),
    )
}
