//! Machine results (test reports, load tests, evaluations, scans, audit samples, bills of materials, exports of rules) enter; dated
//! events and items of evidence leave.
//!
//! A file is known by its content. Its name alone decides only what a torn, empty or too large file was meant to be. One file of
//! this folder a format, one row of [`formats::JSON`] each when it is JSON.

mod attacks;
mod audit;
mod batch;
mod branches;
mod chain;
mod comparison;
mod dataset;
mod deepeval;
mod drift;
mod evaluation;
mod fields;
mod formats;
mod garak;
mod jmeter;
mod junit;
mod k6;
mod lm_eval;
mod load;
mod locust;
mod mlflow;
mod moment;
mod names;
mod outcome;
mod outline;
mod overlap;
mod personal;
mod promptfoo;
mod pyrit;
mod ragas;
pub mod rates;
mod reader;
mod record;
mod sarif;
mod sbom;
mod scores;
mod secrets;
mod slices;
mod versions;
mod xml;

#[cfg(test)]
mod probe;

use rayon::prelude::*;

use crate::fact::{Node, Record};

use super::tree::File;
use super::{Family, Found, View};

use names::{Form, Name};
use outcome::{Event, Outcome};
use reader::Reader;

/// This family.
pub(super) const FAMILY: Family = Family {
    name: "results",
    provides: &["tests", "scans", "load", "eval", "audit.samples", "sbom", "branch_protection"],
    collect,
};

/// Every list of events that this family provides.
const LISTS: &[&str] = &[
    "tests.cases",
    "scans.secrets",
    "scans.redteam",
    "scans.pii",
    "load.results",
    "eval.results",
    "eval.slices",
    "eval.comparisons",
    "eval.datasets",
    "eval.drift_reports",
    "audit.samples",
    "sbom",
    "branch_protection",
];

/// More items of one kind than these are not listed; a build can leave a report a class.
const MAX_ITEMS: usize = 50;

fn collect(view: &View<'_>) -> Found {
    let reader = Reader::of(view);
    let files = view.tree.files();
    let mut outcomes: Vec<Outcome> = files
        .par_iter()
        .filter_map(|file| {
            let form = Form::of(&file.path)?;
            let name = Name::of(&file.path);
            let wanted = reader.is_named(&file.path) || !(name.is_foreign() || name.is_settings());
            wanted.then(|| reader.file(file, &name, form))
        })
        .collect();
    let runs: Vec<&File> =
        files.iter().filter(|file| mlflow::is(&file.path) && !Name::of(&file.path).is_foreign()).collect();
    outcomes.push(mlflow::runs(&runs, &|file| view.tree.text(file), &|path| reader.input(path, "")));
    outcomes.push(dataset::check(view));
    found(outcomes)
}

/// Joins what the files proved.
fn found(outcomes: Vec<Outcome>) -> Found {
    let mut found = Found::default();
    let (mut events, mut cases): (Vec<Event>, Vec<junit::Case>) = (Vec::new(), Vec::new());
    for outcome in outcomes {
        events.extend(outcome.events);
        cases.extend(outcome.cases);
        found.items.extend(outcome.items);
        found.malformed.extend(outcome.malformed);
        found.diagnostics.extend(outcome.diagnostics);
    }
    let (cases, failed) = junit::cases(cases);
    events.extend(cases);
    // Newest first; of two at one time, the later name. The order inside a file stays.
    events.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| b.path().cmp(&a.path())));
    let mut lists: Vec<(&str, Vec<Record>)> = LISTS.iter().map(|path| (*path, Vec::new())).collect();
    for event in events {
        if let Some((_, list)) = lists.iter_mut().find(|(path, _)| *path == event.facts) {
            list.push(event.record);
        }
    }
    for (path, list) in lists {
        found.facts.put(path, Node::events(list));
    }
    let torn = found.malformed.iter().find(|(path, _)| path == "tests.cases");
    let failed = match torn.and_then(|(_, diagnostic)| diagnostic.file()) {
        Some(file) => Node::unknown(format!("{file} cannot be read")),
        None => Node::from(failed),
    };
    found.facts.put("tests.failed", failed);
    limit(&mut found);
    found
}

/// Keeps the best items of each kind.
fn limit(found: &mut Found) {
    found.items.sort_by_key(|item| std::cmp::Reverse((item.origin.declared, item.level, item.rank)));
    let mut counts: Vec<(&str, usize)> = Vec::new();
    found.items.retain(|item| {
        let at = counts.iter().position(|(kind, _)| *kind == item.kind).unwrap_or_else(|| {
            counts.push((item.kind, 0));
            counts.len() - 1
        });
        counts.get_mut(at).is_some_and(|(_, count)| {
            *count += 1;
            *count <= MAX_ITEMS
        })
    });
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use proptest::prelude::*;

    use super::probe::{found, found_in, list, malformed};
    use super::{FAMILY, LISTS};
    use crate::diagnostic::Code;
    use crate::evidence::tree::Tree;
    use crate::fact::{Leaf, Node};

    /// A sample of each format, with a name that fits it.
    const SAMPLES: &[(&str, &str)] = &[
        ("audit/a.jsonl", include_str!("../../../tests/samples/audit/sample.jsonl")),
        ("b.json", include_str!("../../../tests/samples/branches/github-protection.json")),
        ("c.json", include_str!("../../../tests/samples/branches/github-ruleset.json")),
        ("d.json", include_str!("../../../tests/samples/deepeval/test_run_20261119_074002.json")),
        ("e.jsonl", include_str!("../../../tests/samples/garak/garak.report.jsonl")),
        ("f.json", include_str!("../../../tests/samples/gitlab/gl-secret-detection-report.json")),
        ("g.json", include_str!("../../../tests/samples/gitleaks/report.json")),
        ("h.jtl", include_str!("../../../tests/samples/jmeter/results.jtl")),
        ("i.json", include_str!("../../../tests/samples/jmeter/statistics.json")),
        ("j.xml", include_str!("../../../tests/samples/junit/pytest.xml")),
        ("k.xml", include_str!("../../../tests/samples/junit/TEST-com.acme.intake.RouterTest.xml")),
        ("l.json", include_str!("../../../tests/samples/k6/summary-export.json")),
        ("m.json", include_str!("../../../tests/samples/k6/machine-readable.json")),
        ("n.json", include_str!("../../../tests/samples/lm_eval/results.json")),
        ("o.csv", include_str!("../../../tests/samples/locust/run_stats.csv")),
        ("p.json", include_str!("../../../tests/samples/promptfoo/eval.json")),
        ("q.json", include_str!("../../../tests/samples/promptfoo/redteam.json")),
        ("r.sarif", include_str!("../../../tests/samples/sarif/gitleaks.sarif")),
    ];

    /// How many records and items there are.
    fn proven(path: &'static str, text: &str) -> usize {
        let found = found(&[(path, text)], "");
        found.items.len() + LISTS.iter().map(|path| list(&found, path).len()).sum::<usize>()
    }

    #[test]
    fn every_list_is_there_when_nothing_is_found() {
        let found = found(&[("README.md", "nothing")], "");
        let root = Node::Map(found.facts);
        for path in LISTS {
            assert!(matches!(root.at(path), Some(Node::List { items, events: true }) if items.is_empty()), "{path}");
        }
        assert_eq!(root.at("tests.failed"), Some(&Node::from(0_usize)));
        assert!(FAMILY.provides.iter().all(|prefix| root.at(prefix).is_some()));
    }

    #[test]
    fn stand_ins_count_only_when_the_manifest_names_them() {
        let k6 = include_str!("../../../tests/samples/k6/summary-export.json");
        let path = "tests/fixtures/run.json";
        assert!(list(&found(&[(path, k6)], ""), "load.results").is_empty());
        let named = found(&[(path, k6)], "evidence: { load-test: [ tests/fixtures ] }\n");
        assert_eq!(list(&named, "load.results").len(), 1);
        assert!(named.items[0].origin.declared);
    }

    #[test]
    fn a_declared_result_that_is_none_is_said() {
        let manifest = "evidence: { eval-results: out/run.json, load-test: out/k6.js }\n";
        let none = found(&[("out/run.json", "[1, 2]"), ("out/k6.js", "export default 1")], manifest);
        assert_eq!(none.diagnostics.len(), 1);
        assert_eq!(none.diagnostics[0].file(), Some("out/run.json"));
        let own = found(
            &[("out/run.json", r#"{"quality": 0.93}"#)],
            &format!("{manifest}evals: {{ gate: {{ metric: quality, min: 0.9 }} }}\n"),
        );
        assert_eq!(list(&own, "eval.results"), ["current=false passed=true tool=scores versions_match=false"]);
        assert_eq!(malformed(&found(&[("out/run.json", "")], manifest)), ["eval.results out/run.json"]);
    }

    #[test]
    fn what_is_too_large_or_no_text_is_said_when_its_name_promises_a_result() {
        let large = format!("{{\"x\": \"{}\"}}", "y".repeat(5 * 1024 * 1024));
        let skipped = found(&[("load/k6.json", &large), ("data/other.json", &large)], "");
        let files: Vec<_> = skipped.diagnostics.iter().map(|d| (d.code, d.file())).collect();
        assert_eq!(files, [(Code::Skipped, Some("load/k6.json"))]);
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("reports")).unwrap();
        std::fs::write(dir.path().join("reports/junit.xml"), [0xFF, 0xFE, b'<', 0, b'a', 0]).unwrap();
        std::fs::write(dir.path().join("reports/other.xml"), [0xFF, 0xFE, b'<', 0, b'a', 0]).unwrap();
        let binary = found_in(&Tree::walk(dir.path(), &[]).unwrap(), "");
        assert_eq!(malformed(&binary), ["tests.cases reports/junit.xml"]);
        assert!(matches!(Node::Map(binary.facts).at("tests.failed"), Some(Node::Leaf(Leaf::Unknown(_)))));
    }

    #[test]
    fn large_files_are_read_when_their_beginning_is_of_a_format() {
        let dir = tempfile::tempdir().unwrap();
        let cases: String = (0..2_000).map(|i| format!("<testcase classname='c' name='t{i}'/>\n")).collect();
        std::fs::write(dir.path().join("out.xml"), format!("<testsuite name='s'>{cases}</testsuite>")).unwrap();
        std::fs::write(dir.path().join("other.xml"), format!("<project>{cases}</project>")).unwrap();
        let checks: String = (0..2_000).map(|i| format!("\"check {i}\": {{\"passes\": 1}},")).collect();
        let k6 =
            format!("{{\"metrics\": {{\"http_reqs\": {{\"count\": 60, \"rate\": 2}}}}, \"x\": {{{checks} \"y\": 1}}}}");
        std::fs::write(dir.path().join("out.json"), k6).unwrap();
        let found = found_in(&Tree::walk(dir.path(), &[]).unwrap(), "");
        assert_eq!((list(&found, "tests.cases").len(), list(&found, "load.results").len()), (2_000, 1));
    }

    #[test]
    fn of_two_results_of_one_day_the_later_is_first() {
        let run = |time: &str, f1: f64| {
            format!(r#"{{"date": "2026-11-19T{time}", "model": "m", "metrics": {{"f1": {f1}}}}}"#)
        };
        let files =
            [("evals/results/b.json", &*run("09:00:00Z", 0.1)), ("evals/results/a.json", &*run("10:00:00Z", 0.95))];
        let results = found(&files, "evals: { gate: { metric: f1, min: 0.9 } }\n");
        assert!(list(&results, "eval.results")[0].contains("passed=true"));
    }

    #[test]
    fn no_torn_json_or_xml_proves_anything() {
        for (path, text) in SAMPLES.iter().filter(|(path, _)| path.ends_with("json") || path.ends_with("xml")) {
            assert!(proven(path, text) > 0, "{path}");
            let whole = text.trim_end();
            for cut in (1..40).map(|part| whole.len() * part / 40).filter(|cut| whole.is_char_boundary(*cut)) {
                assert_eq!(proven(path, &whole[..cut]), 0, "{path} cut at {cut} of {}", whole.len());
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn no_file_makes_it_panic(
            sample in 0..SAMPLES.len(),
            edits in proptest::collection::vec((any::<prop::sample::Index>(), "[\\x00-\\x7fé{}\\[\\]\",:0-9]{0,6}"), 1..6),
        ) {
            let (path, text) = SAMPLES[sample];
            let mut chars: Vec<char> = text.chars().collect();
            for (at, edit) in edits {
                let at = at.index(chars.len());
                let end = (at + edit.chars().count()).min(chars.len());
                chars.splice(at..end, edit.chars());
            }
            let text: String = chars.into_iter().collect();
            let _ = found(&[(path, &text)], "models: [{ name: a, version: b }]\n");
        }
    }
}
