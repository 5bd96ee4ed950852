//! Configuration as teams write it, right and wrong.

mod alerts;
mod code;
mod infrastructure;
mod running;

use std::path::Path;

use super::*;
use crate::evidence::git::Git;
use crate::evidence::tree::Tree;
use crate::evidence::{Item, Proof};
use crate::fact::{Leaf, Scalar};
use crate::manifest::value::Day;

/// What this family finds in a tree in memory, with a manifest.
#[expect(clippy::unwrap_used, reason = "a test whose manifest is wrong says so")]
fn look(files: &[(&'static str, &str)], manifest: &str) -> Found {
    let tree = Tree::of(files.iter().map(|(path, text)| (*path, (*text).to_owned())));
    let manifest = crate::manifest::load("aipp.yaml", format!("aipp: 1\n{manifest}\n").into_bytes()).unwrap().manifest;
    let git = Git::of(Path::new("/"));
    collect(&View::of(&tree, &git, &manifest, Day::parse("2026-11-22").unwrap()))
}

/// The node at a dotted path; numbers are elements of lists.
fn node<'f>(found: &'f Found, path: &str) -> Option<&'f Node> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let mut node = found.facts.fields.get(first)?;
    for part in rest.into_iter().flat_map(|rest| rest.split('.')) {
        node = match part.parse::<usize>() {
            Ok(index) => node.items().get(index)?,
            Err(_) => node.get(part)?,
        };
    }
    Some(node)
}

fn holds(found: &Found, path: &str) -> bool {
    match node(found, path) {
        Some(Node::Leaf(Leaf::Known(Scalar::Bool(flag)))) => *flag,
        other => panic!("{path} is {other:?}"),
    }
}

fn list<'f>(found: &'f Found, path: &str) -> Vec<&'f str> {
    match node(found, path) {
        Some(Node::Leaf(Leaf::Known(Scalar::Texts(texts)))) => texts.iter().map(String::as_str).collect(),
        other => panic!("{path} is {other:?}"),
    }
}

fn number(found: &Found, path: &str) -> i64 {
    match node(found, path) {
        Some(Node::Leaf(Leaf::Known(Scalar::Int(number)))) => *number,
        other => panic!("{path} is {other:?}"),
    }
}

fn text<'f>(found: &'f Found, path: &str) -> &'f str {
    node(found, path).and_then(Node::text).unwrap_or_else(|| panic!("{path} is no text"))
}

fn items<'f>(found: &'f Found, kind: &str) -> Vec<(&'f str, Proof, &'f str)> {
    let of = |item: &&Item| item.kind == kind;
    found.items.iter().filter(of).map(|item| (item.origin.path.as_str(), item.level, item.because.as_str())).collect()
}

#[test]
fn every_fact_of_the_family_is_provided_when_nothing_is_found() {
    let found = look(&[("README.md", "nothing")], "");
    for path in [
        "iac.present",
        "iac.providers",
        "iac.regions",
        "iac.regions_outside",
        "iac.providers_missing",
        "iac.budgets",
        "iac.retention_days",
        "iac.retention_matches",
        "secrets.manager_found",
        "policies.permission_files",
        "policies.denial_tested",
        "policies.tools_outside",
        "policies.region_deny",
        "policies.region_deny_tested",
        "alerts.rules",
        "alerts.slos_without_rule",
        "alerts.tests_pass",
        "alerts.without_runbook",
        "alerts.runbooks_without_alert",
        "dashboards",
        "slos.in_rules",
        "slos.in_dashboards",
        "rollouts",
        "drift_rules.missing",
        "contracts.imported",
        "contracts.present",
        "notice.asserted",
        "kill_switch.in_code",
        "output_checks.present",
        "audit_code.call_sites",
    ] {
        let node = node(&found, path).unwrap_or_else(|| panic!("{path} is not provided"));
        let is_nothing = match node {
            Node::Leaf(Leaf::Known(Scalar::Bool(flag))) => !flag,
            Node::Leaf(Leaf::Known(Scalar::Int(number))) => *number == 0,
            Node::Leaf(Leaf::Known(Scalar::Texts(texts))) => texts.is_empty(),
            Node::List { items, .. } => items.is_empty(),
            _ => false,
        };
        assert!(is_nothing, "{path} is {node:?}");
        assert!(FAMILY.provides.contains(&path.split('.').next().unwrap_or(path)), "{path}");
    }
    assert!(found.items.is_empty() && found.malformed.is_empty());
}

#[test]
fn no_part_of_a_file_brings_the_readers_down() {
    let samples = [
        ("infra/main.tf", infrastructure::TERRAFORM),
        ("template.yaml", infrastructure::CLOUDFORMATION),
        ("infra/main.bicep", infrastructure::BICEP),
        ("ops/rules.yml", alerts::RULES),
        ("deploy/rollout.yaml", running::ROLLOUT),
        ("monitoring/board.json", running::BOARD),
        ("policy/tools.rego", running::REGO),
        ("src/tools.py", running::TOOLS),
        ("src/checks.py", code::CHECKS),
    ];
    for (path, text) in samples {
        for cut in (0..text.len()).filter(|cut| text.is_char_boundary(*cut)).step_by(13) {
            let (before, after) = text.split_at(cut);
            for part in [before.to_owned(), after.to_owned(), format!("{before}é{{[(\"'${{{{{after}")] {
                let found = look(&[(path, &part)], code::GOVERNED);
                assert!(node(&found, "iac.present").is_some());
                assert!(found.malformed.iter().all(|(_, wrong)| wrong.file() == Some(path)));
            }
        }
    }
}
