//! The typed manifest: one struct a section, in the order people fill them in; the structs stand in one file a theme.
//!
//! Every field is optional, because a short manifest is valid and simply scores low. A section that has one leading
//! field also accepts a bare sentence for it ([`Short`]); the others take a bare sentence as their `note`, which claims
//! the section without proving anything about it.

mod data;
mod exceptions;
mod focus;
mod governance;
mod growth;
mod human;
mod infrastructure;
mod metrics;
mod operations;
mod people;
mod project;
mod quality;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::value::{OneOrMany, Short};

pub use data::{Contract, Data, Dataset, Regions};
pub use exceptions::{NotApplicable, Waiver};
pub use focus::{BusinessCase, Candidate, Criterion, Pilot, Planning, Scope, UseCase, UseCaseStatus, Weekday};
pub use governance::{Approval, Audit, ChangeControl, Governance, KillSwitch, Notice, OutputCheck, Redteam, Security};
pub use growth::{Component, Expansion, Lesson, Platform};
pub use human::{Adoption, Change, Course, Docs, Group, Message, RoleSkill, Skills, Training};
pub use infrastructure::{Agent, Cost, Delivery, Dependency, Infrastructure, Model, Placement, Prompts};
pub use metrics::{Aggregate, Baseline, Benefit, Direction, Guardrail, Metric, MetricSource};
pub use operations::{Alerts, Feedback, Incident, Load, Rollback, Rollout, Runbooks, Slo, Stage};
pub use people::{Decision, DecisionKind, Objective, Operations, People, Person, Sponsor};
pub use project::{Phase, Project, Serving, System, Tier};
pub use quality::{Comparison, Drift, EdgeCases, EvalDataset, EvalGate, Evals, Monitoring, Slice};

/// A statement about one AI project. Every section is optional.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Manifest {
    /// Version of the manifest format; this version reads 1.
    pub aipp: Option<u32>,
    /// An editor's hint where the JSON Schema of this file is.
    #[serde(rename = "$schema", skip_serializing)]
    pub schema: Option<String>,
    /// What the project is, how critical it is and which phase it is in.
    pub project: Option<Short<Project>>,
    /// The business case in one sentence: cut METRIC of PROCESS from A to B by DATE.
    pub business_case: Option<Short<BusinessCase>>,
    /// The use case that is active, or a list of them (exactly one may be active).
    pub use_case: Option<OneOrMany<Short<UseCase>>>,
    /// When the pilot runs and what decides it.
    pub pilot: Option<Short<Pilot>>,
    /// From when, on which days and with how much capacity the work is planned.
    pub plan: Option<Short<Planning>>,
    /// What the system will do and what it will not.
    pub scope: Option<Short<Scope>>,
    /// Where training, inference, data and orchestration run, and why.
    pub infrastructure: Option<Short<Infrastructure>>,
    /// The metric table: metric, baseline, target, timeline.
    pub metrics: Vec<Metric>,
    /// Who sponsors, owns, builds, approves and runs it.
    pub people: Option<Short<People>>,
    /// Dated decisions, when they are not kept as files in `records/decisions/`.
    pub decisions: Vec<Decision>,
    /// Risk, approvals, audit, kill switch and notice.
    pub governance: Option<Short<Governance>>,
    /// The agents and the tools each may call.
    pub agents: Vec<Short<Agent>>,
    /// The models in use, with pinned versions.
    pub models: Vec<Short<Model>>,
    /// The prompts in use.
    pub prompts: Option<Short<Prompts>>,
    /// The data sets the system is built on.
    pub datasets: Vec<Short<Dataset>>,
    /// Personal data, residency, retention and input contracts.
    pub data: Option<Short<Data>>,
    /// What the system calls and what happens when that fails.
    pub dependencies: Vec<Short<Dependency>>,
    /// How it is built and deployed.
    pub delivery: Option<Short<Delivery>>,
    /// Caps on spend.
    pub cost: Option<Short<Cost>>,
    /// Secrets and red-teaming.
    pub security: Option<Short<Security>>,
    /// Service level objectives.
    pub slos: Vec<Short<Slo>>,
    /// Alert rules.
    pub alerts: Option<Short<Alerts>>,
    /// Runbooks.
    pub runbooks: Option<Short<Runbooks>>,
    /// How a version is taken back.
    pub rollback: Option<Short<Rollback>>,
    /// What happens when it goes wrong.
    pub incident: Option<Short<Incident>>,
    /// How traffic is moved to it.
    pub rollout: Option<Short<Rollout>>,
    /// The load it must hold.
    pub load: Option<Short<Load>>,
    /// How users' feedback reaches the team.
    pub feedback: Option<Short<Feedback>>,
    /// Evaluation: data, comparison, gate and slices.
    pub evals: Option<Short<Evals>>,
    /// The register of edge cases.
    pub edge_cases: Option<Short<EdgeCases>>,
    /// Drift monitoring.
    pub monitoring: Option<Short<Monitoring>>,
    /// Documents for the next team.
    pub docs: Option<Short<Docs>>,
    /// The change in the way people work.
    pub change: Option<Short<Change>>,
    /// Adoption by the people it is for.
    pub adoption: Option<Short<Adoption>>,
    /// Skills the team has and needs.
    pub skills: Option<Short<Skills>>,
    /// Training by audience.
    pub training: Option<Short<Training>>,
    /// Parts that other projects reuse.
    pub components: Vec<Short<Component>>,
    /// What the internal platform offers to the next project.
    pub platform: Option<Short<Platform>>,
    /// The next processes, scored.
    pub expansion: Vec<Short<Expansion>>,
    /// Benefit that was realised and confirmed.
    pub benefits: Vec<Short<Benefit>>,
    /// Evidence that detection does not find by itself: paths by evidence kind. It adds, it never removes.
    pub evidence: BTreeMap<String, OneOrMany<String>>,
    /// Time-limited acceptances of unmet checks.
    pub waivers: Vec<Waiver>,
    /// Checks that do not apply to this project, with the reason.
    pub not_applicable: Vec<NotApplicable>,
}

/// A section that also accepts a bare sentence for its leading field, the one behind the arrow.
macro_rules! section {
    ($(#[$doc:meta])* $name:ident => $lead:ident { $($(#[$fdoc:meta])* $field:ident : $ty:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $($(#[$fdoc])* #[serde(skip_serializing_if = "is_absent")] pub $field: $ty,)*
        }
        leading!($name, $lead);
    };
}
use section;

/// Whether a value says nothing and is left out of the facts.
fn is_absent<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
