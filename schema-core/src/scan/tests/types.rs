use super::*;

fn types_of(dialect: Dialect, types: &[&str], header: &str) -> Vec<String> {
    let fields: Vec<String> = types.iter().enumerate().map(|(n, ty)| format!("f{n}: {ty},\n")).collect();
    let text = format!("{header}\n#[derive(Table)] struct T {{ {} }}", fields.concat());
    let scan = clean(scan_as(dialect, &[("src/lib.rs", &text)]));
    columns(&scan, "t").iter().map(|column| column.split_once(' ').unwrap().1.to_owned()).collect()
}

#[test]
fn option_is_nullable_wherever_it_hides() {
    let header = "type Maybe<T> = Option<T>; type MaybeText = Maybe<String>; #[derive(Type)] #[sqlx(transparent)] struct Wrapped(Option<i32>);";
    let types = [
        "Option<i32>",
        "std::option::Option<String>",
        "Maybe<bool>",
        "MaybeText",
        "Wrapped",
        "core::option::Option<Vec<u8>>",
        "i32",
    ];
    assert_eq!(
        types_of(Dialect::Postgres, &types, header),
        ["integer?", "text?", "boolean?", "text?", "integer?", "bytea?", "integer"]
    );
}

#[test]
fn bytes_arrays_and_pointers() {
    let types = [
        "Vec<u8>",
        "Box<[u8]>",
        "[u8; 16]",
        "Vec<String>",
        "Vec<Option<i32>>",
        "[f64; 3]",
        "Box<str>",
        "std::sync::Arc<str>",
        "std::borrow::Cow<'static, str>",
        "&'static str",
        "&'static [u8]",
    ];
    assert_eq!(
        types_of(Dialect::Postgres, &types, ""),
        [
            "bytea",
            "bytea",
            "bytea",
            "text[]",
            "integer[]",
            "double precision[]",
            "text",
            "text",
            "text",
            "text",
            "bytea"
        ]
    );
    assert_eq!(types_of(Dialect::Sqlite, &["Vec<u8>", "Box<[u8]>", "Box<str>"], ""), ["BLOB", "BLOB", "TEXT"]);
}

#[test]
fn json_ranges_and_newtypes() {
    let header = "use sqlx::{types::Json, postgres::types::PgRange}; use chrono::{DateTime, Utc}; struct Doc;
        #[derive(sqlx::Type)] struct Id(i64); #[derive(sqlx::Type)] #[sqlx(transparent)] struct Tag<T>(T);
        #[derive(sqlx::Type)] #[sqlx(type_name = \"citext\")] struct Email(String);
        #[derive(sqlx::Type)] #[sqlx(transparent)] struct Named { inner: uuid::Uuid }
        #[derive(sqlx::Type)] #[repr(i16)] enum Level { Low = 1 }";
    let types = [
        "Json<Doc>",
        "serde_json::Value",
        "PgRange<DateTime<Utc>>",
        "PgRange<i32>",
        "Id",
        "Tag<bool>",
        "Email",
        "Named",
        "Level",
        "Vec<Id>",
    ];
    assert_eq!(
        types_of(Dialect::Postgres, &types, header),
        ["jsonb", "jsonb", "tstzrange", "int4range", "bigint", "boolean", "citext", "uuid", "smallint", "bigint[]"]
    );
    assert_eq!(
        types_of(Dialect::Sqlite, &["Json<Doc>", "Id", "Email", "Level"], header),
        ["TEXT", "INTEGER", "TEXT", "INTEGER"]
    );
}

#[test]
fn enums_of_the_crate_are_types_of_the_schema() {
    let header = "#[derive(SqlEnum)] #[sql_enum(schema = \"app\")] enum Mood { Good }";
    assert_eq!(
        types_of(Dialect::Postgres, &["Mood", "Vec<Mood>", "Option<Mood>"], header),
        ["app.mood", "app.mood[]", "app.mood?"]
    );
    assert_eq!(
        types_of(Dialect::Sqlite, &["Mood", "Option<Mood>"], "#[derive(SqlEnum)] enum Mood { Good }"),
        ["mood", "mood?"]
    );
}

#[test]
fn a_stated_type_wins_and_the_field_says_whether_it_is_nullable() {
    let scan = postgres(&[(
        "src/lib.rs",
        "#[derive(SqlEnum)] enum Mood { Good } struct Far;
         #[derive(Table)] struct T {
            #[column(type = \"varchar(50)\")] a: String,
            #[column(type = \"point\")] b: Option<Far>,
            #[column(type = \"mood\")] c: Far,
            #[column(type = \"mood[]\")] d: Vec<Far>,
            #[sqlx(json)] e: Vec<Far>,
            #[sqlx(json(nullable))] f: Option<Far>,
            #[sqlx(try_from = \"i64\")] g: Far,
            #[sqlx(try_from = \"Option<String>\")] h: Far,
            #[sqlx(try_from = \"schema_runtime::Label\")] i: Mood,
         }",
    )]);
    assert_eq!(
        columns(&scan, "t"),
        [
            "a character varying(50)",
            "b point?",
            "c mood",
            "d mood[]",
            "e jsonb",
            "f jsonb?",
            "g bigint",
            "h text?",
            "i mood"
        ]
    );
    assert!(matches!(column(&scan, "t", "c").ty, crate::ir::SqlType::Named(_)));
}

#[test]
fn strict_tables_have_the_types_that_strict_allows() {
    let scan = sqlite(&[(
        "src/lib.rs",
        "#[derive(Table)] #[table(strict)] struct T { id: i64, b: bool, at: chrono::NaiveDateTime, on: Option<chrono::NaiveDate>, u: uuid::Uuid }",
    )]);
    assert_eq!(columns(&scan, "t"), ["id INTEGER", "b INTEGER", "at TEXT", "on TEXT?", "u BLOB"]);
}

#[test]
fn what_the_database_lacks_is_an_error_with_a_way_out() {
    let text = "type Count = u64;\n#[derive(Table)] struct T {\n  a: Count,\n  b: Option<u32>,\n  c: Vec<Vec<i32>>,\n  d: (i32, i32),\n  e: usize,\n  f: Option<Option<i32>>,\n  g: Unseen,\n}";
    let found = messages(&scan_as(Dialect::Postgres, &[("src/lib.rs", text)]));
    assert_eq!(
        found[0],
        "src/lib.rs:3:6 table `t`: column `a`: PostgreSQL has no type for `u64` | use `i64` if its range suffices | use `sqlx::types::Decimal` (`numeric`) for the whole range"
    );
    assert_eq!(
        found[1],
        "src/lib.rs:4:6 table `t`: column `b`: PostgreSQL has no type for `u32` | use `i64`, the smallest signed type that holds every `u32`"
    );
    assert_eq!(
        found[2],
        "src/lib.rs:5:6 table `t`: column `c`: sqlx stores no arrays of arrays | store it as JSON: `#[sqlx(json)]` on the field"
    );
    assert!(found[3].starts_with("src/lib.rs:6:6 table `t`: column `d`: `(i32, i32)` has no SQL type"), "{}", found[3]);
    assert!(found[4].ends_with("use `i64`, whose size is the same on every machine"));
    assert!(found[5].contains("`Option` within `Option`"));
    assert_eq!(
        found[6],
        "src/lib.rs:9:6 table `t`: column `g`: type `Unseen` is unknown here | state it: `#[column(type = \"..\")]`"
    );
    assert_eq!(found.len(), 7);
}

#[test]
fn sqlite_has_no_arrays_and_no_decimals() {
    let text = "#[derive(Table)] struct T {\n  a: Vec<String>,\n  b: rust_decimal::Decimal,\n  c: [u8; 4],\n}";
    let found = messages(&scan_as(Dialect::Sqlite, &[("src/lib.rs", text)]));
    assert_eq!(
        found[0],
        "src/lib.rs:2:6 table `t`: column `a`: SQLite has no arrays | store it as JSON: `#[sqlx(json)]` on the field | or give the elements a table of their own"
    );
    assert!(
        found[1].contains("SQLite has no type for `rust_decimal::Decimal` | use `sqlx::types::Text<..>`"),
        "{}",
        found[1]
    );
    assert!(found[2].contains("use `Vec<u8>`"), "{}", found[2]);
}

#[test]
fn the_derive_is_told_what_to_assert() {
    let scan = postgres(&[(
        "src/lib.rs",
        "#[derive(sqlx::Type)] struct Id(i64); type Alias = Option<String>;
         #[derive(Table)] struct T { id: Id, a: Alias, r#type: Vec<u8>, at: chrono::DateTime<chrono::Utc>, list: Vec<i32>, u: uuid::Uuid, n: i64, j: sqlx::types::Json<i32>, #[column(type = \"text\")] x: String }",
    )]);
    let expected = [
        ("a", "::std::string::String"),
        ("type", "::std::vec::Vec<::core::primitive::u8>"),
        ("at", "::schema_runtime::sqlx::types::chrono::DateTime<::schema_runtime::sqlx::types::chrono::Utc>"),
        ("list", "::std::vec::Vec<::core::primitive::i32>"),
        ("u", "::schema_runtime::sqlx::types::Uuid"),
        ("n", "::core::primitive::i64"),
    ];
    let expected: Vec<_> = expected.into_iter().map(|(field, ty)| (field.to_owned(), ty.to_owned())).collect();
    assert_eq!(scan.model.items[0].field_types, expected);
}
