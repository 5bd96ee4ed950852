//! What the next projects reuse: components, the platform, the next processes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{is_absent, section};
use crate::manifest::value::{Short, leading};

section! {
    /// A part that other projects reuse.
    Component => name {
        /// Its name.
        name: Option<String>,
        /// Its version.
        version: Option<String>,
        /// Who keeps it.
        owner: Option<String>,
        /// Where it is described.
        docs: Option<String>,
        /// The projects that use it.
        consumers: Vec<String>,
    }
}

section! {
    /// The internal platform.
    Platform => note {
        /// The model gateway.
        gateway: Option<String>,
        /// The evaluation harness.
        evals: Option<String>,
        /// Telemetry.
        observability: Option<String>,
        /// Policy as code.
        policy: Option<String>,
        /// The project template.
        template: Option<String>,
        /// Who keeps it.
        owner: Option<String>,
        /// Prose.
        note: Option<String>,
    }
}

section! {
    /// A next process.
    Expansion => process {
        /// The process.
        process: Option<String>,
        /// Its score.
        score: Option<f64>,
        /// What was learnt, each with the commit that put it into a check, template or component.
        lessons: Vec<Short<Lesson>>,
    }
}

section! {
    /// A lesson.
    Lesson => text {
        /// What was learnt.
        text: Option<String>,
        /// The commit that acted on it.
        commit: Option<String>,
    }
}
