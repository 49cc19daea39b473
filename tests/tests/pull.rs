//! Real schemas, pulled: what a scan of the pulled source reads is what the database holds, and makes it anew.

use std::path::Path;

use schema_core::ir::{Dialect, Schema};
use schema_core::model::Intents;
use schema_core::scan::{ScanOptions, scan};
use schema_runtime::pull::{Options, source};
use schema_tests::corpus;
use schema_tests::target::{Target, files};

/// Every sample and dump of a database in the corpus.
async fn inputs(dialect: Dialect) -> Vec<String> {
    let ending = match dialect {
        Dialect::Postgres => ".postgres.sql",
        Dialect::Sqlite => ".sqlite.sql",
        Dialect::MariaDb | Dialect::MySql => ".mysql.sql",
    };
    let mut files = corpus::list("samples", ending);
    if dialect == Dialect::Postgres {
        files.extend(corpus::list("dumps", ".sql"));
        return corpus::loadable(files).await;
    }
    files
}

async fn loaded(dialect: Dialect, file: &str) -> Schema {
    let mut target = Target::fresh(dialect).await;
    let text = corpus::read(file);
    target.run(&if dialect.is_mysql() { corpus::without_database(&text) } else { text }).await;
    let mut schema = target.schema().await;
    // Views and the like can't be declared there yet.
    if dialect.is_mysql() {
        schema.objects.clear();
    }
    schema
}

fn scanned(dialect: Dialect, schema: &Schema) -> Result<Schema, String> {
    let dir = tempfile::tempdir().map_err(|error| error.to_string())?;
    let pulled = source(schema, &Options::default());
    for (path, text) in &pulled.files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new(""))).map_err(|error| error.to_string())?;
        std::fs::write(path, text).map_err(|error| error.to_string())?;
    }
    std::fs::write(dir.path().join("src/lib.rs"), "pub mod schema;\n").map_err(|error| error.to_string())?;
    let options = ScanOptions {
        crate_dir: dir.path().to_owned(),
        roots: vec!["src/lib.rs".into()],
        dialect,
        cache_dir: None,
        modules: Vec::new(),
    };
    let found = scan(&options).map_err(|findings| format!("{findings:?}"))?;
    let mut findings = found.findings;
    findings.extend(schema_core::check::check(&found.model, &found.model.schema));
    findings.retain(schema_core::diag::Finding::is_error);
    if findings.is_empty() {
        return Ok(found.model.schema);
    }
    Err(findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

/// What differs, object by object, without what follows from the rest: what an object uses, and how it is dropped.
fn differences(wanted: &Schema, found: &Schema) -> Vec<String> {
    let facts = |schema: &Schema| -> Vec<String> {
        let mut schema = schema.clone();
        for object in schema.objects.values_mut() {
            object.uses.clear();
            object.drop.clear();
        }
        let mut facts: Vec<String> = schema
            .tables
            .values()
            .flat_map(|table| {
                let text = format!("{table:#?}");
                let name = table.name.to_string();
                text.lines().enumerate().map(|(at, line)| format!("{name}:{at:04}: {line}")).collect::<Vec<_>>()
            })
            .collect();
        facts.extend(schema.enums.values().map(|ty| format!("{ty:?}")));
        facts.extend(schema.domains.values().map(|ty| format!("{ty:?}")));
        facts.extend(schema.composites.values().map(|ty| format!("{ty:?}")));
        facts.extend(schema.sequences.values().map(|sequence| format!("{sequence:?}")));
        facts.extend(schema.objects.values().map(|object| format!("{object:?}")));
        facts.extend(schema.namespaces.iter().map(|name| format!("schema {name}")));
        facts
    };
    let (wanted, found) = (facts(wanted), facts(found));
    let missing = wanted.iter().filter(|fact| !found.contains(fact)).map(|fact| format!("- {fact}"));
    let extra = found.iter().filter(|fact| !wanted.contains(fact)).map(|fact| format!("+ {fact}"));
    missing.chain(extra).collect()
}

/// Builds the scanned schema from nothing in an empty database, which must then hold what was loaded, and takes it all
/// back, which must leave nothing.
async fn rebuilt(dialect: Dialect, loaded: &Schema, scanned: &Schema) -> Result<(), String> {
    let nothing = Schema::empty(dialect);
    let files = files(&nothing, scanned, &Intents::default())?;
    let mut target = Target::fresh(dialect).await;
    let start = target.schema().await;
    target.up(&files).await?;
    let differences = differences(loaded, &target.schema().await);
    if !differences.is_empty() {
        return Err(format!("rebuilt: {}", differences[..differences.len().min(12)].join("\n  ")));
    }
    target.down(&files).await?;
    let left = self::differences(&start, &target.schema().await);
    if left.is_empty() { Ok(()) } else { Err(format!("left after the down: {}", left.join("\n  "))) }
}

/// What is wrong with a schema that was pulled, scanned and rebuilt.
async fn fault(dialect: Dialect, file: &str, schema: &Schema) -> Option<String> {
    let again = source(schema, &Options::default());
    assert_eq!(again, source(schema, &Options::default()), "{file}: two pulls differ");
    let found = match scanned(dialect, schema) {
        Ok(found) => found,
        Err(error) => return Some(format!("{file}: {}", error.chars().take(1500).collect::<String>())),
    };
    let differences = differences(schema, &found);
    if !differences.is_empty() {
        return Some(format!("{file}: {}", differences[..differences.len().min(12)].join("\n  ")));
    }
    let error = rebuilt(dialect, schema, &found).await.err()?;
    Some(format!("{file}: {}", error.chars().take(3000).collect::<String>()))
}

async fn round_trip(dialect: Dialect) {
    let mut failures = Vec::new();
    for file in inputs(dialect).await {
        let schema = loaded(dialect, &file).await;
        failures.extend(fault(dialect, &file, &schema).await);
    }
    assert!(failures.is_empty(), "{} failed\n{}", failures.len(), failures.join("\n"));
}

#[tokio::test]
async fn every_postgres_schema_of_the_corpus_reads_back() {
    round_trip(Dialect::Postgres).await;
}

#[tokio::test]
async fn every_sqlite_schema_of_the_corpus_reads_back() {
    round_trip(Dialect::Sqlite).await;
}

#[tokio::test]
async fn every_mysql_schema_of_the_corpus_reads_back_from_mariadb() {
    round_trip(Dialect::MariaDb).await;
}

/// Everything that the reader knows of tables.
#[tokio::test]
async fn whatever_a_mariadb_table_can_say_reads_back() {
    let mut target = Target::fresh(Dialect::MariaDb).await;
    target.run(include_str!("mariadb/introspect.sql").split("CREATE VIEW").next().unwrap_or_default()).await;
    let schema = target.schema().await;
    assert_eq!(fault(Dialect::MariaDb, "introspect.sql", &schema).await, None);
}
