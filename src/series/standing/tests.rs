//! Terms and courses as people see them enter; the word that a careful analyst would say leaves.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use super::*;

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn terms(text: &str) -> Terms {
    let text = format!("metrics:\n  - {{ id: m, {text} }}\n");
    Terms::of(&crate::manifest::load("aipp.yaml", text.into()).unwrap().manifest.metrics[0], None)
}

/// One value every `step` days, the newest on 2026-11-22.
fn every(step: i64, values: &[f64]) -> Points {
    let end = start_of(day("2026-11-22"));
    let many = i64::try_from(values.len()).unwrap();
    let at: Vec<i64> = (0..many).map(|i| end - (many - 1 - i) * step * DAY_MS).collect();
    Points { lines: vec![0; values.len()], values: values.to_vec(), at }
}

fn on(terms: &Terms, points: &Points, today: &str) -> Standing {
    stand(terms, points, day(today), start_of(day(today)) + DAY_MS - 1)
}

fn word(text: &str, values: &[f64]) -> &'static str {
    on(&terms(text), &every(7, values), "2026-11-22").state.name()
}

const TIME: &str = "baseline: 12 min, target: 2 min, deadline: 2026-12-31";

#[test]
fn the_words_are_those_of_the_page() {
    assert_eq!(word(TIME, &[]), "no-data");
    assert_eq!(word(TIME, &[10.0, 8.0, 6.0]), "no-data", "three points claim nothing");
    assert_eq!(word(TIME, &[10.0, 9.0, 8.0, 7.0]), "no-data");
    assert_eq!(word(TIME, &[8.0, 7.0, 6.0, 5.0, 4.0]), "on-track");
    assert_eq!(word(TIME, &[11.0, 10.8, 10.5, 10.2, 10.0]), "off-track");
    assert_eq!(word(TIME, &[6.0, 7.0, 5.0, 6.5, 4.0, 5.5, 4.0]), "at-risk");
    assert_eq!(word(TIME, &[8.0, 6.0, 4.0, 2.5, 2.0]), "met");
    assert_eq!(word(TIME, &[8.0, 1.0]), "met", "a fact needs no trend");
    assert_eq!(word(TIME, &[8.0, 4.0, 2.0, 1.9, 6.0]), "regressed");
    assert_eq!(word(TIME, &[8.0, 4.0, 2.0, 1.9, 2.4, 2.1]), "at-risk", "noise about the target is no regression");
    assert_eq!(word(TIME, &[12.0, 13.5]), "regressed", "worse than the baseline");
    assert_eq!(word(TIME, &[12.0, 12.5]), "no-data", "a little worse is noise");
    assert_eq!(word("baseline: 12 min, target: 2 min, deadline: 2026-11-21", &[8.0, 6.0]), "off-track");
    assert_eq!(word("baseline: 12 min, target: 2 min, deadline: 2026-11-22", &[8.0, 6.0, 5.0, 4.5, 4.0]), "off-track");
}

#[test]
fn a_metric_may_rise_start_at_zero_or_have_to_stay() {
    let saved = "baseline: 0 h, target: 200 h, deadline: 2026-12-31";
    assert_eq!(word(saved, &[40.0, 80.0, 110.0, 140.0, 170.0]), "on-track");
    assert_eq!(word(saved, &[40.0, 41.0, 42.0, 41.0, 43.0]), "off-track");
    assert_eq!(word(saved, &[210.0]), "met");
    let standing = on(&terms(saved), &every(7, &[40.0, 50.0]), "2026-11-22");
    assert_eq!((standing.share, standing.needed_rate.map(f64::round)), (Some(0.25), Some(27.0)));
    let zero = "baseline: 3 documents, target: 0 documents, deadline: 2026-12-31";
    assert_eq!(word(zero, &[2.0, 1.0, 0.0]), "met");
    let stay = "baseline: 99%, target: 99%, deadline: 2026-12-31";
    assert_eq!(word(stay, &[98.0]), "met", "within 2 %");
    assert_eq!(word(stay, &[99.0, 80.0]), "regressed");
    assert_eq!(word("baseline: 99%, target: 99%, direction: up", &[99.5]), "met");
    assert_eq!(word("baseline: 99%, target: 99%, direction: up", &[97.0]), "no-data", "two points under it");
    assert_eq!(on(&terms(stay), &every(7, &[98.0]), "2026-11-22").share, None);
    assert_eq!(word("target: 2 min, deadline: 2027-12-31", &[8.0, 7.0, 6.0, 5.0, 4.0]), "on-track", "no baseline");
    assert_eq!(word("baseline: 12 min", &[8.0]), "no-data", "no target");
}

#[test]
fn what_is_old_says_nothing_about_today() {
    let weekly = every(7, &[8.0, 7.0, 6.0, 5.0, 4.0]);
    assert_eq!(on(&terms(TIME), &weekly, "2026-12-06").state, State::OnTrack);
    assert_eq!(on(&terms(TIME), &weekly, "2026-12-07").state, State::Stale, "15 days");
    let monthly = every(30, &[8.0, 7.0, 6.0, 5.0, 4.0]);
    assert_eq!(on(&terms(TIME), &monthly, "2026-12-20").state, State::OffTrack, "twice the usual gap is still fresh");
    assert_eq!(on(&terms(TIME), &monthly, "2027-01-22").state, State::Stale);
}

#[test]
fn only_what_was_there_on_the_day_counts() {
    let points = every(7, &[8.0, 7.0, 6.0, 5.0, 4.0]);
    let earlier = on(&terms(TIME), &points, "2026-11-10");
    assert_eq!((earlier.samples, earlier.now, earlier.last), (3, Some(6.0), Some(day("2026-11-08"))));
    let mut late = terms(TIME);
    late.since = Some(day("2026-11-08"));
    assert_eq!(on(&late, &points, "2026-11-22").samples, 3);
}

#[test]
fn several_values_of_a_day_are_their_median_and_of_a_moment_too() {
    let at = vec![0, 0, 0, DAY_MS, DAY_MS + 5];
    let values = vec![9.0, 1.0, 3.0, 4.0, 6.0];
    assert_eq!(daily(&at, &values), [(0, 3.0), (1, 5.0)]);
    assert_eq!(newest(&at[..3], &values[..3]), Some(3.0));
    assert_eq!(newest(&at, &values), Some(6.0));
}

#[test]
fn rates_and_dates_can_be_checked_by_hand() {
    // A minute a week, 4 min on 2026-11-22: two weeks to go.
    let standing = on(&terms(TIME), &every(7, &[8.0, 7.0, 6.0, 5.0, 4.0]), "2026-11-22");
    assert_eq!(standing.actual_rate, Some(-1.0));
    assert_eq!(standing.projected, Some(day("2026-12-06")));
    assert_eq!(standing.interval, Some([Some(day("2026-12-06")); 2]));
    assert_eq!(standing.needed_rate.map(six_digits), Some(six_digits(-2.0 / 39.0 * 7.0)));
    assert_eq!(standing.share, Some(0.8));
    // The slow end that never arrives is open.
    let noisy = on(&terms(TIME), &every(7, &[6.0, 7.0, 5.0, 7.5, 5.0]), "2026-11-22");
    assert_eq!(noisy.interval.unwrap()[1], None);
}

#[test]
fn the_trend_looks_back_eight_weeks() {
    let mut values = vec![12.0; 20];
    values.extend([10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.5]);
    assert_eq!(on(&terms(TIME), &every(7, &values), "2026-11-22").actual_rate, Some(-1.0));
    let monthly = on(&terms(TIME), &every(30, &[12.0, 11.0, 10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0]), "2026-11-22");
    assert_eq!(monthly.actual_rate.map(six_digits), Some(six_digits(-7.0 / 30.0)), "or over eight measured days");
}

proptest::proptest! {
    /// Whatever is measured, the parts of a verdict agree with each other.
    #[test]
    fn the_parts_agree(
        values in proptest::collection::vec(-5.0..30.0_f64, 0..40), step in 1..10_i64, deadline in 1..28_i8, falls: bool,
    ) {
        let goal = if falls { "baseline: 12 min, target: 2 min" } else { "baseline: 2 min, target: 12 min" };
        let terms = terms(&format!("{goal}, deadline: 2026-12-{deadline:02}"));
        let s = on(&terms, &every(step, &values), "2026-11-22");
        proptest::prop_assert_eq!(s.samples, values.len());
        if let (Some(middle), Some([early, late])) = (s.projected, s.interval) {
            proptest::prop_assert!(early.is_some_and(|early| early <= middle));
            proptest::prop_assert!(late.is_none_or(|late| late >= middle));
            proptest::prop_assert!(middle >= day("2026-11-22"));
        }
        let met = s.now.is_some_and(|now| if falls { now <= 2.0 } else { now >= 12.0 });
        proptest::prop_assert_eq!(s.state == State::Met, met);
        if s.state == State::OnTrack {
            proptest::prop_assert!(s.interval.unwrap()[1].unwrap() <= terms.deadline.unwrap());
        }
        proptest::prop_assert!(values.len() >= ENOUGH || s.projected.is_none());
        proptest::prop_assert!(!s.because.is_empty());
    }
}
