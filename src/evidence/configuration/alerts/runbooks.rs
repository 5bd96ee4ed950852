//! Links of alerts and files of runbooks enter; which file a link leads to, and which alerts a runbook names, leaves.

use crate::evidence::View;
use crate::evidence::tree::{File, Tree};

use super::super::paths;

/// The file that a link leads to: a path from the root or from the rule file, or a URL whose path ends with a path of the
/// repository. Templates of the alert's name are filled in.
pub(super) fn target<'t>(tree: &'t Tree, link: &str, alert: &str, from: &str) -> Option<&'t File> {
    let found = links(&filled_in(link.trim(), alert)).into_iter().find_map(|link| one(tree, &link, from));
    found.filter(|file| !tree.is_unfinished(file))
}

/// The links in a text: the text itself when it is one, else what looks like a link in it.
fn links(text: &str) -> Vec<String> {
    if !text.contains(char::is_whitespace) {
        return vec![text.to_owned()];
    }
    text.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '<' | '>' | '"' | '[' | ']' | ','))
        .filter(|word| word.contains("://") || word.contains('/') || word.ends_with(".md"))
        .map(|word| word.trim_end_matches(['.', ';', ':']).to_owned())
        .take(50)
        .collect()
}

fn one<'t>(tree: &'t Tree, link: &str, from: &str) -> Option<&'t File> {
    let link = link.split(['#', '?']).next().unwrap_or_default().trim();
    if link.is_empty() {
        return None;
    }
    let Some((_, rest)) = link.split_once("://") else {
        let near = paths::join(paths::folder(from), link).and_then(|path| tree.get(&path));
        return near.or_else(|| tree.get(&paths::join("", link)?));
    };
    let mut path = rest.split_once('/').map_or("", |(_, path)| path).trim_end_matches('/');
    // Each tail of the URL's path may be a path of the repository; the longest wins.
    loop {
        let found = tree.get(path).or_else(|| tree.get(&format!("{path}.md")));
        if found.is_some() {
            return found.filter(|_| !path.is_empty());
        }
        path = path.split_once('/')?.1;
    }
}

/// A link with `{{ $labels.alertname }}` in whatever spelling replaced by the name.
fn filled_in(link: &str, alert: &str) -> String {
    let mut out = String::new();
    let mut rest = link;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((action, after)) = after.split_once("}}") else { break };
        out.push_str(before);
        if action.to_lowercase().contains("alertname") {
            out.push_str(alert);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The runbooks of the repository with the alerts that each of them names.
pub(super) fn naming(view: &View<'_>) -> Vec<(String, Vec<String>)> {
    let dir = view.manifest.runbooks.as_ref().and_then(|runbooks| runbooks.dir.as_deref());
    let files: Vec<&File> = match dir {
        Some(dir) => view.tree.under(dir).iter().collect(),
        None => view
            .tree
            .files()
            .iter()
            .filter(|file| {
                paths::folder(&file.path)
                    .split('/')
                    .any(|folder| folder.eq_ignore_ascii_case("runbooks") || folder.eq_ignore_ascii_case("runbook"))
            })
            .filter(|file| !paths::is_foreign(&file.path) && !paths::is_aside(&file.path))
            .collect(),
    };
    files
        .into_iter()
        .filter(|file| {
            matches!(paths::extension(&file.path), "md" | "markdown" | "adoc" | "rst" | "txt")
                && file.size <= 512 * 1024
        })
        .filter_map(|file| Some((file.path.clone(), named(&view.tree.text(file)?))))
        .collect()
}

/// The alerts that a runbook names in a line such as `Alert: IntakeDown`, or in its front matter.
fn named(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines().take(2_000) {
        let plain: String = line.chars().filter(|c| !matches!(c, '*' | '#' | '>' | '|')).collect();
        let plain = plain.trim().trim_start_matches(['-', ' ']);
        let Some((key, value)) = plain.split_once(':') else { continue };
        if !matches!(key.trim().to_ascii_lowercase().as_str(), "alert" | "alerts" | "alertname") {
            continue;
        }
        let words: Vec<&str> = value
            .split([',', ' ', '[', ']'])
            .map(|word| word.trim_matches(['`', '"', '\'', '.', '(', ')']))
            .filter(|word| !word.is_empty())
            .collect();
        let is_name = |word: &&str| {
            word.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ':'))
                && (words.len() == 1
                    || word.contains('_')
                    || word.chars().zip(word.chars().skip(1)).any(|(a, b)| a.is_lowercase() && b.is_uppercase()))
        };
        found.extend(words.iter().filter(|word| is_name(word)).map(|word| (*word).to_owned()));
    }
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_files_of_the_repository_only() {
        let tree = Tree::of([
            ("docs/runbooks/IntakeDown.md", "x".to_owned()),
            ("monitoring/rules/down.md", "x".to_owned()),
            ("README.md", "x".to_owned()),
        ]);
        let leads =
            |link: &str| target(&tree, link, "IntakeDown", "monitoring/rules/a.yml").map(|file| file.path.clone());
        let runbook = Some("docs/runbooks/IntakeDown.md".to_owned());
        assert_eq!(leads("docs/runbooks/IntakeDown.md#diagnose"), runbook);
        assert_eq!(leads("../../docs/runbooks/IntakeDown.md"), runbook);
        assert_eq!(leads("https://github.com/a/b/blob/main/docs/runbooks/IntakeDown.md?x=1"), runbook);
        assert_eq!(leads("https://docs.acme.example/docs/runbooks/IntakeDown/"), runbook);
        assert_eq!(leads("https://x.example/docs/runbooks/{{ $labels.alertname }}.md"), runbook);
        assert_eq!(leads("down.md").as_deref(), Some("monitoring/rules/down.md"));
        assert_eq!(leads("Rejected too often. Runbook: https://x/docs/runbooks/IntakeDown.md @pagerduty"), runbook);
        assert_eq!(leads("https://wiki.example/IntakeDown"), None);
        assert_eq!(leads("docs/runbooks"), None);
        assert_eq!(leads("https://x.example/"), None);
        assert_eq!(leads("../../../../etc/passwd"), None);
    }

    #[test]
    fn alerts_are_named_in_lines_and_front_matter() {
        assert_eq!(named("---\nalert: IntakeDown\n---\n"), ["IntakeDown"]);
        assert_eq!(named("**Alert:** `IntakeDown`, `IntakeSlow`\n"), ["IntakeDown", "IntakeSlow"]);
        assert_eq!(named("# Runbook\nAlert: see the board\nSome alert: text\n"), [] as [&str; 0]);
    }
}
