//! Pipelines of Drone and Woodpecker enter; their steps leave as jobs.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Reader;
use super::commands::{self, Deed, What};
use super::job::{Changes, Job, Triggers, environment_in};
use super::sequence::Sequence;
use crate::evidence::configuration::yaml::{at, child, list, texts};

/// Whether a path is a pipeline of Drone or Woodpecker.
pub(super) fn is_pipeline(path: &str) -> bool {
    matches!(path, ".drone.yml" | ".drone.yaml" | ".woodpecker.yml" | ".woodpecker.yaml")
        || path.strip_prefix(".woodpecker/").is_some_and(|name| name.ends_with(".yml") || name.ends_with(".yaml"))
}

/// Reads the pipelines of Drone and Woodpecker.
pub(super) fn read(reader: &mut Reader<'_>, files: &[&str]) {
    for path in files {
        let mut named: Vec<(String, Vec<String>, usize, usize)> = Vec::new();
        let mut all: Vec<Job> = Vec::new();
        // Woodpecker merges lists into lists (`- <<: *paths`), which YAML does not.
        for doc in reader.all_of(path, |text| text.replace("- <<: *", "- *").into()) {
            if doc.text("kind").is_some_and(|kind| kind != "pipeline") {
                continue;
            }
            let when = doc.value.get("trigger").or_else(|| doc.value.get("when"));
            let triggers = drone_events(when, &Triggers { push: true, pull_request: true, ..Triggers::default() });
            let mut sequence = Sequence::new(reader.tree, path, triggers);
            for key in ["steps", "pipeline"] {
                match doc.value.get(key) {
                    Some(Value::Array(steps)) => {
                        for (index, step) in steps.iter().enumerate().take(500) {
                            let name = step.get("name").and_then(Value::as_str).unwrap_or("step").to_owned();
                            drone_step(&mut sequence, &name, step, doc.line(&format!("/{key}/{index}")));
                        }
                    }
                    Some(Value::Object(steps)) => {
                        for (name, step) in steps {
                            let line = doc.line(&child(&format!("/{key}"), name));
                            drone_step(&mut sequence, name, step, line);
                        }
                    }
                    _ => {}
                }
            }
            let first = all.len();
            all.extend(sequence.jobs.into_iter().map(|mut job| {
                job.needs = job.needs.iter().map(|need| need + first).collect();
                job
            }));
            let name = doc.text("name").unwrap_or("default").to_owned();
            named.push((name, texts(doc.value.get("depends_on")), first, all.len()));
        }
        let places: Vec<(String, usize, usize)> =
            named.iter().map(|(name, _, from, to)| (name.clone(), *from, *to)).collect();
        for (_, needs, from, to) in &named {
            let needs: BTreeSet<usize> =
                places.iter().filter(|(name, ..)| needs.contains(name)).flat_map(|(_, from, to)| *from..*to).collect();
            for job in all.get_mut(*from..*to).into_iter().flatten() {
                job.needs.extend(needs.iter().copied());
            }
        }
        reader.add(all);
    }
}

fn drone_step(sequence: &mut Sequence<'_>, name: &str, step: &Value, line: Option<usize>) {
    let script = texts(step.get("commands")).join("\n");
    let mut deeds = commands::deeds(sequence.tree, "", &script);
    let image = step.get("image").and_then(Value::as_str).unwrap_or_default();
    if script.is_empty() {
        let what = if image.contains("gitleaks") {
            Some(What::ScansSecrets)
        } else if ["helm", "deploy", "kube", "ssh", "ecs", "cloudrun"].iter().any(|word| image.contains(word)) {
            Some(What::Deploys)
        } else {
            None
        };
        deeds.extend(what.map(|what| Deed { what, by: image.to_owned(), forgiven: false }));
    }
    let ignored = step.get("failure").and_then(Value::as_str) == Some("ignore");
    let triggers = drone_events(step.get("when"), &sequence.triggers);
    let target = texts(at(step, "when.target")).join(" ");
    let job = Job {
        name: name.to_owned(),
        line,
        triggers,
        environment: environment_in(&format!("{name} {target}")),
        deeds,
        forgiven: ignored,
        changes: Changes { only: texts(at(step, "when.path.include")), not: texts(at(step, "when.path.exclude")) },
        ..Job::default()
    };
    match step.get("depends_on") {
        Some(names) => {
            let needs = sequence.named(&texts(Some(names)));
            let before = std::mem::replace(&mut sequence.before, needs);
            sequence.add(job);
            sequence.before = before;
        }
        None => {
            sequence.wait();
            sequence.add(job);
        }
    }
}

/// The events of a `when` or `trigger`: a map, or a list of alternatives.
fn drone_events(when: Option<&Value>, otherwise: &Triggers) -> Triggers {
    let alternatives =
        list(when).iter().flat_map(|when| if when.is_array() { list(Some(when)) } else { std::slice::from_ref(when) });
    let events: Vec<String> =
        alternatives.flat_map(|when| texts(when.get("event").map(|e| e.get("include").unwrap_or(e)))).collect();
    if events.is_empty() {
        return otherwise.clone();
    }
    let has = |name: &str| events.iter().any(|event| event == name);
    Triggers {
        push: has("push") || has("tag"),
        pull_request: has("pull_request"),
        schedule: has("cron"),
        manual: has("manual") || has("custom") || has("promote"),
        other: has("deployment") || has("release"),
        called: false,
    }
}
