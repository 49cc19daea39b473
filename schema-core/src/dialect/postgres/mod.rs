//! PostgreSQL.

mod cast;
mod create;
mod ddl;
mod guard;
pub(crate) mod nextval;
pub mod plan;
pub mod types;
