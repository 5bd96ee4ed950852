//! `aipp verify`: an attestation of a verdict enters; whether it holds leaves.

use std::path::PathBuf;

use aipp::attest;
use aipp::gate::Traffic;
use aipp::render::View as Shown;

use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::{Failure, assessment, attestation, base, input};

/// The arguments of `aipp verify`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The statement that `aipp gate --attest FILE` wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A folder, or a manifest
    path: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    let bytes = input::read_up_to(&args.file, attest::MAX_BYTES)?;
    let stated = attest::read(&args.file.to_string_lossy(), &bytes).map_err(|error| Failure::one(*error))?;
    // Judged again as of its own day, so that the same files give the same verdict; `--today` asks about another day.
    let day = global.today.unwrap_or(stated.predicate.today);
    let global = Global { today: Some(day), ..global.clone() };
    let wanted = stated.predicate.base.as_deref().and_then(|commit| base::wanted(Some(commit)));
    let traffic = stated.predicate.traffic.and_then(Traffic::of);
    let asked = assessment::Asked { to: Some(stated.predicate.to), traffic, base: wanted.as_ref() };
    let gated = assessment::gate(args.path.as_deref(), &asked, &global)?;
    let now = attestation::of(&gated)?;
    let verification = attest::compare(&stated, &now);
    output::show(&Shown::Verification(&verification), &global, looks)?;
    output::report(&assessment::below(&gated.assessment.diagnostics, &gated.project.root), &global, looks);
    let exit = if verification.holds { Exit::Done } else { Exit::Closed };
    Ok(exit.max(assessment::readable(&gated.assessment)))
}
