//! A schema under construction. Objects are known by numbers, so that a rename changes one name and nothing else,
//! and two sketches of one origin say by themselves what became of what.

use std::collections::{BTreeMap, BTreeSet};

use schema_core::decl::AllowCode;
use schema_core::dialect::{literal, quote};
use schema_core::ir::{
    Check, Column, Deferrable, Dialect, EnumType, ForeignKey, Generated, Identity, Index, IndexKey, IndexTarget,
    NullsOrder, ObjectName, PrimaryKey, ReferentialAction, Schema, SqlType, Table, Unique,
};
use schema_core::model::{Allow, Intents, Placed};
use schema_core::names::{Kind, derived};

use super::types::{TypeInfo, types};

pub(crate) type Id = usize;

#[derive(Clone, Debug)]
pub(crate) struct Sketch {
    pub(crate) dialect: Dialect,
    pub(crate) tables: Vec<TableSketch>,
    pub(crate) enums: Vec<EnumSketch>,
    next: Id,
}

#[derive(Clone, Debug)]
pub(crate) struct EnumSketch {
    pub(crate) id: Id,
    pub(crate) name: ObjectName,
    pub(crate) labels: Vec<(Id, String)>,
    /// Labels that went, with the label that their rows get.
    pub(crate) mapped: BTreeMap<Id, Id>,
    pub(crate) comment: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct TableSketch {
    pub(crate) id: Id,
    pub(crate) name: ObjectName,
    pub(crate) comment: Option<String>,
    pub(crate) strict: bool,
    pub(crate) without_rowid: bool,
    pub(crate) columns: Vec<ColumnSketch>,
    pub(crate) primary_key: Option<KeySketch>,
    pub(crate) uniques: Vec<KeySketch>,
    pub(crate) checks: Vec<CheckSketch>,
    pub(crate) foreign_keys: Vec<ForeignKeySketch>,
    pub(crate) indexes: Vec<IndexSketch>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ty {
    /// By its place in the dialect's list.
    Builtin(usize),
    Enum(Id),
    EnumArray(Id),
}

#[derive(Clone, Debug)]
pub(crate) struct ColumnSketch {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) ty: Ty,
    pub(crate) nullable: bool,
    pub(crate) default: Option<String>,
    /// The default of an enum's column.
    pub(crate) default_label: Option<Id>,
    pub(crate) identity: Option<Identity>,
    /// Made from another column.
    pub(crate) generated: Option<(Id, &'static str, bool)>,
    pub(crate) collation: Option<&'static str>,
    pub(crate) comment: Option<String>,
    /// What existing rows get when it comes, or becomes NOT NULL.
    pub(crate) backfill: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct KeySketch {
    pub(crate) id: Id,
    pub(crate) name: Option<String>,
    pub(crate) columns: Vec<Id>,
    pub(crate) nulls_not_distinct: bool,
    pub(crate) deferrable: Option<Deferrable>,
}

#[derive(Clone, Debug)]
pub(crate) struct CheckSketch {
    pub(crate) id: Id,
    pub(crate) name: Option<String>,
    pub(crate) column: Id,
    /// `{}` stands for the column.
    pub(crate) template: &'static str,
    /// What `{label}` stands for.
    pub(crate) label: Option<Id>,
}

#[derive(Clone, Debug)]
pub(crate) struct ForeignKeySketch {
    pub(crate) id: Id,
    pub(crate) name: Option<String>,
    pub(crate) columns: Vec<Id>,
    pub(crate) table: Id,
    pub(crate) referenced: Vec<Id>,
    pub(crate) on_delete: ReferentialAction,
    pub(crate) on_update: ReferentialAction,
    pub(crate) match_full: bool,
    pub(crate) deferrable: Option<Deferrable>,
}

#[derive(Clone, Debug)]
pub(crate) struct IndexSketch {
    pub(crate) id: Id,
    pub(crate) name: Option<String>,
    pub(crate) unique: bool,
    pub(crate) method: Option<&'static str>,
    pub(crate) keys: Vec<IndexKeySketch>,
    pub(crate) include: Vec<Id>,
    pub(crate) fillfactor: Option<u8>,
    pub(crate) predicate: Option<Predicate>,
}

#[derive(Clone, Debug)]
pub(crate) struct IndexKeySketch {
    pub(crate) column: Id,
    pub(crate) template: Option<&'static str>,
    pub(crate) descending: bool,
    pub(crate) nulls: Option<NullsOrder>,
    pub(crate) opclass: Option<&'static str>,
    pub(crate) collation: Option<&'static str>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Predicate {
    /// `{}` stands for the column.
    Column(Id, &'static str),
    /// The column equals a label.
    Label(Id, Id),
}

impl Sketch {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self { dialect, tables: Vec::new(), enums: Vec::new(), next: 0 }
    }

    pub(crate) fn id(&mut self) -> Id {
        self.next += 1;
        self.next
    }

    pub(crate) fn table(&self, id: Id) -> Option<&TableSketch> {
        self.tables.iter().find(|table| table.id == id)
    }

    pub(crate) fn ty(&self, id: Id) -> Option<&EnumSketch> {
        self.enums.iter().find(|ty| ty.id == id)
    }

    pub(crate) fn info(&self, ty: Ty) -> Option<&'static TypeInfo> {
        match ty {
            Ty::Builtin(at) => types(self.dialect).get(at),
            Ty::Enum(_) | Ty::EnumArray(_) => None,
        }
    }

    /// The schema that it stands for.
    pub(crate) fn schema(&self) -> Schema {
        let mut schema = Schema::empty(self.dialect);
        for ty in &self.enums {
            let labels = ty.labels.iter().map(|(_, label)| label.clone()).collect();
            schema
                .enums
                .insert(ty.name.clone(), EnumType { name: ty.name.clone(), labels, comment: ty.comment.clone() });
        }
        // Relations of one PostgreSQL schema share their names.
        let mut taken: BTreeSet<String> = self.tables.iter().map(|table| table.name.name.to_lowercase()).collect();
        for table in &self.tables {
            let lowered = self.lower(table, &mut taken);
            schema.tables.insert(table.name.clone(), lowered);
        }
        let objects = schema.tables.keys().chain(schema.enums.keys());
        schema.namespaces = objects.filter_map(|name| name.schema.clone()).filter(|name| name != "public").collect();
        schema
    }

    fn lower(&self, sketch: &TableSketch, taken: &mut BTreeSet<String>) -> Table {
        let mut table = Table::new(sketch.name.clone());
        table.comment.clone_from(&sketch.comment);
        table.strict = sketch.strict;
        table.without_rowid = sketch.without_rowid;
        table.columns = sketch.columns.iter().map(|column| self.lower_column(sketch, column)).collect();
        let mut name = |given: &Option<String>, parts: &[String], kind: Kind, id: Id| {
            let wanted = given.clone().unwrap_or_else(|| derived(&sketch.name.name, parts, kind));
            if taken.insert(wanted.to_lowercase()) {
                return wanted;
            }
            let mut parts = parts.to_vec();
            parts.push(id.to_string());
            let other = derived(&sketch.name.name, &parts, kind);
            taken.insert(other.to_lowercase());
            other
        };
        if let Some(key) = &sketch.primary_key {
            let columns = sketch.names(&key.columns);
            table.primary_key = Some(PrimaryKey::new(name(&key.name, &[], Kind::PrimaryKey, key.id), columns));
        }
        for key in &sketch.uniques {
            let columns = sketch.names(&key.columns);
            let name = name(&key.name, &columns, Kind::Unique, key.id);
            let (nulls_not_distinct, deferrable) = (key.nulls_not_distinct, key.deferrable);
            table.uniques.push(Unique {
                name,
                columns,
                nulls_not_distinct,
                deferrable,
                include: Vec::new(),
                storage: BTreeMap::new(),
            });
        }
        for check in &sketch.checks {
            let column = sketch.names(&[check.column]);
            let mut expression = check.template.replace("{}", &quote(&column[0]));
            if let Some(label) = check.label {
                let ty = sketch.column(check.column).expect("a column in use").ty;
                expression = expression.replace("{label}", &literal(self.label(ty, label).expect("a label in use")));
            }
            table.checks.push(Check::new(name(&check.name, &column, Kind::Check, check.id), expression));
        }
        for key in &sketch.foreign_keys {
            let columns = sketch.names(&key.columns);
            let Some(target) = self.table(key.table) else { continue };
            table.foreign_keys.push(ForeignKey {
                name: name(&key.name, &columns, Kind::ForeignKey, key.id),
                columns,
                references: target.name.clone(),
                referenced_columns: target.names(&key.referenced),
                on_delete: key.on_delete,
                on_update: key.on_update,
                match_full: key.match_full,
                deferrable: key.deferrable,
                set_columns: Vec::new(),
                not_valid: false,
                not_enforced: false,
            });
        }
        for index in &sketch.indexes {
            let columns = sketch.names(&index.keys.iter().map(|key| key.column).collect::<Vec<_>>());
            table.indexes.push(self.lower_index(sketch, index, name(&index.name, &columns, Kind::Index, index.id)));
        }
        table.sort();
        table
    }

    fn lower_column(&self, table: &TableSketch, sketch: &ColumnSketch) -> Column {
        let ty = match sketch.ty {
            Ty::Builtin(at) => match types(self.dialect)[at].name.strip_suffix("[]") {
                Some(element) => SqlType::Array(Box::new(SqlType::builtin(element))),
                None => SqlType::builtin(types(self.dialect)[at].name),
            },
            Ty::Enum(id) => SqlType::Named(self.ty(id).expect("an enum in use").name.clone()),
            Ty::EnumArray(id) => {
                SqlType::Array(Box::new(SqlType::Named(self.ty(id).expect("an enum in use").name.clone())))
            }
        };
        let mut column = Column::new(sketch.name.clone(), ty);
        column.nullable = sketch.nullable;
        column.default = sketch.default.clone().or_else(|| self.default_label(sketch));
        column.identity = sketch.identity;
        column.generated = sketch.generated.map(|(source, template, stored)| Generated {
            expression: template.replace("{}", &quote(&table.names(&[source])[0])),
            stored,
        });
        column.collation = sketch.collation.map(str::to_owned);
        column.comment.clone_from(&sketch.comment);
        column
    }

    fn default_label(&self, column: &ColumnSketch) -> Option<String> {
        let label = self.label(column.ty, column.default_label?)?;
        Some(match column.ty {
            Ty::EnumArray(_) => literal(&format!("{{\"{}\"}}", label.replace('\\', "\\\\").replace('"', "\\\""))),
            _ => literal(label),
        })
    }

    fn label(&self, ty: Ty, id: Id) -> Option<&str> {
        let (Ty::Enum(ty) | Ty::EnumArray(ty)) = ty else { return None };
        self.ty(ty)?.labels.iter().find(|(label, _)| *label == id).map(|(_, name)| name.as_str())
    }

    fn lower_index(&self, table: &TableSketch, sketch: &IndexSketch, name: String) -> Index {
        let column = |id: Id| table.names(&[id])[0].clone();
        let keys = sketch.keys.iter().map(|key| IndexKey {
            target: match key.template {
                Some(template) => IndexTarget::Expression(template.replace("{}", &quote(&column(key.column)))),
                None => IndexTarget::Column(column(key.column)),
            },
            prefix: None,
            collation: key.collation.map(str::to_owned),
            opclass: key.opclass.map(str::to_owned),
            descending: key.descending,
            nulls: key.nulls,
        });
        let predicate = sketch.predicate.as_ref().map(|predicate| match predicate {
            Predicate::Column(id, template) => template.replace("{}", &quote(&column(*id))),
            Predicate::Label(id, label) => {
                let ty = table.column(*id).expect("a column in use").ty;
                format!("{} = {}", quote(&column(*id)), literal(self.label(ty, *label).expect("a label in use")))
            }
        });
        Index {
            name,
            unique: sketch.unique,
            method: sketch.method.map(str::to_owned),
            keys: keys.collect(),
            include: table.names(&sketch.include),
            nulls_not_distinct: false,
            storage: sketch
                .fillfactor
                .map(|percent| ("fillfactor".to_owned(), percent.to_string()))
                .into_iter()
                .collect(),
            predicate,
        }
    }
}

impl TableSketch {
    pub(crate) fn column(&self, id: Id) -> Option<&ColumnSketch> {
        self.columns.iter().find(|column| column.id == id)
    }

    pub(crate) fn names(&self, ids: &[Id]) -> Vec<String> {
        ids.iter().map(|id| self.column(*id).expect("a column in use").name.clone()).collect()
    }

    /// The columns that keys and unique indexes hold, each apart.
    pub(crate) fn unique_keys(&self) -> Vec<Vec<Id>> {
        let indexes = self.indexes.iter().filter(|index| index.unique);
        let of_indexes = indexes.map(|index| index.keys.iter().map(|key| key.column).collect());
        self.primary_key.iter().chain(&self.uniques).map(|key| key.columns.clone()).chain(of_indexes).collect()
    }

    pub(crate) fn is_unique(&self, column: Id) -> bool {
        self.unique_keys().iter().any(|key| key.contains(&column))
    }
}

/// What the source would say of the way from `a` to `b`.
pub(crate) fn intents(a: &Sketch, b: &Sketch) -> Intents {
    let mut intents = Intents::default();
    for ty in &b.enums {
        let Some(old) = a.ty(ty.id) else { continue };
        if old.name != ty.name {
            intents.enum_renames.insert(ty.name.clone(), Placed::bare(old.name.clone()));
        }
        for (id, label) in &old.labels {
            let new = ty.labels.iter().find(|(other, _)| other == id);
            match new {
                Some((_, name)) if name != label => {
                    intents.label_renames.insert((ty.name.clone(), name.clone()), Placed::bare(label.clone()));
                }
                Some(_) => {}
                None => {
                    let map_to = ty.mapped.get(id).and_then(|to| ty.labels.iter().find(|(other, _)| other == to));
                    let map_to = map_to.map(|(_, name)| name.clone());
                    allow(&mut intents, AllowCode::DropLabel, &ty.name, Some(label), map_to, None);
                }
            }
        }
    }
    for old in &a.enums {
        if b.ty(old.id).is_none() {
            allow(&mut intents, AllowCode::DropEnum, &old.name, None, None, None);
        }
    }
    for old in &a.tables {
        match b.table(old.id) {
            None => allow(&mut intents, AllowCode::DropTable, &old.name, None, None, None),
            Some(new) => table_intents(&mut intents, (a, old), (b, new)),
        }
    }
    intents
}

fn table_intents(intents: &mut Intents, (a, old): (&Sketch, &TableSketch), (b, new): (&Sketch, &TableSketch)) {
    let name = &new.name;
    if old.name != *name {
        intents.table_renames.insert(name.clone(), Placed::bare(old.name.clone()));
    }
    for column in &new.columns {
        let key = (name.clone(), column.name.clone());
        if let Some(backfill) = backfill(a, b, column) {
            intents.backfills.insert(key.clone(), Placed::bare(backfill));
        }
        let Some(before) = old.column(column.id) else { continue };
        if before.name != column.name {
            intents.column_renames.insert(key, Placed::bare(before.name.clone()));
        }
        if column.nullable && !before.nullable {
            allow(intents, AllowCode::DropNotNull, name, Some(&column.name), None, None);
        }
        if column.ty != before.ty {
            allow(intents, AllowCode::NarrowType, name, Some(&column.name), None, None);
        }
    }
    for column in &old.columns {
        if new.column(column.id).is_none() {
            let bare = column.nullable || column.generated.is_some() || column.identity.is_some();
            let has_default = column.default.is_some() || column.default_label.is_some();
            let restore = (!bare && !has_default).then(|| restored(a, column));
            allow(intents, AllowCode::DropColumn, name, Some(&column.name), None, restore);
        }
    }
    let (lowered_old, lowered_new) = (&a.schema().tables[&old.name], &b.schema().tables[name]);
    if lowered_old.primary_key.is_some() && lowered_old.primary_key != lowered_new.primary_key {
        allow(intents, AllowCode::DropPrimaryKey, name, None, None, None);
    }
    for unique in &lowered_old.uniques {
        allow(intents, AllowCode::DropUnique, name, Some(&unique.name), None, None);
    }
    for index in lowered_old.indexes.iter().filter(|index| index.unique) {
        allow(intents, AllowCode::DropUnique, name, Some(&index.name), None, None);
    }
    for check in &lowered_old.checks {
        allow(intents, AllowCode::DropCheck, name, Some(&check.name), None, None);
    }
    for key in &lowered_old.foreign_keys {
        allow(intents, AllowCode::DropForeignKey, name, Some(&key.name), None, None);
    }
}

/// What the rows get that have no value. A label must be one that the first schema knows, for the down to find it.
pub(crate) fn backfill(a: &Sketch, b: &Sketch, column: &ColumnSketch) -> Option<String> {
    let given = column.backfill.clone()?;
    let Ty::Enum(id) = column.ty else { return Some(given) };
    let labels = &b.ty(id)?.labels;
    let known = |label: Id| a.ty(id).is_none_or(|old| old.labels.iter().any(|(other, _)| *other == label));
    labels.iter().find(|(label, _)| known(*label)).map(|(_, name)| literal(name))
}

/// A value for a column that must have one.
pub(crate) fn restored(sketch: &Sketch, column: &ColumnSketch) -> String {
    match column.ty {
        Ty::Builtin(_) => match sketch.info(column.ty) {
            Some(info) if info.is_key() => info.key(1),
            Some(info) => info.values[0].to_owned(),
            None => "NULL".to_owned(),
        },
        Ty::Enum(id) => literal(&sketch.ty(id).expect("an enum in use").labels[0].1),
        Ty::EnumArray(_) => "'{}'".to_owned(),
    }
}

fn allow(
    intents: &mut Intents,
    code: AllowCode,
    object: &ObjectName,
    part: Option<&String>,
    map_to: Option<String>,
    restore: Option<String>,
) {
    let (object, part, reason) = (object.clone(), part.cloned(), "a test".to_owned());
    intents.allows.push(Allow { code, object, part, reason, map_to, restore, keep: false, place: None });
}
