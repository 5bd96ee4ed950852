//! A view enters; one JSON document leaves, with a line end.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use serde::Serialize;

use super::{Explanation, View};
use crate::assess::CheckInfo;
use crate::checklist::Check;
use crate::diagnostic::{Look, acts};

pub(super) fn write(view: &View<'_>, _: &Look, out: &mut dyn Write) -> io::Result<()> {
    match view {
        View::Assessment { of, .. } | View::Gate { of, .. } => print(of, out),
        View::Explanation(explanation) => print(&Explained::of(explanation), out),
        View::Evidence { of, .. } => print(of, out),
        View::Diff { of, .. } => print(of, out),
        View::Verification(of) => print(of, out),
        View::Report { of, .. } => print(of, out),
        View::Policy(policy) => print(&super::policy::Shown::of(policy), out),
        View::Written(receipt) => print(receipt, out),
        View::Scaffold { of, .. } => print(of, out),
        View::Plan { of, .. } => print(of, out),
        View::Metrics { of, .. } => print(of, out),
        View::Rows { of, .. } => print(of, out),
        View::Trail { of, .. } => print(of, out),
        View::Kept(of) => print(of, out),
        View::Export(of) => print(of, out),
        View::Catalogue(checks) => print(&Listed { format_version: 1, kind: "catalogue", checks }, out),
    }
}

/// Writes a value. Whoever reads it reads what it is; nothing in it acts on a terminal or in a log on the way.
pub(super) fn print<T: Serialize>(value: &T, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(quiet(&serde_json::to_string_pretty(value)?).as_bytes())?;
    out.write_all(b"\n")
}

/// JSON in which the characters that act are escaped, and the second of two number signs: both can only stand in a string, and
/// `##[add-mask]` is a command to a build server wherever it stands in a line of a log.
fn quiet(json: &str) -> Cow<'_, str> {
    let loud = |c: char| c != '\n' && acts(c);
    if !json.contains(loud) && !json.contains("##") {
        return Cow::Borrowed(json);
    }
    let mut text = String::with_capacity(json.len() + 64);
    let mut before = ' ';
    for c in json.chars() {
        if loud(c) || (c == '#' && before == '#') {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        } else {
            text.push(c);
        }
        before = c;
    }
    Cow::Owned(text)
}

#[derive(Serialize)]
struct Listed<'a> {
    format_version: u32,
    kind: &'static str,
    checks: &'a [&'a Check],
}

#[derive(Serialize)]
struct Explained<'a> {
    format_version: u32,
    kind: &'static str,
    check: &'a Check,
    standing: Option<&'a CheckInfo>,
}

impl<'a> Explained<'a> {
    fn of(explanation: &'a Explanation<'a>) -> Self {
        Self { format_version: 1, kind: "explanation", check: explanation.check, standing: explanation.info() }
    }
}

#[cfg(test)]
mod tests {
    use super::quiet;

    #[test]
    fn what_is_escaped_reads_back_as_it_was() {
        let value = serde_json::json!({ "a ##[b]": "\u{1b}[31m ###x \u{202e} \u{9b} \\##" });
        let pretty = serde_json::to_string_pretty(&value).expect("it is JSON");
        let text = quiet(&pretty);
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{9b}']) && !text.contains("##"), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).expect("it is JSON"), value);
    }
}
