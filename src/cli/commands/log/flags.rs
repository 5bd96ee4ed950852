//! The flags of each record enter; its fields leave, in the order of the record.

use std::path::PathBuf;

use aipp::log::{Fields, Kind};
use aipp::manifest::value::Day;
use clap::{Subcommand, ValueEnum};
use serde_json::Value;

use crate::cli::args::parse_day;

/// What is recorded, with its flags.
#[derive(Debug, Subcommand)]
pub(super) enum Record {
    /// Go, stop, pivot or selection: records/decisions/DATE-KIND.yaml
    Decision(DecisionArgs),
    /// Somebody who is not the owner vouches for a check: records/attestations/CHECK.yaml
    Attestation(AttestationArgs),
    /// Something was practised: drills/DATE-SCENARIO.yaml
    Drill(DrillArgs),
    /// Somebody completed a course: a row of training/records.csv
    Training(TrainingArgs),
    /// Somebody decided on an action that waited: a row of records/approvals.csv
    Approval(ApprovalArgs),
    /// Operations takes the system over: records/acceptance/DATE.yaml
    Acceptance(AcceptanceArgs),
    /// Traffic was moved: a row of rollout/stages.csv
    Stage(StageArgs),
}

/// What every record has.
#[derive(Debug, clap::Args)]
pub(super) struct Common {
    /// The project's folder, or its manifest
    pub(super) path: Option<PathBuf>,
    /// When it happened; today when left out
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day)]
    date: Option<Day>,
}

#[derive(Debug, clap::Args)]
pub(super) struct DecisionArgs {
    /// go, stop, pivot or selection
    #[arg(long, value_name = "WORD")]
    kind: Option<String>,
    /// Who decided
    #[arg(long, value_name = "PERSON")]
    by: Option<String>,
    /// What was decided
    #[arg(long, value_name = "TEXT")]
    what: Option<String>,
    /// What was declined or parked by it; repeatable
    #[arg(long, value_name = "TEXT")]
    declined: Vec<String>,
    /// An id that changes of the scope can cite
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
pub(super) struct AttestationArgs {
    /// The check, by its id
    #[arg(long, value_name = "CHECK")]
    check: Option<String>,
    /// Who attests; proof only when it is not the project's owner
    #[arg(long, value_name = "PERSON")]
    by: Option<String>,
    /// In which role, for instance: manager of the owner
    #[arg(long, value_name = "TEXT")]
    role: Option<String>,
    /// What is attested, in a sentence
    #[arg(long, value_name = "SENTENCE")]
    statement: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
pub(super) struct DrillArgs {
    /// rollback, kill-switch, bad-model, outsider-setup or another name
    #[arg(long, value_name = "NAME")]
    scenario: Option<String>,
    /// Who took part; repeatable, or separated by commas
    #[arg(long, value_name = "PERSON", value_delimiter = ',')]
    participant: Vec<String>,
    /// Minutes until somebody noticed
    #[arg(long, value_name = "MINUTES", value_parser = measured)]
    minutes_to_detect: Option<f64>,
    /// Minutes until it worked again
    #[arg(long, value_name = "MINUTES", value_parser = measured)]
    minutes_to_recover: Option<f64>,
    /// What was taken back: code, model, prompt, data
    #[arg(long, value_name = "PART", value_delimiter = ',')]
    covers: Vec<String>,
    /// Whether it passed
    #[arg(long, value_name = "YES|NO", num_args = 0..=1, default_missing_value = "yes")]
    passed: Option<YesNo>,
    /// It did not pass
    #[arg(long, conflicts_with = "passed")]
    failed: bool,
    /// For a rollback: whether the new version was then brought forward again
    #[arg(long, value_name = "YES|NO", num_args = 0..=1, default_missing_value = "yes")]
    forward_again: Option<YesNo>,
    /// A runbook that was used; repeatable
    #[arg(long, value_name = "FILE")]
    runbook: Vec<String>,
    /// Where it was practised
    #[arg(long, value_name = "TEXT")]
    environment: Option<String>,
    /// The version that was drilled
    #[arg(long, value_name = "TEXT")]
    version: Option<String>,
    /// What is to be done after it; repeatable
    #[arg(long, value_name = "TEXT")]
    action: Vec<String>,
    /// Anything else
    #[arg(long, value_name = "TEXT")]
    notes: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
pub(super) struct TrainingArgs {
    /// The person: a name, a handle or the person_ref of the manifest
    #[arg(long, value_name = "PERSON")]
    person: Option<String>,
    /// The person's role
    #[arg(long, value_name = "TEXT")]
    role: Option<String>,
    /// prompting, orchestration, governance, data-literacy or another course
    #[arg(long, value_name = "NAME")]
    course: Option<String>,
    /// pass or fail
    #[arg(long, value_name = "WORD")]
    result: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
pub(super) struct ApprovalArgs {
    /// The approval's id; audit records name it
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// The action that waited
    #[arg(long, value_name = "NAME")]
    action: Option<String>,
    /// Who (or which agent) asked
    #[arg(long, value_name = "NAME")]
    requested_by: Option<String>,
    /// Who decided
    #[arg(long, value_name = "PERSON")]
    approved_by: Option<String>,
    /// approved or rejected
    #[arg(long, value_name = "WORD")]
    decision: Option<String>,
    /// When it was asked: 2026-09-01T08:00:00Z
    #[arg(long, value_name = "TIME")]
    requested_at: Option<String>,
    /// When it was decided; the date when left out
    #[arg(long, value_name = "TIME")]
    decided_at: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
pub(super) struct AcceptanceArgs {
    /// Who accepts; somebody who does not build it
    #[arg(long, value_name = "PERSON")]
    by: Option<String>,
    /// In which role, for instance: operations lead
    #[arg(long, value_name = "TEXT")]
    role: Option<String>,
    /// The version or commit that is accepted
    #[arg(long, value_name = "TEXT")]
    version: Option<String>,
    /// A condition; repeatable
    #[arg(long, value_name = "TEXT")]
    condition: Vec<String>,
    /// What still stands in the way; repeatable
    #[arg(long, value_name = "TEXT")]
    open_blocker: Vec<String>,
    /// Anything else, in a sentence
    #[arg(long, value_name = "TEXT")]
    statement: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
pub(super) struct StageArgs {
    /// Share of traffic in per cent
    #[arg(long, value_name = "NUMBER")]
    percent: Option<f64>,
    /// The day (or time) it was left; open while it lasts
    #[arg(long, value_name = "YYYY-MM-DD")]
    to: Option<String>,
    /// The metric that was watched
    #[arg(long, value_name = "ID")]
    metric: Option<String>,
    /// Its value
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    value: Option<f64>,
    /// The stage was aborted
    #[arg(long)]
    aborted: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum YesNo {
    Yes,
    No,
}

fn measured(text: &str) -> Result<f64, String> {
    let minutes = text.parse::<f64>().ok().filter(|m| m.is_finite() && *m >= 0.0);
    minutes.ok_or_else(|| "write the minutes that were measured, zero or more".to_owned())
}

/// Fields by their keys, in the order of the record.
#[derive(Default)]
struct Filled(Fields);

impl Filled {
    fn put(mut self, key: &str, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.0.insert(key.to_owned(), value.into());
        }
        self
    }

    fn list(self, key: &str, values: &[String]) -> Self {
        let values: Vec<Value> = values.iter().map(|v| Value::from(v.trim())).filter(|v| v != "").collect();
        self.put(key, (!values.is_empty()).then_some(values))
    }
}

impl Record {
    /// Its kind.
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Decision(_) => Kind::Decision,
            Self::Attestation(_) => Kind::Attestation,
            Self::Drill(_) => Kind::Drill,
            Self::Training(_) => Kind::Training,
            Self::Approval(_) => Kind::Approval,
            Self::Acceptance(_) => Kind::Acceptance,
            Self::Stage(_) => Kind::Stage,
        }
    }

    /// What it shares with every record.
    pub(super) fn common(&self) -> &Common {
        match self {
            Self::Decision(a) => &a.common,
            Self::Attestation(a) => &a.common,
            Self::Drill(a) => &a.common,
            Self::Training(a) => &a.common,
            Self::Approval(a) => &a.common,
            Self::Acceptance(a) => &a.common,
            Self::Stage(a) => &a.common,
        }
    }

    /// What the flags say.
    pub(super) fn fields(&self, today: Day) -> Fields {
        let date = Some(self.common().date.unwrap_or(today).to_string());
        let yes = |word: Option<YesNo>| word.map(|word| word == YesNo::Yes);
        let filled = Filled::default();
        match self {
            Self::Decision(a) => filled
                .put("kind", a.kind.clone())
                .put("date", date)
                .put("by", a.by.clone())
                .put("what", a.what.clone())
                .list("declined", &a.declined)
                .put("id", a.id.clone())
                .put("reason", a.reason.clone()),
            Self::Attestation(a) => filled
                .put("check", a.check.clone())
                .put("by", a.by.clone())
                .put("role", a.role.clone())
                .put("date", date)
                .put("statement", a.statement.clone()),
            Self::Drill(a) => filled
                .put("date", date)
                .put("scenario", a.scenario.clone())
                .list("participants", &a.participant)
                .put("minutes_to_detect", a.minutes_to_detect)
                .put("minutes_to_recover", a.minutes_to_recover)
                .list("covers", &a.covers)
                .put("passed", yes(a.passed).or(a.failed.then_some(false)))
                .put("forward_again", yes(a.forward_again))
                .list("runbook", &a.runbook)
                .put("environment", a.environment.clone())
                .put("version", a.version.clone())
                .put("actions", actions(&a.action))
                .put("notes", a.notes.clone()),
            Self::Training(a) => filled
                .put("person_ref", a.person.clone())
                .put("role", a.role.clone())
                .put("course", a.course.clone())
                .put("completed_on", date)
                .put("result", a.result.clone()),
            Self::Approval(a) => filled
                .put("approval_id", a.id.clone())
                .put("action", a.action.clone())
                .put("requested_by", a.requested_by.clone())
                .put("approved_by", a.approved_by.clone())
                .put("decision", a.decision.clone())
                .put("requested_at", a.requested_at.clone())
                .put("decided_at", a.decided_at.clone().or(date)),
            Self::Acceptance(a) => filled
                .put("date", date)
                .put("by", a.by.clone())
                .put("role", a.role.clone())
                .put("version", a.version.clone())
                .list("conditions", &a.condition)
                .list("open_blockers", &a.open_blocker)
                .put("statement", a.statement.clone()),
            Self::Stage(a) => filled
                .put("percent", a.percent)
                .put("from", date)
                .put("to", a.to.clone())
                .put("metric", a.metric.clone())
                .put("value", a.value)
                .put("aborted", Some(a.aborted)),
        }
        .0
    }
}

fn actions(texts: &[String]) -> Option<Vec<Value>> {
    let actions = texts.iter().map(|what| serde_json::json!({ "what": what, "done": false })).collect();
    (!texts.is_empty()).then_some(actions)
}
