//! The name of a revision enters; the project as that revision has it leaves, and its assessment.

use std::fs;
use std::path::{Path, PathBuf};

use aipp::diagnostic::Code;
use aipp::diff::snapshot::{self, Snapshot};
use aipp::evaluate::unknown_checks;
use aipp::evidence::declared;
use aipp::evidence::revision::Snapshot as Revision;
use aipp::evidence::tree::Tree;
use aipp::manifest::{self, NAMES};
use anyhow::Context as _;

use super::args::Global;
use super::assessment::Gated;
use super::input::Project;
use super::{Failure, assessment, input};

/// An assessment to compare with: a file that holds one, or a revision of the checkout that the project stands in.
pub(super) fn snapshot(of: &str, here: &Gated, global: &Global) -> Result<Snapshot, Failure> {
    let path = Path::new(of);
    if path.is_file() {
        let bytes = input::read_up_to(path, snapshot::MAX_BYTES)?;
        return Snapshot::read(of, &bytes).map_err(|error| Failure::one(*error));
    }
    assess(of, here, global)
}

/// Assesses the project as a revision has it, as of the day of this run and by the rules of this run: what differs is what was
/// changed, not what aged or is asked in another way.
fn assess(name: &str, here: &Gated, global: &Global) -> Result<Snapshot, Failure> {
    let revision = Revision::find(&here.project.git, name).map_err(|error| {
        let missing = !Path::new(name).exists() && Path::new(name).extension().is_some_and(|e| e == "json");
        let help = "name a file that `aipp assess -f json=FILE` wrote, or a revision of this repository";
        Failure::one(if missing { error.help(help) } else { error })
    })?;
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    revision.export(folder.path()).map_err(Failure::one)?;
    let label = format!("{name}:");
    let project = open(&revision, folder.path(), &label, here, global)?;
    let assessment = assessment::judge(&project, &here.rules, here.to, here.traffic, global)?;
    let mut snapshot = Snapshot::of(&assessment);
    // What it knew, it knew since its commit.
    if let Ok(Some(commit)) = project.git.head() {
        snapshot.today = commit.day.min(snapshot.today);
    }
    Ok(snapshot)
}

/// Opens the project in the folder that a revision was written to.
fn open(revision: &Revision, folder: &Path, label: &str, here: &Gated, global: &Global) -> Result<Project, Failure> {
    let (mut loaded, mut errors) = (None, Vec::new());
    if let Some(path) = find(folder, &here.project) {
        let bytes = fs::read(folder.join(&path)).context("cannot read the manifest of the revision")?;
        (loaded, errors) = manifest::read(&path.to_string_lossy(), bytes);
    }
    // The result of a CI run is ignored by git, so that no revision has it: there it is missing, and no mistake.
    let flagged: Vec<String> = global.evidence.iter().filter(|path| folder.join(path).exists()).cloned().collect();
    let (declared, wrong) = declared::check(folder, loaded.as_ref(), &flagged);
    errors.extend(wrong.into_iter().filter(|error| error.code != Code::EvidenceMissing));
    errors.extend(loaded.iter().flat_map(|loaded| unknown_checks(loaded, &here.rules.catalogue)));
    if !errors.is_empty() {
        return Err(Failure::Input(assessment::below(&errors, label)));
    }
    let tree = Tree::walk(folder, &declared).context("cannot read the files of the revision")?;
    Ok(Project {
        folder: folder.to_owned(),
        loaded,
        tree,
        git: revision.git(),
        name: here.project.name.clone(),
        root: label.to_owned(),
    })
}

/// The manifest of a revision: the one that is called as it is here, else the first that has one of the known names.
fn find(folder: &Path, here: &Project) -> Option<PathBuf> {
    let same = here.loaded.as_ref().map(|l| PathBuf::from(l.document.source.name()));
    let known = ["", ".github"].iter().flat_map(|f| NAMES.iter().map(move |name| Path::new(f).join(name)));
    same.into_iter().chain(known).find(|path| path.is_relative() && folder.join(path).is_file())
}
