use schema_runtime::Table;

#[derive(Table)]
struct DroppedColumn {
    #[column(primary_key)]
    id: i64,
    legacy: Option<String>,
    counted: i32,
}
