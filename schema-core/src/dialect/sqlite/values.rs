//! What a rebuild puts into each column of the new table, and what must hold of the old values first.

use std::collections::BTreeMap;

use super::create;
use super::keep::Aside;
use super::types::Affinity;
use crate::dialect::{literal, parenthesised, quote};
use crate::ir::{Column, SqlType, Table};

/// What the source says about existing rows, by column.
#[derive(Debug, Default)]
pub(super) struct Fills {
    /// Expressions for new columns, and for NULLs that become NOT NULL.
    pub(super) values: BTreeMap<String, String>,
    /// What happens to the labels of enums.
    pub(super) labels: BTreeMap<String, LabelMap>,
    /// Columns whose values are kept: they go there, or come back.
    pub(super) kept: BTreeMap<String, Aside>,
    /// What must hold first: sentences with their conditions.
    pub(super) needs: Vec<(String, String)>,
}

impl Fills {
    /// Statements before the table changes: what goes is put aside.
    pub(super) fn before(&self, from: &Table, to: &Table) -> Vec<String> {
        let gone = self.kept.iter().filter(|(name, _)| from.column(name).is_some() && to.column(name).is_none());
        let labels = self.labels.iter().filter_map(|(name, map)| {
            let (aside, Way::There) = map.kept.as_ref()? else { return None };
            let labels: Vec<String> = map.held.iter().map(|(label, _)| literal(label)).collect();
            Some(aside.made(Some(&format!("{} COLLATE BINARY IN ({})", quote(name), labels.join(", ")))))
        });
        gone.flat_map(|(_, aside)| aside.made(None)).chain(labels.flatten()).collect()
    }

    /// Statements after it has: what came back is kept no longer.
    pub(super) fn after(&self, from: &Table, to: &Table) -> Vec<String> {
        self.back(from, to).into_iter().flat_map(Aside::removed).collect()
    }

    /// What comes back.
    pub(super) fn back(&self, from: &Table, to: &Table) -> Vec<&Aside> {
        let columns = self.kept.iter().filter(|(name, _)| from.column(name).is_none() && to.column(name).is_some());
        let labels = self.labels.values().filter_map(|map| match map.kept.as_ref()? {
            (aside, Way::Back) => Some(aside),
            (_, Way::There) => None,
        });
        columns.map(|(_, aside)| aside).chain(labels).collect()
    }
}

/// What happens to the labels in one column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LabelMap {
    /// (former, new).
    pub(super) mapped: Vec<(String, String)>,
    /// Labels that go and are mapped to nothing: no row may hold them.
    pub(super) refused: Vec<String>,
    /// Labels whose rows are kept, with what those rows get.
    pub(super) held: Vec<(String, String)>,
    /// Where they are kept, and which way they go.
    pub(super) kept: Option<(Aside, Way)>,
}

/// Whether labels are put aside or put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    There,
    Back,
}

/// One column of the copy.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) column: String,
    /// The expression over the old table's row.
    pub(super) expression: String,
    /// The same before any conversion.
    pub(super) source: String,
    /// A conversion that must not change any value: the affinity that the new column has.
    pub(super) converted: Option<Conversion>,
    /// (sentence, condition) over the old table.
    pub(super) guards: Vec<(String, String)>,
}

/// What a changed declared type does to values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conversion {
    pub(super) affinity: Affinity,
    /// Values of another storage class are refused.
    pub(super) exact: bool,
}

/// The columns to insert, in order. Generated columns compute themselves, and a new column that nothing fills
/// is NULL by itself.
pub(super) fn copied(from: &Table, to: &Table, fills: &Fills) -> Vec<Value> {
    let plain = to.columns.iter().filter(|column| column.generated.is_none());
    let mut values = rowid(from, to).into_iter().collect::<Vec<_>>();
    values.extend(plain.filter_map(|column| match from.column(&column.name) {
        Some(old) => Some(kept(from, to, old, column, fills)),
        None => added(from, to, column, fills),
    }));
    if values.is_empty() {
        // Nothing is taken over but the number of rows.
        values.extend(to.columns.first().map(|column| bare(&column.name, "NULL".to_owned())));
    }
    values
}

/// The name under which a row's hidden number can be read and written: one that is no column's.
pub(super) fn rowid_name(tables: [&Table; 2]) -> Option<&'static str> {
    let taken = |name: &&str| {
        !tables.iter().any(|table| table.columns.iter().any(|column| column.name.eq_ignore_ascii_case(name)))
    };
    ["rowid", "_rowid_", "oid"].into_iter().find(taken)
}

/// Rows keep their numbers, which other data may hold (HAZARDS.md row 56c).
fn rowid(from: &Table, to: &Table) -> Option<Value> {
    if from.without_rowid || to.without_rowid || create::rowid_alias(to).is_some() {
        return None;
    }
    rowid_name([from, to]).map(|name| bare(name, name.to_owned()))
}

fn bare(column: &str, expression: String) -> Value {
    Value { column: column.to_owned(), source: expression.clone(), expression, converted: None, guards: Vec::new() }
}

fn kept(from: &Table, to: &Table, old: &Column, new: &Column, fills: &Fills) -> Value {
    let name = &new.name;
    let mut value = bare(name, quote(name));
    if let Some(map) = fills.labels.get(name) {
        value.expression = mapped(name, map);
        value.source.clone_from(&value.expression);
        value.guards.extend(refused(&to.name.name, name, map));
        if let Some((aside, Way::Back)) = &map.kept {
            value.guards.push(aside.is_there());
            value.expression = aside.label_or(&map.held, &value.expression);
            value.source.clone_from(&value.expression);
        }
    }
    let (before, after) = (Affinity::of_type(&old.ty), Affinity::of_type(&new.ty));
    if before != after || (to.strict && !from.strict) {
        value.expression = match (before, after) {
            (Affinity::Text, Affinity::Blob) => format!("CAST({} AS BLOB)", value.expression),
            (Affinity::Blob, Affinity::Text) => format!("CAST({} AS TEXT)", value.expression),
            _ => value.expression,
        };
        value.converted = conversion(to, new, after);
    }
    if old.nullable && !new.nullable {
        match fills.values.get(name) {
            Some(fill) => value.expression = format!("coalesce({}, {})", value.expression, parenthesised(fill)),
            None => value.guards.push((
                format!("table `{}`: column `{name}` holds NULL, which NOT NULL forbids", to.name.name),
                format!("NOT EXISTS (SELECT 1 FROM {} WHERE {} IS NULL)", quote(&to.name.name), quote(name)),
            )),
        }
    }
    value
}

/// NUMERIC and BLOB columns keep what they can't convert; a STRICT table's types and the others are exact, since
/// what reads them expects it.
fn conversion(to: &Table, column: &Column, affinity: Affinity) -> Option<Conversion> {
    let any = matches!(&column.ty, SqlType::Builtin(text) if to.strict && text.eq_ignore_ascii_case("ANY"));
    let exact = to.strict || !matches!(affinity, Affinity::Numeric | Affinity::Blob);
    (!any).then_some(Conversion { affinity, exact })
}

fn mapped(column: &str, map: &LabelMap) -> String {
    let name = quote(column);
    if map.mapped.is_empty() {
        return name;
    }
    let arms = map.mapped.iter().map(|(from, to)| format!(" WHEN {} THEN {}", literal(from), literal(to)));
    format!("CASE {name} COLLATE BINARY{} ELSE {name} END", arms.collect::<String>())
}

fn refused(table: &str, column: &str, map: &LabelMap) -> Vec<(String, String)> {
    let one = |label: &String| {
        (
            format!("table `{table}`: column `{column}` still holds the label `{label}`, which goes"),
            format!(
                "NOT EXISTS (SELECT 1 FROM {} WHERE {} = {} COLLATE BINARY)",
                quote(table),
                quote(column),
                literal(label)
            ),
        )
    };
    map.refused.iter().map(one).collect()
}

fn added(from: &Table, to: &Table, column: &Column, fills: &Fills) -> Option<Value> {
    let name = &column.name;
    if let Some(aside) = fills.kept.get(name) {
        return Some(back(aside, column, fills));
    }
    if let Some(fill) = fills.values.get(name) {
        return Some(bare(name, parenthesised(fill)));
    }
    if let Some(default) = &column.default {
        return Some(bare(name, parenthesised(default)));
    }
    if create::rowid_alias(to) == Some(name.as_str()) {
        // The number that the row has anyhow becomes its key; without one, SQLite counts.
        return rowid_name([from, to]).filter(|_| !from.without_rowid).map(|rowid| bare(name, rowid.to_owned()));
    }
    if column.nullable {
        return None;
    }
    let table = &to.name.name;
    let mut value = bare(name, "NULL".to_owned());
    value.guards.push((
        format!("table `{table}` holds rows, and nothing says what they get in the NOT NULL column `{name}`"),
        format!("NOT EXISTS (SELECT 1 FROM {})", quote(table)),
    ));
    Some(value)
}

/// A column that was kept. Rows that came in between get what is stated, or the default.
fn back(aside: &Aside, column: &Column, fills: &Fills) -> Value {
    let other = fills.values.get(&column.name).or(column.default.as_ref());
    let mut value =
        bare(&column.name, aside.value_or(&other.map_or_else(|| "NULL".to_owned(), |sql| parenthesised(sql))));
    value.guards.push(aside.is_there());
    if other.is_none() && !column.nullable {
        value.guards.push(aside.has_all());
    }
    value
}

/// The condition that a value, before and after conversion, is the same: converted back it equals itself, and its
/// storage class is the new type's ('007' to 7 is refused, HAZARDS.md row 14).
pub(super) fn unchanged(old: &str, new: &str, conversion: Conversion) -> String {
    let mut text = format!("CAST({new} AS TEXT) = {old}");
    if conversion.affinity == Affinity::Real {
        text = format!("{text} OR CAST(CAST({new} AS INTEGER) AS TEXT) = {old}");
    }
    let same = format!(
        "CASE typeof({old}) WHEN 'null' THEN 1 WHEN 'integer' THEN CAST({new} AS INTEGER) = {old} WHEN 'real' THEN \
         CAST({new} AS REAL) = {old} WHEN 'text' THEN {text} ELSE CAST({new} AS BLOB) = {old} END"
    );
    let class = match conversion.affinity {
        Affinity::Integer => "integer",
        Affinity::Real => "real",
        Affinity::Text => "text",
        Affinity::Blob => "blob",
        Affinity::Numeric => return same,
    };
    if conversion.exact { format!("typeof({new}) IN ('null', '{class}') AND {same}") } else { same }
}
