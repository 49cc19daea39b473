//! Rust names for the objects of a schema, each free of collisions and the same at every pull.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use heck::{ToSnakeCase as _, ToUpperCamelCase as _};
use schema_core::ir::{ObjectName, Schema, Table};

use super::in_module;

/// Names that the generated source imports or takes from the prelude.
const TAKEN: &[&str] = &[
    "BigDecimal",
    "BitVec",
    "Box",
    "Clone",
    "Copy",
    "DateTime",
    "Debug",
    "Decimal",
    "Default",
    "Drop",
    "Eq",
    "Err",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "Hash",
    "Into",
    "IpNetwork",
    "Iterator",
    "JsonValue",
    "MacAddress",
    "NaiveDate",
    "NaiveDateTime",
    "NaiveTime",
    "None",
    "Ok",
    "Oid",
    "Option",
    "Ord",
    "PartialEq",
    "PartialOrd",
    "PgBox",
    "PgCircle",
    "PgCube",
    "PgHstore",
    "PgInterval",
    "PgLQuery",
    "PgLSeg",
    "PgLTree",
    "PgLine",
    "PgMoney",
    "PgPath",
    "PgPoint",
    "PgPolygon",
    "PgRange",
    "PgTimeTz",
    "Result",
    "Self",
    "Send",
    "Sized",
    "Some",
    "String",
    "Sync",
    "ToString",
    "Unpin",
    "Utc",
    "Uuid",
    "Vec",
];

/// Words that mean something in a list of fields.
const FIELD_WORDS: &[&str] = &["deferrable", "expr", "match_full", "nulls_not_distinct", "unique"];

/// Modules that a generated folder has anyway.
const MODULES: &[&str] = &["mod", "types"];

/// Where an object is declared.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The PostgreSQL schema.
    namespace: Option<String>,
    /// The file's module; tables have one each.
    module: String,
    /// The struct's or enum's name.
    pub(super) ident: String,
}

/// Names of everything that a schema declares in Rust.
pub(super) struct Names {
    places: BTreeMap<ObjectName, Place>,
    folders: BTreeMap<Option<String>, Option<String>>,
    fields: BTreeMap<ObjectName, BTreeMap<String, String>>,
}

/// The schema whose module is the root: `public`, and SQLite's only one.
pub(super) fn is_root(namespace: Option<&str>) -> bool {
    matches!(namespace, None | Some("public"))
}

impl Names {
    pub(super) fn new(schema: &Schema) -> Self {
        let types = schema.enums.keys().chain(schema.domains.keys()).chain(schema.composites.keys());
        let types: Vec<(&ObjectName, bool)> = types.map(|name| (name, false)).collect();
        let tables = schema.tables.keys().map(|name| (name, true));
        let mut names = Self { places: BTreeMap::new(), folders: BTreeMap::new(), fields: BTreeMap::new() };
        let mut idents: BTreeMap<Option<String>, BTreeSet<String>> = BTreeMap::new();
        let mut modules: BTreeMap<Option<String>, BTreeSet<String>> = BTreeMap::new();
        modules.insert(None, BTreeSet::new());
        for (name, is_table) in types.into_iter().chain(tables) {
            let key = if is_root(name.schema.as_deref()) { None } else { name.schema.clone() };
            let ident = free(type_ident(&name.name), idents.entry(key.clone()).or_default());
            let module = match is_table {
                true => free(module_ident(&name.name), modules.entry(key).or_default()),
                false => "types".to_owned(),
            };
            names.places.insert(name.clone(), Place { namespace: name.schema.clone(), module, ident });
        }
        let root = modules.entry(None).or_default();
        let others: BTreeSet<&Option<String>> = idents.keys().filter(|namespace| namespace.is_some()).collect();
        for namespace in others {
            let module = free(module_ident(namespace.as_deref().unwrap_or_default()), root);
            names.folders.insert(namespace.clone(), Some(module));
        }
        names.folders.insert(None, None);
        names.fields = schema.tables.values().map(|table| (table.name.clone(), fields(schema, table))).collect();
        names
    }

    /// Where a table or type is declared; unknown names stand for themselves.
    pub(super) fn place(&self, name: &ObjectName) -> Place {
        self.places.get(name).cloned().unwrap_or_else(|| Place {
            namespace: name.schema.clone(),
            module: module_ident(&name.name),
            ident: type_ident(&name.name),
        })
    }

    /// The field of a column.
    pub(super) fn field(&self, table: &ObjectName, column: &str) -> String {
        let field = self.fields.get(table).and_then(|fields| fields.get(column));
        field.cloned().unwrap_or_else(|| field_ident(column))
    }

    /// PostgreSQL schemas with a module, the root first.
    pub(super) fn namespaces(&self) -> Vec<Option<String>> {
        self.folders.keys().cloned().collect()
    }

    /// The module of a schema; `None` for the root.
    pub(super) fn module(&self, namespace: Option<&str>) -> Option<&str> {
        self.folders.get(&key(namespace)).and_then(Option::as_deref)
    }

    /// The file that declares what is at a place.
    pub(super) fn file(&self, place: &Place) -> PathBuf {
        self.folder(place.namespace()).join(format!("{}.rs", place.module))
    }

    pub(super) fn folder(&self, namespace: Option<&str>) -> PathBuf {
        in_module(self.module(namespace).unwrap_or_default())
    }

    /// The `mod` and `pub use` lines of a schema's module.
    pub(super) fn modules(&self, namespace: Option<&str>) -> String {
        let here = key(namespace);
        let mut modules: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for place in self.places.values().filter(|place| key(place.namespace.as_deref()) == here) {
            modules.entry(&place.module).or_default().push(&place.ident);
        }
        let others = self.folders.values().flatten().filter(|_| here.is_none());
        let folders: String = others.map(|module| format!("pub mod {module};\n")).collect();
        let mods: String = modules.keys().map(|module| format!("mod {module};\n")).collect();
        let uses: String = modules.iter().map(|(module, idents)| exports(module, idents)).collect();
        [folders + &mods, uses].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
    }
}

fn exports(module: &str, idents: &[&str]) -> String {
    let mut idents = idents.to_vec();
    idents.sort_unstable();
    match idents.as_slice() {
        [ident] => format!("pub use {module}::{ident};\n"),
        idents => {
            let line = format!("pub use {module}::{{{}}};\n", idents.join(", "));
            if line.len() <= 100 {
                line
            } else {
                format!("pub use {module}::{{\n    {},\n}};\n", idents.join(",\n    "))
            }
        }
    }
}

impl Place {
    pub(super) fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }
}

fn key(namespace: Option<&str>) -> Option<String> {
    namespace.filter(|name| !is_root(Some(name))).map(str::to_owned)
}

/// Each column's field; a partition without columns of its own has its parent's.
fn fields(schema: &Schema, table: &Table) -> BTreeMap<String, String> {
    let mut source = table;
    while let (true, Some(of)) = (source.columns.is_empty(), &source.partition_of) {
        match schema.tables.get(&of.parent) {
            Some(parent) => source = parent,
            None => break,
        }
    }
    let mut taken = BTreeSet::new();
    source.columns.iter().map(|column| (column.name.clone(), free(field_ident(&column.name), &mut taken))).collect()
}

/// The name, or the first of `name2`, `name3` and so on that is free.
fn free(name: String, taken: &mut BTreeSet<String>) -> String {
    let mut candidate = name.clone();
    let mut number = 2;
    while !taken.insert(candidate.to_lowercase()) {
        candidate = format!("{name}{number}");
        number += 1;
    }
    candidate
}

/// `UserRole` of `user_roles`' kind of name.
pub(super) fn type_ident(name: &str) -> String {
    let ident = valid(&name.to_upper_camel_case(), "T");
    if TAKEN.contains(&ident.as_str()) { format!("{ident}Row") } else { ident }
}

pub(super) fn field_ident(name: &str) -> String {
    let ident = valid(&name.to_snake_case(), "c");
    if FIELD_WORDS.contains(&ident.as_str()) { format!("{ident}_") } else { ident }
}

fn module_ident(name: &str) -> String {
    let ident = valid(&name.to_snake_case(), "m");
    let ident = ident.strip_prefix("r#").map_or(ident.clone(), |word| format!("{word}_"));
    if MODULES.contains(&ident.as_str()) { format!("{ident}_") } else { ident }
}

/// The name as an identifier: letters, digits and `_` of it, after `prefix` where those don't start one, raw where they
/// are a keyword.
pub(super) fn valid(name: &str, prefix: &str) -> String {
    let kept: String = name.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect();
    let candidates = [kept.clone(), format!("r#{kept}"), format!("{kept}_"), format!("{prefix}{kept}")];
    let ident = candidates.into_iter().find(|text| syn::parse_str::<syn::Ident>(text).is_ok() && text != "_");
    ident.unwrap_or_else(|| format!("{prefix}_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_becomes_an_identifier() {
        assert_eq!(type_ident("user_roles"), "UserRoles");
        assert_eq!(type_ident("option"), "OptionRow");
        assert_eq!(type_ident("2fa"), "T2fa");
        assert_eq!(field_ident("createdAt"), "created_at");
        assert_eq!(field_ident("type"), "r#type");
        assert_eq!(field_ident("self"), "self_");
        assert_eq!(field_ident("1st place!"), "c1st_place");
        assert_eq!(field_ident("??"), "c");
        assert_eq!(field_ident("имя"), "имя");
        assert_eq!(module_ident("match"), "match_");
        assert_eq!(module_ident("types"), "types_");
    }
}
