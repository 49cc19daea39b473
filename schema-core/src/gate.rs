//! What the build step hands to the macros: each item's findings, and what its derive needs to know.
//!
//! The build step writes one JSON file into its OUT_DIR and names it in the environment variable [`ENV`]; a macro
//! looks up its own item by [`fingerprint`] and emits the findings at their tokens.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The environment variable that holds the gate file's path.
pub const ENV: &str = "SCHEMA_GATE";

/// The gate file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// By [`fingerprint`].
    pub items: BTreeMap<String, GateItem>,
}

/// What one item's macro needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateItem {
    /// Findings within the item; their places are absolute lines and columns of its file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<crate::diag::Finding>,
    /// Field name to the Rust type the scan took it for, to be asserted ([`crate::model::Declared::field_types`]).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub field_types: Vec<(String, String)>,
}
