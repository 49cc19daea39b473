//! Pictures of schemas and of differences: what is on them, that it can be read, and that no name breaks out of it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a suite fails by panics")]

#[path = "diagram/difference.rs"]
mod difference;
#[path = "diagram/mermaid.rs"]
mod mermaid;
#[path = "diagram/page.rs"]
mod page;
#[path = "diagram/schemas.rs"]
mod schemas;
#[path = "diagram/svg.rs"]
mod svg;
