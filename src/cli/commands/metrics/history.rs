//! `aipp metrics history`: a metric enters; its rows and a chart leave.

use std::collections::HashMap;
use std::path::PathBuf;

use aipp::evidence::metrics::{points, standings};
use aipp::history::report::Rows;
use aipp::history::{Row, Wanted};
use aipp::render::View;
use aipp::series::measured::start_of;
use uuid::Uuid;

use super::Looked;
use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::{Failure, store};

/// The arguments of `aipp metrics history`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The metric, by its id in the manifest
    id: String,
    /// A folder, or a manifest
    path: Option<PathBuf>,
}

pub(super) fn run(args: &Args, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    let looked = Looked::at(args.path.as_deref(), global, looks)?;
    let metric = super::metric(&looked.loaded, &args.id).map_err(|error| Failure::one(*error))?;
    let points = points(&looked.view(), metric).map_err(|error| Failure::one(*error))?;
    let standing = standings(&looked.view()).0.into_iter().find(|standing| standing.id == args.id);
    let Some(standing) = standing else {
        return Err(Failure::Internal(anyhow::anyhow!("a metric does not stand anywhere")));
    };
    let mut rows = Vec::new();
    store::of_project(&looked.root, global)?.each(Wanted::Metric(&args.id), &mut |row| rows.push(row))?;
    let at: HashMap<Uuid, i64> = rows
        .iter()
        .filter_map(|row| match row {
            Row::Sample(sample) => Some((sample.id, sample.at.as_millisecond())),
            _ => None,
        })
        .collect();
    rows.sort_by_key(|row| match row {
        Row::Sample(sample) => (sample.at.as_millisecond(), sample.recorded),
        // A retraction stands where its value stands.
        Row::Retraction(retraction) => (
            at.get(&retraction.row).copied().unwrap_or_else(|| retraction.recorded.as_millisecond()),
            retraction.recorded,
        ),
        Row::Rebaseline(rebaseline) => (start_of(rebaseline.date), rebaseline.recorded),
        other => (0, other.recorded()),
    });
    let shown = Rows { format_version: 1, kind: "metric-history", metric: standing, rows, points };
    output::show(&View::Rows { of: &shown, verbose: global.verbose }, global, looks)?;
    Ok(Exit::Done)
}
