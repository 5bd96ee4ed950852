//! Everything that a run found enters; what was noticed on the way leaves as diagnostics, each with its severity and place.

use super::found::Found;
use crate::base::Base;
use crate::checklist::{Catalogue, Check};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::fact::Node;
use crate::facts::pilot::{Pilot, State};
use crate::manifest::Loaded;
use crate::rule::Rule;

impl Found<'_> {
    /// What was noticed on the way, worst first. A malformed file is an error when a required check rests on it.
    pub(super) fn diagnostics(&self) -> Vec<Diagnostic> {
        let mut all: Vec<Diagnostic> = Vec::new();
        all.extend(limbo(&self.facts.pilot, self.inputs.loaded));
        all.extend(self.base.iter().flat_map(Base::diagnostics));
        all.extend(self.raised());
        for (path, diagnostic) in &self.evidence.malformed {
            let blocks =
                self.evaluation.findings.iter().any(|f| f.is_due && f.required.is_some() && asks(f.check, path));
            let severity = if blocks { Severity::Error } else { Severity::Warning };
            let diagnostic = Diagnostic { severity, ..diagnostic.clone() };
            // Several facts may rest on one file: it is said once, as bad as it is for the worst of them.
            let same =
                |known: &&mut Diagnostic| Diagnostic { severity: known.severity, ..diagnostic.clone() } == **known;
            match all.iter_mut().find(same) {
                Some(known) => known.severity = known.severity.min(severity),
                None => all.push(diagnostic),
            }
        }
        all.extend(self.evaluation.diagnostics.iter().cloned());
        all.extend(self.evidence.diagnostics.iter().cloned());
        all.extend(self.inputs.tree.skipped.iter().cloned());
        all.extend(self.inputs.tree.unread());
        all.extend(self.unknown_attestations());
        all.sort_by_key(|d| d.severity);
        all
    }

    /// The policy's lowest tier is above the manifest's.
    fn raised(&self) -> Option<Diagnostic> {
        let stated = self.project.tier.unwrap_or_default();
        let loaded = self.inputs.loaded.filter(|_| stated != self.tier)?;
        let (judged, stated) = (self.tier.name(), stated.name());
        Some(
            Diagnostic::new(
                Code::TierRaised,
                Severity::Note,
                format!("the policy judges this project as {judged}, not as {stated}"),
            )
            .at(loaded.at("/project/tier"))
            .help(format!("write `tier: {judged}`")),
        )
    }

    /// An attestation for a check that does not exist attests nothing.
    fn unknown_attestations(&self) -> Vec<Diagnostic> {
        let Some(Node::Map(records)) = self.facts.root.fields.get("attestations") else {
            return Vec::new();
        };
        let packs = Catalogue::builtin_packs().unwrap_or_default();
        let known = |id: &str| {
            self.inputs.catalogue.get(id).is_some() || packs.iter().any(|pack| pack.checks.iter().any(|c| c.id == id))
        };
        let unknown = records.fields.iter().filter(|(id, _)| !known(id));
        unknown
            .map(|(id, list)| {
                let origin = list.items().iter().find_map(|item| match item {
                    Node::Map(record) => record.origin.as_ref().map(|o| o.path.clone()),
                    _ => None,
                });
                let near = self.inputs.catalogue.nearest(id).map(|near| format!("did you mean `{near}`? "));
                Diagnostic::warning(
                    Code::UnknownCheck,
                    format!("an attestation is for `{id}`, and there is no such check"),
                )
                .path(origin.unwrap_or_default())
                .help(format!("{}`aipp checks` lists the checks", near.unwrap_or_default()))
            })
            .collect()
    }
}

fn limbo(pilot: &Pilot, loaded: Option<&Loaded>) -> Option<Diagnostic> {
    let (State::Limbo, Some(end), Some(loaded)) = (pilot.state, pilot.end, loaded) else { return None };
    Some(
        Diagnostic::warning(
            Code::PilotLimbo,
            format!("the pilot ended on {end} and nobody has decided: go, stop or pivot"),
        )
        .at(loaded.at("/pilot/end"))
        .help("decide now, and record it: `aipp log decision --kind go` (or stop, or pivot)"),
    )
}

/// Whether a check rests on the facts at a path.
fn asks(check: &Check, path: &str) -> bool {
    let below =
        |asked: &String| asked == path || asked.strip_prefix(path).is_some_and(|rest| rest.starts_with(['.', '[']));
    let above = |asked: &String| {
        path.strip_prefix(asked.as_str()).is_some_and(|rest| rest.starts_with('.')) && asked.contains('.')
    };
    let conditions = check.documented.iter().chain(&check.verified).filter_map(|c| c.rule().ok());
    let disproofs = check.contradicted.iter().filter_map(|d| d.rule().ok());
    conditions.chain(disproofs).flat_map(Rule::asked).any(|asked| below(asked) || above(asked))
}
