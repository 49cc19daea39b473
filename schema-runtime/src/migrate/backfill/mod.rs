//! Backfills: the rows of a table are filled in batches that commit one by one.
//!
//! The file holds a `DO` block that any runner can apply ([`schema_core::backfill`]). This one reads what it means and
//! drives the batches itself: its place is kept in the database with each batch, so that a run that ends anywhere goes
//! on there; the batch's size follows the time it takes; it pauses for replicas, old transactions and vacuum, and when it
//! is told to; and it finds the row for which there is no value.

mod batch;
mod cursor;
mod key;
mod status;
mod stop;
mod throttle;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use schema_core::backfill::Backfill;
use schema_core::ir::Dialect;
use schema_core::migration::normalized_checksum;

pub use cursor::Progress;
pub(crate) use cursor::{Cursor, FILLS, cursors, forget};
pub use status::{Backfilling, State};
pub(super) use status::{set_paused, status};
pub use stop::{HeldUp, Paused};

use super::backend::{Backend, Pace, pause};
use super::event::{Done, Event};
use super::run::{Job, Run};
use crate::error::{Error, cause};
use batch::{Batch, Failed, Walk};
use stop::Stop;
use throttle::{Look, Throttle};

/// Rows of the first batch, until it is known how long they take.
const FIRST_ROWS: u64 = 1_000;
/// A batch is never smaller, however long its rows take, unless a row fails in it.
const FEWEST_ROWS: u64 = 10;
const MOST_ROWS: u64 = 100_000;

/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_millis(250);
/// How often a reason to pause is told.
const REPEAT_EVERY: Duration = Duration::from_secs(5);

impl<B: Backend> Run<'_, B> {
    /// Fills all rows, and records the file.
    pub(super) async fn fill(&mut self, job: &Job<'_>, fill: &Backfill) -> Result<Done, Error> {
        match self.fill_and_record(job, fill).await {
            Ok(()) => Ok(job.done()),
            Err(stop) => {
                // The connection may be gone, and then there is nothing to end.
                let _ = self.backend.recover().await;
                Err(self.stopped(job, stop).await)
            }
        }
    }

    async fn fill_and_record(&mut self, job: &Job<'_>, fill: &Backfill) -> Result<(), Stop> {
        self.backend.settle(self.settings, Pace::Outside, 1).await?;
        let walk = Walk::new(&mut self.backend, fill).await?;
        let mut cursor = self.begin(job, &walk).await?;
        loop {
            cursor = self.pass(&walk, cursor).await?;
            // One more pass finds what came in behind the first one. Should rows still be left then, the application
            // goes on writing them, and what follows the backfill names them.
            if cursor.progress.pass > 1 || !walk.leaves_rows(&mut self.backend).await? {
                break;
            }
            cursor.key = None;
            cursor.progress.pass += 1;
            cursor.progress.rows_seen = 0;
            let sql = cursor.moved(self.backend.dialect(), &self.backend.table(FILLS));
            self.backend.script(&sql).await?;
        }
        self.tell(&cursor, None);
        self.backend.script(B::BEGIN).await?;
        self.write(job).await?;
        self.backend.script("COMMIT").await?;
        if self.backend.dialect() == Dialect::Postgres {
            self.analyze(job.version, &[format!("{} ({})", fill.table, fill.column)]).await;
        }
        Ok(())
    }

    /// The row that an earlier run of the same text left, or a new one.
    async fn begin(&mut self, job: &Job<'_>, walk: &Walk<'_>) -> Result<Cursor, Stop> {
        self.without_fills = false;
        let checksum = normalized_checksum(job.script).iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        let found = cursors(&mut self.backend).await?.unwrap_or_default();
        let found = found.into_iter().find(|cursor| (cursor.version, cursor.way) == (job.version, job.way));
        if found.as_ref().is_some_and(|cursor| cursor.paused) {
            return Err(Stop::Paused);
        }
        if let Some(cursor) = found.filter(|cursor| cursor.checksum == checksum) {
            (self.listener)(Event::Resuming { version: job.version });
            return Ok(cursor);
        }
        forget(&mut self.backend, job.version).await?;
        let mut cursor = Cursor::new(job.version, job.way, checksum, false);
        cursor::keep(&mut self.backend, &cursor).await?;
        cursor.progress.rows_estimated = walk.estimate(&mut self.backend).await?;
        let sql = cursor.moved(self.backend.dialect(), &self.backend.table(FILLS));
        self.backend.script(&sql).await?;
        Ok(cursor)
    }

    /// Goes through the keys behind the cursor.
    async fn pass(&mut self, walk: &Walk<'_>, mut cursor: Cursor) -> Result<Cursor, Stop> {
        let (mut throttle, mut size, mut attempt) = (Throttle::default(), Size::default(), 1);
        let (start, seen_before) = (Instant::now(), cursor.progress.rows_seen);
        // Since when the next batch is being tried.
        let mut since = Instant::now();
        let mut settled = None;
        let (mut told, mut repeated): (Option<Instant>, Option<Instant>) = (None, None);
        loop {
            match throttle.look(&mut self.backend, &self.settings.backfill, &walk.fill.table).await? {
                Look::Free => repeated = None,
                Look::Blocked { reason, waited } => {
                    if repeated.is_none_or(|repeated| repeated.elapsed() >= REPEAT_EVERY) {
                        repeated = Some(Instant::now());
                        (self.listener)(Event::MakingWay { version: cursor.version, reason: reason.text, waited });
                    }
                    if self.is_paused(&cursor).await? {
                        return Err(Stop::Paused);
                    }
                    continue;
                }
                Look::TooLong { reason, waited } => return Err(Stop::HeldUp(reason.text, waited)),
            }
            if settled.replace(attempt) != Some(attempt) {
                self.backend.settle(self.settings, Pace::Batch, attempt).await?;
            }
            match walk.batch(&mut self.backend, &cursor, size.rows()).await {
                Ok(Batch::Done { cursor: moved, took }) => {
                    let seen = moved.progress.rows_seen.saturating_sub(cursor.progress.rows_seen);
                    size.took(took, self.settings.backfill.batch, seen);
                    (cursor, attempt, since) = (moved, 1, Instant::now());
                    if told.is_none_or(|told| told.elapsed() >= TELL_EVERY) {
                        told = Some(Instant::now());
                        let seen = cursor.progress.rows_seen.saturating_sub(seen_before);
                        self.tell(&cursor, per_second(seen, start.elapsed()));
                    }
                }
                Ok(Batch::Over(cursor)) => {
                    self.backend.settle(self.settings, Pace::Outside, 1).await?;
                    return Ok(cursor);
                }
                Ok(Batch::Paused) => return Err(Stop::Paused),
                Ok(Batch::Gone) => return Err(gone().into()),
                Err(failed) => {
                    attempt = self.after_failure(walk, &cursor, &mut size, failed, (attempt, since.elapsed())).await?
                }
            }
        }
    }

    /// A batch that met a lock is tried again, one with a row that can't be filled is made smaller until that row is
    /// alone. The number of the next try.
    async fn after_failure(
        &mut self,
        walk: &Walk<'_>,
        cursor: &Cursor,
        size: &mut Size,
        failed: Failed,
        (attempt, spent): (u32, Duration),
    ) -> Result<u32, Stop> {
        let Failed { last, cause: error } = failed;
        if error.as_database_error().is_none() {
            return Err(Stop::Database(error, attempt));
        }
        self.backend.recover().await?;
        let (pause, tries) = (pause(attempt), self.settings.tries);
        if B::passes(&error) && self.may_try(attempt, spent + pause) {
            (self.listener)(Event::Retrying { version: cursor.version, attempt, tries, pause, cause: cause(&error) });
            tokio::time::sleep(pause).await;
            return Ok(attempt + 1);
        }
        match last.filter(|_| B::is_of_a_row(&error)) {
            Some(_) if size.halve() => Ok(1),
            Some(last) => Err(Stop::Row(walk.shown(&last), error)),
            None => Err(Stop::Database(error, attempt)),
        }
    }

    async fn is_paused(&mut self, cursor: &Cursor) -> sqlx::Result<bool> {
        let found = cursors(&mut self.backend).await?.unwrap_or_default();
        Ok(found.iter().any(|found| (found.version, found.way) == (cursor.version, cursor.way) && found.paused))
    }

    fn tell(&mut self, cursor: &Cursor, rows_per_second: Option<u64>) {
        let left = cursor.progress.rows_estimated.checked_sub(cursor.progress.rows_seen);
        let left = left.zip(rows_per_second.filter(|rate| *rate > 0));
        (self.listener)(Event::Filling {
            version: cursor.version,
            progress: cursor.progress.clone(),
            rows_per_second,
            left: left.map(|(rows, rate)| Duration::from_secs(rows / rate)),
        });
    }
}

/// The number of rows in a batch.
struct Size {
    rows: u64,
    /// How many rows behind the cursor hold one that fails: until they are done, batches do not grow.
    suspect: u64,
}

impl Default for Size {
    fn default() -> Self {
        Self { rows: FIRST_ROWS, suspect: 0 }
    }
}

impl Size {
    fn rows(&self) -> u64 {
        self.rows
    }

    /// The next batch is to take the time that is aimed at, but is at most twice as large.
    fn took(&mut self, took: Duration, aim: Duration, rows: u64) {
        self.suspect = self.suspect.saturating_sub(rows);
        if self.suspect > 0 {
            return;
        }
        let ratio = (aim.as_secs_f64() / took.as_secs_f64().max(0.000_1)).clamp(0.1, 2.0);
        // Both are far below 2^52, and a fraction of a row is of no interest.
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let rows = (self.rows as f64 * ratio) as u64;
        self.rows = rows.clamp(FEWEST_ROWS, MOST_ROWS);
    }

    /// Half of it; false where it is one row already.
    fn halve(&mut self) -> bool {
        if self.rows == 1 {
            return false;
        }
        self.suspect = self.rows;
        self.rows = self.rows.div_ceil(2);
        true
    }
}

fn per_second(rows: u64, time: Duration) -> Option<u64> {
    let millis = u64::try_from(time.as_millis()).ok().filter(|millis| *millis > 0)?;
    Some(rows.saturating_mul(1_000) / millis)
}

fn gone() -> sqlx::Error {
    sqlx::Error::Protocol("another run has ended this backfill".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const AIM: Duration = Duration::from_millis(30);

    #[test]
    fn batches_come_near_to_the_time_that_is_aimed_at() {
        let mut size = Size::default();
        for _ in 0..30 {
            let took = Duration::from_micros(size.rows() * 10);
            size.took(took, AIM, size.rows());
        }
        assert!((2_900..=3_100).contains(&size.rows()), "{}", size.rows());
        size.took(Duration::from_secs(10), AIM, size.rows());
        assert!(size.rows() < 400, "{}", size.rows());
        for _ in 0..10 {
            size.took(Duration::from_secs(10), AIM, size.rows());
        }
        assert_eq!(size.rows(), FEWEST_ROWS);
    }

    #[test]
    fn a_row_that_fails_is_found_in_few_steps_and_batches_grow_again_behind_it() {
        let (mut size, mut done, mut steps) = (Size::default(), 0, 0);
        let bad = 777;
        while !(size.rows() == 1 && done == bad) {
            steps += 1;
            if (done..done + size.rows()).contains(&bad) {
                assert!(size.halve());
            } else {
                done += size.rows();
                size.took(Duration::from_millis(1), AIM, size.rows());
            }
            assert!(steps < 30);
        }
        assert!(!size.halve());
        for _ in 0..2_000 {
            size.took(Duration::from_millis(1), AIM, size.rows());
        }
        assert!(size.rows() > FIRST_ROWS);
    }
}
