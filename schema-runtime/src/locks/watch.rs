//! Locks of a statement that runs in no transaction, seen from outside.
//!
//! Such a statement lets go of its locks before anybody can ask for them. But at each of its stages it waits for
//! transactions that hold weaker locks. So one transaction holds locks on every table while the statement starts;
//! when it waits, its locks are read, another transaction takes over with weak ones, and the first one ends: the statement goes on to
//! its next stage, and waits there.

use std::time::Duration;

use schema_core::locks::LockMode;
use tokio::time::{Instant, sleep};

use super::catalog::{Held, strongest};
use crate::Error;
use crate::sides::{Work, WorkError};

/// How often the locks are read.
const PAUSE: Duration = Duration::from_millis(2);

/// Nothing on an empty database takes longer, but for what waits for somebody else.
const LIMIT: Duration = Duration::from_secs(60);

/// For this every definition has to wait when it starts, and a holder of [`LATER`] can take over from it.
const FOR_DEFINITIONS: LockMode = LockMode::ShareUpdateExclusive;

/// For this every writer has to wait. Nobody can take over: only the first table that it waits for is seen.
const FOR_WRITERS: LockMode = LockMode::ShareRowExclusive;

/// What it waits for at its later stages, and what two transactions can hold at a time.
const LATER: LockMode = LockMode::RowExclusive;

/// Further connections to the database.
#[derive(Debug)]
pub(super) struct Watch {
    eye: Work,
    holders: [Work; 2],
    backend: String,
}

/// What can be seen of the backend.
struct Seen {
    held: Held,
    waits: bool,
}

impl Watch {
    pub(super) async fn start(work: &mut Work) -> Result<Self, Error> {
        let rows = work.rows("SELECT pg_backend_pid()::text").await?;
        let backend = rows.into_iter().flatten().next().flatten().unwrap_or_default();
        let holders = [work.beside().await?, work.beside().await?];
        Ok(Self { eye: work.beside().await?, holders, backend })
    }

    /// Runs the statement; returns the strongest locks that it held or asked for whenever it waited.
    pub(super) async fn run(
        &mut self,
        work: &mut Work,
        sql: &str,
        tables: &[String],
        writes: bool,
    ) -> Result<Held, WorkError> {
        let mut held = Held::new();
        let mut turn = 0;
        self.hold(turn, if writes { FOR_WRITERS } else { FOR_DEFINITIONS }, tables).await?;
        let ends = Instant::now() + LIMIT;
        let result = {
            let mut running = std::pin::pin!(work.execute(sql));
            loop {
                tokio::select! {
                    result = &mut running => break result,
                    () = sleep(PAUSE) => {}
                }
                if Instant::now() > ends {
                    self.cancel().await?;
                    break running.await;
                }
                let seen = self.look().await?;
                // What it holds between two waits is seen by chance only, and chance is no measurement.
                if seen.waits {
                    merge(&mut held, seen.held);
                    let next = 1 - turn;
                    self.hold(next, LATER, tables).await?;
                    self.let_go(turn).await?;
                    turn = next;
                }
            }
        };
        self.let_go(turn).await?;
        result.map(|()| held)
    }

    /// Locks every table that can be had without waiting.
    async fn hold(&mut self, holder: usize, mode: LockMode, tables: &[String]) -> Result<(), WorkError> {
        let Some(holder) = self.holders.get_mut(holder) else { return Ok(()) };
        holder.execute("BEGIN").await?;
        for table in tables {
            let lock = format!("SAVEPOINT before; LOCK TABLE ONLY {table} IN {mode} MODE NOWAIT; RELEASE before");
            if holder.execute(&lock).await.is_err() {
                holder.execute("ROLLBACK TO before").await?;
            }
        }
        Ok(())
    }

    async fn let_go(&mut self, holder: usize) -> Result<(), WorkError> {
        match self.holders.get_mut(holder) {
            Some(holder) => holder.execute("ROLLBACK").await,
            None => Ok(()),
        }
    }

    async fn cancel(&mut self) -> Result<(), WorkError> {
        self.eye.execute(&format!("SELECT pg_cancel_backend({})", self.backend)).await
    }

    async fn look(&mut self) -> Result<Seen, WorkError> {
        let sql = format!(
            "SELECT relation::text, mode, granted::text FROM pg_locks WHERE pid = {} AND (NOT granted OR locktype = \
             'relation' AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
            self.backend
        );
        let rows = self.eye.rows(&sql).await?;
        let waits = rows.iter().any(|row| row.get(2).and_then(Option::as_deref) == Some("false"));
        Ok(Seen { held: strongest(&rows), waits })
    }
}

fn merge(held: &mut Held, seen: Held) {
    for (oid, mode) in seen {
        let strongest = held.entry(oid).or_insert(mode);
        *strongest = mode.max(*strongest);
    }
}
