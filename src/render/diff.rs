//! What moved between two assessments, or what holds of a statement, enters; a screen or a page leaves.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::markdown::escape;
use super::paint::{Brush, Tone, pad, width, wrap};
use crate::assess::baseline::BaselineInfo;
use crate::attest::Verification;
use crate::diff::{Change, CheckMove, Diff, NumberMove, Standing};
use crate::gate::short;

/// More moves than these are not shown without `-v`.
const MAX_MOVES: usize = 20;
/// More known gaps than these are not shown without `-v`.
const MAX_GAPS: usize = 8;

/// A number with its sign.
fn signed(change: f64) -> String {
    if change > 0.0 { format!("+{}", short(change)) } else { short(change) }
}

fn number(n: Option<f64>) -> String {
    n.map_or_else(|| "-".to_owned(), short)
}

/// Where a check stands, in a few words.
fn standing(of: Option<&Standing>) -> String {
    let Some(of) = of else { return "-".to_owned() };
    match of.status.as_str() {
        "met" | "unmet" | "not-due" => of.level.to_string(),
        other => format!("{} ({other})", of.level),
    }
}

/// The moves of every number that moved; the headline always.
fn moved(diff: &Diff) -> Vec<&NumberMove> {
    let all = diff.readiness.iter().chain(&diff.areas);
    all.filter(|m| m.id == "headline" || m.before != m.after).collect()
}

pub(super) fn text(diff: &Diff, verbose: bool, brush: Brush, out: &mut dyn Write) -> io::Result<()> {
    let arrow = brush.sign("→", "->");
    let (before, after) = (&diff.before, &diff.after);
    let title = format!("{}   {} {arrow} {}", after.project, before.label, after.label);
    writeln!(out, "{}", brush.paint(Tone::Bold, &title))?;
    let days = if before.today == after.today {
        format!("as of {}", after.today)
    } else {
        format!("{} {arrow} {}", before.today, after.today)
    };
    writeln!(out, "{}", brush.paint(Tone::Dim, &days))?;
    for note in &diff.notes {
        for line in wrap(note, brush.look.width) {
            writeln!(out, "{}", brush.paint(Tone::Warn, &line))?;
        }
    }
    writeln!(out)?;
    if diff.is_empty() {
        return writeln!(out, "Nothing moved");
    }
    for row in moved(diff) {
        let change = row.change.unwrap_or(0.0);
        let tone = match change {
            // A smaller claim gap is the better one.
            c if (c > 0.0) == (row.id != "claim_gap") && c != 0.0 => Tone::Good,
            0.0 => Tone::Dim,
            _ => Tone::Bad,
        };
        let name = if diff.areas.iter().any(|a| a.id == row.id) { &row.id } else { &row.title };
        writeln!(
            out,
            "  {} {:>5} {arrow} {:>5}   {}",
            pad(name, 16),
            number(row.before),
            number(row.after),
            brush.paint(tone, &row.change.map_or_else(String::new, signed))
        )?;
    }
    verdict(diff, brush, out)?;
    for sign in &diff.signs {
        let (tone, mark, word) = if sign.ready {
            (Tone::Good, brush.sign("✔", "+"), "ready now")
        } else {
            (Tone::Bad, brush.sign("✘", "x"), "no longer ready")
        };
        writeln!(out, "  {} {}   {word}", brush.paint(tone, mark), sign.title)?;
    }
    checks(diff, verbose, brush, out)?;
    for metric in &diff.metrics {
        let value = |v: &Option<String>| v.clone().unwrap_or_else(|| "-".to_owned());
        let text = format!("{} {}: {} {arrow} {}", metric.id, metric.what, value(&metric.before), value(&metric.after));
        writeln!(out, "  {}", brush.paint(Tone::Plain, &text))?;
    }
    Ok(())
}

fn verdict(diff: &Diff, brush: Brush, out: &mut dyn Write) -> io::Result<()> {
    let (Some(was), Some(is)) = (&diff.before.verdict, &diff.after.verdict) else { return Ok(()) };
    let to = diff.after.to.clone().unwrap_or_default();
    let reasons = &diff.reasons;
    let text = match (was == is, is.as_str()) {
        (true, "open") => format!("Gate to {to}: open, as before"),
        (true, _) => format!(
            "Gate to {to}: closed, as before; {} reasons came, {} went, {} stayed",
            reasons.came.len(),
            reasons.went.len(),
            reasons.stayed
        ),
        (false, _) => format!("Gate to {to}: {was} before, {is} now"),
    };
    let tone = if is == "open" { Tone::Good } else { Tone::Bad };
    writeln!(out, "\n{}", brush.paint(tone, &text))
}

fn checks(diff: &Diff, verbose: bool, brush: Brush, out: &mut dyn Write) -> io::Result<()> {
    let arrow = brush.sign("→", "->");
    for (change, heading, tone, mark) in [
        (Change::Worse, "Worse", Tone::Bad, brush.sign("✘", "x")),
        (Change::Better, "Better", Tone::Good, brush.sign("✔", "+")),
        (Change::Asked, "Asked in another way", Tone::Warn, brush.sign("○", "o")),
        (Change::Added, "Added", Tone::Plain, "+"),
        (Change::Removed, "Removed", Tone::Warn, "-"),
    ] {
        let of: Vec<&CheckMove> = diff.checks.iter().filter(|c| c.change == change).collect();
        if of.is_empty() {
            continue;
        }
        writeln!(out, "\n{}", brush.paint(Tone::Bold, &format!("{heading} ({})", of.len())))?;
        let shown = if verbose { of.len() } else { of.len().min(MAX_MOVES) };
        for check in of.iter().take(shown) {
            let levels = match change {
                Change::Added => standing(check.after.as_ref()),
                Change::Removed => standing(check.before.as_ref()),
                _ => format!("{} {arrow} {}", standing(check.before.as_ref()), standing(check.after.as_ref())),
            };
            writeln!(out, "  {} {}{levels}", brush.paint(tone, mark), pad(&check.id, 28))?;
            for because in &check.because {
                for line in wrap(because, brush.look.width.saturating_sub(6).max(20)) {
                    writeln!(out, "      {}", brush.paint(Tone::Dim, &line))?;
                }
            }
        }
        if shown < of.len() {
            let text = format!("    and {} more; -v shows all", of.len() - shown);
            writeln!(out, "{}", brush.paint(Tone::Dim, &text))?;
        }
    }
    Ok(())
}

pub(super) fn markdown(diff: &Diff) -> String {
    let mut text = String::new();
    let (before, after) = (&diff.before, &diff.after);
    let _ = writeln!(
        text,
        "### {}: readiness, {} → {}\n",
        escape(&after.project),
        escape(&before.label),
        escape(&after.label)
    );
    if let (Some(was), Some(is)) = (&before.verdict, &after.verdict) {
        let to = after.to.clone().unwrap_or_default();
        let was = if was == is { "as before".to_owned() } else { format!("{was} before") };
        let _ = writeln!(text, "**Gate to {to}: {is}** ({was})\n");
    }
    for note in &diff.notes {
        let _ = writeln!(text, "> {}\n", escape(note));
    }
    if diff.is_empty() {
        text.push_str("Nothing moved.\n");
        return text;
    }
    text.push_str("| | before | after | change |\n|---|---:|---:|---:|\n");
    for row in moved(diff) {
        let change = row.change.map_or_else(String::new, signed);
        let _ =
            writeln!(text, "| {} | {} | {} | {change} |", escape(&row.title), number(row.before), number(row.after));
    }
    for sign in &diff.signs {
        let word = if sign.ready { "ready now" } else { "no longer ready" };
        let _ = write!(text, "\n- sign: {}, {word}", escape(&sign.title));
    }
    for (change, heading) in [
        (Change::Worse, "Worse"),
        (Change::Better, "Better"),
        (Change::Asked, "Asked in another way"),
        (Change::Added, "Added"),
        (Change::Removed, "Removed"),
    ] {
        let of: Vec<&CheckMove> = diff.checks.iter().filter(|c| c.change == change).collect();
        if of.is_empty() {
            continue;
        }
        let _ = writeln!(text, "\n#### {heading} ({})\n", of.len());
        for check in of {
            let because = check.because.iter().map(|b| escape(b)).collect::<Vec<_>>().join("; ");
            let because = if because.is_empty() { because } else { format!(": {because}") };
            let levels = format!("{} → {}", standing(check.before.as_ref()), standing(check.after.as_ref()));
            let _ = writeln!(text, "- `{}` {levels}{because}", check.id);
        }
    }
    if !diff.metrics.is_empty() {
        text.push_str("\n#### Metrics\n\n");
        for metric in &diff.metrics {
            let value = |v: &Option<String>| v.as_ref().map_or_else(|| "-".to_owned(), |v| escape(v));
            let (was, is) = (value(&metric.before), value(&metric.after));
            let _ = writeln!(text, "- {} {}: {was} → {is} {}", escape(&metric.id), metric.what, escape(&metric.unit));
        }
    }
    text
}

/// The lines below a gate that was judged against a baseline.
pub(super) fn baseline(of: &BaselineInfo, verbose: bool, brush: Brush, out: &mut dyn Write) -> io::Result<()> {
    let without = of.verdict_without.name();
    let text = format!("Against the baseline {} of {}; without it the gate is {without}", of.source, of.today);
    for line in wrap(&text, brush.look.width) {
        writeln!(out, "{}", brush.paint(Tone::Dim, &line))?;
    }
    for gap in &of.mended {
        let name = gap.check.clone().unwrap_or_else(|| "the headline".to_owned());
        let text = format!("mended; it was known since {}", gap.since);
        writeln!(out, "  {} {}{text}", brush.paint(Tone::Good, brush.sign("✔", "+")), pad(&name, 28))?;
    }
    if of.known.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", brush.paint(Tone::Bold, &format!("Known gaps ({})", of.known.len())))?;
    let shown = if verbose { of.known.len() } else { of.known.len().min(MAX_GAPS) };
    for gap in of.known.iter().take(shown) {
        let name = gap.check.clone().unwrap_or_else(|| gap.code.name().to_owned());
        let age = if gap.age_days == 0 { "new".to_owned() } else { format!("{} d", gap.age_days) };
        let left = format!("  {} {}{}", brush.sign("○", "o"), pad(&name, 28), pad(&age, 7));
        let room = brush.look.width.saturating_sub(width(&left)).max(20);
        let first = wrap(&gap.message, room).into_iter().next().unwrap_or_default();
        writeln!(out, "{left}{}", brush.paint(Tone::Dim, &first))?;
    }
    if shown < of.known.len() {
        let text = format!("    and {} more; -v shows all", of.known.len() - shown);
        writeln!(out, "{}", brush.paint(Tone::Dim, &text))?;
    }
    Ok(())
}

/// The same, for a page.
pub(super) fn baseline_markdown(of: &BaselineInfo) -> String {
    let mut text = format!(
        "\nAgainst the baseline {} of {}; without it the gate is {}.\n",
        escape(&of.source),
        of.today,
        of.verdict_without.name()
    );
    for gap in &of.mended {
        let name = gap.check.as_deref().unwrap_or("headline");
        let _ = write!(text, "\n- mended: `{name}`, known since {}", gap.since);
    }
    for gap in &of.known {
        let name = gap.check.as_deref().unwrap_or(gap.code.name());
        let _ = write!(text, "\n- known for {} days: `{name}` {}", gap.age_days, escape(&gap.message));
    }
    text.push('\n');
    text
}

pub(super) fn verification(of: &Verification, brush: Brush, out: &mut dyn Write) -> io::Result<()> {
    let stated = &of.stated;
    let (tone, word) = if of.holds { (Tone::Good, "holds") } else { (Tone::Bad, "does not hold") };
    let gate =
        format!("{}: the gate to {} is {} as of {}", stated.project, stated.to.name(), stated.verdict, stated.today);
    writeln!(out, "{}", brush.paint(Tone::Bold, &gate))?;
    writeln!(out, "{}", brush.paint(tone, &format!("The statement {word}")))?;
    if stated.dirty && of.holds {
        let text = "Files were changed and not committed when it was made; the commit does not tell all";
        writeln!(out, "{}", brush.paint(Tone::Warn, text))?;
    }
    for difference in &of.differences {
        let value = |v: &Option<String>| v.clone().unwrap_or_else(|| "nothing".to_owned());
        let text = format!("stated {}, is {}", value(&difference.stated), value(&difference.is));
        let room = brush.look.width.saturating_sub(6).max(20);
        writeln!(
            out,
            "  {} {}",
            brush.paint(Tone::Bad, brush.sign("✘", "x")),
            brush.paint(Tone::Plain, &difference.what)
        )?;
        for line in wrap(&text, room) {
            writeln!(out, "      {line}")?;
        }
    }
    Ok(())
}

pub(super) fn verification_markdown(of: &Verification) -> String {
    let word = if of.holds { "holds" } else { "does not hold" };
    let stated = &of.stated;
    let mut text = format!(
        "**The statement {word}**: {}, the gate to {} is {} as of {}.\n",
        escape(&stated.project),
        stated.to.name(),
        escape(&stated.verdict),
        stated.today
    );
    for difference in &of.differences {
        let value = |v: &Option<String>| v.as_ref().map_or_else(|| "nothing".to_owned(), |v| escape(v));
        let (was, is) = (value(&difference.stated), value(&difference.is));
        let _ = write!(text, "\n- {}: stated {was}, is {is}", escape(&difference.what));
    }
    if !of.differences.is_empty() {
        text.push('\n');
    }
    text
}
