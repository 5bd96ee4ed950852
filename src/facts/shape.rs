//! The facts reference and the manifest's schema enter; a tree of shapes leaves, against which a rule's paths are checked.

use std::collections::BTreeMap;

use serde_json::Value;

use super::reference::{KEYS, REFERENCE};
use crate::kinds::{KINDS, fact_name};

/// The type of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// true or false.
    Bool,
    /// A whole number.
    Int,
    /// A number.
    Number,
    /// A text.
    Text,
    /// A day, as text `YYYY-MM-DD`.
    Day,
    /// A list of texts.
    Texts,
    /// A list of records; state.
    Records,
    /// A list of dated records; they age.
    Events,
}

impl Kind {
    /// How the reference page names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bool => "true or false",
            Self::Int => "whole number",
            Self::Number => "number",
            Self::Text => "text",
            Self::Day => "day",
            Self::Texts => "list of texts",
            Self::Records => "list of records",
            Self::Events => "list of dated records",
        }
    }
}

/// What may stand at a place of the facts tree.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// One value.
    Leaf(Kind),
    /// A list; whether its elements are dated events.
    List {
        /// What an element is.
        of: Box<Shape>,
        /// The elements are dated and age.
        events: bool,
    },
    /// Named fields.
    Record(BTreeMap<String, Shape>),
    /// Any keys, one shape.
    Dict(Box<Shape>),
}

impl Shape {
    /// The shape of a field; none when it has no such field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Self> {
        match self {
            // `*` stands for any other key.
            Self::Record(fields) => fields.get(name).or_else(|| fields.get("*")),
            Self::Dict(of) => Some(of),
            Self::Leaf(_) | Self::List { .. } => None,
        }
    }

    /// The shape of an element of a list, or of the keys of a map.
    #[must_use]
    pub fn element(&self) -> Option<Self> {
        match self {
            Self::List { of, .. } => Some((**of).clone()),
            Self::Leaf(Kind::Texts) | Self::Record(_) | Self::Dict(_) => Some(Self::Leaf(Kind::Text)),
            Self::Leaf(_) => None,
        }
    }

    /// The names of a record's fields.
    #[must_use]
    pub fn fields(&self) -> Vec<String> {
        match self {
            Self::Record(fields) => fields.keys().filter(|name| *name != "*").cloned().collect(),
            _ => Vec::new(),
        }
    }
}

/// The shape of the whole facts tree.
#[must_use]
pub fn tree() -> Shape {
    let mut root = Shape::Record(BTreeMap::new());
    for (path, kind, _) in REFERENCE {
        let segments: Vec<(&str, bool)> =
            path.split('.').map(|s| s.strip_suffix("[]").map_or((s, false), |name| (name, true))).collect();
        insert(&mut root, &segments, *kind);
    }
    if let Shape::Record(fields) = &mut root {
        let kinds: Vec<String> = KINDS.iter().map(|kind| fact_name(kind.id)).collect();
        let listed = KEYS.iter().map(|(name, keys)| (*name, keys.iter().map(|k| (*k).to_owned()).collect()));
        for (name, keys) in listed.chain([("evidence", kinds)]) {
            if let Some(Shape::Record(dictionary)) = fields.get_mut(name)
                && let Some(any) = dictionary.remove("*")
            {
                dictionary.extend(keys.into_iter().map(|key| (key, any.clone())));
            }
        }
        let schema = schemars::schema_for!(crate::manifest::Manifest);
        fields.insert("manifest".to_owned(), from_schema(schema.as_value(), schema.as_value()));
    }
    root
}

fn insert(shape: &mut Shape, segments: &[(&str, bool)], kind: Kind) {
    let Some(((name, is_list), rest)) = segments.split_first() else { return };
    let leaf = || match kind {
        Kind::Records | Kind::Events => {
            Shape::List { of: Box::new(Shape::Record(BTreeMap::new())), events: kind == Kind::Events }
        }
        kind => Shape::Leaf(kind),
    };
    let empty = || if *is_list { leaf() } else { Shape::Record(BTreeMap::new()) };
    let child = match shape {
        Shape::Dict(of) => of,
        Shape::Record(fields) => {
            fields.entry((*name).to_owned()).or_insert_with(|| if rest.is_empty() { leaf() } else { empty() })
        }
        Shape::Leaf(_) | Shape::List { .. } => return,
    };
    let child = match child {
        Shape::List { of, .. } => of,
        other => other,
    };
    insert(child, rest, kind);
}

/// The shape that a JSON Schema of the manifest describes.
fn from_schema(schema: &Value, root: &Value) -> Shape {
    if let Some(reference) = schema["$ref"].as_str() {
        return match reference.rsplit('/').next() {
            Some("Day") => Shape::Leaf(Kind::Day),
            Some("Quantity") => quantity(),
            Some("Span" | "Period") => Shape::Leaf(Kind::Text),
            Some("Regions") => Shape::Dict(Box::new(Shape::Leaf(Kind::Texts))),
            Some(name) if name.ends_with("OrList") => {
                let of = from_schema(&root["$defs"][name]["anyOf"][0], root);
                list(of)
            }
            Some(name) => from_schema(&root["$defs"][name], root),
            None => Shape::Leaf(Kind::Text),
        };
    }
    if let Some(options) = schema["anyOf"].as_array() {
        return options.first().map_or(Shape::Leaf(Kind::Text), |first| from_schema(first, root));
    }
    if let Some(properties) = schema["properties"].as_object() {
        return Shape::Record(
            properties.iter().map(|(name, of)| (name.clone(), field(name, from_schema(of, root)))).collect(),
        );
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    match types.first().copied() {
        Some("boolean") => Shape::Leaf(Kind::Bool),
        Some("integer") => Shape::Leaf(Kind::Int),
        Some("number") => Shape::Leaf(Kind::Number),
        Some("array") => list(from_schema(&schema["items"], root)),
        Some("object") => Shape::Dict(Box::new(from_schema(&schema["additionalProperties"], root))),
        _ => Shape::Leaf(Kind::Text),
    }
}

/// The owner is one person, or a group with members.
fn field(name: &str, shape: Shape) -> Shape {
    match (name, shape) {
        ("owner", Shape::List { of, .. }) => match *of {
            Shape::Record(mut fields) => {
                let person = Shape::Record(fields.clone());
                fields.insert("members".to_owned(), Shape::List { of: Box::new(person), events: false });
                Shape::Record(fields)
            }
            other => other,
        },
        (_, shape) => shape,
    }
}

fn list(of: Shape) -> Shape {
    match of {
        Shape::Leaf(Kind::Text) => Shape::Leaf(Kind::Texts),
        of => Shape::List { of: Box::new(of), events: false },
    }
}

fn quantity() -> Shape {
    let fields = [("value", Kind::Number), ("unit", Kind::Text), ("text", Kind::Text)];
    Shape::Record(fields.into_iter().map(|(name, kind)| (name.to_owned(), Shape::Leaf(kind))).collect())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    fn at(path: &str) -> Option<Shape> {
        path.split('.').try_fold(tree(), |shape, name| match name {
            "[]" => shape.element(),
            name => shape.field(name).cloned(),
        })
    }

    #[test]
    fn the_tree_has_what_the_reference_and_the_manifest_say() {
        assert_eq!(at("drills.rollback.[].passed"), Some(Shape::Leaf(Kind::Bool)));
        assert!(matches!(at("drills.rollback").unwrap(), Shape::List { events: true, .. }));
        assert!(matches!(at("metrics.[].baseline_samples").unwrap(), Shape::List { events: true, .. }));
        assert_eq!(at("evidence.load_test.present"), Some(Shape::Leaf(Kind::Bool)));
        assert_eq!(at("today"), Some(Shape::Leaf(Kind::Day)));
        assert_eq!(at("manifest.rollback.target_minutes"), Some(Shape::Leaf(Kind::Number)));
        assert_eq!(at("manifest.scope.in"), Some(Shape::Leaf(Kind::Texts)));
        assert_eq!(at("manifest.use_case.[].name"), Some(Shape::Leaf(Kind::Text)));
        assert_eq!(at("manifest.people.owner.name"), Some(Shape::Leaf(Kind::Text)));
        assert_eq!(at("manifest.people.owner.members.[].name"), Some(Shape::Leaf(Kind::Text)));
        assert_eq!(at("manifest.cost.unit_budget.value"), Some(Shape::Leaf(Kind::Number)));
        assert_eq!(at("manifest.data.allowed_regions.all"), Some(Shape::Leaf(Kind::Texts)));
        assert_eq!(at("manifest.metrics.[].guardrail.limit"), Some(Shape::Leaf(Kind::Text)));
        assert_eq!(at("manifest.pilot.go_criteria.[].at_least.value"), Some(Shape::Leaf(Kind::Number)));
        assert_eq!(at("drills.rollback.[].nope"), None);
        assert_eq!(at("evidence.load_test.nope"), None);
        assert_eq!(at("evidence.nope.present"), None);
        assert_eq!(at("documents.sistem_card.present"), None);
        assert_eq!(at("manifest.nope"), None);
    }

    #[test]
    fn every_path_of_the_reference_leads_somewhere() {
        for (path, kind, about) in REFERENCE {
            let key = match path.split('.').next() {
                Some("documents") => "readme",
                Some("codeowners") => "prompts",
                Some("evidence") => "load_test",
                _ => "any",
            };
            let path = path.replace("[]", ".[]").replace('*', key);
            assert!(at(&path).is_some(), "{path}");
            assert!(!about.is_empty() && !about.ends_with('.'), "{path}: {about}");
            let _ = kind.name();
        }
    }
}
