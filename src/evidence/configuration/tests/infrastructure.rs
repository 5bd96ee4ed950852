//! Infrastructure code, regions, budgets and retention.

use super::*;

pub(super) const TERRAFORM: &str = r#"
terraform {
  required_providers {
    aws    = { source = "hashicorp/aws", version = "6.18.0" }
    random = { source = "hashicorp/random" }
  }
}
provider "aws" {
  region = var.region
}
variable "region" {
  default = "eu-west-1" # not us-east-1
}
variable "audit_days" { default = 400 }
resource "aws_s3_bucket" "records" {
  bucket = "corrib-audit"
}
resource "aws_s3_bucket_lifecycle_configuration" "records" {
  bucket = aws_s3_bucket.records.id
  rule {
    id     = "expire"
    status = "Enabled"
    expiration { days = var.audit_days }
  }
}
resource "aws_s3_bucket_lifecycle_configuration" "uploads" {
  bucket = "supplier-invoices"
  rule {
    expiration { days = 30 }
  }
}
resource "aws_budgets_budget" "month" {
  budget_type  = "COST"
  limit_amount = "6000"
}
resource "aws_secretsmanager_secret" "erp" {
  name = "erp"
}
"#;

const PLACED: &str = "
infrastructure:
  inference: { location: cloud, provider: Amazon, region: eu-west-1, reason: Because the data is there }
data:
  classes: [supplier-invoice]
  allowed_regions: [eu-west-1, eu-central-1]
  retention_days: 30";

#[test]
fn terraform_says_providers_regions_budgets_and_retention() {
    let found = look(&[("infra/main.tf", TERRAFORM)], PLACED);
    assert!(holds(&found, "iac.present"));
    assert_eq!(list(&found, "iac.providers"), ["aws"]);
    assert_eq!(list(&found, "iac.regions"), ["eu-west-1"]);
    assert_eq!(list(&found, "iac.regions_outside"), [] as [&str; 0]);
    assert_eq!(list(&found, "iac.providers_missing"), [] as [&str; 0]);
    assert_eq!(number(&found, "iac.budgets"), 1);
    assert_eq!(number(&found, "iac.retention_days"), 400, "the variable and the reference to the bucket are followed");
    assert!(holds(&found, "iac.retention_matches"), "30 days for what is named for a data class");
    assert!(holds(&found, "secrets.manager_found"));
    assert_eq!(
        items(&found, "infrastructure-as-code"),
        [("infra/main.tf", Proof::Verified, "Terraform, 5 resources of aws in eu-west-1, as the manifest says")]
    );
    let other = look(&[("infra/main.tf", TERRAFORM)], &PLACED.replace("retention_days: 30", "retention_days: 60"));
    assert!(!holds(&other, "iac.retention_matches"));
    let tuned = look(&[("infra/main.tf", TERRAFORM), ("infra/prod.tfvars", "audit_days = 200\n")], PLACED);
    assert_eq!(number(&tuned, "iac.retention_days"), 200);
}

#[test]
fn other_regions_and_providers_are_named() {
    let far = TERRAFORM.replace("eu-west-1", "us-east-2");
    let found = look(&[("infra/main.tf", &far)], &PLACED.replace("provider: Amazon", "provider: Google Cloud"));
    assert_eq!(list(&found, "iac.regions_outside"), ["us-east-2"]);
    assert_eq!(list(&found, "iac.providers_missing"), ["gcp"]);
    let item = &items(&found, "infrastructure-as-code")[0];
    assert_eq!(item.1, Proof::Documented);
    // What tests and examples do is no placement.
    let aside =
        look(&[("infra/main.tf", TERRAFORM), ("examples/us/main.tf", &far), ("vendor/x/main.tf", &far)], PLACED);
    assert_eq!(list(&aside, "iac.regions_outside"), [] as [&str; 0]);
    // A region that is no region of a cloud is found by its name.
    let own = PLACED.replace("region: eu-west-1", "region: galway-dc").replace("[eu-west-1,", "[galway-dc, eu-west-1,");
    let found = look(
        &[
            ("infra/main.tf", TERRAFORM),
            ("k8s/a.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: { name: x, labels: { site: galway-dc } }\n"),
        ],
        &own,
    );
    assert_eq!(list(&found, "iac.regions"), ["eu-west-1", "galway-dc"]);
}

pub(super) const CLOUDFORMATION: &str = r#"AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  AuditLogs:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: !Sub "/intake/${Stage}/audit"
      RetentionInDays: 400
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Environment: { Variables: { TOKEN: "{{resolve:secretsmanager:erp:SecretString:token}}" } }
      DeploymentPreference:
        Type: Canary10Percent5Minutes
        Alarms: [!Ref Errors]
  Errors:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: intake-errors-critical
      AlarmDescription: "Runbook: https://github.com/a/b/blob/main/docs/runbooks/errors.md"
      Namespace: AWS/Lambda
      MetricName: Errors
      EvaluationPeriods: 3
      Period: 60
  Budget:
    Type: AWS::Budgets::Budget
  Board:
    Type: AWS::CloudWatch::Dashboard
"#;

#[test]
fn cloudformation_is_read_with_its_short_functions() {
    let found = look(&[("template.yaml", CLOUDFORMATION), ("docs/runbooks/errors.md", "x")], "");
    assert_eq!(list(&found, "iac.providers"), ["aws"]);
    assert_eq!((number(&found, "iac.retention_days"), number(&found, "iac.budgets")), (400, 1));
    assert!(holds(&found, "secrets.manager_found"));
    assert_eq!(text(&found, "alerts.rules.0.name"), "intake-errors-critical");
    assert_eq!(text(&found, "alerts.rules.0.about"), "availability");
    assert!(
        holds(&found, "alerts.rules.0.severity")
            && holds(&found, "alerts.rules.0.window")
            && holds(&found, "alerts.rules.0.runbook")
    );
    assert_eq!(text(&found, "rollouts.0.path"), "template.yaml");
    assert!(holds(&found, "rollouts.0.analysis"));
    assert_eq!(items(&found, "monitoring-dashboards")[0].2, "CloudWatch dashboard `Board`");
    assert_eq!(items(&found, "infrastructure-as-code")[0].2, "CloudFormation, 5 resources of aws");
}

pub(super) const BICEP: &str = "param location string = 'westeurope'\nresource logs 'Microsoft.OperationalInsights/workspaces@2022-10-01' = {\n  name: 'audit-logs'\n  location: location\n  properties: { retentionInDays: 365 }\n}\nresource kv 'Microsoft.KeyVault/vaults@2023-07-01' existing = {\n  name: 'kv'\n}\nresource slow 'Microsoft.Insights/metricAlerts@2018-03-01' = {\n  name: 'slow'\n  properties: {\n    severity: 2\n    windowSize: 'PT5M'\n    description: 'docs/runbooks/slow.md'\n    criteria: { allOf: [ { metricName: 'ResponseTime', threshold: 2 } ] }\n  }\n}\nresource b 'Microsoft.Consumption/budgets@2023-05-01' = {\n  name: 'b'\n}\n";

#[test]
fn bicep_and_arm_are_azure() {
    let found = look(&[("infra/main.bicep", BICEP), ("docs/runbooks/slow.md", "x")], "");
    assert_eq!(list(&found, "iac.providers"), ["azure"]);
    assert_eq!(list(&found, "iac.regions"), ["westeurope"]);
    assert_eq!((number(&found, "iac.retention_days"), number(&found, "iac.budgets")), (365, 1));
    assert!(holds(&found, "secrets.manager_found"));
    assert!(
        holds(&found, "alerts.rules.0.severity")
            && holds(&found, "alerts.rules.0.window")
            && holds(&found, "alerts.rules.0.runbook")
    );
    let arm = r#"{"$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#", "resources": [{"type": "Microsoft.Storage/storageAccounts", "name": "x", "location": "North Europe"}]}"#;
    let found = look(&[("deploy/azuredeploy.json", arm)], "");
    assert_eq!(list(&found, "iac.regions"), ["northeurope"]);
    assert_eq!(items(&found, "infrastructure-as-code")[0].2, "ARM template, 1 resource of azure in northeurope");
}

#[test]
fn kubernetes_helm_kustomize_pulumi_cdk_and_ansible_are_known() {
    let pod = "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: a }\n---\napiVersion: v1\nkind: Service\nmetadata: { name: b }\n";
    let helm = "{{- if .Values.on }}\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Release.Name }}\n{{- end }}\n";
    let cdk = "import * as logs from 'aws-cdk-lib/aws-logs';\nnew logs.LogGroup(this, 'AuditLog', { retention: logs.RetentionDays.ONE_YEAR });\nconst env = { region: 'eu-north-1' };\nnew budgets.CfnBudget(this, 'B', {});\n";
    let files = [
        ("k8s/all.yaml", pod),
        ("chart/Chart.yaml", "apiVersion: v2\nname: intake\nversion: 1.0.0\n"),
        ("chart/values.yaml", "region: eu-west-3\n"),
        ("chart/templates/a.yaml", helm),
        ("cdk/cdk.json", "{\"app\": \"npx ts-node bin/app.ts\"}"),
        ("cdk/lib/stack.ts", cdk),
        ("ansible/site.yml", "- hosts: all\n  tasks:\n    - amazon.aws.s3_bucket: { name: x }\n"),
        ("pulumi/Pulumi.yaml", "name: x\nruntime: yaml\nresources:\n  b:\n    type: gcp:storage:Bucket\n"),
        ("docker-compose.yml", "services: { a: { image: x } }\n"),
        ("catalog-info.yaml", "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: { name: x }\n"),
    ];
    let found = look(&files, "");
    assert!(found.malformed.is_empty());
    assert_eq!(list(&found, "iac.providers"), ["aws", "gcp", "kubernetes"]);
    assert_eq!(list(&found, "iac.regions"), ["eu-north-1", "eu-west-3"]);
    assert_eq!((number(&found, "iac.retention_days"), number(&found, "iac.budgets")), (365, 1));
    let paths: Vec<&str> = items(&found, "infrastructure-as-code").iter().map(|(path, ..)| *path).collect();
    assert_eq!(
        paths,
        [
            "ansible/site.yml",
            "cdk/cdk.json",
            "cdk/lib/stack.ts",
            "chart/Chart.yaml",
            "chart/templates/a.yaml",
            "k8s/all.yaml",
            "pulumi/Pulumi.yaml"
        ]
    );
    let alone = look(&[("docker-compose.yml", "services: { a: { image: x } }\n")], "");
    assert!(!holds(&alone, "iac.present"));
}

#[test]
fn the_spend_limit_of_a_gateway_is_a_budget() {
    let litellm = "model_list:\n  - model_name: x\nlitellm_settings:\n  max_budget: 100\n  budget_duration: 30d\n";
    assert_eq!(number(&look(&[("gateway/config.yaml", litellm)], ""), "iac.budgets"), 1);
    assert_eq!(number(&look(&[("gateway/config.yaml", &litellm.replace("100", "0"))], ""), "iac.budgets"), 0);
}

#[test]
fn secret_managers_are_found_in_objects_programs_and_ci() {
    for (path, text) in [
        ("k8s/s.yaml", "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: { name: x }\n"),
        ("k8s/s.yaml", "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: { name: x }\n"),
        ("src/a.py", "client = boto3.client('secretsmanager')\n"),
        ("infra/a.tf", "data \"azurerm_key_vault\" \"x\" {\n  name = \"x\"\n}\n"),
        (".github/workflows/d.yml", "on: push\njobs:\n  a:\n    steps:\n      - uses: hashicorp/vault-action@v3\n"),
        ("secrets/prod.yaml", "token: ENC[x]\nsops:\n    mac: ENC[y]\n"),
    ] {
        assert!(holds(&look(&[(path, text)], ""), "secrets.manager_found"), "{path}");
    }
    let plain = look(&[("k8s/s.yaml", "apiVersion: v1\nkind: Secret\nmetadata: { name: x }\n")], "");
    assert!(!holds(&plain, "secrets.manager_found"));
}
