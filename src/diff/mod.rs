//! Two assessments enter; what moved between them and why leaves. Pure: the same two give the same bytes.

pub mod baseline;
pub mod snapshot;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::checklist::Level;
use crate::manifest::model::{Phase, Tier};
use crate::manifest::value::Day;
use snapshot::{Check, Snapshot};

/// What moved between two assessments: what `aipp diff --format json` prints.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Diff {
    /// Version of this format.
    pub format_version: u32,
    /// Always `diff`.
    pub kind: &'static str,
    /// The earlier one.
    pub before: Side,
    /// The later one.
    pub after: Side,
    /// What makes the two hard to compare: another catalogue, tier, phase or project.
    pub notes: Vec<String>,
    /// Headline, mean, stated, claim gap, and evidence score where there is one.
    pub readiness: Vec<NumberMove>,
    /// Every area.
    pub areas: Vec<NumberMove>,
    /// The signs that turned.
    pub signs: Vec<SignMove>,
    /// The checks that moved, what became worse first.
    pub checks: Vec<CheckMove>,
    /// The reasons for which the gate is closed, as they came and went.
    pub reasons: ReasonMoves,
    /// The metrics that moved.
    pub metrics: Vec<MetricMove>,
}

/// One of the two assessments.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Side {
    /// Where it comes from: a file, a revision, or `working tree`.
    pub label: String,
    /// The day of the assessment.
    pub today: Day,
    /// The project's name.
    pub project: String,
    /// Its phase.
    pub phase: Phase,
    /// Its tier.
    pub tier: Tier,
    /// The phase that the gate leads to; null without a manifest.
    pub to: Option<String>,
    /// open or closed; null without a manifest.
    pub verdict: Option<String>,
    /// Digest over the text of every checklist.
    pub catalogue_sha256: String,
}

/// A number before and after, in points from 0 to 100.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct NumberMove {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Before; null when there was none.
    pub before: Option<f64>,
    /// After; null when there is none.
    pub after: Option<f64>,
    /// After minus before; null when one of the two is missing.
    pub change: Option<f64>,
}

/// A sign that turned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SignMove {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Whether it is ready now.
    pub ready: bool,
}

/// How a check moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It reaches less, or no longer meets what is required.
    Worse,
    /// It reaches more, or meets what is required.
    Better,
    /// It is asked in another way: due, required, waived, not applicable.
    Asked,
    /// It was not in the earlier one.
    Added,
    /// It is not in the later one.
    Removed,
}

impl Change {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::Better => "better",
            Self::Asked => "asked",
            Self::Added => "added",
            Self::Removed => "removed",
        }
    }
}

/// A check that moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckMove {
    /// Its id.
    pub id: String,
    /// What holds when it is met.
    pub title: String,
    /// Its area.
    pub area: String,
    /// How it moved.
    pub change: Change,
    /// Before; null when it was not there.
    pub before: Option<Standing>,
    /// After; null when it is not there.
    pub after: Option<Standing>,
    /// Why, in sentences.
    pub because: Vec<String>,
}

/// Where a check stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Standing {
    /// The level it reaches.
    pub level: Level,
    /// The level it requires.
    pub required: Option<Level>,
    /// met, unmet, waived, not-applicable, unknown or not-due.
    pub status: String,
}

impl Standing {
    fn of(check: &Check) -> Self {
        Self { level: check.level, required: check.required, status: check.status.clone() }
    }
}

/// The reasons of the gate that came and went.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReasonMoves {
    /// They close the gate now and did not before.
    pub came: Vec<ReasonSeen>,
    /// They closed it before and do not now.
    pub went: Vec<ReasonSeen>,
    /// How many stayed.
    pub stayed: usize,
}

/// A reason of the gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReasonSeen {
    /// Its code.
    pub code: String,
    /// The check.
    pub check: Option<String>,
    /// What is wrong.
    pub message: String,
}

/// A metric that moved.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct MetricMove {
    /// Its id.
    pub id: String,
    /// The unit of the numbers.
    pub unit: String,
    /// What moved: `now`, `state`, `baseline`, `target`, `added` or `removed`.
    pub what: &'static str,
    /// Before.
    pub before: Option<String>,
    /// After.
    pub after: Option<String>,
}

/// Compares two assessments. The labels say where each comes from.
#[must_use]
pub fn diff(before: (&str, &Snapshot), after: (&str, &Snapshot)) -> Diff {
    let (from, to) = (before.1, after.1);
    Diff {
        format_version: 1,
        kind: "diff",
        before: side(before.0, from),
        after: side(after.0, to),
        notes: notes(from, to),
        readiness: readiness(from, to),
        areas: areas(from, to),
        signs: signs(from, to),
        checks: checks(from, to),
        reasons: reasons(from, to),
        metrics: metrics(from, to),
    }
}

impl Diff {
    /// Whether anything moved at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let still = |moves: &[NumberMove]| moves.iter().all(|m| m.before == m.after);
        self.notes.is_empty()
            && still(&self.readiness)
            && still(&self.areas)
            && self.signs.is_empty()
            && self.checks.is_empty()
            && self.reasons.came.is_empty()
            && self.reasons.went.is_empty()
            && self.metrics.is_empty()
            && self.before.verdict == self.after.verdict
    }
}

fn side(label: &str, of: &Snapshot) -> Side {
    Side {
        label: label.to_owned(),
        today: of.today,
        project: of.project.name.clone(),
        phase: of.project.phase,
        tier: of.project.tier,
        to: of.gate.as_ref().map(|g| g.to.clone()),
        verdict: of.gate.as_ref().map(|g| g.verdict.clone()),
        catalogue_sha256: of.catalogue.sha256.clone(),
    }
}

/// The name of a value that serializes as a word.
fn word<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn notes(before: &Snapshot, after: &Snapshot) -> Vec<String> {
    let mut notes = Vec::new();
    let mut differ = |what: &str, a: String, b: String| {
        if a != b {
            notes.push(format!("{what}: {a} before, {b} after"));
        }
    };
    differ("another project", before.project.name.clone(), after.project.name.clone());
    differ("another tier", word(&before.project.tier), word(&after.project.tier));
    differ("another phase", word(&before.project.phase), word(&after.project.phase));
    let to = |s: &Snapshot| s.gate.as_ref().map_or_else(|| "no gate".to_owned(), |g| g.to.clone());
    differ("another gate", to(before), to(after));
    if before.catalogue != after.catalogue {
        notes.push("another catalogue: the two did not ask the same checks".to_owned());
    }
    notes
}

fn number(id: &str, title: &str, before: Option<f64>, after: Option<f64>) -> NumberMove {
    // Both are rounded to one decimal already; so is their difference.
    let change = before.zip(after).map(|(b, a)| ((a - b) * 10.0).round() / 10.0);
    NumberMove { id: id.to_owned(), title: title.to_owned(), before, after, change }
}

fn readiness(before: &Snapshot, after: &Snapshot) -> Vec<NumberMove> {
    let (b, a) = (&before.readiness, &after.readiness);
    let all = [
        number("headline", "Headline", b.headline, a.headline),
        number("mean", "Proven", b.mean, a.mean),
        number("stated", "Stated", b.stated, a.stated),
        number("claim_gap", "Claim gap", b.claim_gap, a.claim_gap),
        number("evidence_score", "Evidence score", b.evidence_score, a.evidence_score),
    ];
    all.into_iter().filter(|m| m.before.is_some() || m.after.is_some()).collect()
}

fn areas(before: &Snapshot, after: &Snapshot) -> Vec<NumberMove> {
    let score = |of: &Snapshot, id: &str| of.areas.iter().find(|a| a.id == id).and_then(|a| a.score);
    after.areas.iter().map(|area| number(&area.id, &area.title, score(before, &area.id), area.score)).collect()
}

fn signs(before: &Snapshot, after: &Snapshot) -> Vec<SignMove> {
    let was = |id: &str| before.signs.iter().find(|s| s.id == id).map(|s| s.ready);
    let turned = after.signs.iter().filter(|sign| was(&sign.id).is_some_and(|was| was != sign.ready));
    turned.map(|s| SignMove { id: s.id.clone(), title: s.title.clone(), ready: s.ready }).collect()
}

fn checks(before: &Snapshot, after: &Snapshot) -> Vec<CheckMove> {
    let mut moves: Vec<CheckMove> = after.checks.iter().filter_map(|now| check(before.check(&now.id), now)).collect();
    let gone = before.checks.iter().filter(|was| after.check(&was.id).is_none());
    moves.extend(gone.map(|was| CheckMove {
        id: was.id.clone(),
        title: was.title.clone(),
        area: was.area.clone(),
        change: Change::Removed,
        before: Some(Standing::of(was)),
        after: None,
        because: vec!["the later catalogue does not ask it".to_owned()],
    }));
    // Stable: within a kind of change the order is the catalogue's.
    moves.sort_by_key(|m| m.change);
    moves
}

/// How well a status serves a gate.
fn rank(status: &str) -> u8 {
    match status {
        "met" => 3,
        "waived" => 2,
        "unmet" | "unknown" => 1,
        // Not asked: nothing to compare.
        _ => 0,
    }
}

fn check(was: Option<&Check>, now: &Check) -> Option<CheckMove> {
    let make = |change, because| {
        Some(CheckMove {
            id: now.id.clone(),
            title: now.title.clone(),
            area: now.area.clone(),
            change,
            before: was.map(Standing::of),
            after: Some(Standing::of(now)),
            because,
        })
    };
    let Some(was) = was else {
        return make(Change::Added, vec!["the earlier catalogue did not ask it".to_owned()]);
    };
    let asked_both = rank(&was.status) > 0 && rank(&now.status) > 0;
    let asked = asked(was, now);
    let worse = now.level < was.level || (asked_both && asked.is_empty() && rank(&now.status) < rank(&was.status));
    let better = now.level > was.level || (asked_both && asked.is_empty() && rank(&now.status) > rank(&was.status));
    let mut because = asked;
    if worse {
        because.extend(lost(was, now));
        make(Change::Worse, because)
    } else if better {
        because.extend(won(was, now));
        make(Change::Better, because)
    } else if was.status != now.status || !because.is_empty() {
        make(Change::Asked, because)
    } else {
        None
    }
}

/// What is asked in another way.
fn asked(was: &Check, now: &Check) -> Vec<String> {
    let level = |l: Option<Level>| l.map_or("nothing", Level::name);
    let mut asked = Vec::new();
    if was.required != now.required {
        asked.push(format!("requires {} now, required {} before", level(now.required), level(was.required)));
    }
    if was.is_due != now.is_due {
        asked.push(if now.is_due { "it is due now" } else { "it is no longer due" }.to_owned());
    }
    match (was.status.as_str(), now.status.as_str()) {
        ("not-applicable", after) if after != "not-applicable" => asked.push("it applies now".to_owned()),
        (before, "not-applicable") if before != "not-applicable" => asked.push("it no longer applies".to_owned()),
        _ => {}
    }
    asked
}

/// Why a check fell: what is missing now and was not, and the files it no longer rests on.
fn lost(was: &Check, now: &Check) -> Vec<String> {
    let mut because: Vec<String> = Vec::new();
    let known: BTreeSet<&str> = was.unmet.iter().map(|u| u.because.as_str()).collect();
    let missing = now.unmet.iter().filter(|u| u.level <= was.level || u.level == Level::Contradicted);
    because.extend(missing.filter(|u| !known.contains(u.because.as_str())).map(|u| u.because.clone()));
    match (was.status.as_str(), now.status.as_str()) {
        ("waived", "unmet") => because.push("its waiver no longer holds".to_owned()),
        (_, "unknown") if because.is_empty() => because.push("it could not be looked at".to_owned()),
        _ => {}
    }
    if because.is_empty() {
        because
            .extend(paths(was).difference(&paths(now)).take(MAX_PATHS).map(|p| format!("it no longer rests on {p}")));
    }
    because
}

/// Why a check rose: the files it rests on now, else what is no longer missing.
fn won(was: &Check, now: &Check) -> Vec<String> {
    if rank(&was.status) < rank(&now.status) && now.status == "waived" {
        return vec!["a waiver holds for it; the level stands".to_owned()];
    }
    let dated = |path: &str| {
        let date = now.evidence.iter().find(|e| e.path == path).and_then(|e| e.date);
        date.map_or_else(|| format!("it rests on {path}"), |date| format!("it rests on {path} of {date}"))
    };
    let mut because: Vec<String> = paths(now).difference(&paths(was)).take(MAX_PATHS).map(|path| dated(path)).collect();
    if because.is_empty() {
        let now_missing: BTreeSet<&str> = now.unmet.iter().map(|u| u.because.as_str()).collect();
        let mended = was.unmet.iter().filter(|u| u.level <= now.level && !now_missing.contains(u.because.as_str()));
        because.extend(mended.map(|u| format!("no longer: {}", u.because)));
    }
    because
}

/// More files than these do not explain more.
const MAX_PATHS: usize = 3;

fn paths(of: &Check) -> BTreeSet<&str> {
    of.evidence.iter().map(|e| e.path.as_str()).collect()
}

fn reasons(before: &Snapshot, after: &Snapshot) -> ReasonMoves {
    let list = |of: &Snapshot| -> Vec<ReasonSeen> {
        let reasons = of.gate.iter().flat_map(|g| &g.reasons);
        reasons
            .map(|r| ReasonSeen { code: r.code.clone(), check: r.check.clone(), message: r.message.clone() })
            .collect()
    };
    let (was, now) = (list(before), list(after));
    // The same reason may be worded with another number or date: code and check make it the same.
    let has = |list: &[ReasonSeen], r: &ReasonSeen| list.iter().any(|o| o.code == r.code && o.check == r.check);
    ReasonMoves {
        came: now.iter().filter(|r| !has(&was, r)).cloned().collect(),
        went: was.iter().filter(|r| !has(&now, r)).cloned().collect(),
        stayed: now.iter().filter(|r| has(&was, r)).count(),
    }
}

fn metrics(before: &Snapshot, after: &Snapshot) -> Vec<MetricMove> {
    let mut moves = Vec::new();
    let text = |n: Option<f64>| n.map(|n| n.to_string());
    for now in &after.metrics {
        let mut moved = |what, b: Option<String>, a: Option<String>| {
            if b != a {
                moves.push(MetricMove { id: now.id.clone(), unit: now.unit.clone(), what, before: b, after: a });
            }
        };
        let Some(was) = before.metrics.iter().find(|m| m.id == now.id) else {
            moved("added", None, Some(now.state.clone()));
            continue;
        };
        moved("baseline", text(was.baseline), text(now.baseline));
        moved("target", text(was.target), text(now.target));
        moved("now", text(was.now), text(now.now));
        moved("state", Some(was.state.clone()), Some(now.state.clone()));
    }
    for was in before.metrics.iter().filter(|m| !after.metrics.iter().any(|o| o.id == m.id)) {
        moves.push(MetricMove {
            id: was.id.clone(),
            unit: was.unit.clone(),
            what: "removed",
            before: Some(was.state.clone()),
            after: None,
        });
    }
    moves
}

#[cfg(test)]
mod tests;
