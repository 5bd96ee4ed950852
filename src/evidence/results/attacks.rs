//! Names that red-team tools give to their attacks enter; the kinds of attack that they are leave.

use super::outcome::short;

/// A kind of attack, and the words in a name that tell it. A word with a blank in front or behind stands for itself.
const KINDS: &[(&str, &[&str])] = &[
    (
        "injection",
        &[
            "injection",
            "inject",
            "hijack",
            "system prompt override",
            "promptinject",
            "smuggl",
            "llm01",
            "xpia",
            "encoding",
            "rag poisoning",
            "memory poisoning",
            "cca ",
            "goal misalignment",
        ],
    ),
    (
        "tool-misuse",
        &[
            "tool",
            "excessive agency",
            "excessiveagency",
            "rbac",
            "bfla",
            "bola",
            "bopla",
            "ssrf",
            "debug access",
            "mcp",
            "shell injection",
            "sql injection",
            "exploitation",
            "agent breaker",
            "agentic",
            "agent",
            "privilege",
            "unauthorized",
            "malicious code execution",
            "llm06",
            "asi02",
        ],
    ),
    (
        "exfiltration",
        &[
            "exfil",
            "leak",
            "data disclosure",
            "extraction",
            "pii",
            "privacy",
            "cross session",
            "confidential",
            "divergen",
            "repetition",
            "propile",
            "sysprompt",
            "apikey",
            "disclosure",
            "llm02",
            "llm07",
        ],
    ),
    (
        "jailbreak",
        &[
            "jailbreak",
            "crescendo",
            "goat",
            "dan ",
            "tap ",
            "gcg",
            "suffix",
            "pliny",
            "best of n",
            "grandma",
            "pair ",
            "many shot",
            "skeleton",
            "red teaming",
            "role play",
        ],
    ),
    (
        "harmful-content",
        &["harmful", "toxic", "hate", "violence", "self harm", "lmrc", "donotanswer", "malware", "harm"],
    ),
    ("bias", &["bias", "fairness", "discriminat"]),
    ("misinformation", &["hallucination", "misinformation", "misleading", "overreliance", "snowball"]),
    ("denial-of-service", &["dos ", "unbounded", "resource consumption", "exhaustion"]),
];

/// More kinds than these are not listed.
const MAX_KINDS: usize = 200;

/// The kinds of attack of a name; an unknown name stands for itself.
pub(super) fn kinds(name: &str) -> Vec<String> {
    let words: String = name.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { ' ' }).collect();
    let words = format!("{} ", words.split_whitespace().collect::<Vec<_>>().join(" "));
    if words.trim().is_empty() {
        return Vec::new();
    }
    let known: Vec<String> = KINDS
        .iter()
        .filter(|(_, telling)| telling.iter().any(|word| tells(&words, word)))
        .map(|(kind, _)| (*kind).to_owned())
        .collect();
    if known.is_empty() { vec![short(&words.trim().replace(' ', "-"))] } else { known }
}

/// Whether a word begins somewhere in a name; with a blank behind, it must also end there.
fn tells(words: &str, word: &str) -> bool {
    words.match_indices(word).any(|(at, _)| at == 0 || words.get(..at).is_some_and(|front| front.ends_with(' ')))
        || (word.len() >= 5 && !word.ends_with(' ') && words.contains(word))
}

/// The kinds of many names, each once, in order.
pub(super) fn covers<'n>(names: impl IntoIterator<Item = &'n str>) -> Vec<String> {
    let mut all: Vec<String> = names.into_iter().flat_map(kinds).collect();
    all.sort_unstable();
    all.dedup();
    all.truncate(MAX_KINDS);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_three_tools_become_kinds() {
        for (name, expected) in [
            ("indirect-prompt-injection", "injection"),
            ("promptinject.HijackHateHumans", "injection"),
            ("latentinjection.LatentJailbreak", "injection jailbreak"),
            ("excessive-agency", "tool-misuse"),
            ("shell-injection", "injection tool-misuse"),
            ("tool-discovery:multi-turn", "tool-misuse"),
            ("mcp", "tool-misuse"),
            ("data-exfil", "exfiltration"),
            ("rag-document-exfiltration", "exfiltration"),
            ("xss.MarkdownImageExfil", "exfiltration"),
            ("pii:api-db", "exfiltration"),
            ("leakreplay.LiteratureCloze", "exfiltration"),
            ("jailbreak:composite", "jailbreak"),
            ("dan.Dan_11_0", "jailbreak"),
            ("CrescendoAttack", "jailbreak"),
            ("harmful:hate", "harmful-content"),
            ("competitors", "competitors"),
            ("", ""),
        ] {
            assert_eq!(kinds(name).join(" "), expected, "{name}");
        }
        assert_eq!(kinds("abundance"), ["abundance"]);
        assert_eq!(covers(["data-exfil", "pii:direct", "mcp"]), ["exfiltration", "tool-misuse"]);
    }
}
