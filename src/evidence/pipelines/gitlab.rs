//! The configuration of GitLab CI enters; its jobs leave, with local includes, `extends`, references and child pipelines resolved.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::Reader;
use super::commands::{self, Deed, What};
use super::job::{Changes, Job, Triggers};
use super::scripts::Files;
use crate::evidence::configuration::yaml::{at, child, list, texts};

/// More files than these are not included.
const MAX_INCLUDES: usize = 200;

/// More jobs than these are not read.
const MAX_JOBS: usize = 2_000;

/// Keys at the top that are no jobs.
const RESERVED: [&str; 15] = [
    "stages",
    "variables",
    "include",
    "default",
    "workflow",
    "image",
    "services",
    "cache",
    "before_script",
    "after_script",
    "spec",
    "types",
    "true",
    "false",
    "null",
];

/// Whether a path is the configuration.
pub(super) fn is_configuration(path: &str) -> bool {
    matches!(path, ".gitlab-ci.yml" | ".gitlab-ci.yaml")
}

/// Reads the pipeline of a repository.
pub(super) fn read(reader: &mut Reader<'_>, files: &[&str]) {
    let mut jobs = Vec::new();
    if let Some(path) = files.first() {
        pipeline(reader, path, &BTreeSet::new(), 0, &mut jobs);
    }
    reader.add(jobs);
}

/// A configuration with everything that it includes.
#[derive(Default)]
struct Config {
    keys: Map<String, Value>,
    places: BTreeMap<String, (String, Option<usize>)>,
    /// Files of GitLab and others that look for secrets.
    scanners: Vec<String>,
    included: usize,
}

/// Adds the jobs of a pipeline that begins after others.
fn pipeline(reader: &mut Reader<'_>, path: &str, after: &BTreeSet<usize>, depth: u8, jobs: &mut Vec<Job>) {
    let mut config = Config::default();
    config.load(reader, path, 0);
    let always = Triggers::push();
    let triggers = match list(at_key(&config.keys, "workflow", "rules")) {
        [] => always,
        rules => rules.iter().filter(|rule| rule.get("when").and_then(Value::as_str) != Some("never")).fold(
            Triggers::default(),
            |mut all, rule| {
                all.or(&source(rule, &always));
                all
            },
        ),
    };
    for scanner in &config.scanners {
        let deeds = vec![Deed { what: What::ScansSecrets, by: scanner.clone(), forgiven: false }];
        jobs.push(Job {
            name: scanner.clone(),
            path: path.to_owned(),
            triggers: triggers.clone(),
            deeds,
            ..Job::default()
        });
    }
    let stages = stages(&config.keys);
    let mut added: Vec<(String, usize, Value)> = Vec::new();
    let names: Vec<String> = config
        .keys
        .keys()
        .filter(|name| !name.starts_with('.') && !RESERVED.contains(&name.as_str()))
        .cloned()
        .collect();
    for name in names {
        let Some(job) = config.resolved(reader.tree, &name, 0).filter(|job| job.is_object()) else { continue };
        let Some(when) = When::of(&job, &triggers) else { continue };
        if jobs.len() >= MAX_JOBS {
            break;
        }
        let (path, line) = config.places.get(&name).cloned().unwrap_or_default();
        let (environment, leaves) = environment(&job);
        let mut deeds = commands::deeds(reader.tree, "", &config.script(reader.tree, &job));
        if leaves {
            deeds.retain(|deed| deed.what != What::Deploys);
        }
        jobs.push(Job {
            name: name.clone(),
            path,
            line,
            triggers: when.triggers,
            changes: when.changes,
            environment,
            to_environment: true,
            needs: after.clone(),
            deeds,
            forgiven: when.forgiven,
        });
        added.push((name, jobs.len() - 1, job));
    }
    for (_, index, job) in &added {
        let needs = needs(job, &added, &stages);
        if let Some(job) = jobs.get_mut(*index) {
            job.needs.extend(needs.into_iter().filter(|need| need != index));
        }
    }
    for (_, index, job) in &added {
        let children =
            list(at(job, "trigger.include")).iter().filter_map(|i| i.as_str().or_else(|| i.get("local")?.as_str()));
        let children: Vec<String> = children.map(|path| path.trim_start_matches('/').to_owned()).collect();
        let after = jobs.get(*index).map(|job| job.needs.clone()).unwrap_or_default();
        for path in children.iter().take(20).filter(|_| depth < 2) {
            pipeline(reader, path, &after, depth + 1, jobs);
        }
    }
}

fn at_key<'v>(keys: &'v Map<String, Value>, key: &str, inner: &str) -> Option<&'v Value> {
    keys.get(key)?.get(inner)
}

impl Config {
    /// Reads a file after the files that it includes, so that it overrides them.
    fn load(&mut self, reader: &mut Reader<'_>, path: &str, depth: u8) {
        self.included += 1;
        if depth > 10 || self.included > MAX_INCLUDES {
            return;
        }
        let docs = reader.all(path);
        // A component begins with its inputs (`spec:`); the configuration is the last document.
        let Some(doc) = docs.last() else { return };
        let Some(keys) = doc.value.as_object() else { return };
        for include in list(keys.get("include")) {
            let local = include
                .as_str()
                .filter(|path| !path.contains("://"))
                .or_else(|| include.get("local").and_then(Value::as_str));
            if let Some(local) = local {
                for path in matching(reader, local.trim_start_matches('/')) {
                    self.load(reader, &path, depth + 1);
                }
            }
            let foreign = ["template", "component", "remote", "file"].iter().flat_map(|key| texts(include.get(key)));
            self.scanners.extend(foreign.filter(|name| {
                let name = name.to_ascii_lowercase();
                ["secret-detection", "secret_detection", "gitleaks", "trufflehog", "ggshield"]
                    .iter()
                    .any(|tool| name.contains(tool))
            }));
        }
        for (key, value) in keys {
            self.places.insert(key.clone(), (path.to_owned(), doc.line(&child("", key))));
            match self.keys.get_mut(key) {
                Some(before) => merge(before, value),
                None => {
                    self.keys.insert(key.clone(), value.clone());
                }
            }
        }
    }

    /// A job with what it extends.
    fn resolved(&self, files: &Files<'_>, name: &str, depth: u8) -> Option<Value> {
        let own = self.keys.get(name)?;
        if depth > 10 || !files.may_expand() {
            return Some(own.clone());
        }
        let mut job = Value::Object(Map::new());
        for base in texts(own.get("extends")).iter().take(20) {
            if let Some(base) = self.resolved(files, base, depth + 1) {
                merge(&mut job, &base);
            }
        }
        merge(&mut job, own);
        Some(job)
    }

    /// Everything that a job runs, as one script.
    fn script(&self, files: &Files<'_>, job: &Value) -> String {
        let shared = |key: &str| at_key(&self.keys, "default", key).or_else(|| self.keys.get(key));
        let mut script = String::new();
        for key in ["before_script", "script"] {
            let own = job.get(key).or_else(|| shared(key).filter(|_| key == "before_script"));
            if let Some(own) = own {
                self.lines(files, own, 0, &mut script);
            }
        }
        script
    }

    /// The lines of a script; `!reference [.job, script]` arrives as a list of the two names.
    fn lines(&self, files: &Files<'_>, value: &Value, depth: u8, into: &mut String) {
        if depth > 6 || into.len() > 200_000 || !files.may_expand() {
            return;
        }
        match value {
            Value::String(line) => {
                into.push_str(line);
                into.push('\n');
            }
            Value::Array(items) => {
                if let [Value::String(job), Value::String(key)] = items.as_slice()
                    && let Some(found) = self.keys.get(job).and_then(|job| job.get(key))
                {
                    return self.lines(files, found, depth + 1, into);
                }
                items.iter().for_each(|item| self.lines(files, item, depth + 1, into));
            }
            _ => {}
        }
    }
}

/// The files that a local include means; it may be a pattern.
fn matching(reader: &Reader<'_>, pattern: &str) -> Vec<String> {
    if !pattern.contains('*') {
        return vec![pattern.to_owned()];
    }
    let glob = globset::GlobBuilder::new(pattern).literal_separator(true).build().map(|glob| glob.compile_matcher());
    let Ok(glob) = glob else { return Vec::new() };
    reader
        .tree
        .files()
        .iter()
        .filter(|file| glob.is_match(&file.path))
        .take(MAX_INCLUDES)
        .map(|file| file.path.clone())
        .collect()
}

/// Maps are merged, anything else is replaced.
fn merge(before: &mut Value, over: &Value) {
    match (before, over) {
        (Value::Object(before), Value::Object(over)) => {
            for (key, value) in over {
                match before.get_mut(key) {
                    Some(place) => merge(place, value),
                    None => {
                        before.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (before, over) => *before = over.clone(),
    }
}

fn stages(keys: &Map<String, Value>) -> Vec<String> {
    let named = texts(keys.get("stages").or_else(|| keys.get("types")));
    let named = if named.is_empty() { ["build", "test", "deploy"].map(str::to_owned).to_vec() } else { named };
    std::iter::once(".pre".to_owned()).chain(named).chain(std::iter::once(".post".to_owned())).collect()
}

/// The jobs that a job waits for: those under `needs`, else all of the earlier stages.
fn needs(job: &Value, jobs: &[(String, usize, Value)], stages: &[String]) -> Vec<usize> {
    if job.get("when").and_then(Value::as_str) == Some("always") {
        return Vec::new();
    }
    if let Some(needs) = job.get("needs") {
        let names: Vec<&str> =
            list(Some(needs)).iter().filter_map(|need| need.as_str().or_else(|| need.get("job")?.as_str())).collect();
        return jobs.iter().filter(|(name, ..)| names.contains(&name.as_str())).map(|(_, index, _)| *index).collect();
    }
    let stage_of = |job: &Value| {
        let stage = job.get("stage").and_then(Value::as_str).unwrap_or("test");
        stages.iter().position(|name| name == stage)
    };
    let Some(mine) = stage_of(job) else { return Vec::new() };
    jobs.iter()
        .filter(|(_, _, other)| stage_of(other).is_some_and(|stage| stage < mine))
        .map(|(_, index, _)| *index)
        .collect()
}

/// The environment of a job, and whether the job only leaves or looks at it.
fn environment(job: &Value) -> (Option<String>, bool) {
    let Some(environment) = job.get("environment") else { return (None, false) };
    let action = environment.get("action").and_then(Value::as_str);
    if action.is_some_and(|action| action != "start") {
        return (None, true);
    }
    let name = environment.as_str().or_else(|| environment.get("name")?.as_str());
    (name.map(str::to_owned).filter(|name| !name.is_empty()), false)
}

/// When a job runs.
struct When {
    triggers: Triggers,
    changes: Changes,
    forgiven: bool,
}

impl When {
    /// None when it never runs.
    fn of(job: &Value, pipeline: &Triggers) -> Option<Self> {
        let says = |item: &Value, what: &str| item.get("when").and_then(Value::as_str) == Some(what);
        let by_hand = Triggers { manual: true, ..Triggers::default() };
        let allows = |item: &Value| match item.get("allow_failure") {
            Some(Value::Bool(flag)) => Some(*flag),
            _ => None,
        };
        if says(job, "never") || says(job, "on_failure") {
            return None;
        }
        let mut forgiven = allows(job);
        let mut triggers = pipeline.clone();
        let mut changes = Changes::default();
        if let Some(rules) = job.get("rules") {
            let rules: Vec<&Value> =
                list(Some(rules)).iter().filter(|rule| rule.is_object() && !says(rule, "never")).collect();
            if rules.is_empty() {
                return None;
            }
            triggers = Triggers::default();
            let mut every = false;
            for rule in rules {
                let manual = says(rule, "manual") || (says(job, "manual") && rule.get("when").is_none());
                triggers.or(&if manual { by_hand.clone() } else { source(rule, pipeline) });
                let paths = rule
                    .get("changes")
                    .map(|changes| texts(Some(changes.get("paths").unwrap_or(changes))))
                    .unwrap_or_default();
                every |= paths.is_empty() && !manual;
                changes.only.extend(paths);
                forgiven = forgiven.or(allows(rule));
            }
            if every {
                changes.only.clear();
            }
        } else if let Some(only) = job.get("only") {
            let refs = texts(Some(only.get("refs").unwrap_or(only)));
            triggers = refs.iter().fold(Triggers::default(), |mut all, name| {
                match name.as_str() {
                    "merge_requests" | "external_pull_requests" => all.pull_request = true,
                    "schedules" => all.schedule = true,
                    "web" | "api" | "triggers" | "pipelines" | "chat" => all.manual = true,
                    _ => all.push = true,
                }
                all
            });
            if refs.is_empty() {
                triggers = pipeline.clone();
            }
            changes.only = texts(only.get("changes"));
        } else if says(job, "manual") {
            triggers = by_hand.clone();
        }
        // A manual job does not hold up what comes after it, unless told to.
        let waits = triggers.is_real() || forgiven == Some(false);
        Some(Self { forgiven: forgiven.unwrap_or(!waits), triggers, changes })
    }
}

/// The events that a rule lets through.
fn source(rule: &Value, pipeline: &Triggers) -> Triggers {
    let Some(condition) = rule.get("if").and_then(Value::as_str) else { return pipeline.clone() };
    let condition = condition.replace('\'', "\"");
    let names = |words: &[&str]| words.iter().any(|word| condition.contains(word));
    let is_not = |event: &str| condition.contains(&format!("!= \"{event}\""));
    let found = Triggers {
        push: names(&["\"push\"", "CI_COMMIT_BRANCH", "CI_COMMIT_REF", "CI_COMMIT_TAG", "CI_DEFAULT_BRANCH"])
            && !is_not("push")
            || is_not("merge_request_event"),
        pull_request: names(&[
            "\"merge_request_event\"",
            "CI_MERGE_REQUEST",
            "CI_OPEN_MERGE_REQUESTS",
            "\"external_pull_request_event\"",
        ]) && !is_not("merge_request_event"),
        schedule: names(&["\"schedule\""]) && !is_not("schedule"),
        manual: names(&["\"web\"", "\"api\"", "\"trigger\"", "\"pipeline\"", "\"chat\""]),
        other: false,
        called: false,
    };
    if found == Triggers::default() { pipeline.clone() } else { found }
}
