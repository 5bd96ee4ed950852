//! A sample enters; its line leaves, byte for byte as `serde_json` writes it, in less than half of the instructions.
//!
//! An import of ten thousand rows spends most of its time here otherwise. What is not plain (a text with escapes, a definition) is
//! left to `serde_json`; a property test holds the two against each other.

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use serde::ser::Error as _;

use super::line::special;
use super::row::Sample;

/// As a timestamp shows itself, without the machinery of `fmt` between.
const PRINTER: DateTimePrinter = DateTimePrinter::new();

/// Writes the object of a sample, without the end of its line.
pub(super) fn sample(row: &Sample, out: &mut Vec<u8>) -> serde_json::Result<()> {
    let mut id = [0; uuid::fmt::Hyphenated::LENGTH];
    out.extend_from_slice(b"{\"v\":");
    serde_json::to_writer(&mut *out, &row.v)?;
    out.extend_from_slice(b",\"type\":\"sample\",\"id\":\"");
    out.extend_from_slice(row.id.hyphenated().encode_lower(&mut id).as_bytes());
    out.extend_from_slice(b"\",\"metric\":");
    text(&row.metric, out)?;
    out.extend_from_slice(b",\"value\":");
    serde_json::to_writer(&mut *out, &row.value)?;
    out.extend_from_slice(b",\"unit\":");
    text(&row.unit, out)?;
    out.extend_from_slice(b",\"at\":");
    moment(&row.at, out)?;
    out.extend_from_slice(b",\"recorded\":");
    moment(&row.recorded, out)?;
    out.extend_from_slice(b",\"by\":");
    text(&row.by, out)?;
    if let Some(note) = &row.note {
        out.extend_from_slice(b",\"note\":");
        text(note, out)?;
    }
    out.extend_from_slice(b",\"source\":");
    text(&row.source, out)?;
    if let Some(baseline) = &row.baseline {
        out.extend_from_slice(b",\"baseline\":");
        serde_json::to_writer(&mut *out, baseline)?;
    }
    out.push(b'}');
    Ok(())
}

/// A time with quotes.
fn moment(at: &Timestamp, out: &mut Vec<u8>) -> serde_json::Result<()> {
    out.push(b'"');
    PRINTER.print_timestamp(at, &mut *out).map_err(serde_json::Error::custom)?;
    out.push(b'"');
    Ok(())
}

/// A text with quotes; mostly there is nothing in it to escape.
fn text(text: &str, out: &mut Vec<u8>) -> serde_json::Result<()> {
    if special(text.as_bytes()).is_some() {
        return serde_json::to_writer(&mut *out, text);
    }
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
    Ok(())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::history::row::Stamp;
    use crate::series::Definition;

    proptest! {
        #[test]
        fn it_is_what_serde_json_writes(
            id: u128, value: f64, at in -62_135_596_800_000_i64..253_402_207_200_000, texts in "\\PC{0,20}", by in "[ -~\"\\\\\n\u{1}é]{0,20}",
            note in proptest::option::of("[ -~\"\\\\\t\u{7f}\u{2028}]{0,20}"), compared: bool,
        ) {
            let at = Timestamp::from_millisecond(at).unwrap();
            let stamp = Stamp { id: Uuid::from_u128(id), recorded: at, by };
            let mut row = Sample::new(stamp, &texts, value, &texts, at);
            row.note = note;
            row.baseline = compared.then(|| Definition { baseline: Some(texts), ..Definition::default() });
            let mut out = Vec::new();
            sample(&row, &mut out).unwrap();
            prop_assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string(&row).unwrap());
        }
    }
}
