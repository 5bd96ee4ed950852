//! Every format of a plan is read by a real reader of that format, and all of them agree with the JSON. Where the readers come
//! from, and what happens without them, is said in `tests/consumers.rs`.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

mod workshop;

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use workshop::{TODAY, tool};

fn aipp(arguments: &[&str]) -> Vec<u8> {
    let done = Command::new(env!("CARGO_BIN_EXE_aipp"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments)
        .args(["--today", TODAY])
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    done.stdout
}

/// Every example, and one project whose every text is an attack.
fn projects() -> (tempfile::TempDir, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("aipp.yaml"), HOSTILE).unwrap();
    let mut all: Vec<String> =
        ["invoice-intake", "support-triage", "slideware"].iter().map(|name| format!("examples/{name}")).collect();
    all.push(dir.path().display().to_string());
    (dir, all)
}

/// Formulas, markup, control characters, line ends and separators of every format.
const HOSTILE: &str = r##"aipp: 1
project: { name: "=HYPERLINK(\"http://evil.example\";\"x\"),|`</script><img src=x onerror=alert(1)>\e[31m\r\nEND:VCALENDAR\r\n;%%{init: {}}%%", phase: prove-value }
pilot:
  start: 2026-11-02
  end: 2026-12-18
  go_criteria: ["=1+1 | </table><script>alert(1)</script> `x` [a](javascript:alert(1)) more than 5%", { metric: m, at_most: 3 min }]
  stop_criteria: ["@SUM(A1:A9); a, b\nBEGIN:VEVENT"]
metrics: [ { id: m, name: "+cmd|' /C calc'!A0", baseline: 5 min, target: 2 min, deadline: 2027-01-01, guardrail: "-2+3; <b>x</b>" } ]
people:
  owner: { name: "=cmd|calc, \"quoted\"; <b>Mallory</b>" }
  sponsor: { name: "@Eve\u202e -- ``` \n## heading | x" }
  builders: [ { name: "\t=2+5", role: tech lead }, { name: "-Data: crit, 2026-01-01, 1d", role: data engineer } ]
plan: { holidays: [2026-12-24/2027-01-01], capacity: { SRE: 2.5 } }
"##;

fn json(project: &str) -> Value {
    serde_json::from_slice(&aipp(&["plan", project, "-f", "json"])).unwrap()
}

fn planned(plan: &Value) -> Vec<&Value> {
    plan["tasks"].as_array().unwrap().iter().filter(|t| t["status"] == "planned").collect()
}

/// Runs a Python program over a file; it prints JSON.
fn python(program: &str, bytes: &[u8]) -> Option<Value> {
    let python = tool("python")?;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file.xlsx");
    std::fs::write(&file, bytes).unwrap();
    let done = Command::new(python).args(["-c", program]).arg(&file).env("PYTHONUTF8", "1").output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    Some(serde_json::from_slice(&done.stdout).unwrap())
}

#[test]
fn json_is_valid_by_its_schema() {
    let Some(check) = tool("check-jsonschema") else { return };
    let (_dir, projects) = projects();
    let dir = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (i, project) in projects.iter().enumerate() {
        for (j, more) in [&[][..], &["--cheapest", "--by", "2026-12-31"], &["--to", "sustain", "--by", "2029-01-01"]]
            .iter()
            .enumerate()
        {
            let file = dir.path().join(format!("plan-{i}-{j}.json"));
            std::fs::write(&file, aipp(&[&["plan", project, "-f", "json"], *more].concat())).unwrap();
            files.push(file);
        }
    }
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schemas/plan.schema.json");
    let done = Command::new(&check).arg("--schemafile").arg(schema).args(&files).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    // And the built-in playbook by the schema for a team's own.
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let done = Command::new(check)
        .arg("--schemafile")
        .arg(root.join("docs/schemas/playbook.schema.json"))
        .arg(root.join("templates/playbook.yaml"))
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
}

#[test]
fn csv_is_read_by_python_and_no_cell_is_a_formula() {
    let program = "import csv,json,sys\nprint(json.dumps(list(csv.DictReader(open(sys.argv[1], newline='', encoding='utf-8'), strict=True))))";
    let (_dir, projects) = projects();
    for project in &projects {
        let Some(rows) = python(program, &aipp(&["plan", project, "-f", "csv"])) else { return };
        let plan = json(project);
        let mut tasks = planned(&plan);
        tasks.sort_by_key(|t| (t["start"].as_str().unwrap().to_owned(), t["end"].as_str().unwrap().to_owned()));
        let rows = rows.as_array().unwrap();
        assert_eq!(rows.len(), tasks.len(), "{project}");
        for (row, task) in rows.iter().zip(tasks) {
            let cells = row.as_object().unwrap();
            assert_eq!(cells.len(), 14);
            for (column, cell) in cells {
                let text = cell.as_str().unwrap();
                assert!(!text.trim_start().starts_with(['=', '+', '-', '@']), "{column}: {text}");
                assert!(!text.chars().any(char::is_control), "{column}: {text:?}");
            }
            assert_eq!(
                (&row["Issue Id"], &row["Start Date"], &row["Due Date"]),
                (&task["id"], &task["start"], &task["end"])
            );
            assert_eq!(row["Estimate Days"].as_str().unwrap(), task["days"].to_string());
        }
    }
}

#[test]
fn the_calendar_is_read_by_icalendar() {
    let program = "
import json,sys
from icalendar import Calendar
data = open(sys.argv[1],'rb').read()
assert all(len(line) <= 75 for line in data.split(b'\\r\\n')), 'a line is too long'
assert b'\\n' not in data.replace(b'\\r\\n', b''), 'a bare line end'
cal = Calendar.from_ical(data)
print(json.dumps([{'uid': str(e['UID']), 'start': e['DTSTART'].dt.isoformat(), 'end': e['DTEND'].dt.isoformat(), 'stamp': e['DTSTAMP'].dt.isoformat(),
  'summary': str(e['SUMMARY']), 'about': str(e.get('DESCRIPTION', '')), 'errors': [str(x) for x in e.errors]} for e in cal.walk('VEVENT')]))";
    let (_dir, projects) = projects();
    for project in &projects {
        let Some(events) = python(program, &aipp(&["plan", project, "-f", "ics"])) else { return };
        let plan = json(project);
        let ahead: Vec<&Value> =
            plan["milestones"].as_array().unwrap().iter().filter(|m| !m["date"].is_null()).collect();
        let events = events.as_array().unwrap();
        assert_eq!(events.len(), ahead.len(), "{project}");
        for (event, milestone) in events.iter().zip(ahead) {
            assert_eq!(event["start"], milestone["date"]);
            assert!(event["end"].as_str() > event["start"].as_str());
            assert_eq!(event["stamp"], format!("{TODAY}T00:00:00+00:00"));
            assert_eq!(event["errors"].as_array().unwrap().len(), 0, "{event}");
            assert!(event["summary"].as_str().unwrap().ends_with(milestone["title"].as_str().unwrap()), "{event}");
            assert!(event["uid"].as_str().unwrap().starts_with(milestone["id"].as_str().unwrap()));
        }
        let uids: std::collections::BTreeSet<&str> = events.iter().map(|e| e["uid"].as_str().unwrap()).collect();
        assert_eq!(uids.len(), events.len(), "each event has a UID of its own");
        // On another day the events are the same ones, moved.
        let done = Command::new(env!("CARGO_BIN_EXE_aipp"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["plan", project, "-f", "ics", "--today", "2026-11-23"])
            .output()
            .unwrap();
        let later = String::from_utf8(done.stdout).unwrap().replace("\r\n ", "");
        assert!(uids.iter().all(|uid| later.contains(&format!("UID:{uid}\r\n"))));
    }
}

#[cfg(feature = "xlsx")]
#[test]
fn the_workbook_is_read_by_openpyxl_and_no_cell_is_a_formula() {
    let program = "
import json,sys
from openpyxl import load_workbook
book = load_workbook(sys.argv[1])
sheet = book['Plan']
rows = []
for row in sheet.iter_rows(min_row=5):
    if row[3].value is not None:
        drawn = [c.fill.fgColor.rgb for c in row[8:] if c.fill.fill_type == 'solid']
        rows.append({'id': row[0].value, 'start': row[3].value.date().isoformat(), 'end': row[4].value.date().isoformat(), 'days': row[5].value, 'drawn': len(drawn)})
formulas = [c.coordinate for s in book for r in s.iter_rows() for c in r if c.data_type == 'f']
gates = [r[0].value.date().isoformat() for r in book['Gates'].iter_rows(min_row=2) if r[0].value]
print(json.dumps({'sheets': book.sheetnames, 'rows': rows, 'formulas': formulas, 'gates': gates, 'made': book.properties.created.isoformat()}))";
    let (_dir, projects) = projects();
    for project in &projects {
        let bytes = aipp(&["plan", project, "-f", "xlsx"]);
        assert_eq!(bytes, aipp(&["plan", project, "-f", "xlsx"]), "the same plan gives the same bytes");
        let Some(book) = python(program, &bytes) else { return };
        let plan = json(project);
        let rows = book["rows"].as_array().unwrap();
        assert_eq!(rows.len(), planned(&plan).len(), "{project}");
        for row in rows {
            let task = planned(&plan).into_iter().find(|t| t["id"] == row["id"]).unwrap();
            assert_eq!((&row["start"], &row["end"], &row["days"]), (&task["start"], &task["end"], &task["days"]));
            assert!(row["drawn"].as_u64().unwrap() > 0, "{row} is not drawn");
        }
        assert_eq!(book["formulas"].as_array().unwrap().len(), 0);
        assert_eq!(book["made"], format!("{TODAY}T00:00:00"));
        let dates: Vec<&Value> =
            plan["milestones"].as_array().unwrap().iter().map(|m| &m["date"]).filter(|d| !d.is_null()).collect();
        assert_eq!(book["gates"].as_array().unwrap().iter().collect::<Vec<_>>(), dates);
    }
}

#[test]
fn the_mermaid_gantt_is_drawn_by_a_browser() {
    let (Some(browser), Some(python)) = (tool("chromium"), tool("python")) else { return };
    let tools = python.parent().unwrap().parent().unwrap();
    let (_dir, projects) = projects();
    let dir = tempfile::tempdir().unwrap();
    for project in &projects {
        let file = dir.path().join("plan.md");
        std::fs::write(&file, aipp(&["plan", project, "-f", "markdown"])).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plan/mermaid.cjs");
        let done = Command::new("node").arg(script).args([tools, &browser, &file]).output().unwrap();
        assert!(done.status.success(), "{project}: {}", String::from_utf8_lossy(&done.stderr));
        let drawn: Value = serde_json::from_slice(&done.stdout).unwrap();
        assert_eq!(drawn["blocks"], 1, "{project}");
        assert_eq!(drawn["drawn"][0]["scripts"], 0);
        let labels: Vec<&str> =
            drawn["drawn"][0]["labels"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        for task in planned(&json(project)) {
            let id = task["id"].as_str().unwrap();
            assert!(labels.iter().any(|l| l.trim().starts_with(id)), "{project}: {id} is not drawn");
        }
        let asked: Vec<&str> = drawn["asked"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert!(asked.iter().all(|url| url.starts_with("about:") || url.starts_with("data:")), "{asked:?}");
    }
}

/// Nothing hostile is left unescaped in the page, and nothing reaches the terminal that would act there.
#[test]
fn hostile_texts_are_shown_and_not_executed() {
    let (_dir, projects) = projects();
    let hostile = projects.last().unwrap();
    let page = String::from_utf8(aipp(&["plan", hostile, "-f", "markdown"])).unwrap();
    let outside: String = page.split("```").step_by(2).collect();
    for bad in ["<script", "<img", "</table>", "<b>", "[a](javascript", "\n## heading", "\u{202e}", "\u{1b}"] {
        assert!(!outside.contains(bad), "{bad:?} in {outside}");
    }
    for more in [&[][..], &["-v"][..], &["--cheapest", "--by", "2026-12-01"][..]] {
        let screen = aipp(&[&["plan", hostile, "--color", "never"], more].concat());
        let screen = String::from_utf8(screen).unwrap();
        assert!(!screen.chars().any(|c| c.is_control() && c != '\n'), "{screen:?}");
    }
}

/// The screen fits 80 columns, in Unicode and in ASCII, and agrees with the JSON.
#[test]
fn the_screen_fits_eighty_columns() {
    use unicode_width::UnicodeWidthStr as _;
    let (_dir, projects) = projects();
    for project in &projects {
        for (locale, verbose) in [("C.UTF-8", false), ("C.UTF-8", true), ("C", false), ("C", true)] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_aipp"));
            command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["plan", project, "--today", TODAY]);
            command.args(["--cheapest", "--by", "2026-11-30"]).args(verbose.then_some("-v"));
            let done = command.env("COLUMNS", "80").env("LC_ALL", locale).env("NO_COLOR", "1").output().unwrap();
            let screen = String::from_utf8(done.stdout).unwrap();
            for line in screen.lines() {
                assert!(line.width() <= 80, "{project}: {} columns: {line}", line.width());
            }
            assert!(locale == "C.UTF-8" || screen.is_ascii() || project.contains("tmp"), "{screen}");
            assert!(!screen.lines().any(|l| l.ends_with(' ')), "{project} has blanks at the end of a line");
        }
        let plan = json(project);
        let screen = String::from_utf8(aipp(&["plan", project])).unwrap();
        for milestone in plan["milestones"].as_array().unwrap().iter().filter(|m| !m["date"].is_null()) {
            let date = milestone["date"].as_str().unwrap();
            assert!(
                screen.lines().any(|l| l.contains(date) && l.contains(milestone["title"].as_str().unwrap())),
                "{milestone}"
            );
        }
    }
}
