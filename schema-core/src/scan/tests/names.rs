use super::*;

/// A table `T` in `src/models.rs` with a field of each type; the crate's other files are given.
fn with_types(types: &[&str], header: &str, files: &[(&str, &str)]) -> Vec<String> {
    let fields: Vec<String> = types.iter().enumerate().map(|(n, ty)| format!("f{n}: {ty},")).collect();
    let models = format!("{header}\n#[derive(Table)] struct T {{ {} }}", fields.concat());
    let mut files = files.to_vec();
    files.push(("src/models.rs", &models));
    let scan = postgres(&files);
    table(&scan, "t").columns.iter().map(|column| column.ty.to_string()).collect()
}

#[test]
fn aliases_newtypes_and_enums_resolve_through_use() {
    let found = with_types(
        &[
            "Key",
            "Short",
            "b::Email",
            "crate::a::Key",
            "super::a::b::Email",
            "self::Own",
            "Renamed",
            "Mood",
            "a::Chain",
        ],
        "use crate::a::{self, Key, b::{self, Mood}}; use super::a::Key as Short; use a::b::Email as Renamed; type Own = bool;",
        &[
            ("src/lib.rs", "mod a; mod models;"),
            ("src/a.rs", "pub mod b; pub type Key = i64; pub type Chain = Second; type Second = b::Third;"),
            (
                "src/a/b.rs",
                "pub type Third = Option<super::Key>;
                 #[derive(sqlx::Type)] #[sqlx(transparent)] pub struct Email(String);
                 #[derive(SqlEnum)] pub enum Mood { Good }",
            ),
        ],
    );
    assert_eq!(found, ["bigint", "bigint", "text", "bigint", "text", "boolean", "text", "mood", "bigint"]);
}

#[test]
fn globs_and_re_exports_are_followed_in_circles_too() {
    let found = with_types(
        &["Id", "Deep", "Clock", "Uuid", "prelude::Id"],
        "use super::*; use crate::prelude::*;",
        &[
            ("src/lib.rs", "mod models; pub mod prelude; mod ids; pub use models::*;"),
            (
                "src/prelude.rs",
                "pub use crate::ids::*; pub use super::models::*; pub use sqlx::types::{Uuid, chrono::*}; pub use self::inner::Hidden as Deep; mod inner { pub type Hidden = i16; } pub type Clock = DateTime<Utc>;",
            ),
            ("src/ids.rs", "pub type Id = i32; pub use crate::prelude::*;"),
        ],
    );
    assert_eq!(found, ["integer", "smallint", "timestamp with time zone", "uuid", "integer"]);
}

#[test]
fn two_modules_may_have_a_struct_of_one_name() {
    let scan = postgres(&[(
        "src/lib.rs",
        "mod a { pub type Id = i32; #[derive(Table)] #[table(name = \"a_users\")] pub struct User { #[column(primary_key)] pub id: Id } }
         mod b { pub type Id = i64; #[derive(Table)] #[table(name = \"b_users\")] pub struct User { #[column(primary_key)] pub id: Id } }
         mod c { use super::b::User; use super::a;
            #[derive(Table)] struct Link { #[column(references = User)] b: i64, #[column(references = a::User)] a: i32 } }",
    )]);
    let keys: Vec<_> =
        table(&scan, "link").foreign_keys.iter().map(|key| format!("{} {}", key.name, key.references)).collect();
    assert_eq!(keys, ["link_a_fkey a_users", "link_b_fkey b_users"]);
    assert_eq!(columns(&scan, "a_users"), ["id integer"]);
}

#[test]
fn private_names_are_not_imported_by_globs_of_others() {
    let scan = scan_as(
        Dialect::Postgres,
        &[(
            "src/lib.rs",
            "mod a { type Hidden = i32; pub mod inner { use super::*; pub type Seen = Hidden; } }
            mod b { use crate::a::*; #[derive(Table)] struct T { seen: inner::Seen, hidden: Hidden } }",
        )],
    );
    assert_eq!(messages(&scan).len(), 1);
    assert!(messages(&scan)[0].contains("column `hidden`: type `Hidden` is unknown here"), "{:?}", messages(&scan));
}

#[test]
fn own_names_come_before_the_preludes_and_other_crates() {
    let found = with_types(
        &["String", "Vec", "uuid::Uuid", "std::string::String", "::uuid::Uuid"],
        "type String = i64; struct Other; type Vec = bool; mod uuid { pub type Uuid = i16; }",
        &[("src/lib.rs", "mod models;")],
    );
    assert_eq!(found, ["bigint", "boolean", "smallint", "text", "uuid"]);
}

#[test]
fn the_crate_may_name_itself() {
    let found = with_types(
        &["me::Key", "Key"],
        "use me::Key;",
        &[("src/lib.rs", "extern crate self as me; mod models; pub type Key = i64;")],
    );
    assert_eq!(found, ["bigint", "bigint"]);
}

#[test]
fn a_type_that_depends_on_cfg_is_asked_for() {
    let scan = scan_as(
        Dialect::Postgres,
        &[("src/lib.rs", "#[cfg(unix)] type Id = i32; #[cfg(windows)] type Id = i64; #[cfg(unix)] use a::X; #[cfg(windows)] use a::X;
            mod a { pub type X = i16; }
            #[derive(Table)] struct T { id: Id, x: X }")],
    );
    assert_eq!(
        messages(&scan),
        ["src/lib.rs:3:45 table `t`: column `id`: type `Id` depends on a cfg | state it: `#[column(type = \"..\")]`"]
    );
    assert_eq!(columns(&scan, "t"), ["x smallint"]);
}

#[test]
fn types_that_refer_to_themselves_end() {
    let scan = scan_as(
        Dialect::Postgres,
        &[("src/lib.rs", "type A = B; type B = A; type V<T> = (T, T); type W<T> = V<W<W<T>>>; use self::loop_a as loop_b; use self::loop_b as loop_a;
            #[derive(Table)] struct T { a: A, w: Option<W<W<i32>>>, l: loop_a }")],
    );
    assert_eq!(messages(&scan).len(), 3, "{:?}", messages(&scan));
}
