//! Assertions in plain SQL: they set a variable to a sentence, which the server refuses with the sentence, as in
//! `Variable 'completion_type' can't be set to the value of 'users: 3 rows hold NULL in email, the first with id = 7'`.
//!
//! That reads rows without locking them, needs no right but that to read, holds for MariaDB and MySQL, and does not end a
//! transaction. Where nothing is found, the variable is set to what it is.

use super::{literal, quote, quoted_list};
use crate::dialect::parenthesised;
use crate::ir::{Check, ForeignKey, Table};

/// The server cuts sentences after 200 characters.
const SENTENCE: usize = 130;

/// Fails where a row meets the condition: `what` follows the number of such rows.
pub(super) fn no_row(table: &Table, condition: &str, what: &str) -> String {
    no_row_of(table, &format!("{} AS `t`", quote(&table.name.name)), condition, what)
}

fn no_row_of(table: &Table, from: &str, condition: &str, what: &str) -> String {
    let key = table.primary_key.as_ref().and_then(|key| key.columns.first());
    let begin = literal(&shortened(&format!("{}: ", table.name.name)));
    let middle = match key {
        Some(_) => format!(" rows {what}, the first with {} = ", key.map_or("", String::as_str)),
        None => format!(" rows {what}"),
    };
    let first = key.map(|key| format!(", MIN(`t`.{})", quote(key))).unwrap_or_default();
    let sentence = format!("CONCAT({begin}, COUNT(*), {}{first})", literal(&shortened(&middle)));
    assert(&format!("SELECT {sentence} FROM {from} WHERE {condition} HAVING COUNT(*) > 0"))
}

fn assert(query: &str) -> String {
    format!("SET SESSION completion_type = COALESCE(({query}), @@SESSION.completion_type)")
}

fn shortened(text: &str) -> String {
    text.chars().take(SENTENCE).collect()
}

pub(super) fn not_null(table: &Table, column: &str) -> String {
    no_row(table, &format!("`t`.{} IS NULL", quote(column)), &format!("hold NULL in {column}"))
}

pub(super) fn empty(table: &Table, column: &str) -> String {
    no_row(table, "TRUE", &format!("would have no value for {column}"))
}

pub(super) fn holds(table: &Table, check: &Check) -> String {
    no_row(table, &format!("NOT {}", parenthesised(&check.expression)), &format!("violate the check {}", check.name))
}

/// No two rows have the same values; NULLs are not the same.
pub(super) fn unique(table: &Table, name: &str, columns: &[String]) -> String {
    let filled: Vec<String> = columns.iter().map(|column| format!("{} IS NOT NULL", quote(column))).collect();
    let shown: Vec<String> = columns.iter().map(|column| format!("MIN({})", quote(column))).collect();
    let groups = format!(
        "SELECT CONCAT_WS(', ', {}) AS `value` FROM {} WHERE {} GROUP BY {} HAVING COUNT(*) > 1",
        shown.join(", "),
        quote(&table.name.name),
        filled.join(" AND "),
        quoted_list(columns)
    );
    let begin = literal(&shortened(&format!("{}: ", table.name.name)));
    let middle = format!(" values stand twice under the key {name}, such as ({}) = ", columns.join(", "));
    let sentence = format!("CONCAT({begin}, COUNT(*), {}, MIN(`value`))", literal(&shortened(&middle)));
    assert(&format!("SELECT {sentence} FROM ({groups}) AS `twice` HAVING COUNT(*) > 0"))
}

/// Each row with values in all columns of the key refers to one.
pub(super) fn referenced(table: &Table, key: &ForeignKey) -> String {
    let filled: Vec<String> = key.columns.iter().map(|column| format!("`t`.{} IS NOT NULL", quote(column))).collect();
    let pairs = key.columns.iter().zip(&key.referenced_columns);
    let same: Vec<String> = pairs.map(|(own, other)| format!("`p`.{} = `t`.{}", quote(other), quote(own))).collect();
    let parent = quote(&key.references.name);
    let condition =
        format!("{} AND NOT EXISTS (SELECT 1 FROM {parent} AS `p` WHERE {})", filled.join(" AND "), same.join(" AND "));
    no_row(table, &condition, &format!("refer by {} to no row of {}", key.columns.join(", "), key.references.name))
}

/// Values that don't fit are refused in strict mode only, and cut otherwise.
pub(super) fn strict() -> String {
    setting(
        "@@SESSION.sql_mode LIKE '%STRICT_%_TABLES%'",
        "sql_mode is not strict, so values that do not fit would be cut",
    )
}

/// A `\` in a comment is doubled for the mode in which it escapes.
pub(super) fn backslashes() -> String {
    setting(
        "@@SESSION.sql_mode NOT LIKE '%NO_BACKSLASH_ESCAPES%'",
        "sql_mode has NO_BACKSLASH_ESCAPES, and a comment of this file holds a backslash",
    )
}

/// Otherwise a TIMESTAMP column gets a default and ON UPDATE that nobody asked for (BUGS.md B57).
pub(super) fn explicit_timestamps() -> String {
    setting(
        "@@explicit_defaults_for_timestamp",
        "explicit_defaults_for_timestamp is off, so a TIMESTAMP column would get a default that nobody asked for",
    )
}

fn setting(holds: &str, sentence: &str) -> String {
    format!("SET SESSION completion_type = IF({holds}, @@SESSION.completion_type, {})", literal(sentence))
}
