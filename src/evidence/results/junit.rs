//! JUnit XML of any test runner enters; its test cases leave. The counts in its attributes are not asked, because they can
//! disagree with the cases.

use std::collections::HashMap;
use std::sync::Arc;

use crate::evidence::Proof;
use crate::fact::{Node, Origin, Record};

use super::moment::Moment;
use super::outcome::{Event, Input, Outcome, Read};
use super::xml::{Step, walk};

/// More cases than these are not kept; those of the newest reports are.
const MAX_CASES: usize = 20_000;

/// A longer name is cut.
const MAX_NAME: usize = 1_000;

/// How a test case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Passed,
    Failed,
    Skipped,
}

/// One test case.
#[derive(Debug, Clone)]
pub(super) struct Case {
    suite: String,
    class: String,
    name: String,
    end: End,
    at: Option<Moment>,
    origin: Arc<Origin>,
}

/// Reads the test cases of a report.
pub(super) fn read(input: &Input<'_>) -> Read {
    let mut outcome = Outcome::default();
    let mut suites: Vec<(String, Option<Moment>)> = Vec::new();
    let mut case: Option<(Case, usize)> = None;
    walk(input.text, &mut |step, depth| {
        match step {
            Step::Open(element) => match element.name() {
                "testsuites" | "testsuite" => {
                    let outer = suites.last().and_then(|(_, at)| *at);
                    let at = element.attribute("timestamp").and_then(|t| Moment::parse(&t)).or(outer);
                    // The list of suites is no suite: its name stands for the whole run.
                    let name = if element.name() == "testsuite" { element.attribute("name") } else { None };
                    suites.push((name.unwrap_or_default(), at));
                }
                "testcase" => {
                    let (suite, outer) = suites.last().cloned().unwrap_or_default();
                    let at = element.attribute("timestamp").and_then(|t| Moment::parse(&t)).or(outer);
                    let not_run = element
                        .attribute("status")
                        .is_some_and(|s| matches!(s.as_str(), "notrun" | "skipped" | "disabled" | "ignored"));
                    let class = element.attribute("classname").unwrap_or_default();
                    let name = element.attribute("name").unwrap_or_default();
                    let end = if not_run { End::Skipped } else { End::Passed };
                    case = Some((Case { suite, class, name, end, at, origin: Arc::clone(&input.origin) }, depth));
                }
                // `rerunFailure` and `flakyFailure` tell of other attempts of the same case; they do not decide.
                "failure" | "error" => {
                    if let Some((case, at)) = &mut case
                        && depth == *at + 1
                    {
                        case.end = End::Failed;
                    }
                }
                "skipped" => {
                    if let Some((case, at)) = &mut case
                        && depth == *at + 1
                        && case.end == End::Passed
                    {
                        case.end = End::Skipped;
                    }
                }
                _ => {}
            },
            Step::Close("testsuites" | "testsuite") => {
                suites.pop();
            }
            Step::Close("testcase") => outcome.cases.extend(case.take().map(|(case, _)| case)),
            Step::Close(_) | Step::Text(_) => {}
        }
        Ok(())
    })?;
    let number = |end: End| outcome.cases.iter().filter(|case| case.end == end).count();
    let (passed, failed, skipped) = (number(End::Passed), number(End::Failed), number(End::Skipped));
    if passed > 0 {
        let newest = outcome.cases.iter().filter_map(|case| case.at).max();
        let mut because = format!("JUnit: {passed} passed, {failed} failed");
        if skipped > 0 {
            because.push_str(&format!(", {skipped} skipped"));
        }
        outcome.item(input, "unit-tests", Proof::Verified, newest, because);
    }
    Ok(outcome)
}

/// How many cases passed and how many ran, and when the newest did.
pub(super) fn tally(cases: &[Case]) -> (u64, u64, Option<Moment>) {
    let number = |is: &dyn Fn(&Case) -> bool| cases.iter().filter(|case| is(case)).count() as u64;
    let at = cases.iter().filter_map(|case| case.at).max();
    (number(&|case| case.end == End::Passed), number(&|case| case.end != End::Skipped), at)
}

/// The cases as events, newest reports first, and how many failed in the newest report of each test class.
pub(super) fn cases(mut cases: Vec<Case>) -> (Vec<Event>, usize) {
    cases.sort_by_key(|case| std::cmp::Reverse(case.at));
    let failed = failed(&cases);
    let events = cases
        .into_iter()
        .take(MAX_CASES)
        .map(|case| {
            let parts = [case.suite.trim(), case.class.trim(), case.name.trim()];
            let mut name = parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" ");
            if name.len() > MAX_NAME {
                name = name.chars().take(MAX_NAME).collect();
            }
            let fields = [("name", Node::from(name)), ("passed", Node::from(case.end == End::Passed))];
            let mut record = Record::new(fields).from(&case.origin);
            if let Some(at) = case.at {
                record.set("date", at.day);
            }
            Event { facts: "tests.cases", at: case.at, record }
        })
        .collect();
    (events, failed)
}

/// A class that was run again later is judged by the later report; one that says no date can be judged by no other.
fn failed(cases: &[Case]) -> usize {
    let mut newest: HashMap<(&str, &str), Moment> = HashMap::new();
    for case in cases {
        if let Some(at) = case.at {
            let last = newest.entry((&case.suite, &case.class)).or_insert(at);
            *last = (*last).max(at);
        }
    }
    let is_newest = |case: &Case| {
        let last = newest.get(&(case.suite.as_str(), case.class.as_str()));
        case.at.is_none_or(|at| last.is_none_or(|last| at.day >= last.day))
    };
    cases.iter().filter(|case| case.end == End::Failed && is_newest(case)).count()
}

#[cfg(test)]
mod tests {
    use crate::evidence::results::probe::{found, list, malformed, number};
    use crate::evidence::{Found, Proof};

    const PYTEST: &str = include_str!("../../../tests/samples/junit/pytest.xml");
    const JEST: &str = include_str!("../../../tests/samples/junit/jest.xml");
    const SUREFIRE: &str = include_str!("../../../tests/samples/junit/TEST-com.acme.intake.RouterTest.xml");
    const GOTESTSUM: &str = include_str!("../../../tests/samples/junit/gotestsum.xml");
    const NEXTEST: &str = include_str!("../../../tests/samples/junit/nextest.xml");

    fn cases(found: &Found) -> Vec<String> {
        list(found, "tests.cases")
    }

    #[test]
    fn pytest_counts_its_cases_and_not_its_attributes() {
        let found = found(&[("reports/junit.xml", PYTEST)], "");
        assert_eq!(
            cases(&found),
            [
                "date=2026-11-20 name=pytest tests.test_fault test_model_gateway_timeout passed=true",
                "date=2026-11-20 name=pytest tests.test_fault test_erp_500_writes_outbox passed=false",
                "date=2026-11-20 name=pytest tests.test_defaults test_currency[EUR & \"CHF\"] passed=true",
                "date=2026-11-20 name=pytest tests.test_defaults test_later passed=false",
            ]
        );
        assert_eq!(number(&found, "tests.failed"), Some(1.0));
        let item = &found.items[0];
        assert_eq!(
            (item.kind, item.level, item.because.as_str()),
            ("unit-tests", Proof::Verified, "JUnit: 2 passed, 1 failed, 1 skipped")
        );
    }

    #[test]
    fn every_runner_is_read() {
        assert_eq!(
            cases(&found(&[("junit.xml", JEST)], "")),
            [
                "date=2026-11-20 name=intake router intake router sends to a human intake router sends to a human passed=true",
                "date=2026-11-20 name=intake router intake router keeps totals intake router keeps totals passed=false",
            ]
        );
        // Surefire says no date, tells of another attempt that failed, and has no `testsuites`.
        assert_eq!(
            cases(&found(&[("target/surefire-reports/TEST-com.acme.intake.RouterTest.xml", SUREFIRE)], "")),
            [
                "name=com.acme.intake.RouterTest com.acme.intake.RouterTest routesToHuman passed=true",
                "name=com.acme.intake.RouterTest com.acme.intake.RouterTest failsTwice passed=false",
            ]
        );
        assert_eq!(
            cases(&found(&[("unit.xml", GOTESTSUM)], "")),
            [
                "date=2026-11-20 name=example.com/intake/router example.com/intake/router TestFallback passed=true",
                "date=2026-11-20 name=example.com/intake/router example.com/intake/router TestDegraded/no_model passed=false",
            ]
        );
        assert_eq!(
            cases(&found(&[("target/nextest/ci/junit.xml", NEXTEST)], "")),
            ["date=2026-11-20 name=intake intake router::tests::fallback passed=true",]
        );
    }

    #[test]
    fn a_later_report_of_the_same_class_takes_the_place_of_an_older_one() {
        let report = |day: &str, class: &str, body: &str| {
            format!(
                "<testsuite name='s' timestamp='{day}T08:00:00'><testcase classname='{class}' name='t'>{body}</testcase></testsuite>"
            )
        };
        let (old, new) = (report("2026-11-01", "a", "<failure/>"), report("2026-11-20", "a", ""));
        let other = report("2026-11-01", "b", "<error message='x'>trace</error>");
        let both = found(&[("r/junit-1.xml", &old), ("r/junit-2.xml", &new)], "");
        assert_eq!(number(&both, "tests.failed"), Some(0.0));
        assert_eq!(cases(&both)[0], "date=2026-11-20 name=s a t passed=true");
        let three = found(&[("r/junit-1.xml", &old), ("r/junit-2.xml", &new), ("r/junit-3.xml", &other)], "");
        assert_eq!(number(&three, "tests.failed"), Some(1.0));
    }

    #[test]
    fn at_most_twenty_thousand_cases_are_kept_newest_first() {
        let many = |day: &str, n: usize| {
            let cases: String = (0..n).map(|i| format!("<testcase name='t{i}'/>")).collect();
            format!("<testsuites><testsuite name='{day}' timestamp='{day}'>{cases}</testsuite></testsuites>")
        };
        let found =
            found(&[("a/junit.xml", &many("2026-10-01", 15_000)), ("b/junit.xml", &many("2026-11-01", 15_000))], "");
        let cases = cases(&found);
        assert_eq!(cases.len(), 20_000);
        assert!(cases[14_999].contains("2026-11-01 ") && cases[15_000].contains("2026-10-01 "));
    }

    #[test]
    fn torn_and_empty_reports_are_malformed_and_other_xml_is_not() {
        let torn = PYTEST.get(..PYTEST.len() / 2).unwrap_or_default();
        assert_eq!(malformed(&found(&[("reports/junit.xml", torn)], "")), ["tests.cases reports/junit.xml"]);
        assert_eq!(malformed(&found(&[("any.xml", torn)], "")), ["tests.cases any.xml"]);
        assert_eq!(malformed(&found(&[("reports/junit.xml", "")], "")), ["tests.cases reports/junit.xml"]);
        assert_eq!(
            malformed(&found(&[("reports/junit.xml", "<html><p></html>")], "")),
            ["tests.cases reports/junit.xml"]
        );
        for text in
            ["<project><modules/></project>", "<phpunit><testsuites><testsuite name='a'/></testsuites></phpunit>"]
        {
            let found = found(&[("pom.xml", text)], "");
            assert!(cases(&found).is_empty() && found.malformed.is_empty() && found.items.is_empty());
        }
    }
}
