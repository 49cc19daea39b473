//! PostgreSQL's steps.

use crate::diag::Finding;
use crate::diff::Change;
use crate::ir::Schema;
use crate::model::Intents;
use crate::plan::Step;

/// The steps that lead from one schema to another.
///
/// # Errors
/// What PostgreSQL can't do.
pub fn steps(_from: &Schema, _to: &Schema, _changes: &[Change], _intents: &Intents) -> Result<Vec<Step>, Vec<Finding>> {
    Ok(Vec::new())
}
