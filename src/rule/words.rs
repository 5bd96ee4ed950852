//! Texts that people wrote enter; what rules ask about them leaves: how many words, whether they say something.

/// Words that stand where something should have been written.
const PLACEHOLDERS: &[&str] = &[
    "tbd",
    "tba",
    "tbc",
    "todo",
    "fixme",
    "xxx",
    "n/a",
    "na",
    "none",
    "nil",
    "null",
    "unknown",
    "pending",
    "later",
    "soon",
    "?",
    "placeholder",
    "things",
    "stuff",
    "something",
    "anything",
    "everything",
    "lorem ipsum",
    "to be defined",
    "to be determined",
    "to be decided",
    "to be confirmed",
    "in progress",
    "see slides",
    "see deck",
    "coming soon",
    "not yet",
    "various",
    "someone",
    "everyone",
    "yes",
    "no",
    "true",
    "ok",
    "done",
];

/// The number of words.
pub(super) fn count(text: &str) -> i64 {
    let words = text.split_whitespace().filter(|w| w.chars().any(char::is_alphanumeric)).count();
    i64::try_from(words).unwrap_or(i64::MAX)
}

/// Whether a text says something: two words or more, or one with a digit, a path or a proper name, and no placeholder.
pub(super) fn specific(text: &str) -> bool {
    let text = text.trim();
    let lower = text.trim_end_matches(['.', '!', '…']).to_lowercase();
    let marked = lower.is_empty()
        || PLACEHOLDERS.contains(&lower.as_str())
        || (lower.starts_with('<') && lower.ends_with('>'))
        || (lower.starts_with('[') && lower.ends_with(']'))
        || lower.split(|c: char| !c.is_alphanumeric()).any(|w| matches!(w, "tbd" | "todo" | "tba" | "fixme"))
        || !lower.chars().any(char::is_alphanumeric);
    if marked {
        return false;
    }
    // One plain word of some length names a thing: `litigation`.
    let long = text.chars().filter(|c| c.is_alphabetic()).count() >= 6;
    let proper = text.chars().next().is_some_and(char::is_uppercase);
    long || count(text) >= 2
        || proper
        || text.contains(['/', '.', '-', '_', '@', ':'])
        || text.chars().any(|c| c.is_ascii_digit())
}

/// Lower case, with everything that is no letter or digit as one blank.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            out.push(c);
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out.trim().to_owned()
}

/// Whether a text has a word (or a run of words), whatever the case and punctuation; the word may go on (`diagnos` is in
/// `Diagnosis`).
pub(super) fn mentions(text: &str, word: &str) -> bool {
    let (text, word) = (plain(text), plain(word));
    !word.is_empty() && (text.starts_with(&word) || text.contains(&format!(" {word}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_say_nothing() {
        for text in
            ["", "TBD", "tbd.", "todo", "<owner>", "[name]", "n/a", "???", "yes", "Owner: TBD", "later", "things"]
        {
            assert!(!specific(text), "{text}");
        }
        for text in [
            "kill switch in LaunchDarkly",
            "kubernetes-rollouts",
            "docs/x.md",
            "Vault",
            "p95 < 2 s",
            "redeploy the last tag",
        ] {
            assert!(specific(text), "{text}");
        }
    }

    #[test]
    fn mention_ignores_case_and_punctuation() {
        assert!(mentions("Fault_Injection: model-gateway", "model gateway"));
        assert!(mentions("Diagnosis", "diagnos"));
        assert!(!mentions("escalator", "scalat"));
        assert!(!mentions("anything", ""));
    }
}
