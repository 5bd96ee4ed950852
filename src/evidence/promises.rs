//! Files enter that are called like evidence of a kind; those that hold nothing, or no text, leave as malformed: such a file is
//! neither evidence nor its absence.
//!
//! Results, records, rules, pipelines and documents of a role say so themselves, where they are read. This is for the kinds that
//! are known by words: there a file without words would be passed over.

use super::tree::{File, MAX_FILE, Tree};
use super::{Evidence, documents};
use crate::diagnostic::{Code, Diagnostic};
use crate::fact::Node;
use crate::kinds::fact_name;

/// More files than these are not named; a tree full of empty files is a matter of its own.
const MAX_NAMED: usize = 20;

/// A file of fewer bytes than these may be nothing but blanks.
const MAX_BLANK: u64 = 256;

/// A kind, and whether a file is called like it: its folders, its stem with words joined by `-`, and its ending, in lower case.
type Promise = (&'static str, fn(&Name<'_>) -> bool);

struct Name<'p> {
    folders: &'p str,
    stem: String,
    ending: &'p str,
    /// The name as it is written, in lower case.
    whole: &'p str,
}

impl Name<'_> {
    /// Whether words stand in the stem, one after the other.
    fn says(&self, runs: &[&str]) -> bool {
        let framed = format!("-{}-", self.stem);
        runs.iter().any(|run| framed.contains(&format!("-{run}-")) || framed.contains(&format!("-{run}s-")))
    }

    fn is_prose(&self) -> bool {
        matches!(self.ending, "" | "md" | "mdx" | "markdown" | "rst" | "adoc" | "txt")
    }

    fn is_at_the_top(&self) -> bool {
        matches!(self.folders, "" | ".github" | ".gitlab" | "docs")
    }
}

/// What names promise. A name stands here only when it says nothing else.
const PROMISES: &[Promise] = &[
    ("readme-purpose", |n| n.folders.is_empty() && n.stem == "readme" && n.is_prose()),
    ("license", |n| {
        n.folders.is_empty() && matches!(n.stem.as_str(), "license" | "licence" | "copying") && n.is_prose()
    }),
    ("security-policy", |n| n.is_at_the_top() && n.stem == "security" && n.is_prose()),
    ("changelog-release", |n| {
        n.is_at_the_top() && matches!(n.stem.as_str(), "changelog" | "changes" | "release-notes") && n.is_prose()
    }),
    ("runbook", |n| n.is_prose() && n.says(&["runbook", "playbook", "troubleshooting"])),
    ("rollback", |n| n.is_prose() && n.says(&["rollback", "roll-back"])),
    ("model-card", |n| n.is_prose() && n.says(&["model-card", "modelcard", "system-card"])),
    ("responsible-ai-policy", |n| {
        n.is_prose()
            && n.says(&[
                "responsible-ai",
                "transparency-note",
                "ai-policy",
                "acceptable-use",
                "risk-assessment",
                "impact-assessment",
            ])
    }),
    ("training-materials", |n| n.is_prose() && n.says(&["user-guide", "training-plan", "training-guide"])),
    ("eval-results", |n| n.ending == "csv" && n.says(&["eval-result", "evaluation-result", "eval-score"])),
    ("load-test", |n| n.whole == "locustfile.py" || n.ending == "jmx"),
    ("container-image", |n| matches!(n.whole, "dockerfile" | "containerfile")),
    ("infrastructure-as-code", |n| {
        matches!(n.ending, "tf" | "bicep") || matches!(n.whole, "chart.yaml" | "kustomization.yaml" | "pulumi.yaml")
    }),
];

/// Adds what names promise and files do not hold, for the kinds of which nothing else was found.
pub(super) fn check(evidence: &mut Evidence, tree: &Tree) {
    let mut named = 0;
    for file in tree.files() {
        let lower = file.path.to_lowercase();
        let Some(kind) = promised(&lower) else { continue };
        if documents::is_elsewhere(&file.path) || evidence.items.iter().any(|item| item.kind == kind) {
            continue;
        }
        let Some(wrong) = wrong(tree, file) else { continue };
        let facts = format!("evidence.{}", fact_name(kind));
        if evidence.malformed.iter().any(|(_, known)| known.file() == Some(file.path.as_str())) {
            evidence.facts.put(&facts, Node::unknown(format!("{} cannot be read: {wrong}", file.path)));
            continue;
        }
        named += 1;
        if named > MAX_NAMED {
            return;
        }
        let title = crate::kinds::KINDS.iter().find(|k| k.id == kind).map_or(kind, |k| k.title);
        let diagnostic =
            Diagnostic::error(Code::Malformed, format!("this file is called like evidence ({title}), and {wrong}"))
                .path(file.path.clone())
                .help("write what its name says, or delete it");
        evidence.malformed.push((facts, diagnostic));
    }
}

fn promised(lower: &str) -> Option<&'static str> {
    let (folders, whole) = lower.rsplit_once('/').unwrap_or(("", lower));
    let (stem, ending) = match whole.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => (stem, ending),
        _ => (whole, ""),
    };
    let words: Vec<&str> = stem.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let name = Name { folders, stem: words.join("-"), ending, whole };
    PROMISES.iter().find(|(_, is)| is(&name)).map(|(kind, _)| *kind)
}

/// What is wrong with a file that should hold text; nothing when it does.
fn wrong(tree: &Tree, file: &File) -> Option<&'static str> {
    if file.size == 0 {
        return Some("it is empty");
    }
    // Too large and unreadable files are named where they are met; a scaffold is no text yet, and is named as one.
    if file.size > MAX_FILE || tree.is_unfinished(file) {
        return None;
    }
    match tree.text(file) {
        None => Some("it is no UTF-8 text"),
        Some(text) => (file.size <= MAX_BLANK && text.trim().is_empty()).then_some("it holds nothing but blanks"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::git::Git;
    use crate::evidence::{View, collect};
    use crate::manifest::Manifest;
    use crate::manifest::value::Day;

    fn malformed(files: &[(&'static str, &str)]) -> Vec<String> {
        let tree = Tree::of(files.iter().map(|(path, text)| (*path, (*text).to_owned())));
        let (git, manifest) = (Git::of(std::path::Path::new("/nowhere")), Manifest::default());
        let evidence = collect(&View::of(&tree, &git, &manifest, Day::parse("2026-11-22").expect("a day")));
        evidence.malformed.iter().map(|(path, d)| format!("{path} {}", d.file().unwrap_or_default())).collect()
    }

    #[test]
    fn a_file_that_is_called_like_evidence_and_holds_nothing_is_malformed() {
        for (path, facts) in [
            ("docs/troubleshooting.md", "evidence.runbook"),
            ("ops/runbooks/rollback.md", "documents.rollback_procedure"),
            ("main.tf", "evidence.infrastructure_as_code"),
            ("LICENSE", "evidence.license"),
            ("CHANGELOG.rst", "evidence.changelog_release"),
            ("Dockerfile", "evidence.container_image"),
            ("SECURITY.md", "evidence.security_policy"),
        ] {
            assert!(malformed(&[(path, "")]).contains(&format!("{facts} {path}")), "{path}");
            assert!(malformed(&[(path, " \n\t\n")]).contains(&format!("{facts} {path}")), "{path}");
        }
        for path in
            ["docs/notes.md", "src/__init__.py", "tests/fixtures/runbook.md", "examples/main.tf", "docs/platform.md"]
        {
            assert_eq!(malformed(&[(path, "")]), Vec::<String>::new(), "{path}");
        }
    }

    #[test]
    fn beside_the_real_thing_an_empty_file_is_nothing() {
        let real = "resource \"aws_s3_bucket\" \"audit\" {\n  bucket = \"audit\"\n}\n";
        assert_eq!(malformed(&[("main.tf", real), ("outputs.tf", "")]), Vec::<String>::new());
    }
}
