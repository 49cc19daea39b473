//! PostgreSQL.

mod cast;
mod create;
mod ddl;
mod guard;
pub(crate) mod nextval;
pub mod plan;
mod sequence;
pub mod types;
