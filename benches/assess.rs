//! One whole assessment of an example, against a bare read-and-parse of the same manifest in the same run.
//!
//! `cargo bench --bench assess`; `cargo bench --bench assess -- --test` runs each once.
#![expect(clippy::unwrap_used, reason = "a benchmark that fails says where")]

use std::path::{Path, PathBuf};

use aipp::assess::{Assessment, Inputs, assess};
use aipp::checklist::Catalogue;
use aipp::diagnostic::Look;
use aipp::evidence::git::Git;
use aipp::evidence::tree::Tree;
use aipp::manifest::value::Day;
use aipp::playbook::Playbook;
use aipp::policy::Policy;
use aipp::render::{Run, View, format};

fn main() {
    divan::main();
}

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/invoice-intake")
}

fn run() -> Assessment {
    let root = example();
    let loaded = aipp::manifest::load("aipp.yaml", std::fs::read(root.join("aipp.yaml")).unwrap()).unwrap();
    let tree = Tree::walk(&root, &[]).unwrap();
    assess(&Inputs {
        loaded: Some(&loaded),
        tree: &tree,
        git: &Git::of(&root),
        catalogue: &Catalogue::builtin().unwrap(),
        playbook: &Playbook::builtin().unwrap(),
        policy: &Policy::default(),
        today: Day::parse("2026-11-22").unwrap(),
        to: None,
        name: "example",
    })
}

/// The reference: the manifest read and parsed into a plain value, and nothing else.
#[divan::bench]
fn bare_read_and_parse() -> serde_json::Value {
    let text = std::fs::read_to_string(example().join("aipp.yaml")).unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

/// The manifest with spans and every check of its values.
#[divan::bench]
fn load_manifest() -> aipp::manifest::Loaded {
    aipp::manifest::load("aipp.yaml", std::fs::read(example().join("aipp.yaml")).unwrap()).unwrap()
}

/// The embedded checks.
#[divan::bench]
fn load_catalogue() -> Catalogue {
    Catalogue::builtin().unwrap()
}

/// One walk over the example.
#[divan::bench]
fn walk() -> Tree {
    Tree::walk(&example(), &[]).unwrap()
}

/// Everything: manifest, walk, evidence, sixty checks, scores, gate.
#[divan::bench]
fn whole_assessment() -> Assessment {
    run()
}

/// The screen alone.
#[divan::bench]
fn render_text(bencher: divan::Bencher<'_, '_>) {
    let assessment = run();
    let text = format("text").unwrap();
    let catalogue = Catalogue::builtin().unwrap();
    let of = Run { catalogue: &catalogue, root: "", exit_code: 0, baseline: None };
    bencher.bench(|| {
        let mut out = Vec::new();
        (text.write)(&View::Assessment { of: &assessment, run: &of, verbose: true }, &Look::PLAIN, &mut out).unwrap();
        out
    });
}
