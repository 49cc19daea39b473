//! What earlier statements made, as far as they were seen: a name that is not here may still exist.

mod alter;
mod constraints;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use super::source::Statement;
use super::statement::{
    ColumnDef, Constraint, ConstraintKind, CreateIndex, CreateTable, Domain, DomainEdit, Kind, Named, NewIndex,
    TypeEdit,
};
use crate::dialect::parse_type;
use crate::ir::{Dialect, ObjectName, SqlType};
use crate::objects::Reader;
use alter::Names;
pub(super) use alter::in_turn;
use constraints::Constraints;
pub(super) use constraints::Known;
use table::known;
pub(super) use table::{Column, Table};

/// What is known before a statement.
#[derive(Clone, Debug)]
pub(super) struct History {
    dialect: Dialect,
    /// The file at hand, counted from 1.
    pub(super) file: usize,
    tables: BTreeMap<ObjectName, Table>,
    indexes: BTreeMap<ObjectName, Index>,
    domains: BTreeMap<ObjectName, Domain>,
    /// Whatever else has a name, by the file that made it.
    others: BTreeMap<ObjectName, usize>,
    /// What was dropped and not made again, but for tables and indexes.
    gone: BTreeSet<ObjectName>,
    /// Indexes that went, by the file that dropped them.
    dropped_indexes: BTreeMap<ObjectName, usize>,
    /// What the file at hand renamed: its name by now, and the one before.
    renamed: BTreeMap<ObjectName, ObjectName>,
    /// Foreign keys that went and did not come again: table and columns, by the file that dropped them.
    dropped_keys: BTreeMap<(ObjectName, Vec<String>), usize>,
    /// Tables and columns that got other names, in order.
    renames: Vec<Renamed>,
}

#[derive(Clone, Debug)]
enum Renamed {
    Table(ObjectName, ObjectName),
    /// Of the table.
    Columns(ObjectName, Names),
}

#[derive(Clone, Debug)]
pub(super) struct Index {
    pub(super) table: ObjectName,
    pub(super) leading: Vec<String>,
    pub(super) method: Option<&'static str>,
}

impl History {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            file: 0,
            tables: BTreeMap::new(),
            indexes: BTreeMap::new(),
            domains: BTreeMap::new(),
            others: BTreeMap::new(),
            gone: BTreeSet::new(),
            dropped_indexes: BTreeMap::new(),
            renamed: BTreeMap::new(),
            dropped_keys: BTreeMap::new(),
            renames: Vec::new(),
        }
    }

    pub(super) fn table(&self, name: &ObjectName) -> Option<&Table> {
        self.tables.get(name)
    }

    pub(super) fn index(&self, name: &ObjectName) -> Option<&Index> {
        self.indexes.get(name)
    }

    /// Indexes of a table by their names, but for those that are constraints.
    pub(super) fn indexes_of(&self, table: &ObjectName) -> impl Iterator<Item = (&String, &Index)> {
        self.indexes.iter().filter(move |(_, index)| index.table == *table).map(|(name, index)| (&name.name, index))
    }

    /// Whether the file at hand made the table, so that nobody else uses it.
    pub(super) fn is_new(&self, table: &ObjectName) -> bool {
        super::statement::is_temporary(table) || self.table(table).is_some_and(|table| table.made == Some(self.file))
    }

    /// Whether the file at hand made whatever has the name.
    pub(super) fn is_new_object(&self, name: &ObjectName) -> bool {
        self.is_new(name) || self.others.get(name) == Some(&self.file)
    }

    /// Whether the file at hand added the column.
    pub(super) fn is_new_column(&self, table: &ObjectName, column: &str) -> bool {
        self.is_new(table) || self.column(table, column).is_some_and(|column| column.added == Some(self.file))
    }

    pub(super) fn column(&self, table: &ObjectName, column: &str) -> Option<&Column> {
        self.table(table)?.columns.get(column)
    }

    pub(super) fn constraint(&self, table: &ObjectName, named: &Named) -> Option<&Known> {
        self.table(table)?.constraints.get(named)
    }

    pub(super) fn is_partitioned(&self, table: &ObjectName) -> bool {
        self.table(table).is_some_and(|table| table.partitioned)
    }

    /// Whether the type is, or is made of, a domain that refuses values.
    pub(super) fn refuses(&self, type_text: &str) -> bool {
        self.domain(type_text).is_some_and(|domain| domain.refuses)
    }

    /// What values of the type are stored as: what a domain is made of, and the types that files made by their names.
    pub(super) fn stored_type(&self, type_text: &str) -> Option<SqlType> {
        if let Some(domain) = self.domain(type_text) {
            return parse_type(Dialect::Postgres, &domain.base).ok();
        }
        match named(type_text) {
            Some(name) if self.others.contains_key(&name) => Some(SqlType::Named(name)),
            _ => parse_type(Dialect::Postgres, type_text).ok(),
        }
    }

    fn domain(&self, type_text: &str) -> Option<&Domain> {
        self.domains.get(&named(type_text)?)
    }

    /// Whether a valid check says that the column is not null.
    pub(super) fn is_proven_not_null(&self, table: &ObjectName, column: &str) -> bool {
        let proves = |known: &Known| {
            known.valid
                && match &known.kind {
                    ConstraintKind::Check { not_null } => not_null.as_deref() == Some(column),
                    ConstraintKind::NotNull { column: named } => named == column,
                    _ => false,
                }
        };
        self.table(table).is_some_and(|table| table.constraints.values().any(proves))
    }

    /// How many files ago the index of that name went; 0 is this one.
    pub(super) fn index_went(&self, name: &ObjectName) -> Option<usize> {
        self.dropped_indexes.get(name).map(|file| self.file - file)
    }

    /// How many files ago a foreign key of the same columns went.
    pub(super) fn key_went(&self, table: &ObjectName, columns: &[String]) -> Option<usize> {
        self.dropped_keys.get(&(table.clone(), columns.to_vec())).map(|file| self.file - file)
    }

    /// Foreign keys of a table that are known: their columns and parents.
    pub(super) fn foreign_keys(&self, table: &ObjectName) -> impl Iterator<Item = (&[String], &ObjectName)> {
        let constraints = self.table(table).into_iter().flat_map(|table| table.constraints.values());
        constraints.filter_map(|known| match &known.kind {
            ConstraintKind::ForeignKey { columns, parent, .. } => Some((columns.as_slice(), parent)),
            _ => None,
        })
    }

    /// What a table of an earlier moment and columns of it are called here.
    pub(super) fn called_by_now(
        &self,
        earlier: &Self,
        table: &ObjectName,
        columns: &[String],
    ) -> (ObjectName, Vec<String>) {
        let (mut table, mut columns) = (table.clone(), columns.to_vec());
        for renamed in self.renames.iter().skip(earlier.renames.len()) {
            match renamed {
                Renamed::Table(from, to) if *from == table => table.clone_from(to),
                Renamed::Columns(of, names) if *of == table => alter::rename_each(&mut columns, names),
                Renamed::Table(..) | Renamed::Columns(..) => {}
            }
        }
        (table, columns)
    }

    /// Whether an index other than the named one starts with the columns, in whatever order.
    pub(super) fn is_indexed(&self, table: &ObjectName, columns: &[String], but: Option<&ObjectName>) -> bool {
        let wanted: BTreeSet<&String> = columns.iter().collect();
        let starts = |leading: &[String]| leading.iter().take(columns.len()).collect::<BTreeSet<_>>() == wanted;
        let keys = self.table(table).into_iter().flat_map(|table| table.constraints.keys());
        let by_key = keys.filter(|(name, ..)| but.is_none_or(|but| *but != self.index_name(table, name)));
        let others = self.indexes.iter().filter(|(name, index)| index.table == *table && Some(*name) != but);
        others.map(|(_, index)| index.leading.as_slice()).chain(by_key.map(|(_, columns, _)| columns)).any(starts)
    }

    /// Whether the column is in an index or key of several columns.
    pub(super) fn is_beside_others(&self, table: &ObjectName, column: &str) -> bool {
        let keys = self.table(table).into_iter().flat_map(|table| table.constraints.keys());
        let by_key = keys.map(|(_, columns, _)| columns);
        let by_index = self.indexes_of(table).map(|(_, index)| index.leading.as_slice());
        by_key.chain(by_index).any(|columns| columns.len() > 1 && columns.iter().any(|it| it == column))
    }

    /// Whether it is known that the table has no such column.
    pub(super) fn has_no_column(&self, table: &ObjectName, column: &str) -> bool {
        self.is_known_whole(table) && self.column(table, column).is_none()
    }

    /// Whether it is known that the table has no such constraint.
    pub(super) fn has_no_constraint(&self, table: &ObjectName, named: &Named) -> bool {
        self.is_known_whole(table) && self.constraint(table, named).is_none()
    }

    /// Whether something that is neither a table nor an index was made by that name and is still there.
    pub(super) fn has_other(&self, name: &ObjectName) -> bool {
        self.others.contains_key(name)
    }

    /// Whether a statement dropped it and none made it again.
    pub(super) fn is_gone(&self, name: &ObjectName) -> bool {
        self.gone.contains(name)
    }

    /// Whether every index of the table is known: the table was made by a statement that was seen.
    pub(super) fn is_known_whole(&self, table: &ObjectName) -> bool {
        self.table(table).is_some_and(|table| table.made.is_some())
    }

    /// From here on statements are another file's.
    pub(super) fn begin_file(&mut self) {
        self.file += 1;
        self.renamed.clear();
    }

    /// Whether something else has that name by now than before the file at hand.
    pub(super) fn is_made_anew(&self, type_text: &str) -> bool {
        named(type_text).is_some_and(|name| self.renamed.values().any(|former| *former == name))
    }

    /// What the file at hand renamed to this, where something new has the former name by now.
    pub(super) fn set_aside(&self, name: &ObjectName) -> Option<&ObjectName> {
        self.renamed.get(name).filter(|former| self.is_new_object(former))
    }

    /// Takes in what the statements do.
    pub(super) fn apply_all<'a>(&mut self, statements: impl Iterator<Item = &'a Statement>) {
        statements.for_each(|statement| self.apply(&statement.kind));
    }

    /// Takes in what the statement does.
    pub(super) fn apply(&mut self, kind: &Kind) {
        match kind {
            Kind::CreateTable(table) => self.create_table(table),
            Kind::AlterTable(alter) => {
                in_turn(self.dialect, alter).iter().for_each(|actions| self.act(&alter.name, actions));
            }
            Kind::RenameTables(pairs) => pairs.iter().for_each(|(from, to)| self.rename(from, to.clone())),
            Kind::CreateIndex(index) => self.create_index(index),
            Kind::DropIndex(drop) => {
                for name in &drop.names {
                    self.indexes.remove(name);
                    self.dropped_indexes.insert(name.clone(), self.file);
                }
            }
            Kind::RenameIndex { name, to } => {
                if let Some(index) = self.indexes.remove(name) {
                    self.indexes.insert(name.sibling(to), index);
                }
            }
            Kind::Drop(drop) => drop.names.iter().for_each(|name| self.forget(name)),
            Kind::Create(create) => {
                self.domains.extend(create.domain.clone().map(|domain| (create.name.clone(), domain)));
                self.gone.remove(&create.name);
                self.others.insert(create.name.clone(), self.file);
            }
            Kind::AlterDomain { name, change: DomainEdit::AddConstraint { .. } | DomainEdit::SetNotNull } => {
                if let Some(domain) = self.domains.get_mut(name) {
                    domain.refuses = true;
                }
            }
            Kind::AlterDomain { name, change: DomainEdit::RenameTo { name: to } } => {
                self.rename(name, name.sibling(to));
            }
            Kind::AlterType { name, change: TypeEdit::RenameTo { name: to } } => {
                self.rename(name, name.sibling(to));
            }
            _ => {}
        }
    }

    fn forget(&mut self, name: &ObjectName) {
        self.gone.insert(name.clone());
        self.tables.remove(name);
        self.indexes.retain(|_, index| index.table != *name);
        self.domains.remove(name);
        self.others.remove(name);
    }

    fn create_table(&mut self, create: &CreateTable) {
        if create.if_not_exists && self.tables.contains_key(&create.name) {
            return;
        }
        let columns = create.columns.iter().map(|column| (column.name.clone(), known(column, None)));
        let table = Table {
            made: Some(self.file),
            partitioned: create.partitioned,
            columns: columns.collect(),
            constraints: Constraints::default(),
            options: create.options.clone(),
        };
        self.indexes.retain(|_, index| index.table != create.name);
        self.tables.insert(create.name.clone(), table);
        create.columns.iter().for_each(|column| self.inline(&create.name, column));
        create.constraints.iter().for_each(|constraint| self.add_constraint(&create.name, constraint));
        create.indexes.iter().for_each(|index| self.add_index(&create.name, index));
    }

    /// Constraints that a column brings along.
    fn inline(&mut self, table: &ObjectName, column: &ColumnDef) {
        let columns = vec![column.name.clone()];
        let mut add = |kind| self.add_constraint(table, &Constraint { name: None, kind, not_valid: false });
        if column.primary_key || column.unique {
            add(ConstraintKind::Key { primary: column.primary_key, columns: columns.clone(), using: None });
        }
        if let Some(parent) = &column.references {
            add(ConstraintKind::ForeignKey { columns, parent: parent.clone(), referenced: Vec::new() });
        }
    }

    fn add_constraint(&mut self, table: &ObjectName, constraint: &Constraint) {
        let mut kind = constraint.kind.clone();
        if let ConstraintKind::Key { columns, using: Some(index), .. } = &mut kind {
            *columns =
                self.indexes.remove(&table.sibling(index.as_str())).map(|index| index.leading).unwrap_or_default();
        }
        let (file, entry) = (self.file, self.tables.entry(table.clone()).or_default());
        let given = constraint.name.clone();
        let name = given.unwrap_or_else(|| entry.constraints.free_name(self.dialect, table, &kind));
        if let ConstraintKind::ForeignKey { columns, .. } = &kind {
            self.dropped_keys.remove(&(table.clone(), columns.clone()));
        }
        if let ConstraintKind::Key { primary: true, columns, .. } = &kind {
            for column in columns {
                entry.columns.entry(column.clone()).or_insert_with(Column::unknown).not_null = true;
            }
        }
        entry.constraints.insert(name, Known { kind, valid: !constraint.not_valid, file });
    }

    fn create_index(&mut self, index: &CreateIndex) {
        let Some(name) = &index.name else { return };
        let known = Index { table: index.table.clone(), leading: index.leading.clone(), method: None };
        self.indexes.insert(index.table.sibling(name), known);
    }

    fn add_index(&mut self, table: &ObjectName, index: &NewIndex) {
        let Some(name) = index.name.as_ref().or(index.leading.first()) else { return };
        let known = Index { table: table.clone(), leading: index.leading.clone(), method: index.method };
        self.indexes.insert(index_of(table, name), known);
    }

    fn rename(&mut self, from: &ObjectName, to: ObjectName) {
        self.renamed.insert(to.clone(), from.clone());
        if let Some(file) = self.others.remove(from) {
            self.others.insert(to.clone(), file);
        }
        if let Some(domain) = self.domains.remove(from) {
            self.domains.insert(to.clone(), domain);
        }
        let Some(table) = self.tables.remove(from) else { return };
        let moved: Vec<ObjectName> =
            self.indexes.iter().filter(|(_, index)| index.table == *from).map(|(name, _)| name.clone()).collect();
        for name in moved {
            let Some(index) = self.indexes.remove(&name) else { continue };
            let name = if self.dialect.is_mysql() { index_of(&to, &name.name) } else { name };
            self.indexes.insert(name, Index { table: to.clone(), ..index });
        }
        self.tables.insert(to.clone(), table);
        self.follow(from, &to);
    }

    /// Foreign keys of a table that has another name, and those to it.
    fn follow(&mut self, from: &ObjectName, to: &ObjectName) {
        for known in self.tables.values_mut().flat_map(|table| table.constraints.values_mut()) {
            match &mut known.kind {
                ConstraintKind::ForeignKey { parent, .. } if parent == from => parent.clone_from(to),
                _ => {}
            }
        }
        let dropped = std::mem::take(&mut self.dropped_keys).into_iter();
        self.dropped_keys = dropped
            .map(|((table, columns), file)| ((if table == *from { to.clone() } else { table }, columns), file))
            .collect();
        self.renames.push(Renamed::Table(from.clone(), to.clone()));
    }

    /// What the index of a key is called.
    fn index_name(&self, table: &ObjectName, key: &str) -> ObjectName {
        if self.dialect.is_mysql() { index_of(table, key) } else { table.sibling(key) }
    }
}

/// The name that the text is, or an array of it has.
fn named(type_text: &str) -> Option<ObjectName> {
    Reader::new(Dialect::Postgres, type_text).and_then(|mut reader| reader.name()).ok()
}

/// Indexes of MariaDB and MySQL have their names within their tables.
pub(super) fn index_of(table: &ObjectName, name: &str) -> ObjectName {
    ObjectName::qualified(&table.name, name)
}
