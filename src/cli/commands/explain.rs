//! `aipp explain`: a check enters; why it matters, what counts and where the project stands leave.

use std::ffi::OsStr;
use std::path::PathBuf;

use aipp::checklist::Catalogue;
use aipp::diagnostic::{Code, Diagnostic, Severity};
use aipp::render::{Explanation, View as Shown};
use anyhow::Context as _;
use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};

use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::{Failure, assessment, input};

/// The arguments of `aipp explain`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The check's id, as `aipp checks` lists it
    #[arg(value_name = "CHECK", value_parser = CheckId, hide_possible_values = true)]
    check: String,
    /// A folder, or a manifest
    path: Option<PathBuf>,
}

/// The id of a check: any text, since a team has checks of its own. Shells complete the built-in ones.
#[derive(Clone)]
struct CheckId;

impl TypedValueParser for CheckId {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let checks = Catalogue::builtin().map(|catalogue| catalogue.checks).unwrap_or_default();
        Some(Box::new(checks.into_iter().map(|check| PossibleValue::new(&*check.id.leak()))))
    }
}

pub(crate) fn run(args: &Args, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    let mut catalogue = input::catalogue(args.path.as_deref(), global)?;
    if catalogue.get(&args.check).is_none() {
        // A check of a built-in pack can be explained without asking for the pack.
        for pack in Catalogue::builtin_packs().context("the built-in packs are broken")? {
            if pack.checks.iter().any(|c| c.id == args.check) {
                let name = pack.name.clone().unwrap_or_default();
                let digest = catalogue.sha256.clone();
                catalogue.add(pack, &name, &digest).map_err(Failure::Input)?;
            }
        }
    }
    let Some(check) = catalogue.get(&args.check) else {
        let error = Diagnostic::error(Code::UnknownCheck, format!("there is no check `{}`", args.check));
        return Err(Failure::one(match catalogue.nearest(&args.check) {
            Some(near) => error.help(format!("did you mean `{near}`? `aipp checks` lists them all")),
            None => error.help("`aipp checks` lists them all"),
        }));
    };
    let (assessment, root) = assessment::of(args.path.as_deref(), None, &catalogue, global)?;
    // In a folder without a manifest there is no project to speak of, unless one was named.
    let standing = (assessment.project.manifest.is_some() || args.path.is_some()).then_some(&assessment);
    output::show(&Shown::Explanation(Explanation { check, standing }), global, looks)?;
    if let Some(assessment) = standing {
        let errors: Vec<Diagnostic> =
            assessment.diagnostics.iter().filter(|d| d.severity == Severity::Error).map(|d| d.below(&root)).collect();
        output::report(&errors, global, looks);
    }
    Ok(standing.map_or(Exit::Done, assessment::readable))
}
