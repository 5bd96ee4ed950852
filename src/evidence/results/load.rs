//! The figures of one load-test run enter; an event of `load.results` and an item of evidence leave.

use crate::evidence::Proof;
use crate::fact::Node;

use super::moment::Moment;
use super::outcome::{Input, Outcome, Read, Wrong, figure, short};

/// What one run measured. What it did not measure stays out of the facts.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Run {
    pub(super) tool: String,
    pub(super) at: Option<Moment>,
    /// Requests a second.
    pub(super) rps: Option<f64>,
    /// p95 latency in milliseconds.
    pub(super) p95_ms: Option<f64>,
    /// Share of failed requests, 0-1.
    pub(super) error_rate: Option<f64>,
    pub(super) minutes: Option<f64>,
    pub(super) full_size: bool,
    /// It names the version that is deployed, and no other.
    pub(super) current: bool,
    /// Somebody wrote it down, a tool did not.
    pub(super) by_hand: bool,
}

impl Run {
    /// The run as facts.
    pub(super) fn outcome(self, input: &Input<'_>) -> Read {
        let figures = [self.rps, self.p95_ms, self.error_rate, self.minutes];
        if figures.iter().flatten().any(|n| !n.is_finite() || *n < 0.0) || self.error_rate.is_some_and(|e| e > 1.0) {
            return Err(Wrong::new(
                "a rate, a latency, a share or a time in it is negative or too large",
                "write the file again with the tool that made it",
            ));
        }
        let mut said = Vec::new();
        said.extend(self.rps.map(|n| format!("{} requests a second", figure(n))));
        said.extend(self.p95_ms.map(|n| format!("p95 {} ms", figure(n))));
        said.extend(self.error_rate.map(|n| format!("{} % failed", super::outcome::score(n * 100.0))));
        if said.is_empty() || self.full_size {
            said.extend(self.minutes.map(|n| format!("{} minutes", figure(n))));
        }
        if self.full_size {
            said.push("full size".to_owned());
        }
        let mut outcome = Outcome::default();
        let level = if self.by_hand { Proof::Documented } else { Proof::Verified };
        outcome.item(input, "load-test", level, self.at, format!("{}: {}", short(&self.tool), said.join(", ")));
        let mut fields = vec![
            ("tool", Node::from(short(&self.tool))),
            ("full_size", Node::from(self.full_size)),
            ("current", Node::from(self.current)),
        ];
        let measured =
            [("rps", self.rps), ("p95_ms", self.p95_ms), ("error_rate", self.error_rate), ("minutes", self.minutes)];
        fields.extend(measured.into_iter().filter_map(|(name, figure)| Some((name, Node::from(figure?)))));
        outcome.event(input, "load.results", self.at, fields);
        Ok(outcome)
    }
}
