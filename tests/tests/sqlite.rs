//! SQLite migrations on real databases with rows, as sqlx's own migrator runs the files: up, compared with a
//! database made afresh; down, compared with the start; up again.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a suite fails by panics")]

#[path = "sqlite/columns.rs"]
mod columns;
#[path = "sqlite/constraints.rs"]
mod constraints;
#[path = "sqlite/enums.rs"]
mod enums;
#[path = "sqlite/guards.rs"]
mod guards;
#[path = "sqlite/harness.rs"]
mod harness;
#[path = "sqlite/rebuilds.rs"]
mod rebuilds;
#[path = "sqlite/tables.rs"]
mod tables;
#[path = "sqlite/texts.rs"]
mod texts;
