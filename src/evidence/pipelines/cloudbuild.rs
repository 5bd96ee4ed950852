//! Configurations of Google Cloud Build enter; their steps leave as jobs. What starts a build is set outside the file.

use serde_json::Value;

use super::Reader;
use super::commands;
use super::job::{Job, Triggers, environment_in};
use super::sequence::Sequence;
use crate::evidence::configuration::paths;
use crate::evidence::configuration::yaml::{list, texts};

/// Whether a path is a configuration.
pub(super) fn is_build(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let is_named =
        name.starts_with("cloudbuild") || name.ends_with(".cloudbuild.yaml") || path.starts_with(".cloudbuild/");
    is_named && matches!(paths::extension(&name), "yaml" | "yml")
}

/// Reads the builds of a repository.
pub(super) fn read(reader: &mut Reader<'_>, files: &[&str]) {
    for path in files {
        let Some(doc) = reader.one(path) else { continue };
        let mut sequence = Sequence::new(reader.tree, path, Triggers::push());
        for (index, step) in list(doc.value.get("steps")).iter().enumerate().take(500) {
            let image = step.get("name").and_then(Value::as_str).unwrap_or_default();
            let tool = image.rsplit('/').next().unwrap_or(image).split([':', '@']).next().unwrap_or(image);
            let name = step.get("id").and_then(Value::as_str).unwrap_or(tool).to_owned();
            let base = step.get("dir").and_then(Value::as_str).unwrap_or_default();
            let deeds = commands::deeds(reader.tree, base, &script(step, tool));
            let job = Job {
                environment: environment_in(&format!("{name} {path}")),
                line: doc.line(&format!("/steps/{index}")),
                triggers: sequence.triggers.clone(),
                forgiven: step.get("allowFailure") == Some(&Value::Bool(true)),
                name,
                deeds,
                ..Job::default()
            };
            match step.get("waitFor") {
                Some(names) => sequence.before = sequence.named(&texts(Some(names))),
                None => sequence.wait(),
            }
            sequence.add(job);
        }
        let jobs = sequence.jobs;
        reader.add(jobs);
    }
}

/// A step as a shell script: its script, or its program with arguments.
fn script(step: &Value, tool: &str) -> String {
    if let Some(script) = step.get("script").and_then(Value::as_str) {
        return script.to_owned();
    }
    let arguments = texts(step.get("args"));
    let program = step.get("entrypoint").and_then(Value::as_str).unwrap_or(tool);
    let quoted = arguments.iter().map(|argument| format!("'{}'", argument.replace('\'', "'\\''")));
    std::iter::once(program.to_owned()).chain(quoted).collect::<Vec<_>>().join(" ")
}
