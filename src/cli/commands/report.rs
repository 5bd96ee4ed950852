//! `aipp report`: a project enters, the page that leadership reads leaves.

use std::collections::BTreeMap;
use std::path::PathBuf;

use aipp::history::{Row, StoreError, Wanted};
use aipp::manifest::Manifest;
use aipp::manifest::value::Day;
use aipp::render::View as Shown;
use aipp::report::{Asked, Past, Report, summary};

use super::plan;
use crate::cli::args::Global;
use crate::cli::assessment::Gated;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::{Failure, assessment, input, store};

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
        trend: trend(&done, global)?,
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

/// The recorded assessments of other days, oldest first, with this one at the end. A store that cannot be reached has no past to
/// show; the assessment says so.
fn trend(done: &Gated, global: &Global) -> Result<Vec<Past>, Failure> {
    let today = done.assessment.today;
    let mut days: BTreeMap<Day, Past> = BTreeMap::new();
    let said = done.rules.policy.store.as_deref();
    let read = store::open(&done.project.folder, said, global)?.each(Wanted::Assessments, &mut |row| {
        if let Row::Assessment(row) = row
            && row.today < today
        {
            let past = Past { date: row.today, headline: row.headline, mean: row.proven, stated: row.stated };
            days.insert(row.today, past);
        }
    });
    if let Err(error) = read
        && !matches!(error, StoreError::Unreachable { .. } | StoreError::Refused { .. })
    {
        return Err(error.into());
    }
    if days.is_empty() {
        return Ok(Vec::new());
    }
    let r = &done.assessment.readiness;
    days.insert(today, Past { date: today, headline: r.headline, mean: r.mean, stated: r.stated });
    Ok(days.into_values().collect())
}
