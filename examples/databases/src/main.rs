//! Orders in the shop's database, their totals in the cache's. The shop is embedded, or a PostgreSQL server that
//! `DATABASE_URL` names.
#![forbid(unsafe_code)]

use std::error::Error;

use databases::{migrate_cache, migrate_shop};
use sqlx::{PgPool, SqlitePool};

const INSERT: &str = "INSERT INTO orders (email, cents) VALUES ('ada@example.org', 250), ('ada@example.org', 1200)";
const TOTALS: &str = "SELECT email, CAST(sum(cents) AS bigint) AS cents FROM orders GROUP BY email";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let file = |name: &str| format!("sqlite://{}", folder.path().join(name).display());
    let shop = std::env::var("DATABASE_URL").unwrap_or_else(|_| file("shop.db"));
    migrate_shop(&shop).await?;
    let totals: Vec<(String, i64)> = if shop.starts_with("postgres") {
        let pool = PgPool::connect(&shop).await?;
        sqlx::query(INSERT).execute(&pool).await?;
        sqlx::query_as(TOTALS).fetch_all(&pool).await?
    } else {
        let pool = SqlitePool::connect(&shop).await?;
        sqlx::query(INSERT).execute(&pool).await?;
        sqlx::query_as(TOTALS).fetch_all(&pool).await?
    };

    migrate_cache(&file("cache.db")).await?;
    let cache = SqlitePool::connect(&file("cache.db")).await?;
    for (email, cents) in totals {
        sqlx::query("INSERT INTO total (email, cents) VALUES (?, ?)").bind(&email).bind(cents).execute(&cache).await?;
    }
    let (email, cents): (String, i64) = sqlx::query_as("SELECT email, cents FROM total").fetch_one(&cache).await?;
    println!("{email} has ordered for {cents} cents in all");
    Ok(())
}
