use schema_runtime::{SqlEnum, Table};

#[derive(Table)]
enum Mood {
    Good,
}

#[derive(SqlEnum)]
struct User {
    id: i64,
}

fn main() {}
