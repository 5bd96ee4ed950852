//! File names and contents enter; items of evidence of the 28 kinds leave.
//!
//! What counts for a kind is data (`signals/*.yaml`): where to look, what must and must not be there, how much of it. One pass goes
//! over the files; a file is opened only when its path leaves a signal possible, and read once for all of them. Only formats that
//! must be understood are code (`formats`).

mod catalog;
mod formats;
mod needles;
mod notebook;
mod pattern;
mod pipeline;
mod place;
mod scores;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use rayon::prelude::*;

use self::catalog::{Catalog, Part, Signal, catalog};
use self::formats::{Around, Proven};
use self::notebook::Notebook;
use self::pattern::{Hits, Text, Wanted, line_around, quote};
use self::place::{Class, Place, Role, place};
use super::literals::Literals;
use super::tree::File;
use super::{Family, Found, Item, Proof, View};
use crate::diagnostic::{Code, Diagnostic};
use crate::fact::Origin;

/// This family.
pub(super) const FAMILY: Family = Family { name: "signals", provides: &[], collect };

/// A file that is larger is not looked into, in bytes; notebooks carry pictures and may be as large as the tree reads.
const MAX_TEXT: u64 = 1024 * 1024;
/// A line that is longer is not written by a person, in bytes.
const MAX_WRITTEN_LINE: usize = 4000;
/// More items of one kind than these are not listed.
const MAX_ITEMS: usize = 200;
/// More findings than these are not quoted in one reason.
const MAX_QUOTES: usize = 4;

/// What is looked for when a kind is not found, in one sentence; empty for an unknown kind.
#[must_use]
pub fn looked_for(kind: &str) -> &'static str {
    catalog().ok().and_then(|catalog| catalog.looked_for(kind)).unwrap_or_default()
}

fn collect(view: &View<'_>) -> Found {
    let catalog = match catalog() {
        Ok(catalog) => catalog,
        Err(why) => {
            let diagnostics =
                vec![Diagnostic::error(Code::Checklist, format!("the built-in signals cannot be used: {why}"))];
            return Found { diagnostics, ..Found::default() };
        }
    };
    let files = view.tree.files();
    let paths: Vec<(String, Place)> = files
        .par_iter()
        .map(|file| {
            let path = format!("/{}", file.path.to_ascii_lowercase());
            let at = place(&path);
            (path, at)
        })
        .collect();
    let examples_are_the_system = mostly_examples(&paths);
    let around = Around { tree: view.tree };
    let (all_paths, lookouts) = (catalog.paths.all(), Lookouts::default());
    let scan = || Scan {
        catalog,
        around,
        all_paths: &all_paths,
        lookouts: &lookouts,
        in_path: Hits::default(),
        in_text: Hits::default(),
        examples_are_the_system,
    };
    let items: Vec<(Item, bool)> = files
        .par_iter()
        .zip(&paths)
        .map_init(scan, |scan, (file, (path, at))| scan.file(file, path, *at))
        .flatten()
        .collect();
    Found { items: choose(items), ..Found::default() }
}

/// Whether a repository is a collection of examples; then they are the system.
fn mostly_examples(paths: &[(String, Place)]) -> bool {
    let mut counts = (0usize, 0usize);
    for (_, place) in paths {
        match (place.class, place.role) {
            (Class::Code | Class::Notebook, Role::Example) => counts.0 += 1,
            (Class::Code | Class::Notebook, Role::Own) => counts.1 += 1,
            _ => {}
        }
    }
    counts.0 > counts.1 * 2
}

/// Leaves weak items out that stand alone, keeps one item a file and kind, and the best of each kind.
fn choose(mut items: Vec<(Item, bool)>) -> Vec<Item> {
    items.sort_by(|(a, _), (b, _)| {
        (a.kind, std::cmp::Reverse(a.rank), &a.origin.path).cmp(&(b.kind, std::cmp::Reverse(b.rank), &b.origin.path))
    });
    let mut seen = std::collections::HashSet::new();
    items.retain(|(item, _)| seen.insert((item.kind, item.origin.path.clone())));
    let mut strength: HashMap<&str, usize> = HashMap::new();
    for (item, weak) in &items {
        *strength.entry(item.kind).or_default() += if *weak { 1 } else { 2 };
    }
    let mut counts: HashMap<&str, usize> = HashMap::new();
    items
        .into_iter()
        .map(|(item, _)| item)
        .filter(|item| strength.get(item.kind).is_some_and(|s| *s >= 2))
        .filter(|item| {
            let count = counts.entry(item.kind).or_default();
            *count += 1;
            *count <= MAX_ITEMS
        })
        .collect()
}

/// One thread's pass.
struct Scan<'a> {
    catalog: &'a Catalog,
    around: Around<'a>,
    all_paths: &'a Wanted,
    lookouts: &'a Lookouts,
    in_path: Hits,
    in_text: Hits,
    examples_are_the_system: bool,
}

/// What is looked for in texts, made once for all files that the same signals look at.
#[derive(Default)]
struct Lookouts(Mutex<HashMap<Asked, Arc<Wanted>>>);

/// The numbers of signals, and the part of a notebook that they look at.
type Asked = (Vec<usize>, Option<Part>);

impl Lookouts {
    fn of(&self, catalog: &Catalog, candidates: &[(usize, &Signal)], part: Option<Part>) -> Arc<Wanted> {
        let make = || {
            let of_part = candidates.iter().filter(|(_, signal)| part.is_none_or(|part| part == signal.part));
            Arc::new(catalog.texts.wanted(of_part.flat_map(|(_, signal)| signal.text_patterns())))
        };
        let numbers = candidates.iter().map(|(number, _)| *number).collect();
        match self.0.lock() {
            Ok(mut known) => Arc::clone(known.entry((numbers, part)).or_insert_with(make)),
            // Another thread has failed; this one need not.
            Err(_) => make(),
        }
    }
}

/// The text of a file as the signals see it.
struct Seen<'t> {
    /// The file as it is.
    raw: &'t str,
    /// The part that is looked at.
    text: &'t str,
    /// How lines of it are read.
    what: Text,
}

impl Scan<'_> {
    /// A file, its path with `/` first and in lower case, and its place.
    fn file(&mut self, file: &File, path: &str, mut at: Place) -> Vec<(Item, bool)> {
        self.around.tree.progress.add_looked_at();
        if at.role == Role::Vendored || file.size == 0 {
            return Vec::new();
        }
        if at.role == Role::Example && self.examples_are_the_system {
            at.role = Role::Own;
        }
        self.catalog.paths.find(path, Text::Path, self.all_paths, &mut self.in_path);
        let candidates: Vec<(usize, &Signal)> =
            self.catalog.of_class(at.class).filter(|(_, signal)| self.possible(signal, at)).collect();
        let mut found: Vec<(Item, bool)> = candidates
            .iter()
            .filter(|(_, signal)| signal.by_path())
            .map(|(_, signal)| (item(signal, file, at, None, Vec::new(), 0), signal.weak))
            .collect();
        let limit = if at.class == Class::Notebook { super::tree::MAX_FILE } else { MAX_TEXT };
        if candidates.iter().all(|(_, signal)| signal.by_path()) || at.class == Class::Binary {
            return found;
        }
        if file.size > limit {
            // Large data and generated code are no news; a page that nobody looks into is.
            if at.class == Class::Docs {
                self.around.tree.note_too_large(file);
            }
            return found;
        }
        let Some(text) = self.around.tree.text(file) else { return found };
        if at.class == Class::Notebook {
            let Some(notebook) = Notebook::read(&text) else { return found };
            for (part, own) in [
                (Part::Code, notebook.code.as_str()),
                (Part::Outputs, notebook.outputs.as_str()),
                (Part::Prose, notebook.prose.as_str()),
            ] {
                let what = if part == Part::Prose { Text::Prose } else { Text::Code };
                let seen = Seen { raw: &text, text: own, what };
                found.extend(self.text(file, at, &candidates, &seen, Some(part)));
            }
            return found;
        }
        if !written_by_people(at.class, &text) {
            return found;
        }
        let what = if matches!(at.class, Class::Docs | Class::View) { Text::Prose } else { Text::Code };
        found.extend(self.text(file, at, &candidates, &Seen { raw: &text, text: &text, what }, None));
        found
    }

    /// Whether a signal that looks at the file's class is possible by the path.
    fn possible(&self, signal: &Signal, at: Place) -> bool {
        let hit = |ids: &[pattern::Id]| ids.iter().any(|id| self.in_path.get(*id).is_some());
        signal.roles.contains(&at.role)
            && (signal.path.is_empty() || hit(&signal.path))
            && (signal.and_path.is_empty() || hit(&signal.and_path))
            && !hit(&signal.not_path)
    }

    fn text(
        &mut self,
        file: &File,
        at: Place,
        candidates: &[(usize, &Signal)],
        seen: &Seen<'_>,
        part: Option<Part>,
    ) -> Vec<(Item, bool)> {
        let wanted = self.lookouts.of(self.catalog, candidates, part);
        self.catalog.texts.find(seen.text, seen.what, &wanted, &mut self.in_text);
        candidates
            .iter()
            .filter(|(_, signal)| !signal.by_path() && part.is_none_or(|part| part == signal.part))
            .filter_map(|(_, signal)| self.signal(signal, file, at, seen).map(|item| (item, signal.weak)))
            .collect()
    }

    fn signal(&self, signal: &Signal, file: &File, at: Place, seen: &Seen<'_>) -> Option<Item> {
        if signal.none.iter().any(|id| self.in_text.get(*id).is_some()) {
            return None;
        }
        let mut hits = Vec::new();
        for group in &signal.all {
            let word = group.iter().find(|word| self.in_text.get(word.id).is_some())?;
            hits.extend(self.in_text.get(word.id).map(|hit| (hit, word.heading)));
        }
        let any: Vec<_> =
            signal.any.iter().filter_map(|word| self.in_text.get(word.id).map(|hit| (hit, word.heading))).collect();
        let places: std::collections::BTreeSet<usize> = any.iter().map(|(hit, _)| hit.start).collect();
        if !signal.any.is_empty()
            && (places.len() < signal.at_least || any.iter().map(|(hit, _)| hit.count).sum::<u32>() < signal.times)
        {
            return None;
        }
        hits.extend(any);
        if signal.min_words > 0 && !has_substance(seen.text, signal.min_words) {
            return None;
        }
        let Proven { line, said, bonus } = match signal.format {
            None => Proven::default(),
            Some(format) => formats::read(format, &self.around, file, seen.text)?,
        };
        hits.sort_by_key(|(hit, _)| hit.start);
        let mut said = said;
        for (hit, as_heading) in &hits {
            let quoted = quote(seen.text, *hit, *as_heading);
            if said.len() < MAX_QUOTES && !quoted.is_empty() && !said.iter().any(|s| s.eq_ignore_ascii_case(&quoted)) {
                said.push(quoted);
            }
        }
        let line = line.or_else(|| hits.first().and_then(|(hit, _)| line_of(seen, hit.start))).or(Some(1));
        let often: u32 = hits.iter().map(|(hit, _)| hit.count.min(5)).sum();
        Some(item(signal, file, at, line, said, bonus + often.min(20)))
    }
}

fn item(signal: &Signal, file: &File, at: Place, line: Option<usize>, said: Vec<String>, bonus: u32) -> Item {
    let depth = u32::try_from(file.path.matches('/').count().min(8)).unwrap_or(8);
    let penalty = depth
        + match at.role {
            Role::Example | Role::Fixture | Role::Data => 150,
            Role::Test if signal.kind != "unit-tests" => 60,
            Role::Test | Role::Own | Role::Vendored => 0,
        };
    let because =
        if said.is_empty() { signal.because.clone() } else { format!("{}: {}", signal.because, said.join(", ")) };
    Item {
        kind: signal.kind,
        origin: Origin::detected(file.path.clone(), line.or(Some(1))),
        level: Proof::Documented,
        rank: (200 + signal.rank * 10 + bonus).saturating_sub(penalty),
        date: None,
        because,
    }
}

/// The line of a place in the file; the parts of a notebook are looked up in the file as it is.
fn line_of(seen: &Seen<'_>, at: usize) -> Option<usize> {
    let count = |text: &str, at: usize| text.get(..at).map(|before| before.matches('\n').count() + 1);
    if seen.raw.len() == seen.text.len() {
        return count(seen.text, at);
    }
    let (_, line) = line_around(seen.text, at);
    let encoded = serde_json::to_string(line.trim_end()).ok()?;
    let inner = encoded.trim_matches('"');
    seen.raw.find(inner).and_then(|at| count(seen.raw, at))
}

/// Whether a text is more than a title and a sentence, and not a template that nobody has filled in.
pub(super) fn has_substance(text: &str, min_words: usize) -> bool {
    let mut words = 0usize;
    let mut ideographs = 0usize;
    for word in text.split_whitespace() {
        if word.chars().any(char::is_alphabetic) && !word.contains("://") {
            words += 1;
            if !word.is_ascii() {
                ideographs +=
                    word.chars().filter(|c| matches!(u32::from(*c), 0x3040..=0x9fff | 0xac00..=0xd7a3)).count();
            }
        }
    }
    // Chinese, Japanese and Korean text has few spaces; two characters say about as much as one word.
    let words = words + ideographs / 2;
    words >= min_words && words >= unfilled(text) * 20
}

/// How many places of a text wait to be filled in.
fn unfilled(text: &str) -> usize {
    const MARKS: &[&str] = &[
        "TODO",
        "TBD",
        "FIXME",
        "XXX",
        "lorem ipsum",
        "Lorem ipsum",
        "[Insert",
        "[insert",
        "[Your ",
        "[your ",
        "<your ",
        "<Your ",
        "[Describe",
        "[describe",
        "<insert",
        "<describe",
        "[To be ",
        "(to be completed",
        "[Name",
        "<name>",
        "[fill",
        "_Fill",
        "[Add ",
        "YYYY-MM-DD",
    ];
    MARKS.iter().map(|mark| text.matches(mark).count()).sum()
}

/// Whether a file is neither minified nor generated.
fn written_by_people(class: Class, text: &str) -> bool {
    if !matches!(class, Class::Code | Class::View | Class::Infra) {
        return true;
    }
    static GENERATED: Literals = Literals::new(&[&[
        "@generated",
        "Code generated by",
        "DO NOT EDIT",
        "auto-generated by",
        "autogenerated by",
        "Generated by the protocol",
    ]]);
    // The first 600 characters.
    let head = match text.get(..600).filter(|head| head.is_ascii()) {
        Some(head) => head,
        None => text.char_indices().nth(600).and_then(|(end, _)| text.get(..end)).unwrap_or(text),
    };
    !GENERATED.any_in(head)
        && !text.get(..text.len().min(64 * 1024)).unwrap_or(text).split('\n').any(|line| line.len() > MAX_WRITTEN_LINE)
}

#[cfg(test)]
mod tests;
