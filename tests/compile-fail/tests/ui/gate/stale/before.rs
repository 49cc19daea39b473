use schema_runtime::Table;

#[derive(Table)]
struct Stale {
    #[column(primary_key)]
    id: i64,
    #[column(renamed_from = "name", backfill = "'a'")]
    display_name: String,
}
