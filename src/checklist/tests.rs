//! The built-in checklists hold what a checklist must; wrong ones are refused with a reason.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use super::*;
use crate::rule::Rule;

fn files() -> Vec<(String, Vec<u8>)> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/checklists");
    let mut files = Vec::new();
    for folder in [root.to_owned(), format!("{root}/packs")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                files.push((path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

#[test]
fn every_builtin_checklist_loads_and_its_examples_hold() {
    let mut wrong = Vec::new();
    for (name, bytes) in files() {
        match load(&name, bytes) {
            Err(errors) => wrong.extend(
                errors
                    .iter()
                    .map(|e| format!("{}:{} {}", name, e.at.as_ref().map_or(0, |at| at.position().line), e.message)),
            ),
            Ok((list, _)) => {
                for check in &list.checks {
                    let levels: Vec<&str> = check.examples.iter().map(|e| e.level.as_str()).collect();
                    if levels.len() < 2 || !levels.contains(&"verified") {
                        wrong.push(format!("{name}: {} needs examples that pass and fail", check.id));
                    }
                    for (what, text) in
                        [("why", &check.why), ("title", &check.title), ("wants", &check.wants.documented)]
                    {
                        if text.split_whitespace().count() < 2 {
                            wrong.push(format!("{name}: {} needs its {what}", check.id));
                        }
                    }
                    if list.scoring.is_none() && check.action.is_empty() {
                        wrong.push(format!("{name}: {} needs its action", check.id));
                    }
                    if !check.contradicted.is_empty() && !levels.contains(&"contradicted") {
                        wrong.push(format!("{name}: {} needs an example that is contradicted", check.id));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}\n{} problems", wrong.join("\n"), wrong.len());
}

#[test]
fn the_catalogue_has_sixty_checks_in_the_order_of_areas() {
    let catalogue = Catalogue::builtin().unwrap();
    assert_eq!(catalogue.checks.len(), 60);
    assert!(catalogue.checks.is_sorted_by_key(Check::area));
    assert_eq!(catalogue.sha256.len(), 64);
    assert_eq!(Catalogue::builtin_packs().unwrap()[0].checks.len(), 28);
}

/// What is embedded is what the text says: a rule that was read back is asked the same as one that is compiled.
#[test]
fn embedded_rules_are_the_texts_parsed() {
    let catalogue = Catalogue::builtin().unwrap();
    let mut count = 0;
    for check in &catalogue.checks {
        let conditions = check.claimed.iter().chain(&check.documented).chain(&check.verified);
        let pairs = conditions.map(|c| (&c.that, &c.rule)).chain(check.contradicted.iter().map(|d| (&d.that, &d.rule)));
        for (text, expression) in pairs.chain(check.applies.iter().map(|text| (text, &check.applies_rule))) {
            let embedded = Rule::embedded(expression.embedded.unwrap()).unwrap();
            assert_eq!(embedded.to_text(), Rule::compile(text).unwrap().to_text(), "{}: {text}", check.id);
            count += 1;
        }
    }
    assert!(count > 300, "{count}");
    assert!(Rule::embedded("c3:add9:").is_none() && Rule::embedded("").is_none() && Rule::embedded("i1:ax").is_none());
}

fn errors(text: &str) -> String {
    let errors = load("org-checks.yaml", text.as_bytes().to_vec()).unwrap_err();
    errors.iter().map(|e| format!("{}: {}\n", e.at.as_ref().map_or(0, |at| at.position().line), e.message)).collect()
}

#[test]
fn a_wrong_checklist_is_refused_with_every_reason() {
    assert!(errors("aipp_checklist: 1\nchecks: []\n").contains("2: the checklist has no checks"));
    assert!(errors("").contains("the file is empty"));
    let text = "aipp_checklist: 1
checks:
- id: Org Register
  question: Is it there
  due: harden
  weight: 0
  documented: [ { that: \"evidence.audit-log\", else: no log was found } ]
  fix: TBD
- id: org-a
  question: Is it there?
  area: governance
  due: harden
  weight: 3
  documented: [ { that: \"has(manifest.rollback)\", else: no rollback is stated } ]
  manifest: [rolback.mechanism]
  fix: Write it down now
  examples: [ { name: nothing, level: documented, facts: {} }, { name: no fact, level: none, facts: { drils: {} } } ]
- id: org-a
  question: Is it there?
  area: governance
  due: harden
  weight: 3
  documented: [ { that: \"alerts.tests_pas\", else: x } ]
  fix: Write it down now
";
    let all = errors(text);
    for expected in [
        "3: the id `Org Register` must be lower-case words with hyphens",
        "4: `Org Register` needs a question that ends with a question mark",
        "3: `Org Register` needs an `area`",
        "3: `Org Register` needs a `weight` from 1 to 100",
        "7: `Org Register`: `evidence.audit` is no fact; did you mean `evidence.audit_log`?",
        "8: `Org Register` needs a fix",
        "14: `org-a` would be documented by the manifest alone",
        "15: `org-a` names the manifest key `rolback.mechanism`, which does not exist",
        "17: `org-a`, example \"nothing\": the level is none, not documented",
        "17: `org-a`, example \"no fact\": `drils` is no fact",
        "18: the id `org-a` stands twice",
        "did you mean `alerts.tests_pass`?",
        "needs an `else`",
    ] {
        assert!(all.contains(expected), "`{expected}` is not in\n{all}");
    }
}

#[test]
fn a_good_checklist_is_taken_and_a_taken_id_is_not() {
    let text = "aipp_checklist: 1
area: governance
checks:
- id: org-model-register
  question: Is the model in the register?
  due: harden
  weight: 3
  documented: [ { that: \"documents.system_card.present\", else: no system card was found } ]
  fix: Enter it in the register
";
    let mut catalogue = Catalogue::builtin().unwrap();
    let before = catalogue.sha256.clone();
    let (list, digest) = load("org-checks.yaml", text.as_bytes().to_vec()).unwrap();
    catalogue.add(list, "org-checks.yaml", &digest).unwrap();
    assert_eq!(catalogue.checks.len(), 61);
    assert_ne!(catalogue.sha256, before);
    let text = text.replace("org-model-register", "ops-runbooks");
    let (list, digest) = load("org-checks.yaml", text.into_bytes()).unwrap();
    assert!(catalogue.add(list, "org-checks.yaml", &digest).unwrap_err()[0].message.contains("is taken"));
}
