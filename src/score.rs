//! Findings enter; areas, headline, mean, stated, claim gap, coverage and signs leave. Scores are exact fractions.

use num_rational::Ratio;
use serde::Serialize;

use crate::checklist::{Area, Sign};
use crate::evaluate::{Finding, Status};

/// An exact score; 100 is the most.
pub type Score = Ratio<i64>;

/// Areas with less due weight than this do not make the headline, so that one light check cannot rule.
pub const HEADLINE_WEIGHT: u32 = 6;

/// One area.
#[derive(Debug, Clone, PartialEq)]
pub struct AreaScore {
    /// The area.
    pub area: Area,
    /// Weight of the checks that are due and apply.
    pub weight: u32,
    /// Credit in half points × weight.
    pub half_points: u32,
    /// Weight of the checks about which something was stated.
    pub stated_weight: u32,
    /// Due weight before checks that do not apply leave.
    pub due_weight: u32,
}

impl AreaScore {
    /// Points: weight × credit.
    #[must_use]
    pub fn points(&self) -> f64 {
        f64::from(self.half_points) / 2.0
    }

    /// The score; none when no check is due.
    #[must_use]
    pub fn score(&self) -> Option<Score> {
        (self.weight > 0).then(|| Ratio::new(100 * i64::from(self.half_points), 2 * i64::from(self.weight)))
    }

    /// The stated score; none when no check is due.
    #[must_use]
    pub fn stated(&self) -> Option<Score> {
        (self.weight > 0).then(|| Ratio::new(100 * i64::from(self.stated_weight), i64::from(self.weight)))
    }
}

/// All scores of a project.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// The areas, in order.
    pub areas: Vec<AreaScore>,
    /// The lowest area among those that are heavy enough; the mean when none is. None when nothing is due.
    pub headline: Option<Score>,
    /// The area of the headline.
    pub weakest: Option<Area>,
    /// The weighted mean.
    pub mean: Option<Score>,
    /// The same with full credit for every claim.
    pub stated: Option<Score>,
    /// Due weight that could be looked at, over due weight.
    pub coverage: Option<Score>,
}

impl Scores {
    /// Stated minus proven.
    #[must_use]
    pub fn claim_gap(&self) -> Option<Score> {
        Some(self.stated? - self.mean?)
    }
}

/// Scores the findings that count.
#[must_use]
pub fn score(findings: &[Finding<'_>]) -> Scores {
    let areas: Vec<AreaScore> = Area::ALL.iter().map(|area| area_score(*area, findings)).collect();
    let sum = |pick: fn(&AreaScore) -> u32| areas.iter().map(|a| i64::from(pick(a))).sum::<i64>();
    let (weight, half, stated) = (sum(|a| a.weight), sum(|a| a.half_points), sum(|a| a.stated_weight));
    let of = |numerator: i64, denominator: i64| (denominator > 0).then(|| Ratio::new(numerator, denominator));
    let mean = of(100 * half, 2 * weight);
    let known: i64 =
        findings.iter().filter(|f| f.counts() && f.status != Status::Unknown).map(|f| i64::from(f.check.weight)).sum();
    // The first of several lowest wins: ties go to the order of areas.
    let lowest = areas
        .iter()
        .filter(|a| a.due_weight >= HEADLINE_WEIGHT)
        .filter_map(|a| Some((a.score()?, a.area)))
        .min_by(|a, b| a.0.cmp(&b.0).then(a.1.cmp(&b.1)));
    Scores {
        headline: lowest.map(|(score, _)| score).or(mean),
        weakest: lowest.map(|(_, area)| area),
        mean,
        stated: of(100 * stated, weight),
        coverage: of(known, weight),
        areas,
    }
}

fn area_score(area: Area, findings: &[Finding<'_>]) -> AreaScore {
    let mut score = AreaScore { area, weight: 0, half_points: 0, stated_weight: 0, due_weight: 0 };
    for finding in findings.iter().filter(|f| f.check.area() == area && f.is_due && !f.extra) {
        let weight = finding.check.weight;
        score.due_weight += weight;
        if finding.counts() {
            score.weight += weight;
            score.half_points += weight * finding.half_points();
            score.stated_weight += if finding.is_stated() { weight } else { 0 };
        }
    }
    score
}

/// The score of what a repository alone can show, and how much of the catalogue that is: for a project without a manifest.
#[must_use]
pub fn evidence_score(findings: &[Finding<'_>]) -> (Option<Score>, Score) {
    let all: i64 = findings.iter().map(|f| i64::from(f.check.weight)).sum();
    let asked = || findings.iter().filter(|f| f.check.repository && f.status != Status::NotApplicable);
    let weight: i64 = asked().map(|f| i64::from(f.check.weight)).sum();
    let half: i64 = asked().map(|f| i64::from(f.check.weight * f.half_points())).sum();
    let coverage = if all > 0 { Ratio::new(weight, all) } else { Ratio::from_integer(0) };
    ((weight > 0).then(|| Ratio::new(100 * half, 2 * weight)), coverage)
}

/// One of the six signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignState {
    /// Its id.
    pub id: Sign,
    /// Its title.
    pub title: &'static str,
    /// Whether all its checks, due or not, are met; waived is not met.
    pub ready: bool,
    /// Its checks.
    pub checks: Vec<String>,
}

/// The six signs.
#[must_use]
pub fn signs(findings: &[Finding<'_>]) -> Vec<SignState> {
    Sign::ALL
        .iter()
        .map(|sign| {
            let of: Vec<&Finding<'_>> = findings.iter().filter(|f| f.check.sign == Some(*sign)).collect();
            let asked = || of.iter().filter(|f| f.status != Status::NotApplicable);
            SignState {
                id: *sign,
                title: sign.title(),
                ready: asked().count() > 0 && asked().all(|f| f.meets),
                checks: of.iter().map(|f| f.check.id.clone()).collect(),
            }
        })
        .collect()
}

/// What a headline means; bands are half-open, and nothing at all is a band of its own.
#[must_use]
pub fn band(headline: Score) -> &'static str {
    let at_least = |floor: i64| headline >= Ratio::from_integer(floor);
    match () {
        () if headline <= Ratio::from_integer(0) => "slideware",
        () if !at_least(25) => "pilot",
        () if !at_least(50) => "partly productionised",
        () if !at_least(70) => "go-live candidate",
        () if !at_least(85) => "operated",
        () => "exemplary",
    }
}

/// A score rounded for display: half away from zero, to a number of decimals.
#[must_use]
pub fn display(score: Score, decimals: u32) -> f64 {
    let scale = 10_i64.pow(decimals);
    let scaled = (score * scale).round();
    #[expect(clippy::cast_precision_loss, reason = "scores are small")]
    let (number, scale) = (*scaled.numer() as f64, scale as f64);
    number / scale
}

#[cfg(test)]
mod tests;
