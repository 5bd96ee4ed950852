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

/// Facts that documents and configurations provide for which there are templates.
const DOCUMENTS: &[&str] = &["documents", "alerts.rules", "policies.permission_files"];

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
    if let Some(found) = disproofs.filter_map(|d| of_rule(check, climb, d.rule(), &d.that)).next() {
        return Some(found);
    }
    for unmet in climb.unmet.iter().filter(|u| u.level <= level) {
        let conditions = || check.documented.iter().chain(&check.verified);
        let failed: Vec<&Condition> = conditions().filter(|c| c.otherwise == unmet.because).collect();
        let found = if failed.is_empty() {
            // Its records have aged: a new one of the kind that the rung rests on.
            conditions().filter_map(|c| record(c.rule(), &c.that)).next()
        } else {
            failed.into_iter().filter_map(|c| of_rule(check, climb, c.rule(), &c.that)).next()
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
        let word =
            named.as_deref().and_then(|command| command.split_once(" --")?.1.split_once(' ')).map(|(_, word)| word);
        one_of && word.is_none_or(|word| of.is_none_or(|of| of.eq_ignore_ascii_case(word)))
    })
}

fn of_rule(check: &Check, climb: &Climb, rule: Result<&Rule, &RuleError>, that: &str) -> Option<String> {
    let asked = rule.ok()?.asked();
    if asked.iter().any(|path| NOT_BY_A_RECORD.iter().any(|fact| path.contains(fact))) {
        return None;
    }
    let is_there = !climb.evidence.is_empty();
    record(rule, that).or_else(|| asks_for_a_document(asked, is_there).then(|| format!("aipp scaffold {}", check.id)))
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

/// Whether a condition asks for a document that there is a template for. What a document lacks that is there, nobody but its
/// authors can write.
fn asks_for_a_document(asked: &BTreeSet<String>, is_there: bool) -> bool {
    let present = |path: &String| path.starts_with("documents.") && path.ends_with(".present");
    let of = |path: &String| DOCUMENTS.iter().any(|fact| is_at(path, fact)) && !is_at(path, "documents.readme");
    asked.iter().any(|path| {
        of(path) && (present(path) || !is_there) && path.contains('.')
            || matches!(path.as_str(), "runbooks" | "edge_cases") && !is_there
    })
}

fn is_at(path: &str, fact: &str) -> bool {
    path.strip_prefix(fact).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;
    use crate::checklist::Catalogue;
    use crate::checklist::ladder::Unmet;
    use crate::scaffold::Library;

    fn climb(level: Level, unmet: &[(Level, &str)]) -> Climb {
        let missing = |&(level, because): &(Level, &str)| Unmet { level, because: because.to_owned() };
        Climb { unmet: unmet.iter().map(missing).collect(), ..Climb::at(level) }
    }

    fn all_of(id: &str) -> Vec<Option<String>> {
        let catalogue = Catalogue::builtin().unwrap();
        let check = catalogue.get(id).unwrap();
        let of =
            |c: &Condition| command(check, &climb(Level::None, &[(Level::Verified, &c.otherwise)]), Level::Verified);
        check.documented.iter().chain(&check.verified).map(of).collect()
    }

    fn names(id: &str) -> Vec<String> {
        let mut all: Vec<String> = all_of(id).into_iter().flatten().collect();
        all.dedup();
        all
    }

    #[test]
    fn the_command_follows_from_the_facts_that_a_condition_asks() {
        for (id, commands) in [
            ("ops-rollback-tested", vec!["aipp scaffold ops-rollback-tested", "aipp log drill --scenario rollback"]),
            ("gov-kill-switch", vec!["aipp log drill --scenario kill-switch"]),
            ("human-job-depends", vec!["aipp log attestation --check human-job-depends"]),
            ("focus-leadership-pick", vec!["aipp log decision --kind selection"]),
            ("ops-team-accepted", vec!["aipp log acceptance"]),
            (
                "skills-agent-orchestration",
                vec!["aipp scaffold skills-agent-orchestration", "aipp log training --course orchestration"],
            ),
            ("ops-gradual-rollout", vec!["aipp log stage"]),
            ("gov-human-approval", vec!["aipp log approval"]),
        ] {
            let found = names(id);
            for command in commands {
                assert!(found.contains(&command.to_owned()), "{id}: {command} is not in {found:?}");
            }
        }
    }

    #[test]
    fn what_no_record_can_mend_has_no_command() {
        let catalogue = Catalogue::builtin().unwrap();
        let of = |id: &str, because: &str| {
            command(
                catalogue.get(id).unwrap(),
                &climb(Level::Documented, &[(Level::Verified, because)]),
                Level::Verified,
            )
        };
        assert_eq!(of("gov-human-approval", "somebody approved their own request in the approvals log"), None);
        assert_eq!(of("skills-gap-plan", "a training action is past its due date and not done"), None);
        // What has aged is done once more.
        let aged = of("ops-rollback-tested", "the newest drill is 121 days old; at most 90");
        assert_eq!(aged.as_deref(), Some("aipp log drill --scenario rollback"));
        let check = catalogue.get("ops-rollback-tested").unwrap();
        assert_eq!(command(check, &climb(Level::Verified, &[]), Level::Verified), None);
    }

    #[test]
    fn every_command_that_is_named_is_one_that_there_is() {
        let catalogue = Catalogue::builtin().unwrap();
        let templates = Library::builtin().unwrap();
        let kinds = ["drill", "attestation", "training", "acceptance", "decision", "stage", "approval"];
        let mut named = 0;
        for check in catalogue.all() {
            for command in names(&check.id) {
                let words: Vec<&str> = command.split(' ').collect();
                let known = match words[1] {
                    "log" => {
                        kinds.contains(&words[2])
                            && matches!(words.get(3), None | Some(&("--scenario" | "--check" | "--kind" | "--course")))
                    }
                    "scaffold" => words[2] == check.id && templates.of(words[2]).next().is_some(),
                    _ => false,
                };
                assert!(known, "{command}");
                named += 1;
            }
        }
        assert!(named >= 30, "{named}");
    }
}
