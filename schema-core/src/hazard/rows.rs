//! The rows.

use super::Hazard;

mod columns;
mod constraints;
mod indexes;
mod tables;

/// Rows about one kind of thing.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// What they are about.
    pub title: &'static str,
    /// In the order of their codes.
    pub rows: &'static [Hazard],
}

/// Every hazard.
pub const GROUPS: &[Group] = &[
    Group { title: "Columns", rows: columns::ROWS },
    Group { title: "Constraints", rows: constraints::ROWS },
    Group { title: "Indexes and partitions", rows: indexes::ROWS },
    Group { title: "Tables, types, sessions and files", rows: tables::ROWS },
];

/// Every hazard, by code.
pub fn all() -> impl Iterator<Item = &'static Hazard> {
    GROUPS.iter().flat_map(|group| group.rows)
}
