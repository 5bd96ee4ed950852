//! Names and sentences enter; the words and identifiers in them leave.

/// The words of a name or expression, lower case: `IntakeLatencyP95` and `intake_latency_p95` both have three.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut before = ' ';
    let chars: Vec<char> = text.chars().collect();
    for (index, c) in chars.iter().copied().enumerate() {
        let next_is_lower = chars.get(index + 1).is_some_and(|next| next.is_lowercase());
        let hump = c.is_uppercase()
            && (before.is_lowercase() || before.is_ascii_digit() || (before.is_uppercase() && next_is_lower));
        if (!c.is_alphanumeric() || hump) && !word.is_empty() {
            found.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    if !word.is_empty() {
        found.push(word);
    }
    found
}

/// A text as words joined by `_`, for a search of one name in another.
pub(super) fn joined(text: &str) -> String {
    words(text).join("_")
}

/// The identifiers in a sentence, of the clearest kind that it has: in backticks or quotes, with `_`, else in capitals, in
/// humps, or with `-`.
pub(super) fn identifiers(sentence: &str) -> Vec<String> {
    let mut quoted = Vec::new();
    for mark in ['`', '"', '\''] {
        let inside = sentence.split(mark).skip(1).step_by(2);
        quoted.extend(
            inside
                .filter(|word| word.len() >= 3 && word.len() <= 80 && !word.contains(char::is_whitespace))
                .map(str::to_owned),
        );
    }
    if !quoted.is_empty() {
        return quoted;
    }
    let words: Vec<&str> = sentence
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')))
        .map(|word| word.trim_matches(['-', '.', '_']))
        .filter(|word| word.len() >= 3)
        .collect();
    let those = |is: &dyn Fn(&str) -> bool| {
        words.iter().copied().filter(|word| is(word)).map(str::to_owned).collect::<Vec<_>>()
    };
    let snake = those(&|word| word.contains('_'));
    if !snake.is_empty() {
        return snake;
    }
    those(&|word| {
        let letters = word.chars().filter(|c| c.is_alphabetic()).count();
        let capitals = word.chars().filter(|c| c.is_uppercase()).count();
        let humps = word.chars().zip(word.chars().skip(1)).any(|(a, b)| a.is_lowercase() && b.is_uppercase());
        word.contains('-') || humps || (capitals == letters && letters >= 4)
    })
}

/// Whether a word stands in a text by itself, not inside a longer identifier.
pub(super) fn has_word(text: &str, word: &str) -> bool {
    if word.is_empty() {
        return false;
    }
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|t| t.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// The line (from 1) of a byte offset.
pub(super) fn line_at(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|b| **b == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        assert_eq!(words("IntakeHTTPLatencyP95High"), ["intake", "http", "latency", "p95", "high"]);
        assert_eq!(words("rate(llm_cost_usd_total[1h])"), ["rate", "llm", "cost", "usd", "total", "1h"]);
        assert_eq!(joined("p95 latency"), "p95_latency");
    }

    #[test]
    fn identifiers_are_found_in_sentences() {
        assert_eq!(identifiers("INTAKE_ENABLED flag"), ["INTAKE_ENABLED"]);
        assert_eq!(identifiers("intake-kill-switch"), ["intake-kill-switch"]);
        assert_eq!(identifiers("the flag `stop.all` in the SDK of the vendor"), ["stop.all"]);
        assert_eq!(identifiers("JSON schema (posting_schema)"), ["posting_schema"]);
        assert_eq!(identifiers("We can turn it off"), [] as [&str; 0]);
        assert_eq!(identifiers("the OutputGuard checks it"), ["OutputGuard"]);
    }

    #[test]
    fn words_are_told_from_parts_of_words() {
        assert!(has_word("x = invoice.load()", "invoice") && !has_word("invoices", "invoice") && !has_word("", ""));
    }
}
