//! `aipp` tells a team what stands between its AI pilot and production, and proves it with evidence from the repository.
//!
//! The library thinks and the binary talks: nothing here prints, reads the clock or the environment. See ARCHITECTURE.md for
//! the one direction in which data flows.

pub mod actions;
pub mod assess;
pub mod attest;
pub mod base;
pub mod checklist;
pub mod connectors;
pub mod diagnostic;
pub mod diff;
pub mod digest;
pub mod evaluate;
pub mod evidence;
pub mod fact;
pub mod facts;
pub mod gate;
pub mod history;
pub mod import;
pub mod init;
pub mod inventory;
pub mod kinds;
pub mod log;
pub mod manifest;
pub mod plan;
pub mod playbook;
pub mod policy;
pub mod quantity;
pub mod receipt;
pub mod remedy;
pub mod render;
pub mod report;
pub mod rule;
pub mod scaffold;
pub mod score;
pub mod series;
pub mod source;
pub mod yaml;
