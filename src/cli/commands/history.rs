//! `aipp history`: a project enters; its recorded assessments over time leave.

use std::path::PathBuf;

use aipp::history::trail::Trail;
use aipp::history::{Row, Wanted};
use aipp::render::View;

use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::{Failure, input, store};

/// The arguments of `aipp history`.
#[derive(Debug, clap::Args)]
#[command(after_help = "`aipp assess --record` keeps an assessment.")]
pub(crate) struct Args {
    /// A folder, or a manifest
    path: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    let root = input::root(args.path.as_deref(), global)?;
    let mut recorded = Vec::new();
    let mut store = store::of_project(&root, global)?;
    let notes = store.each(Wanted::Assessments, &mut |row| {
        if let Row::Assessment(assessment) = row {
            recorded.push(*assessment);
        }
    })?;
    output::report(&notes, global, looks);
    if let Some(today) = global.today {
        recorded.retain(|row| row.today <= today);
    }
    output::show(&View::Trail { of: &Trail::of(recorded), verbose: global.verbose }, global, looks)?;
    Ok(Exit::Done)
}
