//! One golden assessment in every format, numbers that agree between them, and values that mean harm.
//! `AIPP_REGENERATE=1 cargo test --test formats` writes the golden files anew.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

mod workshop;

use std::fs;
use std::path::Path;

use aipp::render::{FORMATS, Format};
use serde_json::Value;
use workshop::{hostile, project, root, run};

/// The formats that show an assessment; the others are for plans, pages and measurements.
fn formats() -> impl Iterator<Item = &'static Format> {
    FORMATS.iter().filter(|f| !["openmetrics", "ics", "xlsx", "html"].contains(&f.name))
}

/// The gate of the golden project in every format at once: the content of each, by its name.
fn gate(folder: &Path) -> Vec<(&'static str, String)> {
    let out = tempfile::tempdir().unwrap();
    let file = |name: &str| out.path().join(name).to_str().unwrap().to_owned();
    let outputs: Vec<String> = formats().map(|f| format!("{}={}", f.name, file(f.name))).collect();
    let arguments: Vec<&str> = ["gate", "-q"].into_iter().chain(outputs.iter().flat_map(|o| ["-f", o])).collect();
    let (code, stdout, err) = run(folder, &arguments);
    assert_eq!((code, stdout.as_str()), (1, ""), "{err}");
    formats().map(|f| (f.name, fs::read_to_string(file(f.name)).unwrap())).collect()
}

fn of<'a>(all: &'a [(&'static str, String)], name: &str) -> &'a str {
    &all.iter().find(|(n, _)| *n == name).unwrap().1
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The rules of a SARIF file are the prose of the catalogue, which has a page of its own: here only their ids stay.
fn without_prose(sarif: &str) -> String {
    let mut log = json(sarif);
    for rule in log["runs"][0]["tool"]["driver"]["rules"].as_array_mut().unwrap() {
        for part in ["shortDescription", "fullDescription", "help"] {
            assert!(!rule[part]["text"].as_str().unwrap().is_empty(), "{rule}");
        }
        assert!(!rule["help"]["markdown"].as_str().unwrap().is_empty(), "{rule}");
        *rule = rule["id"].clone();
    }
    format!("{log:#}\n")
}

#[test]
fn the_golden_assessment_in_every_format() {
    let dir = project("tests/formats/project");
    let all = gate(dir.path());
    for (name, text) in &all {
        let text = if *name == "sarif" { without_prose(text) } else { text.clone() };
        // The digest of the catalogue changes with every word of a check.
        let digest = json(of(&all, "json"))["catalogue"]["sha256"].as_str().unwrap().to_owned();
        let text = text.replace(&digest, "DIGEST");
        let file = root().join(format!("tests/formats/golden/gate.{name}"));
        if std::env::var_os("AIPP_REGENERATE").is_some() {
            fs::write(&file, &text).unwrap();
        }
        let there = fs::read_to_string(&file).unwrap_or_default();
        assert!(there == text, "{} differs; run `AIPP_REGENERATE=1 cargo test --test formats`", file.display());
    }
    assert_eq!(all, gate(dir.path()), "the same inputs give the same bytes");
}

#[test]
fn every_format_tells_the_same_numbers() {
    let dir = project("tests/formats/project");
    let all = gate(dir.path());
    let assessment = json(of(&all, "json"));
    let checks = assessment["checks"].as_array().unwrap();
    let count = |wanted: &dyn Fn(&Value) -> bool| checks.iter().filter(|c| wanted(c)).count();
    let status = |name: &'static str| count(&|c| c["status"] == name);
    let reasons = assessment["gate"]["reasons"].as_array().unwrap();
    let news = assessment["diagnostics"].as_array().unwrap().iter().filter(|d| d["severity"] != "note").count();
    // What the gate says of a waiver, the messages say as well; it is shown once.
    let twice = reasons.iter().filter(|r| r["code"].as_str().unwrap().starts_with("waiver-")).count();
    let others = reasons.iter().filter(|r| !r["code"].as_str().unwrap().starts_with("required-")).count();
    let expected = status("unmet") + status("unknown") + status("waived") + others + news - twice;
    assert!(status("waived") == 1 && twice == 1 && others == 2, "the golden project has one of each: {reasons:#?}");

    let sarif = json(of(&all, "sarif"));
    let run = &sarif["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), expected);
    let accepted = results
        .iter()
        .filter(|r| r["suppressions"][0]["status"] == "accepted")
        .map(|r| &r["ruleId"])
        .collect::<Vec<_>>();
    assert_eq!(accepted, ["ops-runbooks"]);
    let rejected = results.iter().filter(|r| r["suppressions"][0]["status"] == "rejected").count();
    assert_eq!(rejected, 1);
    let errors = results.iter().filter(|r| r["level"] == "error" && r.get("suppressions").is_none()).count();
    assert_eq!(errors + rejected, reasons.len());
    assert_eq!(run["properties"]["headline"], assessment["readiness"]["headline"]);
    assert_eq!((&run["invocations"][0]["exitCode"], &run["properties"]["verdict"]), (&1.into(), &"closed".into()));
    for result in results {
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "aipp.yaml", "{result}");
        assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
        let rule = &run["tool"]["driver"]["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
    }

    let gitlab = json(of(&all, "gitlab"));
    let fingerprints: std::collections::BTreeSet<&str> =
        gitlab.as_array().unwrap().iter().map(|e| e["fingerprint"].as_str().unwrap()).collect();
    assert_eq!((gitlab.as_array().unwrap().len(), fingerprints.len()), (expected, expected));

    let mut table = csv::Reader::from_reader(of(&all, "csv").as_bytes());
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    let told: Vec<(&str, &str, &str)> = rows.iter().map(|r| (&r[0], &r[6], &r[8])).collect();
    let text = |c: &'_ Value, key: &str| c[key].as_str().unwrap().to_owned();
    let wanted: Vec<(String, String, String)> =
        checks.iter().map(|c| (text(c, "id"), text(c, "level"), text(c, "status"))).collect();
    assert!(told.iter().zip(&wanted).all(|(a, b)| (a.0, a.1, a.2) == (&b.0, &b.1, &b.2)) && told.len() == wanted.len());

    let junit = of(&all, "junit");
    let required = count(&|c| c["status"] == "unmet" && !c["required"].is_null());
    assert_eq!(junit.matches("<failure ").count(), required + others + 1, "and the verdict itself");
    assert_eq!(junit.matches("<testcase ").count(), checks.len() + others + 1);

    let annotations = of(&all, "github").lines().filter(|l| l.starts_with("::error file=")).count();
    assert_eq!(annotations, 10, "the ten most severe");
    assert!(of(&all, "github").contains(&format!("{} more are in the report", expected - 1 - 10)));

    let headline = assessment["readiness"]["headline"].as_f64().unwrap();
    let message = json(of(&all, "badge-json"))["message"].as_str().unwrap().to_owned();
    assert_eq!(message, format!("{headline}/100 · scale closed"));
    assert!(of(&all, "badge").contains(&message));
}

#[test]
fn fingerprints_stay_when_lines_move_and_differ_between_folders() {
    let dir = project("tests/formats/project");
    let prints = |folder: &Path, arguments: &[&str]| {
        let (_, out, _) = run(folder, &[&["gate", "-q", "-f", "sarif"], arguments].concat());
        let list = json(&out)["runs"][0]["results"].as_array().unwrap().clone();
        list.iter().map(|r| (r["ruleId"].clone(), r["partialFingerprints"].clone())).collect::<Vec<_>>()
    };
    let before = prints(dir.path(), &[]);
    let manifest = fs::read_to_string(dir.path().join("aipp.yaml")).unwrap();
    fs::write(dir.path().join("aipp.yaml"), format!("# One line more.\n\n{manifest}")).unwrap();
    assert_eq!(before, prints(dir.path(), &[]));
    let above = dir.path().parent().unwrap();
    let name = dir.path().file_name().unwrap().to_str().unwrap();
    let from_above = prints(above, &[name]);
    assert_eq!(from_above.len(), before.len());
    assert!(from_above.iter().all(|print| !before.contains(print)), "a monorepo has the same check in two folders");
    assert_eq!(from_above, prints(above, &[&format!("./{name}/")]), "however the folder is written");
    assert_eq!(from_above, prints(above, &[dir.path().to_str().unwrap()]));
}

/// The library says how each gap stands against a baseline when it is told; without one nothing is claimed.
#[test]
fn a_baseline_gives_each_result_its_state() {
    use aipp::assess::{Inputs, assess};
    use aipp::render::{Compared, Run, View, format};
    let dir = project("tests/formats/project");
    let loaded = aipp::manifest::load("aipp.yaml", fs::read(dir.path().join("aipp.yaml")).unwrap()).unwrap();
    let catalogue = aipp::checklist::Catalogue::builtin().unwrap();
    let of = assess(&Inputs {
        measured: aipp::series::Measured::none(),
        traffic: None,
        base: None,
        loaded: Some(&loaded),
        tree: &aipp::evidence::tree::Tree::walk(dir.path(), &[]).unwrap(),
        git: &aipp::evidence::git::Git::of(dir.path()),
        catalogue: &catalogue,
        playbook: &aipp::playbook::Playbook::builtin().unwrap(),
        policy: &aipp::policy::Policy::default(),
        today: aipp::manifest::value::Day::parse(workshop::TODAY).unwrap(),
        to: None,
        name: "claims",
    });
    let known = [("ops-runbooks", Compared::Unchanged), ("human-single-owner", Compared::Updated)];
    let known = known.into_iter().map(|(id, state)| (id.to_owned(), state)).collect();
    let sarif = |baseline| {
        let run = Run { catalogue: &catalogue, root: "", exit_code: 1, baseline };
        let mut out = Vec::new();
        let view = View::Gate { of: &of, run: &run, verbose: false };
        (format("sarif").unwrap().write)(&view, &aipp::diagnostic::Look::PLAIN, &mut out).unwrap();
        json(&String::from_utf8(out).unwrap())["runs"][0]["results"].as_array().unwrap().clone()
    };
    for result in sarif(Some(&known)) {
        let state = match result["ruleId"].as_str().unwrap() {
            "ops-runbooks" => "unchanged",
            "human-single-owner" => "updated",
            _ => "new",
        };
        assert_eq!(result["baselineState"], state, "{result}");
    }
    assert!(sarif(None).iter().all(|result| result.get("baselineState").is_none()));
}

#[test]
fn what_a_format_does_not_show_is_said_before_anything_is_written() {
    let dir = project("tests/formats/project");
    for (command, format, known) in [
        (&["evidence"][..], "junit", "text, json, markdown"),
        (&["checks"], "sarif", "text, json, markdown, csv"),
        (&["explain", "ops-runbooks"], "badge", "text, json, markdown"),
    ] {
        let both = ["-f", "json=first.json", "-f", format];
        let (code, out, err) = run(dir.path(), &[command, &both].concat());
        assert_eq!((code, out.as_str()), (2, ""), "{err}");
        assert!(err.contains(&format!("no `{format}` format")) && err.contains(known), "{err}");
        assert!(!dir.path().join("first.json").exists(), "nothing is half-written");
    }
}

#[test]
fn the_format_never_changes_the_code() {
    let closed = project("tests/formats/project");
    let unreadable = project("tests/formats/project");
    fs::create_dir(unreadable.path().join("drills")).unwrap();
    fs::write(unreadable.path().join("drills/2026-11-01-rollback.yaml"), "").unwrap();
    let bare = tempfile::tempdir().unwrap();
    fs::write(bare.path().join("README.md"), "# A tool\n").unwrap();
    for format in formats().map(|f| f.name) {
        assert_eq!(run(closed.path(), &["gate", "-f", format]).0, 1, "{format}");
        assert_eq!(run(closed.path(), &["gate", "--exit-zero", "-f", format]).0, 0, "{format}");
        assert_eq!(run(closed.path(), &["assess", "-f", format]).0, 0, "{format}");
        assert_eq!(run(unreadable.path(), &["gate", "--exit-zero", "-f", format]).0, 2, "{format}");
        assert_eq!(run(bare.path(), &["assess", "-f", format]).0, 0, "{format}");
    }
}

#[test]
fn what_could_not_be_looked_at_is_an_error_and_no_badge_claims_more() {
    let dir = project("tests/formats/project");
    fs::create_dir(dir.path().join("drills")).unwrap();
    fs::write(dir.path().join("drills/2026-11-01-rollback.yaml"), "").unwrap();
    let (_, out, _) = run(dir.path(), &["gate", "-q", "-f", "junit"]);
    assert!(out.contains("<error message=\""), "{out}");
    let (_, out, _) = run(dir.path(), &["gate", "-q", "-f", "badge-json"]);
    assert_eq!((&json(&out)["isError"], &json(&out)["message"]), (&true.into(), &"unknown: unreadable input".into()));
    let (_, out, _) = run(dir.path(), &["gate", "-q", "-f", "sarif"]);
    assert_eq!(json(&out)["runs"][0]["invocations"][0]["executionSuccessful"], false);
    // With no manifest there is no verdict, and every result still has a place.
    let bare = tempfile::tempdir().unwrap();
    fs::write(bare.path().join("README.md"), "# A tool\n").unwrap();
    let (_, out, _) = run(bare.path(), &["assess", "-q", "-f", "badge-json"]);
    assert_eq!(json(&out)["message"], "no manifest");
    let (_, out, _) = run(bare.path(), &["assess", "-q", "-f", "sarif"]);
    let results = json(&out)["runs"][0]["results"].as_array().unwrap().clone();
    assert!(!results.is_empty());
    for result in results {
        assert_eq!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "README.md");
    }
}

#[test]
fn a_github_step_gets_its_summary_and_its_outputs() {
    let dir = project("tests/formats/project");
    let (summary, outputs) = (dir.path().join("summary.md"), dir.path().join("outputs"));
    fs::write(&outputs, "before=1\n").unwrap();
    let step = |format: &str| {
        workshop::said(
            workshop::aipp(dir.path(), &["gate", "-q", "-f", format])
                .env("GITHUB_STEP_SUMMARY", &summary)
                .env("GITHUB_OUTPUT", &outputs)
                .output()
                .unwrap(),
        )
    };
    assert_eq!(step("json").0, 1);
    assert!(!summary.exists(), "only the format for GitHub writes there");
    let (code, log, _) = step("github");
    assert_eq!(code, 1);
    assert!(log.lines().next().unwrap().starts_with("::error file=aipp.yaml,line="), "{log}");
    assert!(fs::read_to_string(&summary).unwrap().contains("**Gate harden → scale: closed, "));
    let said = fs::read_to_string(&outputs).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!((lines[0], lines[2], lines.len()), ("before=1", "closed", 7), "{said}");
    assert!(lines[1].starts_with("verdict<<") && lines[1].ends_with(lines[3]), "{said}");
    let nowhere = workshop::aipp(dir.path(), &["gate", "-q", "-f", "github"])
        .env("GITHUB_OUTPUT", dir.path().join("no/outputs"))
        .output()
        .unwrap();
    assert_eq!(nowhere.status.code(), Some(4), "an output that cannot be written is not passed over");
}

#[test]
fn input_that_cannot_be_read_is_annotated_on_its_line() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("aipp.yaml"), "project: { name: x }\n\"a, ::error::b\\n::c\": 1\n").unwrap();
    let (code, out, err) = run(dir.path(), &["gate", "-f", "github"]);
    assert_eq!(code, 2);
    assert!(out.starts_with("::error file=aipp.yaml,line=2,col=1,title=unknown-key::"), "{out}");
    assert_eq!(out.lines().count(), 1, "{out}");
    assert!(err.contains("error[unknown-key]"), "{err}");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_written_to_and_not_replaced() {
    let dir = project("tests/formats/project");
    let pipe = dir.path().join("pipe");
    workshop::content(std::process::Command::new("mkfifo").arg(&pipe));
    let child = workshop::aipp(dir.path(), &["assess", "-q", "-f", "json=pipe"]).spawn().unwrap();
    let text = fs::read_to_string(&pipe).unwrap();
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
    assert_eq!(json(&text)["kind"], "assessment");
}

/// What acts on a terminal or in a log and may not be there, whatever a value holds.
fn acts(text: &str) -> Option<char> {
    let bidi = |c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}');
    text.chars().find(|c| (c.is_control() && *c != '\n') || bidi(*c))
}

#[test]
fn no_value_acts_in_any_format() {
    let dir = hostile();
    let judged = formats().flat_map(|f| [(f.name, &["gate"][..]), (f.name, &["assess"])]);
    let others = ["text", "json", "markdown"].into_iter().flat_map(|f| {
        [(f, &["evidence"][..]), (f, &["evidence", "--explain", "runbook"]), (f, &["explain", "ops-runbooks"])]
    });
    for (format, command) in judged.chain(others) {
        let (code, out, err) = run(dir.path(), &[command, &["-v", "-f", format]].concat());
        assert!(code < 2, "{format}: {err}");
        for (text, own) in [(&out, format == "github"), (&err, false)] {
            assert_eq!(acts(text), None, "{format}");
            assert!(!text.contains("##[") && !text.contains("##vso["), "{format}: a command of a build server");
            for line in text.lines().map(str::trim_start).filter(|line| line.starts_with("::")) {
                let known = ["::error file=", "::warning file=", "::notice title="];
                assert!(own && known.iter().any(|k| line.starts_with(k)), "{format}: {line}");
                let properties = line[2..].split("::").next().unwrap();
                assert!(properties.matches("title=").count() == 1, "{format}: {properties}");
            }
        }
        match format {
            "markdown" => {
                for bad in ["<script", "<!--", "@team", "#12", "**b**", "`a` "] {
                    assert!(!out.contains(bad), "{bad} in {out}");
                }
            }
            "csv" => {
                let mut table = csv::Reader::from_reader(out.as_bytes());
                for cell in table.records().flat_map(|r| r.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()) {
                    assert!(!cell.trim_start().starts_with(['=', '+', '-', '@', '|']), "{cell}");
                    assert!(cell.len() < 40_000);
                }
            }
            "junit" | "badge" => assert!(!out.contains("<script") && !out.contains("]]>"), "{out}"),
            _ => {}
        }
        assert!(out.len() < 1_500_000, "{format}: {} bytes", out.len());
    }
    // A folder's name is a value, too.
    let folder = dir.path().join("a%0A::error::b,line=1:");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("aipp.yaml"), "project: x\n").unwrap();
    let (_, out, _) = run(dir.path(), &["gate", "-q", "-f", "github", "a%0A::error::b,line=1:"]);
    assert!(out.starts_with("::error file=a%250A%3A%3Aerror%3A%3Ab%2Cline=1%3A/aipp.yaml,line="), "{out}");
}
