//! A fault of MariaDB's: definitions that its table cache holds in a state in which ALTER TABLE refuses them.
//!
//! A join or a look-up by key that finds a table with a generated column empty leaves its cached definition such that
//! renaming a column which the expression names fails ("Unknown column 'a' in 'GENERATED ALWAYS AS'", or error 4029 where
//! names change places). The refusal takes no effect and drops the definition from the cache, so that the same statement
//! succeeds when it runs again (measured on MariaDB 10.11).

use crate::error::mysql_number;

/// Whether the statement was refused for nothing but such a definition.
pub(crate) fn is_stale(error: &sqlx::Error) -> bool {
    let names_it = |error: &dyn sqlx::error::DatabaseError| error.message().ends_with("in 'GENERATED ALWAYS AS'");
    match mysql_number(error) {
        Some(UNINITIALIZED) => true,
        Some(UNKNOWN_COLUMN) => error.as_database_error().is_some_and(names_it),
        _ => false,
    }
}

/// `ER_BAD_FIELD_ERROR`.
const UNKNOWN_COLUMN: u16 = 1054;
/// `ER_EXPR_INVALID_REFERENCE` of MariaDB: "is referring to uninitialized field".
const UNINITIALIZED: u16 = 4029;
