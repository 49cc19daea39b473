//! What the end-to-end suites share: databases to run against, and where the corpus is.
#![forbid(unsafe_code)]

pub mod corpus;
pub mod database;
