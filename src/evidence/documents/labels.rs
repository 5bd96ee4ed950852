//! A line of a document enters; the day or the alert that it names by a label (`Reviewed: 2026-10-02`) leaves.

use crate::manifest::value::Day;

/// The day of a line such as `Last reviewed on 2026-10-02`, `**Date:** 2026-10-02` or `| Approved by | L. Haas | 2026-10-02 |`.
pub(super) fn labelled_day(line: &str) -> Option<Day> {
    const KEYS: &[&str] =
        &["reviewed", "review", "updated", "date", "approved", "signed", "revised", "modified", "assessed", "held"];
    const BEFORE: &[&str] =
        &["last", "document", "latest", "version", "approval", "assessment", "status", "review", "dated"];
    const BETWEEN: &[&str] =
        &["on", "at", "of", "the", "date", "review", "reviewed", "update", "approval", "assessment", "and"];
    if line.len() > 400 {
        return None;
    }
    let (at, day) = iso_day(line)?;
    let label = line.get(..at)?.to_lowercase();
    let words: Vec<&str> = label.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let key = match words.as_slice() {
        [first, ..] if KEYS.contains(first) => 0,
        [first, second, ..] if BEFORE.contains(first) && KEYS.contains(second) => 1,
        ["as", "of"] => return Some(day),
        _ => return None,
    };
    let after = words.get(key + 1..).unwrap_or_default();
    let named = after.iter().position(|w| *w == "by");
    let fits = match named {
        Some(by) => after.len() <= by + 8 && after.get(..by).unwrap_or_default().iter().all(|w| BETWEEN.contains(w)),
        None => after.iter().all(|w| BETWEEN.contains(w)),
    };
    fits.then_some(day)
}

/// The first day in a line, and where it begins.
fn iso_day(line: &str) -> Option<(usize, Day)> {
    line.match_indices("20").find_map(|(at, _)| {
        let before = line.get(..at).and_then(|s| s.chars().next_back());
        let after = line.get(at + 10..).and_then(|s| s.chars().next());
        let apart = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_digit() && c != '-');
        let day = line.get(at..at + 10).and_then(Day::parse)?;
        (apart(before) && apart(after)).then_some((at, day))
    })
}

/// The name in a line such as `Alert: IntakeDown`.
pub(super) fn labelled_alert(line: &str) -> Option<String> {
    let plain: String = line.chars().filter(|c| !matches!(c, '*' | '`')).collect();
    let plain = plain.trim_start_matches(|c: char| !c.is_alphanumeric());
    let (label, value) = plain.split_once(':')?;
    let known = ["alert", "alerts", "alert name", "alertname", "for alert"];
    known.contains(&label.trim().trim_matches('_').to_lowercase().as_str()).then(|| value.trim().to_owned())
}
