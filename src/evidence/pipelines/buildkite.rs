//! Pipelines of Buildkite enter; their steps leave as jobs.

use serde_json::Value;

use super::Reader;
use super::commands::{self, Deed, What};
use super::job::{Changes, Job, Triggers, environment_in};
use super::sequence::Sequence;
use crate::evidence::configuration::yaml::{list, texts};

/// Whether a path is a pipeline of Buildkite.
pub(super) fn is_pipeline(path: &str) -> bool {
    path.strip_prefix(".buildkite/")
        .is_some_and(|name| !name.contains('/') && (name.ends_with(".yml") || name.ends_with(".yaml")))
}

/// Reads the pipelines of Buildkite.
pub(super) fn read(reader: &mut Reader<'_>, files: &[&str]) {
    for path in files {
        let Some(doc) = reader.one(path) else { continue };
        let steps = if doc.value.is_array() { Some(&doc.value) } else { doc.value.get("steps") };
        let mut sequence =
            Sequence::new(reader.tree, path, Triggers { push: true, pull_request: true, ..Triggers::default() });
        for (index, step) in list(steps).iter().enumerate().take(500) {
            let pointer = if doc.value.is_array() { format!("/{index}") } else { format!("/steps/{index}") };
            add(&mut sequence, step, doc.line(&pointer), 0);
        }
        let jobs = sequence.jobs;
        reader.add(jobs);
    }
}

fn add(sequence: &mut Sequence<'_>, step: &Value, line: Option<usize>, depth: u8) {
    let waits = step.as_str().is_some_and(|word| matches!(word, "wait" | "waiter" | "block"))
        || ["wait", "waiter", "block", "input"].iter().any(|key| step.get(key).is_some());
    if waits {
        if step.get("continue_on_failure") == Some(&Value::Bool(true)) {
            sequence.before.clear();
        } else {
            sequence.wait();
        }
        return;
    }
    if step.get("group").is_some() {
        for inner in list(step.get("steps")).iter().filter(|_| depth < 3) {
            add(sequence, inner, line, depth + 1);
        }
        return;
    }
    if !step.is_object() {
        return;
    }
    let name =
        ["key", "id", "label", "name"].iter().find_map(|key| step.get(key)?.as_str()).unwrap_or("step").to_owned();
    let script = [texts(step.get("command")), texts(step.get("commands"))].concat().join("\n");
    let mut deeds = commands::deeds(sequence.tree, "", &script);
    for plugin in list(step.get("plugins")) {
        let plugin =
            plugin.as_str().or_else(|| plugin.as_object()?.keys().next().map(String::as_str)).unwrap_or_default();
        if plugin.contains("gitleaks") || plugin.contains("ggshield") {
            deeds.push(Deed { what: What::ScansSecrets, by: plugin.to_owned(), forgiven: false });
        }
    }
    let label = step.get("label").and_then(Value::as_str).unwrap_or_default();
    let job = Job {
        environment: environment_in(&format!("{name} {label} {}", texts(step.get("concurrency_group")).join(" "))),
        line,
        triggers: sequence.triggers.clone(),
        changes: Changes { only: texts(step.get("if_changed")), not: Vec::new() },
        forgiven: step.get("soft_fail").is_some_and(|soft| *soft == Value::Bool(true)),
        needs: sequence.named(&texts(step.get("depends_on"))),
        name,
        deeds,
        ..Job::default()
    };
    sequence.add(job);
}
