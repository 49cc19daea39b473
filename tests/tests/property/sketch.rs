//! A schema under construction. Objects are known by numbers, so that a rename changes one name and nothing else,
//! and two sketches of one origin say by themselves what became of what.

use std::collections::{BTreeMap, BTreeSet};

use schema_core::ir::{
    Check, Column, Deferrable, Dialect, EnumType, ForeignKey, Generated, Identity, Index, IndexKey, IndexTarget,
    NullsOrder, ObjectName, PrimaryKey, ReferentialAction, Schema, SqlType, Table, Unique,
};
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
    /// Character set and collation.
    pub(crate) charset: Option<(&'static str, &'static str)>,
    pub(crate) row_format: Option<&'static str>,
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
    pub(crate) on_update: bool,
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
    pub(crate) prefix: Option<u32>,
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

    /// True where the enum isn't there, or has the label.
    pub(crate) fn has_label(&self, ty: Ty, label: Id) -> bool {
        let (Ty::Enum(ty) | Ty::EnumArray(ty)) = ty else { return true };
        self.ty(ty).is_none_or(|ty| ty.labels.iter().any(|(id, _)| *id == label))
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
        table.charset = sketch.charset.map(|(charset, _)| charset.to_owned());
        table.collation = sketch.charset.map(|(_, collation)| collation.to_owned());
        let row_format = sketch.row_format.map(|format| ("row_format".to_owned(), format.to_owned()));
        table.storage = row_format.into_iter().collect();
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
            let mut expression = check.template.replace("{}", &self.dialect.quote(&column[0]));
            if let Some(label) = check.label {
                let ty = sketch.column(check.column).expect("a column in use").ty;
                expression = expression
                    .replace("{label}", &self.dialect.literal(self.label(ty, label).expect("a label in use")));
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
            expression: template.replace("{}", &self.dialect.quote(&table.names(&[source])[0])),
            stored,
        });
        column.collation = sketch.collation.map(str::to_owned);
        column.on_update = sketch.on_update.then(|| "CURRENT_TIMESTAMP".to_owned());
        column.comment.clone_from(&sketch.comment);
        column
    }

    fn default_label(&self, column: &ColumnSketch) -> Option<String> {
        let label = self.label(column.ty, column.default_label?)?;
        Some(match column.ty {
            Ty::EnumArray(_) => {
                self.dialect.literal(&format!("{{\"{}\"}}", label.replace('\\', "\\\\").replace('"', "\\\"")))
            }
            _ => self.dialect.literal(label),
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
                Some(template) => {
                    IndexTarget::Expression(template.replace("{}", &self.dialect.quote(&column(key.column))))
                }
                None => IndexTarget::Column(column(key.column)),
            },
            prefix: key.prefix,
            collation: key.collation.map(str::to_owned),
            opclass: key.opclass.map(str::to_owned),
            descending: key.descending,
            nulls: key.nulls,
        });
        let predicate = sketch.predicate.as_ref().map(|predicate| match predicate {
            Predicate::Column(id, template) => template.replace("{}", &self.dialect.quote(&column(*id))),
            Predicate::Label(id, label) => {
                let ty = table.column(*id).expect("a column in use").ty;
                format!(
                    "{} = {}",
                    self.dialect.quote(&column(*id)),
                    self.dialect.literal(self.label(ty, *label).expect("a label in use"))
                )
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

impl EnumSketch {
    /// The label that was there before all others: an earlier schema knows it rather than those.
    pub(crate) fn oldest(&self) -> &str {
        self.labels.iter().min_by_key(|(id, _)| *id).map_or("", |(_, label)| label)
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
