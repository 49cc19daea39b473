//! Who keeps a statement waiting, asked on a second connection while it waits.

use std::time::{Duration, Instant};

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};

use super::backend::SESSION;

/// A statement that takes no longer is not looked at.
const FIRST_LOOK: Duration = Duration::from_millis(500);
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often the same sessions are told.
const REPEAT_EVERY: Duration = Duration::from_secs(5);

/// A second connection, opened when it is needed first.
pub(super) struct Watch {
    /// `None`: nothing is watched.
    options: Option<PgConnectOptions>,
    connection: Option<PgConnection>,
    /// The server process that is watched.
    pub(super) process: i32,
    /// Who was seen last.
    pub(super) seen: Vec<String>,
}

impl Watch {
    pub(super) fn new(options: Option<PgConnectOptions>) -> Self {
        Self { options, connection: None, process: 0, seen: Vec::new() }
    }

    /// Runs a statement to its end, and tells meanwhile who keeps it waiting.
    pub(super) async fn over<T>(
        &mut self,
        statement: impl Future<Output = T>,
        tell: &mut (dyn FnMut(Vec<String>, Duration) + Send),
    ) -> T {
        let start = Instant::now();
        let (mut told, mut pause): (Option<Instant>, _) = (None, FIRST_LOOK);
        let mut statement = std::pin::pin!(statement);
        loop {
            if let Ok(result) = tokio::time::timeout(pause, &mut statement).await {
                return result;
            }
            pause = LOOK_EVERY;
            // Should the look itself have to wait, the statement's end is not missed.
            let found = tokio::select! {
                result = &mut statement => return result,
                found = self.look() => found,
            };
            if found.is_empty() {
                continue;
            }
            if found != self.seen || told.is_none_or(|told| told.elapsed() >= REPEAT_EVERY) {
                told = Some(Instant::now());
                tell(found.clone(), start.elapsed());
            }
            self.seen = found;
        }
    }

    /// The sessions that the watched one waits for. A second connection that can't be had is no reason to stop.
    async fn look(&mut self) -> Vec<String> {
        if let (None, Some(options)) = (&self.connection, &self.options) {
            self.connection = options.connect().await.ok();
        }
        let Some(connection) = &mut self.connection else { return Vec::new() };
        let sql = format!(
            "SELECT CASE WHEN b.pid = 0 THEN 'a prepared transaction' ELSE {SESSION} END \
             FROM unnest(pg_blocking_pids({})) AS b (pid) LEFT JOIN pg_stat_activity a ON a.pid = b.pid ORDER BY b.pid",
            self.process
        );
        let found = sqlx::query_scalar::<_, Option<String>>(sqlx::AssertSqlSafe(sql)).persistent(false);
        match found.fetch_all(&mut *connection).await {
            Ok(found) => found.into_iter().flatten().collect(),
            Err(_) => {
                self.connection = None;
                Vec::new()
            }
        }
    }
}
