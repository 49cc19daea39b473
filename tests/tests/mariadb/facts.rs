//! What MariaDB does to rows and definitions without a word, as the catalogue of hazards says.

use schema_tests::mariadb;
use sqlx::mysql::MySqlConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

async fn database(sql: &'static str) -> MySqlConnection {
    let mut connection = MySqlConnection::connect(&mariadb().await).await.unwrap();
    connection.execute(sql).await.unwrap();
    connection
}

/// The server's number of an error, or that there was none.
async fn error(connection: &mut MySqlConnection, sql: &'static str) -> Option<u16> {
    let error = connection.execute(sql).await.err()?;
    Some(error.as_database_error().unwrap().downcast_ref::<sqlx::mysql::MySqlDatabaseError>().number())
}

async fn text(connection: &mut MySqlConnection, sql: &str) -> String {
    let values: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_all(connection).await.unwrap();
    values.join(" ")
}

async fn definition(connection: &mut MySqlConnection, table: &str) -> String {
    let row: (String, String) =
        sqlx::query_as(AssertSqlSafe(format!("SHOW CREATE TABLE {table}"))).fetch_one(connection).await.unwrap();
    row.1
}

/// H72: what is not said again is gone.
#[tokio::test]
async fn modify_keeps_nothing_that_it_does_not_say() {
    let mut connection = database(
        "CREATE TABLE t (id int PRIMARY KEY AUTO_INCREMENT, a timestamp NOT NULL DEFAULT '2020-01-01' ON UPDATE CURRENT_TIMESTAMP,
        b int NOT NULL DEFAULT 5 COMMENT 'five', c int AS (b + 1) STORED); INSERT INTO t (id) VALUES (1)",
    )
    .await;
    connection
        .execute("ALTER TABLE t MODIFY id int NOT NULL, MODIFY a timestamp NULL, CHANGE b b bigint, MODIFY c int")
        .await
        .unwrap();
    let definition = definition(&mut connection, "t").await.to_lowercase();
    for word in ["auto_increment", "on update", "2020", "default 5", "five", "stored"] {
        assert!(!definition.contains(word), "{word}: {definition}");
    }
    assert!(definition.contains("`b` bigint(20) default null"), "{definition}");
    assert_eq!(text(&mut connection, "SELECT concat(b, c) FROM t").await, "56");
}

/// H24: the rows that are there are looked at for ADD CONSTRAINT alone.
#[tokio::test]
async fn a_check_at_a_column_is_not_held_against_the_rows_there_are() {
    let mut connection = database("CREATE TABLE t (a int); INSERT INTO t VALUES (1)").await;
    assert_eq!(error(&mut connection, "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 3)").await, Some(4025));
    assert_eq!(error(&mut connection, "ALTER TABLE t MODIFY a int CHECK (a > 3)").await, None);
    assert_eq!(error(&mut connection, "ALTER TABLE t ADD COLUMN b int NOT NULL DEFAULT 1 CHECK (b > 3)").await, None);
    assert_eq!(text(&mut connection, "SELECT concat(a, b) FROM t").await, "11");
    assert_eq!(error(&mut connection, "INSERT INTO t (a, b) VALUES (1, 9)").await, Some(4025));
}

/// H4: strict mode is about statements that write rows.
#[tokio::test]
async fn a_column_without_a_value_gets_a_zero_in_strict_mode_too() {
    let mut connection = database("CREATE TABLE t (a int); INSERT INTO t VALUES (1)").await;
    assert!(text(&mut connection, "SELECT @@sql_mode").await.contains("STRICT_TRANS_TABLES"));
    connection.execute("ALTER TABLE t ADD b int NOT NULL, ADD c varchar(5) NOT NULL").await.unwrap();
    assert_eq!(text(&mut connection, "SELECT concat('<', b, c, '>') FROM t").await, "<0>");
}

/// H10, H19: what strict mode refuses is done silently without it.
#[tokio::test]
async fn without_strict_mode_values_are_cut_and_made_up() {
    let mut connection = database("CREATE TABLE t (a varchar(9), b int); INSERT INTO t VALUES ('long', NULL)").await;
    for change in ["ALTER TABLE t MODIFY a varchar(2)", "ALTER TABLE t MODIFY b int NOT NULL"] {
        assert_eq!(error(&mut connection, change).await, Some(1265), "{change}");
    }
    connection.execute("SET sql_mode = ''").await.unwrap();
    connection.execute("ALTER TABLE t MODIFY a varchar(2), MODIFY b int NOT NULL").await.unwrap();
    assert_eq!(text(&mut connection, "SELECT concat(a, b) FROM t").await, "lo0");
}

/// H8: MySQL reads it and forgets it.
#[tokio::test]
async fn a_reference_at_a_column_holds() {
    let mut connection =
        database("CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (a int REFERENCES p (id))").await;
    assert_eq!(error(&mut connection, "INSERT INTO t VALUES (1)").await, Some(1452));
}

/// H20.
#[tokio::test]
async fn a_foreign_key_added_without_checks_holds_for_new_rows_only() {
    let mut connection =
        database("CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (a int, KEY (a)); INSERT INTO t VALUES (7)")
            .await;
    let add = "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id)";
    assert_eq!(error(&mut connection, add).await, Some(1452));
    connection.execute("SET foreign_key_checks = 0").await.unwrap();
    assert_eq!(error(&mut connection, add).await, None);
    connection.execute("SET foreign_key_checks = 1").await.unwrap();
    assert_eq!(error(&mut connection, "INSERT INTO t VALUES (8)").await, Some(1452));
    assert_eq!(text(&mut connection, "SELECT concat(a) FROM t").await, "7");
}

/// H23, H39.
#[tokio::test]
async fn the_index_under_a_foreign_key_is_the_servers_until_one_of_ours_serves() {
    let mut connection = database(
        "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (a int, b int, CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id))",
    )
    .await;
    assert!(definition(&mut connection, "t").await.contains("KEY `f` (`a`)"));
    assert_eq!(error(&mut connection, "ALTER TABLE t DROP KEY f").await, Some(1553));
    connection.execute("ALTER TABLE t ADD KEY ab (a, b)").await.unwrap();
    assert!(!definition(&mut connection, "t").await.contains("KEY `f`"), "it goes silently");
    assert_eq!(error(&mut connection, "ALTER TABLE t DROP KEY ab").await, Some(1553));
    let unlike = "ALTER TABLE t ADD CONSTRAINT g FOREIGN KEY (b) REFERENCES q (id)";
    connection.execute("CREATE TABLE q (id bigint PRIMARY KEY)").await.unwrap();
    assert_eq!(error(&mut connection, unlike).await, Some(1005), "unlike types");
}

/// H12.
#[tokio::test]
async fn a_dropped_column_leaves_its_indexes_shorter_and_takes_its_check_along() {
    let mut connection = database(
        "CREATE TABLE t (a int, b int, c int, d int, e int, UNIQUE KEY ac (a, c), KEY ab (a, b), KEY b (b), CHECK (d > 0), CHECK (e > a))",
    )
    .await;
    connection.execute("ALTER TABLE t DROP COLUMN b, DROP COLUMN d").await.unwrap();
    let definition = definition(&mut connection, "t").await;
    assert!(definition.contains("KEY `ab` (`a`)") && !definition.contains("KEY `b`"), "{definition}");
    assert!(!definition.contains("`d` > 0"), "{definition}");
    assert_eq!(error(&mut connection, "ALTER TABLE t DROP COLUMN c").await, Some(1072), "a key of several");
    assert_eq!(error(&mut connection, "ALTER TABLE t DROP COLUMN e").await, Some(1054), "a check of several");
}

/// What goes is named as before the statement, all names change at once, and what comes is named as after it.
#[tokio::test]
async fn clauses_of_one_statement_are_done_in_the_server_s_order() {
    let mut connection = database(
        "CREATE TABLE t (a int, b int, c int, KEY ka (a), KEY kb (b), CHECK (a > 0)); INSERT INTO t VALUES (1, 2, 3)",
    )
    .await;
    let swap = "ALTER TABLE t ADD KEY kc (b, c), RENAME COLUMN a TO b, RENAME COLUMN b TO a, RENAME KEY ka TO kb, RENAME KEY kb TO ka";
    assert_eq!(error(&mut connection, swap).await, None);
    let swapped = definition(&mut connection, "t").await;
    for key in ["KEY `kb` (`b`)", "KEY `ka` (`a`)", "KEY `kc` (`b`,`c`)", "(`b` > 0)"] {
        assert!(swapped.contains(key), "{key}: {swapped}");
    }
    assert_eq!(text(&mut connection, "SELECT concat(a, b, c) FROM t").await, "213");
    assert_eq!(error(&mut connection, "ALTER TABLE t RENAME COLUMN c TO n, ADD KEY kn (c)").await, Some(1072));
    for change in ["MODIFY c bigint", "MODIFY n bigint", "DROP COLUMN c", "ALTER COLUMN n SET DEFAULT 1"] {
        let sql = format!("ALTER TABLE t RENAME COLUMN c TO n, {change}");
        assert!(connection.execute(AssertSqlSafe(sql)).await.is_err(), "{change}");
    }
    assert_eq!(error(&mut connection, "ALTER TABLE t RENAME COLUMN a TO c, DROP COLUMN c, DROP KEY kc").await, None);
    assert_eq!(text(&mut connection, "SELECT concat(b, c) FROM t").await, "12");
}

/// H13.
#[tokio::test]
async fn a_renamed_column_leaves_views_behind() {
    let mut connection = database(
        "CREATE TABLE t (a int, b int AS (a + 1) VIRTUAL, CONSTRAINT c CHECK (a > 0)); CREATE VIEW v AS SELECT a FROM t",
    )
    .await;
    connection.execute("ALTER TABLE t RENAME COLUMN a TO z").await.unwrap();
    let definition = definition(&mut connection, "t").await;
    assert!(definition.contains("CHECK (`z` > 0)") && definition.contains("(`z` + 1)"), "{definition}");
    assert_eq!(error(&mut connection, "SELECT * FROM v").await, Some(1356));
}

/// H59.
#[tokio::test]
async fn every_definition_commits_what_is_open() {
    let mut connection = database("CREATE TABLE t (a int)").await;
    connection.execute("BEGIN; INSERT INTO t VALUES (1); CREATE TABLE u (a int); ROLLBACK").await.unwrap();
    assert_eq!(text(&mut connection, "SELECT concat(a) FROM t").await, "1");
}
