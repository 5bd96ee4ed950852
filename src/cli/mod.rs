//! Arguments enter, an exit code leaves: parse, open, think (in the library), print.

mod args;
mod assessment;
mod attestation;
mod base;
mod clock;
mod commands;
mod exit;
mod input;
mod output;
mod policy;
mod progress;
mod prompt;
mod revision;
mod schema;
mod store;

use std::process::ExitCode;

use aipp::diagnostic::Diagnostic;
use clap::FromArgMatches as _;
use clap::parser::ValueSource;

use args::{Args, Command, Global};
use exit::Exit;
use output::Looks;

/// Why a command could not do its work.
pub(crate) enum Failure {
    /// The input cannot be used; every reason.
    Input(Vec<Diagnostic>),
    /// Something that is not the input's fault.
    Internal(anyhow::Error),
}

impl Failure {
    fn one(diagnostic: Diagnostic) -> Self {
        Self::Input(vec![diagnostic])
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

/// Runs the command line.
pub(crate) fn run() -> ExitCode {
    let args = parse();
    let looks = Looks::of(args.global.color);
    if let Some(mixed) = output::mixed(&args.global) {
        output::report([&mixed], &args.global, &looks);
        return Exit::Input.into();
    }
    let exit = match command(&args.command, &args.global, &looks) {
        Ok(exit) => exit,
        Err(Failure::Input(diagnostics)) => {
            output::report(&diagnostics, &args.global, &looks);
            output::annotate(&diagnostics, &args.global);
            Exit::Input
        }
        Err(Failure::Internal(error)) => {
            output::say(&format!("error: {error:#}\n"));
            Exit::Internal
        }
    };
    exit.into()
}

/// Reads the arguments. A format from the environment is meant for the commands that have formats; only a flag asks the others for one.
fn parse() -> Args {
    let mut command = Args::of_environment();
    let matches = command.get_matches_mut();
    let read = Args::from_arg_matches(&matches);
    let mut args = read.unwrap_or_else(|error| error.format(&mut command).exit());
    let has_one_form = matches!(args.command, Command::Schema(_) | Command::Completions(_) | Command::Man(_));
    if has_one_form && matches.value_source("format") != Some(ValueSource::CommandLine) {
        args.global.format.clear();
    }
    args
}

fn command(command: &Command, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    match command {
        Command::Assess(args) => commands::assess::run(args, global, looks),
        Command::Gate(args) => commands::gate::run(args, global, looks),
        Command::Explain(args) => commands::explain::run(args, global, looks),
        Command::Evidence(args) => commands::evidence::run(args, global, looks),
        Command::Plan(args) => commands::plan::run(args, global, looks),
        Command::Checks(args) => commands::checks::run(args, global, looks),
        Command::Diff(args) => commands::diff::run(args, global, looks),
        Command::Report(args) => commands::report::run(args, global, looks),
        Command::Verify(args) => commands::verify::run(args, global, looks),
        Command::Init(args) => commands::init::run(args, global, looks),
        Command::Log(args) => commands::log::run(args, global, looks),
        Command::Scaffold(args) => commands::scaffold::run(args, global, looks),
        Command::Metrics(args) => commands::metrics::run(args, global, looks),
        Command::History(args) => commands::history::run(args, global, looks),
        Command::Schema(args) => commands::schema::run(args, global, looks),
        Command::Completions(args) => commands::completions::run(args, global, looks),
        Command::Man(args) => commands::man::run(args, global, looks),
    }
}
