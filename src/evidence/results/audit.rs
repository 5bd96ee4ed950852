//! Samples of the audit log (JSON lines) and dated reports of the same check at the sink enter; events of `audit.samples` leave.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::evidence::Proof;
use crate::fact::Node;
use crate::manifest::value::Day;

use super::chain::{Link, verifies};
use super::fields::text;
use super::moment::Moment;
use super::outcome::{Input, Outcome, Read, Wrong};
use super::outline::Outline;
use super::record;

const EVENT: &[&str] = &["event", "event_type", "phase", "type"];
const TASK: &[&str] = &["task_id", "task", "taskId"];
const ACTOR: &[&str] = &["actor", "actor_id", "principal"];
const MODEL: &[&str] = &["model_version", "modelVersion", "model"];
const PROMPT: &[&str] = &["prompt_version", "promptVersion", "prompt"];
const DECISION: &[&str] = &["decision"];
const RESULT: &[&str] = &["result_hash", "resultHash", "output_hash"];
const TIME: &[&str] = &["at", "timestamp", "time", "ts"];

/// Which part of a task a record is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Start,
    End,
    Other,
}

/// Whether the first line of a file is a record of an audit log.
pub(super) fn is(outline: &Outline) -> bool {
    let telling = [ACTOR, DECISION, RESULT, &["prev_hash", "hash"]];
    let told = telling.iter().filter(|keys| outline.any(keys)).count();
    !outline.list && outline.any(TASK) && (told >= 2 || (outline.any(EVENT) && told >= 1))
}

/// Reads a sample.
pub(super) fn sample(input: &Input<'_>) -> Read {
    let mut records: Vec<(&str, Value)> = Vec::new();
    for (number, line) in input.text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong =
            |why: String| Wrong::new(why, "export the sample again, one whole JSON record a line").at(number + 1, 1);
        let line = line.trim_start_matches('\u{feff}');
        let value: Value = serde_json::from_str(line).map_err(|e| {
            let message = e.to_string();
            wrong(format!("a line is not valid JSON: {}", message.split(" at line ").next().unwrap_or_default()))
        })?;
        if !value.is_object() {
            return Err(wrong("a line is not a record with fields".to_owned()));
        }
        records.push((line, value));
    }
    let values: Vec<&Value> = records.iter().map(|(_, value)| value).collect();
    let at = values.iter().filter_map(|v| TIME.iter().find_map(|key| v.get(key).and_then(Moment::of))).max();
    let links: Vec<Link<'_>> = records
        .iter()
        .map(|(line, value)| Link {
            line,
            previous: text(value, &["prev_hash", "prevHash", "previous_hash"]).map(str::to_owned),
            hash: text(value, &["hash"]).map(str::to_owned),
        })
        .collect();
    let (paired, complete, chain) = (is_paired(&values), is_complete(&values), verifies(&links));
    Ok(outcome(input, at, records.len(), [paired, complete, chain], true))
}

/// Words in the name of an event that is about a step inside a task.
const STEPS: &[&str] = &["approval", "call", "llm", "retrieval", "step", "tool"];

fn part(value: &Value) -> Part {
    let named = EVENT.iter().filter_map(|key| value.get(key)?.as_str());
    named.map(part_of).find(|part| *part != Part::Other).unwrap_or(Part::Other)
}

/// `task.start`, `task_started` and `start` are one.
fn part_of(event: &str) -> Part {
    let event = event.to_ascii_lowercase();
    let words: Vec<&str> = event.split(['.', '_', ':', '-', ' ', '/']).collect();
    let has = |telling: &[&str]| words.iter().any(|word| telling.contains(word));
    if has(STEPS) {
        Part::Other
    } else if has(&["start", "started", "begin", "begun"]) {
        Part::Start
    } else if has(&["end", "ended", "finish", "finished", "complete", "completed", "stop", "stopped"]) {
        Part::End
    } else {
        Part::Other
    }
}

/// A field that says something; `null` and blank texts say nothing.
fn says(value: &Value, keys: &[&str]) -> bool {
    keys.iter().filter_map(|key| value.get(key)).any(|field| match field {
        Value::Null => false,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    })
}

fn task(value: &Value) -> Option<String> {
    TASK.iter().find_map(|key| match value.get(key)? {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// Each start has exactly one end, and each end its start, in this order.
fn is_paired(values: &[&Value]) -> bool {
    let mut open: HashMap<String, bool> = HashMap::new();
    let mut starts = 0_usize;
    for value in values {
        let part = part(value);
        if part == Part::Other {
            continue;
        }
        let Some(task) = task(value) else { return false };
        let is_open = open.entry(task).or_default();
        // A task may run again after its end.
        if *is_open == (part == Part::Start) {
            return false;
        }
        *is_open = part == Part::Start;
        starts += usize::from(part == Part::Start);
    }
    starts > 0 && !open.values().any(|open| *open)
}

/// Actor, task, model and prompt version are in every record; decision and result are in each that ends a task (they do not
/// exist before), or in every one when the log has no starts.
fn is_complete(values: &[&Value]) -> bool {
    let has_starts = values.iter().any(|v| part(v) == Part::Start);
    !values.is_empty()
        && values.iter().all(|value| {
            let always = [ACTOR, MODEL, PROMPT].iter().all(|keys| says(value, keys)) && task(value).is_some();
            let decided = says(value, DECISION) && says(value, RESULT);
            always && (decided || (has_starts && part(value) != Part::End))
        })
}

fn outcome(input: &Input<'_>, at: Option<Moment>, records: usize, checks: [bool; 3], read: bool) -> Outcome {
    let [paired, complete, chain] = checks;
    let mut outcome = Outcome::default();
    let said = |ok: bool, good: &str, bad: &str| if ok { good.to_owned() } else { bad.to_owned() };
    let because = format!(
        "audit log: {records} records, {}, {}, {}",
        said(paired, "each start with its end", "starts and ends do not pair"),
        said(complete, "complete", "fields missing"),
        said(chain, "hash chain holds", "hash chain does not hold"),
    );
    let proven = read && paired && complete && chain;
    outcome.item(input, "audit-log", if proven { Proof::Verified } else { Proof::Documented }, at, because);
    let fields = [
        ("records", Node::from(records)),
        ("paired", Node::from(paired)),
        ("complete", Node::from(complete)),
        ("chain_verifies", Node::from(chain)),
    ];
    outcome.event(input, "audit.samples", at, fields);
    outcome
}

/// A dated report of the same check at the sink, which people write.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    date: Day,
    records: u64,
    paired: bool,
    complete: bool,
    chain_verifies: bool,
    #[serde(rename = "sink")]
    _sink: Option<IgnoredAny>,
    #[serde(rename = "window")]
    _window: Option<IgnoredAny>,
    #[serde(rename = "by")]
    _by: Option<IgnoredAny>,
    #[serde(rename = "tool")]
    _tool: Option<IgnoredAny>,
    #[serde(rename = "note")]
    _note: Option<IgnoredAny>,
    #[serde(rename = "query")]
    _query: Option<IgnoredAny>,
}

/// Whether the top keys of a document are those of a report of the check.
pub(super) fn is_keys<'k>(keys: impl Iterator<Item = &'k str>) -> bool {
    keys.filter(|key| matches!(*key, "records" | "paired" | "complete" | "chain_verifies")).count() >= 2
}

/// Reads a report of the check.
pub(super) fn report(input: &Input<'_>) -> Read {
    let report = match record::read::<Report>(input, "report of the audit check") {
        Ok((_, report)) => report,
        Err(errors) => return Ok(errors.under("audit.samples")),
    };
    let at = Moment::parse(&report.date.to_string());
    let records = usize::try_from(report.records).unwrap_or(usize::MAX);
    Ok(outcome(input, at, records, [report.paired, report.complete, report.chain_verifies], false))
}

#[cfg(test)]
mod tests {
    use crate::evidence::Proof;
    use crate::evidence::results::probe::{found, list, malformed};

    /// Written and hashed by Python: `sha256(json.dumps(record without hash, sort_keys=True, separators=(",", ":")))`.
    const SAMPLE: &str = include_str!("../../../tests/samples/audit/sample.jsonl");
    /// The same with `json.dumps(record, sort_keys=True)`, which puts blanks behind its separators.
    const SPACED: &str = include_str!("../../../tests/samples/audit/spaced.jsonl");

    fn samples(text: &str) -> Vec<String> {
        list(&found(&[("audit/sample.jsonl", text)], ""), "audit.samples")
    }

    #[test]
    fn a_whole_sample_is_paired_complete_and_chained() {
        for text in [SAMPLE, SPACED] {
            assert_eq!(samples(text), ["date=2026-11-15 chain_verifies=true complete=true paired=true records=4"]);
        }
        let found = found(&[("audit/sample.jsonl", SAMPLE)], "");
        assert_eq!((found.items[0].kind, found.items[0].level), ("audit-log", Proof::Verified));
        assert_eq!(found.items[0].because, "audit log: 4 records, each start with its end, complete, hash chain holds");
    }

    #[test]
    fn a_changed_record_breaks_the_chain() {
        assert!(SAMPLE.contains("\"decision\":\"approved\""));
        let changed = SAMPLE.replacen("\"decision\":\"approved\"", "\"decision\":\"rejected\"", 1);
        assert!(samples(&changed)[0].contains("chain_verifies=false"));
        let first = SAMPLE.replacen("svc-intake", "svc-other", 1);
        assert!(samples(&first)[0].contains("chain_verifies=false"));
        let lines: Vec<&str> = SAMPLE.lines().collect();
        let gap = [lines[0], lines[1], lines[3]].join("\n");
        assert!(samples(&gap)[0].contains("chain_verifies=false"));
        let unlinked = SAMPLE.replace("\"prev_hash\"", "\"previous\"");
        assert!(samples(&unlinked)[0].contains("chain_verifies=false"));
    }

    #[test]
    fn a_cut_from_the_middle_verifies_when_it_is_whole() {
        let lines: Vec<&str> = SAMPLE.lines().collect();
        assert_eq!(
            samples(&lines[2..].join("\n")),
            ["date=2026-11-15 chain_verifies=true complete=true paired=true records=2"]
        );
    }

    #[test]
    fn another_way_of_hashing_is_judged_by_its_links() {
        let record = |event: &str, previous: &str, hash: &str| {
            format!(
                r#"{{"event":"task.{event}","task":"t1","actor":"a","model":"m","prompt":"p","decision":"ok","result_hash":"r","timestamp":1794729600,"prev_hash":{previous},"hash":"{hash}"}}"#
            )
        };
        let text = format!("{}\n{}\n", record("started", "null", "h1"), record("completed", "\"h1\"", "h2"));
        assert_eq!(samples(&text), ["date=2026-11-15 chain_verifies=true complete=true paired=true records=2"]);
        assert!(samples(&text.replace("\"h1\",\"hash\"", "\"h0\",\"hash\""))[0].contains("chain_verifies=false"));
    }

    #[test]
    fn pairs_are_one_start_and_one_end() {
        let record =
            |event: &str, task: &str| format!(r#"{{"phase":"{event}","task_id":"{task}","actor":"a","hash":"x"}}"#);
        let paired = |parts: &[(&str, &str)]| {
            let text: Vec<String> = parts.iter().map(|(event, task)| record(event, task)).collect();
            samples(&text.join("\n"))[0].contains("paired=true")
        };
        assert!(paired(&[("start", "1"), ("start", "2"), ("tool_call.start", "1"), ("end", "2"), ("end", "1")]));
        assert!(paired(&[("start", "1"), ("end", "1"), ("start", "1"), ("end", "1")]));
        for parts in [
            &[("start", "1")][..],
            &[("start", "1"), ("end", "1"), ("end", "1")],
            &[("start", "1"), ("start", "1"), ("end", "1")],
            &[("end", "1"), ("start", "1"), ("end", "1")],
            &[("start", "1"), ("end", "2")],
            &[("tool_call", "1")],
        ] {
            assert!(!paired(parts), "{parts:?}");
        }
    }

    #[test]
    fn a_missing_field_is_not_complete() {
        for field in ["actor", "model_version", "prompt_version"] {
            let without = SAMPLE.replacen(&format!("\"{field}\":"), "\"other\":", 1);
            assert!(samples(&without)[0].contains("complete=false"), "{field}");
        }
        for field in ["decision", "result_hash"] {
            let without = SAMPLE.replacen(&format!("\"{field}\":"), "\"other\":", 1);
            assert!(samples(&without)[0].contains("complete=false"), "{field}");
        }
        assert!(
            samples(&SAMPLE.replacen("\"actor\":\"svc-intake\"", "\"actor\":\" \"", 1))[0].contains("complete=false")
        );
    }

    #[test]
    fn a_torn_last_line_is_malformed_and_other_lines_are_not_ours() {
        let torn = SAMPLE.get(..SAMPLE.len() - 9).unwrap_or_default();
        let torn = found(&[("logs/a.ndjson", torn)], "");
        assert_eq!(malformed(&torn), ["audit.samples logs/a.ndjson"]);
        assert_eq!(
            torn.malformed[0].1.message,
            "the sample of the audit log cannot be used: a line is not valid JSON: EOF while parsing a string (line 4, column 1)"
        );
        assert_eq!(malformed(&found(&[("audit/sample.jsonl", "")], "")), ["audit.samples audit/sample.jsonl"]);
        let other =
            found(&[("logs/app.jsonl", "{\"level\": \"info\", \"msg\": \"x\"}\n"), ("data/tasks.jsonl", SAMPLE)], "");
        assert!(list(&other, "audit.samples").is_empty() && other.malformed.is_empty());
        let declared = found(&[("data/tasks.jsonl", SAMPLE)], "evidence: { audit-log: data/tasks.jsonl }\n");
        assert_eq!(list(&declared, "audit.samples").len(), 1);
        assert!(declared.items[0].origin.declared);
    }

    #[test]
    fn a_dated_report_of_the_check_is_read() {
        let text =
            "date: 2026-11-12\nsink: s3://audit\nrecords: 90211\npaired: true\ncomplete: true\nchain_verifies: true\n";
        let report = found(&[("audit/2026-11-12.yaml", text)], "");
        assert_eq!(
            list(&report, "audit.samples"),
            ["date=2026-11-12 chain_verifies=true complete=true paired=true records=90211"]
        );
        assert_eq!(report.items[0].level, Proof::Documented);
        let flow = found(
            &[(
                "audit/a.yml",
                "{ date: 2026-11-12, records: 1, paired: false, complete: true, chain_verifies: true }\n",
            )],
            "",
        );
        assert_eq!(
            list(&flow, "audit.samples"),
            ["date=2026-11-12 chain_verifies=true complete=true paired=false records=1"]
        );
        for wrong in [
            text.replace("paired: true", "paired: yes"),
            text.replace("date: 2026-11-12\n", ""),
            text.replace("records", "record"),
        ] {
            let found = found(&[("audit/a.yaml", &wrong)], "");
            assert_eq!(malformed(&found).first().map(String::as_str), Some("audit.samples audit/a.yaml"), "{wrong}");
        }
    }
}
