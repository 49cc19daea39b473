use super::*;
use crate::ir::{Check, Column, Dialect, EnumType, Index, IndexKey, ObjectName, SqlType, Table};

fn name(text: &str) -> ObjectName {
    ObjectName::qualified("public", text)
}

fn column(text: &str, ty: &str) -> Column {
    Column::new(text, SqlType::builtin(ty))
}

/// A table `t` of these columns, and an enum of these labels.
fn schema(columns: &[(&str, &str)], labels: &[&str]) -> Schema {
    let mut schema = Schema::empty(Dialect::Postgres);
    let mut table = Table::new(name("t"));
    table.columns = columns.iter().map(|(name, ty)| column(name, ty)).collect();
    schema.tables.insert(name("t"), table);
    let labels = labels.iter().map(|label| (*label).to_owned()).collect();
    schema.enums.insert(name("mood"), EnumType { name: name("mood"), labels, comment: None });
    schema
}

fn base() -> Schema {
    schema(&[("id", "bigint"), ("email", "text")], &["ok", "bad"])
}

fn changed(change: impl Fn(&mut Table)) -> Schema {
    let mut schema = base();
    schema.tables.values_mut().for_each(change);
    schema
}

fn clashes(first: &Schema, second: &Schema) -> Vec<String> {
    let merged = merge(&base(), first, second);
    let said = |it: &Clash| {
        format!("{}: {} / {}{}", it.subject(), it.first, it.second, if it.is_same { " (same)" } else { "" })
    };
    merged.clashes.iter().map(said).collect()
}

#[test]
fn what_only_one_changes_is_taken_from_it() {
    let first = changed(|table| table.columns.push(column("a", "text")));
    let second = changed(|table| {
        table.columns.push(column("b", "text"));
        table.columns[1].nullable = true;
        table.checks.push(Check::new("c", "id > 0"));
        table.indexes.push(Index::new("i", vec![IndexKey::column("email")]));
    });
    let merged = merge(&base(), &first, &second);
    assert_eq!(merged.clashes, []);
    let table = &merged.schema.tables[&name("t")];
    let columns: Vec<_> = table.columns.iter().map(|column| (column.name.as_str(), column.nullable)).collect();
    assert_eq!(columns, [("id", false), ("email", true), ("a", false), ("b", false)]);
    assert_eq!((table.checks.len(), table.indexes.len()), (1, 1));
    let back = merge(&base(), &second, &first).schema;
    assert_eq!(back.tables[&name("t")].columns.len(), 4);
}

#[test]
fn objects_come_and_go_on_either_side() {
    let mut first = base();
    first.enums.clear();
    first.namespaces.insert("a".to_owned());
    let mut second = base();
    let other = Table::new(name("other"));
    second.tables.insert(other.name.clone(), other);
    second.namespaces.insert("b".to_owned());
    let merged = merge(&base(), &first, &second);
    assert_eq!(merged.clashes, []);
    assert!(merged.schema.enums.is_empty());
    assert_eq!(merged.schema.tables.len(), 2);
    assert_eq!(merged.schema.namespaces.len(), 2);
}

#[test]
fn what_both_change_otherwise_is_a_clash_with_both_values() {
    let first = changed(|table| table.columns[1].ty = SqlType::builtin("varchar(50)"));
    let second = changed(|table| table.columns[1].ty = SqlType::builtin("bigint"));
    assert_eq!(clashes(&first, &second), ["table t: column email: type: varchar(50) / bigint"]);
    let gone = changed(|table| drop(table.columns.pop()));
    assert_eq!(clashes(&first, &gone), ["table t: column email: changed / gone"]);
    let mut no_table = base();
    no_table.tables.clear();
    assert_eq!(clashes(&no_table, &first), ["table t: gone / changed"]);
}

#[test]
fn what_both_change_alike_is_said_and_taken_once() {
    let first = changed(|table| table.columns.push(column("a", "text")));
    assert_eq!(clashes(&first, &first), ["table t: column a: changed / changed (same)"]);
    assert_eq!(merge(&base(), &first, &first).schema, first);
    let other = changed(|table| table.columns.push(column("a", "bigint")));
    assert_eq!(clashes(&first, &other), ["table t: column a: changed / changed"]);
}

#[test]
fn labels_that_both_add_stand_where_statements_in_turn_put_them() {
    let labels = |labels: &[&str]| schema(&[("id", "bigint"), ("email", "text")], labels);
    let merged = |first: &[&str], second: &[&str]| {
        let merged = merge(&base(), &labels(first), &labels(second));
        (merged.schema.enums[&name("mood")].labels.join(" "), merged.clashes.len())
    };
    assert_eq!(merged(&["ok", "bad", "x"], &["ok", "bad", "y"]), ("ok bad y x".to_owned(), 0));
    assert_eq!(merged(&["new", "ok", "bad"], &["ok", "mid", "bad"]), ("new ok mid bad".to_owned(), 0));
    assert_eq!(merged(&["ok", "bad", "x"], &["ok"]).1, 1);
    assert_eq!(merged(&["bad", "ok"], &["ok", "bad", "y"]).1, 1);
}

#[test]
fn without_a_change_of_one_side_the_other_is_the_result() {
    let other = schema(&[("id", "integer")], &["ok"]);
    assert_eq!(merge(&base(), &base(), &other), Merged { schema: other.clone(), clashes: vec![] });
    assert_eq!(merge(&base(), &other, &base()), Merged { schema: other, clashes: vec![] });
}
