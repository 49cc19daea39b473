use schema_runtime::Table;

#[derive(Table)]
#[table(name = "users", strict)]
#[table(name = "people", strict)]
struct User {
    #[column(unique, default = "1", unique)]
    #[column(default = "2")]
    id: i64,
}

fn main() {}
