//! The text of a JSON file enters, whole or torn; the keys of its two upper levels leave, so that a format is known by its content
//! and a torn file is known for what it was meant to be.

/// More keys than these are not kept.
const MAX_KEYS: usize = 400;

/// What a JSON text looks like from above.
#[derive(Debug, Default)]
pub(super) struct Outline {
    keys: Vec<String>,
    /// The top level is a list; the keys are those of its first element.
    pub(super) list: bool,
    /// The top level is a list with nothing in it.
    pub(super) empty: bool,
    /// Something follows after the first value: the file holds one value a line.
    pub(super) more: bool,
}

/// A list or a map that has begun and not ended.
struct Frame<'t> {
    list: bool,
    /// Which element of a list; from 0.
    index: usize,
    /// The next text in a map is a key.
    key_next: bool,
    key: Option<&'t str>,
}

impl Outline {
    /// The outline of a text; none when it does not begin as JSON.
    pub(super) fn of(text: &str) -> Option<Self> {
        let text = text.trim_start_matches('\u{feff}').trim_start();
        let list = match text.bytes().next()? {
            b'{' => false,
            b'[' => true,
            _ => return None,
        };
        let mut outline = Self { list, ..Self::default() };
        let mut stack: Vec<Frame<'_>> = Vec::new();
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' => {
                    let end = text_end(bytes, at + 1);
                    if let Some(top) = stack.last_mut()
                        && top.key_next
                    {
                        top.key_next = false;
                        top.key = text.get(at + 1..end);
                        outline.note(&stack);
                    }
                    at = end;
                }
                b'{' => stack.push(Frame { list: false, index: 0, key_next: true, key: None }),
                b'[' => stack.push(Frame { list: true, index: 0, key_next: false, key: None }),
                b',' => {
                    if let Some(top) = stack.last_mut() {
                        top.index += 1;
                        top.key_next = !top.list;
                    }
                }
                b'}' | b']' => {
                    stack.pop();
                    if stack.is_empty() {
                        outline.more = !text.get(at + 1..).unwrap_or_default().trim().is_empty();
                        break;
                    }
                }
                _ => {}
            }
            at += 1;
        }
        outline.empty = list && text.get(1..).is_some_and(|rest| rest.trim_start().starts_with(']'));
        Some(outline)
    }

    fn note(&mut self, stack: &[Frame<'_>]) {
        // Two maps, each perhaps in lists; what is deeper is most of a file and looked at no further.
        if stack.len() > 6 {
            return;
        }
        let in_first = stack.iter().all(|frame| !frame.list || frame.index == 0);
        let maps = stack.iter().filter(|frame| !frame.list).count();
        if in_first && maps <= 2 && self.keys.len() < MAX_KEYS {
            let path: Vec<&str> = stack.iter().filter_map(|frame| frame.key).collect();
            self.keys.push(path.join("."));
        }
    }

    /// Whether a key is there: `a`, or `a.b` for the second level. Lists on the way are looked through at their first element.
    pub(super) fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|k| k == key)
    }

    /// Whether all of these keys are there.
    pub(super) fn all(&self, keys: &[&str]) -> bool {
        keys.iter().all(|key| self.has(key))
    }

    /// Whether one of these keys is there.
    pub(super) fn any(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.has(key))
    }

    /// All keys that were seen.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(String::as_str)
    }

    /// The keys of the top level.
    pub(super) fn top(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(String::as_str).filter(|key| !key.contains('.'))
    }
}

/// The index of the quotation mark that ends a text which begins at `at`, or the end of the bytes.
fn text_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    #[test]
    fn two_levels_of_keys_are_seen_through_lists() {
        let outline =
            Outline::of(r#" {"a": {"b": {"c": 1}, "d": "e\"}{"}, "f": [{"g": 1}, {"h": 2}], "i": []} "#).unwrap();
        assert!(outline.all(&["a", "a.b", "a.d", "f", "f.g", "i"]));
        assert!(!outline.any(&["a.b.c", "f.h", "e", "g"]));
        assert_eq!(outline.top().collect::<Vec<_>>(), ["a", "f", "i"]);
        assert!(!outline.more && !outline.list);
        let list = Outline::of("\u{feff}[{\"RuleID\": 1}, {\"x\": 2}]").unwrap();
        assert!(list.list && !list.empty && list.has("RuleID") && !list.has("x"));
        assert!(Outline::of("[ \n]").unwrap().empty);
        assert!(Outline::of("{\"a\":1}\n{\"a\":2}\n").unwrap().more);
    }

    #[test]
    fn a_torn_text_still_has_an_outline() {
        let outline = Outline::of(r#"{"metrics": {"http_reqs": {"count": 12, "ra"#).unwrap();
        assert!(outline.has("metrics.http_reqs"));
        assert!(Outline::of("{\"a\": \"\\").unwrap().has("a"));
        assert!(Outline::of("]}]}").is_none());
        assert!(Outline::of("{}}}}{{[[").is_some());
        assert!(Outline::of("").is_none());
        assert!(Outline::of("plain text").is_none());
    }
}
