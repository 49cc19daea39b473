use schema_runtime::Table;

#[derive(Table)]
struct User {
    id: i64,
    #[cfg(not(windows))]
    name: String,
}

fn main() {}
