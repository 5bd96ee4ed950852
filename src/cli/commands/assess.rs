//! `aipp assess`: a project enters, its assessment leaves.

use std::path::PathBuf;

use aipp::render::View as Shown;

use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::{Failure, assessment, input};

/// The arguments of `aipp assess`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Keep the assessment in the history, for `aipp history`
    #[arg(long)]
    record: bool,
    /// Who records it (otherwise the user of this machine)
    #[arg(long, value_name = "NAME", env = "AIPP_BY")]
    by: Option<String>,
    /// A folder, or a manifest
    path: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    let catalogue = input::catalogue(args.path.as_deref(), global)?;
    let (assessment, root) = assessment::of(args.path.as_deref(), None, &catalogue, global)?;
    if args.record {
        assessment::record(&assessment, &root, args.by.as_deref(), global, looks)?;
    }
    let exit = assessment::readable(&assessment);
    let reported = assessment::reported_root(&root);
    let run = assessment::run(&catalogue, &reported, exit);
    output::show(&Shown::Assessment { of: &assessment, run: &run, verbose: global.verbose }, global, looks)?;
    output::report(&assessment::below(&assessment.diagnostics, &root), global, looks);
    Ok(exit)
}
