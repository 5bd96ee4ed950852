//! Rollout objects, traffic splits and feature flags enter; how traffic is moved leaves, compared with the declared stages.

use std::sync::Arc;

use serde_json::Value;

use super::paths;
use super::resources::within;
use super::survey::{Survey, Text, is_flag_file};
use super::yaml::{Doc, at, list};
use crate::evidence::{Item, Proof};
use crate::fact::{Node, Origin, Record};
use crate::manifest::Manifest;

/// How one object moves traffic.
#[derive(Debug, Default)]
struct Rollout {
    path: String,
    line: Option<usize>,
    /// What it is.
    what: &'static str,
    /// Shares in per cent, in their order.
    weights: Vec<f64>,
    /// It goes through its shares by itself; a split only stands at one.
    steps: bool,
    analysis: bool,
    routed: bool,
}

/// The fact `rollouts`, and an item for each.
pub(super) fn facts(survey: &Survey<'_>) -> (Node, Vec<Item>) {
    const KIND: &str = "gradual-rollout";
    let mut found = Vec::new();
    for doc in &survey.docs {
        found.extend(document(doc));
        sam(doc, &mut found);
    }
    found.extend(survey.templated.iter().filter_map(templated));
    for resource in &survey.declared.resources {
        found.extend(terraform(resource));
    }
    let object = survey.view.manifest.rollout.as_ref().and_then(|rollout| rollout.object.as_deref());
    let is_object = |path: &str| object.is_some_and(|object| object.trim_start_matches("./") == path);
    found.retain(|rollout| !rollout.weights.is_empty());
    let is_running = |rollout: &Rollout| {
        !paths::is_aside(&rollout.path) || is_object(&rollout.path) || survey.is_declared(KIND, &rollout.path)
    };
    let (found, asides): (Vec<Rollout>, Vec<Rollout>) = found.into_iter().partition(is_running);
    let examples = asides.iter().filter(|rollout| found.is_empty() && paths::is_example(&rollout.path));
    let stages = stages(survey.view.manifest);
    let records = found
        .iter()
        .map(|rollout| {
            Record::new([
                ("path", rollout.path.as_str().into()),
                ("weights_match", matches(rollout, &stages).into()),
                ("analysis", rollout.analysis.into()),
                ("routed", rollout.routed.into()),
            ])
            .from(&Origin::detected(rollout.path.clone(), rollout.line))
        })
        .collect();
    let items = found
        .iter()
        .chain(examples)
        .take(100)
        .map(|rollout| {
            let is_example = !is_running(rollout);
            let agrees = stages.is_empty() || matches(rollout, &stages);
            Item {
                kind: KIND,
                origin: Arc::new(Origin {
                    path: rollout.path.clone(),
                    line: rollout.line,
                    declared: is_object(&rollout.path) || survey.is_declared(KIND, &rollout.path),
                }),
                level: if agrees && !is_example && rollout.steps && rollout.analysis && rollout.routed {
                    Proof::Verified
                } else {
                    Proof::Documented
                },
                rank: u32::from(rollout.analysis) + u32::from(rollout.routed) + u32::from(rollout.steps),
                date: None,
                because: because(rollout, &stages) + if is_example { ", in an example" } else { "" },
            }
        })
        .collect();
    (Node::records(records), items)
}

fn because(rollout: &Rollout, stages: &[f64]) -> String {
    let weights: Vec<String> = rollout.weights.iter().map(|weight| format!("{weight}")).collect();
    let mut because = format!("{} at {} %", rollout.what, weights.join(", "));
    if rollout.steps {
        because.push_str(if rollout.analysis { ", with an analysis" } else { ", without an analysis" });
        if !rollout.routed {
            because.push_str(", without a traffic router");
        }
    }
    if !stages.is_empty() && rollout.steps {
        because.push_str(if matches(rollout, stages) { "; the declared stages" } else { "; not the declared stages" });
    }
    because
}

/// The declared shares, without the last step to all traffic.
fn stages(manifest: &Manifest) -> Vec<f64> {
    let stages =
        manifest.rollout.iter().flat_map(|rollout| rollout.stages.iter()).filter_map(|stage| stage.percent).collect();
    without_all(stages)
}

fn without_all(mut weights: Vec<f64>) -> Vec<f64> {
    while weights.last().is_some_and(|last| *last >= 100.0) {
        weights.pop();
    }
    weights
}

/// Whether the shares are the declared stages; a split stands at one of them.
fn matches(rollout: &Rollout, stages: &[f64]) -> bool {
    let same = |a: &f64, b: &f64| (a - b).abs() < 1e-9;
    let weights = without_all(rollout.weights.clone());
    if stages.is_empty() {
        return false;
    }
    if rollout.steps {
        return weights.len() == stages.len() && weights.iter().zip(stages).all(|(a, b)| same(a, b));
    }
    !weights.is_empty() && weights.iter().all(|weight| stages.iter().any(|stage| same(weight, stage)))
}

fn number(value: Option<&Value>) -> Option<f64> {
    match value? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().trim_end_matches('%').parse().ok(),
        _ => None,
    }
}

/// The shares of a split that is not all or nothing: the smallest part is the new version's.
fn split(shares: &[f64]) -> Vec<f64> {
    let total: f64 = shares.iter().sum();
    let parts: Vec<f64> = shares.iter().copied().filter(|share| *share > 0.0).collect();
    if parts.len() < 2 || total <= 0.0 {
        return Vec::new();
    }
    let least = parts.iter().copied().fold(f64::INFINITY, f64::min);
    vec![(least / total * 10_000.0).round() / 100.0]
}

fn document(doc: &Doc) -> Option<Rollout> {
    let base = Rollout { path: doc.path.to_string(), line: doc.line("").or(Some(1)), ..Rollout::default() };
    let api = doc.text("apiVersion").unwrap_or_default();
    let spec = doc.value.get("spec").unwrap_or(&Value::Null);
    match doc.text("kind") {
        Some("Rollout") if api.starts_with("argoproj.io") => argo(doc, spec, base),
        Some("Canary") if api.starts_with("flagger.app") => Some(flagger(spec, base)),
        Some("Service") if api.starts_with("serving.knative.dev") => {
            let shares: Vec<f64> =
                list(spec.get("traffic")).iter().filter_map(|target| number(target.get("percent"))).collect();
            Some(Rollout { what: "traffic split", weights: split(&shares), routed: true, ..base })
        }
        Some("InferenceService") => {
            let share = number(at(spec, "predictor.canaryTrafficPercent")).filter(|share| *share < 100.0)?;
            Some(Rollout { what: "canary of a model", weights: vec![share], routed: true, ..base })
        }
        Some("SeldonDeployment") => {
            let shares: Vec<f64> =
                list(spec.get("predictors")).iter().filter_map(|predictor| number(predictor.get("traffic"))).collect();
            Some(Rollout { what: "canary of a model", weights: split(&shares), routed: true, ..base })
        }
        Some("VirtualService") => {
            let routes = list(spec.get("http")).iter().map(|http| http.get("route"));
            Some(Rollout { what: "traffic split", weights: splits(routes), routed: true, ..base })
        }
        Some("HTTPRoute" | "GRPCRoute") => {
            let routes = list(spec.get("rules")).iter().map(|rule| rule.get("backendRefs"));
            Some(Rollout { what: "traffic split", weights: splits(routes), routed: true, ..base })
        }
        Some("TrafficSplit") => Some(Rollout {
            what: "traffic split",
            weights: splits(std::iter::once(spec.get("backends"))),
            routed: true,
            ..base
        }),
        Some("Ingress") => {
            let annotations = at(&doc.value, "metadata.annotations")?;
            let share = number(annotations.get("nginx.ingress.kubernetes.io/canary-weight"))?;
            Some(Rollout { what: "canary of an ingress", weights: vec![share], routed: true, ..base })
        }
        Some("DeliveryPipeline") => Some(cloud_deploy(doc, base)),
        Some(_) => None,
        None => flags(doc, base),
    }
}

fn splits<'v>(routes: impl Iterator<Item = Option<&'v Value>>) -> Vec<f64> {
    routes
        .map(|targets| list(targets).iter().filter_map(|target| number(target.get("weight"))).collect::<Vec<f64>>())
        .map(|shares| split(&shares))
        .find(|weights| !weights.is_empty())
        .unwrap_or_default()
}

/// Argo Rollouts. Without a router its weights are kept by counting replicas, so that 10 % needs ten of them.
fn argo(doc: &Doc, spec: &Value, base: Rollout) -> Option<Rollout> {
    let canary = at(spec, "strategy.canary")?;
    let steps = list(canary.get("steps"));
    let weights: Vec<f64> = steps.iter().filter_map(|step| number(step.get("setWeight"))).collect();
    let templates = |analysis: Option<&Value>| {
        analysis.is_some_and(|analysis| {
            !list(analysis.get("templates")).is_empty() || analysis.get("templateName").is_some()
        })
    };
    let analysis = templates(canary.get("analysis"))
        || steps.iter().any(|step| {
            templates(step.get("analysis"))
                || at(step, "experiment.analyses").is_some_and(|list| list.as_array().is_some_and(|l| !l.is_empty()))
        });
    let router =
        canary.get("trafficRouting").is_some_and(|routing| routing.as_object().is_some_and(|map| !map.is_empty()));
    let replicas = number(spec.get("replicas")).unwrap_or(1.0);
    Some(Rollout {
        what: "Argo rollout",
        weights,
        steps: true,
        analysis,
        routed: router || replicas >= 10.0,
        line: doc.line("/spec/strategy/canary").or(base.line),
        ..base
    })
}

/// Flagger: it always routes, unless it is told to use bare Kubernetes.
fn flagger(spec: &Value, base: Rollout) -> Rollout {
    let analysis = spec.get("analysis").or_else(|| spec.get("canaryAnalysis")).unwrap_or(&Value::Null);
    let listed: Vec<f64> = list(analysis.get("stepWeights")).iter().filter_map(|weight| number(Some(weight))).collect();
    let step = number(analysis.get("stepWeight")).filter(|step| *step >= 1.0);
    let most = number(analysis.get("maxWeight")).unwrap_or(100.0).min(100.0);
    let weights = match (listed.is_empty(), step) {
        (false, _) => listed,
        (true, Some(step)) => std::iter::successors(Some(step), |weight| Some(weight + step))
            .take_while(|weight| *weight <= most)
            .take(100)
            .collect(),
        (true, None) => Vec::new(),
    };
    let has = |key: &str| !list(analysis.get(key)).is_empty();
    Rollout {
        what: "Flagger canary",
        weights,
        steps: true,
        analysis: has("metrics") || has("webhooks"),
        routed: spec.get("provider").and_then(Value::as_str) != Some("kubernetes"),
        ..base
    }
}

/// Google Cloud Deploy.
fn cloud_deploy(doc: &Doc, base: Rollout) -> Rollout {
    let mut weights = Vec::new();
    let mut analysis = false;
    for stage in list(at(&doc.value, "serialPipeline.stages")) {
        let Some(canary) = at(stage, "strategy.canary") else { continue };
        let plain = at(canary, "canaryDeployment");
        weights.extend(
            list(plain.and_then(|plain| plain.get("percentages"))).iter().filter_map(|percent| number(Some(percent))),
        );
        let phases = list(at(canary, "customCanaryDeployment.phaseConfigs"));
        weights.extend(phases.iter().filter_map(|phase| number(phase.get("percentage"))));
        let verifies =
            |value: Option<&Value>| value.is_some_and(|value| value.get("verify") == Some(&Value::Bool(true)));
        analysis |= verifies(plain) || phases.iter().any(|phase| verifies(Some(phase)));
    }
    Rollout { what: "Cloud Deploy canary", weights, steps: true, analysis, routed: true, ..base }
}

/// Functions of SAM with a deployment preference such as `Canary10Percent5Minutes`.
fn sam(doc: &Doc, found: &mut Vec<Rollout>) {
    let globals = at(&doc.value, "Globals.Function.DeploymentPreference");
    let own = doc
        .value
        .get("Resources")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(|map| map.values())
        .filter_map(|resource| at(resource, "Properties.DeploymentPreference"));
    for preference in globals.into_iter().chain(own).take(50) {
        let kind = preference.get("Type").and_then(Value::as_str).unwrap_or_default();
        let digits: String = kind
            .trim_start_matches("Canary")
            .trim_start_matches("Linear")
            .chars()
            .take_while(char::is_ascii_digit)
            .collect();
        let Ok(step) = digits.parse::<f64>() else { continue };
        let linear = kind.starts_with("Linear") && step >= 1.0;
        let weights = if linear {
            std::iter::successors(Some(step), |w| Some(w + step)).take_while(|w| *w < 100.0).collect()
        } else {
            vec![step]
        };
        let analysis = !list(preference.get("Alarms")).is_empty() || preference.get("Hooks").is_some();
        found.push(Rollout {
            path: doc.path.to_string(),
            line: doc.line("/Resources"),
            what: "Lambda canary",
            weights,
            steps: true,
            analysis,
            routed: true,
        });
    }
}

/// Splits and canaries that Terraform declares.
fn terraform(resource: &super::resources::Resource) -> Option<Rollout> {
    let base = Rollout { path: resource.path.to_string(), line: resource.line, routed: true, ..Rollout::default() };
    let shares = |key: &str, share: &str| -> Vec<f64> {
        list(resource.get(key)).iter().filter_map(|part| number(within(part, share))).collect()
    };
    match resource.kind.as_str() {
        "google_cloud_run_service" | "google_cloud_run_v2_service" => {
            Some(Rollout { what: "traffic split", weights: split(&shares("traffic", "percent")), ..base })
        }
        "azurerm_container_app" => {
            let parts = list(resource.get("ingress.traffic_weight"));
            let shares: Vec<f64> = parts.iter().filter_map(|part| number(part.get("percentage"))).collect();
            Some(Rollout { what: "traffic split", weights: split(&shares), ..base })
        }
        "aws_codedeploy_deployment_config" => {
            let step = number(resource.get("traffic_routing_config.time_based_canary.percentage"))
                .or_else(|| number(resource.get("traffic_routing_config.time_based_linear.percentage")))?;
            Some(Rollout { what: "CodeDeploy canary", weights: vec![step], steps: true, ..base })
        }
        "aws_sagemaker_endpoint" => {
            let policy = "deployment_config.blue_green_update_policy.traffic_routing_configuration";
            let step = number(resource.get(&format!("{policy}.canary_size.value")))
                .or_else(|| number(resource.get(&format!("{policy}.linear_step_size.value"))))?;
            let analysis = resource.get("deployment_config.auto_rollback_configuration.alarms").is_some();
            Some(Rollout { what: "SageMaker canary", weights: vec![step], steps: true, analysis, ..base })
        }
        _ => None,
    }
}

/// Feature flags with shares: flagd, Unleash, GO Feature Flag, or keys that say it.
fn flags(doc: &Doc, base: Rollout) -> Option<Rollout> {
    fn shares(value: &Value, depth: u8, found: &mut Vec<f64>) {
        match value {
            Value::Object(map) if depth < 14 => {
                for (key, value) in map {
                    let is_share = matches!(
                        key.as_str(),
                        "rollout_percentage"
                            | "rolloutPercentage"
                            | "rollout_percent"
                            | "rolloutPercent"
                            | "rollout"
                            | "percentage"
                            | "percent"
                    );
                    match number(Some(value)).filter(|share| is_share && *share > 0.0 && *share < 100.0) {
                        Some(share) => found.push(share),
                        // Shares by variant: the smallest is the new one's.
                        None if is_share && value.is_object() => {
                            let parts: Vec<f64> = value
                                .as_object()
                                .into_iter()
                                .flat_map(|map| map.values())
                                .filter_map(|share| number(Some(share)))
                                .collect();
                            if parts.is_empty() { shares(value, depth + 1, found) } else { found.extend(split(&parts)) }
                        }
                        None if key == "fractional" => {
                            let parts: Vec<f64> =
                                list(Some(value)).iter().filter_map(|pair| number(pair.as_array()?.get(1))).collect();
                            found.extend(split(&parts));
                        }
                        None => shares(value, depth + 1, found),
                    }
                }
            }
            Value::Array(items) if depth < 14 => items.iter().for_each(|item| shares(item, depth + 1, found)),
            _ => {}
        }
    }
    // Traffic of an online endpoint of Azure ML.
    if doc.text("$schema").is_some_and(|schema| schema.contains("nlineEndpoint")) {
        let parts: Vec<f64> = doc
            .value
            .get("traffic")
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|map| map.values())
            .filter_map(|share| number(Some(share)))
            .collect();
        return Some(Rollout { what: "traffic split", weights: split(&parts), routed: true, ..base });
    }
    if !is_flag_file(&doc.path) {
        return None;
    }
    let mut found = Vec::new();
    shares(&doc.value, 0, &mut found);
    found.truncate(20);
    Some(Rollout { what: "feature flag", weights: found, routed: true, ..base })
}

/// A rollout of Argo or Flagger in a template of a chart.
fn templated(text: &Text) -> Option<Rollout> {
    let is = |kind: &str| text.text.lines().any(|line| line.trim_end() == format!("kind: {kind}"));
    let shares = |key: &str| -> Vec<f64> {
        text.text
            .lines()
            .filter_map(|line| line.trim_start().trim_start_matches("- ").strip_prefix(key)?.trim().parse().ok())
            .collect()
    };
    let base = Rollout { path: text.path.clone(), line: Some(1), steps: true, ..Rollout::default() };
    if is("Rollout") {
        let weights = shares("setWeight:");
        return Some(Rollout {
            what: "Argo rollout in a template",
            weights,
            analysis: text.text.contains("analysis:"),
            routed: text.text.contains("trafficRouting:"),
            ..base
        });
    }
    is("Canary").then(|| Rollout {
        what: "Flagger canary in a template",
        weights: shares("stepWeight:"),
        analysis: text.text.contains("metrics:"),
        routed: true,
        ..base
    })
}
