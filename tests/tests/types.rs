//! Domains, composite types, sequences and numbered columns on PostgreSQL tables with rows: up, down, up again.
//!
//! Every arrival is compared with a database made anew, by the catalog itself.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a suite fails by panics")]

#[path = "types/renames.rs"]
mod renames;

use schema_core::ir::{
    Attribute, Check, Column, CompositeType, Dialect, Domain, EnumType, Generated, Identity, Index, IndexKey,
    ObjectName, PrimaryKey, Schema, Sequence, SequenceOptions, SqlType, Table,
};
use schema_core::model::{Intents, Placed};
use schema_core::names::{Kind, derived};
use schema_core::plan::DraftPair;
use schema_tests::target::{Target, TextRow, files};

fn public(name: &str) -> ObjectName {
    ObjectName::qualified("public", name)
}

fn named(name: &str) -> SqlType {
    SqlType::Named(public(name))
}

fn array(element: SqlType) -> SqlType {
    SqlType::Array(Box::new(element))
}

fn nullable(name: &str, ty: SqlType) -> Column {
    Column { nullable: true, ..Column::new(name, ty) }
}

fn number(name: &str) -> Column {
    Column::new(name, SqlType::builtin("bigint"))
}

/// The first column is the primary key.
fn table(name: &str, columns: Vec<Column>) -> Table {
    let mut table = Table::new(public(name));
    let key = derived(name, &[] as &[&str], Kind::PrimaryKey);
    table.primary_key = Some(PrimaryKey::new(key, vec![columns[0].name.clone()]));
    table.columns = columns;
    table
}

fn domain(name: &str, ty: &str) -> Domain {
    Domain::new(public(name), SqlType::builtin(ty))
}

fn composite(name: &str, attributes: &[(&str, SqlType)]) -> CompositeType {
    let attribute = |(name, ty): &(&str, SqlType)| Attribute { name: (*name).into(), ty: ty.clone(), collation: None };
    CompositeType { name: public(name), attributes: attributes.iter().map(attribute).collect(), comment: None }
}

fn builtin(name: &str) -> SqlType {
    SqlType::builtin(name)
}

/// What a schema is made of.
#[derive(Clone, Default)]
struct Parts {
    enums: Vec<EnumType>,
    domains: Vec<Domain>,
    composites: Vec<CompositeType>,
    sequences: Vec<Sequence>,
    tables: Vec<Table>,
}

impl Parts {
    fn schema(self) -> Schema {
        let mut schema = Schema::empty(Dialect::Postgres);
        schema.enums = self.enums.into_iter().map(|ty| (ty.name.clone(), ty)).collect();
        schema.domains = self.domains.into_iter().map(|ty| (ty.name.clone(), ty)).collect();
        schema.composites = self.composites.into_iter().map(|ty| (ty.name.clone(), ty)).collect();
        schema.sequences = self.sequences.into_iter().map(|it| (it.name.clone(), it)).collect();
        schema.tables = self.tables.into_iter().map(|table| (table.name.clone(), table)).collect();
        let names = schema.tables.keys().chain(schema.sequences.keys()).chain(schema.domains.keys());
        schema.namespaces = names.filter_map(|name| name.schema.clone()).filter(|name| name != "public").collect();
        schema
    }
}

fn with_domain(domain: Domain, tables: Vec<Table>) -> Schema {
    Parts { domains: vec![domain], tables, ..Parts::default() }.schema()
}

fn with_composite(ty: CompositeType, tables: Vec<Table>) -> Schema {
    Parts { composites: vec![ty], tables, ..Parts::default() }.schema()
}

fn with_sequence(sequence: Sequence, tables: Vec<Table>) -> Schema {
    Parts { sequences: vec![sequence], tables, ..Parts::default() }.schema()
}

/// Everything these tests change, read by queries of their own.
const CATALOG: &[&str] = &[
    "SELECT 'domain', t.typnamespace::regnamespace::text, t.typname, format_type(t.typbasetype, t.typtypmod),
            t.typnotnull::text, t.typdefault, c.collname, obj_description(t.oid, 'pg_type')
     FROM pg_type t LEFT JOIN pg_collation c ON c.oid = t.typcollation
     WHERE t.typtype = 'd' AND t.typnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
     ORDER BY 2, 3",
    "SELECT 'check', contypid::regtype::text, conname, pg_get_constraintdef(oid), convalidated::text
     FROM pg_constraint WHERE contypid <> 0
       AND connamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema') ORDER BY 2, 3",
    "SELECT 'attribute', c.oid::regclass::text, a.attname, format_type(a.atttypid, a.atttypmod),
            row_number() OVER (PARTITION BY c.oid ORDER BY attnum)::text, obj_description(c.reltype, 'pg_type')
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
     WHERE c.relkind = 'c' AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
     ORDER BY 2, 5",
    "SELECT 'sequence', CASE WHEN d.deptype = 'i' THEN '' ELSE s.seqrelid::regclass::text END, s.seqtypid::regtype::text,
            concat_ws(' ', seqstart, seqincrement, seqmin, seqmax, seqcache, seqcycle), d.refobjid::regclass::text,
            a.attname, d.deptype::text, obj_description(s.seqrelid, 'pg_class')
     FROM pg_sequence s
     LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid AND d.deptype IN ('a', 'i')
     LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
     ORDER BY 2, 5, 6",
    "SELECT 'column', c.oid::regclass::text, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull::text,
            a.attidentity::text, pg_get_expr(d.adbin, d.adrelid), l.collname
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     LEFT JOIN pg_collation l ON l.oid = a.attcollation
     WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
     ORDER BY 2, 3",
];

async fn catalog(db: &mut Target) -> Vec<TextRow> {
    let mut rows = Vec::new();
    for query in CATALOG {
        rows.extend(db.rows(query).await);
    }
    rows
}

/// A database on its way between two schemas.
struct Way {
    db: Target,
    files: Vec<DraftPair>,
    first: (Schema, Vec<TextRow>),
    second: (Schema, Vec<TextRow>),
}

async fn state(db: &mut Target) -> (Schema, Vec<TextRow>) {
    (db.schema().await, catalog(db).await)
}

impl Way {
    async fn new(from: &Schema, to: &Schema, intents: &Intents, rows: &str) -> Self {
        let mut db = fresh(from).await;
        db.run(rows).await;
        let files = files(from, to, intents).unwrap_or_else(|findings| panic!("{findings}"));
        Self { first: state(&mut db).await, second: state(&mut fresh(to).await).await, db, files }
    }

    async fn up(&mut self) {
        self.db.up(&self.files).await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(state(&mut self.db).await, self.second);
    }

    async fn down(&mut self) {
        self.db.down(&self.files).await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(state(&mut self.db).await, self.first);
    }

    async fn is_refused(&mut self, why: &str) {
        let error = self.db.up(&self.files).await.expect_err("rows stand against it");
        assert!(error.contains(why), "{error}");
    }

    async fn sees(&mut self, sql: &str, expected: &[&str]) {
        let text = |row: TextRow| row.into_iter().map(|it| it.unwrap_or("NULL".into())).collect::<Vec<_>>().join("|");
        let rows: Vec<String> = self.db.rows(sql).await.into_iter().map(text).collect();
        assert_eq!(rows, expected, "{sql}");
    }

    /// There, back and there again; the query sees these rows at each end.
    async fn round(&mut self, sql: &str, before: &[&str], after: &[&str]) {
        self.sees(sql, before).await;
        self.up().await;
        self.sees(sql, after).await;
        self.down().await;
        self.sees(sql, before).await;
        self.up().await;
        self.sees(sql, after).await;
    }

    fn up_text(&self) -> String {
        self.files.iter().map(|pair| pair.up.as_str()).collect()
    }
}

async fn fresh(schema: &Schema) -> Target {
    let mut db = Target::fresh(Dialect::Postgres).await;
    let files = files(&Schema::empty(Dialect::Postgres), schema, &Intents::default());
    db.up(&files.unwrap_or_else(|findings| panic!("{findings}"))).await.unwrap_or_else(|error| panic!("{error}"));
    db
}

fn refusal(from: &Schema, to: &Schema) -> String {
    files(from, to, &Intents::default()).expect_err("PostgreSQL can't")
}

fn none() -> Intents {
    Intents::default()
}

// Domains

fn email() -> Domain {
    Domain {
        checks: vec![Check::new("email_at", "VALUE ~ '@'")],
        default: Some("'x@y'".into()),
        comment: Some("an address".into()),
        ..domain("email", "text")
    }
}

fn people(ty: SqlType) -> Table {
    table("person", vec![number("id"), nullable("mail", ty)])
}

#[tokio::test]
async fn types_come_in_the_order_of_their_use_and_go_in_reverse() {
    let mood = EnumType { name: public("mood"), labels: vec!["ok".into(), "low".into()], comment: None };
    let a_mood = Domain { not_null: true, ..Domain::new(public("a_mood"), named("mood")) };
    let z_email = Domain { name: public("a_best"), ..Domain::new(public("a_best"), named("email")) };
    let entry =
        composite("entry", &[("mail", named("a_best")), ("moods", array(named("mood"))), ("at", builtin("date"))]);
    let outer = composite("an_entry", &[("inner", named("entry"))]);
    let log = table("log", vec![number("id"), nullable("e", named("an_entry")), nullable("m", array(named("email")))]);
    let all = Parts {
        enums: vec![mood],
        domains: vec![a_mood, email(), z_email],
        composites: vec![entry, outer],
        tables: vec![log],
        ..Parts::default()
    }
    .schema();
    let empty = Schema::empty(Dialect::Postgres);
    let mut there = Way::new(&empty, &all, &none(), "SELECT 1").await;
    there.round("SELECT 1", &["1"], &["1"]).await;
    let rows = "INSERT INTO log VALUES (1, ROW(ROW('a@b', '{ok}', '2024-01-01')), '{c@d}')";
    let mut back = Way::new(&all, &empty, &none(), rows).await;
    back.round("SELECT 1", &["1"], &["1"]).await;
}

#[tokio::test]
async fn a_domain_changes_in_place() {
    let from = Domain { not_null: true, ..email() };
    let to = Domain {
        checks: vec![Check::new("email_long", "length(VALUE) > 2"), Check::new("email_sign", "VALUE ~ '@'")],
        default: Some("'new@y'".into()),
        comment: None,
        ..domain("email", "text")
    };
    let (from, to) = (with_domain(from, vec![people(named("email"))]), with_domain(to, vec![people(named("email"))]));
    let mut way = Way::new(&from, &to, &none(), "INSERT INTO person VALUES (1, 'a@b'), (2, 'c@d')").await;
    way.round("SELECT id, mail FROM person ORDER BY id", &["1|a@b", "2|c@d"], &["1|a@b", "2|c@d"]).await;
    assert!(way.up_text().contains("RENAME CONSTRAINT \"email_at\" TO \"email_sign\""));
    way.db.run("INSERT INTO person VALUES (3, NULL); DELETE FROM person").await;
    way.down().await;
}

#[tokio::test]
async fn a_check_of_a_domain_that_says_something_else_takes_the_old_ones_place() {
    let check = |text: &str| Domain { checks: vec![Check::new("email_at", text)], ..domain("email", "text") };
    let from = with_domain(check("VALUE ~ '@'"), vec![people(named("email"))]);
    let to = with_domain(check("VALUE ~ '^[^@]+@'"), vec![people(named("email"))]);
    let mut way = Way::new(&from, &to, &none(), "INSERT INTO person VALUES (1, '@b')").await;
    way.is_refused("contains values that violate the new constraint").await;
    way.db.run("UPDATE person SET mail = 'a@b'").await;
    way.round("SELECT mail FROM person", &["a@b"], &["a@b"]).await;
}

/// PostgreSQL looks for values of a domain in columns of it, and refuses where arrays hold them.
#[tokio::test]
async fn a_check_comes_to_a_domain_that_arrays_hold() {
    let check = Domain { checks: vec![Check::new("email_at", "VALUE ~ '@'")], ..domain("email", "text") };
    let strict = Domain { not_null: true, ..domain("email", "text") };
    for (tight, bad, error) in [
        (check, "INSERT INTO person VALUES (3, '{e}')", "violates check constraint \"email_at\""),
        (strict, "INSERT INTO person VALUES (3, '{NULL}')", "domain email does not allow null values"),
    ] {
        let people = || vec![people(array(named("email"))), table("other", vec![nullable("mail", named("email"))])];
        let (from, to) = (with_domain(domain("email", "text"), people()), with_domain(tight, people()));
        let mut way = Way::new(&from, &to, &none(), "INSERT INTO person VALUES (1, '{a@b,c@d}'), (2, NULL)").await;
        way.db.run(bad).await;
        way.is_refused(error).await;
        way.db.run("DELETE FROM person WHERE id = 3").await;
        let rows: &[&str] = &["1|{a@b,c@d}", "2|NULL"];
        way.round("SELECT id, mail FROM person ORDER BY id", rows, rows).await;
    }
}

#[tokio::test]
async fn a_backfill_comes_before_its_domain_is_not_null() {
    let strict = Domain { not_null: true, ..domain("email", "text") };
    let mut column = people(named("email"));
    column.columns[1].nullable = false;
    let (from, to) =
        (with_domain(domain("email", "text"), vec![people(named("email"))]), with_domain(strict, vec![column]));
    let mut intents = Intents::default();
    intents.backfills.insert((public("person"), "mail".into()), Placed::bare("'none'".into()));
    let mut way = Way::new(&from, &to, &intents, "INSERT INTO person VALUES (1, NULL), (2, 'b')").await;
    way.up().await;
    way.sees("SELECT mail FROM person ORDER BY id", &["none", "b"]).await;
    way.down().await;
    way.up().await;
}

#[tokio::test]
async fn a_domain_gets_another_base_type_under_columns_with_everything_on_them() {
    let make = |ty: &str| {
        let mut code = domain("code", ty);
        code.checks.push(Check::new("code_big", "VALUE > 0"));
        let mut item = table(
            "item",
            vec![
                number("id"),
                Column { default: Some("7".into()), ..nullable("c", named("code")) },
                nullable("many", array(named("code"))),
                Column {
                    generated: Some(Generated { expression: "c + 1".into(), stored: true }),
                    ..nullable("next", builtin("numeric"))
                },
            ],
        );
        item.checks.push(Check::new("item_c", "c < 1000"));
        item.indexes.push(Index {
            name: "item_c_idx".into(),
            unique: false,
            method: None,
            keys: vec![IndexKey::column("c")],
            include: Vec::new(),
            nulls_not_distinct: false,
            storage: std::collections::BTreeMap::new(),
            predicate: Some("c > 5".into()),
        });
        with_domain(code, vec![item])
    };
    let rows = "INSERT INTO item (id, c, many) VALUES (1, 5, '{1,2}'); INSERT INTO item (id) VALUES (2)";
    let mut way = Way::new(&make("integer"), &make("numeric(12,2)"), &none(), rows).await;
    let sql = "SELECT id::text, c::integer::text, many::integer[]::text, next::integer::text FROM item ORDER BY id";
    let values = ["1|5|{1,2}|6", "2|7|NULL|8"];
    way.round(sql, &values, &values).await;
    way.db.run("INSERT INTO item (id, c) VALUES (3, 1.5)").await;
    let refused = way.db.down(&way.files).await.expect_err("1.5 is no integer");
    assert!(refused.contains("does not fit integer"), "{refused}");
    way.sees("SELECT c::text FROM item WHERE id = 3", &["1.50"]).await;
}

#[tokio::test]
async fn a_domain_gets_another_collation() {
    let with = |collation: Option<&str>| {
        let email = Domain { collation: collation.map(str::to_owned), ..domain("email", "text") };
        let mut person = people(named("email"));
        person.columns[1].collation = None;
        with_domain(email, vec![person])
    };
    let mut way =
        Way::new(&with(None), &with(Some("C")), &none(), "INSERT INTO person VALUES (1, 'B'), (2, 'a')").await;
    way.round("SELECT id::text FROM person ORDER BY id", &["1", "2"], &["1", "2"]).await;
}

#[tokio::test]
async fn a_domain_under_another_type_is_not_built_anew() {
    let make = |ty: &str| {
        let best = Domain::new(public("best"), named("email"));
        Parts { domains: vec![domain("email", ty), best], ..Parts::default() }.schema()
    };
    let refused = refusal(&make("text"), &make("integer"));
    assert!(refused.contains("domain `email` can't be built anew while domain `best` is built on it"), "{refused}");
}

#[tokio::test]
async fn a_column_goes_between_a_domain_and_its_base_without_a_rewrite() {
    let free = domain("email", "text");
    let (from, to) =
        (with_domain(free.clone(), vec![people(builtin("text"))]), with_domain(free, vec![people(named("email"))]));
    let mut way = Way::new(&from, &to, &none(), "INSERT INTO person VALUES (1, 'a')").await;
    let file = "SELECT pg_relation_filenode('person')::text";
    let before = way.db.rows(file).await;
    way.round("SELECT mail FROM person", &["a"], &["a"]).await;
    assert_eq!(way.db.rows(file).await, before, "measured: the table is not rewritten");
}

#[tokio::test]
async fn a_column_goes_to_a_domain_that_refuses_some_of_its_values() {
    let (from, to) =
        (with_domain(email(), vec![people(builtin("text"))]), with_domain(email(), vec![people(named("email"))]));
    let mut way = Way::new(&from, &to, &none(), "INSERT INTO person VALUES (1, 'a')").await;
    way.is_refused("violates check constraint").await;
    way.db.run("UPDATE person SET mail = 'a@b'").await;
    way.round("SELECT mail FROM person", &["a@b"], &["a@b"]).await;
}

#[tokio::test]
async fn columns_change_between_text_enums_domains_and_arrays_of_them() {
    let mood = EnumType { name: public("mood"), labels: vec!["ok".into(), "low".into()], comment: None };
    let made = |a: SqlType, b: SqlType, c: SqlType| {
        let m = table("m", vec![number("id"), nullable("a", a), nullable("b", b), nullable("c", c)]);
        let domains = vec![domain("short", "character varying(3)"), Domain::new(public("feeling"), named("mood"))];
        Parts { enums: vec![mood.clone()], domains, tables: vec![m], ..Parts::default() }.schema()
    };
    let plain = made(builtin("text"), array(builtin("text")), named("feeling"));
    let typed = made(named("mood"), array(named("short")), builtin("text"));
    let rows = "INSERT INTO m VALUES (1, 'ok', '{a,bcd}', 'low'), (2, NULL, NULL, NULL)";
    let mut way = Way::new(&plain, &typed, &none(), rows).await;
    let values = ["ok|{a,bcd}|low", "NULL|NULL|NULL"];
    way.round("SELECT a::text, b::text, c::text FROM m ORDER BY id", &values, &values).await;
}

#[tokio::test]
async fn a_dropped_domain_leaves_its_values_to_a_plain_column() {
    let from = with_domain(email(), vec![people(named("email"))]);
    let to = Parts { tables: vec![people(builtin("text"))], ..Parts::default() }.schema();
    let mut way = Way::new(&from, &to, &none(), "INSERT INTO person VALUES (1, 'a@b')").await;
    way.round("SELECT mail FROM person", &["a@b"], &["a@b"]).await;
}

// Composite types

fn address(attributes: &[&str]) -> CompositeType {
    composite("address", &attributes.iter().map(|name| (*name, builtin("text"))).collect::<Vec<_>>())
}

fn homes(ty: SqlType) -> Vec<Table> {
    vec![table("home", vec![number("id"), nullable("at", ty)])]
}

#[tokio::test]
async fn attributes_come_at_the_end_under_rows() {
    let (from, to) = (
        with_composite(address(&["street"]), homes(array(named("address")))),
        with_composite(
            CompositeType { comment: Some("where".into()), ..address(&["street", "zip", "town"]) },
            homes(array(named("address"))),
        ),
    );
    let mut way = Way::new(&from, &to, &none(), "INSERT INTO home VALUES (1, '{\"(a)\"}')").await;
    way.round("SELECT (at[1]).street FROM home", &["a"], &["a"]).await;
    way.sees("SELECT (at[1]).zip FROM home", &["NULL"]).await;
}

#[tokio::test]
async fn the_last_attribute_goes_and_comes_back_empty() {
    let (from, to) = (
        with_composite(address(&["street", "zip"]), homes(named("address"))),
        with_composite(address(&["street"]), homes(named("address"))),
    );
    let mut way = Way::new(&from, &to, &none(), "INSERT INTO home VALUES (1, '(a,1)')").await;
    way.up().await;
    way.sees("SELECT at FROM home", &["(a)"]).await;
    way.down().await;
    way.sees("SELECT at FROM home", &["(a,)"]).await;
    way.up().await;
    assert!(way.up_text().contains("the values of zip in columns of type address are lost"));
}

#[tokio::test]
async fn attributes_in_any_other_place_build_the_type_anew() {
    let (from, to) = (
        with_composite(address(&["street", "zip"]), homes(named("address"))),
        with_composite(address(&["no", "zip", "street"]), homes(named("address"))),
    );
    let rows = "INSERT INTO home VALUES (1, '(a,1)'), (2, NULL), (3, '(,)')";
    let mut way = Way::new(&from, &to, &none(), rows).await;
    let sql = "SELECT at::text FROM home ORDER BY id";
    way.round(sql, &["(a,1)", "NULL", "(,)"], &["(,1,a)", "NULL", "(,,)"]).await;
}

#[tokio::test]
async fn an_attribute_gets_another_name_and_a_wider_type() {
    let old = composite("address", &[("street", builtin("text")), ("no", builtin("integer"))]);
    let new = composite("address", &[("road", builtin("text")), ("no", builtin("bigint"))]);
    let (from, to) = (with_composite(old, homes(named("address"))), with_composite(new, homes(named("address"))));
    let mut intents = Intents::default();
    intents.column_renames.insert((public("address"), "road".into()), Placed::bare("street".into()));
    let refused = files(&to, &from, &Intents::default()).expect_err("it narrows");
    assert!(refused.contains("attribute `no` can't change from `bigint` to `integer`"), "{refused}");
    let mut way = Way::new(&from, &to, &intents, "INSERT INTO home VALUES (1, '(a,1)')").await;
    way.round("SELECT at::text FROM home", &["(a,1)"], &["(a,1)"]).await;
}

#[tokio::test]
async fn an_attribute_of_a_type_that_no_column_holds_gets_any_type() {
    let make = |ty: &str| with_composite(composite("pair", &[("a", builtin(ty)), ("b", builtin("text"))]), Vec::new());
    let mut way = Way::new(&make("text"), &make("integer"), &none(), "SELECT 1").await;
    way.round("SELECT 1", &["1"], &["1"]).await;
}

#[tokio::test]
async fn a_type_that_arrays_or_other_types_hold_is_not_built_anew() {
    let (from, to) = (
        with_composite(address(&["street", "zip"]), homes(array(named("address")))),
        with_composite(address(&["zip", "street"]), homes(array(named("address")))),
    );
    assert!(refusal(&from, &to).contains("type `address` can't be built anew while column `home.at` holds arrays"));
    let nested = |ty: CompositeType| {
        let outer = composite("outer", &[("inner", named("address"))]);
        Parts { composites: vec![ty, outer], ..Parts::default() }.schema()
    };
    let refused = refusal(&nested(address(&["a", "b"])), &nested(address(&["b", "a"])));
    assert!(refused.contains("type `address` can't be built anew while type `outer` holds it"), "{refused}");
    let mood = |labels: &[&str]| {
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        let mood = EnumType { name: public("mood"), labels, comment: None };
        let known = Domain::new(public("known_mood"), named("mood"));
        Parts { enums: vec![mood], domains: vec![known], ..Parts::default() }.schema()
    };
    let refused = refusal(&mood(&["sad", "glad"]), &mood(&["glad", "sad"]));
    assert!(refused.contains("enum `mood` can't be built anew while domain `known_mood` is built on it"), "{refused}");
}

// Sequences

fn options(start: i64, increment: i64) -> SequenceOptions {
    SequenceOptions { start: Some(start), increment: Some(increment), ..SequenceOptions::default() }
}

fn owned(mut sequence: Sequence, table: &str, column: &str) -> Sequence {
    sequence.owned_by = Some((public(table), column.to_owned()));
    sequence
}

fn nextval(sequence: &str) -> Option<String> {
    Some(format!("nextval('public.{sequence}'::regclass)"))
}

fn orders(sequence: &str) -> Table {
    table("o", vec![Column { default: nextval(sequence), ..number("id") }, nullable("v", builtin("integer"))])
}

#[tokio::test]
async fn a_sequence_changes_in_place_and_keeps_its_value() {
    let from = Sequence { options: options(10, 5), ..Sequence::new(public("no")) };
    let to = Sequence {
        ty: Some("integer".into()),
        options: SequenceOptions { min: Some(5), max: Some(500), cache: Some(20), cycle: true, ..options(100, 1) },
        comment: Some("numbers".into()),
        ..Sequence::new(public("no"))
    };
    let (from, to) = (with_sequence(from, Vec::new()), with_sequence(to, Vec::new()));
    let mut way = Way::new(&from, &to, &none(), "SELECT nextval('no'), nextval('no')").await;
    way.round("SELECT last_value::text FROM no", &["15"], &["15"]).await;
    way.sees("SELECT nextval('no')::text", &["16"]).await;
    assert!(!way.up_text().contains("DROP SEQUENCE"));
}

#[tokio::test]
async fn a_sequence_turns_round() {
    let down = Sequence {
        options: SequenceOptions { increment: Some(-1), ..Default::default() },
        ..Sequence::new(public("no"))
    };
    let (from, to) = (with_sequence(down, Vec::new()), with_sequence(Sequence::new(public("no")), Vec::new()));
    let refused = "cannot be less than MINVALUE";
    let mut way = Way::new(&from, &to, &none(), "SELECT nextval('no')").await;
    way.is_refused(refused).await;
    way.sees("SELECT last_value::text FROM no", &["-1"]).await;
}

/// The numbers of ids from one bound to the other.
fn bounds(min: i64, max: i64) -> SequenceOptions {
    SequenceOptions { min: Some(min), max: Some(max), ..options(min, 5) }
}

#[tokio::test]
async fn a_value_before_the_new_bounds_starts_anew_and_one_behind_them_is_refused() {
    let numbers = |options| with_sequence(Sequence { options, ..Sequence::new(public("no")) }, Vec::new());
    let taken = "SELECT nextval('no'), nextval('no')";
    for (to, next) in [(bounds(-100, 100), "-100"), (bounds(500, 600), "500"), (bounds(-300, 100), "-190")] {
        let mut way = Way::new(&numbers(bounds(-200, 200)), &numbers(to), &none(), taken).await;
        way.up().await;
        way.sees("SELECT nextval('no')::text", &[next]).await;
    }
    let mut way = Way::new(&numbers(bounds(0, 100)), &numbers(bounds(-100, 0)), &none(), taken).await;
    way.is_refused("cannot be greater than MAXVALUE").await;
}

#[tokio::test]
async fn an_identity_before_its_new_bounds_starts_anew() {
    let ids = |options| identity(Identity::ByDefault, options);
    let rows = "INSERT INTO o (v) VALUES (1), (2)";
    let mut way = Way::new(&ids(bounds(-200, 200)), &ids(bounds(-100, 100)), &none(), rows).await;
    way.up().await;
    way.down().await;
    way.up().await;
    way.db.run("INSERT INTO o (v) VALUES (3)").await;
    way.sees("SELECT id::text FROM o ORDER BY v", &["-200", "-195", "-100"]).await;
}

#[tokio::test]
async fn serial_tables_come_and_go_with_their_sequences() {
    let serial = with_sequence(owned(Sequence::new(public("o_id_seq")), "o", "id"), vec![orders("o_id_seq")]);
    let empty = Schema::empty(Dialect::Postgres);
    let mut there = Way::new(&empty, &serial, &none(), "SELECT 1").await;
    there.round("SELECT 1", &["1"], &["1"]).await;
    there.db.run("INSERT INTO o (v) VALUES (1), (2)").await;
    there.sees("SELECT id::text FROM o ORDER BY id", &["1", "2"]).await;
    let mut back = Way::new(&serial, &empty, &none(), "INSERT INTO o (v) VALUES (1)").await;
    back.up().await;
    back.down().await;
    back.db.run("INSERT INTO o (v) VALUES (1)").await;
    back.up().await;
    assert!(back.up_text().contains("the value that sequence o_id_seq has reached is lost"));
}

#[tokio::test]
async fn a_column_goes_with_its_sequence_and_comes_back_with_it() {
    let mut with = table("t", vec![number("id"), Column { default: nextval("t_no_seq"), ..number("no") }]);
    with.columns[1].comment = Some("a number".into());
    let from = with_sequence(owned(Sequence::new(public("t_no_seq")), "t", "no"), vec![with]);
    let to = Parts { tables: vec![table("t", vec![number("id")])], ..Parts::default() }.schema();
    let mut way = Way::new(&from, &to, &none(), "INSERT INTO t (id) VALUES (1), (2)").await;
    way.round("SELECT id::text FROM t ORDER BY id", &["1", "2"], &["1", "2"]).await;
    way.down().await;
    way.db.run("INSERT INTO t (id) VALUES (3)").await;
    way.sees("SELECT count(DISTINCT no)::text FROM t", &["3"]).await;
}

#[tokio::test]
async fn a_plain_column_becomes_serial_and_plain_again() {
    let from =
        Parts { tables: vec![table("o", vec![number("id"), nullable("v", builtin("integer"))])], ..Parts::default() };
    let to = with_sequence(owned(Sequence::new(public("o_id_seq")), "o", "id"), vec![orders("o_id_seq")]);
    let mut way = Way::new(&from.clone().schema(), &to, &none(), "INSERT INTO o VALUES (-4, 1)").await;
    way.round("SELECT id::text FROM o", &["-4"], &["-4"]).await;
    let mut back = Way::new(&to, &from.schema(), &none(), "INSERT INTO o (v) VALUES (1), (2)").await;
    back.round("SELECT id::text FROM o ORDER BY id", &["1", "2"], &["1", "2"]).await;
    back.down().await;
    back.db.run("INSERT INTO o (v) VALUES (3)").await;
    back.sees("SELECT max(id)::text FROM o", &["3"]).await;
}

#[tokio::test]
async fn renamed_tables_and_columns_keep_their_sequences_and_a_sequence_its_value() {
    let from = with_sequence(owned(Sequence::new(public("o_id_seq")), "o", "id"), vec![orders("o_id_seq")]);
    for sequence in ["o_id_seq", "purchase_no_seq"] {
        let mut purchase = orders(sequence);
        purchase.name = public("purchase");
        purchase.columns[0].name = "no".into();
        purchase.primary_key = Some(PrimaryKey::new("purchase_pkey", vec!["no".into()]));
        let to = with_sequence(owned(Sequence::new(public(sequence)), "purchase", "no"), vec![purchase]);
        let mut intents = Intents::default();
        intents.table_renames.insert(public("purchase"), Placed::bare(public("o")));
        intents.column_renames.insert((public("purchase"), "no".into()), Placed::bare("id".into()));
        let mut way =
            Way::new(&from, &to, &intents, "INSERT INTO o (v) VALUES (1), (2); DELETE FROM o WHERE id = 2").await;
        way.up().await;
        way.db.run("INSERT INTO purchase (v) VALUES (3)").await;
        way.sees("SELECT no::text FROM purchase ORDER BY no", &["1", "3"]).await;
        way.down().await;
        way.db.run("INSERT INTO o (v) VALUES (3)").await;
        way.sees("SELECT max(id)::text FROM o", &["4"]).await;
        way.up().await;
    }
}

#[tokio::test]
async fn a_table_takes_its_sequence_to_another_schema() {
    let from = with_sequence(owned(Sequence::new(public("o_id_seq")), "o", "id"), vec![orders("o_id_seq")]);
    let moved = ObjectName::qualified("app", "o");
    let mut table = orders("o_id_seq");
    table.name = moved.clone();
    table.columns[0].default = Some("nextval('app.o_id_seq'::regclass)".into());
    let mut sequence = Sequence::new(ObjectName::qualified("app", "o_id_seq"));
    sequence.owned_by = Some((moved.clone(), "id".into()));
    let to = with_sequence(sequence, vec![table]);
    let mut intents = Intents::default();
    intents.table_renames.insert(moved, Placed::bare(public("o")));
    let mut way = Way::new(&from, &to, &intents, "INSERT INTO o (v) VALUES (1)").await;
    way.up().await;
    way.db.run("INSERT INTO app.o (v) VALUES (1)").await;
    way.sees("SELECT id::text FROM app.o ORDER BY id", &["1", "2"]).await;
    way.down().await;
    way.up().await;
}

#[tokio::test]
async fn a_sequence_gets_another_owner_before_the_old_one_goes() {
    let sequence = |owner: &str| owned(Sequence::new(public("no")), owner, "id");
    let one = table("a", vec![Column { default: nextval("no"), ..number("id") }]);
    let two = table("b", vec![Column { default: nextval("no"), ..number("id") }]);
    let from = with_sequence(sequence("a"), vec![one, two.clone()]);
    let to = with_sequence(sequence("b"), vec![two]);
    let mut way = Way::new(&from, &to, &none(), "INSERT INTO a VALUES (DEFAULT); INSERT INTO b VALUES (DEFAULT)").await;
    way.round("SELECT last_value::text FROM no", &["2"], &["2"]).await;
}

// Numbered columns

fn identity(kind: Identity, options: SequenceOptions) -> Schema {
    let id = Column { identity: Some(kind), identity_options: options, ..number("id") };
    Parts { tables: vec![table("o", vec![id, nullable("v", builtin("integer"))])], ..Parts::default() }.schema()
}

/// There is no number behind the last one: the identity comes all the same, and refuses to count on.
#[tokio::test]
async fn an_identity_comes_to_a_column_that_holds_the_last_number() {
    let plain =
        Parts { tables: vec![table("o", vec![number("id"), nullable("v", builtin("integer"))])], ..Parts::default() };
    let (plain, last) = (plain.schema(), i64::MAX);
    for options in [SequenceOptions::default(), bounds(-100, 0)] {
        let rows = format!("INSERT INTO o VALUES (1, 1), ({last}, 2)");
        let to = identity(Identity::ByDefault, options);
        let mut way = Way::new(&plain, &to, &none(), &rows).await;
        way.round("SELECT id::text FROM o ORDER BY v", &["1", &last.to_string()], &["1", &last.to_string()]).await;
        let error = way.db.execute("INSERT INTO o (v) VALUES (3)").await.unwrap_err();
        assert!(error.contains("reached maximum value of sequence"), "{error}");
    }
}

#[tokio::test]
async fn b17_serial_becomes_identity_and_goes_on_counting() {
    let serial = with_sequence(owned(Sequence::new(public("o_id_seq")), "o", "id"), vec![orders("o_id_seq")]);
    for kind in [Identity::ByDefault, Identity::Always] {
        // The last number was given, though its row is gone.
        let rows = "INSERT INTO o (v) VALUES (7), (8), (9); DELETE FROM o WHERE id = 3";
        let mut way = Way::new(&serial, &identity(kind, SequenceOptions::default()), &none(), rows).await;
        way.up().await;
        way.db.run("INSERT INTO o (v) VALUES (9)").await;
        way.sees("SELECT id::text FROM o ORDER BY id", &["1", "2", "4"]).await;
        way.down().await;
        way.db.run("INSERT INTO o (v) VALUES (10)").await;
        way.sees("SELECT max(id)::text FROM o", &["5"]).await;
        way.up().await;
        way.db.run("DELETE FROM o; INSERT INTO o (v) VALUES (11)").await;
        way.sees("SELECT id::text FROM o", &["6"]).await;
        way.sees("SELECT pg_get_serial_sequence('o', 'id')", &["public.o_id_seq"]).await;
    }
}

#[tokio::test]
async fn b17_an_empty_serial_table_becomes_identity() {
    let mut sequence = owned(Sequence::new(public("o_id_seq")), "o", "id");
    sequence.comment = Some("counts".into());
    let serial = with_sequence(sequence, vec![orders("o_id_seq")]);
    let mut way = Way::new(&serial, &identity(Identity::Always, options(10, 5)), &none(), "SELECT 1").await;
    way.up().await;
    way.down().await;
    way.db.run("INSERT INTO o (v) VALUES (1)").await;
    way.up().await;
    way.db.run("INSERT INTO o (v) VALUES (1)").await;
    way.sees("SELECT min(id)::text || ' ' || (max(id) >= 10)::text FROM o", &["1 true"]).await;
}

#[tokio::test]
async fn identity_becomes_serial_and_goes_on_counting() {
    let serial = with_sequence(owned(Sequence::new(public("o_id_seq")), "o", "id"), vec![orders("o_id_seq")]);
    for kind in [Identity::ByDefault, Identity::Always] {
        let rows = "INSERT INTO o (v) VALUES (1), (2); DELETE FROM o WHERE id = 2";
        let mut way = Way::new(&identity(kind, SequenceOptions::default()), &serial, &none(), rows).await;
        way.up().await;
        way.db.run("INSERT INTO o (v) VALUES (9)").await;
        way.sees("SELECT id::text FROM o ORDER BY id", &["1", "3"]).await;
        way.down().await;
        way.db.run("INSERT INTO o (v) VALUES (9)").await;
        way.sees("SELECT max(id)::text FROM o", &["4"]).await;
        way.up().await;
    }
}

#[tokio::test]
async fn an_identity_changes_its_kind_and_options_in_place() {
    let other = SequenceOptions { min: Some(1), max: Some(9000), cache: Some(3), cycle: true, ..options(100, 7) };
    let (from, to) = (identity(Identity::Always, options(3, 1)), identity(Identity::ByDefault, other));
    let mut way = Way::new(&from, &to, &none(), "INSERT INTO o (v) VALUES (1), (2)").await;
    way.round("SELECT max(id)::text FROM o", &["4"], &["4"]).await;
    way.db.run("INSERT INTO o (v) VALUES (1)").await;
    way.sees("SELECT max(id)::text FROM o", &["11"]).await;
}

#[tokio::test]
async fn identity_comes_to_rows_and_goes_from_them() {
    let plain =
        Parts { tables: vec![table("o", vec![number("id"), nullable("v", builtin("integer"))])], ..Parts::default() };
    let plain = plain.schema();
    let with = identity(Identity::Always, options(10, 10));
    let mut way = Way::new(&plain, &with, &none(), "INSERT INTO o VALUES (41, 1)").await;
    way.up().await;
    way.db.run("INSERT INTO o (v) VALUES (1)").await;
    way.sees("SELECT max(id)::text FROM o", &["51"]).await;
    way.down().await;
    way.up().await;
    let mut back = Way::new(&with, &plain, &none(), "INSERT INTO o (v) VALUES (1), (2)").await;
    back.up().await;
    back.down().await;
    back.db.run("INSERT INTO o (v) VALUES (1)").await;
    back.sees("SELECT max(id)::text FROM o", &["30"]).await;
}

// Generated columns

fn line_item(expression: Option<&str>, with_price: bool) -> Schema {
    let mut columns = vec![number("id"), nullable("qty", builtin("integer"))];
    columns.extend(with_price.then(|| nullable("price", builtin("numeric(10,2)"))));
    columns.extend(expression.map(|text| Column {
        generated: Some(Generated { expression: text.into(), stored: true }),
        comment: Some("what it costs".into()),
        ..nullable("total", builtin("numeric"))
    }));
    let mut item = table("li", columns);
    item.indexes.extend(expression.map(|_| Index {
        name: "li_total_idx".into(),
        unique: false,
        method: None,
        keys: vec![IndexKey::column("total")],
        include: Vec::new(),
        nulls_not_distinct: false,
        storage: std::collections::BTreeMap::new(),
        predicate: None,
    }));
    Parts { tables: vec![item], ..Parts::default() }.schema()
}

#[tokio::test]
async fn b42_a_generated_column_is_computed_anew_and_goes_before_what_it_is_made_of() {
    let (once, twice) = (line_item(Some("qty * price"), true), line_item(Some("qty * price * 2"), true));
    assert!(files(&once, &once, &none()).unwrap().is_empty());
    let rows = "INSERT INTO li (id, qty, price) VALUES (1, 2, 3)";
    let mut way = Way::new(&once, &twice, &none(), rows).await;
    way.round("SELECT total::integer::text FROM li", &["6"], &["12"]).await;
    let mut gone = Way::new(&twice, &line_item(None, false), &none(), rows).await;
    gone.round("SELECT qty::text FROM li", &["2"], &["2"]).await;
}

#[tokio::test]
async fn b42_a_domain_under_a_generated_column_changes() {
    let make = |ty: &str| {
        let mut schema = line_item(Some("qty * price"), true);
        let money = Domain::new(public("money_"), builtin(ty));
        schema.tables.get_mut(&public("li")).unwrap().columns[2].ty = named("money_");
        schema.domains.insert(money.name.clone(), money);
        schema
    };
    let rows = "INSERT INTO li (id, qty, price) VALUES (1, 2, 3)";
    let mut way = Way::new(&make("numeric(10,2)"), &make("numeric(12,4)"), &none(), rows).await;
    way.round("SELECT total::integer::text FROM li", &["6"], &["6"]).await;
}
