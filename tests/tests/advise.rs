//! `cargo schema advise` on queries: real databases of both kinds explain them, with rows and with the sizes of an export.

#![allow(clippy::unwrap_used, reason = "a suite fails by panics")]

use std::path::Path;

use schema_core::advise::{Asked, Report, advise};
use schema_core::diag::Finding;
use schema_core::ir::{Dialect, Schema};
use schema_core::model::Model;
use schema_core::queries::in_source;
use schema_core::stats::{Stats, TableStats};
use schema_runtime::advise::explain;
use schema_runtime::sides::{Bench, Side};

const POSTGRES: &str = "
    CREATE TABLE org (id bigint PRIMARY KEY, name text NOT NULL, city text);
    CREATE TABLE country (code text PRIMARY KEY, name text);
    CREATE TABLE users (id bigint PRIMARY KEY, org_id bigint NOT NULL REFERENCES org, email text NOT NULL, nick text,
        status text NOT NULL, doc json, created_at timestamptz NOT NULL, seen_at timestamptz);
    CREATE INDEX users_org ON users (org_id); CREATE INDEX users_email ON users (email);
    CREATE INDEX users_created ON users (created_at);
    CREATE TABLE pair (id bigint PRIMARY KEY, a bigint, b bigint); CREATE INDEX pair_a_b ON pair (a, b);
    CREATE SCHEMA app;
    CREATE TABLE app.log (at date NOT NULL, source text, note text) PARTITION BY RANGE (at);
    CREATE TABLE app.log_a PARTITION OF app.log FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    CREATE TABLE app.log_b PARTITION OF app.log FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    CREATE FUNCTION ended() RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS
        $$BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN 1; END$$;";

const SQLITE: &str = "
    CREATE TABLE org (id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT);
    CREATE TABLE country (code TEXT PRIMARY KEY, name TEXT);
    CREATE TABLE users (id INTEGER PRIMARY KEY, org_id INTEGER NOT NULL REFERENCES org (id), email TEXT NOT NULL, nick TEXT,
        status TEXT NOT NULL, created_at TEXT NOT NULL);
    CREATE INDEX users_org ON users (org_id); CREATE INDEX users_email ON users (email);
    CREATE INDEX users_created ON users (created_at);";

const MARIADB: &str = "
    CREATE TABLE org (id bigint PRIMARY KEY, name varchar(255) NOT NULL, city varchar(255));
    CREATE TABLE country (code varchar(2) PRIMARY KEY, name varchar(255));
    CREATE TABLE users (id bigint PRIMARY KEY, org_id bigint NOT NULL, email varchar(255) NOT NULL, nick varchar(255),
        status varchar(9) NOT NULL, note text, created_at timestamp(6) NOT NULL DEFAULT current_timestamp(6), seen_at timestamp(6) NULL,
        KEY users_org (org_id), KEY users_email (email), KEY users_created (created_at), FOREIGN KEY (org_id) REFERENCES org (id));";

struct Advised {
    report: Report,
    problems: Vec<Finding>,
    explained: bool,
}

impl Advised {
    /// `rule: evidence | remedy` of each query's advice.
    fn lines(&self) -> Vec<String> {
        let of_queries = self.report.advice.iter().filter(|it| it.query.is_some());
        of_queries.map(|it| format!("{}: {} | {}", it.rule, it.evidence, it.remedy)).collect()
    }

    fn rules(&self) -> Vec<&str> {
        self.report.advice.iter().filter(|it| it.query.is_some()).map(|it| it.rule).collect()
    }
}

fn stats() -> Stats {
    let mut stats = Stats::new("2026-01-02");
    for (name, rows) in [("users", 12_000_000), ("org", 20_000), ("country", 200), ("app.log", 9_000_000)] {
        let size = TableStats { rows, bytes: rows * 100, ..TableStats::default() };
        stats.tables.insert(if name.contains('.') { name.to_owned() } else { format!("public.{name}") }, size);
        stats.tables.insert(name.to_owned(), size);
    }
    stats.few_values.entry("public.users".to_owned()).or_default().insert("status".to_owned(), 3);
    stats
}

async fn bench(dialect: Dialect) -> Bench {
    match dialect {
        Dialect::Postgres => Bench::on(schema_tests::server().await),
        _ => Bench::new(dialect, None),
    }
}

async fn schema(bench: &Bench) -> Schema {
    let text = match bench.dialect() {
        Dialect::Postgres => POSTGRES,
        Dialect::Sqlite => SQLITE,
        Dialect::MariaDb | Dialect::MySql => MARIADB,
    };
    let side = Side::Sql { name: "schema.sql".to_owned(), text: text.to_owned(), dialect: Some(bench.dialect()) };
    side.read(bench).await.unwrap().schema
}

async fn of_source(dialect: Dialect, source: &str, stats: Option<&Stats>) -> Advised {
    let bench = bench(dialect).await;
    let model = Model { schema: schema(&bench).await, ..Model::empty(dialect) };
    let mut asked = Asked::default();
    asked.add(in_source(dialect, Path::new("src/db.rs"), source));
    let mut problems = asked.read(&model.schema, stats);
    problems.extend(explain(&bench, &model.schema, stats, &mut asked).await);
    let report = advise(&model, stats, Some(&asked));
    Advised { report, problems, explained: asked.is_explained }
}

/// With the sizes of the export.
async fn of(dialect: Dialect, queries: &[&str]) -> Advised {
    let calls: String = queries.iter().map(|sql| format!("fn f() {{ query({sql:?}); }}\n")).collect();
    let advised = of_source(dialect, &calls, Some(&stats())).await;
    assert!(advised.explained && advised.problems.is_empty(), "{:?}", advised.problems);
    advised
}

#[tokio::test]
async fn postgres_takes_the_index_that_is_proposed_and_costs_fall() {
    let advised = of(Dialect::Postgres, &["SELECT id FROM users WHERE nick = $1"]).await;
    let [advice] = advised.report.advice.iter().filter(|it| it.query.is_some()).collect::<Vec<_>>()[..] else {
        panic!("{:?}", advised.lines())
    };
    assert_eq!((advice.rule, advice.remedy.as_str()), ("missing_index", "`#[column(index)]` on `nick`"));
    assert_eq!(advice.place.as_ref().unwrap().to_string(), "src/db.rs:1:16");
    assert!(advice.evidence.starts_with("reads all of `users`, 12,000,000 rows; it costs 15"), "{}", advice.evidence);
    let plans = advice.plans.as_ref().unwrap();
    assert_eq!(plans.before.steps, ["Seq Scan on users: (users.nick = $1)"]);
    assert_eq!(plans.after.steps, ["Index Scan using schema_advised on users: (users.nick = $1)"]);
    assert!(plans.before.cost.unwrap() > 100_000 && plans.after.cost.unwrap() < 50, "{plans:?}");
}

#[tokio::test]
async fn mariadb_takes_the_index_that_is_proposed() {
    let advised = of(Dialect::MariaDb, &["SELECT id FROM users WHERE nick = ?"]).await;
    let [advice] = advised.report.advice.iter().filter(|it| it.query.is_some()).collect::<Vec<_>>()[..] else {
        panic!("{:?}", advised.lines())
    };
    assert_eq!((advice.rule, advice.remedy.as_str()), ("missing_index", "`#[column(index)]` on `nick`"));
    assert_eq!(advice.evidence, "reads all of `users`, 12,000,000 rows");
    let plans = advice.plans.as_ref().unwrap();
    assert_eq!(plans.before.steps, ["ALL on users: users.nick = '20200101'"]);
    assert_eq!(plans.after.steps, ["ref on users using schema_advised: users.nick = '20200101'"]);
    for (sql, attribute) in [
        ("SELECT id FROM users ORDER BY seen_at DESC LIMIT 10", "`#[column(index)]` on `seen_at`"),
        ("SELECT id FROM users WHERE nick = ? ORDER BY seen_at DESC LIMIT ?", "`#[column(index)]` on `nick`"),
        ("SELECT u.id FROM users u JOIN org o ON o.id = u.org_id WHERE o.city = ?", "`#[column(index)]` on `city`"),
        ("UPDATE users SET status = 'x' WHERE nick = ?", "`#[column(index)]` on `nick`"),
        ("DELETE FROM `users` WHERE `seen_at` < ? AND nick = 'it''s ?'", "`#[column(index)]` on `nick`"),
    ] {
        let advised = of(Dialect::MariaDb, &[sql]).await;
        let remedies: Vec<&str> =
            advised.report.advice.iter().filter(|it| it.rule == "missing_index").map(|it| it.remedy.as_str()).collect();
        assert_eq!(remedies, [attribute], "{sql}: {:?}", advised.lines());
    }
}

#[tokio::test]
async fn mariadb_finds_nothing_to_say_of_what_is_served_and_says_what_it_refuses() {
    for sql in [
        "SELECT id FROM users WHERE email = ?",
        "SELECT name FROM country WHERE name = ?",
        "SELECT id FROM users WHERE org_id IN (?, ?)",
        "INSERT INTO users (id, org_id, email, status) VALUES (?, ?, ?, ?)",
        "SELECT id FROM users WHERE note = ? LIMIT 3",
    ] {
        assert_eq!(of(Dialect::MariaDb, &[sql]).await.rules(), [""; 0], "{sql}");
    }
    let advised = of(
        Dialect::MariaDb,
        &["SELECT id FROM users WHERE lower(email) = ? LIMIT 1", "SELECT nope FROM users LIMIT 1"],
    )
    .await;
    let lines = advised.lines();
    assert_eq!(advised.rules(), ["refused_query", "function_on_column"], "{lines:?}");
    assert!(lines[0].contains("Unknown column 'nope'"), "{lines:?}");
    assert!(lines[1].contains("MariaDB has no indexes over expressions"), "{lines:?}");
}

#[tokio::test]
async fn tables_of_mariadb_are_looked_through() {
    let bench = bench(Dialect::MariaDb).await;
    let text = "CREATE TABLE p (id int unsigned AUTO_INCREMENT PRIMARY KEY, at datetime(6));
        CREATE TABLE c (a int unsigned, b int, FOREIGN KEY (a) REFERENCES p (id), KEY x (b), KEY y (b, a));";
    let side = Side::Sql { name: "s.sql".to_owned(), text: text.to_owned(), dialect: Some(Dialect::MariaDb) };
    let model = Model { schema: side.read(&bench).await.unwrap().schema, ..Model::empty(Dialect::MariaDb) };
    let report = advise(&model, None, None);
    let found: Vec<String> = report.advice.iter().map(|it| format!("{} {}", it.rule, it.evidence)).collect();
    assert_eq!(
        found,
        [
            "no_primary_key no column or columns identify a row",
            "redundant_index `x` is the beginning of `y`",
            "narrow_key `id` is numbered and ends at 4294967295",
            "local_time `at` is of type `datetime(6)`",
        ]
    );
}

#[tokio::test]
async fn postgres_is_asked_about_orders_joins_partitions_and_inner_queries() {
    for (sql, attribute) in [
        ("SELECT id FROM users WHERE nick = $1 ORDER BY seen_at DESC LIMIT 10", "`#[column(index)]` on `nick`"),
        ("SELECT id FROM users ORDER BY seen_at DESC LIMIT 10", "`#[column(index)]` on `seen_at`"),
        ("SELECT id FROM users WHERE status = $1 ORDER BY seen_at DESC LIMIT 10", "`#[table(index(status, seen_at))]`"),
        ("SELECT o.name FROM org o JOIN users u ON u.nick = o.name WHERE o.id = $1", "`#[column(index)]` on `nick`"),
        (
            "UPDATE users SET status = 'x' WHERE id IN (SELECT id FROM users WHERE nick = $1)",
            "`#[column(index)]` on `nick`",
        ),
        (
            "WITH few AS (SELECT id FROM users WHERE nick = $1) SELECT id FROM few LIMIT 3",
            "`#[column(index)]` on `nick`",
        ),
        ("DELETE FROM users WHERE nick = $1", "`#[column(index)]` on `nick`"),
        ("SELECT note FROM app.log WHERE source = $1", "`#[column(index)]` on `source`"),
        ("SELECT note FROM log WHERE at > $1 AND source = $2", "`#[column(index)]` on `source`"),
        ("SELECT id FROM users WHERE upper(nick) = upper($1)", "`#[table(index(expr = \"upper(nick)\"))]`"),
    ] {
        let advised = of(Dialect::Postgres, &[sql]).await;
        let found = advised.report.advice.iter().find(|it| it.rule == "missing_index");
        assert_eq!(found.map(|it| it.remedy.as_str()), Some(attribute), "{sql}\n{:#?}", advised.lines());
    }
}

#[tokio::test]
async fn an_index_that_is_gone_through_is_no_better_than_a_scan() {
    let sql = "SELECT count(*) FROM users WHERE org_id > 0 AND nick = $1";
    let advised = of(Dialect::Postgres, &["SELECT count(*) FROM pair WHERE b = $1", sql]).await;
    let found = advised.report.advice.iter().filter(|it| it.rule == "missing_index").collect::<Vec<_>>();
    let [first, second] = found[..] else { panic!("{:#?}", advised.lines()) };
    assert!(
        first.plans.as_ref().unwrap().before.steps.iter().any(|step| step.contains("using pair_a_b")),
        "{first:#?}"
    );
    assert!(
        first.evidence.starts_with("goes through much more than it asks for of `pair`, 100,000 rows"),
        "{first:#?}"
    );
    assert_eq!([&first.remedy, &second.remedy], ["`#[column(index)]` on `b`", "`#[column(index)]` on `nick`"]);
}

#[tokio::test]
async fn postgres_gets_no_index_that_would_not_help() {
    let queries = [
        "SELECT id FROM users WHERE email = $1",
        "SELECT id FROM users WHERE id = $1 AND nick = $2",
        "SELECT u.id FROM users u JOIN org o ON o.id = u.org_id WHERE u.id = ANY($1)",
        "SELECT name FROM country WHERE name = $1",
        // One row in three.
        "SELECT id FROM users WHERE status = $1 LIMIT 10",
        "SELECT count(*) FROM users WHERE status = 'gone'",
        // No order that a B-tree could have.
        "SELECT id FROM users WHERE nick LIKE $1 LIMIT 10",
        "SELECT id FROM users WHERE nick = $1 OR seen_at = $2",
        "SELECT count(*) FROM users WHERE seen_at > $1",
        "INSERT INTO org (id, name) VALUES ($1, $2)",
        "VACUUM users",
    ];
    assert_eq!(of(Dialect::Postgres, &queries).await.lines(), [""; 0]);
}

#[tokio::test]
async fn a_function_on_an_indexed_column_gets_an_index_or_a_hint() {
    let queries =
        ["SELECT id FROM users WHERE lower(email) = $1", "SELECT id FROM users u WHERE u.created_at::date = $1"];
    let advised = of(Dialect::Postgres, &queries).await;
    let lines = advised.lines();
    assert_eq!(advised.rules(), ["function_on_column"; 2], "{lines:?}");
    assert!(lines[0].ends_with("| compare `email` itself, or `#[table(index(expr = \"lower(email)\"))]`"), "{lines:?}");
    assert!(
        lines[1].contains("nor can one be made for it: functions in index expression must be marked IMMUTABLE"),
        "{lines:?}"
    );
}

#[tokio::test]
async fn what_many_rows_the_planner_expects_is_said_where_sizes_are_known() {
    let sql = ["SELECT id FROM users WHERE status = $1"];
    let lines = of(Dialect::Postgres, &sql).await.lines();
    assert!(lines[0].starts_with("unbounded_read: the planner expects 4,000,000 rows"), "{lines:?}");
    assert_eq!(lines.len(), 1, "{lines:?}");
}

#[tokio::test]
async fn without_an_export_sizes_are_assumed_and_that_is_said() {
    let source = "fn f() { query(\"SELECT id FROM users WHERE nick = $1\"); }";
    let lines = of_source(Dialect::Postgres, source, None).await.lines();
    assert!(lines[0].contains("100,000 rows, which are assumed: `cargo schema stats` exports sizes"), "{lines:?}");
}

#[tokio::test]
async fn queries_that_a_database_refuses_are_named_and_the_others_explained() {
    for dialect in [Dialect::Postgres, Dialect::Sqlite] {
        let source = r#"
fn f() {
    query("SELECT id FROM gone WHERE a = 1");
    query("SELEC id FROM users; SELECT 1");
    query("SELECT id FROM users WHERE nothing = 1");
    query("SELECT 'open");
    query("SELECT id FROM users WHERE");
    query("SELECT id FROM users WHERE nick = 'x'");
}"#;
        let advised = of_source(dialect, source, Some(&stats())).await;
        let places = advised.report.advice.iter().filter(|it| it.query.is_some());
        let places: Vec<String> = places.map(|it| format!("{} {}", it.rule, it.place.as_ref().unwrap().line)).collect();
        assert_eq!(
            places,
            ["refused_query 3", "refused_query 4", "refused_query 5", "refused_query 7", "missing_index 8"],
            "{:#?}",
            advised.lines()
        );
        let [problem] = &advised.problems[..] else { panic!("{:?}", advised.problems) };
        assert!(problem.message.starts_with("this is no SQL") && problem.is_error(), "{problem}");
        assert_eq!(problem.place.as_ref().unwrap().line, 6);
    }
}

#[tokio::test]
async fn parameters_whose_types_only_the_application_knows_are_passed_over() {
    let advised = of_source(Dialect::Postgres, "fn f() { query(\"SELECT $1 + $2\"); }", None).await;
    let [warning] = &advised.problems[..] else { panic!("{:?} {:?}", advised.problems, advised.lines()) };
    assert!(!warning.is_error() && warning.message.starts_with("not explained, since the types"), "{warning}");
}

/// The function is run while its query is planned, and ends the server's process.
#[tokio::test]
async fn a_server_that_dies_midway_is_said_and_what_was_found_stands() {
    let source = r#"
fn f() {
    query("SELECT id FROM users WHERE nick = $1");
    query("SELECT id FROM users WHERE id = ended()");
    query("SELECT * FROM users WHERE nick = $1");
    // schema: allow(missing_index, reason = "asked once a year")
    query("SELECT email FROM users WHERE nick = $1");
}"#;
    let advised = of_source(Dialect::Postgres, source, Some(&stats())).await;
    let [problem] = &advised.problems[..] else { panic!("{:?}", advised.problems) };
    assert!(problem.message.contains("; 3 of 4 queries are not explained, from this one on"), "{problem}");
    assert_eq!(problem.place.as_ref().unwrap().line, 4);
    assert_eq!(advised.rules(), ["missing_index", "select_star"]);
    assert!(!advised.explained && advised.report.stale.is_empty(), "nobody knows whether the comment is stale");
}

#[tokio::test]
async fn sqlite_searches_by_the_index_that_is_proposed() {
    for (sql, remedy) in [
        ("SELECT id FROM users WHERE nick = ?", "`#[column(index)]` on `nick`"),
        ("SELECT id FROM users WHERE Nick = ?1 AND status > ?2", "`#[column(index)]` on `nick`"),
        ("SELECT id FROM users ORDER BY nick LIMIT 10", "`#[column(index)]` on `nick`"),
        ("SELECT u.id FROM org o JOIN users u ON u.nick = o.name WHERE o.id = ?", "`#[column(index)]` on `nick`"),
        ("DELETE FROM users WHERE nick = :nick", "`#[column(index)]` on `nick`"),
        (
            "SELECT id FROM users WHERE lower(email) = ?",
            "compare `email` itself, or `#[table(index(expr = \"lower(email)\"))]`",
        ),
    ] {
        let advised = of(Dialect::Sqlite, &[sql]).await;
        let found = advised.report.advice.iter().find(|it| it.plans.is_some());
        let found = found.unwrap_or_else(|| panic!("{sql}: {:?}", advised.lines()));
        assert_eq!(found.remedy, remedy, "{sql}");
        let plans = found.plans.as_ref().unwrap();
        assert!(plans.before.steps.iter().any(|step| step.trim_start().starts_with("SCAN ")), "{plans:?}");
        assert!(plans.after.steps.iter().any(|step| step.contains("schema_advised")), "{plans:?}");
    }
    let quiet = [
        "SELECT id FROM users WHERE email = ?",
        "SELECT id FROM users WHERE id = ?",
        "SELECT name FROM country WHERE name = ?",
        "SELECT id FROM users ORDER BY created_at LIMIT 10",
        "SELECT count(*) FROM users",
        "INSERT INTO org (name) VALUES (?)",
    ];
    assert_eq!(of(Dialect::Sqlite, &quiet).await.lines(), [""; 0]);
}

#[tokio::test]
async fn what_is_allowed_is_counted_and_what_nothing_meets_is_stale() {
    let source = r#"
fn f() {
    // schema: allow(missing_index, select_star, reason = "asked once a year")
    query("SELECT * FROM users WHERE nick = $1");
    query("SELECT id FROM users WHERE email = $1 -- schema: allow(missing_index, reason = \"none\")");
}
// schema: allow(unbounded_read)
"#;
    let advised = of_source(Dialect::Postgres, source, Some(&stats())).await;
    assert_eq!((advised.lines(), advised.report.allowed), (Vec::new(), 2));
    let [stale] = &advised.report.stale[..] else { panic!("{:?}", advised.report.stale) };
    assert_eq!((stale.rule.as_str(), stale.place.as_ref().unwrap().line), ("missing_index", 5));
    let [unreadable] = &advised.report.unreadable[..] else { panic!("{:?}", advised.report.unreadable) };
    assert_eq!(unreadable.message, "an allow needs a reason");
}

/// The same queries give the same answer, whatever was tried before.
#[tokio::test]
async fn a_second_look_says_the_same() {
    let queries = ["SELECT id FROM users WHERE nick = $1", "SELECT id FROM users WHERE lower(email) = $1"];
    let twice = [&queries[..], &queries[..]].concat();
    let lines = of(Dialect::Postgres, &twice).await.lines();
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert_eq!((&lines[0], &lines[2]), (&lines[1], &lines[3]));
}

/// A query by each column of a real schema: what isn't found by an index gets one, and nothing is refused.
#[tokio::test]
async fn a_schema_of_some_size_is_explained_whole() {
    let bench = bench(Dialect::Postgres).await;
    let text = schema_tests::corpus::read("dumps/crates_io.sql");
    let side = Side::Sql { name: "crates_io.sql".to_owned(), text, dialect: Some(Dialect::Postgres) };
    let schema = side.read(&bench).await.unwrap().schema;
    let columns = schema.tables.values().flat_map(|table| table.columns.iter().map(move |column| (table, column)));
    let calls: String = columns
        .map(|(table, column)| {
            let (table, column) =
                (schema_core::dialect::qualified(&table.name), schema_core::dialect::quote(&column.name));
            format!("fn f() {{ query({:?}); }}\n", format!("SELECT 1 FROM {table} WHERE {column} = $1 LIMIT 5"))
        })
        .collect();
    let mut asked = Asked::default();
    asked.add(in_source(Dialect::Postgres, Path::new("src/db.rs"), &calls));
    let problems = explain(&bench, &schema, None, &mut asked).await;
    assert!(problems.is_empty() && asked.is_explained, "{problems:?}");
    let report = advise(&Model { schema, ..Model::empty(Dialect::Postgres) }, None, Some(&asked));
    let of_queries: Vec<_> = report.advice.iter().filter(|it| it.query.is_some()).collect();
    assert!(of_queries.iter().all(|it| it.rule == "missing_index"), "{of_queries:#?}");
    // Keys and indexed columns need none.
    assert!(
        (50..asked.queries.len() - 50).contains(&of_queries.len()),
        "{} of {}",
        of_queries.len(),
        asked.queries.len()
    );
    assert!(!of_queries.iter().any(|it| it.remedy.contains("on `id`")), "{of_queries:#?}");
}
