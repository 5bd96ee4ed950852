//! A folder enters; the paths and sizes of its files leave, from one walk, and what was not looked at.
//!
//! Only regular files are listed: a link is not followed, and a pipe, a socket or a device is never opened.

use std::fs;
use std::path::Path;

use ignore::WalkBuilder;

use super::Progress;
use crate::diagnostic::{Code, Diagnostic, Severity};

/// What a walk lists.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// Paths from the root with `/`, and sizes in bytes; sorted, each once.
    pub(super) files: Vec<(String, u64)>,
    /// What was not looked at, and why.
    pub(super) skipped: Vec<Diagnostic>,
    /// How many names are no UTF-8, and one of them.
    unnamed: (usize, String),
}

impl Listed {
    /// Walks a folder once, and again through what `declared` names below it, which ignore files may hide.
    ///
    /// # Errors
    /// When the folder itself cannot be read.
    pub(super) fn of(root: &Path, declared: &[String], progress: &Progress) -> std::io::Result<Self> {
        fs::read_dir(root)?;
        let mut listed = Self::default();
        listed.walk(root, WalkBuilder::new(root).hidden(false).require_git(false), progress);
        for path in declared {
            let full = root.join(path);
            match fs::symlink_metadata(&full) {
                Ok(meta) if meta.is_file() => listed.files.push((super::plain(path).to_owned(), meta.len())),
                Ok(meta) if meta.is_dir() => {
                    listed.walk(root, WalkBuilder::new(&full).standard_filters(false), progress);
                }
                // That it must be there was checked before, and said.
                _ => {}
            }
        }
        listed.files.sort_unstable();
        listed.files.dedup();
        if listed.unnamed.0 > 0 {
            let (count, one) = &listed.unnamed;
            let message = match count {
                1 => format!("a file was not looked at: its name `{one}` is no UTF-8"),
                _ => format!("{count} files were not looked at: their names are no UTF-8, such as `{one}`"),
            };
            let help = "rename what is evidence";
            listed.skipped.push(Diagnostic::warning(Code::Skipped, message).help(help));
        }
        Ok(listed)
    }

    fn walk(&mut self, root: &Path, walk: &mut WalkBuilder, progress: &Progress) {
        // One thread: the walk is bound by the file system, and starting more costs a small project more than it saves.
        let walk = walk
            .follow_links(false)
            .filter_entry(|entry| entry.file_name() != ".git" && entry.file_name() != ".hg")
            .build();
        for entry in walk {
            match entry {
                Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => {
                    progress.add_listed();
                    match relative(root, entry.path()) {
                        Some(path) if super::is_ours(&path) => {}
                        Some(path) => self.files.push((path, entry.metadata().map_or(0, |meta| meta.len()))),
                        None => {
                            self.unnamed.0 += 1;
                            self.unnamed.1 =
                                entry.path().strip_prefix(root).unwrap_or(root).to_string_lossy().into_owned();
                        }
                    }
                }
                Ok(_) => {}
                // A folder that cannot be opened may hold anything; an ignore file with a broken line hides nothing.
                Err(error) => {
                    let severity = if error.is_io() { Severity::Error } else { Severity::Warning };
                    self.skipped.push(
                        Diagnostic::new(Code::Skipped, severity, format!("a folder was not looked at: {error}"))
                            .help("give read access to it, or add it to .gitignore if it is no evidence"),
                    );
                }
            }
        }
    }
}

/// A path from the root with `/`; none when it is not UTF-8.
fn relative(root: &Path, path: &Path) -> Option<String> {
    let path = path.strip_prefix(root).ok()?.to_str()?;
    Some(if cfg!(windows) { path.replace('\\', "/") } else { path.to_owned() })
}
