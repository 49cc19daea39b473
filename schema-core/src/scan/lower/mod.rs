//! From declarations to the [`Model`]: names made final, fields to columns, structs to tables, spans to places.

mod collect;
mod columns;
mod consent;
mod constraints;
mod domains;
mod enums;
mod foreign_keys;
mod indexes;
mod objects;
mod partitions;
mod sequences;
mod sql_files;
mod tables;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path as FilePath, PathBuf};

use super::LeftOut;
use super::choice::Choice;
use super::outline;
use super::resolve::Scopes;
use super::tree::{FileId, Tree};
use super::types::Types;
use crate::decl::{Mark, Spanned};
use crate::diag::{Finding, Place};
use crate::ir::{Dialect, ObjectName};
use crate::model::{Declared, Model, Object, Path};
use collect::{Declarations, Item};
use tables::Draft;

/// Lowers everything the tree declares.
pub(super) fn lower<'t>(
    tree: &'t Tree,
    scopes: &Scopes<'t>,
    crate_dir: &FilePath,
    dialect: Dialect,
    choice: &Choice<'_>,
) -> Lowered {
    let mut lower = Lower {
        tree,
        crate_dir,
        dialect,
        types: Types::new(scopes, dialect),
        model: Model::empty(dialect),
        findings: Vec::new(),
        sql: SqlFiles::default(),
        items: BTreeMap::new(),
        left_out: BTreeSet::new(),
    };
    let Declarations { tables, enums, domains, composites, views, macros, unreadable, all, left_out } =
        collect::collect(tree, choice, &mut lower.findings);
    lower.left_out = left_out.iter().map(|item| std::ptr::from_ref(item.at.item)).collect();
    lower.enums(enums);
    lower.types(domains, composites);
    lower.tables(tables, &unreadable);
    lower.views(views);
    lower.schema_macros(&macros);
    for item in all.iter().filter(|item| !lower.items.contains_key(&item.order)).collect::<Vec<_>>() {
        lower.declare(item, Object::Unread, Vec::new());
    }
    lower.model.items = std::mem::take(&mut lower.items).into_values().collect();
    crate::objects::resolve(&mut lower.model.schema);
    let place = |item: &Item<'_>| {
        let place = lower.place(item.at.file, item.declaration.start)?;
        Some(LeftOut { place, name: item.at.item.shown().to_owned() })
    };
    let left_out = left_out.iter().filter_map(place).collect();
    Lowered { model: lower.model, findings: lower.findings, sql: lower.sql, left_out }
}

/// What lowering makes.
pub(super) struct Lowered {
    pub(super) model: Model,
    pub(super) findings: Vec<Finding>,
    pub(super) sql: SqlFiles,
    pub(super) left_out: Vec<LeftOut>,
}

/// What `files(..)` leads to.
#[derive(Default)]
pub(super) struct SqlFiles {
    pub(super) files: BTreeSet<PathBuf>,
    pub(super) dirs: BTreeSet<PathBuf>,
}

/// What lowering has made so far.
struct Lower<'a, 't> {
    tree: &'t Tree,
    crate_dir: &'a FilePath,
    dialect: Dialect,
    types: Types<'a, 't>,
    model: Model,
    findings: Vec<Finding>,
    sql: SqlFiles,
    /// The model's items, by their order in the source.
    items: BTreeMap<usize, Declared>,
    /// Declarations of other databases.
    left_out: BTreeSet<*const outline::Item>,
}

impl Lower<'_, '_> {
    fn place(&self, file: FileId, span: Mark) -> Option<Place> {
        self.tree.files.get(file).map(|file| file.place(span))
    }

    /// Records an error at a place; the ways out follow.
    fn error(&mut self, file: FileId, span: Mark, message: impl Into<String>, help: &[&str]) {
        let finding = Finding::error(self.place(file, span), message);
        self.findings.push(help.iter().fold(finding, |finding, line| finding.help(*line)));
    }

    fn record(&mut self, path: Path, file: FileId, span: Mark) {
        if let Some(file) = self.tree.files.get(file) {
            self.model.places.insert(path, &file.shown, span.start());
        }
    }

    fn declare(&mut self, item: &Item<'_>, object: Object, field_types: Vec<(String, String)>) {
        let Some(file) = self.tree.files.get(item.at.file) else { return };
        let declared = Declared {
            fingerprint: item.declaration.fingerprint.clone(),
            object,
            start: file.place(item.declaration.start),
            end: file.place(item.declaration.end),
            field_types,
            conditional: item.declaration.conditional
                || self.tree.modules.get(item.at.module).is_some_and(|module| module.conditional),
        };
        self.items.insert(item.order, declared);
    }

    /// A table's or enum's full name; its namespace is declared with it.
    fn object_name(&mut self, file: FileId, name: String, schema: Option<&Spanned<String>>) -> ObjectName {
        match (self.dialect, schema) {
            (Dialect::Postgres, schema) => {
                let schema = schema.map_or("public", |schema| schema.value.as_str());
                self.declare_namespace(schema);
                ObjectName::qualified(schema, name)
            }
            (_, None) => ObjectName::bare(name),
            (dialect, Some(schema)) => {
                let message = format!("{dialect} has no schemas within a database");
                self.error(file, schema.span, message, &["leave `schema` out"]);
                ObjectName::bare(name)
            }
        }
    }

    /// PostgreSQL brings `public` (BUGS.md B48).
    fn declare_namespace(&mut self, schema: &str) {
        if schema != "public" {
            self.model.schema.namespaces.insert(schema.to_owned());
        }
    }

    /// The object that a text names: `name` or, on PostgreSQL, `schema.name`.
    fn named_object(&self, text: &str, schema: &str) -> ObjectName {
        match (self.dialect, text.split_once('.')) {
            (Dialect::Postgres, Some((schema, name))) => ObjectName::qualified(schema, name),
            (Dialect::Postgres, None) => ObjectName::qualified(schema, text),
            _ => ObjectName::bare(text),
        }
    }

    /// Reports what this database can't do; true when it was reported.
    fn refuse(&mut self, on: Dialect, file: FileId, span: Option<Mark>, what: &str, help: &str) -> bool {
        match span.filter(|_| self.dialect == on) {
            Some(span) => {
                self.error(file, span, what, &[help]);
                true
            }
            None => false,
        }
    }

    /// Reports what MariaDB and MySQL alone can do.
    fn refuse_but_mysql(&mut self, file: FileId, name: &str, span: Option<Mark>) {
        if let Some(span) = span.filter(|_| !self.dialect.is_mysql()) {
            self.error(file, span, format!("`{name}` is MariaDB's and MySQL's alone"), &["leave it out"]);
        }
    }

    /// Reports what PostgreSQL can do and SQLite can't.
    fn refuse_on_sqlite(&mut self, file: FileId, name: &str, span: Option<Mark>) {
        if let Some(span) = span.filter(|_| self.dialect == Dialect::Sqlite) {
            self.error(file, span, format!("`{name}` is PostgreSQL's alone"), &["leave it out"]);
        }
    }

    fn refuse_comment(&mut self, file: FileId, comment: Option<&Spanned<String>>) {
        let span = comment.map(|comment| comment.span);
        self.refuse(Dialect::Sqlite, file, span, "SQLite has no comments on objects", "write a doc comment instead");
    }
}

/// Everything a lowered table needs beside the model while others still refer to it.
type Drafts<'t> = Vec<Draft<'t>>;
