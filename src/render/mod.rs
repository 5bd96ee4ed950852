//! What a command has to show enters; bytes leave. One file a format, one row of [`FORMATS`] each.

mod badge;
mod csv;
mod diff;
mod evidence;
mod findings;
pub mod github;
mod gitlab;
mod html;
mod json;
mod junit;
mod markdown;
mod metrics;
pub mod paint;
mod plan;
mod policy;
mod receipt;
mod report;
mod sarif;
mod scaffold;
mod text;

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::assess::Assessment;
use crate::attest::Verification;
use crate::checklist::{Catalogue, Check};
use crate::diagnostic::Look;
use crate::diff::Diff;
use crate::evaluate::Status;
use crate::history::report::{Export, MetricsStatus, Rows, Written};
use crate::history::trail::Trail;
use crate::inventory::Inventory;
use crate::plan::Plan;
use crate::policy::Policy;
use crate::receipt::Receipt;
use crate::report::Report;
use crate::scaffold::Scaffold;

pub use html::Pages;
pub use text::catalogue_filter_note;

/// What a command has to show.
#[derive(Debug)]
pub enum View<'a> {
    /// `aipp assess`.
    Assessment {
        /// The assessment.
        of: &'a Assessment,
        /// How it came about.
        run: &'a Run<'a>,
        /// With every check.
        verbose: bool,
    },
    /// `aipp gate`.
    Gate {
        /// The assessment with its verdict.
        of: &'a Assessment,
        /// How it came about.
        run: &'a Run<'a>,
        /// With every reason.
        verbose: bool,
    },
    /// `aipp explain`.
    Explanation(Explanation<'a>),
    /// `aipp checks`.
    Catalogue(Vec<&'a Check>),
    /// `aipp diff`.
    Diff {
        /// What moved.
        of: &'a Diff,
        /// With every check.
        verbose: bool,
    },
    /// `aipp report`.
    Report {
        /// What leadership reads.
        of: &'a Report,
        /// What pages look like.
        pages: &'a Pages,
    },
    /// `aipp verify`.
    Verification(&'a Verification),
    /// `aipp evidence`.
    Evidence {
        /// What was found.
        of: &'a Inventory,
        /// With every file.
        verbose: bool,
        /// Only this kind, with what was looked for.
        only: Option<&'a str>,
    },
    /// `aipp gate --show-policy`.
    Policy(&'a Policy),
    /// What `aipp init` and `aipp log` wrote.
    Written(&'a Receipt),
    /// `aipp scaffold`.
    Scaffold {
        /// The documents.
        of: &'a Scaffold,
        /// The folder that they are in.
        root: &'a str,
        /// With the texts of what would be written.
        verbose: bool,
    },
    /// `aipp plan`.
    Plan {
        /// The plan.
        of: &'a Plan,
        /// With what is done, what comes back and every condition.
        verbose: bool,
        /// What pages look like.
        pages: &'a Pages,
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
    Kept(&'a Written),
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

impl<'a> View<'a> {
    /// The assessment that it shows, when it is one, and how that came about.
    #[must_use]
    pub const fn judged(&self) -> Option<(&'a Assessment, &'a Run<'a>)> {
        match self {
            Self::Assessment { of, run, .. } | Self::Gate { of, run, .. } => Some((of, run)),
            _ => None,
        }
    }
}

/// How an assessment came about: what formats for machines say besides it.
#[derive(Debug)]
pub struct Run<'a> {
    /// The checks with their prose.
    pub catalogue: &'a Catalogue,
    /// The evidence root, from the folder where the command was started, with `/`; empty when they are the same folder. A code
    /// host opens files by their path from there.
    pub root: &'a str,
    /// The code with which the command ends.
    pub exit_code: u8,
    /// How each check stands against a baseline, by its id; none when none was given.
    pub baseline: Option<&'a BTreeMap<String, Compared>>,
}

impl Run<'_> {
    /// A path from the evidence root, from the folder where the command was started.
    #[must_use]
    pub fn below(&self, path: &str) -> String {
        let root = self.root.trim_end_matches('/');
        if root.is_empty() || root == "." { path.to_owned() } else { format!("{root}/{path}") }
    }
}

/// How a gap stands against a baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// It was not there.
    New,
    /// It was there.
    Unchanged,
    /// It was there, at another level.
    Updated,
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
    /// It is no text: it goes to a file or a pipe, not to a terminal.
    pub binary: bool,
}

/// Every format.
pub const FORMATS: &[Format] = &[
    Format { name: "text", about: "for people, in a terminal", shows: spoken, write: text::write, binary: false },
    Format {
        name: "json",
        about: "for programs; the shape is in `aipp schema assessment`",
        shows: all,
        write: json::write,
        binary: false,
    },
    Format {
        name: "markdown",
        about: "for documents and pull requests",
        shows: spoken,
        write: markdown::write,
        binary: false,
    },
    Format {
        name: "html",
        about: "one self-contained page (report, plan)",
        shows: paged,
        write: html::write,
        binary: false,
    },
    Format {
        name: "sarif",
        about: "for code scanning: SARIF 2.1.0",
        shows: judged,
        write: sarif::write,
        binary: false,
    },
    Format {
        name: "junit",
        about: "for test reports: one suite an area",
        shows: judged,
        write: junit::write,
        binary: false,
    },
    Format {
        name: "github",
        about: "for a GitHub workflow: annotations, step summary, outputs",
        shows: judged,
        write: github::write,
        binary: false,
    },
    Format {
        name: "gitlab",
        about: "for GitLab: a Code Quality report",
        shows: judged,
        write: gitlab::write,
        binary: false,
    },
    Format {
        name: "csv",
        about: "for spreadsheets: one row a check; for issue trackers: one row a task",
        shows: table,
        write: csv::write,
        binary: false,
    },
    Format {
        name: "openmetrics",
        about: "for Prometheus: where the metrics stand",
        shows: gauges,
        write: openmetrics,
        binary: false,
    },
    Format { name: "badge", about: "for a README: an SVG image", shows: judged, write: badge::write, binary: false },
    Format {
        name: "badge-json",
        about: "for shields.io: the endpoint schema",
        shows: judged,
        write: badge::endpoint,
        binary: false,
    },
    Format { name: "ics", about: "for calendars (plan)", shows: is_plan, write: plan::ics::write, binary: false },
    #[cfg(feature = "xlsx")]
    Format {
        name: "xlsx",
        about: "a spreadsheet with a drawn plan (plan)",
        shows: is_plan,
        write: plan::xlsx::write,
        binary: true,
    },
];

const fn is_plan(view: &View<'_>) -> bool {
    matches!(view, View::Plan { .. })
}

const fn paged(view: &View<'_>) -> bool {
    matches!(view, View::Report { .. } | View::Plan { .. })
}

const fn all(_: &View<'_>) -> bool {
    true
}

const fn judged(view: &View<'_>) -> bool {
    view.judged().is_some()
}

const fn table(view: &View<'_>) -> bool {
    judged(view) || matches!(view, View::Catalogue(_) | View::Plan { .. } | View::Export(_) | View::Trail { .. })
}

/// An export is for programs.
const fn spoken(view: &View<'_>) -> bool {
    !matches!(view, View::Export(_))
}

const fn gauges(view: &View<'_>) -> bool {
    matches!(view, View::Export(_))
}

fn openmetrics(view: &View<'_>, _: &Look, out: &mut dyn Write) -> io::Result<()> {
    match view {
        View::Export(of) => metrics::export::openmetrics(of, out),
        _ => Err(not_shown()),
    }
}

/// The format of a name.
#[must_use]
pub fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|f| f.name == name)
}

/// A view that a format does not show; the command line asks [`Format::shows`] before it writes anything.
fn not_shown() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "this format does not show what this command prints")
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
