use schema_runtime::Table;

#[derive(Table)]
#[column(name = "users")]
struct User {
    #[table(name = "id")]
    id: i64,
}

fn main() {}
