//! The files of a repository enter; where a new document belongs among them leaves.

use serde::Serialize;

use crate::evidence::tree::Tree;
use crate::manifest::Manifest;

/// Where things are kept, or would be.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Places {
    /// Documents.
    pub(super) docs: String,
    /// Runbooks.
    pub(super) runbooks: String,
    /// Decision records.
    pub(super) decisions: String,
    /// The number of the next decision record, with four digits.
    pub(super) next_decision: String,
    /// Documents of governance.
    pub(super) governance: String,
    /// Alert rules and dashboards.
    pub(super) monitoring: String,
    /// Objects that are deployed.
    pub(super) deploy: String,
    /// Policies.
    pub(super) policy: String,
    /// Evaluations.
    pub(super) evals: String,
    /// CODEOWNERS.
    pub(super) codeowners: String,
    /// `github` or `gitlab`.
    pub(super) forge: &'static str,
}

impl Places {
    pub(super) fn of(tree: &Tree, manifest: &Manifest) -> Self {
        let first = |folders: &[&str]| {
            let there = folders.iter().find(|folder| tree.has(folder));
            there.or(folders.first()).map(|f| (*f).to_owned()).unwrap_or_default()
        };
        let declared = |path: Option<&String>| {
            let path = path?.trim_start_matches("./").trim_end_matches('/');
            (is_safe(path) && !path.contains('.')).then(|| path.to_owned())
        };
        let docs = first(&["docs", "doc", "documentation"]);
        let within = |name: &str| format!("{docs}/{name}");
        let runbooks = declared(manifest.runbooks.as_ref().and_then(|r| r.dir.as_ref())).unwrap_or_else(|| {
            let (in_docs, in_ops) = (within("runbooks"), within("ops/runbooks"));
            first(&[&in_docs, "runbooks", &in_ops, "ops/runbooks", "operations/runbooks", "docs/playbooks"])
        });
        let decisions = declared(manifest.docs.as_ref().and_then(|d| d.decisions.as_ref())).unwrap_or_else(|| {
            let (adr, decisions, architecture) = (within("adr"), within("decisions"), within("architecture/decisions"));
            first(&[&adr, "adr", &decisions, "adrs", &architecture, "docs/adrs"])
        });
        let in_docs = within("governance");
        let gitlab = tree.has(".gitlab-ci.yml") && !tree.has(".github");
        let owners =
            [".github/CODEOWNERS", ".gitlab/CODEOWNERS", ".bitbucket/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];
        let codeowners = owners.iter().find(|path| tree.get(path).is_some());
        Self {
            next_decision: next_number(tree, &decisions),
            governance: first(&["governance", &in_docs, "compliance"]),
            monitoring: first(&["monitoring", "observability", "prometheus", "alerts", "ops/monitoring", "alerting"]),
            deploy: first(&["deploy", "k8s", "kubernetes", "manifests", "deployment"]),
            policy: first(&["policy", "policies"]),
            evals: first(&["evals", "eval", "evaluation", "evaluations"]),
            codeowners: (*codeowners.unwrap_or(if gitlab { &".gitlab/CODEOWNERS" } else { &".github/CODEOWNERS" }))
                .to_owned(),
            forge: if gitlab { "gitlab" } else { "github" },
            docs,
            runbooks,
            decisions,
        }
    }
}

/// The number after the highest one in a folder of decision records.
fn next_number(tree: &Tree, folder: &str) -> String {
    let digits = |name: &str| name.chars().take_while(char::is_ascii_digit).collect::<String>().parse::<u32>().ok();
    let highest = tree.under(folder).iter().filter_map(|file| digits(file.name())).filter(|n| *n < 9000).max();
    format!("{:04}", highest.unwrap_or(0) + 1)
}

/// Whether a path stays in its folder and is one that every system takes.
pub(super) fn is_safe(path: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && part != ".git"
            && part.len() <= 120
            && !part.ends_with(['.', ' '])
            && part.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | ' ' | '+' | '(' | ')'))
    };
    !path.is_empty() && path.len() <= 300 && path.split('/').all(part)
}

/// The way from the folder of one file to another file, for a link.
pub(super) fn relative(from: &str, to: &str) -> String {
    let here: Vec<&str> = from.rsplit_once('/').map_or_else(Vec::new, |(folder, _)| folder.split('/').collect());
    let there: Vec<&str> = to.split('/').collect();
    let common = here.iter().zip(&there).take_while(|(a, b)| a == b).count().min(there.len().saturating_sub(1));
    let mut parts = vec![".."; here.len() - common];
    parts.extend(there.get(common..).unwrap_or_default());
    parts.join("/").replace(' ', "%20").replace('(', "%28").replace(')', "%29")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_from_folder_to_folder() {
        for (from, to, link) in [
            ("docs/a.md", "docs/b.md", "b.md"),
            ("docs/runbooks/a.md", "docs/b c.md", "../b%20c.md"),
            ("a.md", "docs/b.md", "docs/b.md"),
            ("docs/a.md", "README.md", "../README.md"),
        ] {
            assert_eq!(relative(from, to), link);
        }
    }

    #[test]
    fn only_paths_that_stay_inside_are_safe() {
        for path in ["docs/rollback.md", ".github/CODEOWNERS", "Größe/a b.md"] {
            assert!(is_safe(path), "{path}");
        }
        for path in
            ["", "/etc/passwd", "../x", "a/../b", "a//b", "a\\b", "a:b", ".git/hooks/x", "a\nb", "a/$(x)", "x/."]
        {
            assert!(!is_safe(path), "{path}");
        }
    }
}
