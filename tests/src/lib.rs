//! What the end-to-end suites share: databases to run against, their version, a plain runner of files, the cargo for crates of their own, and where the corpus is.
#![forbid(unsafe_code)]
#![allow(clippy::panic, reason = "a suite that cannot run fails")]

pub mod corpus;
pub mod database;
#[cfg(doctest)]
mod guide;
pub mod lint;
pub mod named;
pub mod nested;
pub mod target;
pub mod version;

pub use database::{mariadb, postgres, server};
