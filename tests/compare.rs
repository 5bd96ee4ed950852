//! `aipp diff`, `aipp gate --baseline`, `aipp gate --attest` and `aipp verify`, in git checkouts.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

mod workshop;

use serde_json::Value;
use workshop::Project;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn nothing_moved_between_a_revision_and_its_working_tree() {
    let project = Project::example("invoice-intake");
    let said = project.aipp(&["diff", "HEAD"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("Nothing moved"), "{}", said.out);
}

#[test]
fn a_file_and_a_revision_say_the_same() {
    let project = Project::example("invoice-intake");
    assert_eq!(project.aipp(&["assess", "-f", "json=.git/before.json"]).code, 0);
    std::fs::remove_dir_all(project.root.join("drills")).unwrap();
    project.commit("Drop the drills", "2026-11-20");
    let of = |before: &str| {
        let mut moved = json(&project.aipp(&["diff", before, "HEAD", "-f", "json"]).out);
        moved["before"] = Value::Null;
        moved
    };
    assert_eq!(of(".git/before.json"), of("HEAD~1"));
    let worse: Vec<String> = of("HEAD~1")["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|c| c["change"] == "worse")
        .map(|c| c["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(worse, ["skills-operator-drill", "gov-kill-switch"]);
    // And back: what fell, rises.
    let back = json(&project.aipp(&["diff", "HEAD", "HEAD~1", "-f", "json"]).out);
    assert!(back["checks"].as_array().unwrap().iter().all(|c| c["change"] == "better"));
}

#[test]
fn what_cannot_be_compared_is_said_with_what_to_do() {
    let project = Project::example("slideware");
    project.write("empty.json", "");
    project.write("other.json", "{\"kind\": \"evidence\"}");
    for (before, reason) in [
        ("nowhere", "there is no revision `nowhere`"),
        ("missing.json", "aipp assess -f json=FILE"),
        ("empty.json", "is empty"),
        ("other.json", "is of kind `evidence`"),
        ("--help-me", "unexpected argument"),
    ] {
        let said = project.aipp(&["diff", before]);
        assert_eq!(said.code, 2, "{before}");
        assert!(said.err.contains(reason), "{before}: {}", said.err);
    }
}

#[test]
fn a_gate_against_a_baseline_closes_only_for_what_became_worse() {
    let project = Project::example("invoice-intake");
    assert_eq!(project.aipp(&["gate"]).code, 1);
    let same = project.aipp(&["gate", "--baseline", "HEAD"]);
    assert_eq!(same.code, 0, "{}{}", same.out, same.err);
    assert!(same.out.contains("open, nothing became worse"), "{}", same.out);

    std::fs::remove_dir_all(project.root.join("drills")).unwrap();
    let worse = project.aipp(&["gate", "--baseline", "HEAD", "-f", "json"]);
    assert_eq!(worse.code, 1);
    let gate = json(&worse.out);
    let reasons = gate["gate"]["reasons"].as_array().unwrap();
    assert!(reasons.iter().all(|r| r["code"] == "regressed"), "{reasons:?}");
    let named: Vec<&str> = reasons.iter().filter_map(|r| r["check"].as_str()).collect();
    assert_eq!(named, ["skills-operator-drill", "gov-kill-switch"]);
    // A tolerance forgives points, not a required check that fell.
    assert_eq!(project.aipp(&["gate", "--baseline", "HEAD", "--tolerance", "50"]).code, 1);
}

#[test]
fn a_known_gap_keeps_its_age_from_baseline_to_baseline_and_is_announced_when_mended() {
    let project = Project::example("invoice-intake");
    let first = project.aipp_on("2026-11-01", &["gate", "-f", "json=.git/1.json"]);
    assert_eq!(first.code, 1, "{}", first.err);
    let second = project.aipp_on("2026-11-10", &["gate", "--baseline", ".git/1.json", "-f", "json=.git/2.json"]);
    assert_eq!(second.code, 0, "{}", second.err);
    let third = project.aipp_on("2026-11-22", &["gate", "--baseline", ".git/2.json", "-f", "json"]);
    let known = &json(&third.out)["baseline"]["known"];
    let audit = known.as_array().unwrap().iter().find(|k| k["check"] == "gov-audit-log").unwrap();
    assert_eq!((audit["since"].as_str(), audit["age_days"].as_i64()), (Some("2026-11-01"), Some(21)));
    assert_eq!(audit["fingerprint"].as_str().unwrap().len(), 16);

    project.write(
        "drills/2026-11-21-rollback.yaml",
        "date: 2026-11-21\nscenario: rollback\nparticipants: [ A. Silva ]\nminutes_to_detect: 3\nminutes_to_recover: 11\n\
         covers: [ code, model, prompt, data ]\npassed: true\n",
    );
    let mended = project.aipp_on("2026-11-22", &["gate", "--baseline", ".git/2.json", "-f", "json"]);
    let mended = json(&mended.out);
    let names: Vec<&Value> = mended["baseline"]["mended"].as_array().unwrap().iter().map(|m| &m["check"]).collect();
    assert!(names.iter().any(|name| *name == "ops-rollback-tested"), "{names:?}");
    assert!(!names.iter().any(|name| *name == "gov-audit-log"), "{names:?}");
}

#[test]
fn what_hides_a_gap_does_not_open_the_gate_against_a_baseline() {
    let project = Project::example("invoice-intake");
    // A lower tier asks less.
    project.edit("aipp.yaml", "tier: standard", "tier: experimental");
    let said = project.aipp(&["gate", "--baseline", "HEAD"]);
    assert_eq!(said.code, 1, "{}", said.out);
    assert!(said.out.contains("another tier"), "{}", said.out);
    // Another project is another baseline.
    project.git(&["checkout", "-q", "."], "2026-11-01");
    project.edit("aipp.yaml", "Invoice intake", "Invoice outflow");
    let said = project.aipp(&["gate", "--baseline", "HEAD"]);
    assert_eq!(said.code, 2, "{}", said.out);
    assert!(said.err.contains("the baseline is of the project `Invoice intake`"), "{}", said.err);
    // A baseline from the future, and one of another gate.
    project.git(&["checkout", "-q", "."], "2026-11-01");
    assert_eq!(project.aipp(&["gate", "-f", "json=.git/1.json"]).code, 1);
    assert_eq!(project.aipp_on("2026-11-01", &["gate", "--baseline", ".git/1.json"]).code, 2);
    assert_eq!(project.aipp(&["gate", "--to", "expand", "--baseline", ".git/1.json"]).code, 2);
}

#[test]
fn a_statement_is_deterministic_and_holds_until_something_changes() {
    let project = Project::example("support-triage");
    let gate = project.aipp(&["gate", "--attest", ".git/1.json"]);
    project.aipp(&["gate", "--attest", ".git/2.json", "-f", "json"]);
    let statement = project.read(".git/1.json");
    assert_eq!(statement, project.read(".git/2.json"));
    let verdict = if gate.code == 0 { "open" } else { "closed" };
    assert_eq!(json(&statement)["predicate"]["verdict"], verdict);
    let commit = project.git(&["rev-parse", "HEAD"], "2026-11-22");
    assert!(statement.contains(commit.trim()));

    // It is judged as of its own day, whatever the day is.
    assert_eq!(project.aipp(&["verify", ".git/1.json"]).code, 0);
    let holds = |day: &[&str]| project.aipp(&[&["verify", ".git/1.json"], day].concat());
    assert_eq!(holds(&[]).code, 0);

    // A comment in the manifest is another file; a new commit is another commit.
    project.write("aipp.yaml", &format!("{}# looked at\n", project.read("aipp.yaml")));
    let edited = holds(&[]);
    assert_eq!(edited.code, 1, "{}", edited.out);
    assert!(edited.out.contains("aipp.yaml") && edited.out.contains("sha256:"), "{}", edited.out);
    project.git(&["checkout", "-q", "."], "2026-11-22");
    assert_eq!(holds(&[]).code, 0);
    project.commit("Nothing", "2026-11-22");
    assert_eq!(holds(&[]).code, 1);
}

#[test]
fn a_forged_verdict_does_not_hold() {
    let project = Project::example("slideware");
    assert_eq!(project.aipp(&["gate", "--attest", ".git/1.json"]).code, 1);
    assert_eq!(project.aipp(&["verify", ".git/1.json"]).code, 0, "a closed verdict is a verdict");
    let forged = project.read(".git/1.json").replace("\"verdict\": \"closed\"", "\"verdict\": \"open\"");
    project.write(".git/1.json", &forged);
    let said = project.aipp(&["verify", ".git/1.json"]);
    assert_eq!(said.code, 1);
    assert!(said.out.contains("stated open, is closed"), "{}", said.out);
    project.write(".git/1.json", "");
    assert_eq!(project.aipp(&["verify", ".git/1.json"]).code, 2);
    // A verdict against a baseline is no verdict that can be attested.
    assert_eq!(project.aipp(&["gate", "--baseline", "HEAD", "--attest", ".git/1.json"]).code, 2);
}

#[test]
fn the_result_of_a_ci_run_is_in_no_revision_and_still_counts_here() {
    let project = Project::example("slideware");
    project.write(".gitignore", "out/\n");
    let manifest = project.read("aipp.yaml");
    project.write("aipp.yaml", &format!("{manifest}\nevidence:\n  eval-results: [out/results.json]\n"));
    project.commit("Name the results of the CI run", "2026-11-20");
    project.write("out/results.json", "{\"accuracy\": 0.9}");
    project.write("out/junit.xml", "<testsuite name=\"unit\" tests=\"1\"><testcase name=\"adds\"/></testsuite>");
    for arguments in [
        &["gate", "--baseline", "HEAD", "--evidence", "out/junit.xml"][..],
        &["diff", "HEAD", "--evidence", "out/junit.xml"],
        &["diff", "HEAD~1", "HEAD"],
    ] {
        let said = project.aipp(arguments);
        assert!(said.code < 2, "{arguments:?}: {}", said.err);
        assert!(!said.err.contains("does not exist"), "{arguments:?}: {}", said.err);
    }
}

#[test]
fn its_own_results_in_the_folder_prove_nothing() {
    let project = Project::example("slideware");
    let found = || json(&project.aipp(&["evidence", "-f", "json"]).out)["evidence"].clone();
    let checks = || json(&project.aipp(&["assess", "-q", "-f", "json"]).out);
    let before = (found(), checks());
    for folder in ["reports", "metrics", "evals/results"] {
        std::fs::create_dir_all(project.root.join(folder)).unwrap();
    }
    let said = project.aipp(&[
        "gate",
        "-q",
        "--exit-zero",
        "-f",
        "json=evals/results/baseline.json",
        "-f",
        "junit=reports/junit.xml",
        "-f",
        "sarif=reports/gitleaks.sarif",
        "-f",
        "csv=metrics/checks.csv",
        "-f",
        "gitlab=reports/quality.json",
        "--attest",
        "reports/verdict.json",
    ]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(found(), before.0);
    assert_eq!(checks(), before.1);
}
