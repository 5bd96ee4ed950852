//! Resources, programs and settings of model gateways enter; how many of them limit the spend leaves.

use serde_json::Value;

use super::super::code::Code;
use super::super::paths;
use super::super::survey::Survey;
use super::super::yaml::{Doc, integer};

/// Budgets as resources, and spend limits of a model gateway.
pub(super) fn count(survey: &Survey<'_>, code: &Code) -> usize {
    let is_budget = |kind: &str| {
        kind == "aws_budgets_budget"
            || kind == "google_billing_budget"
            || kind.starts_with("azurerm_consumption_budget")
            || kind == "AWS::Budgets::Budget"
            || kind.eq_ignore_ascii_case("Microsoft.Consumption/budgets")
    };
    let resources =
        survey.declared.resources.iter().filter(|resource| !resource.aside && is_budget(&resource.kind)).count();
    let in_code = ["CfnBudget(", "budgets.Budget(", "ConsumptionBudget", "billing.Budget("];
    let programs: usize = code
        .programs
        .iter()
        .map(|program| in_code.iter().map(|call| program.text.matches(call).count()).sum::<usize>())
        .sum();
    let gateways = survey.docs.iter().filter(|doc| !paths::is_aside(&doc.path) && limits_spend(doc)).count();
    resources + programs + gateways
}

/// Whether a document configures a model gateway with a limit on spend.
fn limits_spend(doc: &Doc) -> bool {
    const LIMITS: [&str; 7] =
        ["max_budget", "spend_limit", "monthly_budget", "budget_limit", "max_spend", "usd_limit", "maxBudget"];
    fn has_limit(value: &Value, depth: u8) -> bool {
        match value {
            Value::Object(map) if depth < 20 => map.iter().any(|(key, value)| {
                (LIMITS.contains(&key.as_str())
                    && (integer(value).is_some_and(|n| n > 0) || value.as_f64().is_some_and(|n| n > 0.0)))
                    || has_limit(value, depth + 1)
            }),
            Value::Array(items) if depth < 20 => items.iter().any(|item| has_limit(item, depth + 1)),
            // The configuration of the gateway stands as a text in a ConfigMap.
            Value::String(text) => text
                .split("max_budget:")
                .nth(1)
                .is_some_and(|rest| rest.trim_start().starts_with(|c: char| c.is_ascii_digit())),
            _ => false,
        }
    }
    let is_gateway = {
        let lower = doc.path.to_ascii_lowercase();
        ["litellm", "gateway", "proxy", "llm", "portkey"].iter().any(|word| lower.contains(word))
            || ["model_list", "litellm_settings", "general_settings", "router_settings"]
                .iter()
                .any(|key| doc.value.get(key).is_some())
    };
    let is_map = doc.text("kind").is_some_and(|kind| kind == "ConfigMap");
    (is_gateway || is_map) && has_limit(&doc.value, 0)
}
