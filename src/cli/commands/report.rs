//! `aipp report`: a project enters, the page that leadership reads leaves.

use std::path::PathBuf;

use aipp::render::View as Shown;
use aipp::report::{Report, summary};

use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::{Failure, assessment};

/// The arguments of `aipp report`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A folder, or a manifest
    path: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    let done = assessment::opened(args.path.as_deref(), global)?;
    let exit = assessment::readable(&done.assessment);
    let messages = assessment::below(&done.assessment.diagnostics, &done.project.root);
    let report = Report {
        format_version: 1,
        kind: "report",
        summary: summary(&done.assessment, done.project.loaded.as_ref().map(|l| &l.manifest)),
        assessment: done.assessment,
        templates: Vec::new(),
    };
    output::show(&Shown::Report(&report), global, looks)?;
    output::report(&messages, global, looks);
    Ok(exit)
}
