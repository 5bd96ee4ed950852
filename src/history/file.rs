//! Rows enter and leave a file of JSON lines, `.aipp/history.jsonl`, that many processes append to and that is never rewritten.
//!
//! An append takes the file's lock, is one write and one sync. A process that is killed in the middle of it leaves at most a torn last
//! line: the next append ends that line, marks it, and says so.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use uuid::Uuid;

use super::row::{Row, Torn};
use super::scan::{self, Failed};
use super::{Appended, Ids, Store, StoreError, Wanted};
use crate::diagnostic::{Code, Diagnostic};
use crate::series::Measured;

/// Where the history of a project is, from its root.
pub const DEFAULT: &str = ".aipp/history.jsonl";

/// Git joins the histories of two branches by keeping the lines of both.
const ATTRIBUTES: &str =
    "# Two branches' measurements are joined by keeping the lines of both.\nhistory.jsonl merge=union\n";

/// The lines that an append waits for are those of other appends; more replacements of the file than these are somebody's mistake.
const TRIES: usize = 20;

/// A history in a file.
#[derive(Debug)]
pub struct FileStore {
    path: PathBuf,
    place: String,
}

impl FileStore {
    /// The file at a path; `place` is what messages call it. It need not be there yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, place: impl Into<String>) -> Self {
        Self { path: path.into(), place: place.into() }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn io(&self, action: &'static str, source: io::Error) -> StoreError {
        StoreError::Io { action, place: self.place.clone(), source }
    }

    fn failed(&self, failed: Failed) -> StoreError {
        match failed {
            Failed::Io(source) => self.io("read", source),
            Failed::Rows(diagnostics) => StoreError::Rows(diagnostics),
        }
    }

    /// Opens it to read, with a lock that lets no half of an append be seen. None when it is not there.
    fn open(&self) -> Result<Option<File>, StoreError> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.io("read", error)),
        };
        match file.lock_shared() {
            // Where a file system has no locks there is nothing to wait for, and a torn end is seen for what it is.
            Err(error) if error.kind() != io::ErrorKind::Unsupported => Err(self.io("lock", error)),
            _ => Ok(Some(file)),
        }
    }

    /// Opens it to append and takes the lock. True when it was not there before.
    fn open_to_append(&self) -> io::Result<(File, bool)> {
        let mut options = OpenOptions::new();
        options.read(true).append(true);
        for _ in 0..TRIES {
            // Mostly it is there.
            let (file, created) = match options.open(&self.path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    if let Some(folder) = folder_of(&self.path) {
                        std::fs::create_dir_all(folder)?;
                    }
                    match options.clone().create_new(true).open(&self.path) {
                        // Another process was quicker.
                        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                        other => (other?, true),
                    }
                }
                other => (other?, false),
            };
            file.lock()?;
            // A checkout or a merge may have put another file in its place while this waited.
            if is_still(&file, &self.path)? {
                return Ok((file, created));
            }
        }
        Err(io::Error::other("the file is replaced again and again while it is written"))
    }

    /// What an append must write first, because the last line has no end.
    fn end_of_last_line(&self, file: &mut File, row: &Row, notes: &mut Vec<Diagnostic>) -> io::Result<Vec<u8>> {
        let tail = open_tail(file)?;
        if tail.is_empty() {
            return Ok(Vec::new());
        }
        let mut bytes = vec![b'\n'];
        // A whole row whose line end is missing lost nothing.
        if Row::parse(&tail).is_err() && !tail.iter().all(u8::is_ascii_whitespace) {
            let torn = Torn::of(&tail, row.recorded());
            notes.push(
                Diagnostic::warning(
                    Code::TornRow,
                    format!("an earlier write was interrupted; its torn line was set aside: {}", torn.text),
                )
                .path(self.place.clone())
                .help("if its value was not recorded again, record it now"),
            );
            Row::Torn(torn).write(&mut bytes);
        }
        Ok(bytes)
    }

    /// The rows that are not in the file yet, each once.
    fn missing<'r>(&self, file: &File, rows: &'r [Row]) -> Result<Vec<&'r Row>, StoreError> {
        let mut wanted: HashMap<Uuid, &Row> = HashMap::with_capacity(rows.len());
        let mut order = Vec::with_capacity(rows.len());
        let conflict = |id: Uuid| {
            StoreError::Rows(vec![
                Diagnostic::error(Code::SameId, format!("the id {id} is there already and says something else"))
                    .path(self.place.clone())
                    .help("a row never changes: `aipp metrics retract` takes a value back, and the right one is recorded anew"),
            ])
        };
        for row in rows {
            match wanted.insert(row.id(), row) {
                None => order.push(row),
                Some(first) if first.is_same(row) => {}
                Some(_) => return Err(conflict(row.id())),
            }
        }
        let mut found = Vec::new();
        let mut other = None;
        let filter = scan::Filter {
            sample: &|fields| Uuid::try_parse(fields.id).map_or(true, |id| wanted.contains_key(&id)),
            row: &|row| wanted.contains_key(&row.id()),
        };
        let scanned = scan::rows(&self.place, file, &filter, &mut |row| {
            match wanted.get(&row.id()) {
                Some(mine) if mine.is_same(&row) => found.push(row.id()),
                _ => other = Some(row.id()),
            };
        });
        scanned.map_err(|failed| self.failed(failed))?;
        if let Some(id) = other {
            return Err(conflict(id));
        }
        for id in &found {
            wanted.remove(id);
        }
        order.retain(|row| wanted.contains_key(&row.id()));
        Ok(order)
    }

    fn append_once(&self, rows: &[Row], ids: Ids) -> Result<(Appended, File), StoreError> {
        let writing = |error| self.io("write", error);
        let (mut file, created) = self.open_to_append().map_err(writing)?;
        let mut appended = Appended { created, ..Appended::default() };
        let new = match ids {
            Ids::Fresh => rows.iter().collect(),
            Ids::MayBeThere => self.missing(&file, rows)?,
        };
        (appended.added, appended.there) = (new.len(), rows.len() - new.len());
        let Some(first) = new.first() else { return Ok((appended, file)) };
        let before = file.metadata().map_err(writing)?.len();
        let mut bytes = self.end_of_last_line(&mut file, first, &mut appended.notes).map_err(writing)?;
        write_rows(&new, &mut bytes);
        if let Err(error) = file.write_all(&bytes) {
            // The disk is full: what this append wrote of its own is taken back, nothing else.
            let _ = file.set_len(before);
            return Err(writing(error));
        }
        file.sync_data().map_err(writing)?;
        if created {
            self.keep_folder().map_err(writing)?;
        }
        Ok((appended, file))
    }

    /// Makes a new file's name durable, and tells git how to merge it.
    fn keep_folder(&self) -> io::Result<()> {
        let Some(folder) = folder_of(&self.path) else { return Ok(()) };
        if folder.file_name().is_some_and(|name| name == ".aipp") && self.path.ends_with("history.jsonl") {
            let attributes = OpenOptions::new().write(true).create_new(true).open(folder.join(".gitattributes"));
            if let Ok(mut file) = attributes {
                file.write_all(ATTRIBUTES.as_bytes())?;
            }
        }
        #[cfg(unix)]
        {
            File::open(folder)?.sync_all()?;
            if let Some(above) = folder.parent().filter(|above| !above.as_os_str().is_empty()) {
                File::open(above)?.sync_all()?;
            }
        }
        Ok(())
    }
}

impl Store for FileStore {
    fn place(&self) -> &str {
        &self.place
    }

    fn is_there(&mut self) -> Result<bool, StoreError> {
        Ok(self.open()?.is_some())
    }

    fn append(&mut self, rows: &[Row], ids: Ids) -> Result<Appended, StoreError> {
        let (mut appended, file) = self.append_once(rows, ids)?;
        // Replaced after the lock was taken: what was written is in a file that has no name any more.
        let mut lost = !is_still(&file, &self.path).map_err(|error| self.io("write", error))?;
        drop(file);
        for _ in 0..TRIES {
            if !lost {
                return Ok(appended);
            }
            let (again, file) = self.append_once(rows, Ids::MayBeThere)?;
            appended.notes.extend(again.notes);
            lost = !is_still(&file, &self.path).map_err(|error| self.io("write", error))?;
        }
        Err(self.io("write", io::Error::other("the file is replaced again and again while it is written")))
    }

    fn each(&mut self, wanted: Wanted<'_>, visit: &mut dyn FnMut(Row)) -> Result<Vec<Diagnostic>, StoreError> {
        let Some(file) = self.open()? else { return Ok(Vec::new()) };
        let filter = scan::Filter {
            sample: &|fields| match wanted {
                Wanted::All => true,
                Wanted::Metric(id) => fields.metric == id,
                Wanted::Assessments => false,
            },
            row: &|row| wanted.is(row),
        };
        scan::rows(&self.place, &file, &filter, visit).map_err(|failed| self.failed(failed))
    }

    fn measured(&mut self) -> Result<(Measured, Vec<Diagnostic>), StoreError> {
        let Some(file) = self.open()? else {
            return Ok((Measured { place: self.place.clone(), ..Measured::default() }, Vec::new()));
        };
        let mut again = || {
            (&file).seek(SeekFrom::Start(0))?;
            Ok(&file)
        };
        scan::measured(&self.place, &file, &mut again).map_err(|failed| self.failed(failed))
    }
}

/// Writes rows as lines; many of them by all cores.
fn write_rows(rows: &[&Row], into: &mut Vec<u8>) {
    const MANY: usize = 512;
    let lines = |rows: &[&Row]| {
        let mut bytes = Vec::with_capacity(rows.len() * 320);
        rows.iter().for_each(|row| row.write(&mut bytes));
        bytes
    };
    if rows.len() <= MANY {
        return into.extend(lines(rows));
    }
    let parts: Vec<Vec<u8>> = rows.par_chunks(MANY).map(lines).collect();
    into.reserve(parts.iter().map(Vec::len).sum());
    parts.iter().for_each(|part| into.extend_from_slice(part));
}

fn folder_of(path: &Path) -> Option<&Path> {
    path.parent().filter(|folder| !folder.as_os_str().is_empty())
}

/// What follows the last line end.
fn open_tail(file: &mut File) -> io::Result<Vec<u8>> {
    let mut start = file.seek(SeekFrom::End(0))?;
    let mut tail: Vec<u8> = Vec::new();
    // The last byte answers for almost every file.
    let mut step = 1;
    while start > 0 {
        let from = start.saturating_sub(step);
        let mut part = Vec::new();
        file.seek(SeekFrom::Start(from))?;
        file.take(start - from).read_to_end(&mut part)?;
        if let Some(end) = part.iter().rposition(|b| *b == b'\n') {
            part.drain(..=end);
            part.extend(tail);
            return Ok(part);
        }
        part.extend(tail);
        (tail, start, step) = (part, from, 64 << 10);
    }
    Ok(tail)
}

/// Whether an open file is still the one at a path.
#[cfg(unix)]
fn is_still(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let open = file.metadata()?;
    match std::fs::metadata(path) {
        Ok(named) => Ok((open.dev(), open.ino()) == (named.dev(), named.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether an open file is still the one at a path: elsewhere an open file cannot be replaced.
#[cfg(not(unix))]
fn is_still(_: &File, _: &Path) -> io::Result<bool> {
    Ok(true)
}
