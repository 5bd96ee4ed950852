//! An optional pack and the ground of the facts enter; its own score leaves.

use schemars::JsonSchema;
use serde::Serialize;

use super::model::UnmetInfo;
use crate::checklist::ladder::Ground;
use crate::checklist::{Checklist, Level};
use crate::evaluate::{Finding, judge};

/// A pack with a score of its own.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PackInfo {
    /// Its name.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Where it comes from.
    pub source: Option<String>,
    /// The least of the sections' sums.
    pub score: f64,
    /// What that means.
    pub band: String,
    /// Its sections.
    pub sections: Vec<SectionInfo>,
    /// Its checks.
    pub checks: Vec<PackCheck>,
}

/// One section of a pack.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SectionInfo {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The sum of its checks' points.
    pub score: f64,
}

/// One check of a pack.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PackCheck {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its section.
    pub section: String,
    /// The level it reaches.
    pub level: Level,
    /// What is missing.
    pub unmet: Vec<UnmetInfo>,
}

/// Scores a pack by its own rule: the least of its sections' sums.
pub(super) fn pack_result(pack: &Checklist, ground: &Ground<'_>) -> PackInfo {
    let findings: Vec<Finding<'_>> = pack.checks.iter().map(|c| judge(c, ground.climb(c), None, true)).collect();
    let empty = Vec::new();
    let (sections, bands) =
        pack.scoring.as_ref().map_or((&empty, [].as_slice()), |s| (&s.sections, s.bands.as_slice()));
    let points = |finding: &Finding<'_>| match (finding.climb.level, &pack.scoring) {
        (Level::Documented, Some(scoring)) => scoring.documented,
        (Level::Verified, Some(scoring)) => scoring.verified,
        _ => 0.0,
    };
    let sections: Vec<SectionInfo> = sections
        .iter()
        .map(|section| SectionInfo {
            id: section.id.clone(),
            title: section.title.clone(),
            score: findings.iter().filter(|f| f.check.section.as_ref() == Some(&section.id)).map(points).sum(),
        })
        .collect();
    let least = sections.iter().map(|s| s.score).fold(f64::INFINITY, f64::min);
    let score = if least.is_finite() { least } else { 0.0 };
    let band = bands.iter().find(|b| b.at_most.is_none_or(|limit| score <= limit));
    PackInfo {
        id: pack.name.clone().unwrap_or_default(),
        title: pack.title.clone().or_else(|| pack.name.clone()).unwrap_or_default(),
        source: pack.source.clone(),
        score,
        band: band.map(|b| b.text.clone()).unwrap_or_default(),
        sections,
        checks: findings
            .iter()
            .map(|f| PackCheck {
                id: f.check.id.clone(),
                title: f.check.title().to_owned(),
                section: f.check.section.clone().unwrap_or_default(),
                level: f.climb.level,
                unmet: f.climb.unmet.iter().map(|u| UnmetInfo { level: u.level, because: u.because.clone() }).collect(),
            })
            .collect(),
    }
}
