//! What is sold: one model for PostgreSQL and SQLite.

use schema_runtime::{SqlEnum, Table};

/// How far an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, SqlEnum, sqlx::Type)]
#[sqlx(type_name = "state", rename_all = "snake_case")]
pub enum State {
    /// Not paid yet.
    Open,
    /// Paid.
    Paid,
}

/// An order.
#[derive(Clone, Debug, Table, sqlx::FromRow)]
#[table(name = "orders", check("cents > 0"), index(state, id))]
pub struct Order {
    /// The key.
    #[column(primary_key, identity)]
    pub id: i64,
    /// Who ordered.
    pub email: String,
    /// What it costs.
    pub cents: i64,
    /// How far it is.
    #[column(default = "'open'")]
    pub state: State,
}
