//! The history of the manifest enters; how many of its commits changed the scope without citing a decision leaves.

use std::sync::Arc;

use serde_json::Value;

use crate::evidence::View;
use crate::evidence::git::Revision;
use crate::evidence::records::decisions;
use crate::fact::Node;
use crate::manifest::NAMES;
use crate::source::{Document, Format, Source};

/// Commits that changed `scope` after the first one without naming the id of a decision.
pub(super) fn edits_undecided(view: &View<'_>) -> Node {
    if view.manifest.scope.is_none() || !view.git.is_checkout() {
        return Node::absent();
    }
    let mut places = ["", ".github/"].iter().flat_map(|folder| NAMES.iter().map(move |name| format!("{folder}{name}")));
    let Some(path) = places.find(|path| view.tree.get(path).is_some()) else {
        return Node::unknown("the manifest is not in this folder, so its history cannot be looked at");
    };
    // What was written once was not changed.
    match view.git.changes(&path) {
        Some((0, _)) => return Node::absent(),
        Some((1, false)) => return 0_usize.into(),
        _ => {}
    }
    let revisions = match view.git.revisions(&path) {
        Ok(revisions) => revisions,
        Err(why) => return Node::unknown(why),
    };
    if revisions.iter().any(|revision| revision.boundary) {
        return Node::unknown("the git history of the manifest is cut off (a shallow clone); fetch the full history");
    }
    // Without a commit there is nothing that could show it.
    if revisions.is_empty() {
        return Node::absent();
    }
    undecided(&revisions, &path, &decision_ids(view)).into()
}

/// What a commit message can cite: the ids of decisions, and the names of their files.
fn decision_ids(view: &View<'_>) -> Vec<String> {
    let kept = decisions(view).kept;
    let files = kept.iter().filter_map(|kept| {
        kept.origin.path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(stem, _)| stem.to_owned())
    });
    let ids = kept.iter().filter_map(|kept| kept.value.id.clone());
    let inline = view.manifest.decisions.iter().filter_map(|decision| decision.id.clone());
    files.chain(ids).chain(inline).map(|id| id.trim().to_lowercase()).filter(|id| !id.is_empty()).collect()
}

fn undecided(revisions: &[Revision], path: &str, ids: &[String]) -> usize {
    // Reading a manifest costs more than seeing that its scope has stood there unchanged.
    if let Some(first) = revisions.first().and_then(|revision| block(path, &revision.after))
        && revisions.iter().all(|revision| block(path, &revision.after) == Some(first))
    {
        return 0;
    }
    let mut scope: Option<Value> = None;
    let mut count = 0;
    // Oldest first: the first scope that anybody wrote is no change.
    for revision in revisions.iter().rev() {
        let Some(now) = scope_of(path, &revision.after) else { continue };
        let changed = scope.as_ref().is_some_and(|before| *before != now);
        if changed && !cites(&revision.message, ids) {
            count += 1;
        }
        scope = Some(now);
    }
    count
}

/// The scope in a text of the manifest; none when there is none yet, or the text cannot be read.
fn scope_of(path: &str, text: &str) -> Option<Value> {
    let document = Document::parse(Arc::new(Source::new(path, text)), Format::of(path)).ok()?;
    document.value.get("scope").cloned()
}

/// The lines of the scope in a text of YAML, when they are sure to say all of it.
fn block<'t>(path: &str, text: &'t str) -> Option<&'t str> {
    if Format::of(path) != Format::Yaml || text.matches("scope").count() != 1 {
        return None;
    }
    let start = text.find("\nscope:")? + 1;
    let rest = text.get(start..)?;
    let inner = |line: &&str| line.trim().is_empty() || line.starts_with([' ', '\t', '#', '-']);
    let len = rest.find('\n')? + 1;
    let len = len + rest.get(len..)?.split_inclusive('\n').take_while(inner).map(str::len).sum::<usize>();
    // An alias stands for what is written elsewhere.
    rest.get(..len).filter(|block| !block.contains('*') && !block.contains("---"))
}

fn cites(message: &str, ids: &[String]) -> bool {
    let message = message.to_lowercase();
    let joins = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    ids.iter().any(|id| {
        message.match_indices(id.as_str()).any(|(at, _)| {
            let before = message.get(..at).and_then(|s| s.chars().next_back());
            let after = message.get(at + id.len()..).and_then(|s| s.chars().next());
            before.is_none_or(|c| !joins(c)) && after.is_none_or(|c| !joins(c))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revision(message: &str, after: &str) -> Revision {
        Revision { id: "a".to_owned(), message: message.to_owned(), after: after.to_owned(), boundary: false }
    }

    #[test]
    fn later_changes_of_the_scope_must_cite_a_decision() {
        let newest_first = [
            revision("Only a comment", "# hello\nscope: { in: [a, b, c], out: [x] }\n"),
            revision("One more, see d-7 and go", "scope: { in: [a, b, c], out: [x] }\n"),
            revision("Widen the scope (D-7)", "scope: { in: [a, b], out: [x], users: [u] }\n"),
            revision("Sneak something in", "scope: { in: [a, b], out: [x] }\n"),
            revision("Broken", "scope: [\n"),
            revision("Write the scope", "scope: { in: [a], out: [x] }\n"),
            revision("Begin", "aipp: 1\n"),
        ];
        assert_eq!(undecided(&newest_first, "aipp.yaml", &["d-7".to_owned()]), 1);
        assert_eq!(undecided(&newest_first, "aipp.yaml", &["d-77".to_owned()]), 3);
        assert_eq!(undecided(&[], "aipp.yaml", &[]), 0);
        let text = "a: 1\nscope:\n  in: [a]\n# x\n\nb: 2\n";
        assert_eq!(block("aipp.yaml", text), Some("scope:\n  in: [a]\n# x\n\n"));
        assert_eq!(block("aipp.toml", text), None);
        assert_eq!(block("aipp.yaml", "a: 1\nscope: *other\n"), None);
    }
}
