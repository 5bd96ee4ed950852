//! `aipp gate`: a project and the phase to be entered enter, one verdict and one exit code leave.

use std::collections::BTreeMap;
use std::path::PathBuf;

use aipp::assess::Assessment;
use aipp::attest;
use aipp::diff::{self, snapshot::Snapshot};
use aipp::gate::{ReasonCode, Target, Traffic, Verdict};
use aipp::render::{Compared, Run, View as Shown};
use anyhow::Context as _;
use clap::builder::PossibleValuesParser;

use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::{Failure, assessment, attestation, base, input, policy, revision};

/// The arguments of `aipp gate`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The phase to be entered (the one after the manifest's when left out)
    #[arg(long, value_name = "PHASE", value_parser = PossibleValuesParser::new(["harden", "scale", "production", "expand", "sustain"]))]
    to: Option<String>,
    /// Inside of scale: the share of traffic to be raised to, in percent
    #[arg(long, value_name = "N", value_parser = parse_share)]
    traffic: Option<u8>,
    /// Judge a change from the revision that it is merged into: policy, waivers, tier and checklists count as they stand there
    /// (in a pull request of GitHub or a merge request of GitLab, its base)
    #[arg(long, value_name = "REV", env = "AIPP_BASE")]
    base: Option<String>,
    /// Print the policy in effect, with the origin of each value, and judge nothing
    #[arg(long)]
    show_policy: bool,
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
    let traffic = args.traffic.map(|share| match share {
        50 => Traffic::Half,
        100 => Traffic::All,
        _ => Traffic::Ten,
    });
    let wanted = base::wanted(args.base.as_deref());
    if args.show_policy {
        let place = input::find(args.path.as_deref(), global)?;
        let rules = match &wanted {
            Some(wanted) => base::rules(wanted, &place, global)?,
            None => policy::rules(&place.root, global)?,
        };
        output::show(&Shown::Policy(&rules.policy), global, looks)?;
        return Ok(Exit::Done);
    }
    // A share of traffic is a step inside of scale.
    let target = target.or_else(|| traffic.map(|_| Target::Scale));
    let asked = assessment::Asked { to: target, traffic, base: wanted.as_ref() };
    let mut gated = assessment::gate(args.path.as_deref(), &asked, global)?;
    let mut compared = None;
    if let Some(baseline) = &args.baseline {
        let before = revision::snapshot(baseline, &gated, global)?;
        diff::baseline::judge(&mut gated.assessment, &before, baseline, args.tolerance)
            .map_err(|error| Failure::one(*error))?;
        compared = Some(since(&before, &gated.assessment));
    }
    if let Some(file) = &args.attest {
        output::write_file(file, &attest::bytes(&attestation::of(&gated)?))?;
    }
    let assessment = &gated.assessment;
    let verdict = assessment.gate.as_ref().context("an assessment of a manifest has no gate")?;
    let nothing = verdict.reasons.iter().any(|r| r.code == ReasonCode::NothingEvaluated);
    let exit = match verdict.verdict {
        Verdict::Open => Exit::Done,
        Verdict::Closed if nothing => Exit::Nothing,
        Verdict::Closed if args.exit_zero => Exit::Done,
        Verdict::Closed => Exit::Closed,
    };
    let exit = exit.max(assessment::readable(assessment));
    let reported = assessment::reported_root(&gated.project.root);
    let run = Run { baseline: compared.as_ref(), ..assessment::run(&gated.rules.catalogue, &reported, exit) };
    output::show(&Shown::Gate { of: assessment, run: &run, verbose: global.verbose }, global, looks)?;
    output::report(&assessment::below(&assessment.diagnostics, &gated.project.root), global, looks);
    Ok(exit)
}

/// How each check that was open before stands now; one that is not among them is new.
fn since(before: &Snapshot, now: &Assessment) -> BTreeMap<String, Compared> {
    let was_open = before.checks.iter().filter(|c| matches!(c.status.as_str(), "unmet" | "unknown" | "waived"));
    let level = |id: &str| now.checks.iter().find(|c| c.id == id).map(|c| c.level);
    was_open
        .map(|was| {
            let same = level(&was.id) == Some(was.level);
            (was.id.clone(), if same { Compared::Unchanged } else { Compared::Updated })
        })
        .collect()
}

fn parse_points(text: &str) -> Result<f64, String> {
    let points = text.parse().ok().filter(|points: &f64| (0.0..=100.0).contains(points));
    points.ok_or_else(|| "write points from 0 to 100, for instance 1.5".to_owned())
}

fn parse_share(text: &str) -> Result<u8, String> {
    match text.trim_end_matches('%') {
        "10" => Ok(10),
        "50" => Ok(50),
        "100" => Ok(100),
        _ => Err("the stages are 10, 50 and 100".to_owned()),
    }
}
