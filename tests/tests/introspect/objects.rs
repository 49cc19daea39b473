//! What SQL text defines: views, functions, triggers and the rest.

use std::collections::BTreeSet;

use schema_core::ir::{ObjectKind, Use};
use schema_tests::version::since;

use super::{object, on, public, read, texts};

fn uses(list: impl IntoIterator<Item = Use>) -> BTreeSet<Use> {
    list.into_iter().collect()
}

fn column(table: &str, column: &str) -> Use {
    Use::Column(public(table), column.to_owned())
}

#[tokio::test]
async fn views_have_their_options_and_what_they_lean_on() {
    let schema = read(
        "CREATE EXTENSION citext;
        CREATE TABLE t (id int, name citext, n int);
        CREATE VIEW v WITH (security_barrier) AS SELECT id, name FROM t WHERE n > 0 WITH LOCAL CHECK OPTION;
        ALTER VIEW v ALTER COLUMN id SET DEFAULT 7;
        CREATE MATERIALIZED VIEW m AS SELECT v.id FROM v;
        CREATE UNIQUE INDEX m_id ON m (id);",
    )
    .await;
    let view = object(&schema, ObjectKind::View, "v");
    // PostgreSQL 16 leaves out the names of tables that are not needed.
    let columns = if since(16).await { ["id", "name", "n", "id"] } else { ["t.id", "t.name", "t.n", "v.id"] };
    let expected = format!(
        "CREATE VIEW \"public\".\"v\" WITH (check_option='local', security_barrier='true') AS\nSELECT {},\n    {}\n   \
        FROM public.t\n  WHERE ({} > 0)",
        columns[0], columns[1], columns[2]
    );
    assert_eq!(texts(view), [&expected, "ALTER VIEW \"public\".\"v\" ALTER COLUMN id SET DEFAULT 7"]);
    assert_eq!(view.drop[0].as_str(), "DROP VIEW \"public\".\"v\"");
    for used in [column("t", "id"), column("t", "name"), column("t", "n")] {
        assert!(view.uses.contains(&used), "{used:?}: {:?}", view.uses);
    }
    let materialized = object(&schema, ObjectKind::MaterializedView, "m");
    let expected = format!("CREATE MATERIALIZED VIEW \"public\".\"m\" AS\nSELECT {}\n   FROM public.v", columns[3]);
    assert_eq!(texts(materialized), [expected]);
    assert_eq!(materialized.uses, uses([Use::Object(view.id.clone())]));
    let index = object(&schema, ObjectKind::Index, "m_id");
    assert_eq!(texts(index), ["CREATE UNIQUE INDEX \"m_id\" ON \"public\".\"m\" USING btree (id)"]);
    assert_eq!(index.uses, uses([Use::Object(materialized.id.clone())]));
    let extension = object(&schema, ObjectKind::Extension, "citext");
    assert_eq!(texts(extension), ["CREATE EXTENSION \"citext\" WITH SCHEMA \"public\""]);
}

#[tokio::test]
async fn functions_procedures_and_aggregates_are_told_apart_by_their_arguments() {
    let schema = read(
        "CREATE TYPE mood AS ENUM ('a');
        CREATE TABLE t (id int, mood mood);
        CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql AS 'SELECT a';
        CREATE FUNCTION f(m mood, VARIADIC xs int[]) RETURNS SETOF t LANGUAGE plpgsql AS 'BEGIN END';
        CREATE FUNCTION g() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT id FROM t; END; -- from 14
        CREATE PROCEDURE p(INOUT a int) LANGUAGE plpgsql AS 'BEGIN END';
        CREATE FUNCTION plus(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $2';
        CREATE AGGREGATE total(int) (SFUNC = plus, STYPE = int, INITCOND = '0');
        COMMENT ON FUNCTION f(int) IS 'it''s f';",
    )
    .await;
    let arguments: Vec<_> =
        schema.objects.keys().filter(|id| id.name.name == "f").map(|id| id.arguments.clone().unwrap()).collect();
    assert_eq!(arguments, ["a integer", "m mood, VARIADIC xs integer[]"]);
    let second = schema.objects.values().find(|o| o.id.arguments.as_deref() == Some(&arguments[1])).unwrap();
    assert_eq!(second.uses, uses([Use::Table(public("t")), Use::Type(public("mood"))]));
    assert_eq!(second.drop[0].as_str(), "DROP FUNCTION \"public\".\"f\"(public.mood, integer[])");
    assert!(
        texts(second)[0]
            .starts_with("CREATE FUNCTION \"public\".\"f\"(m public.mood, VARIADIC xs integer[])\n RETURNS SETOF")
    );
    if since(14).await {
        assert_eq!(object(&schema, ObjectKind::Function, "g").uses, uses([column("t", "id")]));
    }
    assert!(texts(object(&schema, ObjectKind::Procedure, "p"))[0].starts_with("CREATE PROCEDURE \"public\".\"p\"("));
    let total = object(&schema, ObjectKind::Aggregate, "total");
    assert_eq!(
        texts(total),
        ["CREATE AGGREGATE \"public\".\"total\"(integer) (SFUNC = public.plus, STYPE = integer, INITCOND = '0')"]
    );
    assert_eq!(total.uses, uses([Use::Object(object(&schema, ObjectKind::Function, "plus").id.clone())]));
    let comment = on(&schema, ObjectKind::Comment, "FUNCTION \"public\".\"f\"(integer)");
    assert_eq!(texts(comment), ["COMMENT ON FUNCTION \"public\".\"f\"(integer) IS 'it''s f'"]);
    assert_eq!(comment.uses.len(), 1);
}

#[tokio::test]
async fn triggers_rules_and_policies_stand_on_their_tables() {
    let schema = read(
        "CREATE TABLE t (id int, owner text); CREATE TABLE old (id int);
        CREATE TABLE part (id int) PARTITION BY LIST (id); CREATE TABLE part1 PARTITION OF part FOR VALUES IN (1);
        CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER touched BEFORE UPDATE OF owner ON t FOR EACH ROW WHEN (OLD.id > 0) EXECUTE FUNCTION touch();
        ALTER TABLE t DISABLE TRIGGER touched;
        CREATE TRIGGER all_at_once AFTER INSERT ON t REFERENCING NEW TABLE AS fresh EXECUTE FUNCTION touch();
        CREATE CONSTRAINT TRIGGER late AFTER INSERT ON t DEFERRABLE FOR EACH ROW EXECUTE FUNCTION touch();
        CREATE TRIGGER cloned AFTER INSERT ON part FOR EACH ROW EXECUTE FUNCTION touch();
        CREATE RULE keep AS ON DELETE TO t DO ALSO INSERT INTO old VALUES (OLD.id);
        ALTER TABLE t ENABLE ROW LEVEL SECURITY;
        CREATE POLICY mine ON t USING (owner = CURRENT_USER);
        CREATE POLICY few ON t AS RESTRICTIVE FOR UPDATE TO pg_monitor USING (true) WITH CHECK (id > 0);
        COMMENT ON POLICY mine ON t IS 'mine';",
    )
    .await;
    let function = Use::Object(object(&schema, ObjectKind::Function, "touch").id.clone());
    let touched = object(&schema, ObjectKind::Trigger, "touched");
    let expected = "CREATE TRIGGER \"touched\" BEFORE UPDATE OF owner ON \"public\".\"t\" FOR EACH ROW WHEN ((old.id > 0)) \
        EXECUTE FUNCTION public.touch()";
    assert_eq!(texts(touched), [expected, "ALTER TABLE \"public\".\"t\" DISABLE TRIGGER \"touched\""]);
    assert_eq!((touched.id.on.as_deref(), touched.id.name.schema.as_deref()), (Some("t"), Some("public")));
    for used in [function, Use::Table(public("t")), column("t", "id"), column("t", "owner")] {
        assert!(touched.uses.contains(&used), "{used:?}: {:?}", touched.uses);
    }
    assert!(texts(object(&schema, ObjectKind::Trigger, "late"))[0].starts_with("CREATE CONSTRAINT TRIGGER \"late\""));
    assert_eq!(object(&schema, ObjectKind::Trigger, "cloned").id.on.as_deref(), Some("part"));
    let rule = object(&schema, ObjectKind::Rule, "keep");
    assert!(
        texts(rule)[0].starts_with("CREATE RULE \"keep\" AS\n    ON DELETE TO \"public\".\"t\"")
            && !texts(rule)[0].ends_with(';')
    );
    assert!(rule.uses.contains(&Use::Table(public("t"))), "{:?}", rule.uses);
    let mine = object(&schema, ObjectKind::Policy, "mine");
    assert_eq!(texts(mine), ["CREATE POLICY \"mine\" ON \"public\".\"t\" USING (owner = CURRENT_USER)"]);
    assert_eq!(mine.uses, uses([Use::Table(public("t")), column("t", "owner")]));
    let few = "CREATE POLICY \"few\" ON \"public\".\"t\" AS RESTRICTIVE FOR UPDATE TO pg_monitor USING (true) \
        WITH CHECK (id > 0)";
    assert_eq!(texts(object(&schema, ObjectKind::Policy, "few")), [few]);
    on(&schema, ObjectKind::Comment, "POLICY \"mine\" ON \"public\".\"t\"");
}

#[tokio::test]
async fn comments_on_everything_are_read() {
    let schema = read(
        "CREATE SCHEMA app; CREATE TABLE t (id int CONSTRAINT t_pkey PRIMARY KEY, CONSTRAINT c CHECK (id > 0));
        CREATE INDEX t_id ON t (id); CREATE VIEW v AS SELECT id FROM t;
        COMMENT ON SCHEMA app IS 'a'; COMMENT ON CONSTRAINT c ON t IS 'b'; COMMENT ON INDEX t_id IS 'c';
        COMMENT ON VIEW v IS 'd'; COMMENT ON COLUMN v.id IS 'e'; COMMENT ON INDEX t_pkey IS 'f';
        COMMENT ON TABLE t IS 'g'; COMMENT ON COLUMN t.id IS 'h';",
    )
    .await;
    let comments: Vec<(&str, &str)> = schema
        .objects
        .values()
        .filter(|object| object.id.kind == ObjectKind::Comment)
        .map(|object| (object.id.on.as_deref().unwrap(), object.create[0].as_str().rsplit(' ').next().unwrap()))
        .collect();
    let expected = [
        ("COLUMN \"public\".\"v\".\"id\"", "'e'"),
        ("CONSTRAINT \"c\" ON \"public\".\"t\"", "'b'"),
        ("INDEX \"public\".\"t_id\"", "'c'"),
        ("INDEX \"public\".\"t_pkey\"", "'f'"),
        ("SCHEMA \"app\"", "'a'"),
        ("VIEW \"public\".\"v\"", "'d'"),
    ];
    assert_eq!(comments, expected);
    let part = |name: &str| Use::Part(public("t"), name.to_owned());
    assert_eq!(on(&schema, ObjectKind::Comment, expected[1].0).uses, uses([part("c")]));
    assert_eq!(on(&schema, ObjectKind::Comment, expected[3].0).uses, uses([part("t_pkey")]));
    assert_eq!(super::table(&schema, "t").comment.as_deref(), Some("g"));
}

#[tokio::test]
async fn privileges_lead_from_the_usual_ones_and_back() {
    let schema = read(
        "CREATE SCHEMA app;
        CREATE TABLE t (a int, b int); CREATE TABLE plain (a int); CREATE SEQUENCE s;
        CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
        GRANT SELECT, INSERT ON t TO PUBLIC; GRANT ALL ON t TO pg_monitor; GRANT UPDATE (b) ON t TO pg_monitor;
        GRANT SELECT ON t TO pg_signal_backend WITH GRANT OPTION;
        REVOKE EXECUTE ON FUNCTION f() FROM PUBLIC; GRANT USAGE ON SCHEMA app TO pg_monitor;
        GRANT ALL ON plain TO pg_monitor; REVOKE ALL ON plain FROM pg_monitor; GRANT USAGE ON SEQUENCE s TO PUBLIC;
        ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO pg_monitor;
        ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;",
    )
    .await;
    let on_t = on(&schema, ObjectKind::Privileges, "TABLE \"public\".\"t\"");
    let t = "ON TABLE \"public\".\"t\"";
    let expected = [
        format!("GRANT INSERT, SELECT {t} TO PUBLIC"),
        format!("GRANT ALL {t} TO \"pg_monitor\""),
        format!("GRANT SELECT {t} TO \"pg_signal_backend\" WITH GRANT OPTION"),
        format!("GRANT UPDATE (\"b\") {t} TO \"pg_monitor\""),
    ];
    assert_eq!(texts(on_t), expected);
    let drop: Vec<&str> = on_t.drop.iter().map(|text| text.as_str()).collect();
    assert_eq!(drop[0], format!("REVOKE INSERT, SELECT {t} FROM PUBLIC"));
    assert_eq!(on_t.uses, uses([Use::Table(public("t"))]));
    let on_f = on(&schema, ObjectKind::Privileges, "FUNCTION \"public\".\"f\"()");
    assert_eq!(texts(on_f), ["REVOKE EXECUTE ON FUNCTION \"public\".\"f\"() FROM PUBLIC".replace("EXECUTE", "ALL")]);
    assert!(on(&schema, ObjectKind::Privileges, "SCHEMA \"app\"").uses.is_empty());
    let count = schema.objects.keys().filter(|id| id.kind == ObjectKind::Privileges).count();
    assert_eq!(count, 4, "neither the schema public nor `plain` has any: {:?}", schema.objects.keys());
    let defaults: Vec<Vec<&str>> =
        schema.objects.values().filter(|object| object.id.kind == ObjectKind::DefaultPrivileges).map(texts).collect();
    let head = "ALTER DEFAULT PRIVILEGES FOR ROLE \"postgres\"";
    let expected = [
        vec![format!("{head} REVOKE ALL ON FUNCTIONS FROM PUBLIC")],
        vec![format!("{head} IN SCHEMA \"app\" GRANT SELECT ON TABLES TO \"pg_monitor\"")],
    ];
    assert_eq!(defaults, expected);
}

#[tokio::test]
async fn the_rarer_kinds_are_put_into_text_that_makes_them_again() {
    let sql = "CREATE EXTENSION postgres_fdw;
        CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE TYPE floats AS RANGE (SUBTYPE = float8, SUBTYPE_DIFF = float8mi);
        CREATE TABLE t (a int, b int, f floats, c text COLLATE nocase);
        CREATE STATISTICS st (ndistinct) ON a, b FROM t;
        ALTER STATISTICS st SET STATISTICS 50; -- from 13
        CREATE FUNCTION ev() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
        CREATE EVENT TRIGGER et ON ddl_command_end WHEN TAG IN ('CREATE VIEW') EXECUTE FUNCTION ev();
        ALTER EVENT TRIGGER et DISABLE;
        CREATE PUBLICATION pub FOR TABLE t (a) WHERE (a > 0) WITH (publish = 'insert'); -- from 15
        CREATE PUBLICATION pub FOR TABLE t WITH (publish = 'insert'); -- before 15
        CREATE PUBLICATION everything FOR ALL TABLES;
        CREATE FUNCTION near(int, int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT abs($1 - $2) < 2';
        CREATE OPERATOR === (FUNCTION = near, LEFTARG = int, RIGHTARG = int, COMMUTATOR = ===);
        CREATE FUNCTION cmp(floats, floats) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 0';
        CREATE OPERATOR CLASS mine FOR TYPE int USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =,
            OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int, int);
        CREATE FUNCTION to_text(floats) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT NULL::text';
        CREATE CAST (floats AS text) WITH FUNCTION to_text(floats) AS ASSIGNMENT;
        CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple, STOPWORDS = english);
        CREATE TEXT SEARCH CONFIGURATION d (PARSER = \"default\");
        ALTER TEXT SEARCH CONFIGURATION d ADD MAPPING FOR word, asciiword WITH d, simple;
        CREATE FOREIGN DATA WRAPPER w OPTIONS (debug 'true');
        CREATE SERVER srv FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'h', dbname 'it''s');
        CREATE FOREIGN TABLE ft (id int OPTIONS (column_name 'x') NOT NULL DEFAULT 1, CONSTRAINT c CHECK (id > 0))
            SERVER srv OPTIONS (table_name 'y');
        COMMENT ON OPERATOR CLASS mine USING btree IS 'x'; COMMENT ON OPERATOR === (int, int) IS 'y';
        CREATE AGGREGATE most(float8) (SFUNC = float8larger, STYPE = float8, SORTOP = >, PARALLEL = SAFE);
        CREATE AGGREGATE middle(int ORDER BY float8) (SFUNC = cmp_step, STYPE = int8);";
    let sql = sql.replace(
        "CREATE AGGREGATE middle",
        "CREATE FUNCTION cmp_step(int8, float8) RETURNS int8 LANGUAGE sql AS 'SELECT $1'; CREATE AGGREGATE middle",
    );
    let first = read(&sql).await;
    let kinds: BTreeSet<ObjectKind> = first.objects.keys().map(|id| id.kind).collect();
    for kind in [
        ObjectKind::Aggregate,
        ObjectKind::Cast,
        ObjectKind::Collation,
        ObjectKind::EventTrigger,
        ObjectKind::ForeignDataWrapper,
        ObjectKind::ForeignTable,
        ObjectKind::Operator,
        ObjectKind::OperatorClass,
        ObjectKind::OperatorFamily,
        ObjectKind::Publication,
        ObjectKind::Server,
        ObjectKind::Statistics,
        ObjectKind::TextSearch,
        ObjectKind::Type,
    ] {
        assert!(kinds.contains(&kind), "{kind:?} is missing");
    }
    // Made again from their own texts, with the table that they are about, they are the same.
    let mut again = super::database("CREATE EXTENSION postgres_fdw").await;
    let rank = |kind: ObjectKind| match kind {
        ObjectKind::Extension => 0,
        ObjectKind::Collation | ObjectKind::Type => 1,
        ObjectKind::Function => 2,
        ObjectKind::Comment | ObjectKind::Privileges => 9,
        ObjectKind::OperatorFamily | ObjectKind::ForeignDataWrapper => 3,
        ObjectKind::Server | ObjectKind::TextSearch => 4,
        ObjectKind::EventTrigger => 8,
        _ => 5,
    };
    let mut objects: Vec<_> = first.objects.values().filter(|object| object.id.kind != ObjectKind::Extension).collect();
    objects.sort_by_key(|object| (rank(object.id.kind), object.id.on.as_deref() != Some("dictionary")));
    let mut table_made = false;
    for object in objects {
        if rank(object.id.kind) > 2 && !table_made {
            super::run(&mut again, "CREATE TABLE t (a int, b int, f floats, c text COLLATE nocase)").await;
            table_made = true;
        }
        for text in texts(object) {
            super::run(&mut again, text).await;
        }
    }
    let (second, notes) = super::read_with_notes(&mut again).await;
    assert_eq!(notes, []);
    for (id, object) in &first.objects {
        assert_eq!(second.objects.get(id), Some(object), "{id}");
    }
    assert_eq!(second, first);
    // And they go again.
    for object in first.objects.values().filter(|object| object.id.kind == ObjectKind::EventTrigger) {
        super::run(&mut again, object.drop[0].as_str()).await;
    }
}
