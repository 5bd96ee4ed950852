//! The areas of an assessment enter; bars leave: what is proven, what is stated, the floor.

use serde::Serialize;

use super::{SIZES, Size, offset, tenth};
use crate::assess::{AreaInfo, Assessment};
use crate::gate::short;

/// A chart of bars.
#[derive(Debug, Serialize)]
pub(in crate::render::html) struct Bars {
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
    room: f64,
    floor: Option<f64>,
    floor_label: String,
    rows: Vec<Row>,
}

/// One bar.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    y: f64,
    score: Option<f64>,
    bar: f64,
    stated: f64,
    label: String,
}

/// The eight areas.
pub(in crate::render::html) fn areas(of: &Assessment) -> Bars {
    let said: Vec<String> = of
        .areas
        .iter()
        .map(|area| match (area.score, area.stated) {
            (Some(score), Some(stated)) => format!("{}: {} proven, {} stated", area.id, short(score), short(stated)),
            _ => format!("{}: nothing is due", area.id),
        })
        .collect();
    Bars {
        description: format!("Points from 0 to 100. {}.", said.join("; ")),
        drawings: SIZES.into_iter().map(|size| drawing(of, size)).collect(),
    }
}

fn drawing(of: &Assessment, size: Size) -> Drawing {
    let (width, left, room) = match size {
        Size::Wide => (560.0, 110.0, 395.0),
        Size::Narrow => (340.0, 100.0, 196.0),
    };
    let at = |score: f64| tenth(room * score / 100.0);
    let row = |(i, area): (usize, &AreaInfo)| Row {
        name: crate::report::begin(area.id.id()),
        y: offset(i, 24.0),
        score: area.score,
        bar: at(area.score.unwrap_or_default()),
        stated: at(area.stated.unwrap_or_default()),
        label: area.score.map_or_else(String::new, short),
    };
    let floor = of.readiness.floor;
    Drawing {
        size,
        width,
        height: offset(of.areas.len(), 24.0) + if floor.is_some() { 20.0 } else { 0.0 },
        left,
        room,
        floor: floor.map(|f| left + at(f64::from(f))),
        floor_label: floor.map(|f| f.to_string()).unwrap_or_default(),
        rows: of.areas.iter().enumerate().map(row).collect(),
    }
}
