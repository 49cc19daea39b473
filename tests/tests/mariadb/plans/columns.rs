//! Columns that come, go and change.

use super::harness::Trial;

const ID: &str = "#[derive(Table)] struct Item { #[column(primary_key, identity)] id: i64,";

async fn changed(from: &str, to: &str, rows: &str) -> Vec<String> {
    let (from, to) = (format!("{ID} {from} }}"), format!("{ID} {to} }}"));
    Trial::new(&from, &to, rows).await.there_and_back().await
}

#[tokio::test]
async fn columns_are_added_where_they_are_declared() {
    let rows = changed(
        "name: String",
        "first: Option<i32>, #[column(default = \"7\")] count: u32, name: String,
            #[column(default = \"CURRENT_TIMESTAMP\")] at: chrono::NaiveDateTime,
            #[column(generated = \"count + 1\")] next: Option<i64>, #[column(generated = \"count * 2\", stored)] double: Option<i64>",
        "INSERT INTO item (name) VALUES ('a'), ('b')",
    )
    .await;
    assert!(
        rows[0].contains("count '7'") && rows[0].contains("next '8'") && rows[0].contains("double '14'"),
        "{rows:?}"
    );
}

#[tokio::test]
async fn a_dropped_column_comes_back_in_its_place_with_what_was_said() {
    changed(
        "#[column(default = \"'x'\", comment = \"it's\")] gone: Option<String>, name: String",
        "name: String, #[column(index)] more: Option<i32>",
        "INSERT INTO item (name, gone) VALUES ('a', 'x'), ('b', 'x')",
    )
    .await
    .iter()
    .for_each(|row| assert!(row.contains("more NULL"), "{row}"));
}

#[tokio::test]
async fn a_column_that_must_have_a_value_is_filled_between() {
    let rows = changed(
        "name: Option<String>",
        "#[column(backfill = \"CONCAT('n', id)\")] name: String, #[column(backfill = \"id * 10\", unique)] code: i32",
        "INSERT INTO item (name) VALUES ('a')",
    )
    .await;
    assert_eq!(rows, ["item: code '10' id '1' name 'a'"]);
}

#[tokio::test]
async fn filling_rows_leaves_their_time_of_change() {
    let at = "#[column(default = \"CURRENT_TIMESTAMP\", on_update = \"CURRENT_TIMESTAMP\")] at: chrono::NaiveDateTime";
    let (from, to) = (format!("{ID} {at} }}"), format!("{ID} {at}, #[column(backfill = \"1\")] code: i32 }}"));
    let rows = "INSERT INTO item (at) VALUES ('2001-02-03 04:05:06')";
    let rows = Trial::new(&from, &to, rows).await.there_and_back().await;
    assert_eq!(rows, ["item: at '2001-02-03 04:05:06.000000' code '1' id '1'"]);
}

#[tokio::test]
async fn null_stops_what_becomes_not_null_and_says_where() {
    let (from, to) = (format!("{ID} name: Option<i32> }}"), format!("{ID} name: i32 }}"));
    let mut trial = Trial::new(&from, &to, "INSERT INTO item (name) VALUES (1), (NULL), (NULL)").await;
    let said = trial.refused().await;
    assert!(said.contains("'item: 2 rows hold NULL in name, the first with id = 2'"), "{said}");
    trial.db.run("UPDATE item SET name = 0 WHERE name IS NULL").await;
    Trial::new(&from, &to, "INSERT INTO item (name) VALUES (1)").await.there_and_back().await;
}

#[tokio::test]
async fn types_change_with_their_rows() {
    for (from, to, value) in [
        ("i32", "i64", "2147483647"),
        ("u32", "i64", "4294967295"),
        ("i32", "f64", "-7"),
        ("#[column(type = \"varchar(20)\")] String", "#[column(type = \"varchar(63)\")] String", "'abc'"),
        ("#[column(type = \"varchar(31)\")] String", "#[column(type = \"varchar(64)\")] String", "'abc'"),
        ("#[column(type = \"varchar(63)\")] String", "#[column(type = \"varchar(64)\")] String", "'abc'"),
        ("#[column(type = \"varchar(64)\")] String", "#[column(type = \"varchar(300)\")] String", "'abc'"),
        ("#[column(type = \"varchar(64)\")] String", "#[column(type = \"text\")] String", "'abc'"),
        ("#[column(type = \"enum('a','b')\")] String", "#[column(type = \"enum('a','b','c')\")] String", "'b'"),
        ("#[column(type = \"enum('a','b')\")] String", "#[column(type = \"enum('c','b','a')\")] String", "'b'"),
        ("#[column(type = \"set('a','b')\")] String", "#[column(type = \"set('a','b','c')\")] String", "'a,b'"),
        ("#[column(type = \"decimal(10,2)\")] String", "#[column(type = \"decimal(12,4)\")] String", "1.25"),
        ("#[column(type = \"datetime\")] String", "#[column(type = \"datetime(6)\")] String", "'2001-02-03 04:05:06'"),
        ("bool", "i8", "1"),
        ("#[column(type = \"json\")] String", "#[column(type = \"longtext\")] String", "'{\"a\": 1}'"),
    ] {
        let declared = |text: &str| match text.split_once("] ") {
            Some((attribute, ty)) => format!("{ID} {attribute}] value: {ty}, #[column(index)] n: Option<i32> }}"),
            None => format!("{ID} value: {text}, #[column(index)] n: Option<i32> }}"),
        };
        let rows = format!("INSERT INTO item (value) VALUES ({value})");
        Trial::new(&declared(from), &declared(to), &rows).await.there_and_back().await;
    }
}

#[tokio::test]
async fn values_that_do_not_fit_stop_the_change_of_type() {
    let of = |ty: &str| format!("{ID} value: {ty} }}");
    let mut trial = Trial::new(&of("i32"), &of("u32"), "INSERT INTO item (value) VALUES (-1)").await;
    let said = trial.refused().await;
    assert!(said.contains("Out of range value"), "{said}");
    let mut trial = Trial::new(&of("i64"), &of("i32"), "INSERT INTO item (value) VALUES (3000000000)").await;
    trial.db.run("SET SESSION sql_mode = ''").await;
    let said = trial.refused().await;
    assert!(said.contains("sql_mode is not strict"), "{said}");
}

#[tokio::test]
async fn letters_that_a_character_set_lacks_stop_its_change() {
    let of = |charset: &str| format!("{ID} #[column(charset = \"{charset}\")] value: String }}");
    let (from, to) = (of("utf8mb4"), of("latin1"));
    Trial::new(&from, &to, "INSERT INTO item (value) VALUES ('é')").await.there_and_back().await;
    for mode in ["STRICT_ALL_TABLES", ""] {
        let mut trial = Trial::new(&from, &to, "INSERT INTO item (value) VALUES (_utf8mb4 X'F09F9880')").await;
        trial.db.run(&format!("SET SESSION sql_mode = '{mode}'")).await;
        let said = trial.refused().await;
        assert!(said.contains("Incorrect string value") || said.contains("sql_mode is not strict"), "{said}");
    }
}

#[tokio::test]
async fn columns_change_names_all_at_once() {
    let rows = changed(
        "#[column(index, check(\"a > 0\"))] a: i32, b: i32, #[column(generated = \"a + b\")] sum: Option<i64>",
        "#[column(index, renamed_from = \"b\")] a: i32, #[column(renamed_from = \"a\", check(\"b > 0\"))] b: i32, #[column(generated = \"a + b\")] sum: Option<i64>",
        "INSERT INTO item (a, b) VALUES (1, -2)",
    )
    .await;
    assert_eq!(rows, ["item: a '-2' b '1' id '1' sum '-1'"]);
}

/// MariaDB takes the columns of a foreign key by the names that they had.
#[tokio::test]
async fn what_a_stored_column_reads_gets_the_name_of_what_a_foreign_key_writes() {
    let stored = |read: &str| format!("#[column(generated = \"{read} div 2\", stored)] half: Option<i64>");
    let table = |key: &str, fields: &str| {
        let key = format!(
            "foreign_key({key}, references = Item, on_delete = set_null, name = \"f\"), index({key}, name = \"k\")"
        );
        format!("{} {fields} }}", ID.replace("struct", &format!("#[table({key})] struct")))
    };
    let from = table("parent", &format!("n: i64, parent: Option<i64>, {}", stored("n")));
    let rows = "INSERT INTO item (id, n, parent) VALUES (1, 8, NULL), (2, 6, 1)";
    for (key, read, statements) in [("n", "parent", 3), ("of", "parent", 2), ("n", "m", 2), ("of", "m", 1)] {
        let fields = format!(
            "#[column(renamed_from = \"parent\")] {key}: Option<i64>, #[column(renamed_from = \"n\")] {read}: i64, {}",
            stored(read)
        );
        let mut trial = Trial::new(&from, &table(key, &fields), rows).await;
        let renames = trial.text().matches("ALGORITHM=INSTANT").count();
        assert_eq!(renames, 2 * statements, "{}", trial.text());
        let rows = trial.there_and_back().await;
        assert!(rows.iter().all(|row| row.contains("half '4'") || row.contains("half '3'")), "{rows:?}");
    }
}

/// The linter reads the files too: `files` fails where it finds what they don't say.
#[tokio::test]
async fn columns_change_places_with_their_keys_before_they_change_their_types() {
    let kid = "#[derive(Table)] struct Kid { #[column(primary_key, identity)] id: i64,
        #[column(references = Item(code), index)] item: i32 }";
    let item = |fields: &str, kid: &str| {
        format!("#[derive(Table)] struct Item {{ #[column(primary_key, identity)] id: i64, {fields} }} {kid}")
    };
    let from = item("#[column(unique)] code: i32, #[column(index)] name: String", kid);
    let renamed = "#[column(renamed_from = \"name\", index)] code: Option<String>, #[column(renamed_from = \"code\", unique)] name: i32";
    let to = item(renamed, &kid.replace("(code)", "(name)"));
    let rows = "INSERT INTO item (code, name) VALUES (7, 'a'), (8, 'b'); INSERT INTO kid (item) VALUES (8)";
    let rows = Trial::new(&from, &to, rows).await.there_and_back().await;
    assert_eq!(rows, ["item: code 'a' id '1' name '7'", "item: code 'b' id '2' name '8'", "kid: id '1' item '8'"]);
}

/// MariaDB keeps the check of a json column under the name that the column had.
#[tokio::test]
async fn json_columns_change_names_and_places() {
    let item =
        |fields: &str| format!("#[derive(Table)] struct Item {{ #[column(primary_key, identity)] id: i64, {fields} }}");
    let from = item("#[column(type = \"json\")] a: String, b: i64");
    let rows = "INSERT INTO item (a, b) VALUES ('{\"x\": 1}', 7)";
    for (to, expected) in [
        ("#[column(type = \"json\", renamed_from = \"a\")] c: String, b: i64", "item: b '7' c '{\"x\": 1}' id '1'"),
        (
            "#[column(type = \"json\", renamed_from = \"a\")] b: String, #[column(renamed_from = \"b\")] a: i64",
            "item: a '7' b '{\"x\": 1}' id '1'",
        ),
    ] {
        assert_eq!(Trial::new(&from, &item(to), rows).await.there_and_back().await, [expected]);
    }
}

#[tokio::test]
async fn labels_are_renamed_mapped_and_put_in_order_with_the_rows() {
    let item = "#[derive(Table)] struct Item { #[column(primary_key)] id: i64, mood: Mood, was: Option<Mood> }";
    let from = format!("{item} #[derive(SqlEnum)] enum Mood {{ Good, Bad, Junk }}");
    let to = format!(
        "{item} #[derive(SqlEnum)] #[sql_enum(allow(drop_label(\"Junk\", reason = \"r\", map_to = \"Fine\")))]
        enum Mood {{ Fine, #[label(renamed_from = \"Bad\")] Good, #[label(renamed_from = \"Good\")] Bad }}"
    );
    let mut trial = Trial::new(&from, &to, "INSERT INTO item VALUES (1, 'Good', NULL), (2, 'Bad', 'Good')").await;
    let rows = trial.there_and_back().await;
    assert_eq!(rows, ["item: id '1' mood 'Bad' was NULL", "item: id '2' mood 'Good' was 'Bad'"]);
    let mut trial = Trial::new(&from, &to, "INSERT INTO item VALUES (1, 'Junk', NULL)").await;
    trial.db.up(&trial.pairs).await;
    assert_eq!(trial.db.values("SELECT CONCAT(mood) FROM item").await, ["Fine"]);
}

#[tokio::test]
async fn a_label_that_goes_is_looked_for() {
    let item = "#[derive(Table)] struct Item { #[column(primary_key)] id: i64, mood: Mood }";
    let from = format!("{item} #[derive(SqlEnum)] enum Mood {{ Good, Bad }}");
    let to = format!("{item} #[derive(SqlEnum)] enum Mood {{ Good }}");
    let mut trial = Trial::new(&from, &to, "INSERT INTO item VALUES (1, 'Good'), (2, 'Bad')").await;
    let said = trial.refused().await;
    assert!(said.contains("'item: 1 rows hold Bad in mood, the first with id = 2'"), "{said}");
}

#[tokio::test]
async fn a_dropped_column_gets_what_its_rows_shall_have_when_it_comes_back() {
    let from = format!("{ID} code: i32, name: String }}");
    let to = "#[derive(Table)] #[table(allow(drop_column(\"code\", reason = \"r\", restore = \"id * 2\")))]
        struct Item { #[column(primary_key, identity)] id: i64, name: String }";
    Trial::new(&from, to, "INSERT INTO item (code, name) VALUES (2, 'a'), (4, 'b')").await.there_and_back().await;
}

#[tokio::test]
async fn tables_with_computed_columns_change() {
    let of = |fields: &str, kind: &str| {
        format!(
            "{ID} n: i32, {fields} #[column(generated = \"n + 1\"{kind})] sum: Option<i64>, #[column(index)] last: Option<i32> }}"
        )
    };
    let rows = "INSERT INTO item (n, last) VALUES (1, 2), (3, 4)";
    let (none, two) = ("", "#[column(default = \"1\")] a: i32, b: Option<String>,");
    for kind in ["", ", stored"] {
        let computed = format!("#[column(generated = \"n + 2\"{kind})] b: Option<i64>,");
        let additions = [two, "#[column(default = \"1\", index)] a: i32,", "b: Option<i32>,", &computed];
        for (from, to) in additions.map(|to| (none, to)) {
            Trial::new(&of(from, kind), &of(to, kind), rows).await.there_and_back().await;
            let emptied = Trial::new(&of(to, kind), &of(from, kind), "").await.there_and_back().await;
            assert_eq!(emptied, [""; 0]);
        }
        let nullable = of(none, kind).replace("n: i32", "n: Option<i32>");
        Trial::new(&of(none, kind), &nullable, rows).await.there_and_back().await;
        let indexed = of(none, kind).replace(")] sum", ", index)] sum");
        Trial::new(&of(none, kind), &indexed, rows).await.there_and_back().await;
        Trial::new(&indexed, &indexed.replace("n: i32,", "n: i32, z: Option<i32>,"), rows).await.there_and_back().await;
        for commented in [of(none, kind), indexed] {
            let with = commented.replace(")] sum", ", comment = \"what it says\")] sum");
            Trial::new(&commented, &with, rows).await.there_and_back().await;
        }
    }
}

/// Strict mode refuses what is too long or out of range, and rounds the rest without a word.
#[tokio::test]
async fn a_value_that_another_type_would_round_stops_it() {
    let of = |ty: &str| {
        format!("#[derive(Table)] struct Item {{ #[column(primary_key)] id: i64, #[column(type = \"{ty}\")] v: Any }}")
    };
    for (from, to, fits, other) in [
        ("decimal(10,3)", "decimal(10,1)", "12.300", "12.345"),
        ("double", "int", "2", "1.5"),
        ("double", "float", "0.5", "0.123456789012"),
        ("bigint", "double", "7", "9007199254740993"),
        ("datetime(6)", "datetime", "'2024-01-01 10:00:00'", "'2024-01-01 10:00:00.5'"),
        ("datetime", "date", "'2024-01-01'", "'2024-01-01 10:00:00'"),
        ("time(3)", "time", "'10:00:00'", "'10:00:00.5'"),
        ("varchar(30)", "date", "'2024-01-01'", "'2024-01-01 10:00:00'"),
        ("varchar(9)", "char(9)", "'a'", "'a '"),
        ("varchar(9)", "int", "'-7'", "'007'"),
        ("text", "decimal(9,2)", "'7.5'", "'07.5'"),
        ("text", "decimal(9,2)", "'0.25'", "'0.125'"),
        ("varchar(9)", "double", "'0.5'", "'1e3'"),
    ] {
        let mut trial =
            Trial::new(&of(from), &of(to), &format!("INSERT INTO item VALUES (1, {fits}), (2, {other})")).await;
        let said = trial.refused().await;
        assert!(said.contains(&format!("hold a value in v that {to} would change, the first with id = 2")), "{said}");
        let text = trial.text();
        assert!(
            text.contains(&format!("-- Data: refused while `item.v` holds a value that {to} would change")),
            "{text}"
        );
        let mut trial = Trial::new(&of(from), &of(to), &format!("INSERT INTO item VALUES (1, {fits})")).await;
        trial.db.up(&trial.pairs).await;
        trial.db.down(&trial.pairs).await;
        trial.db.up(&trial.pairs).await;
    }
}

#[tokio::test]
async fn a_plain_column_that_becomes_computed_says_what_it_loses() {
    let of = |attribute: &str| format!("{ID} n: i32, #[column({attribute})] sum: Option<i64> }}");
    let (from, to) = (of("default = \"1\""), of("generated = \"n + 1\", stored"));
    let trial = Trial::new(&from, &to, "INSERT INTO item (n, sum) VALUES (1, 7)").await;
    let text = trial.text();
    assert!(text.contains("-- Data: the values of `item.sum` are replaced by computed ones"), "{text}");
    assert!(text.contains("-- Reversible: definitions yes, rows not fully") && text.contains("-- H68"), "{text}");
}

#[tokio::test]
async fn a_column_named_like_a_word_of_the_language_is_renamed_and_the_word_is_not() {
    let of = |day: &str, attribute: &str, expression: &str| {
        format!(
            "#[derive(Table)] #[table(check(\"{expression}\", name = \"c\"))] struct Item {{ #[column(primary_key)] id: i64,
            #[column(type = \"date\"{attribute})] {day}: String, #[column(type = \"datetime\")] at: String,
            #[column(type = \"date\", generated = \"CAST(at AS date)\", stored)] of: Option<String> }}"
        )
    };
    let from = of("date", "", "date < at + INTERVAL 1 day");
    let to = of("day", ", renamed_from = \"date\"", "day < at + INTERVAL 1 day");
    let rows = "INSERT INTO item (id, date, at) VALUES (1, '2020-01-01', '2020-01-02 10:00:00')";
    Trial::new(&from, &to, rows).await.there_and_back().await;
}

#[tokio::test]
async fn a_renamed_column_is_followed_by_defaults_and_partitioning() {
    let of = |a: &str, attribute: &str| {
        format!(
            "#[derive(Table)] #[table(primary_key(id, {a}), partitioning = \"HASH ({a}) PARTITIONS 2\")]
            struct Item {{ id: i64, {attribute} {a}: i64, #[column(default = \"{a} + 1\")] next: i64 }}"
        )
    };
    let (from, to) = (of("n", ""), of("number", "#[column(renamed_from = \"n\")]"));
    let mut trial = Trial::new(&from, &to, "INSERT INTO item (id, n) VALUES (1, 5), (2, 6)").await;
    assert_eq!(trial.there_and_back().await.len(), 2);
    assert!(!trial.text().contains("PARTITION"), "{}", trial.text());
}

/// The server compares labels under the column's collation: the most do not tell cases apart.
#[tokio::test]
async fn a_label_gets_another_case() {
    let of = |label: &str, collate: &str| {
        format!(
            "#[derive(Table)] struct Item {{ #[column(primary_key)] id: i64, #[column(default = \"'Done'\"{collate})] mood: Mood }}
            #[derive(SqlEnum)] enum Mood {{ Done, {label} }}"
        )
    };
    for collate in ["", ", collate = \"utf8mb4_bin\""] {
        let to = of("#[label(renamed_from = \"Open\")] #[sqlx(rename = \"open\")] Open", collate);
        let rows = Trial::new(&of("Open", collate), &to, "INSERT INTO item VALUES (1, 'Open'), (2, 'Done')").await;
        assert_eq!({ rows }.there_and_back().await, ["item: id '1' mood 'open'", "item: id '2' mood 'Done'"]);
    }
}

/// What rows get that say nothing of the column, while its labels change.
#[tokio::test]
async fn a_default_stays_while_labels_change() {
    let of = |label: &str| {
        format!(
            "#[derive(Table)] struct Item {{ #[column(primary_key)] id: i64, #[column(default = \"'Paid'\")] state: State }}
            #[derive(SqlEnum)] enum State {{ Open, Paid, {label} }}"
        )
    };
    let rows = "INSERT INTO item VALUES (1, 'Lost'), (2, 'Paid')";
    let mut trial = Trial::new(&of("Lost"), &of("#[label(renamed_from = \"Lost\")] Gone"), rows).await;
    let text = trial.text();
    assert!(text.matches("DEFAULT 'Paid'").count() >= text.matches("MODIFY COLUMN").count(), "{text}");
    trial.there_and_back().await;
}
