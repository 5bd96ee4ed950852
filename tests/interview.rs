//! `aipp init` and `aipp log` as a person meets them: in a real terminal of 80 columns, key by key.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;
use expectrl::{Eof, Expect as _};
use nix::sys::termios::{LocalFlags, tcgetattr};

const ENTER: &str = "\r";
const DOWN: &str = "\x1b[B";
const ESCAPE: &str = "\x1b";
const CONTROL_C: &str = "\x03";

/// A program in a terminal, with everything that it has shown.
struct Terminal {
    session: OsSession,
    shown: String,
}

impl Terminal {
    fn start(root: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aipp"));
        command.current_dir(root).args(arguments).args(["--today", "2026-11-22"]);
        command.env("LC_ALL", "C.UTF-8").env("TERM", "xterm").env("NO_COLOR", "1").env_remove("COLUMNS");
        let mut session = OsSession::spawn(command).unwrap();
        session.get_process_mut().set_window_size(80, 24).unwrap();
        session.set_expect_timeout(Some(Duration::from_secs(60)));
        Self { session, shown: String::new() }
    }

    /// Waits until something is shown.
    fn sees(&mut self, text: &str) -> &mut Self {
        match self.session.expect(text) {
            Ok(found) => {
                self.shown.push_str(&String::from_utf8_lossy(found.before()));
                self.shown.push_str(text);
            }
            Err(error) => panic!("`{text}` is not shown: {error}\n--- so far\n{}", self.shown),
        }
        self
    }

    /// Waits until the program takes key by key: before that, Control-C is the terminal's.
    fn reads_keys(&mut self) -> &mut Self {
        let terminal = self.session.get_process().get_raw_handle().unwrap();
        let begun = Instant::now();
        while tcgetattr(&terminal).unwrap().local_flags.intersects(LocalFlags::ICANON | LocalFlags::ISIG) {
            assert!(begun.elapsed() < Duration::from_secs(60), "keys are not read\n{}", self.shown);
            std::thread::sleep(Duration::from_millis(5));
        }
        self
    }

    fn types(&mut self, keys: &str) -> &mut Self {
        self.session.send(keys).unwrap();
        self
    }

    fn answers(&mut self, question: &str, answer: &str) -> &mut Self {
        self.sees(question).types(answer).types(ENTER)
    }

    /// Waits for the end; the code, and everything that was shown.
    fn ends(mut self) -> (i32, String) {
        let rest = self.session.expect(Eof).unwrap();
        self.shown.push_str(&String::from_utf8_lossy(rest.as_bytes()));
        let code = match self.session.get_process().wait().unwrap() {
            WaitStatus::Exited(_, code) => code,
            // As a shell reports it.
            WaitStatus::Signaled(_, signal, _) => 128 + signal as i32,
            other => panic!("{other:?}"),
        };
        (code, self.shown)
    }
}

fn files(root: &Path) -> Vec<String> {
    let mut found: Vec<String> =
        fs::read_dir(root).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    found.sort();
    found
}

/// A small repository: a README and the libraries.
fn repository() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("README.md"), "# Contract triage\n\nSorts supplier contracts.\n").unwrap();
    fs::write(dir.path().join("requirements.txt"), "openai==1.0\nfastapi\n").unwrap();
    dir
}

#[test]
fn the_whole_interview_writes_a_manifest_that_assesses_at_once() {
    let dir = repository();
    let mut terminal = Terminal::start(dir.path(), &["init"]);
    terminal.sees("Found in .").sees("Contract triage").sees("llm-app").sees("online");
    terminal.answers("How much is at stake?", "").answers("Which phase is it in?", "");
    // Longer than the terminal is wide, with quotes, a colon and letters of two columns.
    let case = "Cut \"first\" review: of a supplier contract in 日本 and Zürich from 90 min to 20 min by 2027-03-31.";
    terminal.answers("What is the business case", case);
    terminal.answers("Which business process", "Supplier contracts: arrival to signature");
    terminal.answers("Who owns it?", "AI team").sees("several people; name one");
    terminal.types("Dana Whitfield @dwhitfeld\x1b[D\x1b[D\x1b[Di").types(ENTER);
    terminal.answers("Which executive pays", "Ines Costa, General Counsel");
    terminal.answers("When does the pilot start?", "2026-11-02");
    terminal.answers("When does it end?", "2026-10-01").sees("before it starts").types("\r");
    terminal.answers("Which metric shows", "First review");
    terminal.sees("baseline: 90 min (from the business case)").sees("deadline: 2027-03-31");
    terminal.sees("--- aipp.yaml").sees("Write this?").sees("< back").types(ENTER);
    let (code, shown) = terminal.ends();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.trim_end().ends_with("Next: aipp assess"), "{shown}");
    assert_eq!(files(dir.path()), [".aipp", ".gitattributes", "README.md", "aipp.yaml", "requirements.txt"]);

    let loaded = aipp::manifest::load("aipp.yaml", fs::read(dir.path().join("aipp.yaml")).unwrap()).unwrap();
    let manifest = loaded.manifest;
    assert_eq!(manifest.business_case.unwrap().sentence.as_deref(), Some(case));
    assert_eq!(manifest.people.unwrap().owner.as_ref().unwrap()[0].handle.as_deref(), Some("@dwhitfield"));
    assert_eq!(manifest.pilot.unwrap().end.unwrap().to_string(), "2026-12-14");
    assert_eq!(manifest.metrics[0].target.as_ref().unwrap().text(), "20 min");
    let done = Command::new(env!("CARGO_BIN_EXE_aipp"))
        .current_dir(dir.path())
        .args(["assess", "-f", "json"])
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(0));
}

#[test]
fn one_can_go_back_and_change_an_answer_before_it_is_written() {
    let dir = repository();
    let mut terminal = Terminal::start(
        dir.path(),
        &[
            "init",
            "--business-case",
            "Cut it.",
            "--process",
            "Contracts",
            "--owner",
            "Dana Whitfield",
            "--sponsor",
            "Ines Costa",
        ],
    );
    terminal.sees("How much is at stake?").sees("< back").types(DOWN).types(ENTER);
    // Back to the choice, which stands where it was put.
    terminal.sees("Which phase is it in?").sees("< back").types(DOWN).types(DOWN).types(DOWN).types(DOWN).types(ENTER);
    terminal.sees("How much is at stake?").sees("> experimental").types(ENTER);
    terminal.sees("Which phase is it in?").sees("< back").types(ENTER);
    terminal.answers("When does the pilot start?", "2026-11-02");
    terminal.answers("When does it end?", "<").answers("When does the pilot start?", "2026-11-09");
    terminal.answers("When does it end?", "").answers("Which metric shows", "-");
    terminal.sees("Write this?").sees("< back").types(DOWN).types(ENTER);
    terminal.sees("Which answer?").sees("< back").types(ENTER);
    terminal.answers("What is the project called?", "Triage #2").sees("Write this?").sees("< back").types(ENTER);
    let (code, shown) = terminal.ends();
    assert_eq!(code, 0, "{shown}");
    let manifest = aipp::manifest::load("aipp.yaml", fs::read(dir.path().join("aipp.yaml")).unwrap()).unwrap().manifest;
    let project = manifest.project.unwrap();
    assert_eq!(project.name.as_deref(), Some("Triage #2"));
    assert_eq!(serde_json::to_value(project.tier).unwrap(), "experimental");
    assert_eq!(manifest.pilot.unwrap().start.unwrap().to_string(), "2026-11-09");
    assert!(manifest.metrics.is_empty());
}

#[test]
fn who_quits_leaves_everything_as_it_was() {
    for (until, key) in [
        ("How much is at stake?", ESCAPE),
        ("How much is at stake?", "q"),
        ("Who owns it?", ESCAPE),
        ("Who owns it?", "q\r"),
        ("Who owns it?", CONTROL_C),
        ("Write this?", ESCAPE),
        ("Write this?", CONTROL_C),
    ] {
        let dir = repository();
        let mut arguments = vec!["init", "--phase", "harden", "--process", "Contracts", "--business-case", "Cut it."];
        if until != "How much is at stake?" {
            arguments.extend(["--tier", "standard"]);
        }
        if until == "Write this?" {
            arguments.extend([
                "--owner",
                "Dana Whitfield",
                "--sponsor",
                "Ines Costa",
                "--pilot-start",
                "2026-11-02",
                "--pilot-end",
                "2026-12-01",
                "--metric",
                "Time",
                "--baseline",
                "2 h",
                "--target",
                "1 h",
                "--deadline",
                "2027-01-01",
            ]);
        }
        let mut terminal = Terminal::start(dir.path(), &arguments);
        terminal.sees(until);
        if until == "Who owns it?" {
            terminal.sees("@dwhitfield");
        } else {
            terminal.sees("< back");
        }
        terminal.reads_keys().types(key);
        let (code, shown) = terminal.ends();
        if key == CONTROL_C && until != "Who owns it?" {
            // A choice is ended by the signal itself, as everywhere in a terminal.
            assert_eq!(code, 130, "{shown}");
        } else {
            assert_eq!(code, 2, "{shown}");
            assert!(shown.contains("Nothing was written."), "{shown}");
        }
        assert!(!shown.contains("\x1b[?25l"), "the cursor was hidden");
        assert_eq!(files(dir.path()), ["README.md", "requirements.txt"]);
    }
}

#[test]
fn log_asks_for_what_is_missing_and_only_for_that() {
    let dir = repository();
    let mut terminal = Terminal::start(dir.path(), &["log", "drill", "--scenario", "rollback"]);
    terminal.answers("Who took part?", "A. Silva, R. Lindt");
    terminal.answers("Did it pass?", "perhaps").sees("write yes or no").types("yes").types(ENTER);
    let (code, shown) = terminal.ends();
    assert_eq!(code, 0, "{shown}");
    assert_eq!(
        fs::read_to_string(dir.path().join("drills/2026-11-22-rollback.yaml")).unwrap(),
        "date: 2026-11-22\nscenario: rollback\nparticipants: [A. Silva, R. Lindt]\npassed: true\n"
    );
    let mut terminal = Terminal::start(dir.path(), &["log", "decision"]);
    terminal.sees("What was decided?").sees("< back").types(ESCAPE);
    let (code, shown) = terminal.ends();
    assert_eq!(code, 2, "{shown}");
    assert!(!dir.path().join("records").exists());
}
