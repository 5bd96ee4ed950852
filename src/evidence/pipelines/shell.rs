//! A shell script enters; its commands leave as words, each with what joins it to the next one.

/// Longer scripts are cut off here, in bytes.
const MAX_SCRIPT: usize = 256 * 1024;

/// More commands than these are not read from one script.
const MAX_COMMANDS: usize = 4_000;

/// Words after these are not read: they are arguments and no program.
const MAX_WORDS: usize = 100;

/// What stands between a command and the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joint {
    /// A line end or `;`.
    Then,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `|`
    Pipe,
}

/// One command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    /// Its words, without quotes.
    pub(super) words: Vec<String>,
    /// What comes after it.
    pub(super) then: Joint,
}

/// Reads a script. Expressions of a CI system (`${{ … }}`) become one word, here-documents and comments are passed over.
pub(super) fn commands(script: &str) -> Vec<Command> {
    let mut end = script.len().min(MAX_SCRIPT);
    while !script.is_char_boundary(end) {
        end -= 1;
    }
    let script = without_expressions(script.get(..end).unwrap_or_default());
    let mut reader = Reader::default();
    let mut here: Vec<String> = Vec::new();
    let mut rest = script.as_str();
    while !rest.is_empty() && reader.commands.len() < MAX_COMMANDS {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        rest = after;
        if let Some(end) = here.first() {
            if line.trim() == end {
                here.remove(0);
            }
            continue;
        }
        here = reader.line(line.trim_end_matches('\r'));
    }
    reader.finish(Joint::Then);
    reader.commands
}

/// Takes out `${{ … }}`, whose operators are not the shell's.
fn without_expressions(script: &str) -> String {
    let mut out = String::with_capacity(script.len());
    let mut rest = script;
    while let Some(at) = rest.find("${{") {
        out.push_str(rest.get(..at).unwrap_or_default());
        out.push_str("EXPRESSION");
        let after = rest.get(at..).unwrap_or_default();
        rest = after.find("}}").and_then(|end| after.get(end + 2..)).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

#[derive(Default)]
struct Reader {
    commands: Vec<Command>,
    words: Vec<String>,
    word: String,
    in_word: bool,
    quote: Option<char>,
}

impl Reader {
    fn end_word(&mut self) {
        if self.in_word {
            self.words.push(std::mem::take(&mut self.word));
            self.in_word = false;
        }
    }

    fn finish(&mut self, then: Joint) {
        self.end_word();
        if !self.words.is_empty() {
            self.words.truncate(MAX_WORDS);
            self.commands.push(Command { words: std::mem::take(&mut self.words), then });
        } else if let (Some(last), Joint::Or | Joint::And | Joint::Pipe) = (self.commands.last_mut(), then) {
            // `test) || true`: the joint belongs to the command before the bracket.
            last.then = then;
        }
    }

    fn push(&mut self, c: char) {
        self.word.push(c);
        self.in_word = true;
    }

    /// Reads one line; the ends of the here-documents that begin on it leave.
    fn line(&mut self, line: &str) -> Vec<String> {
        let mut here = Vec::new();
        let mut chars = line.chars().peekable();
        let mut nested = 0_usize;
        while let Some(c) = chars.next() {
            if let Some(quote) = self.quote {
                match c {
                    '\\' if quote == '"' => {
                        if let Some(next) = chars.next() {
                            self.push(next);
                        }
                    }
                    c if c == quote => self.quote = None,
                    c => self.push(c),
                }
                continue;
            }
            if nested > 0 {
                match c {
                    '(' => nested += 1,
                    ')' => nested -= 1,
                    _ => {}
                }
                self.push(c);
                continue;
            }
            match c {
                '\'' | '"' => {
                    self.quote = Some(c);
                    self.in_word = true;
                }
                '\\' => match chars.next() {
                    Some(next) => self.push(next),
                    // The line goes on below.
                    None => {
                        self.end_word();
                        return here;
                    }
                },
                '$' if chars.peek() == Some(&'(') => {
                    self.push(c);
                    nested = 1;
                    chars.next();
                    self.push('(');
                }
                '#' if !self.in_word => break,
                ' ' | '\t' => self.end_word(),
                ';' => self.finish(Joint::Then),
                '(' | ')' => self.finish(Joint::Then),
                '&' if chars.peek() == Some(&'&') => {
                    chars.next();
                    self.finish(Joint::And);
                }
                '&' if chars.peek() == Some(&'>') || self.word.ends_with('>') => self.push(c),
                '&' => self.finish(Joint::Then),
                '|' if chars.peek() == Some(&'|') => {
                    chars.next();
                    self.finish(Joint::Or);
                }
                '|' => self.finish(Joint::Pipe),
                '<' if chars.peek() == Some(&'<') => {
                    chars.next();
                    let rest: String = chars.clone().collect();
                    if !rest.starts_with('<') {
                        let end = rest.trim_start_matches(['-', '~', ' ']);
                        let end: String = end
                            .chars()
                            .take_while(|c| !c.is_whitespace() && !matches!(c, ';' | '|' | '&' | '>' | ')'))
                            .collect();
                        here.push(end.trim_matches(['"', '\'', '\\']).to_owned());
                    }
                    self.push_all("<<");
                }
                c => self.push(c),
            }
        }
        if self.quote.is_some() {
            self.push('\n');
        } else {
            self.finish_line();
        }
        here
    }

    fn push_all(&mut self, text: &str) {
        text.chars().for_each(|c| self.push(c));
    }

    /// A line end after `&&`, `||` or `|` does not end anything, because nothing has begun.
    fn finish_line(&mut self) {
        self.finish(Joint::Then);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(script: &str) -> Vec<String> {
        commands(script).iter().map(|c| c.words.join(" ")).collect()
    }

    #[test]
    fn commands_are_parted_as_a_shell_does() {
        assert_eq!(
            words("cd a && pytest -q; echo \"pytest; rm\" # pytest\nmake \\\n  test 2>&1 | tee log"),
            ["cd a", "pytest -q", "echo pytest; rm", "make test 2>&1", "tee log"]
        );
        assert_eq!(words("cat <<'EOF' > x\npytest\nEOF\nls"), ["cat <<EOF > x", "ls"]);
        assert_eq!(words("sh -c 'a && b'"), ["sh -c a && b"]);
        assert_eq!(words("echo $(pytest && x) ${{ a || b }}"), ["echo $(pytest && x) EXPRESSION"]);
    }

    #[test]
    fn joints_are_kept() {
        let found = commands("pytest || true\n(make test) || exit 0\na &&\nb");
        assert_eq!(found[0].then, Joint::Or);
        assert_eq!(found[2].words, ["make", "test"]);
        assert_eq!(found[2].then, Joint::Or);
        assert_eq!(found[4].then, Joint::And);
    }
}
