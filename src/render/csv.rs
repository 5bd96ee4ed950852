//! An assessment or the catalogue enters; a table for spreadsheets leaves, one row a check. No cell is a formula.

use std::io::{self, Write};

use super::findings::{missing, plain};
use super::{View, not_shown, word};
use crate::assess::{Assessment, CheckInfo};
use crate::checklist::{Check, Level};
use crate::diagnostic::Look;
use crate::evaluate::Status;
use crate::gate::phase_name;

/// The columns of an assessment.
const ASSESSMENT: [&str; 22] = [
    "check",
    "title",
    "area",
    "due",
    "is_due",
    "weight",
    "level",
    "required",
    "status",
    "credit",
    "blocks",
    "expires",
    "missing",
    "fix",
    "path",
    "line",
    "evidence",
    "waived_until",
    "waived_by",
    "waived_because",
    "project",
    "today",
];

/// The columns of the catalogue.
const CATALOGUE: [&str; 16] = [
    "check",
    "title",
    "area",
    "section",
    "due",
    "weight",
    "required",
    "waivable",
    "max_age_days",
    "declaration",
    "repository",
    "question",
    "fix",
    "manifest",
    "sign",
    "tags",
];

/// A spreadsheet takes no more in one cell (32,767), and an escape may be added.
const MAX_CELL: usize = 32_000;

pub(super) fn write(view: &View<'_>, _: &Look, out: &mut dyn Write) -> io::Result<()> {
    let mut table = ::csv::WriterBuilder::new().terminator(::csv::Terminator::Any(b'\n')).from_writer(&mut *out);
    if let Some((of, _)) = view.judged() {
        table.write_record(ASSESSMENT).map_err(io::Error::other)?;
        for check in &of.checks {
            table.write_record(assessed(of, check).map(|text| cell(&text))).map_err(io::Error::other)?;
        }
    } else if let View::Catalogue(checks) = view {
        table.write_record(CATALOGUE).map_err(io::Error::other)?;
        for check in checks {
            table.write_record(listed(check).map(|text| cell(&text))).map_err(io::Error::other)?;
        }
    } else {
        drop(table);
        return match view {
            View::Plan { of, .. } => super::plan::csv::write(of, out),
            _ => Err(not_shown()),
        };
    }
    table.flush()
}

/// A text that a spreadsheet shows and does not calculate: what would begin a formula gets an apostrophe in front, also behind
/// blanks and in the wide forms that some spreadsheets take for the narrow ones.
fn cell(text: &str) -> String {
    let text = plain(text, MAX_CELL);
    let begins = |c: char| matches!(c, '=' | '+' | '-' | '@' | '|' | '%' | '＝' | '＋' | '－' | '＠');
    if text.trim_start_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'').starts_with(begins) {
        return format!("'{text}");
    }
    text
}

fn assessed(of: &Assessment, check: &CheckInfo) -> [String; 22] {
    let waiver = of.waivers.iter().find(|w| check.status == Status::Waived && w.check == check.id);
    let blocks = of.gate.as_ref().is_some_and(|g| g.reasons.iter().any(|r| r.check.as_ref() == Some(&check.id)));
    let open = matches!(check.status, Status::Unmet | Status::Unknown | Status::Waived);
    let evidence = check.evidence.iter().map(|e| e.path.as_str()).collect::<Vec<_>>().join("; ");
    let place = check.location.as_ref();
    [
        check.id.clone(),
        check.title.clone(),
        check.area.to_string(),
        phase_name(check.due).to_owned(),
        check.is_due.to_string(),
        check.weight.to_string(),
        check.level.to_string(),
        check.required.map(Level::name).unwrap_or_default().to_owned(),
        check.status.name().to_owned(),
        check.credit.to_string(),
        blocks.to_string(),
        check.expires.map(|day| day.to_string()).unwrap_or_default(),
        if open { missing(check) } else { String::new() },
        check.fix.clone(),
        place.map(|at| at.path.clone()).unwrap_or_default(),
        place.and_then(|at| at.line).map(|line| line.to_string()).unwrap_or_default(),
        evidence,
        waiver.map(|w| w.expires.to_string()).unwrap_or_default(),
        waiver.map(|w| w.approver.clone()).unwrap_or_default(),
        waiver.map(|w| w.reason.clone()).unwrap_or_default(),
        of.project.name.clone(),
        of.today.to_string(),
    ]
}

fn listed(check: &Check) -> [String; 16] {
    [
        check.id.clone(),
        check.title().to_owned(),
        if check.section.is_none() { check.area().to_string() } else { String::new() },
        check.section.clone().unwrap_or_default(),
        phase_name(check.due()).to_owned(),
        check.weight.to_string(),
        check.required.map(|r| r.level().name()).unwrap_or_default().to_owned(),
        check.waivable.to_string(),
        check.max_age.map(|age| age.0.to_string()).unwrap_or_default(),
        check.declaration.to_string(),
        check.repository.to_string(),
        check.question.clone(),
        check.fix.clone(),
        check.manifest.join("; "),
        check.sign.iter().map(word).collect(),
        check.playbook.iter().chain(&check.tags).cloned().collect::<Vec<_>>().join("; "),
    ]
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn no_cell_is_a_formula() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\t=1", "\r\n@x", "\"=1\"", "＝1", "|cmd", "'=1"] {
            assert!(cell(formula).starts_with('\''), "{formula:?} is {:?}", cell(formula));
        }
        for text in ["a=1", "2026-11-22", "gov-audit-log", ""] {
            assert_eq!(cell(text), text);
        }
    }
}
