//! `cargo schema stats`: sizes read from real databases, by whoever may connect, without a write.

#![allow(clippy::unwrap_used, reason = "a suite fails by panics")]

use schema_core::ir::Dialect;
use schema_core::stats::{Stats, TableStats};
use schema_runtime::connect::{ConnectSettings, connect};
use schema_runtime::sides::Bench;
use schema_runtime::stats::{measure, read};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};

async fn filled(url: &str, sql: &str) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn of(url: &str) -> Stats {
    read(&mut connect(url, &ConnectSettings::default()).await.unwrap()).await.unwrap()
}

#[tokio::test]
async fn tables_partitions_and_views_with_rows_have_their_sizes() {
    let url = schema_tests::postgres().await;
    filled(
        &url,
        "CREATE SCHEMA app; CREATE TABLE app.users (id bigint PRIMARY KEY, note text);
        INSERT INTO app.users SELECT n, repeat('x', 100) FROM generate_series(1, 12345) n;
        CREATE TABLE log (at int) PARTITION BY RANGE (at); CREATE TABLE log_a PARTITION OF log FOR VALUES FROM (0) TO (500);
        CREATE TABLE log_b PARTITION OF log FOR VALUES FROM (500) TO (1000);
        INSERT INTO log SELECT generate_series(0, 899); CREATE MATERIALIZED VIEW few AS SELECT 1 AS n;
        CREATE TABLE _sqlx_migrations (version bigint); CREATE VIEW v AS SELECT 1; ANALYZE;",
    )
    .await;
    let stats = of(&url).await;
    let names: Vec<&str> = stats.tables.keys().map(String::as_str).collect();
    assert_eq!(names, ["app.users", "public.few", "public.log", "public.log_a", "public.log_b"]);
    let TableStats { rows, bytes, index_bytes, .. } = stats.tables["app.users"];
    assert_eq!(rows, 12_000);
    assert!((1_500_000..3_000_000).contains(&bytes) && (200_000..900_000).contains(&index_bytes), "{stats:?}");
    let rows = |name: &str| stats.tables[name].rows;
    assert_eq!([rows("public.log"), rows("public.log_a"), rows("public.log_b")], [900, 500, 400]);
    assert!(stats.table("log").is_some_and(TableStats::is_tiny) && !stats.table("app.users").unwrap().is_tiny());
    assert_eq!(of(&url).await.text(), stats.text());
}

#[tokio::test]
async fn indexes_that_nobody_reads_and_numbers_that_were_given_are_counted() {
    let url = schema_tests::postgres().await;
    filled(
        &url,
        "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int, b int UNIQUE);
        CREATE INDEX t_a ON t (a); CREATE INDEX t_read ON t (a, b); SELECT setval('t_id_seq', 1234567);
        INSERT INTO t (a, b) SELECT n, n FROM generate_series(1, 5000) n; CREATE TABLE bare (id bigserial);
        CREATE TABLE few (kind int); INSERT INTO few SELECT n % 3 FROM generate_series(1, 900) n;
        CREATE TABLE log (at int) PARTITION BY RANGE (at); CREATE TABLE log_a PARTITION OF log FOR VALUES FROM (0) TO (500);
        INSERT INTO log SELECT generate_series(0, 499); CREATE INDEX log_at ON log (at); ANALYZE;",
    )
    .await;
    let unused = |stats: &Stats| stats.unused_indexes.iter().cloned().collect::<Vec<_>>();
    let stats = of(&url).await;
    assert_eq!(unused(&stats), ["public.log_at", "public.t_a", "public.t_read"]);
    assert_eq!(stats.counted_days, Some(0), "a server that has just started");
    assert_eq!(stats.tables["public.t"].numbered, Some(1_200_000));
    assert_eq!(stats.tables["public.log"].numbered, None);
    assert_eq!(stats.few_values["public.few"]["kind"], 3);
    assert_eq!(stats.few_values.get("public.t"), None, "all different");
    filled(
        &url,
        "SET enable_seqscan = off; SET enable_bitmapscan = off; SELECT a, b FROM t WHERE a = 7 AND b < 9;
        SELECT at FROM log WHERE at = 3",
    )
    .await;
    // The counters reach the server's shared ones with the end of the session.
    let mut read = of(&url).await;
    for _ in 0..100 {
        if unused(&read) == ["public.t_a"] {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        read = of(&url).await;
    }
    assert_eq!(unused(&read), ["public.t_a"]);
}

/// As on a replica every write would be refused, and the role may do nothing but connect.
#[tokio::test]
async fn a_role_without_privileges_reads_them_where_nothing_can_be_written() {
    let url = schema_tests::postgres().await;
    let role = format!("looker_{}", url.rsplit('/').next().unwrap().split('?').next().unwrap());
    filled(
        &url,
        &format!(
            "CREATE TABLE t (id int); INSERT INTO t SELECT generate_series(1, 2000); ANALYZE t; REVOKE ALL ON SCHEMA public FROM PUBLIC;
            CREATE ROLE \"{role}\" LOGIN; ALTER ROLE \"{role}\" SET default_transaction_read_only = on"
        ),
    )
    .await;
    let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
    let url = sqlx::ConnectOptions::to_url_lossy(&options.username(&role));
    assert_eq!(of(url.as_str()).await.tables["public.t"].rows, 2000);
}

#[tokio::test]
async fn a_scratch_server_tells_how_fast_it_works() {
    let bench = Bench::on(schema_tests::server().await);
    let rates = measure(&bench, 20_000).await.unwrap();
    assert!([rates.scan, rates.build, rates.rewrite].into_iter().all(|rate| rate > 100_000), "{rates:?}");
}

#[tokio::test]
async fn sqlite_counts_its_rows_and_no_table_is_taken_for_smaller_than_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("app.db").display());
    let mut connection = connect(&url, &ConnectSettings::default()).await.unwrap();
    assert_eq!(connection.dialect(), Dialect::Sqlite);
    let schema_runtime::connect::Database::Sqlite(database) = &mut connection.database else { unreachable!() };
    let sql = "CREATE TABLE t (id INTEGER PRIMARY KEY, note TEXT); CREATE TABLE _sqlx_migrations (version BIGINT);
        INSERT INTO t SELECT value, hex(randomblob(200)) FROM (WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < 1500) SELECT value FROM n)";
    sqlx::raw_sql(sql).execute(&mut **database).await.unwrap();
    let stats = read(&mut connection).await.unwrap();
    assert_eq!(stats.tables.keys().collect::<Vec<_>>(), ["t"]);
    assert_eq!(stats.tables["t"].rows, 1500);
    assert!(stats.tables["t"].bytes > 500_000, "{stats:?}");
}

#[tokio::test]
async fn mariadb_estimates_its_rows_and_knows_the_last_number() {
    let mut connection = connect(&schema_tests::mariadb().await, &ConnectSettings::default()).await.unwrap();
    assert_eq!(connection.dialect(), Dialect::MariaDb);
    let schema_runtime::connect::Database::MySql(database, _) = &mut connection.database else { unreachable!() };
    let sql = "CREATE TABLE t (id bigint PRIMARY KEY AUTO_INCREMENT, note varchar(500), KEY (note)); CREATE TABLE _sqlx_migrations (version bigint);
        CREATE TABLE _kept_1_t LIKE t; CREATE TABLE plain (id int PRIMARY KEY); CREATE VIEW v AS SELECT id FROM t;
        INSERT INTO t (note) SELECT REPEAT(MD5(seq), 10) FROM seq_1_to_3000; ANALYZE TABLE t";
    sqlx::raw_sql(sql).execute(&mut **database).await.unwrap();
    let stats = read(&mut connection).await.unwrap();
    assert_eq!(stats.tables.keys().collect::<Vec<_>>(), ["plain", "t"]);
    let table = &stats.tables["t"];
    assert!((2000..=4000).contains(&table.rows) && table.bytes > 500_000 && table.index_bytes > 500_000, "{stats:?}");
    assert!(table.numbered.is_some_and(|number| number >= 3000), "{stats:?}");
    assert_eq!((stats.tables["plain"].rows, stats.tables["plain"].numbered), (0, None));
}
