//! Views, triggers and routines over tables that change.

use super::harness::Trial;

#[tokio::test]
async fn views_and_triggers_step_aside_and_come_back() {
    let from = r#"#[derive(Table)] struct Item { #[column(primary_key)] id: i64, name: String, n: i32 }
        #[derive(View)] #[view(sql = "SELECT id, name FROM item WHERE n > 0")] struct Shown { id: i64, name: String }
        #[derive(View)] #[view(sql = "SELECT count(*) AS number FROM shown")] struct Counted { number: i64 }
        schema! { sql("CREATE TRIGGER item_upper BEFORE UPDATE ON item FOR EACH ROW SET NEW.name = upper(NEW.name)"); }"#;
    let to = from
        .replace(
            "name: String, n: i32",
            "#[column(renamed_from = \"name\")] title: String, n: i32, #[column(backfill = \"n * 2\")] m: i32",
        )
        .replace("SELECT id, name FROM", "SELECT id, title AS name FROM")
        .replace("SET NEW.name = upper(NEW.name)", "SET NEW.title = upper(NEW.title)");
    let rows = Trial::new(from, &to, "INSERT INTO item VALUES (1, 'a', 5), (2, 'b', 0)").await.there_and_back().await;
    assert_eq!(
        rows,
        [
            "counted: number '1'",
            "item: id '1' m '10' n '5' title 'a'",
            "item: id '2' m '0' n '0' title 'b'",
            "shown: id '1' name 'a'"
        ]
    );
}

#[tokio::test]
async fn bodies_of_several_statements_and_routines_come_change_and_go() {
    let table = "#[derive(Table)] struct Item { #[column(primary_key)] id: i64, name: String, n: Option<i32> }\n";
    let from = format!(
        "{table}{}",
        r#"schema! {
            sql("CREATE FUNCTION twice(a int) RETURNS int DETERMINISTIC RETURN a * 2");
            sql("CREATE TRIGGER item_fill BEFORE INSERT ON item FOR EACH ROW BEGIN
                IF NEW.n IS NULL THEN SET NEW.n = twice(NEW.id); END IF;
                SET NEW.name = CASE WHEN NEW.name = '' THEN 'none' ELSE NEW.name END;
            END");
            sql("CREATE PROCEDURE purge(IN below int) BEGIN DELETE FROM item WHERE n < below; SELECT ROW_COUNT(); END");
        }"#
    );
    let to = from.replace("RETURN a * 2", "BEGIN DECLARE b int; SET b = a * 3; RETURN b; END").replace(
        "CREATE PROCEDURE purge(IN below int) BEGIN DELETE FROM item WHERE n < below; SELECT ROW_COUNT(); END",
        "CREATE PROCEDURE forget() DELETE FROM item",
    );
    let to = to.replace(
        "name: String, n: Option<i32>",
        "name: String, n: Option<i32>, #[column(backfill = \"n + 1\")] m: i32",
    );
    let rows =
        Trial::new(&from, &to, "INSERT INTO item VALUES (1, '', NULL), (2, 'b', 7)").await.there_and_back().await;
    assert_eq!(rows, ["item: id '1' m '3' n '2' name 'none'", "item: id '2' m '8' n '7' name 'b'"]);
    Trial::new(&format!("{table}schema! {{}}"), &from, "INSERT INTO item VALUES (1, 'a', 1)")
        .await
        .there_and_back()
        .await;
}
