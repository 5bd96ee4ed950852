//! The pilot's days and the decisions enter; where the pilot stands leaves.

use serde::Serialize;

use crate::manifest::model::{Manifest, Phase};
use crate::manifest::value::Day;

/// Where a pilot stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Before its first day, or without one.
    NotStarted,
    /// Between its first and its last day.
    Running,
    /// Past its last day, and nobody has decided to go, stop or pivot.
    Limbo,
    /// Past its last day, with a decision since.
    Decided,
    /// In production: phase scale or expand.
    Live,
}

impl State {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotStarted => "not-started",
            Self::Running => "running",
            Self::Limbo => "limbo",
            Self::Decided => "decided",
            Self::Live => "live",
        }
    }
}

/// The pilot on the day of the assessment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pilot {
    /// First day.
    pub start: Option<Day>,
    /// Last day; the extended one when it was extended.
    pub end: Option<Day>,
    /// The running week, from 1; none before the start.
    pub week: Option<i64>,
    /// Weeks from the first to the last day, rounded up.
    pub planned_weeks: Option<i64>,
    /// Where it stands.
    pub state: State,
    /// A go, stop or pivot decision is dated on or after the end.
    pub decided_since_end: bool,
    /// A later phase or a traffic stage was entered after the end without a decision.
    pub entered_undecided: bool,
}

impl Pilot {
    /// From the manifest, the days of go, stop and pivot decisions, and the days on which traffic stages were entered.
    #[must_use]
    pub fn of(manifest: &Manifest, decisions: &[Day], stages: &[Day], today: Day) -> Self {
        let pilot = manifest.pilot.as_ref();
        let start = pilot.and_then(|p| p.start);
        let end = pilot.and_then(|p| p.extended_to.or(p.end));
        let phase = manifest.project.as_ref().and_then(|p| p.phase).unwrap_or_default();
        let decided = end.is_some_and(|end| decisions.iter().any(|d| *d >= end && *d <= today));
        let state = match (start, end) {
            _ if matches!(phase, Phase::Scale | Phase::Expand) => State::Live,
            (Some(start), _) if today < start => State::NotStarted,
            (_, Some(end)) if today > end => {
                if decided {
                    State::Decided
                } else {
                    State::Limbo
                }
            }
            (Some(_), _) => State::Running,
            (None, _) => State::NotStarted,
        };
        let days = |from: Day, to: Day| i64::from(from.0.until(to.0).map_or(0, |span| span.get_days()));
        let past = end.is_some_and(|end| today > end);
        let staged = end.is_some_and(|end| stages.iter().any(|s| *s > end && *s <= today));
        Self {
            start,
            end,
            week: start.filter(|start| today >= *start).map(|start| days(start, today) / 7 + 1),
            planned_weeks: start
                .zip(end)
                .map(|(start, end)| (days(start, end) + 1).div_euclid(7) + i64::from((days(start, end) + 1) % 7 != 0)),
            state,
            decided_since_end: decided,
            entered_undecided: past && !decided && (staged || matches!(phase, Phase::Scale | Phase::Expand)),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    fn pilot(manifest: &str, decisions: &[&str], today: &str) -> Pilot {
        let loaded = crate::manifest::load("aipp.yaml", manifest.as_bytes().to_vec()).unwrap();
        let days: Vec<Day> = decisions.iter().map(|d| Day::parse(d).unwrap()).collect();
        Pilot::of(&loaded.manifest, &days, &[], Day::parse(today).unwrap())
    }

    const TEXT: &str = "pilot: { start: 2026-06-01, end: 2026-07-24 }\nproject: { phase: harden }\n";

    #[test]
    fn a_pilot_past_its_end_without_a_decision_is_in_limbo() {
        let limbo = pilot(TEXT, &[], "2026-11-22");
        assert_eq!((limbo.state, limbo.week, limbo.planned_weeks), (State::Limbo, Some(25), Some(8)));
        assert_eq!(pilot(TEXT, &["2026-07-23"], "2026-11-22").state, State::Limbo);
        assert_eq!(pilot(TEXT, &["2026-07-24"], "2026-11-22").state, State::Decided);
        assert_eq!(pilot(TEXT, &[], "2026-07-24").state, State::Running);
        assert_eq!(pilot(TEXT, &[], "2026-05-31").state, State::NotStarted);
        assert!(!limbo.entered_undecided);
    }

    #[test]
    fn production_without_a_decision_is_seen() {
        let live =
            pilot("pilot: { start: 2026-06-01, end: 2026-07-24 }\nproject: { phase: scale }\n", &[], "2026-11-22");
        assert_eq!(live.state, State::Live);
        assert!(live.entered_undecided);
    }
}
