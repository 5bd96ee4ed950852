//! A checklist enters; what a checklist must hold and does not leaves: prose, ids, facts that exist, examples that hold.

use std::collections::BTreeMap;

use super::ladder::{Climb, Ground};
use super::{Check, Checklist, Condition};
use crate::fact::Record;
use crate::facts::{Shape, from_example, tree};
use crate::manifest::value::Day;
use crate::rule::{Rule, RuleError};

/// Something that is wrong with a checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where, as a JSON pointer into the file.
    pub pointer: String,
    /// What.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
}

/// Facts that follow from the manifest alone.
const DECLARED: &[&str] =
    &["manifest", "project", "today", "business_case", "placement", "selection", "use_cases", "pilot", "roles"];

/// Looks a checklist through.
#[must_use]
pub fn verify(list: &Checklist) -> Vec<Problem> {
    let shape = tree();
    let mut problems = Problems { found: Vec::new(), here: String::new() };
    if list.aipp_checklist != 1 {
        problems.here = "/aipp_checklist".to_owned();
        problems.push(format!("this version of aipp reads checklists of version 1, not {}", list.aipp_checklist));
    }
    if list.checks.is_empty() {
        problems.here = "/checks".to_owned();
        problems.push("the checklist has no checks: an empty checklist would pass everything");
        if let Some(problem) = problems.found.last_mut() {
            problem.help = Some("write at least one check, or take the checklist out".to_owned());
        }
    }
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, check) in list.checks.iter().enumerate() {
        problems.here = format!("/checks/{i}");
        if let Some(first) = seen.insert(&check.id, i) {
            problems.push(format!("the id `{}` stands twice (also as check {} of this file)", check.id, first + 1));
        }
        problems.words(check, list);
        problems.rungs(check, &shape);
        problems.examples(check, &shape);
    }
    problems.found
}

/// Whether a dotted path, with `[]` after lists, is a key of the manifest.
fn is_manifest_key(path: &str, shape: &Shape) -> bool {
    let step = |at: Shape, name: &str| match name.strip_suffix("[]") {
        Some(list) => at.field(list)?.element(),
        None => at.field(name).cloned(),
    };
    shape.field("manifest").cloned().and_then(|manifest| path.split('.').try_fold(manifest, step)).is_some()
}

struct Problems {
    found: Vec<Problem>,
    here: String,
}

impl Problems {
    fn push(&mut self, message: impl Into<String>) {
        self.found.push(Problem { pointer: self.here.clone(), message: message.into(), help: None });
    }

    fn at(&mut self, field: &str, message: impl Into<String>) {
        self.found.push(Problem { pointer: format!("{}/{field}", self.here), message: message.into(), help: None });
    }

    fn words(&mut self, check: &Check, list: &Checklist) {
        let id = &check.id;
        let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if id.is_empty() || !id.chars().all(kebab) || !id.starts_with(|c: char| c.is_ascii_lowercase()) {
            self.at("id", format!("the id `{id}` must be lower-case words with hyphens, such as `org-model-register`"));
        }
        if !check.question.trim_end().ends_with('?') {
            self.at("question", format!("`{id}` needs a question that ends with a question mark"));
        }
        if check.title.chars().count() > 70 {
            self.at("title", format!("the title of `{id}` is longer than 70 characters"));
        }
        for (key, text) in [("action", &check.action), ("begin", &check.begin)] {
            if text.chars().count() > 40 {
                self.at(key, format!("the {key} of `{id}` is longer than 40 characters"));
            }
        }
        if check.fix.split_whitespace().count() < 2 {
            self.at("fix", format!("`{id}` needs a fix that says what to do"));
        }
        match &list.scoring {
            None => {
                if check.area.is_none() {
                    self.push(format!("`{id}` needs an `area` (or the file does): infrastructure, skills, governance, metrics, focus, human, operations or quality"));
                }
                if check.due.is_none() {
                    self.push(format!("`{id}` needs `due`: prove-value, harden, scale or expand"));
                }
                if !(1..=100).contains(&check.weight) {
                    self.push(format!("`{id}` needs a `weight` from 1 to 100"));
                }
            }
            Some(scoring) => {
                if !check.section.as_ref().is_some_and(|s| scoring.sections.iter().any(|known| known.id == *s)) {
                    self.push(format!("`{id}` needs one of the file's sections"));
                }
            }
        }
        if check.applies.is_some() != check.applies_when.is_some() {
            self.push(format!(
                "`{id}` says when it applies in `applies` and, for people, in `applies_when`: both or neither"
            ));
        }
    }

    fn rungs(&mut self, check: &Check, shape: &Shape) {
        let id = &check.id;
        if check.documented.is_empty() {
            self.push(format!("`{id}` needs conditions for `documented`"));
        }
        if check.required == Some(super::Required::Verified) && check.verified.is_empty() {
            self.push(format!("`{id}` requires verified and has no conditions for it"));
        }
        for path in &check.manifest {
            if !is_manifest_key(path, shape) {
                self.at("manifest", format!("`{id}` names the manifest key `{path}`, which does not exist"));
            }
        }
        let mut looks = false;
        for (rung, conditions) in
            [("claimed", &check.claimed), ("documented", &check.documented), ("verified", &check.verified)]
        {
            for (i, condition) in conditions.iter().enumerate() {
                let paths = self.condition(check, &format!("{rung}/{i}"), condition, shape);
                looks |= rung == "documented"
                    && paths.iter().any(|path| !DECLARED.contains(&path.split(['.', '[']).next().unwrap_or_default()));
            }
        }
        if !check.declaration && !check.documented.is_empty() && !looks {
            self.at(
                "documented",
                format!("`{id}` would be documented by the manifest alone; ask a fact from the repository, or mark it `declaration: true`"),
            );
        }
        for (i, disproof) in check.contradicted.iter().enumerate() {
            if disproof.because.split_whitespace().count() < 2 {
                self.at(&format!("contradicted/{i}"), format!("`{id}` needs a `because` that says what is disproved"));
            }
            self.expression(id, &format!("contradicted/{i}/that"), &disproof.that, shape);
        }
        if let Some(applies) = &check.applies {
            self.expression(id, "applies", applies, shape);
        }
    }

    fn condition(&mut self, check: &Check, field: &str, condition: &Condition, shape: &Shape) -> Vec<String> {
        if condition.otherwise.split_whitespace().count() < 2 {
            self.at(field, format!("a condition of `{}` needs an `else` that says what is missing", check.id));
        }
        self.expression(&check.id, &format!("{field}/that"), &condition.that, shape)
    }

    fn expression(&mut self, id: &str, field: &str, text: &str, shape: &Shape) -> Vec<String> {
        match Rule::compile(text).and_then(|rule| rule.paths(shape)) {
            Ok(paths) => paths.into_iter().collect(),
            Err(error) => {
                // `evidence.audit-log` reads as a subtraction.
                let minus = matches!(&error, RuleError::Path(at) if text.contains(&format!("{}-", at.path)));
                let hint = if minus { "; write `_` instead of `-` in the name of a fact" } else { "" };
                self.at(field, format!("`{id}`: {error}{hint}"));
                Vec::new()
            }
        }
    }

    fn examples(&mut self, check: &Check, shape: &Shape) {
        for (i, example) in check.examples.iter().enumerate() {
            let wrong = match from_example(&example.facts, shape) {
                Err(why) => Some(why),
                Ok(facts) => disagreement(check, &facts, &example.level),
            };
            if let Some(why) = wrong {
                self.at(&format!("examples/{i}"), format!("`{}`, example \"{}\": {why}", check.id, example.name));
            }
        }
    }
}

/// What an example shows instead of the level that it names.
fn disagreement(check: &Check, facts: &Record, expected: &str) -> Option<String> {
    let today = Day::parse(crate::facts::EXAMPLE_DAY).unwrap_or_default();
    let climb = Ground::new(facts, today, false).climb(check);
    if let Some((expression, error)) = climb.errors.first() {
        return Some(format!("`{expression}` cannot be evaluated: {error}"));
    }
    let level = if climb.applies { climb.level.name() } else { "not-applicable" };
    (level != expected).then(|| format!("the level is {level}, not {expected}: {}", reasons(&climb)))
}

fn reasons(climb: &Climb) -> String {
    let unmet = climb.unmet.iter().map(|u| format!("{}: {}", u.level, u.because));
    let all: Vec<String> = climb.disproofs.iter().cloned().chain(unmet).collect();
    if all.is_empty() { "nothing is missing".to_owned() } else { all.join("; ") }
}
