//! The pure core: structs in, migrations out.
//!
//! Arrows go one way: [`attrs`] parses attributes into declarations ([`decl`]), [`scan`] finds them in a crate and
//! lowers them to the one [`ir`], [`diff`] compares two schemas, [`consent`] says what the source must allow,
//! [`plan`] turns changes into reversible steps in a [`dialect`]'s SQL, [`migration`] reads and writes sqlx's
//! files, [`snapshot`] the base, and [`build`] ties them together for a `build.rs`.
//!
//! Only [`build`], [`snapshot`] and [`scan`] touch the file system; nothing touches a database or the network.
#![forbid(unsafe_code)]

pub mod advise;
mod allow;
pub mod attrs;
pub mod backfill;
pub mod build;
pub mod check;
pub mod consent;
pub mod decl;
pub mod describe;
pub mod diag;
pub mod dialect;
pub mod diff;
pub mod facts;
pub mod gate;
pub mod hazard;
pub mod ir;
pub mod kept;
pub mod lint;
pub mod locks;
mod memory;
pub mod merge;
pub mod migration;
pub mod model;
pub mod names;
pub mod objects;
pub mod plan;
pub mod queries;
mod quick_hash;
pub mod released;
pub mod renames;
pub mod report;
pub mod scan;
pub mod snapshot;
pub mod squash;
pub mod stats;
mod writes;
