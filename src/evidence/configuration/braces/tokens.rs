//! The text of a Terraform or Bicep file enters; its tokens leave, each with its line and without comments.

/// More tokens than these are not read from one file.
const MAX_TOKENS: usize = 400_000;

/// Which of the two languages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Hcl,
    Bicep,
}

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Word(String),
    Text(String),
    Mark(char),
    Newline,
}

/// The tokens of a text, each with its line; comments are left out.
pub(super) fn tokens(text: &str, style: Style) -> Vec<(Token, usize)> {
    let mut found = Vec::new();
    let mut line = 1;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if found.len() >= MAX_TOKENS {
            break;
        }
        let mut taken = c.len_utf8();
        match c {
            '\n' => {
                found.push((Token::Newline, line));
                line += 1;
            }
            '#' if style == Style::Hcl => taken = rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("//") => taken = rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => taken = rest.find("*/").map_or(rest.len(), |end| end + 2),
            '<' if style == Style::Hcl && rest.starts_with("<<") => {
                if let Some((content, length)) = here_document(rest) {
                    found.push((Token::Text(content), line));
                    taken = length;
                } else {
                    found.push((Token::Mark(c), line));
                }
            }
            '\'' if style == Style::Bicep && rest.starts_with("'''") => {
                let inner = rest.get(3..).unwrap_or_default();
                let end = inner.find("'''").unwrap_or(inner.len());
                found.push((Token::Text(inner.get(..end).unwrap_or_default().to_owned()), line));
                taken = (end + 6).min(rest.len());
            }
            '"' | '\'' if (c == '"') == (style == Style::Hcl) => {
                let (content, length) = quoted(rest, c);
                found.push((Token::Text(content), line));
                taken = length;
            }
            c if c.is_alphanumeric() || c == '_' => {
                taken =
                    rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))).unwrap_or(rest.len());
                found.push((Token::Word(rest.get(..taken).unwrap_or_default().to_owned()), line));
            }
            c if c.is_whitespace() => {}
            c => found.push((Token::Mark(c), line)),
        }
        if c != '\n' {
            line += rest.get(..taken).unwrap_or_default().matches('\n').count();
        }
        rest = rest.get(taken..).unwrap_or_default();
    }
    found
}

/// The content of a text in quotes and the length with them; `${ … }` inside may hold quotes of its own.
fn quoted(text: &str, quote: char) -> (String, usize) {
    let mut content = String::new();
    let mut depth = 0_usize;
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => {
                if let Some((_, next)) = chars.next() {
                    content.push(match next {
                        'n' => '\n',
                        't' => '\t',
                        other => other,
                    });
                }
                continue;
            }
            '$' if chars.peek().is_some_and(|(_, next)| *next == '{') => depth += 1,
            '}' if depth > 0 => depth -= 1,
            '\n' if depth == 0 => return (content, at),
            c if c == quote && depth == 0 => return (content, at + c.len_utf8()),
            _ => {}
        }
        content.push(c);
    }
    (content, text.len())
}

/// The content of a here-document and the length with its marks.
fn here_document(text: &str) -> Option<(String, usize)> {
    let after = text.get(2..)?;
    let name: String = after.trim_start_matches('-').chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    if name.is_empty() {
        return None;
    }
    let mut length = text.find('\n')? + 1;
    let mut content = String::new();
    for line in text.get(length..)?.split_inclusive('\n') {
        if line.trim() == name {
            // The line end stays: it ends the assignment.
            return Some((content, length + line.trim_end_matches(['\n', '\r']).len()));
        }
        content.push_str(line);
        length += line.len();
    }
    Some((content, text.len()))
}
