//! How rows are stored decides what a server does in place: a level that it refuses fails here.

use super::harness::Trial;

fn item(attributes: &str, fields: &str) -> String {
    format!("#[derive(Table)] #[table({attributes})] struct Item {{ {fields} }}")
}

const ID: &str = "#[column(primary_key)] id: i64,";

async fn changed(from: &str, to: &str) {
    Trial::new(from, to, "INSERT INTO item (id, a) VALUES (1, 'x'), (2, 'y')").await.there_and_back().await;
}

#[tokio::test]
async fn a_key_that_stands_for_the_primary_one_goes() {
    let allowed = "allow(drop_unique(\"u\", reason = \"a test\"))";
    let fields = "id: i64, a: String";
    changed(&item("unique(id, name = \"u\")", fields), &item(allowed, fields)).await;
    let nullable = "#[column(allow(drop_not_null, reason = \"a test\"))] id: Option<i64>, a: String";
    for key in ["unique(id, name = \"u\")", "index(id desc, name = \"u\", unique)"] {
        changed(&item(key, fields), &item(key, nullable)).await;
    }
    let computed = "id: i64, #[column(generated = \"id + 1\", index)] next: Option<i64>, a: String";
    let keyed = "#[column(primary_key)] id: i64, #[column(generated = \"id + 1\", index)] next: Option<i64>, a: String";
    changed(&item("", computed), &item("", keyed)).await;
}

#[tokio::test]
async fn a_timestamp_takes_null_no_more() {
    let at = |ty: &str| {
        format!("{ID} a: String, #[column(type = \"timestamp\", backfill = \"'2001-02-03 04:05:06'\")] at: {ty}")
    };
    let bare = format!("{ID} a: String, #[column(type = \"timestamp\")] at: Option<chrono::DateTime<chrono::Utc>>");
    let (from, to) = (item("", &bare), item("", &at("chrono::DateTime<chrono::Utc>")));
    let rows = "INSERT INTO item (id, a, at) VALUES (1, 'x', '2004-05-06 07:08:09')";
    Trial::new(&from, &to, rows).await.there_and_back().await;
}

#[tokio::test]
async fn two_full_text_indexes_come_at_once() {
    let fields = format!("{ID} a: String, b: Option<String>");
    changed(&item("", &fields), &item("index(a, using = fulltext), index(b, using = fulltext)", &fields)).await;
}

#[tokio::test]
async fn compressed_tables_gain_and_lose_columns() {
    let compressed = "with(row_format = COMPRESSED)";
    let allowed = "with(row_format = COMPRESSED), allow(drop_column(\"b\", reason = \"a test\"))";
    changed(
        &item(compressed, &format!("{ID} a: String, b: Option<i32>")),
        &item(allowed, &format!("{ID} first: Option<i32>, a: String, #[column(default = \"1\")] last: i32")),
    )
    .await;
    let next = "#[column(generated = \"id + 1\")] next: Option<i64>";
    changed(
        &item(compressed, &format!("{ID} {next}, a: String, b: Option<i32>")),
        &item(allowed, &format!("{ID} {next}, a: String")),
    )
    .await;
}

#[tokio::test]
async fn a_stated_character_set_goes_back_to_the_database_s() {
    let stated = "charset = \"latin1\", collate = \"latin1_bin\"";
    changed(&item("", &format!("{ID} a: String")), &item(stated, &format!("{ID} a: String"))).await;
    changed(&item(stated, &format!("{ID} a: String")), &item("", &format!("{ID} a: String"))).await;
}

#[tokio::test]
async fn a_column_whose_name_is_a_keyword_is_renamed_apart_from_the_keyword() {
    let check = |name: &str| format!("check(\"a IS NOT NULL AND {name} <> ''\", name = \"c\")");
    let from =
        item(&check("`null`"), &format!("{ID} a: String, #[column(name = \"null\", default = \"'z'\")] n: String"));
    let to = item(
        &check("`order`"),
        &format!("{ID} a: String, #[column(name = \"order\", renamed_from = \"null\", default = \"'z'\")] n: String"),
    );
    let mut trial = Trial::new(&from, &to, "INSERT INTO item (id, a) VALUES (1, 'x')").await;
    trial.there_and_back().await;
    assert!(!trial.text().contains("DROP CONSTRAINT"), "the server renames it in the check: {}", trial.text());
}

/// The server wants every column of the partitioning in the primary key.
#[tokio::test]
async fn keys_and_partitioning_change_together() {
    let of = |options: &str| {
        format!("#[derive(Table)] #[table({options})] struct Item {{ id: i64, y: i64, n: Option<i32> }}")
    };
    let split = of("primary_key(id, y), partitioning = \"HASH (y) PARTITIONS 2\"");
    let whole = of("primary_key(id)");
    let otherwise = of("primary_key(id), partitioning = \"HASH (id) PARTITIONS 3\"");
    let rows = "INSERT INTO item VALUES (1, 2020, 1), (2, 2021, 2)";
    for (from, to) in [(&split, &whole), (&whole, &split), (&split, &otherwise), (&otherwise, &split)] {
        Trial::new(from, to, rows).await.there_and_back().await;
    }
}
