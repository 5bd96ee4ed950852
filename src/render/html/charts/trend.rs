//! Recorded assessments enter; lines over time leave: readiness, what is proven, what is stated.

use serde::Serialize;

use super::{SIZES, Size, Tick, path, short_day, span, spread, tenth};
use crate::gate::short;
use crate::manifest::value::Day;
use crate::report::{Past, written};

/// The trend.
#[derive(Debug, Serialize)]
pub(in crate::render::html) struct Trend {
    description: String,
    drawings: Vec<Drawing>,
}

/// Its places on a canvas.
#[derive(Debug, Serialize)]
struct Drawing {
    size: Size,
    width: f64,
    height: f64,
    left: f64,
    right: f64,
    line: String,
    mean: String,
    stated: String,
    points: Vec<Point>,
    rules: Vec<Tick>,
    ends: Vec<End>,
}

/// One assessment.
#[derive(Debug, Serialize)]
struct Point {
    x: f64,
    y: f64,
    label: String,
    date: String,
    named: bool,
}

/// What a line is, beside its end.
#[derive(Debug, Serialize)]
struct End {
    y: f64,
    label: String,
    strong: bool,
}

/// The trend; none with fewer than two days.
pub(in crate::render::html) fn trend(past: &[Past]) -> Option<Trend> {
    let known: Vec<(&Past, f64)> = past.iter().filter_map(|p| Some((p, p.headline?))).collect();
    let (first, last) = (known.first()?.0, known.last()?.0);
    if span(first.date, last.date) <= 0.0 {
        return None;
    }
    let said: Vec<String> = known.iter().map(|(p, h)| format!("{}: {}", written(p.date), short(*h))).collect();
    let drawings = SIZES.into_iter().map(|size| drawing(&known, size)).collect();
    Some(Trend { description: format!("Readiness of 100. {}", said.join("; ")), drawings })
}

/// A number of an assessment.
type Pick = fn(&Past) -> Option<f64>;

fn drawing(known: &[(&Past, f64)], size: Size) -> Drawing {
    let (left, room, gutter) = match size {
        Size::Wide => (32.0, 776.0, 112.0),
        Size::Narrow => (28.0, 206.0, 106.0),
    };
    let (top, tall) = (16.0, 170.0);
    let (first, last) = (known[0].0, known[known.len() - 1].0);
    let whole = span(first.date, last.date).max(1.0);
    let x = |day: Day| tenth(left + room * span(first.date, day) / whole);
    let y = |points: f64| tenth(top + tall * (1.0 - points / 100.0));
    let mut points: Vec<Point> = known
        .iter()
        .map(|(p, headline)| Point {
            x: x(p.date),
            y: y(*headline),
            label: short(*headline),
            date: short_day(p.date),
            named: false,
        })
        .collect();
    // From the newest back, as many labels as have room; the newest says its number beside the line.
    let mut free = f64::INFINITY;
    for point in points.iter_mut().rev() {
        point.named = free - point.x >= 52.0;
        if point.named {
            free = point.x;
        }
    }
    let line = |value: Pick| -> Vec<(f64, f64)> {
        known.iter().filter_map(|(p, _)| Some((x(p.date), y(value(p)?)))).collect()
    };
    let lines: [(&str, Pick); 3] = [("readiness", |p| p.headline), ("proven", |p| p.mean), ("stated", |p| p.stated)];
    let ends = lines.iter().filter_map(|(name, value)| Some((*name, value(last)?)));
    let mut ends: Vec<End> = ends
        .map(|(name, value)| End {
            y: y(value) + 4.0,
            label: format!("{} {name}", short(value)),
            strong: name == "readiness",
        })
        .collect();
    let mut places: Vec<f64> = ends.iter().map(|end| end.y).collect();
    spread(&mut places, 15.0, top + tall + 4.0);
    for (end, place) in ends.iter_mut().zip(places) {
        end.y = place;
    }
    Drawing {
        size,
        width: left + room + gutter,
        height: top + tall + 26.0,
        left,
        right: left + room,
        line: path(&points.iter().map(|p| (p.x, p.y)).collect::<Vec<_>>()),
        mean: path(&line(|p| p.mean)),
        stated: path(&line(|p| p.stated)),
        points,
        rules: [0.0, 50.0, 100.0].map(|at| Tick { x: y(at), label: short(at) }).into(),
        ends,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trend_needs_two_days() {
        let past = |text: &str| Past {
            date: Day::parse(text).expect("a day"),
            headline: Some(50.0),
            mean: None,
            stated: None,
        };
        assert!(trend(&[]).is_none() && trend(&[past("2026-11-22")]).is_none());
        let drawn = trend(&[past("2026-11-01"), past("2026-11-22")]).expect("two days");
        for drawing in &drawn.drawings {
            assert_eq!((drawing.points.len(), drawing.points[0].x), (2, drawing.left));
            assert!((drawing.points[1].x - drawing.right).abs() < 0.1 && drawing.points[1].named);
            assert_eq!(drawing.ends.len(), 1, "a line without a number has no end");
        }
    }
}
