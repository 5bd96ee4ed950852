//! The kinds of records, one row each: what must be asked, where the record goes, and under which facts it is found again.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::evidence::records::model::{
    Acceptance, ApprovalRow, Attestation, Decision, Drill, Row as _, StageRow, TrainingRow,
};
use crate::fact::Record;

use super::{Fields, records_at, slug, text};

/// A kind of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Go, stop, pivot or selection.
    Decision,
    /// Somebody vouches for a check.
    Attestation,
    /// Something was practised.
    Drill,
    /// Operations takes the system over.
    Acceptance,
    /// Somebody completed a course.
    Training,
    /// Somebody decided on an action that waited.
    Approval,
    /// Traffic was moved.
    Stage,
}

/// What an answer is made into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A text.
    Text,
    /// Texts, separated by commas.
    Texts,
    /// Yes or no.
    Flag,
    /// A number.
    Number,
}

/// A field that is asked for when it is missing.
#[derive(Debug, Clone, Copy)]
pub struct Ask {
    /// The key or column.
    pub key: &'static str,
    /// The flag.
    pub flag: &'static str,
    /// The question.
    pub question: &'static str,
    /// What an answer looks like.
    pub wants: &'static str,
    /// The only answers there are; any when empty.
    pub choices: &'static [&'static str],
    /// What an answer is made into.
    pub shape: Shape,
    /// One person.
    pub person: bool,
}

impl Ask {
    /// An answer that was typed, as the value of the field.
    ///
    /// # Errors
    /// A sentence that says what was expected.
    pub fn value(&self, text: &str) -> Result<Value, String> {
        let text = text.trim();
        match self.shape {
            _ if text.is_empty() => Err(format!("write {}", self.wants)),
            Shape::Text => Ok(text.into()),
            Shape::Texts => {
                let all: Vec<Value> =
                    text.split(',').map(str::trim).filter(|t| !t.is_empty()).map(Value::from).collect();
                if all.is_empty() { Err(format!("write {}", self.wants)) } else { Ok(all.into()) }
            }
            Shape::Flag => match text.to_lowercase().as_str() {
                "yes" | "y" | "true" => Ok(true.into()),
                "no" | "n" | "false" => Ok(false.into()),
                _ => Err("write yes or no".to_owned()),
            },
            Shape::Number => {
                let number = text.parse::<f64>().ok().filter(|n| n.is_finite());
                number.map(Value::from).ok_or_else(|| format!("`{text}` is no number"))
            }
        }
    }
}

const fn ask(key: &'static str, flag: &'static str, question: &'static str, wants: &'static str) -> Ask {
    Ask { key, flag, question, wants, choices: &[], shape: Shape::Text, person: false }
}

const fn person(key: &'static str, flag: &'static str, question: &'static str) -> Ask {
    Ask { person: true, ..ask(key, flag, question, "a name, such as M. Okafor") }
}

const fn choice(
    key: &'static str,
    flag: &'static str,
    question: &'static str,
    choices: &'static [&'static str],
) -> Ask {
    Ask { choices, ..ask(key, flag, question, "one of these words") }
}

const DECISION: &[Ask] = &[
    choice("kind", "--kind", "What was decided?", &["go", "stop", "pivot", "selection"]),
    person("by", "--by", "Who decided?"),
    ask("what", "--what", "What exactly?", "a few words, such as Enter harden"),
];
const ATTESTATION: &[Ask] = &[
    ask("check", "--check", "For which check?", "an id that `aipp checks` lists"),
    person("by", "--by", "Who attests?"),
    ask("role", "--role", "In which role?", "a role, such as manager of the owner"),
    ask("statement", "--statement", "What is attested?", "one sentence"),
];
const DRILL: &[Ask] = &[
    ask(
        "scenario",
        "--scenario",
        "What was practised?",
        "rollback, kill-switch, bad-model, outsider-setup or another name",
    ),
    Ask { shape: Shape::Texts, ..ask("participants", "--participant", "Who took part?", "names, separated by commas") },
    Ask { shape: Shape::Flag, ..ask("passed", "--passed", "Did it pass?", "yes or no") },
];
const ACCEPTANCE: &[Ask] = &[person("by", "--by", "Who accepts it for operations?")];
const TRAINING: &[Ask] = &[
    person("person_ref", "--person", "Who was trained?"),
    ask("course", "--course", "Which course?", "prompting, orchestration, governance, data-literacy or another name"),
    choice("result", "--result", "With which result?", &["pass", "fail"]),
];
const APPROVAL: &[Ask] = &[
    ask("approval_id", "--id", "Under which id?", "the id that the audit log names"),
    ask("action", "--action", "Which action waited?", "its name, such as post_invoice"),
    ask("requested_by", "--requested-by", "Who (or which agent) asked?", "a name"),
    person("approved_by", "--approved-by", "Who decided?"),
    choice("decision", "--decision", "What was decided?", &["approved", "rejected"]),
];
const STAGE: &[Ask] = &[
    Ask {
        shape: Shape::Number,
        ..ask("percent", "--percent", "What share of traffic, in per cent?", "a number from 0 to 100")
    },
    ask("metric", "--metric", "Which metric was watched?", "its id, such as error-rate"),
    Ask { shape: Shape::Number, ..ask("value", "--value", "What was its value?", "a number") },
];

impl Kind {
    /// Its name, as in `aipp log NAME` and `aipp schema NAME`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Decision => "decision",
            Self::Attestation => "attestation",
            Self::Drill => "drill",
            Self::Acceptance => "acceptance",
            Self::Training => "training",
            Self::Approval => "approval",
            Self::Stage => "stage",
        }
    }

    /// What is asked for when it is missing, in the order of the questions.
    #[must_use]
    pub const fn asks(self) -> &'static [Ask] {
        match self {
            Self::Decision => DECISION,
            Self::Attestation => ATTESTATION,
            Self::Drill => DRILL,
            Self::Acceptance => ACCEPTANCE,
            Self::Training => TRAINING,
            Self::Approval => APPROVAL,
            Self::Stage => STAGE,
        }
    }

    /// Whether it is a row of a table; otherwise a file of its own.
    #[must_use]
    pub const fn is_row(self) -> bool {
        matches!(self, Self::Training | Self::Approval | Self::Stage)
    }

    /// The table of a row, from the evidence root; empty for a file of its own.
    #[must_use]
    pub const fn table(self) -> &'static str {
        match self {
            Self::Training => "training/records.csv",
            Self::Approval => "records/approvals.csv",
            Self::Stage => "rollout/stages.csv",
            Self::Decision | Self::Attestation | Self::Drill | Self::Acceptance => "",
        }
    }

    /// The columns of a row, each with the other names under which the reader knows it.
    pub(super) fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Training => TrainingRow::COLUMNS,
            Self::Approval => ApprovalRow::COLUMNS,
            Self::Stage => StageRow::COLUMNS,
            Self::Decision | Self::Attestation | Self::Drill | Self::Acceptance => &[],
        }
    }

    /// The path of a file without its ending.
    pub(super) fn stem(self, fields: &Fields) -> String {
        let of = |key: &str| slug(text(fields, key));
        match self {
            Self::Decision => format!("records/decisions/{}-{}", text(fields, "date"), of("kind")),
            // The id of a check is a file name already.
            Self::Attestation => format!("records/attestations/{}", of("check")),
            Self::Drill => format!("drills/{}-{}", text(fields, "date"), of("scenario")),
            Self::Acceptance => format!("records/acceptance/{}", text(fields, "date")),
            Self::Training | Self::Approval | Self::Stage => self.table().trim_end_matches(".csv").to_owned(),
        }
    }

    /// How many records of this kind the evidence holds.
    pub(super) fn count(self, facts: &Record) -> usize {
        match self {
            Self::Decision => records_at(facts, "decisions.any") - declared(facts),
            Self::Attestation => match facts.fields.get("attestations") {
                Some(crate::fact::Node::Map(by_check)) => by_check.fields.values().map(|list| list.items().len()).sum(),
                _ => 0,
            },
            Self::Drill => records_at(facts, "drills.any"),
            Self::Acceptance => records_at(facts, "acceptance").min(1),
            Self::Training => records_at(facts, "training.records"),
            Self::Approval => records_at(facts, "approvals"),
            Self::Stage => records_at(facts, "stages"),
        }
    }
}

/// Decisions that stand in the manifest: they come from no file.
fn declared(facts: &Record) -> usize {
    let all =
        facts.fields.get("decisions").and_then(|d| d.get("any")).map(crate::fact::Node::items).unwrap_or_default();
    let inline = |node: &&crate::fact::Node| matches!(node, crate::fact::Node::Map(record) if record.origin.is_none());
    all.iter().filter(inline).count()
}

/// The fields in the order of the type that reads them, when it can.
pub(super) fn ordered(kind: Kind, fields: &Fields) -> Fields {
    fn through<T: DeserializeOwned + Serialize>(fields: &Fields) -> Option<Fields> {
        let typed: T = serde_json::from_value(Value::Object(fields.clone())).ok()?;
        match serde_json::to_value(typed) {
            Ok(Value::Object(map)) => Some(map),
            _ => None,
        }
    }
    let ordered = match kind {
        Kind::Decision => through::<Decision>(fields),
        Kind::Attestation => through::<Attestation>(fields),
        Kind::Drill => through::<Drill>(fields),
        Kind::Acceptance => through::<Acceptance>(fields),
        Kind::Training | Kind::Approval | Kind::Stage => None,
    };
    // What the type refuses is left as it is: the proofreading says why.
    ordered.unwrap_or_else(|| fields.clone())
}
