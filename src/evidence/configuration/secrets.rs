//! Documents, resources and programs enter; whether a secret manager is referenced leaves, with the place.

use std::sync::Arc;

use super::code::Code;
use super::paths;
use super::regions::each_text;
use super::survey::Survey;
use super::wording::has_word;
use crate::fact::{Origin, Record};

/// Kinds of Kubernetes objects that bring secrets in from a manager, or hold them sealed.
const OBJECTS: [&str; 14] = [
    "ExternalSecret",
    "ClusterExternalSecret",
    "SecretStore",
    "ClusterSecretStore",
    "SecretProviderClass",
    "SealedSecret",
    "VaultStaticSecret",
    "VaultDynamicSecret",
    "VaultAuth",
    "OnePasswordItem",
    "DopplerSecret",
    "InfisicalSecret",
    "SopsSecret",
    "BitwardenSecret",
];

/// Beginnings of the types of resources that are, or read from, a manager.
const RESOURCES: [&str; 14] = [
    "aws_secretsmanager_",
    "google_secret_manager_",
    "azurerm_key_vault",
    "vault_",
    "doppler_",
    "onepassword_",
    "infisical_",
    "sops_",
    "akeyless_",
    "AWS::SecretsManager::",
    "Microsoft.KeyVault/",
    "oci_vault_",
    "hcp_vault_",
    "conjur_",
];

/// References inside texts.
const REFERENCES: [&str; 10] = [
    "avm/res/key-vault/",
    "{{resolve:secretsmanager:",
    "{{resolve:ssm-secure:",
    "vault.hashicorp.com/agent-inject",
    "@Microsoft.KeyVault(",
    "secretsmanager:",
    "getSecret(",
    "op://",
    "ref+vault://",
    "vault:secret/",
];

/// Steps of CI that fetch secrets.
const STEPS: [&str; 17] = [
    "--set-secrets",
    "--update-secrets",
    "availablesecrets:",
    "secret_manager_secrets",
    "ansible-vault",
    "hashicorp/vault-action",
    "1password/load-secrets-action",
    "dopplerhq/",
    "aws-secretsmanager-get-secrets",
    "get-keyvault-secrets",
    "get-secretmanager-secrets",
    "infisical/secrets-action",
    "doppler run",
    "op run",
    "sops -d",
    "sops --decrypt",
    "azurekeyvault@",
];

/// The fact `secrets.manager_found`.
pub(super) fn facts(survey: &Survey<'_>, code: &Code) -> Record {
    let found = found(survey, code);
    let record = Record::new([("manager_found", found.is_some().into())]);
    match found {
        Some(origin) => record.from(&origin),
        None => record,
    }
}

fn found(survey: &Survey<'_>, code: &Code) -> Option<Arc<Origin>> {
    for doc in survey.docs.iter().filter(|doc| !paths::is_aside(&doc.path)) {
        let is_object = doc.text("kind").is_some_and(|kind| OBJECTS.contains(&kind));
        let is_sops = doc.value.pointer("/sops/mac").is_some()
            || (doc.path.ends_with(".sops.yaml") && doc.value.get("creation_rules").is_some());
        let mut refers = false;
        each_text(&doc.value, &mut |text| refers |= REFERENCES.iter().any(|word| text.contains(word)), 0);
        if is_object || is_sops || refers {
            return Some(Origin::detected(&*doc.path, doc.line("")));
        }
    }
    for resource in survey.declared.resources.iter().filter(|resource| !resource.aside) {
        let kind = resource.kind.strip_prefix("data.").unwrap_or(&resource.kind);
        // A parameter store is a manager only for what it keeps encrypted.
        let sealed = kind == "aws_ssm_parameter" && resource.body.get("type").is_some_and(|t| t == "SecureString");
        let managed =
            RESOURCES.iter().any(|start| kind.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start)));
        if sealed || managed {
            return Some(Origin::detected(&*resource.path, resource.line));
        }
    }
    for (path, block) in &survey.declared.blocks {
        let mut refers = false;
        each_text(&block.body, &mut |text| refers |= REFERENCES.iter().any(|word| text.contains(word)), 0);
        if refers && !paths::is_aside(path) {
            return Some(Origin::detected(&**path, Some(block.line)));
        }
    }
    let templated = survey.templated.iter().filter(|text| !paths::is_aside(&text.path));
    for text in templated {
        let line = text
            .text
            .lines()
            .position(|line| line.strip_prefix("kind:").is_some_and(|kind| OBJECTS.contains(&kind.trim())));
        if let Some(line) = line {
            return Some(Origin::detected(&text.path, Some(line + 1)));
        }
    }
    if let Some(path) = code.secret_clients.first() {
        return Some(Origin::detected(path, None));
    }
    let tree = survey.view.tree;
    // Rails keeps secrets encrypted in the repository and the key elsewhere.
    if let Some(file) = tree.files().iter().find(|f| f.path.ends_with("config/credentials.yml.enc")) {
        return Some(Origin::detected(&*file.path, None));
    }
    let workflows =
        tree.under(".github").iter().chain(tree.get(".gitlab-ci.yml")).chain(tree.get("azure-pipelines.yml"));
    for file in workflows.filter(|file| matches!(paths::extension(&file.path), "yml" | "yaml")) {
        let Some(text) = tree.text(file) else { continue };
        let is_step = |line: &str| {
            let line = line.to_ascii_lowercase();
            !line.trim_start().starts_with('#')
                && STEPS
                    .iter()
                    .any(|step| if step.ends_with(['/', '@']) { line.contains(step) } else { has_word(&line, step) })
        };
        let line = text.lines().position(is_step);
        if let Some(line) = line {
            return Some(Origin::detected(&file.path, Some(line + 1)));
        }
    }
    None
}
