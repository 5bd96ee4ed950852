//! The arguments of the command line.

use std::ffi::OsStr;
use std::path::PathBuf;

use aipp::diagnostic::visible;
use aipp::manifest::value::Day;
use aipp::render::FORMATS;
use clap::builder::styling::{AnsiColor, Styles};
use clap::builder::{BoolishValueParser, PossibleValue, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, Parser, Subcommand, ValueEnum};

use super::commands;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Tells a team what stands between its AI pilot and production, proves it with evidence from the repository, and blocks
/// promotion in CI until it is done.
#[derive(Debug, Parser)]
#[command(name = "aipp", version, styles = STYLES, max_term_width = 100, arg_required_else_help = true,
    after_help = "Exit codes: 0 done or open, 1 the gate is closed, 2 bad usage or unreadable input, 3 nothing was evaluated, \
    4 internal or I/O error. Nothing is executed, and nothing is sent anywhere but to a store and sources that you name.")]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

impl Args {
    /// The command line as it is read here. A variable that is set to nothing is not set: CI systems hand down empty ones.
    pub(super) fn of_environment() -> clap::Command {
        let is_empty = |name: &OsStr| std::env::var_os(name).is_some_and(|value| value.is_empty());
        every_arg(Self::command(), &|arg| match arg.get_env().is_some_and(is_empty) {
            true => arg.env(clap::builder::Resettable::Reset),
            false => arg,
        })
    }
}

/// The command with a change to each of its arguments, below it too.
fn every_arg(command: clap::Command, change: &dyn Fn(clap::Arg) -> clap::Arg) -> clap::Command {
    command.mut_args(change).mut_subcommands(|below| every_arg(below, change))
}

/// Flags that every command takes.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Global {
    /// The manifest; `-` reads it from standard input
    #[arg(short, long, global = true, value_name = "FILE", env = "AIPP_MANIFEST")]
    pub(super) manifest: Option<PathBuf>,

    /// The policy (otherwise the nearest aipp.policy.yaml, beside the manifest or above it)
    #[arg(long, global = true, value_name = "FILE", env = "AIPP_POLICY")]
    pub(super) policy: Option<PathBuf>,

    /// Output format; repeat it for several at once, and name a file to write to instead of standard output
    #[arg(short, long, global = true, value_name = "NAME[=FILE]", env = "AIPP_FORMAT", value_parser = OutputParser)]
    pub(super) format: Vec<Output>,

    /// The day of the assessment (otherwise SOURCE_DATE_EPOCH, or today)
    #[arg(long, global = true, value_name = "YYYY-MM-DD", env = "AIPP_TODAY", value_parser = parse_day)]
    pub(super) today: Option<Day>,

    /// A checklist of your own, or the name of a built-in pack (ml-test-score); repeatable
    #[arg(long, global = true, value_name = "FILE", env = "AIPP_CHECKLIST", value_delimiter = ',')]
    pub(super) checklist: Vec<String>,

    /// A file or folder with evidence, also when it is ignored by git; repeatable
    #[arg(long, global = true, value_name = "PATH")]
    pub(super) evidence: Vec<String>,

    /// Where measurements and recorded assessments are kept (otherwise .aipp/history.jsonl of the project)
    #[arg(long, global = true, value_name = "FILE|URL", env = "AIPP_STORE", hide_env_values = true)]
    pub(super) store: Option<String>,

    /// When to use color
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", env = "AIPP_COLOR")]
    pub(super) color: When,

    /// Refuse everything that would use the network: sources of `metrics pull`, and a store that is a server
    #[arg(long, global = true, env = "AIPP_OFFLINE", value_parser = BoolishValueParser::new(), overrides_with = "offline")]
    pub(super) offline: bool,

    /// No progress bars
    #[arg(long, global = true, env = "AIPP_NO_PROGRESS", value_parser = BoolishValueParser::new(), overrides_with = "no_progress")]
    pub(super) no_progress: bool,

    /// Print errors only, besides the result
    #[arg(short, long, global = true, conflicts_with = "verbose", overrides_with = "quiet")]
    pub(super) quiet: bool,

    /// Print everything: every check with its evidence, every reason
    #[arg(short, long, global = true, overrides_with = "verbose")]
    pub(super) verbose: bool,
}

/// When to use color.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    /// In a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// One output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Output {
    /// The format's name.
    pub(super) name: String,
    /// Where to; standard output when none.
    pub(super) file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Look at the repository, ask what it does not say, and write the first manifest
    Init(commands::init::Args),
    /// Score one project: where it stands, what blocks it, what to do next
    Assess(commands::assess::Args),
    /// One verdict and one exit code: may the project enter the next phase?
    Gate(commands::gate::Args),
    /// Why a check matters, what counts at each level, where the project stands, how to fix it
    Explain(commands::explain::Args),
    /// What was found in the repository, file by file, and what each file proves
    Evidence(commands::evidence::Args),
    /// What moved between two assessments, and why: JSON files, or revisions of this repository
    Diff(commands::diff::Args),
    /// The page that leadership reads: where the project stands, what blocks it, what to decide
    Report(commands::report::Args),
    /// Recompute an attestation of a verdict: 0 it holds, 1 it does not
    Verify(commands::verify::Args),
    /// The phase plan, dated, from what is missing
    Plan(commands::plan::Args),
    /// The catalogue of checks
    Checks(commands::checks::Args),
    /// Write a dated record: a decision, a drill, an attestation ...
    Log(commands::log::Args),
    /// Write the documents that checks want, marked as unfinished until somebody fills them in
    Scaffold(commands::scaffold::Args),
    /// Record what is measured, and see whether the targets will be reached
    Metrics(commands::metrics::Args),
    /// Recorded assessments over time: what moved, and why
    History(commands::history::Args),
    /// Print the JSON Schema of a file that aipp reads or writes
    Schema(commands::schema::Args),
    /// Print the completions for a shell
    Completions(commands::completions::Args),
    /// Print the manual page, or write one for each command
    Man(commands::man::Args),
}

/// Reads `NAME` or `NAME=FILE`; knows the names, so that help and completion do.
#[derive(Clone)]
struct OutputParser;

impl TypedValueParser for OutputParser {
    type Value = Output;

    fn parse_ref(&self, command: &clap::Command, _: Option<&clap::Arg>, value: &OsStr) -> Result<Output, clap::Error> {
        let text = value.to_string_lossy();
        let name = text.split('=').next().unwrap_or_default();
        if !FORMATS.iter().any(|f| f.name == name) {
            return Err(unknown_format(name).with_cmd(command));
        }
        // A path need not be UTF-8: what stands behind the equals sign is taken as it is.
        let file = file_after(value, name.len());
        if file.as_ref().is_some_and(|file| file.as_os_str().is_empty()) {
            let message = format!("name a file after the equals sign: `--format {name}=FILE`");
            return Err(command.clone().error(ErrorKind::ValueValidation, message));
        }
        // `-` is standard output, as it is standard input for a manifest.
        Ok(Output { name: name.to_owned(), file: file.filter(|file| file.as_os_str() != "-") })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(FORMATS.iter().map(|format| PossibleValue::new(format.name).help(format.about))))
    }
}

fn unknown_format(name: &str) -> clap::Error {
    let names: Vec<String> = FORMATS.iter().map(|f| f.name.to_owned()).collect();
    let mut error = clap::Error::new(ErrorKind::InvalidValue);
    let near = aipp::manifest::nearest(name, &names);
    for (kind, value) in [
        (ContextKind::InvalidArg, Some(ContextValue::String("--format <NAME[=FILE]>".to_owned()))),
        (ContextKind::InvalidValue, Some(ContextValue::String(visible(name).into_owned()))),
        (ContextKind::ValidValue, Some(ContextValue::Strings(names))),
        (ContextKind::SuggestedValue, near.map(ContextValue::String)),
    ] {
        if let Some(value) = value {
            error.insert(kind, value);
        }
    }
    error
}

#[cfg(unix)]
fn file_after(value: &OsStr, name: usize) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt as _;
    value.as_bytes().get(name + 1..).map(|path| PathBuf::from(OsStr::from_bytes(path)))
}

#[cfg(not(unix))]
fn file_after(value: &OsStr, name: usize) -> Option<PathBuf> {
    value.to_str().and_then(|text| text.get(name + 1..)).map(PathBuf::from)
}

pub(super) fn parse_day(text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| "write a day as YYYY-MM-DD, for instance 2026-11-22".to_owned())
}
