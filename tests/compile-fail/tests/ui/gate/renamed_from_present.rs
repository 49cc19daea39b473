use schema_runtime::Table;

#[derive(Table)]
struct RenamedFromPresent {
    #[column(primary_key)]
    id: i64,
    name: String,
    #[column(renamed_from = "name")]
    display_name: String,
}

fn main() {}
