//! Patterns as they are written in `signals/*.yaml` enter; a matcher leaves that finds all of them in one pass over a text.
//!
//! A pattern is a literal, matched without regard to case and as a whole word: `audit~log` finds `audit log`, `audit_log`,
//! `audit-log` and `AuditLog`, and not `auditlogging`. The marks:
//!
//! | mark | meaning |
//! |---|---|
//! | `~` | nothing, a space, `_` or `-` |
//! | `*` first or last | the word may go on there; in the middle: anything on the same line |
//! | `^` first, `$` last | the line (in a path: the path) begins or ends there |
//! | `# ` first | only in a heading |
//! | ` => regex` last | the line must match, without regard to case |

use std::borrow::Cow;

use super::super::expression::Expression;
use super::needles::{Begin, Lookout, Needles};

/// The number of a pattern.
pub(super) type Id = usize;

/// A match is looked at in this much of its line, in bytes.
const MAX_LINE: usize = 1000;
/// How often one pattern is counted in one text.
const MAX_COUNT: u32 = 6;
/// The longest text that is quoted in a reason, in characters.
const MAX_QUOTE: usize = 48;

#[derive(Debug)]
struct Pattern {
    open_start: bool,
    open_end: bool,
    line_start: bool,
    line_end: bool,
    heading: bool,
    refine: Option<Expression>,
}

/// Collects patterns until the matcher is built.
#[derive(Debug, Default)]
pub(super) struct Builder {
    specs: std::collections::HashMap<String, Id>,
    patterns: Vec<Pattern>,
    literals: Vec<Box<[u8]>>,
    by_literal: std::collections::HashMap<Box<[u8]>, usize>,
    users: Vec<Vec<Id>>,
}

impl Builder {
    /// The number of a pattern; one number for one spelling.
    pub(super) fn add(&mut self, spec: &str) -> Id {
        if let Some(id) = self.specs.get(spec) {
            return *id;
        }
        let id = self.patterns.len();
        self.specs.insert(spec.to_owned(), id);
        let (literal, refine) = match spec.split_once(" => ") {
            Some((literal, refine)) => (literal, Some(expression(refine.to_owned()))),
            None => (spec, None),
        };
        let (heading, literal) = literal.strip_prefix("# ").map_or((false, literal), |rest| (true, rest));
        let (line_start, literal) = literal.strip_prefix('^').map_or((false, literal), |rest| (true, rest));
        let (line_end, literal) = literal.strip_suffix('$').map_or((false, literal), |rest| (true, rest));
        let (open_start, literal) = literal.strip_prefix('*').map_or((false, literal), |rest| (true, rest));
        let (open_end, literal) = literal.strip_suffix('*').map_or((false, literal), |rest| (true, rest));
        if literal.contains('*') && refine.is_none() {
            return self.add_parts(spec, id, literal, [heading, line_start, line_end, open_start, open_end]);
        }
        let literal = literal.trim_end_matches(['*', ' ']);
        self.patterns.push(Pattern { open_start, open_end, line_start, line_end, heading, refine });
        self.add_literal(id, literal);
        id
    }

    /// A pattern with `*` inside: its longest part is what is looked for, and the line decides.
    fn add_parts(&mut self, spec: &str, id: Id, literal: &str, marks: [bool; 5]) -> Id {
        let [heading, line_start, line_end, open_start, open_end] = marks;
        let any = |part: &str| part.split('~').map(regex::escape).collect::<Vec<_>>().join("[ _-]?");
        let inner = literal.split('*').map(any).collect::<Vec<_>>().join("[^\n]*");
        let before = if line_start {
            "^"
        } else if open_start {
            ""
        } else {
            "(?:\\b|_|^|/)"
        };
        let after = if line_end {
            "$"
        } else if open_end {
            ""
        } else {
            "(?:\\b|_|$)"
        };
        let refine = Some(expression(format!("{before}{inner}{after}")));
        let longest = literal.split('*').max_by_key(|part| part.len()).unwrap_or(spec).to_owned();
        let open = Pattern { open_start: true, open_end: true, line_start: false, line_end: false, heading, refine };
        self.patterns.push(open);
        self.add_literal(id, &longest);
        id
    }

    fn add_literal(&mut self, id: Id, literal: &str) {
        let literal: Box<[u8]> = literal.to_ascii_lowercase().into_bytes().into();
        let next = self.literals.len();
        let at = *self.by_literal.entry(literal.clone()).or_insert(next);
        if at == next {
            self.literals.push(literal);
            self.users.push(Vec::new());
        }
        if let Some(users) = self.users.get_mut(at) {
            users.push(id);
        }
    }

    /// The matcher.
    pub(super) fn build(self) -> Matcher {
        Matcher { needles: Needles::new(self.literals), patterns: self.patterns, users: self.users }
    }

    /// Every regular expression that cannot be compiled; for the tests.
    #[cfg(test)]
    pub(super) fn broken(&self) -> Vec<String> {
        let refined = self.patterns.iter().filter_map(|pattern| pattern.refine.as_ref());
        refined.filter(|refine| !refine.compiles()).map(|refine| format!("{refine:?}")).collect()
    }
}

fn expression(text: String) -> Expression {
    Expression::any_case(Cow::Owned(text))
}

/// Finds every pattern in one pass.
#[derive(Debug)]
pub(super) struct Matcher {
    needles: Needles,
    patterns: Vec<Pattern>,
    users: Vec<Vec<Id>>,
}

/// Patterns that are looked for together.
#[derive(Debug)]
pub(super) struct Wanted {
    patterns: Vec<bool>,
    lookout: Lookout,
}

/// What a text is, for the rules about lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    /// A path.
    Path,
    /// Program text or configuration: lines that are comments do not count.
    Code,
    /// Prose with headings.
    Prose,
}

/// Where a pattern was found.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Hit {
    /// The first place, in bytes.
    pub(super) start: usize,
    /// Its end.
    pub(super) end: usize,
    /// How often.
    pub(super) count: u32,
}

/// The hits of one text, used again for the next one.
#[derive(Debug, Default)]
pub(super) struct Hits {
    hits: Vec<Hit>,
    touched: Vec<Id>,
}

impl Hits {
    /// The hit of a pattern.
    pub(super) fn get(&self, id: Id) -> Option<Hit> {
        self.hits.get(id).copied().filter(|hit| hit.count > 0)
    }

    fn clear(&mut self, len: usize) {
        self.hits.resize(len, Hit::default());
        for id in self.touched.drain(..) {
            if let Some(hit) = self.hits.get_mut(id) {
                *hit = Hit::default();
            }
        }
    }

    fn add(&mut self, id: Id, start: usize, end: usize) {
        if let Some(hit) = self.hits.get_mut(id) {
            if hit.count == 0 {
                *hit = Hit { start, end, count: 1 };
                self.touched.push(id);
            } else {
                hit.count += 1;
            }
        }
    }
}

impl Matcher {
    /// Every pattern.
    pub(super) fn all(&self) -> Wanted {
        self.wanted(0..self.patterns.len())
    }

    /// Some of the patterns.
    pub(super) fn wanted(&self, ids: impl Iterator<Item = Id>) -> Wanted {
        let mut patterns = vec![false; self.patterns.len()];
        for id in ids {
            if let Some(wanted) = patterns.get_mut(id) {
                *wanted = true;
            }
        }
        let lookout = self.needles.lookout(|needle| {
            let users = self.users.get(needle).map(Vec::as_slice).unwrap_or_default();
            let wanted = || users.iter().filter(|id| patterns.get(**id) == Some(&true));
            let open = |id: &Id| self.patterns.get(*id).is_some_and(|pattern| pattern.open_start);
            let begin = if wanted().any(open) { Begin::Anywhere } else { Begin::Word };
            wanted().next().map(|_| begin)
        });
        Wanted { patterns, lookout }
    }

    /// Finds every pattern of a text that is wanted.
    pub(super) fn find(&self, text: &str, what: Text, wanted: &Wanted, hits: &mut Hits) {
        hits.clear(self.patterns.len());
        let fences = Fences::default();
        let mut last = (0, "");
        let is_wanted = |id: Id| wanted.patterns.get(id) == Some(&true);
        for (end, start, needle) in self.needles.find(text.as_bytes(), &wanted.lookout) {
            for &id in self.users.get(needle).map(Vec::as_slice).unwrap_or_default() {
                if !is_wanted(id)
                    || hits.hits.get(id).is_some_and(|hit| hit.count >= MAX_COUNT)
                    || !self.is_word(id, text, start, end, what)
                {
                    continue;
                }
                // Matches come in order, so most of them stand in the line of the one before.
                if what != Text::Path && !(last.0 <= start && end < last.0 + last.1.len()) {
                    last = line_around(text, start);
                }
                let at = start..end;
                let fits = match what {
                    Text::Path => self.refined(id, text),
                    Text::Code | Text::Prose => self.is_line(id, text, at, what, last, &fences),
                };
                if fits {
                    hits.add(id, start, end);
                }
            }
        }
    }

    /// Whether a match begins and ends where its pattern wants.
    fn is_word(&self, id: Id, text: &str, start: usize, end: usize, what: Text) -> bool {
        let Some(pattern) = self.patterns.get(id) else { return false };
        let path =
            what != Text::Path || (!pattern.line_start || start == 0) && (!pattern.line_end || end == text.len());
        path && (pattern.open_start || boundary_before(text.as_bytes(), start))
            && (pattern.open_end || boundary_after(text.as_bytes(), end))
    }

    /// Whether the line of a match is as its pattern wants.
    fn is_line(
        &self,
        id: Id,
        text: &str,
        at: std::ops::Range<usize>,
        what: Text,
        (from, line): (usize, &str),
        fences: &Fences,
    ) -> bool {
        let Some(pattern) = self.patterns.get(id) else { return false };
        let before = text.get(from..at.start).unwrap_or_default();
        if pattern.line_start && !before.trim().is_empty()
            || pattern.line_end && !line.get(at.end.saturating_sub(from)..).unwrap_or_default().trim().is_empty()
        {
            return false;
        }
        if what == Text::Code && is_comment(line) || what == Text::Prose && line.trim_start().starts_with("<!--") {
            return false;
        }
        if pattern.heading && heading(text, from, line, fences).is_none() {
            return false;
        }
        self.refined(id, line)
    }

    /// Whether a line, or a path, is as the pattern's expression wants.
    fn refined(&self, id: Id, line: &str) -> bool {
        let refine = self.patterns.get(id).and_then(|pattern| pattern.refine.as_ref());
        refine.is_none_or(|refine| refine.is_in_line(line))
    }
}

/// Whether a word begins at a place.
pub(super) fn boundary_before(text: &[u8], start: usize) -> bool {
    let (Some(first), Some(last)) = (text.get(start), start.checked_sub(1).and_then(|i| text.get(i))) else {
        return true;
    };
    !first.is_ascii_alphanumeric()
        || !last.is_ascii_alphanumeric()
        || last.is_ascii_digit()
        // camelCase: a word begins with its capital letter.
        || first.is_ascii_uppercase() && last.is_ascii_lowercase()
}

fn boundary_after(text: &[u8], end: usize) -> bool {
    let (Some(last), Some(next)) = (end.checked_sub(1).and_then(|i| text.get(i)), text.get(end)) else { return true };
    !last.is_ascii_alphanumeric()
        || !next.is_ascii_alphanumeric()
        || next.is_ascii_digit()
        || next.is_ascii_uppercase() && last.is_ascii_lowercase()
}

/// The line around a place, and where it begins; cut when it is very long.
pub(super) fn line_around(text: &str, at: usize) -> (usize, &str) {
    let mut from = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |i| i + 1);
    if at - from > MAX_LINE {
        from = at - MAX_LINE;
        while !text.is_char_boundary(from) {
            from += 1;
        }
    }
    let after = text.get(at..).unwrap_or_default();
    let mut to = at + after.find('\n').unwrap_or(after.len()).min(MAX_LINE);
    while !text.is_char_boundary(to) {
        to -= 1;
    }
    (from, text.get(from..to).unwrap_or_default())
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    (line.starts_with('#') && !line.starts_with("#[") && !line.starts_with("#!"))
        || line.starts_with("//")
        || line.starts_with("/*")
        || line.starts_with("* ")
        || line.starts_with("<!--")
        || line.starts_with("{#")
        || line.starts_with("-- ")
        || line.starts_with("REM ")
}

/// The text of the heading that a line is: Markdown, AsciiDoc, HTML, or a line that is underlined.
fn heading<'t>(text: &'t str, from: usize, line: &'t str, fences: &Fences) -> Option<&'t str> {
    let trimmed = line.trim();
    match trimmed.as_bytes().first()? {
        b'#' | b'=' => {
            let marks = trimmed.trim_start_matches(['#', '=']);
            let level = trimmed.len() - marks.len();
            // From four spaces on it is a block of code, where `# ` begins a comment.
            let indent = line.len() - line.trim_start().len();
            let is = (1..=6).contains(&level)
                && indent < 4
                && (marks.starts_with(' ') || !marks.is_ascii())
                && !fences.around(text, from);
            is.then(|| marks.trim().trim_end_matches('#').trim())
        }
        b'<' => {
            let level = trimmed.get(..3).unwrap_or_default();
            if !["<h1", "<h2", "<h3", "<h4"].iter().any(|h| level.eq_ignore_ascii_case(h)) {
                return None;
            }
            let inner = trimmed.split_once('>').map_or(trimmed, |(_, rest)| rest);
            Some(inner.split('<').next().unwrap_or(inner).trim())
        }
        _ => {
            let after = text.get(from + line.len()..)?.strip_prefix('\n')?;
            let mark = *after.as_bytes().first()?;
            if !matches!(mark, b'=' | b'-' | b'~' | b'^') || trimmed.len() > 160 || trimmed.contains('|') {
                return None;
            }
            let under = after.lines().next().unwrap_or_default().trim_end();
            let ruled =
                under.len() >= 3 && under.bytes().all(|b| b == mark) && under.len() + 3 >= trimmed.chars().count();
            (ruled && !fences.around(text, from)).then_some(trimmed)
        }
    }
}

/// Where the fenced blocks of a text begin and end; looked for when it is first asked.
#[derive(Debug, Default)]
struct Fences(std::cell::OnceCell<Vec<usize>>);

impl Fences {
    fn around(&self, text: &str, at: usize) -> bool {
        let marks = self.0.get_or_init(|| {
            let begins =
                |i: usize| text.get(..i).is_some_and(|b| b.rsplit('\n').next().is_some_and(|l| l.trim().is_empty()));
            text.match_indices("```").map(|(i, _)| i).filter(|i| begins(*i)).collect()
        });
        marks.partition_point(|mark| *mark < at) % 2 == 1
    }
}

/// The words of a hit as they stand in the file, or the heading it stands in; fit to be shown.
pub(super) fn quote(text: &str, hit: Hit, as_heading: bool) -> String {
    let (from, line) = line_around(text, hit.start);
    let raw = match heading(text, from, line, &Fences::default()).filter(|_| as_heading) {
        Some(heading) => heading,
        None => text.get(hit.start..hit.end).unwrap_or_default(),
    };
    let clean: String =
        raw.chars().map(|c| if c.is_control() { ' ' } else { c }).filter(|c| !matches!(c, '*' | '`' | '"')).collect();
    let clean = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    let clean = clean.trim_end_matches(['(', ':', '=', ',', '{']).trim();
    if clean.chars().count() > MAX_QUOTE {
        let cut: String = clean.chars().take(MAX_QUOTE - 1).collect();
        format!("{}…", cut.trim_end())
    } else {
        clean.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(spec: &str, text: &str, what: Text) -> u32 {
        let mut builder = Builder::default();
        let id = builder.add(spec);
        let matcher = builder.build();
        let mut hits = Hits::default();
        matcher.find(text, what, &matcher.all(), &mut hits);
        hits.get(id).map_or(0, |hit| hit.count)
    }

    #[test]
    fn a_pattern_is_found_as_a_whole_word_in_every_spelling() {
        for text in
            ["audit log", "AUDIT_LOG", "an audit-log", "class AuditLogService:", "auditLog(", "x_audit_log_table"]
        {
            assert_eq!(count("audit~log", text, Text::Prose), 1, "{text}");
        }
        for text in ["auditlogging", "audits log", "inauditlog"] {
            assert_eq!(count("audit~log", text, Text::Prose), 0, "{text}");
        }
        assert_eq!(count("audit~log*", "auditlogging", Text::Prose), 1);
        assert_eq!(count("监控", "系统监控面板", Text::Prose), 1);
    }

    #[test]
    fn comments_do_not_count_in_code_and_headings_are_seen_in_every_dress() {
        assert_eq!(count("canary", "# canary\n// canary\ncanary: 10", Text::Code), 1);
        assert_eq!(count("# rollback", "## Rollback\n\ntext rollback\n", Text::Prose), 1);
        assert_eq!(count("# rollback", "Rollback\n--------\n", Text::Prose), 1);
        assert_eq!(count("# rollback", "<h2 class=\"x\">Rollback</h2>", Text::Prose), 1);
        assert_eq!(count("# rollback", "```\n# rollback\n```\n", Text::Prose), 0);
        assert_eq!(count("# rollback", "rollback\n", Text::Prose), 0);
    }

    #[test]
    fn anchors_and_refinements_look_at_the_line() {
        assert_eq!(count("^alert: => \\w", "  - alert: X\n", Text::Code), 0);
        assert_eq!(count("alert: => alert: *\\w", "  - alert: X\n- alert:\n", Text::Code), 1);
        assert_eq!(count("^/license*", "/license.md", Text::Path), 1);
        assert_eq!(count("^/license*", "/a/license.md", Text::Path), 0);
        assert_eq!(count(".md$", "/a/license.md", Text::Path), 1);
        for (spec, path) in
            [("*dashboard*.json$", "/ops/my-dashboard-1.json"), ("^/docs/*release*", "/docs/ops/releases.md")]
        {
            assert_eq!(count(spec, path, Text::Path), 1, "{spec}");
        }
        assert_eq!(count("*dashboard*.json$", "/src/dashboard/a.ts", Text::Path), 0);
        assert_eq!(count("^from x", "from x\nnot from x", Text::Code), 1);
    }

    #[test]
    fn hostile_text_is_cut_and_cleaned() {
        let text = format!("## {}\u{1b}[31m rollback", "ü".repeat(3000));
        assert_eq!(count("rollback", &text, Text::Prose), 1);
        let hit = Hit { start: 3, end: text.len(), count: 1 };
        let quoted = quote(&text, hit, false);
        assert!(quoted.chars().count() <= MAX_QUOTE && !quoted.contains('\u{1b}'), "{quoted}");
    }
}
