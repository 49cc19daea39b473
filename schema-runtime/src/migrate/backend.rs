//! What the one flow of [`super::run`] needs of a database.

use std::time::Duration;

use schema_core::ir::Dialect;
use schema_core::migration::no_transaction;

use super::kept::Aside;
use super::script::{Statement, statements};
use crate::connect::ConnectSettings;
use crate::error::Error;

/// sqlx's history, and our own table beside it.
pub(crate) const HISTORY: &str = "_sqlx_migrations";
/// Down texts and their checksums, drafts, and what was begun outside a transaction.
pub(crate) const NOTES: &str = "_schema_migrations";

/// A session `a` of pg_stat_activity in words: its process, its application, how long it has been in a transaction, in which state,
/// and its last statement.
pub(super) const SESSION: &str = "'server process ' || a.pid || coalesce(' `' || nullif(a.application_name, '') || '`', '') \
    || coalesce(', in a transaction for ' || round(extract(epoch FROM clock_timestamp() - a.xact_start)) || ' s', '') \
    || coalesce(' (' || a.state || ')', '') \
    || coalesce(', last with `' || left(nullif(regexp_replace(a.query, '\\s+', ' ', 'g'), ''), 60) || '`', '')";

/// A process `p` of MariaDB's or MySQL's process list in words.
pub(super) const PROCESS: &str = "CONCAT('server process ', p.ID, ' of user `', p.USER, '`, for ', p.TIME, ' s in ', \
    LOWER(p.COMMAND), IFNULL(CONCAT(', with `', LEFT(p.INFO, 60), '`'), ''))";

/// A value of a bound argument.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Int(i64),
    Bool(bool),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

/// A row of sqlx's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Applied {
    pub(crate) version: i64,
    pub(crate) description: String,
    pub(crate) success: bool,
    pub(crate) checksum: Vec<u8>,
    /// False where it was written down without being run, as for a baseline.
    pub(crate) ran: bool,
}

/// A row of our table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) version: i64,
    pub(crate) phase: String,
    pub(crate) draft: bool,
    pub(crate) up_checksum: Vec<u8>,
    pub(crate) down_checksum: Option<Vec<u8>>,
    pub(crate) down_sql: Option<String>,
}

/// Its columns in the order of the query.
pub(crate) type AppliedRow = (i64, String, bool, Vec<u8>, i64);

impl From<AppliedRow> for Applied {
    fn from((version, description, success, checksum, execution_time): AppliedRow) -> Self {
        Self { version, description, success, checksum, ran: execution_time >= 0 }
    }
}

/// Its columns in the order of the query.
pub(crate) type NoteRow = (i64, String, bool, Vec<u8>, Option<Vec<u8>>, Option<String>);

impl From<NoteRow> for Note {
    fn from((version, phase, draft, up_checksum, down_checksum, down_sql): NoteRow) -> Self {
        Self { version, phase, draft, up_checksum, down_checksum, down_sql }
    }
}

/// Begun outside a transaction; whether it took effect is to be found out.
pub(crate) const APPLYING: &str = "applying";
/// Its down was begun outside a transaction.
pub(crate) const REVERTING: &str = "reverting";
/// Applied.
pub(crate) const APPLIED: &str = "applied";

/// How long a file's statements may take and wait (HAZARDS.md row 58).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// In a transaction, and none of its statements reads or writes rows: a short limit.
    Instant,
    /// In a transaction: the limit of those that take their time.
    Transaction,
    /// Outside one: as long as it takes, but no longer in the queue for a table than any other.
    Outside,
    /// Concurrent: it waits for older transactions by design, and blocks nobody meanwhile.
    Concurrent,
    /// A batch of rows that are filled: both limits hold, its own one on time.
    Batch,
}

impl Pace {
    pub(crate) fn of(dialect: Dialect, script: &str) -> Self {
        if dialect.is_mysql() {
            match statements(dialect, script).iter().all(Statement::is_instant_on_mysql) {
                true => Self::Instant,
                false => Self::Transaction,
            }
        } else if !no_transaction(script) {
            match statements(dialect, script).iter().all(Statement::is_instant) {
                true => Self::Instant,
                false => Self::Transaction,
            }
        } else if statements(dialect, script).iter().any(|statement| statement.has("concurrently")) {
            Self::Concurrent
        } else {
            Self::Outside
        }
    }
}

/// What a script outside a transaction is known to have done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It is there, whole.
    There,
    /// It is not there; what was left half-done has been removed.
    NotThere,
    /// The catalog can't tell.
    Unknown,
}

/// The primitives of one database. All SQL of the flow is the same for each: `$1` stands for an argument in both.
pub(crate) trait Backend: Send {
    /// Type names that differ: (timestamp with its default, bytes, text of any length).
    const TYPES: (&'static str, &'static str, &'static str);
    /// Whether a definition commits by itself, so that a file goes by steps (see [`super::steps`]).
    const STEPWISE: bool = false;
    /// How a transaction that will write begins.
    const BEGIN: &'static str;
    /// The query of the names of all that is kept.
    const KEPT_NAMES: &'static str;
    /// The query of all that is kept: kind, schema, relation, part.
    const KEPT: &'static str;
    /// The query of the history's versions, with when they were applied and how many seconds ago that is; `{}` stands for
    /// the table.
    const AGES: &'static str;

    /// Which one.
    fn dialect(&self) -> Dialect;

    /// The end of an INSERT that replaces what is there under the same key.
    fn or_replace(key: &str, columns: &[&str]) -> String {
        let sets: Vec<String> = columns.iter().map(|column| format!("{column} = excluded.{column}")).collect();
        format!("ON CONFLICT ({key}) DO UPDATE SET {}", sets.join(", "))
    }

    /// Looks around once: where the history lives.
    async fn open(&mut self, settings: &ConnectSettings) -> Result<(), Error>;
    /// Puts the session into the state that every file may rely on. Called before each attempt, since a file may
    /// change it and a rolled-back one loses it (HAZARDS.md row 58).
    async fn settle(&mut self, settings: &ConnectSettings, pace: Pace, attempt: u32) -> sqlx::Result<()>;
    /// Begins a transaction that will write.
    async fn begin(&mut self) -> sqlx::Result<()> {
        self.script(Self::BEGIN).await.map(drop)
    }
    /// Ends the transaction of a file, and puts the session into the state that it may have changed.
    async fn commit_and_settle(&mut self, settings: &ConnectSettings, pace: Pace, attempt: u32) -> sqlx::Result<()> {
        self.script("COMMIT").await?;
        self.settle(settings, pace, attempt).await
    }
    /// A table of ours, qualified.
    fn table(&self, name: &str) -> String;
    async fn exists(&mut self, name: &str) -> sqlx::Result<bool>;

    /// Runs text as it stands, several statements included. How many rows they changed.
    async fn script(&mut self, sql: &str) -> sqlx::Result<u64>;
    /// The same for a migration's own text; who keeps it waiting, and for how long, is told meanwhile.
    async fn watched(&mut self, sql: &str, tell: &mut (dyn FnMut(Vec<String>, Duration) + Send)) -> sqlx::Result<u64>;
    /// The rows of a query whose columns are all text.
    async fn rows(&mut self, sql: &str) -> sqlx::Result<Vec<Vec<Option<String>>>>;
    async fn execute(&mut self, sql: &str, arguments: Vec<Value>) -> sqlx::Result<u64>;
    async fn applied(&mut self, sql: &str) -> sqlx::Result<Vec<Applied>>;
    async fn notes(&mut self, sql: &str) -> sqlx::Result<Vec<Note>>;

    /// Tries to take the lock without waiting.
    async fn try_lock(&mut self) -> Result<bool, Error>;
    /// Who holds it, where that can be told.
    async fn holder(&mut self) -> Option<String>;
    /// Sessions that kept the last text waiting; where none was seen, those that keep tables locked, the one that has
    /// done so for longest first.
    async fn blockers(&mut self) -> Vec<String>;
    /// What to analyze once the script has run, as `ANALYZE` takes it.
    fn stale(script: &str) -> Vec<String>;
    /// True when what was locked is still ours at the next statement.
    async fn holds_lock(&mut self) -> sqlx::Result<bool>;
    async fn unlock(&mut self) -> sqlx::Result<()>;

    /// Queries of how many rows there are of something that is kept, and how many bytes they take.
    fn kept_size(aside: &Aside) -> Option<[String; 2]>;
    /// What removes everything of one draft that is kept.
    fn kept_removed(all: &[&Aside]) -> Vec<String>;

    /// True for errors of something that can't go because something that is kept uses it.
    fn is_held_by_kept(error: &sqlx::Error) -> bool;
    /// True for errors that pass by themselves: a lock timeout, a deadlock, a busy database.
    fn passes(error: &sqlx::Error) -> bool;
    /// Whether smaller batches can tell which row an error is about: not when the text is wrong, nor where the server lacks
    /// space, is going down, or is at fault itself.
    fn is_of_a_row(error: &sqlx::Error) -> bool {
        let code = error.as_database_error().and_then(|error| error.code()).unwrap_or_default();
        !Self::passes(error) && !["25", "42", "53", "58", "57P", "XX"].iter().any(|class| code.starts_with(class))
    }
    /// The byte offset of what failed in the script that [`script`](Self::script) ran last, where that can be told.
    fn offset(&self, error: &sqlx::Error, script: &str) -> Option<usize>;

    /// What the catalog says about a script outside a transaction, removing what an earlier try left half-done.
    async fn effect(&mut self, script: &str) -> sqlx::Result<Effect>;
    /// A hash over the definitions of all that a statement names. Only where a file goes by steps.
    async fn definitions(&mut self, _statement: &Statement) -> sqlx::Result<String> {
        Ok(String::new())
    }
    /// Ends whatever a failed script left open.
    async fn recover(&mut self) -> sqlx::Result<()>;
    /// Restores what a script must leave as it was.
    async fn verify(&mut self) -> sqlx::Result<()>;
}

/// A pause before try `attempt + 1`: doubling from 100 ms to 10 s, with up to half of it taken off at random, so that
/// several runners do not meet again.
pub(crate) fn pause(attempt: u32) -> Duration {
    let full = 100_u64.saturating_mul(1 << attempt.saturating_sub(1).min(7)).min(10_000);
    Duration::from_millis(full - random() % (full / 2))
}

/// How long a try may queue for a lock: everybody else queues behind it, so the first ones give way
/// soon. Only a lock that does not come so is waited for longer; from a second on, PostgreSQL makes an autovacuum give
/// way. Nothing is ever tried without a limit that was not asked for (HAZARDS.md 3.3).
#[cfg(any(feature = "mysql", feature = "postgres"))]
pub(crate) fn lock_timeout(limit: Duration, attempt: u32) -> Duration {
    limit.min(Duration::from_millis(100_u64 << attempt.saturating_sub(1).min(10)))
}

/// The values of a row whose columns are all text.
pub(super) fn texts<'r, R: sqlx::Row>(row: &'r R) -> sqlx::Result<Vec<Option<String>>>
where
    usize: sqlx::ColumnIndex<R>,
    Option<String>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    (0..row.len()).map(|at| row.try_get_unchecked(at)).collect()
}

/// Randomness good enough for a pause.
fn random() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::hash::RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(any(feature = "mysql", feature = "postgres"))]
    #[test]
    fn tries_queue_for_longer_up_to_the_limit() {
        let millis = |attempt| lock_timeout(Duration::from_secs(3), attempt).as_millis();
        assert_eq!([1, 2, 5, 6, 50].map(millis), [100, 200, 1600, 3000, 3000]);
        assert_eq!(lock_timeout(Duration::ZERO, 3), Duration::ZERO);
    }

    #[test]
    fn pauses_grow_and_stay_within_their_bounds() {
        for attempt in 1..40 {
            let pause = pause(attempt).as_millis();
            assert!((50..=10_000).contains(&pause), "{pause}");
        }
        assert!(pause(7) > pause(1));
    }
}
