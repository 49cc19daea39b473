//! Several crates feed one database: this one owns it, and the structs are in `accounts` and `orders`.
#![forbid(unsafe_code)]

use std::error::Error;

use accounts::Account;
use orders::Order;
use schema_runtime::connect::{ConnectSettings, connect};
use schema_runtime::migrate::Target;
use sqlx::SqlitePool;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let url = format!("sqlite://{}", folder.path().join("shop.db").display());
    let mut connection = connect(&url, &ConnectSettings::default()).await?;
    schema_runtime::migrate!().migrate(&mut connection, Target::Latest, &mut |_| {}).await?;

    let pool = SqlitePool::connect(&url).await?;
    sqlx::query("INSERT INTO account (id, email) VALUES (1, 'ada@example.org')").execute(&pool).await?;
    sqlx::query("INSERT INTO orders (id, account_id, cents) VALUES (1, 1, 250), (2, 1, 1200)").execute(&pool).await?;
    let account: Account = sqlx::query_as("SELECT id, email FROM account").fetch_one(&pool).await?;
    let orders: Vec<Order> = sqlx::query_as("SELECT id, account_id, cents FROM orders WHERE account_id = ?")
        .bind(account.id)
        .fetch_all(&pool)
        .await?;
    let cents: i64 = orders.iter().map(|order| order.cents).sum();
    println!("{} has {} orders of {cents} cents in all", account.email, orders.len());
    Ok(())
}
