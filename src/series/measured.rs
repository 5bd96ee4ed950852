//! What a store holds enters, metric by metric, in whatever units it was written; points in one unit, in the order of time, leave.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Definition;
use crate::manifest::value::{Day, Quantity};

/// The milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;

/// Everything that was measured.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Measured {
    /// What messages call the store, for instance `.aipp/history.jsonl`.
    pub place: String,
    /// By metric id.
    pub series: BTreeMap<String, Series>,
    /// Why it could not be looked at; then nothing here says anything.
    pub unknown: Option<String>,
    /// The last moment that counts, in milliseconds since 1970; the end of the day of the assessment when none.
    pub until: Option<i64>,
}

/// Nothing.
static NONE: Measured = Measured { place: String::new(), series: BTreeMap::new(), unknown: None, until: None };

impl Measured {
    /// Nothing was measured.
    #[must_use]
    pub fn none() -> &'static Self {
        &NONE
    }

    /// The last moment that counts on a day.
    #[must_use]
    pub fn until(&self, today: Day) -> i64 {
        self.until.unwrap_or_else(|| start_of(today) + DAY_MS - 1)
    }
}

/// What was measured of one metric.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    /// The samples, by the unit in which they were written.
    pub runs: Vec<Run>,
    /// What the first of them was compared with.
    pub first: Option<Definition>,
    /// Every rebaseline, oldest first.
    pub rebaselines: Vec<Rebaselined>,
}

/// A rebaseline, as far as arithmetic needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct Rebaselined {
    /// Since when the new definition holds.
    pub date: Day,
    /// The new definition.
    pub after: Definition,
}

/// Samples that were written in one unit. Three lists of equal length: a million samples take 20 MB.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Run {
    /// The unit as it was written.
    pub unit: String,
    /// When, in milliseconds since 1970 (UTC).
    pub at: Vec<i64>,
    /// The values.
    pub values: Vec<f64>,
    /// The line of each in the store, from 1; 0 when the store has no lines.
    pub lines: Vec<u32>,
}

/// Samples that cannot be compared with the metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    /// Their unit.
    pub unit: String,
    /// The line of the first.
    pub line: u32,
    /// How many there are.
    pub count: usize,
}

/// Samples in one unit, in the order of time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Points {
    /// When, in milliseconds since 1970 (UTC), ascending.
    pub at: Vec<i64>,
    /// The values.
    pub values: Vec<f64>,
    /// The line of each in its file, from 1; 0 when it has none.
    pub lines: Vec<u32>,
}

impl Series {
    /// The definition that was recorded last: of the last rebaseline, else of the first sample.
    #[must_use]
    pub fn recorded(&self) -> Option<&Definition> {
        self.rebaselines.last().map(|r| &r.after).or(self.first.as_ref())
    }

    /// How many samples there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.runs.iter().map(|run| run.at.len()).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The samples in a unit. Those of another dimension are named, unless a later rebaseline changed the unit: then they belong to
    /// what was measured before it.
    #[must_use]
    pub fn points(&self, unit: &Quantity) -> (Points, Vec<Foreign>) {
        let changed = self.rebaselines.last().map_or(i64::MIN, |r| start_of(r.date));
        let mut points = Points::default();
        let mut foreign = Vec::new();
        for run in &self.runs {
            let one = Quantity::one(&run.unit).ok().filter(|one| one.dimension() == unit.dimension());
            let Some(one) = one else {
                let late = run.at.iter().zip(&run.lines).filter(|(at, _)| **at >= changed);
                let (count, line) = late.fold((0, u32::MAX), |(n, line), (_, l)| (n + 1, line.min(*l)));
                if count > 0 {
                    foreign.push(Foreign { unit: run.unit.clone(), line, count });
                }
                continue;
            };
            points.at.extend_from_slice(&run.at);
            points.lines.extend_from_slice(&run.lines);
            if one.convert(1.0, unit) == Some(1.0) {
                points.values.extend_from_slice(&run.values);
            } else {
                points.values.extend(run.values.iter().filter_map(|value| one.convert(*value, unit)));
            }
        }
        (points.sorted(), foreign)
    }
}

impl Points {
    /// Puts them in the order of time; of one moment, in the order of their lines.
    #[must_use]
    pub fn sorted(self) -> Self {
        if self.at.is_sorted() {
            return self;
        }
        let mut order: Vec<u32> = (0..u32::try_from(self.at.len()).unwrap_or(u32::MAX)).collect();
        order.sort_unstable_by_key(|i| (self.at[*i as usize], self.lines[*i as usize]));
        Self {
            at: order.iter().map(|i| self.at[*i as usize]).collect(),
            values: order.iter().map(|i| self.values[*i as usize]).collect(),
            lines: order.iter().map(|i| self.lines[*i as usize]).collect(),
        }
    }

    /// Those from one moment to another, both included, as slices of the times and values.
    #[must_use]
    pub fn between(&self, from: i64, until: i64) -> (&[i64], &[f64]) {
        let start = self.at.partition_point(|at| *at < from);
        let end = self.at.partition_point(|at| *at <= until).max(start);
        (&self.at[start..end], &self.values[start..end])
    }
}

/// The first millisecond of a day (UTC).
#[must_use]
pub fn start_of(day: Day) -> i64 {
    day.0.to_zoned(TimeZone::UTC).map_or(0, |z| z.timestamp().as_millisecond())
}

/// The day of a moment (UTC).
#[must_use]
pub fn day_of(at: i64) -> Day {
    Timestamp::from_millisecond(at).map_or_else(|_| Day::default(), |t| Day(t.to_zoned(TimeZone::UTC).date()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    fn run(unit: &str, at: &[i64], values: &[f64]) -> Run {
        let lines = (1..=u32::try_from(at.len()).unwrap()).collect();
        Run { unit: unit.to_owned(), at: at.to_vec(), values: values.to_vec(), lines }
    }

    #[test]
    fn units_are_converted_and_late_rows_find_their_place() {
        let series = Series {
            runs: vec![run("min", &[0, 3 * DAY_MS], &[12.0, 9.0]), run("s", &[2 * DAY_MS, DAY_MS], &[600.0, 690.0])],
            ..Series::default()
        };
        let (points, foreign) = series.points(&Quantity::parse("12 min").unwrap());
        assert_eq!((points.values.as_slice(), foreign.len()), (&[12.0, 11.5, 10.0, 9.0][..], 0));
        assert_eq!(points.at, [0, DAY_MS, 2 * DAY_MS, 3 * DAY_MS]);
        assert_eq!(points.between(DAY_MS, 2 * DAY_MS).1, [11.5, 10.0]);
    }

    #[test]
    fn another_dimension_is_named_unless_a_rebaseline_came_later() {
        let mut series = Series { runs: vec![run("%", &[0, DAY_MS], &[4.0, 3.0])], ..Series::default() };
        let minutes = Quantity::parse("12 min").unwrap();
        assert_eq!(series.points(&minutes).1, [Foreign { unit: "%".to_owned(), line: 1, count: 2 }]);
        series.rebaselines.push(Rebaselined { date: day_of(2 * DAY_MS), after: Definition::default() });
        assert_eq!(series.points(&minutes), (Points::default(), Vec::new()));
    }

    #[test]
    fn days_and_moments_agree() {
        let day = Day::parse("2026-11-22").unwrap();
        assert_eq!(day_of(start_of(day)), day);
        assert_eq!(day_of(start_of(day) - 1), Day::parse("2026-11-21").unwrap());
    }
}
