use proptest::prelude::*;

use super::*;
use crate::ir::{Column, SqlType};

fn schema() -> Schema {
    let mut schema = Schema::empty(Dialect::Postgres);
    for name in ["users", "Users", "a/b"] {
        let mut table = Table::new(ObjectName::qualified("app", name));
        table.columns.push(Column::new("id", SqlType::builtin("bigint")));
        table.columns.push(Column::new("mood", SqlType::Array(Box::new(SqlType::Named(mood())))));
        schema.tables.insert(table.name.clone(), table);
    }
    schema.enums.insert(mood(), EnumType { name: mood(), labels: vec!["sad".into(), "it's".into()], comment: None });
    schema.namespaces.insert("app".into());
    schema
}

fn mood() -> ObjectName {
    ObjectName::qualified("public", "mood")
}

fn snapshot() -> Snapshot {
    let sealed = |up: &str| Sealed { up: hex_checksum(up), down: Some(hex_checksum("")) };
    Snapshot::new(
        schema(),
        BTreeMap::from([(1, sealed("a")), (20260102030405, sealed("b"))]),
        BTreeSet::from(["table a -> b".into()]),
    )
}

fn written() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    snapshot().write(dir.path()).unwrap();
    dir
}

fn errors(dir: &Path) -> String {
    let findings =
        Snapshot::read_labelled(dir, Path::new("schema"), Dialect::Postgres, &mut Memory::default()).unwrap_err();
    findings.iter().map(|finding| finding.to_string() + "\n").collect()
}

fn edit(dir: &Path, file: &str, edit: impl Fn(String) -> String) {
    let path = dir.join(file);
    let text = fs::read_to_string(&path).unwrap();
    let edited = edit(text.clone());
    assert_ne!(text, edited);
    fs::write(path, edited).unwrap();
}

#[test]
fn what_is_written_reads_back_equal_and_is_written_once() {
    let dir = written();
    assert_eq!(Snapshot::read(dir.path(), Dialect::Postgres).unwrap(), snapshot());
    let mut writes = Writes::default();
    snapshot().plan(&dir.path().canonicalize().unwrap(), &mut writes).unwrap();
    assert_eq!(writes.pending(), Vec::<&Path>::new());
}

#[test]
fn files_hold_one_fact_a_line_and_no_names_that_collide() {
    let files = snapshot().files();
    let names: Vec<_> = files.keys().map(|path| path.to_string_lossy().into_owned()).collect();
    assert_eq!(
        names,
        [
            "namespaces/app.json",
            "snapshot.json",
            "tables/app.%55sers.json",
            "tables/app.a%2fb.json",
            "tables/app.users.json",
            "types/public.mood.json"
        ]
    );
    let text = &files[Path::new("types/public.mood.json")];
    insta::assert_snapshot!(text, @r#"
    {
      "name": {
        "schema": "public",
        "name": "mood"
      },
      "labels": [
        "sad",
        "it's"
      ]
    }
    "#);
    assert!(files.values().all(|text| text.ends_with("}\n") && !text.contains('\r')));
}

#[test]
fn a_missing_folder_is_the_empty_base() {
    let base = Snapshot::read(Path::new("no/such/folder"), Dialect::Sqlite).unwrap();
    assert_eq!(base, Snapshot::empty(Dialect::Sqlite));
    assert_eq!((base.head, base.chain.as_str()), (None, ""));
}

#[test]
fn files_of_dropped_objects_are_removed() {
    let dir = written();
    Snapshot::empty(Dialect::Postgres).write(dir.path()).unwrap();
    assert_eq!(json_files(&dir.path().join(TABLES)).unwrap(), Vec::<String>::new());
    assert!(Snapshot::read(dir.path(), Dialect::Postgres).unwrap().schema.is_empty());
}

#[test]
fn corrupt_json_is_named_with_file_line_and_column() {
    let dir = written();
    edit(dir.path(), "tables/app.users.json", |text| text.replacen("\"columns\": [", "\"columns\": ", 1));
    let text = errors(dir.path());
    assert!(text.starts_with("error: the file is corrupt: "), "{text}");
    assert!(text.contains("--> schema/tables/app.users.json:7:"), "{text}");
    assert!(text.contains("`git checkout HEAD -- schema/tables/app.users.json`"), "{text}");
}

#[test]
fn unknown_fields_are_refused() {
    let dir = written();
    edit(dir.path(), "snapshot.json", |text| text.replacen('{', "{\n  \"surprise\": 1,", 1));
    assert!(errors(dir.path()).contains("unknown field `surprise`"));
}

#[test]
fn a_newer_format_is_told_apart_from_a_corrupt_file() {
    let dir = written();
    edit(dir.path(), "snapshot.json", |text| text.replacen("\"format\": 1", "\"format\": 2, \"more\": []", 1));
    let text = errors(dir.path());
    assert!(text.contains("has format 2, which is newer than this version's format 1"), "{text}");
}

#[test]
fn another_dialect_is_refused() {
    let dir = written();
    let findings = Snapshot::read(dir.path(), Dialect::Sqlite).unwrap_err();
    assert!(findings[0].message.contains("the base is for PostgreSQL, but the build script says SQLite"));
    assert_eq!(recorded_dialect(dir.path()), Some(Dialect::Postgres));
}

#[test]
fn conflict_markers_of_git_get_a_plain_message() {
    let dir = written();
    edit(dir.path(), "snapshot.json", |text| text.replacen("  \"head\"", "<<<<<<< HEAD\n  \"head\"", 1));
    let text = errors(dir.path());
    assert!(text.contains("the file holds a merge conflict of git\n  --> schema/snapshot.json:4:1"), "{text}");
    assert!(text.contains("help: after a merge, `cargo schema rebase`"), "{text}");
}

#[test]
fn a_merge_that_changed_only_part_is_noticed() {
    let lost_table = written();
    fs::remove_file(lost_table.path().join("tables/app.a%2fb.json")).unwrap();
    assert!(errors(lost_table.path()).contains("object files or renames are not those that were sealed"));

    let edited = written();
    edit(edited.path(), "tables/app.users.json", |text| text.replace("bigint", "integer"));
    assert!(errors(edited.path()).contains("object files or renames are not those that were sealed"));

    let chain = written();
    edit(chain.path(), "snapshot.json", |text| text.replacen("\"1\": {", "\"2\": {", 1));
    assert!(errors(chain.path()).contains("`head` and `chain` do not follow"));
}

#[test]
fn a_missing_main_file_beside_objects_is_an_error() {
    let dir = written();
    fs::remove_file(dir.path().join(FILE_NAME)).unwrap();
    assert!(errors(dir.path()).contains("the file is missing, though files of objects are there"));
}

#[test]
fn a_copied_object_file_is_an_error() {
    let dir = written();
    fs::copy(dir.path().join("tables/app.users.json"), dir.path().join("tables/app.copy.json")).unwrap();
    assert!(errors(dir.path()).contains("the file holds what belongs in `app.users.json`"));
}

#[test]
fn crlf_checkouts_of_the_base_read_equal() {
    let dir = written();
    for file in snapshot().files().keys() {
        edit(dir.path(), &file.to_string_lossy(), |text| text.replace('\n', "\r\n"));
    }
    assert_eq!(Snapshot::read(dir.path(), Dialect::Postgres).unwrap(), snapshot());
}

#[test]
fn the_chain_depends_on_every_link_and_its_order() {
    let sealed = |up: &str| Sealed { up: up.into(), down: None };
    let chain = |links: &[(i64, &str)]| {
        Snapshot::new(schema(), links.iter().map(|(version, up)| (*version, sealed(up))).collect(), BTreeSet::new())
            .chain
    };
    let whole = chain(&[(1, "a"), (2, "b")]);
    for other in [chain(&[(1, "b"), (2, "a")]), chain(&[(2, "b")]), chain(&[(1, "a"), (3, "b")]), chain(&[(1, "a")])] {
        assert_ne!(whole, other);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn no_bytes_make_the_reader_panic(file in 0usize..6, at in any::<prop::sample::Index>(), bytes in prop::collection::vec(any::<u8>(), 0..8), cut in 0usize..9) {
        let dir = written();
        let files = snapshot().files();
        let path = dir.path().join(files.keys().nth(file).unwrap());
        let mut text = fs::read(&path).unwrap();
        let start = at.index(text.len());
        let end = (start + cut).min(text.len());
        text.splice(start..end, bytes);
        fs::write(&path, text).unwrap();
        if let Ok(read) = Snapshot::read(dir.path(), Dialect::Postgres) {
            prop_assert_eq!(read, snapshot());
        }
    }
}
