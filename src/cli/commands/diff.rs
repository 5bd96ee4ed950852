//! `aipp diff`: two assessments enter, what moved between them leaves.

use std::path::PathBuf;

use aipp::diff::diff;
use aipp::diff::snapshot::Snapshot;
use aipp::render::View as Shown;

use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::{Failure, assessment, revision};

/// The arguments of `aipp diff`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The earlier one: a file that `aipp assess -f json=FILE` wrote, or a revision of this repository
    before: String,
    /// The later one; the working tree when left out
    after: Option<String>,
    /// The project's folder or manifest, for revisions
    #[arg(long, value_name = "PATH")]
    path: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    let here = assessment::opened(args.path.as_deref(), global)?;
    let of = |name: &str| revision::snapshot(name, &here, global);
    let before = of(&args.before)?;
    let (label, after) = match &args.after {
        Some(name) => (name.as_str(), of(name)?),
        None => ("working tree", Snapshot::of(&here.assessment)),
    };
    let moved = diff((&args.before, &before), (label, &after));
    output::show(&Shown::Diff { of: &moved, verbose: global.verbose }, global, looks)?;
    Ok(Exit::Done)
}
