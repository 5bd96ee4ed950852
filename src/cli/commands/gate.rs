//! `aipp gate`: a project and the phase to be entered enter, one verdict and one exit code leave.

use std::path::PathBuf;

use aipp::diagnostic::{Code, Diagnostic};
use aipp::gate::{ReasonCode, Target, Verdict};
use aipp::render::View as Shown;
use clap::builder::PossibleValuesParser;

use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::{Failure, assessment, input};

/// The arguments of `aipp gate`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The phase to be entered (the one after the manifest's when left out)
    #[arg(long, value_name = "PHASE", value_parser = PossibleValuesParser::new(["harden", "scale", "production", "expand", "sustain"]))]
    to: Option<String>,
    /// Exit with 0 although the gate is closed; nothing else is masked
    #[arg(long)]
    exit_zero: bool,
    /// A folder, or a manifest
    path: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    let target = args.to.as_deref().map(|to| match to {
        "harden" => Target::Harden,
        "scale" | "production" => Target::Scale,
        "expand" => Target::Expand,
        _ => Target::Sustain,
    });
    let catalogue = input::catalogue(global)?;
    let (assessment, root) = assessment::of(args.path.as_deref(), target, &catalogue, global)?;
    let Some(verdict) = &assessment.gate else {
        return Err(Failure::one(
            Diagnostic::error(Code::NoManifest, "a gate needs a manifest, and none was found")
                .help("`aipp init` writes one; or name it with --manifest"),
        ));
    };
    output::show(&Shown::Gate { of: &assessment, verbose: global.verbose }, global, looks)?;
    output::report(&assessment::below(&assessment.diagnostics, &root), global, looks);
    let nothing = verdict.reasons.iter().any(|r| r.code == ReasonCode::NothingEvaluated);
    let mut exit = match verdict.verdict {
        Verdict::Open => Exit::Done,
        Verdict::Closed if nothing => Exit::Nothing,
        Verdict::Closed if args.exit_zero => Exit::Done,
        Verdict::Closed => Exit::Closed,
    };
    exit = exit.max(assessment::readable(&assessment));
    Ok(exit)
}
