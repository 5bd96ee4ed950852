//! The metric table: what is measured, from where, against which baseline, and the benefit that followed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{is_absent, section};
use crate::manifest::value::{Day, Period, Quantity, Short, Span as Duration, leading};

/// Which way a metric should move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Lower is better.
    #[serde(alias = "down", alias = "lower", alias = "reduce")]
    Decrease,
    /// Higher is better.
    #[serde(alias = "up", alias = "higher", alias = "raise")]
    Increase,
}

/// One row of the metric table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Metric {
    /// Short name for commands and files, unique in the manifest.
    pub id: String,
    /// What it is called.
    #[serde(skip_serializing_if = "is_absent")]
    pub name: Option<String>,
    /// The value before the pilot.
    #[serde(skip_serializing_if = "is_absent")]
    pub baseline: Option<Short<Baseline>>,
    /// The value to reach, of the baseline's dimension.
    #[serde(skip_serializing_if = "is_absent")]
    pub target: Option<Quantity>,
    /// Which way it should move; follows from baseline and target when left out.
    #[serde(skip_serializing_if = "is_absent")]
    pub direction: Option<Direction>,
    /// The day by which the target is reached.
    #[serde(skip_serializing_if = "is_absent")]
    pub deadline: Option<Day>,
    /// Instead of a deadline: how long after the pilot's start, for instance `60 days`.
    #[serde(skip_serializing_if = "is_absent")]
    pub timeline: Option<Duration>,
    /// Who answers for it; the project's owner when left out.
    #[serde(skip_serializing_if = "is_absent")]
    pub owner: Option<String>,
    /// The limit that must hold while the target is chased.
    #[serde(skip_serializing_if = "is_absent")]
    pub guardrail: Option<Short<Guardrail>>,
    /// Where measurements come from: a file in the repository, or a server; `aipp metrics pull` fetches them.
    #[serde(skip_serializing_if = "is_absent")]
    pub source: Option<Short<MetricSource>>,
    /// The file or export with the measurements so far.
    #[serde(skip_serializing_if = "is_absent")]
    pub history: Option<String>,
    /// How the comparison is fair: control group, hold-out, or before and after.
    #[serde(skip_serializing_if = "is_absent")]
    pub comparison: Option<String>,
    /// What one unit of work costs is measured by this metric.
    #[serde(skip_serializing_if = "is_absent")]
    pub unit_cost: Option<bool>,
    /// Prose.
    #[serde(skip_serializing_if = "is_absent")]
    pub note: Option<String>,
}

section! {
    /// Where measurements come from: exactly one of file, prometheus, mlflow and sql.
    MetricSource => file {
        /// A CSV or JSON file in the repository.
        file: Option<String>,
        /// The address of a Prometheus server, or `env` for the one in AIPP_PROMETHEUS_URL. Credentials come from the environment.
        prometheus: Option<String>,
        /// The PromQL query; it gives one series.
        query: Option<String>,
        /// How far the values lie apart: 15m, 1h, 1d (otherwise 1d).
        step: Option<String>,
        /// The address of an MLflow server, or `env` for the one in MLFLOW_TRACKING_URI. Credentials come from the environment.
        mlflow: Option<String>,
        /// The name of the MLflow experiment.
        experiment: Option<String>,
        /// The metric's name in MLflow.
        metric: Option<String>,
        /// A PostgreSQL query that gives two columns, time and value. The database is the one in AIPP_SQL_URL.
        sql: Option<String>,
        /// The unit of the values (otherwise the metric's).
        unit: Option<String>,
        /// For files: where something is, `at: day`, `value: minutes`.
        map: BTreeMap<String, String>,
        /// Nothing before this day (otherwise the pilot's start).
        since: Option<Day>,
    }
}

impl MetricSource {
    /// The source as one text, to see whether it is still the same: a file's path, or the server with what is asked of it.
    #[must_use]
    pub fn text(&self) -> String {
        let parts = [
            ("", &self.file),
            ("prometheus ", &self.prometheus),
            ("mlflow ", &self.mlflow),
            ("sql ", &self.sql),
            ("", &self.experiment),
            ("", &self.metric),
            ("", &self.query),
        ];
        let said = parts.iter().filter_map(|(kind, text)| Some(format!("{kind}{}", text.as_deref()?)));
        said.collect::<Vec<_>>().join(" ")
    }
}

section! {
    /// A baseline and where it comes from.
    Baseline => value {
        /// The value, with its unit.
        value: Option<Quantity>,
        /// The time it was measured over: `2026-04-01/2026-05-15`.
        window: Option<Period>,
        /// How many observations.
        n: Option<u64>,
        /// The observations are all there were, not a sample.
        whole_population: Option<bool>,
        /// The CSV file with the observations (columns at, value and optionally weight).
        source: Option<String>,
        /// How the value follows from the file: mean, median, sum or ratio.
        aggregate: Option<Aggregate>,
        /// Why the value is zero by definition; then nothing needs measuring.
        by_definition: Option<String>,
        /// How a window after the pilot's start was reconstructed, or the control group.
        reconstructed: Option<String>,
    }
}

/// How a baseline follows from its rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Aggregate {
    /// The (weighted) arithmetic mean.
    #[default]
    Mean,
    /// The median.
    Median,
    /// The sum.
    Sum,
    /// Sum of values over sum of weights.
    Ratio,
}

section! {
    /// The harm that is limited while the target is chased.
    Guardrail => limit {
        /// The limit, for instance `5%`; or a sentence with it.
        limit: Option<String>,
        /// What happens when it is crossed.
        action: Option<String>,
        /// The metric it reads, when it is another one.
        metric: Option<String>,
    }
}

section! {
    /// Realised benefit.
    Benefit => note {
        /// The metric it follows from, by id.
        metric: Option<String>,
        /// The value.
        value: Option<Quantity>,
        /// The period.
        period: Option<Period>,
        /// Who confirmed it, outside the project.
        confirmed_by: Option<String>,
        /// Prose.
        note: Option<String>,
    }
}
