//! The history at size, each against a bare program in the same run: a million samples read, fitted and shown; one durable record; ten
//! thousand records in one import.
//!
//! `cargo bench --bench series`; with `-- --test` everything is small and runs once. Times are of whole processes, the least of the
//! rounds, by the clock; the two sides of a comparison take turns.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and one that fails says where")]

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use aipp::diagnostic::Look;
use aipp::history::report::MetricsStatus;
use aipp::history::{FileStore, Store as _};
use aipp::manifest::value::Day;
use aipp::quantity::Quantity;
use aipp::render::{View, format};
use aipp::series::standing::{Terms, stand};
use nix::sys::resource::{UsageWho, getrusage};

const SERIES: usize = 400;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    // The tasks are run by this same program as children, so that each has a memory of its own.
    match arguments.get(1).map(String::as_str) {
        Some("--ours") => return ours(Path::new(&arguments[2])),
        Some("--plain") => return plain(Path::new(&arguments[2])),
        Some("--write") => return write(Path::new(&arguments[2]), Path::new(&arguments[3])),
        _ => {}
    }
    let smoke = arguments.iter().any(|a| a == "--test");
    let dir = tempfile::tempdir().unwrap();
    read_and_fit(dir.path(), if smoke { 80_000 } else { 1_000_000 }, if smoke { 1 } else { 7 });
    record(dir.path(), if smoke { 2 } else { 200 });
    import(dir.path(), if smoke { 1 } else { 15 });
}

/// A metric a series, one sample an hour, in the form in which aipp writes it.
fn history(path: &Path, samples: usize) -> u64 {
    let mut out = BufWriter::new(File::create(path).unwrap());
    let mut noise = 0x9e37_79b9_7f4a_7c15_u64;
    let per_series = samples / SERIES;
    let start = 1_780_000_000_i64;
    for i in 0..per_series * SERIES {
        noise ^= noise << 13;
        noise ^= noise >> 7;
        noise ^= noise << 17;
        let (series, step) = (i % SERIES, i / SERIES);
        let at = jiff::Timestamp::from_second(start + i64::try_from(step).unwrap() * 3600).unwrap();
        let value = 12.0 - 9.0 * step as f64 / per_series as f64 + (noise % 1000) as f64 / 1000.0;
        let id = uuid::Uuid::from_u64_pair((i as u64) << 16 | 0x7000, noise);
        writeln!(
            out,
            r#"{{"v":1,"type":"sample","id":"{id}","metric":"metric-{series:03}","value":{value:.3},"unit":"min","at":"{at}","recorded":"{at}","by":"intake-report","source":"cli"}}"#
        )
        .unwrap();
    }
    out.flush().unwrap();
    fs::metadata(path).unwrap().len()
}

fn manifest_terms(unit: &Quantity) -> Vec<Terms> {
    let day = Day::parse("2026-12-31");
    (0..SERIES)
        .map(|i| Terms {
            id: format!("metric-{i:03}"),
            name: None,
            unit: unit.unit().to_owned(),
            baseline: Some(12.0),
            target: Some(2.0),
            direction: None,
            deadline: day,
            since: None,
        })
        .collect()
}

/// Reads, fits and shows with aipp, as `aipp metrics status` does.
fn ours(path: &Path) {
    let unit = Quantity::parse("12 min").unwrap();
    let (measured, _) = FileStore::new(path, "history.jsonl").measured().unwrap();
    let today = Day::parse("2026-09-10").unwrap();
    let until = measured.until(today);
    let stands = |terms: &Terms| stand(terms, &measured.series[&terms.id].points(&unit).0, today, until);
    let metrics: Vec<_> = manifest_terms(&unit).iter().map(stands).collect();
    assert!(metrics.iter().all(|m| m.actual_rate.is_some()));
    let status = MetricsStatus { format_version: 1, kind: "metrics", today, metrics, project: "bench".to_owned() };
    let mut screen = Vec::new();
    (format("text").unwrap().write)(&View::Metrics { of: &status, verbose: false }, &Look::PLAIN, &mut screen).unwrap();
    assert!(screen.len() > SERIES * 100);
    println!("{}", peak());
}

/// The same by the usual means: a typed line at a time, and a least-squares line for each series.
fn plain(path: &Path) {
    #[derive(serde::Deserialize)]
    #[expect(dead_code, reason = "read because it is there")]
    struct Row {
        v: u32,
        r#type: String,
        id: String,
        metric: String,
        value: f64,
        unit: String,
        at: jiff::Timestamp,
        recorded: jiff::Timestamp,
        by: String,
        source: String,
    }
    let mut series: HashMap<String, Vec<(f64, f64)>> = HashMap::new();
    let mut reader = BufReader::with_capacity(1 << 20, File::open(path).unwrap());
    let mut line = String::new();
    while reader.read_line(&mut line).unwrap() > 0 {
        let row: Row = serde_json::from_str(&line).unwrap();
        series.entry(row.metric).or_default().push((row.at.as_second() as f64 / 86_400.0, row.value));
        line.clear();
    }
    let mut text = String::new();
    for (name, points) in &series {
        let n = points.len() as f64;
        let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), p| (x + p.0 / n, y + p.1 / n));
        let (up, down) =
            points.iter().fold((0.0, 0.0), |(up, down), p| (up + (p.0 - x) * (p.1 - y), down + (p.0 - x) * (p.0 - x)));
        text.push_str(&format!("{name} {} {}\n", up / down, points.last().unwrap().1));
    }
    assert_eq!(text.lines().count(), SERIES);
    println!("{}", peak());
}

/// The most memory that this process had, in KiB.
fn peak() -> i64 {
    getrusage(UsageWho::RUSAGE_SELF).unwrap().max_rss()
}

/// Appends the bytes of one file to another: one write, one sync.
fn write(from: &Path, to: &Path) {
    let bytes = fs::read(from).unwrap();
    let mut file = OpenOptions::new().append(true).create(true).open(to).unwrap();
    file.write_all(&bytes).unwrap();
    file.sync_data().unwrap();
}

fn run(command: &mut Command) -> (Duration, String) {
    let started = Instant::now();
    let done = command.stdin(Stdio::null()).output().unwrap();
    let time = started.elapsed();
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    (time, String::from_utf8(done.stdout).unwrap())
}

fn me(arguments: &[&Path]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(arguments);
    command
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn read_and_fit(dir: &Path, samples: usize, rounds: usize) {
    let path = dir.join("million.jsonl");
    let size = history(&path, samples);
    let mut least = [Duration::MAX; 2];
    let mut memory = [0_i64; 2];
    for _ in 0..rounds {
        for (i, task) in ["--ours", "--plain"].into_iter().enumerate() {
            let (time, said) = run(&mut me(&[Path::new(task), &path]));
            least[i] = least[i].min(time);
            memory[i] = said.trim().parse().unwrap();
        }
    }
    println!("{samples} samples in {SERIES} series, {} MB", size / 1_000_000);
    for (name, i) in [("aipp: read, fit, show", 0), ("serde_json, least squares", 1)] {
        println!("  {name:<30} {:>9.1} ms   {:>6} MB at most", ms(least[i]), memory[i] / 1024);
    }
    println!("  {:<30} {:>9.2}", "ratio", least[0].as_secs_f64() / least[1].as_secs_f64());
    fs::remove_file(path).unwrap();
}

fn project(dir: &Path, name: &str) -> std::path::PathBuf {
    let root = dir.join(name);
    fs::create_dir_all(&root).unwrap();
    let text = "aipp: 1\nmetrics:\n  - { id: handling-time, baseline: 12 min, target: 2 min, deadline: 2026-12-31 }\n";
    fs::write(root.join("aipp.yaml"), text).unwrap();
    root
}

fn aipp(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aipp"));
    command.current_dir(root).args(arguments).env_remove("AIPP_STORE");
    command
}

fn record(dir: &Path, rounds: usize) {
    let root = project(dir, "record");
    let arguments = ["metrics", "record", "handling-time", "9.5 min", "--note", "week 36"];
    run(&mut aipp(&root, &arguments));
    let line = dir.join("line");
    fs::copy(root.join(".aipp/history.jsonl"), &line).unwrap();
    let bare = dir.join("bare.jsonl");
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        times[0].push(run(&mut aipp(&root, &arguments)).0);
        times[1].push(run(&mut me(&[Path::new("--write"), &line, &bare])).0);
    }
    compare("one durable record", "aipp metrics record", "a process that writes and syncs", times);
}

fn import(dir: &Path, rounds: usize) {
    let root = project(dir, "import");
    let start = jiff::civil::date(2020, 1, 1).to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
    let rows: String = (0..10_000)
        .map(|i| {
            let at = jiff::Timestamp::from_second(start.as_second() + i * 3600).unwrap();
            format!("{at},{}\n", 12.0 - i as f64 / 1000.0)
        })
        .collect();
    fs::write(root.join("rows.csv"), format!("at,value\n{rows}")).unwrap();
    let arguments = ["metrics", "import", "rows.csv", "--metric", "handling-time"];
    let written = root.join(".aipp/history.jsonl");
    let bytes = dir.join("bytes");
    let bare = dir.join("bare-import.jsonl");
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        let _ = fs::remove_file(&written);
        times[0].push(run(&mut aipp(&root, &arguments)).0);
        fs::copy(&written, &bytes).unwrap();
        let _ = fs::remove_file(&bare);
        times[1].push(run(&mut me(&[Path::new("--write"), &bytes, &bare])).0);
    }
    compare("10,000 records in one import", "aipp metrics import", "one write and one sync", times);
}

/// Medians: a sync takes what the disk takes, and the least of many is luck.
fn compare(what: &str, ours: &str, bare: &str, mut times: [Vec<Duration>; 2]) {
    times.iter_mut().for_each(|times| times.sort_unstable());
    let middle = times.map(|times| times[times.len() / 2]);
    println!("{what}");
    println!("  {ours:<30} {:>9.2} ms", ms(middle[0]));
    println!("  {bare:<30} {:>9.2} ms", ms(middle[1]));
    println!("  {:<30} {:>9.2}", "ratio", middle[0].as_secs_f64() / middle[1].as_secs_f64());
}
