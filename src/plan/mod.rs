//! Assessment × playbook × calendar enter; dated tasks, milestones, the cheapest way and a recommendation leave.

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

use calendar::{Days, days_between, shift};
use model::{
    BringsInfo, CalendarInfo, CapacityInfo, DecisionAsked, GoalInfo, MilestoneInfo, MilestoneKind, PartInfo, PhaseInfo,
    SlipInfo, StartFrom, TaskInfo, TaskStatus, UnplannedInfo,
};
use network::Network;
use schedule::{Order, Slot, Todo};
use standing::{Standing, State};

use crate::assess::Assessment;
use crate::checklist::Level;
use crate::facts::pilot;
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

/// A schedule that becomes a plan.
struct Assembly<'a> {
    ground: &'a Ground<'a>,
    dated: &'a Dated,
    left: &'a [Option<u32>],
    all: &'a [Option<u32>],
}

impl Assembly<'_> {
    fn plan(&self, cheapest: Option<model::CheapestInfo>, by: Option<model::ByInfo>) -> Plan {
        let ground = self.ground;
        let assessment = ground.inputs.assessment;
        let tasks = self.tasks();
        let milestones = milestones::milestones(ground, self.dated, self.left);
        Plan {
            format_version: 1,
            kind: "plan",
            tool: assessment.tool.clone(),
            today: assessment.today,
            project: assessment.project.clone(),
            pilot: assessment.pilot.clone(),
            calendar: self.calendar(&tasks),
            slip: self.slip(&tasks, &milestones),
            goal: self.goal(&tasks),
            phases: self.phases(&tasks),
            critical_path: self.critical_path(),
            decisions: self.decisions(&milestones),
            unplanned: self.unplanned(),
            recommendation: recommend::recommend(assessment, ground.inputs.manifest),
            tasks,
            milestones,
            cheapest,
            by,
        }
    }

    fn calendar(&self, tasks: &[TaskInfo]) -> CalendarInfo {
        let ground = self.ground;
        let last = tasks.iter().filter_map(|t| t.end).max().unwrap_or(Day(ground.from));
        CalendarInfo {
            start: Day(ground.start),
            start_from: ground.start_from,
            from: Day(ground.from),
            working_days: ground.calendar.working_days(),
            holidays: ground.calendar.holidays(Day(ground.from), last).collect(),
            capacity: ground
                .calendar
                .capacities()
                .map(|(role, days_per_week)| CapacityInfo { role: role.to_owned(), days_per_week })
                .collect(),
        }
    }

    fn tasks(&self) -> Vec<TaskInfo> {
        let ground = self.ground;
        let end = self.dated.end(&ground.network).map_or(0, |s| s.last);
        let gates: Vec<usize> = (0..ground.network.tasks.len())
            .filter(|t| ground.network.tasks[*t].1.gate.is_some())
            .map(|t| ground.network.parts[t][0])
            .collect();
        let slack = schedule::slack(&ground.network.nodes, &self.dated.order, &self.dated.slots, end, &gates);
        (0..ground.network.tasks.len()).map(|t| self.task(t, &slack)).collect()
    }

    fn task(&self, t: usize, slack: &[Option<usize>]) -> TaskInfo {
        let ground = self.ground;
        let (phase, task) = ground.network.tasks[t];
        let parts = &ground.network.parts[t];
        let slots: Vec<(usize, &Slot)> =
            parts.iter().filter_map(|n| Some((*n, self.dated.slots[*n].as_ref()?))).collect();
        let (week_from, week_to) = Network::weeks(ground.inputs.playbook, phase, task);
        let due = week_to.filter(|_| task.recurs.is_none()).map(|w| ground.week_end(w));
        let (status, because) = self.status(t);
        let end = slots.iter().map(|(_, s)| s.end).max();
        let recurs = task.recurs.is_some();
        let slack = slots.iter().filter_map(|(n, _)| slack[*n]).min().filter(|_| !recurs);
        TaskInfo {
            id: task.id.clone(),
            phase,
            title: task.title.clone(),
            status,
            because,
            owner: task.owner.clone(),
            person: person(ground.inputs.manifest, &task.owner),
            deliverable: task.deliverable.clone(),
            exit: task.exit.clone(),
            checks: self.brings(t),
            needs: task.needs.clone(),
            days: self.left[t].unwrap_or(task.days),
            week_from,
            week_to,
            due: due.map(Day),
            start: slots.iter().map(|(_, s)| Day(s.start)).min(),
            end: end.map(Day),
            slack: slack.and_then(|s| u32::try_from(s).ok()),
            critical: slack == Some(0),
            late: end.zip(due).map(|(end, due)| days_between(due, end)).filter(|late| *late > 0),
            recurs: task.recurs.map(crate::playbook::Recurs::name),
            gate: task.gate.clone(),
            traffic: task.traffic,
            parts: slots
                .iter()
                .filter(|_| parts.len() > 1)
                .map(|(n, slot)| PartInfo {
                    before: ground.network.of[*n].1.unwrap_or_default(),
                    days: ground.network.nodes[*n].days,
                    start: Day(slot.start),
                    end: Day(slot.end),
                })
                .collect(),
        }
    }

    fn status(&self, t: usize) -> (TaskStatus, String) {
        let (phase, task) = self.ground.network.tasks[t];
        let again = self.left[t].is_some() && self.all[t].is_none();
        match &self.ground.states[t] {
            _ if again => (TaskStatus::Planned, "it lifts an area to its floor".to_owned()),
            State::Done(why) => (TaskStatus::Done, why.clone()),
            State::NotNeeded => (TaskStatus::NotNeeded, "none of its checks applies to this project".to_owned()),
            State::Open { because, .. } if self.left[t].is_none() => {
                let why =
                    if phase > self.ground.exit { "it belongs to a later phase".to_owned() } else { because.clone() };
                (TaskStatus::LeftOut, why)
            }
            State::Open { because, .. } => {
                (if task.recurs.is_some() { TaskStatus::Recurring } else { TaskStatus::Planned }, because.clone())
            }
        }
    }

    fn brings(&self, t: usize) -> Vec<BringsInfo> {
        let standing = &self.ground.standing;
        let task = self.ground.network.tasks[t].1;
        let of = |c: &crate::playbook::Brings| {
            let check = &standing.checks[standing.find(&c.id)?];
            Some(BringsInfo {
                check: c.id.clone(),
                level: check.info.level,
                needed: check.needed,
                brings: c.brings.level(),
                met: check.met(),
            })
        };
        task.checks.iter().filter_map(of).collect()
    }

    fn goal(&self, tasks: &[TaskInfo]) -> GoalInfo {
        let planned = || tasks.iter().filter(|t| t.status == TaskStatus::Planned);
        let to = self.ground.inputs.to.or_else(|| {
            self.ground.inputs.cheapest.then(|| Target::after(self.ground.inputs.assessment.project.phase))
        });
        let date = match to {
            Some(target) => self.ground.reached(self.dated, target),
            None => self.dated.end(&self.ground.network).map(|s| Day(s.end)),
        };
        GoalInfo {
            to: to.map(|t| t.name().to_owned()),
            date,
            days: planned().map(|t| t.days).sum(),
            open: planned().count(),
            done: tasks.iter().filter(|t| matches!(t.status, TaskStatus::Done | TaskStatus::NotNeeded)).count(),
        }
    }

    fn phases(&self, tasks: &[TaskInfo]) -> Vec<PhaseInfo> {
        let of = |phase: &crate::playbook::PlaybookPhase| {
            let inside = || tasks.iter().filter(|t| t.phase == phase.id);
            let planned = || inside().filter(|t| t.status == TaskStatus::Planned);
            PhaseInfo {
                id: phase.id,
                title: phase.title.clone(),
                weeks: phase.weeks,
                due_start: Day(self.ground.week_start(phase.weeks.from)),
                due_end: phase.weeks.to.map(|to| Day(self.ground.week_end(to))),
                start: planned().filter_map(|t| t.start).min(),
                end: planned().filter_map(|t| t.end).max(),
                tasks: inside().count(),
                done: inside().filter(|t| matches!(t.status, TaskStatus::Done | TaskStatus::NotNeeded)).count(),
            }
        };
        self.ground.inputs.playbook.phases.iter().map(of).collect()
    }

    /// Back from the gate that the plan leads to (the next one when it is for all phases): each time the task that was waited for
    /// longest.
    fn critical_path(&self) -> Vec<String> {
        let network = &self.ground.network;
        let slots = &self.dated.slots;
        let once = |n: &usize| network.tasks[network.of[*n].0].1.recurs.is_none() && slots[*n].is_some();
        let last = |n: &usize| slots[*n].as_ref().map(|s| s.last);
        let gates = (0..network.tasks.len())
            .filter(|t| network.tasks[*t].1.gate.as_deref().is_some_and(|g| !g.starts_with("scale-")))
            .map(|t| network.parts[t][0])
            .filter(once);
        let to = self.ground.inputs.to.and_then(|to| network.gate(to.name())).map(|t| network.parts[t][0]).filter(once);
        let mut here = to.or_else(|| gates.min_by_key(last)).or_else(|| (0..slots.len()).filter(once).max_by_key(last));
        let mut path: Vec<String> = Vec::new();
        while let Some(n) = here {
            let Some(slot) = &slots[n] else { break };
            let id = &network.tasks[network.of[n].0].1.id;
            if path.last() != Some(id) {
                path.push(id.clone());
            }
            let before = network.nodes[n].needs.iter().copied().chain(slot.after);
            let waited = before.filter_map(|b| Some((slots[b].as_ref()?.last, std::cmp::Reverse(b)))).max();
            // A task that begins later than it could waits for its week: the path begins there.
            here = waited.filter(|(last, _)| last + 1 >= slot.first).map(|(_, std::cmp::Reverse(b))| b);
        }
        path.reverse();
        path
    }

    fn slip(&self, tasks: &[TaskInfo], milestones: &[MilestoneInfo]) -> SlipInfo {
        let ground = self.ground;
        let from = Day(ground.from);
        let behind = |t: &&TaskInfo| t.status == TaskStatus::Planned && t.due.is_some_and(|due| due < from);
        let replanned = tasks.iter().filter(behind).count();
        let next = milestones.iter().filter(|m| m.kind == MilestoneKind::Gate && !m.passed).find(|m| m.date.is_some());
        let days = next.and_then(|m| m.slip);
        let gate = match next.and_then(|m| Some((m, m.date?, m.due?, m.slip?))) {
            None => String::new(),
            Some((m, date, due, slip)) => {
                format!(": {} was due on {due} and is forecast for {date}, {}", m.title, later(slip))
            }
        };
        let message = match replanned {
            0 if next.is_none() => "nothing is left to plan".to_owned(),
            0 => format!("On the calendar of the playbook{gate}"),
            n => format!("Planned anew from {from}, because the weeks of {} are over{gate}", count(n, "open task")),
        };
        SlipInfo { replanned: replanned > 0, days, message }
    }

    fn decisions(&self, milestones: &[MilestoneInfo]) -> Vec<DecisionAsked> {
        let assessment = self.ground.inputs.assessment;
        let sponsor = person(self.ground.inputs.manifest, "sponsor")
            .map_or_else(|| "sponsor".to_owned(), |name| format!("{name} (sponsor)"));
        let mut asked = Vec::new();
        if let (pilot::State::Limbo, Some(end)) = (assessment.pilot.state, assessment.pilot.end) {
            let weeks = days_between(end.0, assessment.today.0) / 7;
            asked.push(DecisionAsked {
                milestone: None,
                what: "Decide on the pilot: go, stop or pivot".to_owned(),
                because: format!("it ended on {end}, {weeks} weeks ago, and no decision is recorded since"),
                by: sponsor.clone(),
            });
        }
        let slipping: Vec<&MilestoneInfo> = milestones.iter().filter(|m| m.asks_decision).collect();
        if let Some(first) = slipping.first() {
            let slip = first.slip.unwrap_or_default();
            let others: Vec<&str> = slipping[1..].iter().map(|m| m.title.as_str()).collect();
            let with = if others.is_empty() { String::new() } else { format!("; with it slips {}", others.join(", ")) };
            asked.push(DecisionAsked {
                milestone: Some(first.id.clone()),
                what: format!("Decide on the new date of {}: go, stop or pivot", first.title),
                because: format!("it comes {}, more than two weeks{with}", later(slip)),
                by: sponsor,
            });
        }
        asked
    }

    fn unplanned(&self) -> Vec<UnplannedInfo> {
        let ground = self.ground;
        let brings = |id: &str, needed: Level| {
            let tasks = ground.network.tasks.iter();
            tasks.flat_map(|(_, t)| &t.checks).any(|c| c.id == id && c.brings.level() >= needed)
        };
        let open =
            ground.standing.checks.iter().filter(|c| c.due_by(ground.exit) && c.info.required.is_some() && !c.met());
        open.filter(|c| !brings(&c.info.id, c.needed))
            .map(|c| UnplannedInfo { check: c.info.id.clone(), needed: c.needed, due: c.info.due })
            .collect()
    }
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

/// The person that the manifest names for a role.
fn person(manifest: &Manifest, role: &str) -> Option<String> {
    let people = manifest.people.as_ref()?;
    let same = |text: Option<&String>| text.is_some_and(|t| t.trim().eq_ignore_ascii_case(role.trim()));
    let named = match role.trim().to_lowercase().as_str() {
        "owner" => people.owner.as_ref().and_then(|o| o.iter().next()).and_then(|o| o.name.clone()),
        "sponsor" => people.sponsor.as_ref().and_then(|s| s.name.clone()),
        "ops lead" | "operations lead" => people.operations.as_ref().and_then(|o| o.lead.clone()),
        _ => {
            let all = people.builders.iter().chain(&people.approvers).chain(&people.on_call);
            all.clone().find(|p| same(p.role.as_ref()) || same(p.title.as_ref())).and_then(|p| p.name.clone())
        }
    };
    named.filter(|name| !name.trim().is_empty() && !crate::manifest::is_group(name))
}

/// Whether a decision to go on was recorded for a gate: since its day, or in the last 30 days.
fn decided(assessment: &Assessment, due: Date) -> bool {
    let since = due.min(shift(assessment.today.0, -30));
    let on = |kind| matches!(kind, DecisionKind::Go | DecisionKind::Pivot);
    assessment.records.decisions.iter().any(|d| on(d.kind) && d.date.0 >= since && d.date <= assessment.today)
}
