//! A small YAML or JSON record that people write enters; a typed record leaves, or everything that is wrong with it.

use serde::de::DeserializeOwned;

use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::{decode, duplicate_keys, read_document};
use crate::source::Document;

use super::outcome::{Input, Outcome};

/// What is wrong with a record; the facts that rest on it are not known yet.
#[derive(Debug)]
pub(super) struct Errors(Vec<Diagnostic>);

impl Errors {
    /// The errors as malformed evidence for these facts.
    pub(super) fn under(self, facts: &str) -> Outcome {
        let malformed = self.0.into_iter().map(|error| (facts.to_owned(), error)).collect();
        Outcome { malformed, ..Outcome::default() }
    }
}

/// Reads a record. `what` is what messages call it.
pub(super) fn read<T: DeserializeOwned>(input: &Input<'_>, what: &str) -> Result<(Document, T), Errors> {
    let document = read_document(input.path, input.text.as_bytes().to_vec()).map_err(|errors| named(errors, what))?;
    let mut errors = duplicate_keys(&document);
    let (typed, more) = decode::<T>(&document);
    errors.extend(more);
    match typed {
        Some(typed) if errors.is_empty() => Ok((document, typed)),
        _ => Err(named(errors, what)),
    }
}

/// Says which kind of record the errors are in.
fn named(errors: Vec<Diagnostic>, what: &str) -> Errors {
    let help = |code: Code| (code == Code::EmptyFile).then(|| "write the record again, or delete the file".to_owned());
    Errors(
        errors
            .into_iter()
            .map(|error| Diagnostic {
                message: format!("the {what} cannot be used: {}", error.message),
                help: help(error.code).or(error.help),
                code: Code::Malformed,
                ..error
            })
            .collect(),
    )
}
