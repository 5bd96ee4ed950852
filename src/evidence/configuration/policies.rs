//! Policies, allow-lists and their tests enter; which tools are allowed, and whether denials are tested, leaves.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::code::Code;
use super::paths;
use super::regions::each_text;
use super::survey::{Survey, Text};
use super::wording::{has_word, words};
use super::yaml::{Doc, at, list};
use crate::fact::{Origin, Record};

/// What was found about policies.
#[derive(Debug, Default)]
struct Policies {
    /// Files that say which tools or actions are allowed.
    permissions: BTreeSet<String>,
    /// The names of tools in those of them that list tools.
    allowed: Vec<Arc<str>>,
    /// One of them lists tools, so that a tool can be missing in it.
    has_list: bool,
    /// A file that denies other regions.
    region_deny: Option<String>,
    /// Tests of policies in the policies' own language that deny something.
    denials: bool,
    /// Such tests about regions.
    region_denials: bool,
}

/// The facts `policies.*`.
pub(super) fn facts(survey: &Survey<'_>, code: &Code) -> Record {
    let mut found = Policies::default();
    for text in &survey.policies {
        policy(text, &mut found);
    }
    for doc in &survey.docs {
        document(survey, doc, &mut found);
    }
    terraform(survey, &mut found);
    let tested = !found.permissions.is_empty() && (found.denials || !code.denial_tests.is_empty());
    let region_tested = found.region_deny.is_some() && (found.region_denials || !code.region_tests.is_empty());
    let outside: BTreeSet<String> = code
        .tools
        .iter()
        .filter(|_| found.has_list)
        .filter(|(name, ..)| !found.allowed.iter().any(|text| names(text, name)))
        .map(|(name, ..)| name.clone())
        .collect();
    let origin =
        found.permissions.first().or(found.region_deny.as_ref()).map(|path| Origin::detected(path.clone(), None));
    let record = Record::new([
        ("permission_files", found.permissions.into_iter().collect::<Vec<_>>().into()),
        ("denial_tested", tested.into()),
        ("tools_outside", outside.into_iter().collect::<Vec<_>>().into()),
        ("region_deny", found.region_deny.is_some().into()),
        ("region_deny_tested", region_tested.into()),
    ]);
    match origin {
        Some(origin) => record.from(&origin),
        None => record,
    }
}

/// Whether a text names a tool, in either spelling.
fn names(text: &str, tool: &str) -> bool {
    has_word(text, tool) || has_word(text, &tool.replace('-', "_")) || has_word(text, &tool.replace('_', "-"))
}

/// A file in a language of policies, or a test in it.
fn policy(text: &Text, found: &mut Policies) {
    let content = without_comments(&text.text);
    let is_test = paths::is_test(&text.path) || text.path.contains(".tftest.");
    let all = words(&content);
    let has = |list: &[&str]| all.iter().any(|word| list.contains(&word.as_str()));
    let about_regions = has(&["region", "regions", "location", "locations"]);
    if is_test {
        let (denies, about) = denials(&content);
        found.denials |= denies;
        found.region_denials |= denies && (about || (about_regions && text.path.contains("region")));
        return;
    }
    let denies = has(&["deny", "forbid", "violation", "violations", "denied"])
        || content.contains("allow := false")
        || content.contains("allow = false");
    if about_regions && denies {
        found.region_deny.get_or_insert_with(|| text.path.clone());
    }
    let permits = has(&["allow", "permit", "forbid", "deny"]);
    let about_tools = has(&[
        "tool",
        "tools",
        "agent",
        "agents",
        "action",
        "actions",
        "principal",
        "permission",
        "permissions",
        "role",
        "roles",
        "allowlist",
    ]);
    let about_infrastructure = has(&["terraform", "tfplan", "kubernetes"])
        || content.contains("resource_changes")
        || content.contains("input.review");
    if permits && about_tools && !about_infrastructure {
        found.permissions.insert(text.path.clone());
        if has(&["tool", "tools", "action", "actions"]) {
            found.has_list = true;
            found.allowed.push(Arc::from(content));
        }
    }
}

/// Whether tests of policies deny something, and whether that is about regions.
fn denials(content: &str) -> (bool, bool) {
    let mut denies = false;
    let mut regions = false;
    for line in content.lines() {
        let line = line.trim_start();
        let name = line
            .strip_prefix("test_")
            .or_else(|| line.strip_prefix("run "))
            .map(|rest| rest.split(['{', '(']).next().unwrap_or(rest));
        let name = words(name.unwrap_or_default());
        let named = name.iter().any(|word| {
            matches!(
                word.as_str(),
                "deny"
                    | "denied"
                    | "denies"
                    | "reject"
                    | "rejects"
                    | "rejected"
                    | "refuse"
                    | "refused"
                    | "unknown"
                    | "forbidden"
                    | "forbid"
                    | "blocked"
                    | "disallowed"
                    | "fails"
            )
        });
        let asserted = (line.starts_with("not ") && line.contains("allow"))
            || line.contains("expect_failures")
            || line.contains("Decision::Deny")
            || line.contains("\"deny\"")
            || line.contains("\"DENY\"");
        denies |= named || asserted;
        regions |= name.iter().any(|word| matches!(word.as_str(), "region" | "regions" | "location" | "residency"));
    }
    (denies, regions)
}

/// A policy's text without its comments.
fn without_comments(text: &str) -> String {
    text.lines()
        .map(|line| {
            let line = line.trim_end();
            if line.trim_start().starts_with('#') || line.trim_start().starts_with("//") { "" } else { line }
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// Keys under which an allow-list names tools.
const LISTS: [&str; 12] = [
    "allowed_tools",
    "allowedTools",
    "allow",
    "allowed",
    "allowlist",
    "allow_list",
    "permitted_tools",
    "tool_permissions",
    "tools",
    "allowed_actions",
    "allowedActions",
    "permissions",
];

/// A YAML or JSON document that may be an allow-list or a policy of a cloud.
fn document(survey: &Survey<'_>, doc: &Doc, found: &mut Policies) {
    if paths::is_aside(&doc.path) && !survey.is_declared("access-control", &doc.path) {
        return;
    }
    let statements = list(doc.value.get("Statement"));
    if statements.iter().any(|statement| statement.get("Effect").is_some()) {
        let denies_regions = statements.iter().any(denies_regions);
        if denies_regions {
            found.region_deny.get_or_insert_with(|| doc.path.to_string());
        } else {
            found.permissions.insert(doc.path.to_string());
        }
        return;
    }
    if let Some(rule) = doc.value.get("policyRule").or_else(|| at(&doc.value, "properties.policyRule")) {
        let text = rule.to_string().to_lowercase();
        if text.contains("location") && text.contains("deny") {
            found.region_deny.get_or_insert_with(|| doc.path.to_string());
        }
        return;
    }
    // Kyverno and Gatekeeper policies that look at regions.
    if doc.text("apiVersion").is_some_and(|api| api.contains("kyverno.io") || api.contains("gatekeeper.sh")) {
        let text = doc.value.to_string().to_lowercase();
        if text.contains("region") {
            found.region_deny.get_or_insert_with(|| doc.path.to_string());
        }
        return;
    }
    if is_allow_list(doc) {
        found.permissions.insert(doc.path.to_string());
        let mut content = String::new();
        each_text(
            &doc.value,
            &mut |text| {
                content.push_str(text);
                content.push('\n');
            },
            0,
        );
        found.has_list = true;
        found.allowed.push(Arc::from(content));
    }
}

/// Whether a statement of a cloud policy denies requests to other regions.
fn denies_regions(statement: &Value) -> bool {
    let denies = statement.get("Effect").and_then(Value::as_str) == Some("Deny");
    denies && statement.get("Condition").is_some_and(|condition| condition.to_string().contains("aws:RequestedRegion"))
}

/// Whether a document lists what tools or agents may do, and denies the rest.
fn is_allow_list(doc: &Doc) -> bool {
    // Objects of Kubernetes, and settings of editors and linters, have such keys with another meaning.
    if doc.value.get("apiVersion").is_some() || doc.value.get("$schema").is_some() || doc.path.ends_with("package.json")
    {
        return false;
    }
    let lower = doc.path.to_ascii_lowercase();
    let named =
        ["polic", "permission", "allow", "tool", "agent", "access", "guard"].iter().any(|word| lower.contains(word));
    let Some(map) = doc.value.as_object() else { return false };
    let mut lists = false;
    let mut denies = false;
    let mut look = |key: &str, value: &Value| {
        let holds = value.as_array().is_some_and(|items| !items.is_empty())
            || value.as_object().is_some_and(|map| !map.is_empty());
        lists |= LISTS.contains(&key) && holds;
        let denied = |value: &Value| {
            matches!(value.as_str(), Some("deny" | "denied" | "block" | "none" | "forbid"))
                || *value == Value::Bool(false)
        };
        denies |= (matches!(
            key,
            "default"
                | "default_action"
                | "defaultAction"
                | "default_effect"
                | "default_policy"
                | "otherwise"
                | "fallback"
                | "default_allow"
                | "allow_unlisted"
        ) && denied(value))
            || (matches!(key, "default_deny" | "defaultDeny" | "deny_by_default") && *value == Value::Bool(true))
            || (key == "deny" && holds);
    };
    for (key, value) in map {
        look(key, value);
        for entry in value
            .as_array()
            .into_iter()
            .flatten()
            .chain(value.as_object().into_iter().flat_map(|map| map.values()))
            .take(500)
        {
            for (key, value) in entry.as_object().into_iter().flatten() {
                look(key, value);
            }
        }
        for (key, value) in value.as_object().into_iter().flatten() {
            look(key, value);
        }
    }
    // A list that is called an allow-list denies the rest by its name.
    let says_so = ["allowed_tools", "allowedTools", "allowlist", "allow_list", "permitted_tools"]
        .iter()
        .any(|key| map.contains_key(*key))
        || lower.contains("allowlist")
        || lower.contains("allow-list")
        || lower.contains("allow_list");
    named && lists && (denies || says_so)
}

/// Policies about regions and permissions that Terraform or Bicep declares.
fn terraform(survey: &Survey<'_>, found: &mut Policies) {
    for resource in survey.declared.resources.iter().filter(|resource| !resource.aside) {
        let kind = resource.kind.as_str();
        let text = || resource.body.to_string();
        let denies = match kind {
            "aws_organizations_policy" | "AWS::Organizations::Policy" => text().contains("aws:RequestedRegion"),
            "data.aws_iam_policy_document" => {
                let text = text();
                text.contains("aws:RequestedRegion") && text.contains("Deny")
            }
            "google_org_policy_policy" | "google_organization_policy" | "google_project_organization_policy" => {
                text().contains("gcp.resourceLocations")
            }
            _ if kind.starts_with("azurerm_") && kind.contains("policy") => {
                let text = text().to_lowercase();
                text.contains("location")
                    && (text.contains("deny")
                        || text.contains("allowedlocations")
                        || text.contains("allowed locations"))
            }
            _ if kind.eq_ignore_ascii_case("Microsoft.Authorization/policyAssignments")
                || kind.eq_ignore_ascii_case("Microsoft.Authorization/policyDefinitions") =>
            {
                text().to_lowercase().contains("location")
            }
            _ => false,
        };
        if denies {
            found.region_deny.get_or_insert_with(|| resource.path.to_string());
        }
    }
    for (path, block) in &survey.declared.blocks {
        let is_region = block.labels.first().is_some_and(|name| name.contains("region") || name.contains("location"));
        if block.kind == "variable" && is_region && block.body.get("validation").is_some() && !paths::is_aside(path) {
            found.region_deny.get_or_insert_with(|| path.to_string());
        }
    }
}
