//! The evidence of a repository enters; a table by kind leaves, with the best proof of each and why it counts.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::markdown::escape;
use super::paint::{Brush, Tone, cut, pad, wrap};
use crate::evidence::Proof;
use crate::evidence::signals::looked_for;
use crate::inventory::{Inventory, ItemInfo, KindInfo};

/// Where the second column begins.
const INDENT: usize = 4 + 24;

pub(super) fn text(
    of: &Inventory,
    verbose: bool,
    only: Option<&str>,
    brush: Brush,
    out: &mut dyn Write,
) -> io::Result<()> {
    if let Some(kind) = only {
        return one(of, kind, brush, out);
    }
    let found = of.evidence.iter().filter(|kind| kind.present).count();
    let heading = format!("Evidence in {}", of.root);
    let right = format!("{found} of {} kinds, {} files", of.evidence.len(), of.files_scanned);
    writeln!(out, "{}   {}", brush.paint(Tone::Bold, &heading), brush.paint(Tone::Dim, &right))?;
    for kind in &of.evidence {
        row(kind, if verbose { usize::MAX } else { 1 }, brush, out)?;
    }
    writeln!(out)?;
    let note = "-v shows every file; `aipp evidence --explain KIND` says what was looked for";
    writeln!(out, "{}", brush.paint(Tone::Dim, note))
}

fn row(kind: &KindInfo, most: usize, brush: Brush, out: &mut dyn Write) -> io::Result<()> {
    if !kind.present {
        let mark = brush.sign("·", "-");
        let found = match kind.unreadable.first() {
            Some(path) => format!("cannot be read: {}", crate::diagnostic::visible(path)),
            None => "not found".to_owned(),
        };
        let line = format!("{mark} {}{found}", pad(kind.kind, 24));
        return writeln!(out, "  {}", brush.paint(Tone::Dim, &line));
    }
    for (i, item) in kind.items.iter().take(most).enumerate() {
        let more = match kind.items.len() {
            0 | 1 => String::new(),
            many if i == 0 && most == 1 => format!("  and {} more", many - 1),
            _ => String::new(),
        };
        let name = if i == 0 { kind.kind } else { "" };
        file(name, item, &more, brush, out)?;
    }
    Ok(())
}

fn file(name: &str, item: &ItemInfo, more: &str, brush: Brush, out: &mut dyn Write) -> io::Result<()> {
    let (tone, mark) = match item.level {
        Proof::Verified => (Tone::Good, brush.sign("✔", "+")),
        Proof::Documented => (Tone::Plain, brush.sign("○", "o")),
    };
    let mark = if name.is_empty() { " " } else { mark };
    let line = item.line.filter(|l| *l > 1).map(|l| format!(":{l}")).unwrap_or_default();
    let date = item.date.map(|d| format!("  {d}")).unwrap_or_default();
    let declared = if item.origin == "declared" { "  declared" } else { "" };
    let room = brush.look.width.saturating_sub(INDENT).max(20);
    let place = cut(&format!("{}{line}{date}{declared}{more}", item.path), room, brush.look);
    writeln!(out, "  {} {}{place}", brush.paint(tone, mark), pad(name, 24))?;
    let level = if item.level == Proof::Verified { "verified: " } else { "" };
    for line in wrap(&format!("{level}{}", item.because), room) {
        writeln!(out, "{}{}", " ".repeat(INDENT), brush.paint(Tone::Dim, &line))?;
    }
    Ok(())
}

/// One kind, with what was looked for.
fn one(of: &Inventory, id: &str, brush: Brush, out: &mut dyn Write) -> io::Result<()> {
    let Some(kind) = of.evidence.iter().find(|k| k.kind == id) else { return Ok(()) };
    writeln!(out, "{}   {}", brush.paint(Tone::Bold, kind.kind), kind.title)?;
    writeln!(out, "\n{}", brush.paint(Tone::Bold, "What was looked for"))?;
    for line in wrap(looked_for(kind.kind), brush.look.width.saturating_sub(2)) {
        writeln!(out, "  {line}")?;
    }
    writeln!(out, "\n{}", brush.paint(Tone::Bold, "What was found"))?;
    if kind.items.is_empty() {
        return writeln!(out, "  nothing, in {} files", of.files_scanned);
    }
    row(kind, usize::MAX, brush, out)
}

/// A table for documents.
pub(super) fn markdown(of: &Inventory) -> String {
    let mut text = format!("# Evidence\n\n{} files.\n\n| kind | best proof | why |\n|---|---|---|\n", of.files_scanned);
    for kind in &of.evidence {
        let none = || match kind.unreadable.first() {
            Some(path) => (path_cell(path), "cannot be read".to_owned()),
            None => ("not found".to_owned(), String::new()),
        };
        let (path, because) =
            kind.items.first().map_or_else(none, |item| (path_cell(&item.path), escape(&item.because)));
        let _ = writeln!(text, "| {} | {path} | {because} |", kind.kind);
    }
    text
}

/// A path as code when nothing in it acts, and escaped when something does.
fn path_cell(path: &str) -> String {
    let calm = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | ' ');
    if path.chars().all(calm) { format!("`{path}`") } else { escape(path) }
}
