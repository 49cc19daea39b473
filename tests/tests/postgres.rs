//! Public bug reports that this project must not repeat (BUGS.md), on PostgreSQL tables with rows: up, down, up again.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a suite fails by panics")]

use schema_core::decl::AllowCode;
use schema_core::ir::{
    Check, Column, Dialect, EnumType, ForeignKey, Generated, Index, IndexKey, ObjectName, PrimaryKey,
    ReferentialAction, Schema, SqlType, Table, Unique,
};
use schema_core::model::{Allow, Intents, Placed};
use schema_core::names::{Kind, derived};
use schema_core::plan::DraftPair;
use schema_tests::target::{Target, files};

fn public(name: &str) -> ObjectName {
    ObjectName::qualified("public", name)
}

/// A table from `name type` columns; `?` after the type lets NULL in, the first column is the primary key.
fn table(name: &str, columns: &[&str]) -> Table {
    let mut table = Table::new(public(name));
    for text in columns {
        let (column, ty) = text.split_once(' ').unwrap();
        let mut column = Column::new(column, SqlType::builtin(ty.trim_end_matches('?')));
        column.nullable = ty.ends_with('?');
        table.columns.push(column);
    }
    let key = table.columns[0].name.clone();
    let name = derived(name, &[] as &[&str], Kind::PrimaryKey);
    table.primary_key = Some(PrimaryKey::new(name, vec![key]));
    table
}

fn schema(tables: Vec<Table>) -> Schema {
    let mut schema = Schema::empty(Dialect::Postgres);
    for mut table in tables {
        table.sort();
        schema.namespaces.extend(table.name.schema.clone().filter(|name| name != "public"));
        schema.tables.insert(table.name.clone(), table);
    }
    schema
}

fn with_enum(mut schema: Schema, name: ObjectName, labels: &[&str]) -> Schema {
    let labels = labels.iter().map(|label| (*label).to_owned()).collect();
    schema.enums.insert(name.clone(), EnumType { name, labels, comment: None });
    schema
}

fn references(table: &mut Table, columns: &[&str], target: &str, referenced: &[&str]) {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    table.foreign_keys.push(ForeignKey {
        name: derived(&table.name.name, columns, Kind::ForeignKey),
        columns: owned(columns),
        references: public(target),
        referenced_columns: owned(referenced),
        on_delete: ReferentialAction::NoAction,
        on_update: ReferentialAction::NoAction,
        match_full: false,
        deferrable: None,
        set_columns: Vec::new(),
        not_valid: false,
        not_enforced: false,
    });
}

fn index(table: &mut Table, column: &str, predicate: Option<&str>) {
    table.indexes.push(Index {
        name: derived(&table.name.name, &[column], Kind::Index),
        unique: false,
        method: None,
        keys: vec![IndexKey::column(column)],
        include: Vec::new(),
        nulls_not_distinct: false,
        storage: std::collections::BTreeMap::new(),
        predicate: predicate.map(str::to_owned),
    });
}

fn renamed(table: &str, pairs: &[(&str, &str)]) -> Intents {
    let mut intents = Intents::default();
    for (from, to) in pairs {
        intents.column_renames.insert((public(table), (*to).to_owned()), Placed::bare((*from).to_owned()));
    }
    intents
}

fn backfilled(table: &str, column: &str, value: &str) -> Intents {
    let mut intents = Intents::default();
    intents.backfills.insert((public(table), column.to_owned()), Placed::bare(value.to_owned()));
    intents
}

fn allowed(code: AllowCode, object: &ObjectName, part: &str, map_to: Option<&str>) -> Intents {
    let (part, map_to, reason) = (Some(part.to_owned()), map_to.map(str::to_owned), "a test".to_owned());
    let allow = Allow { code, object: object.clone(), part, reason, map_to, restore: None, keep: false, place: None };
    Intents { allows: vec![allow], ..Intents::default() }
}

/// A database on its way between two schemas; every arrival is compared with a fresh database.
struct Way {
    db: Target,
    files: Vec<DraftPair>,
    first: Schema,
    second: Schema,
}

impl Way {
    async fn new(from: &Schema, to: &Schema, intents: &Intents, rows: &str) -> Self {
        let mut db = fresh(from).await;
        db.run(rows).await;
        Self::on(db, from, to, intents).await
    }

    async fn on(mut db: Target, from: &Schema, to: &Schema, intents: &Intents) -> Self {
        let files = files(from, to, intents).unwrap_or_else(|findings| panic!("{findings}"));
        Self { first: db.schema().await, second: fresh(to).await.schema().await, db, files }
    }

    async fn up(&mut self) {
        self.db.up(&self.files).await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(self.db.schema().await, self.second);
    }

    async fn down(&mut self) {
        self.db.down(&self.files).await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(self.db.schema().await, self.first);
    }

    async fn sees(&mut self, sql: &str, expected: &[&str]) {
        let rows = self.db.rows(sql).await;
        let text = |row: Vec<Option<String>>| {
            row.into_iter().map(|cell| cell.unwrap_or("NULL".into())).collect::<Vec<_>>().join("|")
        };
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

async fn fresh(schema: &Schema) -> Target {
    let mut db = Target::fresh(Dialect::Postgres).await;
    let files = files(&Schema::empty(Dialect::Postgres), schema, &Intents::default());
    db.up(&files.unwrap_or_else(|findings| panic!("{findings}"))).await.unwrap_or_else(|error| panic!("{error}"));
    db
}

const PEOPLE: &str = "INSERT INTO person VALUES (1, 'a'), (2, 'it''s'), (3, repeat('x', 50))";

#[tokio::test]
async fn b04_a_longer_varchar_keeps_every_value() {
    let short = schema(vec![table("person", &["id integer", "email character varying(50)"])]);
    let long = schema(vec![table("person", &["id integer", "email character varying(80)"])]);
    let mut way = Way::new(&short, &long, &Intents::default(), PEOPLE).await;
    let sql = "SELECT id, length(email) FROM person ORDER BY id";
    way.round((sql, &["1|1", "2|4", "3|50"]), (sql, &["1|1", "2|4", "3|50"])).await;
    assert!(way.files.iter().all(|pair| !pair.up.contains("DROP COLUMN")));
}

#[tokio::test]
async fn b04_a_shorter_varchar_refuses_what_it_would_cut() {
    let long = schema(vec![table("person", &["id integer", "email character varying(80)"])]);
    let short = schema(vec![table("person", &["id integer", "email character varying(10)"])]);
    let intents = allowed(AllowCode::NarrowType, &public("person"), "email", None);
    let mut way = Way::new(&long, &short, &intents, PEOPLE).await;
    assert!(way.db.up(&way.files).await.is_err());
    way.db.run("ROLLBACK").await;
    way.sees("SELECT max(length(email)) FROM person", &["50"]).await;
    way.db.down(&way.files[..1]).await.unwrap_or_else(|error| panic!("{error}"));
    way.db.run("UPDATE person SET email = left(email, 10)").await;
    let sql = "SELECT max(length(email)) FROM person";
    way.round((sql, &["10"]), (sql, &["10"])).await;
}

fn jobs(labels: &[&str], array: bool) -> Schema {
    let mut job = table("job", &["id integer", "s text"]);
    let named = SqlType::Named(public("st"));
    job.columns[1].ty = if array { SqlType::Array(Box::new(named)) } else { named };
    job.columns[1].default = Some(if array { "'{new}'" } else { "'new'" }.to_owned());
    if !array {
        index(&mut job, "id", Some("s = 'new'"));
    }
    with_enum(schema(vec![job]), public("st"), labels)
}

#[tokio::test]
async fn b05_a_label_goes_though_a_default_and_a_partial_index_use_the_type() {
    let intents = allowed(AllowCode::DropLabel, &public("st"), "junk", Some("done"));
    let (from, to) = (jobs(&["new", "done", "junk"], false), jobs(&["new", "done"], false));
    let mut way = Way::new(&from, &to, &intents, "INSERT INTO job VALUES (1, 'new'), (2, 'junk')").await;
    let sql = "SELECT id, s FROM job ORDER BY id";
    way.up().await;
    way.sees(sql, &["1|new", "2|done"]).await;
    way.down().await;
    way.sees(sql, &["1|new", "2|done"]).await;
    way.db.run("INSERT INTO job VALUES (3, 'junk')").await;
    way.up().await;
    way.sees(sql, &["1|new", "2|done", "3|done"]).await;
}

#[tokio::test]
async fn b05_a_label_goes_from_arrays_too() {
    let intents = allowed(AllowCode::DropLabel, &public("st"), "junk", Some("done"));
    let (from, to) = (jobs(&["new", "done", "junk"], true), jobs(&["new", "done"], true));
    let mut way = Way::new(&from, &to, &intents, "INSERT INTO job VALUES (1, '{new,junk}'), (2, '{}')").await;
    way.up().await;
    way.sees("SELECT s FROM job ORDER BY id", &["{new,done}", "{}"]).await;
    way.down().await;
    way.up().await;
}

#[tokio::test]
async fn b06_a_new_label_is_a_default_at_once() {
    let make = |labels: &[&str], default: &str| {
        let mut f = table("f", &["id integer", "s text"]);
        f.columns[1].ty = SqlType::Named(public("src"));
        f.columns[1].default = Some(default.to_owned());
        with_enum(schema(vec![f]), public("src"), labels)
    };
    let (from, to) = (make(&["a"], "'a'"), make(&["first", "a", "b"], "'b'"));
    let mut way = Way::new(&from, &to, &Intents::default(), "INSERT INTO f (id) VALUES (1)").await;
    way.round(("SELECT s FROM f", &["a"]), ("SELECT s FROM f", &["a"])).await;
    way.db.run("INSERT INTO f (id) VALUES (2)").await;
    way.sees("SELECT s FROM f ORDER BY id", &["a", "b"]).await;
    let refused = way.db.down(&way.files).await;
    assert!(refused.is_err(), "a row holds the label that would go");
    way.db.run("ROLLBACK").await;
    way.sees("SELECT s FROM f ORDER BY id", &["a", "b"]).await;
}

#[tokio::test]
async fn b08_renames_of_one_type_keep_their_own_values() {
    let from = schema(vec![table("stats", &["id integer", "cov_ms integer", "base_ms integer", "exp_ms integer"])]);
    let to = schema(vec![table("stats", &["id integer", "x_cov_ms integer", "x_base_ms integer", "x_exp_ms integer"])]);
    let pairs = [("cov_ms", "x_cov_ms"), ("base_ms", "x_base_ms"), ("exp_ms", "x_exp_ms")];
    let mut way = Way::new(&from, &to, &renamed("stats", &pairs), "INSERT INTO stats VALUES (1, 10, 20, 30)").await;
    let after = "SELECT x_cov_ms, x_base_ms, x_exp_ms FROM stats";
    way.round(("SELECT cov_ms, base_ms, exp_ms FROM stats", &["10|20|30"]), (after, &["10|20|30"])).await;
}

#[tokio::test]
async fn b09_two_columns_swap_their_names() {
    let both = schema(vec![table("sw", &["id integer", "a integer", "b integer"])]);
    let swap = renamed("sw", &[("b", "a"), ("a", "b")]);
    let mut way = Way::new(&both, &both, &swap, "INSERT INTO sw VALUES (1, 1, 2)").await;
    let sql = "SELECT a, b FROM sw";
    way.round((sql, &["1|2"]), (sql, &["2|1"])).await;
}

#[tokio::test]
async fn b13_a_not_null_column_comes_to_a_filled_table_with_a_stated_value() {
    let from = schema(vec![table("t", &["a integer"])]);
    let to = schema(vec![table("t", &["a integer", "b integer"])]);
    let mut way = Way::new(&from, &to, &backfilled("t", "b", "a * 10"), "INSERT INTO t VALUES (1), (2)").await;
    way.round(("SELECT a FROM t ORDER BY a", &["1", "2"]), ("SELECT a, b FROM t ORDER BY a", &["1|10", "2|20"])).await;
    way.sees("SELECT column_default FROM information_schema.columns WHERE column_name = 'b'", &["NULL"]).await;
}

#[tokio::test]
async fn b14_null_rows_are_filled_before_not_null() {
    let from = schema(vec![table("nn", &["id integer", "a text?"])]);
    let mut to = schema(vec![table("nn", &["id integer", "a text"])]);
    to.tables.get_mut(&public("nn")).unwrap().columns[1].default = Some("'q'".to_owned());
    let mut way =
        Way::new(&from, &to, &backfilled("nn", "a", "'q'"), "INSERT INTO nn VALUES (1, NULL), (2, 'z')").await;
    let sql = "SELECT a FROM nn ORDER BY id";
    way.sees(sql, &["NULL", "z"]).await;
    way.up().await;
    way.sees(sql, &["q", "z"]).await;
    way.down().await;
    way.sees(sql, &["q", "z"]).await;
    way.up().await;
}

#[tokio::test]
async fn b18_long_names_stay_apart() {
    let name = "school_fee_account_head_reference_ledgers";
    let columns =
        ["id bigint", "a_long_common_prefix_of_columns_one bigint", "a_long_common_prefix_of_columns_two bigint"];
    let from = schema(vec![table(name, &columns), table(&"ж".repeat(31), &["имя bigint"])]);
    let mut with = table(name, &columns);
    for column in ["a_long_common_prefix_of_columns_one", "a_long_common_prefix_of_columns_two"] {
        references(&mut with, &[column], name, &["id"]);
        let check = derived(name, &[column], Kind::Check);
        with.checks.push(Check::new(check, format!("{column} > 0")));
    }
    let mut cyrillic = table(&"ж".repeat(31), &["имя bigint"]);
    index(&mut cyrillic, "имя", None);
    let rows = format!("INSERT INTO {name} VALUES (1, 1, 1); INSERT INTO \"{}\" VALUES (1)", "ж".repeat(31));
    let mut way = Way::new(&from, &schema(vec![with, cyrillic]), &Intents::default(), &rows).await;
    let sql = format!("SELECT count(*) FROM {name}");
    way.round((&sql, &["1"]), (&sql, &["1"])).await;
}

#[tokio::test]
async fn b25_tables_that_refer_to_each_other_come_and_go_with_rows() {
    let mut model = table("model", &["id integer", "cover_id integer?"]);
    references(&mut model, &["cover_id"], "image", &["id"]);
    let mut image = table("image", &["id integer", "model_id integer", "next_id integer?"]);
    references(&mut image, &["model_id"], "model", &["id"]);
    references(&mut image, &["next_id"], "image", &["id"]);
    let cycle = schema(vec![model, image]);
    let empty = Schema::empty(Dialect::Postgres);
    let rows = "INSERT INTO model VALUES (1, NULL); INSERT INTO image VALUES (1, 1, 1); UPDATE model SET cover_id = 1";
    let mut intents = allowed(AllowCode::DropTable, &public("model"), "", None);
    intents.allows.extend(allowed(AllowCode::DropTable, &public("image"), "", None).allows);
    intents.allows.iter_mut().for_each(|allow| allow.part = None);
    let mut way = Way::new(&cycle, &empty, &intents, rows).await;
    way.up().await;
    way.down().await;
    way.db.run(rows).await;
    way.up().await;
}

#[tokio::test]
async fn b26_composite_foreign_keys_keep_their_pairs() {
    let mut party = table("party", &["id integer", "tenant integer", "kind text", "no integer"]);
    let columns: Vec<String> = ["no", "kind", "tenant"].map(str::to_owned).to_vec();
    let name = "party_no_kind_tenant_key".to_owned();
    party.uniques.push(Unique {
        name,
        columns,
        nulls_not_distinct: false,
        deferrable: None,
        include: Vec::new(),
        storage: Default::default(),
    });
    let plain = table("person", &["id integer", "party_no integer", "party_kind text", "tenant integer"]);
    let mut person = plain.clone();
    references(&mut person, &["party_no", "party_kind", "tenant"], "party", &["no", "kind", "tenant"]);
    let from = schema(vec![party.clone(), plain]);
    let to = schema(vec![party, person]);
    let rows = "INSERT INTO party VALUES (1, 5, 'k', 9); INSERT INTO person VALUES (1, 9, 'k', 5)";
    let mut way = Way::new(&from, &to, &Intents::default(), rows).await;
    way.round(("SELECT party_no FROM person", &["9"]), ("SELECT party_no FROM person", &["9"])).await;
    assert!(way.db.execute("INSERT INTO person VALUES (2, 5, 'k', 9)").await.is_err(), "the pairs are crossed");
}

#[tokio::test]
async fn b42_a_generated_column_changes_and_goes_with_its_source() {
    let make = |expression: &str| {
        let mut li = table("li", &["id integer", "qty integer", "price numeric(10,2)", "total numeric?"]);
        li.columns[3].generated = Some(Generated { expression: expression.to_owned(), stored: true });
        li.columns[3].comment = Some("qty's price".to_owned());
        index(&mut li, "total", None);
        schema(vec![li])
    };
    let rows = "INSERT INTO li VALUES (1, 2, 1.50)";
    let mut way = Way::new(&make("qty * price"), &make("qty * price * 2"), &Intents::default(), rows).await;
    let sql = "SELECT total FROM li";
    way.round((sql, &["3.00"]), (sql, &["6.00"])).await;

    let bare = schema(vec![table("li", &["id integer", "qty integer"])]);
    let mut intents = allowed(AllowCode::DropColumn, &public("li"), "price", None);
    intents.allows[0].restore = Some("1.5".to_owned());
    intents.allows.extend(allowed(AllowCode::DropColumn, &public("li"), "total", None).allows);
    let mut way = Way::new(&make("qty * price"), &bare, &intents, rows).await;
    way.round((sql, &["3.00"]), ("SELECT qty FROM li", &["2"])).await;
}

#[tokio::test]
async fn b47_an_instant_stays_under_any_session_zone() {
    let from = schema(vec![table("tz", &["id integer", "t timestamp without time zone"])]);
    let to = schema(vec![table("tz", &["id integer", "t timestamp with time zone"])]);
    let rows = "SET timezone = 'Europe/Berlin'; INSERT INTO tz VALUES (1, '2024-07-01 12:00')";
    let intents = allowed(AllowCode::NarrowType, &public("tz"), "t", None);
    let mut way = Way::new(&from, &to, &intents, rows).await;
    let before = ("SELECT t FROM tz", &["2024-07-01 12:00:00"][..]);
    way.round(before, ("SELECT t AT TIME ZONE 'UTC' FROM tz", &["2024-07-01 12:00:00"])).await;
    way.sees("SHOW timezone", &["Europe/Berlin"]).await;
}

#[tokio::test]
async fn b48_types_outside_public_are_found_under_any_search_path() {
    let level = ObjectName::qualified("app", "Lvl");
    let mut t = table("t", &["id integer", "x text"]);
    t.name = ObjectName::qualified("app", "t");
    t.columns[1].ty = SqlType::Array(Box::new(SqlType::Named(level.clone())));
    t.columns[1].default = Some("'{}'".to_owned());
    let app = with_enum(schema(vec![t]), level, &["low", "high"]);
    let empty = Schema::empty(Dialect::Postgres);
    for path in ["public", "app, public", "\"$user\""] {
        let mut db = Target::fresh(Dialect::Postgres).await;
        db.run(&format!("SET search_path TO {path}")).await;
        let mut way = Way::on(db, &empty, &app, &Intents::default()).await;
        way.up().await;
        way.db.run("INSERT INTO app.t VALUES (1, '{low,high}')").await;
        way.sees("SELECT x FROM app.t", &["{low,high}"]).await;
        way.down().await;
        way.up().await;
        assert!(way.files.iter().all(|pair| !format!("{}{}", pair.up, pair.down).contains("SCHEMA \"public\"")));
    }
}

#[tokio::test]
async fn b49_reserved_words_and_quotes_stand_anywhere() {
    let from = schema(vec![table("order", &["type integer", "user integer?"])]);
    let mut order = table("order", &["type integer", "user integer?", "end date?", "group text?"]);
    order.comment = Some("E.g. 'a', 'b' \n line 2 \\".to_owned());
    order.columns[1].comment = Some("it's -- ; $$".to_owned());
    order.columns[3].default = Some("'it''s \\'".to_owned());
    order.checks.push(Check::new("select \"x\"".to_owned(), "\"end\" > '1900-01-01'"));
    index(&mut order, "user", None);
    references(&mut order, &["user"], "order", &["type"]);
    let rows = "INSERT INTO \"order\" VALUES (1, 1)";
    let mut way = Way::new(&from, &schema(vec![order.clone()]), &Intents::default(), rows).await;
    let sql = "SELECT \"user\" FROM \"order\"";
    way.round((sql, &["1"]), (sql, &["1"])).await;
    let comment = way.db.schema().await.tables[&public("order")].comment.clone();
    assert_eq!(comment, order.comment);

    let mut select = order;
    select.name = public("select");
    select.columns[1].name = "user\"s".to_owned();
    select.indexes.clear();
    select.foreign_keys.clear();
    let mut before = select.clone();
    before.name = public("order");
    before.columns[1].name = "user".to_owned();
    let mut intents = renamed("select", &[("user", "user\"s")]);
    intents.table_renames.insert(public("select"), Placed::bare(public("order")));
    let rows = "INSERT INTO \"order\" VALUES (1, 2)";
    let mut way = Way::new(&schema(vec![before]), &schema(vec![select]), &intents, rows).await;
    way.round((sql, &["2"]), ("SELECT \"user\"\"s\" FROM \"select\"", &["2"])).await;
}

#[tokio::test]
async fn b50_names_that_differ_in_case_alone_are_names_of_their_own() {
    let from = schema(vec![table("Item", &["id integer", "Foo integer", "bar integer"])]);
    let to = schema(vec![table("item", &["id integer", "foo integer", "Bar integer"])]);
    let mut intents = renamed("item", &[("Foo", "foo"), ("bar", "Bar")]);
    intents.table_renames.insert(public("item"), Placed::bare(public("Item")));
    let mut way = Way::new(&from, &to, &intents, "INSERT INTO \"Item\" VALUES (1, 2, 3)").await;
    way.round(("SELECT \"Foo\", bar FROM \"Item\"", &["2|3"]), ("SELECT foo, \"Bar\" FROM item", &["2|3"])).await;
    let both = schema(vec![table("item", &["id integer", "Foo integer", "foo integer"])]);
    let mut db = fresh(&both).await;
    db.run("INSERT INTO item VALUES (1, 2, 3)").await;
    assert_eq!(db.schema().await.tables[&public("item")].columns.len(), 3);
}
