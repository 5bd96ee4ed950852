//! Findings × scores × policy enter; a verdict with its reasons leaves. The gate fails closed.

use num_rational::Ratio;
use serde::{Deserialize, Serialize};

use crate::base::Base;
use crate::checklist::Level;
use crate::diagnostic::{Code, FileLocation};
use crate::evaluate::{Evaluation, Finding, Status, WaiverState};
use crate::manifest::Loaded;
use crate::manifest::model::Phase;
use crate::score::{Scores, display};

/// Where a gate leads: the phase to be entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// Leaving prove-value.
    Harden,
    /// Leaving harden.
    Scale,
    /// Leaving scale.
    Expand,
    /// Leaving expand.
    Sustain,
}

impl Target {
    /// The target after a phase.
    #[must_use]
    pub const fn after(phase: Phase) -> Self {
        match phase {
            Phase::ProveValue => Self::Harden,
            Phase::Harden => Self::Scale,
            Phase::Scale => Self::Expand,
            Phase::Expand => Self::Sustain,
        }
    }

    /// The target that enters a phase; none for the first one.
    #[must_use]
    pub const fn into(phase: Phase) -> Option<Self> {
        match phase {
            Phase::ProveValue => None,
            Phase::Harden => Some(Self::Harden),
            Phase::Scale => Some(Self::Scale),
            Phase::Expand => Some(Self::Expand),
        }
    }

    /// The last exit that is passed on the way to it.
    #[must_use]
    pub const fn exit(self) -> Phase {
        match self {
            Self::Harden => Phase::ProveValue,
            Self::Scale => Phase::Harden,
            Self::Expand => Phase::Scale,
            Self::Sustain => Phase::Expand,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Harden => "harden",
            Self::Scale => "scale",
            Self::Expand => "expand",
            Self::Sustain => "sustain",
        }
    }
}

/// A share of traffic to be raised to, inside the phase scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Traffic {
    /// The first 10 %: what leaving harden asks for.
    Ten,
    /// From 10 % to 50 %.
    Half,
    /// From 50 % to all of it.
    All,
}

impl Traffic {
    /// From percent; none when there is no such share.
    #[must_use]
    pub const fn of(percent: u32) -> Option<Self> {
        match percent {
            10 => Some(Self::Ten),
            50 => Some(Self::Half),
            100 => Some(Self::All),
            _ => None,
        }
    }

    /// In percent.
    #[must_use]
    pub const fn percent(self) -> u32 {
        match self {
            Self::Ten => 10,
            Self::Half => 50,
            Self::All => 100,
        }
    }

    /// The checks that it asks for besides those that leaving harden asks for.
    #[must_use]
    pub const fn also(self) -> &'static [&'static str] {
        match self {
            Self::Ten => &[],
            Self::Half => &[ROLLOUT, "ops-load-tested", "ops-feedback-loop"],
            Self::All => &[
                ROLLOUT,
                "ops-load-tested",
                "ops-feedback-loop",
                "metrics-history",
                "human-adoption-measured",
                "quality-drift-monitoring",
            ],
        }
    }
}

/// The check whose log of stages a higher share of traffic rests on.
const ROLLOUT: &str = "ops-gradual-rollout";

/// The name of a phase.
#[must_use]
pub const fn phase_name(phase: Phase) -> &'static str {
    phase.name()
}

/// Open or closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The phase may be entered.
    Open,
    /// It may not.
    Closed,
}

impl Verdict {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
}

/// Why a gate is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReasonCode {
    /// A required check does not reach its level.
    RequiredUnmet,
    /// A required check is disproved.
    RequiredContradicted,
    /// A required check rests on something that could not be looked at.
    RequiredUnknown,
    /// The headline is below the floor.
    BelowFloor,
    /// A waiver that is needed has expired.
    WaiverExpired,
    /// A waiver that is needed is refused.
    WaiverVoid,
    /// No check applied.
    NothingEvaluated,
    /// The change asks for less than its base does.
    RequirementLowered,
    /// The change removes or moves the baseline or the target of a metric.
    BaselineChanged,
    /// The change edits or deletes rows that are only ever added to.
    HistoryRewritten,
    /// Against a baseline: it became worse.
    Regressed,
}

impl ReasonCode {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RequiredUnmet => "required-unmet",
            Self::RequiredContradicted => "required-contradicted",
            Self::RequiredUnknown => "required-unknown",
            Self::BelowFloor => "below-floor",
            Self::WaiverExpired => "waiver-expired",
            Self::WaiverVoid => "waiver-void",
            Self::NothingEvaluated => "nothing-evaluated",
            Self::RequirementLowered => "requirement-lowered",
            Self::BaselineChanged => "baseline-changed",
            Self::HistoryRewritten => "history-rewritten",
            Self::Regressed => "regressed",
        }
    }
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Its code.
    pub code: ReasonCode,
    /// The check.
    pub check: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
    /// Where, when it is not where the check's own key stands.
    pub at: Option<FileLocation>,
}

/// A gate, judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// The manifest's phase.
    pub from: Phase,
    /// The phase to be entered.
    pub to: Target,
    /// The share of traffic, when one was asked for.
    pub traffic: Option<Traffic>,
    /// The lowest headline that passes.
    pub floor: u32,
    /// Open or closed.
    pub verdict: Verdict,
    /// What it would be without a waiver.
    pub without_waivers: Verdict,
    /// Why it is closed; empty when it is open.
    pub reasons: Vec<Reason>,
}

/// What is asked of a gate.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The manifest's phase.
    pub from: Phase,
    /// The phase to be entered.
    pub to: Target,
    /// The share of traffic to be raised to.
    pub traffic: Option<Traffic>,
    /// Whether the log holds a stage of 10 % or more that was not aborted.
    pub staged: bool,
    /// The lowest headline that passes.
    pub floor: u32,
    /// The manifest, when there is one.
    pub loaded: Option<&'a Loaded>,
    /// What the change is merged into, when one is judged.
    pub base: Option<&'a Base>,
}

/// Judges a gate.
#[must_use]
pub fn judge(evaluation: &Evaluation<'_>, scores: &Scores, question: &Question<'_>) -> Gate {
    let Question { from, to, traffic, floor, loaded, .. } = *question;
    let mut reasons: Vec<Reason> = Vec::new();
    if !evaluation.findings.iter().any(Finding::counts) {
        reasons.push(Reason {
            code: ReasonCode::NothingEvaluated,
            check: None,
            message: "no check applied, so nothing was evaluated".to_owned(),
            help: "look at the checklists and at what is declared not applicable".to_owned(),
            at: None,
        });
    }
    reasons.extend(evaluation.findings.iter().filter(|f| f.is_due).filter_map(block));
    reasons.extend(question.unlogged(evaluation));
    reasons.extend(question.taken());
    for judged in evaluation.waivers.iter().filter(|j| j.needed) {
        let code = match judged.state {
            WaiverState::Expired => ReasonCode::WaiverExpired,
            WaiverState::Void => ReasonCode::WaiverVoid,
            WaiverState::Proposed => {
                let id = loaded.and_then(|l| l.manifest.waivers.get(judged.index)).map(|w| &w.check);
                if let Some(reason) = reasons.iter_mut().find(|r| r.check.as_ref() == id && id.is_some()) {
                    reason.message.push_str("; a waiver for it is proposed by this change and does not count yet");
                }
                continue;
            }
            WaiverState::Live | WaiverState::Unused => continue,
        };
        let check = loaded.and_then(|l| l.manifest.waivers.get(judged.index)).map(|w| w.check.clone());
        reasons.push(Reason {
            code,
            message: format!(
                "the waiver for {} does not hold: {}",
                check.as_deref().unwrap_or("a check"),
                judged.because
            ),
            check,
            help: "meet the check, or correct the waiver".to_owned(),
            at: loaded.map(|l| FileLocation::of(&l.at(&format!("/waivers/{}/check", judged.index)))),
        });
    }
    if let Some(headline) = scores.headline
        && headline < Ratio::from_integer(i64::from(floor))
    {
        let weakest = scores.weakest.map_or_else(|| "the mean".to_owned(), |area| area.id().to_owned());
        reasons.push(Reason {
            code: ReasonCode::BelowFloor,
            check: None,
            message: format!("the headline is {} ({weakest}), below the floor of {floor}", short(display(headline, 1))),
            help: format!("raise {weakest}; `aipp assess` ranks what raises it most"),
            at: None,
        });
    }
    reasons.sort_by_key(|r| severity(r.code));
    let verdict = if reasons.is_empty() { Verdict::Open } else { Verdict::Closed };
    let waived = evaluation.findings.iter().any(|f| f.status == Status::Waived);
    let without_waivers = if waived { Verdict::Closed } else { verdict };
    Gate { from, to, traffic, floor, verdict, without_waivers, reasons }
}

impl Question<'_> {
    /// Above 10 % the log must hold a stage of 10 %, whatever else is waived.
    fn unlogged(&self, evaluation: &Evaluation<'_>) -> Option<Reason> {
        let rollout = evaluation.findings.iter().find(|f| f.check.id == ROLLOUT)?;
        let asked = self.traffic.is_some_and(|traffic| traffic > Traffic::Ten);
        (asked && !self.staged && rollout.status != Status::NotApplicable).then(|| Reason {
            code: ReasonCode::RequiredUnmet,
            check: Some(ROLLOUT.to_owned()),
            message: "no stage of 10 % or more that was not aborted is logged in rollout/stages.csv".to_owned(),
            help: "run the 10 % stage, and log it: percent, from, to, metric, value, aborted".to_owned(),
            at: Some(FileLocation { path: "rollout/stages.csv".to_owned(), line: None, column: None }),
        })
    }

    /// What the change takes away keeps the gate closed.
    fn taken(&self) -> Vec<Reason> {
        let taken = self.base.iter().flat_map(|base| &base.taken).filter(|taken| taken.closes);
        taken
            .map(|taken| Reason {
                code: match taken.diagnostic.code {
                    Code::BaselineChanged => ReasonCode::BaselineChanged,
                    Code::HistoryRewritten => ReasonCode::HistoryRewritten,
                    _ => ReasonCode::RequirementLowered,
                },
                check: taken.check.clone(),
                message: taken.diagnostic.message.clone(),
                help: taken.diagnostic.help.clone().unwrap_or_default(),
                at: taken.diagnostic.location(),
            })
            .collect()
    }
}

/// What is worst comes first.
fn severity(code: ReasonCode) -> u8 {
    match code {
        ReasonCode::NothingEvaluated => 0,
        ReasonCode::RequirementLowered | ReasonCode::BaselineChanged | ReasonCode::HistoryRewritten => 1,
        ReasonCode::RequiredContradicted | ReasonCode::Regressed => 2,
        ReasonCode::RequiredUnmet => 3,
        ReasonCode::RequiredUnknown => 4,
        ReasonCode::WaiverExpired | ReasonCode::WaiverVoid => 5,
        ReasonCode::BelowFloor => 6,
    }
}

/// The reason for which a finding closes a gate; none when it does not.
fn block(finding: &Finding<'_>) -> Option<Reason> {
    let required = finding.required?;
    let id = &finding.check.id;
    let reason = |code, message: String| {
        let help = finding.check.fix.trim().to_owned();
        Some(Reason { code, check: Some(id.clone()), message, help, at: None })
    };
    match finding.status {
        Status::Unknown => {
            let unknown = finding.climb.unknown.first().map(|u| u.because.clone());
            let broken = || finding.climb.errors.first().map(|(e, m)| format!("`{e}` cannot be evaluated: {m}"));
            reason(
                ReasonCode::RequiredUnknown,
                unknown.or_else(broken).unwrap_or_else(|| "it could not be looked at".to_owned()),
            )
        }
        Status::Unmet if finding.climb.level == Level::Contradicted => {
            reason(ReasonCode::RequiredContradicted, finding.climb.disproofs.join("; "))
        }
        Status::Unmet => {
            let missing: Vec<&str> =
                finding.climb.unmet.iter().filter(|u| u.level <= required).map(|u| u.because.as_str()).collect();
            let missing = if missing.is_empty() { finding.check.title().to_owned() } else { missing.join("; ") };
            reason(ReasonCode::RequiredUnmet, format!("{}, needs {required}: {missing}", finding.climb.level))
        }
        Status::Met | Status::Waived | Status::NotApplicable | Status::NotDue => None,
    }
}

/// A number without a needless `.0`.
#[must_use]
pub fn short(number: f64) -> String {
    format!("{number:.1}").trim_end_matches(".0").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gate_over_nothing_is_closed() {
        let evaluation = Evaluation { findings: Vec::new(), waivers: Vec::new(), diagnostics: Vec::new() };
        let scores = crate::score::score(&evaluation.findings);
        let question = Question {
            from: Phase::Harden,
            to: Target::Scale,
            traffic: None,
            staged: false,
            floor: 50,
            loaded: None,
            base: None,
        };
        let gate = judge(&evaluation, &scores, &question);
        let codes: Vec<ReasonCode> = gate.reasons.iter().map(|r| r.code).collect();
        assert_eq!((gate.verdict, codes), (Verdict::Closed, vec![ReasonCode::NothingEvaluated]));
    }
}
