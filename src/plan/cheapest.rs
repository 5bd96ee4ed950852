//! Tasks with days and what each brings enter; the set with the least days that reaches every goal leaves, exactly.
//!
//! It is a closure problem with choices: a task counts only with the tasks that it needs, several tasks may bring the same
//! check, and a floor of an area can be reached in many ways. The search is branch and bound: a task that is the only way to a
//! goal is taken at once, one that cannot be paid for any more is left out, and a branch ends when what it has plus the least
//! that it still needs is no better than the best set so far. That least is admissible: every task's days are split among the
//! goals and floors that it serves, and each of them is filled by the best ratio, the last task in part.

use std::cmp::Ordering;

/// A task that can be taken.
#[derive(Debug, Clone, Default)]
pub(super) struct Job {
    /// Working days.
    pub(super) days: u32,
    /// Tasks without which it cannot be done.
    pub(super) needs: Vec<usize>,
    /// Items and the half points that it brings each to.
    pub(super) brings: Vec<(usize, u32)>,
    /// It is taken in any case.
    pub(super) forced: bool,
}

/// Items of which the weighted half points must reach a sum.
#[derive(Debug, Clone)]
pub(super) struct Floor {
    /// Items and their weights.
    pub(super) members: Vec<(usize, u32)>,
    /// The least sum of weight × half points.
    pub(super) least: u32,
}

/// What is to be reached.
#[derive(Debug, Clone, Default)]
pub(super) struct Problem {
    /// Half points of every item today.
    pub(super) now: Vec<u32>,
    /// Half points that every item must reach; 0 for none.
    pub(super) goals: Vec<u32>,
    /// Sums that must be reached.
    pub(super) floors: Vec<Floor>,
    /// The tasks, in the order of the playbook.
    pub(super) jobs: Vec<Job>,
}

/// Whether a task is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    Open,
    In,
    Out,
}

/// Days, number of tasks, and then the earlier tasks of the playbook first: the least is the best.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cost {
    days: u64,
    count: usize,
    taken: Vec<bool>,
}

impl Ord for Cost {
    fn cmp(&self, other: &Self) -> Ordering {
        // Of two sets with equal cost, the one that takes the first task in which they differ is better.
        self.days.cmp(&other.days).then(self.count.cmp(&other.count)).then_with(|| other.taken.cmp(&self.taken))
    }
}

impl PartialOrd for Cost {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The cheapest set of tasks, by index in order; none when no set reaches everything.
pub(super) fn solve(problem: &Problem) -> Option<Vec<usize>> {
    let mut search = Search { problem, best: None, visited: 0 };
    let mut choice = vec![Choice::Open; problem.jobs.len()];
    let forced = (0..problem.jobs.len()).filter(|j| problem.jobs[*j].forced);
    for job in forced {
        search.take(&mut choice, job)?;
    }
    search.visit(choice);
    search.best.map(|cost| (0..cost.taken.len()).filter(|j| cost.taken[*j]).collect())
}

struct Search<'p> {
    problem: &'p Problem,
    best: Option<Cost>,
    visited: u64,
}

impl Search<'_> {
    /// Takes a task with everything that it needs; none when one of those was left out.
    fn take(&self, choice: &mut [Choice], job: usize) -> Option<()> {
        let mut open = vec![job];
        while let Some(j) = open.pop() {
            match choice[j] {
                Choice::Out => return None,
                Choice::In => {}
                Choice::Open => {
                    choice[j] = Choice::In;
                    open.extend(&self.problem.jobs[j].needs);
                }
            }
        }
        Some(())
    }

    /// Leaves a task out, and with it everything that needs it.
    fn leave(&self, choice: &mut [Choice], job: usize) -> Option<()> {
        let mut open = vec![job];
        while let Some(j) = open.pop() {
            if choice[j] == Choice::In {
                return None;
            }
            if choice[j] == Choice::Open {
                choice[j] = Choice::Out;
                open.extend((0..choice.len()).filter(|k| self.problem.jobs[*k].needs.contains(&j)));
            }
        }
        Some(())
    }

    /// Half points of every item with the tasks of these choices.
    fn reached(&self, choice: &[Choice], with: fn(Choice) -> bool) -> Vec<u32> {
        let mut half = self.problem.now.clone();
        for (job, _) in self.problem.jobs.iter().zip(choice).filter(|(_, c)| with(**c)) {
            for (item, level) in &job.brings {
                half[*item] = half[*item].max(*level);
            }
        }
        half
    }

    /// Takes what is the only way to a goal, until nothing changes; none when something cannot be reached any more.
    fn propagate(&self, choice: &mut [Choice]) -> Option<Vec<u32>> {
        loop {
            let half = self.reached(choice, |c| c == Choice::In);
            let mut moved = false;
            for (item, goal) in self.problem.goals.iter().enumerate().filter(|(i, g)| half[*i] < **g) {
                let serves = |j: &usize| self.problem.jobs[*j].brings.iter().any(|(i, l)| *i == item && l >= goal);
                let mut ways = (0..choice.len()).filter(|j| choice[*j] != Choice::Out).filter(serves);
                let first = ways.next()?;
                if ways.next().is_none() && choice[first] == Choice::Open {
                    self.take(choice, first)?;
                    moved = true;
                }
            }
            if !moved {
                let most = self.reached(choice, |c| c != Choice::Out);
                let can = self.problem.floors.iter().all(|f| sum(f, &most) >= f.least);
                return can.then_some(half);
            }
        }
    }

    fn visit(&mut self, mut choice: Vec<Choice>) {
        self.visited += 1;
        let Some(half) = self.propagate(&mut choice) else { return };
        let taken: Vec<bool> = choice.iter().map(|c| *c == Choice::In).collect();
        let days: u64 = self.problem.jobs.iter().zip(&taken).filter(|(_, t)| **t).map(|(j, _)| u64::from(j.days)).sum();
        let count = taken.iter().filter(|t| **t).count();
        let wants = self.wants(&choice, &half);
        if wants.is_empty() {
            let cost = Cost { days, count, taken };
            if self.best.as_ref().is_none_or(|best| cost < *best) {
                self.best = Some(cost);
            }
            return;
        }
        if let Some(best) = &self.best {
            let least = days + self.least(&wants);
            match least.cmp(&best.days).then((count + 1).cmp(&best.count)) {
                Ordering::Greater => return,
                // It can only be as good by taking earlier tasks: the most that it could take must beat the best.
                Ordering::Equal => {
                    let most: Vec<bool> = choice.iter().map(|c| *c != Choice::Out).collect();
                    if most <= best.taken {
                        return;
                    }
                }
                Ordering::Less => {}
            }
        }
        let mut jobs: Vec<usize> = wants.iter().flat_map(|w| w.ways.iter().map(|way| way.0)).collect();
        jobs.sort_unstable();
        let Some(job) = self.best_branch(&jobs, &wants) else { return };
        let mut with = choice.clone();
        if self.take(&mut with, job).is_some() {
            self.visit(with);
        }
        if self.leave(&mut choice, job).is_some() {
            self.visit(choice);
        }
    }

    /// The task that serves most for its days; the first of several.
    fn best_branch(&self, jobs: &[usize], wants: &[Want]) -> Option<usize> {
        let worth = |job: usize| {
            let gain: u64 = wants
                .iter()
                .flat_map(|w| {
                    w.ways.iter().filter(|way| way.0 == job).map(|way| way.1.min(w.deficit) * 1000 / w.deficit.max(1))
                })
                .sum();
            gain * 1000 / u64::from(self.problem.jobs[job].days.max(1))
        };
        jobs.iter().copied().max_by(|a, b| worth(*a).cmp(&worth(*b)).then(b.cmp(a)))
    }

    /// What is not reached yet, and the open tasks that would move it.
    fn wants(&self, choice: &[Choice], half: &[u32]) -> Vec<Want> {
        let open = || self.problem.jobs.iter().enumerate().filter(|(j, _)| choice[*j] == Choice::Open);
        let goals =
            self.problem.goals.iter().enumerate().filter(|(i, goal)| half[*i] < **goal).map(|(item, goal)| Want {
                deficit: 1,
                ways: open()
                    .filter(|(_, job)| job.brings.iter().any(|(i, level)| *i == item && level >= goal))
                    .map(|(j, _)| (j, 1))
                    .collect(),
            });
        let floors = self.problem.floors.iter().filter(|f| sum(f, half) < f.least).map(|floor| {
            let gain = |job: &Job| -> u64 {
                let gained = floor.members.iter().map(|(item, weight)| {
                    let level = job.brings.iter().filter(|(i, _)| i == item).map(|(_, l)| *l).max().unwrap_or_default();
                    u64::from(weight * level.saturating_sub(half[*item]))
                });
                gained.sum()
            };
            let ways = open().map(|(j, job)| (j, gain(job))).filter(|(_, gain)| *gain > 0).collect();
            Want { deficit: u64::from(floor.least - sum(floor, half)), ways }
        });
        goals.chain(floors).collect()
    }

    /// Days that are needed at the least for everything that is not reached.
    fn least(&self, wants: &[Want]) -> u64 {
        /// Divisible by every number of goals that a task is likely to serve.
        const SCALE: u64 = 27_720;
        let mut serves = vec![0_u64; self.problem.jobs.len()];
        for (job, _) in wants.iter().flat_map(|w| &w.ways) {
            serves[*job] += 1;
        }
        let split: u64 =
            wants.iter().map(|w| w.fill(|j| u64::from(self.problem.jobs[j].days) * SCALE / serves[j].max(1))).sum();
        let single = wants.iter().map(|w| w.fill(|j| u64::from(self.problem.jobs[j].days) * SCALE)).max();
        split.max(single.unwrap_or_default()).div_ceil(SCALE)
    }
}

/// Something that is not reached, and the tasks that move it by how much.
struct Want {
    deficit: u64,
    ways: Vec<(usize, u64)>,
}

impl Want {
    /// The least price of the deficit when the last task may be taken in part.
    fn fill(&self, price: impl Fn(usize) -> u64) -> u64 {
        let mut ways: Vec<(u64, u64)> = self.ways.iter().map(|(job, gain)| (price(*job), *gain)).collect();
        ways.sort_unstable_by(|a, b| (u128::from(a.0) * u128::from(b.1)).cmp(&(u128::from(b.0) * u128::from(a.1))));
        let (mut left, mut paid) = (self.deficit, 0);
        for (price, gain) in ways {
            if gain >= left {
                return paid + price * left / gain.max(1);
            }
            left -= gain;
            paid += price;
        }
        paid
    }
}

fn sum(floor: &Floor, half: &[u32]) -> u32 {
    floor.members.iter().map(|(item, weight)| weight * half[*item]).sum()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn problems() -> impl Strategy<Value = Problem> {
        let items = 5_usize;
        let job = (
            1_u32..12,
            proptest::collection::vec(any::<proptest::sample::Index>(), 0..2),
            proptest::collection::vec((0..items, 1_u32..3), 0..4),
            proptest::bool::weighted(0.08),
        );
        let floor = (proptest::collection::vec((0..items, 1_u32..6), 1..4), 0_u32..24);
        (
            proptest::collection::vec(0_u32..3, items),
            proptest::collection::vec(0_u32..3, items),
            proptest::collection::vec(floor, 0..3),
            proptest::collection::vec(job, 1..11),
        )
            .prop_map(|(now, goals, floors, jobs)| Problem {
                now,
                goals,
                floors: floors
                    .into_iter()
                    .map(|(mut members, least)| {
                        members.sort_unstable();
                        members.dedup_by_key(|m| m.0);
                        Floor { members, least }
                    })
                    .collect(),
                jobs: jobs
                    .into_iter()
                    .enumerate()
                    .map(|(j, (days, needs, brings, forced))| Job {
                        days,
                        needs: needs.iter().filter(|_| j > 0).map(|n| n.index(j.max(1))).collect(),
                        brings,
                        forced,
                    })
                    .collect(),
            })
    }

    /// Every set of tasks, tried.
    fn brute(problem: &Problem) -> Option<Vec<usize>> {
        let n = problem.jobs.len();
        (0..1_u32 << n)
            .filter_map(|set| {
                let taken: Vec<bool> = (0..n).map(|j| set >> j & 1 == 1).collect();
                let whole = problem.jobs.iter().enumerate().all(|(j, job)| {
                    (taken[j] || !job.forced) && (!taken[j] || job.needs.iter().all(|need| taken[*need]))
                });
                let mut half = problem.now.clone();
                for (job, _) in problem.jobs.iter().zip(&taken).filter(|(_, t)| **t) {
                    for (item, level) in &job.brings {
                        half[*item] = half[*item].max(*level);
                    }
                }
                let reached = problem.goals.iter().zip(&half).all(|(g, h)| h >= g)
                    && problem.floors.iter().all(|f| sum(f, &half) >= f.least);
                let days = problem.jobs.iter().zip(&taken).filter(|(_, t)| **t).map(|(j, _)| u64::from(j.days)).sum();
                let count = taken.iter().filter(|t| **t).count();
                (whole && reached).then_some(Cost { days, count, taken })
            })
            .min()
            .map(|cost| (0..n).filter(|j| cost.taken[*j]).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1500))]

        #[test]
        fn the_search_finds_what_trying_everything_finds(problem in problems()) {
            prop_assert_eq!(solve(&problem), brute(&problem));
        }
    }

    #[test]
    fn greed_would_pay_more() {
        // One task lifts the area by the best ratio, and with it the other two are needed still; those two alone suffice.
        let job = |days, item| Job { days, brings: vec![(item, 2)], ..Job::default() };
        let problem = Problem {
            now: vec![0; 3],
            goals: vec![0; 3],
            floors: vec![Floor { members: vec![(0, 3), (1, 2), (2, 2)], least: 8 }],
            jobs: vec![job(4, 0), job(3, 1), job(3, 2)],
        };
        assert_eq!(solve(&problem).unwrap(), [1, 2]);
    }

    #[test]
    fn what_cannot_be_reached_has_no_set() {
        let problem = Problem { now: vec![0], goals: vec![2], floors: vec![], jobs: vec![] };
        assert_eq!(solve(&problem), None);
        let problem = Problem { now: vec![2], goals: vec![2], floors: vec![], jobs: vec![] };
        assert_eq!(solve(&problem).unwrap(), Vec::<usize>::new());
    }
}
