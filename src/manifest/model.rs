//! The typed manifest: one struct a section, in the order people fill them in.
//!
//! Every field is optional, because a short manifest is valid and simply scores low. A section that has one leading
//! field also accepts a bare sentence for it ([`Short`]); the others take a bare sentence as their `note`, which claims
//! the section without proving anything about it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::value::{Day, DaysOff, OneOrMany, Period, Quantity, Short, Span as Duration, leading};

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

/// Whether a value says nothing and is left out of the facts.
fn is_absent<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// How much is at stake.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// Internal users, at most 10 % of traffic.
    Experimental,
    /// The rules as written.
    #[default]
    Standard,
    /// Every documented requirement becomes verified and evidence ages twice as fast.
    Critical,
}

/// The four phases of the playbook; a gate stands at the exit of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Weeks 1-6.
    #[default]
    ProveValue,
    /// Weeks 7-12.
    Harden,
    /// Weeks 13-24.
    Scale,
    /// Weeks 25 and later.
    Expand,
}

/// What kind of AI system it is; some checks apply to one kind only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum System {
    /// Calls tools and acts.
    Agent,
    /// Uses a language model but takes no action by itself.
    #[default]
    LlmApp,
    /// A trained model that scores or predicts.
    MlModel,
}

/// Whether it answers requests or runs over batches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Serving {
    /// Answers requests.
    #[default]
    Online,
    /// Runs over batches.
    Batch,
}

section! {
    /// What the project is.
    Project => name {
        /// The project's name, as the team says it.
        name: Option<String>,
        /// One line about it.
        description: Option<String>,
        /// How much is at stake: experimental, standard (default) or critical.
        tier: Option<Tier>,
        /// The phase the project is in: prove-value (default), harden, scale or expand.
        phase: Option<Phase>,
        /// The kind of system: agent, llm-app (default) or ml-model.
        system: Option<System>,
        /// Online (default) or batch.
        serving: Option<Serving>,
    }
}

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

section! {
    /// Where the four parts run.
    Infrastructure => note {
        /// Where models are trained; `location: none` with a reason when nothing is.
        training: Option<Short<Placement>>,
        /// Where models answer.
        inference: Option<Short<Placement>>,
        /// Where the data is kept.
        data: Option<Short<Placement>>,
        /// What ties the parts together.
        orchestration: Option<Short<Placement>>,
        /// Prose.
        note: Option<String>,
    }
}

section! {
    /// One placement decision; complete with a location and a reason.
    Placement => location {
        /// For instance cloud, edge, on-premise, hybrid or none.
        location: Option<String>,
        /// The provider, where there is one.
        provider: Option<String>,
        /// The region, where there is one.
        region: Option<String>,
        /// The tool that does it.
        tool: Option<String>,
        /// Why here.
        reason: Option<String>,
    }
}

/// Which way a metric should move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Lower is better.
    #[serde(alias = "down", alias = "lower", alias = "reduce")]
    Decrease,
    /// Higher is better.
    #[serde(alias = "up", alias = "higher", alias = "raise")]
    Increase,
}

/// One row of the metric table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Metric {
    /// Short name for commands and files, unique in the manifest.
    pub id: String,
    /// What it is called.
    #[serde(skip_serializing_if = "is_absent")]
    pub name: Option<String>,
    /// The value before the pilot.
    #[serde(skip_serializing_if = "is_absent")]
    pub baseline: Option<Short<Baseline>>,
    /// The value to reach, of the baseline's dimension.
    #[serde(skip_serializing_if = "is_absent")]
    pub target: Option<Quantity>,
    /// Which way it should move; follows from baseline and target when left out.
    #[serde(skip_serializing_if = "is_absent")]
    pub direction: Option<Direction>,
    /// The day by which the target is reached.
    #[serde(skip_serializing_if = "is_absent")]
    pub deadline: Option<Day>,
    /// Instead of a deadline: how long after the pilot's start, for instance `60 days`.
    #[serde(skip_serializing_if = "is_absent")]
    pub timeline: Option<Duration>,
    /// Who answers for it; the project's owner when left out.
    #[serde(skip_serializing_if = "is_absent")]
    pub owner: Option<String>,
    /// The limit that must hold while the target is chased.
    #[serde(skip_serializing_if = "is_absent")]
    pub guardrail: Option<Short<Guardrail>>,
    /// Where measurements come from: a file in the repository, or a server; `aipp metrics pull` fetches them.
    #[serde(skip_serializing_if = "is_absent")]
    pub source: Option<Short<MetricSource>>,
    /// The file or export with the measurements so far.
    #[serde(skip_serializing_if = "is_absent")]
    pub history: Option<String>,
    /// How the comparison is fair: control group, hold-out, or before and after.
    #[serde(skip_serializing_if = "is_absent")]
    pub comparison: Option<String>,
    /// What one unit of work costs is measured by this metric.
    #[serde(skip_serializing_if = "is_absent")]
    pub unit_cost: Option<bool>,
    /// Prose.
    #[serde(skip_serializing_if = "is_absent")]
    pub note: Option<String>,
}

section! {
    /// Where measurements come from: exactly one of file, prometheus, mlflow and sql.
    MetricSource => file {
        /// A CSV or JSON file in the repository.
        file: Option<String>,
        /// The address of a Prometheus server, or `env` for the one in AIPP_PROMETHEUS_URL. Credentials come from the environment.
        prometheus: Option<String>,
        /// The PromQL query; it gives one series.
        query: Option<String>,
        /// How far the values lie apart: 15m, 1h, 1d (otherwise 1d).
        step: Option<String>,
        /// The address of an MLflow server, or `env` for the one in MLFLOW_TRACKING_URI. Credentials come from the environment.
        mlflow: Option<String>,
        /// The name of the MLflow experiment.
        experiment: Option<String>,
        /// The metric's name in MLflow.
        metric: Option<String>,
        /// A PostgreSQL query that gives two columns, time and value. The database is the one in AIPP_SQL_URL.
        sql: Option<String>,
        /// The unit of the values (otherwise the metric's).
        unit: Option<String>,
        /// For files: where something is, `at: day`, `value: minutes`.
        map: BTreeMap<String, String>,
        /// Nothing before this day (otherwise the pilot's start).
        since: Option<Day>,
    }
}

impl MetricSource {
    /// The source as one text, to see whether it is still the same: a file's path, or the server with what is asked of it.
    #[must_use]
    pub fn text(&self) -> String {
        let parts = [
            ("", &self.file),
            ("prometheus ", &self.prometheus),
            ("mlflow ", &self.mlflow),
            ("sql ", &self.sql),
            ("", &self.experiment),
            ("", &self.metric),
            ("", &self.query),
        ];
        let said = parts.iter().filter_map(|(kind, text)| Some(format!("{kind}{}", text.as_deref()?)));
        said.collect::<Vec<_>>().join(" ")
    }
}

section! {
    /// A baseline and where it comes from.
    Baseline => value {
        /// The value, with its unit.
        value: Option<Quantity>,
        /// The time it was measured over: `2026-04-01/2026-05-15`.
        window: Option<Period>,
        /// How many observations.
        n: Option<u64>,
        /// The observations are all there were, not a sample.
        whole_population: Option<bool>,
        /// The CSV file with the observations (columns at, value and optionally weight).
        source: Option<String>,
        /// How the value follows from the file: mean, median, sum or ratio.
        aggregate: Option<Aggregate>,
        /// Why the value is zero by definition; then nothing needs measuring.
        by_definition: Option<String>,
        /// How a window after the pilot's start was reconstructed, or the control group.
        reconstructed: Option<String>,
    }
}

/// How a baseline follows from its rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Aggregate {
    /// The (weighted) arithmetic mean.
    #[default]
    Mean,
    /// The median.
    Median,
    /// The sum.
    Sum,
    /// Sum of values over sum of weights.
    Ratio,
}

section! {
    /// The harm that is limited while the target is chased.
    Guardrail => limit {
        /// The limit, for instance `5%`; or a sentence with it.
        limit: Option<String>,
        /// What happens when it is crossed.
        action: Option<String>,
        /// The metric it reads, when it is another one.
        metric: Option<String>,
    }
}

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

section! {
    /// Risk and controls.
    Governance => note {
        /// The organisation's risk tier of this system, for instance high, limited or minimal.
        risk_tier: Option<String>,
        /// The legal role, for instance provider or deployer.
        legal_role: Option<String>,
        /// The legal class, for instance high-risk, limited-risk or minimal-risk.
        legal_class: Option<String>,
        /// The outcome of the prohibited-use check.
        prohibited_check: Option<String>,
        /// Why this tier.
        rationale: Option<String>,
        /// Who reviewed it.
        reviewer: Option<String>,
        /// When.
        reviewed_on: Option<Day>,
        /// The document with the classification.
        document: Option<String>,
        /// False when nothing that the system does has side effects.
        side_effects: Option<bool>,
        /// False when no action is irreversible or of high impact.
        high_impact: Option<bool>,
        /// False when nobody sees or is affected by the output.
        affects_people: Option<bool>,
        /// Which actions wait for a human.
        approvals: Vec<Short<Approval>>,
        /// The audit log.
        audit: Option<Short<Audit>>,
        /// How outputs are checked before they take effect.
        output_checks: Vec<Short<OutputCheck>>,
        /// How it is stopped.
        kill_switch: Option<Short<KillSwitch>>,
        /// How people are told.
        notice: Option<Short<Notice>>,
        /// Which paths are changed only under review.
        change_control: Option<Short<ChangeControl>>,
        /// Prose.
        note: Option<String>,
    }
}

section! {
    /// An action that waits for a human.
    Approval => action {
        /// The action.
        action: Option<String>,
        /// When it needs approval.
        condition: Option<String>,
        /// Who approves.
        approver_role: Option<String>,
        /// How long it waits, for instance `4 h`.
        timeout: Option<Quantity>,
        /// What happens then; `deny` is the safe answer.
        on_timeout: Option<String>,
    }
}

section! {
    /// The audit log.
    Audit => sink {
        /// Where events go.
        sink: Option<String>,
        /// The file with the event schema.
        schema: Option<String>,
        /// How long they are kept, in days; 184 or more.
        retention_days: Option<u64>,
    }
}

section! {
    /// A check of one output.
    OutputCheck => output {
        /// The output.
        output: Option<String>,
        /// What checks it: a schema, a business rule, a safety validator.
        validator: Option<String>,
        /// The file with the validator.
        path: Option<String>,
    }
}

section! {
    /// How the system is stopped.
    KillSwitch => mechanism {
        /// The flag or switch.
        mechanism: Option<String>,
        /// Who may use it.
        owner: Option<String>,
        /// How long it may take at most, in minutes.
        max_minutes: Option<f64>,
        /// What makes someone use it.
        stop_criteria: Vec<String>,
    }
}

section! {
    /// How people are told that AI is involved.
    Notice => text {
        /// The words.
        text: Option<String>,
        /// Where they stand.
        channel: Option<String>,
        /// How somebody objects.
        appeal: Option<String>,
    }
}

section! {
    /// Paths under review.
    ChangeControl => note {
        /// Path patterns.
        paths: Vec<String>,
        /// Prose.
        note: Option<String>,
    }
}

section! {
    /// An agent.
    Agent => name {
        /// Its name.
        name: Option<String>,
        /// The identity it acts under.
        identity: Option<String>,
        /// The tools it may call.
        tools: Vec<String>,
    }
}

section! {
    /// A model.
    Model => name {
        /// Its name.
        name: Option<String>,
        /// Who serves it.
        provider: Option<String>,
        /// The pinned version or dated id.
        version: Option<String>,
        /// Its path in the repository, when it is kept there.
        path: Option<String>,
        /// What it does here.
        role: Option<String>,
    }
}

section! {
    /// The prompts.
    Prompts => path {
        /// The folder or file they are kept in.
        path: Option<String>,
        /// The deployed version.
        version: Option<String>,
    }
}

section! {
    /// A data set.
    Dataset => name {
        /// Its name.
        name: Option<String>,
        /// Its path in the repository.
        path: Option<String>,
        /// Its sha256.
        hash: Option<String>,
        /// Its version.
        version: Option<String>,
    }
}

section! {
    /// Personal data, residency and contracts.
    Data => note {
        /// Data classes, for instance `supplier-invoice`.
        classes: Vec<String>,
        /// Allowed regions by data class; a plain list counts for `all`.
        allowed_regions: Option<Regions>,
        /// Personal data that passes through: a list of fields, or `none` with the reason in `note`.
        pii: Option<OneOrMany<String>>,
        /// How long data is kept, in days.
        retention_days: Option<u64>,
        /// The document with the impact assessment.
        assessment: Option<String>,
        /// The inputs and their schemas.
        contracts: Vec<Short<Contract>>,
        /// Prose.
        note: Option<String>,
    }
}

/// Allowed regions by data class.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Regions(#[schemars(with = "super::value::RegionsSchema")] pub BTreeMap<String, Vec<String>>);

section! {
    /// An input and its schema.
    Contract => input {
        /// The input.
        input: Option<String>,
        /// The file with its schema.
        schema: Option<String>,
    }
}

section! {
    /// Something the system depends on.
    Dependency => name {
        /// Its name; fault tests name it too.
        name: Option<String>,
        /// For instance model, tool, database.
        kind: Option<String>,
        /// False when the system works without it.
        critical: Option<bool>,
        /// Time-out in seconds.
        timeout_s: Option<f64>,
        /// How often a call is repeated.
        max_retries: Option<u64>,
        /// What happens when it fails.
        fallback: Option<String>,
        /// How to leave it for good.
        exit_plan: Option<String>,
    }
}

section! {
    /// How it is built and deployed.
    Delivery => pipeline {
        /// The CI file or the name of the pipeline.
        pipeline: Option<String>,
        /// The environments, for instance staging and production.
        environments: Vec<String>,
        /// The paths whose change changes what is served.
        serving_paths: Vec<String>,
    }
}

section! {
    /// Caps on spend.
    Cost => note {
        /// The most that one unit of work may cost.
        unit_budget: Option<Quantity>,
        /// The most that a month may cost.
        monthly_cap: Option<Quantity>,
        /// The most tokens for one request.
        max_tokens: Option<u64>,
        /// The most steps an agent takes for one task.
        max_steps: Option<u64>,
        /// The most requests in a time, for instance `60/min`.
        rate_limit: Option<String>,
        /// Prose.
        note: Option<String>,
    }
}

section! {
    /// Secrets and red-teaming.
    Security => note {
        /// Where secrets are kept.
        secrets_manager: Option<String>,
        /// Attacks on our own system.
        redteam: Option<Short<Redteam>>,
        /// Prose.
        note: Option<String>,
    }
}

section! {
    /// Red-teaming.
    Redteam => scope {
        /// What was attacked.
        scope: Option<String>,
        /// When last.
        last_run: Option<Day>,
        /// The threat model.
        threat_model: Option<String>,
    }
}

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

section! {
    /// Evaluation.
    Evals => note {
        /// The data it is evaluated on.
        datasets: Vec<Short<EvalDataset>>,
        /// The comparison with a simpler option.
        comparison: Option<Short<Comparison>>,
        /// The threshold that blocks a change.
        gate: Option<Short<EvalGate>>,
        /// Groups and segments, each with its floor.
        slices: Vec<Short<Slice>>,
        /// Prose.
        note: Option<String>,
    }
}

section! {
    /// Data for evaluation.
    EvalDataset => path {
        /// Its name.
        name: Option<String>,
        /// Its path in the repository.
        path: Option<String>,
        /// Where the rows come from.
        source: Option<String>,
        /// When they were sampled.
        sampled_on: Option<Day>,
        /// How: random, stratified.
        method: Option<String>,
        /// How many rows.
        n: Option<u64>,
        /// Share of malformed rows, for instance `8%`.
        messy_share: Option<Quantity>,
        /// Share of made-up rows.
        synthetic_share: Option<Quantity>,
        /// Its sha256.
        hash: Option<String>,
        /// The document that describes it.
        datasheet: Option<String>,
    }
}

section! {
    /// The comparison with a simpler option.
    Comparison => baseline {
        /// The simpler option.
        baseline: Option<String>,
        /// By how much it must be beaten, in the unit of the metric.
        margin: Option<Quantity>,
        /// The file with both results.
        results: Option<String>,
    }
}

section! {
    /// The evaluation gate.
    EvalGate => metric {
        /// The metric.
        metric: Option<String>,
        /// Its least value.
        min: Option<f64>,
        /// The workflow that enforces it.
        workflow: Option<String>,
    }
}

section! {
    /// A group or segment.
    Slice => name {
        /// Its name.
        name: Option<String>,
        /// The least value.
        floor: Option<f64>,
        /// The metric; the gate's when left out.
        metric: Option<String>,
        /// Why it matters.
        rationale: Option<String>,
    }
}

section! {
    /// The register of edge cases.
    EdgeCases => file {
        /// The file.
        file: Option<String>,
    }
}

section! {
    /// Monitoring.
    Monitoring => note {
        /// Drift monitoring.
        drift: Option<Short<Drift>>,
        /// Prose.
        note: Option<String>,
    }
}

section! {
    /// Drift monitoring.
    Drift => note {
        /// What is watched: input, output, provider-version, age.
        signals: Vec<String>,
        /// The threshold of each.
        thresholds: BTreeMap<String, String>,
        /// Prose.
        note: Option<String>,
    }
}

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

section! {
    /// Realised benefit.
    Benefit => note {
        /// The metric it follows from, by id.
        metric: Option<String>,
        /// The value.
        value: Option<Quantity>,
        /// The period.
        period: Option<Period>,
        /// Who confirmed it, outside the project.
        confirmed_by: Option<String>,
        /// Prose.
        note: Option<String>,
    }
}

/// A time-limited acceptance of one unmet check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The check.
    pub check: String,
    /// Why.
    pub reason: String,
    /// What can go wrong meanwhile.
    pub residual_risk: String,
    /// What limits it meanwhile.
    pub control: String,
    /// Who accepted it; not the owner.
    pub approver: String,
    /// When.
    pub created: Day,
    /// Until when, inclusive; within 90 days.
    pub expires: Day,
    /// The `created` date of the waiver that this one renews; once.
    #[serde(default, skip_serializing_if = "is_absent")]
    pub renews: Option<Day>,
}

/// A check that does not apply to this project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotApplicable {
    /// The check.
    pub check: String,
    /// Why.
    pub reason: String,
    /// Who says so.
    pub by: String,
    /// When.
    pub date: Day,
}
