//! Paths and flags enter; manifest, tree, history and catalogue leave. The only place that opens a project's files.

use std::ffi::OsStr;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aipp::checklist::{self, Catalogue};
use aipp::diagnostic::{Code, Diagnostic};
use aipp::evaluate::unknown_checks;
use aipp::evidence::declared;
use aipp::evidence::git::Git;
use aipp::evidence::tree::{Progress, Tree};
use aipp::manifest::{self, Loaded, NAMES};
use aipp::source::MAX_BYTES;
use anyhow::Context as _;

use super::Failure;
use super::args::Global;
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
}

/// Opens the project at a path: finds and reads the manifest, and walks the evidence root.
pub(super) fn open(path: Option<&Path>, global: &Global, catalogue: &Catalogue) -> Result<Project, Failure> {
    let progress = Arc::new(Progress::default());
    watched(&Arc::clone(&progress), global, || open_counted(path, global, catalogue, progress))
}

fn open_counted(
    path: Option<&Path>,
    global: &Global,
    catalogue: &Catalogue,
    progress: Arc<Progress>,
) -> Result<Project, Failure> {
    let found = find(path, global)?;
    let (mut loaded, mut errors) = match found.manifest {
        None => (None, Vec::new()),
        Some((name, bytes)) => manifest::read(&name, bytes),
    };
    // Everything that is wrong with the manifest is said in one run: inside it, and where it meets files and checks.
    let (declared, wrong) = declared::check(&found.root, loaded.as_ref(), &global.evidence);
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
    let tree = Tree::watched(&found.root, &declared, progress)
        .with_context(|| format!("cannot read the folder {}", found.root.display()))?;
    let absolute = std::path::absolute(&found.root).unwrap_or_else(|_| found.root.clone());
    let name = absolute.file_name().and_then(OsStr::to_str).unwrap_or("project").to_owned();
    Ok(Project { loaded, git: Git::of(&found.root), tree, name, root: shown(&found.root) })
}

/// Where a project is.
struct Found {
    /// The manifest's name for messages, and its bytes.
    manifest: Option<(String, Vec<u8>)>,
    /// Its file; none when it came from standard input.
    file: Option<PathBuf>,
    /// The evidence root.
    root: PathBuf,
}

fn find(path: Option<&Path>, global: &Global) -> Result<Found, Failure> {
    let here = PathBuf::from(".");
    let start = path.unwrap_or(&here);
    if global.manifest.as_deref() == Some(Path::new("-")) {
        let mut bytes = Vec::new();
        let limit = MAX_BYTES as u64 + 1;
        std::io::stdin().take(limit).read_to_end(&mut bytes).context("cannot read the manifest from standard input")?;
        return Ok(Found { manifest: Some(("<stdin>".to_owned(), bytes)), file: None, root: folder(start)? });
    }
    let file = match &global.manifest {
        Some(file) => Some(file.clone()),
        None if start.is_file() => Some(start.to_owned()),
        None => {
            let folder = folder(start)?;
            look_upward(&folder)?
        }
    };
    let Some(file) = file else { return Ok(Found { manifest: None, file: None, root: folder(start)? }) };
    let bytes = read(&file)?;
    let root = match path {
        // A path beside `--manifest` says where the evidence is.
        Some(path) if global.manifest.is_some() && path.is_dir() => path.to_owned(),
        _ => evidence_root(&file),
    };
    Ok(Found { manifest: Some((shown(&file), bytes)), file: Some(file), root })
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
        let candidates: Vec<PathBuf> = [here.clone(), here.join(".github")]
            .iter()
            .flat_map(|f| NAMES.iter().map(|name| f.join(name)))
            .filter(|f| f.symlink_metadata().is_ok())
            .collect();
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
fn shown(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    text.strip_prefix("./").map(str::to_owned).unwrap_or(text)
}

/// Reads a file, not more than is ever used.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let unreadable = |why: &std::io::Error| {
        Failure::one(
            Diagnostic::error(Code::Unreadable, format!("cannot read `{}`: {why}", shown(path)))
                .help("check the path and its permissions"),
        )
    };
    let file = fs::File::open(path).map_err(|e| unreadable(&e))?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(|e| unreadable(&e))?;
    Ok(bytes)
}

/// The built-in catalogue with what `--checklist` adds.
pub(super) fn catalogue(global: &Global) -> Result<Catalogue, Failure> {
    let mut catalogue = Catalogue::builtin().context("the built-in checklists are broken")?;
    for name in &global.checklist {
        let packs = Catalogue::builtin_packs().context("the built-in packs are broken")?;
        if let Some(pack) = packs.into_iter().find(|p| p.name.as_deref() == Some(name.as_str())) {
            let known = catalogue.sha256.clone();
            catalogue.add(pack, name, &known).map_err(Failure::Input)?;
            continue;
        }
        let (list, digest) = checklist::load(name, read(Path::new(name))?).map_err(Failure::Input)?;
        catalogue.add(list, name, &digest).map_err(Failure::Input)?;
    }
    Ok(catalogue)
}
