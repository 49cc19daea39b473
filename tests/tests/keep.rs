//! What drops keep: put aside by the up, unseen while it is aside, and back with every row and value by the down, also
//! after writes in between. Purged, it can't come back, and says so before anything is done.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a suite fails by panics")]

#[path = "keep/columns.rs"]
mod columns;
#[path = "keep/labels.rs"]
mod labels;
#[path = "keep/mariadb.rs"]
mod mariadb;
#[path = "keep/purge.rs"]
mod purge;
#[path = "keep/shop.rs"]
mod shop;
#[path = "keep/sqlite.rs"]
mod sqlite;
#[path = "keep/tables.rs"]
mod tables;
#[path = "keep/types.rs"]
mod types;
#[path = "keep/way.rs"]
mod way;
