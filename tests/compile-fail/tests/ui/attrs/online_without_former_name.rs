use schema_runtime::Table;

#[derive(Table)]
struct Item {
    #[column(primary_key)]
    id: i64,
    #[column(online)]
    title: String,
}

fn main() {}
