//! Postmortems enter; how many of their open actions are past their date leaves.

use crate::evidence::documents::{has_ending, is_foreign};
use crate::evidence::tree::File;
use crate::evidence::{Found, View};
use crate::manifest::value::Day;

use super::table::{Table, day_of};

/// Words that say an action is done.
const DONE: &[&str] =
    &["done", "closed", "complete", "completed", "fixed", "resolved", "yes", "true", "won't do", "wontfix"];

const DUE: &[&str] = &["due", "due_date", "due_on", "deadline", "by", "until", "target_date"];

pub(super) fn collect(view: &View<'_>, found: &mut Found) {
    let overdue: usize = view
        .tree
        .files()
        .iter()
        .filter(|file| is_postmortem(file))
        .filter_map(|file| view.tree.text(file).map(|text| (file, text)))
        .map(|(file, text)| tasks(&text, view.today) + rows(&file.path, &text, view.today))
        .sum();
    found.facts.put("postmortems.overdue_actions", overdue);
}

fn is_postmortem(file: &File) -> bool {
    if !has_ending(&file.path, &["md", "markdown"]) {
        return false;
    }
    let path = file.path.to_lowercase();
    if path.contains("template") || is_foreign(&path) {
        return false;
    }
    let plain = |part: &str| part.replace(['-', '_', ' '], "");
    let mut folders: Vec<&str> = path.split('/').collect();
    let name = plain(folders.pop().unwrap_or_default());
    folders.iter().any(|folder| plain(folder).contains("postmortem"))
        || (name.contains("postmortem")
            && folders.first().is_none_or(|first| ["docs", "doc", "ops", "records", "incidents"].contains(first)))
}

/// `- [ ] Add a limit (due 2026-10-01)`: open tasks with a day that is past.
fn tasks(text: &str, today: Day) -> usize {
    let open = text.lines().filter_map(|line| {
        let item = line.trim_start().strip_prefix(['-', '*', '+'])?.trim_start();
        item.strip_prefix("[ ]")
    });
    open.filter(|task| due(task).is_some_and(|due| due < today)).count()
}

/// The day after `due`, `by` or `until`.
fn due(task: &str) -> Option<Day> {
    let task = task.replace('\u{1F4C5}', " due ");
    let words: Vec<&str> = task.split_whitespace().map(|w| w.trim_matches(|c: char| !c.is_alphanumeric())).collect();
    words.iter().enumerate().find_map(|(i, word)| {
        // `due:2026-10-01` is one word.
        let (label, rest) = word.split_once(':').unwrap_or((word, ""));
        let label = label.to_lowercase();
        if !["due", "by", "until", "deadline"].contains(&label.as_str()) {
            return None;
        }
        let next = words.get(i + 1..).unwrap_or_default().iter().take(3).find_map(|w| Day::parse(w));
        Day::parse(rest).or(next)
    })
}

/// Rows of a table with a date that is past and a status that is not done.
fn rows(path: &str, text: &str, today: Day) -> usize {
    let tables = Table::of_markdown(path, text, DUE);
    let overdue = |table: &Table| {
        let Some(status) = table.column(&["status", "state", "done"]) else { return 0 };
        let late = table.rows.iter().filter(|row| {
            let past = table.text(row, table.column(DUE)).and_then(day_of).is_some_and(|due| due < today);
            let done = table.text(row, Some(status)).is_some_and(|s| {
                let s = s.to_lowercase();
                DONE.contains(&s.as_str()) || s.contains(['✅', '✓', '✔']) || s.contains(":white_check_mark:")
            });
            past && !done
        });
        late.count()
    };
    tables.iter().map(overdue).sum()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    #[test]
    fn open_tasks_with_a_past_day_are_overdue() {
        let today = Day::parse("2026-11-22").unwrap();
        let text = "## Actions
- [ ] Cap retries (R. Diaz), due 2026-10-01
- [x] Page the owner, due 2026-10-01
* [ ] Test the fallback (due: 2026-11-22)
- [ ] Write it down by **2026-09-30**.
- [ ] Think about it, opened 2026-09-01
- [ ] `due:2026-01-02` rotate keys
- [ ] Say so \u{1F4C5} 2026-10-10
";
        assert_eq!(tasks(text, today), 4);
        let table = "| Action | Owner | Due | Status |
|---|---|---|---|
| a | x | 2026-10-01 | open |
| b | x | 2026-10-01 | Done |
| c | x | 2026-12-01 | open |
| d | x | 2026-10-01 | |
";
        assert_eq!(rows("p.md", table, today), 2);
        assert_eq!(rows("p.md", "| Action | Due |\n|---|---|\n| a | 2026-10-01 |\n", today), 0);
    }

    #[test]
    fn postmortems_are_told_by_their_place() {
        let tree = crate::evidence::tree::Tree::of(
            [
                "docs/postmortems/2026-08.md",
                "post-mortems/a.md",
                "docs/2026-08-postmortem.md",
                "docs/postmortems/template.md",
                "src/postmortem.md",
                "vendor/x/postmortems/a.md",
            ]
            .map(|path| (path, String::new())),
        );
        let found: Vec<&str> = tree.files().iter().filter(|f| is_postmortem(f)).map(|f| f.path.as_str()).collect();
        assert_eq!(found, ["docs/2026-08-postmortem.md", "docs/postmortems/2026-08.md", "post-mortems/a.md"]);
    }
}
