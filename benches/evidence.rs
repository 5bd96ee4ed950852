//! Looking at a repository of 50,000 files, against listing the same tree and reading the same files and nothing else.
//!
//! `cargo bench --bench evidence` generates the repository (below `target/tmp`, once); `AIPP_BENCH_REPO=folder` measures a real
//! one instead; `-- --test` takes a small one, once. The aim is a ratio of two. Git is not asked: its share is the history's, not
//! the tree's.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and one that fails says where")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use aipp::evidence::git::Git;
use aipp::evidence::tree::{MAX_FILE, Tree};
use aipp::evidence::{View, collect};
use aipp::manifest::Manifest;
use aipp::manifest::value::Day;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use rayon::prelude::*;

fn main() {
    let once = std::env::args().any(|a| a == "--test");
    let (files, rounds) = if once { (200, 1) } else { (50_000, 5) };
    let root = std::env::var_os("AIPP_BENCH_REPO").map_or_else(|| generated(files), PathBuf::from);
    let mut spent = [Spent::MOST; 4];
    let mut counts = (0, 0, 0);
    for _ in 0..rounds {
        let listed = spent[0].least(|| list(&root));
        // What a look opens depends on what it finds: the reference reads exactly those files.
        let (opened, items) = spent[3].least(|| look(&root));
        let (again, bytes) = spent[1].least(|| list_and_read(&root, &opened));
        let tree = spent[2].least(|| Tree::walk(&root, &[]).unwrap());
        assert_eq!((listed, tree.files().len()), (again, listed), "the same tree");
        counts = (listed, opened.len(), items);
        assert!(bytes > 0);
    }
    println!("{} files, {} opened, {} items of evidence", counts.0, counts.1, counts.2);
    let names =
        ["listing the tree", "listing it, reading the same files", "the walk, with sizes and order", "aipp evidence"];
    for (name, Spent { time, cpu }) in names.into_iter().zip(spent) {
        let ratio = (time / spent[1].time, cpu / spent[1].cpu);
        println!("{name:<36} {time:>9.1} ms ({:.2}) {cpu:>9.1} ms of CPU ({:.2})", ratio.0, ratio.1);
    }
}

/// Milliseconds, on the clock and of all processors.
#[derive(Clone, Copy)]
struct Spent {
    time: f64,
    cpu: f64,
}

impl Spent {
    const MOST: Self = Self { time: f64::MAX, cpu: f64::MAX };

    fn least<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let cpu = || {
            let usage = getrusage(UsageWho::RUSAGE_SELF).unwrap();
            (usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64 / 1000.0
        };
        let (started, before) = (Instant::now(), cpu());
        let done = work();
        self.time = self.time.min(started.elapsed().as_secs_f64() * 1000.0);
        self.cpu = self.cpu.min(cpu() - before);
        done
    }
}

/// The walker that the tree is built with, with the same settings, on the same single thread.
fn walker(root: &Path) -> ignore::Walk {
    let mut walk = ignore::WalkBuilder::new(root);
    walk.hidden(false).require_git(false).follow_links(false);
    walk.filter_entry(|entry| entry.file_name() != ".git" && entry.file_name() != ".hg").build()
}

fn list(root: &Path) -> usize {
    walker(root).flatten().filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file())).count()
}

fn list_and_read(root: &Path, paths: &[String]) -> (usize, usize) {
    let listed = list(root);
    // As many threads as the look has.
    let bytes = paths.par_iter().map(|path| fs::read(root.join(path)).map_or(0, |bytes| bytes.len())).sum();
    (listed, bytes)
}

/// Looks for evidence; the files that were opened, and the number of items.
fn look(root: &Path) -> (Vec<String>, usize) {
    let tree = Tree::walk(root, &[]).unwrap();
    let manifest = Manifest::default();
    let git = Git::of(Path::new("/nowhere"));
    let found = collect(&View::of(&tree, &git, &manifest, Day::parse("2026-11-22").unwrap()));
    let opened = tree.files().iter().filter(|file| file.is_opened()).map(|file| file.path.clone()).collect();
    assert!(tree.files().iter().all(|file| !file.is_opened() || file.size <= MAX_FILE));
    (opened, found.items.len())
}

/// A repository of about so many files: program text in packages, documents, YAML and JSON configuration and data, pictures,
/// ignored folders. The same every time.
fn generated(files: usize) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("repository-of-{files}"));
    if root.join("complete").exists() {
        return root;
    }
    fs::create_dir_all(&root).unwrap();
    let write = |path: &str, bytes: &[u8]| {
        let file = root.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    };
    write(".gitignore", b"build/\n*.log\nnode_modules/\n");
    write("README.md", b"# Invoices\n\nReads invoices from mail and books them, for the accounting team.\n");
    write(".github/workflows/ci.yml", b"on: [push, pull_request]\njobs:\n  t:\n    steps: [{ run: pytest -q }]\n");
    write("docs/runbook.md", b"# Runbook\n\n## Symptoms\n\n## Roll back\n\n## Escalate\n");
    for i in 0..files {
        let package = i / 200;
        let folder = format!("services/s{}/p{package}", package % 25);
        // Lengths are spread as in real repositories: most files are short.
        let lines = 10 + (i * 7919) % 60 + if i % 50 == 0 { 800 } else { 0 };
        match i % 20 {
            0..=8 => write(&format!("{folder}/module_{i}.py"), source(i, lines).as_bytes()),
            9..=11 => write(&format!("{folder}/web/view{i}.ts"), source(i, lines).as_bytes()),
            12 => write(&format!("{folder}/tests/test_{i}.py"), source(i, lines).as_bytes()),
            13 | 14 => write(&format!("docs/s{}/page-{i}.md", package % 25), prose(i, lines).as_bytes()),
            15 => write(&format!("{folder}/deploy/part-{i}.yaml"), yaml(i, lines).as_bytes()),
            16 => write(&format!("{folder}/config/settings-{i}.json"), json(i, lines).as_bytes()),
            17 => write(&format!("{folder}/static/picture{i}.png"), &[&b"\x89PNG\0"[..], &[0; 3000]].concat()),
            18 => write(
                &format!("{folder}/data/rows-{i}.csv"),
                "id,amount,supplier\n1,20.5,Acme\n".repeat(lines).as_bytes(),
            ),
            _ => write(&format!("{folder}/build/out{i}.js"), source(i, lines).as_bytes()),
        }
    }
    fs::write(root.join("complete"), "").unwrap();
    root
}

fn source(i: usize, lines: usize) -> String {
    let line = |n: usize| match (i + n) % 6 {
        0 => format!("def read_invoice_{n}(path, client):\n"),
        1 => "    # the amount is in the last column\n".to_owned(),
        2 => format!("    amount = parse(path)[{n}].strip()\n"),
        3 => "    if amount is None: raise ValueError('no amount')\n".to_owned(),
        4 => "    logger.info('read', extra={'path': path})\n".to_owned(),
        _ => "    return client.post('/invoices', json={'amount': amount})\n".to_owned(),
    };
    (0..lines).map(line).collect()
}

fn prose(i: usize, lines: usize) -> String {
    let line = |n: usize| match (i + n) % 8 {
        0 => format!("\n## Section {n}\n\n"),
        1 => "The service reads each invoice once and keeps the original for ten years.\n".to_owned(),
        _ => "An amount that cannot be read goes to a person, with the picture beside it.\n".to_owned(),
    };
    format!("# Page {i}\n\n{}", (0..lines).map(line).collect::<String>())
}

fn yaml(i: usize, lines: usize) -> String {
    let entries: String =
        (0..lines / 4).map(|n| format!("      - name: VALUE_{n}\n        value: \"{}\"\n", i + n)).collect();
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: part-{i}\nspec:\n  template:\n    env:\n{entries}")
}

fn json(i: usize, lines: usize) -> String {
    let entries: Vec<String> =
        (0..lines).map(|n| format!("  \"key{n}\": {{ \"value\": {}, \"on\": true }}", i + n)).collect();
    format!("{{\n{}\n}}\n", entries.join(",\n"))
}
