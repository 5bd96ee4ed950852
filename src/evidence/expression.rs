//! A regular expression enters, with a text; its matches leave. It is compiled when a text first needs it, and for that text only.
//!
//! Most of the time that an expression takes in a small project is spent on compiling what `\w`, `\s`, `[^x]` and case mean in
//! all of Unicode. A text that is ASCII cannot tell the difference, so it is read by an expression that knows ASCII alone; any
//! other text is read by the whole one. Both find the same.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use regex::{Regex, RegexBuilder, bytes};

/// The places of a match and its groups in the text; the whole match is the first.
pub(super) type Groups = Vec<Option<Range<usize>>>;

/// More than this is not compiled, in bytes.
const MAX_COMPILED: usize = 10 << 20;
/// A line that is longer is not worth the slower engine, in bytes.
const MAX_SHORT: usize = 400;
/// From this number of lines on, the faster engine earns the time in which it is compiled.
const MANY_LINES: usize = 100;

/// A regular expression. `\b` means the boundary of an ASCII word: Unicode's needs a slower engine on every text that is not
/// ASCII.
#[derive(Debug)]
pub(super) struct Expression {
    text: Cow<'static, str>,
    lines: AtomicUsize,
    short: OnceLock<Option<regex_lite::Regex>>,
    ascii: OnceLock<Option<bytes::Regex>>,
    whole: OnceLock<Option<Regex>>,
}

impl Expression {
    /// An expression that does not regard case.
    pub(super) const fn any_case(text: Cow<'static, str>) -> Self {
        Self {
            text,
            lines: AtomicUsize::new(0),
            short: OnceLock::new(),
            ascii: OnceLock::new(),
            whole: OnceLock::new(),
        }
    }

    /// Whether it is found in a short text. While they are few, an engine reads them that is ready sooner and reads slower.
    pub(super) fn is_in_line(&self, line: &str) -> bool {
        if !line.is_ascii() || line.len() > MAX_SHORT || self.lines.fetch_add(1, Ordering::Relaxed) >= MANY_LINES {
            return self.is_match(line);
        }
        self.short().is_some_and(|regex| regex.is_match(line))
    }

    /// Whether it is found in a text.
    pub(super) fn is_match(&self, text: &str) -> bool {
        if text.is_ascii() {
            self.ascii().is_some_and(|regex| regex.is_match(text.as_bytes()))
        } else {
            self.whole().is_some_and(|regex| regex.is_match(text))
        }
    }

    /// The groups of every match.
    pub(super) fn all<'t>(&'t self, text: &'t str) -> Box<dyn Iterator<Item = Groups> + 't> {
        if text.is_ascii() {
            let found = self.ascii().into_iter().flat_map(|regex| regex.captures_iter(text.as_bytes()));
            Box::new(found.map(|found| found.iter().map(|group| group.map(|group| group.range())).collect()))
        } else {
            let found = self.whole().into_iter().flat_map(|regex| regex.captures_iter(text));
            Box::new(found.map(|found| found.iter().map(|group| group.map(|group| group.range())).collect()))
        }
    }

    /// Whether it can be compiled; for the tests.
    #[cfg(test)]
    pub(super) fn compiles(&self) -> bool {
        self.short().is_some() && self.ascii().is_some() && self.whole().is_some()
    }

    fn short(&self) -> Option<&regex_lite::Regex> {
        let build = || regex_lite::RegexBuilder::new(&self.text).case_insensitive(true).build().ok();
        self.short.get_or_init(build).as_ref()
    }

    fn ascii(&self) -> Option<&bytes::Regex> {
        let build = || {
            let mut builder = bytes::RegexBuilder::new(&self.text);
            builder.case_insensitive(true).unicode(false).size_limit(MAX_COMPILED).build().ok()
        };
        self.ascii.get_or_init(build).as_ref()
    }

    fn whole(&self) -> Option<&Regex> {
        let build = || {
            let text = self.text.replace(r"\b", r"(?-u:\b)");
            RegexBuilder::new(&text).case_insensitive(true).size_limit(MAX_COMPILED).build().ok()
        };
        self.whole.get_or_init(build).as_ref()
    }
}

/// The text of a group.
pub(super) fn group<'t>(text: &'t str, groups: &Groups, number: usize) -> Option<&'t str> {
    text.get(groups.get(number)?.clone()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ascii_text_and_any_other_are_read_alike() {
        static WORD: Expression = Expression::any_case(Cow::Borrowed(r"\b(ab|€)\w*[^,]{0,3},"));
        assert!(WORD.compiles());
        assert!(WORD.is_in_line("x ABc , y") && WORD.is_match("x ABc , y") && WORD.is_match("ü ABc , y"));
        assert!(!WORD.is_in_line("xab,") && !WORD.is_match("xab,") && !WORD.is_match("ü xab,"));
        let text = "ab1, ü, abc,";
        let found: Vec<_> = WORD.all(text).filter_map(|groups| group(text, &groups, 0).map(str::to_owned)).collect();
        assert_eq!(found, ["ab1,", "abc,"]);
        assert_eq!(WORD.all("x ab,").next(), Some(vec![Some(2..5), Some(2..4)]));
    }
}
