//! A path and flags enter, the assessment of the project leaves: what several commands do before they show something.

use std::path::{Component, Path};

use aipp::assess::{Assessment, Inputs, assess};
use aipp::checklist::Catalogue;
use aipp::diagnostic::{Code, Diagnostic, Severity};
use aipp::gate::Target;
use aipp::playbook::Playbook;
use aipp::policy::Policy;
use aipp::render::Run;
use anyhow::Context as _;

use super::args::Global;
use super::exit::Exit;
use super::{Failure, clock, input};

/// Opens the project and assesses it.
pub(super) fn of(
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
        today: clock::today(global)?,
        to,
        name: &project.name,
    });
    Ok((assessment, project.root))
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

/// Messages with their files named from where the command was started, so that a terminal can open them.
pub(super) fn below(diagnostics: &[Diagnostic], root: &str) -> Vec<Diagnostic> {
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

/// An error among the diagnostics means that some input could not be read.
pub(super) fn readable(assessment: &Assessment) -> Exit {
    let error = assessment.diagnostics.iter().any(|d| d.severity == Severity::Error);
    if error { Exit::Input } else { Exit::Done }
}
