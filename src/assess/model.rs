//! The shape of an assessment: what `aipp assess --format json` prints, in the order of its keys.

use schemars::JsonSchema;
use serde::Serialize;

use super::baseline::BaselineInfo;
use super::packs::PackInfo;
use super::records::Records;
use crate::base::{BaseInfo, Proposal};
use crate::checklist::{Area, Level, Sign};
use crate::diagnostic::Diagnostic;
use crate::evaluate::{Status, WaiverState};
use crate::facts::pilot::State;
use crate::gate::{ReasonCode, Target, Verdict};
use crate::manifest::model::{Phase, Tier};
use crate::manifest::value::Day;
use crate::policy::PolicySource;
use crate::series::Standing;

pub use crate::diagnostic::FileLocation;

/// An assessment: what `aipp assess --format json` prints.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Assessment {
    /// Version of this format.
    pub format_version: u32,
    /// Always `assessment`.
    pub kind: &'static str,
    /// The tool.
    pub tool: ToolInfo,
    /// The day of the assessment.
    pub today: Day,
    /// The checks that were asked.
    pub catalogue: CatalogueInfo,
    /// The project.
    pub project: ProjectInfo,
    /// The pilot.
    pub pilot: PilotInfo,
    /// The policy files in effect, those that others build on first.
    pub policy: Vec<PolicySource>,
    /// What the change is merged into, when a change is judged; else null.
    pub base: Option<BaseInfo>,
    /// What the change adds and what does not count before it stands in the base.
    pub proposed: Vec<Proposal>,
    /// The next gate; null without a manifest.
    pub gate: Option<GateInfo>,
    /// Only when the gate was judged against a baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineInfo>,
    /// Headline, mean, stated, claim gap.
    pub readiness: Readiness,
    /// The eight areas.
    pub areas: Vec<AreaInfo>,
    /// The six signs.
    pub signs: Vec<SignInfo>,
    /// Every check.
    pub checks: Vec<CheckInfo>,
    /// The metric table.
    pub metrics: Vec<Standing>,
    /// Waivers as they were judged.
    pub waivers: Vec<WaiverInfo>,
    /// What to do next, best first.
    pub next_actions: Vec<ActionInfo>,
    /// Optional packs with a score of their own.
    pub packs: Vec<PackInfo>,
    /// Without a manifest: what only people can answer.
    pub open_questions: Vec<OpenQuestion>,
    /// Errors, warnings and notes.
    #[schemars(with = "Vec<DiagnosticInfo>")]
    pub diagnostics: Vec<Diagnostic>,
    /// Dated records that a plan rests on; not printed.
    #[serde(skip)]
    pub records: Records,
}

/// The shape of a diagnostic.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DiagnosticInfo {
    /// Its code.
    pub code: String,
    /// error, warning or note.
    pub severity: String,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
    /// Where.
    pub location: Option<FileLocation>,
}

/// The tool that made an assessment.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ToolInfo {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// The checks that were asked.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CatalogueInfo {
    /// Version of the built-in catalogue.
    pub version: &'static str,
    /// Digest over the text of every checklist.
    pub sha256: String,
}

/// The project.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ProjectInfo {
    /// Its name.
    pub name: String,
    /// experimental, standard or critical.
    pub tier: Tier,
    /// The phase it is in.
    pub phase: Phase,
    /// The manifest's path; null without one.
    pub manifest: Option<String>,
}

/// The pilot.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PilotInfo {
    /// First day.
    pub start: Option<Day>,
    /// Last day.
    pub end: Option<Day>,
    /// The running week, from 1.
    pub week: Option<i64>,
    /// Weeks that were planned.
    pub planned_weeks: Option<i64>,
    /// not-started, running, limbo, decided or live.
    #[schemars(with = "String")]
    pub state: State,
}

/// A gate.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GateInfo {
    /// The manifest's phase.
    pub from: Phase,
    /// The phase to be entered.
    #[schemars(with = "String")]
    pub to: Target,
    /// The share of traffic in percent, when one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traffic: Option<u32>,
    /// open or closed.
    #[schemars(with = "String")]
    pub verdict: Verdict,
    /// What the verdict would be without a waiver: open or closed.
    #[schemars(with = "String")]
    pub without_waivers: Verdict,
    /// Why it is closed.
    pub reasons: Vec<ReasonInfo>,
}

/// Why a gate is closed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ReasonInfo {
    /// required-unmet, required-contradicted, required-unknown, below-floor, waiver-expired, waiver-void or nothing-evaluated; for a
    /// change held against its base also requirement-lowered, baseline-changed or history-rewritten;
    /// against a baseline only regressed, required-unknown and nothing-evaluated.
    #[schemars(with = "String")]
    pub code: ReasonCode,
    /// The check.
    pub check: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
    /// Where.
    pub location: Option<FileLocation>,
}

/// The scores of the whole.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Readiness {
    /// The lowest area that is heavy enough; null without a manifest.
    pub headline: Option<f64>,
    /// The area of the headline.
    pub weakest: Option<Area>,
    /// The weighted mean: what is proven.
    pub mean: Option<f64>,
    /// The same with full credit for every claim.
    pub stated: Option<f64>,
    /// Stated minus mean.
    pub claim_gap: Option<f64>,
    /// The lowest headline that passes the next gate.
    pub floor: Option<u32>,
    /// Due weight that could be looked at; without a manifest the share of the catalogue that a repository can answer.
    pub coverage: Option<f64>,
    /// What the headline means.
    pub band: Option<&'static str>,
    /// Without a manifest: the score of what the repository alone shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence_score: Option<f64>,
}

/// One area.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AreaInfo {
    /// Its id.
    pub id: Area,
    /// Its title.
    pub title: &'static str,
    /// Weight of the checks that are due and apply.
    pub weight: u32,
    /// Weight × credit.
    pub points: f64,
    /// 0 to 100; null when nothing is due.
    pub score: Option<f64>,
    /// The same with full credit for every claim.
    pub stated: Option<f64>,
}

/// One sign.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SignInfo {
    /// Its id.
    pub id: Sign,
    /// Its title.
    pub title: &'static str,
    /// Whether all its checks are met.
    pub ready: bool,
    /// Its checks.
    pub checks: Vec<String>,
}

/// One check.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CheckInfo {
    /// Its id.
    pub id: String,
    /// What holds when it is met.
    pub title: String,
    /// Its area.
    pub area: Area,
    /// The phase by whose exit it is due.
    pub due: Phase,
    /// Whether it is due now.
    pub is_due: bool,
    /// Its weight.
    pub weight: u32,
    /// The level it reaches.
    pub level: Level,
    /// The level it requires.
    pub required: Option<Level>,
    /// met, unmet, waived, not-applicable, unknown or not-due.
    #[schemars(with = "String")]
    pub status: Status,
    /// 0, 0.5 or 1.
    pub credit: f64,
    /// The last day on which the level holds.
    pub expires: Option<Day>,
    /// The files it rests on.
    pub evidence: Vec<EvidenceInfo>,
    /// What is missing.
    pub unmet: Vec<UnmetInfo>,
    /// What to do.
    pub fix: String,
    /// The command that closes the next gap; null when no command does.
    pub command: Option<String>,
    /// Where in the manifest.
    pub location: Option<FileLocation>,
}

/// A file that a check rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EvidenceInfo {
    /// Path from the root.
    pub path: String,
    /// Line, from 1.
    pub line: Option<usize>,
    /// detected or declared.
    pub origin: &'static str,
    /// When, for a dated record.
    pub date: Option<Day>,
}

/// What is missing for a rung.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UnmetInfo {
    /// The rung.
    pub level: Level,
    /// What is missing.
    pub because: String,
}

/// One waiver.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WaiverInfo {
    /// The check.
    pub check: String,
    /// live, expired, void or unused.
    #[schemars(with = "String")]
    pub state: WaiverState,
    /// Why.
    pub because: String,
    /// Who accepted the risk.
    pub approver: String,
    /// Why it was accepted.
    pub reason: String,
    /// What can go wrong meanwhile.
    pub residual_risk: String,
    /// What limits it meanwhile.
    pub control: String,
    /// Since when.
    pub created: Day,
    /// Until when, inclusive.
    pub expires: Day,
}

/// One thing to do.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ActionInfo {
    /// The check that it meets.
    pub check: String,
    /// What to do.
    pub title: String,
    /// The area that gains.
    pub area: Area,
    /// Points that the area gains.
    pub gain: f64,
    /// Working days.
    pub days: u32,
    /// Who does it.
    pub owner: String,
    /// Whether the gate is closed without it.
    pub blocks: bool,
    /// What is missing.
    pub because: String,
    /// The command that closes the gap; null when no command does.
    pub command: Option<String>,
}

/// What only people can answer.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OpenQuestion {
    /// The check.
    pub check: String,
    /// The question.
    pub question: String,
}
