//! The objectives, guards and drift signals of a manifest enter; the alerts that they want, with their limits and runbooks, leave.

use std::collections::HashSet;

use serde_json::{Value as Json, json};

use super::escape::{camel, slug};
use super::place::Places;
use crate::manifest::Manifest;
use crate::manifest::model::Slo;
use crate::quantity::Quantity;

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

pub(super) fn slo_facts(slo: &Slo) -> Json {
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
pub(super) fn alerts(manifest: &Manifest, places: &Places) -> Vec<Json> {
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
    let mut seen = HashSet::new();
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

/// An alert that is there already.
pub(super) fn runbook_facts(name: &str, places: &Places) -> Json {
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
