//! A report enters; one self-contained HTML page leaves: no network, no script, readable on paper.

use std::io::{self, Write};

use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context, syntax::SyntaxConfig, value::Serde};
use serde::Serialize;

use super::View;
use crate::assess::Assessment;
use crate::diagnostic::{Look, visible};
use crate::gate::short;
use crate::manifest::value::Day;
use crate::report::{Report, written};

/// The templates, by name; a team may bring its own of the same name.
const TEMPLATES: &[(&str, &str)] = &[
    ("report.html", include_str!("../../templates/report/report.html")),
    ("charts.html", include_str!("../../templates/report/charts.html")),
    ("style.css", include_str!("../../templates/report/style.css")),
    ("theme.css", ""),
];

/// More steps than a page of any size takes; a template that does not end is stopped.
const FUEL: u64 = 20_000_000;

/// Writes the page of a report.
///
/// # Errors
/// A template of the team cannot be read or asks for what is not there; or the page cannot be written.
pub(super) fn report(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let page = page(report, "report.html").map_err(|error| io::Error::other(format!("{error:#}")))?;
    out.write_all(page.as_bytes())
}

pub(super) fn write(view: &View<'_>, _: &Look, out: &mut dyn Write) -> io::Result<()> {
    match view {
        View::Report(of) => report(of, out),
        _ => Err(super::not_shown()),
    }
}

fn page(report: &Report, name: &str) -> Result<String, minijinja::Error> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_fuel(Some(FUEL));
    env.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?);
    // Only pages are escaped; a style sheet is ours or the team's own.
    env.set_auto_escape_callback(|name| if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None });
    env.add_filter("day", |text: &str| Day::parse(text).map_or_else(|| text.to_owned(), written));
    env.add_filter("points", |number: f64| short(number));
    env.add_filter("clean", |text: &str| visible(text).into_owned());
    for (name, text) in TEMPLATES {
        let own = report.templates.iter().find(|own| own.0 == *name);
        env.add_template_owned((*name).to_owned(), own.map_or_else(|| (*text).to_owned(), |own| own.1.clone()))?;
    }
    let style = |name: &str| -> Result<Value, minijinja::Error> {
        Ok(Value::from_safe_string(env.get_template(name)?.source().replace("</", "<\\/")))
    };
    env.get_template(name)?.render(context! {
        a => Value::from(Serde(&report.assessment)),
        summary => Value::from(Serde(&report.summary)),
        areas => Value::from(Serde(areas(&report.assessment))),
        style => style("style.css")?,
        theme => style("theme.css")?,
    })
}

/// A chart of bars, in places on the canvas.
#[derive(Debug, Serialize)]
struct Bars {
    width: f64,
    height: f64,
    left: f64,
    room: f64,
    floor: Option<f64>,
    floor_label: String,
    description: String,
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

fn areas(of: &Assessment) -> Bars {
    let (width, left, room) = (560.0, 110.0, 395.0);
    let at = |score: f64| round(room * score / 100.0);
    let row = |(i, area): (usize, &crate::assess::AreaInfo)| Row {
        name: area.id.id().to_owned(),
        y: offset(i, 24.0),
        score: area.score,
        bar: at(area.score.unwrap_or_default()),
        stated: at(area.stated.unwrap_or_default()),
        label: area.score.map_or_else(String::new, short),
    };
    let said: Vec<String> = of
        .areas
        .iter()
        .map(|area| match (area.score, area.stated) {
            (Some(score), Some(stated)) => format!("{}: {} proven, {} stated", area.id, short(score), short(stated)),
            _ => format!("{}: nothing is due", area.id),
        })
        .collect();
    let floor = of.readiness.floor;
    Bars {
        width,
        height: offset(of.areas.len(), 24.0) + if floor.is_some() { 20.0 } else { 0.0 },
        left,
        room,
        floor: floor.map(|f| left + at(f64::from(f))),
        floor_label: floor.map(|f| f.to_string()).unwrap_or_default(),
        description: format!("Points from 0 to 100. {}.", said.join("; ")),
        rows: of.areas.iter().enumerate().map(row).collect(),
    }
}

/// A place on the canvas, to a tenth.
fn round(place: f64) -> f64 {
    (place * 10.0).round() / 10.0
}

#[expect(clippy::cast_precision_loss, reason = "a few rows")]
fn offset(i: usize, step: f64) -> f64 {
    i as f64 * step
}
