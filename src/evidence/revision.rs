//! The name of a revision enters; its commit, its files (one by one, or written out as a folder) and its history leave.
//!
//! Nothing is checked out: no hook, no smudge filter and no conversion that a repository names is started. Objects are read as
//! they are stored, so a file that is kept with Git LFS is its pointer.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Component, Path};

use super::git::Git;
use super::tree::MAX_FILE;
use crate::diagnostic::{Code, Diagnostic};

/// One file of a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// Object id of its content.
    pub object: String,
    /// Bytes.
    pub size: u64,
}

/// What an entry of a revision is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A file.
    File,
    /// A symbolic link; its content is where it leads.
    Link,
}

/// A folder of a checkout as one commit has it.
#[derive(Debug)]
pub struct Snapshot {
    git: Git,
    /// The full object id of the commit.
    pub id: String,
    /// The revision as it was named.
    pub name: String,
    prefix: String,
}

impl Snapshot {
    /// Finds a revision of the checkout that `git` stands in: a branch, a tag, a commit, or what git makes of `HEAD~1`.
    ///
    /// # Errors
    /// When the folder is no checkout, the name begins with a dash, or means two commits, or none (also because a shallow clone
    /// does not hold it).
    pub fn find(git: &Git, name: &str) -> Result<Self, Diagnostic> {
        let error = |message: String, help: &str| Diagnostic::error(Code::Revision, message).help(help);
        if name.is_empty() || name.starts_with('-') || name.contains(|c: char| c.is_control()) || name.contains("..") {
            return Err(error(
                format!("`{name}` is no revision"),
                "name a branch, a tag or a commit, for instance `origin/main`",
            ));
        }
        if !git.is_checkout() {
            return Err(error(
                format!("the revision `{name}` cannot be read: this folder is in no git checkout"),
                "run it in a git checkout with its history (`fetch-depth: 0` in the checkout step of CI)",
            ));
        }
        let place =
            git.place().map_err(|why| error(format!("the revision `{name}` cannot be read: {why}"), INSTALL))?;
        // Git takes a tag where a branch has the same name; a moved tag would be taken in silence.
        let ids = |forms: &[String]| -> Vec<(String, String)> {
            let found = forms.iter().filter_map(|form| Some((form.clone(), commit(git, form).ok()?)));
            found.collect()
        };
        let namesakes = ids(&["refs/tags/", "refs/heads/", "refs/remotes/"].map(|folder| format!("{folder}{name}")));
        if let [first, rest @ ..] = namesakes.as_slice()
            && let Some(other) = rest.iter().find(|other| other.1 != first.1)
        {
            return Err(error(
                format!(
                    "`{name}` means two commits: {} ({}) and {} ({})",
                    first.0,
                    short(&first.1),
                    other.0,
                    short(&other.1)
                ),
                "name the one that is meant in full, for instance `refs/heads/main`",
            ));
        }
        match commit(git, name) {
            Ok(id) => Ok(Self { git: git.as_of(&id), id, name: name.to_owned(), prefix: place.prefix }),
            Err(why) if place.boundary.is_empty() => Err(error(
                format!("there is no revision `{name}` in this checkout ({why})"),
                "correct its name, or fetch it: `git fetch origin`, or `fetch-depth: 0` in the checkout step of CI",
            )),
            Err(_) => Err(error(
                format!("there is no revision `{name}` here: the history is cut off (a shallow clone)"),
                "fetch the full history: `git fetch --unshallow origin`, or `fetch-depth: 0` in the checkout step of CI",
            )),
        }
    }

    /// The folder's history as of this commit.
    #[must_use]
    pub fn git(&self) -> Git {
        self.git.as_of(&self.id)
    }

    /// The folder from the top of the checkout, with a slash at the end; empty at the top.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The commit that this one and another have in common, as a revision of its own.
    ///
    /// # Errors
    /// When they have none, or the history is cut off before it.
    pub fn common(&self, other: &Self) -> Result<Self, Diagnostic> {
        let found = self.git.bytes(&["merge-base", &self.id, &other.id], &[]);
        let id = found.ok().and_then(|out| String::from_utf8(out).ok()).map(|out| out.trim().to_owned());
        match id.filter(|id| is_id(id)) {
            Some(id) => {
                let name = format!("the merge base with {}", self.name);
                Ok(Self { git: self.git.as_of(&id), id, name, prefix: self.prefix.clone() })
            }
            None => Err(Diagnostic::error(
                Code::Revision,
                format!("`{}` and `{}` have no commit in common here", self.name, other.name),
            )
            .help("fetch the full history (`fetch-depth: 0` in the checkout step of CI), or name the branch that the change goes to")),
        }
    }

    /// The files below a folder of the checkout, which is named from its top (empty for all of it).
    ///
    /// # Errors
    /// When git cannot list them.
    pub fn list(&self, folder: &str) -> Result<BTreeMap<String, Entry>, Diagnostic> {
        let folder: Vec<String> =
            [folder.trim_end_matches('/')].iter().filter(|f| !f.is_empty()).map(|f| format!("{f}/")).collect();
        self.entries(&["ls-tree", "-r", "-z", "-l", "--full-tree", &self.id], &folder)
    }

    /// One path of the commit, named from the top of the checkout; none when it is not there. A link is not followed.
    ///
    /// # Errors
    /// When git cannot look.
    pub fn entry(&self, path: &str) -> Result<Option<Entry>, Diagnostic> {
        let found = self.entries(&["ls-tree", "-z", "-l", "--full-tree", &self.id], &[path.to_owned()])?;
        Ok(found.into_iter().find(|(name, _)| name == path).map(|(_, entry)| entry))
    }

    /// The content of a path, named from the top of the checkout; none when it is not there, or is no file.
    ///
    /// # Errors
    /// When git cannot read it, or it is larger than is ever read.
    pub fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Diagnostic> {
        let Some(entry) = self.entry(path)?.filter(|entry| entry.kind == EntryKind::File) else { return Ok(None) };
        if entry.size > MAX_FILE {
            let message = format!("`{path}` in {} has {} bytes; aipp reads at most {MAX_FILE}", self.name, entry.size);
            return Err(Diagnostic::error(Code::TooLarge, message).help("split it"));
        }
        let mut content = None;
        self.contents(std::iter::once(&entry), &mut |_, bytes| {
            content = Some(bytes);
            Ok(())
        })?;
        Ok(content)
    }

    /// The contents of some files that were listed, in one go.
    ///
    /// # Errors
    /// When git cannot read one of them.
    pub fn read_all(&self, entries: &BTreeMap<String, Entry>) -> Result<BTreeMap<String, Vec<u8>>, Diagnostic> {
        let files = || entries.iter().filter(|(_, entry)| entry.kind == EntryKind::File && entry.size <= MAX_FILE);
        let mut names = files().map(|(path, _)| path.clone());
        let mut read = BTreeMap::new();
        self.contents(files().map(|(_, entry)| entry), &mut |_, bytes| {
            read.extend(names.next().map(|name| (name, bytes)));
            Ok(())
        })?;
        Ok(read)
    }

    /// Writes the folder's files as this commit has them into an empty folder, so that they can be walked like any other. A file
    /// that is larger than is ever read has its size and no content.
    ///
    /// # Errors
    /// When git cannot read an object, or a file cannot be written.
    pub fn export(&self, into: &Path) -> Result<(), Diagnostic> {
        let failed = |path: &str, why: &dyn std::fmt::Display| {
            Diagnostic::error(Code::Revision, format!("`{path}` of {} cannot be written out: {why}", self.name))
                .help("give room in the folder for temporary files, or name another one with TMPDIR")
        };
        let entries = self.list(&self.prefix)?;
        let mut links = Vec::new();
        let mut files = Vec::new();
        for (path, entry) in &entries {
            // A path that steps out of the folder, or into git's own, is no file of a checkout.
            let Some(inside) = path.strip_prefix(&self.prefix).filter(|path| is_tame(path)) else { continue };
            match entry.kind {
                EntryKind::Link => links.push((inside, entry)),
                EntryKind::File if entry.size > MAX_FILE => {
                    let made = create(into, inside).and_then(|file| file.set_len(entry.size));
                    made.map_err(|e| failed(inside, &e))?;
                }
                EntryKind::File => files.push((inside, entry)),
            }
        }
        let mut names = files.iter().map(|(path, _)| *path);
        self.contents(files.iter().map(|(_, entry)| *entry), &mut |_, bytes| {
            let path = names.next().unwrap_or_default();
            create(into, path).and_then(|mut file| file.write_all(&bytes)).map_err(|e| failed(path, &e))
        })?;
        // Links come last, so that nothing is ever written through one.
        let mut names = links.iter().map(|(path, _)| *path);
        self.contents(links.iter().map(|(_, entry)| *entry), &mut |_, bytes| {
            let path = names.next().unwrap_or_default();
            link(into, path, &bytes).map_err(|e| failed(path, &e))
        })
    }

    fn entries(&self, arguments: &[&str], paths: &[String]) -> Result<BTreeMap<String, Entry>, Diagnostic> {
        let out = self.git.bytes(arguments, paths).map_err(|why| self.unreadable(&why))?;
        let mut entries = BTreeMap::new();
        for record in out.split(|byte| *byte == 0).filter(|record| !record.is_empty()) {
            // `MODE TYPE OBJECT SIZE<tab>PATH`; a path that is not UTF-8 can be named by nobody here.
            let Some((head, path)) = std::str::from_utf8(record).ok().and_then(|record| record.split_once('\t')) else {
                continue;
            };
            let mut words = head.split_whitespace();
            let (Some(mode), Some("blob"), Some(object), Some(size)) =
                (words.next(), words.next(), words.next(), words.next())
            else {
                continue;
            };
            let kind = if mode == "120000" { EntryKind::Link } else { EntryKind::File };
            let size = size.parse().unwrap_or_default();
            entries.insert(path.to_owned(), Entry { kind, object: object.to_owned(), size });
        }
        Ok(entries)
    }

    /// Reads objects one after the other, in one process.
    fn contents<'e>(
        &self,
        entries: impl Iterator<Item = &'e Entry>,
        take: &mut dyn FnMut(&Entry, Vec<u8>) -> Result<(), Diagnostic>,
    ) -> Result<(), Diagnostic> {
        let mut entries = entries.peekable();
        if entries.peek().is_none() {
            return Ok(());
        }
        let mut process = self.git.objects().map_err(|why| self.unreadable(&why))?;
        let (Some(mut ask), Some(answer)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(self.unreadable("git has no input or output"));
        };
        let mut answer = BufReader::new(answer);
        let mut read = |entry: &Entry| -> std::io::Result<Vec<u8>> {
            let broken = || std::io::Error::other(format!("the object {} is missing or broken", entry.object));
            writeln!(ask, "{}", entry.object)?;
            ask.flush()?;
            let mut head = String::new();
            answer.read_line(&mut head)?;
            let size: usize = head.split_whitespace().nth(2).and_then(|size| size.parse().ok()).ok_or_else(broken)?;
            let mut bytes = Vec::new();
            answer.by_ref().take(size as u64 + 1).read_to_end(&mut bytes)?;
            if bytes.len() != size + 1 {
                return Err(broken());
            }
            bytes.pop();
            Ok(bytes)
        };
        let mut result = Ok(());
        for entry in entries {
            result = read(entry).map_err(|e| self.unreadable(&e)).and_then(|bytes| take(entry, bytes));
            if result.is_err() {
                break;
            }
        }
        drop(ask);
        // What it answered is judged above; here the process is only collected.
        let _ = process.wait();
        result
    }

    fn unreadable(&self, why: &(impl std::fmt::Display + ?Sized)) -> Diagnostic {
        Diagnostic::error(Code::Revision, format!("the revision `{}` cannot be read: {why}", self.name))
            .help("fetch it whole: `fetch-depth: 0` and no `filter` in the checkout step of CI")
    }
}

/// What to do when git does not answer.
const INSTALL: &str = "install git, and let it read this checkout (`git config --global --add safe.directory PATH`)";

/// The commit that a name stands for.
fn commit(git: &Git, name: &str) -> Result<String, String> {
    let asked = format!("{name}^{{commit}}");
    // `--end-of-options` is newer than some gits in use; a name never begins with a dash here.
    let out = git.run(&["rev-parse", "--verify", "--quiet", &asked], &[]);
    match out.map(|out| out.lines().next().unwrap_or_default().to_owned()) {
        Ok(id) if is_id(&id) => Ok(id),
        Ok(_) => Err("git does not know it".to_owned()),
        Err(why) => Err(why.replace("git says: nothing", "git does not know it")),
    }
}

fn is_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.chars().all(|c| c.is_ascii_hexdigit())
}

/// The first digits of an object id, as people write them.
#[must_use]
pub fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

/// Whether a path stays in its folder and out of git's own.
fn is_tame(path: &str) -> bool {
    !path.is_empty()
        && Path::new(path).components().all(|part| match part {
            Component::Normal(name) => !name.eq_ignore_ascii_case(".git"),
            _ => false,
        })
}

fn create(into: &Path, path: &str) -> std::io::Result<fs::File> {
    let file = into.join(path);
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::OpenOptions::new().write(true).create_new(true).open(file)
}

#[cfg(unix)]
fn link(into: &Path, path: &str, target: &[u8]) -> std::io::Result<()> {
    use std::os::unix::ffi::OsStrExt as _;
    let file = into.join(path);
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    std::os::unix::fs::symlink(std::ffi::OsStr::from_bytes(target), file)
}

/// Where links need rights, a link is written as git writes it there: a file that says where it leads.
#[cfg(not(unix))]
fn link(into: &Path, path: &str, target: &[u8]) -> std::io::Result<()> {
    create(into, path)?.write_all(target)
}

#[cfg(test)]
mod tests;
