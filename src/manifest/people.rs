//! A name enters; whether it stands for one person or for a group leaves.

/// Words that a group's name ends or begins with.
const GROUP_WORDS: &[&str] = &[
    "team",
    "teams",
    "committee",
    "board",
    "council",
    "group",
    "department",
    "dept",
    "office",
    "squad",
    "guild",
    "everyone",
    "all",
    "crew",
    "chapter",
    "unit",
    "staff",
    "engineering",
    "leadership",
    "management",
    "developers",
    "stakeholders",
];

/// Whether a name or handle stands for several people: `@org/team`, a mailing list, `AI committee`, `Ann and Bob`.
#[must_use]
pub fn is_group(name: &str) -> bool {
    let lower = name.trim().to_lowercase();
    if let Some(handle) = lower.strip_prefix('@') {
        return handle.contains('/');
    }
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    lower.contains([',', ';', '&', '+', '/']) || words.contains(&"and") || words.iter().any(|w| GROUP_WORDS.contains(w))
}

#[cfg(test)]
mod tests {
    use super::is_group;

    #[test]
    fn groups_are_told_from_people() {
        for group in
            ["@acme/ml-team", "AI steering committee", "Ann and Bob", "Ann, Bob", "ml-team@acme.example", "the AI team"]
        {
            assert!(is_group(group), "{group}");
        }
        for person in ["Priya Raman", "@praman", "J. Chen", "Anders Boardman", "priya@acme.example", "Alexandra"] {
            assert!(!is_group(person), "{person}");
        }
    }
}
