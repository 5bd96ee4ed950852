//! Working days, holidays and capacity enter; the days on which work can be done leave, numbered from a first one.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan as _;
use jiff::civil::{Date, Weekday as Day7};

use crate::manifest::model::{Planning, Weekday};
use crate::manifest::value::{Day, Period};

/// When people work, and how much of their week belongs to the project.
///
/// Layers are put on top of each other with [`layer`](Self::layer): an organization's policy first, then the manifest. Holidays
/// add up; working days and the capacity of a role are replaced.
#[derive(Debug, Clone, PartialEq)]
pub struct Calendar {
    /// The days of the week on which people work, from Monday.
    working: [bool; 7],
    /// Days on which nobody works.
    holidays: BTreeSet<Date>,
    /// Working days per week by role, in lower case, with the name as it was written.
    capacity: BTreeMap<String, (String, f64)>,
}

impl Default for Calendar {
    /// Monday to Friday, no holidays, every role all week.
    fn default() -> Self {
        Self {
            working: [true, true, true, true, true, false, false],
            holidays: BTreeSet::new(),
            capacity: BTreeMap::new(),
        }
    }
}

impl Calendar {
    /// Puts another source on top: holidays are added, working days (when there are any) and capacities replace earlier ones.
    #[must_use]
    pub fn layer<'a>(
        mut self,
        holidays: impl IntoIterator<Item = Period>,
        working_days: &[Weekday],
        capacity: impl IntoIterator<Item = (&'a String, &'a f64)>,
    ) -> Self {
        for period in holidays {
            let mut day = period.from.0;
            while day <= period.to.0 {
                self.holidays.insert(day);
                let Ok(next) = day.checked_add(1.day()) else { break };
                day = next;
            }
        }
        if !working_days.is_empty() {
            self.working = [false; 7];
            for day in working_days {
                self.working[*day as usize] = true;
            }
        }
        for (role, days) in capacity {
            self.capacity.insert(role.trim().to_lowercase(), (role.trim().to_owned(), *days));
        }
        self
    }

    /// The same with what a manifest says in its `plan` section.
    #[must_use]
    pub fn with(self, planning: Option<&Planning>) -> Self {
        match planning {
            None => self,
            Some(p) => self.layer(p.holidays.iter().map(|d| d.0), &p.working_days, &p.capacity),
        }
    }

    /// The same with another capacity of one role, in days per week.
    #[must_use]
    pub fn with_capacity(mut self, role: &str, days: f64) -> Self {
        self.capacity.insert(role.trim().to_lowercase(), (role.trim().to_owned(), days));
        self
    }

    /// Working days in a week.
    #[must_use]
    pub fn per_week(&self) -> u32 {
        self.working.iter().map(|w| u32::from(*w)).sum()
    }

    /// Hundredths of working days per week of a role.
    #[must_use]
    pub fn hundredths(&self, role: &str) -> u32 {
        match self.capacity.get(&role.trim().to_lowercase()) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "0.1 to 500 by the manifest's rules"
            )]
            Some((_, days)) => ((days * 100.0).round() as u32).max(10),
            None => self.per_week() * 100,
        }
    }

    /// The roles with a capacity of their own, as they were written, with their days per week.
    pub fn capacities(&self) -> impl Iterator<Item = (&str, f64)> {
        self.capacity.values().map(|(role, days)| (role.as_str(), *days))
    }

    /// The days of the week on which people work.
    #[must_use]
    pub fn working_days(&self) -> Vec<Weekday> {
        const ALL: [Weekday; 7] =
            [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];
        ALL.into_iter().filter(|d| self.working[*d as usize]).collect()
    }

    /// The holidays between two days, both included.
    pub fn holidays(&self, from: Day, to: Day) -> impl Iterator<Item = Day> {
        // A range that runs backward would panic.
        let to = to.max(from);
        self.holidays.range(from.0..=to.0).copied().map(Day)
    }

    /// The same week, without holidays and with these capacities: what the order of work is made on.
    pub(super) fn bare(&self) -> Self {
        Self { holidays: BTreeSet::new(), ..self.clone() }
    }

    /// Whether people work on a day.
    #[must_use]
    pub fn works(&self, day: Date) -> bool {
        self.working[weekday(day)] && !self.holidays.contains(&day)
    }
}

fn weekday(day: Date) -> usize {
    usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or_default()
}

/// The number of the week (Monday to Sunday) that a day lies in; weeks in a row have numbers in a row.
fn week(day: Date) -> i64 {
    let monday = Date::constant(1, 1, 1);
    debug_assert_eq!(monday.weekday(), Day7::Monday);
    days_between(monday, day).div_euclid(7)
}

/// Days from one to another.
pub(super) fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

/// A day moved by days; it stays inside the calendar.
pub(super) fn shift(day: Date, days: i64) -> Date {
    let limit = if days < 0 { Date::MIN } else { Date::MAX };
    jiff::Span::new().try_days(days).ok().and_then(|span| day.checked_add(span).ok()).unwrap_or(limit)
}

/// The working days from a first one on, numbered from 0; made as far as they are asked for.
pub(super) struct Days<'c> {
    calendar: &'c Calendar,
    list: Vec<(Date, i64)>,
    next: Date,
}

impl<'c> Days<'c> {
    /// From a day on; the day itself counts when people work on it.
    pub(super) fn from(calendar: &'c Calendar, first: Date) -> Self {
        Self { calendar, list: Vec::new(), next: first }
    }

    /// Makes one more; the last day of the calendar repeats at its end.
    fn grow(&mut self) {
        while !self.calendar.works(self.next) && self.next < Date::MAX {
            self.next = shift(self.next, 1);
        }
        self.list.push((self.next, week(self.next)));
        self.next = shift(self.next, 1);
    }

    /// The date of a working day.
    pub(super) fn date(&mut self, index: usize) -> Date {
        while self.list.len() <= index {
            self.grow();
        }
        self.list[index].0
    }

    /// The week of a working day.
    pub(super) fn week(&mut self, index: usize) -> i64 {
        self.date(index);
        self.list[index].1
    }

    /// The first working day on or after a date.
    pub(super) fn index(&mut self, date: Date) -> usize {
        while self.list.last().is_none_or(|last| last.0 < date) {
            self.grow();
        }
        self.list.partition_point(|day| day.0 < date)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn weekends_and_holidays_are_no_working_days() {
        let off = Period { from: Day(date("2026-12-24")), to: Day(date("2027-01-01")) };
        let calendar = Calendar::default().layer([off], &[], &BTreeMap::new());
        let mut days = Days::from(&calendar, date("2026-12-19"));
        let first: Vec<String> = (0..5).map(|i| days.date(i).to_string()).collect();
        assert_eq!(first, ["2026-12-21", "2026-12-22", "2026-12-23", "2027-01-04", "2027-01-05"]);
        assert_eq!(days.index(date("2026-12-25")), 3);
        assert_eq!(days.index(date("2026-12-01")), 0);
    }

    #[test]
    fn a_plan_at_the_end_of_the_calendar_does_not_panic() {
        let calendar = Calendar::default();
        let mut days = Days::from(&calendar, date("9999-12-30"));
        assert_eq!(days.date(40), Date::MAX);
        assert_eq!(days.index(Date::MAX), days.index(Date::MAX));
        assert_eq!(shift(Date::MAX, 3), Date::MAX);
    }

    #[test]
    fn a_later_layer_replaces_capacity_and_adds_holidays() {
        let capacity: BTreeMap<String, f64> = [("sre".to_owned(), 2.0)].into();
        let one = Period { from: Day(date("2026-12-25")), to: Day(date("2026-12-25")) };
        let calendar = Calendar::default().layer([one], &[], &capacity);
        let calendar = calendar.layer([], &[Weekday::Mon], &BTreeMap::from([("SRE".to_owned(), 1.5)]));
        assert_eq!((calendar.hundredths("Sre"), calendar.hundredths("owner"), calendar.per_week()), (150, 100, 1));
        assert!(!calendar.works(date("2026-12-25")));
    }
}
