//! A connection on which nothing is heard any more, and which nobody has closed: whoever waits for its answer waits for ever.
//!
//! A statement may take hours, so how long it takes says nothing. Whether the server is at work on it does: it is asked on a second
//! connection. A session that has been waiting for us for longer than a limit, while we wait for it, is lost.

use std::time::Duration;

#[cfg(feature = "mysql")]
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};
#[cfg(feature = "postgres")]
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection as _};

use crate::error::{Error, seconds};

/// Looks in a row without an answer, after which the server counts as lost with all its connections. A server that is
/// only busy answers one of them.
const UNANSWERED: u32 = 6;

/// How a second connection is opened.
#[derive(Clone, Debug)]
pub(crate) enum Peer {
    #[cfg(feature = "postgres")]
    Postgres(PgConnectOptions),
    #[cfg(feature = "mysql")]
    MySql(MySqlConnectOptions),
}

/// Watches one session of a server.
#[derive(Debug)]
pub(crate) struct Watchdog {
    peer: Peer,
    /// What the server calls the session.
    session: u64,
    limit: Duration,
}

/// For how long a session has been waiting for us; `None` while it is at work.
type Idle = Option<Duration>;

impl Watchdog {
    pub(crate) fn new(peer: Peer, session: u64, limit: Duration) -> Self {
        Self { peer, session, limit }
    }

    /// Ends when the session is lost, with the reason.
    async fn lost(&self) -> String {
        let pause = self.limit / 3;
        let (mut before, mut unanswered): (Idle, u32) = (None, 0);
        loop {
            tokio::time::sleep(pause).await;
            let Ok(looked) = tokio::time::timeout(pause, self.look()).await else {
                unanswered += 1;
                if unanswered >= UNANSWERED {
                    return format!(
                        "nothing was heard for {}, on another connection either",
                        seconds(pause * 2 * UNANSWERED)
                    );
                }
                continue;
            };
            unanswered = 0;
            // A second connection that is refused says nothing about the first one.
            let now = looked.ok().flatten();
            if let (Some(first), Some(second)) = (before, now)
                && second >= self.limit
                // Where this program was stopped meanwhile, it has sent something since the last look.
                && second > first
            {
                // So that the next run need not wait for its lock; it is ours, so we may.
                let _ = tokio::time::timeout(pause, self.end()).await;
                return format!("nothing was heard, while the server has waited for {}", seconds(second));
            }
            before = now;
        }
    }

    async fn look(&self) -> sqlx::Result<Idle> {
        let session = self.session;
        let seconds: Option<Option<String>> = match &self.peer {
            #[cfg(feature = "postgres")]
            Peer::Postgres(options) => {
                let sql = format!(
                    "SELECT CASE WHEN state LIKE 'idle%' THEN extract(epoch FROM clock_timestamp() - state_change)::bigint::text END \
                     FROM pg_stat_activity WHERE pid = {session}"
                );
                let mut connection = PgConnection::connect_with(options).await?;
                let query = sqlx::query_scalar(AssertSqlSafe(sql)).persistent(false);
                let seconds = query.fetch_optional(&mut connection).await?;
                connection.close().await?;
                seconds
            }
            #[cfg(feature = "mysql")]
            Peer::MySql(options) => {
                let sql = format!(
                    "SELECT CASE WHEN COMMAND = 'Sleep' THEN CAST(TIME AS CHAR) END FROM information_schema.PROCESSLIST WHERE ID = {session}"
                );
                let mut connection = MySqlConnection::connect_with(options).await?;
                let seconds = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_optional(&mut connection).await?;
                connection.close().await?;
                seconds
            }
        };
        Ok(seconds.flatten().and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs))
    }

    async fn end(&self) -> sqlx::Result<()> {
        let session = self.session;
        match &self.peer {
            #[cfg(feature = "postgres")]
            Peer::Postgres(options) => {
                let sql = format!("SELECT pg_terminate_backend({session})");
                let mut connection = PgConnection::connect_with(options).await?;
                sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
                connection.close().await
            }
            #[cfg(feature = "mysql")]
            Peer::MySql(options) => {
                let mut connection = MySqlConnection::connect_with(options).await?;
                sqlx::raw_sql(AssertSqlSafe(format!("KILL {session}"))).execute(&mut connection).await?;
                connection.close().await
            }
        }
    }
}

/// Does work on a connection. Where its session is lost, the work is dropped.
pub(crate) async fn over<T>(
    watchdog: Option<&Watchdog>,
    place: &str,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let Some(watchdog) = watchdog else { return work.await };
    tokio::select! {
        biased;
        result = work => result,
        cause = watchdog.lost() => Err(Error::Broken { place: place.to_owned(), cause }),
    }
}
