//! Arguments enter, an exit code leaves: parse, open, think (in the library), print.

mod args;
mod exit;
mod input;
mod output;
mod schema;

use std::path::Path;
use std::process::ExitCode;

use aipp::assess::{Assessment, Inputs, assess};
use aipp::checklist::{Catalogue, Check};
use aipp::diagnostic::{Code, Diagnostic, Severity};
use aipp::evidence::{View, collect};
use aipp::gate::{ReasonCode, Target, Verdict};
use aipp::inventory::inventory;
use aipp::manifest::Manifest;
use aipp::manifest::model::Phase;
use aipp::manifest::value::Day;
use aipp::playbook::Playbook;
use aipp::policy::Policy;
use aipp::render::{Explanation, View as Shown};
use anyhow::Context as _;
use clap::Parser as _;

use args::{Args, Command, Global};
use exit::Exit;
use output::Looks;

/// Why a command could not do its work.
pub(crate) enum Failure {
    /// The input cannot be used; every reason.
    Input(Vec<Diagnostic>),
    /// Something that is not the input's fault.
    Internal(anyhow::Error),
}

impl Failure {
    fn one(diagnostic: Diagnostic) -> Self {
        Self::Input(vec![diagnostic])
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

/// Runs the command line.
pub(crate) fn run() -> ExitCode {
    let args = Args::parse();
    let looks = Looks::of(args.global.color);
    if let Some(mixed) = output::mixed(&args.global) {
        output::report([&mixed], &args.global, &looks);
        return Exit::Input.into();
    }
    let exit = match command(&args.command, &args.global, &looks) {
        Ok(exit) => exit,
        Err(Failure::Input(diagnostics)) => {
            output::report(&diagnostics, &args.global, &looks);
            Exit::Input
        }
        Err(Failure::Internal(error)) => {
            output::say(&format!("error: {error:#}\n"));
            Exit::Internal
        }
    };
    exit.into()
}

fn command(command: &Command, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    match command {
        Command::Assess { path } => {
            let catalogue = input::catalogue(global)?;
            let (assessment, root) = assessed(path.as_deref(), None, &catalogue, global)?;
            output::show(&Shown::Assessment { of: &assessment, verbose: global.verbose }, global, looks)?;
            output::report(&below(&assessment.diagnostics, &root), global, looks);
            Ok(readable(&assessment))
        }
        Command::Gate { to, exit_zero, path } => gate(path.as_deref(), to.as_deref(), *exit_zero, global, looks),
        Command::Explain { check, path } => explain(check, path.as_deref(), global, looks),
        Command::Evidence { explain, path } => evidence(explain.as_deref(), path.as_deref(), global, looks),
        Command::Checks { area, phase, tag, required } => {
            let catalogue = input::catalogue(global)?;
            let wanted = |check: &&Check| {
                area.is_none_or(|a| check.section.is_none() && check.area() == a)
                    && phase.as_ref().is_none_or(|p| aipp::gate::phase_name(check.due()) == p)
                    && tag.as_ref().is_none_or(|t| has_tag(check, t))
                    && (!required || check.required.is_some())
            };
            let checks: Vec<&Check> = catalogue.all().filter(wanted).collect();
            if let Some(tag) = tag.as_ref().filter(|tag| !catalogue.all().any(|check| has_tag(check, tag))) {
                return Err(Failure::one(
                    Diagnostic::error(Code::BadValue, format!("no check has the tag `{tag}`"))
                        .help("docs/checks.md lists them: signs (plan-for-failure), playbook tasks (P2-12), short codes (B3.audit)"),
                ));
            }
            output::show(&Shown::Catalogue(checks), global, looks)?;
            Ok(Exit::Done)
        }
        Command::Schema { kind } => {
            output::print(schema::text(kind)?.as_bytes())?;
            Ok(Exit::Done)
        }
    }
}

/// Opens the project and assesses it.
fn assessed(
    path: Option<&Path>,
    to: Option<Target>,
    catalogue: &Catalogue,
    global: &Global,
) -> Result<(Assessment, String), Failure> {
    let project = input::open(path, global, catalogue)?;
    if to.is_some() || project.loaded.is_some() {
        check_target(&project, to)?;
    }
    let playbook = Playbook::builtin().context("the built-in playbook is broken")?;
    let assessment = assess(&Inputs {
        loaded: project.loaded.as_ref(),
        tree: &project.tree,
        git: &project.git,
        catalogue,
        playbook: &playbook,
        policy: &Policy::default(),
        today: today(global)?,
        to,
        name: &project.name,
    });
    Ok((assessment, project.root))
}

/// Messages with their files named from where the command was started, so that a terminal can open them.
fn below(diagnostics: &[Diagnostic], root: &str) -> Vec<Diagnostic> {
    diagnostics.iter().map(|d| d.below(root)).collect()
}

/// A gate leads forward: to a phase after the manifest's.
fn check_target(project: &input::Project, to: Option<Target>) -> Result<(), Failure> {
    let (Some(to), Some(loaded)) = (to, &project.loaded) else { return Ok(()) };
    let phase = loaded.manifest.project.as_ref().and_then(|p| p.phase).unwrap_or_default();
    if to.exit() < phase {
        return Err(Failure::one(
            Diagnostic::error(
                Code::BadValue,
                format!("the project is in phase {}; `--to {}` leads back", aipp::gate::phase_name(phase), to.name()),
            )
            .at(loaded.at("/project/phase"))
            .help(format!("name a later phase: `--to {}`", Target::after(phase).name())),
        ));
    }
    Ok(())
}

fn gate(
    path: Option<&Path>,
    to: Option<&str>,
    exit_zero: bool,
    global: &Global,
    looks: &Looks,
) -> Result<Exit, Failure> {
    let target = to.map(|to| match to {
        "harden" => Target::Harden,
        "scale" | "production" => Target::Scale,
        "expand" => Target::Expand,
        _ => Target::Sustain,
    });
    let catalogue = input::catalogue(global)?;
    let (assessment, root) = assessed(path, target, &catalogue, global)?;
    let Some(verdict) = &assessment.gate else {
        return Err(Failure::one(
            Diagnostic::error(Code::NoManifest, "a gate needs a manifest, and none was found")
                .help(format!("write {}, or name it with --manifest", aipp::manifest::NAMES[0])),
        ));
    };
    output::show(&Shown::Gate { of: &assessment, verbose: global.verbose }, global, looks)?;
    output::report(&below(&assessment.diagnostics, &root), global, looks);
    let nothing = verdict.reasons.iter().any(|r| r.code == ReasonCode::NothingEvaluated);
    let mut exit = match verdict.verdict {
        Verdict::Open => Exit::Done,
        Verdict::Closed if nothing => Exit::Nothing,
        Verdict::Closed if exit_zero => Exit::Done,
        Verdict::Closed => Exit::Closed,
    };
    exit = exit.max(readable(&assessment));
    Ok(exit)
}

fn explain(id: &str, path: Option<&Path>, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    let mut catalogue = input::catalogue(global)?;
    if catalogue.get(id).is_none() {
        // A check of a built-in pack can be explained without asking for the pack.
        for pack in Catalogue::builtin_packs().context("the built-in packs are broken")? {
            if pack.checks.iter().any(|c| c.id == id) {
                let name = pack.name.clone().unwrap_or_default();
                let digest = catalogue.sha256.clone();
                catalogue.add(pack, &name, &digest).map_err(Failure::Input)?;
            }
        }
    }
    let Some(check) = catalogue.get(id) else {
        let error = Diagnostic::error(Code::UnknownCheck, format!("there is no check `{id}`"));
        return Err(Failure::one(match catalogue.nearest(id) {
            Some(near) => error.help(format!("did you mean `{near}`? `aipp checks` lists them all")),
            None => error.help("`aipp checks` lists them all"),
        }));
    };
    let (assessment, root) = assessed(path, None, &catalogue, global)?;
    // In a folder without a manifest there is no project to speak of, unless one was named.
    let standing = (assessment.project.manifest.is_some() || path.is_some()).then_some(&assessment);
    output::show(&Shown::Explanation(Explanation { check, standing }), global, looks)?;
    if let Some(assessment) = standing {
        let errors: Vec<Diagnostic> =
            assessment.diagnostics.iter().filter(|d| d.severity == Severity::Error).map(|d| d.below(&root)).collect();
        output::report(&errors, global, looks);
    }
    Ok(standing.map_or(Exit::Done, readable))
}

fn evidence(only: Option<&str>, path: Option<&Path>, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    let project = input::open(path, global, &input::catalogue(global)?)?;
    let empty = Manifest::default();
    let manifest = project.loaded.as_ref().map_or(&empty, |l| &l.manifest);
    let found = collect(&View::of(&project.tree, &project.git, manifest, today(global)?));
    let inventory = inventory(&found, &project.root);
    output::show(&Shown::Evidence { of: &inventory, verbose: global.verbose, only }, global, looks)?;
    // Here nothing rests on a file that cannot be read: each is a warning.
    let malformed: Vec<Diagnostic> =
        found.malformed.into_iter().map(|(_, d)| Diagnostic { severity: Severity::Warning, ..d }).collect();
    let unread = project.tree.unread();
    let all = || malformed.iter().chain(&found.diagnostics).chain(&project.tree.skipped).chain(&unread);
    let moved: Vec<Diagnostic> = all().map(|d| d.below(&project.root)).collect();
    output::report(&moved, global, looks);
    Ok(if all().any(|d| d.severity == Severity::Error) { Exit::Input } else { Exit::Done })
}

/// An error among the diagnostics means that some input could not be read.
fn readable(assessment: &Assessment) -> Exit {
    let error = assessment.diagnostics.iter().any(|d| d.severity == Severity::Error);
    if error { Exit::Input } else { Exit::Done }
}

fn has_tag(check: &Check, tag: &str) -> bool {
    let sign = check.sign.map(|s| serde_json::to_value(s).ok().and_then(|v| v.as_str().map(str::to_owned)));
    check.tags.iter().chain(&check.playbook).any(|t| t.eq_ignore_ascii_case(tag))
        || sign.flatten().as_deref() == Some(tag)
}

/// The day: `--today`, else `SOURCE_DATE_EPOCH`, else the clock in the system's time zone.
fn today(global: &Global) -> Result<Day, Failure> {
    if let Some(day) = global.today {
        return Ok(day);
    }
    match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => {
            let second = text.trim().parse().ok().and_then(|s| jiff::Timestamp::from_second(s).ok());
            second.map(|s| Day(s.to_zoned(jiff::tz::TimeZone::UTC).date())).ok_or_else(|| {
                Failure::one(
                    Diagnostic::error(
                        Code::BadValue,
                        format!("SOURCE_DATE_EPOCH is `{text}`, which is no number of seconds"),
                    )
                    .help("unset it, or use --today YYYY-MM-DD"),
                )
            })
        }
        Err(_) => Ok(Day(jiff::Zoned::now().date())),
    }
}

/// Phases are compared by their order in the playbook.
const _: () = assert!((Phase::ProveValue as u8) < (Phase::Harden as u8));
