//! CPU of whole processes: `aipp` on an example against a program that does nothing, and on a project with 2,000 rows of history
//! against the same project with 8, in the same run.
//!
//! `cargo bench --bench process`; with `-- --test` each runs once. User and system time of the child and its children.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and one that fails says where")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

fn cpu_ms() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    micros as f64 / 1000.0
}

/// The project of an example with a history of so many measurements, as two systems would have recorded them; its path.
fn with_history(folder: &Path, rows: usize) -> String {
    let project = folder.join(format!("rows-{rows}"));
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/invoice-metrics/aipp.yaml");
    fs::create_dir_all(project.join(".aipp")).unwrap();
    fs::copy(example, project.join("aipp.yaml")).unwrap();
    let start = jiff::Timestamp::from_second(1_780_300_000).unwrap();
    let seconds = i64::try_from(86_400 * 170 / rows).unwrap();
    let mut text = String::new();
    for i in 0..rows {
        let at = start.checked_add(jiff::SignedDuration::from_secs(seconds * i64::try_from(i).unwrap())).unwrap();
        let id = uuid::Uuid::from_u64_pair((i as u64) << 16 | 0x7000, 0x8000_0000_0000_0000 + i as u64);
        let (metric, unit, value) = match i % 2 {
            0 => ("handling-time", "min", 12.0 - 8.0 * i as f64 / rows as f64),
            _ => ("error-rate", "%", 4.2 - 3.0 * i as f64 / rows as f64),
        };
        let _ = writeln!(
            text,
            r#"{{"v":1,"type":"sample","id":"{id}","metric":"{metric}","value":{value:.3},"unit":"{unit}","at":"{at}","recorded":"{at}","by":"intake-report","source":"cli"}}"#
        );
    }
    fs::write(project.join(".aipp/history.jsonl"), text).unwrap();
    project.display().to_string()
}

fn main() {
    let rounds = if std::env::args().any(|a| a == "--test") { 1 } else { 100 };
    let (aipp, root) = (env!("CARGO_BIN_EXE_aipp"), env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    let example = |name: &str| format!("{root}/examples/{name}");
    let (few, many) = (with_history(folder.path(), 8), with_history(folder.path(), 2_000));
    let mut runs: Vec<(String, &str, Vec<String>)> = vec![
        ("a program that does nothing".to_owned(), "true", vec![]),
        ("aipp --version".to_owned(), aipp, vec!["--version".to_owned()]),
        ("aipp checks".to_owned(), aipp, vec!["checks".to_owned()]),
    ];
    let invoice = example("invoice-intake");
    for (command, name, project) in [
        ("assess", "invoice-intake", &invoice),
        ("assess", "support-triage", &example("support-triage")),
        ("plan", "invoice-intake", &invoice),
        ("plan", "slideware", &example("slideware")),
        ("report", "invoice-intake", &invoice),
        ("report", "slideware", &example("slideware")),
        ("plan", "8 rows", &few),
        ("plan", "2,000 rows", &many),
        ("report", "8 rows", &few),
        ("report", "2,000 rows", &many),
    ] {
        let arguments = [command, project, "--quiet", "--today", "2026-11-22"].map(str::to_owned);
        runs.push((format!("aipp {command}, {name}"), aipp, arguments.into()));
    }
    let mut spent = vec![0.0; runs.len()];
    // The runs take turns, so that a busy moment of the machine is everyone's.
    for _ in 0..rounds {
        for ((name, program, arguments), spent) in runs.iter().zip(&mut spent) {
            let before = cpu_ms();
            let status = Command::new(program)
                .args(arguments)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .unwrap();
            assert!(status.code().is_some_and(|c| c < 4), "{name}: {status}");
            *spent += cpu_ms() - before;
        }
    }
    for ((name, ..), spent) in runs.iter().zip(spent) {
        println!("{name:<30} {:>8.2} ms of CPU", spent / f64::from(rounds));
    }
}
