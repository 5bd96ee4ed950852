//! Ways round the gate, and input that means harm: each ends closed or in an error, quickly, with a reason.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

fn run(root: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_aipp"))
        .current_dir(root)
        .args(arguments)
        .args(["--today", "2026-11-22"])
        .env("NO_COLOR", "1")
        .env("GITHUB_BASE_REF", "")
        .env("GITHUB_EVENT_PATH", "")
        .env("CI_MERGE_REQUEST_DIFF_BASE_SHA", "")
        .env("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (done.status.code(), text(done.stdout), text(done.stderr))
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
    let mut child = Command::new(env!("CARGO_BIN_EXE_aipp"))
        .current_dir(dir.path())
        .args(["gate", "-v", "--today", "2026-11-22"])
        .env("GITHUB_BASE_REF", "")
        .env("GITHUB_EVENT_PATH", "")
        .env("CI_MERGE_REQUEST_DIFF_BASE_SHA", "")
        .env("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
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
    let status = Command::new(env!("CARGO_BIN_EXE_aipp"))
        .current_dir(dir.path())
        .args(["gate", "--today", "2026-11-22"])
        .env("GITHUB_BASE_REF", "")
        .env("GITHUB_EVENT_PATH", "")
        .env("CI_MERGE_REQUEST_DIFF_BASE_SHA", "")
        .env("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "")
        .stdout(full)
        .stderr(Stdio::null())
        .status()
        .unwrap();
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
    let mut child = Command::new(env!("CARGO_BIN_EXE_aipp"))
        .current_dir(dir.path())
        .args(["assess", "-m", "-", "--today", "2026-11-22"])
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
