//! Results and messages enter; bytes on standard output, standard error and in files leave. The only file that prints.

use std::fs;
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
        // `CLICOLOR_FORCE=0` forces nothing; the crate takes every value for a yes.
        When::Auto if std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| value == "0") && !stream.is_terminal() => {
            false
        }
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

/// Why a format that is no text cannot go to a terminal.
fn garbles(output: &Output) -> Option<Diagnostic> {
    let format = render::format(&output.name)?;
    (format.binary && output.file.is_none() && io::stdout().is_terminal()).then(|| {
        Diagnostic::error(Code::BadValue, format!("`{}` is no text and would garble the terminal", output.name))
            .help(format!("name a file: `-f {0}=plan.{0}`", output.name))
    })
}

/// Writes a view in every format that was asked for; text when none was. What a format does not show is an error before anything
/// is written.
pub(super) fn show(view: &View<'_>, global: &Global, looks: &Looks) -> Result<(), Failure> {
    show_as(view, "text", global, looks)
}

/// Whether standard output is a terminal.
pub(super) fn to_terminal() -> bool {
    io::stdout().is_terminal()
}

/// The same, with a format of its own when none was asked for.
pub(super) fn show_as(view: &View<'_>, default: &str, global: &Global, looks: &Looks) -> Result<(), Failure> {
    let text = [Output { name: default.to_owned(), file: None }];
    let outputs = if global.format.is_empty() { &text[..] } else { &global.format };
    let wrong: Vec<Diagnostic> =
        outputs.iter().filter_map(|output| not_shown(view, &output.name).or_else(|| garbles(output))).collect();
    if !wrong.is_empty() {
        return Err(Failure::Input(wrong));
    }
    let mut ready = Vec::new();
    for output in outputs {
        let format = render::format(&output.name).context("a format that was accepted is not there")?;
        let look = if output.file.is_none() { looks.out } else { Look { color: false, ..looks.out } };
        let mut bytes = Vec::new();
        (format.write)(view, &look, &mut bytes).with_context(|| format!("cannot make the {} output", format.name))?;
        ready.push((output.file.as_deref(), bytes));
    }
    // One that cannot be written keeps no other from being written.
    let written: Vec<anyhow::Result<()>> = ready
        .into_iter()
        .map(|(file, bytes)| match file {
            None => print(&bytes),
            Some(path) => write_file(path, &bytes),
        })
        .collect();
    written.into_iter().collect::<anyhow::Result<()>>()?;
    if outputs.iter().any(|output| output.name == "github") {
        append_named_by("GITHUB_STEP_SUMMARY", &render::github::summary(view))?;
        append_named_by("GITHUB_OUTPUT", &render::github::outputs(view))?;
    }
    Ok(())
}

/// The error of a format that does not show a view, with those that do.
fn not_shown(view: &View<'_>, name: &str) -> Option<Diagnostic> {
    if render::format(name).is_none_or(|format| (format.shows)(view)) {
        return None;
    }
    let others: Vec<&str> = render::FORMATS.iter().filter(|f| (f.shows)(view)).map(|f| f.name).collect();
    Some(no_format(name).help(format!("it prints {}", others.join(", "))))
}

/// Writes the result of a command that has one form only. Another format, or any where the form has no name, is an error before
/// anything is written.
pub(super) fn show_only(form: Option<&str>, bytes: &[u8], global: &Global) -> Result<(), Failure> {
    one_form(form, global)?;
    if global.format.is_empty() {
        return Ok(print(bytes)?);
    }
    for output in &global.format {
        match &output.file {
            None => print(bytes)?,
            Some(path) => write_file(path, bytes)?,
        }
    }
    Ok(())
}

/// The errors of formats that a command with one form does not have.
pub(super) fn one_form(form: Option<&str>, global: &Global) -> Result<(), Failure> {
    let others = global.format.iter().filter(|output| Some(output.name.as_str()) != form);
    let help = form.map_or_else(|| "leave `--format` out".to_owned(), |form| format!("it prints {form}"));
    let wrong: Vec<Diagnostic> = others.map(|output| no_format(&output.name).help(&help)).collect();
    if wrong.is_empty() { Ok(()) } else { Err(Failure::Input(wrong)) }
}

fn no_format(name: &str) -> Diagnostic {
    Diagnostic::error(Code::BadValue, format!("this command has no `{name}` format"))
}

/// Appends to the file that a variable of the environment names, as a GitHub runner gives them to each step; nothing when it is
/// not set.
fn append_named_by(variable: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let Some(path) = std::env::var_os(variable).filter(|path| !path.is_empty()) else { return Ok(()) };
    let append = || fs::OpenOptions::new().append(true).create(true).open(&path)?.write_all(bytes);
    append().with_context(|| format!("cannot append to {}, which {variable} names", Path::new(&path).display()))
}

/// Writes to standard output. A reader that has gone away is no error: the verdict stands.
pub(super) fn print(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("cannot write to standard output"),
    }
}

/// Writes a file whole or not at all. A device or a pipe (`/dev/null`, `/dev/stdout`) is written to, not replaced.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    if fs::metadata(path).is_ok_and(|it| !it.is_file() && !it.is_dir()) {
        let write = || fs::OpenOptions::new().write(true).open(path)?.write_all(bytes);
        return write().with_context(|| format!("cannot write {}", path.display()));
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        anyhow::bail!("cannot write {}: there is no folder {}", path.display(), folder.display());
    }
    let write = || -> io::Result<()> {
        // The error of the crate names the temporary file, which nobody knows.
        let begun = tempfile::Builder::new().prefix(".aipp-").tempfile_in(folder);
        let mut file = begun.map_err(|error| io::Error::from(error.kind()))?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            // A temporary file is private; a result is as readable as any file that is written here.
            let mode = fs::metadata(path).map_or(0o644, |m| m.permissions().mode());
            fs::set_permissions(file.path(), fs::Permissions::from_mode(mode))?;
        }
        file.persist(path)?;
        Ok(())
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// Writes a new file below a folder, whole or not at all, with the folders that it needs. A file that is there is replaced only
/// when that was asked for; a link never leads out of the folder.
pub(super) fn write_below(root: &Path, path: &str, bytes: &[u8], replace: bool) -> anyhow::Result<()> {
    let target = root.join(path);
    let folder = target.parent().unwrap_or(root);
    let write = || -> anyhow::Result<()> {
        let top = root.canonicalize()?;
        let there = folder.ancestors().find(|f| f.symlink_metadata().is_ok()).unwrap_or(root);
        if !there.canonicalize()?.starts_with(&top) {
            let is_link = |f: &&Path| f.symlink_metadata().is_ok_and(|m| m.file_type().is_symlink());
            let link = there.ancestors().find(is_link).unwrap_or(there);
            anyhow::bail!("{} is a link that leads out of the project; put a folder in its place", link.display());
        }
        std::fs::create_dir_all(folder)?;
        let link = target.symlink_metadata().is_ok_and(|m| m.file_type().is_symlink());
        anyhow::ensure!(!link, "a link is in its place");
        if replace {
            return write_file(&target, bytes);
        }
        let mut file = tempfile::Builder::new().prefix(".aipp-").tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o644))?;
        }
        file.persist_noclobber(&target)?;
        Ok(())
    };
    write().with_context(|| format!("cannot write {}", target.display()))
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

/// In a GitHub workflow (`-f github`), says on the lines of the files what is wrong with them.
pub(super) fn annotate(diagnostics: &[Diagnostic], global: &Global) {
    if global.format.iter().any(|output| output.name == "github" && output.file.is_none()) {
        // When standard output is gone the messages are on standard error already.
        let _ = print(&render::github::messages(diagnostics));
    }
}

/// More warnings than these are not shown without `-v`.
const MAX_MESSAGES: usize = 12;

/// Prints to standard error; when that is gone there is nobody left to tell.
pub(super) fn say(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
