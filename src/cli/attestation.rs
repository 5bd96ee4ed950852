//! A gate that was judged enters; the statement of its verdict leaves.

use aipp::attest::{Ground, Statement, Subject, statement};
use aipp::diagnostic::{Code, Diagnostic};
use anyhow::Context as _;

use super::Failure;
use super::assessment::Gated;

/// States the verdict of a gate, with the digests of manifest, policy, checklists and commit.
pub(super) fn of(gated: &Gated) -> Result<Statement, Failure> {
    let project = &gated.project;
    let loaded = project.loaded.as_ref().context("a gate was judged without a manifest")?;
    let unknown = |why: String| {
        Failure::one(
            Diagnostic::error(Code::Revision, format!("the commit cannot be stated: {why}"))
                .help("state a verdict in a git checkout that git can read"),
        )
    };
    let mut subjects = vec![Subject::sha256(loaded.document.source.name(), loaded.sha256.clone())];
    let files = gated.rules.policy.files.iter().chain(&gated.rules.checklists);
    subjects.extend(files.map(|file| Subject::sha256(&file.path, file.sha256.clone())));
    subjects.push(Subject::sha256("built-in checklists", aipp::checklist::builtin_sha256().to_owned()));
    subjects.extend(project.git.head().map_err(unknown)?.map(|commit| Subject::commit(&commit.id)));
    let ground = Ground { subjects, dirty: project.git.is_edited().map_err(unknown)? };
    Ok(statement(&gated.assessment, &ground).context("an assessment of a manifest has no gate")?)
}
