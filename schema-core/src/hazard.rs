//! The catalogue of dangerous operations, one row each, numbered as the rows of HAZARDS.md.
//!
//! Migration files name their hazards by code; `cargo schema explain CODE` prints the row. Locks were measured on
//! PostgreSQL 15 by running each statement and reading `pg_locks`.

use crate::decl::AllowCode;

mod rows;

pub use rows::ALL;

/// A dangerous operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hazard {
    /// `H10`: the row of HAZARDS.md.
    pub code: &'static str,
    /// The operation.
    pub title: &'static str,
    /// What it does on PostgreSQL: lock, work under the lock, what can fail.
    pub postgres: &'static str,
    /// What it does on SQLite.
    pub sqlite: &'static str,
    /// How it is done safely.
    pub recipe: &'static str,
    /// The consents it takes, when rows or protection are lost.
    pub consents: &'static [AllowCode],
}

/// The hazard of that code (`H10`, in any case), or the first that takes that consent (`drop_column`).
///
/// ```
/// assert_eq!(schema_core::hazard::find("h12").unwrap().title, "DROP COLUMN");
/// assert_eq!(schema_core::hazard::find("drop_column").unwrap().code, "H12");
/// assert!(schema_core::hazard::find("H999").is_none());
/// ```
#[must_use]
pub fn find(wanted: &str) -> Option<&'static Hazard> {
    ALL.iter().find(|hazard| {
        hazard.code.eq_ignore_ascii_case(wanted) || hazard.consents.iter().any(|consent| consent.as_str() == wanted)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_and_in_the_order_of_their_rows() {
        let numbers: Vec<u32> = ALL.iter().map(|hazard| hazard.code[1..].parse().unwrap()).collect();
        assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    }

    #[test]
    fn every_consent_is_explained_by_a_row() {
        let explained: BTreeSet<AllowCode> = ALL.iter().flat_map(|hazard| hazard.consents.iter().copied()).collect();
        let missing: Vec<&str> =
            AllowCode::ALL.iter().filter(|code| !explained.contains(code)).map(|code| code.as_str()).collect();
        assert_eq!(missing, Vec::<&str>::new());
    }
}
