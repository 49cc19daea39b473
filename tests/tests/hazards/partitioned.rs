//! Indexes and keys of partitioned tables that are in use, with partitions that the source does not hold.

use schema_core::ir::{
    Check, Column, Dialect, Index, IndexKey, ObjectName, PartitionBy, PartitionOf, PartitionStrategy, PrimaryKey,
    Schema, SqlType, Table, Unique,
};
use schema_core::locks::LockMode;
use schema_core::model::Intents;
use schema_core::plan::DraftPair;
use schema_runtime::locks::Meter;
use schema_runtime::sides::Bench;
use schema_tests::target::{Target, files};

/// Rows in every partition, in one that the source does not hold, and in one that is partitioned itself.
const ROWS: &str = "INSERT INTO log SELECT n, n % 7 FROM generate_series(0, 299) AS n";

const UNKNOWN: &str = "CREATE TABLE log_late PARTITION OF log FOR VALUES FROM (200) TO (300) PARTITION BY HASH (id);
    CREATE TABLE \"log %s late\" PARTITION OF log_late FOR VALUES WITH (MODULUS 1, REMAINDER 0);";

/// Each leaf with the number of its valid indexes that are a part of one that has the name.
const INDEXED: &str = "SELECT c.relname::text, count(h.inhrelid)::text FROM pg_partition_tree('log') AS p
    JOIN pg_class AS c ON c.oid = p.relid
    LEFT JOIN pg_index AS i ON i.indrelid = p.relid AND i.indisvalid
    LEFT JOIN pg_inherits AS h ON h.inhrelid = i.indexrelid
    WHERE p.isleaf GROUP BY 1 ORDER BY 1";

fn public(name: &str) -> ObjectName {
    ObjectName::qualified("public", name)
}

fn log() -> Table {
    let mut log = Table::new(public("log"));
    log.columns = ["id", "org"].map(|name| Column::new(name, SqlType::builtin("integer"))).to_vec();
    Table { partition_by: Some(by(PartitionStrategy::Range, "id")), ..log }
}

fn by(strategy: PartitionStrategy, column: &str) -> PartitionBy {
    PartitionBy { strategy, keys: vec![IndexKey::column(column)] }
}

fn part(name: &str, parent: &str, bound: &str) -> Table {
    let of = PartitionOf { parent: public(parent), bound: bound.to_owned() };
    Table { partition_of: Some(of), ..Table::new(public(name)) }
}

fn schema(log: Table) -> Schema {
    let mut halves = part("log_b", "log", "FOR VALUES FROM (100) TO (200)");
    halves.partition_by = Some(by(PartitionStrategy::List, "id"));
    let tables = [
        log,
        part("log_a", "log", "FOR VALUES FROM (0) TO (100)"),
        halves,
        part("log_b_150", "log_b", "FOR VALUES IN (150)"),
        part("log_b_rest", "log_b", "DEFAULT"),
    ];
    let mut schema = Schema::empty(Dialect::Postgres);
    schema.tables = tables.into_iter().map(|table| (table.name.clone(), table)).collect();
    schema
}

async fn fresh(log: Table) -> Target {
    let mut db = Target::fresh(Dialect::Postgres).await;
    let files = files(&Schema::empty(Dialect::Postgres), &schema(log), &Intents::default()).unwrap();
    db.up(&files).await.unwrap_or_else(|error| panic!("{error}"));
    db.run(UNKNOWN).await;
    db.run(ROWS).await;
    db
}

/// The files, once they have led there, back and there again.
async fn round(from: Table, to: Table) -> Vec<DraftPair> {
    let files = files(&schema(from.clone()), &schema(to.clone()), &Intents::default()).unwrap();
    let mut db = fresh(from.clone()).await;
    for up in [true, false, true] {
        let done = if up { db.up(&files).await } else { db.down(&files).await };
        done.unwrap_or_else(|error| panic!("{error}: {files:#?}"));
        let goal = if up { &to } else { &from };
        assert_eq!(db.schema().await, fresh(goal.clone()).await.schema().await);
        assert_eq!(db.rows(INDEXED).await, fresh(goal.clone()).await.rows(INDEXED).await);
        assert_eq!(db.rows("SELECT count(*)::text FROM log").await, [[Some("300".to_owned())]]);
    }
    files
}

fn slugs(files: &[DraftPair]) -> Vec<&str> {
    files.iter().map(|pair| pair.slug.as_str()).collect()
}

fn indexed(unique: bool) -> Table {
    let key = IndexKey { descending: true, ..IndexKey::column("org") };
    let index = Index { unique, ..Index::new("log_org_idx", vec![IndexKey::column("id"), key]) };
    Table { indexes: vec![index], ..log() }
}

#[tokio::test]
async fn h41_an_index_is_built_on_one_partition_after_the_other() {
    for unique in [false, true] {
        let files = round(log(), indexed(unique)).await;
        let built = [
            "add_index_log_org_idx_to_log_without_its_partitions",
            "build_index_log_a_log_org_idx_part_of_log_a",
            "build_index_log_b_150_log_org_idx_part_of_log_b_150",
            "build_index_log_b_rest_log_org_idx_part_of_log_b_rest",
            "let_index_log_org_idx_of_log_take_those_of_its_partitions",
        ];
        let looked = unique.then_some("look_for_duplicates_before_log_org_idx_of_log");
        assert_eq!(slugs(&files), looked.into_iter().chain(built).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn h41_a_key_is_built_on_one_partition_after_the_other() {
    let mut keyed = log();
    keyed.primary_key = Some(PrimaryKey::new("log_pkey", vec!["id".to_owned()]));
    keyed.uniques.push(Unique::new("log_org_key", vec!["org".to_owned(), "id".to_owned()]));
    let files = round(log(), keyed).await;
    let is_concurrent = |pair: &&DraftPair| pair.up.contains("CREATE UNIQUE INDEX CONCURRENTLY");
    assert_eq!(files.iter().filter(is_concurrent).count(), 6, "{files:#?}");
}

#[tokio::test]
async fn h38_h41_an_index_serves_until_the_one_that_takes_its_place_is_built() {
    let mut other = indexed(false);
    other.indexes[0].keys.reverse();
    let files = round(indexed(false), other).await;
    assert_eq!(slugs(&files)[0], "set_index_log_org_idx_of_log_aside");
    assert_eq!(slugs(&files).last(), Some(&"drop_index_log_org_idx_old_of_log"));
}

/// Every file is interrupted before it is recorded, and applied again where that is said to be safe.
#[tokio::test]
async fn h41_what_is_done_already_stays_done() {
    let files = files(&schema(log()), &schema(indexed(false)), &Intents::default()).unwrap();
    let mut db = fresh(log()).await;
    let (last, before) = files.split_last().unwrap();
    db.up(before).await.unwrap();
    let again = |text: &str| {
        text.replacen("    IF NOT (SELECT indisvalid", "    RAISE 'cut off';\n    IF NOT (SELECT indisvalid", 1)
    };
    let error = db.file(&again(&last.up)).await.unwrap_err();
    assert!(error.contains("cut off"), "{error}");
    db.file(&last.up).await.unwrap();
    assert_eq!(db.rows(INDEXED).await, fresh(indexed(false)).await.rows(INDEXED).await);
    db.down(&files).await.unwrap();
    assert_eq!(db.schema().await, fresh(log()).await.schema().await);
}

#[tokio::test]
async fn h41_a_foreign_table_among_the_partitions_is_said_before_anything_is_built() {
    let mut db = fresh(log()).await;
    db.run(
        "CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
        CREATE FOREIGN TABLE log_far PARTITION OF log FOR VALUES FROM (300) TO (400) SERVER nowhere",
    )
    .await;
    let files = files(&schema(log()), &schema(indexed(false)), &Intents::default()).unwrap();
    let error = db.up(&files).await.unwrap_err();
    assert!(error.contains("a foreign table is among its partitions: call the table `small`"), "{error}");
}

/// A table like the partitions, but for what its parent has, with rows of the years to come.
fn apart() -> Schema {
    let mut keyed = indexed(true);
    keyed.uniques.push(Unique::new("log_key", vec!["id".to_owned(), "org".to_owned()]));
    keyed.checks.push(Check::new("log_org_check", "org >= 0"));
    let mut schema = schema(keyed);
    let alone = Table { name: public("log_new"), partition_by: None, ..log() };
    schema.tables.insert(alone.name.clone(), alone);
    schema
}

fn joined() -> Schema {
    let mut schema = apart();
    let new = part("log_new", "log", "FOR VALUES FROM (300) TO (400)");
    schema.tables.insert(new.name.clone(), new);
    schema
}

/// ATTACH itself reads no row and builds nothing.
#[tokio::test]
async fn h43_a_table_is_checked_and_indexed_before_it_becomes_a_partition() {
    let files = files(&apart(), &joined(), &Intents::default()).unwrap();
    assert_eq!(
        slugs(&files),
        [
            "alter_log_new",
            "look_at_the_rows_of_log_new_for_log_org_check",
            "look_at_the_rows_of_log_new_for_log_new_bounds",
            "look_for_duplicates_before_log_new_log_key_part_of_log_new",
            "build_index_log_new_log_key_part_of_log_new",
            "alter_log_new",
            "build_index_log_new_log_org_idx_part_of_log_new",
            "attach_log_new_to_log_as_a_partition",
        ]
    );
    let bench = Bench::on(schema_tests::server().await);
    let mut meter = Meter::start(&bench).await.unwrap();
    let made = schema_tests::target::files(&Schema::empty(Dialect::Postgres), &apart(), &Intents::default()).unwrap();
    for file in &made {
        meter.file(&file.up).await.unwrap();
    }
    meter.run("INSERT INTO log_new SELECT n, 1 FROM generate_series(300, 399) AS n").await.unwrap();
    for file in &files {
        let read = meter.file(&file.up).await.unwrap_or_else(|error| panic!("{error}: {}", file.up));
        let strongest = |table: &str| read.iter().filter_map(|it| it.measured.locks.get(table)).max().copied();
        let works = read.iter().any(|it| !it.measured.scans.is_empty() || !it.measured.builds.is_empty());
        assert!(!works || strongest("log_new") < Some(LockMode::Share), "{}: {read:#?}", file.up);
        assert!(strongest("log") <= Some(LockMode::ShareUpdateExclusive), "{}: {read:#?}", file.up);
    }
    let mut db = Target::fresh(Dialect::Postgres).await;
    db.up(&made).await.unwrap();
    db.run("INSERT INTO log_new SELECT n, 1 FROM generate_series(300, 399) AS n").await;
    let before = db.schema().await;
    for up in [true, false, true] {
        let done = if up { db.up(&files).await } else { db.down(&files).await };
        done.unwrap_or_else(|error| panic!("{error}: {files:#?}"));
        assert_eq!(db.rows("SELECT count(*)::text FROM log_new").await, [[Some("100".to_owned())]]);
        assert!(up || db.schema().await == before);
    }
    db.down(&files).await.unwrap();
    db.run("INSERT INTO log_new VALUES (500, 1)").await;
    let error = db.up(&files).await.unwrap_err();
    assert!(error.contains("1 rows of table `log_new` violate `log_new_bounds`, such as "), "{error}");
}
