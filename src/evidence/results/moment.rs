//! A date as tools write it (ISO with or without a zone, slashes, seconds or milliseconds since 1970) enters; a day leaves, with
//! the time of day so that two results of one day can be put in order.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::manifest::value::Day;

/// A day and the second in it, as the artefact says it: the day of its own calendar, not of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    /// The day.
    pub(super) day: Day,
    second: u32,
}

impl Moment {
    /// Reads a date, or a date with a time. Nothing else is taken for a date, and no impossible day either.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let head = text.get(..10)?;
        let day = Day::parse(head).or_else(|| Day::parse(&head.replace('/', "-")))?;
        match text.get(10..)? {
            "" => Some(Self { day, second: 0 }),
            rest => Some(Self { day, second: clock(rest.strip_prefix(['T', 't', ' ', '_'])?) }),
        }
    }

    /// Reads seconds since 1970, or milliseconds, microseconds or nanoseconds by their size.
    pub(super) fn epoch(number: f64) -> Option<Self> {
        let seconds = match number {
            n if n >= 1e17 => n / 1e9,
            n if n >= 1e14 => n / 1e6,
            n if n >= 1e11 => n / 1e3,
            n => n,
        };
        // 2000 to 2100; anything else is a number that is no date.
        if !(946_684_800.0..4_102_444_800.0).contains(&seconds) {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "the range was checked above")]
        let stamp = Timestamp::from_second(seconds as i64).ok()?;
        let zoned = stamp.to_zoned(TimeZone::UTC);
        let second = u32::try_from(i64::from(zoned.hour()) * 3600 + i64::from(zoned.minute()) * 60).unwrap_or_default();
        Some(Self { day: Day(zoned.date()), second: second + u32::try_from(zoned.second()).unwrap_or_default() })
    }

    /// Reads a date from a JSON value.
    pub(super) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Self::parse(text),
            Value::Number(number) => Self::epoch(number.as_f64()?),
            _ => None,
        }
    }

    /// The moment, when its calendar is that of UTC.
    pub(super) fn timestamp(self) -> Option<Timestamp> {
        let midnight = self.day.0.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second();
        Timestamp::from_second(midnight + i64::from(self.second)).ok()
    }

    /// Days since the year 2000; newer results rank higher.
    pub(super) fn rank(moment: Option<Self>) -> u32 {
        let Some(moment) = moment else { return 0 };
        let since = moment.day.0.since(jiff::civil::date(2000, 1, 1)).map_or(0, |span| span.get_days());
        u32::try_from(since).unwrap_or_default()
    }
}

/// Seconds since midnight of `08:30`, `08:30:15` and what follows; 0 when it is no time.
fn clock(text: &str) -> u32 {
    let mut parts = text.split([':', '-']).map(|part| {
        let digits = part.find(|c: char| !c.is_ascii_digit()).map_or(part, |at| part.get(..at).unwrap_or_default());
        digits.parse::<u32>().ok().filter(|n| *n < 60)
    });
    let mut next = || parts.next().flatten();
    let Some(hour) = next() else { return 0 };
    hour * 3600 + next().unwrap_or_default() * 60 + next().unwrap_or_default()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    fn day(moment: Option<Moment>) -> Option<String> {
        moment.map(|m| m.day.to_string())
    }

    #[test]
    fn days_are_read_as_the_tools_write_them() {
        for text in [
            "2026-11-20",
            "2026-11-20T23:30:00+02:00",
            "2026-11-20T08:00:00.123Z",
            "2026/11/20 08:00:00",
            "2026-11-20 08:00",
        ] {
            assert_eq!(day(Moment::parse(text)).as_deref(), Some("2026-11-20"), "{text}");
        }
        for text in
            ["", "2026-11", "2026-13-01", "2026-11-20x", "20.11.2026", "N/A", "ünïcödé text", "2026-02-30T01:00:00"]
        {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
        assert_eq!(day(Moment::epoch(1_795_132_800.0)).as_deref(), Some("2026-11-20"));
        assert_eq!(day(Moment::epoch(1_795_132_800_123.0)).as_deref(), Some("2026-11-20"));
        assert_eq!(Moment::epoch(42.0), None);
        assert_eq!(Moment::epoch(f64::NAN), None);
    }

    #[test]
    fn the_later_of_one_day_is_greater() {
        let at = |text: &str| Moment::parse(text).unwrap();
        assert!(at("2026-11-20T09:00:00") > at("2026-11-20T08:59:59"));
        assert!(at("2026-11-21") > at("2026-11-20T23:59:59"));
        assert!(Moment::rank(Some(at("2026-11-21"))) > Moment::rank(Some(at("2026-11-20"))));
    }
}
