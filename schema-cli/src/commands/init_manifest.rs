//! The dependencies that `init` adds to a Cargo.toml, keeping everything else in it as it is.

use std::path::{Path, PathBuf};

use schema_core::ir::Dialect;
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, Value};

use crate::failure::Failure;

/// Where the crates of this project lie; they are on no registry.
pub(super) struct Checkout(PathBuf);

impl Checkout {
    pub(super) fn find(asked: Option<&Path>) -> Result<Self, Failure> {
        let built_from = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let dir = asked.unwrap_or(&built_from);
        let missing = || {
            Failure::new(format!(
                "`{}` is no checkout of this project: it has no schema-runtime/Cargo.toml",
                dir.display()
            ))
            .help("name one with --path")
        };
        let dir = dir.canonicalize().map_err(|_| missing())?;
        match dir.join("schema-runtime/Cargo.toml").is_file() {
            true => Ok(Self(dir)),
            false => Err(missing()),
        }
    }

    fn dependency(&self, name: &str, features: &[&str]) -> InlineTable {
        let mut table = InlineTable::new();
        table.insert("path", self.0.join(name).to_string_lossy().as_ref().into());
        if !features.is_empty() {
            table.insert("features", list(features));
        }
        table
    }
}

pub(super) struct Added {
    pub(super) text: String,
    pub(super) names: Vec<&'static str>,
}

/// Adds the dependencies that are missing; `sqlx_features` are those of the types in use, which an existing entry gets
/// too.
pub(super) fn add_dependencies(
    text: &str,
    dialect: Dialect,
    checkout: &Checkout,
    sqlx_features: &[&str],
) -> Result<Added, String> {
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    // One feature for both: their servers speak one protocol.
    let database = if dialect.is_mysql() { "mysql" } else { dialect.as_str() };
    let wanted = [
        ("dependencies", "schema-runtime", checkout.dependency("schema-runtime", &[database])),
        ("dependencies", "sqlx", sqlx(database, sqlx_features)),
        ("build-dependencies", "schema-core", checkout.dependency("schema-core", &[])),
    ];
    let mut names = Vec::new();
    for (section, name, dependency) in wanted {
        let section_item = document.entry(section).or_insert_with(|| Item::Table(Table::new()));
        let table = section_item.as_table_like_mut().ok_or_else(|| format!("`{section}` is no table"))?;
        if !table.contains_key(name) {
            table.insert(name, Item::Value(Value::InlineTable(dependency)));
            names.push(name);
        } else if name == "sqlx" && add_features(table, sqlx_features) {
            names.push("features of sqlx");
        }
    }
    Ok(Added { text: document.to_string(), names })
}

/// True when one was missing.
fn add_features(dependencies: &mut dyn TableLike, wanted: &[&str]) -> bool {
    let Some(sqlx) = dependencies.get_mut("sqlx").and_then(Item::as_table_like_mut) else { return false };
    let features = sqlx.entry("features").or_insert_with(|| toml_edit::value(Array::new()));
    let Some(features) = features.as_array_mut() else { return false };
    let before = features.len();
    for feature in wanted {
        if !features.iter().any(|known| known.as_str() == Some(feature)) {
            features.push(*feature);
        }
    }
    features.len() > before
}

fn sqlx(database: &str, features: &[&str]) -> InlineTable {
    let mut table = InlineTable::new();
    table.insert("version", "0.9".into());
    table.insert("default-features", false.into());
    table.insert("features", list(&[&["derive", "runtime-tokio", database], features].concat()));
    table
}

fn list(items: &[&str]) -> Value {
    Value::Array(items.iter().copied().collect::<Array>())
}
