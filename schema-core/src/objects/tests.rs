use super::*;
use crate::ir::{Column, Dialect, Object, ObjectName, Schema, SqlType, Table, Use};

fn read(sql: &str) -> Object {
    parse(Dialect::Postgres, sql).unwrap_or_else(|error| panic!("{error}: {sql}"))
}

fn refused(sql: &str) -> String {
    parse(Dialect::Postgres, sql).unwrap_err()
}

#[test]
fn a_statement_ends_where_its_body_does() {
    let texts = |dialect, sql| split(dialect, sql).unwrap().into_iter().map(|found| found.text).collect::<Vec<_>>();
    let sql = "-- a;\nCREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; END;\n\
               /* b; /* c; */ */ COMMENT ON VIEW v IS 'it''s; fine'; CREATE FUNCTION g() AS $a$ ; $$ ; $a$;;";
    let found = texts(Dialect::Postgres, sql);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].ends_with("END; END") && found[1].starts_with("COMMENT") && found[2].ends_with("$a$"));
    let sql = "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT CASE WHEN 1 THEN 2 END; SELECT 1; END; CREATE VIEW [a b] AS SELECT 1";
    assert_eq!(texts(Dialect::Sqlite, sql).len(), 2);
    let error = split(Dialect::Postgres, "SELECT 1;\n  'open").unwrap_err();
    assert!(error.starts_with("line 2, column 3"), "{error}");
}

#[test]
fn names_are_in_full_and_quoted() {
    let shown = |sql: &str| {
        let object = read(sql);
        (object.id.to_string(), object.create[0].0.clone(), object.drop[0].0.clone())
    };
    let owned = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
    assert_eq!(
        shown(
            "create or replace function App.f(a int4, \"B c\" varchar(3) default 'x', timestamptz) returns int as 'x'"
        ),
        owned(
            "function app.f(a integer, \"B c\" character varying, timestamp with time zone)",
            "create function \"app\".\"f\"(a int4, \"B c\" varchar(3) default 'x', timestamptz) returns int as 'x'",
            "DROP FUNCTION \"app\".\"f\"(a integer, \"B c\" character varying, timestamp with time zone)"
        )
    );
    assert_eq!(
        shown("CREATE TRIGGER t AFTER INSERT ON Users EXECUTE FUNCTION f()"),
        owned(
            "trigger t on users",
            "CREATE TRIGGER \"t\" AFTER INSERT ON \"public\".\"users\" EXECUTE FUNCTION f()",
            "DROP TRIGGER \"t\" ON \"public\".\"users\""
        )
    );
    assert_eq!(
        shown("GRANT SELECT ON v TO a, b WITH GRANT OPTION"),
        owned(
            "privileges on TABLE \"public\".\"v\"",
            "GRANT SELECT ON TABLE \"public\".\"v\" TO a, b WITH GRANT OPTION",
            "REVOKE SELECT ON TABLE \"public\".\"v\" FROM a, b"
        )
    );
    assert_eq!(read("CREATE PROCEDURE p(a int, OUT b text) AS ''").id.arguments.unwrap(), "IN a integer, OUT b text");
    assert_eq!(
        read("CREATE FUNCTION f(double precision, numeric(3,2)[]) AS ''").id.arguments.unwrap(),
        "double precision, numeric[]"
    );
}

#[test]
fn what_is_no_object_is_told_where_to_go() {
    assert!(refused("CREATE TABLE t (a int)").contains("`#[derive(Table)]`"));
    assert!(refused("CREATE TYPE t AS ENUM ('a')").contains("`#[derive(SqlEnum)]`"));
    assert!(refused("CREATE TYPE t AS (a int)").contains("`#[derive(Composite)]`"));
    assert!(refused("COMMENT ON TABLE t IS 'a'").contains("`#[table(comment = \"..\")]`"));
    assert!(refused("GRANT a TO b").contains("membership"));
    assert!(refused("GRANT SELECT ON ALL TABLES IN SCHEMA public TO a").contains("name the object"));
    assert!(refused("ALTER VIEW v RENAME TO w").contains("as it shall be"));
    assert_eq!(refused("CREATE VIEW\n  5"), "line 2, column 3: expected a name, found `5`");
    for sql in [
        "",
        "CREATE",
        "CREATE VIEW",
        "CREATE VIEW v",
        "CREATE CAST (",
        "CREATE OPERATOR",
        "CREATE FUNCTION f(",
        "GRANT",
        "COMMENT ON",
    ] {
        assert!(!refused(sql).is_empty());
    }
}

#[test]
fn privileges_of_one_object_are_one_object() {
    let parts = ["GRANT SELECT ON v TO a", "CREATE VIEW v AS SELECT 1", "REVOKE ALL ON TABLE v FROM b"].map(read);
    let merged = merge(parts.to_vec());
    assert_eq!(merged.len(), 2);
    assert_eq!(merged[0].create.len(), 2);
    assert!(merged[0].drop[0].as_str().starts_with("GRANT ALL"));
}

#[test]
fn an_object_uses_what_its_text_names() {
    let mut schema = Schema::empty(Dialect::Postgres);
    for table in ["users", "orders"] {
        let mut table = Table::new(ObjectName::qualified("public", table));
        for column in ["id", "name", "total"] {
            table.columns.push(Column::new(column, SqlType::builtin("integer")));
        }
        schema.tables.insert(table.name.clone(), table);
    }
    let used = |schema: &Schema, sql: &str| {
        let table = |name: &ObjectName| name.to_string();
        let shown = |used: Use| match used {
            Use::Table(name) => table(&name),
            Use::Column(name, column) => format!("{name}.{column}"),
            Use::Object(id) => id.to_string(),
            other => format!("{other:?}"),
        };
        uses(&read(sql), schema).into_iter().map(shown).collect::<Vec<_>>()
    };
    assert_eq!(used(&schema, "CREATE VIEW v AS SELECT u.name FROM users AS u"), ["users.name"]);
    assert_eq!(used(&schema, "CREATE VIEW v AS SELECT count(*) FROM users"), ["users"]);
    assert_eq!(used(&schema, "CREATE VIEW v AS SELECT row_to_json(u) FROM users u"), ["users"]);
    assert_eq!(used(&schema, "CREATE VIEW v AS SELECT u.*, 'orders' FROM public.users u"), ["users"]);
    assert_eq!(used(&schema, "CREATE FUNCTION f() RETURNS int AS 'SELECT id FROM users'"), [] as [&str; 0]);
    assert_eq!(used(&schema, "CREATE FUNCTION f() RETURNS SETOF orders AS ''"), ["orders"]);
    let view = read("CREATE VIEW v AS SELECT id FROM users");
    schema.objects.insert(view.id.clone(), view);
    assert_eq!(used(&schema, "CREATE VIEW w AS SELECT 1 FROM v"), ["view v"]);
    assert_eq!(used(&schema, "COMMENT ON VIEW v IS 'users'"), ["view v"]);
}

#[test]
fn bodies_of_mysql_are_one_statement_and_its_routines_go_by_name() {
    let text = "CREATE FUNCTION f(a int) RETURNS int DETERMINISTIC BEGIN IF a THEN RETURN 1; END IF; RETURN 2; END; \
        CREATE TRIGGER t BEFORE INSERT ON u FOR EACH ROW IF NEW.a THEN SET NEW.b = IF(1, 2, 3); END IF; \
        CREATE OR REPLACE PROCEDURE p() BEGIN CASE 1 WHEN 1 THEN SELECT CASE 1 WHEN 1 THEN 2 END; END CASE; END";
    let found = split(Dialect::MariaDb, text).unwrap();
    let objects: Vec<Object> = found.iter().map(|found| parse(Dialect::MariaDb, found.text).unwrap()).collect();
    let drops: Vec<&str> = objects.iter().map(|object| object.drop[0].as_str()).collect();
    assert_eq!(drops, ["DROP FUNCTION `f`", "DROP TRIGGER `t`", "DROP PROCEDURE `p`"]);
    assert!(objects[2].create[0].as_str().starts_with("CREATE PROCEDURE `p`() BEGIN CASE"), "{:?}", objects[2]);
    assert_eq!(objects[0].id.to_string(), "function f");
}

#[test]
fn mysql_makes_views_and_triggers_in_its_own_quotes() {
    let view = parse(Dialect::MariaDb, "create or replace view Active as select 1").unwrap();
    assert_eq!(view.create[0].as_str(), "CREATE VIEW `Active` AS\nselect 1");
    let trigger =
        parse(Dialect::MySql, "CREATE TRIGGER a BEFORE INSERT ON \n t FOR EACH ROW SET NEW.x = \"on\"").unwrap();
    assert_eq!(
        trigger.create[0].as_str(),
        "CREATE TRIGGER `a` BEFORE INSERT ON \n `t` FOR EACH ROW SET NEW.x = \"on\""
    );
    assert_eq!(trigger.drop[0].as_str(), "DROP TRIGGER `a`");
    for (text, why) in [
        ("CREATE DEFINER = CURRENT_USER VIEW v AS SELECT 1", "`DEFINER` before what is created"),
        ("CREATE ALGORITHM = MERGE VIEW v AS SELECT 1", "`ALGORITHM` before what is created"),
        ("CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM t", "expected VIEW, TRIGGER, FUNCTION or PROCEDURE"),
        ("GRANT SELECT ON t TO u", "expected CREATE VIEW or CREATE TRIGGER"),
    ] {
        let error = parse(Dialect::MySql, text).unwrap_err();
        assert!(error.contains(why), "{text}: {error}");
    }
}
