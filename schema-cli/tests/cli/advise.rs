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
