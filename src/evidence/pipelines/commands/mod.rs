//! The script of a step enters; what it does leaves: it tests, deploys, scans for secrets, evaluates, or tests alert rules.
//!
//! A command is known by its program after wrappers (`poetry run`, `docker run`, `npx` …) are taken off. Scripts, make
//! targets and package scripts of the repository are opened and read the same way.

mod files;
mod programs;

use std::cell::Cell;

use super::scripts::{self, Files};
use super::shell::{self, Command, Joint};
use crate::evidence::configuration::paths;

pub(super) use programs::is_deploy_name;
use programs::{
    DEPLOYING, SECRET_SCANNERS, TESTERS, TESTING, WITH_VALUE, WRAPPERS, cargo, has_threshold, is_eval_path,
    is_test_name, only_checks_style,
};

/// What a command does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// Runs tests.
    Tests,
    /// Puts a version where users are.
    Deploys,
    /// Starts a cluster for the run itself: what is deployed in this job reaches nobody.
    LocalCluster,
    /// Looks for secrets in the code.
    ScansSecrets,
    /// Runs an evaluation; whether it fails below a threshold by itself.
    Evals {
        /// A threshold was found in the command, its configuration or its script.
        threshold: bool,
    },
    /// Runs the tests of alert rules.
    TestsRules,
}

/// Something that a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Deed {
    /// What.
    pub(super) what: What,
    /// The command, in a few words.
    pub(super) by: String,
    /// A failure of it is ignored.
    pub(super) forgiven: bool,
}

/// Where commands run.
#[derive(Debug)]
pub(super) struct Place<'a> {
    tree: &'a Files<'a>,
    base: String,
    depth: u8,
    left: &'a Cell<u32>,
}

/// What a script does, read in a working folder.
pub(super) fn deeds(tree: &Files<'_>, base: &str, script: &str) -> Vec<Deed> {
    let base = paths::join("", base).filter(|base| !base.contains('$')).unwrap_or_default();
    let left = Cell::new(3_000);
    Place { tree, base, depth: 0, left: &left }.script(script)
}

impl Place<'_> {
    /// What a script does.
    fn script(&self, script: &str) -> Vec<Deed> {
        let commands = shell::commands(script);
        let mut found = Vec::new();
        let mut place = self.at(self.base.clone(), self.depth);
        // `set +e` ignores every failure, unless the script hands one on at its end.
        let lax = commands.iter().any(|c| c.words.iter().map(String::as_str).eq(["set", "+e"]))
            && !commands.iter().any(|c| c.words.first().is_some_and(|w| w == "exit") && c.words.len() > 1);
        for (index, command) in commands.iter().enumerate() {
            if let [program, folder] = command.words.as_slice()
                && matches!(program.as_str(), "cd" | "pushd")
            {
                if let Some(folder) = paths::join(&place.base, folder).filter(|f| !f.contains('$')) {
                    place.base = folder;
                }
                continue;
            }
            let forgiven = lax || is_forgiven(command, commands.get(index + 1));
            let words: Vec<&str> = command.words.iter().map(String::as_str).collect();
            found.extend(
                place.command(&words).into_iter().map(|deed| Deed { forgiven: deed.forgiven || forgiven, ..deed }),
            );
        }
        found
    }

    fn at(&self, base: String, depth: u8) -> Self {
        Self { tree: self.tree, base, depth, left: self.left }
    }

    /// What a script that stands in a command does.
    fn inline(&self, script: &str) -> Vec<Deed> {
        if self.depth >= 5 { Vec::new() } else { self.at(self.base.clone(), self.depth + 1).script(script) }
    }

    /// What a script in another file does; the file or target is said to do it.
    fn nested(&self, script: &str, by: &str) -> Vec<Deed> {
        self.inline(script).into_iter().map(|deed| Deed { by: by.to_owned(), ..deed }).collect()
    }

    /// What one command does.
    fn command(&self, words: &[&str]) -> Vec<Deed> {
        let words = without_prefix(words);
        let Some((first, rest)) = words.split_first() else { return Vec::new() };
        match self.left.get().checked_sub(1) {
            Some(left) if self.tree.may_read_command() => self.left.set(left),
            _ => return Vec::new(),
        }
        let program = program(first);
        if let Some(deeds) = self.wrapped(program, rest) {
            return deeds;
        }
        let deeds = self.by_program(program, rest);
        if deeds.is_empty() { self.by_script(first, rest) } else { deeds }
    }

    /// What a wrapper runs; none when the program is no wrapper.
    fn wrapped(&self, program: &str, rest: &[&str]) -> Option<Vec<Deed>> {
        if matches!(program, "bash" | "sh" | "zsh" | "dash" | "pwsh" | "powershell") {
            let script = rest.iter().position(|w| w.starts_with('-') && w.ends_with('c') && !w.starts_with("--"));
            if let Some(script) = script.and_then(|at| rest.get(at + 1)) {
                return Some(self.inline(script));
            }
            let mut words = rest.iter();
            while let Some(word) = words.next() {
                match word.strip_prefix('-') {
                    Some(option) if option.ends_with('o') => drop(words.next()),
                    Some(_) => {}
                    None => return Some(self.by_script(word, &[])),
                }
            }
            return None;
        }
        if matches!(program, "docker" | "podman" | "nerdctl" | "docker-compose") {
            let runs = rest.iter().take(6).position(|w| matches!(*w, "run" | "exec"))?;
            return Some(self.in_container(rest.get(runs + 1..).unwrap_or_default()));
        }
        if program == "coverage" && rest.first() == Some(&"run") {
            return Some(self.python(rest.get(1..).unwrap_or_default()));
        }
        let wrapper = WRAPPERS.iter().find(|(name, words)| *name == program && rest.starts_with(words))?;
        let rest = rest.get(wrapper.1.len()..).unwrap_or_default();
        let mut at = 0;
        while let Some(word) = rest.get(at) {
            let after = rest.get(at + 1..).unwrap_or_default();
            match *word {
                "--run" => {
                    return Some(after.first().map(|script| self.inline(script)).unwrap_or_default());
                }
                "-c" | "--command" if program == "nix" => return Some(self.command(after)),
                "-m" | "--module" if program == "uv" => return Some(self.python(rest.get(at..).unwrap_or_default())),
                word if !word.starts_with('-') => {
                    // `hatch run env:script` names a script of the project file.
                    let name = if program == "hatch" { word.rsplit(':').next().unwrap_or(word) } else { word };
                    let words: Vec<&str> = std::iter::once(name).chain(after.iter().copied()).collect();
                    let deeds = self.command(&words);
                    let is_number = word.chars().next().is_some_and(|c| c.is_ascii_digit());
                    if !deeds.is_empty() {
                        return Some(deeds);
                    }
                    if matches!(program, "hatch" | "pdm" | "pixi" | "devbox") && is_test_name(name) {
                        return Some(vec![deed(What::Tests, &short(program, rest))]);
                    }
                    if !(is_number || matches!(program, "aws-vault" | "nix" | "retry" | "env" | "direnv")) {
                        return Some(deeds);
                    }
                }
                _ => {}
            }
            at += if WITH_VALUE.contains(word) { 2 } else { 1 };
        }
        Some(Vec::new())
    }

    /// What runs in a container: the words after the image, or after the service; the image itself may be the tool.
    fn in_container(&self, rest: &[&str]) -> Vec<Deed> {
        let mut entry = None;
        let mut at = 0;
        while let Some(word) = rest.get(at) {
            if *word == "--entrypoint" {
                entry = rest.get(at + 1).copied();
                at += 2;
            } else if let Some(name) = word.strip_prefix("--entrypoint=") {
                entry = Some(name);
                at += 1;
            } else if word.starts_with('-') {
                at += if WITH_VALUE.contains(word) { 2 } else { 1 };
            } else {
                break;
            }
        }
        let Some((image, arguments)) = rest.get(at..).unwrap_or_default().split_first() else { return Vec::new() };
        let tool = entry
            .unwrap_or_else(|| image.rsplit('/').next().unwrap_or(image).split([':', '@']).next().unwrap_or(image));
        let mut words = vec![tool];
        words.extend(arguments);
        let deeds = self.command(&words);
        if deeds.is_empty() { self.command(arguments) } else { deeds }
    }

    /// What `python …` runs.
    fn python(&self, rest: &[&str]) -> Vec<Deed> {
        let mut at = 0;
        while let Some(word) = rest.get(at) {
            match *word {
                "-m" => {
                    let Some((module, arguments)) = rest.get(at + 1..).unwrap_or_default().split_first() else { break };
                    let deeds = self.command(rest.get(at + 1..).unwrap_or_default());
                    return if deeds.is_empty() { self.module(module, arguments) } else { deeds };
                }
                "-c" => return Vec::new(),
                "-W" | "-X" => at += 2,
                word if word.starts_with('-') => at += 1,
                word => {
                    let arguments = rest.get(at + 1..).unwrap_or_default();
                    if word.ends_with("manage.py") && arguments.first() == Some(&"test") {
                        return vec![deed(What::Tests, "manage.py test")];
                    }
                    return self.by_script(word, arguments);
                }
            }
        }
        Vec::new()
    }

    /// What a Python module of the repository does.
    fn module(&self, module: &str, arguments: &[&str]) -> Vec<Deed> {
        let path = module.replace('.', "/");
        let found =
            ["", "src/"].into_iter().flat_map(|root| [format!("{root}{path}.py"), format!("{root}{path}/__main__.py")]);
        let file = found.filter_map(|path| scripts::file(self.tree, &self.base, &path)).next();
        match file {
            Some(file) => self.by_script(&file.path, arguments),
            None => Vec::new(),
        }
    }

    /// What a program that is known by its name does.
    fn by_program(&self, program: &str, rest: &[&str]) -> Vec<Deed> {
        let by = short(program, rest);
        let plain: Vec<&str> = rest.iter().copied().filter(|w| !w.starts_with('-')).collect();
        let subject = plain.first().copied().unwrap_or_default();
        let one = |what: What| vec![deed(what, &by)];
        if rest.iter().any(|w| matches!(*w, "--version" | "--help" | "--collect-only")) {
            return Vec::new();
        }
        if TESTERS.contains(&program) {
            let one = |what: What| vec![deed(what, program)];
            return if plain.iter().any(|word| is_eval_path(word)) {
                one(What::Evals { threshold: true })
            } else {
                one(What::Tests)
            };
        }
        if TESTING.iter().any(|(name, words)| *name == program && words.iter().any(|word| plain.contains(word))) {
            return one(What::Tests);
        }
        if SECRET_SCANNERS.contains(&program) {
            return one(What::ScansSecrets);
        }
        match program {
            "python" | "python3" | "py" | "pypy3" => return self.python(rest),
            _ if program.starts_with("python3.") => return self.python(rest),
            "nx" if rest.iter().any(|w| w.contains("test")) => return one(What::Tests),
            "node" if rest.contains(&"--test") => return one(What::Tests),
            "node" | "ts-node" | "tsx" | "ruby" | "php" | "Rscript" => {
                let at = rest.iter().position(|w| !w.starts_with('-')).unwrap_or(rest.len());
                return self.command(rest.get(at..).unwrap_or_default());
            }
            "npm" | "pnpm" | "yarn" | "bun" => return self.package_script(program, rest),
            "cargo" => return cargo(&plain, &by),
            "tox" | "nox" => return if only_checks_style(rest) { Vec::new() } else { one(What::Tests) },
            "mvn" | "mvnw" | "maven" => {
                let phases = ["test", "verify", "install", "package", "integration-test", "deploy"];
                let runs = plain.iter().any(|w| phases.contains(w));
                let skips = rest.iter().any(|w| w.starts_with("-DskipTests") || w.starts_with("-Dmaven.test.skip"));
                return if runs && !skips { one(What::Tests) } else { Vec::new() };
            }
            "gradle" | "gradlew" => {
                let runs = plain.iter().any(|w| {
                    let task = w.rsplit(':').next().unwrap_or(w);
                    matches!(task, "test" | "check" | "build" | "integrationTest")
                        || (task.starts_with("test") && !task.contains('='))
                });
                let skips = rest.windows(2).any(|w| matches!(w, ["-x", task] if task.ends_with("test")));
                return if runs && !skips { one(What::Tests) } else { Vec::new() };
            }
            "sbt"
                if rest.iter().any(|w| w.split([' ', ';', '/']).any(|w| w == "test" || w.starts_with("testOnly"))) =>
            {
                return one(What::Tests);
            }
            "R" if plain.starts_with(&["CMD", "check"]) => return one(What::Tests),
            "cmake" if rest.windows(2).any(|w| matches!(w, ["--target", "test" | "check"])) => return one(What::Tests),
            "make" | "gmake" | "mingw32-make" | "just" => return self.target(program, rest),
            "invoke" | "inv" | "task" | "mage" | "poe" | "rye" | "thx" => {
                return if is_test_name(subject) { one(What::Tests) } else { self.by_name(subject, &by) };
            }
            "pre-commit" if self.hooks_scan_secrets() => return one(What::ScansSecrets),
            "trivy" if rest.iter().any(|w| w.contains("secret")) => return one(What::ScansSecrets),
            "semgrep" if rest.iter().any(|w| w.contains("secrets") || w.contains("gitleaks")) => {
                return one(What::ScansSecrets);
            }
            "checkov" if rest.iter().any(|w| w.contains("secrets")) => return one(What::ScansSecrets),
            "promtool" if plain.starts_with(&["test", "rules"]) => return one(What::TestsRules),
            "pint" if matches!(subject, "lint" | "ci") => return one(What::TestsRules),
            "cortextool" | "mimirtool" if subject == "rules" => return one(What::TestsRules),
            "kind" | "k3d" | "minikube" | "microk8s"
                if rest.iter().any(|w| matches!(*w, "create" | "start" | "enable")) =>
            {
                return one(What::LocalCluster);
            }
            "ct" if subject == "install" => return one(What::LocalCluster),
            "localstack" | "tflocal" | "cdklocal" | "awslocal" => return one(What::LocalCluster),
            _ => {}
        }
        if let Some(threshold) = self.evaluates(program, rest) {
            return one(What::Evals { threshold });
        }
        let dry = rest.iter().any(|w| w.starts_with("--dry-run") && *w != "--dry-run=none");
        let deploys = DEPLOYING.iter().any(|(name, words)| *name == program && follows(rest, words))
            || (program == "ansible-playbook" && !rest.contains(&"--check") && !rest.contains(&"--syntax-check"))
            || (program == "ssh" && rest.iter().any(|w| is_remote_deploy(w)))
            || (program == "vercel" && rest.contains(&"--prod"))
            || (program == "git" && plain.starts_with(&["push", "heroku"]));
        if deploys && !dry {
            return one(What::Deploys);
        }
        Vec::new()
    }

    /// Whether a program is an evaluation tool, and whether it fails below a threshold.
    fn evaluates(&self, program: &str, rest: &[&str]) -> Option<bool> {
        let named = |words: &[&str]| words.iter().any(|word| rest.contains(word));
        match program {
            "promptfoo" if named(&["eval"]) => Some(has_threshold(rest) || self.promptfoo_asserts(rest)),
            "promptfoo" if follows(rest, &["redteam", "eval"]) => Some(true),
            "deepeval" if follows(rest, &["test", "run"]) => Some(true),
            "lm_eval" | "lm-eval" | "lm_eval_harness" | "oaieval" | "ragas" | "giskard" | "evidently" | "trulens" => {
                Some(has_threshold(rest))
            }
            "inspect" | "braintrust" | "langsmith" | "phoenix" | "opik" | "weave" | "bench"
                if named(&["eval", "evaluate"]) =>
            {
                Some(has_threshold(rest))
            }
            _ => None,
        }
    }

    /// Whether the promptfoo configuration of a command asserts something: a failed assertion fails the command.
    fn promptfoo_asserts(&self, rest: &[&str]) -> bool {
        let named =
            rest.windows(2).find_map(|w| matches!(w, ["-c" | "--config", _]).then(|| w.get(1).copied()).flatten());
        let names: Vec<&str> = match named {
            Some(name) => vec![name],
            None => vec!["promptfooconfig.yaml", "promptfooconfig.yml", "promptfooconfig.json", "promptfooconfig.js"],
        };
        let text = names.iter().find_map(|name| self.tree.text(scripts::file(self.tree, &self.base, name)?));
        text.is_some_and(|text| {
            ["threshold", "assert:", "\"assert\"", "assert ="].iter().any(|word| text.contains(word))
        })
    }

    /// Whether the hooks of pre-commit look for secrets.
    fn hooks_scan_secrets(&self) -> bool {
        let text = scripts::file(self.tree, "", ".pre-commit-config.yaml").and_then(|file| self.tree.text(file));
        text.is_some_and(|text| {
            text.lines().map(str::trim_start).any(|line| {
                !line.starts_with('#')
                    && ["gitleaks", "detect-secrets", "trufflehog", "ggshield"].iter().any(|tool| line.contains(tool))
            })
        })
    }
}

fn deed(what: What, by: &str) -> Deed {
    Deed { what, by: by.to_owned(), forgiven: false }
}

/// The program that a word names: without folders, version and ending.
fn program(word: &str) -> &str {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    let name = name
        .strip_suffix(".exe")
        .or_else(|| name.strip_suffix(".cmd"))
        .or_else(|| name.strip_suffix(".bat"))
        .unwrap_or(name);
    match name.find('@') {
        Some(at) if at > 0 => name.get(..at).unwrap_or(name),
        _ => name,
    }
}

/// A command in a few words.
fn short(program: &str, rest: &[&str]) -> String {
    let words =
        rest.iter().take_while(|w| !w.starts_with('-') && w.len() <= 24 && !w.contains(['/', '.', '$', '\n'])).take(2);
    std::iter::once(program).chain(words.copied()).collect::<Vec<_>>().join(" ")
}

/// Takes off what may stand in front of a program.
fn without_prefix<'w, 's>(words: &'w [&'s str]) -> &'w [&'s str] {
    let skip = words
        .iter()
        .take_while(|word| {
            matches!(
                **word,
                "then" | "do" | "else" | "if" | "elif" | "while" | "!" | "{" | "}" | "[[" | "&" | "call" | "@"
            ) || word.split_once('=').is_some_and(|(name, _)| {
                !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            })
        })
        .count();
    words.get(skip..).unwrap_or_default()
}

/// Whether a failure of a command is ignored because of what follows it.
fn is_forgiven(command: &Command, next: Option<&Command>) -> bool {
    command.then == Joint::Or
        && next
            .and_then(|c| c.words.first().map(|first| (first.as_str(), c.words.get(1).map(String::as_str))))
            .is_some_and(|(first, second)| {
                matches!((first, second), ("true" | ":" | "echo" | "printf", _) | ("exit", Some("0")))
            })
}

/// Whether words for another machine start a version there.
fn is_remote_deploy(words: &str) -> bool {
    ["docker compose up", "docker-compose up", "systemctl restart", "kubectl ", "docker stack", "deploy"]
        .iter()
        .any(|w| words.contains(w))
}

/// Whether words occur in this order.
fn follows(rest: &[&str], words: &[&str]) -> bool {
    let mut rest = rest.iter();
    words.iter().all(|word| rest.any(|w| w == word))
}

#[cfg(test)]
mod tests;
