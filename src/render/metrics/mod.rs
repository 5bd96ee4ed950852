//! Where metrics stand enters; a screen or a page leaves. The rows of one metric, an export and recorded assessments have their own files.

pub(super) mod export;
pub(super) mod rows;
pub(super) mod trail;

use std::fmt::Write as _;
use std::io::{self, Write};

use super::markdown::escape;
use super::number::{self, with_unit};
use super::paint::{Brush, Tone, cut, pad, wrap};
use crate::history::report::{MetricsStatus, Written};
use crate::series::{Standing, State};

/// The tone of a word.
pub(super) const fn tone(state: State) -> Tone {
    match state {
        State::Met | State::OnTrack => Tone::Good,
        State::AtRisk | State::Stale | State::NoData => Tone::Warn,
        State::OffTrack | State::Regressed => Tone::Bad,
    }
}

/// A line of little bars.
pub(super) fn sparkline(values: &[f64], brush: Brush) -> String {
    const BARS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
    const ASCII: [&str; 8] = ["_", "_", ".", ".", "-", "-", "^", "^"];
    let bars = if brush.look.unicode { BARS } else { ASCII };
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let bar = |value: &f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 7")]
        let at = if high > low { ((value - low) / (high - low) * 7.0).round() as usize } else { 3 };
        bars[at.min(7)]
    };
    values.iter().map(bar).collect()
}

pub(super) fn text(of: &MetricsStatus, verbose: bool, brush: Brush, out: &mut dyn Write) -> io::Result<()> {
    let day = of.today.to_string();
    let heading = cut(&of.project, brush.look.width.saturating_sub(40).max(16), brush.look);
    let counted = counts(&of.metrics);
    writeln!(out, "{}   {}   {}", brush.paint(Tone::Bold, &heading), brush.paint(Tone::Dim, &day), counted)?;
    for standing in &of.metrics {
        writeln!(out)?;
        one(standing, verbose, brush, out)?;
    }
    Ok(())
}

/// `2 on-track, 1 met`, worst first.
fn counts(standings: &[Standing]) -> String {
    let order =
        [State::Regressed, State::OffTrack, State::AtRisk, State::Stale, State::NoData, State::OnTrack, State::Met];
    let parts = order.iter().filter_map(|state| {
        let n = standings.iter().filter(|s| s.state == *state).count();
        (n > 0).then(|| format!("{n} {}", state.name()))
    });
    let text = parts.collect::<Vec<_>>().join(", ");
    if text.is_empty() { "no metric is declared".to_owned() } else { text }
}

/// One metric: its word, its way, its rates, and why.
pub(super) fn one(standing: &Standing, verbose: bool, brush: Brush, out: &mut dyn Write) -> io::Result<()> {
    let width = brush.look.width;
    let name = standing.name.as_deref().unwrap_or_default();
    let name = cut(name, width.saturating_sub(38).max(10), brush.look);
    let word = pad(standing.state.name(), 10);
    let id = pad(&standing.id, 20);
    writeln!(
        out,
        "{} {} {}",
        brush.paint(tone(standing.state), &word),
        brush.paint(Tone::Bold, &id),
        brush.paint(Tone::Dim, &name)
    )?;
    let arrow = brush.sign("→", "->");
    writeln!(out, "  {}", way(standing, arrow))?;
    if let Some(share) = standing.share {
        let (full, empty) = brush.bar((share * 100.0).clamp(0.0, 100.0), 20);
        let spark = sparkline(&standing.course, brush);
        writeln!(
            out,
            "  {}{} {:>4.0} % of the way   {spark}",
            brush.paint(tone(standing.state), &full),
            brush.paint(Tone::Dim, &empty),
            share * 100.0
        )?;
    } else if !standing.course.is_empty() {
        writeln!(out, "  {}", sparkline(&standing.course, brush))?;
    }
    if let Some(rates) = rates(standing) {
        writeln!(out, "  {rates}")?;
    }
    for line in wrap(&standing.because, width.saturating_sub(2)) {
        writeln!(out, "  {}", brush.paint(Tone::Dim, &line))?;
    }
    if let Some(guard) = guard(standing) {
        let tone = if standing.guardrail.as_ref().is_some_and(|g| g.breached) { Tone::Bad } else { Tone::Dim };
        for line in wrap(&guard, width.saturating_sub(2)) {
            writeln!(out, "  {}", brush.paint(tone, &line))?;
        }
    }
    if verbose && let Some(last) = standing.last {
        let measured = format!("{} measurements, the newest of {last}", standing.samples);
        writeln!(out, "  {}", brush.paint(Tone::Dim, &measured))?;
    }
    Ok(())
}

/// `12 min → 5.1 min → 2 min by 2026-12-31`.
fn way(standing: &Standing, arrow: &str) -> String {
    let shown = |value: Option<f64>| value.map_or_else(|| "?".to_owned(), |value| with_unit(value, &standing.unit));
    let now = standing.now.map(|now| format!(" {arrow} {}", with_unit(now, &standing.unit))).unwrap_or_default();
    let by = standing.deadline.map(|day| format!(" by {day}")).unwrap_or_default();
    format!("{}{now} {arrow} {}{by}", shown(standing.baseline), shown(standing.target))
}

/// What is needed a week, what is made a week, and when that arrives.
fn rates(standing: &Standing) -> Option<String> {
    let shown = |rate: f64| number::rate(rate, &standing.unit);
    let mut parts = Vec::new();
    if let Some(needed) = standing.needed_rate {
        parts.push(format!("needs {} a week", shown(needed)));
    }
    if let Some(actual) = standing.actual_rate {
        parts.push(format!("makes {} a week", shown(actual)));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn guard(standing: &Standing) -> Option<String> {
    let guard = standing.guardrail.as_ref()?;
    let action = guard.action.as_deref().map(|action| format!("; then: {action}")).unwrap_or_default();
    let Some(metric) = &guard.metric else {
        return Some(format!("guardrail ({}): no recorded metric measures it", guard.limit));
    };
    let times = |n: usize| if n == 1 { "once".to_owned() } else { format!("{n} times") };
    Some(match (guard.breached, guard.breaches, guard.last_breach) {
        (true, n, _) => format!("guardrail breached ({}): {metric}, {} so far{action}", guard.limit, times(n)),
        (false, 0, _) => format!("guardrail holds ({}): {metric}", guard.limit),
        (false, n, Some(day)) => {
            format!("guardrail holds ({}): {metric}, crossed {}, last on {day}", guard.limit, times(n))
        }
        (false, n, None) => format!("guardrail holds ({}): {metric}, crossed {}", guard.limit, times(n)),
    })
}

/// A table for documents.
pub(super) fn markdown(of: &MetricsStatus) -> String {
    let mut text = format!(
        "# Metrics of {}\n\n{}, {}\n\n| metric | state | baseline | now | target | share | deadline | needed a week | actual a week | projected | why |\n|---|---|---|---|---|---|---|---|---|---|---|\n",
        escape(&of.project),
        of.today,
        counts(&of.metrics)
    );
    for s in &of.metrics {
        let shown = |value: Option<f64>| value.map(|value| with_unit(value, &s.unit)).unwrap_or_default();
        let rate = |rate: Option<f64>| rate.map(|rate| number::rate(rate, &s.unit)).unwrap_or_default();
        let day = |day: Option<crate::manifest::value::Day>| day.map(|day| day.to_string()).unwrap_or_default();
        let interval = s.interval.map(|[from, to]| {
            let never = |day: Option<_>| if day.is_some() { self::day(day) } else { "never".to_owned() };
            format!(" ({} to {})", never(from), never(to))
        });
        let cells = [
            format!("`{}`", s.id.replace('`', "'")),
            s.state.name().to_owned(),
            shown(s.baseline),
            shown(s.now),
            shown(s.target),
            s.share.map(|share| format!("{:.0} %", share * 100.0)).unwrap_or_default(),
            day(s.deadline),
            rate(s.needed_rate),
            rate(s.actual_rate),
            format!("{}{}", day(s.projected), interval.unwrap_or_default()),
            s.because.clone(),
        ];
        let cells: Vec<String> =
            cells.iter().enumerate().map(|(i, c)| if i == 0 { c.replace('|', "\\|") } else { escape(c) }).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
        if let Some(guard) = guard(s).filter(|_| s.guardrail.as_ref().is_some_and(|g| g.breached)) {
            let _ = writeln!(text, "| | {} | | | | | | | | | |", escape(&guard));
        }
    }
    text
}

fn day(day: Option<crate::manifest::value::Day>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

/// What a command wrote, in one sentence.
pub(super) fn written(of: &Written, brush: Brush, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", brush.paint(Tone::Plain, &of.said))
}
