//! `aipp metrics pull`: the sources of the manifest enter; their values leave as rows, all of a metric or none.

use aipp::connectors::{self, Measurement, Request};
use aipp::diagnostic::{Code, Diagnostic};
use aipp::evidence::tree::Tree;
use aipp::history::report::Written;
use aipp::history::{Ids, Row, Sample};
use aipp::manifest::Loaded;
use aipp::manifest::model::{Metric, MetricSource};
use aipp::manifest::value::Day;
use aipp::render::View;
use aipp::series::measured::start_of;
use anyhow::Context as _;
use jiff::Timestamp;

use super::record::definition;
use crate::cli::args::{Global, parse_day};
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::{Failure, clock, input, progress, store};

/// How far back is asked when neither source nor pilot say it.
const DAYS: i64 = 90;

/// The arguments of `aipp metrics pull`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The sources are those under `source:` of a metric: prometheus, mlflow, sql or file. Addresses and credentials come \
    from the environment:\n  AIPP_PROMETHEUS_URL with AIPP_PROMETHEUS_TOKEN, or AIPP_PROMETHEUS_USER and AIPP_PROMETHEUS_PASSWORD\n  \
    MLFLOW_TRACKING_URI with MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD\n  \
    AIPP_SQL_URL with PGPASSWORD, a service file or a passfile\n\n\
    A source that gives no usable answer adds nothing (exit code 4). Pulling twice adds nothing."
)]
pub(super) struct Args {
    /// The metrics, by their ids (otherwise all that have a source)
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    /// Nothing before this day (otherwise the source's `since`, the pilot's start, or 90 days ago)
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day)]
    since: Option<Day>,
    /// How long a server may take to answer one question
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
}

pub(super) fn run(args: &Args, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    let (loaded, root) = input::manifest_only(None, global, "a metric")?;
    let wanted = wanted(args, &loaded, global)?;
    let files: Vec<String> = wanted.iter().filter_map(|(_, source)| source.file.clone()).collect();
    let tree = if files.is_empty() {
        Tree::default()
    } else {
        Tree::walk(&root, &files).with_context(|| format!("cannot read the folder {}", root.display()))?
    };
    let environment = |name: &str| std::env::var(name).ok();
    let until = Timestamp::from_millisecond(
        clock::until(global)?
            .unwrap_or_else(|| clock::today(global).map_or(i64::MAX, |day| aipp::series::Measured::none().until(day))),
    )
    .unwrap_or(Timestamp::MAX);
    let bar = progress::bar(wanted.len() as u64, "pulling {msg} {wide_bar} {pos}/{len}", global);
    let (mut rows, mut unknown) = (Vec::new(), Vec::new());
    for (metric, source) in &wanted {
        bar.set_message(metric.id.clone());
        let pulled = super::unit_for(&loaded, &metric.id).map_err(|diagnostic| diagnostic.message).and_then(|unit| {
            let since = since(args, source, &loaded, global);
            // What has not happened yet is not asked for.
            let until =
                until.min(clock::now(global).map_or(until, |now| if global.today.is_some() { until } else { now }));
            let values = connectors::pull(&Request {
                metric: &metric.id,
                source,
                unit: &unit,
                since,
                until,
                tree: &tree,
                patience: std::time::Duration::from_secs(args.timeout),
                environment: &environment,
            })?;
            Ok((unit, values))
        });
        match pulled {
            Ok((unit, values)) => rows.extend(samples(&loaded, metric, source, unit.unit(), &values, global)?),
            Err(why) => unknown.push(
                Diagnostic::error(Code::NotPulled, format!("`{}` is unknown: {why}", metric.id))
                    .help("nothing of it was recorded; pull again once the cause is gone"),
            ),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    if unknown.len() < wanted.len() {
        write(&rows, wanted.len() - unknown.len(), &root, global, looks)?;
    }
    output::report(&unknown, global, looks);
    Ok(if unknown.is_empty() { Exit::Done } else { Exit::Internal })
}

/// The metrics that are asked for, with their sources.
fn wanted<'m>(
    args: &Args,
    loaded: &'m Loaded,
    global: &Global,
) -> Result<Vec<(&'m Metric, &'m MetricSource)>, Failure> {
    let mut errors = Vec::new();
    let mut metrics: Vec<&Metric> = Vec::new();
    for id in &args.ids {
        match super::metric(loaded, id) {
            Ok(metric) if metric.source.is_some() => metrics.push(metric),
            Ok(_) => errors.push(no_source(&format!("the metric `{id}` has no `source`"))),
            Err(error) => errors.push(*error),
        }
    }
    if args.ids.is_empty() {
        metrics.extend(loaded.manifest.metrics.iter().filter(|metric| metric.source.is_some()));
        if metrics.is_empty() {
            errors.push(no_source("no metric of the manifest has a `source`"));
        }
    }
    let wanted: Vec<_> = metrics.into_iter().filter_map(|metric| Some((metric, &metric.source.as_ref()?.0))).collect();
    let remote: Vec<String> = wanted
        .iter()
        .filter(|(_, source)| connectors::is_remote(source))
        .map(|(metric, _)| format!("`{}`", metric.id))
        .collect();
    if global.offline && !remote.is_empty() {
        errors.push(
            Diagnostic::error(
                Code::BadValue,
                format!(
                    "the source of {} is reached over the network, and `--offline` refuses that",
                    remote.join(", ")
                ),
            )
            .help("leave out --offline, or name metrics whose source is a file"),
        );
    }
    if errors.is_empty() { Ok(wanted) } else { Err(Failure::Input(errors)) }
}

fn no_source(what: &str) -> Diagnostic {
    Diagnostic::error(Code::MissingKey, what).help(
        "say where its values come from, for instance `source: { prometheus: https://prometheus.example, query: 'avg(x)', step: 1d }`",
    )
}

/// The first moment that is asked for.
fn since(args: &Args, source: &MetricSource, loaded: &Loaded, global: &Global) -> Timestamp {
    let pilot = loaded.manifest.pilot.as_ref().and_then(|pilot| pilot.start);
    // A file is read whole: it holds what somebody wanted to keep.
    let whole = source.file.is_some().then_some(Timestamp::MIN);
    let named = args.since.or(source.since).map(start_of).and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let start = pilot.map(start_of).and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let recent = || {
        let today = clock::today(global).map(start_of).unwrap_or_default();
        Timestamp::from_millisecond(today - DAYS * aipp::series::measured::DAY_MS).unwrap_or(Timestamp::MIN)
    };
    named.or(whole).or(start).unwrap_or_else(recent)
}

/// The rows of what was fetched; their ids follow from the content.
fn samples(
    loaded: &Loaded,
    metric: &Metric,
    source: &MetricSource,
    unit: &str,
    values: &[Measurement],
    global: &Global,
) -> Result<Vec<Row>, Failure> {
    let stamp = clock::stamp(&clock::author(None), global)?;
    let compared_with = definition(loaded, &metric.id);
    let row = |value: &Measurement| {
        let id = Sample::content_id(&metric.id, value.value, unit, value.at);
        let stamp = aipp::history::row::Stamp { id, ..stamp.clone() };
        let mut sample = Sample::new(stamp, &metric.id, value.value, unit, value.at);
        sample.source = format!("pull:{}", connectors::name(source));
        sample.baseline.clone_from(&compared_with);
        Row::Sample(sample)
    };
    Ok(values.iter().map(row).collect())
}

fn write(rows: &[Row], metrics: usize, root: &std::path::Path, global: &Global, looks: &Looks) -> Result<(), Failure> {
    let mut store = store::of_project(root, global)?;
    let appended =
        if rows.is_empty() { aipp::history::Appended::default() } else { store.append(rows, Ids::MayBeThere)? };
    output::report(&appended.notes, global, looks);
    let place = store.place().to_owned();
    let there = if appended.there > 0 { format!(", {} were there already", appended.there) } else { String::new() };
    let values = if appended.added == 1 { "1 value".to_owned() } else { format!("{} values", appended.added) };
    let of = if metrics == 1 { "1 metric".to_owned() } else { format!("{metrics} metrics") };
    let written = Written {
        format_version: 1,
        kind: "recorded",
        said: format!("{values} of {of} recorded in {place}{there}"),
        store: place,
        added: appended.added,
        there: appended.there,
        rows: Vec::new(),
    };
    output::show(&View::Kept(&written), global, looks)
}
