//! Manifest, evidence and series enter; one tree of facts leaves, the only thing that rules may ask.

mod reference;
mod shape;

pub use reference::{REFERENCE, Row};
pub use shape::{Kind, Shape, tree};
