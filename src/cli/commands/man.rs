//! `aipp man`: the command line enters, its manual pages leave: one on standard output, or one a command in a folder.

use std::path::PathBuf;

use aipp::diagnostic::{Code, Diagnostic};
use anyhow::Context as _;
use clap::{Command, CommandFactory as _};

use crate::cli::Failure;
use crate::cli::args::Global;
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};

/// The arguments of `aipp man`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Read it: aipp man | man -l -\nInstall: aipp man --dir ~/.local/share/man/man1")]
pub(crate) struct Args {
    /// Write one page a command into this folder, which must exist
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(crate) fn run(args: &Args, global: &Global, _looks: &Looks) -> Result<Exit, Failure> {
    output::one_form(None, global)?;
    let mut root = crate::cli::args::Args::command();
    // Global options are handed down to the commands only then.
    root.build();
    let Some(dir) = &args.dir else {
        output::print(&page(&root)?.1)?;
        return Ok(Exit::Done);
    };
    if !dir.is_dir() {
        return Err(Failure::one(
            Diagnostic::error(Code::Unreadable, format!("`{}` is no folder", dir.display()))
                .help("make it first, for instance with `mkdir -p`"),
        ));
    }
    let mut pages = vec![page(&root)?];
    collect(&root, &mut pages)?;
    for (name, text) in &pages {
        output::write_file(&dir.join(name), text)?;
    }
    Ok(Exit::Done)
}

/// The pages of every command below one.
fn collect(command: &Command, pages: &mut Vec<Page>) -> anyhow::Result<()> {
    for below in command.get_subcommands().filter(|c| c.get_name() != "help" && !c.is_hide_set()) {
        pages.push(page(below)?);
        collect(below, pages)?;
    }
    Ok(())
}

/// The name of a page's file, and its text.
type Page = (String, Vec<u8>);

fn page(command: &Command) -> anyhow::Result<Page> {
    let command = command.clone().version(env!("CARGO_PKG_VERSION"));
    let man = clap_mangen::Man::new(command);
    let name = man.get_filename();
    let mut body = Vec::new();
    man.render(&mut body).with_context(|| format!("cannot make the page {name}"))?;
    let body = String::from_utf8_lossy(&body);
    // The heading is written here: that of the library leaves out the empty date, and what follows moves into its place.
    let title = name.trim_end_matches(".1").to_uppercase();
    let heading = format!(".TH {title} 1 \"\" \"aipp {}\" \"User Commands\"", env!("CARGO_PKG_VERSION"));
    let line = |line: &str| if line.starts_with(".TH ") { heading.clone() } else { line.to_owned() };
    let mut text: String = body.lines().map(line).flat_map(|line| [line, "\n".to_owned()]).collect();
    text = text.replace(".br\n\n.br\n", ".sp\n");
    text.push_str(EXIT_STATUS);
    Ok((name, text.into_bytes()))
}

/// The codes of every command.
const EXIT_STATUS: &str = ".SH \"EXIT STATUS\"
.TP
0
done; for \\fBaipp gate\\fR: the gate is open
.TP
1
the gate is closed
.TP
2
bad usage, or input that cannot be read
.TP
3
nothing was evaluated
.TP
4
internal or I/O error
.PP
4 beats 2 beats 3 beats 1. The format never changes the code.
";
