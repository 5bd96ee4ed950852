//! Every format is read by its real consumer: the golden project, one that opens the gate, one without a manifest, and a hostile one.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

mod workshop;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use workshop::{content, hostile, project, root, run, tool};

/// One format of every project and command, as files.
fn samples(format: &str) -> (tempfile::TempDir, Vec<PathBuf>) {
    let out = tempfile::tempdir().unwrap();
    let bare = tempfile::tempdir().unwrap();
    fs::write(bare.path().join("README.md"), "# A tool\n").unwrap();
    let mut files = Vec::new();
    for (name, dir, commands) in [
        ("golden", project("tests/formats/project"), &["gate", "assess"][..]),
        ("support-triage", project("examples/support-triage"), &["gate", "assess"]),
        ("slideware", project("examples/slideware"), &["gate"]),
        ("hostile", hostile(), &["gate", "assess"]),
        ("bare", bare, &["assess"]),
    ] {
        for command in commands {
            let file = out.path().join(format!("{name}-{command}.{format}"));
            let output = format!("{format}={}", file.display());
            let (code, _, err) = run(dir.path(), &[command, "-q", "-f", &output]);
            assert!(code < 2, "{name}: {err}");
            files.push(file);
        }
    }
    (out, files)
}

fn validate(schema: &Path, files: &[PathBuf]) {
    let Some(tool) = tool("check-jsonschema") else { return };
    content(Command::new(tool).arg("--schemafile").arg(schema).args(files));
}

/// Runs a script over files; it prints JSON.
fn python(script: &str, files: &[PathBuf]) -> Option<Value> {
    let tool = tool("python")?;
    let said = content(Command::new(tool).args(["-c", script]).args(files));
    Some(serde_json::from_str(&said).unwrap())
}

#[test]
fn sarif_by_its_schema_and_by_the_multitool() {
    let (_out, files) = samples("sarif");
    let Some(multitool) = tool("sarif-multitool") else { return };
    let home = fs::canonicalize(&multitool).unwrap();
    let modules = home.ancestors().find(|a| a.ends_with("node_modules")).unwrap();
    let schemas: Vec<PathBuf> = fs::read_dir(modules.join("@microsoft"))
        .unwrap()
        .map(|e| e.unwrap().path().join("sarif-2.1.0.json"))
        .filter(|p| p.is_file())
        .collect();
    assert!(!schemas.is_empty(), "the multitool brings the schema");
    validate(&schemas[0], &files);
    for file in &files {
        let said = content(Command::new(&multitool).arg("validate").arg(file));
        // That the tool names no home page is known: the project has none yet.
        let other: Vec<&str> = said
            .lines()
            .filter(|l| l.contains(": error ") || l.contains(": warning "))
            .filter(|l| !l.contains("SARIF2005"))
            .collect();
        assert!(other.is_empty() && said.contains("Analysis completed successfully"), "{said}");
    }
}

#[test]
fn junit_by_a_schema_and_by_a_reader() {
    let (_out, files) = samples("junit");
    let schema = root().join("tests/formats/junit.xsd");
    let script = "import sys, json; from lxml import etree; from junitparser import JUnitXml\n\
        schema = etree.XMLSchema(etree.parse(sys.argv[1])); result = {}\n\
        for path in sys.argv[2:]:\n  schema.assertValid(etree.parse(path)); xml = JUnitXml.fromfile(path)\n  \
        cases = [(c.name, [type(r).__name__ for r in c.result]) for suite in xml for c in suite]\n  \
        count = lambda name: sum(name in kinds for _, kinds in cases)\n  \
        assert xml.tests == len(cases) and xml.failures == count('Failure') and xml.errors == count('Error'), path\n  \
        assert sum(s.skipped for s in xml) == count('Skipped'), path\n  \
        result[path.rsplit('/')[-1]] = {name: kinds for name, kinds in cases}\n\
        print(json.dumps(result))";
    let Some(read) = python(script, &[vec![schema], files].concat()) else { return };
    let golden = &read["golden-gate.junit"];
    assert_eq!(golden["gate-to-scale"], serde_json::json!(["Failure"]));
    assert_eq!(golden["ops-runbooks"], serde_json::json!(["Skipped"]), "waived");
    assert_eq!(golden["human-single-owner"], serde_json::json!(["Failure"]), "contradicted");
    assert_eq!(read["support-triage-gate.junit"]["gov-audit-log"].as_array().map(Vec::len), Some(0));
}

#[test]
fn code_quality_by_its_schema() {
    let (_out, files) = samples("gitlab");
    validate(&root().join("tests/formats/codequality.schema.json"), &files);
    for file in files {
        let report: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let entries = report.as_array().unwrap();
        let prints: std::collections::BTreeSet<&str> =
            entries.iter().map(|e| e["fingerprint"].as_str().unwrap()).collect();
        assert_eq!(prints.len(), entries.len(), "{}", file.display());
    }
}

#[test]
fn badges_by_a_parser_and_by_the_endpoint_schema() {
    let (_out, files) = samples("badge-json");
    validate(&root().join("tests/formats/badge.schema.json"), &files);
    let (_out, files) = samples("badge");
    let script = "import sys, json; from lxml import etree\nresult = {}\n\
        for path in sys.argv[1:]:\n  svg = etree.parse(path).getroot(); ns = '{http://www.w3.org/2000/svg}'\n  \
        assert svg.tag == ns + 'svg' and svg.get('role') == 'img' and svg.get('aria-label') == svg.find(ns + 'title').text\n  \
        assert {e.tag[len(ns):] for e in svg.iter()} <= {'svg', 'title', 'rect', 'path', 'g', 'text'}, path\n  \
        texts = svg.findall('.//' + ns + 'text'); wide = float(svg.get('width'))\n  \
        assert all(float(t.get('x')) + float(t.get('textLength')) / 2 <= wide for t in texts), path\n  \
        result[path.rsplit('/')[-1]] = [t.text for t in texts]\nprint(json.dumps(result))";
    let Some(read) = python(script, &files) else { return };
    assert_eq!(read["support-triage-gate.badge"][0], "AI readiness");
    assert!(read["golden-gate.badge"][1].as_str().unwrap().ends_with("scale closed"));
    assert_eq!(read["bare-assess.badge"][1], "no manifest");
}

#[test]
fn csv_by_another_reader() {
    let (out, mut files) = samples("csv");
    let catalogue = out.path().join("catalogue.csv");
    let output = format!("csv={}", catalogue.display());
    assert_eq!(run(out.path(), &["checks", "-f", &output]).0, 0);
    files.push(catalogue);
    let script = "import sys, json, csv\nresult = {}\n\
        for path in sys.argv[1:]:\n  rows = list(csv.DictReader(open(path, newline='', encoding='utf-8'), strict=True))\n  \
        for row in rows:\n    assert None not in row and None not in row.values(), path\n    \
        assert not any(v.lstrip()[:1] in tuple('=+-@|\\t\\r') for v in row.values() if v), path\n  \
        result[path.rsplit('/')[-1]] = [list(rows[0]), {r['check']: r for r in rows}]\nprint(json.dumps(result))";
    let Some(read) = python(script, &files) else { return };
    let golden = &read["golden-gate.csv"][1];
    assert_eq!(golden.as_object().unwrap().len(), 60);
    let waived = &golden["ops-runbooks"];
    assert_eq!((&waived["status"], &waived["waived_by"]), (&"waived".into(), &"J. Chen".into()));
    assert_eq!(waived["waived_because"], "Moved to December, because of the freeze");
    assert_eq!(golden["human-single-owner"]["blocks"], "true");
    // The page lists the columns, in their order.
    let page = fs::read_to_string(root().join("docs/formats.md")).unwrap();
    for file in ["golden-gate.csv", "catalogue.csv"] {
        let columns: Vec<String> =
            read[file][0].as_array().unwrap().iter().map(|c| format!("`{}`", c.as_str().unwrap())).collect();
        let mut at = page.find(if file == "catalogue.csv" { "`aipp checks -f csv`" } else { "### csv" }).unwrap();
        for column in columns {
            at +=
                page[at..].find(&column).unwrap_or_else(|| panic!("docs/formats.md does not list {column} of {file}"));
        }
    }
}
