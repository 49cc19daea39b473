//! Whether a constraint is validated, which a way back may leave otherwise than it was.

use schema_core::migration::{Migration, Opening};

use crate::drift::{Detail, Difference};

/// Takes such differences out after a down, and says so. A constraint that is validated can't be made otherwise. A check that
/// stands in for NOT NULL comes back unvalidated from a drafted file, for the file before it to drop: to read all rows for
/// that would be in vain.
pub(super) fn take_out(differences: &mut Vec<Difference>, files: &[Migration]) -> Vec<String> {
    let is_drafted = files.iter().all(|file| Opening::of(&file.up).reversible.is_some());
    let mut notes = Vec::new();
    differences.retain_mut(|difference| {
        let is_check = difference.part.as_ref().is_some_and(|part| part.starts_with("check "));
        let is_harmless = |it: &Detail| {
            it.fact == "not_valid" && (it.found.is_none() || (it.expected.is_none() && is_check && is_drafted))
        };
        let (harmless, others): (Vec<Detail>, Vec<Detail>) =
            std::mem::take(&mut difference.details).into_iter().partition(is_harmless);
        difference.details = others;
        if let Some(detail) = harmless.first() {
            let how =
                if detail.found.is_none() { "stays validated" } else { "comes back without having been validated" };
            notes.push(format!("{} {how}", difference.subject()));
        }
        harmless.is_empty() || !difference.details.is_empty()
    });
    notes
}
