//! An assessment enters; SARIF 2.1.0 for code scanning leaves: one rule a check, one result a finding, waivers as suppressions.
//!
//! The format is <https://docs.oasis-open.org/sarif/sarif/v2.1.0/>. Nothing in a file depends on the machine or the hour.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::findings::{Finding, Weight, findings, plain};
use super::{Compared, Run, View, json as output, markdown, not_shown, word};
use crate::assess::{Assessment, WaiverInfo};
use crate::checklist::Check;
use crate::diagnostic::{Diagnostic, Look, Severity};
use crate::evaluate::WaiverState;
use crate::gate::{Verdict, phase_name};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// Relative paths in a file start here.
const ROOT: &str = "%SRCROOT%";
/// The longest help text that code hosts show.
const MAX_HELP: usize = 8_000;

pub(super) fn write(view: &View<'_>, _: &Look, out: &mut dyn Write) -> io::Result<()> {
    let (of, run) = view.judged().ok_or_else(not_shown)?;
    let found = findings(of, run);
    let rules = Rules::of(run, &found);
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": driver(of, &rules) },
            "automationDetails": { "id": category(of, run) },
            "originalUriBaseIds": { ROOT: { "description": { "text": "The root of the repository." } } },
            "columnKind": "unicodeCodePoints",
            "invocations": [invocation(of, run)],
            "results": found.iter().map(|f| result(f, &rules, run)).collect::<Vec<_>>(),
            "properties": properties(of),
        }],
    });
    output::print(&log, out)
}

fn driver(of: &Assessment, rules: &Rules) -> Value {
    let mut driver = json!({
        "name": of.tool.name,
        "semanticVersion": of.tool.version,
        "version": of.tool.version,
        "rules": rules.list,
    });
    let home = env!("CARGO_PKG_REPOSITORY");
    if !home.is_empty() {
        driver["informationUri"] = json!(home);
    }
    driver
}

/// What tells one analysis of a repository from another: the gate, and the project's folder.
fn category(of: &Assessment, run: &Run<'_>) -> String {
    let gate = of.gate.as_ref().map_or_else(|| "evidence".to_owned(), |gate| format!("gate-{}", gate.to.name()));
    let folder = run.below("");
    format!("aipp/{gate}/{}", plain(&folder, 200))
}

fn invocation(of: &Assessment, run: &Run<'_>) -> Value {
    let meaning = match run.exit_code {
        0 => "done; for a gate: it is open, or closed and masked by --exit-zero",
        1 => "the gate is closed",
        2 => "input that cannot be read",
        3 => "nothing was evaluated",
        _ => "internal or I/O error",
    };
    let notes: Vec<Value> = of.diagnostics.iter().filter(|d| d.severity == Severity::Note).map(notification).collect();
    let mut invocation = json!({
        "executionSuccessful": run.exit_code < 2,
        "exitCode": run.exit_code,
        "exitCodeDescription": meaning,
    });
    if !notes.is_empty() {
        invocation["toolExecutionNotifications"] = Value::Array(notes);
    }
    invocation
}

fn notification(message: &Diagnostic) -> Value {
    json!({
        "descriptor": { "id": message.code.id() },
        "level": "note",
        "message": { "text": plain(&message.message, 2_000) },
    })
}

/// The numbers of the assessment, for whoever reads nothing else.
fn properties(of: &Assessment) -> Value {
    let verdict = of.gate.as_ref().map(|gate| match gate.verdict {
        Verdict::Open => "open",
        Verdict::Closed => "closed",
    });
    json!({
        "today": of.today,
        "project": plain(&of.project.name, 200),
        "verdict": verdict,
        "headline": of.readiness.headline,
        "weakest": of.readiness.weakest,
        "floor": of.readiness.floor,
        "catalogue": of.catalogue.sha256,
    })
}

/// The rules of a run, and where each stands.
struct Rules {
    list: Vec<Value>,
    index: BTreeMap<String, usize>,
}

impl Rules {
    /// Every check of the catalogue, then what else was found.
    fn of(run: &Run<'_>, found: &[Finding<'_>]) -> Self {
        let mut rules = Self { list: Vec::new(), index: BTreeMap::new() };
        for check in &run.catalogue.checks {
            rules.add(&check.id, || rule(check));
        }
        for finding in found {
            rules.add(&finding.rule, || other_rule(finding));
        }
        rules
    }

    fn add(&mut self, id: &str, make: impl FnOnce() -> Value) {
        if !self.index.contains_key(id) {
            self.index.insert(id.to_owned(), self.list.len());
            self.list.push(make());
        }
    }
}

fn rule(check: &Check) -> Value {
    let level = if check.required.is_some() { "error" } else { "warning" };
    let mut tags = vec![check.area().id().to_owned(), format!("due-{}", phase_name(check.due()))];
    tags.extend(check.sign.iter().map(word));
    json!({
        "id": check.id,
        "name": pascal(&check.id),
        "shortDescription": { "text": sentence(&plain(check.title(), 1_000)) },
        "fullDescription": { "text": sentence(&plain(&check.question, 1_000)) },
        "help": { "text": help_text(check), "markdown": plain_lines(&markdown::check_help(check)) },
        "defaultConfiguration": { "level": level },
        "properties": {
            "tags": tags,
            "precision": "very-high",
            "problem.severity": level,
        },
    })
}

fn other_rule(finding: &Finding<'_>) -> Value {
    let about = finding.about.clone().unwrap_or_else(|| finding.title.clone());
    let level = level(finding);
    json!({
        "id": finding.rule,
        "name": pascal(&finding.rule),
        "shortDescription": { "text": sentence(&about) },
        "fullDescription": { "text": sentence(&about) },
        "help": { "text": sentence(&about), "markdown": sentence(&markdown::escape(&about)) },
        "defaultConfiguration": { "level": level },
        "properties": { "precision": "very-high", "problem.severity": level },
    })
}

fn help_text(check: &Check) -> String {
    let mut text = format!("{}\n", plain(&check.question, MAX_HELP));
    if !check.why.is_empty() {
        let _ = write!(text, "\n{}\n", plain(&check.why, MAX_HELP));
    }
    for (name, wants) in [
        ("claimed", &check.wants.claimed),
        ("documented", &check.wants.documented),
        ("verified", &check.wants.verified),
    ] {
        if !wants.is_empty() {
            let _ = write!(text, "\n{name}: {}", plain(wants, MAX_HELP));
        }
    }
    let _ = write!(text, "\n\nFix: {}", plain(&check.fix, MAX_HELP));
    text
}

/// A page of several lines, cut at a length.
fn plain_lines(text: &str) -> String {
    text.char_indices().nth(MAX_HELP).map_or_else(|| text.to_owned(), |(at, _)| format!("{}…", &text[..at]))
}

fn result(finding: &Finding<'_>, rules: &Rules, run: &Run<'_>) -> Value {
    let mut result = Map::new();
    let mut set = |key: &str, value: Value| result.insert(key.to_owned(), value);
    set("ruleId", json!(finding.rule));
    set("ruleIndex", json!(rules.index.get(&finding.rule)));
    set("kind", json!("fail"));
    set("level", json!(level(finding)));
    let help = if finding.help.is_empty() { String::new() } else { format!(" Fix: {}", sentence(&finding.help)) };
    set("message", json!({ "text": format!("{}{help}", sentence(&finding.message)) }));
    set("locations", json!([location(finding)]));
    // GitHub tells alerts apart by `primaryLocationLineHash` alone; ours does not change when lines move.
    set(
        "partialFingerprints",
        json!({
            "aippRuleAndPath/v1": finding.fingerprint,
            "primaryLocationLineHash": format!("{}:1", &finding.fingerprint[..16]),
        }),
    );
    if let Some(baseline) = run.baseline {
        let state = match finding.check.and_then(|check| baseline.get(&check.id)) {
            None | Some(Compared::New) => "new",
            Some(Compared::Unchanged) => "unchanged",
            Some(Compared::Updated) => "updated",
        };
        set("baselineState", json!(state));
    }
    if let Some(waiver) = finding.waiver {
        set("suppressions", json!([suppression(waiver)]));
    }
    if let Some(check) = finding.check {
        let related: Vec<Value> = check
            .evidence
            .iter()
            .take(10)
            .enumerate()
            .map(|(id, e)| {
                let mut place = physical(&run.below(&e.path), e.line.unwrap_or(1).max(1), None);
                place["id"] = json!(id + 1);
                place["message"] = json!({ "text": format!("Evidence, {}.", e.origin) });
                place
            })
            .collect();
        if !related.is_empty() {
            set("relatedLocations", Value::Array(related));
        }
        set(
            "properties",
            json!({
                "area": check.area, "level": check.level, "required": check.required, "status": check.status,
                "weight": check.weight, "expires": check.expires,
            }),
        );
    }
    Value::Object(result)
}

/// The level of a result. A waived one keeps the level that it would have: the suppression says that it is accepted.
fn level(finding: &Finding<'_>) -> &'static str {
    let required = finding.check.is_some_and(|check| check.required.is_some());
    match finding.weight {
        Weight::Blocks => "error",
        Weight::Accepted if required => "error",
        Weight::Required | Weight::Scored | Weight::Accepted => "warning",
    }
}

fn suppression(waiver: &WaiverInfo) -> Value {
    let status = match waiver.state {
        WaiverState::Live => "accepted",
        WaiverState::Unused | WaiverState::Proposed => "underReview",
        WaiverState::Expired | WaiverState::Void => "rejected",
    };
    let because =
        if status == "accepted" { String::new() } else { format!(" Refused: {}.", plain(&waiver.because, 500)) };
    json!({
        "kind": "external",
        "status": status,
        "justification": format!(
            "{} Accepted by {} until {}; residual risk: {} Control: {}{because}",
            sentence(&plain(&waiver.reason, 1_000)),
            plain(&waiver.approver, 200),
            waiver.expires,
            sentence(&plain(&waiver.residual_risk, 1_000)),
            sentence(&plain(&waiver.control, 1_000)),
        ),
    })
}

fn location(finding: &Finding<'_>) -> Value {
    let mut location = physical(&finding.path, finding.line, finding.column);
    if let Some(check) = finding.check {
        location["logicalLocations"] = json!([{ "name": check.id, "fullyQualifiedName": format!("{}/{}", check.area, check.id), "kind": "check" }]);
    }
    location
}

fn physical(path: &str, line: usize, column: Option<usize>) -> Value {
    let mut region = json!({ "startLine": line });
    if let Some(column) = column {
        region["startColumn"] = json!(column.max(1));
    }
    json!({ "physicalLocation": { "artifactLocation": { "uri": uri(path), "uriBaseId": ROOT }, "region": region } })
}

/// A path as a relative reference (RFC 3986): what is not plain in a path is written in percent.
fn uri(path: &str) -> String {
    path.bytes().fold(String::with_capacity(path.len()), |mut uri, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
        uri
    })
}

/// A text that ends as a sentence does.
fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '?', '!', '…']) { text.to_owned() } else { format!("{text}.") }
}

/// `gov-audit-log` as `GovAuditLog`.
fn pascal(id: &str) -> String {
    let word = |part: &str| {
        let mut letters = part.chars();
        letters.next().map_or_else(String::new, |first| format!("{}{}", first.to_ascii_uppercase(), letters.as_str()))
    };
    id.split(|c: char| !c.is_ascii_alphanumeric()).map(word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_references() {
        assert_eq!(uri("docs/a b/über?#%.md"), "docs/a%20b/%C3%BCber%3F%23%25.md");
        assert_eq!(uri("c:\\x\n"), "c%3A%5Cx%0A");
    }

    #[test]
    fn names_and_sentences() {
        assert_eq!(pascal("gov-audit-log"), "GovAuditLog");
        assert_eq!((sentence("a"), sentence("a?")), ("a.".to_owned(), "a?".to_owned()));
    }
}
