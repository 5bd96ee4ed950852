//! Checklist × facts × policy enter; findings leave: the level of every check, what is missing, waivers and exceptions judged.

use std::collections::HashMap;

use crate::base::Base;
use crate::checklist::ladder::{Climb, Ground};
use crate::checklist::{Area, Catalogue, Check, Level};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::manifest::model::{Manifest, Phase, Tier, Waiver};
use crate::manifest::value::Day;
use crate::manifest::{Loaded, disguise, is_group, looks_like, same_name};
use crate::policy::Policy;

/// What a project is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// The manifest, when there is one.
    pub loaded: Option<&'a Loaded>,
    /// How much is at stake.
    pub tier: Tier,
    /// The phase whose exit is asked: checks due by then count.
    pub exit: Phase,
    /// The day.
    pub today: Day,
    /// The policy.
    pub policy: &'a Policy,
    /// What the change is merged into, when one is judged.
    pub base: Option<&'a Base>,
    /// Checks that are asked for beyond those that are due.
    pub also: &'a [&'static str],
}

/// How a check stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It reaches its required level, or documented when none is required.
    Met,
    /// It does not.
    Unmet,
    /// It does not, and a live waiver accepts that.
    Waived,
    /// It does not apply to this project.
    NotApplicable,
    /// It rests on something that could not be looked at.
    Unknown,
    /// It is due in a later phase.
    NotDue,
}

impl Status {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Unmet => "unmet",
            Self::Waived => "waived",
            Self::NotApplicable => "not-applicable",
            Self::Unknown => "unknown",
            Self::NotDue => "not-due",
        }
    }
}

/// One check, judged.
#[derive(Debug, Clone)]
pub struct Finding<'c> {
    /// The check.
    pub check: &'c Check,
    /// How far it came. An unknown check has no level.
    pub climb: Climb,
    /// The level without which the gate is closed, in this tier and policy.
    pub required: Option<Level>,
    /// Whether it is due by the exit that is asked, and counts in this tier.
    pub is_due: bool,
    /// Whether it is met, due or not.
    pub meets: bool,
    /// How it stands.
    pub status: Status,
    /// It was declared not applicable by hand.
    pub excepted: bool,
    /// It is due only because a share of traffic asks for it: it can close the gate, and it is in no score.
    pub extra: bool,
}

impl Finding<'_> {
    /// The level it needs to be met.
    #[must_use]
    pub fn needed(&self) -> Level {
        self.required.unwrap_or(Level::Documented)
    }

    /// Whether it counts in the scores of the exit that is asked.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.is_due && !self.extra && self.status != Status::NotApplicable
    }

    /// The level to reach next: the required one, or one rung up.
    #[must_use]
    pub fn next_level(&self) -> Level {
        match (self.required, self.climb.level) {
            (Some(required), level) if level < required => required,
            (_, Level::Contradicted | Level::None | Level::Claimed) => Level::Documented,
            (_, Level::Documented | Level::Verified) => Level::Verified,
        }
    }

    /// Credit in half points.
    #[must_use]
    pub fn half_points(&self) -> u32 {
        if self.status == Status::Unknown { 0 } else { self.climb.level.half_points() }
    }

    /// Whether something was stated, proven or not.
    #[must_use]
    pub fn is_stated(&self) -> bool {
        self.status != Status::Unknown && self.climb.level != Level::None
    }
}

/// How a waiver was judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Its index in the manifest.
    pub index: usize,
    /// What came of it.
    pub state: WaiverState,
    /// Whether a block rests on it: its check is due, required and not met.
    pub needed: bool,
    /// Why.
    pub because: String,
}

/// What came of a waiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WaiverState {
    /// It holds and lifts a block.
    Live,
    /// Its last day has passed.
    Expired,
    /// It is refused.
    Void,
    /// Nothing needs it.
    Unused,
    /// The change brings it: it counts once it stands in the base.
    Proposed,
}

/// Everything that was found.
#[derive(Debug)]
pub struct Evaluation<'c> {
    /// One finding a check, in the catalogue's order.
    pub findings: Vec<Finding<'c>>,
    /// One judgement a waiver.
    pub waivers: Vec<Judged>,
    /// What else is to be said.
    pub diagnostics: Vec<Diagnostic>,
}

/// Judges every check of the catalogue, then waivers and exceptions.
#[must_use]
pub fn evaluate<'c>(catalogue: &'c Catalogue, ground: &Ground<'_>, terms: &Terms<'_>) -> Evaluation<'c> {
    let mut diagnostics = Vec::new();
    let mut findings: Vec<Finding<'c>> = catalogue
        .checks
        .iter()
        .map(|check| {
            let counts = terms.policy.counts(check, terms.tier);
            let is_due = check.due() <= terms.exit && counts;
            let extra = !is_due && terms.also.contains(&check.id.as_str());
            let required = terms.policy.required(check, terms.tier).or(extra.then_some(Level::Documented));
            Finding { extra, ..judge(check, ground.climb(check), required, is_due || extra) }
        })
        .collect();
    for finding in &findings {
        diagnostics.extend(broken(finding));
    }
    let mut waivers = Vec::new();
    if let Some(loaded) = terms.loaded {
        except(&mut findings, loaded, terms, catalogue, &mut diagnostics);
        waivers = waive(&mut findings, loaded, terms, catalogue, &mut diagnostics);
    }
    Evaluation { findings, waivers, diagnostics }
}

/// Judges one check of a pack or of the catalogue.
#[must_use]
pub fn judge(check: &Check, mut climb: Climb, required: Option<Level>, is_due: bool) -> Finding<'_> {
    let needed = required.unwrap_or(Level::Documented);
    let contradicted = climb.level == Level::Contradicted;
    // What could disprove a required check must have been looked at.
    let hidden = |level: Level| match level {
        Level::Contradicted => required.is_some(),
        level => climb.level < needed && level <= needed,
    };
    let unknown = !contradicted
        && (climb.unknown.iter().any(|u| hidden(u.level)) || (!climb.errors.is_empty() && climb.level < needed));
    let meets = climb.applies && !contradicted && !unknown && climb.level >= needed;
    let status = match () {
        () if !climb.applies => Status::NotApplicable,
        () if !is_due => Status::NotDue,
        () if unknown => Status::Unknown,
        () if meets => Status::Met,
        () => Status::Unmet,
    };
    if unknown {
        climb.level = Level::None;
        climb.expires = None;
    }
    Finding { check, climb, required, is_due, meets, status, excepted: false, extra: false }
}

/// Conditions that could not be evaluated: an error when a required check rests on them.
fn broken(finding: &Finding<'_>) -> Vec<Diagnostic> {
    let blocks = finding.is_due && finding.required.is_some();
    let severity = if blocks { Severity::Error } else { Severity::Warning };
    finding
        .climb
        .errors
        .iter()
        .map(|(expression, error)| {
            Diagnostic::new(
                Code::Rule,
                severity,
                format!("`{}`: the condition `{expression}` cannot be evaluated: {error}", finding.check.id),
            )
            .help("correct the value that it asks for, or the condition if the checklist is your own")
        })
        .collect()
}

/// The share of an area's weight that may be declared not applicable by hand.
const EXCEPTED_SHARE: (u32, u32) = (20, 100);
/// The share of an area's due weight that may be waived.
const WAIVED_AREA_SHARE: (u32, u32) = (15, 100);
/// The share of all due weight that may be waived.
const WAIVED_TOTAL_SHARE: (u32, u32) = (10, 100);

fn within(part: u32, (numerator, denominator): (u32, u32), whole: u32) -> bool {
    part * denominator <= whole * numerator
}

fn unknown_check(id: &str, pointer: &str, loaded: &Loaded, catalogue: &Catalogue) -> Diagnostic {
    let error = Diagnostic::error(Code::UnknownCheck, format!("there is no check `{id}`")).at(loaded.at(pointer));
    match catalogue.nearest(id) {
        Some(near) => error.label(format!("did you mean `{near}`?")).help(format!("rename it to `{near}`")),
        None => error.help("`aipp checks` lists the checks; delete the entry if its check is gone"),
    }
}

/// An error for every waiver and exception that names a check which does not exist.
#[must_use]
pub fn unknown_checks(loaded: &Loaded, catalogue: &Catalogue) -> Vec<Diagnostic> {
    let manifest = &loaded.manifest;
    let waivers = manifest.waivers.iter().enumerate().map(|(i, w)| (format!("/waivers/{i}/check"), &w.check));
    let excepted =
        manifest.not_applicable.iter().enumerate().map(|(i, e)| (format!("/not_applicable/{i}/check"), &e.check));
    waivers
        .chain(excepted)
        .filter(|(_, id)| catalogue.get(id).is_none())
        .map(|(pointer, id)| unknown_check(id, &pointer, loaded, catalogue))
        .collect()
}

/// Takes checks out that the manifest declares not applicable, as far as the cap allows.
fn except(
    findings: &mut [Finding<'_>],
    loaded: &Loaded,
    terms: &Terms<'_>,
    catalogue: &Catalogue,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut weight: HashMap<Area, (u32, u32)> = HashMap::new();
    for check in &catalogue.checks {
        weight.entry(check.area()).or_default().1 += check.weight;
    }
    let mut taken: HashMap<Area, u32> = HashMap::new();
    let counted = |i: usize| terms.base.is_none_or(|base| base.has_exception(i));
    for (i, entry) in loaded.manifest.not_applicable.iter().enumerate().filter(|(i, _)| counted(*i)) {
        let pointer = format!("/not_applicable/{i}/check");
        let Some(finding) = findings.iter_mut().find(|f| f.check.id == entry.check) else {
            diagnostics.push(unknown_check(&entry.check, &pointer, loaded, catalogue));
            continue;
        };
        let check = finding.check;
        let (sum, whole) = weight.entry(check.area()).or_default();
        let count = taken.entry(check.area()).or_default();
        let over = !within(*sum + check.weight, EXCEPTED_SHARE, *whole) && *count > 0;
        let refused = if !check.waivable {
            Some("it cannot be waived, so it cannot be declared away either".to_owned())
        } else if entry.date > terms.today {
            Some(format!("it is dated {}, after {}", entry.date, terms.today))
        } else if entry.reason.trim().is_empty() || entry.by.trim().is_empty() {
            Some("it needs a reason and a name".to_owned())
        } else if over {
            Some(format!("more than 20 % of the weight of {} would be declared away", check.area()))
        } else {
            None
        };
        match refused {
            Some(why) => diagnostics.push(
                Diagnostic::warning(Code::NotApplicableVoid, format!("`{}` stays applicable: {why}", check.id))
                    .at(loaded.at(&pointer))
                    .help("meet the check, or delete the entry"),
            ),
            None => {
                *sum += check.weight;
                *count += 1;
                if finding.status != Status::NotApplicable {
                    finding.status = Status::NotApplicable;
                    finding.excepted = true;
                    finding.meets = false;
                }
            }
        }
    }
}

/// Judges the waivers and lifts the blocks of the live ones.
fn waive(
    findings: &mut [Finding<'_>],
    loaded: &Loaded,
    terms: &Terms<'_>,
    catalogue: &Catalogue,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Judged> {
    let counted = |area: Option<Area>| -> u32 {
        findings.iter().filter(|f| f.counts() && area.is_none_or(|a| f.check.area() == a)).map(|f| f.check.weight).sum()
    };
    let total = counted(None);
    let areas: HashMap<Area, u32> = Area::ALL.iter().map(|a| (*a, counted(Some(*a)))).collect();
    let mut waived: HashMap<Area, (u32, u32)> = HashMap::new();
    let mut judged = Vec::new();
    for (index, waiver) in loaded.manifest.waivers.iter().enumerate() {
        let pointer = format!("/waivers/{index}/check");
        let Some(finding) = findings.iter_mut().find(|f| f.check.id == waiver.check) else {
            diagnostics.push(unknown_check(&waiver.check, &pointer, loaded, catalogue));
            judged.push(Judged {
                index,
                state: WaiverState::Unused,
                needed: false,
                because: "there is no such check".to_owned(),
            });
            continue;
        };
        let check = finding.check;
        // Only an unmet requirement needs a waiver; a contradiction or an unknown is never waived.
        let needed =
            finding.is_due && finding.required.is_some() && matches!(finding.status, Status::Unmet | Status::Unknown);
        let (area_sum, total_sum) =
            (waived.get(&check.area()).map_or(0, |w| w.0), waived.values().map(|w| w.0).sum::<u32>());
        let first_in_area = waived.get(&check.area()).is_none_or(|w| w.1 == 0);
        let over_area = !first_in_area
            && !within(
                area_sum + check.weight,
                WAIVED_AREA_SHARE,
                areas.get(&check.area()).copied().unwrap_or_default(),
            );
        let over_total = !within(total_sum + check.weight, WAIVED_TOTAL_SHARE, total);
        let refusal = refusal(waiver, check, &loaded.manifest, terms);
        let (state, because) = match refusal {
            _ if terms.today > waiver.expires => (WaiverState::Expired, format!("it expired on {}", waiver.expires)),
            Some(why) => (WaiverState::Void, why),
            None if terms.base.is_some_and(|base| !base.has_waiver(index)) => {
                (WaiverState::Proposed, "this change brings it; it counts once it stands in the base".to_owned())
            }
            None if !needed => (WaiverState::Unused, not_needed(finding)),
            None if finding.status == Status::Unknown || finding.climb.level == Level::Contradicted => (
                WaiverState::Void,
                format!(
                    "`{}` is {}, which cannot be waived",
                    check.id,
                    if finding.status == Status::Unknown { "unknown" } else { "contradicted" }
                ),
            ),
            None if over_area => {
                (WaiverState::Void, format!("more than 15 % of the due weight of {} would be waived", check.area()))
            }
            None if over_total => (WaiverState::Void, "more than 10 % of all due weight would be waived".to_owned()),
            None => (WaiverState::Live, format!("until {}", waiver.expires)),
        };
        if state == WaiverState::Live {
            finding.status = Status::Waived;
            let entry = waived.entry(check.area()).or_default();
            *entry = (entry.0 + check.weight, entry.1 + 1);
        }
        diagnostics.extend(announce(waiver, state, &because, &pointer, loaded, terms.today));
        judged.push(Judged { index, state, needed, because });
    }
    judged
}

/// Why a waiver lifts nothing.
fn not_needed(finding: &Finding<'_>) -> String {
    let id = &finding.check.id;
    match finding.status {
        Status::Unmet | Status::Unknown => format!("`{id}` is not required, so it blocks no gate"),
        status => format!("`{id}` is {}", status.name()),
    }
}

/// Why a waiver is refused, whatever else is waived.
fn refusal(waiver: &Waiver, check: &Check, manifest: &Manifest, terms: &Terms<'_>) -> Option<String> {
    let days = |from: Day, to: Day| i64::from(from.0.until(to.0).map_or(i32::MAX, |span| span.get_days()));
    let rules = &terms.policy.waivers;
    let length = days(waiver.created, waiver.expires);
    if !check.waivable {
        return Some(format!("`{}` cannot be waived", check.id));
    }
    if waiver.created > terms.today {
        return Some(format!("it is created on {}, after {}", waiver.created, terms.today));
    }
    if length > rules.max_days {
        return Some(format!("it lasts {length} days; at most {}", rules.max_days));
    }
    if let Some(earlier) = waiver.renews {
        if earlier >= waiver.created {
            return Some(format!("it renews a waiver of {earlier}, which is not earlier than {}", waiver.created));
        }
        if days(earlier, waiver.expires) > 2 * rules.max_days {
            return Some(format!("with its one renewal it lasts longer than {} days", 2 * rules.max_days));
        }
    }
    if !crate::rule::is_specific(&waiver.approver) {
        return Some(format!(
            "its approver `{}` is a placeholder; name the person who accepts the risk",
            waiver.approver
        ));
    }
    let owners = manifest.people.iter().filter_map(|p| p.owner.as_ref()).flat_map(|many| many.iter());
    let owners = owners.flat_map(|o| [o.name.as_deref(), o.handle.as_deref(), o.email.as_deref()]).flatten();
    // Who owned the project in the base is no stranger because the change names another owner.
    let before = terms.base.iter().flat_map(|base| base.owners.iter().map(String::as_str));
    let by_owner =
        owners.chain(before).any(|name| looks_like(name, &waiver.approver) || may_be(name, &waiver.approver));
    if by_owner {
        return Some("its approver is the project's owner".to_owned());
    }
    if let Some(odd) = disguise(&waiver.approver) {
        let which = format!("U+{:04X}", odd as u32);
        return Some(format!(
            "its approver `{}` is written with {which}, which makes it look like another name",
            waiver.approver
        ));
    }
    if is_group(&waiver.approver) {
        return Some(format!("its approver `{}` is a group; one person accepts a risk", waiver.approver));
    }
    if !rules.approvers.is_empty() && !rules.approvers.iter().any(|a| same_name(a, &waiver.approver)) {
        let names = rules.approvers.join(", ");
        return Some(format!("`{}` is not on the policy's list of approvers ({names})", waiver.approver));
    }
    None
}

/// Whether two names may be one person's: the same last name, and one first name is the other's initial.
fn may_be(one: &str, other: &str) -> bool {
    let words = |name: &str| -> Vec<String> {
        name.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect()
    };
    let (one, other) = (words(one), words(other));
    match (one.as_slice(), other.as_slice()) {
        ([first, .., last], [other_first, .., other_last]) => {
            let initial = first.chars().count() == 1 || other_first.chars().count() == 1;
            last == other_last && initial && first.chars().next() == other_first.chars().next()
        }
        _ => false,
    }
}

/// `today`, `tomorrow`, `in 9 days`.
fn days_left(days: i64) -> String {
    match days {
        0 => "at the end of today".to_owned(),
        1 => "tomorrow".to_owned(),
        _ => format!("in {days} days"),
    }
}

fn announce(
    waiver: &Waiver,
    state: WaiverState,
    because: &str,
    pointer: &str,
    loaded: &Loaded,
    today: Day,
) -> Option<Diagnostic> {
    let left = i64::from(today.0.until(waiver.expires.0).map_or(i32::MAX, |span| span.get_days()));
    let (code, severity, message, help) = match state {
        WaiverState::Live if left <= 14 => (
            Code::WaiverExpiring,
            Severity::Warning,
            format!("the waiver for `{}` expires on {}, {}", waiver.check, waiver.expires, days_left(left)),
            "meet the check before that day; a waiver can be renewed once",
        ),
        // What the change proposes is announced with the rest of what it proposes.
        WaiverState::Live | WaiverState::Proposed => return None,
        WaiverState::Expired => (
            Code::WaiverExpired,
            Severity::Warning,
            format!("the waiver for `{}` expired on {}", waiver.check, waiver.expires),
            "meet the check and delete the waiver, or renew it once with `renews`",
        ),
        WaiverState::Void => (
            Code::WaiverVoid,
            Severity::Warning,
            format!("the waiver for `{}` is void: {because}", waiver.check),
            "correct the waiver, or meet the check",
        ),
        WaiverState::Unused => (
            Code::WaiverUnused,
            Severity::Warning,
            format!("the waiver for `{}` is not needed: {because}", waiver.check),
            "delete it",
        ),
    };
    Some(Diagnostic::new(code, severity, message).at(loaded.at(pointer)).help(help))
}
