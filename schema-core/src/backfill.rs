//! Rows that are filled in batches: the block that any runner of sqlx's files can apply, and the way back from its text.
//!
//! The text is the only record. [`parse`] takes a file for a backfill when the block that it would write itself is the
//! file's statement, byte for byte; then a runner may drive the batches on its own. An edited block is a statement as any
//! other, and still does what it says.

use crate::dialect::postgres::guard::do_block;
use crate::dialect::{parenthesised, quote};
use crate::ir::{ObjectName, Table};
use crate::migration::{no_transaction, normalized};

/// What each row of a table gets, in which rows, and by which key they are walked through. Names are in quotes already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backfill {
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
    /// Begins the block's variables, and no column of the table.
    prefix: String,
}

impl Backfill {
    /// A backfill of a table that has a key to walk through it by; `None` for one that has none.
    #[must_use]
    pub fn new(table: &Table, column: &str, value: &str, condition: &str) -> Option<Self> {
        Some(Self {
            table: crate::dialect::qualified(&table.name),
            key: key(table)?.iter().map(|column| quote(column)).collect(),
            column: quote(column),
            value: value.to_owned(),
            condition: condition.to_owned(),
            prefix: free_prefix(table),
        })
    }

    /// The update of all rows at once, for a table without a key, or one that nobody else uses.
    #[must_use]
    pub fn statement(table: &ObjectName, column: &str, value: &str, condition: &str) -> String {
        let table = crate::dialect::qualified(table);
        format!("UPDATE {table} SET {} = {} WHERE {condition}", quote(column), parenthesised(value))
    }

    /// `"email" = (lower(email))`
    #[must_use]
    pub fn assignment(&self) -> String {
        format!("{} = {}", self.column, parenthesised(&self.value))
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

    /// One `DO` that goes through the rows in the key's order, each batch a transaction of some 30 ms: no row is locked for
    /// longer, and what a kill leaves undone the next run does (manual, section 43.8: DO can commit where it is not
    /// within a transaction).
    #[must_use]
    pub fn block(&self) -> String {
        let Self { table, prefix, .. } = self;
        let variables =
            |word: &str| (1..=self.key.len()).map(|at| format!("{prefix}{word}_{at}")).collect::<Vec<_>>().join(", ");
        let declared = |word: &str| {
            let of = |(at, key): (usize, &String)| format!("    {prefix}{word}_{at} {table}.{key}%TYPE;\n");
            (1..).zip(&self.key).map(of).collect::<String>()
        };
        let (columns, backwards) = (self.key_list(), self.key_backwards());
        let (from, to) = (variables("from"), variables("to"));
        do_block(
            "fill",
            &format!(
                "\n-- Rows are filled in batches that commit one by one. `cargo schema migrate` runs the batches of this text itself,\n\
                 -- keeps its place in the database and makes way for others; an edited text runs as it stands.\n\
                 DECLARE\n    {prefix}rows integer := 1000;\n    {prefix}began timestamptz;\n{}{}BEGIN\n    \
                 SELECT {columns} INTO {from} FROM {table} ORDER BY {columns} LIMIT 1;\n    \
                 WHILE {prefix}from_1 IS NOT NULL LOOP\n        \
                 {prefix}began := clock_timestamp();\n        \
                 SELECT {columns} INTO {to} FROM {table} WHERE ({columns}) >= ({from})\n            \
                 ORDER BY {columns} OFFSET {prefix}rows - 1 LIMIT 1;\n        \
                 IF {prefix}to_1 IS NULL THEN\n            \
                 SELECT {columns} INTO {to} FROM {table} ORDER BY {backwards} LIMIT 1;\n        END IF;\n        \
                 UPDATE {table}{SET}{}{WHERE}{}{AND}({columns}) >= ({from}) AND ({columns}) <= ({to});\n        COMMIT;\n        \
                 {prefix}rows := greatest(100, least(2.0 * {prefix}rows, 100000,\n            \
                 0.03 * {prefix}rows / greatest(extract(epoch FROM clock_timestamp() - {prefix}began), 0.001)));\n        \
                 SELECT {columns} INTO {from} FROM {table} WHERE ({columns}) > ({to}) ORDER BY {columns} LIMIT 1;\n    \
                 END LOOP;\nEND\n",
                declared("from"),
                declared("to"),
                self.assignment(),
                self.filter(),
            ),
        )
    }
}

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
    let start = script.find("\nDO $fill")? + 1;
    let block = script.get(start..)?.trim_end().strip_suffix(';')?;
    let (declarations, body) = block.split_once("DECLARE\n    ")?.1.split_once(UPDATE)?;
    let (prefix, _) = declarations.split_once("rows integer")?;
    let mut rest = body;
    let mut table = identifier(&mut rest)?;
    while let Some(after) = rest.strip_prefix('.') {
        rest = after;
        table = table + "." + &identifier(&mut rest)?;
    }
    rest = rest.strip_prefix(SET)?;
    let column = identifier(&mut rest)?;
    let (value, rest) = rest.strip_prefix(" = ")?.split_once(WHERE)?;
    // A text that could be read in two ways runs as it stands.
    let (condition, mut rest) = rest.split_once(AND).filter(|_| !rest.contains(WHERE))?;
    rest = rest.strip_prefix('(')?;
    let mut key = vec![identifier(&mut rest)?];
    while let Some(after) = rest.strip_prefix(", ") {
        rest = after;
        key.push(identifier(&mut rest)?);
    }
    let (value, condition) = (bare(value)?, bare(condition)?);
    let found = Backfill { table, key, column, value, condition, prefix: prefix.to_owned() };
    (found.block() == block).then_some(found)
}

/// A quoted identifier at the beginning, which is taken off.
fn identifier(text: &mut &str) -> Option<String> {
    let mut inside = text.strip_prefix('"')?.char_indices().peekable();
    while let Some((at, c)) = inside.next() {
        if c == '"' && inside.next_if(|(_, next)| *next == '"').is_none() {
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
        format!("-- no-transaction\n-- fill it (PostgreSQL)\n\n-- fill it\n{};\n", backfill.block())
    }

    #[test]
    fn what_was_written_is_read_again_whatever_names_and_expressions_hold() {
        let mut table = table(&["id", "fill_rows", "x\" = (", "n"]);
        table.primary_key = Some(PrimaryKey::new("pkey", vec!["x\" = (".to_owned(), "id".to_owned()]));
        let cases = [
            ("lower(n)", "n IS NULL"),
            ("'$fill$;' -- why", "n <> ')' OR id = '\n AND '"),
            ("(1) + (2)", "(a) AND (b)"),
        ];
        for (value, condition) in cases {
            let backfill = Backfill::new(&table, "x\" = (", value, condition).unwrap();
            assert_eq!(parse(&file(&backfill)), Some(backfill.clone()), "{}", file(&backfill));
            assert_eq!(parse(&file(&backfill).replace('\n', "\r\n")), Some(backfill));
        }
    }

    #[test]
    fn an_edited_or_ambiguous_block_is_a_statement_as_any_other() {
        let mut table = table(&["id", "n"]);
        table.primary_key = Some(PrimaryKey::new("pkey", vec!["id".to_owned()]));
        let backfill = Backfill::new(&table, "n", "1", "n IS NULL").unwrap();
        assert_eq!(parse(&file(&backfill).replace("0.03", "0.05")), None);
        assert_eq!(parse(&file(&backfill).replace("-- no-transaction\n", "")), None);
        assert_eq!(parse(&(file(&backfill) + "SELECT 1;\n")), None);
        let value = format!("'{WHERE}'");
        assert_eq!(parse(&file(&Backfill { value, ..backfill })), None);
    }

    #[test]
    fn a_table_is_walked_through_by_a_key_that_is_never_null() {
        let mut table = table(&["id", "code"]);
        assert_eq!(Backfill::new(&table, "id", "1", "true"), None);
        table.uniques.push(Unique::new("u", vec!["code".to_owned()]));
        assert_eq!(Backfill::new(&table, "id", "1", "true").unwrap().key, [r#""code""#]);
        table.columns[1].nullable = true;
        assert_eq!(Backfill::new(&table, "id", "1", "true"), None);
    }
}
