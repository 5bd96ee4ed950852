//! `aipp metrics` on projects of people: twelve weeks of a pilot, imports of every form, baselines that move, assessments over time.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn aipp(dir: &Path, arguments: &[&str]) -> (i32, String, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_aipp"))
        .current_dir(dir)
        .args(arguments)
        .env_remove("AIPP_STORE")
        .env("AIPP_BY", "test")
        .env("COLUMNS", "80")
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (done.status.code().unwrap(), text(done.stdout), text(done.stderr))
}

fn json(dir: &Path, arguments: &[&str]) -> Value {
    let (code, out, err) = aipp(dir, &[arguments, &["-f", "json"]].concat());
    assert_eq!(code, 0, "{err}");
    serde_json::from_str(&out).unwrap()
}

fn states(status: &Value) -> Vec<String> {
    let metrics = status["metrics"].as_array().unwrap();
    metrics.iter().map(|m| format!("{} {}", m["id"].as_str().unwrap(), m["state"].as_str().unwrap())).collect()
}

const MANIFEST: &str = "aipp: 1
project: { name: Demo }
adoption: { eligible: All clerks, target: 70%, override_limit: 10% }
metrics:
  - { id: handling-time, baseline: 12 min, target: 2 min, deadline: 2026-12-31, owner: Priya }
  - { id: pass-rate, baseline: 60%, target: 95%, deadline: 2026-12-31, owner: Priya }
";

fn project() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("aipp.yaml"), MANIFEST).unwrap();
    dir
}

fn lines(dir: &Path) -> Vec<Value> {
    let text = fs::read_to_string(dir.join(".aipp/history.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn twelve_weeks_are_judged_as_a_careful_analyst_would() {
    let example = root().join("examples/invoice-metrics");
    let on = |day: &str| json(&example, &["metrics", "status", "--today", day]);
    assert_eq!(
        states(&on("2026-06-29")),
        ["handling-time on-track", "error-rate at-risk", "unit-cost no-data", "hours-saved no-data"]
    );
    let week_8 = on("2026-07-27");
    assert_eq!(
        states(&week_8),
        ["handling-time at-risk", "error-rate off-track", "unit-cost on-track", "hours-saved off-track"]
    );
    assert_eq!(week_8["metrics"][0]["guardrail"]["breaches"], 1, "the setback of the sixth week");
    assert!(states(&on("2026-08-24")).iter().all(|state| state.ends_with(" met")));
    assert!(states(&on("2026-10-24")).iter().all(|state| state.ends_with(" stale")), "nobody has looked since");
}

#[test]
fn a_value_is_recorded_with_what_people_write() {
    let dir = project();
    for arguments in [
        vec!["metrics", "record", "handling-time", "9.5", "min", "--at", "2026-09-01T08:00:00Z", "--note", "week 36"],
        vec!["metrics", "record", "handling-time", "0.15 h", "--at", "2026-09-02"],
        vec!["metrics", "record", "handling-time", "8", "--at", "2026-09-03T10:00:00+02:00", "--by", "Priya"],
        vec!["metrics", "record", "adoption", "74%", "--at", "2026-09-03"],
    ] {
        let (code, _, err) = aipp(dir.path(), &arguments);
        assert_eq!((code, err.as_str()), (0, ""), "{arguments:?}");
    }
    let rows = lines(dir.path());
    let shown: Vec<String> =
        rows.iter().map(|r| format!("{} {} {} {} {}", r["metric"], r["value"], r["unit"], r["at"], r["by"])).collect();
    assert_eq!(
        shown,
        [
            r#""handling-time" 9.5 "min" "2026-09-01T08:00:00Z" "test""#,
            r#""handling-time" 9.0 "min" "2026-09-02T00:00:00Z" "test""#,
            r#""handling-time" 8.0 "min" "2026-09-03T08:00:00Z" "Priya""#,
            r#""adoption" 74.0 "%" "2026-09-03T00:00:00Z" "test""#,
        ]
    );
    let keys: Vec<&str> = rows[0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys[..11], ["v", "type", "id", "metric", "value", "unit", "at", "recorded", "by", "note", "source"]);
    // Another try with the id of the first adds nothing.
    let again = ["metrics", "record", "handling-time", "8", "--at", "2026-09-03T08:00:00Z", "--row-id"];
    let (code, out, _) = aipp(dir.path(), &[&again[..], &[rows[2]["id"].as_str().unwrap()]].concat());
    assert_eq!((code, lines(dir.path()).len()), (0, 4), "{out}");
}

#[test]
fn a_wrong_value_is_taken_back_and_stays_to_be_seen() {
    let dir = project();
    let run = |arguments: &[&str]| aipp(dir.path(), &[&["metrics"], arguments].concat());
    for (value, at) in
        [("95 min", "2026-09-01"), ("9.4 min", "2026-09-02T08:00:00Z"), ("9.3 min", "2026-09-02T09:00:00Z")]
    {
        assert_eq!(run(&["record", "handling-time", value, "--at", at]).0, 0);
    }
    let before = fs::read_to_string(dir.path().join(".aipp/history.jsonl")).unwrap();
    for (arguments, said) in [
        (&["--reason", "typo"][..], "nothing says which one is wrong"),
        (&["--reason", "typo", "--at", "2026-09-02"], "2 values of `handling-time` are of that time"),
        (&["--reason", "typo", "--at", "2026-09-03"], "no value of `handling-time` is the one that is named"),
        (&["--reason", " ", "--at", "2026-09-01"], "--reason is empty"),
        (&["--reason", "typo", "--at", "soon"], "`soon` is no time"),
    ] {
        let (code, _, err) = run(&[&["retract", "handling-time"], arguments].concat());
        assert!(code == 2 && err.contains(said), "{arguments:?}: {err}");
    }
    let (code, _, swapped) = run(&["record", "9.5", "handling-time"]);
    assert!(code == 2 && swapped.contains("aipp metrics record handling-time '9.5'"), "{swapped}");
    let (_, _, err) = run(&["retract", "handling-time", "--reason", "typo"]);
    let id = lines(dir.path())[0]["id"].as_str().unwrap().to_owned();
    assert!(err.contains(&format!("--row {id} (95 min at 2026-09-01T00:00:00Z)")), "{err}");
    let (code, out, err) = run(&["retract", "handling-time", "--row", &id, "--reason", "the point was left out"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.contains("95 min at 2026-09-01T00:00:00Z does not count any more"), "{out}");
    let (_, _, again) = run(&["retract", "handling-time", "--row", &id, "--reason", "x"]);
    assert!(again.contains("taken back already"), "{again}");
    assert_eq!(run(&["record", "handling-time", "9.5 min", "--at", "2026-09-01"]).0, 0);

    let after = fs::read_to_string(dir.path().join(".aipp/history.jsonl")).unwrap();
    assert!(after.starts_with(&before), "nothing is rewritten");
    let status = json(dir.path(), &["metrics", "status", "--today", "2026-09-02"]);
    assert_eq!(status["metrics"][0]["samples"], 3);
    let (_, history, _) = run(&["history", "handling-time", "--today", "2026-09-02"]);
    for said in ["95 min         taken back; test", "taken back on", "the point was left out", "9.5 min        test"] {
        assert!(history.contains(said), "{history}");
    }
    let (_, exported, _) = run(&["export"]);
    assert!(exported.contains(",9.5,") && !exported.contains(",95,"), "{exported}");
    // It stays taken back where it is copied to.
    assert_eq!(run(&["copy", "--to", "other.jsonl"]).0, 0);
    let other = json(dir.path(), &["metrics", "status", "--today", "2026-09-02", "--store", "other.jsonl"]);
    assert_eq!(other["metrics"], status["metrics"]);
}

#[test]
fn what_cannot_be_recorded_says_why_and_writes_nothing() {
    let dir = project();
    for (arguments, said) in [
        (vec!["handlingtime", "9"], "did you mean `handling-time`?"),
        (vec!["cost", "9"], "the metrics are `handling-time`, `pass-rate`"),
        (vec!["handling-time", "9%"], "`9%` is a share (%); the metric is a time"),
        (vec!["handling-time", "soon"], "does not begin with a number"),
        (vec!["handling-time", "9", "--at", "3026-01-01"], "in the future"),
        (vec!["handling-time", "9", "--at", "yesterday"], "is no time"),
    ] {
        let (code, _, err) = aipp(dir.path(), &[&["metrics", "record"], &arguments[..]].concat());
        assert!(code == 2 && err.contains(said), "{code} {err}");
    }
    let (code, _, err) =
        aipp(dir.path(), &["metrics", "record", "handling-time", "9", "--store", "postgres://u:secret@h/d"]);
    assert!(code == 2 && err.contains("password") && !err.contains("secret"), "{err}");
    assert!(!dir.path().join(".aipp").exists());
    // What the disk refuses is exit 4, and says how to try again without doing it twice.
    fs::write(dir.path().join(".aipp"), "a file where the folder should be").unwrap();
    let (code, _, err) = aipp(dir.path(), &["metrics", "record", "handling-time", "9.5 min"]);
    assert!(
        code == 4 && err.contains("aipp metrics record handling-time '9.5 min' --at ") && err.contains("--row-id"),
        "{err}"
    );
}

#[test]
fn an_import_is_all_or_nothing_and_twice_is_once() {
    let dir = project();
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    let import = |arguments: &[&str]| aipp(dir.path(), &[&["metrics", "import"], arguments].concat());
    write("bad.csv", "at,value\n2026-09-01,9.5\n2026-09-08,9 %\n3026-09-08,9\n");
    let (code, _, err) = import(&["bad.csv", "--metric", "handling-time"]);
    assert!(code == 2 && err.contains("bad.csv:3") && err.contains("bad.csv:4"), "{err}");
    assert!(lines(dir.path()).is_empty());
    write("good.csv", "at,value\n2026-09-01,9.5\n2026-09-08,540 s\n");
    for there in [0, 2] {
        let (code, out, err) = import(&["good.csv", "--metric", "handling-time", "-f", "json"]);
        assert_eq!(code, 0, "{err}");
        let out: Value = serde_json::from_str(&out).unwrap();
        assert_eq!((&out["added"], &out["there"]), (&(2 - there).into(), &there.into()));
    }
    write("good.csv", "at,value\n2026-09-01,9.5\n2026-09-08,540 s\n2026-09-15,8\n");
    import(&["good.csv", "--metric", "handling-time"]);
    let junit = root().join("tests/samples/junit/pytest.xml");
    let (code, _, err) = import(&[junit.to_str().unwrap(), "--metric", "pass-rate"]);
    assert_eq!(code, 0, "{err}");
    let values: Vec<f64> = lines(dir.path()).iter().map(|row| row["value"].as_f64().unwrap()).collect();
    assert_eq!(values[..3], [9.5, 9.0, 8.0]);
    assert!((values[3] - 66.67).abs() < 0.01);
    // What was exported comes back as it was.
    let (_, csv, _) = aipp(dir.path(), &["metrics", "export"]);
    write("export.csv", &csv);
    let (_, out, err) = import(&["export.csv", "-f", "json"]);
    let out: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"));
    assert_eq!((&out["added"], &out["there"]), (&0.into(), &4.into()));
}

#[test]
fn a_baseline_never_moves_silently() {
    let dir = project();
    let record = ["metrics", "record", "handling-time", "9.5 min", "--today", "2026-09-01"];
    assert_eq!(aipp(dir.path(), &record).0, 0);
    let rebaseline = |more: &[&str]| {
        aipp(dir.path(), &[&["metrics", "rebaseline", "handling-time", "--today", "2026-09-10"], more].concat())
    };
    let why = ["--reason", "The first count left out the second desk", "--approver", "T. Berg"];
    let (code, _, err) = rebaseline(&why);
    assert!(code == 2 && err.contains("as it was recorded"), "{err}");

    fs::write(dir.path().join("aipp.yaml"), MANIFEST.replace("12 min", "15 min")).unwrap();
    let status = ["metrics", "status", "--today", "2026-09-10"];
    let (_, _, err) = aipp(dir.path(), &status);
    assert!(err.contains("baseline-moved") && err.contains("baseline: 12 min → 15 min"), "{err}");
    let level = || {
        let assessment = json(dir.path(), &["assess", "--today", "2026-09-10"]);
        let checks = assessment["checks"].as_array().unwrap().clone();
        checks.iter().find(|c| c["id"] == "metrics-baseline-measured").unwrap()["level"].clone()
    };
    assert_eq!(level(), "contradicted");

    assert_eq!(rebaseline(&["--reason", "x"]).0, 2, "an approver is needed");
    assert_eq!(rebaseline(&["--reason", " ", "--approver", "T. Berg"]).0, 2, "and a reason");
    let (code, out, err) = rebaseline(&why);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("12 min → 15 min"), "{out}");
    let rows = lines(dir.path());
    let row = rows.last().unwrap();
    assert_eq!((&row["type"], &row["date"]), (&"rebaseline".into(), &"2026-09-10".into()));
    assert_eq!((&row["before"]["baseline"], &row["after"]["baseline"]), (&"12 min".into(), &"15 min".into()));
    assert_eq!(aipp(dir.path(), &status).2, "");
    assert_eq!(level(), "claimed");
    let history = json(dir.path(), &["metrics", "history", "handling-time", "--today", "2026-09-10"]);
    let types: Vec<&str> = history["rows"].as_array().unwrap().iter().map(|r| r["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["sample", "rebaseline"]);
}

#[test]
fn another_dimension_needs_a_rebaseline() {
    let dir = project();
    assert_eq!(aipp(dir.path(), &["metrics", "record", "pass-rate", "70%", "--today", "2026-09-01"]).0, 0);
    fs::write(dir.path().join("aipp.yaml"), MANIFEST.replace("60%, target: 95%", "60 cases, target: 95 cases"))
        .unwrap();
    let status = ["metrics", "status", "--today", "2026-09-10"];
    let (code, _, err) = aipp(dir.path(), &status);
    assert!(code == 2 && err.contains("line 1: `pass-rate` was measured in `%`; the manifest says `cases`"), "{err}");
    let why = ["--reason", "Counted from now on", "--approver", "T. Berg", "--today", "2026-09-10"];
    assert_eq!(aipp(dir.path(), &[&["metrics", "rebaseline", "pass-rate"], &why[..]].concat()).0, 0);
    assert_eq!(states(&json(dir.path(), &status)), ["handling-time no-data", "pass-rate no-data"]);
}

#[test]
fn the_assessment_rests_on_the_history() {
    let dir = project();
    let text = MANIFEST.replace(
        "owner: Priya }\n  - { id: pass",
        "owner: Priya, comparison: One desk keeps the old way }\n  - { id: pass",
    );
    fs::write(
        dir.path().join("aipp.yaml"),
        text.lines().filter(|l| !l.contains("pass-rate")).collect::<Vec<_>>().join("\n"),
    )
    .unwrap();
    let csv: String = (0..8).map(|week| format!("2026-10-{:02},{}\n", 1 + week * 3, 9.0 - f64::from(week))).collect();
    fs::write(dir.path().join("w.csv"), format!("at,value\n{csv}")).unwrap();
    let import = ["metrics", "import", "w.csv", "--metric", "handling-time", "--today", "2026-10-25"];
    assert_eq!(aipp(dir.path(), &import).0, 0);
    for (id, value) in [("adoption", "74%"), ("override-rate", "6%"), ("bypass-rate", "3%")] {
        assert_eq!(aipp(dir.path(), &["metrics", "record", id, value, "--today", "2026-10-20"]).0, 0);
    }
    let assessment = json(dir.path(), &["assess", "--today", "2026-10-25"]);
    let level = |id: &str| {
        let checks = assessment["checks"].as_array().unwrap();
        let check = checks.iter().find(|c| c["id"] == id).unwrap();
        format!("{} {}", check["level"].as_str().unwrap(), check["unmet"])
    };
    assert!(level("metrics-history").starts_with("verified"), "{}", level("metrics-history"));
    assert!(level("human-adoption-measured").starts_with("verified"), "{}", level("human-adoption-measured"));
    assert_eq!(assessment["metrics"][0]["state"], "met");
    assert_eq!(assessment["metrics"][0]["now"], 2.0);
    // A history that cannot be read stops an assessment.
    let path = dir.path().join(".aipp/history.jsonl");
    fs::write(&path, format!("nonsense\n{}", fs::read_to_string(&path).unwrap())).unwrap();
    let (code, _, err) = aipp(dir.path(), &["assess"]);
    assert!(code == 2 && err.contains("history.jsonl:1"), "{err}");
}

#[test]
fn assessments_are_kept_and_say_what_moved() {
    let dir = project();
    let (code, _, err) = aipp(dir.path(), &["assess", "--record", "--today", "2026-09-01", "-q"]);
    assert_eq!(code, 0, "{err}");
    let more = format!("{MANIFEST}business_case: Cut handling from 12 min to 2 min per document by 2026-12-31.\n");
    fs::write(dir.path().join("aipp.yaml"), more).unwrap();
    assert_eq!(aipp(dir.path(), &["assess", "--record", "--today", "2026-10-01", "-q"]).0, 0);
    let trail = json(dir.path(), &["history"]);
    let entries = trail["assessments"].as_array().unwrap();
    assert_eq!((entries.len(), &trail["project"]), (2, &"Demo".into()));
    let change = &entries[1]["changes"][0];
    assert_eq!(
        (&change["check"], &change["from"], &change["to"]),
        (&"metrics-business-case".into(), &"none".into(), &"verified".into())
    );
    assert!(entries[1]["areas"]["metrics"].as_f64() > entries[0]["areas"]["metrics"].as_f64());
    let (_, text, _) = aipp(dir.path(), &["history"]);
    assert!(text.contains("metrics-business-case none → verified (was: "), "{text}");
    let (_, csv, _) = aipp(dir.path(), &["history", "-f", "csv"]);
    assert_eq!(csv.lines().count(), 3);
    let (_, page, _) = aipp(dir.path(), &["history", "-f", "markdown"]);
    assert!(page.contains("| 2026-10-01 |"), "{page}");
    let (code, _, err) = aipp(dir.path(), &["history", "-f", "openmetrics"]);
    assert!(code == 2 && err.contains("no `openmetrics` format"), "{err}");
    assert_eq!(lines(dir.path())[0]["type"], "assessment");
    assert_eq!(json(dir.path(), &["metrics", "status"])["metrics"].as_array().unwrap().len(), 2);
}
