//! Columns, tables and labels on SQLite.

use schema_core::decl::AllowCode;
use schema_core::diff::{Renames, diff};
use schema_core::ir::{Column, Dialect, EnumType, ObjectName, PrimaryKey, Schema, SqlType, Table};
use schema_core::model::{Allow, Intents};
use schema_core::plan::plan;
use schema_runtime::migrate::{Back, Target as Until, chosen};
use schema_tests::target::Target;

use crate::shop::Shop;
use crate::way::{self, Way, dropped_created_and_dropped_again, intents, lite, refused, sees};

fn column(table: &str, name: &str) -> Allow {
    lite(way::column(table, name))
}

fn table(name: &str) -> Allow {
    lite(way::table(name))
}

async fn way(before: &str, rows: &str, after: &str, allows: impl IntoIterator<Item = Allow>) -> Way {
    Way::new(Dialect::Sqlite, before, rows, after, &intents(allows)).await
}

const USERS: &str =
    "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, legacy TEXT, age INTEGER NOT NULL DEFAULT 3);";
const LESS: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);";
const ROWS: &str =
    "INSERT INTO users VALUES (1, 'a', 'old1', 11), (2, 'b', NULL, 12), (3, 'c', x'00ff', 13), (4, 'd', 'old4', 14)";

#[tokio::test]
async fn values_come_back_after_writes_in_between() {
    let mut way = way(USERS, ROWS, LESS, [column("users", "legacy"), column("users", "age")]).await;
    insta::assert_snapshot!(way.text(|pair| &pair.up), @r#"
    -- drop column users.legacy, drop column users.age (SQLite)
    -- Reversible: yes
    -- Data: values of `users.legacy` are kept as `_kept_0_users$legacy` until `cargo schema purge`
    -- Data: values of `users.age` are kept as `_kept_0_users$age` until `cargo schema purge`
    -- H12: DROP COLUMN (cargo schema explain H12)
    -- H56: table rebuilt (cargo schema explain H56)

    -- drop column users.legacy, drop column users.age
    CREATE TEMP TABLE "_schema_guard" (
        "guard_1" INTEGER CONSTRAINT "a trigger names column `legacy` of table `users`; drop or rewrite it first" CHECK ("guard_1"),
        "guard_2" INTEGER CONSTRAINT "a trigger names column `age` of table `users`; drop or rewrite it first" CHECK ("guard_2")
    );
    INSERT INTO temp."_schema_guard" ("guard_1") SELECT NOT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE "type" = 'trigger' AND "name" NOT LIKE '\_kept\_%' ESCAPE '\' AND lower("sql") GLOB '*[^a-z0-9_$]legacy[^a-z0-9_$]*' AND ("tbl_name" = 'users' COLLATE NOCASE OR lower("sql") GLOB '*[^a-z0-9_$]users[^a-z0-9_$]*'));
    INSERT INTO temp."_schema_guard" ("guard_2") SELECT NOT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE "type" = 'trigger' AND "name" NOT LIKE '\_kept\_%' ESCAPE '\' AND lower("sql") GLOB '*[^a-z0-9_$]age[^a-z0-9_$]*' AND ("tbl_name" = 'users' COLLATE NOCASE OR lower("sql") GLOB '*[^a-z0-9_$]users[^a-z0-9_$]*'));
    CREATE TABLE "_kept_0_users$age" ("_kept_row" INTEGER PRIMARY KEY, "_kept_value");
    INSERT INTO "_kept_0_users$age" ("_kept_row", "_kept_value") SELECT rowid, "age" FROM "users";
    CREATE TRIGGER "_kept_0_users$age$delete" AFTER DELETE ON "users" BEGIN DELETE FROM "_kept_0_users$age" WHERE "_kept_row" = old.rowid; END;
    CREATE TRIGGER "_kept_0_users$age$insert" AFTER INSERT ON "users" BEGIN DELETE FROM "_kept_0_users$age" WHERE "_kept_row" = new.rowid; END;
    CREATE TRIGGER "_kept_0_users$age$update" AFTER UPDATE ON "users" WHEN old.rowid IS NOT new.rowid BEGIN DELETE FROM "_kept_0_users$age" WHERE "_kept_row" = new.rowid; UPDATE "_kept_0_users$age" SET "_kept_row" = new.rowid WHERE "_kept_row" = old.rowid; END;
    CREATE TABLE "_kept_0_users$legacy" ("_kept_row" INTEGER PRIMARY KEY, "_kept_value");
    INSERT INTO "_kept_0_users$legacy" ("_kept_row", "_kept_value") SELECT rowid, "legacy" FROM "users";
    CREATE TRIGGER "_kept_0_users$legacy$delete" AFTER DELETE ON "users" BEGIN DELETE FROM "_kept_0_users$legacy" WHERE "_kept_row" = old.rowid; END;
    CREATE TRIGGER "_kept_0_users$legacy$insert" AFTER INSERT ON "users" BEGIN DELETE FROM "_kept_0_users$legacy" WHERE "_kept_row" = new.rowid; END;
    CREATE TRIGGER "_kept_0_users$legacy$update" AFTER UPDATE ON "users" WHEN old.rowid IS NOT new.rowid BEGIN DELETE FROM "_kept_0_users$legacy" WHERE "_kept_row" = new.rowid; UPDATE "_kept_0_users$legacy" SET "_kept_row" = new.rowid WHERE "_kept_row" = old.rowid; END;
    ALTER TABLE "users" DROP COLUMN "legacy";
    ALTER TABLE "users" DROP COLUMN "age";
    DROP TABLE temp."_schema_guard";
    "#);
    way.round(&["users"]).await;
    way.up().await;
    // Numbers of rows are used again, by DELETE as by REPLACE; keys change.
    way.db.run("DELETE FROM users WHERE id = 4; INSERT INTO users VALUES (4, 'new'); INSERT OR REPLACE INTO users VALUES (3, 'again')").await;
    way.db.run("UPDATE users SET id = 20 WHERE id = 1; UPDATE users SET name = 'bb' WHERE id = 2; INSERT INTO users (name) VALUES ('last')").await;
    way.down().await;
    way.sees(
        "SELECT CAST(id AS TEXT), name, legacy, CAST(age AS TEXT) FROM users ORDER BY id",
        &["2|bb|NULL|12", "3|again|NULL|3", "4|new|NULL|3", "20|a|old1|11", "21|last|NULL|3"],
    )
    .await;
}

#[tokio::test]
async fn rows_without_a_number_go_by_their_key() {
    let before = "CREATE TABLE t (org TEXT COLLATE NOCASE NOT NULL, no INTEGER NOT NULL, legacy TEXT NOT NULL, PRIMARY KEY (org, no)) WITHOUT ROWID;";
    let after =
        "CREATE TABLE t (org TEXT COLLATE NOCASE NOT NULL, no INTEGER NOT NULL, PRIMARY KEY (org, no)) WITHOUT ROWID;";
    let legacy = Allow { restore: Some("'none'".to_owned()), ..column("t", "legacy") };
    let mut way =
        way(before, "INSERT INTO t VALUES ('A', 1, 'a1'), ('a', 2, 'a2'), ('b', 1, 'b1')", after, [legacy]).await;
    way.round(&["t"]).await;
    way.up().await;
    way.db
        .run("UPDATE t SET org = 'B' WHERE no = 2; DELETE FROM t WHERE org = 'a'; INSERT INTO t VALUES ('a', 1)")
        .await;
    way.down().await;
    way.sees("SELECT org || no, legacy FROM t ORDER BY 1", &["B2|a2", "a1|none", "b1|b1"]).await;
}

#[tokio::test]
async fn rows_without_a_value_stop_the_way_back_where_nothing_is_stated() {
    let before = "CREATE TABLE t (id INTEGER PRIMARY KEY, legacy TEXT NOT NULL);";
    let mut way = way(
        before,
        "INSERT INTO t VALUES (1, 'x')",
        "CREATE TABLE t (id INTEGER PRIMARY KEY);",
        [column("t", "legacy")],
    )
    .await;
    way.up().await;
    way.db.run("INSERT INTO t VALUES (2)").await;
    let error = way.db.down(&way.files).await.unwrap_err();
    assert!(error.contains("rows came without a value in `t.legacy`"), "{error}");
    way.db.run("DELETE FROM t WHERE id = 2").await;
    way.down().await;
}

/// The triggers that follow the rows live on where the table is built anew, and get its new name.
#[tokio::test]
async fn later_changes_of_the_table_lose_nothing() {
    let mut first = way(USERS, ROWS, LESS, [column("users", "legacy"), column("users", "age")]).await;
    first.up().await;
    let people = "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT, CHECK (name <> ''));";
    let mut intents = Intents::default();
    intents
        .table_renames
        .insert(ObjectName::bare("people"), schema_core::model::Placed::bare(ObjectName::bare("users")));
    let mut second = Way::on(first.db, Dialect::Sqlite, people, &intents).await;
    second.up().await;
    second.db.run("DELETE FROM people WHERE id = 4; INSERT INTO people VALUES (4, 'new')").await;
    second.down().await;
    second.db.down(&first.files).await.unwrap();
    let rows = "SELECT name, quote(legacy) FROM users ORDER BY id";
    second.sees(rows, &["a|'old1'", "b|NULL", "c|X'00FF'", "new|NULL"]).await;
}

#[tokio::test]
async fn the_same_column_may_be_dropped_added_and_dropped_again() {
    let kept = |head| Intents { head, ..intents([column("users", "legacy"), column("users", "age")]) };
    let mut first = Way::new(Dialect::Sqlite, USERS, ROWS, LESS, &kept(0)).await;
    first.up().await;
    let mut second = Way::on(first.db, Dialect::Sqlite, USERS, &Intents::default()).await;
    second.up().await;
    second.db.run("UPDATE users SET legacy = 'second' WHERE id < 3").await;
    let mut third = Way::on(second.db, Dialect::Sqlite, LESS, &kept(2)).await;
    third.up().await;
    third.db.run("DELETE FROM users WHERE id = 1").await;
    third.down().await;
    third.sees("SELECT legacy FROM users ORDER BY id", &["second", "NULL", "NULL"]).await;
    third.db.down(&second.files).await.unwrap();
    third.db.down(&first.files).await.unwrap();
    third.sees("SELECT legacy FROM users WHERE id <> 3 ORDER BY id", &["NULL", "old4"]).await;
}

/// Rows would be known by other numbers.
#[tokio::test]
async fn rows_that_get_other_keys_are_refused() {
    let before = "CREATE TABLE t (id INTEGER NOT NULL, legacy TEXT);";
    let after = "CREATE TABLE t (id INTEGER PRIMARY KEY);";
    let error = refused(Dialect::Sqlite, before, after, &intents([column("t", "legacy")])).await;
    insta::assert_snapshot!(error, @"column `legacy` of table `t` can't be kept: its rows get other keys in the same draft");
    // Later, a draft that knows nothing of what is kept stops by itself.
    let without = "CREATE TABLE t (id INTEGER NOT NULL);";
    let mut first = way(before, "INSERT INTO t VALUES (7, 'x')", without, [column("t", "legacy")]).await;
    first.up().await;
    let mut second = Way::on(first.db, Dialect::Sqlite, after, &Intents::default()).await;
    let error = second.db.up(&second.files).await.unwrap_err();
    assert!(error.contains("rows of table `t` get other keys"), "{error}");
}

#[tokio::test]
async fn a_table_comes_back_with_all_that_was_on_it() {
    let stays = "CREATE TABLE org (id INTEGER PRIMARY KEY, name TEXT);";
    let before = format!(
        "{stays} CREATE TABLE session (id INTEGER PRIMARY KEY AUTOINCREMENT, org INTEGER NOT NULL REFERENCES org (id) ON DELETE CASCADE,
            note TEXT CHECK (note <> ''), parent INTEGER REFERENCES session (id));
        CREATE TABLE ticket (id INTEGER PRIMARY KEY, session INTEGER REFERENCES session (id));
        CREATE UNIQUE INDEX session_note ON session (note); CREATE INDEX session_org ON session (org) WHERE org > 0;
        CREATE TRIGGER noted AFTER INSERT ON session BEGIN UPDATE session SET note = upper(note) WHERE id = new.id; END;
        CREATE VIEW here AS SELECT id, note FROM session;"
    );
    let after = format!("{stays} CREATE TABLE ticket (id INTEGER PRIMARY KEY, session INTEGER);");
    let rows = "INSERT INTO org VALUES (1, 'a'), (2, 'b'); INSERT INTO session VALUES (1, 1, 'x', NULL), (2, 2, 'y', 1), (3, 1, 'z', 2);
        INSERT INTO ticket VALUES (1, 1), (2, 3); DELETE FROM session WHERE id = 4";
    let mut way = way(&before, rows, &after, [table("session")]).await;
    way.round(&["session", "ticket", "org"]).await;
    way.up().await;
    // It holds no live row back, and the names of its indexes are free.
    way.db.run("CREATE INDEX session_org ON org (name); DROP INDEX session_org; DELETE FROM ticket WHERE id = 2").await;
    way.db.run("UPDATE org SET name = 'c' WHERE id = 2").await;
    way.down().await;
    way.db.run("INSERT INTO session (org, note) VALUES (2, 'late')").await;
    way.sees("SELECT CAST(id AS TEXT), note FROM session ORDER BY id", &["1|X", "2|Y", "3|Z", "4|LATE"]).await;
}

#[tokio::test]
async fn kept_and_dropped_tables_may_refer_to_each_other() {
    let stays = "CREATE TABLE other (id INTEGER PRIMARY KEY);";
    let before = format!(
        "{stays} CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER REFERENCES b (id)); CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a (id));
        CREATE TABLE c (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a (id), other INTEGER REFERENCES other (id));"
    );
    let rows = "INSERT INTO other VALUES (1); INSERT INTO a VALUES (1, NULL); INSERT INTO b VALUES (1, 1); UPDATE a SET b = 1; INSERT INTO c VALUES (1, 1, 1)";
    let dropped = |name: &str| Allow { keep: false, ..table(name) };
    let mut way = way(&before, rows, stays, [table("a"), table("c"), dropped("b")]).await;
    way.up().await;
    way.db.run("DELETE FROM other").await;
    let error = way.db.down(&way.files).await.unwrap_err();
    assert!(error.contains("foreign keys must hold"), "{error}");
}

#[tokio::test]
async fn the_same_table_may_be_dropped_created_and_dropped_again() {
    let other = "CREATE TABLE other (id INTEGER PRIMARY KEY);";
    let with = format!("{other} CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); CREATE INDEX t_v ON t (v);");
    dropped_created_and_dropped_again(Dialect::Sqlite, other, &with, &table("t")).await;
}

/// A view that nobody declared would follow the table to its new name.
#[tokio::test]
async fn a_view_that_the_schema_does_not_know_stops_it() {
    let other = "CREATE TABLE other (id INTEGER PRIMARY KEY);";
    let before = format!("{other} CREATE TABLE t (id INTEGER PRIMARY KEY);");
    let mut way = way(&before, "INSERT INTO t VALUES (1)", other, [table("t")]).await;
    way.db.run("CREATE VIEW v AS SELECT id FROM t").await;
    let error = way.db.up(&way.files).await.unwrap_err();
    assert!(error.contains("a view or trigger that the schema does not know names table `t`"), "{error}");
}

#[tokio::test]
async fn it_is_listed_and_purged_and_cannot_come_back_then() {
    let more = "CREATE TABLE session (id INTEGER PRIMARY KEY, org INTEGER REFERENCES users (id));";
    let mut shop = Shop::new(Dialect::Sqlite).await;
    shop.add(10, &format!("{USERS}{more}"), &Intents::default()).await;
    let kept = |head, allows: Vec<Allow>| Intents { head, ..intents(allows) };
    shop.add(20, &format!("{LESS}{more}"), &kept(10, vec![column("users", "legacy"), column("users", "age")])).await;
    shop.add(30, LESS, &kept(20, vec![table("session")])).await;
    shop.migrate(Until::Version(10)).await.unwrap();
    shop.run(&format!("{ROWS}; INSERT INTO session VALUES (1, 2)")).await;
    shop.migrate(Until::Latest).await.unwrap();
    shop.age(20, 40).await;
    insta::assert_snapshot!(shop.listed().await.join("\n"), @r"
    values of users.age | _kept_10_users$age | 20 | 4 | some
    values of users.legacy | _kept_10_users$legacy | 20 | 4 | some
    table session | _kept_20_session | 31 | 1 | some
    ");
    let old = chosen(&shop.kept().await, Some(std::time::Duration::from_secs(30 * 86_400)), false);
    assert_eq!(shop.purge(&old).await.unwrap().len(), 2);
    let error = shop.revert(Back::To(10)).await.unwrap_err().to_string();
    assert!(error.contains("which it would bring back, has been purged"), "{error}");
    shop.revert(Back::Steps(2)).await.unwrap();
    sees(&mut shop.db().await, "SELECT CAST(org AS TEXT) FROM session", &["2"]).await;
    shop.migrate(Until::Latest).await.unwrap();
    shop.purge(&chosen(&shop.kept().await, None, true)).await.unwrap();
    assert!(shop.kept().await.is_empty());
    sees(&mut shop.db().await, "SELECT name FROM sqlite_schema WHERE name LIKE '%kept%'", &[]).await;
}

fn tickets(labels: &[&str]) -> Schema {
    let name = ObjectName::bare("status");
    let labels = labels.iter().map(|label| (*label).to_owned()).collect();
    let mut schema = Schema::empty(Dialect::Sqlite);
    schema.enums.insert(name.clone(), EnumType { name: name.clone(), labels, comment: None });
    let mut ticket = Table::new(ObjectName::bare("ticket"));
    ticket.columns = vec![Column::new("id", SqlType::builtin("INTEGER")), Column::new("status", SqlType::Named(name))];
    ticket.primary_key = Some(PrimaryKey::new("ticket_pkey", vec!["id".to_owned()]));
    schema.tables.insert(ticket.name.clone(), ticket);
    schema
}

#[tokio::test]
async fn rows_get_their_labels_back_where_nothing_else_was_written() {
    let (from, to) = (tickets(&["open", "junk", "spam", "done"]), tickets(&["open", "done"]));
    let drop = |label: &str, keep| Allow {
        code: AllowCode::DropLabel,
        part: Some(label.to_owned()),
        map_to: Some("done".to_owned()),
        keep,
        ..table("status")
    };
    let intents = intents([drop("junk", true), drop("spam", false)]);
    let files = plan(&from, &to, &diff(&from, &to, &Renames::default()), &intents).unwrap().pairs(Dialect::Sqlite);
    let mut db = Target::fresh(Dialect::Sqlite).await;
    db.run("CREATE TABLE ticket (id INTEGER CONSTRAINT ticket_pkey PRIMARY KEY NOT NULL, status TEXT NOT NULL CONSTRAINT ticket_status_check CHECK (status IN ('open', 'junk', 'spam', 'done')))").await;
    db.run("INSERT INTO ticket VALUES (1, 'junk'), (2, 'open'), (3, 'junk'), (4, 'spam'), (5, 'done'), (6, 'junk')")
        .await;
    let labels = "SELECT group_concat(status) FROM (SELECT status FROM ticket ORDER BY id)";
    for _ in 0..2 {
        db.up(&files).await.unwrap_or_else(|error| panic!("{error}"));
        sees(&mut db, labels, &["done,open,done,done,done,done"]).await;
        db.down(&files).await.unwrap_or_else(|error| panic!("{error}"));
        sees(&mut db, labels, &["junk,open,junk,done,done,junk"]).await;
    }
    db.up(&files).await.unwrap();
    db.run("UPDATE ticket SET status = 'open' WHERE id = 1; UPDATE ticket SET id = 30 WHERE id = 3").await;
    db.run("DELETE FROM ticket WHERE id = 6; INSERT INTO ticket VALUES (6, 'done')").await;
    db.down(&files).await.unwrap();
    sees(&mut db, labels, &["open,open,done,done,done,junk"]).await;
}
