//! What was computed, in a file that may be deleted at any time.

use schema_runtime::Table;

/// What a customer has ordered in all.
#[derive(Clone, Debug, Table, sqlx::FromRow)]
#[table(strict)]
pub struct Total {
    /// Who.
    #[column(primary_key)]
    pub email: String,
    /// How much.
    pub cents: i64,
}
