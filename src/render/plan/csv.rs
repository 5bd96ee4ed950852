//! A plan enters; rows for an issue tracker leave: one a task that is left, with a header. Docs name the columns.

use std::io::{self, Write};

use super::{planned, who};
use crate::diagnostic::visible;
use crate::gate::phase_name;
use crate::plan::Plan;
use crate::plan::model::TaskInfo;

/// The columns, as docs/plan.md documents them.
const COLUMNS: [&str; 14] = [
    "Issue Id",
    "Summary",
    "Description",
    "Issue Type",
    "Assignee",
    "Role",
    "Labels",
    "Start Date",
    "Due Date",
    "Estimate Days",
    "Blocked By",
    "Slack Days",
    "Checks",
    "Acceptance Criteria",
];

pub(in crate::render) fn write(of: &Plan, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(out);
    writer.write_record(COLUMNS)?;
    for task in planned(of) {
        writer.write_record(row(of, task).iter().map(|cell| safe(cell)))?;
    }
    writer.flush()
}

fn row(plan: &Plan, task: &TaskInfo) -> [String; 14] {
    let kind = if task.gate.is_some() { "Milestone" } else { "Task" };
    let planned = |id: &&String| plan.tasks.iter().any(|t| t.id == **id && t.status.is_dated());
    let needs: Vec<&str> = task.needs.iter().filter(planned).map(String::as_str).collect();
    let checks: Vec<&str> = task.checks.iter().filter(|c| !c.met).map(|c| c.check.as_str()).collect();
    let critical = if task.critical { " critical-path" } else { "" };
    [
        task.id.clone(),
        format!("{} {}", task.id, task.title),
        format!("{}. Leaves behind: {}. Why it is open: {}.", task.title, task.deliverable, task.because),
        kind.to_owned(),
        task.person.clone().unwrap_or_default(),
        task.owner.clone(),
        format!("aipp phase-{}{critical}", phase_name(task.phase)),
        task.start.map(|d| d.to_string()).unwrap_or_default(),
        task.end.map(|d| d.to_string()).unwrap_or_default(),
        task.days.to_string(),
        needs.join(" "),
        task.slack.map(|s| s.to_string()).unwrap_or_default(),
        checks.join(" "),
        format!("{}. Answers for it: {}", task.exit, who(task)),
    ]
}

/// A cell that no spreadsheet takes for a formula, on one line and without control characters.
pub(super) fn safe(text: &str) -> String {
    let text = visible(text).into_owned();
    if text.trim_start().starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn formulas_are_text() {
        assert_eq!(safe("=HYPERLINK(\"http://x\")"), "'=HYPERLINK(\"http://x\")");
        assert_eq!(safe(" @SUM(A1)"), "' @SUM(A1)");
        assert_eq!(safe("\t=1+1"), "' =1+1");
        assert_eq!(safe("-2"), "'-2");
        assert_eq!(safe("a = b"), "a = b");
    }
}
