//! SQLite's types: declared text, of which only the affinity matters.

use crate::dialect::TypeChange;
use crate::ir::SqlType;

/// The declared type.
///
/// # Errors
/// Says what is wrong with the text.
pub fn parse(text: &str) -> Result<SqlType, String> {
    match text.trim() {
        "" => Err("the type is empty".to_owned()),
        text => Ok(SqlType::builtin(text)),
    }
}

/// What changing a column's type does to its values.
#[must_use]
pub fn change(from: &SqlType, to: &SqlType) -> TypeChange {
    if from == to { TypeChange::Same } else { TypeChange::Narrowing }
}
