//! Manifest and evidence enter; the one tree of facts leaves.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::evidence::{Evidence, Item, Proof};
use crate::fact::{Node, Origin, Record, When};
use crate::kinds::{KINDS, fact_name};
use crate::manifest::Loaded;
use crate::manifest::model::{Manifest, Project};
use crate::manifest::value::Day;

use super::pilot::Pilot;
use super::{declared, join, nodes_at, nothing};

/// The facts of a run.
#[derive(Debug)]
pub struct Facts {
    /// The tree that rules ask.
    pub root: Record,
    /// The pilot on the day of the assessment.
    pub pilot: Pilot,
}

/// Puts the tree together.
#[must_use]
pub fn assemble(loaded: Option<&Loaded>, evidence: &Evidence, today: Day) -> Facts {
    let mut root = nothing();
    root.merge_over(evidence.facts.clone());
    root.set("today", today);
    project(&mut root, loaded);
    kinds(&mut root, &evidence.items);
    let empty = Manifest::default();
    let manifest = loaded.map_or(&empty, |l| &l.manifest);
    if let Some(loaded) = loaded {
        let mut node = said(&loaded.manifest);
        node.origin = Some(Origin::detected(loaded.document.source.name(), None));
        root.set("manifest", node);
    }
    let days = |path: &str| -> Vec<Day> {
        let list = nodes_at(&root, path);
        let records =
            list.iter().flat_map(|n| n.items()).filter_map(|n| if let Node::Map(r) = n { Some(r) } else { None });
        records.filter_map(|r| if let When::Dated(day) = r.when() { Some(day) } else { None }).collect()
    };
    let decided: Vec<Day> =
        ["decisions.go", "decisions.stop", "decisions.pivot"].iter().flat_map(|p| days(p)).collect();
    let (selected, stages) = (days("decisions.selection"), days("stages"));
    let pilot = Pilot::of(manifest, &decided, &stages, today);
    declared::put(&mut root, manifest, &pilot, &selected, today);
    join::put(&mut root, manifest);
    Facts { root, pilot }
}

fn project(root: &mut Record, loaded: Option<&Loaded>) {
    let empty = Project::default();
    let project = loaded.and_then(|l| l.manifest.project.as_ref()).map_or(&empty, |p| &p.0);
    let facts = root.group("project");
    facts.set("has_manifest", loaded.is_some());
    let name = |value: serde_json::Result<serde_json::Value>| value.map_or(Node::absent(), |v| Node::from_json(&v));
    facts.set("tier", name(serde_json::to_value(project.tier.unwrap_or_default())));
    facts.set("phase", name(serde_json::to_value(project.phase.unwrap_or_default())));
    facts.set("system", name(serde_json::to_value(project.system.unwrap_or_default())));
    facts.set("serving", name(serde_json::to_value(project.serving.unwrap_or_default())));
}

/// What the manifest says, as rules ask it: what says nothing is absent, one owner is a map, several are its members.
fn said(manifest: &Manifest) -> Record {
    let value = serde_json::to_value(manifest).unwrap_or_default();
    let Node::Map(mut record) = Node::from_json(&value) else { return Record::default() };
    record.fields.retain(|_, node| match node {
        Node::Leaf(crate::fact::Leaf::Absent) => false,
        Node::Leaf(_) => true,
        Node::List { items, .. } => !items.is_empty(),
        Node::Map(map) => !map.fields.is_empty(),
    });
    if let Some(Node::Map(people)) = record.fields.get_mut("people")
        && let Some(Node::List { items, .. }) = people.fields.get("owner").cloned()
    {
        let owner = match items.as_slice() {
            [one] => one.clone(),
            _ => Node::Map(Record::new([("members", Node::List { items, events: false })])),
        };
        people.set("owner", owner);
    }
    record
}

fn kinds(root: &mut Record, items: &[Item]) {
    let mut by_kind: BTreeMap<&str, Vec<&Item>> = BTreeMap::new();
    for item in items {
        by_kind.entry(item.kind).or_default().push(item);
    }
    for kind in KINDS {
        let Some(found) = by_kind.get(kind.id) else { continue };
        let verified = found.iter().any(|i| i.level == Proof::Verified);
        let records = found.iter().take(32).map(|item| {
            let mut record = Record::new([
                ("path", Node::from(item.origin.path.as_str())),
                ("because", Node::from(item.because.as_str())),
            ]);
            if let Some(date) = item.date {
                record.set("date", date);
            }
            record.from(&Arc::clone(&item.origin))
        });
        let facts = root.group("evidence").group(&fact_name(kind.id));
        facts.set("present", true);
        facts.set("level", if verified { "verified" } else { "documented" });
        facts.set("count", found.len());
        facts.set("items", Node::records(records.collect()));
    }
}
