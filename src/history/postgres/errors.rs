//! What a database refused enters; whether to try again leaves, and a message without secrets.

use std::error::Error as _;

use postgres::Error;
use postgres::error::SqlState;

use super::address::Address;
use super::{MIGRATIONS, same_id};
use crate::diagnostic::{Code, Diagnostic};
use crate::history::StoreError;

/// Why something could not be done.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// No connection, or it broke.
    Away(Error),
    /// No connection: TLS could not be set up.
    Tls(String),
    /// The server said nothing for too long, in seconds.
    Silent(u64),
    /// The server refused a statement.
    Refused(Error),
    /// The id is there with other content.
    Conflict(String),
    /// What is stored under an id is no row.
    NoRow(String, String),
    /// The tables are of a version that this program does not know.
    Newer(i64),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        let broken = error.is_closed() || error.source().is_some_and(|cause| cause.is::<std::io::Error>());
        if broken { Self::Away(error) } else { Self::Refused(error) }
    }
}

/// Whether a table is not there.
pub(super) fn is_missing_table(error: &Error) -> bool {
    error.code() == Some(&SqlState::UNDEFINED_TABLE)
}

impl Trouble {
    /// Whether the same can succeed a moment later: two transactions met, or the server has no room for another connection.
    pub(super) fn is_passing(&self) -> bool {
        let (Self::Refused(error) | Self::Away(error)) = self else { return false };
        let Some(state) = error.code() else { return false };
        let met = [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::TOO_MANY_CONNECTIONS,
            SqlState::CANNOT_CONNECT_NOW,
            // Two programs made the tables at the same moment.
            SqlState::UNIQUE_VIOLATION,
            SqlState::DUPLICATE_TABLE,
            SqlState::DUPLICATE_OBJECT,
        ];
        met.contains(state) || error.to_string().contains("tuple concurrently updated")
    }

    /// What went wrong, in words.
    pub(crate) fn why(&self, address: &Address) -> String {
        let text = match self {
            Self::Away(error) | Self::Refused(error) => words(error),
            Self::Tls(why) => why.clone(),
            Self::Silent(seconds) => format!("no answer within {seconds} s"),
            Self::Conflict(id) => format!("the id {id} is there already and says something else"),
            Self::NoRow(id, what) => format!("the row {id} cannot be read: {what}"),
            Self::Newer(version) => {
                format!("its tables are of version {version}; this aipp knows versions up to {}", MIGRATIONS.len())
            }
        };
        address.clean(&text)
    }

    /// As an error of a store.
    pub(super) fn as_store_error(&self, address: &Address) -> StoreError {
        let (place, why) = (address.shown().to_owned(), self.why(address));
        let bad = |help: &str| {
            let message = format!("{place}: {why}");
            StoreError::Rows(vec![Diagnostic::error(Code::BadRow, message).help(help.to_owned())])
        };
        match self {
            Self::Away(_) | Self::Tls(_) | Self::Silent(_) => StoreError::Unreachable { place, why },
            Self::Conflict(id) => StoreError::Rows(vec![same_id(id, &place)]),
            Self::NoRow(..) => bad("correct the row, or restore it from a backup"),
            Self::Newer(_) => bad("update aipp to the version that the others use"),
            Self::Refused(error) => {
                let may_not = error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE);
                let hint = if may_not { "; docs/metrics.md lists what the user must be allowed to do" } else { "" };
                StoreError::Refused { place, why: format!("{why}{hint}") }
            }
        }
    }
}

/// An error with its causes, in one line.
fn words(error: &Error) -> String {
    if let Some(said) = error.as_db_error() {
        let detail = said.detail().map(|detail| format!(" ({detail})")).unwrap_or_default();
        return format!("{}{detail} [{}]", said.message(), said.code().code());
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let more = inner.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = inner.source();
    }
    if text.contains("UnknownIssuer") || text.contains("invalid peer certificate") {
        text.push_str(" (name the authority that signed it with sslrootcert=FILE)");
    }
    text
}
