//! A few literals enter, with a text; whether one of them is in it leaves, from one pass over the text.

use std::sync::OnceLock;

use aho_corasick::packed::Searcher;
use memchr::memmem;

/// Literals as they are written, in groups that others use by themselves. Past 64 in all, each takes a pass of its own.
#[derive(Debug)]
pub(super) struct Literals {
    groups: &'static [&'static [&'static str]],
    searcher: OnceLock<Option<Searcher>>,
}

impl Literals {
    pub(super) const fn new(groups: &'static [&'static [&'static str]]) -> Self {
        Self { groups, searcher: OnceLock::new() }
    }

    /// Whether one of them is in a text.
    pub(super) fn any_in(&self, text: &str) -> bool {
        let all = || self.groups.iter().copied().flatten();
        match self.searcher.get_or_init(|| Searcher::new(all())) {
            Some(searcher) => searcher.find(text).is_some(),
            // Not every processor has the instructions that this takes.
            None => all().any(|literal| memmem::find(text.as_bytes(), literal.as_bytes()).is_some()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_of_them_is_found_wherever_it_stands() {
        static MARKS: Literals = Literals::new(&[&["udit", "tool("], &["@tool"]]);
        let long = "x".repeat(200);
        for text in ["audit", "a tool(", &format!("{long}@tool{long}"), &format!("{long}udit")] {
            assert!(MARKS.any_in(text), "{text}");
        }
        assert!(!MARKS.any_in(&long) && !MARKS.any_in("Audi") && !MARKS.any_in(""));
    }
}
