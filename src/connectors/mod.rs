//! A metric's `source` enters; values leave, all of them or none with the reason. Only asked for by `aipp metrics pull`.
//!
//! Which server is asked may stand in a manifest, and a manifest is written by whoever may change the repository. So credentials come
//! from the environment together with the address that they are for, and go nowhere else.

mod file;
mod http;
mod mlflow;
mod prometheus;
#[cfg(feature = "postgres")]
mod sql;

use std::time::Duration;

use jiff::Timestamp;

use crate::evidence::tree::Tree;
use crate::manifest::model::MetricSource;
use crate::quantity::Quantity;

/// More values of one metric than these are not taken at once.
const MAX_VALUES: usize = 100_000;

/// Looks up a variable of the environment; the library does not read it by itself.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What is asked for.
pub struct Request<'a> {
    /// The metric's id.
    pub metric: &'a str,
    /// Where its measurements come from.
    pub source: &'a MetricSource,
    /// The metric's unit.
    pub unit: &'a Quantity,
    /// Nothing before this moment.
    pub since: Timestamp,
    /// Nothing after this moment.
    pub until: Timestamp,
    /// The files of the repository.
    pub tree: &'a Tree,
    /// How long one question may take.
    pub patience: Duration,
    /// Addresses and credentials.
    pub environment: Environment<'a>,
}

/// Whether a source is reached over the network.
#[must_use]
pub fn is_remote(source: &MetricSource) -> bool {
    source.prometheus.is_some() || source.mlflow.is_some() || source.sql.is_some()
}

/// What a source is called in rows.
#[must_use]
pub fn name(source: &MetricSource) -> &'static str {
    match source {
        MetricSource { prometheus: Some(_), .. } => "prometheus",
        MetricSource { mlflow: Some(_), .. } => "mlflow",
        MetricSource { sql: Some(_), .. } => "sql",
        _ => "file",
    }
}

/// Fetches what a source has. Everything that is not exactly what was expected is a reason to take nothing.
///
/// # Errors
/// Why nothing is known, in one sentence without secrets.
pub fn pull(request: &Request<'_>) -> Result<Vec<Measurement>, String> {
    let source = request.source;
    let named = [&source.prometheus, &source.mlflow, &source.sql, &source.file].into_iter().flatten().count();
    if named != 1 {
        return Err("`source` names exactly one of prometheus, mlflow, sql and file".to_owned());
    }
    let values = match source {
        MetricSource { prometheus: Some(server), .. } => prometheus::pull(request, server),
        MetricSource { mlflow: Some(server), .. } => mlflow::pull(request, server),
        #[cfg(feature = "postgres")]
        MetricSource { sql: Some(query), .. } => sql::pull(request, query),
        #[cfg(not(feature = "postgres"))]
        MetricSource { sql: Some(_), .. } => Err("this build of aipp has no SQL connector".to_owned()),
        MetricSource { file: Some(path), .. } => file::pull(request, path),
        _ => Err("there is no source".to_owned()),
    }?;
    if values.len() > MAX_VALUES {
        return Err(format!("it has more than {MAX_VALUES} values"));
    }
    // What is measured while the question is asked is not of the future.
    let until = request.until.checked_add(request.patience).unwrap_or(Timestamp::MAX);
    if let Some(late) = values.iter().find(|value| value.at > until) {
        return Err(format!("it has a value of the future ({})", late.at));
    }
    Ok(values)
}

impl Request<'_> {
    /// A number of the source in the metric's unit.
    fn measurement(&self, at: Timestamp, number: f64) -> Result<Measurement, String> {
        let value = match self.source.unit.as_deref() {
            None => Some(number),
            Some(unit) => Quantity::one(unit).map_err(|error| error.to_string())?.convert(number, self.unit),
        };
        let value = value.ok_or_else(|| format!("its unit is not one of {}", self.unit.dimension()))?;
        if !value.is_finite() {
            return Err(format!("the value at {at} is no number"));
        }
        Ok(Measurement { at, value })
    }
}

/// One value in the metric's unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measurement {
    /// When it was measured.
    pub at: Timestamp,
    /// The value.
    pub value: f64,
}
