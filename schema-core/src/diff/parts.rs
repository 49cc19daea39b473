//! What changed within one table.

use std::collections::{BTreeMap, BTreeSet};

use super::naming::Naming;
use super::text::{mentions, same_expression, squeezed};
use super::{Part, TableChange};
use crate::dialect::{TypeChange, type_change};
use crate::ir::{Check, Column, Dialect, ForeignKey, Generated, Index, IndexTarget, PrimaryKey, Table, Unique};

/// The change of a table that stays; `None` when it is the same.
pub(super) fn table_change(dialect: Dialect, naming: &Naming, before: &Table, after: &Table) -> Option<TableChange> {
    let mapped = naming.inside(before);
    let renamed_columns = renamed_columns(naming, before);
    let mut parts: Vec<Part> =
        renamed_columns.iter().map(|(from, to)| Part::RenameColumn { from: from.clone(), to: to.clone() }).collect();
    column_parts(dialect, naming, before, &mapped, after, &mut parts);
    constraint_parts(&mapped, &renamed_columns, after, &mut parts);
    if mapped.comment != after.comment {
        parts.push(Part::SetComment { from: mapped.comment.clone(), to: after.comment.clone() });
    }
    if (mapped.strict, mapped.without_rowid) != (after.strict, after.without_rowid) {
        parts.push(Part::SetOptions);
    }
    if parts.is_empty() && order_differs(&mapped, after) {
        parts.push(Part::ReorderColumns);
    }
    let change = TableChange { from: naming.outside(before), to: after.clone(), renamed_columns, parts };
    (!change.parts.is_empty()).then_some(change)
}

fn renamed_columns(naming: &Naming, before: &Table) -> Vec<(String, String)> {
    let renamed = naming.columns(&before.name).into_iter().flatten().filter(|(old, new)| old != new);
    renamed.map(|(old, new)| (old.clone(), new.clone())).collect()
}

fn column_parts(
    dialect: Dialect,
    naming: &Naming,
    before: &Table,
    mapped: &Table,
    after: &Table,
    parts: &mut Vec<Part>,
) {
    let former: BTreeMap<&String, &Column> = match naming.columns(&before.name) {
        Some(stay) => before
            .columns
            .iter()
            .zip(&mapped.columns)
            .filter_map(|(old, column)| stay.get(&old.name).map(|new| (new, column)))
            .collect(),
        None => BTreeMap::new(),
    };
    for column in &after.columns {
        match former.get(&column.name) {
            None => parts.push(Part::AddColumn(column.clone())),
            Some(old) if same_column(dialect, old, column) => {}
            Some(old) => parts.push(Part::AlterColumn { from: (*old).clone(), to: column.clone() }),
        }
    }
    let stay = naming.columns(&before.name);
    for (old, column) in before.columns.iter().zip(&mapped.columns) {
        if !stay.is_some_and(|stay| stay.contains_key(&old.name)) {
            parts.push(Part::DropColumn(column.clone()));
        }
    }
}

fn order_differs(mapped: &Table, after: &Table) -> bool {
    !mapped.columns.iter().map(|column| &column.name).eq(after.columns.iter().map(|column| &column.name))
}

fn same_column(dialect: Dialect, a: &Column, b: &Column) -> bool {
    type_change(dialect, &a.ty, &b.ty) == TypeChange::Same
        && same_option(a.default.as_deref(), b.default.as_deref())
        && same_generated(a.generated.as_ref(), b.generated.as_ref())
        && (a.nullable, a.identity, &a.collation, &a.comment) == (b.nullable, b.identity, &b.collation, &b.comment)
        && a.identity_options == b.identity_options
}

fn same_option(a: Option<&str>, b: Option<&str>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => same_expression(a, b),
        (a, b) => a == b,
    }
}

/// True when two generated columns are computed in the same way.
pub(crate) fn same_generated(a: Option<&Generated>, b: Option<&Generated>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.stored == b.stored && same_expression(&a.expression, &b.expression),
        (a, b) => a.is_none() && b.is_none(),
    }
}

fn constraint_parts(before: &Table, renamed: &[(String, String)], after: &Table, parts: &mut Vec<Part>) {
    compare(before.primary_key.as_slice(), renamed, after.primary_key.as_slice(), parts);
    compare(&before.uniques, renamed, &after.uniques, parts);
    compare(&before.checks, renamed, &after.checks, parts);
    compare(&before.foreign_keys, renamed, &after.foreign_keys, parts);
    compare(&before.indexes, renamed, &after.indexes, parts);
}

/// Same name and shape: nothing. Same shape: a rename. The rest goes, or appears.
///
/// Expressions still have former column names: one that mentions a renamed column is never the same, whatever its
/// text, since the name may mean another column now (BUGS.md B09).
fn compare<T: Named>(before: &[T], renamed: &[(String, String)], after: &[T], parts: &mut Vec<Part>) {
    let stays = |item: &&T| !item.expressions().iter().any(|text| renamed.iter().any(|(old, _)| mentions(text, old)));
    let known: BTreeMap<&str, String> = before.iter().filter(stays).map(|item| (item.name(), item.shape())).collect();
    let same = |item: &&T| known.get(item.name()).is_some_and(|shape| *shape == item.shape());
    let kept: BTreeSet<&str> = after.iter().filter(same).map(Named::name).collect();
    let differs = |item: &&T| !kept.contains(item.name());

    let mut by_shape: BTreeMap<String, Vec<&T>> = BTreeMap::new();
    for item in before.iter().rev().filter(differs) {
        let shape = if stays(&item) { item.shape() } else { String::new() };
        by_shape.entry(shape).or_default().push(item);
    }
    let mut added = Vec::new();
    for item in after.iter().filter(differs) {
        match by_shape.get_mut(&item.shape()).and_then(Vec::pop) {
            Some(old) => parts.push(T::rename(old.name().to_owned(), item.name().to_owned())),
            None => added.push(item.clone().add()),
        }
    }
    let left: BTreeSet<&str> = by_shape.values().flatten().map(|item| item.name()).collect();
    parts.extend(before.iter().filter(|item| left.contains(item.name())).map(|item| item.clone().drop()));
    parts.append(&mut added);
}

/// A constraint or index: what [`compare`] must know of it.
trait Named: Clone {
    fn name(&self) -> &str;
    /// Everything but the name, in one text.
    fn shape(&self) -> String;
    /// What of it is SQL text.
    fn expressions(&self) -> Vec<&str> {
        Vec::new()
    }
    fn add(self) -> Part;
    fn drop(self) -> Part;
    fn rename(from: String, to: String) -> Part {
        Part::RenameConstraint { from, to }
    }
}

impl Named for PrimaryKey {
    fn name(&self) -> &str {
        &self.name
    }
    fn shape(&self) -> String {
        format!("{:?}", self.columns)
    }
    fn add(self) -> Part {
        Part::AddPrimaryKey(self)
    }
    fn drop(self) -> Part {
        Part::DropPrimaryKey(self)
    }
}

impl Named for Unique {
    fn name(&self) -> &str {
        &self.name
    }
    fn shape(&self) -> String {
        format!("{:?}", Unique { name: String::new(), ..self.clone() })
    }
    fn add(self) -> Part {
        Part::AddUnique(self)
    }
    fn drop(self) -> Part {
        Part::DropUnique(self)
    }
}

impl Named for Check {
    fn name(&self) -> &str {
        &self.name
    }
    fn shape(&self) -> String {
        squeezed(&self.expression)
    }
    fn expressions(&self) -> Vec<&str> {
        vec![&self.expression]
    }
    fn add(self) -> Part {
        Part::AddCheck(self)
    }
    fn drop(self) -> Part {
        Part::DropCheck(self)
    }
}

impl Named for ForeignKey {
    fn name(&self) -> &str {
        &self.name
    }
    fn shape(&self) -> String {
        format!("{:?}", ForeignKey { name: String::new(), ..self.clone() })
    }
    fn add(self) -> Part {
        Part::AddForeignKey(self)
    }
    fn drop(self) -> Part {
        Part::DropForeignKey(self)
    }
}

impl Named for Index {
    fn name(&self) -> &str {
        &self.name
    }
    fn shape(&self) -> String {
        let mut shape = Index { name: String::new(), ..self.clone() };
        for key in &mut shape.keys {
            if let IndexTarget::Expression(expression) = &mut key.target {
                *expression = squeezed(expression);
            }
        }
        shape.predicate = shape.predicate.as_deref().map(squeezed);
        format!("{shape:?}")
    }
    fn expressions(&self) -> Vec<&str> {
        let keys = self.keys.iter().filter_map(|key| match &key.target {
            IndexTarget::Expression(text) => Some(text.as_str()),
            IndexTarget::Column(_) => None,
        });
        keys.chain(self.predicate.as_deref()).collect()
    }
    fn add(self) -> Part {
        Part::AddIndex(self)
    }
    fn drop(self) -> Part {
        Part::DropIndex(self)
    }
    fn rename(from: String, to: String) -> Part {
        Part::RenameIndex { from, to }
    }
}
