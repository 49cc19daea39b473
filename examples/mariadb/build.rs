//! Compares the structs with `schema/` and writes the difference to `migrations/`.

fn main() {
    schema_core::build::Build::new(schema_core::ir::Dialect::MariaDb).run();
}
