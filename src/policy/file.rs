//! The typed policy file: what an organization writes, before anything is merged.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::checklist::Required;
use crate::manifest::model::Tier;
use crate::manifest::value::Day;

/// An organization's policy: it raises what the built-in rules ask for, and never lowers it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PolicyFile {
    /// Version of the format; this version reads 1.
    #[schemars(required)]
    pub aipp_policy: Option<u32>,
    /// An editor's hint where the JSON Schema of this file is.
    #[serde(rename = "$schema", skip_serializing)]
    pub schema: Option<String>,
    /// Policies that this one builds on: it can be stricter than they are, never looser.
    pub extends: Option<Vec<FileReference>>,
    /// The lowest headline that passes, by the phase that is left; 40, 50, 60 and 65 when nothing is written.
    pub floors: Option<Floors>,
    /// The level that a check requires, by its id.
    pub required: Option<BTreeMap<String, Required>>,
    /// Checklists of the organization, added to the built-in one.
    pub checklists: Option<Vec<FileReference>>,
    /// Rules for waivers.
    pub waivers: Option<Waivers>,
    /// The lowest tier a project is judged by, whatever its manifest says.
    pub tier: Option<Tier>,
    /// What holds in one tier only.
    pub tiers: Option<Tiers>,
    /// Where measurements are kept: a path below the policy's folder, or the address of a PostgreSQL database.
    pub store: Option<String>,
    /// Days on which nobody works.
    pub calendar: Option<Calendar>,
    /// How many days a week each role works on the project.
    pub capacity: Option<BTreeMap<String, f64>>,
}

/// A file by its path from the policy's folder, and what it must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum FileReference {
    /// A path.
    Path(String),
    /// A path with the digest that the file must have.
    Pinned(Pinned),
}

/// A path with the digest that the file must have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pinned {
    /// Path from the policy's folder.
    pub path: String,
    /// The sha256 of the file's bytes, in 64 hexadecimal digits.
    #[serde(default)]
    pub sha256: Option<String>,
}

impl FileReference {
    /// The path.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::Path(path) => path,
            Self::Pinned(pinned) => &pinned.path,
        }
    }

    /// The digest, when there is one.
    #[must_use]
    pub fn sha256(&self) -> Option<&str> {
        match self {
            Self::Path(_) => None,
            Self::Pinned(pinned) => pinned.sha256.as_deref(),
        }
    }
}

/// By hand, so that an error is about the key that is wrong and not about every shape that could have been meant.
impl<'de> Deserialize<'de> for FileReference {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Shape;
        impl<'de> serde::de::Visitor<'de> for Shape {
            type Value = FileReference;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a path, or a map with path and sha256")
            }
            fn visit_str<E: serde::de::Error>(self, path: &str) -> Result<FileReference, E> {
                Ok(FileReference::Path(path.to_owned()))
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<FileReference, A::Error> {
                Pinned::deserialize(serde::de::value::MapAccessDeserializer::new(map)).map(FileReference::Pinned)
            }
        }
        deserializer.deserialize_any(Shape)
    }
}

/// Floors by the phase that is left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Floors {
    /// Leaving prove-value: 40 or more.
    pub prove_value: Option<u32>,
    /// Leaving harden: 50 or more.
    pub harden: Option<u32>,
    /// Leaving scale: 60 or more.
    pub scale: Option<u32>,
    /// Leaving expand: 65 or more.
    pub expand: Option<u32>,
}

impl Floors {
    /// In the order of phases.
    #[must_use]
    pub const fn all(&self) -> [Option<u32>; 4] {
        [self.prove_value, self.harden, self.scale, self.expand]
    }
}

/// The names of the phases that are left, in order.
pub const EXITS: [&str; 4] = ["prove-value", "harden", "scale", "expand"];

/// Rules for waivers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Waivers {
    /// The longest time from `created` to `expires`, in days; at most 90.
    pub max_days: Option<u32>,
    /// The people who may approve one, by name; anyone but the project's owner when nothing is written.
    pub approvers: Option<Vec<String>>,
}

/// What holds in one tier only, on top of what holds in all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Tiers {
    /// For experimental projects.
    pub experimental: Option<TierRules>,
    /// For standard projects.
    pub standard: Option<TierRules>,
    /// For critical projects.
    pub critical: Option<TierRules>,
}

impl Tiers {
    /// In the order of tiers, with their names.
    #[must_use]
    pub fn all(&self) -> [(&'static str, Option<&TierRules>); 3] {
        [
            ("experimental", self.experimental.as_ref()),
            ("standard", self.standard.as_ref()),
            ("critical", self.critical.as_ref()),
        ]
    }
}

/// Floors and required levels of one tier.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TierRules {
    /// As `floors` of the whole policy.
    pub floors: Option<Floors>,
    /// As `required` of the whole policy.
    pub required: Option<BTreeMap<String, Required>>,
}

/// Days on which nobody works.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Calendar {
    /// Public holidays and company days: `2026-12-25`.
    pub holidays: Option<Vec<Day>>,
}
