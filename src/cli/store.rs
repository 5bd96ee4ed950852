//! A place on the command line enters, an open store leaves; and what a store refuses becomes an exit code.

use std::path::Path;

use aipp::diagnostic::{Code, Diagnostic};
use aipp::history::file::DEFAULT;
use aipp::history::{FileStore, Store, StoreError};

use super::Failure;
use super::args::Global;

/// The store that was asked for, else the project's own.
pub(super) fn open(root: &Path, global: &Global) -> Result<Box<dyn Store>, Failure> {
    let Some(asked) = global.store.as_deref() else {
        let path = root.join(DEFAULT);
        let place = shown(&path);
        return Ok(Box::new(FileStore::new(path, place)));
    };
    let path = match asked.split_once("://") {
        Some(("file", path)) => path,
        Some((scheme, _)) => return Err(Failure::one(unknown_scheme(scheme))),
        None => asked.strip_prefix("file:").unwrap_or(asked),
    };
    let path = Path::new(path);
    let path = if path.is_dir() { path.join(DEFAULT) } else { path.to_owned() };
    let place = shown(&path);
    Ok(Box::new(FileStore::new(path, place)))
}

/// A store that this program does not know. The rest of the address may hold a password and is not repeated.
fn unknown_scheme(scheme: &str) -> Diagnostic {
    let what = match scheme {
        "postgres" | "postgresql" => "this build of aipp has no PostgreSQL store".to_owned(),
        other => format!("there is no store `{other}://`"),
    };
    Diagnostic::error(Code::BadValue, what)
        .help(format!("name a file with --store or AIPP_STORE; without either it is {DEFAULT} of the project"))
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
