//! Alert rules of every system, and what they lack.

use super::*;

pub(super) const RULES: &str = r#"groups:
  - name: intake
    rules:
      - record: intake:latency:p95
        expr: histogram_quantile(0.95, sum by (le) (rate(intake_seconds_bucket[5m])))
      - alert: IntakeLatencyHigh
        expr: intake:latency:p95 > 2
        for: 15m
        labels: { severity: ticket }
        annotations:
          summary: "{{ $labels.job }} is slow: {{ humanize $value }}"
          runbook_url: docs/runbooks/IntakeLatencyHigh.md
      - alert: IntakeAccuracyLow
        expr: intake_accuracy < 0.97
        for: 30m
        labels: { severity: page }
        annotations:
          runbook_url: https://github.com/acme/intake/blob/main/docs/runbooks/IntakeAccuracyLow.md
"#;

const TESTS: &str = r"rule_files: [intake.rules.yml]
tests:
  - interval: 1m
    input_series: [ { series: intake_accuracy, values: '0.9x60' } ]
    alert_rule_test:
      - eval_time: 40m
        alertname: IntakeAccuracyLow
        exp_alerts: [ { exp_labels: { severity: page } } ]
";

const SLOS: &str = "
slos:
  - { name: latency, sli: latency, metric: intake_seconds_bucket, objective: 2 s, window: 28 days }
  - { name: quality, sli: accuracy, metric: intake_accuracy, objective: 97%, window: 28 days }";

const FILES: [(&str, &str); 5] = [
    ("monitoring/intake.rules.yml", RULES),
    ("monitoring/intake.rules.test.yml", TESTS),
    ("docs/runbooks/IntakeLatencyHigh.md", "Alert: IntakeLatencyHigh\n"),
    ("docs/runbooks/IntakeAccuracyLow.md", "---\nalert: IntakeAccuracyLow\n---\n"),
    (
        "monitoring/board.json",
        r#"{"title": "Intake", "schemaVersion": 41, "panels": [{"type": "timeseries", "targets": [{"expr": "intake_accuracy"}]}, {"type": "timeseries", "targets": [{"expr": "rate(intake_seconds_bucket[5m])"}]}]}"#,
    ),
];

#[test]
fn complete_rules_are_verified() {
    let found = look(&FILES, SLOS);
    assert!(found.malformed.is_empty());
    assert_eq!(node(&found, "alerts.rules").map(|rules| rules.items().len()), Some(2));
    for rule in ["alerts.rules.0", "alerts.rules.1"] {
        for field in ["severity", "window", "runbook"] {
            assert!(holds(&found, &format!("{rule}.{field}")), "{rule} {field}");
        }
    }
    assert_eq!((text(&found, "alerts.rules.0.about"), text(&found, "alerts.rules.1.about")), ("latency", "quality"));
    assert!(holds(&found, "alerts.tests_pass"));
    for path in ["alerts.slos_without_rule", "alerts.without_runbook", "alerts.runbooks_without_alert"] {
        assert_eq!(list(&found, path), [] as [&str; 0], "{path}");
    }
    assert!(holds(&found, "slos.in_rules") && holds(&found, "slos.in_dashboards"));
    assert_eq!(
        items(&found, "alert-rules"),
        [(
            "monitoring/intake.rules.yml",
            Proof::Verified,
            "2 alert rules with severity, window and runbook, and rule tests"
        )]
    );
    let Some(Node::Map(rule)) = node(&found, "alerts.rules.0") else { panic!("no rule") };
    assert_eq!(
        rule.origin.as_ref().map(|origin| (origin.path.as_str(), origin.line)),
        Some(("monitoring/intake.rules.yml", Some(6)))
    );
}

#[test]
fn what_is_missing_in_rules_is_named() {
    let bare = RULES
        .replace("        for: 15m\n        labels: { severity: ticket }\n", "")
        .replace("docs/runbooks/IntakeLatencyHigh.md", "docs/runbooks/Gone.md");
    let files: Vec<_> = FILES
        .iter()
        .map(|(path, text)| (*path, if *path == "monitoring/intake.rules.yml" { bare.as_str() } else { *text }))
        .filter(|(path, _)| !path.contains("IntakeLatencyHigh"))
        .collect();
    let found = look(
        &files,
        &format!("{SLOS}\n  - {{ name: cost, sli: cost, metric: intake_cost_usd, objective: \"2\", window: 28 days }}"),
    );
    assert!(
        !holds(&found, "alerts.rules.0.severity")
            && !holds(&found, "alerts.rules.0.window")
            && !holds(&found, "alerts.rules.0.runbook")
    );
    assert_eq!(list(&found, "alerts.without_runbook"), ["IntakeLatencyHigh"]);
    assert_eq!(list(&found, "alerts.slos_without_rule"), ["cost"]);
    assert!(!holds(&found, "slos.in_rules"));
    assert_eq!(
        items(&found, "alert-rules")[0].2,
        "2 alert rules, 1 without a severity, 1 without a window, 1 without a runbook that is found, and rule tests"
    );
    let stray = look(&[("docs/runbooks/x.md", "**Alert:** `OldAlert`\n"), FILES[0]], "");
    assert_eq!(list(&stray, "alerts.runbooks_without_alert"), ["docs/runbooks/x.md"]);
}

#[test]
fn rule_tests_must_ask_for_alerts_that_exist() {
    let with = |tests: &str| {
        let files: Vec<_> = FILES
            .iter()
            .map(|(path, text)| (*path, if *path == "monitoring/intake.rules.test.yml" { tests } else { *text }))
            .collect();
        holds(&look(&files, ""), "alerts.tests_pass")
    };
    assert!(with(TESTS));
    assert!(!with(&TESTS.replace("alertname: IntakeAccuracyLow", "alertname: Gone")));
    assert!(!with(&TESTS.replace("[intake.rules.yml]", "[gone.yml]")));
    assert!(with(&TESTS.replace("[intake.rules.yml]", "['*.rules.yml']")));
    assert!(
        !with(&TESTS.replace("        exp_alerts: [ { exp_labels: { severity: page } } ]\n", "")),
        "no test expects an alert"
    );
}

#[test]
fn broken_rules_are_malformed_and_templates_are_not() {
    for (text, words) in [
        (RULES.replace("labels: { severity: ticket }", "labels: { severity: ticket"), "not valid YAML"),
        (RULES.replace("        expr: intake_accuracy < 0.97\n", ""), "has no expression"),
        (RULES.replace("for: 15m", "for: 15 minutes"), "not a duration"),
        (RULES.replace("        for: 15m\n", "        for: 15m\n        for: 5m\n"), "stands twice"),
    ] {
        let found = look(&[("ops/alerts.yml", &text)], "");
        assert_eq!(found.malformed.len(), 1, "{words}");
        let (facts, wrong) = &found.malformed[0];
        assert_eq!((facts.as_str(), wrong.file()), ("alerts", Some("ops/alerts.yml")));
        assert!(wrong.message.contains(words), "{}", wrong.message);
        assert!(matches!(node(&found, "slos.in_rules"), Some(Node::Leaf(Leaf::Unknown(_)))));
    }
    let empty = look(&[("ops/rules.yml", "")], "alerts: { rules: ops/rules.yml }");
    assert!(empty.malformed[0].1.message.contains("empty"));

    let helm = "{{- if .Values.alerts }}\napiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: {{ include \"x.name\" . }}\nspec:\n  groups:\n    - name: x\n      rules:\n        - alert: IntakeDown\n          expr: |-\n            up{job=\"intake\"} == 0\n          for: {{ .Values.for }}\n          labels:\n            severity: page\n          annotations:\n            runbook_url: docs/runbooks/x.md\n{{- end }}\n";
    let found = look(&[("chart/templates/rules.yaml", helm), ("docs/runbooks/x.md", "x")], "");
    assert!(found.malformed.is_empty());
    assert_eq!(
        (text(&found, "alerts.rules.0.name"), text(&found, "alerts.rules.0.expr")),
        ("IntakeDown", "up{job=\"intake\"} == 0")
    );
    assert!(
        holds(&found, "alerts.rules.0.severity")
            && holds(&found, "alerts.rules.0.window")
            && holds(&found, "alerts.rules.0.runbook")
    );
    // A file that is nothing of this and does not parse is nobody's evidence.
    assert!(look(&[("k8s/x.yaml", "apiVersion: v1\nkind: [\n")], "").malformed.is_empty());
}

#[test]
fn rules_are_found_in_objects_maps_and_values() {
    let object = format!(
        "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {{ name: x }}\nspec:\n{}",
        indented(RULES, 2)
    );
    let map = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{ name: x }}\ndata:\n  rules.yml: |\n{}",
        indented(RULES, 4)
    );
    let values = format!("additionalPrometheusRulesMap:\n  intake:\n{}", indented(RULES, 4));
    for (path, text) in [("k8s/rules.yaml", object), ("k8s/map.yaml", map), ("chart/values.yaml", values)] {
        let found = look(&[(path, &text)], "");
        assert_eq!(node(&found, "alerts.rules").map(|rules| rules.items().len()), Some(2), "{path}");
        assert!(found.malformed.is_empty());
    }
}

fn indented(text: &str, by: usize) -> String {
    text.lines().map(|line| format!("{}{line}\n", " ".repeat(by))).collect()
}

#[test]
fn grafana_datadog_and_google_alerts_are_read() {
    let grafana = "apiVersion: 1\ngroups:\n  - orgId: 1\n    name: intake\n    folder: x\n    interval: 60s\n    rules:\n      - uid: a\n        title: Spend too high\n        condition: B\n        for: 5m\n        labels: { severity: critical }\n        annotations: { runbook_url: docs/runbooks/x.md }\n        data:\n          - refId: A\n            model: { expr: sum(llm_cost_usd_total) }\n";
    let found = look(&[("grafana/alerting/rules.yaml", grafana), ("docs/runbooks/x.md", "x")], "");
    assert_eq!(
        (text(&found, "alerts.rules.0.name"), text(&found, "alerts.rules.0.about")),
        ("Spend too high", "spend")
    );
    assert!(
        holds(&found, "alerts.rules.0.severity")
            && holds(&found, "alerts.rules.0.window")
            && holds(&found, "alerts.rules.0.runbook")
    );

    let terraform = "resource \"datadog_monitor\" \"drift\" {\n  name    = \"Input drift\"\n  type    = \"query alert\"\n  query   = \"avg(last_5m):avg:input.psi{*} > 0.2\"\n  message = \"See docs/runbooks/x.md @pagerduty\"\n  priority = 2\n}\nresource \"google_monitoring_alert_policy\" \"down\" {\n  display_name = \"Intake down\"\n  severity = \"CRITICAL\"\n  conditions {\n    display_name = \"up\"\n    condition_threshold {\n      filter   = \"metric.type=x/up\"\n      duration = \"300s\"\n    }\n  }\n  documentation { content = \"https://x.example/docs/runbooks/x.md\" }\n}\nresource \"aws_cloudwatch_metric_alarm\" \"p95\" {\n  alarm_name = \"intake-p95\"\n  metric_name = \"Latency\"\n}\n";
    let found = look(&[("infra/alerts.tf", terraform), ("docs/runbooks/x.md", "x")], "");
    assert_eq!((text(&found, "alerts.rules.0.name"), text(&found, "alerts.rules.0.about")), ("Input drift", "drift"));
    for index in [0, 1] {
        for field in ["severity", "window", "runbook"] {
            assert!(holds(&found, &format!("alerts.rules.{index}.{field}")), "{index} {field}");
        }
    }
    assert_eq!(text(&found, "alerts.rules.2.name"), "intake-p95");
    assert!(!holds(&found, "alerts.rules.2.severity") && !holds(&found, "alerts.rules.2.window"));
}

#[test]
fn drift_signals_need_rules_of_their_own() {
    let rules = "groups:\n- name: d\n  rules:\n  - { alert: InputDrift, expr: input_psi > 0.2 }\n  - { alert: ProviderModelChanged, expr: 'changes(model_info[1h]) > 0' }\n  - { alert: Spend, expr: output_tokens_total > 1 }\n  - { alert: PageUsage, expr: pages > 1 }\n";
    let manifest = "monitoring: { drift: { signals: [input, output, provider-version, age] } }";
    let found = look(&[("rules.yml", rules)], manifest);
    assert_eq!(list(&found, "drift_rules.missing"), ["output", "age"]);
}

#[test]
fn objectives_in_openslo_count_as_rules_and_examples_as_documents() {
    let openslo = "apiVersion: openslo/v1\nkind: SLO\nmetadata: { name: quality }\nspec:\n  indicator: { spec: { ratioMetric: { total: { metricSource: { spec: { query: intake_accuracy } } } } } }\n";
    let slo = "slos: [ { name: quality, metric: intake_accuracy, objective: 97%, window: 28 days } ]";
    let found = look(&[("slo/quality.yaml", openslo)], slo);
    assert!(holds(&found, "slos.in_rules") && !holds(&found, "slos.in_dashboards"));
    assert_eq!(list(&found, "alerts.slos_without_rule"), ["quality"]);
    let found = look(&[("examples/rules.yml", RULES)], "");
    assert_eq!(node(&found, "alerts.rules").map(|rules| rules.items().len()), Some(0));
    assert_eq!(
        items(&found, "alert-rules"),
        [("examples/rules.yml", Proof::Documented, "2 alert rules in an example")]
    );
}

#[test]
fn values_of_a_chart_list_rules_without_a_group() {
    let values = "replicaCount: 2\nprometheusRules:\n  - alert: TooManyErrors\n    expr: errors > 2\n    for: 5m\n    labels: { severity: critical }\n";
    let found = look(&[("deploy/values-production.yml", values)], "");
    let Some(node) = node(&found, "alerts.rules") else { panic!("no rules") };
    assert_eq!(node.items().len(), 1);
}

#[test]
fn empty_files_that_promise_rules_or_dashboards_are_malformed() {
    for (path, facts) in [
        ("monitoring/rules.yaml", "alerts"),
        ("deploy/prometheus-alert-rules.yml", "alerts"),
        ("grafana/intake.json", "dashboards"),
        ("k8s/rollout.yaml", "rollouts"),
    ] {
        let found = look(&[(path, " \n")], "");
        let malformed: Vec<_> = found.malformed.iter().map(|(facts, d)| (facts.as_str(), d.file())).collect();
        assert_eq!(malformed, [(facts, Some(path))]);
    }
    for path in ["config/rules.yaml", "tests/monitoring/rules.yaml", "data/empty.json"] {
        assert!(look(&[(path, "")], "").malformed.is_empty(), "{path}");
    }
}
