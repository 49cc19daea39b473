use schema_runtime::Table;

#[derive(Table)]
struct DroppedNotNull {
    #[column(primary_key)]
    id: i64,
    name: String,
}
