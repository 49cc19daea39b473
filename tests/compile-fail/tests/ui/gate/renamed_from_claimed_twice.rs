use schema_runtime::Table;

#[derive(Table)]
struct ClaimedTwice {
    #[column(primary_key)]
    id: i64,
    #[column(renamed_from = "name")]
    first_name: Option<String>,
    #[column(renamed_from = "name")]
    last_name: Option<String>,
}

fn main() {}
