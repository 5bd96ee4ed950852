//! The records that teams write: one struct a file or a row. A text enters, a typed record (or its JSON Schema) leaves.
//!
//! YAML, TOML and JSON records refuse unknown keys, so that a misspelled key is found when it is written. Rows of CSV files may
//! have columns of their own besides those that are named here.

use schemars::{JsonSchema, Schema, schema_for};
use serde::{Deserialize, Serialize};

pub use crate::manifest::model::{Decision, DecisionKind};
use crate::manifest::value::{Day, OneOrMany};

/// Somebody attests that something holds which no file can prove: `records/attestations/*.yaml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Attestation {
    /// The check it is for, by its id.
    pub check: String,
    /// Who attests; counts as proof when it is not the project's owner.
    pub by: String,
    /// In which role, for instance `manager of the owner`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// When.
    pub date: Day,
    /// What is attested, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
}

/// Operations accepts the system: `records/acceptance/*.yaml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// When.
    pub date: Day,
    /// Who accepts; somebody who does not build it.
    pub by: String,
    /// In which role, for instance `operations lead`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The version or commit that was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Conditions under which it was accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<String>,
    /// What still stands in the way; empty when nothing does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open_blockers: Vec<String>,
    /// Anything else, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
}

/// The owner hands the project over for a while: `records/delegations/*.yaml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Delegation {
    /// From this day on.
    pub date: Day,
    /// Who delegates; the owner.
    pub by: String,
    /// Who acts instead.
    pub to: String,
    /// Last day; until further notice when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Something was practised: `drills/*.yaml`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Drill {
    /// When.
    pub date: Day,
    /// What was practised, for instance rollback, kill-switch, bad-model, outsider-setup.
    pub scenario: String,
    /// Who took part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub participants: Vec<String>,
    /// Minutes until somebody noticed.
    #[serde(default, deserialize_with = "not_negative", skip_serializing_if = "Option::is_none")]
    pub minutes_to_detect: Option<f64>,
    /// Minutes until it worked again.
    #[serde(default, deserialize_with = "not_negative", skip_serializing_if = "Option::is_none")]
    pub minutes_to_recover: Option<f64>,
    /// What was taken back: code, model, prompt, data.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<String>,
    /// Whether it passed.
    pub passed: bool,
    /// For a rollback: whether the new version was then brought forward again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forward_again: Option<bool>,
    /// The runbooks that were used, by path.
    #[serde(alias = "runbooks", default, skip_serializing_if = "no_paths")]
    pub runbook: OneOrMany<String>,
    /// Where it was practised, for instance staging.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The version that was drilled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What follows from it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<Action>,
    /// Anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

/// A time that was measured: zero or more.
fn not_negative<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    let minutes = Option::<f64>::deserialize(deserializer)?;
    match minutes {
        Some(minutes) if minutes < 0.0 => Err(serde::de::Error::custom(format!(
            "`{minutes}` is less than nothing; write the minutes that were measured"
        ))),
        minutes => Ok(minutes),
    }
}

fn no_paths(paths: &OneOrMany<String>) -> bool {
    paths.is_empty()
}

/// Something to be done after a drill.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// What.
    pub what: String,
    /// Who.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Day>,
    /// It has been done.
    #[serde(default)]
    pub done: bool,
}

/// A row of a CSV file that teams write.
pub trait Row {
    /// The columns, in the order in which they are written.
    const COLUMNS: &'static [&'static str];
}

macro_rules! row {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident : $ty:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        pub struct $name {
            $($(#[$fdoc])* pub $field: $ty,)*
        }
        impl Row for $name {
            const COLUMNS: &'static [&'static str] = &[$(stringify!($field)),*];
        }
    };
}

row! {
    /// A row of `training/records.csv`.
    TrainingRow {
        /// The person: a name, a handle or the `person_ref` of the manifest.
        person_ref: String,
        /// The role.
        role: Option<String>,
        /// prompting, orchestration, governance, data-literacy or another course.
        course: String,
        /// When it was completed; empty when it was not yet.
        completed_on: Option<Day>,
        /// `pass` or `fail`.
        result: String,
    }
}

row! {
    /// A row of `records/approvals.csv`.
    ApprovalRow {
        /// The approval's id; audit records name it.
        approval_id: Option<String>,
        /// The action that waited.
        action: String,
        /// Who (or which agent) asked.
        requested_by: String,
        /// Who decided.
        approved_by: Option<String>,
        /// `approved` or `rejected`.
        decision: String,
        /// When it was asked: a time such as 2026-09-01T08:00:00Z.
        requested_at: Option<String>,
        /// When it was decided.
        decided_at: Option<String>,
    }
}

row! {
    /// A row of `rollout/stages.csv`.
    StageRow {
        /// Share of traffic in per cent.
        percent: f64,
        /// The day (or time) it was entered.
        from: String,
        /// The day (or time) it was left; empty while it lasts.
        to: Option<String>,
        /// The metric that was watched.
        metric: Option<String>,
        /// Its value.
        value: Option<f64>,
        /// Whether the stage was aborted.
        aborted: bool,
    }
}

row! {
    /// A row of `metrics/adoption.csv`.
    AdoptionRow {
        /// The day, or the last day of the period.
        at: Day,
        /// People who could use it.
        eligible: f64,
        /// People who did.
        active: f64,
        /// Outputs (or people) whose result was overridden.
        overridden: Option<f64>,
        /// Cases (or people) that went around it.
        bypassed: Option<f64>,
    }
}

row! {
    /// A row of `records/comms.csv`.
    MessageRow {
        /// When it was sent.
        date: Day,
        /// To whom.
        audience: String,
        /// What.
        what: Option<String>,
    }
}

row! {
    /// A row of `records/survey.csv`.
    SurveyRow {
        /// When.
        date: Day,
        /// The group.
        group: String,
        /// The ADKAR stage: awareness, desire, knowledge, ability or reinforcement.
        stage: String,
    }
}

row! {
    /// A row of `records/feedback.csv`.
    FeedbackRow {
        /// When it came.
        opened_on: Day,
        /// When somebody looked at it; empty while it waits.
        triaged_on: Option<Day>,
        /// Through which channel.
        channel: Option<String>,
        /// What was said.
        text: Option<String>,
    }
}

/// Makes a schema.
pub type MakeSchema = fn() -> Schema;

/// The schema of each kind of record, by the name under which it is printed.
pub const SCHEMAS: &[(&str, MakeSchema)] = &[
    ("decision", || schema_for!(Decision)),
    ("attestation", || schema_for!(Attestation)),
    ("acceptance", || schema_for!(Acceptance)),
    ("delegation", || schema_for!(Delegation)),
    ("drill", || schema_for!(Drill)),
    ("training", || schema_for!(TrainingRow)),
    ("approval", || schema_for!(ApprovalRow)),
    ("stage", || schema_for!(StageRow)),
    ("adoption", || schema_for!(AdoptionRow)),
    ("message", || schema_for!(MessageRow)),
    ("survey", || schema_for!(SurveyRow)),
    ("feedback", || schema_for!(FeedbackRow)),
];

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_schema_that_describes_each_field() {
        for (kind, schema) in SCHEMAS {
            let schema = schema();
            let properties = schema.get("properties").and_then(|p| p.as_object()).unwrap();
            assert!(properties.len() >= 3, "{kind}");
            for (name, property) in properties {
                let described = property.get("description").is_some() || property.get("$ref").is_some();
                assert!(described, "{kind}.{name}");
            }
            assert!(schema.get("description").is_some(), "{kind}");
        }
    }

    #[test]
    fn records_refuse_unknown_keys_in_their_schema_too() {
        for kind in ["decision", "attestation", "acceptance", "delegation", "drill"] {
            let schema = SCHEMAS.iter().find(|(k, _)| *k == kind).unwrap().1();
            assert_eq!(schema.get("additionalProperties"), Some(&serde_json::Value::Bool(false)), "{kind}");
        }
    }

    #[test]
    fn the_columns_are_those_that_teams_write() {
        assert_eq!(TrainingRow::COLUMNS.join(","), "person_ref,role,course,completed_on,result");
        assert_eq!(
            ApprovalRow::COLUMNS.join(","),
            "approval_id,action,requested_by,approved_by,decision,requested_at,decided_at"
        );
        assert_eq!(StageRow::COLUMNS.join(","), "percent,from,to,metric,value,aborted");
        assert_eq!(AdoptionRow::COLUMNS.join(","), "at,eligible,active,overridden,bypassed");
    }

    #[test]
    fn the_contracts_examples_are_records() {
        let drill: Drill = serde_json::from_str(
            r#"{"date":"2026-07-24","scenario":"rollback","participants":["A. Silva"],"minutes_to_detect":3,"minutes_to_recover":11,"covers":["code","model","prompt","data"],"passed":true}"#,
        )
        .unwrap();
        assert_eq!(drill.minutes_to_recover, Some(11.0));
        assert!(
            serde_json::from_str::<Drill>(r#"{"date":"2026-07-24","scenario":"x","passed":true,"pased":1}"#).is_err()
        );
        let again: Drill = serde_json::from_str(&serde_json::to_string(&drill).unwrap()).unwrap();
        assert_eq!(again, drill);
    }
}
