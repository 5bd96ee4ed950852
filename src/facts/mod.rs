//! Manifest, evidence and series enter; one tree of facts leaves, the only thing that rules may ask.

mod assemble;
mod declared;
mod example;
mod join;
pub mod pilot;
mod reference;
mod shape;

use crate::fact::{Node, Record};
use crate::kinds::{KINDS, fact_name};

pub use assemble::{Facts, assemble};
pub use declared::next_phase;
pub use example::{TODAY as EXAMPLE_DAY, from_example};
pub use reference::{REFERENCE, Row, event_noun};
pub use shape::{Kind, Shape, tree};

/// The tree when nothing was found: flags are false, counts zero, lists empty; texts, days and measured numbers are absent.
#[must_use]
pub fn nothing() -> Record {
    let mut root = Record::default();
    for (path, kind, _) in REFERENCE {
        // Elements of lists and keys of dictionaries are there only when something was found.
        if path.contains("[].") || path.contains('*') {
            continue;
        }
        let node = match kind {
            Kind::Bool => Node::from(false),
            Kind::Int => Node::from(0_i64),
            Kind::Texts => Node::from(Vec::<String>::new()),
            Kind::Records => Node::records(Vec::new()),
            Kind::Events => Node::events(Vec::new()),
            Kind::Number | Kind::Text | Kind::Day => continue,
        };
        root.put(path.trim_end_matches("[]"), node);
    }
    for path in ["drills.any", "decisions.any"] {
        root.put(path, Node::events(Vec::new()));
    }
    for group in ["manifest", "documents", "attestations", "codeowners"] {
        root.group(group);
    }
    for kind in KINDS {
        let found = root.group("evidence").group(&fact_name(kind.id));
        found.set("present", false);
        found.set("count", 0_i64);
        found.set("items", Node::records(Vec::new()));
    }
    root
}

/// The nodes at a path with `[]`: one, or one for each element of the lists on the way.
#[must_use]
pub fn nodes_at<'f>(root: &'f Record, path: &str) -> Vec<&'f Node> {
    let mut segments = path.split('.');
    let first = segments.next().unwrap_or_default();
    let mut nodes: Vec<&Node> = Vec::new();
    let name = first.trim_end_matches("[]");
    if let Some(node) = root.fields.get(name) {
        step(node, first, &mut nodes);
    }
    for segment in segments {
        let mut next = Vec::new();
        for node in nodes {
            if let Some(child) = node.get(segment.trim_end_matches("[]")) {
                step(child, segment, &mut next);
            }
        }
        nodes = next;
    }
    nodes
}

fn step<'f>(node: &'f Node, segment: &str, into: &mut Vec<&'f Node>) {
    if segment.ends_with("[]") { into.extend(node.items()) } else { into.push(node) }
}
