//! How evidence ages, on the checks as they are shipped.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use super::*;
use crate::checklist::Catalogue;
use crate::facts::{from_example, tree};

/// The climb of a check over facts, on a day.
fn climb(id: &str, facts: &str, today: &str, halved: bool) -> Climb {
    let facts = serde_json::from_str(facts).unwrap();
    let mut root = from_example(&facts, &tree()).unwrap();
    root.set("today", today);
    let catalogue = Catalogue::builtin().unwrap();
    Ground::new(&root, Day::parse(today).unwrap(), halved).climb(catalogue.get(id).unwrap())
}

const ROLLBACK: &str = r#"{
    "manifest": {"rollback": {"mechanism": "redeploy the last tag", "target_minutes": 15, "covers": ["code"]}},
    "documents": {"rollback_procedure": {"present": true, "text": "the previous version is kept"}},
    "evidence": {"changelog_release": {"present": true}},
    "drills": {"rollback": [{"date": "2026-07-24", "passed": true, "minutes_to_recover": 11, "covers": ["code"]}]}}"#;

#[test]
fn a_drill_ages_in_steps_that_anyone_can_predict() {
    let on = |today: &str| climb("ops-rollback-tested", ROLLBACK, today, false);
    let fresh = on("2026-10-22");
    assert_eq!((fresh.level, fresh.expires), (Level::Verified, Day::parse("2026-10-22")));
    let aged = on("2026-11-22");
    assert_eq!(aged.level, Level::Documented);
    assert_eq!(aged.unmet[0].because, "the newest drill is 121 days old; at most 90");
    // The procedure is state: it does not age with the drill.
    assert_eq!(on("2027-06-01").level, Level::Documented);
    // Critical projects let evidence age twice as fast: 45 days.
    assert_eq!(climb("ops-rollback-tested", ROLLBACK, "2026-09-07", true).level, Level::Verified);
    assert_eq!(climb("ops-rollback-tested", ROLLBACK, "2026-09-08", true).level, Level::Documented);
}

#[test]
fn a_record_without_a_date_proves_nothing_that_ages() {
    let undated = ROLLBACK.replace(r#""date": "2026-07-24", "#, "");
    let found = climb("ops-rollback-tested", &undated, "2026-07-25", false);
    assert_eq!(found.level, Level::Documented);
    assert!(found.unmet[0].because.contains("no date that can be trusted"), "{:?}", found.unmet);
}

const ACCEPTED: &str = r#"{
    "manifest": {"people": {"operations": {"lead": "Ola Berg", "accepted_on": "2026-10-01", "schedule": "ops/on-call.yaml"}}},
    "acceptance": [{"date": "2026-10-01", "by": "Ola Berg", "by_builder": false}],
    "on_call": {"people": 3},
    "codeowners": {"present": true, "runbooks": {"owned": true, "independent": true, "owners": ["@ops"]}},
    "repository": {"git": true, "serving_changed": "2026-11-01"}}"#;

#[test]
fn what_was_accepted_before_the_last_change_counts_one_level_less() {
    let before = climb("ops-team-accepted", &ACCEPTED.replace("2026-11-01", "2026-09-30"), "2026-11-22", false);
    assert_eq!(before.level, Level::Verified, "{:?}", before.unmet);
    let after = climb("ops-team-accepted", ACCEPTED, "2026-11-22", false);
    assert_eq!(after.level, Level::Documented);
    assert!(
        after.unmet[0].because.contains("older than the last change of what is served (2026-11-01)"),
        "{:?}",
        after.unmet
    );
}

#[test]
fn beyond_twice_the_age_a_dated_document_is_a_claim() {
    let on =
        |today: &str| climb("ops-team-accepted", &ACCEPTED.replace("2026-11-01", "2026-01-01"), today, false).level;
    assert_eq!(on("2026-12-30"), Level::Verified);
    assert_eq!(on("2026-12-31"), Level::Documented);
    assert_eq!(on("2027-03-30"), Level::Documented);
    assert_eq!(on("2027-03-31"), Level::Claimed);
}
