//! Who answers for the project, and what they decided.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{is_absent, section};
use crate::manifest::value::{Day, OneOrMany, Short, leading};

section! {
    /// The people who answer for the project.
    People => note {
        /// The executive who pays and decides.
        sponsor: Option<Short<Sponsor>>,
        /// The one accountable person.
        owner: Option<OneOrMany<Short<Person>>>,
        /// Who builds it.
        builders: Vec<Short<Person>>,
        /// Who may approve what the system proposes.
        approvers: Vec<Short<Person>>,
        /// Who is called when it breaks.
        on_call: Vec<Short<Person>>,
        /// The team that runs it.
        operations: Option<Short<Operations>>,
        /// Where the objective is written down that depends on this project.
        accountable_objective: Option<Short<Objective>>,
        /// Prose.
        note: Option<String>,
    }
}

section! {
    /// An objective that depends on the project.
    Objective => reference {
        /// Where it is written down.
        reference: Option<String>,
        /// Whose objective it is; the owner's when left out.
        person: Option<String>,
    }
}

section! {
    /// A person, by name and handle.
    Person => name {
        /// Full name.
        name: Option<String>,
        /// Handle on the forge, for instance `@asilva`.
        handle: Option<String>,
        /// E-mail address in commits.
        email: Option<String>,
        /// The name or number that training records use for this person.
        person_ref: Option<String>,
        /// Title or role.
        title: Option<String>,
        /// The role in this project.
        role: Option<String>,
    }
}

section! {
    /// The sponsor.
    Sponsor => name {
        /// Full name.
        name: Option<String>,
        /// Title.
        title: Option<String>,
        /// Handle on the forge.
        handle: Option<String>,
        /// Who decides when the sponsor is away.
        deputy: Option<String>,
        /// The day until which the money is there; week 24 or later.
        funded_until: Option<Day>,
    }
}

section! {
    /// The team that runs it.
    Operations => lead {
        /// Who leads it.
        lead: Option<String>,
        /// When they accepted the system.
        accepted_on: Option<Day>,
        /// Where the duty schedule is.
        schedule: Option<String>,
    }
}

/// What a decision decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DecisionKind {
    /// Go on.
    Go,
    /// Stop.
    Stop,
    /// Change course.
    Pivot,
    /// Choose one use case.
    Selection,
}

/// A dated decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// go, stop, pivot or selection.
    pub kind: DecisionKind,
    /// When.
    pub date: Day,
    /// Who decided.
    pub by: String,
    /// What was decided.
    #[serde(default, skip_serializing_if = "is_absent")]
    pub what: Option<String>,
    /// What was declined or parked by it.
    #[serde(default, skip_serializing_if = "is_absent")]
    pub declined: Vec<String>,
    /// An id that scope changes can cite.
    #[serde(default, skip_serializing_if = "is_absent")]
    pub id: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "is_absent")]
    pub reason: Option<String>,
}
