//! What git prints of a whole, short history enters; for any path, the commits leave that git itself would name, so that one
//! question answers all.
//!
//! Where sides were merged, git lists a path's history along one side only when the merge left the path as that side had it
//! (`git help log`, history simplification). The same walk is done here over what one call has printed.

use std::collections::{HashMap, VecDeque};

use jiff::tz::Offset;
use jiff::{Timestamp, civil::Date};

use super::Commit;
use crate::manifest::value::Day;

/// The arguments that print a history as it is read here; nothing in a configuration changes what they print.
pub(super) const ARGUMENTS: [&str; 14] = [
    "-c",
    "log.diffMerges=separate",
    "-c",
    "i18n.logOutputEncoding=UTF-8",
    "log",
    "-m",
    "--raw",
    "--root",
    "--relative",
    "--no-renames",
    "--no-decorate",
    "--no-abbrev-commit",
    "--no-color",
    "--pretty=raw",
];

/// A history, newest first.
#[derive(Debug, Default)]
pub(super) struct Window {
    commits: Vec<Known>,
    by_id: HashMap<String, usize>,
}

/// One commit of it.
#[derive(Debug)]
struct Known {
    commit: Commit,
    /// When it was committed, in seconds.
    committed: i64,
    parents: Vec<String>,
    /// The paths that differ from each parent, or from nothing at the root; in the order of `parents`.
    touched: Vec<Vec<String>>,
}

impl Window {
    /// Reads what git printed; none when it is not as expected.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut window = Self::default();
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            let head = line.strip_prefix("commit ")?;
            let (id, from) = match head.split_once(" (from ") {
                Some((id, from)) => (id, Some(from.strip_suffix(')')?)),
                None => (head, None),
            };
            let (mut parents, mut author, mut committed) = (Vec::new(), None, None);
            // Then the header up to an empty line; the message, indented, between empty lines; a line with a colon a path.
            for line in lines.by_ref().take_while(|line| !line.is_empty()) {
                match line.split_once(' ') {
                    Some(("parent", id)) => parents.push(id.to_owned()),
                    Some(("author", rest)) => author = Some(signature(rest)?),
                    Some(("committer", rest)) => committed = Some(signature(rest)?.2.as_second()),
                    _ => {}
                }
            }
            let mut touched = Vec::new();
            while let Some(line) = lines.next_if(|line| !line.starts_with("commit ")) {
                if line.starts_with(':') {
                    touched.push(line.split_once('\t')?.1.to_owned());
                }
            }
            let (name, email, at, offset) = author?;
            let day = Day(Date::from(offset.to_datetime(at)));
            let commit = Commit { day, name, email, id: id.to_owned() };
            window.add(Known { commit, committed: committed?, parents, touched: Vec::new() }, from, touched)?;
        }
        Some(window)
    }

    /// Adds a commit, or what another of its parents differs in.
    fn add(&mut self, known: Known, from: Option<&str>, touched: Vec<String>) -> Option<()> {
        let sides = known.parents.len().max(1);
        let side = match from {
            Some(from) => known.parents.iter().position(|parent| parent == from)?,
            // A merge that git prints once is as one of its parents, or more: it does not say as which.
            None if sides > 1 && !touched.is_empty() => return None,
            None => 0,
        };
        let at = match self.by_id.get(&known.commit.id) {
            Some(at) => *at,
            None => {
                self.by_id.insert(known.commit.id.clone(), self.commits.len());
                self.commits.push(Known { touched: vec![Vec::new(); sides], ..known });
                self.commits.len() - 1
            }
        };
        *self.commits.get_mut(at)?.touched.get_mut(side)? = touched;
        Some(())
    }

    /// How many commits there are.
    pub(super) fn len(&self) -> usize {
        self.commits.len()
    }

    /// The commits that were made since a second, newest first.
    pub(super) fn since(&self, second: i64) -> impl Iterator<Item = &Commit> {
        self.commits.iter().filter(move |known| known.committed >= second).map(|known| &known.commit)
    }

    /// The commits that touched any of some paths, newest first, as `git log -- PATHS` names them.
    pub(super) fn history(&self, paths: &[String]) -> impl Iterator<Item = &Commit> {
        let mut seen = vec![false; self.commits.len()];
        let mut waiting: VecDeque<usize> = VecDeque::new();
        if let Some(first) = seen.first_mut() {
            *first = true;
            waiting.push_back(0);
        }
        std::iter::from_fn(move || {
            while let Some(at) = waiting.pop_front() {
                let known = self.commits.get(at)?;
                let same = known.touched.iter().position(|touched| !paths.iter().any(|path| covers(touched, path)));
                let follow = match same {
                    Some(side) => known.parents.get(side..=side).unwrap_or_default(),
                    None => known.parents.as_slice(),
                };
                for parent in follow.iter().filter_map(|id| self.by_id.get(id).copied()) {
                    if !std::mem::replace(seen.get_mut(parent)?, true) {
                        self.queue(&mut waiting, parent);
                    }
                }
                if same.is_none() {
                    return Some(&known.commit);
                }
            }
            None
        })
    }

    /// Puts a commit behind all that are as new.
    fn queue(&self, waiting: &mut VecDeque<usize>, commit: usize) {
        let time = |at: usize| self.commits.get(at).map_or(i64::MIN, |known| known.committed);
        let place = waiting.iter().position(|other| time(*other) < time(commit)).unwrap_or(waiting.len());
        waiting.insert(place, commit);
    }
}

/// Name, e-mail address, time and time zone from `Name <address> seconds +hhmm`.
fn signature(text: &str) -> Option<(String, String, Timestamp, Offset)> {
    let (who, when) = text.rsplit_once("> ")?;
    let (name, email) = who.split_once('<')?;
    let (seconds, zone) = when.split_once(' ')?;
    let zone: i32 = zone.parse().ok()?;
    let offset = Offset::from_seconds((zone / 100 * 60 + zone % 100) * 60).ok()?;
    Some((name.trim().to_owned(), email.to_owned(), Timestamp::from_second(seconds.parse().ok()?).ok()?, offset))
}

/// Whether a path, or a file below it, is among those that were touched.
pub(super) fn covers(touched: &[String], path: &str) -> bool {
    if path == "." {
        return !touched.is_empty();
    }
    let path = path.trim_end_matches('/');
    touched.iter().any(|t| t.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    fn commit(id: &str, from: &str, parents: &str, at: i64, touched: &[&str]) -> String {
        let from = if from.is_empty() { String::new() } else { format!(" (from {from})") };
        let parents: String = parents.split_whitespace().map(|parent| format!("parent {parent}\n")).collect();
        let paths: String = touched.iter().map(|t| format!(":100644 100644 1 2 M\t{t}\n")).collect();
        format!(
            "commit {id}{from}\ntree t\n{parents}author P. Raman <p@acme.example> {at} +0530\ncommitter C <c@x> {at} +0000\n\
             gpgsig -----BEGIN\n \n x\n\n    commit {id}\n    \n    :1 2\tforged\n\n{paths}\n"
        )
    }

    fn ids(window: &Window, path: &str) -> String {
        window.history(&[path.to_owned()]).map(|commit| commit.id.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_merge_sends_a_path_along_the_side_that_it_was_taken_from() {
        // m merges b into a: `x` as a had it, `y` as b had it, `z` as neither.
        let text = [
            commit("m", "a", "a b", 5, &["y", "z"]),
            commit("m", "b", "a b", 5, &["x", "z"]),
            commit("b", "", "r", 4, &["x", "y", "z"]),
            commit("a", "", "r", 3, &["x", "y", "z"]),
            commit("r", "", "", 1, &["x", "y", "z", "dir/old"]),
        ];
        let window = Window::read(&text.concat()).unwrap();
        assert_eq!(window.len(), 4);
        assert_eq!(
            ["x", "y", "z", "dir", "none"].map(|path| ids(&window, path)),
            ["a r", "b r", "m b a r", "r", ""].map(str::to_owned)
        );
        assert_eq!(window.since(4).count(), 2);
    }

    #[test]
    fn an_author_lives_in_a_calendar_of_their_own_and_a_message_forges_nothing() {
        // 2026-01-01 20:00 in UTC is the next day in India.
        let window = Window::read(&commit("a", "", "", 1_767_297_600, &["x"])).unwrap();
        let made = window.history(&["x".to_owned()]).next().unwrap();
        assert_eq!((made.day.to_string().as_str(), made.name.as_str()), ("2026-01-02", "P. Raman"));
        assert_eq!((made.email.as_str(), ids(&window, "forged").as_str()), ("p@acme.example", ""));
        assert!(Window::read("fatal: something else").is_none());
    }
}
