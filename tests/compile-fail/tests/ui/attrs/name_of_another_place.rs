use schema_runtime::Table;

#[derive(Table)]
#[table(identity)]
struct User {
    #[column(strict)]
    id: i64,
}

fn main() {}
