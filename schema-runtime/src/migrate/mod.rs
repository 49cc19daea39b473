//! Applying and reverting migrations.
//!
//! The history is sqlx's own table `_sqlx_migrations`, written as sqlx writes it, so that `sqlx migrate run` and this
//! runner can take turns. Beside it `_schema_migrations` keeps what sqlx does not: the down texts, and what was begun
//! outside a transaction. Everything that can be wrong is looked for before anything runs, and told at once.
//!
//! A run needs a connection of its own ([`crate::connect::connect`]): it holds a lock there, and a connection whose
//! run was dropped half-way is not to be used again.

mod backend;
mod backfill;
mod check;
mod event;
mod folded;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
mod fuse;
pub(crate) mod kept;
#[cfg(feature = "mysql")]
mod mysql;
mod outside;
#[cfg(feature = "postgres")]
mod postgres;
mod run;
pub(crate) mod script;
mod select;
mod source;
#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(feature = "postgres")]
mod statistics;
mod status;
mod steps;
pub(crate) mod together;
#[cfg(feature = "postgres")]
mod watch;

pub use backfill::{Backfilling, HeldUp, Paused, Progress, State as BackfillState};
pub use event::{Done, Event, Report, Step};
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub(crate) use fuse::Course;
pub use kept::{Kept, chosen};
#[doc(hidden)]
pub use source::Embedded;
pub use source::Source;
pub use status::{Entry, State, Status};

use backend::{APPLIED, Backend, Pace};
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub(crate) use check::named;
use check::{Kind, Records, note_of};
use run::Run;
use select::step;
#[cfg(all(feature = "postgres", feature = "sqlite"))]
pub(crate) use steps::STEPS;

use crate::connect::Connection;
use crate::error::Error;

/// How far to apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Everything.
    Latest,
    /// Up to this version, which is included.
    Version(i64),
    /// Up to the first contract file, which is not: what an earlier release still uses stays
    /// ([`schema_core::migration::contract`]).
    BeforeContract,
}

/// How far to revert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Back {
    /// This many, the newest first.
    Steps(usize),
    /// Down to this version, which stays applied, as `sqlx migrate revert --target-version` has it (BUGS.md B54);
    /// 0 reverts everything.
    To(i64),
}

/// Applies and reverts the migrations of a [`Source`].
#[derive(Clone, Debug)]
pub struct Migrator {
    source: Source,
    allow_out_of_order: bool,
    allow_newer: bool,
}

/// What happens under the lock.
#[derive(Clone, Copy)]
enum Task {
    Migrate(Target),
    Revert(Back),
    Redo,
    Baseline(i64),
    RepairLineEndings,
    AcceptDowns,
}

/// Runs `$body` with a [`Run`] on whichever database it is.
macro_rules! with_run {
    ($connection:expr, $listener:expr, $run:ident => $body:expr) => {{
        let Connection {
            database,
            settings,
            place,
            #[cfg(feature = "postgres")]
            options,
            #[cfg(any(feature = "mysql", feature = "postgres"))]
            watchdog,
            ..
        } = $connection;
        match database {
            #[cfg(feature = "postgres")]
            crate::connect::Database::Postgres(connection) => {
                let backend = $crate::migrate::postgres::Session::new(connection, options.clone(), place);
                let mut $run = Run { backend, settings, place, listener: $listener, line: None, without_fills: false };
                $crate::migrate::placed(
                    place,
                    $crate::connect::silence::over(watchdog.as_ref(), place, async { $body }),
                )
                .await
            }
            #[cfg(feature = "mysql")]
            crate::connect::Database::MySql(connection, flavour) => {
                let backend = $crate::migrate::mysql::Session::new(connection, *flavour, place);
                let mut $run = Run { backend, settings, place, listener: $listener, line: None, without_fills: false };
                $crate::migrate::placed(
                    place,
                    $crate::connect::silence::over(watchdog.as_ref(), place, async { $body }),
                )
                .await
            }
            #[cfg(feature = "sqlite")]
            crate::connect::Database::Sqlite(connection) => {
                let backend = $crate::migrate::sqlite::Session::new(connection);
                let mut $run = Run { backend, settings, place, listener: $listener, line: None, without_fills: false };
                $crate::migrate::placed(place, async { $body }).await
            }
        }
    }};
}
use with_run;

/// Does work on a database, whose place its errors name.
async fn placed<T>(place: &str, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    work.await.map_err(|error| error.at(place))
}

impl Migrator {
    /// A migrator of these migrations.
    #[must_use]
    pub fn new(source: Source) -> Self {
        Self { source, allow_out_of_order: false, allow_newer: false }
    }

    /// Whether a pending migration that is older than an applied one runs, instead of being refused. Default false.
    #[must_use]
    pub fn allow_out_of_order(mut self, allow: bool) -> Self {
        self.allow_out_of_order = allow;
        self
    }

    /// Whether a database that a newer release has migrated further counts as up to date, instead of being refused: for an
    /// application that is started again while the next release is rolled out. Default false.
    ///
    /// ```
    /// use schema_runtime::migrate::{Migrator, Source};
    /// let folder = tempfile::tempdir()?;
    /// let migrator = Migrator::new(Source::folder(folder.path())?).allow_newer(true);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn allow_newer(mut self, allow: bool) -> Self {
        self.allow_newer = allow;
        self
    }

    /// What it migrates.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// How the database stands. Writes nothing.
    ///
    /// # Errors
    /// A database of another kind, or one that can't be read.
    pub async fn status(&self, connection: &mut Connection) -> Result<Status, Error> {
        let dialect = connection.dialect();
        let records = self.records(connection).await?;
        let mut status = status::status(&self.source, &records, dialect);
        for backfill in self.backfills(connection).await? {
            status.note(&backfill);
        }
        Ok(status)
    }

    /// What [`migrate`](Self::migrate) would run now. Writes nothing.
    ///
    /// # Errors
    /// As [`migrate`](Self::migrate), before anything runs.
    pub async fn plan(&self, connection: &mut Connection, target: Target) -> Result<Vec<Step>, Error> {
        let dialect = connection.dialect();
        let records = self.records(connection).await?;
        let pending = self.pending(&records, dialect, target)?;
        Ok(pending.into_iter().map(|file| step(file.version, &file.description, &file.up)).collect())
    }

    /// What [`revert`](Self::revert) would run now. Writes nothing.
    ///
    /// # Errors
    /// As [`revert`](Self::revert), before anything runs.
    pub async fn plan_revert(&self, connection: &mut Connection, back: Back) -> Result<Vec<Step>, Error> {
        let dialect = connection.dialect();
        let records = self.records(connection).await?;
        self.reversal(&records, dialect, back)
    }

    /// Applies what is pending.
    ///
    /// # Errors
    /// [`Error::Refused`] with every fault before anything runs, [`Error::Locked`], or the first file that fails;
    /// the files before it stay applied.
    pub async fn migrate(
        &self,
        connection: &mut Connection,
        target: Target,
        listener: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Report, Error> {
        self.locked(connection, listener, Task::Migrate(target)).await
    }

    /// Runs down files, the newest first.
    ///
    /// # Errors
    /// As [`migrate`](Self::migrate); also a version without a down, or whose down file is not the one it was
    /// applied with.
    pub async fn revert(
        &self,
        connection: &mut Connection,
        back: Back,
        listener: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Report, Error> {
        self.locked(connection, listener, Task::Revert(back)).await
    }

    /// Undoes the drafts that changed since this database applied them, by the down texts that it keeps, and applies
    /// everything that is pending then.
    ///
    /// # Errors
    /// As [`migrate`](Self::migrate); also when a sealed migration was applied on top of the draft.
    pub async fn redo(
        &self,
        connection: &mut Connection,
        listener: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Report, Error> {
        self.locked(connection, listener, Task::Redo).await
    }

    /// Records everything up to `version` as applied without running it: for a database that has it already.
    ///
    /// # Errors
    /// As [`migrate`](Self::migrate).
    pub async fn baseline(&self, connection: &mut Connection, version: i64) -> Result<Report, Error> {
        self.locked(connection, &mut |_| {}, Task::Baseline(version)).await
    }

    /// Records the checksums of the files as they are, where only line endings or a byte-order mark differ from what
    /// was applied (BUGS.md B29). A real edit stays refused.
    ///
    /// # Errors
    /// As [`status`](Self::status), and [`Error::Locked`].
    pub async fn repair_line_endings(&self, connection: &mut Connection) -> Result<Report, Error> {
        self.locked(connection, &mut |_| {}, Task::RepairLineEndings).await
    }

    /// Records the down files as they are, where they were corrected after their ups were applied.
    ///
    /// # Errors
    /// As [`status`](Self::status), and [`Error::Locked`].
    pub async fn accept_downs(&self, connection: &mut Connection) -> Result<Report, Error> {
        self.locked(connection, &mut |_| {}, Task::AcceptDowns).await
    }

    /// The backfills that are pending or under way. Writes nothing, and waits for no run.
    ///
    /// # Errors
    /// As [`status`](Self::status).
    pub async fn backfills(&self, connection: &mut Connection) -> Result<Vec<Backfilling>, Error> {
        let records = self.records(connection).await?;
        with_run!(connection, &mut |_| {}, run => {
            run.backend.open(run.settings).await?;
            backfill::status(&mut run, &self.source, &records).await
        })
    }

    /// Pauses one backfill, or every one that is pending or under way. A run that is at it ends behind its batch with
    /// [`Error::Paused`], and so does each later one until it is resumed. Waits for no run.
    ///
    /// # Errors
    /// As [`status`](Self::status); also a version that is no such backfill.
    pub async fn pause_backfill(
        &self,
        connection: &mut Connection,
        version: Option<i64>,
    ) -> Result<Vec<Backfilling>, Error> {
        self.set_paused(connection, version, true).await
    }

    /// Lets one backfill, or every one that is paused, go on with the next run.
    ///
    /// # Errors
    /// As [`pause_backfill`](Self::pause_backfill).
    pub async fn resume_backfill(
        &self,
        connection: &mut Connection,
        version: Option<i64>,
    ) -> Result<Vec<Backfilling>, Error> {
        self.set_paused(connection, version, false).await
    }

    async fn set_paused(
        &self,
        connection: &mut Connection,
        version: Option<i64>,
        paused: bool,
    ) -> Result<Vec<Backfilling>, Error> {
        let records = self.records(connection).await?;
        with_run!(connection, &mut |_| {}, run => {
            run.backend.open(run.settings).await?;
            backfill::set_paused(&mut run, &self.source, &records, version, paused).await
        })
    }

    async fn records(&self, connection: &mut Connection) -> Result<Records, Error> {
        self.check_connection(connection)?;
        with_run!(connection, &mut |_| {}, run => {
            run.backend.open(run.settings).await?;
            let mut records = run.load().await?;
            records.fold(&self.source);
            Ok(records)
        })
    }

    fn check_connection(&self, connection: &Connection) -> Result<(), Error> {
        if connection.running {
            return Err(Error::Interrupted { place: connection.place.clone() });
        }
        match self.source.dialect {
            Some(source_dialect) if source_dialect != connection.dialect() => Err(Error::WrongDialect {
                source_dialect,
                database: connection.dialect(),
                place: connection.place.clone(),
            }),
            _ => Ok(()),
        }
    }

    async fn locked(
        &self,
        connection: &mut Connection,
        listener: &mut (dyn FnMut(Event) + Send),
        task: Task,
    ) -> Result<Report, Error> {
        self.check_connection(connection)?;
        connection.running = true;
        let result = with_run!(&mut *connection, listener, run => self.under_lock(&mut run, task).await);
        // One that broke is in the middle of something for good.
        connection.running = matches!(result, Err(Error::Broken { .. }));
        result
    }

    async fn under_lock<B: Backend>(&self, run: &mut Run<'_, B>, task: Task) -> Result<Report, Error> {
        run.backend.open(run.settings).await?;
        run.lock().await?;
        let result = self.perform(run, task).await;
        let unlocked = run.backend.unlock().await;
        result.and_then(|report| unlocked.map(|()| report).map_err(Error::from))
    }

    /// Reads the records inside the lock: what was read before it may be old (BUGS.md B36).
    async fn perform<B: Backend>(&self, run: &mut Run<'_, B>, task: Task) -> Result<Report, Error> {
        run.backend.settle(run.settings, Pace::Transaction, 1).await?;
        run.create_tables().await?;
        let mut records = run.load().await?;
        let mut report = Report::default();
        for folded in records.fold(&self.source) {
            run.fold(&folded).await?;
            report.recorded.push(folded.file.version);
        }
        if run.adopt(&self.source, &records).await? {
            records = run.load().await?;
        }
        match self.carry_out(run, &records, task, &mut report).await {
            Ok(()) => Ok(report),
            Err(Error::Paused(paused)) => Err(Error::Paused(Box::new(Paused { report, ..*paused }))),
            Err(error) => Err(error),
        }
    }

    async fn carry_out<B: Backend>(
        &self,
        run: &mut Run<'_, B>,
        records: &Records,
        task: Task,
        report: &mut Report,
    ) -> Result<(), Error> {
        match task {
            Task::Migrate(target) => self.apply_pending(run, records, target, report).await?,
            Task::Revert(back) => {
                let steps = self.reversal(records, run.backend.dialect(), back)?;
                self.run_back(run, records, &steps, report).await?;
            }
            Task::Redo => {
                let steps = self.undo_of_drafts(records, run.backend.dialect())?;
                self.run_back(run, records, &steps, report).await?;
                let records = run.load().await?;
                self.apply_pending(run, &records, Target::Latest, report).await?;
            }
            Task::Baseline(version) => {
                for file in self.pending(records, run.backend.dialect(), Target::Version(version))? {
                    run.record(file, self.source.says_draft(file.version).unwrap_or_default()).await?;
                    report.recorded.push(file.version);
                }
            }
            Task::RepairLineEndings => {
                for file in self.files_with(records, run.backend.dialect(), Kind::Endings) {
                    run.set_checksum(file).await?;
                    report.recorded.push(file.version);
                }
            }
            Task::AcceptDowns => {
                for file in self.files_with(records, run.backend.dialect(), Kind::Down) {
                    run.write_note(&note_of(file, false)).await?;
                    report.recorded.push(file.version);
                }
            }
        }
        Ok(())
    }

    async fn apply_pending<B: Backend>(
        &self,
        run: &mut Run<'_, B>,
        records: &Records,
        target: Target,
        report: &mut Report,
    ) -> Result<(), Error> {
        let pending = self.pending(records, run.backend.dialect(), target)?;
        let total = pending.len();
        for (index, file) in (1..).zip(pending) {
            (run.listener)(Event::Applying {
                version: file.version,
                description: file.description.clone(),
                index,
                total,
            });
            let begun = records.notes.get(&file.version).is_some_and(|note| note.phase != APPLIED);
            let draft = self.source.says_draft(file.version).unwrap_or_default();
            report.applied.push(run.apply(file, draft, begun).await?);
        }
        Ok(())
    }

    async fn run_back<B: Backend>(
        &self,
        run: &mut Run<'_, B>,
        records: &Records,
        steps: &[Step],
        report: &mut Report,
    ) -> Result<(), Error> {
        let total = steps.len();
        for (index, step) in (1..).zip(steps) {
            (run.listener)(Event::Reverting {
                version: step.version,
                description: step.description.clone(),
                index,
                total,
            });
            let file = self.source.find(step.version);
            let note = records.note_of_run(&self.source, step.version);
            if let Some(note) = note.cloned().or_else(|| file.map(|file| note_of(file, false))) {
                let up = file.map(|file| &*file.up);
                report.reverted.push(run.revert(&step.description, &step.sql, note, up).await?);
            }
        }
        Ok(())
    }
}
