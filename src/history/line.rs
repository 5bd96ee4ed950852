//! The bytes of one line enter; the fields of a sample in the usual form leave, at the speed of reading them once.
//!
//! What is not in the usual form (escapes, a key twice, another type of row) is none here and is read by `Row::parse`, which says what
//! is wrong. So this file may only accept what that function accepts too; a property test holds the two against each other.

/// The fields of a sample that arithmetic needs, as slices of the line.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Fields<'a> {
    pub(super) id: &'a str,
    pub(super) metric: &'a str,
    pub(super) value: f64,
    pub(super) unit: &'a str,
    /// Milliseconds since 1970 (UTC).
    pub(super) at: i64,
    /// Milliseconds since 1970 (UTC).
    pub(super) recorded: i64,
    /// The object of `baseline`, unread.
    pub(super) baseline: Option<&'a str>,
}

/// The keys of a sample; each at most once.
const KEYS: &[&str] =
    &["v", "type", "id", "metric", "value", "unit", "at", "recorded", "by", "note", "source", "baseline"];

/// The bits of the keys that must be there: all but unit, by, note, source and baseline.
const NEEDED: u32 = 0b0000_1101_1111;

/// Reads a line. None when it is anything but a sample in the usual form.
pub(super) fn sample(line: &str) -> Option<Fields<'_>> {
    let mut cursor = Cursor { text: line, at: 0 };
    let mut fields = Fields::default();
    let mut seen = 0_u32;
    let mut expected = 0;
    cursor.blank();
    cursor.eat(b'{')?;
    loop {
        cursor.blank();
        let key = cursor.string()?;
        // Keys mostly come in the order in which they are written.
        let index = match KEYS.get(expected) {
            Some(next) if *next == key => expected,
            _ => KEYS.iter().position(|k| *k == key)?,
        };
        expected = index + 1;
        if seen & (1 << index) != 0 {
            return None;
        }
        seen |= 1 << index;
        cursor.blank();
        cursor.eat(b':')?;
        cursor.blank();
        match key {
            "v" => (cursor.number()? == "1").then_some(())?,
            "type" => (cursor.string()? == "sample").then_some(())?,
            "id" => fields.id = cursor.string()?,
            "metric" => fields.metric = cursor.string().filter(|m| !m.is_empty())?,
            "value" => fields.value = cursor.number()?.parse().ok().filter(|v: &f64| v.is_finite())?,
            "unit" => fields.unit = cursor.string()?,
            "at" => fields.at = moment(cursor.string()?)?,
            "recorded" => fields.recorded = moment(cursor.string()?)?,
            "by" | "note" | "source" => {
                cursor.string()?;
            }
            _ => fields.baseline = Some(cursor.object()?),
        }
        cursor.blank();
        match cursor.next()? {
            b',' => {}
            b'}' => break,
            _ => return None,
        }
    }
    cursor.blank();
    (cursor.at == line.len() && seen & NEEDED == NEEDED).then_some(fields)
}

/// Where the first quote, backslash or control character is; eight bytes at a time.
pub(super) fn special(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // The high bit of every byte of `word` that is zero (and perhaps of later ones).
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let mut words = bytes.chunks_exact(8);
    let mut at = 0;
    for word in &mut words {
        let word = word.iter().rev().fold(0_u64, |n, b| n << 8 | u64::from(*b));
        let quote = zero(word ^ (ONES * u64::from(b'"')));
        let escape = zero(word ^ (ONES * u64::from(b'\\')));
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        let found = quote | escape | control;
        if found != 0 {
            // The lowest bit that is set is right, whatever a borrow did above it.
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    words.remainder().iter().position(|b| matches!(b, b'"' | b'\\' | 0..0x20)).map(|rest| at + rest)
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r')) {
            self.at += 1;
        }
    }

    /// A string without escapes.
    fn string(&mut self) -> Option<&'a str> {
        self.eat(b'"')?;
        let rest = self.text.as_bytes().get(self.at..)?;
        let len = special(rest)?;
        if rest[len] != b'"' {
            return None;
        }
        let text = self.text.get(self.at..self.at + len)?;
        self.at += len + 1;
        Some(text)
    }

    /// A number by the grammar of JSON.
    fn number(&mut self) -> Option<&'a str> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let first = self.peek()?;
        let whole = self.digits()?;
        if whole > 1 && first == b'0' {
            return None;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        self.text.get(start..self.at)
    }

    fn digits(&mut self) -> Option<usize> {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then(|| self.at - start)
    }

    /// A flat object of strings, unread.
    fn object(&mut self) -> Option<&'a str> {
        let start = self.at;
        self.eat(b'{')?;
        self.blank();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return self.text.get(start..self.at);
        }
        loop {
            self.blank();
            self.string()?;
            self.blank();
            self.eat(b':')?;
            self.blank();
            self.string()?;
            self.blank();
            match self.next()? {
                b',' => {}
                b'}' => return self.text.get(start..self.at),
                _ => return None,
            }
        }
    }
}

/// `2026-09-01T08:00:00Z`, with a fraction or without, in milliseconds since 1970; anything else is left to the calendar.
fn moment(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let digits = |from: usize, len: usize| -> Option<i64> {
        bytes
            .get(from..from + len)?
            .iter()
            .try_fold(0_i64, |n, b| b.is_ascii_digit().then(|| n * 10 + i64::from(b - b'0')))
    };
    let is = |at: usize, byte: u8| bytes.get(at) == Some(&byte);
    if !(is(4, b'-') && is(7, b'-') && is(10, b'T') && is(13, b':') && is(16, b':')) {
        return text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond);
    }
    let (year, month, day) = (digits(0, 4)?, digits(5, 2)?, digits(8, 2)?);
    let (hour, minute, second) = (digits(11, 2)?, digits(14, 2)?, digits(17, 2)?);
    let plain = (1970..=9000).contains(&year) && (1..=12).contains(&month) && (1..=28).contains(&day);
    if !plain || hour > 23 || minute > 59 || second > 59 || bytes.len() != 20 || bytes[19] != b'Z' {
        return text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond);
    }
    Some((((days_since_1970(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1000)
}

/// Days from 1970-01-01 to a day after it, by the Gregorian calendar, with years that begin in March so that the leap day comes last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year / 4 - year / 100 + year / 400;
    year * 365 + leaps + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;
    use crate::history::{Row, Sample};

    const LINE: &str = r#"{"v": 1, "type": "sample", "id": "40fc00d2-acb6-4bcd-a06b-460c078c8f70", "metric": "error-rate", "value": -2.6e1, "unit": "%", "at": "2026-07-24T16:00:00Z", "recorded": "2026-07-24T16:48:00.5+02:00", "by": "Priya", "note": "end of pilot", "source": "cli", "baseline": {"baseline":"4.2%","unit":"%"}}"#;

    #[test]
    fn the_usual_form_is_read_as_the_row() {
        let fields = sample(LINE).unwrap();
        let Row::Sample(row) = Row::parse(LINE.as_bytes()).unwrap() else { panic!() };
        agree(&fields, &row);
        assert_eq!(fields.baseline, Some(r#"{"baseline":"4.2%","unit":"%"}"#));
    }

    fn agree(fields: &Fields<'_>, row: &Sample) {
        assert_eq!((fields.metric, fields.value, fields.unit), (row.metric.as_str(), row.value, row.unit.as_str()));
        assert_eq!((fields.at, fields.recorded), (row.at.as_millisecond(), row.recorded.as_millisecond()));
        assert_eq!(fields.baseline.is_some(), row.baseline.is_some());
    }

    #[test]
    fn anything_else_is_left_to_the_careful_reader() {
        for (from, to) in [
            ("error-rate", "error\\u002drate"),
            ("\"v\": 1", "\"v\": 2"),
            ("\"v\": 1", "\"v\": 1, \"v\": 1"),
            ("sample\"", "rebaseline\""),
            ("-2.6e1", "+2.6"),
            ("-2.6e1", "02"),
            ("-2.6e1", "2."),
            ("-2.6e1", "NaN"),
            ("-2.6e1", "1e999"),
            ("-2.6e1", "\"2.6\""),
            ("\"source\"", "\"origin\""),
            ("07-24T16:00", "02-30T16:00"),
            ("}}", "}"),
            ("}}", "}} x"),
            ("}}", "},}"),
        ] {
            let line = LINE.replacen(from, to, 1);
            assert_ne!(line, LINE, "{from}");
            assert_eq!(sample(&line), None, "{line}");
        }
    }

    #[test]
    fn moments_agree_with_the_calendar() {
        for text in ["1970-01-01T00:00:00Z", "2000-02-29T23:59:59Z", "2024-02-28T12:00:00Z", "2026-12-31T00:00:00.25Z"]
        {
            assert_eq!(moment(text), Some(text.parse::<jiff::Timestamp>().unwrap().as_millisecond()), "{text}");
        }
        assert_eq!(moment("2026-02-30T00:00:00Z"), None);
        assert_eq!(moment("2026-02-03"), None);
        assert_eq!(moment("2026-02-03T00:00:00"), None, "no zone");
    }

    proptest::proptest! {
        #[test]
        fn every_day_is_counted_as_the_calendar_does(second in 0..10_000_000_000_i64) {
            let stamp = jiff::Timestamp::from_second(second).unwrap();
            proptest::prop_assert_eq!(moment(&stamp.to_string()), Some(second * 1000));
        }

        /// A line with a few bytes changed: what the quick reader takes, the careful one takes as the same.
        #[test]
        fn the_quick_reader_takes_nothing_that_the_careful_one_refuses(
            at in 0..LINE.len(), with in "[ -~é\u{1}]{0,3}", cut in 0..4_usize,
        ) {
            let line = format!("{}{with}{}", &LINE[..at], &LINE[(at + cut).min(LINE.len())..]);
            if let Some(fields) = sample(&line)
                && uuid::Uuid::try_parse(fields.id).is_ok()
            {
                let Ok(Row::Sample(row)) = Row::parse(line.as_bytes()) else { panic!("{line}") };
                agree(&fields, &row);
            }
        }
    }
}
