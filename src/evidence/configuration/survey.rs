//! The files of the repository enter; those that configure the running system leave, read as what they are by name and content.

use std::sync::Arc;

use rayon::prelude::*;

use super::braces;
use super::paths;
use super::resources::Declared;
use super::yaml::{self, Doc};
use crate::diagnostic::{At, Code, Diagnostic};
use crate::evidence::View;
use crate::evidence::literals::Literals;
use crate::evidence::tree::File;
use crate::source::{MAX_BYTES, Source};

/// The text of a file.
#[derive(Debug)]
pub(super) struct Text {
    /// Its path.
    pub(super) path: String,
    /// Its content.
    pub(super) text: Arc<str>,
}

/// What configures the running system.
#[derive(Debug)]
pub(super) struct Survey<'a> {
    /// The repository and the manifest.
    pub(super) view: &'a View<'a>,
    /// Documents of YAML and JSON files whose content says that they matter here.
    pub(super) docs: Vec<Doc>,
    /// Files that become YAML only when they are rendered (Helm, Jinja), or are no valid YAML and nothing that must be.
    pub(super) templated: Vec<Text>,
    /// Terraform, CloudFormation, ARM, Bicep.
    pub(super) declared: Declared,
    /// Policies and their tests: Rego, Cedar, Sentinel, tests of Terraform.
    pub(super) policies: Vec<Text>,
    /// Dashboards as programs.
    pub(super) jsonnet: Vec<Text>,
    /// What cannot be read, with the facts that rest on it.
    pub(super) malformed: Vec<(String, Diagnostic)>,
}

/// What one file turned out to be.
enum Read {
    Docs(Vec<Doc>),
    Templated(Text),
    Terraform(Text),
    Bicep(Text),
    Policy(Text),
    Jsonnet(Text),
    Malformed(String, Box<Diagnostic>),
}

impl<'a> Survey<'a> {
    /// Reads the files that matter.
    pub(super) fn of(view: &'a View<'a>) -> Self {
        let declared = declared_files(view);
        let read: Vec<Read> = view.tree.files().par_iter().filter_map(|file| read(view, file, &declared)).collect();
        let mut survey = Self {
            view,
            docs: Vec::new(),
            templated: Vec::new(),
            declared: Declared::default(),
            policies: Vec::new(),
            jsonnet: Vec::new(),
            malformed: Vec::new(),
        };
        for read in read {
            match read {
                Read::Docs(docs) => {
                    for mut doc in docs {
                        let listed = doc.listed();
                        if listed.is_empty() {
                            survey.docs.push(doc);
                        } else {
                            survey.docs.extend(listed);
                        }
                    }
                }
                Read::Templated(text) => survey.templated.push(text),
                Read::Terraform(text) => survey.declared.terraform(&text.path, &text.text),
                Read::Bicep(text) => survey.declared.bicep(&text.path, &text.text),
                Read::Policy(text) => survey.policies.push(text),
                Read::Jsonnet(text) => survey.jsonnet.push(text),
                Read::Malformed(facts, diagnostic) => survey.malformed.push((facts, *diagnostic)),
            }
        }
        for doc in &survey.docs {
            if doc.path.ends_with(".tf.json") {
                survey.declared.terraform_json(doc);
            } else if !survey.declared.cloudformation(doc) {
                survey.declared.arm(doc);
            }
        }
        survey
    }

    /// Whether the manifest names a file as evidence of a kind.
    pub(super) fn is_declared(&self, kind: &str, path: &str) -> bool {
        let named = |pattern: &String| {
            let pattern = pattern.trim_start_matches("./").trim_end_matches('/');
            pattern == path || path.strip_prefix(pattern).is_some_and(|rest| rest.starts_with('/'))
        };
        self.view.manifest.evidence.get(kind).is_some_and(|paths| paths.iter().any(named))
    }
}

/// The files that the manifest names, with the facts that rest on them.
fn declared_files(view: &View<'_>) -> Vec<(String, &'static str)> {
    let manifest = view.manifest;
    let mut found: Vec<(String, &'static str)> = Vec::new();
    if let Some(alerts) = &manifest.alerts {
        found.extend(
            alerts
                .rules
                .iter()
                .chain(&alerts.tests)
                .flat_map(|paths| paths.iter().cloned())
                .map(|path| (path, "alerts")),
        );
    }
    found.extend(manifest.rollout.iter().filter_map(|rollout| rollout.object.clone()).map(|path| (path, "rollouts")));
    for (kind, facts) in [
        ("alert-rules", "alerts"),
        ("monitoring-dashboards", "dashboards"),
        ("gradual-rollout", "rollouts"),
        ("infrastructure-as-code", "iac"),
        ("access-control", "policies"),
    ] {
        found.extend(
            manifest.evidence.get(kind).into_iter().flat_map(|paths| paths.iter().cloned()).map(|path| (path, facts)),
        );
    }
    for (path, _) in &mut found {
        *path = path.trim_start_matches("./").trim_end_matches('/').to_owned();
    }
    found
}

/// Reads one file when it may matter.
fn read(view: &View<'_>, file: &File, declared: &[(String, &'static str)]) -> Option<Read> {
    let path = file.path.as_str();
    let extension = paths::extension(path);
    let facts = declared
        .iter()
        .find(|(named, _)| named == path || path.strip_prefix(named.as_str()).is_some_and(|rest| rest.starts_with('/')))
        .map(|(_, facts)| *facts);
    if paths::is_foreign(path) && facts.is_none() {
        return None;
    }
    let limit = MAX_BYTES as u64;
    let text = || {
        let text = if file.size <= limit { view.tree.text(file) } else { None };
        text.map(|text| Text { path: path.to_owned(), text })
    };
    if let Some((_, facts)) = declared.iter().find(|(named, _)| named == path)
        && matches!(extension, "yaml" | "yml" | "json")
        && text().is_none()
        && !view.tree.is_unfinished(file)
    {
        let message =
            format!("this file has {} bytes or is no text; aipp reads text of at most {MAX_BYTES} bytes", file.size);
        let diagnostic =
            Diagnostic::error(Code::Malformed, message).path(path).help("split it, or take it out of the manifest");
        return Some(Read::Malformed((*facts).to_owned(), Box::new(diagnostic)));
    }
    // An empty file, or one that is no text, is known by its name alone.
    if let Some(promised) =
        promised(path, extension).filter(|_| !paths::is_aside(path) && !view.tree.is_unfinished(file))
        && text().is_none_or(|text| text.text.trim().is_empty())
    {
        let message = if file.size == 0 { "this file is empty" } else { "this file is empty, or no UTF-8 text" };
        let diagnostic = Diagnostic::error(Code::Malformed, message).path(path);
        return Some(Read::Malformed(promised.to_owned(), Box::new(diagnostic.help("write it again, or delete it"))));
    }
    if let Some(promised) = promised(path, extension).filter(|_| !paths::is_aside(path) && extension != "json")
        && let Some(text) = text()
        && !yaml::is_template(&text.text)
        && let Some(wrong) = no_objects(path, &text.text)
    {
        return Some(Read::Malformed(promised.to_owned(), Box::new(wrong.help("mend the file, or delete it"))));
    }
    match extension {
        "yaml" | "yml" => yaml_file(text()?, facts),
        "json" if facts.is_some() || may_configure(path) => {
            let promised = promised(path, extension).filter(|_| !paths::is_aside(path));
            json_file(text()?, facts.or(promised))
        }
        "tf" | "tofu" | "tfvars" => Some(infrastructure(text()?, braces::torn_hcl, Read::Terraform)),
        "hcl" if path.ends_with("terragrunt.hcl") => Some(infrastructure(text()?, braces::torn_hcl, Read::Terraform)),
        "hcl" if path.contains(".tftest.") => text().map(Read::Policy),
        "bicep" => Some(infrastructure(text()?, braces::torn_bicep, Read::Bicep)),
        "rego" | "cedar" | "sentinel" | "polar" => text().map(Read::Policy),
        "jsonnet" | "libsonnet" => text().map(Read::Jsonnet),
        _ => None,
    }
}

/// What is wrong with a YAML file that should hold objects: it does not parse, or holds a bare value. What is all comments was
/// switched off.
fn no_objects(path: &str, text: &str) -> Option<Diagnostic> {
    let docs = match yaml::documents(path, text) {
        Ok(docs) => docs,
        Err(wrong) => return Some(*wrong),
    };
    let held = |value: &serde_json::Value| match value {
        serde_json::Value::Object(_) => true,
        serde_json::Value::Array(items) => items.iter().any(serde_json::Value::is_object),
        _ => false,
    };
    let error = |message: &str| Some(Diagnostic::error(Code::Malformed, message).path(path));
    match docs.as_slice() {
        docs if docs.is_empty() || docs.iter().any(|doc| held(&doc.value)) => None,
        _ => error("this file holds a bare value where objects are expected"),
    }
}

/// A file of infrastructure code, unless it is torn: then what it declares cannot be known.
fn infrastructure(text: Text, torn: fn(&str) -> Option<(usize, char)>, whole: fn(Text) -> Read) -> Read {
    let Some((line, bracket)) = torn(&text.text).filter(|_| !paths::is_aside(&text.path)) else { return whole(text) };
    let start = text.text.split_inclusive('\n').take(line - 1).map(str::len).sum::<usize>();
    let row = text.text.get(start..).unwrap_or_default().lines().next().unwrap_or_default();
    let at = start + row.rfind(bracket).unwrap_or_default();
    let closes = matches!(bracket, '}' | ']' | ')');
    let message = if closes {
        format!("this `{bracket}` closes nothing: the file is torn")
    } else {
        format!("this `{bracket}` is never closed: the file is torn")
    };
    let source = Arc::new(Source::new(text.path.as_str(), &*text.text));
    let diagnostic = Diagnostic::error(Code::Malformed, message)
        .at(At { source, range: at..at + 1 })
        .help("mend the file; `terraform validate` or `az bicep build` says the same");
    Read::Malformed("iac".to_owned(), Box::new(diagnostic))
}

/// The facts that a file rests under by what it is called: rules of alerts, dashboards, objects of a rollout.
fn promised(path: &str, extension: &str) -> Option<&'static str> {
    if !matches!(extension, "yaml" | "yml" | "json") {
        return None;
    }
    let lower = path.to_ascii_lowercase();
    let (folders, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let words: Vec<&str> = stem.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let below = |names: &[&str]| folders.split('/').any(|folder| names.contains(&folder));
    let has = |names: &[&str]| words.iter().any(|word| names.contains(word));
    match extension {
        "yaml" | "yml" if has(&["prometheusrule", "prometheusrules"]) => Some("alerts"),
        "yaml" | "yml" if has(&["rules"]) && has(&["alert", "alerts", "alerting", "prometheus"]) => Some("alerts"),
        "yaml" | "yml"
            if has(&["rules", "alerts"])
                && below(&["monitoring", "alerting", "alerts", "prometheus", "observability"]) =>
        {
            Some("alerts")
        }
        "yaml" | "yml"
            if has(&["rollout", "canary"]) && below(&["deploy", "deployment", "k8s", "kubernetes", "manifests"]) =>
        {
            Some("rollouts")
        }
        "yaml" | "yml" if has(&["slo", "slos", "openslo", "sloth"]) && !has(&["values", "config", "test"]) => {
            Some("slos")
        }
        "yaml" | "yml" if matches!(name, "chart.yaml" | "kustomization.yaml" | "pulumi.yaml") => Some("iac"),
        "yaml" | "yml" | "json"
            if below(&["policies", "policy", "guardrails"])
                && has(&["allowlist", "permission", "permissions", "tools", "actions"]) =>
        {
            Some("policies")
        }
        "json" if below(&["dashboards", "grafana"]) => Some("dashboards"),
        _ => None,
    }
}

/// JSON files are many and mostly data: only those whose path speaks of operation are opened.
fn may_configure(path: &str) -> bool {
    const WORDS: [&str; 36] = [
        "grafana",
        "dashboard",
        "monitor",
        "alert",
        "observab",
        "alarm",
        "polic",
        "iam",
        "permission",
        "allow",
        "tool",
        "agent",
        "template",
        "cloudformation",
        "cfn",
        "infra",
        "deploy",
        "arm",
        "k8s",
        "kube",
        "manifest",
        "flag",
        "feature",
        "rollout",
        "slo",
        "datadog",
        "sam",
        "stack",
        "helm",
        "ops",
        "config",
        "main",
        "cdk",
        "access",
        "terraform",
        ".tf.json",
    ];
    let name = path.rsplit('/').next().unwrap_or(path);
    if matches!(name, "package.json" | "package-lock.json" | "tsconfig.json" | "composer.lock") {
        return false;
    }
    let lower = path.to_ascii_lowercase();
    WORDS.iter().any(|word| lower.contains(word))
}

fn yaml_file(text: Text, facts: Option<&str>) -> Option<Read> {
    if facts.is_none() && !matters(&text.path, &text.text) {
        return None;
    }
    let fault = |facts: &str, diagnostic: Diagnostic| Some(Read::Malformed(facts.to_owned(), Box::new(diagnostic)));
    if text.text.trim().is_empty() {
        let diagnostic = Diagnostic::error(Code::Malformed, "this file is empty").path(text.path);
        return fault(facts?, diagnostic.help("write what the manifest says is in it, or take it out of the manifest"));
    }
    match yaml::documents(&text.path, &text.text) {
        Ok(docs) => Some(Read::Docs(docs)),
        Err(_) if yaml::is_template(&text.text) => Some(Read::Templated(text)),
        Err(wrong) if looks_like_rules(&text.text) && !paths::is_aside(&text.path) => {
            fault("alerts", wrong.help("mend the rule file; `promtool check rules FILE` says the same"))
        }
        Err(wrong) => match facts {
            Some(facts) => fault(facts, wrong.help("mend the file, or take it out of the manifest")),
            None => Some(Read::Templated(text)),
        },
    }
}

fn json_file(text: Text, facts: Option<&str>) -> Option<Read> {
    let is_dashboard = text.text.contains("\"panels\"") && text.text.contains("\"schemaVersion\"");
    if facts.is_none() && !is_dashboard && !json_matters(&text.path, &text.text) {
        return None;
    }
    match yaml::json(&text.path, &text.text) {
        Ok(doc) if !doc.value.is_object() && doc.value.as_array().is_none_or(Vec::is_empty) => facts.map(|facts| {
            let message = "this file holds a bare value where objects are expected";
            let diagnostic = Diagnostic::error(Code::Malformed, message).path(doc.path.to_string());
            Read::Malformed(facts.to_owned(), Box::new(diagnostic.help("export the file again, or delete it")))
        }),
        Ok(doc) => Some(Read::Docs(vec![doc])),
        Err(_) if yaml::is_template(&text.text) => None,
        Err(wrong) => facts
            .or((is_dashboard && !paths::is_aside(&text.path)).then_some("dashboards"))
            .map(|facts| Read::Malformed(facts.to_owned(), Box::new(wrong.help("export the file again")))),
    }
}

/// Whether a text looks like rules of Prometheus, whatever its name.
fn looks_like_rules(text: &str) -> bool {
    let begins = |word: &str| text.lines().any(|line| line.trim_start().trim_start_matches("- ").starts_with(word));
    text.contains("alert:") && text.contains("expr:") && begins("alert:") && begins("expr:") && begins("groups:")
}

/// Whether the content of a YAML file matters here.
fn matters(path: &str, text: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    if path.starts_with(".github/workflows/") || name.starts_with("docker-compose") || name.starts_with("compose.") {
        return false;
    }
    // Definitions of objects are large, and define nothing that runs.
    if text.contains("\nkind: CustomResourceDefinition") || text.contains("\nkind: ClusterServiceVersion") {
        return false;
    }
    // One of each line below; most files have none, which one pass tells.
    static MAY_MATTER: Literals = Literals::new(&[&[
        "apiVersion",
        "alert:",
        "record:",
        "groups:",
        "alert_rule_test",
        "rule_files:",
        "AWS::",
        "hosts:",
        "max_budget",
        "openslo",
        "prometheus/v1",
        "sops:",
        "provider:",
        "spend_limit",
    ]]);
    let may_matter = MAY_MATTER.any_in(text);
    let has = |words: &[&str]| may_matter && words.iter().all(|word| text.contains(word));
    has(&["apiVersion", "kind"])
        || has(&["alert:", "expr"])
        || has(&["record:", "expr"])
        || has(&["groups:", "rules:"])
        || has(&["alert_rule_test"])
        || has(&["rule_files:", "tests:"])
        || has(&["AWS::"])
        || has(&["hosts:", "tasks:"])
        || has(&["hosts:", "roles:"])
        || has(&["max_budget"])
        || has(&["openslo"])
        || has(&["prometheus/v1"])
        || has(&["sops:", "mac:"])
        || has(&["provider:", "functions:"])
        || has(&["spend_limit"])
        || matches!(
            name,
            "Chart.yaml"
                | "kustomization.yaml"
                | "kustomization.yml"
                | "Pulumi.yaml"
                | "Pulumi.yml"
                | "flags.yaml"
                | ".sops.yaml"
        )
        || name.starts_with("Pulumi.")
        || name.starts_with("values")
        || speaks_of_access(path, text)
        || (is_flag_file(path) && (text.contains("percent") || text.contains("rollout") || text.contains("weight")))
}

/// Whether the content of a JSON file matters here.
fn json_matters(path: &str, text: &str) -> bool {
    let has = |words: &[&str]| words.iter().all(|word| text.contains(word));
    path.ends_with(".tf.json")
        || path.ends_with("cdk.json")
        || has(&["\"panels\""])
        || has(&["\"widgets\""])
        || has(&["AWS::"])
        || has(&["eploymentTemplate"])
        || has(&["\"Statement\"", "\"Effect\""])
        || has(&["\"groups\"", "\"rules\""])
        || has(&["\"query\"", "\"message\"", "\"type\""])
        || has(&["\"policyRule\""])
        || has(&["\"apiVersion\"", "\"kind\""])
        || has(&["\"max_budget\""])
        || speaks_of_access(path, text)
        || (is_flag_file(path)
            && (text.contains("fractional")
                || text.contains("rollout")
                || text.contains("percent")
                || text.contains("weight")))
}

/// Whether a file of this name, with these words, may be an allow-list for tools or agents.
fn speaks_of_access(path: &str, text: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    ["polic", "permission", "allow", "tool", "agent", "access", "guard"].iter().any(|word| lower.contains(word))
        && ["allow", "tools"].iter().any(|word| text.contains(word))
}

/// Whether a file holds feature flags by its name.
pub(super) fn is_flag_file(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    ["flag", "feature", "unleash", "launchdarkly", "flipt", "toggle"].iter().any(|word| lower.contains(word))
}
