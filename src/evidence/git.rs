//! A folder enters; dates and authors from its git history leave. `git` is called with fixed arguments, and only when a fact
//! needs it; without git, or outside a checkout, the answer says so.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use jiff::civil::Date;

use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::value::Day;

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
    window: OnceLock<Option<Window>>,
    dirty: OnceLock<Result<Vec<String>, String>>,
}

/// The whole of a short history, from one call; it answers what would else take a call for each question.
#[derive(Debug)]
struct Window {
    /// The commits with the paths that they touched, newest first.
    changes: Vec<Change>,
    /// When each was committed, in seconds.
    committed: Vec<i64>,
    /// No commit is a merge. Where there is one, git chooses for each path which side of it tells the path's history.
    linear: bool,
}

/// Where the folder is in its checkout, and where the history ends.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    /// The folder from the top of the checkout, with a slash at the end; empty at the top.
    pub(super) prefix: String,
    /// Commits at the boundary of a shallow clone.
    pub(super) boundary: Vec<String>,
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
        match self.place.get()? {
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
        self.dates(paths, |changes, path| changes.iter().find(|(_, touched)| covers(touched, path)))
    }

    /// The commit that brought each path (a file, or a folder).
    #[must_use]
    pub fn first_changes(&self, paths: &[String]) -> HashMap<String, Dated> {
        self.dates(paths, |changes, path| changes.iter().rev().find(|(_, touched)| covers(touched, path)))
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
        if let (Some(window), Ok(since)) = (self.window(), since.to_zoned(jiff::tz::TimeZone::UTC)) {
            let since = since.timestamp().as_second();
            let commits = window.changes.iter().zip(&window.committed).filter(|(_, at)| **at >= since);
            return Ok(commits.map(|((commit, _), _)| commit.clone()).filter(|c| c.day >= day).collect());
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
        let newest = match self.line(paths) {
            Some(window) => Ok(window.newest(paths)),
            None => {
                let out = self.log(&["log", "-1", FORMAT], &literal);
                out.map(|out| out.split('\u{1}').find_map(parse).map(|(commit, _)| commit))
            }
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

    fn dates(
        &self,
        paths: &[String],
        pick: impl for<'c> Fn(&'c [Change], &str) -> Option<&'c Change>,
    ) -> HashMap<String, Dated> {
        let all = |dated: Dated| paths.iter().map(|path| (path.clone(), dated.clone())).collect();
        if !self.checkout || paths.is_empty() {
            return all(Dated::Undated);
        }
        let window = self.line(paths);
        let looked;
        let (changes, dirty, place) = match window {
            // What no commit has touched has no date, whatever is edited.
            Some(window) if !paths.iter().any(|path| pick(&window.changes, path).is_some()) => {
                return all(Dated::Undated);
            }
            Some(window) => match (self.dirty(), self.place()) {
                (Ok(dirty), Ok(place)) => (window.changes.as_slice(), dirty, place),
                (Err(why), _) | (_, Err(why)) => return all(Dated::Unknown(why)),
            },
            None => {
                looked = match self.look(paths) {
                    Ok(found) => found,
                    Err(why) => return all(Dated::Unknown(why)),
                };
                (looked.0.as_slice(), looked.1.as_slice(), looked.2.clone())
            }
        };
        let date = |path: &str| match pick(changes, path) {
            _ if covers(dirty, path) => Dated::Undated,
            None => Dated::Undated,
            Some((commit, _)) if place.boundary.contains(&commit.id) => Dated::Unknown(CUT_OFF.to_owned()),
            Some((commit, _)) => Dated::By(commit.clone()),
        };
        paths.iter().map(|path| (path.clone(), date(path))).collect()
    }

    /// The commits that touched any of the paths, newest first, and the paths that are untracked or edited.
    fn look(&self, paths: &[String]) -> Result<(Vec<Change>, Vec<String>, Place), String> {
        let place = self.place()?;
        // Past some number, naming the whole folder is cheaper than naming each path.
        let here = [".".to_owned()];
        let named = if paths.len() > 500 { &here[..] } else { paths };
        let literal: Vec<String> = named.iter().map(|path| format!(":(literal){path}")).collect();
        let log = self.log(&["log", "--name-only", "--no-renames", "--relative", FORMAT], &literal)?;
        let changes: Vec<Change> = log.split('\u{1}').filter_map(parse).collect();
        // What no commit has touched has no date, whatever is edited.
        let dirty = if changes.is_empty() { Vec::new() } else { self.status(&literal)? };
        Ok((changes, dirty, place))
    }

    /// Those of some paths that are untracked or edited.
    fn status(&self, literal: &[String]) -> Result<Vec<String>, String> {
        if self.at.is_some() {
            return Ok(Vec::new());
        }
        let place = self.place()?;
        let status = self.run(&["status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames"], literal)?;
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
        let arguments = ["status", "--porcelain=v1", "-z", "--untracked-files=no", "--no-renames"];
        Ok(!self.run(&arguments, &[":(literal).".to_owned()])?.is_empty())
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
    fn line(&self, paths: &[String]) -> Option<&Window> {
        self.window().filter(|window| window.linear && paths.iter().all(|path| is_plain(path)))
    }

    /// The whole history, when it is short; else each question is asked by itself.
    fn window(&self) -> Option<&Window> {
        let read = || {
            let count = format!("--max-count={}", MAX_WINDOW + 1);
            let out = self.log(&["log", &count, "--name-only", "--no-renames", "--relative", PARENTS], &[]).ok()?;
            let mut window = Window { changes: Vec::new(), committed: Vec::new(), linear: true };
            for record in out.split('\u{1}').filter(|record| !record.is_empty()) {
                let (head, rest) = record.split_once('\u{2}')?;
                let mut words = head.split(' ');
                window.committed.push(words.next()?.parse().ok()?);
                window.linear &= words.filter(|parent| !parent.is_empty()).count() < 2;
                window.changes.push(parse(rest)?);
            }
            (window.changes.len() <= MAX_WINDOW).then_some(window)
        };
        self.window.get_or_init(read).as_ref()
    }

    fn find_place(&self) -> Result<Place, String> {
        let out = self.run(&["rev-parse", "--show-prefix", "--is-shallow-repository", "--git-path", "shallow"], &[])?;
        let mut lines = out.lines();
        let prefix = lines.next().unwrap_or_default().to_owned();
        let shallow = lines.next() == Some("true");
        let boundary = match lines.next() {
            Some(path) if shallow => std::fs::read_to_string(self.root.join(path))
                .map_err(|e| format!("the boundary of the shallow clone cannot be read: {e}"))?
                .lines()
                .map(str::to_owned)
                .collect(),
            _ => Vec::new(),
        };
        Ok(Place { prefix, boundary })
    }

    /// Calls `git log` for the history that is told.
    fn log(&self, arguments: &[&str], paths: &[String]) -> Result<String, String> {
        let arguments: Vec<&str> = arguments.iter().copied().chain(self.at.as_deref()).collect();
        self.run(&arguments, paths)
    }

    /// Calls git; what it says is taken as text.
    pub(super) fn run(&self, arguments: &[&str], paths: &[String]) -> Result<String, String> {
        self.bytes(arguments, paths).map(|out| String::from_utf8_lossy(&out).into_owned())
    }

    /// Calls git; what it says is taken as bytes.
    pub(super) fn bytes(&self, arguments: &[&str], paths: &[String]) -> Result<Vec<u8>, String> {
        let output = self
            .command(arguments)
            .arg("--")
            .args(paths)
            .stdin(Stdio::null())
            .output()
            .map_err(|e| format!("git could not be started: {e}"))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let why = String::from_utf8_lossy(&output.stderr);
        let why = why.lines().next().unwrap_or("nothing");
        // A checkout without a commit has no history, which is no failure.
        if why.contains("does not have any commits yet") { Ok(Vec::new()) } else { Err(format!("git says: {why}")) }
    }

    /// Starts a process that answers object ids on its input with the objects, as they are stored: no filter and no
    /// conversion is applied.
    pub(super) fn objects(&self) -> Result<Child, String> {
        self.command(&["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| format!("git could not be started: {e}"))
    }

    /// Git with the arguments that every call has. Nothing that a repository's own configuration names is started: no pager, no
    /// signature program, no file monitor, no lazy fetch; and no object is replaced by another.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .arg("-C")
            .arg(&self.root)
            .args([
                "--no-pager",
                "--no-replace-objects",
                "-c",
                "core.quotePath=false",
                "-c",
                "log.showSignature=false",
                "-c",
                "core.fsmonitor=false",
            ])
            .args(arguments)
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .stderr(Stdio::piped());
        command
    }
}

/// A record begins with U+0001; its fields are parted by U+0002; the touched paths follow, a line each.
const FORMAT: &str = "--format=%x01%H%x02%aI%x02%an%x02%ae%x02";

/// The same, after the time of the commit and its parents.
const PARENTS: &str = "--format=%x01%ct %P%x02%H%x02%aI%x02%an%x02%ae%x02";

/// A history of more commits is not read as a whole.
const MAX_WINDOW: usize = 300;

/// A record with the whole message; what follows is the difference.
const BODY: &str = "--format=%x01%H%x02%B%x02";

/// Why a date at the end of a shallow clone is none.
const CUT_OFF: &str = "the git history is cut off there (a shallow clone); fetch the full history";

/// The new text of a file from a difference that holds all of it.
fn after(difference: &str) -> String {
    let mut text = String::new();
    for line in difference.lines().skip_while(|line| !line.starts_with("@@ ")).skip(1) {
        if let Some(kept) = line.strip_prefix([' ', '+']) {
            text.push_str(kept);
            text.push('\n');
        }
    }
    text
}

fn parse(record: &str) -> Option<Change> {
    let mut fields = record.split('\u{2}');
    let id = fields.next()?.to_owned();
    let day: Date = fields.next()?.get(..10)?.parse().ok()?;
    let name = fields.next()?.to_owned();
    let email = fields.next()?.to_owned();
    let touched = fields.next().unwrap_or_default().lines().filter(|l| !l.is_empty()).map(str::to_owned).collect();
    (!id.is_empty()).then_some((Commit { day: Day(day), name, email, id }, touched))
}

impl Window {
    /// The newest commit that touched any of some paths.
    fn newest(&self, paths: &[String]) -> Option<Commit> {
        let found = self.changes.iter().find(|(_, touched)| {
            paths.iter().any(|path| if path == "." { !touched.is_empty() } else { covers(touched, path) })
        });
        found.map(|(commit, _)| commit.clone())
    }
}

/// Whether git lists a path as it is asked for.
fn is_plain(path: &str) -> bool {
    path == "."
        || !path.contains(['"', '\\'])
            && !path.chars().any(char::is_control)
            && path.trim_end_matches('/').split('/').all(|part| !matches!(part, "" | "." | ".."))
}

fn covers(touched: &[String], path: &str) -> bool {
    let path = path.trim_end_matches('/');
    touched.iter().any(|t| t == path || t.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    fn git(root: &Path, arguments: &[&str], date: &str) {
        let done = Command::new("git")
            .arg("-C")
            .arg(root)
            .args(["-c", "user.name=Priya Raman", "-c", "user.email=priya@acme.example", "-c", "commit.gpgSign=false"])
            .args(arguments)
            .env("GIT_AUTHOR_DATE", format!("{date}T12:00:00+0200"))
            .env("GIT_COMMITTER_DATE", "2026-11-20T12:00:00+0200")
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    fn paths(paths: &[&str]) -> Vec<String> {
        paths.iter().map(|p| (*p).to_owned()).collect()
    }

    fn day(dated: &Dated) -> String {
        match dated {
            Dated::By(commit) => commit.day.to_string(),
            Dated::Undated => "undated".to_owned(),
            Dated::Unknown(why) => format!("unknown: {why}"),
        }
    }

    #[test]
    fn dates_are_author_dates_and_only_of_what_is_committed() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("mono/project é");
        std::fs::create_dir_all(root.join("drills")).unwrap();
        git(dir.path(), &["init", "-q", "-b", "main"], "2026-01-01");
        std::fs::write(root.join("drills/a.yaml"), "1").unwrap();
        std::fs::write(root.join("edited.md"), "1").unwrap();
        git(dir.path(), &["add", "."], "2026-01-01");
        git(dir.path(), &["commit", "-qm", "one"], "2026-03-01");
        std::fs::write(root.join("drills/a.yaml"), "2").unwrap();
        git(dir.path(), &["commit", "-qam", "two"], "2026-05-01");
        std::fs::write(root.join("edited.md"), "2").unwrap();
        std::fs::write(root.join("new.md"), "1").unwrap();

        let git_history = Git::of(&root);
        let asked = paths(&["drills/a.yaml", "drills", "edited.md", "new.md", "none.md"]);
        let last = git_history.last_changes(&asked);
        assert_eq!(
            asked.iter().map(|p| day(&last[p])).collect::<Vec<_>>(),
            ["2026-05-01", "2026-05-01", "undated", "undated", "undated"]
        );
        assert_eq!(day(&git_history.first_changes(&asked)["drills/a.yaml"]), "2026-03-01");
        let since = git_history.commits_since(Day::parse("2026-05-01").unwrap()).unwrap();
        assert_eq!(since.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["Priya Raman"]);

        assert_eq!(day(&git_history.newest_change(&asked)), "2026-05-01");
        assert_eq!(day(&git_history.newest_change(&paths(&["new.md"]))), "undated");
        let revisions = git_history.revisions("drills/a.yaml").unwrap();
        let read: Vec<(&str, &str)> = revisions.iter().map(|r| (r.message.as_str(), r.after.as_str())).collect();
        assert_eq!(read, [("two", "2\n"), ("one", "1\n")]);
        assert_eq!(git_history.has_commit(&revisions[1].id), Ok(true));
        assert_eq!(git_history.has_commit(revisions[1].id.get(..8).unwrap()), Ok(true));
        assert_eq!(git_history.has_commit("0123456789"), Ok(false));
        assert_eq!(git_history.has_commit("main"), Ok(false));
        assert_eq!(git_history.is_shallow(), Ok(false));

        let clone = dir.path().join("clone");
        let url = format!("file://{}", dir.path().display());
        git(dir.path(), &["clone", "-q", "--depth", "1", &url, clone.to_str().unwrap()], "2026-01-01");
        let shallow = Git::of(&clone.join("mono/project é")).last_changes(&asked);
        assert!(day(&shallow["drills/a.yaml"]).contains("shallow"), "{}", day(&shallow["drills/a.yaml"]));
        let cut_off = Git::of(&clone.join("mono/project é"));
        assert!(day(&cut_off.newest_change(&asked)).contains("shallow"));
        assert_eq!(cut_off.is_shallow(), Ok(true));
        assert!(cut_off.revisions("drills/a.yaml").unwrap()[0].boundary);
        assert!(cut_off.has_commit("0123456789").unwrap_err().contains("shallow"));
    }

    #[test]
    fn a_short_history_is_asked_once_and_a_merge_is_left_to_git() {
        let dir = tempfile::tempdir().unwrap();
        git(dir.path(), &["init", "-q", "-b", "main"], "2026-01-01");
        std::fs::write(dir.path().join("a.md"), "1").unwrap();
        git(dir.path(), &["add", "."], "2026-01-01");
        git(dir.path(), &["commit", "-qm", "one"], "2026-03-01");
        let line = Git::of(dir.path());
        assert!(line.window().is_some_and(|window| window.linear && window.changes.len() == 1));
        assert_eq!(day(&line.newest_change(&paths(&["."]))), "2026-03-01");
        assert!(line.line(&paths(&["a.md"])).is_some() && line.line(&paths(&["../a.md"])).is_none());

        git(dir.path(), &["checkout", "-qb", "side"], "2026-03-02");
        std::fs::write(dir.path().join("a.md"), "2").unwrap();
        git(dir.path(), &["commit", "-qam", "two"], "2026-04-01");
        git(dir.path(), &["checkout", "-q", "main"], "2026-04-02");
        git(dir.path(), &["merge", "-q", "--no-ff", "-s", "ours", "-m", "not that", "side"], "2026-05-01");
        let merged = Git::of(dir.path());
        assert!(merged.window().is_some_and(|window| !window.linear));
        assert_eq!(day(&merged.newest_change(&paths(&["a.md"]))), "2026-03-01");
        let since = merged.commits_since(Day::parse("2026-04-01").unwrap()).unwrap();
        assert_eq!(since.iter().map(|c| c.day.to_string()).collect::<Vec<_>>(), ["2026-05-01", "2026-04-01"]);
    }

    #[test]
    fn outside_a_checkout_nothing_is_dated() {
        let dir = tempfile::tempdir().unwrap();
        let history = Git { checkout: false, ..Git::of(dir.path()) };
        assert_eq!(history.last_changes(&paths(&["a"]))["a"], Dated::Undated);
        assert_eq!(history.commits_since(Day::parse("2026-01-01").unwrap()), Ok(Vec::new()));
    }
}
