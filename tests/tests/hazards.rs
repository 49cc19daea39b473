//! The hazard catalogue against the suites: every row has a test, or a reason why not; and tests of rows that are no other
//! suite's.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a suite fails by panics")]

#[path = "hazards/coverage.rs"]
mod coverage;
#[path = "hazards/partitioned.rs"]
mod partitioned;
#[path = "hazards/plans.rs"]
mod plans;
