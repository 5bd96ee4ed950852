//! The folder of a checkout enters; where it lies in it, where its history ends and what it would start leave.

use std::path::Path;

use super::Git;
use super::call::NOTHING;

/// Where the folder is in its checkout, and where the history ends.
#[derive(Debug, Clone, Default)]
pub(in crate::evidence) struct Place {
    /// The folder from the top of the checkout, with a slash at the end; empty at the top.
    pub(in crate::evidence) prefix: String,
    /// Commits at the boundary of a shallow clone.
    pub(in crate::evidence) boundary: Vec<String>,
    /// The keys of the repository's own configuration that name programs which git would pass a changed file through.
    pub(super) filters: Vec<String>,
}

impl Git {
    /// Where a checkout keeps what, as `git help gitrepository-layout` says: git is not started for it.
    pub(super) fn find_place(&self) -> Result<Place, String> {
        let cannot = |what: &str, e: std::io::Error| format!("{what} cannot be read: {e}");
        let root = self.root.canonicalize().map_err(|e| cannot("the folder", e))?;
        let top = root.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(&root);
        let inside = root.strip_prefix(top).unwrap_or(Path::new(""));
        let prefix = inside.components().map(|part| format!("{}/", part.as_os_str().to_string_lossy())).collect();
        let mut folder = top.join(".git");
        // A worktree and a submodule have a file there that says where the folder is.
        if folder.is_file() {
            let text = std::fs::read_to_string(&folder).map_err(|e| cannot("the file `.git`", e))?;
            folder = top.join(text.trim().trim_start_matches("gitdir:").trim());
        }
        let mut configured = vec![folder.join("config.worktree")];
        if let Ok(common) = std::fs::read_to_string(folder.join("commondir")) {
            folder = folder.join(common.trim());
        }
        configured.push(folder.join("config"));
        let boundary = match std::fs::read_to_string(folder.join("shallow")) {
            Ok(text) => text.lines().map(str::to_owned).collect(),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(e) => return Err(cannot("the boundary of the shallow clone", e)),
        };
        let filters = if configured.iter().any(|file| may_filter(file)) { self.filters()? } else { Vec::new() };
        Ok(Place { prefix, boundary, filters })
    }

    /// What the repository itself, and not its user, has set as filters.
    fn filters(&self) -> Result<Vec<String>, String> {
        let keys =
            ["config", "--show-scope", "--name-only", "--includes", "--get-regexp", r"^filter\..*\.(clean|process)$"];
        match self.config(&keys) {
            Ok(out) => {
                let own = out.lines().filter_map(|line| line.split_once('\t').filter(|(scope, _)| *scope != "global"));
                Ok(own.filter(|(scope, _)| *scope != "system").map(|(_, key)| key.to_owned()).collect())
            }
            // It ends with an error and without a word when there are none.
            Err(why) if why == NOTHING => Ok(Vec::new()),
            Err(why) => Err(why),
        }
    }
}

/// Whether a configuration can name filters; most cannot, and git is not asked.
fn may_filter(file: &Path) -> bool {
    std::fs::read(file).is_ok_and(|bytes| {
        let text = String::from_utf8_lossy(&bytes).to_lowercase();
        text.contains("filter") || text.contains("include")
    })
}
