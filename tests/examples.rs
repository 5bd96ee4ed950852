//! The three example projects, each in a git checkout with the history its story tells, on a fixed day.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

mod workshop;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use workshop::{TODAY, example, git_as, said};

/// Runs the program in 80 columns, as a screen of the README has.
fn aipp(root: &Path, arguments: &[&str]) -> (i32, String, String) {
    said(workshop::aipp(root, arguments).env("COLUMNS", "80").output().unwrap())
}

fn json(root: &Path, arguments: &[&str]) -> (i32, Value) {
    let (code, out, err) = aipp(root, &[arguments, &["--format", "json"]].concat());
    (code, serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}\n{err}")))
}

fn levels(assessment: &Value) -> BTreeMap<String, String> {
    let checks = assessment["checks"].as_array().unwrap();
    checks.iter().map(|c| (c["id"].as_str().unwrap().to_owned(), c["level"].as_str().unwrap().to_owned())).collect()
}

/// Invoice intake as its team committed it: everything in May, and a later edit of the scope that cites no decision.
fn invoice_intake() -> (tempfile::TempDir, PathBuf) {
    let (dir, root) = example("invoice-intake");
    let manifest = fs::read_to_string(root.join("aipp.yaml")).unwrap();
    let who = "Priya Raman <priya.raman@example.com>";
    git_as(&root, &["init", "-q"], who, "2026-05-20");
    let draft = manifest.replace("    - Release of payments\n", "");
    assert_ne!(draft, manifest, "the scope says that payments are not released");
    fs::write(root.join("aipp.yaml"), draft).unwrap();
    git_as(&root, &["add", "."], who, "2026-05-20");
    git_as(&root, &["commit", "-qm", "Invoice intake"], who, "2026-05-20");
    fs::write(root.join("aipp.yaml"), manifest).unwrap();
    git_as(&root, &["commit", "-qam", "Say more clearly what it will not do"], who, "2026-06-10");
    (dir, root)
}

/// The levels of the worked example in the notes on scoring.
const WORKED: &str = include_str!("worked-example.txt");

#[test]
fn invoice_intake_is_the_worked_example_from_files_to_decimals() {
    let (_dir, root) = invoice_intake();
    let (code, assessment) = json(&root, &["assess"]);
    let found = levels(&assessment);
    let wrong: Vec<String> = WORKED
        .lines()
        .map(|line| line.split_once(' ').unwrap())
        .filter(|(id, level)| found[*id] != *level)
        .map(|(id, level)| {
            let check = assessment["checks"].as_array().unwrap().iter().find(|c| c["id"] == id).unwrap();
            format!("{id} is {}, not {level}: {}", found[id], check["unmet"])
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let readiness = &assessment["readiness"];
    assert_eq!(readiness["headline"], 25.0);
    assert_eq!(readiness["weakest"], "skills");
    assert_eq!(readiness["mean"], 66.8);
    assert_eq!(readiness["stated"], 97.9);
    assert_eq!(readiness["claim_gap"], 31.1);
    assert_eq!(readiness["coverage"], 1.0);
    let pilot = &assessment["pilot"];
    assert_eq!((&pilot["state"], &pilot["week"], &pilot["planned_weeks"]), (&"limbo".into(), &25.into(), &8.into()));
    assert_eq!(code, 0);

    let (code, gate) = json(&root, &["gate", "--to", "scale"]);
    let reasons: Vec<String> = gate["gate"]["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| format!("{} {}", r["code"].as_str().unwrap(), r["check"].as_str().unwrap_or("-")))
        .collect();
    assert_eq!(reasons, ["required-unmet gov-audit-log", "required-unmet ops-rollback-tested", "below-floor -"]);
    assert_eq!(code, 1);
    let waived: Vec<&Value> = gate["checks"].as_array().unwrap().iter().filter(|c| c["status"] == "waived").collect();
    assert_eq!(waived.len(), 1);
    assert_eq!((&waived[0]["id"], &waived[0]["credit"]), (&"ops-team-accepted".into(), &0.0.into()));
}

#[test]
fn support_triage_opens_the_gate_to_scale() {
    let (_dir, root) = example("support-triage");
    let who = "Mats Ekdahl <mats.ekdahl@northgate.example>";
    git_as(&root, &["init", "-q"], who, "2026-10-02");
    git_as(&root, &["add", "."], who, "2026-10-02");
    git_as(&root, &["commit", "-qm", "Support triage"], who, "2026-10-02");
    let (code, gate) = json(&root, &["gate", "--to", "scale"]);
    assert_eq!(gate["gate"]["verdict"], "open", "{:#}", gate["gate"]["reasons"]);
    assert_eq!(code, 0, "{:#}", gate["diagnostics"]);
    for area in gate["areas"].as_array().unwrap() {
        assert!(area["score"].as_f64().unwrap() >= 50.0, "{area}");
    }
    let ready = gate["signs"].as_array().unwrap().iter().filter(|s| s["ready"] == true).count();
    assert_eq!(ready, 6, "{:#}", gate["signs"]);
}

#[test]
fn slideware_states_everything_and_proves_nothing() {
    let (_dir, root) = example("slideware");
    let (code, assessment) = json(&root, &["assess"]);
    let readiness = &assessment["readiness"];
    assert_eq!(
        (&readiness["mean"], &readiness["headline"], &readiness["band"]),
        (&0.0.into(), &0.0.into(), &"slideware".into())
    );
    assert!(readiness["stated"].as_f64().unwrap() >= 95.0, "{readiness}");
    assert_eq!(code, 0, "{:#}", assessment["diagnostics"]);
    assert_eq!(levels(&assessment)["human-single-owner"], "contradicted");
    let (code, gate) = json(&root, &["gate"]);
    assert_eq!((code, &gate["gate"]["verdict"]), (1, &"closed".into()));
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let (_dir, root) = invoice_intake();
    for format in ["text", "json", "markdown"] {
        let one = aipp(&root, &["assess", "-v", "--format", format]);
        assert_eq!(one, aipp(&root, &["assess", "-v", "--format", format]));
    }
}

/// The README's screen is what the example prints; `AIPP_REGENERATE=1` writes it anew.
#[test]
fn the_readme_shows_the_real_screen() {
    let (_dir, root) = invoice_intake();
    let (_, screen, _) = aipp(&root, &["assess"]);
    let path = workshop::root().join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let open = format!("```console\n$ aipp assess examples/invoice-intake --today {TODAY}\n");
    let (before, rest) = readme.split_once(&open).expect("the README shows a screen");
    let (there, after) = rest.split_once("```").unwrap();
    if std::env::var_os("AIPP_REGENERATE").is_some() {
        fs::write(&path, format!("{before}{open}{screen}```{after}")).unwrap();
    } else {
        assert_eq!(there, screen, "run `AIPP_REGENERATE=1 cargo test --test examples`");
    }
}
