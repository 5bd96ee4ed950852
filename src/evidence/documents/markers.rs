//! A line of a document enters; how many template markers stand in it leaves.

/// Phrases that stand where something should have been written.
const PHRASES: &[&str] = &[
    "lorem ipsum",
    "to be defined",
    "to be determined",
    "to be decided",
    "to be completed",
    "to be filled in",
    "fill me in",
    "fill this in",
    "coming soon",
];

/// How the text between brackets begins when it asks the reader to write something.
const ASKS: &[&str] = &[
    "fill",
    "your",
    "insert",
    "enter",
    "describe",
    "replace",
    "todo",
    "tbd",
    "add your",
    "add the",
    "name",
    "date",
    "owner",
    "team",
    "project name",
    "system name",
    "company",
    "explain",
    "list the",
    "write",
    "placeholder",
    "yyyy",
];

/// The number of markers: `TODO`, `TBD`, `FIXME`, `<fill in>`, `[Your name]`, `{{ project }}`, lorem ipsum.
pub(super) fn count(line: &str) -> usize {
    let words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
    // `todo` in lower case is a word of many sentences, and the name of many programs.
    let shouted = words.filter(|word| matches!(*word, "TODO" | "TBD" | "TBA" | "FIXME" | "Tbd" | "tbd")).count();
    let lower = line.to_lowercase();
    let labelled = lower.matches("todo:").count().saturating_sub(line.matches("TODO:").count());
    let phrases = PHRASES.iter().filter(|phrase| lower.contains(**phrase)).count();
    shouted + labelled + phrases + asked(line, '<', '>') + asked(line, '[', ']') + braces(&lower)
}

/// Brackets whose content asks for something; a link is no such thing.
fn asked(line: &str, open: char, close: char) -> usize {
    let mut count = 0;
    let mut rest = line;
    while let Some((_, after)) = rest.split_once(open) {
        let Some((inside, next)) = after.split_once(close) else { break };
        let link = close == ']' && next.starts_with(['(', '[', ':']);
        // `TODO` inside was counted as a word.
        let counted = ["TODO", "TBD", "Tbd", "tbd"].iter().any(|word| inside.contains(word));
        count += usize::from(!link && !counted && is_question(inside.trim().to_lowercase().as_str(), close));
        rest = next;
    }
    count
}

fn is_question(inside: &str, close: char) -> bool {
    let asks = ASKS.iter().any(|word| {
        inside.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '-', '_', ':']))
    });
    // Attributes make an HTML tag; a list of names in brackets is data.
    asks && inside.len() <= 120 && !inside.contains('=') && (close == '>' || !inside.contains(','))
}

/// `{{ anything }}` that a template engine would have filled.
fn braces(line: &str) -> usize {
    line.split("{{").skip(1).filter(|after| after.contains("}}")).count()
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn markers_are_counted_and_sentences_are_not() {
        for marker in [
            "TODO: write this",
            "Owner: TBD",
            "FIXME later",
            "<fill in>",
            "Contact <your name>",
            "[Your team] runs it",
            "[Describe the system]",
            "{{ project_name }}",
            "Lorem ipsum dolor sit amet",
            "todo: limits",
            "Date: <date>",
        ] {
            assert_eq!(count(marker), 1, "{marker}");
        }
        for sentence in [
            "The todo app lists tasks.",
            "See [your dashboard](https://x.example).",
            "<details> and <br> and <img src=\"team.png\">",
            "mail <priya@acme.example>",
            "p95 < 2 s and error rate > 1%",
            "- [ ] rotate the keys",
            "- [x] done",
            "see [name][1]",
            "A list [team, owner]",
        ] {
            assert_eq!(count(sentence), 0, "{sentence}");
        }
        assert_eq!(count("TODO TBD [todo] [TBD]"), 4);
    }
}
