use schema_runtime::Table;

#[derive(Table)]
struct User {
    #[column(unique(id, name))]
    id: i64,
    name: String,
}

fn main() {}
