//! A schedule enters; a plan leaves: tasks with their days, phases, the critical path, the slip and what to decide.

use super::calendar::days_between;
use super::model::{
    self, BringsInfo, CalendarInfo, CapacityInfo, DecisionAsked, GoalInfo, MilestoneInfo, MilestoneKind, PartInfo,
    PhaseInfo, SlipInfo, TaskInfo, TaskStatus, UnplannedInfo,
};
use super::network::Network;
use super::schedule::{self, Slot};
use super::standing::State;
use super::{Dated, Ground, Plan, count, later, milestones, recommend};
use crate::checklist::Level;
use crate::facts::pilot;
use crate::gate::Target;
use crate::manifest::Manifest;
use crate::manifest::value::Day;

/// A schedule that becomes a plan.
pub(super) struct Assembly<'a> {
    pub(super) ground: &'a Ground<'a>,
    pub(super) dated: &'a Dated,
    pub(super) left: &'a [Option<u32>],
    pub(super) all: &'a [Option<u32>],
}

impl Assembly<'_> {
    pub(super) fn plan(&self, cheapest: Option<model::CheapestInfo>, by: Option<model::ByInfo>) -> Plan {
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
            let past = days_between(end.0, assessment.today.0);
            let past = if past < 28 { count(past, "day") } else { count(past / 7, "week") };
            asked.push(DecisionAsked {
                milestone: None,
                what: "Decide on the pilot: go, stop or pivot".to_owned(),
                because: format!("it ended on {end}, {past} ago, and no decision is recorded since"),
                by: sponsor.clone(),
            });
        }
        let slipping: Vec<&MilestoneInfo> = milestones.iter().filter(|m| m.asks_decision).collect();
        if let Some(first) = slipping.first() {
            let slip = first.slip.unwrap_or_default();
            // Every title of a gate begins with that word.
            let gate = |title: &str| {
                title.strip_prefix("Gate ").map_or_else(|| title.to_owned(), |rest| format!("the gate {rest}"))
            };
            let others: Vec<String> = slipping[1..].iter().map(|m| gate(&m.title)).collect();
            let with =
                if others.is_empty() { String::new() } else { format!("; with it slips {}", others.join(" and ")) };
            asked.push(DecisionAsked {
                milestone: Some(first.id.clone()),
                what: format!("Decide on the new date of {}: go, stop or pivot", gate(&first.title)),
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
