//! A judged gate and the digests of what it rests on enter; an in-toto statement leaves, ready for any signer. A statement
//! and a gate judged anew enter; what no longer holds leaves.
//!
//! The format is the in-toto Statement v1 (<https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md>). There is
//! no time of signing in it, so that the same inputs give the same bytes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::assess::Assessment;
use crate::diagnostic::{Code, Diagnostic};
use crate::digest::sha256;
use crate::gate::Target;
use crate::manifest::model::{Phase, Tier};
use crate::manifest::value::Day;

/// The type of an in-toto statement.
pub const STATEMENT: &str = "https://in-toto.io/Statement/v1";
/// The type of the predicate. A name, not an address: nothing is fetched from it.
pub const PREDICATE: &str = "urn:aipp:verdict:v1";
/// The largest statement that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 20;

/// An in-toto statement about the verdict of a gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// Always the URI of in-toto's statements.
    #[serde(rename = "_type")]
    pub kind: String,
    /// What the verdict is about: manifest, policy, checklists, commit.
    pub subject: Vec<Subject>,
    /// Always the name of aipp's verdicts.
    #[serde(rename = "predicateType")]
    pub predicate_type: String,
    /// The verdict.
    pub predicate: Predicate,
}

/// Something that the verdict is about, by its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// A path from the evidence root, `built-in checklists` or `commit`.
    pub name: String,
    /// Algorithm → hexadecimal digits: `sha256` for files, `gitCommit` for a commit.
    pub digest: BTreeMap<String, String>,
}

impl Subject {
    /// A file, by its bytes.
    #[must_use]
    pub fn file(name: &str, bytes: &[u8]) -> Self {
        Self::sha256(name, sha256(bytes))
    }

    /// Something whose SHA-256 is known.
    #[must_use]
    pub fn sha256(name: &str, digest: String) -> Self {
        Self { name: name.to_owned(), digest: BTreeMap::from([("sha256".to_owned(), digest)]) }
    }

    /// A commit.
    #[must_use]
    pub fn commit(id: &str) -> Self {
        Self { name: COMMIT.to_owned(), digest: BTreeMap::from([("gitCommit".to_owned(), id.to_owned())]) }
    }
}

/// The name of the subject that is a commit.
const COMMIT: &str = "commit";

/// The verdict of a gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Predicate {
    /// The tool that judged.
    pub verifier: Verifier,
    /// The project's name.
    pub project: String,
    /// Its tier.
    pub tier: Tier,
    /// The phase that it is in.
    pub from: Phase,
    /// The phase to be entered: harden, scale, expand or sustain.
    #[schemars(with = "String")]
    pub to: Target,
    /// The share of traffic that was asked for, in percent; null when none was.
    pub traffic: Option<u32>,
    /// The commit that a change was judged from; null when it was judged by itself.
    pub base: Option<String>,
    /// The day of the judgement.
    pub today: Day,
    /// Whether files were changed and not committed, so that the commit does not tell all.
    pub dirty: bool,
    /// open or closed.
    pub verdict: String,
    /// The lowest area, in points.
    pub headline: Option<f64>,
    /// The floor that it had to reach.
    pub floor: Option<u32>,
    /// Why the gate is closed.
    pub reasons: Vec<AttestedReason>,
    /// Live waivers that the verdict rests on.
    pub waivers: Vec<AttestedWaiver>,
    /// The level of every check that was due and required.
    pub checks: BTreeMap<String, String>,
}

/// The tool that judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verifier {
    /// Always `aipp`.
    pub id: String,
    /// Its version.
    pub version: String,
}

/// Why the gate is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttestedReason {
    /// Its code.
    pub code: String,
    /// The check.
    pub check: Option<String>,
}

/// A waiver that the verdict rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttestedWaiver {
    /// The check.
    pub check: String,
    /// Its last day.
    pub expires: Day,
}

/// What was judged, beside the assessment itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ground {
    /// Manifest, policy files, checklists, commit: in this order.
    pub subjects: Vec<Subject>,
    /// Whether files were changed and not committed.
    pub dirty: bool,
}

/// States the verdict of an assessment; none without a gate.
#[must_use]
pub fn statement(of: &Assessment, ground: &Ground) -> Option<Statement> {
    let gate = of.gate.as_ref()?;
    let required = of.checks.iter().filter(|c| c.is_due && c.required.is_some());
    Some(Statement {
        kind: STATEMENT.to_owned(),
        subject: ground.subjects.clone(),
        predicate_type: PREDICATE.to_owned(),
        predicate: Predicate {
            verifier: Verifier { id: of.tool.name.to_owned(), version: of.tool.version.to_owned() },
            project: of.project.name.clone(),
            tier: of.project.tier,
            from: gate.from,
            to: gate.to,
            traffic: gate.traffic,
            base: of.base.as_ref().map(|base| base.commit.clone()),
            today: of.today,
            dirty: ground.dirty,
            verdict: gate.verdict.name().to_owned(),
            headline: of.readiness.headline,
            floor: of.readiness.floor,
            reasons: gate
                .reasons
                .iter()
                .map(|r| AttestedReason { code: r.code.name().to_owned(), check: r.check.clone() })
                .collect(),
            waivers: of
                .waivers
                .iter()
                .filter(|w| w.state == crate::evaluate::WaiverState::Live)
                .map(|w| AttestedWaiver { check: w.check.clone(), expires: w.expires })
                .collect(),
            checks: required.map(|c| (c.id.clone(), c.level.name().to_owned())).collect(),
        },
    })
}

/// The bytes of a statement, with a line end.
#[must_use]
pub fn bytes(statement: &Statement) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(statement).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// Reads a statement.
///
/// # Errors
/// The file is empty, torn, larger than [`MAX_BYTES`], or states something else than a verdict of aipp.
pub fn read(name: &str, bytes: &[u8]) -> Result<Statement, Diagnostic> {
    let error = |what: String| {
        Diagnostic::error(Code::BadValue, format!("`{name}` {what}"))
            .path(name.to_owned())
            .help("name a file that `aipp gate --attest FILE` wrote; take the payload out of a signed envelope first")
    };
    if bytes.len() > MAX_BYTES {
        return Err(error(format!("is larger than {} MiB, which no statement is", MAX_BYTES >> 20)));
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(error("is empty".to_owned()));
    }
    let value: Value = serde_json::from_slice(bytes).map_err(|e| error(format!("is no JSON: {e}")))?;
    for (key, wanted) in [("_type", STATEMENT), ("predicateType", PREDICATE)] {
        let is = value.get(key).and_then(Value::as_str);
        if is != Some(wanted) {
            let is = is.map_or_else(|| format!("has no `{key}`"), |is| format!("has the {key} `{is}`"));
            return Err(error(format!("is no statement about a verdict of aipp: it {is}, expected `{wanted}`")));
        }
    }
    serde_path_to_error::deserialize(&value)
        .map_err(|e| error(format!("cannot be read at `{}`: {}", e.path(), e.inner())))
}

/// What `aipp verify --format json` prints.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Verification {
    /// Version of this format.
    pub format_version: u32,
    /// Always `verification`.
    pub kind: &'static str,
    /// Whether everything that the statement says holds.
    pub holds: bool,
    /// What was stated.
    pub stated: Predicate,
    /// What does not hold.
    pub differences: Vec<Difference>,
}

/// Something that no longer holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    /// A subject's name, or a key of the predicate.
    pub what: String,
    /// As it was stated; null when it was not.
    pub stated: Option<String>,
    /// As it is; null when it is not there.
    pub is: Option<String>,
}

/// Compares what was stated with what is judged now.
#[must_use]
pub fn compare(stated: &Statement, now: &Statement) -> Verification {
    let mut differences = Vec::new();
    let mut differ = |what: &str, stated: Option<String>, is: Option<String>| {
        if stated != is {
            differences.push(Difference { what: what.to_owned(), stated, is });
        }
    };
    let digest = |of: &Statement, name: &str| {
        let subject = of.subject.iter().find(|s| s.name == name)?;
        Some(subject.digest.iter().map(|(kind, digest)| format!("{kind}:{digest}")).collect::<Vec<_>>().join(" "))
    };
    let mut names: Vec<&str> = stated.subject.iter().map(|s| s.name.as_str()).collect();
    names.extend(now.subject.iter().map(|s| s.name.as_str()).filter(|name| digest(stated, name).is_none()));
    for name in names {
        differ(name, digest(stated, name), digest(now, name));
    }
    // The predicate is compared key by key, the levels of the checks one by one. Another version of the tool may judge the same.
    let keys = |of: &Statement| match serde_json::to_value(&of.predicate) {
        Ok(Value::Object(map)) => map,
        _ => serde_json::Map::new(),
    };
    let (was, is) = (keys(stated), keys(now));
    for (key, value) in was.iter().filter(|(key, _)| *key != "verifier" && *key != "checks") {
        differ(key, Some(said(value)), is.get(key).map(said));
    }
    let (was, is) = (&stated.predicate.checks, &now.predicate.checks);
    for (id, level) in was {
        differ(id, Some(level.clone()), is.get(id).cloned());
    }
    for (id, level) in is.iter().filter(|(id, _)| !was.contains_key(*id)) {
        differ(id, None, Some(level.clone()));
    }
    Verification {
        format_version: 1,
        kind: "verification",
        holds: differences.is_empty(),
        stated: stated.predicate.clone(),
        differences,
    }
}

/// A value as people read it.
fn said(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) if list.is_empty() => "none".to_owned(),
        Value::Array(list) => list.iter().map(said).collect::<Vec<_>>().join(", "),
        Value::Object(map) => {
            let values: Vec<String> = map.values().filter(|v| !v.is_null()).map(said).collect();
            values.join(" ")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    fn stated() -> Statement {
        Statement {
            kind: STATEMENT.to_owned(),
            subject: vec![
                Subject::file("aipp.yaml", b"aipp: 1\n"),
                Subject::commit("0123456789abcdef0123456789abcdef01234567"),
            ],
            predicate_type: PREDICATE.to_owned(),
            predicate: Predicate {
                verifier: Verifier { id: "aipp".to_owned(), version: "0.1.0".to_owned() },
                project: "x".to_owned(),
                tier: Tier::Standard,
                from: Phase::Harden,
                to: Target::Scale,
                traffic: None,
                base: None,
                today: Day::parse("2026-11-22").unwrap(),
                dirty: false,
                verdict: "open".to_owned(),
                headline: Some(55.0),
                floor: Some(50),
                reasons: Vec::new(),
                waivers: Vec::new(),
                checks: BTreeMap::from([("ops-runbook".to_owned(), "verified".to_owned())]),
            },
        }
    }

    #[test]
    fn a_statement_is_read_back_as_it_was_written() {
        let statement = stated();
        assert_eq!(read("x.json", &bytes(&statement)).unwrap(), statement);
        assert!(compare(&statement, &statement).holds);
    }

    #[test]
    fn every_change_is_named() {
        let statement = stated();
        let mut now = statement.clone();
        now.subject[0] = Subject::file("aipp.yaml", b"aipp: 1\n\n");
        now.subject.push(Subject::file("aipp.policy.yaml", b""));
        now.predicate.headline = Some(54.9);
        now.predicate.checks = BTreeMap::from([("ops-runbook".to_owned(), "documented".to_owned())]);
        let verification = compare(&statement, &now);
        let what: Vec<&str> = verification.differences.iter().map(|d| d.what.as_str()).collect();
        assert_eq!(what, ["aipp.yaml", "aipp.policy.yaml", "headline", "ops-runbook"]);
        assert!(!verification.holds);
    }

    #[test]
    fn what_is_no_statement_is_refused_with_a_reason() {
        for (text, reason) in [
            ("", "is empty"),
            ("{", "is no JSON"),
            ("{}", "has no `_type`"),
            (r#"{"_type":"https://in-toto.io/Statement/v0.1"}"#, "Statement/v0.1"),
            (
                r#"{"_type":"https://in-toto.io/Statement/v1","predicateType":"https://slsa.dev/provenance/v1"}"#,
                "slsa.dev",
            ),
            (r#"{"_type":"https://in-toto.io/Statement/v1","predicateType":"urn:aipp:verdict:v1"}"#, "subject"),
        ] {
            let error = read("x.json", text.as_bytes()).unwrap_err();
            assert!(error.message.contains(reason), "{}", error.message);
        }
    }
}
