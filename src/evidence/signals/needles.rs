//! Literals in which `~` stands for nothing, a space, `_` or `-` enter, with a text; every place leaves where one of them stands.
//!
//! Two ways, with the same result. A table by the first three bytes is ready in no time, which is what a small project needs; an
//! automaton over every spelling takes longer to build than such a project takes to read, and reads many files faster.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError, MatchKind};

/// A place of a literal: its end, its start, and its number. Places are sorted by these.
pub(super) type Place = (usize, usize, usize);

/// What a `~` may be.
const JOINTS: [u8; 3] = [b' ', b'_', b'-'];
/// Rows of the table.
const ROWS: usize = 1 << 14;

/// Literals, ready to be found.
#[derive(Debug)]
pub(super) struct Needles {
    literals: Vec<Box<[u8]>>,
    /// Where the entries of each row begin.
    rows: Vec<u32>,
    /// Numbers of literals, row by row.
    entries: Vec<u32>,
    /// Literals of which one spelling has fewer than three bytes, by their first bytes: a pair for each.
    short: Vec<(u8, u32)>,
    /// Whether one of those begins with a byte.
    begins_short: [bool; 256],
    /// With the literal of each spelling.
    many: OnceLock<Option<(AhoCorasick, Vec<usize>)>>,
}

impl Needles {
    /// Over literals in lower case.
    pub(super) fn new(literals: Vec<Box<[u8]>>) -> Self {
        let mut placed: Vec<(u32, u32)> = Vec::with_capacity(literals.len() * 2);
        let (mut short, mut begins_short) = (Vec::new(), [false; 256]);
        for (number, literal) in (0_u32..).zip(&literals) {
            let before = placed.len();
            if !each_beginning(literal, [0; 3], 0, &mut |beginning| placed.push((row(beginning), number))) {
                placed.truncate(before);
                let first = literal.first().copied().unwrap_or_default();
                for begins in [first].into_iter().chain(JOINTS).take(if first == b'~' { usize::MAX } else { 1 }) {
                    short.push((begins, number));
                }
                // What begins with a joint may begin with what comes after it, too.
                let next = literal.iter().copied().find(|byte| *byte != b'~').filter(|_| first == b'~');
                short.extend(next.map(|begins| (begins, number)));
            }
        }
        for (begins, _) in &short {
            begins_short[usize::from(*begins)] = true;
        }
        placed.sort_unstable();
        placed.dedup();
        let mut rows = vec![0_u32; ROWS + 1];
        for (row, _) in &placed {
            if let Some(count) = rows.get_mut(*row as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut rows {
            sum += *start;
            *start = sum;
        }
        let entries = placed.into_iter().map(|(_, number)| number).collect();
        Self { literals, rows, entries, short, begins_short, many: OnceLock::new() }
    }

    /// Makes ready for many texts.
    pub(super) fn expect_many(&self) {
        self.many.get_or_init(|| self.automaton().ok());
    }

    /// Every place of every literal that is wanted, in order.
    pub(super) fn find(&self, text: &[u8], wanted: impl Fn(usize) -> bool) -> Vec<Place> {
        let mut found: Vec<Place> = Vec::new();
        if let Some((automaton, literals)) = self.many.get().and_then(Option::as_ref) {
            let all = automaton.find_overlapping_iter(text);
            let places = all.filter_map(|at| {
                let literal = *literals.get(at.pattern().as_usize())?;
                wanted(literal).then_some((at.end(), at.start(), literal))
            });
            found.extend(places);
        } else {
            let mut look = |at: usize, number: u32| {
                let number = number as usize;
                if let Some(literal) = self.literals.get(number)
                    && wanted(number)
                {
                    each_end(literal, text, at, &mut |end| found.push((end, at, number)));
                }
            };
            for (at, window) in text.windows(3).enumerate() {
                let row = row([window[0], window[1], window[2]]) as usize;
                let (Some(from), Some(to)) = (self.rows.get(row), self.rows.get(row + 1)) else { continue };
                if from != to {
                    let entries = self.entries.get(*from as usize..*to as usize).unwrap_or_default();
                    entries.iter().for_each(|number| look(at, *number));
                }
            }
            for (at, byte) in text.iter().enumerate().filter(|(_, byte)| self.begins_short[usize::from(**byte)]) {
                self.short.iter().filter(|(begins, _)| begins == byte).for_each(|(_, number)| look(at, *number));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// One pattern for each spelling.
    fn automaton(&self) -> Result<(AhoCorasick, Vec<usize>), BuildError> {
        let (mut spellings, mut numbers) = (Vec::new(), Vec::new());
        for (number, literal) in self.literals.iter().enumerate() {
            let mut variants = vec![Vec::new()];
            for &byte in literal {
                if byte == b'~' {
                    let joined = |variant: &Vec<u8>| JOINTS.map(|joint| [variant.as_slice(), &[joint]].concat());
                    let more: Vec<Vec<u8>> = variants.iter().flat_map(joined).collect();
                    variants.extend(more);
                } else {
                    variants.iter_mut().for_each(|variant| variant.push(byte));
                }
            }
            numbers.extend(std::iter::repeat_n(number, variants.len()));
            spellings.append(&mut variants);
        }
        // Literals and texts are in lower case: an automaton for both cases takes twice as long to build.
        let mut builder = AhoCorasick::builder();
        builder.match_kind(MatchKind::Standard).kind(Some(AhoCorasickKind::DFA)).prefilter(false);
        Ok((builder.build(&spellings)?, numbers))
    }
}

fn row([a, b, c]: [u8; 3]) -> u32 {
    let key = u32::from(a) | u32::from(b) << 8 | u32::from(c) << 16;
    key.wrapping_mul(0x9E37_79B1) >> 18
}

/// Calls with the first three bytes of every spelling; false when a spelling has fewer.
fn each_beginning(literal: &[u8], mut beginning: [u8; 3], at: usize, visit: &mut impl FnMut([u8; 3])) -> bool {
    let Some(place) = beginning.get_mut(at) else {
        visit(beginning);
        return true;
    };
    let Some((first, rest)) = literal.split_first() else { return false };
    if *first != b'~' {
        *place = *first;
        return each_beginning(rest, beginning, at + 1, visit);
    }
    let mut all = each_beginning(rest, beginning, at, visit);
    for joint in JOINTS {
        if let Some(place) = beginning.get_mut(at) {
            *place = joint;
        }
        all &= each_beginning(rest, beginning, at + 1, visit);
    }
    all
}

/// Calls with every end that a literal has which begins at a place.
fn each_end(literal: &[u8], text: &[u8], mut at: usize, visit: &mut impl FnMut(usize)) {
    for (i, byte) in literal.iter().enumerate() {
        if *byte == b'~' {
            let rest = literal.get(i + 1..).unwrap_or_default();
            each_end(rest, text, at, visit);
            if text.get(at).is_some_and(|next| JOINTS.contains(next)) {
                each_end(rest, text, at + 1, visit);
            }
            return;
        }
        if text.get(at) != Some(byte) {
            return;
        }
        at += 1;
    }
    visit(at);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn needles(literals: &[String]) -> Needles {
        Needles::new(literals.iter().map(|literal| literal.as_bytes().into()).collect())
    }

    proptest! {
        /// The table and the automaton find the same.
        #[test]
        fn both_ways_find_the_same(
            literals in proptest::collection::vec("[ab~ _]{0,3}[ab]~?[ab]{0,2}", 1..12),
            text in "[ab _-]{0,40}",
        ) {
            let few = needles(&literals);
            let many = needles(&literals);
            many.expect_many();
            prop_assert_eq!(few.find(text.as_bytes(), |_| true), many.find(text.as_bytes(), |_| true));
        }
    }

    #[test]
    fn places_are_in_order_and_short_literals_are_found_too() {
        let found = needles(&["log".into(), "audit~log".into(), "~x".into()]).find(b"audit-log auditlog x", |_| true);
        assert_eq!(found, [(9, 0, 1), (9, 6, 0), (18, 10, 1), (18, 15, 0), (20, 18, 2), (20, 19, 2)]);
        assert_eq!(needles(&["log".into()]).find(b"log", |_| false), []);
    }
}
