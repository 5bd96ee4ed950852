//! The data: what it is built on, what passes through, and where that may be.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{is_absent, section};
use crate::manifest::value::{OneOrMany, Short, leading};

section! {
    /// A data set.
    Dataset => name {
        /// Its name.
        name: Option<String>,
        /// Its path in the repository.
        path: Option<String>,
        /// Its sha256.
        hash: Option<String>,
        /// Its version.
        version: Option<String>,
    }
}

section! {
    /// Personal data, residency and contracts.
    Data => note {
        /// Data classes, for instance `supplier-invoice`.
        classes: Vec<String>,
        /// Allowed regions by data class; a plain list counts for `all`.
        allowed_regions: Option<Regions>,
        /// Personal data that passes through: a list of fields, or `none` with the reason in `note`.
        pii: Option<OneOrMany<String>>,
        /// How long data is kept, in days.
        retention_days: Option<u64>,
        /// The document with the impact assessment.
        assessment: Option<String>,
        /// The inputs and their schemas.
        contracts: Vec<Short<Contract>>,
        /// Prose.
        note: Option<String>,
    }
}

/// Allowed regions by data class.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Regions(#[schemars(with = "crate::manifest::value::RegionsSchema")] pub BTreeMap<String, Vec<String>>);

section! {
    /// An input and its schema.
    Contract => input {
        /// The input.
        input: Option<String>,
        /// The file with its schema.
        schema: Option<String>,
    }
}
