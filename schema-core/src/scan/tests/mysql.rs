//! What MariaDB and MySQL alone have.

use super::*;
use crate::ir::SqlType;

const SOURCE: &str = r#"#[derive(Table)] #[table(charset = "UTF8MB4", collate = "utf8mb4_bin", partitioning = " HASH (id) PARTITIONS 4 ",
    with(engine = "InnoDB"), index(note prefix = 20, name desc), index(note, using = fulltext))]
pub struct Item { #[column(primary_key, identity)] pub id: u64, #[column(type = "text", charset = "latin1")] pub note: String,
    #[sqlx(json)] pub extra: Extra, pub name: String, pub data: Vec<u8>, pub flag: bool, pub mood: Option<Mood>,
    #[column(default = "CURRENT_TIMESTAMP", on_update = "CURRENT_TIMESTAMP", index(prefix = 3))] pub at: chrono::NaiveDateTime }
pub struct Extra;
#[derive(SqlEnum)] pub enum Mood { Good, Bad }"#;

#[test]
fn attributes_of_mysql_are_lowered() {
    for dialect in [Dialect::MariaDb, Dialect::MySql] {
        let scan = clean(scan_as(dialect, &[("src/lib.rs", SOURCE)]));
        let item = table(&scan, "item");
        assert_eq!((item.charset.as_deref(), item.collation.as_deref()), (Some("utf8mb4"), Some("utf8mb4_bin")));
        assert_eq!(item.partitioning.as_deref(), Some("HASH (id) PARTITIONS 4"));
        let ty = |name: &str| item.column(name).unwrap().ty.clone();
        for (name, expected) in [
            ("id", "bigint unsigned"),
            ("extra", "json"),
            ("name", "varchar(255)"),
            ("data", "longblob"),
            ("flag", "tinyint(1)"),
            ("at", "datetime(6)"),
        ] {
            assert_eq!(ty(name), SqlType::builtin(expected), "{name}");
        }
        assert_eq!(ty("mood"), SqlType::Named(ObjectName::bare("mood")));
        let at = item.column("at").unwrap();
        assert_eq!(at.on_update.as_deref(), Some("CURRENT_TIMESTAMP"));
        assert_eq!(item.column("note").unwrap().charset.as_deref(), Some("latin1"));
        let prefixes: Vec<Option<u32>> =
            item.indexes.iter().flat_map(|index| &index.keys).map(|key| key.prefix).collect();
        assert_eq!(prefixes.into_iter().flatten().sum::<u32>(), 23);
    }
}

#[test]
fn other_databases_refuse_them_where_they_stand() {
    let source =
        SOURCE.replace(", with(engine = \"InnoDB\")", "").replace(", using = fulltext", "").replace("u64", "i64");
    let source = source.replace("with(engine = \"InnoDB\"), ", "");
    for dialect in [Dialect::Postgres, Dialect::Sqlite] {
        let found = messages(&scan_as(dialect, &[("src/lib.rs", &source)]));
        for name in ["charset", "collate", "partitioning", "on_update", "prefix"] {
            let expected = format!("`{name}` is MariaDB's and MySQL's alone | leave it out");
            assert!(found.iter().any(|line| line.contains(&expected)), "{dialect} {name}: {found:?}");
        }
    }
}
