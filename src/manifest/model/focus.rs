//! Why it is done and within which bounds: business case, use case, pilot, calendar, scope.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{is_absent, section};
use crate::manifest::value::{Day, DaysOff, Quantity, Short, leading};

section! {
    /// The business case.
    BusinessCase => sentence {
        /// One sentence of at most 40 words with the process, a number with its unit and a date.
        sentence: Option<String>,
    }
}

section! {
    /// One use case.
    UseCase => name {
        /// What it is called.
        name: Option<String>,
        /// The business process it serves.
        process: Option<String>,
        /// `active`, `parked` or `declined`; active when left out.
        status: Option<UseCaseStatus>,
        /// The candidates that were scored before one was chosen.
        selection: Vec<Candidate>,
        /// The highest risk score that may be chosen.
        risk_cutoff: Option<f64>,
        /// When the building began; scores must be older.
        build_started: Option<Day>,
    }
}

/// Whether a use case is worked on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum UseCaseStatus {
    /// Worked on now.
    #[default]
    Active,
    /// Put aside with a date.
    Parked,
    /// Decided against.
    Declined,
}

section! {
    /// A candidate that was scored.
    Candidate => candidate {
        /// Its name.
        candidate: Option<String>,
        /// Expected impact, higher is better; any scale, the same for all.
        impact: Option<f64>,
        /// Risk, lower is better; any scale, the same for all.
        risk: Option<f64>,
    }
}

section! {
    /// The pilot's bounds.
    Pilot => note {
        /// First day.
        start: Option<Day>,
        /// Last day; within 8 weeks of the start.
        end: Option<Day>,
        /// What must hold to go on; with numbers.
        go_criteria: Vec<Short<Criterion>>,
        /// What stops it; with numbers.
        stop_criteria: Vec<Short<Criterion>>,
        /// One bounded extension: the new last day.
        extended_to: Option<Day>,
        /// Prose.
        note: Option<String>,
    }
}

section! {
    /// One go or stop criterion.
    Criterion => text {
        /// The criterion as a sentence with a number.
        text: Option<String>,
        /// The metric it reads, by id.
        metric: Option<String>,
        /// It holds when the metric is at least this.
        at_least: Option<Quantity>,
        /// It holds when the metric is at most this.
        at_most: Option<Quantity>,
    }
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Weekday {
    /// Monday.
    #[serde(alias = "monday")]
    Mon,
    /// Tuesday.
    #[serde(alias = "tuesday")]
    Tue,
    /// Wednesday.
    #[serde(alias = "wednesday")]
    Wed,
    /// Thursday.
    #[serde(alias = "thursday")]
    Thu,
    /// Friday.
    #[serde(alias = "friday")]
    Fri,
    /// Saturday.
    #[serde(alias = "saturday")]
    Sat,
    /// Sunday.
    #[serde(alias = "sunday")]
    Sun,
}

section! {
    /// The calendar of `aipp plan`.
    Planning => note {
        /// The first day of week 1; the pilot's start when left out.
        start: Option<Day>,
        /// Days on which nobody works: a day, or a period such as `2026-12-24/2027-01-01`.
        holidays: Vec<DaysOff>,
        /// The days on which people work; Monday to Friday when left out.
        working_days: Vec<Weekday>,
        /// Working days per week by role (the owners of the playbook's tasks); every working day when left out, more than that for
        /// several people.
        capacity: BTreeMap<String, f64>,
        /// Prose.
        note: Option<String>,
    }
}

/// The bounds of what the system does.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Scope {
    /// What it will do.
    #[serde(rename = "in", skip_serializing_if = "is_absent")]
    pub inside: Vec<String>,
    /// What it will not do.
    #[serde(skip_serializing_if = "is_absent")]
    pub out: Vec<String>,
    /// The groups of people who use it.
    #[serde(skip_serializing_if = "is_absent")]
    pub users: Vec<String>,
    /// How many people that is.
    #[serde(skip_serializing_if = "is_absent")]
    pub user_count: Option<u64>,
    /// How much work passes through it, for instance `12000 documents/month`.
    #[serde(skip_serializing_if = "is_absent")]
    pub volume: Option<Quantity>,
    /// Known limits of the system.
    #[serde(skip_serializing_if = "is_absent")]
    pub limits: Vec<String>,
    /// Prose.
    #[serde(skip_serializing_if = "is_absent")]
    pub note: Option<String>,
}
leading!(Scope, note);
