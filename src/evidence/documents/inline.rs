//! A line of a document enters; the line without its markup, or the targets of its links, leave.

/// A heading without its markup: links keep their words.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = without_tags(text);
    while let Some((before, after)) = rest.split_once("](") {
        let label =
            before.rsplit_once('[').map_or(before.to_owned(), |(a, b)| format!("{}{b}", a.trim_end_matches('!')));
        out.push_str(&label);
        rest = after.split_once(')').map(|(_, r)| r.to_owned()).unwrap_or_default();
    }
    out.push_str(&rest);
    out.replace(['`', '*'], "").trim().trim_matches('_').trim().to_owned()
}

/// A line without `code`.
pub(super) fn without_inline_code(line: &str) -> String {
    if !line.contains('`') {
        return line.to_owned();
    }
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        let ticks = rest.get(start..).unwrap_or_default().chars().take_while(|c| *c == '`').count();
        let fence = "`".repeat(ticks);
        let (before, after) = (rest.get(..start).unwrap_or_default(), rest.get(start + ticks..).unwrap_or_default());
        out.push_str(before);
        match after.find(&fence) {
            // reStructuredText writes links between single backticks: what looks like one is kept.
            Some(end) if after.get(..end).is_some_and(|code| code.contains(" <") && code.ends_with('>')) => {
                out.push_str(&format!("`{}`", after.get(..end).unwrap_or_default()));
                rest = after.get(end + ticks..).unwrap_or_default();
            }
            Some(end) => rest = after.get(end + ticks..).unwrap_or_default(),
            None => {
                rest = after;
                break;
            }
        }
    }
    out.push_str(rest);
    out
}

/// A line without HTML tags; `<` before a blank or a digit is a sign.
pub(super) fn without_tags(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        let is_tag = after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        match after.split_once('>').filter(|_| is_tag) {
            Some((_, next)) => {
                out.push(' ');
                rest = next;
            }
            None => {
                out.push('<');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// What stands before the parenthesis that closes; parentheses inside are counted.
pub(super) fn in_parentheses(after: &str) -> &str {
    let mut depth = 0_usize;
    for (at, c) in after.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => return after.get(..at).unwrap_or_default(),
            ')' => depth -= 1,
            _ => {}
        }
    }
    ""
}

/// The path of a link to a file of the repository; none for addresses, anchors and templates.
pub(super) fn relative_target(target: &str) -> Option<String> {
    let target = target.trim();
    let target = match target.strip_prefix('<') {
        Some(inside) => inside.split('>').next().unwrap_or_default(),
        None => target.split_whitespace().next().unwrap_or_default(),
    };
    let path = target.split(['#', '?']).next().unwrap_or_default();
    let scheme = path
        .split_once(':')
        .is_some_and(|(s, _)| !s.is_empty() && s.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c)));
    if path.is_empty() || scheme || path.starts_with("//") || path.contains(['{', '$', '}']) || path.contains('@') {
        return None;
    }
    Some(unescape(path))
}

/// `%20` is a blank.
fn unescape(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
        match (first, tail) {
            (b'%', [a, b, after @ ..]) if hex(*a).is_some() && hex(*b).is_some() => {
                bytes.push(hex(*a).unwrap_or_default() * 16 + hex(*b).unwrap_or_default());
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| path.to_owned())
}
