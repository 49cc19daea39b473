use schema_runtime::Table;

#[derive(Table)]
struct User {
    #[column(comment = "a\0b")]
    id: i64,
}

fn main() {}
