//! How good it is and stays: evaluation, edge cases, drift.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{is_absent, section};
use crate::manifest::value::{Day, Quantity, Short, leading};

section! {
    /// Evaluation.
    Evals => note {
        /// The data it is evaluated on.
        datasets: Vec<Short<EvalDataset>>,
        /// The comparison with a simpler option.
        comparison: Option<Short<Comparison>>,
        /// The threshold that blocks a change.
        gate: Option<Short<EvalGate>>,
        /// Groups and segments, each with its floor.
        slices: Vec<Short<Slice>>,
        /// Prose.
        note: Option<String>,
    }
}

section! {
    /// Data for evaluation.
    EvalDataset => path {
        /// Its name.
        name: Option<String>,
        /// Its path in the repository.
        path: Option<String>,
        /// Where the rows come from.
        source: Option<String>,
        /// When they were sampled.
        sampled_on: Option<Day>,
        /// How: random, stratified.
        method: Option<String>,
        /// How many rows.
        n: Option<u64>,
        /// Share of malformed rows, for instance `8%`.
        messy_share: Option<Quantity>,
        /// Share of made-up rows.
        synthetic_share: Option<Quantity>,
        /// Its sha256.
        hash: Option<String>,
        /// The document that describes it.
        datasheet: Option<String>,
    }
}

section! {
    /// The comparison with a simpler option.
    Comparison => baseline {
        /// The simpler option.
        baseline: Option<String>,
        /// By how much it must be beaten, in the unit of the metric.
        margin: Option<Quantity>,
        /// The file with both results.
        results: Option<String>,
    }
}

section! {
    /// The evaluation gate.
    EvalGate => metric {
        /// The metric.
        metric: Option<String>,
        /// Its least value.
        min: Option<f64>,
        /// The workflow that enforces it.
        workflow: Option<String>,
    }
}

section! {
    /// A group or segment.
    Slice => name {
        /// Its name.
        name: Option<String>,
        /// The least value.
        floor: Option<f64>,
        /// The metric; the gate's when left out.
        metric: Option<String>,
        /// Why it matters.
        rationale: Option<String>,
    }
}

section! {
    /// The register of edge cases.
    EdgeCases => file {
        /// The file.
        file: Option<String>,
    }
}

section! {
    /// Monitoring.
    Monitoring => note {
        /// Drift monitoring.
        drift: Option<Short<Drift>>,
        /// Prose.
        note: Option<String>,
    }
}

section! {
    /// Drift monitoring.
    Drift => note {
        /// What is watched: input, output, provider-version, age.
        signals: Vec<String>,
        /// The threshold of each.
        thresholds: BTreeMap<String, String>,
        /// Prose.
        note: Option<String>,
    }
}
