//! Scans of small crates in temporary folders.

mod anything;
mod catalogue;
mod lowering;
mod modules;
mod mysql;
mod names;
mod places;
mod refusals;
mod types;

use std::path::Path as FilePath;

use super::*;
use crate::ir::{Column, ObjectName, Table};

/// A crate on disk.
struct Crate {
    dir: tempfile::TempDir,
}

impl Crate {
    fn new(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let krate = Self { dir };
        files.iter().for_each(|(path, text)| krate.write(path, text));
        krate
    }

    fn path(&self) -> &FilePath {
        self.dir.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn options(&self, dialect: Dialect) -> ScanOptions {
        let roots = ["src/lib.rs", "src/main.rs"].into_iter().filter(|root| self.path().join(root).exists());
        ScanOptions {
            crate_dir: self.path().to_path_buf(),
            roots: roots.map(PathBuf::from).collect(),
            dialect,
            cache_dir: None,
            modules: Vec::new(),
        }
    }
}

/// A scan, which a second one must repeat from what the first remembered.
fn scan_as(dialect: Dialect, files: &[(&str, &str)]) -> Scan {
    let krate = Crate::new(files);
    let options = ScanOptions { cache_dir: Some(krate.path().to_path_buf()), ..krate.options(dialect) };
    let (cold, warm) = (scan(&options).unwrap(), scan(&options).unwrap());
    assert_eq!(format!("{:?}", cold.model), format!("{:?}", warm.model));
    assert_eq!((&cold.findings, &cold.left_out), (&warm.findings, &warm.left_out));
    cold
}

/// A scan for PostgreSQL that must find nothing wrong.
fn postgres(files: &[(&str, &str)]) -> Scan {
    clean(scan_as(Dialect::Postgres, files))
}

/// A scan for SQLite that must find nothing wrong.
fn sqlite(files: &[(&str, &str)]) -> Scan {
    clean(scan_as(Dialect::Sqlite, files))
}

fn clean(scan: Scan) -> Scan {
    assert_eq!(messages(&scan), Vec::<String>::new());
    scan
}

/// `file:line:column message | help | help`.
fn messages(scan: &Scan) -> Vec<String> {
    let line = |finding: &Finding| {
        let place = finding.place.as_ref().map(ToString::to_string).unwrap_or_default();
        [vec![format!("{place} {}", finding.message)], finding.help.clone()].concat().join(" | ")
    };
    scan.findings.iter().map(line).collect()
}

fn name(scan: &Scan, text: &str) -> ObjectName {
    match (scan.model.schema.dialect, text.split_once('.')) {
        (Dialect::Sqlite | Dialect::MariaDb | Dialect::MySql, _) => ObjectName::bare(text),
        (Dialect::Postgres, Some((schema, name))) => ObjectName::qualified(schema, name),
        (Dialect::Postgres, None) => ObjectName::qualified("public", text),
    }
}

fn tables(scan: &Scan) -> Vec<String> {
    scan.model.schema.tables.keys().map(ToString::to_string).collect()
}

fn table<'a>(scan: &'a Scan, text: &str) -> &'a Table {
    let wanted = name(scan, text);
    scan.model.schema.tables.get(&wanted).unwrap_or_else(|| panic!("no table {text} among {:?}", tables(scan)))
}

fn column<'a>(scan: &'a Scan, table_name: &str, column: &str) -> &'a Column {
    table(scan, table_name).column(column).unwrap_or_else(|| panic!("no column {column}"))
}

/// `name type`, with `?` when nullable.
fn columns(scan: &Scan, table_name: &str) -> Vec<String> {
    let shown = |column: &Column| format!("{} {}{}", column.name, column.ty, if column.nullable { "?" } else { "" });
    table(scan, table_name).columns.iter().map(shown).collect()
}
