//! An assessment, a plan and what people wrote down enter; what leadership reads leaves: a verdict in words, a few numbers, what
//! to decide.
//!
//! Nothing is computed here that is not in the assessment or in the plan: this module only says it for people who do not know the
//! checks.

use schemars::JsonSchema;
use serde::Serialize;

use crate::assess::{Assessment, CheckInfo, ReasonInfo};
use crate::checklist::Catalogue;
use crate::evaluate::{Status, WaiverState};
use crate::facts::pilot::State;
use crate::gate::{ReasonCode, Verdict, phase_name, short};
use crate::manifest::Manifest;
use crate::manifest::value::Day;
use crate::plan::recommend::{Advice, CriterionKind, Recommendation};
use crate::plan::{Plan, count, later};

/// Waivers that end within these days are brought before people.
const SOON_DAYS: i64 = 14;
/// More blockers than these are counted, not listed, on the first page.
const MAX_BLOCKERS: usize = 5;
/// More decisions than these are counted, not listed, on the first page.
const MAX_DECISIONS: usize = 3;
/// What people wrote is cut on the first page after these characters, so that it stays one page; the rest of the report has it whole.
const MAX_CASE: usize = 220;
const MAX_TEXT: usize = 120;
const MAX_NAME: usize = 40;

/// What leadership reads: `aipp report`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Report {
    /// Version of this format.
    pub format_version: u32,
    /// Always `report`.
    pub kind: &'static str,
    /// The first page.
    pub summary: Summary,
    /// The assessment that everything rests on.
    pub assessment: Assessment,
    /// The plan from today.
    pub plan: Plan,
    /// The measurements of each metric so far, in the order of the metrics.
    pub courses: Vec<Course>,
    /// Earlier assessments and this one, oldest first; empty when no earlier one is known.
    pub trend: Vec<Past>,
    /// What the checks ask and where they come from, in the order of the catalogue.
    pub sources: Vec<Asked>,
}

/// An assessment of some day.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Past {
    /// The day.
    pub date: Day,
    /// The lowest area that is heavy enough, 0 to 100.
    pub headline: Option<f64>,
    /// The weighted mean: what is proven, 0 to 100.
    pub mean: Option<f64>,
    /// The same with full credit for every claim, 0 to 100.
    pub stated: Option<f64>,
}

/// What was measured of a metric, at most 24 days.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Course {
    /// The metric.
    pub metric: String,
    /// The measurements, oldest first.
    pub points: Vec<Measurement>,
}

/// What was measured on a day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Measurement {
    /// The day.
    pub date: Day,
    /// The median of that day, in the unit of the metric.
    pub value: f64,
}

impl Course {
    /// Those of an assessment.
    #[must_use]
    pub fn all(of: &Assessment) -> Vec<Self> {
        let points = |m: &crate::series::Standing| {
            m.course.iter().map(|(date, value)| Measurement { date: *date, value: *value }).collect()
        };
        of.metrics.iter().map(|m| Self { metric: m.id.clone(), points: points(m) }).collect()
    }
}

/// What a check asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Asked {
    /// The check.
    pub check: String,
    /// The question.
    pub question: String,
    /// Where it comes from: standards and papers, with their sections.
    pub references: Vec<String>,
}

impl Asked {
    /// Those of a catalogue.
    #[must_use]
    pub fn all(catalogue: &Catalogue) -> Vec<Self> {
        let references = |check: &crate::checklist::Check| {
            let of = check.references.iter().filter(|(_, sections)| !sections.is_empty());
            of.map(|(source, sections)| format!("{} {}", source_name(source), sections.join(", "))).collect()
        };
        let asked = |check: &crate::checklist::Check| Self {
            check: check.id.clone(),
            question: check.question.split_whitespace().collect::<Vec<_>>().join(" "),
            references: references(check),
        };
        catalogue.checks.iter().map(asked).collect()
    }
}

/// The name of a source that checks refer to, as people write it.
#[must_use]
pub fn source_name(source: &str) -> &str {
    match source {
        "ml-test-score" => "ML Test Score",
        "nist-ai-rmf" => "NIST AI RMF",
        "iso-42001" => "ISO/IEC 42001",
        "eu-ai-act" => "EU AI Act, article",
        "owasp" => "OWASP",
        other => other,
    }
}

/// How something is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    /// It is well.
    Good,
    /// It needs a look.
    Warn,
    /// It blocks.
    Bad,
    /// Neither.
    Plain,
}

/// What stands on the first page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Summary {
    /// The case in one sentence; null when it is not written down.
    pub case: Option<String>,
    /// Who stands for the project.
    pub people: Vec<Person>,
    /// Phase and pilot clock, in a sentence.
    pub stage: String,
    /// The verdict, in words.
    pub verdict: Spoken,
    /// The numbers.
    pub tiles: Vec<Tile>,
    /// What waits for a decision, the most pressing first.
    pub decisions: Vec<Item>,
    /// How many more there are.
    pub more_decisions: usize,
    /// What the team's own criteria say, in a sentence; null without a manifest.
    pub advice: Option<String>,
    /// What closes the gate, in plain language.
    pub blockers: Vec<Blocker>,
    /// How many more there are.
    pub more_blockers: usize,
}

/// A person in a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Person {
    /// The role.
    pub role: String,
    /// The name.
    pub name: String,
}

/// A verdict in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Spoken {
    /// open, closed or none (without a manifest).
    pub verdict: String,
    /// How it is meant.
    pub tone: Tone,
    /// In one line.
    pub title: String,
    /// What stands behind it.
    pub lines: Vec<String>,
}

/// A number with what it means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Tile {
    /// What it is.
    pub label: String,
    /// The number.
    pub number: String,
    /// What to hold it against.
    pub note: String,
    /// How it is meant.
    pub tone: Tone,
}

/// Something to decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Item {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
    /// Who decides; null when nobody is named.
    pub by: Option<String>,
}

/// Something that closes the gate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Blocker {
    /// The check; null for the headline.
    pub check: Option<String>,
    /// What is to hold.
    pub title: String,
    /// What is missing, in a sentence.
    pub missing: String,
    /// What to do.
    pub action: String,
    /// Who does it; null when no task of the playbook brings it about.
    pub owner: Option<String>,
    /// Working days; null when no task of the playbook brings it about.
    pub days: Option<u32>,
}

/// Says an assessment and its plan for people who do not know the checks.
#[must_use]
pub fn summary(of: &Assessment, plan: &Plan, manifest: Option<&Manifest>) -> Summary {
    let blockers: Vec<Blocker> = of.gate.iter().flat_map(|g| &g.reasons).map(|r| blocker(of, r)).collect();
    let decisions = decisions(of, plan);
    Summary {
        case: manifest.and_then(case),
        people: manifest.map(people).unwrap_or_default(),
        stage: stage(of),
        verdict: verdict(of, plan),
        tiles: tiles(of),
        more_decisions: decisions.len().saturating_sub(MAX_DECISIONS),
        decisions: decisions.into_iter().take(MAX_DECISIONS).collect(),
        advice: manifest.map(|_| advice(of, &plan.recommendation)),
        more_blockers: blockers.len().saturating_sub(MAX_BLOCKERS),
        blockers: blockers.into_iter().take(MAX_BLOCKERS).collect(),
    }
}

fn case(manifest: &Manifest) -> Option<String> {
    let sentence = manifest.business_case.as_ref()?.sentence.as_ref()?;
    let sentence = sentence.split_whitespace().collect::<Vec<_>>().join(" ");
    (!sentence.is_empty()).then(|| clip(&sentence, MAX_CASE))
}

/// A text of at most so many characters.
#[must_use]
pub fn clip(text: &str, most: usize) -> String {
    if text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// What the team's own criteria say.
fn advice(assessment: &Assessment, of: &Recommendation) -> String {
    if !of.criteria.iter().any(|c| matches!(c.kind, CriterionKind::Go | CriterionKind::Stop)) {
        return "Nobody wrote down when to go on and when to stop, so nothing can be recommended.".to_owned();
    }
    let because = clip(&sentence(&dated(&of.because)), MAX_CASE);
    match of.advice {
        None => format!("The team’s own criteria recommend nothing yet. {because}"),
        Some(advice) => {
            let word = match advice {
                Advice::Go => "go on",
                Advice::Hold => "hold",
                Advice::Pivot => "change course",
                Advice::Stop => "stop",
            };
            let until = of.until.map(|day| format!(" until {}", written(day))).unwrap_or_default();
            // Criteria that hold beside a closed gate read as a contradiction to who does not know that they are two things.
            let closed = assessment.gate.as_ref().is_some_and(|gate| gate.verdict == Verdict::Closed);
            let but =
                if closed && advice == Advice::Go { " They judge the pilot; the gate is judged apart." } else { "" };
            format!("The team’s own criteria say: {word}{until}. {because}{but}")
        }
    }
}

fn people(manifest: &Manifest) -> Vec<Person> {
    let Some(people) = &manifest.people else { return Vec::new() };
    let person = |role: &str, name: Option<&String>| {
        name.filter(|n| !n.trim().is_empty()).map(|name| Person { role: role.to_owned(), name: clip(name, MAX_NAME) })
    };
    let sponsor = person("Sponsor", people.sponsor.as_ref().and_then(|s| s.name.as_ref()));
    let owners = people.owner.iter().flat_map(|owner| owner.iter());
    sponsor.into_iter().chain(owners.filter_map(|owner| person("Owner", owner.name.as_ref()))).take(4).collect()
}

/// A day as people write it: `22 November 2026`.
#[must_use]
pub fn written(day: Day) -> String {
    day.0.strftime("%-d %B %Y").to_string()
}

fn stage(of: &Assessment) -> String {
    let phase = match phase_name(of.project.phase) {
        "prove-value" => "Proving its value",
        "harden" => "Being hardened for production",
        "scale" => "Scaling",
        _ => "Expanding",
    };
    let pilot = &of.pilot;
    let clock = match (pilot.state, pilot.week, pilot.planned_weeks) {
        (State::NotStarted, ..) => pilot.start.map_or_else(
            || "no pilot dates are declared".to_owned(),
            |start| format!("the pilot begins on {}", written(start)),
        ),
        (State::Running, Some(week), Some(planned)) => format!("week {week} of {planned} of the pilot"),
        (State::Running, Some(week), None) => format!("week {week} of a pilot without an end"),
        (State::Limbo, Some(week), Some(planned)) => {
            format!("week {week} of a pilot that was planned for {planned}")
        }
        (State::Limbo, ..) => "a pilot past its end".to_owned(),
        (State::Decided, ..) => "the pilot has ended and a decision is recorded".to_owned(),
        (State::Live, ..) => "live".to_owned(),
        (State::Running, None, _) => "a pilot without a start".to_owned(),
    };
    format!("{phase}: {clock}")
}

fn verdict(of: &Assessment, plan: &Plan) -> Spoken {
    let Some(gate) = &of.gate else {
        return Spoken {
            verdict: "none".to_owned(),
            tone: Tone::Warn,
            title: "There is no manifest, so nothing was promised and no gate can be judged".to_owned(),
            lines: vec!["What follows is what the repository alone shows.".to_owned()],
        };
    };
    let to = gate.to.name();
    let count = gate.reasons.len();
    let r = &of.readiness;
    let mut lines = Vec::new();
    if let (Some(headline), Some(floor), Some(weakest)) = (r.headline, r.floor, r.weakest) {
        let against = if headline >= f64::from(floor) { "at or above" } else { "below" };
        lines.push(format!(
            "Readiness is {} of 100, {against} the {floor} that this gate asks for. It is ruled by the weakest area: {}.",
            short(headline),
            lower(weakest.title())
        ));
    }
    let live = of.waivers.iter().filter(|w| w.state == WaiverState::Live).count();
    if live > 0 {
        lines.push(match live {
            1 => "One open requirement is accepted for a limited time by a waiver.".to_owned(),
            n => format!("{n} open requirements are accepted for a limited time by waivers."),
        });
    }
    if gate.verdict == Verdict::Closed {
        lines.extend(forecast(plan, to));
    }
    match gate.verdict {
        Verdict::Open => Spoken {
            verdict: "open".to_owned(),
            tone: Tone::Good,
            title: format!("Ready for the phase {to}: the gate is open"),
            lines,
        },
        Verdict::Closed => Spoken {
            verdict: "closed".to_owned(),
            tone: Tone::Bad,
            title: format!(
                "Not ready for the phase {to}: the gate is closed for {count} reason{}",
                if count == 1 { "" } else { "s" }
            ),
            lines,
        },
    }
}

/// A title inside a sentence.
fn lower(title: &str) -> String {
    let mut chars = title.chars();
    let second = title.chars().nth(1);
    match (chars.next(), second) {
        // An abbreviation keeps its capitals.
        (Some(first), Some(second)) if !second.is_uppercase() => first.to_lowercase().chain(chars).collect(),
        _ => title.to_owned(),
    }
}

fn tiles(of: &Assessment) -> Vec<Tile> {
    let r = &of.readiness;
    let number = |n: Option<f64>| n.map_or_else(|| "–".to_owned(), short);
    let tile = |label: &str, number: String, note: String, tone| Tile { label: label.to_owned(), number, note, tone };
    let mut tiles = Vec::new();
    if of.gate.is_some() {
        let floor = r.floor.map_or_else(String::new, |floor| format!("of 100; the gate asks for {floor}"));
        let below = r.headline.zip(r.floor).is_some_and(|(headline, floor)| headline < f64::from(floor));
        tiles.push(tile("Readiness", number(r.headline), floor, if below { Tone::Bad } else { Tone::Good }));
        let gap = r.claim_gap.unwrap_or_default();
        tiles.push(tile(
            "Proven",
            number(r.mean),
            format!("of 100 on average; {} are stated", number(r.stated)),
            if gap >= 25.0 { Tone::Warn } else { Tone::Plain },
        ));
    } else {
        let coverage = r.coverage.unwrap_or_default() * 100.0;
        let note = format!("of 100, over {coverage:.0} % of the catalogue");
        tiles.push(tile("Evidence score", number(r.evidence_score), note, Tone::Plain));
    }
    let ready = of.signs.iter().filter(|s| s.ready).count();
    let tone = if ready == of.signs.len() { Tone::Good } else { Tone::Warn };
    tiles.push(tile(
        "Signs",
        format!("{ready} of {}", of.signs.len()),
        "that it is ready for production".to_owned(),
        tone,
    ));
    let open = |c: &&CheckInfo| c.is_due && c.required.is_some() && matches!(c.status, Status::Unmet | Status::Unknown);
    let required = of.checks.iter().filter(|c| c.is_due && c.required.is_some() && c.status != Status::NotApplicable);
    let (open, all) = (of.checks.iter().filter(open).count(), required.count());
    let waived = of.waivers.iter().filter(|w| w.state == WaiverState::Live).count();
    let note = match waived {
        0 => "are not met".to_owned(),
        n => format!("are not met, {n} of them waived"),
    };
    let tone = if open == 0 { Tone::Good } else { Tone::Bad };
    tiles.push(tile("Requirements", format!("{} of {all}", open + waived), note, tone));
    tiles
}

/// When the plan gets to a gate.
fn forecast(plan: &Plan, to: &str) -> Option<String> {
    let gate = plan.milestones.iter().find(|m| m.id == format!("gate-{to}"))?;
    let date = written(gate.date?);
    Some(match gate.slip.filter(|slip| *slip > 0) {
        Some(slip) => format!("By the plan it can open on {date}, {} than first planned.", later(slip)),
        None => format!("By the plan it can open on {date}."),
    })
}

fn decisions(of: &Assessment, plan: &Plan) -> Vec<Item> {
    let mut items: Vec<Item> = plan
        .decisions
        .iter()
        .map(|asked| Item {
            what: clip(&sentence(&asked.what), MAX_TEXT),
            why: clip(&sentence(&dated(&asked.because)), MAX_TEXT),
            by: (!asked.by.is_empty()).then(|| clip(&asked.by, MAX_NAME)),
        })
        .collect();
    for waiver in &of.waivers {
        let left = of.today.days_until(waiver.expires);
        let title = of.checks.iter().find(|c| c.id == waiver.check).map_or(waiver.check.as_str(), |c| c.title.as_str());
        let why = match waiver.state {
            WaiverState::Live if left <= SOON_DAYS => {
                format!("It ends on {}, in {}.", written(waiver.expires), count(left, "day"))
            }
            WaiverState::Expired => format!("It ended on {}.", written(waiver.expires)),
            WaiverState::Void => {
                format!("It does not hold: {}.", waiver.because.trim_end_matches('.').replace('`', ""))
            }
            WaiverState::Live | WaiverState::Unused | WaiverState::Proposed => continue,
        };
        let what = format!("Renew or end the waiver for “{}”.", clip(title, MAX_TEXT));
        let by = (!waiver.approver.trim().is_empty()).then(|| clip(&waiver.approver, MAX_NAME));
        items.push(Item { what, why: clip(&why, MAX_TEXT), by });
    }
    items
}

/// A text in which days stand as people write them.
#[must_use]
pub fn dated(text: &str) -> String {
    let word = |word: &str| {
        let bare = word.trim_end_matches([',', '.', ';', ':', ')']);
        Day::parse(bare).map_or_else(|| word.to_owned(), |day| format!("{}{}", written(day), &word[bare.len()..]))
    };
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn blocker(of: &Assessment, reason: &ReasonInfo) -> Blocker {
    let check = reason.check.as_ref().and_then(|id| of.checks.iter().find(|c| c.id == *id));
    let weakest = of.readiness.weakest.filter(|_| reason.code == ReasonCode::BelowFloor);
    let of_area = |id: &str| of.checks.iter().any(|c| c.id == id && Some(c.area) == weakest);
    // What lifts the weakest area is the first action of its checks; several may be needed.
    let action = of.next_actions.iter().find(|a| match &reason.check {
        Some(id) => a.check == *id,
        None => of_area(&a.check),
    });
    let first = if reason.check.is_none() { "First: " } else { "" };
    let title = match (check, reason.code) {
        (Some(check), _) => check.title.clone(),
        (None, ReasonCode::BelowFloor) => "Every area reaches the floor".to_owned(),
        (None, ReasonCode::NothingEvaluated) => "Something is evaluated".to_owned(),
        (None, _) => reason.code.name().to_owned(),
    };
    // The first of several sentences says most; the appendix has them all.
    let unmet: Vec<&str> = check.iter().flat_map(|c| &c.unmet).map(|u| u.because.as_str()).collect();
    let missing = match unmet.as_slice() {
        [] => sentence(&reason.message),
        [one] => sentence(one),
        [first, rest @ ..] => sentence(&format!("{first} (and {} more)", rest.len())),
    };
    Blocker {
        check: reason.check.clone(),
        title: clip(&title, MAX_TEXT),
        missing: clip(&missing, MAX_TEXT),
        action: action.map_or_else(|| sentence(&reason.help), |a| format!("{first}{}", sentence(&a.title))),
        owner: action.map(|a| a.owner.clone()),
        days: action.map(|a| a.days),
    }
}

/// A text that begins with a capital.
#[must_use]
pub fn begin(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// A text as a sentence, without the marks of code.
#[must_use]
pub fn sentence(text: &str) -> String {
    let begun = begin(&text.trim().replace('`', ""));
    if begun.is_empty() || begun.ends_with(['.', '!', '?']) { begun } else { format!("{begun}.") }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    #[test]
    fn days_and_sentences_are_written_for_people() {
        assert_eq!(written(Day::parse("2026-07-04").unwrap()), "4 July 2026");
        assert_eq!(sentence(" the newest drill is old"), "The newest drill is old.");
        assert_eq!(sentence("Decide!"), "Decide!");
        assert_eq!(sentence("run `aipp`"), "Run aipp.");
        assert_eq!(dated("it ended on 2026-07-24, or (2026-13-01)"), "it ended on 24 July 2026, or (2026-13-01)");
        assert_eq!((clip("abcd", 4), clip("abc d", 4)), ("abcd".to_owned(), "abc…".to_owned()));
        assert_eq!(
            (lower("The AI skills gap"), lower("AI first")),
            ("the AI skills gap".to_owned(), "AI first".to_owned())
        );
    }
}
