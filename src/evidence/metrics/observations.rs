//! A CSV file with the columns at, value and optionally weight enters; observations in one unit, and what they come to, leave.

use crate::evidence::records::read::Read;
use crate::evidence::records::table::{Row, Table, all_in_one};
use crate::evidence::tree::{File, Tree};
use crate::manifest::model::Aggregate;
use crate::manifest::value::{Day, Period, Quantity};
use crate::quantity::Dimension;

/// One observation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Observation {
    /// Its day.
    pub(super) at: Day,
    /// Its value in the metric's unit.
    pub(super) value: f64,
    /// How many cases it stands for (for a ratio: what is divided by).
    pub(super) weight: Option<f64>,
    /// Its line.
    pub(super) line: usize,
}

/// Observations of one metric.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Observations {
    /// In the order of the file.
    pub(super) all: Vec<Observation>,
    /// The values are bare numbers of a metric in per cent: shares (0-1) are meant as well as per cents.
    shares: bool,
}

const COLUMNS: &[&str] = &["at", "value", "weight"];

/// The names under which the time of an observation is exported.
const AT: &[&str] = &["at", "date", "timestamp", "time", "day"];

impl Observations {
    /// Reads a file. Bare numbers are in the metric's unit; numbers with a unit are converted to it.
    ///
    /// # Errors
    /// A message with file and line.
    pub(super) fn read(tree: &Tree, file: &File, unit: &Quantity) -> Read<Self> {
        let table = Table::read(tree, file)?;
        let at = table.needs(AT, COLUMNS)?;
        let value = table.needs(&["value"], COLUMNS)?;
        let weight = table.column(&["weight", "n", "count"]);
        let mut observations = Self { all: Vec::new(), shares: *unit.dimension() == Dimension::Share };
        let mut wrong = Vec::new();
        for row in &table.rows {
            let mut read = || -> Read<()> {
                let day = table.given_day(row, at)?;
                table.given(row, value)?;
                let Some(quantity) = table.quantity(row, Some(value))? else { return Ok(()) };
                let has_unit = !quantity.unit().is_empty();
                observations.shares &= !has_unit;
                let value = in_unit(&table, row, &quantity, unit)?;
                let weight = table.number(row, weight)?;
                if weight.is_some_and(|w| w < 0.0) {
                    return Err(table.error(
                        row.line,
                        "the weight is negative",
                        "write how many cases the row stands for",
                    ));
                }
                observations.all.push(Observation { at: day, value, weight, line: row.line });
                Ok(())
            };
            wrong.extend(read().err());
        }
        if let Some(error) = all_in_one(wrong) {
            return Err(error);
        }
        Ok(observations)
    }

    /// Those within a period; all of them without one.
    pub(super) fn within(mut self, period: Option<Period>) -> Self {
        if let Some(period) = period {
            self.all.retain(|o| (period.from..=period.to).contains(&o.at));
        }
        self
    }

    /// How many cases there are: the weights when they are whole numbers, else the rows.
    pub(super) fn cases(&self) -> usize {
        let weights: Option<Vec<f64>> = self.all.iter().map(|o| o.weight).collect();
        match weights {
            Some(weights) if weights.iter().all(|w| w.fract() == 0.0) && !weights.is_empty() => {
                weights.iter().sum::<f64>().min(9e15) as usize
            }
            _ => self.all.len(),
        }
    }

    /// What the observations come to; none when there are none, or nothing to divide by.
    fn aggregate(&self, how: Aggregate) -> Option<f64> {
        if self.all.is_empty() {
            return None;
        }
        let sum: f64 = self.all.iter().map(|o| o.value).sum();
        let whole = |total: f64, weights: f64| (weights > 0.0).then(|| total / weights);
        let weight = |o: &Observation| o.weight.unwrap_or(1.0);
        let weights: f64 = self.all.iter().map(weight).sum();
        match how {
            Aggregate::Sum => Some(sum),
            Aggregate::Mean => whole(self.all.iter().map(|o| o.value * weight(o)).sum(), weights),
            Aggregate::Median => self.median(),
            Aggregate::Ratio => whole(sum, weights),
        }
    }

    /// The value in the middle of the weights.
    fn median(&self) -> Option<f64> {
        let mut sorted: Vec<(f64, f64)> = self.all.iter().map(|o| (o.value, o.weight.unwrap_or(1.0))).collect();
        sorted.retain(|(_, weight)| *weight > 0.0);
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let half = sorted.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
        let mut below = 0.0;
        for (i, (value, weight)) in sorted.iter().enumerate() {
            below += weight;
            if (below - half).abs() <= half * 1e-12 {
                let next = sorted.get(i + 1).map_or(*value, |(next, _)| *next);
                return Some(f64::midpoint(*value, next));
            }
            if below > half {
                return Some(*value);
            }
        }
        None
    }

    /// Whether they come to a value within 2 %, or to exactly zero.
    pub(super) fn recompute(&self, how: Aggregate, declared: f64) -> bool {
        let Some(found) = self.aggregate(how) else { return false };
        // A share of cases that failed is 0.042 in the file and 4.2 in a metric in per cent.
        close(found, declared) || (self.shares && close(found * 100.0, declared))
    }
}

/// Within 2 % of a value; zero must be met exactly.
pub(super) fn close(found: f64, declared: f64) -> bool {
    if declared == 0.0 { found == 0.0 } else { (found - declared).abs() <= declared.abs() * 0.02 * (1.0 + 1e-12) }
}

fn in_unit(table: &Table, row: &Row, quantity: &Quantity, unit: &Quantity) -> Read<f64> {
    if quantity.unit().is_empty() {
        return Ok(quantity.number());
    }
    quantity.in_unit_of(unit).ok_or_else(|| {
        let message = format!("`{quantity}` is {}; the metric is {}", quantity.dimension(), unit.dimension());
        table.error(row.line, message, "write bare numbers in the metric's unit")
    })
}

/// The day of a cell, for messages and sorting.
pub(super) fn newest(observations: &[Observation]) -> Option<Day> {
    observations.iter().map(|o| o.at).max()
}

/// Whether no gap between days is longer than twice the usual one.
pub(super) fn is_gap_free(days: &[Day]) -> bool {
    let mut days: Vec<Day> = days.to_vec();
    days.sort_unstable();
    days.dedup();
    let gaps: Vec<f64> = days
        .windows(2)
        .filter_map(|pair| match pair {
            [a, b] => a.0.until(b.0).ok().map(|span| f64::from(span.get_days())),
            _ => None,
        })
        .collect();
    let Some(usual) = crate::evidence::records::median(gaps.clone()) else { return false };
    gaps.iter().all(|gap| *gap <= 2.0 * usual)
}

/// Whether a text of the manifest is the path of a table in the repository.
pub(super) fn file_of<'t>(tree: &'t Tree, path: Option<&str>) -> Option<&'t File> {
    tree.get(path?.trim()).filter(|file| !tree.is_unfinished(file))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;
    use crate::evidence::records::table::day_of;

    fn read(text: &str, unit: &str) -> Read<Observations> {
        let tree = Tree::of([("m.csv", text.to_owned())]);
        Observations::read(&tree, tree.get("m.csv").unwrap(), &Quantity::parse(unit).unwrap())
    }

    #[test]
    fn aggregates_follow_from_the_rows() {
        let rows = read("At,Value,Weight\n2026-04-01,10,1\n2026-04-02,14,3\n2026-04-03,30,1\n", "12 min").unwrap();
        assert_eq!(rows.aggregate(Aggregate::Mean), Some(82.0 / 5.0));
        assert_eq!(rows.aggregate(Aggregate::Median), Some(14.0));
        assert_eq!(rows.aggregate(Aggregate::Sum), Some(54.0));
        assert_eq!(rows.aggregate(Aggregate::Ratio), Some(54.0 / 5.0));
        assert_eq!(rows.cases(), 5);
        let even = read("at,value\n2026-04-01,1\n2026-04-02,2\n2026-04-02,4\n2026-04-02,9\n", "1").unwrap();
        assert_eq!(even.aggregate(Aggregate::Median), Some(3.0));
        assert_eq!(even.cases(), 4);
        assert_eq!(read("at,value\n", "1").unwrap().aggregate(Aggregate::Mean), None);
        assert_eq!(read("at,value,weight\n2026-04-01,1,0\n", "1").unwrap().aggregate(Aggregate::Ratio), None);
    }

    #[test]
    fn units_are_converted_and_shares_are_understood() {
        let hours = read("at,value\n2026-04-01,0.2 h\n2026-04-02,720 s\n2026-04-02,12\n", "12 min").unwrap();
        assert!(hours.recompute(Aggregate::Mean, 12.0));
        let outcomes = "at,value\n2026-04-01,0\n2026-04-01,0\n2026-04-01,1\n2026-04-01,0\n";
        assert!(read(outcomes, "25%").unwrap().recompute(Aggregate::Mean, 25.0));
        assert!(!read(outcomes, "25 min").unwrap().recompute(Aggregate::Mean, 25.0));
        let counts = "at,value,weight\n2026-04-01,42,1000\n";
        assert!(read(counts, "4.2%").unwrap().recompute(Aggregate::Ratio, 4.2));
        assert!(read("at,value\n2026-04-01,4.2%\n", "4.2%").unwrap().recompute(Aggregate::Mean, 4.2));
        assert!(read("at,value\n2026-04-01,$3 EUR\n", "$3").is_err());
        assert!(read("at,value\n2026-04-01,3 kg\n", "$3").unwrap_err().message.contains("kg"));
    }

    #[test]
    fn two_per_cent_is_close_and_zero_is_exact() {
        assert!(close(12.24, 12.0) && close(11.76, 12.0) && !close(12.2401, 12.0));
        assert!(close(0.0, 0.0) && !close(0.0001, 0.0) && close(-10.1, -10.0));
    }

    #[test]
    fn wrong_rows_are_said_with_their_line() {
        for (text, line, said) in [
            ("at,value\n2026-04-01,12\nyesterday,12\n", 3, "yesterday"),
            ("at,value\n2026-04-01,abc\n", 2, "abc"),
            ("at,value\n2026-04-01,\n", 2, "empty"),
            ("at,value,weight\n2026-04-01,1,-2\n", 2, "negative"),
            ("when,value\n2026-04-01,1\n", 1, "`at` is missing"),
        ] {
            let error = read(text, "12 min").unwrap_err();
            assert!(error.message.contains(said), "{}", error.message);
            assert_eq!(error.at.unwrap().position().line, line, "{text}");
        }
        assert!(read("", "1").unwrap_err().message.contains("empty"));
    }

    #[test]
    fn a_series_is_gap_free_when_no_gap_is_twice_the_usual() {
        let free = |days: &[&str]| is_gap_free(&days.iter().map(|d| day_of(d).unwrap()).collect::<Vec<_>>());
        assert!(free(&["2026-09-01", "2026-09-08", "2026-09-15", "2026-09-29"]));
        assert!(!free(&["2026-09-01", "2026-09-08", "2026-09-15", "2026-09-30"]));
        assert!(free(&["2026-09-15", "2026-09-01"]));
        assert!(!free(&["2026-09-15"]) && !free(&["2026-09-15", "2026-09-15"]));
    }
}
