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
fn criteria_that_hold_beside_a_closed_gate_are_told_apart_from_it() {
    let advice =
        |example: &str| json(&["report", example, "-f", "json"])["summary"]["advice"].as_str().unwrap().to_owned();
    let (closed, open) = (advice("examples/invoice-intake"), advice("examples/support-triage"));
    assert!(
        closed.contains("say: go on") && closed.ends_with("They judge the pilot; the gate is judged apart."),
        "{closed}"
    );
    assert!(open.contains("say: go on") && !open.contains("gate"), "{open}");
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

/// The rows of a page's tables, and of a Markdown page's, each as its cells.
fn rows(text: &str) -> Vec<Vec<String>> {
    if !text.starts_with("<!DOCTYPE") {
        let tables = text.lines().filter(|line| line.starts_with('|'));
        let clean = |cell: &str| cell.trim().replace('\\', "").replace("&#8203;", "");
        return tables.map(|line| line.trim_matches('|').split(" | ").map(clean).collect()).collect();
    }
    let cells = |row: &str| {
        let row = row.split("</tr>").next().unwrap_or_default();
        let cells = row.split("</th>").flat_map(|part| part.split("</td>"));
        cells.map(|cell| read(&format!("</style>{cell}"))).filter(|cell| !cell.is_empty()).collect()
    };
    text.split("<tr>").skip(1).map(cells).collect()
}

/// The numbers of the JSON stand in the right rows: of metrics, tasks, gates and assessments of other days.
#[test]
fn each_row_says_its_numbers_in_every_format() {
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("project");
    copy_tree(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(EXAMPLES[0]).as_path(), &copy);
    let project = copy.to_str().unwrap();
    for today in ["2026-08-03", "2026-09-28", "2026-10-26"] {
        let done = Command::new(env!("CARGO_BIN_EXE_aipp"))
            .args(["assess", project, "--record", "--today", today])
            .output()
            .unwrap();
        assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    }
    let report = json(&["report", project, "-f", "json"]);
    let list = |value: &Value| value.as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let number = |value: &Value| value.as_f64().unwrap();
    for format in ["html", "markdown"] {
        let page = rows(&aipp(&["report", project, "-f", format]));
        let row = |what: &str, cells: &[String]| {
            let found = page.iter().any(|row| cells.iter().all(|cell| row.iter().any(|c| c.contains(cell))));
            assert!(found, "{format}: no row of {what} has all of {cells:?}");
        };
        for metric in list(&report["assessment"]["metrics"]) {
            let unit = text(&metric["unit"]);
            let figure = |value: &Value| aipp::quantity::with_unit(number(value), &unit);
            row(
                "metrics",
                &[
                    text(&metric["name"]),
                    figure(&metric["baseline"]),
                    figure(&metric["now"]),
                    figure(&metric["target"]),
                ],
            );
        }
        for task in list(&report["plan"]["tasks"]).iter().filter(|t| t["status"] == "planned") {
            let slack = match task["slack"].as_u64() {
                Some(0) if format == "html" => "no".to_owned(),
                Some(0) => "critical".to_owned(),
                Some(days) => days.to_string(),
                None => String::new(),
            };
            row(
                "tasks",
                &[
                    text(&task["id"]),
                    text(&task["start"]),
                    text(&task["end"]),
                    task["days"].to_string(),
                    slack,
                    text(&task["exit"]),
                ],
            );
        }
        for gate in list(&report["plan"]["milestones"]).iter().filter(|m| m["forecast"].is_number()) {
            row(
                "gates",
                &[text(&gate["title"]), aipp::gate::short(number(&gate["forecast"])), gate["floor"].to_string()],
            );
        }
    }
    let past = list(&report["trend"]);
    assert_eq!(past.len(), 4, "three that were recorded, and today");
    let (page, markdown) = (aipp(&["report", project, "-f", "html"]), aipp(&["report", project, "-f", "markdown"]));
    let drawn = page.split("id=\"trend-wide-desc\">").nth(1).expect("the trend is drawn").split('<').next().unwrap();
    for day in past {
        let date = aipp::manifest::value::Day::parse(&text(&day["date"])).unwrap();
        let headline = aipp::gate::short(number(&day["headline"]));
        assert!(drawn.contains(&format!("{}: {headline}", aipp::report::written(date))), "{drawn}");
        let row = format!(
            "| {date} | {headline} | {} | {} |",
            aipp::gate::short(number(&day["mean"])),
            aipp::gate::short(number(&day["stated"]))
        );
        assert!(markdown.contains(&row), "{row}");
    }
    // The course of a metric is drawn point for point.
    for course in list(&report["courses"]).iter().filter(|c| !list(&c["points"]).is_empty()) {
        let dots = list(&course["points"]).len();
        let drawn = page.matches(&format!("id=\"metric-{}-title\"", position(&report, course) + 1)).count();
        assert_eq!(drawn, 1, "{course}");
        let svg = page.split(&format!("id=\"metric-{}-title\"", position(&report, course) + 1)).nth(1).unwrap();
        let svg = svg.split("</svg>").next().unwrap();
        assert_eq!(svg.matches("r=\"2.5\"").count(), dots);
    }
}

fn position(report: &Value, course: &Value) -> usize {
    report["assessment"]["metrics"].as_array().unwrap().iter().position(|m| m["id"] == course["metric"]).unwrap()
}

fn copy_tree(from: &std::path::Path, to: &std::path::Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The plan in the report is the one that `aipp plan` makes with the same flags.
#[test]
fn the_flags_of_the_plan_are_those_of_the_report() {
    let dir = tempfile::tempdir().unwrap();
    let own = dir.path().join("playbook.yaml");
    let text =
        fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/playbook.yaml")).unwrap();
    fs::write(&own, text.replacen("days: ", "days: 1", 1)).unwrap();
    let plain = json(&["plan", EXAMPLES[2], "-f", "json"]);
    for flags in [&["--to", "expand"][..], &["--start", "2026-12-07"], &["--playbook", own.to_str().unwrap()]] {
        let with = |command: &str| json(&[&[command, EXAMPLES[2], "-f", "json"], flags].concat());
        let plan = with("plan");
        assert_eq!(with("report")["plan"], plan, "{flags:?}");
        assert_ne!(plan, plain, "{flags:?} changes nothing");
    }
    let done = run(&["report", EXAMPLES[0], "--playbook", dir.path().join("none.yaml").to_str().unwrap()]);
    assert_eq!((done.status.code(), done.stdout.len()), (Some(2), 0));
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
