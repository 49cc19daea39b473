//! The table rebuild of HAZARDS.md rows 56-56c: what ALTER TABLE can't do is done by building the table anew.
//!
//! Order matters: foreign keys go off before the transaction, since inside one the pragma is ignored and DROP TABLE
//! would delete or clear the rows of child tables (BUGS.md B01); the new table is built first and takes the old
//! one's name last, so that children never refer to anything else (row 56b).

use std::collections::{BTreeMap, BTreeSet};

use super::guard::{self, Guards, OnFailure};
use super::renames::free;
use super::values::{self, Fills, Value};
use super::{create, expr, keep};
use crate::dialect::{literal, quote, quoted_list};
use crate::ir::{ForeignKey, Index, ObjectName, Table};
use crate::plan::Script;

/// A transaction of our own with foreign keys off. `body` runs between the checks before and after it.
///
/// `stages` are the tables before and after.
pub(super) fn without_foreign_keys(
    guards: &mut Guards,
    counted: &[&str],
    stages: [&BTreeMap<ObjectName, Table>; 2],
    body: impl FnOnce(&mut Guards) -> Vec<String>,
) -> Script {
    let off = guards.assert(
        "foreign keys must be off here; run this file outside a transaction".to_owned(),
        "(SELECT \"foreign_keys\" = 0 FROM pragma_foreign_keys)",
    );
    let mut inner = vec![off];
    inner.extend(remember_counts(counted));
    let [before, after] = stages.map(violations);
    inner.push(format!("CREATE TEMP TABLE \"_schema_violations\" AS\n{before}"));
    inner.extend(body(guards));
    inner.extend(counted.iter().map(|table| same_count(guards, table)));
    inner.push(guards.assert(
        "foreign keys must hold as they did before; rows refer to rows that do not exist".to_owned(),
        &format!(
            "NOT EXISTS (SELECT 1 FROM (\n{after}) AS \"after\" LEFT JOIN temp.\"_schema_violations\" AS \"before\" \
             USING (\"child\", \"parent\")\n    WHERE \"after\".\"rows\" > coalesce(\"before\".\"rows\", 0))"
        ),
    ));
    inner.push("DROP TABLE temp.\"_schema_violations\"".to_owned());
    if !counted.is_empty() {
        inner.push("DROP TABLE temp.\"_schema_counts\"".to_owned());
    }
    inner.extend(guards.drop());

    let mut statements = vec!["PRAGMA foreign_keys = OFF".to_owned(), "BEGIN IMMEDIATE".to_owned()];
    statements.extend(guards.create());
    statements.extend(inner);
    statements.extend(["COMMIT".to_owned(), "PRAGMA foreign_keys = ON".to_owned()]);
    Script { statements, no_transaction: true }
}

/// The number of rows of each child that refer to no row of a parent.
///
/// A foreign key to columns that are not unique, as there can be for a while between two steps, makes the check fail
/// as a whole; such a child is left out until its own step mends it.
fn violations(tables: &BTreeMap<ObjectName, Table>) -> String {
    let select = "    SELECT \"table\" AS \"child\", \"parent\", count(*) AS \"rows\" FROM";
    let unfit = tables.values().filter(|table| table.foreign_keys.iter().any(|key| lacks_key(tables, key)));
    let unfit = unfit.map(|table| literal(&table.name.name)).collect::<Vec<_>>();
    if unfit.is_empty() {
        return format!("{select} pragma_foreign_key_check GROUP BY 1, 2");
    }
    format!(
        "{select} main.sqlite_schema AS s, pragma_foreign_key_check(s.\"name\") WHERE s.\"type\" = 'table' AND s.\"name\" \
         COLLATE NOCASE NOT IN ({}) GROUP BY 1, 2",
        unfit.join(", ")
    )
}

fn lacks_key(tables: &BTreeMap<ObjectName, Table>, key: &ForeignKey) -> bool {
    let same = |columns: &[String]| {
        let set = |names: &[String]| names.iter().map(|name| name.to_ascii_lowercase()).collect::<BTreeSet<_>>();
        set(columns) == set(&key.referenced_columns)
    };
    let indexed = |index: &Index| {
        let columns = index.keys.iter().map(|key| key.of_column().cloned());
        let columns = columns.collect::<Option<Vec<_>>>();
        index.unique && index.predicate.is_none() && columns.is_some_and(|columns| same(&columns))
    };
    tables.get(&key.references).is_some_and(|parent| {
        let primary = parent.primary_key.iter().any(|found| same(&found.columns));
        let unique = parent.uniques.iter().any(|found| same(&found.columns));
        !(primary || unique || parent.indexes.iter().any(indexed))
    })
}

fn remember_counts(tables: &[&str]) -> Option<String> {
    let one = |table: &&str| {
        format!("    SELECT {} AS \"name\", (SELECT count(*) FROM {}) AS \"rows\"", literal(table), quote(table))
    };
    let counts = tables.iter().map(one).collect::<Vec<_>>().join("\n    UNION ALL\n");
    (!tables.is_empty()).then(|| format!("CREATE TEMP TABLE \"_schema_counts\" AS\n{counts}"))
}

fn same_count(guards: &mut Guards, table: &str) -> String {
    guards.assert(
        format!("table `{table}` must hold as many rows as before"),
        &format!(
            "(SELECT count(*) FROM {}) = (SELECT \"rows\" FROM temp.\"_schema_counts\" WHERE \"name\" = {})",
            quote(table),
            literal(table)
        ),
    )
}

/// Makes `from` into `to`, which has the same name. `tables` are all that the schema has then; those that refer to
/// this one are watched.
pub(super) fn script(from: &Table, to: &Table, fills: &Fills, tables: &BTreeMap<ObjectName, Table>) -> Script {
    let mut guards = Guards::new(OnFailure::Rollback);
    let counted = std::iter::once(to.name.name.as_str()).chain(children(&to.name, tables)).collect::<Vec<_>>();
    let taken = tables.keys().map(|name| name.name.to_ascii_lowercase()).collect::<BTreeSet<_>>();
    let rebuild = Rebuild { from, to, tables, new: free(&format!("{}_new", to.name.name), &taken) };
    let mut later = tables.clone();
    later.insert(to.name.clone(), to.clone());
    without_foreign_keys(&mut guards, &counted, [tables, &later], |guards| rebuild.statements(guards, fills))
}

/// The other tables that refer to this one.
pub(super) fn children<'a>(
    parent: &'a ObjectName,
    tables: &'a BTreeMap<ObjectName, Table>,
) -> impl Iterator<Item = &'a str> {
    let refers =
        move |table: &&Table| table.name != *parent && table.foreign_keys.iter().any(|key| key.references == *parent);
    tables.values().filter(refers).map(|table| table.name.name.as_str())
}

struct Rebuild<'a> {
    from: &'a Table,
    to: &'a Table,
    /// All that the schema has then.
    tables: &'a BTreeMap<ObjectName, Table>,
    /// What the new table is called until the old one is gone.
    new: String,
}

impl Rebuild<'_> {
    fn name(&self) -> &str {
        &self.to.name.name
    }

    fn statements(&self, guards: &mut Guards, fills: &Fills) -> Vec<String> {
        let values = values::copied(self.from, self.to, fills);
        let mut all = self.checks_before(guards, fills, &values);
        all.extend(fills.before(self.from, self.to));
        all.push(self.save_triggers());
        all.push(create::table(self.to, &self.new));
        all.push(self.copy(&values));
        all.extend(self.save_counter());
        all.extend(self.replace());
        all.extend(self.restore_counter());
        all.extend(self.to.indexes.iter().map(|each| create::index(self.name(), each)));
        all.extend(restore_triggers());
        all.extend(fills.after(self.from, self.to));
        all.extend(guard::prove_views_and_triggers());
        all
    }

    fn checks_before(&self, guards: &mut Guards, fills: &Fills, values: &[Value]) -> Vec<String> {
        let needed = fills.needs.iter().cloned();
        let needed = needed.chain(
            keep::renumbers(self.from, self.to)
                .then(|| keep::follows_no_row(self.name(), &fills.back(self.from, self.to))),
        );
        let mut all: Vec<String> = needed.map(|(sentence, condition)| guards.assert(sentence, &condition)).collect();
        all.extend(guard::nothing_unknown(guards, self.from));
        all.extend(guard::rows_differ(guards, self.from, self.to));
        all.extend(guard::rows_refer(guards, self.from, self.to, self.tables));
        for column in dropped_columns(self.from, self.to) {
            all.push(guard::no_trigger_names(guards, self.name(), column));
        }
        for (sentence, condition) in values.iter().flat_map(|value| &value.guards) {
            all.push(guards.assert(sentence.clone(), condition));
        }
        all.extend(self.conversions(guards, values));
        all
    }

    /// SQLite converts a value when it is stored, by rules that CAST does not follow: so the values are stored in
    /// a temporary table first, beside themselves as they are.
    fn conversions(&self, guards: &mut Guards, values: &[Value]) -> Vec<String> {
        let converted = values.iter().filter_map(|value| value.converted.map(|conversion| (value, conversion)));
        let mut all = Vec::new();
        for (value, conversion) in converted {
            all.push(format!(
                "CREATE TEMP TABLE \"_schema_values\" (\"old\" BLOB, \"new\" {})",
                conversion.affinity.as_sql()
            ));
            all.push(format!(
                "INSERT INTO temp.\"_schema_values\" SELECT {}, {} FROM {}",
                value.source,
                value.expression,
                quote(self.name())
            ));
            all.push(guards.assert(
                format!(
                    "table `{}`: column `{}` holds a value that {} would change",
                    self.name(),
                    value.column,
                    conversion.affinity.as_sql()
                ),
                &format!(
                    "NOT EXISTS (SELECT 1 FROM temp.\"_schema_values\" WHERE \"old\" IS NOT NULL AND NOT ({}))",
                    values::unchanged("\"old\"", "\"new\"", conversion)
                ),
            ));
            all.push("DROP TABLE temp.\"_schema_values\"".to_owned());
        }
        all
    }

    /// Triggers that the schema doesn't know are kept as their text.
    fn save_triggers(&self) -> String {
        format!(
            "CREATE TEMP TABLE \"_schema_triggers\" AS\n    SELECT \"type\", \"name\", \"tbl_name\", \"sql\" FROM \
             main.sqlite_schema WHERE \"type\" = 'trigger' AND \"tbl_name\" = {} COLLATE NOCASE",
            literal(self.name())
        )
    }

    fn copy(&self, values: &[Value]) -> String {
        let (old, new) = (quote(self.name()), quote(&self.new));
        let columns = values.iter().map(|value| value.column.as_str()).collect::<Vec<_>>();
        let expressions = values.iter().map(|value| value.expression.as_str()).collect::<Vec<_>>();
        format!(
            "INSERT OR ROLLBACK INTO {new} ({})\n    SELECT {}\n    FROM {old}",
            quoted_list(&columns),
            expressions.join(", ")
        )
    }

    fn replace(&self) -> [String; 4] {
        [
            format!("DROP TABLE {}", quote(self.name())),
            // Without it, RENAME would fail on views and triggers that name the table, which is missing just now.
            "PRAGMA legacy_alter_table = ON".to_owned(),
            format!("ALTER TABLE {} RENAME TO {}", quote(&self.new), quote(self.name())),
            "PRAGMA legacy_alter_table = OFF".to_owned(),
        ]
    }

    fn keeps_counter(&self) -> bool {
        create::autoincrement(self.from).is_some() && create::autoincrement(self.to).is_some()
    }

    /// AUTOINCREMENT never gives a number twice, not even that of a deleted row (HAZARDS.md row 56c).
    fn save_counter(&self) -> Option<String> {
        self.keeps_counter().then(|| {
            format!(
                "CREATE TEMP TABLE \"_schema_counter\" AS SELECT \"seq\" FROM main.sqlite_sequence WHERE \"name\" = {}",
                literal(self.name())
            )
        })
    }

    fn restore_counter(&self) -> Vec<String> {
        if !self.keeps_counter() {
            return Vec::new();
        }
        let name = literal(self.name());
        vec![
            format!("DELETE FROM main.sqlite_sequence WHERE \"name\" = {name}"),
            format!(
                "INSERT INTO main.sqlite_sequence (\"name\", \"seq\") SELECT {name}, \"seq\" FROM temp.\"_schema_counter\""
            ),
            "DROP TABLE temp.\"_schema_counter\"".to_owned(),
        ]
    }
}

/// Plain SQL can't run a trigger's stored text, so its row is put back into the schema table as SQLite's own dumps
/// do it for virtual tables: a trigger is its text and has no pages. RESET makes SQLite read the schema anew.
fn restore_triggers() -> [String; 4] {
    [
        "PRAGMA writable_schema = ON".to_owned(),
        "INSERT INTO main.sqlite_schema (\"type\", \"name\", \"tbl_name\", \"rootpage\", \"sql\")\n    SELECT \"type\", \
         \"name\", \"tbl_name\", 0, \"sql\" FROM temp.\"_schema_triggers\""
            .to_owned(),
        "PRAGMA writable_schema = RESET".to_owned(),
        "DROP TABLE temp.\"_schema_triggers\"".to_owned(),
    ]
}

/// Columns of `from` that `to` lacks.
pub(super) fn dropped_columns<'a>(from: &'a Table, to: &'a Table) -> impl Iterator<Item = &'a str> {
    from.columns.iter().map(|column| column.name.as_str()).filter(|name| to.column(name).is_none())
}

/// True when an expression of the table qualifies a column by the table's name, which it hasn't got yet while it
/// is built.
pub(super) fn names_itself(table: &Table) -> bool {
    let checks = table.checks.iter().map(|check| &check.expression);
    let generated = table.columns.iter().filter_map(|column| column.generated.as_ref()).map(|each| &each.expression);
    checks.chain(generated).any(|expression| expr::qualifies(expression, &table.name.name))
}
