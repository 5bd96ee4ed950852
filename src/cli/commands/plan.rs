//! `aipp plan`: a project enters; what is left to do leaves, dated, with the gates on the way.

use std::path::PathBuf;

use aipp::diagnostic::{Code, Diagnostic};
use aipp::gate::Target;
use aipp::manifest::value::{Day, Period};
use aipp::manifest::{Manifest, nearest};
use aipp::plan::{Calendar, Inputs, Plan, plan};
use aipp::playbook::Playbook;
use aipp::render::View as Shown;
use clap::builder::PossibleValuesParser;

use crate::cli::args::{Global, parse_day};
use crate::cli::assessment::Gated;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::{Failure, assessment, input};

/// The arguments of `aipp plan`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Plan up to the gate into this phase (all phases when left out)
    #[arg(long, value_name = "PHASE", value_parser = PossibleValuesParser::new(["harden", "scale", "production", "expand", "sustain"]))]
    to: Option<String>,
    /// Only the tasks with the least effort that open the gate (the next one without --to), and what they leave undone
    #[arg(long)]
    cheapest: bool,
    /// Say whether the gate (the next one without --to) can be reached by this day, and what would have to give
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day)]
    by: Option<Day>,
    /// The first day of week 1 (otherwise plan.start or pilot.start of the manifest)
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day)]
    start: Option<Day>,
    /// A playbook of your own instead of the built-in one
    #[arg(long, value_name = "FILE", env = "AIPP_PLAYBOOK")]
    playbook: Option<PathBuf>,
    /// A folder with templates of your own for the HTML page (docs/report.md)
    #[arg(long, value_name = "DIR", env = "AIPP_REPORT_TEMPLATES")]
    templates: Option<PathBuf>,
    /// A folder, or a manifest
    path: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    let to = args.to.as_deref().map(|to| match to {
        "harden" => Target::Harden,
        "scale" | "production" => Target::Scale,
        "expand" => Target::Expand,
        _ => Target::Sustain,
    });
    let pages = input::pages(args.templates.as_deref())?;
    let (done, playbook) = assessment::planned(args.path.as_deref(), to, args.playbook.as_deref(), global)?;
    let empty = Manifest::default();
    let loaded = done.project.loaded.as_ref();
    let manifest = loaded.map_or(&empty, |l| &l.manifest);
    let asked = Asked { start: args.start, to, cheapest: args.cheapest, by: args.by };
    let plan = made(&done, &playbook, manifest, &asked);
    let view = Shown::Plan { of: &plan, verbose: global.verbose, pages: &pages };
    if let Some(broken) = pages.broken(&view) {
        return Err(Failure::one(broken));
    }
    output::show(&view, global, looks)?;
    let mut messages = assessment::below(&done.assessment.diagnostics, &done.project.root);
    messages.extend(loaded.iter().flat_map(|loaded| strangers(loaded, &playbook)).map(|d| d.below(&done.project.root)));
    output::report(&messages, global, looks);
    Ok(assessment::readable(&done.assessment))
}

/// What a plan was asked.
#[derive(Debug, Default)]
pub(super) struct Asked {
    start: Option<Day>,
    to: Option<Target>,
    cheapest: bool,
    by: Option<Day>,
}

/// The plan of a project that was assessed.
pub(super) fn made(done: &Gated, playbook: &Playbook, manifest: &Manifest, asked: &Asked) -> Plan {
    let policy = &done.rules.policy;
    let holidays = policy.holidays.iter().map(|day| Period { from: *day, to: *day });
    let calendar = Calendar::default().layer(holidays, &[], &policy.capacity).with(manifest.plan.as_deref());
    plan(&Inputs {
        assessment: &done.assessment,
        manifest,
        playbook,
        floors: policy.floors,
        calendar: &calendar,
        start: asked.start,
        to: asked.to,
        cheapest: asked.cheapest,
        by: asked.by,
    })
}

/// A warning for every capacity of a role that owns no task.
fn strangers(loaded: &aipp::manifest::Loaded, playbook: &Playbook) -> Vec<Diagnostic> {
    let mut roles: Vec<String> = playbook.tasks().map(|(_, task)| task.owner.clone()).collect();
    roles.sort_unstable();
    roles.dedup();
    let known = |role: &str| roles.iter().any(|r| r.trim().eq_ignore_ascii_case(role.trim()));
    let capacity = loaded.manifest.plan.iter().flat_map(|p| p.capacity.keys());
    capacity
        .filter(|role| !known(role))
        .map(|role| {
            let at = loaded.at(&format!("/plan/capacity/{}", aipp::source::segment(role)));
            let warning =
                Diagnostic::warning(Code::UnknownRole, format!("no task of the playbook belongs to `{role}`")).at(at);
            match nearest(role, &roles) {
                Some(near) => warning.label(format!("did you mean `{near}`?")).help(format!("rename it to `{near}`")),
                None => warning.help(format!("the roles are {}", roles.join(", "))),
            }
        })
        .collect()
}
