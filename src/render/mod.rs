//! What a command has to show enters; bytes leave. One file a format, one row of [`FORMATS`] each.

mod evidence;
mod json;
mod markdown;
mod metrics;
pub mod number;
pub mod paint;
mod text;

use std::io::{self, Write};

use serde::Serialize;

use crate::assess::Assessment;
use crate::checklist::Check;
use crate::diagnostic::Look;
use crate::evaluate::Status;
use crate::history::report::{Export, MetricsStatus, Rows, Written};
use crate::history::trail::Trail;
use crate::inventory::Inventory;

pub use text::catalogue_filter_note;

/// What a command has to show.
#[derive(Debug)]
pub enum View<'a> {
    /// `aipp assess`.
    Assessment {
        /// The assessment.
        of: &'a Assessment,
        /// With every check.
        verbose: bool,
    },
    /// `aipp gate`.
    Gate {
        /// The assessment with its verdict.
        of: &'a Assessment,
        /// With every reason.
        verbose: bool,
    },
    /// `aipp explain`.
    Explanation(Explanation<'a>),
    /// `aipp checks`.
    Catalogue(Vec<&'a Check>),
    /// `aipp evidence`.
    Evidence {
        /// What was found.
        of: &'a Inventory,
        /// With every file.
        verbose: bool,
        /// Only this kind, with what was looked for.
        only: Option<&'a str>,
    },
    /// `aipp metrics status`.
    Metrics {
        /// Where they stand.
        of: &'a MetricsStatus,
        /// With the number of measurements.
        verbose: bool,
    },
    /// `aipp metrics history`.
    Rows {
        /// The rows of one metric.
        of: &'a Rows,
        /// All of them.
        verbose: bool,
    },
    /// `aipp metrics record`, `import` and `rebaseline`.
    Written(&'a Written),
    /// `aipp metrics export`.
    Export(&'a Export),
    /// `aipp history`.
    Trail {
        /// The assessments.
        of: &'a Trail,
        /// All of them, with every change.
        verbose: bool,
    },
}

/// One check, explained.
#[derive(Debug)]
pub struct Explanation<'a> {
    /// The check.
    pub check: &'a Check,
    /// Where a project stands; none when there is nothing to look at.
    pub standing: Option<&'a Assessment>,
}

impl Explanation<'_> {
    /// The check as it was judged.
    #[must_use]
    pub fn info(&self) -> Option<&crate::assess::CheckInfo> {
        self.standing?.checks.iter().find(|c| c.id == self.check.id)
    }
}

/// A format.
#[derive(Debug)]
pub struct Format {
    /// Its name, as in `--format`.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Whether it shows a view.
    pub shows: fn(&View<'_>) -> bool,
    /// Writes a view that it shows.
    pub write: fn(&View<'_>, &Look, &mut dyn Write) -> io::Result<()>,
}

/// Every format.
pub const FORMATS: &[Format] = &[
    Format { name: "text", about: "for people, in a terminal", shows: page, write: text::write },
    Format {
        name: "json",
        about: "for programs; the shape is in `aipp schema assessment`",
        shows: all,
        write: json::write,
    },
    Format { name: "markdown", about: "for documents and pull requests", shows: page, write: markdown::write },
    Format { name: "csv", about: "for spreadsheets", shows: table, write: csv },
    Format { name: "openmetrics", about: "for Prometheus: where the metrics stand", shows: gauges, write: openmetrics },
];

const fn all(_: &View<'_>) -> bool {
    true
}

const fn page(view: &View<'_>) -> bool {
    !matches!(view, View::Export(_))
}

const fn table(view: &View<'_>) -> bool {
    matches!(view, View::Export(_) | View::Trail { .. })
}

const fn gauges(view: &View<'_>) -> bool {
    matches!(view, View::Export(_))
}

fn csv(view: &View<'_>, _: &Look, out: &mut dyn Write) -> io::Result<()> {
    match view {
        View::Export(of) => metrics::export::csv(of, out),
        View::Trail { of, .. } => metrics::trail::csv(of, out),
        _ => Err(not_shown()),
    }
}

fn openmetrics(view: &View<'_>, _: &Look, out: &mut dyn Write) -> io::Result<()> {
    match view {
        View::Export(of) => metrics::export::openmetrics(of, out),
        _ => Err(not_shown()),
    }
}

/// A view that a format does not show; the command line asks [`Format::shows`] before it writes anything.
fn not_shown() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "this format does not show what this command prints")
}

/// The format of a name.
#[must_use]
pub fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|f| f.name == name)
}

/// The name of a value that serializes as a word.
fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

/// Whether a check in this state is still to be done for the gate.
fn is_open(status: Status) -> bool {
    matches!(status, Status::Unmet | Status::Unknown)
}
