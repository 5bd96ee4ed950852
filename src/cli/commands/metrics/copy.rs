//! `aipp metrics copy`: two stores enter; every row of the first that the second does not have is added to it.

use std::path::PathBuf;

use aipp::diagnostic::{Code, Diagnostic};
use aipp::history::report::Written;
use aipp::history::{Ids, Wanted};
use aipp::render::View;

use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::{Failure, input, progress, store};

/// The arguments of `aipp metrics copy`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  aipp metrics copy --to postgres://aipp@db.example/pilot      the project's history to a shared store\n  \
    aipp metrics copy --from postgres://aipp@db.example/pilot    and back\n\n\
    Copying twice adds nothing. All rows are added or none; neither store loses anything."
)]
pub(super) struct Args {
    /// The store that is read (otherwise --store, AIPP_STORE, or the project's own file)
    #[arg(long, value_name = "FILE|URL", required_unless_present = "to")]
    from: Option<String>,
    /// The store that is added to (otherwise --store, AIPP_STORE, or the project's own file)
    #[arg(long, value_name = "FILE|URL")]
    to: Option<String>,
    /// A folder, or a manifest
    path: Option<PathBuf>,
}

pub(super) fn run(args: &Args, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    let root = input::root(args.path.as_deref(), global)?;
    let open = |named: Option<&str>| match named {
        Some(name) => store::named(name, global),
        None => store::of_project(&root, global),
    };
    let mut from = open(args.from.as_deref())?;
    let mut to = open(args.to.as_deref())?;
    if from.place() == to.place() {
        return Err(Failure::one(
            Diagnostic::error(Code::BadValue, format!("both stores are {}", to.place()))
                .help("name another one with --from or --to"),
        ));
    }
    if !from.is_there()? {
        return Err(Failure::one(
            Diagnostic::error(Code::Unreadable, format!("there is no history in {}", from.place()))
                .help("name the store that holds it with --from; nothing was copied"),
        ));
    }
    let mut rows = Vec::new();
    let notes = from.each(Wanted::All, &mut |row| rows.push(row))?;
    output::report(&notes, global, looks);
    let place = to.place().to_owned();
    let what = format!("copying {} rows to {place}", rows.len());
    let appended = progress::waited(&what, global, || to.append(&rows, Ids::MayBeThere))?;
    output::report(&appended.notes, global, looks);
    let count = if appended.added == 1 { "1 row".to_owned() } else { format!("{} rows", appended.added) };
    let there = if appended.there > 0 { format!(", {} were there already", appended.there) } else { String::new() };
    let written = Written {
        format_version: 1,
        kind: "recorded",
        said: format!("{count} copied from {} to {place}{there}", from.place()),
        store: place,
        added: appended.added,
        there: appended.there,
        rows: Vec::new(),
    };
    output::show(&View::Kept(&written), global, looks)?;
    Ok(Exit::Done)
}
