//! Checks enter; a catalogue, or one check explained, leaves.

use std::io::{self, Write};

use super::super::Explanation;
use super::super::paint::{Brush, Tone, cut, pad, width, wrap};
use crate::assess::{Assessment, CheckInfo};
use crate::checklist::{Check, Level};
use crate::evaluate::Status;
use crate::gate::phase_name;
use crate::report::source_name;

/// One check: why it matters, what counts, where the project stands, how to get there.
pub(super) fn explain(explanation: &Explanation<'_>, brush: Brush, out: &mut dyn Write) -> io::Result<()> {
    let check = explanation.check;
    let columns = brush.look.width;
    let paragraph = |out: &mut dyn Write, indent: usize, text: &str| -> io::Result<()> {
        for line in wrap(text, columns.saturating_sub(indent).max(20)) {
            writeln!(out, "{}{line}", " ".repeat(indent))?;
        }
        Ok(())
    };
    writeln!(out, "{}   {}", brush.paint(Tone::Bold, &check.id), brush.paint(Tone::Dim, &facts_line(check)))?;
    paragraph(out, 0, &check.question)?;
    if !check.why.is_empty() {
        writeln!(out, "\n{}", brush.paint(Tone::Bold, "Why it matters"))?;
        paragraph(out, 2, &check.why)?;
    }
    writeln!(out, "\n{}", brush.paint(Tone::Bold, "What counts"))?;
    for (level, text) in [
        (Level::Claimed, &check.wants.claimed),
        (Level::Documented, &check.wants.documented),
        (Level::Verified, &check.wants.verified),
    ] {
        let conditions = match level {
            Level::Claimed => &check.claimed,
            Level::Documented => &check.documented,
            _ => &check.verified,
        };
        // A check without prose shows what its conditions ask.
        let asked: Vec<&str> = conditions.iter().map(|c| c.that.as_str()).collect();
        let asked = asked.join("; ");
        let text = if text.is_empty() { &asked } else { text };
        if text.is_empty() {
            continue;
        }
        let reached = explanation.info().is_some_and(|i| i.level >= level);
        let (tone, mark) =
            if reached { (Tone::Good, brush.sign("✔", "+")) } else { (Tone::Dim, brush.sign("·", "-")) };
        let lines = wrap(text, columns.saturating_sub(16).max(20));
        for (i, line) in lines.iter().enumerate() {
            if i == 0 {
                writeln!(out, "  {} {}{line}", brush.paint(tone, mark), pad(level.name(), 12))?;
            } else {
                writeln!(out, "{}{line}", " ".repeat(16))?;
            }
        }
    }
    if let Some(info) = explanation.info() {
        standing(info, explanation.standing, brush, out)?;
    }
    writeln!(out, "\n{}", brush.paint(Tone::Bold, "How to get there"))?;
    paragraph(out, 2, &check.fix)?;
    if let Some(command) = explanation.info().and_then(|info| info.command.as_deref()) {
        paragraph(out, 2, &format!("Next: {command}"))?;
    }
    if !check.manifest.is_empty() {
        paragraph(out, 2, &format!("Manifest keys: {}", check.manifest.join(", ")))?;
    }
    let references: Vec<String> = check
        .references
        .iter()
        .filter(|(_, of)| !of.is_empty())
        .map(|(source, of)| format!("{}: {}", source_name(source), of.join(", ")))
        .collect();
    if !references.is_empty() {
        writeln!(out, "\n{}", brush.paint(Tone::Bold, "Where it comes from"))?;
        for reference in references {
            paragraph(out, 2, &reference)?;
        }
    }
    Ok(())
}

fn standing(info: &CheckInfo, of: Option<&Assessment>, brush: Brush, out: &mut dyn Write) -> io::Result<()> {
    let project = of.map(|a| a.project.name.clone()).unwrap_or_default();
    writeln!(out, "\n{}", brush.paint(Tone::Bold, &format!("Where {project} stands")))?;
    let needs = info.required.map(|r| format!(", needs {r}")).unwrap_or_default();
    let until = info.expires.map(|d| format!(", until {d}")).unwrap_or_default();
    let tone = match info.status {
        Status::Met => Tone::Good,
        Status::Unmet | Status::Unknown => Tone::Bad,
        Status::Waived | Status::NotApplicable | Status::NotDue => Tone::Plain,
    };
    writeln!(out, "  {} ({}){needs}{until}", brush.paint(tone, info.level.name()), info.status.name())?;
    for unmet in &info.unmet {
        let text = format!("{} {}: {}", brush.sign("✘", "x"), unmet.level, unmet.because);
        for line in wrap(&text, brush.look.width.saturating_sub(2).max(20)) {
            writeln!(out, "  {line}")?;
        }
    }
    for proof in &info.evidence {
        let line = proof.line.map(|l| format!(":{l}")).unwrap_or_default();
        let date = proof.date.map(|d| format!("  {d}")).unwrap_or_default();
        writeln!(out, "  {}", brush.paint(Tone::Dim, &format!("{}{line}{date}  ({})", proof.path, proof.origin)))?;
    }
    if let Some(place) = &info.location {
        let text = format!("{}:{}", place.path, place.line.unwrap_or(1));
        writeln!(out, "  {}", brush.paint(Tone::Dim, &text))?;
    }
    Ok(())
}

fn facts_line(check: &Check) -> String {
    let required = check.required.map_or("scored only", |r| match r.level() {
        Level::Verified => "requires verified",
        _ => "requires documented",
    });
    let waivable = if check.waivable { "" } else { ", cannot be waived" };
    let age = check.max_age.map(|d| format!(", evidence lasts {} days", d.0)).unwrap_or_default();
    let place = match &check.section {
        Some(section) => section.clone(),
        None => format!(
            "{}, due by {}, weight {}, {required}{waivable}",
            check.area(),
            phase_name(check.due()),
            check.weight
        ),
    };
    format!("{place}{age}")
}

/// The list of checks, by area or section.
pub(super) fn catalogue(checks: &[&Check], brush: Brush, out: &mut dyn Write) -> io::Result<()> {
    let mut group = String::new();
    for check in checks {
        let here = check.section.clone().unwrap_or_else(|| check.area().title().to_owned());
        if here != group {
            if !group.is_empty() {
                writeln!(out)?;
            }
            writeln!(out, "{}", brush.paint(Tone::Bold, &here))?;
            group = here;
        }
        let required = check.required.map_or("-", |r| r.level().name());
        let facts = match check.section {
            Some(_) => String::new(),
            None => format!("{} {:>2}  {}", pad(phase_name(check.due()), 11), check.weight, pad(required, 10)),
        };
        let room = brush.look.width.saturating_sub(2 + 28 + width(&facts) + 4);
        let title = if room < 24 { String::new() } else { cut(check.title(), room, brush.look) };
        writeln!(out, "  {}{}  {title}", pad(&check.id, 28), brush.paint(Tone::Dim, &facts))?;
    }
    writeln!(out)?;
    writeln!(out, "{}", brush.paint(Tone::Dim, &catalogue_filter_note(checks.len())))
}

/// The last line of a catalogue.
#[must_use]
pub fn catalogue_filter_note(count: usize) -> String {
    format!("{count} check{}; `aipp explain CHECK` says what each wants", if count == 1 { "" } else { "s" })
}
