//! One run on one connection: the lock, the records, and one file at a time. The same for every database.

use std::time::{Duration, Instant};

use schema_core::backfill;
use schema_core::migration::{Migration, checksum, no_transaction};

use super::backend::{APPLIED, APPLYING, Backend, HISTORY, NOTES, Note, Pace, Value, pause};
use super::backfill::{cursors, forget};
use super::check::{Records, named, note_of};
use super::event::{Done, Event};
use super::script::wrapped;
use super::source::Source;
use crate::connect::ConnectSettings;
use crate::error::{Error, MigrationFailed, cause, is_of_older_moment};

/// How often a wait for the lock is told.
const TELL_EVERY: Duration = Duration::from_secs(5);
/// The longest pause between two tries to get the lock.
const POLL: Duration = Duration::from_millis(500);

/// Begins a transaction of MariaDB or MySQL that sees what there is now, whatever the server's own setting is.
const ONE_MOMENT: &str =
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";

/// PostgreSQL's `query_canceled`.
const TIMED_OUT: &str = "57014";

pub(crate) type Listener<'a> = &'a mut (dyn FnMut(Event) + Send);

pub(crate) struct Run<'a, B> {
    pub(crate) backend: B,
    pub(crate) settings: &'a ConnectSettings,
    pub(crate) place: &'a str,
    pub(crate) listener: Listener<'a>,
    /// The line at which the last text of a migration failed.
    pub(crate) line: Option<usize>,
    /// True where our table of backfills is known to be missing, so that none of its rows need be removed.
    pub(crate) without_fills: bool,
}

/// What sqlx's history says of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum History {
    /// It is under way, and not in a transaction.
    Begun,
    /// It was applied, which took so long.
    Applied(Duration),
    /// It counts as applied, and was not run here.
    Skipped,
}

impl History {
    /// In nanoseconds; sqlx's -1 where there is none.
    fn execution_time(self) -> i64 {
        match self {
            Self::Applied(elapsed) => i64::try_from(elapsed.as_nanos()).unwrap_or(i64::MAX),
            Self::Begun | Self::Skipped => -1,
        }
    }
}

impl Job<'_> {
    pub(super) fn done(&self) -> Done {
        Done { version: self.version, description: self.description.to_owned(), elapsed: self.started.elapsed() }
    }

    /// Whether it undoes all that the version did.
    pub(super) fn is_whole(&self) -> bool {
        self.note.down_sql.as_deref() == Some(self.script)
    }
}

/// Which way a file goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Apply,
    Revert,
}

impl Way {
    /// For messages.
    pub(crate) fn verb(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Revert => "revert",
        }
    }

    /// For records.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Apply => "up",
            Self::Revert => "down",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Apply, Self::Revert].into_iter().find(|way| way.name() == name)
    }
}

/// A text to run, with what is recorded about it.
pub(super) struct Job<'a> {
    pub(super) way: Way,
    pub(super) version: i64,
    pub(super) description: &'a str,
    pub(super) script: &'a str,
    /// sqlx's checksum of the up text.
    pub(super) checksum: Vec<u8>,
    pub(super) note: Note,
    pub(super) started: Instant,
}

impl<B: Backend> Run<'_, B> {
    /// Takes the lock by trying, never by waiting in the database: a waiter there holds a snapshot that a concurrent
    /// index build waits for (BUGS.md B20, HAZARDS.md row 71).
    pub(crate) async fn lock(&mut self) -> Result<(), Error> {
        let start = Instant::now();
        let mut told: Option<Instant> = None;
        let mut sleep = Duration::from_millis(20);
        while !self.backend.try_lock().await? {
            let waited = start.elapsed();
            if waited >= self.settings.lock_wait {
                let holder = self.backend.holder().await;
                return Err(Error::Locked { place: self.place.to_owned(), holder, waited: self.settings.lock_wait });
            }
            if told.is_none_or(|told| told.elapsed() >= TELL_EVERY) {
                told = Some(Instant::now());
                let holder = self.backend.holder().await;
                (self.listener)(Event::LockWaiting { holder, waited });
            }
            tokio::time::sleep(sleep.min(self.settings.lock_wait - waited)).await;
            sleep = (sleep * 2).min(POLL);
        }
        if !self.backend.holds_lock().await? {
            self.backend.unlock().await?;
            return Err(Error::Pooled { place: self.place.to_owned() });
        }
        (self.listener)(Event::Locked);
        Ok(())
    }

    /// Reads the records; tables that don't exist hold none. Whoever only looks has no lock: where another run records its steps
    /// meanwhile, history and notes must be those of one moment, or the file that it is at seems to have failed.
    pub(crate) async fn load(&mut self) -> Result<Records, Error> {
        if !B::STEPWISE {
            return self.read_records().await;
        }
        loop {
            self.backend.script(ONE_MOMENT).await?;
            let records = self.read_records().await;
            self.backend.script("COMMIT").await?;
            match records {
                // A table of ours that has been made since: there are few, so this comes to an end.
                Err(Error::Database(error)) if is_of_older_moment(&error) => tokio::time::sleep(POLL / 10).await,
                records => return records,
            }
        }
    }

    async fn read_records(&mut self) -> Result<Records, Error> {
        let mut records = Records::default();
        if self.backend.exists(HISTORY).await? {
            let sql = format!(
                "SELECT version, description, success, checksum, execution_time FROM {} ORDER BY version",
                self.backend.table(HISTORY)
            );
            records.applied = self.backend.applied(&sql).await?.into_iter().map(|row| (row.version, row)).collect();
        }
        let names = self.backend.rows(B::KEPT_NAMES).await?;
        records.kept = names.into_iter().flatten().flatten().collect();
        if self.backend.exists(NOTES).await? {
            let sql = format!(
                "SELECT version, phase, draft, up_checksum, down_checksum, down_sql FROM {} ORDER BY version",
                self.backend.table(NOTES)
            );
            records.notes = self.backend.notes(&sql).await?.into_iter().map(|note| (note.version, note)).collect();
        }
        match B::STEPWISE {
            true => records.take_begun(),
            false => records.take_interrupted(),
        }
        let cursors = cursors(&mut self.backend).await?;
        self.without_fills = cursors.is_none();
        records.take_half_filled(&cursors.unwrap_or_default());
        Ok(records)
    }

    /// Makes both tables: sqlx's as sqlx makes it, so that either tool can go on where the other stopped.
    pub(crate) async fn create_tables(&mut self) -> Result<(), Error> {
        let (timestamp, bytes, text) = B::TYPES;
        if !self.backend.exists(HISTORY).await? {
            let table = self.backend.table(HISTORY);
            self.backend
                .script(&format!(
                    "CREATE TABLE {table} (\n    version BIGINT PRIMARY KEY,\n    description TEXT NOT NULL,\n    installed_on {timestamp},\n    \
                     success BOOLEAN NOT NULL,\n    checksum {bytes} NOT NULL,\n    execution_time BIGINT NOT NULL\n)"
                ))
                .await?;
        }
        if !self.backend.exists(NOTES).await? {
            let table = self.backend.table(NOTES);
            self.backend
                .script(&format!(
                    "CREATE TABLE {table} (\n    version BIGINT PRIMARY KEY,\n    phase TEXT NOT NULL,\n    draft BOOLEAN NOT NULL,\n    \
                     up_checksum {bytes} NOT NULL,\n    down_checksum {bytes},\n    down_sql {text}\n)"
                ))
                .await?;
        }
        if B::STEPWISE {
            self.create_steps().await?;
        }
        Ok(())
    }

    /// Keeps the downs of what another tool applied, so that a later change is seen, forgets what it reverted, and
    /// notes what has been sealed, but not above a draft that is to be undone first. Returns whether anything was written.
    pub(crate) async fn adopt(&mut self, source: &Source, records: &Records) -> Result<bool, Error> {
        let (mut adopted, mut is_above_draft) = (false, false);
        for row in records.applied.values().filter(|row| row.success) {
            let Some(file) = source.find(row.version).filter(|file| checksum(&file.up) == row.checksum) else {
                is_above_draft |= records.was_draft(source, row.version);
                continue;
            };
            let said = source.says_draft(file.version);
            match records.note(row.version, Some(file)) {
                None => self.write_note(&note_of(file, said.unwrap_or_default())).await?,
                Some(note) if said.is_some_and(|said| said != note.draft) && !is_above_draft => {
                    self.write_note(&Note { draft: !note.draft, ..note.clone() }).await?;
                }
                Some(_) => continue,
            }
            adopted = true;
        }
        for note in
            records.notes.values().filter(|note| note.phase == APPLIED && !records.applied.contains_key(&note.version))
        {
            self.remove(NOTES, note.version).await?;
            adopted = true;
        }
        Ok(adopted)
    }

    pub(crate) async fn apply(&mut self, file: &Migration, draft: bool, begun: bool) -> Result<Done, Error> {
        let job = Job {
            way: Way::Apply,
            version: file.version,
            description: &file.description,
            script: &file.up,
            checksum: checksum(&file.up),
            note: note_of(file, draft),
            started: Instant::now(),
        };
        let done = self.perform(&job, begun).await?;
        (self.listener)(Event::Applied { version: done.version, elapsed: done.elapsed });
        Ok(done)
    }

    /// Undoes a version by `down`: the file's text, or the one that our table keeps. `up` is what a run may have left in the middle.
    pub(crate) async fn revert(
        &mut self,
        description: &str,
        down: &str,
        note: Note,
        up: Option<&str>,
    ) -> Result<Done, Error> {
        let begun = note.phase != APPLIED;
        let version = note.version;
        let is_undone = note.phase == APPLYING && !B::STEPWISE && self.has_no_effect(up).await?;
        let rest = if B::STEPWISE { self.way_back(version, description, down).await? } else { down.to_owned() };
        let (checksum, started) = (Vec::new(), Instant::now());
        let job = Job { way: Way::Revert, version, description, script: &rest, checksum, note, started };
        let done = match is_undone {
            true => self.forget_interrupted(&job).await?,
            false => self.perform(&job, begun).await?,
        };
        (self.listener)(Event::Reverted { version: done.version, elapsed: done.elapsed });
        Ok(done)
    }

    /// Records a version as applied without running it.
    pub(crate) async fn record(&mut self, file: &Migration, draft: bool) -> Result<(), Error> {
        self.backend.script(B::BEGIN).await?;
        self.forget_fill(file.version).await?;
        self.write_history(file.version, &file.description, checksum(&file.up), History::Skipped).await?;
        self.write_note(&note_of(file, draft)).await?;
        self.backend.script("COMMIT").await?;
        Ok(())
    }

    pub(crate) async fn set_checksum(&mut self, file: &Migration) -> Result<(), Error> {
        let sql = format!("UPDATE {} SET checksum = $1 WHERE version = $2", self.backend.table(HISTORY));
        self.backend.execute(&sql, vec![Value::Bytes(Some(checksum(&file.up))), Value::Int(file.version)]).await?;
        Ok(())
    }

    /// Runs a job, again while it meets locks.
    async fn perform(&mut self, job: &Job<'_>, mut begun: bool) -> Result<Done, Error> {
        if let Some(fill) = backfill::parse(job.script) {
            return self.fill(job, &fill).await;
        }
        if begun {
            (self.listener)(Event::Resuming { version: job.version });
        }
        let mut attempt = 1;
        while let Err(error) = self.attempt(job, begun, attempt).await {
            let recovered = self.recover(job, &error).await;
            let pause = pause(attempt);
            if recovered.is_err() || !B::passes(&error) || !self.may_try(attempt, job.started.elapsed() + pause) {
                return Err(self.failed(job, error, attempt).await);
            }
            self.make_way(job.version, attempt, pause, &error).await;
            attempt += 1;
            begun = false;
        }
        self.analyze(job.version, &B::stale(job.script)).await;
        Ok(job.done())
    }

    /// Whether one more try is within both limits; it would begin when so much time has been spent.
    pub(super) fn may_try(&self, attempts: u32, spent: Duration) -> bool {
        attempts < self.settings.tries && self.settings.lock_budget.is_none_or(|budget| spent < budget)
    }

    /// Renews the planner's statistics, outside the file's transaction, which would hold its lock for longer. What the file does
    /// is done by then, so that this fails is told, and no failure.
    pub(super) async fn analyze(&mut self, version: i64, targets: &[String]) {
        for target in targets {
            if let Err(error) = self.backend.script(&format!("ANALYZE {target}")).await {
                let (target, cause) = (target.clone(), cause(&error));
                (self.listener)(Event::Unanalyzed { version, target, cause });
            }
        }
    }

    /// Pauses before the next try.
    async fn make_way(&mut self, version: i64, attempt: u32, pause: Duration, error: &sqlx::Error) {
        let tries = self.settings.tries;
        (self.listener)(Event::Retrying { version, attempt, tries, pause, cause: cause(error) });
        tokio::time::sleep(pause).await;
    }

    /// Runs statements that are no migration in one transaction, again while they meet locks. `version` is what they
    /// concern.
    pub(crate) async fn insist(&mut self, version: i64, statements: &[String]) -> sqlx::Result<()> {
        let script: String = statements.iter().map(|statement| format!("{statement};\n")).collect();
        let (start, mut attempt) = (Instant::now(), 1);
        while let Err(error) = self.in_transaction(&script, attempt).await {
            self.backend.recover().await?;
            let pause = pause(attempt);
            if !B::passes(&error) || !self.may_try(attempt, start.elapsed() + pause) {
                return Err(error);
            }
            self.make_way(version, attempt, pause, &error).await;
            attempt += 1;
        }
        Ok(())
    }

    async fn in_transaction(&mut self, script: &str, attempt: u32) -> sqlx::Result<()> {
        self.backend.settle(self.settings, Pace::Transaction, attempt).await?;
        self.backend.script(B::BEGIN).await?;
        self.backend.script(script).await?;
        self.backend.script("COMMIT").await.map(drop)
    }

    async fn attempt(&mut self, job: &Job<'_>, begun: bool, attempt: u32) -> sqlx::Result<()> {
        let dialect = self.backend.dialect();
        let pace = Pace::of(dialect, job.script);
        self.backend.settle(self.settings, pace, attempt).await?;
        if B::STEPWISE {
            Box::pin(self.by_steps(job)).await?;
        } else if matches!(pace, Pace::Instant | Pace::Transaction) {
            self.backend.begin().await?;
            self.run_text(job, job.script).await?;
            self.write(job).await?;
            self.backend.commit_and_settle(self.settings, pace, attempt).await?;
        } else if let Some(parts) = wrapped(dialect, job.script) {
            self.run_text(job, parts.head).await?;
            self.write(job).await?;
            self.backend.script("COMMIT").await?;
            self.backend.script(parts.tail).await?;
        } else {
            self.outside(job, begun).await?;
        }
        self.backend.settle(self.settings, pace, attempt).await?;
        self.backend.verify().await
    }

    /// Runs a migration's own text, and keeps where it failed.
    pub(super) async fn run_text(&mut self, job: &Job<'_>, text: &str) -> sqlx::Result<()> {
        let (version, listener) = (job.version, &mut self.listener);
        let mut tell = |by, waited| listener(Event::Blocked { version, by, waited });
        let result = self.backend.watched(text, &mut tell).await;
        let offset = result.as_ref().err().and_then(|error| self.backend.offset(error, text));
        self.line = offset.map(|offset| text.get(..offset).unwrap_or_default().matches('\n').count() + 1);
        result.map(drop)
    }

    /// Ends what a failed attempt left open. Where the database itself reported the failure, the statement is known
    /// to have had no effect, so its mark goes; where the connection broke, the mark stays for the next run.
    async fn recover(&mut self, job: &Job<'_>, error: &sqlx::Error) -> sqlx::Result<()> {
        self.backend.recover().await?;
        if error.as_database_error().is_none() {
            return Ok(());
        }
        if B::STEPWISE {
            return self.forget_unbegun(job).await;
        }
        let outside = no_transaction(job.script) && wrapped(self.backend.dialect(), job.script).is_none();
        if !outside {
            return Ok(());
        }
        match job.way {
            Way::Apply => self.remove(NOTES, job.version).await,
            Way::Revert => self.unmark(job).await,
        }
    }

    async fn failed(&mut self, job: &Job<'_>, error: sqlx::Error, attempts: u32) -> Error {
        let outside = no_transaction(job.script) && wrapped(self.backend.dialect(), job.script).is_none();
        let help = if B::passes(&error) {
            self.blocked(attempts).await
        } else if error.as_database_error().and_then(|error| error.code()).as_deref() == Some(TIMED_OUT) {
            "a statement took longer than its limit, and everything of it was rolled back; run again at a quieter time, or raise `SCHEMA_STATEMENT_TIMEOUT` or `SCHEMA_LONG_STATEMENT_TIMEOUT`".to_owned()
        } else if B::is_held_by_kept(&error) {
            "what an earlier migration keeps still uses it: `cargo schema purge` removes that; then run again"
                .to_owned()
        } else if error.as_database_error().is_none() {
            "the connection broke; run again: what was begun is taken up or was rolled back".to_owned()
        } else if B::STEPWISE {
            self.what_is_done(job).await
        } else if outside {
            "it runs outside a transaction; mend the cause and run again: what it left half-done is removed first"
                .to_owned()
        } else {
            "its transaction was rolled back, so nothing of it is left; mend the cause and run again".to_owned()
        };
        Error::Migration(Box::new(MigrationFailed {
            verb: job.way.verb(),
            version: job.version,
            description: job.description.to_owned(),
            line: self.line,
            row: None,
            cause: error,
            help,
        }))
    }

    /// What to do about locks that other sessions keep, and who they are.
    pub(super) async fn blocked(&mut self, attempts: u32) -> String {
        let blockers = self.backend.blockers().await;
        let who = if blockers.is_empty() { String::new() } else { format!(" ({})", blockers.join("; ")) };
        format!(
            "another session kept its locks for {attempts} tries{who}; run again at a quieter time, or raise `SCHEMA_LOCK_TIMEOUT`, `SCHEMA_TRIES` or `SCHEMA_LOCK_BUDGET`"
        )
    }

    pub(super) async fn write(&mut self, job: &Job<'_>) -> sqlx::Result<()> {
        self.forget_fill(job.version).await?;
        match job.way {
            Way::Apply => {
                if B::STEPWISE {
                    self.remove(HISTORY, job.version).await?;
                }
                let history = History::Applied(job.started.elapsed());
                self.write_history(job.version, job.description, job.checksum.clone(), history).await?;
                self.write_note(&job.note).await
            }
            Way::Revert => {
                self.remove(HISTORY, job.version).await?;
                self.remove(NOTES, job.version).await
            }
        }
    }

    /// Removes the rows that say where a backfill stands.
    pub(super) async fn forget_fill(&mut self, version: i64) -> sqlx::Result<()> {
        if self.without_fills { Ok(()) } else { forget(&mut self.backend, version).await }
    }

    /// In sqlx's own way, but for the time: sqlx adds it in a transaction of its own, with the COMMIT included.
    pub(crate) async fn write_history(
        &mut self,
        version: i64,
        description: &str,
        checksum: Vec<u8>,
        history: History,
    ) -> sqlx::Result<()> {
        let sql = format!(
            "INSERT INTO {} (version, description, success, checksum, execution_time) VALUES ($1, $2, $3, $4, $5)",
            self.backend.table(HISTORY)
        );
        let arguments = vec![
            Value::Int(version),
            Value::Text(Some(description.to_owned())),
            Value::Bool(history != History::Begun),
            Value::Bytes(Some(checksum)),
            Value::Int(history.execution_time()),
        ];
        self.backend.execute(&sql, arguments).await.map(|_| ())
    }

    pub(crate) async fn write_note(&mut self, note: &Note) -> sqlx::Result<()> {
        let sql = format!(
            "INSERT INTO {} (version, phase, draft, up_checksum, down_checksum, down_sql) VALUES ($1, $2, $3, $4, $5, $6) \
             {}",
            self.backend.table(NOTES),
            B::or_replace("version", &["phase", "draft", "up_checksum", "down_checksum", "down_sql"])
        );
        let arguments = vec![
            Value::Int(note.version),
            Value::Text(Some(note.phase.clone())),
            Value::Bool(note.draft),
            Value::Bytes(Some(note.up_checksum.clone())),
            Value::Bytes(note.down_checksum.clone()),
            Value::Text(note.down_sql.clone()),
        ];
        self.backend.execute(&sql, arguments).await.map(|_| ())
    }

    pub(crate) async fn remove(&mut self, table: &str, version: i64) -> sqlx::Result<()> {
        let sql = format!("DELETE FROM {} WHERE version = $1", self.backend.table(table));
        self.backend.execute(&sql, vec![Value::Int(version)]).await.map(|_| ())
    }
}

/// For messages about a version that is to be undone.
pub(crate) fn no_down(version: i64, description: &str, reason: &str) -> schema_core::diag::Finding {
    schema_core::diag::Finding::error(None, format!("{} can't be reverted: {reason}", named(version, description)))
}
