//! Flags and environment enter, the day of the run leaves. The only place that reads the clock.

use aipp::diagnostic::{Code, Diagnostic};
use aipp::manifest::value::Day;

use super::Failure;
use super::args::Global;

/// The day: `--today`, else `SOURCE_DATE_EPOCH`, else the clock in the system's time zone.
pub(super) fn today(global: &Global) -> Result<Day, Failure> {
    if let Some(day) = global.today {
        return Ok(day);
    }
    match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(text) => {
            let second = text.trim().parse().ok().and_then(|s| jiff::Timestamp::from_second(s).ok());
            second.map(|s| Day(s.to_zoned(jiff::tz::TimeZone::UTC).date())).ok_or_else(|| {
                Failure::one(
                    Diagnostic::error(
                        Code::BadValue,
                        format!("SOURCE_DATE_EPOCH is `{text}`, which is no number of seconds"),
                    )
                    .help("unset it, or use --today YYYY-MM-DD"),
                )
            })
        }
        Err(_) => Ok(Day(jiff::Zoned::now().date())),
    }
}
