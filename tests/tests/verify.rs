//! `cargo schema verify`: chains that undo themselves pass, and whatever is wrong with a file is named by its object.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a suite fails by panics")]

#[path = "verify/bed.rs"]
mod bed;
#[path = "verify/examples.rs"]
mod examples;
#[path = "verify/mariadb.rs"]
mod mariadb;
#[path = "verify/postgres.rs"]
mod postgres;
#[path = "verify/sqlite.rs"]
mod sqlite;
