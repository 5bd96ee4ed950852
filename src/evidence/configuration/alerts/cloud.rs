//! Alarms that clouds and Datadog raise, declared in Terraform, CloudFormation, Bicep, ARM, CDK or JSON, enter; rules leave.

use serde_json::Value;

use super::super::code::Code;
use super::super::regions::each_text;
use super::super::resources::{Resource, within};
use super::super::wording::{line_at, words};
use super::super::yaml::{Doc, list};
use super::prometheus::duration;
use super::{Gathered, Rule};

/// Takes the alarms of declared resources.
pub(super) fn resources(resources: &[Resource], gathered: &mut Gathered) {
    for resource in resources.iter().filter(|resource| !resource.aside) {
        match resource.kind.as_str() {
            "aws_cloudwatch_metric_alarm" | "aws_cloudwatch_composite_alarm" => {
                gathered.rules.push(cloudwatch(resource, false))
            }
            "AWS::CloudWatch::Alarm" | "AWS::CloudWatch::CompositeAlarm" => {
                gathered.rules.push(cloudwatch(resource, true))
            }
            "google_monitoring_alert_policy" => gathered.rules.push(google(resource)),
            "datadog_monitor" => {
                gathered.rules.push(datadog(&resource.body, &resource.name, &resource.path, resource.line))
            }
            "grafana_rule_group" => grafana(resource, gathered),
            kind if kind.starts_with("azurerm_monitor_metric_alert")
                || kind.starts_with("azurerm_monitor_scheduled_query_rules_alert") =>
            {
                gathered.rules.push(azure(resource, ""));
            }
            kind if kind.eq_ignore_ascii_case("Microsoft.Insights/metricAlerts")
                || kind.eq_ignore_ascii_case("Microsoft.Insights/scheduledQueryRules") =>
            {
                gathered.rules.push(azure(resource, "properties."));
            }
            kind if kind.eq_ignore_ascii_case("Microsoft.AlertsManagement/prometheusRuleGroups") => {
                azure_prometheus(resource, gathered)
            }
            _ => {}
        }
    }
}

fn text_of(resource: &Resource, path: &str) -> Option<String> {
    match resource.get(path)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Whether a text says how bad it is.
fn says_severity(text: &str) -> bool {
    words(text).iter().any(|word| {
        matches!(
            word.as_str(),
            "severity"
                | "critical"
                | "warning"
                | "page"
                | "ticket"
                | "urgent"
                | "sev"
                | "sev1"
                | "sev2"
                | "sev3"
                | "p0"
                | "p1"
                | "p2"
                | "p3"
                | "p4"
        )
    })
}

/// All texts of a value.
fn all_texts(value: Option<&Value>) -> String {
    let mut found = String::new();
    if let Some(value) = value {
        each_text(
            value,
            &mut |text| {
                found.push_str(text);
                found.push(' ');
            },
            0,
        );
    }
    found
}

fn rule(resource: &Resource, name: Option<String>) -> Rule {
    let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| resource.name.clone());
    Rule { name, path: resource.path.to_string(), line: resource.line, ..Rule::default() }
}

fn cloudwatch(resource: &Resource, is_template: bool) -> Rule {
    let key = |terraform: &'static str, template: &'static str| if is_template { template } else { terraform };
    let description = text_of(resource, key("alarm_description", "AlarmDescription")).unwrap_or_default();
    let mut expr: Vec<String> = [
        ("namespace", "Namespace"),
        ("metric_name", "MetricName"),
        ("statistic", "Statistic"),
        ("comparison_operator", "ComparisonOperator"),
        ("threshold", "Threshold"),
        ("alarm_rule", "AlarmRule"),
    ]
    .into_iter()
    .filter_map(|(terraform, template)| text_of(resource, key(terraform, template)))
    .collect();
    expr.push(all_texts(resource.get(key("metric_query", "Metrics"))));
    let mut rule = rule(resource, text_of(resource, key("alarm_name", "AlarmName")));
    rule.severity =
        says_severity(&format!("{} {description} {}", rule.name, all_texts(resource.get(key("tags", "Tags")))));
    rule.window = resource.get(key("evaluation_periods", "EvaluationPeriods")).is_some();
    rule.expr = expr.join(" ").trim().to_owned();
    rule.links = vec![description];
    rule
}

fn azure(resource: &Resource, base: &str) -> Rule {
    let get = |terraform: &str, template: &str| {
        let path = if base.is_empty() { terraform.to_owned() } else { format!("{base}{template}") };
        resource.get(&path)
    };
    let mut rule = rule(resource, text_of(resource, "name"));
    rule.severity = get("severity", "severity").is_some();
    rule.window = get("window_size", "windowSize")
        .or(get("window_duration", "windowSize"))
        .or(get("time_window", "windowSize"))
        .is_some();
    let conditions = [get("criteria", "criteria"), get("dynamic_criteria", "criteria"), get("query", "query")];
    rule.expr = conditions.into_iter().map(all_texts).collect::<String>().trim().to_owned();
    rule.links = get("description", "description").and_then(Value::as_str).map(str::to_owned).into_iter().collect();
    rule
}

fn azure_prometheus(resource: &Resource, gathered: &mut Gathered) {
    for entry in list(resource.get("properties.rules")) {
        let text = |path: &str| within(entry, path).and_then(Value::as_str).map(str::to_owned);
        let Some(name) = text("alert") else { continue };
        let annotations = ["annotations.runbook_url", "annotations.runbookUrl", "annotations.runbook"];
        gathered.rules.push(Rule {
            name,
            expr: text("expression").unwrap_or_default(),
            severity: entry.get("severity").is_some() || text("labels.severity").is_some(),
            window: entry.get("for").is_some(),
            links: annotations.iter().filter_map(|path| text(path)).collect(),
            slo: text("labels.slo"),
            path: resource.path.to_string(),
            line: resource.line,
        });
    }
}

fn google(resource: &Resource) -> Rule {
    let mut rule = rule(resource, text_of(resource, "display_name"));
    let conditions = all_texts(resource.get("conditions"));
    let held: Vec<f64> = list(resource.get("conditions"))
        .iter()
        .flat_map(|condition| condition.as_object().into_iter().flat_map(|map| map.values()))
        .filter_map(|condition| duration(within(condition, "duration")?.as_str()?))
        .collect();
    rule.severity = resource.get("severity").is_some() || says_severity(&all_texts(resource.get("user_labels")));
    rule.window = held.iter().any(|seconds| *seconds > 0.0);
    rule.expr = conditions.trim().to_owned();
    rule.links = vec![all_texts(resource.get("documentation"))];
    rule
}

fn grafana(resource: &Resource, gathered: &mut Gathered) {
    for entry in list(resource.get("rule")) {
        let text = |path: &str| within(entry, path).and_then(Value::as_str).map(str::to_owned);
        gathered.rules.push(Rule {
            name: text("name").unwrap_or_default(),
            expr: entry.get("data").map(super::grafana::queries).unwrap_or_default().join(" "),
            severity: text("labels.severity").is_some() || text("labels.priority").is_some(),
            window: text("for").as_deref().and_then(duration).is_some_and(|seconds| seconds > 0.0),
            links: ["annotations.runbook_url", "annotations.runbook"].iter().filter_map(|path| text(path)).collect(),
            slo: text("labels.slo"),
            path: resource.path.to_string(),
            line: resource.line,
        });
    }
}

/// A monitor of Datadog, from Terraform or exported.
fn datadog(monitor: &Value, otherwise: &str, path: &str, line: Option<usize>) -> Rule {
    let text = |key: &str| monitor.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let query = text("query");
    let name = text("name");
    Rule {
        severity: monitor.get("priority").is_some_and(|p| !p.is_null())
            || all_texts(monitor.get("tags")).contains("severity"),
        window: query.contains("last_") || query.contains(".over("),
        links: vec![text("message")],
        expr: query,
        name: if name.is_empty() { otherwise.to_owned() } else { name },
        slo: None,
        path: path.to_owned(),
        line,
    }
}

/// Takes the monitors that were exported from Datadog as JSON.
pub(super) fn exported(doc: &Doc, gathered: &mut Gathered) {
    let monitors = match &doc.value {
        Value::Array(items) => items.as_slice(),
        other => list(other.get("monitors").or(Some(other))),
    };
    for monitor in monitors {
        let kind = monitor.get("type").and_then(Value::as_str).unwrap_or_default();
        if kind.ends_with(" alert") && monitor.get("query").is_some() && monitor.get("message").is_some() {
            gathered.rules.push(datadog(monitor, "monitor", &doc.path, doc.line("")));
        }
    }
}

/// Takes the alarms of CDK and Pulumi programs.
pub(super) fn programs(code: &Code, gathered: &mut Gathered) {
    for program in &code.programs {
        let text = &program.text;
        for head in ["Alarm(", "createAlarm(", "create_alarm(", "MetricAlarm("] {
            for (at, _) in text.match_indices(head).take(200) {
                // `createAlarm(` also ends with `Alarm(`: each place counts once.
                let before = text.get(..at).and_then(|t| t.chars().next_back());
                if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
                    continue;
                }
                let body: String = text.get(at..).unwrap_or_default().chars().take(1_500).collect();
                let body = body.split_once('(').map_or("", |(_, rest)| rest);
                let body = closed(body);
                let quoted: Vec<&str> = body.split(['"', '\'', '`']).skip(1).step_by(2).collect();
                let Some(name) = quoted.first() else { continue };
                gathered.rules.push(Rule {
                    name: (*name).to_owned(),
                    expr: words(body).join(" "),
                    severity: says_severity(body),
                    window: body.contains("evaluationPeriods") || body.contains("evaluation_periods"),
                    links: quoted.iter().map(|text| (*text).to_owned()).collect(),
                    slo: None,
                    path: program.path.clone(),
                    line: Some(line_at(text, at)),
                });
            }
        }
    }
}

/// A call up to its closing bracket.
fn closed(text: &str) -> &str {
    let mut open = 1_i32;
    for (at, c) in text.char_indices() {
        match c {
            '(' => open += 1,
            ')' => open -= 1,
            _ => continue,
        }
        if open == 0 {
            return text.get(..at).unwrap_or(text);
        }
    }
    text
}
