//! Resources enter; how long they keep what is written to them leaves.

use serde_json::Value;

use super::code::Code;
use super::resources::{Declared, Resource, within};
use super::wording::words;
use super::yaml::{integer, list};
use crate::manifest::Manifest;

/// How long one resource keeps data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    /// Days.
    pub(super) days: i64,
    /// It is the sink of the audit log, by its name or tags.
    pub(super) audit: bool,
    /// It holds personal data, by its name or tags.
    pub(super) personal: bool,
    /// The file.
    pub(super) path: String,
    /// The line.
    pub(super) line: Option<usize>,
}

/// Every retention that is set in code.
pub(super) fn all(declared: &Declared, code: &Code, manifest: &Manifest) -> Vec<Kept> {
    let mut personal: Vec<String> = ["pii", "personal", "gdpr", "privacy", "dsgvo"].map(str::to_owned).to_vec();
    let classes = manifest.data.iter().flat_map(|data| data.classes.iter());
    personal.extend(
        classes
            .flat_map(|class| words(class))
            .filter(|word| word.len() > 4 && !matches!(word.as_str(), "model" | "endpoint" | "public" | "internal")),
    );
    let personal: Vec<&str> = personal.iter().map(String::as_str).collect();
    let mut found = Vec::new();
    for resource in declared.resources.iter().filter(|resource| !resource.aside) {
        let days: Vec<i64> = days_of(declared, resource);
        let Some(days) = days.into_iter().filter(|days| *days > 0).min() else { continue };
        let about = |words: &[&str]| {
            resource.mentions(words) || refers_to(declared, resource).is_some_and(|other| other.mentions(words))
        };
        found.push(Kept {
            days,
            audit: about(&["audit"]),
            personal: about(&personal),
            path: resource.path.to_string(),
            line: resource.line,
        });
    }
    for program in &code.programs {
        found.extend(in_program(&program.path, &program.text, &personal));
    }
    found
}

/// The resource that another one is a part of, by a reference such as `aws_s3_bucket.audit.id`.
fn refers_to<'d>(declared: &'d Declared, resource: &Resource) -> Option<&'d Resource> {
    let text = ["bucket", "storage_account_id", "bucket_id"].iter().find_map(|key| resource.get(key)?.as_str())?;
    let mut parts = text.strip_prefix("${")?.split('.');
    let (kind, name) = (parts.next()?, parts.next()?);
    declared.resources.iter().find(|other| {
        other.kind == kind
            && other.name == name
            && other.path.rsplit_once('/').map(|p| p.0) == resource.path.rsplit_once('/').map(|p| p.0)
    })
}

/// The days that a resource sets.
fn days_of(declared: &Declared, resource: &Resource) -> Vec<i64> {
    let number = |value: Option<&Value>| value.and_then(|value| declared.number(resource, value));
    let get = |path: &str| number(resource.get(path));
    let each = |rules: &str, path: &str| -> Vec<i64> {
        list(resource.get(rules)).iter().filter_map(|rule| number(within(rule, path))).collect()
    };
    let years = |years: Option<i64>| years.map(|years| years.saturating_mul(365));
    match resource.kind.as_str() {
        "aws_cloudwatch_log_group" | "azurerm_log_analytics_workspace" => {
            get("retention_in_days").into_iter().collect()
        }
        "azurerm_log_analytics_workspace_table" => {
            get("total_retention_in_days").or(get("retention_in_days")).into_iter().collect()
        }
        "aws_s3_bucket_lifecycle_configuration" => each("rule", "expiration.days"),
        "aws_s3_bucket" => each("lifecycle_rule", "expiration.days"),
        "aws_s3_bucket_object_lock_configuration" => {
            get("rule.default_retention.days").or(years(get("rule.default_retention.years"))).into_iter().collect()
        }
        "aws_cloudtrail_event_data_store" => get("retention_period").into_iter().collect(),
        "google_logging_project_bucket_config" | "google_logging_organization_bucket_config" => {
            get("retention_days").into_iter().collect()
        }
        "google_storage_bucket" => {
            let mut days = each("lifecycle_rule", "condition.age");
            days.extend(get("retention_policy.retention_period").map(|seconds| seconds / 86_400));
            days
        }
        "google_bigquery_dataset" => ["default_table_expiration_ms", "default_partition_expiration_ms"]
            .iter()
            .filter_map(|key| get(key))
            .map(|ms| ms / 86_400_000)
            .collect(),
        "google_bigquery_table" => {
            get("time_partitioning.expiration_ms").map(|ms| ms / 86_400_000).into_iter().collect()
        }
        "azurerm_storage_management_policy" => {
            let mut days = each("rule", "actions.base_blob.delete_after_days_since_modification_greater_than");
            days.extend(each("rule", "actions.base_blob.delete_after_days_since_creation_greater_than"));
            days
        }
        "azurerm_storage_container_immutability_policy" => get("immutability_period_in_days").into_iter().collect(),
        "AWS::Logs::LogGroup" => get("RetentionInDays").into_iter().collect(),
        "AWS::S3::Bucket" => {
            let mut days = each("LifecycleConfiguration.Rules", "ExpirationInDays");
            days.extend(get("ObjectLockConfiguration.Rule.DefaultRetention.Days"));
            days.extend(years(get("ObjectLockConfiguration.Rule.DefaultRetention.Years")));
            days
        }
        kind if kind.starts_with("Microsoft.OperationalInsights/workspaces") => {
            get("properties.totalRetentionInDays").or(get("properties.retentionInDays")).into_iter().collect()
        }
        kind if kind.contains("immutabilityPolicies") => {
            get("properties.immutabilityPeriodSinceCreationInDays").into_iter().collect()
        }
        kind if kind.ends_with("managementPolicies") => {
            each("properties.policy.rules", "definition.actions.baseBlob.delete.daysAfterModificationGreaterThan")
        }
        _ => Vec::new(),
    }
}

/// Log groups and buckets of a CDK or Pulumi program.
fn in_program(path: &str, text: &str, personal: &[&str]) -> Vec<Kept> {
    let mut found = Vec::new();
    for head in ["LogGroup(", "Bucket("] {
        for (at, _) in text.match_indices(head).take(200) {
            let body: String = text.get(at..).unwrap_or_default().chars().take(1_200).collect();
            let body = closed(&body);
            let lower = body.to_lowercase();
            let Some(days) = days_in(body) else { continue };
            found.push(Kept {
                days,
                audit: lower.contains("audit"),
                personal: personal.iter().any(|word| lower.contains(word)),
                path: path.to_owned(),
                line: Some(super::wording::line_at(text, at)),
            });
        }
    }
    found
}

/// A call up to its closing bracket.
fn closed(text: &str) -> &str {
    let mut open = 0_i32;
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

/// The days that a call names: `RetentionDays.ONE_YEAR`, `Duration.days(400)`, `retention_in_days=400`.
fn days_in(call: &str) -> Option<i64> {
    const NAMED: [(&str, i64); 14] = [
        ("THIRTEEN_MONTHS", 400),
        ("EIGHTEEN_MONTHS", 545),
        ("TWO_YEARS", 731),
        ("FIVE_YEARS", 1827),
        ("TEN_YEARS", 3653),
        ("ONE_YEAR", 365),
        ("SIX_MONTHS", 180),
        ("FIVE_MONTHS", 150),
        ("FOUR_MONTHS", 120),
        ("THREE_MONTHS", 90),
        ("TWO_MONTHS", 60),
        ("ONE_MONTH", 30),
        ("TWO_WEEKS", 14),
        ("ONE_WEEK", 7),
    ];
    let after = |mark: &str| {
        let rest = call.split(mark).nth(1)?.trim_start_matches([' ', ':', '=', '(']);
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        integer(&Value::String(digits))
    };
    let named =
        call.split("RetentionDays.").nth(1).and_then(|rest| NAMED.iter().find(|(name, _)| rest.starts_with(name)));
    named
        .map(|(_, days)| *days)
        .or_else(|| after("Duration.days"))
        .or_else(|| after("retention_in_days"))
        .or_else(|| after("retentionInDays"))
}
