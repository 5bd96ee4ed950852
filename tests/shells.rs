//! Completions and manual pages, by the shells and the readers that take them.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

mod workshop;

use std::fs;
use std::path::Path;
use std::process::Command;

use workshop::{content, root, run, said, tool};

fn completions(shell: &str, folder: &Path) -> std::path::PathBuf {
    let (code, text, err) = run(folder, &["completions", shell]);
    assert_eq!(code, 0, "{err}");
    let file = folder.join(format!("aipp.{shell}"));
    fs::write(&file, text).unwrap();
    file
}

#[test]
fn bash_completes_commands_flags_and_formats() {
    let dir = tempfile::tempdir().unwrap();
    let file = completions("bash", dir.path());
    content(Command::new("bash").arg("-n").arg(&file));
    let complete = |words: &[&str]| {
        let list = words.iter().map(|w| format!("'{w}'")).collect::<Vec<_>>().join(" ");
        let script = format!(
            "source '{}'; COMP_WORDS=({list}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMPREPLY=()\n\
             _aipp aipp \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            file.display()
        );
        let said = content(Command::new("bash").args(["--norc", "-c", &script]));
        said.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(complete(&["aipp", "ga"]), ["gate"]);
    assert_eq!(complete(&["aipp", "gate", "--to", "sca"]), ["scale"]);
    assert_eq!(complete(&["aipp", "gate", "--exit"]), ["--exit-zero"]);
    assert_eq!(complete(&["aipp", "gate", "--format", "sar"]), ["sarif"]);
    assert_eq!(complete(&["aipp", "assess", "-f", "bad"]), ["badge", "badge-json"]);
    assert_eq!(complete(&["aipp", "explain", "ops-roll"]), ["ops-rollback-tested"]);
    assert_eq!(complete(&["aipp", "completions", "po"]), ["powershell"]);
}

#[test]
fn zsh_reads_its_completions() {
    let dir = tempfile::tempdir().unwrap();
    let Some(zsh) = tool("zsh") else { return };
    content(Command::new(zsh).arg("-n").arg(completions("zsh", dir.path())));
}

#[test]
fn fish_completes() {
    let dir = tempfile::tempdir().unwrap();
    let Some(fish) = tool("fish") else { return };
    let file = completions("fish", dir.path());
    content(Command::new(&fish).arg("--no-execute").arg(&file));
    let script = format!("source '{}'; complete -C 'aipp ga'; complete -C 'aipp gate --to sca'", file.display());
    let said = content(Command::new(&fish).args(["--no-config", "-c", &script]).env("HOME", dir.path()));
    assert!(said.starts_with("gate\t") && said.contains("scale"), "{said}");
}

#[test]
fn powershell_has_its_completions_and_an_unknown_shell_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let text = fs::read_to_string(completions("powershell", dir.path())).unwrap();
    assert!(text.contains("Register-ArgumentCompleter") && text.contains("'gate'"));
    let (code, _, err) = run(dir.path(), &["completions", "csh"]);
    assert!(code == 2 && err.contains("possible values: bash"), "{err}");
}

#[test]
fn manual_pages_are_read_without_a_warning() {
    let dir = tempfile::tempdir().unwrap();
    let pages = dir.path().join("man1");
    let (code, _, err) = run(dir.path(), &["man", "--dir", "man1"]);
    assert!(code == 2 && err.contains("make it first"), "{err}");
    fs::create_dir(&pages).unwrap();
    assert_eq!(run(dir.path(), &["man", "--dir", "man1"]).0, 0);
    let mut names: Vec<String> =
        fs::read_dir(&pages).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    // One page a command, and one for the whole.
    let page = fs::read_to_string(root().join("docs/cli.md")).unwrap();
    let mut commands: Vec<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("## aipp ").or_else(|| line.strip_prefix("### aipp ")))
        .map(|name| format!("aipp-{}.1", name.replace(' ', "-")))
        .collect();
    commands.push("aipp.1".to_owned());
    commands.sort();
    assert_eq!(names, commands);
    let whole = run(dir.path(), &["man"]).1;
    assert_eq!(whole, fs::read_to_string(pages.join("aipp.1")).unwrap());
    assert!(whole.contains(".SH \"EXIT STATUS\""));
    let Some(mandoc) = tool("mandoc") else { return };
    for name in names {
        let file = pages.join(&name);
        let (_, out, err) =
            said(Command::new(&mandoc).args(["-T", "lint", "-W", "warning"]).arg(&file).output().unwrap());
        // A page has no date, because nothing here depends on the day.
        let said: Vec<&str> = out.lines().chain(err.lines()).filter(|l| !l.contains("missing date")).collect();
        assert!(said.is_empty(), "{name}: {said:#?}");
        let shown = content(Command::new(&mandoc).args(["-T", "utf8"]).arg(&file));
        assert!(shown.len() > 500, "{name}: {shown}");
    }
}
