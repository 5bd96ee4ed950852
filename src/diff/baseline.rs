//! An assessment and an earlier one enter; the gate judged by what became worse leaves. For teams that are not there yet.
//!
//! Known gaps do not close this gate, but nothing may fall: a required check that was met, an area by more than the
//! tolerance, a check that is asked no longer. What cannot be looked at closes it as always.

use crate::assess::baseline::{BaselineInfo, KnownGap, MendedGap};
use crate::assess::{Assessment, FileLocation, GateInfo, ReasonInfo};
use crate::checklist::Level;
use crate::diagnostic::{Code, Diagnostic};
use crate::digest::sha256;
use crate::gate::{ReasonCode, Verdict, short};
use crate::manifest::model::Tier;
use crate::manifest::value::Day;

use super::snapshot::{Check, Snapshot};
use super::{CheckMove, Diff, NumberMove, diff};

/// Judges the gate of an assessment by what became worse since a baseline. The reasons become those; what closed the gate
/// without the baseline stands in [`BaselineInfo::known`]. `tolerance` is in points.
///
/// # Errors
/// There is no gate (no manifest), or the baseline is of another project or of another gate, so that the two cannot be compared.
pub fn judge(
    assessment: &mut Assessment,
    before: &Snapshot,
    source: &str,
    tolerance: f64,
) -> Result<(), Box<Diagnostic>> {
    let after = Snapshot::of(assessment);
    comparable(before, &after, source)?;
    let Some(gate) = assessment.gate.take() else {
        return Err(Box::new(Diagnostic::error(Code::NoManifest, "a gate needs a manifest, and none was found")));
    };
    let moved = diff((source, before), ("now", &after));
    let mut reasons = regressions(&moved, before, &after, tolerance, assessment);
    // Nobody can say that nothing became worse where nothing could be looked at.
    let blind = |r: &&ReasonInfo| matches!(r.code, ReasonCode::NothingEvaluated | ReasonCode::RequiredUnknown);
    reasons.extend(
        gate.reasons
            .iter()
            .filter(blind)
            .filter(|r| !reasons.iter().any(|o| o.check.is_some() && o.check == r.check))
            .cloned()
            .collect::<Vec<_>>(),
    );
    let known: Vec<KnownGap> = gate.reasons.iter().map(|reason| known(reason, before, after.today)).collect();
    let open = |gap: &Gap| known.iter().any(|k| k.fingerprint == gap.fingerprint);
    let mended = gaps(before).into_iter().filter(|gap| !open(gap) && is_mended(gap, &after));
    assessment.baseline = Some(BaselineInfo {
        source: source.to_owned(),
        today: before.today,
        tolerance,
        verdict_without: gate.verdict,
        mended: mended
            .map(|gap| MendedGap { fingerprint: gap.fingerprint, check: gap.check, since: gap.since })
            .collect(),
        known,
    });
    let verdict = if reasons.is_empty() { Verdict::Open } else { Verdict::Closed };
    assessment.gate = Some(GateInfo { verdict, reasons, ..gate });
    Ok(())
}

fn comparable(before: &Snapshot, after: &Snapshot, source: &str) -> Result<(), Box<Diagnostic>> {
    let renew = "make a new baseline: `aipp gate -f json=FILE`, with the same --to";
    let error =
        |what: String| Err(Box::new(Diagnostic::error(Code::BadValue, what).path(source.to_owned()).help(renew)));
    if before.project.name != after.project.name {
        return error(format!(
            "the baseline is of the project `{}`, and this is `{}`",
            before.project.name, after.project.name
        ));
    }
    let to = |of: &Snapshot| of.gate.as_ref().map(|g| g.to.clone());
    match (to(before), to(after)) {
        (None, _) => error("the baseline was made without a manifest, so it has no gate".to_owned()),
        (Some(b), Some(a)) if a != b => {
            error(format!("the baseline was made for the gate to {b}, and this is the gate to {a}"))
        }
        _ if before.today > after.today => {
            error(format!("the baseline is of {}, which is after {}", before.today, after.today))
        }
        _ => Ok(()),
    }
}

/// A gap as a baseline knew it.
struct Gap {
    fingerprint: String,
    check: Option<String>,
    since: Day,
}

/// What makes a gap the same in every run, whatever its wording: the check, or the reason where there is none.
#[must_use]
pub fn fingerprint(code: &str, check: Option<&str>) -> String {
    let what = check.map_or_else(|| format!("reason:{code}"), |check| format!("check:{check}"));
    sha256(format!("aipp gap 1\n{what}").as_bytes())[..16].to_owned()
}

/// Every gap that an assessment knew: the reasons of its gate, or those that stood behind a baseline of its own.
fn gaps(before: &Snapshot) -> Vec<Gap> {
    if let Some(known) = &before.baseline {
        let of = |gap: &super::snapshot::Gap| Gap {
            fingerprint: gap.fingerprint.clone(),
            check: gap.check.clone(),
            since: gap.since,
        };
        return known.known.iter().map(of).collect();
    }
    let reasons = before.gate.iter().flat_map(|g| &g.reasons);
    reasons
        .map(|r| Gap {
            fingerprint: fingerprint(&r.code, r.check.as_deref()),
            check: r.check.clone(),
            since: before.today,
        })
        .collect()
}

fn known(reason: &ReasonInfo, before: &Snapshot, today: Day) -> KnownGap {
    let fingerprint = fingerprint(reason.code.name(), reason.check.as_deref());
    let since = gaps(before).into_iter().find(|g| g.fingerprint == fingerprint).map_or(today, |g| g.since);
    KnownGap {
        fingerprint,
        code: reason.code,
        check: reason.check.clone(),
        message: reason.message.clone(),
        since,
        age_days: since.days_until(today),
    }
}

/// A gap that is no longer asked is not mended.
fn is_mended(gap: &Gap, after: &Snapshot) -> bool {
    let Some(id) = &gap.check else { return true };
    after.check(id).is_some_and(|check| check.status == "met")
}

fn regressions(moved: &Diff, before: &Snapshot, after: &Snapshot, tolerance: f64, of: &Assessment) -> Vec<ReasonInfo> {
    let mut reasons: Vec<ReasonInfo> = Vec::new();
    let mut add = |check: Option<&str>, message: String, help: String| {
        let location = check.and_then(|id| of.checks.iter().find(|c| c.id == id)).and_then(|c| c.location.clone());
        let location = location.or_else(|| manifest(of));
        reasons.push(ReasonInfo {
            code: ReasonCode::Regressed,
            check: check.map(str::to_owned),
            message,
            help,
            location,
        });
    };
    let strict = |tier: Tier| match tier {
        Tier::Experimental => 0,
        Tier::Standard => 1,
        Tier::Critical => 2,
    };
    if strict(after.project.tier) < strict(before.project.tier) {
        let message = moved.notes.iter().find(|n| n.contains("tier")).cloned().unwrap_or_default();
        add(None, message, "a lower tier asks less: make a new baseline when it is meant".to_owned());
    }
    for check in &moved.checks {
        let fix = || {
            let found = of.checks.iter().find(|c| c.id == check.id);
            found.map_or_else(|| RENEW.to_owned(), |c| c.fix.clone())
        };
        if let Some(message) = fell(check, before.check(&check.id), after.check(&check.id)) {
            add(Some(&check.id), message, fix());
        } else if let Some(message) = hidden(check, before.check(&check.id), after.check(&check.id)) {
            add(Some(&check.id), message, RENEW.to_owned());
        }
    }
    for area in moved.areas.iter().filter(|area| dropped(area, tolerance)) {
        let numbers = |n: Option<f64>| n.map_or_else(|| "nothing due".to_owned(), short);
        let falls: Vec<&str> = moved
            .checks
            .iter()
            .filter(|c| c.area == area.id && c.change == super::Change::Worse)
            .map(|c| c.id.as_str())
            .collect();
        let by = if falls.is_empty() { String::new() } else { format!(": {}", falls.join(", ")) };
        add(
            None,
            format!("{} fell from {} to {}{by}", area.id, numbers(area.before), numbers(area.after)),
            format!("bring it back, or allow {} points with --tolerance", short(area.change.unwrap_or_default().abs())),
        );
    }
    reasons
}

const RENEW: &str = "make a new baseline when this is meant";

fn manifest(of: &Assessment) -> Option<FileLocation> {
    of.project.manifest.as_ref().map(|path| FileLocation { path: path.clone(), line: Some(1), column: None })
}

fn dropped(area: &NumberMove, tolerance: f64) -> bool {
    area.change.is_some_and(|change| -change > tolerance + 1e-9)
}

/// A check that closes the gate now and did not before, though it was asked the same; or one that evidence disproves now.
fn fell(moved: &CheckMove, before: Option<&Check>, after: Option<&Check>) -> Option<String> {
    let (before, after) = (before?, after?);
    let counts = before.counted() && after.counted();
    let disproved = counts && after.level == Level::Contradicted && before.level != Level::Contradicted;
    let same = before.required.is_some() && after.required == before.required;
    let standing = |check: &Check| if check.status == "waived" { 1 } else { u8::from(check.status == "met") * 2 };
    let below = counts && same && standing(after) < standing(before);
    (disproved || below).then(|| {
        let why = if moved.because.is_empty() { String::new() } else { format!(": {}", moved.because.join("; ")) };
        let stood = |check: &Check| match check.status.as_str() {
            "waived" => format!("{} with a waiver", check.level),
            "unknown" => "unknown".to_owned(),
            _ => check.level.to_string(),
        };
        format!("was {}, is {}{why}", stood(before), stood(after))
    })
}

/// A requirement that is no longer asked, or asks less.
fn hidden(moved: &CheckMove, before: Option<&Check>, after: Option<&Check>) -> Option<String> {
    let before = before.filter(|check| check.counted() && check.required.is_some())?;
    let less = match after {
        None => true,
        Some(after) => !after.counted() || after.required < before.required,
    };
    less.then(|| format!("it was required and is asked less: {}", moved.because.join("; ")))
}
