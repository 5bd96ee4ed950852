//! `aipp gate`: a project and the phase to be entered enter, one verdict and one exit code leave.

use std::path::PathBuf;

use aipp::attest;
use aipp::diagnostic::{Code, Diagnostic};
use aipp::diff;
use aipp::gate::{ReasonCode, Target, Verdict};
use aipp::render::View as Shown;
use clap::builder::PossibleValuesParser;

use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::{Failure, assessment, attestation, input, revision};

/// The arguments of `aipp gate`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The phase to be entered (the one after the manifest's when left out)
    #[arg(long, value_name = "PHASE", value_parser = PossibleValuesParser::new(["harden", "scale", "production", "expand", "sustain"]))]
    to: Option<String>,
    /// Exit with 0 although the gate is closed; nothing else is masked
    #[arg(long)]
    exit_zero: bool,
    /// Close only for what became worse since this assessment (a JSON file) or revision; known gaps are listed with their age
    #[arg(long, value_name = "FILE|REV")]
    baseline: Option<String>,
    /// With --baseline: by how many points an area may fall
    #[arg(long, value_name = "POINTS", default_value_t = 0.0, requires = "baseline", value_parser = parse_points)]
    tolerance: f64,
    /// Write an in-toto statement of the verdict, ready to be signed
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    attest: Option<PathBuf>,
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
    let project = input::open(args.path.as_deref(), global, &catalogue)?;
    let mut assessment = assessment::judge(&project, target, &catalogue, global)?;
    if let (Some(baseline), Some(_)) = (&args.baseline, &assessment.gate) {
        let before = revision::snapshot(baseline, &project, target, &catalogue, global)?;
        diff::baseline::judge(&mut assessment, &before, baseline, args.tolerance).map_err(Failure::one)?;
    }
    let Some(verdict) = &assessment.gate else {
        return Err(Failure::one(
            Diagnostic::error(Code::NoManifest, "a gate needs a manifest, and none was found")
                .help(format!("write {}, or name it with --manifest", aipp::manifest::NAMES[0])),
        ));
    };
    if let Some(file) = &args.attest {
        let statement = attestation::of(&assessment, &project, None, global)?;
        output::write_file(file, &attest::bytes(&statement))?;
    }
    output::show(&Shown::Gate { of: &assessment, verbose: global.verbose }, global, looks)?;
    output::report(&assessment::below(&assessment.diagnostics, &project.root), global, looks);
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

fn parse_points(text: &str) -> Result<f64, String> {
    let points = text.parse().ok().filter(|points: &f64| (0.0..=100.0).contains(points));
    points.ok_or_else(|| "write points from 0 to 100, for instance 1.5".to_owned())
}
