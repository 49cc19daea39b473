use super::*;

fn wrong(dialect: Dialect, text: &str) -> Vec<String> {
    messages(&scan_as(dialect, &[("src/lib.rs", text)]))
}

#[test]
fn what_sqlite_lacks_is_refused_where_it_is_written() {
    let found = wrong(
        Dialect::Sqlite,
        r#"schema! { schema app; }
#[derive(SqlEnum)] #[sql_enum(schema = "s", comment = "c")] enum M { A }
#[derive(Table)] #[table(schema = "s", comment = "c",
unique(a, nulls_not_distinct, deferrable),
index(a opclass = x_ops nulls_last, b collate = "C", include(b), using = gin, with(fillfactor = 70), nulls_not_distinct, unique),
foreign_key(a, references = T, match_full))]
struct T {
#[column(primary_key, identity = always, comment = "c")] a: i64,
#[column(collate = "de_DE")] b: String,
}"#,
    );
    let expected = [
        "src/lib.rs:1:18 SQLite has no schemas within a database | leave it out",
        "src/lib.rs:2:40 SQLite has no schemas within a database | leave `schema` out",
        "src/lib.rs:2:55 SQLite has no comments on objects | write a doc comment instead",
        "src/lib.rs:3:35 SQLite has no schemas within a database | leave `schema` out",
        "src/lib.rs:3:50 SQLite has no comments on objects | write a doc comment instead",
        "src/lib.rs:4:11 in SQLite NULLs are always distinct | leave `nulls_not_distinct` out",
        "src/lib.rs:4:31 SQLite defers foreign keys only, never unique constraints | leave `deferrable` out",
        "src/lib.rs:5:19 SQLite has no operator classes | leave `opclass` out",
        "src/lib.rs:5:25 SQLite's indexes have no order of NULLs of their own: NULLs are less than all values | leave `nulls_first` or `nulls_last` out",
        "src/lib.rs:5:49 SQLite brings no such collation | use `BINARY`, `NOCASE` or `RTRIM`",
        "src/lib.rs:5:62 SQLite's indexes have no INCLUDE | put the column at the end of the index's keys, or leave `include` out",
        "src/lib.rs:5:74 SQLite's indexes are all b-trees | leave `using` out",
        "src/lib.rs:5:84 SQLite's indexes have no storage parameters | leave `with` out",
        "src/lib.rs:5:102 in SQLite NULLs are always distinct | leave `nulls_not_distinct` out",
        "src/lib.rs:6:32 SQLite ignores `match_full` | leave it out, and add a `check` that says the same",
        "src/lib.rs:8:34 SQLite's AUTOINCREMENT can't refuse given values as `identity = always` does | write `identity`",
        "src/lib.rs:8:52 SQLite has no comments on objects | write a doc comment instead",
        "src/lib.rs:9:20 SQLite brings no such collation | use `BINARY`, `NOCASE` or `RTRIM`",
    ];
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.len(), expected.len());
}

#[test]
fn what_postgres_lacks_is_refused_where_it_is_written() {
    let found = wrong(
        Dialect::Postgres,
        r#"#[derive(Table)] #[table(strict, without_rowid, index(a, nulls_not_distinct))] struct T { #[column(generated = "1")] a: i32 }"#,
    );
    assert_eq!(
        found,
        [
            "src/lib.rs:1:34 `without_rowid` is SQLite's alone | leave it out",
            "src/lib.rs:1:58 `nulls_not_distinct` says nothing of an index that isn't unique | write `unique` beside it, or leave it out",
            "src/lib.rs:1:112 PostgreSQL has virtual generated columns from version 18 only | write `stored` beside it",
        ]
    );
}

#[test]
fn two_declarations_of_one_object_are_refused_at_the_second() {
    let found = wrong(
        Dialect::Postgres,
        "mod a { #[derive(Table)] pub struct User { #[column(primary_key)] id: i64 } #[derive(SqlEnum)] enum Mood { A } }
mod b { #[derive(Table)] pub struct User { id: Broken } #[derive(SqlEnum)] #[sql_enum(name = \"mood\")] enum Feeling { #[label(rename = \"x\")] A, #[label(rename = \"x\")] B } }
#[derive(Table)] struct T { #[column(references = b::User)] a: i64, #[column(name = \"a\")] b: i64 }
#[derive(SqlEnum)] enum E { #[label(rename = \"x\")] A, #[label(rename = \"x\")] B }
schema! {} schema! {}",
    );
    assert_eq!(
        found,
        [
            "src/lib.rs:2:37 table `user` is declared twice: first at src/lib.rs:1:37 | give one of them another `#[table(name = \"..\")]`, or remove it",
            "src/lib.rs:2:94 enum type `mood` is declared twice: first at src/lib.rs:1:101 | give one of them another `#[sql_enum(name = \"..\")]`, or remove it",
            "src/lib.rs:3:85 table `t`: column `a` is there already, from field `a` | give one of them another `#[column(name = \"..\")]`",
            "src/lib.rs:4:72 enum `e`: label `x` is there twice | rename one of them: `#[label(rename = \"..\")]`",
            "src/lib.rs:5:12 a crate has one `schema! {}` | move its statements into the first",
        ]
    );
}

#[test]
fn foreign_keys_to_nothing_are_refused() {
    let found = wrong(
        Dialect::Postgres,
        "struct Plain; #[derive(Table)] #[table(nme = 1)] struct Unreadable { id: i64 }
#[derive(Table)] struct Org { #[column(primary_key)] id: i64, #[column(unique)] slug: String }
#[derive(Table)] struct Keyless { id: i64 }
#[derive(Table)] #[table(primary_key(a, b))] struct Two { a: i64, b: i64 }
#[derive(Table)] struct A { #[column(references = Ogr)] a: i64 }
#[derive(Table)] struct B { #[column(references = Plain)] a: i64 }
#[derive(Table)] struct C { #[column(references = Org(slag))] a: String }
#[derive(Table)] struct D { #[column(references = Keyless)] a: i64 }
#[derive(Table)] struct E { #[column(references = Two)] a: i64 }
#[derive(Table)] struct F { #[column(references = Unreadable)] a: i64 }
#[derive(Table)] struct G { #[column(references = other::Thing)] a: i64 }",
    );
    let expected = [
        "src/lib.rs:5:51 table `a`: foreign key to `Ogr`: no struct `Ogr` is found | did you mean `Org`?",
        "src/lib.rs:6:51 table `b`: foreign key to `Plain`: `Plain` is no table | give it `#[derive(Table)]`",
        "src/lib.rs:7:55 table `c`: foreign key to `org`, which has no field `slag` | did you mean `slug`?",
        "src/lib.rs:8:38 table `d`: foreign key to `keyless`, which has no primary key | name the fields of a unique constraint: `references = Org(slug)`",
        "src/lib.rs:9:38 table `e`: foreign key of 1 column (a) to 2 of `two` (a, b) | name as many fields on both sides: `#[table(foreign_key(a, b, references = Org(a, b)))]`",
        "src/lib.rs:11:51 table `g`: foreign key to `Thing`: no struct `Thing` is found | bring it into scope with `use`, or write its path",
    ];
    let found: Vec<_> = found.into_iter().filter(|line| !line.starts_with("src/lib.rs:1:")).collect();
    assert_eq!(found, expected);
}

#[test]
fn flattening_needs_a_struct_of_the_crate_and_no_circle() {
    let found = wrong(
        Dialect::Postgres,
        "#[derive(Table)] #[table(index(x), index(kind))] struct T { id: i64, #[column(name = \"kind\")] sort: String, #[sqlx(flatten)] a: A, #[sqlx(flatten)] b: far::B }
struct A { #[sqlx(flatten)] t: Box<A>, #[sqlx(flatten)] again: Again }
type Again = A;",
    );
    assert_eq!(
        found,
        [
            "src/lib.rs:1:32 table `t`: `T` has no field `x`",
            "src/lib.rs:1:42 table `t`: `T` has no field `kind` | name the field, `sort`, rather than its column",
            "src/lib.rs:1:152 field `b`: the flattened struct isn't found in the crate | flatten a struct of this crate, whose fields the scan can read | or write its fields out",
            "src/lib.rs:2:32 field `t`: the flattened struct isn't found in the crate | flatten a struct of this crate, whose fields the scan can read | or write its fields out",
            "src/lib.rs:2:64 field `again`: the struct is flattened into itself | leave it out",
        ]
    );
}
