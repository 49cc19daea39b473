//! Drift, the sides of comparisons, the seeder and the proof, on real servers.

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a suite fails by panics")]

use std::path::Path;

use schema_core::ir::{Dialect, Schema};
use schema_runtime::drift::{Drift, drift};
use schema_runtime::prove::{Consent, Options, Proof, prove};
use schema_runtime::sides::{Bench, Side};
use schema_tests::target::Target;

async fn bench(dialect: Dialect) -> Bench {
    match dialect {
        Dialect::Postgres => Bench::on(schema_tests::server().await),
        _ => Bench::new(dialect, None),
    }
}

fn sql(text: &str, dialect: Dialect) -> Side {
    Side::Sql { name: "schema.sql".to_owned(), text: text.to_owned(), dialect: Some(dialect) }
}

async fn database(setup: &str) -> Side {
    let url = schema_tests::postgres().await;
    let mut target = Target::Postgres(<sqlx::PgConnection as sqlx::Connection>::connect(&url).await.unwrap());
    target.run(setup).await;
    Side::Url(url)
}

fn stated(schema: Schema) -> Side {
    Side::Schema(Box::new(schema), "snapshot".to_owned())
}

async fn drift_of(expected: &str, setup: &str) -> Drift {
    let bench = bench(Dialect::Postgres).await;
    drift(&sql(expected, Dialect::Postgres), &database(setup).await, &bench).await.unwrap()
}

async fn proof(dialect: Dialect, from: &str, to: &str, options: Options) -> Proof {
    let bench = bench(dialect).await;
    prove(&sql(from, dialect), &sql(to, dialect), &options, &bench).await.unwrap()
}

fn with_consent() -> Options {
    Options { consent: Consent::All, ..Options::default() }
}

#[track_caller]
fn assert_holds(proof: &Proof) {
    assert!(proof.holds(), "{proof:#?}");
}

/// What the server rewrites: predicates (B10), checks (B11), defaults (B12).
const REWRITTEN: &str = "
    CREATE TABLE inv (state varchar(20), org int);
    CREATE INDEX live ON inv (org) WHERE state IN ('x','y');
    CREATE INDEX not_gone ON inv (org) WHERE state <> 'gone';
    CREATE TABLE ck (s varchar(20), n int, CONSTRAINT c1 CHECK (s IN ('x','y')), CONSTRAINT c2 CHECK (n BETWEEN 1 AND 5),
        CONSTRAINT c3 CHECK (s IS NOT DISTINCT FROM 'x'), CONSTRAINT c4 CHECK (s IS NULL OR s IN ('x')));
    CREATE TABLE df (a text DEFAULT 'x', b varchar(5) DEFAULT 'x', c timestamptz DEFAULT now(),
        d timestamptz DEFAULT CURRENT_TIMESTAMP, e jsonb DEFAULT '{}', f int[] DEFAULT '{}', g jsonb[] DEFAULT '{}',
        h interval DEFAULT '1 day', j int DEFAULT -1, k bool DEFAULT true, m date DEFAULT '2020-01-01',
        o text DEFAULT 'it''s');";

/// B10, B11, B12: each side went through a server, so a spelling is no difference; and a second look says the same.
#[tokio::test]
async fn what_the_server_rewrites_is_no_drift() {
    let bench = bench(Dialect::Postgres).await;
    let (expected, found) = (sql(REWRITTEN, Dialect::Postgres), database(REWRITTEN).await);
    for _ in 0..2 {
        let drift = drift(&expected, &found, &bench).await.unwrap();
        assert!(drift.is_clean(), "{drift:#?}");
    }
}

/// The same from what a reader of the catalog got: planned from nothing, it is the same catalog.
#[tokio::test]
async fn a_schema_that_was_read_makes_the_database_that_it_was_read_from() {
    let bench = bench(Dialect::Postgres).await;
    let found = database(REWRITTEN).await;
    let made = stated(found.read(&bench).await.unwrap().schema);
    // This way round it is made in any case.
    let drift = drift(&found, &made, &bench).await.unwrap();
    assert!(drift.is_clean(), "{drift:#?}");
}

#[tokio::test]
async fn a_database_that_prints_what_is_stated_needs_no_scratch_server() {
    let nowhere = Bench::new(Dialect::Postgres, Some(Path::new("nowhere")));
    let found = database(REWRITTEN).await;
    let schema = found.read(&nowhere).await.unwrap().schema;
    let same = drift(&stated(schema.clone()), &found, &nowhere).await.unwrap();
    assert!(same.is_clean(), "{same:#?}");
    let mut other = schema;
    let columns = other.tables.values_mut().flat_map(|table| &mut table.columns);
    columns.filter_map(|column| column.default.as_mut()).for_each(|default| *default = default.replace("'x'", "'y'"));
    let error = drift(&stated(other), &found, &nowhere).await.unwrap_err().to_string();
    assert!(error.contains("nowhere"), "{error}");
}

/// B44: NOT NULL is a fact of its column, whatever the catalog calls it, also after the table got another name.
#[tokio::test]
async fn not_null_is_no_constraint_that_drifts() {
    let drift = drift_of(
        "CREATE TABLE people (id int CONSTRAINT people_pk PRIMARY KEY, name text NOT NULL)",
        "CREATE TABLE u (id int CONSTRAINT people_pk PRIMARY KEY, name text NOT NULL); ALTER TABLE u RENAME TO people",
    )
    .await;
    assert!(drift.is_clean(), "{drift:#?}");
}

/// B51 in PostgreSQL's words: types by another name are the same types.
#[tokio::test]
async fn types_by_other_names_are_no_drift() {
    let drift = drift_of(
        "CREATE TABLE d (id int8, ok bool, at timestamptz, price decimal(10,2), name varchar(20), letter char)",
        "CREATE TABLE d (id bigint, ok boolean, at timestamp with time zone, price numeric(10,2), name character varying(20),
            letter character(1))",
    )
    .await;
    assert!(drift.is_clean(), "{drift:#?}");
}

#[tokio::test]
async fn drift_names_what_differs_object_by_object() {
    let drift = drift_of(
        "CREATE TABLE a (x int NOT NULL, y text); CREATE INDEX a_x ON a (x); CREATE TABLE gone (z int)",
        "CREATE TABLE a (y text, x bigint); CREATE INDEX a_y ON a (y); CREATE TYPE mood AS ENUM ('up')",
    )
    .await;
    let texts: Vec<String> = drift.differences.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        [
            "enum mood is there and shouldn't be",
            "table a: column x nullable is yes, expected none, type is bigint, expected integer",
            "table a: index a_x is missing",
            "table a: index a_y is there and shouldn't be",
            "table gone is missing",
        ]
    );
    assert_eq!(drift.column_order.len(), 1);
}

/// An index whose build failed is no index, and is said to be there.
#[tokio::test]
async fn an_invalid_index_is_a_finding() {
    let bench = bench(Dialect::Postgres).await;
    let url = schema_tests::postgres().await;
    let mut target = Target::Postgres(<sqlx::PgConnection as sqlx::Connection>::connect(&url).await.unwrap());
    target.run("CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1)").await;
    target.execute("CREATE UNIQUE INDEX CONCURRENTLY t_a ON t (a)").await.unwrap_err();
    let found = Side::Url(url);
    let same = stated(found.read(&bench).await.unwrap().schema);
    for expected in [sql("CREATE TABLE t (a int)", Dialect::Postgres), same] {
        let drift = drift(&expected, &found, &bench).await.unwrap();
        assert!(drift.differences.is_empty() && !drift.is_clean(), "{drift:#?}");
        let message = &drift.findings[0].message;
        assert!(message.contains("t_a") && message.contains("it is invalid"), "{message}");
    }
}

#[tokio::test]
async fn a_dump_is_loaded_without_psqls_commands_and_rows() {
    let bench = bench(Dialect::Postgres).await;
    let dump = "\\restrict k\nSET search_path = '';\nCREATE TABLE public.t (a text);\nALTER TABLE public.t OWNER TO somebody;\n\
        COPY public.t (a) FROM stdin;\nit's; x\n\\.\n\nCREATE INDEX CONCURRENTLY i ON public.t (a);\n\\unrestrict k\n";
    let held = sql(dump, Dialect::Postgres).read(&bench).await.unwrap();
    assert_eq!(held.schema.tables.len(), 1);
    let error = sql("\\connect other\n", Dialect::Postgres).read(&bench).await.unwrap_err().to_string();
    assert!(error.starts_with("`schema.sql`: `\\connect` is a command of psql"), "{error}");
    let error =
        sql("CREATE TABLE t (a int);\nCREATE TABLE t (a int);", Dialect::Postgres).read(&bench).await.unwrap_err();
    assert_eq!(error.to_string(), "`schema.sql`: relation \"t\" already exists");
}

#[tokio::test]
async fn losses_are_refused_until_they_are_consented_to() {
    let (from, to) = ("CREATE TABLE t (id int PRIMARY KEY, a text NOT NULL)", "CREATE TABLE t (id int PRIMARY KEY)");
    let refused = proof(Dialect::Postgres, from, to, Options::default()).await;
    assert_eq!(refused.refused.len(), 1);
    assert!(!refused.holds() && refused.migrations.is_empty());
    let proved = proof(Dialect::Postgres, from, to, with_consent()).await;
    assert_holds(&proved);
    assert_eq!(proved.rows.rows, 5);
    let codes = Consent::Codes(["drop_column".to_owned()].into());
    assert_holds(&proof(Dialect::Postgres, from, to, Options { consent: codes, ..Options::default() }).await);
    let other = Consent::Codes(["drop_table".to_owned()].into());
    assert_eq!(
        proof(Dialect::Postgres, from, to, Options { consent: other, ..Options::default() }).await.refused.len(),
        1
    );
}

#[tokio::test]
async fn rows_come_through_renames_retypes_and_fills() {
    for dialect in [Dialect::Postgres, Dialect::Sqlite] {
        let options =
            Options { renames: vec!["users=people".to_owned(), "users.mail=email".to_owned()], ..with_consent() };
        let proved = proof(
            dialect,
            "CREATE TABLE users (id integer NOT NULL, mail text, age integer, CONSTRAINT users_pk PRIMARY KEY (id))",
            "CREATE TABLE people (id integer NOT NULL, email text NOT NULL, age bigint, role text NOT NULL,
                CONSTRAINT users_pk PRIMARY KEY (id), CONSTRAINT roles CHECK (role IN ('admin', 'guest')))",
            options,
        )
        .await;
        assert_holds(&proved);
        assert_eq!(proved.rows.rows, 5, "{proved:#?}");
        assert_eq!(proved.stated.len(), 2);
    }
}

#[tokio::test]
async fn labels_are_renamed_and_mapped() {
    let options =
        Options { renames: vec!["mood.ok=fine".to_owned()], maps: vec!["mood.junk=sad".to_owned()], ..with_consent() };
    let proved = proof(
        Dialect::Postgres,
        "CREATE TYPE mood AS ENUM ('sad', 'ok', 'junk'); CREATE TABLE p (id int PRIMARY KEY, m mood NOT NULL)",
        "CREATE TYPE mood AS ENUM ('sad', 'fine'); CREATE TABLE p (id int PRIMARY KEY, m mood NOT NULL)",
        options,
    )
    .await;
    assert_holds(&proved);
    assert_eq!(proved.rows.rows, 5, "{proved:#?}");
}

#[tokio::test]
async fn unknown_renames_and_maps_are_refused_by_name() {
    let options =
        Options { renames: vec!["a=b".to_owned(), "c".to_owned()], maps: vec!["d.e=f".to_owned()], ..with_consent() };
    let proved = proof(Dialect::Postgres, "", "CREATE TABLE t (a int)", options).await;
    let messages: Vec<&str> = proved.refused.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(
        messages,
        ["`--map d.e=f`: no enum has such a name", "`--rename a=b`: there is no `a`", "`--rename c` is not `old=new`"]
    );
}

/// Constraints of all kinds decide which rows there can be; each table gets as many as were asked for.
#[tokio::test]
async fn the_seeder_satisfies_constraints() {
    let schema = "
        CREATE TYPE mood AS ENUM ('sad', 'ok');
        CREATE TABLE org (id serial PRIMARY KEY, name text NOT NULL UNIQUE, boss int);
        CREATE TABLE person (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, org_id int NOT NULL REFERENCES org,
            mail varchar(40) NOT NULL CHECK (mail ~ '@'), age int CHECK (age > 17 AND age < 150), m mood NOT NULL,
            tags text[] NOT NULL, status text NOT NULL CHECK (status IN ('new', 'done')), u uuid NOT NULL UNIQUE,
            j jsonb, span int4range NOT NULL, n numeric(3,1), UNIQUE (org_id, mail));
        ALTER TABLE org ADD FOREIGN KEY (boss) REFERENCES person;
        CREATE TABLE node (id int PRIMARY KEY, parent int NOT NULL REFERENCES node);
        CREATE TABLE egg (id int PRIMARY KEY, hen int NOT NULL);
        CREATE TABLE hen (id int PRIMARY KEY, egg int NOT NULL REFERENCES egg DEFERRABLE);
        ALTER TABLE egg ADD FOREIGN KEY (hen) REFERENCES hen DEFERRABLE;
        CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
        CREATE TRIGGER no BEFORE INSERT ON node FOR EACH ROW EXECUTE FUNCTION no();";
    let proved = proof(Dialect::Postgres, schema, schema, Options { rows: 6, ..Options::default() }).await;
    assert_eq!(proved.rows.lacking, Vec::<String>::new());
    let counts: Vec<(&str, usize)> = proved.rows.tables.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(counts, [("egg", 6), ("hen", 6), ("node", 6), ("org", 6), ("person", 6)]);
    assert_holds(&proved);
}

/// What no row can satisfy is said, not passed over.
#[tokio::test]
async fn what_cannot_be_seeded_is_said() {
    let schema = "CREATE TABLE t (a int CHECK (a > 5 AND a < 3) NOT NULL); CREATE TABLE b (f bool PRIMARY KEY)";
    let proved = proof(Dialect::Postgres, schema, schema, Options::default()).await;
    assert_holds(&proved);
    assert_eq!(proved.rows.rows, 2);
    let lacking = &proved.rows.lacking;
    assert!(
        lacking[0].starts_with("b: 2 of 5 rows, then duplicate key") && lacking[1].starts_with("t: 0 of 5"),
        "{lacking:?}"
    );
}

/// Only rows that the new schema can hold are put in, and the same ones each time.
#[tokio::test]
async fn the_proof_is_the_same_each_time() {
    let from = "CREATE TABLE t (id int PRIMARY KEY, a text, n int)";
    let to = "CREATE TABLE t (id int PRIMARY KEY, a varchar(3) CHECK (a <> 'a'), n int UNIQUE CHECK (n > 0))";
    let first = proof(Dialect::Postgres, from, to, with_consent()).await;
    assert_holds(&first);
    assert_eq!(first.rows.rows, 5, "{first:#?}");
    let second = proof(Dialect::Postgres, from, to, with_consent()).await;
    assert_eq!(serde_json::to_string(&first).unwrap(), serde_json::to_string(&second).unwrap());
}
