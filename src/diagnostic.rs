//! Code, severity, place and remedy enter; a rendered, plain or colored message leaves.
//!
//! Everything that is quoted from a file may be hostile: control characters and direction marks are shown, never sent.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::source::{Place, Position, Source};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The input cannot be used (exit code 2).
    Error,
    /// It can be used, and something is probably not meant.
    Warning,
    /// Worth knowing.
    Note,
}

macro_rules! codes {
    ($($name:ident = $id:literal, $about:literal;)*) => {
        /// A diagnostic code: stable, unique and described.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = $about] $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as it is printed.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)* }
            }

            /// What it means.
            #[must_use]
            pub const fn about(self) -> &'static str {
                match self { $(Self::$name => $about,)* }
            }
        }
    };
}

codes! {
    Unreadable = "unreadable", "A file that was asked for cannot be opened or read.";
    NotUtf8 = "not-utf8", "A file is not UTF-8 text.";
    TooLarge = "too-large", "A file is larger than aipp reads.";
    EmptyFile = "empty-file", "A file has nothing in it.";
    Syntax = "syntax", "A file is not valid YAML, TOML or JSON.";
    UnknownKey = "unknown-key", "A key that this format does not have; usually a misspelling.";
    DuplicateKey = "duplicate-key", "A key stands twice in one map, so one of the values would be lost.";
    MissingKey = "missing-key", "A key that must be there is not.";
    WrongType = "wrong-type", "A value is of another type than its key wants.";
    BadValue = "bad-value", "A value is of the right type but means nothing here.";
    MixedDimensions = "mixed-dimensions", "Baseline, target or measurements of one metric have different dimensions.";
    BadOrder = "bad-order", "An end lies before its start.";
    DuplicateId = "duplicate-id", "Two entries have the same id.";
    TwoManifests = "two-manifests", "Two manifests stand side by side.";
    Exists = "file-exists", "A file is already there and is not overwritten.";
    NoTerminal = "no-terminal", "Something has to be asked, and there is no terminal to ask in.";
    NoManifest = "no-manifest", "A command that needs a manifest found none.";
    UnknownCheck = "unknown-check", "A check id that is not in the catalogue.";
    UnknownKind = "unknown-evidence-kind", "An evidence kind that aipp does not know.";
    EvidenceMissing = "evidence-missing", "A path named as evidence does not exist.";
    EvidenceOutside = "evidence-outside", "A path named as evidence leads out of the evidence root.";
    Malformed = "malformed-evidence", "An evidence file cannot be read as what it is.";
    Future = "future-date", "A record is dated after the day of the assessment and does not count.";
    UnknownWord = "unknown-word", "A record uses a word that nothing asks for; usually a misspelling.";
    Uncommitted = "uncommitted-attestation", "An attestation does not count yet, because of who committed it or because nobody has.";
    Undated = "undated-evidence", "A record has no date that can be trusted and does not count where age matters.";
    Shallow = "shallow-history", "The git history is cut off, so dates in it are unknown.";
    Revision = "unknown-revision", "A git revision cannot be found or read, so nothing can be judged from it.";
    PastDay = "day-in-the-past", "The day of the assessment lies before the last commit, so a waiver or a record may look younger than it is.";
    Skipped = "skipped", "A file or folder was not looked at.";
    BadRow = "bad-row", "A line of the history is no row that aipp can read.";
    SameId = "same-id", "Two rows of the history have one id and say different things.";
    TornRow = "torn-row", "A write to the history was interrupted; the torn line does not count and is kept.";
    BaselineMoved = "baseline-moved", "A metric's baseline, unit, direction, window or source differs from the recorded one, and no rebaseline says why.";
    NotPulled = "not-pulled", "A metric's source gave no usable answer: its values are unknown, and none was recorded.";
    StoreUnknown = "store-unknown", "The store of the measurements could not be looked at: what rests on it is unknown, and earns nothing.";
    UnknownMetric = "unknown-metric", "A metric id that the manifest does not have.";
    Rule = "rule-failed", "A condition of a check could not be evaluated.";
    Checklist = "bad-checklist", "A checklist does not hold what a checklist must.";
    Loosened = "policy-loosened", "A policy asks for less than what is built in, or than a policy that it extends.";
    Extends = "policy-extends", "A policy that is extended is missing, stands outside, or leads back in a circle.";
    WrongDigest = "wrong-digest", "A pinned file is not the one that was pinned.";
    TwoPolicies = "two-policies", "Two policies stand side by side.";
    TierRaised = "tier-raised", "The policy judges the project by a higher tier than its manifest says.";
    Proposed = "proposed", "The change adds a waiver, an exception or a rule; it counts once it stands in the base.";
    Lowered = "requirement-lowered", "The change asks for less than its base does.";
    BaselineChanged = "baseline-changed", "The change removes or moves the baseline or the target of a metric.";
    HistoryRewritten = "history-rewritten", "The change edits or deletes rows that are only ever added to.";
    Playbook = "bad-playbook", "A playbook does not hold what a playbook must: an unknown task, a circle, a task without length.";
    UnknownRole = "unknown-role", "A capacity is given for a role that owns no task of the playbook.";
    PilotLimbo = "pilot-limbo", "The pilot is past its end and nobody has decided to go, stop or pivot.";
    PilotLong = "pilot-long", "The pilot is planned for longer than eight weeks.";
    Template = "bad-template", "A template of a document cannot be read or filled in.";
    WaiverVoid = "waiver-void", "A waiver is refused: too long, over the cap, by the wrong person, or for a check that cannot be waived.";
    WaiverExpired = "waiver-expired", "A waiver's last day has passed.";
    WaiverExpiring = "waiver-expiring", "A waiver expires within 14 days.";
    WaiverUnused = "waiver-unused", "A waiver is for a check that is met or not due.";
    NotApplicableVoid = "not-applicable-void", "A check cannot be declared not applicable: over the cap, in the future, or unwaivable.";
}

/// Where in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct At {
    /// The file's text.
    pub source: Arc<Source>,
    /// The bytes.
    pub range: Range<usize>,
}

impl At {
    /// The key (or value) of a place in a source.
    #[must_use]
    pub fn entry(source: &Arc<Source>, place: &Place) -> Self {
        Self { source: Arc::clone(source), range: place.entry() }
    }

    /// The value of a place in a source.
    #[must_use]
    pub fn value(source: &Arc<Source>, place: &Place) -> Self {
        Self { source: Arc::clone(source), range: place.value.clone() }
    }

    /// Line and column.
    #[must_use]
    pub fn position(&self) -> Position {
        self.source.position(self.range.start)
    }
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct FileLocation {
    /// Path.
    pub path: String,
    /// Line, from 1.
    pub line: Option<usize>,
    /// Column in characters, from 1.
    pub column: Option<usize>,
}

impl FileLocation {
    /// Where a text stands.
    #[must_use]
    pub fn of(at: &At) -> Self {
        let position = at.position();
        Self { path: at.source.name().to_owned(), line: Some(position.line), column: Some(position.column) }
    }
}

/// One message about one thing: what, where, and how to mend it.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagnostic {
    /// Its code.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one sentence.
    pub message: String,
    /// Where; with a snippet.
    pub at: Option<At>,
    /// What is said at that place.
    pub label: Option<String>,
    /// Where, when only the file is known.
    pub path: Option<String>,
    /// A second place that explains the first.
    pub context: Option<(At, String)>,
    /// How to mend it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A message without a place.
    #[must_use]
    pub fn new(code: Code, severity: Severity, message: impl Into<String>) -> Self {
        Self { code, severity, message: message.into(), at: None, label: None, path: None, context: None, help: None }
    }

    /// An error.
    #[must_use]
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, message)
    }

    /// A warning.
    #[must_use]
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, message)
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, at: At) -> Self {
        self.at = Some(at);
        self
    }

    /// Says what is there.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Says in which file.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// Adds a second place.
    #[must_use]
    pub fn context(mut self, at: At, label: impl Into<String>) -> Self {
        self.context = Some((at, label.into()));
        self
    }

    /// Says how to mend it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The file it is about.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        self.at.as_ref().map(|at| at.source.name()).or(self.path.as_deref())
    }

    /// Where it is, as far as that is known.
    #[must_use]
    pub fn location(&self) -> Option<FileLocation> {
        let path = || self.path.clone().map(|path| FileLocation { path, line: None, column: None });
        self.at.as_ref().map(FileLocation::of).or_else(path)
    }

    /// The same message with its files named from another folder.
    #[must_use]
    pub fn below(&self, folder: &str) -> Self {
        let moved = |name: &str| match name {
            name if folder.is_empty() || folder == "." || name.starts_with(['/', '<']) => name.to_owned(),
            // As git names a file of a revision: `main:aipp.yaml`.
            name if folder.ends_with(':') => format!("{folder}{name}"),
            name => format!("{}/{name}", folder.trim_end_matches('/')),
        };
        let at = |at: &At| At { source: Arc::new(at.source.renamed(moved(at.source.name()))), range: at.range.clone() };
        let context = self.context.as_ref().map(|(other, label)| (at(other), label.clone()));
        Self { at: self.at.as_ref().map(at), path: self.path.as_deref().map(moved), context, ..self.clone() }
    }

    /// Renders it with a snippet of the file.
    #[must_use]
    pub fn render(&self, look: Look) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let message = visible(&self.message).into_owned();
        let mut group =
            level.primary_title(message).id(self.code.id()).elements(Vec::<annotate_snippets::Message<'_>>::new());
        if let Some(at) = &self.at {
            let context = self.context.as_ref();
            // A snippet shows the first line of a long value only.
            let window =
                Window::around(at, context.filter(|(other, _)| other.source.name() == at.source.name()).map(|c| &c.0));
            let mut primary = AnnotationKind::Primary.span(window.local(&at.range));
            if let Some(label) = &self.label {
                primary = primary.label(visible(label).into_owned());
            }
            let mut snippet = Snippet::source(window.text)
                .line_start(window.line)
                .path(visible(at.source.name()))
                .annotation(primary);
            if let Some((other, label)) = context
                && other.source.name() == at.source.name()
            {
                let span = window.local(&other.range);
                snippet = snippet.annotation(AnnotationKind::Context.span(span).label(visible(label).into_owned()));
            }
            group = group.element(snippet);
        }
        if self.at.is_none()
            && let Some(path) = &self.path
        {
            group = group.element(annotate_snippets::Origin::path(visible(path)));
        }
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(visible(help).into_owned()));
        }
        let renderer = if look.color { Renderer::styled() } else { Renderer::plain() };
        let decor = if look.unicode { DecorStyle::Unicode } else { DecorStyle::Ascii };
        // A line of a file is shown as it is; that of a hostile one must not be a command of a build server.
        renderer.decor_style(decor).term_width(look.width).render(&[group]).replace("##", "#\u{200a}#")
    }
}

/// The lines of a source that a snippet shows.
struct Window<'a> {
    text: &'a str,
    start: usize,
    line: usize,
}

impl<'a> Window<'a> {
    fn around(at: &'a At, other: Option<&At>) -> Self {
        let source = &at.source;
        let starts = [Some(at), other].into_iter().flatten().map(|a| a.range.start);
        let (low, high) = starts.fold((usize::MAX, 0), |(low, high), s| (low.min(s), high.max(s)));
        let first = source.position(low).line;
        let last = source.position(high).line;
        let start = low - (low - source.text()[..low].rfind('\n').map_or(0, |i| i + 1));
        let end = source.text()[high..].find('\n').map_or(source.text().len(), |i| high + i);
        // Two places far apart are not shown in one window: the reader folds what lies between.
        debug_assert!(first <= last);
        Self { text: &source.text()[start..end], start, line: first }
    }

    /// A range of the source in this window, cut to its first line.
    fn local(&self, range: &Range<usize>) -> Range<usize> {
        let start = range.start.saturating_sub(self.start).min(self.text.len());
        let end = range.end.saturating_sub(self.start).min(self.text.len());
        let line_end = self.text[start..].find('\n').map_or(self.text.len(), |i| start + i);
        start..end.min(line_end).max(start)
    }
}

/// How messages and screens are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// With ANSI colors.
    pub color: bool,
    /// With characters beyond ASCII.
    pub unicode: bool,
    /// Columns.
    pub width: usize,
}

impl Look {
    /// No colors, ASCII only, 100 columns.
    pub const PLAIN: Self = Self { color: false, unicode: false, width: 100 };
}

/// A text with its control characters and direction marks shown as escapes; line ends and tabs become blanks. What a build server
/// would take for a command (`::error::` at the start of a line, `##[group]` anywhere) is broken by an escape, too: a wrapped line may
/// start at any word.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) && !text.contains("::") && !text.contains("##") {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let next = rest.peek().copied();
        let command = match c {
            ':' => before.is_whitespace() && next == Some(':'),
            '#' => before == '#' && next.is_some_and(|n| n == '[' || n.is_ascii_alphabetic()),
            _ => false,
        };
        if matches!(c, '\n' | '\t' | '\r') {
            shown.push(' ');
        } else if command || acts(c) {
            let _ = write!(shown, "\\u{{{:x}}}", c as u32);
        } else {
            shown.push(c);
        }
        before = c;
    }
    Cow::Owned(shown)
}

/// Whether a character acts on a terminal, or on how a line is read, instead of being shown.
pub(crate) fn acts(c: char) -> bool {
    c.is_control() || is_direction_mark(c) || is_line_or_no_character(c)
}

fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Line ends that look like none, letters that nobody sees, and what XML has no place for.
fn is_line_or_no_character(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2064}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}

/// As `{code, severity, message, help, location}`.
impl Serialize for Diagnostic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Location<'a> {
            path: &'a str,
            line: Option<usize>,
            column: Option<usize>,
        }
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", self.code.id())?;
        map.serialize_entry("severity", &self.severity)?;
        map.serialize_entry("message", &self.message)?;
        map.serialize_entry("help", &self.help)?;
        let position = self.at.as_ref().map(At::position);
        let location = self.file().map(|path| Location {
            path,
            line: position.map(|p| p.line),
            column: position.map(|p| p.column),
        });
        map.serialize_entry("location", &location)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Diagnostic {
        let source = Arc::new(Source::new("aipp.yaml", "aipp: 1\nprojct: { name: x }\n"));
        Diagnostic::error(Code::UnknownKey, "unknown key `projct`")
            .at(At { source, range: 8..14 })
            .label("did you mean `project`?")
            .help("rename it to `project`")
    }

    #[test]
    fn a_message_says_what_where_and_how() {
        let text = example().render(Look::PLAIN);
        assert!(text.contains("error[unknown-key]: unknown key `projct`"), "{text}");
        assert!(text.contains("aipp.yaml:2:1"), "{text}");
        assert!(text.contains("projct: { name: x }"), "{text}");
        assert!(text.contains("help: rename it to `project`"), "{text}");
    }

    #[test]
    fn nothing_from_a_file_reaches_the_terminal_raw() {
        let source = Arc::new(Source::new("a\u{1b}[2Jb.yaml", "x: \u{1b}[31m\u{202e}y\n"));
        let text = Diagnostic::error(Code::Syntax, "bad \u{1b}[0m")
            .at(At { source, range: 0..1 })
            .help("\u{7}")
            .render(Look { color: false, unicode: true, width: 80 });
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{text:?}");
    }

    #[test]
    fn no_text_is_a_command_of_a_build_server() {
        for (text, shown) in [
            ("::set-output name=x::y", "\\u{3a}:set-output name=x::y"),
            ("a\n ::error::b", "a  \\u{3a}:error::b"),
            ("a ##[add-mask]b ##vso[task]", "a #\\u{23}[add-mask]b #\\u{23}vso[task]"),
            ("std::env, a ## heading", "std::env, a ## heading"),
        ] {
            assert_eq!(visible(text), shown);
        }
    }

    #[test]
    fn codes_are_unique_and_described() {
        let ids: std::collections::BTreeSet<_> = Code::ALL.iter().map(|c| c.id()).collect();
        assert_eq!(ids.len(), Code::ALL.len());
        assert!(Code::ALL.iter().all(|c| c.about().ends_with('.')));
    }
}
