//! What several tests need: a project in a folder of its own, the built program, and the real consumers of its output.
#![allow(dead_code, reason = "each test file takes what it needs")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The day of every run.
pub(crate) const TODAY: &str = "2026-11-22";

/// The project's own root.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A consumer that `.ci/install` installs. In CI a missing one is a failure; elsewhere the test says that it was not run.
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
pub(crate) fn git(folder: &Path, arguments: &[&str]) {
    content(
        Command::new("git")
            .current_dir(folder)
            .args(["-c", "user.name=Dana Whitfield", "-c", "user.email=dana@example.com"])
            .args(["-c", "commit.gpgSign=false", "-c", "init.defaultBranch=main"])
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_AUTHOR_DATE", "2026-11-02T10:00:00+0000")
            .env("GIT_COMMITTER_DATE", "2026-11-02T10:00:00+0000"),
    );
}

/// A project whose every value, file name and waiver means harm to whatever shows it.
pub(crate) fn hostile() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let long = "very long ".repeat(3_000);
    let harm = r#"\e[31m::set-output name=verdict::open\n::error::x\u202e ##[add-mask]a ]]> <script>alert(1)</script> <!-- @team #12 | `a` **b** %0A \" ' & \u2028 \u009b31m"#;
    let manifest = format!(
        "aipp: 1\nproject: {{ name: \"=cmd|' /C calc'!A0 {harm}\", phase: harden }}\n\
         business_case: \"{harm}{long}\"\n\
         pilot: {{ start: 2026-08-03, end: 2026-09-25 }}\n\
         people: {{ owner: [\"{harm}\", b], sponsor: {{ name: \"{harm}\" }} }}\n\
         rollback: {{ mechanism: \"{harm}\" }}\n\
         waivers:\n  - {{ check: ops-runbooks, reason: \"{harm}{long}\", residual_risk: \"{harm}\", control: \"{harm}\", \
         approver: \"@SUM(A1) J. Chen {harm}\", created: 2026-11-01, expires: 2026-12-01 }}\n"
    );
    fs::write(dir.path().join("aipp.yaml"), manifest).unwrap();
    let names = [
        "docs/rollback ::error:: ##[x] <script> ]]> ,title=a%0A.md",
        "docs/=cmd|calc/runbook.md",
        "docs/runbooks/@SUM(A1)\n::error::\u{1b}[31m\u{202e}.md",
        "docs/runbooks/ ::error::`x` | @team <script> <!-- .md",
    ];
    let runbook = root().join("examples/support-triage/docs/runbooks/TriageAvailabilityBurn.md");
    for name in names {
        let file = dir.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::copy(&runbook, file).unwrap();
    }
    dir
}
