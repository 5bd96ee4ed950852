//! Jobs of any CI system leave its reader in one shape: when they run, what they do, what they wait for.

use std::collections::BTreeSet;

use super::commands::{Deed, What, is_deploy_name};

/// When a job runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Triggers {
    /// On a push of a branch or a tag.
    pub(super) push: bool,
    /// On a pull or merge request.
    pub(super) pull_request: bool,
    /// On a timer.
    pub(super) schedule: bool,
    /// When somebody starts it.
    pub(super) manual: bool,
    /// On something else, such as a release or a comment.
    pub(super) other: bool,
    /// When another pipeline calls it.
    pub(super) called: bool,
}

impl Triggers {
    /// On each push.
    pub(super) fn push() -> Self {
        Self { push: true, ..Self::default() }
    }

    /// Whether it runs without anybody asking for it.
    pub(super) fn is_real(&self) -> bool {
        self.push || self.pull_request || self.schedule
    }

    /// Whether it runs when a change is proposed or pushed.
    pub(super) fn is_on_change(&self) -> bool {
        self.push || self.pull_request
    }

    /// In words.
    pub(super) fn words(&self, pull_request: &str) -> String {
        let names = [
            (self.push, "push"),
            (self.pull_request, pull_request),
            (self.schedule, "schedule"),
            (self.manual && !self.is_real(), "request"),
        ];
        let words: Vec<&str> = names.iter().filter(|(on, _)| *on).map(|(_, name)| *name).collect();
        match words.as_slice() {
            [] => "other events".to_owned(),
            [one] => (*one).to_owned(),
            [before @ .., last] => format!("{} and {last}", before.join(", ")),
        }
    }

    /// What both allow.
    pub(super) fn and(&self, other: &Self) -> Self {
        Self {
            push: self.push && other.push,
            pull_request: self.pull_request && other.pull_request,
            schedule: self.schedule && other.schedule,
            manual: self.manual && other.manual,
            other: self.other && other.other,
            called: self.called && other.called,
        }
    }

    /// What either allows.
    pub(super) fn or(&mut self, other: &Self) {
        self.push |= other.push;
        self.pull_request |= other.pull_request;
        self.schedule |= other.schedule;
        self.manual |= other.manual;
        self.other |= other.other;
        self.called |= other.called;
    }
}

/// The paths whose change starts a job. With neither list every change does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// Only these.
    pub(super) only: Vec<String>,
    /// Not these.
    pub(super) not: Vec<String>,
}

/// One job, in the shape that all CI systems share.
#[derive(Debug, Clone, Default)]
pub(super) struct Job {
    /// Its name.
    pub(super) name: String,
    /// The file it stands in.
    pub(super) path: String,
    /// The line.
    pub(super) line: Option<usize>,
    /// When it runs.
    pub(super) triggers: Triggers,
    /// On which changes.
    pub(super) changes: Changes,
    /// The environment that it names.
    pub(super) environment: Option<String>,
    /// Naming an environment means to deploy there, as it does on GitLab and Bitbucket.
    pub(super) to_environment: bool,
    /// The jobs that must succeed first, by their index.
    pub(super) needs: BTreeSet<usize>,
    /// What it does, in order.
    pub(super) deeds: Vec<Deed>,
    /// Its failure is ignored.
    pub(super) forgiven: bool,
}

impl Job {
    /// Whether it does something of a kind.
    pub(super) fn does(&self, what: impl Fn(&What) -> bool) -> bool {
        self.deeds.iter().any(|deed| what(&deed.what))
    }

    /// The first test that it runs.
    pub(super) fn test(&self) -> Option<&Deed> {
        self.deeds.iter().find(|deed| deed.what == What::Tests)
    }

    /// Whether its tests stop what waits for it.
    pub(super) fn tests_block(&self) -> bool {
        !self.forgiven && self.deeds.iter().any(|deed| deed.what == What::Tests && !deed.forgiven)
    }

    /// Whether it deploys: by a command, or by the environment that it names when it does nothing else. Packages and pages
    /// that are published are no deployment of the system.
    pub(super) fn deploys(&self) -> bool {
        let local = self.does(|what| *what == What::LocalCluster);
        if self.does(|what| *what == What::Deploys) && !local {
            return true;
        }
        let Some(environment) = &self.environment else { return false };
        let publishes = [
            "pypi",
            "testpypi",
            "npm",
            "crates",
            "rubygems",
            "dockerhub",
            "maven",
            "github-pages",
            "pages",
            "docs",
            "release",
            "releases",
        ];
        let words = |text: &str| -> Vec<String> {
            text.to_ascii_lowercase().split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_owned).collect()
        };
        if publishes.contains(&environment.to_ascii_lowercase().as_str()) {
            return false;
        }
        if is_deploy_name(&self.name) {
            return true;
        }
        let looks = [
            "plan", "test", "tests", "lint", "check", "checks", "validate", "eval", "evals", "scan", "build", "diff",
            "approve", "approval",
        ];
        let is_place = self.to_environment || environment.contains('$') || environment_in(environment).is_some();
        is_place && self.deeds.is_empty() && !words(&self.name).iter().any(|word| looks.contains(&word.as_str()))
    }

    /// Whether tests run in it before it deploys.
    pub(super) fn tests_then_deploys(&self) -> bool {
        let deploys = self.deeds.iter().position(|deed| deed.what == What::Deploys).unwrap_or(self.deeds.len());
        !self.forgiven && self.deeds.iter().take(deploys).any(|deed| deed.what == What::Tests && !deed.forgiven)
    }
}

/// Every job that must succeed before one does.
pub(super) fn before(jobs: &[Job], index: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut open: Vec<usize> = jobs.get(index).map(|job| job.needs.iter().copied().collect()).unwrap_or_default();
    while let Some(next) = open.pop() {
        if found.insert(next)
            && let Some(job) = jobs.get(next)
        {
            open.extend(job.needs.iter().copied());
        }
    }
    found
}

/// The environment that words name, for systems that have no other way to say it.
pub(super) fn environment_in(words: &str) -> Option<String> {
    const NAMES: [&str; 16] = [
        "production",
        "prod",
        "staging",
        "stage",
        "stg",
        "preprod",
        "uat",
        "qa",
        "sandbox",
        "canary",
        "live",
        "dev",
        "development",
        "preview",
        "int",
        "integration",
    ];
    let lower = words.to_ascii_lowercase();
    let found = lower.split(|c: char| !c.is_ascii_alphanumeric()).find(|word| NAMES.contains(word));
    found.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(name: &str, environment: Option<&str>, deeds: &[What]) -> Job {
        let deeds = deeds.iter().map(|what| Deed { what: *what, by: String::new(), forgiven: false }).collect();
        Job { name: name.to_owned(), environment: environment.map(str::to_owned), deeds, ..Job::default() }
    }

    #[test]
    fn a_deployment_reaches_an_environment() {
        assert!(job("ship", Some("production"), &[]).deploys());
        assert!(job("deploy-docs-site", None, &[What::Deploys]).deploys());
        assert!(!job("publish", Some("pypi"), &[]).deploys());
        assert!(!job("e2e", None, &[What::LocalCluster, What::Deploys]).deploys());
        assert!(!job("integration tests", Some("staging"), &[What::Tests]).deploys());
        assert!(!job("terraform plan", Some("production"), &[]).deploys());
        assert!(job("x", None, &[What::Tests, What::Deploys]).tests_then_deploys());
        assert!(!job("x", None, &[What::Deploys, What::Tests]).tests_then_deploys());
    }

    #[test]
    fn needs_are_followed_and_circles_end() {
        let mut jobs = vec![job("a", None, &[]), job("b", None, &[]), job("c", None, &[])];
        jobs[2].needs.insert(1);
        jobs[1].needs.insert(0);
        jobs[0].needs.insert(2);
        assert_eq!(before(&jobs, 2), BTreeSet::from([0, 1, 2]));
    }

    #[test]
    fn environments_are_read_from_words() {
        assert_eq!(environment_in("Deploy to Production (EU)").as_deref(), Some("production"));
        assert_eq!(environment_in("reproduction"), None);
    }
}
