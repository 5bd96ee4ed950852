//! The criteria that a team wrote down and the numbers of today enter; go, hold, pivot or stop leaves, with what led to it.
//!
//! The rules, in this order; the first that fits decides:
//!
//! 1. No criterion is written down, or the pilot has not begun: nothing is recommended.
//! 2. A stop criterion holds: stop.
//! 3. Every go criterion holds that a machine can read, and at least one does: go; but hold while a guardrail is crossed or a
//!    stop criterion cannot be measured. What only people can judge stays a condition.
//! 4. A go criterion fails or cannot be measured, and the pilot runs, or its one bounded extension (at most as long as the pilot
//!    was planned) is not used up: hold.
//! 5. The extension is used up: pivot when some go criteria hold and others fail, stop when those that were measured all fail,
//!    and nothing when only numbers are missing.

use schemars::JsonSchema;
use serde::Serialize;

use super::calendar::{days_between, shift};
use crate::assess::Assessment;
use crate::facts::pilot::State;
use crate::manifest::model::{Criterion, DecisionKind, Direction, Manifest, Metric};
use crate::manifest::value::{Day, Quantity};
use crate::quantity::with_unit;
use crate::series::{self, Standing};

/// What to do with the pilot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Advice {
    /// Enter the next phase when its gate is open.
    Go,
    /// Stay where it is until a day.
    Hold,
    /// Change course.
    Pivot,
    /// End it.
    Stop,
}

impl Advice {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::Hold => "hold",
            Self::Pivot => "pivot",
            Self::Stop => "stop",
        }
    }
}

/// What a criterion is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CriterionKind {
    /// It must hold to go on.
    Go,
    /// It stops the pilot when it holds.
    Stop,
    /// It must hold while the target is chased.
    Guardrail,
}

impl CriterionKind {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::Stop => "stop",
            Self::Guardrail => "guardrail",
        }
    }
}

/// What came of a criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It holds.
    Holds,
    /// It does not hold.
    Fails,
    /// It reads a metric that has no measurement, or only an old one.
    NoData,
    /// It is prose; people judge it.
    ForPeople,
}

impl Outcome {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "fails",
            Self::NoData => "no-data",
            Self::ForPeople => "for-people",
        }
    }
}

/// One criterion and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CriterionInfo {
    /// go, stop or guardrail.
    pub kind: CriterionKind,
    /// As the team wrote it.
    pub text: String,
    /// The metric that it reads.
    pub metric: Option<String>,
    /// The newest measurement, in `unit`.
    pub now: Option<f64>,
    /// The unit of the metric.
    pub unit: Option<String>,
    /// holds, fails, no-data or for-people.
    pub outcome: Outcome,
    /// The numbers, in words.
    pub because: String,
}

/// A recommendation from the team's own criteria.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Recommendation {
    /// go, hold, pivot or stop; null when the criteria do not say.
    pub advice: Option<Advice>,
    /// Why, in one or two sentences.
    pub because: String,
    /// Until when to hold.
    pub until: Option<Day>,
    /// Every criterion with its numbers.
    pub criteria: Vec<CriterionInfo>,
    /// What was decided last, when a decision is recorded.
    pub decided: Option<DecisionInfo>,
}

/// A recorded decision.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DecisionInfo {
    /// go, stop or pivot.
    pub kind: DecisionKind,
    /// When.
    pub date: Day,
    /// Who.
    pub by: Option<String>,
}

/// Recommends what the criteria say.
pub(super) fn recommend(assessment: &Assessment, manifest: &Manifest) -> Recommendation {
    let reader = Reader { assessment, manifest };
    let pilot = manifest.pilot.as_ref();
    let of = |kind, list: Option<&Vec<_>>| -> Vec<CriterionInfo> {
        list.into_iter()
            .flatten()
            .map(|c: &crate::manifest::value::Short<Criterion>| reader.criterion(kind, c))
            .collect()
    };
    let go = of(CriterionKind::Go, pilot.map(|p| &p.go_criteria));
    let stop = of(CriterionKind::Stop, pilot.map(|p| &p.stop_criteria));
    let guard: Vec<CriterionInfo> = manifest.metrics.iter().filter_map(|m| reader.guardrail(m)).collect();
    let (advice, because, until) = advise(&go, &stop, &guard, assessment, manifest);
    let last = assessment.records.decisions.iter().filter(|d| d.date <= assessment.today).max_by_key(|d| d.date);
    Recommendation {
        advice,
        because,
        until,
        criteria: go.into_iter().chain(stop).chain(guard).collect(),
        decided: last.map(|d| DecisionInfo { kind: d.kind, date: d.date, by: d.by.clone() }),
    }
}

type Advised = (Option<Advice>, String, Option<Day>);

fn advise(
    go: &[CriterionInfo],
    stop: &[CriterionInfo],
    guard: &[CriterionInfo],
    assessment: &Assessment,
    manifest: &Manifest,
) -> Advised {
    if go.is_empty() && stop.is_empty() {
        let because = "no go or stop criteria were written down (pilot.go_criteria, pilot.stop_criteria), so there is nothing to \
                       recommend from";
        return (None, because.to_owned(), None);
    }
    if assessment.pilot.state == State::NotStarted {
        return (None, "the pilot has not begun; its criteria are judged by what it shows".to_owned(), None);
    }
    let all = |list: &[CriterionInfo], outcome| -> Vec<String> {
        list.iter().filter(|c| c.outcome == outcome).map(|c| c.because.clone()).collect()
    };
    let met = all(stop, Outcome::Holds);
    if !met.is_empty() {
        return (Some(Advice::Stop), format!("a stop criterion holds: {}", met.join("; ")), None);
    }
    let (holds, fails, blind) = (all(go, Outcome::Holds), all(go, Outcome::Fails), all(go, Outcome::NoData));
    if go.is_empty() {
        return (None, "no stop criterion is known to hold, and no go criteria were written down".to_owned(), None);
    }
    let people = go.iter().chain(stop).filter(|c| c.outcome == Outcome::ForPeople).count();
    if holds.is_empty() && fails.is_empty() && blind.is_empty() {
        let because = format!(
            "{people} of the criteria are sentences that only people can judge, and none of the go criteria reads a metric"
        );
        return (None, because, None);
    }
    let crossed = all(guard, Outcome::Fails);
    let unseen = all(stop, Outcome::NoData);
    if fails.is_empty() && blind.is_empty() {
        if !crossed.is_empty() {
            let because = format!("the go criteria hold, and a guardrail is crossed: {}", crossed.join("; "));
            return (Some(Advice::Hold), because, None);
        }
        if !unseen.is_empty() {
            let because = format!("the go criteria hold, and whether to stop cannot be told: {}", unseen.join("; "));
            return (Some(Advice::Hold), because, None);
        }
        let left = match people {
            0 => String::new(),
            1 => "; one criterion is left for people to judge".to_owned(),
            n => format!("; {n} criteria are left for people to judge"),
        };
        return (Some(Advice::Go), format!("{}{left}", holds.join("; ")), None);
    }
    let missing: Vec<String> = fails.iter().chain(&blind).chain(&crossed).cloned().collect();
    match room(assessment, manifest) {
        Room::Running(until) => (Some(Advice::Hold), format!("{}; the pilot runs on", missing.join("; ")), until),
        Room::Live => (Some(Advice::Hold), format!("{}; the traffic stays where it is", missing.join("; ")), None),
        Room::Extension(until) => (
            Some(Advice::Hold),
            format!("{}; the pilot has ended, and its one bounded extension is not used", missing.join("; ")),
            Some(until),
        ),
        Room::Used(why) if !fails.is_empty() && !holds.is_empty() => (
            Some(Advice::Pivot),
            format!("some go criteria hold and others do not ({}), and {why}", fails.join("; ")),
            None,
        ),
        Room::Used(why) if !fails.is_empty() => (
            Some(Advice::Stop),
            format!("no go criterion that was measured holds ({}), and {why}", fails.join("; ")),
            None,
        ),
        Room::Used(why) => {
            (None, format!("{}, and {why}: go is ruled out until it is measured", blind.join("; ")), None)
        }
    }
}

/// How much time the pilot has left.
enum Room {
    Running(Option<Day>),
    Live,
    Extension(Day),
    Used(String),
}

fn room(assessment: &Assessment, manifest: &Manifest) -> Room {
    let today = assessment.today;
    if assessment.pilot.state == State::Live {
        return Room::Live;
    }
    let pilot = manifest.pilot.as_ref();
    let (start, end) = (pilot.and_then(|p| p.start), pilot.and_then(|p| p.end));
    if let Some(extended) = pilot.and_then(|p| p.extended_to) {
        return if today <= extended {
            Room::Running(Some(extended))
        } else {
            Room::Used(format!("its one extension ended on {extended}"))
        };
    }
    let Some(end) = end else { return Room::Running(None) };
    if today <= end {
        return Room::Running(Some(end));
    }
    let length = start.map_or(0, |start| days_between(start.0, end.0)).max(7);
    let limit = Day(shift(end.0, length));
    if today <= limit {
        return Room::Extension(limit);
    }
    let weeks = days_between(end.0, today.0) / 7;
    Room::Used(format!(
        "it has run on for {weeks} weeks after its end on {end}, longer than an extension of its own length"
    ))
}

/// Reads criteria against metrics.
struct Reader<'a> {
    assessment: &'a Assessment,
    manifest: &'a Manifest,
}

/// Whether a number keeps a limit.
type Compare = fn(f64, f64) -> bool;

/// A bound that a number is held against.
#[derive(Debug, Clone)]
struct Bound {
    words: &'static str,
    holds: Compare,
    limit: Quantity,
}

impl Reader<'_> {
    fn metric(&self, name: &str) -> Option<(&Metric, &Standing)> {
        let same = |text: &str| text.trim().eq_ignore_ascii_case(name.trim());
        let metric = self.manifest.metrics.iter().find(|m| same(&m.id) || m.name.as_deref().is_some_and(same))?;
        Some((metric, self.assessment.metrics.iter().find(|i| i.id == metric.id)?))
    }

    fn criterion(&self, kind: CriterionKind, criterion: &Criterion) -> CriterionInfo {
        let bounds: Vec<Bound> = criterion
            .at_least
            .iter()
            .map(|limit| Bound { words: "at least", holds: at_least, limit: limit.clone() })
            .chain(criterion.at_most.iter().map(|limit| Bound {
                words: "at most",
                holds: at_most,
                limit: limit.clone(),
            }))
            .collect();
        if let (Some(metric), false) = (&criterion.metric, bounds.is_empty()) {
            let limits: Vec<String> = bounds.iter().map(|b| format!("{} {}", b.words, b.limit)).collect();
            let said = criterion.text.clone().unwrap_or_else(|| {
                let name = self.metric(metric).map_or(metric.as_str(), |(m, _)| named(m));
                format!("{name}: {}", limits.join(" and "))
            });
            return self.judge(kind, &said, metric, &bounds);
        }
        let text = criterion.text.clone().or_else(|| criterion.metric.clone()).unwrap_or_default();
        match self.read(&text) {
            Some((metric, bound)) => self.judge(kind, &text, &metric, &[bound]),
            None => prose(kind, &text, "people judge it"),
        }
    }

    /// A guardrail is read when it names its metric, or is written as `metric <= limit`.
    fn guardrail(&self, metric: &Metric) -> Option<CriterionInfo> {
        let guardrail = metric.guardrail.as_ref()?;
        let text = guardrail.limit.clone()?;
        let kind = CriterionKind::Guardrail;
        if let Some((name, bound)) = self.read(&text) {
            return Some(self.judge(kind, &text, &name, &[bound]));
        }
        let (Some(name), Ok(limit)) = (&guardrail.metric, Quantity::parse(&text)) else {
            return Some(prose(kind, &text, "people judge it"));
        };
        let rising = self.metric(name).is_some_and(|(m, info)| match m.direction {
            Some(direction) => direction == Direction::Increase,
            None => info.baseline.zip(info.target).is_some_and(|(from, to)| to > from),
        });
        let bound = if rising {
            Bound { words: "at least", holds: at_least, limit }
        } else {
            Bound { words: "at most", holds: at_most, limit }
        };
        let said = format!("{name} {} {}", bound.words, bound.limit);
        Some(self.judge(kind, &said, name, &[bound]))
    }

    /// Reads `metric <= 4 min` and the like; none for anything else.
    fn read(&self, text: &str) -> Option<(String, Bound)> {
        const SIGNS: &[(&str, &str, Compare)] = &[
            ("<=", "at most", at_most),
            ("=<", "at most", at_most),
            ("≤", "at most", at_most),
            (" at most ", "at most", at_most),
            (">=", "at least", at_least),
            ("≥", "at least", at_least),
            (" at least ", "at least", at_least),
            ("<", "below", below),
            (" below ", "below", below),
            (">", "above", above),
            (" above ", "above", above),
        ];
        SIGNS.iter().find_map(|(sign, words, holds)| {
            let (name, limit) = text.split_once(sign)?;
            let (metric, _) = self.metric(name)?;
            let limit = Quantity::parse(limit).ok()?;
            Some((metric.id.clone(), Bound { words, holds: *holds, limit }))
        })
    }

    fn judge(&self, kind: CriterionKind, text: &str, name: &str, bounds: &[Bound]) -> CriterionInfo {
        let Some((metric, info)) = self.metric(name) else {
            return prose(kind, text, &format!("there is no metric `{name}`; people judge it"));
        };
        let called = named(metric);
        let reference = metric.baseline.as_ref().and_then(|b| b.value.as_ref()).or(metric.target.as_ref());
        let limits: Option<Vec<f64>> = bounds.iter().map(|b| b.limit.in_unit_of(reference?)).collect();
        let known = CriterionInfo {
            kind,
            text: text.to_owned(),
            metric: Some(metric.id.clone()),
            now: info.now,
            unit: Some(info.unit.clone()).filter(|u| !u.is_empty()),
            outcome: Outcome::NoData,
            because: String::new(),
        };
        let Some(limits) = limits else {
            return CriterionInfo {
                outcome: Outcome::ForPeople,
                because: format!("{called} is measured in another kind of unit; people judge it"),
                ..known
            };
        };
        if info.state == series::State::Stale {
            return CriterionInfo { because: format!("{called}: the newest measurement is too old"), ..known };
        }
        let Some(now) = info.now else {
            return CriterionInfo { because: format!("{called} has no measurement"), ..known };
        };
        let holds = bounds.iter().zip(&limits).all(|(bound, limit)| (bound.holds)(now, *limit));
        let wanted: Vec<String> = bounds
            .iter()
            .zip(&limits)
            .map(|(b, limit)| format!("{} {}", b.words, with_unit(*limit, &info.unit)))
            .collect();
        let because = format!(
            "{called} is {}, {}",
            with_unit(now, &info.unit),
            match (kind, holds) {
                (CriterionKind::Stop, true) => format!("and {} stops the pilot", wanted.join(" and ")),
                (CriterionKind::Stop, false) => format!("and only {} stops the pilot", wanted.join(" and ")),
                (_, true) => format!("and {} was asked", wanted.join(" and ")),
                (_, false) => format!("not {}", wanted.join(" and ")),
            }
        );
        CriterionInfo { outcome: if holds { Outcome::Holds } else { Outcome::Fails }, because, ..known }
    }
}

fn prose(kind: CriterionKind, text: &str, because: &str) -> CriterionInfo {
    CriterionInfo {
        kind,
        text: text.to_owned(),
        metric: None,
        now: None,
        unit: None,
        outcome: Outcome::ForPeople,
        because: because.to_owned(),
    }
}

/// What people call a metric.
fn named(metric: &Metric) -> &str {
    metric.name.as_deref().filter(|name| !name.trim().is_empty()).unwrap_or(&metric.id)
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

fn at_most(now: f64, limit: f64) -> bool {
    now <= limit || close(now, limit)
}

fn at_least(now: f64, limit: f64) -> bool {
    now >= limit || close(now, limit)
}

fn below(now: f64, limit: f64) -> bool {
    !at_least(now, limit)
}

fn above(now: f64, limit: f64) -> bool {
    !at_most(now, limit)
}
