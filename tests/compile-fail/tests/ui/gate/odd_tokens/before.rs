use schema_runtime::Table;

#[derive(Table)]
struct OddTokens {
    #[column(primary_key)]
    r#type: i64,
    legacy: Option<i64>,
}
