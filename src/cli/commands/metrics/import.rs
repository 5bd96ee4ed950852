//! `aipp metrics import`: a file of measurements enters; rows leave, all of them or none, and none that is there already.

use std::collections::HashMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use aipp::diagnostic::{Code, Diagnostic};
use aipp::history::report::Written;
use aipp::history::row::Stamp;
use aipp::history::{Ids, Row, Sample};
use aipp::import::{self, FORMS, Form, MAX_FILE, Mapping, Reading, TIME, moment};
use aipp::manifest::Loaded;
use aipp::quantity::Quantity;
use aipp::render::View;
use aipp::series::Definition;
use jiff::tz::TimeZone;
use rayon::prelude::*;

use super::record::{definition, in_unit, last_moment};
use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::{Failure, clock, input, progress, store};

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

/// Files of more bytes than these take longer to read than a moment.
const LONG: usize = 2 << 20;

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
    // Of a short file the bar would only flash.
    let length = if text.len() > LONG { Some(text.len() as u64) } else { None };
    let bar = length.map(|length| progress::bar(length, "reading {wide_bar} {percent}%", global));
    let read = import::read(&name, &text, form, &mapping, &mut |done| {
        bar.iter().for_each(|bar| bar.set_position(done as u64));
    });
    let rows = rows(read, &name, &text, args, &loaded, global);
    bar.iter().for_each(indicatif::ProgressBar::finish_and_clear);
    let rows = rows.map_err(Failure::Input)?;
    let mut store = store::of_project(&root, global)?;
    let place = store.place().to_owned();
    let what = format!("recording {} values in {place}", rows.len());
    let appended = progress::waited(&what, global, || store.append(&rows, Ids::MayBeThere))?;
    output::report(&appended.notes, global, looks);
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

/// What the manifest says of a metric: its unit, and what its measurements are compared with.
type Known = (Result<Quantity, Box<Diagnostic>>, Option<Definition>);

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
    let Ok(stamp) = clock::stamp(&clock::author(args.by.as_deref()), global) else { return Ok(Vec::new()) };
    let source = format!("import:{}", name.rsplit('/').next().unwrap_or(name));
    let mut metrics: HashMap<String, Known> = HashMap::new();
    for reading in &readings {
        if !metrics.contains_key(&reading.metric) {
            let known = (super::unit_for(loaded, &reading.metric), definition(loaded, &reading.metric));
            metrics.insert(reading.metric.clone(), known);
        }
    }
    let wrong = |reading: &Reading, code: Code, what: String, help: &str| Diagnostic {
        code,
        ..import::wrong(name, text, reading.line, what, help.to_owned())
    };
    let last = last_moment(global);
    let row = |reading: Reading| -> Result<Sample, Box<Diagnostic>> {
        let unit = match metrics.get(&reading.metric).map(|known| &known.0) {
            Some(Ok(unit)) => unit,
            Some(Err(error)) => {
                let help = error.help.clone().unwrap_or_default();
                return Err(Box::new(wrong(&reading, error.code, error.message.clone(), &help)));
            }
            None => return Err(Box::new(wrong(&reading, Code::UnknownMetric, "no metric".to_owned(), ""))),
        };
        let value = in_unit(&reading.value, unit).map_err(|what| {
            let what = format!("`{}`: {what}", reading.metric);
            wrong(&reading, Code::MixedDimensions, what, "name the unit of the numbers with `--unit`")
        })?;
        if reading.at > last {
            let what = format!("the value of {} is in the future", reading.at);
            return Err(Box::new(wrong(&reading, Code::Future, what, "correct the time")));
        }
        let id = reading.id.unwrap_or_else(|| Sample::content_id(&reading.metric, value, unit.unit(), reading.at));
        let by = reading.by.unwrap_or_else(|| stamp.by.clone());
        let stamp = Stamp { id, recorded: stamp.recorded, by };
        let mut sample = Sample::new(stamp, reading.metric, value, unit.unit(), reading.at);
        sample.note = reading.note;
        sample.source.clone_from(&source);
        Ok(sample)
    };
    let read: Vec<Result<Sample, Box<Diagnostic>>> = readings.into_par_iter().map(row).collect();
    let mut rows = Vec::with_capacity(read.len());
    for read in read {
        match read {
            Ok(mut sample) => {
                // What they are compared with is said once; the rows of one import stay together.
                sample.baseline = metrics.get_mut(&sample.metric).and_then(|known| known.1.take());
                rows.push(Row::Sample(sample));
            }
            // That a metric is not there is said once.
            Err(error) => {
                let said = error.code == Code::UnknownMetric && errors.iter().any(|e| e.message == error.message);
                if !said && errors.len() < MAX_MESSAGES {
                    errors.push(*error);
                }
            }
        }
    }
    errors.sort_by_key(|error| error.at.as_ref().map(|at| at.position().line));
    if errors.is_empty() { Ok(rows) } else { Err(errors) }
}
