//! Infrastructure code of any kind enters; providers, regions, budgets and retention leave, compared with the manifest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::code::Code;
use super::regions::{self, is_allowed, plain};
use super::resources::Resource;
use super::retention;
use super::survey::Survey;
use super::yaml::{Doc, at, integer, list};
use super::{paths, wording};
use crate::evidence::{Item, Proof};
use crate::fact::{Origin, Record};
use crate::manifest::Manifest;

/// More files than these are not listed as items.
const MAX_ITEMS: usize = 200;

/// Providers of Terraform that only calculate.
const CALCULATING: [&str; 11] =
    ["random", "null", "local", "time", "tls", "archive", "external", "template", "http", "cloudinit", "terraform"];

/// One file of infrastructure code.
#[derive(Debug, Default)]
struct Part {
    /// The tool: Terraform, CloudFormation, Kubernetes …
    tool: &'static str,
    line: Option<usize>,
    resources: usize,
    providers: BTreeSet<String>,
    regions: BTreeSet<String>,
}

/// All of it.
#[derive(Debug, Default)]
struct Parts {
    by_path: BTreeMap<String, Part>,
    /// Providers that the manifest declares, and regions, which need not have the form of a cloud's region.
    providers: Vec<String>,
    regions: Vec<String>,
    /// Those of them that were found.
    found: BTreeSet<String>,
}

impl Parts {
    /// The part of a file; the first tool that claims it wins.
    fn part(&mut self, path: &str, tool: &'static str, line: Option<usize>) -> &mut Part {
        self.by_path.entry(path.to_owned()).or_insert_with(|| Part { tool, line, ..Part::default() })
    }

    /// Whether a file builds something: one with variables or outputs only does not.
    fn builds(path: &str, part: &Part) -> bool {
        let is_code = matches!(part.tool, "Terraform" | "Bicep") || path.ends_with(".tfvars");
        !is_code || part.resources > 0 || !part.providers.is_empty()
    }

    /// Looks for regions, and for names that the manifest declares, in everything that a value says.
    fn look(&mut self, path: &str, value: &Value) {
        let mut texts = Vec::new();
        regions::each_text(value, &mut |text| texts.push(text.to_owned()), 0);
        // What a dashboard in a ConfigMap shows is no place where something runs.
        texts.iter().filter(|text| !text.contains("\"panels\"")).for_each(|text| self.look_in(path, text));
    }

    fn look_in(&mut self, path: &str, text: &str) {
        if let Some(part) = self.by_path.get_mut(path) {
            regions::in_text(text, &mut part.regions);
        }
        let lower = text.to_lowercase();
        let is_token = |name: &str| {
            lower.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_'))).any(|token| token == name)
        };
        self.found.extend(self.providers.iter().filter(|name| wording::has_word(&lower, name)).cloned());
        self.found.extend(self.regions.iter().filter(|name| is_token(name)).cloned());
    }
}

/// The facts `iac.*`, and an item for each file.
pub(super) fn facts(survey: &Survey<'_>, code: &Code) -> (Record, Vec<Item>) {
    let manifest = survey.view.manifest;
    let declared_providers = declared_providers(manifest);
    let declared_regions = declared_regions(manifest);
    let allowed: Vec<String> = allowed_regions(manifest);
    let mut parts = Parts {
        providers: declared_providers.iter().cloned().collect(),
        regions: declared_regions.iter().chain(&allowed).map(|name| name.to_lowercase()).collect(),
        ..Parts::default()
    };
    terraform_and_templates(survey, &mut parts);
    documents(survey, &mut parts);
    programs(survey, code, &mut parts);

    let running: Vec<(&String, &Part)> = parts.by_path.iter().filter(|(path, _)| !paths::is_aside(path)).collect();
    let providers: BTreeSet<String> = running.iter().flat_map(|(_, part)| part.providers.iter().cloned()).collect();
    let found: BTreeSet<String> = running.iter().flat_map(|(_, part)| part.regions.iter().cloned()).collect();
    let mut found: BTreeSet<String> =
        found.into_iter().map(|region| as_declared(&region, declared_regions.iter().chain(&allowed))).collect();
    found.extend(
        declared_regions.iter().chain(&allowed).filter(|name| parts.found.contains(&name.to_lowercase())).cloned(),
    );
    let outside: Vec<String> =
        found.iter().filter(|region| !allowed.is_empty() && !is_allowed(region, &allowed)).cloned().collect();
    let missing: Vec<String> = declared_providers
        .iter()
        .filter(|name| !running.is_empty() && !providers.contains(*name) && !parts.found.contains(*name))
        .cloned()
        .collect();
    let kept = retention::all(&survey.declared, code, manifest);
    let audit = kept.iter().filter(|kept| kept.audit).min_by_key(|kept| kept.days);
    let agrees = !declared_providers.is_empty() && missing.is_empty() && outside.is_empty();
    let items = items(survey, &parts, &declared_providers, agrees);

    let mut iac = Record::new([
        ("present", running.iter().any(|(path, part)| Parts::builds(path, part)).into()),
        ("providers", providers.into_iter().collect::<Vec<_>>().into()),
        ("regions", found.into_iter().collect::<Vec<_>>().into()),
        ("regions_outside", outside.into()),
        ("providers_missing", missing.into()),
        ("budgets", budgets(survey, code).into()),
        ("retention_days", audit.map_or(0, |kept| kept.days).into()),
        ("retention_matches", retention_matches(&kept, manifest).into()),
    ]);
    // The facts come from all files; the one that a person has to look at stands for them.
    let offends = |part: &Part| !allowed.is_empty() && part.regions.iter().any(|region| !is_allowed(region, &allowed));
    let offending = running.iter().find(|(_, part)| offends(part));
    let kept_at = audit.filter(|_| offending.is_none()).map(|kept| Origin::detected(kept.path.clone(), kept.line));
    let first = offending.or(running.first()).map(|(path, part)| Origin::detected((*path).clone(), part.line));
    if let Some(origin) = kept_at.or(first) {
        iac = iac.from(&origin);
    }
    (iac, items)
}

fn placements(manifest: &Manifest) -> Vec<&crate::manifest::model::Placement> {
    let Some(infrastructure) = &manifest.infrastructure else { return Vec::new() };
    [&infrastructure.training, &infrastructure.inference, &infrastructure.data, &infrastructure.orchestration]
        .into_iter()
        .flatten()
        .map(|short| &short.0)
        .collect()
}

/// The providers that the manifest declares, by their plain names.
fn declared_providers(manifest: &Manifest) -> BTreeSet<String> {
    placements(manifest)
        .into_iter()
        .filter_map(|placement| placement.provider.as_deref())
        .map(regions::provider)
        .filter(|name| !name.is_empty())
        .collect()
}

fn declared_regions(manifest: &Manifest) -> BTreeSet<String> {
    placements(manifest)
        .into_iter()
        .filter_map(|placement| placement.region.clone())
        .filter(|name| !name.trim().is_empty())
        .collect()
}

/// Every region that some class of data may be in.
fn allowed_regions(manifest: &Manifest) -> Vec<String> {
    let regions = manifest.data.as_ref().and_then(|data| data.allowed_regions.as_ref());
    let names: BTreeSet<String> = regions.iter().flat_map(|regions| regions.0.values().flatten().cloned()).collect();
    names.into_iter().collect()
}

/// A region in the spelling of the manifest, where it names it.
fn as_declared<'a>(region: &str, mut declared: impl Iterator<Item = &'a String>) -> String {
    declared.find(|name| plain(name) == region).cloned().unwrap_or_else(|| region.to_owned())
}

/// The provider of a resource by its type.
fn provider_of(kind: &str) -> Option<String> {
    let kind = kind.strip_prefix("data.").unwrap_or(kind);
    if kind.starts_with("AWS::") {
        return Some("aws".to_owned());
    }
    if kind.starts_with("Microsoft.") {
        return Some("azure".to_owned());
    }
    let prefix = kind.split(['_', ':']).next().filter(|prefix| !prefix.is_empty() && *prefix != kind)?;
    (!CALCULATING.contains(&prefix)).then(|| regions::provider(prefix))
}

fn tool_of(resource: &Resource) -> &'static str {
    match paths::extension(&resource.path) {
        "tf" | "tofu" | "hcl" => "Terraform",
        "bicep" => "Bicep",
        _ if resource.path.ends_with(".tf.json") => "Terraform",
        _ if resource.kind.starts_with("Microsoft.") => "ARM template",
        _ => "CloudFormation",
    }
}

fn terraform_and_templates(survey: &Survey<'_>, parts: &mut Parts) {
    for resource in &survey.declared.resources {
        let part = parts.part(&resource.path, tool_of(resource), resource.line);
        part.resources += usize::from(!resource.kind.starts_with("data."));
        part.providers.extend(provider_of(&resource.kind));
        if resource.kind.starts_with("google_")
            && let Some(place) = resource.get("location").and_then(Value::as_str)
            && matches!(place, "EU" | "US" | "ASIA")
        {
            part.regions.insert(place.to_lowercase());
        }
        parts.look(&resource.path, &resource.body);
    }
    for (path, block) in &survey.declared.blocks {
        let tool = if path.ends_with(".bicep") { "Bicep" } else { "Terraform" };
        let label = block.labels.first().map(String::as_str).unwrap_or_default();
        let part = parts.part(path, tool, Some(block.line));
        match block.kind.as_str() {
            "provider" if !CALCULATING.contains(&label) => {
                part.providers.insert(regions::provider(label));
            }
            "terraform" => {
                let named = list(block.body.get("required_providers"))
                    .iter()
                    .filter_map(Value::as_object)
                    .flat_map(|map| map.keys());
                part.providers.extend(
                    named.filter(|name| !CALCULATING.contains(&name.as_str())).map(|name| regions::provider(name)),
                );
            }
            "module" => {
                part.resources += 1;
                let source = block.body.get("source").and_then(Value::as_str).unwrap_or_default();
                let last = source.rsplit('/').next().unwrap_or_default();
                part.providers.extend(
                    ["aws", "azurerm", "google", "kubernetes", "oci"].contains(&last).then(|| regions::provider(last)),
                );
            }
            _ => {}
        }
        parts.look(path, &block.body);
    }
}

/// What a YAML or JSON document of infrastructure is, and its provider.
fn tool_of_document(doc: &Doc) -> Option<(&'static str, Option<&'static str>)> {
    let name = doc.path.rsplit('/').next().unwrap_or(&doc.path);
    let kubernetes = Some("kubernetes");
    if name == "Chart.yaml" && doc.value.get("name").is_some() {
        return Some(("Helm chart", kubernetes));
    }
    if matches!(name, "kustomization.yaml" | "kustomization.yml") {
        return Some(("Kustomize", kubernetes));
    }
    if name == "cdk.json" && doc.value.get("app").is_some() {
        return Some(("CDK", Some("aws")));
    }
    if matches!(name, "Pulumi.yaml" | "Pulumi.yml") && doc.value.get("runtime").is_some() {
        return Some(("Pulumi", None));
    }
    if name.starts_with("serverless.") && doc.value.get("functions").is_some() {
        return Some(("Serverless Framework", None));
    }
    if doc.value.as_array().is_some_and(|plays| {
        plays
            .iter()
            .any(|play| play.get("hosts").is_some() && (play.get("tasks").is_some() || play.get("roles").is_some()))
    }) {
        return Some(("Ansible", None));
    }
    let (api, kind) = (doc.text("apiVersion")?, doc.text("kind")?);
    // Objects that only describe: catalogs, objectives, alerts, dashboards, pipelines.
    let describes = [
        "backstage.io",
        "openslo",
        "sloth",
        "monitoring.coreos.com",
        "grafana",
        "tekton.dev",
        "kind.x-k8s.io",
        "skaffold",
        "litmus",
        "pyrra.dev",
    ];
    let is_object =
        doc.value.get("metadata").is_some_and(Value::is_object) && !describes.iter().any(|word| api.contains(word));
    let runs = is_object && !matches!(kind, "Config" | "Template" | "AnalysisTemplate" | "CustomResourceDefinition");
    runs.then_some(("Kubernetes", kubernetes))
}

fn documents(survey: &Survey<'_>, parts: &mut Parts) {
    for doc in &survey.docs {
        let Some((tool, provider)) = tool_of_document(doc) else {
            // The values of a chart and the settings of a Pulumi stack say where things run.
            let name = doc.path.rsplit('/').next().unwrap_or(&doc.path);
            let folder = paths::folder(&doc.path);
            let belongs =
                |other: &str| paths::join(folder, other).is_some_and(|path| survey.view.tree.get(&path).is_some());
            if (name.starts_with("values") && belongs("Chart.yaml"))
                || (name.starts_with("Pulumi.") && belongs("Pulumi.yaml"))
            {
                let owner = paths::join(folder, if name.starts_with("values") { "Chart.yaml" } else { "Pulumi.yaml" })
                    .unwrap_or_default();
                parts.part(&owner, if name.starts_with("values") { "Helm chart" } else { "Pulumi" }, None);
                parts.look(&owner, &doc.value);
            }
            continue;
        };
        let part = parts.part(&doc.path, tool, doc.line(""));
        part.resources += usize::from(tool == "Kubernetes");
        part.providers.extend(provider.map(str::to_owned));
        if let Some(name) = at(&doc.value, "provider.name").and_then(Value::as_str) {
            part.providers.insert(regions::provider(name));
        }
        // Pulumi in YAML and Ansible name the provider in the type of each resource or task.
        let mut typed = BTreeSet::new();
        if tool == "Pulumi" {
            for resource in
                doc.value.get("resources").and_then(Value::as_object).into_iter().flat_map(|map| map.values())
            {
                let kind = resource.get("type").and_then(Value::as_str).unwrap_or_default();
                typed.extend(kind.split([':', '-']).next().filter(|p| !p.is_empty()).map(regions::provider));
            }
        } else if tool == "Ansible" {
            regions::each_text(
                &doc.value,
                &mut |text| {
                    for (start, plain) in [
                        ("amazon.aws.", "aws"),
                        ("community.aws.", "aws"),
                        ("azure.azcollection.", "azure"),
                        ("google.cloud.", "gcp"),
                        ("kubernetes.core.", "kubernetes"),
                    ] {
                        if text.starts_with(start) {
                            typed.insert(plain.to_owned());
                        }
                    }
                },
                0,
            );
        }
        parts.part(&doc.path, tool, None).providers.extend(typed);
        parts.look(&doc.path, &doc.value);
    }
    for text in &survey.templated {
        let is_object = text.text.lines().any(|line| line.starts_with("kind:")) && text.text.contains("apiVersion:");
        if !is_object {
            continue;
        }
        let part = parts.part(&text.path, "Kubernetes", Some(1));
        part.resources += 1;
        part.providers.insert("kubernetes".to_owned());
        for line in text.text.lines().filter(|line| !line.trim_start().starts_with('#')) {
            parts.look_in(&text.path, line);
        }
    }
}

fn programs(survey: &Survey<'_>, code: &Code, parts: &mut Parts) {
    for program in &code.programs {
        let text = &program.text;
        let is_pulumi = text.contains("pulumi");
        let tool = if is_pulumi { "Pulumi" } else { "CDK" };
        // A program belongs to the project file above it; without one it is a library that knows such tools.
        let file = if is_pulumi { "Pulumi.yaml" } else { "cdk.json" };
        let mut folder = paths::folder(&program.path);
        let mut owned = false;
        for _ in 0..12 {
            owned |= paths::join(folder, file).is_some_and(|path| survey.view.tree.get(&path).is_some());
            if owned || folder.is_empty() {
                break;
            }
            folder = paths::folder(folder);
        }
        if !owned {
            continue;
        }
        let part = parts.part(&program.path, tool, Some(1));
        for (words, plain) in [
            (&["aws_cdk", "aws-cdk", "awscdk", "Amazon.CDK", "@pulumi/aws", "pulumi_aws", "pulumi-aws"][..], "aws"),
            (&["@pulumi/azure", "pulumi_azure", "pulumi-azure"][..], "azure"),
            (&["@pulumi/gcp", "pulumi_gcp", "pulumi-gcp"][..], "gcp"),
            (&["@pulumi/kubernetes", "pulumi_kubernetes", "pulumi-kubernetes"][..], "kubernetes"),
        ] {
            if words.iter().any(|word| text.contains(word)) {
                part.providers.insert(plain.to_owned());
            }
        }
        for line in text
            .lines()
            .filter(|line| !line.trim_start().starts_with(['#', '*']) && !line.trim_start().starts_with("//"))
        {
            for quoted in line.split(['"', '\'', '`']).skip(1).step_by(2) {
                parts.look_in(&program.path, quoted);
            }
        }
    }
}

/// Budgets as resources, and spend limits of a model gateway.
fn budgets(survey: &Survey<'_>, code: &Code) -> usize {
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

/// Whether code keeps personal data as long as the manifest says. What is named for personal data has to; when nothing is,
/// one store that does is enough.
fn retention_matches(kept: &[retention::Kept], manifest: &Manifest) -> bool {
    let Some(days) =
        manifest.data.as_ref().and_then(|data| data.retention_days).and_then(|days| i64::try_from(days).ok())
    else {
        return false;
    };
    let mut personal = kept.iter().filter(|kept| kept.personal && !kept.audit).peekable();
    if personal.peek().is_some() {
        personal.all(|kept| kept.days == days)
    } else {
        kept.iter().any(|kept| kept.days == days)
    }
}

fn items(survey: &Survey<'_>, parts: &Parts, declared: &BTreeSet<String>, agrees: bool) -> Vec<Item> {
    const KIND: &str = "infrastructure-as-code";
    let has_running = parts.by_path.iter().any(|(path, part)| !paths::is_aside(path) && Parts::builds(path, part));
    parts
        .by_path
        .iter()
        .filter(|(path, _)| !paths::is_aside(path) || (!has_running && paths::is_example(path)))
        .filter(|(path, part)| Parts::builds(path, part))
        .take(MAX_ITEMS)
        .map(|(path, part)| {
            let proven = agrees && !part.providers.is_disjoint(declared) && !paths::is_aside(path);
            let providers: Vec<&str> = part.providers.iter().map(String::as_str).collect();
            let regions: Vec<&str> = part.regions.iter().map(String::as_str).collect();
            let mut because = part.tool.to_owned();
            match part.resources {
                0 => {}
                1 => because.push_str(", 1 resource"),
                count => because.push_str(&format!(", {count} resources")),
            }
            if !providers.is_empty() && providers != ["kubernetes"] {
                because.push_str(&format!(" of {}", providers.join(", ")));
            }
            if !regions.is_empty() {
                because.push_str(&format!(" in {}", regions.join(", ")));
            }
            if proven {
                because.push_str(", as the manifest says");
            }
            Item {
                kind: KIND,
                origin: Arc::new(Origin {
                    path: path.clone(),
                    line: part.line,
                    declared: survey.is_declared(KIND, path),
                }),
                level: if proven { Proof::Verified } else { Proof::Documented },
                rank: u32::try_from(part.resources).unwrap_or(u32::MAX).min(1_000),
                date: None,
                because,
            }
        })
        .collect()
}
