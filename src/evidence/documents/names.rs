//! The roles that documents have: where the manifest says each one is, what its file is called and what it must talk about.

use crate::evidence::tree::File;
use crate::manifest::Manifest;
use crate::manifest::model::{Course, Training};
use crate::manifest::value::Short;

use super::markup::{DATA, Markup, PROSE};
use super::{has_ending, is_elsewhere};

/// A document that lies deeper is about a part of the code, not about the project.
const MAX_DEPTH: usize = 3;

/// What a document is for.
pub(super) struct Role {
    pub(super) name: &'static str,
    /// Where the manifest says it is.
    pub(super) declared: fn(&Manifest) -> Vec<&str>,
    /// Whether a file may be it, by its name.
    pub(super) called: fn(&Name<'_>) -> bool,
    /// Whether it is it, by what it says.
    pub(super) says: fn(&Markup) -> bool,
}

/// The name of a file, cut up.
pub(super) struct Name<'t> {
    pub(super) file: &'t File,
    /// The stem in lower case, its words joined by hyphens.
    stem: String,
    /// The folders, lower case.
    folders: Vec<String>,
    data: bool,
}

impl<'t> Name<'t> {
    pub(super) fn of(file: &'t File) -> Option<Self> {
        let data = has_ending(&file.path, DATA);
        let readme = file.name().eq_ignore_ascii_case("readme");
        if !(data || readme || has_ending(&file.path, PROSE)) || is_elsewhere(&file.path) {
            return None;
        }
        let lower = file.path.to_lowercase();
        // What is written for coding assistants says how to write code, not what the system is.
        if lower.starts_with('.')
            && ![".github/", ".gitlab/", ".bitbucket/"].iter().any(|forge| lower.starts_with(forge))
        {
            return None;
        }
        if file.path.matches('/').count() > MAX_DEPTH {
            return None;
        }
        let mut folders: Vec<String> = lower.split('/').map(str::to_owned).collect();
        let name = folders.pop()?;
        let stem = name.split_once('.').map_or(name.as_str(), |(stem, _)| stem);
        let words: Vec<&str> = stem.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
        Some(Self { file, stem: words.join("-"), folders, data })
    }

    fn has(&self, words: &[&str]) -> bool {
        self.stem.split('-').any(|own| words.contains(&own))
    }

    /// Whether it has one of these runs of words; a plural is one too.
    fn contains(&self, runs: &[&str]) -> bool {
        runs.iter().any(|run| {
            self.stem.match_indices(run).any(|(at, _)| {
                let rest = self.stem.get(at + run.len()..).unwrap_or_default();
                let rest = rest.strip_prefix('s').unwrap_or(rest);
                (at == 0 || self.stem.get(..at).is_some_and(|s| s.ends_with('-')))
                    && (rest.is_empty() || rest.starts_with('-'))
            })
        })
    }

    /// Whether a word of it begins like one of these.
    fn begins(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.stem.starts_with(word) || self.stem.contains(&format!("-{word}")))
    }

    pub(super) fn is(&self, stems: &[&str]) -> bool {
        stems.contains(&self.stem.as_str())
    }

    fn under(&self, folders: &[&str]) -> bool {
        self.folders.iter().any(|folder| folders.contains(&folder.as_str()))
    }

    /// It is the page of a folder.
    fn page_of(&self, folders: &[&str]) -> bool {
        self.is(&["readme", "index", "overview"])
            && self.folders.last().is_some_and(|folder| folders.contains(&folder.as_str()))
    }
}

/// Folders of architecture decision records.
pub(super) const ADR: &[&str] = &[
    "adr",
    "adrs",
    "decisions",
    "decision-records",
    "decision_records",
    "architecture-decisions",
    "architecture_decisions",
    "architecture-decision-record",
    "architecture-decision-records",
];

fn opt(path: Option<&String>) -> Vec<&str> {
    path.map(String::as_str).into_iter().collect()
}

fn curriculum(m: &Manifest, course: fn(&Training) -> &Option<Short<Course>>) -> Vec<&str> {
    m.training
        .as_ref()
        .and_then(|training| course(training).as_ref())
        .map_or_else(Vec::new, |c| opt(c.curriculum.as_ref()))
}

/// Whether a curriculum's name is about a subject.
fn is_course(name: &Name<'_>, subjects: &[&str]) -> bool {
    const PLACES: &[&str] = &[
        "training",
        "trainings",
        "curriculum",
        "curricula",
        "courses",
        "course",
        "enablement",
        "workshops",
        "academy",
        "learning",
    ];
    let taught = name.under(PLACES) || name.contains(&["training", "curriculum", "course", "workshop"]);
    !name.data && taught && name.begins(subjects)
}

/// The roles that are found by one rule; README and decision records have rules of their own.
pub(super) const ROLES: &[Role] = &[
    Role {
        name: "architecture",
        declared: |m| m.docs.as_ref().map_or_else(Vec::new, |d| opt(d.architecture.as_ref())),
        called: |n| {
            !n.data
                && !n.under(ADR)
                && !n.contains(&["decision", "decision-record"])
                && (n.contains(&[
                    "architecture",
                    "system-design",
                    "technical-design",
                    "solution-design",
                    "design-doc",
                    "arc42",
                ]) || n.is(&["design"])
                    || n.page_of(&["architecture", "arc42", "design"]))
        },
        says: |_| true,
    },
    Role {
        name: "system_card",
        declared: |m| m.docs.as_ref().map_or_else(Vec::new, |d| opt(d.system_card.as_ref())),
        called: |n| {
            n.contains(&["model-card", "modelcard", "system-card", "systemcard", "ai-card", "agent-card"])
                || n.page_of(&["model-card", "model_card", "system-card", "system_card"])
                || (n.under(&["model-cards", "model_cards", "modelcards", "system-cards"])
                    && !n.is(&["readme", "index"]))
                || n.is(&["card"])
        },
        says: |doc| heads(doc, &["intended", "use", "purpose", "limit", "risk", "scope", "evaluation"]),
    },
    Role {
        name: "datasheet",
        declared: |m| {
            let docs = m.docs.as_ref().map_or_else(Vec::new, |d| opt(d.datasheet.as_ref()));
            let sets = m.evals.iter().flat_map(|e| &e.datasets).filter_map(|d| d.datasheet.as_deref());
            docs.into_iter().chain(sets).collect()
        },
        called: |n| {
            n.contains(&["datasheet", "data-sheet", "data-card", "datacard", "dataset-card", "data-statement"])
                || n.page_of(&["datasheet", "datasheets", "data-cards"])
        },
        says: |doc| says(doc, &["data", "rows", "records", "samples"]),
    },
    Role {
        name: "retrospective",
        declared: |m| m.docs.as_ref().map_or_else(Vec::new, |d| opt(d.retrospective.as_ref())),
        called: |n| {
            !n.data
                && (n.has(&["retrospective", "retrospectives", "retro"])
                    || n.contains(&[
                        "lessons-learned",
                        "lessons-learnt",
                        "post-implementation-review",
                        "project-review",
                    ])
                    || n.under(&["retrospectives", "retros"]))
        },
        says: |_| true,
    },
    Role {
        name: "risk_classification",
        declared: |m| m.governance.as_ref().map_or_else(Vec::new, |g| opt(g.document.as_ref())),
        called: |n| {
            let private = n.contains(&["privacy", "data-protection", "dpia"]);
            !private
                && (n.contains(&[
                    "risk-classification",
                    "risk-assessment",
                    "risk-tier",
                    "ai-risk",
                    "risk-file",
                    "ai-act",
                    "ai-impact",
                    "algorithmic-impact",
                ]) || (n.under(&["governance", "compliance"]) && n.has(&["risk", "risks", "classification"])))
        },
        says: |doc| says(doc, &["risk"]) && says(doc, &["tier", "class", "prohibit", "high", "limited", "minimal"]),
    },
    Role {
        name: "privacy_assessment",
        declared: |m| m.data.as_ref().map_or_else(Vec::new, |d| opt(d.assessment.as_ref())),
        called: |n| {
            n.has(&["dpia", "pia"])
                || n.contains(&[
                    "privacy-impact",
                    "privacy-assessment",
                    "data-protection-impact",
                    "data-protection-assessment",
                ])
        },
        says: |doc| says(doc, &["personal", "privacy", "data protection", "gdpr", "data subject"]),
    },
    Role {
        name: "incident_plan",
        declared: |m| m.incident.as_ref().map_or_else(Vec::new, |i| opt(i.plan.as_ref())),
        called: |n| {
            let plan = ["plan", "response", "management", "process", "playbook", "procedure", "handling", "runbook"];
            !n.data
                && ((n.has(&["incident", "incidents"]) && n.has(&plan))
                    || n.is(&["incident", "incidents"])
                    || n.page_of(&["incident-response", "incidents"]))
                && !n.under(&["postmortems", "post-mortems"])
        },
        says: |doc| says(doc, &["severity", "severities", "escalat", "role", "notify", "contact", "sev1", "p1"]),
    },
    Role {
        name: "rollback_procedure",
        declared: |m| m.rollback.as_ref().map_or_else(Vec::new, |r| opt(r.procedure.as_ref())),
        called: |n| {
            !n.data
                && (n.has(&["rollback", "rollbacks", "backout"])
                    || n.contains(&["roll-back", "back-out", "revert-procedure"]))
        },
        says: |_| true,
    },
    Role {
        name: "change_plan",
        declared: |m| m.change.as_ref().map_or_else(Vec::new, |c| opt(c.plan.as_ref())),
        called: |n| {
            !n.data
                && n.contains(&["change-plan", "change-management", "adoption-plan", "change-and-adoption", "adkar"])
        },
        says: |doc| says(doc, &["stakeholder", "group", "communicat", "workflow", "awareness", "adoption"]),
    },
    Role {
        name: "edge_cases",
        declared: |m| m.edge_cases.as_ref().map_or_else(Vec::new, |e| opt(e.file.as_ref())),
        called: |n| n.contains(&["edge-cases", "edge-case", "edgecases"]),
        says: |_| true,
    },
    Role {
        name: "threat_model",
        declared: |m| {
            m.security.as_ref().and_then(|s| s.redteam.as_ref()).map_or_else(Vec::new, |r| opt(r.threat_model.as_ref()))
        },
        called: |n| {
            n.contains(&["threat-model", "threatmodel"])
                || n.is(&["threats"])
                || n.page_of(&["threat-model", "threat-models"])
        },
        says: |doc| says(doc, &["threat", "attack", "asi01", "llm01", "injection"]),
    },
    Role {
        name: "audit_schema",
        declared: |m| {
            m.governance.as_ref().and_then(|g| g.audit.as_ref()).map_or_else(Vec::new, |a| opt(a.schema.as_ref()))
        },
        called: |n| {
            let tool =
                n.has(&["npm", "pip", "cargo", "yarn", "report", "results", "sample", "ci"]) || n.under(&[".github"]);
            n.has(&["audit"]) && n.has(&["schema", "event", "events", "log", "record", "format"]) && !tool
        },
        says: |doc| {
            says(doc, &["properties", "fields", "message", "create table", "schema"])
                && says(doc, &["actor", "task", "decision", "event", "model"])
        },
    },
    Role {
        name: "notice",
        declared: |m| {
            m.governance.as_ref().and_then(|g| g.notice.as_ref()).map_or_else(Vec::new, |n| opt(n.text.as_ref()))
        },
        called: |n| {
            !n.data
                && n.has(&["notice", "disclosure", "transparency"])
                && (n.has(&["ai", "transparency", "disclosure", "user", "users", "automated"])
                    || n.under(&["governance"]))
        },
        says: |doc| says(doc, &["ai", "artificial intelligence", "automated", "machine", "model"]),
    },
    Role {
        name: "training_prompting",
        declared: |m| curriculum(m, |t| &t.prompting),
        called: |n| is_course(n, &["prompt"]),
        says: |_| true,
    },
    Role {
        name: "training_orchestration",
        declared: |m| curriculum(m, |t| &t.orchestration),
        called: |n| is_course(n, &["orchestration", "agent"]),
        says: |_| true,
    },
    Role {
        name: "training_governance",
        declared: |m| curriculum(m, |t| &t.governance),
        called: |n| is_course(n, &["governance", "responsible-ai", "oversight"]),
        says: |_| true,
    },
    Role {
        name: "training_data_literacy",
        declared: |m| curriculum(m, |t| &t.data_literacy),
        called: |n| is_course(n, &["literacy"]),
        says: |_| true,
    },
];

/// Whether a word (or the beginning of one) of these is in a text in lower case.
fn mentions(text: &str, words: &[&str]) -> bool {
    let begins = |at: usize| text.get(..at).and_then(|s| s.chars().next_back()).is_none_or(|c| !c.is_alphanumeric());
    words.iter().any(|word| text.match_indices(word).any(|(at, _)| begins(at)))
}

fn says(doc: &Markup, words: &[&str]) -> bool {
    mentions(&doc.text, words)
}

fn heads(doc: &Markup, words: &[&str]) -> bool {
    doc.headings.iter().any(|heading| mentions(heading, words))
}
