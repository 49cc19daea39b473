//! What the compiler says: one case per rule, wording and place included.
//!
//! `TRYBUILD=overwrite` rewrites the expected texts.

use schema_runtime::model::{SqlEnum as _, Table as _};
use schema_runtime::{SqlEnum, Table};

#[test]
fn every_rule_of_the_attribute_language_has_its_error() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/attrs/*.rs");
}

#[derive(Table)]
#[table(name = "people", schema = "app", index(email, born desc))]
#[sqlx(rename_all = "camelCase")]
#[allow(dead_code, reason = "only the derive reads it")]
struct Person {
    #[column(primary_key, identity)]
    person_id: i64,
    #[sqlx(rename = "E-Mail")]
    email: String,
    #[column(name = "birthday")]
    born: Option<String>,
    #[sqlx(skip)]
    cached: u8,
    #[column(references = Person)]
    r#type: i64,
}

#[derive(SqlEnum)]
#[sqlx(type_name = "Mood", rename_all = "snake_case")]
#[allow(dead_code, reason = "only the derive reads it")]
enum Feeling {
    VeryGood,
    #[label(rename = "so-so")]
    SoSo,
}

#[test]
fn the_derives_state_names_as_the_schema_has_them() {
    assert_eq!((Person::NAME, Person::SCHEMA), ("people", Some("app")));
    assert_eq!(Person::COLUMNS, ["personId", "E-Mail", "birthday", "type"]);
    assert_eq!((Feeling::NAME, Feeling::LABELS), ("mood", ["very_good", "so-so"].as_slice()));
}
