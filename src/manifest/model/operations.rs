//! How it is run: objectives, alerts, runbooks, rollback, incidents, rollout, load, feedback.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{is_absent, section};
use crate::manifest::value::{OneOrMany, Quantity, Span as Duration, leading};

section! {
    /// A service level objective.
    Slo => name {
        /// Its name.
        name: Option<String>,
        /// What it measures: availability, latency, quality, cost …
        sli: Option<String>,
        /// The name of the time series.
        metric: Option<String>,
        /// The objective, for instance `99.5%` or `2 s`.
        objective: Option<String>,
        /// The window, for instance `28 days`.
        window: Option<Duration>,
    }
}

section! {
    /// Alert rules.
    Alerts => rules {
        /// The rule files.
        rules: Option<OneOrMany<String>>,
        /// The files with the rules' tests.
        tests: Option<OneOrMany<String>>,
    }
}

section! {
    /// Runbooks.
    Runbooks => dir {
        /// The folder they are in.
        dir: Option<String>,
    }
}

section! {
    /// How a version is taken back.
    Rollback => mechanism {
        /// The mechanism.
        mechanism: Option<String>,
        /// How long it may take at most, in minutes.
        target_minutes: Option<f64>,
        /// What it takes back: code, model, prompt, data.
        covers: Vec<String>,
        /// The document with the procedure.
        procedure: Option<String>,
    }
}

section! {
    /// What happens when it goes wrong.
    Incident => note {
        /// The severity levels.
        severities: Vec<String>,
        /// Who does what.
        roles: Vec<String>,
        /// How the work goes on by hand.
        manual_fallback: Option<String>,
        /// Who is told: users, regulator.
        notify: Vec<String>,
        /// The document with the plan.
        plan: Option<String>,
        /// Prose.
        note: Option<String>,
    }
}

section! {
    /// How traffic is moved.
    Rollout => note {
        /// The stages, in order.
        stages: Vec<Stage>,
        /// The file with the rollout object.
        object: Option<String>,
        /// Prose.
        note: Option<String>,
    }
}

section! {
    /// One traffic stage.
    Stage => enter_if {
        /// Share of traffic in per cent.
        percent: Option<f64>,
        /// How long it is held at least, in hours.
        min_hours: Option<f64>,
        /// What must hold to enter; with numbers.
        enter_if: Option<String>,
        /// What aborts it; with numbers.
        abort_if: Option<String>,
    }
}

section! {
    /// The load it must hold.
    Load => note {
        /// Requests a second at peak.
        peak_rps: Option<f64>,
        /// Factor over the peak that is tested; 2 when left out.
        headroom: Option<f64>,
        /// The highest p95 latency in milliseconds.
        p95_ms: Option<f64>,
        /// The highest share of failed requests, for instance `0.5%`.
        error_rate: Option<Quantity>,
        /// For batch systems: the window in which a full run must end, in minutes.
        window_minutes: Option<f64>,
        /// Prose.
        note: Option<String>,
    }
}

section! {
    /// How feedback reaches the team.
    Feedback => channel {
        /// Where users say it.
        channel: Option<String>,
        /// Within how many days it is looked at.
        triage_days: Option<f64>,
        /// Who looks at it.
        owner: Option<String>,
    }
}
