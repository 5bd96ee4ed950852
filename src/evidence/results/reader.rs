//! One file enters; what it proved leaves. Its content says what it is; its name says only what a torn, empty or too large file
//! was meant to be.

use std::sync::Arc;

use crate::evidence::View;
use crate::evidence::tree::{File, MAX_FILE};
use crate::fact::Origin;

use super::formats::{AUDIT, JSON, LOAD};
use super::names::{Declared, Form, Name};
use super::outcome::{Input, Outcome, Read, Wrong};
use super::outline::Outline;
use super::versions::Deployed;
use super::{
    audit, batch, comparison, drift, fields, garak, jmeter, junit, k6, locust, sarif, sbom, secrets, slices, xml,
};

/// A JSON file that is larger is looked at from above first, unless its path promises a result.
const GLANCE: u64 = 64 * 1024;

/// How much of a file is looked at before it is read.
const HEAD: u64 = 16 * 1024;

/// What all files of one run share.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    view: &'a View<'a>,
    deployed: Deployed,
    declared: Declared,
    /// The file with the comparison that the manifest names.
    comparison: Option<String>,
    /// The files that `dvc.yaml` names as metrics.
    dvc: Vec<String>,
}

impl<'a> Reader<'a> {
    /// A reader of the files of a view.
    pub(super) fn of(view: &'a View<'a>) -> Self {
        let evals = view.manifest.evals.as_ref();
        let comparison = evals.and_then(|e| e.comparison.as_ref()).and_then(|c| c.results.as_deref());
        Self {
            view,
            deployed: Deployed::of(view.manifest),
            declared: Declared::of(view.manifest),
            comparison: comparison.map(|path| path.trim().trim_start_matches("./").to_owned()),
            dvc: dvc_metrics(view.tree),
        }
    }

    /// Whether the manifest names a file, or a folder above it, as evidence.
    pub(super) fn is_named(&self, path: &str) -> bool {
        self.declared.names(path) || self.comparison.as_deref() == Some(path)
    }

    pub(super) fn input(&'a self, path: &'a str, text: &'a str) -> Input<'a> {
        let origin = Origin { path: path.to_owned(), line: None, declared: self.declared.names(path) };
        let (tree, manifest) = (self.view.tree, self.view.manifest);
        Input { path, text, tree, origin: Arc::new(origin), manifest, deployed: &self.deployed }
    }

    /// The facts that a file rests under by what names it: the manifest, or its own name.
    fn facts(&self, file: &File, name: &Name) -> Option<&'static str> {
        let is_comparison = self.comparison.as_deref() == Some(file.path.as_str());
        let is_metrics = self.dvc.contains(&file.path);
        is_comparison
            .then_some("eval.comparisons")
            .or_else(|| self.declared.facts(&file.path))
            .or_else(|| is_metrics.then_some("eval.results"))
            .or_else(|| name.facts())
    }

    /// Looks at one file.
    pub(super) fn file(&self, file: &File, name: &Name, form: Form) -> Outcome {
        let named = self.facts(file, name);
        if file.size > MAX_FILE {
            let mut outcome = Outcome::default();
            if named.is_some() {
                let help = "keep a summary of it beside it: `--summary-export` of k6, `statistics.json` of JMeter, or a shorter sample";
                outcome.skipped(
                    &file.path,
                    format!("the file has {} bytes and was not read; aipp reads at most {MAX_FILE}", file.size),
                    help,
                );
            }
            return outcome;
        }
        if form == Form::Yaml && !self.may_be_record(file, name) {
            return Outcome::default();
        }
        // Large files are looked at from above before they are read.
        let glance = match form {
            Form::Xml | Form::Csv => HEAD,
            Form::Json | Form::Lines if !name.is_promising() => GLANCE,
            Form::Json | Form::Lines | Form::Yaml | Form::TagValue => MAX_FILE,
        };
        if file.size > glance
            && named.is_none()
            && !self.view.tree.glance(file, HEAD, |beginning| self.may_be(beginning, name, form))
        {
            return Outcome::default();
        }
        let Some(text) = self.view.tree.text(file) else {
            if self.view.tree.is_unfinished(file) {
                return Outcome::default();
            }
            let wrong = Wrong::new(
                "it is no UTF-8 text, or it may not be read",
                "save it as UTF-8 text that everybody may read",
            );
            return self.malformed(file, "", named, "result", wrong);
        };
        if text.trim().is_empty() {
            let wrong = Wrong::new("there is nothing in it", "write it again with the tool that made it, or delete it");
            return self.malformed(file, "", named, "result", wrong);
        }
        let outcome = match form {
            Form::Json => self.json(file, name, &text, named),
            Form::Lines => self.lines(file, name, &text, named),
            Form::Xml => self.xml(file, &text, named),
            Form::Csv => self.csv(file, name, &text, named),
            Form::Yaml => self.yaml(file, name, &text),
            Form::TagValue if text.trim_start().starts_with(['{', '[']) => self.json(file, name, &text, named),
            Form::TagValue => self.read(file, &text, "sbom", "bill of materials", sbom::tags),
        };
        self.unrecognized(file, outcome)
    }

    /// Says that a file which the manifest names as a result is none that is read.
    fn unrecognized(&self, file: &File, mut outcome: Outcome) -> Outcome {
        let nothing = outcome.events.is_empty()
            && outcome.cases.is_empty()
            && outcome.malformed.is_empty()
            && outcome.diagnostics.is_empty();
        if nothing && self.declared.facts(&file.path).is_some() {
            outcome.skipped(
                &file.path,
                "the manifest names this file as evidence, but it is no result in a format that aipp reads",
                "name the file that the tool wrote; `aipp evidence` lists what was found",
            );
        }
        outcome
    }

    /// Whether the beginning of a file is of a format that is read.
    fn may_be(&self, head: &str, name: &Name, form: Form) -> bool {
        match form {
            Form::Json | Form::Lines => Outline::of(head).is_some_and(|outline| {
                JSON.iter().any(|format| (format.is)(&outline, name)) || garak::is(&outline) || audit::is(&outline)
            }),
            Form::Xml => xml::root(head)
                .is_some_and(|root| matches!(root.as_str(), "testsuites" | "testsuite" | "testResults" | "bom")),
            Form::Csv => {
                let header = header(head);
                locust::is(header)
                    || locust::is_history(header)
                    || jmeter::is_log(header)
                    || slices::is_csv(header, name)
                    || header.starts_with('<')
            }
            Form::Yaml | Form::TagValue => true,
        }
    }

    /// Whether a YAML file lies where records of this family lie.
    fn may_be_record(&self, file: &File, name: &Name) -> bool {
        name.below(LOAD)
            || name.below(&["audit", "drift"])
            || (name.below_evals() && name.says(&["compar"]))
            || self.comparison.as_deref() == Some(file.path.as_str())
    }

    /// Reads a file and turns what is wrong with it into a message.
    fn read(
        &self,
        file: &File,
        text: &str,
        facts: &'static str,
        what: &str,
        read: impl Fn(&Input<'_>) -> Read,
    ) -> Outcome {
        read(&self.input(&file.path, text)).unwrap_or_else(|wrong| self.malformed(file, text, Some(facts), what, wrong))
    }

    /// Evidence that is malformed, when it is known which facts rest on it.
    fn malformed(&self, file: &File, text: &str, facts: Option<&'static str>, what: &str, wrong: Wrong) -> Outcome {
        let mut outcome = Outcome::default();
        if let Some(facts) = facts {
            outcome.malformed.push((facts.to_owned(), wrong.diagnostic(&file.path, text, what)));
        }
        outcome
    }

    fn json(&self, file: &File, name: &Name, text: &str, named: Option<&'static str>) -> Outcome {
        let outline = Outline::of(text).unwrap_or_default();
        // What follows a value on lines of its own is another record; what follows a pretty one is a tear.
        if outline.more && is_json_lines(text) {
            return self.lines(file, name, text, named);
        }
        let is_comparison = self.comparison.as_deref() == Some(file.path.as_str());
        let comparison = || JSON.iter().find(|format| format.facts == "eval.comparisons");
        let own = if is_comparison { comparison() } else { JSON.iter().find(|format| (format.is)(&outline, name)) };
        // A result that the manifest names as one is read for its scores, whatever it is called.
        let own = own.or_else(|| {
            let named = self.declared.facts(&file.path) == Some("eval.results") || self.dvc.contains(&file.path);
            let declared = named && !outline.list;
            JSON.last().filter(|_| declared)
        });
        let sarif = own.is_some_and(|format| format.what == "SARIF report");
        let facts = if sarif { sarif::facts(text).or(named) } else { own.map(|format| format.facts).or(named) };
        let clean = text.trim() == "null" && secrets::is_clean_by_name(name);
        let sliced = outline.any(&["slices", "results.slices", "metrics.slices", "summary.slices"]);
        let evaluated = own.is_some_and(|format| format.facts == "eval.results");
        let slices_may_be = sliced && !name.is_set_up() && (evaluated || name.below_evals() || name.says(&["slice"]));
        if own.is_none() && facts.is_none() && !slices_may_be && !clean {
            return Outcome::default();
        }
        let what = own.map_or("result", |format| format.what);
        let value = match fields::parse(text) {
            Ok(value) => value,
            Err(wrong) => return self.malformed(file, text, facts, what, wrong),
        };
        let input = self.input(&file.path, text);
        if clean {
            return self.read(file, text, "scans.secrets", "gitleaks report", |input| secrets::gitleaks(input, &value));
        }
        if own.is_none() && !slices_may_be && holds_nothing(&value) {
            let wrong =
                Wrong::new("there is no result in it", "write it again with the tool that made it, or delete it");
            return self.malformed(file, text, facts, what, wrong);
        }
        let mut outcome = match own {
            Some(format) => {
                (format.read)(&input, &value).unwrap_or_else(|wrong| self.malformed(file, text, facts, what, wrong))
            }
            None => Outcome::default(),
        };
        if slices_may_be && slices::is(&value) {
            let at = outcome.events.first().map_or_else(|| fields::moment(&value), |event| event.at);
            slices::add(&input, &value, at, &mut outcome);
        }
        outcome
    }

    fn lines(&self, file: &File, name: &Name, text: &str, named: Option<&'static str>) -> Outcome {
        let outline = Outline::of(text).unwrap_or_default();
        let audited = name.below(AUDIT) || named == Some("audit.samples");
        if garak::is(&outline) {
            self.read(file, text, "scans.redteam", "garak report", garak::read)
        } else if secrets::is_trufflehog(&outline) {
            self.read(file, text, "scans.secrets", "TruffleHog report", secrets::trufflehog)
        } else if k6::is_points(&outline) {
            self.read(file, text, "load.results", "k6 output", k6::points)
        } else if audited && (audit::is(&outline) || named == Some("audit.samples")) {
            self.read(file, text, "audit.samples", "sample of the audit log", audit::sample)
        } else if let Some(facts) = named.filter(|_| !is_json_lines(text)) {
            let wrong = Wrong::new("its lines are not JSON", "write it again with the tool that made it");
            self.malformed(file, text, Some(facts), "result", wrong)
        } else if named.is_some() && serde_json::from_str(text).is_ok_and(|value| holds_nothing(&value)) {
            let wrong =
                Wrong::new("there is no record in it", "write it again with the tool that made it, or delete it");
            self.malformed(file, text, named, "result", wrong)
        } else {
            Outcome::default()
        }
    }

    fn xml(&self, file: &File, text: &str, named: Option<&'static str>) -> Outcome {
        match xml::root(text).as_deref() {
            Some("testsuites" | "testsuite") => self.read(file, text, "tests.cases", "JUnit report", junit::read),
            Some("testResults") => self.read(file, text, "load.results", "JMeter log", jmeter::xml_log),
            Some("bom") if text.contains("cyclonedx.org") => {
                self.read(file, text, "sbom", "bill of materials", sbom::xml)
            }
            _ if named.is_none() => Outcome::default(),
            _ => match xml::walk(text, &mut |_, _| Ok(())) {
                Err(wrong) => self.malformed(file, text, named, "result", wrong),
                Ok(()) => Outcome::default(),
            },
        }
    }

    fn csv(&self, file: &File, name: &Name, text: &str, named: Option<&'static str>) -> Outcome {
        let header = header(text);
        if header.starts_with('<') {
            self.xml(file, text, named)
        } else if locust::is(header) {
            self.read(file, text, "load.results", "Locust statistics", locust::read)
        } else if locust::is_history(header) {
            self.read(file, text, "load.results", "Locust history", locust::history)
        } else if jmeter::is_log(header) {
            self.read(file, text, "load.results", "JMeter log", jmeter::log)
        } else if slices::is_csv(header, name) {
            self.read(file, text, "eval.slices", "table of slices", slices::csv)
        } else {
            let wrong =
                Wrong::new("its columns are not those of the tool", "write it again with the tool that made it")
                    .at(1, 1);
            self.malformed(file, text, named, "result", wrong)
        }
    }

    fn yaml(&self, file: &File, name: &Name, text: &str) -> Outcome {
        let document = crate::manifest::read_document(&file.path, text.as_bytes().to_vec());
        let keys: Vec<String> = match &document {
            Ok(document) => document.value.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect(),
            // A torn document is known by the words in front of its colons.
            Err(_) => text
                .split(':')
                .filter_map(|part| part.split([' ', '\n', '{', ',']).next_back())
                .map(str::to_owned)
                .collect(),
        };
        let keys = keys.iter().map(String::as_str);
        if self.comparison.as_deref() == Some(file.path.as_str())
            || (name.says(&["compar"]) && keys.clone().any(|key| key == "arms"))
        {
            return match document {
                Ok(document) => self.read(file, text, "eval.comparisons", "comparison", |input| {
                    comparison::read(input, &document.value)
                }),
                Err(errors) => {
                    let why = errors.first().map_or_else(String::new, |e| e.message.clone());
                    let wrong = Wrong::new(why, "write it as a map with `dataset_hash` and `arms`");
                    self.malformed(file, text, Some("eval.comparisons"), "comparison", wrong)
                }
            };
        }
        if name.below(&["audit"]) && audit::is_keys(keys.clone()) {
            self.read(file, text, "audit.samples", "report of the audit check", audit::report)
        } else if name.below(&["drift"]) && drift::is_keys(keys.clone()) {
            self.read(file, text, "eval.drift_reports", "drift report", drift::record)
        } else if name.below(LOAD) && batch::is_keys(keys) {
            self.read(file, text, "load.results", "record of a batch run", batch::read)
        } else {
            Outcome::default()
        }
    }
}

/// The JSON files that a `dvc.yaml` names as metrics, at its top or in a stage, from the root. Wildcards of `foreach` are left out.
fn dvc_metrics(tree: &crate::evidence::Tree) -> Vec<String> {
    let mut found = Vec::new();
    for file in tree.files().iter().filter(|file| file.name() == "dvc.yaml").take(20) {
        let Some(text) = tree.text(file) else { continue };
        let Ok(document) = crate::manifest::read_document(&file.path, text.as_bytes().to_vec()) else { continue };
        let stages = document.value.get("stages").and_then(serde_json::Value::as_object);
        let lists = stages.into_iter().flat_map(|stages| stages.values()).chain([&document.value]);
        let folder = file.path.rsplit_once('/').map(|(folder, _)| folder);
        for entry in lists.filter_map(|holder| holder.get("metrics").and_then(serde_json::Value::as_array)).flatten() {
            // An entry is a path, or a path with settings.
            let path = entry.as_str().or_else(|| entry.as_object()?.keys().next().map(String::as_str));
            if let Some(path) = path.filter(|path| path.ends_with(".json") && !path.contains('$')) {
                found.push(folder.map_or_else(|| path.to_owned(), |folder| format!("{folder}/{path}")));
            }
        }
    }
    found
}

/// Whether a JSON value is a bare one, or an empty list or map: no tool writes that for a result.
fn holds_nothing(value: &serde_json::Value) -> bool {
    use serde_json::Value;
    match value {
        Value::Object(map) => map.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// The first line of a table.
fn header(text: &str) -> &str {
    text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default().trim()
}

/// Whether the first line of a text is JSON.
fn is_json_lines(text: &str) -> bool {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    serde_json::from_str::<serde::de::IgnoredAny>(line).is_ok()
}
