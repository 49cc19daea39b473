//! The program runs on either kind of database, and each holds its own tables alone.
#![allow(clippy::unwrap_used, reason = "a test fails by panics")]

use std::process::Command;

use databases::{migrate_cache, migrate_shop};
use sqlx::{PgPool, SqlitePool};

const SAID: &str = "ada@example.org has ordered for 1450 cents in all\n";

fn run(url: Option<&str>) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_databases"));
    command.env_remove("DATABASE_URL").envs(url.map(|url| ("DATABASE_URL", url)));
    let ran = command.output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}

#[tokio::test]
async fn one_model_runs_on_both_and_the_databases_keep_apart() {
    assert_eq!(run(None), SAID);
    let url = schema_tests::postgres().await;
    assert_eq!(run(Some(&url)), SAID);

    let tables = "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1";
    let pool = PgPool::connect(&url).await.unwrap();
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&pool).await.unwrap();
    assert_eq!(tables, ["_schema_migrations", "_sqlx_migrations", "orders"]);

    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| format!("sqlite://{}", folder.path().join(name).display());
    migrate_shop(&file("shop.db")).await.unwrap();
    migrate_cache(&file("cache.db")).await.unwrap();
    for (name, own) in [("shop.db", "orders"), ("cache.db", "total")] {
        let pool = SqlitePool::connect(&file(name)).await.unwrap();
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' \
            AND name NOT LIKE 'sqlite%'";
        let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&pool).await.unwrap();
        assert_eq!(tables, [own], "{name}");
    }
}
