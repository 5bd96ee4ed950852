//! Every format of the report says the same numbers: those of its JSON, which are those of `assess` and `plan`. A team's own
//! templates change the look and nothing else.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use std::fs;
use std::process::{Command, Output};

use serde_json::Value;

const EXAMPLES: [&str; 3] = ["examples/invoice-intake", "examples/support-triage", "examples/slideware"];

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_aipp"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments)
        .args(["--today", "2026-11-22"])
        .output()
        .unwrap()
}

fn aipp(arguments: &[&str]) -> String {
    let done = run(arguments);
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&aipp(arguments)).unwrap()
}

#[test]
fn the_report_is_the_assessment_and_the_plan_of_the_day() {
    for example in EXAMPLES {
        let report = json(&["report", example, "-f", "json"]);
        assert_eq!(report["assessment"], json(&["assess", example, "-f", "json"]), "{example}");
        assert_eq!(report["plan"], json(&["plan", example, "-f", "json"]), "{example}");
        let checks: Vec<&Value> = report["assessment"]["checks"].as_array().unwrap().iter().map(|c| &c["id"]).collect();
        let asked: Vec<&Value> = report["sources"].as_array().unwrap().iter().map(|c| &c["check"]).collect();
        assert_eq!(checks, asked, "{example}: every check has its question and source");
    }
}

/// A page without its markup and its entities, as people read it.
fn read(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in html.split("</style>").nth(1).unwrap().chars() {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                text.push(' ');
            }
            c if !inside => text.push(c),
            _ => {}
        }
    }
    let text = text.replace("&#x27;", "'").replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">");
    text.replace("&#x2f;", "/").replace("&amp;", "&").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What every format must say.
fn said(report: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let summary = &report["summary"];
    let mut all = vec![text(&summary["verdict"]["title"]), text(&summary["stage"])];
    all.extend(list(&summary["verdict"]["lines"]).iter().map(text));
    all.extend(list(&summary["tiles"]).iter().flat_map(|tile| [text(&tile["number"]), text(&tile["note"])]));
    all.extend(list(&summary["decisions"]).iter().flat_map(|item| [text(&item["what"]), text(&item["why"])]));
    all.extend(list(&summary["blockers"]).iter().flat_map(|b| [text(&b["title"]), text(&b["missing"])]));
    let plan = &report["plan"];
    for task in list(&plan["tasks"]).iter().filter(|task| task["status"] == "planned") {
        all.extend([text(&task["id"]), text(&task["title"]), text(&task["start"]), text(&task["end"])]);
    }
    all.extend(list(&plan["milestones"]).iter().filter(|m| !m["date"].is_null()).map(|m| text(&m["title"])));
    all.extend(list(&plan["recommendation"]["criteria"]).iter().map(|c| text(&c["text"])));
    let a = &report["assessment"];
    all.extend(list(&a["checks"]).iter().flat_map(|c| [text(&c["id"]), text(&c["title"])]));
    all.extend(list(&a["waivers"]).iter().flat_map(|w| [text(&w["reason"]), text(&w["control"])]));
    all.extend(list(&a["metrics"]).iter().map(|m| text(&m["name"])));
    all
}

#[test]
fn page_and_markdown_say_what_the_json_says() {
    for example in EXAMPLES {
        let report = json(&["report", example, "-f", "json"]);
        let page = read(&aipp(&["report", example, "-f", "html"]));
        let markdown = aipp(&["report", example, "-f", "markdown"]);
        let plain = markdown.replace("&#8203;", "").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">");
        let plain = plain.replace('\\', "");
        for what in said(&report) {
            assert!(page.contains(&what), "{example}: the page does not say `{what}`");
            assert!(plain.contains(&what), "{example}: Markdown does not say `{what}`");
        }
    }
}

#[test]
fn a_page_through_a_pipe_is_the_page_in_a_file_and_the_same_each_time() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("report.html");
    let piped = aipp(&["report", EXAMPLES[0]]);
    aipp(&["report", EXAMPLES[0], "-f", &format!("html={}", file.display())]);
    assert_eq!(piped, fs::read_to_string(file).unwrap());
    assert!(piped.starts_with("<!DOCTYPE html>") && piped.ends_with("</html>\n"));
}

#[test]
fn a_team_sets_its_colors_and_changes_a_part() {
    let dir = tempfile::tempdir().unwrap();
    let brand = dir.path().to_str().unwrap();
    fs::write(dir.path().join("theme.css"), ":root { --accent: #5b2a86; } /* </style> */").unwrap();
    fs::write(
        dir.path().join("page.html"),
        "{% extends \"builtin/page.html\" %}\n{% block footer %}<p>Steering committee only.</p>{% endblock %}\n",
    )
    .unwrap();
    for command in ["report", "plan"] {
        let own = aipp(&[command, EXAMPLES[0], "--templates", brand, "-f", "html"]);
        assert!(own.contains("--accent: #5b2a86") && own.contains("Steering committee only."), "{own}");
        assert_eq!(own.matches("</style>").count(), 1, "a style sheet does not end the style");
        let built_in = aipp(&[command, EXAMPLES[0], "-f", "html"]);
        assert!(own.contains("Content-Security-Policy") && !built_in.contains("Steering committee"));
    }
}

#[test]
fn a_template_that_never_ends_is_an_error_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let loops = "{% for i in range(9999) %}{% for j in range(9999) %}{{ j }}{% endfor %}{% endfor %}\n";
    fs::write(dir.path().join("report.html"), loops).unwrap();
    let done = run(&["report", EXAMPLES[0], "--templates", dir.path().to_str().unwrap(), "-f", "html"]);
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!((done.status.code(), done.stdout.len()), (Some(2), 0), "{said}");
    assert!(said.contains("report.html:1"), "{said}");
}
