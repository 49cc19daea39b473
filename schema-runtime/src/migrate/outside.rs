//! What commits before its record does: a statement that no transaction can hold, and rows that are filled in batches. A run that is
//! killed leaves it in the middle, where the next one takes it up, or a revert takes it back.

use super::backend::{APPLIED, APPLYING, Backend, Effect, Note, Pace, REVERTING};
use super::backfill::Cursor;
use super::check::Records;
use super::event::Done;
use super::run::{Job, Run, Way};
use crate::error::Error;

impl Records {
    /// What was begun outside a transaction, and is not in the history.
    pub(crate) fn take_interrupted(&mut self) {
        let is_begun = |note: &&Note| note.phase != APPLIED && !self.applied.contains_key(&note.version);
        self.half_applied = self.notes.values().filter(is_begun).map(|note| note.version).collect();
    }

    /// What is filled in part is undone as a whole: its down does not ask how far it came.
    pub(crate) fn take_half_filled(&mut self, cursors: &[Cursor]) {
        let is_half = |cursor: &&Cursor| cursor.progress.batches > 0 && !self.applied.contains_key(&cursor.version);
        self.half_applied.extend(cursors.iter().filter(is_half).map(|cursor| cursor.version));
    }
}

impl<B: Backend> Run<'_, B> {
    /// A statement that no transaction can hold: marked before, recorded behind. Whether one that was interrupted
    /// took effect is read from the catalog, and so is whether it did what it reports (BUGS.md B21).
    pub(super) async fn outside(&mut self, job: &Job<'_>, begun: bool) -> sqlx::Result<()> {
        let before = self.backend.effect(job.script).await?;
        if !(begun && before == Effect::There) {
            if before != Effect::There {
                self.mark(job).await?;
            }
            self.run_text(job, job.script).await?;
            if self.backend.effect(job.script).await? == Effect::NotThere {
                return Err(sqlx::Error::Protocol(
                    "the statement ended without an error, and without its effect".to_owned(),
                ));
            }
        }
        self.backend.script(B::BEGIN).await?;
        self.write(job).await?;
        self.backend.script("COMMIT").await.map(drop)
    }

    /// Whether a statement that was interrupted outside a transaction left nothing; what it left half-done is removed.
    pub(super) async fn has_no_effect(&mut self, up: Option<&str>) -> Result<bool, Error> {
        self.backend.settle(self.settings, Pace::Outside, 1).await?;
        match up {
            Some(up) => Ok(self.backend.effect(up).await? == Effect::NotThere),
            None => Ok(false),
        }
    }

    pub(super) async fn forget_interrupted(&mut self, job: &Job<'_>) -> Result<Done, Error> {
        self.backend.script(B::BEGIN).await?;
        self.write(job).await?;
        self.backend.script("COMMIT").await?;
        Ok(job.done())
    }

    pub(super) async fn mark(&mut self, job: &Job<'_>) -> sqlx::Result<()> {
        let phase = match job.way {
            Way::Apply => APPLYING,
            Way::Revert => REVERTING,
        };
        self.write_note(&Note { phase: phase.to_owned(), ..job.note.clone() }).await
    }

    /// Takes back that a revert was begun.
    pub(super) async fn unmark(&mut self, job: &Job<'_>) -> sqlx::Result<()> {
        self.write_note(&Note { phase: APPLIED.to_owned(), ..job.note.clone() }).await
    }
}
