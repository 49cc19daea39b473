//! From a schema to the Rust source that declares it: what a scan of that source reads is the schema again.
//!
//! ```
//! use schema_core::ir::{Column, Dialect, ObjectName, Schema, SqlType, Table};
//!
//! let mut users = Table::new(ObjectName::bare("users"));
//! users.columns.push(Column::new("email", SqlType::builtin("TEXT")));
//! let mut schema = Schema::empty(Dialect::Sqlite);
//! schema.tables.insert(users.name.clone(), users);
//!
//! let source = schema_runtime::pull::source(&schema, &Default::default());
//! let users = &source.files[std::path::Path::new("src/schema/users.rs")];
//! assert!(users.contains("pub email: String,"));
//! ```

mod columns;
mod imports;
mod names;
mod objects;
mod rust_type;
mod tables;
mod text;
mod types;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use schema_core::ir::{Dialect, ObjectName, Schema};

pub use write::{Base, Written, base, write};

use imports::Imports;
use names::Names;

/// What to write.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Further derives on each struct and enum, as paths: `serde::Serialize`.
    pub derives: Vec<String>,
}

/// A schema as source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Files by their path below the crate: the module `src/schema/` and the SQL below `sql/`.
    pub files: BTreeMap<PathBuf, String>,
    /// The features of sqlx that the types need, beside the database's own.
    pub sqlx_features: BTreeSet<&'static str>,
    /// What a reader of the source should know: columns that sqlx can't decode as they are.
    pub notes: Vec<String>,
}

/// The folder of the module, below the crate.
pub const MODULE: &str = "src/schema";

/// Writes a schema as Rust source and SQL files. The same schema gives the same bytes.
#[must_use]
pub fn source(schema: &Schema, options: &Options) -> Source {
    let names = Names::new(schema);
    let mut writer = Writer { schema, names: &names, options, source: Source::default() };
    writer.tables();
    writer.types();
    let sql = objects::files(schema);
    writer.modules(&sql);
    writer.source.files.extend(sql);
    writer.source
}

struct Writer<'a> {
    schema: &'a Schema,
    names: &'a Names,
    options: &'a Options,
    source: Source,
}

impl<'a> Writer<'a> {
    fn tables(&mut self) {
        for table in self.schema.tables.values() {
            let place = self.names.place(&table.name);
            let mut imports = self.imports(&table.name);
            let item = tables::item(self, table, &mut imports);
            self.put(self.names.file(&place), imports, item);
        }
    }

    fn types(&mut self) {
        let schema = self.schema;
        let named = || schema.enums.keys().chain(schema.domains.keys()).chain(schema.composites.keys());
        let namespaces: BTreeSet<Option<String>> = named().map(|name| name.schema.clone()).collect();
        for namespace in namespaces {
            let in_it = |name: &ObjectName| name.schema == namespace;
            let own = named().filter(|name| in_it(name)).map(|name| self.names.place(name).ident);
            let mut imports = Imports::new(self.names, namespace.as_deref(), own);
            let mut items = Vec::new();
            items.extend(schema.enums.values().filter(|ty| in_it(&ty.name)).map(|ty| types::enumeration(self, ty)));
            for domain in schema.domains.values().filter(|domain| in_it(&domain.name)) {
                items.push(types::domain(self, domain, &mut imports));
            }
            for composite in schema.composites.values().filter(|composite| in_it(&composite.name)) {
                items.push(types::composite(self, composite, &mut imports));
            }
            let file = self.names.folder(namespace.as_deref()).join("types.rs");
            self.put(file, imports, items.join("\n"));
        }
    }

    /// One `mod.rs` a PostgreSQL schema; that of `public` is the root, with the `schema!`.
    fn modules(&mut self, sql: &BTreeMap<PathBuf, String>) {
        for namespace in self.names.namespaces() {
            let is_root = names::is_root(namespace.as_deref());
            let text = if is_root {
                let declared = objects::declarations(self.schema, sql);
                let text = self.names.modules(namespace.as_deref());
                let intro = match self.schema.dialect {
                    Dialect::Postgres => "//! The schema of a PostgreSQL database.\n",
                    Dialect::Sqlite => "//! The schema of an SQLite database.\n",
                    Dialect::MariaDb => "//! The schema of a MariaDB database.\n",
                    Dialect::MySql => "//! The schema of a MySQL database.\n",
                };
                [intro.to_owned(), text, declared]
                    .into_iter()
                    .filter(|part| !part.is_empty())
                    .collect::<Vec<_>>()
                    .join("\n")
            } else {
                let title = namespace.as_deref().unwrap_or_default();
                format!("//! The PostgreSQL schema `{}`.\n\n{}", title, self.names.modules(namespace.as_deref()))
            };
            self.source.files.insert(self.names.folder(namespace.as_deref()).join("mod.rs"), text);
        }
    }

    fn imports(&self, name: &ObjectName) -> Imports<'a> {
        Imports::new(self.names, name.schema.as_deref(), [self.names.place(name).ident])
    }

    fn put(&mut self, file: PathBuf, imports: Imports<'_>, items: String) {
        self.source.sqlx_features.extend(imports.features());
        let head = imports.text();
        let text = if head.is_empty() { items } else { format!("{head}\n{items}") };
        self.source.files.insert(file, text);
    }

    /// The line of derives.
    fn derives(&self, own: &[&str]) -> String {
        let all: Vec<&str> = own.iter().copied().chain(self.options.derives.iter().map(String::as_str)).collect();
        text::list("derive", &all, "")
    }
}

/// The path of a file of the module.
fn in_module(path: impl AsRef<Path>) -> PathBuf {
    Path::new(MODULE).join(path)
}
