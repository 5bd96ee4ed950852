//! Manifests as people write them, right and wrong.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use super::*;

fn load_text(text: &str) -> Result<Loaded, Vec<Diagnostic>> {
    load("aipp.yaml", text.as_bytes().to_vec())
}

fn errors(text: &str) -> Vec<String> {
    load_text(text)
        .unwrap_err()
        .iter()
        .map(|d| {
            let position = d.at.as_ref().map(At::position);
            format!(
                "{}:{} {} {}",
                d.code.id(),
                position.map_or(0, |p| p.line),
                d.message,
                d.help.clone().unwrap_or_default()
            )
        })
        .collect()
}

/// The blocks that the contract prints, as they stand.
const CONTRACT: &str = r#"
aipp: 1
project: { name: Invoice intake, tier: standard, phase: harden, system: agent, serving: online }
business_case: Cut invoice handling from 12 min to 2 min per document by 2026-12-31.
pilot: { start: 2026-06-01, end: 2026-07-24, go_criteria: [error rate below 2%], stop_criteria: [error rate above 6%] }
infrastructure:
  training:      { location: cloud,      provider: aws, reason: GPU elasticity for model training }
  inference:     { location: edge,       reason: Low latency for real-time decisions }
  data:          { location: on-premise, reason: Compliance and data sovereignty }
  orchestration: { location: hybrid, tool: kubernetes, reason: Unified management across environments }
metrics:
  - { id: handling-time, name: Processing time per document, baseline: 12 min, target: 2 min, deadline: 2026-12-31, owner: Priya }
  - { id: error-rate,    name: Error rate,                   baseline: 4.2%,   target: 0.5%,  timeline: 60 days }
  - { id: unit-cost,     name: Cost per transaction,         baseline: $3.40,  target: $0.80, timeline: 120 days }
  - { id: hours-saved,   name: Employee hours saved/week,    baseline: 0 h,    target: 200 h, timeline: 90 days }
  - { id: long, baseline: { value: 12 min, window: 2026-04-01/2026-05-15, n: 1840, source: metrics/baseline-handling-time.csv } }
  - { id: zero, baseline: { value: 0 h, by_definition: nothing is saved before the pilot } }
people:
  sponsor: { name: M. Okafor, title: COO, deputy: L. Ruiz, funded_until: 2027-01-31 }
  owner:   { name: Priya Raman, handle: "@praman" }
evidence:
  runbook: [docs/ops/runbook.md]
waivers:
  - { check: ops-team-accepted, reason: r, residual_risk: x, control: c, approver: J. Chen, created: 2026-11-01, expires: 2026-12-15 }
"#;

#[test]
fn the_contract_s_blocks_are_accepted_as_they_stand() {
    let loaded = load_text(CONTRACT).unwrap();
    let m = &loaded.manifest;
    assert_eq!(m.metrics.len(), 6);
    assert_eq!(m.business_case.as_ref().unwrap().sentence.as_deref().unwrap().len(), 69);
    assert_eq!(m.metrics[1].baseline.as_ref().unwrap().value.as_ref().unwrap().text(), "4.2%");
    assert_eq!(loaded.at("/metrics/1/baseline").position().line, 13);
    assert_eq!(loaded.at("/people/owner/nothing").position().line, 20);
}

#[test]
fn a_short_manifest_is_valid() {
    assert!(load_text("aipp: 1\n").is_ok());
    assert!(load_text("project: Invoice intake\nmonitoring: we watch everything\n").is_ok());
}

#[test]
fn every_error_is_reported_in_one_run() {
    let found = errors(
        "aipp: 2\nprojct: {}\nproject: { name: x, teir: standard, phase: prodction }\npilot: { start: 2026-07-24, end: 2026-06-01 }\n\
         metrics:\n  - { id: a, baseline: 12 min, target: 5% }\n  - { id: a, baseline: fast, deadline: 2026-13-01 }\n  - 7\n  - { id: b, targt: 3 }\n\
         decisions:\n  - { kind: go, date: 2026-07-24 }\nload: { p95_ms: quick }\nload: { p95_ms: 3 }\n",
    );
    let all = found.join("\n");
    for expected in [
        "bad-value:1 this version of aipp reads manifests of version 1, not 2",
        "unknown-key:2 unknown key `projct` rename it to `project`",
        "unknown-key:3 unknown key `teir` rename it to `tier`",
        "bad-value:3 `phase` cannot be `prodction`",
        "bad-order:4 the pilot ends (2026-06-01) before it starts (2026-07-24)",
        "mixed-dimensions:6 baseline `12 min` is a time, target `5%` is a share (%)",
        "duplicate-id:7 two metrics have the id `a`",
        "`fast` does not begin with a number",
        "bad-value:7 `2026-13-01` is not a date",
        "wrong-type:8",
        "unknown-key:9 unknown key `targt` rename it to `target`",
        "missing-key:11 `by` is missing here",
        "wrong-type:12",
        "duplicate-key:13 the key `load` stands twice",
    ] {
        assert!(all.contains(expected), "`{expected}` is not in\n{all}");
    }
    assert_eq!(found.len(), 14, "{all}");
}

#[test]
fn a_comma_that_splits_a_value_is_explained() {
    let all = errors("metrics:\n  - { id: a, baseline: €1,200, target: €800 }\n").join("\n");
    assert!(all.contains("put the value in quotes, for instance \"1,200\""), "{all}");
}

#[test]
fn a_wrong_value_is_not_also_missing() {
    let found = errors("decisions:\n  - { kind: goo, date: 2026-11-xx, by: 7 }\n");
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(!found.iter().any(|e| e.contains("is missing here")), "{found:?}");
}

#[test]
fn three_formats_read_the_same() {
    let yaml =
        load_text("project: { name: x, phase: harden }\nmetrics: [{ id: a, baseline: 3, target: 1.5 }]\n").unwrap();
    let toml = load(
        "aipp.toml",
        b"project = { name = 'x', phase = 'harden' }\n[[metrics]]\nid = 'a'\nbaseline = 3\ntarget = 1.5\n".to_vec(),
    );
    let json = load(
        "aipp.json",
        br#"{"project": {"name": "x", "phase": "harden"}, "metrics": [{"id": "a", "baseline": 3, "target": 1.5}]}"#
            .to_vec(),
    );
    assert_eq!(yaml.manifest, toml.unwrap().manifest);
    assert_eq!(yaml.manifest, json.unwrap().manifest);
}

#[test]
fn several_owners_can_be_written_down() {
    assert!(load_text("people: { owner: [Ann, Bob] }\n").is_ok());
    assert!(
        load_text("use_case: [{ name: a }, { name: b, status: parked }]\ndata: { allowed_regions: [eu-west-1] }\n")
            .is_ok()
    );
}
