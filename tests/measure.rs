//! A file of labels and a folder of checked-out repositories enter; precision, recall and every miss and false hit leave.
//!
//! Run it with `AIPP_LABELS=labels.json AIPP_REPOS=folder cargo test --test measure -- --ignored --nocapture`. A repository
//! `owner/name` is looked for as `owner__name` in the folder. `AIPP_SHOW=owner/name` lists everything that is found in one.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement talks, and fails where its input is wrong"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use aipp::evidence::git::Git;
use aipp::evidence::tree::Tree;
use aipp::evidence::{Item, View, collect};
use aipp::kinds::KINDS;
use aipp::manifest::Manifest;
use aipp::manifest::value::Day;
use serde_json::Value;

/// How many items count as shown first.
const SHOWN: usize = 3;

#[derive(Default)]
struct Count {
    hit: usize,
    missed: usize,
    false_hit: usize,
    right_no: usize,
    cited: usize,
}

fn look(root: &Path) -> (usize, BTreeMap<&'static str, Vec<Item>>, std::time::Duration) {
    let started = Instant::now();
    let tree = Tree::walk(root, &[]).unwrap();
    let git = Git::of(Path::new("/nowhere"));
    let manifest = Manifest::default();
    let today = Day::parse("2026-11-22").unwrap();
    let evidence = collect(&View::of(&tree, &git, &manifest, today));
    let mut kinds: BTreeMap<&'static str, Vec<Item>> = BTreeMap::new();
    for item in evidence.items {
        kinds.entry(item.kind).or_default().push(item);
    }
    (evidence.files, kinds, started.elapsed())
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect()
}

#[test]
#[ignore = "needs labels and repositories that are not part of the project"]
fn measure() {
    let labels = std::env::var("AIPP_LABELS").expect("AIPP_LABELS names a file of labels");
    let repositories = std::env::var("AIPP_REPOS").expect("AIPP_REPOS names a folder of repositories");
    let show = std::env::var("AIPP_SHOW").unwrap_or_default();
    let labels: Value = serde_json::from_str(&std::fs::read_to_string(labels).unwrap()).unwrap();
    let mut counts: BTreeMap<&str, Count> = BTreeMap::new();
    let mut traps = 0;
    for entry in labels.as_array().unwrap() {
        let repo = entry["repo"].as_str().unwrap();
        let root = Path::new(&repositories).join(repo.replace('/', "__"));
        if !root.is_dir() {
            println!("{repo}: not there");
            continue;
        }
        let (files, found, time) = look(&root);
        println!("== {repo}: {files} files in {} ms", time.as_millis());
        if show == repo || show == "all" {
            list(&found);
        }
        for kind in KINDS {
            let label = &entry["labels"][kind.id];
            let items = found.get(kind.id).map(Vec::as_slice).unwrap_or_default();
            let first: Vec<&str> = items.iter().take(SHOWN).map(|i| i.origin.path.as_str()).collect();
            let count = counts.entry(kind.id).or_default();
            match (label["present"].as_bool(), items.first()) {
                (Some(true), Some(_)) => {
                    count.hit += 1;
                    let paths = strings(&label["paths"]);
                    if paths.is_empty() || paths.iter().any(|p| first.contains(&p.as_str())) {
                        count.cited += 1;
                    } else {
                        println!("   path   {:24} labeled {paths:?}, shown {first:?}", kind.id);
                    }
                }
                (Some(true), None) => {
                    count.missed += 1;
                    println!("   MISS   {:24} {:?}", kind.id, strings(&label["paths"]));
                }
                (Some(false), Some(item)) => {
                    count.false_hit += 1;
                    println!(
                        "   FALSE  {:24} {}:{} {}",
                        kind.id,
                        item.origin.path,
                        item.origin.line.unwrap_or(0),
                        item.because
                    );
                }
                (Some(false), None) => count.right_no += 1,
                (None, _) => {}
            }
        }
        for trap in entry["traps"].as_array().into_iter().flatten() {
            let (kind, path) = (trap["kind"].as_str().unwrap(), trap["path"].as_str().unwrap());
            if found.get(kind).is_some_and(|items| items.iter().any(|i| i.origin.path == path)) {
                traps += 1;
                println!("   TRAP   {kind:24} {path}");
            }
        }
    }
    let sum = |field: fn(&Count) -> usize| counts.values().map(field).sum::<usize>();
    let (hit, missed, wrong, cited) = (sum(|c| c.hit), sum(|c| c.missed), sum(|c| c.false_hit), sum(|c| c.cited));
    for (kind, c) in counts.iter().filter(|(_, c)| c.missed + c.false_hit > 0) {
        println!("{kind:24} hit {} missed {} false {}", c.hit, c.missed, c.false_hit);
    }
    let share = |a: usize, b: usize| a as f64 / (a + b).max(1) as f64;
    println!(
        "precision {:.3}  recall {:.3}  labeled path shown {:.3}  traps {traps}  right absent {}",
        share(hit, wrong),
        share(hit, missed),
        share(cited, hit - cited),
        sum(|c| c.right_no)
    );
    assert!(hit + missed > 0, "nothing was measured");
}

fn list(found: &BTreeMap<&'static str, Vec<Item>>) {
    for kind in KINDS {
        let items = found.get(kind.id).map(Vec::as_slice).unwrap_or_default();
        println!("  {} ({})", kind.id, items.len());
        for item in items.iter().take(SHOWN) {
            println!("      {:3} {}:{}  {}", item.rank, item.origin.path, item.origin.line.unwrap_or(0), item.because);
        }
    }
}
