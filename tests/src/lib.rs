//! What the end-to-end suites share: databases to run against, a plain runner of files, and where the corpus is.
#![forbid(unsafe_code)]
#![allow(clippy::panic, reason = "a suite that cannot run fails")]

pub mod corpus;
pub mod database;
pub mod target;

pub use database::{postgres, server};
