//! Drill records enter; facts by scenario leave: who took part, how long it took, what was taken back, what is still to do.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::evidence::people::who::{People, is_placeholder};
use crate::evidence::tree::{File, Tree};
use crate::evidence::{Found, View};
use crate::fact::{Node, Record};
use crate::manifest::nearest;
use crate::manifest::value::Day;

use super::model::Drill;
use super::read::{self, Kind};

const FOLDERS: &[&str] = &["drills", "records/drills"];

const KIND: Kind = Kind {
    name: "drill record",
    folders: FOLDERS,
    signature: &["scenario", "passed", "participants", "minutes_to_recover"],
    example: "{ date: 2026-07-24, scenario: rollback, participants: [ A. Silva ], minutes_to_recover: 11, passed: true }",
};

/// The files of the drill records.
pub(in crate::evidence) fn files(tree: &Tree) -> impl Iterator<Item = &File> {
    read::files(tree, FOLDERS)
}

pub(super) fn collect(view: &View<'_>, people: &People, found: &mut Found) {
    let mut records = read::records::<Drill>(view, KIND, "scenario");
    super::report(&mut records, found, "drills", false);
    let mut by_scenario: BTreeMap<String, Vec<Record>> = BTreeMap::from([("any".to_owned(), Vec::new())]);
    for kept in &records.kept {
        let scenario = kebab(&kept.value.scenario);
        found
            .diagnostics
            .extend(question(&kept.value, &scenario, view).into_iter().map(|d| d.path(kept.origin.path.clone())));
        let fact = fact(&kept.value, &scenario, people, view.today).from(&kept.origin);
        if !scenario.is_empty() && scenario != "any" {
            by_scenario.entry(scenario).or_default().push(fact.clone());
        }
        by_scenario.entry("any".to_owned()).or_default().push(fact);
    }
    let group = found.facts.group("drills");
    for (scenario, drills) in by_scenario {
        group.set(scenario, Node::events(drills));
    }
}

/// The scenarios that checks ask for.
const SCENARIOS: &[&str] = &["rollback", "kill-switch", "bad-model", "outsider-setup"];

/// What a rollback takes back.
const COVERS: &[&str] = &["code", "model", "prompt", "data"];

/// Words that are almost those that checks ask for, and parts that nobody declared: the drill would not count for what was meant.
fn question(drill: &Drill, scenario: &str, view: &View<'_>) -> Vec<Diagnostic> {
    let owned = |words: &[&str]| words.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    let mut said = Vec::new();
    let known = owned(SCENARIOS);
    if !known.iter().any(|k| scenario.contains(k.as_str()) || k == scenario)
        && let Some(near) = nearest(scenario, &known)
    {
        let message = format!("the scenario `{}` is one that no check asks for", drill.scenario.trim());
        said.push(Diagnostic::warning(Code::UnknownWord, message).help(format!("did you mean `{near}`?")));
    }
    let declared = view.manifest.rollback.iter().flat_map(|r| &r.covers).map(|c| c.trim().to_lowercase());
    let known: Vec<String> = owned(COVERS).into_iter().chain(declared).collect();
    for word in drill.covers.iter().map(|c| c.trim().to_lowercase()) {
        if known.iter().any(|k| *k == word || k.strip_suffix('s') == Some(&word) || word.strip_suffix('s') == Some(k)) {
            continue;
        }
        let near = nearest(&word, &known).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        let message =
            format!("`covers` names `{word}`, which is neither usual nor in the manifest's `rollback.covers`");
        said.push(
            Diagnostic::warning(Code::UnknownWord, message).help(format!("{near}Usual are {}", COVERS.join(", "))),
        );
    }
    said
}

/// Lower case, words joined by hyphens: `Kill switch` is `kill-switch`.
pub(super) fn kebab(text: &str) -> String {
    let words: Vec<String> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect();
    words.join("-")
}

fn fact(drill: &Drill, scenario: &str, people: &People, today: Day) -> Record {
    let participants: Vec<String> =
        drill.participants.iter().filter(|p| !is_placeholder(p)).map(|p| people.name_of(p)).collect();
    // Where nobody is named as a builder, nobody can be told apart from the builders.
    let outsiders: Vec<String> = if people.has_builders() {
        let raw = drill.participants.iter().filter(|p| !is_placeholder(p));
        raw.filter(|p| !people.is_builder(p)).map(|p| people.name_of(p)).collect()
    } else {
        Vec::new()
    };
    let overdue = drill.actions.iter().filter(|a| !a.done && a.due.is_some_and(|due| due < today)).count();
    Record::new([
        ("date", drill.date.into()),
        ("scenario", scenario.into()),
        ("participants", participants.into()),
        ("outsiders", outsiders.into()),
        ("minutes_to_detect", drill.minutes_to_detect.into()),
        ("minutes_to_recover", drill.minutes_to_recover.into()),
        ("covers", drill.covers.iter().map(|c| c.trim().to_lowercase()).collect::<Vec<_>>().into()),
        ("passed", drill.passed.into()),
        ("forward_again", drill.forward_again.into()),
        ("open_actions_overdue", overdue.into()),
    ])
}
