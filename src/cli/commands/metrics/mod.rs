//! `aipp metrics`: what is measured enters, where the metrics stand leaves. One file a command.

mod copy;
mod export;
mod history;
mod import;
mod pull;
mod rebaseline;
mod record;
mod retract;
mod status;

use std::path::{Path, PathBuf};

use aipp::diagnostic::{Code, Diagnostic};
use aipp::evidence::View;
use aipp::evidence::git::Git;
use aipp::evidence::metrics::ADOPTION_IDS;
use aipp::evidence::tree::Tree;
use aipp::manifest::model::Metric;
use aipp::manifest::value::Day;
use aipp::manifest::{Loaded, nearest};
use aipp::quantity::Quantity;
use aipp::series::Measured;
use aipp::series::definition::unit_of;
use anyhow::Context as _;
use clap::Subcommand;

use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::{Failure, clock, input, store};

/// The arguments of `aipp metrics`.
#[derive(Debug, clap::Args)]
#[command(
    arg_required_else_help = true,
    after_help = "For instance: aipp metrics record handling-time 9.5 min\n\nThe ids are those under `metrics:` in the manifest."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Record one value: aipp metrics record handling-time 9.5 min
    Record(record::Args),
    /// Record the values of a file: CSV, JSON, JSON lines, DVC, MLflow, promptfoo, JUnit
    Import(import::Args),
    /// Fetch values from where the manifest says: Prometheus, MLflow, a database, a file
    Pull(pull::Args),
    /// Where each metric stands, and whether it will reach its target in time
    Status(status::Args),
    /// The recorded values of one metric, with a chart
    History(history::Args),
    /// Take a wrong value back: aipp metrics retract handling-time --at 2026-09-01 --reason 'a typing mistake'
    Retract(retract::Args),
    /// Say why a baseline, unit, direction, window or source has changed
    Rebaseline(rebaseline::Args),
    /// Print everything that was measured, for spreadsheets, programs and Prometheus
    Export(export::Args),
    /// Copy everything from one store to another
    Copy(copy::Args),
}

pub(crate) fn run(args: &Args, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    match &args.command {
        Command::Record(args) => record::run(args, global, looks),
        Command::Import(args) => import::run(args, global, looks),
        Command::Pull(args) => pull::run(args, global, looks),
        Command::Status(args) => status::run(args, global, looks),
        Command::History(args) => history::run(args, global, looks),
        Command::Retract(args) => retract::run(args, global, looks),
        Command::Rebaseline(args) => rebaseline::run(args, global, looks),
        Command::Export(args) => export::run(args, global, looks),
        Command::Copy(args) => copy::run(args, global, looks),
    }
}

/// The metric of an id. When there is none, the message names the nearest, and all there are.
fn metric<'m>(loaded: &'m Loaded, id: &str) -> Result<&'m Metric, Box<Diagnostic>> {
    let metrics = &loaded.manifest.metrics;
    metrics.iter().find(|metric| metric.id == id).ok_or_else(|| {
        let ids: Vec<String> = metrics.iter().map(|metric| metric.id.clone()).collect();
        let file = loaded.document.source.name();
        let diagnostic = Diagnostic::error(Code::UnknownMetric, format!("there is no metric `{id}` in {file}"));
        let listed = ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
        Box::new(diagnostic.help(match (nearest(id, &ids), ids.is_empty()) {
            (Some(near), _) => format!("did you mean `{near}`? The metrics are {listed}"),
            (None, false) => format!("the metrics are {listed}"),
            (None, true) => "declare it under `metrics:` with baseline, target and deadline".to_owned(),
        }))
    })
}

/// The unit of what is recorded under an id: the metric's, or per cent for the shares of adoption.
fn unit_for(loaded: &Loaded, id: &str) -> Result<Quantity, Box<Diagnostic>> {
    let declared = loaded.manifest.metrics.iter().any(|metric| metric.id == id);
    if !declared && loaded.manifest.adoption.is_some() && ADOPTION_IDS.contains(&id) {
        return Quantity::one("%").map_err(|e| Box::new(Diagnostic::error(Code::BadValue, e.to_string())));
    }
    let metric = metric(loaded, id)?;
    unit_of(metric).cloned().ok_or_else(|| {
        let message = format!("the metric `{id}` has neither baseline nor target, so it has no unit");
        Box::new(Diagnostic::error(Code::MissingKey, message).help("add its baseline or its target to the manifest"))
    })
}

/// A project whose metrics are looked at.
struct Looked {
    loaded: Loaded,
    root: PathBuf,
    tree: Tree,
    git: Git,
    measured: Measured,
    today: Day,
}

impl Looked {
    /// Opens the project and reads its store.
    fn at(path: Option<&Path>, global: &Global, looks: &Looks) -> Result<Self, Failure> {
        let (loaded, root) = input::manifest_only(path, global, "a metric")?;
        let (mut measured, notes) = store::of_project(&root, global)?.measured()?;
        output::report(&notes, global, looks);
        measured.until = clock::until(global)?;
        // The repository is walked only when a metric names a file with its measurements.
        let named = loaded.manifest.metrics.iter().any(|metric| metric.history.is_some());
        let tree = if named {
            let files: Vec<String> =
                loaded.manifest.metrics.iter().filter_map(|metric| metric.history.clone()).collect();
            Tree::walk(&root, &files).with_context(|| format!("cannot read the folder {}", root.display()))?
        } else {
            Tree::default()
        };
        Ok(Self { git: Git::of(&root), loaded, root, tree, measured, today: clock::today(global)? })
    }

    fn view(&self) -> View<'_> {
        View { measured: &self.measured, ..View::of(&self.tree, &self.git, &self.loaded.manifest, self.today) }
    }

    /// The project's name.
    fn name(&self) -> String {
        let said = self.loaded.manifest.project.as_ref().and_then(|project| project.name.clone());
        let folder = || {
            let absolute = std::path::absolute(&self.root).ok()?;
            Some(absolute.file_name()?.to_string_lossy().into_owned())
        };
        said.or_else(folder).unwrap_or_else(|| "project".to_owned())
    }
}
