//! An assessment enters; JUnit XML for test reports leaves: one suite an area, one case a check, and a suite for the gate itself.
//!
//! Readers differ in what they accept; this keeps to what the Jenkins schema and the common parsers share: counts on every suite,
//! `failure`, `error` and `skipped` with a message, `system-out` for the rest.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::findings::{Finding, Weight, findings, missing, plain};
use super::{View, not_shown};
use crate::assess::{Assessment, CheckInfo};
use crate::checklist::Area;
use crate::diagnostic::Look;
use crate::evaluate::Status;
use crate::gate::{Verdict, phase_name};

/// What came of a case.
enum Outcome {
    Passed(Option<String>),
    Skipped(String),
    Failed { code: &'static str, message: String, detail: String },
    Error { message: String, detail: String },
}

struct Case {
    name: String,
    class: String,
    outcome: Outcome,
}

struct Suite {
    name: String,
    cases: Vec<Case>,
}

impl Suite {
    fn count(&self, which: fn(&Outcome) -> bool) -> usize {
        self.cases.iter().filter(|case| which(&case.outcome)).count()
    }

    fn counts(&self) -> [(&'static str, usize); 4] {
        [
            ("tests", self.cases.len()),
            ("failures", self.count(|o| matches!(o, Outcome::Failed { .. }))),
            ("errors", self.count(|o| matches!(o, Outcome::Error { .. }))),
            ("skipped", self.count(|o| matches!(o, Outcome::Skipped(_)))),
        ]
    }
}

pub(super) fn write(view: &View<'_>, _: &Look, out: &mut dyn Write) -> io::Result<()> {
    let (of, run) = view.judged().ok_or_else(not_shown)?;
    let mut suites: Vec<Suite> = Area::ALL.into_iter().map(|area| suite(of, area)).collect();
    suites.extend(gate(of, &findings(of, run)));
    suites.retain(|suite| !suite.cases.is_empty());
    document(of, &suites, out)
}

fn suite(of: &Assessment, area: Area) -> Suite {
    let cases = of.checks.iter().filter(|c| c.area == area).map(|check| Case {
        name: check.id.clone(),
        class: format!("aipp.{area}"),
        outcome: outcome(of, check),
    });
    Suite { name: area.id().to_owned(), cases: cases.collect() }
}

fn outcome(of: &Assessment, check: &CheckInfo) -> Outcome {
    let said = || plain(&missing(check), 2_000);
    let detail = || format!("{}\nFix: {}", plain(&check.title, 500), plain(&check.fix, 2_000));
    match check.status {
        Status::Met => Outcome::Passed(
            check.expires.map(|day| format!("{} until {day}", check.level)).or(Some(check.level.to_string())),
        ),
        Status::Unmet if check.required.is_some() => {
            Outcome::Failed { code: "unmet", message: said(), detail: detail() }
        }
        Status::Unmet => Outcome::Skipped(format!("scored, not required: {}", said())),
        Status::Unknown if check.required.is_some() => Outcome::Error { message: said(), detail: detail() },
        Status::Unknown => Outcome::Skipped(format!("unknown, not required: {}", said())),
        Status::Waived => {
            let waiver = of.waivers.iter().find(|w| w.check == check.id);
            let until = waiver
                .map(|w| format!(" until {} by {}: {}", w.expires, plain(&w.approver, 200), plain(&w.reason, 1_000)));
            Outcome::Skipped(format!("waived{}", until.unwrap_or_default()))
        }
        Status::NotApplicable => Outcome::Skipped("not applicable".to_owned()),
        Status::NotDue => Outcome::Skipped(format!("not due before the exit of {}", phase_name(check.due))),
    }
}

/// The gate as a suite: its verdict, and what closes it besides the checks.
fn gate(of: &Assessment, found: &[Finding<'_>]) -> Option<Suite> {
    let gate = of.gate.as_ref();
    let name = gate.map(|gate| format!("gate-to-{}", gate.to.name()));
    let class = || "aipp.gate".to_owned();
    let others = found.iter().filter(|f| f.weight == Weight::Blocks && f.about.is_some());
    let mut cases: Vec<Case> = others
        .map(|finding| Case {
            name: finding.check.map_or_else(|| finding.rule.clone(), |c| format!("{} {}", finding.rule, c.id)),
            class: class(),
            outcome: Outcome::Failed {
                code: "closed",
                message: finding.message.clone(),
                detail: format!("Fix: {}", finding.help),
            },
        })
        .collect();
    if let (Some(gate), Some(name)) = (gate, &name) {
        let outcome = match gate.verdict {
            Verdict::Open => Outcome::Passed(Some("open".to_owned())),
            Verdict::Closed => Outcome::Failed {
                code: "closed",
                message: format!("closed, {} reasons", gate.reasons.len()),
                detail: gate.reasons.iter().map(|r| plain(&r.message, 500)).collect::<Vec<_>>().join("\n"),
            },
        };
        cases.insert(0, Case { name: name.clone(), class: class(), outcome });
    }
    (!cases.is_empty()).then(|| Suite { name: "gate".to_owned(), cases })
}

fn document(of: &Assessment, suites: &[Suite], out: &mut dyn Write) -> io::Result<()> {
    let mut xml = Writer::new_with_indent(out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut totals = [("tests", 0), ("failures", 0), ("errors", 0), ("skipped", 0)];
    for (total, count) in suites.iter().flat_map(|suite| (0..4).zip(suite.counts())) {
        totals[total].1 += count.1;
    }
    let name = format!("aipp {}", plain(&of.project.name, 200));
    let root = xml.create_element("testsuites").with_attribute(("name", name.as_str())).with_attribute(("time", "0"));
    // The root of the common schemas counts tests, failures and errors, and not what was skipped.
    let root = totals[..3].iter().fold(root, |root, (key, n)| root.with_attribute((*key, n.to_string().as_str())));
    root.write_inner_content(|xml| {
        for suite in suites {
            let element = xml
                .create_element("testsuite")
                .with_attribute(("name", suite.name.as_str()))
                .with_attribute(("time", "0"));
            let counts = suite.counts();
            let element = counts.iter().fold(element, |e, (key, n)| e.with_attribute((*key, n.to_string().as_str())));
            element.write_inner_content(|xml| suite.cases.iter().try_for_each(|case| write_case(xml, case)))?;
        }
        Ok(())
    })?;
    xml.into_inner().write_all(b"\n")
}

fn write_case(xml: &mut Writer<&mut dyn Write>, case: &Case) -> io::Result<()> {
    let element = xml
        .create_element("testcase")
        .with_attribute(("name", case.name.as_str()))
        .with_attribute(("classname", case.class.as_str()))
        .with_attribute(("time", "0"));
    if matches!(case.outcome, Outcome::Passed(None)) {
        element.write_empty()?;
        return Ok(());
    }
    element.write_inner_content(|xml| {
        match &case.outcome {
            Outcome::Passed(note) => {
                let note = note.as_deref().unwrap_or_default();
                xml.create_element("system-out").write_text_content(BytesText::new(note))?;
            }
            Outcome::Skipped(why) => {
                xml.create_element("skipped").with_attribute(("message", why.as_str())).write_empty()?;
            }
            Outcome::Failed { code, message, detail } => {
                let failure = xml.create_element("failure");
                let failure = failure.with_attribute(("message", message.as_str())).with_attribute(("type", *code));
                failure.write_text_content(BytesText::new(detail))?;
            }
            Outcome::Error { message, detail } => {
                let error = xml.create_element("error");
                let error = error.with_attribute(("message", message.as_str())).with_attribute(("type", "unknown"));
                error.write_text_content(BytesText::new(detail))?;
            }
        }
        Ok(())
    })?;
    Ok(())
}
