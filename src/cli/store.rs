//! A place on the command line enters, an open store leaves; and what a store refuses becomes an exit code.

use std::path::Path;

use aipp::diagnostic::{Code, Diagnostic};
use aipp::history::file::DEFAULT;
use aipp::history::{FileStore, Store, StoreError};

use super::args::Global;
use super::{Failure, assessment, policy};

/// The store of a project: the one that was asked for, else the one that its policy names, else its own.
pub(super) fn of_project(root: &Path, global: &Global) -> Result<Box<dyn Store>, Failure> {
    // Without a policy there is nothing to hold against the catalogue, which takes longer to read than a value to record.
    if policy::is_none(root, global)? {
        return open(root, global);
    }
    let rules = policy::rules(root, global)?;
    open(root, &assessment::with_store(&rules.policy, global))
}

/// The store that was asked for, else the project's own.
pub(super) fn open(root: &Path, global: &Global) -> Result<Box<dyn Store>, Failure> {
    match global.store.as_deref() {
        Some(asked) => named(asked, global),
        None => {
            let path = root.join(DEFAULT);
            let place = shown(&path);
            Ok(Box::new(FileStore::new(path, place)))
        }
    }
}

/// The store of a name: a file, a folder with a history in it, or an address.
pub(super) fn named(asked: &str, global: &Global) -> Result<Box<dyn Store>, Failure> {
    let path = match asked.split_once("://") {
        Some(("file", path)) => path,
        Some(("postgres" | "postgresql", _)) => return database(asked, global),
        Some((scheme, _)) => return Err(Failure::one(unknown_scheme(scheme))),
        None => asked.strip_prefix("file:").unwrap_or(asked),
    };
    let path = Path::new(path);
    let path = if path.is_dir() { path.join(DEFAULT) } else { path.to_owned() };
    let place = shown(&path);
    Ok(Box::new(FileStore::new(path, place)))
}

/// A store in PostgreSQL.
#[cfg(feature = "postgres")]
fn database(asked: &str, global: &Global) -> Result<Box<dyn Store>, Failure> {
    use aipp::history::PostgresStore;
    use aipp::history::postgres::{Address, has_password, without_secrets};

    let place = without_secrets(asked);
    // Every user of a machine can read the arguments of its processes.
    let is_argument = std::env::args_os().any(|argument| argument.to_string_lossy().contains(asked));
    if is_argument && has_password(asked) {
        return Err(Failure::one(
            Diagnostic::error(Code::BadValue, format!("the password for {place} stands on the command line, where others can read it"))
                .help("set AIPP_STORE to the address, or PGPASSWORD, or use a service file or a passfile; then change this password"),
        ));
    }
    if global.offline {
        return Err(Failure::one(
            Diagnostic::error(
                Code::BadValue,
                format!("{place} is reached over the network, and `--offline` refuses that"),
            )
            .help("leave out --offline, or name a file with --store"),
        ));
    }
    let address = Address::read(asked, &|name| std::env::var(name).ok()).map_err(|error| Failure::one(*error))?;
    Ok(Box::new(PostgresStore::new(address)))
}

#[cfg(not(feature = "postgres"))]
fn database(_: &str, _: &Global) -> Result<Box<dyn Store>, Failure> {
    Err(Failure::one(unknown_scheme("postgres")))
}

/// A store that this program does not know. The rest of the address may hold a password and is not repeated.
fn unknown_scheme(scheme: &str) -> Diagnostic {
    let what = match scheme {
        "postgres" | "postgresql" => "this build of aipp has no PostgreSQL store".to_owned(),
        other => format!("there is no store `{other}://`"),
    };
    Diagnostic::error(Code::BadValue, what).help(format!(
        "name a file or postgres://… with --store or AIPP_STORE; without either it is {DEFAULT} of the project"
    ))
}

fn shown(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    text.strip_prefix("./").map(str::to_owned).unwrap_or(text)
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Rows(diagnostics) => Self::Input(diagnostics),
            other => Self::Internal(anyhow::Error::new(other)),
        }
    }
}
