//! Keys, indexes, checks and foreign keys.

use super::harness::Trial;

const PARENT: &str = "#[derive(Table)] struct Org { #[column(primary_key)] id: i64, #[column(unique)] code: String }";
const ROWS: &str = "INSERT INTO org VALUES (1, 'a'), (2, 'b')";

async fn changed(from: &str, to: &str, rows: &str) -> Vec<String> {
    Trial::new(from, to, rows).await.there_and_back().await
}

fn kid(attributes: &str, fields: &str) -> String {
    format!(
        "{PARENT} #[derive(Table)] #[table({attributes})] struct Kid {{ #[column(primary_key)] id: i64, {fields} }}"
    )
}

#[tokio::test]
async fn keys_and_indexes_come_go_and_change() {
    let rows = format!("{ROWS}; INSERT INTO kid (id, a, b) VALUES (1, 1, 'x'), (2, 2, 'y')");
    changed(
        &kid("index(a, name = \"i\"), unique(b)", "a: i32, b: String"),
        &kid("index(a desc, b, name = \"i\"), unique(a, b), index(b), check(\"a > 0\")", "a: i32, b: String"),
        &rows,
    )
    .await;
    changed(
        &kid("index(a, name = \"i\"), unique(b, name = \"u\")", "a: i32, b: String"),
        &kid("index(a, name = \"j\"), unique(b, name = \"v\")", "a: i32, b: String"),
        &rows,
    )
    .await;
}

/// Beside any of these changes the server would make an index anew that is renamed in the same statement.
#[tokio::test]
async fn keys_are_renamed_before_their_table_changes() {
    let rows = format!("{ROWS}; INSERT INTO kid (id, a, b) VALUES (1, 1, 'x'), (2, 2, 'y')");
    let b = |length: u32| format!("a: i32, #[column(type = \"varchar({length})\", charset = \"latin1\")] b: String");
    let mut trial = Trial::new(
        &kid("index(a, name = \"i\"), unique(b, name = \"u\")", &b(20)),
        &kid("index(a, name = \"j\"), unique(b, name = \"v\"), charset = \"latin1\", comment = \"kids\"", &b(30)),
        &rows,
    )
    .await;
    trial.there_and_back().await;
    assert_eq!(trial.text().matches("RENAME INDEX `i` TO `j`,\n    ALGORITHM=INSTANT").count(), 1, "{}", trial.text());
}

#[tokio::test]
async fn the_primary_key_changes_in_one_statement() {
    changed(
        "#[derive(Table)] struct A { #[column(primary_key)] id: i64, code: i32 }",
        "#[derive(Table)] struct A { #[column(unique)] id: i64, #[column(primary_key)] code: i32 }",
        "INSERT INTO a VALUES (1, 10), (2, 20)",
    )
    .await;
    changed(
        "#[derive(Table)] struct A { id: i64, code: i32 }",
        "#[derive(Table)] struct A { #[column(primary_key, identity)] id: i64, code: i32 }",
        "INSERT INTO a VALUES (1, 10), (2, 20)",
    )
    .await;
}

#[tokio::test]
async fn duplicates_are_counted_and_one_is_shown() {
    let of = |fields: &str| format!("#[derive(Table)] struct A {{ #[column(primary_key)] id: i64, {fields} }}");
    let rows = "INSERT INTO a VALUES (1, 'x'), (2, 'x'), (3, 'y'), (4, 'y'), (5, NULL), (6, NULL)";
    let mut trial = Trial::new(&of("code: Option<String>"), &of("#[column(unique)] code: Option<String>"), rows).await;
    let said = trial.refused().await;
    assert!(said.contains("'a: 2 values stand twice under the key a_code_key, such as (code) = x'"), "{said}");
}

#[tokio::test]
async fn rows_that_violate_a_check_are_counted() {
    let of = |table: &str| format!("#[derive(Table)] {table} struct A {{ #[column(primary_key)] id: i64, n: i32 }}");
    let to = of("#[table(check(\"n > 0\", name = \"positive\"))]");
    let mut trial = Trial::new(&of(""), &to, "INSERT INTO a VALUES (1, 1), (2, 0)").await;
    let said = trial.refused().await;
    assert!(said.contains("'a: 1 rows violate the check positive, the first with id = 2'"), "{said}");
}

#[tokio::test]
async fn foreign_keys_come_go_and_change_with_the_indexes_that_they_lean_on() {
    let rows = format!("{ROWS}; INSERT INTO kid (id, org) VALUES (1, 1), (2, NULL)");
    let plain = kid("", "org: Option<i64>");
    let bound = kid("", "#[column(references = Org)] org: Option<i64>");
    let indexed = kid("", "#[column(references = Org, index)] org: Option<i64>");
    let cascading = kid("", "#[column(references = Org, on_delete = cascade, index)] org: Option<i64>");
    let unique = kid("", "#[column(references = Org, on_delete = set_null, unique)] org: Option<i64>");
    for (from, to) in [
        (&plain, &bound),
        (&bound, &indexed),
        (&indexed, &cascading),
        (&cascading, &unique),
        (&unique, &bound),
        (&indexed, &plain),
        (&bound, &plain),
    ] {
        changed(from, to, &rows).await;
    }
}

/// The table changes in two halves around the rows that are filled, and the server keeps an index for the foreign key in between.
#[tokio::test]
async fn a_foreign_key_has_its_index_while_its_rows_are_filled() {
    let rows = format!("{ROWS}; INSERT INTO kid (id, org) VALUES (1, 1), (2, NULL), (3, NULL)");
    let before = "#[column(references = Org)] org: Option<i64>";
    let filled = "#[column(references = Org)] org: Option<i64>, #[column(backfill = \"1\")] note: i64";
    let pair = kid("unique(org, id, name = \"pair\")", before);
    let bound = kid("", before);
    for to in [
        kid("unique(org, id, name = \"other\")", filled),
        kid("unique(org, id, note, name = \"pair\")", filled),
        kid("index(org, note)", filled),
        kid("", filled),
    ] {
        changed(&pair, &to, &rows).await;
        changed(&bound, &to, &rows).await;
    }
}

/// The server knows no difference between the two, so neither do the hazards of the files: `changed` holds the linter against them.
#[tokio::test]
async fn a_unique_index_makes_way_for_a_unique_constraint_of_its_name() {
    let index = kid("index(a desc, unique, name = \"u\")", "a: i32, b: i64");
    let constraint = kid("unique(a, name = \"u\")", "a: i32, b: Option<i64>, c: Option<i32>");
    let rows = format!("{ROWS}; INSERT INTO kid (id, a, b) VALUES (1, 1, 7), (2, 2, 8)");
    changed(&index, &constraint, &rows).await;
}

#[tokio::test]
async fn rows_without_a_parent_are_counted() {
    let rows = format!("{ROWS}; INSERT INTO kid (id, org) VALUES (1, 1), (2, 7), (3, 8)");
    let (from, to) = (kid("", "org: i64"), kid("", "#[column(references = Org)] org: i64"));
    let mut trial = Trial::new(&from, &to, &rows).await;
    let mut said = String::new();
    for pair in trial.pairs.clone() {
        said = trial.db.execute(&pair.up).await.err().unwrap_or(said);
    }
    assert!(said.contains("'kid: 2 rows refer by org to no row of org, the first with id = 2'"), "{said}");
}

#[tokio::test]
async fn both_sides_of_a_foreign_key_change_their_type() {
    let of = |ty: &str| {
        format!(
            "#[derive(Table)] struct Org {{ #[column(primary_key, identity)] id: {ty}, #[column(references = Org)] boss: Option<{ty}> }}
            #[derive(Table)] struct Kid {{ #[column(primary_key)] id: i64, #[column(references = Org)] org: {ty} }}"
        )
    };
    changed(&of("i32"), &of("i64"), "INSERT INTO org VALUES (1, NULL), (2, 1); INSERT INTO kid VALUES (1, 2)").await;
}

#[tokio::test]
async fn prefixes_texts_and_places_are_indexed() {
    let of = |attributes: &str, prefix: u32| {
        format!(
            "#[derive(Table)] #[table({attributes})] struct A {{ #[column(primary_key)] id: i64,
                #[column(type = \"text\", index(prefix = {prefix}, name = \"p\"))] a: String,
                #[column(type = \"text\")] b: String, #[column(type = \"point\")] c: String }}"
        )
    };
    let indexed = of("index(a, b, using = fulltext), index(c, using = spatial)", 20);
    let rows = "INSERT INTO a VALUES (1, 'a', 'some words', POINT(1, 2))";
    Trial::new(&of("", 10), &indexed, rows).await.there_and_back().await;
    let more = indexed.replace("id: i64,", "id: i64, #[column(default = \"1\")] n: i32, m: Option<String>,");
    Trial::new(&indexed, &more, rows).await.there_and_back().await;
}

#[tokio::test]
async fn the_key_that_a_foreign_key_refers_to_becomes_the_primary_one() {
    let of = |id: &str, code: &str| {
        format!(
            "#[derive(Table)] struct Org {{ #[column({id})] id: i64, #[column({code})] code: String }}
            #[derive(Table)] struct Kid {{ #[column(primary_key)] id: i64, #[column(references = Org(code))] org: String }}"
        )
    };
    let rows = format!("{ROWS}; INSERT INTO kid VALUES (1, 'b')");
    changed(&of("primary_key", "unique"), &of("unique", "primary_key"), &rows).await;
}

/// A parent that goes while rows are filled would leave children behind.
#[tokio::test]
async fn a_foreign_key_that_says_something_else_holds_until_the_other_comes() {
    let of = |action: &str, note: &str| {
        format!(
            "#[derive(Table)] struct Org {{ #[column(primary_key)] id: i64 }}
            #[derive(Table)] struct Item {{ #[column(primary_key)] id: i64, {note}
            #[column(references = Org{action}, index)] org: Option<i64> }}"
        )
    };
    let from = of(", on_delete = cascade", "");
    let to = of("", "#[column(backfill = \"'x'\")] note: String,");
    let rows = "INSERT INTO org VALUES (1); INSERT INTO item VALUES (1, 1), (2, NULL)";
    let mut trial = Trial::new(&from, &to, rows).await;
    trial.there_and_back().await;
    let text = trial.text();
    let at = |words: &str| text.find(words).unwrap_or_else(|| panic!("{words} is not in {text}"));
    assert!(at("UPDATE") < at("DROP FOREIGN KEY"), "{text}");
}

/// Found by random changes (seed 47): names of foreign keys are the database's, so neither may come before the other went.
#[tokio::test]
async fn tables_that_swap_their_names_swap_those_of_their_foreign_keys() {
    let of = |first: &str, second: &str| {
        format!(
            "#[derive(Table)] #[table({first})] struct Kid {{ #[column(primary_key)] id: i64, #[column(references = Kid, index)] up: Option<i64> }}
            #[derive(Table)] #[table({second})] struct Pet {{ #[column(primary_key)] id: i64, #[column(references = Pet, index)] up: Option<i64> }}"
        )
    };
    let swapped = of("renamed_from = \"pet\"", "renamed_from = \"kid\"");
    let rows = "INSERT INTO kid VALUES (1, 1), (2, 1); INSERT INTO pet VALUES (7, 7)";
    Trial::new(&of("", ""), &swapped, rows).await.there_and_back().await;
}
