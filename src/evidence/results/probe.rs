//! Files in memory and a manifest enter; what this family finds in them leaves, in a form that tests can compare.

use crate::evidence::git::Git;
use crate::evidence::tree::Tree;
use crate::evidence::{Found, View};
use crate::fact::{Leaf, Node, Scalar};
use crate::manifest::value::Day;
use crate::manifest::{Manifest, load};

/// Looks at files. An empty manifest text is no manifest.
pub(super) fn found(files: &[(&'static str, &str)], manifest: &str) -> Found {
    found_in(&Tree::of(files.iter().map(|(path, text)| (*path, (*text).to_owned()))), manifest)
}

/// Looks at a tree.
pub(super) fn found_in(tree: &Tree, manifest: &str) -> Found {
    let manifest = match manifest {
        "" => Manifest::default(),
        text => load("aipp.yaml", text.as_bytes().to_vec()).map(|loaded| loaded.manifest).unwrap_or_else(|errors| {
            let errors: Vec<_> = errors.iter().map(|e| e.message.clone()).collect();
            panic!("the manifest of a test is wrong: {errors:?}")
        }),
    };
    let git = Git::of(std::path::Path::new("/nonexistent"));
    let today = Day::parse("2026-11-22").unwrap_or_default();
    (super::FAMILY.collect)(&View::of(tree, &git, &manifest, today))
}

/// The records of a list as `date=… name=value …`, the other fields by name.
pub(super) fn list(found: &Found, path: &str) -> Vec<String> {
    let root = Node::Map(found.facts.clone());
    let items = root.at(path).map(Node::items).unwrap_or_default();
    items
        .iter()
        .map(|item| {
            let Node::Map(record) = item else { return format!("{item:?}") };
            let mut fields: Vec<(&str, String)> = record.fields.iter().map(|(k, v)| (k.as_str(), shown(v))).collect();
            fields.sort_by_key(|(name, _)| (*name != "date", *name));
            fields.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
        })
        .collect()
}

fn shown(node: &Node) -> String {
    match node {
        Node::Leaf(Leaf::Known(scalar)) => match scalar {
            Scalar::Bool(flag) => flag.to_string(),
            Scalar::Int(number) => number.to_string(),
            Scalar::Number(number) => four_digits(*number),
            Scalar::Text(text) => text.clone(),
            Scalar::Texts(texts) => format!("[{}]", texts.join(", ")),
        },
        Node::Leaf(Leaf::Absent) => "absent".to_owned(),
        Node::Leaf(Leaf::Unknown(_)) => "unknown".to_owned(),
        other => format!("{other:?}"),
    }
}

/// A number with its four leading digits.
fn four_digits(number: f64) -> String {
    let text = format!("{number:.3e}");
    text.parse::<f64>().map_or(text, |rounded| rounded.to_string())
}

/// A number of the facts.
pub(super) fn number(found: &Found, path: &str) -> Option<f64> {
    match Node::Map(found.facts.clone()).at(path)? {
        #[expect(clippy::cast_precision_loss, reason = "counts of tests are small")]
        Node::Leaf(Leaf::Known(Scalar::Int(number))) => Some(*number as f64),
        Node::Leaf(Leaf::Known(Scalar::Number(number))) => Some(*number),
        _ => None,
    }
}

/// Malformed files as `facts path`.
pub(super) fn malformed(found: &Found) -> Vec<String> {
    found.malformed.iter().map(|(facts, d)| format!("{facts} {}", d.file().unwrap_or("?"))).collect()
}
