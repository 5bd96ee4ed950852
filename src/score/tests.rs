//! The worked example to the decimal, and the laws that scores obey.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use proptest::prelude::*;

use super::*;
use crate::checklist::ladder::Climb;
use crate::checklist::{Catalogue, Level};
use crate::evaluate::judge;
use crate::manifest::model::{Phase, Tier};
use crate::policy::Policy;

/// The levels of the worked example in the domain's notes on scoring, before the repairs.
const LEVELS: &str = include_str!("../../tests/worked-example.txt");

fn level(name: &str) -> Level {
    [Level::None, Level::Claimed, Level::Documented, Level::Verified, Level::Contradicted]
        .into_iter()
        .find(|l| l.name() == name)
        .unwrap()
}

/// The findings of the worked example, with some levels changed.
fn worked<'c>(catalogue: &'c Catalogue, repaired: &[(&str, Level)]) -> Vec<Finding<'c>> {
    let levels: std::collections::HashMap<&str, &str> =
        LEVELS.lines().map(|line| line.split_once(' ').unwrap()).collect();
    let policy = Policy::default();
    catalogue
        .checks
        .iter()
        .map(|check| {
            let now = repaired.iter().find(|(id, _)| *id == check.id).map(|(_, level)| *level);
            let now = now.unwrap_or_else(|| levels.get(check.id.as_str()).map_or(Level::None, |name| level(name)));
            let mut climb = Climb::at(now);
            climb.applies = check.id != "gov-transparency-notice";
            let mut finding = judge(check, climb, policy.required(check, Tier::Standard), check.due() <= Phase::Harden);
            if check.id == "ops-team-accepted" {
                finding.status = Status::Waived;
            }
            finding
        })
        .collect()
}

fn tenth(score: Option<Score>) -> f64 {
    display(score.unwrap(), 1)
}

#[test]
fn the_worked_example_reproduces_to_the_decimal() {
    let catalogue = Catalogue::builtin().unwrap();
    let scores = score(&worked(&catalogue, &[]));
    let areas: Vec<(&str, u32, f64, f64)> =
        scores.areas.iter().map(|a| (a.area.id(), a.weight, a.points(), tenth(a.score()))).collect();
    assert_eq!(
        areas,
        [
            ("infrastructure", 27, 17.5, 64.8),
            ("skills", 12, 3.0, 25.0),
            ("governance", 37, 30.0, 81.1),
            ("metrics", 15, 13.5, 90.0),
            ("focus", 18, 14.5, 80.6),
            ("human", 20, 11.0, 55.0),
            ("operations", 32, 18.5, 57.8),
            ("quality", 29, 19.0, 65.5),
        ]
    );
    assert_eq!(scores.areas.iter().map(|a| a.weight).sum::<u32>(), 190);
    assert_eq!((tenth(scores.headline), scores.weakest), (25.0, Some(Area::Skills)));
    assert_eq!((tenth(scores.mean), tenth(scores.stated), tenth(scores.claim_gap())), (66.8, 97.9, 31.1));
    assert_eq!(band(scores.headline.unwrap()), "partly productionised");
}

#[test]
fn the_repairs_of_the_worked_example_reproduce_to_the_decimal() {
    let catalogue = Catalogue::builtin().unwrap();
    let repaired = [
        ("gov-audit-log", Level::Verified),
        ("ops-rollback-tested", Level::Verified),
        ("skills-agent-orchestration", Level::Verified),
        ("skills-governance-leaders", Level::Documented),
    ];
    let scores = score(&worked(&catalogue, &repaired));
    let of = |area: Area| tenth(scores.areas.iter().find(|a| a.area == area).unwrap().score());
    assert_eq!((of(Area::Skills), of(Area::Governance), of(Area::Operations)), (62.5, 87.8, 65.6));
    assert_eq!((tenth(scores.headline), scores.weakest, tenth(scores.mean)), (55.0, Some(Area::Human), 71.8));
}

#[test]
fn every_requirement_just_met_gives_fifty_at_every_gate() {
    let catalogue = Catalogue::builtin().unwrap();
    let policy = Policy::default();
    for exit in [Phase::ProveValue, Phase::Harden, Phase::Scale, Phase::Expand] {
        let findings: Vec<Finding<'_>> = catalogue
            .checks
            .iter()
            .map(|check| {
                let required = policy.required(check, Tier::Standard);
                judge(check, Climb::at(required.unwrap_or(Level::Documented)), required, check.due() <= exit)
            })
            .collect();
        assert_eq!(tenth(score(&findings).headline), 50.0, "{exit:?}");
    }
}

#[test]
fn rounding_is_half_away_from_zero_and_bands_are_half_open() {
    assert_eq!(display(Ratio::new(5, 100), 1), 0.1);
    assert_eq!(display(Ratio::new(-5, 100), 1), -0.1);
    assert_eq!(display(Ratio::new(249_499, 10_000), 1), 24.9);
    let bands = [
        (0, "slideware"),
        (1, "pilot"),
        (25, "partly productionised"),
        (50, "go-live candidate"),
        (70, "operated"),
        (85, "exemplary"),
    ];
    for (score, name) in bands {
        assert_eq!(band(Ratio::from_integer(score)), name);
    }
    assert_eq!(band(Ratio::new(2499, 100)), "pilot");
}

#[test]
fn nothing_due_has_no_score_and_light_areas_do_not_rule() {
    let catalogue = Catalogue::builtin().unwrap();
    let none: Vec<Finding<'_>> =
        catalogue.checks.iter().map(|c| judge(c, Climb::at(Level::None), None, false)).collect();
    let scores = score(&none);
    assert_eq!((scores.headline, scores.mean, scores.coverage), (None, None, None));
    // At the first gate skills has one check of weight 2: its zero must not become the headline.
    let first: Vec<Finding<'_>> = catalogue
        .checks
        .iter()
        .map(|c| {
            let level = if c.id == "skills-gap-plan" { Level::None } else { Level::Verified };
            judge(c, Climb::at(level), None, c.due() <= Phase::ProveValue)
        })
        .collect();
    assert_eq!(tenth(score(&first).headline), 100.0);
}

fn any_level() -> impl Strategy<Value = Level> {
    prop_oneof![
        Just(Level::None),
        Just(Level::Claimed),
        Just(Level::Documented),
        Just(Level::Verified),
        Just(Level::Contradicted)
    ]
}

fn findings<'c>(catalogue: &'c Catalogue, levels: &[Level]) -> Vec<Finding<'c>> {
    catalogue.checks.iter().zip(levels).map(|(c, l)| judge(c, Climb::at(*l), None, c.due() <= Phase::Harden)).collect()
}

proptest! {
    #[test]
    fn laws_of_scores(levels in prop::collection::vec(any_level(), 60), at in 0_usize..60, shuffle in any::<u64>()) {
        let catalogue = Catalogue::builtin().unwrap();
        let before = score(&findings(&catalogue, &levels));

        // Raising a level never lowers a score.
        let mut raised = levels.clone();
        raised[at] = Level::Verified;
        let after = score(&findings(&catalogue, &raised));
        prop_assert!(after.headline >= before.headline && after.mean >= before.mean && after.stated >= before.stated);

        // A claim alone never raises what is proven.
        let mut claimed = levels.clone();
        if matches!(claimed[at], Level::None) {
            claimed[at] = Level::Claimed;
        }
        let after = score(&findings(&catalogue, &claimed));
        prop_assert_eq!((after.mean, after.headline), (before.mean, before.headline));

        // The headline never exceeds a counted area, and lies between 0 and 100.
        for area in before.areas.iter().filter(|a| a.due_weight >= HEADLINE_WEIGHT) {
            prop_assert!(before.headline.unwrap() <= area.score().unwrap());
        }
        prop_assert!(before.headline.unwrap() >= Ratio::from_integer(0) && before.mean.unwrap() <= Ratio::from_integer(100));
        prop_assert!(before.claim_gap().unwrap() >= Ratio::from_integer(0));

        // The order of checks never matters.
        let mut shuffled = findings(&catalogue, &levels);
        let len = shuffled.len();
        for i in 0..len {
            shuffled.swap(i, (shuffle.wrapping_mul(i as u64 + 1) % len as u64) as usize);
        }
        prop_assert_eq!(score(&shuffled), before);
    }
}
