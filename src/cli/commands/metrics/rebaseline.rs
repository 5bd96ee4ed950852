//! `aipp metrics rebaseline`: a metric, a reason and an approver enter; a row that says what changed leaves.

use aipp::diagnostic::{Code, Diagnostic};
use aipp::history::report::Written;
use aipp::history::{Ids, Rebaseline, Row};
use aipp::manifest::value::Day;
use aipp::render::View;
use aipp::series::Definition;

use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::{Failure, clock, input, store};

/// The arguments of `aipp metrics rebaseline`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Change the manifest first; this command records what changed, from the recorded definition to the manifest's."
)]
pub(super) struct Args {
    /// The metric, by its id in the manifest
    id: String,
    /// Why it changed
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Who approved it
    #[arg(long, value_name = "NAME")]
    approver: String,
    /// Since when the new definition holds (otherwise today)
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = crate::cli::args::parse_day)]
    date: Option<Day>,
    /// Who records it (otherwise the user of this machine)
    #[arg(long, value_name = "NAME", env = "AIPP_BY")]
    by: Option<String>,
}

pub(super) fn run(args: &Args, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    let (loaded, root) = input::manifest_only(None, global, "a metric")?;
    let metric = super::metric(&loaded, &args.id).map_err(|error| Failure::one(*error))?;
    let today = clock::today(global)?;
    let date = args.date.unwrap_or(today);
    let mut errors = Vec::new();
    for (flag, text) in [("--reason", &args.reason), ("--approver", &args.approver)] {
        if text.trim().is_empty() {
            errors.push(
                Diagnostic::error(Code::BadValue, format!("{flag} is empty")).help("a baseline never changes silently"),
            );
        }
    }
    if date > today {
        errors.push(
            Diagnostic::error(Code::Future, format!("`{date}` is in the future")).help("record it when it holds"),
        );
    }
    if !errors.is_empty() {
        return Err(Failure::Input(errors));
    }
    let mut store = store::of_project(&root, global)?;
    let (measured, notes) = store.measured()?;
    output::report(&notes, global, looks);
    let before = measured.series.get(&args.id).and_then(|series| series.recorded()).cloned();
    let after = Definition::of(metric);
    let changes = before.clone().unwrap_or_default().differences(&after);
    if changes.is_empty() {
        return Err(Failure::one(
            Diagnostic::error(Code::BadValue, format!("`{}` is defined in the manifest as it was recorded", args.id))
                .help("change its baseline, unit, direction, window or source in the manifest first"),
        ));
    }
    let stamp = clock::stamp(&clock::author(args.by.as_deref()), global)?;
    let mut row = Rebaseline::new(stamp, &args.id, date, before, after);
    (row.reason, row.approver) = (args.reason.clone(), args.approver.clone());
    let row = Row::Rebaseline(row);
    let appended = store.append(std::slice::from_ref(&row), Ids::Fresh)?;
    output::report(&appended.notes, global, looks);
    if loaded.manifest.people.as_ref().is_some_and(|people| is_owner(people, &args.approver)) {
        let own = Diagnostic::warning(
            Code::BaselineMoved,
            format!("`{}` owns the project and approved a new baseline for it", args.approver),
        );
        output::report([&own.help("let somebody approve it whose result does not depend on it")], global, looks);
    }
    let place = store.place().to_owned();
    let written = Written {
        format_version: 1,
        kind: "recorded",
        said: format!("{}: {}; recorded in {place}", args.id, changes.join("; ")),
        store: place,
        added: appended.added,
        there: appended.there,
        rows: vec![row],
    };
    output::show(&View::Kept(&written), global, looks)?;
    Ok(Exit::Done)
}

fn is_owner(people: &aipp::manifest::model::People, name: &str) -> bool {
    let owners = people.owner.iter().flat_map(|owner| owner.iter());
    owners.into_iter().any(|owner| owner.0.name.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(name.trim())))
}
