//! Findings, scores and the playbook enter; what to do next leaves, ranked, with gain, effort and owner.

use num_rational::Ratio;

use crate::checklist::{Area, Level};
use crate::evaluate::{Finding, Status};
use crate::manifest::model::Phase;
use crate::playbook::{Playbook, Task};
use crate::remedy;
use crate::score::{Score, Scores};

/// One thing to do.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// The check that it meets.
    pub check: String,
    /// The area that gains.
    pub area: Area,
    /// What to do, in a few words.
    pub title: String,
    /// Points that the area gains.
    pub gain: Score,
    /// Working days.
    pub days: u32,
    /// Who does it.
    pub owner: String,
    /// Whether the gate is closed without it.
    pub blocks: bool,
    /// What is missing.
    pub because: String,
    /// The command that closes the gap, where there is one.
    pub command: Option<String>,
}

/// Ranks what is missing: blockers first, then the lowest area, then gain for effort.
#[must_use]
pub fn rank(findings: &[Finding<'_>], scores: &Scores, playbook: &Playbook, phase: Phase) -> Vec<Action> {
    let area_score = |area: Area| scores.areas.iter().find(|a| a.area == area);
    let mut actions: Vec<Action> = findings
        .iter()
        .filter(|f| f.counts() && f.next_level() > f.climb.level)
        .map(|finding| {
            let level = finding.next_level();
            let weight = area_score(finding.check.area()).map_or(0, |a| a.weight);
            let gained = level.half_points().saturating_sub(finding.half_points());
            let gain = match weight {
                0 => Ratio::from_integer(0),
                weight => Ratio::new(100 * i64::from(finding.check.weight * gained), 2 * i64::from(weight)),
            };
            let task = task(finding, findings, playbook, phase);
            Action {
                check: finding.check.id.clone(),
                area: finding.check.area(),
                title: finding.check.action(level).to_owned(),
                gain,
                days: task.map_or(1, |t| t.days),
                owner: task.map_or_else(|| "owner".to_owned(), |t| t.owner.clone()),
                blocks: finding.required.is_some() && matches!(finding.status, Status::Unmet | Status::Unknown),
                because: because(finding, level),
                command: remedy::command(finding.check, &finding.climb, level),
            }
        })
        .collect();
    let worth = |action: &Action| action.gain / i64::from(action.days.max(1));
    let lowest = |area: Area| area_score(area).and_then(crate::score::AreaScore::score);
    actions.sort_by(|a, b| {
        b.blocks
            .cmp(&a.blocks)
            .then_with(|| lowest(a.area).cmp(&lowest(b.area)))
            .then_with(|| worth(b).cmp(&worth(a)))
            .then_with(|| a.check.cmp(&b.check))
    });
    actions
}

/// The first unfinished task that names the check, in the current phase when it has one. A task is finished when every check
/// that it brings about has reached the level it brings.
fn task<'p>(finding: &Finding<'_>, findings: &[Finding<'_>], playbook: &'p Playbook, phase: Phase) -> Option<&'p Task> {
    let reached = |id: &str, level: Level| {
        findings
            .iter()
            .find(|f| f.check.id == id)
            .is_some_and(|f| f.status == Status::NotApplicable || f.climb.level >= level)
    };
    let open = |task: &Task| task.checks.iter().any(|c| c.id == finding.check.id && !reached(&c.id, c.brings.level()));
    let named = |task: &&(Phase, &Task)| task.1.checks.iter().any(|c| c.id == finding.check.id);
    let tasks: Vec<(Phase, &'p Task)> = playbook.tasks().filter(|t| named(&t)).collect();
    let unfinished = || tasks.iter().filter(|(_, task)| open(task));
    unfinished()
        .find(|(of, _)| *of == phase)
        .or_else(|| unfinished().next())
        .or_else(|| tasks.iter().rev().find(|(of, _)| *of <= phase))
        .or_else(|| tasks.first())
        .map(|(_, task)| *task)
}

fn because(finding: &Finding<'_>, level: Level) -> String {
    let climb = &finding.climb;
    climb
        .disproofs
        .first()
        .cloned()
        .or_else(|| climb.unknown.first().map(|u| u.because.clone()))
        .or_else(|| climb.unmet.iter().find(|u| u.level <= level).map(|u| u.because.clone()))
        .unwrap_or_else(|| finding.check.title().to_owned())
}
