//! A manifest enters; facts that follow from it alone leave: the business case, the placement, the selection, the pilot.

use jiff::civil::Date;

use crate::fact::Record;
use crate::manifest::model::{Manifest, Phase, UseCase, UseCaseStatus};
use crate::manifest::value::{Day, Quantity};

use super::pilot::Pilot;

/// Puts the facts that follow from the manifest alone. `decisions` are the days of go, stop and pivot decisions, `selected`
/// those of selection decisions, `stages` those on which a traffic stage was entered.
pub(super) fn put(root: &mut Record, manifest: &Manifest, pilot: &Pilot, selected: &[Day], today: Day) {
    business_case(root, manifest);
    placement(root, manifest);
    selection(root, manifest, selected);
    roles(root, manifest, today);
    let facts = root.group("pilot");
    facts.set("state", pilot.state.name());
    facts.set("decided_since_end", pilot.decided_since_end);
    facts.set("entered_undecided", pilot.entered_undecided);
    if let (Some(start), Some(end)) = (pilot.start, pilot.end) {
        facts.set("planned_days", i64::from(start.0.until(end.0).map_or(0, |span| span.get_days())));
    }
}

fn business_case(root: &mut Record, manifest: &Manifest) {
    let Some(sentence) = manifest.business_case.as_ref().and_then(|b| b.sentence.as_deref()) else { return };
    let quantities = quantities(sentence);
    let dates = dates(sentence);
    let start = manifest.pilot.as_ref().and_then(|p| p.start);
    let matches = manifest.metrics.iter().any(|metric| {
        let deadline = metric.deadline.or_else(|| metric.timeline.as_ref()?.after(start?));
        let target = metric.target.as_ref();
        deadline.is_some_and(|d| dates.contains(&d.0))
            && target
                .is_some_and(|t| quantities.iter().any(|q| q.dimension() == t.dimension() && close(q.base(), t.base())))
    });
    let facts = root.group("business_case");
    facts.set("words", sentence.split_whitespace().count());
    facts.set("sentences", sentence_count(sentence));
    facts.set("has_quantity", quantities.iter().any(|q| !q.unit().is_empty()));
    facts.set("has_date", !dates.is_empty());
    facts.set("matches_metric", matches);
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

/// Sentences end with a point, a question or exclamation mark before a blank and a capital, or at the end.
fn sentence_count(text: &str) -> usize {
    let text = text.trim();
    let chars: Vec<char> = text.chars().collect();
    let inner = chars
        .windows(3)
        .filter(|w| matches!(w[0], '.' | '!' | '?') && w[1].is_whitespace() && w[2].is_uppercase())
        .count();
    if text.is_empty() { 0 } else { inner + 1 }
}

/// The quantities in a text: a number with the word after it, or with a sign in front.
fn quantities(text: &str) -> Vec<Quantity> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut found = Vec::new();
    for (i, word) in words.iter().enumerate() {
        let word = word.trim_matches(|c: char| matches!(c, '(' | ')' | ',' | ';' | ':' | '"')).trim_end_matches('.');
        if word.len() == 10 && Day::parse(word).is_some() {
            continue;
        }
        let Ok(alone) = Quantity::parse(word) else { continue };
        let unit = words.get(i + 1).map(|w| w.trim_end_matches(['.', ',', ';', ')']));
        match unit.and_then(|unit| Quantity::parse(&format!("{word} {unit}")).ok()) {
            Some(with) if alone.unit().is_empty() => found.push(with),
            _ => found.push(alone),
        }
    }
    found
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The days in a text: `2026-12-31`, `31 December 2026`, `December 31, 2026`.
fn dates(text: &str) -> Vec<Date> {
    let words: Vec<String> = text
        .split_whitespace()
        .map(|w| w.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
        .filter(|w| !w.is_empty())
        .collect();
    let iso = words.iter().filter_map(|w| Day::parse(w).map(|d| d.0));
    let month = |w: &str| {
        let at = MONTHS.iter().position(|m| w.starts_with(m) && w.chars().all(char::is_alphabetic))?;
        i8::try_from(at + 1).ok()
    };
    let day = |w: &str| w.trim_end_matches(|c: char| c.is_alphabetic()).parse::<i8>().ok();
    let written = words.windows(3).filter_map(|w| {
        let year: i16 = w[2].parse().ok()?;
        let (month, day) = match (month(&w[0]), month(&w[1])) {
            (Some(m), _) => (m, day(&w[1])?),
            (None, Some(m)) => (m, day(&w[0])?),
            (None, None) => return None,
        };
        Date::new(year, month, day).ok()
    });
    iso.chain(written).collect()
}

fn placement(root: &mut Record, manifest: &Manifest) {
    let facts = root.group("placement");
    let Some(infrastructure) = &manifest.infrastructure else { return };
    let blocks =
        [&infrastructure.training, &infrastructure.inference, &infrastructure.data, &infrastructure.orchestration];
    let said = |text: &Option<String>| {
        text.as_deref().is_some_and(|t| t.split_whitespace().count() >= 1 && !t.contains("TBD"))
    };
    let complete = blocks.iter().all(|b| {
        b.as_ref().is_some_and(|b| {
            said(&b.location)
                && b.reason.as_deref().is_some_and(|r| r.split_whitespace().count() >= 2 && said(&b.reason))
        })
    });
    let list = |pick: &dyn Fn(&crate::manifest::model::Placement) -> Option<String>| {
        let mut all: Vec<String> = blocks.iter().filter_map(|b| b.as_ref().and_then(|b| pick(b))).collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    facts.set("complete", complete);
    facts.set("providers", list(&|b| b.provider.as_deref().map(provider)));
    facts.set("regions", list(&|b| b.region.clone()));
}

/// A provider by the short name that infrastructure code gives it.
fn provider(name: &str) -> String {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
    let is = |names: &[&str]| words.iter().any(|word| names.contains(word));
    match () {
        () if is(&["aws", "amazon", "bedrock", "sagemaker"]) => "aws".to_owned(),
        () if is(&["gcp", "google", "vertex"]) => "gcp".to_owned(),
        () if is(&["azure", "microsoft"]) => "azure".to_owned(),
        () => lower,
    }
}

fn selection(root: &mut Record, manifest: &Manifest, selected: &[Day]) {
    let entries: Vec<&UseCase> = manifest.use_case.iter().flat_map(|many| many.iter()).map(|short| &short.0).collect();
    let active: Vec<&&UseCase> =
        entries.iter().filter(|u| u.status.unwrap_or_default() == UseCaseStatus::Active).collect();
    root.put("use_cases.active", active.len());
    let facts = root.group("selection");
    let Some(winner) = active.first() else { return };
    let scored: Vec<(&str, f64, f64)> = entries
        .iter()
        .flat_map(|u| u.selection.iter())
        .filter_map(|c| Some((c.candidate.as_deref()?, c.impact?, c.risk?)))
        .collect();
    facts.set("candidates", scored.len());
    let name = winner.name.as_deref().unwrap_or_default();
    let Some((_, impact, risk)) = scored.iter().find(|(candidate, ..)| candidate.eq_ignore_ascii_case(name)) else {
        return;
    };
    let score = |impact: f64, risk: f64| if risk > 0.0 { impact / risk } else { f64::INFINITY };
    let best = scored.iter().all(|(_, i, r)| score(*i, *r) <= score(*impact, *risk));
    facts.set("winner_best", best);
    facts.set("risk_within_cutoff", *risk <= winner.risk_cutoff.unwrap_or(3.0));
    // The scores are as old as the decision that was taken on them.
    let started = winner.build_started.or_else(|| manifest.pilot.as_ref().and_then(|p| p.start));
    facts.set("scored_before_build", started.is_some_and(|s| selected.iter().any(|d| *d <= s)));
}

fn roles(root: &mut Record, manifest: &Manifest, today: Day) {
    let rows = manifest.skills.as_ref().map(|s| s.roles.as_slice()).unwrap_or_default();
    let named = |words: &[&str]| {
        rows.iter().filter_map(|r| r.role.as_deref()).any(|role| {
            let role = role.to_lowercase().replace(['-', '_'], " ");
            words.iter().any(|w| role.contains(w))
        })
    };
    let people = manifest.people.as_ref();
    let wanted: [(&str, bool, &[&str]); 3] = [
        ("owner", people.is_some_and(|p| p.owner.is_some()), &["owner"]),
        ("on-call", people.is_some_and(|p| !p.on_call.is_empty()), &["on call", "oncall", "operator", "sre"]),
        ("approver", people.is_some_and(|p| !p.approvers.is_empty()), &["approver", "reviewer"]),
    ];
    let missing: Vec<String> = wanted
        .iter()
        .filter(|(_, there, words)| *there && !named(words))
        .map(|(role, ..)| (*role).to_owned())
        .collect();
    let overdue: Vec<String> = rows
        .iter()
        .filter(|r| r.due.is_some_and(|due| due < today) && !r.done.unwrap_or_default())
        .map(|r| r.role.clone().unwrap_or_default())
        .collect();
    root.put("roles.missing_in_matrix", missing);
    root.put("roles.overdue", overdue);
}

/// The phase that follows another; none after the last.
#[must_use]
pub fn next_phase(phase: Phase) -> Option<Phase> {
    match phase {
        Phase::ProveValue => Some(Phase::Harden),
        Phase::Harden => Some(Phase::Scale),
        Phase::Scale => Some(Phase::Expand),
        Phase::Expand => None,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_taken_apart() {
        let text = "Cut invoice handling from 12 min to 2 min per document by 2026-12-31.";
        let found: Vec<String> = quantities(text).iter().map(|q| q.text().to_owned()).collect();
        assert_eq!(found, ["12 min", "2 min"]);
        assert_eq!(dates(text), [Date::new(2026, 12, 31).unwrap()]);
        assert_eq!(sentence_count(text), 1);
        assert_eq!(sentence_count("We cut cost. We win."), 2);
        assert_eq!(
            dates("by December 31, 2026 or 1st Jan 2027"),
            [Date::new(2026, 12, 31).unwrap(), Date::new(2027, 1, 1).unwrap()]
        );
        assert!(dates("by the end of the year").is_empty());
        assert_eq!(quantities("from $3.40 to $0.80 (a 76% cut)").len(), 3);
    }
}
