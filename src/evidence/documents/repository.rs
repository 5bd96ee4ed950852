//! The repository as a whole enters; leaves whether it is in git, which secrets, notebooks and lock files it has, and how current
//! its documents are.

use std::collections::BTreeSet;

use globset::{GlobBuilder, GlobMatcher};

use crate::evidence::git::Dated;
use crate::evidence::tree::{File, Tree};
use crate::evidence::{Found, View};
use crate::fact::Node;
use crate::manifest::value::Day;

use super::roles::Documents;
use super::{Doc, floating, has_ending, images, is_foreign, scope};

/// How far behind the newest serving change a document may be.
const CURRENT_DAYS: i32 = 90;

/// Folders that are served where the manifest names none; only to ask how current the documents are.
const SERVED: &[&str] =
    &["src", "app", "service", "services", "server", "api", "lib", "agent", "agents", "prompts", "models", "serving"];

pub(super) fn collect(view: &View<'_>, documents: &Documents, found: &mut Found) {
    let tree = view.tree;
    let (serving, changed) = serving_changed(view);
    let current = docs_current(view, documents, &serving, changed.as_ref());
    let facts = found.facts.group("repository");
    facts.set("git", view.git.is_checkout());
    facts.set("tracked_env_files", env_files(tree));
    facts.set("notebooks_in_serving", notebooks(view));
    facts.set("lock_files", lock_files(tree));
    facts.set("floating_models", floating::models(view));
    facts.set("image_digests", images::are_pinned(tree));
    facts.set("docs_current", current);
    facts.set("serving_changed", changed.map_or(Node::absent(), |dated| day_node(&dated)));
    facts.set("scope_edits_undecided", scope::edits_undecided(view));
}

fn day_node(dated: &Dated) -> Node {
    match dated {
        Dated::By(commit) => commit.day.into(),
        Dated::Undated => Node::absent(),
        Dated::Unknown(why) => Node::unknown(why.clone()),
    }
}

/// Files such as `.env` with values in them.
fn env_files(tree: &Tree) -> Vec<String> {
    let named = |file: &&File| {
        // Most files are known by their first letters to be none.
        if !file.name().get(..4).is_some_and(|first| first.eq_ignore_ascii_case(".env")) {
            return false;
        }
        let name = file.name().to_lowercase();
        let kinds = [
            "example",
            "sample",
            "template",
            "dist",
            "defaults",
            "schema",
            "enc",
            "encrypted",
            "vault",
            "gpg",
            "age",
            "md",
            "j2",
            "tpl",
        ];
        (name == ".env"
            || name.starts_with(".env.")
            || name.starts_with(".env-")
            || name.starts_with(".env_")
            || name == ".envrc")
            && !name.split(['.', '-', '_']).any(|part| kinds.contains(&part))
    };
    tree.files()
        .iter()
        .filter(named)
        .filter(|file| !is_foreign(&file.path))
        .filter(|file| tree.text(file).is_some_and(|text| has_values(&text, file.name() == ".envrc")))
        .map(|file| file.path.clone())
        .collect()
}

/// Whether a line sets a key to a value; of direnv's file only what looks like a secret counts.
fn has_values(text: &str, secrets_only: bool) -> bool {
    if text.contains("sops_version") {
        return false;
    }
    text.lines().any(|line| {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some((key, value)) = line.split_once('=') else { return false };
        let (key, value) = (key.trim(), value.trim().trim_matches(['"', '\'']));
        let is_key = !key.is_empty()
            && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !key.starts_with(|c: char| c.is_ascii_digit());
        let upper = key.to_uppercase();
        let secret =
            ["KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL"].iter().any(|word| upper.contains(word));
        let elsewhere = value.is_empty()
            || value.starts_with("${")
            || value.starts_with("$(")
            || (value.starts_with('<') && value.ends_with('>'))
            || value.starts_with("encrypted:")
            || value.starts_with("ENC[");
        is_key && !elsewhere && (secret || !secrets_only)
    })
}

/// A path of the manifest that may hold wildcards.
struct Pattern {
    /// The folder (or file) in front of the first wildcard.
    base: String,
    glob: Option<GlobMatcher>,
}

impl Pattern {
    fn of(path: &str) -> Self {
        let path = path.trim().trim_start_matches("./").trim_start_matches('/').trim_end_matches('/');
        let first = path.find(['*', '?', '[', '{']);
        let base = match first {
            Some(at) => path.get(..at).unwrap_or_default().rsplit_once('/').map_or("", |(base, _)| base),
            None => path,
        };
        let glob = first
            .and_then(|_| GlobBuilder::new(path).literal_separator(true).build().ok())
            .map(|g| g.compile_matcher());
        Self { base: base.to_owned(), glob }
    }

    fn covers(&self, path: &str) -> bool {
        match &self.glob {
            Some(glob) => glob.is_match(path),
            None => {
                matches!(self.base.as_str(), "" | ".")
                    || path == self.base
                    || path.strip_prefix(&self.base).is_some_and(|rest| rest.starts_with('/'))
            }
        }
    }
}

fn serving_patterns(view: &View<'_>) -> Vec<Pattern> {
    let paths = view.manifest.delivery.iter().flat_map(|delivery| &delivery.serving_paths);
    paths.filter(|path| !path.trim().is_empty()).map(|path| Pattern::of(path)).collect()
}

fn notebooks(view: &View<'_>) -> Vec<String> {
    let patterns = serving_patterns(view);
    let notebooks = view.tree.files().iter().filter(|file| has_ending(&file.path, &["ipynb"]));
    notebooks.filter(|file| patterns.iter().any(|p| p.covers(&file.path))).map(|file| file.path.clone()).collect()
}

/// Names of dependency lock files.
const LOCK_FILES: &[&str] = &[
    "Cargo.lock",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "bun.lockb",
    "deno.lock",
    "poetry.lock",
    "Pipfile.lock",
    "uv.lock",
    "pdm.lock",
    "pylock.toml",
    "pixi.lock",
    "conda-lock.yml",
    "conda-lock.yaml",
    "go.sum",
    "Gemfile.lock",
    "gems.locked",
    "composer.lock",
    "mix.lock",
    "rebar.lock",
    "pubspec.lock",
    "Podfile.lock",
    "Cartfile.resolved",
    "Package.resolved",
    "packages.lock.json",
    "paket.lock",
    "gradle.lockfile",
    "buildscript-gradle.lockfile",
    "maven_install.json",
    "flake.lock",
    "Chart.lock",
    "Manifest.toml",
    "renv.lock",
    "packrat.lock",
    "stack.yaml.lock",
    "cabal.project.freeze",
    "shard.lock",
    "conan.lock",
    "MODULE.bazel.lock",
    ".terraform.lock.hcl",
];

/// Whether a file pins dependencies: a lock file, or a `requirements.txt` in which every line is pinned.
pub(in crate::evidence) fn is_lock_file(tree: &Tree, file: &File) -> bool {
    let name = file.name();
    if file.size > 0 && (LOCK_FILES.contains(&name) || (name.starts_with("pylock.") && name.ends_with(".toml"))) {
        return true;
    }
    let requirements = (name.starts_with("requirements") && name.ends_with(".txt"))
        || (name.ends_with(".txt") && file.path.split('/').rev().nth(1) == Some("requirements"));
    requirements && tree.text(file).is_some_and(|text| is_pinned(&text))
}

fn is_pinned(text: &str) -> bool {
    let mut requirements = 0_usize;
    for line in text.lines() {
        let line = line.split(" #").next().unwrap_or_default().trim();
        let option = line.starts_with('-') || line.starts_with('#') || line.is_empty();
        if option {
            continue;
        }
        requirements += 1;
        if !(line.contains("==") || line.contains("--hash=") || line.contains("@ ")) || line.contains("==*") {
            return false;
        }
    }
    requirements > 0
}

fn lock_files(tree: &Tree) -> Vec<String> {
    let locks = tree.files().iter().filter(|file| is_lock_file(tree, file) && !is_foreign(&file.path));
    locks.map(|file| file.path.clone()).collect()
}

/// The paths whose change changes what is served, and the newest change on them; none when no path is declared.
fn serving_changed(view: &View<'_>) -> (Vec<String>, Option<Dated>) {
    let manifest = view.manifest;
    let serving = serving_patterns(view).into_iter().map(|pattern| pattern.base);
    let models = manifest.models.iter().filter_map(|model| model.path.as_deref()).map(|path| Pattern::of(path).base);
    let prompts =
        manifest.prompts.iter().filter_map(|prompts| prompts.path.as_deref()).map(|path| Pattern::of(path).base);
    let paths: BTreeSet<String> = serving
        .chain(models)
        .chain(prompts)
        .map(|path| if path.is_empty() { ".".to_owned() } else { path })
        .filter(|path| path == "." || view.tree.has(path))
        .collect();
    let paths: Vec<String> = paths.into_iter().collect();
    if paths.is_empty() {
        return (paths, None);
    }
    let newest = view.git.newest_change(&paths);
    (paths, Some(newest))
}

/// Whether README and architecture page were touched within 90 days of the newest serving change.
fn docs_current(view: &View<'_>, documents: &Documents, serving: &[String], changed: Option<&Dated>) -> Node {
    let (Some(readme), Some(architecture)) = (&documents.readme, &documents.architecture) else { return false.into() };
    if !view.git.is_checkout() || !readme.is_present() || !architecture.is_present() {
        return false.into();
    }
    let guessed;
    let changed = match changed {
        Some(changed) => changed,
        None => {
            debug_assert!(serving.is_empty(), "a declared path has a change");
            let folders: Vec<String> =
                SERVED.iter().filter(|folder| view.tree.has(folder)).map(|folder| (*folder).to_owned()).collect();
            guessed = if folders.is_empty() { Dated::Undated } else { view.git.newest_change(&folders) };
            &guessed
        }
    };
    let served = match changed {
        Dated::By(commit) => commit.day,
        Dated::Undated => return true.into(),
        Dated::Unknown(why) => return Node::unknown(why.clone()),
    };
    let mut all = true;
    for doc in [readme, architecture] {
        // One newest commit is found sooner than the history of both pages.
        match touched_on(doc, &view.git.newest_change(std::slice::from_ref(&doc.origin.path))) {
            Ok(day) => all &= day.is_some_and(|day| is_within(day, served)),
            Err(why) => return Node::unknown(why),
        }
    }
    all.into()
}

/// The later of the day inside a document and its last commit.
fn touched_on(doc: &Doc, dated: &Dated) -> Result<Option<Day>, String> {
    match dated {
        Dated::By(commit) => Ok(doc.markup.day.max(Some(commit.day))),
        Dated::Unknown(why) if doc.markup.day.is_none() => Err(why.clone()),
        Dated::Unknown(_) | Dated::Undated => Ok(doc.markup.day),
    }
}

fn is_within(touched: Day, served: Day) -> bool {
    touched.0.until(served.0).is_ok_and(|span| span.get_days() <= CURRENT_DAYS)
}
