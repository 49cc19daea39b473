//! What PostgreSQL alone has: partitions, inheritance, exclusion constraints, domains, composite types, sequences and
//! objects.

use super::*;
use crate::ir::{ObjectId, ObjectKind, PartitionStrategy, ReplicaIdentity, SequenceOptions, SqlType};

const TYPES: &str = r#"
#[derive(Domain)] #[sqlx(type_name = "app.email")] #[domain(type = "citext", not_null, default = "'x@y'", collate = "C",
    check("VALUE ~ '@'"), check("length(VALUE) < 99", name = "short", not_valid), comment = "an address")]
pub struct Email(pub String);
#[derive(Domain)] pub struct Small(i32);
#[derive(Composite)] #[composite(schema = "app", comment = "where to")]
pub struct Address { pub street: String, #[column(type = "varchar(10)", collate = "C", name = "Zip")] pub zip: Option<String>, pub mail: Email }
"#;

#[test]
fn domains_and_composite_types_are_types_of_columns() {
    let scan = postgres(&[(
        "src/lib.rs",
        &format!(
            "{TYPES}
            use Address as Place;
            type Mail = Email;
            #[derive(Table)] struct T {{ id: i64, mail: Option<Mail>, all: Vec<Place>, #[column(type = \"app.email\")] raw: String,
                #[column(type = \"SMALL[]\")] numbers: Vec<i32> }}"
        ),
    )]);
    assert_eq!(
        columns(&scan, "t"),
        ["id bigint", "mail app.email?", "all app.address[]", "raw app.email", "numbers small[]"]
    );
    let domain = &scan.model.schema.domains[&name(&scan, "app.email")];
    assert_eq!((domain.ty.to_string(), domain.not_null), ("citext".to_owned(), true));
    assert_eq!((domain.default.as_deref(), domain.collation.as_deref()), (Some("'x@y'"), Some("C")));
    assert_eq!(domain.comment.as_deref(), Some("an address"));
    let checks: Vec<_> = domain.checks.iter().map(|check| (check.name.as_str(), check.not_valid)).collect();
    assert_eq!(checks, [("email_check", false), ("short", true)]);
    let composite = &scan.model.schema.composites[&name(&scan, "app.address")];
    let attributes: Vec<String> =
        composite.attributes.iter().map(|attribute| format!("{} {}", attribute.name, attribute.ty)).collect();
    assert_eq!(attributes, ["street text", "Zip character varying(10)", "mail app.email"]);
    assert_eq!(composite.attributes[1].collation.as_deref(), Some("C"));
    assert!(scan.model.schema.namespaces.contains("app"));
}

#[test]
fn types_that_are_wrong_are_reported_where_they_are() {
    let scan = scan_as(
        Dialect::Postgres,
        &[(
            "src/lib.rs",
            r#"#[derive(SqlEnum)] enum Mood { Good }
#[derive(Domain)] #[domain(name = "mood")] struct M(String);
#[derive(Domain)] #[domain(type = "own")] struct Own(String);
#[derive(Domain)] struct Unknown(Elsewhere);
#[derive(Composite)] struct Pair { a: i64, #[column(name = "a")] b: i64 }"#,
        )],
    );
    assert_eq!(
        messages(&scan),
        [
            "src/lib.rs:2:35 type `mood` is declared twice: first at src/lib.rs:1:25 | give one of them another `#[domain(name = \"..\")]`, or remove it",
            "src/lib.rs:3:35 domain `own` is made of itself | name another type",
            "src/lib.rs:4:34 domain `unknown`: type `Elsewhere` is unknown here | state it: `#[column(type = \"..\")]`",
            "src/lib.rs:5:60 composite type `pair`: attribute `a` is there twice | give one of them another `#[column(name = \"..\")]`",
        ]
    );
}

#[test]
fn partitions_have_their_parents_columns() {
    let scan = postgres(&[
        (
            "src/lib.rs",
            r#"mod events;
            #[derive(Table)] #[table(partition_of = events::Event, bound = "FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')",
                partition_by(hash(id)), index(made), with(fillfactor = 70, toast.autovacuum_enabled = false))]
            pub struct Event2024;
            #[derive(Table)] #[table(partition_of = Event2024, bound = "FOR VALUES WITH (MODULUS 2, REMAINDER 0)", index(id))]
            pub struct Event2024a;
            #[derive(Table)] #[table(partition_of = events::Event, bound = "default")]
            pub struct EventRest { #[column(name = "made")] at: String, id: i64 }
            #[derive(Table)] #[table(partition_of = events::Event, bound = "FOR VALUES FROM (MINVALUE) TO ('2024-01-01')")]
            pub struct EventOld { id: i64, made: String }"#,
        ),
        (
            "src/events.rs",
            r#"#[derive(Table)] #[table(partition_by(range(made collate = "C", expr = "lower(made)")))]
            pub struct Event { pub id: i64, pub made: String }"#,
        ),
    ]);
    let by = table(&scan, "event").partition_by.as_ref().unwrap();
    assert_eq!((by.strategy, by.keys.len(), by.keys[0].collation.as_deref()), (PartitionStrategy::Range, 2, Some("C")));
    let part = table(&scan, "event2024");
    assert_eq!(part.partition_of.as_ref().unwrap().parent, name(&scan, "event"));
    assert_eq!((part.columns.len(), part.indexes[0].name.as_str()), (0, "event2024_made_idx"));
    assert_eq!(part.storage["toast.autovacuum_enabled"], "false");
    assert_eq!(table(&scan, "event2024a").indexes[0].keys, [crate::ir::IndexKey::column("id")]);
    assert_eq!(table(&scan, "event_rest").partition_of.as_ref().unwrap().bound, "DEFAULT");
    assert_eq!(columns(&scan, "event_rest"), ["made text", "id bigint"], "in another order than the parent's");
    assert_eq!(columns(&scan, "event_old"), Vec::<String>::new(), "exactly the parent's");
}

#[test]
fn the_options_of_tables_columns_and_constraints_reach_the_schema() {
    let scan = postgres(&[(
        "src/lib.rs",
        r#"#[derive(Table)] struct Base { id: i64 }
        #[derive(Table)] #[table(unlogged, with(fillfactor = 80), inherits(Base), row_security, force_row_security,
            replica_identity = index("t_pkey"), primary_key(id, include(room), deferrable, with(fillfactor = 60)),
            unique(room, include(id), with(fillfactor = 50)),
            exclude(using = gist, room opclass = gist_int8_ops with "=", expr = "tstzrange(a, b)" with "&&", where = "(room > 0)",
                include(id), with(fillfactor = 40), deferrable = initially_deferred),
            check("room > 0", name = "positive", not_valid, no_inherit, not_enforced),
            foreign_key(id, room, references = T(id, room), on_delete = set_null, set_columns(room), not_valid, not_enforced))]
        struct T {
            #[column(identity, sequence(start = 1, increment = 5, min = 1, max = 99, cache = 20, cycle))] id: i64,
            #[column(storage = external, compression = lz4, statistics = 500)] room: i64,
        }"#,
    )]);
    let t = table(&scan, "t");
    assert!(t.unlogged && t.row_security && t.force_row_security);
    assert_eq!((t.storage["fillfactor"].as_str(), &t.inherits), ("80", &vec![name(&scan, "base")]));
    assert_eq!(t.replica_identity, Some(ReplicaIdentity::Index("t_pkey".into())));
    let key = t.primary_key.as_ref().unwrap();
    assert_eq!((&key.include, key.deferrable.is_some(), key.storage.len()), (&vec!["room".to_owned()], true, 1));
    assert_eq!((&t.uniques[0].include, t.uniques[0].storage.len()), (&vec!["id".to_owned()], 1));
    let exclusion = &t.exclusions[0];
    assert_eq!((exclusion.name.as_str(), exclusion.method.as_deref()), ("t_room_expr_excl", Some("gist")));
    let operators: Vec<_> = exclusion.elements.iter().map(|element| element.operator.as_str()).collect();
    assert_eq!((operators, exclusion.predicate.as_deref()), (vec!["=", "&&"], Some("room > 0")));
    assert_eq!(exclusion.elements[0].key.opclass.as_deref(), Some("gist_int8_ops"));
    assert!(t.checks[0].not_valid && t.checks[0].no_inherit && t.checks[0].not_enforced);
    let key = &t.foreign_keys[0];
    assert_eq!((&key.set_columns, key.not_valid, key.not_enforced), (&vec!["room".to_owned()], true, true));
    let options =
        SequenceOptions { increment: Some(5), max: Some(99), cache: Some(20), cycle: true, ..Default::default() };
    assert_eq!(column(&scan, "t", "id").identity_options, options);
    let room = column(&scan, "t", "room");
    assert_eq!((room.storage.as_deref(), room.compression.as_deref()), (Some("external"), Some("lz4")));
    assert_eq!((room.statistics, &room.ty), (Some(500), &SqlType::builtin("bigint")));
}

#[test]
fn sequences_views_extensions_and_raw_objects_are_declared() {
    let scan = postgres(&[(
        "src/lib.rs",
        r#"schema! {
            extension("uuid-ossp", schema = "ext");
            sequence("app.invoice_no", start = 1000, type = "INT", increment = 1, owned_by = "invoices.no", comment = "never reused");
            raw("tuning", create = "SELECT 1;", drop = " SELECT 2 ; ");
        }
        #[derive(Table)] #[table(name = "invoices", schema = "app")] struct Invoice { no: i32 }
        #[derive(View)] #[view(schema = "app", sql = "SELECT no FROM app.invoices;", with(security_barrier = true), comment = "it's open")]
        struct Open { no: i32 }
        #[derive(View)] #[view(name = "totals", materialized, sql = "SELECT 1 AS one")] struct Totals { one: i32 }"#,
    )]);
    let schema = &scan.model.schema;
    let sequence = &schema.sequences[&name(&scan, "app.invoice_no")];
    assert_eq!(
        (sequence.ty.as_deref(), sequence.options.start, sequence.options.increment),
        (Some("integer"), Some(1000), None)
    );
    assert_eq!(sequence.owned_by, Some((name(&scan, "app.invoices"), "no".to_owned())));
    assert_eq!(sequence.comment.as_deref(), Some("never reused"));
    let texts: Vec<String> = schema
        .objects
        .values()
        .map(|object| format!("{}: {} / {}", object.id, object.create[0].as_str(), object.drop[0].as_str()))
        .collect();
    assert_eq!(
        texts,
        [
            "extension uuid-ossp: CREATE EXTENSION \"uuid-ossp\" WITH SCHEMA \"ext\" / DROP EXTENSION \"uuid-ossp\"",
            "view app.open: CREATE VIEW \"app\".\"open\" WITH (security_barrier=true) AS\nSELECT no FROM app.invoices / DROP VIEW \"app\".\"open\"",
            "materialized view totals: CREATE MATERIALIZED VIEW \"public\".\"totals\" AS\nSELECT 1 AS one / DROP MATERIALIZED VIEW \"public\".\"totals\"",
            "comment on VIEW \"app\".\"open\": COMMENT ON VIEW \"app\".\"open\" IS 'it''s open' / COMMENT ON VIEW \"app\".\"open\" IS NULL",
            "raw object tuning: SELECT 1 / SELECT 2",
        ]
    );
    assert!(schema.namespaces.contains("app") && schema.namespaces.contains("ext"));
    let view = ObjectId::new(ObjectKind::View, name(&scan, "app.open"));
    assert!(scan.model.items.iter().any(|item| item.object == crate::model::Object::View(view.clone())));
}

#[test]
fn what_is_declared_twice_or_names_no_parent_is_reported() {
    let scan = scan_as(
        Dialect::Postgres,
        &[(
            "src/lib.rs",
            r#"schema! { sequence("s", start = 1); sequence("public.s");
sequence("t", type = "text"); sequence("u", owned_by = "no"); extension("citext"); extension("citext"); }
#[derive(Table)] #[table(partition_of = Nowhere, bound = "DEFAULT")] struct A;
#[derive(Table)] #[table(inherits(Plain))] struct B { id: i64 }
struct Plain;
#[derive(View)] #[view(name = "v", sql = "SELECT 1")] struct V {}
#[derive(View)] #[view(name = "v", sql = "SELECT 2")] struct W {}"#,
        )],
    );
    assert_eq!(
        messages(&scan),
        [
            "src/lib.rs:1:46 sequence `s` is declared twice: first at src/lib.rs:1:20 | remove one of them",
            "src/lib.rs:2:22 sequence `t`: `text` is no type of a sequence | use `smallint`, `integer` or `bigint`",
            "src/lib.rs:2:56 sequence `u`: `owned_by` names a column | write `table.column` or `schema.table.column`",
            "src/lib.rs:2:94 extension citext is declared twice: first at src/lib.rs:2:73 | remove one of them",
            "src/lib.rs:3:41 table `a`: partition of `Nowhere`: no struct `Nowhere` is found | bring it into scope with `use`, or write its path",
            "src/lib.rs:4:35 table `b`: parent `Plain`: `Plain` is no table | give it `#[derive(Table)]`",
            "src/lib.rs:7:62 view v is declared twice: first at src/lib.rs:6:62 | remove one of them",
        ]
    );
}

#[test]
fn sqlite_has_none_of_it() {
    let scan = scan_as(
        Dialect::Sqlite,
        &[(
            "src/lib.rs",
            r#"schema! { sequence("s"); extension("x"); }
#[derive(Domain)] struct D(i64);
#[derive(Composite)] struct C { a: i64 }
#[derive(Table)] #[table(unlogged, with(fillfactor = 8), row_security, replica_identity = full, exclude(a with "="),
partition_by(list(a)), unique(a, include(b), with(x = 1)), check("a", not_valid))]
struct T { #[column(storage = main, statistics = 5)] a: i64, b: i64 }
#[derive(View)] #[view(materialized, sql = "SELECT 1", with(a = 1), comment = "c")] struct V {}"#,
        )],
    );
    let found: Vec<String> = messages(&scan).iter().map(|line| line.split(" | ").next().unwrap().to_owned()).collect();
    assert_eq!(
        found,
        [
            "src/lib.rs:1:20 SQLite has no sequences",
            "src/lib.rs:1:36 SQLite creates no extensions",
            "src/lib.rs:2:26 SQLite has no domains",
            "src/lib.rs:3:29 SQLite has no composite types",
            "src/lib.rs:4:26 SQLite has no unlogged tables",
            "src/lib.rs:4:41 SQLite's tables have no storage parameters",
            "src/lib.rs:4:58 SQLite has no row level security",
            "src/lib.rs:4:91 SQLite replicates nothing",
            "src/lib.rs:4:97 SQLite has no exclusion constraints",
            "src/lib.rs:5:1 SQLite has no partitioned tables",
            "src/lib.rs:5:42 SQLite's keys have no INCLUDE",
            "src/lib.rs:5:51 SQLite's keys have no storage parameters",
            "src/lib.rs:5:71 SQLite's checks have no `not_valid`",
            "src/lib.rs:6:31 `storage` is PostgreSQL's alone",
            "src/lib.rs:6:50 `statistics` is PostgreSQL's alone",
            "src/lib.rs:7:24 SQLite has no materialized views",
            "src/lib.rs:7:61 SQLite's views have no options",
            "src/lib.rs:7:79 SQLite has no comments on objects",
        ]
    );
}

#[test]
fn sql_texts_and_files_become_objects_with_their_places() {
    let krate = Crate::new(&[
        ("src/lib.rs", "schema! { sql(\"CREATE VIEW one AS SELECT 1 AS one\"); files(\"sql\", \"more.sql\"); }"),
        ("sql/functions/two.sql", "-- two\nCREATE FUNCTION two() RETURNS integer LANGUAGE sql AS 'SELECT 2';\n"),
        ("sql/notes.txt", "not SQL"),
        ("more.sql", "CREATE VIEW three AS SELECT 3 AS three;\nCREATE TABLE t (id int);\n"),
    ]);
    let scan = scan(&krate.options(Dialect::Postgres)).unwrap();
    let ids: Vec<String> = scan.model.schema.objects.keys().map(ToString::to_string).collect();
    assert_eq!(ids, ["function two()", "view one", "view three"]);
    let two = scan.model.schema.objects.keys().next().unwrap().clone();
    let place = scan.model.places.get(&crate::model::Path::Object(two)).unwrap();
    assert_eq!(place.to_string(), "sql/functions/two.sql:2:1");
    let found = messages(&scan);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("more.sql:2:1 "), "{found:?}");
    for watched in ["sql/functions/two.sql", "more.sql"] {
        assert!(scan.files.contains(&krate.path().join(watched)), "{watched}");
    }
    assert!(scan.dirs.contains(&krate.path().join("sql/functions")));
}

#[test]
fn files_that_are_missing_are_reported_where_they_are_named() {
    let scan = scan_as(Dialect::Postgres, &[("src/lib.rs", "schema! { files(\"nowhere.sql\"); }")]);
    assert!(messages(&scan)[0].starts_with("src/lib.rs:1:17 `nowhere.sql` can't be read"), "{:?}", messages(&scan));
}
