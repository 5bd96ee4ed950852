//! A facts tree enters; values that expressions can ask leave, without copying, and with only the events that count.

use std::fmt;
use std::sync::OnceLock;

use cel::ExecutionError;
use cel::common::traits::{Container, Indexer, Iterable, Iterator as CelIterator, Sizer};
use cel::common::types::{CelBool, CelDouble, CelInt, CelList, CelString, LIST_TYPE, MAP_TYPE, Type};
use cel::common::value::{CowVal, Val};

use super::Events;
use crate::fact::{Leaf, Node, Record, Scalar};

/// The name under which an unknown leaf reports itself.
pub(super) const UNKNOWN: &str = "unknown";

/// A node of the facts tree as a value; an absent leaf is no key, an unknown one is an error of its own.
pub(super) fn value<'v>(node: &'v Node, name: &str, events: Events) -> Result<Box<dyn Val + 'v>, ExecutionError> {
    Ok(match node {
        Node::Leaf(Leaf::Absent) => return Err(ExecutionError::no_such_key(name)),
        Node::Leaf(Leaf::Unknown(why)) => return Err(ExecutionError::function_error(UNKNOWN, why)),
        Node::Leaf(Leaf::Known(scalar)) => match scalar {
            Scalar::Bool(value) => Box::new(CelBool::from(*value)),
            Scalar::Int(value) => Box::new(CelInt::from(*value)),
            Scalar::Number(value) => Box::new(CelDouble::from(*value)),
            Scalar::Text(value) => Box::new(CelString::from(value.as_str())),
            Scalar::Texts(values) => Box::new(CelList::from(
                values.iter().map(|v| Box::new(CelString::from(v.as_str())) as Box<dyn Val + 'v>).collect::<Vec<_>>(),
            )),
        },
        Node::List { items, events: dated } => {
            let kept = items.iter().filter(|item| match item {
                Node::Map(record) if *dated => events.keep(record),
                _ => true,
            });
            Box::new(FactList(kept.map(|item| value(item, name, events)).collect::<Result<_, _>>()?))
        }
        Node::Map(record) => Box::new(FactMap { record, events, keys: OnceLock::new() }),
    })
}

/// A record of the facts tree.
pub(super) struct FactMap<'v> {
    record: &'v Record,
    events: Events,
    keys: OnceLock<Vec<CelString<'v>>>,
}

impl fmt::Debug for FactMap<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.record.fields.keys()).finish()
    }
}

impl<'v> FactMap<'v> {
    fn keys(&self) -> &Vec<CelString<'v>> {
        self.keys.get_or_init(|| {
            let present = |node: &Node| !matches!(node, Node::Leaf(Leaf::Absent));
            self.record.fields.iter().filter(|(_, n)| present(n)).map(|(k, _)| CelString::from(k.as_str())).collect()
        })
    }

    fn field(&self, index: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError> {
        let Some(name) = index.downcast_ref::<CelString<'_>>().map(CelString::inner) else {
            return Err(ExecutionError::UnexpectedType {
                got: index.get_type().name().to_owned(),
                want: "string".to_owned(),
            });
        };
        match self.record.fields.get(name) {
            Some(node) => value(node, name, self.events),
            None => Err(ExecutionError::no_such_key(name)),
        }
    }
}

impl Indexer for FactMap<'_> {
    fn get<'b, 'w>(&'b self, index: &dyn Val) -> Result<CowVal<'b, 'w>, ExecutionError>
    where
        Self: 'w,
    {
        self.field(index).map(CowVal::Owned)
    }

    fn steal<'w>(self: Box<Self>, index: &dyn Val) -> Result<Box<dyn Val + 'w>, ExecutionError>
    where
        Self: 'w,
    {
        self.field(index).map(|value| value as Box<dyn Val + 'w>)
    }
}

impl Sizer for FactMap<'_> {
    fn size(&self) -> CelInt {
        CelInt::from(i64::try_from(self.keys().len()).unwrap_or(i64::MAX))
    }
}

impl Container for FactMap<'_> {
    fn contains(&self, value: &dyn Val) -> Result<bool, ExecutionError> {
        match self.field(value) {
            Ok(_) => Ok(true),
            Err(ExecutionError::NoSuchKey(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Lends out the elements of a slice.
struct Elements<'b, T>(std::slice::Iter<'b, T>);

impl<'b, 'w, 'v: 'w> CelIterator<'b, 'w> for Elements<'b, CelString<'v>> {
    fn next(&mut self) -> Option<&'b (dyn Val + 'w)> {
        self.0.next().map(|key| key as &(dyn Val + 'w))
    }
}

impl<'b, 'w, 'v: 'w> CelIterator<'b, 'w> for Elements<'b, Box<dyn Val + 'v>> {
    fn next(&mut self) -> Option<&'b (dyn Val + 'w)> {
        self.0.next().map(|item| item.as_ref() as &(dyn Val + 'w))
    }
}

impl Iterable for FactMap<'_> {
    fn iter<'b, 'w>(&'b self) -> Box<dyn CelIterator<'b, 'w> + 'b>
    where
        Self: 'w,
    {
        Box::new(Elements(self.keys().iter()))
    }
}

impl Val for FactMap<'_> {
    fn get_type(&self) -> &Type {
        &MAP_TYPE
    }

    fn cel_type() -> &'static Type {
        &MAP_TYPE
    }

    fn as_indexer<'b, 'w>(&'b self) -> Option<&'b (dyn Indexer + 'w)>
    where
        Self: 'w,
    {
        Some(self)
    }

    fn as_iterable<'b, 'w>(&'b self) -> Option<&'b (dyn Iterable + 'w)>
    where
        Self: 'w,
    {
        Some(self)
    }

    fn as_sizer(&self) -> Option<&dyn Sizer> {
        Some(self)
    }

    fn as_container(&self) -> Option<&dyn Container> {
        Some(self)
    }

    fn clone_as_boxed<'w>(&self) -> Box<dyn Val + 'w>
    where
        Self: 'w,
    {
        Box::new(FactMap { record: self.record, events: self.events, keys: OnceLock::new() })
    }
}

/// A list of records of the facts tree.
#[derive(Debug)]
pub(super) struct FactList<'v>(Vec<Box<dyn Val + 'v>>);

impl<'v> FactList<'v> {
    fn element(&self, index: &dyn Val) -> Result<&(dyn Val + 'v), ExecutionError> {
        let at = index.downcast_ref::<CelInt>().map(|i| *i.inner()).ok_or_else(|| ExecutionError::UnexpectedType {
            got: index.get_type().name().to_owned(),
            want: "int".to_owned(),
        })?;
        usize::try_from(at)
            .ok()
            .and_then(|at| self.0.get(at))
            .map(AsRef::as_ref)
            .ok_or_else(|| ExecutionError::no_such_key(&format!("[{at}]")))
    }
}

impl Indexer for FactList<'_> {
    fn get<'b, 'w>(&'b self, index: &dyn Val) -> Result<CowVal<'b, 'w>, ExecutionError>
    where
        Self: 'w,
    {
        self.element(index).map(|value| CowVal::Owned(value.clone_as_boxed()))
    }

    fn steal<'w>(self: Box<Self>, index: &dyn Val) -> Result<Box<dyn Val + 'w>, ExecutionError>
    where
        Self: 'w,
    {
        self.element(index).map(|value| value.clone_as_boxed())
    }
}

impl Sizer for FactList<'_> {
    fn size(&self) -> CelInt {
        CelInt::from(i64::try_from(self.0.len()).unwrap_or(i64::MAX))
    }
}

impl Container for FactList<'_> {
    fn contains(&self, value: &dyn Val) -> Result<bool, ExecutionError> {
        Ok(self.0.iter().any(|item| item.equals(value)))
    }
}

impl Iterable for FactList<'_> {
    fn iter<'b, 'w>(&'b self) -> Box<dyn CelIterator<'b, 'w> + 'b>
    where
        Self: 'w,
    {
        Box::new(Elements(self.0.iter()))
    }
}

impl Val for FactList<'_> {
    fn get_type(&self) -> &Type {
        &LIST_TYPE
    }

    fn cel_type() -> &'static Type {
        &LIST_TYPE
    }

    fn as_indexer<'b, 'w>(&'b self) -> Option<&'b (dyn Indexer + 'w)>
    where
        Self: 'w,
    {
        Some(self)
    }

    fn as_iterable<'b, 'w>(&'b self) -> Option<&'b (dyn Iterable + 'w)>
    where
        Self: 'w,
    {
        Some(self)
    }

    fn as_sizer(&self) -> Option<&dyn Sizer> {
        Some(self)
    }

    fn as_container(&self) -> Option<&dyn Container> {
        Some(self)
    }

    fn clone_as_boxed<'w>(&self) -> Box<dyn Val + 'w>
    where
        Self: 'w,
    {
        Box::new(FactList(self.0.iter().map(|item| item.clone_as_boxed()).collect()))
    }
}
