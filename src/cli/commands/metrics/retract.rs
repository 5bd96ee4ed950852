//! `aipp metrics retract`: a metric and which of its values enter; a row that takes the value back leaves.

use aipp::diagnostic::{Code, Diagnostic};
use aipp::history::report::Written;
use aipp::history::{Ids, Retraction, Row, Sample, Wanted};
use aipp::import::{TIME, moment};
use aipp::manifest::value::Day;
use aipp::render::{View, number};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::{Failure, clock, input, store};

/// As many values are named when it is not clear which one is meant.
const NAMED: usize = 5;

/// The arguments of `aipp metrics retract`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  aipp metrics retract handling-time --at 2026-09-01 --reason 'read from the wrong column'\n  \
    aipp metrics record handling-time 9.5 min --at 2026-09-01\n\n\
    Nothing is deleted: the row stays, and a new one says that it does not count, who says so and why."
)]
pub(super) struct Args {
    /// The metric, by its id in the manifest
    id: String,
    /// Why it is taken back
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The value of this day, or of this time
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// The value of this row; `aipp metrics history ID -v` shows the ids
    #[arg(long, value_name = "UUID", conflicts_with = "at")]
    row: Option<Uuid>,
    /// Who takes it back (otherwise the user of this machine)
    #[arg(long, value_name = "NAME", env = "AIPP_BY")]
    by: Option<String>,
}

pub(super) fn run(args: &Args, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    let (loaded, root) = input::manifest_only(None, global, "a metric")?;
    super::unit_for(&loaded, &args.id).map_err(|error| Failure::one(*error))?;
    if args.reason.trim().is_empty() {
        let empty = Diagnostic::error(Code::BadValue, "--reason is empty");
        return Err(Failure::one(empty.help("say in a few words what was wrong; the row keeps it")));
    }
    let when = args.at.as_deref().map(When::read).transpose().map_err(|error| Failure::one(*error))?;
    let mut store = store::of_project(&root, global)?;
    let (mut samples, mut retracted) = (Vec::new(), Vec::new());
    let notes = store.each(Wanted::Metric(&args.id), &mut |row| match row {
        Row::Sample(sample) => samples.push(sample),
        Row::Retraction(retraction) => retracted.push(retraction.row),
        _ => {}
    })?;
    output::report(&notes, global, looks);
    samples.retain(|sample| !retracted.contains(&sample.id));
    samples.sort_by_key(|sample| (sample.at, sample.recorded));
    let meant: Vec<&Sample> = samples
        .iter()
        .filter(|sample| {
            args.row.is_none_or(|row| row == sample.id) && when.as_ref().is_none_or(|when| when.is(sample.at))
        })
        .collect();
    let [sample] = meant.as_slice() else {
        let all: Vec<&Sample> = samples.iter().collect();
        let back = args.row.is_some_and(|row| retracted.contains(&row));
        return Err(Failure::one(unclear(args, &meant, &all, back)));
    };
    let stamp = clock::stamp(&clock::author(args.by.as_deref()), global)?;
    let row = Row::Retraction(Retraction::new(stamp, &args.id, sample.id, args.reason.trim()));
    let appended = store.append(std::slice::from_ref(&row), Ids::Fresh)?;
    output::report(&appended.notes, global, looks);
    let place = store.place().to_owned();
    let written = Written {
        format_version: 1,
        kind: "recorded",
        said: format!("{} {} does not count any more; recorded in {place}", args.id, shown(sample)),
        store: place,
        added: appended.added,
        there: appended.there,
        rows: vec![row],
    };
    output::show(&View::Kept(&written), global, looks)?;
    Ok(Exit::Done)
}

/// When a value was measured, as far as it was said.
enum When {
    /// On a day (UTC, as everything that is recorded).
    On(Day),
    At(Timestamp),
}

impl When {
    fn read(text: &str) -> Result<Self, Box<Diagnostic>> {
        if let Some(day) = Day::parse(text.trim()) {
            return Ok(Self::On(day));
        }
        let wrong = || Box::new(Diagnostic::error(Code::BadValue, format!("`{text}` is no time")).help(TIME));
        moment(text, &TimeZone::system()).map(Self::At).ok_or_else(wrong)
    }

    fn is(&self, at: Timestamp) -> bool {
        match self {
            Self::On(day) => aipp::series::measured::day_of(at.as_millisecond()) == *day,
            // What is recorded is in whole seconds; an imported value may be finer than it is written.
            Self::At(when) => when.as_second() == at.as_second(),
        }
    }
}

fn shown(sample: &Sample) -> String {
    format!("{} at {}", number::with_unit(sample.value, &sample.unit), sample.at)
}

/// It is not clear which value is meant: none fits, or several do.
fn unclear(args: &Args, meant: &[&Sample], all: &[&Sample], back: bool) -> Diagnostic {
    let id = &args.id;
    if back {
        return Diagnostic::error(Code::BadValue, format!("this value of `{id}` was taken back already"))
            .help("`aipp metrics history` shows when and why");
    }
    if all.is_empty() {
        return Diagnostic::error(Code::BadValue, format!("there is no value of `{id}` to take back"))
            .help("name the store that holds it with --store");
    }
    let (message, listed) = if meant.is_empty() {
        (format!("no value of `{id}` is the one that is named"), all)
    } else if args.at.is_some() {
        (format!("{} values of `{id}` are of that time", meant.len()), meant)
    } else {
        (format!("`{id}` has {} values, and nothing says which one is wrong", meant.len()), meant)
    };
    let newest = listed.iter().rev().take(NAMED);
    let lines: Vec<String> = newest.map(|sample| format!("--row {} ({})", sample.id, shown(sample))).collect();
    let more = if listed.len() > NAMED { "; `aipp metrics history ID -v` shows all" } else { "" };
    Diagnostic::error(Code::BadValue, message).help(format!("name one: {}{more}", lines.join(", ")))
}
