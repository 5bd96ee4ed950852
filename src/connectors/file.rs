//! A path inside the repository and a mapping enter; the values of a CSV or JSON file leave.

use std::path::{Component, Path};

use super::{Measurement, Request};
use crate::import::{self, Form, Mapping};

/// Reads the file as `aipp metrics import` would.
pub(super) fn pull(request: &Request<'_>, path: &str) -> Result<Vec<Measurement>, String> {
    let inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let root = request.tree.root();
    let leads_in = || {
        let (root, file) = (root.canonicalize().ok()?, root.join(path).canonicalize().ok()?);
        Some(file.starts_with(root))
    };
    if !inside || leads_in() == Some(false) {
        return Err(format!("`{path}` leads out of the repository"));
    }
    let file = request.tree.get(path).ok_or_else(|| format!("there is no file `{path}` in the repository"))?;
    let text = request.tree.text(file).ok_or_else(|| format!("`{path}` cannot be read as text"))?;
    let mapping = Mapping {
        columns: request.source.map.iter().map(|(what, column)| (what.clone(), column.clone())).collect(),
        metric: Some(request.metric.to_owned()),
        unit: request.source.unit.clone(),
        at: None,
        known: Vec::new(),
    };
    let (readings, wrong) = import::read(path, &text, Form::of(path, &text), &mapping, &mut |_| {});
    if let Some(first) = wrong.first() {
        let line = first.at.as_ref().map(|at| format!("line {}: ", at.position().line)).unwrap_or_default();
        return Err(format!("`{path}`: {line}{}", first.message));
    }
    let own = readings.into_iter().filter(|reading| reading.metric == request.metric && reading.at >= request.since);
    own.map(|reading| {
        let value = if reading.value.unit().is_empty() {
            Some(reading.value.number())
        } else {
            reading.value.in_unit_of(request.unit)
        };
        let value = value.ok_or_else(|| {
            format!(
                "`{path}`: `{}` is {}; the metric is {}",
                reading.value,
                reading.value.dimension(),
                request.unit.dimension()
            )
        })?;
        Ok(Measurement { at: reading.at, value })
    })
    .collect()
}
