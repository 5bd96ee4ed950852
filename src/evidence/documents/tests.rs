//! Documents as teams write them enter; the facts that rules ask leave.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use std::path::Path;
use std::process::Command;

use super::*;
use crate::evidence::git::Git;
use crate::fact::{Leaf, Scalar};
use crate::manifest;
use crate::manifest::value::Day;

/// Forty words and a few.
const BODY: &str = "The service reads supplier invoices, proposes a ledger account for each line and waits for a clerk who \
accepts or corrects the proposal before anything is posted to the ledger, and it never pays, never changes master data and \
never answers suppliers by itself on any day.\n";

fn found_in(tree: &Tree, git: &Git, text: &str) -> Found {
    let manifest = manifest::load("aipp.yaml", text.into()).unwrap().manifest;
    let today = Day::parse("2026-11-22").unwrap();
    collect(&View { tree, git, manifest: &manifest, today })
}

fn found(files: &[(&'static str, String)], text: &str) -> Found {
    found_in(&Tree::of(files.iter().cloned()), &Git::of(Path::new("/")), text)
}

fn facts(files: &[(&'static str, String)], text: &str) -> Node {
    Node::Map(found(files, text).facts)
}

fn holds(facts: &Node, path: &str) -> bool {
    facts.at(path).unwrap_or_else(|| panic!("{path} is not there")).is_true()
}

fn text(facts: &Node, path: &str) -> String {
    match facts.at(path) {
        Some(Node::Leaf(Leaf::Known(Scalar::Text(text)))) => text.clone(),
        Some(Node::Leaf(Leaf::Known(Scalar::Texts(texts)))) => texts.join("|"),
        Some(Node::Leaf(Leaf::Known(Scalar::Int(n)))) => n.to_string(),
        Some(Node::Leaf(Leaf::Known(Scalar::Bool(b)))) => b.to_string(),
        Some(Node::Leaf(Leaf::Absent)) => "absent".to_owned(),
        Some(Node::Leaf(Leaf::Unknown(why))) => format!("unknown: {why}"),
        other => format!("{other:?}"),
    }
}

fn page(title: &str) -> String {
    format!("# {title}\n\n{BODY}")
}

#[test]
fn every_role_of_the_reference_has_facts_also_when_nothing_was_found() {
    let facts = facts(&[], "aipp: 1");
    let roles = "readme, architecture, decisions, system_card, datasheet, retrospective, risk_classification, \
                 privacy_assessment, incident_plan, rollback_procedure, change_plan, edge_cases, threat_model, audit_schema, notice, \
                 training_prompting, training_orchestration, training_governance, training_data_literacy";
    for role in roles.split(',').map(str::trim) {
        assert!(!holds(&facts, &format!("documents.{role}.present")), "{role}");
        assert_eq!(facts.at(&format!("documents.{role}.reviews")).unwrap().items(), []);
        assert_eq!(text(&facts, &format!("documents.{role}.words")), "0");
    }
    let about = crate::facts::REFERENCE.iter().find(|(path, _, _)| *path == "documents.*.present").unwrap().2;
    assert!(about.contains("training_data_literacy") && roles.split(',').all(|role| about.contains(role.trim())));
    assert_eq!(facts.at("runbooks").unwrap().items(), []);
    for (path, _, _) in crate::facts::REFERENCE.iter().filter(|(path, _, _)| path.starts_with("repository.")) {
        assert!(facts.at(path).is_some(), "{path}");
    }
}

#[test]
fn each_role_is_found_by_its_usual_name() {
    let cases: &[(&str, &'static str, &str)] = &[
        ("readme", "README.rst", "Run it\n------\n\n"),
        ("architecture", "docs/architecture.md", "# Architecture\n"),
        ("architecture", "docs/architecture/overview.adoc", "= Building blocks\n"),
        ("decisions", "docs/adr/0001-use-postgres.md", "# Use PostgreSQL\n"),
        ("system_card", "docs/model_card.md", "# Model card\n## Intended use\n## Limitations\n"),
        ("system_card", "SYSTEM-CARD.md", "# Card\n## Purpose\n"),
        ("datasheet", "docs/datasheet.md", "# Data\nrows sampled at random\n"),
        ("retrospective", "docs/retro-2026-07.md", "# What went well\n"),
        ("risk_classification", "governance/risk-classification.md", "# Risk\nThe risk tier is limited\n"),
        ("privacy_assessment", "governance/dpia.md", "# DPIA\npersonal data\n"),
        ("incident_plan", "docs/ops/incident-response.md", "# Incidents\nseverity and roles\n"),
        ("rollback_procedure", "docs/ops/rollback.md", "# Roll back\n"),
        ("change_plan", "docs/change-plan.md", "# Change\nstakeholders by group\n"),
        ("edge_cases", "evals/edge-cases.md", "# Edge cases\n"),
        ("threat_model", "security/threat-model.md", "# Threats\nASI01 applies\n"),
        ("notice", "docs/ai-notice.md", "# Notice\nAn AI drafts this\n"),
        ("training_prompting", "training/prompting.md", "# Prompting\n"),
        ("training_orchestration", "docs/training/agent-orchestration.md", "# Agents\n"),
        ("training_governance", "training/governance-for-leaders.md", "# Governance\n"),
        ("training_data_literacy", "training/data-literacy.md", "# Data\n"),
    ];
    for (role, path, head) in cases {
        let facts = facts(&[(path, format!("{head}\n{BODY}"))], "aipp: 1");
        assert!(holds(&facts, &format!("documents.{role}.present")), "{role} {path}");
        assert_eq!(text(&facts, &format!("documents.{role}.path")), *path);
        assert!(holds(&facts, &format!("documents.{role}.links_resolve")));
    }
    let schema = r#"{"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "audit event", "properties": {"actor": {}, "task": {}}}"#;
    let audit = facts(&[("schemas/audit-event.schema.json", schema.to_owned())], "aipp: 1");
    assert!(holds(&audit, "documents.audit_schema.present"));
}

#[test]
fn a_name_alone_is_no_document() {
    let cases: &[(&str, &'static str, String)] = &[
        ("system_card", "docs/scorecard.md", page("Intended use and limits")),
        ("system_card", "docs/model-card.md", page("Hello")),
        ("architecture", "node_modules/x/ARCHITECTURE.md", page("Architecture")),
        ("architecture", "examples/architecture.md", page("Architecture")),
        ("audit_schema", "reports/npm-audit-report.json", "{\"event\": \"properties\"}".to_owned()),
        ("notice", "NOTICE.md", page("Apache model")),
        ("training_prompting", "src/prompting.md", page("Prompting")),
        ("risk_classification", "docs/ai-risk.md", page("We are optimists")),
        ("incident_plan", "docs/postmortems/incident-plan.md", page("Severity")),
        ("readme", "README.md", "# Name\n\nShort.\n".to_owned()),
        ("decisions", "docs/adr/template.md", page("Title")),
        ("threat_model", "docs/threat-model.md", page("To come")),
    ];
    for (role, path, body) in cases {
        let facts = facts(&[(path, body.clone())], "aipp: 1");
        assert!(!holds(&facts, &format!("documents.{role}.present")), "{role} {path}");
        assert_eq!(text(&facts, &format!("documents.{role}.text")), "", "{role} {path}");
    }
}

#[test]
fn the_declared_path_comes_first_and_a_wrong_one_is_said() {
    let files = [("docs/architecture.md", page("One")), ("design/arch.md", page("Two")), ("README.md", page("Three"))];
    let declared = facts(&files, "docs: { architecture: ./design/arch.md, readme: README.md }");
    assert_eq!(text(&declared, "documents.architecture.path"), "design/arch.md");
    let Some(Node::Map(record)) = declared.at("documents.architecture") else { panic!() };
    assert!(record.origin.as_ref().unwrap().declared);
    let wrong = found(
        &files,
        "docs: { architecture: docs/arch.md, note: x }\nincident: { plan: Call Rosa and stop the service }",
    );
    assert_eq!(wrong.diagnostics.len(), 1, "{:?}", wrong.diagnostics);
    assert_eq!(wrong.diagnostics[0].code, crate::diagnostic::Code::EvidenceMissing);
    assert_eq!(text(&Node::Map(wrong.facts), "documents.architecture.path"), "docs/architecture.md");
}

#[test]
fn a_template_is_there_but_not_present() {
    let template = format!("# Model card\n\n## Intended use\nTODO\n\n## Limits\n[Describe the limits]\n\n{BODY}");
    let facts_of = |body: String| facts(&[("docs/model-card.md", body)], "aipp: 1");
    let facts = facts_of(template);
    assert!(!holds(&facts, "documents.system_card.present") && !holds(&facts, "documents.system_card.filled"));
    assert_eq!(text(&facts, "documents.system_card.path"), "docs/model-card.md");
    assert_eq!(text(&facts, "documents.system_card.headings"), "");
    let unfinished = facts_of(format!("<!-- aipp:unfinished -->\n# Model card\n\n## Intended use\n{BODY}{BODY}"));
    assert!(!holds(&unfinished, "documents.system_card.present"));
    let long = facts_of(format!("# Model card\n\n## Intended use\n{BODY}{BODY}{BODY}\nTODO: a picture\n"));
    assert!(holds(&long, "documents.system_card.present") && !holds(&long, "documents.system_card.filled"));
    let whole = facts_of(format!("# Model card\n\n## Intended use\n{BODY}"));
    assert!(holds(&whole, "documents.system_card.present") && holds(&whole, "documents.system_card.filled"));
}

#[test]
fn reviews_carry_the_day_inside_and_leave_the_rest_to_git() {
    let review = |head: &str| {
        let facts = facts(&[("governance/dpia.md", format!("{head}\n# DPIA\npersonal data\n\n{BODY}"))], "aipp: 1");
        let reviews = facts.at("documents.privacy_assessment.reviews").unwrap().items().to_vec();
        assert_eq!(reviews.len(), 1);
        let Node::Map(review) = &reviews[0] else { panic!() };
        assert_eq!(review.origin.as_ref().unwrap().path, "governance/dpia.md");
        review.fields.get("date").map(|d| d.text().unwrap().to_owned())
    };
    assert_eq!(review("---\nlast_reviewed: 2026-10-02\n---").as_deref(), Some("2026-10-02"));
    assert_eq!(review("Reviewed by L. Haas on 2026-10-02").as_deref(), Some("2026-10-02"));
    assert_eq!(review(""), None);
}

#[test]
fn links_lead_to_files_or_do_not() {
    let links = |line: &str| {
        let files = [
            ("README.md", format!("{}\n{line}\n", page("Intake"))),
            ("docs/architecture.md", page("A")),
            ("docs/img/x.png", String::new()),
        ];
        holds(&facts(&files, "aipp: 1"), "documents.readme.links_resolve")
    };
    for good in [
        "[a](docs/architecture.md#top)",
        "[a](/docs/)",
        "![x](./docs/img/x.png)",
        "[i](../../issues)",
        "[a](docs/architecture)",
        "[w](https://x.example/missing.md)",
        "[t](#top)",
        "",
    ] {
        assert!(links(good), "{good}");
    }
    for bad in ["[a](docs/arch.md)", "[r][1]\n\n[1]: nowhere.md", "<img src=\"logo.png\">"] {
        assert!(!links(bad), "{bad}");
    }
}

#[test]
fn decision_records_speak_together() {
    let files = [
        ("docs/adr/0001-one.md", format!("# One\n\n## Context\n{BODY}")),
        ("docs/adr/0002-two.md", format!("# Two\nDate: 2026-08-01\n\n{BODY}[x](gone.md)\n")),
        ("docs/adr/0003-three.md", "# Three\n".to_owned()),
        ("docs/adr/README.md", page("Index")),
    ];
    let facts_of = |text: &str| facts(&files, text);
    let found = facts_of("aipp: 1");
    assert_eq!(text(&found, "documents.decisions.path"), "docs/adr/0002-two.md");
    assert_eq!(text(&found, "documents.decisions.headings"), "one|context|two");
    assert!(!holds(&found, "documents.decisions.links_resolve"));
    assert_eq!(
        found.at("documents.decisions.reviews").unwrap().items()[0].get("date").unwrap().text(),
        Some("2026-08-01")
    );
    let other = [("design/decisions/d1.md", page("D1"))];
    assert!(holds(&facts(&other, "docs: { decisions: design/decisions/ }"), "documents.decisions.present"));
}

const RUNBOOK: &str =
    "---\nalert: IntakeDown\n---\n# Intake down\n## Symptoms\n## Impact\n## Diagnosis\n## Roll back\n## Escalate\n";

#[test]
fn runbooks_are_told_from_other_pages() {
    let files = [
        ("docs/ops/runbooks/intake-down.md", RUNBOOK.to_owned()),
        ("runbooks/slow_answers.md", "# Slow\n## Symptom\n## Fix\n".to_owned()),
        ("runbooks/README.md", "# Symptom\n".to_owned()),
        ("runbooks/_template.md", RUNBOOK.to_owned()),
        ("runbooks/history.md", "# History of this folder\n".to_owned()),
        ("docs/ops/overview.md", "# Overview\n## Teams\n".to_owned()),
        ("docs/ops/incidents.md", "# Incidents\n## Severity\n## Escalation\n".to_owned()),
        ("src/data/runbooks/router.md", RUNBOOK.to_owned()),
        ("testdata/runbooks/a.md", RUNBOOK.to_owned()),
        (
            "drills/a.yaml",
            "{ date: 2026-10-20, scenario: x, passed: true, runbook: docs/ops/runbooks/intake-down.md }".to_owned(),
        ),
        ("drills/b.yaml", "{ date: 2026-10-20, scenario: x, passed: true, notes: not-slow_answers.md }".to_owned()),
    ];
    let facts = facts(&files, "aipp: 1");
    let read: Vec<[String; 4]> = facts
        .at("runbooks")
        .unwrap()
        .items()
        .iter()
        .map(|r| ["path", "alert", "complete", "drilled"].map(|name| text(r, name)))
        .collect();
    let row = |a: &str, b: &str, c: bool, d: bool| [a.to_owned(), b.to_owned(), c.to_string(), d.to_string()];
    assert_eq!(
        read,
        [
            row("docs/ops/incidents.md", "absent", false, false),
            row("docs/ops/runbooks/intake-down.md", "IntakeDown", true, true),
            row("runbooks/slow_answers.md", "slow_answers", false, false),
        ]
    );
}

#[test]
fn declared_runbooks_count_wherever_they_are() {
    let files = [
        ("handbuch/a.md", "# A\n".to_owned()),
        ("x/b.md", RUNBOOK.to_owned()),
        ("handbuch/index.md", "# I\n".to_owned()),
    ];
    let facts = facts(&files, "runbooks: { dir: handbuch }\nevidence: { runbook: [x/b.md] }");
    let paths: Vec<String> = facts.at("runbooks").unwrap().items().iter().map(|r| text(r, "path")).collect();
    assert_eq!(paths, ["handbuch/a.md", "x/b.md"]);
}

#[test]
fn a_scaffolded_runbook_is_no_runbook_yet() {
    let facts = facts(&[("runbooks/a.md", format!("<!-- aipp:unfinished -->\n{RUNBOOK}"))], "aipp: 1");
    assert!(facts.at("runbooks").unwrap().items().is_empty());
}

#[test]
fn env_files_with_values_are_found() {
    let value = "# local\nexport DB_URL=postgres://x\n".to_owned();
    let files = [
        (".env", value.clone()),
        ("api/.env.production", value.clone()),
        (".env.example", value.clone()),
        (".env.local.sample", value.clone()),
        (".env.empty", "A=\nB=${C}\nC=<token>\n# D=1\n".to_owned()),
        (".env.vault", value.clone()),
        (".envrc", "use nix\nexport PATH_X=1\n".to_owned()),
        ("tests/fixtures/.env", value.clone()),
        ("environment.md", value),
        ("web/.envrc", "export OPENAI_API_KEY=sk-1\n".to_owned()),
    ];
    assert_eq!(text(&facts(&files, "aipp: 1"), "repository.tracked_env_files"), ".env|api/.env.production|web/.envrc");
}

#[test]
fn notebooks_locks_and_floating_models_are_found() {
    let files = [
        ("src/serve/demo.ipynb", "{}".to_owned()),
        ("notebooks/a.ipynb", "{}".to_owned()),
        ("app/x/y.ipynb", "{}".to_owned()),
        ("uv.lock", "version = 1\n".to_owned()),
        ("web/yarn.lock", String::new()),
        ("requirements.txt", "# pinned\nflask==3.0.0 \\\n    --hash=sha256:ab\n-r base.txt\n".to_owned()),
        ("requirements-dev.txt", "pytest>=8\n".to_owned()),
        ("node_modules/a/package-lock.json", "{}".to_owned()),
        ("config/llm.yaml", "# claude-x-latest\nmodel: claude-3-5-sonnet-latest\nimage: python:latest\n".to_owned()),
        ("src/app.css", "claude-latest".to_owned()),
    ];
    let manifest = "delivery: { serving_paths: [src/serve, 'app/**/*.ipynb'] }\nmodels:\n  - { name: gpt-4o, version: latest }\n  - { name: intake, version: '1.2' }\n  - { name: embed, version: '' }\n";
    let facts = facts(&files, manifest);
    assert_eq!(text(&facts, "repository.notebooks_in_serving"), "app/x/y.ipynb|src/serve/demo.ipynb");
    assert_eq!(text(&facts, "repository.lock_files"), "requirements.txt|uv.lock");
    assert_eq!(
        text(&facts, "repository.floating_models"),
        "gpt-4o latest (manifest)|embed  (manifest)|claude-3-5-sonnet-latest (config/llm.yaml:2)".replace("  ", " ")
    );
}

struct Checkout(tempfile::TempDir);

impl Checkout {
    fn new() -> Self {
        let checkout = Self(tempfile::tempdir().unwrap());
        checkout.git("2026-01-01", &["init", "-q", "-b", "main"]);
        checkout
    }

    fn git(&self, date: &str, arguments: &[&str]) {
        let done = Command::new("git")
            .arg("-C")
            .arg(self.0.path())
            .args(["-c", "user.name=P", "-c", "user.email=p@acme.example", "-c", "commit.gpgSign=false"])
            .args(arguments)
            .env("GIT_AUTHOR_DATE", format!("{date}T12:00:00+0200"))
            .env("GIT_COMMITTER_DATE", format!("{date}T12:00:00+0200"))
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    fn commit(&self, date: &str, path: &str, text: &str, message: &str) {
        let full = self.0.path().join(path);
        std::fs::create_dir_all(full.parent().unwrap()).unwrap();
        std::fs::write(full, text).unwrap();
        self.git(date, &["add", "."]);
        self.git(date, &["commit", "-qm", message]);
    }

    fn facts(&self, manifest: &str) -> Node {
        let tree = Tree::walk(self.0.path(), &[]).unwrap();
        Node::Map(found_in(&tree, &Git::of(self.0.path()), manifest).facts)
    }
}

#[test]
fn documents_are_current_when_touched_near_the_newest_serving_change() {
    let checkout = Checkout::new();
    checkout.commit("2026-06-01", "docs/architecture.md", &page("A"), "a");
    checkout.commit("2026-07-01", "README.md", &page("R"), "b");
    checkout.commit("2026-08-01", "src/app.py", "x", "c");
    checkout.commit("2026-08-02", "prompts/v1.md", "x", "d");
    let declared = "delivery: { serving_paths: [src/**] }\nprompts: { path: prompts }\n";
    let facts = checkout.facts(declared);
    assert!(holds(&facts, "repository.git"));
    assert_eq!(text(&facts, "repository.serving_changed"), "2026-08-02");
    assert!(holds(&facts, "repository.docs_current"));
    assert!(holds(&checkout.facts("aipp: 1"), "repository.docs_current"), "the usual folders are served");
    assert_eq!(text(&checkout.facts("aipp: 1"), "repository.serving_changed"), "absent");
    checkout.commit("2026-09-01", "src/app.py", "y", "e");
    assert!(!holds(&checkout.facts(declared), "repository.docs_current"), "the architecture page is 92 days behind");
    checkout.commit("2026-09-02", "docs/architecture.md", &format!("{}more\n", page("A")), "f");
    std::fs::write(checkout.0.path().join("src/app.py"), "edited").unwrap();
    let facts = checkout.facts(declared);
    assert!(holds(&facts, "repository.docs_current"));
    assert_eq!(text(&facts, "repository.serving_changed"), "2026-09-01", "what is not committed is not deployed");
}

#[test]
fn changes_of_the_scope_cite_a_decision() {
    let checkout = Checkout::new();
    let manifest = |inside: &str| format!("aipp: 1\nscope: {{ in: [{inside}], out: [pay] }}\n");
    checkout.commit("2026-06-01", "aipp.yaml", &manifest("a"), "Begin");
    assert_eq!(text(&checkout.facts(&manifest("a")), "repository.scope_edits_undecided"), "0");
    checkout.commit(
        "2026-06-02",
        "records/decisions/2026-06-02-widen.yaml",
        "{ kind: go, date: 2026-06-02, by: X, id: D-7 }",
        "Decide",
    );
    checkout.commit("2026-06-03", "aipp.yaml", &manifest("a, b"), "Widen, as decided in D-7");
    checkout.commit("2026-06-04", "aipp.yaml", &format!("# hello\n{}", manifest("a, b")), "Greet");
    assert_eq!(text(&checkout.facts(&manifest("a, b")), "repository.scope_edits_undecided"), "0");
    checkout.commit("2026-06-05", "aipp.yaml", &manifest("a, b, c"), "Add one more");
    assert_eq!(text(&checkout.facts(&manifest("a, b, c")), "repository.scope_edits_undecided"), "1");
    checkout.commit("2026-06-06", "aipp.yaml", &manifest("a, b"), "Back, see 2026-06-02-widen");
    assert_eq!(text(&checkout.facts(&manifest("a, b")), "repository.scope_edits_undecided"), "1");
    std::fs::remove_file(checkout.0.path().join("aipp.yaml")).unwrap();
    assert!(text(&checkout.facts(&manifest("a")), "repository.scope_edits_undecided").starts_with("unknown"));
}
