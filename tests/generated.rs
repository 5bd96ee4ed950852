//! Generated files are what the code makes today. `AIPP_REGENERATE=1 cargo test --test generated` writes them anew.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use aipp::checklist::Catalogue;
use aipp::diagnostic::Code;
use aipp::facts::REFERENCE;
use aipp::kinds::KINDS;
use aipp::scaffold::Library;

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
    let help = aipp(&["schema", "--help"]);
    let kinds = help.split("[possible values:").nth(1).unwrap().split(']').next().unwrap();
    let kinds: Vec<&str> = kinds.split(',').map(str::trim).collect();
    assert!(kinds.contains(&"manifest") && kinds.contains(&"drill"), "{kinds:?}");
    for kind in kinds {
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
    for name in names.filter_map(|l| l.split_whitespace().next()).filter(|n| *n != "help" && !n.starts_with('-')) {
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

/// The table at the end of the page; what stands above it is written by hand.
#[test]
fn scaffold_page() {
    const HEADING: &str = "\n## Which check gets what\n";
    let page = fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/scaffold.md")).unwrap();
    let mut page = page.split_once(HEADING).unwrap().0.to_owned() + HEADING;
    page.push_str(
        "\nThis table is made from the templates. A path is where the document goes when the repository has no such folder yet.\n\n\
         | check | documents | what else closes it |\n|---|---|---|\n",
    );
    let (library, catalogue) = (Library::builtin().unwrap(), Catalogue::builtin().unwrap());
    for check in catalogue.all() {
        let documents: Vec<String> =
            library.of(&check.id).map(|t| format!("{} `{}`", t.front.title, usual(&t.front.path))).collect();
        let other = library.otherwise.iter().find(|o| o.check == check.id).map(|o| match &o.command {
            Some(command) => format!("{} (`{command}`)", o.what),
            None => o.what.clone(),
        });
        let _ = writeln!(page, "| {} | {} | {} |", check.id, documents.join("<br>"), other.unwrap_or_default());
    }
    same("docs/scaffold.md", &page);
}

/// The path of a template in a repository with nothing in it.
fn usual(path: &str) -> String {
    [
        ("{{ place.docs }}", "docs"),
        ("{{ place.decisions }}", "docs/adr"),
        ("{{ place.next_decision }}", "0001"),
        ("{{ place.governance }}", "governance"),
        ("{{ place.monitoring }}", "monitoring"),
        ("{{ place.deploy }}", "deploy"),
        ("{{ place.policy }}", "policy"),
        ("{{ place.evals }}", "evals"),
        ("{{ place.codeowners }}", ".github/CODEOWNERS"),
        ("{{ project.slug }}", "PROJECT"),
        ("{{ today }}", "DATE"),
        ("{{ item.runbook }}", "docs/runbooks/ALERT.md"),
        ("{{ item.scenario }}", "SCENARIO"),
        ("{{ item.path }}", "as the manifest names it"),
    ]
    .iter()
    .fold(path.to_owned(), |path, (expression, usual)| path.replace(expression, usual))
}
