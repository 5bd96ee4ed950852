//! Paths and flags enter; manifest, tree, history and catalogue leave.

use std::ffi::OsStr;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aipp::checklist::Catalogue;
use aipp::diagnostic::{Code, Diagnostic};
use aipp::evaluate::unknown_checks;
use aipp::evidence::declared;
use aipp::evidence::git::Git;
use aipp::evidence::tree::{Progress, Tree};
use aipp::manifest::{self, Loaded, NAMES};
use aipp::playbook::{self, Playbook};
use aipp::render::Pages;
use aipp::source::{MAX_BYTES, Source};
use anyhow::Context as _;

use super::Failure;
use super::args::Global;
use super::policy;
use super::progress::watched;

/// A project that was opened.
pub(super) struct Project {
    /// The manifest, when there is one.
    pub(super) loaded: Option<Loaded>,
    /// The files below the evidence root.
    pub(super) tree: Tree,
    /// Their history.
    pub(super) git: Git,
    /// What it is called when the manifest does not say.
    pub(super) name: String,
    /// The evidence root, as messages show it.
    pub(super) root: String,
    /// The evidence root.
    pub(super) folder: PathBuf,
}

/// Opens the project at a path: finds and reads the manifest, and walks the evidence root.
pub(super) fn open(path: Option<&Path>, global: &Global, catalogue: &Catalogue) -> Result<Project, Failure> {
    open_at(&find(path, global)?, global, catalogue)
}

/// Opens the project at a place that was found.
pub(super) fn open_at(found: &Place, global: &Global, catalogue: &Catalogue) -> Result<Project, Failure> {
    let progress = Arc::new(Progress::default());
    watched(&Arc::clone(&progress), global, || open_counted(found, global, catalogue, progress))
}

fn open_counted(
    found: &Place,
    global: &Global,
    catalogue: &Catalogue,
    progress: Arc<Progress>,
) -> Result<Project, Failure> {
    let (mut loaded, mut errors) = match found.manifest()? {
        None => (None, Vec::new()),
        Some((name, bytes)) => manifest::read(&name, bytes),
    };
    // Everything that is wrong with the manifest is said in one run: inside it, and where it meets files and checks.
    let (declared, wrong) = declared::check(&found.root, loaded.as_ref(), &flagged(&found.root, global));
    errors.extend(wrong);
    errors.extend(loaded.iter().flat_map(|loaded| unknown_checks(loaded, catalogue)));
    if !errors.is_empty() {
        errors.sort_by_key(|e| e.at.as_ref().map(|at| at.range.start));
        return Err(Failure::Input(errors));
    }
    // From here on the manifest is called as everything else is: by its path from the evidence root.
    if let Some(loaded) = &mut loaded
        && let Some(name) = found.file.as_deref().and_then(|file| file.strip_prefix(&found.root).ok())
    {
        loaded.rename(shown(name));
    }
    walk(found.root.clone(), loaded, &declared, progress)
}

/// The paths of `--evidence`: from the evidence root, as those of the manifest are; one that is not there is looked for from the
/// folder where the command was started, as every other file of the command line is.
fn flagged(root: &Path, global: &Global) -> Vec<String> {
    let place = |path: &String| match fs::canonicalize(path) {
        Ok(full) if !root.join(path).exists() => full.to_str().map_or_else(|| path.clone(), str::to_owned),
        _ => path.clone(),
    };
    global.evidence.iter().map(place).collect()
}

/// Opens a folder as if it had no manifest: for what writes the first one.
pub(super) fn bare(path: Option<&Path>, global: &Global) -> Result<(Project, PathBuf), Failure> {
    let root = folder(path.unwrap_or(Path::new(".")))?;
    let (declared, wrong) = declared::check(&root, None, &flagged(&root, global));
    if !wrong.is_empty() {
        return Err(Failure::Input(wrong));
    }
    Ok((walk(root.clone(), None, &declared, Arc::default())?, root))
}

/// Walks a root.
fn walk(
    root: PathBuf,
    loaded: Option<Loaded>,
    declared: &[String],
    progress: Arc<Progress>,
) -> Result<Project, Failure> {
    let tree = Tree::watched(&root, declared, progress)
        .with_context(|| format!("cannot read the folder {}", root.display()))?;
    let absolute = std::path::absolute(&root).unwrap_or_else(|_| root.clone());
    let name = absolute.file_name().and_then(OsStr::to_str).unwrap_or("project").to_owned();
    Ok(Project { loaded, git: Git::of(&root), tree, name, root: shown(&root), folder: root })
}

/// Every manifest that stands in a folder or its `.github`, existing links too.
pub(super) fn manifests(folder: &Path) -> Vec<PathBuf> {
    [folder.to_owned(), folder.join(".github")]
        .iter()
        .flat_map(|f| NAMES.iter().map(|name| f.join(name)))
        .filter(|f| f.symlink_metadata().is_ok())
        .collect()
}

/// Reads the manifest of the project at a path, and no other file. The folder is the evidence root.
pub(super) fn manifest_only(path: Option<&Path>, global: &Global, who: &str) -> Result<(Loaded, PathBuf), Failure> {
    let found = find(path, global)?;
    let Some((name, bytes)) = found.manifest()? else {
        return Err(Failure::one(
            Diagnostic::error(Code::NoManifest, format!("{who} needs a manifest, and none was found"))
                .help(format!("write {} with the metric, or name it with --manifest", NAMES[0])),
        ));
    };
    let loaded = manifest::load(&name, bytes).map_err(Failure::Input)?;
    Ok((loaded, found.root))
}

/// The evidence root of the project at a path, with a manifest or without.
pub(super) fn root(path: Option<&Path>, global: &Global) -> Result<PathBuf, Failure> {
    find(path, global).map(|found| found.root)
}

/// Where a project is.
pub(super) struct Place {
    /// The manifest's file; none when there is none, or it comes from standard input.
    pub(super) file: Option<PathBuf>,
    /// The manifest comes from standard input.
    stdin: bool,
    /// The manifest was named, not looked for.
    pub(super) named: bool,
    /// The folder that was asked about, when the manifest was looked for.
    pub(super) start: Option<PathBuf>,
    /// The evidence root.
    pub(super) root: PathBuf,
}

impl Place {
    /// The manifest's name for messages, and its bytes. Standard input can be read once only.
    fn manifest(&self) -> Result<Option<(String, Vec<u8>)>, Failure> {
        if self.stdin {
            let mut bytes = Vec::new();
            let limit = MAX_BYTES as u64 + 1;
            let read = std::io::stdin().take(limit).read_to_end(&mut bytes);
            read.context("cannot read the manifest from standard input")?;
            return Ok(Some(("<stdin>".to_owned(), bytes)));
        }
        let Some(file) = &self.file else { return Ok(None) };
        let bytes = read_up_to(file, MAX_BYTES)?;
        Ok(Some((shown(file), bytes)))
    }
}

/// Finds a project; its files are not opened yet.
pub(super) fn find(path: Option<&Path>, global: &Global) -> Result<Place, Failure> {
    let here = PathBuf::from(".");
    let start = path.unwrap_or(&here);
    let dash = Path::new("-");
    let is_stdin = start == dash && !dash.exists();
    if let Some(other) = global.manifest.as_deref().filter(|other| (start.is_file() || is_stdin) && *other != start) {
        let both = format!("two manifests are named: {} and {}", start.display(), other.display());
        let help = "name one of them: as PATH, or with --manifest (or AIPP_MANIFEST)";
        return Err(Failure::one(Diagnostic::error(Code::TwoManifests, both).help(help)));
    }
    if is_stdin || global.manifest.as_deref() == Some(dash) {
        let root = if is_stdin { here } else { folder(start)? };
        return Ok(Place { file: None, stdin: true, named: true, start: None, root });
    }
    let (file, named) = match &global.manifest {
        Some(file) => (Some(file.clone()), true),
        None if start.is_file() => (Some(start.to_owned()), true),
        None => (look_upward(&folder(start)?)?, false),
    };
    let asked = (!named).then(|| start.to_owned());
    let Some(file) = file else {
        return Ok(Place { file: None, stdin: false, named, start: asked, root: folder(start)? });
    };
    let root = match path {
        // A path beside `--manifest` says where the evidence is.
        Some(path) if global.manifest.is_some() && path.is_dir() => path.to_owned(),
        _ => evidence_root(&file),
    };
    Ok(Place { file: Some(file), stdin: false, named, start: asked, root })
}

/// The manifest's folder; the parent of `.github`.
fn evidence_root(file: &Path) -> PathBuf {
    let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.file_name() == Some(OsStr::new(".github")) {
        return folder.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
    }
    folder.to_owned()
}

fn folder(path: &Path) -> Result<PathBuf, Failure> {
    if path.is_dir() {
        return Ok(path.to_owned());
    }
    let what = if path.exists() { "is not a folder" } else { "does not exist" };
    Err(Failure::one(
        Diagnostic::error(Code::Unreadable, format!("`{}` {what}", path.display()))
            .help("name a project's folder, or its manifest"),
    ))
}

/// Looks for a manifest in a folder (and its `.github`), then upward to the root of the git checkout.
fn look_upward(folder: &Path) -> Result<Option<PathBuf>, Failure> {
    let absolute = std::path::absolute(folder).context("cannot tell where the folder is")?;
    let top = absolute.ancestors().find(|f| f.join(".git").exists()).map(Path::to_owned);
    let mut here = folder.to_owned();
    let mut at = absolute.clone();
    loop {
        let candidates = manifests(&here);
        match candidates.as_slice() {
            [] => {}
            // Nobody named it: a pipe or a device by that name is not opened, since reading it may never end.
            [one] if fs::metadata(one).is_ok_and(|meta| !meta.is_file() && !meta.is_dir()) => {
                return Err(Failure::one(
                    Diagnostic::error(Code::Unreadable, format!("`{}` is no regular file", shown(one)))
                        .help("replace it by a manifest, or name the one that is meant with --manifest"),
                ));
            }
            [one] => return Ok(Some(one.clone())),
            [first, second, ..] => {
                return Err(Failure::one(
                    Diagnostic::error(
                        Code::TwoManifests,
                        format!("two manifests stand side by side: {} and {}", shown(first), shown(second)),
                    )
                    .help("delete one of the two, or name the one that is meant with --manifest"),
                ));
            }
        }
        // Without a checkout only the folder itself is looked at: a manifest further up may belong to anything.
        if top.as_ref().is_none_or(|top| *top == at) {
            return Ok(None);
        }
        let Some(parent) = at.parent().map(Path::to_owned) else { return Ok(None) };
        here = if here == Path::new(".") {
            PathBuf::from("..")
        } else if here.ends_with("..") {
            here.join("..")
        } else {
            parent.clone()
        };
        at = parent;
    }
}

/// A path as messages show it, without a needless `./`.
pub(super) fn shown(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    text.strip_prefix("./").map(str::to_owned).unwrap_or(text)
}

/// The built-in catalogue with what the project's policy and `--checklist` add.
pub(super) fn catalogue(path: Option<&Path>, global: &Global) -> Result<Catalogue, Failure> {
    let place = find(path, global)?;
    Ok(policy::rules(&place.root, global)?.catalogue)
}

/// Reads a file that was named, and one byte more than is ever used.
pub(super) fn read_up_to(path: &Path, most: usize) -> Result<Vec<u8>, Failure> {
    policy::read_up_to(path, most).map_err(|why| {
        let error = Diagnostic::error(Code::Unreadable, format!("cannot read `{}`: {why}", shown(path)));
        Failure::one(error.help("check the path and its permissions"))
    })
}

/// A team's playbook, or the built-in one.
pub(super) fn playbook(file: Option<&Path>, catalogue: &Catalogue) -> Result<Playbook, Failure> {
    match file {
        None => Ok(Playbook::builtin().context("the built-in playbook is broken")?),
        Some(file) => playbook::load(&shown(file), read_up_to(file, MAX_BYTES)?, catalogue).map_err(Failure::Input),
    }
}

/// A team's templates of pages, from a folder; the built-in ones when none is named. Only pages and style sheets are read.
pub(super) fn pages(dir: Option<&Path>) -> Result<Pages, Failure> {
    let Some(dir) = dir else { return Ok(Pages::default()) };
    let unreadable = |why: &std::io::Error| {
        let error = Diagnostic::error(Code::Unreadable, format!("cannot read `{}`: {why}", shown(dir)));
        Failure::one(error.help("name a folder with templates"))
    };
    let entries = std::fs::read_dir(dir).map_err(|why| unreadable(&why))?;
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in entries {
        let path = entry.map_err(|why| unreadable(&why))?.path();
        if path.is_file() && path.extension().is_some_and(|e| e == "html" || e == "css") {
            files.push(path);
        }
    }
    files.sort();
    let names: Vec<&str> = Pages::names().collect();
    if files.is_empty() {
        let error = Diagnostic::error(Code::Template, format!("there is no template in `{}`", shown(dir)));
        return Err(Failure::one(error.help(format!("the templates are {}", names.join(", ")))));
    }
    let mut sources = Vec::new();
    for file in files {
        let name = shown(&file);
        let source = Source::from_bytes(name.clone(), read_up_to(&file, MAX_BYTES)?).map_err(|_| {
            let error = Diagnostic::error(Code::NotUtf8, format!("`{name}` is not UTF-8 text, or too large"));
            Failure::one(error.help("save it as UTF-8"))
        })?;
        sources.push(source);
    }
    Pages::new(sources).map_err(Failure::Input)
}
