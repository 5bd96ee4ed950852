//! A receipt enters; what was written, what it moved and what is still wanted leave, as text or Markdown.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::markdown::escape;
use super::paint::{Brush, Tone, pad, wrap};
use crate::receipt::Receipt;

/// More checks than these are not listed as wanting something.
const MAX_OPEN: usize = 3;

pub(super) fn text(receipt: &Receipt, brush: Brush, out: &mut dyn Write) -> io::Result<()> {
    for file in &receipt.files {
        writeln!(out, "{} {}", brush.paint(Tone::Dim, &pad(file.action, 9)), brush.paint(Tone::Bold, &file.path))?;
    }
    let arrow = brush.sign("→", "->");
    for moved in &receipt.moved {
        let tone = if moved.after > moved.before { Tone::Good } else { Tone::Bad };
        let levels = format!("{} {arrow} {}", moved.before, moved.after);
        writeln!(out, "  {} {}", pad(&moved.check, 28), brush.paint(tone, &levels))?;
    }
    for open in receipt.open.iter().take(MAX_OPEN) {
        let still = format!("{}; still wanted: {}", open.level, open.because);
        for (i, line) in wrap(&still, brush.look.width.saturating_sub(31).max(20)).iter().enumerate() {
            writeln!(out, "  {} {line}", pad(if i == 0 { &open.check } else { "" }, 28))?;
        }
    }
    if receipt.open.len() > MAX_OPEN {
        let more = format!("  and {} more; `aipp assess -v` shows all", receipt.open.len() - MAX_OPEN);
        writeln!(out, "{}", brush.paint(Tone::Dim, &more))?;
    }
    for next in &receipt.next {
        writeln!(out, "Next: {}", brush.paint(Tone::Plain, next))?;
    }
    Ok(())
}

pub(super) fn markdown(receipt: &Receipt) -> String {
    let mut text = String::new();
    for file in &receipt.files {
        let _ = writeln!(text, "- {} {}", file.action, escape(&file.path));
    }
    for moved in &receipt.moved {
        let _ = writeln!(text, "- `{}`: {} → {}", moved.check, moved.before, moved.after);
    }
    for open in &receipt.open {
        let _ = writeln!(text, "- `{}` ({}) still wants: {}", open.check, open.level, escape(&open.because));
    }
    for next in &receipt.next {
        let _ = writeln!(text, "\nNext: {}", escape(next));
    }
    text
}
