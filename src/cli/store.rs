//! A place on the command line enters, an open store leaves; and what a store refuses becomes an exit code.

use std::path::Path;

use aipp::diagnostic::{Code, Diagnostic};
use aipp::history::file::DEFAULT;
use aipp::history::{FileStore, Store, StoreError};

use super::args::Global;
use super::{Failure, policy};

/// The store of a project: the one that was asked for, else the one that its policy names, else its own.
pub(super) fn of_project(root: &Path, global: &Global) -> Result<Box<dyn Store>, Failure> {
    open(root, policy::store(root, global)?.as_deref(), global)
}

/// The store that was asked for, else the one that the policy names, else the project's own.
pub(super) fn open(root: &Path, policy: Option<&str>, global: &Global) -> Result<Box<dyn Store>, Failure> {
    match (global.store.as_deref(), policy) {
        (Some(asked), _) => named(asked, global),
        (None, Some(said)) => at(said, Says::Policy, global),
        (None, None) => {
            let path = root.join(DEFAULT);
            let place = shown(&path);
            Ok(Box::new(FileStore::new(path, place)))
        }
    }
}

/// Who says where a store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    /// Whoever runs the program.
    User,
    /// A file of the repository, which everyone writes who may change it.
    Policy,
}

/// The store of a name that the user gave.
pub(super) fn named(asked: &str, global: &Global) -> Result<Box<dyn Store>, Failure> {
    at(asked, Says::User, global)
}

/// The store of a name: a file, a folder with a history in it, or an address.
fn at(asked: &str, says: Says, global: &Global) -> Result<Box<dyn Store>, Failure> {
    let path = match asked.split_once("://") {
        Some(("file", path)) => path,
        Some(("postgres" | "postgresql", _)) => return database(asked, says, global),
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
fn database(asked: &str, says: Says, global: &Global) -> Result<Box<dyn Store>, Failure> {
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
    let environment = |name: &str| std::env::var(name).ok();
    let address = match says {
        Says::User => Address::read(asked, &environment),
        Says::Policy => Address::of_policy(asked, &environment),
    };
    let address = address.map_err(|error| Failure::one(*error))?;
    Ok(Box::new(PostgresStore::new(address)))
}

#[cfg(not(feature = "postgres"))]
fn database(_: &str, _: Says, _: &Global) -> Result<Box<dyn Store>, Failure> {
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
