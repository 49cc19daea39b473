//! What PostgreSQL tables hold beyond columns and keys, on tables with rows: up, down, up again.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a suite fails by panics")]

use std::collections::BTreeMap;

use schema_core::ir::{
    Check, Column, Deferrable, Dialect, EnumType, Exclusion, ExclusionElement, ForeignKey, Generated, Identity, Index,
    IndexKey, IndexTarget, ObjectName, PartitionBy, PartitionOf, PartitionStrategy, PrimaryKey, ReferentialAction,
    ReplicaIdentity, Schema, SqlType, Table, Unique,
};
use schema_core::model::{Intents, Placed};
use schema_core::plan::DraftPair;
use schema_tests::target::{Target, files};
use schema_tests::version::offers;

fn public(name: &str) -> ObjectName {
    ObjectName::qualified("public", name)
}

/// A table from `name type` columns; `?` after the type lets NULL in.
fn table(name: &str, columns: &[&str]) -> Table {
    let column = |text: &&str| {
        let (name, ty) = text.split_once(' ').unwrap();
        Column { nullable: ty.ends_with('?'), ..Column::new(name, SqlType::builtin(ty.trim_end_matches('?'))) }
    };
    Table { columns: columns.iter().map(column).collect(), ..Table::new(public(name)) }
}

fn keyed(name: &str, columns: &[&str]) -> Table {
    let mut table = table(name, columns);
    let key = table.columns[0].name.clone();
    table.primary_key = Some(PrimaryKey::new(format!("{name}_pkey"), vec![key]));
    table
}

fn schema(tables: impl IntoIterator<Item = Table>) -> Schema {
    let mut schema = Schema::empty(Dialect::Postgres);
    for mut table in tables {
        table.sort();
        schema.tables.insert(table.name.clone(), table);
    }
    schema
}

fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn settings(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn index(name: &str, column: &str) -> Index {
    Index::new(name, vec![IndexKey::column(column)])
}

fn foreign_key(name: &str, columns: &[&str], target: &str, referenced: &[&str]) -> ForeignKey {
    ForeignKey {
        name: name.to_owned(),
        columns: strings(columns),
        references: public(target),
        referenced_columns: strings(referenced),
        on_delete: ReferentialAction::NoAction,
        on_update: ReferentialAction::NoAction,
        match_full: false,
        deferrable: None,
        set_columns: Vec::new(),
        not_valid: false,
        not_enforced: false,
    }
}

fn partitioned(table: Table, strategy: PartitionStrategy, key: &str) -> Table {
    Table { partition_by: Some(PartitionBy { strategy, keys: vec![IndexKey::column(key)] }), ..table }
}

fn partition(name: &str, parent: &str, bound: &str) -> Table {
    let partition_of = Some(PartitionOf { parent: public(parent), bound: bound.to_owned() });
    Table { partition_of, ..Table::new(public(name)) }
}

fn years(from: i32, to: i32) -> String {
    format!("FOR VALUES FROM ('{from}-01-01') TO ('{to}-01-01')")
}

/// A log by years, with a default partition.
fn log() -> Vec<Table> {
    let mut log = partitioned(table("log", &["id bigint", "at date", "note text?"]), PartitionStrategy::Range, "at");
    log.primary_key = Some(PrimaryKey::new("log_pkey", strings(&["id", "at"])));
    log.checks.push(Check::new("log_id_check", "id > 0"));
    log.indexes.push(index("log_note_idx", "note"));
    vec![log, partition("log_2023", "log", &years(2023, 2024)), partition("log_rest", "log", "DEFAULT")]
}

const LOG_ROWS: &str = "INSERT INTO log VALUES (1, '2023-05-05', 'a'), (2, '2024-05-05', 'b')";
const LOG: &str = "SELECT id::text, tableoid::regclass::text, note FROM log ORDER BY id";

/// All that the catalog holds of the tables. What children have of their parents is left apart, since its names are the
/// server's; so is NOT NULL among the constraints of PostgreSQL 18, which the columns say already (BUGS.md B44).
const CATALOG: &str = "
    SELECT concat_ws(' ', 'table', c.oid::regclass, c.relkind, c.relpersistence, c.reloptions, c.relrowsecurity,
        c.relforcerowsecurity, c.relreplident, pg_get_expr(c.relpartbound, c.oid), pg_get_partkeydef(c.oid),
        (SELECT string_agg(inhparent::regclass::text, ',' ORDER BY inhseqno) FROM pg_inherits WHERE inhrelid = c.oid),
        obj_description(c.oid, 'pg_class')) AS line
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    UNION ALL
    SELECT concat_ws(' ', 'column', a.attrelid::regclass, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
        pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated, a.attstorage, to_jsonb(a) ->> 'attcompression',
        a.attstattarget, col_description(a.attrelid, a.attnum))
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND coninhcount = 0 AND conparentid = 0 AND contype <> 'n'
    UNION ALL
    SELECT concat_ws(' ', 'index', pg_get_indexdef(indexrelid), indisvalid, indisreplident)
    FROM pg_index x JOIN pg_class c ON c.oid = indexrelid
    WHERE c.relnamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = indexrelid)
    ORDER BY line";

async fn catalog(db: &mut Target) -> Vec<String> {
    db.rows(CATALOG).await.into_iter().map(|mut row| row.pop().flatten().unwrap()).collect()
}

async fn fresh(schema: &Schema) -> Target {
    let mut db = Target::fresh(Dialect::Postgres).await;
    db.run("CREATE EXTENSION IF NOT EXISTS btree_gist").await;
    let files = files(&Schema::empty(Dialect::Postgres), schema, &Intents::default()).unwrap();
    db.up(&files).await.unwrap_or_else(|error| panic!("{error}"));
    db
}

struct Way {
    db: Target,
    files: Vec<DraftPair>,
    first: Vec<String>,
    second: Vec<String>,
}

impl Way {
    async fn new(from: &Schema, to: &Schema, intents: &Intents, rows: &str) -> Self {
        let mut db = fresh(from).await;
        db.run(rows).await;
        let first = catalog(&mut db).await;
        let second = catalog(&mut fresh(to).await).await;
        let files = files(from, to, intents).unwrap_or_else(|findings| panic!("{findings}"));
        Self { db, files, first, second }
    }

    async fn up(&mut self) {
        self.db.up(&self.files).await.unwrap_or_else(|error| panic!("{error}"));
        let arrived = catalog(&mut self.db).await;
        self.compare(&arrived, &self.second, "up");
    }

    async fn down(&mut self) {
        self.db.down(&self.files).await.unwrap_or_else(|error| panic!("{error}"));
        let arrived = catalog(&mut self.db).await;
        self.compare(&arrived, &self.first, "down");
    }

    fn compare(&self, arrived: &[String], expected: &[String], way: &str) {
        let extra: Vec<_> = arrived.iter().filter(|line| !expected.contains(line)).collect();
        let missing: Vec<_> = expected.iter().filter(|line| !arrived.contains(line)).collect();
        let files: String = self.files.iter().map(|pair| format!("{}\n{}\n", pair.up, pair.down)).collect();
        assert!(extra.is_empty() && missing.is_empty(), "{way}: extra {extra:#?}, missing {missing:#?}\n{files}");
    }

    async fn sees(&mut self, sql: &str, expected: &[&str]) {
        let text = |row: Vec<Option<String>>| {
            row.into_iter().map(|cell| cell.unwrap_or("NULL".into())).collect::<Vec<_>>().join("|")
        };
        let rows = self.db.rows(sql).await;
        assert_eq!(rows.into_iter().map(text).collect::<Vec<_>>(), expected, "{sql}");
    }

    /// There, back and there again; the queries see these rows at each end.
    async fn round(&mut self, before: (&str, &[&str]), after: (&str, &[&str])) {
        self.sees(before.0, before.1).await;
        self.up().await;
        self.sees(after.0, after.1).await;
        self.down().await;
        self.sees(before.0, before.1).await;
        self.up().await;
        self.sees(after.0, after.1).await;
    }
}

async fn change(from: Vec<Table>, to: Vec<Table>, rows: &str, before: (&str, &[&str]), after: (&str, &[&str])) {
    Way::new(&schema(from), &schema(to), &Intents::default(), rows).await.round(before, after).await;
}

#[tokio::test]
async fn settings_of_tables_and_columns() {
    let parent = keyed("parent", &["id bigint", "body text?"]);
    let mut child = keyed("child", &["id bigint", "parent bigint", "code text"]);
    child.foreign_keys.push(foreign_key("child_parent_fkey", &["parent"], "parent", &["id"]));
    child.uniques.push(Unique::new("child_code_key", strings(&["code"])));
    child.storage = settings(&[("fillfactor", "70"), ("autovacuum_enabled", "false")]);
    child.replica_identity = Some(ReplicaIdentity::Index("child_code_key".to_owned()));
    let from = vec![parent.clone(), child.clone()];

    let unlogged = |table: Table| Table { unlogged: true, ..table };
    let (mut parent, mut child) = (unlogged(parent), unlogged(child));
    let body = parent.column_mut("body").unwrap();
    (body.storage, body.statistics) = (Some("external".into()), Some(500));
    body.compression = offers("COMPRESSION of columns", 14).await.then(|| "pglz".to_owned());
    child.storage = settings(&[("fillfactor", "80"), ("toast.autovacuum_enabled", "false")]);
    (child.row_security, child.force_row_security) = (true, true);
    child.uniques[0].name = "child_code_unique".to_owned();
    child.uniques[0].include = strings(&["parent"]);
    child.replica_identity = Some(ReplicaIdentity::Index("child_code_unique".to_owned()));
    let to = vec![parent, child];

    let rows = "INSERT INTO parent VALUES (1, 'x'); INSERT INTO child VALUES (1, 1, 'c')";
    let seen: (&str, &[&str]) = ("SELECT code, body FROM child JOIN parent ON parent = parent.id", &["c|x"]);
    change(from.clone(), to.clone(), rows, seen, seen).await;
    change(to, from, rows, seen, seen).await;
}

#[tokio::test]
async fn constraints_of_every_kind() {
    let mut booking =
        keyed("booking", &["id bigint", "room integer", "during tstzrange", "guest bigint?", "host bigint?"]);
    booking.checks.push(Check { not_valid: true, ..Check::new("booking_room_check", "room > 0") });
    booking.exclusions.push(overlap("booking_overlap", "room"));
    let guest = keyed("guest", &["id bigint"]);
    let from = vec![booking.clone(), guest.clone()];

    let key = booking.primary_key.as_mut().unwrap();
    (key.include, key.deferrable) = (strings(&["room"]), Some(Deferrable::InitiallyDeferred));
    key.storage = settings(&[("fillfactor", "90")]);
    booking.checks = vec![Check::new("booking_room_check", "room > 0")];
    booking.exclusions[0].predicate = Some("guest IS NOT NULL".to_owned());
    booking.column_mut("room").unwrap().ty = SqlType::builtin("bigint");
    booking.foreign_keys.push(ForeignKey {
        on_delete: ReferentialAction::SetNull,
        set_columns: if offers("SET NULL of some columns", 15).await { strings(&["guest"]) } else { Vec::new() },
        not_valid: true,
        ..foreign_key("booking_guest_fkey", &["guest"], "guest", &["id"])
    });
    let to = vec![booking.clone(), guest.clone()];
    let rows = "INSERT INTO guest VALUES (1); INSERT INTO booking VALUES \
                (1, 1, '[2024-01-01, 2024-01-02)', 1, 1), (2, 1, '[2024-01-02, 2024-01-03)', 1, 1)";
    let seen: (&str, &[&str]) = ("SELECT count(*)::text, sum(room)::text FROM booking", &["2|2"]);
    change(from.clone(), to.clone(), rows, seen, seen).await;
    change(to.clone(), from, rows, seen, seen).await;

    booking.exclusions[0].name = "no_overlap".to_owned();
    booking.foreign_keys[0].not_valid = false;
    booking.checks[0].no_inherit = true;
    let renamed = vec![booking.clone(), guest.clone()];
    change(to.clone(), renamed.clone(), rows, seen, seen).await;
    change(renamed.clone(), to, rows, seen, seen).await;

    booking.exclusions.clear();
    change(renamed, vec![booking, guest], rows, seen, seen).await;
}

fn overlap(name: &str, column: &str) -> Exclusion {
    let element = |key: IndexKey, operator: &str| ExclusionElement { key, operator: operator.to_owned() };
    let mut hours = IndexKey::column("during");
    hours.target = IndexTarget::Expression("tstzrange(lower(during), upper(during))".to_owned());
    Exclusion {
        name: name.to_owned(),
        method: Some("gist".to_owned()),
        elements: vec![element(IndexKey::column(column), "="), element(hours, "&&")],
        include: Vec::new(),
        storage: BTreeMap::new(),
        predicate: None,
        deferrable: Some(Deferrable::InitiallyImmediate),
    }
}

#[tokio::test]
async fn partitions_of_every_kind_from_nothing_and_back() {
    let mut tables = log();
    tables.push(partitioned(partition("log_2024", "log", &years(2024, 2025)), PartitionStrategy::Hash, "id"));
    tables.push(partition("log_2024_0", "log_2024", "FOR VALUES WITH (MODULUS 2, REMAINDER 0)"));
    let mut other = partition("log_2024_1", "log_2024", "FOR VALUES WITH (MODULUS 2, REMAINDER 1)");
    other.columns = table("x", &["note text", "id bigint", "at date"]).columns;
    other.columns[0].default = Some("'n'".to_owned());
    other.indexes.push(index("log_2024_1_at_idx", "at"));
    tables.push(other);
    let mut city = partitioned(keyed("city", &["country text", "name text?"]), PartitionStrategy::List, "country");
    city.columns[0].comment = Some("ISO 3166".to_owned());
    tables.push(city);
    tables.push(partition("city_nordic", "city", "FOR VALUES IN ('dk', 'no', 'se')"));
    let mut by_month = partitioned(table("by_month", &["at timestamptz"]), PartitionStrategy::Range, "at");
    by_month.partition_by.as_mut().unwrap().keys[0].target =
        IndexTarget::Expression("date_part('month', at AT TIME ZONE 'UTC')".to_owned());
    tables.push(by_month);
    tables.push(partition("by_month_1", "by_month", "FOR VALUES FROM (1) TO (2)"));
    let mut hit = table("hit", &["log bigint", "at date"]);
    hit.foreign_keys.push(foreign_key("hit_log_fkey", &["log", "at"], "log", &["id", "at"]));
    tables.push(hit);

    let empty: (&str, &[&str]) = ("SELECT 'x'", &["x"]);
    change(Vec::new(), tables.clone(), "", empty, empty).await;
    change(tables, Vec::new(), LOG_ROWS, empty, empty).await;
}

#[tokio::test]
async fn columns_of_a_partitioned_table() {
    let mut from = log();
    from[1].indexes.push(index("log_2023_note_idx2", "note"));
    from[1].checks.push(Check::new("log_2023_note_check", "length(note) < 100"));
    let mut apart = partition("log_2022", "log", &years(2022, 2023));
    apart.columns = table("x", &["note text?", "id bigint", "at date"]).columns;
    apart.columns[0].default = Some("'old'".to_owned());
    from.push(apart);

    let mut to = from.clone();
    for table in [0, 3] {
        let note = to[table].column_mut("note").unwrap();
        (note.name, note.ty, note.nullable) = ("remark".to_owned(), SqlType::builtin("character varying(200)"), false);
        to[table]
            .columns
            .push(Column { default: Some("7".into()), ..Column::new("level", SqlType::builtin("integer")) });
    }
    to[0].column_mut("remark").unwrap().default = Some("'new'".to_owned());
    to[0].column_mut("id").unwrap().default = Some("5".to_owned());
    to[0].indexes = vec![index("log_note_idx", "remark")];
    to[1].indexes = vec![index("log_2023_note_idx2", "remark")];
    to[1].checks = vec![Check::new("log_2023_note_check", "length(remark) < 100")];
    let mut intents = Intents::default();
    intents.column_renames.insert((public("log"), "remark".to_owned()), Placed::bare("note".to_owned()));
    let mut way = Way::new(&schema(from), &schema(to), &intents, LOG_ROWS).await;
    let rows: &[&str] = &["1|log_2023|a", "2|log_rest|b"];
    let after = "SELECT id::text, tableoid::regclass::text, remark FROM log WHERE level = 7 ORDER BY id";
    way.round((LOG, rows), (after, rows)).await;

    let mut from = log();
    from[0].columns.push(Column { nullable: true, ..Column::new("extra", SqlType::builtin("integer")) });
    let rows_of_four = "INSERT INTO log VALUES (1, '2023-05-05', 'a', 1), (2, '2024-05-05', 'b', 2)";
    change(from, log(), rows_of_four, (LOG, rows), (LOG, rows)).await;
}

#[tokio::test]
async fn a_table_becomes_a_partition_and_one_again() {
    let from = |alike: bool| {
        let mut tables = log();
        let mut old = table("log_2022", &["id bigint", "at date", "note text?"]);
        old.primary_key = Some(PrimaryKey::new("log_2022_pkey", strings(&["id", "at"])));
        old.indexes.push(index("log_2022_at_idx", "at"));
        if alike {
            old.checks.push(Check::new("log_id_check", "id > 0"));
            old.indexes.push(index("log_2022_by_note", "note"));
        }
        tables.push(old);
        tables
    };
    let mut to = log();
    let mut old = partition("log_2022", "log", &years(2022, 2023));
    old.indexes.push(index("log_2022_at_idx", "at"));
    to.push(old);

    let rows = format!("{LOG_ROWS}; INSERT INTO log_2022 VALUES (9, '2022-05-05', 'old')");
    let apart: &[&str] = &["1|log_2023|a", "2|log_rest|b"];
    let rows_within = "INSERT INTO log VALUES (1, '2023-05-05', 'a'), (2, '2024-05-05', 'b'), (9, '2022-05-05', 'old')";
    let within: &[&str] = &["1|log_2023|a", "2|log_rest|b", "9|log_2022|old"];
    for alike in [true, false] {
        change(from(alike), to.clone(), &rows, (LOG, apart), (LOG, within)).await;
        change(to.clone(), from(alike), rows_within, (LOG, within), (LOG, apart)).await;
    }
}

#[tokio::test]
async fn bounds_move_and_partitions_come_and_go() {
    let mut from = log();
    from.push(partition("log_2025", "log", &years(2025, 2026)));
    let mut hit = table("hit", &["log bigint", "at date"]);
    hit.foreign_keys.push(foreign_key("hit_log_fkey", &["log", "at"], "log", &["id", "at"]));
    from.push(hit);
    let mut to = from.clone();
    to[1] = partition("log_2023", "log", &years(2022, 2024));
    to[3] = partition("log_new", "log", &years(2025, 2030));
    let rows = format!("{LOG_ROWS}; INSERT INTO hit VALUES (1, '2023-05-05')");
    let seen: (&str, &[&str]) = (LOG, &["1|log_2023|a", "2|log_rest|b"]);
    change(from, to, &rows, seen, seen).await;
}

#[tokio::test]
async fn inheritance() {
    let mut animal = keyed("animal", &["id bigint", "name text?"]);
    animal.checks.push(Check::new("animal_id_check", "id > 0"));
    animal.columns[0].identity = Some(Identity::ByDefault);
    let mut cat = keyed("cat", &["id bigint", "name text?", "lives integer"]);
    cat.inherits = vec![public("animal")];
    cat.column_mut("name").unwrap().default = Some("'Tom'".to_owned());
    let mut dog = keyed("dog", &["name text?", "id bigint"]);
    dog.primary_key = None;
    dog.checks.push(Check::new("animal_id_check", "id > 0"));
    let from = vec![animal.clone(), cat.clone(), dog.clone()];

    let mut to = from.clone();
    to[0].columns.push(Column { default: Some("1".into()), ..Column::new("age", SqlType::builtin("integer")) });
    to[0].column_mut("name").unwrap().ty = SqlType::builtin("character varying(90)");
    to[1].columns.push(Column { default: Some("2".into()), ..Column::new("age", SqlType::builtin("integer")) });
    to[1].column_mut("name").unwrap().ty = SqlType::builtin("character varying(90)");
    to[2].columns[0].ty = SqlType::builtin("character varying(90)");
    to[2].columns.push(Column { default: Some("1".into()), ..Column::new("age", SqlType::builtin("integer")) });
    to[2].inherits = vec![public("animal")];
    to[2].checks.clear();
    let rows =
        "INSERT INTO animal (name) VALUES ('a'); INSERT INTO cat VALUES (2, 'c', 9); INSERT INTO dog VALUES ('d', 3)";
    let names = "SELECT name FROM animal ORDER BY name";
    let way = Way::new(&schema(from.clone()), &schema(to.clone()), &Intents::default(), rows).await;
    let mut way = Way { second: way.second, ..way };
    way.round((names, &["a", "c"]), (names, &["a", "c", "d"])).await;

    let rows = "INSERT INTO animal (name) VALUES ('a'); INSERT INTO cat (id, name, lives) VALUES (2, 'c', 9); \
                INSERT INTO dog VALUES ('d', 3)";
    let mut back = from;
    back[1].inherits.clear();
    back[1].checks.push(Check::new("animal_id_check", "id > 0"));
    change(to, back, rows, (names, &["a", "c", "d"]), (names, &["a"])).await;
}

/// A numbered log with keys in both directions and a generated column, as one table or split.
fn numbered(split: Option<(PartitionStrategy, &str, [&str; 2])>) -> Vec<Table> {
    let mut log = table("log", &["id bigint", "at date", "note text?", "size integer?", "by bigint?"]);
    log.columns[0].identity = Some(Identity::Always);
    log.columns[3].generated = Some(Generated { expression: "char_length(note)".to_owned(), stored: true });
    log.primary_key = Some(PrimaryKey::new("log_pkey", strings(&["id", "at"])));
    log.indexes.push(index("log_note_idx", "note"));
    log.checks.push(Check::new("log_id_check", "id > 0"));
    log.foreign_keys.push(foreign_key("log_by_fkey", &["by"], "person", &["id"]));
    let mut hit = table("hit", &["log bigint", "at date"]);
    hit.foreign_keys.push(foreign_key("hit_log_fkey", &["log", "at"], "log", &["id", "at"]));
    let mut tables = vec![log, keyed("person", &["id bigint"]), hit];
    if let Some((strategy, key, bounds)) = split {
        tables[0] = partitioned(tables[0].clone(), strategy, key);
        tables.extend(["log_a", "log_b"].iter().zip(bounds).map(|(name, bound)| partition(name, "log", bound)));
    }
    tables
}

#[tokio::test]
async fn a_table_is_split_split_otherwise_and_put_together_again() {
    let years = years(2023, 2024);
    let halves = ["FOR VALUES WITH (MODULUS 2, REMAINDER 0)", "FOR VALUES WITH (MODULUS 2, REMAINDER 1)"];
    let forms = [
        numbered(None),
        numbered(Some((PartitionStrategy::Range, "at", [&years, "DEFAULT"]))),
        numbered(Some((PartitionStrategy::Hash, "id", halves))),
    ];
    let rows = "INSERT INTO person VALUES (7);
        INSERT INTO log (at, note, by) VALUES ('2023-05-05', 'a', 7), ('2024-05-05', 'bcd', NULL), ('2024-06-06', 'e', 7);
        DELETE FROM log WHERE id = 3; INSERT INTO hit VALUES (1, '2023-05-05')";
    let seen: (&str, &[&str]) = (
        "SELECT id::text, at::text, note, size::text, by::text FROM log ORDER BY id",
        &["1|2023-05-05|a|1|7", "2|2024-05-05|bcd|3|NULL"],
    );
    for (from, to) in (0..3).flat_map(|from| (0..3).map(move |to| (from, to))).filter(|(from, to)| from != to) {
        let (from, to) = (schema(forms[from].clone()), schema(forms[to].clone()));
        let mut way = Way::new(&from, &to, &Intents::default(), rows).await;
        way.round(seen, seen).await;
        // The number of the row that is gone is not given again.
        way.db.run("INSERT INTO log (at) VALUES ('2023-07-07')").await;
        way.sees("SELECT max(id)::text FROM log", &["4"]).await;
    }
}

#[tokio::test]
async fn a_table_is_split_while_its_columns_change() {
    let from = numbered(None);
    let mut to = numbered(Some((PartitionStrategy::List, "at", ["FOR VALUES IN ('2023-05-05')", "DEFAULT"])));
    to[0].columns[2] = Column { nullable: false, ..Column::new("remark", SqlType::builtin("character varying(9)")) };
    to[0].columns[3].generated = Some(Generated { expression: "char_length((remark)::text)".to_owned(), stored: true });
    to[0]
        .columns
        .push(Column { default: Some("'new'::text".to_owned()), ..Column::new("state", SqlType::builtin("text")) });
    to[0].indexes[0] = index("log_note_idx", "remark");
    let mut intents = Intents::default();
    intents.column_renames.insert((public("log"), "remark".to_owned()), Placed::bare("note".to_owned()));
    intents.backfills.insert((public("log"), "remark".to_owned()), Placed::bare("'none'".to_owned()));
    let rows = "INSERT INTO log (at, note) VALUES ('2023-05-05', 'a'), ('2024-05-05', NULL)";
    let mut way = Way::new(&schema(from), &schema(to), &intents, rows).await;
    way.up().await;
    way.sees(
        "SELECT id::text, remark, size::text, state, tableoid::regclass::text FROM log ORDER BY id",
        &["1|a|1|new|log_a", "2|none|4|new|log_b"],
    )
    .await;
    way.down().await;
    way.sees("SELECT id::text, note FROM log ORDER BY id", &["1|a", "2|none"]).await;
    way.up().await;
}

#[tokio::test]
async fn a_table_that_joins_the_split_keeps_its_rows_when_it_leaves() {
    let log = |split: bool| {
        let log = table("log", &["id bigint", "at date"]);
        if split { partitioned(log, PartitionStrategy::Range, "at") } else { log }
    };
    let from = vec![log(false), table("log_2023", &["id bigint", "at date"])];
    let to = vec![log(true), partition("log_2023", "log", &years(2023, 2024)), partition("log_rest", "log", "DEFAULT")];
    let rows = "INSERT INTO log VALUES (1, '2024-01-01'); INSERT INTO log_2023 VALUES (2, '2023-05-05')";
    let seen = "SELECT 'log', id::text FROM log UNION ALL SELECT 'log_2023', id::text FROM log_2023 ORDER BY 2, 1";
    let apart: &[&str] = &["log|1", "log_2023|2"];
    let within: &[&str] = &["log|1", "log|2", "log_2023|2"];
    change(from.clone(), to.clone(), rows, (seen, apart), (seen, within)).await;
    change(to, from, rows, (seen, within), (seen, apart)).await;
}

/// PostgreSQL refuses to give the column of a partition key another type, and every way to write that.
#[tokio::test]
async fn a_partition_key_gets_another_type() {
    let log = |ty: &str| {
        let mut log = log();
        log[0].column_mut("at").unwrap().ty = SqlType::builtin(ty);
        for part in &mut log[1..2] {
            part.partition_of.as_mut().unwrap().bound =
                "FOR VALUES FROM ('2023-01-01 00:00:00') TO ('2024-01-01 00:00:00')".to_owned();
        }
        log
    };
    let (from, to) = (log("date"), log("timestamp without time zone"));
    let rows: &[&str] = &["1|log_2023|a", "2|log_rest|b"];
    change(from, to, LOG_ROWS, (LOG, rows), (LOG, rows)).await;
}

#[tokio::test]
async fn roles_may_do_with_a_table_made_anew_what_they_may_with_the_former() {
    let (from, to) =
        (numbered(None), numbered(Some((PartitionStrategy::Range, "at", [&years(2023, 2024), "DEFAULT"]))));
    let mut way = Way::new(&schema(from), &schema(to), &Intents::default(), "").await;
    let role = format!("s{}", std::process::id());
    let grants = format!(
        "CREATE ROLE {role}; GRANT SELECT ON log TO {role} WITH GRANT OPTION; GRANT UPDATE (note) ON log TO PUBLIC"
    );
    way.db.run(&grants).await;
    let granted = "SELECT grantee::regrole || ' ' || privilege_type || ' ' || is_grantable FROM pg_class, aclexplode(relacl)
        WHERE oid = 'log'::regclass AND grantee <> relowner
        UNION ALL SELECT attname || ' ' || grantee::regrole || ' ' || privilege_type FROM pg_attribute, aclexplode(attacl)
        WHERE attrelid = 'log'::regclass ORDER BY 1";
    let before = [format!("{role} SELECT true"), "note - UPDATE".to_owned()];
    let before: Vec<&str> = before.iter().map(String::as_str).collect();
    let mut sorted = before.clone();
    sorted.sort_unstable();
    way.round((granted, &sorted), (granted, &sorted)).await;
    way.db.run(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}

#[test]
fn what_takes_several_transactions_is_refused_beside_a_new_partition_key() {
    let mut to = log();
    to[0].column_mut("at").unwrap().ty = SqlType::builtin("timestamp without time zone");
    to[0].column_mut("note").unwrap().name = "remark".to_owned();
    let mut intents = Intents::default();
    intents.column_renames.insert((public("log"), "remark".to_owned()), Placed::bare("note".to_owned()));
    intents.online.insert((public("log"), "remark".to_owned()));
    let refused = files(&schema(log()), &schema(to), &intents).unwrap_err();
    let expected = "table `log`: column `remark` can't be renamed online: a table is partitioned in another way";
    assert!(refused.starts_with(expected), "{refused}");
}

#[test]
fn labels_of_a_partition_key_are_not_dropped() {
    let kinds = |labels: &[&str]| {
        let mut log = partitioned(table("log", &["id bigint", "kind text"]), PartitionStrategy::List, "kind");
        log.columns[1].ty = SqlType::Named(public("kind"));
        let mut schema = schema([log, partition("log_rest", "log", "DEFAULT")]);
        let kind = EnumType { name: public("kind"), labels: strings(labels), comment: None };
        schema.enums.insert(kind.name.clone(), kind);
        schema
    };
    let refused = files(&kinds(&["a", "b"]), &kinds(&["b"]), &Intents::default()).unwrap_err();
    let expected = "enum `kind` can't be built anew while table `log` is partitioned by `kind`, which is of it";
    assert!(refused.starts_with(expected), "{refused}");
    assert!(files(&kinds(&["a", "b"]), &kinds(&["a", "b", "c"]), &Intents::default()).is_ok());
}

#[tokio::test]
async fn a_row_that_fits_no_partition_stops_the_split_and_nothing_is_lost() {
    let split = numbered(Some((
        PartitionStrategy::List,
        "at",
        ["FOR VALUES IN ('2023-05-05')", "FOR VALUES IN ('2025-01-01')"],
    )));
    let rows = "INSERT INTO log (at, note) VALUES ('2023-05-05', 'a'), ('2024-05-05', 'b')";
    let mut way = Way::new(&schema(numbered(None)), &schema(split), &Intents::default(), rows).await;
    let refused = way.db.up(&way.files).await.unwrap_err();
    assert!(refused.contains("no partition of relation \"log\" found for row"), "{refused}");
    way.sees("SELECT id::text, note FROM log ORDER BY id", &["1|a", "2|b"]).await;
}

#[test]
fn a_split_that_takes_more_than_one_transaction_is_refused() {
    let mut to =
        numbered(Some((PartitionStrategy::Hash, "id", ["FOR VALUES WITH (MODULUS 1, REMAINDER 0)", "DEFAULT"])));
    to[1].columns.push(Column::new("name", SqlType::builtin("text")));
    let mut intents = Intents::default();
    intents.backfills.insert((public("person"), "name".to_owned()), Placed::bare("'x'".to_owned()));
    let refused = files(&schema(numbered(None)), &schema(to), &intents).unwrap_err();
    assert!(refused.starts_with("table `log` is partitioned in another way, which takes one transaction"), "{refused}");
}
