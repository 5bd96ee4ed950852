//! Samples, rebaselines and assessments ⇄ a store. The default store is a file of JSON lines in the repository; a PostgreSQL database
//! is for many machines.
//!
//! A store is append-only and every row has an id of its own: two stores are joined by putting their rows together, and what is there
//! twice falls out. Times and ids come from the caller; nothing here reads a clock.

pub mod file;
mod line;
#[cfg(feature = "postgres")]
pub mod postgres;
pub mod report;
pub mod row;
mod scan;
pub mod trail;
mod writing;

use crate::diagnostic::Diagnostic;
use crate::series::Measured;

#[cfg(feature = "postgres")]
pub use self::postgres::PostgresStore;
pub use file::FileStore;
pub use row::{Rebaseline, Recorded, Retraction, Row, Sample, Torn};

/// A place that keeps rows.
pub trait Store {
    /// What messages call it, without anything secret.
    fn place(&self) -> &str;

    /// Whether there is a history in it, if only an empty one: what was never written to is not there.
    ///
    /// # Errors
    /// [`StoreError`].
    fn is_there(&mut self) -> Result<bool, StoreError>;

    /// Adds rows durably: all of them or none, and when this returns they survive a crash. A row whose id is there already with the
    /// same content is left out.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was added, unless the process is killed on the way.
    fn append(&mut self, rows: &[Row], ids: Ids) -> Result<Appended, StoreError>;

    /// Calls a function with every row that is wanted, each id once, in the order of the store.
    ///
    /// # Errors
    /// [`StoreError`], possibly after some rows were given.
    fn each(&mut self, wanted: Wanted<'_>, visit: &mut dyn FnMut(Row)) -> Result<Vec<Diagnostic>, StoreError>;

    /// Everything that was measured and not taken back, in compact lists, with what is worth saying about the store.
    ///
    /// # Errors
    /// [`StoreError`].
    fn measured(&mut self) -> Result<(Measured, Vec<Diagnostic>), StoreError>;
}

/// Whether ids can be in the store already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ids {
    /// They were made just now and are in no store; the store need not look.
    Fresh,
    /// They follow from the content, or come from another store, or this is another try.
    MayBeThere,
}

/// Which rows are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// All of them.
    All,
    /// The samples, retractions and rebaselines of one metric.
    Metric(&'a str),
    /// The recorded assessments.
    Assessments,
}

impl Wanted<'_> {
    /// Whether a row is wanted.
    #[must_use]
    pub fn is(self, row: &Row) -> bool {
        match (self, row) {
            (Self::All, _) | (Self::Assessments, Row::Assessment(_)) => true,
            (Self::Metric(id), Row::Sample(sample)) => sample.metric == id,
            (Self::Metric(id), Row::Rebaseline(rebaseline)) => rebaseline.metric == id,
            (Self::Metric(id), Row::Retraction(retraction)) => retraction.metric == id,
            (Self::Metric(_) | Self::Assessments, _) => false,
        }
    }
}

/// What an append did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Appended {
    /// Rows that were added.
    pub added: usize,
    /// Rows that were there already.
    pub there: usize,
    /// The store did not exist before.
    pub created: bool,
    /// What is worth saying.
    pub notes: Vec<Diagnostic>,
}

/// Why a store could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It holds something that is no row, or two rows with one id; each is named with its line.
    #[error("{}", .0.first().map_or("the history cannot be read", |d| d.message.as_str()))]
    Rows(Vec<Diagnostic>),
    /// The file system refused.
    #[error("cannot {action} {place}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The store.
        place: String,
        /// Why not.
        source: std::io::Error,
    },
    /// It cannot be reached.
    #[error("{place} cannot be reached: {why}")]
    Unreachable {
        /// The store, without secrets.
        place: String,
        /// Why not, without secrets.
        why: String,
    },
    /// It can be reached, and does not do what it was asked for.
    #[error("{place} refuses: {why}")]
    Refused {
        /// The store, without secrets.
        place: String,
        /// Why, without secrets.
        why: String,
    },
}
