//! The end of what is kept, on MariaDB.

use std::time::Duration;

use schema_core::ir::Dialect;
use schema_core::model::{Allow, Intents};
use schema_runtime::drift::drift;
use schema_runtime::migrate::{Back, Target as Until, chosen};
use schema_runtime::sides::{Bench, Side};

use crate::shop::Shop;
use crate::way::{column, intents, lite, made, sees, table};

const SECOND: &str = "CREATE TABLE users (id int PRIMARY KEY, name varchar(20) NOT NULL);";
const MORE: &str = "CREATE TABLE session (id int AUTO_INCREMENT PRIMARY KEY, org int, CONSTRAINT session_org FOREIGN KEY (org) REFERENCES users (id));
    CREATE TABLE visit (id int PRIMARY KEY, session int, CONSTRAINT visit_session FOREIGN KEY (session) REFERENCES session (id));";
const ROWS: &str = "INSERT INTO users VALUES (1, 'a', 'old1', x'00ff'), (2, 'b', NULL, x'01'), (3, 'ü', 'old3', NULL);
    INSERT INTO session VALUES (1, 2), (7, NULL); INSERT INTO visit VALUES (1, 7);";

/// Two columns are kept since version 20, two tables since 30.
async fn shop() -> Shop {
    let first = SECOND.replace("NOT NULL", "NOT NULL, legacy varchar(20), bytes blob");
    let kept = |head, allows: [Allow; 2]| Intents { head, ..intents(allows.map(lite)) };
    let mut shop = Shop::new(Dialect::MariaDb).await;
    shop.add(10, &format!("{first}{MORE}"), &Intents::default()).await;
    let columns = [column("users", "legacy"), column("users", "bytes")];
    shop.add(20, &format!("{SECOND}{MORE}"), &kept(10, columns)).await;
    shop.add(30, SECOND, &kept(20, [table("session"), table("visit")])).await;
    let first = shop.versions().into_iter().rfind(|version| *version < 20).unwrap();
    shop.migrate(Until::Version(first)).await.unwrap();
    shop.run(ROWS).await;
    shop.migrate(Until::Latest).await.unwrap();
    shop
}

#[tokio::test]
async fn what_is_kept_is_listed_and_goes_by_its_age_and_cannot_come_back_then() {
    let shop = shop().await;
    for version in 20..25 {
        shop.age(version, 40).await;
    }
    insta::assert_snapshot!(shop.listed().await.join("\n"), @r"
    values of users.bytes | users._kept_10_bytes | 20 | 2 | some
    values of users.legacy | users._kept_10_legacy | 20 | 2 | some
    table session | _kept_20_session | 30 | 2 | some
    table visit | _kept_20_visit | 30 | 1 | some
    ");
    let kept = shop.kept().await;
    assert!(chosen(&kept, Some(Duration::from_secs(41 * 86_400)), false).is_empty());
    let old = chosen(&kept, Some(Duration::from_secs(30 * 86_400)), false);
    assert_eq!(shop.purge(&old).await.unwrap().len(), 2);
    sees(&mut shop.db().await, "SHOW COLUMNS FROM users LIKE '\\_kept%'", &[]).await;
    assert_eq!(shop.listed().await.len(), 2);

    // The older ones can't come back, and that is said before the newer ones do.
    let error = shop.revert(Back::To(0)).await.unwrap_err().to_string();
    assert!(error.contains("which it would bring back, has been purged"), "{error}");
    sees(&mut shop.db().await, "SELECT CAST(COUNT(*) AS CHAR) FROM _kept_20_session", &["2"]).await;
    let newer = shop.versions().into_iter().filter(|version| *version >= 30).count();
    shop.revert(Back::Steps(newer)).await.unwrap();
    let rows =
        "SELECT CONCAT_WS('|', s.id, s.org, v.id) FROM session s LEFT JOIN visit v ON v.session = s.id ORDER BY s.id";
    sees(&mut shop.db().await, rows, &["1|2", "7|1"]).await;
    shop.migrate(Until::Latest).await.unwrap();

    shop.purge(&chosen(&shop.kept().await, None, false)).await.unwrap();
    assert!(shop.kept().await.is_empty());
    sees(&mut shop.db().await, "SHOW TABLES LIKE '\\_kept%'", &[]).await;
    assert!(shop.revert(Back::Steps(newer)).await.is_err());
    sees(&mut shop.db().await, "SELECT name FROM users ORDER BY id", &["a", "b", "ü"]).await;
}

#[tokio::test]
async fn what_no_file_names_has_no_age() {
    let shop = shop().await;
    shop.run("ALTER TABLE users ADD _kept_99_stray int, ADD _kept_odd int").await;
    let kept = shop.kept().await;
    assert!(chosen(&kept, None, false).iter().all(|kept| kept.version.is_some()));
    assert_eq!(chosen(&kept, Some(Duration::from_secs(86_400)), true).len(), 2);
    shop.purge(&chosen(&kept, None, true)).await.unwrap();
    assert!(shop.kept().await.is_empty());
}

/// What is kept is no drift, and drift names it.
#[tokio::test]
async fn drift_sees_no_difference() {
    let shop = shop().await;
    let bench = Bench::new(Dialect::MariaDb, None);
    let expected = Side::Schema(Box::new(made(Dialect::MariaDb, SECOND).await), "snapshot".to_owned());
    let found = drift(&expected, &Side::Url(shop.url.clone()), &bench).await.unwrap();
    assert!(found.is_clean(), "{found:#?}");
    let names: Vec<&str> = found.kept.iter().map(String::as_str).collect();
    assert_eq!(names, ["_kept_10_bytes", "_kept_10_legacy", "_kept_20_session", "_kept_20_visit"]);
}

/// The check that makes it json goes on being listed under the name that it had.
#[tokio::test]
async fn a_json_column_that_is_kept_leaves_nothing_behind() {
    let mut shop = Shop::new(Dialect::MariaDb).await;
    shop.add(10, &SECOND.replace("NOT NULL", "NOT NULL, doc json"), &Intents::default()).await;
    let kept = Intents { head: 10, ..intents([lite(column("users", "doc"))]) };
    shop.add(20, SECOND, &kept).await;
    let last = shop.versions().into_iter().rfind(|version| *version < 20).unwrap();
    shop.migrate(Until::Version(last)).await.unwrap();
    shop.run(r#"INSERT INTO users VALUES (1, 'a', '{"x": 1}'), (2, 'b', NULL)"#).await;
    shop.migrate(Until::Latest).await.unwrap();
    let expected = Side::Schema(Box::new(made(Dialect::MariaDb, SECOND).await), "snapshot".to_owned());
    let bench = Bench::new(Dialect::MariaDb, None);
    let found = drift(&expected, &Side::Url(shop.url.clone()), &bench).await.unwrap();
    assert!(found.is_clean(), "{found:#?}");
    shop.revert(Back::To(last)).await.unwrap();
    sees(&mut shop.db().await, "SELECT doc FROM users ORDER BY id", &[r#"{"x": 1}"#, "NULL"]).await;
}

/// Rows that came meanwhile have nothing in what was kept: they get what `restore` says, or the default.
#[tokio::test]
async fn columns_without_null_come_back_over_rows_that_came_meanwhile() {
    let first =
        SECOND.replace("varchar(20) NOT NULL", "varchar(20) NOT NULL, pin int NOT NULL, size int NOT NULL DEFAULT 5");
    let mut shop = Shop::new(Dialect::MariaDb).await;
    shop.add(10, &first, &Intents::default()).await;
    let restored = Allow { restore: Some("id * 10".to_owned()), ..column("users", "pin") };
    shop.add(20, SECOND, &Intents { head: 10, ..intents([restored, column("users", "size")].map(lite)) }).await;
    let last = shop.versions().into_iter().rfind(|version| *version < 20).unwrap();
    shop.migrate(Until::Version(last)).await.unwrap();
    shop.run("INSERT INTO users VALUES (1, 'a', 7, 8)").await;
    shop.migrate(Until::Latest).await.unwrap();
    shop.run("INSERT INTO users (id, name) VALUES (2, 'b')").await;
    let rows = "SELECT CONCAT_WS('|', id, name, pin, size) FROM users ORDER BY id";
    shop.revert(Back::To(last)).await.unwrap();
    sees(&mut shop.db().await, rows, &["1|a|7|8", "2|b|20|5"]).await;
    shop.migrate(Until::Latest).await.unwrap();
    shop.revert(Back::To(last)).await.unwrap();
    sees(&mut shop.db().await, rows, &["1|a|7|8", "2|b|20|5"]).await;
}

/// What a revert that stopped has brought back already has not been purged.
#[tokio::test]
async fn a_revert_that_stopped_goes_on_once_its_cause_is_gone() {
    let first = format!(
        "{}CREATE TABLE visit (id int PRIMARY KEY, user int, CONSTRAINT visit_user FOREIGN KEY (user) REFERENCES users (id));",
        SECOND.replace("NOT NULL", "NOT NULL, legacy varchar(20)")
    );
    let mut shop = Shop::new(Dialect::MariaDb).await;
    shop.add(10, &first, &Intents::default()).await;
    let kept = Intents { head: 10, ..intents([column("users", "legacy"), table("visit")].map(lite)) };
    shop.add(20, SECOND, &kept).await;
    let last = shop.versions().into_iter().rfind(|version| *version < 20).unwrap();
    shop.migrate(Until::Version(last)).await.unwrap();
    shop.run("INSERT INTO users VALUES (1, 'a', 'old'), (2, 'b', NULL); INSERT INTO visit VALUES (1, 2)").await;
    shop.migrate(Until::Latest).await.unwrap();
    shop.run("DELETE FROM users WHERE id = 2").await;
    let error = shop.revert(Back::To(last)).await.unwrap_err().to_string();
    assert!(error.contains("visit"), "{error}");
    shop.run("INSERT INTO users (id, name) VALUES (2, 'b')").await;
    shop.revert(Back::To(last)).await.unwrap();
    sees(&mut shop.db().await, "SELECT CONCAT_WS('|', id, user) FROM visit", &["1|2"]).await;
    sees(&mut shop.db().await, "SELECT legacy FROM users ORDER BY id", &["old", "NULL"]).await;
}
