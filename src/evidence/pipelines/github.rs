//! Workflows of GitHub Actions enter; their jobs leave, with the workflows and actions of the repository that they call.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::commands::{self, Deed, What};
use super::job::{Changes, Job, Triggers};
use super::scripts::Files;
use super::{Reader, commands::is_deploy_name};
use crate::evidence::configuration::paths;
use crate::evidence::configuration::yaml::{self, Doc, at, child, list, texts};

/// More jobs than these are not read.
const MAX_JOBS: usize = 2_000;

/// Whether a path is a workflow.
pub(super) fn is_workflow(path: &str) -> bool {
    path.strip_prefix(".github/workflows/")
        .or_else(|| path.strip_prefix(".gitea/workflows/"))
        .or_else(|| path.strip_prefix(".forgejo/workflows/"))
        .is_some_and(|name| !name.contains('/') && matches!(paths::extension(name), "yml" | "yaml"))
}

/// Reads the workflows of a repository.
pub(super) fn read(reader: &mut Reader<'_>, files: &[&str]) {
    let mut docs: BTreeMap<String, Doc> = BTreeMap::new();
    for path in files {
        if let Some(doc) = reader.one(path)
            && reader.expect_map(&doc, "jobs", "a workflow has a map `jobs`")
        {
            docs.insert((*path).to_owned(), doc);
        }
    }
    let mut flow = Flow { tree: reader.tree, docs: &docs, jobs: Vec::new(), after: Vec::new() };
    let mut by_name: HashMap<String, (Vec<usize>, Triggers)> = HashMap::new();
    for (path, doc) in &docs {
        let (triggers, changes) = events(&doc.value);
        if triggers == (Triggers { called: true, ..Triggers::default() }) {
            continue;
        }
        let indices = flow.workflow(path, &triggers, &changes, "", 0);
        let name = doc.text("name").unwrap_or(path).to_owned();
        by_name.insert(name, (indices, triggers));
    }
    for (index, names) in std::mem::take(&mut flow.after) {
        for (needs, triggers) in names.iter().filter_map(|name| by_name.get(name)) {
            if let Some(job) = flow.jobs.get_mut(index) {
                job.needs.extend(needs.iter().filter(|need| **need != index));
                job.triggers.or(triggers);
            }
        }
    }
    reader.add(flow.jobs);
}

/// When a workflow runs, and on which changes.
fn events(workflow: &Value) -> (Triggers, Changes) {
    let mut triggers = Triggers::default();
    // A YAML 1.1 writer turns the key `on` into `true`.
    let on = workflow.get("on").or_else(|| workflow.get("true"));
    let named: Vec<(&str, Option<&Value>)> = match on {
        Some(Value::String(name)) => vec![(name, None)],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(|name| (name, None)).collect(),
        Some(Value::Object(map)) => map.iter().map(|(name, with)| (name.as_str(), Some(with))).collect(),
        _ => Vec::new(),
    };
    let mut filters: Vec<Changes> = Vec::new();
    for (name, with) in named {
        match name {
            "push" => triggers.push = true,
            "pull_request" | "pull_request_target" | "merge_group" => triggers.pull_request = true,
            "schedule" => triggers.schedule = true,
            "workflow_dispatch" | "repository_dispatch" => triggers.manual = true,
            "workflow_call" => triggers.called = true,
            _ => triggers.other = true,
        }
        if matches!(name, "push" | "pull_request" | "pull_request_target") {
            let get = |key: &str| texts(with.and_then(|with| with.get(key)));
            filters.push(Changes { only: get("paths"), not: get("paths-ignore") });
        }
    }
    // One event without a filter is enough to run on every change.
    let changes = match filters.iter().find(|filter| **filter == Changes::default()) {
        Some(open) => open.clone(),
        None => Changes {
            only: filters.iter().flat_map(|filter| filter.only.clone()).collect(),
            not: filters.iter().flat_map(|filter| filter.not.clone()).collect(),
        },
    };
    (triggers, changes)
}

struct Flow<'a> {
    tree: &'a Files<'a>,
    docs: &'a BTreeMap<String, Doc>,
    jobs: Vec<Job>,
    /// Jobs that wait for the success of other workflows, by name.
    after: Vec<(usize, Vec<String>)>,
}

impl Flow<'_> {
    /// Adds the jobs of a workflow; their indices leave.
    fn workflow(&mut self, path: &str, triggers: &Triggers, changes: &Changes, prefix: &str, depth: u8) -> Vec<usize> {
        let docs = self.docs;
        let Some(doc) = docs.get(path) else { return Vec::new() };
        let Some(jobs) = doc.value.get("jobs").and_then(Value::as_object) else { return Vec::new() };
        let workflows = texts(at(&doc.value, "on.workflow_run.workflows"));
        let mut indices: HashMap<&str, Vec<usize>> = HashMap::new();
        for (key, job) in jobs {
            if self.jobs.len() >= MAX_JOBS || is_off(job) || !self.tree.may_expand() {
                continue;
            }
            let triggers = triggers.and(&allowed(job));
            let name = format!("{prefix}{key}");
            let called = job.get("uses").and_then(Value::as_str);
            let local = called.and_then(|uses| uses.strip_prefix("./")).filter(|path| docs.contains_key(*path));
            let added = match local {
                Some(path) if depth < 4 => {
                    let added = self.workflow(path, &triggers, changes, &format!("{name} / "), depth + 1);
                    let given = at(job, "with.environment").and_then(Value::as_str).map(str::to_owned);
                    for index in &added {
                        if let Some(inner) = self.jobs.get_mut(*index)
                            && (inner.environment.is_some() || inner.deploys())
                            && given.is_some()
                        {
                            inner.environment.clone_from(&given);
                        }
                    }
                    added
                }
                _ => {
                    self.jobs.push(Job {
                        line: doc.line(&child("/jobs", key)),
                        environment: environment(job),
                        to_environment: false,
                        deeds: self.deeds(&doc.value, job),
                        forgiven: job.get("continue-on-error") == Some(&Value::Bool(true)),
                        path: path.to_owned(),
                        triggers,
                        changes: changes.clone(),
                        name,
                        needs: BTreeSet::new(),
                    });
                    vec![self.jobs.len() - 1]
                }
            };
            indices.insert(key, added);
        }
        for (key, job) in jobs {
            // `always()` runs a job also when what it needs has failed.
            let condition = text_of(job.get("if"));
            let asks = condition.contains("success") || condition.contains("result ==");
            if !asks && ["always()", "cancelled()", "failure()"].iter().any(|f| condition.contains(f)) {
                continue;
            }
            let needs: Vec<usize> = texts(job.get("needs"))
                .iter()
                .filter_map(|need| indices.get(need.as_str()))
                .flatten()
                .copied()
                .collect();
            for index in indices.get(key.as_str()).into_iter().flatten() {
                if let Some(job) = self.jobs.get_mut(*index) {
                    job.needs.extend(needs.iter().filter(|need| *need != index));
                }
                if !workflows.is_empty() && condition.contains("conclusion") && condition.contains("success") {
                    self.after.push((*index, workflows.clone()));
                }
            }
        }
        indices.into_values().flatten().collect()
    }

    fn deeds(&self, workflow: &Value, job: &Value) -> Vec<Deed> {
        if let Some(uses) = job.get("uses").and_then(Value::as_str) {
            return foreign_workflow(uses);
        }
        let base = [at(job, "defaults.run.working-directory"), at(workflow, "defaults.run.working-directory")];
        let base = base.into_iter().flatten().find_map(Value::as_str).unwrap_or_default();
        list(job.get("steps")).iter().take(500).flat_map(|step| self.step(step, base, 0)).collect()
    }

    fn step(&self, step: &Value, base: &str, depth: u8) -> Vec<Deed> {
        if is_off(step) || !self.tree.may_expand() {
            return Vec::new();
        }
        let base = step.get("working-directory").and_then(Value::as_str).unwrap_or(base);
        let forgiven = step.get("continue-on-error") == Some(&Value::Bool(true));
        let mut found = match (step.get("run").and_then(Value::as_str), step.get("uses").and_then(Value::as_str)) {
            (Some(run), _) => commands::deeds(self.tree, base, run),
            (None, Some(uses)) => self.action(uses, step.get("with").unwrap_or(&Value::Null), base, depth),
            (None, None) => Vec::new(),
        };
        if forgiven {
            found.iter_mut().for_each(|deed| deed.forgiven = true);
        }
        found
    }

    /// What an action does: a local one is opened, others are known by name.
    fn action(&self, uses: &str, with: &Value, base: &str, depth: u8) -> Vec<Deed> {
        if let Some(path) = uses.strip_prefix("./") {
            let path = path.trim_end_matches('/');
            let names = [format!("{path}/action.yml"), format!("{path}/action.yaml")];
            let file = names.iter().find_map(|name| self.tree.get(name.trim_start_matches('/')));
            let Some(file) = file.filter(|_| depth < 3) else { return Vec::new() };
            let docs =
                self.tree.text(file).and_then(|text| yaml::documents(&file.path, &text).ok()).unwrap_or_default();
            let steps = docs.first().map(|doc| list(at(&doc.value, "runs.steps"))).unwrap_or_default();
            return steps.iter().take(200).flat_map(|step| self.step(step, base, depth + 1)).collect();
        }
        let get = |key: &str| with.get(key).and_then(Value::as_str).unwrap_or_default();
        let run = |script: String| commands::deeds(self.tree, base, &script);
        let name = uses.split('@').next().unwrap_or(uses).to_ascii_lowercase();
        let one = |what: What| vec![Deed { what, by: name.clone(), forgiven: false }];
        let repository = name.split('/').nth(1).unwrap_or_default();
        match name.as_str() {
            "actions-rs/cargo" => return run(format!("cargo {} {}", get("command"), get("args"))),
            "cypress-io/github-action" => return one(What::Tests),
            "pre-commit/action" => return run("pre-commit run".to_owned()),
            "promptfoo/promptfoo-action" => {
                return one(What::Evals { threshold: with.get("fail-on-threshold").is_some() });
            }
            "pulumi/actions" => return run(format!("pulumi {}", get("command"))),
            "borales/actions-yarn" => return run(format!("yarn {}", get("cmd"))),
            "superfly/flyctl-actions" => return run(format!("flyctl {}", get("args"))),
            "hashicorp/tfc-workflows-github/actions/apply-run" | "dflook/terraform-apply" => return one(What::Deploys),
            "appleboy/ssh-action" => return one(What::Deploys),
            "helm/kind-action"
            | "container-tools/kind-action"
            | "engineerd/setup-kind"
            | "medyagh/setup-minikube"
            | "absaoss/k3d-action"
            | "nolar/setup-k3d-k3s"
            | "localstack/setup-localstack" => return one(What::LocalCluster),
            _ => {}
        }
        if name.starts_with("gradle/") || name.contains("gradle-command") {
            return run(format!("gradle {}", get("arguments")));
        }
        if ["gitleaks", "trufflehog", "ggshield", "detect-secrets", "secret-scan"]
            .iter()
            .any(|tool| name.contains(tool))
        {
            return one(What::ScansSecrets);
        }
        if repository.contains("eval-action") || repository.contains("evals-action") {
            return one(What::Evals { threshold: with.get("threshold").is_some() || with.get("fail-on").is_some() });
        }
        // Actions that run what they are given.
        let given: Vec<&str> = ["run", "script", "command", "runCmd", "inlineScript", "exec"]
            .iter()
            .map(|key| get(key))
            .filter(|t| !t.is_empty())
            .collect();
        let found: Vec<Deed> = given.into_iter().flat_map(|script| run(script.to_owned())).collect();
        if !found.is_empty() {
            return found;
        }
        let publishes = name.contains("pages") || name.contains("docs") || name.starts_with("actions/");
        let deploys = [
            "webapps-deploy",
            "functions-action",
            "arm-deploy",
            "amazon-ecs-deploy-task-definition",
            "wrangler-action",
            "vercel-action",
        ];
        if !publishes && (deploys.contains(&repository) || name.split(['/', '-', '_']).any(is_deploy_name)) {
            return one(What::Deploys);
        }
        Vec::new()
    }
}

/// A workflow of another repository is known by its name only, and never as one that tests.
fn foreign_workflow(uses: &str) -> Vec<Deed> {
    let path = uses.split('@').next().unwrap_or(uses);
    let name = path.rsplit('/').next().unwrap_or(path).split('.').next().unwrap_or_default();
    let what = if is_deploy_name(name) {
        What::Deploys
    } else if name.contains("gitleaks") || name.contains("secret-scan") || name.contains("trufflehog") {
        What::ScansSecrets
    } else {
        return Vec::new();
    };
    vec![Deed { what, by: path.to_owned(), forgiven: false }]
}

fn environment(job: &Value) -> Option<String> {
    let named = job.get("environment").map(|e| e.get("name").unwrap_or(e)).and_then(Value::as_str);
    // A called workflow is told its environment by an input.
    let given = job
        .get("uses")
        .and_then(|_| ["environment", "env", "stage"].iter().find_map(|key| at(job, "with")?.get(key)?.as_str()));
    named.or(given).map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned)
}

fn text_of(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(flag)) => flag.to_string(),
        _ => String::new(),
    }
}

/// Whether a condition is plainly false.
fn is_off(item: &Value) -> bool {
    let condition = text_of(item.get("if"));
    condition.trim_start_matches("${{").trim_end_matches("}}").trim() == "false"
}

/// The events that the condition of a job lets through.
fn allowed(job: &Value) -> Triggers {
    let every = Triggers { push: true, pull_request: true, schedule: true, manual: true, other: true, called: true };
    let condition = text_of(job.get("if")).replace('"', "'");
    let compares = |operator: &str, event: &str| condition.contains(&format!("github.event_name {operator} '{event}'"));
    let events = ["push", "pull_request", "schedule", "workflow_dispatch"];
    if condition.contains("github.event_name ==") && !condition.contains("||")
        || events.iter().filter(|e| compares("==", e)).count() > 1
    {
        return Triggers {
            push: compares("==", "push"),
            pull_request: compares("==", "pull_request"),
            schedule: compares("==", "schedule"),
            manual: compares("==", "workflow_dispatch"),
            ..every
        };
    }
    Triggers {
        push: !compares("!=", "push"),
        pull_request: !compares("!=", "pull_request"),
        schedule: !compares("!=", "schedule"),
        manual: !compares("!=", "workflow_dispatch"),
        ..every
    }
}
