//! `aipp scaffold`: checks enter; the documents that they want are written, marked as unfinished until somebody fills them in.

use std::path::{Path, PathBuf};

use aipp::assess::Assessment;
use aipp::checklist::{Catalogue, Check};
use aipp::diagnostic::{Code, Diagnostic};
use aipp::evaluate::Status;
use aipp::evidence::{View, collect};
use aipp::manifest::Manifest;
use aipp::render::View as Shown;
use aipp::scaffold::{Inputs, Library, Scaffold, draft, own_templates};
use anyhow::Context as _;

use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::{Failure, assessment, clock, input};

/// The arguments of `aipp scaffold`.
#[derive(Debug, clap::Args)]
#[command(override_usage = "aipp scaffold [OPTIONS] CHECK... [PATH]\n       aipp scaffold --missing [OPTIONS] [PATH]")]
pub(crate) struct Args {
    /// The checks whose documents are wanted, as `aipp checks` lists them, and at last a folder or a manifest
    #[arg(value_name = "CHECK", required_unless_present = "missing")]
    checks: Vec<String>,
    /// Write what the unmet checks of the next gate want
    #[arg(long)]
    missing: bool,
    /// Write over files that exist, and beside documents that exist under another name
    #[arg(long)]
    force: bool,
    /// Say what would be written, and write nothing (with -v, show the documents)
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(args: &Args, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    // The project's own policy says which checks there are.
    let place = args.checks.last().map(Path::new).filter(|path| path.exists());
    let mut catalogue = input::catalogue(place, global)?;
    let (ids, path) = split(args, &catalogue)?;
    with_packs_of(&ids, &mut catalogue)?;
    let mut checks = find(&ids, &catalogue)?;
    let project = input::open(path.as_deref(), global, &catalogue)?;
    let mut errors = Vec::new();
    if args.missing {
        let (assessed, root) = assessment::of(path.as_deref(), None, &catalogue, global)?;
        for check in missing(&assessed, &catalogue) {
            if !checks.iter().any(|c| c.id == check.id) {
                checks.push(check);
            }
        }
        errors = assessment::below(&assessed.diagnostics, &root);
        errors.retain(|d| d.severity == aipp::diagnostic::Severity::Error);
    }
    let library = Library::builtin().context("the built-in templates are broken")?;
    let own =
        own_templates(&project.tree).map_err(|errors| Failure::Input(assessment::below(&errors, &project.root)))?;
    let empty = Manifest::default();
    let manifest = project.loaded.as_ref().map_or(&empty, |l| &l.manifest);
    let today = clock::today(global)?;
    let evidence = collect(&View::of(&project.tree, &project.git, manifest, today));
    let inputs = Inputs {
        manifest,
        tree: &project.tree,
        evidence: &evidence,
        library: &library.with(own),
        today,
        name: &project.name,
        force: args.force,
    };
    let mut scaffold =
        draft(&inputs, &checks).map_err(|errors| Failure::Input(assessment::below(&errors, &project.root)))?;
    if args.missing {
        // Whoever names a check is told all about it; of a whole gate only what no document closes.
        scaffold.otherwise.retain(|closed| !closed.document);
    }
    if !args.dry_run {
        write(&mut scaffold, project.tree.root(), args.force)?;
    }
    output::show(&Shown::Scaffold { of: &scaffold, root: &project.root, verbose: global.verbose }, global, looks)?;
    output::report(&errors, global, looks);
    Ok(if errors.is_empty() { Exit::Done } else { Exit::Input })
}

/// Tells the checks from the path behind them.
fn split(args: &Args, catalogue: &Catalogue) -> Result<(Vec<String>, Option<PathBuf>), Failure> {
    let mut ids = args.checks.clone();
    let is_path =
        |text: &String| catalogue.get(text).is_none() && (text.contains(['/', '\\', '.']) || Path::new(text).exists());
    let path = ids.pop_if(|last| is_path(last)).map(PathBuf::from);
    if ids.is_empty() && !args.missing {
        return Err(Failure::one(
            Diagnostic::error(Code::BadValue, "no check is named")
                .help("name one or more, as `aipp checks` lists them, or use `--missing`"),
        ));
    }
    Ok((ids, path))
}

/// A check of a built-in pack can be named without asking for the pack.
fn with_packs_of(ids: &[String], catalogue: &mut Catalogue) -> Result<(), Failure> {
    for pack in Catalogue::builtin_packs().context("the built-in packs are broken")? {
        let wanted = ids.iter().any(|id| catalogue.get(id).is_none() && pack.checks.iter().any(|c| c.id == *id));
        if wanted {
            let name = pack.name.clone().unwrap_or_default();
            let digest = catalogue.sha256.clone();
            catalogue.add(pack, &name, &digest).map_err(Failure::Input)?;
        }
    }
    Ok(())
}

fn find<'c>(ids: &[String], catalogue: &'c Catalogue) -> Result<Vec<&'c Check>, Failure> {
    let (mut checks, mut errors): (Vec<&Check>, Vec<Diagnostic>) = (Vec::new(), Vec::new());
    for id in ids {
        match catalogue.get(id) {
            Some(check) if checks.iter().any(|c| c.id == check.id) => {}
            Some(check) => checks.push(check),
            None => {
                let error = Diagnostic::error(Code::UnknownCheck, format!("there is no check `{id}`"));
                errors.push(match catalogue.nearest(id) {
                    Some(near) => error.help(format!("did you mean `{near}`? `aipp checks` lists them all")),
                    None => error.help("`aipp checks` lists them all"),
                });
            }
        }
    }
    if errors.is_empty() { Ok(checks) } else { Err(Failure::Input(errors)) }
}

/// The checks that are due and below what they require, in the order of the catalogue.
fn missing<'c>(assessment: &Assessment, catalogue: &'c Catalogue) -> Vec<&'c Check> {
    let due = |c: &&aipp::assess::CheckInfo| {
        let unmet = c.status == Status::Unmet;
        // Without a manifest there is no gate: everything that the repository does not show is open.
        unmet && (c.is_due || assessment.project.manifest.is_none())
    };
    assessment.checks.iter().filter(due).filter_map(|c| catalogue.get(&c.id)).collect()
}

/// Writes the new documents.
fn write(scaffold: &mut Scaffold, root: &Path, force: bool) -> Result<(), Failure> {
    for document in scaffold.documents.iter().filter(|d| d.is_written()) {
        output::write_below(root, &document.path, document.text.as_bytes(), force)?;
    }
    scaffold.written = true;
    Ok(())
}
