//! Paths that a manifest or a flag names as evidence enter; those that exist below the root leave, and an error for each other.

use std::path::{Component, Path};

use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::Loaded;
use crate::source::segment;

/// Checks the paths of a manifest's `evidence:` section and of `--evidence`. A path must exist below the root, links resolved; a file
/// of a flag must have something in it.
#[must_use]
pub fn check(root: &Path, loaded: Option<&Loaded>, flags: &[String]) -> (Vec<String>, Vec<Diagnostic>) {
    let mut paths = Vec::new();
    let mut errors = Vec::new();
    let mut take = |path: &str, place: &dyn Fn(Diagnostic) -> Diagnostic| match look(root, path) {
        Ok(path) => paths.push(path),
        Err((code, message)) => {
            let help = match code {
                Code::EvidenceOutside => "name a file below the manifest's folder",
                _ => "correct the path (it is read from the manifest's folder), or delete it",
            };
            errors.push(place(Diagnostic::error(code, message).help(help)));
        }
    };
    if let Some(loaded) = loaded {
        for (kind, files) in &loaded.manifest.evidence {
            for (i, path) in files.iter().enumerate() {
                let pointer = format!("/evidence/{}/{i}", segment(kind));
                take(path, &|error| error.at(loaded.at(&pointer)));
            }
        }
    }
    for path in flags {
        take(path, &|error| error.path(path.clone()));
    }
    for path in flags {
        // Whoever names a file for one run waits for its result; which check rests on it can no longer be told when it is empty.
        if std::fs::metadata(root.join(path)).is_ok_and(|file| file.is_file() && file.len() == 0) {
            errors.push(
                Diagnostic::error(Code::Malformed, format!("the evidence `{path}` is empty"))
                    .path(path.clone())
                    .help("look why its tool wrote nothing, or take the flag away"),
            );
        }
    }
    paths.sort();
    paths.dedup();
    (paths, errors)
}

/// A path from the root, with `/`.
fn look(root: &Path, path: &str) -> Result<String, (Code, String)> {
    let outside = || (Code::EvidenceOutside, format!("the evidence `{path}` leads out of the evidence root"));
    let missing = || (Code::EvidenceMissing, format!("the evidence `{path}` does not exist"));
    let base = root.canonicalize().map_err(|_| missing())?;
    let given = Path::new(path);
    if given.components().any(|c| matches!(c, Component::ParentDir)) && !given.is_absolute() {
        let full = root.join(given).canonicalize().map_err(|_| outside())?;
        if !full.starts_with(&base) {
            return Err(outside());
        }
    }
    let full = root.join(given).canonicalize().map_err(|_| missing())?;
    let inside = full.strip_prefix(&base).map_err(|_| outside())?;
    let parts: Option<Vec<&str>> = inside.components().map(|c| c.as_os_str().to_str()).collect();
    Ok(parts.ok_or_else(missing)?.join("/"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that fails says where")]
mod tests {
    use super::*;

    #[test]
    fn evidence_must_exist_below_the_root() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("repo");
        std::fs::create_dir_all(root.join("docs")).unwrap();
        std::fs::write(root.join("docs/a.md"), "x").unwrap();
        std::fs::write(dir.path().join("outside.md"), "x").unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(dir.path().join("outside.md"), root.join("link.md")).unwrap();
        let text = "evidence:\n  runbook: [docs/a.md, ./docs, none.md, ../outside.md, docs/../docs/a.md]\n  rollback: link.md\n";
        let loaded = crate::manifest::load("aipp.yaml", text.as_bytes().to_vec()).unwrap();
        let (paths, errors) = check(&root, Some(&loaded), &["/etc/passwd".to_owned()]);
        assert_eq!(paths, ["docs", "docs/a.md"]);
        let codes: Vec<&str> = errors.iter().map(|e| e.code.id()).collect();
        assert_eq!(codes, ["evidence-outside", "evidence-missing", "evidence-outside", "evidence-outside"]);
        assert_eq!(errors[1].at.as_ref().unwrap().position().line, 2);
        std::fs::write(root.join("docs/empty.json"), "").unwrap();
        let (_, errors) = check(&root, None, &["docs/empty.json".to_owned(), "docs".to_owned()]);
        assert_eq!(errors.iter().map(|e| e.code.id()).collect::<Vec<_>>(), ["malformed-evidence"]);
    }
}
