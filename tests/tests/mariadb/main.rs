//! MariaDB: what its statements do to tables in use, and the runner on a real server.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a suite fails by panics")]

mod algorithms;
mod drift;
mod facts;
mod introspect;
mod lint;
mod plans;
