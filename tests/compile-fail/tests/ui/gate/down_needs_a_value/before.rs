use schema_runtime::Table;

#[derive(Table)]
struct NeedsRestore {
    #[column(primary_key)]
    id: i64,
    counted: i32,
}
