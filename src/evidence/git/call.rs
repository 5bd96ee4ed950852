//! Arguments enter; what git answers leaves. The only place where a process is started.

use std::process::{Child, Command, Output, Stdio};

use super::Git;

impl Git {
    /// Calls `git log` for the history that is told.
    pub(super) fn log(&self, arguments: &[&str], paths: &[String]) -> Result<String, String> {
        let arguments: Vec<&str> = arguments.iter().copied().chain(self.at.as_deref()).collect();
        self.run(&arguments, paths)
    }

    /// Calls git; what it says is taken as text.
    pub(in crate::evidence) fn run(&self, arguments: &[&str], paths: &[String]) -> Result<String, String> {
        self.bytes(arguments, paths).map(|out| String::from_utf8_lossy(&out).into_owned())
    }

    /// Asks for configuration, which takes no paths.
    pub(super) fn config(&self, arguments: &[&str]) -> Result<String, String> {
        Self::said(self.command(arguments).stdin(Stdio::null()).output())
            .map(|out| String::from_utf8_lossy(&out).into_owned())
    }

    /// Calls git; what it says is taken as bytes.
    pub(in crate::evidence) fn bytes(&self, arguments: &[&str], paths: &[String]) -> Result<Vec<u8>, String> {
        Self::said(self.command(arguments).arg("--").args(paths).stdin(Stdio::null()).output())
    }

    fn said(output: std::io::Result<Output>) -> Result<Vec<u8>, String> {
        let output = output.map_err(|e| format!("git could not be started: {e}"))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let why = String::from_utf8_lossy(&output.stderr);
        let why = why.lines().next().unwrap_or("nothing");
        // A checkout without a commit has no history, which is no failure.
        if why.contains("does not have any commits yet") { Ok(Vec::new()) } else { Err(format!("git says: {why}")) }
    }

    /// Starts a process that answers object ids on its input with the objects, as they are stored: no filter and no
    /// conversion is applied.
    pub(in crate::evidence) fn objects(&self) -> Result<Child, String> {
        self.command(&["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| format!("git could not be started: {e}"))
    }

    /// Git with the arguments that every call has. Nothing that a repository's own configuration names is started: no pager, no
    /// signature program, no file monitor, no lazy fetch; and no object is replaced by another.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .arg("-C")
            .arg(&self.root)
            .args([
                "--no-pager",
                "--no-replace-objects",
                "-c",
                "core.quotePath=false",
                "-c",
                "log.showSignature=false",
                "-c",
                "core.fsmonitor=false",
            ])
            .args(arguments)
            // A hook is started with the place of its own repository in the environment; the folder is what counts here.
            .env_remove("GIT_DIR")
            .env_remove("GIT_WORK_TREE")
            .env_remove("GIT_PREFIX")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .stderr(Stdio::piped());
        command
    }
}

/// What is said of a call that failed without a word.
pub(super) const NOTHING: &str = "git says: nothing";
