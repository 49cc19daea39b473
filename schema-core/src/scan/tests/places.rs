use super::*;
use crate::model::{Object, Path};

const TEXT: &str = "/// Döc
#[derive(Table)]
#[table(index(é, name = \"i\"), check(\"é > 0\"))]
struct Tä {
    /* ж */ é: i64,
    #[column(type = \"text\", unique)]
    b: String,
}

#[derive(SqlEnum)]
enum Mood {
    Good,
}

schema_runtime::schema! {
    schema app;
}
";

#[test]
fn objects_and_their_parts_have_places_in_characters() {
    let scan = postgres(&[("src/lib.rs", TEXT)]);
    let tä = name(&scan, "tä");
    let at = |path: Path| scan.model.places.get(&path).unwrap().to_string();
    assert_eq!(at(Path::Table(tä.clone())), "src/lib.rs:4:8");
    assert_eq!(at(Path::Column(tä.clone(), "é".into())), "src/lib.rs:5:13");
    assert_eq!(at(Path::ColumnType(tä.clone(), "é".into())), "src/lib.rs:5:16");
    assert_eq!(at(Path::ColumnType(tä.clone(), "b".into())), "src/lib.rs:6:21");
    assert_eq!(at(Path::Part(tä.clone(), "i".into())), "src/lib.rs:3:9");
    assert_eq!(at(Path::Part(tä.clone(), "tä_check".into())), "src/lib.rs:3:31");
    assert_eq!(at(Path::Part(tä.clone(), "tä_b_key".into())), "src/lib.rs:6:29");
    assert_eq!(at(Path::Part(tä, "gone".into())), "src/lib.rs:4:8");
    assert_eq!(at(Path::Enum(name(&scan, "mood"))), "src/lib.rs:11:6");
    assert_eq!(at(Path::Label(name(&scan, "mood"), "Good".into())), "src/lib.rs:12:5");
    assert_eq!(at(Path::SchemaMacro), "src/lib.rs:15:1");
}

#[test]
fn items_come_in_source_order_with_their_extent() {
    let scan = postgres(&[("src/lib.rs", TEXT)]);
    let items: Vec<_> = scan.model.items.iter().map(|item| format!("{} {}", item.start, item.end)).collect();
    assert_eq!(
        items,
        ["src/lib.rs:1:1 src/lib.rs:8:2", "src/lib.rs:10:1 src/lib.rs:13:2", "src/lib.rs:15:1 src/lib.rs:17:2"]
    );
    let objects: Vec<_> = scan.model.items.iter().map(|item| item.object.clone()).collect();
    assert_eq!(objects, [Object::Table(name(&scan, "tä")), Object::Enum(name(&scan, "mood")), Object::SchemaMacro]);
}

#[test]
fn findings_of_all_files_come_sorted() {
    let scan = scan_as(
        Dialect::Postgres,
        &[
            ("src/lib.rs", "mod b; mod a;\n#[derive(Table)] struct L { x: N }"),
            ("src/a.rs", "#[derive(Table)] #[table(nme = \"x\")] struct A { x: i32 }"),
            ("src/b.rs", "#[derive(Table)] struct B { y: N, x: N }"),
        ],
    );
    let places: Vec<_> = scan.findings.iter().map(|finding| finding.place.as_ref().unwrap().to_string()).collect();
    assert_eq!(places, ["src/a.rs:1:26", "src/b.rs:1:32", "src/b.rs:1:38", "src/lib.rs:2:32"]);
    assert!(scan.findings[0].help.iter().any(|line| line.contains("`name`")), "{:?}", scan.findings[0]);
}
