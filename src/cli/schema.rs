//! The name of a file format enters, its JSON Schema leaves: made from the types that read or write it.

use aipp::assess::Assessment;
use aipp::attest::{Statement, Verification};
use aipp::checklist::Checklist;
use aipp::diff::Diff;
use aipp::evidence::records::model::SCHEMAS;
use aipp::history::Row;
use aipp::history::report::{MetricsStatus, Rows};
use aipp::history::trail::Trail;
use aipp::inventory::Inventory;
use aipp::manifest::Manifest;
use aipp::plan::Plan;
use aipp::playbook::Playbook;
use aipp::policy::file::PolicyFile;
use aipp::report::Report;
use aipp::scaffold::Scaffold;
use schemars::Schema;

/// A file format and how its schema is made.
pub(super) type Kind = (&'static str, fn() -> Schema);

/// Every format that has a schema.
pub(super) const KINDS: &[Kind] = &[
    ("manifest", || titled(schemars::schema_for!(Manifest), "aipp manifest")),
    ("policy", || titled(schemars::schema_for!(PolicyFile), "aipp policy")),
    ("checklist", || titled(schemars::schema_for!(Checklist), "aipp checklist")),
    ("assessment", || titled(schemars::schema_for!(Assessment), "aipp assessment")),
    ("diff", || titled(schemars::schema_for!(Diff), "aipp diff")),
    ("verdict", || titled(schemars::schema_for!(Statement), "aipp verdict: an in-toto statement")),
    ("verification", || titled(schemars::schema_for!(Verification), "aipp verification")),
    ("scaffold", || titled(schemars::schema_for!(Scaffold), "aipp scaffold")),
    ("plan", || titled(schemars::schema_for!(Plan), "aipp plan")),
    ("report", || titled(schemars::schema_for!(Report), "aipp report")),
    ("playbook", || titled(schemars::schema_for!(Playbook), "aipp playbook")),
    ("metrics", || titled(schemars::schema_for!(MetricsStatus), "aipp metrics status")),
    ("metric-history", || titled(schemars::schema_for!(Rows), "aipp metrics history")),
    ("history", || titled(schemars::schema_for!(Trail), "aipp history")),
    ("history-row", || titled(schemars::schema_for!(Row), "a line of .aipp/history.jsonl")),
    ("evidence", || titled(schemars::schema_for!(Inventory), "aipp evidence")),
];

/// The names of every format that has a schema: those of aipp, and those of the records that teams write.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|kind| kind.0).chain(SCHEMAS.iter().map(|kind| kind.0))
}

fn titled(mut schema: Schema, title: &str) -> Schema {
    schema.insert("title".to_owned(), title.into());
    schema
}

/// The schema of a format, as text with a line end.
pub(super) fn text(kind: &str) -> anyhow::Result<String> {
    let record = || SCHEMAS.iter().find(|k| k.0 == kind).map(|k| titled((k.1)(), &format!("aipp {kind} record")));
    let schema = KINDS.iter().find(|k| k.0 == kind).map(|k| k.1()).or_else(record);
    let schema = schema.ok_or_else(|| anyhow::anyhow!("there is no schema for `{kind}`"))?;
    Ok(format!("{}\n", serde_json::to_string_pretty(&schema)?))
}
