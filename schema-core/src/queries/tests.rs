use super::*;

fn source(text: &str) -> Source {
    in_source(Dialect::Postgres, Path::new("src/lib.rs"), text)
}

fn queries(text: &str) -> Vec<String> {
    source(text).queries.into_iter().map(|it| format!("{} {}", it.place, it.sql)).collect()
}

#[test]
fn queries_are_found_in_macros_and_functions_of_sqlx() {
    let source = r##"
fn f() {
    sqlx::query!("SELECT a FROM t WHERE id = $1", id).fetch_one(db);
    query_as!(User, r#"SELECT "b" "# + "FROM t", "no SQL");
    sqlx::query_as::<_, (i64, String)>("SELECT c FROM t").bind("no SQL");
    if x { sqlx::query_scalar::<sqlx::Postgres, i64>("SELECT d").bind(1); }
    other("no SQL"); let query = "no SQL"; println!("no SQL {}", query);
    sqlx::raw_sql("DELETE FROM t");
}"##;
    assert_eq!(
        queries(source),
        [
            "src/lib.rs:3:18 SELECT a FROM t WHERE id = $1",
            "src/lib.rs:4:21 SELECT \"b\" FROM t",
            "src/lib.rs:5:40 SELECT c FROM t",
            "src/lib.rs:6:54 SELECT d",
            "src/lib.rs:8:19 DELETE FROM t"
        ]
    );
    assert_eq!(queries("no { Rust"), Vec::<String>::new());
}

#[test]
fn records_of_queries_are_read_or_named() {
    let label = Path::new(".sqlx/query-1.json");
    let query = in_record(Dialect::Postgres, label, r#"{"db_name": "PostgreSQL", "query": "SELECT 1"}"#).unwrap();
    assert_eq!(query.sql, "SELECT 1");
    let error = in_record(Dialect::Postgres, label, "{}").unwrap_err().to_string();
    assert!(error.contains("no record of a query") && error.contains(".sqlx/query-1.json:1:1"), "{error}");
}

/// Which of the queries are in which loop.
fn repeated(text: &str) -> Vec<String> {
    let of = |query: Query| match query.repeated {
        Some(Loop { place, kind }) => format!("{} {}:{} {kind:?}", query.sql, place.line, place.column),
        None => query.sql,
    };
    source(text).queries.into_iter().map(of).collect()
}

#[test]
fn a_query_knows_the_loop_that_it_is_in() {
    let text = r#"
impl Read for Users { fn a(&self) { query("a") } }
fn f() {
    for id in ids() { query("b").bind(id); if x { query!("c"); } }
    while let Some(page) = next() { query("d"); }
    loop { query("e"); }
    let all = ids.iter().map(|id| async move { query_as::<_, User>("f").bind(id).fetch_one(db).await });
    stream.for_each(|id| query("g"));
    let one = id.map(|id| query("h"));
    query("i").map(|row: PgRow| row.get(0)).fetch_all(db);
    for it in query("j").fetch_all(db).await? { show(it) }
}
"#;
    assert_eq!(
        repeated(text),
        ["a", "b 4:5 Each", "c 4:5 Each", "d 5:5 Until", "e 6:5 Until", "f 7:26 Each", "g 8:12 Each", "h", "i", "j"]
    );
}

#[test]
fn a_loop_that_waits_for_events_is_none_over_rows() {
    let text = r#"
fn f() {
    while let Some(job) = jobs.recv().await { query("a").bind(job) }
    loop { query("b"); tokio::time::sleep(second).await; }
    loop { let c = listener.accept().await; tokio::spawn(async move { query("c") }); }
    loop { let c = next(); spawn(async move { query("d") }); }
    for id in ids { spawn(async move { query("e") }); }
}
"#;
    assert_eq!(repeated(text), ["a", "b", "c", "d", "e 7:5 Each"]);
}

#[test]
fn tests_hold_no_queries_of_the_crate() {
    let text = r#"
#[cfg(test)] mod tests { fn f() { query("a"); } }
#[cfg(test)] mod more;
#[sqlx::test(migrations = "m")] async fn g() { query("b"); }
#[test] fn h() { query("c") }
#[cfg(feature = "x")] fn i() { query("d") }
"#;
    assert_eq!(repeated(text), ["d"]);
}

#[test]
fn files_of_queries_are_named_at_their_call() {
    let source = source("fn f() { for a in b { sqlx::query_file_as!(User, \"sql/users.sql\", a); } }");
    assert!(source.queries.is_empty());
    let file = source.files.into_iter().next().unwrap();
    assert_eq!((file.path.as_path(), file.place.column), (Path::new("sql/users.sql"), 50));
    let query = file.query(Dialect::Postgres, Path::new("sql/users.sql"), "SELECT 1".to_owned());
    assert!(query.repeated.is_some() && query.place.to_string() == "sql/users.sql:1:1");
}

#[test]
fn comments_belong_to_the_query_below_them_and_the_rest_is_left() {
    let text = r#"
// schema: allow(select_star, reason = "all of it is shown")
// schema: the small one
let a = query("SELECT * FROM t");

// schema: allow(no_such, reason = "x")
let b = query(
    // schema: allow(query_in_loop)
    "SELECT 1 -- schema: allow(unbounded_read, reason = \"few\")
");
// schema: allow(select_star, reason = "of nothing")
let c = 1;
/// schema: allow(select_star, reason = "shown")
"#;
    let found = source(text);
    let codes = |comments: &[Comment]| {
        comments
            .iter()
            .map(|it| format!("{}: {:?}", it.place.line, it.allow.codes.clone().map_err(|it| it.0)))
            .collect()
    };
    let all: Vec<Vec<String>> = found.queries.iter().map(|query| codes(&query.allows)).collect();
    assert_eq!(all[0], [r#"2: Ok(["select_star"])"#]);
    assert_eq!(
        all[1],
        [
            r#"9: Ok(["unbounded_read"])"#,
            r#"6: Err("`no_such` is no code of an advice")"#,
            r#"8: Err("an allow needs a reason")"#
        ]
    );
    let left: Vec<String> = codes(&found.left);
    assert_eq!(left, [r#"11: Ok(["select_star"])"#]);
}
