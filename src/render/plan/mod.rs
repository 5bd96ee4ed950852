//! A plan enters; one file a format draws it. Here is what they share: days on a line, names of months, who does what.

pub(super) mod csv;
pub(super) mod ics;
pub(super) mod markdown;
pub(super) mod text;
#[cfg(feature = "xlsx")]
pub(super) mod xlsx;

use jiff::civil::Date;

use crate::manifest::value::Day;
use crate::plan::model::{MilestoneInfo, TaskInfo, TaskStatus};
use crate::plan::{Plan, count};

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The short name of a month.
pub(super) fn month(day: Date) -> &'static str {
    MONTHS[usize::from(day.month().unsigned_abs()) - 1]
}

/// Days from one to another.
pub(super) fn days(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

/// Who does a task: the person where one is named, else the role.
pub(super) fn who(task: &TaskInfo) -> String {
    match &task.person {
        Some(person) => format!("{person} ({})", task.owner),
        None => task.owner.clone(),
    }
}

/// The tasks that have dates and do not come back, by their first day.
pub(super) fn planned(plan: &Plan) -> Vec<&TaskInfo> {
    let mut tasks: Vec<&TaskInfo> = plan.tasks.iter().filter(|t| t.status == TaskStatus::Planned).collect();
    tasks.sort_by_key(|t| (t.start, t.end));
    tasks
}

/// The tasks that come back, by the first day of their first round.
fn recurring(plan: &Plan) -> Vec<&TaskInfo> {
    let mut tasks: Vec<&TaskInfo> =
        plan.tasks.iter().filter(|t| t.status == TaskStatus::Recurring && t.start.is_some()).collect();
    tasks.sort_by_key(|t| t.start);
    tasks
}

/// The stretches of work of a task: its parts, or all of it.
pub(super) fn stretches(task: &TaskInfo) -> Vec<(Day, Day)> {
    if task.parts.is_empty() {
        return task.start.zip(task.end).into_iter().collect();
    }
    task.parts.iter().map(|p| (p.start, p.end)).collect()
}

/// What is not there yet at a milestone, in words.
pub(super) fn conditions(milestone: &MilestoneInfo) -> Vec<String> {
    let open = milestone.conditions.iter().filter(|c| !c.met);
    open.map(|c| match &c.task {
        Some(task) if c.check.is_some() => format!("{} ({task})", c.text),
        _ => c.text.clone(),
    })
    .collect()
}
