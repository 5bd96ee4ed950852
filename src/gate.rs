//! Findings × scores × policy enter; a verdict with its reasons leaves. The gate fails closed.

use num_rational::Ratio;
use serde::{Deserialize, Serialize};

use crate::checklist::Level;
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

/// The name of a phase.
#[must_use]
pub const fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::ProveValue => "prove-value",
        Phase::Harden => "harden",
        Phase::Scale => "scale",
        Phase::Expand => "expand",
    }
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
}

/// A gate, judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// The manifest's phase.
    pub from: Phase,
    /// The phase to be entered.
    pub to: Target,
    /// The lowest headline that passes.
    pub floor: u32,
    /// Open or closed.
    pub verdict: Verdict,
    /// Why it is closed; empty when it is open.
    pub reasons: Vec<Reason>,
}

/// Judges a gate.
#[must_use]
pub fn judge(
    evaluation: &Evaluation<'_>,
    scores: &Scores,
    from: Phase,
    to: Target,
    floor: u32,
    loaded: Option<&Loaded>,
) -> Gate {
    let mut reasons: Vec<Reason> = Vec::new();
    if !evaluation.findings.iter().any(Finding::counts) {
        reasons.push(Reason {
            code: ReasonCode::NothingEvaluated,
            check: None,
            message: "no check applied, so nothing was evaluated".to_owned(),
            help: "look at the checklists and at what is declared not applicable".to_owned(),
        });
    }
    reasons.extend(evaluation.findings.iter().filter(|f| f.is_due).filter_map(block));
    for judged in evaluation.waivers.iter().filter(|j| j.needed) {
        let code = match judged.state {
            WaiverState::Expired => ReasonCode::WaiverExpired,
            WaiverState::Void => ReasonCode::WaiverVoid,
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
        });
    }
    reasons.sort_by_key(|r| severity(r.code));
    let verdict = if reasons.is_empty() { Verdict::Open } else { Verdict::Closed };
    Gate { from, to, floor, verdict, reasons }
}

/// What is worst comes first.
fn severity(code: ReasonCode) -> u8 {
    match code {
        ReasonCode::NothingEvaluated => 0,
        ReasonCode::RequiredContradicted | ReasonCode::Regressed => 1,
        ReasonCode::RequiredUnmet => 2,
        ReasonCode::RequiredUnknown => 3,
        ReasonCode::WaiverExpired | ReasonCode::WaiverVoid => 4,
        ReasonCode::BelowFloor => 5,
    }
}

/// The reason for which a finding closes a gate; none when it does not.
fn block(finding: &Finding<'_>) -> Option<Reason> {
    let required = finding.required?;
    let id = &finding.check.id;
    let reason = |code, message: String| {
        Some(Reason { code, check: Some(id.clone()), message, help: finding.check.fix.trim().to_owned() })
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
        let gate = judge(&evaluation, &scores, Phase::Harden, Target::Scale, 50, None);
        let codes: Vec<ReasonCode> = gate.reasons.iter().map(|r| r.code).collect();
        assert_eq!((gate.verdict, codes), (Verdict::Closed, vec![ReasonCode::NothingEvaluated]));
    }
}
