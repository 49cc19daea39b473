//! What MariaDB and MySQL can't do.

use super::found;
use crate::ir::Dialect;

fn item(attributes: &str, fields: &str) -> String {
    format!(
        "#[derive(Table)] #[table({attributes})] struct Item {{ #[column(primary_key, identity)] id: i64, {fields} }}"
    )
}

#[track_caller]
fn says(dialect: Dialect, source: &str, expected: &str) {
    let found = found(dialect, source);
    assert!(found.iter().any(|line| line.contains(expected)), "{expected}: {found:?}");
}

#[test]
fn what_only_others_have_is_refused() {
    for dialect in [Dialect::MariaDb, Dialect::MySql] {
        for (attributes, fields, expected) in [
            ("index(name, include(n))", "name: String, n: i32", "`include`"),
            ("index(name, where = \"n > 0\")", "name: String, n: i32", "`where`"),
            ("index(name, using = gin)", "name: String", "no index method `gin`"),
            ("index(name, using = hash)", "name: String", "InnoDB makes a b-tree"),
            ("unique(name, deferrable)", "name: String", "`deferrable`"),
            ("foreign_key(up, references = Item(id), match_full)", "up: i64", "`match_full`"),
            (
                "foreign_key(up, references = Item(id), on_delete = set_default)",
                "#[column(default = \"0\")] up: i64",
                "`set_default`",
            ),
            ("unlogged", "name: String", "`unlogged`"),
            ("collate = \"C\"", "name: String", "no collation `C`"),
            ("", "#[column(collate = \"NOCASE\")] name: String", "no collation `NOCASE`"),
            ("", "#[column(collate = \"uca1400_ai_ci\")] name: String", "a different collation in each"),
            ("with(fillfactor = 80)", "name: String", "has no table option `fillfactor`"),
        ] {
            says(dialect, &item(attributes, fields), expected);
        }
    }
    says(Dialect::MariaDb, &item("index(expr = \"lower(name)\")", "name: String"), "indexes columns, not expressions");
    assert_eq!(found(Dialect::MySql, &item("index(expr = \"lower(name)\")", "name: String")), [""; 0]);
}

#[test]
fn one_column_is_numbered_at_the_begin_of_a_key() {
    let source = "#[derive(Table)] struct A { #[column(primary_key)] id: i64, #[column(identity)] n: i64 }";
    says(Dialect::MySql, source, "no key begins with the identity column `n`");
    let source =
        "#[derive(Table)] struct A { #[column(primary_key, identity)] id: u64, #[column(identity, index)] n: i64 }";
    says(Dialect::MySql, source, "column `n` is a second identity");
    assert_eq!(found(Dialect::MySql, "#[derive(Table)] struct A { #[column(primary_key, identity)] id: u8 }"), [""; 0]);
}

#[test]
fn what_a_server_changes_or_numbers_by_itself_is_computed_from_nowhere() {
    let both = [Dialect::MariaDb, Dialect::MySql];
    for dialect in both {
        let check = item("check(\"id > 0\", name = \"c\")", "n: i32");
        says(dialect, &check, "check `c` uses the identity column `id`");
        let stored = item("", "#[column(generated = \"id + 1\", stored)] next: Option<i64>");
        says(dialect, &stored, "generated column `next` uses the identity column `id`");
        let key = "foreign_key(up, references = Item(id), name = \"f\", on_update = cascade)";
        let up = "up: Option<i64>, #[column(generated = \"up + 1\", stored)] next: Option<i64>";
        says(dialect, &item(key, up), "generated column `next` uses column `up`, which `on_update = cascade`");
        let key = "foreign_key(up, references = Item(id), name = \"f\", on_delete = set_null), check(\"up > 0\")";
        says(dialect, &item(key, "up: Option<i64>"), "uses column `up`, which `on_delete = set_null`");
        let key = "foreign_key(up, references = Item(id), name = \"f\", on_delete = cascade), check(\"up > 0\")";
        assert_eq!(found(dialect, &item(key, "up: Option<i64>")), [""; 0]);
    }
    let virtual_one = "#[column(generated = \"id + 1\")] next: Option<i64>";
    assert_eq!(found(Dialect::MariaDb, &item("", virtual_one)), [""; 0]);
    says(Dialect::MySql, &item("", virtual_one), "uses the identity column");
    says(Dialect::MariaDb, &item("index(next)", virtual_one), "uses the identity column");
    says(
        Dialect::MariaDb,
        &item("check(\"next > 0\", name = \"c\")", virtual_one),
        "check `c` uses the identity column",
    );
}

#[test]
fn texts_that_the_catalog_would_garble_are_refused() {
    let labels = item("charset = \"latin1\"", "#[column(type = \"enum('a','ж')\")] e: String");
    says(Dialect::MySql, &labels, "the label `ж`, of which its character set `latin1` lacks a letter");
    let fits = item("charset = \"latin1\"", "#[column(type = \"enum('a','é€')\")] e: String");
    assert_eq!(found(Dialect::MySql, &fits), [""; 0]);
    let commented = item("", "#[column(comment = \"😀\")] e: String");
    says(Dialect::MariaDb, &commented, "the comment of `e` has a letter beyond U+FFFF");
    let checked = item("check(\"e <> '😀'\", name = \"c\")", "e: String");
    says(Dialect::MariaDb, &checked, "check `c` has a letter beyond U+FFFF");
    let named = |name: &str| item("", &format!("#[column(name = \"{name}\")] e: String"));
    says(Dialect::MariaDb, &named("a😀"), "the name `a😀` has a letter beyond U+FFFF");
    says(Dialect::MySql, &named("a "), "the name `a ` ends in a space");
    let updated = "#[column(on_update = \"CURRENT_TIMESTAMP\")] at: chrono::NaiveDateTime";
    says(Dialect::MariaDb, &item("", updated), "column `at` has `on_update` and no default");
    assert_eq!(found(Dialect::MySql, &item("", updated)), [""; 0]);
}

#[test]
fn keys_have_an_end() {
    let four = "a: String, b: String, c: String, d: String";
    says(Dialect::MariaDb, &item("unique(a, b, c, d)", four), "up to 4080 bytes, and InnoDB takes 3072");
    assert_eq!(found(Dialect::MariaDb, &item("unique(a, b, c)", four)), [""; 0]);
    says(Dialect::MariaDb, &item("", "#[column(type = \"text\", index)] note: String"), "only a prefix can be a key");
    let prefixed =
        |length: u32| item("", &format!("#[column(type = \"text\", index(prefix = {length}))] note: String"));
    assert_eq!(found(Dialect::MariaDb, &prefixed(100)), [""; 0]);
    says(Dialect::MariaDb, &prefixed(800), "key `item_note_idx` has up to 3200 bytes, and InnoDB takes 3072");
}

#[test]
fn character_sets_fit_their_collations_and_each_other() {
    let of = |kid: &str| {
        format!(
            "#[derive(Table)] struct Org {{ #[column(primary_key)] code: String }}
            #[derive(Table)] struct Kid {{ #[column(primary_key)] id: i64, #[column(references = Org {kid})] org: String }}"
        )
    };
    assert_eq!(found(Dialect::MariaDb, &of("")), [""; 0]);
    says(
        Dialect::MariaDb,
        &of(", collate = \"utf8mb4_bin\""),
        "pairs column `org` in `utf8mb4_bin` with `code` of `org` in the database's default",
    );
    for (attribute, expected) in [
        ("charset = \"latin1\"", "values of type `bigint` have no character set"),
        ("on_update = \"CURRENT_TIMESTAMP\"", "`on_update` is for `datetime` and `timestamp`"),
    ] {
        says(Dialect::MySql, &item("", &format!("#[column({attribute})] n: i64")), expected);
    }
    let unlike = "#[column(charset = \"latin1\", collate = \"utf8mb4_bin\")] name: String";
    says(Dialect::MySql, &item("", unlike), "the collation `utf8mb4_bin` is none of the character set `latin1`");
}

#[test]
fn names_of_indexes_are_each_table_s_own_and_those_of_foreign_keys_the_database_s() {
    let of = |what: &str| {
        format!(
            "#[derive(Table)] struct A {{ #[column(primary_key)] id: i64, {what} n: i64 }}
            #[derive(Table)] struct B {{ #[column(primary_key)] id: i64, {what} n: i64 }}"
        )
    };
    assert_eq!(found(Dialect::MySql, &of("#[column(index(name = \"i\"))]")), [""; 0]);
    says(Dialect::MySql, &of("#[column(index(name = \"x\"), unique(name = \"X\"))]"), "in upper and lower case only");
    let keys = of("")
        .replace("#[derive(Table)]", "#[derive(Table)] #[table(foreign_key(n, references = A(id), name = \"f\"))]");
    says(Dialect::MySql, &keys, "foreign key `f` has the name of one of `a`");
}

#[test]
fn labels_that_the_server_takes_for_one_are_refused() {
    let of = |attribute: &str| {
        format!(
            "#[derive(Table)] struct A {{ #[column(primary_key)] id: i64, {attribute} mood: Mood }}
            #[derive(SqlEnum)] enum Mood {{ Open, #[sqlx(rename = \"open\")] Other }}"
        )
    };
    let expected = "column `mood` has the labels `Open` and `open`, which the server takes for one";
    says(Dialect::MariaDb, &of(""), expected);
    assert_eq!(found(Dialect::MariaDb, &of("#[column(collate = \"utf8mb4_bin\")]")), [""; 0]);
    assert_eq!(found(Dialect::Postgres, &of("")), [""; 0]);
}
