//! The pipeline: manifest, repository and catalogue enter; one [`Assessment`] leaves, the value that everything below reads.

pub mod baseline;

use schemars::JsonSchema;
use serde::Serialize;

use crate::actions::{self, Action};
use crate::base::{Base, BaseInfo, Proposal, Taken};
use crate::checklist::ladder::Ground;
use crate::checklist::{Area, Catalogue, Checklist, Level, Sign, VERSION};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::evaluate::{Evaluation, Finding, Status, Terms, WaiverState, evaluate, judge};
use crate::evidence::git::Git;
use crate::evidence::tree::Tree;
use crate::evidence::{self, Evidence, View};
use crate::fact::{Leaf, Node, Record, Scalar, When};
use crate::facts::pilot::{Pilot, State};
use crate::facts::{self, Facts};
use crate::gate::{self, Gate, Question, ReasonCode, Target, Traffic, Verdict};
use crate::manifest::model::{DecisionKind, Phase, Project, Tier};
use crate::manifest::value::Day;
use crate::manifest::{Loaded, Manifest};
use crate::playbook::Playbook;
use crate::policy::{Policy, PolicySource};
use crate::remedy;
use crate::rule::Rule;
use crate::score::{self, Scores, display};
use crate::series::{Measured, Standing};

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
    Report { inputs, base, project, tier, phase, evidence, facts: &facts, evaluation, scores, gate, actions, packs }
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

/// An assessment: what `aipp assess --format json` prints.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Assessment {
    /// Version of this format.
    pub format_version: u32,
    /// Always `assessment`.
    pub kind: &'static str,
    /// The tool.
    pub tool: ToolInfo,
    /// The day of the assessment.
    pub today: Day,
    /// The checks that were asked.
    pub catalogue: CatalogueInfo,
    /// The project.
    pub project: ProjectInfo,
    /// The pilot.
    pub pilot: PilotInfo,
    /// The policy files in effect, those that others build on first.
    pub policy: Vec<PolicySource>,
    /// What the change is merged into, when a change is judged; else null.
    pub base: Option<BaseInfo>,
    /// What the change adds and what does not count before it stands in the base.
    pub proposed: Vec<Proposal>,
    /// The next gate; null without a manifest.
    pub gate: Option<GateInfo>,
    /// Only when the gate was judged against a baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<baseline::BaselineInfo>,
    /// Headline, mean, stated, claim gap.
    pub readiness: Readiness,
    /// The eight areas.
    pub areas: Vec<AreaInfo>,
    /// The six signs.
    pub signs: Vec<SignInfo>,
    /// Every check.
    pub checks: Vec<CheckInfo>,
    /// The metric table.
    pub metrics: Vec<Standing>,
    /// Waivers as they were judged.
    pub waivers: Vec<WaiverInfo>,
    /// What to do next, best first.
    pub next_actions: Vec<ActionInfo>,
    /// Optional packs with a score of their own.
    pub packs: Vec<PackInfo>,
    /// Without a manifest: what only people can answer.
    pub open_questions: Vec<OpenQuestion>,
    /// Errors, warnings and notes.
    #[schemars(with = "Vec<DiagnosticInfo>")]
    pub diagnostics: Vec<Diagnostic>,
    /// Dated records that a plan rests on; not printed.
    #[serde(skip)]
    pub records: Records,
}

/// Dated records that a plan rests on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Records {
    /// Decisions to go, stop or pivot.
    pub decisions: Vec<DecisionRecord>,
    /// Stages of traffic.
    pub stages: Vec<StageRecord>,
}

/// A recorded decision to go, stop or pivot.
#[derive(Debug, Clone, PartialEq)]
pub struct DecisionRecord {
    /// What was decided.
    pub kind: DecisionKind,
    /// When.
    pub date: Day,
    /// Who decided.
    pub by: Option<String>,
}

/// A stage of traffic that was entered.
#[derive(Debug, Clone, PartialEq)]
pub struct StageRecord {
    /// When.
    pub date: Day,
    /// Share of the traffic, in percent.
    pub percent: f64,
    /// It was taken back.
    pub aborted: bool,
}

/// The shape of a diagnostic.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DiagnosticInfo {
    /// Its code.
    pub code: String,
    /// error, warning or note.
    pub severity: String,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
    /// Where.
    pub location: Option<FileLocation>,
}

pub use crate::diagnostic::FileLocation;

/// The tool that made an assessment.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ToolInfo {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// The checks that were asked.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CatalogueInfo {
    /// Version of the built-in catalogue.
    pub version: &'static str,
    /// Digest over the text of every checklist.
    pub sha256: String,
}

/// The project.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ProjectInfo {
    /// Its name.
    pub name: String,
    /// experimental, standard or critical.
    pub tier: Tier,
    /// The phase it is in.
    pub phase: Phase,
    /// The manifest's path; null without one.
    pub manifest: Option<String>,
}

/// The pilot.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PilotInfo {
    /// First day.
    pub start: Option<Day>,
    /// Last day.
    pub end: Option<Day>,
    /// The running week, from 1.
    pub week: Option<i64>,
    /// Weeks that were planned.
    pub planned_weeks: Option<i64>,
    /// not-started, running, limbo, decided or live.
    #[schemars(with = "String")]
    pub state: State,
}

/// A gate.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GateInfo {
    /// The manifest's phase.
    pub from: Phase,
    /// The phase to be entered.
    #[schemars(with = "String")]
    pub to: Target,
    /// The share of traffic in percent, when one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traffic: Option<u32>,
    /// open or closed.
    #[schemars(with = "String")]
    pub verdict: Verdict,
    /// What the verdict would be without a waiver: open or closed.
    #[schemars(with = "String")]
    pub without_waivers: Verdict,
    /// Why it is closed.
    pub reasons: Vec<ReasonInfo>,
}

/// Why a gate is closed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ReasonInfo {
    /// required-unmet, required-contradicted, required-unknown, below-floor, waiver-expired, waiver-void or nothing-evaluated; for a
    /// change held against its base also requirement-lowered, baseline-changed or history-rewritten;
    /// against a baseline only regressed, required-unknown and nothing-evaluated.
    #[schemars(with = "String")]
    pub code: ReasonCode,
    /// The check.
    pub check: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
    /// Where.
    pub location: Option<FileLocation>,
}

/// The scores of the whole.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Readiness {
    /// The lowest area that is heavy enough; null without a manifest.
    pub headline: Option<f64>,
    /// The area of the headline.
    pub weakest: Option<Area>,
    /// The weighted mean: what is proven.
    pub mean: Option<f64>,
    /// The same with full credit for every claim.
    pub stated: Option<f64>,
    /// Stated minus mean.
    pub claim_gap: Option<f64>,
    /// The lowest headline that passes the next gate.
    pub floor: Option<u32>,
    /// Due weight that could be looked at; without a manifest the share of the catalogue that a repository can answer.
    pub coverage: Option<f64>,
    /// What the headline means.
    pub band: Option<&'static str>,
    /// Without a manifest: the score of what the repository alone shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence_score: Option<f64>,
}

/// One area.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AreaInfo {
    /// Its id.
    pub id: Area,
    /// Its title.
    pub title: &'static str,
    /// Weight of the checks that are due and apply.
    pub weight: u32,
    /// Weight × credit.
    pub points: f64,
    /// 0 to 100; null when nothing is due.
    pub score: Option<f64>,
    /// The same with full credit for every claim.
    pub stated: Option<f64>,
}

/// One sign.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SignInfo {
    /// Its id.
    pub id: Sign,
    /// Its title.
    pub title: &'static str,
    /// Whether all its checks are met.
    pub ready: bool,
    /// Its checks.
    pub checks: Vec<String>,
}

/// One check.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CheckInfo {
    /// Its id.
    pub id: String,
    /// What holds when it is met.
    pub title: String,
    /// Its area.
    pub area: Area,
    /// The phase by whose exit it is due.
    pub due: Phase,
    /// Whether it is due now.
    pub is_due: bool,
    /// Its weight.
    pub weight: u32,
    /// The level it reaches.
    pub level: Level,
    /// The level it requires.
    pub required: Option<Level>,
    /// met, unmet, waived, not-applicable, unknown or not-due.
    #[schemars(with = "String")]
    pub status: Status,
    /// 0, 0.5 or 1.
    pub credit: f64,
    /// The last day on which the level holds.
    pub expires: Option<Day>,
    /// The files it rests on.
    pub evidence: Vec<EvidenceInfo>,
    /// What is missing.
    pub unmet: Vec<UnmetInfo>,
    /// What to do.
    pub fix: String,
    /// The command that closes the next gap; null when no command does.
    pub command: Option<String>,
    /// Where in the manifest.
    pub location: Option<FileLocation>,
}

/// A file that a check rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EvidenceInfo {
    /// Path from the root.
    pub path: String,
    /// Line, from 1.
    pub line: Option<usize>,
    /// detected or declared.
    pub origin: &'static str,
    /// When, for a dated record.
    pub date: Option<Day>,
}

/// What is missing for a rung.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UnmetInfo {
    /// The rung.
    pub level: Level,
    /// What is missing.
    pub because: String,
}

/// One waiver.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct WaiverInfo {
    /// The check.
    pub check: String,
    /// live, expired, void or unused.
    #[schemars(with = "String")]
    pub state: WaiverState,
    /// Why.
    pub because: String,
    /// Who accepted the risk.
    pub approver: String,
    /// Why it was accepted.
    pub reason: String,
    /// What can go wrong meanwhile.
    pub residual_risk: String,
    /// What limits it meanwhile.
    pub control: String,
    /// Since when.
    pub created: Day,
    /// Until when, inclusive.
    pub expires: Day,
}

/// One thing to do.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ActionInfo {
    /// The check that it meets.
    pub check: String,
    /// What to do.
    pub title: String,
    /// The area that gains.
    pub area: Area,
    /// Points that the area gains.
    pub gain: f64,
    /// Working days.
    pub days: u32,
    /// Who does it.
    pub owner: String,
    /// Whether the gate is closed without it.
    pub blocks: bool,
    /// What is missing.
    pub because: String,
    /// The command that closes the gap; null when no command does.
    pub command: Option<String>,
}

/// A pack with a score of its own.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PackInfo {
    /// Its name.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Where it comes from.
    pub source: Option<String>,
    /// The least of the sections' sums.
    pub score: f64,
    /// What that means.
    pub band: String,
    /// Its sections.
    pub sections: Vec<SectionInfo>,
    /// Its checks.
    pub checks: Vec<PackCheck>,
}

/// One section of a pack.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SectionInfo {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The sum of its checks' points.
    pub score: f64,
}

/// One check of a pack.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PackCheck {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its section.
    pub section: String,
    /// The level it reaches.
    pub level: Level,
    /// What is missing.
    pub unmet: Vec<UnmetInfo>,
}

/// What only people can answer.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OpenQuestion {
    /// The check.
    pub check: String,
    /// The question.
    pub question: String,
}

/// Everything that a run found, before it is told.
struct Report<'a> {
    inputs: &'a Inputs<'a>,
    base: Option<Base>,
    project: Project,
    tier: Tier,
    phase: Phase,
    evidence: Evidence,
    facts: &'a Facts,
    evaluation: Evaluation<'a>,
    scores: Scores,
    gate: Option<Gate>,
    actions: Vec<Action>,
    packs: Vec<PackInfo>,
}

impl Report<'_> {
    fn assessment(self) -> Assessment {
        let loaded = self.inputs.loaded;
        let (evidence_score, coverage) = score::evidence_score(&self.evaluation.findings);
        let with_manifest = loaded.is_some();
        let one = |s| display(s, 1);
        let readiness = Readiness {
            headline: self.scores.headline.filter(|_| with_manifest).map(one),
            weakest: self.scores.weakest.filter(|_| with_manifest),
            mean: self.scores.mean.filter(|_| with_manifest).map(one),
            stated: self.scores.stated.filter(|_| with_manifest).map(one),
            claim_gap: self.scores.claim_gap().filter(|_| with_manifest).map(one),
            floor: self.gate.as_ref().map(|g| g.floor),
            coverage: if with_manifest { self.scores.coverage } else { Some(coverage) }.map(|c| display(c, 2)),
            band: self.scores.headline.filter(|_| with_manifest).map(score::band),
            evidence_score: evidence_score.filter(|_| !with_manifest).map(one),
        };
        Assessment {
            format_version: 1,
            kind: "assessment",
            tool: ToolInfo { name: "aipp", version: env!("CARGO_PKG_VERSION") },
            today: self.inputs.today,
            catalogue: CatalogueInfo { version: VERSION, sha256: self.inputs.catalogue.sha256.clone() },
            project: ProjectInfo {
                name: self.project.name.clone().unwrap_or_else(|| self.inputs.name.to_owned()),
                tier: self.tier,
                phase: self.phase,
                manifest: loaded.map(|l| l.document.source.name().to_owned()),
            },
            pilot: pilot_info(&self.facts.pilot),
            policy: self.inputs.policy.files.clone(),
            base: self.base.as_ref().map(|base| base.info.clone()),
            proposed: self.base.iter().flat_map(|base| base.proposals.iter().map(|(p, _)| p.clone())).collect(),
            gate: self.gate.as_ref().map(|gate| self.gate_info(gate)),
            baseline: None,
            readiness,
            areas: self.areas(),
            signs: score::signs(&self.evaluation.findings)
                .into_iter()
                .map(|s| SignInfo { id: s.id, title: s.title, ready: s.ready, checks: s.checks })
                .collect(),
            checks: self.evaluation.findings.iter().map(|f| self.check_info(f)).collect(),
            metrics: self.evidence.standings.clone(),
            waivers: self.waivers(),
            next_actions: self.actions.iter().map(action_info).collect(),
            open_questions: if with_manifest { Vec::new() } else { self.open_questions() },
            diagnostics: self.diagnostics(),
            records: records(&self.facts.root),
            packs: self.packs,
        }
    }

    fn areas(&self) -> Vec<AreaInfo> {
        let of = |area: &score::AreaScore| AreaInfo {
            id: area.area,
            title: area.area.title(),
            weight: area.weight,
            points: area.points(),
            score: area.score().map(|s| display(s, 1)),
            stated: area.stated().map(|s| display(s, 1)),
        };
        self.scores.areas.iter().map(of).collect()
    }

    fn gate_info(&self, gate: &Gate) -> GateInfo {
        let reasons = gate.reasons.iter().map(|reason| ReasonInfo {
            code: reason.code,
            check: reason.check.clone(),
            message: reason.message.clone(),
            help: reason.help.clone(),
            location: reason.at.clone().or_else(|| {
                let check = reason.check.as_ref();
                check
                    .and_then(|id| self.evaluation.findings.iter().find(|f| f.check.id == *id))
                    .map_or_else(|| self.place("/project"), |finding| self.location(finding))
            }),
        });
        GateInfo {
            from: gate.from,
            to: gate.to,
            traffic: gate.traffic.map(Traffic::percent),
            verdict: gate.verdict,
            without_waivers: gate.without_waivers,
            reasons: reasons.collect(),
        }
    }

    /// The manifest key that a check reads, or the section that it would stand in.
    fn location(&self, finding: &Finding<'_>) -> Option<FileLocation> {
        let loaded = self.inputs.loaded?;
        let pointers = finding.check.manifest.iter().map(|path| pointer(path));
        let found = pointers.clone().find(|p| loaded.document.place(p).is_some());
        let section = pointers.filter_map(|p| p.split('/').nth(1).map(|s| format!("/{s}")));
        let found = found.or_else(|| section.into_iter().find(|p| loaded.document.place(p).is_some()));
        self.place(&found.unwrap_or_else(|| "/project".to_owned()))
    }

    fn place(&self, pointer: &str) -> Option<FileLocation> {
        let at = self.inputs.loaded?.at(pointer);
        let position = at.position();
        Some(FileLocation {
            path: at.source.name().to_owned(),
            line: Some(position.line),
            column: Some(position.column),
        })
    }

    fn check_info(&self, finding: &Finding<'_>) -> CheckInfo {
        let check = finding.check;
        let climb = &finding.climb;
        let disproved = climb.disproofs.iter().map(|d| UnmetInfo { level: Level::Contradicted, because: d.clone() });
        let unknown = climb
            .unknown
            .iter()
            .map(|u| UnmetInfo { level: u.level, because: format!("could not be looked at: {}", u.because) });
        let unmet = climb.unmet.iter().map(|u| UnmetInfo { level: u.level, because: u.because.clone() });
        let evidence = climb.evidence.iter().map(|proof| EvidenceInfo {
            path: proof.origin.path.clone(),
            line: proof.origin.line,
            origin: if proof.origin.declared { "declared" } else { "detected" },
            date: proof.date,
        });
        CheckInfo {
            id: check.id.clone(),
            title: check.title().to_owned(),
            area: check.area(),
            due: check.due(),
            is_due: finding.is_due,
            weight: check.weight,
            level: climb.level,
            required: finding.required,
            status: finding.status,
            credit: f64::from(finding.half_points()) / 2.0,
            expires: climb.expires,
            evidence: evidence.collect(),
            unmet: disproved.chain(unknown).chain(unmet).collect(),
            fix: check.fix.trim().to_owned(),
            command: remedy::command(check, climb, finding.next_level()),
            location: self.location(finding),
        }
    }

    fn waivers(&self) -> Vec<WaiverInfo> {
        let manifest = self.inputs.loaded.map(|l| &l.manifest);
        self.evaluation
            .waivers
            .iter()
            .filter_map(|judged| {
                let waiver = manifest?.waivers.get(judged.index)?;
                Some(WaiverInfo {
                    check: waiver.check.clone(),
                    state: judged.state,
                    because: judged.because.clone(),
                    approver: waiver.approver.clone(),
                    reason: waiver.reason.clone(),
                    residual_risk: waiver.residual_risk.clone(),
                    control: waiver.control.clone(),
                    created: waiver.created,
                    expires: waiver.expires,
                })
            })
            .collect()
    }

    fn open_questions(&self) -> Vec<OpenQuestion> {
        // What the repository happens to answer is no question any more.
        let answered = |f: &Finding<'_>| f.check.repository || f.half_points() > 0;
        let open = self.evaluation.findings.iter().filter(|f| !answered(f) && f.status != Status::NotApplicable);
        open.map(|f| OpenQuestion { check: f.check.id.clone(), question: f.check.question.clone() }).collect()
    }

    /// What was noticed on the way, worst first. A malformed file is an error when a required check rests on it.
    fn diagnostics(&self) -> Vec<Diagnostic> {
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
}

impl Report<'_> {
    /// The policy's lowest tier is above the manifest's.
    fn raised(&self) -> Option<Diagnostic> {
        let stated = self.project.tier.unwrap_or_default();
        let loaded = self.inputs.loaded.filter(|_| stated != self.tier)?;
        let (judged, stated) = (word(self.tier), word(stated));
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
        let Some(crate::fact::Node::Map(records)) = self.facts.root.fields.get("attestations") else {
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
                    crate::fact::Node::Map(record) => record.origin.as_ref().map(|o| o.path.clone()),
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

/// An attestation that is there and does not count yet is not called missing: the reason says what is wrong with it.
fn tell_uncommitted(findings: &mut [Finding<'_>], facts: &Facts, evidence: &Evidence) {
    for diagnostic in evidence.diagnostics.iter().filter(|d| d.code == Code::Uncommitted) {
        let from = |node: &crate::fact::Node| match node {
            crate::fact::Node::Map(record) => {
                record.origin.as_ref().is_some_and(|o| diagnostic.file() == Some(&o.path))
            }
            _ => false,
        };
        let Some(crate::fact::Node::Map(by_check)) = facts.root.fields.get("attestations") else { return };
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

/// The decisions and traffic stages among the facts; those without a day are left out.
fn records(root: &Record) -> Records {
    let dated = |path: &str| -> Vec<(Day, &Record)> {
        let maps = facts::nodes_at(root, path).into_iter().flat_map(Node::items);
        let records = maps.filter_map(|node| if let Node::Map(record) = node { Some(record) } else { None });
        records.filter_map(|r| if let When::Dated(day) = r.when() { Some((day, r)) } else { None }).collect()
    };
    let text = |record: &Record, name: &str| record.fields.get(name).and_then(Node::text).map(str::to_owned);
    let decisions = [("go", DecisionKind::Go), ("stop", DecisionKind::Stop), ("pivot", DecisionKind::Pivot)]
        .into_iter()
        .flat_map(|(name, kind)| dated(&format!("decisions.{name}")).into_iter().map(move |found| (kind, found)))
        .map(|(kind, (date, record))| DecisionRecord { kind, date, by: text(record, "by") })
        .collect();
    let stages = dated("stages")
        .into_iter()
        .filter_map(|(date, record)| {
            let percent = record.fields.get("percent").and_then(Node::number)?;
            Some(StageRecord { date, percent, aborted: record.fields.get("aborted").is_some_and(Node::is_true) })
        })
        .collect();
    Records { decisions, stages }
}

/// Whether a check rests on the facts at a path.
fn asks(check: &crate::checklist::Check, path: &str) -> bool {
    let below =
        |asked: &String| asked == path || asked.strip_prefix(path).is_some_and(|rest| rest.starts_with(['.', '[']));
    let above = |asked: &String| {
        path.strip_prefix(asked.as_str()).is_some_and(|rest| rest.starts_with('.')) && asked.contains('.')
    };
    let conditions = check.documented.iter().chain(&check.verified).filter_map(|c| c.rule().ok());
    let disproofs = check.contradicted.iter().filter_map(|d| d.rule().ok());
    conditions.chain(disproofs).flat_map(Rule::asked).any(|asked| below(&asked) || above(&asked))
}

/// The JSON pointer of the first element of a manifest key with `[]`.
fn pointer(path: &str) -> String {
    path.split('.').map(|s| s.strip_suffix("[]").map_or_else(|| format!("/{s}"), |list| format!("/{list}/0"))).collect()
}

fn word(tier: Tier) -> &'static str {
    match tier {
        Tier::Experimental => "experimental",
        Tier::Standard => "standard",
        Tier::Critical => "critical",
    }
}

fn pilot_info(pilot: &Pilot) -> PilotInfo {
    PilotInfo {
        start: pilot.start,
        end: pilot.end,
        week: pilot.week,
        planned_weeks: pilot.planned_weeks,
        state: pilot.state,
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

fn action_info(action: &Action) -> ActionInfo {
    ActionInfo {
        check: action.check.clone(),
        title: action.title.clone(),
        area: action.area,
        gain: display(action.gain, 1),
        days: action.days,
        owner: action.owner.clone(),
        blocks: action.blocks,
        because: action.because.clone(),
        command: action.command.clone(),
    }
}

/// Scores a pack by its own rule: the least of its sections' sums.
fn pack_result(pack: &Checklist, ground: &Ground<'_>) -> PackInfo {
    let findings: Vec<Finding<'_>> = pack.checks.iter().map(|c| judge(c, ground.climb(c), None, true)).collect();
    let empty = Vec::new();
    let (sections, bands) =
        pack.scoring.as_ref().map_or((&empty, [].as_slice()), |s| (&s.sections, s.bands.as_slice()));
    let points = |finding: &Finding<'_>| match (finding.climb.level, &pack.scoring) {
        (Level::Documented, Some(scoring)) => scoring.documented,
        (Level::Verified, Some(scoring)) => scoring.verified,
        _ => 0.0,
    };
    let sections: Vec<SectionInfo> = sections
        .iter()
        .map(|section| SectionInfo {
            id: section.id.clone(),
            title: section.title.clone(),
            score: findings.iter().filter(|f| f.check.section.as_ref() == Some(&section.id)).map(points).sum(),
        })
        .collect();
    let least = sections.iter().map(|s| s.score).fold(f64::INFINITY, f64::min);
    let score = if least.is_finite() { least } else { 0.0 };
    let band = bands.iter().find(|b| b.at_most.is_none_or(|limit| score <= limit));
    PackInfo {
        id: pack.name.clone().unwrap_or_default(),
        title: pack.title.clone().or_else(|| pack.name.clone()).unwrap_or_default(),
        source: pack.source.clone(),
        score,
        band: band.map(|b| b.text.clone()).unwrap_or_default(),
        sections,
        checks: findings
            .iter()
            .map(|f| PackCheck {
                id: f.check.id.clone(),
                title: f.check.title().to_owned(),
                section: f.check.section.clone().unwrap_or_default(),
                level: f.climb.level,
                unmet: f.climb.unmet.iter().map(|u| UnmetInfo { level: u.level, because: u.because.clone() }).collect(),
            })
            .collect(),
    }
}
