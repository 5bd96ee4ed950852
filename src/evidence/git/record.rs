//! What `git log` prints in a format of our own enters; commits with the paths they touched, and the text of a file, leave.

use jiff::civil::Date;

use super::{Change, Commit};
use crate::manifest::value::Day;

/// A record begins with U+0001; its fields are parted by U+0002; the touched paths follow, a line each.
pub(super) const FORMAT: &str = "--format=%x01%H%x02%aI%x02%an%x02%ae%x02";

/// A record with the whole message; what follows is the difference.
pub(super) const BODY: &str = "--format=%x01%H%x02%B%x02";

/// The new text of a file from a difference that holds all of it.
pub(super) fn after(difference: &str) -> String {
    let mut text = String::new();
    for line in difference.lines().skip_while(|line| !line.starts_with("@@ ")).skip(1) {
        if let Some(kept) = line.strip_prefix([' ', '+']) {
            text.push_str(kept);
            text.push('\n');
        }
    }
    text
}

pub(super) fn parse(record: &str) -> Option<Change> {
    let mut fields = record.split('\u{2}');
    let id = fields.next()?.to_owned();
    let day: Date = fields.next()?.get(..10)?.parse().ok()?;
    let name = fields.next()?.to_owned();
    let email = fields.next()?.to_owned();
    let touched = fields.next().unwrap_or_default().lines().filter(|l| !l.is_empty()).map(str::to_owned).collect();
    (!id.is_empty()).then_some((Commit { day: Day(day), name, email, id }, touched))
}
