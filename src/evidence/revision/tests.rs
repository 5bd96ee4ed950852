//! Revisions of scratch repositories enter; what was read from them is compared.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use std::process::Command;

use super::*;
use crate::evidence::git::Dated;
use crate::evidence::tree::Tree;

fn git(root: &Path, arguments: &[&str]) {
    let done = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["-c", "user.name=Priya Raman", "-c", "user.email=priya@acme.example", "-c", "commit.gpgSign=false"])
        .args(arguments)
        .env("GIT_AUTHOR_DATE", "2026-03-01T12:00:00+0200")
        .env("GIT_COMMITTER_DATE", "2026-03-01T12:00:00+0200")
        .output()
        .unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// Two commits of a project in a folder of a checkout; the first is tagged.
fn scratch() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("mono/é [x]");
    fs::create_dir_all(root.join("docs")).unwrap();
    git(dir.path(), &["init", "-q", "-b", "main"]);
    fs::write(dir.path().join("top.yaml"), "top").unwrap();
    fs::write(root.join("docs/a b.md"), "one\r\n\u{feff}").unwrap();
    fs::write(root.join("old.md"), "old").unwrap();
    // A filter that must never run: it would put another text in place of this one.
    fs::write(root.join(".gitattributes"), "*.md filter=evil\n").unwrap();
    git(dir.path(), &["config", "filter.evil.smudge", "echo smudged"]);
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/passwd", root.join("link.md")).unwrap();
    git(dir.path(), &["add", "."]);
    git(dir.path(), &["commit", "-qm", "one"]);
    git(dir.path(), &["tag", "v1"]);
    fs::write(root.join("docs/a b.md"), "two").unwrap();
    fs::remove_file(root.join("old.md")).unwrap();
    git(dir.path(), &["add", "-A", "."]);
    git(dir.path(), &["commit", "-qm", "two"]);
    dir
}

#[test]
fn a_revision_is_read_as_it_is_stored_and_walked_like_a_folder() {
    let dir = scratch();
    let folder = Git::of(&dir.path().join("mono/é [x]"));
    let snapshot = Snapshot::find(&folder, "v1").unwrap();
    assert_eq!((snapshot.id.len(), snapshot.prefix()), (40, "mono/é [x]/"));
    assert_eq!(snapshot.read("mono/é [x]/docs/a b.md").unwrap().unwrap(), "one\r\n\u{feff}".as_bytes());
    assert_eq!(snapshot.read("top.yaml").unwrap().unwrap(), b"top");
    assert_eq!(snapshot.read("mono/none").unwrap(), None);
    assert_eq!(snapshot.read("mono").unwrap(), None, "a folder is no file");

    let out = tempfile::tempdir().unwrap();
    snapshot.export(out.path()).unwrap();
    let tree = Tree::walk(out.path(), &[]).unwrap();
    let paths: Vec<&str> = tree.files().iter().map(|f| f.path.as_str()).collect();
    assert_eq!(paths, [".gitattributes", "docs/a b.md", "old.md"], "a link is no file");
    assert_eq!(&*tree.text(tree.get("old.md").unwrap()).unwrap(), "old", "no filter has run");

    let history = snapshot.git();
    let asked = vec!["docs/a b.md".to_owned(), "old.md".to_owned()];
    let dated = history.last_changes(&asked);
    assert!(dated.values().all(|d| matches!(d, Dated::By(commit) if commit.id == snapshot.id)), "{dated:?}");
    assert_eq!(history.revisions("docs/a b.md").unwrap().len(), 1, "what came later is not told");

    let head = Snapshot::find(&folder, "HEAD").unwrap();
    assert_eq!(snapshot.common(&head).unwrap().id, snapshot.id);
    assert_eq!(head.read("mono/é [x]/old.md").unwrap(), None);
}

#[test]
fn a_name_that_means_nothing_or_two_things_is_refused() {
    let dir = scratch();
    let folder = Git::of(dir.path());
    let why = |name: &str| Snapshot::find(&folder, name).unwrap_err().message;
    for name in ["-h", "--output=x", "", "v1..main", "a\nb"] {
        assert!(why(name).contains("is no revision"), "{}", why(name));
    }
    assert!(why("nothing").contains("there is no revision `nothing`"), "{}", why("nothing"));
    git(dir.path(), &["tag", "main", "v1"]);
    assert!(why("main").contains("means two commits: refs/tags/main"), "{}", why("main"));
    assert!(Snapshot::find(&folder, "refs/heads/main").is_ok());

    let clone = dir.path().join("clone");
    let url = format!("file://{}", dir.path().display());
    git(dir.path(), &["clone", "-q", "--depth", "1", "--branch", "main", &url, clone.to_str().unwrap()]);
    let cut_off = Snapshot::find(&Git::of(&clone), "HEAD~1").unwrap_err();
    assert!(cut_off.message.contains("shallow") && cut_off.help.unwrap().contains("fetch-depth: 0"));
    let outside = tempfile::tempdir().unwrap();
    assert!(Snapshot::find(&Git::of(outside.path()), "HEAD").unwrap_err().message.contains("no git checkout"));
}
