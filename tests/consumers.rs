//! What aipp prints is read by real consumers. `.ci/run` installs them and names their folder in `AIPP_TOOLS`; in CI a missing
//! consumer is a failure, on a developer's machine these tests say that they were not run.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

mod workshop;

use std::path::{Path, PathBuf};
use std::process::Command;

use workshop::{content, root, tool};

fn aipp(arguments: &[&str]) -> Vec<u8> {
    workshop::aipp(&root(), arguments).output().unwrap().stdout
}

fn validate(tool: &Path, schema: &Path, files: &[PathBuf]) -> (bool, String) {
    let done = Command::new(tool).arg("--schemafile").arg(schema).args(files).output().unwrap();
    (done.status.success(), String::from_utf8_lossy(&done.stdout).into_owned())
}

#[test]
fn schemas_are_schemas_and_examples_are_valid_by_them() {
    let Some(tool) = tool("check-jsonschema") else { return };
    let schemas = root().join("docs/schemas");
    let all: Vec<PathBuf> = std::fs::read_dir(&schemas).unwrap().map(|e| e.unwrap().path()).collect();
    let metaschema = Command::new(&tool).arg("--check-metaschema").args(&all).output().unwrap();
    assert!(metaschema.status.success(), "{}", String::from_utf8_lossy(&metaschema.stdout));

    let manifests: Vec<PathBuf> = ["invoice-intake", "support-triage", "slideware"]
        .iter()
        .map(|name| root().join("examples").join(name).join("aipp.yaml"))
        .collect();
    let (valid, said) = validate(&tool, &schemas.join("manifest.schema.json"), &manifests);
    assert!(valid, "{said}");

    let lists: Vec<PathBuf> = std::fs::read_dir(root().join("checklists"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "yaml"))
        .collect();
    let (valid, said) = validate(&tool, &schemas.join("checklist.schema.json"), &lists);
    assert!(valid, "{said}");
}

#[test]
fn the_manifest_schema_refuses_what_aipp_refuses() {
    let Some(tool) = tool("check-jsonschema") else { return };
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("unknown", "projct: { name: x }\n"),
        ("type", "metrics: 3\n"),
        ("date", "pilot: { start: tomorrow }\n"),
        ("variant", "project: { name: x, phase: production }\n"),
    ] {
        let file = dir.path().join(format!("{name}.yaml"));
        std::fs::write(&file, text).unwrap();
        let (valid, _) = validate(&tool, &root().join("docs/schemas/manifest.schema.json"), &[file]);
        assert!(!valid, "{name} is valid by the schema");
        assert!(aipp::manifest::load("x.yaml", text.as_bytes().to_vec()).is_err(), "{name} is read");
    }
}

#[test]
fn every_assessment_is_valid_by_its_schema() {
    let Some(tool) = tool("check-jsonschema") else { return };
    let dir = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (name, arguments) in [
        ("invoice-intake", vec!["assess", "examples/invoice-intake"]),
        ("support-triage", vec!["gate", "--to", "scale", "examples/support-triage"]),
        ("slideware", vec!["assess", "examples/slideware", "--checklist", "ml-test-score"]),
        ("no-manifest", vec!["assess", "checklists"]),
    ] {
        let file = dir.path().join(format!("{name}.json"));
        let arguments = [arguments, vec!["--format", "json", "--today", "2026-11-22"]].concat();
        std::fs::write(&file, self::aipp(&arguments)).unwrap();
        files.push(file);
    }
    let (valid, said) = validate(&tool, &root().join("docs/schemas/assessment.schema.json"), &files);
    assert!(valid, "{said}");

    let file = dir.path().join("evidence.json");
    std::fs::write(&file, aipp(&["evidence", "examples/support-triage", "--format", "json"])).unwrap();
    let (valid, said) = validate(&tool, &root().join("docs/schemas/evidence.schema.json"), &[file]);
    assert!(valid, "{said}");
}

#[test]
fn a_statement_is_one_to_the_in_toto_package() {
    let Some(python) = tool("python") else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("verdict.json");
    let manifest = root().join("examples/support-triage");
    aipp(&["gate", manifest.to_str().unwrap(), "--today", "2026-11-22", "--attest", file.to_str().unwrap()]);
    let read = r#"
import json, sys
from google.protobuf.json_format import ParseDict
from in_toto_attestation.v1 import statement_pb2
from in_toto_attestation.v1.statement import Statement
text = json.load(open(sys.argv[1]))
statement = Statement.copy_from_pb(ParseDict(text, statement_pb2.Statement()))
statement.validate()
print(len(statement.pb.subject), statement.pb.predicate_type, statement.pb.predicate["verdict"])
"#;
    let done = Command::new(python).args(["-c", read]).arg(&file).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let said = String::from_utf8(done.stdout).unwrap();
    let words: Vec<&str> = said.split_whitespace().collect();
    assert!(words[0].parse::<usize>().unwrap() >= 2, "{said}");
    assert_eq!(words[1], "urn:aipp:verdict:v1");
    assert!(matches!(words[2], "open" | "closed"), "{said}");
}

#[test]
fn what_init_and_log_write_is_valid_by_the_schemas() {
    let Some(tool) = tool("check-jsonschema") else { return };
    let dir = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| content(&mut workshop::aipp(dir.path(), arguments));
    run(&[
        "init",
        "--yes",
        "--name",
        "A: \"b\"",
        "--owner",
        "Dana Whitfield @dw",
        "--baseline",
        "$3.40",
        "--pilot-start",
        "2026-11-02",
    ]);
    run(&[
        "log",
        "decision",
        "--kind",
        "go",
        "--by",
        "Ines Costa",
        "--what",
        "Enter harden: now",
        "--declined",
        "x, y",
    ]);
    run(&[
        "log",
        "attestation",
        "--check",
        "human-job-depends",
        "--by",
        "Ines Costa",
        "--role",
        "manager",
        "--statement",
        "Yes",
    ]);
    run(&[
        "log",
        "drill",
        "--scenario",
        "rollback",
        "--participant",
        "A. Silva",
        "--minutes-to-recover",
        "1.5",
        "--action",
        "Page sooner",
        "--failed",
    ]);
    run(&["log", "acceptance", "--by", "Hana Novak", "--condition", "on-call rota"]);
    let inside = |path: &str| dir.path().join(path);
    // The schema that `init` wrote, and that an editor reads.
    let (valid, said) = validate(&tool, &inside(".aipp/aipp.schema.json"), &[inside("aipp.yaml")]);
    assert!(valid, "{said}");
    for (kind, path) in [
        ("decision", "records/decisions/2026-11-22-go.yaml"),
        ("attestation", "records/attestations/human-job-depends.yaml"),
        ("drill", "drills/2026-11-22-rollback.yaml"),
        ("acceptance", "records/acceptance/2026-11-22.yaml"),
    ] {
        let schema = root().join(format!("docs/schemas/{kind}.schema.json"));
        let (valid, said) = validate(&tool, &schema, &[inside(path)]);
        assert!(valid, "{kind}: {said}");
    }
}

#[test]
fn the_metrics_are_valid_by_their_schemas() {
    let Some(tool) = tool("check-jsonschema") else { return };
    let dir = tempfile::tempdir().unwrap();
    let example = ["examples/invoice-metrics", "--today", "2026-07-27", "--format", "json"];
    for (schema, arguments) in [
        ("metrics", vec!["metrics", "status"]),
        ("metric-history", vec!["metrics", "history", "handling-time"]),
        ("history", vec!["history"]),
    ] {
        let file = dir.path().join(format!("{schema}.json"));
        std::fs::write(&file, aipp(&[&arguments[..], &example].concat())).unwrap();
        let (valid, said) = validate(&tool, &root().join(format!("docs/schemas/{schema}.schema.json")), &[file]);
        assert!(valid, "{said}");
    }
    let mut rows = Vec::new();
    for name in ["invoice-metrics", "invoice-intake", "support-triage"] {
        let text = std::fs::read_to_string(root().join("examples").join(name).join(".aipp/history.jsonl")).unwrap();
        for (i, line) in text.lines().step_by(9).enumerate() {
            let file = dir.path().join(format!("{name}-{i}.json"));
            std::fs::write(&file, line).unwrap();
            rows.push(file);
        }
    }
    let (valid, said) = validate(&tool, &root().join("docs/schemas/history-row.schema.json"), &rows);
    assert!(valid, "{said}");
}

#[test]
fn prometheus_reads_where_the_metrics_stand() {
    let Some(tool) = tool("promtool") else { return };
    for today in ["2026-06-02", "2026-07-27"] {
        let text = aipp(&["metrics", "export", "examples/invoice-metrics", "--today", today, "-f", "openmetrics"]);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &text).unwrap();
        let input = std::fs::File::open(file.path()).unwrap();
        let done = Command::new(&tool).args(["check", "metrics"]).stdin(input).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr).into_owned() + &String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success(), "{said}");
        assert!(String::from_utf8(text).unwrap().contains("aipp_metric_value{") || today == "2026-06-02");
    }
}
