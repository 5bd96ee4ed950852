//! A typed manifest enters; what contradicts itself inside it leaves as diagnostics.

use std::collections::HashMap;

use super::model::{Manifest, Metric};
use super::value::Quantity;
use crate::diagnostic::{At, Code, Diagnostic};
use crate::source::Document;

/// Everything that the types alone cannot refuse.
pub(super) fn check(manifest: &Manifest, document: &Document) -> Vec<Diagnostic> {
    let mut found = Found { document, diagnostics: Vec::new() };
    found.version(manifest);
    found.pilot(manifest);
    found.metrics(&manifest.metrics);
    found.evidence_kinds(manifest);
    found.waivers(manifest);
    found.not_applicable(manifest);
    found.quantities(manifest);
    found.planning(manifest);
    found.diagnostics
}

struct Found<'a> {
    document: &'a Document,
    diagnostics: Vec<Diagnostic>,
}

impl Found<'_> {
    fn value(&self, pointer: &str) -> At {
        At::value(&self.document.source, &self.document.nearest(pointer))
    }

    fn push(&mut self, code: Code, pointer: &str, message: String, help: impl Into<String>) {
        let at = self.value(pointer);
        self.diagnostics.push(Diagnostic::error(code, message).at(at).help(help));
    }

    fn version(&mut self, manifest: &Manifest) {
        if let Some(version) = manifest.aipp.filter(|v| *v != 1) {
            self.push(
                Code::BadValue,
                "/aipp",
                format!("this version of aipp reads manifests of version 1, not {version}"),
                "write `aipp: 1`",
            );
        }
    }

    fn pilot(&mut self, manifest: &Manifest) {
        let Some(pilot) = &manifest.pilot else { return };
        if let (Some(start), Some(end)) = (pilot.start, pilot.end)
            && end < start
        {
            let start_at = self.value("/pilot/start");
            let diagnostic =
                Diagnostic::error(Code::BadOrder, format!("the pilot ends ({end}) before it starts ({start})"))
                    .at(self.value("/pilot/end"))
                    .context(start_at, "it starts here")
                    .help("correct one of the two days");
            self.diagnostics.push(diagnostic);
        }
        if let (Some(end), Some(extended)) = (pilot.end, pilot.extended_to)
            && extended < end
        {
            self.push(
                Code::BadOrder,
                "/pilot/extended_to",
                format!("the extension ends ({extended}) before the pilot does ({end})"),
                "correct one of the two days",
            );
        }
    }

    fn metrics(&mut self, metrics: &[Metric]) {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for (i, metric) in metrics.iter().enumerate() {
            let here = format!("/metrics/{i}");
            if metric.id.trim().is_empty() {
                self.push(
                    Code::MissingKey,
                    &here,
                    "a metric needs an `id`".to_owned(),
                    "add a short name such as `id: handling-time`",
                );
            } else if let Some(first) = seen.insert(&metric.id, i) {
                let diagnostic =
                    Diagnostic::error(Code::DuplicateId, format!("two metrics have the id `{}`", metric.id))
                        .at(self.value(&format!("{here}/id")))
                        .context(self.value(&format!("/metrics/{first}/id")), "first here")
                        .help("give each metric an id of its own");
                self.diagnostics.push(diagnostic);
            }
            self.metric(&here, metric);
        }
    }

    fn metric(&mut self, here: &str, metric: &Metric) {
        let baseline = metric.baseline.as_ref().and_then(|b| b.value.as_ref());
        if let (Some(baseline), Some(target)) = (baseline, &metric.target)
            && baseline.dimension() != target.dimension()
        {
            let place =
                ["value", ""].iter().map(|f| format!("{here}/baseline/{f}")).find(|p| self.document.place(p).is_some());
            let place = place.unwrap_or_else(|| format!("{here}/baseline"));
            let diagnostic = Diagnostic::error(
                Code::MixedDimensions,
                format!(
                    "baseline `{baseline}` is {}, target `{target}` is {}",
                    baseline.dimension(),
                    target.dimension()
                ),
            )
            .at(self.value(&format!("{here}/target")))
            .context(self.value(&place), "the baseline")
            .help("write both in units of one kind, for instance both in minutes");
            self.diagnostics.push(diagnostic);
        }
        if metric.deadline.is_some() && metric.timeline.is_some() {
            self.push(
                Code::BadValue,
                &format!("{here}/timeline"),
                "a metric has a `deadline` or a `timeline`, not both".to_owned(),
                "keep one of the two",
            );
        }
        if let Some(baseline) = &metric.baseline
            && let (Some(_), Some(value)) = (&baseline.by_definition, &baseline.value)
            && value.number() != 0.0
        {
            self.push(
                Code::BadValue,
                &format!("{here}/baseline/by_definition"),
                format!("only a baseline of zero can hold by definition; this one is `{value}`"),
                "measure it and name `window`, `n` and `source`",
            );
        }
    }

    fn evidence_kinds(&mut self, manifest: &Manifest) {
        let known: Vec<String> = crate::kinds::KINDS.iter().map(|k| k.id.to_owned()).collect();
        for kind in manifest.evidence.keys().filter(|k| !known.contains(k)) {
            let at = At::entry(&self.document.source, &self.document.nearest(&format!("/evidence/{kind}")));
            let error = Diagnostic::error(Code::UnknownKind, format!("unknown evidence kind `{kind}`")).at(at);
            self.diagnostics.push(match super::nearest(kind, &known) {
                Some(near) => error.label(format!("did you mean `{near}`?")).help(format!("rename it to `{near}`")),
                None => error.help("`aipp evidence` lists the kinds"),
            });
        }
    }

    fn waivers(&mut self, manifest: &Manifest) {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for (i, waiver) in manifest.waivers.iter().enumerate() {
            let here = format!("/waivers/{i}");
            if let Some(first) = seen.insert(&waiver.check, i) {
                let diagnostic =
                    Diagnostic::error(Code::DuplicateId, format!("two waivers are for `{}`", waiver.check))
                        .at(self.value(&format!("{here}/check")))
                        .context(self.value(&format!("/waivers/{first}/check")), "first here")
                        .help(
                            "keep one; a renewal replaces the earlier waiver and names its `created` day in `renews`",
                        );
                self.diagnostics.push(diagnostic);
            }
            if waiver.expires < waiver.created {
                self.push(
                    Code::BadOrder,
                    &format!("{here}/expires"),
                    format!("the waiver expires ({}) before it is created ({})", waiver.expires, waiver.created),
                    "correct one of the two days",
                );
            }
            for (field, text) in [
                ("reason", &waiver.reason),
                ("residual_risk", &waiver.residual_risk),
                ("control", &waiver.control),
                ("approver", &waiver.approver),
            ] {
                if text.trim().is_empty() {
                    self.push(
                        Code::BadValue,
                        &format!("{here}/{field}"),
                        format!("a waiver needs its `{field}`"),
                        "write it in a few words",
                    );
                }
            }
        }
    }

    fn not_applicable(&mut self, manifest: &Manifest) {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for (i, entry) in manifest.not_applicable.iter().enumerate() {
            if let Some(first) = seen.insert(&entry.check, i) {
                let diagnostic =
                    Diagnostic::error(Code::DuplicateId, format!("`{}` is declared not applicable twice", entry.check))
                        .at(self.value(&format!("/not_applicable/{i}/check")))
                        .context(self.value(&format!("/not_applicable/{first}/check")), "first here")
                        .help("keep one");
                self.diagnostics.push(diagnostic);
            }
        }
    }

    /// A capacity is a number of days per week that a plan can be made with.
    fn planning(&mut self, manifest: &Manifest) {
        let Some(plan) = &manifest.plan else { return };
        for (role, days) in plan.capacity.iter().filter(|(_, days)| !(0.1..=500.0).contains(*days)) {
            self.push(
                Code::BadValue,
                &format!("/plan/capacity/{}", crate::source::segment(role)),
                format!("the capacity of `{role}` is {days} days per week; it lies between 0.1 and 500"),
                "write the working days per week that the role has for this project, for instance 2.5",
            );
        }
    }

    /// Shares that are no shares, and numbers that cannot be.
    fn quantities(&mut self, manifest: &Manifest) {
        let mut share = |pointer: &str, quantity: Option<&Quantity>| {
            if let Some(quantity) = quantity
                && !(0.0..=1.0).contains(&quantity.base())
            {
                self.push(
                    Code::BadValue,
                    pointer,
                    format!("`{quantity}` is not a share between 0% and 100%"),
                    "write for instance `80%` or `0.8`",
                );
            }
        };
        if let Some(adoption) = &manifest.adoption {
            share("/adoption/target", adoption.target.as_ref());
            share("/adoption/override_limit", adoption.override_limit.as_ref());
        }
        if let Some(load) = &manifest.load {
            share("/load/error_rate", load.error_rate.as_ref());
        }
        if let Some(rollout) = &manifest.rollout {
            for (i, stage) in rollout.stages.iter().enumerate() {
                if stage.percent.is_some_and(|p| !(0.0..=100.0).contains(&p)) {
                    self.push(
                        Code::BadValue,
                        &format!("/rollout/stages/{i}/percent"),
                        "a stage's `percent` lies between 0 and 100".to_owned(),
                        "write for instance 10",
                    );
                }
            }
        }
    }
}
