//! What statements lock, rewrite, scan and build, measured, and held against HAZARDS.md.
//!
//! `probes` runs every statement of the corpus's list and compares with `tests/lock-results.md`, which `SCHEMA_UPDATE=1`
//! rewrites; `rows` asserts by hand what each row of the hazard table says.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a suite fails by panics")]

#[path = "locks/bed.rs"]
mod bed;
#[path = "locks/probes.rs"]
mod probes;
#[path = "locks/rows.rs"]
mod rows;
