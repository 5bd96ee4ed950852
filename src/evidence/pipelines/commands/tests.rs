//! Commands of CI scripts, and what they do.
use super::*;
use crate::evidence::tree::Tree;

fn what_in(tree: &Tree, script: &str) -> Vec<What> {
    deeds(&Files::of(tree), "", script).into_iter().map(|deed| deed.what).collect()
}

fn what(script: &str) -> Vec<What> {
    what_in(&Tree::default(), script)
}

#[test]
fn test_commands_are_known_behind_their_wrappers() {
    for script in [
        "pytest -q",
        "python -m pytest tests",
        "python3.11 -m unittest discover",
        "poetry run pytest",
        "uv run --with pytest-cov pytest",
        "uv run -m pytest",
        "coverage run --source=src -m pytest",
        "cd backend && DJANGO=1 python manage.py test",
        "docker compose -f ci.yml run --rm api pytest -q",
        "docker run --rm -v \"$PWD:/app\" -w /app img:1 sh -c 'pip install . && pytest'",
        "npm test",
        "npm run test:unit -- --ci",
        "yarn jest",
        "pnpm -r test",
        "npx vitest run",
        "go test ./...",
        "cargo +nightly nextest run",
        "mvn -B verify",
        "./gradlew :app:check",
        "dotnet test -c Release",
        "bundle exec rspec",
        "rake test",
        "ctest --output-on-failure",
        "vendor/bin/phpunit",
        "sbt 'project core' test",
        "timeout 10m tox -e py311,lint",
        "hatch run test",
        "xvfb-run -a npm test",
        "nix develop -c cargo test",
        "bash -euo pipefail -c \"pytest\"",
        "turbo run test",
    ] {
        assert_eq!(what(script), [What::Tests], "{script}");
    }
}

#[test]
fn what_only_mentions_tests_does_not_run_them() {
    for script in [
        "pip install pytest",
        "uv run --with pytest python train.py",
        "echo pytest",
        "# pytest",
        "apt-get install -y jest",
        "docker build -t pytest .",
        "mvn package -DskipTests",
        "gradle build -x test",
        "tox -e lint,docs",
        "pytest --version",
        "npm ci",
        "npm run lint",
        "cat > x <<EOF\npytest\nEOF",
        "make test",
        "./run_tests.sh",
        "eval \"$(ssh-agent -s)\"",
        "terraform plan",
        "kubectl apply --dry-run=server -f x",
    ] {
        assert_eq!(what(script), [], "{script}");
    }
}

#[test]
fn deployments_scans_evaluations_and_rule_tests_are_known() {
    for script in [
        "kubectl -n prod apply -f k8s",
        "helm upgrade --install x .",
        "terraform -chdir=infra apply -auto-approve",
        "argocd app sync intake",
        "gcloud run deploy x",
        "npx cdk deploy --all",
        "ssh me@host 'docker compose up -d'",
    ] {
        assert_eq!(what(script), [What::Deploys], "{script}");
    }
    for script in [
        "gitleaks detect",
        "docker run --rm -v \"$PWD:/repo\" zricethezav/gitleaks:v8.28.0 git /repo",
        "trufflehog filesystem .",
        "uvx detect-secrets scan",
        "ggshield secret scan ci",
    ] {
        assert_eq!(what(script), [What::ScansSecrets], "{script}");
    }
    for script in [
        "promtool test rules a.yml",
        "docker run --rm --entrypoint promtool prom/prometheus:v3 test rules /m/a.yml",
        "pint lint rules",
        "cortextool rules lint x",
    ] {
        assert_eq!(what(script), [What::TestsRules], "{script}");
    }
    assert_eq!(what("promtool check rules a.yml"), []);
    assert_eq!(what("npx promptfoo@0.121.20 eval -c x.yaml"), [What::Evals { threshold: false }]);
    assert_eq!(what("deepeval test run evals/"), [What::Evals { threshold: true }]);
    assert_eq!(what("pytest tests/evals"), [What::Evals { threshold: true }]);
    assert_eq!(what("lm_eval --model hf --tasks x"), [What::Evals { threshold: false }]);
    assert_eq!(what("kind create cluster && kubectl apply -f x"), [What::LocalCluster, What::Deploys]);
}

#[test]
fn scripts_and_targets_of_the_repository_are_opened() {
    let tree = Tree::of([
        (
            "Makefile",
            "ci: test eval\ntest:\n\tpoetry run pytest\neval:\n\tpython evals/run.py\nbuild:\n\tdocker build .\n"
                .to_owned(),
        ),
        ("scripts/check.sh", "#!/bin/sh\nset -e\ncd web\nnpm test\n".to_owned()),
        ("web/package.json", r#"{"scripts": {"test": "vitest run", "noop": "echo ok"}}"#.to_owned()),
        (
            "package.json",
            r#"{"scripts": {"test": "echo \"no tests\" && exit 0", "eval": "node evals/run.mjs --threshold 0.9"}}"#
                .to_owned(),
        ),
        ("evals/run.py", "import sys\nsys.exit(score < 0.9)\n".to_owned()),
        ("evals/run.mjs", "console.log(1)\n".to_owned()),
        ("evals/slices.py", "print(1)\n".to_owned()),
        ("promptfooconfig.yaml", "defaultTest:\n  assert:\n    - type: is-json\n".to_owned()),
        ("ops/run_tests.py", "import pytest\npytest.main(['-q'])\n".to_owned()),
    ]);
    assert_eq!(what_in(&tree, "make test"), [What::Tests]);
    assert_eq!(what_in(&tree, "make -j4 ci"), [What::Tests, What::Evals { threshold: true }]);
    assert_eq!(what_in(&tree, "make build"), []);
    assert_eq!(what_in(&tree, "bash scripts/check.sh"), [What::Tests]);
    assert_eq!(what_in(&tree, "./scripts/check.sh"), [What::Tests]);
    assert_eq!(what_in(&tree, "npm test"), [], "the script only echoes");
    assert_eq!(what_in(&tree, "npm --prefix web test"), [What::Tests]);
    assert_eq!(what_in(&tree, "npm run eval"), [What::Evals { threshold: true }]);
    assert_eq!(what_in(&tree, "uv run python -m evals.slices full.json"), [What::Evals { threshold: false }]);
    assert_eq!(what_in(&tree, "python ops/run_tests.py"), [What::Tests]);
    assert_eq!(what_in(&tree, "promptfoo eval"), [What::Evals { threshold: true }]);
    assert_eq!(deeds(&Files::of(&tree), "", "make test").first().map(|d| d.by.clone()), Some("make test".to_owned()));
}

#[test]
fn a_failure_that_is_ignored_is_noticed() {
    let forgiven =
        |script: &str| deeds(&Files::of(&Tree::default()), "", script).iter().map(|d| d.forgiven).collect::<Vec<_>>();
    assert_eq!(forgiven("pytest || true"), [true]);
    assert_eq!(forgiven("(cd x && pytest) || exit 0"), [true]);
    assert_eq!(forgiven("pytest || exit 1"), [false]);
    assert_eq!(forgiven("set +e\npytest\nls"), [true]);
    assert_eq!(forgiven("set +e\npytest\ncode=$?\nexit $code"), [false]);
}

#[test]
fn endless_recursion_ends() {
    let tree = Tree::of([
        ("Makefile", "a: b b b b b b b b\n\tmake a\nb: a a a a a a a a\n\tmake b; sh x.sh\n".to_owned()),
        ("x.sh", "sh x.sh\nmake a\n".repeat(50)),
    ]);
    assert_eq!(what_in(&tree, "make a b\nsh x.sh"), []);
    assert_eq!(what(&"sudo ".repeat(100_000)), []);
    assert_eq!(what(&"env timeout nix ".repeat(100_000)), []);
}
