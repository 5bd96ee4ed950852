//! A number with its unit enters; how people write it leaves.

/// Four digits say as much as a measurement does; whole numbers are whole.
#[must_use]
pub fn plain(number: f64) -> String {
    if number == 0.0 || !number.is_finite() {
        return format!("{}", number + 0.0);
    }
    #[expect(clippy::cast_possible_truncation, reason = "a finite logarithm is small")]
    let whole = number.abs().log10().floor() as i32 + 1;
    let decimals = usize::try_from(4 - whole).unwrap_or(0).min(12);
    let text = format!("{number:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text };
    if text == "-0" { "0".to_owned() } else { text }
}

/// Whether a unit is a currency, or a currency for one of something.
fn is_money(unit: &str) -> bool {
    let code = unit.len() >= 3 && unit.as_bytes()[..3].iter().all(u8::is_ascii_uppercase);
    code && unit[3..].chars().next().is_none_or(|c| c == '/')
}

/// A number with its unit: `9.5 min`, `4.2%`, `3.40 USD`.
#[must_use]
pub fn with_unit(number: f64, unit: &str) -> String {
    let text = if is_money(unit) && number.abs() < 1000.0 { format!("{number:.2}") } else { plain(number) };
    match unit {
        "" => text,
        "%" => format!("{text}%"),
        unit => format!("{text} {unit}"),
    }
}

/// What changes a week, with its sign and three digits: more would be noise. A share moves by percentage points.
#[must_use]
pub fn rate(number: f64, unit: &str) -> String {
    let sign = if number > 0.0 { "+" } else { "" };
    let rounded =
        if number == 0.0 || is_money(unit) { number } else { format!("{number:.2e}").parse().unwrap_or(number) };
    let unit = if unit == "%" { "percentage points" } else { unit };
    format!("{sign}{}", with_unit(rounded, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_do() {
        let written: Vec<String> =
            [9.5, 0.0, -0.0, 12.0, 1234.5678, 0.012_345, 123_456.7, -3.0, 66.666_666].map(plain).into();
        assert_eq!(written, ["9.5", "0", "0", "12", "1235", "0.01235", "123457", "-3", "66.67"]);
        assert_eq!(with_unit(4.2, "%"), "4.2%");
        assert_eq!(with_unit(3.4, "USD"), "3.40 USD");
        assert_eq!(with_unit(0.8, "USD/document"), "0.80 USD/document");
        assert_eq!(with_unit(9.5, "min"), "9.5 min");
        assert_eq!(with_unit(200.0, ""), "200");
        assert_eq!(rate(-0.754_923, "min"), "-0.755 min");
        assert_eq!(rate(18.7353, "h"), "+18.7 h");
        assert_eq!(rate(-1.4, "%"), "-1.4 percentage points");
        assert_eq!((rate(0.0, "min"), rate(-0.0995, "USD")), ("0 min".to_owned(), "-0.10 USD".to_owned()));
    }
}
