//! A metric's terms and its points enter; where it stands on a day leaves: now, rates, projection with its interval, one word.
//!
//! `docs/metrics.md` defines the words; this file is that page as code.

use jiff::ToSpan as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use super::definition::{direction_of, unit_of};
use super::measured::{DAY_MS, Points, day_of, start_of};
use super::trend::{Trend, Z80, median, theil_sen};
use crate::manifest::model::{Direction, Metric};
use crate::manifest::value::{Day, Quantity};

/// Fewer measured days than these show no trend: three points lie in one order by chance one time in three, five one time in sixty.
pub const ENOUGH: usize = 5;

/// The trend looks back this many days from the newest measurement,
const WINDOW_DAYS: i64 = 56;

/// or over this many measured days where that is longer.
const WINDOW_POINTS: usize = 8;

/// A measurement older than this is stale, or older than twice the usual gap where that is longer.
const FRESH_DAYS: i64 = 14;

/// A metric that has lost more than this share of its way again has regressed; less is noise.
const SETBACK: f64 = 0.1;

/// A date later than this many days from today is never.
const HORIZON_DAYS: f64 = 20.0 * 365.25;

/// The points of a sparkline.
const SPARK: usize = 24;

/// Where a metric stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// The newest measurement reaches the target.
    Met,
    /// At the trend of the last eight weeks, with its interval, the target is reached by the deadline.
    OnTrack,
    /// The deadline lies within the interval: it can be reached, and it can be missed.
    AtRisk,
    /// Even the early end of the interval misses the deadline, or the deadline has passed.
    OffTrack,
    /// It had reached the target, or was at its baseline, and has lost a tenth of the way or more since.
    Regressed,
    /// The newest measurement is too old to say anything about today.
    Stale,
    /// Nothing was measured, or too little to show a trend.
    NoData,
}

impl State {
    /// The word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::OnTrack => "on-track",
            Self::AtRisk => "at-risk",
            Self::OffTrack => "off-track",
            Self::Regressed => "regressed",
            Self::Stale => "stale",
            Self::NoData => "no-data",
        }
    }
}

/// What a metric is held to.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// The unit of the numbers below.
    pub unit: String,
    /// Before the pilot.
    pub baseline: Option<f64>,
    /// To be reached.
    pub target: Option<f64>,
    /// Which way it should move.
    pub direction: Option<Direction>,
    /// By when.
    pub deadline: Option<Day>,
    /// Since when measurements count.
    pub since: Option<Day>,
}

impl Terms {
    /// Those of a metric. Its measurements count from the first day of the pilot.
    #[must_use]
    pub fn of(metric: &Metric, pilot: Option<Day>) -> Self {
        let unit = unit_of(metric);
        let convert = |value: Option<&Quantity>| value?.in_unit_of(unit?);
        Self {
            id: metric.id.clone(),
            name: metric.name.clone(),
            unit: unit.map(|q| q.unit().to_owned()).unwrap_or_default(),
            baseline: convert(metric.baseline.as_ref().and_then(|b| b.value.as_ref())),
            target: convert(metric.target.as_ref()),
            direction: direction_of(metric),
            deadline: metric.deadline.or_else(|| metric.timeline.as_ref()?.after(pilot?)),
            since: pilot,
        }
    }
}

/// Where a metric stands on a day.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Standing {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// The unit of the numbers.
    pub unit: String,
    /// Before the pilot.
    pub baseline: Option<f64>,
    /// To be reached.
    pub target: Option<f64>,
    /// The newest measurement.
    pub now: Option<f64>,
    /// The share of the way from baseline to target: 0 at the baseline, 1 at the target, negative on the wrong side.
    pub share: Option<f64>,
    /// By when.
    pub deadline: Option<Day>,
    /// Units a week from today to reach the target on the deadline; null when it is met, or no day is left.
    #[serde(serialize_with = "tidy")]
    pub needed_rate: Option<f64>,
    /// Units a week of the trend; null with fewer than five measured days.
    #[serde(serialize_with = "tidy")]
    pub actual_rate: Option<f64>,
    /// When the trend reaches the target; null when it does not, or when there is none.
    pub projected: Option<Day>,
    /// The earliest and the latest day within an interval of 80 %; the latest is null when the slow end never arrives. Null without a trend.
    pub interval: Option<[Option<Day>; 2]>,
    /// met, on-track, at-risk, off-track, regressed, stale or no-data.
    pub state: State,
    /// Measurements since the pilot began.
    pub samples: usize,
    /// The day of the newest.
    pub last: Option<Day>,
    /// Why it is in that state.
    pub because: String,
    /// increase or decrease.
    pub direction: Option<Direction>,
    /// Its guardrail, when it has one whose limit is a number.
    pub guardrail: Option<Guard>,
    /// The course so far, at most 24 points, oldest first.
    #[serde(skip)]
    #[schemars(skip)]
    pub course: Vec<f64>,
}

/// How a guardrail holds.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Guard {
    /// The limit as the manifest writes it.
    pub limit: String,
    /// The metric whose measurements it reads; null when no recorded metric is of its dimension.
    pub metric: Option<String>,
    /// How many measurements crossed it.
    pub breaches: usize,
    /// The newest of them.
    pub last_breach: Option<Day>,
    /// Whether the newest measurement crosses it.
    pub breached: bool,
    /// What is to be done then.
    pub action: Option<String>,
}

/// Rates with six digits: more would be noise.
#[expect(clippy::ref_option, reason = "serde calls it so")]
fn tidy<S: Serializer>(rate: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    rate.map(six_digits).serialize(serializer)
}

fn six_digits(number: f64) -> f64 {
    if number == 0.0 || !number.is_finite() {
        return number;
    }
    format!("{number:.5e}").parse().unwrap_or(number)
}

/// Medians of the days on which something was measured, as (day since 1970, median).
#[must_use]
pub fn daily(at: &[i64], values: &[f64]) -> Vec<(i64, f64)> {
    let mut days = Vec::new();
    let mut of_day: Vec<f64> = Vec::new();
    let mut from = 0;
    for group in at.chunk_by(|a, b| a.div_euclid(DAY_MS) == b.div_euclid(DAY_MS)) {
        of_day.clear();
        of_day.extend_from_slice(&values[from..from + group.len()]);
        from += group.len();
        days.extend(group.first().map(|at| at.div_euclid(DAY_MS)).zip(median(&mut of_day)));
    }
    days
}

/// Judges a metric. `until` is the last moment that counts, in milliseconds since 1970; `today` the day of it in the reader's calendar.
#[must_use]
pub fn stand(terms: &Terms, points: &Points, today: Day, until: i64) -> Standing {
    let (at, values) = points.between(terms.since.map_or(i64::MIN, start_of), until);
    let days = daily(at, values);
    let now = newest(at, values);
    let last = at.last().map(|at| day_of(*at).min(today));
    let way = Way::of(terms, days.first().map(|d| d.1));
    let share = now.and_then(|now| way.share(now)).map(six_digits);
    let mut standing = Standing {
        id: terms.id.clone(),
        name: terms.name.clone(),
        unit: terms.unit.clone(),
        baseline: terms.baseline,
        target: terms.target,
        now,
        share,
        deadline: terms.deadline,
        needed_rate: None,
        actual_rate: None,
        projected: None,
        interval: None,
        state: State::NoData,
        samples: at.len(),
        last,
        because: String::new(),
        direction: terms.direction,
        guardrail: None,
        course: course(&days),
    };
    (standing.state, standing.because) = judge(&mut standing, &way, &days, today);
    standing
}

/// The value of the newest moment; the median of several values of that moment.
fn newest(at: &[i64], values: &[f64]) -> Option<f64> {
    let last = *at.last()?;
    let from = at.partition_point(|at| *at < last);
    median(&mut values[from..].to_vec())
}

/// From where to where a metric goes.
struct Way {
    from: Option<f64>,
    to: Option<f64>,
    /// 1 when it must rise, -1 when it must fall; none when it must stay.
    sign: Option<f64>,
}

impl Way {
    fn of(terms: &Terms, first: Option<f64>) -> Self {
        let derived = |from: Option<f64>| match from?.total_cmp(&terms.target?) {
            std::cmp::Ordering::Less => Some(1.0),
            std::cmp::Ordering::Greater => Some(-1.0),
            std::cmp::Ordering::Equal => None,
        };
        let declared = terms.direction.map(|direction| if direction == Direction::Increase { 1.0 } else { -1.0 });
        // Without a baseline the first measurement says from where it comes.
        let from = if terms.baseline.is_none() && declared.is_none() { derived(first) } else { None };
        Self { from: terms.baseline, to: terms.target, sign: declared.or_else(|| derived(terms.baseline)).or(from) }
    }

    fn share(&self, value: f64) -> Option<f64> {
        let (from, to) = self.from.zip(self.to)?;
        (from != to).then(|| (value - from) / (to - from))
    }

    /// Whether a value is at the target or beyond. A metric that must stay may differ by 2 %.
    fn is_met(&self, value: f64) -> bool {
        self.to.is_some_and(|to| match self.sign {
            Some(sign) => (value - to) * sign >= 0.0,
            None => (value - to).abs() <= to.abs() * 0.02,
        })
    }

    /// What a tenth of the way is; of a metric that must stay, a tenth of its target.
    fn tenth(&self) -> f64 {
        let length = self.from.zip(self.to).map(|(from, to)| (to - from).abs()).filter(|way| *way > 0.0);
        length.or(self.to.map(f64::abs)).unwrap_or_default() * SETBACK
    }

    /// How far a value lies behind another one, against the direction.
    fn behind(&self, value: f64, other: f64) -> f64 {
        self.sign.map_or((value - other).abs(), |sign| (other - value) * sign)
    }
}

fn judge(standing: &mut Standing, way: &Way, days: &[(i64, f64)], today: Day) -> (State, String) {
    let (Some(now), Some(last)) = (standing.now, standing.last) else {
        let since = if standing.baseline.is_some() { " since the baseline" } else { "" };
        return (State::NoData, format!("nothing was measured{since}"));
    };
    let Some(target) = standing.target else {
        return (State::NoData, "there is no target to hold it against".to_owned());
    };
    let met = way.is_met(now);
    let left = standing.deadline.map(|deadline| days_between(today, deadline));
    if !met && let Some(left) = left.filter(|left| *left > 0) {
        standing.needed_rate = Some((target - now) / left as f64 * 7.0);
    }
    let trend = window(days).and_then(|window| theil_sen(&window, Z80));
    if let Some(trend) = &trend {
        standing.actual_rate = Some(trend.slope * 7.0);
        if !met {
            project(standing, way, trend, target, last, today);
        }
    }
    let age = days_between(last, today);
    let usual = usual_gap(days);
    let fresh = FRESH_DAYS.max(usual.map_or(0, |gap| 2 * gap));
    if age > fresh {
        return (State::Stale, format!("the newest measurement is {age} days old; at most {fresh}"));
    }
    if met {
        let times = days.iter().rev().take_while(|(_, value)| way.is_met(*value)).count();
        let said = match times {
            0 | 1 => "the newest measurement reaches the target".to_owned(),
            many => format!("the newest {many} measured days reach the target"),
        };
        let since = days.get(days.len() - times.clamp(1, days.len())).map_or(last, |(day, _)| day_of(day * DAY_MS));
        let late = standing.deadline.map_or(0, |deadline| days_between(deadline, since));
        let late = if late > 0 { format!(", since {late} days after the deadline") } else { String::new() };
        return (State::Met, format!("{said}{late}"));
    }
    if let Some(lost) = regressed(standing, way, days, now) {
        return (State::Regressed, lost);
    }
    if let Some(passed) = left.filter(|left| *left < 0) {
        return (State::OffTrack, format!("the deadline passed {} days ago", -passed));
    }
    match trend {
        Some(_) => by_trend(standing),
        None => (State::NoData, too_few(days.len())),
    }
}

fn too_few(days: usize) -> String {
    let measured = if days == 1 { "1 measured day".to_owned() } else { format!("{days} measured days") };
    format!("{measured}; a trend needs {ENOUGH}, so nothing is projected")
}

/// What was lost again, when that is more than noise.
fn regressed(standing: &Standing, way: &Way, days: &[(i64, f64)], now: f64) -> Option<String> {
    let tenth = way.tenth();
    let slack = tenth * 1e-9;
    let target = standing.target?;
    let reached = days.iter().rev().find(|(_, value)| way.is_met(*value));
    if let Some((day, _)) = reached
        && way.behind(now, target) > tenth + slack
    {
        return Some(format!("it reached the target on {} and has lost it again", day_of(day * DAY_MS)));
    }
    let baseline = standing.baseline.filter(|baseline| way.from != way.to || *baseline == target)?;
    way.sign?;
    (way.behind(now, baseline) > tenth + slack).then(|| "it is worse than its baseline".to_owned())
}

/// The points that the trend looks at: (days before the newest, value), when there are enough.
fn window(days: &[(i64, f64)]) -> Option<Vec<(f64, f64)>> {
    let newest = days.last()?.0;
    let in_time = days.partition_point(|(day, _)| *day < newest - WINDOW_DAYS);
    let start = in_time.min(days.len().saturating_sub(WINDOW_POINTS));
    let window = &days[start..];
    (window.len() >= ENOUGH).then(|| window.iter().map(|(day, value)| ((day - newest) as f64, *value)).collect())
}

/// When the trend and the two ends of its interval reach the target.
fn project(standing: &mut Standing, way: &Way, trend: &Trend, target: f64, last: Day, today: Day) {
    let sign = way.sign.unwrap_or_else(|| (target - trend.level).signum());
    let reach = |slope: f64| -> Option<Day> {
        if slope * sign <= 0.0 {
            return None;
        }
        let days = (trend.middle + (target - trend.level) / slope).ceil();
        if days > HORIZON_DAYS {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "within the horizon")]
        let day = last.0.checked_add((days.max(-HORIZON_DAYS) as i64).days()).ok().map(Day)?;
        // The line may have been there before; the newest measurement is not.
        Some(day.max(today).max(last.0.tomorrow().map_or(last, Day)))
    };
    let (fast, slow) = if sign > 0.0 { (trend.high, trend.low) } else { (trend.low, trend.high) };
    standing.projected = reach(trend.slope);
    standing.interval = Some([reach(fast), reach(slow)]);
}

fn by_trend(standing: &Standing) -> (State, String) {
    let [early, late] = standing.interval.unwrap_or_default();
    let ends = |day: Option<Day>| day.map_or_else(|| "never".to_owned(), |day| day.to_string());
    let Some(early) = early else {
        return (State::OffTrack, "the trend does not lead to the target".to_owned());
    };
    let said = format!("projected for {} (80 % interval: {early} to {})", ends(standing.projected), ends(late));
    let Some(deadline) = standing.deadline else {
        return match late {
            Some(_) => (State::OnTrack, format!("{said}; there is no deadline")),
            None => (State::AtRisk, format!("{said}; the trend may not arrive")),
        };
    };
    match late {
        Some(late) if late <= deadline => (State::OnTrack, format!("{said}, all of it in time")),
        _ if early <= deadline => (State::AtRisk, format!("{said}; the deadline lies within it")),
        _ => (State::OffTrack, format!("{said}; all of it misses the deadline")),
    }
}

/// The usual gap between measured days: their median, in whole days.
fn usual_gap(days: &[(i64, f64)]) -> Option<i64> {
    let mut gaps: Vec<i64> = days.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    gaps.sort_unstable();
    gaps.get(gaps.len() / 2).copied()
}

fn days_between(from: Day, to: Day) -> i64 {
    from.0.until(to.0).map_or(0, |span| i64::from(span.get_days()))
}

/// At most 24 medians over equal spans of time.
fn course(days: &[(i64, f64)]) -> Vec<f64> {
    if days.len() <= SPARK {
        return days.iter().map(|d| d.1).collect();
    }
    let points: Vec<(f64, f64)> = days.iter().map(|(day, value)| (*day as f64, *value)).collect();
    super::trend::thin(&points, SPARK).into_iter().map(|p| p.1).collect()
}

#[cfg(test)]
mod tests;
