//! Tasks with needs, roles and release days enter; the days on which each is done leave. Nobody is over capacity.
//!
//! # The rule
//! First one order is made for *all* tasks, as if none was done: whenever a role is free, the task that can begin first is next,
//! and of several the one with the longest way to the end (the most working days after it), then the first in the playbook. The
//! order fixes for every seat (one person's full week of a role) which task follows which. A plan leaves out what is done, keeps that order
//! and begins every task on the first day that its needs, its release and its seat allow.
//!
//! # Why the order is fixed
//! List scheduling that decides anew for each set of tasks has anomalies (Graham 1969, "Bounds on multiprocessing timing
//! anomalies"): with less to do, the plan can become longer. With the order fixed, the plan is the longest way through one graph of needs
//! and successions; leaving a task out takes days off that way and never adds any. So meeting a check moves no task to a later
//! day. A part-time role does not change that: it takes the first days of a week that it can, and whoever can begin earlier has
//! used up no more of the week by any later day.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::calendar::{Calendar, Days};

/// A piece of work.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// Working days.
    pub(super) days: u32,
    /// The role that is kept busy; none for work that only waits.
    pub(super) role: Option<usize>,
    /// The nodes that come before it; without circles.
    pub(super) needs: Vec<usize>,
    /// The first week of the plan in which it is meant to begin, from 0; only the order depends on it.
    pub(super) week: u32,
}

/// The order of work: a succession of nodes that respects their needs, and the seat of each.
#[derive(Debug, Clone)]
pub(super) struct Order {
    sequence: Vec<usize>,
    seat: Vec<Option<(usize, usize)>>,
}

/// When a node is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slot {
    /// The first working day, as a number from the first day of the plan.
    pub(super) first: usize,
    /// The last.
    pub(super) last: usize,
    /// Every day that is worked on it.
    pub(super) worked: Vec<usize>,
    /// The same days as dates.
    pub(super) start: Date,
    /// The last as a date.
    pub(super) end: Date,
    /// The node before it on the same seat.
    pub(super) after: Option<usize>,
}

/// One person's week of a role.
#[derive(Debug, Clone, Default)]
struct Seat {
    /// Hundredths of days per week.
    hundredths: u32,
    /// The first free day.
    free: usize,
    /// Days used, by week.
    used: BTreeMap<i64, u32>,
    /// Who sits here last.
    last: Option<usize>,
}

impl Seat {
    /// The seats of a role: full weeks, and what is left over.
    fn of(hundredths: u32, per_week: u32) -> Vec<Self> {
        let full = per_week.max(1) * 100;
        let seat = |hundredths| Self { hundredths, ..Self::default() };
        let mut seats: Vec<Self> = (0..hundredths / full).map(|_| seat(full)).collect();
        if !hundredths.is_multiple_of(full) {
            seats.push(seat(hundredths % full));
        }
        seats
    }

    /// Whole days that the seat gives to a week; a half day is given every second week.
    fn quota(&self, week: i64) -> u32 {
        let per = i64::from(self.hundredths);
        u32::try_from(((week + 1) * per).div_euclid(100) - (week * per).div_euclid(100)).unwrap_or_default()
    }

    /// Does some days of work, not before a day: the days that are worked.
    fn work(&mut self, node: usize, ready: usize, days: u32, calendar: &mut Days<'_>) -> Vec<usize> {
        let mut worked = Vec::with_capacity(days as usize);
        let mut day = ready.max(self.free);
        while worked.len() < days as usize {
            let week = calendar.week(day);
            // At the end of the calendar one day repeats for ever; it takes whatever is left.
            let quota = if calendar.date(day) == Date::MAX { u32::MAX } else { self.quota(week) };
            let used = self.used.entry(week).or_default();
            if *used < quota {
                *used += 1;
                worked.push(day);
            }
            day += 1;
        }
        self.free = day;
        self.last = Some(node);
        worked
    }
}

/// Makes the order of work for all nodes. `roles` holds the hundredths of days per week of each role.
pub(super) fn order(nodes: &[Node], roles: &[u32], calendar: &Calendar) -> Order {
    let bare = calendar.bare();
    let mut days = Days::from(&bare, Date::constant(2024, 1, 1));
    let per_week = calendar.per_week();
    let tails = tails(nodes);
    let mut seats: Vec<Vec<Seat>> = roles.iter().map(|h| Seat::of(*h, per_week)).collect();
    let mut ends: Vec<Option<usize>> = vec![None; nodes.len()];
    let mut order = Order { sequence: Vec::with_capacity(nodes.len()), seat: vec![None; nodes.len()] };
    while order.sequence.len() < nodes.len() {
        let candidate = (0..nodes.len())
            .filter(|n| ends[*n].is_none())
            .filter_map(|n| {
                let ready = ready(&nodes[n], &ends)?.max((nodes[n].week * per_week) as usize);
                let begin = match nodes[n].role {
                    None => (ready, None),
                    Some(role) => {
                        let free = seats[role].iter().enumerate().map(|(s, seat)| (seat.free.max(ready), s)).min()?;
                        (free.0, Some((role, free.1)))
                    }
                };
                Some((begin.0, std::cmp::Reverse(tails[n]), n, begin.1))
            })
            .min();
        // Without a circle there is always one that can begin.
        let Some((begin, _, n, seat)) = candidate else { break };
        let last = match seat {
            None => begin + nodes[n].days as usize - 1,
            Some((role, s)) => {
                let worked = seats[role][s].work(n, begin, nodes[n].days, &mut days);
                worked.last().copied().unwrap_or(begin)
            }
        };
        ends[n] = Some(last);
        order.seat[n] = seat;
        order.sequence.push(n);
    }
    order
}

/// The day after everything that a node needs; none while something is not placed.
fn ready(node: &Node, ends: &[Option<usize>]) -> Option<usize> {
    node.needs.iter().try_fold(0, |ready, need| Some(ready.max(ends[*need]? + 1)))
}

/// Working days from the begin of each node to the end of everything that follows from it.
fn tails(nodes: &[Node]) -> Vec<u64> {
    let mut followers: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    let mut open: Vec<usize> = vec![0; nodes.len()];
    for (n, node) in nodes.iter().enumerate() {
        for need in &node.needs {
            followers[*need].push(n);
            open[*need] += 1;
        }
    }
    let mut tails: Vec<u64> = nodes.iter().map(|n| u64::from(n.days)).collect();
    let mut last: Vec<usize> = (0..nodes.len()).filter(|n| open[*n] == 0).collect();
    while let Some(n) = last.pop() {
        let after = followers[n].iter().map(|f| tails[*f]).max().unwrap_or_default();
        tails[n] = u64::from(nodes[n].days) + after;
        for need in &nodes[n].needs {
            open[*need] -= 1;
            if open[*need] == 0 {
                last.push(*need);
            }
        }
    }
    tails
}

/// What is known of one node when a plan is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Todo {
    /// Working days that are left; the node is left out when none.
    pub(super) days: Option<u32>,
    /// It does not begin before this day.
    pub(super) release: Date,
}

/// Begins every node that is left on the first day that its needs, its release and its seat allow.
pub(super) fn schedule(
    nodes: &[Node],
    roles: &[u32],
    order: &Order,
    todo: &[Todo],
    calendar: &Calendar,
    days: &mut Days<'_>,
) -> Vec<Option<Slot>> {
    let mut seats: Vec<Vec<Seat>> = roles.iter().map(|h| Seat::of(*h, calendar.per_week())).collect();
    let mut slots: Vec<Option<Slot>> = vec![None; nodes.len()];
    for &n in &order.sequence {
        let Some(left) = todo[n].days else { continue };
        let needed = nodes[n].needs.iter().filter_map(|need| slots[*need].as_ref()).map(|s| s.last + 1).max();
        let ready = needed.unwrap_or_default().max(days.index(todo[n].release));
        let (worked, after) = match order.seat[n] {
            None => ((ready..ready + left as usize).collect(), None),
            Some((role, seat)) => {
                let seat = &mut seats[role][seat];
                let after = seat.last;
                (seat.work(n, ready, left, days), after)
            }
        };
        let (first, last) = (worked.first().copied().unwrap_or(ready), worked.last().copied().unwrap_or(ready));
        let (start, end) = (days.date(first), days.date(last));
        slots[n] = Some(Slot { first, last, worked, start, end, after });
    }
    slots
}

/// Working days by which each node can move without moving `end`, the last day of the plan, or one of the `fixed` nodes: gates,
/// whose days people have in their calendars.
pub(super) fn slack(
    nodes: &[Node],
    order: &Order,
    slots: &[Option<Slot>],
    end: usize,
    fixed: &[usize],
) -> Vec<Option<usize>> {
    let mut latest: Vec<usize> = vec![end; nodes.len()];
    for n in fixed {
        latest[*n] = slots[*n].as_ref().map_or(end, |slot| slot.last);
    }
    for &n in order.sequence.iter().rev() {
        let Some(slot) = &slots[n] else { continue };
        let span = slot.last - slot.first;
        let begin = latest[n].saturating_sub(span);
        let before = nodes[n].needs.iter().copied().chain(slot.after);
        for need in before {
            latest[need] = latest[need].min(begin.saturating_sub(1));
        }
    }
    slots.iter().enumerate().map(|(n, slot)| slot.as_ref().map(|s| latest[n].saturating_sub(s.last))).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::manifest::value::{Day, Period};

    const FIRST: Date = Date::constant(2026, 11, 23);

    /// Random work: needs point backward, so there is no circle.
    fn work() -> impl Strategy<Value = (Vec<Node>, Vec<u32>)> {
        let node = (1_u32..9, 0_usize..4, proptest::collection::vec(any::<proptest::sample::Index>(), 0..4), 0_u32..6);
        (proptest::collection::vec(node, 1..24), proptest::collection::vec(20_u32..1300, 3)).prop_map(|(raw, roles)| {
            let nodes = raw
                .into_iter()
                .enumerate()
                .map(|(n, (days, role, needs, week))| {
                    let needs: BTreeSet<usize> = needs.iter().filter(|_| n > 0).map(|i| i.index(n.max(1))).collect();
                    Node { days, role: (role < 3).then_some(role), needs: needs.into_iter().collect(), week }
                })
                .collect();
            (nodes, roles)
        })
    }

    fn plan(nodes: &[Node], roles: &[u32], left: &[Option<u32>], calendar: &Calendar) -> Vec<Option<Slot>> {
        let order = order(nodes, roles, calendar);
        assert_eq!(order.sequence.len(), nodes.len());
        let todo: Vec<Todo> = left
            .iter()
            .zip(nodes)
            .map(|(days, node)| Todo {
                days: *days,
                release: super::super::calendar::shift(FIRST, i64::from(node.week) * 7),
            })
            .collect();
        let mut days = Days::from(calendar, FIRST);
        schedule(nodes, roles, &order, &todo, calendar, &mut days)
    }

    fn calendar() -> Calendar {
        let day = |text: &str| Day::parse(text).unwrap();
        let off = Period { from: day("2026-12-24"), to: day("2027-01-05") };
        Calendar::default().layer([off], &[], &BTreeMap::new())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn no_task_before_its_needs_and_none_over_capacity((nodes, roles) in work(), done in any::<u32>()) {
            let calendar = calendar();
            let left: Vec<Option<u32>> =
                nodes.iter().enumerate().map(|(n, node)| (done >> (n % 32) & 1 == 0).then_some(node.days)).collect();
            let slots = plan(&nodes, &roles, &left, &calendar);
            let mut days = Days::from(&calendar, FIRST);
            for (n, slot) in slots.iter().enumerate() {
                prop_assert_eq!(slot.is_some(), left[n].is_some());
                let Some(slot) = slot else { continue };
                prop_assert_eq!(slot.worked.len(), nodes[n].days as usize);
                prop_assert!(calendar.works(slot.start) && calendar.works(slot.end));
                for need in &nodes[n].needs {
                    if let Some(before) = &slots[*need] {
                        prop_assert!(before.end < slot.start, "{} begins before {} ends", n, need);
                    }
                }
            }
            for (role, hundredths) in roles.iter().enumerate() {
                let seats = Seat::of(*hundredths, 5);
                let worked: Vec<usize> = slots.iter().enumerate().filter(|(n, _)| nodes[*n].role == Some(role))
                    .filter_map(|(_, s)| s.as_ref()).flat_map(|s| s.worked.clone()).collect();
                let mut by_week: BTreeMap<i64, u32> = BTreeMap::new();
                let mut by_day: BTreeMap<usize, usize> = BTreeMap::new();
                for day in worked {
                    *by_week.entry(days.week(day)).or_default() += 1;
                    *by_day.entry(day).or_default() += 1;
                }
                for (week, used) in by_week {
                    let quota: u32 = seats.iter().map(|s| s.quota(week)).sum();
                    prop_assert!(used <= quota, "role {} works {} days in week {}, of {}", role, used, week, quota);
                }
                prop_assert!(by_day.values().all(|n| *n <= seats.len()));
            }
        }

        /// The law that list scheduling breaks and a fixed order keeps: with less to do nothing moves to a later day.
        #[test]
        fn meeting_a_check_never_lengthens_the_plan((nodes, roles) in work(), done in any::<u32>(), more in any::<u32>(), cut in 1_u32..4) {
            let calendar = calendar();
            let bit = |set: u32, n: usize| set >> (n % 32) & 1 == 1;
            let before: Vec<Option<u32>> =
                nodes.iter().enumerate().map(|(n, node)| (!bit(done, n)).then_some(node.days)).collect();
            // Some of it is done now, and some became shorter.
            let after: Vec<Option<u32>> = before.iter().enumerate()
                .map(|(n, days)| days.filter(|_| !bit(more, n)).map(|d| if n % 3 == 0 { (d / cut).max(1) } else { d })).collect();
            let (long, short) = (plan(&nodes, &roles, &before, &calendar), plan(&nodes, &roles, &after, &calendar));
            for (n, slot) in short.iter().enumerate() {
                let Some(slot) = slot else { continue };
                let was = long[n].as_ref().unwrap();
                prop_assert!(slot.start <= was.start && slot.end <= was.end, "{} moved from {} to {}", n, was.end, slot.end);
            }
        }

        #[test]
        fn the_same_work_gives_the_same_plan((nodes, roles) in work()) {
            let calendar = calendar();
            let left: Vec<Option<u32>> = nodes.iter().map(|n| Some(n.days)).collect();
            prop_assert_eq!(plan(&nodes, &roles, &left, &calendar), plan(&nodes, &roles, &left, &calendar));
        }

        /// A task with slack can begin that much later, and one without cannot, when everybody works all week.
        #[test]
        fn slack_is_what_a_task_can_wait((nodes, _) in work(), which in any::<proptest::sample::Index>()) {
            let calendar = calendar();
            let roles = vec![500_u32; 3];
            let left: Vec<Option<u32>> = nodes.iter().map(|n| Some(n.days)).collect();
            let order = order(&nodes, &roles, &calendar);
            let mut todo: Vec<Todo> = nodes.iter().map(|n| Todo { days: Some(n.days), release: FIRST }).collect();
            let mut days = Days::from(&calendar, FIRST);
            let slots = schedule(&nodes, &roles, &order, &todo, &calendar, &mut days);
            let end = |slots: &[Option<Slot>]| slots.iter().flatten().map(|s| s.last).max().unwrap();
            let whole = end(&slots);
            let slack = slack(&nodes, &order, &slots, whole, &[]);
            prop_assert!(slack.iter().flatten().any(|s| *s == 0));
            let n = which.index(nodes.len());
            let (slot, wait) = (slots[n].as_ref().unwrap(), slack[n].unwrap());
            for (more, moves) in [(wait, false), (wait + 1, true)] {
                todo[n].release = days.date(slot.first + more);
                let moved = schedule(&nodes, &roles, &order, &todo, &calendar, &mut days);
                prop_assert_eq!(end(&moved) > whole, moves, "task {} with slack {}", n, wait);
            }
            prop_assert_eq!(left.len(), nodes.len());
        }
    }

    /// Graham's example: three people, nine tasks. List scheduling needs 12 days with the tasks as they are and 13 when each is a
    /// day shorter; the fixed order needs less.
    #[test]
    fn grahams_anomaly_does_not_happen_here() {
        let needs: [&[usize]; 9] = [&[], &[], &[], &[], &[3], &[3], &[3], &[3], &[0]];
        let nodes: Vec<Node> = [3, 2, 2, 2, 4, 4, 4, 4, 9]
            .iter()
            .zip(needs)
            .map(|(days, needs)| Node { days: *days, role: Some(0), needs: needs.to_vec(), week: 0 })
            .collect();
        let full: Vec<Option<u32>> = nodes.iter().map(|n| Some(n.days)).collect();
        let shorter: Vec<Option<u32>> = nodes.iter().map(|n| Some(n.days - 1)).collect();
        let end = |left: &[Option<u32>]| {
            plan(&nodes, &[1500], left, &Calendar::default()).iter().flatten().map(|s| s.last + 1).max().unwrap()
        };
        assert_eq!(end(&full), 12);
        assert!(end(&shorter) < 12, "{}", end(&shorter));
    }

    #[test]
    fn half_a_week_takes_twice_as_long() {
        let nodes = [Node { days: 5, role: Some(0), needs: vec![], week: 0 }];
        let end = |hundredths: u32| {
            plan(&nodes, &[hundredths], &[Some(5)], &Calendar::default())[0].as_ref().unwrap().end.to_string()
        };
        assert_eq!(end(500), "2026-11-27");
        assert_eq!(end(250), "2026-12-02");
        assert_eq!(end(100), "2026-12-21");
    }
}
