//! Two databases: what `shop` declares, on PostgreSQL and on SQLite, and what `cache` declares, on SQLite.

use schema_core::build::{Build, run_all};
use schema_core::ir::Dialect;

fn main() {
    run_all([
        Build::new(Dialect::Postgres).module("shop").schema_dir("schema/server").migrations("migrations/server"),
        Build::new(Dialect::Sqlite).module("shop").schema_dir("schema/embedded").migrations("migrations/embedded"),
        Build::new(Dialect::Sqlite).module("cache").schema_dir("schema/cache").migrations("migrations/cache"),
    ]);
}
