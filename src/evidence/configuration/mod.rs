//! Infrastructure code, policies, secrets, alert rules, dashboards, rollout objects enter; facts about the running system leave.

mod alerts;
mod audit;
mod braces;
mod code;
mod dashboards;
mod infrastructure;
pub(in crate::evidence) mod paths;
mod policies;
mod regions;
mod resources;
mod retention;
mod rollouts;
mod secrets;
mod survey;
mod tools;
mod wording;
pub(in crate::evidence) mod yaml;

use super::{Family, Found, View};
use crate::fact::{Node, Origin, Record};

use alerts::Alerts;
use code::Code;
use dashboards::Dashboard;
use survey::Survey;

/// This family.
pub(super) const FAMILY: Family = Family {
    name: "configuration",
    provides: &[
        "iac",
        "secrets",
        "policies",
        "alerts",
        "dashboards",
        "slos",
        "rollouts",
        "drift_rules",
        "contracts",
        "notice",
        "kill_switch",
        "output_checks",
        "audit_code",
    ],
    collect,
};

fn collect(view: &View<'_>) -> Found {
    let (survey, code) = rayon::join(|| Survey::of(view), || Code::of(view));
    let alerts = Alerts::of(&survey, &code);
    let boards = dashboards::all(&survey, &code);
    let (iac, iac_items) = infrastructure::facts(&survey, &code);
    let (dashboards, dashboard_items) = dashboards::facts(&survey, &boards);
    let (rollouts, rollout_items) = rollouts::facts(&survey);

    let mut facts = Record::default();
    facts.set("iac", iac);
    facts.set("secrets", secrets::facts(&survey, &code));
    facts.set("policies", policies::facts(&survey, &code));
    facts.set("alerts", alerts.facts(&survey));
    facts.set("dashboards", dashboards);
    facts.set("rollouts", rollouts);
    facts.set("slos", slos(&survey, &alerts, &boards));
    facts.set("drift_rules", Record::new([("missing", alerts.drift_missing(view.manifest).into())]));
    facts.set("contracts", contracts(view, &code));
    facts.set(
        "notice",
        at_first(Record::new([("asserted", (!code.notice_tests.is_empty()).into())]), code.notice_tests.first()),
    );
    facts.set("kill_switch", at_first(Record::new([("in_code", code.switch.is_some().into())]), code.switch.as_ref()));
    facts.set("output_checks", Record::new([("present", output_checks(view, &code).into())]));
    facts.set("audit_code", audit_code(&code));

    let mut items = alerts.items(&survey);
    items.extend(dashboard_items);
    items.extend(rollout_items);
    items.extend(iac_items);
    let mut malformed = survey.malformed;
    malformed.extend(alerts.malformed.iter().map(|diagnostic| ("alerts".to_owned(), diagnostic.clone())));
    // What rests on rules or dashboards besides their own facts cannot be known either.
    for (rests_on, dependent) in
        [("alerts", "slos.in_rules"), ("alerts", "drift_rules.missing"), ("dashboards", "slos.in_dashboards")]
    {
        if let Some((_, wrong)) = malformed.iter().find(|(facts, _)| facts == rests_on) {
            let why = format!("{} cannot be read: {}", wrong.file().unwrap_or("a file"), wrong.message);
            facts.put(dependent, Node::unknown(why));
        }
    }
    Found { facts, items, malformed, diagnostics: Vec::new() }
}

/// A record that comes from a file, when there is one.
fn at_first(record: Record, path: Option<&String>) -> Record {
    match path {
        Some(path) => record.from(&Origin::detected(path.clone(), None)),
        None => record,
    }
}

/// Whether every objective of the manifest is computed by a rule or an OpenSLO file, and shown on a dashboard.
fn slos(survey: &Survey<'_>, alerts: &Alerts, boards: &[Dashboard]) -> Record {
    let slos = &survey.view.manifest.slos;
    let expressions = alerts.expressions();
    let specifications: Vec<String> = survey
        .docs
        .iter()
        .filter(|doc| {
            let api = doc.text("apiVersion").or_else(|| doc.text("version")).unwrap_or_default();
            ["openslo", "sloth", "pyrra", "prometheus/v1"].iter().any(|name| api.contains(name))
                && !paths::is_aside(&doc.path)
        })
        .map(|doc| {
            let mut text = String::new();
            regions::each_text(
                &doc.value,
                &mut |part| {
                    text.push_str(part);
                    text.push('\n');
                },
                0,
            );
            text
        })
        .collect();
    let in_rules = |slo: &crate::manifest::model::Slo| {
        expressions.iter().any(|expr| alerts::mentions(slo, expr))
            || specifications.iter().any(|text| alerts::mentions(slo, text))
    };
    let in_dashboards =
        |slo: &crate::manifest::model::Slo| boards.iter().any(|board| alerts::mentions(slo, &board.text));
    Record::new([
        ("in_rules", (!slos.is_empty() && slos.iter().all(|slo| in_rules(slo))).into()),
        ("in_dashboards", (!slos.is_empty() && slos.iter().all(|slo| in_dashboards(slo))).into()),
    ])
}

/// Whether the schema of each declared contract exists, and serving code names it.
fn contracts(view: &View<'_>, code: &Code) -> Record {
    let contracts: Vec<&str> = view
        .manifest
        .data
        .iter()
        .flat_map(|data| data.contracts.iter())
        .map(|contract| contract.schema.as_deref().unwrap_or_default())
        .collect();
    let exists =
        |schema: &&str| !schema.is_empty() && view.tree.get(schema).is_some_and(|file| !view.tree.is_unfinished(file));
    let present = !contracts.is_empty() && contracts.iter().all(exists);
    let imported = !contracts.is_empty() && (0..contracts.len()).all(|index| code.contracts.contains(&index));
    let record = Record::new([("present", present.into()), ("imported", imported.into())]);
    at_first(record, contracts.first().filter(|schema| exists(schema)).map(|schema| (*schema).to_owned()).as_ref())
}

/// Whether each declared validator is found: its file, or its name in code.
fn output_checks(view: &View<'_>, code: &Code) -> bool {
    let checks: Vec<_> =
        view.manifest.governance.iter().flat_map(|governance| governance.output_checks.iter()).collect();
    let found =
        |(index, check): (usize, &&crate::manifest::value::Short<crate::manifest::model::OutputCheck>)| match &check
            .path
        {
            // A path may point at a function in a file: `src/checks.py::posting_rules`.
            Some(path) => view.tree.has(path.split("::").next().unwrap_or(path)),
            None => code.validators.contains(&index),
        };
    !checks.is_empty() && checks.iter().enumerate().all(found)
}

/// Whether code emits audit events: at two places or more, or by a wrapper.
fn audit_code(code: &Code) -> Record {
    let record = Record::new([("call_sites", (code.audit_calls >= 2 || code.audit_wrapped).into())]);
    match &code.audit_at {
        Some((path, line)) => record.from(&Origin::detected(path.clone(), *line)),
        None => record,
    }
}

#[cfg(test)]
mod tests;
