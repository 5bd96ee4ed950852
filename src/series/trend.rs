//! Points enter; a robust straight line through them, with an interval for its slope, leaves.
//!
//! The line is Theil's and Sen's: the slope is the median of the slopes of all pairs of points, the intercept is
//! median(y) - slope × median(x). Up to 29 % of the points may be arbitrarily wrong before the slope is. The interval for the slope is
//! Sen's (P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau", 1968, equation 2.6): the normal
//! approximation of the distribution of Kendall's S, with its correction for ties. The same numbers as `scipy.stats.theilslopes`.

/// The normal quantile of a two-sided interval of 80 %: one time in ten it is later, one time in ten sooner.
pub const Z80: f64 = 1.281_551_565_544_600_4;

/// More points than these are not taken in pairs; [`thin`] makes fewer of them.
pub const MAX_POINTS: usize = 1000;

/// A straight line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// Units of y for one unit of x.
    pub slope: f64,
    /// The value of y at x = 0.
    pub intercept: f64,
    /// The low end of the slope's interval.
    pub low: f64,
    /// The high end of the slope's interval.
    pub high: f64,
    /// The median of x, through which the lines of the interval go as well.
    pub middle: f64,
    /// The median of y.
    pub level: f64,
}

/// The line through points (x, y), with the interval that `z` stands for (see [`Z80`]). None when no two points differ in x. At
/// most [`MAX_POINTS`] points are looked at, after [`thin`].
#[must_use]
pub fn theil_sen(points: &[(f64, f64)], z: f64) -> Option<Trend> {
    let thinned;
    let points = if points.len() > MAX_POINTS {
        thinned = thin(points, MAX_POINTS);
        &thinned[..]
    } else {
        points
    };
    let mut slopes = Vec::with_capacity(points.len() * points.len().saturating_sub(1) / 2);
    for (i, (x, y)) in points.iter().enumerate() {
        for (other_x, other_y) in &points[..i] {
            let run = x - other_x;
            if run != 0.0 {
                slopes.push((y - other_y) / run);
            }
        }
    }
    if slopes.is_empty() {
        return None;
    }
    let mut xs: Vec<f64> = points.iter().map(|p| p.0).collect();
    let mut ys: Vec<f64> = points.iter().map(|p| p.1).collect();
    let deviation = deviation(&mut xs, &mut ys);
    let all = slopes.len();
    let rank = |sign: f64| (sign.mul_add(z * deviation, all as f64) / 2.0).round_ties_even();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the ranks that there are")]
    let (lower, upper) = ((rank(-1.0) - 1.0).max(0.0) as usize, (rank(1.0).max(0.0) as usize).min(all - 1));
    let slope = median(&mut slopes)?;
    let low = ranked(&mut slopes, lower.min(all - 1));
    let high = ranked(&mut slopes, upper);
    let (middle, level) = (median(&mut xs)?, median(&mut ys)?);
    Some(Trend { slope, intercept: level - slope * middle, low, high, middle, level })
}

/// The standard deviation of Kendall's S when nothing moves, corrected for ties. Sorts both lists.
fn deviation(xs: &mut [f64], ys: &mut [f64]) -> f64 {
    let term = |n: f64| n * (n - 1.0) * (2.0 * n + 5.0);
    let ties = |values: &mut [f64]| -> f64 {
        values.sort_unstable_by(f64::total_cmp);
        values.chunk_by(|a, b| a == b).map(|equal| term(equal.len() as f64)).sum()
    };
    let variance = (term(xs.len() as f64) - ties(xs) - ties(ys)) / 18.0;
    variance.max(0.0).sqrt()
}

/// The value at a rank, from 0.
fn ranked(values: &mut [f64], rank: usize) -> f64 {
    *values.select_nth_unstable_by(rank, f64::total_cmp).1
}

/// The value in the middle; the mean of the two in the middle of an even number. None when there is none.
#[must_use]
pub fn median(values: &mut [f64]) -> Option<f64> {
    let half = values.len() / 2;
    match values {
        [] => None,
        [one] => Some(*one),
        [one, other] => Some(f64::midpoint(*one, *other)),
        _ if values.len() % 2 == 1 => Some(ranked(values, half)),
        _ => {
            let (below, upper, _) = values.select_nth_unstable_by(half, f64::total_cmp);
            let upper = *upper;
            Some(f64::midpoint(below.iter().copied().max_by(f64::total_cmp)?, upper))
        }
    }
}

/// Fewer points that stand for many: the span of x is cut into equal parts, and the points of one part become their medians. The same
/// points give the same result in any order.
#[must_use]
pub fn thin(points: &[(f64, f64)], most: usize) -> Vec<(f64, f64)> {
    let low = points.iter().map(|p| p.0).fold(f64::INFINITY, f64::min);
    let high = points.iter().map(|p| p.0).fold(f64::NEG_INFINITY, f64::max);
    let width = (high - low) / most as f64;
    let mut parts: Vec<(Vec<f64>, Vec<f64>)> = vec![(Vec::new(), Vec::new()); most];
    for (x, y) in points {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to most")]
        let at = if width > 0.0 { (((x - low) / width) as usize).min(most - 1) } else { 0 };
        parts[at].0.push(*x);
        parts[at].1.push(*y);
    }
    parts.into_iter().filter_map(|(mut xs, mut ys)| median(&mut xs).zip(median(&mut ys))).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_although_a_third_of_it_is_wrong() {
        let mut points: Vec<(f64, f64)> = (0..12).map(|x| (f64::from(x), 12.0 - 0.5 * f64::from(x))).collect();
        for at in [2, 5, 9] {
            points[at].1 = 40.0;
        }
        let trend = theil_sen(&points, Z80).unwrap();
        assert!((trend.slope + 0.5).abs() < 1e-12, "{trend:?}");
        assert!(trend.low <= -0.5 && trend.high >= -0.5);
    }

    #[test]
    fn no_line_goes_through_one_moment() {
        assert_eq!(theil_sen(&[], Z80), None);
        assert_eq!(theil_sen(&[(1.0, 2.0)], Z80), None);
        assert_eq!(theil_sen(&[(1.0, 2.0), (1.0, 3.0)], Z80), None);
    }

    #[test]
    fn the_middle_of_an_even_number_is_between_the_two() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [3.0, 1.0]), Some(2.0));
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(median(&mut [4.0, 1.0, 3.0]), Some(3.0));
    }

    #[test]
    fn many_points_become_medians_of_equal_spans() {
        let points: Vec<(f64, f64)> = (0..100_000).map(|i| (f64::from(i), 3.0 * f64::from(i) + 7.0)).collect();
        let thinned = thin(&points, MAX_POINTS);
        assert_eq!(thinned.len(), MAX_POINTS);
        let trend = theil_sen(&points, Z80).unwrap();
        assert!((trend.slope - 3.0).abs() < 1e-9 && (trend.intercept - 7.0).abs() < 1e-3, "{trend:?}");
        let mut turned = points.clone();
        turned.reverse();
        assert_eq!(thin(&turned, 10), thin(&points, 10));
    }

    proptest::proptest! {
        #[test]
        fn shifting_and_stretching_the_values_shifts_and_stretches_the_line(
            ys in proptest::collection::vec(-100.0..100.0_f64, 3..40), shift in -50.0..50.0_f64, stretch in 0.1..10.0_f64,
        ) {
            let line = |f: &dyn Fn(f64) -> f64| {
                let points: Vec<_> = ys.iter().enumerate().map(|(i, y)| (i as f64, f(*y))).collect();
                theil_sen(&points, Z80).unwrap()
            };
            let (one, other) = (line(&|y| y), line(&|y| y * stretch + shift));
            let close = |a: f64, b: f64| (a - b).abs() <= 1e-7 * (1.0 + a.abs().max(b.abs()));
            proptest::prop_assert!(close(one.slope * stretch, other.slope));
            proptest::prop_assert!(close(one.intercept * stretch + shift, other.intercept));
            proptest::prop_assert!(one.low <= one.slope && one.slope <= one.high);
        }
    }
}
