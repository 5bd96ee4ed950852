//! `aipp log`: flags enter, a dated record in the project's folder leaves, and what it changed.

mod ask;
mod flags;

use std::path::Path;

use aipp::assess::Assessment;
use aipp::checklist::Catalogue;
use aipp::diagnostic::{Code, Diagnostic};
use aipp::log::{self, Desk, Draft, Fields, Kind};
use aipp::manifest::Manifest;
use aipp::receipt::{Receipt, WrittenFile};
use aipp::remedy;
use aipp::render::View as Shown;
use aipp::source::MAX_BYTES;
use serde_json::Value;

use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::{Failure, assessment, clock, input};

/// The arguments of `aipp log`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "What a record must have and no flag says is asked in a terminal; without one it is an error. Nothing is overwritten. \
    docs/records.md says what each record proves."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    kind: flags::Record,
}

pub(crate) fn run(args: &Args, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    let (kind, path) = (args.kind.kind(), args.kind.common().path.as_deref());
    if global.manifest.as_deref() == Some(Path::new("-")) {
        let message = "a record is written beside the manifest, and this one comes from standard input";
        return Err(Failure::one(
            Diagnostic::error(Code::BadValue, message).help("name the manifest's file or folder"),
        ));
    }
    let today = clock::today(global)?;
    let catalogue = input::catalogue(path, global)?;
    let project = input::open(path, global, &catalogue)?;
    let empty = Manifest::default();
    let manifest = project.loaded.as_ref().map_or(&empty, |l| &l.manifest);
    let checks: Vec<&str> = catalogue.all().map(|check| check.id.as_str()).collect();
    let desk = Desk { manifest, today, checks: &checks };

    let mut fields = args.kind.fields(today);
    if !ask::fill(kind, &mut fields, &desk)? {
        output::say("Nothing was written.\n");
        return Ok(Exit::Input);
    }
    let draft = draft(kind, &fields, &desk, &project.folder)?;
    let (before, _) = assessment::of(path, None, &catalogue, global)?;
    output::write_below(&project.folder, &draft.path, draft.text.as_bytes(), kind.is_row())?;
    let (after, _) = assessment::of(path, None, &catalogue, global)?;

    let receipt = receipt(kind, &fields, &draft, &project, (&before, &after), &catalogue);
    output::show(&Shown::Written(&receipt), global, looks)?;
    let about: Vec<Diagnostic> = after
        .diagnostics
        .iter()
        .filter(|d| d.file() == Some(draft.path.as_str()))
        .map(|d| d.below(&project.root))
        .collect();
    output::report(&about, global, looks);
    Ok(Exit::Done)
}

fn draft(kind: Kind, fields: &Fields, desk: &Desk<'_>, root: &Path) -> Result<Draft, Failure> {
    if !kind.is_row() {
        let taken = |path: &str| root.join(path).symlink_metadata().is_ok();
        return log::file(kind, fields, desk, &taken).map_err(Failure::Input);
    }
    let file = root.join(kind.table());
    let existing = if file.symlink_metadata().is_ok() {
        let bytes = input::read_up_to(&file, MAX_BYTES)?;
        let text = String::from_utf8(bytes).map_err(|_| {
            Failure::one(
                Diagnostic::error(Code::NotUtf8, format!("`{}` is not UTF-8 text", input::shown(&file)))
                    .help("save it as UTF-8"),
            )
        })?;
        Some(text)
    } else {
        None
    };
    log::row(kind, fields, desk, existing.as_deref()).map_err(Failure::Input)
}

/// What was written, what it changed, and what is still needed for it to count.
fn receipt(
    kind: Kind,
    fields: &Fields,
    draft: &Draft,
    project: &input::Project,
    (before, after): (&Assessment, &Assessment),
    catalogue: &Catalogue,
) -> Receipt {
    let action = if draft.appended { "appended" } else { "created" };
    let file = WrittenFile { path: input::shown(&project.folder.join(&draft.path)), action };
    let said = |key: &str| fields.get(key).and_then(Value::as_str);
    let rests_on = |id: &str| match kind {
        Kind::Attestation => said("check") == Some(id),
        _ => catalogue
            .get(id)
            .is_some_and(|check| remedy::rests_on(check, kind.name(), said("scenario").or(said("course")))),
    };
    let mut next = Vec::new();
    let owner = |by: &str| project.loaded.as_ref().is_some_and(|l| aipp::evidence::names_the_owner(&l.manifest, by));
    if kind == Kind::Attestation && said("by").is_some_and(owner) {
        next.push("let somebody else attest it: the owner's own word proves nothing here".to_owned());
    } else if project.git.is_checkout() {
        next.push(match kind {
            Kind::Attestation => "commit it; it counts once somebody other than the project's owner has".to_owned(),
            _ => "commit it".to_owned(),
        });
    }
    Receipt::of(vec![file], next).between(before, after, rests_on)
}
