use schema_runtime::Table;

#[derive(Table)]
struct Narrowing {
    #[column(primary_key)]
    id: i64,
    count: i64,
    role: String,
}
