//! `aipp metrics import`: a file of measurements enters; rows leave, all of them or none, and none that is there already.

use std::fs;
use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use aipp::diagnostic::{Code, Diagnostic};
use aipp::history::report::Written;
use aipp::history::{Ids, Row, Sample};
use aipp::import::{self, FORMS, Form, MAX_FILE, Mapping, Reading, TIME, moment};
use aipp::manifest::Loaded;
use aipp::render::View;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::tz::TimeZone;

use super::record::{definition, in_unit, last_moment};
use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::{Failure, clock, input, store};

/// The arguments of `aipp metrics import`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  aipp metrics import weekly.csv --metric handling-time      columns at and value\n  \
    aipp metrics import weekly.csv                             a column a metric, called by its id\n  \
    aipp metrics import export.csv --map at=day --map error-rate=wrong_share\n  \
    aipp metrics import reports/junit.xml --metric pass-rate   passed of the cases that ran\n\n\
    A row that was imported before adds nothing; one wrong row, and nothing is imported. Times without a zone are UTC."
)]
pub(super) struct Args {
    /// The file; `-` is standard input
    file: PathBuf,
    /// The metric that all values are of, when no column says it
    #[arg(long, value_name = "ID")]
    metric: Option<String>,
    /// Where something is: at, value, unit, metric, note, by, or a metric's id = a column, a key, or a path such as run.score; repeatable
    #[arg(long, value_name = "WHAT=COLUMN", value_parser = pair)]
    map: Vec<(String, String)>,
    /// What the file is (otherwise by its name and content)
    #[arg(long = "as", value_name = "FORM", value_parser = FORMS.iter().map(|f| f.0).collect::<Vec<_>>())]
    form: Option<String>,
    /// The unit of bare numbers (otherwise the metric's)
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
    /// When the values were measured, for files that do not say it
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Who measured, for files that do not say it (otherwise the user of this machine)
    #[arg(long, value_name = "NAME", env = "AIPP_BY")]
    by: Option<String>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((what, column)) if !what.is_empty() && !column.is_empty() => Ok((what.to_owned(), column.to_owned())),
        _ => Err("write what it is and the column: at=day, value=minutes, error-rate=wrong".to_owned()),
    }
}

pub(super) fn run(args: &Args, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    let (loaded, root) = input::manifest_only(None, global, "a metric")?;
    let (name, text) = read(&args.file)?;
    let at = args.at.as_deref().map(|text| {
        moment(text, &TimeZone::system())
            .ok_or_else(|| Failure::one(Diagnostic::error(Code::BadValue, format!("`{text}` is no time")).help(TIME)))
    });
    let mapping = Mapping {
        columns: args.map.clone(),
        metric: args.metric.clone(),
        unit: args.unit.clone(),
        at: at.transpose()?,
        known: loaded.manifest.metrics.iter().map(|metric| metric.id.clone()).collect(),
    };
    let wanted = args.form.as_deref().and_then(|name| FORMS.iter().find(|f| f.0 == name)).map(|f| f.1);
    let form = wanted.unwrap_or_else(|| Form::of(&name, &text));
    let bar = bar(text.len(), global);
    let read = import::read(&name, &text, form, &mapping, &mut |done| bar.set_position(done as u64));
    let rows = rows(read, &name, &text, args, &loaded, global);
    bar.finish_and_clear();
    let rows = rows.map_err(Failure::Input)?;
    let mut store = store::of_project(&root, global)?;
    let appended = store.append(&rows, Ids::MayBeThere)?;
    output::report(&appended.notes, global, looks);
    let place = store.place().to_owned();
    let there = if appended.there > 0 { format!(", {} were there already", appended.there) } else { String::new() };
    let values = if appended.added == 1 { "1 value".to_owned() } else { format!("{} values", appended.added) };
    let written = Written {
        format_version: 1,
        kind: "recorded",
        said: format!("{values} of {name} recorded in {place}{there}"),
        store: place,
        added: appended.added,
        there: appended.there,
        rows: Vec::new(),
    };
    output::show(&View::Kept(&written), global, looks)?;
    Ok(Exit::Done)
}

/// A bar that shows itself only in a terminal, and only when the file is long enough to wait for.
fn bar(bytes: usize, global: &Global) -> ProgressBar {
    const LONG: usize = 2 << 20;
    let shown = bytes > LONG && !global.no_progress && !global.quiet && std::io::stderr().is_terminal();
    let target = if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(bytes as u64), target);
    if let Ok(style) = ProgressStyle::with_template("reading {wide_bar} {percent}%") {
        bar.set_style(style);
    }
    bar
}

fn read(path: &Path) -> Result<(String, String), Failure> {
    let name =
        if path == Path::new("-") { "<stdin>".to_owned() } else { path.display().to_string().replace('\\', "/") };
    let unreadable = |why: String| {
        Failure::one(
            Diagnostic::error(Code::Unreadable, format!("cannot read `{name}`: {why}"))
                .help("check the path and its permissions"),
        )
    };
    let mut bytes = Vec::new();
    let done = if path == Path::new("-") {
        std::io::stdin().take(MAX_FILE + 1).read_to_end(&mut bytes)
    } else {
        fs::File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))
    };
    done.map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(Failure::one(
            Diagnostic::error(Code::TooLarge, format!("`{name}` is larger than {} MiB", MAX_FILE >> 20))
                .help("import it in parts"),
        ));
    }
    let text = String::from_utf8(bytes).map_err(|_| {
        Failure::one(Diagnostic::error(Code::NotUtf8, format!("`{name}` is not UTF-8 text")).help("save it as UTF-8"))
    })?;
    Ok((name, text))
}

/// The rows of what was read, in the metrics' units. Every reading that cannot be used is an error.
fn rows(
    (readings, mut errors): (Vec<Reading>, Vec<Diagnostic>),
    name: &str,
    text: &str,
    args: &Args,
    loaded: &Loaded,
    global: &Global,
) -> Result<Vec<Row>, Vec<Diagnostic>> {
    const MAX_MESSAGES: usize = 20;
    let mut units = std::collections::HashMap::new();
    let mut rows = Vec::with_capacity(readings.len());
    let Ok(stamp) = clock::stamp(&clock::author(args.by.as_deref()), global) else { return Ok(rows) };
    let last = last_moment(global);
    let source = format!("import:{}", name.rsplit('/').next().unwrap_or(name));
    for reading in readings {
        if errors.len() >= MAX_MESSAGES {
            break;
        }
        if !units.contains_key(&reading.metric) {
            let known = (super::unit_for(loaded, &reading.metric), definition(loaded, &reading.metric));
            units.insert(reading.metric.clone(), known);
        }
        let (unit, definition) = match units.get_mut(&reading.metric) {
            None => continue,
            Some((Ok(unit), definition)) => (unit, definition),
            Some((Err(error), _)) => {
                // Said once, where it is met first.
                if !errors.iter().any(|said| said.message == error.message) {
                    let mut said = import::wrong(name, text, reading.line, error.message.clone(), String::new());
                    (said.code, said.help) = (error.code, error.help.clone());
                    errors.push(said);
                }
                continue;
            }
        };
        let value = match in_unit(&reading.value, unit) {
            Ok(value) => value,
            Err(what) => {
                let message = format!("`{}`: {what}", reading.metric);
                let mut said = import::wrong(
                    name,
                    text,
                    reading.line,
                    message,
                    "name the unit of the numbers with `--unit`".into(),
                );
                said.code = Code::MixedDimensions;
                errors.push(said);
                continue;
            }
        };
        if reading.at > last {
            let message = format!("the value of {} is in the future", reading.at);
            let mut said = import::wrong(name, text, reading.line, message, "correct the time".to_owned());
            said.code = Code::Future;
            errors.push(said);
            continue;
        }
        let id = reading.id.unwrap_or_else(|| Sample::content_id(&reading.metric, value, unit.unit(), reading.at));
        let by = reading.by.unwrap_or_else(|| stamp.by.clone());
        let stamp = aipp::history::row::Stamp { id, recorded: stamp.recorded, by };
        let mut sample = Sample::new(stamp, &reading.metric, value, unit.unit(), reading.at);
        sample.note = reading.note;
        sample.source.clone_from(&source);
        // What they are compared with is said once; the rows of one import stay together.
        sample.baseline = definition.take();
        rows.push(Row::Sample(sample));
    }
    errors.sort_by_key(|error| error.at.as_ref().map(|at| at.position().line));
    if errors.is_empty() { Ok(rows) } else { Err(errors) }
}
