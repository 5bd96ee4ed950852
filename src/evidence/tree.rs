//! A folder enters; a read-only list of its files leaves, from one walk that respects ignore files and follows no link, and
//! their texts, each opened when it is first asked for.

mod walk;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use memchr::memmem;
use sha2::{Digest as _, Sha256};

use crate::diagnostic::{Code, Diagnostic};

/// The largest file whose content is read, in bytes.
pub const MAX_FILE: u64 = 4 * 1024 * 1024;

/// Texts are kept until they have this many bytes together; what is read after that is read again when it is asked for again.
const MAX_KEPT: u64 = 512 * 1024 * 1024;

/// More files than these are not named as too large.
const MAX_NAMED: usize = 20;

/// How far a look at a repository has come; counted by the threads that look, read by whoever shows it.
#[derive(Debug, Default)]
pub struct Progress {
    listed: AtomicUsize,
    all: AtomicUsize,
    looked_at: AtomicUsize,
    opened: AtomicUsize,
}

impl Progress {
    /// How many files were listed so far.
    #[must_use]
    pub fn listed(&self) -> usize {
        self.listed.load(Ordering::Relaxed)
    }

    /// How many files there are to be looked at; none while they are being listed.
    #[must_use]
    pub fn all(&self) -> Option<usize> {
        Some(self.all.load(Ordering::Relaxed)).filter(|all| *all > 0)
    }

    /// How many of them were looked at; most by their names alone.
    #[must_use]
    pub fn looked_at(&self) -> usize {
        self.looked_at.load(Ordering::Relaxed)
    }

    /// How many times a file was opened.
    #[must_use]
    pub fn opened(&self) -> usize {
        self.opened.load(Ordering::Relaxed)
    }

    pub(super) fn add_looked_at(&self) {
        self.looked_at.fetch_add(1, Ordering::Relaxed);
    }

    fn add_listed(&self) {
        self.listed.fetch_add(1, Ordering::Relaxed);
    }
}

/// Why a file that was asked for has no text.
#[derive(Debug)]
enum Unread {
    TooLarge(u64),
    Failed(String),
}

/// One file of the tree.
#[derive(Debug)]
pub struct File {
    /// Path from the root, with `/`.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    text: OnceLock<Option<Arc<str>>>,
    /// Whether it carries the mark of a scaffold; known once it was read.
    unfinished: OnceLock<bool>,
}

impl File {
    const fn new(path: String, size: u64) -> Self {
        Self { path, size, text: OnceLock::new(), unfinished: OnceLock::new() }
    }

    /// Its name without folders.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether somebody has asked for its text and the file was opened for it.
    #[must_use]
    pub fn is_opened(&self) -> bool {
        self.size <= MAX_FILE && self.text.get().is_some()
    }
}

/// The files of a folder, sorted by path.
#[derive(Debug, Default)]
pub struct Tree {
    root: PathBuf,
    files: Vec<File>,
    by_path: HashMap<String, usize>,
    /// What was not looked at, and why.
    pub skipped: Vec<Diagnostic>,
    unread: Mutex<BTreeMap<String, Unread>>,
    kept: AtomicU64,
    /// The texts of a tree in memory.
    memory: HashMap<String, Arc<str>>,
    /// How far looking has come.
    pub progress: Arc<Progress>,
}

/// The schema that `aipp init` puts beside the manifest speaks of everything that a manifest can say, and proves nothing.
fn is_ours(path: &str) -> bool {
    path.starts_with(".aipp/") && path.ends_with(".schema.json")
}

impl Tree {
    /// Walks a folder once. `declared` paths (from the root) are added even when ignore files hide them.
    ///
    /// # Errors
    /// When the folder itself cannot be read.
    pub fn walk(root: &Path, declared: &[String]) -> std::io::Result<Self> {
        Self::watched(root, declared, Arc::default())
    }

    /// The same, for somebody who watches how far it has come.
    ///
    /// # Errors
    /// When the folder itself cannot be read.
    pub fn watched(root: &Path, declared: &[String], progress: Arc<Progress>) -> std::io::Result<Self> {
        let listed = walk::Listed::of(root, declared, &progress)?;
        progress.all.store(listed.files.len(), Ordering::Relaxed);
        let files = listed.files.into_iter().map(|(path, size)| File::new(path, size)).collect();
        Ok(Self { root: root.to_owned(), skipped: listed.skipped, progress, ..Self::holding(files) })
    }

    /// A tree of files that are sorted by path.
    fn holding(files: Vec<File>) -> Self {
        let by_path = files.iter().enumerate().map(|(i, f)| (f.path.clone(), i)).collect();
        Self { files, by_path, ..Self::default() }
    }

    /// A tree of texts in memory; for tests and for what comes from standard input.
    pub fn of<'p>(files: impl IntoIterator<Item = (&'p str, String)>) -> Self {
        let memory: HashMap<String, Arc<str>> =
            files.into_iter().map(|(path, text)| (path.to_owned(), Arc::from(text))).collect();
        let mut files: Vec<File> =
            memory.iter().map(|(path, text)| File::new(path.clone(), text.len() as u64)).collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Self { memory, ..Self::holding(files) }
    }

    /// The folder it was walked from.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The files, sorted by path.
    #[must_use]
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// The file at a path from the root.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&File> {
        self.by_path.get(plain(path)).map(|i| &self.files[*i])
    }

    /// Whether a path names a file, or a folder that has files.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        let path = path.trim_start_matches("./").trim_end_matches('/');
        self.get(path).is_some() || !self.under(path).is_empty()
    }

    /// The files below a folder.
    #[must_use]
    pub fn under(&self, folder: &str) -> &[File] {
        let folder = folder.trim_start_matches("./").trim_end_matches('/');
        if folder.is_empty() || folder == "." {
            return &self.files;
        }
        let prefix = format!("{folder}/");
        let start = self.files.partition_point(|f| f.path.as_str() < prefix.as_str());
        let len = self.files[start..].iter().take_while(|f| f.path.starts_with(&prefix)).count();
        &self.files[start..start + len]
    }

    /// Why a path that the manifest names is not among the files, when something is there.
    #[must_use]
    pub fn why_not(&self, path: &str) -> Option<&'static str> {
        let full = self.root.join(plain(path));
        let meta = fs::symlink_metadata(&full).ok()?;
        if meta.is_symlink() {
            return Some("it is a link, and links are not followed");
        }
        let leads_out = || full.canonicalize().ok()?.starts_with(self.root.canonicalize().ok()?).then_some(());
        if leads_out().is_none() {
            return Some("it leads out of the evidence root");
        }
        if meta.is_dir() && fs::read_dir(&full).is_ok_and(|mut entries| entries.next().is_none()) {
            return Some("the folder is empty");
        }
        if !meta.is_file() && !meta.is_dir() {
            return Some("it is no regular file");
        }
        Some("an ignore file hides it, or it lies behind a link")
    }

    /// The text of a file, read once and kept; none when it is binary, too large or unreadable, and none when it is marked
    /// unfinished: a scaffold that nobody has filled in proves nothing, whoever reads it.
    #[must_use]
    pub fn text(&self, file: &File) -> Option<Arc<str>> {
        if let Some(kept) = file.text.get() {
            return kept.clone();
        }
        if self.kept.load(Ordering::Relaxed) > MAX_KEPT {
            return Self::finished(file, self.read(file));
        }
        file.text.get_or_init(|| self.counted(Self::finished(file, self.read(file)))).clone()
    }

    /// A text, unless it carries the mark of a scaffold or is a result of this tool.
    fn finished(file: &File, text: Option<Arc<str>>) -> Option<Arc<str>> {
        let text = text?;
        (!*file.unfinished.get_or_init(|| mark(&text).is_some() || is_own_result(&text))).then_some(text)
    }

    /// The text of a file, also of one that is marked unfinished.
    #[must_use]
    pub fn draft(&self, file: &File) -> Option<Arc<str>> {
        self.text(file).or_else(|| self.is_unfinished(file).then(|| self.read(file)).flatten())
    }

    /// Whether a file carries the mark with which the tool marks what it wrote and nobody has filled in yet.
    #[must_use]
    pub fn is_unfinished(&self, file: &File) -> bool {
        if file.size > MAX_FILE {
            return false;
        }
        if file.unfinished.get().is_none() {
            let _ = self.text(file);
        }
        file.unfinished.get().copied().unwrap_or_default()
    }

    /// A warning for each file that was read and is marked unfinished.
    #[must_use]
    pub fn unfinished(&self) -> Vec<Diagnostic> {
        // A template is meant to carry marks.
        let met = |file: &&File| {
            file.unfinished.get() == Some(&true) && !file.path.split('/').any(|part| part.starts_with("template"))
        };
        let warning = |file: &File| {
            let text = self.read(file).unwrap_or_default();
            let count = marks(&text);
            let places = if count == 1 { "one place".to_owned() } else { format!("{count} places") };
            Diagnostic::warning(Code::Skipped, format!("the file is marked unfinished in {places} and does not count"))
                .path(&file.path)
                .help("write what each mark asks for and delete the marks (`aipp:unfinished`)")
        };
        let is_scaffold = |file: &&File| self.read(file).is_some_and(|text| mark(&text).is_some());
        self.files.iter().filter(met).filter(is_scaffold).map(warning).collect()
    }

    /// Looks at the beginning of a file, and reads on when it promises something; the file is opened once for both.
    pub fn glance(&self, file: &File, length: u64, promises: impl FnOnce(&str) -> bool) -> bool {
        let beginning = |bytes: &[u8]| {
            let end = usize::try_from(length).map_or(bytes.len(), |length| length.min(bytes.len()));
            String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned()
        };
        if let Some(kept) = file.text.get() {
            return kept.as_ref().is_some_and(|text| promises(&beginning(text.as_bytes())));
        }
        if self.memory.contains_key(&file.path) {
            return self.text(file).is_some_and(|text| promises(&beginning(text.as_bytes())));
        }
        let mut bytes = Vec::new();
        let mut begun = || {
            let mut opened = self.open(file)?;
            (&mut opened).take(length).read_to_end(&mut bytes)?;
            Ok(opened)
        };
        let Some(opened) = self.noted(file, begun()) else { return false };
        if !promises(&beginning(&bytes)) {
            return false;
        }
        let left = (MAX_FILE + 1).saturating_sub(length);
        let text = self.noted(file, opened.take(left).read_to_end(&mut bytes)).and_then(|_| self.decoded(file, bytes));
        let _ = file.text.set(self.counted(Self::finished(file, text)));
        true
    }

    /// The SHA-256 of a file's bytes, in hexadecimal digits.
    ///
    /// # Errors
    /// When the file cannot be read, or has more bytes than `most`.
    pub fn sha256(&self, file: &File, most: u64) -> std::io::Result<String> {
        let mut hasher = Sha256::new();
        let mut reader = self.open(file)?.take(most.saturating_add(1));
        let (mut buffer, mut all) = (vec![0_u8; 64 * 1024], 0_u64);
        loop {
            let read = reader.read(&mut buffer)?;
            all += read as u64;
            if all > most {
                return Err(std::io::Error::other(format!("it has more than {most} bytes")));
            }
            if read == 0 {
                return Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect());
            }
            hasher.update(buffer.get(..read).unwrap_or_default());
        }
    }

    /// What somebody asked for and could not be given: a file that cannot be read is an error, since what it holds is unknown and
    /// nothing may rest on it; one that is too large is a warning.
    #[must_use]
    pub fn unread(&self) -> Vec<Diagnostic> {
        let Ok(unread) = self.unread.lock() else { return Vec::new() };
        let mut large = 0;
        let mut said: Vec<Diagnostic> = Vec::new();
        for (path, why) in unread.iter() {
            said.push(match why {
                Unread::Failed(why) => Diagnostic::error(Code::Unreadable, format!("`{path}` cannot be read: {why}"))
                    .path(path.as_str())
                    .help("give read access to it, or add it to .gitignore if it is no evidence"),
                Unread::TooLarge(size) => {
                    large += 1;
                    if large > MAX_NAMED {
                        continue;
                    }
                    Diagnostic::warning(Code::TooLarge, format!("`{path}` has {size} bytes and was not looked into"))
                        .path(path.as_str())
                        .help("split it, or put what it proves into a file of its own")
                }
            });
        }
        if large > MAX_NAMED {
            let message = format!("{} more files are too large and were not looked into", large - MAX_NAMED);
            said.push(Diagnostic::warning(Code::TooLarge, message));
        }
        said
    }

    /// Notes that a file is larger than the one who asked for it looks into.
    pub(super) fn note_too_large(&self, file: &File) {
        self.note(file, Unread::TooLarge(file.size));
    }

    fn note(&self, file: &File, why: Unread) {
        if let Ok(mut unread) = self.unread.lock() {
            unread.insert(file.path.clone(), why);
        }
    }

    fn noted<T>(&self, file: &File, result: std::io::Result<T>) -> Option<T> {
        result.map_err(|error| self.note(file, Unread::Failed(error.to_string()))).ok()
    }

    fn open(&self, file: &File) -> std::io::Result<fs::File> {
        self.progress.opened.fetch_add(1, Ordering::Relaxed);
        fs::File::open(self.root.join(&file.path))
    }

    fn read(&self, file: &File) -> Option<Arc<str>> {
        if let Some(text) = self.memory.get(&file.path) {
            return Some(Arc::clone(text));
        }
        if file.size > MAX_FILE {
            self.note_too_large(file);
            return None;
        }
        let mut bytes = Vec::with_capacity(usize::try_from(file.size).unwrap_or_default().saturating_add(1));
        self.noted(file, self.open(file).and_then(|opened| opened.take(MAX_FILE + 1).read_to_end(&mut bytes)))?;
        self.decoded(file, bytes)
    }

    fn decoded(&self, file: &File, bytes: Vec<u8>) -> Option<Arc<str>> {
        // The size is asked again: a file can grow after the walk.
        if bytes.len() as u64 > MAX_FILE {
            self.note(file, Unread::TooLarge(bytes.len() as u64));
            return None;
        }
        if bytes.get(..8192).unwrap_or(&bytes).contains(&0) {
            return None;
        }
        let mut text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        };
        // The mark that some editors write first belongs to the encoding, not to the text.
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        Some(Arc::from(text))
    }

    fn counted(&self, text: Option<Arc<str>>) -> Option<Arc<str>> {
        self.kept.fetch_add(text.as_ref().map_or(0, |text| text.len() as u64), Ordering::Relaxed);
        text
    }
}

/// Whether a text is a result that this tool wrote: the JSON of a command, a statement, SARIF, JUnit, Code Quality or the table of
/// checks. Its own words about evidence, left in the folder by an earlier step of a CI job or committed as a baseline, are none.
fn is_own_result(text: &str) -> bool {
    // Asked of every file: most begin with something else.
    if !matches!(text.chars().take(1200).find(|c| !c.is_whitespace()), Some('{' | '<' | '[' | 'c')) {
        return false;
    }
    let head: String = text.chars().take(1200).filter(|c| !c.is_whitespace()).collect();
    let names_a_check = || {
        let named = head.split_once("\"check_name\":\"").and_then(|(_, rest)| rest.split_once('-'));
        named.is_some_and(|(area, _)| AREAS.contains(&area))
    };
    match head.as_bytes().first() {
        Some(b'{') => {
            ["{\"format_version\":1,\"kind\":\"", "\"driver\":{\"name\":\"aipp\"", "\"predicateType\":\"urn:aipp:"]
                .iter()
                .any(|sign| head.contains(sign))
        }
        Some(b'<') => head.contains("<testsuitesname=\"aipp"),
        Some(b'[') => head.starts_with("[{\"description\":\"") && names_a_check(),
        _ => head.starts_with("check,title,area,due,is_due,weight,level,"),
    }
}

/// What the ids of the built-in checks begin with.
const AREAS: [&str; 8] = ["infra", "skills", "gov", "metrics", "focus", "human", "ops", "quality"];

/// The mark of what `aipp scaffold` wrote and nobody has filled in yet.
const MARK: &[u8] = b"aipp:unfinished";

/// Where the first mark stands in a text. It is a comment (`# aipp:unfinished`, `<!-- aipp:unfinished: who leads? -->`, `//`,
/// `--`, `;`) or a text of JSON that begins with it; a page that only speaks of marks, between backticks, carries none.
pub(crate) fn mark(text: &str) -> Option<usize> {
    memmem::find_iter(text.as_bytes(), MARK).find(|at| is_mark(text, *at))
}

/// How many marks stand in a text.
pub(crate) fn marks(text: &str) -> usize {
    memmem::find_iter(text.as_bytes(), MARK).filter(|at| is_mark(text, *at)).count()
}

fn is_mark(text: &str, at: usize) -> bool {
    let (Some(before), Some(after)) = (text.get(..at), text.get(at + MARK.len()..)) else { return false };
    let line = before.rsplit('\n').next().unwrap_or_default();
    let even = |quote: char| line.matches(quote).count() % 2 == 0;
    let ends = after.chars().next().is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '`')));
    let leader = line.trim_end();
    let is_comment = ["#", "//", "<!--", "--", ";", "%", "/*"].iter().any(|sign| {
        leader.strip_suffix(sign).is_some_and(|rest| rest.is_empty() || rest.ends_with([' ', '\t', '|', '>', ',', '*']))
    });
    let is_json = line.trim_end().len() == line.len() && line.ends_with('"') && line.trim_start().starts_with('"');
    ends && even('`') && ((is_comment && even('"')) || (is_json && !even('"')))
}

/// A path without what says "here".
fn plain(path: &str) -> &str {
    path.trim_start_matches("./")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;
    use crate::diagnostic::Severity;

    #[test]
    fn the_walk_respects_ignore_files_looks_into_dot_folders_and_follows_no_link() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("repo");
        fs::create_dir_all(root.join(".github/workflows")).unwrap();
        fs::create_dir_all(root.join("out")).unwrap();
        fs::create_dir_all(root.join(".git")).unwrap();
        fs::write(dir.path().join("secret"), "outside").unwrap();
        fs::write(root.join(".github/workflows/ci.yml"), "on: push").unwrap();
        fs::write(root.join(".gitignore"), "out/\n").unwrap();
        fs::write(root.join("out/report.xml"), "<x/>").unwrap();
        fs::write(root.join(".git/config"), "").unwrap();
        fs::write(root.join("binary"), [0u8, 1, 2]).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(dir.path().join("secret"), root.join("link")).unwrap();
        let paths = |tree: &Tree| tree.files().iter().map(|f| f.path.clone()).collect::<Vec<_>>();
        let tree = Tree::walk(&root, &[]).unwrap();
        assert_eq!(paths(&tree), [".github/workflows/ci.yml", ".gitignore", "binary"]);
        assert_eq!(tree.text(tree.get("binary").unwrap()), None);
        assert_eq!(tree.under(".github").len(), 1);
        let tree = Tree::walk(&root, &["out".to_owned()]).unwrap();
        assert_eq!(paths(&tree), [".github/workflows/ci.yml", ".gitignore", "binary", "out/report.xml"]);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_an_error_and_not_an_absence() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("plan.md"), "# Plan").unwrap();
        let tree = Tree::walk(dir.path(), &[]).unwrap();
        fs::remove_file(dir.path().join("plan.md")).unwrap();
        assert!(tree.unread().is_empty(), "nobody has asked for it yet");
        assert_eq!(tree.text(tree.get("plan.md").unwrap()), None);
        let unread = tree.unread();
        assert_eq!((unread.len(), unread[0].severity, unread[0].file()), (1, Severity::Error, Some("plan.md")));
    }

    fn a_tree(files: &[(&str, &[u8])]) -> (tempfile::TempDir, Tree) {
        let dir = tempfile::tempdir().unwrap();
        for (path, bytes) in files {
            let file = dir.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, bytes).unwrap();
        }
        let tree = Tree::walk(dir.path(), &[]).unwrap();
        (dir, tree)
    }

    #[test]
    fn a_file_is_opened_once_whoever_asks_and_never_when_it_is_too_large() {
        let large = vec![b'x'; usize::try_from(MAX_FILE).unwrap() + 1];
        let (_dir, tree) =
            a_tree(&[("a.md", b"text"), ("b.json", b"{\"a\": 1}"), ("c.bin", b"\0\0"), ("d.md", &large)]);
        let file = |path: &str| tree.get(path).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| ["a.md", "c.bin", "d.md"].map(|path| tree.text(file(path))));
            }
        });
        assert_eq!((tree.progress.opened(), tree.text(file("a.md")).as_deref()), (2, Some("text")));
        assert!(tree.glance(file("b.json"), 3, |beginning| beginning == "{\"a"));
        assert!(tree.glance(file("a.md"), 2, |beginning| beginning == "te"), "what was read is looked at in memory");
        assert_eq!((tree.text(file("b.json")).as_deref(), tree.progress.opened()), (Some("{\"a\": 1}"), 3));
        let unread = tree.unread();
        assert_eq!((unread.len(), unread[0].code, unread[0].file()), (1, Code::TooLarge, Some("d.md")));
        assert_eq!(unread[0].severity, Severity::Warning);
        assert!(tree.sha256(file("a.md"), 4).unwrap().starts_with("982d9e3e"));
        assert!(tree.sha256(file("a.md"), 3).is_err());
    }

    #[test]
    fn a_file_that_promises_nothing_is_not_read_on() {
        let (_dir, tree) = a_tree(&[("a.json", b"[1, 2, 3]")]);
        let file = tree.get("a.json").unwrap();
        assert!(!tree.glance(file, 2, |_| false));
        assert!(file.text.get().is_none());
    }

    #[test]
    fn many_large_files_are_counted_and_not_listed() {
        let (_dir, tree) = a_tree(&[("a.md", b"x")]);
        for i in 0..30 {
            tree.note(&File::new(format!("{i}.md"), 9), Unread::TooLarge(9));
        }
        assert_eq!(tree.unread().len(), MAX_NAMED + 1);
        assert!(tree.unread()[MAX_NAMED].message.starts_with("10 more files"));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_not_among_the_files_has_its_reason() {
        let (dir, _) = a_tree(&[("hidden/a.md", b"x"), (".gitignore", b"hidden/\n"), ("real/b.md", b"x")]);
        std::os::unix::fs::symlink("real/b.md", dir.path().join("link.md")).unwrap();
        std::os::unix::fs::symlink("real", dir.path().join("folder")).unwrap();
        fs::create_dir(dir.path().join("empty")).unwrap();
        let tree = Tree::walk(dir.path(), &[]).unwrap();
        let why = |path: &str| tree.why_not(path).unwrap_or("nothing is there");
        assert!(why("link.md").contains("is a link") && why("hidden/a.md").contains("ignore file"));
        assert!(why("folder/b.md").contains("behind a link") && why("empty").contains("empty"));
        assert_eq!((why("none.md"), why("../..")), ("nothing is there", "it leads out of the evidence root"));
    }
}
