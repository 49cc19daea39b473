//! Enums: TEXT with a check over the labels.

use schema_core::ir::{Schema, Table};

use crate::harness::{Case, ColumnExt as _, Says, SchemaExt as _, TableExt as _, col, enum_col, id, schema, table};

fn cat() -> Table {
    table("cat", vec![id(), enum_col("mood", "mood").default("'ok'")])
}

fn cats(labels: &[&str]) -> Schema {
    schema([cat(), table("dog", vec![id(), enum_col("mood", "mood").null()])]).labels("mood", labels)
}

const ROWS: &str = "INSERT INTO cat VALUES (1, 'ok'), (2, 'sad'); INSERT INTO dog VALUES (1, 'sad'), (2, NULL)";

#[tokio::test]
async fn a_label_is_added_to_every_table_that_uses_the_enum() {
    let case = Case::new(&cats(&["ok", "sad"]), &cats(&["ok", "it's", "sad"]), Says::default(), ROWS).await;
    let mut case = case.round_trip(&[("SELECT mood FROM cat ORDER BY id", &["ok", "sad"])]).await;
    case.run("INSERT INTO cat VALUES (3, 'it''s'); INSERT INTO dog VALUES (3, 'it''s')").await;
    let error = case.try_down().await.unwrap_err();
    assert!(error.contains("still holds the label `it's`"), "{error}");
    case.reopen().await;
    assert_eq!(case.lines("SELECT mood FROM cat WHERE id = 3").await, ["it's"]);
}

#[tokio::test]
async fn renamed_labels_are_renamed_in_rows_even_when_they_swap() {
    let says = Says::default().label("mood", "sad", "blue");
    let case = Case::new(&cats(&["ok", "sad"]), &cats(&["ok", "blue"]), says, ROWS).await;
    case.round_trip(&[("SELECT mood FROM cat UNION ALL SELECT mood FROM dog", &["ok", "blue", "blue", "NULL"])]).await;
    let says = Says::default().label("mood", "sad", "ok").label("mood", "ok", "sad");
    let case = Case::new(&cats(&["ok", "sad"]), &cats(&["sad", "ok"]), says, ROWS).await;
    case.round_trip(&[("SELECT mood FROM cat UNION ALL SELECT mood FROM dog", &["sad", "ok", "ok", "NULL"])]).await;
}

#[tokio::test]
async fn a_dropped_label_is_mapped() {
    let says = Says::default().map_label("mood", "sad", "ok");
    let mut case = Case::new(&cats(&["ok", "sad"]), &cats(&["ok"]), says, ROWS).await;
    case.up().await;
    assert_eq!(case.lines("SELECT mood FROM cat UNION ALL SELECT mood FROM dog").await, ["ok", "ok", "ok", "NULL"]);
    case.down().await;
    case.up().await;
}

#[tokio::test]
async fn a_dropped_label_that_rows_hold_and_nothing_maps_is_refused() {
    let case = Case::new(&cats(&["ok", "sad"]), &cats(&["ok"]), Says::default(), ROWS).await;
    case.refused("table `cat`: column `mood` still holds the label `sad`").await;
}

#[tokio::test]
async fn an_enum_change_and_a_table_change_make_one_rebuild() {
    let mut after = cats(&["ok", "sad", "odd"]);
    let changed = cat().with(col("lives", "INTEGER")).check("few", "lives < 10");
    after.tables.insert(changed.name.clone(), changed);
    let says = Says::default().backfill("cat", "lives", "9");
    let case = Case::new(&cats(&["ok", "sad"]), &after, says, ROWS).await;
    assert_eq!(case.plan.steps.len(), 2, "one for each table");
    case.round_trip(&[("SELECT mood || lives FROM cat ORDER BY id", &["ok9", "sad9"])]).await;
}

#[tokio::test]
async fn an_enum_column_is_added_in_place_and_taken_away_again() {
    let before = schema([table("cat", vec![id()])]).labels("mood", &["ok", "sad"]);
    let after = schema([cat().with(enum_col("next", "mood").null())]).labels("mood", &["ok", "sad"]);
    let case = Case::new(&before, &after, Says::default(), "INSERT INTO cat VALUES (1)").await;
    assert!(!case.rebuilds());
    let mut case = case.round_trip(&[("SELECT mood || coalesce(next, '-') FROM cat", &["ok-"])]).await;
    let other = sqlx::query("INSERT INTO cat VALUES (2, 'bad', NULL)").execute(&mut case.db).await;
    assert!(other.unwrap_err().to_string().contains("cat_mood_check"));
}

#[tokio::test]
async fn table_column_enum_and_label_are_renamed_at_once() {
    let before = schema([cat()]).labels("mood", &["ok", "sad"]);
    let pet = table("pet", vec![id(), enum_col("temper", "temper").default("'fine'")]);
    let after = schema([pet]).labels("temper", &["fine", "sad"]);
    let says = Says::default().table("cat", "pet").column("pet", "mood", "temper");
    let says = says.enum_name("mood", "temper").label("temper", "ok", "fine");
    let case = Case::new(&before, &after, says, "INSERT INTO cat VALUES (1, 'ok'), (2, 'sad')").await;
    case.round_trip(&[("SELECT temper FROM pet ORDER BY id", &["fine", "sad"])]).await;
}

#[tokio::test]
async fn a_text_column_becomes_an_enum_only_when_its_values_are_labels() {
    let before = schema([table("cat", vec![id(), col("mood", "TEXT")])]);
    let after = schema([table("cat", vec![id(), enum_col("mood", "mood")])]).labels("mood", &["ok"]);
    let case = Case::new(&before, &after, Says::default(), "INSERT INTO cat VALUES (1, 'ok')").await;
    case.round_trip(&[("SELECT mood FROM cat", &["ok"])]).await;
    let case = Case::new(&before, &after, Says::default(), "INSERT INTO cat VALUES (1, 'other')").await;
    case.refused("cat_mood_check").await;
}

#[tokio::test]
async fn a_label_is_renamed_while_the_table_becomes_strict() {
    let mut after = cats(&["ok", "blue"]);
    after.tables.values_mut().for_each(|table| table.strict = true);
    let says = Says::default().label("mood", "sad", "blue");
    let case = Case::new(&cats(&["ok", "sad"]), &after, says, ROWS).await;
    case.round_trip(&[("SELECT mood FROM cat ORDER BY id", &["ok", "blue"])]).await;
}
