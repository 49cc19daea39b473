use schema_runtime::Table;

#[derive(Table)]
struct User {
    id: i64,
    #[cfg(all())]
    name: String,
}

fn main() {}
