//! Files of every format enter whole and then empty, torn, as bytes, as a bare value, in UTF-16, with a mark before and with
//! carriage returns; what is read of them is checked: never a pass, never an absence without a word.

#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use std::fs;
use std::path::Path;

use aipp::evidence::git::Git;
use aipp::evidence::tree::Tree;
use aipp::evidence::{Evidence, Proof, View, collect};
use aipp::manifest::Manifest;
use aipp::manifest::value::Day;

/// What a change of a file leaves of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Damage {
    Nothing,
    Blanks,
    Bytes,
    Half,
    BareValue,
    Utf16,
}

/// Formats that say where they end: half of one is no whole one. Of others, half is a shorter one.
const CLOSED: &[&str] = &["xml", "json", "sarif", "tf", "bicep"];

/// Formats in which a bare value is a sentence, a stage, a pattern or a comment.
const FREE: &[&str] = &["md", "", "tf", "bicep", "spdx"];

fn damaged(text: &str, damage: Damage) -> Vec<u8> {
    match damage {
        Damage::Nothing => Vec::new(),
        Damage::Blanks => b"\n  \n".to_vec(),
        Damage::Bytes => [0, 255, 254, 1, 2, 200].repeat(40),
        Damage::Half => {
            let mut half = text.len() * 3 / 5;
            while !text.is_char_boundary(half) {
                half -= 1;
            }
            text.as_bytes()[..half].to_vec()
        }
        Damage::BareValue => b"42\n".to_vec(),
        Damage::Utf16 => [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect(),
    }
}

fn look(path: &str, bytes: &[u8]) -> Evidence {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, bytes).unwrap();
    let tree = Tree::walk(folder.path(), &[]).unwrap();
    let (git, manifest) = (Git::of(Path::new("/nowhere")), Manifest::default());
    collect(&View::of(&tree, &git, &manifest, Day::parse("2026-11-22").unwrap()))
}

fn items(evidence: &Evidence) -> Vec<(&'static str, Proof, String)> {
    evidence.items.iter().map(|item| (item.kind, item.level, item.because.clone())).collect()
}

/// Whether a message names the file.
fn is_named(evidence: &Evidence, path: &str) -> bool {
    let malformed = evidence.malformed.iter().map(|(_, diagnostic)| diagnostic);
    malformed.chain(&evidence.diagnostics).any(|diagnostic| diagnostic.file() == Some(path))
}

fn prose(head: &str) -> String {
    format!("{head}\n\n{}\n", "the service answers questions of customers about invoices every day ".repeat(14))
}

/// A whole file of every format, by where teams keep it.
fn files() -> Vec<(&'static str, String)> {
    let sample = |name: &str| fs::read_to_string(Path::new("tests/samples").join(name)).unwrap();
    let text = |text: &str| text.to_owned();
    vec![
        ("main.tf", text("resource \"aws_s3_bucket\" \"audit\" {\n  bucket = \"audit\"\n  tags = { a = \"b\" }\n}\n")),
        (
            "infra/main.bicep",
            text(
                "resource a 'Microsoft.Storage/storageAccounts@2022-09-01' = {\n  name: 'audit'\n  properties: { x: 1 }\n}\n",
            ),
        ),
        (
            "slo/openslo.yaml",
            text("apiVersion: openslo/v1\nkind: SLO\nmetadata: { name: quality }\nspec: { indicator: { x: y } }\n"),
        ),
        ("docs/model-card.md", prose("# Model card\n\n## Intended use\n\nInvoices.\n\n## Limitations\n\nHandwriting.")),
        ("docs/runbook.md", prose("# Runbook\n\n## Symptoms\n\n- errors\n\n## Diagnose\n\n- look at logs\n- restart")),
        ("docs/rollback.md", prose("# Rollback\n\n1. Undo the deployment to the previous version\n2. verify")),
        ("reports/junit.xml", sample("junit/pytest.xml")),
        ("load/k6-export.json", sample("k6/summary-export.json")),
        ("load/k6-handled.json", sample("k6/handle-summary.json")),
        ("load/k6-new.json", sample("k6/machine-readable.json")),
        ("load/run_stats.csv", sample("locust/run_stats.csv")),
        ("load/results.jtl", sample("jmeter/results.jtl")),
        ("load/statistics.json", sample("jmeter/statistics.json")),
        ("evals/promptfoo-eval.json", sample("promptfoo/eval.json")),
        ("evals/results/lm_eval.json", sample("lm_eval/results.json")),
        ("evals/results/deepeval.json", sample("deepeval/test_run_20261119_074002.json")),
        ("metrics.json", text("{\"accuracy\": 0.95,\n \"f1\": 0.91}\n")),
        ("scans/gitleaks.sarif", sample("sarif/gitleaks.sarif")),
        ("scans/gitleaks.json", sample("gitleaks/report.json")),
        ("scans/gl-secret-detection-report.json", sample("gitlab/gl-secret-detection-report.json")),
        (
            "bom.json",
            text(
                "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.5\",\n \"components\": [{\"name\": \"a\", \"version\": \"1\"}]}\n",
            ),
        ),
        (
            "sbom.spdx.json",
            text("{\"spdxVersion\": \"SPDX-2.3\",\n \"packages\": [{\"name\": \"a\", \"SPDXID\": \"SPDXRef-a\"}]}\n"),
        ),
        (
            "bom.xml",
            text(
                "<?xml version=\"1.0\"?>\n<bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\" version=\"1\">\n<components><component type=\"library\"><name>a</name></component></components>\n</bom>\n",
            ),
        ),
        (
            "monitoring/alerts.yaml",
            text("groups:\n- name: a\n  rules:\n  - alert: Slow\n    expr: latency > 1\n    for: 5m\n"),
        ),
        (
            "monitoring/prometheusrule.yaml",
            text(
                "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec:\n  groups:\n  - name: a\n    rules:\n    - alert: Slow\n      expr: latency > 1\n",
            ),
        ),
        (
            "grafana/dashboards/service.json",
            text(
                "{\"title\": \"Service\",\n \"panels\": [{\"type\": \"graph\", \"title\": \"Latency\", \"targets\": [{\"expr\": \"latency\"}]}],\n \"schemaVersion\": 39}\n",
            ),
        ),
        (
            "k8s/rollout.yaml",
            text(
                "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nspec:\n  replicas: 10\n  strategy: { canary: { steps: [ { setWeight: 10 } ] } }\n",
            ),
        ),
        (
            "k8s/canary.yaml",
            text("apiVersion: flagger.app/v1beta1\nkind: Canary\nspec: { analysis: { stepWeight: 10 } }\n"),
        ),
        (".github/workflows/ci.yml", text("name: CI\non: [push]\njobs:\n  a:\n    steps:\n      - run: pytest -q\n")),
        (".gitlab-ci.yml", text("test:\n  script:\n    - go test ./...\n")),
        ("azure-pipelines.yml", text("trigger: [main]\nsteps:\n- script: pytest\n")),
        (".circleci/config.yml", text("version: 2.1\njobs:\n  a:\n    steps:\n      - run: yarn test:unit\n")),
        ("bitbucket-pipelines.yml", text("pipelines:\n  default:\n    - step:\n        script:\n          - pytest\n")),
        (".drone.yml", text("kind: pipeline\nname: a\nsteps:\n- name: t\n  commands: [ pytest ]\n")),
        (".buildkite/pipeline.yml", text("steps:\n  - command: pytest\n")),
        ("cloudbuild.yaml", text("steps:\n- name: x\n  args: [ pytest ]\n")),
        ("Jenkinsfile", text("pipeline { stages { stage('t') { steps {\n sh 'mvn -B verify'\n} } } }\n")),
        ("CODEOWNERS", text("* @anna\n/docs/ @org/team\n")),
        (
            "drills/2026-11-01-rollback.yaml",
            text(
                "date: 2026-11-01\nscenario: rollback\nparticipants: [ A. Silva ]\nminutes_to_detect: 3\nminutes_to_recover: 11\ncovers: [ code ]\npassed: true\n",
            ),
        ),
        ("training/records.csv", text("person_ref,role,course,completed_on,result\np1,builder,a,2026-10-01,passed\n")),
        (
            "records/approvals.csv",
            text(
                "approval_id,action,requested_by,approved_by,decision,requested_at,decided_at\na1,pay,agent,m.okafor,approved,2026-10-01T10:00:00Z,2026-10-01T10:05:00Z\n",
            ),
        ),
        (
            "records/decisions/2026-07-24-go.yaml",
            text("kind: go\ndate: 2026-07-24\nby: M. Okafor\nwhat: Enter harden\n"),
        ),
        (
            "records/attestations/human-job-depends.yaml",
            text(
                "check: human-job-depends\nby: M. Okafor\nrole: manager of the owner\ndate: 2026-09-01\nstatement: Objective 3\n",
            ),
        ),
        (
            "rollout/stages.csv",
            text("percent,from,to,metric,value,aborted\n10,2026-10-01,2026-10-08,error_rate,0.4,false\n"),
        ),
        ("metrics/adoption.csv", text("at,eligible,active,overridden,bypassed\n2026-10-01,100,40,2,1\n")),
        ("audit/sample.jsonl", sample("audit/sample.jsonl")),
        ("policies/tools.yaml", text("allow:\n  tools:\n    - search\n    - read_invoice\n")),
        ("exports/branch-protection.json", sample("branches/github-protection.json")),
        ("evals/garak.report.jsonl", sample("garak/garak.report.jsonl")),
        ("Dockerfile", text("FROM python:3.12\nRUN pip install .\n")),
        ("Chart.yaml", text("apiVersion: v2\nname: a\nversion: 0.1.0\n")),
        ("LICENSE", prose("MIT License\n\nCopyright (c) 2026 A\n\nPermission is hereby granted, free of charge")),
        ("SECURITY.md", prose("# Security\n\nPlease report a vulnerability to security@example.com")),
        (
            "CHANGELOG.md",
            prose("# Changelog\n\n## 1.2.0 - 2026-10-01\n\n- added the router\n\n## 1.1.0 - 2026-09-01\n\n- fixed"),
        ),
    ]
}

#[test]
fn what_is_damaged_is_named_and_never_passed() {
    let mut wrong = Vec::new();
    for (path, text) in files() {
        assert!(!is_named(&look(path, text.as_bytes()), path), "{path} is whole");
        let name = path.rsplit('/').next().unwrap();
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        for damage in [Damage::Nothing, Damage::Blanks, Damage::Bytes, Damage::Half, Damage::BareValue, Damage::Utf16] {
            let expected = match damage {
                Damage::Half => CLOSED.contains(&ending),
                Damage::BareValue => !FREE.contains(&ending),
                _ => true,
            };
            let found = look(path, &damaged(&text, damage));
            if expected && !is_named(&found, path) {
                wrong.push(format!("{path} with {damage:?}: nothing is said"));
            }
            // What is named still earns nothing.
            if expected && !items(&found).is_empty() {
                wrong.push(format!("{path} with {damage:?}: it counts as {:?}", items(&found)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn marks_of_the_encoding_and_line_ends_change_nothing() {
    for (path, text) in files() {
        let whole = look(path, text.as_bytes());
        let with_mark: Vec<u8> = [&[0xef, 0xbb, 0xbf], text.as_bytes()].concat();
        for bytes in [with_mark, text.replace('\n', "\r\n").into_bytes()] {
            let found = look(path, &bytes);
            assert_eq!(items(&found), items(&whole), "{path}");
            assert!(!is_named(&found, path), "{path}: {:?}", found.malformed);
        }
    }
}
