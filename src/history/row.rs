//! A line of the history enters or leaves: a sample, a rebaseline, a retraction, an assessment, or a mark beside a torn line.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::writing;
use crate::assess::Assessment;
use crate::checklist::Level;
use crate::manifest::value::Day;
use crate::series::Definition;

/// The version of the format.
pub const VERSION: u32 = 1;

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A measurement.
    Sample,
    /// A change of what measurements are compared with.
    Rebaseline,
    /// A value that is taken back.
    Retraction,
    /// A recorded assessment.
    Assessment,
    /// A mark beside a line that an interrupted write tore.
    Torn,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Row {
    /// A measurement.
    Sample(Sample),
    /// A change of what measurements are compared with.
    Rebaseline(Rebaseline),
    /// A value that is taken back.
    Retraction(Retraction),
    /// A recorded assessment.
    Assessment(Box<Recorded>),
    /// A mark beside a torn line.
    Torn(Torn),
}

/// A measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sample {
    /// Version of this format.
    pub v: u32,
    /// Always `sample`.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Unique: of version 7 when it was recorded, of version 8 (from the content) when it was imported.
    #[schemars(with = "String")]
    pub id: Uuid,
    /// The id of its metric.
    pub metric: String,
    /// The value, in the unit.
    pub value: f64,
    /// The unit as a manifest writes it; empty for a bare number.
    #[serde(default)]
    pub unit: String,
    /// When it was measured (RFC 3339).
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// When it was written down.
    #[schemars(with = "String")]
    pub recorded: Timestamp,
    /// Who wrote it down.
    #[serde(default)]
    pub by: String,
    /// Anything worth knowing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Where it comes from: `cli`, `import:FILE`, a connector.
    #[serde(default)]
    pub source: String,
    /// What it was compared with when it was written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Definition>,
}

/// A change of baseline, unit, direction, window or source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rebaseline {
    /// Version of this format.
    pub v: u32,
    /// Always `rebaseline`.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Unique.
    #[schemars(with = "String")]
    pub id: Uuid,
    /// The id of its metric.
    pub metric: String,
    /// Since when the new definition holds.
    pub date: Day,
    /// Why.
    pub reason: String,
    /// Who approved it.
    pub approver: String,
    /// What measurements were compared with before; null when nothing was recorded.
    pub before: Option<Definition>,
    /// What they are compared with now.
    pub after: Definition,
    /// When it was written down.
    #[schemars(with = "String")]
    pub recorded: Timestamp,
    /// Who wrote it down.
    #[serde(default)]
    pub by: String,
    /// Always `cli`.
    #[serde(default)]
    pub source: String,
}

/// A value that is taken back: its row stays where it is and does not count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Retraction {
    /// Version of this format.
    pub v: u32,
    /// Always `retraction`.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Unique.
    #[schemars(with = "String")]
    pub id: Uuid,
    /// The id of its metric.
    pub metric: String,
    /// The id of the sample that does not count any more.
    #[schemars(with = "String")]
    pub row: Uuid,
    /// Why.
    pub reason: String,
    /// When it was written down.
    #[schemars(with = "String")]
    pub recorded: Timestamp,
    /// Who wrote it down.
    #[serde(default)]
    pub by: String,
    /// Always `cli`.
    #[serde(default)]
    pub source: String,
}

/// A recorded assessment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Recorded {
    /// Version of this format.
    pub v: u32,
    /// Always `assessment`.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Unique.
    #[schemars(with = "String")]
    pub id: Uuid,
    /// The day of the assessment.
    pub today: Day,
    /// When it was written down.
    #[schemars(with = "String")]
    pub recorded: Timestamp,
    /// Who wrote it down.
    #[serde(default)]
    pub by: String,
    /// Always `cli`.
    #[serde(default)]
    pub source: String,
    /// The project's name.
    pub project: String,
    /// The phase it is in.
    pub phase: String,
    /// The phase to be entered and the verdict, with a manifest.
    #[serde(default)]
    pub gate: Option<RecordedGate>,
    /// The lowest area.
    pub headline: Option<f64>,
    /// Which area that is.
    #[serde(default)]
    pub weakest: Option<String>,
    /// What is proven.
    pub proven: Option<f64>,
    /// What is stated.
    pub stated: Option<f64>,
    /// Stated minus proven.
    pub claim_gap: Option<f64>,
    /// The score of each area; null where nothing is due.
    pub areas: BTreeMap<String, Option<f64>>,
    /// The level of each check.
    pub levels: BTreeMap<String, Level>,
    /// What is missing first, of each check that is due and not met.
    #[serde(default)]
    pub unmet: BTreeMap<String, String>,
    /// The version of aipp.
    pub version: String,
    /// The digest of the checks that were asked.
    pub catalogue: String,
    /// The commit that was checked out; null outside git.
    #[serde(default)]
    pub commit: Option<String>,
}

/// The gate of a recorded assessment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RecordedGate {
    /// The phase to be entered.
    pub to: String,
    /// open or closed.
    pub verdict: String,
}

/// A mark beside a line that an interrupted write tore: that line is kept where it is, and read no more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Torn {
    /// Version of this format.
    pub v: u32,
    /// Always `torn`.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Unique: of version 8, from the digest.
    #[schemars(with = "String")]
    pub id: Uuid,
    /// When it was found.
    #[schemars(with = "String")]
    pub recorded: Timestamp,
    /// The digest of the torn line.
    pub sha256: String,
    /// The torn line, as far as it is text.
    pub text: String,
}

/// Who wrote a row down, when, and under which id.
#[derive(Debug, Clone, PartialEq)]
pub struct Stamp {
    /// The id.
    pub id: Uuid,
    /// When.
    pub recorded: Timestamp,
    /// Who.
    pub by: String,
}

/// Why a line is no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoRow {
    /// What is wrong.
    pub what: String,
    /// The column, from 1, where it is known.
    pub column: Option<usize>,
}

impl Row {
    /// Reads a line.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(line: &[u8]) -> Result<Self, NoRow> {
        #[derive(Deserialize)]
        struct Head {
            v: Option<serde_json::Value>,
            #[serde(rename = "type")]
            kind: Option<String>,
        }
        let wrong = |what: String| NoRow { what, column: None };
        let json = |error: serde_json::Error| {
            let text = error.to_string();
            let what = text.split(" at line ").next().unwrap_or(&text).to_owned();
            NoRow { what, column: (error.column() > 0).then(|| error.column()) }
        };
        let text = std::str::from_utf8(line).map_err(|_| wrong("it is not UTF-8 text".to_owned()))?;
        let head: Head = serde_json::from_str(text).map_err(json)?;
        match head.v.as_ref().and_then(serde_json::Value::as_u64) {
            Some(1) => {}
            Some(newer) => return Err(wrong(format!("it is of version {newer}; this aipp reads version {VERSION}"))),
            None => return Err(wrong("its version `v` is missing".to_owned())),
        }
        let row = match head.kind.as_deref() {
            Some("sample") => Self::Sample(serde_json::from_str(text).map_err(json)?),
            Some("rebaseline") => Self::Rebaseline(serde_json::from_str(text).map_err(json)?),
            Some("retraction") => Self::Retraction(serde_json::from_str(text).map_err(json)?),
            Some("assessment") => Self::Assessment(serde_json::from_str(text).map_err(json)?),
            Some("torn") => Self::Torn(serde_json::from_str(text).map_err(json)?),
            Some(other) => {
                return Err(wrong(format!(
                    "there is no row of type `{other}`; known: sample, rebaseline, retraction, assessment, torn"
                )));
            }
            None => return Err(wrong("its `type` is missing".to_owned())),
        };
        if let Self::Sample(sample) = &row
            && sample.metric.is_empty()
        {
            return Err(wrong("its `metric` is empty".to_owned()));
        }
        Ok(row)
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        match self {
            Self::Sample(row) => row.id,
            Self::Rebaseline(row) => row.id,
            Self::Retraction(row) => row.id,
            Self::Assessment(row) => row.id,
            Self::Torn(row) => row.id,
        }
    }

    /// When it was written down.
    #[must_use]
    pub fn recorded(&self) -> Timestamp {
        match self {
            Self::Sample(row) => row.recorded,
            Self::Rebaseline(row) => row.recorded,
            Self::Retraction(row) => row.recorded,
            Self::Assessment(row) => row.recorded,
            Self::Torn(row) => row.recorded,
        }
    }

    /// Whether two rows of one id say the same. Of a sample that is metric, value, unit and time: the same file may be imported by two
    /// people on two days.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Sample(a), Self::Sample(b)) => {
                (&a.metric, a.value.to_bits(), &a.unit, a.at) == (&b.metric, b.value.to_bits(), &b.unit, b.at)
            }
            (Self::Rebaseline(a), Self::Rebaseline(b)) => {
                (&a.metric, a.date, &a.before, &a.after) == (&b.metric, b.date, &b.before, &b.after)
            }
            (Self::Retraction(a), Self::Retraction(b)) => (&a.metric, a.row) == (&b.metric, b.row),
            (Self::Torn(a), Self::Torn(b)) => a.sha256 == b.sha256,
            _ => self == other,
        }
    }

    /// The row as a line with its end.
    ///
    /// # Panics
    /// Never: rows hold nothing that JSON cannot.
    pub fn write(&self, out: &mut Vec<u8>) {
        let written = match self {
            Self::Sample(sample) => writing::sample(sample, out),
            other => serde_json::to_writer(&mut *out, other),
        };
        written.expect("rows hold texts, numbers and maps with text keys");
        out.push(b'\n');
    }
}

impl Sample {
    /// A measurement that was entered by hand.
    #[must_use]
    pub fn new(stamp: Stamp, metric: impl Into<String>, value: f64, unit: &str, at: Timestamp) -> Self {
        Self {
            v: VERSION,
            kind: Kind::Sample,
            id: stamp.id,
            metric: metric.into(),
            value,
            unit: unit.to_owned(),
            at,
            recorded: stamp.recorded,
            by: stamp.by,
            note: None,
            source: "cli".to_owned(),
            baseline: None,
        }
    }

    /// The id that follows from the content: the same measurement gets the same one wherever and whenever it is imported.
    #[must_use]
    pub fn content_id(metric: &str, value: f64, unit: &str, at: Timestamp) -> Uuid {
        let mut digest = Sha256::new();
        digest.update(b"aipp sample 1");
        for part in [metric.as_bytes(), unit.as_bytes(), &at.as_nanosecond().to_be_bytes()] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        // Zero has two signs, and they are one measurement.
        digest.update((value + 0.0).to_bits().to_be_bytes());
        id_of(&digest.finalize())
    }
}

impl Rebaseline {
    /// A change of definition.
    #[must_use]
    pub fn new(stamp: Stamp, metric: &str, date: Day, before: Option<Definition>, after: Definition) -> Self {
        Self {
            v: VERSION,
            kind: Kind::Rebaseline,
            id: stamp.id,
            metric: metric.to_owned(),
            date,
            reason: String::new(),
            approver: String::new(),
            before,
            after,
            recorded: stamp.recorded,
            by: stamp.by,
            source: "cli".to_owned(),
        }
    }
}

impl Retraction {
    /// A value of a metric that is taken back.
    #[must_use]
    pub fn new(stamp: Stamp, metric: &str, row: Uuid, reason: &str) -> Self {
        Self {
            v: VERSION,
            kind: Kind::Retraction,
            id: stamp.id,
            metric: metric.to_owned(),
            row,
            reason: reason.to_owned(),
            recorded: stamp.recorded,
            by: stamp.by,
            source: "cli".to_owned(),
        }
    }
}

impl Recorded {
    /// An assessment to be kept.
    #[must_use]
    pub fn new(stamp: Stamp, assessment: &Assessment, commit: Option<String>) -> Self {
        let word = |value: serde_json::Result<serde_json::Value>| match value {
            Ok(serde_json::Value::String(text)) => text,
            _ => String::new(),
        };
        let open =
            assessment.checks.iter().filter(|check| check.is_due && check.required.is_none_or(|r| check.level < r));
        Self {
            v: VERSION,
            kind: Kind::Assessment,
            id: stamp.id,
            today: assessment.today,
            recorded: stamp.recorded,
            by: stamp.by,
            source: "cli".to_owned(),
            project: assessment.project.name.clone(),
            phase: word(serde_json::to_value(assessment.project.phase)),
            gate: assessment.gate.as_ref().map(|gate| RecordedGate {
                to: word(serde_json::to_value(gate.to)),
                verdict: word(serde_json::to_value(gate.verdict)),
            }),
            headline: assessment.readiness.headline.or(assessment.readiness.evidence_score),
            weakest: assessment.readiness.weakest.map(|area| word(serde_json::to_value(area))),
            proven: assessment.readiness.mean,
            stated: assessment.readiness.stated,
            claim_gap: assessment.readiness.claim_gap,
            areas: assessment.areas.iter().map(|area| (word(serde_json::to_value(area.id)), area.score)).collect(),
            levels: assessment.checks.iter().map(|check| (check.id.clone(), check.level)).collect(),
            unmet: open.filter_map(|c| Some((c.id.clone(), c.unmet.first()?.because.clone()))).collect(),
            version: assessment.tool.version.to_owned(),
            catalogue: assessment.catalogue.sha256.clone(),
            commit,
        }
    }
}

impl Torn {
    /// The mark for a torn line.
    #[must_use]
    pub fn of(line: &[u8], recorded: Timestamp) -> Self {
        let digest = Sha256::digest(line);
        Self {
            v: VERSION,
            kind: Kind::Torn,
            id: id_of(&digest),
            recorded,
            sha256: digest_of(line),
            text: String::from_utf8_lossy(line).chars().take(2000).collect(),
        }
    }
}

/// The digest of a line, as a mark names it.
#[must_use]
pub fn digest_of(line: &[u8]) -> String {
    Sha256::digest(line).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A UUID of version 8 from the first bytes of a digest.
fn id_of(digest: &[u8]) -> Uuid {
    let mut bytes = [0; 16];
    for (byte, from) in bytes.iter_mut().zip(digest) {
        *byte = *from;
    }
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
