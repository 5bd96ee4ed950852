//! A manifest, a repository and a day enter; what templates may ask leaves, as one tree in which every key can be asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, Value};
use serde_json::{Value as Json, json};

use super::escape::{camel, harmless, slug};
use super::place::Places;
use crate::evidence::tree::Tree;
use crate::manifest::Manifest;
use crate::manifest::model::Slo;
use crate::manifest::value::Day;
use crate::quantity::Quantity;

/// What an unknown value leaves in a text that it is joined to; no known text has it.
pub(super) const UNKNOWN: char = '\0';

/// A part of what is known. What is not known is empty and not true, has every key, and cannot be written into a document: a
/// template asks first (`{% if m.rollback.target_minutes %}`).
#[derive(Debug)]
pub(super) struct Known(Json);

impl Known {
    /// A value for templates, with every text made harmless.
    pub(super) fn value(json: Json) -> Value {
        match json {
            Json::Bool(bool) => Value::from(bool),
            // A whole number is written as one: `48h` and not `48.0h`.
            Json::Number(number) => match number.as_f64() {
                #[expect(clippy::cast_possible_truncation, reason = "it is whole and small")]
                Some(whole) if whole.fract() == 0.0 && whole.abs() < 1e15 => Value::from(whole as i64),
                Some(number) => Value::from(number),
                None => Value::from(0),
            },
            Json::String(text) => Value::from(harmless(&text)),
            other => Value::from_object(Self(other)),
        }
    }
}

impl Object for Known {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        if matches!(self.0, Json::Object(_)) { ObjectRepr::Map } else { ObjectRepr::Seq }
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let found = match (&self.0, key.as_str(), key.as_usize()) {
            (Json::Object(map), Some(key), _) => map.get(key).cloned(),
            (Json::Array(items), _, Some(at)) => items.get(at).cloned(),
            _ => None,
        };
        Some(Self::value(found.unwrap_or(Json::Null)))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match &self.0 {
            Json::Object(map) => Enumerator::Values(map.keys().map(|key| Value::from(harmless(key))).collect()),
            Json::Array(items) => Enumerator::Seq(items.len()),
            _ => Enumerator::Empty,
        }
    }

    fn render(self: &Arc<Self>, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{UNKNOWN}")
    }

    fn is_true(self: &Arc<Self>) -> bool {
        match &self.0 {
            Json::Object(map) => !map.is_empty(),
            Json::Array(items) => !items.is_empty(),
            _ => false,
        }
    }
}

/// Values by name: the outermost names that a template may ask, and its links. A name that is not there is an error.
#[derive(Debug)]
pub(super) struct Names(pub(super) BTreeMap<String, Value>);

impl Object for Names {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.get(key.as_str()?).cloned()
    }
}

/// Everything that templates may ask, but for the document's own item and links. `without_runbook` are the alerts that are there
/// and have no runbook; none when no alert is there.
pub(super) fn tree(
    manifest: &Manifest,
    tree: &Tree,
    places: &Places,
    name: &str,
    today: Day,
    without_runbook: Option<&[String]>,
) -> Json {
    let said = serde_json::to_value(manifest).unwrap_or_default();
    let project = manifest.project.as_ref().map(|p| p.0.clone()).unwrap_or_default();
    let called = project.name.clone().unwrap_or_else(|| name.to_owned());
    let alerts = alerts(manifest, places);
    json!({
        "m": said,
        "project": {
            "name": called,
            "slug": slug(&called),
            "system": project.system.unwrap_or_default(),
            "serving": project.serving.unwrap_or_default(),
            "tier": project.tier.unwrap_or_default(),
            "phase": project.phase.unwrap_or_default(),
        },
        "owner": said["people"]["owner"].get(0),
        "today": today,
        "place": places,
        "runbooks": match without_runbook {
            Some(names) => names.iter().map(|name| runbook_facts(name, places)).collect(),
            None => alerts.clone(),
        },
        "alerts": alerts,
        "drills": [
            { "scenario": "rollback", "checks": ["ops-rollback-tested", "skills-operator-drill"] },
            { "scenario": "kill-switch", "checks": ["gov-kill-switch", "skills-operator-drill"] },
            { "scenario": "bad-model", "checks": ["ops-incident-plan", "skills-operator-drill"] },
        ],
        "stages": stages(manifest),
        "environments": environments(manifest),
        "regions": regions(manifest),
        "prompts": prompts(manifest),
        "threshold": (manifest.evals.as_ref().and_then(|e| e.gate.as_ref()?.min).unwrap_or(0.9) * 1e4).round() / 1e2,
        "rate": rate(manifest),
        "error_rate": manifest.load.as_ref().and_then(|l| Some(l.error_rate.as_ref()?.base())).unwrap_or(0.01),
        "slos": manifest.slos.iter().map(|slo| slo_facts(slo)).collect::<Vec<_>>(),
        "metrics": metrics(manifest),
        "contracts": contracts(manifest),
        "repository": {
            "argo": !has(tree, "flagger.app"),
            "flagger": has(tree, "flagger.app"),
        },
    })
}

/// Whether an object of a kind is in the repository's configuration.
fn has(tree: &Tree, what: &str) -> bool {
    let objects = ["deploy", "k8s", "kubernetes", "manifests", "charts", "infra", "infrastructure"];
    let files = objects.iter().flat_map(|folder| tree.under(folder));
    files
        .filter(|file| file.path.ends_with(".yaml") || file.path.ends_with(".yml"))
        .take(500)
        .any(|file| tree.read(file).is_some_and(|text| text.contains(what)))
}

/// An alert that is there already.
fn runbook_facts(name: &str, places: &Places) -> Json {
    let lower = name.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let kind = if has(&["quality", "accura", "drift"]) {
        "quality"
    } else if has(&["cost", "spend"]) {
        "cost"
    } else {
        "other"
    };
    let file = slug(name);
    let alert = if name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')) { name } else { &file };
    json!({
        "alert": name,
        "kind": kind,
        "severity": "as the rule says",
        "summary": format!("The alert {name} fires"),
        "runbook": format!("{}/{alert}.md", places.runbooks),
    })
}

/// The stages of the manifest, the last one with all of the traffic; 10, 50 and 100 percent when it has fewer than three.
fn stages(manifest: &Manifest) -> Vec<Json> {
    let declared = manifest.rollout.iter().flat_map(|rollout| &rollout.stages);
    let mut stages: Vec<(f64, f64, String, String)> = declared
        .filter_map(|stage| {
            let percent = stage.percent.filter(|p| (1.0..=100.0).contains(p))?.round();
            let hours = stage.min_hours.filter(|h| h.is_finite() && *h > 0.0).unwrap_or(24.0).round().max(1.0);
            let rule = |rule: &Option<String>| rule.clone().unwrap_or_else(|| "not stated".to_owned());
            Some((percent, hours, rule(&stage.enter_if), rule(&stage.abort_if)))
        })
        .collect();
    stages.sort_by(|a, b| a.0.total_cmp(&b.0));
    stages.dedup_by(|a, b| a.0 == b.0);
    let usual = |percent, hours| (percent, hours, "not stated".to_owned(), "not stated".to_owned());
    if stages.len() < 3 {
        stages = vec![usual(10.0, 48.0), usual(50.0, 72.0), usual(100.0, 72.0)];
    } else if stages.last().is_some_and(|last| last.0 < 100.0) {
        stages.push(usual(100.0, 72.0));
    }
    let stage = |(percent, hours, enter_if, abort_if)| json!({ "percent": percent, "min_hours": hours, "enter_if": enter_if, "abort_if": abort_if });
    stages.into_iter().map(stage).collect()
}

/// The environments in the order in which a release goes through them, each with the job before it.
fn environments(manifest: &Manifest) -> Vec<Json> {
    let declared = manifest.delivery.as_ref().map(|d| d.environments.clone()).unwrap_or_default();
    let mut names = if declared.is_empty() { vec!["staging".to_owned(), "production".to_owned()] } else { declared };
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(slug(name)));
    let ids: Vec<String> = names.iter().map(|name| format!("deploy-{}", slug(name))).collect();
    let before = std::iter::once("test".to_owned()).chain(ids.iter().cloned());
    names
        .iter()
        .zip(&ids)
        .zip(before)
        .map(|((name, id), needs)| json!({ "name": name, "id": id, "needs": needs }))
        .collect()
}

/// Every region that any class of data is allowed in.
fn regions(manifest: &Manifest) -> Vec<String> {
    let allowed = manifest.data.as_ref().and_then(|d| d.allowed_regions.as_ref());
    let mut regions: Vec<String> = allowed.iter().flat_map(|r| r.0.values().flatten().cloned()).collect();
    regions.sort();
    regions.dedup();
    regions
}

/// The folder of the prompts.
fn prompts(manifest: &Manifest) -> String {
    let path = manifest.prompts.as_ref().and_then(|p| p.path.as_deref()).unwrap_or_default();
    let path = path.trim_start_matches("./").trim_end_matches('/');
    let folder = match path.rsplit_once('/') {
        Some((folder, name)) if name.contains('.') => folder,
        None if path.contains('.') => "",
        _ => path,
    };
    if super::place::is_safe(folder) { folder.to_owned() } else { "prompts".to_owned() }
}

/// Requests per second that a load test holds: peak times headroom.
fn rate(manifest: &Manifest) -> f64 {
    let load = manifest.load.as_ref();
    let peak = load.and_then(|l| l.peak_rps).filter(|p| p.is_finite() && *p > 0.0).unwrap_or(10.0);
    let headroom = load.and_then(|l| l.headroom).filter(|h| h.is_finite() && *h >= 1.0).unwrap_or(2.0);
    (peak * headroom).ceil().clamp(1.0, 100_000.0)
}

/// The files that a baseline and the history of each metric come from.
fn metrics(manifest: &Manifest) -> Vec<Json> {
    manifest
        .metrics
        .iter()
        .filter(|metric| metric.baseline.as_ref().is_none_or(|b| b.by_definition.is_none()))
        .map(|metric| {
            let unit = metric.target.as_ref().map(|t| t.unit().to_owned());
            let source = metric.baseline.as_ref().and_then(|b| b.source.as_deref()).map(|s| s.trim_start_matches("./"));
            let path = source.filter(|path| super::place::is_safe(path) && path.ends_with(".csv"));
            let path = path.map_or_else(|| format!("metrics/baseline-{}.csv", slug(&metric.id)), str::to_owned);
            json!({ "id": metric.id, "path": path, "name": metric.name, "unit": unit })
        })
        .collect()
}

fn contracts(manifest: &Manifest) -> Vec<Json> {
    let declared = manifest.data.iter().flat_map(|data| &data.contracts);
    let mut contracts: Vec<Json> = declared
        .map(|contract| {
            let input = contract.input.clone().unwrap_or_else(|| "input".to_owned());
            let schema =
                contract.schema.as_deref().filter(|path| super::place::is_safe(path) && path.ends_with(".json"));
            let path = schema.map_or_else(|| format!("schemas/{}.schema.json", slug(&input)), str::to_owned);
            json!({ "input": input, "slug": slug(&input), "path": path })
        })
        .collect();
    if contracts.is_empty() {
        contracts.push(json!({ "input": "input", "slug": "input", "path": "schemas/input.schema.json" }));
    }
    contracts
}

/// What an objective measures, by its words.
fn kind(slo: &Slo) -> &'static str {
    let text = [&slo.name, &slo.sli].into_iter().flatten().cloned().collect::<Vec<_>>().join(" ").to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if has(&["availab", "uptime", "success"]) {
        "availability"
    } else if has(&["latency", "duration", "runtime", "speed", "p95", "p99"]) {
        "latency"
    } else if has(&["cost", "spend", "price", "token"]) {
        "cost"
    } else if has(&["quality", "accura", "correct", "precision", "recall", "grounded", "faithful"]) {
        "quality"
    } else {
        "other"
    }
}

/// The first quantity of a text, in base units: `99.5%` is 0.995, `350 ms` is 0.35.
fn limit(text: &str) -> Option<f64> {
    let words: Vec<&str> = text.split_whitespace().map(|w| w.trim_matches([',', ';', '(', ')'])).collect();
    words.iter().enumerate().find_map(|(i, word)| {
        let alone = Quantity::parse(word).ok()?;
        let whole = words.get(i + 1).and_then(|unit| Quantity::parse(&format!("{word} {unit}")).ok());
        let quantity = if alone.unit().is_empty() { whole.unwrap_or(alone) } else { alone };
        Some((quantity.base() * 1e6).round() / 1e6)
    })
}

/// The days of a span such as `28 days` or `3 months`.
fn days(text: &str) -> Option<u32> {
    let digits: String = text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    let unit =
        text.chars().skip_while(|c| !c.is_ascii_digit()).skip_while(char::is_ascii_digit).find(|c| c.is_alphabetic());
    let days = match unit?.to_ascii_lowercase() {
        'd' => 1,
        'w' => 7,
        'm' => 30,
        'q' => 90,
        'y' => 365,
        _ => return None,
    };
    digits.parse::<u32>().ok()?.checked_mul(days)
}

/// The name of a series, when the manifest gives one that Prometheus takes.
fn series(metric: Option<&str>) -> Option<&str> {
    let is_name = |name: &str| {
        !name.starts_with(|c: char| c.is_ascii_digit())
            && !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':'))
    };
    metric.filter(|name| is_name(name))
}

fn slo_facts(slo: &Slo) -> Json {
    let kind = kind(slo);
    let name = slo.name.clone().unwrap_or_else(|| kind.to_owned());
    let objective = slo.objective.clone();
    let limit = objective.as_deref().and_then(limit);
    let words = objective.as_deref().unwrap_or_default().to_lowercase();
    let above = match kind {
        "latency" | "cost" => true,
        _ => ["at most", "below", "less", "under", "max", "<", "≤"].iter().any(|word| words.contains(word)),
    };
    let default = match kind {
        "availability" => "http_requests_total",
        "latency" => "http_request_duration_seconds_bucket",
        "cost" => "model_cost_total",
        _ => "answer_quality_ratio",
    };
    let days = slo.window.as_ref().and_then(|window| days(&window.to_string())).unwrap_or(28);
    json!({
        "name": name,
        "slug": slug(&name),
        "sli": slo.sli.clone().unwrap_or_else(|| name.clone()),
        "kind": kind,
        "series": series(slo.metric.as_deref()).unwrap_or(default),
        "objective": objective,
        "limit": limit,
        "above": above,
        "days": days,
    })
}

/// The alerts that a project of this shape wants: one for each objective, for each drift signal, and for each counter of what its
/// guards turn away. Without objectives, the usual four.
fn alerts(manifest: &Manifest, places: &Places) -> Vec<Json> {
    let mut slos: Vec<Json> = manifest.slos.iter().map(|slo| slo_facts(slo)).collect();
    if slos.is_empty() {
        let usual =
            [("availability", "99.5%"), ("latency", "3 s"), ("quality", "at least 90%"), ("cost", "at most 50 a day")];
        slos = usual
            .iter()
            .map(|(name, objective)| {
                let slo =
                    Slo { name: Some((*name).to_owned()), objective: Some((*objective).to_owned()), ..Slo::default() };
                slo_facts(&slo)
            })
            .collect();
    }
    let mut alerts: Vec<Json> = Vec::new();
    let requests = slos.iter().find(|slo| slo["kind"] == "availability").map(|slo| slo["series"].clone());
    for mut slo in slos {
        // A counter is looked at as a share of the requests.
        let counter = slo["series"].as_str().is_some_and(|series| series.ends_with("_total"));
        let per_case = slo["sli"].as_str().is_some_and(|sli| sli.contains(" per ") || sli.contains(" a "));
        if counter && (matches!(slo["kind"].as_str(), Some("quality" | "other")) || (slo["kind"] == "cost" && per_case))
        {
            slo["per"] = requests.clone().unwrap_or_else(|| json!("http_requests_total"));
        }
        let suffix = match slo["kind"].as_str() {
            Some("availability") => "Burn",
            Some("latency" | "cost") => "High",
            _ if slo["above"] == true => "High",
            _ => "Low",
        };
        let summary = match slo["objective"].as_str() {
            Some(objective) => {
                format!("{} misses its objective ({objective})", slo["name"].as_str().unwrap_or_default())
            }
            None => format!("{} misses its objective", slo["name"].as_str().unwrap_or_default()),
        };
        let alert = format!("{}{suffix}", camel(slo["name"].as_str().unwrap_or_default()));
        let summary: String =
            summary.chars().take(1).flat_map(char::to_uppercase).chain(summary.chars().skip(1)).collect();
        alerts.push(alert_facts(&alert, slo, &summary, places));
    }
    let also = |kind: &str, series: String, limit: f64| json!({ "kind": kind, "series": series, "limit": limit, "above": true });
    if manifest.governance.as_ref().is_some_and(|g| !g.output_checks.is_empty()) {
        let slo = also("rejected", "outputs_rejected_total".to_owned(), 0.05);
        alerts.push(alert_facts("RejectedOutputsHigh", slo, "The validators reject more outputs than usual", places));
    }
    if manifest.data.as_ref().is_some_and(|d| !d.contracts.is_empty()) {
        let slo = also("violation", "contract_violations_total".to_owned(), 0.02);
        alerts.push(alert_facts("ContractViolationsHigh", slo, "More inputs than usual break their contract", places));
    }
    let drift = manifest.monitoring.as_ref().and_then(|m| m.drift.as_ref());
    for signal in drift.iter().flat_map(|d| &d.signals) {
        let threshold = drift.and_then(|d| d.thresholds.get(signal)).and_then(|t| limit(t));
        let slo = also("drift", format!("drift_{}", slug(signal).replace('-', "_")), threshold.unwrap_or(0.2));
        alerts.push(alert_facts(&format!("Drift{}", camel(signal)), slo, &format!("Drift: {signal}"), places));
    }
    // Two objectives of one name are one alert.
    let mut seen = std::collections::HashSet::new();
    alerts.retain(|alert| seen.insert(alert["alert"].as_str().unwrap_or_default().to_owned()));
    alerts
}

fn alert_facts(alert: &str, mut facts: Json, summary: &str, places: &Places) -> Json {
    let severity = if matches!(facts["kind"].as_str(), Some("availability" | "latency")) { "page" } else { "ticket" };
    // A burn of more than the whole traffic cannot be: a loose objective would never alert.
    let burn = facts["limit"].as_f64().map(|limit| ((1.0 - limit).max(0.0) * 14.4).min(0.9)).unwrap_or(0.072);
    facts["alert"] = json!(alert);
    facts["severity"] = json!(severity);
    facts["summary"] = json!(summary);
    facts["burn"] = json!((burn * 1e6).round() / 1e6);
    facts["limit"] = json!(facts["limit"].as_f64().unwrap_or(1.0));
    facts["runbook"] = json!(format!("{}/{alert}.md", places.runbooks));
    facts
}
