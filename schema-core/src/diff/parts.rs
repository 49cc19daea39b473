//! What changed within one table.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::naming::Naming;
use super::reading::Reading;
use super::text::{same_expression, squeezed};
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
    let reading = Reading::new(dialect, &renamed_columns);
    column_parts((dialect, &reading), naming, before, &mapped, after, &mut parts);
    constraint_parts(&mapped, &reading, after, &mut parts);
    if mapped.comment != after.comment {
        parts.push(Part::SetComment { from: mapped.comment.clone(), to: after.comment.clone() });
    }
    let pairs = options(&mapped).into_iter().zip(options(after));
    let (from, to): (Vec<_>, Vec<_>) = pairs.filter(|(from, to)| from != to).unzip();
    if !from.is_empty() {
        parts.push(Part::SetOptions { from: from.concat(), to: to.concat() });
    }
    table_parts(&mapped, &reading, after, &mut parts);
    if parts.is_empty() && order_differs(&mapped, after) {
        parts.push(Part::ReorderColumns);
    }
    let change = TableChange { from: naming.outside(before), to: after.clone(), renamed_columns, parts };
    (!change.parts.is_empty()).then_some(change)
}

/// What SQLite, MariaDB and MySQL say behind the columns: one place for each option, empty where it isn't said.
fn options(table: &Table) -> [Vec<String>; 5] {
    let said = |is: bool, word: &str| is.then(|| word.to_owned()).into_iter().collect();
    let named = |word: &str, name: &Option<String>| name.iter().map(|name| format!("{word} {name}")).collect();
    [
        said(table.strict, "STRICT"),
        said(table.without_rowid, "WITHOUT ROWID"),
        named("CHARACTER SET", &table.charset),
        named("COLLATE", &table.collation),
        table.partitioning.as_deref().map(squeezed).into_iter().collect(),
    ]
}

/// What holds for the table as a whole.
fn table_parts(before: &Table, reading: &Reading<'_>, after: &Table, parts: &mut Vec<Part>) {
    let former = before.partition_by.as_ref().map(|by| partition_shape(by, &|text| reading.before(text)));
    let later = after.partition_by.as_ref().map(|by| partition_shape(by, &|text| Some(reading.after(text))));
    if former != later {
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

fn partition_shape(by: &PartitionBy, read: Read<'_>) -> Option<String> {
    let keys = by.keys.iter().map(|key| read_key(key, read)).collect::<Option<Vec<_>>>()?;
    Some(format!("{:?} {keys:?}", by.strategy))
}

/// An expression as it is compared; `None` where it is like no other.
type Read<'a> = &'a dyn Fn(&str) -> Option<String>;

fn read_key(key: &IndexKey, read: Read<'_>) -> Option<IndexKey> {
    let mut key = key.clone();
    if let IndexTarget::Expression(expression) = &mut key.target {
        *expression = read(expression)?;
    }
    Some(key)
}

fn read_option(text: Option<&str>, read: Read<'_>) -> Option<Option<String>> {
    text.map_or(Some(None), |text| read(text).map(Some))
}

fn renamed_columns(naming: &Naming, before: &Table) -> Vec<(String, String)> {
    naming.columns(before).into_owned().into_iter().filter(|(old, new)| old != new).collect()
}

fn column_parts(
    (dialect, reading): (Dialect, &Reading<'_>),
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
        let Some(old) = former.get(&column.name) else {
            parts.push(Part::AddColumn(column.clone()));
            continue;
        };
        let mut old = Cow::Borrowed(*old);
        if let Some(generated) = &old.generated {
            let generated = reading.generated(generated, column.generated.as_ref());
            old.to_mut().generated = Some(generated);
        }
        if !same_column(dialect, &old, column) {
            parts.push(Part::AlterColumn { from: old.into_owned(), to: column.clone() });
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

fn constraint_parts(before: &Table, reading: &Reading<'_>, after: &Table, parts: &mut Vec<Part>) {
    compare(before.primary_key.as_slice(), reading, after.primary_key.as_slice(), parts);
    compare(&before.uniques, reading, &after.uniques, parts);
    compare(&before.checks, reading, &after.checks, parts);
    compare(&before.exclusions, reading, &after.exclusions, parts);
    compare(&before.foreign_keys, reading, &after.foreign_keys, parts);
    compare(&before.indexes, reading, &after.indexes, parts);
}

/// Same name and shape: nothing. Same shape: a rename. The rest goes, or appears. One that was not valid only has to be
/// validated, while nothing makes a valid one invalid again.
fn compare<T: Named>(before: &[T], reading: &Reading<'_>, after: &[T], parts: &mut Vec<Part>) {
    let (read_before, read_after) = (|text: &str| reading.before(text), |text: &str| Some(reading.after(text)));
    let is_like = |old: &T, new: &T| old.shape(&read_before).is_some_and(|shape| new.shape(&read_after) == Some(shape));
    let becomes = |old: &T, new: &T| (old.is_unchecked() || !new.is_unchecked()) && is_like(old, new);
    let known: BTreeMap<&str, &T> = before.iter().map(|item| (item.name(), item)).collect();
    let former = |item: &T| known.get(item.name()).copied().filter(|old| becomes(old, item));
    let kept: BTreeSet<&str> = after.iter().filter(|item| former(item).is_some()).map(Named::name).collect();
    let differs = |item: &&T| !kept.contains(item.name());

    let mut gone: Vec<&T> = before.iter().filter(differs).collect();
    let mut added = Vec::new();
    for item in after {
        let mut old = former(item);
        if old.is_none()
            && let Some(at) = gone.iter().position(|old| becomes(old, item))
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
    /// Everything but the name, in one text; `None` where an expression is like no other.
    fn shape(&self, read: Read<'_>) -> Option<String>;
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
    fn shape(&self, _: Read<'_>) -> Option<String> {
        Some(format!("{:?}", PrimaryKey { name: String::new(), ..self.clone() }))
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
    fn shape(&self, _: Read<'_>) -> Option<String> {
        Some(format!("{:?}", Unique { name: String::new(), ..self.clone() }))
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
    fn shape(&self, read: Read<'_>) -> Option<String> {
        let expression = read(&self.expression)?;
        Some(format!("{:?}", Check { name: String::new(), expression, not_valid: false, ..self.clone() }))
    }
    fn is_unchecked(&self) -> bool {
        self.not_valid
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
    fn shape(&self, read: Read<'_>) -> Option<String> {
        let mut shape = Exclusion { name: String::new(), ..self.clone() };
        for element in &mut shape.elements {
            element.key = read_key(&element.key, read)?;
        }
        shape.predicate = read_option(shape.predicate.as_deref(), read)?;
        Some(format!("{shape:?}"))
    }
    fn add(self) -> Part {
        Part::AddExclusion(self)
    }
    fn drop(self) -> Part {
        Part::DropExclusion(self)
    }
}

impl Named for ForeignKey {
    fn name(&self) -> &str {
        &self.name
    }
    fn shape(&self, _: Read<'_>) -> Option<String> {
        Some(format!("{:?}", ForeignKey { name: String::new(), not_valid: false, ..self.clone() }))
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
    fn shape(&self, read: Read<'_>) -> Option<String> {
        let mut shape = Index { name: String::new(), ..self.clone() };
        shape.keys = shape.keys.iter().map(|key| read_key(key, read)).collect::<Option<_>>()?;
        shape.predicate = read_option(shape.predicate.as_deref(), read)?;
        Some(format!("{shape:?}"))
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
