//! The path of a policy file enters; the effective policy leaves, read from it and all that it builds on, or everything that is
//! wrong with them.

use std::path::Path;
use std::sync::Arc;

use super::Policy;
use super::PolicySource;
use super::file::PolicyFile;
use super::merge::{Effective, Part};
use crate::diagnostic::{At, Code, Diagnostic};
use crate::digest::sha256;
use crate::manifest::{decode, duplicate_keys, read_document};
use crate::source::Document;

/// Where policy files are read from: the folders of a checkout, or one of its revisions.
pub trait Files {
    /// Opens a file. `from` is the path of the file that names it (none for the first one); `path` is what that one says.
    ///
    /// # Errors
    /// A sentence that says why it cannot be read, without its name.
    fn open(&self, from: Option<&str>, path: &str) -> Result<Opened, String>;
}

/// A file that was opened.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The path as messages show it, and as other files are named from.
    pub path: String,
    /// What tells it from every other file, whatever way it was named.
    pub identity: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// More files than these are no policy that anyone could follow.
const MAX_FILES: usize = 32;

/// Reads a policy and all that it builds on.
///
/// # Errors
/// Everything that is wrong: a missing file, a circle, a wrong digest, unknown, empty and duplicate keys, and every value that
/// would loosen what is built in or what an extended policy asks for.
pub fn load(path: &str, files: &dyn Files) -> Result<Policy, Vec<Diagnostic>> {
    let mut reader = Reader { files, stack: Vec::new(), read: Vec::new(), errors: Vec::new() };
    let opened = files.open(None, path).map_err(|why| {
        vec![
            Diagnostic::error(Code::Unreadable, format!("the policy `{path}` cannot be read: {why}"))
                .help("correct its path, and check its permissions"),
        ]
    })?;
    let effective = reader.visit(opened);
    match effective {
        Some(effective) if reader.errors.is_empty() => {
            Ok(effective.policy(reader.read.into_iter().map(|(_, source, _)| source).collect()))
        }
        _ => Err(reader.errors),
    }
}

struct Reader<'a> {
    files: &'a dyn Files,
    /// The files that are being read, each building on the next: identity and path.
    stack: Vec<(String, String)>,
    /// The files that were read, by identity.
    read: Vec<(String, PolicySource, Effective)>,
    errors: Vec<Diagnostic>,
}

impl Reader<'_> {
    /// Reads one file after those that it builds on.
    fn visit(&mut self, opened: Opened) -> Option<Effective> {
        if let Some((_, _, known)) = self.read.iter().find(|(identity, ..)| *identity == opened.identity) {
            return Some(known.clone());
        }
        let sha256 = sha256(&opened.bytes);
        let document = match read_document(&opened.path, opened.bytes) {
            Ok(document) => document,
            Err(errors) => {
                self.errors.extend(errors.into_iter().map(for_policy));
                return None;
            }
        };
        let (file, errors) = decode::<PolicyFile>(&document);
        self.errors.extend(duplicate_keys(&document));
        self.errors.extend(errors);
        let file = file?;
        let part = Part { file: &file, document: &document, path: &opened.path };
        self.errors.extend(part.check());
        self.stack.push((opened.identity.clone(), opened.path.clone()));
        let mut effective = Effective::default();
        for (i, reference) in file.extends.iter().flatten().enumerate() {
            let at = at(&document, &format!("/extends/{i}"));
            let pin = (reference.sha256(), &super::load::at(&document, &format!("/extends/{i}/sha256")));
            if let Some(opened) = self.follow(&opened.path, reference.path(), pin, &at)
                && let Some(other) = self.visit(opened)
            {
                self.errors.extend(effective.join(other, &at));
            }
        }
        self.stack.pop();
        self.errors.extend(effective.add(&part));
        self.read.push((opened.identity, PolicySource { path: opened.path, sha256 }, effective.clone()));
        Some(effective)
    }

    /// Opens a file that another one builds on.
    fn follow(&mut self, from: &str, path: &str, (pin, pin_at): (Option<&str>, &At), at: &At) -> Option<Opened> {
        let mut error = |message: String, help: &str| {
            self.errors.push(Diagnostic::error(Code::Extends, message).at(at.clone()).help(help));
        };
        let opened = match self.files.open(Some(from), path) {
            Ok(opened) => opened,
            Err(why) => {
                error(
                    format!("the extended policy `{path}` cannot be read: {why}"),
                    "correct the path (it is read from the folder of the file that names it), or delete the entry",
                );
                return None;
            }
        };
        if let Some(start) = self.stack.iter().position(|(identity, _)| *identity == opened.identity) {
            let mut circle: Vec<&str> = self.stack[start..].iter().map(|(_, path)| path.as_str()).collect();
            circle.push(&opened.path);
            error(
                format!("the policies build on each other in a circle: {}", circle.join(" extends ")),
                "take one of them out of `extends`",
            );
            return None;
        }
        if self.read.len() + self.stack.len() >= MAX_FILES {
            error(format!("more than {MAX_FILES} policies build on each other"), "write fewer, larger files");
            return None;
        }
        if let Some(problem) = pinned(pin, &opened.bytes, &format!("the extended policy `{path}`")) {
            self.errors.push(problem.at(pin_at.clone()));
            return None;
        }
        Some(opened)
    }
}

/// What is wrong with a pinned file; nothing when it has the digest that it must have.
#[must_use]
pub fn pinned(pin: Option<&str>, bytes: &[u8], what: &str) -> Option<Diagnostic> {
    let pin = pin?;
    if pin.len() != 64 || !pin.chars().all(|c| c.is_ascii_hexdigit()) {
        return Some(
            Diagnostic::error(Code::BadValue, format!("`{pin}` is no sha256: 64 hexadecimal digits"))
                .help("write what `sha256sum FILE` prints"),
        );
    }
    let found = sha256(bytes);
    (!pin.eq_ignore_ascii_case(&found)).then(|| {
        Diagnostic::error(Code::WrongDigest, format!("{what} is not the file that was pinned: its sha256 is {found}"))
            .label("pinned here")
            .help("look at what changed in it; if that is right, pin the new digest")
    })
}

/// The place of a value of a document.
pub(super) fn at(document: &Document, pointer: &str) -> At {
    At::entry(&Arc::clone(&document.source), &document.nearest(pointer))
}

/// An error about an unreadable file, with the remedy of a policy.
fn for_policy(error: Diagnostic) -> Diagnostic {
    match error.code {
        Code::EmptyFile => error.help("write at least `aipp_policy: 1` and one rule, or delete the file"),
        Code::WrongType => error.help("begin with the line `aipp_policy: 1`"),
        _ => error,
    }
}

/// The path of a file that another one names: from that one's folder, without `.` and `..` where they can be resolved.
#[must_use]
pub fn beside(from: Option<&str>, path: &str) -> String {
    let path = path.replace('\\', "/");
    let folder = from.and_then(|from| from.rsplit_once('/')).map_or("", |(folder, _)| folder);
    let rooted = from.is_some_and(|from| from.starts_with('/')) && folder.is_empty();
    let full = match () {
        () if path.starts_with('/') || Path::new(&path).is_absolute() => path,
        () if rooted => format!("/{path}"),
        () if folder.is_empty() => path,
        () => format!("{folder}/{path}"),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in full.split('/') {
        match part {
            "." => {}
            "" if !parts.is_empty() => {}
            ".." if parts.last().is_some_and(|last| !matches!(*last, ".." | "")) => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}
