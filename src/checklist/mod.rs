//! YAML enters, checks with rules leave. The built-in ones are embedded; a team's own are read and verified the same way.

pub mod ladder;
mod load;
mod model;
mod scale;
mod verify;

#[cfg(test)]
mod tests;

use crate::diagnostic::Diagnostic;
use crate::digest::sha256_of;

pub use load::load;
pub use model::{Band, Check, Checklist, Condition, Days, Disproof, Example, Scoring, ScoringRule, Section, Wants};
pub use scale::{Area, Level, Required, Sign};
pub use verify::verify;

/// The version of the built-in catalogue: it changes when a check is added, or when one asks for something else.
pub const VERSION: &str = "1";

/// SHA-256 over the text of the built-in checklists, in hexadecimal.
#[must_use]
pub const fn builtin_sha256() -> &'static str {
    include_str!(concat!(env!("OUT_DIR"), "/catalogue.sha256"))
}

/// The checks of a run: the built-in ones and a team's own, and optional packs with a score of their own.
#[derive(Debug)]
pub struct Catalogue {
    /// The checks, in order of areas.
    pub checks: Vec<Check>,
    /// Packs.
    pub packs: Vec<Checklist>,
    /// Digest over the text of every checklist.
    pub sha256: String,
}

impl Catalogue {
    /// The built-in checks.
    ///
    /// # Errors
    /// Never for a binary that was built from verified checklists; the message says what is broken.
    pub fn builtin() -> Result<Self, serde_json::Error> {
        let mut checks: Vec<Check> = serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/checks.json")))?;
        let mut lines = include_str!(concat!(env!("OUT_DIR"), "/checks.rules")).lines();
        for check in &mut checks {
            if check.applies.is_some() {
                check.applies_rule.embedded = lines.next();
            }
            for rung in [&mut check.claimed, &mut check.documented, &mut check.verified] {
                rung.iter_mut().for_each(|condition| condition.rule.embedded = lines.next());
            }
            check.contradicted.iter_mut().for_each(|disproof| disproof.rule.embedded = lines.next());
        }
        Ok(Self { checks, packs: Vec::new(), sha256: builtin_sha256().to_owned() })
    }

    /// The optional packs that the binary brings, by name.
    ///
    /// # Errors
    /// As [`builtin`](Self::builtin).
    pub fn builtin_packs() -> Result<Vec<Checklist>, serde_json::Error> {
        serde_json::from_str(include_str!(concat!(env!("OUT_DIR"), "/packs.json")))
    }

    /// Adds a checklist that was loaded; `digest` is over its text.
    ///
    /// # Errors
    /// An id that is there already.
    pub fn add(&mut self, list: Checklist, name: &str, digest: &str) -> Result<(), Vec<Diagnostic>> {
        let clashes: Vec<Diagnostic> = list
            .checks
            .iter()
            .filter(|check| self.get(&check.id).is_some())
            .map(|check| {
                Diagnostic::error(crate::diagnostic::Code::DuplicateId, format!("the check id `{}` is taken", check.id))
                    .path(name)
                    .help("give the check an id of its own, for instance with your organization's name in front")
            })
            .collect();
        if !clashes.is_empty() {
            return Err(clashes);
        }
        self.sha256 = sha256_of(&[self.sha256.as_bytes(), digest.as_bytes()]);
        if list.scoring.is_some() {
            self.packs.push(list);
        } else {
            self.checks.extend(list.checks);
            self.checks.sort_by_key(Check::area);
        }
        Ok(())
    }

    /// The check with an id, in the catalogue or in a pack.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Check> {
        self.all().find(|check| check.id == id)
    }

    /// Every check, those of packs last.
    pub fn all(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().chain(self.packs.iter().flat_map(|pack| &pack.checks))
    }

    /// The id that a misspelled one probably means.
    #[must_use]
    pub fn nearest(&self, id: &str) -> Option<String> {
        let ids: Vec<String> = self.all().map(|check| check.id.clone()).collect();
        crate::manifest::nearest(id, &ids)
    }
}
