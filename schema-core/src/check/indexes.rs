//! Indexes and unique constraints against each other, and against their access method.

use super::{Rules, listed, part};
use crate::ir::{Dialect, Index, IndexKey, IndexTarget, SqlType, Table, Unique};

/// What an access method of PostgreSQL can do (manual, section 62.1, and each method's own chapter).
struct Method {
    name: &'static str,
    unique: bool,
    include: bool,
    ordered: bool,
    several_columns: bool,
}

const METHODS: &[Method] = &[
    Method { name: "btree", unique: true, include: true, ordered: true, several_columns: true },
    Method { name: "hash", unique: false, include: false, ordered: false, several_columns: false },
    Method { name: "gist", unique: false, include: true, ordered: false, several_columns: true },
    Method { name: "spgist", unique: false, include: true, ordered: false, several_columns: false },
    Method { name: "gin", unique: false, include: false, ordered: false, several_columns: true },
    Method { name: "brin", unique: false, include: false, ordered: false, several_columns: true },
];

/// Types of PostgreSQL without an order, so that no btree can hold them.
const UNORDERED: [&str; 9] = ["json", "xml", "point", "line", "lseg", "box", "path", "polygon", "circle"];

const NEEDLESS: &str = "remove it: it costs space and time, and adds nothing";

impl Rules<'_> {
    pub(super) fn indexes(&mut self, table: &Table) {
        self.repeated_indexes(table);
        self.repeated_constraints(table);
        if self.dialect() == Dialect::Postgres {
            table.indexes.iter().for_each(|index| self.method(table, index));
            self.unordered_keys(table);
        }
    }

    fn repeated_indexes(&mut self, table: &Table) {
        for (position, index) in table.indexes.iter().enumerate() {
            let unnamed = |index: &Index| Index { name: String::new(), ..index.clone() };
            if let Some(first) = table.indexes.iter().take(position).find(|first| unnamed(first) == unnamed(index)) {
                let message = format!("table `{}`: index `{}` repeats index `{}`", table.name, index.name, first.name);
                self.error(&part(table, &index.name), message, &["remove one of them"]);
            }
        }
    }

    /// Equal unique constraints of one CREATE TABLE become one in PostgreSQL, which keeps one of the names (tried on 15).
    fn repeated_constraints(&mut self, table: &Table) {
        let key = table.primary_key.iter().map(|key| Unique::new(key.name.clone(), key.columns.clone()));
        let constraints: Vec<Unique> = key.chain(table.uniques.iter().cloned()).collect();
        let repeated = |position: usize, columns: &[String]| {
            constraints.iter().take(position).find(|first| first.columns == columns)
        };
        for (position, unique) in constraints.iter().enumerate() {
            let Some(first) = repeated(position, &unique.columns) else { continue };
            let message =
                format!("table `{}`: unique constraint `{}` repeats `{}`", table.name, unique.name, first.name);
            if (unique.nulls_not_distinct, unique.deferrable) == (first.nulls_not_distinct, first.deferrable) {
                self.error(&part(table, &unique.name), message, &["remove one of them"]);
            } else {
                self.warning(&part(table, &unique.name), message, &[NEEDLESS]);
            }
        }
        for index in &table.indexes {
            let columns = plain_columns(index).unwrap_or_default();
            let Some(first) = repeated(constraints.len(), &columns) else { continue };
            let message = format!(
                "table `{}`: index `{}` repeats constraint `{}`, which has an index of its own",
                table.name, index.name, first.name
            );
            self.warning(&part(table, &index.name), message, &[NEEDLESS]);
        }
    }

    fn method(&mut self, table: &Table, index: &Index) {
        let wanted = index.method.as_deref().unwrap_or("btree");
        // Extensions bring others, of which nothing is known here.
        let Some(method) = METHODS.iter().find(|method| method.name == wanted) else { return };
        let ordered = index.keys.iter().any(|key| key.descending || key.nulls.is_some());
        let faults = [
            (index.unique && !method.unique, "can't be unique", "leave `unique` or `using` out"),
            (!index.include.is_empty() && !method.include, "can't have `include`", "leave `include` or `using` out"),
            (ordered && !method.ordered, "keeps no order", "leave `desc`, `nulls_first` and `nulls_last` out"),
            (index.keys.len() > 1 && !method.several_columns, "has one key", "make an index for each"),
        ];
        for (_, what, help) in faults.iter().filter(|(is_fault, ..)| *is_fault) {
            let message = format!("table `{}`: index `{}`: an index `using = {wanted}` {what}", table.name, index.name);
            self.error(&part(table, &index.name), message, &[help]);
        }
    }

    fn unordered_keys(&mut self, table: &Table) {
        let key = table.primary_key.iter().map(|key| (&key.name, key.columns.clone()));
        let uniques = table.uniques.iter().map(|unique| (&unique.name, unique.columns.clone()));
        let btrees = table.indexes.iter().filter(|index| index.method.is_none());
        let indexes = btrees.map(|index| (&index.name, index.keys.iter().filter_map(plain_key).collect()));
        let all: Vec<(&String, Vec<String>)> = key.chain(uniques).chain(indexes).collect();
        for (name, columns) in all {
            let unordered: Vec<String> = columns.into_iter().filter(|column| is_unordered(table, column)).collect();
            if !unordered.is_empty() {
                let message = format!(
                    "table `{}`: `{name}`: values of {} have no order, which it needs",
                    table.name,
                    listed(&unordered)
                );
                let help = ["use `jsonb` rather than `json`", "for shapes use `index(.., using = gist)`"];
                self.error(&part(table, name), message, &help);
            }
        }
    }
}

fn is_unordered(table: &Table, column: &str) -> bool {
    let ty = table.column(column).map(|column| &column.ty);
    matches!(ty, Some(SqlType::Builtin(text)) if UNORDERED.contains(&text.as_str()))
}

/// The column of a key that says nothing else of how it is compared.
fn plain_key(key: &IndexKey) -> Option<String> {
    match &key.target {
        IndexTarget::Column(name) if key.opclass.is_none() => Some(name.clone()),
        IndexTarget::Column(_) | IndexTarget::Expression(_) => None,
    }
}

/// The columns of an index that is like a constraint's.
fn plain_columns(index: &Index) -> Option<Vec<String>> {
    let own =
        index.method.is_some() || index.predicate.is_some() || !index.include.is_empty() || !index.storage.is_empty();
    let ordered = index.keys.iter().any(|key| key.descending || key.nulls.is_some() || key.collation.is_some());
    if own || ordered { None } else { index.keys.iter().map(plain_key).collect() }
}
