//! Rule files of Prometheus and its relatives enter, plain, as Kubernetes objects, in ConfigMaps or in values of a chart; rules,
//! recording rules and rule tests leave.

use serde_json::Value;

use super::super::survey::Text;
use super::super::yaml::{Doc, child, list, texts};
use super::{Gathered, Rule, RuleTest};
use crate::diagnostic::{Code, Diagnostic};

/// Deeper than this, groups of rules are not looked for.
const MAX_DEPTH: u8 = 9;

/// Takes the rules and tests of a document.
pub(super) fn read(doc: &Doc, gathered: &mut Gathered) {
    if let Some(test) = rule_test(doc) {
        gathered.tests.push(test);
        return;
    }
    groups(doc, &doc.value, String::new(), 0, gathered);
}

/// Finds lists of groups, wherever they stand.
fn groups(doc: &Doc, value: &Value, pointer: String, depth: u8, gathered: &mut Gathered) {
    match value {
        Value::Object(map) => {
            if let Some(Value::Array(groups)) = map.get("groups") {
                for (at, group) in groups.iter().enumerate() {
                    // What came with a tool and still says so is nobody's alert.
                    let name = group.get("name").and_then(Value::as_str).unwrap_or_default();
                    if name.to_ascii_lowercase().starts_with("example") {
                        continue;
                    }
                    for (index, rule) in list(group.get("rules")).iter().enumerate() {
                        one(doc, rule, &format!("{pointer}/groups/{at}/rules/{index}"), gathered);
                    }
                }
            }
            if depth < MAX_DEPTH {
                for (key, value) in map.iter().filter(|(key, _)| *key != "groups") {
                    groups(doc, value, child(&pointer, key), depth + 1, gathered);
                }
            }
        }
        Value::Array(items) if depth < MAX_DEPTH => {
            for (index, item) in items.iter().enumerate() {
                // Values of a chart list rules without a group: `prometheusRules: [ { alert, expr, … } ]`.
                if ["alert", "expr"].iter().all(|key| item.get(key).is_some_and(Value::is_string)) {
                    one(doc, item, &format!("{pointer}/{index}"), gathered);
                    continue;
                }
                groups(doc, item, format!("{pointer}/{index}"), depth + 1, gathered);
            }
        }
        // A ConfigMap holds the rule file as a text.
        Value::String(text) if text.contains("groups:") && (text.contains("alert:") || text.contains("record:")) => {
            for inner in doc.inside(&pointer, text) {
                groups(&inner, &inner.value, String::new(), MAX_DEPTH, gathered);
            }
        }
        _ => {}
    }
}

fn one(doc: &Doc, rule: &Value, pointer: &str, gathered: &mut Gathered) {
    let expr = match rule.get("expr").or_else(|| rule.get("expression")) {
        Some(Value::String(expr)) => expr.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    if let Some(name) = rule.get("record").and_then(Value::as_str) {
        gathered.records.push((name.to_owned(), expr));
        return;
    }
    let Some(name) = rule.get("alert").and_then(Value::as_str) else {
        super::grafana::one(doc, rule, pointer, gathered);
        return;
    };
    if expr.trim().is_empty() {
        let message = format!("the alert `{name}` has no expression");
        gathered.fault(fault(doc, message, pointer).help("write `expr:`; Prometheus refuses the file without it"));
    }
    let held = rule.get("for").or_else(|| rule.get("keep_firing_for"));
    let held = match held {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    if let Some(text) = &held
        && duration(text).is_none()
    {
        let message = format!("`{text}` of the alert `{name}` is not a duration");
        gathered.fault(fault(doc, message, pointer).help("write for instance `5m` or `1h30m`"));
    }
    let label = |key: &str| rule.get("labels").and_then(|labels| labels.get(key)).and_then(Value::as_str);
    let annotation =
        |key: &str| rule.get("annotations").and_then(|annotations| annotations.get(key)).and_then(Value::as_str);
    gathered.rules.push(Rule {
        severity: ["severity", "priority", "level"]
            .iter()
            .any(|key| label(key).is_some_and(|text| !text.trim().is_empty())),
        window: held.as_deref().and_then(duration).is_some_and(|seconds| seconds > 0.0) || is_burn(name, &expr),
        links: runbook_links(&annotation, &label),
        slo: ["slo", "slo_name", "sloth_slo"].iter().find_map(|key| label(key)).map(str::to_owned),
        name: name.to_owned(),
        expr,
        path: doc.path.to_string(),
        line: doc.line(pointer),
    });
}

fn fault(doc: &Doc, message: String, pointer: &str) -> Diagnostic {
    doc.about(pointer, Diagnostic::error(Code::Malformed, message))
}

/// The links to a runbook in annotations or labels.
pub(super) fn runbook_links<'v>(
    annotation: &dyn Fn(&str) -> Option<&'v str>,
    label: &dyn Fn(&str) -> Option<&'v str>,
) -> Vec<String> {
    ["runbook_url", "runbookUrl", "runbook-url", "runbook", "runbook_link", "runbookURL", "playbook", "playbook_url"]
        .iter()
        .filter_map(|key| annotation(key).or_else(|| label(key)))
        .map(str::to_owned)
        .collect()
}

/// The seconds of a duration of Prometheus: `5m`, `1h30m`, `0`.
pub(super) fn duration(text: &str) -> Option<f64> {
    let text = text.trim();
    if text == "0" {
        return Some(0.0);
    }
    let mut seconds = 0.0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let number: f64 = digits.parse().ok()?;
        rest = rest.get(digits.len()..)?;
        let unit: String = rest.chars().take_while(char::is_ascii_alphabetic).collect();
        seconds += number
            * match unit.as_str() {
                "ms" => 0.001,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3_600.0,
                "d" => 86_400.0,
                "w" => 604_800.0,
                "y" => 31_536_000.0,
                _ => return None,
            };
        rest = rest.get(unit.len()..)?;
    }
    (!text.is_empty()).then_some(seconds)
}

/// Whether an expression looks at two windows at once, or at the burn of a budget: then it needs no `for`.
fn is_burn(name: &str, expr: &str) -> bool {
    let mut windows: Vec<&str> = expr
        .split('[')
        .skip(1)
        .filter_map(|rest| rest.split([']', ':']).next())
        .filter(|text| duration(text).is_some())
        .collect();
    windows.sort_unstable();
    windows.dedup();
    let recorded = expr.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':'))).filter(|word| {
        let tail = word.rsplit(['_', ':']).next().unwrap_or(word);
        let tail = tail.trim_start_matches("rate").trim_start_matches("burnrate").trim_start_matches("ratio");
        word.contains("rate") && duration(tail).is_some()
    });
    let burns = name.to_lowercase().contains("burn") || expr.to_lowercase().contains("burn");
    windows.len() >= 2 || (burns && (!windows.is_empty() || recorded.count() > 0))
}

/// A file of rule tests, as promtool runs them.
fn rule_test(doc: &Doc) -> Option<RuleTest> {
    let tests = doc.value.get("tests")?.as_array()?;
    let is_test = doc.value.get("rule_files").is_some()
        || tests.iter().any(|test| test.get("alert_rule_test").is_some() || test.get("promql_expr_test").is_some());
    if !is_test {
        return None;
    }
    let alerts = tests
        .iter()
        .flat_map(|test| list(test.get("alert_rule_test")))
        .filter_map(|test| {
            let expects = !list(test.get("exp_alerts")).is_empty();
            Some((test.get("alertname")?.as_str()?.to_owned(), expects))
        })
        .collect();
    Some(RuleTest { path: doc.path.to_string(), files: texts(doc.value.get("rule_files")), alerts })
}

/// Rules in a text that becomes YAML only when it is rendered.
pub(super) fn templated(text: &Text, gathered: &mut Gathered) {
    let lines: Vec<&str> = text.text.lines().collect();
    let key = |line: &str| -> Option<(String, String)> {
        let line = line.trim_start().trim_start_matches("- ");
        let (key, value) = line.split_once(':')?;
        let value = value.trim().trim_matches(['"', '\'']);
        Some((key.trim().to_owned(), value.to_owned()))
    };
    let mut open: Option<Rule> = None;
    let mut in_expr: Option<usize> = None;
    for (index, line) in lines.iter().enumerate().take(20_000) {
        let indent = line.len() - line.trim_start().len();
        if let Some(outer) = in_expr {
            if line.trim().is_empty() || indent > outer {
                if let Some(rule) = &mut open {
                    rule.expr.push_str(line.trim());
                    rule.expr.push(' ');
                }
                continue;
            }
            in_expr = None;
        }
        let Some((key, value)) = key(line) else { continue };
        match (key.as_str(), &mut open) {
            ("alert" | "record", before) => {
                gathered.rules.extend(before.take());
                if key == "alert" {
                    open =
                        Some(Rule { name: value, path: text.path.clone(), line: Some(index + 1), ..Rule::default() });
                }
            }
            ("expr", Some(rule)) if matches!(value.as_str(), "|" | "|-" | ">" | ">-" | "") => {
                rule.expr.clear();
                in_expr = Some(indent);
            }
            ("expr", Some(rule)) => rule.expr = value,
            ("for", Some(rule)) => rule.window = value != "0" && value != "0s" && !value.is_empty(),
            ("severity" | "priority", Some(rule)) => rule.severity = !value.is_empty(),
            ("runbook_url" | "runbook" | "runbookUrl", Some(rule)) => rule.links.push(value),
            _ => {}
        }
    }
    gathered.rules.extend(open);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_of_prometheus() {
        assert_eq!(duration("1h30m"), Some(5_400.0));
        assert_eq!(duration("0"), Some(0.0));
        for wrong in ["5 minutes", "", "m", "5", "5x"] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn burn_rates_need_no_for() {
        assert!(is_burn("X", "a[1h] > 1 and b[5m] > 1"));
        assert!(is_burn("ErrorBudgetBurn", "slo:burnrate1h > 14"));
        assert!(!is_burn("X", "rate(a[5m]) > 1"));
        assert!(!is_burn("X", "a > 1"));
    }
}
