//! PostgreSQL.

mod cast;
mod create;
mod ddl;
pub(crate) mod guard;
pub(crate) mod mention;
pub(crate) mod nextval;
pub mod plan;
mod privileges;
mod sequence;
pub mod types;
mod words;
