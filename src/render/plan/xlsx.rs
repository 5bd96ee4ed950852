//! A plan enters; a workbook leaves: the plan drawn as bars, the gates, and the criteria. The same plan gives the same bytes.

use std::io::{self, Write};

use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

use super::{conditions, count, days, month, planned, recurring, stretches, who};
use crate::diagnostic::{Look, visible};
use crate::gate::{phase_name, short};
use crate::manifest::value::Day;
use crate::plan::model::TaskInfo;
use crate::plan::recommend::Advice;
use crate::plan::{Plan, later};
use crate::render::View;
use crate::render::paint::wrap;

pub(in crate::render) fn write(view: &View<'_>, _: &Look, out: &mut dyn Write) -> io::Result<()> {
    let View::Plan { of, .. } = view else { return Ok(()) };
    let bytes = book(of).map_err(io::Error::other)?;
    out.write_all(&bytes)
}

/// Widths of columns whose text is wrapped, in characters.
const WHAT: u16 = 46;
const WHO: u16 = 22;
const EXIT: u16 = 34;
const OPENS: u16 = 100;
const SAID: u16 = 110;
/// Columns before the bars.
const LEFT: u16 = 8;
/// More weeks than these are not drawn; the dates are there.
const MAX_WEEKS: i64 = 260;

struct Looks {
    title: Format,
    head: Format,
    /// The name of a row.
    name: Format,
    text: Format,
    date: Format,
    /// A number or a word in the middle of its column.
    middle: Format,
    phase: Format,
    bar: Format,
    critical: Format,
    gate: Format,
    wrap: Format,
}

impl Looks {
    fn new() -> Self {
        let fill = |color: u32| Format::new().set_background_color(Color::RGB(color)).set_align(FormatAlign::Center);
        Self {
            title: Format::new().set_bold().set_font_size(14),
            head: Format::new().set_bold().set_border_bottom(FormatBorder::Thin).set_align(FormatAlign::Bottom),
            name: Format::new().set_bold().set_align(FormatAlign::Top),
            text: Format::new().set_align(FormatAlign::Top),
            date: Format::new().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Left).set_align(FormatAlign::Top),
            middle: Format::new().set_num_format("0").set_align(FormatAlign::Center).set_align(FormatAlign::Top),
            phase: Format::new().set_bold().set_background_color(Color::RGB(0x00E8_ECF1)),
            // The colors of the HTML page: apart in grey, too.
            bar: fill(0x00B8_C4D0),
            critical: fill(0x001F_4E79),
            gate: fill(0x001B_1F24).set_font_color(Color::White).set_bold(),
            wrap: Format::new().set_text_wrap().set_align(FormatAlign::Top),
        }
    }
}

fn book(plan: &Plan) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // The day of the plan, not the clock: the same inputs give the same bytes.
    let made = date(plan.today)?;
    let properties = DocProperties::new().set_title(visible(&plan.project.name)).set_author("aipp");
    book.set_properties(&properties.set_creation_datetime(&made));
    let looks = Looks::new();
    sheet_plan(book.add_worksheet(), plan, &looks)?;
    sheet_gates(book.add_worksheet(), plan, &looks)?;
    sheet_summary(book.add_worksheet(), plan, &looks)?;
    book.save_to_buffer()
}

fn date(day: Day) -> Result<ExcelDateTime, XlsxError> {
    let part = |n: i8| n.unsigned_abs();
    ExcelDateTime::from_ymd(day.0.year().unsigned_abs(), part(day.0.month()), part(day.0.day()))
}

/// A text as a string cell: never a formula, without control characters, within what a cell holds.
fn text(sheet: &mut Worksheet, row: u32, column: u16, value: &str, look: &Format) -> Result<(), XlsxError> {
    let value: String = visible(value).chars().take(32_000).collect();
    sheet.write_string_with_format(row, column, value, look).map(|_| ())
}

fn day(sheet: &mut Worksheet, row: u32, column: u16, value: Option<Day>, look: &Format) -> Result<(), XlsxError> {
    match value {
        Some(value) => sheet.write_datetime_with_format(row, column, date(value)?, look).map(|_| ()),
        None => Ok(()),
    }
}

/// Makes a row as high as its longest wrapped text, given as (text, width of its column in characters): programs that open the book
/// do not all do it. A line has 15 points; a row has 409 at most.
fn high(sheet: &mut Worksheet, row: u32, texts: &[(&str, usize)]) -> Result<(), XlsxError> {
    let lines = texts.iter().map(|(text, width)| wrap(text, width.saturating_sub(2).max(4)).len()).max().unwrap_or(1);
    let points = u16::try_from(lines.max(1) * 15).unwrap_or(u16::MAX).min(405);
    sheet.set_row_height(row, f64::from(points)).map(|_| ())
}

/// The Monday of the week of a day.
fn monday(day: jiff::civil::Date) -> jiff::civil::Date {
    let back = jiff::Span::new().days(i64::from(day.weekday().to_monday_zero_offset()));
    day.checked_sub(back).unwrap_or(day)
}

fn sheet_plan(sheet: &mut Worksheet, plan: &Plan, looks: &Looks) -> Result<(), XlsxError> {
    sheet.set_name("Plan")?;
    text(sheet, 0, 0, &plan.project.name, &looks.title)?;
    text(sheet, 1, 0, &plan.slip.message, &looks.text)?;
    let heads = ["Task", "What", "Who", "Start", "End", "Days", "Can move", "Done when"];
    for (column, head) in (0..).zip(heads) {
        text(sheet, 3, column, head, &looks.head)?;
    }
    for (column, width) in (0..).zip([8, WHAT, WHO, 11, 11, 6, 9, EXIT]) {
        sheet.set_column_width(column, f64::from(width))?;
    }
    let tasks = planned(plan);
    let first = monday(plan.calendar.from.0);
    let last = tasks.iter().filter_map(|t| t.end).max().map_or(first, |d| d.0);
    let weeks = (days(first, last) / 7 + 1).min(MAX_WEEKS);
    heads_of_weeks(sheet, first, weeks, looks)?;
    let mut row = 4;
    for phase in &plan.phases {
        let inside: Vec<&&TaskInfo> = tasks.iter().filter(|t| t.phase == phase.id).collect();
        if inside.is_empty() {
            continue;
        }
        let title = format!("{} ({}), {} of {} done", phase.title, phase_name(phase.id), phase.done, phase.tasks);
        text(sheet, row, 0, &title, &looks.phase)?;
        for column in 1..LEFT + u16::try_from(weeks).unwrap_or(u16::MAX) {
            sheet.write_blank(row, column, &looks.phase)?;
        }
        row += 1;
        for task in inside {
            line(sheet, row, task, first, weeks, looks)?;
            row += 1;
        }
    }
    row += 1;
    for (look, about) in [
        (&looks.critical, "moves a gate or the end when it moves"),
        (&looks.bar, "has room to move"),
        (&looks.gate, "gate or decision"),
    ] {
        sheet.write_blank(row, 0, look)?;
        text(sheet, row, 1, about, &looks.text)?;
        row += 1;
    }
    sheet.set_freeze_panes(4, 2)?;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_repeat_rows(3, 3)?;
    Ok(())
}

fn heads_of_weeks(sheet: &mut Worksheet, first: jiff::civil::Date, weeks: i64, looks: &Looks) -> Result<(), XlsxError> {
    let head = looks.head.clone().set_rotation(90);
    for week in 0..weeks {
        let Ok(start) = first.checked_add(jiff::Span::new().days(week * 7)) else { break };
        let column = LEFT + u16::try_from(week).unwrap_or_default();
        text(sheet, 3, column, &format!("{} {}", start.day(), month(start)), &head)?;
        sheet.set_column_width(column, 2.6)?;
    }
    sheet.set_row_height(3, 42)?;
    Ok(())
}

fn line(
    sheet: &mut Worksheet,
    row: u32,
    task: &TaskInfo,
    first: jiff::civil::Date,
    weeks: i64,
    looks: &Looks,
) -> Result<(), XlsxError> {
    text(sheet, row, 0, &task.id, &looks.text)?;
    let who = who(task);
    text(sheet, row, 1, &task.title, &looks.wrap)?;
    text(sheet, row, 2, &who, &looks.wrap)?;
    high(sheet, row, &[(&task.title, usize::from(WHAT)), (&who, usize::from(WHO)), (&task.exit, usize::from(EXIT))])?;
    day(sheet, row, 3, task.start, &looks.date)?;
    day(sheet, row, 4, task.end, &looks.date)?;
    sheet.write_number_with_format(row, 5, f64::from(task.days), &looks.middle)?;
    match task.slack {
        Some(0) => text(sheet, row, 6, "no", &looks.middle)?,
        Some(slack) => sheet.write_number_with_format(row, 6, f64::from(slack), &looks.middle).map(|_| ())?,
        None => {}
    }
    text(sheet, row, 7, &task.exit, &looks.wrap)?;
    for (start, end) in stretches(task) {
        let (mut from, to) = (days(first, start.0) / 7, days(first, end.0) / 7);
        if task.gate.is_some() {
            from = to;
        }
        for week in from..=to.min(weeks - 1) {
            let column = LEFT + u16::try_from(week).unwrap_or_default();
            match (task.gate.is_some(), task.critical) {
                (true, _) => text(sheet, row, column, "◆", &looks.gate)?,
                (false, true) => sheet.write_blank(row, column, &looks.critical).map(|_| ())?,
                (false, false) => sheet.write_blank(row, column, &looks.bar).map(|_| ())?,
            }
        }
    }
    Ok(())
}

fn sheet_gates(sheet: &mut Worksheet, plan: &Plan, looks: &Looks) -> Result<(), XlsxError> {
    sheet.set_name("Gates")?;
    for (column, (head, width)) in (0..).zip([
        ("Date", 11),
        ("Milestone", 26),
        ("In the playbook", 15),
        ("Slip", 16),
        ("Readiness then", 15),
        ("Floor", 7),
        ("Opens when", OPENS),
    ]) {
        text(sheet, 0, column, head, &looks.head)?;
        sheet.set_column_width(column, f64::from(width))?;
    }
    for (row, m) in (1..).zip(plan.milestones.iter().filter(|m| m.date.is_some())) {
        day(sheet, row, 0, m.date, &looks.date)?;
        text(sheet, row, 1, &m.title, &looks.wrap)?;
        day(sheet, row, 2, m.due, &looks.date)?;
        text(sheet, row, 3, &m.slip.map(later).unwrap_or_default(), &looks.wrap)?;
        text(sheet, row, 4, &m.forecast.map(short).unwrap_or_default(), &looks.middle)?;
        if let Some(floor) = m.floor {
            sheet.write_number_with_format(row, 5, f64::from(floor), &looks.middle)?;
        }
        let mut open = conditions(m);
        open.extend(m.expiring.iter().map(|e| format!("{} renewed (until {})", e.check, e.expires)));
        let open = open.join("; ");
        text(sheet, row, 6, &open, &looks.wrap)?;
        high(sheet, row, &[(&open, usize::from(OPENS))])?;
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    Ok(())
}

fn sheet_summary(sheet: &mut Worksheet, plan: &Plan, looks: &Looks) -> Result<(), XlsxError> {
    sheet.set_name("Decisions")?;
    sheet.set_column_width(0, 24)?;
    sheet.set_column_width(1, f64::from(SAID))?;
    let mut rows: Vec<(String, String)> = vec![
        ("Plan of".to_owned(), plan.today.to_string()),
        ("Calendar".to_owned(), plan.slip.message.clone()),
        (
            "Effort left".to_owned(),
            format!("{}, {}", count(plan.goal.open, "task"), count(plan.goal.days, "working day")),
        ),
        ("Last day".to_owned(), plan.goal.date.map(|d| d.to_string()).unwrap_or_default()),
    ];
    rows.extend(
        plan.decisions.iter().map(|d| ("Decide now".to_owned(), format!("{} ({}): {}", d.what, d.by, d.because))),
    );
    let advice = plan.recommendation.advice.map_or("none", Advice::name);
    rows.push(("Recommendation".to_owned(), format!("{advice}: {}", plan.recommendation.because)));
    for c in &plan.recommendation.criteria {
        rows.push((
            format!("{} criterion", c.kind.name()),
            format!("{}: {} ({})", c.text, c.outcome.name(), c.because),
        ));
    }
    rows.extend(plan.by.iter().map(|by| (format!("By {}", by.date), by.message.clone())));
    rows.extend(plan.by.iter().flat_map(|by| &by.options).map(|o| (String::new(), format!("{}: {}", o.text, o.date))));
    rows.extend(plan.cheapest.iter().map(|c| ("Cheapest way".to_owned(), c.message.clone())));
    for task in recurring(plan) {
        let start = task.start.map(|d| d.to_string()).unwrap_or_default();
        let what = format!("{} {}: {}, first on {start}", task.id, task.title, who(task));
        rows.push((format!("Comes back {}", task.recurs.unwrap_or_default()), what));
    }
    for (row, (name, value)) in (0..).zip(rows) {
        text(sheet, row, 0, &name, &looks.name)?;
        text(sheet, row, 1, &value, &looks.wrap)?;
        high(sheet, row, &[(&value, usize::from(SAID))])?;
    }
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    Ok(())
}
