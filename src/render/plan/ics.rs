//! A plan enters; an iCalendar file (RFC 5545) with its gates and steps as all-day events leaves.

use std::fmt::Write as _;
use std::io::{self, Write};

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::conditions;
use crate::diagnostic::{Look, visible};
use crate::gate::short;
use crate::manifest::value::Day;
use crate::plan::Plan;
use crate::plan::model::MilestoneInfo;
use crate::render::View;

pub(in crate::render) fn write(view: &View<'_>, _: &Look, out: &mut dyn Write) -> io::Result<()> {
    let View::Plan { of, .. } = view else { return Ok(()) };
    let mut text = String::new();
    for line in lines(of) {
        fold(&mut text, &line);
    }
    out.write_all(text.as_bytes())
}

fn lines(plan: &Plan) -> Vec<String> {
    let mut lines = vec![
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//aipp//plan//EN".to_owned(),
        "CALSCALE:GREGORIAN".to_owned(),
        "METHOD:PUBLISH".to_owned(),
        format!("X-WR-CALNAME:{}", escape(&format!("{}: gates and steps", plan.project.name))),
    ];
    for milestone in &plan.milestones {
        if let Some(date) = milestone.date {
            lines.extend(event(plan, milestone, date));
        }
    }
    lines.push("END:VCALENDAR".to_owned());
    lines
}

fn event(plan: &Plan, milestone: &MilestoneInfo, date: Day) -> Vec<String> {
    let mut about = Vec::new();
    let open = conditions(milestone);
    if !open.is_empty() {
        about.push(format!("Opens when:\n- {}", open.join("\n- ")));
    }
    if let (Some(forecast), Some(floor)) = (milestone.forecast, milestone.floor) {
        about.push(format!("Headline then {}, floor {floor}.", short(forecast)));
    }
    for expiring in &milestone.expiring {
        let what = if expiring.waiver { "waiver ends" } else { "evidence expires" };
        about.push(format!("{}: {what} on {}.", expiring.check, expiring.expires));
    }
    let mut lines = vec![
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{}", uid(plan, milestone)),
        // The day of the plan, not the clock: the same inputs give the same bytes.
        format!("DTSTAMP:{}T000000Z", plain(plan.today.0)),
        format!("DTSTART;VALUE=DATE:{}", plain(date.0)),
        // The end of an all-day event is the day after it.
        format!("DTEND;VALUE=DATE:{}", plain(date.0.checked_add(1.day()).unwrap_or(Date::MAX))),
        format!("SUMMARY:{}", escape(&format!("{}: {}", plan.project.name, milestone.title))),
    ];
    if !about.is_empty() {
        lines.push(format!("DESCRIPTION:{}", escape(&about.join("\n"))));
    }
    lines.push(format!("CATEGORIES:{}", milestone.kind.name().to_uppercase()));
    lines.push("TRANSP:TRANSPARENT".to_owned());
    lines.push("END:VEVENT".to_owned());
    lines
}

/// The same for the same milestone of the same project, so that an import moves the event instead of adding one.
fn uid(plan: &Plan, milestone: &MilestoneInfo) -> String {
    use sha2::{Digest as _, Sha256};
    let key = format!("{}\n{}", plan.project.name, milestone.id);
    let digest = Sha256::digest(key.as_bytes());
    let mut name = String::new();
    for byte in &digest[..8] {
        let _ = write!(name, "{byte:02x}");
    }
    format!("{}-{name}@aipp", milestone.id)
}

fn plain(day: Date) -> String {
    format!("{:04}{:02}{:02}", day.year(), day.month(), day.day())
}

/// Text as a value (RFC 5545, 3.3.11): no control characters; commas, semicolons and backslashes escaped, line ends as `\n`.
fn escape(text: &str) -> String {
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| visible(line).replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,"))
        .collect();
    lines.join("\\n")
}

/// A content line of at most 75 octets (RFC 5545, 3.1), continued on lines that begin with a blank; characters stay whole.
fn fold(out: &mut String, line: &str) {
    let mut used = 0;
    for c in line.chars() {
        if used + c.len_utf8() > 75 {
            out.push_str("\r\n ");
            used = 1;
        }
        out.push(c);
        used += c.len_utf8();
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_folded_between_characters_and_values_are_escaped() {
        let mut out = String::new();
        fold(&mut out, &"ä".repeat(80));
        assert!(out.lines().all(|line| line.len() <= 75), "{out}");
        assert_eq!(out.replace("\r\n ", "").trim_end(), "ä".repeat(80));
        assert_eq!(escape("a,b;c\\d\ne\u{1b}"), "a\\,b\\;c\\\\d\\ne\\\\u{1b}");
    }
}
