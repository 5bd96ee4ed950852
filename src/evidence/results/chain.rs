//! Records with `prev_hash` and `hash` enter, as the lines of a file; whether their chain holds leaves.
//!
//! A record's own hash is recomputed when the log hashes as most do: SHA-256 over the record as JSON without `hash`. Keys may be
//! sorted or as written, separators with or without blanks, letters beyond ASCII escaped or not (Python escapes them). As soon as
//! one record recomputes, all must: then the way is known, and a record that does not was changed.

use sha2::{Digest, Sha256};

use super::dataset::hex;

/// A JSON value whose numbers keep the digits they were written with, because a hash is over digits and not over numbers.
#[derive(Debug)]
enum Raw<'t> {
    Plain(&'t str),
    Text(String),
    List(Vec<Raw<'t>>),
    Map(Vec<(String, Raw<'t>)>),
}

/// A way to write a record before it is hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Way {
    sorted: bool,
    blanks: bool,
    ascii: bool,
}

/// Every way, the usual one first.
fn ways() -> impl Iterator<Item = Way> {
    [true, false].into_iter().flat_map(|sorted| {
        [false, true]
            .into_iter()
            .flat_map(move |blanks| [true, false].into_iter().map(move |ascii| Way { sorted, blanks, ascii }))
    })
}

/// One link: the line, its `prev_hash` and its `hash`.
#[derive(Debug)]
pub(super) struct Link<'t> {
    pub(super) line: &'t str,
    pub(super) previous: Option<String>,
    pub(super) hash: Option<String>,
}

/// Whether every record has a hash, names that of the record before it, and (when the way is known) its own recomputes.
pub(super) fn verifies(links: &[Link<'_>]) -> bool {
    if links.is_empty() || links.iter().any(|link| link.hash.is_none()) {
        return false;
    }
    let bare = |hash: &Option<String>| hash.as_deref().map(bare);
    let linked = links.windows(2).all(|pair| match pair {
        [before, link] => bare(&link.previous) == bare(&before.hash),
        _ => true,
    });
    if !linked {
        return false;
    }
    let mut known: Option<Way> = None;
    let mut recomputed = 0;
    for link in links {
        let Some((record, hash)) = Raw::parse(link.line).zip(bare(&link.hash)) else { return false };
        let is = |way: &Way| hex(&Sha256::digest(record.write(*way).as_bytes())) == hash;
        match known.filter(is).or_else(|| ways().find(is)) {
            Some(way) => {
                known = Some(way);
                recomputed += 1;
            }
            None if known.is_some() => return false,
            None => {}
        }
    }
    // The first records failed before the way was known.
    recomputed == 0 || recomputed == links.len()
}

/// A hash without its prefix, in lower case.
fn bare(hash: &str) -> String {
    let hash = hash.trim().to_ascii_lowercase();
    hash.strip_prefix("sha256:").map_or(hash.clone(), str::to_owned)
}

impl<'t> Raw<'t> {
    /// Reads a line that is known to be JSON.
    fn parse(line: &'t str) -> Option<Self> {
        let mut rest = line.trim();
        let value = Self::value(&mut rest, 0)?;
        rest.trim().is_empty().then_some(value)
    }

    fn value(rest: &mut &'t str, depth: usize) -> Option<Self> {
        *rest = rest.trim_start();
        if depth > 128 {
            return None;
        }
        match rest.chars().next()? {
            '"' => Some(Self::Text(text(rest)?)),
            '{' => {
                *rest = rest.get(1..)?;
                let mut map = Vec::new();
                loop {
                    *rest = rest.trim_start();
                    if let Some(after) = rest.strip_prefix('}') {
                        *rest = after;
                        return Some(Self::Map(map));
                    }
                    *rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
                    let key = text(rest)?;
                    *rest = rest.trim_start().strip_prefix(':')?;
                    map.push((key, Self::value(rest, depth + 1)?));
                }
            }
            '[' => {
                *rest = rest.get(1..)?;
                let mut list = Vec::new();
                loop {
                    *rest = rest.trim_start();
                    if let Some(after) = rest.strip_prefix(']') {
                        *rest = after;
                        return Some(Self::List(list));
                    }
                    *rest = rest.strip_prefix(',').unwrap_or(rest);
                    list.push(Self::value(rest, depth + 1)?);
                }
            }
            _ => {
                let end = rest.find([',', '}', ']', ' ', '\t', '\n', '\r']).unwrap_or(rest.len());
                let (plain, after) = rest.split_at_checked(end)?;
                *rest = after;
                (!plain.is_empty()).then_some(Self::Plain(plain))
            }
        }
    }

    /// The record as it was before it was hashed.
    fn write(&self, way: Way) -> String {
        let mut out = String::new();
        match self {
            Self::Map(map) => {
                let unhashed: Vec<&(String, Self)> = map.iter().filter(|(key, _)| key != "hash").collect();
                Self::write_map(unhashed, way, &mut out);
            }
            other => other.write_to(way, &mut out),
        }
        out
    }

    fn write_map(mut entries: Vec<&(String, Self)>, way: Way, out: &mut String) {
        if way.sorted {
            entries.sort_by(|a, b| a.0.cmp(&b.0));
        }
        out.push('{');
        for (number, (key, value)) in entries.into_iter().enumerate() {
            if number > 0 {
                out.push_str(if way.blanks { ", " } else { "," });
            }
            write_text(key, way.ascii, out);
            out.push_str(if way.blanks { ": " } else { ":" });
            value.write_to(way, out);
        }
        out.push('}');
    }

    fn write_to(&self, way: Way, out: &mut String) {
        match self {
            Self::Plain(plain) => out.push_str(plain),
            Self::Text(text) => write_text(text, way.ascii, out),
            Self::List(items) => {
                out.push('[');
                for (number, item) in items.iter().enumerate() {
                    if number > 0 {
                        out.push_str(if way.blanks { ", " } else { "," });
                    }
                    item.write_to(way, out);
                }
                out.push(']');
            }
            Self::Map(map) => Self::write_map(map.iter().collect(), way, out),
        }
    }
}

/// Takes a text in quotation marks from the front.
fn text(rest: &mut &str) -> Option<String> {
    let bytes = rest.as_bytes();
    let mut at = 1;
    loop {
        match bytes.get(at)? {
            b'\\' => at += 2,
            b'"' => break,
            _ => at += 1,
        }
    }
    let (quoted, after) = rest.split_at_checked(at + 1)?;
    *rest = after;
    serde_json::from_str(quoted).ok()
}

fn write_text(text: &str, ascii: bool, out: &mut String) {
    use std::fmt::Write as _;
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if u32::from(c) < 0x20 || (ascii && u32::from(c) > 0x7e) => {
                let mut units = [0_u16; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    fn write(line: &str, sorted: bool, blanks: bool, ascii: bool) -> String {
        Raw::parse(line).unwrap().write(Way { sorted, blanks, ascii })
    }

    #[test]
    fn a_record_is_written_as_python_and_javascript_write_it() {
        let line = r#"{"b": [1e-05, 1.0, {"z": null, "a": true}], "a": "Zürich \ud83d\ude00 \"q\"\n", "hash": "x"}"#;
        assert_eq!(
            write(line, true, false, true),
            r#"{"a":"Z\u00fcrich \ud83d\ude00 \"q\"\n","b":[1e-05,1.0,{"a":true,"z":null}]}"#
        );
        assert_eq!(
            write(line, false, true, false),
            "{\"b\": [1e-05, 1.0, {\"z\": null, \"a\": true}], \"a\": \"Zürich 😀 \\\"q\\\"\\n\"}"
        );
        for line in ["", "{", "{\"a\"", "{\"a\":", "[1,", "\"a", "{\"a\": \"\\", "é", "{a}", "]"] {
            let _ = Raw::parse(line);
        }
    }
}
