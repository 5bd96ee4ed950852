//! Infrastructure code of any kind enters; one part a file leaves, with its tool, providers and regions.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::code::Code;
use super::super::resources::Resource;
use super::super::survey::Survey;
use super::super::yaml::{Doc, at, list};
use super::super::{paths, regions, wording};

/// Providers of Terraform that only calculate.
const CALCULATING: [&str; 11] =
    ["random", "null", "local", "time", "tls", "archive", "external", "template", "http", "cloudinit", "terraform"];

/// One file of infrastructure code.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// The tool: Terraform, CloudFormation, Kubernetes …
    pub(super) tool: &'static str,
    /// The line of the first thing in it.
    pub(super) line: Option<usize>,
    /// How many resources it declares.
    pub(super) resources: usize,
    /// Providers, by their plain names.
    pub(super) providers: BTreeSet<String>,
    /// Regions that it names.
    pub(super) regions: BTreeSet<String>,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// The parts, by their files.
    pub(super) by_path: BTreeMap<String, Part>,
    /// Providers that the manifest declares, and regions, which need not have the form of a cloud's region.
    providers: Vec<String>,
    regions: Vec<String>,
    /// Those of them that were found.
    pub(super) found: BTreeSet<String>,
}

impl Parts {
    /// Reads all of it, and looks for the providers and regions that the manifest declares.
    pub(super) fn of<'n>(
        survey: &Survey<'_>,
        code: &Code,
        providers: impl Iterator<Item = &'n String>,
        regions: impl Iterator<Item = &'n String>,
    ) -> Self {
        let mut parts = Self {
            providers: providers.cloned().collect(),
            regions: regions.map(|name| name.to_lowercase()).collect(),
            ..Self::default()
        };
        terraform_and_templates(survey, &mut parts);
        documents(survey, &mut parts);
        programs(survey, code, &mut parts);
        parts
    }

    /// The part of a file; the first tool that claims it wins.
    fn part(&mut self, path: &str, tool: &'static str, line: Option<usize>) -> &mut Part {
        self.by_path.entry(path.to_owned()).or_insert_with(|| Part { tool, line, ..Part::default() })
    }

    /// Whether a file builds something: one with variables or outputs only does not.
    pub(super) fn builds(path: &str, part: &Part) -> bool {
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
        if paths::is_aside(path) {
            return;
        }
        let lower = text.to_lowercase();
        let is_token = |name: &str| {
            lower.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_'))).any(|token| token == name)
        };
        self.found.extend(self.providers.iter().filter(|name| wording::has_word(&lower, name)).cloned());
        self.found.extend(self.regions.iter().filter(|name| is_token(name)).cloned());
    }
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
