//! Who buys. This crate knows nothing of orders, and has no build script: `shop` looks after the database.
#![forbid(unsafe_code)]

use schema_runtime::Table;

/// A customer.
#[derive(Clone, Debug, Table, sqlx::FromRow)]
pub struct Account {
    /// The key.
    #[column(primary_key)]
    pub id: i64,
    /// Where letters go.
    #[column(unique)]
    pub email: String,
}
