//! Steps enter in their order; jobs leave, each waiting for those before it: for CI systems whose pipelines are lists.

use std::collections::{BTreeMap, BTreeSet};

use super::job::{Job, Triggers};
use super::scripts::Files;

/// Steps in their order.
pub(super) struct Sequence<'a> {
    pub(super) tree: &'a Files<'a>,
    path: &'a str,
    pub(super) triggers: Triggers,
    pub(super) jobs: Vec<Job>,
    by_name: BTreeMap<String, usize>,
    /// What the next step waits for.
    pub(super) before: BTreeSet<usize>,
}

impl<'a> Sequence<'a> {
    pub(super) fn new(tree: &'a Files<'a>, path: &'a str, triggers: Triggers) -> Self {
        Self { tree, path, triggers, jobs: Vec::new(), by_name: BTreeMap::new(), before: BTreeSet::new() }
    }

    /// Adds a step that waits for `before`.
    pub(super) fn add(&mut self, mut job: Job) {
        if self.jobs.len() < 2_000 {
            self.path.clone_into(&mut job.path);
            job.needs.extend(self.before.iter().copied());
            self.by_name.insert(job.name.clone(), self.jobs.len());
            self.jobs.push(job);
        }
    }

    /// From here on, steps wait for everything so far.
    pub(super) fn wait(&mut self) {
        self.before = (0..self.jobs.len()).collect();
    }

    pub(super) fn named(&self, names: &[String]) -> BTreeSet<usize> {
        names.iter().filter_map(|name| self.by_name.get(name)).copied().collect()
    }
}
