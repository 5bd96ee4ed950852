//! What a change is merged into enters, with the change; what counts, what is only proposed, and what the change takes away leave.
//!
//! A change cannot open its own gate: waivers, exceptions, tier, phase, policy and checklists count as they stand in the base.

mod changes;
pub mod rows;

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::checklist::Catalogue;
use crate::diagnostic::{At, Code, Diagnostic, FileLocation, Severity};
use crate::manifest::Loaded;
use crate::manifest::model::{NotApplicable, Phase, Project, Tier, Waiver};
use crate::manifest::value::Short;
use crate::policy::Policy;

/// Manifest, policy and checklists of one revision, or of the change.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The manifest, when there is one.
    pub loaded: Option<&'a Loaded>,
    /// The policy.
    pub policy: &'a Policy,
    /// The checks.
    pub catalogue: &'a Catalogue,
}

/// The three states that a change is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    /// What the change is merged into: this counts.
    pub base: Side<'a>,
    /// Where the change began: what differs from here was changed by it.
    pub fork: Side<'a>,
    /// The change.
    pub head: Side<'a>,
}

/// What a revision says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct BaseInfo {
    /// The revision as it was named.
    pub revision: String,
    /// Its commit.
    pub commit: String,
}

/// What a change adds, and what does not count yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Proposal {
    /// waiver, not-applicable, tier, phase, policy or checklist.
    pub kind: &'static str,
    /// The check, when it is about one.
    pub check: Option<String>,
    /// What is proposed.
    pub message: String,
    /// Where.
    pub location: Option<FileLocation>,
}

/// Something that a change takes away.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// What, where, and how to go on.
    pub diagnostic: Diagnostic,
    /// The check, when it is about one.
    pub check: Option<String>,
    /// The metric, when it is about one.
    pub metric: Option<String>,
    /// Whether the gate stays closed with it.
    pub closes: bool,
}

/// A change, held against its base.
#[derive(Debug, Clone)]
pub struct Base {
    /// The base.
    pub info: BaseInfo,
    /// The manifest of the change, with waivers, exceptions, tier and phase as far as they stand in the base.
    pub judged: Option<Loaded>,
    /// For each of its waivers whether it stands in the base.
    pub waivers: Vec<bool>,
    /// For each of its exceptions whether it stands in the base.
    pub exceptions: Vec<bool>,
    /// Who owns the project in the base: names, handles, addresses.
    pub owners: Vec<String>,
    /// The manifest where the change began.
    pub fork: Option<Loaded>,
    /// What does not count yet.
    pub proposals: Vec<(Proposal, Diagnostic)>,
    /// What is taken away.
    pub taken: Vec<Taken>,
}

impl Base {
    /// Holds a change against its base.
    #[must_use]
    pub fn of(info: BaseInfo, sides: &Sides<'_>) -> Self {
        let mut base = Self {
            info,
            judged: sides.head.loaded.cloned(),
            waivers: Vec::new(),
            exceptions: Vec::new(),
            owners: owners(sides.base.loaded),
            fork: sides.fork.loaded.cloned(),
            proposals: Vec::new(),
            taken: Vec::new(),
        };
        base.take_waivers(sides);
        base.take_exceptions(sides);
        base.take_project(sides);
        let (proposals, taken) = changes::found(sides, &base.info);
        base.proposals.extend(proposals);
        base.taken.extend(taken);
        base
    }

    /// Adds what was found in files that are only ever added to.
    pub fn add(&mut self, taken: impl IntoIterator<Item = Taken>) {
        self.taken.extend(taken);
    }

    /// A baseline that was recorded anew, with its reason, is moved for all to see: it is told, and it closes nothing.
    pub fn excuse(&mut self, rebaselined: &[String]) {
        for taken in &mut self.taken {
            taken.closes &= !taken.metric.as_ref().is_some_and(|metric| rebaselined.contains(metric));
        }
    }

    /// Whether the waiver at an index stands in the base.
    #[must_use]
    pub fn has_waiver(&self, index: usize) -> bool {
        self.waivers.get(index).copied().unwrap_or(false)
    }

    /// Whether the exception at an index stands in the base.
    #[must_use]
    pub fn has_exception(&self, index: usize) -> bool {
        self.exceptions.get(index).copied().unwrap_or(false)
    }

    /// Messages about everything that the change adds and takes away.
    pub fn diagnostics(&self) -> impl Iterator<Item = Diagnostic> {
        let taken = self.taken.iter().map(|taken| taken.diagnostic.clone());
        taken.chain(self.proposals.iter().map(|(_, diagnostic)| diagnostic.clone())).collect::<Vec<_>>().into_iter()
    }

    fn propose(&mut self, kind: &'static str, check: Option<&str>, message: String, at: Option<At>) {
        self.proposals.push(proposal(kind, check, message, at, &self.info));
    }

    /// A waiver of the base counts as it stands there; a new one, or a new version of one, does not.
    fn take_waivers(&mut self, sides: &Sides<'_>) {
        let Some(mut judged) = self.judged.take() else { return };
        let known: Vec<Waiver> = sides.base.loaded.map(|l| l.manifest.waivers.clone()).unwrap_or_default();
        let mut used = vec![false; known.len()];
        for i in 0..judged.manifest.waivers.len() {
            let own = judged.manifest.waivers[i].clone();
            let exact = known.iter().enumerate().position(|(k, w)| !used[k] && *w == own);
            let found = exact.or_else(|| known.iter().enumerate().position(|(k, w)| !used[k] && w.check == own.check));
            let at = judged.at(&format!("/waivers/{i}/check"));
            let who = format!("accepted by {}, until {}", own.approver, own.expires);
            match found {
                Some(k) => {
                    used[k] = true;
                    if known[k] != own {
                        let message = format!(
                            "the waiver for `{}` is changed ({who}); the one in {} counts",
                            own.check, self.info.revision
                        );
                        self.propose("waiver", Some(&own.check), message, Some(at));
                        judged.manifest.waivers[i] = known[k].clone();
                    }
                    self.waivers.push(true);
                }
                None => {
                    self.propose("waiver", Some(&own.check), format!("a waiver for `{}` ({who})", own.check), Some(at));
                    self.waivers.push(false);
                }
            }
        }
        self.judged = Some(judged);
    }

    /// The same for checks that are declared not applicable.
    fn take_exceptions(&mut self, sides: &Sides<'_>) {
        let Some(mut judged) = self.judged.take() else { return };
        let known: Vec<NotApplicable> =
            sides.base.loaded.map(|l| l.manifest.not_applicable.clone()).unwrap_or_default();
        for i in 0..judged.manifest.not_applicable.len() {
            let own = judged.manifest.not_applicable[i].clone();
            let at = judged.at(&format!("/not_applicable/{i}/check"));
            match known.iter().find(|entry| entry.check == own.check) {
                Some(entry) => {
                    if *entry != own {
                        let message =
                            format!("`{}` not applicable, in other words than in {}", own.check, self.info.revision);
                        self.propose("not-applicable", Some(&own.check), message, Some(at));
                        judged.manifest.not_applicable[i] = entry.clone();
                    }
                    self.exceptions.push(true);
                }
                None => {
                    let message = format!("`{}` not applicable (says {}: {})", own.check, own.by, own.reason);
                    self.propose("not-applicable", Some(&own.check), message, Some(at));
                    self.exceptions.push(false);
                }
            }
        }
        self.judged = Some(judged);
    }

    /// Tier and phase count as they stand in the base; without a manifest there, a tier can only be higher than the usual one.
    fn take_project(&mut self, sides: &Sides<'_>) {
        let Some(mut judged) = self.judged.take() else { return };
        let (own_tier, own_phase) = standing(&judged);
        let (tier, phase) = match sides.base.loaded {
            Some(base) => standing(base),
            None => (if own_tier == Tier::Experimental { Tier::Standard } else { own_tier }, own_phase),
        };
        if tier != own_tier {
            let message = format!("tier {} instead of {}", own_tier.name(), tier.name());
            self.propose("tier", None, message, Some(judged.at("/project/tier")));
        }
        if phase != own_phase {
            let message = format!("phase {} instead of {}", own_phase.name(), phase.name());
            self.propose("phase", None, message, Some(judged.at("/project/phase")));
        }
        let mut project = judged.manifest.project.as_ref().map_or_else(Project::default, |p| p.0.clone());
        if (tier, phase) != (own_tier, own_phase) {
            (project.tier, project.phase) = (Some(tier), Some(phase));
            judged.manifest.project = Some(Short(project));
        }
        self.judged = Some(judged);
    }
}

fn proposal(
    kind: &'static str,
    check: Option<&str>,
    message: String,
    at: Option<At>,
    info: &BaseInfo,
) -> (Proposal, Diagnostic) {
    let diagnostic = Diagnostic::new(Code::Proposed, Severity::Note, format!("proposed by this change: {message}"))
        .help(format!("it counts once it stands in {}", info.revision));
    let proposal =
        Proposal { kind, check: check.map(str::to_owned), message, location: at.as_ref().map(FileLocation::of) };
    (
        proposal,
        match at {
            Some(at) => diagnostic.at(at),
            None => diagnostic,
        },
    )
}

fn standing(loaded: &Loaded) -> (Tier, Phase) {
    let project = loaded.manifest.project.as_ref().map(|p| &p.0);
    (project.and_then(|p| p.tier).unwrap_or_default(), project.and_then(|p| p.phase).unwrap_or_default())
}

fn owners(loaded: Option<&Loaded>) -> Vec<String> {
    let people = loaded.and_then(|l| l.manifest.people.as_ref());
    let owners = people.and_then(|p| p.owner.as_ref()).into_iter().flat_map(|many| many.iter());
    owners.flat_map(|o| [o.name.clone(), o.handle.clone(), o.email.clone()]).flatten().collect()
}
