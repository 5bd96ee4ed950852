//! The history is written by many processes at once and by processes that are killed; nothing that was acknowledged is ever lost.
//!
//! `AIPP_CRASHES=2000 cargo test --release --test history` kills more often than the usual run.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

mod workshop;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use aipp::diagnostic::{Code, Diagnostic};
use aipp::history::row::Stamp;
use aipp::history::{FileStore, Ids, Row, Sample, Store as _, StoreError, Wanted};
use jiff::Timestamp;
use uuid::Uuid;
use workshop::git;

/// The child of the crash test looks here for its file.
const CHILD: &str = "AIPP_CRASH_CHILD";

fn sample(number: u64, note: &str) -> Row {
    let at = Timestamp::from_second(1_780_000_000 + i64::try_from(number).unwrap()).unwrap();
    let stamp = Stamp { id: Uuid::from_u128(u128::from(number) + 1), recorded: at, by: "test".to_owned() };
    let mut sample = Sample::new(stamp, "m", number as f64, "min", at);
    sample.note = Some(note.to_owned());
    Row::Sample(sample)
}

fn store(path: &Path) -> FileStore {
    FileStore::new(path, "history.jsonl")
}

/// The numbers of all samples, and what the store says about itself.
fn numbers(path: &Path) -> Result<(Vec<u64>, Vec<Diagnostic>), StoreError> {
    let mut all = Vec::new();
    let notes = store(path).each(Wanted::All, &mut |row| {
        if let Row::Sample(sample) = row {
            all.push(sample.value as u64);
        }
    })?;
    let (measured, _) = store(path).measured()?;
    let known: usize = measured.series.values().map(aipp::series::Series::len).sum();
    assert_eq!(known, all.len(), "both ways of reading see the same");
    Ok((all, notes))
}

fn append(path: &Path, rows: &[Row], ids: Ids) -> aipp::history::Appended {
    store(path).append(rows, ids).unwrap()
}

#[test]
fn a_line_torn_at_any_byte_is_set_aside_and_nothing_else_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("h.jsonl");
    append(&path, &[sample(1, "first"), sample(2, "zweite Zeile: äöü")], Ids::Fresh);
    let whole = fs::read(&path).unwrap();
    let first = whole.iter().position(|b| *b == b'\n').unwrap() + 1;
    for cut in first..whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let (before, notes) = numbers(&path).unwrap();
        let complete = cut == whole.len() - 1;
        let torn = cut > first && !complete;
        assert_eq!(before, if complete { vec![1, 2] } else { vec![1] }, "cut at {cut}");
        assert_eq!(notes.iter().map(|n| n.code).collect::<Vec<_>>(), if torn { vec![Code::TornRow] } else { vec![] });

        let appended = append(&path, &[sample(3, "third")], Ids::MayBeThere);
        assert_eq!((appended.added, appended.notes.len()), (1, usize::from(torn)), "cut at {cut}");
        let (after, notes) = numbers(&path).unwrap();
        assert_eq!(after, [before, vec![3]].concat());
        assert!(notes.is_empty(), "it is said once");
        let text = fs::read(&path).unwrap();
        assert!(text.starts_with(&whole[..cut]), "nothing is rewritten");
        assert!(text.ends_with(b"\n"));
        if torn {
            let said = appended.notes[0].message.clone();
            let lost = String::from_utf8_lossy(&whole[first..cut]).into_owned();
            assert!(said.contains(&lost), "{said}");
        }
    }
}

/// Appends one row after another and says of each that it is durable; the parent kills it.
#[test]
#[ignore = "the child of the crash test"]
fn child() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let path = PathBuf::from(path);
    let mut start = String::new();
    std::io::stdin().read_line(&mut start).unwrap();
    let from: u64 = start.trim().parse().unwrap();
    let mut out = std::io::stdout();
    for number in from..from + 100_000 {
        // Rows of very different lengths are torn in very different places.
        let note = "x".repeat((number as usize * 7919) % 200_000);
        let ids = if number % 5 == 0 { Ids::MayBeThere } else { Ids::Fresh };
        if store(&path).append(&[sample(number, &note)], ids).is_ok() {
            writeln!(out, "durable {number}").unwrap();
            out.flush().unwrap();
        }
    }
}

fn spawn(path: &Path, from: u64) -> Child {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["child", "--exact", "--ignored", "--nocapture", "--test-threads", "1"])
        .env(CHILD, path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{from}").unwrap();
    child
}

#[test]
fn processes_are_killed_at_any_moment_and_what_was_acknowledged_stays() {
    let crashes: u64 = std::env::var("AIPP_CRASHES").ok().and_then(|n| n.parse().ok()).unwrap_or(200);
    let dir = tempfile::tempdir().unwrap();
    let mut torn = 0;
    let mut round = 0;
    let mut acknowledged: BTreeSet<u64> = BTreeSet::new();
    let mut path = dir.path().join("h-0.jsonl");
    for crash in 0..crashes.div_ceil(2) {
        // A new file now and then, so that the file stays small and is created under fire as well.
        if crash % 10 == 0 {
            path = dir.path().join(format!("h-{crash}.jsonl"));
            acknowledged.clear();
        }
        round += 1;
        let mut children: Vec<Child> = (0..2).map(|i| spawn(&path, (round * 2 + i) * 1_000_000)).collect();
        let mut readers: Vec<_> =
            children.iter_mut().map(|child| BufReader::new(child.stdout.take().unwrap())).collect();
        // Once the first has said that something is durable, any moment will do.
        let mut line = String::new();
        while readers[0].read_line(&mut line).unwrap() > 0 && !line.contains("durable") {
            line.clear();
        }
        std::thread::sleep(Duration::from_micros((crash * 7919) % 9_000));
        for child in &mut children {
            child.kill().unwrap();
        }
        for (child, mut reader) in children.iter_mut().zip(readers) {
            let mut rest = String::new();
            reader.read_to_string(&mut rest).unwrap();
            child.wait().unwrap();
            // The last line of a killed process may itself be torn.
            let whole = rest.rfind('\n').map_or("", |end| &rest[..end]);
            let said =
                whole.lines().chain([line.trim()]).filter_map(|l| l.rsplit("durable ").next()?.parse::<u64>().ok());
            acknowledged.extend(said);
        }
        let (there, notes) = numbers(&path).unwrap_or_else(|error| panic!("after crash {crash}: {error}"));
        torn += notes.len();
        let mut counts: BTreeMap<u64, usize> = BTreeMap::new();
        there.iter().for_each(|n| *counts.entry(*n).or_default() += 1);
        let lost: Vec<_> = acknowledged.iter().filter(|n| !counts.contains_key(n)).collect();
        assert!(lost.is_empty(), "after crash {crash}: {lost:?} were durable and are gone");
        assert!(counts.values().all(|n| *n == 1));
    }
    assert!(round > 0 && !acknowledged.is_empty(), "{torn} lines were torn");
}

fn project(dir: &Path) -> &Path {
    fs::write(
        dir.join("aipp.yaml"),
        "aipp: 1\nmetrics:\n  - { id: m, baseline: 12 min, target: 2 min, deadline: 2026-12-31 }\n",
    )
    .unwrap();
    dir
}

fn aipp(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aipp"));
    command.current_dir(dir).env_remove("AIPP_STORE").env("AIPP_BY", "test");
    command
}

#[test]
fn many_processes_record_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let root = project(dir.path());
    let threads: Vec<_> = (0..4_u32)
        .map(|recorder| {
            let root = root.to_owned();
            std::thread::spawn(move || {
                for i in 0..20_u32 {
                    let value = (recorder * 20 + i).to_string();
                    let done = aipp(&root).args(["metrics", "record", "m", &value, "-q"]).output().unwrap();
                    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let path = root.join(".aipp/history.jsonl");
    let (mut all, notes) = numbers(&path).unwrap();
    all.sort_unstable();
    assert_eq!((all, notes.len()), ((0..80).collect(), 0));
    for line in fs::read_to_string(&path).unwrap().lines() {
        Row::parse(line.as_bytes()).unwrap();
    }
}

#[test]
fn git_joins_the_histories_of_two_branches() {
    let dir = tempfile::tempdir().unwrap();
    let root = project(dir.path());
    let record =
        |value: &str| assert!(aipp(root).args(["metrics", "record", "m", value, "-q"]).status().unwrap().success());
    let csv = |text: &str| {
        fs::write(root.join("w.csv"), text).unwrap();
        let done = aipp(root).args(["metrics", "import", "w.csv", "--metric", "m", "-q"]).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    git(root, &["init", "-q", "-b", "main"]);
    record("1");
    git(root, &["add", "."]);
    git(root, &["commit", "-qm", "one"]);
    git(root, &["checkout", "-qb", "other"]);
    record("2");
    csv("at,value\n2026-06-01,7\n2026-06-08,8\n");
    git(root, &["commit", "-qam", "other"]);
    git(root, &["checkout", "-q", "main"]);
    record("3");
    csv("at,value\n2026-06-08,8\n2026-06-15,9\n");
    git(root, &["commit", "-qam", "main"]);
    git(root, &["merge", "-q", "other", "-m", "both"]);
    let path = root.join(".aipp/history.jsonl");
    assert!(
        fs::read_to_string(&path).unwrap().lines().count() == 7,
        "the imported row of both branches is there twice"
    );
    let (mut all, notes) = numbers(&path).unwrap();
    all.sort_unstable();
    assert_eq!((all, notes.len()), (vec![1, 2, 3, 7, 8, 9], 0), "and counts once");
}

#[test]
fn one_id_with_two_contents_is_an_error_that_names_both_lines() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("h.jsonl");
    append(&path, &[sample(1, "a"), sample(2, "b")], Ids::Fresh);
    let text = fs::read_to_string(&path).unwrap();
    let edited = text.lines().next().unwrap().replace("\"value\":1.0", "\"value\":9.0");
    fs::write(&path, format!("{text}{edited}\n")).unwrap();
    for error in [numbers(&path).unwrap_err(), store(&path).measured().unwrap_err()] {
        let StoreError::Rows(said) = error else { panic!("{error}") };
        assert!(said[0].message.contains("line 1 and line 3"), "{}", said[0].message);
    }
    // The same row in another spelling is the same row.
    let spaced = text.lines().next().unwrap().replace("\":", "\": ");
    fs::write(&path, format!("{text}{spaced}\n")).unwrap();
    assert_eq!(numbers(&path).unwrap().0, [1, 2]);
    // An append that would contradict what is there is refused, and adds nothing.
    let Row::Sample(mut other) = sample(2, "b") else { panic!() };
    other.value = 5.0;
    let refused = store(&path).append(&[sample(4, ""), Row::Sample(other)], Ids::MayBeThere);
    assert!(matches!(refused, Err(StoreError::Rows(_))));
    assert_eq!(numbers(&path).unwrap().0, [1, 2]);
}

#[test]
fn a_malformed_line_is_an_error_with_file_and_line() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("h.jsonl");
    append(&path, &[sample(1, "a")], Ids::Fresh);
    let good = fs::read_to_string(&path).unwrap();
    for (bad, said) in [
        ("{\"v\":1,\"type\":\"sam", "EOF"),
        ("null", "invalid type"),
        ("{\"v\":2,\"type\":\"sample\"}", "version 2"),
        ("{\"type\":\"sample\"}", "`v` is missing"),
        ("{\"v\":1,\"type\":\"smaple\"}", "no row of type `smaple`"),
        (&good.trim().replace("2026-", "2026/"), "month"),
        (&good.trim().replace("\"min\"", "3"), "invalid type"),
        ("<<<<<<< HEAD", "expected value"),
    ] {
        fs::write(&path, format!("{good}{bad}\n{}", good.replace("000000001\"", "000000009\""))).unwrap();
        for error in [numbers(&path).unwrap_err(), store(&path).measured().unwrap_err()] {
            let StoreError::Rows(errors) = error else { panic!("{error}") };
            assert!(errors[0].message.contains("line 2") && errors[0].message.contains(said), "{}", errors[0].message);
            assert_eq!(errors[0].at.as_ref().unwrap().position().line, 2);
            assert_eq!(errors[0].file(), Some("history.jsonl"));
        }
    }
}

#[test]
fn a_file_that_was_replaced_meanwhile_gets_the_row() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("h.jsonl");
    append(&path, &[sample(1, "a")], Ids::Fresh);
    let text = fs::read_to_string(&path).unwrap();
    let held = fs::File::open(&path).unwrap();
    held.lock().unwrap();
    let waiting = {
        let path = path.clone();
        std::thread::spawn(move || append(&path, &[sample(2, "b")], Ids::Fresh))
    };
    // What git does in a checkout: another file takes the name.
    std::thread::sleep(Duration::from_millis(50));
    fs::write(dir.path().join("new"), &text).unwrap();
    fs::rename(dir.path().join("new"), &path).unwrap();
    held.unlock().unwrap();
    waiting.join().unwrap();
    assert_eq!(numbers(&path).unwrap().0, [1, 2]);
}

#[test]
fn a_large_import_is_all_there_and_again_adds_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("h.jsonl");
    let rows: Vec<Row> = (0..30_000).map(|n| sample(n, "")).collect();
    assert_eq!(append(&path, &rows, Ids::MayBeThere).added, 30_000);
    let again = append(&path, &rows, Ids::MayBeThere);
    assert_eq!((again.added, again.there), (0, 30_000));
    assert_eq!(numbers(&path).unwrap().0.len(), 30_000);
    // More than one block, with every row twice.
    let text = fs::read(&path).unwrap();
    assert!(text.len() > 5 << 20);
    fs::write(&path, [&text[..], &text[..]].concat()).unwrap();
    assert_eq!(numbers(&path).unwrap().0.len(), 30_000);
}
