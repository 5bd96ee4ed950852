//! The text of a document (Markdown, reStructuredText, AsciiDoc, HTML, Org, plain) enters; headings, words, links and days leave.

use crate::evidence::tree::mark;
use crate::manifest::value::Day;

use super::inline::{in_parentheses, plain, relative_target, without_inline_code, without_tags};
use super::labels::{labelled_alert, labelled_day};
use super::markers;

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    Markdown,
    Rst,
    AsciiDoc,
    Html,
    Org,
    /// A data file that documents something by its keys.
    Data,
}

/// Endings of documents that people read.
pub(super) const PROSE: &[&str] =
    &["md", "markdown", "mdx", "mdown", "rst", "adoc", "asciidoc", "asc", "html", "htm", "org", "txt"];

/// Endings of data files that may be a document of some role.
pub(super) const DATA: &[&str] = &["yaml", "yml", "json", "toml", "csv", "avsc", "proto", "sql"];

impl Syntax {
    pub(super) fn of(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        let ending = name.rsplit_once('.').map(|(_, e)| e.to_lowercase()).unwrap_or_default();
        match ending.as_str() {
            "rst" => Self::Rst,
            "adoc" | "asciidoc" | "asc" => Self::AsciiDoc,
            "html" | "htm" => Self::Html,
            "org" => Self::Org,
            data if DATA.contains(&data) => Self::Data,
            _ => Self::Markdown,
        }
    }
}

/// More of a document than this is not looked at.
const MAX_BYTES: usize = 512 * 1024;

/// At most this much of its words is kept.
pub(super) const MAX_TEXT: usize = 64 * 1024;

/// What a document says.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Markup {
    /// Headings, lower case, without markup.
    pub(super) headings: Vec<String>,
    /// Words, code blocks and front matter left out.
    pub(super) words: usize,
    /// Its words in lower case, at most [`MAX_TEXT`] bytes.
    pub(super) text: String,
    /// Relative links.
    pub(super) links: Vec<String>,
    /// Template markers that are left in it.
    pub(super) markers: usize,
    /// It carries the mark of a scaffold.
    pub(super) unfinished: bool,
    /// The newest day in it that says when it was written or reviewed.
    pub(super) day: Option<Day>,
    /// The alert it is for, when it says so.
    pub(super) alert: Option<String>,
}

/// The longest prefix of at most so many bytes.
pub(super) fn prefix(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

impl Markup {
    /// Reads a document.
    pub(super) fn read(text: &str, syntax: Syntax) -> Self {
        let text = prefix(text.strip_prefix('\u{feff}').unwrap_or(text), MAX_BYTES);
        let mut reader = Reader {
            markup: Self { unfinished: mark(text).is_some(), ..Self::default() },
            syntax,
            prose: String::new(),
        };
        let (front, body) = front_matter(text);
        for (key, value) in front {
            reader.key(&key, value);
        }
        if syntax == Syntax::Data {
            reader.data(body);
        } else {
            let body = without_comments(body, syntax);
            reader.body(&body);
        }
        reader.finish()
    }
}

/// The keys of the front matter (YAML between `---`, TOML between `+++`), and what follows it.
fn front_matter(text: &str) -> (Vec<(String, &str)>, &str) {
    let fence = match text.lines().next().map(str::trim_end) {
        Some("---") => "---",
        Some("+++") => "+++",
        _ => return (Vec::new(), text),
    };
    let mut keys = Vec::new();
    let mut at = text.find('\n').map_or(text.len(), |i| i + 1);
    // Without an end within a page it is no front matter, but a rule at the top.
    for _ in 0..200 {
        let rest = text.get(at..).unwrap_or_default();
        if rest.is_empty() {
            break;
        }
        let line = rest.lines().next().unwrap_or_default();
        at += rest.find('\n').map_or(rest.len(), |i| i + 1);
        let trimmed = line.trim_end();
        if trimmed == fence || (fence == "---" && trimmed == "...") {
            return (keys, text.get(at..).unwrap_or_default());
        }
        if let Some((key, value)) = line.split_once(if fence == "---" { ':' } else { '=' })
            && !line.starts_with([' ', '\t', '#', '-'])
        {
            keys.push((key.trim().to_lowercase().replace(['-', ' '], "_"), value.trim().trim_matches(['"', '\''])));
        }
    }
    (Vec::new(), text)
}

/// A text without its HTML comments; lines stay where they are.
fn without_comments(text: &str, syntax: Syntax) -> String {
    if !matches!(syntax, Syntax::Markdown | Syntax::Html) || !text.contains("<!--") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<!--") {
        out.push_str(before);
        let (comment, next) = after.split_once("-->").unwrap_or((after, ""));
        out.extend(comment.chars().filter(|c| *c == '\n'));
        rest = next;
    }
    out.push_str(rest);
    out
}

struct Reader {
    markup: Markup,
    syntax: Syntax,
    prose: String,
}

/// Where a block of code ends.
enum Code {
    /// At a line that begins with this.
    Fence(String),
    /// At the first line that is not indented deeper.
    Indented(usize),
}

impl Reader {
    /// A key of the front matter, or of an AsciiDoc or Org header.
    fn key(&mut self, key: &str, value: &str) {
        const DAYS: &[&str] = &[
            "date",
            "reviewed",
            "last_reviewed",
            "reviewed_on",
            "last_review",
            "review_date",
            "updated",
            "last_updated",
            "updated_on",
            "lastmod",
            "last_modified",
            "modified",
            "revdate",
            "approved_on",
            "approved",
        ];
        if DAYS.contains(&key) {
            let value = value.trim().trim_start_matches(['<', '[']);
            self.markup.day = self.markup.day.max(value.get(..10).and_then(Day::parse));
        } else if matches!(key, "alert" | "alerts" | "alertname" | "alert_name") {
            self.alert(value);
        }
    }

    fn alert(&mut self, value: &str) {
        let name = value.split([',', '(']).next().unwrap_or_default();
        let name = name.trim().trim_matches(|c: char| !c.is_alphanumeric());
        if self.markup.alert.is_none() && !name.is_empty() && name.split_whitespace().count() <= 4 {
            self.markup.alert = Some(name.to_owned());
        }
    }

    fn heading(&mut self, text: &str) {
        let words = plain(text).to_lowercase();
        let words: Vec<&str> = words.split_whitespace().collect();
        if !words.is_empty() {
            self.markup.headings.push(words.join(" "));
        }
    }

    /// A data file: its keys at the top are its headings, its words are its words.
    fn data(&mut self, text: &str) {
        for line in text.lines() {
            let json = line.strip_prefix("  \"").and_then(|l| l.split_once("\":")).map(|(key, _)| key);
            let yaml = line.split_once(':').map(|(key, _)| key).filter(|key| {
                !key.is_empty()
                    && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' ' | '.'))
                    && !key.starts_with([' ', '-'])
            });
            if let Some(key) = json.or(yaml) {
                self.heading(&key.replace(['_', '-'], " "));
            }
            let comment = line.trim_start().starts_with(['#', '/']);
            self.markup.markers += if comment { 0 } else { markers::count(line) };
            self.prose.push_str(line);
            self.prose.push('\n');
        }
    }

    fn body(&mut self, text: &str) {
        let lines: Vec<&str> = text.lines().collect();
        let mut code: Option<Code> = None;
        for (i, line) in lines.iter().enumerate() {
            if let Some(block) = &code {
                match block {
                    Code::Fence(end) => {
                        if line.trim_start().to_lowercase().starts_with(end.as_str()) {
                            code = None;
                        }
                        continue;
                    }
                    Code::Indented(depth) => {
                        if line.trim().is_empty() || indent(line) > *depth {
                            continue;
                        }
                    }
                }
            }
            code = self.begins_code(line);
            match &code {
                Some(Code::Fence(_)) => continue,
                Some(Code::Indented(_)) if line.trim_start().starts_with("..") => continue,
                _ => {}
            }
            let previous = i.checked_sub(1).and_then(|p| lines.get(p)).copied().unwrap_or_default();
            let next = lines.get(i + 1).copied().unwrap_or_default();
            self.line(line, previous, next);
        }
        if self.syntax == Syntax::Html || text.contains("<h") {
            self.html_headings(text);
        }
    }

    /// Whether a line begins a block of code.
    fn begins_code(&self, line: &str) -> Option<Code> {
        let trimmed = line.trim_start();
        let lower = trimmed.to_lowercase();
        let fence = |end: &str| Some(Code::Fence(end.to_owned()));
        match self.syntax {
            Syntax::Markdown if trimmed.starts_with("```") => fence("```"),
            Syntax::Markdown if trimmed.starts_with("~~~") => fence("~~~"),
            Syntax::AsciiDoc if trimmed.trim_end() == "----" => fence("----"),
            Syntax::AsciiDoc if trimmed.trim_end() == "...." => fence("...."),
            Syntax::Org if lower.starts_with("#+begin_") => fence("#+end_"),
            Syntax::Html | Syntax::Markdown if lower.starts_with("<pre") && !lower.contains("</pre") => fence("</pre"),
            Syntax::Html if lower.starts_with("<script") && !lower.contains("</script") => fence("</script"),
            Syntax::Html if lower.starts_with("<style") && !lower.contains("</style") => fence("</style"),
            Syntax::Rst if lower.starts_with(".. code") || lower.starts_with(".. literalinclude") => {
                Some(Code::Indented(indent(line)))
            }
            Syntax::Rst if trimmed.trim_end().ends_with("::") && !trimmed.starts_with("..") => {
                Some(Code::Indented(indent(line)))
            }
            _ => None,
        }
    }

    fn line(&mut self, line: &str, previous: &str, next: &str) {
        let trimmed = line.trim();
        match self.syntax {
            Syntax::Markdown => {
                if let Some(heading) = atx(line) {
                    self.heading(heading);
                } else if is_underline(next, &['=', '-']) && is_title(trimmed) && !trimmed.starts_with('|') {
                    self.heading(trimmed);
                }
            }
            Syntax::Rst => {
                let long = next.trim_end().chars().count() >= trimmed.chars().count();
                if is_underline(next, RST_LINES) && long && is_title(trimmed) && !is_underline(line, RST_LINES) {
                    self.heading(trimmed);
                }
            }
            Syntax::AsciiDoc => {
                if let Some((marks, heading)) = line.split_once(' ')
                    && (1..=6).contains(&marks.len())
                    && (marks.chars().all(|c| c == '=') || marks.chars().all(|c| c == '#'))
                {
                    self.heading(heading);
                } else if let Some((key, value)) = line.strip_prefix(':').and_then(|l| l.split_once(": ")) {
                    self.key(&key.to_lowercase(), value);
                }
            }
            Syntax::Org => {
                if let Some((marks, heading)) = line.split_once(' ')
                    && !marks.is_empty()
                    && marks.chars().all(|c| c == '*')
                {
                    self.heading(heading);
                } else if let Some((key, value)) = line.strip_prefix("#+").and_then(|l| l.split_once(':')) {
                    self.key(&key.to_lowercase(), value);
                }
            }
            Syntax::Html | Syntax::Data => {}
        }
        if (is_underline(line, RST_LINES) && !previous.trim().is_empty()) || trimmed.is_empty() {
            return;
        }
        let bare = without_inline_code(line);
        self.links(&bare);
        let shown = if bare.contains('<') { without_tags(&bare) } else { bare.clone() };
        self.markup.markers += markers::count(&bare);
        if let Some(day) = labelled_day(&shown) {
            self.markup.day = self.markup.day.max(Some(day));
        }
        if let Some(name) = labelled_alert(line) {
            self.alert(&name);
        }
        // Inline code is part of the sentence.
        let kept = if line.contains('<') { without_tags(line) } else { line.to_owned() };
        self.prose.push_str(&kept);
        self.prose.push('\n');
    }

    fn html_headings(&mut self, text: &str) {
        let lower = text.to_ascii_lowercase();
        let mut at = 0;
        while let Some(found) = lower.get(at..).and_then(|rest| rest.find("<h")) {
            let start = at + found;
            at = start + 2;
            let level = lower.as_bytes().get(start + 2).copied().unwrap_or_default();
            let follows = lower.as_bytes().get(start + 3).copied().unwrap_or_default();
            if !(b'1'..=b'6').contains(&level) || !(follows == b'>' || follows.is_ascii_whitespace()) {
                continue;
            }
            let end = format!("</h{}", char::from(level));
            let Some(open) = lower.get(start..).and_then(|rest| rest.find('>')).map(|i| start + i + 1) else { return };
            let Some(close) = lower.get(open..).and_then(|rest| rest.find(&end)).map(|i| open + i) else { continue };
            if let Some(inner) = text.get(open..close).filter(|inner| inner.len() <= 1000) {
                self.heading(&without_tags(inner));
            }
            at = close;
        }
    }

    fn links(&mut self, line: &str) {
        if self.markup.links.len() > 2000 {
            return;
        }
        let mut add = |target: &str| {
            if let Some(target) = relative_target(target) {
                self.markup.links.push(target);
            }
        };
        match self.syntax {
            Syntax::AsciiDoc => {
                for mark in ["link:", "xref:", "include::", "image::"] {
                    for after in line.split(mark).skip(1) {
                        if let Some((target, _)) = after.split_once('[') {
                            add(target);
                        }
                    }
                }
            }
            Syntax::Rst => {
                for after in line.split('`').skip(1).step_by(2) {
                    if let Some((_, target)) = after.rsplit_once('<') {
                        add(target.trim_end_matches('>'));
                    }
                }
                for mark in [".. image:: ", ".. include:: ", ".. figure:: "] {
                    if let Some(target) = line.trim_start().strip_prefix(mark) {
                        add(target);
                    }
                }
            }
            Syntax::Org => {
                for after in line.split("[[").skip(1) {
                    if let Some((target, _)) = after.split_once(']') {
                        add(target.trim_start_matches("file:"));
                    }
                }
            }
            Syntax::Markdown => {
                for after in line.split("](").skip(1) {
                    add(in_parentheses(after));
                }
                let definition = line.trim_start().strip_prefix('[').and_then(|l| l.split_once("]:"));
                if let Some((_, target)) = definition.filter(|(label, _)| !label.starts_with('^')) {
                    add(target.trim());
                }
            }
            Syntax::Html | Syntax::Data => {}
        }
        if line.contains('<') {
            for mark in ["href=", "src="] {
                for after in line.split(mark).skip(1) {
                    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
                    if let Some(target) = quote.and_then(|q| after.get(1..)?.split(q).next()) {
                        add(target);
                    }
                }
            }
        }
    }

    fn finish(mut self) -> Markup {
        let words = self.prose.split_whitespace().filter(|w| w.chars().any(char::is_alphanumeric));
        self.markup.words = words.count();
        self.markup.text = prefix(&self.prose.to_lowercase(), MAX_TEXT).to_owned();
        self.markup
    }
}

const RST_LINES: &[char] = &['=', '-', '~', '^', '"', '\'', '`', '#', '*', '+', '.', ':', '_'];

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// A line of one repeated character, three or more.
fn is_underline(line: &str, of: &[char]) -> bool {
    let line = line.trim_end();
    let Some(first) = line.chars().next().filter(|c| of.contains(c)) else { return false };
    line.chars().count() >= 3 && line.chars().all(|c| c == first)
}

/// A line that may be a title: short, and no item of a list.
fn is_title(line: &str) -> bool {
    !line.is_empty()
        && line.len() <= 200
        && !line.starts_with(['-', '>', '#', '<'])
        && !line.starts_with("* ")
        && line.chars().any(char::is_alphanumeric)
}

/// `## Title ##`: the title.
fn atx(line: &str) -> Option<&str> {
    if indent(line) > 3 {
        return None;
    }
    let rest = line.trim_start().trim_start_matches('#');
    let level = line.trim_start().len() - rest.len();
    ((1..=6).contains(&level) && rest.starts_with([' ', '\t'])).then(|| rest.trim().trim_end_matches('#').trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, text: &str) -> Markup {
        Markup::read(text, Syntax::of(path))
    }

    #[test]
    fn headings_are_found_in_each_syntax() {
        let expected = ["invoice intake", "run it", "known limits"];
        let markdown = "Invoice *intake*\n===============\n\ntext\n\n## Run `it` ##\n```\n# not a heading\n```\n   ### [Known](x.md) limits\n    # code\n#hashtag\n";
        let rst = "==============\nInvoice intake\n==============\n\ntext\n\nRun it\n------\n\n.. code-block:: sh\n\n   # no\n   ----\n\nKnown limits\n~~~~~~~~~~~~\n";
        let adoc = "= Invoice intake\n:revdate: 2026-10-02\n\n== Run it\n----\n== no\n----\n=== Known limits\n";
        let html = "<html><body><h1 class=\"x\">Invoice <b>intake</b></h1>\n<p>text</p><H2>Run it</H2>\n<h3>Known\nlimits</h3><header>x</header>";
        let org =
            "#+TITLE: x\n* Invoice intake\n** Run it\n#+BEGIN_SRC sh\n* no\n#+END_SRC\n*bold* word\n* Known limits\n";
        for (path, text) in [("a.md", markdown), ("a.rst", rst), ("a.adoc", adoc), ("a.html", html), ("a.org", org)] {
            assert_eq!(read(path, text).headings, expected, "{path}");
        }
        let mixed = "<h1 align=\"center\">Invoice intake</h1>\n\n## Run it\n";
        assert_eq!(read("README.md", mixed).headings, ["run it", "invoice intake"]);
        assert_eq!(read("a.md", "| a |\n|---|\n| b |\n\n- item\n---\n").headings, Vec::<String>::new());
    }

    #[test]
    fn words_leave_code_front_matter_and_comments_out() {
        let text = "---\ntitle: one two three\n---\n<!-- describe\nit here -->\nFour words are here.\n\n```sh\nmany words of code\n```\n- [link text](x.md) `code`\n";
        let markup = read("a.md", text);
        assert_eq!(markup.words, 7, "{}", markup.text);
        assert!(markup.text.contains("four words") && !markup.text.contains("many"));
        assert!(!markup.text.contains("describe"));
    }

    #[test]
    fn days_inside_a_document_are_found_by_their_label() {
        let day = |path: &str, text: &str| read(path, text).day.map(|d| d.to_string());
        let found = Some("2026-10-02".to_owned());
        for text in [
            "---\nlast_reviewed: 2026-10-02\n---\nx\n",
            "---\ndate: \"2026-10-02T10:00:00Z\"\n---\nx\n",
            "+++\ndate = 2026-10-02\n+++\nx\n",
            "Reviewed: 2026-10-02\n",
            "_Last reviewed on 2026-10-02 by L. Haas_\n",
            "**Date:** 2026-10-02\n",
            "* Date: 2026-10-02\n",
            "| Reviewed | 2026-10-02 |\n",
            "Approved by L. Haas on 2026-10-02.\n",
            "> Last updated: 2026-10-02\n",
            "Date: 2026-01-01\n\nReviewed: 2026-10-02\n",
        ] {
            assert_eq!(day("a.md", text), found, "{text}");
        }
        assert_eq!(day("a.adoc", "= T\n:revdate: 2026-10-02\n"), found);
        assert_eq!(day("a.org", "#+DATE: <2026-10-02 Fri>\n"), found);
        for text in [
            "Next review: 2026-10-02\n",
            "We updated the model on 2026-10-02.\n",
            "- Updated the prompt on 2026-10-02\n",
            "Review due by everybody until 2026-13-02\n",
            "Review due 2026-10-02\n",
            "The date of the go-live is 2026-10-02\n",
            "```\nDate: 2026-10-02\n```\n",
            "ticket 12026-10-02 or 2026-10-021\n",
        ] {
            assert_eq!(day("a.md", text), None, "{text}");
        }
    }

    #[test]
    fn relative_links_are_kept_and_addresses_are_not() {
        let text = "[a](docs/a.md) [b](<docs/b c.md> \"title\") ![i](img/x.png) [w](https://x.example/a) [h](#here) \
                    [m](mailto:a@b.c) [p](a_(b).md) [e](docs/d%20e.md#top)\n[ref]: ../x.md\n[^1]: note\n`[no](code.md)`\n\
                    <img src=\"logo.svg\"> <a href='z.html'>z</a> [t]({{ url }})\n";
        assert_eq!(
            read("a.md", text).links,
            ["docs/a.md", "docs/b c.md", "img/x.png", "a_(b).md", "docs/d e.md", "../x.md", "z.html", "logo.svg"]
        );
        assert_eq!(read("a.rst", "see `the plan <plan.rst>`_ and ``x <y>``\n.. image:: a.png\n").links[0], "plan.rst");
        assert_eq!(read("a.adoc", "link:b.adoc[b] xref:c.adoc#d[c]\n").links, ["b.adoc", "c.adoc"]);
    }

    #[test]
    fn the_alert_is_named_in_front_matter_or_text() {
        let alert = |text: &str| read("a.md", text).alert;
        assert_eq!(alert("---\nalert: IntakeDown\n---\n# x\n").as_deref(), Some("IntakeDown"));
        assert_eq!(alert("# x\n\n**Alert:** `IntakeDown`\n").as_deref(), Some("IntakeDown"));
        assert_eq!(alert("- Alert name: intake_down\n").as_deref(), Some("intake_down"));
        assert_eq!(alert("When the alert fires: run\n"), None);
    }

    #[test]
    fn any_text_is_read_without_a_panic() {
        for text in [
            "",
            "\u{feff}",
            "---",
            "---\n",
            "<!--",
            "<h1",
            "<h1>",
            "<h9>x</h9>",
            "](",
            "[[",
            "`",
            "``x`",
            "ß\n=====",
            "é`é`é",
            "%",
            "%é",
            "href=",
            "href=é",
            "20",
            "2026-10-0é",
            "|||",
            "::",
        ] {
            for path in ["a.md", "a.rst", "a.adoc", "a.html", "a.org", "a.yaml", "a.json"] {
                let _ = read(path, text);
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn noise_is_read_without_a_panic(text in "[-#=<>`\\[\\]()!|:a é20\n%\"']{0,80}") {
            for path in ["a.md", "a.rst", "a.adoc", "a.html", "a.org", "a.json"] {
                let _ = read(path, &text);
            }
        }
    }
}
