//! A name enters; whether it stands for one person or for a group leaves, and whether two names are one.

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

/// Whether two names are written alike: the same but for case, blanks around them and the `@` of a handle.
#[must_use]
pub fn same_name(one: &str, other: &str) -> bool {
    let plain = |name: &str| name.trim().trim_start_matches('@').to_lowercase();
    plain(one) == plain(other)
}

/// Whether two names look alike to a reader, whatever characters they are written with.
#[must_use]
pub fn looks_like(one: &str, other: &str) -> bool {
    skeleton(one) == skeleton(other)
}

/// A character that has no business in a name and makes it look like another one: an invisible one, or a letter of another
/// script in the middle of a Latin word.
#[must_use]
pub fn disguise(name: &str) -> Option<char> {
    let invisible = |c: char| c.is_control() || is_invisible(c);
    let mixed = |word: &str| {
        let latin = word.chars().any(|c| c.is_ascii_alphabetic());
        word.chars().find(|c| latin && matches!(*c, '\u{370}'..='\u{52f}' | '\u{ff21}'..='\u{ff5a}'))
    };
    name.chars().find(|c| invisible(*c)).or_else(|| name.split_whitespace().find_map(mixed))
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Letters that look like a Latin one, after Unicode's table of confusable characters, as far as names use them.
const LOOKS: &[(&str, char)] = &[
    ("\u{430}\u{391}\u{3b1}\u{410}", 'a'),
    ("\u{392}\u{412}\u{432}", 'b'),
    ("\u{441}\u{421}\u{3f2}", 'c'),
    ("\u{501}", 'd'),
    ("\u{435}\u{415}\u{395}\u{451}\u{401}", 'e'),
    ("\u{397}\u{41d}\u{4bb}\u{43d}", 'h'),
    ("\u{456}\u{406}\u{399}\u{3b9}\u{457}\u{407}\u{131}\u{142}", 'i'),
    ("\u{458}\u{408}", 'j'),
    ("\u{39a}\u{3ba}\u{41a}\u{43a}", 'k'),
    ("\u{39c}\u{41c}\u{43c}", 'm'),
    ("\u{39d}", 'n'),
    ("\u{43e}\u{41e}\u{39f}\u{3bf}\u{3c3}", 'o'),
    ("\u{440}\u{420}\u{3a1}\u{3c1}", 'p'),
    ("\u{51b}", 'q'),
    ("\u{455}\u{405}", 's'),
    ("\u{3a4}\u{422}\u{442}\u{3c4}", 't'),
    ("\u{3c5}", 'u'),
    ("\u{3bd}\u{475}", 'v'),
    ("\u{51d}", 'w'),
    ("\u{445}\u{425}\u{3a7}\u{3c7}", 'x'),
    ("\u{443}\u{423}\u{3a5}\u{4af}", 'y'),
    ("\u{396}", 'z'),
];

/// What a name looks like: lower case, without marks over letters and invisible characters, with Latin letters for those of other
/// scripts that look the same.
fn skeleton(name: &str) -> String {
    let plain = |c: char| -> Option<char> {
        match c {
            '\u{300}'..='\u{36f}' => None,
            c if is_invisible(c) => None,
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0),
            'à'..='å' | 'À'..='Å' | 'ā' | 'ă' | 'ą' => Some('a'),
            'ç' | 'Ç' | 'ć' | 'č' | 'Č' => Some('c'),
            'è'..='ë' | 'È'..='Ë' | 'ē' | 'ę' | 'ě' => Some('e'),
            'ì'..='ï' | 'Ì'..='Ï' | 'ī' => Some('i'),
            'ñ' | 'Ñ' | 'ń' | 'ň' => Some('n'),
            'ò'..='ö' | 'Ò'..='Ö' | 'ø' | 'Ø' | 'ō' | 'ő' => Some('o'),
            'š' | 'Š' | 'ś' | 'ş' => Some('s'),
            'ù'..='ü' | 'Ù'..='Ü' | 'ū' | 'ů' | 'ű' => Some('u'),
            'ý' | 'ÿ' | 'Ý' => Some('y'),
            'ž' | 'ź' | 'ż' | 'Ž' => Some('z'),
            c => Some(LOOKS.iter().find(|(looks, _)| looks.contains(c)).map_or(c, |(_, latin)| *latin)),
        }
    };
    let text: String =
        name.trim().trim_start_matches('@').chars().filter_map(plain).flat_map(char::to_lowercase).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{disguise, is_group, looks_like, same_name};

    #[test]
    fn a_name_in_disguise_is_seen() {
        // A Cyrillic letter, a zero-width space, full-width letters, a combining mark.
        for other in
            ["\u{420}riya Raman", "Priya\u{200b} Raman", "\u{ff30}riya Raman", "priya  raman", "Pri\u{301}ya Raman"]
        {
            assert!(looks_like("Priya Raman", other), "{other}");
        }
        assert!(!looks_like("Priya Raman", "Priya Rana") && !same_name("Priya Raman", "\u{420}riya Raman"));
        assert_eq!(disguise("\u{420}riya Raman"), Some('\u{420}'));
        assert_eq!(disguise("Priya\u{200b} Raman"), Some('\u{200b}'));
        for honest in [
            "Priya Raman",
            "\u{418}\u{432}\u{430}\u{43d} \u{41f}\u{435}\u{442}\u{440}\u{43e}\u{432}",
            "\u{391}\u{3bd}\u{3bd}\u{3b1} Chen",
            "Zoë Müller",
        ] {
            assert_eq!(disguise(honest), None, "{honest}");
        }
    }

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
