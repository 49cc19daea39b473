use schema_runtime::Table;

#[derive(Table)]
struct User {
    #[column(stored)]
    id: i64,
}

fn main() {}
