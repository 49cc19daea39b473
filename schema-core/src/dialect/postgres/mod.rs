//! PostgreSQL.

pub mod plan;
pub mod types;
