//! What was scaffolded enters; the list of documents, what else closes the checks, and what to do next leave.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::markdown::escape;
use super::paint::{Brush, Tone, wrap};
use crate::scaffold::{Closed, Document, Scaffold, State};

/// The headline: how many documents there are of each state.
fn headline(of: &Scaffold) -> String {
    let count = |states: &[State]| of.documents.iter().filter(|d| states.contains(&d.state)).count();
    let new = count(&[State::New, State::Replaced]);
    let there = count(&[State::Kept, State::Elsewhere]);
    let noun = if new == 1 { "document" } else { "documents" };
    let verb = if of.written { "written" } else { "to write, nothing was written" };
    let mut text = format!("{new} {noun} {verb}");
    if there > 0 {
        let _ = write!(text, " · {there} there already");
    }
    text
}

/// What is said of a document.
fn about(document: &Document) -> String {
    match document.state {
        State::New | State::Replaced => {
            let places = if document.marks == 1 { "1 place".to_owned() } else { format!("{} places", document.marks) };
            let replaced = if document.state == State::Replaced { "replaced, " } else { "" };
            format!("{}: {replaced}{places} to fill in", document.title)
        }
        State::Kept if document.append => format!("{}: there already; add the lines below", document.title),
        State::Kept => format!("{}: there already and left as it is (--force writes over it)", document.title),
        State::Elsewhere => format!("{}: the repository has one", document.title),
    }
}

/// More keys than these are named by their sections.
const MAX_KEYS: usize = 4;

/// What else closes a check, in one sentence.
fn closes(closed: &Closed) -> String {
    let mut text = closed.what.clone().unwrap_or_default();
    if let Some(command) = &closed.command {
        let _ = write!(text, " (`{command}`)");
    }
    let mut keys: Vec<&str> = closed.manifest.iter().map(String::as_str).filter(|k| !k.ends_with(".note")).collect();
    if keys.len() > MAX_KEYS {
        keys = keys.into_iter().map(|key| key.split(['.', '[']).next().unwrap_or(key)).collect();
        keys.dedup();
    }
    if !keys.is_empty() {
        let comma = if text.is_empty() { "" } else { "; " };
        let _ = write!(text, "{comma}in the manifest: {}", keys.join(", "));
    }
    text
}

/// What to do next.
fn next(of: &Scaffold) -> Vec<String> {
    let mut next = Vec::new();
    if of.documents.iter().any(Document::is_written) {
        next.push(
            "Write what each mark (aipp:unfinished) asks for and delete the mark; until the last one is gone a file earns nothing"
                .to_owned(),
        );
    }
    for document in &of.documents {
        if let Some(then) = document.then.as_ref().filter(|then| !next.contains(then)) {
            next.push(then.clone());
        }
    }
    next
}

pub(super) fn text(of: &Scaffold, root: &str, verbose: bool, brush: Brush, out: &mut dyn Write) -> io::Result<()> {
    let room = brush.look.width.saturating_sub(4).max(20);
    let below = if root.is_empty() || root == "." { String::new() } else { format!("   in {root}") };
    writeln!(out, "{}{}", brush.paint(Tone::Bold, &headline(of)), brush.paint(Tone::Dim, &below))?;
    for document in &of.documents {
        let (tone, sign) = match document.state {
            State::New | State::Replaced => (Tone::Good, brush.sign("✔", "+")),
            State::Kept | State::Elsewhere => (Tone::Dim, brush.sign("·", "-")),
        };
        writeln!(out, "  {} {}", brush.paint(tone, sign), brush.paint(Tone::Plain, &document.path))?;
        for line in wrap(&format!("{} [{}]", about(document), document.checks.join(", ")), room) {
            writeln!(out, "    {}", brush.paint(Tone::Dim, &line))?;
        }
    }
    if !of.otherwise.is_empty() {
        writeln!(out, "\n{}", brush.paint(Tone::Bold, "What a document does not close"))?;
        for closed in &of.otherwise {
            writeln!(out, "  {}", brush.paint(Tone::Plain, &closed.check))?;
            for line in wrap(&closes(closed), room) {
                writeln!(out, "    {}", brush.paint(Tone::Dim, &line))?;
            }
        }
    }
    let steps = next(of);
    if !steps.is_empty() {
        writeln!(out, "\n{}", brush.paint(Tone::Bold, "Next"))?;
    }
    for (i, step) in steps.iter().enumerate() {
        for (j, line) in wrap(step, room.saturating_sub(2)).iter().enumerate() {
            let number = if j == 0 { format!("{}.", i + 1) } else { "  ".to_owned() };
            writeln!(out, "  {number} {}", brush.paint(Tone::Plain, line))?;
        }
    }
    let kept = |d: &&Document| d.state == State::Kept && d.append;
    for document in of.documents.iter().filter(|d| kept(d) || (verbose && !of.written && d.is_written())) {
        let heading = if kept(&document) { format!("Lines for {}", document.path) } else { document.path.clone() };
        writeln!(out, "\n{}", brush.paint(Tone::Bold, &heading))?;
        for line in document.text.lines() {
            writeln!(out, "{}", brush.paint(Tone::Plain, line))?;
        }
    }
    Ok(())
}

pub(super) fn markdown(of: &Scaffold) -> String {
    let mut text = format!("# Scaffold\n\n{}.\n", headline(of));
    if !of.documents.is_empty() {
        text.push_str("\n| document | checks | |\n|---|---|---|\n");
    }
    for document in &of.documents {
        let path = document.path.replace('`', "'").replace('|', "\\|");
        let _ = writeln!(text, "| `{path}` | {} | {} |", escape(&document.checks.join(", ")), escape(&about(document)));
    }
    if !of.otherwise.is_empty() {
        text.push_str("\n## What a document does not close\n\n| check | what closes it |\n|---|---|\n");
    }
    for closed in &of.otherwise {
        let _ = writeln!(text, "| {} | {} |", escape(&closed.check), escape(&closes(closed)));
    }
    let steps = next(of);
    if !steps.is_empty() {
        text.push_str("\n## Next\n\n");
    }
    for (i, step) in steps.iter().enumerate() {
        let _ = writeln!(text, "{}. {}", i + 1, escape(step));
    }
    text
}
