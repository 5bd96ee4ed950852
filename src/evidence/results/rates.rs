//! The text of a test report or an evaluation enters; how many passed, and the named scores, leave, for the history of metrics.

use jiff::Timestamp;
use serde_json::Value;

use super::junit;
use super::outcome::Input;
use super::promptfoo;
use super::versions::Deployed;
use crate::diagnostic::{Code, Diagnostic};
use crate::evidence::tree::Tree;
use crate::fact::Origin;
use crate::manifest::Manifest;

/// What a report says.
#[derive(Debug, Clone, PartialEq)]
pub struct Rates {
    /// When it was made, if it says so (a time without a zone is UTC).
    pub at: Option<Timestamp>,
    /// Passed of those that ran, in per cent; none when nothing ran.
    pub pass_rate: Option<f64>,
    /// Named scores, as means over the cases.
    pub scores: Vec<(String, f64)>,
}

fn percent(passed: u64, all: u64) -> Option<f64> {
    (all > 0).then(|| passed as f64 * 100.0 / all as f64)
}

/// Reads JUnit XML. Skipped cases did not run.
///
/// # Errors
/// What is wrong with it, with its place.
pub fn junit(path: &str, text: &str) -> Result<Rates, Box<Diagnostic>> {
    let (tree, manifest, deployed) = (Tree::default(), Manifest::default(), Deployed::default());
    let input = Input {
        path,
        text,
        tree: &tree,
        origin: Origin::detected(path, None),
        manifest: &manifest,
        deployed: &deployed,
    };
    let outcome = junit::read(&input).map_err(|wrong| Box::new(wrong.diagnostic(path, text, "JUnit report")))?;
    let (passed, ran, at) = junit::tally(&outcome.cases);
    if ran == 0 {
        let none = Diagnostic::error(Code::Malformed, "no test case of the report ran").path(path);
        return Err(Box::new(none.help("name the JUnit XML of a run with at least one case")));
    }
    Ok(Rates { at: at.and_then(super::moment::Moment::timestamp), pass_rate: percent(passed, ran), scores: Vec::new() })
}

/// Whether JSON is promptfoo output.
#[must_use]
pub fn is_promptfoo(value: &Value) -> bool {
    promptfoo::has_stats(value)
}

/// Reads promptfoo output. Errors of a provider did not pass.
///
/// # Errors
/// What is wrong with it.
pub fn promptfoo(path: &str, text: &str, value: &Value) -> Result<Rates, Box<Diagnostic>> {
    let tally = promptfoo::tally(value).map_err(|wrong| Box::new(wrong.diagnostic(path, text, "promptfoo output")))?;
    Ok(Rates {
        at: tally.at.and_then(super::moment::Moment::timestamp),
        pass_rate: percent(tally.passed, tally.all),
        scores: tally.scores,
    })
}
