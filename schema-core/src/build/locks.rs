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
    writes
        .apply(None)
        .map(drop)
        .map_err(|error| vec![project.failed(&project.schema_dir, "the locks can't be written", &error)])
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::build::testing::app;
    use crate::build::{draft, new_empty};
    use crate::locks::{LockMode, Measured, hashes};

    const ONE: &str = "#[derive(Table)]\nstruct User {\n    #[column(primary_key)]\n    id: i64,\n}\n";
    const OTHER: &str = "#[derive(Table)]\nstruct User {\n    #[column(primary_key)]\n    id: i64,\n    age: i32,\n}\n";

    /// As if every statement locked the same.
    fn measured(project: &Project) -> Locks {
        let mut locks = Locks::new(15);
        for (path, text) in State::load(project).unwrap().migrations.iter().flat_map(|migration| migration.files()) {
            let one = |statement| Measured {
                statement,
                locks: [("public.t".to_owned(), LockMode::Share)].into(),
                ..Measured::default()
            };
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            locks.files.insert(name, hashes(text).unwrap().into_iter().map(one).collect());
        }
        locks
    }

    fn up(project: &Project) -> String {
        State::load(project).unwrap().migrations.remove(0).up
    }

    fn complaints(project: &Project) -> Vec<String> {
        let mut findings = State::load(project).unwrap().check().unwrap();
        findings.retain(|finding| finding.message.contains("locks"));
        findings.into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn a_rebuild_gives_the_bytes_that_were_written_with_the_record() {
        let (_dir, project) = app(ONE);
        let plain = up(&project);
        record_locks(&project, &measured(&project)).unwrap();
        let shown = up(&project);
        assert!(shown.contains("\n-- Locks: SHARE on public.t\n\n"), "{shown}");
        let record = fs::read_to_string(project.draft_record()).unwrap();
        draft(&project).unwrap();
        assert_eq!((up(&project), fs::read_to_string(project.draft_record()).unwrap()), (shown, record));
        assert_eq!(complaints(&project), [] as [&str; 0]);
        fs::remove_file(project.locks_record()).unwrap();
        draft(&project).unwrap();
        assert_eq!(up(&project), plain);
    }

    #[test]
    fn a_changed_draft_loses_what_was_measured_of_another() {
        let (_dir, project) = app(ONE);
        record_locks(&project, &measured(&project)).unwrap();
        fs::write(project.crate_dir.join("src/lib.rs"), OTHER).unwrap();
        draft(&project).unwrap();
        assert!(!up(&project).contains("-- Locks: "));
        assert_eq!(complaints(&project), ["`schema/locks.json` holds the locks of other statements than this file's"]);
        new_empty(&project, "by hand").unwrap();
        assert_eq!(complaints(&project).len(), 3);
    }

    #[test]
    fn an_edited_draft_is_measured_and_stays() {
        let (_dir, project) = app(ONE);
        let path = State::load(&project).unwrap().migrations.remove(0).up_path;
        let edited = up(&project) + "SELECT 1;\n";
        fs::write(&path, &edited).unwrap();
        record_locks(&project, &measured(&project)).unwrap();
        assert_eq!(up(&project), edited);
        assert_eq!(State::load(&project).unwrap().edited(), [path]);
    }

    #[test]
    fn a_record_in_conflict_can_be_deleted() {
        let (_dir, project) = app(ONE);
        fs::write(project.locks_record(), "{\n<<<<<<< ours\n").unwrap();
        let errors = State::load(&project).unwrap_err();
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].to_string().contains("schema/locks.json:2:1"), "{errors:?}");
        assert_eq!(errors[0].help, ["delete the file: `cargo schema verify --locks` measures anew"]);
    }
}
