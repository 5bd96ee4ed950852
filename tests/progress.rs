//! The progress bars, in a pseudo-terminal: one comes when looking takes longer than a moment, it goes before the result, and there
//! is none where nobody would see it. `git` is replaced by a program that waits for a word, a server by one that answers when it is told to, so
//! that no test depends on speed.
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

/// A project with a metric whose values are elsewhere.
fn measured(source: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let text = format!("aipp: 1\nmetrics:\n  - {{ id: m, baseline: 12 min, target: 2 min, source: {source} }}\n");
    fs::write(dir.path().join("aipp.yaml"), text).unwrap();
    dir
}

fn metrics(dir: &Path, arguments: &[&str]) -> Command {
    let mut aipp = Command::new(env!("CARGO_BIN_EXE_aipp"));
    aipp.arg("metrics").args(arguments).current_dir(dir);
    aipp.env("TERM", "xterm").env("NO_COLOR", "1").env("NO_PROXY", "127.0.0.1");
    for name in ["AIPP_NO_PROGRESS", "AIPP_STORE", "AIPP_OFFLINE"] {
        aipp.env_remove(name);
    }
    aipp
}

/// What a terminal shows from the beginning to the end.
fn all(command: Command) -> String {
    let mut session = Session::spawn(command).unwrap();
    session.set_expect_timeout(Some(Duration::from_secs(120)));
    String::from_utf8_lossy(session.expect(Eof).unwrap().as_bytes()).into_owned()
}

#[test]
fn a_long_import_shows_how_far_it_has_come() {
    let dir = measured("x.csv");
    let rows: String = (0..60_000)
        .map(|i| {
            format!(
                "2026-{:02}-{:02}T{:02}:{:02}:00Z,{}.5,{:>30}\n",
                1 + i / 10_000,
                1 + i % 28,
                i % 24,
                i % 60,
                i % 12,
                i
            )
        })
        .collect();
    fs::write(dir.path().join("long.csv"), format!("at,value,note\n{rows}")).unwrap();
    fs::write(dir.path().join("short.csv"), "at,value\n2026-07-01,9.5\n").unwrap();
    let import = |file: &str, flags: &[&str]| {
        let arguments = [&["import", file, "--metric", "m", "--today", "2026-07-10"], flags].concat();
        all(metrics(dir.path(), &arguments))
    };
    let long = import("long.csv", &[]);
    let bar = long.find("reading ").unwrap_or_else(|| panic!("no bar: {long:?}"));
    let cleared = long.rfind("\u{1b}[2K").unwrap_or_else(|| panic!("nothing was cleared: {long:?}"));
    let result = long.find("values of long.csv recorded").unwrap_or_else(|| panic!("no result: {long:?}"));
    assert!(long[bar..].contains('%') && bar < cleared && cleared < result, "{long:?}");
    for quiet in [import("long.csv", &["--no-progress"]), import("short.csv", &[])] {
        assert!(quiet.contains(".csv recorded") && !quiet.contains("reading "), "{quiet:?}");
    }
}

#[test]
fn a_pull_says_for_whom_it_waits() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://127.0.0.1:{}", server.local_addr().unwrap().port());
    let dir = measured(&format!("{{ prometheus: '{address}', query: up, since: 2026-06-01 }}"));
    let mut session = Session::spawn(metrics(dir.path(), &["pull", "--today", "2026-06-03"])).unwrap();
    session.set_expect_timeout(Some(Duration::from_secs(60)));
    // It has asked, and shows whom, while there is no answer.
    let (mut asked, _) = server.accept().unwrap();
    let before = String::from_utf8_lossy(session.expect("0/1").unwrap().as_bytes()).into_owned();
    assert!(before.contains("pulling m"), "{before:?}");
    let mut question = [0; 4096];
    assert!(std::io::Read::read(&mut asked, &mut question).unwrap() > 0);
    let body =
        r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1780272000,"9.5"]]}]}}"#;
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    std::io::Write::write_all(&mut asked, answer.as_bytes()).unwrap();
    let after = String::from_utf8_lossy(session.expect(Eof).unwrap().as_bytes()).into_owned();
    let cleared = after.rfind("\u{1b}[2K").unwrap_or_else(|| panic!("nothing was cleared: {after:?}"));
    let result = after.find("1 value of 1 metric recorded").unwrap_or_else(|| panic!("no result: {after:?}"));
    assert!(cleared < result, "{after:?}");
}
