//! Rules over small trees.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use super::*;
use crate::fact::Node;
use crate::facts::tree;

fn root(json: &str) -> Record {
    let Node::Map(mut root) = Node::from_json(&serde_json::from_str(json).unwrap()) else { panic!("a map") };
    if let Some(Node::Map(drills)) = root.fields.get_mut("drills") {
        for list in drills.fields.values_mut() {
            let records = list.items().iter().filter_map(|n| if let Node::Map(r) = n { Some(r.clone()) } else { None });
            *list = Node::events(records.collect());
        }
    }
    root
}

fn ask(rule: &str, json: &str) -> Answer {
    Asker::new(&root(json)).with(Events::All).ask(&Rule::compile(rule).unwrap())
}

#[test]
fn a_missing_key_does_not_hold_and_is_no_error() {
    for rule in [
        "has(manifest.a.b.c)",
        "manifest.a.b > 3",
        "!has(manifest.a.b.c)",
        "drills.rollback[0].passed",
        "size(manifest.x) > 0",
    ] {
        assert_eq!(ask(rule, r#"{"manifest": {}, "drills": {"rollback": []}}"#), Answer::Fails, "{rule}");
    }
    assert_eq!(ask("manifest.x.y || manifest.z == 1", r#"{"manifest": {"z": 1}}"#), Answer::Holds);
    assert!(matches!(ask("manifest.z > 'a'", r#"{"manifest": {"z": 1}}"#), Answer::Error(_)));
    assert!(matches!(ask("manifest.z", r#"{"manifest": {"z": 1}}"#), Answer::Error(_)));
}

#[test]
fn the_unknown_makes_the_answer_unknown_only_where_it_matters() {
    let mut root = root(r#"{"manifest": {"z": 1}}"#);
    root.group("owner").set("named", Node::unknown("git is not there"));
    let asker = Asker::new(&root);
    let ask = |rule: &str| asker.with(Events::All).ask(&Rule::compile(rule).unwrap());
    let mut whole = root.clone();
    whole.set("stages", Node::unknown("stages.csv cannot be read"));
    for rule in ["size(stages) > 0", "stages.exists(s, s.aborted)", "!stages.exists(s, s.aborted)", "stages[0].aborted"]
    {
        let answer = Asker::new(&whole).with(Events::All).ask(&Rule::compile(rule).unwrap());
        assert_eq!(answer, Answer::Unknown("stages.csv cannot be read".into()), "{rule}");
    }
    assert_eq!(ask("owner.named"), Answer::Unknown("git is not there".into()));
    assert_eq!(ask("owner.named && manifest.z == 1"), Answer::Unknown("git is not there".into()));
    assert_eq!(ask("manifest.z == 1 || owner.named"), Answer::Holds);
    assert_eq!(ask("owner.named || manifest.z == 1"), Answer::Holds);
    assert_eq!(ask("owner.named && manifest.z == 2"), Answer::Fails);
}

#[test]
fn events_are_filtered_by_their_day() {
    let json = r#"{"manifest": {}, "drills": {"rollback": [
        {"date": "2026-07-24", "passed": true}, {"date": "2026-01-01", "passed": false}, {"passed": true}]}}"#;
    let root = root(json);
    let asker = Asker::new(&root);
    let size =
        |events, n: usize| asker.with(events).ask(&Rule::compile(&format!("size(drills.rollback) == {n}")).unwrap());
    assert_eq!(size(Events::All, 3), Answer::Holds);
    assert_eq!(size(Events::DatedOrUnknown, 2), Answer::Holds);
    assert_eq!(size(Events::Since(Day::parse("2026-07-24").unwrap()), 1), Answer::Holds);
    assert_eq!(size(Events::Since(Day::parse("2026-07-25").unwrap()), 0), Answer::Holds);
    let first = asker.with(Events::All).ask(&Rule::compile("drills.rollback[0].date == '2026-07-24'").unwrap());
    assert_eq!(first, Answer::Holds);
}

#[test]
fn functions_do_what_they_say() {
    let json = r#"{"manifest": {"a": "2026-06-01", "b": "2026-07-24", "t": "Severity levels and Roles", "l": ["x y", "z"], "n": [{"p": "a"}, {"p": "a"}]}}"#;
    for rule in [
        "days(manifest.a, manifest.b) == 53",
        "words(manifest.t) == 4",
        "specific(manifest.t) && !specific('TBD')",
        "numeric('below 2%') && !numeric('fast')",
        "mentions(manifest.t, 'severity')",
        "covers(manifest.t, ['role', 'incident|severit'])",
        "!covers(manifest.l, ['q'])",
        "covers(manifest.l, ['y'])",
        "size(distinct(manifest.n.map(x, x.p))) == 1",
        "manifest.t.matches('(?i)SEVERITY.*roles$') && !manifest.t.matches('^roles')",
        "'z' in manifest.l",
        "manifest.all(k, size(k) == 1)",
        "'a' in manifest && !('q' in manifest)",
        "manifest.n.filter(x, x.p == 'a')[0].p == 'a'",
    ] {
        assert_eq!(ask(rule, json), Answer::Holds, "{rule}");
    }
    assert!(matches!(ask("days('soon', manifest.b) > 3", json), Answer::Error(_)));
}

#[test]
fn only_facts_can_be_asked() {
    let shape = tree();
    let paths = |rule: &str| Rule::compile(rule).unwrap().paths(&shape);
    assert_eq!(
        paths("drills.rollback.exists(d, d.passed && d.minutes_to_recover <= manifest.rollback.target_minutes)")
            .unwrap()
            .into_iter()
            .filter(|p| p.contains('.'))
            .collect::<Vec<_>>(),
        [
            "drills.rollback",
            "drills.rollback[].minutes_to_recover",
            "drills.rollback[].passed",
            "manifest.rollback",
            "manifest.rollback.target_minutes"
        ]
    );
    assert!(paths("attestations['human-job-depends'].exists(a, a.second_person)").is_ok());
    assert!(paths("manifest.scope[\"in\"].size() > 0").is_ok());
    let wrong = |rule: &str| paths(rule).unwrap_err().to_string();
    assert_eq!(wrong("evidence.audit-log"), "`evidence.audit` is no fact; did you mean `evidence.audit_log`?");
    assert_eq!(
        wrong("drills.rollback[0].pased"),
        "`drills.rollback[].pased` is no fact; did you mean `drills.rollback[].passed`?"
    );
    assert_eq!(wrong("manifest.rolback.mechanism"), "`manifest.rolback` is no fact; did you mean `manifest.rollback`?");
    assert!(wrong("drills.any.filter(d, d.passd)[0].passed").contains("passd"));
    assert!(wrong("drills.any.filter(d, d.passed)[0].psd == 1").contains("psd"));
    assert!(wrong("stages.all(a, stages.all(b, stages.all(c, c.aborted)))").contains("nested 3 deep"));
    assert_eq!(wrong("wods(manifest.business_case.sentence) > 3"), "`wods()` is no function; did you mean `words()`?");
    assert!(Rule::compile(&"a || ".repeat(50_000)).is_err());
    assert!(Rule::compile("a ||").unwrap_err().to_string().contains("does not parse"));
    assert!(Rule::compile("manifest.scope.in").is_err());
}
