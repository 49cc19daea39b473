//! The clock goes backwards: what is recorded lies in the future. Nothing that is decided may depend on it.

use schema_core::ir::Dialect;
use schema_tests::target::ask;

use crate::Tally;
use crate::world::{UP, World};

/// All times that were recorded, put so many years ahead, the newest version the least.
fn ahead(dialect: Dialect) -> String {
    let (moment, now) = match dialect {
        Dialect::Postgres => ("now() + interval '9 years' - version * interval '1 year'", "now() + interval '9 years'"),
        Dialect::Sqlite => ("datetime('now', '+9 years', '-' || version || ' years')", ""),
        _ => ("NOW() + INTERVAL 9 - version YEAR", "NOW() + INTERVAL 9 YEAR"),
    };
    let history = format!("UPDATE _sqlx_migrations SET installed_on = {moment}");
    match dialect {
        Dialect::Sqlite => history,
        _ => format!("{history}; UPDATE _schema_backfills SET started_at = {now}, last_batch_at = {now}"),
    }
}

/// Everything is applied up to that version, in the future.
async fn from_the_future(world: &World, until: &str) -> Result<(), String> {
    let place = world.place().await;
    world.run(&place.url, &["migrate", "--target", until]).ends(0);
    // Each database has the table of backfills behind the second file.
    ask(&place.url, &ahead(world.dialect)).await;
    let status = world.run(&place.url, &["status", "--json"]);
    if status.code == 2 {
        return Err(format!("status fails: {}", status.err));
    }
    world.run(&place.url, &["purge", "--dry-run", "--older-than", "1d"]);
    world.goes_on(&place.url, UP).await?;
    ask(&place.url, &ahead(world.dialect)).await;
    world.run(&place.url, &["revert"]).ends(0);
    world.there_and_back(&place.url).await
}

async fn clocks(dialect: Dialect) {
    let world = World::new(dialect).await;
    let mut tally = Tally::new("clock backwards", dialect);
    for until in ["2", "3", "7"] {
        tally.record(&format!("migrated to {until} in the future"), from_the_future(&world, until).await);
    }
    tally.finish();
}

#[tokio::test]
async fn postgres_minds_no_clock() {
    clocks(Dialect::Postgres).await;
}

#[tokio::test]
async fn sqlite_minds_no_clock() {
    clocks(Dialect::Sqlite).await;
}

#[tokio::test]
async fn mariadb_minds_no_clock() {
    clocks(Dialect::MariaDb).await;
}
