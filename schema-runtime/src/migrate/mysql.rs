//! MariaDB's and MySQL's primitives.

use std::fmt::Write as _;
use std::time::Duration;

use schema_core::ir::Dialect;
use schema_core::migration::checksum;
use sqlx::AssertSqlSafe;
use sqlx::mysql::{MySql, MySqlArguments, MySqlConnection, MySqlDatabaseError};
use sqlx::query::Query;

use super::backend::{Applied, AppliedRow, Backend, Effect, Note, NoteRow, PROCESS, Pace, Value, lock_timeout, texts};
use super::kept::{self, Aside};
use super::script::{Statement, Token};
use crate::connect::ConnectSettings;
use crate::error::Error;
use crate::stale::is_stale;

/// What a file may rely on, whatever the server's own settings are: no value is cut or made up (HAZARDS.md rows 4, 10, 19).
/// sqlx sets PIPES_AS_CONCAT and NO_ENGINE_SUBSTITUTION too.
const SQL_MODE: &str =
    "STRICT_TRANS_TABLES,STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,PIPES_AS_CONCAT";

/// A connection and what was seen when it was opened.
pub(crate) struct Session<'a> {
    connection: &'a mut MySqlConnection,
    flavour: Dialect,
    place: &'a str,
    process: u64,
    key: String,
}

impl<'a> Session<'a> {
    pub(crate) fn new(connection: &'a mut MySqlConnection, flavour: Dialect, place: &'a str) -> Self {
        Self { connection, flavour, place, process: 0, key: String::new() }
    }

    /// A pooler may give the next statement to another server connection (BUGS.md B20).
    async fn check_that_it_is_one_session(&mut self) -> Result<(), Error> {
        let mut processes = std::collections::BTreeSet::new();
        for _ in 0..3 {
            let process: u64 = sqlx::query_scalar("SELECT CONNECTION_ID()").fetch_one(&mut *self.connection).await?;
            self.process = process;
            processes.insert(process);
        }
        if processes.len() == 1 { Ok(()) } else { Err(Error::Pooled { place: self.place.to_owned() }) }
    }

    /// One text per definition: of tables and views as the server shows them, without the next number of a table.
    async fn tables_named(&mut self, names: &[String]) -> sqlx::Result<Vec<String>> {
        let all = self
            .rows(
                "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME",
            )
            .await?;
        let mut definitions = Vec::new();
        for table in all.into_iter().flatten().flatten().filter(|table| names.contains(&table.to_lowercase())) {
            let sql = format!("SHOW CREATE TABLE {}", self.flavour.quote(&table));
            // A view whose table is gone can't be shown.
            let shown = match self.rows(&sql).await {
                Ok(rows) => rows.into_iter().flatten().nth(1).flatten().unwrap_or_default(),
                Err(error) if error.as_database_error().is_some() => "invalid".to_owned(),
                Err(error) => return Err(error),
            };
            definitions.push(format!("{table}: {}", without_next_number(&shown)));
        }
        Ok(definitions)
    }

    /// Rows of a catalog query whose first two columns are names, one of which must be among these.
    async fn others_named(&mut self, sql: &str, names: &[String]) -> sqlx::Result<Vec<String>> {
        let rows = self.rows(sql).await?;
        let is_named =
            |row: &Vec<Option<String>>| row.iter().take(2).flatten().any(|name| names.contains(&name.to_lowercase()));
        Ok(rows.into_iter().filter(is_named).map(|row| format!("{row:?}")).collect())
    }
}

/// What statements can define besides tables: a name, its table or nothing, and all that a definition says.
const OTHERS: [&str; 4] = [
    "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, CONCAT_WS(' ', ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER), ACTION_STATEMENT \
     FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() ORDER BY TRIGGER_NAME",
    "SELECT ROUTINE_NAME, '', CONCAT_WS(' ', ROUTINE_TYPE, LAST_ALTERED), ROUTINE_DEFINITION \
     FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() ORDER BY ROUTINE_NAME, ROUTINE_TYPE",
    "SELECT EVENT_NAME, '', CONCAT_WS(' ', STATUS, LAST_ALTERED), EVENT_DEFINITION \
     FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE() ORDER BY EVENT_NAME",
    "SELECT SCHEMA_NAME, '', DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME \
     FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = DATABASE()",
];

impl Backend for Session<'_> {
    const TYPES: (&'static str, &'static str, &'static str) =
        ("TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP", "BLOB", "LONGTEXT CHARACTER SET utf8mb4");
    const STEPWISE: bool = true;
    const BEGIN: &'static str = "START TRANSACTION";
    const KEPT_NAMES: &'static str = kept::mysql::NAMES;
    const KEPT: &'static str = kept::mysql::ALL;
    const AGES: &'static str = kept::mysql::AGES;

    fn dialect(&self) -> Dialect {
        self.flavour
    }

    fn or_replace(_: &str, columns: &[&str]) -> String {
        let sets: Vec<String> = columns.iter().map(|column| format!("{column} = VALUES({column})")).collect();
        format!("ON DUPLICATE KEY UPDATE {}", sets.join(", "))
    }

    async fn open(&mut self, _: &ConnectSettings) -> Result<(), Error> {
        self.check_that_it_is_one_session().await?;
        let database: Option<String> = sqlx::query_scalar("SELECT DATABASE()").fetch_one(&mut *self.connection).await?;
        let database = database
            .ok_or_else(|| Error::Url(format!("{} is a server: name a database of it in the URL", self.place)))?;
        self.key = lock_key(&database);
        Ok(())
    }

    async fn settle(&mut self, settings: &ConnectSettings, pace: Pace, attempt: u32) -> sqlx::Result<()> {
        let statement = match pace {
            Pace::Instant | Pace::Batch => settings.statement_timeout,
            _ => settings.long_statement_timeout,
        };
        // Whole seconds, of which 0 would not wait at all.
        let lock = lock_timeout(settings.lock_timeout, attempt).as_millis().div_ceil(1000).max(1);
        let mut sql = format!(
            "SET NAMES utf8mb4; SET SESSION autocommit = 1, time_zone = '+00:00', sql_mode = '{SQL_MODE}', foreign_key_checks = 1, \
             unique_checks = 1, lock_wait_timeout = {lock}, innodb_lock_wait_timeout = {lock}"
        );
        if self.flavour == Dialect::MariaDb {
            let seconds = statement.unwrap_or_default().as_secs_f64();
            let _ = write!(sql, ", max_statement_time = {seconds}");
        }
        self.script(&sql).await.map(drop)
    }

    fn table(&self, name: &str) -> String {
        self.flavour.quote(name)
    }

    async fn exists(&mut self, name: &str) -> sqlx::Result<bool> {
        sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?)",
        )
        .bind(name)
        .fetch_one(&mut *self.connection)
        .await
    }

    async fn script(&mut self, sql: &str) -> sqlx::Result<u64> {
        let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut *self.connection).await?;
        Ok(done.rows_affected())
    }

    async fn watched(&mut self, sql: &str, _: &mut (dyn FnMut(Vec<String>, Duration) + Send)) -> sqlx::Result<u64> {
        match self.script(sql).await {
            Err(error) if is_stale(&error) => self.script(sql).await,
            result => result,
        }
    }

    async fn rows(&mut self, sql: &str) -> sqlx::Result<Vec<Vec<Option<String>>>> {
        let rows = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).fetch_all(&mut *self.connection).await?;
        rows.iter().map(texts).collect()
    }

    async fn execute(&mut self, sql: &str, arguments: Vec<Value>) -> sqlx::Result<u64> {
        let sql = positional(sql, arguments.len());
        let query = arguments.into_iter().fold(sqlx::query(AssertSqlSafe(sql)), bind);
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
        let taken: Option<i64> =
            sqlx::query_scalar("SELECT GET_LOCK(?, 0)").bind(&self.key).fetch_one(&mut *self.connection).await?;
        Ok(taken == Some(1))
    }

    async fn holder(&mut self) -> Option<String> {
        let sql =
            format!("SELECT {PROCESS} FROM information_schema.PROCESSLIST p WHERE p.ID = IS_USED_LOCK('{}')", self.key);
        self.rows(&sql).await.ok()?.into_iter().flatten().flatten().next()
    }

    /// Transactions that are open: without a plugin MariaDB does not tell who holds a table's definition.
    async fn blockers(&mut self) -> Vec<String> {
        let sql = format!(
            "SELECT {PROCESS} FROM information_schema.INNODB_TRX t JOIN information_schema.PROCESSLIST p ON p.ID = t.trx_mysql_thread_id \
             WHERE p.ID <> CONNECTION_ID() ORDER BY t.trx_started LIMIT 3"
        );
        self.rows(&sql).await.unwrap_or_default().into_iter().flatten().flatten().collect()
    }

    fn stale(_: &str) -> Vec<String> {
        Vec::new()
    }

    async fn holds_lock(&mut self) -> sqlx::Result<bool> {
        let sql = format!("SELECT CAST(IS_USED_LOCK('{}') = CONNECTION_ID() AS CHAR)", self.key);
        Ok(self.rows(&sql).await? == [[Some("1".to_owned())]])
    }

    async fn unlock(&mut self) -> sqlx::Result<()> {
        self.rows(&format!("SELECT CAST(RELEASE_LOCK('{}') AS CHAR)", self.key)).await.map(drop)
    }

    fn kept_size(aside: &Aside) -> Option<[String; 2]> {
        kept::mysql::size(aside)
    }

    fn kept_removed(all: &[&Aside]) -> Vec<String> {
        kept::mysql::removed(all)
    }

    fn is_held_by_kept(_: &sqlx::Error) -> bool {
        false
    }

    /// ER_LOCK_WAIT_TIMEOUT and ER_LOCK_DEADLOCK.
    fn passes(error: &sqlx::Error) -> bool {
        let error = error.as_database_error().and_then(|error| error.try_downcast_ref::<MySqlDatabaseError>());
        matches!(error.map(MySqlDatabaseError::number), Some(1205 | 1213))
    }

    /// Values that don't fit, constraints, and what a trigger says. The general class HY000 holds ER_TRUNCATED_WRONG_VALUE_FOR_FIELD
    /// and ER_CHECK_CONSTRAINT_VIOLATED of MySQL.
    fn is_of_a_row(error: &sqlx::Error) -> bool {
        let code = error.as_database_error().and_then(|error| error.code()).unwrap_or_default();
        let number = error.as_database_error().and_then(|error| error.try_downcast_ref::<MySqlDatabaseError>());
        ["01", "22", "23", "45"].iter().any(|class| code.starts_with(class))
            || matches!(number.map(MySqlDatabaseError::number), Some(1366 | 3819))
    }

    fn offset(&self, _: &sqlx::Error, _: &str) -> Option<usize> {
        None
    }

    async fn effect(&mut self, _: &str) -> sqlx::Result<Effect> {
        Ok(Effect::Unknown)
    }

    async fn definitions(&mut self, statement: &Statement) -> sqlx::Result<String> {
        let names: Vec<String> = statement
            .tokens
            .iter()
            .filter_map(|token| match token {
                Token::Word(name) | Token::Name(name) => Some(name.to_lowercase()),
                _ => None,
            })
            .collect();
        let mut all = self.tables_named(&names).await?;
        for sql in OTHERS {
            all.extend(self.others_named(sql, &names).await?);
        }
        let mut hash = String::new();
        for byte in checksum(&all.join("\n")) {
            let _ = write!(hash, "{byte:02x}");
        }
        Ok(hash)
    }

    async fn recover(&mut self) -> sqlx::Result<()> {
        self.script("ROLLBACK").await.map(drop)
    }

    async fn verify(&mut self) -> sqlx::Result<()> {
        Ok(())
    }
}

/// The key of sqlx's own lock, so that plain sqlx and this runner keep out of each other's way.
fn lock_key(database: &str) -> String {
    let crc = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(database.as_bytes());
    format!("{:x}", 0x3d32_ad9e * i64::from(crc))
}

/// `$1`, `$2` and so on, which our statements name in this order, as the server has them.
fn positional(sql: &str, arguments: usize) -> String {
    (1..=arguments).rev().fold(sql.to_owned(), |sql, number| sql.replace(&format!("${number}"), "?"))
}

/// ` AUTO_INCREMENT=7` moves with each row.
fn without_next_number(definition: &str) -> String {
    const NEXT: &str = " AUTO_INCREMENT=";
    let options = definition.rfind("\n)").unwrap_or_default();
    match definition.get(options..).and_then(|text| text.find(NEXT)).map(|at| options + at) {
        Some(start) => {
            let digits = definition.get(start + NEXT.len()..).unwrap_or_default();
            let rest = digits.trim_start_matches(|c: char| c.is_ascii_digit());
            format!("{}{rest}", definition.get(..start).unwrap_or_default())
        }
        None => definition.to_owned(),
    }
}

fn bind(query: Query<'_, MySql, MySqlArguments>, value: Value) -> Query<'_, MySql, MySqlArguments> {
    match value {
        Value::Int(value) => query.bind(value),
        Value::Bool(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
        Value::Bytes(value) => query.bind(value),
    }
}
