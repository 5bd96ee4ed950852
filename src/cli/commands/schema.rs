//! `aipp schema`: the name of a file's kind enters, its JSON Schema leaves.

use clap::builder::PossibleValuesParser;

use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::{Failure, schema};

/// The arguments of `aipp schema`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which file
    #[arg(default_value = "manifest", value_parser = PossibleValuesParser::new(schema::names()))]
    kind: String,
}

pub(crate) fn run(args: &Args, global: &Global, _looks: &Looks) -> Result<Exit, Failure> {
    output::show_only(Some("json"), schema::text(&args.kind)?.as_bytes(), global)?;
    Ok(Exit::Done)
}
