//! `aipp evidence`: a repository enters; what was found in it, file by file, leaves.

use std::path::PathBuf;

use aipp::diagnostic::{Diagnostic, Severity};
use aipp::evidence::{View, collect};
use aipp::inventory::inventory;
use aipp::manifest::Manifest;
use aipp::render::View as Shown;
use clap::builder::PossibleValuesParser;

use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::progress::watched;
use crate::cli::{Failure, clock, input};

/// The arguments of `aipp evidence`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Say what was looked for, for one kind, and show every file of it
    #[arg(long, value_name = "KIND", value_parser = PossibleValuesParser::new(aipp::kinds::KINDS.map(|k| k.id)))]
    explain: Option<String>,
    /// A folder, or a manifest
    path: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    let project = input::open(args.path.as_deref(), global, &input::catalogue(args.path.as_deref(), global)?)?;
    let empty = Manifest::default();
    let manifest = project.loaded.as_ref().map_or(&empty, |l| &l.manifest);
    let view = View::of(&project.tree, &project.git, manifest, clock::today(global)?);
    let found = watched(&project.tree.progress, global, || collect(&view));
    let inventory = inventory(&found, &project.root);
    output::show(
        &Shown::Evidence { of: &inventory, verbose: global.verbose, only: args.explain.as_deref() },
        global,
        looks,
    )?;
    // Here nothing rests on a file that cannot be read: each is a warning.
    let malformed: Vec<Diagnostic> =
        found.malformed.into_iter().map(|(_, d)| Diagnostic { severity: Severity::Warning, ..d }).collect();
    let unread = project.tree.unread();
    let all = || malformed.iter().chain(&found.diagnostics).chain(&project.tree.skipped).chain(&unread);
    let moved: Vec<Diagnostic> = all().map(|d| d.below(&project.root)).collect();
    output::report(&moved, global, looks);
    Ok(if all().any(|d| d.severity == Severity::Error) { Exit::Input } else { Exit::Done })
}
