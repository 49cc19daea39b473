//! Rules within one schema: what the database would refuse, or take for something else than what was meant.

use crate::diag::Finding;
use crate::model::Model;

/// Everything that is wrong in a model by itself, sorted by place.
#[must_use]
pub fn check(_model: &Model) -> Vec<Finding> {
    Vec::new()
}
