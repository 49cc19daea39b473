//! Labels of PostgreSQL enums.

use schema_core::decl::AllowCode;
use schema_core::ir::Dialect;
use schema_core::model::{Allow, Intents};

use crate::way::{Way, intents, refused, table};

fn label(name: &str, keep: bool) -> Allow {
    let (part, map_to) = (Some(name.to_owned()), Some("done".to_owned()));
    Allow { code: AllowCode::DropLabel, part, map_to, keep, ..table("status") }
}

const TABLES: &str = "CREATE TABLE ticket (id int PRIMARY KEY, status status NOT NULL DEFAULT 'open', was status,
        is_done boolean GENERATED ALWAYS AS (status = 'done') STORED);
    CREATE INDEX ticket_open ON ticket (id) WHERE status = 'open'; CREATE VIEW open AS SELECT id FROM ticket WHERE status = 'open';
    CREATE TABLE log (at date NOT NULL, status status) PARTITION BY RANGE (at);
    CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
    CREATE TABLE base (id int, status status); CREATE TABLE derived (more int) INHERITS (base);";
const ROWS: &str = "INSERT INTO ticket (id, status, was) VALUES (1, 'junk', NULL), (2, 'open', 'junk'), (3, 'junk', 'open'), (4, 'spam', 'spam'), (5, 'done', 'done');
    INSERT INTO log VALUES ('2020-05-01', 'junk'), ('2020-06-01', 'open'); INSERT INTO base VALUES (1, 'junk'); INSERT INTO derived VALUES (2, 'junk', 3);";

fn schema(labels: &str) -> String {
    format!("CREATE TYPE status AS ENUM ({labels}); {TABLES}")
}

async fn way(intents: &Intents) -> Way {
    let (before, after) = (schema("'open', 'junk', 'spam', 'done'"), schema("'open', 'done'"));
    Way::new(Dialect::Postgres, &before, ROWS, &after, intents).await
}

#[tokio::test]
async fn rows_get_their_labels_back() {
    let mut way = way(&intents([label("junk", true), label("spam", true)])).await;
    way.round(&["ticket", "log", "base", "derived"]).await;
    insta::assert_snapshot!(way.text(|pair| &pair.up).lines().take_while(|line| !line.is_empty()).collect::<Vec<_>>().join("\n"), @r"
    -- alter open and 1 more (3 steps) (PostgreSQL)
    -- Reversible: yes
    -- Data: rows that hold `junk` get `done`
    -- Data: rows that hold `spam` get `done`
    -- Data: which rows had another label is kept as `base._kept_0_status` until `cargo schema purge`
    -- Data: which rows had another label is kept as `log._kept_0_status` until `cargo schema purge`
    -- Data: which rows had another label is kept as `ticket._kept_0_status` until `cargo schema purge`
    -- Data: which rows had another label is kept as `ticket._kept_0_was` until `cargo schema purge`
    -- H52: enum label removed or moved (cargo schema explain H52)
    ");
}

#[tokio::test]
async fn writes_in_between_win() {
    let mut way = way(&intents([label("junk", true), label("spam", false)])).await;
    way.up().await;
    way.sees(
        "SELECT status::text, was::text FROM ticket ORDER BY id",
        &["done|NULL", "open|done", "done|open", "done|done", "done|done"],
    )
    .await;
    way.db.run("UPDATE ticket SET status = 'open' WHERE id = 1; UPDATE ticket SET id = 30 WHERE id = 3; INSERT INTO ticket (id) VALUES (6)").await;
    way.down().await;
    let expected = ["1|open|NULL", "2|open|junk", "4|done|done", "5|done|done", "6|open|NULL", "30|junk|open"];
    way.sees("SELECT id::text, status::text, was::text FROM ticket ORDER BY ticket.id", &expected).await;
}

#[tokio::test]
async fn what_is_purged_cannot_come_back_and_nothing_is_half_done() {
    let mut way = way(&intents([label("junk", true), label("spam", false)])).await;
    way.up().await;
    way.db.run("ALTER TABLE ticket DROP COLUMN _kept_0_was").await;
    let error = way.db.down(&way.files).await.unwrap_err();
    let message = "labels in column `was` of table `ticket` can't come back: `_kept_0_was`, as which it was kept, has been purged";
    assert!(error.contains(message), "{error}");
}

#[tokio::test]
async fn arrays_are_refused() {
    let of = |labels: &str| format!("CREATE TYPE status AS ENUM ({labels}); CREATE TABLE t (id int, all_of status[]);");
    let (before, after) = (of("'open', 'junk', 'done'"), of("'open', 'done'"));
    let error = refused(Dialect::Postgres, &before, &after, &intents([label("junk", true)])).await;
    insta::assert_snapshot!(error, @"label `junk` of enum `status` can't be kept: column `t.all_of` holds arrays of it");
}
