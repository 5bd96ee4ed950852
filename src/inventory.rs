//! What was found in a repository enters; the list by evidence kind leaves, every kind present or not, best proof first.

use schemars::JsonSchema;
use serde::Serialize;

use crate::evidence::{Evidence, Proof};
use crate::kinds::KINDS;
use crate::manifest::value::Day;

/// The evidence of a repository: what `aipp evidence --format json` prints.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Inventory {
    /// Version of this format.
    pub format_version: u32,
    /// Always `evidence`.
    pub kind: &'static str,
    /// The evidence root.
    pub root: String,
    /// How many files there are.
    pub files_scanned: usize,
    /// Every kind.
    pub evidence: Vec<KindInfo>,
}

/// One kind.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct KindInfo {
    /// Its id.
    pub kind: &'static str,
    /// What it is.
    pub title: &'static str,
    /// Whether it was found.
    pub present: bool,
    /// The files, best proof first.
    pub items: Vec<ItemInfo>,
    /// Files that should be of this kind and cannot be read; left out when there is none. Such a kind is not absent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub unreadable: Vec<String>,
}

/// The kinds that files of a family are of, by the beginning of the facts that rest on them.
const RESTING: &[(&str, &str)] = &[
    ("alerts", "alert-rules"),
    ("audit.samples", "audit-log"),
    ("ci", "ci-tests"),
    ("codeowners", "owner-codeowners"),
    ("dashboards", "monitoring-dashboards"),
    ("documents.model_card", "model-card"),
    ("documents.rollback_procedure", "rollback"),
    ("eval.comparisons", "eval-results"),
    ("eval.results", "eval-results"),
    ("iac", "infrastructure-as-code"),
    ("load.results", "load-test"),
    ("rollouts", "gradual-rollout"),
    ("tests.cases", "unit-tests"),
];

/// The kind that a file would be of, by the facts that rest on it.
fn kind_of(facts: &str) -> Option<String> {
    let named = facts.strip_prefix("evidence.").map(|name| name.split('.').next().unwrap_or(name).replace('_', "-"));
    named.or_else(|| RESTING.iter().find(|(path, _)| *path == facts).map(|(_, kind)| (*kind).to_owned()))
}

/// One file.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ItemInfo {
    /// Path from the root.
    pub path: String,
    /// Line, from 1.
    pub line: Option<usize>,
    /// documented or verified.
    #[schemars(with = "String")]
    pub level: Proof,
    /// When, from inside the file.
    pub date: Option<Day>,
    /// detected or declared.
    pub origin: &'static str,
    /// Why it counts.
    pub because: String,
}

/// Lists the evidence by kind.
#[must_use]
pub fn inventory(evidence: &Evidence, root: &str) -> Inventory {
    let items = |kind: &str| -> Vec<ItemInfo> {
        // Two families may see the same file; the better proof of it comes first and is the one that is listed.
        let mut seen = std::collections::BTreeSet::new();
        let of = evidence.items.iter().filter(|item| item.kind == kind);
        of.filter(|item| seen.insert((&item.origin.path, item.level, item.origin.declared, item.date)))
            .map(|item| ItemInfo {
                path: item.origin.path.clone(),
                line: item.origin.line,
                level: item.level,
                date: item.date,
                origin: if item.origin.declared { "declared" } else { "detected" },
                because: item.because.clone(),
            })
            .collect()
    };
    let unreadable = |kind: &str| -> Vec<String> {
        let of = evidence.malformed.iter().filter(|(facts, _)| kind_of(facts).as_deref() == Some(kind));
        let files: std::collections::BTreeSet<&str> = of.filter_map(|(_, diagnostic)| diagnostic.file()).collect();
        files.into_iter().map(str::to_owned).collect()
    };
    Inventory {
        format_version: 1,
        kind: "evidence",
        root: root.to_owned(),
        files_scanned: evidence.files,
        evidence: KINDS
            .iter()
            .map(|kind| {
                let items = items(kind.id);
                let unreadable = unreadable(kind.id);
                KindInfo { kind: kind.id, title: kind.title, present: !items.is_empty(), items, unreadable }
            })
            .collect(),
    }
}
