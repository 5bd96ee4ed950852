//! Pipelines of Azure DevOps enter; their jobs leave, with the templates of the repository filled in.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Reader;
use super::commands::{self, Deed, What};
use super::job::{Changes, Job, Triggers};
use crate::evidence::configuration::paths;
use crate::evidence::configuration::yaml::{Doc, at, list, texts};

/// More jobs than these are not read.
const MAX_JOBS: usize = 2_000;

/// Whether a path is a pipeline.
pub(super) fn is_pipeline(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    matches!(paths::extension(&name), "yml" | "yaml")
        && (name.starts_with("azure-pipeline")
            || name.starts_with(".azure-pipeline")
            || path.starts_with(".azure-pipelines/")
            || path.starts_with("azure-pipelines/")
            || path.starts_with(".azuredevops/"))
}

/// Reads the pipelines of a repository.
pub(super) fn read(reader: &mut Reader<'_>, files: &[&str]) {
    for path in files {
        let Some(doc) = reader.one(path) else { continue };
        // A template says no trigger and takes parameters; it is read where it is used.
        let is_template = doc.value.get("parameters").is_some()
            && doc.value.get("trigger").is_none()
            && doc.value.get("pr").is_none();
        let has_work = ["stages", "jobs", "steps", "extends"].iter().any(|key| doc.value.get(key).is_some());
        if !has_work || (is_template && files.len() > 1) {
            continue;
        }
        let (triggers, changes) = events(&doc.value);
        let mut pipeline = Pipeline { reader, doc: &doc, path, triggers, changes, jobs: Vec::new() };
        pipeline.whole(&doc.value, "");
        let jobs = pipeline.jobs;
        reader.add(jobs);
    }
}

fn events(pipeline: &Value) -> (Triggers, Changes) {
    let is_none = |key: &str| pipeline.get(key).and_then(Value::as_str) == Some("none");
    let triggers = Triggers {
        push: !is_none("trigger"),
        pull_request: pipeline.get("pr").is_some() && !is_none("pr"),
        schedule: pipeline.get("schedules").is_some(),
        manual: true,
        ..Triggers::default()
    };
    let paths = |key: &str, list: &str| texts(at(pipeline, key).and_then(|t| t.get("paths")?.get(list)));
    let changes = Changes {
        only: [paths("trigger", "include"), paths("pr", "include")].concat(),
        not: [paths("trigger", "exclude"), paths("pr", "exclude")].concat(),
    };
    (triggers, changes)
}

struct Pipeline<'r, 'd, 't> {
    reader: &'r mut Reader<'t>,
    doc: &'d Doc,
    path: &'d str,
    triggers: Triggers,
    changes: Changes,
    jobs: Vec<Job>,
}

impl Pipeline<'_, '_, '_> {
    fn whole(&mut self, value: &Value, base: &str) {
        if let Some(stages) = value.get("stages") {
            let stages = self.filled(list(Some(stages)), "stages", 0);
            self.stages(&stages);
        } else if let Some(jobs) = value.get("jobs") {
            let jobs = self.filled(list(Some(jobs)), "jobs", 0);
            self.stage(&jobs, &BTreeSet::new(), "");
        } else if value.get("steps").is_some() {
            let deeds = self.steps(list(value.get("steps")), base);
            self.jobs.push(self.job("steps".to_owned(), deeds, self.doc.line("/steps")));
        } else if let Some(parameters) = at(value, "extends.parameters") {
            self.whole(parameters, base);
        }
    }

    fn job(&self, name: String, deeds: Vec<Deed>, line: Option<usize>) -> Job {
        Job {
            name,
            deeds,
            line,
            path: self.path.to_owned(),
            triggers: self.triggers.clone(),
            changes: self.changes.clone(),
            ..Job::default()
        }
    }

    /// A list with the templates of the repository put in their places.
    fn filled(&mut self, items: &[Value], key: &str, depth: u8) -> Vec<Value> {
        let mut out = Vec::new();
        for item in items.iter().take(500) {
            if !self.reader.tree.may_expand() {
                break;
            }
            let template = item.get("template").and_then(Value::as_str).filter(|_| depth < 5);
            if let Some(template) = template {
                let near = paths::join(paths::folder(self.path), template);
                let found =
                    near.filter(|path| self.reader.tree.get(path).is_some()).or_else(|| paths::join("", template));
                if let Some(doc) = found.and_then(|path| self.reader.one(&path)) {
                    out.extend(self.filled(list(doc.value.get(key)), key, depth + 1));
                }
                continue;
            }
            // `${{ if … }}:` holds a list of the same kind.
            let condition =
                item.as_object().and_then(|map| map.iter().next()).filter(|(key, _)| key.starts_with("${{"));
            match condition {
                Some((_, inner)) if depth < 5 => out.extend(self.filled(list(Some(inner)), key, depth + 1)),
                _ => out.push(item.clone()),
            }
        }
        out
    }

    fn stages(&mut self, stages: &[Value]) {
        let mut by_name: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        let mut previous: BTreeSet<usize> = BTreeSet::new();
        for (index, stage) in stages.iter().enumerate() {
            let needs = match stage.get("dependsOn") {
                Some(names) => {
                    texts(Some(names)).iter().filter_map(|name| by_name.get(name)).flatten().copied().collect()
                }
                None => previous.clone(),
            };
            let needs = if is_always(stage) { BTreeSet::new() } else { needs };
            let before = self.jobs.len();
            let jobs = self.filled(list(stage.get("jobs")), "jobs", 0);
            let name = stage.get("stage").and_then(Value::as_str).unwrap_or("stage").to_owned();
            if jobs.is_empty() && stage.get("steps").is_some() {
                let deeds = self.steps(list(stage.get("steps")), "");
                self.jobs.push(self.job(name.clone(), deeds, self.doc.line(&format!("/stages/{index}"))));
            }
            self.stage(&jobs, &needs, &name);
            let added: BTreeSet<usize> = (before..self.jobs.len()).collect();
            previous.clone_from(&added);
            by_name.insert(name, added);
        }
    }

    /// The jobs of one stage, which all wait for `needs`.
    fn stage(&mut self, jobs: &[Value], needs: &BTreeSet<usize>, stage: &str) {
        let mut by_name: BTreeMap<String, usize> = BTreeMap::new();
        for job in jobs {
            if self.jobs.len() >= MAX_JOBS {
                return;
            }
            let name =
                job.get("job").or_else(|| job.get("deployment")).and_then(Value::as_str).unwrap_or(stage).to_owned();
            let mut steps = self.steps(list(job.get("steps")), "");
            for strategy in ["runOnce", "rolling", "canary"] {
                for hook in ["preDeploy", "deploy", "routeTraffic", "postRouteTraffic"] {
                    steps.extend(self.steps(list(at(job, &format!("strategy.{strategy}.{hook}.steps"))), ""));
                }
            }
            let environment = job.get("environment").map(|e| e.get("name").unwrap_or(e)).and_then(Value::as_str);
            let mut found = self.job(name.clone(), steps, self.line_of(&name));
            found.environment = environment.map(str::to_owned);
            found.forgiven = job.get("continueOnError") == Some(&Value::Bool(true));
            if job.get("deployment").is_some() && !found.does(|what| *what == What::Deploys) {
                found.deeds.push(Deed { what: What::Deploys, by: format!("deployment {name}"), forgiven: false });
            }
            if !is_always(job) {
                found.needs = needs
                    .iter()
                    .copied()
                    .chain(texts(job.get("dependsOn")).iter().filter_map(|n| by_name.get(n)).copied())
                    .collect();
            }
            by_name.insert(name, self.jobs.len());
            self.jobs.push(found);
        }
    }

    /// The line on which a job's name stands.
    fn line_of(&self, name: &str) -> Option<usize> {
        let file = self.reader.tree.get(self.path)?;
        let text = self.reader.tree.text(file)?;
        let heads = [format!("job: {name}"), format!("deployment: {name}")];
        let found = text.lines().position(|line| {
            let line = line.trim_start().trim_start_matches("- ");
            heads.iter().any(|head| line == head)
        });
        found.map(|index| index + 1)
    }

    fn steps(&mut self, steps: &[Value], base: &str) -> Vec<Deed> {
        let steps = self.filled(steps, "steps", 0);
        steps.iter().flat_map(|step| self.step(step, base)).collect()
    }

    fn step(&self, step: &Value, base: &str) -> Vec<Deed> {
        if step.get("enabled") == Some(&Value::Bool(false))
            || step.get("condition").and_then(Value::as_str) == Some("false")
        {
            return Vec::new();
        }
        let input = |key: &str| {
            step.get("inputs").and_then(|inputs| inputs.get(key)).and_then(Value::as_str).unwrap_or_default()
        };
        let folder = step.get("workingDirectory").and_then(Value::as_str).unwrap_or_else(|| input("workingDirectory"));
        let folder = folder
            .trim_start_matches("$(System.DefaultWorkingDirectory)")
            .trim_start_matches("$(Build.SourcesDirectory)");
        let base = if folder.is_empty() { base } else { folder.trim_start_matches('/') };
        let script = ["script", "bash", "pwsh", "powershell"].iter().find_map(|key| step.get(key)?.as_str());
        let mut found = match (script, step.get("task").and_then(Value::as_str)) {
            (Some(script), _) => commands::deeds(self.reader.tree, base, script),
            (None, Some(task)) => self.task(task, &input, base),
            (None, None) => Vec::new(),
        };
        if step.get("continueOnError") == Some(&Value::Bool(true)) {
            found.iter_mut().for_each(|deed| deed.forgiven = true);
        }
        found
    }

    fn task<'v>(&self, task: &str, input: &dyn Fn(&str) -> &'v str, base: &str) -> Vec<Deed> {
        let name = task.split('@').next().unwrap_or(task).rsplit('.').next().unwrap_or(task);
        let one = |what: What| vec![Deed { what, by: name.to_owned(), forgiven: false }];
        let run = |script: String| commands::deeds(self.reader.tree, base, &script);
        match name {
            "VSTest" => one(What::Tests),
            "DotNetCoreCLI" => run(format!("dotnet {} {}", input("command"), input("arguments"))),
            "Maven" => run(format!(
                "mvn {} {}",
                if input("goals").is_empty() { "package" } else { input("goals") },
                input("options")
            )),
            "Gradle" => run(format!("gradle {}", if input("tasks").is_empty() { "build" } else { input("tasks") })),
            "Npm" if input("command") == "custom" => run(format!("npm {}", input("customCommand"))),
            "HelmDeploy" => run(format!("helm {}", input("command"))),
            "Kubernetes" => run(format!("kubectl {}", input("command"))),
            "KubernetesManifest" if matches!(input("action"), "deploy" | "promote" | "") => one(What::Deploys),
            "TerraformTask" | "TerraformTaskV4" | "TerraformCLI" | "TerraformTaskV3" => {
                run(format!("terraform {}", input("command")))
            }
            "AzureWebApp"
            | "AzureWebAppContainer"
            | "AzureRmWebAppDeployment"
            | "AzureFunctionApp"
            | "AzureFunctionAppContainer"
            | "AzureContainerApps"
            | "AzureResourceManagerTemplateDeployment"
            | "AzureResourceGroupDeployment"
            | "AzureAppServiceManage"
            | "AWSShellScript"
            | "ECSDeployTask"
            | "CloudFormationCreateOrUpdateStack"
            | "LambdaDeployFunction" => one(What::Deploys),
            "CredScan" | "gitleaks" | "GitLeaks" => one(What::ScansSecrets),
            "MicrosoftSecurityDevOps" if input("categories").contains("secrets") => one(What::ScansSecrets),
            _ => {
                let found: Vec<Deed> = ["script", "inlineScript", "inline", "Inline"]
                    .iter()
                    .flat_map(|key| run(input(key).to_owned()))
                    .collect();
                let file = ["filePath", "scriptPath"].iter().map(|key| input(key)).find(|path| !path.is_empty());
                if found.is_empty() { file.map(|file| run(format!("./{file}"))).unwrap_or_default() } else { found }
            }
        }
    }
}

/// Whether it runs also when what it depends on has failed.
fn is_always(item: &Value) -> bool {
    item.get("condition")
        .and_then(Value::as_str)
        .is_some_and(|c| (c.contains("always()") || c.contains("failed()")) && !c.contains("succeeded()"))
}
