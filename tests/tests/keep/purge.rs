//! The end of what is kept, on PostgreSQL.

use std::time::Duration;

use schema_core::decl::AllowCode;
use schema_core::ir::Dialect;
use schema_core::model::{Allow, Intents};
use schema_runtime::drift::drift;
use schema_runtime::migrate::{Back, Event, Target as Until, chosen};
use schema_runtime::sides::{Bench, Side};

use crate::shop::Shop;
use crate::way::{column, intents, made, sees, table};

const DAY: Duration = Duration::from_secs(86_400);

const FIRST: &str = "CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE TABLE users (id int PRIMARY KEY, legacy text, n serial, m mood); CREATE TABLE session (id int PRIMARY KEY, m mood);";
const SECOND: &str = "CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE TABLE users (id int PRIMARY KEY, m mood); CREATE TABLE session (id int PRIMARY KEY, m mood);";
const THIRD: &str = "CREATE TABLE users (id int PRIMARY KEY);";
const ROWS: &str =
    "INSERT INTO users (id, legacy, m) SELECT n, nullif('old' || n, 'old3'), 'sad' FROM generate_series(1, 5) AS n;
    INSERT INTO session VALUES (7, 'ok'), (8, NULL);";

/// Two columns and a sequence are kept since version 20, a table, a column and a type since 30.
async fn shop() -> Shop {
    let kept = |head, allows: Vec<Allow>| Intents { head, ..intents(allows) };
    let mut shop = Shop::new(Dialect::Postgres).await;
    shop.add(10, FIRST, &Intents::default()).await;
    shop.add(20, SECOND, &kept(10, vec![column("users", "legacy"), column("users", "n")])).await;
    let mood = Allow { code: AllowCode::DropEnum, keep: false, ..table("mood") };
    shop.add(30, THIRD, &kept(20, vec![column("users", "m"), table("session"), mood])).await;
    shop.migrate(Until::Version(10)).await.unwrap();
    shop.run(ROWS).await;
    shop.migrate(Until::Latest).await.unwrap();
    shop
}

#[tokio::test]
async fn what_is_kept_is_listed_and_goes_by_its_age() {
    let shop = shop().await;
    shop.age(21, 40).await;
    shop.age(32, 2).await;
    insta::assert_snapshot!(shop.listed().await.join("\n"), @"
    values of users.legacy | users._kept_10_legacy | 21 | 4 | some
    values of users.n | users._kept_10_n | 21 | 5 | some
    values of users.m | users._kept_20_m | 32 | 5 | some
    table session | _kept_20_public.session | 32 | 2 | some
    sequence users_n_seq | _kept_10_users_n_seq | 21 | - | -
    type mood | _kept_20_public.mood | 32 | - | -
    ");
    let kept = shop.kept().await;
    assert!(chosen(&kept, Some(41 * DAY), false).is_empty());
    let old = chosen(&kept, Some(30 * DAY), false);
    assert_eq!(old.iter().map(|kept| kept.version).collect::<Vec<_>>(), [Some(21); 3]);
    let removed = shop.purge(&old).await.unwrap();
    assert_eq!(removed.len(), 3);
    insta::assert_snapshot!(shop.listed().await.join("\n"), @r"
    values of users.m | users._kept_20_m | 32 | 5 | some
    table session | _kept_20_public.session | 32 | 2 | some
    type mood | _kept_20_public.mood | 32 | - | -
    ");

    // The older ones can't come back, and that is said before the newer ones do.
    let error = shop.revert(Back::To(10)).await.unwrap_err().to_string();
    assert!(error.contains("migration 21"), "{error}");
    assert!(error.contains("`_kept_10_legacy`, which it would bring back, has been purged"), "{error}");
    sees(&mut shop.db().await, "SELECT count(*)::text FROM _sqlx_migrations", &["6"]).await;
    assert_eq!(shop.revert(Back::Steps(3)).await.unwrap().reverted.len(), 3);
    sees(&mut shop.db().await, "SELECT count(m)::text FROM users", &["5"]).await;
    sees(&mut shop.db().await, "SELECT id::text FROM session ORDER BY 1", &["7", "8"]).await;
    shop.migrate(Until::Latest).await.unwrap();

    shop.purge(&chosen(&shop.kept().await, None, false)).await.unwrap();
    assert!(shop.kept().await.is_empty());
    sees(&mut shop.db().await, "SELECT nspname::text FROM pg_namespace WHERE nspname ~ 'kept'", &[]).await;
    assert!(shop.revert(Back::Steps(3)).await.is_err());
}

#[tokio::test]
async fn what_no_file_names_has_no_age() {
    let shop = shop().await;
    shop.run(
        "ALTER TABLE users ADD _kept_99_stray int; ALTER TABLE users ADD _kept_odd int; CREATE SCHEMA _kept_98_app",
    )
    .await;
    let kept = shop.kept().await;
    let known = chosen(&kept, None, false);
    assert!(known.iter().all(|kept| kept.version.is_some()));
    assert_eq!(chosen(&kept, Some(DAY), true).len(), 3);
    shop.purge(&chosen(&kept, None, true)).await.unwrap();
    assert!(shop.kept().await.is_empty());
}

/// What is kept is no drift, and drift names it.
#[tokio::test]
async fn drift_sees_no_difference() {
    let shop = shop().await;
    let bench = Bench::on(schema_tests::server().await);
    let expected = Side::Schema(Box::new(made(Dialect::Postgres, THIRD).await), "snapshot".to_owned());
    let found = drift(&expected, &Side::Url(shop.url.clone()), &bench).await.unwrap();
    assert!(found.is_clean(), "{found:#?}");
    let names: Vec<&str> = found.kept.iter().map(String::as_str).collect();
    assert_eq!(names, ["_kept_10_legacy", "_kept_10_n", "_kept_10_users_n_seq", "_kept_20_m", "_kept_20_public"]);
}

/// It makes way for whoever holds a lock, as every migration does.
#[tokio::test]
async fn a_purge_makes_way_and_tries_again() {
    let shop = shop().await;
    let kept = shop.kept().await;
    let mut holder = shop.db().await;
    holder.run("BEGIN; LOCK TABLE users").await;
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let release = async {
        told.recv().await.unwrap();
        holder.run("ROLLBACK").await;
    };
    let mut listener = |event: Event| {
        if matches!(event, Event::Retrying { .. }) {
            let _ = tell.send(());
        }
    };
    let (migrator, mut connection) = (shop.migrator(), shop.open().await);
    let (removed, ()) = tokio::join!(migrator.purge(&mut connection, &kept, &mut listener), release);
    assert_eq!(removed.unwrap().len(), kept.len());
}

/// A type that goes later, in a draft that knows nothing of what is kept.
#[tokio::test]
async fn what_is_kept_and_in_the_way_is_named() {
    let first = "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE t (id int PRIMARY KEY, m mood);";
    let mut shop = Shop::new(Dialect::Postgres).await;
    shop.add(10, first, &Intents::default()).await;
    let kept = Intents { head: 10, ..intents([column("t", "m")]) };
    shop.add(20, "CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE t (id int PRIMARY KEY);", &kept).await;
    let mood = Allow { code: AllowCode::DropEnum, keep: false, ..table("mood") };
    shop.add(30, "CREATE TABLE t (id int PRIMARY KEY);", &intents([mood])).await;
    let error = shop.migrate(Until::Latest).await.unwrap_err().to_string();
    assert!(
        error.contains("what an earlier migration keeps still uses it: `cargo schema purge` removes that"),
        "{error}"
    );
    shop.purge(&chosen(&shop.kept().await, None, false)).await.unwrap();
    shop.migrate(Until::Latest).await.unwrap();
}
