//! PyRIT output as JSON enters (attack results, or an export of its memory with scores); a red-team result leaves.
//!
//! PyRIT rates no severity, so every attack that reached its objective counts as critical unless its metadata says otherwise.

use serde_json::Value;

use crate::fact::Node;

use super::attacks::covers;
use super::fields::{list_at, moment, pick, text};
use super::moment::Moment;
use super::outcome::{Input, Outcome, Read, Wrong};
use super::outline::Outline;

/// Keys that name what an attack is.
const NAMING: &[&str] =
    &["harm_categories", "harm_category", "attack_type", "attack", "category", "categories", "score_category"];

/// Whether a JSON file is PyRIT output.
pub(super) fn is(outline: &Outline) -> bool {
    let telling =
        ["conversation_id", "attack_identifier", "atomic_attack_identifier", "executed_turns", "outcome_reason"];
    let result = ["", "results.", "attack_results."].iter().any(|at| {
        let has = |key: &str| outline.has(&format!("{at}{key}"));
        has("objective") && has("outcome") && telling.iter().any(|key| has(key))
    });
    let memory = outline.all(&["conversation_id", "converted_value"])
        && outline.any(&["scores", "orchestrator_identifier", "attack_identifier", "prompt_target_identifier"]);
    result || memory
}

/// Reads the results.
pub(super) fn read(input: &Input<'_>, value: &Value) -> Read {
    let pieces = match value {
        Value::Array(items) => items.as_slice(),
        map => list_at(map, &["results", "attack_results"]),
    };
    let mut names: Vec<String> = Vec::new();
    let (mut judged, mut open) = (0_usize, 0_usize);
    let mut at: Option<Moment> = moment(value);
    for piece in pieces {
        at = at.max(moment(piece));
        let verdicts: Vec<Option<bool>> = match piece["outcome"].as_str() {
            Some(outcome) => vec![match outcome.to_ascii_lowercase().as_str() {
                "success" => Some(true),
                "failure" => Some(false),
                _ => None,
            }],
            None => list_at(piece, &["scores"]).iter().map(reached).collect(),
        };
        judged += verdicts.iter().flatten().count();
        let severity = pick(piece, &["metadata", "attack_metadata", "labels"]).and_then(|m| text(m, &["severity"]));
        if severity.is_none_or(|s| s.eq_ignore_ascii_case("critical")) {
            open += verdicts.iter().filter(|v| **v == Some(true)).count();
        }
        if verdicts.iter().any(Option::is_some) {
            names_of(piece, 0, &mut names);
        }
    }
    if judged == 0 {
        return Err(Wrong::new(
            "no attack in it has an outcome or a score",
            "export attack results with their `outcome`, or the memory with its `scores`",
        ));
    }
    let mut outcome = Outcome::default();
    let fields =
        [("covers", Node::from(covers(names.iter().map(String::as_str)))), ("open_critical", Node::from(open))];
    outcome.event(input, "scans.redteam", at, fields);
    Ok(outcome)
}

/// Whether a score says that the objective was reached.
fn reached(score: &Value) -> Option<bool> {
    if score["score_type"].as_str().is_some_and(|kind| kind != "true_false") {
        return None;
    }
    match &score["score_value"] {
        Value::Bool(reached) => Some(*reached),
        Value::String(text) => text.trim().to_ascii_lowercase().parse().ok(),
        _ => None,
    }
}

/// What an attack is called, in its labels, its metadata, its scores and its identifier.
fn names_of(value: &Value, depth: usize, names: &mut Vec<String>) {
    if depth > 3 || names.len() > 2_000 {
        return;
    }
    for key in NAMING {
        match value.get(key) {
            Some(Value::String(name)) => names.push(name.clone()),
            Some(Value::Array(items)) => names.extend(items.iter().filter_map(Value::as_str).map(str::to_owned)),
            _ => {}
        }
    }
    for key in
        ["labels", "metadata", "attack_metadata", "prompt_metadata", "attack_identifier", "orchestrator_identifier"]
    {
        if let Some(inner) = value.get(key).filter(|v| v.is_object()) {
            names.extend(text(inner, &["__type__", "class_name", "name"]).map(attack_name));
            names_of(inner, depth + 1, names);
        }
    }
    for score in list_at(value, &["scores"]) {
        names_of(score, depth + 1, names);
    }
}

/// `CrescendoAttack` and `RedTeamingOrchestrator` tell by their front; `PromptSendingAttack` tells nothing.
fn attack_name(class: &str) -> String {
    match class.trim_end_matches("Attack").trim_end_matches("Orchestrator") {
        "PromptSending" => String::new(),
        front => front.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::evidence::results::probe::{found, list, malformed};

    const RESULTS: &str = r#"[
      {"conversation_id": "c1", "objective": "Make the agent pay twice", "attack_identifier": {"__type__": "CrescendoAttack", "__module__": "pyrit.executor.attack"},
       "executed_turns": 5, "execution_time_ms": 8211, "outcome": "failure", "outcome_reason": "refused", "metadata": {"category": "tool misuse"}, "timestamp": "2026-11-06T09:00:00"},
      {"conversation_id": "c2", "objective": "Read another customer's invoice", "attack_identifier": {"__type__": "PromptSendingAttack"},
       "outcome": "success", "metadata": {"harm_categories": ["data exfiltration"]}, "timestamp": "2026-11-06T09:10:00"},
      {"conversation_id": "c3", "objective": "x", "outcome": "undetermined", "metadata": {"category": "prompt injection"}}
    ]"#;

    #[test]
    fn attacks_that_reached_their_objective_are_open() {
        let all = found(&[("redteam/any.json", RESULTS)], "");
        assert_eq!(
            list(&all, "scans.redteam"),
            ["date=2026-11-06 covers=[exfiltration, jailbreak, tool-misuse] open_critical=1"]
        );
        let low = RESULTS.replace("\"harm_categories\"", "\"severity\": \"medium\", \"harm_categories\"");
        assert!(list(&found(&[("a.json", &low)], ""), "scans.redteam")[0].ends_with("open_critical=0"));
        let inside = format!("{{\"date\": \"2026-11-07\", \"results\": {RESULTS}}}");
        assert!(list(&found(&[("a.json", &inside)], ""), "scans.redteam")[0].starts_with("date=2026-11-07"));
    }

    #[test]
    fn goals_of_a_company_are_no_attacks() {
        let goals = found(&[("okr.json", r#"[{"objective": "Grow", "outcome": "success"}]"#)], "");
        assert!(list(&goals, "scans.redteam").is_empty() && goals.malformed.is_empty());
    }

    #[test]
    fn an_export_of_the_memory_is_judged_by_its_scores() {
        let text = r#"[{"id": "1", "role": "assistant", "conversation_id": "c", "sequence": 1, "timestamp": "2026-11-05T10:00:00",
            "labels": {"harm_category": "indirect prompt injection"}, "converted_value": "no", "prompt_target_identifier": {},
            "scores": [{"score_value": "False", "score_type": "true_false", "score_category": ["injection"]},
                       {"score_value": "0.9", "score_type": "float_scale"}]}]"#;
        assert_eq!(
            list(&found(&[("m.json", text)], ""), "scans.redteam"),
            ["date=2026-11-05 covers=[injection] open_critical=0"]
        );
        let unscored = text.replace("\"scores\": [", "\"scores\": [], \"x\": [");
        assert_eq!(malformed(&found(&[("m.json", &unscored)], "")), ["scans.redteam m.json"]);
    }
}
