use schema_runtime::Table;

#[derive(Table)]
struct RenamedFromNothing {
    #[column(primary_key)]
    id: i64,
    name: String,
}
