use schema_runtime::Table;

#[derive(Table)]
#[sqlx(rename_all = "snakecase")]
struct User {
    #[sqlx(try_from = "not a type")]
    id: i64,
}

fn main() {}
