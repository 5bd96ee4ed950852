//! Values enter, YAML text leaves that every reader reads back as the same values. For what aipp writes; nothing is read here.

use serde_json::Value;

/// A text as a YAML scalar: plain where that is safe in every place (also inside braces), else in double quotes with escapes.
#[must_use]
pub fn scalar(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // What YAML does not print, what ends a line for some readers, and what a reader takes for a byte order mark.
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') => {
                out.push_str(&format!("\\u{:04X}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Whether a text needs no quotes: words that nothing takes for a number, a truth value or a part of the syntax. A day is one too.
fn is_plain(text: &str) -> bool {
    const WORDS: &[&str] = &["true", "false", "yes", "no", "on", "off", "y", "n", "null", "nan", "inf"];
    let day = text.len() == 10
        && text.bytes().enumerate().all(|(i, b)| if matches!(i, 4 | 7) { b == b'-' } else { b.is_ascii_digit() });
    // A number with a word or a per cent sign behind it is no number to any reader.
    let quantity = text.starts_with(|c: char| c.is_ascii_digit()) && (text.contains(' ') || text.ends_with('%'));
    let begins = quantity || text.starts_with(|c: char| c.is_alphabetic());
    let ends = !text.ends_with(' ');
    let inside =
        text.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '/' | '(' | ')' | '%'));
    day || (begins && ends && inside && !WORDS.contains(&text.to_lowercase().as_str()))
}

/// A map as block text, one key a line; lists and maps inside it in braces. Empty lists and nulls are left out.
#[must_use]
pub fn block(map: &serde_json::Map<String, Value>) -> String {
    let mut out = String::new();
    for (key, value) in map {
        let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if !empty {
            out.push_str(&format!("{}: {}\n", scalar(key), flow(value)));
        }
    }
    out
}

fn flow(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => match number.as_f64() {
            // 11 minutes were measured, not 11.0.
            Some(n) if n.fract() == 0.0 && n.abs() < 1e15 => format!("{n:.0}"),
            _ => number.to_string(),
        },
        Value::String(text) => scalar(text),
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let entries: Vec<String> =
                map.iter().filter(|(_, v)| !v.is_null()).map(|(k, v)| format!("{}: {}", scalar(k), flow(v))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::source::{Document, Format, Source};

    fn read(text: &str) -> Value {
        Document::parse(Arc::new(Source::new("x.yaml", text)), Format::Yaml).unwrap().value
    }

    #[test]
    fn words_and_days_stay_as_they_are_and_everything_else_is_quoted() {
        for plain in
            ["M. Okafor", "2026-07-24", "kill-switch", "docs/rollback.md", "12 min", "4.2%", "Überweisung prüfen"]
        {
            assert_eq!(scalar(plain), plain);
        }
        for quoted in
            ["", "no", "Yes", "12", "1.5", "a: b", "a #b", "- x", "@dana", "a, b", "{", "x ", "=1", "~", "1e3"]
        {
            assert!(scalar(quoted).starts_with('"'), "{quoted:?}");
        }
        assert_eq!(scalar("a\n\"b\"\u{1b}[0m"), "\"a\\n\\\"b\\\"\\u001B[0m\"");
    }

    #[test]
    fn a_record_reads_as_a_person_would_write_it() {
        let record = serde_json::json!({
            "date": "2026-07-24", "minutes": 11.0, "share": 0.5, "participants": ["A. Silva"], "covers": [], "note": null,
            "actions": [{ "what": "Page sooner", "done": false }], "passed": true
        });
        assert_eq!(
            block(record.as_object().unwrap()),
            "date: 2026-07-24\nminutes: 11\nshare: 0.5\nparticipants: [A. Silva]\nactions: [{ what: Page sooner, done: false }]\npassed: true\n"
        );
    }

    proptest! {
        #[test]
        fn any_text_reads_back_as_it_was(text in "\\PC{0,40}|[\\s\\S]{0,40}|[-?:,\\[\\]{}#&*!|>'\"%@` 0-9a-fox.~=]{0,12}") {
            let value = serde_json::json!({ "a": text, "b": [text, { "c": text }] });
            prop_assert_eq!(read(&block(value.as_object().unwrap())), value);
        }
    }
}
