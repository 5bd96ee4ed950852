//! A folder enters; dates and authors from its git history leave. `git` is called with fixed arguments, and only when a fact
//! needs it; without git, or outside a checkout, the answer says so.

mod call;
mod place;
mod record;
mod window;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::value::Day;
use place::Place;
use record::{BODY, FORMAT, after, parse};
use window::{Window, covers};

/// A commit that touched a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Author date, in the author's own calendar.
    pub day: Day,
    /// Author name.
    pub name: String,
    /// Author e-mail address.
    pub email: String,
    /// Object id.
    pub id: String,
}

/// A file as one commit left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Object id of the commit.
    pub id: String,
    /// Its message.
    pub message: String,
    /// The file's text after it; empty when the commit took the file away, and for merges.
    pub after: String,
    /// The history is cut off at this commit (a shallow clone).
    pub boundary: bool,
}

/// When a path was last changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dated {
    /// By this commit.
    By(Commit),
    /// Outside git, untracked, or edited since: nothing says when.
    Undated,
    /// It cannot be looked at; why.
    Unknown(String),
}

/// The git history of a folder.
#[derive(Debug)]
pub struct Git {
    root: PathBuf,
    checkout: bool,
    /// The commit whose history is told; the one that is checked out when none.
    at: Option<String>,
    place: OnceLock<Result<Place, String>>,
    window: OnceLock<Result<Option<Window>, String>>,
    dirty: OnceLock<Result<Vec<String>, String>>,
}

/// A commit with the paths it touched, from the folder.
type Change = (Commit, Vec<String>);

impl Git {
    /// The history of a folder; nothing is asked yet.
    #[must_use]
    pub fn of(root: &Path) -> Self {
        let root = if root.as_os_str().is_empty() { PathBuf::from(".") } else { root.to_owned() };
        let absolute = std::path::absolute(&root).unwrap_or_else(|_| root.clone());
        let checkout = absolute.ancestors().any(|folder| folder.join(".git").exists());
        Self { root, checkout, at: None, place: OnceLock::new(), window: OnceLock::new(), dirty: OnceLock::new() }
    }

    /// The same folder's history as of a commit, by its full id: nothing later is told, and nothing is untracked or edited.
    #[must_use]
    pub fn as_of(&self, commit: &str) -> Self {
        Self { at: Some(commit.to_owned()), ..Self::of(&self.root) }
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Why dates and authors are unknown, as far as anything asked for them: git does not answer, or its history is cut off.
    #[must_use]
    pub fn trouble(&self) -> Option<Diagnostic> {
        let window = self.window.get().and_then(|window| window.as_ref().err());
        let place = self.place.get();
        match place.map(|place| window.map_or(place.as_ref(), Err)).or(window.map(Err))? {
            Err(why) => {
                Some(Diagnostic::warning(Code::Shallow, format!("dates and authors are unknown: {why}")).help(
                    "install git, and let it read this checkout (`git config --global --add safe.directory PATH`)",
                ))
            }
            Ok(place) if place.boundary.is_empty() => None,
            Ok(_) => Some(
                Diagnostic::warning(
                    Code::Shallow,
                    "the git history is cut off (a shallow clone), so dates beyond it are unknown",
                )
                .help(
                    "fetch the full history: `git fetch --unshallow`, or `fetch-depth: 0` in the checkout step of CI",
                ),
            ),
        }
    }

    /// Whether the folder is in a git checkout.
    #[must_use]
    pub fn is_checkout(&self) -> bool {
        self.checkout
    }

    /// The last commit of each path (a file, or a folder).
    #[must_use]
    pub fn last_changes(&self, paths: &[String]) -> HashMap<String, Dated> {
        self.dates(paths, Pick::Newest)
    }

    /// The commit that brought each path (a file, or a folder).
    #[must_use]
    pub fn first_changes(&self, paths: &[String]) -> HashMap<String, Dated> {
        self.dates(paths, Pick::Oldest)
    }

    /// Every commit since a day (by author date), newest first.
    ///
    /// # Errors
    /// Why it cannot be looked at.
    pub fn commits_since(&self, day: Day) -> Result<Vec<Commit>, String> {
        if !self.checkout {
            return Ok(Vec::new());
        }
        // Git compares commit times; two days more, and then the author's own day decides.
        let since = day.0.saturating_sub(jiff::Span::new().days(2));
        if let (Some(window), Ok(since)) = (self.window()?, since.to_zoned(jiff::tz::TimeZone::UTC)) {
            return Ok(window.since(since.timestamp().as_second()).filter(|c| c.day >= day).cloned().collect());
        }
        let since = format!("--since={since}T00:00:00Z");
        let out = self.log(&["log", &since, FORMAT], &[])?;
        Ok(out.split('\u{1}').filter_map(parse).map(|(c, _)| c).filter(|c| c.day >= day).collect())
    }

    /// The newest commit that touched any of the paths; edits that are not committed are no commit.
    #[must_use]
    pub fn newest_change(&self, paths: &[String]) -> Dated {
        if !self.checkout || paths.is_empty() {
            return Dated::Undated;
        }
        let literal: Vec<String> = paths.iter().map(|path| format!(":(literal){path}")).collect();
        let place = match self.place() {
            Ok(place) => place,
            Err(why) => return Dated::Unknown(why),
        };
        let newest = match self.all_of(paths) {
            Ok(Some(window)) => Ok(window.history(paths).next().cloned()),
            Ok(None) => {
                let out = self.log(&["log", "-1", FORMAT], &literal);
                out.map(|out| out.split('\u{1}').find_map(parse).map(|(commit, _)| commit))
            }
            Err(why) => Err(why),
        };
        match newest {
            Ok(Some(commit)) if place.boundary.contains(&commit.id) => Dated::Unknown(CUT_OFF.to_owned()),
            Ok(Some(commit)) => Dated::By(commit),
            Ok(None) => Dated::Undated,
            Err(why) => Dated::Unknown(why),
        }
    }

    /// A file as each commit left it, newest first.
    ///
    /// # Errors
    /// Why it cannot be looked at.
    pub fn revisions(&self, path: &str) -> Result<Vec<Revision>, String> {
        if !self.checkout {
            return Ok(Vec::new());
        }
        let place = self.place()?;
        // With more context than any file has lines, each difference holds the whole file.
        let arguments = [
            "log",
            "-p",
            "-U1000000",
            "--root",
            "--max-count=1000",
            "--no-renames",
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
            BODY,
        ];
        let out = self.log(&arguments, &[format!(":(literal){path}")])?;
        let revisions = out.split('\u{1}').filter_map(|record| {
            let mut fields = record.splitn(3, '\u{2}');
            let id = fields.next().filter(|id| !id.is_empty())?.to_owned();
            let message = fields.next()?.trim().to_owned();
            let after = after(fields.next().unwrap_or_default());
            let boundary = place.boundary.contains(&id);
            Some(Revision { id, message, after, boundary })
        });
        Ok(revisions.collect())
    }

    /// How many commits touched a path, and whether the history is cut off at one of them; none when that takes a question of
    /// its own.
    #[must_use]
    pub fn changes(&self, path: &str) -> Option<(usize, bool)> {
        let paths = [path.to_owned()];
        let place = self.place().ok()?;
        let commits: Vec<&Commit> = self.all_of(&paths).ok()??.history(&paths).collect();
        Some((commits.len(), commits.iter().any(|commit| place.boundary.contains(&commit.id))))
    }

    /// Whether a commit is in the history, by 7 to 40 digits of its id.
    ///
    /// # Errors
    /// Why it cannot be looked at.
    pub fn has_commit(&self, id: &str) -> Result<bool, String> {
        let is_id = (7..=40).contains(&id.len()) && id.chars().all(|c| c.is_ascii_hexdigit());
        if !self.checkout || !is_id {
            return Ok(false);
        }
        match self.run(&["log", "-1", "--format=%H", id], &[]) {
            Ok(out) => Ok(!out.trim().is_empty()),
            Err(why)
                if ["bad revision", "unknown revision", "bad object", "ambiguous"].iter().any(|w| why.contains(w)) =>
            {
                if self.is_shallow()? {
                    Err(CUT_OFF.to_owned())
                } else {
                    Ok(false)
                }
            }
            Err(why) => Err(why),
        }
    }

    /// Whether the history is cut off.
    ///
    /// # Errors
    /// Why it cannot be looked at.
    pub fn is_shallow(&self) -> Result<bool, String> {
        if !self.checkout {
            return Ok(false);
        }
        self.place().map(|place| !place.boundary.is_empty())
    }

    pub(super) fn place(&self) -> Result<Place, String> {
        self.place.get_or_init(|| self.find_place()).clone()
    }

    fn dates(&self, paths: &[String], pick: Pick) -> HashMap<String, Dated> {
        let all = |dated: Dated| paths.iter().map(|path| (path.clone(), dated.clone())).collect();
        if !self.checkout || paths.is_empty() {
            return all(Dated::Undated);
        }
        let window = match self.all_of(paths) {
            Ok(window) => window,
            Err(why) => return all(Dated::Unknown(why)),
        };
        let found = match window {
            Some(window) => {
                Ok(paths.iter().map(|path| pick.from(window.history(std::slice::from_ref(path)))).collect())
            }
            None => self.look(paths).map(|changes| {
                let date = |path: &String| {
                    pick.from(changes.iter().filter(|(_, touched)| covers(touched, path)).map(|(commit, _)| commit))
                };
                paths.iter().map(date).collect()
            }),
        };
        let found: Vec<Option<Commit>> = match found {
            Ok(found) => found,
            Err(why) => return all(Dated::Unknown(why)),
        };
        // What no commit has touched has no date, whatever is edited.
        if found.iter().all(Option::is_none) {
            return all(Dated::Undated);
        }
        let edited;
        let dirty = if window.is_some() {
            self.dirty()
        } else {
            edited = self.status(&named(paths));
            edited.as_deref().map_err(Clone::clone)
        };
        let (dirty, place) = match (dirty, self.place()) {
            (Ok(dirty), Ok(place)) => (dirty, place),
            (Err(why), _) | (_, Err(why)) => return all(Dated::Unknown(why)),
        };
        let date = |path: &str, commit: Option<Commit>| match commit {
            _ if covers(dirty, path) => Dated::Undated,
            None => Dated::Undated,
            Some(commit) if place.boundary.contains(&commit.id) => Dated::Unknown(CUT_OFF.to_owned()),
            Some(commit) => Dated::By(commit),
        };
        paths.iter().zip(found).map(|(path, commit)| (path.clone(), date(path, commit))).collect()
    }

    /// The commits that touched any of the paths, newest first.
    fn look(&self, paths: &[String]) -> Result<Vec<Change>, String> {
        let log = self.log(&["log", "--name-only", "--no-renames", "--relative", FORMAT], &named(paths))?;
        Ok(log.split('\u{1}').filter_map(parse).collect())
    }

    /// Calls git where it compares files: no filter of the repository's own configuration is started.
    fn compared(&self, arguments: &[&str], literal: &[String]) -> Result<String, String> {
        let place = self.place()?;
        let off: Vec<String> = place.filters.iter().flat_map(|key| ["-c".to_owned(), format!("{key}=")]).collect();
        let arguments: Vec<&str> = off.iter().map(String::as_str).chain(arguments.iter().copied()).collect();
        self.run(&arguments, literal)
    }

    /// Those of some paths that are untracked or edited.
    fn status(&self, literal: &[String]) -> Result<Vec<String>, String> {
        if self.at.is_some() {
            return Ok(Vec::new());
        }
        let place = self.place()?;
        let status = ["status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames"];
        let status = self.compared(&status, literal)?;
        let inside = |entry: &str| entry.get(3..)?.strip_prefix(place.prefix.as_str()).map(str::to_owned);
        Ok(status.split('\0').filter_map(inside).collect())
    }

    /// The newest commit of the history that is told; none outside a checkout and before the first commit.
    ///
    /// # Errors
    /// When git cannot be asked.
    pub fn head(&self) -> Result<Option<Commit>, String> {
        if !self.is_checkout() {
            return Ok(None);
        }
        let out = self.log(&["log", "-1", FORMAT], &[])?;
        Ok(out.split('\u{1}').find_map(parse).map(|(commit, _)| commit))
    }

    /// Whether a file that git knows, in this folder, was changed and not committed.
    ///
    /// # Errors
    /// When git cannot be asked.
    pub fn is_edited(&self) -> Result<bool, String> {
        if self.at.is_some() || !self.is_checkout() {
            return Ok(false);
        }
        let status = ["status", "--porcelain=v1", "-z", "--untracked-files=no", "--no-renames"];
        Ok(!self.compared(&status, &[":(literal).".to_owned()])?.is_empty())
    }

    /// Whether anything in the folder is untracked or edited.
    ///
    /// # Errors
    /// Why it cannot be looked at.
    pub fn has_edits(&self) -> Result<bool, String> {
        self.dirty().map(|dirty| !dirty.is_empty())
    }

    /// Every path of the folder that is untracked or edited.
    fn dirty(&self) -> Result<&[String], String> {
        let dirty = self.dirty.get_or_init(|| self.status(&[":(literal).".to_owned()]));
        dirty.as_deref().map_err(Clone::clone)
    }

    /// The whole history, when it is short and says of these paths what git says when it is asked for them.
    fn all_of(&self, paths: &[String]) -> Result<Option<&Window>, String> {
        Ok(self.window()?.filter(|_| paths.iter().all(|path| is_plain(path))))
    }

    /// The whole history, when it is short; else each question is asked by itself.
    fn window(&self) -> Result<Option<&Window>, String> {
        let read = || {
            let count = format!("--max-count={}", MAX_WINDOW + 1);
            let mut arguments: Vec<&str> = window::ARGUMENTS.into_iter().chain([count.as_str()]).collect();
            let mut paths = Vec::new();
            // Of a folder in a large checkout, git need not compare what lies beside it; every commit is told all the same.
            if self.place().is_ok_and(|place| !place.prefix.is_empty()) {
                arguments.extend(["--full-history", "--sparse"]);
                paths.push(":(literal).".to_owned());
            }
            let out = self.log(&arguments, &paths)?;
            Ok(Window::read(&out).filter(|window| window.len() <= MAX_WINDOW))
        };
        self.window.get_or_init(read).as_ref().map(Option::as_ref).map_err(Clone::clone)
    }
}

/// A history of more commits is not read as a whole.
const MAX_WINDOW: usize = 300;

/// Why a date at the end of a shallow clone is none.
const CUT_OFF: &str = "the git history is cut off there (a shallow clone); fetch the full history";

/// How git is told some paths. Past some number, naming the whole folder is cheaper than naming each path.
fn named(paths: &[String]) -> Vec<String> {
    let here = [".".to_owned()];
    let named = if paths.len() > 500 { &here[..] } else { paths };
    named.iter().map(|path| format!(":(literal){path}")).collect()
}

/// Which commit of a path's history.
#[derive(Debug, Clone, Copy)]
enum Pick {
    /// The last one.
    Newest,
    /// The one that brought it.
    Oldest,
}

impl Pick {
    fn from<'c>(self, mut newest_first: impl Iterator<Item = &'c Commit>) -> Option<Commit> {
        match self {
            Self::Newest => newest_first.next().cloned(),
            Self::Oldest => newest_first.last().cloned(),
        }
    }
}

/// Whether git lists a path as it is asked for.
fn is_plain(path: &str) -> bool {
    path == "."
        || !path.contains(['"', '\\'])
            && !path.chars().any(char::is_control)
            && path.trim_end_matches('/').split('/').all(|part| !matches!(part, "" | "." | ".."))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests;
