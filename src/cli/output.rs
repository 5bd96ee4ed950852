//! Results and messages enter; bytes on standard output, standard error and in files leave. The only file that prints.

use std::io::{self, IsTerminal as _, Write};
use std::path::Path;

use aipp::diagnostic::{Code, Diagnostic, Look, Severity};
use aipp::render::{self, View};
use anyhow::Context as _;

use super::Failure;
use super::args::{Global, Output, When};

/// How results and messages are drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Looks {
    /// On standard output.
    pub(super) out: Look,
    /// On standard error.
    pub(super) err: Look,
}

impl Looks {
    /// From the flags, the terminal and the environment.
    pub(super) fn of(color: When) -> Self {
        let columns = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
        let width = |terminal: Option<(terminal_size::Width, terminal_size::Height)>| {
            terminal.map(|(width, _)| usize::from(width.0)).or(columns).unwrap_or(80).clamp(40, 160)
        };
        let unicode = has_unicode();
        Self {
            out: Look {
                color: has_color(color, &io::stdout()),
                unicode,
                width: width(terminal_size::terminal_size_of(io::stdout())),
            },
            err: Look {
                color: has_color(color, &io::stderr()),
                unicode,
                width: width(terminal_size::terminal_size_of(io::stderr())),
            },
        }
    }
}

/// One policy for the whole tool: the flag, then what the terminal and NO_COLOR, CLICOLOR and CLICOLOR_FORCE say.
fn has_color<S: anstream::stream::RawStream>(when: When, stream: &S) -> bool {
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto => !matches!(anstream::AutoStream::choice(stream), anstream::ColorChoice::Never),
    }
}

/// Whether characters beyond ASCII are shown: unless the locale or the terminal says that they are not.
fn has_unicode() -> bool {
    let set = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
    let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG"));
    let plain = locale.is_some_and(|l| {
        let l = l.to_lowercase();
        !l.contains("utf-8") && !l.contains("utf8")
    });
    !plain && set("TERM").is_none_or(|t| t != "dumb" && t != "linux")
}

/// Two results in one place are no result: an error when two formats go to standard output, or to one file.
pub(super) fn mixed(global: &Global) -> Option<Diagnostic> {
    let same = |a: &Output, b: &Output| a.file == b.file;
    let twice =
        global.format.iter().enumerate().find(|(i, output)| global.format[..*i].iter().any(|o| same(o, output)))?;
    let place = twice.1.file.as_ref().map_or_else(|| "standard output".to_owned(), |f| f.display().to_string());
    Some(
        Diagnostic::error(Code::BadValue, format!("two formats would be written to {place}"))
            .help("name a file for one of them: `-f text -f json=gate.json`"),
    )
}

/// Why a view cannot be written in a format that was asked for; said before anything is written.
fn refused(view: &View<'_>, outputs: &[Output]) -> Option<Diagnostic> {
    outputs.iter().find_map(|output| {
        let format = render::format(&output.name)?;
        let command = view.command();
        if !(format.shows)(view) {
            let known = render::FORMATS.iter().filter(|f| (f.shows)(view)).map(|f| f.name);
            let known: Vec<&str> = known.collect();
            return Some(
                Diagnostic::error(Code::BadValue, format!("`aipp {command}` has no format `{}`", output.name))
                    .help(format!("it has {}", known.join(", "))),
            );
        }
        let to_terminal = format.binary && output.file.is_none() && io::stdout().is_terminal();
        to_terminal.then(|| {
            Diagnostic::error(Code::BadValue, format!("`{}` is no text and would garble the terminal", output.name))
                .help(format!("name a file: `-f {0}={command}.{0}`", output.name))
        })
    })
}

/// Writes a view in every format that was asked for; text when none was.
pub(super) fn show(view: &View<'_>, global: &Global, looks: &Looks) -> Result<(), Failure> {
    let text = [Output { name: "text".to_owned(), file: None }];
    let outputs = if global.format.is_empty() { &text[..] } else { &global.format };
    if let Some(refused) = refused(view, outputs) {
        return Err(Failure::one(refused));
    }
    for output in outputs {
        let format = render::format(&output.name).context("a format that was accepted is not there")?;
        let mut bytes = Vec::new();
        match &output.file {
            None => {
                (format.write)(view, &looks.out, &mut bytes).context("cannot write the result")?;
                print(&bytes)?;
            }
            Some(path) => {
                let look = Look { color: false, ..looks.out };
                (format.write)(view, &look, &mut bytes).context("cannot write the result")?;
                write_file(path, &bytes)?;
            }
        }
    }
    Ok(())
}

/// Writes to standard output. A reader that has gone away is no error: the verdict stands.
pub(super) fn print(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("cannot write to standard output"),
    }
}

/// Writes a file whole or not at all.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(".aipp-").tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            // A temporary file is private; a result is as readable as any file that is written here.
            let mode = std::fs::metadata(path).map_or(0o644, |m| m.permissions().mode());
            std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode))?;
        }
        file.persist(path)?;
        Ok(())
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// Prints messages to standard error, worst first; the quiet keep only errors.
pub(super) fn report<'d>(diagnostics: impl IntoIterator<Item = &'d Diagnostic>, global: &Global, looks: &Looks) {
    let least = if global.quiet { Severity::Error } else { Severity::Note };
    let mut shown = 0_usize;
    let mut left = 0_usize;
    let mut text = String::new();
    for diagnostic in diagnostics.into_iter().filter(|d| d.severity <= least) {
        if diagnostic.severity != Severity::Error && shown >= MAX_MESSAGES && !global.verbose {
            left += 1;
            continue;
        }
        shown += 1;
        text.push_str(&diagnostic.render(looks.err));
        text.push_str("\n\n");
    }
    if left > 0 {
        text.push_str(&format!("{left} more messages; -v shows all\n"));
    }
    say(&text);
}

/// More warnings than these are not shown without `-v`.
const MAX_MESSAGES: usize = 12;

/// Prints to standard error; when that is gone there is nobody left to tell.
pub(super) fn say(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
