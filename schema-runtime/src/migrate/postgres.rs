//! PostgreSQL's primitives.

use std::time::Duration;

use schema_core::dialect::{literal, quote};
use schema_core::ir::Dialect;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgConnection, PgDatabaseError, PgErrorPosition, Postgres};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Row as _};

use super::backend::{
    Applied, AppliedRow, Backend, Effect, HISTORY, Note, NoteRow, Pace, SESSION, Value, lock_timeout, texts,
};
use super::kept::{self, Aside};
use super::script::{Statement, Token, Words, statements};
use super::statistics;
use super::watch::Watch;
use crate::connect::ConnectSettings;
use crate::error::Error;

/// A batch of rows that takes so long is one whose rows wait for something, or that is far too large.
const BATCH_LIMIT: Duration = Duration::from_secs(3);

/// A connection and what was seen when it was opened.
pub(crate) struct Session<'a> {
    connection: &'a mut PgConnection,
    place: &'a str,
    schema: String,
    search_path: String,
    /// What the session was settled by, as long as nothing can have changed that since.
    settled: Option<String>,
    watch: Watch,
    key: i64,
}

impl<'a> Session<'a> {
    pub(crate) fn new(connection: &'a mut PgConnection, options: Option<PgConnectOptions>, place: &'a str) -> Self {
        let watch = Watch::new(options);
        Self { connection, place, schema: String::new(), search_path: String::new(), settled: None, watch, key: 0 }
    }

    fn settings(&self, settings: &ConnectSettings, pace: Pace, attempt: u32) -> String {
        let statement = match pace {
            Pace::Instant => settings.statement_timeout.unwrap_or_default(),
            Pace::Transaction => settings.long_statement_timeout.unwrap_or_default(),
            Pace::Outside | Pace::Concurrent => Duration::ZERO,
            Pace::Batch => BATCH_LIMIT.max(settings.backfill.batch.saturating_mul(10)),
        };
        let lock = if pace == Pace::Concurrent { Duration::ZERO } else { lock_timeout(settings.lock_timeout, attempt) };
        format!(
            "SET TIME ZONE 'UTC'; SET standard_conforming_strings = on; SET lock_timeout = {}; SET statement_timeout = {}; \
             SELECT pg_catalog.set_config('search_path', {}, false)",
            lock.as_millis(),
            statement.as_millis(),
            literal(&self.search_path)
        )
    }

    /// A pooler in transaction mode gives the next transaction to another server process. Simple queries: it may not even
    /// let a statement be prepared (BUGS.md B20).
    async fn check_that_it_is_one_session(&mut self) -> Result<(), Error> {
        let mut processes = std::collections::BTreeSet::new();
        for _ in 0..3 {
            processes.extend(self.rows("SELECT pg_backend_pid()::text").await?);
        }
        if processes.len() == 1 { Ok(()) } else { Err(Error::Pooled { place: self.place.to_owned() }) }
    }

    async fn index_is_valid(&mut self, index: &BuiltIndex) -> sqlx::Result<Option<bool>> {
        sqlx::query_scalar(
            "SELECT i.indisvalid AND i.indisready FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
             WHERE i.indrelid = to_regclass($1) AND c.relname = $2",
        )
        .bind(&index.table)
        .bind(&index.name)
        .fetch_optional(&mut *self.connection)
        .await
    }

    async fn drop_index(&mut self, index: &BuiltIndex) -> sqlx::Result<()> {
        let schema: String = sqlx::query_scalar(
            "SELECT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1)",
        )
        .bind(&index.table)
        .fetch_one(&mut *self.connection)
        .await?;
        self.script(&format!("DROP INDEX CONCURRENTLY {}.{}", quote(&schema), quote(&index.name))).await.map(drop)
    }
}

impl Backend for Session<'_> {
    const TYPES: (&'static str, &'static str, &'static str) = ("TIMESTAMPTZ NOT NULL DEFAULT now()", "BYTEA", "TEXT");
    const BEGIN: &'static str = "BEGIN";
    const KEPT_NAMES: &'static str = kept::postgres::NAMES;
    const KEPT: &'static str = kept::postgres::ALL;
    const AGES: &'static str = kept::postgres::AGES;

    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    async fn open(&mut self, _: &ConnectSettings) -> Result<(), Error> {
        self.check_that_it_is_one_session().await?;
        let row = sqlx::query(
            "SELECT coalesce((SELECT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.oid = to_regclass($1)), current_schema()::text), current_setting('search_path'), pg_backend_pid(), current_database()::text",
        )
        .bind(HISTORY)
        .fetch_one(&mut *self.connection)
        .await?;
        let schema: Option<String> = row.try_get(0)?;
        self.schema = schema.ok_or_else(|| {
            Error::Url(format!(
                "{} has no schema on its search path, so the history has no place: create one, or set `search_path`",
                self.place
            ))
        })?;
        self.search_path = row.try_get(1)?;
        self.watch.process = row.try_get(2)?;
        self.key = lock_key(&row.try_get::<String, _>(3)?);
        Ok(())
    }

    async fn settle(&mut self, settings: &ConnectSettings, pace: Pace, attempt: u32) -> sqlx::Result<()> {
        let sql = self.settings(settings, pace, attempt);
        if self.settled.as_ref() != Some(&sql) {
            self.script(&sql).await?;
            self.settled = Some(sql);
        }
        Ok(())
    }

    async fn begin(&mut self) -> sqlx::Result<()> {
        sqlx::raw_sql(Self::BEGIN).execute(&mut *self.connection).await.map(drop)
    }

    /// In one message: what stands behind the COMMIT takes effect by itself.
    async fn commit_and_settle(&mut self, settings: &ConnectSettings, pace: Pace, attempt: u32) -> sqlx::Result<()> {
        let sql = self.settings(settings, pace, attempt);
        self.script(&format!("COMMIT; {sql}")).await?;
        self.settled = Some(sql);
        Ok(())
    }

    fn table(&self, name: &str) -> String {
        format!("{}.{}", quote(&self.schema), quote(name))
    }

    async fn exists(&mut self, name: &str) -> sqlx::Result<bool> {
        let table = self.table(name);
        sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL").bind(table).fetch_one(&mut *self.connection).await
    }

    async fn script(&mut self, sql: &str) -> sqlx::Result<u64> {
        self.settled = None;
        let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut *self.connection).await?;
        Ok(done.rows_affected())
    }

    async fn watched(&mut self, sql: &str, tell: &mut (dyn FnMut(Vec<String>, Duration) + Send)) -> sqlx::Result<u64> {
        self.settled = None;
        let statement = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut *self.connection);
        self.watch.seen.clear();
        Ok(self.watch.over(statement, tell).await?.rows_affected())
    }

    async fn rows(&mut self, sql: &str) -> sqlx::Result<Vec<Vec<Option<String>>>> {
        let rows = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch_all(&mut *self.connection).await?;
        rows.iter().map(texts).collect()
    }

    async fn execute(&mut self, sql: &str, arguments: Vec<Value>) -> sqlx::Result<u64> {
        let query = arguments.into_iter().fold(sqlx::query(AssertSqlSafe(sql.to_owned())), bind);
        Ok(query.execute(&mut *self.connection).await?.rows_affected())
    }

    async fn applied(&mut self, sql: &str) -> sqlx::Result<Vec<Applied>> {
        let rows: Vec<AppliedRow> =
            sqlx::query_as(AssertSqlSafe(sql.to_owned())).fetch_all(&mut *self.connection).await?;
        Ok(rows.into_iter().map(Applied::from).collect())
    }

    async fn notes(&mut self, sql: &str) -> sqlx::Result<Vec<Note>> {
        let rows: Vec<NoteRow> = sqlx::query_as(AssertSqlSafe(sql.to_owned())).fetch_all(&mut *self.connection).await?;
        Ok(rows.into_iter().map(Note::from).collect())
    }

    async fn try_lock(&mut self) -> Result<bool, Error> {
        let key = self.key;
        Ok(sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(key).fetch_one(&mut *self.connection).await?)
    }

    async fn holder(&mut self) -> Option<String> {
        let (pid, application, user): (i32, String, String) = sqlx::query_as(
            "SELECT l.pid, coalesce(a.application_name, ''), coalesce(a.usename::text, '') FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid) \
             WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
             AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
             AND (l.classid::bigint << 32 | l.objid::bigint) = $1",
        )
        .bind(self.key)
        .fetch_optional(&mut *self.connection)
        .await
        .ok()??;
        let application = if application.is_empty() { String::new() } else { format!(" `{application}`") };
        let user = if user.is_empty() { String::new() } else { format!(" of user `{user}`") };
        Some(format!("server process {pid}{application}{user}"))
    }

    async fn blockers(&mut self) -> Vec<String> {
        if !self.watch.seen.is_empty() {
            return std::mem::take(&mut self.watch.seen);
        }
        let sql = format!(
            "SELECT {SESSION} FROM pg_stat_activity a WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() \
             AND a.xact_start IS NOT NULL AND EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.granted \
             AND l.locktype = 'relation' AND l.relation >= 16384) ORDER BY a.xact_start LIMIT 3"
        );
        self.rows(&sql).await.unwrap_or_default().into_iter().flatten().flatten().collect()
    }

    fn stale(script: &str) -> Vec<String> {
        statistics::stale(script)
    }

    async fn holds_lock(&mut self) -> sqlx::Result<bool> {
        let sql = format!(
            "SELECT (pg_backend_pid() = {} AND EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted \
             AND pid = pg_backend_pid() AND objsubid = 1 AND (classid::bigint << 32 | objid::bigint) = {}))::text",
            self.watch.process, self.key
        );
        Ok(self.rows(&sql).await? == [[Some("true".to_owned())]])
    }

    async fn unlock(&mut self) -> sqlx::Result<()> {
        let sql = format!("SELECT pg_advisory_unlock({})::text", self.key);
        // Behind a pooler the process that took it has to be met.
        for _ in 0..10 {
            if self.rows(&sql).await? == [[Some("true".to_owned())]] {
                break;
            }
        }
        Ok(())
    }

    fn kept_size(aside: &Aside) -> Option<[String; 2]> {
        kept::postgres::size(aside)
    }

    fn kept_removed(all: &[&Aside]) -> Vec<String> {
        kept::postgres::removed(all)
    }

    /// 2BP01 is dependent_objects_still_exist; the detail lists what they are.
    fn is_held_by_kept(error: &sqlx::Error) -> bool {
        let error = error.as_database_error().and_then(|error| error.try_downcast_ref::<PgDatabaseError>());
        error.is_some_and(|error| {
            error.code() == "2BP01" && error.detail().is_some_and(|detail| detail.contains(schema_core::kept::PREFIX))
        })
    }

    fn passes(error: &sqlx::Error) -> bool {
        let code = error.as_database_error().and_then(|error| error.code());
        matches!(code.as_deref(), Some("55P03" | "40P01"))
    }

    fn offset(&self, error: &sqlx::Error, script: &str) -> Option<usize> {
        let error = error.as_database_error()?.try_downcast_ref::<PgDatabaseError>()?;
        match error.position()? {
            PgErrorPosition::Original(character) => {
                script.char_indices().nth(character.checked_sub(1)?).map(|(offset, _)| offset)
            }
            PgErrorPosition::Internal { .. } => None,
        }
    }

    async fn effect(&mut self, script: &str) -> sqlx::Result<Effect> {
        let found = statements(Dialect::Postgres, script);
        let [statement] = found.as_slice() else { return Ok(Effect::Unknown) };
        if let Some(index) = built_index(statement) {
            return match self.index_is_valid(&index).await? {
                Some(true) => Ok(Effect::There),
                Some(false) => self.drop_index(&index).await.map(|()| Effect::NotThere),
                None => Ok(Effect::NotThere),
            };
        }
        if let Some(index) = dropped_index(statement) {
            let gone: bool = sqlx::query_scalar("SELECT to_regclass($1) IS NULL")
                .bind(index)
                .fetch_one(&mut *self.connection)
                .await?;
            return Ok(if gone { Effect::There } else { Effect::NotThere });
        }
        if let Some((name, label)) = added_label(statement) {
            let there: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT FROM pg_enum WHERE enumtypid = to_regtype($1) AND enumlabel = $2)",
            )
            .bind(name)
            .bind(label)
            .fetch_one(&mut *self.connection)
            .await?;
            return Ok(if there { Effect::There } else { Effect::NotThere });
        }
        Ok(Effect::Unknown)
    }

    async fn recover(&mut self) -> sqlx::Result<()> {
        self.script("ROLLBACK").await.map(drop)
    }

    async fn verify(&mut self) -> sqlx::Result<()> {
        Ok(())
    }
}

/// The key of sqlx's own lock, so that plain sqlx and this runner keep out of each other's way.
fn lock_key(database: &str) -> i64 {
    let crc = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(database.as_bytes());
    0x3d32_ad9e * i64::from(crc)
}

fn bind(query: Query<'_, Postgres, PgArguments>, value: Value) -> Query<'_, Postgres, PgArguments> {
    match value {
        Value::Int(value) => query.bind(value),
        Value::Bool(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
    }
}

/// An index that a statement builds concurrently.
#[derive(Debug, PartialEq, Eq)]
struct BuiltIndex {
    name: String,
    /// Quoted, as `to_regclass` reads it.
    table: String,
}

fn built_index(statement: &Statement) -> Option<BuiltIndex> {
    let mut words = Words(&statement.tokens);
    words.word("create").then_some(())?;
    words.word("unique");
    (words.word("index") && words.word("concurrently")).then_some(())?;
    let _ = words.word("if") && words.word("not") && words.word("exists");
    let name = words.name()?;
    words.word("on").then_some(())?;
    words.word("only");
    Some(BuiltIndex { name, table: words.qualified()? })
}

fn dropped_index(statement: &Statement) -> Option<String> {
    let mut words = Words(&statement.tokens);
    (words.word("drop") && words.word("index") && words.word("concurrently")).then_some(())?;
    let _ = words.word("if") && words.word("exists");
    words.qualified()
}

fn added_label(statement: &Statement) -> Option<(String, String)> {
    let mut words = Words(&statement.tokens);
    (words.word("alter") && words.word("type")).then_some(())?;
    let name = words.qualified()?;
    (words.word("add") && words.word("value")).then_some(())?;
    let _ = words.word("if") && words.word("not") && words.word("exists");
    match words.0.first()? {
        Token::Text(label) => Some((name, label.clone())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(sql: &str) -> Statement {
        statements(Dialect::Postgres, sql).remove(0)
    }

    #[test]
    fn a_concurrent_build_names_its_index_and_its_table() {
        let found = built_index(&one(r#"CREATE UNIQUE INDEX CONCURRENTLY "a.b" ON ONLY auth."User" (email)"#)).unwrap();
        assert_eq!(found, BuiltIndex { name: "a.b".into(), table: r#""auth"."User""#.into() });
        assert_eq!(built_index(&one("CREATE INDEX a ON b (c)")), None);
        assert_eq!(built_index(&one("CREATE INDEX CONCURRENTLY ON b (c)")).map(|found| found.name), None);
    }

    #[test]
    fn a_concurrent_drop_and_a_label_are_recognised() {
        assert_eq!(dropped_index(&one("DROP INDEX CONCURRENTLY IF EXISTS public.I")), Some(r#""public"."i""#.into()));
        assert_eq!(dropped_index(&one("DROP INDEX a")), None);
        assert_eq!(
            added_label(&one("ALTER TYPE public.mood ADD VALUE 'it''s' BEFORE 'ok'")),
            Some((r#""public"."mood""#.into(), "it's".into()))
        );
        assert_eq!(added_label(&one("ALTER TYPE mood RENAME VALUE 'a' TO 'b'")), None);
    }

    #[test]
    fn the_key_is_the_one_that_sqlx_computes() {
        // zlib's crc32 of "postgres" times sqlx's constant.
        assert_eq!(lock_key("postgres"), 0x3d32_ad9e * 0x156a_8775);
    }
}
