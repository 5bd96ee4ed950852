//! `12 min`, `$3.40`, `4.2%` enter; a number with a dimension leaves, so that unlike things are never compared.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, SerializeStruct, Serializer};

/// What a quantity measures. Two quantities can be compared when their dimensions are equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dimension {
    /// A bare number.
    Number,
    /// A share; the base unit is 1 (so `4.2%` is 0.042).
    Share,
    /// A time; the base unit is the second.
    Time,
    /// Money of one currency (ISO 4217 code); currencies are not converted into each other.
    Money(String),
    /// Digital size; the base unit is the byte.
    Size,
    /// A count of things, by their singular (`document`).
    Count(String),
    /// One dimension per another (`documents/hour`).
    Rate(Box<Dimension>, Box<Dimension>),
}

impl Dimension {
    /// Whether its unit is one of measure (time, money, size, share), and not a word for things that are counted.
    #[must_use]
    pub fn is_measure(&self) -> bool {
        match self {
            Self::Number | Self::Count(_) => false,
            Self::Share | Self::Time | Self::Money(_) | Self::Size => true,
            Self::Rate(over, _) => over.is_measure(),
        }
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number => f.write_str("a bare number"),
            Self::Share => f.write_str("a share (%)"),
            Self::Time => f.write_str("a time"),
            Self::Money(code) => write!(f, "money ({code})"),
            Self::Size => f.write_str("a size in bytes"),
            Self::Count(noun) => write!(f, "a number of {noun}s"),
            Self::Rate(over, under) => write!(f, "{over} per {under}"),
        }
    }
}

/// A number with an optional unit, as people write it.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantity {
    text: String,
    number: f64,
    unit: Unit,
}

/// A unit: how it is written, what it measures and how many base units it is.
#[derive(Debug, Clone, PartialEq)]
struct Unit {
    symbol: String,
    dimension: Dimension,
    /// Base units in one of it, as a fraction, so that 350 ms is 0.35 s to the last bit.
    factor: (f64, f64),
}

/// Why a text is no quantity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// Nothing there.
    #[error("a quantity is a number with an optional unit, such as `12 min`, `4.2%` or `$3.40`; this is empty")]
    Empty,
    /// No number in front.
    #[error("`{0}` does not begin with a number; write a quantity such as `12 min`, `4.2%` or `$3.40`")]
    NoNumber(String),
    /// Commas that are no thousands separators.
    #[error(
        "the comma in `{0}` is unclear; write a point for decimals (`3.5`) and commas only between thousands (`1,200`)"
    )]
    Comma(String),
    /// Too large, infinite or not a number.
    #[error("`{0}` is not a finite number")]
    NotFinite(String),
    /// A unit that is no word.
    #[error("`{0}` is no unit; write a word such as `min`, `documents` or `documents/hour`")]
    NoUnit(String),
    /// `m` may be metres, minutes or months.
    #[error("the unit `{0}` is unclear; write `min` for minutes or `months` for months")]
    Unclear(String),
    /// Two currencies.
    #[error("`{0}` names a currency twice")]
    TwoCurrencies(String),
}

impl Quantity {
    /// Reads a quantity.
    ///
    /// # Errors
    /// [`QuantityError`], which says what was expected.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(QuantityError::Empty);
        }
        let (sign, rest) = match trimmed.strip_prefix(['-', '\u{2212}']) {
            Some(rest) => (-1.0, rest.trim_start()),
            None => (1.0, trimmed.strip_prefix('+').unwrap_or(trimmed)),
        };
        let (currency, rest) = leading_currency(rest);
        let digits = rest.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',')).unwrap_or(rest.len());
        let written = rest;
        let (digits, rest) = rest.split_at(digits);
        if !digits.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(QuantityError::NoNumber(trimmed.to_owned()));
        }
        let grouped = ungroup(digits).ok_or_else(|| QuantityError::Comma(trimmed.to_owned()))?;
        let (exponent, rest) = exponent(rest);
        let number = match grouped {
            Cow::Borrowed(digits) => written[..digits.len() + exponent.len()].parse(),
            Cow::Owned(number) => format!("{number}{exponent}").parse(),
        };
        let number: f64 = number.map_err(|_| QuantityError::NoNumber(trimmed.to_owned()))?;
        let (scale, rest) = scale(rest);
        let number = sign * number * scale;
        if !number.is_finite() {
            return Err(QuantityError::NotFinite(trimmed.to_owned()));
        }
        let unit = match (currency, Unit::parse(rest.trim())?) {
            (None, unit) => unit,
            (Some(code), unit) => {
                unit.of_money(code).ok_or_else(|| QuantityError::TwoCurrencies(trimmed.to_owned()))?
            }
        };
        Ok(Self { text: trimmed.to_owned(), number, unit })
    }

    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The number as written, in [`unit`](Self::unit).
    #[must_use]
    pub fn number(&self) -> f64 {
        self.number
    }

    /// The unit as written; empty for a bare number.
    #[must_use]
    pub fn unit(&self) -> &str {
        &self.unit.symbol
    }

    /// What it measures.
    #[must_use]
    pub fn dimension(&self) -> &Dimension {
        &self.unit.dimension
    }

    /// The value in the base unit of its dimension (seconds, bytes, 1 for shares).
    #[must_use]
    pub fn base(&self) -> f64 {
        self.number * self.unit.factor.0 / self.unit.factor.1
    }

    /// The value of this quantity in the unit of another; none when the dimensions differ.
    #[must_use]
    pub fn in_unit_of(&self, other: &Self) -> Option<f64> {
        self.convert(self.number, other)
    }

    /// A number in this quantity's unit, in the unit of another; none when the dimensions differ.
    #[must_use]
    pub fn convert(&self, number: f64, other: &Self) -> Option<f64> {
        let (from, to) = (self.unit.factor, other.unit.factor);
        let same = self.unit.dimension == other.unit.dimension;
        same.then(|| if from == to { number } else { number * from.0 / from.1 * to.1 / to.0 })
    }

    /// One of a unit as it was written beside a number; an empty unit is a bare number.
    ///
    /// # Errors
    /// [`QuantityError`], which says what was expected.
    pub fn one(unit: &str) -> Result<Self, QuantityError> {
        Self::parse(&format!("1 {unit}"))
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

const ONE: (f64, f64) = (1.0, 1.0);

const CURRENCIES: &[(&str, &str)] = &[
    ("US$", "USD"),
    ("C$", "CAD"),
    ("A$", "AUD"),
    ("$", "USD"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("¥", "JPY"),
    ("₹", "INR"),
    ("₩", "KRW"),
];

/// Codes that are taken for a currency; any other word of three capitals counts things.
const CODES: &[&str] = &[
    "USD", "EUR", "GBP", "JPY", "CHF", "CNY", "INR", "CAD", "AUD", "NZD", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF",
    "BRL", "MXN", "ZAR", "SGD", "HKD", "KRW", "TRY", "ILS", "AED", "SAR", "THB", "IDR", "MYR", "PHP", "TWD", "RON",
    "BGN", "UAH",
];

const SECONDS: &[(&[&str], (f64, f64))] = &[
    (&["ns"], (1.0, 1e9)),
    (&["us", "µs", "μs"], (1.0, 1e6)),
    (&["ms", "msec", "millisecond"], (1.0, 1e3)),
    (&["s", "sec", "second"], (1.0, 1.0)),
    (&["min", "minute"], (60.0, 1.0)),
    (&["h", "hr", "hour"], (3600.0, 1.0)),
    (&["d", "day"], (86_400.0, 1.0)),
    (&["w", "wk", "week"], (604_800.0, 1.0)),
    (&["mo", "month"], (2_629_800.0, 1.0)),
    (&["y", "yr", "year"], (31_557_600.0, 1.0)),
];

const BYTES: &[(&[&str], (f64, f64))] = &[
    (&["B", "byte"], (1.0, 1.0)),
    (&["kB", "KB"], (1e3, 1.0)),
    (&["MB"], (1e6, 1.0)),
    (&["GB"], (1e9, 1.0)),
    (&["TB"], (1e12, 1.0)),
    (&["KiB"], (1024.0, 1.0)),
    (&["MiB"], (1_048_576.0, 1.0)),
    (&["GiB"], (1_073_741_824.0, 1.0)),
    (&["TiB"], (1_099_511_627_776.0, 1.0)),
];

fn leading_currency(text: &str) -> (Option<&'static str>, &str) {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return (None, text);
    }
    for (sign, code) in CURRENCIES {
        if let Some(rest) = text.strip_prefix(sign) {
            return (Some(code), rest.trim_start());
        }
    }
    for code in CODES {
        if let Some(rest) = text.strip_prefix(code)
            && rest.trim_start().starts_with(|c: char| c.is_ascii_digit())
        {
            return (Some(code), rest.trim_start());
        }
    }
    (None, text)
}

/// Takes thousands separators out; none when commas stand anywhere else.
fn ungroup(digits: &str) -> Option<Cow<'_, str>> {
    if !digits.contains(',') {
        return Some(Cow::Borrowed(digits));
    }
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let well_formed = (1..=3).contains(&first.len()) && groups.clone().all(|g| g.len() == 3) && !decimals.contains(',');
    well_formed.then(|| {
        let whole: String = std::iter::once(first).chain(groups).collect();
        Cow::Owned(if decimals.is_empty() { whole } else { format!("{whole}.{decimals}") })
    })
}

/// Takes an exponent (`e6`) when one follows.
fn exponent(rest: &str) -> (&str, &str) {
    let Some(after) = rest.strip_prefix(['e', 'E']) else { return ("", rest) };
    let digits = after.strip_prefix(['-', '+']).unwrap_or(after);
    let len = digits.chars().take_while(char::is_ascii_digit).count();
    let end = rest.len() - digits.len() + len;
    let ends = rest[end..].chars().next().is_none_or(|c| !c.is_alphanumeric());
    if len > 0 && ends { rest.split_at(end) } else { ("", rest) }
}

/// Takes a scale letter (`k`, `M`, `bn`) that stands directly after the number, as in `$1.2M` or `200k tokens`.
fn scale(rest: &str) -> (f64, &str) {
    for (letter, factor) in [("bn", 1e9), ("k", 1e3), ("M", 1e6)] {
        if let Some(after) = rest.strip_prefix(letter)
            && after.chars().next().is_none_or(|c| c.is_whitespace() || c == '/')
        {
            return (factor, after);
        }
    }
    (1.0, rest)
}

impl Unit {
    fn new(symbol: &str, dimension: Dimension, factor: (f64, f64)) -> Self {
        Self { symbol: symbol.to_owned(), dimension, factor }
    }

    fn parse(text: &str) -> Result<Self, QuantityError> {
        if text.is_empty() {
            return Ok(Self::new("", Dimension::Number, ONE));
        }
        let parts = text.split_once('/').or_else(|| text.split_once(" per "));
        let Some((over, under)) = parts else { return Self::simple(text) };
        let over = if over.trim().is_empty() { Self::parse("")? } else { Self::simple(over.trim())? };
        let under = Self::simple(under.trim())?;
        Ok(Self {
            symbol: format!("{}/{}", over.symbol, under.symbol),
            dimension: Dimension::Rate(Box::new(over.dimension), Box::new(under.dimension)),
            factor: (over.factor.0 * under.factor.1, over.factor.1 * under.factor.0),
        })
    }

    fn simple(text: &str) -> Result<Self, QuantityError> {
        if matches!(text, "%" | "percent" | "per cent") {
            return Ok(Self::new("%", Dimension::Share, (1.0, 100.0)));
        }
        if matches!(text, "m" | "M") {
            return Err(QuantityError::Unclear(text.to_owned()));
        }
        let lower = text.to_lowercase();
        let singular = |word: &str| word.len() > 3 && lower.strip_suffix('s') == Some(word);
        if let Some((_, factor)) = SECONDS.iter().find(|(names, _)| {
            names.iter().any(|n| {
                lower == *n
                    || singular(n)
                    || (lower == "hrs" && *n == "hr")
                    || (lower == "mins" && *n == "min")
                    || (lower == "secs" && *n == "sec")
            })
        }) {
            return Ok(Self::new(text, Dimension::Time, *factor));
        }
        if let Some((_, factor)) =
            BYTES.iter().find(|(names, _)| names.iter().any(|n| text == *n || (n.len() > 3 && singular(n))))
        {
            return Ok(Self::new(text, Dimension::Size, *factor));
        }
        if let Some((sign, code)) = CURRENCIES.iter().find(|(sign, _)| text == *sign) {
            return Ok(Self::new(sign, Dimension::Money((*code).to_owned()), ONE));
        }
        if CODES.contains(&text) {
            return Ok(Self::new(text, Dimension::Money(text.to_owned()), ONE));
        }
        let is_word = text.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '_'));
        if !is_word || !text.chars().any(char::is_alphabetic) {
            return Err(QuantityError::NoUnit(text.to_owned()));
        }
        let noun = lower.strip_suffix('s').filter(|n| n.len() > 1 && !n.ends_with('s')).unwrap_or(&lower);
        Ok(Self::new(text, Dimension::Count(noun.to_owned()), ONE))
    }

    /// The unit of a number that a currency sign stands in front of (`$3.40`, `$3.40/document`).
    fn of_money(mut self, code: &str) -> Option<Self> {
        let money = Dimension::Money(code.to_owned());
        self.dimension = match self.dimension {
            Dimension::Number => money,
            Dimension::Rate(over, under) if *over == Dimension::Number => Dimension::Rate(Box::new(money), under),
            Dimension::Money(other) if other == code => money,
            _ => return None,
        };
        self.symbol = format!("{code}{}", self.symbol.strip_prefix(code).unwrap_or(&self.symbol));
        Some(self)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Quantity;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a quantity such as `12 min`, `4.2%`, `$3.40` or `200`")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Quantity, E> {
                Quantity::parse(text).map_err(E::custom)
            }
            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Quantity, E> {
                self.visit_str(&number.to_string())
            }
            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Quantity, E> {
                self.visit_str(&number.to_string())
            }
            fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Quantity, E> {
                self.visit_str(&number.to_string())
            }
        }
        deserializer.deserialize_any(Text)
    }
}

/// As a fact: `{value, unit, text}`, the value in the base unit.
impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fact = serializer.serialize_struct("Quantity", 3)?;
        fact.serialize_field("value", &self.base())?;
        fact.serialize_field("unit", self.unit())?;
        fact.serialize_field("text", self.text())?;
        fact.end()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    fn base(text: &str) -> (f64, Dimension) {
        let quantity = Quantity::parse(text).unwrap();
        (quantity.base(), quantity.dimension().clone())
    }

    #[test]
    fn units_are_read_as_people_write_them() {
        assert_eq!(base("12 min"), (720.0, Dimension::Time));
        assert_eq!(base("12min"), (720.0, Dimension::Time));
        assert_eq!(base("1.5 h"), (5400.0, Dimension::Time));
        assert_eq!(base("2 hours"), (7200.0, Dimension::Time));
        assert_eq!(base("350 ms"), (0.35, Dimension::Time));
        assert_eq!(base("4.2%").1, Dimension::Share);
        assert!((base("4.2 %").0 - 0.042).abs() < 1e-12);
        assert_eq!(base("$3.40"), (3.4, Dimension::Money("USD".into())));
        assert_eq!(base("€1,200"), (1200.0, Dimension::Money("EUR".into())));
        assert_eq!(base("1,200,000.5"), (1_200_000.5, Dimension::Number));
        assert_eq!(base("340 USD"), (340.0, Dimension::Money("USD".into())));
        assert_eq!(base("$1.2M"), (1.2e6, Dimension::Money("USD".into())));
        assert_eq!(base("200"), (200.0, Dimension::Number));
        assert_eq!(base("-3"), (-3.0, Dimension::Number));
        assert_eq!(base("1e3"), (1000.0, Dimension::Number));
        assert_eq!(base("5 MB"), (5e6, Dimension::Size));
        assert_eq!(base("2 documents"), (2.0, Dimension::Count("document".into())));
        let rate = base("3.6 documents/hour");
        assert_eq!(rate.1, base("1 document per s").1);
        assert!((rate.0 - 0.001).abs() < 1e-12);
        assert_eq!(base("$3/document").1, base("4 $/document").1);
    }

    #[test]
    fn what_is_unclear_is_refused_with_a_reason() {
        assert_eq!(Quantity::parse(""), Err(QuantityError::Empty));
        assert!(matches!(Quantity::parse("fast"), Err(QuantityError::NoNumber(_))));
        assert!(matches!(Quantity::parse("1.200,5"), Err(QuantityError::Comma(_))));
        assert!(matches!(Quantity::parse("3,5"), Err(QuantityError::Comma(_))));
        assert!(matches!(Quantity::parse("1.2.3"), Err(QuantityError::NoNumber(_))));
        assert!(matches!(Quantity::parse("20 m"), Err(QuantityError::Unclear(_))));
        assert!(matches!(Quantity::parse("5 5"), Err(QuantityError::NoUnit(_))));
        assert!(matches!(Quantity::parse("5 <b>"), Err(QuantityError::NoUnit(_))));
        assert!(matches!(Quantity::parse("1e999"), Err(QuantityError::NotFinite(_))));
        assert!(matches!(Quantity::parse("$3 EUR"), Err(QuantityError::TwoCurrencies(_))));
    }

    #[test]
    fn only_one_dimension_converts() {
        let minutes = Quantity::parse("12 min").unwrap();
        assert_eq!(Quantity::parse("1.5 h").unwrap().in_unit_of(&minutes), Some(90.0));
        assert_eq!(Quantity::parse("$3").unwrap().in_unit_of(&minutes), None);
        assert_eq!(Quantity::parse("3").unwrap().in_unit_of(&Quantity::parse("3%").unwrap()), None);
    }

    proptest::proptest! {
        #[test]
        fn reading_never_panics(text in "\\PC{0,24}") {
            let _ = Quantity::parse(&text);
        }

        #[test]
        fn conversion_goes_there_and_back(number in 0.001f64..1e6) {
            let minutes = Quantity::parse(&format!("{number} min")).unwrap();
            let hours = minutes.in_unit_of(&Quantity::parse("1 h").unwrap()).unwrap();
            proptest::prop_assert!((hours * 60.0 - number).abs() <= number * 1e-12);
        }
    }
}
