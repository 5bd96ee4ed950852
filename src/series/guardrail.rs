//! The limit of a guardrail as people write it enters (`5%`, `error rate at most 5%`); a bound that numbers can cross leaves.

use crate::manifest::model::Direction;
use crate::quantity::Quantity;

/// A bound.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// The quantity.
    pub limit: Quantity,
    /// Values above it are breaches; else those below.
    pub upper: bool,
}

const AT_MOST: &[&str] =
    &["at most", "no more than", "not more than", "up to", "below", "under", "less than", "maximum", "max", "≤", "<"];
const AT_LEAST: &[&str] =
    &["at least", "no less than", "not less than", "above", "over", "more than", "minimum", "≥", ">"];

impl Bound {
    /// Reads a limit. Without a word that says which side is meant, it bounds the side away from where the metric should go.
    #[must_use]
    pub fn parse(text: &str, direction: Option<Direction>) -> Option<Self> {
        let limit = quantity(text)?;
        // Words count as a whole: `overridden` is not `over`.
        let spaced: String = text
            .to_lowercase()
            .chars()
            .flat_map(|c| if matches!(c, '<' | '>' | '≤' | '≥') { vec![' ', c, ' '] } else { vec![c] })
            .collect::<String>();
        let spaced = format!(" {} ", spaced.split_whitespace().collect::<Vec<_>>().join(" "));
        let at = |words: &[&str]| words.iter().filter_map(|word| spaced.find(&format!(" {word} "))).min();
        let upper = match (at(AT_MOST), at(AT_LEAST)) {
            // `no more than` also holds `more than`: what begins first is meant.
            (Some(most), Some(least)) => most <= least,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => direction != Some(Direction::Increase),
        };
        Some(Self { limit, upper })
    }

    /// Whether a value, in the limit's unit, crosses it.
    #[must_use]
    pub fn is_crossed(&self, value: f64) -> bool {
        if self.upper { value > self.limit.number() } else { value < self.limit.number() }
    }
}

/// The first quantity in a text.
fn quantity(text: &str) -> Option<Quantity> {
    if let Ok(whole) = Quantity::parse(text) {
        return Some(whole);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    words.iter().enumerate().find_map(|(i, word)| {
        let word = word.trim_start_matches(['≤', '≥', '<', '>', '=', '(']).trim_end_matches(['.', ',', ';', ')']);
        let alone = Quantity::parse(word).ok()?;
        let next = words.get(i + 1).map(|unit| unit.trim_end_matches(['.', ',', ';', ')']));
        // `5 min` is a time; `8% of closed tickets` and `3 of ten` are not counts of `of`.
        let with = next.and_then(|unit| Quantity::parse(&format!("{word} {unit}")).ok());
        Some(with.filter(|with| alone.unit().is_empty() && with.dimension().is_measure()).unwrap_or(alone))
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_as_people_write_them() {
        for (text, direction, limit, upper) in [
            ("5%", Some(Direction::Decrease), "5%", true),
            ("95%", Some(Direction::Increase), "95%", false),
            ("error rate at most 5%", None, "5%", true),
            ("8% of closed tickets opened again within 24 hours", None, "8%", true),
            ("no more than 20 min a case", Some(Direction::Increase), "20 min", true),
            ("satisfaction of at least 4.2", None, "4.2", false),
            (">= 90%", None, "90%", false),
            ("<5%", None, "5%", true),
            ("overridden drafts: 10%", Some(Direction::Decrease), "10%", true),
        ] {
            let bound = Bound::parse(text, direction).unwrap();
            assert_eq!((bound.limit.text(), bound.upper), (limit, upper), "{text}");
        }
        assert_eq!(Bound::parse("quality must not suffer", None), None);
        let bound = Bound::parse("at most 5%", None).unwrap();
        assert!(bound.is_crossed(5.1) && !bound.is_crossed(5.0));
    }
}
