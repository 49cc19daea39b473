use schema_runtime::Table;

#[derive(Table)]
#[table]
struct User {
    #[column = "id"]
    id: i64,
}

fn main() {}
