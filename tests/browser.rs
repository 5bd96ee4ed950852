//! A real browser opens the report and the plan of every example, at the size of a phone, of a laptop in the dark, and of paper. Where
//! the browser comes from, and what happens without it, is said in `tests/consumers.rs`.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

mod workshop;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use workshop::tool;

/// Every text is an attack, and longer than its place.
const HOSTILE: &str = r##"aipp: 1
project: { name: "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> \e[31m\u202e</title></style><script>alert(3)</script>", phase: harden }
business_case: { sentence: "</p><iframe src=https://evil.example></iframe> {{ 7 * 7 }} {% raw %} javascript:alert(4)" }
pilot:
  start: 2026-09-02
  end: 2026-10-18
  go_criteria: ["<svg onload=alert(5)> more than 5%", { metric: m, at_most: 3 min }]
  stop_criteria: ["</td></tr></table><form action=https://evil.example><input>"]
metrics: [ { id: m, name: "<b onmouseover=alert(6)>m</b> Averyveryveryveryveryveryveryveryveryveryverylongwordthatdoesnotbreak", baseline: 5 min, target: 2 min, deadline: 2027-01-01 } ]
people:
  owner: { name: "<a href='javascript:alert(7)'>Mallory</a>" }
  sponsor: { name: "&lt;script&gt; <style>*{display:none}</style>" }
waivers:
  - { check: ops-rollback-tested, reason: "<script>alert(8)</script>", approver: "<i>Eve</i>", residual_risk: "--> <!-- ]]>", control: "<base href=https://evil.example>", created: 2026-11-20, expires: 2026-12-01 }
"##;

fn aipp(arguments: &[&str]) {
    let done = Command::new(env!("CARGO_BIN_EXE_aipp"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments)
        .args(["--today", "2026-11-22", "--quiet"])
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
}

/// Report and plan of each example, of a hostile manifest and of a folder without one; the names of the pages.
fn pages(folder: &Path) -> Vec<String> {
    let project = |name: &str| folder.join(name).display().to_string();
    fs::create_dir_all(folder.join("hostile/<img src=x onerror=alert(9)>")).unwrap();
    fs::write(folder.join("hostile/aipp.yaml"), HOSTILE).unwrap();
    fs::write(folder.join("hostile/<img src=x onerror=alert(9)>/runbook.md"), "# Runbook\n").unwrap();
    fs::create_dir(folder.join("bare")).unwrap();
    fs::write(folder.join("bare/README.md"), "# Bare\n").unwrap();
    let mut names = Vec::new();
    for (name, path) in [
        ("invoice-intake", "examples/invoice-intake".to_owned()),
        ("support-triage", "examples/support-triage".to_owned()),
        ("slideware", "examples/slideware".to_owned()),
        ("hostile", project("hostile")),
        ("bare", project("bare")),
    ] {
        for command in ["report", "plan"] {
            let page = format!("{name}-{command}");
            aipp(&[command, &path, "-f", &format!("html={}", folder.join(format!("{page}.html")).display())]);
            names.push(page);
        }
    }
    names
}

#[test]
fn a_browser_shows_every_page_and_fetches_nothing() {
    let (Some(_), Some(python)) = (tool("chromium"), tool("python")) else { return };
    let tools = PathBuf::from(std::env::var_os("AIPP_TOOLS").unwrap());
    let dir = tempfile::tempdir().unwrap();
    let names = pages(dir.path());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/look.mjs");
    let done = Command::new("node").arg(script).arg(&tools).arg(dir.path()).args(&names).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let found: Vec<Value> = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(found.len(), names.len() * 3, "a page at each size");
    for page in &found {
        let at = format!("{} ({})", page["name"], page["size"]);
        for none in ["fetched", "dialogs", "said", "violations"] {
            assert_eq!(page[none].as_array().map(Vec::len), Some(0), "{at}: {none}: {}", page[none]);
        }
        assert_eq!(page["scripts"], 0, "{at}: something active is on the page");
        assert!(page["width"].as_u64() <= page["room"].as_u64(), "{at}: {} wide", page["width"]);
        if page["name"] == "hostile-report" {
            let text = page["text"].as_str().unwrap();
            for shown in
                ["<script>alert(1)</script>", "{{ 7 * 7 }}", "<b onmouseover=alert(6)>", "<base href=", "\\u{1b}"]
            {
                assert!(text.contains(shown), "{at}: {shown} is not shown as text");
            }
        }
    }
    first_pages(&python, dir.path(), &names);
}

/// The first printed page is the summary, whole, and nothing else.
fn first_pages(python: &Path, folder: &Path, names: &[String]) {
    let read = r"
import json, sys, pypdf
print(json.dumps({path: [page.extract_text() for page in pypdf.PdfReader(path).pages[:2]] for path in sys.argv[1:]}))
";
    let reports: Vec<&String> = names.iter().filter(|name| name.ends_with("-report")).collect();
    let pdf = |name: &str, format: &str| folder.join(format!("{name}-{format}.pdf")).display().to_string();
    let files: Vec<String> = reports.iter().flat_map(|name| ["A4", "Letter"].map(|format| pdf(name, format))).collect();
    let done = Command::new(python).args(["-c", read]).args(&files).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let text: Value = serde_json::from_slice(&done.stdout).unwrap();
    let after = ["Metrics: from the baseline", "Go, hold, pivot or stop"];
    for file in &files {
        let page = |i: usize| text[file][i].as_str().unwrap_or_default().trim_start().to_owned();
        let (first, second) = (page(0), page(1));
        for part in ["Readiness report", "Where it stands", "Signs you", "What to decide now"] {
            assert!(first.contains(part), "{file}: `{part}` is not on the first page");
        }
        assert!(after.iter().all(|title| !first.contains(title)), "{file}: more than the summary is on the first page");
        assert!(
            after.iter().any(|title| second.starts_with(title)),
            "{file}: the second page begins with {second:.80}"
        );
    }
}

#[test]
fn the_documented_command_prints_a_pdf() {
    let (Some(chromium), Some(python)) = (tool("chromium"), tool("python")) else { return };
    let dir = tempfile::tempdir().unwrap();
    let (page, pdf) = (dir.path().join("report.html"), dir.path().join("report.pdf"));
    aipp(&["report", "examples/invoice-intake", "-f", &format!("html={}", page.display())]);
    let doc = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/report.md")).unwrap();
    let command = doc.lines().find(|line| line.starts_with("chromium --headless")).unwrap();
    let arguments: Vec<&str> = command.split_whitespace().skip(1).collect();
    let done = Command::new(chromium)
        .current_dir(dir.path())
        // A container has no sandbox of its own; a person's machine needs neither flag.
        .args(["--no-sandbox", "--disable-gpu"])
        .args(&arguments)
        .output()
        .unwrap();
    assert!(pdf.exists(), "{}", String::from_utf8_lossy(&done.stderr));
    let read = "import sys, pypdf; print(pypdf.PdfReader(sys.argv[1]).pages[0].extract_text())";
    let text = Command::new(python).args(["-c", read]).arg(&pdf).output().unwrap().stdout;
    let text = String::from_utf8_lossy(&text);
    assert!(text.contains("Invoice intake") && text.contains("What to decide now"), "{text}");
}

#[test]
fn every_page_is_valid_html() {
    let Some(validate) = tool("html-validate") else { return };
    let dir = tempfile::tempdir().unwrap();
    let names = pages(dir.path());
    let files: Vec<PathBuf> = names.iter().map(|name| dir.path().join(format!("{name}.html"))).collect();
    let (hostile, tame): (Vec<PathBuf>, Vec<PathBuf>) =
        files.into_iter().partition(|file| file.to_string_lossy().contains("hostile"));
    // A title is cut after 70 characters; the rule counts `&lt;` as four.
    for (files, but) in [(tame, &[][..]), (hostile, &["--rule", "long-title:off"])] {
        let done = Command::new(&validate).args(["--preset", "recommended"]).args(but).args(&files).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    }
}
