//! Pipelines of every system, and the facts they give.
use std::path::Path;

use super::*;
use crate::evidence::git::Git;
use crate::evidence::tree::Tree;
use crate::fact::Node;
use crate::manifest::value::Day;

/// What this family finds in a tree in memory, with a manifest.
fn look(files: &[(&'static str, &str)], manifest: &str) -> Found {
    let tree = Tree::of(files.iter().map(|(path, text)| (*path, (*text).to_owned())));
    let manifest = crate::manifest::load("aipp.yaml", format!("aipp: 1\n{manifest}").into_bytes())
        .map(|m| m.manifest)
        .unwrap_or_default();
    let git = Git::of(Path::new("/"));
    collect(&View::of(&tree, &git, &manifest, Day::parse("2026-11-22").unwrap_or_default()))
}

/// The facts that hold.
fn holding(found: &Found) -> Vec<&str> {
    let Some(Node::Map(ci)) = found.facts.fields.get("ci") else { return Vec::new() };
    assert_eq!(ci.fields.len(), 9, "every fact is provided");
    ci.fields.iter().filter(|(_, node)| node.is_true()).map(|(name, _)| name.as_str()).collect()
}

fn because(found: &Found) -> Vec<&str> {
    found.items.iter().map(|item| item.because.as_str()).collect()
}

const CI: &str = r#"name: ci
on:
  push:
    branches: [main]
  pull_request:

jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - run: uv sync --locked
      - run: uv run pytest --junitxml=reports/junit.xml

  alert-rules:
    runs-on: ubuntu-24.04
    steps:
      - run: docker run --rm -v "$PWD/monitoring:/m" --entrypoint promtool prom/prometheus:v3.5.0 test rules /m/rules/intake.rules.test.yml

  secret-scan:
    runs-on: ubuntu-24.04
    steps:
      - uses: gitleaks/gitleaks-action@v2

  image:
    needs: [test]
    runs-on: ubuntu-24.04
    steps:
      - run: docker build --tag "$REGISTRY/x:$GITHUB_SHA" . && docker push "$REGISTRY/x:$GITHUB_SHA"

  deploy:
    needs: image
    if: github.ref == 'refs/heads/main'
    runs-on: ubuntu-24.04
    environment:
      name: production
    steps:
      - run: argocd app sync intake --revision "$GITHUB_SHA"
"#;

const EVALS: &str = r#"name: evals
on:
  pull_request:
    paths:
      - "prompts/**"
      - "models/**"
  schedule:
    - cron: "0 6 * * 3"
jobs:
  eval:
    runs-on: [self-hosted]
    steps:
      - run: npx promptfoo@0.121.20 eval -c evals/promptfooconfig.yaml --no-cache
"#;

#[test]
fn a_complete_pipeline_of_github_actions() {
    let found = look(
        &[
            (".github/workflows/ci.yml", CI),
            (".github/workflows/evals.yml", EVALS),
            ("evals/promptfooconfig.yaml", "defaultTest:\n  assert:\n    - type: is-json\n"),
        ],
        "prompts: { path: prompts }",
    );
    assert_eq!(
        holding(&found),
        [
            "deploy_needs_tests",
            "deploys",
            "eval_blocks",
            "eval_on_paths",
            "present",
            "runs_evals",
            "runs_tests",
            "scans_secrets",
            "tests_rules"
        ]
    );
    assert_eq!(because(&found), ["job `test` runs pytest on push and pull_request"]);
    let item = &found.items[0];
    assert_eq!(
        (item.level, item.origin.path.as_str(), item.origin.line),
        (Proof::Verified, ".github/workflows/ci.yml", Some(8))
    );
    assert!(found.malformed.is_empty());
}

#[test]
fn nothing_found_is_said_too() {
    assert_eq!(holding(&look(&[("README.md", "x")], "")), [] as [&str; 0]);
}

#[test]
fn a_deployment_beside_the_tests_is_not_blocked_by_them() {
    let found = look(&[(".github/workflows/ci.yml", &CI.replace("    needs: image\n", ""))], "");
    assert!(!holding(&found).contains(&"deploy_needs_tests"));
    let forgiven = CI.replace("  test:\n    runs-on", "  test:\n    continue-on-error: true\n    runs-on");
    let found = look(&[(".github/workflows/ci.yml", &forgiven)], "");
    assert!(!holding(&found).contains(&"deploy_needs_tests"));
    assert_eq!(because(&found), ["job `test` runs pytest on push and pull_request; its failure is ignored"]);
    let always = CI.replace("if: github.ref == 'refs/heads/main'", "if: always()");
    assert!(!holding(&look(&[(".github/workflows/ci.yml", &always)], "")).contains(&"deploy_needs_tests"));
    let unnamed = CI.replace("    environment:\n      name: production\n", "");
    let found = look(&[(".github/workflows/ci.yml", &unnamed)], "");
    assert!(!holding(&found).contains(&"deploys") && !holding(&found).contains(&"deploy_needs_tests"));
}

#[test]
fn tests_by_hand_only_are_not_run_by_ci() {
    let by_hand = "on: workflow_dispatch\njobs:\n  test:\n    steps:\n      - run: pytest\n";
    let found = look(&[(".github/workflows/ci.yml", by_hand)], "");
    assert_eq!(holding(&found), ["present"]);
    assert_eq!(because(&found), ["job `test` runs pytest on request"]);
    assert_eq!(found.items[0].level, Proof::Documented);
    let off = "on: push\njobs:\n  test:\n    if: false\n    steps:\n      - run: pytest\n";
    assert_eq!(holding(&look(&[(".github/workflows/ci.yml", off)], "")), ["present"]);
    let dispatched = "on: [push, workflow_dispatch]\njobs:\n  test:\n    if: github.event_name == 'workflow_dispatch'\n    steps:\n      - run: pytest\n";
    assert_eq!(holding(&look(&[(".github/workflows/ci.yml", dispatched)], "")), ["present"]);
}

#[test]
fn reusable_workflows_and_local_actions_are_opened() {
    let files = [
        (
            ".github/workflows/main.yml",
            "on: push\njobs:\n  check:\n    uses: ./.github/workflows/check.yml\n  release:\n    needs: check\n    uses: ./.github/workflows/deploy.yml\n    with: { environment: production }\n",
        ),
        (
            ".github/workflows/check.yml",
            "on: workflow_call\njobs:\n  unit:\n    steps:\n      - uses: ./.github/actions/test\n",
        ),
        (
            ".github/workflows/deploy.yml",
            "on:\n  workflow_call:\n    inputs: { environment: { type: string } }\njobs:\n  go:\n    environment: ${{ inputs.environment }}\n    steps:\n      - uses: azure/webapps-deploy@v3\n",
        ),
        (
            ".github/actions/test/action.yml",
            "runs:\n  using: composite\n  steps:\n    - run: npm test\n      shell: bash\n",
        ),
    ];
    let found = look(&files, "");
    assert_eq!(holding(&found), ["deploy_needs_tests", "deploys", "present", "runs_tests"]);
    assert_eq!(because(&found), ["job `check / unit` runs npm test on push"]);
}

#[test]
fn a_workflow_that_follows_another_one_waits_for_its_tests() {
    let deploy = "on:\n  workflow_run:\n    workflows: [ci]\n    types: [completed]\njobs:\n  deploy:\n    if: ${{ github.event.workflow_run.conclusion == 'success' }}\n    environment: production\n    steps:\n      - run: kubectl apply -f k8s\n";
    let test = "name: ci\non: push\njobs:\n  test:\n    steps:\n      - run: cargo test\n";
    let files = [(".github/workflows/ci.yml", test), (".github/workflows/deploy.yml", deploy)];
    assert!(holding(&look(&files, "")).contains(&"deploy_needs_tests"));
    let unguarded = deploy.replace("    if: ${{ github.event.workflow_run.conclusion == 'success' }}\n", "");
    let files = [(".github/workflows/ci.yml", test), (".github/workflows/deploy.yml", unguarded.as_str())];
    assert!(!holding(&look(&files, "")).contains(&"deploy_needs_tests"));
}

#[test]
fn evaluations_that_do_not_run_on_prompts_or_do_not_block_are_told_apart() {
    let config = ("evals/promptfooconfig.yaml", "prompts: [x]\n");
    let on_other_paths = EVALS.replace("      - \"prompts/**\"\n      - \"models/**\"\n", "      - \"docs/**\"\n");
    let found = look(&[(".github/workflows/evals.yml", &on_other_paths), config], "");
    assert_eq!(holding(&found), ["present", "runs_evals"]);
    let found = look(&[(".github/workflows/evals.yml", EVALS), config], "prompts: { path: config/prompts }");
    assert_eq!(holding(&found), ["present", "runs_evals"]);
    let found =
        look(&[(".github/workflows/evals.yml", EVALS), config], "evals: { gate: { metric: pass rate, min: 0.95 } }");
    assert_eq!(holding(&found), ["eval_blocks", "eval_on_paths", "present", "runs_evals"]);
    let forgiven = EVALS.replace("--no-cache", "--no-cache || true");
    let found = look(
        &[(".github/workflows/evals.yml", &forgiven), config],
        "evals: { gate: { metric: pass rate, min: 0.95 } }",
    );
    assert_eq!(holding(&found), ["eval_on_paths", "present", "runs_evals"]);
    let nightly = "on:\n  schedule: [{ cron: '0 1 * * *' }]\njobs:\n  eval:\n    steps:\n      - run: pytest evals\n";
    assert_eq!(
        holding(&look(&[(".github/workflows/evals.yml", nightly)], "")),
        ["eval_blocks", "present", "runs_evals"]
    );
}

#[test]
fn broken_and_empty_files_are_malformed_evidence() {
    for (text, words) in [
        ("on: push\njobs:\n  test: [\n", "not valid YAML"),
        ("on: push\non: pull_request\njobs: {}\n", "stands twice"),
        ("", "empty"),
        ("on: push\n", "`jobs`"),
    ] {
        let found = look(&[(".github/workflows/ci.yml", text)], "");
        assert_eq!(found.malformed.len(), 1, "{text:?}");
        assert_eq!(found.malformed[0].0, "ci");
        assert_eq!(found.malformed[0].1.file(), Some(".github/workflows/ci.yml"));
        assert!(found.malformed[0].1.message.contains(words), "{}", found.malformed[0].1.message);
    }
}

const GITLAB: &str = r#"
include:
  - local: /.gitlab/ci/test.yml
  - template: Jobs/Secret-Detection.gitlab-ci.yml
stages: [test, evaluate, deploy]
workflow:
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
unit:
  extends: .python
  stage: test
  script:
    - !reference [.setup, script]
    - pytest --cov
evals:
  stage: evaluate
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
      changes:
        paths: [prompts/**/*, models/*]
  script: [python evals/run.py]
deploy:
  stage: deploy
  environment: { name: production, url: "https://x" }
  when: manual
  script:
    - helm upgrade --install x ./chart
stop:
  stage: deploy
  environment: { name: production, action: stop }
  when: manual
  script: [helm uninstall x]
"#;

#[test]
fn a_pipeline_of_gitlab_with_includes_stages_and_rules() {
    let files = [
        (".gitlab-ci.yml", GITLAB),
        (".gitlab/ci/test.yml", ".setup:\n  script: [pip install -e .]\n.python:\n  image: python:3.12\n"),
        ("evals/run.py", "import sys\nsys.exit(1)\n"),
    ];
    let found = look(&files, "");
    assert_eq!(
        holding(&found),
        [
            "deploy_needs_tests",
            "deploys",
            "eval_blocks",
            "eval_on_paths",
            "present",
            "runs_evals",
            "runs_tests",
            "scans_secrets"
        ]
    );
    assert_eq!(because(&found), ["job `unit` runs pytest on push and merge request"]);
    assert_eq!(found.items[0].origin.line, Some(10));
    let early = GITLAB.replace(
        "stage: deploy\n  environment: { name: production, url",
        "stage: deploy\n  needs: []\n  environment: { name: production, url",
    );
    assert!(!holding(&look(&[(".gitlab-ci.yml", &early)], "")).contains(&"deploy_needs_tests"));
    let lax = GITLAB.replace("  extends: .python\n", "  allow_failure: true\n");
    assert!(!holding(&look(&[(".gitlab-ci.yml", &lax)], "")).contains(&"deploy_needs_tests"));
}

#[test]
fn gitlab_jobs_by_hand_and_by_only() {
    let by_hand = "test:\n  when: manual\n  script: pytest\n";
    assert_eq!(holding(&look(&[(".gitlab-ci.yml", by_hand)], "")), ["present"]);
    let only = "test:\n  only: [merge_requests]\n  script: pytest\n";
    assert_eq!(because(&look(&[(".gitlab-ci.yml", only)], "")), ["job `test` runs pytest on merge request"]);
    let broken = look(&[(".gitlab-ci.yml", "test:\n  script: [pytest\n")], "");
    assert_eq!(broken.malformed.len(), 1);
    let circle = "a:\n  extends: a\n  script: pytest\ninclude: .gitlab-ci.yml\n";
    assert_eq!(holding(&look(&[(".gitlab-ci.yml", circle)], "")), ["present", "runs_tests"]);
    let child =
        "start:\n  stage: test\n  script: pytest\nchild:\n  stage: deploy\n  trigger:\n    include: ops/child.yml\n";
    let deploy = "go:\n  environment: staging\n  script: kubectl apply -f x\n";
    let found = look(&[(".gitlab-ci.yml", child), ("ops/child.yml", deploy)], "");
    assert_eq!(holding(&found), ["deploy_needs_tests", "deploys", "present", "runs_tests"]);
}

const JENKINS: &str = r#"
// stage('Old') { sh 'pytest' }
pipeline {
  agent any
  stages {
    stage('Build') { steps { sh 'mvn -B -DskipTests package' } }
    stage('Test') {
      steps {
        dir('backend') {
          sh label: 'unit', script: '''
            set -e
            python -m pytest "tests"
          '''
        }
      }
      post { always { junit 'reports/*.xml' } }
    }
    stage('Deploy to production') {
      when { branch 'main' }
      steps { sh "helm upgrade --install intake ./chart -n prod" }
    }
  }
}
"#;

#[test]
fn jenkinsfiles_declarative_and_scripted() {
    let found = look(&[("Jenkinsfile", JENKINS)], "");
    assert_eq!(holding(&found), ["deploy_needs_tests", "deploys", "present", "runs_tests"]);
    assert_eq!(because(&found), ["stage `Test` runs pytest on push"]);
    assert_eq!((found.items[0].level, found.items[0].origin.line), (Proof::Documented, Some(7)));
    let scripted =
        "node {\n  stage('Test') { sh 'npm test' }\n  stage('Rollout') { sh 'kubectl -n staging apply -f k8s' }\n}\n";
    assert!(holding(&look(&[("ci/Jenkinsfile", scripted)], "")).contains(&"deploy_needs_tests"));
    let ignored = scripted.replace("sh 'npm test'", "sh(script: 'npm test', returnStatus: true)");
    assert!(!holding(&look(&[("ci/Jenkinsfile", &ignored)], "")).contains(&"deploy_needs_tests"));
    let only_builds = "node { stage('Build') { sh 'make package' } }";
    assert_eq!(holding(&look(&[("Jenkinsfile", only_builds)], "")), ["present"]);
}

#[test]
fn circleci_workflows() {
    let config = r"
version: 2.1
commands:
  unit:
    steps:
      - run: { name: tests, command: pytest -q }
jobs:
  test:
    docker: [{ image: cimg/python:3.12 }]
    steps: [checkout, unit]
  deploy:
    docker: [{ image: cimg/base:stable }]
    steps:
      - run: kubectl apply -f k8s
workflows:
  main:
    jobs:
      - test
      - deploy: { name: deploy-production, requires: [test], filters: { branches: { only: main } } }
";
    let found = look(&[(".circleci/config.yml", config)], "");
    assert_eq!(holding(&found), ["deploy_needs_tests", "deploys", "present", "runs_tests"]);
    assert_eq!(because(&found), ["job `test` runs pytest on push"]);
    assert_eq!(found.items[0].origin.line, Some(8));
    let free = config.replace("requires: [test], ", "");
    assert_eq!(holding(&look(&[(".circleci/config.yml", &free)], "")), ["deploys", "present", "runs_tests"]);
    let nightly = config.replace("  main:\n", "  main:\n    triggers: [{ schedule: { cron: '0 0 * * *' } }]\n");
    assert_eq!(because(&look(&[(".circleci/config.yml", &nightly)], "")), ["job `test` runs pytest on schedule"]);
}

#[test]
fn azure_pipelines_with_stages_and_templates() {
    let pipeline = r"
trigger: { branches: { include: [main] } }
pr: [main]
stages:
- stage: Test
  jobs:
  - job: unit
    steps:
    - template: templates/test.yml
- stage: Deploy
  jobs:
  - deployment: web
    environment: production
    strategy:
      runOnce:
        deploy:
          steps:
          - task: AzureWebApp@1
            inputs: { appName: intake }
";
    let template = ("ci/templates/test.yml", "parameters:\n- name: x\nsteps:\n- script: pytest\n");
    let found = look(&[("ci/azure-pipelines.yml", pipeline), template], "");
    assert_eq!(holding(&found), ["deploy_needs_tests", "deploys", "present", "runs_tests"]);
    assert_eq!(because(&found), ["job `unit` runs pytest on push and pull request"]);
    assert_eq!(found.items[0].origin.line, Some(7));
    let parallel = pipeline.replace("- stage: Deploy\n", "- stage: Deploy\n  dependsOn: []\n");
    assert_eq!(
        holding(&look(&[("ci/azure-pipelines.yml", &parallel), template], "")),
        ["deploys", "present", "runs_tests"]
    );
    let steps = "trigger: none\npr: none\nsteps:\n- task: DotNetCoreCLI@2\n  inputs: { command: test }\n";
    assert_eq!(holding(&look(&[("azure-pipelines.yml", steps)], "")), ["present"]);
}

#[test]
fn bitbucket_drone_woodpecker_and_buildkite() {
    let bitbucket = r"
pipelines:
  branches:
    main:
      - step: { name: Test, script: [npm ci, npm test] }
      - parallel:
          - step: { name: Scan, script: [ { pipe: 'atlassian/git-secrets-scan:1.4.0' } ] }
      - step: { name: Ship, deployment: production, trigger: manual, script: [ { pipe: 'atlassian/aws-ecs-deploy:1.6.2' } ] }
  pull-requests:
    '**':
      - step: { name: Test, script: [npm test] }
";
    let found = look(&[("bitbucket-pipelines.yml", bitbucket)], "");
    assert_eq!(holding(&found), ["deploy_needs_tests", "deploys", "present", "runs_tests", "scans_secrets"]);
    assert_eq!(found.items[0].origin.line, Some(5));
    let custom = "pipelines:\n  custom:\n    t:\n      - step: { script: [npm test] }\n";
    assert_eq!(holding(&look(&[("bitbucket-pipelines.yml", custom)], "")), ["present"]);

    let drone = "kind: pipeline\nname: test\nsteps:\n- name: unit\n  image: golang\n  commands: [go test ./...]\n---\nkind: pipeline\nname: ship\ndepends_on: [test]\nsteps:\n- name: deploy to staging\n  image: drillster/drone-helm\n";
    assert_eq!(
        holding(&look(&[(".drone.yml", drone)], "")),
        ["deploy_needs_tests", "deploys", "present", "runs_tests"]
    );
    let woodpecker =
        "when:\n  - event: [push, pull_request]\nsteps:\n  test:\n    image: rust\n    commands: [cargo test]\n";
    let found = look(&[(".woodpecker/test.yml", woodpecker)], "");
    assert_eq!(because(&found), ["step `test` runs cargo test on push and pull request"]);
    let merged = "variables:\n  - &when\n    - event: push\nwhen:\n  - <<: *when\nsteps:\n  - { name: test, image: rust, commands: [cargo test] }\n";
    let found = look(&[(".woodpecker/test.yml", merged)], "");
    assert_eq!((because(&found), found.malformed.len()), (vec!["step `test` runs cargo test on push"], 0));
    let by_hand = woodpecker.replace("[push, pull_request]", "manual");
    assert_eq!(holding(&look(&[(".woodpecker/test.yml", &by_hand)], "")), ["present"]);

    let buildkite = "steps:\n  - label: ':test_tube: Unit'\n    key: unit\n    command: make test\n  - wait\n  - label: Deploy production\n    command: ./bin/deploy\n";
    let files = [
        (".buildkite/pipeline.yml", buildkite),
        ("Makefile", "test:\n\tpytest\n"),
        ("bin/deploy", "#!/bin/sh\nkubectl apply -f k8s\n"),
    ];
    let found = look(&files, "");
    assert_eq!(holding(&found), ["deploy_needs_tests", "deploys", "present", "runs_tests"]);
    assert_eq!(because(&found), ["step `unit` runs make test on push and pull request"]);
    let unordered = buildkite.replace("  - wait\n", "");
    assert!(
        !holding(&look(&[(".buildkite/pipeline.yml", &unordered), files[1], files[2]], ""))
            .contains(&"deploy_needs_tests")
    );
}

#[test]
fn cloud_build_steps() {
    let build = "steps:\n  - id: test\n    name: python:3.12\n    entrypoint: bash\n    args: ['-c', 'pip install uv && uv run pytest']\n  - id: deploy-prod\n    name: gcr.io/google.com/cloudsdktool/cloud-sdk\n    entrypoint: gcloud\n    args: [run, deploy, intake, --image, x]\n";
    let found = look(&[("cloudbuild.yaml", build)], "");
    assert_eq!(holding(&found), ["deploy_needs_tests", "deploys", "present", "runs_tests"]);
    assert_eq!((found.items[0].level, because(&found)), (Proof::Documented, vec!["step `test` runs pytest on push"]));
    let free = build.replace("  - id: deploy-prod\n", "  - id: deploy-prod\n    waitFor: ['-']\n");
    assert!(!holding(&look(&[("cloudbuild.yaml", &free)], "")).contains(&"deploy_needs_tests"));
}

#[test]
fn no_part_of_a_file_brings_the_reader_down() {
    let samples = [
        (".github/workflows/ci.yml", CI),
        (".gitlab-ci.yml", GITLAB),
        ("Jenkinsfile", JENKINS),
        ("Makefile", "test: a\n\t@$(X) pytest \"é\n"),
    ];
    for (path, text) in samples {
        for cut in (0..text.len()).filter(|cut| text.is_char_boundary(*cut)).step_by(11) {
            let (before, after) = text.split_at(cut);
            for part in [before.to_owned(), after.to_owned(), format!("{before}{{[\"'${{{{é<<EOF{after}")] {
                let found = look(&[(path, &part)], "");
                // Every fact is there, and what is malformed names the file.
                let _ = holding(&found);
                assert!(found.malformed.iter().all(|(_, wrong)| wrong.file() == Some(path)));
            }
        }
    }
}

#[test]
fn a_few_lines_cannot_ask_for_endless_work() {
    let mut extends = String::new();
    for level in 0..10 {
        let bases = vec![format!(".l{}", level + 1); 20].join(", ");
        extends.push_str(&format!(".l{level}:\n  extends: [{bases}]\n"));
    }
    extends.push_str("test:\n  extends: .l0\n  script: pytest\n");
    let found = look(&[(".gitlab-ci.yml", &extends)], "");
    assert!(holding(&found).contains(&"present"));
    let mut commands = String::from("jobs: { test: { steps: [c0] } }\ncommands:\n");
    for level in 0..8 {
        commands.push_str(&format!("  c{level}: {{ steps: [{}] }}\n", vec![format!("c{}", level + 1); 60].join(", ")));
    }
    let found = look(&[(".circleci/config.yml", &commands)], "");
    assert_eq!(holding(&found), ["present"]);
    let steps = "      - run: make a\n".repeat(500);
    let workflow = format!("on: push\njobs:\n  a:\n    steps:\n{steps}  b:\n    steps:\n{steps}");
    let found = look(
        &[(".github/workflows/ci.yml", &workflow), ("Makefile", "a: b b b b b b b b b\nb: a a a a a a a a\n")],
        "",
    );
    assert_eq!(holding(&found), ["present"]);
}
