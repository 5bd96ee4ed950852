//! Metrics and their measurements enter; a chart of each leaves: baseline, target, the course so far, and where the trend leads.

use serde::Serialize;

use super::{path, short_day, span, spread, tenth};
use crate::assess::Assessment;
use crate::manifest::value::Day;
use crate::quantity::with_unit;
use crate::report::{Course, written};
use crate::series::{Standing, State};

/// One metric over time.
#[derive(Debug, Serialize)]
pub(in crate::render::html) struct Chart {
    id: String,
    name: String,
    state: State,
    word: &'static str,
    way: String,
    because: String,
    description: String,
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    bottom: f64,
    baseline: Level,
    target: Level,
    needed: String,
    line: String,
    dots: Vec<(f64, f64)>,
    now: Option<Dot>,
    trend: String,
    wedge: String,
    today: Mark,
    deadline: Option<Mark>,
    start: Option<Mark>,
}

/// Beyond this, today and the first day have room for a label each.
const APART: f64 = 130.0;

/// A height with what it is called.
#[derive(Debug, Serialize)]
struct Level {
    y: f64,
    label: String,
    label_y: f64,
}

/// The newest measurement.
#[derive(Debug, Serialize)]
struct Dot {
    x: f64,
    y: f64,
    label: String,
    label_x: f64,
    label_y: f64,
}

/// A day on the axis, with its label begun, centered or ended there.
#[derive(Debug, Serialize)]
struct Mark {
    x: f64,
    label: String,
    anchor: &'static str,
}

const LEFT: f64 = 84.0;
const RIGHT: f64 = 392.0;
const TOP: f64 = 22.0;
const BOTTOM: f64 = 158.0;
/// A projection is drawn so far beyond what is planned, as a share of that.
const BEYOND: f64 = 0.6;

/// The metrics that have a baseline and a target to move between.
pub(in crate::render::html) fn courses(of: &Assessment, courses: &[Course]) -> Vec<Chart> {
    let points = |id: &str| courses.iter().find(|c| c.metric == id).map(|c| c.points.as_slice()).unwrap_or_default();
    of.metrics
        .iter()
        .enumerate()
        .filter_map(|(i, metric)| {
            let (baseline, target) = metric.baseline.zip(metric.target)?;
            let points: Vec<(Day, f64)> = points(&metric.id).iter().map(|p| (p.date, p.value)).collect();
            ((target - baseline).abs() > f64::EPSILON).then(|| chart(i, metric, (baseline, target), &points, of))
        })
        .collect()
}

/// Days and values on the canvas.
struct Scale {
    from: Day,
    days: f64,
    low: f64,
    high: f64,
}

impl Scale {
    fn of(metric: &Standing, (baseline, target): (f64, f64), points: &[(Day, f64)], of: &Assessment) -> Self {
        let first = points.first().map(|p| p.0);
        let from = of.pilot.start.into_iter().chain(first).min().unwrap_or(of.today);
        let planned = span(from, of.today.max(metric.deadline.unwrap_or(of.today))).max(28.0);
        let [_, late] = metric.interval.unwrap_or_default();
        let ahead = metric.projected.into_iter().chain(late).max().map_or(0.0, |day| span(from, day));
        let values = points.iter().map(|p| p.1).chain([baseline, target]);
        let low = values.clone().fold(f64::INFINITY, f64::min);
        let high = values.fold(f64::NEG_INFINITY, f64::max);
        Self { from, days: ahead.min(planned * (1.0 + BEYOND)).max(planned) * 1.03, low, high }
    }

    fn x(&self, day: Day) -> f64 {
        LEFT + (RIGHT - LEFT) * span(self.from, day) / self.days
    }

    fn y(&self, value: f64) -> f64 {
        BOTTOM - 8.0 - (BOTTOM - 8.0 - TOP) * (value - self.low) / (self.high - self.low)
    }

    /// Where a straight line from a place to a day and height leaves the canvas, or ends.
    fn ray(&self, (x, y): (f64, f64), day: Option<Day>, to: f64) -> (f64, f64) {
        match day.map(|day| self.x(day)) {
            Some(end) if end <= RIGHT => (tenth(end), tenth(to)),
            Some(end) => (RIGHT, tenth(y + (to - y) * (RIGHT - x) / (end - x))),
            // It does not arrive: no closer than now.
            None => (RIGHT, tenth(y)),
        }
    }
}

fn chart(i: usize, metric: &Standing, (baseline, target): (f64, f64), points: &[(Day, f64)], of: &Assessment) -> Chart {
    let scale = Scale::of(metric, (baseline, target), points, of);
    let place = |(day, value): (Day, f64)| (tenth(scale.x(day)), tenth(scale.y(value)));
    let figure = |number: f64| with_unit(number, &metric.unit);
    let name = metric.name.clone().filter(|name| !name.trim().is_empty()).unwrap_or_else(|| metric.id.clone());
    let newest = metric.last.zip(metric.now).map(|(day, now)| (place((day, now)), now));
    let mut levels = [scale.y(baseline) + 4.0, scale.y(target) + 4.0];
    // Each says two lines: the number, and what it is.
    spread(&mut levels, 32.0, BOTTOM);
    let level =
        |value: f64, label_y: f64| Level { y: tenth(scale.y(value)), label: figure(value), label_y: tenth(label_y) };
    let deadline = metric.deadline.filter(|day| *day >= scale.from);
    let (now, until) = (
        metric.now.map_or_else(|| "not measured yet".to_owned(), |now| format!("now {}", figure(now))),
        metric.deadline.map(|day| format!(" by {}", written(day))).unwrap_or_default(),
    );
    let way = format!("From {} to {}{until}: {now}", figure(baseline), figure(target));
    let needed = deadline
        .zip(of.pilot.start)
        .filter(|(end, start)| end > start)
        .map(|(end, start)| path(&[place((start, baseline)), place((end, target))]));
    let (trend, wedge) = newest.map(|(at, _)| projection(&scale, metric, at, scale.y(target))).unwrap_or_default();
    Chart {
        id: format!("metric-{}", i + 1),
        description: describe(metric, &name, &way),
        name,
        state: metric.state,
        word: word(metric),
        way,
        because: metric.because.clone(),
        width: 400.0,
        height: BOTTOM + 22.0,
        left: LEFT,
        right: RIGHT,
        bottom: BOTTOM,
        baseline: level(baseline, levels[0]),
        target: level(target, levels[1]),
        needed: needed.unwrap_or_default(),
        line: path(&points.iter().copied().map(place).collect::<Vec<_>>()),
        dots: points.iter().copied().map(place).collect(),
        now: newest.map(|((x, y), now)| Dot {
            x,
            y,
            label: figure(now),
            // Away from the line: a course that falls comes from above.
            label_x: tenth(if x > RIGHT - 60.0 { x - 8.0 } else { x + 8.0 }),
            label_y: tenth(if target < baseline { y - 8.0 } else { y + 17.0 }.clamp(TOP, BOTTOM - 2.0)),
        }),
        trend,
        wedge,
        today: mark(&scale, of.today, format!("today, {}", short_day(of.today))),
        deadline: deadline.map(|day| mark(&scale, day, format!("deadline {}", short_day(day)))),
        start: (scale.x(of.today) > LEFT + APART).then(|| Mark {
            x: LEFT,
            label: short_day(scale.from),
            anchor: "start",
        }),
    }
}

/// The trend from the newest measurement to the target, and the days between which it arrives.
fn projection(scale: &Scale, metric: &Standing, at: (f64, f64), to: f64) -> (String, String) {
    let Some(projected) = metric.projected else { return Default::default() };
    let trend = path(&[at, scale.ray(at, Some(projected), to)]);
    let Some([early, late]) = metric.interval else { return (trend, String::new()) };
    let (early, late) = (scale.ray(at, early, to), scale.ray(at, late, to));
    // Between an end inside and one beyond the canvas lies its corner.
    let corner = (early.0 < RIGHT && late.0 >= RIGHT && (late.1 - to).abs() > 0.1).then_some((RIGHT, tenth(to)));
    let points: Vec<(f64, f64)> = [at, early].into_iter().chain(corner).chain([late]).collect();
    (trend, path(&points))
}

/// A day with its label, which stays on the canvas.
fn mark(scale: &Scale, day: Day, label: String) -> Mark {
    let x = tenth(scale.x(day));
    let anchor = if x > RIGHT - 40.0 {
        "end"
    } else if x < LEFT + 40.0 {
        "start"
    } else {
        "mid"
    };
    Mark { x, label, anchor }
}

/// Where it stands, in a word or two.
const fn word(metric: &Standing) -> &'static str {
    match (metric.state, metric.now) {
        (State::Met, _) => "met",
        (State::OnTrack, _) => "on track",
        (State::AtRisk, _) => "at risk",
        (State::OffTrack, _) => "off track",
        (State::Regressed, _) => "regressed",
        (State::Stale, _) => "out of date",
        (State::NoData, None) => "not measured",
        (State::NoData, Some(_)) => "no trend yet",
    }
}

fn describe(metric: &Standing, name: &str, way: &str) -> String {
    let mut said = format!("{name}. {way}. {}", crate::report::sentence(&crate::report::dated(&metric.because)));
    if let (Some(projected), Some([early, late])) = (metric.projected, metric.interval) {
        let day = |day: Option<Day>| day.map_or_else(|| "never".to_owned(), written);
        said = format!("{said} The trend arrives on {}, between {} and {}.", written(projected), day(early), day(late));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    #[test]
    fn a_ray_ends_at_its_day_or_at_the_edge() {
        // A day a point.
        let scale = Scale { from: day("2026-01-01"), days: RIGHT - LEFT, low: 0.0, high: 10.0 };
        let at = (LEFT, 40.0);
        assert_eq!(scale.ray(at, Some(day("2026-04-11")), 140.0), (LEFT + 100.0, 140.0));
        // Twice as far as the canvas is wide: half of the way is done at its edge.
        assert_eq!(scale.ray(at, Some(day("2027-09-09")), 140.0), (RIGHT, 90.0));
        assert_eq!(scale.ray(at, None, 140.0), (RIGHT, 40.0));
    }

    #[test]
    fn low_and_high_values_stay_on_the_canvas() {
        let scale = Scale { from: day("2026-01-01"), days: 320.0, low: -3.0, high: 10.0 };
        assert!(scale.y(10.0) >= TOP && scale.y(-3.0) <= BOTTOM);
    }
}
