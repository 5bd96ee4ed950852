//! What a command has to show enters; bytes leave. One file a format, one row of [`FORMATS`] each.

mod diff;
mod evidence;
mod html;
mod json;
mod markdown;
pub mod paint;
mod text;

use std::io::{self, Write};

use serde::Serialize;

use crate::assess::Assessment;
use crate::attest::Verification;
use crate::checklist::Check;
use crate::diagnostic::Look;
use crate::diff::Diff;
use crate::evaluate::Status;
use crate::inventory::Inventory;
use crate::report::Report;

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
    /// `aipp diff`.
    Diff {
        /// What moved.
        of: &'a Diff,
        /// With every check.
        verbose: bool,
    },
    /// `aipp report`.
    Report(&'a Report),
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
}

/// Every format.
pub const FORMATS: &[Format] = &[
    Format { name: "text", about: "for people, in a terminal", write: text::write },
    Format { name: "json", about: "for programs; the shape is in `aipp schema assessment`", write: json::write },
    Format { name: "html", about: "one self-contained page, for reports and plans", write: html::write },
    Format { name: "markdown", about: "for documents and pull requests", write: markdown::write },
];

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
