//! What commands over metrics have to show: where metrics stand, the rows of one, what was written, what is exported.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::row::Row;
use crate::manifest::value::Day;
use crate::series::Standing;
use crate::series::measured::Points;

/// Where metrics stand: what `aipp metrics status --format json` prints.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MetricsStatus {
    /// Version of this format.
    pub format_version: u32,
    /// Always `metrics`.
    pub kind: &'static str,
    /// The day.
    pub today: Day,
    /// In the order of the manifest.
    pub metrics: Vec<Standing>,
    /// The project, for headings.
    #[serde(skip)]
    #[schemars(skip)]
    pub project: String,
}

/// The rows of one metric: what `aipp metrics history ID --format json` prints.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Rows {
    /// Version of this format.
    pub format_version: u32,
    /// Always `metric-history`.
    pub kind: &'static str,
    /// Where it stands.
    pub metric: Standing,
    /// Samples, retractions and rebaselines by the time that they are about. A sample whose id a retraction names does not count.
    pub rows: Vec<Row>,
    /// The samples in the metric's unit, for the chart.
    #[serde(skip)]
    #[schemars(skip)]
    pub points: Points,
}

impl Rows {
    /// The ids of the samples that were taken back.
    #[must_use]
    pub fn retracted(&self) -> HashSet<Uuid> {
        let taken_back = |row: &Row| match row {
            Row::Retraction(retraction) => Some(retraction.row),
            _ => None,
        };
        self.rows.iter().filter_map(taken_back).collect()
    }
}

/// What a command wrote.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Written {
    /// Version of this format.
    pub format_version: u32,
    /// Always `recorded`.
    pub kind: &'static str,
    /// Where.
    pub store: String,
    /// Rows that were added.
    pub added: usize,
    /// Rows that were there already.
    pub there: usize,
    /// The rows, when they are few.
    pub rows: Vec<Row>,
    /// One sentence for people.
    #[serde(skip)]
    pub said: String,
}

/// Everything that was measured, in the metrics' units.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Export {
    /// Version of this format.
    pub format_version: u32,
    /// Always `measurements`.
    pub kind: &'static str,
    /// The day.
    pub today: Day,
    /// Where the metrics stand.
    #[serde(skip)]
    pub standings: Vec<Standing>,
    /// The samples, metric by metric in the order of time.
    pub samples: Vec<Row>,
}
