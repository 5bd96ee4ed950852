//! Small repositories of every sort enter; what must be found in them, and what must not, is checked.

use super::*;
use crate::evidence::git::Git;
use crate::evidence::tree::Tree;
use crate::manifest::Manifest;
use crate::manifest::value::Day;

fn items(files: &[(&'static str, &str)]) -> Vec<Item> {
    let tree = Tree::of(files.iter().map(|(path, text)| (*path, (*text).to_owned())));
    let git = Git::of(std::path::Path::new("/nowhere"));
    let manifest = Manifest::default();
    let today = Day::parse("2026-11-22").expect("a day");
    let found = collect(&View::of(&tree, &git, &manifest, today));
    assert!(found.diagnostics.is_empty(), "{:?}", found.diagnostics);
    found.items
}

fn paths(kind: &str, files: &[(&'static str, &str)]) -> Vec<String> {
    items(files).into_iter().filter(|item| item.kind == kind).map(|item| item.origin.path.clone()).collect()
}

/// Something that is of a kind.
fn is(kind: &str, path: &'static str, text: &str) {
    assert_eq!(paths(kind, &[(path, text)]), [path], "{kind} in {path}");
}

/// Something that looks like a kind and is not.
fn is_not(kind: &str, path: &'static str, text: &str) {
    assert_eq!(paths(kind, &[(path, text)]), Vec::<String>::new(), "{kind} in {path}");
}

fn words(count: usize) -> String {
    "the service answers questions of customers ".repeat(count / 6 + 1)
}

#[test]
fn a_runbook_is_known_by_its_steps_in_any_language_and_product_content_is_none() {
    let steps =
        format!("# Runbook\n\n## Symptoms\n\n- errors\n\n## Diagnose\n\n- look at logs\n- restart\n\n{}", words(80));
    is("runbook", "docs/ops/runbook.md", &steps);
    is_not("runbook", "data/runbooks/runbook.md", &steps);
    is_not("runbook", "tests/fixtures/runbook.md", &steps);
    is_not("runbook", ".claude/skills/incident/runbook.md", &steps);
    is_not("runbook", "docs/runbook.md", "# Runbook\n\nto come\n");
    is_not(
        "runbook",
        "docs/function-calling.md",
        &steps.replace("Runbook", "Function calling").replace("Symptoms", "Calls"),
    );
    let template = format!("# Runbook\n\n## Symptoms\n{}\n{}", "- TODO restart\n".repeat(8), words(60));
    is_not("runbook", "docs/runbook.md", &template);
    let german = format!("# Fehlerbehebung\n\n1. Neustart\n2. Logs\n3. Eskalation\n\n{}", words(80));
    is("runbook", "doc/Fehlerbehebung.md", &german);
    let chinese =
        format!("# 故障排查\n\n- 重启\n- 检查日志\n- 联系\n\n{}", "系统出现故障时请检查日志并重启服务。".repeat(20));
    is("runbook", "docs/故障排查.md", &chinese);
    let operating = format!("# Turning the assistant off\n\n## Production\n\n{}", words(100));
    is("runbook", "docs/turning-it-off.md", &operating);
}

#[test]
fn ci_counts_when_it_runs_tests_on_a_real_trigger() {
    let workflow = |on: &str, run: &str| {
        format!("name: CI\n{on}\njobs:\n  a:\n    steps:\n      - name: Run pytest\n        run: {run}\n")
    };
    let path = ".github/workflows/ci.yml";
    is("ci-tests", path, &workflow("on: [push]", "pytest -q"));
    is(
        "ci-tests",
        path,
        &workflow(
            "on:\n  pull_request:\n    branches: [main]",
            "|\n          pip install .\n          python -m pytest",
        ),
    );
    is_not("ci-tests", path, &workflow("on:\n  workflow_dispatch:", "pytest"));
    is_not("ci-tests", path, &workflow("on: [push]", "pip install pytest"));
    is_not("ci-tests", path, &workflow("on: [push]", "echo pytest"));
    is_not("ci-tests", path, "on: push\njobs:\n  a:\n    steps:\n      # - run: pytest\n      - run: make build\n");
    is_not("ci-tests", path, "on: push\njobs:\n  a:\n    if: false\n    steps:\n      - run: pytest\n");
    is_not("ci-tests", "templates/.github/workflows/ci.yml", &workflow("on: [push]", "pytest"));
    is("ci-tests", ".gitlab-ci.yml", "test:\n  script:\n    - go test ./...\n");
    is("ci-tests", "Jenkinsfile", "pipeline { stages { stage('t') { steps {\n sh 'mvn -B verify'\n} } } }");
    is("ci-tests", ".circleci/config.yml", "jobs:\n  a:\n    steps:\n      - run: yarn test:unit\n");
    is(
        "ci-tests",
        "azure-pipelines.yml",
        "trigger: [main]\nsteps:\n- task: DotNetCoreCLI@2\n  inputs:\n    command: test\n",
    );
    let called = workflow("on: push", "./scripts/check.sh");
    assert_eq!(paths("ci-tests", &[(path, &called), ("scripts/check.sh", "set -e\ncargo test\n")]), [path]);
    let made = workflow("on: push", "make ci");
    assert_eq!(paths("ci-tests", &[(path, &made), ("Makefile", "ci: unit\nunit:\n\tpytest tests\n")]), [path]);
    let npm = workflow("on: push", "npm test");
    let package = |script: &str| format!("{{\n \"scripts\": {{\n  \"test\": \"{script}\"\n }}\n}}");
    assert_eq!(paths("ci-tests", &[(path, &npm), ("package.json", &package("vitest run"))]), [path]);
    let empty = package("echo \\\"Error: no test specified\\\" && exit 1");
    assert_eq!(paths("ci-tests", &[(path, &npm), ("package.json", &empty)]), Vec::<String>::new());
    let reusable = workflow("on:\n  workflow_call:", "pytest");
    is_not("ci-tests", ".github/workflows/tests.yml", &reusable);
    let caller = "on: push\njobs:\n  t:\n    uses: ./.github/workflows/tests.yml\n";
    assert_eq!(paths("ci-tests", &[(path, caller), (".github/workflows/tests.yml", &reusable)]).len(), 2);
}

#[test]
fn rollout_and_rollback_are_read_from_what_deploys() {
    let rollout = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nspec:\n  strategy:\n    canary:\n      steps:\n      - setWeight: 20\n";
    is("gradual-rollout", "k8s/rollout.yaml", rollout);
    is_not(
        "gradual-rollout",
        "k8s/deploy.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nspec:\n  strategy:\n    type: RollingUpdate\n",
    );
    is_not(
        "gradual-rollout",
        "infra/app.bicep",
        "resource app 'x' = {\n  activeRevisionsMode: 'Single'\n  traffic: [\n {\n weight: 100\n}]\n}",
    );
    is("gradual-rollout", "infra/app.yaml", "kind: VirtualService\nroute:\n- weight: 90\n- weight: 10\n");
    is_not("gradual-rollout", "chart/templates/httproute.yaml", "kind: HTTPRoute\nbackendRefs:\n- weight: 1\n");
    is(
        "rollback",
        "docs/deploy.md",
        &format!("# Deploy\n\n## Rollback\n\n`kubectl rollout undo deployment/api`\n\n{}", words(40)),
    );
    is(
        "rollback",
        "infra/ecs.tf",
        "resource \"aws_ecs_service\" \"a\" {\n  deployment_circuit_breaker {\n rollback = true\n}\n}\n",
    );
    is_not("rollback", "app/db.py", "def f(session):\n    session.rollback()\n");
    is_not("rollback", "migrations/001.sql", "ROLLBACK;\n");
}

#[test]
fn dashboards_and_alerts_must_be_in_the_tree() {
    is("monitoring-dashboards", "grafana/api.json", "{\"panels\": [], \"schemaVersion\": 39}");
    is("monitoring-dashboards", "lib/stack.ts", "new cloudwatch.Dashboard(this, 'd', {})\n");
    is_not(
        "monitoring-dashboards",
        "docs/monitoring.md",
        &format!("# Dashboard\nThere is a Grafana dashboard.\n{}", words(80)),
    );
    is("alert-rules", "rules.yml", "groups:\n- rules:\n  - alert: Down\n    expr: up == 0\n");
    is("alert-rules", "lib/stack.ts", "new cloudwatch.Alarm(this, 'a', { threshold: 1 })\n");
    is_not(
        "alert-rules",
        "infra/monitoring.bicep",
        "resource w 'Microsoft.OperationalInsights/workspaces@2022-10-01' = {}\n",
    );
    is_not("alert-rules", "src/Alert.tsx", "export const Alert = () => <Alert severity=\"error\" />\n");
}

#[test]
fn control_by_people_is_in_code_and_not_in_words_alone() {
    is("human-approval", "src/agent.py", "if tool.needs_approval:\n    await ask(user)\n");
    is_not("human-approval", "src/agent.py", "mcp = Tool(require_approval=\"never\")\n");
    is_not("human-approval", "lib/pipeline.ts", "pipeline.addStage(s, { pre: [new ManualApprovalStep('ok')] })\n");
    is_not(
        "human-approval",
        "src/sso.py",
        "# pending approval of new accounts\npending_approval = SSOService().list(agent)\n",
    );
    is("audit-log", "src/audit.py", "class AuditLog(Base):\n    who = Column(String)\n");
    is_not("audit-log", ".github/workflows/a.yml", "on: push\njobs:\n  a:\n    steps:\n      - run: npm audit\n");
    is("access-control", "src/auth.ts", "import NextAuth from 'next-auth'\n");
    is_not("access-control", "deploy/setup.sh", "az ad sp create-for-rbac --name app\n");
    is("feedback-loop", "src/Answer.tsx", "<button onClick={() => submitFeedback(id, 'thumbsUp')} />\n");
    is_not("feedback-loop", "data/surveys.csv", "id,thumbs_up,feedback\n1,yes,good\n");
    is_not("feedback-loop", "db/migrate/1_drop_feedback.rb", "drop_table :answer_feedback\n");
}

#[test]
fn evaluation_is_told_from_its_results_and_from_plain_looks_at_data() {
    let notebook = |code: &str, out: &str| {
        serde_json::json!({"nbformat": 4, "cells": [{"cell_type": "code", "source": code, "outputs": [{"text": [out]}]}]}).to_string()
    };
    let trained =
        notebook("print(classification_report(y, p))", "              precision    recall  f1-score   support\n");
    assert_eq!(paths("eval-suite", &[("train.ipynb", &trained)]), ["train.ipynb"]);
    assert_eq!(paths("eval-results", &[("train.ipynb", &trained)]), ["train.ipynb"]);
    let looked = notebook("df.isna().sum()", "0\n");
    assert_eq!(paths("data-validation", &[("look.ipynb", &looked)]), Vec::<String>::new());
    assert_eq!(paths("eval-results", &[("look.ipynb", &looked)]), Vec::<String>::new());
    is(
        "eval-results",
        "evals/results/baseline/summary.json",
        "{\"gpt_groundedness\": {\"pass_rate\": 0.9, \"mean_rating\": 4.6}}",
    );
    is_not("eval-results", "evals/eval_config.json", "{\"relevance\": 0.5, \"accuracy\": 0.5}");
    is("data-validation", "src/schemas.py", "import pandera as pa\nclass In(pa.DataFrameModel): ...\n");
    let test = "def test_a():\n    load(\"tests/jfk.flac\")\n";
    let real = [("tests/test_a.py", test), ("tests/jfk.flac", &"x".repeat(5000))];
    assert_eq!(paths("real-data-tests", &real), ["tests/test_a.py"]);
    assert_eq!(paths("real-data-tests", &real[..1]), Vec::<String>::new());
}

#[test]
fn unfilled_templates_and_placeholders_do_not_count() {
    is("owner-codeowners", ".github/CODEOWNERS", "# owners\n* @acme/ai-platform\n");
    is_not("owner-codeowners", ".github/CODEOWNERS", "# * @acme/ai\n* @global-owner1\n");
    is_not("readme-purpose", "README.md", "# churn\n\n![badge](https://x/y.svg)\n");
    is_not(
        "readme-purpose",
        "README.md",
        &format!(
            "# App\n\nThis is a [Next.js](https://nextjs.org) project bootstrapped with `create-next-app`.\n{}",
            words(60)
        ),
    );
    is_not(
        "security-policy",
        "SECURITY.md",
        &format!("Use this section to tell people about which versions of your project are\n{}", words(40)),
    );
    is("changelog-release", "CHANGELOG.md", "# Changelog\n\n## [1.2.0] - 2026-01-02\n- new\n");
    is_not("changelog-release", "CHANGELOG.md", "## [project-title] Changelog\n\n# x.y.z (yyyy-mm-dd)\n");
    is("changelog-release", ".github/workflows/release.yml", "on:\n  push:\n    tags:\n      - 'v*'\njobs: {}\n");
    is_not("changelog-release", ".github/workflows/deploy.yml", "on:\n  push:\n    branches:\n      - v3\njobs: {}\n");
    is_not("container-image", ".devcontainer/Dockerfile", "FROM ubuntu\n");
}

#[test]
fn a_reason_is_specific_and_the_line_is_that_of_the_first_match() {
    let text = format!("# Deploy\n\nintro\n\n## Roll back the model\n\n- step\n\n{}", words(60));
    let found = items(&[("docs/deploy.md", &text)]);
    let item = found.iter().find(|item| item.kind == "rollback").expect("a rollback");
    assert_eq!((item.origin.line, item.because.as_str()), (Some(5), "rollback procedure: Roll back the model"));
    assert!(looked_for("runbook").contains("incident") && looked_for("nothing").is_empty());
}

#[test]
fn hostile_files_are_survived() {
    let deep = "[".repeat(100_000);
    let long = "a".repeat(900_000);
    let odd = "\u{feff}# \u{202e}Rollback\r\n\r\n\0 ü```\n";
    for path in
        ["a.ipynb", "docs/runbook.md", "results.json", "CODEOWNERS", ".github/workflows/x.yml", "x.py", "Makefile"]
    {
        for text in [deep.as_str(), long.as_str(), odd, ""] {
            items(&[(path, text)]);
        }
    }
}

#[test]
fn plans_of_a_change_and_features_to_come_are_no_procedure() {
    let rollback = format!("# Change\n\n## Rollback\n\nUndo the deployment to the previous version.\n\n{}", words(80));
    is("rollback", "docs/operations.md", &rollback);
    is_not("rollback", "docs/plans/new-queue.md", &rollback);
    is_not("rollback", "docs/queue-design.md", &rollback);
    let step =
        format!("# Models\n\n1. Switch\n2. Watch\n3. **Roll back if needed**: the previous model\n\n{}", words(60));
    is("rollback", "docs/models.md", &step);
    is("rollback", "gocd/service.jsonnet", "{\n  rollback: {\n    stage: 'deploy',\n  },\n}\n");
    let comment = format!(
        "Aliases\n=======\n\n.. code-block:: yaml\n\n      # Canary deployment\n      weight: 10\n\n{}",
        words(80)
    );
    is_not("gradual-rollout", "docs/aliases.rst", &comment);
    is(
        "gradual-rollout",
        "deploy/endpoint.py",
        "traffic_allocation[prior] = 100 - int(share)\nendpoint.traffic = traffic_allocation\n",
    );
}

#[test]
fn a_session_is_no_person_and_an_example_group_is_no_alert() {
    let store = |who: &str| {
        format!(
            "class Message(Base):\n    {who} = Column(String)\n    created_at = Column(DateTime)\n    answer = Column(Text)\n"
        )
    };
    is("audit-log", "app/models/message.py", &store("user_id"));
    is_not("audit-log", "app/models/message.py", &store("session_id"));
    let rules = |name: &str| {
        format!("groups:\n- name: {name}\n  rules:\n  - alert: Slow\n    expr: latency > 1\n    for: 5m\n")
    };
    is("alert-rules", "monitoring/rules.yml", &rules("intake"));
    is_not("alert-rules", "monitoring/rules.yml", &rules("ExampleCpuGroup"));
    is("container-image", "service.Containerfile", "FROM python:3.12\nRUN pip install .\n");
    is(
        "monitoring-dashboards",
        "kibana/export.json",
        "[{\"_type\": \"visualization\", \"_source\": {\"visState\": \"{}\"}}]\n",
    );
}
