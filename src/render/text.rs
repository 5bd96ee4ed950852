//! A view enters; a screen for people leaves, read from top to bottom: where the project stands, what blocks it, what to do.

mod assessment;
mod checks;

use std::io::{self, Write};

use super::View;
use super::paint::Brush;
use crate::diagnostic::Look;

pub use checks::catalogue_filter_note;

pub(super) fn write(view: &View<'_>, look: &Look, out: &mut dyn Write) -> io::Result<()> {
    let brush = Brush { look: *look };
    match view {
        View::Assessment { of, verbose, .. } => assessment::whole(of, *verbose, brush, out),
        View::Gate { of, verbose, .. } => assessment::gate(of, *verbose, brush, out),
        View::Explanation(explanation) => checks::explain(explanation, brush, out),
        View::Catalogue(checks) => checks::catalogue(checks, brush, out),
        View::Diff { of, verbose } => super::diff::text(of, *verbose, brush, out),
        View::Verification(of) => super::diff::verification(of, brush, out),
        View::Report { of, .. } => super::report::screen(of, brush, out),
        View::Policy(policy) => super::policy::text(policy, brush, out),
        View::Written(receipt) => super::receipt::text(receipt, brush, out),
        View::Scaffold { of, root, verbose } => super::scaffold::text(of, root, *verbose, brush, out),
        View::Evidence { of, verbose, only } => super::evidence::text(of, *verbose, *only, brush, out),
        View::Metrics { of, verbose } => super::metrics::text(of, *verbose, brush, out),
        View::Rows { of, verbose } => super::metrics::rows::text(of, *verbose, brush, out),
        View::Trail { of, verbose } => super::metrics::trail::text(of, *verbose, brush, out),
        View::Kept(of) => super::metrics::written(of, brush, out),
        View::Export(_) => Err(super::not_shown()),
        View::Plan { of, verbose, .. } => super::plan::text::screen(of, *verbose, brush, out),
    }
}
