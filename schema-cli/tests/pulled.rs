//! Real databases, pulled by the command: each crate compiles as it was written, its build drafts nothing, the
//! database shows no drift from it, and a second pull writes the same bytes.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a suite fails by panics")]
#![allow(dead_code, reason = "another suite uses the rest of the support")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use schema_core::ir::Dialect;
use schema_core::scan::{ScanOptions, scan};
use schema_runtime::drift::drift;
use schema_runtime::sides::{Bench, Side};
use schema_tests::nested::{self, without_surroundings};
use schema_tests::target::Target;
use schema_tests::{corpus, postgres, server};
use sqlx::{Connection, PgConnection, SqliteConnection};

use support::{Ran, workspace};

/// Types and names that the corpus lacks.
const EVERY_TYPE: [(Dialect, &str); 2] = [
    (Dialect::Postgres, include_str!("pulled/every_type.postgres.sql")),
    (Dialect::Sqlite, include_str!("pulled/every_type.sqlite.sql")),
];

/// What a line of source that names sqlx's types mentions, and the feature of sqlx that it needs.
const FEATURES: [(&str, &str); 8] = [
    ("BitVec", "bit-vec"),
    ("chrono", "chrono"),
    ("PgTimeTz", "chrono"),
    ("IpNetwork", "ipnetwork"),
    ("JsonValue", "json"),
    ("MacAddress", "mac_address"),
    ("Decimal", "rust_decimal"),
    ("Uuid", "uuid"),
];

/// A database, and the crate that is pulled from it.
struct Pulled {
    name: String,
    dialect: Dialect,
    dir: PathBuf,
    url: String,
}

type Tree = BTreeMap<PathBuf, Vec<u8>>;

#[tokio::test]
async fn every_pulled_crate_compiles_drafts_nothing_and_is_what_the_database_holds() {
    let all = Workspace::new().await;
    let first: Vec<Tree> = all.crates.iter().map(|pulled| all.pull(pulled)).collect();
    all.crates.iter().for_each(Pulled::names_the_features_it_needs);

    all.check();

    let benches = [Bench::on(server().await), Bench::new(Dialect::Sqlite, None)];
    for (pulled, first) in all.crates.iter().zip(&first) {
        assert_same(&pulled.name, "the build", first, &tree(&pulled.dir));
        let bench = &benches[usize::from(pulled.dialect == Dialect::Sqlite)];
        // This way round the structs are made into a database in any case.
        let drift = drift(&Side::Url(pulled.url.clone()), &pulled.models(), bench).await.unwrap();
        assert!(drift.is_clean(), "{}: {drift:#?}", pulled.name);
        assert_same(&pulled.name, "the second pull", first, &all.pull(pulled));
    }
}

/// One workspace for all crates, so that they are compiled by one cargo. It lies below the target folder: what cargo
/// keeps for it is used again by the next run.
struct Workspace {
    dir: PathBuf,
    crates: Vec<Pulled>,
}

impl Workspace {
    async fn new() -> Self {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pulled");
        if dir.exists() {
            fs::remove_dir_all(&dir).unwrap();
        }
        fs::create_dir_all(&dir).unwrap();
        let mut crates = Vec::new();
        for (name, dialect, sql) in inputs() {
            let url = loaded(&dir, &name, dialect, &sql).await;
            crates.push(Pulled { dir: dir.join(&name), name, dialect, url });
        }
        let names: BTreeSet<&str> = crates.iter().map(|pulled| pulled.name.as_str()).collect();
        assert_eq!(names.len(), crates.len(), "two inputs share a name");
        let manifest = format!("[workspace]\nresolver = \"3\"\nmembers = {:?}\n", names.iter().collect::<Vec<_>>());
        fs::write(dir.join("Cargo.toml"), manifest).unwrap();
        fs::copy(workspace().join("Cargo.lock"), dir.join("Cargo.lock")).unwrap();
        Self { dir, crates }
    }

    fn pull(&self, pulled: &Pulled) -> Tree {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-schema"));
        command.args(["schema", "pull", "--database-url", &pulled.url, "--out"]).arg(&pulled.dir);
        let ran = Ran::from(without_surroundings(&mut command).current_dir(&self.dir).output().unwrap());
        assert_eq!(ran.code, 0, "{}\nstdout:\n{}\nstderr:\n{}", pulled.name, ran.out, ran.err);
        tree(&pulled.dir)
    }

    /// Compiles all, where nothing but our own hints on the schema may be said.
    fn check(&self) {
        let mut command = nested::cargo(env!("CARGO_TARGET_TMPDIR"));
        command.args(["check", "--workspace", "--keep-going", "--message-format", "json"]);
        command.current_dir(&self.dir).env("SCHEMA_MODE", "write");
        let ran = Ran::from(command.output().unwrap());
        let messages = ran.out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let said: Vec<String> = messages
            .filter_map(|message| Some(message["message"]["rendered"].as_str()?.to_owned()))
            .filter(|text| !text.contains("schema_warning`: "))
            .collect();
        assert!(said.is_empty() && ran.code == 0, "{}\n{}", said.join("\n"), ran.err);
        assert!(!ran.err.contains("warning: "), "{}", ran.err);
    }
}

/// Every database of the corpus, and ours: a crate's name, and what makes it.
fn inputs() -> Vec<(String, Dialect, String)> {
    let folders = [
        ("dumps", ".sql", Dialect::Postgres),
        ("samples", ".postgres.sql", Dialect::Postgres),
        ("samples", ".sqlite.sql", Dialect::Sqlite),
    ];
    let mut inputs = Vec::new();
    for (folder, ending, dialect) in folders {
        for file in corpus::list(folder, ending) {
            let name = file.trim_start_matches(folder).trim_matches('/').trim_end_matches(".sql").replace('.', "_");
            inputs.push((name, dialect, corpus::read(&file)));
        }
    }
    inputs
        .extend(EVERY_TYPE.map(|(dialect, sql)| (format!("every_type_{}", dialect.as_str()), dialect, sql.to_owned())));
    inputs
}

/// The URL of a fresh database that holds what the SQL makes.
async fn loaded(dir: &Path, name: &str, dialect: Dialect, sql: &str) -> String {
    let (url, mut target) = match dialect {
        Dialect::MariaDb | Dialect::MySql => panic!("{dialect} has no part in this suite"),
        Dialect::Postgres => {
            let url = postgres().await;
            let connection = PgConnection::connect(&url).await.unwrap();
            (url, Target::Postgres(connection))
        }
        Dialect::Sqlite => {
            let url = format!("sqlite://{}", dir.join(name).with_extension("db").display());
            let connection = SqliteConnection::connect(&format!("{url}?mode=rwc")).await.unwrap();
            (url, Target::Sqlite(connection))
        }
    };
    target.run(sql).await;
    url
}

impl Pulled {
    /// What its structs say.
    fn models(&self) -> Side {
        let roots = vec!["src/lib.rs".into()];
        let options = ScanOptions {
            crate_dir: self.dir.clone(),
            roots,
            dialect: self.dialect,
            cache_dir: None,
            modules: Vec::new(),
        };
        Side::Schema(Box::new(scan(&options).unwrap().model.schema), "models".to_owned())
    }

    /// cargo compiles all members with the features of all of them, so that it wouldn't notice.
    fn names_the_features_it_needs(&self) {
        let manifest = fs::read_to_string(self.dir.join("Cargo.toml")).unwrap();
        let sqlx = manifest.lines().find(|line| line.starts_with("sqlx = ")).unwrap();
        let files = tree(&self.dir.join("src"));
        let source: String = files.values().map(|text| String::from_utf8_lossy(text)).collect();
        let lines: Vec<&str> = source.lines().filter(|line| line.contains("sqlx::")).collect();
        for (word, feature) in FEATURES {
            let is_used = lines.iter().any(|line| line.contains(word));
            assert!(
                !is_used || sqlx.contains(&format!("{feature:?}")),
                "{}: {word} needs {feature}: {sqlx}",
                self.name
            );
        }
    }
}

#[track_caller]
fn assert_same(name: &str, what: &str, before: &Tree, after: &Tree) {
    let paths: BTreeSet<&PathBuf> = before.keys().chain(after.keys()).collect();
    let changed: Vec<&PathBuf> = paths.into_iter().filter(|path| before.get(*path) != after.get(*path)).collect();
    assert!(changed.is_empty(), "{name}: {what} changes {changed:?}");
}

/// Every file below a folder.
fn tree(dir: &Path) -> Tree {
    let mut files = Tree::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.strip_prefix(dir).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    files
}
