//! The place of a project enters; its policy and its checklists leave, from the disk or as a revision has them.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use aipp::checklist::{self, Catalogue};
use aipp::diagnostic::{Code, Diagnostic};
use aipp::evidence::revision::{EntryKind, Snapshot};
use aipp::policy::{self, Files, NAMES, Opened, Policy, PolicySource, beside};
use aipp::source::MAX_BYTES;
use anyhow::Context as _;

use super::Failure;
use super::args::Global;
use super::input::shown;

/// What a project is judged by.
pub(super) struct Rules {
    /// The policy; the built-in rules when there is none.
    pub(super) policy: Policy,
    /// The checks: built in, named by the policy, and given with `--checklist`.
    pub(super) catalogue: Catalogue,
    /// The files of the checks that are not built in.
    pub(super) checklists: Vec<PolicySource>,
}

/// The rules of a project whose evidence root this is.
pub(super) fn rules(root: &Path, global: &Global) -> Result<Rules, Failure> {
    let (path, asked) = match &global.policy {
        Some(path) => (Some(shown(path)), true),
        None => (look_upward(root)?, false),
    };
    let files = Disk { asked };
    let policy = match path {
        Some(path) => policy::load(&path, &files).map_err(Failure::Input)?,
        None => Policy::default(),
    };
    assemble(policy, &files, &mut global.checklist.iter().map(|name| (name.clone(), None)))
}

/// The store that a project's policy names. Without a policy there is nothing to read: what a single value is recorded with starts
/// without the catalogue.
pub(super) fn store(root: &Path, global: &Global) -> Result<Option<String>, Failure> {
    if global.policy.is_none() && global.checklist.is_empty() && look_upward(root)?.is_none() {
        return Ok(None);
    }
    Ok(rules(root, global)?.policy.store)
}

/// The checks of a policy, with some more; each file is named with the path to read and, when it differs, another to show.
pub(super) fn assemble(
    policy: Policy,
    files: &dyn Files,
    more: &mut dyn Iterator<Item = (String, Option<Opened>)>,
) -> Result<Rules, Failure> {
    let mut catalogue = Catalogue::builtin().context("the built-in checklists are broken")?;
    let mut checklists = Vec::new();
    for listed in &policy.checklists {
        let opened = match files.open(None, &listed.path) {
            Ok(opened) => opened,
            Err(_) if pack(&mut catalogue, listed.path.rsplit('/').next().unwrap_or_default())? => continue,
            Err(why) => {
                let message = format!("the checklist `{}` cannot be read: {why}", listed.path);
                let help = "correct the path (it is read from the policy's folder), or delete the entry";
                return Err(Failure::one(
                    Diagnostic::error(Code::Unreadable, message).at(listed.at.clone()).help(help),
                ));
            }
        };
        if let Some(problem) =
            policy::pinned(listed.sha256.as_deref(), &opened.bytes, &format!("the checklist `{}`", listed.path))
        {
            return Err(Failure::one(problem.at(listed.at.clone())));
        }
        checklists.push(add(&mut catalogue, opened)?);
    }
    for (name, opened) in more {
        if opened.is_none() && pack(&mut catalogue, &name)? {
            continue;
        }
        let opened = match opened {
            Some(opened) => opened,
            None => Opened {
                bytes: read(Path::new(&name)).map_err(|why| unreadable(&name, &why))?,
                identity: name.clone(),
                path: name,
            },
        };
        checklists.push(add(&mut catalogue, opened)?);
    }
    policy.verify(&catalogue).map_err(Failure::Input)?;
    Ok(Rules { policy, catalogue, checklists })
}

/// Adds a built-in pack; whether there is one of that name.
fn pack(catalogue: &mut Catalogue, name: &str) -> Result<bool, Failure> {
    let packs = Catalogue::builtin_packs().context("the built-in packs are broken")?;
    let Some(pack) = packs.into_iter().find(|pack| pack.name.as_deref() == Some(name)) else { return Ok(false) };
    let known = catalogue.sha256.clone();
    catalogue.add(pack, name, &known).map_err(Failure::Input)?;
    Ok(true)
}

fn add(catalogue: &mut Catalogue, opened: Opened) -> Result<PolicySource, Failure> {
    let (list, sha256) = checklist::load(&opened.path, opened.bytes).map_err(Failure::Input)?;
    catalogue.add(list, &opened.path, &sha256).map_err(Failure::Input)?;
    Ok(PolicySource { path: opened.path, sha256 })
}

fn unreadable(path: &str, why: &str) -> Failure {
    let error = Diagnostic::error(Code::Unreadable, format!("cannot read `{path}`: {why}"));
    Failure::one(error.help("check the path and its permissions"))
}

/// Reads a policy, a checklist or a manifest.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    read_up_to(path, MAX_BYTES)
}

/// Reads a file, and one byte more than is ever used, so that a file that is too large is seen.
pub(super) fn read_up_to(path: &Path, most: usize) -> Result<Vec<u8>, String> {
    let file = fs::File::open(path).map_err(|e| plain(&e))?;
    let meta = file.metadata().map_err(|e| plain(&e))?;
    if !meta.is_file() {
        return Err("it is no file".to_owned());
    }
    // Room for all of it at once, however long the file says it is.
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or(most).min(most) + 1);
    file.take(most as u64 + 1).read_to_end(&mut bytes).map_err(|e| plain(&e))?;
    Ok(bytes)
}

fn plain(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "it does not exist".to_owned(),
        _ => error.to_string(),
    }
}

/// Looks for a policy beside the manifest (and in `.github`), then upward to the root of the git checkout. The nearest one counts;
/// it names those that it builds on.
fn look_upward(root: &Path) -> Result<Option<String>, Failure> {
    let absolute = std::path::absolute(root).context("cannot tell where the folder is")?;
    let top = absolute.ancestors().find(|f| f.join(".git").exists()).map(Path::to_owned);
    let mut here = root.to_owned();
    for at in absolute.ancestors() {
        let names = [here.clone(), here.join(".github")].into_iter().flat_map(|f| NAMES.map(|name| f.join(name)));
        let found: Vec<PathBuf> = names.filter(|file| file.symlink_metadata().is_ok()).collect();
        match found.as_slice() {
            [] => {}
            [one] => return Ok(Some(shown(one))),
            [first, second, ..] => return Err(two(&shown(first), &shown(second))),
        }
        // Without a checkout only the folder itself is looked at: a policy further up may belong to anything.
        if top.as_ref().is_none_or(|top| top == at) {
            return Ok(None);
        }
        here = if here.ends_with("..") {
            here.join("..")
        } else if here == Path::new(".") {
            PathBuf::from("..")
        } else {
            at.parent().map(Path::to_owned).unwrap_or_default()
        };
    }
    Ok(None)
}

fn two(first: &str, second: &str) -> Failure {
    let error = Diagnostic::error(Code::TwoPolicies, format!("two policies stand side by side: {first} and {second}"));
    Failure::one(error.help("delete one of the two, or name the one that is meant with --policy"))
}

/// Files as they lie on the disk.
struct Disk {
    /// The policy was named on the command line: wherever it leads, it is what was asked for.
    asked: bool,
}

impl Files for Disk {
    fn open(&self, from: Option<&str>, path: &str) -> Result<Opened, String> {
        let full = beside(from, path);
        let file = Path::new(&full);
        let bytes = read(file)?;
        let real = file.canonicalize().map_err(|e| plain(&e))?;
        if !(self.asked && from.is_none()) {
            stays_inside(file, &real)?;
        }
        Ok(Opened { path: full, identity: real.to_string_lossy().into_owned(), bytes })
    }
}

/// A path that is written as one inside of the repository must not lead out of it through a link.
fn stays_inside(file: &Path, real: &Path) -> Result<(), String> {
    let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = std::path::absolute(folder).map_err(|e| plain(&e))?;
    let Some(top) = written.ancestors().find(|f| f.join(".git").exists()) else {
        let link = file.symlink_metadata().is_ok_and(|meta| meta.is_symlink());
        let same = folder.canonicalize().is_ok_and(|folder| real.starts_with(folder));
        return if link && !same {
            Err("it is a link that leads out of its folder; name the file itself".to_owned())
        } else {
            Ok(())
        };
    };
    let top = top.canonicalize().map_err(|e| plain(&e))?;
    if real.starts_with(&top) {
        return Ok(());
    }
    Err("it is a link that leads out of the repository; name the file itself".to_owned())
}

/// Files as a revision has them, named from the top of the checkout. What lies outside of the checkout is no part of a change and is
/// read from the disk.
pub(super) struct InRevision<'a> {
    pub(super) snapshot: &'a Snapshot,
    /// The top of the checkout.
    pub(super) top: &'a Path,
}

impl Files for InRevision<'_> {
    fn open(&self, from: Option<&str>, path: &str) -> Result<Opened, String> {
        let full = beside(from, path);
        let full = Path::new(&full).strip_prefix(self.top).map_or(full.clone(), shown);
        if full.starts_with("..") || Path::new(&full).is_absolute() {
            let file = self.top.join(&full);
            let bytes = read(&file)?;
            return Ok(Opened { identity: full.clone(), path: full, bytes });
        }
        let entry = self.snapshot.entry(&full).map_err(|e| e.message)?;
        match entry.map(|entry| entry.kind) {
            None => Err(format!("it is not in {}", self.snapshot.name)),
            Some(EntryKind::Link) => {
                Err("it is a link, and links of a revision are not followed; name the file itself".to_owned())
            }
            Some(EntryKind::File) => {
                let bytes = self.snapshot.read(&full).map_err(|e| e.message)?.unwrap_or_default();
                Ok(Opened { identity: full.clone(), path: full, bytes })
            }
        }
    }
}

/// The policy that a revision has for a project in a folder, both named from the top of the checkout.
pub(super) fn in_revision(files: &InRevision<'_>, folder: &str) -> Result<Option<String>, Failure> {
    let mut folder = folder.trim_end_matches('/');
    loop {
        let mut found = Vec::new();
        for place in [folder.to_owned(), beside(Some(&format!("{folder}/x")), ".github")] {
            for name in NAMES {
                let path = if place.is_empty() { name.to_owned() } else { format!("{place}/{name}") };
                if files.snapshot.entry(path.trim_start_matches('/')).map_err(Failure::one)?.is_some() {
                    found.push(path.trim_start_matches('/').to_owned());
                }
            }
        }
        match found.as_slice() {
            [] => {}
            [one] => return Ok(Some(one.clone())),
            [first, second, ..] => return Err(two(first, second)),
        }
        match folder.rsplit_once('/') {
            Some((parent, _)) => folder = parent,
            None if folder.is_empty() => return Ok(None),
            None => folder = "",
        }
    }
}
