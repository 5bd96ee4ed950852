//! One file a command: its arguments, and what it does with them.

pub(super) mod assess;
pub(super) mod checks;
pub(super) mod completions;
pub(super) mod diff;
pub(super) mod evidence;
pub(super) mod explain;
pub(super) mod gate;
pub(super) mod history;
pub(super) mod init;
pub(super) mod log;
pub(super) mod man;
pub(super) mod metrics;
pub(super) mod plan;
pub(super) mod report;
pub(super) mod scaffold;
pub(super) mod schema;
pub(super) mod verify;
