//! A small facts tree as people write it in a checklist's examples enters; the same tree with its dated lists marked leaves.

use serde_json::Value;

use super::{Kind, Shape, nothing};
use crate::fact::{Node, Record};
use crate::manifest::value::Day;

/// The day of every example.
pub const TODAY: &str = "2026-11-22";

/// Builds the facts of an example: what it names, over a tree in which nothing was found.
///
/// # Errors
/// The first path that is no fact, or a value of another type than the reference says.
pub fn from_example(facts: &Value, shape: &Shape) -> Result<Record, String> {
    let mut root = nothing();
    root.set("today", TODAY);
    for (name, value) in [("tier", "standard"), ("phase", "prove-value"), ("system", "llm-app"), ("serving", "online")]
    {
        root.put(&format!("project.{name}"), value);
    }
    root.put("project.has_manifest", facts.get("manifest").is_some());
    match facts {
        Value::Null => {}
        Value::Object(_) => match node(facts, shape, "")? {
            Node::Map(found) => root.merge_over(found),
            Node::Leaf(_) | Node::List { .. } => return Err("facts are a map".to_owned()),
        },
        _ => return Err("facts are a map".to_owned()),
    }
    Ok(root)
}

fn node(value: &Value, shape: &Shape, path: &str) -> Result<Node, String> {
    let wrong = |expected: &str| Err(format!("`{path}` is {value}; expected {expected}"));
    match (shape, value) {
        (Shape::Record(_) | Shape::Dict(_), Value::Object(map)) => {
            let mut record = Record::default();
            for (name, value) in map {
                let child = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                let of = shape.field(name).ok_or_else(|| format!("`{child}` is no fact"))?;
                record.set(name.clone(), node(value, of, &child)?);
            }
            Ok(Node::Map(record))
        }
        (Shape::List { of, events }, Value::Array(items)) => {
            let path = format!("{path}[]");
            let records = items
                .iter()
                .map(|item| match node(item, of, &path)? {
                    Node::Map(record) => Ok(record),
                    Node::Leaf(_) | Node::List { .. } => Err(format!("`{path}` is a list of records")),
                })
                .collect::<Result<Vec<_>, _>>()?;
            Ok(if *events { Node::events(records) } else { Node::records(records) })
        }
        (Shape::Leaf(kind), value) => match (kind, value) {
            (Kind::Day, Value::String(text)) if Day::parse(text).is_none() => wrong("a day"),
            (Kind::Bool, Value::Bool(_))
            | (Kind::Text | Kind::Day, Value::String(_))
            | (Kind::Number, Value::Number(_)) => Ok(Node::from_json(value)),
            (Kind::Int, Value::Number(number)) if number.is_i64() => Ok(Node::from_json(value)),
            (Kind::Texts, Value::Array(items)) => items
                .iter()
                .map(|i| i.as_str().map(str::to_owned))
                .collect::<Option<Vec<_>>>()
                .map(Node::from)
                .ok_or_else(|| format!("`{path}` is a list of texts")),
            (kind, _) => wrong(kind.name()),
        },
        (Shape::Record(_) | Shape::Dict(_), _) => wrong("a map"),
        (Shape::List { .. }, _) => wrong("a list"),
    }
}
