//! CPU of whole processes: `aipp` on an example against a program that does nothing, in the same run.
//!
//! `cargo bench --bench process`; with `-- --test` each runs once. User and system time of the child and its children.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark prints, and one that fails says where")]

use std::process::{Command, Stdio};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

fn cpu_ms() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    micros as f64 / 1000.0
}

fn main() {
    let rounds = if std::env::args().any(|a| a == "--test") { 1 } else { 200 };
    let aipp = env!("CARGO_BIN_EXE_aipp");
    let root = env!("CARGO_MANIFEST_DIR");
    let invoice = format!("{root}/examples/invoice-intake");
    let triage = format!("{root}/examples/support-triage");
    let today = ["--today", "2026-11-22"];
    let runs: [(&str, &str, Vec<&str>); 5] = [
        ("a program that does nothing", "true", vec![]),
        ("aipp --version", aipp, vec!["--version"]),
        ("aipp checks", aipp, vec!["checks"]),
        ("aipp assess invoice-intake", aipp, [&["assess", invoice.as_str()][..], &today].concat()),
        ("aipp assess support-triage", aipp, [&["assess", triage.as_str()][..], &today].concat()),
    ];
    for (name, program, arguments) in runs {
        let before = cpu_ms();
        for _ in 0..rounds {
            let status = Command::new(program)
                .args(&arguments)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .unwrap();
            assert!(status.code().is_some_and(|c| c < 4), "{name}: {status}");
        }
        println!("{name:<30} {:>8.2} ms of CPU", (cpu_ms() - before) / f64::from(rounds));
    }
}
