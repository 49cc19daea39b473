//! SQL blocks run. What they need to be there stands before them in a comment: `<!-- setup: CREATE TABLE .. -->`.

use sqlx::{Connection, PgConnection, SqliteConnection};

use crate::page::{Block, Page, all};

/// The statements that a block needs: of the comment in the line before it.
fn setup(page: &Page, block: &Block) -> String {
    let lines: Vec<&str> = page.text.lines().take(block.lines.0).collect();
    let before = lines.iter().rev().find(|line| !line.trim().is_empty()).copied().unwrap_or_default();
    let setup = before.strip_prefix("<!-- setup: ").and_then(|rest| rest.strip_suffix(" -->"));
    setup.unwrap_or_default().to_owned()
}

#[tokio::test]
async fn every_block_of_sql_runs() {
    let mut count = 0;
    for page in all().into_iter().filter(|page| page.name() != "recipes.md") {
        for block in page.blocks().into_iter().filter(|block| block.info.starts_with("sql")) {
            let sql = format!("{};\n{}", setup(&page, &block), block.text);
            let sql = sqlx::AssertSqlSafe(sql);
            let result = if block.info == "sql" {
                let mut connection = PgConnection::connect(&schema_tests::postgres().await).await.unwrap();
                sqlx::raw_sql(sql).execute(&mut connection).await.map(drop)
            } else {
                let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
                sqlx::raw_sql(sql).execute(&mut connection).await.map(drop)
            };
            count += 1;
            result.unwrap_or_else(|error| panic!("{}:{}: {error}", page.name(), block.lines.0 + 1));
        }
    }
    assert!(count > 0, "the guide has SQL");
}
