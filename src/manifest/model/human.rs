//! What the people around it need: documents, change, adoption, skills, training.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{is_absent, section};
use crate::manifest::value::{Day, Quantity, Short, leading};

section! {
    /// Documents for the next team.
    Docs => note {
        /// The README.
        readme: Option<String>,
        /// The architecture page.
        architecture: Option<String>,
        /// The folder of decision records.
        decisions: Option<String>,
        /// The system or model card.
        system_card: Option<String>,
        /// The datasheet.
        datasheet: Option<String>,
        /// The retrospective.
        retrospective: Option<String>,
        /// Prose.
        note: Option<String>,
    }
}

section! {
    /// The change in the way people work.
    Change => note {
        /// The groups it affects.
        groups: Vec<Short<Group>>,
        /// The ADKAR stage of each group: awareness, desire, knowledge, ability, reinforcement.
        stage_by_group: BTreeMap<String, String>,
        /// Dated communication.
        comms: Vec<Short<Message>>,
        /// The workflow before.
        workflow_before: Option<String>,
        /// The workflow after.
        workflow_after: Option<String>,
        /// The document with the plan.
        plan: Option<String>,
        /// Prose.
        note: Option<String>,
    }
}

section! {
    /// A group that is affected.
    Group => name {
        /// Its name, as in `scope.users`.
        name: Option<String>,
        /// What it gains.
        gains: Option<String>,
        /// What it loses.
        loses: Option<String>,
        /// When it was asked, or how many.
        asked: Option<String>,
        /// Its manager.
        manager: Option<String>,
    }
}

section! {
    /// A dated message.
    Message => what {
        /// When.
        date: Option<Day>,
        /// To whom.
        audience: Option<String>,
        /// What.
        what: Option<String>,
    }
}

section! {
    /// Adoption.
    Adoption => note {
        /// Who counts as eligible.
        eligible: Option<String>,
        /// The share of eligible people who should use it, for instance `70%`.
        target: Option<Quantity>,
        /// The highest share of outputs that people override.
        override_limit: Option<Quantity>,
        /// Prose.
        note: Option<String>,
    }
}

section! {
    /// Skills.
    Skills => note {
        /// The matrix.
        roles: Vec<Short<RoleSkill>>,
        /// Prose.
        note: Option<String>,
    }
}

section! {
    /// One cell of the skills matrix.
    RoleSkill => role {
        /// The role.
        role: Option<String>,
        /// The skill.
        skill: Option<String>,
        /// The level there is, 0-5.
        have: Option<f64>,
        /// The level that is needed, 0-5.
        need: Option<f64>,
        /// The training that closes the gap.
        plan: Option<String>,
        /// Until when.
        due: Option<Day>,
        /// It has been done.
        done: Option<bool>,
    }
}

section! {
    /// Training by audience.
    Training => note {
        /// Knowledge workers: prompting.
        prompting: Option<Short<Course>>,
        /// Builders: agent orchestration.
        orchestration: Option<Short<Course>>,
        /// Managers, executives, approvers: governance.
        governance: Option<Short<Course>>,
        /// Process staff: data literacy.
        data_literacy: Option<Short<Course>>,
        /// On-call staff and reviewers: drills.
        drills: Option<Short<Course>>,
        /// Prose.
        note: Option<String>,
    }
}

section! {
    /// A course.
    Course => curriculum {
        /// What is taught: a document in the repository, or a sentence.
        curriculum: Option<String>,
        /// For whom.
        audience: Option<String>,
        /// How many people that is, when it is not `scope.user_count`.
        audience_count: Option<u64>,
        /// The hands-on exercise.
        exercise: Option<String>,
        /// The share of the audience to reach, for instance `80%`.
        coverage_target: Option<Quantity>,
    }
}
