//! A plan enters; a Gantt chart leaves: gates and steps, then a group for each phase, all over one axis of days.

use serde::Serialize;

use super::{SIZES, Size, Tick, lines, offset, short_day, span, tenth};
use crate::manifest::value::Day;
use crate::plan::Plan;
use crate::plan::model::{MilestoneInfo, MilestoneKind, PhaseInfo, TaskInfo, TaskStatus};
use crate::render::plan::{month, planned, stretches};

/// A Gantt chart: groups of rows.
#[derive(Debug, Serialize)]
pub(in crate::render::html) struct Gantt {
    groups: Vec<Group>,
}

/// The rows of a phase, or the gates and steps.
#[derive(Debug, Serialize)]
struct Group {
    id: String,
    title: String,
    note: String,
    description: String,
    drawings: Vec<Drawing>,
}

/// Their places on a canvas.
#[derive(Debug, Serialize)]
struct Drawing {
    size: Size,
    width: f64,
    height: f64,
    months: Vec<Tick>,
    today: f64,
    rows: Vec<Line>,
}

/// One task or milestone. `y` is the top of its bar, `label_y` the base of the first line of its label.
#[derive(Debug, Serialize)]
struct Line {
    y: f64,
    label_y: f64,
    label: Vec<String>,
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

/// The height of a row with one line, of each further line, and of the axis above the rows.
const ROW: f64 = 22.0;
const LINE: f64 = 15.0;
const AXIS: f64 = 24.0;

/// Days on a canvas. Labels stand before the axis on a wide one and above the bars on a narrow one.
struct Axis {
    size: Size,
    from: Day,
    span: f64,
    left: f64,
    room: f64,
    /// The characters of a line of a label; a bold one has less room.
    label: usize,
}

impl Axis {
    fn of(plan: &Plan, size: Size) -> Self {
        let drawn = plan.tasks.iter().filter(|t| t.status == TaskStatus::Planned);
        let first = drawn.clone().filter_map(|t| t.start).chain([plan.today]).min().unwrap_or(plan.today);
        let ends = drawn.filter_map(|t| t.end).chain(plan.milestones.iter().filter_map(|m| m.date));
        let last = ends.chain([plan.today]).max().unwrap_or(plan.today);
        let (left, room, label) = match size {
            Size::Wide => (330.0, 590.0, 45),
            Size::Narrow => (0.0, 330.0, 45),
        };
        // A little air on the right, and no axis without a length.
        let from = Day(first.0.first_of_month());
        Self { size, from, span: super::span(from, last).max(27.0) + 4.0, left, room, label }
    }

    fn x(&self, day: Day) -> f64 {
        tenth(self.left + self.room * span(self.from, day) / self.span)
    }

    fn end(&self) -> f64 {
        self.left + self.room
    }

    fn bar(&self, from: Day, to: Day) -> Bar {
        let next = Day(to.0.saturating_add(jiff::Span::new().days(1)));
        let (x, end) = (self.x(from), self.x(next));
        Bar { x, width: tenth((end - x).max(2.0)) }
    }

    fn months(&self) -> Vec<Tick> {
        let mut ticks: Vec<Tick> = Vec::new();
        let mut day = self.from.0;
        // At most ten years of months.
        for _ in 0..120 {
            let x = self.x(Day(day));
            if x > self.end() - 24.0 {
                break;
            }
            let year = ticks.is_empty() || day.month() == 1;
            // A label with its year takes the room of two.
            let free = ticks.last().is_none_or(|last| x - last.x >= if last.label.len() > 3 { 66.0 } else { 34.0 });
            if free {
                let year = if year { format!(" {}", day.year()) } else { String::new() };
                ticks.push(Tick { x, label: format!("{}{year}", month(day)) });
            }
            let Ok(after) = day.checked_add(jiff::Span::new().months(1)) else { break };
            day = after;
        }
        ticks
    }

    /// Rows below each other, with what they draw.
    fn rows<T>(
        &self,
        of: &[T],
        label: impl Fn(&T) -> (String, bool),
        make: impl Fn(&T, Row) -> Option<Line>,
    ) -> (Vec<Line>, f64) {
        let mut rows = Vec::new();
        let mut y = AXIS;
        for item in of {
            let (label, strong) = label(item);
            let label = lines(&label, if strong { self.label - 6 } else { self.label });
            let more = offset(label.len().saturating_sub(1), LINE);
            let (row, height) = match self.size {
                Size::Wide => (Row { y: y + more / 2.0, label_y: y + 14.0, label }, ROW + more),
                Size::Narrow => (Row { y: y + more + 17.0, label_y: y + 13.0, label }, 2.0 * ROW + 2.0 + more),
            };
            if let Some(line) = make(item, row) {
                rows.push(line);
                y += height;
            }
        }
        (rows, y + 4.0)
    }
}

/// Where a row stands.
struct Row {
    y: f64,
    label_y: f64,
    label: Vec<String>,
}

/// The plan over one axis: gates and steps, then a group for each phase that has something left.
pub(in crate::render::html) fn gantt(plan: &Plan) -> Gantt {
    let ahead: Vec<&MilestoneInfo> = plan.milestones.iter().filter(|m| m.date.is_some()).collect();
    let mut groups = Vec::new();
    if !ahead.is_empty() {
        let said: Vec<String> = ahead.iter().filter_map(|m| Some(format!("{}: {}", m.title, m.date?))).collect();
        groups.push(Group {
            id: "gates".to_owned(),
            title: "Gates and steps of traffic".to_owned(),
            note: "Filled: a gate. Outlined: a step of traffic. Thin and grey: the day in the playbook.".to_owned(),
            description: said.join("; "),
            drawings: drawings(plan, |axis| {
                axis.rows(&ahead, |m| (m.title.clone(), m.kind == MilestoneKind::Gate), |m, row| gate(axis, m, row))
            }),
        });
    }
    groups.extend(plan.phases.iter().filter_map(|phase| stage(plan, phase)));
    Gantt { groups }
}

fn drawings(plan: &Plan, rows: impl Fn(&Axis) -> (Vec<Line>, f64)) -> Vec<Drawing> {
    let drawing = |size| {
        let axis = Axis::of(plan, size);
        let (rows, height) = rows(&axis);
        Drawing { size, width: axis.end() + 10.0, height, months: axis.months(), today: axis.x(plan.today), rows }
    };
    SIZES.into_iter().map(drawing).collect()
}

fn gate(axis: &Axis, of: &MilestoneInfo, row: Row) -> Option<Line> {
    let date = of.date?;
    let (x, end) = (axis.x(date), short_day(date));
    let inside = |day: &Day| (axis.left..=axis.end()).contains(&axis.x(*day));
    let before = x > axis.end() - 60.0;
    Some(Line {
        y: row.y,
        label_y: row.label_y,
        label: row.label,
        bars: Vec::new(),
        critical: of.kind == MilestoneKind::Gate,
        gate: Some(x),
        due: of.due.filter(|due| *due != date).filter(inside).map(|due| axis.x(due)),
        end,
        end_x: if before { x - 10.0 } else { x + 10.0 },
        before,
    })
}

fn stage(plan: &Plan, phase: &PhaseInfo) -> Option<Group> {
    let tasks: Vec<&TaskInfo> = planned(plan).into_iter().filter(|t| t.phase == phase.id).collect();
    if tasks.is_empty() {
        return None;
    }
    let said: Vec<String> = tasks
        .iter()
        .filter_map(|t| {
            let critical = if t.critical { ", cannot move" } else { "" };
            Some(format!("{} {}: {} to {}{critical}", t.id, t.title, t.start?, t.end?))
        })
        .collect();
    Some(Group {
        id: format!("phase-{}", crate::gate::phase_name(phase.id)),
        title: phase.title.clone(),
        note: format!("{} of {} tasks done.", phase.done, phase.tasks),
        description: said.join("; "),
        drawings: drawings(plan, |axis| {
            axis.rows(&tasks, |t| (format!("{} {}", t.id, t.title), t.critical), |t, row| line(axis, t, row))
        }),
    })
}

fn line(axis: &Axis, task: &TaskInfo, row: Row) -> Option<Line> {
    let end = task.end?;
    let bars: Vec<Bar> = stretches(task).into_iter().map(|(from, to)| axis.bar(from, to)).collect();
    let last = bars.last().map_or(axis.left, |bar| bar.x + bar.width);
    let before = last > axis.end() - 52.0;
    let first = bars.first().map_or(axis.left, |bar| bar.x);
    let is_gate = task.gate.is_some();
    Some(Line {
        y: row.y,
        label_y: row.label_y,
        label: row.label,
        gate: is_gate.then(|| axis.x(end)),
        bars: if is_gate { Vec::new() } else { bars },
        critical: task.critical,
        due: None,
        end: short_day(end),
        end_x: if before { first - 8.0 } else { last + if is_gate { 10.0 } else { 6.0 } },
        before,
    })
}
