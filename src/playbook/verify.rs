//! A team's playbook enters; everything that it must not hold leaves as errors with their places.

use std::collections::{BTreeMap, HashMap};

use super::{GATES, Playbook, Task, Weeks};
use crate::checklist::Catalogue;
use crate::diagnostic::{At, Code, Diagnostic};
use crate::manifest::model::Phase;
use crate::manifest::nearest;
use crate::source::Document;

/// The longest task, in working days; the longest plan, in weeks.
const MAX_DAYS: u32 = 1000;
const MAX_WEEKS: u32 = 520;

/// Everything that is wrong, in the order of the file.
pub(super) fn verify(playbook: &Playbook, catalogue: &Catalogue, document: &Document) -> Vec<Diagnostic> {
    let mut tasks = Vec::new();
    for (i, phase) in playbook.phases.iter().enumerate() {
        for (j, task) in phase.tasks.iter().enumerate() {
            tasks.push(Entry { phase: phase.id, task, pointer: format!("/phases/{i}/tasks/{j}") });
        }
    }
    let mut found = Found { document, errors: Vec::new() };
    found.version(playbook);
    found.phases(playbook);
    found.ids(&tasks);
    let index: HashMap<&str, usize> = tasks.iter().enumerate().rev().map(|(i, t)| (t.task.id.as_str(), i)).collect();
    for entry in &tasks {
        found.task(entry);
        found.needs(entry, &tasks, &index);
        found.checks(entry, catalogue);
    }
    found.circle(&tasks, &index);
    found.errors.sort_by_key(|e| e.at.as_ref().map(|at| at.range.start));
    found.errors
}

/// A task and where it stands.
struct Entry<'p> {
    phase: Phase,
    task: &'p Task,
    pointer: String,
}

struct Found<'d> {
    document: &'d Document,
    errors: Vec<Diagnostic>,
}

impl Found<'_> {
    fn at(&self, pointer: &str) -> At {
        At::value(&self.document.source, &self.document.nearest(pointer))
    }

    fn push(&mut self, pointer: &str, message: String, help: impl Into<String>) {
        let at = self.at(pointer);
        self.errors.push(Diagnostic::error(Code::Playbook, message).at(at).help(help));
    }

    fn version(&mut self, playbook: &Playbook) {
        if playbook.aipp_playbook != 1 {
            let message = format!("this version of aipp reads playbooks of version 1, not {}", playbook.aipp_playbook);
            self.push("/aipp_playbook", message, "write `aipp_playbook: 1`");
        }
    }

    fn phases(&mut self, playbook: &Playbook) {
        if playbook.phases.iter().all(|p| p.tasks.is_empty()) {
            self.push("/phases", "a playbook without a task plans nothing".to_owned(), "write at least one task");
        }
        for (i, phase) in playbook.phases.iter().enumerate() {
            let before = playbook.phases[..i].iter().map(|p| p.id).max();
            if before.is_some_and(|b| b >= phase.id) {
                self.push(
                    &format!("/phases/{i}/id"),
                    "each phase stands once, in the order prove-value, harden, scale, expand".to_owned(),
                    "move it, or join it with the phase of the same id",
                );
            }
            self.weeks(&format!("/phases/{i}/weeks"), phase.weeks);
        }
    }

    fn weeks(&mut self, pointer: &str, weeks: Weeks) {
        if weeks.from == 0 || weeks.to.is_some_and(|to| to < weeks.from) || weeks.to.unwrap_or(weeks.from) > MAX_WEEKS {
            self.push(
                pointer,
                format!("weeks count from 1 to {MAX_WEEKS}, and the last is not before the first"),
                "write for instance `weeks: { from: 7, to: 12 }`",
            );
        }
    }

    fn ids(&mut self, tasks: &[Entry<'_>]) {
        let mut seen: HashMap<&str, &str> = HashMap::new();
        let mut gates: HashMap<&str, &str> = HashMap::new();
        for entry in tasks {
            let id_at = format!("{}/id", entry.pointer);
            if entry.task.id.trim().is_empty() || entry.task.id.contains(char::is_whitespace) {
                self.push(&id_at, "a task needs an id without blanks".to_owned(), "write for instance `id: P1-01`");
            } else if let Some(first) = seen.insert(&entry.task.id, &entry.pointer) {
                let first = self.at(&format!("{first}/id"));
                let error = Diagnostic::error(Code::DuplicateId, format!("two tasks have the id `{}`", entry.task.id))
                    .at(self.at(&id_at))
                    .context(first, "first here")
                    .help("give each task an id of its own");
                self.errors.push(error);
            }
            let Some(gate) = entry.task.gate.as_deref() else { continue };
            let gate_at = format!("{}/gate", entry.pointer);
            if !GATES.contains(&gate) {
                self.push(&gate_at, format!("there is no gate `{gate}`"), format!("write one of {}", GATES.join(", ")));
            } else if gates.insert(gate, &entry.pointer).is_some() {
                self.push(&gate_at, format!("two tasks are the gate `{gate}`"), "a gate is decided once; keep one");
            }
        }
    }

    fn task(&mut self, entry: &Entry<'_>) {
        let (task, here) = (entry.task, &entry.pointer);
        if task.days == 0 || task.days > MAX_DAYS {
            let message = format!("a task spans 1 to {MAX_DAYS} working days, not {}", task.days);
            self.push(&format!("{here}/days"), message, "write its length in working days");
        }
        for (key, text) in [("owner", &task.owner), ("title", &task.title)] {
            if text.trim().is_empty() {
                self.push(&format!("{here}/{key}"), format!("a task needs its `{key}`"), "write it in a few words");
            }
        }
        if let Some(weeks) = task.weeks {
            self.weeks(&format!("{here}/weeks"), weeks);
        }
        let shares = task.cohorts.iter().chain(&task.traffic);
        if shares.clone().any(|s| *s == 0 || *s > 100) || task.cohorts.windows(2).any(|w| w[0] >= w[1]) {
            let key = if task.cohorts.is_empty() { "traffic" } else { "cohorts" };
            self.push(
                &format!("{here}/{key}"),
                "shares of traffic lie between 1 and 100 and rise".to_owned(),
                "write for instance `traffic: 10` or `cohorts: [10, 50, 100]`",
            );
        }
    }

    fn needs(&mut self, entry: &Entry<'_>, tasks: &[Entry<'_>], index: &HashMap<&str, usize>) {
        for (k, need) in entry.task.needs.iter().enumerate() {
            let here = format!("{}/needs/{k}", entry.pointer);
            match index.get(need.as_str()) {
                None => {
                    let ids: Vec<String> = tasks.iter().map(|t| t.task.id.clone()).collect();
                    let message = format!("`{}` needs `{need}`, and there is no such task", entry.task.id);
                    match nearest(need, &ids) {
                        Some(near) => self.push(&here, message, format!("did you mean `{near}`?")),
                        None => self.push(&here, message, "correct the id, or add the task"),
                    }
                }
                Some(other) if tasks[*other].phase > entry.phase => {
                    let message = format!("`{}` needs `{need}` of a later phase", entry.task.id);
                    self.push(&here, message, "move one of the two, or delete the dependency");
                }
                Some(_) => {}
            }
        }
    }

    fn checks(&mut self, entry: &Entry<'_>, catalogue: &Catalogue) {
        let brings = entry.task.checks.iter().enumerate().map(|(k, c)| (format!("checks/{k}/id"), &c.id));
        let requires = entry.task.requires.iter().enumerate().map(|(k, c)| (format!("requires/{k}"), c));
        for (key, id) in brings.chain(requires) {
            if catalogue.get(id).is_none() {
                let error = Diagnostic::error(Code::UnknownCheck, format!("there is no check `{id}`"))
                    .at(self.at(&format!("{}/{key}", entry.pointer)));
                self.errors.push(match catalogue.nearest(id) {
                    Some(near) => error.label(format!("did you mean `{near}`?")).help(format!("rename it to `{near}`")),
                    None => error.help("`aipp checks` lists the checks; add your own with --checklist"),
                });
            }
        }
    }

    /// One error for each circle of tasks that need each other, with its members in their order.
    fn circle(&mut self, tasks: &[Entry<'_>], index: &HashMap<&str, usize>) {
        let mut state: BTreeMap<usize, bool> = BTreeMap::new();
        for start in 0..tasks.len() {
            if state.contains_key(&start) {
                continue;
            }
            // Depth first without recursion: a long chain must not end in a full stack.
            let mut path: Vec<(usize, usize)> = vec![(start, 0)];
            state.insert(start, true);
            while let Some((task, next)) = path.last_mut() {
                let Some(need) = tasks[*task].task.needs.get(*next) else {
                    state.insert(*task, false);
                    path.pop();
                    continue;
                };
                let (from, at) = (*task, *next);
                *next += 1;
                let Some(&other) = index.get(need.as_str()) else { continue };
                match state.get(&other) {
                    None => {
                        state.insert(other, true);
                        path.push((other, 0));
                    }
                    Some(true) => {
                        let begin = path.iter().position(|(t, _)| *t == other).unwrap_or_default();
                        let mut names: Vec<&str> =
                            path[begin..].iter().map(|(t, _)| tasks[*t].task.id.as_str()).collect();
                        names.push(&tasks[other].task.id);
                        let message = format!("tasks need each other in a circle: {}", names.join(" needs "));
                        let here = format!("{}/needs/{at}", tasks[from].pointer);
                        self.push(&here, message, "delete one of these dependencies");
                    }
                    Some(false) => {}
                }
            }
        }
    }
}
