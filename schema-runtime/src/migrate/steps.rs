//! Files on a database whose definitions commit by themselves (BUGS.md B22): one statement after the other.
//!
//! A row of our own says how far a file is. Before a definition it keeps a hash over what the statement names; should the run
//! end there, the next one knows by it whether the statement took effect. A statement about rows shares a transaction with
//! its record. sqlx's history says `success = false` meanwhile, as sqlx itself has it, so that plain sqlx keeps off.

mod back;

use back::what_undoes;

use super::backend::{APPLYING, Backend, HISTORY, REVERTING, Value};
use super::check::Records;
use super::run::{History, Job, Run, Way, no_down};
use super::script::{Statement, statements};
use crate::error::{Error, mysql_number};

/// Our table of files that are under way.
pub(crate) const STEPS: &str = "_schema_steps";

/// What MariaDB and MySQL say of a column, key or constraint that is there already, or is gone.
const DONE_ALREADY: [u16; 6] = [1005, 1060, 1061, 1068, 1091, 1826];

/// How far a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Begun {
    way: Way,
    /// The text that was begun: what is left of it is run, whatever the file says by now.
    script: String,
    /// How many statements are done.
    done: usize,
    /// What the next one names, as it was before that ran; none where it was not begun.
    definitions: Option<String>,
}

impl Records {
    /// Takes what a run of ours left in the middle for what it is: pending, or applied still.
    pub(super) fn take_begun(&mut self) {
        for note in self.notes.values() {
            let Some(row) = self.applied.get_mut(&note.version).filter(|row| !row.success) else { continue };
            if note.phase == REVERTING {
                row.success = true;
            } else if note.phase == APPLYING {
                self.applied.remove(&note.version);
                self.half_applied.insert(note.version);
            }
        }
    }
}

impl<B: Backend> Run<'_, B> {
    pub(super) async fn create_steps(&mut self) -> sqlx::Result<()> {
        if self.backend.exists(STEPS).await? {
            return Ok(());
        }
        let (table, (_, _, text)) = (self.backend.table(STEPS), B::TYPES);
        let columns = format!(
            "version BIGINT PRIMARY KEY,\n    direction VARCHAR(4) NOT NULL,\n    script {text} NOT NULL,\n    \
             done INTEGER NOT NULL,\n    definitions {text}"
        );
        self.backend.script(&format!("CREATE TABLE {table} (\n    {columns}\n)")).await.map(drop)
    }

    /// Runs what is left of a file, and records it.
    pub(super) async fn by_steps(&mut self, job: &Job<'_>) -> sqlx::Result<()> {
        let begun = self.begun(job.version).await?.filter(|begun| begun.way == job.way);
        let mut begun = match begun {
            Some(begun) => begun,
            None => self.begin_steps(job).await?,
        };
        let script = std::mem::take(&mut begun.script);
        for (index, statement) in statements(self.backend.dialect(), &script).iter().enumerate() {
            if statement.is_setting() {
                // The session that an earlier run made them in is gone.
                self.run_step(job, &script, statement).await?;
            } else if index >= begun.done && !statement.controls_transaction() {
                let definitions = begun.definitions.take();
                self.step(job, &script, (index, statement), definitions).await?;
            }
        }
        self.backend.script(B::BEGIN).await?;
        self.write(job).await?;
        self.remove(STEPS, job.version).await?;
        self.backend.script("COMMIT").await.map(drop)
    }

    async fn begin_steps(&mut self, job: &Job<'_>) -> sqlx::Result<Begun> {
        self.backend.script(B::BEGIN).await?;
        match job.way {
            Way::Apply => {
                self.remove(HISTORY, job.version).await?;
                self.write_history(job.version, job.description, job.checksum.clone(), History::Begun).await?;
            }
            Way::Revert => self.set_success(job.version, false).await?,
        }
        self.mark(job).await?;
        let sql = format!(
            "INSERT INTO {} (version, direction, script, done, definitions) VALUES ($1, $2, $3, 0, NULL) {}",
            self.backend.table(STEPS),
            B::or_replace("version", &["direction", "script", "done", "definitions"])
        );
        let arguments = vec![Value::Int(job.version), text(job.way.name()), text(job.script)];
        self.backend.execute(&sql, arguments).await?;
        self.backend.script("COMMIT").await?;
        Ok(Begun { way: job.way, script: job.script.to_owned(), done: 0, definitions: None })
    }

    /// Runs one statement, unless an earlier run did: then what it names is not as it was before.
    async fn step(
        &mut self,
        job: &Job<'_>,
        script: &str,
        (index, statement): (usize, &Statement),
        before: Option<String>,
    ) -> sqlx::Result<()> {
        if !statement.commits() {
            self.backend.script(B::BEGIN).await?;
            self.run_step(job, script, statement).await?;
            self.keep_place(job.version, index + 1, None).await?;
            return self.backend.script("COMMIT").await.map(drop);
        }
        let now = self.backend.definitions(statement).await?;
        if before.as_ref().is_none_or(|before| *before == now) {
            self.keep_place(job.version, index, Some(now)).await?;
            if let Err(error) = self.run_step(job, script, statement).await {
                self.unbegin(job.version, index, &error).await?;
                return Err(error);
            }
        } else if statement.fails_when_repeated() {
            Box::pin(self.repeat(job, script, statement)).await?;
        }
        self.keep_place(job.version, index + 1, None).await
    }

    /// Another hand may have changed what the statement names since the run ended; the server tells whether it is done.
    async fn repeat(&mut self, job: &Job<'_>, script: &str, statement: &Statement) -> sqlx::Result<()> {
        match self.run_step(job, script, statement).await {
            Err(error) if mysql_number(&error).is_some_and(|number| DONE_ALREADY.contains(&number)) => {
                self.line = None;
                Ok(())
            }
            result => result,
        }
    }

    /// A statement that the server reports as failed took no effect. Whoever mends its cause changes what it names, which must not
    /// be taken for its effect.
    async fn unbegin(&mut self, version: i64, index: usize, error: &sqlx::Error) -> sqlx::Result<()> {
        match error.as_database_error() {
            Some(_) => self.keep_place(version, index, None).await,
            None => Ok(()),
        }
    }

    async fn run_step(&mut self, job: &Job<'_>, script: &str, statement: &Statement) -> sqlx::Result<()> {
        let result = self.run_text(job, script.get(statement.start..statement.end).unwrap_or_default()).await;
        let before = script.get(..statement.start).unwrap_or_default();
        self.line = result.is_err().then(|| before.matches('\n').count() + 1);
        result
    }

    async fn keep_place(&mut self, version: i64, done: usize, definitions: Option<String>) -> sqlx::Result<()> {
        let sql = format!("UPDATE {} SET done = $1, definitions = $2 WHERE version = $3", self.backend.table(STEPS));
        let done = Value::Int(i64::try_from(done).unwrap_or(i64::MAX));
        self.backend.execute(&sql, vec![done, Value::Text(definitions), Value::Int(version)]).await.map(drop)
    }

    async fn set_success(&mut self, version: i64, success: bool) -> sqlx::Result<()> {
        let sql = format!("UPDATE {} SET success = $1 WHERE version = $2", self.backend.table(HISTORY));
        self.backend.execute(&sql, vec![Value::Bool(success), Value::Int(version)]).await.map(drop)
    }

    async fn begun(&mut self, version: i64) -> sqlx::Result<Option<Begun>> {
        let sql = format!(
            "SELECT direction, script, CAST(done AS CHAR), definitions FROM {} WHERE version = {version}",
            self.backend.table(STEPS)
        );
        Ok(self.backend.rows(&sql).await?.pop().and_then(|row| {
            let mut cells = row.into_iter();
            let way = Way::named(&cells.next()??)?;
            let script = cells.next()??;
            let done = cells.next()??.parse().ok()?;
            Some(Begun { way, script, done, definitions: cells.next()? })
        }))
    }

    /// Forgets a file of which the first statement failed: the database reports that nothing of it is left.
    pub(super) async fn forget_unbegun(&mut self, job: &Job<'_>) -> sqlx::Result<()> {
        let untouched =
            self.begun(job.version).await?.is_some_and(|begun| begun.done == 0 && begun.script == job.script);
        if !untouched {
            return Ok(());
        }
        self.backend.script(B::BEGIN).await?;
        match job.way {
            Way::Apply => {
                self.remove(HISTORY, job.version).await?;
                self.remove(super::backend::NOTES, job.version).await?;
            }
            // Half of a file that was applied can't count as applied again.
            Way::Revert if job.is_whole() => {
                self.set_success(job.version, true).await?;
                self.unmark(job).await?;
            }
            Way::Revert => return self.backend.recover().await,
        }
        self.remove(STEPS, job.version).await?;
        self.backend.script("COMMIT").await.map(drop)
    }

    /// What to do about a statement that failed.
    pub(super) async fn what_is_done(&mut self, job: &Job<'_>) -> String {
        let begun = self.begun(job.version).await.ok().flatten();
        let done = begun.map_or(0, |begun| {
            let found = statements(self.backend.dialect(), &begun.script);
            found.iter().take(begun.done).filter(|statement| statement.is_step()).count()
        });
        let undo = match job.way {
            Way::Apply => ", or `cargo schema revert` undoes what is done",
            Way::Revert => "",
        };
        match done {
            0 => "nothing of it is done; mend the cause and run again".to_owned(),
            1 => format!(
                "the statement before it is done and recorded; mend the cause and run again: it goes on here{undo}"
            ),
            done => format!(
                "the {done} statements before it are done and recorded; mend the cause and run again: it goes on here{undo}"
            ),
        }
    }

    /// What undoes a version: the whole down, or as much of it as answers to what was done before a run ended.
    pub(super) async fn way_back(&mut self, version: i64, description: &str, down: &str) -> Result<String, Error> {
        let begun = match self.begun(version).await? {
            None => return Ok(down.to_owned()),
            Some(begun) if begun.way == Way::Revert => return Ok(begun.script),
            Some(begun) => begun,
        };
        let dialect = self.backend.dialect();
        let up = statements(dialect, &begun.script);
        let is_done = match (&begun.definitions, up.get(begun.done)) {
            (Some(before), Some(statement)) => *before != self.backend.definitions(statement).await?,
            _ => false,
        };
        let all = up.iter().filter(|statement| statement.is_step()).count();
        let done = up.iter().take(begun.done + usize::from(is_done)).filter(|statement| statement.is_step()).count();
        if done == all {
            return Ok(down.to_owned());
        }
        what_undoes(dialect, &begun.script, down, done).map_err(|reason| {
            let finding = no_down(version, description, &format!("{reason}: what undoes what is done can't be told"));
            Error::Refused(vec![finding.help(
                "mend what stopped it and run `cargo schema migrate`, which goes on with it; then it can be reverted",
            )])
        })
    }
}

fn text(text: &str) -> Value {
    Value::Text(Some(text.to_owned()))
}

#[cfg(all(test, feature = "mysql", feature = "postgres", feature = "sqlite"))]
mod tests;
