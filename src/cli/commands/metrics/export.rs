//! `aipp metrics export`: a project enters; everything that was measured leaves, for spreadsheets, programs and Prometheus.

use std::collections::HashSet;
use std::path::PathBuf;

use aipp::evidence::metrics::standings;
use aipp::history::report::Export;
use aipp::history::{Row, Wanted};
use aipp::render::View;

use super::Looked;
use crate::cli::args::{Global, Output};
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::{Failure, store};

/// The arguments of `aipp metrics export`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Formats: csv (without --format) and json have every value; openmetrics has where the metrics stand today."
)]
pub(super) struct Args {
    /// Only this metric; repeatable
    #[arg(long, value_name = "ID")]
    metric: Vec<String>,
    /// A folder, or a manifest
    path: Option<PathBuf>,
}

pub(super) fn run(args: &Args, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    let looked = Looked::at(args.path.as_deref(), global, looks)?;
    let wrong: Vec<_> =
        args.metric.iter().filter_map(|id| super::metric(&looked.loaded, id).err()).map(|error| *error).collect();
    if !wrong.is_empty() {
        return Err(Failure::Input(wrong));
    }
    let (mut standings, errors, notes) = standings(&looked.view());
    if !errors.is_empty() {
        return Err(Failure::Input(errors));
    }
    let wanted = |id: &str| args.metric.is_empty() || args.metric.iter().any(|wanted| wanted == id);
    standings.retain(|standing| wanted(&standing.id));
    let mut samples = Vec::new();
    let mut retracted = HashSet::new();
    store::of_project(&looked.root, global)?.each(Wanted::All, &mut |row| match &row {
        Row::Sample(sample) if wanted(&sample.metric) => samples.push(row),
        Row::Retraction(retraction) => {
            retracted.insert(retraction.row);
        }
        _ => {}
    })?;
    samples.retain(|row| !retracted.contains(&row.id()));
    samples.sort_by(|a, b| order(a).cmp(&order(b)));
    let export = Export { format_version: 1, kind: "measurements", today: looked.today, standings, samples };
    let global = with_csv(global);
    output::show(&View::Export(&export), &global, looks)?;
    output::report(&notes, &global, looks);
    Ok(Exit::Done)
}

fn order(row: &Row) -> Option<(&str, jiff::Timestamp, jiff::Timestamp)> {
    match row {
        Row::Sample(sample) => Some((sample.metric.as_str(), sample.at, sample.recorded)),
        _ => None,
    }
}

/// An export is for other programs: without a format it is CSV.
fn with_csv(global: &Global) -> Global {
    let mut global = global.clone();
    if global.format.is_empty() {
        global.format.push(Output { name: "csv".to_owned(), file: None });
    }
    global
}
