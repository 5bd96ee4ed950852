//! Checkouts that the tests make themselves: dates, authors and merges.

use std::path::Path;
use std::process::Command;

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
fn a_short_history_is_asked_once_also_where_sides_were_merged() {
    let dir = tempfile::tempdir().unwrap();
    git(dir.path(), &["init", "-q", "-b", "main"], "2026-01-01");
    std::fs::write(dir.path().join("a.md"), "1").unwrap();
    git(dir.path(), &["add", "."], "2026-01-01");
    git(dir.path(), &["commit", "-qm", "one"], "2026-03-01");
    let line = Git::of(dir.path());
    assert!(line.window().unwrap().is_some_and(|window| window.len() == 1));
    assert_eq!(line.changes("a.md"), Some((1, false)));
    assert_eq!(day(&line.newest_change(&paths(&["."]))), "2026-03-01");
    assert!(line.all_of(&paths(&["a.md"])).unwrap().is_some() && line.all_of(&paths(&["../a.md"])).unwrap().is_none());

    git(dir.path(), &["checkout", "-qb", "side"], "2026-03-02");
    std::fs::write(dir.path().join("a.md"), "2").unwrap();
    git(dir.path(), &["commit", "-qam", "two"], "2026-04-01");
    git(dir.path(), &["checkout", "-q", "main"], "2026-04-02");
    git(dir.path(), &["merge", "-q", "--no-ff", "-s", "ours", "-m", "not that", "side"], "2026-05-01");
    let merged = Git::of(dir.path());
    assert_eq!(day(&merged.newest_change(&paths(&["a.md"]))), "2026-03-01");
    assert_eq!(day(&merged.newest_change(&paths(&["b.md"]))), "undated");
    let since = merged.commits_since(Day::parse("2026-04-01").unwrap()).unwrap();
    assert_eq!(since.iter().map(|c| c.day.to_string()).collect::<Vec<_>>(), ["2026-05-01", "2026-04-01"]);
}

/// The walk over one answer says what git says when it is asked for each path.
#[test]
fn every_path_of_a_tangled_history_has_the_commits_that_git_names() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    git(root, &["init", "-q", "-b", "main"], "2026-01-01");
    // Few paths and values, so that sides often agree: then git follows one side only.
    let mut state: u32 = 7;
    let mut next = |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % below
    };
    let names = ["a", "b", "dir/c", "dir/d"];
    for step in 0..40_u32 {
        let date = format!("2026-{:02}-{:02}", 2 + step / 25, 1 + step % 25);
        if step > 3 && next(3) == 0 {
            git(root, &["checkout", "-q", "--detach", &format!("HEAD~{}", 1 + next(2))], &date);
        }
        let name = names[next(4) as usize];
        std::fs::create_dir_all(root.join("dir")).unwrap();
        std::fs::write(root.join(name), format!("{}", next(3))).unwrap();
        git(root, &["add", "."], &date);
        git(root, &["commit", "-q", "--allow-empty", "-m", "step"], &date);
        let tip = ["merge", "-q", "--no-ff", "-m", "both", "-X", ["ours", "theirs"][next(2) as usize], "main"];
        if next(2) == 0 {
            git(root, &tip, &date);
        }
        git(root, &["branch", "-f", "side", "HEAD"], &date);
        git(root, &["checkout", "-q", "-B", "main", "side"], &date);
        if next(2) == 0 && step > 2 {
            git(root, &["checkout", "-q", "--detach", "HEAD~1"], &date);
        }
    }
    git(root, &["checkout", "-q", "--detach"], "2026-05-01");
    git(root, &["merge", "-q", "--no-ff", "-m", "all", "-s", "ours", "main"], "2026-05-01");
    std::fs::create_dir_all(root.join("dir")).unwrap();
    // Of a folder, git compares that folder only.
    for (folder, names) in
        [(root.to_owned(), &["a", "b", "dir/c", "dir", "dir/d", "."][..]), (root.join("dir"), &["c", "d"])]
    {
        let asked = Git::of(&folder);
        let window = asked.window().unwrap().unwrap();
        for path in names {
            let out = asked.run(&["log", "--format=%H"], &[format!(":(literal){path}")]).unwrap();
            let own: Vec<&str> = window.history(&paths(&[path])).map(|commit| commit.id.as_str()).collect();
            assert_eq!(own, out.lines().collect::<Vec<_>>(), "{path}");
        }
        let all = asked.run(&["log", "--format=%H"], &[]).unwrap();
        assert_eq!(window.len(), all.lines().count());
    }
}

#[test]
fn outside_a_checkout_nothing_is_dated() {
    let dir = tempfile::tempdir().unwrap();
    let history = Git { checkout: false, ..Git::of(dir.path()) };
    assert_eq!(history.last_changes(&paths(&["a"]))["a"], Dated::Undated);
    assert_eq!(history.commits_since(Day::parse("2026-01-01").unwrap()), Ok(Vec::new()));
}
