//! Objects that SQL text defines, on PostgreSQL tables with rows and on SQLite: made, changed and dropped, there, back
//! and there again, and set aside while what they use changes (BUGS.md B16).

#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, reason = "a suite fails by panics")]

use schema_core::decl::AllowCode;
use schema_core::ir::{Column, Dialect, Generated, ObjectName, PrimaryKey, Schema, SqlType, Table};
use schema_core::model::{Allow, Intents};
use schema_core::objects;
use schema_tests::target::{Target, files};
use schema_tests::version::suited;

fn name(dialect: Dialect, name: &str) -> ObjectName {
    match dialect {
        Dialect::Postgres => ObjectName::qualified("public", name),
        _ => ObjectName::bare(name),
    }
}

fn table(dialect: Dialect, of: &str, columns: &[(&str, &str)]) -> Table {
    let mut table = Table::new(name(dialect, of));
    for (name, ty) in columns {
        let mut column = Column::new(*name, SqlType::builtin(*ty));
        column.nullable = *name != "id";
        table.columns.push(column);
    }
    table.primary_key = Some(PrimaryKey::new(format!("{of}_pkey"), vec!["id".to_owned()]));
    table
}

/// A schema of tables and of the objects that the SQL declares.
fn schema(dialect: Dialect, tables: &[Table], sql: &str) -> Schema {
    let mut schema = Schema::empty(dialect);
    schema.tables.extend(tables.iter().map(|table| (table.name.clone(), table.clone())));
    let statements = objects::split(dialect, sql).unwrap();
    let parsed = statements.iter().map(|statement| {
        objects::parse(dialect, statement.text).unwrap_or_else(|error| panic!("{error}: {statement:?}"))
    });
    for object in objects::merge(parsed.collect()) {
        assert!(schema.objects.insert(object.id.clone(), object).is_none());
    }
    objects::resolve(&mut schema);
    schema
}

/// Everything that the catalog says of the objects.
const CATALOG: &str = "
    SELECT 'view', format('%s %s %s', c.oid::regclass, c.reloptions, pg_get_viewdef(c.oid))
        FROM pg_class c WHERE c.relkind IN ('v', 'm') AND c.relnamespace = 'public'::regnamespace
    UNION ALL SELECT 'rows', format('%s %s', c.oid::regclass, c.relispopulated) FROM pg_class c WHERE c.relkind = 'm'
    UNION ALL SELECT 'index', indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'function', pg_get_functiondef(p.oid) FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace AND p.prokind IN ('f', 'p')
        AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    UNION ALL SELECT 'aggregate', format('%s %s', p.oid::regprocedure, a.aggtransfn) FROM pg_proc p
        JOIN pg_aggregate a ON a.aggfnoid = p.oid WHERE p.pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'trigger', format('%s %s', pg_get_triggerdef(oid), tgenabled) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'rule', pg_get_ruledef(oid) FROM pg_rewrite WHERE rulename <> '_RETURN' AND oid > 16383
    UNION ALL SELECT 'policy', format('%s %s', tablename, to_jsonb(p)) FROM pg_policies p
    UNION ALL SELECT 'extension', format('%s %s', extname, extnamespace::regnamespace) FROM pg_extension
    UNION ALL SELECT 'collation', format('%s %s %s', collname, collprovider,
        coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale', collcollate)) FROM pg_collation c
        WHERE collnamespace = 'public'::regnamespace
    UNION ALL SELECT 'range', format('%s %s', rngtypid::regtype, rngsubtype::regtype) FROM pg_range WHERE rngtypid > 16383
    UNION ALL SELECT 'operator', oid::regoperator::text FROM pg_operator WHERE oid > 16383
    UNION ALL SELECT 'operator class', format('%s %s', opcname, opcintype::regtype) FROM pg_opclass WHERE oid > 16383
    UNION ALL SELECT 'operator family', opfname::text FROM pg_opfamily WHERE oid > 16383
    UNION ALL SELECT 'cast', format('%s %s', castsource::regtype, casttarget::regtype) FROM pg_cast WHERE oid > 16383
    UNION ALL SELECT 'statistics', pg_get_statisticsobjdef(oid) FROM pg_statistic_ext
    UNION ALL SELECT 'text search', format('%s %s', cfgname, cfgparser) FROM pg_ts_config WHERE oid > 16383
    UNION ALL SELECT 'text search', format('%s %s', dictname, dictinitoption) FROM pg_ts_dict WHERE oid > 16383
    UNION ALL SELECT 'wrapper', fdwname::text FROM pg_foreign_data_wrapper
    UNION ALL SELECT 'server', format('%s %s', srvname, srvversion) FROM pg_foreign_server
    UNION ALL SELECT 'foreign table', format('%s %s', ftrelid::regclass, ftoptions) FROM pg_foreign_table
    UNION ALL SELECT 'event trigger', format('%s %s', evtname, evtevent) FROM pg_event_trigger
    UNION ALL SELECT 'publication', format('%s %s %s', pubname, pubinsert, pubdelete) FROM pg_publication
    UNION ALL SELECT 'comment', format('%s: %s', (pg_identify_object(classoid, objoid, objsubid)).identity, description)
        FROM pg_description WHERE objoid > 16383 OR description LIKE 'ours%'
    UNION ALL SELECT 'access', format('%s %s', oid::regclass, relacl) FROM pg_class
        WHERE relacl <> acldefault('r', relowner) AND relnamespace = 'public'::regnamespace
    UNION ALL SELECT 'access', format('%s %s', oid::regprocedure, proacl) FROM pg_proc
        WHERE proacl <> acldefault('f', proowner) AND pronamespace = 'public'::regnamespace AND oid > 16383
    UNION ALL SELECT 'default access', format('%s %s', defaclobjtype, defaclacl) FROM pg_default_acl
    ORDER BY 1, 2";

async fn catalog(db: &mut Target) -> Vec<String> {
    let sql = match db {
        Target::Postgres(_) => CATALOG,
        Target::MariaDb(_) => panic!("MariaDB has no part in this suite"),
        Target::Sqlite(_) => {
            "SELECT type, name || ' ' || sql FROM sqlite_schema WHERE type IN ('view', 'trigger') ORDER BY 1, 2"
        }
    };
    let rows = db.rows(sql).await;
    rows.into_iter().map(|row| row.into_iter().flatten().collect::<Vec<_>>().join(": ")).collect()
}

async fn fresh(to: &Schema) -> Target {
    let mut db = Target::fresh(to.dialect).await;
    let files = files(&Schema::empty(to.dialect), to, &Intents::default());
    db.up(&files.unwrap_or_else(|findings| panic!("{findings}"))).await.unwrap_or_else(|error| panic!("{error}"));
    db
}

const ROWS: &str = "INSERT INTO person (id, email) VALUES (1, 'a'), (2, 'b')";

/// Up, down and up again, from a database with rows; all is compared at each end with a fresh database.
async fn round(from: &Schema, to: &Schema, intents: &Intents) -> Target {
    let files = files(from, to, intents).unwrap_or_else(|findings| panic!("{findings}"));
    let (first, second) = (catalog(&mut fresh(from).await).await, catalog(&mut fresh(to).await).await);
    let mut db = fresh(from).await;
    db.run(ROWS).await;
    for back in [true, false] {
        db.up(&files).await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(catalog(&mut db).await, second, "up");
        assert_eq!(db.rows("SELECT count(*) || '' FROM person").await, [[Some("2".to_owned())]]);
        if back {
            db.down(&files).await.unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(catalog(&mut db).await, first, "down");
            assert_eq!(db.rows("SELECT count(*) || '' FROM person").await, [[Some("2".to_owned())]]);
        }
    }
    db
}

fn person() -> Table {
    table(Dialect::Postgres, "person", &[("id", "integer"), ("email", "text"), ("age", "integer")])
}

/// The objects made, changed and dropped, beside a table with rows. `before` is there all the time.
async fn life(before: &str, first: &str, second: &str) {
    let of = |sql: &str| schema(Dialect::Postgres, &[person()], &format!("{before};{sql}"));
    let (none, first, second) = (of(""), of(&suited(first).await), of(&suited(second).await));
    round(&none, &first, &Intents::default()).await;
    if first != second {
        round(&first, &second, &Intents::default()).await;
    }
    round(&second, &none, &Intents::default()).await;
}

#[tokio::test]
async fn views_with_what_is_on_them() {
    life("", "CREATE VIEW v AS SELECT id FROM person", "CREATE VIEW v AS SELECT email, id FROM person").await;
    life(
        "CREATE VIEW base AS SELECT id, age FROM person",
        "CREATE VIEW v WITH (security_barrier = true) AS SELECT id FROM base;
         COMMENT ON VIEW v IS 'ours; all'; COMMENT ON COLUMN v.id IS 'ours'; GRANT SELECT ON v TO PUBLIC",
        "CREATE VIEW v AS SELECT * FROM base; COMMENT ON VIEW v IS 'ours'; GRANT SELECT, INSERT ON v TO PUBLIC",
    )
    .await;
}

#[tokio::test]
async fn materialized_views_with_their_indexes() {
    life(
        "",
        "CREATE MATERIALIZED VIEW m AS SELECT id, email FROM person; CREATE UNIQUE INDEX m_id ON m (id)",
        "CREATE MATERIALIZED VIEW m AS SELECT id, age FROM person; CREATE INDEX m_age ON m (age DESC)",
    )
    .await;
}

#[tokio::test]
async fn functions_procedures_and_aggregates() {
    life(
        "",
        "CREATE OR REPLACE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT n * 2'",
        "CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS $$SELECT n + n; -- ';'$$",
    )
    .await;
    life(
        "",
        "CREATE FUNCTION f(a int, b varchar(3) = 'x') RETURNS int LANGUAGE sql AS 'SELECT 1';
         COMMENT ON FUNCTION f(a int, b varchar) IS 'ours'; REVOKE EXECUTE ON FUNCTION f(a int, b varchar) FROM PUBLIC",
        "CREATE FUNCTION f(a int, b varchar) RETURNS text LANGUAGE sql AS 'SELECT b'",
    )
    .await;
    life(
        "",
        "CREATE FUNCTION f(OUT a int, INOUT b timestamptz, VARIADIC c text[]) LANGUAGE plpgsql AS $b$BEGIN a := 1; END$b$",
        "CREATE FUNCTION f() RETURNS SETOF person LANGUAGE sql BEGIN ATOMIC SELECT * FROM person; END -- from 14
         CREATE FUNCTION f() RETURNS SETOF person LANGUAGE sql AS 'SELECT * FROM person' -- before 14",
    )
    .await;
    life(
        "",
        "CREATE PROCEDURE p(a int) LANGUAGE sql AS 'DELETE FROM person WHERE id = a + 100'",
        "CREATE PROCEDURE p(a int) LANGUAGE sql AS 'DELETE FROM person WHERE id = a + 200'",
    )
    .await;
    life(
        "CREATE FUNCTION add_up(a int, b int) RETURNS int LANGUAGE sql AS 'SELECT a + b';
         CREATE FUNCTION add_more(a int, b int) RETURNS int LANGUAGE sql AS 'SELECT a + b + 1'",
        "CREATE AGGREGATE total(int) (SFUNC = add_up, STYPE = int, INITCOND = '0')",
        "CREATE AGGREGATE total(int) (SFUNC = add_more, STYPE = int, INITCOND = '0')",
    )
    .await;
}

#[tokio::test]
async fn an_object_of_another_kind_takes_the_name() {
    let add = "LANGUAGE sql AS 'SELECT 1'";
    life(
        "",
        &format!("CREATE FUNCTION one() RETURNS integer {add}; CREATE VIEW v AS SELECT 1 AS a;"),
        &format!("CREATE PROCEDURE one() {add}; CREATE MATERIALIZED VIEW v AS SELECT 1 AS a;"),
    )
    .await;
}

#[tokio::test]
async fn triggers_rules_and_policies() {
    let touch = "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'";
    life(
        touch,
        "CREATE TRIGGER t BEFORE UPDATE OF email ON person FOR EACH ROW EXECUTE FUNCTION touch()",
        "CREATE TRIGGER t BEFORE INSERT ON person FOR EACH ROW WHEN (NEW.age > 1) EXECUTE FUNCTION touch();
         ALTER TABLE person DISABLE TRIGGER t; COMMENT ON TRIGGER t ON person IS 'ours'",
    )
    .await;
    life(
        touch,
        "CREATE CONSTRAINT TRIGGER t AFTER INSERT ON person DEFERRABLE FOR EACH ROW EXECUTE FUNCTION touch()",
        "CREATE CONSTRAINT TRIGGER t AFTER INSERT ON person FOR EACH ROW EXECUTE FUNCTION touch()",
    )
    .await;
    life(
        "",
        "CREATE RULE r AS ON DELETE TO person DO INSTEAD NOTHING",
        "CREATE RULE r AS ON DELETE TO person WHERE OLD.age > 3 DO INSTEAD NOTHING",
    )
    .await;
    life(
        "",
        "CREATE POLICY p ON person USING (age > 1)",
        "CREATE POLICY p ON person FOR UPDATE TO PUBLIC USING (age > 1) WITH CHECK (email IS NOT NULL)",
    )
    .await;
}

#[tokio::test]
async fn what_comes_before_tables() {
    life("", "CREATE EXTENSION citext", "CREATE EXTENSION citext").await;
    life(
        "",
        "CREATE COLLATION c (provider = icu, locale = 'de')",
        "CREATE COLLATION c (provider = icu, locale = 'en')",
    )
    .await;
    life("", "CREATE TYPE span AS RANGE (subtype = float8)", "CREATE TYPE span AS RANGE (subtype = int4)").await;
    life(
        "CREATE FUNCTION same(a int, b int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT a = b'",
        "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = same)",
        "CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = same, COMMUTATOR = ===)",
    )
    .await;
    life(
        "CREATE FUNCTION as_text(a point) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'",
        "CREATE CAST (point AS int) WITH FUNCTION as_text(point)",
        "CREATE CAST (point AS int) WITH FUNCTION as_text(point) AS ASSIGNMENT",
    )
    .await;
    let family = "CREATE OPERATOR FAMILY fam USING btree";
    life("", family, family).await;
    let class = "CREATE OPERATOR CLASS cls FOR TYPE int USING hash AS OPERATOR 1 =";
    life("", class, class).await;
    life(
        "",
        "CREATE TEXT SEARCH CONFIGURATION conf (COPY = simple)",
        "CREATE TEXT SEARCH DICTIONARY dict (TEMPLATE = simple)",
    )
    .await;
    life(
        "CREATE FOREIGN DATA WRAPPER fdw",
        "CREATE SERVER far VERSION '1' FOREIGN DATA WRAPPER fdw; CREATE FOREIGN TABLE ft (a int) SERVER far",
        "CREATE SERVER far VERSION '2' FOREIGN DATA WRAPPER fdw; CREATE FOREIGN TABLE ft (a int) SERVER far",
    )
    .await;
}

#[tokio::test]
async fn what_comes_after_everything() {
    life("", "CREATE STATISTICS s ON id, age FROM person", "CREATE STATISTICS s (ndistinct) ON id, age FROM person")
        .await;
    life(
        "CREATE FUNCTION see() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
        "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION see()",
        "CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION see()",
    )
    .await;
    life(
        "",
        "CREATE PUBLICATION p FOR TABLE person",
        "CREATE PUBLICATION p FOR TABLE person WITH (publish = 'insert')",
    )
    .await;
    life(
        "",
        "GRANT SELECT ON person TO PUBLIC; REVOKE SELECT ON person FROM PUBLIC; GRANT INSERT ON TABLE person TO PUBLIC",
        "GRANT UPDATE (email) ON person TO PUBLIC",
    )
    .await;
    life(
        "",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO PUBLIC",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO PUBLIC",
    )
    .await;
    life("", "COMMENT ON CONSTRAINT person_pkey ON person IS 'ours'", "COMMENT ON INDEX person_pkey IS 'ours too'")
        .await;
    life("", "COMMENT ON SCHEMA public IS 'ours'", "").await;
}

const OVER_B: &str = "CREATE VIEW bv AS SELECT id, email FROM person; COMMENT ON VIEW bv IS 'ours';
    GRANT SELECT ON bv TO PUBLIC; CREATE VIEW bw AS SELECT max(email) AS most FROM bv;
    CREATE MATERIALIZED VIEW bm AS SELECT email FROM person; CREATE INDEX bm_email ON bm (email);
    CREATE VIEW other AS SELECT age FROM person; CREATE RULE r AS ON UPDATE TO person WHERE NEW.email = '' DO INSTEAD NOTHING;
    CREATE POLICY p ON person USING (email <> '')";

#[tokio::test]
async fn b16_what_uses_a_column_steps_aside_while_its_type_changes() {
    let mut longer = person();
    longer.columns[1].ty = SqlType::builtin("character varying(100)");
    let dialect = Dialect::Postgres;
    let (from, to) = (schema(dialect, &[person()], OVER_B), schema(dialect, &[longer], OVER_B));
    let mut db = round(&from, &to, &Intents::default()).await;
    assert_eq!(db.rows("SELECT most FROM bw").await, [[Some("b".to_owned())]]);
    assert_eq!(db.rows("SELECT count(*) || '' FROM bm").await, [[Some("2".to_owned())]]);
    let files = files(&from, &to, &Intents::default()).unwrap();
    assert!(files.iter().all(|pair| !pair.up.contains("\"other\"") && !pair.up.contains("CASCADE")));
    assert!(files.iter().any(|pair| pair.up.contains("the rows of `bm` are computed anew")));
}

#[tokio::test]
async fn b16_what_uses_a_generated_column_steps_aside_while_it_is_computed_anew() {
    let item = |ty: &str| {
        let mut item =
            table(Dialect::Postgres, "person", &[("id", "integer"), ("email", "text"), ("q", ty), ("p", "numeric")]);
        let generated = Generated { expression: "q * p".to_owned(), stored: true };
        item.columns.push(Column {
            nullable: true,
            generated: Some(generated),
            ..Column::new("t", SqlType::builtin("numeric"))
        });
        item
    };
    let sql = "CREATE VIEW totals AS SELECT p.t, p.id FROM person p; COMMENT ON VIEW totals IS 'ours'";
    let dialect = Dialect::Postgres;
    let (from, to) = (schema(dialect, &[item("integer")], sql), schema(dialect, &[item("bigint")], sql));
    round(&from, &to, &Intents::default()).await;
}

#[tokio::test]
async fn b16_what_is_not_declared_stands_against_the_change_and_nothing_is_lost() {
    let mut longer = person();
    longer.columns[1].ty = SqlType::builtin("character varying(100)");
    let (from, to) = (schema(Dialect::Postgres, &[person()], ""), schema(Dialect::Postgres, &[longer], ""));
    let mut db = fresh(&from).await;
    db.run(ROWS).await;
    db.run("CREATE VIEW undeclared AS SELECT email FROM person").await;
    let error = db.up(&files(&from, &to, &Intents::default()).unwrap()).await.unwrap_err();
    assert!(error.contains("column `email` of table `person` is used by rule _RETURN on view undeclared"), "{error}");
    assert_eq!(db.rows("SELECT count(*) || '' FROM undeclared").await, [[Some("2".to_owned())]]);
}

#[tokio::test]
async fn what_uses_a_dropped_table_or_column_goes_with_it() {
    let dialect = Dialect::Postgres;
    let mut narrow = person();
    narrow.columns.pop();
    let other = table(dialect, "other", &[("id", "integer"), ("age", "integer")]);
    let from = schema(
        dialect,
        &[person(), other],
        "CREATE VIEW v AS SELECT * FROM person; CREATE VIEW w AS SELECT o.age FROM other o;
         CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
         CREATE TRIGGER t AFTER INSERT ON other FOR EACH ROW EXECUTE FUNCTION touch(); COMMENT ON TRIGGER t ON other IS 'ours'",
    );
    let to = schema(dialect, &[narrow], "CREATE VIEW v AS SELECT * FROM person");
    let allow = Allow {
        code: AllowCode::DropColumn,
        object: name(dialect, "person"),
        part: Some("age".to_owned()),
        reason: "a test".to_owned(),
        map_to: None,
        restore: None,
        keep: false,
        place: None,
    };
    round(&from, &to, &Intents { allows: vec![allow], ..Intents::default() }).await;
}

#[tokio::test]
async fn a_view_over_all_columns_gains_the_new_one() {
    let dialect = Dialect::Postgres;
    let mut wide = person();
    wide.columns.push(Column { nullable: true, ..Column::new("city", SqlType::builtin("text")) });
    let sql = "CREATE VIEW v AS SELECT * FROM person; CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM person";
    let (from, to) = (schema(dialect, &[person()], sql), schema(dialect, &[wide], sql));
    round(&from, &to, &Intents::default()).await;
    let files = files(&from, &to, &Intents::default()).unwrap();
    assert!(files.iter().all(|pair| !pair.up.contains("MATERIALIZED")));
}

#[tokio::test]
async fn objects_over_tables_that_are_made_and_renamed_with_them() {
    let dialect = Dialect::Postgres;
    let sql = "CREATE FUNCTION slug(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower(t)';
        CREATE FUNCTION names() RETURNS SETOF person LANGUAGE sql AS 'SELECT * FROM person';
        CREATE VIEW z AS SELECT id FROM a; CREATE VIEW a AS SELECT id FROM names()";
    let mut indexed = person();
    indexed.columns.push(Column {
        nullable: true,
        generated: Some(Generated { expression: "slug(email)".to_owned(), stored: true }),
        ..Column::new("slug", SqlType::builtin("text"))
    });
    let from = schema(dialect, &[person()], "");
    round(&from, &schema(dialect, &[indexed], sql), &Intents::default()).await;
}

#[tokio::test]
async fn sqlite_views_and_triggers_are_made_changed_dropped_and_kept() {
    let dialect = Dialect::Sqlite;
    let person = |age: &str| table(dialect, "person", &[("id", "INTEGER"), ("email", "TEXT"), ("age", age)]);
    let log = table(dialect, "log", &[("id", "INTEGER"), ("what", "TEXT")]);
    let of = |age: &str, sql: &str| schema(dialect, &[person(age), log.clone()], sql);
    let first = "CREATE VIEW IF NOT EXISTS v AS SELECT id FROM person; CREATE VIEW w AS SELECT max(id) AS id FROM v;
        CREATE TRIGGER t AFTER INSERT ON person BEGIN INSERT INTO log (what) VALUES (CASE WHEN NEW.id > 1 THEN 'a' END);
        SELECT 1; END";
    let second = "CREATE VIEW v AS SELECT email, id FROM person; CREATE VIEW w AS SELECT max(id) AS id FROM v;
        CREATE TRIGGER t AFTER DELETE ON person BEGIN SELECT 1; END";
    round(&of("INTEGER", ""), &of("INTEGER", first), &Intents::default()).await;
    round(&of("INTEGER", first), &of("INTEGER", second), &Intents::default()).await;
    round(&of("INTEGER", second), &of("INTEGER", ""), &Intents::default()).await;
    // The table is rebuilt under them.
    let mut db = round(&of("INTEGER", first), &of("TEXT", first), &Intents::default()).await;
    db.run("INSERT INTO person (id) VALUES (9)").await;
    assert_eq!(db.rows("SELECT id || '' FROM w").await, [[Some("9".to_owned())]]);
    assert_eq!(db.rows("SELECT count(*) || '' FROM log").await, [[Some("3".to_owned())]]);
}
