//! Tables that come, go and change as a whole.

use schema_core::ir::{Dialect, Schema};
use schema_core::model::Intents;
use schema_runtime::drift::drift;
use schema_runtime::sides::{Bench, Side};
use schema_tests::mariadb;
use schema_tests::target::files;
use sqlx::Connection as _;
use sqlx::mysql::MySqlConnection;

use super::harness::{Database, Trial, model};

#[tokio::test]
async fn tables_that_refer_to_each_other_are_made_and_dropped() {
    let circle = "#[derive(Table)] struct A { #[column(primary_key)] id: i64, #[column(references = B)] b: Option<i64> }
        #[derive(Table)] struct B { #[column(primary_key)] id: i64, #[column(references = A)] a: Option<i64>, #[column(references = C)] c: i64 }
        #[derive(Table)] struct C { #[column(primary_key)] id: i64, #[column(references = C)] up: Option<i64> }
        #[derive(Table)] struct Stays { #[column(primary_key)] id: i64, #[column(references = C)] c: Option<i64> }";
    let alone = "#[derive(Table)] struct Stays { #[column(primary_key)] id: i64, c: Option<i64> }";
    Trial::new(alone, circle, "INSERT INTO stays VALUES (1, NULL)").await.there_and_back().await;
    Trial::new(circle, alone, "").await.there_and_back().await;
}

#[tokio::test]
async fn tables_change_names_with_their_keys() {
    let of = |names: [&str; 2], extra: &str| {
        format!(
            "#[derive(Table)] {} struct {} {{ #[column(primary_key)] id: i64, #[column(unique)] code: String }}
            #[derive(Table)] {extra} struct {} {{ #[column(primary_key)] id: i64, #[column(references = {})] up: Option<i64> }}",
            if extra.is_empty() { "" } else { "#[table(renamed_from = \"kid\")]" },
            names[0],
            names[1],
            names[0],
        )
    };
    let from = "#[derive(Table)] struct Kid { #[column(primary_key)] id: i64, #[column(unique)] code: String }
        #[derive(Table)] struct Org { #[column(primary_key)] id: i64, #[column(references = Kid)] up: Option<i64> }";
    let rows = "INSERT INTO kid VALUES (1, 'a'); INSERT INTO org VALUES (5, 1)";
    let to = of(["Org", "Kid"], "#[table(renamed_from = \"org\")]");
    let found = Trial::new(from, &to, rows).await.there_and_back().await;
    assert_eq!(found, ["kid: id '5' up '1'", "org: code 'a' id '1'"]);
}

#[tokio::test]
async fn tables_with_the_longest_of_names_change_places() {
    let long = "a_name_of_63_bytes_which_is_what_every_database_takes_as_a_name";
    let of = |names: [&str; 2], former: [&str; 2]| {
        let table = |at: usize, key: &str| {
            let former =
                if former[at].is_empty() { String::new() } else { format!(", renamed_from = \"{}\"", former[at]) };
            format!(
                "#[derive(Table)] #[table(name = \"{}\"{former})] struct T{at} {{ #[column(primary_key)] {key}: i64 }}",
                names[at]
            )
        };
        table(0, "a") + &table(1, "b")
    };
    let rows = format!("INSERT INTO {long} VALUES (1); INSERT INTO short VALUES (2)");
    let (from, to) = (of([long, "short"], ["", ""]), of(["short", long], [long, "short"]));
    let found = Trial::new(&from, &to, &rows).await.there_and_back().await;
    assert_eq!(found, [format!("{long}: b '2'"), "short: a '1'".to_owned()]);
}

#[tokio::test]
async fn a_name_in_another_case_is_free_before_it_is_taken() {
    let from = "#[derive(Table)] #[table(name = \"Item\")] struct A { #[column(primary_key)] id: i64 }";
    let to = "#[derive(Table)] #[table(name = \"item\")] struct A { #[column(primary_key)] id: i64 }";
    let mut trial = Trial::new(from, to, "").await;
    trial.there_and_back().await;
    let text = trial.text();
    assert!(text.find("DROP TABLE `Item`") < text.find("CREATE TABLE `item`"), "{text}");
}

#[tokio::test]
async fn what_is_kept_is_put_aside_and_comes_back() {
    let from = "#[derive(Table)] struct Old { #[column(primary_key, identity)] id: i64, #[column(references = New)] n: Option<i64> }
        #[derive(Table)] struct New { #[column(primary_key)] id: i64, #[column(unique, default = \"'d'\")] legacy: String, name: String }";
    let to = "#[derive(Table)] #[table(allow(drop_column(\"legacy\", reason = \"r\", keep)))] struct New { #[column(primary_key)] id: i64, name: String }
        schema! { allow(drop_table(\"old\", reason = \"r\", keep)); }";
    let rows = "INSERT INTO new VALUES (1, 'l', 'a'); INSERT INTO old VALUES (7, 1)";
    let mut trial = Trial::new(from, to, rows).await;
    let (catalog, held) = (trial.db.catalog().await, trial.db.rows().await);
    for _ in 0..2 {
        trial.db.up(&trial.pairs).await;
        assert_eq!(trial.db.values("SELECT `_kept_0_legacy` FROM new").await, ["l"]);
        assert_eq!(trial.db.values("SELECT CONCAT(id) FROM `_kept_0_old`").await, ["7"]);
        trial.db.run("INSERT INTO new (id, name) VALUES (2, 'b'); DELETE FROM new WHERE id = 2").await;
        trial.db.down(&trial.pairs).await;
        assert_eq!(
            (trial.db.catalog().await, trial.db.rows().await),
            (catalog.clone(), held.clone()),
            "{}",
            trial.text()
        );
    }
}

#[tokio::test]
async fn comments_character_sets_options_and_partitions_change() {
    let from = r#"#[derive(Table)] #[table(charset = "latin1", collate = "latin1_swedish_ci", comment = "back\\slash")]
        struct A { #[column(primary_key)] id: i64, name: String, #[column(type = "text")] note: String }"#;
    let to = r#"#[derive(Table)] #[table(charset = "utf8mb4", collate = "utf8mb4_bin", with(row_format = COMPRESSED), partitioning = "HASH (id) PARTITIONS 4")]
        struct A { #[column(primary_key)] id: i64, #[column(comment = "it's \"x\" `y`")] name: String, #[column(type = "text")] note: String }"#;
    let rows = "INSERT INTO a VALUES (1, 'é', 'ß'), (2, 'z', '')";
    Trial::new(from, to, rows).await.there_and_back().await;
}

/// What is declared is what the server holds once the files have run.
#[tokio::test]
async fn what_was_planned_is_no_drift() {
    let source = r#"#[derive(SqlEnum)] enum Mood { Good, #[label(rename = "so so")] Soso }
        #[derive(Table)] #[table(comment = "orgs", charset = "latin1", unique(code, mood), index(note prefix = 10), index(at desc, code))]
        struct Org { #[column(primary_key, identity)] id: u64, code: String, mood: Option<Mood>, #[column(type = "text")] note: String,
            #[column(default = "CURRENT_TIMESTAMP", on_update = "CURRENT_TIMESTAMP")] at: chrono::DateTime<chrono::Utc>,
            #[column(default = "'x'", check("length(kind) > 0"), collate = "utf8mb4_bin", comment = "it's")] kind: String,
            #[sqlx(json)] extra: Extra, #[column(type = "decimal(10,2)", default = "1.5")] price: Option<String>, flag: bool, day: chrono::NaiveDate,
            #[column(generated = "length(code) + 1", stored)] size: Option<i32>, key: uuid::Uuid }
        struct Extra;
        #[derive(Table)] struct Kid { #[column(primary_key)] id: i32, #[column(references = Org, on_delete = cascade)] org: u64,
            #[column(references = Kid, on_delete = set_null, index)] up: Option<i32> }"#;
    let schema = model(source).schema;
    let pairs = files(&Schema::empty(Dialect::MariaDb), &schema, &Intents::default()).unwrap();
    let url = mariadb().await;
    let mut db = Database(MySqlConnection::connect(&url).await.unwrap());
    db.up(&pairs).await;
    let bench = Bench::new(Dialect::MariaDb, None);
    let models = Side::Schema(Box::new(schema), "models".to_owned());
    let found = drift(&models, &Side::Url(url), &bench).await.unwrap();
    assert!(found.is_clean(), "{found:#?}");
}
