//! The guide says what is true: its links lead somewhere, its blocks are of known kinds, its recipes run.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a suite fails by panics")]
#![allow(missing_docs)]

#[path = "docs/databases.rs"]
mod databases;
#[path = "docs/errors.rs"]
mod errors;
#[path = "docs/links.rs"]
mod links;
#[path = "docs/page.rs"]
mod page;
#[path = "docs/recipes.rs"]
mod recipes;
#[path = "docs/security.rs"]
mod security;
#[path = "docs/sql.rs"]
mod sql;
