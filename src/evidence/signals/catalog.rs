//! `signals/*.yaml` enters; the compiled signals of every kind leave, together with the two matchers that find their patterns.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::formats::Format;
use super::pattern::{Builder, Id, Matcher};
use super::place::{Class, Role};
use crate::kinds::KINDS;

/// The files of `signals/`, by area, each as its path and its kinds; `build.rs` has read them.
const FILES: &str = include_str!(concat!(env!("OUT_DIR"), "/signals.json"));

/// One way to recognize a kind, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// Why it counts; the words that were found are put behind it.
    because: String,
    /// The classes of files that are looked at.
    #[serde(rename = "in")]
    classes: Vec<Class>,
    /// Roles of files that are looked at besides the system's own.
    #[serde(default)]
    also: Vec<Role>,
    /// One of these must be in the path.
    #[serde(default)]
    path: Vec<String>,
    /// One of these must be in the path too.
    #[serde(default)]
    and_path: Vec<String>,
    /// None of these may be in the path.
    #[serde(default)]
    not_path: Vec<String>,
    /// One pattern of every group must be in the text.
    #[serde(default)]
    all: Vec<Vec<String>>,
    /// `at_least` of these must be in the text.
    #[serde(default)]
    any: Vec<String>,
    #[serde(default = "one")]
    at_least: usize,
    /// How often `any` must be found, all patterns together.
    #[serde(default)]
    times: u32,
    /// None of these may be in the text.
    #[serde(default)]
    none: Vec<String>,
    /// Words that the text must have.
    #[serde(default)]
    min_words: usize,
    /// A format that must be read.
    #[serde(default)]
    format: Option<Format>,
    /// Which part of a notebook is looked at.
    #[serde(default)]
    part: Part,
    /// How good it is among the kind's signals, 1 to 100.
    rank: u32,
    /// Whether one file alone is not enough.
    #[serde(default)]
    weak: bool,
}

fn one() -> usize {
    1
}

/// A part of a notebook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Part {
    /// Its program text.
    #[default]
    Code,
    /// What it printed.
    Outputs,
    /// Its prose.
    Prose,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenKind {
    looked_for: String,
    signals: Vec<Written>,
}

/// One way to recognize a kind.
#[derive(Debug)]
pub(super) struct Signal {
    pub(super) kind: &'static str,
    pub(super) because: String,
    pub(super) classes: Vec<Class>,
    pub(super) roles: Vec<Role>,
    pub(super) path: Vec<Id>,
    pub(super) and_path: Vec<Id>,
    pub(super) not_path: Vec<Id>,
    pub(super) all: Vec<Vec<Word>>,
    pub(super) any: Vec<Word>,
    pub(super) at_least: usize,
    pub(super) times: u32,
    pub(super) none: Vec<Id>,
    pub(super) min_words: usize,
    pub(super) format: Option<Format>,
    pub(super) part: Part,
    pub(super) rank: u32,
    pub(super) weak: bool,
}

/// A pattern of a text, and whether it is a heading that is quoted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word {
    pub(super) id: Id,
    pub(super) heading: bool,
}

impl Signal {
    /// The patterns that it looks for in texts.
    pub(super) fn text_patterns(&self) -> impl Iterator<Item = Id> {
        let all = self.all.iter().flatten().chain(&self.any).map(|word| word.id);
        all.chain(self.none.iter().copied())
    }

    /// Whether the path alone decides.
    pub(super) fn by_path(&self) -> bool {
        self.all.is_empty()
            && self.any.is_empty()
            && self.none.is_empty()
            && self.min_words == 0
            && self.format.is_none()
    }
}

/// Everything that `signals/` says.
#[derive(Debug)]
pub(super) struct Catalog {
    pub(super) signals: Vec<Signal>,
    /// For each class, the numbers of the signals that look at it.
    by_class: [Vec<usize>; Class::COUNT],
    pub(super) paths: Matcher,
    pub(super) texts: Matcher,
    looked_for: BTreeMap<&'static str, String>,
}

impl Catalog {
    /// The signals that look at files of a class, by their numbers.
    pub(super) fn of_class(&self, class: Class) -> impl Iterator<Item = (usize, &Signal)> {
        let numbers = self.by_class.get(class as usize).into_iter().flatten();
        numbers.filter_map(|number| Some((*number, self.signals.get(*number)?)))
    }

    /// What was looked for.
    pub(super) fn looked_for(&self, kind: &str) -> Option<&str> {
        self.looked_for.get(kind).map(String::as_str)
    }
}

static CATALOG: LazyLock<Result<Catalog, String>> = LazyLock::new(|| compile().map(|(catalog, _)| catalog));

/// The compiled signals.
///
/// # Errors
/// What is wrong with the data; a test makes sure that nothing is.
pub(super) fn catalog() -> Result<&'static Catalog, &'static str> {
    CATALOG.as_ref().map_err(String::as_str)
}

/// Reads and compiles the data; the second value lists regular expressions that cannot be compiled, in tests.
fn compile() -> Result<(Catalog, Vec<String>), String> {
    let mut paths = Builder::default();
    let mut texts = Builder::default();
    let mut signals = Vec::new();
    let mut looked_for = BTreeMap::new();
    for (name, kinds) in read()? {
        for (id, written) in kinds {
            let kind = KINDS.iter().find(|k| k.id == id).ok_or_else(|| format!("{name}: no kind is called {id}"))?;
            if looked_for.insert(kind.id, written.looked_for).is_some() {
                return Err(format!("{name}: {id} stands twice"));
            }
            for signal in written.signals {
                signals.push(signal.compile(kind.id, &mut paths, &mut texts));
            }
        }
    }
    if let Some(kind) = KINDS.iter().find(|kind| !looked_for.contains_key(kind.id)) {
        return Err(format!("no signals for {}", kind.id));
    }
    #[cfg(test)]
    let broken = [paths.broken(), texts.broken()].concat();
    #[cfg(not(test))]
    let broken = Vec::new();
    let mut by_class: [Vec<usize>; Class::COUNT] = Default::default();
    for (number, signal) in signals.iter().enumerate() {
        for class in &signal.classes {
            let numbers = by_class.get_mut(*class as usize).filter(|numbers| numbers.last() != Some(&number));
            numbers.into_iter().for_each(|numbers| numbers.push(number));
        }
    }
    Ok((Catalog { signals, by_class, paths: paths.build(), texts: texts.build(), looked_for }, broken))
}

/// The kinds of a file by their ids, after its path.
type File = (String, BTreeMap<String, WrittenKind>);

fn read() -> Result<Vec<File>, String> {
    // Following the path of an error costs; it is done only when there is one.
    serde_json::from_str(FILES).or_else(|_| {
        serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(FILES)).map_err(|e| e.to_string())
    })
}

impl Written {
    fn compile(self, kind: &'static str, paths: &mut Builder, texts: &mut Builder) -> Signal {
        let mut path = |specs: Vec<String>| specs.iter().map(|spec| paths.add(spec)).collect::<Vec<Id>>();
        let mut roles = self.also;
        roles.push(Role::Own);
        let mut word = |spec: &String| Word { id: texts.add(spec), heading: spec.starts_with("# ") };
        Signal {
            kind,
            because: self.because,
            classes: self.classes,
            roles,
            path: path(self.path),
            and_path: path(self.and_path),
            not_path: path(self.not_path),
            all: self.all.iter().map(|group| group.iter().map(&mut word).collect()).collect(),
            any: self.any.iter().map(&mut word).collect(),
            none: self.none.iter().map(|spec| word(spec).id).collect(),
            at_least: self.at_least,
            times: self.times,
            min_words: self.min_words,
            format: self.format,
            part: self.part,
            rank: self.rank,
            weak: self.weak,
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    #[test]
    fn the_data_is_whole_and_every_expression_compiles() {
        let (catalog, broken) = compile().unwrap();
        assert_eq!(broken, Vec::<String>::new());
        for kind in KINDS {
            let text = catalog.looked_for(kind.id).unwrap();
            assert!(text.len() > 40, "{}: say what was looked for", kind.id);
            assert!(catalog.signals.iter().any(|s| s.kind == kind.id), "{}: no signal", kind.id);
        }
        for signal in &catalog.signals {
            let first = &signal.because;
            assert!((1..=100).contains(&signal.rank), "{first}: rank");
            assert!(!signal.path.is_empty() || !signal.by_path(), "{first}: matches every file");
            assert!(signal.at_least <= signal.any.len().max(1), "{first}: asks for more than there is");
        }
    }
}
