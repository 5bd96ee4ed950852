//! `aipp log`: flags enter, a dated record in the project's folder leaves, and what it changed.

use std::io;
use std::path::{Path, PathBuf};

use aipp::assess::Assessment;
use aipp::checklist::Catalogue;
use aipp::diagnostic::{Code, Diagnostic};
use aipp::log::{self, Desk, Draft, Fields, Kind};
use aipp::manifest::Manifest;
use aipp::manifest::value::Day;
use aipp::receipt::{Receipt, WrittenFile};
use aipp::remedy;
use aipp::render::View as Shown;
use aipp::source::MAX_BYTES;
use anyhow::Context as _;
use clap::{Subcommand, ValueEnum};
use serde_json::Value;

use crate::cli::args::{Global, parse_day};
use crate::cli::exit::Exit;
use crate::cli::output::{self, Looks};
use crate::cli::prompt::{self, Prompt, Reply};
use crate::cli::{Failure, assessment, clock, input};

/// The arguments of `aipp log`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "What a record must have and no flag says is asked in a terminal; without one it is an error. Nothing is overwritten. \
    docs/records.md says what each record proves."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    kind: Record,
}

#[derive(Debug, Subcommand)]
enum Record {
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
struct Common {
    /// The project's folder, or its manifest
    path: Option<PathBuf>,
    /// When it happened; today when left out
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day)]
    date: Option<Day>,
}

#[derive(Debug, clap::Args)]
struct DecisionArgs {
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
struct AttestationArgs {
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
struct DrillArgs {
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
struct TrainingArgs {
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
struct ApprovalArgs {
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
struct AcceptanceArgs {
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
struct StageArgs {
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
    fn kind(&self) -> Kind {
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

    fn common(&self) -> &Common {
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
    fn fields(&self, today: Day) -> Fields {
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

pub(crate) fn run(args: &Args, global: &Global, looks: &Looks) -> Result<Exit, Failure> {
    let (kind, path) = (args.kind.kind(), args.kind.common().path.as_deref());
    if global.manifest.as_deref() == Some(Path::new("-")) {
        let message = "a record is written beside the manifest, and this one comes from standard input";
        return Err(Failure::one(
            Diagnostic::error(Code::BadValue, message).help("name the manifest's file or folder"),
        ));
    }
    let today = clock::today(global)?;
    let catalogue = input::catalogue(path, global)?;
    let project = input::open(path, global, &catalogue)?;
    let empty = Manifest::default();
    let manifest = project.loaded.as_ref().map_or(&empty, |l| &l.manifest);
    let checks: Vec<&str> = catalogue.all().map(|check| check.id.as_str()).collect();
    let desk = Desk { manifest, today, checks: &checks };

    let mut fields = args.kind.fields(today);
    if !fill(kind, &mut fields, &desk)? {
        output::say("Nothing was written.\n");
        return Ok(Exit::Input);
    }
    let draft = draft(kind, &fields, &desk, &project.folder)?;
    let (before, _) = assessment::of(path, None, &catalogue, global)?;
    output::write_below(&project.folder, &draft.path, draft.text.as_bytes(), kind.is_row())?;
    let (after, _) = assessment::of(path, None, &catalogue, global)?;

    let receipt = receipt(kind, &fields, &draft, &project, (&before, &after), &catalogue);
    output::show(&Shown::Written(&receipt), global, looks)?;
    let about: Vec<Diagnostic> = after
        .diagnostics
        .iter()
        .filter(|d| d.file() == Some(draft.path.as_str()))
        .map(|d| d.below(&project.root))
        .collect();
    output::report(&about, global, looks);
    Ok(Exit::Done)
}

/// Asks for what is missing. False when the person quits.
fn fill(kind: Kind, fields: &mut Fields, desk: &Desk<'_>) -> Result<bool, Failure> {
    let missing = log::missing(kind, fields);
    if missing.is_empty() {
        return Ok(true);
    }
    if !prompt::is_possible() {
        let flags: Vec<&str> = missing.iter().map(|ask| ask.flag).collect();
        let message = format!("the {} record needs {}", kind.name(), flags.join(", "));
        let wants = |ask: &&log::Ask| match ask.choices {
            [] => format!("{}: {}", ask.flag, ask.wants),
            choices => format!("{}: {}", ask.flag, choices.join(" or ")),
        };
        let help = missing.iter().map(wants).collect::<Vec<_>>().join("; ");
        return Err(Failure::one(Diagnostic::error(Code::NoTerminal, message).help(help)));
    }
    let prompt = Prompt::new();
    let mut at = 0;
    while let Some(ask) = missing.get(at) {
        let reply = (|| -> io::Result<Reply<Value>> {
            if !ask.choices.is_empty() {
                let items: Vec<String> = ask.choices.iter().map(|c| (*c).to_owned()).collect();
                return Ok(match prompt.choice(ask.question, &items, 0)? {
                    Reply::Quit => Reply::Quit,
                    Reply::Back => Reply::Back,
                    Reply::Answer(i) => Reply::Answer(items.get(i).cloned().into()),
                });
            }
            let check = |text: &str| {
                let value = ask.value(text)?;
                let alone = Fields::from_iter([(ask.key.to_owned(), value)]);
                match log::check(kind, &alone, desk).into_iter().next() {
                    None => Ok(()),
                    Some(wrong) => Err(format!("{}; {}", wrong.message, wrong.help.unwrap_or_default())),
                }
            };
            Ok(match prompt.text(ask.question, ask.wants, None, &check)? {
                Reply::Quit => Reply::Quit,
                Reply::Back => Reply::Back,
                Reply::Answer(text) => Reply::Answer(ask.value(&text).unwrap_or(Value::String(text))),
            })
        })()
        .context("the terminal cannot be read")?;
        match reply {
            Reply::Quit => return Ok(false),
            Reply::Back => at = at.saturating_sub(1),
            Reply::Answer(value) => {
                fields.insert(ask.key.to_owned(), value);
                at += 1;
            }
        }
    }
    Ok(true)
}

fn draft(kind: Kind, fields: &Fields, desk: &Desk<'_>, root: &Path) -> Result<Draft, Failure> {
    if !kind.is_row() {
        let taken = |path: &str| root.join(path).symlink_metadata().is_ok();
        return log::file(kind, fields, desk, &taken).map_err(Failure::Input);
    }
    let file = root.join(kind.table());
    let existing = if file.symlink_metadata().is_ok() {
        let bytes = input::read_up_to(&file, MAX_BYTES)?;
        let text = String::from_utf8(bytes).map_err(|_| {
            Failure::one(
                Diagnostic::error(Code::NotUtf8, format!("`{}` is not UTF-8 text", input::shown(&file)))
                    .help("save it as UTF-8"),
            )
        })?;
        Some(text)
    } else {
        None
    };
    log::row(kind, fields, desk, existing.as_deref()).map_err(Failure::Input)
}

/// What was written, what it changed, and what is still needed for it to count.
fn receipt(
    kind: Kind,
    fields: &Fields,
    draft: &Draft,
    project: &input::Project,
    (before, after): (&Assessment, &Assessment),
    catalogue: &Catalogue,
) -> Receipt {
    let action = if draft.appended { "appended" } else { "created" };
    let file = WrittenFile { path: input::shown(&project.folder.join(&draft.path)), action };
    let said = |key: &str| fields.get(key).and_then(Value::as_str);
    let rests_on = |id: &str| match kind {
        Kind::Attestation => said("check") == Some(id),
        _ => catalogue
            .get(id)
            .is_some_and(|check| remedy::rests_on(check, kind.name(), said("scenario").or(said("course")))),
    };
    let mut next = Vec::new();
    let owner = |by: &str| project.loaded.as_ref().is_some_and(|l| aipp::evidence::names_the_owner(&l.manifest, by));
    if kind == Kind::Attestation && said("by").is_some_and(owner) {
        next.push("let somebody else attest it: the owner's own word proves nothing here".to_owned());
    } else if project.git.is_checkout() {
        next.push(match kind {
            Kind::Attestation => "commit it; it counts once somebody other than the project's owner has".to_owned(),
            _ => "commit it".to_owned(),
        });
    }
    Receipt::of(vec![file], next).between(before, after, rests_on)
}
