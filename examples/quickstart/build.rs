//! Compares the structs with `schema/` and writes the difference to `migrations/`; each database has both folders.

use schema_core::build::Build;
use schema_core::ir::Dialect;

fn main() {
    if cfg!(feature = "postgres") {
        Build::new(Dialect::Postgres).schema_dir("postgres/schema").migrations("postgres/migrations").run();
    } else if cfg!(feature = "mariadb") {
        Build::new(Dialect::MariaDb).schema_dir("mariadb/schema").migrations("mariadb/migrations").run();
    } else {
        Build::new(Dialect::Sqlite).run();
    }
}
