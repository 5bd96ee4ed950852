//! Ways round the gate, and input that means harm: each ends closed or in an error, quickly, with a reason.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

mod workshop;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use workshop::{aipp, git_as, said};

fn run(root: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let (code, out, err) = workshop::run(root, arguments);
    (Some(code), out, err)
}

fn project(manifest: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("aipp.yaml"), manifest).unwrap();
    dir
}

fn gate(manifest: &str) -> (Option<i32>, Value, String) {
    let dir = project(manifest);
    let (code, out, err) = run(dir.path(), &["gate", "-f", "json"]);
    (code, serde_json::from_str(&out).unwrap_or_default(), err)
}

fn codes(gate: &Value) -> Vec<String> {
    let of = |r: &Value| format!("{} {}", r["code"].as_str().unwrap_or_default(), r["check"].as_str().unwrap_or("-"));
    gate["gate"]["reasons"].as_array().into_iter().flatten().map(of).collect()
}

const WAIVER: &str = "project: { name: x, phase: harden }
people: { owner: { name: Priya Raman, handle: '@praman' } }
waivers:
  - { check: ops-runbooks, reason: later, residual_risk: slow, control: on call, approver: J. Chen, created: 2026-11-01, expires: 2026-12-01 }
";

fn waived(change: &[(&str, &str)]) -> (Option<i32>, Value) {
    let text = change.iter().fold(WAIVER.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    });
    let (code, gate, err) = gate(&text);
    assert!(code != Some(2), "{err}");
    (code, gate)
}

fn state(gate: &Value) -> (String, String) {
    let waiver = &gate["waivers"][0];
    (waiver["state"].as_str().unwrap().to_owned(), waiver["because"].as_str().unwrap().to_owned())
}

#[test]
fn a_waiver_lifts_a_block_only_while_it_holds() {
    let (code, live) = waived(&[]);
    assert_eq!(state(&live).0, "live");
    assert!(!codes(&live).iter().any(|c| c.ends_with("ops-runbooks")));
    assert_eq!(code, Some(1));
    // Inclusive: on its last day it still holds, a day later it does not.
    assert_eq!(state(&waived(&[("2026-12-01", "2026-11-22")]).1).0, "live");
    let (_, expired) = waived(&[("2026-12-01", "2026-11-21")]);
    assert_eq!(state(&expired).0, "expired");
    let found = codes(&expired);
    assert!(
        found.contains(&"waiver-expired ops-runbooks".to_owned())
            && found.contains(&"required-unmet ops-runbooks".to_owned()),
        "{found:?}"
    );
}

#[test]
fn a_waiver_that_is_refused_closes_the_gate() {
    for (change, why) in [
        (vec![("2026-12-01", "2027-02-28")], "at most 90"),
        (vec![("approver: J. Chen", "approver: priya raman")], "owner"),
        (vec![("approver: J. Chen", "approver: '@praman'")], "owner"),
        (vec![("approver: J. Chen", "approver: Risk committee")], "group"),
        (vec![("approver: J. Chen", "approver: P. Raman")], "owner"),
        (vec![("approver: J. Chen", "approver: TBD")], "placeholder"),
        (vec![("ops-runbooks", "gov-kill-switch")], "cannot be waived"),
        (vec![("created: 2026-11-01", "created: 2026-11-23")], "after 2026-11-22"),
    ] {
        let (code, gate) = waived(&change);
        let (found, because) = state(&gate);
        assert_eq!((found.as_str(), code), ("void", Some(1)), "{change:?}");
        assert!(because.contains(why), "{because}");
        assert!(codes(&gate).iter().any(|c| c.starts_with("waiver-void")), "{:?}", codes(&gate));
    }
}

#[test]
fn waivers_are_capped() {
    let many: String = ["ops-runbooks", "ops-incident-plan", "ops-team-accepted"]
        .iter()
        .map(|check| format!("  - {{ check: {check}, reason: r, residual_risk: r, control: c, approver: J. Chen, created: 2026-11-01, expires: 2026-12-01 }}\n"))
        .collect();
    let (_, gate, _) = gate(&format!("project: {{ name: x, phase: harden }}\nwaivers:\n{many}"));
    let states: Vec<&str> = gate["waivers"].as_array().unwrap().iter().map(|w| w["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["live", "void", "void"], "15 % of the area, or one check");
}

#[test]
fn a_check_cannot_be_declared_away_at_will() {
    let entry =
        |check: &str, date: &str| format!("  - {{ check: {check}, reason: not for us, by: Priya, date: {date} }}\n");
    let text = |entries: &str| format!("project: {{ name: x, phase: harden }}\nnot_applicable:\n{entries}");
    let closed = |entries: String, check: &str| {
        let (code, gate, _) = gate(&text(&entries));
        assert_eq!(code, Some(1));
        let status = gate["checks"].as_array().unwrap().iter().find(|c| c["id"] == check).unwrap()["status"].clone();
        status.as_str().unwrap().to_owned()
    };
    assert_eq!(closed(entry("gov-kill-switch", "2026-11-01"), "gov-kill-switch"), "unmet");
    assert_eq!(closed(entry("ops-runbooks", "2026-11-23"), "ops-runbooks"), "unmet");
    assert_eq!(closed(entry("ops-runbooks", "2026-11-01"), "ops-runbooks"), "not-applicable");
    // 20 % of the weight of operations are two of these, not three.
    let three: String =
        ["ops-runbooks", "ops-incident-plan", "ops-team-accepted"].map(|c| entry(c, "2026-11-01")).concat();
    assert_eq!(closed(three.clone(), "ops-incident-plan"), "not-applicable");
    assert_eq!(closed(three, "ops-team-accepted"), "unmet");
}

#[test]
fn input_that_cannot_be_read_is_two_and_never_passes() {
    for (name, text) in [
        ("a duplicate key that hides the first", "project: { name: x }\nproject: { name: y, phase: prove-value }\n"),
        (
            "a waiver without a date",
            "waivers: [{ check: ops-runbooks, reason: r, residual_risk: r, control: c, approver: a, created: 2026-11-01 }]\n",
        ),
        (
            "a waiver for a check that was renamed",
            "waivers: [{ check: ops-runbook, reason: r, residual_risk: r, control: c, approver: J. Chen, created: 2026-11-01, expires: 2026-12-01 }]\n",
        ),
        ("a check that is not there", "not_applicable: [{ check: ops-nothing, reason: r, by: b, date: 2026-11-01 }]\n"),
        ("evidence that is not there", "evidence: { runbook: docs/none.md }\n"),
        ("evidence outside", "evidence: { runbook: ../../etc/passwd }\n"),
    ] {
        let (code, _, err) = gate(text);
        assert_eq!(code, Some(2), "{name}: {err}");
        assert!(err.contains("help:"), "{name}: {err}");
        let dir = project(text);
        let (code, ..) = run(dir.path(), &["gate", "--exit-zero"]);
        assert_eq!(code, Some(2), "{name}: --exit-zero masks only 1");
    }
}

#[cfg(unix)]
#[test]
fn an_evidence_link_that_leads_out_is_refused() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("runbook.md"), "# Runbook").unwrap();
    let dir = project("project: x\nevidence: { runbook: docs/runbook.md }\n");
    fs::create_dir(dir.path().join("docs")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("runbook.md"), dir.path().join("docs/runbook.md")).unwrap();
    let (code, _, err) = run(dir.path(), &["gate"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("leads out of the evidence root"), "{err}");
}

#[test]
fn an_empty_result_file_is_no_result() {
    let dir = project("project: { name: x, phase: harden, system: agent }\n");
    fs::create_dir(dir.path().join("drills")).unwrap();
    fs::write(dir.path().join("drills/2026-11-01-rollback.yaml"), "").unwrap();
    let (code, _, err) = run(dir.path(), &["gate"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("drills/2026-11-01-rollback.yaml"), "{err}");
}

/// What a required check rests on must say something that can be: a drill in less than no time, an empty plan.
#[test]
fn evidence_that_cannot_be_is_refused_with_its_place() {
    let plan = "project: { name: x, phase: harden }\nincident: { plan: docs/plan.md }\n";
    let drill =
        "date: 2026-11-20\nscenario: rollback\nparticipants: [A. Silva]\nminutes_to_recover: -3\npassed: true\n";
    for (path, text, said) in [("docs/plan.md", "", "is empty"), ("drills/h.yaml", drill, "less than nothing")] {
        let dir = project(plan);
        fs::create_dir(dir.path().join("docs")).unwrap();
        fs::write(dir.path().join("docs/plan.md"), "# Incident plan\n\nCall the on-call engineer.\n").unwrap();
        let file = dir.path().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
        let (code, _, err) = run(dir.path(), &["gate"]);
        assert_eq!(code, Some(2), "{path}: {err}");
        assert!(err.contains(path) && err.contains(said), "{path}: {err}");
    }
}

/// A condition that compares unlike things is a message that names check and expression, never a pass.
#[test]
fn a_condition_that_cannot_be_evaluated_is_named() {
    let dir = project("project: { name: x, phase: harden }\n");
    let list = "aipp_checklist: 1\narea: governance\nchecks:\n- id: org-broken\n  question: Is it there?\n  due: harden\n  \
                weight: 3\n  required: documented\n  documented: [ { that: \"tests.failed > 'a'\", else: it is not there } ]\n  \
                fix: Write it down now\n";
    fs::write(dir.path().join("org.yaml"), list).unwrap();
    let (code, _, err) = run(dir.path(), &["gate", "--checklist", "org.yaml"]);
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("rule-failed") && err.contains("org-broken") && err.contains("tests.failed > 'a'"), "{err}");
}

#[test]
fn the_format_never_changes_the_code_and_every_output_is_written() {
    let dir = project("project: { name: x, phase: harden }\n");
    for format in ["text", "json", "markdown"] {
        assert_eq!(run(dir.path(), &["gate", "-f", format]).0, Some(1), "{format}");
    }
    let (code, out, _) = run(dir.path(), &["gate", "-f", "text", "-f", "json=gate.json", "-f", "markdown=gate.md"]);
    assert_eq!(code, Some(1));
    assert!(out.contains("closed"));
    let json: Value = serde_json::from_slice(&fs::read(dir.path().join("gate.json")).unwrap()).unwrap();
    assert_eq!(json["gate"]["verdict"], "closed");
    assert!(fs::read_to_string(dir.path().join("gate.md")).unwrap().contains("closed"));
    let (code, _, err) = run(dir.path(), &["gate", "-f", "json=nowhere/gate.json"]);
    assert_eq!(code, Some(4), "{err}");
    assert!(err.contains("cannot write nowhere/gate.json"), "{err}");
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_keeps_the_verdict() {
    let dir = project("project: { name: x, phase: harden }\n");
    let mut child = aipp(dir.path(), &["gate", "-v"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let done = child.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(1));
    assert!(!String::from_utf8_lossy(&done.stderr).contains("panicked"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_four() {
    let dir = project("project: { name: x, phase: harden }\n");
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = aipp(dir.path(), &["gate"]).stdout(full).stderr(Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(4));
}

#[test]
fn hostile_manifests_end_quickly_in_an_error() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for i in 1..12 {
        bomb.push_str(&format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 9].join(", ")));
    }
    for (name, text) in [
        ("an alias bomb", bomb),
        ("nesting in flow style", "[".repeat(100_000)),
        ("nesting in block style", (0..2_000).map(|i| format!("{}a:\n", " ".repeat(i % 900))).collect()),
        ("control characters", "project: { name: \"\u{1}\u{2}\" }\n".to_owned()),
        ("a merge bomb", "a: &a { b: 1 }\nc: { <<: [".to_owned() + &"*a, ".repeat(60_000) + "*a] }\n"),
    ] {
        let dir = project(&text);
        let (code, _, err) = run(dir.path(), &["assess"]);
        assert_eq!(code, Some(2), "{name}");
        assert!(err.len() < 100_000 && !err.contains("panicked"), "{name}: {} bytes", err.len());
    }
}

/// More than a manifest can be is not even read: 100 MB on standard input end in an error, and so does a file.
#[test]
fn a_huge_manifest_is_refused_before_it_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = aipp(dir.path(), &["assess", "-m", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let chunk = vec![b'a'; 1 << 20];
    let mut sent = 0;
    while sent < 100 && input.write_all(&chunk).is_ok() {
        sent += 1;
    }
    drop(input);
    let done = child.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(2));
    assert!(sent < 100, "all of it was read");
    assert!(String::from_utf8_lossy(&done.stderr).contains("too-large"));
}

// Trees that mean harm, or are only unusual: each is looked at quickly, nothing in them is opened that must not be, and what was
// not looked at is said.

fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        workshop::write(dir.path(), path, text);
    }
    dir
}

const RUNBOOK: &str = include_str!("../examples/invoice-intake/docs/runbooks/IntakeLatencyHigh.md");

/// The evidence of a folder as JSON, with the messages.
fn evidence(root: &Path) -> (Option<i32>, Value, String) {
    let (code, out, err) = run(root, &["evidence", "-f", "json"]);
    (code, serde_json::from_str(&out).unwrap_or_default(), err)
}

fn has_runbook(found: &Value) -> bool {
    let kinds = found["evidence"].as_array().unwrap();
    kinds.iter().any(|kind| kind["kind"] == "runbook" && kind["present"] == true)
}

fn git(root: &Path, arguments: &[&str]) {
    git_as(root, arguments, "Priya Raman <p@acme.example>", "2026-11-01");
}

#[cfg(unix)]
fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[cfg(unix)]
#[test]
fn pipes_sockets_and_links_in_a_tree_are_never_opened() {
    use std::os::unix::fs::symlink;
    let dir = tree(&[("docs/runbook.md", RUNBOOK)]);
    let root = dir.path();
    // Opening a pipe that nobody writes to never ends.
    for name in ["README.md", "LICENSE", "docs/rollback.md", ".gitlab-ci.yml", "drills.yaml", "CODEOWNERS"] {
        pipe(&root.join(name));
    }
    let _socket = std::os::unix::net::UnixListener::bind(root.join("prometheus.yml")).unwrap();
    symlink("..", root.join("docs/up")).unwrap();
    symlink("round", root.join("round")).unwrap();
    symlink("/dev/zero", root.join("SECURITY.md")).unwrap();
    symlink("/etc", root.join("etc")).unwrap();
    let (code, found, err) = evidence(root);
    assert_eq!((code, found["files_scanned"].as_u64()), (Some(0), Some(1)), "{err}");
    assert!(has_runbook(&found), "{found}");
    // A manifest that was looked for, and not named, is not opened either; a link to one is no pipe.
    pipe(&root.join("aipp.yaml"));
    let (code, _, err) = run(root, &["assess"]);
    assert!(code == Some(2) && err.contains("no regular file"), "{err}");
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_no_utf_8_and_control_characters_are_said_and_harm_nothing() {
    use std::os::unix::ffi::OsStrExt as _;
    let dir = tree(&[("docs/runbook.md", RUNBOOK), ("docs/\u{1b}[31mrunbook\n2.md", RUNBOOK)]);
    fs::write(dir.path().join(std::ffi::OsStr::from_bytes(b"docs/caf\xe9.md")), RUNBOOK).unwrap();
    let (code, found, err) = evidence(dir.path());
    assert_eq!(code, Some(0), "{err}");
    assert!(has_runbook(&found) && err.contains("no UTF-8"), "{err}");
    let (_, out, err) = run(dir.path(), &["evidence", "--explain", "runbook"]);
    assert!(!out.contains('\u{1b}') && !err.contains('\u{1b}'), "{out}{err}");
}

#[cfg(unix)]
#[test]
fn a_path_longer_than_the_system_opens_is_said() {
    let dir = tree(&[("docs/runbook.md", RUNBOOK)]);
    // Each step from inside the last one: the whole path could not be created at once.
    let script =
        "n=$(printf 'd%.0s' $(seq 200)); for i in $(seq 40); do mkdir $n && cd -P $n || exit 1; done; echo x > deep.md";
    assert!(Command::new("sh").args(["-c", script]).current_dir(dir.path()).status().unwrap().success());
    let (code, found, err) = evidence(dir.path());
    assert!(has_runbook(&found), "{err}");
    assert!(code == Some(2) && err.contains("was not looked at"), "{err}");
    assert!(err.len() < 20_000, "{} bytes of messages", err.len());
    let clean =
        "while cd d* 2>/dev/null; do :; done; rm -f deep.md; for i in $(seq 40); do cd ..; rmdir d* 2>/dev/null; done";
    let _ = Command::new("sh").args(["-c", clean]).current_dir(dir.path()).status();
}

#[test]
fn a_huge_line_and_a_huge_page_are_passed_over_and_the_page_is_named() {
    let dir = tree(&[("docs/runbook.md", RUNBOOK)]);
    let line = "monitoring rollback canary ".repeat(400_000);
    assert!(line.len() > 10_000_000);
    for name in ["docs/incident.md", "src/app.js", "results.json", "deploy/values.yaml"] {
        fs::create_dir_all(dir.path().join(name).parent().unwrap()).unwrap();
        fs::write(dir.path().join(name), &line).unwrap();
    }
    // Under the limit, and still one line.
    fs::write(dir.path().join("deploy/one-line.yaml"), line.get(..900_000).unwrap()).unwrap();
    fs::write(dir.path().join("src/one-line.py"), line.get(..900_000).unwrap()).unwrap();
    let (code, found, err) = evidence(dir.path());
    assert!(code == Some(0) && has_runbook(&found), "{err}");
    assert!(err.contains("too-large") && err.contains("docs/incident.md"), "{err}");
}

#[test]
fn a_folder_of_very_many_entries_is_listed_once() {
    let dir = tree(&[("docs/runbook.md", RUNBOOK)]);
    let many = dir.path().join("many");
    fs::create_dir(&many).unwrap();
    for i in 0..50_000 {
        fs::File::create(many.join(format!("entry-{i}"))).unwrap();
    }
    let (code, found, err) = evidence(dir.path());
    assert_eq!((code, found["files_scanned"].as_u64()), (Some(0), Some(50_001)), "{err}");
    assert!(has_runbook(&found));
}

/// A project whose decisions are dated by git.
fn dated() -> tempfile::TempDir {
    tree(&[
        ("aipp.yaml", "project: { name: x, phase: harden }\npeople: { owner: { name: Priya Raman, handle: '@p' } }\n"),
        ("docs/runbook.md", RUNBOOK),
        ("records/decisions/2026-10-01-go.yaml", "kind: go\ndate: 2026-10-01\nby: M. Okafor\nwhat: Enter harden\n"),
    ])
}

fn committed(root: &Path) {
    git(root, &["init", "-q", "-b", "main"]);
    git(root, &["add", "."]);
    git(root, &["commit", "-qm", "one"]);
}

#[test]
fn every_kind_of_checkout_is_read_alike() {
    let dir = dated();
    let root = dir.path();
    committed(root);
    let elsewhere = tempfile::tempdir().unwrap();
    let at = |name: &str| elsewhere.path().join(name);
    let text = |name: &str| at(name).to_str().unwrap().to_owned();
    git(root, &["worktree", "add", "-q", &text("worktree"), "-b", "side"]);
    git(root, &["clone", "-q", "--no-checkout", ".", &text("sparse")]);
    git(&at("sparse"), &["sparse-checkout", "set", "docs", "records"]);
    git(&at("sparse"), &["checkout", "-q", "main"]);
    fs::create_dir(at("parent")).unwrap();
    git(&at("parent"), &["init", "-q"]);
    git(&at("parent"), &["submodule", "--quiet", "add", root.to_str().unwrap(), "part"]);
    for checkout in [root.to_owned(), at("worktree"), at("sparse"), at("parent/part"), at("parent")] {
        let (code, found, err) = evidence(&checkout);
        assert!(code == Some(0) && has_runbook(&found), "{}: {err}", checkout.display());
        let (code, _, err) = run(&checkout, &["assess", "-f", "json"]);
        assert!(code == Some(0) && !err.contains("shallow"), "{}: {err}", checkout.display());
    }
    // A clone that is cut off says so, where anything asks for a date.
    git(root, &["commit", "-q", "--allow-empty", "-m", "two"]);
    let url = format!("file://{}", root.display());
    git(root, &["clone", "-q", "--depth", "1", &url, &text("shallow")]);
    let (code, _, err) = run(&at("shallow"), &["assess"]);
    assert!(code == Some(0) && err.contains("cut off"), "{err}");
}

#[test]
fn a_bare_repository_is_a_folder_without_evidence() {
    let dir = dated();
    committed(dir.path());
    let bare = tempfile::tempdir().unwrap();
    git(dir.path(), &["clone", "-q", "--bare", ".", bare.path().join("x.git").to_str().unwrap()]);
    let (code, found, err) = evidence(&bare.path().join("x.git"));
    assert!(code == Some(0) && !has_runbook(&found), "{err}");
}

#[test]
fn without_git_dates_are_unknown_and_everything_else_is_there() {
    let dir = dated();
    committed(dir.path());
    let command = |arguments: &[&str]| {
        let (code, out, err) = said(aipp(dir.path(), arguments).env("PATH", "").output().unwrap());
        (Some(code), out, err)
    };
    let (code, out, err) = command(&["evidence", "-f", "json"]);
    assert!(code == Some(0) && has_runbook(&serde_json::from_str(&out).unwrap()), "{err}");
    let (code, _, err) = command(&["assess"]);
    assert!(code == Some(0) && err.contains("git could not be started"), "{err}");
    fs::remove_dir_all(dir.path().join(".git")).unwrap();
    let (code, _, err) = command(&["assess"]);
    assert!(code == Some(0) && !err.contains("git could not be started"), "{err}");
}

/// Nothing that a repository's configuration names is started.
#[cfg(unix)]
#[test]
fn a_configuration_starts_no_program() {
    let dir = dated();
    let root = dir.path();
    committed(root);
    let mark = root.join("started");
    let program = format!("touch '{}' #", mark.display());
    for key in [
        "core.fsmonitor",
        "core.pager",
        "pager.log",
        "diff.external",
        "core.sshCommand",
        "core.hooksPath",
        "gpg.program",
        "diff.evil.textconv",
        "diff.evil.command",
        "credential.helper",
        "core.editor",
        "filter.evil.clean",
        "alias.log",
    ] {
        git(root, &["config", key, &program]);
    }
    for (key, value) in [("log.showSignature", "true"), ("filter.evil.required", "false"), ("log.diffMerges", "off")] {
        git(root, &["config", key, value]);
    }
    fs::write(root.join(".gitattributes"), "*.yaml diff=evil filter=evil\n").unwrap();
    // As after unpacking an archive: git knows no file's time, so it looks into each.
    fs::remove_file(root.join(".git/index")).unwrap();
    git(root, &["-c", "core.hooksPath=/dev/null", "-c", "filter.evil.clean=", "reset", "-q"]);
    let _ = fs::remove_file(&mark);
    let record = root.join("records/decisions/2026-10-01-go.yaml");
    fs::write(&record, fs::read(&record).unwrap()).unwrap();
    let manifest = fs::read_to_string(root.join("aipp.yaml")).unwrap();
    fs::write(root.join("aipp.yaml"), format!("{manifest}scope: {{ in: [Invoices] }}\n")).unwrap();
    let (code, _, err) = run(root, &["assess"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(!mark.exists(), "a program was started");
    // The trap is live: git by itself walks into it.
    git(root, &["-c", "core.fsmonitor=false", "status", "--porcelain"]);
    assert!(mark.exists());
}

#[cfg(unix)]
#[test]
fn a_document_that_is_hidden_or_behind_a_link_is_not_called_missing() {
    let dir = tree(&[
        ("aipp.yaml", "project: { name: x }\nincident: { plan: docs/plan.md }\nrollback: { procedure: hidden/r.md }\n"),
        (".gitignore", "hidden/\n"),
        ("hidden/r.md", RUNBOOK),
        ("docs/real.md", RUNBOOK),
    ]);
    std::os::unix::fs::symlink("real.md", dir.path().join("docs/plan.md")).unwrap();
    let (_, _, err) = run(dir.path(), &["assess", "-v"]);
    assert!(err.contains("it is a link, and links are not followed"), "{err}");
    assert!(!err.contains("no such file"), "{err}");
}
