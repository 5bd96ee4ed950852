//! `aipp metrics status`: a project enters; where its metrics stand leaves.

use std::path::PathBuf;

use aipp::evidence::metrics::standings;
use aipp::history::report::MetricsStatus;
use aipp::render::View;

use super::Looked;
use crate::cli::Failure;
use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};

/// The arguments of `aipp metrics status`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The words: met, on-track, at-risk, off-track, regressed, stale, no-data. docs/metrics.md defines them."
)]
pub(super) struct Args {
    /// A folder, or a manifest
    path: Option<PathBuf>,
}

pub(super) fn run(args: &Args, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    let looked = Looked::at(args.path.as_deref(), global, looks)?;
    let (standings, errors, notes) = standings(&looked.view());
    if !errors.is_empty() {
        return Err(Failure::Input(errors));
    }
    let status = MetricsStatus {
        format_version: 1,
        kind: "metrics",
        today: looked.today,
        project: looked.name(),
        metrics: standings,
    };
    output::show(&View::Metrics { of: &status, verbose: global.verbose }, global, looks)?;
    output::report(&notes, global, looks);
    Ok(Exit::Done)
}
