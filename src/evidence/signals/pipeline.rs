//! A CI configuration enters; whether it runs tests on a real trigger leaves, followed into the scripts and targets it calls.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::super::expression::Expression;
use super::super::literals::Literals;
use super::super::tree::{File, Tree};
use super::formats::Proven;

/// How far calls are followed: a workflow calls a script that calls a Makefile.
const MAX_DEPTH: usize = 3;
/// A called file that is larger is not looked into, in bytes.
const MAX_CALLED: u64 = 256 * 1024;

/// Commands that run tests, of the ecosystems.
const COMMANDS: &[&str] = &[
    r#"(?:^|[\s"'/@(])(?:pytest|py\.test|tox|nox|vitest|jest|rspec|phpunit|ctest|bats|nosetests|mocha|karma|gotestsum|pest|busted|trial)(?:@\S+)?(?:[\s"')]|$)"#,
    r"python[\d.]* -m (?:pytest|unittest|nose|tox|coverage run|tests?\b)",
    r"coverage run|manage\.py test|-m unittest",
    r"\bpython[\d.]* \S*\btests?[\w/-]*\.py",
    r"\b(?:npm|pnpm|yarn|bun|deno|npx|lerna|nx|turbo|rush|wireit|moon)\b.*[\s:](?:unit-?|integration-?)?tests?\b(?:[:\w.-]*)",
    r"\b(?:go|cargo|dotnet|bazel|bazelisk|swift|flutter|dart|mix|lein|zig|stack|cabal|opa|terraform|pixi run|hatch run|hatch|pdm run|rye|xcodebuild|conda run)\b.* ?\b(?:test|nextest|llvm-cov|vstest)\b",
    r"\bcargo (?:test|nextest|llvm-cov|tarpaulin)\b|\bcargo make \S*test",
    r"\bmvnw?\b.*\b(?:test|verify|install|package)\b|\bgradlew?\b.*\b(?:test|check|build)\b",
    r"\bsbt\b.*test|vstest|VSTest@\d|helm unittest|R CMD check|testthat|devtools::check",
    r"\b(?:rails|rake|bin/rails|bin/rake) (?:test|spec|default)|bin/rspec|bundle exec rake\b|\b(?:rake|rails) \w+:(?:test|spec)|plugin:(?:r?spec|qunit)",
    r"\b(?:make|just|task|poe|poetry run poe|invoke|inv|mage|earthly|mise run|poetry run task|uv run poe)\b.*[\s:_/+-](?:unit|integration)?-?_?tests?\b",
    r"[\w/.-]*\brun[_-](?:unit[_-]|all[_-]|integration[_-])?tests?(?:\.\w+)?\b",
    r"[\w/.-]*\btests?(?:[_-]\w+)?\.(?:sh|ps1)\b",
    r#"\bcommand: *["']?test["']?$"#,
    r#"\btask: *["']?(?:test|check)["']?$|\barguments?: *["']?(?:test|check|build)\b|goals?: *["']?.*\b(?:test|verify|package)\b"#,
    r"\s--test(?:\s|$)",
    r"uses: *\S*(?:pytest|run-tests|test-action|cypress-io/github-action|python-tests?|node-tests?|go-test|rspec|bats-action)",
];

static RUNS_TESTS: LazyLock<Expression> = LazyLock::new(|| Expression::any_case(Cow::Owned(COMMANDS.join("|"))));

/// In small letters, one of these is in everything that [`RUNS_TESTS`] finds; the test holds the two against each other.
static MAY_RUN_TESTS: Literals = Literals::new(&[&[
    "test",
    "tox",
    "nox",
    "jest",
    "spec",
    "phpunit",
    "bats",
    "mocha",
    "karma",
    "pest",
    "busted",
    "trial",
    "nose",
    "coverage run",
    "llvm-cov",
    "tarpaulin",
    "mvn",
    "gradle",
    "cmd check",
    "devtools",
    "rake",
    "rails",
    "qunit",
    "task:",
    "argument",
    "goal",
    "cypress",
]]);

/// Whether a command runs tests; the expression is asked of the few that may.
fn runs_tests(command: &str) -> bool {
    let may = !command.is_ascii() || MAY_RUN_TESTS.any_in(&command.to_ascii_lowercase());
    may && RUNS_TESTS.is_in_line(command)
}

/// What looks like a command and runs nothing.
static RUNS_NOTHING: Expression = Expression::any_case(Cow::Borrowed(
    r#"\b(?:pip3?|uv pip|conda|mamba|apt|apt-get|brew|choco|gem|npm|pnpm|yarn|poetry|uv|pdm|cargo|go|yum|dnf) (?:-\S+ )*(?:install|add|i|ci|sync|get)\b|^(?:-\s*)?(?:name|displayName|description|id|key|path|paths|title|label|default|if|needs|uses_name|image|working-directory|working_directory|restore-keys|cache-dependency-path|artifact|comment|stage|environment|group|run_name|run-name):|\becho\b|^export \w+=|skipTests|maven\.test\.skip|-x test\b|--no-tests|--collect-only|\bmkdir\b|\brm -|\bcp \b|codecov|--version|--help|actions/(?:upload|download)|docker (?:build|push|pull|tag)\b|\bgit (?:add|commit|diff|clone)|\bruff\b|\bmypy\b|\bblack\b|\beslint\b|test-reporter|\bcurl\b|npm publish"#,
));

/// Whether a CI configuration runs tests, how it is triggered, and what runs.
pub(super) fn tests(tree: &Tree, file: &File, text: &str) -> Option<Proven> {
    let trigger = trigger(tree, file, text)?;
    let (line, command) = find(tree, &file.path, text, 0)?;
    let bonus = u32::from(trigger.contains("push") || trigger.contains("pull")) * 30
        + u32::from(file.path.to_ascii_lowercase().contains("test")) * 20;
    Some(Proven { line: Some(line), said: vec![command, trigger], bonus })
}

/// What starts the pipeline; none when only a person does, or nothing.
fn trigger(tree: &Tree, file: &File, text: &str) -> Option<String> {
    let path = file.path.as_str();
    if !path.contains("/workflows/") {
        let is = |key: &str| text.lines().any(|line| line.trim_end() == key);
        let off = is("trigger: none")
            && (is("pr: none") || !text.lines().any(|l| l.starts_with("pr:") || l.starts_with("schedules:")));
        // A template of another pipeline has no trigger of its own.
        let own = ["trigger:", "pr:", "schedules:", "stages:", "on:"];
        let starts = text.lines().any(|line| own.iter().any(|key| line.starts_with(key)));
        let said = if starts && text.contains("trigger:") { "on push" } else { "by its pipeline" };
        return (!off).then(|| said.to_owned());
    }
    let mut names = events(text);
    if names.is_empty() && workflow_calls(text) {
        // A reusable workflow runs when one with a real trigger uses it.
        let name = file.name();
        let called = tree.under(".github/workflows").iter().filter(|other| other.path != path).find(|other| {
            tree.text(other)
                .is_some_and(|text| text.contains(&format!("/workflows/{name}")) && !events(&text).is_empty())
        })?;
        names.push(format!("call from {}", called.name()));
    }
    (!names.is_empty()).then(|| format!("on {}", names.join(", ")))
}

const EVENTS: &[&str] = &[
    "push",
    "pull_request",
    "pull_request_target",
    "merge_group",
    "schedule",
    "workflow_run",
    "release",
    "issue_comment",
    "deployment_status",
    "check_suite",
    "repository_dispatch",
];

/// The real events of a GitHub workflow.
fn events(text: &str) -> Vec<String> {
    let mut inside = false;
    let mut found: Vec<String> = Vec::new();
    let mut indent = None;
    for line in text.lines() {
        let bare = without_comment(line);
        if bare.trim().is_empty() {
            continue;
        }
        let own = bare.len() - bare.trim_start().len();
        let words = match (own, bare.split_once(':')) {
            (0, Some((key, rest))) => {
                inside = matches!(key.trim_matches(['"', '\'', ' ']), "on" | "true");
                rest
            }
            _ if inside => {
                let first = *indent.get_or_insert(own);
                if own > first { "" } else { bare }
            }
            _ => "",
        };
        if inside {
            for word in words.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
                if EVENTS.contains(&word) && !found.iter().any(|f| f == word) {
                    found.push(word.to_owned());
                }
            }
        }
    }
    found
}

fn workflow_calls(text: &str) -> bool {
    text.lines().any(|line| {
        without_comment(line).trim().trim_end_matches(':').trim_start_matches("- ").ends_with("workflow_call")
    })
}

/// The line that makes a version tag a trigger.
pub(super) fn tag_trigger(text: &str) -> Option<Proven> {
    let mut inside = false;
    let mut triggers = true;
    for (number, line) in text.lines().enumerate() {
        let bare = without_comment(line);
        if !bare.trim().is_empty() && !bare.starts_with(' ') {
            triggers = ["on:", "\"on\":", "'on':", "true:", "trigger:"].iter().any(|key| bare.starts_with(key));
        }
        // Cloud Build sets the name of the tag only in a build that a tag has started.
        let by_tag = ["$CI_COMMIT_TAG", "${TAG_NAME}", "$TAG_NAME"].iter().any(|name| bare.contains(name));
        if by_tag || bare.trim() == "only: [tags]" {
            return Some(Proven { line: Some(number + 1), said: vec!["on version tags".to_owned()], bonus: 0 });
        }
        let trimmed = bare.trim();
        let value = trimmed.strip_prefix("tags:");
        let named = |text: &str| text.starts_with(['-', '[', '"', '\'']) && text.len() > 2;
        if triggers && (value.is_some_and(|value| named(value.trim())) || inside && named(trimmed)) {
            return Some(Proven { line: Some(number + 1), said: vec!["on version tags".to_owned()], bonus: 0 });
        }
        inside = value.is_some_and(|value| value.trim().is_empty());
    }
    None
}

/// The first line that runs tests, followed into what it calls.
fn find(tree: &Tree, path: &str, text: &str, depth: usize) -> Option<(usize, String)> {
    let mut called: Vec<(usize, String)> = Vec::new();
    let mut off: Option<usize> = None;
    let mut job = String::new();
    for (number, line) in text.lines().enumerate() {
        let bare = without_comment(line);
        let indent = bare.len() - bare.trim_start().len();
        if off.is_some_and(|from| indent < from) {
            off = None;
        }
        let trimmed = bare.trim();
        if matches!(
            trimmed.trim_start_matches("- "),
            "if: false" | "if: ${{ false }}" | "enabled: false" | "when: never"
        ) {
            off = Some(indent);
        }
        if off.is_some() || trimmed.is_empty() {
            continue;
        }
        if trimmed.ends_with(':') && !trimmed.contains(' ') {
            trimmed.trim_end_matches(':').clone_into(&mut job);
        }
        for command in trimmed.split("&&").flat_map(|part| part.split("; ")).flat_map(|part| part.split("||")) {
            let command = command.trim().trim_start_matches("- ").trim();
            let command =
                ["run:", "script:", "bash:", "sh ", "command:", "inlineScript:", "powershell:", "pwsh:", "cmd:"]
                    .iter()
                    .fold(command, |c, lead| if *lead == "command:" { c } else { c.strip_prefix(lead).unwrap_or(c) })
                    .trim()
                    .trim_start_matches(['|', '>', '-', '@', '"', '\'', '['])
                    .trim();
            if command.is_empty() || command.ends_with(':') || is_setting(command) {
                continue;
            }
            // Whether it runs nothing is asked last: few commands come so far.
            let proves = runs_tests(command) && is_real(tree, command) || external_ci(command, &job);
            let calls = if !proves && depth < MAX_DEPTH { calls(tree, path, command) } else { Vec::new() };
            if !proves && calls.is_empty() || RUNS_NOTHING.is_in_line(command) {
                continue;
            }
            if proves {
                return Some((number + 1, shown(command)));
            }
            called.extend(calls.into_iter().map(|to| (number + 1, to)));
        }
    }
    for (line, to) in called.into_iter().take(40) {
        if to.starts_with("make ") {
            if let Some(command) = make_target(tree, path, &to, 0) {
                return Some((line, format!("{to} ({command})")));
            }
            continue;
        }
        let Some(file) = tree.get(&to).filter(|f| f.size <= MAX_CALLED) else { continue };
        let Some(text) = tree.text(file) else { continue };
        if let Some((_, command)) = find(tree, &to, &text, depth + 1) {
            return Some((line, format!("{to} ({command})")));
        }
    }
    None
}

/// A key with a value that is not a command.
fn is_setting(command: &str) -> bool {
    const COMMANDS: &[&str] = &[
        "command",
        "commands",
        "cmd",
        "args",
        "arguments",
        "goals",
        "goal",
        "task",
        "tasks",
        "uses",
        "entry",
        "entrypoint",
        "test",
        "tests",
        "custom_verify_command",
        "customCommand",
        "before_script",
        "after_script",
        "inputs",
        "testCommand",
        "test_command",
        "template",
        "local",
    ];
    command.split_once(": ").is_some_and(|(key, _)| {
        !key.is_empty()
            && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
            && !COMMANDS.contains(&key)
    })
}

/// A workflow of another repository that is called by a job for CI or tests.
fn external_ci(command: &str, job: &str) -> bool {
    let Some(target) = command.strip_prefix("uses:").map(str::trim) else { return false };
    if !target.contains("/.github/workflows/") || target.starts_with("./") {
        return false;
    }
    let name = target.rsplit('/').next().unwrap_or_default().split('@').next().unwrap_or_default();
    [name, job]
        .iter()
        .any(|word| word.split(['-', '_', '.']).any(|part| matches!(part, "ci" | "test" | "tests" | "pytest")))
}

/// Whether a call of a package manager's test script has a script behind it that tests.
fn is_real(tree: &Tree, command: &str) -> bool {
    let mut words = command.split_whitespace().map(|w| w.trim_matches(['"', '\'']));
    let manager = words.next().unwrap_or_default();
    if !matches!(manager, "npm" | "yarn" | "pnpm") {
        return true;
    }
    let plain = words.filter(|w| !w.starts_with('-') && *w != "run").collect::<Vec<_>>();
    if plain.first() != Some(&"test") {
        return true;
    }
    let packages: Vec<_> = tree
        .files()
        .iter()
        .filter(|f| f.name() == "package.json" && f.path.matches('/').count() <= 4)
        .take(50)
        .collect();
    packages.is_empty()
        || packages.iter().filter_map(|f| tree.text(f)).any(|text| {
            text.lines().any(|line| {
                line.trim()
                    .strip_prefix("\"test\"")
                    .is_some_and(|rest| !rest.contains("no test specified") && !rest.contains("\"echo"))
            })
        })
}

/// Files of the tree and Makefile targets that a command calls.
fn calls(tree: &Tree, from: &str, command: &str) -> Vec<String> {
    let mut found = Vec::new();
    let words: Vec<&str> = command.split_whitespace().map(|w| w.trim_matches(['"', '\'', ',', '(', ')'])).collect();
    if words.first() == Some(&"make") {
        found.extend(
            words.iter().skip(1).filter(|w| !w.starts_with('-') && !w.contains('=')).map(|w| format!("make {w}")),
        );
    }
    for word in words {
        let word = word.trim_start_matches("./");
        if word.len() < 4 || word.contains("://") {
            continue;
        }
        let script = [".sh", ".bash", ".ps1", ".yml", ".yaml"].iter().any(|end| word.ends_with(end));
        if script && word != from {
            let near = from.rsplit_once('/').map(|(folder, _)| format!("{folder}/{word}"));
            found.extend([Some(word.to_owned()), near].into_iter().flatten().filter(|p| tree.get(p).is_some()));
        }
        if word.starts_with(".github/actions/") {
            found.extend(
                ["action.yml", "action.yaml"].iter().map(|a| format!("{word}/{a}")).filter(|p| tree.get(p).is_some()),
            );
        }
    }
    found
}

/// The command with which a Makefile target runs tests.
fn make_target(tree: &Tree, _: &str, call: &str, depth: usize) -> Option<String> {
    let target = call.strip_prefix("make ")?;
    let makefile = tree.files().iter().find(|f| f.name().eq_ignore_ascii_case("makefile") && f.size <= MAX_CALLED)?;
    let text = tree.text(makefile)?;
    let mut inside = false;
    let mut needs: Vec<String> = Vec::new();
    for line in text.lines() {
        if !line.starts_with([' ', '\t']) && line.contains(':') && !line.starts_with('.') {
            let (names, rest) = line.split_once(':')?;
            inside = names.split_whitespace().any(|name| name == target);
            if inside {
                needs.extend(rest.split('#').next().unwrap_or_default().split_whitespace().map(str::to_owned));
            }
            continue;
        }
        let command = without_comment(line).trim().trim_start_matches(['@', '-']);
        if inside && let Some(called) = command.split("$(MAKE) ").nth(1) {
            needs.extend(
                called
                    .split_whitespace()
                    .take_while(|w| !matches!(*w, ";" | "&&" | "\\"))
                    .filter(|w| !w.contains(['=', '-', '$']) || w.contains("test"))
                    .map(str::to_owned),
            );
        }
        if inside && !command.is_empty() && runs_tests(command) && !RUNS_NOTHING.is_in_line(command) {
            return Some(shown(command));
        }
    }
    if depth < MAX_DEPTH {
        return needs.iter().take(20).find_map(|need| make_target(tree, "", &format!("make {need}"), depth + 1));
    }
    None
}

fn without_comment(line: &str) -> &str {
    let trimmed = line.trim_start();
    if trimmed.starts_with('#') || trimmed.starts_with("//") {
        return "";
    }
    line.split(" #").next().unwrap_or(line)
}

fn shown(command: &str) -> String {
    let clean: String = command.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let clean = clean.trim_end_matches(['"', '\'', '\\', ' ']);
    if clean.chars().count() > 60 {
        format!("{}…", clean.chars().take(59).collect::<String>())
    } else {
        clean.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_runs_tests_may_run_tests() {
        for command in [
            "pytest -q",
            "uv run py.test",
            "tox",
            "NOX",
            "npx vitest",
            "jest --ci",
            "bundle exec rspec",
            "vendor/bin/phpunit",
            "ctest",
            "bats ci",
            "nosetests",
            "mocha",
            "karma start",
            "gotestsum ./...",
            "vendor/bin/pest",
            "busted",
            "trial app",
            "python -m nose",
            "python3 -m coverage run app.py",
            "python -m unittest",
            "python ci/test_all.py",
            "npm run test",
            "go test ./...",
            "cargo nextest run",
            "cargo llvm-cov",
            "cargo tarpaulin",
            "cargo make unit-test",
            "./mvnw verify",
            "./gradlew build",
            "sbt test",
            "VSTest@2",
            "R CMD check .",
            "devtools::check()",
            "bin/rails default",
            "bundle exec rake",
            "rake ci:spec",
            "bin/rake plugin:qunit",
            "make unit-test",
            "./run_tests.sh",
            "ci/test.sh",
            "command: test",
            "task: check",
            "arguments: build",
            "goals: clean package",
            "app --test",
            "uses: cypress-io/github-action@v6",
        ] {
            assert!(RUNS_TESTS.is_match(command), "{command}: nothing runs");
            assert!(runs_tests(command), "{command}");
        }
        for command in ["pip install app", "actions/checkout@v4", "ruff check ."] {
            assert_eq!(runs_tests(command), RUNS_TESTS.is_match(command), "{command}");
        }
    }
}
