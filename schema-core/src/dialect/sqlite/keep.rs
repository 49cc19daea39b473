//! What goes and is kept. Values of a column move to a table of their own that follows the rows by triggers; a table gets
//! another name, and stands there without foreign keys, which would hold live rows back, and without indexes, whose names
//! are the whole database's.

use std::collections::BTreeMap;

use super::guard::{self, Guards, OnFailure};
use super::plan::{step, transaction};
use super::values::rowid_name;
use super::{create, drops, rebuild};
use crate::dialect::{literal, quote, quoted_list};
use crate::ir::{Column, ObjectName, Table};
use crate::kept;
use crate::plan::Step;

/// Names within the tables of values that no column of a model has, so that no trigger seems to name one.
const ROW: &str = "_kept_row";
const VALUE: &str = "_kept_value";

/// What a table of values follows.
const EVENTS: [&str; 3] = ["delete", "insert", "update"];

/// Where the values of a column are while they are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Aside {
    /// The table of the column, and the column.
    table: String,
    column: String,
    /// The table of the values.
    pub(super) name: String,
    /// What a row is known by: its number, or the columns of its key where it has none.
    key: Vec<Key>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    /// As an expression of the table's row, behind its name and a dot.
    own: String,
    name: String,
    definition: String,
}

impl Aside {
    /// For a column that goes, or one whose labels do, of a table that changes from `before` to `after`.
    ///
    /// # Errors
    /// Why the rows can't be followed.
    pub(super) fn new(before: &Table, after: &Table, column: &str, head: i64) -> Result<Self, String> {
        if renumbers(before, after) {
            return Err("its rows get other keys in the same draft".to_owned());
        }
        let table = after.name.name.clone();
        let name = kept::name(head, &format!("{table}${column}"));
        let key = if before.without_rowid { key_columns(before) } else { row_number([before, after])? };
        Ok(Self { table, column: column.to_owned(), name, key })
    }

    /// The table of the values, filled, with the triggers that follow the rows.
    pub(super) fn made(&self, condition: Option<&str>) -> Vec<String> {
        let (name, table) = (quote(&self.name), quote(&self.table));
        let definitions: Vec<&str> = self.key.iter().map(|key| key.definition.as_str()).collect();
        let create = if self.key.iter().any(|key| key.name == ROW) {
            format!("CREATE TABLE {name} ({}, {})", definitions.join(", "), quote(VALUE))
        } else {
            let (key, definitions) = (quoted_list(&self.names()), definitions.join(", "));
            format!("CREATE TABLE {name} ({definitions}, {}, PRIMARY KEY ({key})) WITHOUT ROWID", quote(VALUE))
        };
        let own: Vec<&str> = self.key.iter().map(|key| key.own.as_str()).collect();
        let condition = condition.map_or_else(String::new, |condition| format!(" WHERE {condition}"));
        let fill = format!(
            "INSERT INTO {name} ({}, {}) SELECT {}, {} FROM {table}{condition}",
            quoted_list(&self.names()),
            quote(VALUE),
            own.join(", "),
            quote(&self.column)
        );
        let forget = |row: &str| format!("DELETE FROM {name} WHERE {};", self.is_row(row));
        let moved: Vec<String> = self.key.iter().map(|key| format!("{} = new.{}", quote(&key.name), key.own)).collect();
        let changed: Vec<String> =
            self.key.iter().map(|key| format!("old.{} IS NOT new.{}", key.own, key.own)).collect();
        let trigger = |event: &str, when: String, body: String| {
            let trigger = quote(&self.trigger(event));
            format!("CREATE TRIGGER {trigger} AFTER {} ON {table}{when} BEGIN {body} END", event.to_uppercase())
        };
        vec![
            create,
            fill,
            trigger("delete", String::new(), forget("old")),
            // A row that takes another one's place without a word (REPLACE) has no claim to its value.
            trigger("insert", String::new(), forget("new")),
            trigger(
                "update",
                format!(" WHEN {}", changed.join(" OR ")),
                format!("{} UPDATE {name} SET {} WHERE {};", forget("new"), moved.join(", "), self.is_row("old")),
            ),
        ]
    }

    /// The end of all that, once the values are back.
    pub(super) fn removed(&self) -> Vec<String> {
        let triggers = EVENTS.map(|event| format!("DROP TRIGGER {}", quote(&self.trigger(event))));
        triggers.into_iter().chain([format!("DROP TABLE {}", quote(&self.name))]).collect()
    }

    /// What the row had, where it was there; else another expression.
    pub(super) fn value_or(&self, other: &str) -> String {
        let (value, name, is_row) = (quote(VALUE), quote(&self.name), self.is_row(&quote(&self.table)));
        format!(
            "CASE WHEN EXISTS (SELECT 1 FROM {name} WHERE {is_row}) THEN (SELECT {value} FROM {name} WHERE {is_row}) \
             ELSE {other} END"
        )
    }

    /// The label that the row had, where it still has the one that it got in its place; else another expression.
    pub(super) fn label_or(&self, mapped: &[(String, String)], other: &str) -> String {
        let (value, name, is_row) = (quote(VALUE), quote(&self.name), self.is_row(&quote(&self.table)));
        let column = format!("{}.{}", quote(&self.table), quote(&self.column));
        let pairs = mapped.iter().map(|(label, target)| {
            format!("({value} = {} AND {column} COLLATE BINARY = {})", literal(label), literal(target))
        });
        let pairs = pairs.collect::<Vec<_>>().join(" OR ");
        format!("coalesce((SELECT {value} FROM {name} WHERE {is_row} AND ({pairs})), {other})")
    }

    /// What must hold before the values can come back: a sentence, and its condition.
    pub(super) fn is_there(&self) -> (String, String) {
        let sentence = format!(
            "values of `{}` can't come back: `{}`, as which they were kept, has been purged; go forward with a new migration",
            self.dotted(),
            self.name
        );
        let condition = format!(
            "EXISTS (SELECT 1 FROM main.sqlite_schema WHERE \"type\" = 'trigger' AND \"name\" = {} AND \"tbl_name\" = {} \
             COLLATE NOCASE)",
            literal(&self.trigger("delete")),
            literal(&self.table)
        );
        (sentence, condition)
    }

    /// What must hold where nothing says what rows get that came in between.
    pub(super) fn has_all(&self) -> (String, String) {
        let sentence = format!(
            "rows came without a value in `{}`, which becomes NOT NULL again: give them one first",
            self.dotted()
        );
        let (table, is_row) = (quote(&self.table), self.is_row(&quote(&self.table)));
        let missing =
            format!("SELECT 1 FROM {table} WHERE NOT EXISTS (SELECT 1 FROM {} WHERE {is_row})", quote(&self.name));
        (sentence, format!("NOT EXISTS ({missing})"))
    }

    /// `users.legacy`
    pub(super) fn dotted(&self) -> String {
        format!("{}.{}", self.table, self.column)
    }

    fn is_row(&self, of: &str) -> String {
        let same = self.key.iter().map(|key| format!("{} = {of}.{}", quote(&key.name), key.own));
        same.collect::<Vec<_>>().join(" AND ")
    }

    fn names(&self) -> Vec<&str> {
        self.key.iter().map(|key| key.name.as_str()).collect()
    }

    fn trigger(&self, event: &str) -> String {
        format!("{}${event}", self.name)
    }
}

fn row_number(tables: [&Table; 2]) -> Result<Vec<Key>, String> {
    let own = rowid_name(tables).ok_or("its columns take every name that the number of a row has")?;
    let definition = format!("{} INTEGER PRIMARY KEY", quote(ROW));
    Ok(vec![Key { own: own.to_owned(), name: ROW.to_owned(), definition }])
}

/// Compared as in the table itself.
fn key_columns(table: &Table) -> Vec<Key> {
    let columns = table.primary_key.iter().flat_map(|key| &key.columns).filter_map(|name| table.column(name));
    let key = |(at, column): (usize, &Column)| {
        let name = format!("_kept_key_{}", at + 1);
        let bare = Column { name: name.clone(), default: None, generated: None, nullable: false, ..column.clone() };
        Key { own: quote(&column.name), name, definition: create::column(&bare) }
    };
    columns.enumerate().map(key).collect()
}

/// Whether rows are known by something else afterwards.
pub(super) fn renumbers(before: &Table, after: &Table) -> bool {
    if before.without_rowid || after.without_rowid {
        let key = |table: &Table| table.primary_key.as_ref().map(|key| key.columns.clone());
        return before.without_rowid != after.without_rowid || key(before) != key(after);
    }
    // A column that is new, and the rows' numbers from now on, has the numbers that they had.
    let number = create::rowid_alias(after).filter(|name| before.column(name).is_some());
    number.is_some() && number != create::rowid_alias(before)
}

/// What must hold before rows get other keys: nothing that is kept knows them by the former ones. What comes `back` is
/// read before they do.
pub(super) fn follows_no_row(table: &str, back: &[&Aside]) -> (String, String) {
    let triggers = back.iter().flat_map(|aside| EVENTS.map(|event| literal(&aside.trigger(event))));
    let triggers = triggers.collect::<Vec<_>>().join(", ");
    let sentence = format!(
        "rows of table `{table}` get other keys, and values that are kept go by the former ones; `cargo schema purge` them first"
    );
    let condition = format!(
        "NOT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE \"type\" = 'trigger' AND \"name\" LIKE '\\_kept\\_%' ESCAPE '\\' \
         AND \"name\" NOT IN ({triggers}) AND \"tbl_name\" = {} COLLATE NOCASE)",
        literal(table)
    );
    (sentence, condition)
}

/// The name that a table has while it is kept.
pub(super) fn table_name(table: &ObjectName, head: i64) -> ObjectName {
    table.sibling(kept::name(head, &table.name))
}

/// The table as it is kept.
pub(super) fn bare(table: &Table) -> Table {
    Table { foreign_keys: Vec::new(), indexes: Vec::new(), ..table.clone() }
}

/// ALTER TABLE RENAME in the place of DROP TABLE. It would carry the new name into views and triggers that the schema
/// doesn't know.
/// One of those that refer to it may be aside already.
pub(super) fn put_aside(
    table: &ObjectName,
    aside: &ObjectName,
    tables: &BTreeMap<ObjectName, Table>,
    head: i64,
) -> Step {
    let (former, name) = (&table.name, &aside.name);
    let renamed = |from: &str, to: &str| format!("ALTER TABLE {} RENAME TO {}", quote(from), quote(to));
    let mut guards = Guards::new(OnFailure::Abort);
    let children: Vec<&str> = rebuild::children(table, tables).collect();
    let aside: Vec<String> = children.iter().map(|child| kept::name(head, child)).collect();
    let known: Vec<&str> =
        std::iter::once(former.as_str()).chain(children).chain(aside.iter().map(String::as_str)).collect();
    let checks = [guard::not_read(&mut guards, former), drops::no_unknown_child(&mut guards, former, &known)];
    let up = guards.create().into_iter().chain(checks).chain([renamed(former, name)]).chain(guards.drop()).collect();
    let mut guards = Guards::new(OnFailure::Abort);
    let there = is_there(&mut guards, former, name);
    let down = guards.create().into_iter().chain([there]).chain(guards.drop()).chain([renamed(name, former)]).collect();
    let title = format!("put table {former} aside");
    let put = step(former, title, transaction(up), transaction(down), vec!["H47"]);
    let put = put.impact(format!("`{former}` is kept as `{name}` until `cargo schema purge`"));
    put.impact(format!("down: `{former}` comes back with its rows"))
}

fn is_there(guards: &mut Guards, former: &str, name: &str) -> String {
    let (sentence, condition) = table_is_there(former, name);
    guards.assert(sentence, &condition)
}

/// What must hold before a kept table can come back.
pub(super) fn table_is_there(former: &str, name: &str) -> (String, String) {
    let sentence = format!(
        "table `{former}` can't come back: `{name}`, as which it was kept, has been purged; go forward with a new migration"
    );
    let condition = format!(
        "EXISTS (SELECT 1 FROM main.sqlite_schema WHERE \"type\" = 'table' AND \"name\" = {} COLLATE NOCASE)",
        literal(name)
    );
    (sentence, condition)
}
