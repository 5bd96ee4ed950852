//! Dashboards, service level objectives and rollouts.

use super::*;

pub(super) const ROLLOUT: &str = r"apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: { name: triage }
spec:
  replicas: 6
  strategy:
    canary:
      trafficRouting: { nginx: { stableIngress: triage } }
      analysis: { startingStep: 1, templates: [ { templateName: abort } ] }
      steps:
        - setWeight: 10
        - pause: { duration: 336h }
        - setWeight: 50
        - pause: {}
";

const STAGES: &str = "
rollout:
  stages:
    - { percent: 10, min_hours: 24, enter_if: x above 1, abort_if: y above 2 }
    - { percent: 50, min_hours: 24, enter_if: x above 1, abort_if: y above 2 }
    - { percent: 100, min_hours: 24, enter_if: x above 1, abort_if: y above 2 }";

fn rollout(text: &str, manifest: &str) -> (bool, bool, bool) {
    let found = look(&[("deploy/rollout.yaml", text)], manifest);
    (
        holds(&found, "rollouts.0.weights_match"),
        holds(&found, "rollouts.0.analysis"),
        holds(&found, "rollouts.0.routed"),
    )
}

#[test]
fn argo_rollouts_are_compared_with_the_stages() {
    assert_eq!(rollout(ROLLOUT, STAGES), (true, true, true));
    assert_eq!(rollout(&ROLLOUT.replace("setWeight: 50", "setWeight: 20"), STAGES), (false, true, true));
    let to_the_end = ROLLOUT.replace("        - pause: {}\n", "        - setWeight: 100\n");
    assert_eq!(rollout(&to_the_end, STAGES), (true, true, true));
    // Weights without a router are kept by counting replicas: six cannot keep 10 %.
    let unrouted = ROLLOUT.replace("      trafficRouting: { nginx: { stableIngress: triage } }\n", "");
    assert_eq!(rollout(&unrouted, STAGES), (true, true, false));
    assert_eq!(rollout(&unrouted.replace("replicas: 6", "replicas: 10"), STAGES), (true, true, true));
    let blind = ROLLOUT.replace("      analysis: { startingStep: 1, templates: [ { templateName: abort } ] }\n", "");
    assert_eq!(rollout(&blind, STAGES), (true, false, true));
    let found = look(&[("deploy/rollout.yaml", ROLLOUT)], STAGES);
    assert_eq!(
        items(&found, "gradual-rollout"),
        [("deploy/rollout.yaml", Proof::Verified, "Argo rollout at 10, 50 %, with an analysis; the declared stages")]
    );
    let blue_green = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: { name: x }\nspec: { strategy: { blueGreen: { activeService: a } } }\n";
    assert!(items(&look(&[("deploy/r.yaml", blue_green)], ""), "gradual-rollout").is_empty());
}

#[test]
fn other_ways_to_move_traffic() {
    let flagger = "apiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata: { name: x }\nspec:\n  provider: istio\n  analysis:\n    stepWeights: [10, 50]\n    metrics: [ { name: request-success-rate } ]\n";
    assert_eq!(rollout(flagger, STAGES), (true, true, true));
    let stepping = flagger.replace("stepWeights: [10, 50]", "stepWeight: 10\n    maxWeight: 50");
    assert_eq!(rollout(&stepping, STAGES), (false, true, true));
    assert_eq!(rollout(&flagger.replace("provider: istio", "provider: kubernetes"), STAGES), (true, true, false));
    let knative = "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: { name: x }\nspec:\n  traffic:\n    - { revisionName: a, percent: 90 }\n    - { latestRevision: true, percent: 10 }\n";
    assert_eq!(rollout(knative, STAGES), (true, false, true));
    let all = knative.replace("    - { revisionName: a, percent: 90 }\n", "").replace("percent: 10", "percent: 100");
    assert!(node(&look(&[("deploy/x.yaml", &all)], ""), "rollouts.0").is_none());
    let helm = "{{- if .Values.canary }}\napiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata:\n  name: {{ .Release.Name }}\nspec:\n  strategy:\n    canary:\n      trafficRouting:\n        nginx: {}\n      steps:\n        - setWeight: 10\n        - setWeight: 50\n{{- end }}\n";
    assert_eq!(rollout(helm, STAGES), (true, false, true));
    let flagd = r#"{"$schema": "https://flagd.dev/schema/v0/flags.json", "flags": {"new-model": {"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off", "targeting": {"fractional": [["on", 10], ["off", 90]]}}}}"#;
    let found = look(&[("flags/flagd.json", flagd)], STAGES);
    assert!(holds(&found, "rollouts.0.weights_match") && !holds(&found, "rollouts.0.analysis"));
    assert_eq!(items(&found, "gradual-rollout")[0].2, "feature flag at 10 %");
    let broken = look(
        &[("deploy/rollout.yaml", "apiVersion: argoproj.io/v1alpha1\nkind: [\n")],
        "rollout: { object: deploy/rollout.yaml }",
    );
    assert_eq!(broken.malformed[0].0, "rollouts");
}

pub(super) const BOARD: &str = r#"{"title": "Intake", "schemaVersion": 41, "panels": [{"type": "row", "panels": []}, {"type": "timeseries", "targets": [{"expr": "up"}]}]}"#;

#[test]
fn dashboards_are_known_by_their_content() {
    let map = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: x }}\ndata:\n  a.json: |\n    {BOARD}\n");
    let list = format!(
        "apiVersion: v1\nkind: ConfigMapList\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {{ name: x }}\n  data:\n    a.json: |\n      {BOARD}\n"
    );
    for (path, text) in [("monitoring/board.json", BOARD), ("k8s/board.yaml", &map), ("k8s/boards.yaml", &list)] {
        let found = look(&[(path, text)], "");
        assert_eq!(
            items(&found, "monitoring-dashboards"),
            [(path, Proof::Verified, "Grafana dashboard `Intake` with 1 panel")]
        );
        assert_eq!(super::text(&found, "dashboards.0.path"), path);
    }
    let idle = look(&[("monitoring/board.json", &BOARD.replace("\"up\"", "\"\""))], "");
    assert_eq!(items(&idle, "monitoring-dashboards")[0].1, Proof::Documented);
    let datadog = r#"{"title": "x", "layout_type": "ordered", "widgets": [{"definition": {"type": "timeseries"}}]}"#;
    assert_eq!(
        items(&look(&[("datadog/x.json", datadog)], ""), "monitoring-dashboards")[0].2,
        "Datadog dashboard with 1 widget"
    );
    let terraform = "resource \"grafana_dashboard\" \"x\" {\n  config_json = file(\"x.json\")\n}\n";
    assert_eq!(items(&look(&[("infra/x.tf", terraform)], ""), "monitoring-dashboards")[0].2, "Grafana dashboard `x`");
    for (path, text) in [
        ("dashboards/data.json", r#"{"panels": "none"}"#),
        ("dashboards/comic.json", r#"{"panels": [1, 2], "title": "x"}"#),
        ("src/app.json", BOARD),
    ] {
        let found = look(&[(path, text)], "");
        assert!(path == "src/app.json" || items(&found, "monitoring-dashboards").is_empty(), "{path}");
    }
    let broken = look(&[("grafana/x.json", r#"{"panels": [], "schemaVersion": 1"#)], "");
    assert_eq!(broken.malformed[0].0, "dashboards");
}

pub(super) const REGO: &str = "package intake.tools\n\n# unlisted_tool is never allowed\ndefault allow := false\n\nallow_list := {\"intake\": {\"read_document\": {\"read\"}, \"post_invoice\": {\"write\"}}}\n\nallow if input.action in allow_list[input.agent][input.tool]\n";
const REGO_TEST: &str = "package intake.tools_test\n\ntest_known if { tools.allow with input as {} }\n\ntest_unknown_tool_is_denied if {\n\tnot tools.allow with input as {\"tool\": \"x\"}\n}\n";
pub(super) const TOOLS: &str = "@tool(\"read_document\")\ndef a(): ...\n\n@tool\ndef unlisted_tool(): ...\n";

#[test]
fn allow_lists_their_tests_and_tools_outside() {
    let found =
        look(&[("policy/tools.rego", REGO), ("policy/tools_test.rego", REGO_TEST), ("src/tools.py", TOOLS)], "");
    assert_eq!(list(&found, "policies.permission_files"), ["policy/tools.rego"]);
    assert!(holds(&found, "policies.denial_tested"));
    assert_eq!(list(&found, "policies.tools_outside"), ["unlisted_tool"], "a comment allows nothing");
    let untested = look(
        &[("policy/tools.rego", REGO), ("policy/tools_test.rego", "package x\ntest_known if { tools.allow }\n")],
        "",
    );
    assert!(!holds(&untested, "policies.denial_tested"));
    let unit = look(
        &[
            ("policy/tools.rego", REGO),
            ("tests/test_gate.py", "def test_unknown_tool_is_denied():\n    assert gate('x') is False\n"),
        ],
        "",
    );
    assert!(holds(&unit, "policies.denial_tested"));
    let none = look(&[("src/tools.py", TOOLS), ("tests/test_gate.py", "def test_unknown_tool_is_denied(): ...\n")], "");
    assert_eq!(list(&none, "policies.tools_outside"), [] as [&str; 0]);
    assert!(!holds(&none, "policies.denial_tested"));
}

#[test]
fn allow_lists_in_cedar_yaml_and_iam() {
    let cedar =
        "permit(principal == Agent::\"intake\", action == Action::\"call\", resource == Tool::\"read_document\");\n";
    let yaml = "default: deny\nagents:\n  intake:\n    allow: [read_document, post-invoice]\n";
    let iam =
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}]}"#;
    for (path, text) in
        [("policy/tools.cedar", cedar), ("config/tool-permissions.yaml", yaml), ("iam/agent-policy.json", iam)]
    {
        assert_eq!(list(&look(&[(path, text)], ""), "policies.permission_files"), [path]);
    }
    let tools = look(&[("config/tool-permissions.yaml", yaml), ("src/t.py", "@tool\ndef post_invoice(): ...\n")], "");
    assert_eq!(list(&tools, "policies.tools_outside"), [] as [&str; 0]);
    for (path, text) in [
        ("agents/agent.yaml", "name: x\ntools: [search]\n"),
        (
            "policy/plan.rego",
            "package terraform\ndeny contains msg if { input.resource_changes[_]; msg := \"role\" }\n",
        ),
        (
            "k8s/policy.yaml",
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: allow }\nspec: {}\n",
        ),
    ] {
        assert_eq!(list(&look(&[(path, text)], ""), "policies.permission_files"), [] as [&str; 0], "{path}");
    }
}

#[test]
fn policies_that_deny_regions_and_their_tests() {
    let rego = "package regions\nallowed_regions := {\"eu-central-1\"}\ndeny contains msg if {\n  not input.region in allowed_regions\n  msg := \"no\"\n}\n";
    let test = "package regions_test\ntest_other_region_is_denied if {\n  count(regions.deny) == 1\n}\n";
    let found = look(&[("policy/regions.rego", rego), ("policy/regions_test.rego", test)], "");
    assert!(holds(&found, "policies.region_deny") && holds(&found, "policies.region_deny_tested"));
    assert_eq!(list(&found, "policies.permission_files"), [] as [&str; 0]);
    let scp = r#"{"Statement": [{"Effect": "Deny", "Action": "*", "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-central-1"]}}}]}"#;
    let found = look(&[("policies/scp.json", scp)], "");
    assert!(holds(&found, "policies.region_deny") && !holds(&found, "policies.region_deny_tested"));
    let variable = "variable \"region\" {\n  default = \"eu-central-1\"\n  validation {\n    condition = contains([\"eu-central-1\"], var.region)\n    error_message = \"no\"\n  }\n}\n";
    let tftest =
        "run \"other_region_fails\" {\n  variables { region = \"us-east-1\" }\n  expect_failures = [var.region]\n}\n";
    let found = look(&[("infra/v.tf", variable), ("infra/v.tftest.hcl", tftest)], "");
    assert!(holds(&found, "policies.region_deny") && holds(&found, "policies.region_deny_tested"));
    assert_eq!(list(&found, "iac.regions"), ["eu-central-1"]);
}
