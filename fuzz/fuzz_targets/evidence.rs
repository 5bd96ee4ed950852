//! Any bytes in files of every family of evidence: facts or a message that names the file, never a crash.
#![no_main]

use aipp::evidence::git::Git;
use aipp::evidence::tree::Tree;
use aipp::evidence::{View, collect};
use aipp::manifest::Manifest;
use aipp::manifest::value::Day;
use libfuzzer_sys::fuzz_target;

/// One file for each family that parses a format.
const FILES: &[&str] = &[
    "reports/junit.xml",
    "reports/results.json",
    "reports/load/k6.json",
    "reports/load/result.jtl",
    "reports/scan.sarif",
    "reports/sbom.cdx.json",
    "audit/sample.jsonl",
    "drills/2026-07-24-rollback.yaml",
    "records/decisions/2026-07-24-go.yaml",
    "training/records.csv",
    "metrics/adoption.csv",
    "monitoring/alerts.yaml",
    "monitoring/dashboard.json",
    "deploy/rollout.yaml",
    "infra/main.tf",
    "docs/runbook.md",
    "models/MODEL_CARD.md",
    "CODEOWNERS",
    "Dockerfile",
    ".github/workflows/ci.yml",
    ".gitlab-ci.yml",
    "Jenkinsfile",
];

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, content)) = bytes.split_first() else { return };
    let path = FILES[usize::from(*choice) % FILES.len()];
    let Ok(folder) = tempfile::tempdir() else { return };
    let file = folder.path().join(path);
    if let Some(parent) = file.parent()
        && std::fs::create_dir_all(parent).is_ok()
        && std::fs::write(&file, content).is_ok()
        && let Ok(tree) = Tree::walk(folder.path(), &[])
    {
        let git = Git::of(folder.path());
        let today = Day(jiff::civil::date(2026, 11, 22));
        let _ = collect(&View::of(&tree, &git, &Manifest::default(), today));
    }
});
