//! Structs to tables.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToSnakeCase as _;

use super::collect::Item;
use super::columns::Field;
use super::partitions::leave_out_repeated_columns;
use super::{Drafts, Lower};
use crate::decl::{PrimaryKeyDecl, Spanned, TableDecl};
use crate::ir::{Dialect, ObjectName, PrimaryKey, SqlType, Table};
use crate::model::{Object, Path, Placed};
use crate::names::{self, Kind};
use crate::scan::outline::{self, ItemKind};
use crate::scan::resolve::Meaning;
use crate::scan::tree::FileId;

/// A table while it is lowered.
pub(super) struct Draft<'t> {
    pub(super) item: Item<'t>,
    pub(super) decl: &'t TableDecl,
    pub(super) table: Table,
    pub(super) fields: Vec<Field<'t>>,
    pub(super) names: Names,
    /// Fields of the parent and their columns, for a unit struct, which has its parent's columns.
    pub(super) inherited: Vec<(String, String)>,
    /// Field and asserted Rust type, for the derive.
    pub(super) field_types: Vec<(String, String)>,
}

/// What a foreign key may refer to.
pub(super) struct Target {
    /// The struct's name.
    pub(super) ident: String,
    pub(super) name: ObjectName,
    /// Field and column.
    pub(super) fields: Vec<(String, String)>,
    pub(super) primary_key: Vec<String>,
    /// The struct that a unit struct has its columns from.
    parent: Option<*const outline::Item>,
}

impl Draft<'_> {
    pub(super) fn file(&self) -> FileId {
        self.item.at.file
    }

    fn is_unit(&self) -> bool {
        matches!(&self.item.at.item.kind, ItemKind::Struct(shape) if shape.is_unit)
    }

    pub(super) fn name(&self) -> &ObjectName {
        &self.table.name
    }

    fn target(&self, parent: Option<*const outline::Item>) -> Target {
        Target {
            ident: self.decl.ident.value.clone(),
            name: self.table.name.clone(),
            fields: self.fields.iter().map(|field| (field.name(), field.column.clone())).collect(),
            primary_key: self.table.primary_key.as_ref().map(|key| key.columns.clone()).unwrap_or_default(),
            parent,
        }
    }
}

/// Gives the targets of unit structs their parents' fields and keys.
fn inherit(targets: &mut BTreeMap<*const outline::Item, Target>) {
    let roots = |address: &*const outline::Item| {
        let up = |target: &&Target| target.parent.and_then(|parent| targets.get(&parent));
        // A circle of parents ends here, and is reported as what it is: a parent that isn't partitioned.
        let root = std::iter::successors(targets.get(address), up).take(targets.len()).last()?;
        Some((*address, root.fields.clone(), root.primary_key.clone()))
    };
    let inherited: Vec<_> = targets.keys().filter_map(roots).collect();
    for (address, fields, primary_key) in inherited {
        if let Some(target) = targets.get_mut(&address).filter(|target| target.parent.is_some()) {
            target.fields = fields;
            target.primary_key = primary_key;
        }
    }
}

impl<'t> Lower<'_, 't> {
    /// Lowers the tables. `unreadable` are structs known to be tables, but not of what.
    pub(super) fn tables(
        &mut self,
        declared: Vec<(Item<'t>, &'t TableDecl)>,
        unreadable: &BTreeSet<*const outline::Item>,
    ) {
        let mut unreadable = unreadable.clone();
        let mut drafts = Drafts::new();
        for (item, decl) in declared {
            match self.draft(item, decl) {
                Some(draft) => drafts.push(draft),
                None => drop(unreadable.insert(std::ptr::from_ref(item.at.item))),
            }
        }
        let mut targets: BTreeMap<_, _> = drafts
            .iter()
            .map(|draft| (std::ptr::from_ref(draft.item.at.item), draft.target(self.parent_of_unit(draft))))
            .collect();
        inherit(&mut targets);
        for mut draft in drafts {
            if draft.is_unit() {
                let own = targets.get(&std::ptr::from_ref(draft.item.at.item));
                draft.inherited = own.map(|own| own.fields.clone()).unwrap_or_default();
                self.primary_key(&mut draft);
            }
            self.parents(&mut draft, &targets, &unreadable);
            self.uniques(&mut draft);
            self.checks(&mut draft);
            self.exclusions(&mut draft);
            self.foreign_keys(&mut draft, &targets, &unreadable);
            self.indexes(&mut draft);
            self.finish(draft);
        }
        leave_out_repeated_columns(&mut self.model.schema);
    }

    fn parent_of_unit(&self, draft: &Draft<'t>) -> Option<*const outline::Item> {
        let parent = draft.decl.partition_of.as_ref().filter(|_| draft.is_unit())?;
        match self.types.scopes.resolve(draft.item.at.module, &parent.value) {
            Ok(Meaning::Item(at)) => Some(std::ptr::from_ref(self.types.without_aliases(at).item)),
            _ => None,
        }
    }

    /// Names the table and lowers its columns and primary key; `None` when another struct has its name.
    fn draft(&mut self, item: Item<'t>, decl: &'t TableDecl) -> Option<Draft<'t>> {
        let file = item.at.file;
        let own = || decl.ident.value.to_snake_case();
        let name = decl.name.as_ref().map_or_else(own, |name| name.value.clone());
        let name = self.object_name(file, name, decl.schema.as_ref());
        if self.model.places.get(&Path::Table(name.clone())).is_some() {
            let span = decl.name.as_ref().map_or(decl.ident.span, |name| name.span);
            let message = format!("table `{name}` is declared twice{}", self.elsewhere(&Path::Table(name.clone())));
            self.error(file, span, message, &["give one of them another `#[table(name = \"..\")]`, or remove it"]);
            return None;
        }
        self.record(Path::Table(name.clone()), file, decl.ident.span);
        let names = Names::new(&name.name, decl);
        let table = Table::new(name);
        let mut draft =
            Draft { item, decl, table, fields: Vec::new(), names, inherited: Vec::new(), field_types: Vec::new() };
        self.options(&mut draft);
        self.columns(&mut draft);
        self.reserve_enum_checks(&mut draft);
        if !draft.is_unit() {
            self.primary_key(&mut draft);
        }
        Some(draft)
    }

    fn options(&mut self, draft: &mut Draft<'t>) {
        let (file, decl) = (draft.file(), draft.decl);
        self.refuse_comment(file, decl.comment.as_ref());
        self.refuse(Dialect::Postgres, file, decl.without_rowid, "`without_rowid` is SQLite's alone", "leave it out");
        draft.table.comment = decl.comment.as_ref().map(|comment| comment.value.clone());
        for (name, text) in
            [("charset", &decl.charset), ("collate", &decl.collate), ("partitioning", &decl.partitioning)]
        {
            self.refuse_but_mysql(file, name, text.as_ref().map(|text| text.span));
        }
        draft.table.charset = decl.charset.as_ref().map(|charset| charset.value.to_ascii_lowercase());
        draft.table.collation = decl.collate.as_ref().map(|collation| collation.value.clone());
        draft.table.partitioning = decl.partitioning.as_ref().map(|text| text.value.trim().to_owned());
        self.storage_options(draft);
        // The others take no value of another type anyway; MariaDB and MySQL in strict mode, which is demanded of them.
        draft.table.strict = decl.strict.is_some() && self.dialect == Dialect::Sqlite;
        draft.table.without_rowid = decl.without_rowid.is_some();
        if decl.small.is_some() {
            self.model.intents.small.insert(draft.table.name.clone());
        }
        if let Some(former) = &decl.renamed_from {
            let schema = draft.table.name.schema.as_deref().unwrap_or_default();
            let value = self.named_object(&former.value, schema);
            let place = self.place(file, former.span);
            self.model.intents.table_renames.insert(draft.table.name.clone(), Placed { value, place });
        }
        self.consents(file, &draft.decl.allows, &draft.table.name, None);
    }

    /// SQLite's plan gives each column of an enum a check over its labels, under a derived name.
    fn reserve_enum_checks(&self, draft: &mut Draft<'t>) {
        if self.dialect == Dialect::Sqlite {
            for column in draft.table.columns.iter().filter(|column| matches!(column.ty, SqlType::Named(_))) {
                draft.names.taken.insert(names::derived(&draft.table.name.name, &[&column.name], Kind::Check));
            }
        }
    }

    fn primary_key(&mut self, draft: &mut Draft<'t>) {
        let file = draft.file();
        let (span, key_file, columns, decl) =
            match (&draft.decl.primary_key, draft.fields.iter().find(|field| field.decl.primary_key.is_some())) {
                (Some(key), _) => {
                    let (key, span) = (key.value.clone(), key.span);
                    (span, file, self.columns_of(draft, &key.columns), key)
                }
                (None, Some(field)) => {
                    let span = field.decl.primary_key.unwrap_or(field.decl.ident.span);
                    (span, field.file, vec![field.column.clone()], PrimaryKeyDecl::default())
                }
                (None, None) => return,
            };
        if columns.is_empty() {
            return;
        }
        self.refuse_key_options(key_file, &decl.include, &decl.storage, decl.deferrable.as_ref());
        let name = draft.names.choose(decl.name.as_ref(), &[], Kind::PrimaryKey);
        self.record(Path::Part(draft.table.name.clone(), name.clone()), key_file, span);
        let include = self.columns_of(draft, &decl.include);
        let storage = self.storage(key_file, &decl.storage);
        let deferrable = decl.deferrable.map(|deferrable| deferrable.value);
        draft.table.primary_key = Some(PrimaryKey { include, deferrable, storage, ..PrimaryKey::new(name, columns) });
    }

    /// The columns of fields that an attribute of the struct names.
    pub(super) fn columns_of(&mut self, draft: &Draft<'t>, fields: &[Spanned<String>]) -> Vec<String> {
        fields.iter().filter_map(|field| self.column_of(draft, field)).collect()
    }

    /// The column of a field that an attribute of the struct names.
    pub(super) fn column_of(&mut self, draft: &Draft<'t>, field: &Spanned<String>) -> Option<String> {
        let wanted = field.value.strip_prefix("r#").unwrap_or(&field.value);
        if let Some(found) = draft.fields.iter().find(|field| field.name() == wanted) {
            return Some(found.column.clone());
        }
        if let Some((_, column)) = draft.inherited.iter().find(|(name, _)| name == wanted) {
            return Some(column.clone());
        }
        let help = match draft.fields.iter().find(|field| field.column == wanted) {
            Some(field) => Some(format!("name the field, `{}`, rather than its column", field.name())),
            None => {
                let inherited = draft.inherited.iter().map(|(name, _)| name.clone());
                let known: Vec<String> = draft.fields.iter().map(Field::name).chain(inherited).collect();
                names::nearest(wanted, known.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"))
            }
        };
        let message = format!("table `{}`: `{}` has no field `{wanted}`", draft.table.name, draft.decl.ident.value);
        self.error(draft.file(), field.span, message, &help.iter().map(String::as_str).collect::<Vec<_>>());
        None
    }

    fn finish(&mut self, mut draft: Draft<'t>) {
        draft.table.sort();
        let object = Object::Table(draft.table.name.clone());
        self.declare(&draft.item, object, std::mem::take(&mut draft.field_types));
        self.model.schema.tables.insert(draft.table.name.clone(), draft.table);
    }
}

/// The names of one table's constraints and indexes.
pub(super) struct Names {
    table: String,
    taken: BTreeSet<String>,
}

impl Names {
    /// Names that the source states come first, so that derived ones avoid them.
    fn new(table: &str, decl: &TableDecl) -> Self {
        let fields = || decl.fields.iter();
        let stated = decl
            .primary_key
            .iter()
            .map(|key| &key.value.name)
            .chain(
                decl.uniques
                    .iter()
                    .chain(fields().filter_map(|field| field.unique.as_ref()))
                    .map(|part| &part.value.name),
            )
            .chain(decl.checks.iter().chain(fields().flat_map(|field| &field.checks)).map(|part| &part.value.name))
            .chain(decl.foreign_keys.iter().map(|part| &part.value.name))
            .chain(decl.exclusions.iter().map(|part| &part.value.name))
            .chain(
                decl.indexes
                    .iter()
                    .chain(fields().filter_map(|field| field.index.as_ref()))
                    .map(|part| &part.value.name),
            );
        let taken = stated.flatten().map(|name| name.value.clone()).collect();
        Self { table: table.to_owned(), taken }
    }

    /// The stated name, else the derived one, with a number where that is taken.
    pub(super) fn choose(&mut self, stated: Option<&Spanned<String>>, parts: &[String], kind: Kind) -> String {
        if let Some(stated) = stated {
            return stated.value.clone();
        }
        let mut name = names::derived(&self.table, parts, kind);
        let mut number = 2;
        while self.taken.contains(&name) {
            let parts: Vec<String> = parts.iter().cloned().chain([number.to_string()]).collect();
            name = names::derived(&self.table, &parts, kind);
            number += 1;
        }
        self.taken.insert(name.clone());
        name
    }
}
