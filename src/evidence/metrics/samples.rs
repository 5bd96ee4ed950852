//! What the store holds of a metric and the file that its manifest names enter; one list of samples leaves, and where the metric stands.

use std::collections::HashSet;

use crate::diagnostic::{Code, Diagnostic};
use crate::evidence::View;
use crate::evidence::records::read::Read;
use crate::fact::{Node, Origin, Record};
use crate::manifest::model::{Direction, Metric};
use crate::manifest::value::{Day, Quantity};
use crate::series::definition::{Definition, direction_of, unit_of};
use crate::series::guardrail::Bound;
use crate::series::measured::{Points, day_of, start_of};
use crate::series::standing::Guard;
use crate::series::{Standing, Terms, stand};

use super::observations::{Observation, Observations, file_of};

/// The shares of `adoption` that can be recorded like a metric: the id, and the fact.
pub(super) const ADOPTION: [(&str, &str); 3] =
    [("adoption", "share"), ("override-rate", "override_rate"), ("bypass-rate", "bypass_rate")];

/// The samples of one metric.
#[derive(Debug, Default)]
pub(super) struct Samples {
    /// Both sources in one, in the order of time.
    pub(super) points: Points,
    /// From the named file; of a day on which something was recorded, what was recorded counts.
    pub(super) rows: Vec<Observation>,
    /// From the store.
    stored: Points,
    /// The named file.
    path: String,
}

impl Samples {
    /// Those of a metric: first what the store holds, then the rows of the file.
    pub(super) fn of(view: &View<'_>, metric: &Metric) -> Read<Self> {
        let Some(unit) = unit_of(metric) else { return Ok(Self::default()) };
        let mut samples = Self { stored: stored(view, &metric.id, unit)?, ..Self::default() };
        if let Some(file) = file_of(view.tree, metric.history.as_deref()) {
            let days: HashSet<i64> = samples.stored.at.iter().map(|at| start_of(day_of(*at))).collect();
            let mut rows = Observations::read(view.tree, file, unit)?.all;
            rows.retain(|row| !days.contains(&start_of(row.at)));
            (samples.path, samples.rows) = (file.path.clone(), rows);
        }
        let mut points = samples.stored.clone();
        points.at.extend(samples.rows.iter().map(|row| start_of(row.at)));
        points.values.extend(samples.rows.iter().map(|row| row.value));
        points.lines.extend(samples.rows.iter().map(|row| u32::try_from(row.line).unwrap_or(0)));
        samples.points = points.sorted();
        Ok(samples)
    }

    /// The newest of them as dated records with their place, at most `most`.
    pub(super) fn records(&self, place: &str, since: Option<Day>, until: i64, today: Day, most: usize) -> Vec<Record> {
        let since_moment = since.map_or(i64::MIN, start_of);
        let stored = self.stored.at.iter().zip(&self.stored.values).zip(&self.stored.lines).rev().take(most);
        let mut all: Vec<(Day, f64, &str, usize)> = stored
            .filter(|((at, _), _)| **at >= since_moment)
            .map(|((at, value), line)| {
                // What was measured before the end of the reader's day is of that day, wherever midnight is.
                let day = if *at <= until { day_of(*at).min(today) } else { day_of(*at) };
                (day, *value, place, *line as usize)
            })
            .collect();
        let rows = self.rows.iter().filter(|row| since.is_none_or(|since| row.at >= since));
        all.extend(rows.map(|row| (row.at, row.value, self.path.as_str(), row.line)));
        all.sort_by_key(|(day, _, _, line)| std::cmp::Reverse((*day, *line)));
        all.truncate(most);
        let record = |(day, value, path, line): (Day, f64, &str, usize)| {
            let line = Some(line).filter(|line| *line > 0);
            Record::new([("date", day.into()), ("value", value.into())]).from(&Origin::detected(path, line))
        };
        all.into_iter().map(record).collect()
    }
}

/// What the store holds of a metric, in a unit.
fn stored(view: &View<'_>, id: &str, unit: &Quantity) -> Read<Points> {
    let Some(series) = view.measured.series.get(id) else { return Ok(Points::default()) };
    let (points, foreign) = series.points(unit);
    match foreign.first() {
        None => Ok(points),
        Some(other) => {
            let shown = |unit: &str| if unit.is_empty() { "a bare number".to_owned() } else { format!("`{unit}`") };
            let line = if other.line > 0 { format!("line {}: ", other.line) } else { String::new() };
            let more = if other.count > 1 { format!(" ({} values)", other.count) } else { String::new() };
            Err(Box::new(
                Diagnostic::error(
                    Code::MixedDimensions,
                    format!(
                        "{line}`{id}` was measured in {}{more}; the manifest says {}",
                        shown(&other.unit),
                        shown(unit.unit())
                    ),
                )
                .path(view.measured.place.clone())
                .help(format!(
                    "correct the manifest, or say since when it is another unit: `aipp metrics rebaseline {id}`"
                )),
            ))
        }
    }
}

/// Where a metric stands, with its guardrail.
pub(super) fn standing(view: &View<'_>, metric: &Metric, points: &Points) -> Standing {
    let pilot = view.manifest.pilot.as_ref().and_then(|pilot| pilot.start);
    let until = view.measured.until(view.today);
    let mut standing = stand(&Terms::of(metric, pilot), points, view.today, until);
    standing.guardrail = guard(view, metric, points, until);
    standing
}

/// How the guardrail of a metric holds: read from the metric it names, else from this one, else from one of its dimension that its text
/// names.
fn guard(view: &View<'_>, metric: &Metric, own: &Points, until: i64) -> Option<Guard> {
    let guardrail = &metric.guardrail.as_ref()?.0;
    let limit = guardrail.limit.as_deref()?;
    let read = Bound::parse(limit, direction_of(metric))?;
    let dimension = read.limit.dimension();
    let reads = |other: &Metric| unit_of(other).is_some_and(|unit| unit.dimension() == dimension);
    let words = limit.to_lowercase();
    let named = |other: &&Metric| {
        let name = other.name.as_deref().unwrap_or(&other.id).to_lowercase();
        words.contains(&name) || words.contains(&other.id.to_lowercase().replace(['-', '_'], " "))
    };
    let others = &view.manifest.metrics;
    let other = match &guardrail.metric {
        Some(id) => others.iter().find(|other| other.id == *id),
        None => others.iter().filter(|other| other.id != metric.id && reads(other)).find(named),
    };
    let (subject, points) = match other {
        Some(other) => (Some(other), Samples::of(view, other).ok()?.points),
        None => (Some(metric).filter(|m| guardrail.metric.is_none() && reads(m)), own.clone()),
    };
    let mut guard = Guard {
        limit: limit.to_owned(),
        metric: None,
        breaches: 0,
        last_breach: None,
        breached: false,
        action: guardrail.action.clone(),
    };
    if let Some(subject) = subject.filter(|m| reads(m))
        && let Some(unit) = unit_of(subject)
    {
        let bound = Bound::parse(limit, direction_of(subject)).unwrap_or(read);
        let pilot = view.manifest.pilot.as_ref().and_then(|pilot| pilot.start);
        let (at, values) = points.between(pilot.map_or(i64::MIN, start_of), until);
        let crossed = |value: f64| unit.convert(value, &bound.limit).is_some_and(|value| bound.is_crossed(value));
        let mut breaches = at.iter().zip(values).filter(|(_, value)| crossed(**value));
        guard.metric = Some(subject.id.clone());
        guard.breaches = breaches.clone().count();
        guard.last_breach = breaches.next_back().map(|(at, _)| day_of(*at).min(view.today));
        guard.breached = values.last().is_some_and(|value| crossed(*value));
    }
    Some(guard)
}

/// What the manifest changed in a metric since it was recorded, without saying so.
pub(super) fn moved(view: &View<'_>, metric: &Metric) -> Vec<String> {
    let recorded = view.measured.series.get(&metric.id).and_then(|series| series.recorded());
    recorded.map(|recorded| recorded.differences(&Definition::of(metric))).unwrap_or_default()
}

/// The finding about it.
pub(super) fn moved_silently(metric: &Metric, changes: &[String]) -> Diagnostic {
    Diagnostic::warning(
        Code::BaselineMoved,
        format!("`{}` is compared with something else than was recorded: {}", metric.id, changes.join("; ")),
    )
    .help(format!(
        "take the change back, or say why: `aipp metrics rebaseline {} --reason ... --approver ...`",
        metric.id
    ))
}

/// Whether it must rise.
pub(super) fn direction_word(metric: &Metric) -> Option<&'static str> {
    direction_of(metric).map(|direction| match direction {
        Direction::Decrease => "decrease",
        Direction::Increase => "increase",
    })
}

/// The shares of adoption that were recorded, as dated records: one a day that has the share of active people.
pub(super) fn adoption(view: &View<'_>) -> Vec<Record> {
    let Ok(percent) = Quantity::one("%") else { return Vec::new() };
    let declared = |id: &str| view.manifest.metrics.iter().any(|metric| metric.id == id);
    let until = view.measured.until(view.today);
    let of = |id: &str| -> Vec<(Day, f64, u32)> {
        let Some(series) = view.measured.series.get(id).filter(|_| !declared(id)) else { return Vec::new() };
        let points = series.points(&percent).0;
        let all = points.at.iter().zip(&points.values).zip(&points.lines);
        let day = |at: i64| if at <= until { day_of(at).min(view.today) } else { day_of(at) };
        all.map(|((at, value), line)| (day(*at), value / 100.0, *line)).collect()
    };
    let rates = [ADOPTION[1], ADOPTION[2]].map(|(id, fact)| (fact, of(id)));
    of(ADOPTION[0].0)
        .into_iter()
        .map(|(date, share, line)| {
            let mut record = Record::new([("date", date.into()), (ADOPTION[0].1, share.into())]);
            for (fact, list) in &rates {
                let rate: Option<f64> = list.iter().rev().find(|(day, ..)| *day == date).map(|(_, rate, _)| *rate);
                record.set(*fact, Node::from(rate));
            }
            record.from(&Origin::detected(&view.measured.place, Some(line as usize).filter(|line| *line > 0)))
        })
        .collect()
}
