//! A playbook enters; the graph of its work leaves: parts of trainings before their traffic, gates after what they wait for.

use std::collections::HashMap;

use super::schedule::Node;
use crate::manifest::model::Phase;
use crate::playbook::{Playbook, Task};

/// The work of a playbook.
#[derive(Debug)]
pub(super) struct Network<'p> {
    /// The tasks, in order.
    pub(super) tasks: Vec<(Phase, &'p Task)>,
    /// The pieces of work: one a task, or one a part.
    pub(super) nodes: Vec<Node>,
    /// The task of each node, and the share of traffic before which a part is done.
    pub(super) of: Vec<(usize, Option<u32>)>,
    /// The nodes of each task, in order.
    pub(super) parts: Vec<Vec<usize>>,
    /// The roles, as they were first written.
    pub(super) roles: Vec<&'p str>,
}

impl<'p> Network<'p> {
    pub(super) fn of(playbook: &'p Playbook) -> Self {
        let tasks: Vec<(Phase, &'p Task)> = playbook.tasks().collect();
        let mut network = Network {
            parts: vec![Vec::new(); tasks.len()],
            tasks,
            nodes: Vec::new(),
            of: Vec::new(),
            roles: Vec::new(),
        };
        for task in 0..network.tasks.len() {
            network.add(task, playbook);
        }
        network.wait_for_needs();
        network.wait_for_training();
        network.gates_wait();
        network
    }

    /// The index of a task by its id.
    pub(super) fn find(&self, id: &str) -> Option<usize> {
        self.tasks.iter().position(|(_, task)| task.id == id)
    }

    /// The task that is a gate.
    pub(super) fn gate(&self, name: &str) -> Option<usize> {
        self.tasks.iter().position(|(_, task)| task.gate.as_deref() == Some(name))
    }

    /// The first and last week of a task; those of its phase when it names none.
    pub(super) fn weeks(playbook: &Playbook, phase: Phase, task: &Task) -> (u32, Option<u32>) {
        let own = task.weeks.or_else(|| playbook.phases.iter().find(|p| p.id == phase).map(|p| p.weeks));
        own.map_or((1, None), |w| (w.from, w.to))
    }

    fn add(&mut self, index: usize, playbook: &'p Playbook) {
        let (phase, task) = self.tasks[index];
        let known = self.roles.iter().position(|r| r.trim().eq_ignore_ascii_case(task.owner.trim()));
        let role = known.unwrap_or_else(|| {
            self.roles.push(&task.owner);
            self.roles.len() - 1
        });
        // What comes back begins a round later: whoever does it is free until then.
        let round = task.recurs.map_or(0, |recurs| recurs.months().unsigned_abs() * 13 / 3);
        let week = Self::weeks(playbook, phase, task).0.saturating_sub(1) + round;
        let role = (!task.holds).then_some(role);
        for (share, days) in shares(task) {
            // A part follows the part before it.
            let needs = self.parts[index].last().copied().into_iter().collect();
            self.parts[index].push(self.nodes.len());
            self.of.push((index, share));
            self.nodes.push(Node { days, role, needs, week });
        }
    }

    fn wait_for_needs(&mut self) {
        let index: HashMap<&str, usize> = self.tasks.iter().enumerate().map(|(i, (_, t))| (t.id.as_str(), i)).collect();
        for (i, (_, task)) in self.tasks.iter().enumerate() {
            let before = task.needs.iter().filter_map(|need| self.parts[*index.get(need.as_str())?].last().copied());
            let before: Vec<usize> = before.collect();
            self.nodes[self.parts[i][0]].needs.extend(before);
        }
    }

    /// A cohort is trained before its traffic begins.
    fn wait_for_training(&mut self) {
        for t in 0..self.tasks.len() {
            let Some(traffic) = self.tasks[t].1.traffic else { continue };
            let trained: Vec<usize> =
                (0..self.nodes.len()).filter(|n| self.of[*n].1.is_some_and(|s| s <= traffic)).collect();
            for part in trained {
                if !self.follows(part, self.parts[t][0]) {
                    let first = self.parts[t][0];
                    self.nodes[first].needs.push(part);
                }
            }
        }
    }

    /// A gate waits for everything that is left of its phase and of those before; a traffic step for the phases before.
    fn gates_wait(&mut self) {
        let gates: Vec<usize> = (0..self.tasks.len()).filter(|t| self.tasks[*t].1.gate.is_some()).collect();
        for gate in gates {
            let (phase, task) = self.tasks[gate];
            let step = task.gate.as_deref().is_some_and(|g| g.starts_with("scale-"));
            for other in 0..self.tasks.len() {
                let (of, work) = self.tasks[other];
                let before = of < phase || (of == phase && !step);
                let (Some(last), node) = (self.parts[other].last().copied(), self.parts[gate][0]) else { continue };
                if before && other != gate && work.recurs.is_none() && !self.follows(last, node) {
                    self.nodes[node].needs.push(last);
                }
            }
            let needs = &mut self.nodes[self.parts[gate][0]].needs;
            needs.sort_unstable();
            needs.dedup();
        }
    }

    /// Whether a node comes after another one, or is it.
    fn follows(&self, later: usize, earlier: usize) -> bool {
        let mut seen = vec![false; self.nodes.len()];
        let mut open = vec![later];
        while let Some(n) = open.pop() {
            if n == earlier {
                return true;
            }
            if !std::mem::replace(&mut seen[n], true) {
                open.extend(&self.nodes[n].needs);
            }
        }
        false
    }
}

/// The parts of a task with their days: by the share of users that each adds, at least a day each.
fn shares(task: &Task) -> Vec<(Option<u32>, u32)> {
    let parts = u32::try_from(task.cohorts.len()).unwrap_or(u32::MAX);
    if parts < 2 || task.days < parts {
        return vec![(task.cohorts.first().copied(), task.days)];
    }
    let whole = task.cohorts.last().copied().unwrap_or(100).max(1);
    let mut left = task.days;
    let mut out = Vec::new();
    let mut before = 0;
    for (k, share) in task.cohorts.iter().enumerate() {
        let after = parts - 1 - u32::try_from(k).unwrap_or_default();
        let days = (task.days * (share - before) / whole).clamp(1, left - after);
        let days = if after == 0 { left } else { days };
        out.push((Some(*share), days));
        left -= days;
        before = *share;
    }
    out
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_playbook_becomes_a_graph() {
        let playbook = Playbook::builtin().unwrap();
        let network = Network::of(&playbook);
        assert_eq!((network.tasks.len(), network.nodes.len()), (49, 51));
        let training = network.find("P3-04").unwrap();
        let days: Vec<u32> = network.parts[training].iter().map(|n| network.nodes[*n].days).collect();
        assert_eq!(days, [2, 8, 10]);
        for (step, part) in [("P3-05", 0), ("P3-07", 1), ("P3-10", 2)] {
            let first = network.parts[network.find(step).unwrap()][0];
            assert!(network.follows(first, network.parts[training][part]), "{step} waits for its cohort");
        }
        assert!(!network.follows(network.parts[network.find("P3-05").unwrap()][0], network.parts[training][1]));
        let gate = network.parts[network.gate("scale").unwrap()][0];
        assert!(network.follows(gate, network.parts[network.find("P1-12").unwrap()][0]));
    }
}
