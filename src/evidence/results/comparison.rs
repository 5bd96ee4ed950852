//! A result with two arms enters, the system and a simpler option; an event of `eval.comparisons` leaves, held against the
//! manifest's margin.

use serde_json::Value;

use crate::fact::Node;
use crate::manifest::Manifest;
use crate::quantity::{Dimension, Quantity};

use super::evaluation::HAIR;
use super::fields::{moment, number, pick, plain, text};
use super::names::Name;
use super::outcome::{Input, Outcome, Read, Wrong};
use super::outline::Outline;

/// Names of the arm under test.
const SYSTEMS: &[&str] = &["system", "candidate", "ai", "model", "treatment", "new", "llm", "agent", "ours"];

/// Names of the simpler option.
const SIMPLER: &[&str] = &[
    "baseline",
    "control",
    "currentprocess",
    "current",
    "heuristic",
    "human",
    "manual",
    "reference",
    "rules",
    "rulesonly",
    "simple",
    "simplebaseline",
    "simpler",
    "simpleroption",
    "statusquo",
];

/// Keys that hold the hash of the data.
const HASHES: &[&str] =
    &["dataset_hash", "dataset_sha256", "data_hash", "datasetHash", "dataset_digest", "sha256", "hash"];

/// Words in the name of a metric that should be low.
const LOW: &[&str] = &[
    "error",
    "loss",
    "latency",
    "cost",
    "time",
    "mae",
    "mse",
    "wer",
    "cer",
    "perplexity",
    "minutes",
    "seconds",
    "defect",
];

/// Numbers of an arm that are no metric.
const NO_METRIC: &[&str] =
    &["n", "count", "cases", "rows", "size", "seed", "total", "correct", "wrong", "passed", "failed"];

/// One arm: its name, its data hash and its metrics.
#[derive(Debug)]
struct Arm {
    name: String,
    hash: Option<String>,
    metrics: Vec<(String, Measured)>,
}

/// A number, or a quantity with its unit.
#[derive(Debug, Clone)]
enum Measured {
    Number(f64),
    Quantity(Quantity),
}

/// By how much one arm is better than the other; below zero when it is worse.
#[derive(Debug)]
enum Difference {
    /// Of bare numbers; large ones are above 1 and may be per cents.
    Plain { by: f64, large: bool },
    /// Of quantities, in the unit of the first.
    Quantity(Quantity),
}

/// Whether a JSON file holds two arms.
pub(super) fn is(outline: &Outline, name: &Name) -> bool {
    if outline.list || outline.more {
        return false;
    }
    let top: Vec<String> = outline.top().map(plain).collect();
    let has = |names: &[&str]| top.iter().any(|key| names.contains(&key.as_str()));
    (outline.has("arms") && (hashed(outline) || name.below_evals()))
        || (has(&["system", "candidate", "treatment", "ai", "llm"]) && has(SIMPLER) && hashed(outline))
}

fn hashed(outline: &Outline) -> bool {
    HASHES.iter().any(|hash| outline.has(hash) || outline.top().any(|top| outline.has(&format!("{top}.{hash}"))))
}

/// Reads a result with two arms.
pub(super) fn read(input: &Input<'_>, value: &Value) -> Read {
    let comparison = input.manifest.evals.as_ref().and_then(|e| e.comparison.as_ref());
    let arms = arms(value);
    let called = comparison.and_then(|c| c.baseline.as_deref()).map(plain);
    let Some((system, simpler)) = roles(&arms, called.as_deref()) else {
        return Err(Wrong::new(
            "it does not hold two arms, the system and the simpler option",
            "write `dataset_hash` and `arms: { system: { METRIC: … }, baseline: { METRIC: … } }`",
        ));
    };
    let whole = hash(value);
    let (one, other) = (system.hash.as_ref().or(whole.as_ref()), simpler.hash.as_ref().or(whole.as_ref()));
    let same_data = one.is_some() && one == other;
    let margin = comparison.and_then(|c| c.margin.as_ref());
    let met = margin.is_some_and(|margin| by(input.manifest, system, simpler).is_some_and(|by| reaches(&by, margin)));
    let mut outcome = Outcome::default();
    let fields = [("same_data", Node::from(same_data)), ("margin_met", Node::from(met))];
    outcome.event(input, "eval.comparisons", moment(value), fields);
    Ok(outcome)
}

fn hash(value: &Value) -> Option<String> {
    let dataset = value.get("dataset").or_else(|| value.get("data"));
    let found = text(value, HASHES).or_else(|| text(dataset?, HASHES))?;
    let found = found.trim().to_ascii_lowercase();
    Some(found.strip_prefix("sha256:").unwrap_or(&found).to_owned())
}

/// The arms: below `arms` as a map or a list, or at the top.
fn arms(value: &Value) -> Vec<Arm> {
    let one = |name: &str, arm: &Value| {
        let holder = pick(arm, &["metrics", "scores", "results"]).filter(|m| m.is_object()).unwrap_or(arm);
        let metrics = holder.as_object().into_iter().flatten().filter_map(|(key, value)| {
            let is_metric = !NO_METRIC.contains(&plain(key).as_str()) && !HASHES.contains(&key.as_str());
            let measured = number(value)
                .filter(|_| value.is_number())
                .map(Measured::Number)
                .or_else(|| Quantity::parse(value.as_str()?).ok().map(Measured::Quantity));
            Some((key.clone(), measured.filter(|_| is_metric)?))
        });
        Arm { name: plain(name), hash: hash(arm), metrics: metrics.collect() }
    };
    let map = match value.get("arms").or_else(|| value.get("results").filter(|r| r.is_object())) {
        Some(Value::Array(list)) => {
            // A list may name an arm and say beside it which of the two it is.
            let role = |arm: &Value| {
                let role = text(arm, &["role", "kind", "arm"])?;
                (SIMPLER.contains(&plain(role).as_str()) || SYSTEMS.contains(&plain(role).as_str()))
                    .then(|| role.to_owned())
            };
            let name = |arm: &Value| role(arm).or_else(|| text(arm, &["name", "arm", "role", "id"]).map(str::to_owned));
            return list.iter().filter_map(|arm| Some(one(&name(arm)?, arm))).collect();
        }
        Some(Value::Object(map)) => map,
        _ => match value.as_object() {
            Some(map) => map,
            None => return Vec::new(),
        },
    };
    let arms = map.iter().filter(|(_, arm)| arm.is_object()).map(|(name, arm)| one(name, arm));
    arms.filter(|arm| !arm.metrics.is_empty()).take(20).collect()
}

/// Which arm is the system and which the simpler option. Of two arms, the one with a known role gives the other its own.
fn roles<'a>(arms: &'a [Arm], called: Option<&str>) -> Option<(&'a Arm, &'a Arm)> {
    let named = |names: &[&str]| arms.iter().find(|arm| names.contains(&arm.name.as_str()));
    let simpler = arms.iter().find(|arm| Some(arm.name.as_str()) == called).or_else(|| named(SIMPLER));
    let system = named(SYSTEMS).filter(|arm| simpler.is_none_or(|s| s.name != arm.name));
    match (system, simpler, arms) {
        (Some(system), Some(simpler), _) => Some((system, simpler)),
        (None, Some(simpler), [one, other]) => Some((if one.name == simpler.name { other } else { one }, simpler)),
        (Some(system), None, [one, other]) => Some((system, if one.name == system.name { other } else { one })),
        _ => None,
    }
}

/// By how much the system is better: the gate's metric when both have it, else the first that both have.
fn by(manifest: &Manifest, system: &Arm, simpler: &Arm) -> Option<Difference> {
    let gate = manifest.evals.as_ref().and_then(|e| e.gate.as_ref()).and_then(|g| g.metric.as_deref()).map(plain);
    let find = |arm: &Arm, name: &str| arm.metrics.iter().find(|(n, _)| plain(n) == name).map(|(_, m)| m.clone());
    let both = |name: &str| Some((find(system, name)?, find(simpler, name)?));
    let name = gate
        .filter(|gate| both(gate).is_some())
        .or_else(|| system.metrics.iter().map(|(name, _)| plain(name)).find(|name| both(name).is_some()))?;
    let (ours, theirs) = both(&name)?;
    // A metric of the manifest says which way is better; else its name does.
    let declared = manifest.metrics.iter().find(|m| plain(&m.id) == name);
    let falls = declared.and_then(|m| {
        let (baseline, target) = (m.baseline.as_ref()?.value.as_ref()?, m.target.as_ref()?);
        Some(target.base() < baseline.base())
    });
    let low = falls.unwrap_or_else(|| LOW.iter().any(|word| name.contains(word)));
    let signed = |ours: f64, theirs: f64| if low { theirs - ours } else { ours - theirs };
    match (ours, theirs) {
        (Measured::Number(ours), Measured::Number(theirs)) => {
            Some(Difference::Plain { by: signed(ours, theirs), large: ours.abs().max(theirs.abs()) > 1.5 })
        }
        (Measured::Quantity(ours), Measured::Quantity(theirs)) => {
            let by = signed(ours.number(), theirs.in_unit_of(&ours)?);
            Quantity::parse(format!("{by} {}", ours.unit()).trim()).ok().map(Difference::Quantity)
        }
        _ => None,
    }
}

/// Whether a difference reaches the margin. The difference of binary fractions is given a hair.
fn reaches(by: &Difference, margin: &Quantity) -> bool {
    match by {
        Difference::Plain { by, large } => {
            let limit = match margin.dimension() {
                // Scores above 1 are per cents themselves.
                Dimension::Share if *large => margin.base() * 100.0,
                Dimension::Share => margin.base(),
                _ => margin.number(),
            };
            by + HAIR >= limit
        }
        Difference::Quantity(by) => by.dimension() == margin.dimension() && by.base() + HAIR >= margin.base(),
    }
}

#[cfg(test)]
mod tests {
    use crate::evidence::results::probe::{found, list, malformed};

    fn manifest(margin: &str) -> String {
        format!(
            "evals:\n  gate: {{ metric: accuracy, min: 0.9 }}\n  comparison: {{ baseline: Rules by supplier, margin: {margin}, results: evals/versus.json }}\n"
        )
    }

    fn comparisons(text: &str, margin: &str) -> Vec<String> {
        list(&found(&[("evals/any.json", text)], &manifest(margin)), "eval.comparisons")
    }

    const ARMS: &str = r#"{"date": "2026-10-12", "dataset_hash": "sha256:9c1185a5", "n": 240,
        "arms": {"system": {"n": 240, "accuracy": 0.94, "cost": 0.01}, "baseline": {"n": 240, "accuracy": 0.89, "cost": 0.0}}}"#;

    #[test]
    fn arms_in_a_list_say_which_they_are() {
        let list = r#"{"date": "2026-10-12", "dataset": {"sha256": "ab"}, "arms": [
            {"name": "intake", "kind": "system", "n": 160, "correct": 154, "score": 0.9625},
            {"name": "template rules", "kind": "baseline", "n": 160, "correct": 131, "score": 0.8188}]}"#;
        assert_eq!(comparisons(list, "5%"), ["date=2026-10-12 margin_met=true same_data=true"]);
        assert_eq!(comparisons(list, "20%"), ["date=2026-10-12 margin_met=false same_data=true"]);
    }

    #[test]
    fn both_arms_on_the_same_data_are_held_against_the_margin() {
        assert_eq!(comparisons(ARMS, "5%"), ["date=2026-10-12 margin_met=true same_data=true"]);
        assert_eq!(comparisons(ARMS, "0.05"), ["date=2026-10-12 margin_met=true same_data=true"]);
        assert_eq!(comparisons(ARMS, "5.1%"), ["date=2026-10-12 margin_met=false same_data=true"]);
        let percent = ARMS.replace("0.94", "94.0").replace("0.89", "89.0");
        assert_eq!(comparisons(&percent, "5%"), ["date=2026-10-12 margin_met=true same_data=true"]);
        assert_eq!(comparisons(&percent, "6%"), ["date=2026-10-12 margin_met=false same_data=true"]);
        assert_eq!(comparisons(&percent, "5"), ["date=2026-10-12 margin_met=true same_data=true"]);
        assert_eq!(comparisons(&percent, "6"), ["date=2026-10-12 margin_met=false same_data=true"]);
    }

    #[test]
    fn arms_may_be_a_list_or_stand_at_the_top_with_hashes_of_their_own() {
        let list = r#"{"timestamp": "2026-10-12T08:00:00Z", "arms": [
            {"name": "extractor v12", "dataset_hash": "AB12", "metrics": {"accuracy": 0.94}},
            {"name": "Rules by supplier", "dataset_hash": "ab12", "metrics": {"accuracy": 0.8}}]}"#;
        assert_eq!(comparisons(list, "5%"), ["date=2026-10-12 margin_met=true same_data=true"]);
        let top = r#"{"date": "2026-10-12", "system": {"dataset_hash": "a", "accuracy": 0.94}, "rules-only": {"dataset_hash": "b", "accuracy": 0.8}}"#;
        assert_eq!(comparisons(top, "5%"), ["date=2026-10-12 margin_met=true same_data=false"]);
        let unhashed = ARMS.replace("dataset_hash", "dataset_name");
        assert_eq!(comparisons(&unhashed, "5%"), ["date=2026-10-12 margin_met=true same_data=false"]);
    }

    #[test]
    fn a_metric_that_should_be_low_is_better_when_it_is_lower() {
        let errors = ARMS
            .replace("\"accuracy\": 0.94", "\"error_rate\": 0.02")
            .replace("\"accuracy\": 0.89", "\"error_rate\": 0.08");
        assert!(comparisons(&errors, "5%")[0].contains("margin_met=true"));
        let worse = ARMS
            .replace("\"accuracy\": 0.94", "\"error_rate\": 0.08")
            .replace("\"accuracy\": 0.89", "\"error_rate\": 0.02");
        assert!(comparisons(&worse, "5%")[0].contains("margin_met=false"));
        let times = r#"{"dataset_hash": "a", "arms": {"system": {"handling_time": "2 min"}, "baseline": {"handling_time": "0.2 h"}}}"#;
        assert!(comparisons(times, "10 min")[0].contains("margin_met=true"));
        assert!(comparisons(times, "11 min")[0].contains("margin_met=false"));
        assert!(comparisons(times, "$1")[0].contains("margin_met=false"));
    }

    #[test]
    fn the_declared_file_must_hold_two_arms_and_may_be_yaml() {
        let yaml = "date: 2026-10-12\ndataset_hash: sha256:9c\narms:\n  system: { accuracy: 0.94 }\n  baseline: { accuracy: 0.8 }\n";
        let declared = manifest("5%").replace("evals/versus.json", "evals/versus.yaml");
        assert_eq!(
            list(&found(&[("evals/versus.yaml", yaml)], &declared), "eval.comparisons"),
            ["date=2026-10-12 margin_met=true same_data=true"]
        );
        let one = r#"{"dataset_hash": "a", "arms": {"system": {"accuracy": 0.9}}}"#;
        assert_eq!(
            malformed(&found(&[("evals/versus.json", one)], &manifest("5%"))),
            ["eval.comparisons evals/versus.json"]
        );
        assert_eq!(
            malformed(&found(&[("evals/versus.json", "{}")], &manifest("5%"))),
            ["eval.comparisons evals/versus.json"]
        );
        assert!(malformed(&found(&[("src/robot.json", "{\"arms\": [{\"name\": \"left\"}]}")], "")).is_empty());
        assert!(malformed(&found(&[("src/other.json", "{\"system\": {\"a\": 1}}")], "")).is_empty());
    }
}
