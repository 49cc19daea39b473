use schema_runtime::Table;

#[derive(Table)]
struct User {
    #[column(primary_key identity)]
    id: i64,
}

fn main() {}
