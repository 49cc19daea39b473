//! `cargo schema doctor` on crates that lack this and that.

use crate::support::Shop;

#[test]
fn a_crate_that_was_prepared_is_well_but_for_a_database() {
    let shop = Shop::initialised();
    shop.write("src/main.rs", "fn main() {}\n");
    let ran = shop.schema(&["doctor"]).ends(0);
    let ran = ran.says("ok Cargo.toml: it names all crates that are needed").says("ok build.rs: ");
    let ran = ran.says("ok line endings: ").says("ok structs and files: 0 tables in the base, 0 migrations");
    ran.says("? database: none is named\n  help: set DATABASE_URL").says("ok scratch database: ");
}

#[test]
fn what_is_missing_is_named_with_what_to_do_and_all_at_once() {
    let shop = Shop::new();
    let ran = shop.schema(&["doctor"]).ends(1);
    let ran = ran.says(
        "wrong Cargo.toml: it lacks `schema-runtime` in [dependencies], `sqlx` in [dependencies], `schema-core` in",
    );
    ran.says("wrong build.rs: there is none").says("wrong schema/: ").says("help: `cargo schema init`");

    let shop = Shop::initialised();
    shop.write("src/main.rs", "#[derive(schema_runtime::Table)]\nstruct T { id: Vec<Vec<u8>> }\nfn main() {}\n");
    shop.write("migrations/.gitattributes", "");
    let json =
        shop.schema(&["doctor", "--database-url", "postgres://nobody@localhost:1/none", "--json"]).ends(1).json();
    let of =
        |what: &str| json["checks"].as_array().unwrap().iter().find(|check| check["what"] == what).unwrap().clone();
    assert_eq!(
        (&of("structs and files")["health"], &of("line endings")["health"]),
        (&"bad".into(), &"doubtful".into())
    );
    assert_eq!(of("database")["health"], "bad");
}
