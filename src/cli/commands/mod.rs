//! One file a command: its arguments, and what it does with them.

pub(super) mod assess;
pub(super) mod checks;
pub(super) mod diff;
pub(super) mod evidence;
pub(super) mod explain;
pub(super) mod gate;
pub(super) mod report;
pub(super) mod schema;
pub(super) mod verify;
