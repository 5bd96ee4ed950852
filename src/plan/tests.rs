//! The laws of a whole plan, over random levels and random playbooks.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use std::collections::HashMap;

use proptest::prelude::*;

use super::model::{MilestoneKind, TaskStatus};
use super::*;
use crate::assess::{CatalogueInfo, CheckInfo, PilotInfo, ProjectInfo, Readiness, Records, StageRecord, ToolInfo};
use crate::checklist::Catalogue;
use crate::checklist::Level;
use crate::evaluate::Status;
use crate::facts::pilot;
use crate::manifest::model::Tier;
use crate::series;

const FLOORS: [u32; 4] = [40, 50, 60, 65];

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

/// An assessment in which every check of the catalogue has a level.
fn assessment(catalogue: &Catalogue, phase: Phase, levels: impl Fn(usize) -> Level) -> Assessment {
    let checks = catalogue.checks.iter().enumerate().map(|(i, check)| CheckInfo {
        id: check.id.clone(),
        title: check.title().to_owned(),
        area: check.area(),
        due: check.due(),
        is_due: true,
        weight: check.weight,
        level: levels(i),
        required: check.required.map(crate::checklist::Required::level),
        status: Status::NotDue,
        credit: 0.0,
        expires: None,
        evidence: Vec::new(),
        unmet: Vec::new(),
        fix: String::new(),
        location: None,
        command: None,
    });
    Assessment {
        format_version: 1,
        kind: "assessment",
        tool: ToolInfo { name: "aipp", version: "0" },
        today: day("2026-11-23"),
        catalogue: CatalogueInfo { version: "1", sha256: String::new() },
        project: ProjectInfo {
            name: "Test".to_owned(),
            tier: Tier::Standard,
            phase,
            manifest: Some("aipp.yaml".to_owned()),
        },
        pilot: PilotInfo { start: None, end: None, week: None, planned_weeks: None, state: pilot::State::Running },
        policy: Vec::new(),
        base: None,
        proposed: Vec::new(),
        gate: None,
        baseline: None,
        readiness: Readiness {
            headline: None,
            weakest: None,
            mean: None,
            stated: None,
            claim_gap: None,
            floor: None,
            coverage: None,
            band: None,
            evidence_score: None,
        },
        areas: Vec::new(),
        signs: Vec::new(),
        checks: checks.collect(),
        metrics: Vec::new(),
        waivers: Vec::new(),
        next_actions: Vec::new(),
        packs: Vec::new(),
        open_questions: Vec::new(),
        diagnostics: Vec::new(),
        records: Records::default(),
    }
}

fn made(assessment: &Assessment, playbook: &Playbook, manifest: &str, change: impl Fn(&mut Inputs<'_>)) -> Plan {
    let loaded = crate::manifest::load("aipp.yaml", manifest.as_bytes().to_vec()).unwrap();
    let calendar = Calendar::default().with(loaded.manifest.plan.as_deref());
    let mut inputs = Inputs {
        assessment,
        manifest: &loaded.manifest,
        playbook,
        floors: FLOORS,
        calendar: &calendar,
        start: None,
        to: None,
        cheapest: false,
        by: None,
    };
    change(&mut inputs);
    plan(&inputs)
}

const MANIFEST: &str = "pilot: { start: 2026-09-28, end: 2026-11-13 }\n\
    plan: { holidays: [2026-12-24/2027-01-03], capacity: { SRE: 2.5, ops lead: 2, security engineer: 7 } }\n";

const LEVELS: [Level; 5] = [Level::Contradicted, Level::None, Level::Claimed, Level::Documented, Level::Verified];
const PHASES: [Phase; 4] = [Phase::ProveValue, Phase::Harden, Phase::Scale, Phase::Expand];

/// Every task after what it needs, by the plan's own dates.
fn respects_needs(plan: &Plan) -> Result<(), TestCaseError> {
    let of: HashMap<&str, &model::TaskInfo> = plan.tasks.iter().map(|t| (t.id.as_str(), t)).collect();
    for task in &plan.tasks {
        for need in &task.needs {
            let (Some(start), Some(end)) = (task.start, of[need.as_str()].end) else { continue };
            prop_assert!(start > end, "{} begins on {start}, {need} ends on {end}", task.id);
        }
        if let Some(start) = task.start {
            prop_assert!(start >= plan.calendar.from, "{} lies in the past", task.id);
        }
        prop_assert_eq!(task.status.is_dated(), task.start.is_some());
    }
    Ok(())
}

/// No date of `after` is later than in `before`.
fn no_later(before: &Plan, after: &Plan) -> Result<(), TestCaseError> {
    for (was, is) in before.tasks.iter().zip(&after.tasks) {
        if let Some(end) = is.end {
            prop_assert!(was.end.is_some_and(|e| end <= e), "{} moved from {:?} to {end}", is.id, was.end);
        }
    }
    prop_assert!(after.goal.date <= before.goal.date || before.goal.date.is_none());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_laws_hold_for_the_built_in_playbook(
        levels in proptest::collection::vec(0_usize..5, 80),
        up in proptest::collection::vec(proptest::bool::weighted(0.15), 80),
        phase in 0_usize..4,
    ) {
        let catalogue = Catalogue::builtin().unwrap();
        let playbook = Playbook::builtin().unwrap();
        let level = |i: usize| LEVELS[levels[i]];
        let raised = |i: usize| if up[i] { Level::Verified } else { level(i) };
        let before = made(&assessment(&catalogue, PHASES[phase], level), &playbook, MANIFEST, |_| ());
        let after = made(&assessment(&catalogue, PHASES[phase], raised), &playbook, MANIFEST, |_| ());
        respects_needs(&before)?;
        no_later(&before, &after)?;
        let again = made(&assessment(&catalogue, PHASES[phase], level), &playbook, MANIFEST, |_| ());
        prop_assert_eq!(serde_json::to_string(&before).unwrap(), serde_json::to_string(&again).unwrap());
        for gate in before.milestones.iter().filter(|m| m.kind == MilestoneKind::Gate && m.date.is_some()) {
            prop_assert!(gate.forecast.unwrap() >= f64::from(gate.floor.unwrap()), "{}: {:?}", gate.id, gate.forecast);
        }
    }

    #[test]
    fn the_laws_hold_for_random_playbooks(
        tasks in proptest::collection::vec(
            (0_usize..4, 1_u32..15, 0_usize..4, proptest::collection::vec(any::<proptest::sample::Index>(), 0..3),
             proptest::collection::vec((0_usize..60, any::<bool>()), 0..3), proptest::bool::weighted(0.1)),
            1..30),
        levels in proptest::collection::vec(0_usize..5, 80),
        met in 0_usize..60,
    ) {
        let catalogue = Catalogue::builtin().unwrap();
        let text = random_playbook(&catalogue, tasks);
        let playbook = crate::playbook::load("playbook.yaml", text.clone().into_bytes(), &catalogue)
            .unwrap_or_else(|e| panic!("{e:?}\n{text}"));
        let level = |i: usize| LEVELS[levels[i]];
        let better = |i: usize| if i == met { Level::Verified } else { level(i) };
        let before = made(&assessment(&catalogue, Phase::ProveValue, level), &playbook, MANIFEST, |_| ());
        let after = made(&assessment(&catalogue, Phase::ProveValue, better), &playbook, MANIFEST, |_| ());
        respects_needs(&before)?;
        no_later(&before, &after)?;
    }

    /// The cheapest set opens the gate by itself: nothing due is below its level, and the headline reaches the floor.
    #[test]
    fn the_cheapest_way_opens_the_gate(levels in proptest::collection::vec(0_usize..5, 80), phase in 0_usize..4, to in 0_usize..4) {
        let catalogue = Catalogue::builtin().unwrap();
        let playbook = Playbook::builtin().unwrap();
        let targets = [Target::Harden, Target::Scale, Target::Expand, Target::Sustain];
        let target = targets[to.max(phase)];
        let from = assessment(&catalogue, PHASES[phase], |i| LEVELS[levels[i]]);
        let plan = made(&from, &playbook, MANIFEST, |i| { i.to = Some(target); i.cheapest = true; });
        let cheapest = plan.cheapest.as_ref().unwrap();
        prop_assert!(cheapest.possible, "{}", cheapest.message);
        prop_assert!(cheapest.days <= cheapest.all_days + 60);
        prop_assert!(cheapest.headline.unwrap() >= f64::from(cheapest.floor));
        for id in &cheapest.unmet {
            let check = from.checks.iter().find(|c| c.id == *id).unwrap();
            prop_assert!(check.required.is_none(), "{id} is required and stays unmet");
        }
        respects_needs(&plan)?;
    }
}

type RandomTask = (usize, u32, usize, Vec<proptest::sample::Index>, Vec<(usize, bool)>, bool);

/// A playbook that a team could have written: tasks in order of their phases, needs pointing backward.
fn random_playbook(catalogue: &Catalogue, mut tasks: Vec<RandomTask>) -> String {
    use std::fmt::Write as _;
    tasks.sort_by_key(|t| t.0);
    let mut text = String::from("aipp_playbook: 1\nphases:\n");
    let mut open = None;
    for (i, (phase, days, role, needs, checks, recurs)) in tasks.iter().enumerate() {
        if open != Some(*phase) {
            open = Some(*phase);
            let id = ["prove-value", "harden", "scale", "expand"][*phase];
            let from = [1, 7, 13, 25][*phase];
            let _ = writeln!(text, "- id: {id}\n  title: {id}\n  weeks: {{ from: {from} }}\n  tasks:");
        }
        let needs: Vec<String> = needs.iter().filter(|_| i > 0).map(|n| format!("T{}", n.index(i.max(1)))).collect();
        let checks: Vec<String> = checks
            .iter()
            .map(|(c, verified)| {
                let level = if *verified { "verified" } else { "documented" };
                format!("{{ id: {}, brings: {level} }}", catalogue.checks[*c % catalogue.checks.len()].id)
            })
            .collect();
        let role = ["SRE", "ops lead", "security engineer", "owner"][*role];
        let recurs = if *recurs { "recurs: monthly, " } else { "" };
        let _ = writeln!(
            text,
            "  - {{ id: T{i}, title: t, deliverable: d, exit: e, owner: {role}, days: {days}, {recurs}needs: [{}], checks: [{}] }}",
            needs.join(", "),
            checks.join(", ")
        );
    }
    text
}

#[test]
fn a_fresh_project_follows_the_weeks_of_the_playbook() {
    let catalogue = Catalogue::builtin().unwrap();
    let playbook = Playbook::builtin().unwrap();
    let plan = made(&assessment(&catalogue, Phase::ProveValue, |_| Level::None), &playbook, "{aipp: 1}\n", |i| {
        i.start = Some(day("2026-11-23"));
    });
    let task = |id: &str| plan.tasks.iter().find(|t| t.id == id).unwrap();
    assert_eq!(plan.goal.done, 0);
    assert!(!plan.slip.replanned, "{}", plan.slip.message);
    assert_eq!(task("P1-01").start, Some(day("2026-11-23")));
    // Week 7 begins on 4 January; nothing of hardening is before, and nothing of scaling before week 13.
    for task in plan.tasks.iter().filter(|t| t.start.is_some()) {
        let first = match task.phase {
            Phase::ProveValue => "2026-11-23",
            Phase::Harden => "2027-01-04",
            Phase::Scale => "2027-02-15",
            Phase::Expand => "2027-05-10",
        };
        assert!(task.start.unwrap() >= day(first), "{} begins on {:?}", task.id, task.start);
    }
    // The training of each share of users ends before its traffic begins.
    let parts = &task("P3-04").parts;
    let begins = |id: &str| task(id).start.unwrap();
    for (part, step) in parts.iter().zip(["P3-05", "P3-07", "P3-10"]) {
        assert!(
            part.end < begins(step),
            "the cohort of {} % is trained until {}, {step} begins {}",
            part.before,
            part.end,
            begins(step)
        );
    }
    assert_eq!(plan.critical_path.first().map(String::as_str), Some("P1-01"));
    assert!(plan.critical_path.iter().any(|id| id == "P1-14"), "{:?}", plan.critical_path);
}

#[test]
fn a_traffic_stage_that_runs_is_planned_for_what_is_left_of_it() {
    let catalogue = Catalogue::builtin().unwrap();
    let playbook = Playbook::builtin().unwrap();
    let mut from = assessment(&catalogue, Phase::Scale, |_| Level::Verified);
    from.records.stages = vec![StageRecord { date: day("2026-11-09"), percent: 10.0, aborted: false }];
    let plan = made(&from, &playbook, "{aipp: 1}\n", |_| ());
    let task = |id: &str| plan.tasks.iter().find(|t| t.id == id).unwrap();
    assert_eq!((task("P3-05").status, task("P3-05").days), (TaskStatus::Planned, 5));
    assert_eq!(task("P3-06").status, TaskStatus::Planned);
    assert_eq!(task("P2-14").status, TaskStatus::Done);
}

#[test]
fn without_a_known_start_the_phase_begins_today() {
    let catalogue = Catalogue::builtin().unwrap();
    let playbook = Playbook::builtin().unwrap();
    let plan = made(&assessment(&catalogue, Phase::Harden, |_| Level::None), &playbook, "{aipp: 1}\n", |_| ());
    assert_eq!((plan.calendar.start_from, plan.calendar.start), (StartFrom::Phase, day("2026-10-12")));
    assert!(plan.tasks.iter().filter_map(|t| t.start).all(|s| s >= day("2026-11-23")));
}

#[test]
fn a_date_holds_or_the_plan_says_what_would_have_to_give() {
    let catalogue = Catalogue::builtin().unwrap();
    let playbook = Playbook::builtin().unwrap();
    let from = assessment(&catalogue, Phase::Harden, |_| Level::Claimed);
    let plan = |by: &str| made(&from, &playbook, MANIFEST, |i| i.by = Some(day(by)));
    let late = plan("2027-12-01").by.unwrap();
    assert!(late.holds && late.options.is_empty(), "{}", late.message);
    let early = plan("2026-12-18").by.unwrap();
    assert!(!early.holds);
    assert_eq!(early.options.last().unwrap().date, early.planned.unwrap());
    for option in &early.options {
        assert!(option.date <= early.planned.unwrap(), "{}", option.text);
        assert_eq!(option.holds, option.date <= early.date);
    }
    assert!(early.options.iter().any(|o| o.gives == model::Gives::Capacity), "{:?}", early.options);
    // The day that the plan itself names holds, and the one before it does not.
    let planned = early.planned.unwrap();
    assert!(plan(&planned.to_string()).by.unwrap().holds);
    assert!(!plan(&Day(shift(planned.0, -1)).to_string()).by.unwrap().holds);
}

#[test]
fn a_plan_at_the_end_of_time_does_not_panic() {
    let catalogue = Catalogue::builtin().unwrap();
    let playbook = Playbook::builtin().unwrap();
    let mut from = assessment(&catalogue, Phase::ProveValue, |_| Level::None);
    for today in ["9999-12-31", "0001-01-01"] {
        from.today = day(today);
        let plan = made(&from, &playbook, "plan: { capacity: { SRE: 0.1 } }\n", |i| i.by = Some(day("2027-01-01")));
        assert_eq!(plan.tasks.len(), 49);
    }
}

fn recommended(manifest: &str, today: &str, now: &[(&str, f64)]) -> recommend::Recommendation {
    let catalogue = Catalogue::builtin().unwrap();
    let mut from = assessment(&catalogue, Phase::Harden, |_| Level::None);
    from.today = day(today);
    let loaded = crate::manifest::load("aipp.yaml", manifest.as_bytes().to_vec()).unwrap();
    let pilot = crate::facts::pilot::Pilot::of(&loaded.manifest, &[], &[], from.today);
    from.pilot.state = pilot.state;
    from.metrics = loaded
        .manifest
        .metrics
        .iter()
        .map(|m| {
            let baseline = m.baseline.as_ref().and_then(|b| b.value.clone()).unwrap();
            series::Standing {
                id: m.id.clone(),
                name: m.name.clone(),
                unit: baseline.unit().to_owned(),
                baseline: Some(baseline.number()),
                target: None,
                now: now.iter().find(|(id, _)| *id == m.id).map(|(_, n)| *n),
                deadline: None,
                state: series::State::NoData,
                share: None,
                needed_rate: None,
                actual_rate: None,
                projected: None,
                interval: None,
                samples: 0,
                last: None,
                because: String::new(),
                direction: None,
                guardrail: None,
                course: Vec::new(),
            }
        })
        .collect();
    recommend::recommend(&from, &loaded.manifest)
}

#[test]
fn the_recommendation_follows_the_criteria_of_the_team() {
    use recommend::{Advice, Outcome};
    let manifest = |criteria: &str| {
        format!(
            "project: {{ phase: harden }}\npilot: {{ start: 2026-06-01, end: 2026-07-24, {criteria} }}\n\
             metrics:\n- {{ id: time, name: Handling time, baseline: 12 min, target: 2 min, deadline: 2026-12-31, guardrail: {{ limit: 2%, metric: errors }} }}\n\
             - {{ id: errors, baseline: 4%, target: 1%, deadline: 2026-12-31 }}\n"
        )
    };
    let both = manifest(
        "go_criteria: [{ metric: time, at_most: 480 s }, errors <= 3%], stop_criteria: [Handling time > 15 min]",
    );
    let advice = |text: &str, today: &str, now: &[(&str, f64)]| recommended(text, today, now).advice;
    let good: &[(&str, f64)] = &[("time", 8.0), ("errors", 1.5)];
    assert_eq!(advice(&both, "2026-07-20", good), Some(Advice::Go));
    // The guardrail of 2 % is crossed although the criterion of 3 % holds.
    assert_eq!(advice(&both, "2026-07-20", &[("time", 8.0), ("errors", 2.5)]), Some(Advice::Hold));
    assert_eq!(advice(&both, "2026-07-20", &[("time", 15.1), ("errors", 1.5)]), Some(Advice::Stop));
    let half: &[(&str, f64)] = &[("time", 9.0), ("errors", 1.5)];
    assert_eq!(advice(&both, "2026-07-20", half), Some(Advice::Hold), "the pilot runs");
    let held = recommended(&both, "2026-08-20", half);
    assert_eq!((held.advice, held.until), (Some(Advice::Hold), Some(day("2026-09-15"))), "one extension is left");
    assert_eq!(advice(&both, "2026-11-20", half), Some(Advice::Pivot), "the extension is used up");
    assert_eq!(advice(&both, "2026-11-20", &[("time", 9.0), ("errors", 3.5)]), Some(Advice::Stop));
    let silent = recommended(&both, "2026-11-20", &[]);
    assert_eq!(silent.advice, None);
    assert!(silent.criteria.iter().all(|c| c.outcome == Outcome::NoData), "{:?}", silent.criteria);
    let none = recommended(&manifest(""), "2026-07-20", good);
    assert_eq!(none.advice, None);
    assert!(none.because.contains("no go or stop criteria"), "{}", none.because);
    let prose =
        recommended(&manifest("go_criteria: [The clerks are happy with it in 9 of 10 cases]"), "2026-07-20", good);
    assert_eq!((prose.advice, prose.criteria[0].outcome), (None, Outcome::ForPeople));
    let odd = recommended(&manifest("go_criteria: [{ metric: time, at_most: 3% }]"), "2026-07-20", good);
    assert_eq!(odd.criteria[0].outcome, Outcome::ForPeople, "{}", odd.criteria[0].because);
    let extended = manifest("extended_to: 2026-08-14, go_criteria: [{ metric: time, at_most: 8 min }]");
    assert_eq!(advice(&extended, "2026-08-14", &[("time", 9.0)]), Some(Advice::Hold));
    assert_eq!(advice(&extended, "2026-08-15", &[("time", 9.0)]), Some(Advice::Stop));
}
