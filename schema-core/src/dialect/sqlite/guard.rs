//! Assertions in plain SQL: a temporary table whose checks are named by sentences, so that a failure reads
//! `CHECK constraint failed: table `users`: column `email` holds NULL`.

use std::collections::BTreeMap;

use crate::dialect::{literal, quote};
use crate::ir::{ForeignKey, IndexKey, ObjectName, Table};

use super::create;

/// Where temporary objects of a script live; the names are free in both schemas.
const TABLE: &str = "_schema_guard";

/// How a failed assertion ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnFailure {
    /// The script's own transaction is undone at once, so no connection keeps it open.
    Rollback,
    /// The statement fails, and whoever opened the transaction undoes it.
    Abort,
}

/// The assertions of one script.
#[derive(Debug)]
pub(super) struct Guards {
    on_failure: OnFailure,
    sentences: Vec<String>,
}

impl Guards {
    pub(super) fn new(on_failure: OnFailure) -> Self {
        Self { on_failure, sentences: Vec::new() }
    }

    /// The statement that fails with `sentence` unless `condition`, which is never NULL, holds.
    pub(super) fn assert(&mut self, sentence: String, condition: &str) -> String {
        self.sentences.push(sentence);
        let verb = match self.on_failure {
            OnFailure::Rollback => "INSERT OR ROLLBACK",
            OnFailure::Abort => "INSERT",
        };
        format!("{verb} INTO temp.{} ({}) SELECT {condition}", quote(TABLE), quote(&column(self.sentences.len())))
    }

    /// The statement that must come before the first assertion.
    pub(super) fn create(&self) -> Option<String> {
        let check = |(at, sentence): (usize, &String)| {
            let name = column(at + 1);
            format!("{} INTEGER CONSTRAINT {} CHECK ({})", quote(&name), quote(sentence), quote(&name))
        };
        let columns = self.sentences.iter().enumerate().map(check).collect::<Vec<_>>();
        let any = !columns.is_empty();
        any.then(|| format!("CREATE TEMP TABLE {} (\n    {}\n)", quote(TABLE), columns.join(",\n    ")))
    }

    /// The statement that must come after the last one.
    pub(super) fn drop(&self) -> Option<String> {
        (!self.sentences.is_empty()).then(|| format!("DROP TABLE temp.{}", quote(TABLE)))
    }
}

fn column(number: usize) -> String {
    format!("guard_{number}")
}

/// Statements that prove that every view and trigger of the database still compiles: after any RENAME, SQLite
/// resolves them all, and fails with `error in view v: no such column: x`.
pub(super) fn prove_views_and_triggers() -> Vec<String> {
    [
        "CREATE TABLE \"_schema_probe\" (\"before\" INTEGER)",
        "ALTER TABLE \"_schema_probe\" RENAME COLUMN \"before\" TO \"after\"",
        "DROP TABLE \"_schema_probe\"",
    ]
    .map(str::to_owned)
    .into()
}

/// Asserts that a table holds nothing that the schema doesn't know, since a rebuild would lose it
/// (BUGS.md B38): columns, constraints, indexes. Triggers are carried over and views stay.
pub(super) fn nothing_unknown(guards: &mut Guards, table: &Table) -> Vec<String> {
    let name = &table.name.name;
    let text = literal(name);
    let list = |names: Vec<&String>| names.into_iter().map(|each| literal(each)).collect::<Vec<_>>().join(", ");
    let columns = list(table.columns.iter().map(|column| &column.name).collect());
    let indexes = list(table.indexes.iter().map(|index| &index.name).collect());
    let checks = count_checks(&create::table(table, name));
    let advice = "that the schema does not know and a rebuild would lose; declare it or drop it first";
    vec![
        guards.assert(
            format!("table `{name}` has a column {advice}"),
            &format!(
                "NOT EXISTS (SELECT 1 FROM pragma_table_xinfo({text}) WHERE \"name\" COLLATE NOCASE NOT IN ({columns}))"
            ),
        ),
        guards.assert(
            format!("table `{name}` has an index {advice}"),
            &format!(
                "NOT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE \"type\" = 'index' AND \"tbl_name\" = {text} \
                 COLLATE NOCASE AND \"sql\" IS NOT NULL AND \"name\" COLLATE NOCASE NOT IN ({indexes}))"
            ),
        ),
        guards.assert(
            format!("table `{name}` has a foreign key {advice}"),
            &format!(
                "(SELECT count(DISTINCT \"id\") FROM pragma_foreign_key_list({text})) <= {}",
                table.foreign_keys.len()
            ),
        ),
        guards.assert(
            format!("table `{name}` has a unique constraint {advice}"),
            &format!(
                "(SELECT count(*) FROM pragma_index_list({text}) WHERE \"origin\" = 'u') <= {}",
                table.uniques.len()
            ),
        ),
        guards.assert(
            format!("table `{name}` has a check {advice}"),
            &format!(
                "NOT EXISTS (SELECT 1 FROM (SELECT {} AS \"text\" FROM main.sqlite_schema WHERE \"type\" = 'table' \
                 AND \"name\" = {text} COLLATE NOCASE) WHERE length(\"text\") - length(replace(\"text\", 'CHECK(', '')) \
                 > {})",
                "replace(replace(replace(replace(upper(\"sql\"), ' ', ''), char(9), ''), char(10), ''), char(13), '')",
                checks * "CHECK(".len()
            ),
        ),
    ]
}

/// Asserts that rows differ where a key or index comes that holds them apart: SQLite's own message names the table that is
/// built, and no way to find them. Left out where the values change on the way.
pub(super) fn rows_differ(guards: &mut Guards, from: &Table, to: &Table) -> Vec<String> {
    let held = unique_columns(from);
    let stays = |name: &String| {
        let (before, after) = (from.column(name), to.column(name));
        before
            .zip(after)
            .is_some_and(|(a, b)| (&a.ty, &a.collation, &a.generated) == (&b.ty, &b.collation, &b.generated))
    };
    let new = unique_columns(to).into_iter().filter(|columns| !held.contains(columns) && columns.iter().all(stays));
    let table = &from.name.name;
    new.map(|columns| {
        let names = columns.iter().map(|name| quote(name)).collect::<Vec<_>>();
        let known = names.iter().map(|name| format!("{name} IS NOT NULL")).collect::<Vec<_>>().join(" AND ");
        let twice = format!(
            "FROM {} WHERE {known} GROUP BY {} HAVING count(*) > 1",
            quote(table),
            names.join(", ")
        );
        guards.assert(
            format!(
                "table `{table}` has rows that are equal in ({}), which shall be unique; find them: SELECT {}, count(*) {twice}",
                columns.join(", "),
                names.join(", ")
            ),
            &format!("NOT EXISTS (SELECT 1 {twice})"),
        )
    })
    .collect()
}

/// Asserts that rows refer to some where a foreign key comes: SQLite's own check names none. Left out where the values
/// change on the way.
pub(super) fn rows_refer(
    guards: &mut Guards,
    from: &Table,
    to: &Table,
    tables: &BTreeMap<ObjectName, Table>,
) -> Vec<String> {
    let is_new = |key: &&ForeignKey| !from.foreign_keys.iter().any(|it| ends(it) == ends(key));
    let is_readable = |key: &&ForeignKey| {
        let parent = tables.get(&key.references);
        let has = |name: &String| parent.is_some_and(|parent| parent.column(name).is_some());
        key.columns.iter().all(|name| stays(from, to, name)) && key.referenced_columns.iter().all(has)
    };
    let keys = to.foreign_keys.iter().filter(is_new).filter(is_readable);
    keys.map(|key| {
        let (table, parent) = (&from.name.name, &key.references.name);
        let names = key.columns.iter().map(|name| quote(name)).collect::<Vec<_>>();
        let known = names.iter().map(|name| format!("{name} IS NOT NULL")).collect::<Vec<_>>().join(" AND ");
        let pairs = key.referenced_columns.iter().zip(&names);
        let pairs = pairs.map(|(it, name)| format!("\"referenced\".{} = {}.{name}", quote(it), quote(table)));
        let orphans = format!(
            "FROM {} WHERE {known} AND NOT EXISTS (SELECT 1 FROM {} AS \"referenced\" WHERE {})",
            quote(table),
            quote(parent),
            pairs.collect::<Vec<_>>().join(" AND ")
        );
        guards.assert(
            format!(
                "table `{table}` has rows that refer to no row of `{parent}`; find them: SELECT {} {orphans}",
                names.join(", ")
            ),
            &format!("NOT EXISTS (SELECT 1 {orphans})"),
        )
    })
    .collect()
}

fn ends(key: &ForeignKey) -> (&[String], &ObjectName, &[String]) {
    (&key.columns, &key.references, &key.referenced_columns)
}

/// Whether the column's values are the same before and after.
fn stays(from: &Table, to: &Table, column: &str) -> bool {
    let (before, after) = (from.column(column), to.column(column));
    before.zip(after).is_some_and(|(a, b)| (&a.ty, &a.collation, &a.generated) == (&b.ty, &b.collation, &b.generated))
}

/// The columns of each key and unique index of all rows, under their own collations.
fn unique_columns(table: &Table) -> Vec<Vec<String>> {
    let keys = table.primary_key.iter().map(|key| key.columns.clone());
    let uniques = table.uniques.iter().map(|unique| unique.columns.clone());
    let indexes = table.indexes.iter().filter(|index| index.unique && index.predicate.is_none());
    let plain = |key: &IndexKey| key.of_column().filter(|_| key.collation.is_none()).cloned();
    let indexes = indexes.filter_map(|index| index.keys.iter().map(plain).collect());
    keys.chain(uniques).chain(indexes).collect()
}

/// How often a definition says CHECK; SQLite lists checks nowhere else.
fn count_checks(sql: &str) -> usize {
    let packed = sql.chars().filter(|c| !c.is_ascii_whitespace()).collect::<String>();
    packed.to_ascii_uppercase().matches("CHECK(").count()
}

/// Asserts that no trigger names a column that goes: SQLite drops it nonetheless, and later INSERTs fail
/// (HAZARDS.md row 12). The trigger's text is searched for both words, because SQLite resolves what a trigger
/// reads but not the columns that it writes or watches. Those that follow kept values name none but keys.
pub(super) fn no_trigger_names(guards: &mut Guards, table: &str, column: &str) -> String {
    guards.assert(
        format!("a trigger names column `{column}` of table `{table}`; drop or rewrite it first"),
        &format!(
            "NOT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE \"type\" = 'trigger' AND \"name\" NOT LIKE '\\_kept\\_%' ESCAPE '\\' AND {} AND \
             (\"tbl_name\" = {} COLLATE NOCASE OR {}))",
            has_word(column),
            literal(table),
            has_word(table)
        ),
    )
}

/// Asserts that no view reads a table, and no trigger of another one: a new name of it would come into their texts.
/// Those of the schema are away.
pub(super) fn not_read(guards: &mut Guards, table: &str) -> String {
    guards.assert(
        format!("a view or trigger that the schema does not know names table `{table}`; drop it first"),
        &format!(
            "NOT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE \"type\" IN ('view', 'trigger') AND \"tbl_name\" <> {} \
             COLLATE NOCASE AND {})",
            literal(table),
            // A view's text may end with the name.
            has_word_in("\"sql\" || ' '", table)
        ),
    )
}

fn has_word(word: &str) -> String {
    has_word_in("\"sql\"", word)
}

fn has_word_in(text: &str, word: &str) -> String {
    let mut pattern = String::from("*[^a-z0-9_$]");
    for c in word.to_ascii_lowercase().chars() {
        match c {
            '*' | '?' | '[' => pattern.push_str(&format!("[{c}]")),
            '"' => pattern.push_str("\"\""),
            c => pattern.push(c),
        }
    }
    pattern.push_str("[^a-z0-9_$]*");
    format!("lower({text}) GLOB {}", literal(&pattern))
}
