//! A value and the syntax of the document it goes into enter; text that cannot break out of its place leaves.

use std::fmt::Write as _;

use crate::diagnostic::visible;

/// The syntax of a document, by the ending of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// Markdown.
    Markdown,
    /// YAML, JSON, JavaScript and Rego: a text is written as a quoted literal, which all four read alike.
    Literal,
    /// A cell of a table of comma-separated values.
    Csv,
    /// A line of CODEOWNERS.
    Owners,
    /// A path.
    Path,
}

impl Syntax {
    /// The syntax of a file.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("codeowners") {
            return Some(Self::Owners);
        }
        match name.rsplit_once('.')?.1 {
            "md" => Some(Self::Markdown),
            "yaml" | "yml" | "json" | "js" | "rego" => Some(Self::Literal),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }

    /// A text, escaped for this syntax; it stays on one line.
    #[must_use]
    pub fn escape(self, text: &str) -> String {
        match self {
            Self::Markdown => markdown(text),
            Self::Literal => literal(text),
            Self::Csv => cell(text),
            Self::Owners => text.chars().filter(|c| c.is_ascii_alphanumeric() || "@/._-+".contains(*c)).collect(),
            Self::Path => text.to_owned(),
        }
    }
}

/// What a manifest says, as a template may use it: on one line, without control characters and directional overrides, and without
/// what Prometheus, GitHub and template engines would evaluate (`{{ … }}`, `${{ … }}`).
#[must_use]
pub(super) fn harmless(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut out = visible(&words.join(" ")).into_owned();
    // Twice, because `{{{` leaves a pair behind.
    for _ in 0..2 {
        out = out.replace("{{", "{ {").replace("}}", "} }").replace("{%", "{ %").replace("%}", "% }");
    }
    out
}

fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// A literal in double quotes. What is no plain character is written as an escape that JSON, YAML, JavaScript and Rego know.
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A cell. A spreadsheet would compute what begins like a formula.
fn cell(text: &str) -> String {
    let text = visible(text).into_owned();
    let text = if text.starts_with(['=', '+', '-', '@', '\t', '#']) { format!("'{text}") } else { text };
    if text.contains([',', ';', '"']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// A span of code in Markdown: as many backticks around it as it needs.
#[must_use]
pub(super) fn code(text: &str) -> String {
    let text = visible(text).replace('|', "\\|");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A name as a part of a path: lower-case letters, digits and hyphens; never empty.
#[must_use]
pub(super) fn slug(text: &str) -> String {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let slug: String = words.join("-").chars().take(60).collect();
    let slug = slug.trim_matches('-').to_owned();
    if slug.is_empty() { "item".to_owned() } else { slug }
}

/// A name as an identifier of an alert: `quality-score` becomes `QualityScore`.
#[must_use]
pub(super) fn camel(text: &str) -> String {
    slug(text)
        .split('-')
        .map(|word| {
            word.get(..1).map_or(String::new(), |first| first.to_uppercase() + word.get(1..).unwrap_or_default())
        })
        .collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_literal_is_read_back_by_json_and_yaml(text in any::<String>()) {
            let text = harmless(&text);
            let literal = Syntax::Literal.escape(&text);
            prop_assert!(!literal.contains(['\n', '\r']));
            prop_assert_eq!(&serde_json::from_str::<String>(&literal).unwrap(), &text);
            let document = crate::manifest::read_document("x.yaml", format!("a: {literal}\n").into_bytes());
            let document = document.unwrap();
            prop_assert_eq!(document.value["a"].as_str().unwrap(), &text);
        }

        #[test]
        fn nothing_that_is_evaluated_is_left(text in any::<String>(), hostile in "[{}%$ a]{0,12}") {
            let out = harmless(&format!("{text}{hostile}"));
            for sign in ["{{", "}}", "{%", "%}", "\n", "\r"] {
                prop_assert!(!out.contains(sign), "{out:?}");
            }
        }

        #[test]
        fn a_cell_is_read_back_as_one_cell(text in any::<String>()) {
            let line = format!("x,{},y\n", Syntax::Csv.escape(&harmless(&text)));
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line.as_bytes());
            let row = reader.records().next().unwrap().unwrap();
            prop_assert_eq!(row.len(), 3);
            prop_assert!(!row[1].starts_with(['=', '+', '-', '@']));
        }

        #[test]
        fn slugs_are_plain(text in any::<String>()) {
            let slug = slug(&text);
            prop_assert!(!slug.is_empty() && slug.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'));
            prop_assert!(camel(&text).chars().all(|c| c.is_ascii_alphanumeric()));
        }
    }

    #[test]
    fn markdown_neither_links_nor_runs_anything() {
        assert_eq!(
            Syntax::Markdown.escape("<script>x</script> [a](http://b) | `c` <!-- aipp"),
            "&lt;script&gt;x&lt;/script&gt; \\[a\\](http://b) \\| \\`c\\` &lt;\\!-- aipp"
        );
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(Syntax::Owners.escape("@a b\n* @evil"), "@ab@evil");
    }
}
