//! What a command has to show enters; bytes leave. One file a format, one row of [`FORMATS`] each.

mod evidence;
mod json;
mod markdown;
pub mod paint;
mod plan;
mod text;

use std::io::{self, Write};

use serde::Serialize;

use crate::assess::Assessment;
use crate::checklist::Check;
use crate::diagnostic::Look;
use crate::evaluate::Status;
use crate::inventory::Inventory;
use crate::plan::Plan;

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
    /// `aipp plan`.
    Plan {
        /// The plan.
        of: &'a Plan,
        /// With what is done, what comes back and every condition.
        verbose: bool,
    },
}

impl View<'_> {
    /// The command that shows it.
    #[must_use]
    pub const fn command(&self) -> &'static str {
        match self {
            Self::Assessment { .. } => "assess",
            Self::Gate { .. } => "gate",
            Self::Explanation(_) => "explain",
            Self::Catalogue(_) => "checks",
            Self::Evidence { .. } => "evidence",
            Self::Plan { .. } => "plan",
        }
    }
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
    /// Writes a view.
    pub write: fn(&View<'_>, &Look, &mut dyn Write) -> io::Result<()>,
    /// Whether it can write a view.
    pub shows: fn(&View<'_>) -> bool,
    /// It is no text: it goes to a file or a pipe, not to a terminal.
    pub binary: bool,
}

/// Every format.
pub const FORMATS: &[Format] = &[
    Format { name: "text", about: "for people, in a terminal", write: text::write, shows: any, binary: false },
    Format {
        name: "json",
        about: "for programs; the shape is in `aipp schema assessment`",
        write: json::write,
        shows: any,
        binary: false,
    },
    Format {
        name: "markdown",
        about: "for documents and pull requests",
        write: markdown::write,
        shows: any,
        binary: false,
    },
    Format {
        name: "csv",
        about: "for issue trackers (plan)",
        write: plan::csv::write,
        shows: plan::csv::shows,
        binary: false,
    },
    Format { name: "ics", about: "for calendars (plan)", write: plan::ics::write, shows: is_plan, binary: false },
    #[cfg(feature = "xlsx")]
    Format {
        name: "xlsx",
        about: "a spreadsheet with a drawn plan (plan)",
        write: plan::xlsx::write,
        shows: is_plan,
        binary: true,
    },
];

fn any(_: &View<'_>) -> bool {
    true
}

fn is_plan(view: &View<'_>) -> bool {
    matches!(view, View::Plan { .. })
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
