//! The bytes of a checklist enter; a verified checklist leaves, or everything that is wrong with it.

use super::{Checklist, verify};
use crate::diagnostic::{At, Code, Diagnostic};
use crate::digest::sha256;
use crate::manifest::{decode, duplicate_keys, read_document};

/// Reads and verifies a checklist; the digest of its bytes comes with it.
///
/// # Errors
/// Everything that is wrong: syntax, unknown keys, an empty list, expressions that ask no fact, examples that do not hold.
pub fn load(name: &str, bytes: Vec<u8>) -> Result<(Checklist, String), Vec<Diagnostic>> {
    let sha256 = sha256(&bytes);
    let document =
        read_document(name, bytes).map_err(|errors| errors.into_iter().map(for_checklist).collect::<Vec<_>>())?;
    let (list, mut errors) = decode::<Checklist>(&document);
    errors.splice(0..0, duplicate_keys(&document));
    let Some(mut list) = list.filter(|_| errors.is_empty()) else { return Err(errors) };
    for check in &mut list.checks {
        check.area = check.area.or(list.area);
    }
    errors.extend(verify(&list).into_iter().map(|problem| {
        let place = document.nearest(&problem.pointer);
        let error = Diagnostic::error(Code::Checklist, problem.message).at(At::value(&document.source, &place));
        match problem.help {
            Some(help) => error.help(help),
            None => error,
        }
    }));
    if errors.is_empty() { Ok((list, sha256)) } else { Err(errors) }
}

/// An error about an unreadable file, with the remedy of a checklist.
fn for_checklist(error: Diagnostic) -> Diagnostic {
    match error.code {
        Code::EmptyFile => {
            error.help("an empty checklist would pass everything: write `aipp_checklist: 1` and `checks:`")
        }
        Code::WrongType => error.help("begin with the line `aipp_checklist: 1`"),
        _ => error,
    }
}
