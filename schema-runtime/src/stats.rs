//! How large the tables of a database are and how much they are written to, read-only; and how fast a scratch server
//! works through rows.

use std::time::{Duration, Instant};

use schema_core::stats::{Rates, Stats, TableStats, rounded};
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row};

use crate::Error;
use crate::connect::{Connection, Database};
use crate::sides::{Bench, WorkError};
use schema_core::dialect::quote;

/// No query waits for a table that somebody keeps locked, nor works for long. It writes nothing, so a replica answers it too.
const LIMITS: &str = "SET TRANSACTION READ ONLY; SET LOCAL lock_timeout = '3s'; SET LOCAL statement_timeout = '60s'";

/// A partitioned table is as large as its partitions together. Statistics count since `stats_reset`, if it is known.
const POSTGRES: &str = r"
WITH leaf AS (
    SELECT n.nspname || '.' || c.relname AS name, c.oid AS leaf FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'
        AND n.nspname !~ '^pg_' AND n.nspname !~ '^_kept_' AND n.nspname <> 'information_schema'
        AND c.relname NOT IN ('_sqlx_migrations', '_schema_migrations', '_schema_backfills')
    UNION ALL
    SELECT n.nspname || '.' || c.relname, t.relid::oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL pg_partition_tree(c.oid) t
    WHERE c.relkind = 'p' AND t.isleaf
)
SELECT leaf.name,
    sum(CASE WHEN c.reltuples > 0 THEN c.reltuples::bigint ELSE coalesce(s.n_live_tup, 0) END)::bigint AS rows,
    sum(coalesce(pg_table_size(c.oid), 0))::bigint AS bytes,
    sum(coalesce(pg_indexes_size(c.oid), 0))::bigint AS index_bytes,
    sum(coalesce(s.n_tup_ins + s.n_tup_upd + s.n_tup_del, 0))::bigint AS writes,
    (SELECT extract(epoch FROM now() - stats_reset)::bigint FROM pg_stat_database WHERE datname = current_database()) AS seconds
FROM leaf JOIN pg_class c ON c.oid = leaf.leaf LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
GROUP BY leaf.name";

/// Keys are there for more than queries. A partitioned index is read where one of its partitions is.
const UNUSED: &str = r"
SELECT n.nspname || '.' || c.relname FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT i.indisunique AND NOT i.indisexclusion AND NOT c.relispartition AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_' AND n.nspname !~ '^_kept_' AND n.nspname <> 'information_schema'
    AND coalesce(pg_stat_get_numscans(c.oid), 0) = 0
    AND NOT EXISTS (SELECT FROM pg_partition_tree(c.oid) t WHERE pg_stat_get_numscans(t.relid) > 0)
ORDER BY 1";

/// A crash throws all counters away, those of the database with the day of their reset: then that of the whole server
/// tells since when they count.
const COUNTED: &str = r"
SELECT extract(day FROM now() - coalesce(
    (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()),
    (SELECT stats_reset FROM pg_stat_bgwriter)))::bigint";

/// The view shows no value of a sequence that the role may not read.
const NUMBERED: &str = r"
SELECT tn.nspname || '.' || t.relname AS name, v.last_value AS number FROM pg_sequences v
JOIN pg_namespace sn ON sn.nspname = v.schemaname JOIN pg_class s ON s.relnamespace = sn.oid AND s.relname = v.sequencename
JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.refclassid = 'pg_class'::regclass
    AND d.deptype IN ('a', 'i')
JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = t.relnamespace
JOIN pg_index i ON i.indrelid = t.oid AND i.indisprimary AND i.indnkeyatts = 1 AND i.indkey[0] = d.refobjsubid
WHERE v.last_value > 0";

/// The view shows no column that the role may not read. Beyond, a value finds few rows however many values there are.
const FEW_VALUES: &str = r"
SELECT s.schemaname || '.' || s.tablename, s.attname::text, s.n_distinct::bigint FROM pg_stats s
WHERE s.n_distinct > 0 AND s.n_distinct <= 10000";

const SQLITE_TABLES: &str = r"
SELECT s.name FROM sqlite_schema s JOIN pragma_table_list l ON l.name = s.name AND l.schema = 'main'
WHERE s.type = 'table' AND l.type = 'table' AND s.name NOT LIKE 'sqlite\_%' ESCAPE '\'
    AND s.name NOT LIKE '\_kept\_%' ESCAPE '\' AND s.name NOT IN ('_sqlx_migrations', '_schema_migrations')";

/// InnoDB estimates rows by a sample of pages. A key that begins at 0 or below has given out no number.
#[cfg(feature = "mysql")]
const MYSQL_TABLES: &str = r"
SELECT CAST(TABLE_NAME AS CHAR), CAST(IFNULL(TABLE_ROWS, 0) AS SIGNED), CAST(IFNULL(DATA_LENGTH, 0) AS SIGNED),
    CAST(IFNULL(INDEX_LENGTH, 0) AS SIGNED), CAST(LEAST(AUTO_INCREMENT, 9223372036854775807) AS SIGNED)
FROM information_schema.TABLES
WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' AND LEFT(TABLE_NAME, 6) <> '_kept_'
    AND TABLE_NAME NOT IN ('_sqlx_migrations', '_schema_migrations', '_schema_steps', '_schema_backfills')";

/// Reads the sizes. Numbers are rounded to two digits, so that a checked-in file changes only when a table does.
///
/// On MariaDB and MySQL rows are estimated, and nothing is known of writes. On SQLite rows are counted; the bytes are those of the whole file where the library can't tell tables apart.
///
/// # Errors
/// What the database said.
pub async fn read(connection: &mut Connection) -> Result<Stats, Error> {
    match &mut connection.database {
        Database::Postgres(connection) => postgres(connection).await,
        #[cfg(feature = "mysql")]
        Database::MySql(connection, flavour) => mysql(connection, *flavour).await,
        Database::Sqlite(connection) => sqlite(connection).await,
    }
}

async fn postgres(connection: &mut PgConnection) -> Result<Stats, Error> {
    let mut transaction = connection.begin().await?;
    sqlx::raw_sql(LIMITS).execute(&mut *transaction).await?;
    let day = "SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD')";
    let mut stats = Stats::new(sqlx::query_scalar::<_, String>(day).fetch_one(&mut *transaction).await?);
    for row in sqlx::query(POSTGRES).fetch_all(&mut *transaction).await? {
        let number = |column: &str| row.try_get::<i64, _>(column).map(|number| u64::try_from(number).unwrap_or(0));
        let seconds: Option<i64> = row.try_get("seconds")?;
        let table = TableStats {
            rows: rounded(number("rows")?),
            bytes: rounded(number("bytes")?),
            index_bytes: rounded(number("index_bytes")?),
            writes_per_hour: per_hour(number("writes")?, seconds),
            numbered: None,
        };
        stats.tables.insert(row.try_get("name")?, table);
    }
    for (name, number) in sqlx::query_as::<_, (String, i64)>(NUMBERED).fetch_all(&mut *transaction).await? {
        if let Some(table) = stats.tables.get_mut(&name) {
            table.numbered = u64::try_from(number).ok().map(rounded);
        }
    }
    let days: Option<i64> = sqlx::query_scalar(COUNTED).fetch_one(&mut *transaction).await?;
    stats.counted_days = days.and_then(|days| u64::try_from(days).ok()).map(rounded);
    stats.unused_indexes = sqlx::query_scalar(UNUSED).fetch_all(&mut *transaction).await?.into_iter().collect();
    for (name, column, number) in
        sqlx::query_as::<_, (String, String, i64)>(FEW_VALUES).fetch_all(&mut *transaction).await?
    {
        if stats.tables.contains_key(&name) {
            let number = rounded(u64::try_from(number).unwrap_or(0));
            stats.few_values.entry(name).or_default().insert(column, number);
        }
    }
    transaction.rollback().await?;
    Ok(stats)
}

#[cfg(feature = "mysql")]
async fn mysql(
    connection: &mut sqlx::mysql::MySqlConnection,
    flavour: schema_core::ir::Dialect,
) -> Result<Stats, Error> {
    if flavour == schema_core::ir::Dialect::MySql {
        // It would answer with what it looked up up to a day ago.
        sqlx::raw_sql("SET SESSION information_schema_stats_expiry = 0").execute(&mut *connection).await?;
    }
    let day = "SELECT DATE_FORMAT(UTC_DATE(), '%Y-%m-%d')";
    let mut stats = Stats::new(sqlx::query_scalar::<_, String>(day).fetch_one(&mut *connection).await?);
    let rows: Vec<(String, i64, i64, i64, Option<i64>)> =
        sqlx::query_as(MYSQL_TABLES).fetch_all(&mut *connection).await?;
    for (name, rows, bytes, index_bytes, next) in rows {
        let number = |number: i64| rounded(u64::try_from(number).unwrap_or(0));
        let table = TableStats {
            rows: number(rows),
            bytes: number(bytes),
            index_bytes: number(index_bytes),
            writes_per_hour: None,
            numbered: next.map(|next| number(next - 1)).filter(|last| *last > 0),
        };
        stats.tables.insert(name, table);
    }
    Ok(stats)
}

/// Over less than an hour nothing is known of a usual one.
fn per_hour(writes: u64, seconds: Option<i64>) -> Option<u64> {
    let seconds = u64::try_from(seconds?).ok().filter(|seconds| *seconds >= 3600)?;
    Some(rounded(u64::try_from(u128::from(writes) * 3600 / u128::from(seconds)).unwrap_or(u64::MAX)))
}

async fn sqlite(connection: &mut SqliteConnection) -> Result<Stats, Error> {
    let mut transaction = connection.begin().await?;
    let day: String = sqlx::query_scalar("SELECT date('now')").fetch_one(&mut *transaction).await?;
    let file: i64 = sqlx::query_scalar("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        .fetch_one(&mut *transaction)
        .await?;
    let names: Vec<String> = sqlx::query_scalar(SQLITE_TABLES).fetch_all(&mut *transaction).await?;
    let mut stats = Stats::new(day);
    for name in names {
        let count = format!("SELECT count(*) FROM main.{}", quote(&name));
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&mut *transaction).await?;
        let sizes = "SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE name = ?";
        // The table that knows is compiled in only where SQLite was asked to.
        let bytes = sqlx::query_scalar(sizes).bind(&name).fetch_one(&mut *transaction).await.unwrap_or(file);
        let number = |number: i64| rounded(u64::try_from(number).unwrap_or(0));
        let table = TableStats { rows: number(rows), bytes: number(bytes), ..TableStats::default() };
        stats.tables.insert(name, table);
    }
    transaction.rollback().await?;
    Ok(stats)
}

/// Measures a scratch server: a table of that many made-up rows is read by a check, indexed and written anew.
///
/// # Errors
/// The scratch database can't be made, or what it said.
pub async fn measure(bench: &Bench, rows: u32) -> Result<Rates, Error> {
    let mut work = bench.fresh().await?;
    let fill = format!(
        "CREATE TABLE measured AS SELECT n::integer AS id, md5(n::text) || md5((-n)::text) AS note, now() AS at FROM generate_series(1, {rows}) AS n; ANALYZE measured; CHECKPOINT"
    );
    work.execute(&fill).await.map_err(refused)?;
    let bytes = work.rows("SELECT pg_table_size('measured')::text").await.map_err(refused)?;
    let bytes: u64 = bytes.first().and_then(|row| row.first()?.as_deref()?.parse().ok()).unwrap_or(0);
    let mut rates = [0; 3];
    let statements = [
        "ALTER TABLE measured ADD CHECK (id > 0)",
        "CREATE INDEX ON measured (note)",
        "DROP INDEX measured_note_idx; ALTER TABLE measured ALTER id TYPE bigint",
    ];
    for (rate, statement) in rates.iter_mut().zip(statements) {
        let started = Instant::now();
        work.execute(statement).await.map_err(refused)?;
        *rate = rounded(per_second(bytes, started.elapsed()));
    }
    bench.put_back(work).await;
    let [scan, build, rewrite] = rates;
    Ok(Rates { scan, build, rewrite })
}

fn per_second(bytes: u64, took: Duration) -> u64 {
    let nanoseconds = took.as_nanos().max(1);
    u64::try_from(u128::from(bytes) * 1_000_000_000 / nanoseconds).unwrap_or(u64::MAX)
}

fn refused(error: WorkError) -> Error {
    Error::Refused(vec![schema_core::diag::Finding::error(
        None,
        format!("the scratch server refused to measure: {error}"),
    )])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_needs_a_period_that_is_known_and_long_enough() {
        assert_eq!(per_hour(7200, Some(7200)), Some(3600));
        assert_eq!(per_hour(10, Some(60)), None);
        assert_eq!(per_hour(10, None), None);
        assert_eq!(per_hour(u64::MAX, Some(3600)), Some(rounded(u64::MAX)));
        assert_eq!(per_second(1_000, Duration::from_millis(500)), 2_000);
    }
}
