//! A revision to judge from, and the environment of a pull request, enter; the project as it is judged from there leaves.

use std::fs;
use std::path::{Path, PathBuf};

use aipp::base::{Base, BaseInfo, Side, Sides, rows};
use aipp::diagnostic::{At, Code, Diagnostic};
use aipp::evidence::revision::{EntryKind, Snapshot, short};
use aipp::manifest::{self, Loaded};
use aipp::policy::{self, Opened, Policy};
use aipp::source::Source;
use std::sync::Arc;

use super::Failure;
use super::args::Global;
use super::input::{self, Place, Project};
use super::policy::{InRevision, Rules, assemble, in_revision, read};

/// The revision that a change is to be judged from.
pub(super) struct Wanted {
    /// Its names, best first: the first that is there counts.
    names: Vec<String>,
    /// What asks for it.
    by: &'static str,
    /// It is what a pull request is merged into, not what somebody asked for.
    pull_request: bool,
}

/// What `--base` names, or what a pull request of GitHub or a merge request of GitLab is merged into.
pub(super) fn wanted(flag: Option<&str>) -> Option<Wanted> {
    if let Some(name) = flag {
        let names = vec![name.to_owned()];
        return Some(Wanted { names, by: "--base", pull_request: pull_request().is_some() });
    }
    pull_request()
}

/// Read from what the services set for every job of a pull request.
fn pull_request() -> Option<Wanted> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let payload = set("GITHUB_EVENT_PATH").and_then(|path| fs::read(path).ok());
    let payload: Option<serde_json::Value> = payload.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let sha = payload.as_ref().and_then(|event| {
        let of = |pointer: &str| event.pointer(pointer).and_then(serde_json::Value::as_str).map(str::to_owned);
        of("/pull_request/base/sha").or_else(|| of("/merge_group/base_sha"))
    });
    let branch = set("GITHUB_BASE_REF");
    if sha.is_some() || branch.is_some() {
        // Full names, so that no tag and no branch of the change can stand in for the branch that is meant.
        let branch = branch.iter().flat_map(|b| [format!("refs/remotes/origin/{b}"), format!("refs/heads/{b}")]);
        let names = sha.into_iter().chain(branch).collect();
        return Some(Wanted { names, by: "the pull request", pull_request: true });
    }
    let names: Vec<String> =
        ["CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "CI_MERGE_REQUEST_DIFF_BASE_SHA"].into_iter().filter_map(set).collect();
    (!names.is_empty()).then_some(Wanted { names, by: "the merge request", pull_request: true })
}

/// A project, judged from a base.
pub(super) struct Held {
    /// The rules of the base.
    pub(super) rules: Rules,
    /// The change, held against it.
    pub(super) base: Base,
}

/// Holds a project against its base.
pub(super) fn hold(
    wanted: &Wanted,
    place: &Place,
    project: &Project,
    head: &Rules,
    global: &Global,
) -> Result<Held, Failure> {
    let base = find(wanted, project)?;
    let tip = Snapshot::find(&project.git, "HEAD").map_err(Failure::one)?;
    same_commit(wanted, &base, &tip, project)?;
    let fork = base.common(&tip).map_err(Failure::one)?;
    let top = top(&place.root, base.prefix())?;
    let (rules, loaded) = side(&base, place, &top, global)?;
    // Where the change began is nearly always where the base stands.
    let began = if fork.id == base.id { None } else { Some(side(&fork, place, &top, global)?) };
    let (fork_rules, fork_loaded) = began.as_ref().map_or((&rules, loaded.as_ref()), |(r, l)| (r, l.as_ref()));
    let sides = Sides {
        base: Side { loaded: loaded.as_ref(), policy: &rules.policy, catalogue: &rules.catalogue },
        fork: Side { loaded: fork_loaded, policy: &fork_rules.policy, catalogue: &fork_rules.catalogue },
        head: Side { loaded: project.loaded.as_ref(), policy: &head.policy, catalogue: &head.catalogue },
    };
    let info = BaseInfo { revision: base.name.clone(), commit: base.id.clone() };
    let mut held = Base::of(info, &sides);
    compare_rows(&mut held, &fork, place, project)?;
    Ok(Held { rules, base: held })
}

/// The rules in effect when a project is judged from a base.
pub(super) fn rules(wanted: &Wanted, place: &Place, global: &Global) -> Result<Rules, Failure> {
    let git = aipp::evidence::git::Git::of(&place.root);
    let base = first(wanted, &git)?;
    Ok(side(&base, place, &top(&place.root, base.prefix())?, global)?.0)
}

fn find(wanted: &Wanted, project: &Project) -> Result<Snapshot, Failure> {
    first(wanted, &project.git)
}

fn first(wanted: &Wanted, git: &aipp::evidence::git::Git) -> Result<Snapshot, Failure> {
    let mut failed = None;
    for name in &wanted.names {
        match Snapshot::find(git, name) {
            Ok(found) => return Ok(found),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    let mut error = failed.unwrap_or_else(|| Diagnostic::error(Code::Revision, "there is no base"));
    if wanted.pull_request {
        error.message = format!("{}; {} is judged from what it is merged into", error.message, wanted.by);
    }
    Err(Failure::one(error))
}

/// A change that is its own base would judge itself.
fn same_commit(wanted: &Wanted, base: &Snapshot, tip: &Snapshot, project: &Project) -> Result<(), Failure> {
    if base.id != tip.id {
        return Ok(());
    }
    let edited = project.git.has_edits().map_err(|why| Failure::one(Diagnostic::error(Code::Revision, why)))?;
    if edited && !wanted.pull_request {
        // What is not committed yet is the change.
        return Ok(());
    }
    let message = format!(
        "the base `{}` is the commit that is judged ({}), so it would judge itself",
        base.name,
        short(&base.id)
    );
    let help = "name the branch that the change goes to (`--base origin/main`), and check out the change; without --base nothing is compared";
    Err(Failure::one(Diagnostic::error(Code::Revision, message).help(help)))
}

/// The top of the checkout that a folder stands in.
fn top(root: &Path, prefix: &str) -> Result<PathBuf, Failure> {
    let real = root.canonicalize().map_err(|e| anyhow::anyhow!("cannot tell where {} is: {e}", root.display()))?;
    let depth = prefix.split('/').filter(|part| !part.is_empty()).count();
    Ok(real.ancestors().nth(depth).unwrap_or(&real).to_owned())
}

/// Rules and manifest of a revision.
fn side(snapshot: &Snapshot, place: &Place, top: &Path, global: &Global) -> Result<(Rules, Option<Loaded>), Failure> {
    let files = InRevision { snapshot, top };
    let read_side = || -> Result<(Rules, Option<Loaded>), Failure> {
        let from_top = |path: &Path| -> Option<String> {
            let real =
                path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")).canonicalize().ok()?;
            let inside = real.join(path.file_name()?);
            inside.strip_prefix(top).ok().map(input::shown)
        };
        let policy = match &global.policy {
            // A policy from outside of the checkout is no part of a change.
            Some(path) => match from_top(path) {
                Some(inside) => files.snapshot.entry(&inside).map_err(Failure::one)?.map(|_| inside),
                None => Some(input::shown(&std::path::absolute(path).unwrap_or_else(|_| path.clone()))),
            },
            None => in_revision(&files, snapshot.prefix())?,
        };
        let policy = match policy {
            Some(path) => policy::load(&path, &files).map_err(Failure::Input)?,
            None => Policy::default(),
        };
        let mut more = Vec::new();
        for name in &global.checklist {
            match from_top(Path::new(name)).filter(|_| Path::new(name).exists()) {
                // A checklist that the change brings does not count yet.
                Some(inside) => match snapshot.read(&inside).map_err(Failure::one)? {
                    Some(bytes) => {
                        more.push((name.clone(), Some(Opened { path: name.clone(), identity: inside, bytes })))
                    }
                    None => {}
                },
                None => more.push((name.clone(), None)),
            }
        }
        let rules = assemble(policy, &files, &mut more.into_iter())?;
        let loaded = match manifest_of(snapshot, place, &from_top)? {
            Some((path, bytes)) => {
                let (loaded, errors) = manifest::read(&path, bytes);
                if !errors.is_empty() {
                    return Err(Failure::Input(errors));
                }
                loaded
            }
            None => None,
        };
        Ok((rules, loaded))
    };
    read_side().map_err(|failure| match failure {
        Failure::Input(errors) => Failure::Input(errors.into_iter().map(|e| in_base(e, snapshot)).collect()),
        other => other,
    })
}

/// An error in a file of the base says so: the file that lies there may be whole.
fn in_base(mut error: Diagnostic, snapshot: &Snapshot) -> Diagnostic {
    if error.code == Code::Revision {
        return error;
    }
    let named = |name: &str| format!("{}:{name}", snapshot.name);
    error.at = error
        .at
        .map(|at| At { source: Arc::new(Source::new(named(at.source.name()), at.source.text())), range: at.range });
    error.path = error.path.map(|path| named(&path));
    error.context = None;
    let help = error.help.take().map(|help| format!("; {help}")).unwrap_or_default();
    error.help(format!("the change is judged from `{}`, so this is to be mended there first{help}", snapshot.name))
}

/// The manifest that the same command would have found in a revision.
fn manifest_of(
    snapshot: &Snapshot,
    place: &Place,
    from_top: &dyn Fn(&Path) -> Option<String>,
) -> Result<Option<(String, Vec<u8>)>, Failure> {
    let read = |path: &str| -> Result<Option<(String, Vec<u8>)>, Failure> {
        match snapshot.entry(path).map_err(Failure::one)?.map(|entry| entry.kind) {
            Some(EntryKind::File) => {
                Ok(snapshot.read(path).map_err(Failure::one)?.map(|bytes| (path.to_owned(), bytes)))
            }
            _ => Ok(None),
        }
    };
    if let Some(path) = place.file.as_deref().and_then(from_top)
        && let Some(found) = read(&path)?
        && (place.named || place.start.is_none())
    {
        return Ok(Some(found));
    }
    // From the folder that was asked about upward, as on the disk; a manifest that was named has its siblings only.
    let start = match &place.start {
        Some(start) if !place.named => from_top(&start.join("x")).map(|path| path.trim_end_matches('x').to_owned()),
        _ => None,
    };
    let mut folder = start.unwrap_or_else(|| snapshot.prefix().to_owned());
    loop {
        for name in manifest::NAMES.iter().flat_map(|name| [(*name).to_owned(), format!(".github/{name}")]) {
            if let Some(found) = read(&format!("{folder}{name}"))? {
                return Ok(Some(found));
            }
        }
        if folder.is_empty() || place.named {
            return Ok(None);
        }
        let parent = folder.trim_end_matches('/').rsplit_once('/').map_or("", |(parent, _)| parent);
        folder = if parent.is_empty() { String::new() } else { format!("{parent}/") };
    }
}

/// Holds the files that are only ever added to against where the change began.
fn compare_rows(base: &mut Base, fork: &Snapshot, place: &Place, project: &Project) -> Result<(), Failure> {
    let prefix = fork.prefix();
    let mut taken = Vec::new();
    let mut kept = fork.list(prefix).map_err(Failure::one)?;
    kept.retain(|path, _| path.strip_prefix(prefix).is_some_and(rows::is_kept));
    for (path, before) in fork.read_all(&kept).map_err(Failure::one)? {
        let inside = path.strip_prefix(prefix).unwrap_or(&path);
        let after = fs::read(place.root.join(inside)).ok();
        if after.as_ref() == Some(&before) {
            continue;
        }
        let moved = after.is_none() && {
            let folder = inside.split('/').next().unwrap_or_default();
            project.tree.under(folder).iter().any(|file| {
                file.size == before.len() as u64
                    && read(&place.root.join(&file.path)).is_ok_and(|bytes| bytes == before)
            })
        };
        if !moved {
            taken.extend(rows::taken(inside, &before, after.as_deref()));
        }
    }
    base.add(taken);
    let history = ".aipp/history.jsonl";
    let before = fork.read(&format!("{prefix}{history}")).map_err(Failure::one)?.unwrap_or_default();
    base.excuse(&rows::rebaselined(&before, &fs::read(place.root.join(history)).unwrap_or_default()));
    Ok(())
}
