//! Flags and environment enter; the day and the moment of the run leave, and new ids. The only place that reads the clock.

use aipp::diagnostic::{Code, Diagnostic};
use aipp::history::row::Stamp;
use aipp::manifest::value::Day;
use aipp::series::measured::{DAY_MS, start_of};
use jiff::Timestamp;
use uuid::{NoContext, Uuid};

use super::Failure;
use super::args::Global;

/// The day: `--today`, else `SOURCE_DATE_EPOCH`, else the clock in the system's time zone.
pub(super) fn today(global: &Global) -> Result<Day, Failure> {
    if let Some(day) = global.today {
        return Ok(day);
    }
    Ok(match source_date()? {
        Some(at) => Day(at.to_zoned(jiff::tz::TimeZone::UTC).date()),
        None => Day(jiff::Zoned::now().date()),
    })
}

/// The moment that `SOURCE_DATE_EPOCH` names.
fn source_date() -> Result<Option<Timestamp>, Failure> {
    let set = std::env::var("SOURCE_DATE_EPOCH").ok().filter(|text| !text.is_empty());
    let Some(text) = set else { return Ok(None) };
    let second = text.trim().parse().ok().and_then(|s| Timestamp::from_second(s).ok());
    second.map(Some).ok_or_else(|| {
        Failure::one(
            Diagnostic::error(Code::BadValue, format!("SOURCE_DATE_EPOCH is `{text}`, which is no number of seconds"))
                .help("unset it, or use --today YYYY-MM-DD"),
        )
    })
}

/// The moment, in whole seconds: the beginning of the day of `--today`, else `SOURCE_DATE_EPOCH`, else the clock.
pub(super) fn now(global: &Global) -> Result<Timestamp, Failure> {
    if let Some(day) = global.today {
        return Ok(Timestamp::from_millisecond(start_of(day)).unwrap_or(Timestamp::UNIX_EPOCH));
    }
    let at = source_date()?.unwrap_or_else(Timestamp::now);
    Ok(Timestamp::from_second(at.as_second()).unwrap_or(at))
}

/// The last moment that counts, in milliseconds since 1970: none is the end of the day. In the evening west of Greenwich the next day
/// has begun in UTC, and what is recorded then counts at once.
pub(super) fn until(global: &Global) -> Result<Option<i64>, Failure> {
    if global.today.is_some() || source_date()?.is_some() {
        return Ok(None);
    }
    let end = start_of(today(global)?) + DAY_MS - 1;
    Ok(Some(end.max(Timestamp::now().as_millisecond())))
}

/// A new row's id, time and author. Ids are of version 7 and so in the order in which they were made.
pub(super) fn stamp(by: &str, global: &Global) -> Result<Stamp, Failure> {
    let clock = Timestamp::now();
    let (second, nano) = (u64::try_from(clock.as_second()), u32::try_from(clock.subsec_nanosecond()));
    let unix = uuid::Timestamp::from_unix(NoContext, second.unwrap_or_default(), nano.unwrap_or_default());
    Ok(Stamp { id: Uuid::new_v7(unix), recorded: now(global)?, by: by.to_owned() })
}

/// Who records: what the flag says, else the user of this machine.
pub(super) fn author(flag: Option<&str>) -> String {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let user = || ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| set(name));
    flag.map(str::to_owned).or_else(user).unwrap_or_else(|| "unknown".to_owned())
}
