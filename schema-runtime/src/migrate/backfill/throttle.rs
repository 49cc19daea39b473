//! For whom a backfill makes way.

use std::time::{Duration, Instant};

use schema_core::dialect::literal;

use super::super::backend::{Backend, PROCESS, SESSION};
use crate::connect::BackfillSettings;

/// How often it is looked, and how long a pause is.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What stands against the next batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reason {
    pub(super) text: String,
    /// Nothing is harmed by going on, so the wait for it has an end.
    pub(super) is_vacuum: bool,
}

#[derive(Default)]
pub(super) struct Throttle {
    looked: Option<Instant>,
    /// Since when the run has been making way.
    since: Option<Instant>,
    ignores_vacuum: bool,
}

/// Whether the next batch may run.
pub(super) enum Look {
    Free,
    /// Not now; and how long it has been so.
    Blocked {
        reason: Reason,
        waited: Duration,
    },
    /// For longer than is allowed.
    TooLong {
        reason: Reason,
        waited: Duration,
    },
}

impl Throttle {
    /// Looks for reasons, at most once in a second. Pauses where there is one.
    pub(super) async fn look<B: Backend>(
        &mut self,
        backend: &mut B,
        settings: &BackfillSettings,
        table: &str,
    ) -> sqlx::Result<Look> {
        if self.looked.is_some_and(|looked| looked.elapsed() < LOOK_EVERY) {
            return Ok(Look::Free);
        }
        let reasons = match backend.dialect().is_mysql() {
            true => transactions_of_mysql(backend, settings).await?,
            false => backend.rows(&query(settings, table, self.ignores_vacuum)).await?,
        };
        let Some(reason) = reasons.into_iter().next().and_then(reason) else {
            (self.looked, self.since) = (Some(Instant::now()), None);
            return Ok(Look::Free);
        };
        let waited = Duration::from_secs(self.since.get_or_insert_with(Instant::now).elapsed().as_secs());
        match settings.wait {
            Some(limit) if waited >= limit && reason.is_vacuum => {
                (self.ignores_vacuum, self.since) = (true, None);
                Ok(Look::Free)
            }
            Some(limit) if waited >= limit => Ok(Look::TooLong { reason, waited }),
            _ => {
                tokio::time::sleep(LOOK_EVERY).await;
                Ok(Look::Blocked { reason, waited })
            }
        }
    }
}

/// Old transactions of MariaDB keep the former versions of rows from being purged. A user without the PROCESS privilege sees
/// none. Of replicas the server knows nothing but their names.
async fn transactions_of_mysql<B: Backend>(
    backend: &mut B,
    settings: &BackfillSettings,
) -> sqlx::Result<Vec<Vec<Option<String>>>> {
    let Some(limit) = settings.old_transaction else { return Ok(Vec::new()) };
    let sql = format!(
        "SELECT 'transaction', {PROCESS} FROM information_schema.INNODB_TRX t \
         JOIN information_schema.PROCESSLIST p ON p.ID = t.trx_mysql_thread_id WHERE p.ID <> CONNECTION_ID() \
         AND t.trx_started < NOW() - INTERVAL {} MICROSECOND LIMIT 1",
        limit.as_micros()
    );
    match backend.rows(&sql).await {
        Err(error) if error.as_database_error().is_some() => Ok(Vec::new()),
        other => other,
    }
}

fn reason(row: Vec<Option<String>>) -> Option<Reason> {
    let mut row = row.into_iter().flatten();
    let (kind, text) = (row.next()?, row.next()?);
    Some(Reason { text, is_vacuum: kind == "vacuum" })
}

/// What pg_monitor sees, or the role itself: what the server hides from it stands against nothing.
fn query(settings: &BackfillSettings, table: &str, ignores_vacuum: bool) -> String {
    let mut parts = Vec::new();
    if let Some(limit) = settings.replica_lag {
        parts.push(format!(
            "SELECT 'replica', 'replica `' || application_name || '` is ' || round(extract(epoch FROM replay_lag)) || ' s behind' \
             FROM pg_stat_replication WHERE replay_lag > {}",
            interval(limit)
        ));
    }
    if let Some(limit) = settings.old_transaction {
        let limit = interval(limit);
        parts.push(format!(
            "SELECT 'transaction', {SESSION} FROM pg_stat_activity a WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' \
             AND (backend_xid IS NOT NULL OR backend_xmin IS NOT NULL) AND xact_start < clock_timestamp() - {limit}"
        ));
        parts.push(format!(
            "SELECT 'transaction', 'the prepared transaction `' || gid || '` has been open for ' \
             || round(extract(epoch FROM clock_timestamp() - prepared)) || ' s' \
             FROM pg_prepared_xacts WHERE database = current_database() AND prepared < clock_timestamp() - {limit}"
        ));
    }
    if !ignores_vacuum {
        // A table that is not partitioned is not in the tree.
        parts.push(format!(
            "SELECT 'vacuum', 'vacuum is at work on the table (server process ' || pid || ')' FROM pg_stat_progress_vacuum \
             WHERE datname = current_database() AND (relid = to_regclass({table}) OR relid IN (SELECT relid FROM pg_partition_tree(to_regclass({table}))))",
            table = literal(table)
        ));
    }
    match parts.is_empty() {
        true => "SELECT WHERE false".to_owned(),
        false => format!("{} LIMIT 1", parts.join(" UNION ALL ")),
    }
}

fn interval(limit: Duration) -> String {
    format!("interval '{} milliseconds'", limit.as_millis())
}
