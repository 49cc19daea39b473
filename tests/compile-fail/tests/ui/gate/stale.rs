#![deny(deprecated)]

use schema_runtime::Table;

#[derive(Table)]
#[table(allow(drop_column("legacy", reason = "unread since 2.3")))]
struct Stale {
    #[column(primary_key)]
    id: i64,
    #[column(renamed_from = "name", backfill = "'a'")]
    display_name: String,
}

fn main() {}
