//! Compares the structs of all three crates with `schema/` and writes the difference to `migrations/`.

fn main() {
    schema_core::build::Build::new(schema_core::ir::Dialect::Sqlite)
        .crate_root("../accounts/src/lib.rs")
        .crate_root("../orders/src/lib.rs")
        .run();
}
