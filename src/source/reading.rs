//! The text of a document enters; its value leaves, with the place of every part and the keys that stand twice.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::{Duplicate, MAX_DEPTH, Place, Source, SyntaxError, segment};

/// JSON is read by the YAML reader for its places; this asks first whether it is JSON at all.
pub(super) fn json_syntax(source: &Source) -> Result<(), SyntaxError> {
    serde_json::from_str::<serde::de::IgnoredAny>(&source.text).map(|_| ()).map_err(|e| {
        let start = source.line_starts.get(e.line().saturating_sub(1)).copied().unwrap_or_default();
        let at = start + e.column().saturating_sub(1);
        let message = e.to_string();
        let message = message.split(" at line ").next().unwrap_or(&message).to_owned();
        SyntaxError { message, range: source.clip(at..at + 1) }
    })
}

/// A value with its place, as both readers deliver it.
struct Placed {
    range: Range<usize>,
    node: Node,
}

enum Node {
    Scalar(Value),
    List(Vec<Placed>),
    Map(Vec<(String, Range<usize>, Placed)>),
}

/// What is found on the way through a document.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) places: HashMap<String, Place>,
    pub(super) duplicates: Vec<Duplicate>,
}

impl Reading {
    /// Reads YAML (or JSON).
    pub(super) fn yaml(&mut self, source: &Source) -> Result<Value, SyntaxError> {
        let options = serde_saphyr::options! {
            strict_booleans: true,
            leading_zero_numbers_as_strings: true,
            underscored_numbers_as_strings: true,
            with_snippet: false,
            duplicate_keys: serde_saphyr::options::DuplicateKeyPolicy::PassThrough,
            alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 20_000 },
            budget: serde_saphyr::budget! { max_depth: MAX_DEPTH, max_documents: 1 },
        };
        let parsed: serde_saphyr::Spanned<Node> =
            serde_saphyr::from_str_with_options(&source.text, options).map_err(|e| yaml_error(&e, source))?;
        Ok(self.place(Placed::from(parsed), String::new(), None))
    }

    /// Reads TOML.
    pub(super) fn toml(&mut self, source: &Source) -> Result<Value, Vec<SyntaxError>> {
        let (table, errors) = toml::de::DeTable::parse_recoverable(&source.text);
        let (duplicates, errors): (Vec<_>, Vec<_>) =
            errors.into_iter().partition(|e| e.message().contains("duplicate key"));
        let places = |e: &toml::de::Error| e.span().map_or(0..0, |span| source.clip(span));
        self.duplicates.extend(duplicates.iter().map(|e| Duplicate {
            pointer: String::new(),
            first: places(e),
            again: places(e),
        }));
        if !errors.is_empty() {
            return Err(errors
                .iter()
                .map(|e| SyntaxError { message: e.message().to_owned(), range: places(e) })
                .collect());
        }
        let range = table.span();
        let node = toml_table(table.get_ref()).map_err(|e| vec![e])?;
        Ok(self.place(Placed { range, node }, String::new(), None))
    }

    /// Moves a node into the value and notes where it stands.
    fn place(&mut self, placed: Placed, pointer: String, key: Option<Range<usize>>) -> Value {
        let value = match placed.node {
            Node::Scalar(value) => value,
            Node::List(items) => Value::Array(
                items
                    .into_iter()
                    .enumerate()
                    .map(|(i, item)| self.place(item, format!("{pointer}/{i}"), None))
                    .collect(),
            ),
            Node::Map(entries) => {
                let mut map = Map::new();
                for (name, range, item) in entries {
                    let child = format!("{pointer}/{}", segment(&name));
                    if let Some(Place { key: Some(first), .. }) = self.places.get(&child)
                        && map.contains_key(&name)
                    {
                        let first = first.clone();
                        self.duplicates.push(Duplicate { pointer: child, first, again: range });
                        continue;
                    }
                    let value = self.place(item, child, Some(range));
                    map.insert(name, value);
                }
                Value::Object(map)
            }
        };
        self.places.insert(pointer, Place { key, value: placed.range });
        value
    }
}

fn yaml_error(error: &serde_saphyr::Error, source: &Source) -> SyntaxError {
    let error = error.without_snippet();
    let range = error.location().map_or(0..0, |location| byte_range(&location, source));
    let message = error.render();
    // The reader appends its own position; ours stands in front of the snippet.
    let mut message = message.split(" at line ").next().unwrap_or(&message).trim().to_owned();
    if message.contains("Documents {") {
        message = "the file holds more than one YAML document".to_owned();
    }
    SyntaxError { message, range: source.clip(range) }
}

fn byte_range(location: &serde_saphyr::Location, source: &Source) -> Range<usize> {
    let span = location.span();
    let start = span.byte_offset().and_then(|o| usize::try_from(o).ok()).unwrap_or_else(|| {
        let line = usize::try_from(location.line()).unwrap_or(1).max(1);
        source.line_starts.get(line - 1).copied().unwrap_or_default()
    });
    let len = span.byte_len().and_then(|l| usize::try_from(l).ok()).unwrap_or_default();
    start..start + len
}

fn toml_table(table: &toml::de::DeTable<'_>) -> Result<Node, SyntaxError> {
    table
        .iter()
        .map(|(key, value)| Ok((key.get_ref().to_string(), key.span(), toml_value(value)?)))
        .collect::<Result<_, _>>()
        .map(Node::Map)
}

fn toml_value(value: &toml::Spanned<toml::de::DeValue<'_>>) -> Result<Placed, SyntaxError> {
    use toml::de::DeValue;
    let range = value.span();
    let not_a_number = |text: &str| SyntaxError {
        message: format!("`{text}` is not a number that can be used"),
        range: range.clone(),
    };
    let node = match value.get_ref() {
        DeValue::String(text) => Node::Scalar(Value::String(text.to_string())),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map(|n| Node::Scalar(Value::from(n)))
            .map_err(|_| not_a_number(number.as_str()))?,
        DeValue::Float(number) => number
            .as_str()
            .parse::<f64>()
            .ok()
            .and_then(Number::from_f64)
            .map(|n| Node::Scalar(Value::Number(n)))
            .ok_or_else(|| not_a_number(number.as_str()))?,
        DeValue::Boolean(flag) => Node::Scalar(Value::Bool(*flag)),
        DeValue::Datetime(datetime) => Node::Scalar(Value::String(datetime.to_string())),
        DeValue::Array(items) => Node::List(items.iter().map(toml_value).collect::<Result<_, _>>()?),
        DeValue::Table(table) => toml_table(table)?,
    };
    Ok(Placed { range, node })
}

/// A scalar of a YAML document as the reader hands it over, with its place.
type YamlNode = serde_saphyr::Spanned<Node>;

impl From<YamlNode> for Placed {
    fn from(spanned: YamlNode) -> Self {
        let span = spanned.referenced.span();
        let at = |n: Option<u64>| n.and_then(|n| usize::try_from(n).ok()).unwrap_or_default();
        let start = at(span.byte_offset());
        Self { range: start..start + at(span.byte_len()), node: spanned.value }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Scalar(Value::from(value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Scalar(Value::from(value)))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Node, E> {
        Ok(Node::Scalar(Value::String(value.to_string())))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Node, E> {
        Ok(Node::Scalar(Value::String(value.to_string())))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Node, E> {
        Number::from_f64(value)
            .map(|n| Node::Scalar(Value::Number(n)))
            .ok_or_else(|| E::custom("not a number that can be used (infinite, or not a number at all)"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Scalar(Value::String(value.to_owned())))
    }

    fn visit_string<E>(self, value: String) -> Result<Node, E> {
        Ok(Node::Scalar(Value::String(value)))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element::<YamlNode>()? {
            items.push(Placed::from(item));
        }
        Ok(Node::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<YamlNode>()? {
            let key = Placed::from(key);
            let name = match key.node {
                Node::Scalar(Value::String(text)) => text,
                Node::Scalar(Value::Null) => "null".to_owned(),
                Node::Scalar(other) => other.to_string(),
                Node::List(_) | Node::Map(_) => {
                    return Err(serde::de::Error::custom("a key must be a word, not a list or a map"));
                }
            };
            let value = Placed::from(map.next_value::<YamlNode>()?);
            entries.push((name, key.range, value));
        }
        Ok(Node::Map(entries))
    }
}
