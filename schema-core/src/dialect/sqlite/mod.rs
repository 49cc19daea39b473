//! SQLite.

pub mod plan;
pub mod types;
