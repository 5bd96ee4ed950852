//! A path and flags enter, the assessment of the project leaves: what several commands do before they show something.

use std::path::Path;
use std::sync::Arc;

use aipp::assess::{Assessment, Inputs, assess};
use aipp::checklist::Catalogue;
use aipp::diagnostic::{At, Code, Diagnostic, Severity};
use aipp::evidence::git::Git;
use aipp::gate::Target;
use aipp::history::file::DEFAULT;
use aipp::history::{Ids, Recorded, Row, StoreError};
use aipp::playbook::Playbook;
use aipp::policy::Policy;
use aipp::series::Measured;
use anyhow::Context as _;

use super::args::Global;
use super::exit::Exit;
use super::output::{self, Looks};
use super::{Failure, clock, input, store};

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
    let (mut measured, notes) = match store::open(project.tree.root(), global)?.measured() {
        // What cannot be reached is unknown, and never read as absent.
        Err(error @ StoreError::Unreachable { .. }) => {
            (Measured { unknown: Some(error.to_string()), ..Measured::default() }, Vec::new())
        }
        other => other?,
    };
    // From here on it is called as everything else is: by its path from the evidence root.
    measured.place = match &global.store {
        None => DEFAULT.to_owned(),
        Some(_) if measured.place.contains("://") => measured.place.clone(),
        Some(_) => std::path::absolute(&measured.place).map_or(measured.place.clone(), |p| p.display().to_string()),
    };
    measured.until = clock::until(global)?;
    let mut assessment = assess(&Inputs {
        measured: &measured,
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
    // A torn line is named by the same path.
    assessment.diagnostics.extend(notes.into_iter().map(|note| Diagnostic {
        at: note.at.map(|at| At { source: Arc::new(at.source.renamed(measured.place.as_str())), range: at.range }),
        ..note
    }));
    Ok((assessment, project.root))
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
    let row = Row::Assessment(Box::new(Recorded::new(stamp, assessment, Git::of(root).head())));
    let appended = store::open(root, global)?.append(&[row], Ids::Fresh)?;
    output::report(&appended.notes, global, looks);
    Ok(())
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
