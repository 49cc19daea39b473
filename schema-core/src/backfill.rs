//! Rows that are filled in batches: the block that any runner of sqlx's files can apply, and the way back from its text.
//!
//! The text is the only record. [`parse`] takes a file for a backfill when the block that it would write itself is the
//! file's statement, byte for byte; then a runner may drive the batches on its own. An edited block is a statement as any
//! other, and still does what it says.

mod mariadb;
mod postgres;

use crate::dialect::mysql::{has_order_of_its_text, unmoved};
use crate::dialect::parenthesised;
use crate::ir::{Dialect, ObjectName, Table};
use crate::migration::{no_transaction, normalized};

/// What each row of a table gets, in which rows, and by which key they are walked through. Names are in quotes already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backfill {
    /// PostgreSQL or MariaDB: which quotes names have, and which block they make.
    pub dialect: Dialect,
    /// The table: `"public"."users"`.
    pub table: String,
    /// The columns of a key whose values are unique and never NULL, in its order.
    pub key: Vec<String>,
    /// The column that gets the value.
    pub column: String,
    /// An expression on the row.
    pub value: String,
    /// Which rows get it. A row that has it must not meet the condition, so that to go on is to begin anew.
    pub condition: String,
    /// Columns that an UPDATE would set by itself, and that keep what they hold.
    pub unmoved: Vec<String>,
    /// Begins the block's variables, and no column of the table.
    prefix: String,
}

impl Backfill {
    /// A backfill of a table that has a key to walk through it by; `None` for one that has none, and on databases that can't
    /// commit within a statement: SQLite, and MySQL, which knows blocks in routines only.
    #[must_use]
    pub fn new(dialect: Dialect, table: &Table, column: &str, value: &str, condition: &str) -> Option<Self> {
        let key = match dialect {
            Dialect::Postgres => key(table)?,
            Dialect::MariaDb => key(table).filter(|key| key.iter().all(|name| has_order_of_its_text(table, name)))?,
            Dialect::Sqlite | Dialect::MySql => return None,
        };
        Some(Self {
            dialect,
            table: dialect.qualified(&table.name),
            key: key.iter().map(|column| dialect.quote(column)).collect(),
            column: dialect.quote(column),
            value: value.to_owned(),
            condition: condition.to_owned(),
            unmoved: unmoved(table, column),
            prefix: free_prefix(table),
        })
    }

    /// `"email" = (lower(email))`
    #[must_use]
    pub fn assignment(&self) -> String {
        let unmoved = self.unmoved.iter().map(|column| format!("{column} = {column}, "));
        format!("{}{} = {}", unmoved.collect::<String>(), self.column, parenthesised(&self.value))
    }

    /// The condition in parentheses.
    #[must_use]
    pub fn filter(&self) -> String {
        parenthesised(&self.condition)
    }

    /// `"org", "id"`
    #[must_use]
    pub fn key_list(&self) -> String {
        self.key.join(", ")
    }

    /// The key's columns from the last value to the first: `"org" DESC, "id" DESC`.
    #[must_use]
    pub fn key_backwards(&self) -> String {
        self.key.iter().map(|column| format!("{column} DESC")).collect::<Vec<_>>().join(", ")
    }

    /// Rows whose key is behind these values, or is these: what a comparison of rows says, as each database finds it by an index.
    #[must_use]
    pub fn behind(&self, values: &[String], or_equal: bool) -> String {
        let sign = if or_equal { ">=" } else { ">" };
        match self.dialect.is_mysql() {
            true => mariadb::compared(&self.key, sign, values),
            false => format!("({}) {sign} ({})", self.key_list(), values.join(", ")),
        }
    }

    /// Rows whose key is before these values, or is these.
    #[must_use]
    pub fn up_to(&self, values: &[String]) -> String {
        match self.dialect.is_mysql() {
            true => mariadb::compared(&self.key, "<=", values),
            false => format!("({}) <= ({})", self.key_list(), values.join(", ")),
        }
    }

    /// One statement that goes through the rows in the key's order, each batch a transaction of some 30 ms: no row is locked for
    /// longer, and what a kill leaves undone the next run does.
    #[must_use]
    pub fn block(&self) -> String {
        match self.dialect.is_mysql() {
            true => mariadb::block(self),
            false => postgres::block(self),
        }
    }

    /// A variable of the block for each column of the key: `fill_from_1, fill_from_2`.
    fn variables(&self, word: &str) -> Vec<String> {
        (1..=self.key.len()).map(|at| format!("{}{word}_{at}", self.prefix)).collect()
    }
}

/// The update of all rows at once, for a table without a key, or one that nobody else uses.
#[must_use]
pub fn statement(dialect: Dialect, table: &ObjectName, column: &str, value: &str, condition: &str) -> String {
    let (table, column) = (dialect.qualified(table), dialect.quote(column));
    format!("UPDATE {table} SET {column} = {} WHERE {condition}", parenthesised(value))
}

const COMMENT: &str = "-- Rows are filled in batches that commit one by one. `cargo schema migrate` runs the batches of this text itself,\n\
    -- keeps its place in the database and makes way for others; an edited text runs as it stands.\n";

const UPDATE: &str = "\n        UPDATE ";
const SET: &str = "\n            SET ";
const WHERE: &str = "\n            WHERE ";
const AND: &str = "\n            AND ";

/// The backfill that a file's only statement is.
#[must_use]
pub fn parse(script: &str) -> Option<Backfill> {
    if !no_transaction(script) {
        return None;
    }
    let script = normalized(script);
    let begins = |opening: &str| script.find(opening).and_then(|at| script.get(at + 1..));
    let (dialect, block) = begins("\nDO $fill")
        .map(|block| (Dialect::Postgres, block))
        .or_else(|| begins("\nBEGIN NOT ATOMIC").map(|block| (Dialect::MariaDb, block)))?;
    let block = block.trim_end().strip_suffix(';')?;
    let (declarations, body) = block.split_once("DECLARE")?.1.split_once(UPDATE)?;
    let (prefix, _) = declarations.trim_start().split_once("rows ")?;
    let (table, body) = body.split_once(SET)?;
    let mut rest = body;
    let mut unmoved = Vec::new();
    let mut column = identifier(dialect, &mut rest)?;
    while let Some(after) = rest.strip_prefix(&format!(" = {column}, ")) {
        rest = after;
        unmoved.push(std::mem::replace(&mut column, identifier(dialect, &mut rest)?));
    }
    let (value, rest) = rest.strip_prefix(" = ")?.split_once(WHERE)?;
    // A text that could be read in two ways runs as it stands.
    let (condition, _) = rest.split_once(AND).filter(|_| !rest.contains(WHERE))?;
    let (value, condition) = (bare(value)?, bare(condition)?);
    let mut rest = block.split_once("SELECT ")?.1;
    let mut key = vec![identifier(dialect, &mut rest)?];
    while let Some(after) = rest.strip_prefix(", ") {
        rest = after;
        key.push(identifier(dialect, &mut rest)?);
    }
    let (table, prefix) = (table.to_owned(), prefix.to_owned());
    let found = Backfill { dialect, table, key, column, value, condition, unmoved, prefix };
    (found.block() == block).then_some(found)
}

/// A quoted identifier at the beginning, which is taken off.
fn identifier(dialect: Dialect, text: &mut &str) -> Option<String> {
    let quote = if dialect.is_mysql() { '`' } else { '"' };
    let mut inside = text.strip_prefix(quote)?.char_indices().peekable();
    while let Some((at, c)) = inside.next() {
        if c == quote && inside.next_if(|(_, next)| *next == quote).is_none() {
            let (name, rest) = text.split_at_checked(at + 2)?;
            *text = rest;
            return Some(name.to_owned());
        }
    }
    None
}

/// Without the parentheses that [`parenthesised`] puts around it.
fn bare(text: &str) -> Option<String> {
    let text = text.strip_prefix('(')?.strip_suffix(')')?;
    let without_break = text.strip_suffix('\n').filter(|bare| parenthesised(bare).ends_with("\n)"));
    Some(without_break.unwrap_or(text).to_owned())
}

/// The primary key, or the first unique constraint whose columns are never NULL.
fn key(table: &Table) -> Option<&[String]> {
    let is_filled = |name: &String| table.column(name).is_some_and(|column| !column.nullable);
    let unique = table.uniques.iter().map(|unique| unique.columns.as_slice());
    let mut unique = unique.filter(|columns| columns.iter().all(is_filled));
    table.primary_key.as_ref().map(|key| key.columns.as_slice()).or_else(|| unique.next())
}

/// Begins no column's name, so that no variable is taken for one.
fn free_prefix(table: &Table) -> String {
    let mut prefix = "fill_".to_owned();
    while table.columns.iter().any(|column| column.name.starts_with(&prefix)) {
        prefix.push('_');
    }
    prefix
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Column, PrimaryKey, SqlType, Unique};

    fn table(columns: &[&str]) -> Table {
        let mut table = Table::new(ObjectName::qualified("public", "a \"b\" SET c"));
        table.columns = columns.iter().map(|name| Column::new(*name, SqlType::builtin("text"))).collect();
        table
    }

    fn file(backfill: &Backfill) -> String {
        format!("-- no-transaction\n-- fill it\n\n-- fill it\n{};\n", backfill.block())
    }

    #[test]
    fn what_was_written_is_read_again_whatever_names_and_expressions_hold() {
        let mut table = table(&["id", "fill_rows", "x\" = (", "`, `", "n"]);
        table.primary_key = Some(PrimaryKey::new("pkey", ["x\" = (", "id", "`, `"].map(str::to_owned).to_vec()));
        let mut moving = table.clone();
        for at in [1, 2, 4] {
            moving.columns[at].on_update = Some("CURRENT_TIMESTAMP".to_owned());
        }
        let cases = [
            ("lower(n)", "n IS NULL"),
            ("'$fill$;' -- why", "n <> ')' OR id = '\n AND '"),
            ("(1) + (2)", "(a) AND (b)"),
        ];
        for (value, condition) in cases {
            for (dialect, table) in
                [(Dialect::Postgres, &table), (Dialect::MariaDb, &table), (Dialect::MariaDb, &moving)]
            {
                let backfill = Backfill::new(dialect, table, "x\" = (", value, condition).unwrap();
                assert_eq!(parse(&file(&backfill)), Some(backfill.clone()), "{}", file(&backfill));
                assert_eq!(parse(&file(&backfill).replace('\n', "\r\n")), Some(backfill));
            }
        }
    }

    #[test]
    fn a_block_of_mariadb_compares_column_by_column_and_leaves_moments_alone() {
        let mut table = table(&["org", "id", "changed", "n"]);
        table.primary_key = Some(PrimaryKey::new("pkey", vec!["org".to_owned(), "id".to_owned()]));
        table.columns[2].on_update = Some("CURRENT_TIMESTAMP".to_owned());
        let block = Backfill::new(Dialect::MariaDb, &table, "n", "lower(n)", "n IS NULL").unwrap().block();
        let range = "`org` >= fill_from_1 AND (`org` > fill_from_1 OR `org` = fill_from_1 AND `id` >= fill_from_2) \
            AND `org` <= fill_to_1 AND (`org` < fill_to_1 OR `org` = fill_to_1 AND `id` <= fill_to_2);";
        assert!(block.contains(range), "{block}");
        assert!(block.contains("SET `changed` = `changed`, `n` = (lower(n))"), "{block}");
        assert_eq!(Backfill::new(Dialect::MySql, &table, "n", "1", "n IS NULL"), None);
    }

    #[test]
    fn an_edited_or_ambiguous_block_is_a_statement_as_any_other() {
        let mut table = table(&["id", "n"]);
        table.primary_key = Some(PrimaryKey::new("pkey", vec!["id".to_owned()]));
        let backfill = Backfill::new(Dialect::Postgres, &table, "n", "1", "n IS NULL").unwrap();
        assert_eq!(parse(&file(&backfill).replace("0.03", "0.05")), None);
        assert_eq!(parse(&file(&backfill).replace("-- no-transaction\n", "")), None);
        assert_eq!(parse(&(file(&backfill) + "SELECT 1;\n")), None);
        let value = format!("'{WHERE}'");
        assert_eq!(parse(&file(&Backfill { value, ..backfill })), None);
    }

    #[test]
    fn a_table_is_walked_through_by_a_key_that_is_never_null() {
        let mut table = table(&["id", "code"]);
        assert_eq!(Backfill::new(Dialect::Postgres, &table, "id", "1", "true"), None);
        table.uniques.push(Unique::new("u", vec!["code".to_owned()]));
        assert_eq!(Backfill::new(Dialect::Postgres, &table, "id", "1", "true").unwrap().key, [r#""code""#]);
        table.columns[1].nullable = true;
        assert_eq!(Backfill::new(Dialect::Postgres, &table, "id", "1", "true"), None);
    }
}
