//! What a check lacks enters; the command that would close the gap leaves, derived from the facts that its conditions ask.

use std::collections::BTreeSet;

use crate::checklist::ladder::Climb;
use crate::checklist::{Check, Condition, Level};
use crate::rule::{Rule, RuleError};

/// Which record provides which facts.
const RECORDS: &[(&str, &str)] = &[
    ("drills", "drill"),
    ("runbooks[].drilled", "drill"),
    ("attestations", "attestation"),
    ("training.records", "training"),
    ("acceptance", "acceptance"),
    ("decisions", "decision"),
    ("pilot.decided_since_end", "decision"),
    ("stages", "stage"),
    ("approvals", "approval"),
];

/// Facts that one more record does not change.
const NOT_BY_A_RECORD: &[&str] = &["open_actions_overdue", "approval_log", "approvals[]", "stages[]"];

/// Scenarios, and the word by which a condition over all drills asks for one.
const SCENARIOS: &[(&str, &str)] = &[("kill", "kill-switch"), ("bad model", "bad-model"), ("rollback", "rollback")];

/// The command that closes the next gap of a check, up to a level; none when no command does.
#[must_use]
pub fn command(check: &Check, climb: &Climb, level: Level) -> Option<String> {
    if climb.level >= level && climb.disproofs.is_empty() {
        return None;
    }
    let disproofs = check.contradicted.iter().filter(|d| climb.disproofs.contains(&d.because));
    if let Some(found) = disproofs.filter_map(|d| of_rule(check, d.rule(), &d.that)).next() {
        return Some(found);
    }
    for unmet in climb.unmet.iter().filter(|u| u.level <= level) {
        let conditions = || check.documented.iter().chain(&check.verified);
        let failed: Vec<&Condition> = conditions().filter(|c| c.otherwise == unmet.because).collect();
        let found = if failed.is_empty() {
            // Its records have aged: a new one of the kind that the rung rests on.
            conditions().filter_map(|c| record(c.rule(), &c.that)).next()
        } else {
            failed.into_iter().filter_map(|c| of_rule(check, c.rule(), &c.that)).next()
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

/// Whether a check rests on records of a kind, as `aipp log` calls it, and of one scenario or course when that is named.
#[must_use]
pub fn rests_on(check: &Check, kind: &str, of: Option<&str>) -> bool {
    check.documented.iter().chain(&check.verified).any(|condition| {
        let Ok(rule) = condition.rule() else { return false };
        let asks = |fact: &str| rule.asked().iter().any(|path| is_at(path, fact));
        let one_of = RECORDS.iter().any(|(fact, record)| *record == kind && asks(fact));
        // A condition that names another scenario or course is about other records.
        let named = record(Ok(rule), &condition.that);
        let word = named.as_deref().and_then(|command| command.split_once(" --")?.1.split_once(' ')).map(|(_, word)| word);
        one_of && word.is_none_or(|word| of.is_none_or(|of| of.eq_ignore_ascii_case(word)))
    })
}

fn of_rule(check: &Check, rule: Result<&Rule, &RuleError>, that: &str) -> Option<String> {
    let asked = rule.ok()?.asked();
    if asked.iter().any(|path| NOT_BY_A_RECORD.iter().any(|fact| path.contains(fact))) {
        return None;
    }
    record(rule, that).or_else(|| asks_for_a_document(&asked).then(|| format!("aipp scaffold {}", check.id)))
}

/// The record that a condition asks for, with what of it can be said.
fn record(rule: Result<&Rule, &RuleError>, that: &str) -> Option<String> {
    let asked = rule.ok()?.asked();
    let (_, kind) = RECORDS.iter().find(|(fact, _)| asked.iter().any(|path| is_at(path, fact)))?;
    // `drills.rollback`, `attestations.human-job-depends`, `decisions.selection` say which record.
    let below = asked.iter().find_map(|path| path.strip_prefix(&format!("{kind}s.")));
    let key = below.map(|rest| rest.split(['.', '[']).next().unwrap_or_default());
    let more = match *kind {
        "drill" => key
            .filter(|key| *key != "any")
            .or_else(|| SCENARIOS.iter().find(|(word, _)| that.contains(word)).map(|(_, name)| *name))
            .map(|scenario| format!(" --scenario {scenario}")),
        "attestation" => key.map(|check| format!(" --check {check}")),
        "decision" => key.filter(|key| *key != "any").map(|of| format!(" --kind {of}")),
        "training" => literal(that, "r.course == '").map(|course| format!(" --course {course}")),
        _ => None,
    };
    Some(format!("aipp log {kind}{}", more.unwrap_or_default()))
}

/// The word in quotes after some text.
fn literal<'t>(text: &'t str, before: &str) -> Option<&'t str> {
    text.split_once(before)?.1.split('\'').next()
}

/// Whether a condition asks that a document is there; what a document lacks, nobody but its authors can write.
fn asks_for_a_document(asked: &BTreeSet<String>) -> bool {
    let document = |path: &String| {
        (path.starts_with("documents.") || path.starts_with("evidence.")) && path.ends_with(".present")
            || path == "runbooks"
    };
    let inside = |path: &String| path.starts_with("runbooks[]");
    asked.iter().any(document) && !asked.iter().any(inside)
}

fn is_at(path: &str, fact: &str) -> bool {
    path.strip_prefix(fact).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}
