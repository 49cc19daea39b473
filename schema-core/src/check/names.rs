//! Names: unique where the database needs them so, short enough, and not the database's own.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::{Rules, column, part};
use crate::ir::{Dialect, ObjectId, ObjectKind, ObjectName, SqlType, Table};
use crate::kept;
use crate::model::Path;
use crate::names::{Kind, MAX_BYTES, derived};

const CHOOSE: &str = "choose another `name = \"..\"`";

/// The names of one table's columns, mostly.
const FEW: usize = 32;

/// sqlx's own table, and the runtime's.
const HISTORY: [&str; 3] = ["_sqlx_migrations", "_schema_migrations", "_schema_backfills"];

/// What shares the space of names with tables.
const RELATIONS: [ObjectKind; 4] =
    [ObjectKind::View, ObjectKind::MaterializedView, ObjectKind::Index, ObjectKind::ForeignTable];

/// A name within the space in which it must be unique.
#[derive(Clone, Copy)]
struct Named<'a> {
    /// The PostgreSQL schema, or nothing.
    schema: Option<&'a str>,
    name: &'a str,
    what: What<'a>,
}

/// What has a name.
#[derive(Clone, Copy)]
enum What<'a> {
    Table(&'a ObjectName),
    /// The kind of a table's constraint or index.
    Part(&'static str, &'a Table),
    Column(&'a Table),
    Sequence(&'a ObjectName),
    Composite(&'a ObjectName),
    Object(&'a ObjectId),
}

impl<'a> Named<'a> {
    fn object(name: &'a ObjectName, what: What<'a>) -> Self {
        Self { schema: name.schema.as_deref(), name: &name.name, what }
    }

    /// For messages: ``index `i` of `users` ``.
    fn shown(&self) -> String {
        let name = self.name;
        match self.what {
            What::Table(table) => format!("table `{table}`"),
            What::Part(kind, table) => format!("{kind} `{name}` of `{}`", table.name),
            What::Column(table) => format!("column `{name}` of `{}`", table.name),
            What::Sequence(sequence) => format!("sequence `{sequence}`"),
            What::Composite(ty) => format!("composite type `{ty}`"),
            What::Object(id) => format!("{} `{}`", id.kind.as_str(), id.name),
        }
    }

    fn at(&self) -> Path {
        match self.what {
            What::Table(name) => Path::Table(name.clone()),
            What::Part(_, table) => part(table, self.name),
            What::Column(table) => column(table, self.name),
            What::Sequence(name) => Path::Sequence(name.clone()),
            What::Composite(name) => Path::Composite(name.clone()),
            What::Object(id) => Path::Object(id.clone()),
        }
    }
}

impl<'a> Rules<'a> {
    pub(super) fn names(&mut self) {
        self.relations();
        self.type_names();
        for table in self.model.schema.tables.values() {
            self.constraint_names(table);
            self.column_names(table);
        }
        self.reserved();
        self.names_of_what_is_kept();
        self.lengths();
    }

    /// Tables and indexes share one space: a schema's on PostgreSQL, the database's on SQLite. On MariaDB and MySQL each table
    /// has one of its own for its indexes.
    fn relations(&mut self) {
        let mut found = Vec::new();
        let schema = &self.model.schema;
        for table in schema.tables.values() {
            let of_table = |kind, name: &'a str| Named {
                schema: table.name.schema.as_deref(),
                name,
                what: What::Part(kind, table),
            };
            found.push(Named::object(&table.name, What::Table(&table.name)));
            let indexes = table.indexes.iter().map(|index| ("index", &index.name));
            let constraints = table.primary_key.iter().map(|key| ("primary key", &key.name));
            let constraints = constraints.chain(table.uniques.iter().map(|unique| ("unique constraint", &unique.name)));
            // On PostgreSQL a constraint's index has its name; on SQLite it has one of SQLite's own.
            let constraints = constraints.filter(|_| self.dialect() != Dialect::Sqlite);
            let exclusions = table.exclusions.iter().map(|exclusion| ("exclusion constraint", &exclusion.name));
            let parts = indexes.chain(constraints).chain(exclusions).map(|(kind, name)| of_table(kind, name));
            if self.dialect().is_mysql() {
                self.unique(parts.collect());
            } else {
                found.extend(parts);
            }
        }
        found.extend(schema.sequences.keys().map(|name| Named::object(name, What::Sequence(name))));
        found.extend(schema.composites.keys().map(|name| Named::object(name, What::Composite(name))));
        let objects = schema.objects.keys().filter(|id| RELATIONS.contains(&id.kind));
        found.extend(objects.map(|id| Named::object(&id.name, What::Object(id))));
        self.unique(found);
    }

    /// Every table of PostgreSQL is a type too.
    fn type_names(&mut self) {
        if self.dialect() != Dialect::Postgres {
            return;
        }
        for name in self.model.schema.domains.keys().filter(|name| self.model.schema.tables.contains_key(name)) {
            let message = format!("domain `{name}` has the name of a table, and PostgreSQL makes a type of each table");
            self.error(&Path::Domain(name.clone()), message, &["choose another `#[domain(name = \"..\")]`"]);
        }
        for name in self.model.schema.enums.keys().filter(|name| self.model.schema.tables.contains_key(name)) {
            let message = format!("enum `{name}` has the name of a table, and PostgreSQL makes a type of each table");
            self.error(&Path::Enum(name.clone()), message, &["choose another `#[sql_enum(name = \"..\")]`"]);
        }
    }

    fn constraint_names(&mut self, table: &'a Table) {
        let key = table.primary_key.iter().map(|key| &key.name);
        let rest = table.uniques.iter().map(|unique| &unique.name);
        let rest = rest.chain(table.checks.iter().map(|check| &check.name));
        let rest = rest.chain(table.exclusions.iter().map(|exclusion| &exclusion.name));
        let stated = key.chain(rest).chain(table.foreign_keys.iter().map(|key| &key.name));
        let of_enums = self.enum_checks(table);
        let named = |name| Named { schema: None, name, what: What::Part("constraint", table) };
        self.unique(stated.chain(&of_enums).map(|name| named(name)).collect());
    }

    /// On SQLite a column of an enum has a check over its labels.
    fn enum_checks(&self, table: &Table) -> Vec<String> {
        if self.dialect() != Dialect::Sqlite {
            return Vec::new();
        }
        let enums = table.columns.iter().filter(|column| matches!(column.ty, SqlType::Named(_)));
        enums.map(|column| derived(&table.name.name, &[&column.name], Kind::Check)).collect()
    }

    fn column_names(&mut self, table: &'a Table) {
        let named = |name| Named { schema: None, name, what: What::Column(table) };
        self.unique(table.columns.iter().map(|column| named(column.name.as_str())).collect());
    }

    /// Reports each name whose like was there before. PostgreSQL alone tells ASCII upper from lower case (BUGS.md B50).
    fn unique(&mut self, found: Vec<Named<'_>>) {
        if found.len() <= FEW && !self.holds_one_twice(&found) {
            return;
        }
        let mut seen: HashMap<(Option<&str>, Cow<'_, str>), Named<'_>> = HashMap::with_capacity(found.len());
        for named in found {
            let first = match seen.entry((named.schema, self.dialect().folded(named.name))) {
                Entry::Occupied(first) => *first.get(),
                Entry::Vacant(free) => {
                    free.insert(named);
                    continue;
                }
            };
            let (what, first_what) = (named.shown(), first.shown());
            let message = if first.name == named.name {
                format!("{what} has the name of {first_what}")
            } else {
                let dialect = self.dialect();
                format!(
                    "{what} differs from {first_what} in upper and lower case only, which {dialect} does not tell apart"
                )
            };
            self.error(&named.at(), message, &[CHOOSE]);
        }
    }

    /// Name by name, which for a few is faster than hashing them.
    fn holds_one_twice(&self, found: &[Named<'_>]) -> bool {
        let same = |a: &Named<'_>, b: &Named<'_>| a.schema == b.schema && self.dialect().same_name(a.name, b.name);
        found.iter().enumerate().any(|(index, named)| found[..index].iter().any(|before| same(before, named)))
    }

    fn reserved(&mut self) {
        for table in self.model.schema.tables.values() {
            let at = Path::Table(table.name.clone());
            if HISTORY.contains(&table.name.name.as_str()) {
                let message = format!("table `{}` holds the history of migrations", table.name.name);
                self.error(&at, message, &["choose another `#[table(name = \"..\")]`"]);
            }
            if self.dialect() == Dialect::Sqlite {
                let indexes = table.indexes.iter().map(|index| (&index.name, part(table, &index.name)));
                for (name, at) in std::iter::once((&table.name.name, at)).chain(indexes) {
                    if name.to_ascii_lowercase().starts_with("sqlite_") {
                        self.error(
                            &at,
                            format!("`{name}`: names that start with `sqlite_` are SQLite's own"),
                            &[CHOOSE],
                        );
                    }
                }
            }
        }
        for namespace in &self.model.schema.namespaces {
            if namespace.starts_with("pg_") || namespace == "information_schema" {
                let at = self.namespace_place(namespace);
                self.error(&at, format!("schema `{namespace}` is PostgreSQL's own"), &["choose another `schema`"]);
            }
        }
    }

    /// What has such a name is no part of any schema.
    fn names_of_what_is_kept(&mut self) {
        let schema = &self.model.schema;
        let mut found: Vec<(&str, Path)> = Vec::new();
        for table in schema.tables.values() {
            if kept::is_kept(&table.name.name) {
                found.push((&table.name.name, Path::Table(table.name.clone())));
            }
            let columns = table.columns.iter().filter(|on| kept::is_kept(&on.name));
            found.extend(columns.map(|on| (on.name.as_str(), column(table, &on.name))));
        }
        found.extend(schema.sequences.keys().map(|name| (name.name.as_str(), Path::Sequence(name.clone()))));
        found.extend(schema.objects.keys().map(|id| (id.name.name.as_str(), Path::Object(id.clone()))));
        found.extend(schema.namespaces.iter().map(|name| (name.as_str(), self.namespace_place(name))));
        for (name, at) in found.into_iter().filter(|(name, _)| kept::is_kept(name)) {
            let message = format!("`{name}`: names that start with `{}` are for what drops keep", kept::PREFIX);
            self.error(&at, message, &[CHOOSE]);
        }
    }

    /// The first object within a schema, else `schema! {}`, which must have named it.
    fn namespace_place(&self, namespace: &str) -> Path {
        let within = |name: &&ObjectName| name.schema.as_deref() == Some(namespace);
        let schema = &self.model.schema;
        let table = schema.tables.keys().find(within).cloned().map(Path::Table);
        table.or_else(|| schema.enums.keys().find(within).cloned().map(Path::Enum)).unwrap_or(Path::SchemaMacro)
    }

    /// Names, and labels, that a database refuses or makes something else of.
    fn lengths(&mut self) {
        let schema = &self.model.schema;
        let mut found: Vec<(&str, Path)> = Vec::new();
        for table in schema.tables.values() {
            if !self.fits(&table.name.name) {
                found.push((&table.name.name, Path::Table(table.name.clone())));
            }
            let columns = table.columns.iter().map(|column| column.name.as_str()).filter(|name| !self.fits(name));
            found.extend(columns.map(|name| (name, column(table, name))));
            let parts = table.primary_key.iter().map(|key| &key.name);
            let parts = parts.chain(table.uniques.iter().map(|unique| &unique.name));
            let parts = parts.chain(table.checks.iter().map(|check| &check.name));
            let parts = parts.chain(table.exclusions.iter().map(|exclusion| &exclusion.name));
            let parts = parts.chain(table.foreign_keys.iter().map(|key| &key.name));
            let parts = parts.chain(table.indexes.iter().map(|index| &index.name));
            found.extend(parts.filter(|name| !self.fits(name)).map(|name| (name.as_str(), part(table, name))));
        }
        for ty in schema.enums.values() {
            found.push((&ty.name.name, Path::Enum(ty.name.clone())));
            found.extend(ty.labels.iter().map(|label| (label.as_str(), Path::Label(ty.name.clone(), label.clone()))));
        }
        for domain in schema.domains.values() {
            let at = || Path::Domain(domain.name.clone());
            found.push((&domain.name.name, at()));
            found.extend(domain.checks.iter().map(|check| (check.name.as_str(), at())));
        }
        for ty in schema.composites.values() {
            found.push((&ty.name.name, Path::Composite(ty.name.clone())));
            let attributes = ty.attributes.iter().map(|attribute| attribute.name.as_str());
            found.extend(attributes.map(|name| (name, Path::Attribute(ty.name.clone(), name.to_owned()))));
        }
        found.extend(schema.sequences.keys().map(|name| (name.name.as_str(), Path::Sequence(name.clone()))));
        let views = schema.objects.keys().filter(|id| RELATIONS.contains(&id.kind));
        found.extend(views.map(|id| (id.name.name.as_str(), Path::Object(id.clone()))));
        found.extend(schema.namespaces.iter().map(|name| (name.as_str(), self.namespace_place(name))));
        let found: Vec<(String, Path)> = found.into_iter().map(|(name, at)| (name.to_owned(), at)).collect();
        found.iter().for_each(|(name, at)| self.unfit(name, at));
    }

    /// Whether [`unfit`](Self::unfit) has nothing to say of it, which is asked of every name first.
    fn fits(&self, name: &str) -> bool {
        name.len() <= MAX_BYTES
            && !name.contains('\0')
            && (!self.dialect().is_mysql() || name.is_ascii() && !name.ends_with(' '))
    }

    fn unfit(&mut self, name: &str, at: &Path) {
        let (bytes, dialect) = (name.len(), self.dialect());
        if name.contains('\0') {
            let message = format!("the name `{}` holds NUL, which no database takes", name.escape_debug());
            self.error(at, message, &[CHOOSE]);
        }
        if dialect.is_mysql() && name.ends_with(' ') {
            let message = format!("the name `{name}` ends in a space, which {dialect} refuses or cuts");
            self.error(at, message, &[CHOOSE]);
        }
        if dialect.is_mysql() && name.chars().any(|c| c > '\u{ffff}') {
            let message =
                format!("the name `{name}` has a letter beyond U+FFFF, and {dialect} keeps names without those");
            self.error(at, message, &[CHOOSE]);
        }
        // With no more than a notice (BUGS.md B18).
        if bytes > MAX_BYTES {
            let message = format!("the name `{name}` has {bytes} bytes, and PostgreSQL cuts names after {MAX_BYTES}");
            self.error(at, message, &["state a shorter `name = \"..\"`"]);
        }
    }
}
