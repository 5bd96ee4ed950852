//! An assessment and a plan enter; charts leave as places on a canvas, which templates draw.

use serde::Serialize;

use crate::assess::{AreaInfo, Assessment};
use crate::gate::short;
use crate::manifest::value::Day;
use crate::plan::Plan;
use crate::plan::model::{MilestoneInfo, MilestoneKind, PhaseInfo, TaskInfo, TaskStatus};
use crate::render::plan::{days, month, stretches};
use crate::report::{Past, written};

/// A chart of bars, in places on the canvas.
#[derive(Debug, Serialize)]
pub(super) struct Bars {
    width: f64,
    height: f64,
    left: f64,
    room: f64,
    floor: Option<f64>,
    floor_label: String,
    description: String,
    rows: Vec<Row>,
}

/// One bar.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    y: f64,
    score: Option<f64>,
    bar: f64,
    stated: f64,
    label: String,
}

/// The eight areas.
pub(super) fn areas(of: &Assessment) -> Bars {
    let (width, left, room) = (560.0, 110.0, 395.0);
    let at = |score: f64| tenth(room * score / 100.0);
    let row = |(i, area): (usize, &AreaInfo)| Row {
        name: area.id.id().to_owned(),
        y: offset(i, 24.0),
        score: area.score,
        bar: at(area.score.unwrap_or_default()),
        stated: at(area.stated.unwrap_or_default()),
        label: area.score.map_or_else(String::new, short),
    };
    let said: Vec<String> = of
        .areas
        .iter()
        .map(|area| match (area.score, area.stated) {
            (Some(score), Some(stated)) => format!("{}: {} proven, {} stated", area.id, short(score), short(stated)),
            _ => format!("{}: nothing is due", area.id),
        })
        .collect();
    let floor = of.readiness.floor;
    Bars {
        width,
        height: offset(of.areas.len(), 24.0) + if floor.is_some() { 20.0 } else { 0.0 },
        left,
        room,
        floor: floor.map(|f| left + at(f64::from(f))),
        floor_label: floor.map(|f| f.to_string()).unwrap_or_default(),
        description: format!("Points from 0 to 100. {}.", said.join("; ")),
        rows: of.areas.iter().enumerate().map(row).collect(),
    }
}

/// A Gantt chart: groups of rows over one axis of days.
#[derive(Debug, Serialize)]
pub(super) struct Gantt {
    width: f64,
    left: f64,
    months: Vec<Tick>,
    today: f64,
    groups: Vec<Group>,
}

/// A first day of a month.
#[derive(Debug, Serialize)]
struct Tick {
    x: f64,
    label: String,
}

/// The rows of a phase, or the gates and steps.
#[derive(Debug, Serialize)]
struct Group {
    id: String,
    title: String,
    note: String,
    height: f64,
    description: String,
    rows: Vec<Line>,
}

/// One task or milestone.
#[derive(Debug, Serialize)]
struct Line {
    y: f64,
    label: String,
    bars: Vec<Bar>,
    critical: bool,
    gate: Option<f64>,
    due: Option<f64>,
    end: String,
    end_x: f64,
    before: bool,
}

/// A stretch on the axis.
#[derive(Debug, Serialize)]
struct Bar {
    x: f64,
    width: f64,
}

/// The height of a row, and of the axis above the rows.
const ROW: f64 = 22.0;
const AXIS: f64 = 24.0;
/// Where the axis begins and how long it is.
const LEFT: f64 = 330.0;
const ROOM: f64 = 590.0;
/// Labels longer than these do not fit before the axis.
const LABEL: usize = 42;

struct Axis {
    from: Day,
    span: f64,
}

impl Axis {
    fn of(plan: &Plan) -> Self {
        let drawn = plan.tasks.iter().filter(|t| t.status == TaskStatus::Planned);
        let first = drawn.clone().filter_map(|t| t.start).chain([plan.today]).min().unwrap_or(plan.today);
        let ends = drawn.filter_map(|t| t.end).chain(plan.milestones.iter().filter_map(|m| m.date));
        let last = ends.chain([plan.today]).max().unwrap_or(plan.today);
        // A little air on the right, and no axis without a length.
        let from = Day(first.0.first_of_month());
        Self { from, span: number(days(from.0, last.0)).max(27.0) + 4.0 }
    }

    fn x(&self, day: Day) -> f64 {
        tenth(LEFT + ROOM * number(days(self.from.0, day.0)) / self.span)
    }

    fn bar(&self, from: Day, to: Day) -> Bar {
        let (x, end) = (self.x(from), self.x(next(to)));
        Bar { x, width: tenth((end - x).max(2.0)) }
    }

    fn months(&self) -> Vec<Tick> {
        let mut ticks = Vec::new();
        let mut day = self.from.0;
        // At most ten years of months.
        for i in 0..120 {
            let x = self.x(Day(day));
            if x > LEFT + ROOM {
                break;
            }
            let year = if i == 0 || day.month() == 1 { format!(" {}", day.year()) } else { String::new() };
            ticks.push(Tick { x, label: format!("{}{year}", month(day)) });
            let Ok(after) = day.checked_add(jiff::Span::new().months(1)) else { break };
            day = after;
        }
        let step = ticks.len().div_ceil(12).max(1);
        ticks.into_iter().step_by(step).collect()
    }
}

/// The plan over one axis: gates and steps, then a group for each phase that has something left.
pub(super) fn gantt(plan: &Plan) -> Gantt {
    let axis = Axis::of(plan);
    let ahead: Vec<&MilestoneInfo> = plan.milestones.iter().filter(|m| m.date.is_some()).collect();
    let mut groups = Vec::new();
    if !ahead.is_empty() {
        let rows: Vec<Line> = ahead.iter().enumerate().filter_map(|(i, m)| gate(&axis, i, m)).collect();
        let said: Vec<String> = ahead.iter().filter_map(|m| Some(format!("{}: {}", m.title, m.date?))).collect();
        groups.push(Group {
            id: "gates".to_owned(),
            title: "Gates and steps of traffic".to_owned(),
            note: "Filled: a gate. Outlined: a step of traffic. Thin and grey: the day in the playbook.".to_owned(),
            height: AXIS + offset(rows.len(), ROW) + 4.0,
            description: said.join("; "),
            rows,
        });
    }
    groups.extend(plan.phases.iter().filter_map(|phase| stage(&axis, plan, phase)));
    Gantt { width: LEFT + ROOM + 10.0, left: LEFT, months: axis.months(), today: axis.x(plan.today), groups }
}

fn gate(axis: &Axis, i: usize, of: &MilestoneInfo) -> Option<Line> {
    let date = of.date?;
    let (x, end) = (axis.x(date), short_day(date));
    let inside = |day: &Day| (LEFT..=LEFT + ROOM).contains(&axis.x(*day));
    let before = x > LEFT + ROOM - 70.0;
    Some(Line {
        y: AXIS + offset(i, ROW),
        label: cut(&of.title),
        bars: Vec::new(),
        critical: of.kind == MilestoneKind::Gate,
        gate: Some(x),
        due: of.due.filter(|due| *due != date).filter(inside).map(|due| axis.x(due)),
        end,
        end_x: if before { x - 10.0 } else { x + 10.0 },
        before,
    })
}

fn stage(axis: &Axis, plan: &Plan, phase: &PhaseInfo) -> Option<Group> {
    let left = plan.tasks.iter().filter(|t| t.phase == phase.id && t.status == TaskStatus::Planned);
    let mut tasks: Vec<&TaskInfo> = left.collect();
    if tasks.is_empty() {
        return None;
    }
    tasks.sort_by_key(|t| (t.start, t.end));
    let said: Vec<String> = tasks
        .iter()
        .filter_map(|t| {
            let critical = if t.critical { ", on the critical path" } else { "" };
            Some(format!("{} {}: {} to {}{critical}", t.id, t.title, t.start?, t.end?))
        })
        .collect();
    Some(Group {
        id: format!("phase-{}", crate::gate::phase_name(phase.id)),
        title: phase.title.clone(),
        note: format!("{} of {} tasks done.", phase.done, phase.tasks),
        height: AXIS + offset(tasks.len(), ROW) + 4.0,
        description: said.join("; "),
        rows: tasks.iter().enumerate().filter_map(|(i, task)| line(axis, i, task)).collect(),
    })
}

fn line(axis: &Axis, i: usize, task: &TaskInfo) -> Option<Line> {
    let end = task.end?;
    let bars: Vec<Bar> = stretches(task).into_iter().map(|(from, to)| axis.bar(from, to)).collect();
    let last = bars.last().map_or(LEFT, |bar| bar.x + bar.width);
    let before = last > LEFT + ROOM - 60.0;
    let first = bars.first().map_or(LEFT, |bar| bar.x);
    let is_gate = task.gate.is_some();
    Some(Line {
        y: AXIS + offset(i, ROW),
        label: cut(&format!("{} {}", task.id, task.title)),
        gate: is_gate.then(|| axis.x(end)),
        bars: if is_gate { Vec::new() } else { bars },
        critical: task.critical,
        due: None,
        end: short_day(end),
        end_x: if before { first - 8.0 } else { last + if is_gate { 10.0 } else { 6.0 } },
        before,
    })
}

/// Where metrics are on their way from the baseline to the target.
#[derive(Debug, Serialize)]
pub(super) struct Ways {
    width: f64,
    height: f64,
    from: f64,
    to: f64,
    description: String,
    rows: Vec<Way>,
}

/// One metric on its way.
#[derive(Debug, Serialize)]
struct Way {
    y: f64,
    name: String,
    baseline: String,
    target: String,
    now: Option<f64>,
    now_label: String,
    expected: Option<f64>,
}

/// The metrics that have a baseline and a target.
pub(super) fn ways(of: &Assessment) -> Ways {
    let (from, room) = (300.0, 440.0);
    let mut rows = Vec::new();
    let mut said = Vec::new();
    for m in &of.metrics {
        let (Some(baseline), Some(target)) = (m.baseline, m.target) else { continue };
        if (target - baseline).abs() < f64::EPSILON {
            continue;
        }
        let place = |share: f64| tenth(from + room * share.clamp(-0.12, 1.12));
        let now = m.now.map(|now| place((now - baseline) / (target - baseline)));
        let expected = of.pilot.start.zip(m.deadline).and_then(|(start, deadline)| {
            let whole = number(days(start.0, deadline.0));
            (whole > 0.0).then(|| place((number(days(start.0, of.today.0)) / whole).clamp(0.0, 1.0)))
        });
        let name = m.name.clone().unwrap_or_else(|| m.id.clone());
        let now_label = m.now.map_or_else(|| "not measured yet".to_owned(), |now| figure(now, &m.unit));
        let (baseline, target) = (figure(baseline, &m.unit), figure(target, &m.unit));
        said.push(format!("{name}: from {baseline} to {target}, now {now_label}"));
        rows.push(Way { y: offset(rows.len(), 48.0), name: cut(&name), baseline, target, now, now_label, expected });
    }
    Ways { width: 840.0, height: offset(rows.len(), 48.0), from, to: from + room, description: said.join("; "), rows }
}

/// The headline over time.
#[derive(Debug, Serialize)]
pub(super) struct Trend {
    width: f64,
    height: f64,
    left: f64,
    line: String,
    mean: String,
    points: Vec<Point>,
    rules: Vec<Tick>,
    description: String,
}

/// One assessment.
#[derive(Debug, Serialize)]
struct Point {
    x: f64,
    y: f64,
    label: String,
    date: String,
    named: bool,
}

/// The trend; none with fewer than two assessments.
pub(super) fn trend(past: &[Past]) -> Option<Trend> {
    let known: Vec<(&Past, f64)> = past.iter().filter_map(|p| Some((p, p.headline?))).collect();
    let (first, last) = (known.first()?.0, known.last()?.0);
    let whole = number(days(first.date.0, last.date.0));
    if whole <= 0.0 {
        return None;
    }
    let (left, room, top, tall) = (40.0, 760.0, 12.0, 150.0);
    let x = |day: Day| tenth(left + room * number(days(first.date.0, day.0)) / whole);
    let y = |points: f64| tenth(top + tall * (1.0 - points / 100.0));
    let step = known.len().div_ceil(8).max(1);
    let count = known.len();
    let points: Vec<Point> = known
        .iter()
        .enumerate()
        .map(|(i, (p, headline))| Point {
            x: x(p.date),
            y: y(*headline),
            label: short(*headline),
            date: short_day(p.date),
            named: (count - 1 - i).is_multiple_of(step),
        })
        .collect();
    let path = |places: Vec<(f64, f64)>| places.iter().map(|(x, y)| format!("{x},{y}")).collect::<Vec<_>>().join(" ");
    let said: Vec<String> = known.iter().map(|(p, h)| format!("{}: {}", written(p.date), short(*h))).collect();
    Some(Trend {
        width: left + room + 40.0,
        height: top + tall + 26.0,
        left,
        line: path(points.iter().map(|p| (p.x, p.y)).collect()),
        mean: path(known.iter().filter_map(|(p, _)| Some((x(p.date), y(p.mean?)))).collect()),
        points,
        rules: [0.0, 50.0, 100.0].map(|at| Tick { x: y(at), label: short(at) }).into(),
        description: said.join("; "),
    })
}

/// A number with its unit, as people write it.
pub(in crate::render) fn figure(number: f64, unit: &str) -> String {
    let text = format!("{number:.2}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if unit.is_empty() { text.to_owned() } else { format!("{text} {unit}") }
}

/// A day without its year.
fn short_day(day: Day) -> String {
    format!("{} {}", day.0.day(), month(day.0))
}

fn next(day: Day) -> Day {
    Day(day.0.saturating_add(jiff::Span::new().days(1)))
}

/// A label that fits before the axis.
fn cut(text: &str) -> String {
    if text.chars().count() <= LABEL {
        return text.to_owned();
    }
    let kept: String = text.chars().take(LABEL - 1).collect();
    format!("{}…", kept.trim_end())
}

/// A place on the canvas, to a tenth.
fn tenth(place: f64) -> f64 {
    (place * 10.0).round() / 10.0
}

#[expect(clippy::cast_precision_loss, reason = "days of a plan")]
fn number(days: i64) -> f64 {
    days as f64
}

#[expect(clippy::cast_precision_loss, reason = "a few rows")]
fn offset(i: usize, step: f64) -> f64 {
    i as f64 * step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_for_people() {
        assert_eq!(figure(12.0, "min"), "12 min");
        assert_eq!(figure(3.4, "USD"), "3.4 USD");
        assert_eq!(figure(200.0, ""), "200");
        assert_eq!(figure(0.0, "h"), "0 h");
    }

    #[test]
    fn a_trend_needs_two_days() {
        let past = |text: &str| Past {
            date: Day::parse(text).expect("a day"),
            headline: Some(50.0),
            mean: None,
            stated: None,
        };
        assert!(trend(&[]).is_none() && trend(&[past("2026-11-22")]).is_none());
        let drawn = trend(&[past("2026-11-01"), past("2026-11-22")]).expect("two days");
        assert_eq!((drawn.points.len(), drawn.points[0].x, drawn.points[1].x), (2, 40.0, 800.0));
    }
}
