//! The pipeline: manifest, repository and catalogue enter; one [`Assessment`] leaves, the value that everything below reads.

pub mod baseline;
mod found;
mod model;
mod noticed;
mod packs;
mod records;

use crate::actions;
use crate::base::{Base, Taken};
use crate::checklist::Catalogue;
use crate::checklist::ladder::Ground;
use crate::diagnostic::{Code, Diagnostic};
use crate::evaluate::{Evaluation, Finding, Status, Terms, evaluate};
use crate::evidence::git::Git;
use crate::evidence::tree::Tree;
use crate::evidence::{self, Evidence, View};
use crate::fact::{Leaf, Node, Scalar};
use crate::facts::{self, Facts};
use crate::gate::{self, Question, Target, Traffic};
use crate::manifest::model::{Project, Tier};
use crate::manifest::value::Day;
use crate::manifest::{Loaded, Manifest};
use crate::playbook::Playbook;
use crate::policy::Policy;
use crate::score;
use crate::series::Measured;

pub use model::{
    ActionInfo, AreaInfo, Assessment, CatalogueInfo, CheckInfo, DiagnosticInfo, EvidenceInfo, FileLocation, GateInfo,
    OpenQuestion, PilotInfo, ProjectInfo, Readiness, ReasonInfo, SignInfo, ToolInfo, UnmetInfo, WaiverInfo,
};
pub use packs::{PackCheck, PackInfo, SectionInfo};
pub use records::{DecisionRecord, Records, StageRecord};

use found::Found;
use packs::pack_result;

/// Everything that an assessment rests on.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The manifest, when there is one.
    pub loaded: Option<&'a Loaded>,
    /// The files below the evidence root.
    pub tree: &'a Tree,
    /// Their history.
    pub git: &'a Git,
    /// What was measured, from the store.
    pub measured: &'a Measured,
    /// The checks.
    pub catalogue: &'a Catalogue,
    /// The tasks that meet them.
    pub playbook: &'a Playbook,
    /// The policy.
    pub policy: &'a Policy,
    /// The day.
    pub today: Day,
    /// The phase to be entered; the one after the manifest's when none.
    pub to: Option<Target>,
    /// The share of traffic to be raised to, inside scale.
    pub traffic: Option<Traffic>,
    /// What the change is merged into, when one is judged; `loaded` is then [`Base::judged`].
    pub base: Option<&'a Base>,
    /// What the project is called when the manifest does not say.
    pub name: &'a str,
}

/// Runs an assessment.
#[must_use]
pub fn assess(inputs: &Inputs<'_>) -> Assessment {
    let empty = Manifest::default();
    let manifest = inputs.loaded.map_or(&empty, |l| &l.manifest);
    let view = View { tree: inputs.tree, git: inputs.git, manifest, today: inputs.today, measured: inputs.measured };
    let evidence = evidence::collect(&view);
    let facts = facts::assemble(inputs.loaded, &evidence, inputs.today);

    let project = manifest.project.as_ref().map_or_else(Project::default, |p| p.0.clone());
    let (tier, phase) = (inputs.policy.tier(project.tier.unwrap_or_default()), project.phase.unwrap_or_default());
    let to = inputs.to.unwrap_or_else(|| Target::after(phase));
    let terms = Terms {
        loaded: inputs.loaded,
        tier,
        exit: to.exit(),
        today: inputs.today,
        policy: inputs.policy,
        base: inputs.base,
        also: inputs.traffic.map_or(&[], Traffic::also),
    };

    let ground = Ground::new(&facts.root, inputs.today, tier == Tier::Critical);
    let mut evaluation = evaluate(inputs.catalogue, &ground, &terms);
    tell_uncommitted(&mut evaluation.findings, &facts, &evidence);
    let scores = score::score(&evaluation.findings);
    let base = inputs.base.map(|base| vanished(base, &evidence, &evaluation, inputs.today));
    let gate = inputs.loaded.map(|loaded| {
        let question = Question {
            from: phase,
            to,
            traffic: inputs.traffic,
            staged: is_staged(&facts),
            floor: inputs.policy.floor(to.exit(), tier),
            loaded: Some(loaded),
            base: base.as_ref(),
        };
        gate::judge(&evaluation, &scores, &question)
    });
    let actions = actions::rank(&evaluation.findings, &scores, inputs.playbook, phase);
    let packs = inputs.catalogue.packs.iter().map(|pack| pack_result(pack, &ground)).collect();
    Found { inputs, base, project, tier, phase, evidence, facts: &facts, evaluation, scores, gate, actions, packs }
        .assessment()
}

/// Adds the checks that applied by what the manifest said where the change began, and by what it says now do not.
fn vanished(base: &Base, evidence: &Evidence, evaluation: &Evaluation<'_>, today: Day) -> Base {
    let mut base = base.clone();
    let Some(fork) = &base.fork else { return base };
    let before = facts::assemble(Some(fork), evidence, today);
    let ground = Ground::new(&before.root, today, false);
    let derived = evaluation.findings.iter().filter(|f| f.is_due && f.status == Status::NotApplicable && !f.excepted);
    let gone: Vec<Taken> = derived
        .filter(|f| ground.climb(f.check).applies)
        .map(|finding| {
            let id = finding.check.id.clone();
            let message =
                format!("`{id}` applied in the base, and by what the change says of the project it no longer does");
            let help = "take the change of the manifest back, or have it merged by somebody who may overrule the gate";
            let diagnostic = Diagnostic::warning(Code::Lowered, message).help(help);
            let at = base.judged.as_ref().map(|l| l.at("/project"));
            let diagnostic = match at {
                Some(at) => diagnostic.at(at),
                None => diagnostic,
            };
            Taken { diagnostic, check: Some(id), metric: None, closes: true }
        })
        .collect();
    base.add(gone);
    base
}

/// An attestation that is there and does not count yet is not called missing: the reason says what is wrong with it.
fn tell_uncommitted(findings: &mut [Finding<'_>], facts: &Facts, evidence: &Evidence) {
    for diagnostic in evidence.diagnostics.iter().filter(|d| d.code == Code::Uncommitted) {
        let from = |node: &Node| match node {
            Node::Map(record) => record.origin.as_ref().is_some_and(|o| diagnostic.file() == Some(&o.path)),
            _ => false,
        };
        let Some(Node::Map(by_check)) = facts.root.fields.get("attestations") else { return };
        let Some((id, _)) = by_check.fields.iter().find(|(_, list)| list.items().iter().any(from)) else { continue };
        let Some(finding) = findings.iter_mut().find(|f| f.check.id == *id) else { continue };
        let fact = format!("attestations.{id}");
        let conditions = finding.check.documented.iter().chain(&finding.check.verified);
        let resting: Vec<&str> = conditions
            .filter(|c| c.rule().is_ok_and(|rule| rule.asked().contains(&fact)))
            .map(|c| c.otherwise.as_str())
            .collect();
        for unmet in finding.climb.unmet.iter_mut().filter(|u| resting.contains(&u.because.as_str())) {
            unmet.because = format!("{} ({})", diagnostic.message, diagnostic.file().unwrap_or_default());
        }
        // Two conditions on one attestation lack one thing.
        finding.climb.unmet.dedup_by(|a, b| a == b);
    }
}

/// Whether the log holds a traffic stage of 10 % or more that was not aborted.
fn is_staged(facts: &Facts) -> bool {
    let number = |node: &Node| match node {
        Node::Leaf(Leaf::Known(Scalar::Number(number))) => Some(*number),
        Node::Leaf(Leaf::Known(Scalar::Int(number))) => i32::try_from(*number).ok().map(f64::from),
        _ => None,
    };
    facts::nodes_at(&facts.root, "stages").iter().flat_map(|node| node.items()).any(|stage| match stage {
        Node::Map(stage) => {
            let share = stage.fields.get("percent").and_then(number);
            let aborted =
                stage.fields.get("aborted").is_some_and(|a| matches!(a, Node::Leaf(Leaf::Known(Scalar::Bool(true)))));
            share.is_some_and(|share| share >= 10.0) && !aborted
        }
        _ => false,
    })
}
