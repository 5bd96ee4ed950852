//! Assessment × playbook × calendar enter; dated tasks, milestones, the cheapest way and a recommendation leave.

mod assembly;
mod by;
mod calendar;
mod cheapest;
mod milestones;
pub mod model;
mod network;
pub mod recommend;
mod route;
mod schedule;
mod standing;

#[cfg(test)]
mod tests;

use jiff::ToSpan as _;
use jiff::civil::Date;

pub use calendar::Calendar;
pub use model::Plan;

use assembly::Assembly;
use calendar::{Days, days_between, shift};
use model::StartFrom;
use network::Network;
use schedule::{Order, Slot, Todo};
use standing::{Standing, State};

use crate::assess::Assessment;
use crate::gate::Target;
use crate::manifest::Manifest;
use crate::manifest::model::{DecisionKind, Phase};
use crate::manifest::value::Day;
use crate::playbook::Playbook;

/// A gate that slips by more days than these asks for a decision.
pub const TOLERANCE: i64 = 14;

/// Everything that a plan rests on.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// Where the project stands.
    pub assessment: &'a Assessment,
    /// What the team says; an empty one when there is no manifest.
    pub manifest: &'a Manifest,
    /// The tasks.
    pub playbook: &'a Playbook,
    /// The lowest headline at the exit of each phase.
    pub floors: [u32; 4],
    /// When people work.
    pub calendar: &'a Calendar,
    /// The first day of week 1, when it was asked for.
    pub start: Option<Day>,
    /// The phase to be entered; all phases are planned when none.
    pub to: Option<Target>,
    /// Only the cheapest set of tasks that opens the gate.
    pub cheapest: bool,
    /// The day by which the gate is wanted.
    pub by: Option<Day>,
}

/// Makes a plan.
#[must_use]
pub fn plan(inputs: &Inputs<'_>) -> Plan {
    let ground = Ground::of(inputs);
    let target = inputs.to.unwrap_or_else(|| Target::after(inputs.assessment.project.phase));
    let all = ground.left(ground.exit);
    let cheapest = inputs.cheapest.then(|| route::cheapest(&ground, target));
    let left = cheapest.as_ref().map_or(&all, |c| &c.left);
    let dated = ground.dated(left, ground.calendar);
    let by = inputs.by.map(|date| by::judge(&ground, target, date));
    Assembly { ground: &ground, dated: &dated, left, all: &all }.plan(cheapest.as_ref().map(|c| c.info.clone()), by)
}

/// What every plan of a project shares.
struct Ground<'a> {
    inputs: &'a Inputs<'a>,
    calendar: &'a Calendar,
    network: Network<'a>,
    standing: Standing<'a>,
    states: Vec<State>,
    /// The first day of week 1.
    start: Date,
    start_from: StartFrom,
    /// The first day of open work.
    from: Date,
    /// The last phase that is planned.
    exit: Phase,
}

/// The days of a plan.
struct Dated {
    slots: Vec<Option<Slot>>,
    order: Order,
}

impl Dated {
    /// The last day of everything that does not come back.
    fn end(&self, network: &Network<'_>) -> Option<&Slot> {
        let once = |n: usize| network.tasks[network.of[n].0].1.recurs.is_none();
        self.slots.iter().enumerate().filter(|(n, _)| once(*n)).filter_map(|(_, s)| s.as_ref()).max_by_key(|s| s.last)
    }
}

impl<'a> Ground<'a> {
    fn of(inputs: &'a Inputs<'a>) -> Self {
        let Inputs { assessment, playbook, .. } = *inputs;
        let standing = Standing::of(assessment, inputs.floors);
        let exit = inputs.to.or(inputs.cheapest.then(|| Target::after(assessment.project.phase)));
        let exit = exit.map_or(Phase::Expand, Target::exit);
        let raised = standing::raised(&standing, playbook, assessment.project.phase, exit);
        let (start, start_from) = start(inputs);
        let mut days = Days::from(inputs.calendar, shift(start.min(assessment.today.0), -3660));
        let states = standing::states(&standing, playbook, assessment, &raised, &mut days);
        let first = start.max(assessment.today.0);
        let from = Days::from(inputs.calendar, first).date(0);
        let network = Network::of(playbook);
        Self { inputs, calendar: inputs.calendar, network, standing, states, start, start_from, from, exit }
    }

    /// The first week of a phase, from 1.
    fn first_week(&self, phase: Phase) -> u32 {
        self.inputs.playbook.phases.iter().find(|p| p.id == phase).map_or(1, |p| p.weeks.from)
    }

    /// The first day of a week of the plan, from 1.
    fn week_start(&self, week: u32) -> Date {
        shift(self.start, (i64::from(week) - 1) * 7)
    }

    /// The first working day of a week of the plan.
    fn week_begin(&self, week: u32) -> Date {
        let first = self.week_start(week);
        (0..7).map(|on| shift(first, on)).find(|day| self.calendar.works(*day)).unwrap_or(first)
    }

    /// The last working day of a week of the plan.
    fn week_end(&self, week: u32) -> Date {
        let last = shift(self.start, i64::from(week) * 7 - 1);
        (0..7).map(|back| shift(last, -back)).find(|day| self.calendar.works(*day)).unwrap_or(last)
    }

    /// Working days that are left of every task up to the exit of a phase.
    fn left(&self, exit: Phase) -> Vec<Option<u32>> {
        let of = |i: usize| (self.network.tasks[i].0 <= exit).then(|| self.states[i].left()).flatten();
        (0..self.states.len()).map(of).collect()
    }

    /// Dates what is left of every task.
    fn dated(&self, left: &[Option<u32>], calendar: &Calendar) -> Dated {
        let roles: Vec<u32> = self.network.roles.iter().map(|r| calendar.hundredths(r)).collect();
        let order = schedule::order(&self.network.nodes, &roles, calendar);
        let mut todo: Vec<Todo> = (0..self.network.nodes.len()).map(|n| self.todo(n, left)).collect();
        let mut days = Days::from(calendar, self.from);
        let nodes = &self.network.nodes;
        let once = schedule::schedule(nodes, &roles, &order, &todo, calendar, &mut days);
        // What comes back begins one round after its phase was entered.
        let mut moved = false;
        for (n, todo) in todo.iter_mut().enumerate() {
            let (phase, task) = self.network.tasks[self.network.of[n].0];
            let Some(recurs) = task.recurs else { continue };
            let gates = self.network.tasks.iter().enumerate().filter(|(_, (of, t))| *of < phase && t.gate.is_some());
            let entered = gates.filter_map(|(t, _)| once[self.network.parts[t][0]].as_ref()).map(|s| s.end).max();
            if let Some(entered) = entered {
                todo.release = entered.checked_add(recurs.months().months()).unwrap_or(Date::MAX);
                moved = true;
            }
        }
        let slots = if moved { schedule::schedule(nodes, &roles, &order, &todo, calendar, &mut days) } else { once };
        Dated { slots, order }
    }

    fn todo(&self, node: usize, left: &[Option<u32>]) -> Todo {
        let (index, _) = self.network.of[node];
        let (phase, task) = self.network.tasks[index];
        let (week, _) = Network::weeks(self.inputs.playbook, phase, task);
        let mut release = self.week_start(week);
        let current = self.inputs.assessment.project.phase;
        if phase <= current {
            // The phase that the project is in is worked on now, whatever its weeks are.
            let inside = i64::from(week.saturating_sub(self.first_week(phase)));
            release = release.min(shift(self.from, inside * 7));
        }
        let parts = &self.network.parts[index];
        let days = left[index].map(|left| if parts.len() == 1 { left } else { self.network.nodes[node].days });
        Todo { days, release: release.max(self.from) }
    }

    /// The day on which the plan enters a phase: that of its gate, or the last day of the work before it.
    fn reached(&self, dated: &Dated, target: Target) -> Option<Day> {
        let gate = self.network.gate(target.name()).and_then(|t| dated.slots[self.network.parts[t][0]].as_ref());
        let last = || {
            let before = |n: usize| self.network.tasks[self.network.of[n].0].0 <= target.exit();
            dated
                .slots
                .iter()
                .enumerate()
                .filter(|(n, _)| before(*n))
                .filter_map(|(_, s)| s.as_ref())
                .max_by_key(|s| s.last)
        };
        gate.or_else(last).map(|slot| Day(slot.end))
    }

    /// Half points of every check when these tasks are done.
    fn half_points(&self, done: impl Fn(usize) -> bool) -> Vec<u32> {
        let mut half = self.standing.half_points();
        for (_, (_, task)) in self.network.tasks.iter().enumerate().filter(|(t, _)| done(*t)) {
            for check in &task.checks {
                if let Some(i) = self.standing.find(&check.id) {
                    half[i] = half[i].max(check.brings.level().half_points());
                }
            }
        }
        half
    }
}

/// The first day of week 1 and where that comes from.
fn start(inputs: &Inputs<'_>) -> (Date, StartFrom) {
    let planning = inputs.manifest.plan.as_ref().and_then(|p| p.start);
    let pilot = inputs.manifest.pilot.as_ref().and_then(|p| p.start);
    let known = inputs.start.map(|d| (d, StartFrom::Flag));
    let known = known.or_else(|| planning.map(|d| (d, StartFrom::Manifest)));
    if let Some((day, from)) = known.or_else(|| pilot.map(|d| (d, StartFrom::Pilot))) {
        return (day.0, from);
    }
    let phase = inputs.assessment.project.phase;
    let week = inputs.playbook.phases.iter().find(|p| p.id == phase).map_or(1, |p| p.weeks.from);
    (shift(inputs.assessment.today.0, -(i64::from(week) - 1) * 7), StartFrom::Phase)
}

/// A number of things: `1 task`, `12 tasks`.
#[must_use]
pub fn count(number: impl std::fmt::Display, noun: &str) -> String {
    let number = number.to_string();
    let plural = if number == "1" { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// A slip as people say it: `3 weeks later`, `2 days earlier`, `on its day`.
#[must_use]
pub fn later(days: i64) -> String {
    let amount = match days.unsigned_abs() {
        0 => return "on its day".to_owned(),
        1 => "1 day".to_owned(),
        n if n < 28 => format!("{n} days"),
        n => format!("{} weeks", (n + 3) / 7),
    };
    format!("{amount} {}", if days > 0 { "later" } else { "earlier" })
}

/// Whether a decision to go on was recorded for a gate: since its day, or in the last 30 days.
fn decided(assessment: &Assessment, due: Date) -> bool {
    let since = due.min(shift(assessment.today.0, -30));
    let on = |kind| matches!(kind, DecisionKind::Go | DecisionKind::Pivot);
    assessment.records.decisions.iter().any(|d| on(d.kind) && d.date.0 >= since && d.date <= assessment.today)
}
