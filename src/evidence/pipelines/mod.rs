//! CI files enter; facts about what runs when, and what blocks what, leave.

mod azure;
mod bitbucket;
mod buildkite;
mod circleci;
mod cloudbuild;
mod commands;
mod drone;
mod github;
mod gitlab;
mod jenkins;
mod job;
mod scripts;
mod sequence;
mod shell;

use std::sync::Arc;

use serde_json::Value;

use super::configuration::paths;
use super::configuration::yaml::{self, Doc};
use super::{Family, Found, Item, Proof, View};
use crate::diagnostic::{Code, Diagnostic};
use crate::fact::{Origin, Record};
use crate::manifest::Manifest;

use commands::What;
use job::{Changes, Job};
use scripts::Files;

/// This family.
pub(super) const FAMILY: Family = Family { name: "pipelines", provides: &["ci"], collect };

/// How a CI system is read.
struct System {
    /// What it calls a unit of work.
    noun: &'static str,
    /// What it calls a proposed change.
    pull_request: &'static str,
    /// Whether its files are read as what they are, rather than by words in a text.
    parsed: bool,
    /// Whether a path is one of its files.
    is_file: fn(&str) -> bool,
    /// Reads the files.
    read: fn(&mut Reader<'_>, &[&str]),
}

/// Every CI system.
const SYSTEMS: &[System] = &[
    System {
        noun: "job",
        pull_request: "pull_request",
        parsed: true,
        is_file: github::is_workflow,
        read: github::read,
    },
    System {
        noun: "job",
        pull_request: "merge request",
        parsed: true,
        is_file: gitlab::is_configuration,
        read: gitlab::read,
    },
    System {
        noun: "stage",
        pull_request: "pull request",
        parsed: false,
        is_file: jenkins::is_jenkinsfile,
        read: jenkins::read,
    },
    System {
        noun: "job",
        pull_request: "pull request",
        parsed: true,
        is_file: circleci::is_configuration,
        read: circleci::read,
    },
    System { noun: "job", pull_request: "pull request", parsed: true, is_file: azure::is_pipeline, read: azure::read },
    System {
        noun: "step",
        pull_request: "pull request",
        parsed: false,
        is_file: cloudbuild::is_build,
        read: cloudbuild::read,
    },
    System {
        noun: "step",
        pull_request: "pull request",
        parsed: true,
        is_file: bitbucket::is_pipeline,
        read: bitbucket::read,
    },
    System { noun: "step", pull_request: "pull request", parsed: true, is_file: drone::is_pipeline, read: drone::read },
    System {
        noun: "step",
        pull_request: "pull request",
        parsed: true,
        is_file: buildkite::is_pipeline,
        read: buildkite::read,
    },
];

/// What the readers of CI files share: the files, the jobs so far, and what is wrong.
struct Reader<'a> {
    tree: &'a Files<'a>,
    jobs: Vec<Job>,
    malformed: Vec<Diagnostic>,
}

impl Reader<'_> {
    /// The documents of a file; one that cannot be read is malformed evidence.
    fn all(&mut self, path: &str) -> Vec<Doc> {
        self.all_of(path, |text| text.into())
    }

    /// The documents of a file in a dialect that is first made plain YAML.
    fn all_of(&mut self, path: &str, plain: impl Fn(&str) -> std::borrow::Cow<'_, str>) -> Vec<Doc> {
        let Some(text) = self.text(path) else { return Vec::new() };
        match yaml::documents(path, &plain(&text)) {
            Ok(docs) => {
                // What is all comments was switched off; a bare value is no pipeline of any system.
                if !docs.is_empty() && docs.iter().all(|doc| is_bare(&doc.value)) {
                    let message = "this CI file holds a bare value where its jobs are expected";
                    self.fault(
                        Diagnostic::error(Code::Malformed, message).path(path).help("write its jobs, or delete it"),
                    );
                    return Vec::new();
                }
                docs
            }
            Err(wrong) => {
                self.fault(wrong.help("mend the CI file; until then nobody knows what it runs"));
                Vec::new()
            }
        }
    }

    /// The text of a file; an empty one, or one that is no text, is malformed evidence.
    fn text(&mut self, path: &str) -> Option<std::sync::Arc<str>> {
        let file = self.tree.get(path)?;
        let (message, help) = match self.tree.text(file) {
            Some(text) if !text.trim().is_empty() => return Some(text),
            Some(_) => ("this CI file is empty", "write its jobs, or delete it"),
            // A scaffold that nobody has filled in is no CI file yet, and is named as that.
            None if self.tree.is_unfinished(file) => return None,
            None => (
                "this CI file is no UTF-8 text, or it may not be read",
                "save it as UTF-8 text that everybody may read",
            ),
        };
        self.fault(Diagnostic::error(Code::Malformed, message).path(path).help(help));
        None
    }

    /// The first document of a file.
    fn one(&mut self, path: &str) -> Option<Doc> {
        self.all(path).into_iter().next()
    }

    /// Whether a document has a map at a key; when not, it is malformed evidence.
    fn expect_map(&mut self, doc: &Doc, key: &str, expected: &str) -> bool {
        let found = doc.value.get(key).is_some_and(Value::is_object);
        if !found {
            let message = format!("this CI file cannot be what it is named for: {expected}");
            self.fault(
                Diagnostic::error(Code::Malformed, message).path(&*doc.path).help(format!("write a map under `{key}`")),
            );
        }
        found
    }

    /// Says what is wrong with a file, once: a template may be read at several places.
    fn fault(&mut self, diagnostic: Diagnostic) {
        if !self.malformed.contains(&diagnostic) {
            self.malformed.push(diagnostic);
        }
    }

    /// Takes the jobs of one file or one system in; their needs are indices among themselves.
    fn add(&mut self, jobs: Vec<Job>) {
        let first = self.jobs.len();
        self.jobs.extend(jobs.into_iter().map(|mut job| {
            job.needs = job.needs.into_iter().map(|need| need + first).collect();
            job
        }));
    }
}

/// A number, a text, or nothing where a pipeline should be.
fn is_bare(value: &Value) -> bool {
    match value {
        Value::Object(_) => false,
        Value::Array(items) => items.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

fn collect(view: &View<'_>) -> Found {
    let mut found = Found::default();
    let files = Files::of(view.tree);
    let mut reader = Reader { tree: &files, jobs: Vec::new(), malformed: Vec::new() };
    let mut present: Option<&str> = None;
    for system in SYSTEMS {
        let files: Vec<&str> = view
            .tree
            .files()
            .iter()
            .map(|file| file.path.as_str())
            .filter(|path| (system.is_file)(path) && !paths::is_foreign(path))
            .collect();
        if files.is_empty() {
            continue;
        }
        present = present.or_else(|| files.first().copied());
        let before = reader.jobs.len();
        (system.read)(&mut reader, &files);
        found.items.extend(items(system, reader.jobs.get(before..).unwrap_or_default(), view.manifest));
    }
    found.facts = facts(&reader.jobs, present, view);
    found.malformed = reader.malformed.into_iter().map(|diagnostic| ("ci".to_owned(), diagnostic)).collect();
    found
}

fn facts(jobs: &[Job], present: Option<&str>, view: &View<'_>) -> Record {
    let real = |what: fn(&What) -> bool| jobs.iter().any(|job| job.triggers.is_real() && job.does(what));
    let deploying: Vec<usize> = (0..jobs.len()).filter(|index| jobs.get(*index).is_some_and(Job::deploys)).collect();
    let waits_for_tests = |index: &usize| {
        jobs.get(*index).is_some_and(|job| {
            job.environment.is_some()
                && (job.tests_then_deploys()
                    || job::before(jobs, *index).iter().any(|need| jobs.get(*need).is_some_and(Job::tests_block)))
        })
    };
    let evals: Vec<&Job> = jobs
        .iter()
        .filter(|job| job.triggers.is_real() && job.does(|what| matches!(what, What::Evals { .. })))
        .collect();
    let on_paths: Vec<&Job> = evals.iter().copied().filter(|job| runs_on_models(job, view.manifest)).collect();
    let has_gate =
        view.manifest.evals.as_ref().is_some_and(|evals| evals.gate.as_ref().is_some_and(|gate| gate.min.is_some()));
    let blocks = |job: &Job| {
        !job.forgiven
            && job
                .deeds
                .iter()
                .any(|deed| matches!(deed.what, What::Evals { threshold } if (threshold || has_gate) && !deed.forgiven))
    };
    // The job that runs on changes is the one that has to block.
    let blocking = if on_paths.is_empty() { &evals } else { &on_paths };
    let mut ci = Record::new([
        ("present", present.is_some().into()),
        ("runs_tests", real(|what| *what == What::Tests).into()),
        ("deploys", deploying.iter().any(|index| jobs.get(*index).is_some_and(|job| job.environment.is_some())).into()),
        ("deploy_needs_tests", (!deploying.is_empty() && deploying.iter().all(waits_for_tests)).into()),
        ("scans_secrets", real(|what| *what == What::ScansSecrets).into()),
        ("runs_evals", (!evals.is_empty()).into()),
        ("eval_on_paths", (!on_paths.is_empty()).into()),
        ("eval_blocks", blocking.iter().any(|job| blocks(job)).into()),
        ("tests_rules", real(|what| *what == What::TestsRules).into()),
    ]);
    let best = jobs.iter().find(|job| job.triggers.is_real() && job.test().is_some());
    let origin = best
        .map(|job| Origin::detected(job.path.clone(), job.line))
        .or(present.map(|path| Origin::detected(path, None)));
    if let Some(origin) = origin {
        ci = ci.from(&origin);
    }
    let mut facts = Record::default();
    facts.set("ci", ci);
    facts
}

/// Whether a job runs when prompts, models or policies change.
fn runs_on_models(job: &Job, manifest: &Manifest) -> bool {
    let Changes { only, not } = &job.changes;
    if !job.triggers.is_on_change() {
        return false;
    }
    let declared: Vec<&str> = manifest
        .prompts
        .iter()
        .filter_map(|prompts| prompts.path.as_deref())
        .chain(manifest.models.iter().filter_map(|model| model.path.as_deref()))
        .map(|path| path.trim_start_matches("./").trim_end_matches('/'))
        .collect();
    let ignored = |path: &&str| not.iter().any(|pattern| covers(pattern, path));
    if only.is_empty() {
        return !declared.iter().any(ignored);
    }
    if declared.is_empty() {
        let words = ["prompt", "model", "polic"];
        return only.iter().any(|pattern| {
            let pattern = pattern.to_ascii_lowercase();
            !pattern.starts_with('!')
                && (matches!(pattern.as_str(), "**" | "**/*" | "*") || words.iter().any(|word| pattern.contains(word)))
        });
    }
    declared.iter().all(|path| only.iter().any(|pattern| covers(pattern, path)) && !ignored(path))
}

/// Whether a pattern of paths covers a file, or what is in a folder.
fn covers(pattern: &str, path: &str) -> bool {
    let pattern = pattern.trim_start_matches("./").trim_start_matches('/');
    let inside = format!("{path}/x");
    let folder = pattern.trim_end_matches("/**/*").trim_end_matches("/**").trim_end_matches('/');
    if folder == path || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')) {
        return true;
    }
    // A pattern may name some files of the folder, as in `prompts/*.md`.
    let some_of = pattern.rsplit_once('/').is_some_and(|(folder, name)| folder == path && name.starts_with('*'));
    let glob = globset::GlobBuilder::new(pattern).literal_separator(true).build().map(|glob| glob.compile_matcher());
    some_of || glob.is_ok_and(|glob| glob.is_match(path) || glob.is_match(&inside))
}

/// One item for each file whose jobs run tests.
fn items(system: &System, jobs: &[Job], manifest: &Manifest) -> Vec<Item> {
    let mut best: Vec<(&Job, u32)> = Vec::new();
    for job in jobs {
        let Some(_) = job.test() else { continue };
        let rank =
            u32::from(job.triggers.push) + u32::from(job.triggers.pull_request) + 3 * u32::from(job.tests_block());
        match best.iter_mut().find(|(other, _)| other.path == job.path) {
            Some(place) if place.1 < rank => *place = (job, rank),
            Some(_) => {}
            None => best.push((job, rank)),
        }
    }
    best.into_iter()
        .filter_map(|(job, rank)| {
            let test = job.deeds.iter().find(|d| d.what == What::Tests && !d.forgiven).or_else(|| job.test())?;
            let proven = system.parsed && job.triggers.is_real() && job.tests_block();
            let mut because = format!(
                "{} `{}` runs {} on {}",
                system.noun,
                job.name,
                test.by,
                job.triggers.words(system.pull_request)
            );
            if !job.tests_block() {
                because.push_str("; its failure is ignored");
            }
            let declared = manifest.evidence.get("ci-tests").is_some_and(|paths| paths.contains(&job.path));
            Some(Item {
                kind: "ci-tests",
                origin: Arc::new(Origin { path: job.path.clone(), line: job.line, declared }),
                level: if proven { Proof::Verified } else { Proof::Documented },
                rank,
                date: None,
                because,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests;
