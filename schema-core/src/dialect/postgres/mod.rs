//! PostgreSQL.

mod cast;
mod ddl;
mod guard;
pub mod plan;
pub mod types;
