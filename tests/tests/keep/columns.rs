//! Columns of PostgreSQL tables.

use schema_core::ir::Dialect;
use schema_core::model::{Allow, Intents};

use crate::way::{Way, column, intents, refused};

const USERS: &str = "CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, legacy text, age int);";
const ROWS: &str =
    "INSERT INTO users SELECT n, 'u' || n, CASE WHEN n % 3 > 0 THEN 'old' || n END, n FROM generate_series(1, 9) AS n;";

async fn way(before: &str, rows: &str, after: &str, allows: impl IntoIterator<Item = Allow>) -> Way {
    Way::new(Dialect::Postgres, before, rows, after, &intents(allows)).await
}

#[tokio::test]
async fn values_come_back_after_writes_in_between() {
    let after = "CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, age int);";
    let mut way = way(USERS, ROWS, after, [column("users", "legacy")]).await;
    insta::assert_snapshot!(way.text(|pair| &pair.up), @r#"
    -- put column users.legacy aside (PostgreSQL)
    -- Reversible: yes
    -- Contract: releases that know `users.legacy` must be gone before
    -- Data: `users.legacy` is kept as `_kept_0_legacy` until `cargo schema purge`
    -- H12: DROP COLUMN (cargo schema explain H12)
    -- Note: `SELECT *` and an INSERT that names no columns still see `_kept_0_legacy`

    -- put column users.legacy aside
    ALTER TABLE "public"."users" RENAME COLUMN "legacy" TO "_kept_0_legacy";
    "#);
    insta::assert_snapshot!(way.text(|pair| &pair.down), @r#"
    -- Undo: put column users.legacy aside (PostgreSQL)
    -- Data: `users.legacy` comes back with its values

    -- undo: put column users.legacy aside
    DO $check$
    DECLARE
        found bigint;
    BEGIN
        SELECT count(*) INTO found FROM (SELECT WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_attribute WHERE attrelid = '"public"."users"'::regclass AND attname = '_kept_0_legacy' AND NOT attisdropped)) AS gone;
        IF found > 0 THEN
            RAISE EXCEPTION USING MESSAGE = 'column `legacy` of table `users` can''t come back: `_kept_0_legacy`, as which it was kept, has been purged; go forward with a new migration';
        END IF;
    END
    $check$;
    ALTER TABLE "public"."users" RENAME COLUMN "_kept_0_legacy" TO "legacy";
    "#);
    way.round(&["users"]).await;
    way.up().await;
    way.db.run("INSERT INTO users (id, name, age) VALUES (10, 'new', 1); DELETE FROM users WHERE id = 1").await;
    way.db.run("UPDATE users SET name = 'changed', id = 20 WHERE id = 2").await;
    way.down().await;
    way.sees(
        "SELECT id::text, name, legacy FROM users WHERE id IN (1, 4, 10, 20) ORDER BY users.id",
        &["4|u4|old4", "10|new|NULL", "20|changed|old2"],
    )
    .await;
}

/// Everything that can be on a column goes, and comes back.
#[tokio::test]
async fn a_column_comes_back_with_what_was_on_it() {
    let before = "CREATE TABLE org (id int PRIMARY KEY, code text UNIQUE);
        CREATE TABLE member (id int NOT NULL, org text NOT NULL REFERENCES org (code), score int DEFAULT 7 NOT NULL CHECK (score > 0),
            note text COLLATE \"C\", PRIMARY KEY (id, org), UNIQUE (score, id));
        CREATE INDEX member_note ON member (lower(note)) WHERE score > 1;
        CREATE VIEW scores AS SELECT id, score FROM member;
        COMMENT ON COLUMN member.score IS 'points'; ALTER TABLE member ALTER note SET STORAGE EXTERNAL;";
    let after = "CREATE TABLE org (id int PRIMARY KEY, code text UNIQUE); CREATE TABLE member (id int NOT NULL);";
    let rows = "INSERT INTO org VALUES (1, 'a'), (2, 'b');
        INSERT INTO member SELECT n, CASE n % 2 WHEN 0 THEN 'a' ELSE 'b' END, n, 'Note ' || n FROM generate_series(1, 6) AS n;";
    let org = Allow { restore: Some("'b'".to_owned()), ..column("member", "org") };
    let mut way = way(before, rows, after, [org, column("member", "score"), column("member", "note")]).await;
    way.round(&["member", "org"]).await;
    way.up().await;
    way.db.run("INSERT INTO member VALUES (7); DELETE FROM member WHERE id = 3").await;
    way.down().await;
    way.sees(
        "SELECT id::text, org, score::text, note FROM member WHERE id > 4 ORDER BY id",
        &["5|b|5|Note 5", "6|a|6|Note 6", "7|b|7|NULL"],
    )
    .await;
}

#[tokio::test]
async fn rows_without_a_value_stop_the_way_back_where_nothing_is_stated() {
    let before = "CREATE TABLE t (id int PRIMARY KEY, legacy int NOT NULL);";
    let mut way =
        way(before, "INSERT INTO t VALUES (1, 2)", "CREATE TABLE t (id int PRIMARY KEY);", [column("t", "legacy")])
            .await;
    way.up().await;
    way.db.run("INSERT INTO t VALUES (3)").await;
    let error = way.db.down(&way.files).await.unwrap_err();
    assert!(error.contains("1 rows of table `t` came without a value in `legacy`"), "{error}");
    way.sees("SELECT legacy::text FROM t ORDER BY id", &["2", "NULL"]).await;
    way.db.run("DELETE FROM t WHERE id = 3").await;
    way.db.down(&way.files[..1]).await.unwrap();
    way.sees("SELECT legacy::text FROM t", &["2"]).await;
}

#[tokio::test]
async fn numbers_go_on_where_they_were() {
    let before = "CREATE TABLE t (id int PRIMARY KEY, a int GENERATED ALWAYS AS IDENTITY, b serial, c int DEFAULT 5);
        CREATE SEQUENCE loose; ALTER TABLE t ALTER c SET DEFAULT nextval('loose');";
    let rows = "INSERT INTO t (id) SELECT generate_series(1, 5)";
    let allows = ["a", "b", "c"].map(|name| column("t", name));
    let mut intents = intents(allows);
    let sequence = Allow { code: schema_core::decl::AllowCode::DropSequence, part: None, ..column("loose", "") };
    intents.allows.push(Allow { keep: false, ..sequence });
    let mut way = Way::new(Dialect::Postgres, before, rows, "CREATE TABLE t (id int PRIMARY KEY);", &intents).await;
    way.round(&["t"]).await;
    way.up().await;
    way.db.run("INSERT INTO t VALUES (6)").await;
    way.down().await;
    way.db.run("INSERT INTO t (id) VALUES (7)").await;
    way.sees("SELECT a::text, b::text, c::text FROM t WHERE id > 5 ORDER BY id", &["6|6|6", "7|7|7"]).await;
}

/// A name is unique over the life of the database, and each migration brings back its own.
#[tokio::test]
async fn the_same_column_may_be_dropped_added_and_dropped_again() {
    let with = "CREATE TABLE t (id int PRIMARY KEY, legacy text);";
    let without = "CREATE TABLE t (id int PRIMARY KEY);";
    let kept = |head| Intents { head, ..intents([column("t", "legacy")]) };
    for (rows, expected) in [("(1, 'first')", ["first", "NULL"]), ("(2, NULL)", ["NULL", "NULL"])] {
        let rows = format!("INSERT INTO t VALUES {rows}");
        let mut first = Way::new(Dialect::Postgres, with, &rows, without, &kept(0)).await;
        first.up().await;
        let mut second = Way::on(first.db, Dialect::Postgres, with, &Intents::default()).await;
        second.up().await;
        second.db.run("UPDATE t SET legacy = 'second'; INSERT INTO t (id, legacy) VALUES (3, 'only')").await;
        let mut third = Way::on(second.db, Dialect::Postgres, without, &kept(2)).await;
        third.up().await;
        third.down().await;
        third.sees("SELECT legacy FROM t ORDER BY id", &["second", "only"]).await;
        third.db.down(&second.files).await.unwrap();
        third.db.down(&first.files).await.unwrap();
        third.sees("SELECT legacy FROM t ORDER BY id", &expected).await;
    }
}

/// The same from a database without a row.
#[tokio::test]
async fn an_empty_table_loses_and_gets_its_columns_as_well() {
    let after = "CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL);";
    let mut way = way(USERS, "", after, [column("users", "legacy"), column("users", "age")]).await;
    for _ in 0..2 {
        way.up().await;
        way.down().await;
    }
}

#[tokio::test]
async fn a_parents_column_is_put_aside_in_all_that_have_it_of_it() {
    let before = "CREATE TABLE log (id int NOT NULL, at date NOT NULL, legacy text NOT NULL) PARTITION BY RANGE (at);
        CREATE TABLE log_1 PARTITION OF log (legacy DEFAULT 'p') FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
        CREATE TABLE log_2 PARTITION OF log FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
        CREATE TABLE base (id int, legacy text); CREATE TABLE derived (more int, legacy text NOT NULL) INHERITS (base);";
    let after = "CREATE TABLE log (id int NOT NULL, at date NOT NULL) PARTITION BY RANGE (at);
        CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
        CREATE TABLE log_2 PARTITION OF log FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
        CREATE TABLE base (id int); CREATE TABLE derived (more int) INHERITS (base);";
    let rows = "INSERT INTO log SELECT n, '2020-12-29'::date + n, 'l' || n FROM generate_series(1, 6) AS n;
        INSERT INTO base VALUES (1, 'b'); INSERT INTO derived VALUES (2, 'd', 3);";
    let log = Allow { restore: Some("'r'".to_owned()), ..column("log", "legacy") };
    let mut way = way(before, rows, after, [log, column("base", "legacy"), column("derived", "legacy")]).await;
    way.round(&["log", "log_1", "log_2", "base", "derived"]).await;
    way.up().await;
    way.db.run("INSERT INTO log VALUES (9, '2021-06-01'); DELETE FROM log WHERE id = 1").await;
    way.down().await;
    way.sees("SELECT legacy FROM log WHERE id IN (1, 2, 9) ORDER BY id", &["l2", "r"]).await;
}

#[tokio::test]
async fn a_column_that_others_hold_too_is_refused() {
    let before = "CREATE TABLE base (id int, legacy text); CREATE TABLE derived (more int) INHERITS (base);";
    let after = "CREATE TABLE base (id int); CREATE TABLE derived (more int, legacy text) INHERITS (base);";
    let error = refused(Dialect::Postgres, before, after, &intents([column("base", "legacy")])).await;
    insta::assert_snapshot!(error, @"column `base.legacy` can't be kept: `derived`, which inherits it, keeps it as its own");
}

#[tokio::test]
async fn what_is_purged_cannot_come_back_and_nothing_is_half_done() {
    let after = "CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL);";
    let mut way = way(USERS, ROWS, after, [column("users", "legacy"), column("users", "age")]).await;
    way.up().await;
    way.db.run("ALTER TABLE users DROP COLUMN _kept_0_legacy").await;
    let error = way.db.down(&way.files).await.unwrap_err();
    let message =
        "column `legacy` of table `users` can't come back: `_kept_0_legacy`, as which it was kept, has been purged";
    assert!(error.contains(message), "{error}");
    way.sees("SELECT count(_kept_0_age)::text FROM users", &["9"]).await;
}

/// A name that is too long is shortened, and still its own.
#[tokio::test]
async fn long_names_are_kept_apart() {
    let name = |end: char| format!("{}{end}", "x".repeat(61));
    let before = format!("CREATE TABLE t (id int PRIMARY KEY, {} int, {} int);", name('a'), name('b'));
    let mut way = way(
        &before,
        "INSERT INTO t VALUES (1, 2, 3)",
        "CREATE TABLE t (id int PRIMARY KEY);",
        [column("t", &name('a')), column("t", &name('b'))],
    )
    .await;
    way.round(&["t"]).await;
}
