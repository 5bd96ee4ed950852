//! Literals in which `~` stands for nothing, a space, `_` or `-` enter, with a text; every place leaves where one of them stands.
//!
//! One step a byte, without a branch: the next four bytes, as they are whatever their case, point at a row of a small table, which
//! says whether any literal that is looked for begins like that, and whether it may begin here. Most literals begin where a word
//! begins, so few places are looked at more closely.

use memchr::memchr2_iter;

use super::pattern::boundary_before;

/// A place of a literal: its end, its start, and its number. Places are sorted by these.
pub(super) type Place = (usize, usize, usize);

/// What a `~` may be.
const JOINTS: [u8; 3] = [b' ', b'_', b'-'];
/// Rows of the table; it fits into the fastest memory of a processor.
const ROWS: usize = 1 << 13;
/// A literal of which a spelling is shorter is looked for in another way.
const MIN_LENGTH: usize = 3;

/// Literals, ready to be found.
#[derive(Debug)]
pub(super) struct Needles {
    literals: Vec<Box<[u8]>>,
    /// Rows and bits of the beginnings of each literal, and where those of each begin.
    beginnings: Vec<(u32, u8)>,
    begin: Vec<u32>,
    /// Where the entries of each row begin.
    rows: Vec<u32>,
    /// The literals of the rows, row by row.
    entries: Vec<Entry>,
    /// Literals of which one spelling is shorter, by their first bytes: a pair for each.
    short: Vec<(u8, u32)>,
}

/// A literal in a row.
#[derive(Debug)]
struct Entry {
    number: u32,
    /// The bits of its beginnings.
    bits: u8,
    /// What comes after the beginning, and which of it is certain.
    next: u32,
    certain: u32,
}

/// Where a literal may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begin {
    /// Where a word begins, also inside of `camelCase`, or anywhere for one that begins with no letter or digit.
    Word,
    /// Anywhere.
    Anywhere,
}

/// Which literals are looked for.
#[derive(Debug)]
pub(super) struct Lookout {
    wanted: Vec<Option<Begin>>,
    /// For each row, the bits of what may begin anywhere, above those of what begins where a word does.
    gate: Box<[u16; ROWS]>,
    short: bool,
}

impl Needles {
    /// Over literals in lower case.
    pub(super) fn new(literals: Vec<Box<[u8]>>) -> Self {
        let mut placed: Vec<(u32, u32, u8)> = Vec::with_capacity(literals.len() * 2);
        let mut short = Vec::new();
        for (number, literal) in (0_u32..).zip(&literals) {
            let before = placed.len();
            let long = each_beginning(literal, [0; 4], 0, &mut |beginning| {
                let key = key(beginning);
                placed.push((row(key), number, 1 << bit(key)));
            });
            if !long {
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
        let beginnings: Vec<(u32, u8)> = placed.iter().map(|(row, _, bits)| (*row, *bits)).collect();
        // They were placed literal by literal.
        let begin = (0..=literals.len() as u32)
            .map(|number| placed.partition_point(|(_, own, _)| *own < number) as u32)
            .collect();
        placed.sort_unstable();
        // One entry a row and literal.
        placed.dedup_by(|later, first| {
            let same = (later.0, later.1) == (first.0, first.1);
            first.2 |= if same { later.2 } else { 0 };
            same
        });
        let mut rows = vec![0_u32; ROWS + 1];
        for (row, ..) in &placed {
            if let Some(count) = rows.get_mut(*row as usize + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut rows {
            sum += *start;
            *start = sum;
        }
        let entry = |(_, number, bits): (u32, u32, u8)| {
            let literal = literals.get(number as usize).map(AsRef::as_ref).unwrap_or_default();
            let (next, certain) = after_beginning(literal);
            Entry { number, bits, next, certain }
        };
        let entries = placed.into_iter().map(entry).collect();
        Self { literals, beginnings, begin, rows, entries, short }
    }

    /// Looks out for some literals, by their numbers.
    pub(super) fn lookout(&self, wanted: impl Fn(usize) -> Option<Begin>) -> Lookout {
        let wanted: Vec<Option<Begin>> = (0..self.literals.len()).map(wanted).collect();
        let begin = |number: u32| wanted.get(number as usize).copied().flatten();
        let mut gate = Box::new([0_u16; ROWS]);
        for (begin, ends) in wanted.iter().zip(self.begin.windows(2)) {
            let shift = match begin {
                Some(Begin::Word) => 0,
                Some(Begin::Anywhere) => 8,
                None => continue,
            };
            for (row, bits) in self.beginnings.get(ends[0] as usize..ends[1] as usize).unwrap_or_default() {
                if let Some(row) = gate.get_mut(*row as usize) {
                    *row |= u16::from(*bits) << shift;
                }
            }
        }
        let short = self.short.iter().any(|(_, number)| begin(*number).is_some());
        Lookout { wanted, gate, short }
    }

    /// Every place of every literal that is looked for, in order.
    pub(super) fn find(&self, text: &[u8], lookout: &Lookout) -> Vec<Place> {
        let mut found: Vec<Place> = Vec::new();
        let mut state = 0;
        let mut look = |at: usize, bytes: [u8; 4]| {
            state = STATES[usize::from(state & LAST | u16::from(bytes[0]))];
            let (begins, key) = (state & 1, key(bytes));
            let bits = (0x0100 | begins) << bit(key);
            if lookout.gate[row(key) as usize] & bits != 0 {
                self.row_at(text, at, key, begins == 1, lookout, &mut found);
            }
        };
        for (at, window) in text.windows(4).enumerate() {
            look(at, [window[0], window[1], window[2], window[3]]);
        }
        let last = text.len().saturating_sub(3);
        for at in last..text.len() {
            look(at, four_bytes(text, at));
        }
        if lookout.short {
            self.short_ones(text, lookout, &mut found);
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The literals of a row that stand at a place.
    #[inline(never)]
    fn row_at(&self, text: &[u8], at: usize, beginning: u32, begins: bool, lookout: &Lookout, found: &mut Vec<Place>) {
        let row = row(beginning) as usize;
        let (Some(from), Some(to)) = (self.rows.get(row), self.rows.get(row + 1)) else { return };
        // Many literals begin alike: four bytes more tell most of them apart.
        let next = key(four_bytes(text, at + 4));
        for entry in self.entries.get(*from as usize..*to as usize).unwrap_or_default() {
            if entry.bits & (1 << bit(beginning)) != 0
                && (entry.next ^ next) & entry.certain == 0
                && lookout.allows(entry.number, begins)
            {
                self.ends_at(entry.number, text, at, found);
            }
        }
    }

    /// The short literals, which are few: each is looked for by its first byte.
    #[inline(never)]
    fn short_ones(&self, text: &[u8], lookout: &Lookout, found: &mut Vec<Place>) {
        for (first, number) in &self.short {
            if lookout.wanted.get(*number as usize).copied().flatten().is_none() {
                continue;
            }
            for at in memchr2_iter(*first, first.to_ascii_uppercase(), text) {
                if lookout.allows(*number, boundary_before(text, at)) {
                    self.ends_at(*number, text, at, found);
                }
            }
        }
    }

    fn ends_at(&self, number: u32, text: &[u8], at: usize, found: &mut Vec<Place>) {
        let number = number as usize;
        let Some(literal) = self.literals.get(number) else { return };
        if literal.contains(&b'~') {
            each_end(literal, text, at, &mut |end| found.push((end, at, number)));
        } else if text.get(at..at + literal.len()).is_some_and(|own| own.eq_ignore_ascii_case(literal)) {
            found.push((at + literal.len(), at, number));
        }
    }
}

impl Lookout {
    fn allows(&self, number: u32, begins: bool) -> bool {
        match self.wanted.get(number as usize).copied().flatten() {
            Some(Begin::Word) => begins,
            Some(Begin::Anywhere) => true,
            None => false,
        }
    }
}

/// The sorts of bytes that decide where a word begins.
const OTHER: u16 = 0;
const DIGIT: u16 = 1;
const LOWER: u16 = 2;
const UPPER: u16 = 3;

/// The bits of a state that hold the sort of its byte.
const LAST: u16 = 0x0300;

/// For a byte after another one's state: its own sort, and in the last bit whether a word begins at it, as
/// [`boundary_before`] says.
const STATES: [u16; 1024] = {
    let mut states = [0; 1024];
    let mut at = 0;
    while at < states.len() {
        let (before, byte) = (at as u16 >> 8, at as u8);
        let sort = match byte {
            b'0'..=b'9' => DIGIT,
            b'a'..=b'z' => LOWER,
            b'A'..=b'Z' => UPPER,
            _ => OTHER,
        };
        let begins = sort == OTHER || before == OTHER || before == DIGIT || sort == UPPER && before == LOWER;
        states[at] = sort << 8 | begins as u16;
        at += 1;
    }
    states
};

/// The four bytes at a place; zeros after the end.
fn four_bytes(text: &[u8], at: usize) -> [u8; 4] {
    let mut bytes = [0; 4];
    match text.get(at..at + 4) {
        Some(own) => bytes.copy_from_slice(own),
        None => bytes.iter_mut().zip(text.iter().skip(at)).for_each(|(byte, own)| *byte = *own),
    }
    bytes
}

/// Four bytes, alike in every case of their letters; other bytes may be alike, too.
const fn key(bytes: [u8; 4]) -> u32 {
    u32::from_le_bytes(bytes) | 0x2020_2020
}

const fn hash(key: u32) -> u32 {
    key.wrapping_mul(0x9E37_79B1)
}

const fn row(key: u32) -> u32 {
    hash(key) >> (32 - ROWS.trailing_zeros())
}

/// One of eight: what goes into one row is told apart by it.
const fn bit(key: u32) -> u32 {
    hash(key) >> (29 - ROWS.trailing_zeros()) & 7
}

/// The four bytes after the first four of a literal, as [`key`] makes them, and which of their bits are certain: those of the bytes
/// that it has before the first `~`.
fn after_beginning(literal: &[u8]) -> (u32, u32) {
    let (mut next, mut certain) = ([0; 4], [0; 4]);
    let plain = literal.iter().take_while(|byte| **byte != b'~').skip(4).take(4);
    for ((byte, bits), own) in next.iter_mut().zip(&mut certain).zip(plain) {
        (*byte, *bits) = (*own, u8::MAX);
    }
    (key(next), u32::from_le_bytes(certain))
}

/// Calls with the first four bytes of every spelling; false when a spelling has fewer than three. Of one with three, the next
/// byte may be any.
fn each_beginning(literal: &[u8], mut beginning: [u8; 4], at: usize, visit: &mut impl FnMut([u8; 4])) -> bool {
    let Some(place) = beginning.get_mut(at) else {
        visit(beginning);
        return true;
    };
    let Some((first, rest)) = literal.split_first() else {
        if at == MIN_LENGTH {
            let [a, b, c, _] = beginning;
            (0..=u8::MAX).for_each(|next| visit([a, b, c, next]));
        }
        return at >= MIN_LENGTH;
    };
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
        if text.get(at).map(u8::to_ascii_lowercase) != Some(*byte) {
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

    fn anywhere(needles: &Needles, text: &str) -> Vec<Place> {
        needles.find(text.as_bytes(), &needles.lookout(|_| Some(Begin::Anywhere)))
    }

    /// Every place, found by looking at each.
    fn all(literals: &[String], text: &str) -> Vec<Place> {
        let mut found = Vec::new();
        for at in 0..text.len() {
            for (number, literal) in literals.iter().enumerate() {
                each_end(literal.as_bytes(), text.as_bytes(), at, &mut |end| found.push((end, at, number)));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    proptest! {
        /// The table finds what a look at every place finds, and of that what begins a word when only that is wanted.
        #[test]
        fn the_table_finds_every_place(
            literals in proptest::collection::vec("[ab~ _]{0,6}[ab]~?[ab]{0,3}", 1..12),
            text in "[aAbB _1-]{0,60}",
        ) {
            let needles = needles(&literals);
            let mut places = all(&literals, &text);
            prop_assert_eq!(&anywhere(&needles, &text), &places);
            places.retain(|(_, start, _)| boundary_before(text.as_bytes(), *start));
            prop_assert_eq!(needles.find(text.as_bytes(), &needles.lookout(|_| Some(Begin::Word))), places);
        }
    }

    #[test]
    fn places_are_in_order_and_short_literals_are_found_too() {
        let found = anywhere(&needles(&["log".into(), "audit~log".into(), "~x".into()]), "audit-log AuditLOG x");
        assert_eq!(found, [(9, 0, 1), (9, 6, 0), (18, 10, 1), (18, 15, 0), (20, 18, 2), (20, 19, 2)]);
        let logs = needles(&["log".into()]);
        assert_eq!(logs.find(b"log", &logs.lookout(|_| None)), []);
    }
}
