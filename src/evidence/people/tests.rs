//! A manifest, CODEOWNERS and a history enter; the facts about the owner and the owned parts leave.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use std::path::Path;
use std::process::Command;

use super::*;
use crate::evidence::git::Git;
use crate::evidence::tree::Tree;
use crate::manifest;

const MANIFEST: &str = "
people:
  owner: { name: Priya Raman, handle: '@praman' }
  builders: [ { name: Ana Silva, handle: '@asilva' } ]
";

fn facts_of(tree: &Tree, git: &Git, text: &str) -> Node {
    let manifest = manifest::load("aipp.yaml", text.into()).unwrap().manifest;
    let today = Day::parse("2026-11-22").unwrap();
    Node::Map(collect(&View::of(tree, git, &manifest, today)).facts)
}

fn facts(files: &[(&'static str, &str)], text: &str) -> Node {
    let tree = Tree::of(files.iter().map(|(path, text)| (*path, (*text).to_owned())));
    facts_of(&tree, &Git::of(Path::new("/")), text)
}

fn holds(facts: &Node, path: &str) -> bool {
    facts.at(path).unwrap_or_else(|| panic!("{path} is not there")).is_true()
}

fn acts(facts: &Node) -> Vec<(String, String)> {
    let text = |node: &Node, name: &str| node.get(name).and_then(Node::text).unwrap_or("unknown").to_owned();
    facts.at("owner.activity").unwrap().items().iter().map(|a| (text(a, "date"), text(a, "what"))).collect()
}

#[test]
fn one_named_person_is_an_owner_and_a_group_is_none() {
    let owner = |text: &str| {
        let facts = facts(&[], text);
        (holds(&facts, "owner.named"), holds(&facts, "owner.is_group"))
    };
    assert_eq!(owner(MANIFEST), (true, false));
    assert_eq!(owner("people: { owner: Priya Raman }"), (true, false));
    assert_eq!(owner("people: { owner: [ Priya Raman, Ana Silva ] }"), (false, true));
    assert_eq!(owner("people: { owner: { name: AI task force, handle: '@acme/ai-task-force' } }"), (false, true));
    assert_eq!(owner("people: { owner: AI steering committee }"), (false, true));
    assert_eq!(owner("people: { owner: { handle: '@tbd' } }"), (false, false));
    assert_eq!(owner("people: { owner: TBD }"), (false, false));
    assert_eq!(owner("aipp: 1"), (false, false));
}

#[test]
fn the_owner_is_named_in_codeowners_or_an_escalation_path() {
    let named = |files: &[(&'static str, &str)]| holds(&facts(files, MANIFEST), "owner.in_codeowners");
    assert!(named(&[("CODEOWNERS", "* @PRaman\n")]));
    assert!(!named(&[("CODEOWNERS", "* @praman-bot @asilva\n")]));
    assert!(named(&[("ESCALATION.md", "1. On call\n2. Priya Raman, +49 1\n")]));
    assert!(named(&[("docs/incident-plan.md", "# Incident plan\n## Escalation\n- first: R. Diaz\n- then: @praman\n")]));
    assert!(!named(&[("docs/incident-plan.md", "# Incident plan\nWritten by Priya Raman\n")]));
    assert!(named(&[("runbooks/intake-down.md", "# Intake down\n## Symptom\nx\n## Escalate\nPriya Raman\n")]));
    assert!(!named(&[]));
    let place = facts(&[(".github/CODEOWNERS", "# who\n* @praman\n")], MANIFEST);
    let Some(Node::Map(owner)) = place.get("owner") else { panic!() };
    let origin = owner.origin.as_ref().unwrap();
    assert_eq!((origin.path.as_str(), origin.line), (".github/CODEOWNERS", Some(2)));
}

#[test]
fn parts_have_owners_and_independent_ones() {
    let files = [
        (
            "CODEOWNERS",
            "* @praman\n/prompts/ @asilva\n/governance/ @lhaas\n/docs/runbooks/ @acme/ops @asilva\n/evals/cases.yaml\n",
        ),
        ("prompts/a.md", "x"),
        ("governance/risk.md", "x"),
        ("docs/runbooks/down.md", "# x\n## Symptom\n"),
        ("evals/cases.yaml", "x"),
        ("src/app.py", "x"),
    ];
    let facts = facts(&files, MANIFEST);
    assert!(holds(&facts, "codeowners.present"));
    let part = |name: &str| {
        let owners = match facts.at(&format!("codeowners.{name}.owners")) {
            Some(Node::Leaf(crate::fact::Leaf::Known(crate::fact::Scalar::Texts(owners)))) => owners.join(" "),
            other => format!("{other:?}"),
        };
        (
            holds(&facts, &format!("codeowners.{name}.owned")),
            owners,
            holds(&facts, &format!("codeowners.{name}.independent")),
        )
    };
    assert_eq!(part("prompts"), (true, "@asilva".to_owned(), false));
    assert_eq!(part("governance"), (true, "@lhaas".to_owned(), true));
    assert_eq!(part("runbooks"), (true, "@acme/ops @asilva".to_owned(), true));
    assert_eq!(part("evals"), (false, String::new(), false), "its owner was taken away");
    assert_eq!(part("policies"), (true, "@praman".to_owned(), false), "no file yet, the star owns it");
    assert_eq!(part("models"), (true, "@praman".to_owned(), false));
}

#[test]
fn every_file_of_a_part_needs_an_owner() {
    let part = |codeowners: &str, manifest: &str, name: &str| {
        let files = [("CODEOWNERS", codeowners), ("prompts/a.md", "x"), ("prompts/b/c.md", "x"), ("src/llm/x.md", "x")];
        holds(&facts(&files, manifest), &format!("codeowners.{name}.owned"))
    };
    assert!(!part("/prompts/* @lhaas\n", MANIFEST, "prompts"));
    assert!(part("/prompts/ @lhaas\n", MANIFEST, "prompts"));
    assert!(!part("/prompts/ @lhaas\n", "prompts: { path: src/llm }", "prompts"));
    assert!(part("/prompts/ @lhaas\n/src/llm/ @lhaas\n", "prompts: { path: ./src/llm/ }", "prompts"));
    assert!(!part("/prompts/ @lhaas\n", MANIFEST, "policies"));
    assert!(part("/policies/ @lhaas\n", MANIFEST, "policies"));
    let without = facts(&[], MANIFEST);
    assert!(!holds(&without, "codeowners.present") && !holds(&without, "codeowners.evals.owned"));
}

#[test]
fn decisions_sign_offs_and_delegations_are_signs_of_life() {
    let text = format!(
        "{MANIFEST}decisions:\n  - {{ kind: go, date: 2026-07-24, by: P. Raman }}\n  - {{ kind: go, date: 2026-07-25, by: M. Okafor }}\n"
    );
    let files = [
        ("records/decisions/a.yaml", "{ kind: pivot, date: 2026-10-01, by: '@praman' }"),
        ("records/attestations/a.yaml", "{ check: x, by: Priya Raman, date: 2026-10-02 }"),
        ("records/attestations/b.yaml", "{ check: x, by: A. Silva, date: 2026-11-05 }"),
        ("records/attestations/c.yaml", "{ check: x, by: A. Silva, date: 2026-11-15 }"),
        ("records/acceptance/a.yaml", "{ date: 2026-10-03, by: praman }"),
        ("records/delegations/a.yaml", "{ date: 2026-11-01, by: Priya Raman, to: '@asilva', until: 2026-11-10 }"),
        ("records/delegations/b.yaml", "{ date: 2026-11-11, by: Somebody Else, to: '@asilva' }"),
    ];
    let expected = [
        ("2026-11-05", "sign-off"),
        ("2026-11-01", "delegation"),
        ("2026-10-03", "sign-off"),
        ("2026-10-02", "sign-off"),
        ("2026-10-01", "decision"),
        ("2026-07-24", "decision"),
    ];
    assert_eq!(acts(&facts(&files, &text)), expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    assert_eq!(acts(&facts(&files, "aipp: 1")), []);
}

#[test]
fn commits_of_the_owner_count_a_day_each() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let git = |author: &str, date: &str, arguments: &[&str]| {
        let done = Command::new("git")
            .arg("-C")
            .arg(root)
            .args([
                "-c",
                &format!("user.name={author}"),
                "-c",
                "user.email=x@acme.example",
                "-c",
                "commit.gpgSign=false",
            ])
            .args(arguments)
            .env("GIT_AUTHOR_DATE", format!("{date}T12:00:00+0200"))
            .env("GIT_COMMITTER_DATE", format!("{date}T12:00:00+0200"))
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    git("x", "2026-01-01", &["init", "-q", "-b", "main"]);
    for (author, date) in [
        ("Priya Raman", "2026-01-02"),
        ("Priya Raman", "2026-11-10"),
        ("praman", "2026-11-10"),
        ("Ana Silva", "2026-11-12"),
    ] {
        git(author, date, &["commit", "-q", "--allow-empty", "-m", "x"]);
    }
    let tree = Tree::of([]);
    assert_eq!(acts(&facts_of(&tree, &Git::of(root), MANIFEST)), [("2026-11-10".to_owned(), "commit".to_owned())]);
    let clone = root.join("clone");
    git(
        "x",
        "2026-01-01",
        &["clone", "-q", "--depth", "1", &format!("file://{}", root.display()), clone.to_str().unwrap()],
    );
    assert_eq!(
        acts(&facts_of(&tree, &Git::of(&clone), MANIFEST)),
        [("unknown".to_owned(), "commit".to_owned())],
        "the clone is cut off before the owner's commit"
    );
}

#[test]
fn an_empty_codeowners_is_neither_absent_nor_good() {
    let tree = Tree::of([(".github/CODEOWNERS", "\n".to_owned())]);
    let manifest = manifest::load("aipp.yaml", MANIFEST.into()).unwrap().manifest;
    let git = Git::of(Path::new("/"));
    let today = Day::parse("2026-11-22").unwrap();
    let found = collect(&View::of(&tree, &git, &manifest, today));
    assert_eq!(found.malformed.len(), 1);
    assert_eq!(found.malformed[0].1.file(), Some(".github/CODEOWNERS"));
    let root = Node::Map(found.facts);
    assert!(matches!(root.at("codeowners.present"), Some(Node::Leaf(crate::fact::Leaf::Unknown(_)))));
}
