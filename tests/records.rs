//! What `aipp log` and `aipp init` write is evidence: it is found again, it moves the checks it is meant to move, and nothing else.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

mod workshop;

use std::fs;
use std::path::Path;

use serde_json::Value;
use workshop::{TODAY, example, git_as, said};

const PRIYA: &str = "Priya Raman <priya.raman@example.com>";
const JO: &str = "Jo Chen <jo.chen@example.com>";

fn aipp(root: &Path, arguments: &[&str]) -> (i32, String, String) {
    said(workshop::aipp(root, arguments).env("COLUMNS", "80").output().unwrap())
}

fn json(root: &Path, arguments: &[&str]) -> Value {
    let (_, out, err) = aipp(root, &[arguments, &["-f", "json"]].concat());
    serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}\n{err}"))
}

fn log(root: &Path, arguments: &[&str]) -> Value {
    let receipt = json(root, &[&["log"], arguments].concat());
    assert_eq!(receipt["kind"], "written", "{receipt:#}");
    receipt
}

fn check(root: &Path, id: &str) -> Value {
    let assessment = json(root, &["assess"]);
    assessment["checks"].as_array().unwrap().iter().find(|c| c["id"] == id).unwrap().clone()
}

#[test]
fn the_command_that_is_named_closes_the_gap() {
    let (_dir, root) = example("invoice-intake");
    let before = check(&root, "ops-rollback-tested");
    assert_eq!(
        (&before["level"], &before["command"]),
        (&"documented".into(), &"aipp log drill --scenario rollback".into())
    );
    let receipt = log(
        &root,
        &[
            "drill",
            "--scenario",
            "rollback",
            "--participant",
            "A. Silva",
            "--minutes-to-detect",
            "3",
            "--minutes-to-recover",
            "11",
            "--covers",
            "code,model,prompt,data",
            "--passed",
        ],
    );
    assert_eq!(receipt["files"][0]["path"], "drills/2026-11-22-rollback.yaml");
    assert_eq!(receipt["moved"][0]["check"], "ops-rollback-tested");
    let after = check(&root, "ops-rollback-tested");
    assert_eq!((&after["level"], &after["command"]), (&"verified".into(), &Value::Null));
}

#[test]
fn every_kind_of_record_is_evidence() {
    let (_dir, root) = example("invoice-intake");
    log(
        &root,
        &[
            "decision",
            "--kind",
            "go",
            "--by",
            "M. Okafor",
            "--what",
            "Enter \"harden\": now",
            "--declined",
            "Contract review bot",
        ],
    );
    assert_eq!(json(&root, &["assess"])["pilot"]["state"], "decided");
    log(&root, &["acceptance", "--by", "S. Kaya", "--role", "operations lead"]);
    assert_ne!(check(&root, "ops-team-accepted")["level"], "claimed");
    let receipt = log(&root, &["training", "--person", "@asilva", "--course", "orchestration", "--result", "pass"]);
    assert_eq!(receipt["files"][0]["action"], "created");
    log(&root, &["training", "--person", "D. Nolan", "--course", "orchestration", "--result", "pass"]);
    let unmet = check(&root, "skills-agent-orchestration")["unmet"].to_string();
    assert!(!unmet.contains("has no passed orchestration course"), "{unmet}");
    let rows = fs::read_to_string(root.join("records/approvals.csv")).unwrap().lines().count();
    log(
        &root,
        &[
            "approval",
            "--id",
            "A-900",
            "--action",
            "post_invoice",
            "--requested-by",
            "intake-agent",
            "--approved-by",
            "R. Lindt",
            "--decision",
            "rejected",
            "--requested-at",
            "2026-11-22T08:00:00Z",
            "--decided-at",
            "2026-11-22T08:04:00Z",
        ],
    );
    assert_eq!(fs::read_to_string(root.join("records/approvals.csv")).unwrap().lines().count(), rows + 1);
    assert_eq!(check(&root, "gov-human-approval")["level"], "verified");
    log(&root, &["stage", "--percent", "10", "--metric", "error-rate", "--value", "0.006"]);
    assert_eq!(
        fs::read_to_string(root.join("rollout/stages.csv")).unwrap().lines().last().unwrap(),
        "10,2026-11-22,,error-rate,0.006,false"
    );
    let (code, _, err) = aipp(&root, &["assess", "-q"]);
    assert_eq!((code, err.as_str()), (0, ""));
}

#[test]
fn an_attestation_counts_once_somebody_else_has_committed_it() {
    let (_dir, root) = example("invoice-intake");
    let manifest = fs::read_to_string(root.join("aipp.yaml")).unwrap();
    let referred = manifest
        .replace("{ person: Priya Raman }", "{ reference: Objective 3 of the goals of 2026, person: Priya Raman }");
    assert_ne!(referred, manifest);
    fs::write(root.join("aipp.yaml"), referred).unwrap();
    git_as(&root, &["init", "-q"], PRIYA, TODAY);
    git_as(&root, &["add", "."], PRIYA, TODAY);
    git_as(&root, &["commit", "-qm", "Everything"], PRIYA, TODAY);
    fs::remove_file(root.join("records/attestations/human-job-depends.yaml")).ok();
    let vouch = [
        "attestation",
        "--check",
        "gov-risk-classification",
        "--by",
        "J. Chen",
        "--role",
        "risk lead",
        "--statement",
        "I reviewed the tier",
    ];
    let receipt = log(&root, &vouch);
    assert!(receipt["next"][0].as_str().unwrap().contains("somebody other than the project's owner"), "{receipt:#}");
    let said = |root: &Path| {
        let all = json(root, &["assess"]);
        let of =
            all["diagnostics"].as_array().unwrap().iter().find(|d| d["code"] == "uncommitted-attestation").cloned();
        of.map(|d| d["message"].as_str().unwrap().to_owned())
    };
    assert!(said(&root).unwrap().contains("is not committed"));
    let vouched = [
        "attestation",
        "--check",
        "human-job-depends",
        "--by",
        "M. Okafor",
        "--role",
        "manager",
        "--statement",
        "Objective 3",
    ];
    log(&root, &vouched);
    let unmet = check(&root, "human-job-depends")["unmet"].to_string();
    assert!(unmet.contains("the attestation is not committed"), "{unmet}");
    fs::remove_file(root.join("records/attestations/human-job-depends.yaml")).unwrap();
    git_as(&root, &["add", "."], PRIYA, TODAY);
    git_as(&root, &["commit", "-qm", "By the owner"], PRIYA, TODAY);
    assert!(said(&root).unwrap().contains("was committed by the project's owner"));
    git_as(&root, &["reset", "-q", "--hard", "HEAD~1"], PRIYA, TODAY);
    log(&root, &vouch);
    git_as(&root, &["add", "."], JO, TODAY);
    git_as(&root, &["commit", "-qm", "Risk tier reviewed"], JO, TODAY);
    assert_eq!(said(&root), None);
}

#[test]
fn init_proves_nothing_by_what_it_writes_and_a_second_run_refuses() {
    let (_dir, root) = example("support-triage");
    fs::remove_file(root.join("aipp.yaml")).unwrap();
    let evidence = |root: &Path| {
        let mut all = json(root, &["evidence"]);
        all["files_scanned"] = Value::Null;
        all
    };
    let before = evidence(&root);
    let (code, out, err) = aipp(&root, &["init", "--yes", "--owner", "Mats Ekdahl @mekdahl"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.ends_with("Next: aipp assess\n"), "{out}");
    let mut after = evidence(&root);
    // The manifest names the runbooks and nothing more as evidence.
    after["root"] = before["root"].clone();
    assert_eq!(before, after);
    assert_eq!(aipp(&root, &["assess"]).0, 0);
    let manifest = fs::read(root.join("aipp.yaml")).unwrap();
    assert_eq!(aipp(&root, &["init", "--yes"]).0, 2);
    assert_eq!(fs::read(root.join("aipp.yaml")).unwrap(), manifest);
    let attributes = fs::read_to_string(root.join(".gitattributes")).unwrap();
    assert_eq!(aipp(&root, &["init", "--yes", "--force"]).0, 0);
    assert_eq!(fs::read_to_string(root.join(".gitattributes")).unwrap(), attributes);
}

#[cfg(unix)]
#[test]
fn nothing_is_written_behind_a_link_or_into_a_place_that_cannot_be_written() {
    let (dir, root) = example("invoice-intake");
    let elsewhere = dir.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, root.join("training")).unwrap();
    let (code, _, err) = aipp(&root, &["log", "training", "--person", "A. Silva", "--course", "x", "--result", "pass"]);
    assert_eq!(code, 4, "{err}");
    assert!(err.contains("training is a link"), "{err}");
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
}
