//! Everything that a run found enters; it is told as an [`Assessment`].

use super::Inputs;
use super::model::{
    ActionInfo, AreaInfo, Assessment, CatalogueInfo, CheckInfo, EvidenceInfo, FileLocation, GateInfo, OpenQuestion,
    PilotInfo, ProjectInfo, Readiness, ReasonInfo, SignInfo, ToolInfo, UnmetInfo, WaiverInfo,
};
use super::packs::PackInfo;
use super::records::records;
use crate::actions::Action;
use crate::base::Base;
use crate::checklist::{Level, VERSION};
use crate::evaluate::{Evaluation, Finding, Status};
use crate::evidence::Evidence;
use crate::facts::Facts;
use crate::facts::pilot::Pilot;
use crate::gate::{Gate, Traffic};
use crate::manifest::model::{Phase, Project, Tier};
use crate::remedy;
use crate::score::{self, Scores, display};

/// Everything that a run found, before it is told.
pub(super) struct Found<'a> {
    pub(super) inputs: &'a Inputs<'a>,
    pub(super) base: Option<Base>,
    pub(super) project: Project,
    pub(super) tier: Tier,
    pub(super) phase: Phase,
    pub(super) evidence: Evidence,
    pub(super) facts: &'a Facts,
    pub(super) evaluation: Evaluation<'a>,
    pub(super) scores: Scores,
    pub(super) gate: Option<Gate>,
    pub(super) actions: Vec<Action>,
    pub(super) packs: Vec<PackInfo>,
}

impl Found<'_> {
    /// Tells it.
    pub(super) fn assessment(self) -> Assessment {
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
}

/// The JSON pointer of the first element of a manifest key with `[]`.
fn pointer(path: &str) -> String {
    path.split('.').map(|s| s.strip_suffix("[]").map_or_else(|| format!("/{s}"), |list| format!("/{list}/0"))).collect()
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
