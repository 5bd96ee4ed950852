//! Pipelines of Bitbucket enter; their steps leave as jobs.

use serde_json::Value;

use super::Reader;
use super::commands::{self, Deed, What, is_deploy_name};
use super::job::{Changes, Job, Triggers};
use super::sequence::Sequence;
use crate::evidence::configuration::yaml::{at, child, list, texts};

/// Whether a path is a pipeline of Bitbucket.
pub(super) fn is_pipeline(path: &str) -> bool {
    path == "bitbucket-pipelines.yml"
}

/// Reads the pipelines of Bitbucket.
pub(super) fn read(reader: &mut Reader<'_>, files: &[&str]) {
    for path in files {
        let Some(doc) = reader.one(path) else { continue };
        if !reader.expect_map(&doc, "pipelines", "Bitbucket reads a map `pipelines`") {
            continue;
        }
        let of = |push, pull_request, manual| Triggers { push, pull_request, manual, ..Triggers::default() };
        let mut lists: Vec<(String, Triggers)> = vec![("/pipelines/default".to_owned(), of(true, false, false))];
        for (key, triggers) in [
            ("branches", of(true, false, false)),
            ("tags", of(true, false, false)),
            ("pull-requests", of(false, true, false)),
            ("custom", of(false, false, true)),
        ] {
            let names = at(&doc.value, &format!("pipelines.{key}")).and_then(Value::as_object);
            lists.extend(
                names
                    .into_iter()
                    .flatten()
                    .map(|(name, _)| (child(&format!("/pipelines/{key}"), name), triggers.clone())),
            );
        }
        for (pointer, triggers) in lists {
            let mut sequence = Sequence::new(reader.tree, path, triggers);
            for (index, item) in list(doc.value.pointer(&pointer)).iter().enumerate().take(500) {
                let line = doc.line(&format!("{pointer}/{index}"));
                sequence.wait();
                add(&mut sequence, item, line, None);
            }
            let jobs = sequence.jobs;
            reader.add(jobs);
        }
    }
}

fn add(sequence: &mut Sequence<'_>, item: &Value, line: Option<usize>, stage: Option<&Value>) {
    if let Some(parallel) = item.get("parallel") {
        for step in list(parallel.get("steps").or(Some(parallel))) {
            add(sequence, step, line, stage);
        }
    } else if let Some(stage) = item.get("stage") {
        for step in list(stage.get("steps")) {
            add(sequence, step, line, Some(stage));
            sequence.wait();
        }
    } else if let Some(step) = item.get("step") {
        let mut deeds = Vec::new();
        for command in list(step.get("script")) {
            match (command.as_str(), command.get("pipe").and_then(Value::as_str)) {
                (Some(script), _) => deeds.extend(commands::deeds(sequence.tree, "", script)),
                (None, Some(pipe)) => deeds.extend(pipe_deeds(pipe)),
                (None, None) => {}
            }
        }
        let environment =
            step.get("deployment").or_else(|| stage?.get("deployment")).and_then(Value::as_str).map(str::to_owned);
        let name = step.get("name").and_then(Value::as_str).unwrap_or("step").to_owned();
        let manual = step.get("trigger").and_then(Value::as_str) == Some("manual");
        let triggers =
            if manual { Triggers { manual: true, ..Triggers::default() } } else { sequence.triggers.clone() };
        let changes = Changes { only: texts(at(step, "condition.changesets.includePaths")), not: Vec::new() };
        sequence.add(Job { name, line, triggers, changes, environment, to_environment: true, deeds, ..Job::default() });
    }
}

/// What a pipe of Bitbucket does, by its name.
fn pipe_deeds(pipe: &str) -> Vec<Deed> {
    let name = pipe.split(':').next().unwrap_or(pipe);
    let what = if name.contains("secrets-scan") {
        What::ScansSecrets
    } else if is_deploy_name(name) || name.contains("kubectl-run") || name.contains("eks-kubectl") {
        What::Deploys
    } else {
        return Vec::new();
    };
    vec![Deed { what, by: name.to_owned(), forgiven: false }]
}
