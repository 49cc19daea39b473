//! What a run tells while it goes on, and what it did.

use std::time::Duration;

use serde::Serialize;

use super::backfill::Progress;

/// Something happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// Another run holds the lock.
    LockWaiting {
        /// Who, where the database tells.
        holder: Option<String>,
        /// How long it has been.
        waited: Duration,
    },
    /// The lock is ours.
    Locked,
    /// A file is about to run.
    Applying {
        /// Its version.
        version: i64,
        /// Its description.
        description: String,
        /// Its place in this run, from 1.
        index: usize,
        /// How many there are.
        total: usize,
    },
    /// It has run.
    Applied {
        /// Its version.
        version: i64,
        /// How long it took.
        elapsed: Duration,
    },
    /// A down is about to run.
    Reverting {
        /// Its version.
        version: i64,
        /// Its description.
        description: String,
        /// Its place in this run, from 1.
        index: usize,
        /// How many there are.
        total: usize,
    },
    /// It has run.
    Reverted {
        /// Its version.
        version: i64,
        /// How long it took.
        elapsed: Duration,
    },
    /// A statement waits for locks of other sessions. Told every few seconds.
    Blocked {
        /// The version of its file.
        version: i64,
        /// Who keeps it waiting: process, application, age and state of the transaction, last statement.
        by: Vec<String>,
        /// How long the file's text has been running.
        waited: Duration,
    },
    /// A file met a lock, a deadlock or a busy database, and will be tried again.
    Retrying {
        /// Its version.
        version: i64,
        /// The try that failed, from 1.
        attempt: u32,
        /// How many there may be.
        tries: u32,
        /// How long the run pauses.
        pause: Duration,
        /// What the database said.
        cause: String,
    },
    /// Rows are being filled.
    Filling {
        /// The version of the backfill.
        version: i64,
        /// How far it is.
        progress: Progress,
        /// Rows that this run looks at in a second, where it has been long enough to tell.
        rows_per_second: Option<u64>,
        /// How long it will take to look at the rest, where that can be told.
        left: Option<Duration>,
    },
    /// A backfill pauses for others. Told every few seconds.
    MakingWay {
        /// The version of the backfill.
        version: i64,
        /// For what.
        reason: String,
        /// How long it has been so.
        waited: Duration,
    },
    /// The planner's statistics of a changed column or table could not be renewed.
    Unanalyzed {
        /// The version of the file that changed it.
        version: i64,
        /// What `ANALYZE` is to be given.
        target: String,
        /// What the database said.
        cause: String,
    },
    /// A killed run left this file in the middle; it is taken up.
    Resuming {
        /// Its version.
        version: i64,
    },
}

/// One file that ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Done {
    /// Its version.
    pub version: i64,
    /// Its description.
    pub description: String,
    /// How long it took.
    pub elapsed: Duration,
}

/// What a run did, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Downs that ran.
    pub reverted: Vec<Done>,
    /// Ups that ran.
    pub applied: Vec<Done>,
    /// Versions whose record was written without running anything.
    pub recorded: Vec<i64>,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Its version.
    pub version: i64,
    /// Its description.
    pub description: String,
    /// The text that will run.
    pub sql: String,
    /// Whether it runs in a transaction.
    pub in_transaction: bool,
}
