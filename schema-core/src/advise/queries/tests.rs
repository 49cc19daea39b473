use super::*;
use crate::advise::tests::{index, model, table as built};
use crate::diag::Place;
use crate::ir::{Dialect, ForeignKey, IndexKey, ObjectName};
use crate::queries::{Loop, LoopKind};
use crate::stats::TableStats;

/// `users` with an index on `email` and on each of `org_id` and `status`, `org`, and the small `country`.
fn schema(dialect: Dialect) -> Schema {
    let mut users =
        built("users", &["id", "org_id", "email text", "status text", "created_at timestamp with time zone"]);
    users.indexes = ["email", "org_id", "status"].map(|name| index(&format!("users_{name}_idx"), &[name])).into();
    users.foreign_keys.push(ForeignKey::new(
        "f",
        vec!["org_id".into()],
        ObjectName::qualified("public", "org"),
        vec!["id".into()],
    ));
    let org = built("org", &["id", "name text", "city text"]);
    let mut schema = model(vec![users, org, built("country", &["id", "name text"])]).schema;
    if dialect == Dialect::Sqlite {
        schema.dialect = dialect;
        let bare = |table: Table| {
            (ObjectName::bare(&table.name.name), Table { name: ObjectName::bare(&table.name.name), ..table })
        };
        schema.tables = schema.tables.into_values().map(bare).collect();
    }
    schema
}

fn stats() -> Stats {
    let mut stats = Stats::new("2026-01-02");
    for (name, rows) in [("users", 12_000_000), ("org", 20_000), ("country", 200)] {
        stats.tables.insert(format!("public.{name}"), TableStats { rows, ..TableStats::default() });
    }
    stats
}

fn query(dialect: Dialect, sql: &str) -> Query {
    Query::new(dialect, Place { file: "src/db.rs".into(), line: 7, column: 3 }, sql.to_owned())
}

fn by_text(sql: &str) -> Vec<String> {
    let (schema, stats, query) = (schema(Dialect::Postgres), stats(), query(Dialect::Postgres, sql));
    let found = statements(&schema, &query)
        .unwrap()
        .into_iter()
        .flat_map(|it| it.by_text(Sizes(Some(&stats))))
        .collect::<Vec<_>>();
    found.into_iter().map(|it| format!("{}: {} | {}", it.rule, it.evidence, it.remedy)).collect()
}

/// What is tried where all tables of the statement are read whole.
fn tried(dialect: Dialect, sql: &str) -> Vec<String> {
    let (schema, stats, query) = (schema(dialect), stats(), query(dialect, sql));
    let statements = statements(&schema, &query).unwrap();
    let plan = Plan {
        scans: statements[0]
            .blocks
            .iter()
            .flat_map(|block| &block.relations)
            .map(|it| plan::Scan {
                table: (dialect == Dialect::Postgres).then(|| it.table.name.clone()),
                alias: it.alias.clone(),
                is_whole: true,
            })
            .collect(),
        ..Plan::default()
    };
    let tries = statements[0].worth_trying(&plan, Sizes(Some(&stats)));
    tries.iter().flat_map(|(_, candidates)| candidates).map(|it| it.attribute().replace('`', "")).collect()
}

#[test]
fn a_star_counts_in_the_list_of_the_outermost_select_only() {
    for sql in [
        "SELECT * FROM users WHERE id = $1",
        "SELECT DISTINCT u.* FROM users u WHERE u.id = $1",
        "WITH a AS (SELECT 1) SELECT id, * FROM users WHERE id = $1",
        "(SELECT * FROM users WHERE id = 1)",
    ] {
        assert!(by_text(sql).iter().any(|it| it.starts_with("select_star: reads all 5 columns of `users`")), "{sql}");
    }
    for sql in [
        "SELECT count(*) FROM users",
        "SELECT id FROM users WHERE id = $1 AND EXISTS (SELECT * FROM org)",
        "WITH u AS (SELECT id FROM users WHERE id = 1) SELECT * FROM u",
        "SELECT 2 * id FROM users WHERE id = $1",
        "SELECT * FROM generate_series(1, 2)",
        "INSERT INTO org SELECT * FROM org WHERE id = $1",
    ] {
        assert_eq!(by_text(sql), [""; 0], "{sql}");
    }
}

#[test]
fn a_read_is_unbounded_where_nothing_says_which_rows() {
    for sql in [
        "SELECT id FROM users",
        "SELECT id FROM users WHERE created_at > $1 ORDER BY id",
        "SELECT u.id FROM users u JOIN org o ON o.id = u.org_id",
        "SELECT id FROM users WHERE status IS DISTINCT FROM 'gone'",
        "SELECT count(*) OVER (), id FROM users",
    ] {
        let found = by_text(sql);
        assert!(
            found[0].starts_with("unbounded_read: nothing limits how much it reads of the 12,000,000 rows"),
            "{sql}"
        );
    }
    for sql in [
        "SELECT id FROM users LIMIT $1",
        "SELECT id FROM users ORDER BY id FETCH FIRST 10 ROWS ONLY",
        "SELECT id FROM users WHERE org_id = $1",
        "SELECT id FROM users u WHERE (u.status IN ('a') AND true)",
        "SELECT id FROM users WHERE id = ANY($1)",
        "SELECT max(id) FROM users",
        "SELECT status, count(*) FROM users GROUP BY status",
        "SELECT id FROM country",
        "UPDATE users SET status = 'x'",
        "SELECT EXISTS (SELECT 1 FROM users)",
    ] {
        assert_eq!(by_text(sql), [""; 0], "{sql}");
    }
    let (schema, query) = (schema(Dialect::Postgres), query(Dialect::Postgres, "SELECT id FROM users"));
    let found = statements(&schema, &query).unwrap()[0].by_text(Sizes(None));
    assert!(found[0].evidence.ends_with("of `users`, and how large that is is not known"), "{found:?}");
}

#[test]
fn columns_that_are_compared_together_want_one_index() {
    let found = by_text("SELECT id FROM users WHERE status = $1 AND org_id = $2 AND created_at > $3");
    assert_eq!(
        found,
        ["single_column_indexes: compares `org_id`, `status` together, and each has an index of its own | \
             `#[table(index(org_id, status))]`, which serves what the index on `org_id` serves"]
    );
    for sql in [
        "SELECT id FROM users WHERE status = $1 OR org_id = $2",
        "SELECT id FROM users WHERE id = $1 AND status = $2 AND org_id = $3",
        "SELECT u.id FROM users u JOIN org o ON o.id = u.org_id WHERE u.status = $1",
    ] {
        assert_eq!(by_text(sql), [""; 0], "{sql}");
    }
}

#[test]
fn a_query_in_a_loop_is_one_query_too_many_unless_it_works_in_batches() {
    let schema = schema(Dialect::Postgres);
    let said = |sql: &str, kind| {
        let place = Place { file: "src/db.rs".into(), line: 5, column: 9 };
        let mut query = query(Dialect::Postgres, sql);
        query.repeated = Some(Loop { place, kind });
        let found = statements(&schema, &query).unwrap()[0].by_text(Sizes(None));
        found.into_iter().find(|it| it.rule == "query_in_loop").map(|it| format!("{} | {}", it.evidence, it.remedy))
    };
    let found = said("SELECT id FROM users WHERE id = $1", LoopKind::Each).unwrap();
    assert!(found.starts_with("sent anew each time around the loop at line 5, column 9 of src/db.rs | "), "{found}");
    assert!(found.ends_with("`= ANY($1)`, or a join"), "{found}");
    assert!(said("INSERT INTO org (id) VALUES ($1)", LoopKind::Until).unwrap().contains("push_values"));
    assert!(said("SELECT id FROM org", LoopKind::Each).unwrap().ends_with("ask once, before the loop"));
    assert_eq!(said("SELECT id FROM org", LoopKind::Until), None);
    assert_eq!(said("DELETE FROM org WHERE id IN (SELECT id FROM org WHERE id > $1 LIMIT 9)", LoopKind::Until), None);
}

#[test]
fn conditions_joins_and_orders_say_which_indexes_to_try() {
    for (sql, expected) in [
        ("SELECT id FROM org WHERE name = $1", &["#[column(index)] on name"][..]),
        (
            "SELECT o.id FROM org AS o WHERE $1 = o.name AND o.city >= $2",
            &["#[column(index)] on name", "#[table(index(name, city))]"],
        ),
        (
            "SELECT id FROM org WHERE name = $1 ORDER BY city DESC, id DESC LIMIT 1",
            &["#[column(index)] on name", "#[table(index(name, city, id))]"],
        ),
        ("SELECT id FROM org ORDER BY city DESC, name LIMIT 1", &["#[table(index(city desc, name))]"]),
        ("SELECT id FROM org ORDER BY city", &[]),
        ("SELECT id FROM org WHERE name = $1 OR city = $2", &[]),
        ("SELECT id FROM org WHERE name LIKE $1", &[]),
        ("SELECT id FROM country WHERE name = $1", &[]),
        ("SELECT id FROM org o WHERE lower(o.name) = lower($1)", &["#[table(index(expr = \"lower(name)\"))]"]),
        ("SELECT id FROM org WHERE name || $1 = city", &["#[column(index)] on city"]),
        // Both have `name`; the small one is read whole.
        (
            "SELECT 1 FROM country INNER JOIN org o USING (name) WHERE o.city = $1",
            &["#[column(index)] on city", "#[column(index)] on name", "#[table(index(name, city))]"],
        ),
        ("UPDATE org SET city = $1 WHERE name = $2", &["#[column(index)] on name"]),
        ("DELETE FROM org USING users u WHERE org.name = u.email", &["#[column(index)] on name"]),
        (
            "SELECT 1 FROM users WHERE id IN (SELECT id FROM org WHERE city BETWEEN $1 AND $2)",
            &["#[column(index)] on city"],
        ),
        (
            "WITH c AS (SELECT id FROM org WHERE city = 'x') UPDATE users SET status = 'y' FROM c WHERE users.id = c.id",
            &["#[column(index)] on city"],
        ),
        (
            "INSERT INTO org SELECT * FROM org WHERE city = $1 ON CONFLICT (id) DO UPDATE SET name = 'x' WHERE org.name = 'y'",
            &["#[column(index)] on city"],
        ),
    ] {
        assert_eq!(tried(Dialect::Postgres, sql), expected, "{sql}");
    }
    assert_eq!(tried(Dialect::Sqlite, "SELECT id FROM ORG WHERE Name = ?1"), ["#[column(index)] on name"]);
}

#[test]
fn text_that_is_no_sql_is_no_panic() {
    let schema = schema(Dialect::Postgres);
    for sql in
        ["", "SELECT", "SELECT (", "SELECT * FROM", "UPDATE", "WITH", "SELECT 1 FROM a WHERE b BETWEEN", ")", "(("]
    {
        let query = query(Dialect::Postgres, sql);
        for statement in statements(&schema, &query).unwrap() {
            let _ = statement.by_text(Sizes(None));
        }
    }
    let (open, close) = ("(".repeat(20_000), ")".repeat(20_000));
    let deep = query(Dialect::Postgres, &format!("SELECT id FROM users WHERE {open}id = $1{close}"));
    assert!(statements(&schema, &deep).unwrap()[0].by_text(Sizes(None)).is_empty());
    assert!(statements(&schema, &query(Dialect::Postgres, "SELECT 'open")).is_err());
    let other = query(Dialect::Postgres, "CREATE TABLE t (); VACUUM; SELECT 1");
    assert_eq!(statements(&schema, &other).unwrap().len(), 1);
}

fn judged(sql: &str, tried: impl Fn(&Candidate) -> Result<Plan, String>) -> Option<Advice> {
    let (schema, stats, query) = (schema(Dialect::Postgres), stats(), query(Dialect::Postgres, sql));
    let statements = statements(&schema, &query).unwrap();
    let scan = |name: &str| plan::Scan {
        table: Some(ObjectName::qualified("public", name)),
        alias: name.to_owned(),
        is_whole: true,
    };
    let before = Plan { cost: Some(1000), scans: vec![scan("users"), scan("org")], ..Plan::default() };
    let sizes = Sizes(Some(&stats));
    let (spot, candidates) = statements[0].worth_trying(&before, sizes).remove(0);
    let tried: Vec<_> = candidates.into_iter().map(|it| (it.clone(), tried(&it))).collect();
    statements[0].judged(spot, &before, &tried, sizes)
}

fn with_index(cost: u64) -> Plan {
    Plan { cost: Some(cost), searched: ["schema_advised".to_owned()].into(), ..Plan::default() }
}

#[test]
fn an_index_is_proposed_where_the_planner_takes_it_and_it_saves_most_of_the_cost() {
    let sql = "SELECT id FROM org WHERE name = $1 AND city > $2";
    let advice = judged(sql, |it| Ok(with_index(if it.keys.len() > 1 { 8 } else { 9 }))).unwrap();
    assert_eq!(
        (advice.rule, advice.remedy.as_str()),
        ("missing_index", "`#[column(index)]` on `name`"),
        "hardly worse"
    );
    assert_eq!(advice.evidence, "reads all of `org`, 20,000 rows; it costs 1,000 by the planner, and 9 with the index");
    let advice = judged(sql, |it| Ok(with_index(if it.keys.len() > 1 { 8 } else { 150 }))).unwrap();
    assert_eq!(advice.remedy, "`#[table(index(name, city))]`");
    assert_eq!(judged(sql, |_| Ok(with_index(500))), None, "half is within what estimates are off by");
    assert_eq!(judged(sql, |_| Err("no such operator class".to_owned())), None);
}

#[test]
fn a_function_hides_a_column_from_its_index() {
    let sql = "SELECT id FROM users WHERE lower(email) = $1";
    let advice = judged(sql, |_| Ok(with_index(8))).unwrap();
    assert_eq!(advice.rule, "function_on_column");
    assert_eq!(advice.remedy, "compare `email` itself, or `#[table(index(expr = \"lower(email)\"))]`");
    let advice = judged(sql, |_| Err("functions in index expression must be marked IMMUTABLE".to_owned())).unwrap();
    assert!(
        advice.evidence.ends_with("nor can one be made for it: functions in index expression must be marked IMMUTABLE")
    );
    let sql = "SELECT id FROM org WHERE lower(name) = $1";
    assert_eq!(judged(sql, |_| Ok(with_index(8))).unwrap().rule, "missing_index");
}

#[test]
fn an_index_is_made_by_what_its_attribute_says() {
    let keys = vec![IndexKey { descending: true, ..IndexKey::column("a\"b") }, IndexKey::column("c")];
    let schema = schema(Dialect::Postgres);
    let query = query(Dialect::Postgres, "SELECT id FROM org WHERE upper(name) = $1");
    let plan = Plan {
        scans: vec![plan::Scan {
            table: Some(ObjectName::qualified("public", "org")),
            alias: "org".to_owned(),
            is_whole: true,
        }],
        ..Plan::default()
    };
    let found = statements(&schema, &query).unwrap()[0].worth_trying(&plan, Sizes(None)).remove(0).1.remove(0);
    assert_eq!(found.sql(Dialect::Postgres), r#"CREATE INDEX "schema_advised" ON "public"."org" ((upper(name)))"#);
    let mut found = found;
    found.keys = keys;
    assert_eq!(found.sql(Dialect::Postgres), r#"CREATE INDEX "schema_advised" ON "public"."org" ("a""b" DESC, "c")"#);
}
