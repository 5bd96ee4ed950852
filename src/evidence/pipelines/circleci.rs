//! The configuration of CircleCI enters; the jobs of its workflows leave.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Reader;
use super::commands::{self, Deed, What, is_deploy_name};
use super::job::{Job, Triggers, environment_in};
use super::scripts::Files;
use crate::evidence::configuration::yaml::{Doc, at, child, list, texts};
use crate::evidence::tree::Tree;

/// Whether a path is a configuration.
pub(super) fn is_configuration(path: &str) -> bool {
    path.strip_prefix(".circleci/")
        .is_some_and(|name| !name.contains('/') && (name.ends_with(".yml") || name.ends_with(".yaml")))
}

/// Reads the workflows of a repository.
pub(super) fn read(reader: &mut Reader<'_>, files: &[&str]) {
    for path in files {
        let Some(doc) = reader.one(path) else { continue };
        let mut jobs = Vec::new();
        let config = Config { tree: reader.tree, doc: &doc, path };
        match doc.value.get("workflows").and_then(Value::as_object) {
            Some(workflows) => {
                for (name, workflow) in workflows.iter().filter(|(_, workflow)| workflow.is_object()) {
                    config.workflow(name, workflow, &mut jobs);
                }
            }
            None => {
                for (name, job) in doc.value.get("jobs").and_then(Value::as_object).into_iter().flatten() {
                    jobs.push(config.job(name, name, Some(job), &Value::Null, &Triggers::push()));
                }
            }
        }
        reader.add(jobs);
    }
}

struct Config<'a> {
    tree: &'a Files<'a>,
    doc: &'a Doc,
    path: &'a str,
}

impl Config<'_> {
    fn workflow(&self, workflow: &str, value: &Value, jobs: &mut Vec<Job>) {
        let scheduled = !list(value.get("triggers")).is_empty();
        let by_hand = at(value, "when").is_some_and(|when| when.to_string().contains("pipeline.parameters"));
        let triggers =
            Triggers { push: !scheduled && !by_hand, schedule: scheduled, manual: by_hand, ..Triggers::default() };
        let mut by_name: BTreeMap<String, usize> = BTreeMap::new();
        let mut requires: Vec<(usize, Vec<String>)> = Vec::new();
        for entry in list(value.get("jobs")).iter().take(500) {
            let (key, with) = match entry {
                Value::String(key) => (key.as_str(), &Value::Null),
                Value::Object(map) => match map.iter().next() {
                    Some((key, with)) => (key.as_str(), with),
                    None => continue,
                },
                _ => continue,
            };
            let name = with.get("name").and_then(Value::as_str).unwrap_or(key);
            let definition = self.doc.value.get("jobs").and_then(|jobs| jobs.get(key));
            let mut job = self.job(name, key, definition, with, &triggers);
            job.line = job.line.or_else(|| self.doc.line(&child("/workflows", workflow)));
            by_name.insert(name.to_owned(), jobs.len());
            requires.push((jobs.len(), texts(with.get("requires"))));
            jobs.push(job);
        }
        for (index, names) in requires {
            let needs = names.iter().filter_map(|name| by_name.get(name)).copied().filter(|need| *need != index);
            if let Some(job) = jobs.get_mut(index) {
                job.needs.extend(needs);
            }
        }
    }

    fn job(&self, name: &str, key: &str, definition: Option<&Value>, with: &Value, triggers: &Triggers) -> Job {
        let deeds = match definition {
            Some(definition) => {
                let base = definition
                    .get("working_directory")
                    .and_then(Value::as_str)
                    .filter(|b| !b.starts_with(['~', '/']))
                    .unwrap_or_default();
                self.steps(list(definition.get("steps")), base, 0)
            }
            None => orb(key, with),
        };
        // CircleCI has no environments: contexts, parameters and names say where a job deploys.
        let given = ["environment", "env", "stage", "context"].iter().flat_map(|key| texts(with.get(key)));
        let words = std::iter::once(name.to_owned()).chain(given).collect::<Vec<_>>().join(" ");
        Job {
            name: name.to_owned(),
            path: self.path.to_owned(),
            line: definition.and_then(|_| self.doc.line(&child("/jobs", key))),
            triggers: triggers.clone(),
            environment: environment_in(&words),
            deeds,
            ..Job::default()
        }
    }

    fn steps(&self, steps: &[Value], base: &str, depth: u8) -> Vec<Deed> {
        steps.iter().take(500).flat_map(|step| self.step(step, base, depth)).collect()
    }

    fn step(&self, step: &Value, base: &str, depth: u8) -> Vec<Deed> {
        if !self.tree.may_expand() {
            return Vec::new();
        }
        let (name, with) = match step {
            Value::String(name) => (name.as_str(), &Value::Null),
            Value::Object(map) => match map.iter().next() {
                Some((name, with)) => (name.as_str(), with),
                None => return Vec::new(),
            },
            _ => return Vec::new(),
        };
        match name {
            "run" => {
                let script = with.as_str().or_else(|| with.get("command")?.as_str()).unwrap_or_default();
                let base = with.get("working_directory").and_then(Value::as_str).unwrap_or(base);
                if with.get("when").and_then(Value::as_str) == Some("on_fail") {
                    return Vec::new();
                }
                commands::deeds(self.tree, base, script)
            }
            "when" | "unless" => self.steps(list(with.get("steps")), base, depth + 1),
            _ => match self.doc.value.get("commands").and_then(|commands| commands.get(name)) {
                Some(command) if depth < 5 => self.steps(list(command.get("steps")), base, depth + 1),
                _ => orb(name, with),
            },
        }
    }
}

/// What a job or a command of an orb does, by its name.
fn orb(name: &str, with: &Value) -> Vec<Deed> {
    let Some((orb, command)) = name.split_once('/') else { return Vec::new() };
    let parts = |word: &str| command.split(['-', '_']).any(|part| part == word);
    let what = if orb.contains("gitleaks") || orb.contains("ggshield") || orb.contains("trufflehog") {
        What::ScansSecrets
    } else if parts("test") || parts("pytest") {
        What::Tests
    } else if command.split(['-', '_']).any(is_deploy_name)
        || (orb.contains("kubernetes") && parts("update"))
        || (orb.contains("helm") && parts("upgrade"))
        || (orb.contains("terraform") && parts("apply"))
    {
        What::Deploys
    } else {
        let script = with.get("command").and_then(Value::as_str).unwrap_or_default();
        return commands::deeds(&Files::of(&Tree::default()), "", script);
    };
    vec![Deed { what, by: name.to_owned(), forgiven: false }]
}
