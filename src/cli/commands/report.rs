//! `aipp report`: a project enters, the page that leadership reads leaves.

use std::path::PathBuf;

use aipp::manifest::Manifest;
use aipp::render::View as Shown;
use aipp::report::{Asked, Report, summary};

use super::plan;
use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::{Failure, assessment, input};

/// The arguments of `aipp report`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without --format the page goes to a file or a pipe as HTML, and a terminal shows its first page as text.\n\
    A PDF is printed from it: `chromium --headless --no-pdf-header-footer --print-to-pdf=report.pdf report.html`."
)]
pub(crate) struct Args {
    /// A folder with templates of your own, which take the place of the built-in ones of the same name (docs/report.md)
    #[arg(long, value_name = "DIR", env = "AIPP_REPORT_TEMPLATES")]
    templates: Option<PathBuf>,
    /// A folder, or a manifest
    path: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    let pages = input::pages(args.templates.as_deref())?;
    let (done, playbook) = assessment::planned(args.path.as_deref(), None, None, global)?;
    let exit = assessment::readable(&done.assessment);
    let messages = assessment::below(&done.assessment.diagnostics, &done.project.root);
    let empty = Manifest::default();
    let manifest = done.project.loaded.as_ref().map(|l| &l.manifest);
    let plan = plan::made(&done, &playbook, manifest.unwrap_or(&empty), &plan::Asked::default());
    let report = Report {
        format_version: 1,
        kind: "report",
        summary: summary(&done.assessment, &plan, manifest),
        trend: Vec::new(),
        sources: Asked::all(&done.rules.catalogue),
        plan,
        assessment: done.assessment,
    };
    let view = Shown::Report { of: &report, pages: &pages };
    if let Some(broken) = pages.broken(&view) {
        return Err(Failure::one(broken));
    }
    output::show_as(&view, if output::to_terminal() { "text" } else { "html" }, global, looks)?;
    output::report(&messages, global, looks);
    if global.format.is_empty() && output::to_terminal() && !global.quiet {
        output::say("note: this is the first page; `aipp report -f html=report.html` writes the whole report\n");
    }
    Ok(exit)
}
