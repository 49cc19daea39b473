use schema_runtime::Table;

#[derive(Table)]
struct User(i64);

#[derive(Table)]
struct Nothing;

fn main() {}
