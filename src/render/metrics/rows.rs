//! The rows of one metric enter; a chart and a list leave.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::super::markdown::escape;
use super::super::number::with_unit;
use super::super::paint::{Brush, Tone, pad, width, wrap};
use crate::history::Row;
use crate::history::report::Rows;
use crate::series::Standing;
use crate::series::measured::{DAY_MS, day_of};
use crate::series::standing::daily;
use crate::series::trend::thin;

/// Lines of the chart.
const HEIGHT: usize = 9;

/// The newest rows that are listed; `-v` lists all.
const LISTED: usize = 15;

pub(in crate::render) fn text(of: &Rows, verbose: bool, brush: Brush, out: &mut dyn Write) -> io::Result<()> {
    super::one(&of.metric, verbose, brush, out)?;
    let days = daily(&of.points.at, &of.points.values);
    if days.len() > 1 {
        writeln!(out)?;
        for line in chart(&days, &of.metric, brush) {
            writeln!(out, "  {line}")?;
        }
    }
    writeln!(out)?;
    let skipped = if verbose { 0 } else { of.rows.len().saturating_sub(LISTED) };
    if of.rows.is_empty() {
        let none = format!("nothing is recorded; `aipp metrics record {} VALUE` records a value", of.metric.id);
        return writeln!(out, "{}", brush.paint(Tone::Dim, &none));
    }
    let retracted = of.retracted();
    for row in of.rows.iter().rev().take(of.rows.len() - skipped) {
        list(row, retracted.contains(&row.id()), verbose, brush, out)?;
    }
    if skipped > 0 {
        let more = format!("and {skipped} older; -v lists all");
        writeln!(out, "{}", brush.paint(Tone::Dim, &more))?;
    }
    Ok(())
}

fn list(row: &Row, is_retracted: bool, verbose: bool, brush: Brush, out: &mut dyn Write) -> io::Result<()> {
    match row {
        Row::Sample(sample) => {
            let value = pad(&with_unit(sample.value, &sample.unit), 14);
            let note =
                sample.note.as_deref().filter(|note| !note.is_empty()).map(|n| format!("   {n}")).unwrap_or_default();
            let back = if is_retracted { "taken back; " } else { "" };
            let id = if verbose { format!("   {}", sample.id) } else { String::new() };
            let rest = format!("{back}{}, {}{note}{id}", sample.by, sample.source);
            writeln!(out, "{}  {value} {}", pad(&sample.at.to_string(), 20), brush.paint(Tone::Dim, &rest))
        }
        Row::Retraction(row) => {
            let said = format!("taken back on {} by {}: {}", day_of(row.recorded.as_millisecond()), row.by, row.reason);
            for line in wrap(&said, brush.look.width.saturating_sub(22).max(20)) {
                writeln!(out, "{}  {}", pad("", 20), brush.paint(Tone::Warn, &line))?;
            }
            Ok(())
        }
        Row::Rebaseline(row) => {
            let changes = row.before.clone().unwrap_or_default().differences(&row.after).join("; ");
            let said =
                format!("rebaseline: {changes}. {}, approved by {}", row.reason.trim_end_matches('.'), row.approver);
            let lines = wrap(&said, brush.look.width.saturating_sub(22).max(20));
            for (i, line) in lines.iter().enumerate() {
                let date = if i == 0 { row.date.to_string() } else { String::new() };
                writeln!(out, "{}  {}", pad(&date, 20), brush.paint(Tone::Warn, line))?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Points over time, with lines for the baseline and the target.
fn chart(days: &[(i64, f64)], standing: &Standing, brush: Brush) -> Vec<String> {
    let label = |value: f64| with_unit(value, &standing.unit);
    let marks: Vec<(f64, &str)> = [(standing.baseline, "baseline"), (standing.target, "target")]
        .into_iter()
        .filter_map(|(v, n)| Some((v?, n)))
        .collect();
    let values = days.iter().map(|d| d.1).chain(marks.iter().map(|m| m.0));
    let low = values.clone().fold(f64::INFINITY, f64::min);
    let high = values.fold(f64::NEG_INFINITY, f64::max);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the chart")]
    let line_of = |value: f64| {
        if high > low { ((high - value) / (high - low) * (HEIGHT - 1) as f64).round() as usize } else { HEIGHT / 2 }
    };
    let margin = [high, low].iter().chain(marks.iter().map(|m| &m.0)).map(|v| width(&label(*v))).max().unwrap_or(0);
    let columns = brush.look.width.saturating_sub(margin + 16).clamp(20, 100);
    let mut grid = vec![vec![" "; columns]; HEIGHT];
    for (value, _) in &marks {
        grid[line_of(*value)] = vec![brush.sign("┄", "."); columns];
    }
    let points: Vec<(f64, f64)> = days.iter().map(|(day, value)| (*day as f64, *value)).collect();
    let points = if points.len() > columns { thin(&points, columns) } else { points };
    let (first, last) = (days.first().map_or(0, |d| d.0), days.last().map_or(0, |d| d.0));
    for (day, value) in points {
        let span = (last - first).max(1) as f64;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within the chart")]
        let column = (((day - first as f64) / span) * (columns - 1) as f64).round() as usize;
        grid[line_of(value)][column.min(columns - 1)] = brush.sign("●", "o");
    }
    let mut lines: Vec<String> = grid
        .into_iter()
        .enumerate()
        .map(|(i, cells)| {
            let mark = marks.iter().find(|(value, _)| line_of(*value) == i);
            let value = match mark {
                Some((value, _)) => Some(*value),
                None if i == 0 => Some(high),
                None if i == HEIGHT - 1 => Some(low),
                None => None,
            };
            let value = value.map(label).unwrap_or_default();
            let name = mark.map(|(_, name)| format!(" {name}")).unwrap_or_default();
            format!("{}{value} {}{name}", " ".repeat(margin - width(&value)), cells.concat())
        })
        .collect();
    let (from, to) = (day_of(first * DAY_MS).to_string(), day_of(last * DAY_MS).to_string());
    let gap = columns.saturating_sub(width(&from) + width(&to)).max(1);
    lines.push(format!("{} {from}{}{to}", " ".repeat(margin), " ".repeat(gap)));
    lines
}

/// A table for documents.
pub(in crate::render) fn markdown(of: &Rows) -> String {
    let name = of.metric.name.as_deref().unwrap_or(&of.metric.id);
    let mut text = format!(
        "# {}\n\n{}: {}\n\n| at | value | by | source | note |\n|---|---|---|---|---|\n",
        escape(name),
        of.metric.state.name(),
        escape(&of.metric.because)
    );
    let retracted = of.retracted();
    for row in of.rows.iter().rev() {
        let _ = match row {
            Row::Retraction(r) => writeln!(
                text,
                "| {} | taken back | {} | {} | {} |",
                day_of(r.recorded.as_millisecond()),
                escape(&r.by),
                r.row,
                escape(&r.reason)
            ),
            Row::Sample(s) => writeln!(
                text,
                "| {} | {} | {} | {} | {} |",
                s.at,
                struck(&escape(&with_unit(s.value, &s.unit)), retracted.contains(&s.id)),
                escape(&s.by),
                escape(&s.source),
                escape(s.note.as_deref().unwrap_or_default())
            ),
            Row::Rebaseline(r) => writeln!(
                text,
                "| {} | rebaseline | {} | {} | {} |",
                r.date,
                escape(&r.approver),
                escape(&r.before.clone().unwrap_or_default().differences(&r.after).join("; ")),
                escape(&r.reason)
            ),
            _ => Ok(()),
        };
    }
    text
}

/// A value that does not count is struck out.
fn struck(text: &str, is: bool) -> String {
    if is { format!("~~{text}~~") } else { text.to_owned() }
}
