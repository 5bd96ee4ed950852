//! The text of a CODEOWNERS file enters; who owns a path leaves.
//!
//! GitHub, GitLab (with sections) and Bitbucket write the same lines: a pattern and its owners, the last match wins. On GitLab each
//! section has its own last match, and an entry without owners takes those of its section.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::evidence::tree::{File, Tree};

/// Where the file may be, in the order in which it is looked for.
const PLACES: &[&str] =
    &[".github/CODEOWNERS", ".gitlab/CODEOWNERS", ".bitbucket/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/// More lines than these are not read.
const MAX_LINES: usize = 20_000;

/// A CODEOWNERS file.
#[derive(Debug)]
pub(super) struct CodeOwners {
    /// Where it is.
    pub(super) path: String,
    entries: Vec<Entry>,
    patterns: GlobSet,
    /// For each pattern of the set, its entry.
    entry_of: Vec<usize>,
}

/// One line with a pattern.
#[derive(Debug)]
struct Entry {
    section: usize,
    line: usize,
    owners: Vec<String>,
}

/// Who owns a path.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Owned {
    /// The owners as written.
    pub(super) owners: Vec<String>,
    /// The line that says so.
    pub(super) line: Option<usize>,
}

impl CodeOwners {
    /// The file of a repository; none when there is none, or when it has no line with a pattern.
    pub(super) fn find(tree: &Tree) -> Option<Self> {
        PLACES.iter().filter_map(|place| tree.get(place)).find_map(|file: &File| {
            let read = Self::parse(&file.path, &tree.text(file)?);
            (!read.entries.is_empty()).then_some(read)
        })
    }

    /// A file in one of the places that is empty, or is no text: who owns what cannot be looked at.
    pub(super) fn unreadable(tree: &Tree) -> Option<&File> {
        let blank =
            |file: &&File| !tree.is_unfinished(file) && tree.text(file).is_none_or(|text| text.trim().is_empty());
        PLACES.iter().filter_map(|place| tree.get(place)).find(blank)
    }

    fn parse(path: &str, text: &str) -> Self {
        let mut entries = Vec::new();
        let mut set = GlobSetBuilder::new();
        let mut entry_of = Vec::new();
        let (mut section, mut sections, mut defaults): (usize, Vec<String>, Vec<String>) = (0, Vec::new(), Vec::new());
        for (number, line) in text.lines().take(MAX_LINES).enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') || line.starts_with("@@@") {
                continue;
            }
            if let Some((name, rest)) = section_of(line) {
                // A section that stands twice is one section.
                section = 1 + sections.iter().position(|s| *s == name).unwrap_or_else(|| {
                    sections.push(name);
                    sections.len() - 1
                });
                defaults = owners_in(rest.split_whitespace());
                continue;
            }
            let mut words = words(line).into_iter();
            let Some(pattern) = words.next().filter(|p| !p.starts_with("CODEOWNERS.")) else { continue };
            let (pattern, excluded) = match pattern.strip_prefix('!') {
                Some(rest) => (rest.to_owned(), true),
                None => (pattern, false),
            };
            let mut owners = owners_in(words.as_slice().iter().map(String::as_str));
            if owners.is_empty() && !excluded {
                owners.clone_from(&defaults);
            }
            let globs = globs(&pattern);
            if globs.is_empty() {
                continue;
            }
            for glob in globs {
                if let Ok(glob) = GlobBuilder::new(&glob).literal_separator(true).build() {
                    set.add(glob);
                    entry_of.push(entries.len());
                }
            }
            entries.push(Entry { section, line: number + 1, owners });
        }
        let patterns = set.build().unwrap_or_else(|_| GlobSet::empty());
        Self { path: path.to_owned(), entries, patterns, entry_of }
    }

    /// Who owns a path: of each section, the last entry that matches.
    pub(super) fn owner_of(&self, path: &str) -> Owned {
        let mut last: Vec<(usize, &Entry)> = Vec::new();
        for at in self.patterns.matches(path) {
            let Some(entry) = self.entry_of.get(at).and_then(|e| self.entries.get(*e)) else { continue };
            match last.iter_mut().find(|(section, _)| *section == entry.section) {
                Some(slot) if slot.1.line <= entry.line => slot.1 = entry,
                Some(_) => {}
                None => last.push((entry.section, entry)),
            }
        }
        let mut owned = Owned::default();
        for (_, entry) in last {
            for owner in &entry.owners {
                if !owned.owners.contains(owner) {
                    owned.owners.push(owner.clone());
                }
            }
            if !entry.owners.is_empty() {
                owned.line = owned.line.max(Some(entry.line));
            }
        }
        owned
    }

    /// The first line that names an owner.
    pub(super) fn line_naming(&self, owner: &str) -> Option<usize> {
        self.entries.iter().find(|e| e.owners.iter().any(|o| o.eq_ignore_ascii_case(owner))).map(|e| e.line)
    }
}

/// `[Name]`, `^[Name]`, `[Name][2] @default`: the name and what follows.
fn section_of(line: &str) -> Option<(String, &str)> {
    let rest = line.strip_prefix('^').unwrap_or(line).strip_prefix('[')?;
    let (name, rest) = rest.split_once(']')?;
    let rest = match rest.strip_prefix('[') {
        Some(approvals) => approvals.split_once(']')?.1,
        None => rest,
    };
    // `[ab]*.md @x` is a pattern: after a section's name comes a blank or nothing.
    (rest.is_empty() || rest.starts_with(char::is_whitespace))
        .then(|| (name.trim().to_lowercase(), rest.split('#').next().unwrap_or_default()))
}

/// The words of a line up to its comment; `\ ` is a blank and `\#` a hash in a pattern.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let Some(word) = words.last_mut() else { break };
        match c {
            '\\' if chars.peek().is_some_and(|n| n.is_whitespace() || *n == '#') => word.extend(chars.next()),
            c if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(String::new());
                }
            }
            '#' if word.is_empty() => break,
            c => word.push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn owners_in<'a>(words: impl Iterator<Item = &'a str>) -> Vec<String> {
    words.filter(|word| word.contains('@')).map(str::to_owned).collect()
}

/// The globs that a pattern stands for.
fn globs(pattern: &str) -> Vec<String> {
    let folder = pattern.ends_with('/');
    let bare = pattern.trim_end_matches('/');
    let anchored = bare.contains('/');
    let bare = bare.trim_start_matches('/');
    if bare.is_empty() {
        // `/` alone is nothing on GitHub and everything on GitLab; nobody means nothing by it.
        return if pattern.starts_with('/') { vec!["**".to_owned()] } else { Vec::new() };
    }
    let prefix = if anchored { "" } else { "**/" };
    let inside = format!("{prefix}{bare}/**");
    if folder {
        return vec![inside];
    }
    // `docs/*` owns the files in docs, not those in its folders; `*` owns everything.
    let itself = format!("{prefix}{bare}");
    if anchored && bare.ends_with("/*") { vec![itself] } else { vec![itself, inside] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owners(text: &str, path: &str) -> Vec<String> {
        CodeOwners::parse("CODEOWNERS", text).owner_of(path).owners
    }

    /// The example of GitHub's documentation, shortened.
    const GITHUB: &str = "# Each line is a file pattern followed by one or more owners.
*       @global-owner1 @global-owner2
*.js    @js-owner #This is an inline comment.
*.go docs@example.com
/build/logs/ @doctocat
docs/*  docs@example.com
apps/ @octocat
/scripts/ @doctocat @octocat
**/logs @octocat
/apps/ @octocat
/apps/github
/apps/github @doctocat
space\\ file.md @spacer
";

    #[test]
    fn the_last_matching_line_wins() {
        assert_eq!(owners(GITHUB, "src/x.rs"), ["@global-owner1", "@global-owner2"]);
        assert_eq!(owners(GITHUB, "src/deep/x.js"), ["@js-owner"]);
        assert_eq!(owners(GITHUB, "build/logs/a/b.txt"), ["@octocat"]);
        assert_eq!(owners(GITHUB, "docs/getting-started.md"), ["docs@example.com"]);
        assert_eq!(owners(GITHUB, "docs/build-app/troubleshooting.md"), ["@global-owner1", "@global-owner2"]);
        assert_eq!(owners(GITHUB, "x/apps/a.md"), ["@octocat"]);
        assert_eq!(owners(GITHUB, "apps/github/a.md"), ["@doctocat"]);
        assert_eq!(owners(GITHUB, "x/space file.md"), ["@spacer"]);
        assert_eq!(CodeOwners::parse("c", GITHUB).owner_of("src/deep/x.js").line, Some(3));
    }

    #[test]
    fn a_line_without_owners_takes_ownership_away() {
        let text = "* @a\n/apps/ @b\n/apps/github\n";
        assert_eq!(owners(text, "apps/x"), ["@b"]);
        assert_eq!(owners(text, "apps/github/x"), Vec::<String>::new());
    }

    #[test]
    fn sections_have_their_own_last_match_and_default_owners() {
        let text = "* @admin
[README Owners]
README.md @user1 @user2
^[Documentation][2] @docs-team # default
*.md
docs/internal/ @inside
[documentation] @docs-team
/root.md
";
        assert_eq!(owners(text, "README.md"), ["@admin", "@user1", "@user2", "@docs-team"]);
        assert_eq!(owners(text, "docs/internal/a.md"), ["@admin", "@inside"]);
        assert_eq!(owners(text, "root.md"), ["@admin", "@docs-team"]);
        assert_eq!(owners("* @a\n[ab]*.md @b\n", "a1.md"), ["@b"]);
    }

    #[test]
    fn any_text_is_read_without_a_panic() {
        for text in ["", "[", "[]", "]", "^[x", "\\", "* ", "!", "! @a", "{a,b} @c", "[[ @x", "** @a", "/ @a", "é/ü @a"]
        {
            let _ = owners(text, "a/b");
        }
        assert_eq!(owners("/ @a", "x/y"), ["@a"]);
    }

    proptest::proptest! {
        #[test]
        fn noise_is_read_without_a_panic(text in "[-a-c*/!@\\[\\]^#\\\\ {}\n]{0,60}") {
            let _ = owners(&text, "a/b");
        }
    }

    #[test]
    fn the_file_is_found_where_the_forges_look() {
        let tree = Tree::of([("docs/CODEOWNERS", "* @b\n".to_owned()), (".github/CODEOWNERS", "* @a\n".to_owned())]);
        assert_eq!(CodeOwners::find(&tree).map(|c| c.path), Some(".github/CODEOWNERS".to_owned()));
        let tree = Tree::of([(".gitlab/CODEOWNERS", "# nothing yet\n".to_owned())]);
        assert!(CodeOwners::find(&tree).is_none());
    }
}
