//! `aipp completions`: the name of a shell enters, its completions leave.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::Failure;
use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};

/// The arguments of `aipp completions`.
#[derive(Debug, clap::Args)]
#[command(after_help = "bash:        source <(aipp completions bash)\n\
    zsh:         aipp completions zsh > \"${fpath[1]}/_aipp\"\n\
    fish:        aipp completions fish > ~/.config/fish/completions/aipp.fish\n\
    PowerShell:  aipp completions powershell | Out-String | Invoke-Expression")]
pub(crate) struct Args {
    /// Which shell
    shell: Shell,
}

pub(crate) fn run(args: &Args, global: &Global, _looks: &Looks) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut crate::cli::args::Args::command(), "aipp", &mut text);
    output::show_only(None, &text, global)?;
    Ok(Exit::Done)
}
