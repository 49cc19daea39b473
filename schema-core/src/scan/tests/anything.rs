//! No input makes the scan or the checks panic.

use proptest::prelude::*;

use super::*;
use crate::ir::Schema;

const WORDS: &[&str] = &[
    "#[derive(Table)]",
    "#[derive(SqlEnum)]",
    "#[table(",
    "#[column(",
    "#[sqlx(",
    ")]",
    "struct A {",
    "struct A(",
    "enum A {",
    "}",
    ")",
    "(",
    "{",
    "mod a {",
    "mod a;",
    "use a::A;",
    "use super::*;
use crate::ir::Schema;",
    "use self::A as B;",
    "type A = B;",
    "type B = A;",
    "type B<T> = Vec<T>;",
    "include!(\"lib.rs\");",
    "a: A,",
    "b: Option<B>,",
    "c: i64,",
    "r#type: B<A>,",
    "flatten",
    "json",
    "transparent",
    "primary_key",
    "primary_key(c, b),",
    "identity",
    "unique,",
    "index(c desc),",
    "references = A",
    "references = A(c)",
    "name = \"é\",",
    "type = \"text[]\"",
    "schema = \"s\",",
    "renamed_from = \"c\"",
    "schema! { schema s; }",
    "#[path = \"lib.rs\"]",
    "#[cfg(test)]",
    "#[cfg(x)]",
    "default = \"(\"",
    "generated = \"((\"",
    ",",
    "\u{feff}",
    "\r\n",
    "\"",
    "'",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_words_is_scanned_or_refused(words in prop::collection::vec(prop::sample::select(WORDS), 0..25), postgres: bool) {
        let dialect = if postgres { Dialect::Postgres } else { Dialect::Sqlite };
        let scan = scan_as(dialect, &[("src/lib.rs", &words.join(" "))]);
        prop_assert!(crate::check::check(&scan.model, &Schema::empty(scan.model.schema.dialect)).is_sorted());
    }

    #[test]
    fn any_fields_of_a_table_are_scanned_or_refused(
        attributes in prop::collection::vec(prop::sample::select(&["primary_key", "identity", "unique", "index", "references = T", "references = T(a)", "on_delete = set_null", "default = \"1\"", "generated = \"1\"", "stored", "name = \"a\"", "renamed_from = \"b\"", "type = \"é[]\"", "type = \"varchar(3)\"", "collate = \"x\"", "check = \"1\"", "comment = \"c\""]), 0..5),
        ty in prop::sample::select(&["i64", "Option<String>", "Vec<Vec<u8>>", "M", "Option<M>", "N", "[u8; 3]", "Box<dyn X>", "&'static str", "T", "A<A<i32>>", "()", "fn()", "!"]),
        postgres: bool,
    ) {
        let text = format!(
            "#[derive(SqlEnum)] enum M {{ A }} type A<T> = Option<T>; #[derive(sqlx::Type)] struct N(M);\n#[derive(Table)] struct T {{ a: i64, #[column({})] b: {ty} }}",
            attributes.join(", ")
        );
        let dialect = if postgres { Dialect::Postgres } else { Dialect::Sqlite };
        let scan = scan_as(dialect, &[("src/lib.rs", &text)]);
        prop_assert!(scan.findings.is_sorted());
        prop_assert!(crate::check::check(&scan.model, &Schema::empty(scan.model.schema.dialect)).is_sorted());
    }
}
