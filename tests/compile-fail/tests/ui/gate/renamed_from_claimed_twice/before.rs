use schema_runtime::Table;

#[derive(Table)]
struct ClaimedTwice {
    #[column(primary_key)]
    id: i64,
    name: Option<String>,
}
