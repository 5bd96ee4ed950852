//! `aipp metrics record`: an id and a value as people write it enter; one durable row leaves.

use aipp::diagnostic::{Code, Diagnostic};
use aipp::history::report::Written;
use aipp::history::{Ids, Row, Sample};
use aipp::import::{TIME, moment};
use aipp::manifest::Loaded;
use aipp::quantity::Quantity;
use aipp::render::{View, number};
use aipp::series::Definition;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::{Failure, clock, input, store};

/// The arguments of `aipp metrics record`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  aipp metrics record handling-time 9.5 min\n  aipp metrics record error-rate 2.1% --at 2026-09-01 \
    --note 'week 36'\n  aipp metrics record unit-cost '$1.42' --by 'finance export'"
)]
pub(super) struct Args {
    /// The metric, by its id in the manifest
    id: String,
    /// The value with its unit; without one it is in the metric's (9.5 min, 2.1%, '$1.42', 74)
    #[arg(required = true, num_args = 1.., allow_negative_numbers = true)]
    value: Vec<String>,
    /// When it was measured: a day, or a time (in this machine's zone unless it says another); otherwise now
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Anything worth knowing about it
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Who records it (otherwise the user of this machine)
    #[arg(long, value_name = "NAME", env = "AIPP_BY")]
    by: Option<String>,
    /// The row's id, so that another try adds nothing if the first one succeeded
    #[arg(long, value_name = "UUID")]
    row_id: Option<Uuid>,
}

pub(super) fn run(args: &Args, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    let (loaded, root) = input::manifest_only(None, global, "a metric")?;
    let (sample, again) = sample(args, &loaded, global)?;
    let mut store = store::of_project(&root, global)?;
    let ids = if args.row_id.is_some() { Ids::MayBeThere } else { Ids::Fresh };
    let said = format!("{} {} at {}", sample.metric, number::with_unit(sample.value, &sample.unit), sample.at);
    let row = Row::Sample(sample);
    let appended = store.append(std::slice::from_ref(&row), ids).map_err(|error| match Failure::from(error) {
        Failure::Internal(error) => {
            Failure::Internal(error.context(format!("the value was not recorded; once the cause is gone: {again}")))
        }
        input => input,
    })?;
    output::report(&appended.notes, global, looks);
    let place = store.place().to_owned();
    let what = if appended.added == 0 { "was there already in" } else { "recorded in" };
    let written = Written {
        format_version: 1,
        kind: "recorded",
        said: format!("{said}, {what} {place}"),
        store: place,
        added: appended.added,
        there: appended.there,
        rows: vec![row],
    };
    output::show(&View::Kept(&written), global, looks)?;
    Ok(Exit::Done)
}

/// The row, and the command that records it again without doing so twice.
fn sample(args: &Args, loaded: &Loaded, global: &Global) -> Result<(Sample, String), Failure> {
    let mut errors = Vec::new();
    let text = args.value.join(" ");
    let unit = super::unit_for(loaded, &args.id);
    if unit.is_err() && loaded.manifest.metrics.iter().any(|metric| metric.id == text) {
        let (id, value) = (&text, quoted(&args.id));
        let swapped =
            Diagnostic::error(Code::UnknownMetric, format!("there is no metric `{}`; `{id}` is one", args.id));
        return Err(Failure::one(swapped.help(format!("the metric comes first: aipp metrics record {id} {value}"))));
    }
    let unit = unit.map_err(|error| errors.push(*error)).ok();
    let value = Quantity::parse(&text).map_err(|error| {
        errors.push(
            Diagnostic::error(Code::BadValue, error.to_string())
                .help("in a shell, quote what has a dollar sign: '$3.40'"),
        );
    });
    let value = value.ok().zip(unit.as_ref()).and_then(|(value, unit)| {
        let converted = in_unit(&value, unit);
        converted.map_err(|what| errors.push(mixed(&args.id, &value, unit, &what))).ok()
    });
    let now = clock::now(global)?;
    let at = at(args.at.as_deref(), now, global).map_err(|error| errors.push(*error)).ok();
    let (Some(unit), Some(value), Some(at)) = (unit, value, at) else { return Err(Failure::Input(errors)) };
    let mut stamp = clock::stamp(&clock::author(args.by.as_deref()), global)?;
    if let Some(id) = args.row_id {
        stamp.id = id;
    }
    let mut sample = Sample::new(stamp, &args.id, value, unit.unit(), at);
    sample.note.clone_from(&args.note);
    sample.baseline = definition(loaded, &args.id);
    let again = again(args, &text, &sample, global);
    Ok((sample, again))
}

/// The command that records the same row, for a shell. The store is named where it was named before; a password is never in it, since
/// none is taken from the command line.
fn again(args: &Args, text: &str, sample: &Sample, global: &Global) -> String {
    let mut command = format!("aipp metrics record {} {} --at {}", args.id, quoted(text), sample.at);
    let from_environment = |name: &str, value: &str| std::env::var(name).is_ok_and(|set| set == value);
    if let Some(note) = &args.note {
        command.push_str(&format!(" --note {}", quoted(note)));
    }
    if let Some(by) = args.by.as_deref().filter(|by| !from_environment("AIPP_BY", by)) {
        command.push_str(&format!(" --by {}", quoted(by)));
    }
    if let Some(store) = global.store.as_deref().filter(|store| !from_environment("AIPP_STORE", store)) {
        command.push_str(&format!(" --store {}", quoted(store)));
    }
    if let Some(manifest) = global.manifest.as_deref().map(|file| file.display().to_string())
        && !from_environment("AIPP_MANIFEST", &manifest)
    {
        command.push_str(&format!(" --manifest {}", quoted(&manifest)));
    }
    format!("{command} --row-id {}", sample.id)
}

/// A text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// What a metric's measurements are compared with today.
pub(super) fn definition(loaded: &Loaded, id: &str) -> Option<Definition> {
    loaded.manifest.metrics.iter().find(|metric| metric.id == id).map(Definition::of)
}

/// A value in the metric's unit; a bare number is in it already.
pub(super) fn in_unit(value: &Quantity, unit: &Quantity) -> Result<f64, String> {
    if value.unit().is_empty() {
        return Ok(value.number());
    }
    value
        .in_unit_of(unit)
        .ok_or_else(|| format!("`{value}` is {}; the metric is {}", value.dimension(), unit.dimension()))
}

fn mixed(id: &str, value: &Quantity, unit: &Quantity, what: &str) -> Diagnostic {
    let example = number::with_unit(value.number(), unit.unit());
    Diagnostic::error(Code::MixedDimensions, format!("`{id}`: {what}"))
        .help(format!("write it in the metric's unit, for instance {example}"))
}

/// When it was measured; not after now.
fn at(text: Option<&str>, now: Timestamp, global: &Global) -> Result<Timestamp, Box<Diagnostic>> {
    let Some(text) = text else { return Ok(now) };
    let wrong = |code, what: String, help: &str| Box::new(Diagnostic::error(code, what).help(help));
    let at = moment(text, &TimeZone::system());
    let at = at.ok_or_else(|| wrong(Code::BadValue, format!("`{text}` is no time"), TIME))?;
    if at > last_moment(global) {
        return Err(wrong(Code::Future, format!("`{text}` is in the future"), "record it when it was measured"));
    }
    Ok(at)
}

/// The last moment that is not in the future.
pub(super) fn last_moment(global: &Global) -> Timestamp {
    let until = match clock::until(global) {
        Ok(Some(until)) => until,
        Ok(None) => clock::today(global).map_or(i64::MAX, |day| aipp::series::Measured::none().until(day)),
        Err(_) => i64::MAX,
    };
    Timestamp::from_millisecond(until).unwrap_or(Timestamp::MAX)
}
