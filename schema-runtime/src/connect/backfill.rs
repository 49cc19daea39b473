//! How fast rows are filled, and for what a backfill makes way.

use std::time::Duration;

use super::{DURATION, duration, env, limit};
use crate::error::Error;

/// The limits of backfills on PostgreSQL. On SQLite a backfill is one statement: whoever writes locks the whole file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackfillSettings {
    /// How long one batch is to take: its rows are locked for that long. The number of rows follows from it. Default
    /// 30 ms; `SCHEMA_BACKFILL_BATCH`.
    pub batch: Duration,
    /// The run pauses while a replica is further behind than this; `None` looks at none. Default 10 s;
    /// `SCHEMA_BACKFILL_REPLICA_LAG`.
    pub replica_lag: Option<Duration>,
    /// The run pauses while another transaction of this database is older than this, since no vacuum can remove the
    /// former versions of rows meanwhile; `None` looks at none. Default 5 min; `SCHEMA_BACKFILL_OLD_TRANSACTION`.
    pub old_transaction: Option<Duration>,
    /// For how long the run makes way at a stretch. Then it ends with an error that says for what, and the next run
    /// goes on; a vacuum of the table is not waited for any longer instead. `None` is no limit. Default 10 min;
    /// `SCHEMA_BACKFILL_WAIT`.
    pub wait: Option<Duration>,
}

impl Default for BackfillSettings {
    fn default() -> Self {
        Self {
            batch: Duration::from_millis(30),
            replica_lag: Some(Duration::from_secs(10)),
            old_transaction: Some(Duration::from_secs(300)),
            wait: Some(Duration::from_secs(600)),
        }
    }
}

impl BackfillSettings {
    /// The defaults, with what the environment sets.
    pub(super) fn from_env() -> Result<Self, Error> {
        let default = Self::default();
        Ok(Self {
            batch: env("SCHEMA_BACKFILL_BATCH", DURATION, duration)?.unwrap_or(default.batch),
            replica_lag: limit("SCHEMA_BACKFILL_REPLICA_LAG", default.replica_lag)?,
            old_transaction: limit("SCHEMA_BACKFILL_OLD_TRANSACTION", default.old_transaction)?,
            wait: limit("SCHEMA_BACKFILL_WAIT", default.wait)?,
        })
    }
}
