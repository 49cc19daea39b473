use schema_runtime::Table;

#[derive(Table)]
struct User {
    id: i64,
    #[sqlx(skip)]
    #[column(index)]
    cached: i64,
}

fn main() {}
