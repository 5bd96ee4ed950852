//! The figures of one evaluation run enter; an event of `eval.results`, judged by the manifest's gate, and an item of evidence
//! leave.

use serde_json::Value;

use crate::evidence::Proof;
use crate::fact::Node;
use crate::manifest::Manifest;

use super::fields::{number, plain};
use super::moment::Moment;
use super::outcome::{Input, Outcome, score, short};
use super::versions::{Named, Relation};

/// Names of a gate's metric that mean the share of passed cases, unless the result has a score of that name.
const PASS_RATES: &[&str] = &["passrate", "accuracy", "successrate", "passed", "pass"];

/// A threshold is met when the score equals it, and the mean of binary fractions misses it by a hair.
pub(super) const HAIR: f64 = 1e-9;

/// Scores that are looked at in one result.
const MAX_SCORES: usize = 5_000;

/// What one run found.
#[derive(Debug, Default)]
pub(super) struct Evaluation {
    pub(super) tool: String,
    pub(super) at: Option<Moment>,
    /// Scores by name; a name may be a path such as `task/metric`.
    pub(super) scores: Vec<(String, f64)>,
    /// Cases that passed, failed, and could not be judged.
    pub(super) passes: Option<u64>,
    pub(super) failures: Option<u64>,
    pub(super) errors: u64,
    /// What the result itself says.
    pub(super) verdict: Option<bool>,
    /// The versions it names.
    pub(super) named: Named,
}

impl Evaluation {
    /// Adds the numbers of a map as scores, and those of maps in it by their path.
    pub(super) fn add_scores(&mut self, value: &Value, under: &str, depth: usize) {
        let Value::Object(map) = value else { return };
        for (key, value) in map {
            if self.scores.len() >= MAX_SCORES {
                return;
            }
            let name = if under.is_empty() { key.clone() } else { format!("{under}/{key}") };
            match value {
                Value::Object(_) if depth < 3 => self.add_scores(value, &name, depth + 1),
                // A number that tells runs apart is no score.
                value if !key.contains("stderr") && key != "id" && !key.ends_with("_id") && !key.ends_with("Id") => {
                    self.scores.extend(number(value).map(|n| (name, n)));
                }
                _ => {}
            }
        }
    }

    /// Passed cases as a share of all.
    fn pass_rate(&self) -> Option<f64> {
        let (passes, failures) = (self.passes?, self.failures?);
        let total = passes + failures + self.errors;
        #[expect(clippy::cast_precision_loss, reason = "numbers of cases are small")]
        let rate = passes as f64 / total as f64;
        (total > 0).then_some(rate)
    }

    /// The lowest score of a name, upper and lower case and separators aside; of several tasks the worst counts.
    pub(super) fn score(&self, metric: &str) -> Option<f64> {
        let wanted = plain(metric);
        let is = |name: &str| {
            let last = name.rsplit('/').next().unwrap_or(name);
            // lm-evaluation-harness puts its filter behind a comma.
            let bare = last.split(',').next().unwrap_or(last);
            [name, last, bare].iter().any(|n| plain(n) == wanted) || {
                let path = plain(name.split(',').next().unwrap_or(name));
                wanted.len() > plain(bare).len() && path.ends_with(&wanted)
            }
        };
        self.scores.iter().filter(|(name, _)| is(name)).map(|(_, n)| *n).min_by(f64::total_cmp)
    }

    /// Whether it passed: at or above the gate and without errors; with no gate, when something passed and nothing failed.
    pub(super) fn passed(&self, manifest: &Manifest) -> bool {
        if self.errors > 0 || self.verdict == Some(false) {
            return false;
        }
        let gate = manifest.evals.as_ref().and_then(|e| e.gate.as_ref());
        let metric = gate.and_then(|g| g.metric.as_deref()).filter(|m| !m.trim().is_empty());
        match (metric, gate.and_then(|g| g.min)) {
            (Some(metric), Some(min)) => match self.score(metric) {
                Some(score) => score + HAIR >= min,
                None => PASS_RATES.contains(&plain(metric).as_str()) && self.rate_reaches(min),
            },
            (None, Some(min)) => self.rate_reaches(min),
            (_, None) => match self.failures {
                Some(failures) => failures == 0 && self.passes.unwrap_or_default() > 0,
                None => self.verdict == Some(true),
            },
        }
    }

    /// A least value above 1 is in per cent.
    fn rate_reaches(&self, min: f64) -> bool {
        self.pass_rate().is_some_and(|rate| if min > 1.0 { rate * 100.0 + HAIR >= min } else { rate + HAIR >= min })
    }

    fn because(&self, manifest: &Manifest) -> String {
        let metric = manifest.evals.as_ref().and_then(|e| e.gate.as_ref()).and_then(|g| g.metric.clone());
        let gated = metric.and_then(|m| self.score(&m).map(|n| format!("{m} {}", score(n))));
        let counted = self.passes.zip(self.failures).map(|(passes, failures)| {
            let mut text = format!("{passes} of {} passed", passes + failures + self.errors);
            if self.errors > 0 {
                text.push_str(&format!(", {} with errors", self.errors));
            }
            text
        });
        let mut said: Vec<String> = gated.into_iter().chain(counted).collect();
        if said.is_empty() {
            // Counts and extremes say less than rates and means.
            let telling = |name: &str| {
                !["count", "total", "max", "min", "n"].contains(&name.rsplit(['/', '_']).next().unwrap_or(name))
            };
            let telling: Vec<_> = self.scores.iter().filter(|(name, _)| telling(name)).collect();
            let shown = if telling.is_empty() { self.scores.iter().collect() } else { telling };
            said = shown.into_iter().take(3).map(|(name, n)| format!("{name} {}", score(*n))).collect();
        }
        format!("{}: {}", short(&self.tool), said.iter().map(|s| short(s)).collect::<Vec<_>>().join(", "))
    }

    /// The run as facts. `whole` is the result, in which a deployed version may stand at any key.
    pub(super) fn outcome(self, input: &Input<'_>, whole: &Value) -> Outcome {
        let mut outcome = Outcome::default();
        outcome.item(input, "eval-results", Proof::Verified, self.at, self.because(input.manifest));
        let fields = [
            ("passed", Node::from(self.passed(input.manifest))),
            ("versions_match", Node::from(self.named.relation(input.deployed) == Relation::Same)),
            ("current", Node::from(self.named.current(input.deployed, whole))),
            ("tool", Node::from(short(&self.tool))),
        ];
        outcome.event(input, "eval.results", self.at, fields);
        outcome
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;
    use crate::manifest::load;
    use serde_json::json;

    fn manifest(text: &str) -> Manifest {
        load("aipp.yaml", text.as_bytes().to_vec()).unwrap().manifest
    }

    fn evaluation(value: &Value) -> Evaluation {
        let mut evaluation = Evaluation::default();
        evaluation.add_scores(value, "", 0);
        evaluation
    }

    #[test]
    fn a_metric_is_found_by_its_name_and_the_worst_task_counts() {
        let scores = evaluation(&json!({
            "arc": {"acc,none": 0.81, "acc_stderr,none": 0.01, "acc_norm,none": 0.9},
            "boolq": {"acc,none": 0.74, "alias": "boolq"},
            "Exact Match": "91.5%",
        }));
        assert_eq!(scores.score("ACC"), Some(0.74));
        assert_eq!(scores.score("acc_norm"), Some(0.9));
        assert_eq!(scores.score("arc/acc"), Some(0.81));
        assert_eq!(scores.score("arc.acc"), Some(0.81));
        assert_eq!(scores.score("exact-match"), Some(0.915));
        assert_eq!(scores.score("c"), None);
        assert_eq!(scores.score("acc_stderr"), None);
    }

    #[test]
    fn the_gate_decides_and_errors_never_pass() {
        let gate = manifest("evals: { gate: { metric: accuracy, min: 0.9 } }\n");
        let counted = |passes, failures, errors| Evaluation {
            passes: Some(passes),
            failures: Some(failures),
            errors,
            ..Evaluation::default()
        };
        assert!(counted(9, 1, 0).passed(&gate));
        assert!(!counted(89, 11, 0).passed(&gate));
        assert!(!counted(99, 0, 1).passed(&gate));
        assert!(!counted(0, 0, 0).passed(&gate));
        assert!(counted(95, 5, 0).passed(&manifest("evals: { gate: { metric: pass-rate, min: 95 } }\n")));
        assert!(!counted(9, 1, 0).passed(&manifest("evals: { gate: { metric: faithfulness, min: 0.1 } }\n")));
        assert!(evaluation(&json!({"accuracy": 0.9})).passed(&gate));
        assert!(!Evaluation { verdict: Some(false), ..evaluation(&json!({"accuracy": 0.95})) }.passed(&gate));
    }

    #[test]
    fn without_a_gate_something_must_have_passed() {
        let none = manifest("aipp: 1\n");
        let counted =
            |passes, failures| Evaluation { passes: Some(passes), failures: Some(failures), ..Evaluation::default() };
        assert!(counted(3, 0).passed(&none));
        assert!(!counted(3, 1).passed(&none) && !counted(0, 0).passed(&none));
        assert!(!evaluation(&json!({"accuracy": 0.99})).passed(&none));
    }
}
