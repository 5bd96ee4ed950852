//! Words and numbers enter; colored, wrapped and padded text for a terminal leaves. Untrusted text is made visible first.

use std::fmt;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use crate::diagnostic::{Look, visible};

/// What a word means, and so how it is colored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Nothing in particular.
    Plain,
    /// A heading.
    Bold,
    /// Background.
    Dim,
    /// It is well.
    Good,
    /// It needs a look.
    Warn,
    /// It blocks.
    Bad,
}

/// Text of a tone, for one look.
pub struct Painted<'a> {
    text: std::borrow::Cow<'a, str>,
    style: Style,
}

impl fmt::Display for Painted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.style.render(), self.text, self.style.render_reset())
    }
}

/// Draws for one look.
#[derive(Debug, Clone, Copy)]
pub struct Brush {
    /// The look.
    pub look: Look,
}

impl Brush {
    /// Text in a tone; what is untrusted in it is made visible.
    #[must_use]
    pub fn paint<'a>(&self, tone: Tone, text: &'a str) -> Painted<'a> {
        let style = if self.look.color { style(tone) } else { Style::new() };
        Painted { text: visible(text), style }
    }

    /// A sign, or its ASCII stand-in.
    #[must_use]
    pub const fn sign(&self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.look.unicode { unicode } else { ascii }
    }

    /// A bar of a share from 0 to 100.
    #[must_use]
    pub fn bar(&self, share: f64, width: usize) -> (String, String) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "0 to width"
        )]
        let full = (((share / 100.0) * width as f64).round().max(0.0) as usize).min(width);
        (self.sign("█", "#").repeat(full), self.sign("░", ".").repeat(width - full))
    }
}

fn style(tone: Tone) -> Style {
    match tone {
        Tone::Plain => Style::new(),
        Tone::Bold => Style::new().bold(),
        Tone::Dim => Style::new().dimmed(),
        Tone::Good => AnsiColor::Green.on_default(),
        Tone::Warn => AnsiColor::Yellow.on_default(),
        Tone::Bad => AnsiColor::Red.on_default(),
    }
}

/// The columns that a text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// A text padded with blanks to a width.
#[must_use]
pub fn pad(text: &str, columns: usize) -> String {
    let text = visible(text);
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(&text))))
}

/// A text cut to a width, with a sign that it was cut.
#[must_use]
pub fn cut(text: &str, columns: usize, look: Look) -> String {
    let text = visible(text);
    if width(&text) <= columns {
        return text.into_owned();
    }
    let sign = if look.unicode { "…" } else { "..." };
    let mut kept = String::new();
    for c in text.chars() {
        if width(&kept) + width(c.encode_utf8(&mut [0; 4])) + width(sign) > columns {
            break;
        }
        kept.push(c);
    }
    format!("{}{sign}", kept.trim_end())
}

/// A text in lines of at most a width, broken at blanks; a word that is longer stands alone.
#[must_use]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let text = visible(text);
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().map_or(0, |l| width(l));
        if last > 0 && last + 1 + width(word) > columns {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_cut_and_padded_by_columns() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("漢字 漢字 漢字", 9), ["漢字 漢字", "漢字"]);
        let look = Look { color: false, unicode: true, width: 80 };
        assert_eq!(cut("abcdefgh", 5, look), "abcd…");
        assert_eq!(pad("漢", 4), "漢  ");
        assert_eq!(cut("a\u{1b}[31m", 20, look), "a\\u{1b}[31m");
    }

    #[test]
    fn a_bar_is_as_full_as_its_share() {
        let brush = Brush { look: Look::PLAIN };
        assert_eq!(brush.bar(25.0, 20), ("#####".to_owned(), ".".repeat(15)));
        assert_eq!(brush.bar(100.0, 4), ("####".to_owned(), String::new()));
        assert_eq!(brush.bar(0.0, 4), (String::new(), "....".to_owned()));
    }
}
