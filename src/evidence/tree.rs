//! A folder enters; a read-only list of its files leaves, from one walk that respects ignore files and follows no link.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use ignore::WalkBuilder;
use memchr::memmem;

use crate::diagnostic::{Code, Diagnostic, Severity};

/// The largest file whose content is read, in bytes.
pub const MAX_FILE: u64 = 4 * 1024 * 1024;

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
}

/// The files of a folder, sorted by path.
#[derive(Debug, Default)]
pub struct Tree {
    root: PathBuf,
    files: Vec<File>,
    by_path: HashMap<String, usize>,
    /// What was not looked at, and why.
    pub skipped: Vec<Diagnostic>,
    unread: Mutex<BTreeMap<String, String>>,
    /// The texts of a tree in memory.
    memory: HashMap<String, Arc<str>>,
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
        fs::read_dir(root)?;
        let (mut files, mut skipped) = (Vec::new(), Vec::new());
        // One thread: the walk is bound by the file system, and starting more costs a small project more than it saves.
        let walk = WalkBuilder::new(root)
            .hidden(false)
            .require_git(false)
            .follow_links(false)
            .filter_entry(|entry| entry.file_name() != ".git" && entry.file_name() != ".hg")
            .build();
        for entry in walk {
            match entry {
                Ok(entry) if entry.file_type().is_some_and(|t| t.is_file()) => {
                    if let Some(path) = relative(root, entry.path()).filter(|path| !is_ours(path)) {
                        files.push((path, entry.metadata().map_or(0, |m| m.len())));
                    }
                }
                Ok(_) => {}
                // A folder that cannot be opened may hold anything; an ignore file with a broken line hides nothing.
                Err(error) => {
                    let severity = if error.is_io() { Severity::Error } else { Severity::Warning };
                    skipped.push(
                        Diagnostic::new(Code::Skipped, severity, format!("a folder was not looked at: {error}"))
                            .help("give read access to it, or add it to .gitignore if it is no evidence"),
                    );
                }
            }
        }
        for path in declared {
            collect_declared(root, path, &mut files);
        }
        files.sort_unstable();
        files.dedup();
        let files: Vec<File> = files.into_iter().map(|(path, size)| File::new(path, size)).collect();
        let by_path = files.iter().enumerate().map(|(i, f)| (f.path.clone(), i)).collect();
        Ok(Self { root: root.to_owned(), files, by_path, skipped, unread: Mutex::default(), memory: HashMap::new() })
    }

    /// A tree of texts in memory; for tests and for what comes from standard input.
    pub fn of<'p>(files: impl IntoIterator<Item = (&'p str, String)>) -> Self {
        let memory: HashMap<String, Arc<str>> =
            files.into_iter().map(|(path, text)| (path.to_owned(), Arc::from(text))).collect();
        let mut files: Vec<File> =
            memory.iter().map(|(path, text)| File::new(path.clone(), text.len() as u64)).collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let by_path = files.iter().enumerate().map(|(i, f)| (f.path.clone(), i)).collect();
        Self { root: PathBuf::new(), files, by_path, skipped: Vec::new(), unread: Mutex::default(), memory }
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
        self.by_path.get(path.trim_start_matches("./")).map(|i| &self.files[*i])
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

    /// The text of a file, read once and kept; none when it is binary, too large or unreadable, and none when it is marked
    /// unfinished: a scaffold that nobody has filled in proves nothing, whoever reads it.
    #[must_use]
    pub fn text(&self, file: &File) -> Option<Arc<str>> {
        file.text.get_or_init(|| self.read(file)).clone()
    }

    /// The text of a file, read and not kept unless it was kept before.
    #[must_use]
    pub fn read(&self, file: &File) -> Option<Arc<str>> {
        if let Some(kept) = file.text.get() {
            return kept.clone();
        }
        let text = self.load(file)?;
        (!*file.unfinished.get_or_init(|| mark(&text).is_some())).then_some(text)
    }

    /// The text of a file, also of one that is marked unfinished.
    #[must_use]
    pub fn draft(&self, file: &File) -> Option<Arc<str>> {
        self.text(file).or_else(|| self.is_unfinished(file).then(|| self.load(file)).flatten())
    }

    /// Whether a file carries the mark with which the tool marks what it wrote and nobody has filled in yet.
    #[must_use]
    pub fn is_unfinished(&self, file: &File) -> bool {
        if file.unfinished.get().is_none() {
            let _ = self.read(file);
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
            let text = self.load(file).unwrap_or_default();
            let count = marks(&text);
            let places = if count == 1 { "one place".to_owned() } else { format!("{count} places") };
            Diagnostic::warning(Code::Skipped, format!("the file is marked unfinished in {places} and does not count"))
                .path(&file.path)
                .help("write what each mark asks for and delete the marks (`aipp:unfinished`)")
        };
        self.files.iter().filter(met).map(warning).collect()
    }

    fn load(&self, file: &File) -> Option<Arc<str>> {
        if let Some(text) = self.memory.get(&file.path) {
            return Some(Arc::clone(text));
        }
        if file.size > MAX_FILE {
            return None;
        }
        let mut bytes = Vec::with_capacity(usize::try_from(file.size).unwrap_or_default());
        // The size is asked again while reading: a file can grow after the walk.
        let read = fs::File::open(self.root.join(&file.path)).and_then(|f| f.take(MAX_FILE).read_to_end(&mut bytes));
        if let Err(error) = read {
            if let Ok(mut unread) = self.unread.lock() {
                unread.insert(file.path.clone(), error.to_string());
            }
            return None;
        }
        if bytes.iter().take(8192).any(|b| *b == 0) {
            return None;
        }
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        };
        Some(Arc::from(text))
    }

    /// An error for every file that had to be read and could not be: what it holds is unknown, so nothing may rest on it.
    #[must_use]
    pub fn unread(&self) -> Vec<Diagnostic> {
        let unread = self.unread.lock().map(|unread| unread.clone()).unwrap_or_default();
        let error = |(path, why): (String, String)| {
            Diagnostic::error(Code::Unreadable, format!("`{path}` cannot be read: {why}"))
                .path(path)
                .help("give read access to it, or add it to .gitignore if it is no evidence")
        };
        unread.into_iter().map(error).collect()
    }

    /// Keeps the text of a file that was read.
    pub fn keep(&self, file: &File, text: Arc<str>) {
        let _ = file.text.set(Some(text));
    }
}

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

/// A path from the root with `/`; none when it is not UTF-8.
fn relative(root: &Path, path: &Path) -> Option<String> {
    let path = path.strip_prefix(root).ok()?;
    let parts: Option<Vec<&str>> = path.components().map(|c| c.as_os_str().to_str()).collect();
    Some(parts?.join("/"))
}

fn collect_declared(root: &Path, path: &str, files: &mut Vec<(String, u64)>) {
    let full = root.join(path);
    let Ok(meta) = fs::symlink_metadata(&full) else { return };
    if meta.is_file() {
        files.push((path.trim_start_matches("./").to_owned(), meta.len()));
    } else if meta.is_dir() {
        let walk = WalkBuilder::new(&full).standard_filters(false).follow_links(false).build();
        for entry in walk.flatten().filter(|e| e.file_type().is_some_and(|t| t.is_file())) {
            if let Some(path) = relative(root, entry.path()) {
                files.push((path, entry.metadata().map_or(0, |m| m.len())));
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

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
    fn marks_are_comments_and_not_words_about_marks() {
        for text in [
            "# aipp:unfinished",
            "a: 1\n  # aipp:unfinished: who leads?\n",
            "<!-- aipp:unfinished -->",
            "| a | <!-- aipp:unfinished: minutes --> |",
            "- **Owner:** <!-- aipp:unfinished: one person -->",
            "image: x # aipp:unfinished",
            "// aipp:unfinished: the address",
            "  \"$comment\": \"aipp:unfinished: fields\",",
            "-- aipp:unfinished",
        ] {
            assert_eq!(marks(text), 1, "{text}");
        }
        for text in [
            "Delete the line `# aipp:unfinished`.",
            "the mark `<!-- aipp:unfinished -->` is left",
            "let text = \"# aipp:unfinished\";",
            "aipp:unfinished is the mark",
            "# aipp:unfinished-business",
            "nothing",
        ] {
            assert_eq!(marks(text), 0, "{text}");
        }
    }

    #[test]
    fn an_unfinished_file_is_read_as_a_draft_only() {
        let tree = Tree::of([("a.md", "# A\n<!-- aipp:unfinished -->\n".to_owned()), ("b.md", "# B\n".to_owned())]);
        let (a, b) = (tree.get("a.md").unwrap(), tree.get("b.md").unwrap());
        assert_eq!((tree.read(a), tree.text(a), tree.is_unfinished(a)), (None, None, true));
        assert!(tree.draft(a).unwrap().starts_with("# A"));
        assert_eq!(
            (tree.text(b).as_deref(), tree.draft(b).as_deref(), tree.is_unfinished(b)),
            (Some("# B\n"), Some("# B\n"), false)
        );
        let warnings = tree.unfinished();
        assert_eq!((warnings.len(), warnings[0].file(), warnings[0].severity), (1, Some("a.md"), Severity::Warning));
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
}
