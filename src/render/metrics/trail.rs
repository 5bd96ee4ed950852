//! Recorded assessments over time enter; a screen, a page or a table leaves.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::super::markdown::escape;
use super::super::paint::{Brush, Tone, cut, pad, wrap};
use super::super::word;
use super::sparkline;
use crate::history::trail::{Change, Entry, Trail};

/// The newest assessments that are shown; `-v` shows all.
const SHOWN: usize = 12;

/// Changes that are shown of one assessment; `-v` shows all.
const CHANGES: usize = 6;

fn score(score: Option<f64>) -> String {
    score.map_or_else(|| "-".to_owned(), |score| format!("{score:.0}"))
}

pub(in crate::render) fn text(of: &Trail, verbose: bool, brush: Brush, out: &mut dyn Write) -> io::Result<()> {
    let Some(project) = &of.project else {
        return writeln!(out, "nothing is recorded; `aipp assess --record` keeps an assessment");
    };
    let many = of.assessments.len();
    let counted = if many == 1 { "1 assessment".to_owned() } else { format!("{many} assessments") };
    let name = cut(project, brush.look.width.saturating_sub(24).max(16), brush.look);
    writeln!(out, "{}   {}", brush.paint(Tone::Bold, &name), brush.paint(Tone::Dim, &counted))?;
    writeln!(out)?;
    areas(of, brush, out)?;
    let skipped = if verbose { 0 } else { many.saturating_sub(SHOWN) };
    for entry in of.assessments.iter().rev().take(many - skipped) {
        writeln!(out)?;
        one(entry, verbose, brush, out)?;
    }
    if skipped > 0 {
        let more = format!("and {skipped} older; -v shows all");
        writeln!(out, "\n{}", brush.paint(Tone::Dim, &more))?;
    }
    Ok(())
}

/// One line each for headline, claim gap and every area: the course, the first value and the last.
fn areas(of: &Trail, brush: Brush, out: &mut dyn Write) -> io::Result<()> {
    let course = |pick: &dyn Fn(&Entry) -> Option<f64>| -> Vec<f64> {
        let all: Vec<f64> = of.assessments.iter().filter_map(pick).collect();
        all[all.len().saturating_sub(40)..].to_vec()
    };
    let mut line = |name: &str, tone: Tone, values: Vec<f64>| {
        let (Some(first), Some(last)) = (values.first(), values.last()) else { return Ok(()) };
        let moved = if values.len() > 1 {
            format!("{} {} ", score(Some(*first)), brush.sign("→", "->"))
        } else {
            String::new()
        };
        let name = pad(name, 16);
        let to = format!("{moved}{}", score(Some(*last)));
        writeln!(out, "  {} {}  {}", brush.paint(tone, &name), pad(&to, 12), sparkline(&values, brush))
    };
    line("headline", Tone::Bold, course(&|e| e.headline))?;
    line("claim gap", Tone::Bold, course(&|e| e.claim_gap))?;
    for area in of.areas() {
        line(&area, Tone::Plain, course(&|e| e.areas.get(&area).copied().flatten()))?;
    }
    Ok(())
}

fn one(entry: &Entry, verbose: bool, brush: Brush, out: &mut dyn Write) -> io::Result<()> {
    let weakest = entry.weakest.as_deref().map(|area| format!(" ({area})")).unwrap_or_default();
    let gate = entry.gate.as_ref().map(|gate| format!("   gate to {}: {}", gate.to, gate.verdict)).unwrap_or_default();
    let commit = entry.commit.as_deref().and_then(|id| id.get(..8)).map(|id| format!("   {id}")).unwrap_or_default();
    let head = format!("headline {}{weakest}   gap {}{gate}{commit}", score(entry.headline), score(entry.claim_gap));
    let date = entry.today.to_string();
    writeln!(out, "{}   {}", brush.paint(Tone::Bold, &date), brush.paint(Tone::Plain, &head))?;
    for note in &entry.notes {
        writeln!(out, "  {}", brush.paint(Tone::Dim, note))?;
    }
    let most = if verbose { usize::MAX } else { CHANGES };
    for change in entry.changes.iter().take(most) {
        let (tone, said) = said(change, brush);
        for (i, line) in wrap(&said, brush.look.width.saturating_sub(4).max(20)).iter().enumerate() {
            let indent = if i == 0 { "  " } else { "    " };
            writeln!(out, "{indent}{}", brush.paint(if i == 0 { tone } else { Tone::Dim }, line))?;
        }
    }
    let more = entry.changes.len().saturating_sub(most);
    if more > 0 {
        let more = format!("  and {more} more; -v shows all");
        writeln!(out, "{}", brush.paint(Tone::Dim, &more))?;
    }
    Ok(())
}

fn said(change: &Change, brush: Brush) -> (Tone, String) {
    let fell = change.to < change.from || word(&change.to) == "contradicted";
    let (tone, sign) = if fell { (Tone::Bad, brush.sign("▼", "-")) } else { (Tone::Good, brush.sign("▲", "+")) };
    let arrow = brush.sign("→", "->");
    let because = match &change.because {
        Some(because) if fell => format!(": {because}"),
        Some(because) => format!(" (was: {because})"),
        None => String::new(),
    };
    (tone, format!("{sign} {} {} {arrow} {}{because}", change.check, word(&change.from), word(&change.to)))
}

/// A table and what moved, for documents.
pub(in crate::render) fn markdown(of: &Trail) -> String {
    let areas = of.areas();
    let mut text = format!("# {} over time\n\n", escape(of.project.as_deref().unwrap_or("Assessments")));
    let names = areas.join(" | ");
    let _ = writeln!(text, "| day | headline | weakest | stated | proven | gap | {names} |");
    let _ = writeln!(text, "|---|---|---|---|---|---|{}", "---|".repeat(areas.len()));
    for entry in of.assessments.iter().rev() {
        let scores: Vec<String> = areas.iter().map(|area| score(entry.areas.get(area).copied().flatten())).collect();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            entry.today,
            score(entry.headline),
            escape(entry.weakest.as_deref().unwrap_or_default()),
            score(entry.stated),
            score(entry.proven),
            score(entry.claim_gap),
            scores.join(" | ")
        );
    }
    for entry in of.assessments.iter().rev().filter(|entry| !entry.changes.is_empty() || !entry.notes.is_empty()) {
        let _ = write!(text, "\n## {}\n\n", entry.today);
        for note in &entry.notes {
            let _ = writeln!(text, "- {}", escape(note));
        }
        for change in &entry.changes {
            let because = change.because.as_deref().map(|because| format!(": {}", escape(because))).unwrap_or_default();
            let _ =
                writeln!(text, "- {} {} → {}{because}", escape(&change.check), word(&change.from), word(&change.to));
        }
    }
    text
}

/// One row an assessment.
pub(in crate::render) fn csv(of: &Trail, out: &mut dyn Write) -> io::Result<()> {
    let areas = of.areas();
    let mut table = ::csv::WriterBuilder::new().terminator(::csv::Terminator::Any(b'\n')).from_writer(out);
    let fixed =
        ["today", "phase", "headline", "weakest", "stated", "proven", "claim_gap", "gate_to", "verdict", "commit"];
    table.write_record(fixed.iter().copied().chain(areas.iter().map(String::as_str))).map_err(io::Error::other)?;
    let number = |n: Option<f64>| n.map(|n| n.to_string()).unwrap_or_default();
    for entry in &of.assessments {
        let gate = entry.gate.as_ref();
        let fixed = [
            entry.today.to_string(),
            entry.phase.clone(),
            number(entry.headline),
            entry.weakest.clone().unwrap_or_default(),
            number(entry.stated),
            number(entry.proven),
            number(entry.claim_gap),
            gate.map(|g| g.to.clone()).unwrap_or_default(),
            gate.map(|g| g.verdict.clone()).unwrap_or_default(),
            entry.commit.clone().unwrap_or_default(),
        ];
        let scores = areas.iter().map(|area| number(entry.areas.get(area).copied().flatten()));
        table.write_record(fixed.into_iter().chain(scores)).map_err(io::Error::other)?;
    }
    table.flush()
}
