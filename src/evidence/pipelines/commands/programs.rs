//! The words of a command enter; whether its program wraps, tests, deploys or scans leaves: the tables of programs, and what
//! names say.

use super::{Deed, What, deed};

/// Programs that run what stands behind them, with the words that must come first.
pub(super) const WRAPPERS: [(&str, &[&str]); 46] = [
    ("sudo", &[]),
    ("time", &[]),
    ("env", &[]),
    ("exec", &[]),
    ("command", &[]),
    ("nice", &[]),
    ("nohup", &[]),
    ("timeout", &[]),
    ("xvfb-run", &[]),
    ("travis_retry", &[]),
    ("retry", &[]),
    ("dotenv", &[]),
    ("npx", &[]),
    ("bunx", &[]),
    ("uvx", &[]),
    ("pipx", &["run"]),
    ("poetry", &["run"]),
    ("pipenv", &["run"]),
    ("pdm", &["run"]),
    ("rye", &["run"]),
    ("uv", &["run"]),
    ("uv", &["tool", "run"]),
    ("hatch", &["run"]),
    ("conda", &["run"]),
    ("mamba", &["run"]),
    ("micromamba", &["run"]),
    ("pixi", &["run"]),
    ("pnpm", &["exec"]),
    ("pnpm", &["dlx"]),
    ("yarn", &["exec"]),
    ("yarn", &["dlx"]),
    ("npm", &["exec"]),
    ("npm", &["x"]),
    ("bundle", &["exec"]),
    ("nix", &["develop"]),
    ("nix-shell", &[]),
    ("devbox", &["run"]),
    ("mise", &["exec"]),
    ("direnv", &["exec"]),
    ("doppler", &["run"]),
    ("op", &["run"]),
    ("aws-vault", &["exec"]),
    ("nyc", &[]),
    ("c8", &[]),
    ("dotnet-coverage", &["collect"]),
    ("opentelemetry-instrument", &[]),
];

/// Options of wrappers whose value is the next word.
pub(super) const WITH_VALUE: [&str; 26] = [
    "--with",
    "--extra",
    "--group",
    "--python",
    "--env-file",
    "--package",
    "--directory",
    "--project",
    "--volume",
    "--network",
    "--name",
    "--env",
    "--workdir",
    "--user",
    "--platform",
    "--profile",
    "--file",
    "-p",
    "-e",
    "-v",
    "-w",
    "-u",
    "-n",
    "-f",
    "-C",
    "-k",
];

/// Programs that run tests whatever follows.
pub(super) const TESTERS: [&str; 27] = [
    "pytest",
    "py.test",
    "nose2",
    "nosetests",
    "trial",
    "stestr",
    "ward",
    "unittest",
    "jest",
    "vitest",
    "mocha",
    "ava",
    "karma",
    "wdio",
    "testcafe",
    "gotestsum",
    "ginkgo",
    "rspec",
    "phpunit",
    "pest",
    "paratest",
    "ctest",
    "bats",
    "vstest.console",
    "nextest",
    "behave",
    "lit",
];

/// Programs that run tests when their first word (after options) is one of these.
pub(super) const TESTING: [(&str, &[&str]); 30] = [
    ("go", &["test"]),
    ("deno", &["test"]),
    ("mix", &["test"]),
    ("swift", &["test"]),
    ("flutter", &["test"]),
    ("dart", &["test"]),
    ("bazel", &["test", "coverage"]),
    ("bazelisk", &["test", "coverage"]),
    ("buck2", &["test"]),
    ("pants", &["test"]),
    ("meson", &["test"]),
    ("stack", &["test"]),
    ("cabal", &["test", "v2-test"]),
    ("lein", &["test"]),
    ("hatch", &["test"]),
    ("dotnet", &["test", "vstest"]),
    ("playwright", &["test"]),
    ("cypress", &["run"]),
    ("ng", &["test"]),
    ("turbo", &["test"]),
    ("lerna", &["test"]),
    ("rails", &["test", "spec"]),
    ("rake", &["test", "spec"]),
    ("composer", &["test"]),
    ("ninja", &["test", "check"]),
    ("xcodebuild", &["test"]),
    ("react-scripts", &["test"]),
    ("forge", &["test"]),
    ("molecule", &["test"]),
    ("artisan", &["test"]),
];

/// Programs that deploy when these words follow in this order.
pub(super) const DEPLOYING: [(&str, &[&str]); 82] = [
    ("kubectl", &["apply"]),
    ("kubectl", &["replace"]),
    ("kubectl", &["set", "image"]),
    ("kubectl", &["rollout", "restart"]),
    ("kubectl", &["patch"]),
    ("oc", &["apply"]),
    ("oc", &["rollout"]),
    ("oc", &["start-build"]),
    ("helm", &["upgrade"]),
    ("helm", &["install"]),
    ("helmfile", &["apply"]),
    ("helmfile", &["sync"]),
    ("argocd", &["app", "sync"]),
    ("argocd", &["app", "set"]),
    ("flux", &["reconcile"]),
    ("terraform", &["apply"]),
    ("tofu", &["apply"]),
    ("terragrunt", &["apply"]),
    ("terragrunt", &["run-all", "apply"]),
    ("pulumi", &["up"]),
    ("pulumi", &["update"]),
    ("cdk", &["deploy"]),
    ("aws-cdk", &["deploy"]),
    ("sam", &["deploy"]),
    ("serverless", &["deploy"]),
    ("sls", &["deploy"]),
    ("aws", &["cloudformation", "deploy"]),
    ("aws", &["cloudformation", "create-stack"]),
    ("aws", &["cloudformation", "update-stack"]),
    ("aws", &["ecs", "update-service"]),
    ("aws", &["ecs", "deploy"]),
    ("aws", &["lambda", "update-function-code"]),
    ("aws", &["deploy", "create-deployment"]),
    ("aws", &["elasticbeanstalk", "update-environment"]),
    ("aws", &["sagemaker", "update-endpoint"]),
    ("aws", &["sagemaker", "create-endpoint"]),
    ("aws", &["apprunner", "start-deployment"]),
    ("gcloud", &["run", "deploy"]),
    ("gcloud", &["run", "services", "update"]),
    ("gcloud", &["app", "deploy"]),
    ("gcloud", &["functions", "deploy"]),
    ("gcloud", &["deploy", "releases", "create"]),
    ("gcloud", &["ai", "endpoints", "deploy-model"]),
    ("az", &["webapp", "deploy"]),
    ("az", &["webapp", "up"]),
    ("az", &["webapp", "deployment"]),
    ("az", &["webapp", "config", "container", "set"]),
    ("az", &["containerapp", "up"]),
    ("az", &["containerapp", "update"]),
    ("az", &["deployment", "group", "create"]),
    ("az", &["deployment", "sub", "create"]),
    ("az", &["functionapp", "deploy"]),
    ("az", &["ml", "online-deployment"]),
    ("az", &["ml", "online-endpoint", "update"]),
    ("azd", &["up"]),
    ("azd", &["deploy"]),
    ("flyctl", &["deploy"]),
    ("fly", &["deploy"]),
    ("vercel", &["deploy"]),
    ("vercel", &["--prod"]),
    ("netlify", &["deploy"]),
    ("wrangler", &["deploy"]),
    ("railway", &["up"]),
    ("heroku", &["container:release"]),
    ("cf", &["push"]),
    ("eb", &["deploy"]),
    ("copilot", &["deploy"]),
    ("copilot", &["svc", "deploy"]),
    ("docker", &["stack", "deploy"]),
    ("cap", &["deploy"]),
    ("skaffold", &["run"]),
    ("skaffold", &["deploy"]),
    ("kamal", &["deploy"]),
    ("modal", &["deploy"]),
    ("bentoml", &["deploy"]),
    ("databricks", &["bundle", "deploy"]),
    ("firebase", &["deploy"]),
    ("supabase", &["functions", "deploy"]),
    ("zappa", &["update"]),
    ("chalice", &["deploy"]),
    ("werf", &["converge"]),
    ("nomad", &["job", "run"]),
];

/// Programs that look for secrets.
pub(super) const SECRET_SCANNERS: [&str; 11] = [
    "gitleaks",
    "trufflehog",
    "trufflehog3",
    "detect-secrets",
    "detect-secrets-hook",
    "detect_secrets",
    "ggshield",
    "git-secrets",
    "talisman",
    "noseyparker",
    "kingfisher",
];

pub(super) fn cargo(plain: &[&str], by: &str) -> Vec<Deed> {
    let mut plain = plain.iter().skip_while(|w| w.starts_with('+'));
    let runs = match plain.next().copied() {
        Some("test" | "t" | "nextest" | "llvm-cov" | "tarpaulin" | "careful" | "mutants") => true,
        Some("hack" | "make" | "xtask" | "miri" | "all-features") => plain.any(|w| is_test_name(w)),
        _ => false,
    };
    if runs { vec![deed(What::Tests, by)] } else { Vec::new() }
}

/// Whether tox or nox is told to run sessions that only check style, types or documents.
pub(super) fn only_checks_style(rest: &[&str]) -> bool {
    let named: Vec<&str> = rest
        .windows(2)
        .filter(|w| matches!(w.first(), Some(&("-e" | "-s" | "--session" | "--sessions" | "-m"))))
        .filter_map(|w| w.get(1).copied())
        .flat_map(|names| names.split(','))
        .collect();
    let style = [
        "lint",
        "style",
        "format",
        "fmt",
        "mypy",
        "type",
        "docs",
        "doc",
        "flake8",
        "ruff",
        "black",
        "pre-commit",
        "build",
        "pkg",
    ];
    !named.is_empty() && named.iter().all(|name| style.iter().any(|word| name.starts_with(word)))
}

/// What a program in another language than shell does, by what it calls.
pub(super) fn by_program_text(text: &str, by: &str) -> Vec<Deed> {
    let calls = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let starts = ["subprocess", "os.system", "execSync", "spawn", "execa", "system("];
    let mut found = Vec::new();
    if calls(&["pytest.main(", "unittest.main(", "TextTestRunner("])
        || (calls(&starts) && calls(&["\"pytest\"", "'pytest'", "pytest ", "cargo test", "npm test", "go test"]))
    {
        found.push(deed(What::Tests, by));
    }
    if calls(&["deepeval", "promptfoo", "lm_eval", "from ragas", "import ragas"]) && !calls(&["pip install"]) {
        found.push(deed(What::Evals { threshold: exits_on_failure(text) }, by));
    }
    found
}

/// Whether a script can end with a failure of its own making.
pub(super) fn exits_on_failure(text: &str) -> bool {
    [
        "sys.exit(",
        "exit(1",
        "exit 1",
        "process.exit",
        "SystemExit",
        "assert ",
        "raise ",
        "throw new",
        "os.Exit(1",
        "panic(",
    ]
    .iter()
    .any(|word| text.contains(word))
}

/// Whether a command names a threshold.
pub(super) fn has_threshold(words: &[&str]) -> bool {
    words.iter().any(|word| {
        word.strip_prefix("--").is_some_and(|option| {
            let name = option.split('=').next().unwrap_or(option);
            [
                "threshold",
                "fail",
                "min",
                "gate",
                "assert",
                "pass-rate",
                "pass_rate",
                "floor",
                "max-regression",
                "require",
            ]
            .iter()
            .any(|part| name.split(['-', '_']).any(|w| w == *part) || name == *part || name.contains("threshold"))
        })
    })
}

/// Whether a name says that it runs tests.
pub(super) fn is_test_name(name: &str) -> bool {
    let parts: Vec<&str> = name.split([':', '-', '_', '.', '/']).collect();
    parts.iter().any(|part| matches!(*part, "test" | "tests" | "spec" | "unittest" | "pytest"))
        && !parts
            .iter()
            .any(|part| is_eval_name(part) || matches!(*part, "type" | "types" | "format" | "lint" | "style" | "links"))
}

/// Whether a name says that it evaluates.
pub(super) fn is_eval_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.split([':', '-', '_', '.'])
        .any(|part| matches!(part, "eval" | "evals" | "evaluate" | "evaluation" | "evaluations"))
}

/// Whether a path lies in a folder of evaluations, or is one.
pub(super) fn is_eval_path(path: &str) -> bool {
    path.split(['/', ':']).any(is_eval_name)
}

/// Whether a name says that it deploys.
pub(in crate::evidence::pipelines) fn is_deploy_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let mut parts = name.split(|c: char| !c.is_ascii_alphanumeric());
    parts.any(|part| matches!(part, "deploy" | "deployment" | "deploys" | "rollout" | "promote" | "ship" | "golive"))
}
