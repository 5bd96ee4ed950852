//! Blocks of Terraform and Bicep, CloudFormation and ARM templates enter; resources of one shape leave.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::braces::{self, Block};
use super::paths;
use super::yaml::{Doc, at, integer, list};

/// A declared resource.
#[derive(Debug)]
pub(super) struct Resource {
    /// Its type as it is written: `aws_s3_bucket`, `AWS::S3::Bucket`, `Microsoft.Storage/storageAccounts`.
    pub(super) kind: String,
    /// Its name in the code.
    pub(super) name: String,
    /// The file.
    pub(super) path: Arc<str>,
    /// The line, when it is known.
    pub(super) line: Option<usize>,
    /// Its properties.
    pub(super) body: Value,
    /// It belongs to tests or examples.
    pub(super) aside: bool,
}

impl Resource {
    /// A property, by a dotted path. Blocks of Terraform are lists: the first one is taken.
    pub(super) fn get(&self, path: &str) -> Option<&Value> {
        within(&self.body, path)
    }

    /// Whether its name, or a property that names things, holds a word.
    pub(super) fn mentions(&self, words: &[&str]) -> bool {
        const NAMING: [&str; 16] = [
            "name",
            "bucket",
            "tags",
            "Tags",
            "BucketName",
            "LogGroupName",
            "labels",
            "log_group_name",
            "bucket_id",
            "TableName",
            "topic",
            "table_id",
            "dataset_id",
            "container_name",
            "storage_account_name",
            "displayName",
        ];
        let holds = |text: &str| {
            let text = text.to_lowercase();
            words.iter().any(|word| text.contains(word))
        };
        let mut found = holds(&self.name);
        for key in NAMING {
            if let Some(value) = self.body.get(key) {
                super::regions::each_text(value, &mut |text| found |= holds(text), 50);
                if let Value::Array(_) | Value::Object(_) = value {
                    super::regions::each_text(value, &mut |text| found |= holds(text), 0);
                }
            }
        }
        found
    }
}

/// A value by a dotted path; lists are entered at their first element.
pub(super) fn within<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.').try_fold(value, |value, key| {
        let value = match value {
            Value::Array(items) => items.first()?,
            other => other,
        };
        value.get(key)
    })
}

/// The code of one kind of tool, and what it declares besides resources.
#[derive(Debug, Default)]
pub(super) struct Declared {
    /// Resources.
    pub(super) resources: Vec<Resource>,
    /// Other blocks: providers, variables, modules.
    pub(super) blocks: Vec<(Arc<str>, Block)>,
    /// Values of Terraform variables and locals, by folder and name.
    variables: HashMap<(String, String), Value>,
}

impl Declared {
    /// Takes the blocks of a Terraform file in.
    pub(super) fn terraform(&mut self, path: &str, text: &str) {
        let path: Arc<str> = Arc::from(path);
        let folder = paths::folder(&path).to_owned();
        let is_values = path.ends_with(".tfvars");
        for block in braces::hcl(text) {
            match (block.kind.as_str(), block.labels.as_slice()) {
                ("resource" | "data", [kind, name]) => self.resources.push(Resource {
                    kind: if block.kind == "data" { format!("data.{kind}") } else { kind.clone() },
                    name: name.clone(),
                    path: Arc::clone(&path),
                    line: Some(block.line),
                    aside: paths::is_aside(&path),
                    body: block.body,
                }),
                ("assign", [name]) if is_values => {
                    if let Some(value) = block.body.get("default") {
                        self.variables.insert((folder.clone(), name.clone()), value.clone());
                    }
                    self.blocks.push((Arc::clone(&path), block));
                }
                _ => {
                    match (block.kind.as_str(), block.labels.as_slice()) {
                        ("variable", [name]) => {
                            if let Some(value) = block.body.get("default") {
                                self.variables.entry((folder.clone(), name.clone())).or_insert_with(|| value.clone());
                            }
                        }
                        ("locals", _) => {
                            for (name, value) in block.body.as_object().into_iter().flatten() {
                                self.variables.entry((folder.clone(), name.clone())).or_insert_with(|| value.clone());
                            }
                        }
                        _ => {}
                    }
                    self.blocks.push((Arc::clone(&path), block));
                }
            }
        }
    }

    /// Takes a Terraform file in JSON in.
    pub(super) fn terraform_json(&mut self, doc: &Doc) {
        for (kind, named) in doc.value.get("resource").and_then(Value::as_object).into_iter().flatten() {
            for (name, body) in named.as_object().into_iter().flatten() {
                self.add(doc, kind, name, body, None);
            }
        }
        for (name, body) in doc.value.get("provider").and_then(Value::as_object).into_iter().flatten() {
            let block = Block { kind: "provider".to_owned(), labels: vec![name.clone()], body: body.clone(), line: 1 };
            self.blocks.push((Arc::clone(&doc.path), block));
        }
    }

    /// Takes the declarations of a Bicep file in.
    pub(super) fn bicep(&mut self, path: &str, text: &str) {
        let path: Arc<str> = Arc::from(path);
        for block in braces::bicep(text) {
            if block.kind != "resource" {
                self.blocks.push((Arc::clone(&path), block));
                continue;
            }
            let kind =
                block.labels.get(1).map(|kind| kind.split('@').next().unwrap_or(kind).to_owned()).unwrap_or_default();
            self.resources.push(Resource {
                kind,
                name: block.labels.first().cloned().unwrap_or_default(),
                path: Arc::clone(&path),
                line: Some(block.line),
                aside: paths::is_aside(&path),
                body: block.body,
            });
        }
    }

    /// Takes the resources of a CloudFormation or SAM template in; false when it is none.
    pub(super) fn cloudformation(&mut self, doc: &Doc) -> bool {
        let Some(resources) = doc.value.get("Resources").and_then(Value::as_object) else { return false };
        let mut found = false;
        for (name, resource) in resources {
            let Some(kind) = resource.get("Type").and_then(Value::as_str).filter(|kind| kind.contains("::")) else {
                continue;
            };
            found = true;
            let line = doc.line(&super::yaml::child("/Resources", name));
            self.add(doc, kind, name, resource.get("Properties").unwrap_or(&Value::Null), line);
        }
        found
    }

    /// Takes the resources of an ARM template in; false when it is none.
    pub(super) fn arm(&mut self, doc: &Doc) -> bool {
        let is_template = doc.text("$schema").is_some_and(|schema| schema.contains("eploymentTemplate"));
        if is_template {
            self.arm_resources(doc, &doc.value, 0);
        }
        is_template
    }

    fn arm_resources(&mut self, doc: &Doc, value: &Value, depth: u8) {
        let resources: Vec<&Value> = match value.get("resources") {
            Some(Value::Object(named)) => named.values().collect(),
            other => list(other).iter().collect(),
        };
        for resource in resources.into_iter().take(2_000) {
            if let Some(kind) = resource.get("type").and_then(Value::as_str) {
                let name = resource.get("name").and_then(Value::as_str).unwrap_or_default();
                self.add(doc, kind, name, resource, None);
            }
            if depth < 5 {
                self.arm_resources(doc, resource, depth + 1);
                if let Some(inner) = at(resource, "properties.template") {
                    self.arm_resources(doc, inner, depth + 1);
                }
            }
        }
    }

    fn add(&mut self, doc: &Doc, kind: &str, name: &str, body: &Value, line: Option<usize>) {
        self.resources.push(Resource {
            kind: kind.to_owned(),
            name: name.to_owned(),
            path: Arc::clone(&doc.path),
            line,
            aside: paths::is_aside(&doc.path),
            body: body.clone(),
        });
    }

    /// A whole number, with variables of Terraform filled in.
    pub(super) fn number(&self, resource: &Resource, value: &Value) -> Option<i64> {
        if let Some(number) = integer(value) {
            return Some(number);
        }
        let text = value.as_str()?.strip_prefix("${")?.strip_suffix('}')?;
        let name = text.strip_prefix("var.").or_else(|| text.strip_prefix("local."))?;
        integer(self.variables.get(&(paths::folder(&resource.path).to_owned(), name.to_owned()))?)
    }
}
