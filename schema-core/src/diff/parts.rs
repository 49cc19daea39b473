//! What changed within one table.

use std::collections::{BTreeMap, BTreeSet};

use super::naming::Naming;
use super::text::{mentions, same_expression, squeezed};
use super::{Part, TableChange};
use crate::dialect::{TypeChange, type_change};
use crate::ir::{
    Check, Column, Dialect, Exclusion, ForeignKey, Generated, Index, IndexKey, IndexTarget, PartitionBy, PartitionOf,
    PrimaryKey, ReplicaIdentity, Table, Unique,
};

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
    let options = |table: &Table| {
        let texts = [&table.charset, &table.collation].map(Clone::clone);
        (table.strict, table.without_rowid, texts, table.partitioning.as_deref().map(squeezed))
    };
    if options(&mapped) != options(after) {
        parts.push(Part::SetOptions);
    }
    table_parts(&mapped, after, &mut parts);
    if parts.is_empty() && order_differs(&mapped, after) {
        parts.push(Part::ReorderColumns);
    }
    let change = TableChange { from: naming.outside(before), to: after.clone(), renamed_columns, parts };
    (!change.parts.is_empty()).then_some(change)
}

/// What holds for the table as a whole.
fn table_parts(before: &Table, after: &Table, parts: &mut Vec<Part>) {
    if before.partition_by.as_ref().map(partition_shape) != after.partition_by.as_ref().map(partition_shape) {
        parts.push(Part::SetPartitionBy { from: before.partition_by.clone(), to: after.partition_by.clone() });
    }
    if !same_partition(before.partition_of.as_ref(), after.partition_of.as_ref()) {
        parts.push(Part::SetPartitionOf { from: before.partition_of.clone(), to: after.partition_of.clone() });
    }
    if before.inherits != after.inherits {
        parts.push(Part::SetInherits { from: before.inherits.clone(), to: after.inherits.clone() });
    }
    if before.unlogged != after.unlogged {
        parts.push(Part::SetUnlogged(after.unlogged));
    }
    if before.storage != after.storage {
        parts.push(Part::SetStorage { from: before.storage.clone(), to: after.storage.clone() });
    }
    if before.row_security != after.row_security {
        parts.push(Part::SetRowSecurity(after.row_security));
    }
    if before.force_row_security != after.force_row_security {
        parts.push(Part::ForceRowSecurity(after.force_row_security));
    }
    let (from, to) = (renamed_identity(before, parts), after.replica_identity.clone());
    if from != to {
        parts.push(Part::SetReplicaIdentity { from, to });
    }
}

/// The replica identity, with its index under the name that it gets.
fn renamed_identity(before: &Table, parts: &[Part]) -> Option<ReplicaIdentity> {
    let identity = before.replica_identity.clone()?;
    let ReplicaIdentity::Index(name) = &identity else { return Some(identity) };
    let renamed = parts.iter().find_map(|part| match part {
        Part::RenameIndex { from, to } | Part::RenameConstraint { from, to } if from == name => Some(to.clone()),
        _ => None,
    });
    Some(renamed.map_or(identity, ReplicaIdentity::Index))
}

fn same_partition(a: Option<&PartitionOf>, b: Option<&PartitionOf>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.parent == b.parent && same_expression(&a.bound, &b.bound),
        (a, b) => a.is_none() && b.is_none(),
    }
}

fn partition_shape(by: &PartitionBy) -> String {
    format!("{:?} {:?}", by.strategy, by.keys.iter().cloned().map(squeezed_key).collect::<Vec<_>>())
}

fn squeezed_key(mut key: IndexKey) -> IndexKey {
    if let IndexTarget::Expression(expression) = &mut key.target {
        *expression = squeezed(expression);
    }
    key
}

fn renamed_columns(naming: &Naming, before: &Table) -> Vec<(String, String)> {
    naming.columns(before).into_owned().into_iter().filter(|(old, new)| old != new).collect()
}

fn column_parts(
    dialect: Dialect,
    naming: &Naming,
    before: &Table,
    mapped: &Table,
    after: &Table,
    parts: &mut Vec<Part>,
) {
    let stay = naming.columns(before);
    let former: BTreeMap<&String, &Column> = before
        .columns
        .iter()
        .zip(&mapped.columns)
        .filter_map(|(old, column)| stay.get(&old.name).map(|new| (new, column)))
        .collect();
    for column in &after.columns {
        match former.get(&column.name) {
            None => parts.push(Part::AddColumn(column.clone())),
            Some(old) if same_column(dialect, old, column) => {}
            Some(old) => parts.push(Part::AlterColumn { from: (*old).clone(), to: column.clone() }),
        }
    }
    for (old, column) in before.columns.iter().zip(&mapped.columns) {
        if !stay.contains_key(&old.name) {
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
        && a.charset == b.charset
        && same_option(a.on_update.as_deref(), b.on_update.as_deref())
        && (&a.storage, &a.compression, a.statistics) == (&b.storage, &b.compression, b.statistics)
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
    compare(&before.exclusions, renamed, &after.exclusions, parts);
    compare(&before.foreign_keys, renamed, &after.foreign_keys, parts);
    compare(&before.indexes, renamed, &after.indexes, parts);
}

/// Same name and shape: nothing. Same shape: a rename. The rest goes, or appears. One that was not valid only has to be
/// validated, while nothing makes a valid one invalid again.
///
/// Expressions still have former column names: one that mentions a renamed column is never the same, whatever its
/// text, since the name may mean another column now (BUGS.md B09).
fn compare<T: Named>(before: &[T], renamed: &[(String, String)], after: &[T], parts: &mut Vec<Part>) {
    let stays = |item: &&T| !item.expressions().iter().any(|text| renamed.iter().any(|(old, _)| mentions(text, old)));
    let known: BTreeMap<&str, &T> = before.iter().filter(stays).map(|item| (item.name(), item)).collect();
    let becomes = |old: &T, new: &T| old.shape() == new.shape() && (old.is_unchecked() || !new.is_unchecked());
    let former = |item: &T| known.get(item.name()).copied().filter(|old| becomes(old, item));
    let kept: BTreeSet<&str> = after.iter().filter(|item| former(item).is_some()).map(Named::name).collect();
    let differs = |item: &&T| !kept.contains(item.name());

    let mut gone: Vec<&T> = before.iter().filter(differs).collect();
    let mut added = Vec::new();
    for item in after {
        let mut old = former(item);
        if old.is_none()
            && let Some(at) = gone.iter().position(|old| stays(old) && becomes(old, item))
        {
            let renamed = gone.remove(at);
            parts.push(T::rename(renamed.name().to_owned(), item.name().to_owned()));
            old = Some(renamed);
        }
        match old {
            None => added.push(item.clone().add()),
            Some(old) if old.is_unchecked() && !item.is_unchecked() => {
                parts.push(Part::Validate(item.name().to_owned()));
            }
            Some(_) => {}
        }
    }
    parts.extend(gone.into_iter().cloned().map(Named::drop));
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
    /// NOT VALID.
    fn is_unchecked(&self) -> bool {
        false
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
        format!("{:?}", PrimaryKey { name: String::new(), ..self.clone() })
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
        let expression = squeezed(&self.expression);
        format!("{:?}", Check { name: String::new(), expression, not_valid: false, ..self.clone() })
    }
    fn is_unchecked(&self) -> bool {
        self.not_valid
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

impl Named for Exclusion {
    fn name(&self) -> &str {
        &self.name
    }
    fn shape(&self) -> String {
        let mut shape = Exclusion { name: String::new(), ..self.clone() };
        for element in &mut shape.elements {
            element.key = squeezed_key(element.key.clone());
        }
        shape.predicate = shape.predicate.as_deref().map(squeezed);
        format!("{shape:?}")
    }
    fn expressions(&self) -> Vec<&str> {
        let keys = self.elements.iter().filter_map(|element| key_expression(&element.key));
        keys.chain(self.predicate.as_deref()).collect()
    }
    fn add(self) -> Part {
        Part::AddExclusion(self)
    }
    fn drop(self) -> Part {
        Part::DropExclusion(self)
    }
}

fn key_expression(key: &IndexKey) -> Option<&str> {
    match &key.target {
        IndexTarget::Expression(text) => Some(text),
        IndexTarget::Column(_) => None,
    }
}

impl Named for ForeignKey {
    fn name(&self) -> &str {
        &self.name
    }
    fn shape(&self) -> String {
        format!("{:?}", ForeignKey { name: String::new(), not_valid: false, ..self.clone() })
    }
    fn is_unchecked(&self) -> bool {
        self.not_valid
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
        shape.keys = shape.keys.into_iter().map(squeezed_key).collect();
        shape.predicate = shape.predicate.as_deref().map(squeezed);
        format!("{shape:?}")
    }
    fn expressions(&self) -> Vec<&str> {
        self.keys.iter().filter_map(key_expression).chain(self.predicate.as_deref()).collect()
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
