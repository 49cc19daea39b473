//! `cargo schema advise` on structs and on SQL.

use crate::support::Shop;

const MODELS: &str = r#"
#[derive(schema_runtime::Table)]
pub struct Org {
    #[column(primary_key)]
    pub id: i64,
}

#[derive(schema_runtime::Table)]
#[table(index(org_id, name), allow(advice("redundant_index", reason = "read by a report that names it")))]
pub struct Member {
    #[column(primary_key)]
    pub id: i64,
    #[column(references = Org, index)]
    pub org_id: i64,
    #[column(references = Org)]
    pub former_org: Option<i64>,
    pub name: String,
}
"#;

#[test]
fn structs_get_advice_at_their_lines_and_can_refuse_it() {
    let shop = Shop::initialised();
    shop.write("src/main.rs", "mod models;\nfn main() {}\n");
    shop.write("src/models.rs", MODELS);
    let ran = shop.schema(&["advise"]).ends(1);
    let ran = ran.says("foreign key without an index [unindexed_foreign_key]");
    ran.says("member.member_former_org_fkey (src/models.rs:")
        .says("each delete in `org`, and each change of its key, reads all of `member`")
        .says("help: `#[column(index)]` on `former_org`")
        .says("1 piece of advice on 2 tables, 1 allowed");
    shop.write(
        "src/models.rs",
        &MODELS
            .replace("index(org_id, name), ", "")
            .replace("#[column(references = Org)]", "#[column(references = Org, index)]"),
    );
    let json = shop.schema(&["advise", "--json"]).ends(1).json();
    assert_eq!(json["stale"][0]["rule"], "redundant_index");
    assert_eq!((&json["advice"], &json["allowed"]), (&serde_json::json!([]), &0.into()));
}

#[test]
fn sql_of_elsewhere_is_looked_through_too() {
    let shop = Shop::new();
    shop.write("dump.sql", "CREATE TABLE t (a int REFERENCES t (b), b int UNIQUE);");
    let file = shop.dir().join("dump.sql");
    let ran = shop.schema(&["advise", file.to_str().unwrap(), "--dialect", "sqlite"]).ends(1);
    let ran = ran.says("\n  t\n    no column or columns identify a row\n");
    ran.says("2 pieces of advice on 1 table");
    shop.schema(&["advise", "elsewhere"]).ends(2).complains("`elsewhere` is no side of a comparison");
}

const STATS: &str = r#"{
  "format": 1,
  "taken": "2026-01-02",
  "tables": {
    "member": { "rows": 400000, "bytes": 90000000, "index_bytes": 0 },
    "org": { "rows": 20, "bytes": 4096, "index_bytes": 0 }
  }
}
"#;

const QUERIES: &str = r#"
pub async fn all(db: &sqlx::SqlitePool) -> sqlx::Result<()> {
    sqlx::query("SELECT id FROM member WHERE name = ?").bind("a").fetch_all(db).await?;
    // schema: allow(unbounded_read, reason = "twenty of them")
    sqlx::query("SELECT id FROM member").fetch_all(db).await?;
    sqlx::query("SELECT id FROM org").fetch_all(db).await?;
    for id in [1, 2] {
        sqlx::query("SELECT name FROM member WHERE id = ?").bind(id).fetch_all(db).await?;
    }
    sqlx::query_file!("sql/lost.sql").fetch_all(db).await?;
    sqlx::query_file!("sql/found.sql").fetch_all(db).await?;
    Ok(())
}
#[cfg(test)]
mod tests {
    fn f() { sqlx::query("SELECT * FROM member"); }
}
"#;

fn asking() -> Shop {
    let shop = Shop::initialised();
    shop.write("src/main.rs", "mod models;\nmod queries;\nfn main() {}\n");
    shop.write("src/models.rs", &MODELS.replace("#[column(references = Org)]", "#[column(references = Org, index)]"));
    shop.write("schema/stats.json", STATS);
    shop
}

#[test]
fn queries_are_explained_and_all_that_is_wrong_is_said_at_once() {
    let shop = asking();
    shop.write("src/queries.rs", QUERIES);
    shop.write("sql/found.sql", "SELECT *\nFROM member WHERE id = 1");
    shop.write(".sqlx/query-1.json", "{ \"query\": 1 }");
    shop.write(".sqlx/query-2.json", "{ \"query\": \"SELECT gone FROM member\" }");
    shop.write(".sqlx/query-3.json", "{ \"query\": \"SELECT id FROM member WHERE name = ?\" }");
    let ran = shop.schema(&["advise"]).ends(2);
    let ran = ran.says("scan that an index would avoid [missing_index]");
    let ran = ran.says("  member (src/queries.rs:3:17)\n    SELECT id FROM member WHERE name = ?\n");
    let ran =
        ran.says("    reads all of `member`, 400,000 rows\n    before  SCAN member\n    after   SEARCH member USING");
    let ran = ran
        .says("    help: `#[column(index)]` on `name`\n")
        .says("  member (sql/found.sql:1:1)\n    SELECT * FROM member");
    let ran = ran.says("sent anew each time around the loop at line 7, column 5 of src/queries.rs");
    let ran = ran.says("(.sqlx/query-2.json:1:1)\n    SELECT gone FROM member\n    a database of this schema says: no such column: gone");
    let ran = ran.says("error: this is no record of a query: ").says("--> .sqlx/query-1.json:1:1");
    let ran = ran.says("error: `sql/lost.sql` can't be read: ").says("--> src/queries.rs:10:23");
    ran.says("4 pieces of advice on 2 tables and 6 queries, 2 allowed");
    let json = shop.schema(&["advise", "--json", "--no-explain"]).ends(2).json();
    assert_eq!((&json["queries"], &json["problems"][1]["place"]["line"]), (&6.into(), &1.into()));
    let rules: Vec<&str> =
        json["advice"].as_array().unwrap().iter().map(|advice| advice["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["select_star", "unbounded_read", "query_in_loop"]);
}

#[test]
fn a_scratch_server_that_can_not_be_started_leaves_the_rest() {
    let shop = Shop::new();
    shop.schema(&["init", "--dialect", "postgres"]).ends(0);
    shop.write(
        "src/main.rs",
        "mod models;\nfn f() { sqlx::query(\"SELECT * FROM org WHERE id = $1\"); }\nfn main() {}\n",
    );
    shop.write("src/models.rs", MODELS);
    let nowhere = shop.dir().join("nowhere");
    let ran = shop.schema(&["advise", "--pg-bin", nowhere.to_str().unwrap()]).ends(2);
    let refused = "error: the queries can't be explained in a scratch database: no PostgreSQL server to start";
    ran.says("[unindexed_foreign_key]").says("[select_star]").says(refused).says("`--no-explain`");
    shop.schema(&["advise", "--no-explain"]).ends(1).says("[select_star]");
}
