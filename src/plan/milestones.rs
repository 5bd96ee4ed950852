//! A schedule enters; gates and steps of traffic leave, with their conditions and what the headline will be.

use jiff::civil::Date;

use super::calendar::days_between;
use super::model::{ConditionInfo, ExpiringInfo, MilestoneInfo, MilestoneKind};
use super::{Dated, Ground, TOLERANCE, decided};
use crate::evaluate::{Status, WaiverState};
use crate::gate::phase_name;
use crate::manifest::model::Phase;
use crate::manifest::value::Day;
use crate::playbook::Task;

/// Gates and steps of traffic, in the order of the playbook; by date where they have one.
pub(super) fn milestones(ground: &Ground<'_>, dated: &Dated, left: &[Option<u32>]) -> Vec<MilestoneInfo> {
    let mut all: Vec<MilestoneInfo> = Vec::new();
    for (t, (phase, task)) in ground.network.tasks.iter().enumerate() {
        let make = Maker { ground, dated, left, t, phase: *phase, task };
        all.extend(task.traffic.map(|share| make.traffic(share)));
        all.extend(task.gate.as_deref().map(|gate| make.gate(gate)));
    }
    // What has passed or is not planned keeps its place; the rest is in the order of its days.
    let passed = |m: &MilestoneInfo| m.date.is_none();
    let mut dated: Vec<MilestoneInfo> = Vec::new();
    let mut rest: Vec<MilestoneInfo> = Vec::new();
    for milestone in all {
        if passed(&milestone) { rest.push(milestone) } else { dated.push(milestone) }
    }
    dated.sort_by_key(|m| m.date);
    let (done, later): (Vec<_>, Vec<_>) = rest.into_iter().partition(|m| m.passed);
    done.into_iter().chain(dated).chain(later).collect()
}

struct Maker<'a> {
    ground: &'a Ground<'a>,
    dated: &'a Dated,
    left: &'a [Option<u32>],
    t: usize,
    phase: Phase,
    task: &'a Task,
}

impl Maker<'_> {
    fn traffic(&self, share: u32) -> MilestoneInfo {
        let date = self.dated.slots[self.ground.network.parts[self.t][0]].as_ref().map(|s| s.start);
        let weeks = super::Network::weeks(self.ground.inputs.playbook, self.phase, self.task);
        let due = self.ground.week_begin(weeks.0);
        let trained = self.ground.network.of.iter().enumerate().filter(|(_, (_, s))| *s == Some(share));
        let mut conditions: Vec<ConditionInfo> = trained
            .map(|(_, (task, _))| {
                let training = self.ground.network.tasks[*task].1;
                ConditionInfo {
                    check: None,
                    title: None,
                    text: training.exit.clone(),
                    met: self.ground.states[*task].left().is_none(),
                    task: Some(training.id.clone()),
                }
            })
            .collect();
        conditions.push(ConditionInfo {
            check: None,
            title: None,
            text: format!("it stays there when {}", self.task.exit),
            met: self.passed(),
            task: Some(self.task.id.clone()),
        });
        let title = format!("{share}% of the traffic");
        let id = format!("traffic-{share}");
        MilestoneInfo { conditions, ..self.milestone(id, MilestoneKind::Traffic, title, date, Some(due)) }
    }

    fn gate(&self, gate: &str) -> MilestoneInfo {
        let date = self.dated.slots[self.ground.network.parts[self.t][0]].as_ref().map(|s| s.end);
        let weeks = super::Network::weeks(self.ground.inputs.playbook, self.phase, self.task);
        let due = weeks.1.map(|to| self.ground.week_end(to));
        if let Some(share) = gate.strip_prefix("scale-") {
            let before = if share == "50" { "10" } else { "50" };
            let title = format!("Decision {before}% to {share}%");
            let mut conditions: Vec<ConditionInfo> =
                self.task.requires.iter().filter_map(|id| self.condition(id, date)).collect();
            conditions.push(self.words());
            return MilestoneInfo {
                conditions,
                ..self.milestone(format!("step-{share}"), MilestoneKind::Step, title, date, due)
            };
        }
        let standing = &self.ground.standing;
        let required = standing.checks.iter().filter(|c| c.due_by(self.phase) && c.info.required.is_some());
        let mut conditions: Vec<ConditionInfo> = required.filter_map(|c| self.condition(&c.info.id, date)).collect();
        let floor = standing.floor(self.phase);
        let today = standing.headline(self.phase, &standing.half_points());
        let words = |text: String, met| ConditionInfo { check: None, title: None, text, met, task: None };
        conditions
            .push(words(format!("the headline is {floor} or more"), today.is_some_and(|t| t.0 >= f64::from(floor))));
        conditions.push(words("the decision is recorded".to_owned(), self.passed()));
        let forecast = date.and_then(|date| {
            let ends = |t: usize| {
                let parts = &self.ground.network.parts[t];
                parts.last().and_then(|n| self.dated.slots[*n].as_ref()).is_some_and(|s| s.end <= date)
            };
            standing.headline(self.phase, &self.ground.half_points(ends))
        });
        let slipping = date.zip(due).is_some_and(|(date, due)| {
            days_between(due, date) > TOLERANCE && !decided(self.ground.inputs.assessment, due)
        });
        MilestoneInfo {
            asks_decision: slipping,
            conditions,
            floor: Some(floor),
            forecast: forecast.map(|f| f.0),
            weakest: forecast.and_then(|f| f.1),
            expiring: date.map(|date| expiring(self.ground, self.dated, self.phase, date)).unwrap_or_default(),
            ..self.milestone(
                format!("gate-{gate}"),
                MilestoneKind::Gate,
                format!("Gate {} to {gate}", phase_name(self.phase)),
                date,
                due,
            )
        }
    }

    fn passed(&self) -> bool {
        self.ground.states[self.t].left().is_none() && self.left[self.t].is_none()
    }

    fn milestone(
        &self,
        id: String,
        kind: MilestoneKind,
        title: String,
        date: Option<Date>,
        due: Option<Date>,
    ) -> MilestoneInfo {
        MilestoneInfo {
            id,
            kind,
            title,
            task: self.task.id.clone(),
            passed: self.passed(),
            date: date.map(Day),
            due: due.map(Day),
            slip: date.zip(due).map(|(date, due)| days_between(due, date)),
            asks_decision: false,
            conditions: Vec::new(),
            floor: None,
            forecast: None,
            weakest: None,
            expiring: Vec::new(),
        }
    }

    /// What the task itself says must hold.
    fn words(&self) -> ConditionInfo {
        ConditionInfo { check: None, title: None, text: self.task.exit.clone(), met: self.passed(), task: None }
    }

    /// A check, the level that it needs, and the task that brings it there before a day.
    fn condition(&self, id: &str, date: Option<Date>) -> Option<ConditionInfo> {
        let check = &self.ground.standing.checks[self.ground.standing.find(id)?];
        if check.info.status == Status::NotApplicable {
            return None;
        }
        let met = check.met();
        let task = if met { None } else { bringing(self.ground, self.dated, id, check.needed, date) };
        let waivers = self.ground.inputs.assessment.waivers.iter();
        let waived =
            waivers.filter(|w| !met && w.check == id && w.state == WaiverState::Live).map(|w| w.expires).next();
        let waived = waived.map(|until| format!(", waived until {until}")).unwrap_or_default();
        Some(ConditionInfo {
            check: Some(id.to_owned()),
            title: Some(check.info.title.clone()),
            text: format!("{id} {}{waived}", check.needed),
            met,
            task,
        })
    }
}

/// The first planned task that brings a check to a level, before a day.
fn bringing(
    ground: &Ground<'_>,
    dated: &Dated,
    id: &str,
    level: crate::checklist::Level,
    before: Option<Date>,
) -> Option<String> {
    let planned = ground.network.tasks.iter().enumerate().filter_map(|(t, (_, task))| {
        let slot = ground.network.parts[t].last().and_then(|n| dated.slots[*n].as_ref())?;
        let brings = task.checks.iter().any(|c| c.id == id && c.brings.level() >= level);
        (brings && before.is_none_or(|day| slot.end <= day)).then_some((slot.end, t))
    });
    planned.min().map(|(_, t)| ground.network.tasks[t].1.id.clone())
}

/// Required evidence and needed waivers that expire before a day and are not renewed by a planned task.
fn expiring(ground: &Ground<'_>, dated: &Dated, exit: Phase, date: Date) -> Vec<ExpiringInfo> {
    let required = ground.standing.checks.iter().filter(|c| c.due_by(exit) && c.info.required.is_some());
    let renewed = |id: &str, level| bringing(ground, dated, id, level, Some(date)).is_some();
    required
        .filter(|c| !renewed(&c.info.id, c.needed))
        .filter_map(|c| {
            let info = c.info;
            let waiver = ground.inputs.assessment.waivers.iter();
            let waived = waiver.clone().find(|w| w.check == info.id && w.state == WaiverState::Live && !c.met());
            let expires = waived.map(|w| w.expires).or_else(|| info.expires.filter(|_| c.met()))?;
            (expires.0 < date).then(|| ExpiringInfo {
                check: info.id.clone(),
                title: info.title.clone(),
                expires,
                waiver: waived.is_some(),
            })
        })
        .collect()
}
