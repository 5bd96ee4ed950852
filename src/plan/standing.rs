//! Assessment and playbook enter; where every check stands and which tasks are left leave.

use std::collections::HashMap;

use super::calendar::{Days, days_between};
use crate::assess::{Assessment, CheckInfo};
use crate::checklist::{Area, Level};
use crate::evaluate::Status;
use crate::gate::phase_name;
use crate::manifest::model::{Phase, Tier};
use crate::playbook::{Playbook, Task};
use crate::score::HEADLINE_WEIGHT;

/// The checks of an assessment, as a plan needs them.
#[derive(Debug)]
pub(super) struct Standing<'a> {
    /// The checks, in the order of the assessment.
    pub(super) checks: Vec<Check<'a>>,
    index: HashMap<&'a str, usize>,
    /// The lowest headline at the exit of each phase.
    pub(super) floors: [u32; 4],
}

/// One check.
#[derive(Debug, Clone, Copy)]
pub(super) struct Check<'a> {
    /// As it was judged.
    pub(super) info: &'a CheckInfo,
    /// It applies, and counts in the project's tier.
    pub(super) counts: bool,
    /// It counts before checks that do not apply leave.
    pub(super) in_tier: bool,
    /// The level at which it is met.
    pub(super) needed: Level,
}

impl<'a> Check<'a> {
    fn of(info: &'a CheckInfo, tier: Tier) -> Self {
        // An experimental project is asked only for what is required of it.
        let in_tier = tier != Tier::Experimental || info.required.is_some();
        Self {
            info,
            counts: in_tier && info.status != Status::NotApplicable,
            in_tier,
            needed: info.required.unwrap_or(Level::Documented),
        }
    }

    /// Whether it is met, due or not; a waiver does not meet it.
    pub(super) fn met(&self) -> bool {
        self.info.status == Status::NotApplicable || self.info.level >= self.needed
    }

    /// Whether it is due by the exit of a phase.
    pub(super) fn due_by(&self, exit: Phase) -> bool {
        self.counts && self.info.due <= exit
    }
}

/// Checks whose scores a floor is held against: an area, or everything when no area is heavy enough.
#[derive(Debug)]
pub(super) struct Group {
    /// The area; none for the mean of all.
    pub(super) area: Option<Area>,
    /// Its checks, by index.
    pub(super) members: Vec<usize>,
    /// Their weight.
    pub(super) weight: u32,
}

impl Group {
    /// The least sum of weight × half points that reaches a floor.
    pub(super) fn needs(&self, floor: u32) -> u32 {
        (floor * 2 * self.weight).div_ceil(100)
    }
}

impl<'a> Standing<'a> {
    pub(super) fn of(assessment: &'a Assessment, floors: [u32; 4]) -> Self {
        let tier = assessment.project.tier;
        let checks: Vec<Check<'a>> = assessment.checks.iter().map(|info| Check::of(info, tier)).collect();
        let index = checks.iter().enumerate().map(|(i, c)| (c.info.id.as_str(), i)).collect();
        Self { checks, index, floors }
    }

    /// A check by its id.
    pub(super) fn find(&self, id: &str) -> Option<usize> {
        self.index.get(id).copied()
    }

    /// The floor at the exit of a phase.
    pub(super) fn floor(&self, exit: Phase) -> u32 {
        self.floors[exit as usize]
    }

    /// What the headline at the exit of a phase is made of.
    pub(super) fn groups(&self, exit: Phase) -> Vec<Group> {
        let due = |area: Option<Area>, counting: fn(&Check<'_>) -> bool| -> Vec<usize> {
            let of = |c: &Check<'_>| c.info.due <= exit && counting(c) && area.is_none_or(|a| c.info.area == a);
            self.checks.iter().enumerate().filter(|(_, c)| of(c)).map(|(i, _)| i).collect()
        };
        let weight = |members: &[usize]| members.iter().map(|i| self.checks[*i].info.weight).sum::<u32>();
        let mut groups: Vec<Group> = Area::ALL
            .iter()
            .filter(|area| weight(&due(Some(**area), |c| c.in_tier)) >= HEADLINE_WEIGHT)
            .map(|area| (*area, due(Some(*area), |c| c.counts)))
            .filter(|(_, members)| !members.is_empty())
            .map(|(area, members)| Group { area: Some(area), weight: weight(&members), members })
            .collect();
        if groups.is_empty() {
            let members = due(None, |c| c.counts);
            groups.push(Group { area: None, weight: weight(&members), members });
        }
        groups
    }

    /// The headline at the exit of a phase, in tenths of points, when every check has these half points; with its area.
    pub(super) fn headline(&self, exit: Phase, half: &[u32]) -> Option<(f64, Option<Area>)> {
        let score = |group: &Group| {
            let points: u32 = group.members.iter().map(|i| self.checks[*i].info.weight * half[*i]).sum();
            num_rational::Ratio::new(100 * i64::from(points), 2 * i64::from(group.weight.max(1)))
        };
        let groups = self.groups(exit);
        let lowest = groups.iter().filter(|g| g.weight > 0).min_by_key(|g| score(g))?;
        Some((crate::score::display(score(lowest), 1), lowest.area))
    }

    /// The half points that every check earns today.
    pub(super) fn half_points(&self) -> Vec<u32> {
        self.checks.iter().map(|c| c.info.level.half_points()).collect()
    }
}

/// How a task stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum State {
    /// Nothing is left to do.
    Done(String),
    /// None of its checks applies.
    NotNeeded,
    /// It is left, with so many working days; why.
    Open { days: u32, because: String },
}

impl State {
    /// Working days that are left.
    pub(super) fn left(&self) -> Option<u32> {
        match self {
            Self::Open { days, .. } => Some(*days),
            Self::Done(_) | Self::NotNeeded => None,
        }
    }
}

/// Levels that the floors ask for beyond what each check needs: by check, the area that it lifts and the floor.
///
/// The checks of an area are raised to verified in one order that does not depend on how the project stands (least days first,
/// then the heavier one), as few as the floor takes. So with more met, fewer are raised and none is raised in its place.
pub(super) fn raised(
    standing: &Standing<'_>,
    playbook: &Playbook,
    from: Phase,
    last: Phase,
) -> HashMap<usize, (Option<Area>, u32)> {
    let mut raised = HashMap::new();
    let days = |id: &str, exit: Phase| {
        let brings = |task: &Task| task.checks.iter().any(|c| c.id == id && c.brings.level() == Level::Verified);
        playbook.tasks().filter(|(phase, task)| *phase <= exit && brings(task)).map(|(_, task)| task.days).min()
    };
    for exit in [Phase::ProveValue, Phase::Harden, Phase::Scale, Phase::Expand] {
        if exit < from || exit > last {
            continue;
        }
        let floor = standing.floor(exit);
        for group in standing.groups(exit) {
            let half = |i: usize, raised: &HashMap<usize, _>| {
                let check = &standing.checks[i];
                let target = if raised.contains_key(&i) { Level::Verified } else { check.needed };
                check.info.level.max(target).half_points()
            };
            let sum = |raised: &HashMap<usize, (Option<Area>, u32)>| -> u32 {
                group.members.iter().map(|i| standing.checks[*i].info.weight * half(*i, raised)).sum()
            };
            let mut order: Vec<(u32, std::cmp::Reverse<u32>, usize)> = group
                .members
                .iter()
                .filter(|i| standing.checks[**i].needed < Level::Verified)
                .filter_map(|i| {
                    let info = standing.checks[*i].info;
                    Some((days(&info.id, exit)?, std::cmp::Reverse(info.weight), *i))
                })
                .collect();
            order.sort_unstable();
            for (_, _, i) in order {
                if sum(&raised) >= group.needs(floor) {
                    break;
                }
                raised.entry(i).or_insert((group.area, floor));
            }
        }
    }
    raised
}

/// How every task of the playbook stands.
pub(super) fn states(
    standing: &Standing<'_>,
    playbook: &Playbook,
    assessment: &Assessment,
    raised: &HashMap<usize, (Option<Area>, u32)>,
    days: &mut Days<'_>,
) -> Vec<State> {
    let tasks: Vec<(Phase, &Task)> = playbook.tasks().collect();
    let phase = assessment.project.phase;
    let mut states: Vec<Option<State>> =
        tasks.iter().map(|(of, task)| by_itself(standing, *of, task, assessment, phase, raised, days)).collect();
    // A task without checks is done when everything that builds on it is: looked at from the end.
    let index: HashMap<&str, usize> = tasks.iter().enumerate().map(|(i, (_, t))| (t.id.as_str(), i)).collect();
    let mut followers: Vec<Vec<usize>> = vec![Vec::new(); tasks.len()];
    for (i, (_, task)) in tasks.iter().enumerate() {
        for need in &task.needs {
            if let Some(before) = index.get(need.as_str()) {
                followers[*before].push(i);
            }
        }
    }
    loop {
        let mut moved = false;
        for i in (0..tasks.len()).rev().filter(|i| states[*i].is_none()).collect::<Vec<_>>() {
            // A gate follows from everything and says nothing about one task.
            let after: Vec<usize> = followers[i].iter().copied().filter(|f| tasks[*f].1.gate.is_none()).collect();
            if after.iter().any(|f| states[*f].is_none()) {
                continue;
            }
            let done = tasks[i].1.gate.is_none()
                && !after.is_empty()
                && after.iter().all(|f| states[*f].as_ref().is_some_and(|s| s.left().is_none()));
            states[i] = Some(if done {
                State::Done("what builds on it is done".to_owned())
            } else {
                State::Open { days: tasks[i].1.days, because: tasks[i].1.exit.clone() }
            });
            moved = true;
        }
        if !moved {
            break;
        }
    }
    let open = |task: &Task| State::Open { days: task.days, because: task.exit.clone() };
    states.into_iter().zip(&tasks).map(|(state, (_, task))| state.unwrap_or_else(|| open(task))).collect()
}

/// How a task stands by its own checks, gate or traffic; none when it has none of them.
fn by_itself(
    standing: &Standing<'_>,
    of: Phase,
    task: &Task,
    assessment: &Assessment,
    phase: Phase,
    raised: &HashMap<usize, (Option<Area>, u32)>,
    days: &mut Days<'_>,
) -> Option<State> {
    if task.recurs.is_some() {
        return Some(State::Open { days: task.days, because: "it comes back".to_owned() });
    }
    if let Some(state) = traffic(of, task, assessment, phase, days) {
        return Some(state);
    }
    if task.checks.is_empty() {
        return (of < phase).then(|| State::Done(format!("the project is in phase {}", phase_name(phase))));
    }
    let checks: Vec<(usize, Level)> =
        task.checks.iter().filter_map(|c| Some((standing.find(&c.id)?, c.brings.level()))).collect();
    let applying: Vec<&(usize, Level)> = checks.iter().filter(|(i, _)| standing.checks[*i].counts).collect();
    if applying.is_empty() {
        return Some(State::NotNeeded);
    }
    let mut missing = Vec::new();
    for (i, brings) in applying {
        let check = &standing.checks[*i];
        let goal = if raised.contains_key(i) { Level::Verified } else { check.needed }.min(*brings);
        if check.info.level >= goal {
            continue;
        }
        missing.push(match raised.get(i) {
            Some((area, floor)) if check.met() => format!(
                "{} is {}; {goal} lifts {} to the floor of {floor}",
                check.info.id,
                check.info.level,
                area.map_or("the mean", Area::id)
            ),
            _ => format!("{} is {}, needs {goal}", check.info.id, check.info.level),
        });
    }
    Some(if missing.is_empty() {
        State::Done("its checks are met".to_owned())
    } else {
        State::Open { days: task.days, because: missing.join("; ") }
    })
}

/// A traffic step is known from the log of stages, or from the phase; a traffic gate from the step after it.
fn traffic(of: Phase, task: &Task, assessment: &Assessment, phase: Phase, days: &mut Days<'_>) -> Option<State> {
    let step = match task.gate.as_deref() {
        Some("scale-50") => Some(50.0),
        Some("scale-100") => Some(100.0),
        _ => None,
    };
    if task.traffic.is_none() && step.is_none() {
        return None;
    }
    let passed = of < phase;
    let stages = || assessment.records.stages.iter().filter(|s| !s.aborted && s.date <= assessment.today);
    if passed {
        return Some(State::Done(format!("the project is in phase {}", phase_name(phase))));
    }
    if let Some(step) = step {
        let entered = stages().filter(|s| s.percent >= step).map(|s| s.date).min();
        return entered.map(|day| State::Done(format!("{step} % began on {day}")));
    }
    let share = f64::from(task.traffic.unwrap_or_default());
    if let Some(later) = stages().filter(|s| s.percent > share).map(|s| s.date).min() {
        return Some(State::Done(format!("the next share began on {later}")));
    }
    let Some(begun) = stages().filter(|s| s.percent >= share).map(|s| s.date).min() else {
        return Some(State::Open { days: task.days, because: format!("the {share} % stage is not logged") });
    };
    // It runs: what is left is what is left of its time.
    let worked = if begun <= assessment.today { days.index(assessment.today.0) - days.index(begun.0) } else { 0 };
    let left = task.days.saturating_sub(u32::try_from(worked).unwrap_or(u32::MAX));
    Some(if left == 0 {
        State::Done(format!("it has run since {begun}, {} days", days_between(begun.0, assessment.today.0)))
    } else {
        State::Open { days: left, because: format!("it has run since {begun}") }
    })
}
