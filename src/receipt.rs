//! What a command wrote enters, with the assessments before and after; the receipt that is shown and printed leaves.

use serde::Serialize;

use crate::assess::{Assessment, CheckInfo};
use crate::checklist::Level;
use crate::evaluate::Status;

/// What a command wrote, and what that changed.
#[derive(Debug, Clone, Serialize)]
pub struct Receipt {
    /// Version of this format.
    pub format_version: u32,
    /// Always `written`.
    pub kind: &'static str,
    /// The files, in the order in which they were written.
    pub files: Vec<WrittenFile>,
    /// Checks that stand at another level since.
    pub moved: Vec<Moved>,
    /// What the checks that rest on it still want.
    pub open: Vec<Open>,
    /// What to do next.
    pub next: Vec<String>,
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WrittenFile {
    /// Its path, from where the command was started.
    pub path: String,
    /// `created`, `appended` or `replaced`.
    pub action: &'static str,
}

/// A check that stands at another level since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// The check.
    pub check: String,
    /// Its level before.
    pub before: Level,
    /// Its level now.
    pub after: Level,
}

/// What a check still wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Open {
    /// The check.
    pub check: String,
    /// Its level now.
    pub level: Level,
    /// What is missing.
    pub because: String,
}

impl Receipt {
    /// A receipt for these files.
    #[must_use]
    pub fn of(files: Vec<WrittenFile>, next: Vec<String>) -> Self {
        Self { format_version: 1, kind: "written", files, moved: Vec::new(), open: Vec::new(), next }
    }

    /// Says what moved between two assessments, and what the checks of `rest_on` still want.
    #[must_use]
    pub fn between(mut self, before: &Assessment, after: &Assessment, rest_on: impl Fn(&str) -> bool) -> Self {
        let earlier = |id: &str| before.checks.iter().find(|c| c.id == id).map(|c| c.level);
        for check in after.checks.iter().filter(|c| c.status != Status::NotApplicable) {
            if let Some(before) = earlier(&check.id).filter(|before| *before != check.level) {
                self.moved.push(Moved { check: check.id.clone(), before, after: check.level });
            }
            if let Some(because) = wanted(check).filter(|_| rest_on(&check.id)) {
                self.open.push(Open { check: check.id.clone(), level: check.level, because });
            }
        }
        self
    }
}

/// The first thing that a check still wants; none when it has all it can have.
fn wanted(check: &CheckInfo) -> Option<String> {
    (check.level != Level::Verified).then(|| check.unmet.first().map(|u| u.because.clone())).flatten()
}
