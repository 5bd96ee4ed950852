//! The path of a file enters; whether it may be a result at all, and which facts it would prove by its name, leave.

use std::collections::BTreeMap;

use crate::manifest::Manifest;

/// Folders whose files are somebody else's, or stand-ins for tests. Build output is not among them: it is seen only when it is
/// committed or asked for, and then it is meant.
const FOREIGN: &[&str] = &[
    ".git",
    ".venv",
    "__fixtures__",
    "__mocks__",
    "__snapshots__",
    "bower_components",
    "demo",
    "demos",
    "dist",
    "example",
    "examples",
    "fixture",
    "fixtures",
    "golden",
    "goldens",
    "mocks",
    "node_modules",
    "site-packages",
    "snapshots",
    "test-data",
    "test_data",
    "testdata",
    "third-party",
    "third_party",
    "vendor",
    "vendored",
    "venv",
];

/// Folders that hold stand-ins when they are below a folder of tests.
const BELOW_TESTS: &[&str] = &["assets", "cases", "cmd", "data", "files", "inputs", "resources", "samples"];

/// JSON files with a fixed role that is none of ours.
const SETTINGS: &[&str] = &[
    "angular.json",
    "appsettings.json",
    "composer.json",
    "deno.json",
    "devcontainer.json",
    "launch.json",
    "lerna.json",
    "manifest.json",
    "nx.json",
    "package-lock.json",
    "package.json",
    "project.json",
    "renovate.json",
    "settings.json",
    "tasks.json",
    "turbo.json",
    "vercel.json",
];

/// Words in a path that promise a result.
const PROMISING: &[&str] = &[
    "audit",
    "bench",
    "bom",
    "branch",
    "compar",
    "coverage",
    "drift",
    "eval",
    "garak",
    "gitleaks",
    "jmeter",
    "junit",
    "k6",
    "load",
    "locust",
    "metric",
    "pii",
    "presidio",
    "promptfoo",
    "protect",
    "pyrit",
    "redteam",
    "red-team",
    "report",
    "result",
    "rule",
    "sarif",
    "scan",
    "score",
    "secret",
    "slice",
    "spdx",
    "stat",
    "summary",
    "surefire",
    "test",
];

/// The syntax of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// One JSON value; SARIF too.
    Json,
    /// One JSON value a line.
    Lines,
    /// XML.
    Xml,
    /// Rows with a header.
    Csv,
    /// YAML.
    Yaml,
    /// `Key: value` lines of SPDX.
    TagValue,
}

impl Form {
    /// The syntax of a file by the ending of its path; none when it is no candidate.
    pub(super) fn of(path: &str) -> Option<Self> {
        const ENDINGS: &[(&str, Form)] = &[
            ("cdx", Form::Json),
            ("csv", Form::Csv),
            ("json", Form::Json),
            ("jsonl", Form::Lines),
            ("jtl", Form::Csv),
            ("ndjson", Form::Lines),
            ("sarif", Form::Json),
            ("spdx", Form::TagValue),
            ("xml", Form::Xml),
            ("yaml", Form::Yaml),
            ("yml", Form::Yaml),
        ];
        let (_, ending) = path.rsplit_once('.')?;
        ENDINGS.iter().find(|(known, _)| ending.eq_ignore_ascii_case(known)).map(|(_, form)| *form)
    }
}

/// A path that is taken apart.
#[derive(Debug)]
pub(super) struct Name {
    path: String,
}

impl Name {
    /// The name of a path from the root.
    pub(super) fn of(path: &str) -> Self {
        Self { path: path.to_lowercase() }
    }

    /// The name of the file.
    pub(super) fn file(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    fn folders(&self) -> impl Iterator<Item = &str> {
        self.path.rsplit_once('/').map_or("", |(folders, _)| folders).split('/')
    }

    /// Whether it lies below one of these folders.
    pub(super) fn below(&self, folders: &[&str]) -> bool {
        self.folders().any(|folder| folders.contains(&folder))
    }

    fn is_at_the_top(&self) -> bool {
        !self.path.contains('/')
    }

    /// Whether it lies below a folder for evaluations.
    pub(super) fn below_evals(&self) -> bool {
        self.folders().any(|f| f.starts_with("eval") || f.ends_with("evals") || f == "dvclive")
    }

    /// Whether the name of the file contains one of these texts.
    pub(super) fn says(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.file().contains(word))
    }

    /// Whether the name of the file has this as a word of its own.
    pub(super) fn has_word(&self, word: &str) -> bool {
        self.file().split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part == word)
    }

    /// Whether it is somebody else's file, or a stand-in for tests.
    pub(super) fn is_foreign(&self) -> bool {
        let mut tests = false;
        self.folders().any(|folder| {
            let foreign = FOREIGN.contains(&folder) || (tests && BELOW_TESTS.contains(&folder));
            tests |= matches!(folder, "test" | "tests" | "__tests__" | "spec" | "specs");
            foreign
        })
    }

    /// Whether it sets something up (thresholds, parameters, the configuration of a tool) and holds no result.
    pub(super) fn is_set_up(&self) -> bool {
        const WORDS: &[&str] = &[
            "arg",
            "config",
            "configuration",
            "expected",
            "floor",
            "gate",
            "limit",
            "param",
            "parameter",
            "prompt",
            "schema",
            "setting",
            "target",
            "template",
            "threshold",
        ];
        // The ending is no word of the name, and `promptfooconfig` is one word.
        let stem = self.file().rsplit_once('.').map_or(self.file(), |(stem, _)| stem);
        let mut words = stem.split(|c: char| !c.is_ascii_alphanumeric());
        words.any(|word| WORDS.contains(&word.trim_end_matches('s')) || word.ends_with("config"))
    }

    /// Whether words in the path promise a result, so that a large file is read whole.
    pub(super) fn is_promising(&self) -> bool {
        PROMISING.iter().any(|word| self.path.contains(word))
    }

    /// Whether it is a file of settings with a fixed role.
    pub(super) fn is_settings(&self) -> bool {
        let file = self.file();
        SETTINGS.contains(&file)
            || file.ends_with(".schema.json")
            || file.starts_with("tsconfig")
            || file.starts_with(".eslintrc")
    }

    /// The facts that a file rests under when its name alone says what it is; for files that are torn, empty or too large.
    pub(super) fn facts(&self) -> Option<&'static str> {
        let file = self.file();
        let ending = file.rsplit_once('.').map(|(_, ending)| ending)?;
        let load = self.below(&[
            "load",
            "loadtest",
            "load-test",
            "load-tests",
            "load_tests",
            "perf",
            "performance",
            "k6",
            "locust",
        ]);
        let bill = self.says(&[".cdx.", ".spdx.", "sbom"]) || file.starts_with("bom.");
        match ending {
            _ if bill => Some("sbom"),
            "spdx" | "cdx" => Some("sbom"),
            "jtl" => Some("load.results"),
            "sarif" | "json" if is_secret_scan(self) => Some("scans.secrets"),
            "sarif" | "json" if self.has_word("pii") || self.says(&["presidio"]) => Some("scans.pii"),
            "json" | "jsonl" if self.says(&["redteam", "red-team", "red_team", "pyrit", "garak"]) => {
                Some("scans.redteam")
            }
            "jsonl" if file.ends_with(".report.jsonl") => Some("scans.redteam"),
            "jsonl" | "ndjson" if self.says(&["audit"]) || self.below(&["audit"]) => Some("audit.samples"),
            "xml" if is_test_report(self) => Some("tests.cases"),
            "json" if self.has_word("k6") || (load && self.says(&["summary", "result"])) => Some("load.results"),
            "json" if file == "statistics.json" && (load || self.below(&["jmeter"])) => Some("load.results"),
            "csv" if file.ends_with("_stats.csv") && (load || self.says(&["locust"])) => Some("load.results"),
            "csv" if self.has_word("slices") => Some("eval.slices"),
            "json" if is_protection(self) => Some("branch_protection"),
            "json" | "yaml" | "yml" if self.below(&["drift"]) || self.has_word("drift") => {
                (ending == "json" || self.below(&["drift"])).then_some("eval.drift_reports")
            }
            "json" if file == "metrics.json" && (self.below(&["dvclive"]) || self.is_at_the_top()) => {
                Some("eval.results")
            }
            "json" if self.below_evals() && self.says(&["comparison", "compare"]) => Some("eval.comparisons"),
            "json"
                if self.says(&[
                    "promptfoo",
                    "lm-eval",
                    "lm_eval",
                    "deepeval",
                    "ragas",
                    "eval-results",
                    "eval_results",
                ]) =>
            {
                // A configuration of the tool is no result of it.
                (!self.says(&["config"])).then_some("eval.results")
            }
            "json" if self.below_evals() && self.below(&["results", "reports"]) => {
                (!self.says(&["config", "param", "args"])).then_some("eval.results")
            }
            "yaml" | "yml" if self.folders().any(|f| f == "audit") => Some("audit.samples"),
            _ => None,
        }
    }
}

/// A name that a secret scan is given.
pub(super) fn is_secret_scan(name: &Name) -> bool {
    name.says(&[
        "gitleaks",
        "trufflehog",
        "detect-secrets",
        "secret-detection",
        "secret-scan",
        "secret_scan",
        "secrets-scan",
    ])
}

/// A name that a test runner gives to its report.
fn is_test_report(name: &Name) -> bool {
    let file = name.file();
    name.says(&["junit", "nextest", "gotestsum", "pytest"])
        || file.starts_with("test-")
        || matches!(
            file,
            "test-results.xml" | "test_results.xml" | "test-report.xml" | "testresults.xml" | "results.xml"
        )
        || name.below(&["surefire-reports", "test-results", "test-reports", "test_results", "junit"])
}

/// A name that an export of branch protection is given.
pub(super) fn is_protection(name: &Name) -> bool {
    name.says(&[
        "approval-rule",
        "approval_rule",
        "branch-protection",
        "branch-restriction",
        "branch_protection",
        "branch_restriction",
        "branchprotection",
        "protected-branch",
        "protected_branch",
        "rulesets",
    ]) || name.has_word("protection")
}

/// The paths that the manifest names as evidence, by kind.
#[derive(Debug)]
pub(super) struct Declared {
    paths: Vec<(String, &'static str)>,
    named: Vec<String>,
}

impl Declared {
    /// What a manifest declares.
    pub(super) fn of(manifest: &Manifest) -> Self {
        let mut declared = Self { paths: Vec::new(), named: Vec::new() };
        let rests_on: BTreeMap<&str, &'static str> = [
            ("eval-results", "eval.results"),
            ("load-test", "load.results"),
            ("unit-tests", "tests.cases"),
            ("audit-log", "audit.samples"),
        ]
        .into();
        for (kind, paths) in &manifest.evidence {
            for path in paths.iter() {
                let path = path.trim_start_matches("./").trim_end_matches('/').to_owned();
                if let Some(facts) = rests_on.get(kind.as_str()) {
                    declared.paths.push((path.clone(), facts));
                }
                declared.named.push(path);
            }
        }
        declared
    }

    /// Whether the manifest names a file, or a folder above it.
    pub(super) fn names(&self, path: &str) -> bool {
        self.named.iter().any(|named| covers(named, path))
    }

    /// The facts that a declared file rests under; only when the file itself is named, not a folder above it.
    pub(super) fn facts(&self, path: &str) -> Option<&'static str> {
        self.paths.iter().find(|(named, _)| named == path).map(|(_, facts)| *facts)
    }
}

fn covers(named: &str, path: &str) -> bool {
    path == named || named == "." || path.strip_prefix(named).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_and_foreign_files_are_no_evidence() {
        for path in [
            "node_modules/x/junit.xml",
            "tests/fixtures/k6.json",
            "tests/samples/k6/summary.json",
            "src/test/resources/TEST-a.xml",
            "examples/app/evals/results/a.json",
            "a/testdata/b.sarif",
        ] {
            assert!(Name::of(path).is_foreign(), "{path}");
        }
        for path in [
            "reports/junit.xml",
            "samples/audit.jsonl",
            "build/test-results/test/TEST-a.xml",
            "evals/data/results.json",
            "tests/junit.xml",
        ] {
            assert!(!Name::of(path).is_foreign(), "{path}");
        }
    }

    #[test]
    fn a_name_alone_says_little_and_only_when_it_is_clear() {
        let facts = |path: &str| Name::of(path).facts();
        for (path, expected) in [
            ("reports/junit.xml", "tests.cases"),
            ("target/surefire-reports/TEST-com.acme.AppTest.xml", "tests.cases"),
            ("reports/gitleaks.json", "scans.secrets"),
            ("gl-secret-detection-report.json", "scans.secrets"),
            ("load/k6-summary.json", "load.results"),
            ("load/locust_stats.csv", "load.results"),
            ("results.jtl", "load.results"),
            ("evals/results/2026-11-20.json", "eval.results"),
            ("audit/sample.jsonl", "audit.samples"),
            ("drift/2026-11.yaml", "eval.drift_reports"),
            ("sbom.spdx.json", "sbom"),
            ("bom.xml", "sbom"),
            ("governance/branch-protection.json", "branch_protection"),
            ("redteam/garak.report.jsonl", "scans.redteam"),
            ("evals/comparison.json", "eval.comparisons"),
        ] {
            assert_eq!(facts(path), Some(expected), "{path}");
        }
        for path in [
            "pom.xml",
            "data/secrets.json",
            "evals/config.json",
            "load/values.yaml",
            "src/app.json",
            "promptfooconfig.json",
            "evals/results/params.json",
        ] {
            assert_eq!(facts(path), None, "{path}");
        }
        let set_up = |path: &str| Name::of(path).is_set_up();
        assert!(
            set_up("evals/thresholds.json") && set_up("evals/promptfooconfig.json") && set_up("evals/gate-params.json")
        );
        assert!(!set_up("evals/results/aggregate.json") && !set_up("evals/promptfoo-results.json"));
        assert!(Name::of("web/package-lock.json").is_settings() && !Name::of("web/package.cdx.json").is_settings());
        assert_eq!((Form::of("a/app.cdx.JSON"), Form::of("a.json/b")), (Some(Form::Json), None));
    }
}
