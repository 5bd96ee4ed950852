//! Documents, resources and programs enter; alert rules leave, with what they watch, their runbooks and their tests.

mod about;
mod cloud;
mod grafana;
mod prometheus;
mod runbooks;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::code::Code;
use super::paths;
use super::survey::Survey;
use super::wording::{joined, words};
use crate::diagnostic::Diagnostic;
use crate::evidence::{Item, Proof};
use crate::fact::{Node, Origin, Record};
use crate::manifest::Manifest;
use crate::manifest::model::Slo;

/// An alert rule of any system.
#[derive(Debug, Clone, Default)]
pub(super) struct Rule {
    /// Its name.
    pub(super) name: String,
    /// Its expression, or what it compares.
    pub(super) expr: String,
    /// It has a severity.
    severity: bool,
    /// It has a `for`, or looks at windows.
    window: bool,
    /// Links or texts with links to a runbook.
    links: Vec<String>,
    /// The objective that its label names.
    slo: Option<String>,
    path: String,
    line: Option<usize>,
}

/// A file of tests of rules.
#[derive(Debug)]
struct RuleTest {
    path: String,
    /// The rule files that it loads.
    files: Vec<String>,
    /// The alerts that it asks for, and whether it expects one.
    alerts: Vec<(String, bool)>,
}

/// What was found about alerts.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    rules: Vec<Rule>,
    /// Recording rules: name and expression.
    records: Vec<(String, String)>,
    tests: Vec<RuleTest>,
    /// What is wrong with rule files.
    malformed: Vec<Diagnostic>,
}

impl Gathered {
    fn fault(&mut self, diagnostic: Diagnostic) {
        self.malformed.push(diagnostic);
    }
}

/// A rule, the file of its runbook, and what it is about.
type Known = (Rule, Option<String>, &'static str);

/// Alert rules with what is known about each.
#[derive(Debug)]
pub(super) struct Alerts {
    rules: Vec<Known>,
    records: BTreeMap<String, String>,
    tests: Vec<RuleTest>,
    runbooks: Vec<(String, Vec<String>)>,
    /// What is wrong with rule files.
    pub(super) malformed: Vec<Diagnostic>,
    /// Only examples were found.
    example: Vec<Rule>,
}

impl Alerts {
    /// Looks everywhere where alerts are declared.
    pub(super) fn of(survey: &Survey<'_>, code: &Code) -> Self {
        let mut gathered = Gathered::default();
        for doc in &survey.docs {
            let before = gathered.rules.len();
            prometheus::read(doc, &mut gathered);
            if gathered.rules.len() == before && doc.path.ends_with(".json") {
                cloud::exported(doc, &mut gathered);
            }
        }
        for text in &survey.templated {
            prometheus::templated(text, &mut gathered);
        }
        cloud::resources(&survey.declared.resources, &mut gathered);
        cloud::programs(code, &mut gathered);
        let tree = survey.view.tree;
        let aside = |path: &str| {
            paths::is_aside(path) && !survey.is_declared("alert-rules", path) && !is_named(survey.view.manifest, path)
        };
        let (asides, rules): (Vec<Rule>, Vec<Rule>) = gathered.rules.into_iter().partition(|rule| aside(&rule.path));
        let rules = rules
            .into_iter()
            .map(|rule| {
                let file = rule.links.iter().find_map(|link| runbooks::target(tree, link, &rule.name, &rule.path));
                let about = about::about(&rule.name, &rule.expr);
                (rule, file.map(|file| file.path.clone()), about)
            })
            .collect();
        Self {
            rules,
            records: gathered.records.into_iter().collect(),
            tests: gathered.tests.into_iter().filter(|test| !paths::is_example(&test.path)).collect(),
            runbooks: runbooks::naming(survey.view),
            malformed: gathered
                .malformed
                .into_iter()
                .filter(|diagnostic| !diagnostic.file().is_some_and(aside))
                .collect(),
            example: asides.into_iter().filter(|rule| paths::is_example(&rule.path)).collect(),
        }
    }

    /// The expression of a rule with those of the recording rules that it reads.
    fn whole(&self, expr: &str) -> String {
        let mut whole = expr.to_owned();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut open = vec![expr];
        while let Some(expr) = open.pop() {
            for word in expr.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':'))) {
                if let Some((name, inner)) = self.records.get_key_value(word)
                    && seen.len() < 100
                    && seen.insert(name)
                {
                    whole.push(' ');
                    whole.push_str(inner);
                    open.push(inner);
                }
            }
        }
        whole
    }

    /// Whether the tests of the rules exist, load rule files that exist, and ask for alerts that exist.
    fn tests_pass(&self, survey: &Survey<'_>) -> bool {
        let names: BTreeSet<&str> = self.rules.iter().map(|(rule, ..)| rule.name.as_str()).collect();
        let asked: Vec<&(String, bool)> = self.tests.iter().flat_map(|test| &test.alerts).collect();
        let loads = |test: &RuleTest| test.files.iter().all(|file| leads_to_rules(survey, &test.path, file));
        asked.iter().any(|(_, expects)| *expects)
            && asked.iter().all(|(name, _)| names.contains(name.as_str()))
            && self.tests.iter().filter(|test| !test.alerts.is_empty()).all(loads)
    }

    /// The facts `alerts.*`.
    pub(super) fn facts(&self, survey: &Survey<'_>) -> Record {
        let slos: &[crate::manifest::value::Short<Slo>] = &survey.view.manifest.slos;
        let watched = |slo: &Slo| {
            self.rules.iter().any(|(rule, ..)| {
                (rule.slo.is_some() && rule.slo.as_deref() == slo.name.as_deref())
                    || mentions(slo, &self.whole(&rule.expr))
            })
        };
        let unwatched: Vec<String> = slos.iter().filter(|slo| !watched(slo)).map(|slo| label(slo)).collect();
        let has_runbook = |name: &str| self.runbooks.iter().any(|(_, named)| named.iter().any(|alert| alert == name));
        let without: BTreeSet<String> = self
            .rules
            .iter()
            .filter(|(rule, runbook, _)| runbook.is_none() && !has_runbook(&rule.name))
            .map(|(rule, ..)| rule.name.clone())
            .collect();
        let exists = |alert: &String| self.rules.iter().any(|(rule, ..)| rule.name == *alert);
        let strays: Vec<String> =
            self.runbooks.iter().filter(|(_, named)| !named.iter().all(exists)).map(|(path, _)| path.clone()).collect();
        let rules = self
            .rules
            .iter()
            .map(|(rule, runbook, about)| {
                Record::new([
                    ("name", rule.name.as_str().into()),
                    ("expr", rule.expr.trim().into()),
                    ("severity", rule.severity.into()),
                    ("window", rule.window.into()),
                    ("runbook", runbook.is_some().into()),
                    ("about", (*about).into()),
                ])
                .from(&Origin::detected(rule.path.clone(), rule.line))
            })
            .collect();
        let facts = Record::new([
            ("rules", Node::records(rules)),
            ("slos_without_rule", unwatched.into()),
            ("tests_pass", self.tests_pass(survey).into()),
            ("without_runbook", without.into_iter().collect::<Vec<_>>().into()),
            ("runbooks_without_alert", strays.into()),
        ]);
        match self.rules.first() {
            Some((rule, ..)) => facts.from(&Origin::detected(rule.path.clone(), rule.line)),
            None => facts,
        }
    }

    /// Everything that rules compute, for a search of objectives.
    pub(super) fn expressions(&self) -> Vec<&str> {
        self.rules
            .iter()
            .map(|(rule, ..)| rule.expr.as_str())
            .chain(self.records.values().map(String::as_str))
            .collect()
    }

    /// The drift signals of the manifest that no rule watches.
    pub(super) fn drift_missing(&self, manifest: &Manifest) -> Vec<String> {
        let drift = manifest.monitoring.as_ref().and_then(|monitoring| monitoring.drift.as_ref());
        let Some(drift) = drift else { return Vec::new() };
        // An alert on input tokens or on the age of a queue is about spend or latency and not about drift.
        let rules: Vec<Vec<String>> = self
            .rules
            .iter()
            .filter(|(_, _, about)| !matches!(*about, "spend" | "latency" | "availability"))
            .map(|(rule, ..)| words(&format!("{} {}", rule.name, self.whole(&rule.expr))))
            .collect();
        let watches = |signal: &String| rules.iter().any(|rule| is_about(signal, rule));
        drift.signals.iter().filter(|signal| !watches(signal)).cloned().collect()
    }

    /// An item for each file with rules.
    pub(super) fn items(&self, survey: &Survey<'_>) -> Vec<Item> {
        const KIND: &str = "alert-rules";
        let mut by_file: BTreeMap<&str, Vec<&Known>> = BTreeMap::new();
        for entry in &self.rules {
            by_file.entry(&entry.0.path).or_default().push(entry);
        }
        let tests_pass = self.tests_pass(survey);
        let tested: BTreeSet<&str> =
            self.tests.iter().flat_map(|test| &test.alerts).map(|(name, _)| name.as_str()).collect();
        let count =
            |number: usize| if number == 1 { "1 alert rule".to_owned() } else { format!("{number} alert rules") };
        let mut items: Vec<Item> = by_file
            .into_iter()
            .map(|(path, rules)| {
                let lacks = |is: &dyn Fn(&Rule, &Option<String>) -> bool| {
                    rules.iter().filter(|(rule, runbook, _)| !is(rule, runbook)).count()
                };
                let gaps = [
                    (lacks(&|rule, _| rule.severity), "without a severity"),
                    (lacks(&|rule, _| rule.window), "without a window"),
                    (lacks(&|_, runbook| runbook.is_some()), "without a runbook that is found"),
                ];
                let has_test = tests_pass && rules.iter().any(|(rule, ..)| tested.contains(rule.name.as_str()));
                let complete = gaps.iter().all(|(number, _)| *number == 0);
                let mut because = count(rules.len());
                if complete {
                    because.push_str(" with severity, window and runbook");
                }
                for (number, gap) in gaps.iter().filter(|(number, _)| *number > 0) {
                    because.push_str(&format!(", {number} {gap}"));
                }
                because.push_str(if has_test { ", and rule tests" } else { ", no rule tests" });
                Item {
                    kind: KIND,
                    origin: Arc::new(Origin {
                        path: path.to_owned(),
                        line: rules.first().and_then(|(rule, ..)| rule.line),
                        declared: survey.is_declared(KIND, path),
                    }),
                    level: if complete && has_test { Proof::Verified } else { Proof::Documented },
                    rank: u32::try_from(rules.len()).unwrap_or(u32::MAX),
                    date: None,
                    because,
                }
            })
            .collect();
        if items.is_empty() {
            let files: BTreeSet<&str> = self.example.iter().map(|rule| rule.path.as_str()).collect();
            items.extend(files.into_iter().take(20).map(|path| Item {
                kind: KIND,
                origin: Origin::detected(
                    path,
                    self.example.iter().find(|rule| rule.path == path).and_then(|rule| rule.line),
                ),
                level: Proof::Documented,
                rank: 0,
                date: None,
                because: format!(
                    "{} in an example",
                    count(self.example.iter().filter(|rule| rule.path == path).count())
                ),
            }));
        }
        items
    }
}

/// Whether the manifest names a file under `alerts`.
fn is_named(manifest: &Manifest, path: &str) -> bool {
    let named = manifest
        .alerts
        .iter()
        .flat_map(|alerts| alerts.rules.iter().chain(&alerts.tests))
        .flat_map(|paths| paths.iter());
    named.into_iter().any(|named| named.trim_start_matches("./") == path)
}

/// Whether a path or pattern in a rule test leads to a file.
fn leads_to_rules(survey: &Survey<'_>, test: &str, file: &str) -> bool {
    let tree = survey.view.tree;
    let Some(path) = paths::join(paths::folder(test), file) else { return false };
    if tree.get(&path).is_some() {
        return true;
    }
    let glob = globset::GlobBuilder::new(&path).literal_separator(true).build().map(|glob| glob.compile_matcher());
    path.contains('*') && glob.is_ok_and(|glob| tree.files().iter().any(|file| glob.is_match(&file.path)))
}

/// What an objective is called in a message.
fn label(slo: &Slo) -> String {
    [&slo.name, &slo.metric, &slo.sli]
        .into_iter()
        .flatten()
        .next()
        .cloned()
        .unwrap_or_else(|| "an SLO without a name".to_owned())
}

/// Whether a text names the series of an objective, or its indicator.
pub(super) fn mentions(slo: &Slo, text: &str) -> bool {
    if let Some(metric) = &slo.metric
        && names_series(text, metric.trim())
    {
        return true;
    }
    let indicator =
        slo.sli.as_deref().or(slo.name.as_deref().filter(|_| slo.metric.is_none())).map(joined).unwrap_or_default();
    !indicator.is_empty() && format!("_{}_", joined(text)).contains(&format!("_{indicator}_"))
}

/// Whether a text names a series, also by one of the series that a histogram or counter has.
fn names_series(text: &str, metric: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
    if metric.is_empty() {
        return false;
    }
    if !metric.chars().all(is_part) {
        // The objective holds an expression: it is compared without blanks.
        let squeeze = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        return squeeze(text).contains(&squeeze(metric));
    }
    let base =
        ["_bucket", "_sum", "_count", "_total"].iter().find_map(|end| metric.strip_suffix(end)).unwrap_or(metric);
    text.match_indices(base).any(|(at, _)| {
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        let after = text.get(at + base.len()..).unwrap_or_default();
        let ending: String = after.chars().take_while(|c| is_part(*c)).collect();
        !before.is_some_and(is_part)
            && (matches!(ending.as_str(), "" | "_bucket" | "_sum" | "_count" | "_total")
                || format!("{base}{ending}") == metric)
    })
}

/// Whether the words of a rule are about a drift signal.
fn is_about(signal: &str, rule: &[String]) -> bool {
    let has = |names: &[&str]| rule.iter().any(|word| names.contains(&word.as_str()));
    let signal = words(signal);
    let all = !signal.is_empty()
        && signal.iter().all(|part| {
            let singular = part.strip_suffix('s').unwrap_or(part);
            rule.iter().any(|word| word == part || word.strip_suffix('s').unwrap_or(word) == singular)
        });
    if all {
        return true;
    }
    let is = |names: &[&str]| signal.iter().any(|word| names.contains(&word.as_str()));
    if is(&["provider", "version"]) {
        return has(&["model", "provider"]) && has(&["version", "info", "id", "changed", "changes"]);
    }
    (is(&["input", "inputs", "feature", "features"]) && has(&["input", "inputs", "feature", "features"]))
        || (is(&["output", "outputs", "prediction", "predictions"])
            && has(&["output", "outputs", "prediction", "predictions"]))
        || (is(&["age", "staleness", "freshness"]) && has(&["age", "stale", "staleness", "freshness"]))
}
