//! Generated files are what the code makes today. `AIPP_REGENERATE=1 cargo test --test generated` writes them anew.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use aipp::diagnostic::Code;
use aipp::facts::REFERENCE;
use aipp::kinds::KINDS;

fn aipp(arguments: &[&str]) -> String {
    let done =
        Command::new(env!("CARGO_BIN_EXE_aipp")).args(arguments).env_clear().env("COLUMNS", "100").output().unwrap();
    assert!(done.status.success(), "aipp {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// Compares a file with what it must be, or writes it.
fn same(path: &str, text: &str) {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("AIPP_REGENERATE").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, text).unwrap();
    }
    let there = fs::read_to_string(&file).unwrap_or_default();
    assert!(there == text, "{path} is not what the code makes; run `AIPP_REGENERATE=1 cargo test --test generated`");
}

#[test]
fn catalogue_page() {
    same("docs/checks.md", &aipp(&["checks", "--format", "markdown"]));
}

#[test]
fn schemas() {
    let records = aipp::evidence::records::model::SCHEMAS.iter().map(|kind| kind.0);
    for kind in
        ["manifest", "checklist", "assessment", "evidence", "metrics", "metric-history", "history", "history-row"]
            .into_iter()
            .chain(records)
    {
        same(&format!("docs/schemas/{kind}.schema.json"), &aipp(&["schema", kind]));
    }
}

#[test]
fn command_line_page() {
    let mut page = String::from("# The command line\n\nThis page is made from `--help`.\n");
    let top = aipp(&["--help"]);
    let _ = write!(page, "\n```text\n{top}```\n");
    let commands = top.split("Commands:").nth(1).unwrap().split("Global options:").next().unwrap();
    let names = commands.lines().filter(|l| l.starts_with("  ") && !l.starts_with("   "));
    for name in names.filter_map(|l| l.split_whitespace().next()).filter(|n| *n != "help") {
        let help = aipp(&[name, "--help"]);
        let own = help.split("Global options:").next().unwrap().trim_end();
        let _ = write!(page, "\n## aipp {name}\n\n```text\n{own}\n```\n");
        let inner = own.split("Commands:").nth(1).unwrap_or_default().split("\n\n").next().unwrap();
        let inner = inner.lines().filter(|l| l.starts_with("  ") && !l.starts_with("   "));
        for inner in inner.filter_map(|l| l.split_whitespace().next()).filter(|n| *n != "help") {
            let help = aipp(&[name, inner, "--help"]);
            // What stands below the global options (examples) belongs to the command.
            let (own, rest) = help.split_once("Global options:").unwrap();
            let after = rest.split_once("every reason").unwrap().1.trim();
            let own = [own.trim_end(), after].join("\n\n");
            let _ = write!(page, "\n### aipp {name} {inner}\n\n```text\n{}\n```\n", own.trim_end());
        }
    }
    same("docs/cli.md", &page);
}

#[test]
fn facts_page() {
    let mut page = String::from(
        "# The facts that rules may ask\n\nThis page is made from `src/facts/reference.rs`. `manifest.*` has the shape of the manifest \
         (see [its schema](schemas/manifest.schema.json)); the rest is below. `*` stands for any key, `[]` for the elements of a list. \
         Lists of dated records age: a rung that rests on them is as old as the records it needs.\n",
    );
    let mut group = "";
    for (path, kind, about) in REFERENCE {
        let here = path.split(['.', '[']).next().unwrap();
        if here != group {
            let _ = write!(page, "\n## {here}\n\n| fact | type | meaning |\n|---|---|---|\n");
            group = here;
        }
        let _ = writeln!(page, "| `{path}` | {} | {} |", kind.name(), about.replace('|', "\\|"));
    }
    page.push_str("\n## Evidence kinds\n\nIn rules a kind is written with `_`: `evidence.load_test.present`.\n\n| kind | what |\n|---|---|\n");
    for kind in KINDS {
        let _ = writeln!(page, "| `{}` | {} |", kind.id, kind.title);
    }
    same("docs/facts.md", &page);
}

#[test]
fn diagnostics_page() {
    let mut page = String::from(
        "# Messages and their codes\n\nThis page is made from `src/diagnostic.rs`.\n\n| code | meaning |\n|---|---|\n",
    );
    for code in Code::ALL {
        let _ = writeln!(page, "| `{}` | {} |", code.id(), code.about());
    }
    same("docs/diagnostics.md", &page);
}
