//! A report enters; its first page for a terminal, or the whole of it as Markdown, leaves. Everything untrusted is escaped.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::markdown::escape;
use super::paint::{Brush, Tone as Paint, wrap};
use super::word;
use crate::assess::{Assessment, CheckInfo};
use crate::checklist::Level;
use crate::diagnostic::visible;
use crate::gate::short;
use crate::manifest::value::Day;
use crate::quantity::with_unit;
use crate::report::{Asked, Report, Summary, Tone, written};

/// The first page, for a terminal.
pub(super) fn screen(of: &Report, brush: Brush, out: &mut dyn Write) -> io::Result<()> {
    let s = &of.summary;
    let width = brush.look.width.clamp(40, 100);
    let paragraph = |indent: usize, tone: Paint, text: &str, out: &mut dyn Write| -> io::Result<()> {
        for line in wrap(&visible(text), width - indent) {
            writeln!(out, "{:indent$}{}", "", brush.paint(tone, &line))?;
        }
        Ok(())
    };
    let name = format!("{}: readiness report, {}", of.assessment.project.name, written(of.assessment.today));
    paragraph(0, Paint::Bold, &name, out)?;
    if let Some(case) = &s.case {
        paragraph(0, Paint::Plain, case, out)?;
    }
    paragraph(0, Paint::Plain, &s.stage, out)?;
    writeln!(out)?;
    let tone = match s.verdict.tone {
        Tone::Good => Paint::Good,
        Tone::Bad => Paint::Bad,
        Tone::Warn | Tone::Plain => Paint::Plain,
    };
    paragraph(0, tone, &s.verdict.title, out)?;
    for line in &s.verdict.lines {
        paragraph(2, Paint::Plain, line, out)?;
    }
    writeln!(out)?;
    for tile in &s.tiles {
        paragraph(0, Paint::Plain, &format!("{}: {} {}", tile.label, tile.number, tile.note), out)?;
    }
    if !s.blockers.is_empty() {
        writeln!(out)?;
        paragraph(0, Paint::Bold, "What stands in the way", out)?;
    }
    for b in &s.blockers {
        let who = b.owner.as_ref().map(|owner| format!(" ({owner})")).unwrap_or_default();
        paragraph(2, Paint::Plain, &format!("{}: {} {}{who}", b.title, b.missing, b.action), out)?;
    }
    if s.more_blockers > 0 {
        paragraph(2, Paint::Plain, &format!("and {} more", s.more_blockers), out)?;
    }
    writeln!(out)?;
    paragraph(0, Paint::Bold, "What to decide now", out)?;
    for line in decisions(s) {
        paragraph(2, Paint::Plain, &line, out)?;
    }
    Ok(())
}

/// What to decide, a line each.
fn decisions(s: &Summary) -> Vec<String> {
    let mut lines: Vec<String> = s
        .decisions
        .iter()
        .map(|item| {
            let by = item.by.as_ref().map(|by| format!(" ({by})")).unwrap_or_default();
            format!("{} {}{by}", item.what, item.why)
        })
        .collect();
    if lines.is_empty() {
        lines.push("Nothing waits for a decision.".to_owned());
    }
    if s.more_decisions > 0 {
        lines.push(format!("And {} more.", s.more_decisions));
    }
    lines.extend(s.advice.clone());
    lines
}

/// The whole report, as Markdown.
pub(super) fn page(of: &Report) -> String {
    let (a, s) = (&of.assessment, &of.summary);
    let mut text = String::new();
    let _ = writeln!(text, "# {}: readiness report, {}\n", escape(&a.project.name), written(a.today));
    let case = s.case.as_deref().unwrap_or("The business case is not written down in one sentence.");
    let _ = writeln!(text, "{}\n\n{}\n", escape(case), escape(&s.stage));
    for person in &s.people {
        let _ = writeln!(text, "- {}: {}", person.role, escape(&person.name));
    }
    let _ = writeln!(text, "\n**{}**\n", escape(&s.verdict.title));
    for line in &s.verdict.lines {
        let _ = writeln!(text, "{}\n", escape(line));
    }
    text.push_str("| | | |\n|---|---:|---|\n");
    for tile in &s.tiles {
        let _ = writeln!(text, "| {} | {} | {} |", tile.label, escape(&tile.number), escape(&tile.note));
    }
    text.push_str("\n## What to decide now\n\n");
    for line in decisions(s) {
        let _ = writeln!(text, "- {}", escape(&line));
    }
    way(&mut text, a, s);
    stands(&mut text, a);
    metrics(&mut text, a);
    trend(&mut text, of);
    text.push('\n');
    text.push_str(&super::plan::markdown::page(&of.plan).replace("\n## ", "\n### ").replacen("# ", "## ", 1));
    waivers(&mut text, a);
    appendix(&mut text, a, &of.sources);
    text
}

fn way(text: &mut String, a: &Assessment, s: &Summary) {
    if !s.blockers.is_empty() {
        text.push_str("\n## What stands in the way\n\n| what is to hold | what is missing | what to do | who | days |\n|---|---|---|---|---:|\n");
        for b in &s.blockers {
            let days = b.days.map_or_else(|| "-".to_owned(), |d| d.to_string());
            let (title, missing, action) = (escape(&b.title), escape(&b.missing), escape(&b.action));
            let _ = writeln!(
                text,
                "| {title} | {missing} | {action} | {} | {days} |",
                escape(b.owner.as_deref().unwrap_or("-"))
            );
        }
        if s.more_blockers > 0 {
            let _ = writeln!(text, "\nAnd {} more, in the appendix.", s.more_blockers);
        }
    }
    if !a.open_questions.is_empty() {
        text.push_str("\n## What only people can answer\n\n");
        for q in &a.open_questions {
            let _ = writeln!(text, "- {}", escape(&q.question));
        }
    }
}

fn stands(text: &mut String, a: &Assessment) {
    text.push_str("\n## Where it stands\n\n| area | proven | stated |\n|---|---:|---:|\n");
    let number = |n: Option<f64>| n.map_or_else(|| "-".to_owned(), short);
    for area in &a.areas {
        let _ = writeln!(text, "| {} | {} | {} |", area.title, number(area.score), number(area.stated));
    }
    text.push_str("\n| sign | ready |\n|---|---|\n");
    for sign in &a.signs {
        let _ = writeln!(text, "| {} | {} |", sign.title, if sign.ready { "yes" } else { "not yet" });
    }
}

fn metrics(text: &mut String, a: &Assessment) {
    if a.metrics.is_empty() {
        return;
    }
    text.push_str("\n## Metrics\n\n| metric | baseline | now | target | by | projected | state | why |\n|---|---:|---:|---:|---|---|---|---|\n");
    for m in &a.metrics {
        let figure = |n: Option<f64>| n.map_or_else(|| "-".to_owned(), |n| escape(&with_unit(n, &m.unit)));
        let by = m.deadline.map_or_else(|| "-".to_owned(), |d| d.to_string());
        let name = escape(m.name.as_deref().unwrap_or(&m.id));
        let (baseline, now, target) = (figure(m.baseline), figure(m.now), figure(m.target));
        let day = |day: Option<Day>| day.map_or_else(|| "never".to_owned(), |day| day.to_string());
        let between = m.interval.map(|[early, late]| format!(" ({} to {})", day(early), day(late)));
        let projected = m.projected.map_or_else(|| "-".to_owned(), |at| format!("{at}{}", between.unwrap_or_default()));
        let (state, why) = (word(&m.state), escape(&m.because));
        let _ = writeln!(text, "| {name} | {baseline} | {now} | {target} | {by} | {projected} | {state} | {why} |");
    }
}

fn trend(text: &mut String, of: &Report) {
    if of.trend.len() < 2 {
        return;
    }
    text.push_str("\n## Since the last assessments\n\n| date | readiness | proven | stated |\n|---|---:|---:|---:|\n");
    let number = |n: Option<f64>| n.map_or_else(|| "-".to_owned(), short);
    for p in &of.trend {
        let _ = writeln!(text, "| {} | {} | {} | {} |", p.date, number(p.headline), number(p.mean), number(p.stated));
    }
}

fn waivers(text: &mut String, a: &Assessment) {
    if a.waivers.is_empty() {
        return;
    }
    text.push_str("\n## Waivers\n\n| check | state | until | accepted by | why | risk meanwhile | control |\n|---|---|---|---|---|---|---|\n");
    for w in &a.waivers {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            escape(&w.check),
            word(&w.state),
            w.expires,
            escape(&w.approver),
            escape(&w.reason),
            escape(&w.residual_risk),
            escape(&w.control)
        );
    }
}

fn appendix(text: &mut String, a: &Assessment, sources: &[Asked]) {
    text.push_str("\n## Every check\n\n| check | level | required | status | evidence | what is missing | source |\n|---|---|---|---|---|---|---|\n");
    for check in &a.checks {
        let required = check.required.map_or("-", Level::name);
        let missing: Vec<String> = check.unmet.iter().map(|u| format!("{}: {}", u.level, escape(&u.because))).collect();
        let source = sources.iter().find(|s| s.check == check.id).map(|s| escape(&s.references.join("; ")));
        let _ = writeln!(
            text,
            "| {} ({}) | {} | {required} | {} | {} | {} | {} |",
            escape(&check.title),
            escape(&check.id),
            check.level,
            check.status.name(),
            evidence(check),
            missing.join("; "),
            source.unwrap_or_default()
        );
    }
    let _ = writeln!(
        text,
        "\nMade by aipp {} from catalogue {} ({}) for {}.",
        a.tool.version, a.catalogue.version, a.catalogue.sha256, a.today
    );
}

fn evidence(check: &CheckInfo) -> String {
    let item = |e: &crate::assess::EvidenceInfo| {
        let line = e.line.map(|line| format!(":{line}")).unwrap_or_default();
        let date = e.date.map(|day| format!(" ({day})")).unwrap_or_default();
        format!("{}{line}{date}", escape(&e.path))
    };
    check.evidence.iter().map(item).collect::<Vec<_>>().join("; ")
}
