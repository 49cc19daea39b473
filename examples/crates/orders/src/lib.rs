//! What is bought. A foreign key leads into the other crate.
#![forbid(unsafe_code)]

use accounts::Account;
use schema_runtime::Table;

/// An order.
#[derive(Clone, Debug, Table, sqlx::FromRow)]
#[table(name = "orders", check("cents > 0"))]
pub struct Order {
    /// The key.
    #[column(primary_key)]
    pub id: i64,
    /// Whose it is.
    #[column(references = Account, on_delete = cascade, index)]
    pub account_id: i64,
    /// What it costs.
    pub cents: i64,
}
