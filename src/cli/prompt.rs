//! A question enters, what a person typed in the terminal leaves. Writes on the terminal that it asks in, and only there.
//!
//! Choices are dialoguer's. Its text input is not used: it has no way back, does not know Esc, ends the process on Ctrl-C and
//! loses its place in answers that are longer than a line.

use std::io::{self, IsTerminal as _};

use aipp::diagnostic::visible;
use aipp::render::paint::width;
use dialoguer::Select;
use dialoguer::console::{Key, Term};

/// What a person did with a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reply<T> {
    /// Answered it.
    Answer(T),
    /// Wants the one before.
    Back,
    /// Wants no more questions.
    Quit,
}

/// Whether somebody can be asked: what is typed comes from a terminal, and the questions are seen in one.
pub(super) fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// A terminal in which questions are asked.
pub(super) struct Prompt {
    term: Term,
}

impl Prompt {
    /// On standard error: standard output is for the result.
    pub(super) fn new() -> Self {
        Self { term: terminal() }
    }

    /// Shows a line.
    pub(super) fn say(&self, text: &str) -> io::Result<()> {
        self.term.write_line(text)
    }

    /// Asks for a text. Enter takes the suggestion; `<` goes back; Esc, Ctrl-C and a lone `q` quit. An answer that `check` refuses
    /// is asked again, with the reason.
    pub(super) fn text(
        &self,
        question: &str,
        wants: &str,
        suggestion: Option<&str>,
        check: &dyn Fn(&str) -> Result<(), String>,
    ) -> io::Result<Reply<String>> {
        self.say(&format!("? {}", visible(question)))?;
        self.say(&format!("  {}", visible(wants)))?;
        let shown = suggestion.map(|s| format!("  [{}] ", visible(s))).unwrap_or_else(|| "  ".to_owned());
        loop {
            let Some(typed) = self.line(&shown)? else { return Ok(Reply::Quit) };
            let answer = match typed.trim() {
                "<" => return Ok(Reply::Back),
                "q" => return Ok(Reply::Quit),
                "" => suggestion.unwrap_or_default(),
                typed => typed,
            };
            match check(answer) {
                Ok(()) => return Ok(Reply::Answer(answer.to_owned())),
                Err(why) => self.say(&format!("  ! {}", visible(&why)))?,
            }
        }
    }

    /// Asks for one of some items. Arrow keys and Enter; the last item goes back, Esc and `q` quit.
    pub(super) fn choice(&self, question: &str, items: &[String], at: usize) -> io::Result<Reply<usize>> {
        let room = usize::from(self.term.size().1).saturating_sub(4).max(20);
        let back = items.len();
        let lines = items.iter().map(String::as_str).chain(["< back"]).map(|item| cut(&visible(item), room));
        self.say(&format!("? {}", visible(question)))?;
        let chosen =
            Select::new().items(lines).default(at).interact_on_opt(&self.term).map_err(|dialoguer::Error::IO(e)| e)?;
        match chosen {
            None => Ok(Reply::Quit),
            Some(index) if index == back => Ok(Reply::Back),
            Some(index) => {
                self.say(&format!("  {}", visible(items.get(index).map_or("", String::as_str))))?;
                Ok(Reply::Answer(index))
            }
        }
    }

    /// One line that can be edited; none on Esc and Ctrl-C.
    fn line(&self, before: &str) -> io::Result<Option<String>> {
        let (mut chars, mut at, mut row): (Vec<char>, usize, usize) = (Vec::new(), 0, 0);
        loop {
            row = self.draw(before, &chars, at, row)?;
            match self.term.read_key_raw()? {
                Key::Enter => {
                    self.draw(before, &chars, chars.len(), row)?;
                    self.term.write_line("")?;
                    return Ok(Some(chars.into_iter().collect()));
                }
                Key::Escape | Key::CtrlC => {
                    self.term.write_line("")?;
                    return Ok(None);
                }
                Key::Backspace if at > 0 => {
                    at -= 1;
                    chars.remove(at);
                }
                Key::Del if at < chars.len() => {
                    chars.remove(at);
                }
                Key::ArrowLeft => at = at.saturating_sub(1),
                Key::ArrowRight => at = (at + 1).min(chars.len()),
                Key::Home => at = 0,
                Key::End => at = chars.len(),
                // Ctrl-U empties the line; Ctrl-D on an empty one ends the questions as everywhere else.
                Key::Char('\u{15}') => (chars, at) = (Vec::new(), 0),
                Key::Char('\u{4}') if chars.is_empty() => return Ok(None),
                Key::Char(c) if !c.is_control() => {
                    chars.insert(at, c);
                    at += 1;
                }
                _ => {}
            }
        }
    }

    /// Draws the line anew over where it stood; `row` is the row of the cursor in it, and the new one is returned.
    fn draw(&self, before: &str, chars: &[char], at: usize, row: usize) -> io::Result<usize> {
        let (lines, (now, column)) = layout(before, chars, at, usize::from(self.term.size().1));
        self.term.move_cursor_up(row)?;
        self.term.write_str("\r")?;
        self.term.clear_to_end_of_screen()?;
        self.term.write_str(&lines.join("\r\n"))?;
        self.term.move_cursor_up(lines.len() - 1 - now)?;
        self.term.write_str("\r")?;
        self.term.move_cursor_right(column)?;
        self.term.flush()?;
        Ok(now)
    }
}

/// The rows of a text that is being typed, broken before the edge so that no terminal breaks it by itself, and the cursor's place.
fn layout(before: &str, chars: &[char], at: usize, columns: usize) -> (Vec<String>, (usize, usize)) {
    let room = columns.saturating_sub(1).max(8);
    let mut lines = vec![String::new()];
    let mut used = 0;
    let mut cursor = (0, 0);
    let before = cut(before, room / 2);
    let mut put = |c: char, lines: &mut Vec<String>| {
        let wide = width(c.encode_utf8(&mut [0; 4]));
        if used + wide > room {
            lines.push(String::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            line.push(c);
        }
        used += wide;
        (lines.len() - 1, used)
    };
    for c in before.chars() {
        cursor = put(c, &mut lines);
    }
    for (i, c) in chars.iter().enumerate() {
        let end = put(*c, &mut lines);
        if i < at {
            cursor = end;
        }
    }
    (lines, cursor)
}

/// The beginning of a text that fits.
fn cut(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        if width(&out) + 5 > room {
            break;
        }
        out.push(c);
    }
    out.push_str("... ");
    out
}

#[cfg(unix)]
fn terminal() -> Term {
    Term::read_write_pair(io::stdin(), Steady(io::stderr()))
}

#[cfg(not(unix))]
fn terminal() -> Term {
    Term::stderr()
}

/// Standard error on which the cursor is never hidden: Ctrl-C in a choice ends the process, and nobody would bring it back.
#[cfg(unix)]
#[derive(Debug)]
struct Steady(io::Stderr);

#[cfg(unix)]
impl io::Write for Steady {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes == b"\x1b[?25l" { Ok(bytes.len()) } else { self.0.write(bytes) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(unix)]
impl std::os::fd::AsRawFd for Steady {
    fn as_raw_fd(&self) -> std::os::fd::RawFd {
        self.0.as_raw_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::layout;

    fn of(text: &str, at: usize, columns: usize) -> (Vec<String>, (usize, usize)) {
        layout("  ", &text.chars().collect::<Vec<_>>(), at, columns)
    }

    #[test]
    fn a_line_is_broken_before_the_edge_and_the_cursor_stays_in_it() {
        assert_eq!(of("abc", 3, 80), (vec!["  abc".to_owned()], (0, 5)));
        assert_eq!(of("abc", 1, 80).1, (0, 3));
        let (lines, cursor) = of(&"x".repeat(20), 20, 11);
        assert_eq!(lines.iter().map(String::len).collect::<Vec<_>>(), [10, 10, 2]);
        assert_eq!(cursor, (2, 2));
        assert!(lines.iter().all(|line| line.len() < 11));
    }

    #[test]
    fn wide_characters_take_two_columns() {
        let (lines, cursor) = of("日本語", 3, 9);
        assert_eq!(lines, ["  日本語"]);
        assert_eq!(cursor, (0, 8));
        assert_eq!(of("日本語日", 4, 9).0, ["  日本語", "日"]);
    }
}
