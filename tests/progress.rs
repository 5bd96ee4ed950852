//! The progress bar, in a pseudo-terminal: it comes when looking takes longer than a moment, it goes before the result, and there
//! is none where nobody would see it. `git` is replaced by a program that waits for a word, so that no test depends on speed.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

mod workshop;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use expectrl::{Eof, Expect as _, Session};
use workshop::{copy, root};

/// A project that cannot be dated before `go` is there.
fn slow() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("project");
    copy(&self::root().join("examples/invoice-intake"), &root);
    fs::create_dir(root.join(".git")).unwrap();
    fs::create_dir(dir.path().join("bin")).unwrap();
    let git = dir.path().join("bin/git");
    let go = dir.path().join("go");
    fs::write(&git, format!("#!/bin/sh\nwhile [ ! -e '{}' ]; do /bin/sleep 0.02; done\nexit 1\n", go.display()))
        .unwrap();
    fs::set_permissions(&git, fs::Permissions::from_mode(0o755)).unwrap();
    (dir, go)
}

fn aipp(dir: &Path, command: &str, flags: &[&str]) -> Command {
    let mut aipp = Command::new(env!("CARGO_BIN_EXE_aipp"));
    aipp.args([command, "--today", "2026-11-22", "project"]).args(flags).current_dir(dir);
    aipp.env("PATH", dir.join("bin")).env("TERM", "xterm").env("NO_COLOR", "1").env_remove("AIPP_NO_PROGRESS");
    aipp
}

/// Runs in a terminal; gives what was shown while git was waiting, up to `until`, and what came after.
fn shown(command: &str, flags: &[&str], until: Option<&str>) -> (String, String) {
    let (dir, go) = slow();
    let mut session = Session::spawn(aipp(dir.path(), command, flags)).unwrap();
    session.set_expect_timeout(Some(Duration::from_secs(60)));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut before = String::new();
    if let Some(until) = until {
        let found = session.expect(until).unwrap();
        before = text(found.as_bytes());
    } else {
        // Long enough for a bar to come.
        std::thread::sleep(Duration::from_millis(600));
    }
    fs::write(&go, "").unwrap();
    let found = session.expect(Eof).unwrap();
    (before, text(found.as_bytes()))
}

#[test]
fn a_bar_comes_when_it_takes_long_and_goes_before_the_result() {
    for (command, result) in [("assess", "Invoice intake"), ("evidence", "Evidence in")] {
        let (before, after) = shown(command, &[], Some(" files"));
        assert!(before.contains("/") && !before.contains(result), "{command}: {before:?}");
        let cleared = after.rfind("\u{1b}[2K").unwrap_or_else(|| panic!("{command}: nothing was cleared: {after:?}"));
        let at = after.find(result).unwrap_or_else(|| panic!("{command}: no result: {after:?}"));
        assert!(cleared < at, "{command}: the bar stands in the result: {after:?}");
    }
}

#[test]
fn nobody_who_asked_for_quiet_sees_a_bar() {
    for flags in [["--no-progress"].as_slice(), &["-q"]] {
        let (_, all) = shown("evidence", flags, None);
        assert!(
            all.contains("Evidence in") && !all.contains("\u{1b}[2K") && !all.contains("looking for evidence"),
            "{all:?}"
        );
    }
}

#[test]
fn a_pipe_gets_no_bar() {
    let (dir, go) = slow();
    let mut running = aipp(dir.path(), "evidence", &[])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(600));
    assert!(running.try_wait().unwrap().is_none(), "it waits for git");
    fs::write(go, "").unwrap();
    let done = running.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&done.stderr);
    assert!(!err.contains('\u{1b}') && !err.contains("looking for"), "{err:?}");
    assert!(String::from_utf8_lossy(&done.stdout).contains("Evidence in"));
}
