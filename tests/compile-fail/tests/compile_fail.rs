//! What the compiler says: one case per rule, wording and place included.
//!
//! `ui/attrs` holds what attributes alone make wrong. A case `ui/gate/<name>.rs` is compared with the base that
//! `ui/gate/<name>/before.rs` makes, as a build step would; names that start with `sqlite_` are for SQLite, the
//! others for PostgreSQL. `TRYBUILD=overwrite` rewrites the expected texts.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a suite that cannot run fails")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use schema_core::build::gate_for;
use schema_core::diag::Finding;
use schema_core::gate::{ENV, Gate};
use schema_core::ir::Dialect;
use schema_core::scan::{ScanOptions, scan};
use schema_core::snapshot::Snapshot;
use schema_runtime::{SqlEnum, Table};

/// The macros find their gate file by an environment variable, which a process sets for others only: the test starts
/// itself again with it.
#[test]
fn every_rule_has_its_error_at_its_place() {
    if env::var_os(ENV).is_none() {
        let gate = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compile_fail_gate.txt");
        fs::write(&gate, gate_of_all_cases().to_text()).unwrap();
        let mut again = Command::new(env::current_exe().unwrap());
        again.args(["--exact", "every_rule_has_its_error_at_its_place", "--nocapture"]).env(ENV, gate);
        assert!(again.status().unwrap().success(), "a case differs; see above");
        return;
    }
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/attrs/*.rs");
    cases.compile_fail("tests/ui/gate/*.rs");
}

/// One gate serves all cases, since no two hold the same item.
fn gate_of_all_cases() -> Gate {
    let mut all = Gate::default();
    for case in cases() {
        for (fingerprint, item) in gate_of(&case).items {
            let other = all.items.insert(fingerprint, item);
            assert!(other.is_none(), "{} holds an item that another case holds too", case.display());
        }
    }
    all
}

/// The cases of `ui/gate`, relative to this crate.
fn cases() -> Vec<PathBuf> {
    let folder = Path::new("tests/ui/gate");
    let entries = fs::read_dir(crate_dir().join(folder)).unwrap().map(|entry| entry.unwrap().file_name());
    let mut cases: Vec<PathBuf> = entries.map(|name| folder.join(name)).collect();
    cases.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    cases.sort();
    assert!(!cases.is_empty());
    cases
}

fn gate_of(case: &Path) -> Gate {
    let name = case.file_stem().unwrap().to_str().unwrap();
    let dialect = if name.starts_with("sqlite_") { Dialect::Sqlite } else { Dialect::Postgres };
    let base = tempfile::tempdir().unwrap();
    base_of(&case.with_extension("").join("before.rs"), dialect).write(base.path()).unwrap();
    gate_for(crate_dir(), case, dialect, base.path()).unwrap_or_else(|findings| panic!("{name}: {}", text(&findings)))
}

/// The base that structs make, everything in it sealed. Without a file there is none: nothing exists yet.
fn base_of(source: &Path, dialect: Dialect) -> Snapshot {
    if !crate_dir().join(source).exists() {
        return Snapshot::empty(dialect);
    }
    let options = ScanOptions {
        crate_dir: crate_dir().to_owned(),
        roots: vec![crate_dir().join(source)],
        dialect,
        cache_dir: None,
        modules: Vec::new(),
    };
    let scan = scan(&options).unwrap_or_else(|findings| panic!("{}", text(&findings)));
    assert!(scan.findings.is_empty(), "{}: {}", source.display(), text(&scan.findings));
    let renames = schema_core::renames::sealed_keys(&scan.model.intents);
    Snapshot::new(scan.model.schema, BTreeMap::new(), renames)
}

fn crate_dir() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(findings: &[Finding]) -> String {
    findings.iter().map(|finding| format!("{finding}\n")).collect()
}

#[derive(Table)]
#[table(name = "people", schema = "app", index(email, born desc))]
#[sqlx(rename_all = "camelCase")]
#[allow(dead_code, reason = "only the derive reads it")]
struct Person {
    #[column(primary_key, identity)]
    person_id: i64,
    #[sqlx(rename = "E-Mail")]
    email: String,
    #[column(name = "birthday")]
    born: Option<String>,
    #[sqlx(skip)]
    cached: u8,
    #[column(references = Person)]
    r#type: i64,
}

#[derive(SqlEnum)]
#[sqlx(type_name = "Mood", rename_all = "snake_case")]
#[allow(dead_code, reason = "only the derive reads it")]
enum Feeling {
    VeryGood,
    #[label(rename = "so-so")]
    SoSo,
}

#[test]
fn the_derives_state_names_as_the_schema_has_them() {
    assert_eq!((Person::NAME, Person::SCHEMA), ("people", Some("app")));
    assert_eq!(Person::COLUMNS, ["personId", "E-Mail", "birthday", "type"]);
    assert_eq!((Feeling::NAME, Feeling::LABELS), ("mood", ["very_good", "so-so"].as_slice()));
}
