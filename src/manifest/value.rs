//! Values that people write in a manifest: days, periods, spans of time, shorthands. Text enters, checked values leave.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use jiff::civil::Date;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::model::Regions;

pub use crate::quantity::Quantity;

/// A calendar day, written `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub Date);

impl Default for Day {
    fn default() -> Self {
        Self(Date::ZERO)
    }
}

impl Day {
    /// Reads `YYYY-MM-DD`, and nothing else (a date with a time is not a day).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 10).then(|| text.parse().ok().map(Self)).flatten()
    }

    /// The days from this one to another; negative when the other is earlier.
    #[must_use]
    pub fn days_until(self, other: Self) -> i64 {
        i64::from(self.0.until(other.0).map_or(0, |span| span.get_days()))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// From one day to another, both included: `2026-04-01/2026-05-15`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Period {
    /// First day.
    pub from: Day,
    /// Last day.
    pub to: Day,
}

impl Period {
    fn parse(text: &str) -> Result<Self, String> {
        let expected = || format!("`{text}` is not a period; write two days with a slash: `2026-04-01/2026-05-15`");
        let (from, to) = text.split_once('/').ok_or_else(expected)?;
        let (from, to) = (Day::parse(from.trim()).ok_or_else(expected)?, Day::parse(to.trim()).ok_or_else(expected)?);
        if to < from {
            return Err(format!("the period ends ({to}) before it begins ({from})"));
        }
        Ok(Self { from, to })
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.from, self.to)
    }
}

/// Days on which nobody works: one day, or a period of at most a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DaysOff(pub Period);

impl DaysOff {
    fn parse(text: &str) -> Result<Self, String> {
        if let Some(day) = Day::parse(text.trim()) {
            return Ok(Self(Period { from: day, to: day }));
        }
        if !text.contains('/') {
            return Err(format!(
                "`{text}` is no day off; write a day (2026-12-25) or a period (2026-12-24/2027-01-01)"
            ));
        }
        let period = Period::parse(text)?;
        let days = period.from.0.until(period.to.0).map_or(i32::MAX, |span| span.get_days());
        if days > 366 {
            return Err(format!(
                "the period `{text}` is longer than a year; a plan needs days on which somebody works"
            ));
        }
        Ok(Self(period))
    }
}

impl fmt::Display for DaysOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.from == self.0.to { self.0.from.fmt(f) } else { self.0.fmt(f) }
    }
}

/// A span of calendar time: `60 days`, `12 weeks`, `3 months`.
#[derive(Debug, Clone)]
pub struct Span {
    text: String,
    span: jiff::Span,
}

impl Default for Span {
    fn default() -> Self {
        Self { text: String::new(), span: jiff::Span::new() }
    }
}

impl PartialEq for Span {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Span {
    /// Reads a span of days or more.
    ///
    /// # Errors
    /// A sentence that says what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let expected =
            || format!("`{text}` is not a span of time; write for instance `60 days`, `12 weeks` or `3 months`");
        let span: jiff::Span = text.trim().parse().map_err(|_| expected())?;
        let whole = span.get_years() != 0 || span.get_months() != 0 || span.get_weeks() != 0 || span.get_days() != 0;
        if !whole || span.is_negative() {
            return Err(expected());
        }
        Ok(Self { text: text.trim().to_owned(), span })
    }

    /// The day this span after another; none when it leaves the calendar.
    #[must_use]
    pub fn after(&self, day: Day) -> Option<Day> {
        day.0.checked_add(self.span).ok().map(Day)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

macro_rules! text_value {
    ($name:ident, $expecting:literal, $parse:expr, $schema:tt) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl Visitor<'_> for Text {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expecting)
                    }
                    fn visit_str<E: Error>(self, text: &str) -> Result<$name, E> {
                        $parse(text).map_err(E::custom)
                    }
                }
                deserializer.deserialize_any(Text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

text_value!(
    Day,
    "a date such as 2026-12-31",
    |text: &str| Day::parse(text).ok_or_else(|| format!("`{text}` is not a date; write year, month and day: 2026-12-31")),
    { "type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "description": "A day: YYYY-MM-DD." }
);
text_value!(
    Period,
    "a period such as 2026-04-01/2026-05-15",
    Period::parse,
    { "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2} ?/ ?[0-9]{4}-[0-9]{2}-[0-9]{2}$",
      "description": "Two days with a slash: 2026-04-01/2026-05-15." }
);
text_value!(
    DaysOff,
    "a day such as 2026-12-25, or a period such as 2026-12-24/2027-01-01",
    DaysOff::parse,
    { "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}( ?/ ?[0-9]{4}-[0-9]{2}-[0-9]{2})?$",
      "description": "A day (2026-12-25) or a period (2026-12-24/2027-01-01)." }
);
text_value!(
    Span,
    "a span of time such as `60 days`",
    Span::parse,
    { "type": "string", "description": "A span of calendar time: 60 days, 12 weeks, 3 months." }
);

impl JsonSchema for Quantity {
    fn schema_name() -> Cow<'static, str> {
        "Quantity".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "number"],
            "description": "A number with an optional unit: 12 min, 1.5 h, 350 ms, 4.2%, $3.40, \"€1,200\", 200, 3.2 documents/hour.",
            "examples": ["12 min", "4.2%", "$3.40", 200]
        })
    }
}

/// A section that also accepts a bare sentence for its leading field.
pub trait Lead: Sized {
    /// The name of the leading field.
    const FIELD: &'static str;

    /// The section with only the leading field.
    ///
    /// # Errors
    /// A sentence that says what was expected, when the text does not fit the field.
    fn lead(text: String) -> Result<Self, String>;
}

/// A field that can be filled from a bare text.
pub trait FromText: Sized {
    /// Reads the text.
    ///
    /// # Errors
    /// A sentence that says what was expected.
    fn from_text(text: String) -> Result<Self, String>;
}

impl FromText for String {
    fn from_text(text: String) -> Result<Self, String> {
        Ok(text)
    }
}

impl FromText for Quantity {
    fn from_text(text: String) -> Result<Self, String> {
        Self::parse(&text).map_err(|e| e.to_string())
    }
}

impl FromText for Vec<String> {
    fn from_text(text: String) -> Result<Self, String> {
        Ok(vec![text])
    }
}

impl<T: FromText> FromText for Option<T> {
    fn from_text(text: String) -> Result<Self, String> {
        T::from_text(text).map(Some)
    }
}

impl FromText for OneOrMany<String> {
    fn from_text(text: String) -> Result<Self, String> {
        Ok(Self(vec![text]))
    }
}

/// Implements [`Lead`] for a section.
macro_rules! leading {
    ($name:ident, $field:ident) => {
        impl $crate::manifest::value::Lead for $name {
            const FIELD: &'static str = stringify!($field);
            #[allow(clippy::needless_update, reason = "a section may have one field only")]
            fn lead(text: String) -> Result<Self, String> {
                Ok(Self { $field: $crate::manifest::value::FromText::from_text(text)?, ..Self::default() })
            }
        }
    };
}
pub(super) use leading;

/// A section, or a bare value that stands for its leading field.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Short<T>(pub T);

impl<T> Deref for Short<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Serialize> Serialize for Short<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Lead + Deserialize<'de>> Deserialize<'de> for Short<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);
        impl<'de, T: Lead + Deserialize<'de>> Visitor<'de> for Either<T> {
            type Value = Short<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a map, or a value for `{}`", T::FIELD)
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Short<T>, E> {
                T::lead(text.to_owned()).map(Short).map_err(E::custom)
            }
            fn visit_i64<E: Error>(self, value: i64) -> Result<Short<T>, E> {
                self.visit_str(&value.to_string())
            }
            fn visit_u64<E: Error>(self, value: u64) -> Result<Short<T>, E> {
                self.visit_str(&value.to_string())
            }
            fn visit_f64<E: Error>(self, value: f64) -> Result<Short<T>, E> {
                self.visit_str(&value.to_string())
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Short<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Short)
            }
        }
        deserializer.deserialize_any(Either(PhantomData))
    }
}

impl<T: JsonSchema + Lead> JsonSchema for Short<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}OrText", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let full = generator.subschema_for::<T>();
        json_schema!({
            "anyOf": [
                full,
                { "type": ["string", "number"], "description": format!("Shorthand for `{}`.", T::FIELD) }
            ]
        })
    }
}

/// One value, or a list of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OneOrMany<T>(pub Vec<T>);

impl<T> Deref for OneOrMany<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: Serialize> Serialize for OneOrMany<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
            type Value = OneOrMany<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("one value or a list of them")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<OneOrMany<T>, E> {
                T::deserialize(serde::de::value::StrDeserializer::new(text)).map(|v| OneOrMany(vec![v]))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OneOrMany<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(|v| OneOrMany(vec![v]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<OneOrMany<T>, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(OneOrMany(items))
            }
        }
        deserializer.deserialize_any(Either(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMany<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}OrList", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [one, { "type": "array", "items": one }] })
    }
}

impl<'de> Deserialize<'de> for Regions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Regions;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of regions, or lists of regions by data class")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Regions, E> {
                Ok(Regions([("all".to_owned(), vec![text.to_owned()])].into()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Regions, A::Error> {
                let mut all = Vec::new();
                while let Some(region) = seq.next_element()? {
                    all.push(region);
                }
                Ok(Regions([("all".to_owned(), all)].into()))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Regions, A::Error> {
                let mut by_class = std::collections::BTreeMap::new();
                while let Some((class, regions)) = map.next_entry::<String, OneOrMany<String>>()? {
                    by_class.insert(class, regions.0);
                }
                Ok(Regions(by_class))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// How [`Regions`] may be written.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it only describes what may be written")]
pub(super) enum RegionsSchema {
    /// The same for all data.
    All(Vec<String>),
    /// By data class.
    ByClass(std::collections::BTreeMap<String, OneOrMany<String>>),
}
