//! An assessment enters; a GitLab Code Quality report leaves: one entry a finding, each with a path, a line and a fingerprint.
//!
//! The format is <https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>: a subset of the Code Climate one.

use std::io::{self, Write};

use serde::Serialize;

use super::findings::{Finding, Weight, findings, plain};
use super::{View, json, not_shown};
use crate::checklist::Level;
use crate::diagnostic::Look;

#[derive(Serialize)]
struct Entry {
    description: String,
    check_name: String,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
}

pub(super) fn write(view: &View<'_>, _: &Look, out: &mut dyn Write) -> io::Result<()> {
    let (of, run) = view.judged().ok_or_else(not_shown)?;
    let entries: Vec<Entry> = findings(of, run).into_iter().map(entry).collect();
    json::print(&entries, out)
}

fn entry(finding: Finding<'_>) -> Entry {
    let waived = match finding.waiver {
        Some(waiver) if finding.weight == Weight::Accepted => {
            format!(" (waived until {} by {})", waiver.expires, plain(&waiver.approver, 100))
        }
        _ => String::new(),
    };
    Entry {
        severity: severity(&finding),
        description: format!("{}: {}{waived}", finding.title, finding.message),
        check_name: finding.rule,
        fingerprint: finding.fingerprint,
        location: Location { path: plain(&finding.path, 4_096), lines: Lines { begin: finding.line } },
    }
}

fn severity(finding: &Finding<'_>) -> &'static str {
    match finding.weight {
        Weight::Blocks if finding.check.is_some_and(|c| c.level == Level::Contradicted) => "blocker",
        Weight::Blocks => "critical",
        Weight::Required => "major",
        Weight::Scored => "minor",
        Weight::Accepted => "info",
    }
}
