//! Infrastructure code of any kind enters; providers, regions, budgets and retention leave, compared with the manifest.

mod budgets;
mod parts;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::code::Code;
use super::regions::{self, is_allowed, plain};
use super::survey::Survey;
use super::{paths, retention};
use crate::evidence::{Item, Proof};
use crate::fact::{Origin, Record};
use crate::manifest::Manifest;

use parts::{Part, Parts};

/// More files than these are not listed as items.
const MAX_ITEMS: usize = 200;

/// The facts `iac.*`, and an item for each file.
pub(super) fn facts(survey: &Survey<'_>, code: &Code) -> (Record, Vec<Item>) {
    let manifest = survey.view.manifest;
    let declared_providers = declared_providers(manifest);
    let declared_regions = declared_regions(manifest);
    let allowed: Vec<String> = allowed_regions(manifest);
    let parts = Parts::of(survey, code, declared_providers.iter(), declared_regions.iter().chain(&allowed));

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
        ("budgets", budgets::count(survey, code).into()),
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
