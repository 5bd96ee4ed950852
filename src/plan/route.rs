//! What is left and what a gate asks enter; the cheapest set of tasks that opens it leaves.

use std::collections::BTreeSet;

use super::cheapest::{Floor, Job, Problem, solve};
use super::model::{CheapestInfo, ExpiringInfo};
use super::{Ground, Network, count};
use crate::checklist::Level;
use crate::evaluate::{Status, WaiverState};
use crate::gate::{Target, short};
use crate::manifest::value::Day;

/// The cheapest way, and the working days that are left of each of its tasks.
pub(super) struct Route {
    pub(super) info: CheapestInfo,
    pub(super) left: Vec<Option<u32>>,
}

/// Finds the set with the least working days; of several the one with the fewest tasks, then with the earlier ones.
///
/// A live waiver lifts its requirement only when it lives on the day on which the plan reaches the gate: with it gone, the set is
/// found again.
pub(super) fn cheapest(ground: &Ground<'_>, target: Target) -> Route {
    let live = |check: &&crate::assess::WaiverInfo| check.state == WaiverState::Live;
    let mut waivers: Vec<(&str, Day)> =
        ground.inputs.assessment.waivers.iter().filter(live).map(|w| (w.check.as_str(), w.expires)).collect();
    loop {
        let Some(taken) = search(ground, target, &waivers) else { return impossible(ground, target, &waivers) };
        let left = chosen(ground, &taken);
        let dated = ground.dated(&left, ground.calendar);
        let reached = ground.reached(&dated, target).unwrap_or(ground.inputs.assessment.today);
        let before = waivers.len();
        waivers.retain(|(_, expires)| *expires >= reached);
        if waivers.len() == before {
            return Route { info: describe(ground, target, &taken, &waivers), left };
        }
    }
}

/// The tasks that can be taken for a gate, by index.
fn candidates(ground: &Ground<'_>, target: Target) -> Vec<usize> {
    (0..ground.network.tasks.len()).filter(|t| ground.network.tasks[*t].0 <= target.exit()).collect()
}

fn search(ground: &Ground<'_>, target: Target, waivers: &[(&str, Day)]) -> Option<BTreeSet<usize>> {
    let tasks = candidates(ground, target);
    let problem = problem(ground, target, waivers, &tasks);
    Some(solve(&problem)?.into_iter().map(|job| tasks[job]).collect())
}

fn problem(ground: &Ground<'_>, target: Target, waivers: &[(&str, Day)], tasks: &[usize]) -> Problem {
    let (network, standing) = (&ground.network, &ground.standing);
    let exit = target.exit();
    let now = standing.half_points();
    let goals = standing.checks.iter().map(|check| {
        let waived = check.info.status == Status::Waived && waivers.iter().any(|(id, _)| *id == check.info.id);
        let asked = check.due_by(exit) && !waived;
        check.info.required.filter(|_| asked).map_or(0, Level::half_points)
    });
    let floors = standing.groups(exit).into_iter().map(|group| Floor {
        least: group.needs(standing.floor(exit)),
        members: group.members.iter().map(|i| (*i, standing.checks[*i].info.weight)).collect(),
    });
    let job = |t: &usize| {
        let (_, task) = network.tasks[*t];
        let open = |id: &String| {
            let before = network.find(id)?;
            ground.states[before].left()?;
            tasks.iter().position(|other| *other == before)
        };
        let gate = task.gate.as_deref().is_some_and(|g| !g.starts_with("scale-"));
        let brings = task.checks.iter().filter_map(|c| {
            let i = standing.find(&c.id)?;
            let half = c.brings.level().half_points();
            (standing.checks[i].counts && half > now[i]).then_some((i, half))
        });
        Job {
            days: ground.states[*t].left().unwrap_or(task.days),
            // A gate opens by what the checks say: it needs no task by itself.
            needs: if gate { Vec::new() } else { task.needs.iter().filter_map(open).collect() },
            brings: brings.collect(),
            forced: task.gate.as_deref() == Some(target.name()) && ground.states[*t].left().is_some(),
        }
    };
    Problem { goals: goals.collect(), floors: floors.collect(), jobs: tasks.iter().map(job).collect(), now }
}

fn chosen(ground: &Ground<'_>, taken: &BTreeSet<usize>) -> Vec<Option<u32>> {
    let days = |t: usize| ground.states[t].left().unwrap_or(ground.network.tasks[t].1.days);
    (0..ground.network.tasks.len()).map(|t| taken.contains(&t).then(|| days(t))).collect()
}

/// Open tasks up to the gate that do not come back.
fn open<'g>(ground: &'g Ground<'_>, target: Target) -> impl Iterator<Item = usize> + 'g {
    let network: &Network<'_> = &ground.network;
    candidates(ground, target)
        .into_iter()
        .filter(move |t| network.tasks[*t].1.recurs.is_none() && ground.states[*t].left().is_some())
}

fn describe(ground: &Ground<'_>, target: Target, taken: &BTreeSet<usize>, waivers: &[(&str, Day)]) -> CheapestInfo {
    let (network, standing) = (&ground.network, &ground.standing);
    let exit = target.exit();
    let id = |t: usize| network.tasks[t].1.id.clone();
    let left = chosen(ground, taken);
    let days: u32 = left.iter().flatten().sum();
    let all_days: u32 = open(ground, target).filter_map(|t| ground.states[t].left()).sum();
    let half = ground.half_points(|t| taken.contains(&t));
    let met = |i: usize| half[i] >= standing.checks[i].needed.half_points();
    let due = || standing.checks.iter().enumerate().filter(|(_, c)| c.due_by(exit));
    let used = |id: &str| due().any(|(i, c)| c.info.id == id && c.info.status == Status::Waived && !met(i));
    let headline = standing.headline(exit, &half).map(|h| h.0);
    let floor = standing.floor(exit);
    let left_out: Vec<String> = open(ground, target).filter(|t| !taken.contains(t)).map(id).collect();
    let message = match taken.len() {
        0 => format!("The gate to {} opens with what is there.", target.name()),
        n => format!(
            "{} with {} open the gate to {}, instead of {} with {}; the headline is then {} (floor {floor}).",
            count(n, "task"),
            count(days, "working day"),
            target.name(),
            open(ground, target).count(),
            all_days,
            headline.map_or_else(|| "-".to_owned(), short),
        ),
    };
    let title = |id: &str| {
        let check = ground.standing.find(id).map(|i| &ground.standing.checks[i]);
        check.map_or_else(|| id.to_owned(), |c| c.info.title.clone())
    };
    CheapestInfo {
        to: target.name().to_owned(),
        possible: true,
        tasks: taken.iter().map(|t| id(*t)).collect(),
        days,
        all_days,
        headline,
        floor,
        waivers: waivers
            .iter()
            .filter(|(id, _)| used(id))
            .map(|(id, expires)| ExpiringInfo {
                check: (*id).to_owned(),
                title: title(id),
                expires: *expires,
                waiver: true,
            })
            .collect(),
        left_out,
        unmet: due().filter(|(i, _)| !met(*i)).map(|(_, c)| c.info.id.clone()).collect(),
        message,
    }
}

/// Says what stands in the way when no set of tasks opens the gate.
fn impossible(ground: &Ground<'_>, target: Target, waivers: &[(&str, Day)]) -> Route {
    let tasks = candidates(ground, target);
    let problem = problem(ground, target, waivers, &tasks);
    let mut most = problem.now.clone();
    for (item, half) in problem.jobs.iter().flat_map(|j| &j.brings) {
        most[*item] = most[*item].max(*half);
    }
    let checks = &ground.standing.checks;
    let stuck: Vec<String> = problem
        .goals
        .iter()
        .enumerate()
        .filter(|(i, g)| most[*i] < **g)
        .map(|(i, _)| checks[i].info.id.clone())
        .collect();
    let why = if stuck.is_empty() {
        let headline = ground.standing.headline(target.exit(), &most);
        let (score, area) = headline.map_or((0.0, None), |h| h);
        format!(
            "with every task done, {} comes to {} only",
            area.map_or("the mean", crate::checklist::Area::id),
            short(score)
        )
    } else {
        format!("no task brings {}", stuck.join(", "))
    };
    let all = ground.left(target.exit());
    let all_days = open(ground, target).filter_map(|t| ground.states[t].left()).sum();
    let info = CheapestInfo {
        to: target.name().to_owned(),
        possible: false,
        tasks: Vec::new(),
        days: 0,
        all_days,
        headline: None,
        floor: ground.standing.floor(target.exit()),
        waivers: Vec::new(),
        left_out: Vec::new(),
        unmet: stuck,
        message: format!("No set of tasks of the playbook opens the gate to {}: {why}.", target.name()),
    };
    Route { info, left: all }
}
