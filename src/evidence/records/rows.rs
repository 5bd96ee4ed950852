//! CSV files that teams keep (training, approvals, stages, adoption, messages, surveys, feedback) enter; dated records leave.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::DateTime;

use crate::evidence::people::who::{People, is_machine, is_placeholder};
use crate::evidence::{Found, View};
use crate::fact::{Leaf, Node, Origin, Record};
use crate::manifest::value::Day;

use super::drills::kebab;
use super::model::{
    AdoptionRow, ApprovalRow, FeedbackRow, MessageRow, Row as Columns, StageRow, SurveyRow, TrainingRow,
};
use super::read::Read;
use super::table::{Row, Table, day_of};
use super::{median, refuse};

/// More messages about one file than these are not given.
const MAX_MESSAGES: usize = 5;

pub(super) fn collect(view: &View<'_>, people: &People, found: &mut Found) {
    training(view, people, found);
    approvals(view, people, found);
    stages(view, found);
    adoption(view, found);
    messages(view, found);
    surveys(view, found);
    feedback(view, found);
}

/// Where rows of a kind are kept, and which facts rest on them.
struct Kind {
    folder: &'static str,
    stem: &'static str,
    facts: &'static str,
    also: &'static [&'static str],
}

/// The tables of a kind: `FOLDER/STEM*.csv`.
fn tables(view: &View<'_>, kind: &Kind, found: &mut Found) -> Vec<Table> {
    let mut tables = Vec::new();
    for file in view.tree.under(kind.folder) {
        let name = file.path.get(kind.folder.len() + 1..).unwrap_or_default();
        let lower = name.to_lowercase();
        if lower.contains('/')
            || !lower.starts_with(kind.stem)
            || !lower.ends_with(".csv")
            || view.tree.is_unfinished(file)
        {
            continue;
        }
        match Table::read(view.tree, file) {
            Ok(table) => tables.push(table),
            Err(error) => refuse(found, kind.facts, kind.also, *error),
        }
    }
    tables
}

/// The rows of a kind, typed. `needed` are the columns without which a file is no such file, each with its other names.
fn rows<T: Columns>(
    view: &View<'_>,
    kind: &Kind,
    needed: &[&[&str]],
    found: &mut Found,
    read: impl Fn(&Table, &Row) -> Read<T>,
) -> Vec<(T, Arc<Origin>)> {
    let mut typed = Vec::new();
    for table in tables(view, kind, found) {
        let missing = needed.iter().find_map(|names| table.needs(names, T::COLUMNS).err());
        if let Some(error) = missing {
            refuse(found, kind.facts, kind.also, *error);
            continue;
        }
        let mut errors = 0;
        for row in &table.rows {
            match read(&table, row) {
                Ok(value) => typed.push((value, table.origin(row))),
                Err(error) => {
                    errors += 1;
                    if errors <= MAX_MESSAGES {
                        refuse(found, kind.facts, kind.also, *error);
                    }
                }
            }
        }
    }
    typed
}

fn text(table: &Table, row: &Row, names: &[&str]) -> Option<String> {
    table.text(row, table.column(names)).map(str::to_owned)
}

fn required(table: &Table, row: &Row, names: &[&str]) -> Read<String> {
    let column = table.needs(names, names)?;
    table.given(row, column).map(str::to_owned)
}

fn required_day(table: &Table, row: &Row, names: &[&str]) -> Read<Day> {
    let column = table.needs(names, names)?;
    table.given_day(row, column)
}

/// Sets a fact, unless a malformed file has made it unknown.
fn put(found: &mut Found, path: &str, node: impl Into<Node>) {
    if !is_unknown(&found.facts, path) {
        found.facts.put(path, node);
    }
}

fn is_unknown(facts: &Record, path: &str) -> bool {
    match path.split_once('.') {
        Some((group, rest)) => matches!(facts.fields.get(group), Some(Node::Map(inner)) if is_unknown(inner, rest)),
        None => matches!(facts.fields.get(path), Some(Node::Leaf(Leaf::Unknown(_)))),
    }
}

const TRAINING: Kind = Kind { folder: "training", stem: "records", facts: "training.records", also: &[] };

fn training(view: &View<'_>, people: &People, found: &mut Found) {
    let person = &["person_ref", "person", "name"];
    let needed: &[&[&str]] = &[person, &["course"], &["completed_on", "date"], &["result"]];
    let rows = rows(view, &TRAINING, needed, found, |table, row| {
        Ok(TrainingRow {
            person_ref: required(table, row, person)?,
            role: text(table, row, &["role"]),
            course: required(table, row, &["course"])?,
            completed_on: table.day(row, table.column(&["completed_on", "date"]))?,
            result: text(table, row, &["result"]).unwrap_or_default(),
        })
    });
    let records = rows.into_iter().map(|(row, origin)| {
        let passed = matches!(row.result.to_lowercase().as_str(), "pass" | "passed" | "yes" | "true" | "ok");
        Record::new([
            // An empty date is said here: git's date would be another's.
            ("date", row.completed_on.into()),
            ("person", people.name_of(&row.person_ref).into()),
            ("role", row.role.into()),
            ("course", kebab(&row.course).into()),
            ("passed", (passed && row.completed_on.is_some()).into()),
        ])
        .from(&origin)
    });
    let records = Node::events(records.collect());
    put(found, "training.records", records);
}

const APPROVALS: Kind = Kind {
    folder: "records",
    stem: "approvals",
    facts: "approvals",
    also: &["approval_log.rows", "approval_log.self_approved", "approval_log.without_id", "approval_log.rubber_stamp"],
};

/// Decisions that take less than this, in the median, were not read.
const RUBBER_STAMP_SECONDS: f64 = 10.0;

/// Fewer decisions than these say nothing about a habit.
const RUBBER_STAMP_ROWS: usize = 20;

fn approvals(view: &View<'_>, people: &People, found: &mut Found) {
    let needed: &[&[&str]] =
        &[&["approval_id", "id"], &["action"], &["requested_by"], &["approved_by"], &["decision"], &["decided_at"]];
    let rows = rows(view, &APPROVALS, needed, found, |table, row| {
        for name in ["requested_at", "decided_at"] {
            if let Some(time) = table.text(row, table.column(&[name]))
                && Moment::of(time).is_none()
            {
                let message = format!("`{name}` is `{time}`, which is no time");
                return Err(table.error(row.line, message, "write for instance 2026-09-01T08:00:00Z"));
            }
        }
        let (asked, answered) = (text(table, row, &["requested_at"]), text(table, row, &["decided_at"]));
        if let (Some(asked), Some(answered)) = (&asked, &answered)
            && Moment::seconds_between(asked, answered).is_some_and(|seconds| seconds < 0.0)
        {
            let message = format!("it was decided ({answered}) before it was requested ({asked})");
            return Err(table.error(row.line, message, "correct one of the two"));
        }
        Ok(ApprovalRow {
            approval_id: text(table, row, &["approval_id", "id"]),
            action: required(table, row, &["action"])?,
            requested_by: required(table, row, &["requested_by"])?,
            approved_by: text(table, row, &["approved_by"]),
            decision: text(table, row, &["decision"]).unwrap_or_default(),
            requested_at: text(table, row, &["requested_at"]),
            decided_at: text(table, row, &["decided_at"]),
        })
    });
    let same = |row: &ApprovalRow| row.approved_by.as_deref().is_some_and(|by| people.same(by, &row.requested_by));
    let (mut self_approved, mut without_id, mut rejected, mut decided) = (0_usize, 0_usize, 0_usize, 0_usize);
    let mut seconds = Vec::new();
    let mut records = Vec::new();
    for (row, origin) in &rows {
        let decision = decision_word(&row.decision);
        let by = row.approved_by.as_deref().filter(|by| !is_placeholder(by) && !is_machine(by));
        self_approved += usize::from(same(row));
        without_id += usize::from(row.approval_id.as_deref().is_none_or(is_placeholder));
        rejected += usize::from(decision == "rejected");
        decided += usize::from(matches!(decision.as_str(), "approved" | "rejected"));
        if let (Some(asked), Some(answered)) = (&row.requested_at, &row.decided_at) {
            seconds.extend(Moment::seconds_between(asked, answered));
        }
        records.push(
            Record::new([
                ("date", row.decided_at.as_deref().and_then(day_of).into()),
                ("action", row.action.as_str().into()),
                ("id", row.approval_id.clone().into()),
                ("decision", decision.into()),
                ("second_person", (by.is_some() && !same(row)).into()),
            ])
            .from(origin),
        );
    }
    let hasty = median(seconds).is_some_and(|median| median < RUBBER_STAMP_SECONDS);
    put(found, "approval_log.rows", rows.len());
    put(found, "approval_log.self_approved", self_approved);
    put(found, "approval_log.without_id", without_id);
    put(found, "approval_log.rubber_stamp", decided >= RUBBER_STAMP_ROWS && rejected == 0 && hasty);
    put(found, "approvals", Node::events(records));
}

fn decision_word(text: &str) -> String {
    let lower = text.trim().to_lowercase();
    match lower.as_str() {
        "approve" | "approved" | "granted" | "allow" | "allowed" | "accepted" => "approved".to_owned(),
        "reject" | "rejected" | "deny" | "denied" | "declined" | "refused" => "rejected".to_owned(),
        _ => lower,
    }
}

/// A time in a log: with a zone, without one, or only a day.
enum Moment {
    Zoned(Timestamp),
    Plain(DateTime),
    Day,
}

impl Moment {
    fn of(text: &str) -> Option<Self> {
        day_of(text)?;
        if text.trim().len() == 10 {
            return Some(Self::Day);
        }
        let zoned = text.trim().parse::<Timestamp>().ok().map(Self::Zoned);
        zoned.or_else(|| text.trim().parse::<DateTime>().ok().map(Self::Plain))
    }

    fn seconds_between(from: &str, to: &str) -> Option<f64> {
        match (Self::of(from)?, Self::of(to)?) {
            (Self::Zoned(from), Self::Zoned(to)) => Some(to.duration_since(from).as_secs_f64()),
            (Self::Plain(from), Self::Plain(to)) => Some(to.duration_since(from).as_secs_f64()),
            _ => None,
        }
    }
}

const STAGES: Kind = Kind { folder: "rollout", stem: "stages", facts: "stages", also: &[] };

fn stages(view: &View<'_>, found: &mut Found) {
    let needed: &[&[&str]] = &[&["percent"], &["from"], &["metric"], &["value"]];
    let rows = rows(view, &STAGES, needed, found, |table, row| {
        let percent = table.number(row, Some(table.needs(&["percent"], StageRow::COLUMNS)?))?;
        let percent = percent.filter(|p| (0.0..=100.0).contains(p)).ok_or_else(|| {
            table.error(row.line, "`percent` is not a number between 0 and 100", "write for instance 10")
        })?;
        required_day(table, row, &["from"])?;
        table.day(row, table.column(&["to"]))?;
        let aborted = text(table, row, &["aborted"]).unwrap_or_default().to_lowercase();
        let aborted = match aborted.as_str() {
            "" | "no" | "n" | "false" | "0" => false,
            "yes" | "y" | "true" | "1" | "aborted" => true,
            other => {
                let message = format!("`aborted` is `{other}`");
                return Err(table.error(row.line, message, "write true or false"));
            }
        };
        Ok(StageRow {
            percent,
            from: required(table, row, &["from"])?,
            to: text(table, row, &["to"]),
            metric: text(table, row, &["metric"]),
            value: table.number(row, table.column(&["value"]))?,
            aborted,
        })
    });
    let records = rows.into_iter().map(|(row, origin)| {
        Record::new([
            ("date", day_of(&row.from).into()),
            ("percent", row.percent.into()),
            ("metric", row.metric.into()),
            ("value", row.value.into()),
            ("aborted", row.aborted.into()),
        ])
        .from(&origin)
    });
    let records = Node::events(records.collect());
    put(found, "stages", records);
}

const ADOPTION: Kind = Kind { folder: "metrics", stem: "adoption", facts: "adoption", also: &[] };

fn adoption(view: &View<'_>, found: &mut Found) {
    let at = &["at", "date"];
    let needed: &[&[&str]] = &[at, &["eligible"], &["active"]];
    let rows = rows(view, &ADOPTION, needed, found, |table, row| {
        let count = |name: &'static str| -> Read<Option<f64>> {
            let number = table.number(row, table.column(&[name]))?;
            match number {
                Some(n) if n < 0.0 => {
                    Err(table.error(row.line, format!("`{name}` is negative"), "write how many there were"))
                }
                number => Ok(number),
            }
        };
        let given = |name: &'static str| -> Read<f64> {
            count(name)?.ok_or_else(|| table.error(row.line, format!("`{name}` is empty in this row"), "fill it in"))
        };
        let read = AdoptionRow {
            at: required_day(table, row, at)?,
            eligible: given("eligible")?,
            active: given("active")?,
            overridden: count("overridden")?,
            bypassed: count("bypassed")?,
        };
        if read.active > read.eligible {
            let message = format!("{} active of {} eligible people", read.active, read.eligible);
            return Err(table.error(row.line, message, "count as eligible everybody who could use it"));
        }
        Ok(read)
    });
    let of = |part: Option<f64>, whole: f64| part.filter(|_| whole > 0.0).map(|part| part / whole);
    let records = rows.into_iter().map(|(row, origin)| {
        Record::new([
            ("date", row.at.into()),
            ("share", of(Some(row.active), row.eligible).into()),
            ("override_rate", of(row.overridden, row.active).into()),
            ("bypass_rate", of(row.bypassed, row.active).into()),
        ])
        .from(&origin)
    });
    let records = Node::events(records.collect());
    put(found, "adoption", records);
}

const MESSAGES: Kind = Kind { folder: "records", stem: "comms", facts: "comms", also: &[] };

fn messages(view: &View<'_>, found: &mut Found) {
    let date = &["date", "sent_on", "sent_at", "at"];
    let needed: &[&[&str]] = &[date, &["audience", "to", "group"]];
    let rows = rows(view, &MESSAGES, needed, found, |table, row| {
        Ok(MessageRow {
            date: required_day(table, row, date)?,
            audience: required(table, row, &["audience", "to", "group"])?,
            what: text(table, row, &["what", "subject", "message"]),
        })
    });
    let records = rows
        .into_iter()
        .map(|(row, origin)| Record::new([("date", row.date.into()), ("audience", row.audience.into())]).from(&origin));
    let records = Node::events(records.collect());
    put(found, "comms", records);
}

const SURVEYS: Kind = Kind { folder: "records", stem: "survey", facts: "surveys", also: &[] };

fn surveys(view: &View<'_>, found: &mut Found) {
    let date = &["date", "surveyed_on", "answered_on", "at"];
    let needed: &[&[&str]] = &[date, &["group", "audience"], &["stage"]];
    let rows = rows(view, &SURVEYS, needed, found, |table, row| {
        Ok(SurveyRow {
            date: required_day(table, row, date)?,
            group: required(table, row, &["group", "audience"])?,
            stage: text(table, row, &["stage"]).unwrap_or_default(),
        })
    });
    let records = rows.into_iter().map(|(row, origin)| {
        Record::new([
            ("date", row.date.into()),
            ("group", row.group.into()),
            ("stage", row.stage.to_lowercase().into()),
        ])
        .from(&origin)
    });
    let records = Node::events(records.collect());
    put(found, "surveys", records);
}

const FEEDBACK: Kind =
    Kind { folder: "records", stem: "feedback", facts: "feedback", also: &["feedback_log.median_triage_days"] };

fn feedback(view: &View<'_>, found: &mut Found) {
    let opened = &["opened_on", "opened", "created_at", "created_on", "date"];
    let triaged = &["triaged_on", "triaged", "triaged_at", "looked_at_on"];
    let needed: &[&[&str]] = &[opened, triaged];
    let rows = rows(view, &FEEDBACK, needed, found, |table, row| {
        let read = FeedbackRow {
            opened_on: required_day(table, row, opened)?,
            triaged_on: table.day(row, table.column(triaged))?,
            channel: text(table, row, &["channel", "source"]),
            text: text(table, row, &["text", "what", "comment"]),
        };
        if read.triaged_on.is_some_and(|triaged| triaged < read.opened_on) {
            return Err(table.error(row.line, "it was triaged before it was opened", "correct one of the two days"));
        }
        Ok(read)
    });
    let days = |from: Day, to: Day| super::days_between(from, to).map(|d| d as f64);
    let took: Vec<f64> = rows.iter().filter_map(|(r, _)| days(r.opened_on, r.triaged_on?)).collect();
    let waiting =
        rows.iter().filter(|(r, _)| r.triaged_on.is_none()).filter_map(|(r, _)| days(r.opened_on, view.today));
    // What still waits counts only once it waits longer than usual: a report of this morning is no quick answer.
    let usual = median(took.clone()).unwrap_or(0.0);
    let all = took.into_iter().chain(waiting.filter(|wait| *wait > usual)).collect();
    put(found, "feedback_log.median_triage_days", median(all));
    let records = rows.into_iter().map(|(row, origin)| {
        Record::new([
            ("date", row.opened_on.into()),
            ("triage_days", row.triaged_on.and_then(|triaged| days(row.opened_on, triaged)).into()),
        ])
        .from(&origin)
    });
    let records = records.chain(super::feedback_cases::collect(view)).collect();
    put(found, "feedback", Node::events(records));
}
