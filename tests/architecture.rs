//! The house rules, enforced: module order, no circles, no printing, clock, environment or sockets in the library.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::Visit;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The modules in the order of the table in ARCHITECTURE.md.
fn order() -> Vec<String> {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let table = page.split("## Modules, ground to roof").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| row.split('`').next()).map(str::to_owned).collect()
}

/// Every Rust file of the library, with the module it belongs to.
fn library() -> Vec<(String, PathBuf)> {
    fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, files);
            } else if path.extension().is_some_and(|e| e == "rs") {
                files.push(path);
            }
        }
    }
    let src = root().join("src");
    let mut files = Vec::new();
    walk(&src, &mut files);
    files.sort();
    files
        .into_iter()
        .filter_map(|path| {
            let inside = path.strip_prefix(&src).unwrap();
            let first = inside.components().next()?.as_os_str().to_str()?.trim_end_matches(".rs").to_owned();
            (!matches!(first.as_str(), "main" | "cli" | "lib")).then_some((first, path))
        })
        .collect()
}

/// The files of the library that are no tests.
fn code() -> impl Iterator<Item = (String, PathBuf)> {
    let declared_for_tests = |path: &Path| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let parent = path.parent().unwrap();
        let parents = [parent.join("mod.rs"), parent.with_extension("rs")];
        parents
            .iter()
            .filter_map(|p| fs::read_to_string(p).ok())
            .any(|text| text.contains(&format!("#[cfg(test)]\nmod {name};")))
    };
    library().into_iter().filter(move |(_, path)| !path.ends_with("tests.rs") && !declared_for_tests(path))
}

/// Collects the top-level modules that a file names with `crate::`, and every path it uses.
#[derive(Default)]
struct Uses {
    modules: BTreeSet<String>,
    paths: BTreeSet<String>,
    macros: BTreeSet<String>,
}

impl Uses {
    fn path(&mut self, segments: &[String]) {
        if let [first, second, ..] = segments
            && first == "crate"
        {
            self.modules.insert(second.clone());
        }
        self.paths.insert(segments.join("::"));
    }

    fn tree(&mut self, tree: &syn::UseTree, before: &[String]) {
        match tree {
            syn::UseTree::Path(path) => {
                let here: Vec<String> = before.iter().cloned().chain([path.ident.to_string()]).collect();
                self.tree(&path.tree, &here);
            }
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.tree(item, before)),
            syn::UseTree::Name(name) => self.path(&[before, &[name.ident.to_string()]].concat()),
            syn::UseTree::Rename(rename) => self.path(&[before, &[rename.ident.to_string()]].concat()),
            syn::UseTree::Glob(_) => self.path(before),
        }
    }
}

impl<'ast> Visit<'ast> for Uses {
    /// Tests may look at what stands below, to hold the two against each other.
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        let test = item
            .attrs
            .iter()
            .any(|a| a.path().is_ident("cfg") && a.parse_args::<syn::Ident>().is_ok_and(|i| i == "test"));
        if !test {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
        self.path(&segments);
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        self.macros.insert(mac.path.segments.last().unwrap().ident.to_string());
        // The arguments of a macro are tokens: paths in them are found by their text.
        let text = mac.tokens.to_string().replace(' ', "");
        for part in text.split("crate::").skip(1) {
            let name: String = part.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            self.modules.insert(name);
        }
        syn::visit::visit_macro(self, mac);
    }
}

fn uses(path: &Path) -> Uses {
    let file = syn::parse_file(&fs::read_to_string(path).unwrap()).unwrap();
    let mut uses = Uses::default();
    uses.visit_file(&file);
    uses
}

#[test]
fn a_module_imports_only_from_those_above_it() {
    let order = order();
    let rank: BTreeMap<&str, usize> = order.iter().enumerate().map(|(i, name)| (name.as_str(), i)).collect();
    let mut wrong = Vec::new();
    let mut present = BTreeSet::new();
    for (module, path) in code() {
        let Some(own) = rank.get(module.as_str()) else {
            wrong.push(format!("`{module}` is not in the table of ARCHITECTURE.md"));
            continue;
        };
        for used in uses(&path).modules {
            match rank.get(used.as_str()) {
                Some(other) if other <= own => {}
                Some(_) => {
                    wrong.push(format!("{}: `{module}` imports `{used}`, which stands below it", path.display()))
                }
                None => wrong.push(format!("{}: `{used}` is not in the table of ARCHITECTURE.md", path.display())),
            }
        }
        present.insert(module);
    }
    for name in order.iter().filter(|name| !present.contains(*name)) {
        wrong.push(format!("ARCHITECTURE.md lists `{name}`, which does not exist"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_library_neither_prints_nor_reads_clock_environment_or_network() {
    let mut wrong = Vec::new();
    for (_, path) in code() {
        let shown = path.strip_prefix(root()).unwrap().display().to_string().replace('\\', "/");
        let uses = uses(&path);
        for name in ["print", "println", "eprint", "eprintln", "dbg"] {
            if uses.macros.contains(name) {
                wrong.push(format!("{shown}: `{name}!`"));
            }
        }
        for used in &uses.paths {
            let clock =
                ["Zoned::now", "Timestamp::now", "SystemTime::now", "Instant::now"].iter().any(|c| used.ends_with(c));
            let environment = used.starts_with("std::env") && !used.contains("consts");
            let output = ["stdout", "stderr", "stdin"].iter().any(|s| used.starts_with("std::io") && used.ends_with(s));
            let sockets = ["std::net", "ureq", "postgres::", "tokio", "rustls"].iter().any(|s| used.starts_with(s));
            let network = (sockets || used.contains("TcpStream"))
                && !shown.starts_with("src/connectors/")
                && !shown.starts_with("src/history/postgres/");
            let exit = used.ends_with("process::exit") || used.ends_with("process::abort");
            let process = used.ends_with("process::Command") && shown != "src/evidence/git/call.rs";
            if clock || environment || output || network || exit || process {
                wrong.push(format!("{shown}: `{used}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "the library thinks, the binary talks:\n{}", wrong.join("\n"));
}

#[test]
fn every_file_opens_with_what_enters_and_what_leaves() {
    let silent: Vec<String> = library()
        .into_iter()
        .filter(|(_, path)| !fs::read_to_string(path).unwrap().starts_with("//! "))
        .map(|(_, path)| path.display().to_string())
        .collect();
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

/// The checker itself: an import that runs the other way is seen, in every way it can be written.
#[test]
fn imports_are_seen_however_they_are_written() {
    let text = "use crate::a::b; use crate::{c, d::{e, f as g}}; fn x() -> crate::h::Y { vec![crate::i::z()]; crate::j::k!() }";
    let file = syn::parse_file(text).unwrap();
    let mut uses = Uses::default();
    uses.visit_file(&file);
    assert_eq!(uses.modules.into_iter().collect::<Vec<_>>(), ["a", "c", "d", "h", "i", "j"]);
}
