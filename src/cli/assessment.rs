//! A path and flags enter, the assessment of the project leaves: what several commands do before they show something.

use std::path::{Component, Path};
use std::sync::Arc;

use aipp::assess::{Assessment, Inputs, assess};
use aipp::base::Base;
use aipp::checklist::Catalogue;
use aipp::diagnostic::{At, Code, Diagnostic, Severity};
use aipp::evidence::git::{Dated, Git};
use aipp::gate::{Target, Traffic};
use aipp::history::file::DEFAULT;
use aipp::history::{Ids, Recorded, Row, StoreError};
use aipp::manifest::Loaded;
use aipp::manifest::model::{Phase, Tier};
use aipp::manifest::value::Day;
use aipp::playbook::Playbook;
use aipp::policy::Policy;
use aipp::render::Run;
use aipp::series::Measured;
use anyhow::Context as _;

use super::args::Global;
use super::exit::Exit;
use super::output::{self, Looks};
use super::policy::Rules;
use super::progress::watched;
use super::{Failure, base, clock, input, policy, store};

/// Opens the project and assesses it.
pub(super) fn of(
    path: Option<&Path>,
    to: Option<Target>,
    catalogue: &Catalogue,
    global: &Global,
) -> Result<(Assessment, String), Failure> {
    let place = input::find(path, global)?;
    let project = input::open_at(&place, global, catalogue)?;
    let rules = policy::rules(&place.root, global)?;
    if to.is_some() || project.loaded.is_some() {
        check_target(project.loaded.as_ref(), to, None)?;
    }
    let judged = Judged {
        project: &project,
        loaded: project.loaded.as_ref(),
        policy: &rules.policy,
        catalogue,
        base: None,
        playbook: None,
    };
    Ok((judged.assess(to, None, global)?, project.root))
}

/// Opens the project and assesses it by its own rules; with or without a manifest.
pub(super) fn opened(path: Option<&Path>, global: &Global) -> Result<Gated, Failure> {
    let place = input::find(path, global)?;
    let rules = policy::rules(&place.root, global)?;
    let project = input::open_at(&place, global, &rules.catalogue)?;
    let assessment = judge(&project, &rules, None, None, global)?;
    Ok(Gated { assessment, project, rules, to: None, traffic: None })
}

/// The same, up to a gate, with the tasks of a team's own playbook when there is one.
pub(super) fn planned(
    path: Option<&Path>,
    to: Option<Target>,
    playbook: Option<&Path>,
    global: &Global,
) -> Result<(Gated, Playbook), Failure> {
    let place = input::find(path, global)?;
    let rules = policy::rules(&place.root, global)?;
    let project = input::open_at(&place, global, &rules.catalogue)?;
    let playbook = input::playbook(playbook, &rules.catalogue)?;
    let loaded = project.loaded.as_ref();
    check_target(loaded, to, None)?;
    let judged = Judged {
        project: &project,
        loaded,
        policy: &rules.policy,
        catalogue: &rules.catalogue,
        base: None,
        playbook: Some(&playbook),
    };
    let assessment = judged.assess(to, None, global)?;
    Ok((Gated { assessment, project, rules, to, traffic: None }, playbook))
}

/// What a gate was asked.
pub(super) struct Asked<'a> {
    /// The phase to be entered.
    pub(super) to: Option<Target>,
    /// The share of traffic to be raised to.
    pub(super) traffic: Option<Traffic>,
    /// The revision to judge from.
    pub(super) base: Option<&'a base::Wanted>,
}

/// A gate that was judged, with what it rests on.
pub(super) struct Gated {
    /// The assessment with its verdict.
    pub(super) assessment: Assessment,
    /// The project as it was opened.
    pub(super) project: input::Project,
    /// What it was judged by: of the base, when there is one.
    pub(super) rules: Rules,
    /// The phase to be entered.
    pub(super) to: Option<Target>,
    /// The share of traffic to be raised to.
    pub(super) traffic: Option<Traffic>,
}

/// Opens the project, holds it against its base when there is one, and judges its gate.
pub(super) fn gate(path: Option<&Path>, asked: &Asked<'_>, global: &Global) -> Result<Gated, Failure> {
    let place = input::find(path, global)?;
    let rules = policy::rules(&place.root, global)?;
    let project = input::open_at(&place, global, &rules.catalogue)?;
    let Some(own) = &project.loaded else {
        return Err(Failure::one(
            Diagnostic::error(Code::NoManifest, "a gate needs a manifest, and none was found")
                .help("`aipp init` writes one; or name it with --manifest"),
        ));
    };
    let held = match asked.base {
        Some(wanted) => Some(base::hold(wanted, &place, &project, &rules, global)?),
        None => None,
    };
    let judged = match &held {
        None => Judged {
            project: &project,
            loaded: Some(own),
            policy: &rules.policy,
            catalogue: &rules.catalogue,
            base: None,
            playbook: None,
        },
        Some(held) => Judged {
            project: &project,
            loaded: held.base.judged.as_ref(),
            policy: &held.rules.policy,
            catalogue: &held.rules.catalogue,
            base: Some(&held.base),
            playbook: None,
        },
    };
    // A change that enters a phase is asked for what leads there, although its manifest says that it is there already.
    let to = asked.to.or_else(|| {
        let (from, says) = (phase(judged.loaded), phase(Some(own)));
        (held.is_some() && says > from).then(|| Target::into(says)).flatten()
    });
    check_target(judged.loaded, to, asked.traffic)?;
    check_traffic(&judged, to, asked.traffic)?;
    let mut assessment = judged.assess(to, asked.traffic, global)?;
    if let Some(warning) = set_back(&project, assessment.today) {
        // First of the warnings: a day that is set back brings many others with it.
        assessment.diagnostics.insert(0, warning);
        assessment.diagnostics.sort_by_key(|d| d.severity);
    }
    let rules = held.map_or(rules, |held| held.rules);
    Ok(Gated { assessment, project, rules, to, traffic: asked.traffic })
}

/// Judges the gate of a project that was opened, by rules that are given; there is no base.
pub(super) fn judge(
    project: &input::Project,
    rules: &Rules,
    to: Option<Target>,
    traffic: Option<Traffic>,
    global: &Global,
) -> Result<Assessment, Failure> {
    let (loaded, policy, catalogue) = (project.loaded.as_ref(), &rules.policy, &rules.catalogue);
    check_target(loaded, to, traffic)?;
    Judged { project, loaded, policy, catalogue, base: None, playbook: None }.assess(to, traffic, global)
}

/// A day before the last commit: an expired waiver would be live again. Time zones make a difference of one day.
fn set_back(project: &input::Project, today: Day) -> Option<Diagnostic> {
    let Dated::By(commit) = project.git.newest_change(&[".".to_owned()]) else { return None };
    let latest = today.0.saturating_add(jiff::Span::new().days(1));
    (commit.day.0 > latest).then(|| {
        let message = format!("the gate is judged for {today}, and the last commit is of {}", commit.day);
        Diagnostic::warning(Code::PastDay, message).help(
            "leave out --today, AIPP_TODAY and SOURCE_DATE_EPOCH, unless an earlier state is looked at on purpose",
        )
    })
}

/// A project with what it is judged by.
struct Judged<'a> {
    project: &'a input::Project,
    loaded: Option<&'a Loaded>,
    policy: &'a Policy,
    catalogue: &'a Catalogue,
    base: Option<&'a Base>,
    /// A team's own; the built-in one when none.
    playbook: Option<&'a Playbook>,
}

impl Judged<'_> {
    fn assess(&self, to: Option<Target>, traffic: Option<Traffic>, global: &Global) -> Result<Assessment, Failure> {
        let builtin = match self.playbook {
            Some(_) => None,
            None => Some(Playbook::builtin().context("the built-in playbook is broken")?),
        };
        let playbook = self.playbook.or(builtin.as_ref()).context("there is no playbook")?;
        let said = self.policy.store.as_deref();
        let (mut measured, notes) = match store::open(self.project.tree.root(), said, global)?.measured() {
            // What cannot be looked at is unknown, and never read as absent.
            Err(error @ (StoreError::Unreachable { .. } | StoreError::Refused { .. })) => {
                let away = Diagnostic::warning(Code::StoreUnknown, error.to_string()).help(
                    "what rests on measurements is unknown and earns nothing; assess again once the cause is gone",
                );
                (Measured { unknown: Some(error.to_string()), ..Measured::default() }, vec![away])
            }
            other => other?,
        };
        // From here on it is called as everything else is: by its path from the evidence root.
        measured.place = match global.store.as_deref().or(said) {
            None => DEFAULT.to_owned(),
            Some(_) if measured.place.contains("://") => measured.place.clone(),
            Some(_) => std::path::absolute(&measured.place).map_or(measured.place.clone(), |p| p.display().to_string()),
        };
        measured.until = clock::until(global)?;
        let inputs = Inputs {
            measured: &measured,
            loaded: self.loaded,
            tree: &self.project.tree,
            git: &self.project.git,
            catalogue: self.catalogue,
            playbook,
            policy: self.policy,
            today: clock::today(global)?,
            to,
            traffic,
            base: self.base,
            name: &self.project.name,
        };
        let mut assessment = watched(&self.project.tree.progress, global, || assess(&inputs));
        // A torn line is named by the same path.
        assessment.diagnostics.extend(notes.into_iter().map(|note| Diagnostic {
            at: note.at.map(|at| At { source: Arc::new(at.source.renamed(measured.place.as_str())), range: at.range }),
            ..note
        }));
        Ok(assessment)
    }
}

fn phase(loaded: Option<&Loaded>) -> Phase {
    loaded.and_then(|l| l.manifest.project.as_ref()).and_then(|p| p.phase).unwrap_or_default()
}

/// A share of traffic belongs to the phase scale, and an experimental project stays at 10 %.
fn check_traffic(judged: &Judged<'_>, to: Option<Target>, traffic: Option<Traffic>) -> Result<(), Failure> {
    let (Some(traffic), Some(loaded)) = (traffic, judged.loaded) else { return Ok(()) };
    let error = |message: String, pointer: &str, help: &str| {
        Err(Failure::one(Diagnostic::error(Code::BadValue, message).at(loaded.at(pointer)).help(help)))
    };
    let percent = traffic.percent();
    if to.unwrap_or_else(|| Target::after(phase(Some(loaded)))) != Target::Scale {
        return error(
            format!("`--traffic {percent}` is a step inside of scale, and the gate that is asked leads elsewhere"),
            "/project/phase",
            "ask for it together with `--to scale`",
        );
    }
    let stated = loaded.manifest.project.as_ref().and_then(|p| p.tier).unwrap_or_default();
    if judged.policy.tier(stated) == Tier::Experimental && traffic > Traffic::Ten {
        return error(
            format!("an experimental project takes at most 10 % of the traffic, not {percent} %"),
            "/project/tier",
            "raise the tier to standard, and meet what it asks for",
        );
    }
    Ok(())
}

/// The evidence root as code hosts know it: below the folder where the command was started, which is the repository's. Empty when
/// it is that folder, or not below it.
pub(super) fn reported_root(root: &str) -> String {
    let path = Path::new(root);
    let below = match (path.is_absolute(), std::env::current_dir()) {
        (false, _) => Some(path),
        (true, Ok(here)) => path.strip_prefix(&here).ok(),
        (true, Err(_)) => None,
    };
    let inside = below.filter(|path| !path.components().any(|part| part == Component::ParentDir));
    let parts = inside.into_iter().flat_map(Path::components).filter(|part| *part != Component::CurDir);
    parts.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect::<Vec<_>>().join("/")
}

/// How an assessment came about, for the formats that say it.
pub(super) const fn run<'a>(catalogue: &'a Catalogue, root: &'a str, exit: Exit) -> Run<'a> {
    Run { catalogue, root, exit_code: exit.code(), baseline: None }
}

/// Keeps an assessment in the history.
pub(super) fn record(
    assessment: &Assessment,
    root: &str,
    by: Option<&str>,
    global: &Global,
    looks: &Looks,
) -> Result<(), Failure> {
    let root = if root.is_empty() { Path::new(".") } else { Path::new(root) };
    let stamp = clock::stamp(&clock::author(by), global)?;
    let row = Row::Assessment(Box::new(Recorded::new(
        stamp,
        assessment,
        Git::of(root).head().ok().flatten().map(|commit| commit.id),
    )));
    let appended = store::of_project(root, global)?.append(&[row], Ids::Fresh)?;
    output::report(&appended.notes, global, looks);
    Ok(())
}

/// Messages with their files named from where the command was started, so that a terminal can open them.
pub(super) fn below(diagnostics: &[Diagnostic], root: &str) -> Vec<Diagnostic> {
    diagnostics.iter().map(|d| d.below(root)).collect()
}

/// A gate leads forward: to a phase after the manifest's, or, for a share of traffic, on inside of scale.
fn check_target(loaded: Option<&Loaded>, to: Option<Target>, traffic: Option<Traffic>) -> Result<(), Failure> {
    let (Some(to), Some(loaded)) = (to, loaded) else { return Ok(()) };
    let phase = phase(Some(loaded));
    let inside = traffic.is_some() && to == Target::Scale && phase == Phase::Scale;
    if to.exit() < phase && !inside {
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

/// An error among the diagnostics means that some input could not be read.
pub(super) fn readable(assessment: &Assessment) -> Exit {
    let error = assessment.diagnostics.iter().any(|d| d.severity == Severity::Error);
    if error { Exit::Input } else { Exit::Done }
}
