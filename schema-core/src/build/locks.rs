//! Measured locks within the life of a change: their record, and the draft that shows them.

use super::lifecycle::lock;
use super::project::Project;
use super::state::State;
use crate::diag::Finding;
use crate::ir::Dialect;
use crate::locks::{Locks, annotated};
use crate::migration::normalized;
use crate::snapshot::{hex_checksum, json};
use crate::writes::Writes;

/// Keeps what was measured, and shows it in the comments of the draft. Sealed files and those written by hand are never
/// touched, nor is a draft that was edited.
///
/// # Errors
/// When the state is at fault or a file can't be written.
pub fn record_locks(project: &Project, locks: &Locks) -> Result<(), Vec<Finding>> {
    let _lock = lock(project)?;
    let state = State::load(project)?;
    let mut writes = Writes::default();
    writes.set(project.locks_record(), locks.text());
    if state.edited().is_empty() {
        annotate_draft(&state, locks, &mut writes);
    }
    writes.apply(None).map_err(|error| vec![project.failed(&project.schema_dir, "the locks can't be written", &error)])
}

/// The texts that the next build would write: it reads the same record.
fn annotate_draft(state: &State, locks: &Locks, writes: &mut Writes) {
    let Some(mut draft) = state.draft.clone() else { return };
    for migration in state.migrations.iter().filter(|migration| state.is_draft(migration)) {
        for (path, text) in migration.files() {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let Some(recorded) = draft.files.get_mut(&*name) else { continue };
            let text = annotated(&normalized(text), &name, Some(locks));
            *recorded = hex_checksum(&text);
            writes.set(path.to_path_buf(), text);
        }
    }
    writes.set(state.project.draft_record(), json::text(&draft));
}

/// Where the record no longer fits the files; nothing when there is none.
pub(super) fn lock_findings(state: &State) -> Vec<Finding> {
    let Some(locks) = state.locks.as_ref().filter(|_| state.project.dialect == Dialect::Postgres) else {
        return Vec::new();
    };
    let files: Vec<_> = state.migrations.iter().flat_map(|migration| migration.files()).collect();
    let labels: Vec<_> = files.iter().map(|(path, text)| (state.project.label(path), *text)).collect();
    let files = labels.iter().map(|(label, text)| (label.as_path(), *text));
    locks.disagreements(files, &state.project.label(&state.project.locks_record()))
}
