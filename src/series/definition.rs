//! A metric of the manifest enters; what its measurements are compared with leaves, and what changed in it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::manifest::model::{Direction, Metric};
use crate::manifest::value::Quantity;

/// What measurements are compared with. None of it changes without a recorded reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Definition {
    /// The baseline as the manifest writes it, with its unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<String>,
    /// The unit of the numbers; empty for bare numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// increase or decrease.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<String>,
    /// The window that the baseline was measured over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<String>,
    /// The file that the baseline comes from, or where measurements come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// The quantity whose unit is the metric's: the baseline, else the target.
#[must_use]
pub fn unit_of(metric: &Metric) -> Option<&Quantity> {
    metric.baseline.as_ref().and_then(|b| b.value.as_ref()).or(metric.target.as_ref())
}

/// The direction that a metric should move in: declared, or from baseline to target.
#[must_use]
pub fn direction_of(metric: &Metric) -> Option<Direction> {
    let baseline = metric.baseline.as_ref().and_then(|b| b.value.as_ref());
    let derived = baseline.zip(metric.target.as_ref()).and_then(|(from, to)| {
        let to = to.in_unit_of(from)?;
        match from.number().total_cmp(&to) {
            std::cmp::Ordering::Greater => Some(Direction::Decrease),
            std::cmp::Ordering::Less => Some(Direction::Increase),
            std::cmp::Ordering::Equal => None,
        }
    });
    metric.direction.or(derived)
}

impl Definition {
    /// That of a metric.
    #[must_use]
    pub fn of(metric: &Metric) -> Self {
        let baseline = metric.baseline.as_ref().map(|b| &b.0);
        let direction = direction_of(metric).map(|direction| match direction {
            Direction::Decrease => "decrease".to_owned(),
            Direction::Increase => "increase".to_owned(),
        });
        Self {
            baseline: baseline.and_then(|b| b.value.as_ref()).map(|v| v.text().to_owned()),
            unit: unit_of(metric).map(|q| q.unit().to_owned()),
            direction,
            window: baseline.and_then(|b| b.window).map(|w| w.to_string()),
            source: baseline
                .and_then(|b| b.source.clone())
                .or_else(|| metric.source.as_ref().map(|source| source.text())),
        }
    }

    /// What differs between a recorded definition and this one, as `baseline: 12 min → 15 min`. A quantity that is only written in
    /// another way does not differ.
    #[must_use]
    pub fn differences(&self, now: &Self) -> Vec<String> {
        let same_quantity = |a: &Option<String>, b: &Option<String>| {
            let read = |text: &Option<String>| text.as_deref().and_then(|t| Quantity::parse(t).ok());
            read(a).zip(read(b)).is_some_and(|(a, b)| {
                a.in_unit_of(&b).is_some_and(|a| (a - b.number()).abs() <= 1e-9 * b.number().abs())
            })
        };
        let pairs = [
            ("baseline", &self.baseline, &now.baseline),
            ("unit", &self.unit, &now.unit),
            ("direction", &self.direction, &now.direction),
            ("window", &self.window, &now.window),
            ("source", &self.source, &now.source),
        ];
        let shown = |text: &Option<String>| text.clone().filter(|t| !t.is_empty()).unwrap_or_else(|| "none".to_owned());
        pairs
            .into_iter()
            .filter(|(name, before, after)| before != after && !(*name == "baseline" && same_quantity(before, after)))
            // Filling in where a baseline comes from is no change of it.
            .filter(|(name, before, _)| before.is_some() || !matches!(*name, "window" | "source"))
            .map(|(name, before, after)| format!("{name}: {} → {}", shown(before), shown(after)))
            .collect()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    fn of(text: &str) -> Definition {
        let text = format!("metrics:\n  - {{ id: m, {text} }}\n");
        Definition::of(&crate::manifest::load("aipp.yaml", text.into()).unwrap().manifest.metrics[0])
    }

    #[test]
    fn every_part_that_changes_is_named_and_another_spelling_is_no_change() {
        let before = of("baseline: { value: 12 min, window: 2026-04-01/2026-05-15, source: a.csv }, target: 2 min");
        let after = of("baseline: { value: 1 h, window: 2026-05-01/2026-05-15, source: b.csv }, target: 2 h");
        assert_eq!(
            before.differences(&after),
            [
                "baseline: 12 min → 1 h",
                "unit: min → h",
                "direction: decrease → increase",
                "window: 2026-04-01/2026-05-15 → 2026-05-01/2026-05-15",
                "source: a.csv → b.csv"
            ]
        );
        assert_eq!(
            of("baseline: 12 min, target: 2 min").differences(&of("baseline: 12.0 min, target: 3 min")),
            [""; 0]
        );
        assert_eq!(of("target: 2 min").differences(&of("target: 2 min, baseline: 12 min")).len(), 2);
    }
}
