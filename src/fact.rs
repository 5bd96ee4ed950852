//! What was found enters; nodes of the facts tree leave: known, absent, or unknown with the reason.
//!
//! Records carry where they come from; dated records (events) carry their day, so that a rule can be asked again with only the
//! events that are young enough.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::manifest::value::Day;

/// Where a fact comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// Path from the evidence root, with `/`.
    pub path: String,
    /// Line, from 1, when it is known.
    pub line: Option<usize>,
    /// Whether the manifest named the file, or detection found it.
    pub declared: bool,
}

impl Origin {
    /// A file that detection found.
    #[must_use]
    pub fn detected(path: impl Into<String>, line: Option<usize>) -> Arc<Self> {
        Arc::new(Self { path: path.into(), line, declared: false })
    }
}

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// true or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Number(f64),
    /// A text, or a day as `YYYY-MM-DD`.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
}

/// One leaf of the tree.
#[derive(Debug, Clone, PartialEq)]
pub enum Leaf {
    /// It was looked at and is this.
    Known(Scalar),
    /// It was looked at and is not there.
    Absent,
    /// It could not be looked at; why. Never read as absent, never earns credit.
    Unknown(String),
}

/// A part of the facts tree.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// One value.
    Leaf(Leaf),
    /// A list; `events` are dated records, newest first.
    List {
        /// The elements.
        items: Vec<Node>,
        /// Whether they are dated records that age.
        events: bool,
    },
    /// Named fields.
    Map(Record),
}

/// Named fields and where they come from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Record {
    /// The fields.
    pub fields: BTreeMap<String, Node>,
    /// Where they come from; the parent's origin when none.
    pub origin: Option<Arc<Origin>>,
}

/// When an event happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// On this day.
    Dated(Day),
    /// Nothing says when.
    Undated,
    /// Something would say when and cannot be looked at; why.
    Unknown(String),
}

impl Record {
    /// A record with these fields.
    pub fn new(fields: impl IntoIterator<Item = (&'static str, Node)>) -> Self {
        Self { fields: fields.into_iter().map(|(name, node)| (name.to_owned(), node)).collect(), origin: None }
    }

    /// Says where it comes from.
    #[must_use]
    pub fn from(mut self, origin: &Arc<Origin>) -> Self {
        self.origin = Some(Arc::clone(origin));
        self
    }

    /// Sets a field.
    pub fn set(&mut self, name: impl Into<String>, node: impl Into<Node>) {
        self.fields.insert(name.into(), node.into());
    }

    /// The record at a field, made when it is not there.
    pub fn group(&mut self, name: &str) -> &mut Self {
        let node = self.fields.entry(name.to_owned()).or_insert_with(|| Node::Map(Self::default()));
        if !matches!(node, Node::Map(_)) {
            *node = Node::Map(Self::default());
        }
        match node {
            Node::Map(record) => record,
            Node::Leaf(_) | Node::List { .. } => unreachable!("it was just made a map"),
        }
    }

    /// Sets a node at a dotted path; records on the way are made.
    pub fn put(&mut self, path: &str, node: impl Into<Node>) {
        match path.split_once('.') {
            Some((group, rest)) => self.group(group).put(rest, node),
            None => self.set(path, node),
        }
    }

    /// Takes the fields of another record in: records are merged, lists are joined, anything else is replaced.
    pub fn merge(&mut self, other: Self) {
        for (name, node) in other.fields {
            match (self.fields.get_mut(&name), node) {
                (Some(Node::Map(mine)), Node::Map(theirs)) => mine.merge(theirs),
                (Some(Node::List { items, .. }), Node::List { items: more, .. }) => items.extend(more),
                (_, node) => {
                    self.fields.insert(name, node);
                }
            }
        }
        if self.origin.is_none() {
            self.origin = other.origin;
        }
    }

    /// Takes the fields of another record in, which win: records are merged, anything else is replaced.
    pub fn merge_over(&mut self, over: Self) {
        for (name, node) in over.fields {
            match (self.fields.get_mut(&name), node) {
                (Some(Node::Map(mine)), Node::Map(theirs)) => mine.merge_over(theirs),
                (_, node) => self.set(name, node),
            }
        }
        if over.origin.is_some() {
            self.origin = over.origin;
        }
    }

    /// When it happened, by its `date` field.
    #[must_use]
    pub fn when(&self) -> When {
        match self.fields.get("date") {
            Some(Node::Leaf(Leaf::Known(Scalar::Text(text)))) => Day::parse(text).map_or(When::Undated, When::Dated),
            Some(Node::Leaf(Leaf::Unknown(why))) => When::Unknown(why.clone()),
            _ => When::Undated,
        }
    }
}

impl Node {
    /// A list of state records.
    #[must_use]
    pub fn records(items: Vec<Record>) -> Self {
        Self::List { items: items.into_iter().map(Self::Map).collect(), events: false }
    }

    /// A list of dated records, put newest first; undated ones come last.
    #[must_use]
    pub fn events(mut items: Vec<Record>) -> Self {
        items.sort_by_key(|record| {
            let day = match record.when() {
                When::Dated(day) => Some(day),
                When::Undated | When::Unknown(_) => None,
            };
            std::cmp::Reverse(day)
        });
        Self::List { items: items.into_iter().map(Self::Map).collect(), events: true }
    }

    /// Something that could not be looked at.
    pub fn unknown(why: impl Into<String>) -> Self {
        Self::Leaf(Leaf::Unknown(why.into()))
    }

    /// Something that was looked at and is not there.
    #[must_use]
    pub const fn absent() -> Self {
        Self::Leaf(Leaf::Absent)
    }

    /// The field of a map; none for anything else.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Map(record) => record.fields.get(name),
            Self::Leaf(_) | Self::List { .. } => None,
        }
    }

    /// The node at a dotted path without lists.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, Self::get)
    }

    /// Its text, when it is a known text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Leaf(Leaf::Known(Scalar::Text(text))) => Some(text),
            _ => None,
        }
    }

    /// Its number, when it is a known number.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts in records are small")]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Leaf(Leaf::Known(Scalar::Int(number))) => Some(*number as f64),
            Self::Leaf(Leaf::Known(Scalar::Number(number))) => Some(*number),
            _ => None,
        }
    }

    /// Whether it is known and true.
    #[must_use]
    pub fn is_true(&self) -> bool {
        matches!(self, Self::Leaf(Leaf::Known(Scalar::Bool(true))))
    }

    /// Its elements, when it is a list.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match self {
            Self::List { items, .. } => items,
            Self::Leaf(_) | Self::Map(_) => &[],
        }
    }

    /// A JSON value as a node; null is absent, lists of texts are leaves.
    #[must_use]
    pub fn from_json(value: &serde_json::Value) -> Self {
        use serde_json::Value;
        match value {
            Value::Null => Self::absent(),
            Value::Bool(flag) => (*flag).into(),
            Value::Number(number) => match number.as_i64() {
                Some(int) => int.into(),
                None => number.as_f64().unwrap_or_default().into(),
            },
            Value::String(text) => text.as_str().into(),
            Value::Array(items) if items.is_empty() => Self::List { items: Vec::new(), events: false },
            Value::Array(items) => {
                match items.iter().map(|i| i.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>() {
                    Some(texts) => texts.into(),
                    None => Self::List { items: items.iter().map(Self::from_json).collect(), events: false },
                }
            }
            Value::Object(map) => Self::Map(Record {
                fields: map.iter().map(|(name, value)| (name.clone(), Self::from_json(value))).collect(),
                origin: None,
            }),
        }
    }
}

impl From<bool> for Node {
    fn from(value: bool) -> Self {
        Self::Leaf(Leaf::Known(Scalar::Bool(value)))
    }
}

impl From<i64> for Node {
    fn from(value: i64) -> Self {
        Self::Leaf(Leaf::Known(Scalar::Int(value)))
    }
}

impl From<usize> for Node {
    fn from(value: usize) -> Self {
        i64::try_from(value).unwrap_or(i64::MAX).into()
    }
}

impl From<f64> for Node {
    fn from(value: f64) -> Self {
        Self::Leaf(Leaf::Known(Scalar::Number(value)))
    }
}

impl From<&str> for Node {
    fn from(value: &str) -> Self {
        Self::Leaf(Leaf::Known(Scalar::Text(value.to_owned())))
    }
}

impl From<String> for Node {
    fn from(value: String) -> Self {
        Self::Leaf(Leaf::Known(Scalar::Text(value)))
    }
}

impl From<Vec<String>> for Node {
    fn from(value: Vec<String>) -> Self {
        Self::Leaf(Leaf::Known(Scalar::Texts(value)))
    }
}

impl From<Day> for Node {
    fn from(value: Day) -> Self {
        value.to_string().into()
    }
}

impl From<Record> for Node {
    fn from(value: Record) -> Self {
        Self::Map(value)
    }
}

impl<T: Into<Self>> From<Option<T>> for Node {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::absent(), Into::into)
    }
}

impl From<When> for Node {
    fn from(value: When) -> Self {
        match value {
            When::Dated(day) => day.into(),
            When::Undated => Self::absent(),
            When::Unknown(why) => Self::unknown(why),
        }
    }
}
