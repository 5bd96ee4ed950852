//! An assessment and the files it rests on enter; the statement of its verdict leaves.

use std::path::Path;

use aipp::assess::Assessment;
use aipp::attest::{Ground, Statement, Subject, statement};
use aipp::diagnostic::{Code, Diagnostic};

use super::Failure;
use super::args::Global;
use super::input::{self, Project};

/// States the verdict of an assessment, with the digests of manifest, checklists and commit.
pub(super) fn of(
    assessment: &Assessment,
    project: &Project,
    traffic: Option<u8>,
    global: &Global,
) -> Result<Statement, Failure> {
    let Some(loaded) = &project.loaded else {
        return Err(Failure::one(
            Diagnostic::error(Code::NoManifest, "a verdict needs a manifest, and none was found")
                .help(format!("write {}, or name it with --manifest", aipp::manifest::NAMES[0])),
        ));
    };
    let unknown = |why: String| {
        Failure::one(
            Diagnostic::error(Code::Revision, format!("the commit cannot be stated: {why}"))
                .help("state a verdict in a git checkout that git can read"),
        )
    };
    let mut subjects = vec![Subject::sha256(loaded.document.source.name(), loaded.sha256.clone())];
    subjects.push(Subject::sha256("built-in checklists", aipp::checklist::builtin_sha256().to_owned()));
    for name in global.checklist.iter().filter(|name| Path::new(name).is_file()) {
        subjects.push(Subject::file(name, &input::read_up_to(Path::new(name), aipp::source::MAX_BYTES)?));
    }
    subjects.extend(project.git.head().map_err(unknown)?.map(|commit| Subject::commit(&commit.id)));
    let ground = Ground { subjects, traffic, dirty: project.git.is_edited().map_err(unknown)? };
    statement(assessment, &ground).ok_or_else(|| Failure::Internal(anyhow::anyhow!("an assessment without a gate")))
}
